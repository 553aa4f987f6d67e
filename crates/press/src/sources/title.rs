//! Titles: plain text in which code stands between back-ticks, as a newsletter prints it, and harmless as Markdown.
//!
//! Titles of changes are cleaned: lower-case at the start, code set as code, without what says no more than the heading
//! above. Only what is sure is done: a word is code if no prose looks like it.

use press_core::text::collapsed;
use std::collections::BTreeMap;

/// A part of a title: code without its marks, or prose.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Code(String),
    Prose(String),
}

/// A link in Markdown.
pub fn link(title: &str, url: &str) -> String {
    let url = url.replace('<', "%3C").replace('>', "%3E");
    let url = url.replace(char::is_whitespace, "%20");
    match url.contains(['(', ')']) {
        true => format!("[{}](<{url}>)", markdown(title)),
        false => format!("[{}]({url})", markdown(title)),
    }
}

/// A title as text of a link: all that is no code means itself.
pub(super) fn markdown(title: &str) -> String {
    let title = collapsed(title);
    parts_of(&title).iter().map(Part::markdown).collect()
}

/// The title of a change as it is printed, still without Markdown. `prefixes` are beginnings that go, `words` those that are spelled out.
pub(super) fn clean(title: &str, prefixes: &[String], words: &BTreeMap<String, String>) -> String {
    let title = collapsed(title);
    let mut title = title.as_str();
    if let Some(rest) = title.strip_suffix('.').filter(|rest| !rest.ends_with('.')) {
        title = rest;
    }
    let title = without_prefix(title, prefixes);
    let mut parts = Vec::new();
    for part in parts_of(&title) {
        match part {
            Part::Code(_) => parts.push(part),
            Part::Prose(text) => mark(&spelled_out(&text, words), &mut parts),
        }
    }
    if let Some(Part::Prose(text)) = parts.first_mut() {
        *text = lower_start(text);
    }
    parts.iter().map(Part::text).collect()
}

impl Part {
    /// With its marks. A back-tick without a partner would find one.
    fn text(&self) -> String {
        match self {
            Part::Code(_) => self.markdown(),
            Part::Prose(text) => text.replace('`', "'"),
        }
    }

    fn markdown(&self) -> String {
        match self {
            Part::Code(code) if code.contains('`') => format!("`` {code} ``"),
            Part::Code(code) => format!("`{code}`"),
            Part::Prose(text) => escaped(text),
        }
    }
}

/// Prose as Markdown, in which its signs mean themselves.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, sign) in text.char_indices() {
        // Within a word it is a sign like any other.
        let inner = sign == '_'
            && text[..at].ends_with(char::is_alphanumeric)
            && text[at + 1..].starts_with(char::is_alphanumeric);
        if matches!(sign, '\\' | '[' | ']' | '<' | '*' | '_' | '`') && !inner {
            escaped.push('\\');
        }
        escaped.push(sign);
    }
    escaped
}

/// A title without the first of `prefixes` that it begins with. What stands in brackets behind it is kept: of
/// `feat(lints): Add …` there stays `lints: Add …`.
fn without_prefix(title: &str, prefixes: &[String]) -> String {
    for prefix in prefixes {
        let bracketed = title.strip_prefix('[');
        let (start, closed) = match bracketed {
            Some(rest) => (rest, "]"),
            None => (title, ":"),
        };
        let Some((name, rest)) = start.split_at_checked(prefix.len()) else {
            continue;
        };
        if !name.eq_ignore_ascii_case(prefix) {
            continue;
        }
        let (scope, rest) = match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            Some((scope, rest)) => (Some(scope), rest),
            None => (None, rest),
        };
        let rest = rest.strip_prefix('!').unwrap_or(rest);
        let Some(rest) = rest.strip_prefix(closed) else {
            continue;
        };
        let rest = rest.strip_prefix(':').unwrap_or(rest).trim_start();
        if rest.is_empty() {
            continue;
        }
        return match scope.filter(|scope| !scope.is_empty()) {
            Some(scope) => format!("`{}`: {rest}", scope.replace('`', "")),
            None => rest.to_owned(),
        };
    }
    title.to_owned()
}

/// Code between back-ticks, and the rest. A back-tick without a partner is prose.
fn parts_of(title: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = title;
    while let Some(at) = rest.find('`') {
        let run = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let inner = &rest[at + run..];
        let Some(end) = closing(inner, run).filter(|end| !inner[..*end].trim().is_empty()) else {
            break;
        };
        prose(&mut parts, &rest[..at]);
        let code = &inner[..end];
        let code = if run > 1 { code.trim() } else { code };
        parts.push(Part::Code(code.to_owned()));
        rest = &inner[end + run..];
    }
    prose(&mut parts, rest);
    parts
}

/// Where a run of exactly so many back-ticks begins.
fn closing(text: &str, run: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find('`') {
        let start = at + found;
        let length = text[start..].len() - text[start..].trim_start_matches('`').len();
        if length == run {
            return Some(start);
        }
        at = start + length;
    }
    None
}

fn prose(parts: &mut Vec<Part>, text: &str) {
    if text.is_empty() {
        return;
    }
    match parts.last_mut() {
        Some(Part::Prose(before)) => before.push_str(text),
        _ => parts.push(Part::Prose(text.to_owned())),
    }
}

fn spelled_out(text: &str, words: &BTreeMap<String, String>) -> String {
    if words.is_empty() {
        return text.to_owned();
    }
    let spelled = |word: &str| words.get(word).cloned().unwrap_or_else(|| word.to_owned());
    text.split(' ').map(spelled).collect::<Vec<_>>().join(" ")
}

/// Sets the words of prose as code that can be nothing else.
fn mark(text: &str, parts: &mut Vec<Part>) {
    for word in text.split_inclusive(' ') {
        let start = word.len() - word.trim_start_matches(['(', '"', '\'', ',']).len();
        let end = word
            .trim_end_matches([' ', ',', ';', ':', '.', '"', '\'', '?'])
            .len();
        // A bracket that opened before the word closes behind it.
        let inner = word.get(start..end).unwrap_or_default();
        let open = inner.matches('(').count();
        let end = match inner.matches(')').count() > open {
            true => start + inner.trim_end_matches(')').len(),
            false => end,
        };
        match word.get(start..end) {
            Some(code) if is_code(code) => {
                prose(parts, &word[..start]);
                parts.push(Part::Code(code.to_owned()));
                prose(parts, &word[end..]);
            }
            _ => prose(parts, word),
        }
    }
}

fn is_code(word: &str) -> bool {
    if word.contains("://") || word.contains('`') {
        return false;
    }
    let attribute = (word.starts_with("#[") || word.starts_with("#![")) && word.ends_with(']');
    let named = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | ':' | '-');
    let letters = word.contains(|sign: char| sign.is_ascii_alphabetic());
    let path = word.split("::").count() > 1
        && !word.starts_with("::")
        && word.starts_with(|sign: char| sign.is_ascii_alphabetic() || sign == '_');
    let snake = word
        .chars()
        .all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '.'))
        && word.trim_matches('_').contains('_')
        && !word.contains("..");
    let option = ["--", "-Z", "-C"].iter().any(|start| {
        word.strip_prefix(start)
            .is_some_and(|rest| rest.starts_with(|sign: char| sign.is_ascii_alphabetic()))
    }) && word.chars().all(|sign| named(sign) || sign == '=');
    let call = ["()", "!()"].iter().any(|end| {
        word.strip_suffix(end)
            .is_some_and(|name| !name.is_empty() && name.chars().all(named))
    });
    attribute || letters && (path || snake || option || call)
}

/// Lower-case at the start, unless the first word is written in capitals for a reason.
fn lower_start(text: &str) -> String {
    let end = text.find(|sign: char| !sign.is_alphanumeric() && sign != '\'');
    let word = &text[..end.unwrap_or(text.len())];
    let mut signs = word.chars();
    let Some(first) = signs.next().filter(|first| first.is_uppercase()) else {
        return text.to_owned();
    };
    let rest = signs.as_str();
    let alone = rest.is_empty() && first != 'A';
    let name = rest.contains(|sign: char| sign.is_uppercase() || sign.is_ascii_digit());
    if alone || name || rest.starts_with('\'') {
        return text.to_owned();
    }
    let lower: String = first.to_lowercase().collect();
    format!("{lower}{}", &text[first.len_utf8()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn cleaned(title: &str, expected: &str) {
        let prefixes = ["rustdoc", "rust-analyzer", "feat", "fix"].map(str::to_owned);
        let words = BTreeMap::from([("FP".to_owned(), "false positive".to_owned())]);
        assert_eq!(markdown(&clean(title, &prefixes, &words)), expected);
    }

    #[test]
    fn the_start_is_lower_case_where_it_is_a_word() {
        cleaned("Add  a lint.", "add a lint");
        cleaned("A `return` in an iterator", "a `return` in an iterator");
        cleaned("LLVM: update to 22", "LLVM: update to 22");
        cleaned("BTreeMap: don't leak", "BTreeMap: don't leak");
        cleaned("I'm a teapot", "I'm a teapot");
        cleaned("X11 on ARM", "X11 on ARM");
        cleaned("Über alles...", "über alles...");
        cleaned("`Vec` is a type", "`Vec` is a type");
    }

    #[test]
    fn prefixes_that_say_no_more_than_the_heading_go() {
        cleaned("rustdoc: Fix the search", "fix the search");
        cleaned("[rustdoc] Fix the search", "fix the search");
        cleaned("[Rustdoc]: Fix the search", "fix the search");
        cleaned("feat(lints): Add one", "`lints`: Add one");
        cleaned("fix!: Say why", "say why");
        cleaned("rustdoc-json: less memory", "rustdoc-json: less memory");
        cleaned("fixes: many", "fixes: many");
        cleaned("rustdoc:", "rustdoc:");
    }

    #[test]
    fn what_can_only_be_code_is_set_as_code() {
        cleaned(
            "Add NonZero::from_str_radix",
            "add `NonZero::from_str_radix`",
        );
        cleaned("Add Text.split_once.", "add `Text.split_once`");
        cleaned("or_fun_call: respect MSRV", "`or_fun_call`: respect MSRV");
        cleaned(
            "Stabilize (const_slice) and foo()",
            "stabilize (`const_slice`) and `foo()`",
        );
        cleaned(
            "Allow #[inline] with --emit=asm, -Zfoo",
            "allow `#[inline]` with `--emit=asm`, `-Zfoo`",
        );
        cleaned(
            "Fix `map_entry` FP on drop",
            "fix `map_entry` false positive on drop",
        );
        cleaned("See https://a.example/x_y", "see https://a.example/x_y");
        cleaned("12_000 ways: a::", "12_000 ways: a::");
    }

    #[test]
    fn titles_of_strangers_stay_titles() {
        cleaned(
            "] (x) [a](https://e.example)",
            "\\] (x) \\[a\\](https://e.example)",
        );
        cleaned(
            "Odd ` tick and <b>*bold*</b>",
            "odd ' tick and \\<b>\\*bold\\*\\</b>",
        );
        cleaned("Use `` a`b `` here", "use `` a`b `` here");
        assert_eq!(markdown("``"), "\\`\\`");
        cleaned("", "");
        assert_eq!(markdown("Keep  Me. [x] `a[0]`"), "Keep Me. \\[x\\] `a[0]`");
    }
}
