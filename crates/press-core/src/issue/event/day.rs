//! Days as people write them: `2026-03-19 - 2026-03-20`, `September 30, 2021`, `Jun 21.`, `3/9`.

use crate::calendar::MONTHS;
use jiff::civil::Date;

/// One day or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) start: Date,
    pub(super) end: Option<Date>,
}

/// The days that `text` begins with.
pub(super) fn parse(text: &str, issue: Option<Date>) -> Option<Days> {
    split(text, issue).map(|(days, _)| days)
}

/// The first days that stand anywhere in `text`, as in "CFP open until 2026-03-14".
pub(super) fn find(text: &str, issue: Option<Date>) -> Option<Days> {
    let starts = text.char_indices().filter(|(at, character)| {
        let begins = text[..*at]
            .chars()
            .next_back()
            .is_none_or(|before| !before.is_alphanumeric());
        begins && character.is_ascii_alphanumeric()
    });
    starts
        .take(200)
        .find_map(|(at, _)| parse(&text[at..], issue))
}

/// The days that `text` begins with, and what follows them.
pub(super) fn split(text: &str, issue: Option<Date>) -> Option<(Days, &str)> {
    let (start, rest) = day(text, issue, None)?;
    let after = rest.trim_start();
    for separator in ["-", "–", "—", "to ", "& "] {
        let Some(second) = after.strip_prefix(separator) else {
            continue;
        };
        if let Some((end, rest)) = day(second, Some(start), Some(start)) {
            let plausible = end > start && (end - start).get_days() < 60;
            return Some((
                Days {
                    start,
                    end: plausible.then_some(end),
                },
                rest,
            ));
        }
    }
    Some((Days { start, end: None }, rest))
}

/// One day at the beginning of `text`. `first` is the start of a range whose end this is: a bare number is
/// then a day of the same month.
fn day(text: &str, near: Option<Date>, first: Option<Date>) -> Option<(Date, &str)> {
    let text = text.trim_start_matches(['*', '_', ' ', '\u{a0}', '\\']);
    iso(text)
        .or_else(|| slashed(text, near))
        .or_else(|| worded(text, near))
        .or_else(|| {
            let (number, rest) = number(text)?;
            let ended = rest.starts_with([',', '.', ' ', '|']) || rest.is_empty();
            let first = first.filter(|_| ended)?;
            Some((
                Date::new(first.year(), first.month(), number.try_into().ok()?).ok()?,
                rest,
            ))
        })
}

fn iso(text: &str) -> Option<(Date, &str)> {
    let (year, rest) = number(text)?;
    let (month, rest) = number(rest.strip_prefix('-')?)?;
    let (day, rest) = number(rest.strip_prefix('-')?)?;
    let known = (1900..2200).contains(&year);
    known
        .then(|| date(year, month, day).map(|date| (date, rest)))
        .flatten()
}

fn slashed(text: &str, near: Option<Date>) -> Option<(Date, &str)> {
    let (month, rest) = number(text)?;
    let (day, rest) = number(rest.strip_prefix('/')?)?;
    if let Some((year, rest)) = rest.strip_prefix('/').and_then(number) {
        let year = if year < 100 { year + 2000 } else { year };
        return Some((date(year, month, day)?, rest));
    }
    Some((without_year(month, day, near?)?, rest))
}

fn worded(text: &str, near: Option<Date>) -> Option<(Date, &str)> {
    let word = text
        .split(|character: char| !character.is_ascii_alphabetic())
        .next()?;
    let lower = word.to_ascii_lowercase();
    let named = |month: &&str| lower.len() >= 3 && (month.starts_with(&lower) || lower == "sept");
    let month = if lower == "sept" {
        8
    } else {
        MONTHS.iter().position(named)?
    };
    let month = u32::try_from(month).ok()? + 1;
    let rest = text[word.len()..].trim_start_matches(['.', ' ', '\u{a0}']);
    let (day, rest) = number(rest)?;
    let rest = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|suffix| rest.strip_prefix(suffix))
        .unwrap_or(rest);
    let year = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    if let Some((year, rest)) = number(year).filter(|(year, _)| (1900..2200).contains(year)) {
        return Some((date(year, month, day)?, rest));
    }
    Some((without_year(month, day, near?)?, rest))
}

/// A day without year lies nearest to the issue: December's issues list January's events.
fn without_year(month: u32, day: u32, near: Date) -> Option<Date> {
    let year = u32::try_from(near.year()).ok()?;
    let candidates = [year - 1, year, year + 1]
        .into_iter()
        .filter_map(|year| date(year, month, day));
    candidates.min_by_key(|date| (*date - near).get_days().abs())
}

fn date(year: u32, month: u32, day: u32) -> Option<Date> {
    Date::new(
        year.try_into().ok()?,
        month.try_into().ok()?,
        day.try_into().ok()?,
    )
    .ok()
}

fn number(text: &str) -> Option<(u32, &str)> {
    let rest = text.trim_start_matches(|character: char| character.is_ascii_digit());
    let digits = &text[..text.len() - rest.len()];
    if digits.len() > 4 {
        return None;
    }
    Some((digits.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let issue = Date::new(2021, 12, 8).ok();
        match split(text, issue) {
            Some((days, rest)) => match days.end {
                Some(end) => format!("{} to {end}{rest}", days.start),
                None => format!("{}{rest}", days.start),
            },
            None => "nothing".to_owned(),
        }
    }

    #[test]
    fn days_of_all_years_are_read() {
        assert_eq!(
            read("2026-03-19 - 2026-03-20 | Rome"),
            "2026-03-19 to 2026-03-20 | Rome"
        );
        assert_eq!(read("September 30, 2021, Berlin"), "2021-09-30, Berlin");
        assert_eq!(read("Jan 21. Cambridge, GB"), "2022-01-21. Cambridge, GB");
        assert_eq!(read("11/28. Meetup"), "2021-11-28. Meetup");
        assert_eq!(
            read("May 3-5. Conference"),
            "2022-05-03 to 2022-05-05. Conference"
        );
        assert_eq!(read("Rust Meetup"), "nothing");
        assert_eq!(read("2025-02-30"), "nothing");
        assert_eq!(read("Marching on 3"), "nothing");
    }

    #[test]
    fn a_day_is_found_in_a_sentence() {
        let found = find("CFP open until 2026-03-14", None);
        assert_eq!(found.map(|days| days.start), Date::new(2026, 3, 14).ok());
        assert_eq!(find("open", None), None);
    }
}
