//! Whose turn it is, as `press.toml` says, checked.

use super::{Loader, schema};
use jiff::civil::Date;
use press_core::draft::schedule::Schedule;
use press_core::format::Format;

/// A duty that people take in turns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// `publish`, or the id of a section.
    pub id: String,
    /// Who takes turns.
    pub people: Vec<String>,
    /// The day of the issue that is the first one's.
    pub from: Date,
    /// Turns that others take: the day of the issue, and who.
    pub swaps: Vec<(Date, String)>,
}

/// Who hears if an issue is late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// The variable that holds the address to be called.
    pub webhook_env: Option<String>,
    /// How many hours after its time an issue is late.
    pub after_hours: u32,
}

impl Duty {
    /// Who has the turn for the issue of a day, and whose turn it would be: none before the first one.
    pub fn turn(&self, schedule: &Schedule, day: Date) -> Option<(&str, &str)> {
        let mut turns = 0;
        let mut at = schedule.next(self.from)?;
        while at < day {
            turns += 1;
            at = schedule.next(at.tomorrow().ok()?)?;
        }
        if day < self.from {
            return None;
        }
        let usual = self.people.get(turns % self.people.len().max(1))?;
        let swap = self.swaps.iter().find(|(date, _)| *date == day);
        Some((swap.map_or(usual, |(_, who)| who), usual))
    }
}

impl Loader<'_> {
    pub(super) fn duties(
        &mut self,
        file: &schema::File,
        schedule: Option<&Schedule>,
        format: &Format,
    ) -> Vec<Duty> {
        let mut duties: Vec<Duty> = Vec::new();
        for duty in &file.duty {
            let id = duty.id.get_ref();
            let known = id == "publish" || format.sections.iter().any(|section| section.id == *id);
            if !known {
                self.mistake(&duty.id, "a duty is `publish`, or the id of a section");
            }
            if duties.iter().any(|other| other.id == *id) {
                self.mistake(&duty.id, format!("two duties have the id `{id}`"));
            }
            if duty.people.get_ref().is_empty() {
                self.mistake(&duty.people, "nobody takes turns");
            }
            let day = self.day(&duty.from);
            let planned = |day: &Date| schedule.is_some_and(|schedule| schedule.is_day(*day));
            if day.is_some_and(|day| !planned(&day)) {
                self.mistake(&duty.from, "by [schedule] no issue appears on this day");
            }
            duties.push(Duty {
                id: id.clone(),
                people: duty.people.get_ref().clone(),
                from: day.unwrap_or_default(),
                swaps: Vec::new(),
            });
        }
        for swap in &file.swap {
            let date = self.day(&swap.date).unwrap_or_default();
            match duties
                .iter_mut()
                .find(|duty| duty.id == *swap.duty.get_ref())
            {
                Some(duty) => duty.swaps.push((date, swap.to.clone())),
                None => self.mistake(&swap.duty, "there is no [[duty]] with this id"),
            }
        }
        duties
    }

    pub(super) fn alarm(&mut self, own: &schema::Alarm) -> Alarm {
        if *own.after_hours.get_ref() > 14 * 24 {
            self.mistake(&own.after_hours, "two weeks is the most that is sensible");
        }
        Alarm {
            webhook_env: own.webhook_env.clone(),
            after_hours: *own.after_hours.get_ref(),
        }
    }
}
