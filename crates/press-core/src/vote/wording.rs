//! A result as the issue says it, and where in a draft it goes.

use crate::diagnostic::Edit;
use crate::draft::Standing;
use crate::draft::block::whole_blocks;
use crate::format::Format;
use crate::issue::Issue;
use crate::issue::edit::apply;
use crate::span::Span;

/// What may stand in the text of a vote, between braces.
pub const PLACEHOLDERS: &[&str] = &[
    "link",
    "about",
    "quote",
    "attribution",
    "thanks",
    "suggestion",
];

/// What the placeholders stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wording {
    /// The link to what won, as Markdown.
    pub link: String,
    /// What it is; comes with a comma before it.
    pub about: String,
    /// What was said; becomes a quotation.
    pub quote: String,
    /// Who said it.
    pub attribution: String,
    /// Who suggested it, as Markdown.
    pub thanks: String,
    /// Whether that was their own.
    pub own: bool,
}

impl Wording {
    /// `template` with its placeholders filled. A line on which only placeholders stand that are filled with nothing goes, with
    /// the blank line behind it.
    pub fn fill(&self, template: &str) -> String {
        let mut lines: Vec<String> = Vec::new();
        for line in template.trim().lines() {
            let (filled, empty) = self.line(line);
            if empty || filled.is_empty() && lines.last().is_none_or(String::is_empty) {
                continue;
            }
            lines.push(filled);
        }
        lines.join("\n").trim_end().to_owned()
    }

    /// A line filled, and whether it said nothing but what is empty.
    fn line(&self, line: &str) -> (String, bool) {
        let (mut filled, mut some, mut none) = (String::new(), false, false);
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let named = after.split_once('}');
            let value = named.and_then(|(name, after)| Some((self.value(name)?, after)));
            match value {
                Some((value, after)) => {
                    some |= !value.is_empty();
                    none |= value.is_empty();
                    filled.push_str(&value);
                    rest = after;
                }
                None => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        let bare = !filled.contains(char::is_alphanumeric);
        (filled.trim_end().to_owned(), none && !some && bare)
    }

    fn value(&self, name: &str) -> Option<String> {
        Some(match name {
            "link" => self.link.clone(),
            "about" if self.about.is_empty() => String::new(),
            "about" => format!(", {}", self.about),
            "quote" => {
                let lines = self.quote.lines();
                let lines = lines.map(|line| format!("> {line}").trim_end().to_owned());
                lines.collect::<Vec<_>>().join("\n")
            }
            "attribution" => self.attribution.clone(),
            "thanks" => self.thanks.clone(),
            "suggestion" if self.own => "self-suggestion".to_owned(),
            "suggestion" => "suggestion".to_owned(),
            _ => return None,
        })
    }
}

/// What became of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placing {
    /// This is its text now.
    Written(String),
    /// It says so already.
    Same,
    /// An editor wrote something else, which begins so.
    Edited(String),
    /// It has no such section.
    Missing,
}

/// Puts `new` into the section with the id `section` of a draft: where `before` stands, which was put there earlier, else where
/// the template says that it belongs, else below the heading. Only where nobody wrote something else.
pub fn place(
    draft: &str,
    (format, standing): (&Format, &Standing),
    section: &str,
    before: Option<&str>,
    new: &str,
) -> Placing {
    let issue = Issue::parse(draft, format);
    let mut sections = issue.sections.iter();
    let Some(section) = sections.find(|one| one.id.as_deref() == Some(section)) else {
        return Placing::Missing;
    };
    let own = section.content;
    let said = own.of(draft);
    let earlier = before.filter(|before| !before.is_empty());
    let earlier = earlier.and_then(|before| Some((said.find(before)?, before.len())));
    if let Some((at, length)) = earlier {
        let start = own.start + at;
        return written(draft, Span::new(start, start + length), new.to_owned());
    }
    if said.contains(new) {
        return Placing::Same;
    }
    let comments = issue.comments.iter();
    let comments: Vec<Span> = comments
        .copied()
        .filter(|comment| own.contains(*comment))
        .collect();
    let rest = crate::draft::without(draft, own, comments.iter());
    let mut lines = rest.lines().map(str::trim);
    if let Some(line) = lines.find(|line| !line.is_empty() && !standing.has_line(line)) {
        return Placing::Edited(line.to_owned());
    }
    let blocks = whole_blocks(draft);
    if let Some(block) = blocks.iter().find(|block| own.contains(block.content)) {
        return written(draft, block.content, format!("{new}\n"));
    }
    let meant = comments
        .iter()
        .find(|comment| standing.has_comment(comment.of(draft)));
    match meant {
        Some(comment) => written(draft, *comment, new.to_owned()),
        None => {
            let end = section.head.end;
            let head = draft[..end].trim_end().len();
            let rest = draft[head..].trim_start_matches(['\n', '\r', ' ', '\t']);
            let at = draft.len() - rest.len();
            let text = format!("\n\n{new}\n{}", if rest.is_empty() { "" } else { "\n" });
            written(draft, Span::new(head, at), text)
        }
    }
}

fn written(draft: &str, span: Span, text: String) -> Placing {
    match apply(draft, &[Edit { span, text }]) {
        Ok(text) if text == draft => Placing::Same,
        Ok(text) => Placing::Written(text),
        Err(_) => Placing::Missing,
    }
}
