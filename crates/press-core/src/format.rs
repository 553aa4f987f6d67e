//! What a newsletter's issues look like: its sections with all names they ever had, and its marks.
//!
//! This is data, made from `press.toml` by the `press` crate. Nothing here is specific to one newsletter.

use crate::text::collapsed;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What stands in a section and how its items are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SectionKind {
    /// Only holds sub-sections.
    Group,
    /// Items that are links.
    #[default]
    Links,
    /// Meetups and conferences.
    Events,
    /// Calls for papers: name, closing date, place, date of the event.
    Papers,
    /// Calls for participation or testing.
    Calls,
    /// Merged pull requests.
    PullRequests,
    /// Proposals and what is about to be decided.
    Rfcs,
    /// Text that is not read as items.
    Prose,
    /// A quotation with its source.
    Quote,
    /// Offers of work.
    Jobs,
    /// The people who made the issue.
    Editors,
}

/// One section of a newsletter, with everything by which it is recognised.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SectionSpec {
    /// Its identity through all renamings.
    pub id: String,
    /// The section it stands in, as an index into [`Format::sections`].
    pub parent: Option<usize>,
    /// What stands in it.
    pub kind: SectionKind,
    /// The heading a new issue uses.
    pub title: String,
    /// Whether every issue has it.
    pub required: bool,
    /// Beginnings of texts that stand for "nothing this week".
    pub placeholder: Vec<String>,
    names: Vec<Pattern>,
    openings: Vec<String>,
}

impl SectionSpec {
    /// A section that is recognised by its title, by further names and by paragraphs that begin with
    /// one of `openings`.
    pub fn new(id: &str, kind: SectionKind, title: &str) -> Self {
        Self {
            id: id.to_owned(),
            kind,
            title: title.to_owned(),
            names: if title.is_empty() {
                Vec::new()
            } else {
                vec![Pattern::new(title)]
            },
            ..Self::default()
        }
    }

    /// Adds headings it has had; `*` stands for any run of characters.
    pub fn with_names<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.names.extend(names.into_iter().map(Pattern::new));
        self
    }

    /// Adds beginnings of paragraphs that open it without a heading.
    pub fn with_openings<'a>(mut self, openings: impl IntoIterator<Item = &'a str>) -> Self {
        self.openings.extend(openings.into_iter().map(normalise));
        self
    }

    fn is_named(&self, name: &str) -> bool {
        self.names.iter().any(|pattern| pattern.matches(name))
    }

    fn opens_with(&self, paragraph: &str) -> bool {
        self.openings
            .iter()
            .any(|opening| paragraph.starts_with(opening.as_str()))
    }
}

/// A label that stands before an item's link, such as `[video]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkSpec {
    /// Its identity: `video`, `audio`, or a language code.
    pub id: String,
    /// What it means, in words.
    pub label: String,
    /// All spellings, in lower case.
    pub names: Vec<String>,
}

/// Which definition a reference link means when one label is defined twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Definitions {
    /// The first, as CommonMark says.
    #[default]
    First,
    /// The nearest below the link, else the last above it: how texts with a block of definitions below
    /// each list were meant.
    Nearest,
}

/// Everything the program knows of how a newsletter's issues are written.
#[derive(Clone, Debug, Default)]
pub struct Format {
    /// The sections, in the order in which a new issue has them.
    pub sections: Vec<SectionSpec>,
    /// The marks, beside language codes.
    pub marks: Vec<MarkSpec>,
    /// Which of two definitions of one label holds.
    pub definitions: Definitions,
    /// Sections by those names that hold no `*`, and the sections that have names with one.
    named: HashMap<String, Vec<usize>>,
    patterned: Vec<usize>,
    /// With which letters the paragraphs begin that open sections.
    opening_letters: Vec<char>,
}

impl Format {
    /// A format of these sections and marks.
    pub fn new(
        sections: Vec<SectionSpec>,
        marks: Vec<MarkSpec>,
        definitions: Definitions,
    ) -> Format {
        let mut format = Format {
            sections,
            marks,
            definitions,
            ..Format::default()
        };
        for (index, spec) in format.sections.iter().enumerate() {
            let first = |opening: &String| {
                opening
                    .chars()
                    .find(|character| character.is_alphanumeric())
            };
            format
                .opening_letters
                .extend(spec.openings.iter().filter_map(first));
            for pattern in &spec.names {
                match pattern.parts.as_slice() {
                    [name] => format.named.entry(name.clone()).or_default().push(index),
                    _ if format.patterned.last() != Some(&index) => format.patterned.push(index),
                    _ => {}
                }
            }
        }
        format
    }

    /// The section that a heading with this plain text opens while `open` sections are open
    /// (outermost first).
    ///
    /// The same name may belong to several sections ("Cargo" is a group of pull requests and a group of
    /// final comment periods), so a child of the innermost open section comes first, then children of its
    /// ancestors, then sections of the top level, then any other.
    pub fn find_section(&self, heading: &str, open: &[usize]) -> Option<usize> {
        let name = normalise(heading);
        let named = self.named.get(&name).into_iter().flatten();
        let patterned = self
            .patterned
            .iter()
            .filter(|index| self.sections[**index].is_named(&name));
        self.preferred(open, named.chain(patterned).copied())
    }

    /// Whether any paragraph whose first letter or digit is `first` opens a section.
    pub fn may_open_with(&self, first: char) -> bool {
        first
            .to_lowercase()
            .any(|lower| self.opening_letters.contains(&lower))
    }

    /// The section that a paragraph with this plain text opens, if any.
    pub fn find_opening(&self, paragraph: &str, open: &[usize]) -> Option<usize> {
        let text = normalise(paragraph);
        let opening = |index: &usize| self.sections[*index].opens_with(&text);
        self.preferred(open, (0..self.sections.len()).filter(opening))
    }

    /// The best of `fitting` sections, the first in the order of the format where several are as good.
    fn preferred(&self, open: &[usize], fitting: impl Iterator<Item = usize>) -> Option<usize> {
        let rank = |index: usize| match self.sections[index].parent {
            Some(parent) => open
                .iter()
                .rev()
                .position(|section| *section == parent)
                .unwrap_or(usize::MAX),
            None => usize::MAX - 1,
        };
        fitting.min_by_key(|index| (rank(*index), *index))
    }

    /// Whether `ancestor` is `section` or holds it.
    pub fn holds(&self, ancestor: usize, section: usize) -> bool {
        let mut next = Some(section);
        while let Some(index) = next {
            if index == ancestor {
                return true;
            }
            next = self.sections[index].parent;
        }
        false
    }

    /// The mark that is spelt `name` (without brackets), if it is one.
    pub fn find_mark(&self, name: &str) -> Option<FoundMark<'_>> {
        let lower = name.trim().to_lowercase();
        let own = self
            .marks
            .iter()
            .find(|mark| mark.id == lower || mark.names.contains(&lower));
        if let Some(mark) = own {
            return Some(FoundMark {
                id: &mark.id,
                label: &mark.label,
            });
        }
        let built_in = MARKS
            .iter()
            .find(|(_, _, names)| names.contains(&lower.as_str()));
        if let Some((id, label, _)) = built_in {
            return Some(FoundMark { id, label });
        }
        let language = LANGUAGES
            .iter()
            .find(|(code, english, _)| *code == lower || english.eq_ignore_ascii_case(&lower));
        language.map(|(code, english, _)| FoundMark {
            id: code,
            label: english,
        })
    }
}

/// A recognised mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundMark<'f> {
    /// Its identity.
    pub id: &'f str,
    /// What it means, in words.
    pub label: &'f str,
}

/// Marks every newsletter knows: identity, meaning, spellings.
const MARKS: &[(&str, &str, &[&str])] = &[
    (
        "video",
        "Video",
        &["video", "videos", "video playlist", "video series"],
    ),
    ("audio", "Audio", &["audio", "podcast", "podcasts"]),
    ("series", "Part of a series", &["series"]),
    ("slides", "Slides", &["slides"]),
    ("pdf", "PDF", &["pdf"]),
    ("paper", "Paper", &["paper"]),
    ("book", "Book", &["book"]),
];

/// Languages by ISO 639-1 code, with the country codes that people write instead.
const LANGUAGES: &[(&str, &str, &str)] = &[
    ("ar", "Arabic", "ar"),
    ("bg", "Bulgarian", "bg"),
    ("ca", "Catalan", "ca"),
    ("cs", "Czech", "cs"),
    ("cz", "Czech", "cs"),
    ("da", "Danish", "da"),
    ("de", "German", "de"),
    ("el", "Greek", "el"),
    ("en", "English", "en"),
    ("es", "Spanish", "es"),
    ("fa", "Persian", "fa"),
    ("fi", "Finnish", "fi"),
    ("fr", "French", "fr"),
    ("he", "Hebrew", "he"),
    ("hi", "Hindi", "hi"),
    ("hu", "Hungarian", "hu"),
    ("id", "Indonesian", "id"),
    ("it", "Italian", "it"),
    ("ja", "Japanese", "ja"),
    ("jp", "Japanese", "ja"),
    ("ko", "Korean", "ko"),
    ("nl", "Dutch", "nl"),
    ("no", "Norwegian", "no"),
    ("pl", "Polish", "pl"),
    ("pt", "Portuguese", "pt"),
    ("ro", "Romanian", "ro"),
    ("ru", "Russian", "ru"),
    ("sk", "Slovak", "sk"),
    ("sv", "Swedish", "sv"),
    ("tr", "Turkish", "tr"),
    ("uk", "Ukrainian", "uk"),
    ("vi", "Vietnamese", "vi"),
    ("zh", "Chinese", "zh"),
];

/// The BCP 47 language tag that a language mark stands for (`jp` is Japanese, tag `ja`).
pub fn language_tag(mark: &str) -> Option<&'static str> {
    LANGUAGES
        .iter()
        .find(|(code, ..)| *code == mark)
        .map(|(.., tag)| *tag)
}

/// A name in which `*` stands for any run of characters.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    parts: Vec<String>,
}

impl Pattern {
    fn new(name: &str) -> Self {
        // A name is normalised part by part, so that blanks around `*` keep their meaning.
        let parts = name.split('*').map(|part| fold(part).into_owned());
        let mut parts: Vec<String> = parts.collect();
        if let [only] = parts.as_mut_slice() {
            *only = normalise(only);
        }
        Self { parts }
    }

    fn matches(&self, name: &str) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.first().is_some_and(|part| part == name);
        };
        let Some(mut rest) = name.strip_prefix(first.as_str()) else {
            return false;
        };
        for part in middle {
            match rest.find(part.as_str()) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}

/// The form in which headings are compared: white space collapsed, no colon at the end, lower case,
/// straight apostrophes.
fn normalise(text: &str) -> String {
    fold(collapsed(text).trim_end_matches([':', ' '])).into_owned()
}

fn fold(text: &str) -> std::borrow::Cow<'_, str> {
    let plain =
        |character: char| !character.is_uppercase() && !matches!(character, '‘' | '’' | '“' | '”');
    if text.chars().all(plain) {
        return text.into();
    }
    let straight = text.replace(['‘', '’'], "'").replace(['“', '”'], "\"");
    straight.to_lowercase().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format() -> Format {
        let mut cargo_reviews = SectionSpec::new("fcp-cargo", SectionKind::Rfcs, "Cargo");
        cargo_reviews.parent = Some(1);
        let mut cargo_changes = SectionSpec::new("pr-cargo", SectionKind::PullRequests, "Cargo");
        cargo_changes.parent = Some(0);
        let sections = vec![
            SectionSpec::new("project", SectionKind::Group, "Project")
                .with_names(["What's cooking *?"]),
            SectionSpec::new("fcp", SectionKind::Rfcs, "Final Comment Period"),
            cargo_reviews,
            cargo_changes,
            SectionSpec::new("editors", SectionKind::Editors, "")
                .with_openings(["This Week is edited by"]),
        ];
        Format::new(sections, Vec::new(), Definitions::First)
    }

    #[test]
    fn headings_are_found_whatever_their_typography() {
        let format = format();
        assert_eq!(
            format.find_section("What’s  cooking on nightly?", &[]),
            Some(0)
        );
        assert_eq!(format.find_section("FINAL comment Period:", &[]), Some(1));
        assert_eq!(format.find_section("Finally", &[]), None);
    }

    #[test]
    fn a_name_of_two_sections_means_the_one_that_is_open() {
        let format = format();
        assert_eq!(format.find_section("Cargo", &[0]), Some(3));
        assert_eq!(format.find_section("Cargo", &[0, 1]), Some(2));
    }

    #[test]
    fn a_paragraph_can_open_a_section() {
        let format = format();
        assert_eq!(
            format.find_opening("This week is edited by: a, b", &[]),
            Some(4)
        );
        assert_eq!(format.find_opening("Edited by nobody", &[]), None);
    }

    #[test]
    fn marks_have_spellings() {
        let format = format();
        assert_eq!(
            format.find_mark("Podcast").map(|mark| mark.id),
            Some("audio")
        );
        assert_eq!(
            format.find_mark("ES").map(|mark| mark.label),
            Some("Spanish")
        );
        assert_eq!(format.find_mark("chinese").map(|mark| mark.id), Some("zh"));
        assert_eq!(format.find_mark("hints"), None);
        assert_eq!(language_tag("jp"), Some("ja"));
    }
}
