//! What is dated outside of the window and new all the same. The date that a source gives is what somebody wrote; when we
//! saw something first is what we know. So an entry that comes late with an old date is not lost, and one from a year to
//! come is not kept waiting.

use crate::error::Result;
use crate::sources::{Candidate, Found, Window};
use crate::store::Store;
use jiff::{SignedDuration, Timestamp};
use press_core::canonical::canonical;

/// Clocks of others may be wrong by so much.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// More latecomers at once are no latecomers: the source has changed its addresses.
const MOST: usize = 10;

/// Judges what a source found outside of the window; gives the pages that are to be remembered as seen.
pub(super) async fn sift(
    found: &mut Found,
    window: &Window,
    (source, store): (&str, Option<&Store>),
    now: Timestamp,
) -> Result<Vec<String>> {
    let outside = std::mem::take(&mut found.outside);
    let mut old = Vec::new();
    for candidate in outside {
        match candidate.published {
            Some(moment) if moment > now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX) => {
                found.candidates.push(undated(candidate, moment, window));
            }
            // The next issue's.
            Some(moment) if moment >= window.end() => {}
            _ => old.push(candidate),
        }
    }
    let pages = old.iter().map(|candidate| canonical(&candidate.url));
    let pages: Vec<String> = pages.collect();
    let (read_before, known) = match store {
        Some(store) => store.seen(source).await?,
        None => Default::default(),
    };
    if !read_before {
        return Ok(pages);
    }
    let late = old.into_iter().zip(&pages);
    let late = late.filter(|(_, page)| !known.contains(*page));
    let late: Vec<Candidate> = late.map(|(candidate, _)| candidate).collect();
    if late.len() > MOST {
        let notice = format!(
            "{} entries are older than the window and were not there before: its addresses may have changed",
            late.len()
        );
        found.notices.push(notice);
        return Ok(pages);
    }
    for candidate in late {
        let day = candidate.published.map(|moment| window.day_of(moment));
        let note = day.map(|day| format!("dated {day}, but not there before"));
        found.candidates.push(Candidate { note, ..candidate });
    }
    Ok(pages)
}

/// A candidate whose date cannot be right.
fn undated(candidate: Candidate, moment: Timestamp, window: &Window) -> Candidate {
    Candidate {
        note: Some(format!("dated {}, which lies ahead", window.day_of(moment))),
        published: None,
        ..candidate
    }
}
