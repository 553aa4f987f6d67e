//! What was found dead, noted in the list by which the site goes.

use super::wishes::Wishes;
use super::{End, Verdict, Visit};
use crate::config::Config;
use crate::error::Result;
use crate::newsletter;
use crate::pipeline::build::Dead;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use press_core::dead_links::{Change, Look};
use std::path::PathBuf;
use std::time::SystemTime;

/// What became of the list of dead links.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// The list.
    pub path: PathBuf,
    /// Addresses found dead for the first time; they wait for a second look.
    pub suspected: usize,
    /// Addresses that are dead now.
    pub dead: usize,
    /// Addresses that answer again and were taken out.
    pub back: usize,
}

/// Notes what came of all pages. The list is only written if it changed.
pub(super) fn note(
    config: &Config,
    wishes: &Wishes,
    visits: &[Option<Visit>],
    now: SystemTime,
) -> Result<Noted> {
    let mut list = Dead::read(config)?.list;
    let today = Timestamp::try_from(now).unwrap_or_default();
    let today = today.to_zoned(TimeZone::UTC).date();
    let mut noted = Noted {
        path: config.site.dead_links.clone(),
        ..Noted::default()
    };
    for (url, visit) in wishes.visited(visits) {
        match list.note(url, &look(visit), today) {
            Change::None => {}
            Change::Suspected => noted.suspected += 1,
            Change::Dead => noted.dead += 1,
            Change::Back => noted.back += 1,
        }
    }
    if noted.suspected + noted.dead + noted.back > 0 {
        newsletter::write(&noted.path, list.to_string())?;
    }
    Ok(noted)
}

fn look(visit: &Visit) -> Look {
    match visit.verdict() {
        Verdict::Answers => return Look::Answers,
        Verdict::Unknown(_) => return Look::Unknown,
        Verdict::Dead(_) => {}
    }
    match &visit.end {
        End::Answer { status: 410, .. } => Look::Gone("410".to_owned()),
        End::Answer { status, .. } => Look::Dead(status.to_string()),
        End::NoHost => Look::Dead("no-host".to_owned()),
        End::Certificate(_) => Look::Dead("certificate".to_owned()),
        End::Circle(_) => Look::Dead("circle".to_owned()),
        _ => Look::Unknown,
    }
}
