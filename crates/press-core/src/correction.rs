//! Corrections of a published issue: what changed, in words, and whether readers should hear of it.
//!
//! A mended typing error is nobody's business. That a link led elsewhere, that a day or a number was wrong, that something
//! was taken out or put in, readers of the first version want to know. Nothing is decided here that a person could not
//! decide otherwise.

use crate::calendar::{MONTHS, WEEKDAYS, weekday};
use crate::format::Format;
use crate::issue::{FrontMatterStyle, Issue, Masthead};
use crate::submission::{Proposed, TooLarge, propose};
use crate::text::{distance, plain_line};
use jiff::civil::{Date, DateTime};
use serde::Serialize;
use std::collections::BTreeSet;

/// What kind of change it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Something was put in.
    Added,
    /// Something was taken out.
    Removed,
    /// A link leads elsewhere.
    Link,
    /// A number, a day, a time is another one.
    Number,
    /// It is said with other words.
    Words,
    /// Letters, signs, spaces.
    Spelling,
}

/// One thing that was corrected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Correction {
    /// What kind it is.
    pub kind: Kind,
    /// What it is, as a part of a sentence.
    pub what: String,
}

impl Correction {
    /// Whether readers of the first version should hear of it.
    pub fn matters(&self) -> bool {
        self.kind != Kind::Spelling
    }
}

/// Words that may be other ones before a text says something else.
const FEW_WORDS: usize = 2;
/// Letters that may be other ones in a word that is the same.
const FEW_LETTERS: usize = 2;
/// Most letters of a title or a sentence that are shown.
const SHOWN: usize = 60;

/// What is different between two states of an issue; an error if it is as good as another text.
pub fn corrections(
    before: &str,
    after: &str,
    format: &Format,
) -> Result<Vec<Correction>, TooLarge> {
    let proposal = propose(before, after, format)?;
    let mut found = Vec::new();
    for item in &proposal.items {
        let title = title(item);
        match &item.replaces {
            Some(old) => found.extend(compare(old, &item.text, &title, format)),
            None => found.push(Correction {
                kind: Kind::Added,
                what: format!("{title} was missing"),
            }),
        }
    }
    for change in &proposal.changes {
        let (old, new) = (change.removed.join("\n"), change.added.join("\n"));
        found.extend(lines(&old, &new, format));
    }
    found.sort_by_key(|one| one.kind);
    found.dedup();
    Ok(found)
}

/// What became of some lines that are no items, or are none any more.
fn lines(old: &str, new: &str, format: &Format) -> Vec<Correction> {
    let shown = |text: &str| format!("“{}”", short(&plain(text, format)));
    match (plain(old, format).is_empty(), plain(new, format).is_empty()) {
        (true, true) => Vec::new(),
        (false, true) => vec![Correction {
            kind: Kind::Removed,
            what: format!("{} was taken out", shown(old)),
        }],
        (true, false) => vec![Correction {
            kind: Kind::Added,
            what: format!("{} was missing", shown(new)),
        }],
        (false, false) => compare(old, new, &shown(new), format),
    }
}

/// What is different between two states of one thing, which is called so.
fn compare(old: &str, new: &str, name: &str, format: &Format) -> Vec<Correction> {
    let (links, new_links) = (urls(old, format), urls(new, format));
    let (words, new_words) = (plain(old, format), plain(new, format));
    let mut found = Vec::new();
    if links != new_links {
        found.push(Correction {
            kind: Kind::Link,
            what: format!("a link of {name} led to another page"),
        });
    }
    let kind = difference(&words, &new_words);
    if let Some(kind) = kind {
        let (was, is) = parted(&words, &new_words);
        let what = match kind {
            Kind::Spelling => format!("{name} was spelt otherwise"),
            _ => format!("{name}: “{}” was “{}”", short(&is), short(&was)),
        };
        found.push(Correction { kind, what });
    }
    // Marks of Markdown and white space.
    if found.is_empty() && old != new {
        found.push(Correction {
            kind: Kind::Spelling,
            what: format!("{name} was written otherwise"),
        });
    }
    found
}

/// How two texts without Markdown differ, if they do.
fn difference(old: &str, new: &str) -> Option<Kind> {
    if old == new {
        return None;
    }
    let numbers = |text: &str| -> Vec<String> {
        let digits = text.split(|sign: char| !sign.is_ascii_digit());
        digits
            .filter(|digits| !digits.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let months = |text: &str| -> Vec<usize> { words(text).filter_map(named_day).collect() };
    if numbers(old) != numbers(new) || months(old) != months(new) {
        return Some(Kind::Number);
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (words(old).collect(), words(new).collect());
    let other = similar::capture_diff_slices(similar::Algorithm::Myers, &old, &new);
    let mut changed = 0;
    for op in other {
        let (tag, was, is) = op.as_tag_tuple();
        if tag == similar::DiffTag::Equal {
            continue;
        }
        let spelt = was.len() == is.len()
            && was
                .clone()
                .zip(is.clone())
                .all(|(was, is)| is_spelling(old[was], new[is]));
        if !spelt {
            changed += was.len().max(is.len());
        }
    }
    // A "not" is one word, and turns everything round.
    let denies = |words: &[&str]| {
        words
            .iter()
            .filter(|word| DENIALS.contains(&word.to_lowercase().as_str()))
            .count()
    };
    let few = changed <= FEW_WORDS && changed * 4 <= new.len() && denies(&old) == denies(&new);
    Some(if few { Kind::Spelling } else { Kind::Words })
}

/// The number of a month, or of a weekday behind the months, that a word is the name of.
fn named_day(word: &str) -> Option<usize> {
    let word = word.to_lowercase();
    let month = MONTHS.iter().position(|month| *month == word);
    let day = || {
        WEEKDAYS
            .iter()
            .position(|day| weekday(*day).to_lowercase() == word)
    };
    month.or_else(|| day().map(|day| MONTHS.len() + day))
}

const DENIALS: &[&str] = &[
    "not", "no", "never", "without", "isn't", "doesn't", "won't", "cannot", "can't",
];

/// Whether two words are one, written in two ways.
fn is_spelling(old: &str, new: &str) -> bool {
    let (old, new) = (old.to_lowercase(), new.to_lowercase());
    let length = old.chars().count().max(new.chars().count());
    let letters = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    distance(&old, &new) <= FEW_LETTERS.min(length / 3) || letters(&old) == letters(&new)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let plain = |word: &&str| !word.is_empty();
    text.split(|sign: char| !sign.is_alphanumeric() && sign != '\'')
        .filter(plain)
}

/// Where two texts begin to differ, to where they end to, by words.
fn parted(old: &str, new: &str) -> (String, String) {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split(' ').collect(), new.split(' ').collect());
    let front = old
        .iter()
        .zip(&new)
        .take_while(|(old, new)| old == new)
        .count();
    let rest = old.len().min(new.len()) - front;
    let back = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take(rest)
        .take_while(|(old, new)| old == new)
        .count();
    (
        old[front..old.len() - back].join(" "),
        new[front..new.len() - back].join(" "),
    )
}

fn title(item: &Proposed) -> String {
    match item.main() {
        Some(link) if !link.title.is_empty() => format!("“{}”", short(&link.title)),
        _ => format!("“{}”", short(&plain_line(&item.text))),
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// A piece of Markdown without its marks.
fn plain(text: &str, format: &Format) -> String {
    let issue = Issue::parse(text, format);
    let mut plain = String::with_capacity(text.len());
    let mut at = 0;
    for link in &issue.links {
        if link.span.start < at {
            continue;
        }
        plain.push_str(&text[at..link.span.start]);
        plain.push_str(&link.title);
        at = link.span.end;
    }
    plain.push_str(&text[at..]);
    let bare = |sign: char| !matches!(sign, '*' | '_' | '`' | '#' | '>');
    plain_line(&plain.chars().filter(|sign| bare(*sign)).collect::<String>())
}

fn urls(text: &str, format: &Format) -> BTreeSet<String> {
    let issue = Issue::parse(text, format);
    issue.links.iter().map(|link| link.url.clone()).collect()
}

/// The issue with the moment of its correction in its front matter.
pub fn with_modified(text: &str, moment: DateTime) -> Option<String> {
    let value = moment.strftime("%Y-%m-%d %H:%M").to_string();
    let (masthead, _) = Masthead::parse(text);
    let mut changed = text.to_owned();
    if let Some(span) = masthead.find("modified") {
        changed.replace_range(span.start..span.end, &value);
        return Some(changed);
    }
    // A line like the date's, so that it is written as this newsletter writes.
    let span = masthead.find("date")?;
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.end..]
        .find('\n')
        .map_or(text.len(), |at| span.end + at);
    let key = text[start..span.start].find(|sign: char| sign.is_alphabetic())? + start;
    let word = if text[key..].starts_with('D') {
        "Modified"
    } else {
        "modified"
    };
    let quoted =
        masthead.style == FrontMatterStyle::Toml && !text[..span.start].ends_with(['"', '\'']);
    let value = if quoted {
        format!("\"{value}\"")
    } else {
        value
    };
    let line = format!(
        "{}{word}{}{value}{}",
        &text[start..key],
        &text[key + "date".len()..span.start],
        &text[span.end..end]
    );
    let (break_, at) = if end == text.len() {
        ("\n", end)
    } else {
        ("", end + 1)
    };
    changed.insert_str(at, &format!("{break_}{}\n", line.trim_end_matches('\r')));
    let read = Masthead::parse(&changed).0;
    (read.modified == Some(moment.with().second(0).subsec_nanosecond(0).build().ok()?))
        .then_some(changed)
}

/// The issue with a note under it, of a day.
pub fn with_note(text: &str, day: Date, note: &str) -> String {
    let day = day.strftime("%-d %B %Y");
    let line = format!("*Correction, {day}: {}*", note.trim().replace('*', "\\*"));
    let body = text.trim_end();
    if body.lines().any(|known| known == line) {
        return text.to_owned();
    }
    format!("{body}\n\n{line}\n")
}

/// What readers should hear, as one sentence.
pub fn sentence(corrections: &[Correction]) -> String {
    let told: Vec<&str> = corrections
        .iter()
        .filter(|one| one.matters())
        .map(|one| one.what.as_str())
        .collect();
    match told.is_empty() {
        true => String::new(),
        false => format!("{}.", told.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const ISSUE: &str = "Title: Gull 3\nNumber: 3\nDate: 2025-04-02\n\nHello, this is issue three, of spring.\n\n## Links\n\n\
        * [Wings](https://gull.example/wings) by Ada\n* [Nests of 12 kinds](https://gull.example/nests)\n";

    fn after(from: &str, to: &str) -> Vec<(Kind, String)> {
        assert!(ISSUE.contains(from));
        let format = Format::default();
        let found = corrections(ISSUE, &ISSUE.replace(from, to), &format).unwrap();
        found.into_iter().map(|one| (one.kind, one.what)).collect()
    }

    #[test]
    fn typing_errors_are_nobodys_business() {
        for (from, to) in [
            ("spring", "springg"),
            ("three, of", "three of"),
            ("Wings](", "Wigns]("),
            ("by Ada", "by  Ada"),
            ("this is issue", "*this* is issue"),
        ] {
            let found = after(from, to);
            assert!(
                found.iter().all(|(kind, _)| *kind == Kind::Spelling),
                "{to}: {found:?}"
            );
            assert!(!found.is_empty() || to.contains("  "), "{to}");
        }
    }

    #[test]
    fn what_readers_should_hear_of_is_told() {
        let kinds = |from, to| {
            let found = after(from, to);
            found.into_iter().map(|(kind, _)| kind).collect::<Vec<_>>()
        };
        assert_eq!(
            after("example/wings", "example/flight"),
            [(
                Kind::Link,
                "a link of “Wings” led to another page".to_owned()
            )]
        );
        assert_eq!(
            after("12 kinds", "21 kinds"),
            [(
                Kind::Number,
                "“Nests of 21 kinds”: “21” was “12”".to_owned()
            )]
        );
        assert_eq!(
            kinds("* [Wings](https://gull.example/wings) by Ada\n", ""),
            [Kind::Removed]
        );
        assert_eq!(
            kinds("by Ada\n", "by Ada\n* [Eggs](https://gull.example/eggs)\n"),
            [Kind::Added]
        );
        assert_eq!(
            kinds(
                "Hello, this is issue three, of spring.",
                "Gulls do other things in summer."
            ),
            [Kind::Words]
        );
        assert_eq!(kinds("this is issue", "this is not issue"), [Kind::Words]);
    }

    #[test]
    fn the_moment_stands_as_the_newsletter_writes() {
        let moment = date(2025, 4, 3).at(9, 5, 30, 0);
        for (text, line) in [
            (
                "Title: a\nDate: 2025-04-02\nCategory: x\n\nHi\n",
                "Modified: 2025-04-03 09:05\n",
            ),
            (
                "---\ntitle: a\ndate: '2025-04-02'\n---\nHi\n",
                "modified: '2025-04-03 09:05'\n",
            ),
            (
                "+++\ntitle = \"a\"\ndate = 2025-04-02\n+++\nHi\n",
                "modified = \"2025-04-03 09:05\"\n",
            ),
            (
                "Title: a\r\nDate: 2025-04-02\r\n\r\nHi\r\n",
                "Modified: 2025-04-03 09:05\n",
            ),
        ] {
            let changed = with_modified(text, moment).unwrap();
            assert!(changed.contains(line), "{changed:?}");
            let again = with_modified(&changed, date(2025, 5, 1).at(10, 0, 0, 0)).unwrap();
            assert_eq!(again, changed.replace("04-03 09:05", "05-01 10:00"));
        }
        assert_eq!(with_modified("No front matter\n", moment), None);
    }

    #[test]
    fn a_note_stands_under_the_issue_once() {
        let noted = with_note(
            ISSUE,
            date(2025, 4, 3),
            "the link to “Wings” led elsewhere.",
        );
        assert!(
            noted.ends_with("\n\n*Correction, 3 April 2025: the link to “Wings” led elsewhere.*\n")
        );
        assert_eq!(
            with_note(
                &noted,
                date(2025, 4, 3),
                "the link to “Wings” led elsewhere."
            ),
            noted
        );
        let format = Format::default();
        let items = |text| Issue::parse(text, &format).items.len();
        assert_eq!(items(&noted), items(ISSUE));
    }
}
