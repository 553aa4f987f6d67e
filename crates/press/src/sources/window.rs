//! The days that an issue looks back on.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The days that an issue looks back on, in the newsletter's time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first day.
    pub since: Date,
    /// The last day, which belongs to it.
    pub until: Date,
    /// The day of the issue.
    pub issue: Date,
    /// Where days begin.
    pub timezone: TimeZone,
}

impl Window {
    /// When it begins.
    pub fn start(&self) -> Timestamp {
        self.midnight(self.since)
    }

    /// When it is over: the first moment that does not belong to it.
    pub fn end(&self) -> Timestamp {
        match self.until.checked_add(1.day()) {
            Ok(next) => self.midnight(next),
            Err(_) => Timestamp::MAX,
        }
    }

    /// Whether a moment belongs to it.
    pub fn holds(&self, moment: Timestamp) -> bool {
        (self.start()..self.end()).contains(&moment)
    }

    /// Whether a day belongs to it.
    pub fn holds_day(&self, day: Date) -> bool {
        (self.since..=self.until).contains(&day)
    }

    /// The day of a moment where the newsletter is.
    pub fn day_of(&self, moment: Timestamp) -> Date {
        moment.to_zoned(self.timezone.clone()).date()
    }

    fn midnight(&self, day: Date) -> Timestamp {
        // Only the ends of the calendar have no midnight.
        day.to_zoned(self.timezone.clone())
            .map_or(Timestamp::MIN, |midnight| midnight.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_window_ends_with_its_last_day_where_the_newsletter_is() {
        let window = Window {
            since: date(2026, 3, 3),
            until: date(2026, 3, 10),
            issue: date(2026, 3, 11),
            timezone: TimeZone::get("America/New_York").unwrap(),
        };
        // The clocks change in between.
        assert_eq!(window.start().to_string(), "2026-03-03T05:00:00Z");
        assert_eq!(window.end().to_string(), "2026-03-11T04:00:00Z");
        let at = |text: &str| window.holds(text.parse().unwrap());
        assert!(at("2026-03-11T03:59:59Z") && at("2026-03-03T05:00:00Z"));
        assert!(!at("2026-03-11T04:00:00Z") && !at("2026-03-03T04:59:59Z"));
        assert_eq!(window.day_of(window.end()), date(2026, 3, 11));
    }
}
