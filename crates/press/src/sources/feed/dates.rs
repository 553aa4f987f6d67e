//! Moments as feeds write them. RFC 822 and RFC 3339 are what they should write; what they do write has no zone, an
//! English month in full, a clock of twelve hours, a number of seconds.
//!
//! What has no zone is taken as Greenwich's: a few hours off is better than undated, which would be new for ever. A day like
//! `03/04/2025` is two days, so it is none.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// The moment that a text means.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let tokens = tokens(text);
    if let [Token::Number(digits)] = tokens.as_slice() {
        match digits.len() {
            10 => return Timestamp::from_second(digits.parse().ok()?).ok(),
            13 => return Timestamp::from_millisecond(digits.parse().ok()?).ok(),
            _ => {}
        }
    }
    let mut reader = Reader::default();
    let rest = reader.iso(&tokens).unwrap_or(&tokens);
    reader.words(rest);
    reader.moment()
}

/// A piece of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'t> {
    Number(&'t str),
    Word(&'t str),
    Sign(char),
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    // Nobody writes a longer one.
    let mut rest = text.get(..100).unwrap_or(text).trim();
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let run = |is: fn(char) -> bool| rest.find(|sign| !is(sign)).unwrap_or(rest.len());
        let number = |sign: char| sign.is_ascii_digit();
        let end = if number(first) {
            run(number)
        } else if first.is_alphabetic() {
            run(char::is_alphabetic)
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        match first {
            _ if number(first) => tokens.push(Token::Number(token)),
            _ if first.is_alphabetic() => tokens.push(Token::Word(token)),
            ',' => {}
            _ if first.is_whitespace() => {}
            _ => tokens.push(Token::Sign(first)),
        }
    }
    tokens
}

/// The months, by what their names begin with.
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
/// Zones that people name, in minutes from Greenwich.
const ZONES: &[(&str, i32)] = &[
    ("bst", 60),
    ("cet", 60),
    ("met", 60),
    ("cest", 120),
    ("mest", 120),
    ("eet", 120),
    ("eest", 180),
    ("msk", 180),
    ("ist", 330),
    ("jst", 540),
    ("kst", 540),
    ("aest", 600),
    ("aedt", 660),
    ("nzst", 720),
    ("nzdt", 780),
    ("edt", -240),
    ("est", -300),
    ("cdt", -300),
    ("cst", -360),
    ("mdt", -360),
    ("mst", -420),
    ("pdt", -420),
    ("pst", -480),
    ("hst", -600),
];

/// What of a moment is known.
#[derive(Debug, Default)]
struct Reader {
    year: Option<i16>,
    month: Option<i8>,
    /// Numbers that may be a day or a month.
    days: Vec<i8>,
    /// Hours and minutes, maybe seconds.
    clock: Option<(i8, i8, i8)>,
    afternoon: Option<bool>,
    zone_minutes: i32,
}

impl Reader {
    /// Reads a day that begins with its year, and gives what follows.
    fn iso<'r, 't>(&mut self, tokens: &'r [Token<'t>]) -> Option<&'r [Token<'t>]> {
        let (year, month, day, rest) = match tokens {
            [Token::Number(all), rest @ ..] if matches!(all.len(), 8 | 14) => {
                if all.len() == 14 {
                    self.clock = compact(&all[8..]);
                }
                (&all[..4], &all[4..6], &all[6..8], rest)
            }
            [
                Token::Number(year),
                Token::Sign('-' | '/' | '.'),
                Token::Number(month),
                Token::Sign('-' | '/' | '.'),
                Token::Number(day),
                rest @ ..,
            ] if year.len() == 4 => (*year, *month, *day, rest),
            _ => return None,
        };
        self.year = year.parse().ok();
        self.month = month.parse().ok();
        self.days = vec![day.parse().ok()?];
        Some(match rest {
            [Token::Word("T" | "t"), Token::Number(clock), rest @ ..] if clock.len() > 2 => {
                self.clock = compact(clock);
                rest
            }
            [Token::Word("T" | "t"), rest @ ..] => rest,
            rest => rest,
        })
    }

    fn words(&mut self, mut tokens: &[Token<'_>]) {
        while let [first, rest @ ..] = tokens {
            tokens = match (first, rest) {
                (Token::Number(hour), [Token::Sign(':'), Token::Number(minute), rest @ ..])
                    if self.clock.is_none() =>
                {
                    self.clock(hour, minute, rest)
                }
                (Token::Sign(sign @ ('+' | '-' | '−')), [Token::Number(hours), rest @ ..])
                    if self.clock.is_some() =>
                {
                    self.offset(*sign == '+', hours, rest)
                }
                (Token::Number(number), rest) => {
                    self.number(number);
                    rest
                }
                (Token::Word(word), rest) => {
                    self.word(&word.to_lowercase());
                    rest
                }
                (Token::Sign(_), rest) => rest,
            };
        }
    }

    fn clock<'r, 't>(
        &mut self,
        hour: &str,
        minute: &str,
        rest: &'r [Token<'t>],
    ) -> &'r [Token<'t>] {
        let (second, rest) = match rest {
            [Token::Sign(':'), Token::Number(second), rest @ ..] => (*second, rest),
            rest => ("0", rest),
        };
        if let (Ok(hour), Ok(minute), Ok(second)) = (hour.parse(), minute.parse(), second.parse()) {
            self.clock = Some((hour, minute, second));
        }
        match rest {
            [Token::Sign('.' | ','), Token::Number(_), rest @ ..] => rest,
            rest => rest,
        }
    }

    fn offset<'r, 't>(
        &mut self,
        east: bool,
        hours: &str,
        rest: &'r [Token<'t>],
    ) -> &'r [Token<'t>] {
        let (hours, minutes, rest) = match rest {
            [Token::Sign(':'), Token::Number(minutes), rest @ ..] => (hours, *minutes, rest),
            rest if hours.len() == 4 => (&hours[..2], &hours[2..], rest),
            rest => (hours, "0", rest),
        };
        if let (Ok(hours), Ok(minutes)) = (hours.parse::<i32>(), minutes.parse::<i32>())
            && hours < 24
        {
            let minutes = hours * 60 + minutes.min(59);
            self.zone_minutes = if east { minutes } else { -minutes };
        }
        rest
    }

    fn number(&mut self, number: &str) {
        match (number.len(), number.parse::<i16>()) {
            (4, Ok(year)) if self.year.is_none() => self.year = Some(year),
            // The year of RFC 822 has two digits, and stands behind its day.
            (2, Ok(year))
                if self.month.is_some() && !self.days.is_empty() && self.year.is_none() =>
            {
                self.year = Some(if year < 70 { 2000 + year } else { 1900 + year });
            }
            (1 | 2, Ok(_)) if self.clock.is_none() => self.days.extend(number.parse::<i8>()),
            _ => {}
        }
    }

    fn word(&mut self, word: &str) {
        let month = MONTHS.iter().position(|month| word.starts_with(month));
        if let (Some(month), true) = (month, self.month.is_none()) {
            self.month = i8::try_from(month + 1).ok();
            return;
        }
        match word {
            "am" => self.afternoon = Some(false),
            "pm" => self.afternoon = Some(true),
            _ => {
                let mut zones = ZONES.iter();
                if let Some((_, minutes)) = zones.find(|(name, _)| *name == word) {
                    self.zone_minutes = *minutes;
                }
            }
        }
    }

    fn day(&self) -> Option<Date> {
        let year = self.year?;
        match (self.month, self.days.as_slice()) {
            (Some(month), [day, ..]) => Date::new(year, month, *day).ok(),
            (None, [day, month]) if *day > 12 || day == month => Date::new(year, *month, *day).ok(),
            (None, [month, day]) if *day > 12 => Date::new(year, *month, *day).ok(),
            _ => None,
        }
    }

    fn moment(&self) -> Option<Timestamp> {
        let day = self.day()?;
        let (hour, minute, second) = self.clock.unwrap_or_default();
        let hour = match self.afternoon {
            Some(afternoon) if hour <= 12 => hour % 12 + if afternoon { 12 } else { 0 },
            _ => hour,
        };
        // The end of a day is the beginning of the next; a second that was put in is the one before.
        let (day, hour) = if hour == 24 {
            (day.tomorrow().ok()?, 0)
        } else {
            (day, hour)
        };
        let time = Time::new(hour, minute, second.min(59), 0).ok()?;
        let local = DateTime::from_parts(day, time);
        let moment = local.to_zoned(TimeZone::UTC).ok()?.timestamp();
        let seconds = moment.as_second() - i64::from(self.zone_minutes) * 60;
        Timestamp::from_second(seconds).ok()
    }
}

/// `1000` or `100059` as a clock.
fn compact(digits: &str) -> Option<(i8, i8, i8)> {
    let part = |at: usize| digits.get(at..at + 2)?.parse().ok();
    Some((part(0)?, part(2)?, part(4).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_are_read_in_all_their_forms() {
        let ten = "2025-04-03T10:00:00Z";
        for (text, expected) in [
            ("Thu, 03 Apr 2025 10:00:00 GMT", ten),
            ("Thu, 3 Apr 25 10:00 UT", ten),
            ("2025-04-03T10:00:00Z", ten),
            ("2025-04-03T10:00:00.123456789123z", ten),
            ("2025-04-03T12:00:00+02:00", ten),
            ("2025-04-03T12:00:00+0200", ten),
            ("2025-04-03t04:30−0530", ten),
            ("2025-04-03 10:00:00", ten),
            ("2025-04-03T10:00", ten),
            ("2025/04/03 10:00:00 UTC", ten),
            ("20250403T100000Z", ten),
            ("20250403100000", ten),
            ("1743674400", ten),
            ("1743674400000", ten),
            ("Thu Apr  3 10:00:00 2025", ten),
            ("Thu Apr 3 06:00:00 EDT 2025", ten),
            ("Thursday, April 3rd, 2025 10:00 AM", ten),
            ("April 3, 2025 at 10:00am", ten),
            ("Do, 03 Apr 2025 12:00:00 CEST", ten),
            ("Thu,03 Apr 2025 12:00:00+0200", ten),
            ("03-Apr-2025 12:00 UTC+2", ten),
            ("Fri, 04 Apr 2025 12:00:00 AM +1400", ten),
            ("Wed, 02 Apr 2025 24:00:00 -1000", ten),
            ("3 Apr 2025", "2025-04-03T00:00:00Z"),
            ("2025-04-03", "2025-04-03T00:00:00Z"),
            ("25/04/2025", "2025-04-25T00:00:00Z"),
            ("04/25/2025", "2025-04-25T00:00:00Z"),
            ("1 Sept 1999 23:59:60 GMT", "1999-09-01T23:59:59Z"),
            ("1 Jan 99", "1999-01-01T00:00:00Z"),
        ] {
            let found = read(text).map(|moment| moment.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "soon",
            "03/04/2025",
            "Tue, 42 Nonesuch 2025",
            "2025-13-03",
            "2025-02-30T10:00:00Z",
            "0000-00-00 00:00:00",
            "3 Apr",
            "April 2025",
            "10:00",
            "99999999999999999999",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_breaks_the_reader(text in "([0-9]{1,5}|[A-Za-zé]{1,4}|[-+:/., T−]){0,20}") {
            let _ = read(&text);
        }

        #[test]
        fn what_is_written_well_is_read(second in 0i64..4_000_000_000, hours in -12i64..14) {
            let moment = Timestamp::from_second(second).unwrap();
            let zone = TimeZone::fixed(jiff::tz::offset(i8::try_from(hours).unwrap()));
            let zoned = moment.to_zoned(zone);
            prop_assert_eq!(read(&zoned.strftime("%a, %d %b %Y %H:%M:%S %z").to_string()), Some(moment));
            prop_assert_eq!(read(&zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()), Some(moment));
            prop_assert_eq!(read(&moment.to_string()), Some(moment));
        }
    }
}
