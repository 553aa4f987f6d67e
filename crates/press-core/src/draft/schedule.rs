//! When issues appear, and which number each has: a rhythm of weeks with its exceptions.
//!
//! Numbers come from the calendar, never from counting files: a file that is missing or came twice changes nothing.

use crate::calendar::weekday;
use jiff::civil::{Date, Time};
use jiff::{Span, ToSpan};

/// The cadence of a newsletter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// How many weeks lie between two issues.
    pub weeks: u32,
    /// A day of the rhythm from which is counted. Nothing is known of the days before it.
    pub first_date: Date,
    /// The number of the issue of that day.
    pub first_number: u32,
    /// When on the day an issue appears.
    pub time: Time,
    /// Days of the rhythm without an issue.
    pub gaps: Vec<Date>,
    /// Numbers that no issue has.
    pub skipped_numbers: Vec<u32>,
    /// Issues out of the rhythm.
    pub specials: Vec<Special>,
}

/// An issue out of the rhythm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Special {
    /// Its day.
    pub date: Date,
    /// The day of the rhythm it stands for; none for an additional issue.
    pub instead_of: Option<Date>,
}

impl Schedule {
    /// Whether `date` belongs to the rhythm, exceptions aside.
    pub fn is_in_rhythm(&self, date: Date) -> bool {
        date >= self.first_date && self.days_since_first(date) % self.step_days() == 0
    }

    /// Whether an issue appears on `date`.
    pub fn is_day(&self, date: Date) -> bool {
        self.specials.iter().any(|special| special.date == date)
            || self.is_in_rhythm(date)
                && !self.gaps.contains(&date)
                && self
                    .specials
                    .iter()
                    .all(|special| special.instead_of != Some(date))
    }

    /// The number of the issue of `date`; none if there is none on that day.
    pub fn number(&self, date: Date) -> Option<u32> {
        if !self.is_day(date) || date < self.first_date {
            return None;
        }
        let rhythm = self.days_since_first(date) / self.step_days()
            + i64::from(self.days_since_first(date) % self.step_days() != 0);
        let gaps = self.gaps.iter().filter(|gap| **gap < date).count();
        // An issue that was moved counts on the day it appeared.
        let moved: i64 = self
            .specials
            .iter()
            .map(|special| {
                let planned = special.instead_of.is_some_and(|day| day < date);
                i64::from(special.date < date) - i64::from(planned)
            })
            .sum();
        let before = rhythm - i64::try_from(gaps).ok()? + moved;
        let mut number = i64::from(self.first_number) + before;
        let mut skipped = self.skipped_numbers.clone();
        skipped.sort_unstable();
        skipped.dedup();
        for skipped in skipped
            .iter()
            .filter(|skipped| **skipped >= self.first_number)
        {
            number += i64::from(i64::from(*skipped) <= number);
        }
        u32::try_from(number).ok()
    }

    /// The first day of an issue that is `from` or later.
    pub fn next(&self, from: Date) -> Option<Date> {
        self.search(from.max(self.first_date), 1.day())
    }

    /// The last day of an issue that is earlier than `before`.
    pub fn last(&self, before: Date) -> Option<Date> {
        self.search(before.yesterday().ok()?, -1.day())
    }

    fn search(&self, from: Date, step: Span) -> Option<Date> {
        // Exceptions can hide at most so many days of the rhythm.
        let exceptions = (self.gaps.len() + self.specials.len() + 2) as i64;
        let mut day = from;
        for _ in 0..exceptions.saturating_mul(self.step_days()) {
            if self.is_day(day) {
                return Some(day);
            }
            day = day.checked_add(step).ok()?;
        }
        None
    }

    fn step_days(&self) -> i64 {
        7 * i64::from(self.weeks.max(1))
    }

    fn days_since_first(&self, date: Date) -> i64 {
        i64::from((date - self.first_date).get_days())
    }

    /// The rhythm in words: "every Wednesday".
    pub fn describe(&self) -> String {
        let day = weekday(self.first_date.weekday());
        match self.weeks {
            0 | 1 => format!("every {day}"),
            2 => format!("every second {day}"),
            weeks => format!("on a {day} every {weeks} weeks"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn thursdays() -> Schedule {
        Schedule {
            weeks: 1,
            first_date: date(2026, 1, 1),
            first_number: 10,
            time: Time::midnight(),
            gaps: Vec::new(),
            skipped_numbers: Vec::new(),
            specials: Vec::new(),
        }
    }

    #[test]
    fn numbers_follow_the_weeks() {
        let schedule = thursdays();
        assert_eq!(schedule.number(date(2026, 1, 1)), Some(10));
        assert_eq!(schedule.number(date(2026, 1, 8)), Some(11));
        assert_eq!(schedule.number(date(2036, 1, 3)), Some(10 + 522));
        assert_eq!(schedule.number(date(2026, 1, 9)), None);
        assert_eq!(schedule.number(date(2025, 12, 25)), None);
        assert_eq!(schedule.describe(), "every Thursday");
    }

    #[test]
    fn the_next_day_and_the_last() {
        let schedule = thursdays();
        assert_eq!(schedule.next(date(2020, 1, 1)), Some(date(2026, 1, 1)));
        assert_eq!(schedule.next(date(2026, 1, 8)), Some(date(2026, 1, 8)));
        assert_eq!(schedule.next(date(2026, 1, 9)), Some(date(2026, 1, 15)));
        assert_eq!(schedule.last(date(2026, 1, 15)), Some(date(2026, 1, 8)));
        assert_eq!(schedule.last(date(2026, 1, 1)), None);
    }

    #[test]
    fn a_gap_delays_numbers_and_a_skipped_number_is_never_given() {
        let mut schedule = thursdays();
        schedule.gaps = vec![date(2026, 1, 8), date(2026, 1, 15)];
        assert_eq!(schedule.number(date(2026, 1, 8)), None);
        assert_eq!(schedule.next(date(2026, 1, 2)), Some(date(2026, 1, 22)));
        assert_eq!(schedule.number(date(2026, 1, 22)), Some(11));
        schedule.skipped_numbers = vec![12, 11, 11];
        assert_eq!(schedule.number(date(2026, 1, 1)), Some(10));
        assert_eq!(schedule.number(date(2026, 1, 22)), Some(13));
    }

    #[test]
    fn an_issue_may_move_and_another_may_come_between() {
        let mut schedule = thursdays();
        let special = |day, instead_of| Special {
            date: date(2026, 1, day),
            instead_of,
        };
        schedule.specials = vec![special(7, Some(date(2026, 1, 8))), special(12, None)];
        assert_eq!(schedule.number(date(2026, 1, 7)), Some(11));
        assert_eq!(schedule.number(date(2026, 1, 8)), None);
        assert_eq!(schedule.number(date(2026, 1, 12)), Some(12));
        assert_eq!(schedule.number(date(2026, 1, 15)), Some(13));
        assert_eq!(schedule.next(date(2026, 1, 8)), Some(date(2026, 1, 12)));
        // Moved behind a later day of the rhythm it comes after it.
        schedule.specials = vec![special(16, Some(date(2026, 1, 8)))];
        assert_eq!(schedule.number(date(2026, 1, 15)), Some(11));
        assert_eq!(schedule.number(date(2026, 1, 16)), Some(12));
        assert_eq!(schedule.number(date(2026, 1, 22)), Some(13));
    }

    #[test]
    fn every_second_week() {
        let mut schedule = thursdays();
        schedule.weeks = 2;
        assert_eq!(schedule.number(date(2026, 1, 8)), None);
        assert_eq!(schedule.number(date(2026, 1, 15)), Some(11));
        assert_eq!(schedule.describe(), "every second Thursday");
    }

    #[test]
    fn numbers_of_days_in_order_are_in_order() {
        let mut schedule = thursdays();
        schedule.gaps = vec![date(2026, 2, 5)];
        schedule.skipped_numbers = vec![14, 20];
        schedule.specials = vec![
            Special {
                date: date(2026, 3, 3),
                instead_of: Some(date(2026, 3, 5)),
            },
            Special {
                date: date(2026, 4, 1),
                instead_of: None,
            },
        ];
        let mut day = date(2026, 1, 1);
        let mut expected = 10;
        for _ in 0..60 {
            expected += u32::from(expected == 14) + u32::from(expected == 20);
            assert_eq!(schedule.number(day), Some(expected), "{day}");
            expected += 1;
            day = schedule
                .next(day.tomorrow().expect("not the end of time"))
                .expect("there is one");
        }
    }
}
