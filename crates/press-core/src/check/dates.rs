//! Dates in running text and in addresses: `2026-03-04`, `2026/03/04` and `3/4/2026`.
//!
//! The issue model reads dates where it expects them. Rules also ask about those that stand anywhere.

use crate::span::Span;
use jiff::civil::Date;

/// Something written like a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// Where it stands in the text that was searched.
    pub(super) span: Span,
    /// The day it means; none if there is no such day.
    pub(super) date: Option<Date>,
}

/// All dates in `text` that have a year of four digits.
pub(super) fn find_dates(text: &str) -> Vec<Written> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let digits = |from: usize| {
            let tail = &bytes[from.min(bytes.len())..];
            tail.iter().take_while(|byte| byte.is_ascii_digit()).count()
        };
        let first = digits(at);
        let separator = bytes.get(at + first).copied();
        let second = digits(at + first + 1);
        let again = bytes.get(at + first + 1 + second).copied();
        let third_at = at + first + second + 2;
        let third = digits(third_at);
        let end = third_at + third;
        let begins = at == 0
            || !bytes[at - 1].is_ascii_alphanumeric()
            // `%3A` is a colon in an address.
            || (at >= 3 && bytes[at - 3] == b'%');
        let same = separator == again && matches!(separator, Some(b'-' | b'/'));
        if begins
            && same
            && let Some(date) = day(
                text,
                (at, first),
                (at + first + 1, second),
                (third_at, third),
            )
        {
            found.push(Written {
                span: Span::new(at, end),
                date,
            });
            at = end;
        } else {
            at += first;
        }
    }
    found
}

/// Three runs of digits as a day: outer none if this is no date at all, inner none if there is no such day.
fn day(
    text: &str,
    one: (usize, usize),
    two: (usize, usize),
    three: (usize, usize),
) -> Option<Option<Date>> {
    let number = |(at, length): (usize, usize)| text[at..at + length].parse::<i16>().ok();
    let small = |part: (usize, usize)| number(part).and_then(|number| i8::try_from(number).ok());
    let iso = one.1 == 4 && two.1 == 2 && three.1 == 2;
    let american = text.as_bytes()[one.0 + one.1] == b'/'
        && one.1 <= 2
        && (1..=2).contains(&two.1)
        && three.1 == 4;
    let (year, month, day) = match (iso, american) {
        (true, _) => (number(one)?, small(two)?, small(three)?),
        (_, true) => (number(three)?, small(one)?, small(two)?),
        _ => return None,
    };
    (1900..2200)
        .contains(&year)
        .then(|| Date::new(year, month, day).ok())
}

/// Days from one date to another; negative if it lies before.
pub(super) fn days_between(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_found_and_impossible_ones_known() {
        let found = |text: &str| -> Vec<String> {
            let dates = find_dates(text).into_iter();
            dates
                .map(|written| {
                    let date = written
                        .date
                        .map_or("never".to_owned(), |date| date.to_string());
                    format!("{} {date}", written.span.of(text))
                })
                .collect()
        };
        assert_eq!(
            found("a 2026-03-04..2026-13-01, 3/4/2026"),
            [
                "2026-03-04 2026-03-04",
                "2026-13-01 never",
                "3/4/2026 2026-03-04"
            ]
        );
        assert!(found("v2026-03-04x 1.2.3 12-34-5678 2026-3-4").len() <= 1);
        let far = (Date::new(2026, 1, 1).ok(), Date::new(2025, 12, 31).ok());
        assert!(matches!(far, (Some(one), Some(two)) if days_between(one, two) == -1));
    }
}
