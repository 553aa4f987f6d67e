//! A span of time as searches take it: a search shows a thousand results at most, so it is asked for day by day, and a day
//! with more than that in halves.

use super::super::Window;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::fmt;

/// A day of Greenwich, or a part of one; both ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    Day(Date),
    Part(Timestamp, Timestamp),
}

impl Span {
    /// The days of a window.
    pub(super) fn days(window: &Window) -> impl Iterator<Item = Span> {
        let until = window.until;
        let days = window.since.series(1.day());
        days.take_while(move |day| *day <= until).map(Span::Day)
    }

    /// Both halves. A second has none.
    pub(super) fn halves(self) -> Option<(Span, Span)> {
        let (from, to) = match self {
            Span::Part(from, to) => (from, to),
            Span::Day(day) => {
                let first = day.to_datetime(Time::MIN);
                let last = day.at(23, 59, 59, 0);
                let moment = |at: jiff::civil::DateTime| at.to_zoned(TimeZone::UTC).ok();
                (moment(first)?.timestamp(), moment(last)?.timestamp())
            }
        };
        let seconds = to.as_second() - from.as_second();
        let middle = Timestamp::from_second(from.as_second() + seconds / 2).ok()?;
        let after = Timestamp::from_second(middle.as_second() + 1).ok()?;
        (seconds > 0).then_some((Span::Part(from, middle), Span::Part(after, to)))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Span::Day(day) => write!(formatter, "{day}..{day}"),
            Span::Part(from, to) => write!(formatter, "{from}..{to}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn halves_of_a_day_are_the_day() {
        let (first, second) = Span::Day(date(2025, 3, 30)).halves().unwrap();
        assert_eq!(
            first.to_string(),
            "2025-03-30T00:00:00Z..2025-03-30T11:59:59Z"
        );
        assert_eq!(
            second.to_string(),
            "2025-03-30T12:00:00Z..2025-03-30T23:59:59Z"
        );
        let mut span = second;
        let mut count = 0;
        while let Some((_, after)) = span.halves() {
            span = after;
            count += 1;
        }
        assert_eq!(
            span.to_string(),
            "2025-03-30T23:59:59Z..2025-03-30T23:59:59Z"
        );
        assert!(count <= 17, "{count}");
    }
}
