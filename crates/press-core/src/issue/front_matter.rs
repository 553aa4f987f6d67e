//! The head of an issue's file: title, number, date.
//!
//! Three styles are read: `Key: value` lines up to the first blank line (Pelican), YAML between `---`
//! lines and TOML between `+++` lines. Of YAML and TOML only flat keys are of interest, so both are read
//! line by line: a nested value is kept as text and harms nothing.

use crate::diagnostic::{Diagnostic, Level};
use crate::span::Span;
use jiff::civil::{Date, DateTime, Time};

/// How a front matter is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FrontMatterStyle {
    /// There is none.
    #[default]
    None,
    /// `Key: value` lines up to the first blank line.
    Lines,
    /// YAML between `---` lines.
    Yaml,
    /// TOML between `+++` lines.
    Toml,
}

/// Title, number, date and greeting at the head of an issue.
#[derive(Clone, Debug, Default)]
pub struct Masthead {
    /// How the front matter is written.
    pub style: FrontMatterStyle,
    /// The front matter with its fences.
    pub span: Span,
    /// The title, if there is one.
    pub title: Option<String>,
    /// The number: as given, else the last number in the title. Specials have none.
    pub number: Option<u32>,
    /// The day of publication.
    pub date: Option<Date>,
    /// When it was corrected last, where the newsletter is.
    pub modified: Option<DateTime>,
    /// The category by name.
    pub category: Option<String>,
    /// The last part of the address, where the title does not give it.
    pub slug: Option<String>,
    /// All keys as written, with the spans of their values.
    pub entries: Vec<(String, Span)>,
    /// The text between the front matter and the first section.
    pub greeting: Span,
}

impl Masthead {
    /// Reads only the front matter of `text`, and what is wrong with it: all that the neighbours of an issue
    /// need to know. The greeting is left empty.
    pub fn parse(text: &str) -> (Masthead, Vec<Diagnostic>) {
        read(text)
    }

    /// The span of the value of `key`, whatever its case.
    pub fn find(&self, key: &str) -> Option<Span> {
        let entry = self
            .entries
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key));
        entry.map(|(_, span)| *span)
    }
}

/// Reads the front matter of `text`, and what is wrong with it. The body begins at the end of the
/// masthead's span.
pub(super) fn read(text: &str) -> (Masthead, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let first = text[start..].lines().next().unwrap_or("").trim_end();
    let mut masthead = match first {
        "---" => fenced(text, start, FrontMatterStyle::Yaml, &mut findings),
        "+++" => fenced(text, start, FrontMatterStyle::Toml, &mut findings),
        _ => lines(text, start),
    };
    interpret(text, &mut masthead, &mut findings);
    (masthead, findings)
}

fn lines(text: &str, start: usize) -> Masthead {
    let mut masthead = Masthead {
        span: Span::new(0, start),
        ..Masthead::default()
    };
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        let next = at + line.len();
        if line.trim().is_empty() {
            if !masthead.entries.is_empty() {
                masthead.span.end = next;
            }
            break;
        }
        match entry(line, at, ':') {
            Some(found) => masthead.entries.push(found),
            // The first line that is no `Key: value` ends the front matter; it belongs to the text.
            None => break,
        }
        at = next;
        masthead.span.end = at;
    }
    if !masthead.entries.is_empty() {
        masthead.style = FrontMatterStyle::Lines;
    }
    masthead
}

fn fenced(
    text: &str,
    start: usize,
    style: FrontMatterStyle,
    findings: &mut Vec<Diagnostic>,
) -> Masthead {
    let (fence, separator) = match style {
        FrontMatterStyle::Toml => ("+++", '='),
        _ => ("---", ':'),
    };
    let mut masthead = Masthead {
        style,
        ..Masthead::default()
    };
    let mut at = start;
    let mut nested = false;
    for (number, line) in text[start..].split_inclusive('\n').enumerate() {
        let next = at + line.len();
        if number > 0 && line.trim_end() == fence {
            masthead.span = Span::new(0, next);
            return masthead;
        }
        // Only keys of the outermost level count: an indented `title:` belongs to something else, and after
        // a table's head so does everything.
        nested |= style == FrontMatterStyle::Toml && line.starts_with('[');
        if number > 0 && !nested && !line.starts_with([' ', '\t']) {
            masthead.entries.extend(entry(line, at, separator));
        }
        at = next;
    }
    let opening = Span::new(start, start + fence.len());
    let message = format!("the front matter has no end: no second line `{fence}`");
    let help = format!("close it with a line that is just `{fence}`");
    findings.push(Diagnostic::new("front-matter", Level::Deny, opening, message).with_help(help));
    masthead.span = Span::new(0, start + fence.len());
    masthead
}

/// `Key: value` on one line; the value's span excludes quotes and white space.
fn entry(line: &str, at: usize, separator: char) -> Option<(String, Span)> {
    let (key, value) = line.split_once(separator)?;
    let key = key.trim();
    let plain = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-');
    if key.is_empty() || key.len() > 40 || !key.chars().all(plain) {
        return None;
    }
    let start = at + line.len() - value.len();
    let mut value_span = Span::new(start, at + line.len());
    let trimmed = value.trim();
    value_span.start += value.len() - value.trim_start().len();
    value_span.end = value_span.start + trimmed.len();
    for quote in ['"', '\''] {
        if trimmed.len() >= 2 && trimmed.starts_with(quote) && trimmed.ends_with(quote) {
            value_span = Span::new(value_span.start + 1, value_span.end - 1);
            break;
        }
    }
    Some((key.to_owned(), value_span))
}

fn interpret(text: &str, masthead: &mut Masthead, findings: &mut Vec<Diagnostic>) {
    let value = |masthead: &Masthead, key| masthead.find(key).map(|span| (span, span.of(text)));
    let filled = |found: Option<(Span, &str)>| {
        found
            .map(|(_, value)| value.to_owned())
            .filter(|value| !value.is_empty())
    };
    masthead.title = filled(value(masthead, "title"));
    masthead.category = filled(value(masthead, "category"));
    masthead.slug = filled(value(masthead, "slug"));
    masthead.number = match value(masthead, "number") {
        Some((span, number)) => number.parse().map_or_else(
            |_| {
                let message = format!("`{number}` is not an issue number");
                findings.push(Diagnostic::new("front-matter", Level::Deny, span, message));
                None
            },
            Some,
        ),
        None => masthead.title.as_deref().and_then(number_in_title),
    };
    let mut refuse = |span, date: &str, help: &str| {
        let message = format!("`{date}` is not a date of the calendar");
        findings.push(Diagnostic::new("front-matter", Level::Deny, span, message).with_help(help));
    };
    if let Some((span, date)) = value(masthead, "date") {
        masthead.date = parse_date(date);
        if masthead.date.is_none() {
            refuse(span, date, "write it as YYYY-MM-DD");
        }
    }
    if let Some((span, moment)) = value(masthead, "modified") {
        masthead.modified = parse_moment(moment);
        if masthead.modified.is_none() {
            refuse(span, moment, "write it as YYYY-MM-DD HH:MM");
        }
    }
}

/// A day, perhaps with a time behind it.
fn parse_moment(value: &str) -> Option<DateTime> {
    let date = parse_date(value)?;
    let Some((_, time)) = value.split_once(['T', ' ']) else {
        return Some(date.into());
    };
    let mut parts = time.trim().splitn(3, ':');
    let hour = parts.next()?.parse().ok()?;
    let minute = parts.next()?.parse().ok()?;
    let digits = |part: &str| {
        part.trim_end_matches(|sign: char| !sign.is_ascii_digit())
            .parse()
            .ok()
    };
    let second = parts.next().map_or(Some(0), digits)?;
    let time = Time::new(hour, minute, second, 0).ok()?;
    Some(date.to_datetime(time))
}

/// A whole number at the end of a title. "The State of Rust 0.7" has none.
fn number_in_title(title: &str) -> Option<u32> {
    let last = title.split_whitespace().next_back()?;
    last.trim_start_matches('#').parse().ok()
}

/// A date at the beginning of a value; unpadded months and days occur, and times of day after it.
fn parse_date(value: &str) -> Option<Date> {
    let day = value.split(['T', ' ']).next()?;
    let mut parts = day.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    Date::new(year, month, day).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn three_styles_say_the_same() {
        let texts = [
            "Title: This Week 7\nNumber: 7\nDate: 2020-12-2\nCategory: News\n\nHello: you\n",
            "---\ntitle: 'This Week 7'\nnumber: 7\ndate: 2020-12-02 18:46\nimage:\n  title: x\ncategory: News\ntags:\n  - a\n---\nHello\n",
            "+++\ntitle = \"This Week 7\"\nnumber = 7\ndate = 2020-12-02\ncategory = \"News\"\n[extra]\ntitle = \"x\"\n+++\nHello\n",
        ];
        for text in texts {
            let (masthead, findings) = read(text);
            assert_eq!(findings, []);
            assert_eq!(masthead.title.as_deref(), Some("This Week 7"));
            assert_eq!(masthead.number, Some(7));
            assert_eq!(masthead.date, Some(date(2020, 12, 2)));
            assert_eq!(masthead.category.as_deref(), Some("News"));
            assert!(text[masthead.span.end..].starts_with("Hello"));
        }
    }

    #[test]
    fn a_number_may_stand_in_the_title_only() {
        let number = |text| read(text).0.number;
        assert_eq!(number("Title: This Week 28\n\n"), Some(28));
        assert_eq!(number("Title: The State of Things 0.7\n\n"), None);
    }

    #[test]
    fn what_cannot_be_is_said() {
        let message = |text| {
            read(text)
                .1
                .into_iter()
                .map(|finding| finding.message)
                .collect::<String>()
        };
        assert_eq!(
            message("Title: A\nDate: 2023-02-29\n\n"),
            "`2023-02-29` is not a date of the calendar"
        );
        assert_eq!(
            message("---\ntitle: A\n"),
            "the front matter has no end: no second line `---`"
        );
        assert_eq!(
            message("Number: seven\n\n"),
            "`seven` is not an issue number"
        );
    }

    #[test]
    fn a_text_without_front_matter_is_all_body() {
        for text in [
            "",
            "# Heading\n\ntext",
            "\n\nTitle: no\n",
            "Some words: and more than a key\n",
        ] {
            let (masthead, _) = read(text);
            assert_eq!(masthead.span, Span::new(0, 0), "{text:?}");
        }
    }
}
