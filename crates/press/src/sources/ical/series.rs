//! The times at which the events of a calendar are held: single ones, series, and what is different about some of them.

use calcard::common::PartialDateTime;
use calcard::common::timezone::Tz;
use calcard::icalendar::dates::TimeOrDelta;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarParameterName,
    ICalendarProperty, ICalendarValue,
};
use chrono::{Datelike, Timelike};
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};
use press_core::events::last_day;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::str::FromStr;

/// A series is followed no further: fifty years of every day.
const OCCURRENCES: usize = 20_000;
/// All series of a calendar together are followed no further.
const ALL_OCCURRENCES: usize = 400_000;
/// A calendar with more time zones than there are is no honest one.
const ZONES: usize = 600;

/// The days that are looked at, and the zone of times that name none.
pub(super) struct Days<'a> {
    pub(super) from: Date,
    pub(super) until: Date,
    pub(super) zone: &'a str,
}

/// One time at which an event is held.
pub(super) struct Held<'c> {
    pub(super) component: &'c ICalendarComponent,
    pub(super) key: String,
    pub(super) date: Date,
    pub(super) time: Option<Time>,
    pub(super) end_date: Option<Date>,
    pub(super) zone: Option<String>,
}

/// One occurrence with the moment it has, or had before it was moved.
struct Occurrence {
    stamp: i64,
    start: DateTime,
    end: DateTime,
    zone: Option<String>,
}

/// What a calendar holds on some days, and what could not be understood.
pub(super) fn held<'c>(calendar: &'c ICalendar, days: &Days<'_>) -> (Vec<Held<'c>>, Vec<String>) {
    let mut series: BTreeMap<&str, Vec<&ICalendarComponent>> = BTreeMap::new();
    let mut alone = Vec::new();
    let events = calendar.components.iter();
    for event in events.filter(|one| one.component_type == ICalendarComponentType::VEvent) {
        match event.uid() {
            Some(uid) => series.entry(uid).or_default().push(event),
            None => alone.push(vec![event]),
        }
    }
    let zones = calendar.timezones().take(ZONES).cloned();
    let expander = Expander {
        frame: ICalendar {
            components: zones.collect(),
        },
        budget: Cell::new(ALL_OCCURRENCES),
        days,
        zone: Tz::from_str(days.zone).unwrap_or(Tz::UTC),
    };
    let (mut all, mut odd) = (Vec::new(), Vec::new());
    for parts in series.into_values().chain(alone) {
        expander.series(&parts, &mut all, &mut odd);
    }
    all.sort_by_key(|held| (held.date, held.time));
    (all, odd)
}

struct Expander<'d> {
    /// The calendar's time zones.
    frame: ICalendar,
    budget: Cell<usize>,
    days: &'d Days<'d>,
    zone: Tz,
}

impl<'c> Expander<'_> {
    /// The occurrences of all components with one name.
    fn series(
        &self,
        parts: &[&'c ICalendarComponent],
        all: &mut Vec<Held<'c>>,
        odd: &mut Vec<String>,
    ) {
        let is_exception =
            |part: &&&ICalendarComponent| part.has_property(&ICalendarProperty::RecurrenceId);
        let exceptions: Vec<&ICalendarComponent> =
            parts.iter().filter(is_exception).copied().collect();
        // Of one that is there twice the newest counts.
        let masters = parts.iter().filter(|part| !is_exception(part));
        let master = masters.max_by_key(|part| sequence(part)).copied();
        let mut replaced: Vec<i64> = Vec::new();
        for exception in &exceptions {
            let Some(stood) = self.recurrence(exception) else {
                continue;
            };
            if newer(&exceptions, exception, |other| {
                self.recurrence(other) == Some(stood)
            }) {
                continue;
            }
            replaced.push(stood);
            match self.occurrences(exception, true).into_iter().next() {
                Some(one) => self.push(exception, Some(stood), one, all),
                None => odd.push(unreadable(exception)),
            }
        }
        let Some(master) = master else { return };
        let shift = self.later(&exceptions);
        let recurs = master.has_property(&ICalendarProperty::Rrule)
            || master.has_property(&ICalendarProperty::Rdate);
        let occurrences = self.occurrences(master, false);
        if occurrences.is_empty() && !recurs {
            odd.push(unreadable(master));
        }
        let left_out = dates_left_out(master);
        for one in occurrences {
            if replaced.contains(&one.stamp) || left_out.contains(&one.start.date()) {
                continue;
            }
            let moved = shift.as_ref().filter(|later| one.stamp > later.stamp);
            let stood = recurs.then_some(one.stamp);
            match moved {
                Some(later) => self.push(later.component, stood, later.apply(one), all),
                None => self.push(master, stood, one, all),
            }
        }
    }

    fn push(
        &self,
        component: &'c ICalendarComponent,
        stood: Option<i64>,
        one: Occurrence,
        all: &mut Vec<Held<'c>>,
    ) {
        let whole = is_whole_day(component);
        let end_date = match whole {
            true => one
                .end
                .date()
                .yesterday()
                .ok()
                .filter(|last| *last > one.start.date()),
            false => last_day(one.start, one.end),
        };
        let date = one.start.date();
        if end_date.unwrap_or(date) < self.days.from || date > self.days.until {
            return;
        }
        let uid = component.uid().unwrap_or_default();
        let key = match stood {
            Some(stood) => format!("{uid}/{stood}"),
            None => uid.to_owned(),
        };
        all.push(Held {
            component,
            key,
            date,
            time: (!whole).then(|| one.start.time()),
            end_date,
            zone: one.zone.filter(|_| !whole),
        });
    }

    /// All occurrences of one component, its exceptions left out of account.
    fn occurrences(&self, component: &ICalendarComponent, alone: bool) -> Vec<Occurrence> {
        let mut only = component.clone();
        if alone {
            let recurs = [
                ICalendarProperty::RecurrenceId,
                ICalendarProperty::Rrule,
                ICalendarProperty::Rdate,
            ];
            only.entries.retain(|entry| !recurs.contains(&entry.name));
        }
        only.component_ids.clear();
        self.end_locally(&mut only);
        // calcard repeats a start in UTC as if it were told by the usual clock.
        let zone = if begins_in_utc(&only) {
            Tz::UTC
        } else {
            self.zone
        };
        let mut calendar = self.frame.clone();
        calendar.components.push(only);
        let budget = self.budget.get();
        let expanded = calendar.expand_dates(zone, OCCURRENCES.min(budget));
        self.budget
            .set(budget.saturating_sub(expanded.events.len()));
        let occurrence =
            |event: calcard::icalendar::dates::CalendarEvent<_, _>| -> Option<Occurrence> {
                occurrence(event.start, &event.end, self.days.zone)
            };
        expanded.events.into_iter().filter_map(occurrence).collect()
    }

    /// Brings the end of a series to the clock of its start: calcard compares them as if they were of one clock, and would
    /// lose the last time of a series that ends `20260422T170000Z` at seven in the evening in Oslo. One without end ends
    /// after the days that are looked at.
    fn end_locally(&self, component: &mut ICalendarComponent) {
        let Some(entry) = component.property(&ICalendarProperty::Dtstart) else {
            return;
        };
        let in_utc = is_in_utc(entry);
        let resolver = self.frame.build_tz_resolver().with_default(self.zone);
        let zone = if in_utc {
            Tz::UTC
        } else {
            resolver.resolve_or_default(entry.tz_id())
        };
        let rules = component.properties_mut(&ICalendarProperty::Rrule);
        for value in rules.flat_map(|rule| rule.values.iter_mut()) {
            let ICalendarValue::RecurrenceRule(rule) = value else {
                continue;
            };
            let last = self
                .days
                .until
                .to_datetime(Time::MAX)
                .saturating_add(SignedDuration::from_hours(48));
            if rule.until.is_none() && rule.count.is_none() {
                rule.until = chrono_of(last).as_ref().map(local);
                continue;
            }
            let Some(until) = rule.until.as_mut() else {
                continue;
            };
            if until.hour.is_none() {
                // The whole of the last day counts.
                (until.hour, until.minute, until.second) = (Some(23), Some(59), Some(59));
            } else if until.tz_hour.is_some()
                && let Some(end) = until.to_date_time_with_tz(Tz::UTC)
            {
                let end = end.with_timezone(&zone).naive_local();
                *until = local(&end);
            }
        }
    }

    /// The moment of the series that an exception stands for.
    fn recurrence(&self, exception: &ICalendarComponent) -> Option<i64> {
        let entry = exception.property(&ICalendarProperty::RecurrenceId)?;
        let moment = entry.values.first()?.as_partial_date_time()?;
        let resolver = self.frame.build_tz_resolver().with_default(self.zone);
        let zone = resolver.resolve_or_default(entry.tz_id());
        moment
            .to_date_time_with_tz(zone)
            .map(|moment| moment.timestamp())
    }

    /// An exception that holds for all that follows, too.
    fn later(&self, exceptions: &[&'c ICalendarComponent]) -> Option<Later<'c>> {
        let holds_on = |exception: &&&ICalendarComponent| {
            let entry = exception.property(&ICalendarProperty::RecurrenceId);
            entry.is_some_and(|entry| entry.has_parameter(&ICalendarParameterName::Range))
        };
        let component = *exceptions.iter().find(holds_on)?;
        let stamp = self.recurrence(component)?;
        let one = self.occurrences(component, true).into_iter().next()?;
        let zone = jiff::tz::TimeZone::get(one.zone.as_deref().unwrap_or(self.days.zone)).ok()?;
        let stood = jiff::Timestamp::from_second(stamp)
            .ok()?
            .to_zoned(zone)
            .datetime();
        Some(Later {
            component,
            stamp,
            moved: one.start - stood,
            length: one.end - one.start,
        })
    }
}

/// How all that follows an exception is different.
struct Later<'c> {
    component: &'c ICalendarComponent,
    stamp: i64,
    moved: jiff::Span,
    length: jiff::Span,
}

impl Later<'_> {
    fn apply(&self, one: Occurrence) -> Occurrence {
        let start = one.start.checked_add(self.moved).unwrap_or(one.start);
        Occurrence {
            end: start.checked_add(self.length).unwrap_or(start),
            start,
            ..one
        }
    }
}

/// A time of calcard's in ours. Floating times are those of the zone that is usual.
fn occurrence(
    start: chrono::DateTime<Tz>,
    end: &TimeOrDelta<chrono::DateTime<Tz>, chrono::TimeDelta>,
    usual: &str,
) -> Option<Occurrence> {
    let zone = start.timezone();
    let end = match end {
        TimeOrDelta::Time(end) => end.with_timezone(&zone),
        TimeOrDelta::Delta(length) => start.checked_add_signed(*length)?,
    };
    let local = |time: &chrono::DateTime<Tz>| -> Option<DateTime> {
        time.naive_local()
            .format("%Y-%m-%dT%H:%M:%S")
            .to_string()
            .parse()
            .ok()
    };
    let (mut here, mut there) = (local(&start)?, local(&end)?);
    let mut name = zone.name().map(std::borrow::Cow::into_owned);
    // In UTC stand times whose maker did not care; people live in the usual zone.
    if zone.is_utc()
        && let Ok(own) = jiff::tz::TimeZone::get(usual)
    {
        let home = |seconds: i64| {
            Some(
                jiff::Timestamp::from_second(seconds)
                    .ok()?
                    .to_zoned(own.clone())
                    .datetime(),
            )
        };
        (here, there) = (home(start.timestamp())?, home(end.timestamp())?);
        name = Some(usual.to_owned());
    }
    Some(Occurrence {
        stamp: start.timestamp(),
        start: here,
        end: there,
        zone: name.or_else(|| Some(usual.to_owned())),
    })
}

/// Whether a component begins at a time in UTC.
fn begins_in_utc(component: &ICalendarComponent) -> bool {
    let start = component.property(&ICalendarProperty::Dtstart);
    start.is_some_and(is_in_utc)
}

/// Whether a time is in UTC.
pub(super) fn is_in_utc(entry: &ICalendarEntry) -> bool {
    let time = entry.values.first();
    let time = time.and_then(ICalendarValue::as_partial_date_time);
    time.is_some_and(|time| time.tz_hour.is_some())
}

fn chrono_of(time: DateTime) -> Option<chrono::NaiveDateTime> {
    let text = time.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    text.parse().ok()
}

/// A time without a zone as calcard writes it.
fn local(time: &chrono::NaiveDateTime) -> PartialDateTime {
    let part = |part: u32| u8::try_from(part).ok();
    PartialDateTime {
        year: u16::try_from(time.year()).ok(),
        month: part(time.month()),
        day: part(time.day()),
        hour: part(time.hour()),
        minute: part(time.minute()),
        second: part(time.second()),
        ..PartialDateTime::default()
    }
}

/// Whether an event lasts all day: its start has no time.
fn is_whole_day(component: &ICalendarComponent) -> bool {
    let start = component.property(&ICalendarProperty::Dtstart);
    let start = start.and_then(|entry| entry.values.first()?.as_partial_date_time());
    start.is_some_and(|start| start.hour.is_none())
}

fn sequence(component: &ICalendarComponent) -> i64 {
    let entry = component.property(&ICalendarProperty::Sequence);
    entry
        .and_then(|entry| entry.values.first()?.as_integer())
        .unwrap_or(0)
}

/// Whether another of the exceptions for the same moment is newer than this one.
fn newer(
    exceptions: &[&ICalendarComponent],
    one: &ICalendarComponent,
    same: impl Fn(&ICalendarComponent) -> bool,
) -> bool {
    let newer = |other: &&&ICalendarComponent| sequence(other) > sequence(one) && same(other);
    exceptions.iter().any(|other| newer(&other))
}

/// Days that a series leaves out, where they are named without a time although the series has one.
fn dates_left_out(master: &ICalendarComponent) -> Vec<Date> {
    let entries = master.properties(&ICalendarProperty::Exdate);
    let values = entries.flat_map(|entry| entry.values.iter());
    let day = |value: &ICalendarValue| {
        let day = value
            .as_partial_date_time()
            .filter(|day| day.hour.is_none())?;
        let part = |part: Option<u8>| i8::try_from(part?).ok();
        Date::new(
            i16::try_from(day.year?).ok()?,
            part(day.month)?,
            part(day.day)?,
        )
        .ok()
    };
    values.filter_map(day).collect()
}

fn unreadable(component: &ICalendarComponent) -> String {
    let title = super::words(component, &ICalendarProperty::Summary).unwrap_or_default();
    format!(
        "nobody can tell when `{}` takes place",
        press_core::events::plain_title(&title)
    )
}
