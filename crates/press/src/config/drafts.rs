//! What `press.toml` says of drafts, checked: the schedule, the template, who fills which section.

use super::{Loader, schema};
use jiff::civil::{Date, Time, Weekday};
use press_core::calendar::weekday;
use press_core::draft::finish::Order;
use press_core::draft::schedule::{Schedule, Special};
use press_core::format::{Format, SectionKind};
use press_core::slug::slugify;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// What a new draft begins as.
#[derive(Clone, Debug)]
pub struct DraftSettings {
    /// The template.
    pub template: PathBuf,
    /// Pattern of a draft's file name.
    pub file_name: String,
    /// Pattern of a draft's title.
    pub title: String,
    /// How many days the list of events reaches beyond the day of the issue.
    pub event_days: u16,
}

/// How a section is filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filling {
    /// Who fills it.
    pub owner: Option<String>,
    /// Whether `press collect` does.
    pub collected: bool,
    /// The order of its items.
    pub order: Order,
}

/// Who fills which section: owners hold for sub-sections too.
fn filling(sections: &[schema::Section], format: &Format) -> Vec<Filling> {
    let ancestors = |section: usize| {
        std::iter::successors(Some(section), |section| format.sections[*section].parent)
    };
    let filling = |(at, section): (usize, &schema::Section)| Filling {
        owner: ancestors(at).find_map(|section| sections[section].owner.clone()),
        collected: section.collected,
        order: section.order.unwrap_or(match section.kind {
            SectionKind::Events => Order::Date,
            _ => Order::Written,
        }),
    };
    sections.iter().enumerate().map(filling).collect()
}

/// The rhythm's days that `days` name may be so many; a list of thousands is a slip.
const EXCEPTIONS: usize = 1_000;

impl Loader<'_> {
    /// All that the file says of drafts.
    pub(super) fn drafts(
        &mut self,
        file: &schema::File,
        format: &Format,
        folder: &Path,
    ) -> (Option<Schedule>, DraftSettings, Vec<Filling>) {
        let schedule = file.schedule.as_ref();
        (
            schedule.and_then(|schedule| self.schedule(schedule)),
            self.draft(&file.draft, &file.newsletter.name, folder),
            filling(&file.section, format),
        )
    }

    /// The schedule; none if it has mistakes, which are noted.
    fn schedule(&mut self, written: &schema::Schedule) -> Option<Schedule> {
        let weekday = self.weekday(&written.weekday);
        if !(1..=52).contains(written.weeks.get_ref()) {
            self.mistake(&written.weeks, "between two issues lie 1 to 52 weeks");
            return None;
        }
        let time = self.time(&written.time);
        let first_date = self.day(&written.first_date);
        let (weekday, first_date) = (weekday?, first_date?);
        if first_date.weekday() != weekday {
            let message = format!(
                "{first_date} is a {}, but `weekday` says {}",
                press_core::calendar::weekday(first_date.weekday()),
                press_core::calendar::weekday(weekday)
            );
            self.mistake(&written.first_date, message);
            return None;
        }
        let mut schedule = Schedule {
            weeks: *written.weeks.get_ref(),
            first_date,
            first_number: written.first_number,
            time: time?,
            gaps: Vec::new(),
            skipped_numbers: written.skipped_numbers.clone(),
            specials: Vec::new(),
        };
        if written.gaps.len() + written.specials.len() > EXCEPTIONS {
            let message = format!("a schedule has at most {EXCEPTIONS} exceptions");
            self.mistake(
                &written.first_date,
                format!("{message}; take a later day here"),
            );
            return None;
        }
        let gaps = written.gaps.iter();
        let gaps: Vec<Date> = gaps
            .filter_map(|day| self.rhythm_day(day, &schedule))
            .collect();
        schedule.gaps = gaps;
        schedule.gaps.sort_unstable();
        schedule.gaps.dedup();
        schedule.specials = self.specials(&written.specials, &schedule);
        Some(schedule)
    }

    fn specials(&mut self, written: &[schema::Special], schedule: &Schedule) -> Vec<Special> {
        let mut specials: Vec<Special> = Vec::new();
        for special in written {
            let Some(date) = self.day(&special.date) else {
                continue;
            };
            let instead_of = special.instead_of.as_ref();
            let instead_of = instead_of.map(|day| self.rhythm_day(day, schedule));
            if date < schedule.first_date || schedule.is_in_rhythm(date) {
                let message = "a special is no day of the rhythm, and comes after `first-date`";
                self.mistake(&special.date, message);
            } else if specials.iter().any(|other| other.date == date) {
                self.mistake(&special.date, "there is another special on this day");
            } else if instead_of != Some(None) {
                specials.push(Special {
                    date,
                    instead_of: instead_of.flatten(),
                });
            }
        }
        specials
    }

    /// A day on which there would be an issue but for the exception that names it.
    fn rhythm_day(&mut self, written: &Spanned<String>, schedule: &Schedule) -> Option<Date> {
        let day = self.day(written)?;
        if schedule.is_day(day) {
            return Some(day);
        }
        let message = format!(
            "no issue would appear on this {}: issues appear {}",
            weekday(day.weekday()),
            schedule.describe()
        );
        self.mistake(written, message);
        None
    }

    pub(super) fn day(&mut self, written: &Spanned<String>) -> Option<Date> {
        let day = written.get_ref().parse::<Date>().ok();
        let plain = written.get_ref().len() == 10;
        if day.is_none() || !plain {
            self.mistake(written, "this is no day; days are written `2026-11-19`");
        }
        day.filter(|_| plain)
    }

    fn time(&mut self, written: &Spanned<String>) -> Option<Time> {
        let time = written.get_ref().parse::<Time>().ok();
        if time.is_none() {
            self.mistake(written, "this is no time of day; write it like `09:00`");
        }
        time
    }

    fn weekday(&mut self, written: &Spanned<String>) -> Option<Weekday> {
        let named = |day: &Weekday| weekday(*day).eq_ignore_ascii_case(written.get_ref());
        let found = Weekday::Monday.cycle_forward().take(7).find(named);
        if found.is_none() {
            let message = format!("`{}` is no day of the week", written.get_ref());
            let days = "they are monday, tuesday, wednesday, thursday, friday, saturday and sunday";
            self.mistake_with_help(written, message, days);
        }
        found
    }

    /// The settings of drafts, with their patterns checked.
    fn draft(&mut self, written: &schema::Draft, name: &str, folder: &Path) -> DraftSettings {
        let of_title = ["year", "month", "day", "date", "number"];
        let of_file = ["year", "month", "day", "date", "number", "slug"];
        if let Some(title) = &written.title {
            self.placeholders(title, &of_title);
        }
        if let Some(pattern) = &written.file_name {
            self.placeholders(pattern, &of_file);
            let pattern_text = pattern.get_ref();
            let markdown = [".md", ".markdown"]
                .iter()
                .any(|end| pattern_text.ends_with(end));
            if !markdown || pattern_text.contains(['/', '\\']) || pattern_text.starts_with('.') {
                let message =
                    "a draft is a file in the folder of drafts, and its name ends with `.md`";
                self.mistake(pattern, message);
            } else if !["{date}", "{day}", "{number}", "{slug}"]
                .iter()
                .any(|part| pattern_text.contains(part))
            {
                let message = "all drafts would have this name";
                self.mistake_with_help(pattern, message, "put `{date}` into it");
            }
        }
        let own = |pattern: &Option<Spanned<String>>| {
            pattern.as_ref().map(|pattern| pattern.get_ref().clone())
        };
        // A brace in the newsletter's name is no placeholder.
        let plain = name.replace(['{', '}'], "");
        DraftSettings {
            template: folder.join(&written.template),
            file_name: own(&written.file_name)
                .unwrap_or_else(|| format!("{{date}}-{}.md", slugify(name))),
            title: own(&written.title).unwrap_or_else(|| format!("{plain} {{number}}")),
            event_days: written.event_days,
        }
    }
}
