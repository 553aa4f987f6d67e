//! Days in words: "Tuesday, March 3rd 2026", "3 March", "2026-03-03 (Tue)". What running text says of a day, and
//! whether it agrees with itself.

use super::dates::find_dates;
use crate::calendar::{MONTHS, WEEKDAYS, weekday};
use crate::span::Span;
use jiff::civil::{Date, Weekday};

/// A day that a text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    /// Where it stands in the text that was searched, weekday included.
    pub(super) span: Span,
    /// The day it means.
    pub(super) date: Date,
    /// Whether the year stands there too; otherwise it is the one next to the issue.
    pub(super) with_year: bool,
    /// The weekday beside it.
    pub(super) weekday: Option<Weekday>,
}

/// What a word of a date may be.
#[derive(Clone, Copy, Debug)]
enum Part {
    Weekday(Weekday),
    Month(i8),
    Day(i8),
    Year(i16),
    Date(Date),
    Other,
}

/// Whether a word begins like a weekday: what is cheap to ask before a text is taken apart.
pub(super) fn names_weekday(text: &str) -> bool {
    let bytes = text.as_bytes();
    let begins = |at: usize| at == 0 || !bytes[at - 1].is_ascii_alphabetic();
    (0..bytes.len()).filter(|at| begins(*at)).any(|at| {
        bytes.get(at..at + 3).is_some_and(|start| {
            WEEKDAYS
                .iter()
                .any(|day| start.eq_ignore_ascii_case(&weekday(*day).as_bytes()[..3]))
        })
    })
}

/// All days that `text` names; one without a year is the next to `near`.
pub(super) fn find_days(text: &str, near: Date) -> Vec<Day> {
    let parts = parts(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < parts.len() {
        let Some((date, with_year, length)) = date_at(text, &parts[at..], near) else {
            at += 1;
            continue;
        };
        let (mut first, mut last) = (at, at + length - 1);
        let weekday = |other: usize, (one, two): (usize, usize)| {
            let part = parts.get(other).filter(|_| joined(text, &parts, one, two));
            match part {
                Some((_, Part::Weekday(weekday))) => Some(*weekday),
                _ => None,
            }
        };
        let before = at
            .checked_sub(1)
            .and_then(|before| weekday(before, (before, at)));
        let after = weekday(last + 1, (last, last + 1));
        if before.is_some() {
            first -= 1;
        } else if after.is_some() {
            last += 1;
        }
        found.push(Day {
            span: Span::new(parts[first].0.start, parts[last].0.end),
            date,
            with_year,
            weekday: before.or(after),
        });
        at = last + 1;
    }
    found
}

/// A date at the beginning of `parts`, whether its year was given, and of how many parts it is.
fn date_at(text: &str, parts: &[(Span, Part)], near: Date) -> Option<(Date, bool, usize)> {
    if let (_, Part::Date(date)) = parts.first()? {
        return Some((*date, true, 1));
    }
    let (month, day) = match (parts.first()?.1, parts.get(1)?.1) {
        (Part::Month(month), Part::Day(day)) | (Part::Day(day), Part::Month(month)) => (month, day),
        _ => return None,
    };
    if !joined(text, parts, 0, 1) {
        return None;
    }
    let year = match parts.get(2).filter(|_| joined(text, parts, 1, 2)) {
        Some((_, Part::Year(year))) => Some(*year),
        _ => None,
    };
    if let Some(year) = year {
        return Some((Date::new(year, month, day).ok()?, true, 3));
    }
    let years = [near.year() - 1, near.year(), near.year() + 1];
    let dates = years
        .into_iter()
        .filter_map(|year| Date::new(year, month, day).ok());
    let date = dates.min_by_key(|date| (*date - near).get_days().abs())?;
    Some((date, false, 2))
}

/// Whether nothing but a blank, a comma, a parenthesis or "of" stands between two parts.
fn joined(text: &str, parts: &[(Span, Part)], one: usize, two: usize) -> bool {
    let (Some((one, _)), Some((two, _))) = (parts.get(one), parts.get(two)) else {
        return false;
    };
    let between = &text[one.end..two.start];
    between.len() <= 5
        && matches!(
            between.trim_matches([' ', ',', '.', '(']),
            "" | "of" | "the"
        )
}

fn parts(text: &str) -> Vec<(Span, Part)> {
    let mut parts: Vec<(Span, Part)> = find_dates(text)
        .into_iter()
        .filter_map(|written| Some((written.span, Part::Date(written.date?))))
        .collect();
    let dates: Vec<Span> = parts.iter().map(|(span, _)| *span).collect();
    let words = text.split(|character: char| !character.is_alphanumeric());
    for word in words.filter(|word| !word.is_empty()) {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        let span = Span::new(start, start + word.len());
        // "of" and "the" stand between parts and are none themselves.
        let apart = |date: &Span| date.end <= span.start || span.end <= date.start;
        if dates.iter().all(apart) && !matches!(word, "of" | "the") {
            parts.push((span, part(word)));
        }
    }
    parts.sort_by_key(|(span, _)| span.start);
    parts
}

fn part(word: &str) -> Part {
    if word.bytes().all(|byte| byte.is_ascii_digit()) && word.len() == 4 {
        let year = word.parse().ok().filter(|year| (1990..2200).contains(year));
        return year.map_or(Part::Other, Part::Year);
    }
    let number = word
        .strip_suffix("st")
        .or_else(|| word.strip_suffix("nd"))
        .or_else(|| word.strip_suffix("rd"))
        .or_else(|| word.strip_suffix("th"))
        .unwrap_or(word);
    if let Some(day) = number.parse().ok().filter(|day| (1..=31).contains(day)) {
        return Part::Day(day);
    }
    // In small letters "may", "sun" and "march" are words like others.
    if !word.starts_with(|first: char| first.is_ascii_uppercase()) || word.len() < 3 {
        return Part::Other;
    }
    let lower = word.to_ascii_lowercase();
    // Three letters are enough, with or without a full stop.
    let short = |name: &str| name == lower || (lower.len() <= 5 && name.starts_with(&lower));
    let named = |day: &&Weekday| short(&weekday(**day).to_ascii_lowercase());
    if let Some(day) = WEEKDAYS.iter().find(named) {
        return Part::Weekday(*day);
    }
    let month = MONTHS.iter().position(|name| short(name));
    let number = month.and_then(|month| i8::try_from(month + 1).ok());
    number.map_or(Part::Other, Part::Month)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_in_words_are_found() {
        let near = date(2026, 3, 4);
        let told = |text: &str| -> Vec<String> {
            let days = find_days(text, near).into_iter();
            days.map(|day| {
                let weekday = day.weekday.map_or("-", weekday);
                format!("{} {} {weekday}", day.span.of(text), day.date)
            })
            .collect()
        };
        assert_eq!(
            told("on Tuesday, March 3rd 2026."),
            ["Tuesday, March 3rd 2026 2026-03-03 Tuesday"]
        );
        assert_eq!(
            told("3rd of March (Tue)"),
            ["3rd of March (Tue 2026-03-03 Tuesday"]
        );
        assert_eq!(
            told("2026-03-05 Thu"),
            ["2026-03-05 Thu 2026-03-05 Thursday"]
        );
        assert_eq!(
            told("merged%3A2026-03-01..2026-03-02"),
            ["2026-03-01 2026-03-01 -", "2026-03-02 2026-03-02 -"]
        );
        assert_eq!(told("on December 30"), ["December 30 2025-12-30 -"]);
        assert_eq!(told("we may 3 times march 4 miles"), [""; 0]);
        assert_eq!(told("Monday and March 3"), ["March 3 2026-03-03 -"]);
        assert_eq!(told("February 31, 2026 March 2019"), [""; 0]);
    }
}
