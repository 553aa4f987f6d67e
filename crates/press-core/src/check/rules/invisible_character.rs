//! Characters that nobody sees and that break links, searches and names.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;
use crate::text::is_invisible;

pub(super) const RULE: Rule = Rule {
    name: "invisible-character",
    level: Level::Warn,
    page: include_str!("invisible_character.md"),
    check,
};

/// Stands where bytes were no text.
const LOST: char = '\u{fffd}';

fn check(context: &mut Context<'_>) {
    let text = context.target.document.original;
    if text.is_ascii() {
        return;
    }
    // All of them begin with one of these bytes.
    let found = memchr::memchr3_iter(0xc2, 0xe2, 0xef, text.as_bytes());
    let found = found.filter_map(|at| Some((at, text.get(at..)?.chars().next()?)));
    let found: Vec<(usize, char)> = found
        .filter(|(_, sign)| is_invisible(*sign) || *sign == LOST)
        .collect();
    for (at, character) in found {
        // Joiners make families of emoji and shape letters of some scripts.
        let joins = |other: Option<char>| other.is_some_and(|other| !other.is_ascii());
        let after = at + character.len_utf8();
        if matches!(character, '\u{200c}' | '\u{200d}')
            && joins(text[..at].chars().next_back())
            && joins(text[after..].chars().next())
        {
            continue;
        }
        let span = Span::new(at, after);
        if character == LOST {
            let finding = context.finding(span, "a character was lost here (U+FFFD)");
            context.report(finding.with_help("write what stood here"));
            continue;
        }
        let message = format!(
            "a character that nobody sees stands here (U+{:04X})",
            u32::from(character)
        );
        let finding = context.finding(span, message).with_edit(true, span, "");
        context.report(finding);
    }
}
