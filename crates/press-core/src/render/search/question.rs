//! What somebody typed, as words to look for.

use super::words;

/// Signs of a question that are read.
const LONGEST: usize = 200;

/// Words that are looked for.
const MOST: usize = 12;

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    pub(super) units: Vec<Unit>,
}

/// What else entries must be; each empty if it does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// The identity of the section they stand in, or of one that holds it.
    pub section: String,
    /// The year of their issue.
    pub year: Option<i16>,
    /// The identity of a mark.
    pub mark: String,
    /// A host that they lead to, or the end of its name.
    pub host: String,
}

/// A word, or several that must follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) words: Vec<String>,
    /// Whether the last word may go on.
    pub(super) prefix: bool,
    /// Whether it stands in quotation marks, and so must be there as it is.
    pub(super) quoted: bool,
}

impl Question {
    /// Reads what was typed: words; words in quotation marks; words with a star, which may go on. What is typed last,
    /// without a space behind it, may go on too.
    pub fn parse(text: &str) -> Question {
        let end = text
            .char_indices()
            .nth(LONGEST)
            .map_or(text.len(), |(at, _)| at);
        let text = &text[..end];
        let mut units = Vec::new();
        // Telephones write the quotation marks of their language.
        let quotes = ['"', '“', '”', '„', '«', '»'];
        for (at, piece) in text.split(quotes).enumerate() {
            if at % 2 == 1 {
                put(&mut units, piece, true);
                continue;
            }
            for typed in piece.split_whitespace() {
                put(&mut units, typed, false);
                if typed.ends_with('*')
                    && let Some(unit) = units.last_mut()
                {
                    unit.prefix = true;
                }
            }
        }
        let open = text
            .chars()
            .next_back()
            .is_some_and(|sign| !sign.is_whitespace() && !quotes.contains(&sign));
        if open && let Some(unit) = units.last_mut() {
            unit.prefix = true;
        }
        units.truncate(MOST);
        Question { units }
    }

    /// Whether nothing is looked for.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }
}

fn put(units: &mut Vec<Unit>, text: &str, quoted: bool) {
    let mut own = Vec::new();
    words::read(text, |word| {
        if !word.part && own.len() < MOST {
            own.push(word.text.to_owned());
        }
    });
    if !own.is_empty() {
        units.push(Unit {
            words: own,
            prefix: false,
            quoted,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let units = Question::parse(text).units;
        let units = units.iter().map(|unit| {
            let (open, close) = if unit.quoted { ("\"", "\"") } else { ("", "") };
            let star = if unit.prefix { "*" } else { "" };
            format!("{open}{}{star}{close}", unit.words.join("+"))
        });
        units.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn questions_are_words_phrases_and_beginnings() {
        assert_eq!(shown("Async  traits"), "async traits*");
        assert_eq!(shown("async traits "), "async traits");
        assert_eq!(shown("\"async fn\" tok* io "), "\"async+fn\" tok* io");
        assert_eq!(shown("no_std \"std::sync ar"), "no+std \"std+sync+ar*\"");
        assert_eq!(shown("\"\" * ' \""), "");
        assert_eq!(shown("„async fn“ x “"), "\"async+fn\" x");
        assert_eq!(shown("c++ 1.75"), "c++ 1.75*");
        assert_eq!(Question::parse(&"a ".repeat(500)).units.len(), MOST);
    }
}
