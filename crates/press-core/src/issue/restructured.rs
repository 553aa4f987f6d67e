//! reStructuredText of old newsletters as Markdown, so that their pages can be kept.
//!
//! Newsletters that come from Pelican have a few such texts. What these use is converted: title, field list,
//! headings, links by name, literals. Lists, emphasis and paragraphs look the same in both. Directives are
//! left out; whoever needs them converts the text for good.

/// `text` as Markdown with `Key: value` front matter.
pub fn to_markdown(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut head = String::new();
    let mut body = String::new();
    let mut levels: Vec<char> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at].trim_end();
        if let Some(adornment) = lines.get(at + 1).and_then(|next| underline(line, next)) {
            at += 2;
            if levels.is_empty() && head.is_empty() && body.trim().is_empty() {
                head.push_str(&format!("Title: {}\n", line.trim()));
                continue;
            }
            let known = levels.iter().position(|level| *level == adornment);
            let level = known.unwrap_or_else(|| {
                levels.push(adornment);
                levels.len() - 1
            });
            body.push_str(&format!(
                "{} {}\n",
                "#".repeat((level + 1).min(6)),
                inline(line.trim())
            ));
            continue;
        }
        at += 1;
        if let Some((key, value)) = field(line).filter(|_| body.trim().is_empty()) {
            head.push_str(&format!("{key}: {value}\n"));
        } else if let Some(target) = line.trim_start().strip_prefix(".. ") {
            if let Some((name, url)) = target
                .strip_prefix('_')
                .and_then(|target| target.split_once(": "))
            {
                body.push_str(&format!("[{}]: {}\n", name.trim_matches('`'), url.trim()));
            }
        } else if line.is_empty() {
            body.push('\n');
        } else if underline(" ", line).is_none() {
            // A link's name may run over two lines, so a paragraph is converted as a whole.
            let more = lines[at..]
                .iter()
                .take_while(|next| !next.trim().is_empty() && !next.starts_with(".. "));
            let paragraph: Vec<&str> = std::iter::once(line).chain(more.copied()).collect();
            let count = paragraph_length(&paragraph);
            body.push_str(&inline(&paragraph[..count].join("\n")));
            body.push('\n');
            at += count - 1;
        }
    }
    format!("{head}\n{body}")
}

/// How many lines belong together before one that is underlined as a heading.
fn paragraph_length(lines: &[&str]) -> usize {
    let heading = lines
        .windows(2)
        .skip(1)
        .position(|pair| underline(pair[0], pair[1]).is_some());
    heading.map_or(lines.len(), |at| at + 1)
}

/// The character with which `next` underlines `line` as a heading.
fn underline(line: &str, next: &str) -> Option<char> {
    let next = next.trim_end();
    let adornment = next
        .chars()
        .next()
        .filter(|first| "=-~^\"'#*+.:`_".contains(*first))?;
    let whole = next.chars().all(|character| character == adornment);
    let long = next.len() >= 3 && next.len() >= line.trim().chars().count();
    (whole && long && !line.is_empty() && !line.starts_with("  ")).then_some(adornment)
}

/// `:key: value`
fn field(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.strip_prefix(':')?.split_once(": ")?;
    Some((key, value.trim()))
}

/// Literals and links by name.
fn inline(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 16);
    let mut rest = line;
    while let Some(at) = rest.find(['`', '_']) {
        let (before, found) = rest.split_at(at);
        if let Some(literal) = found.strip_prefix("``")
            && let Some(end) = literal.find("``")
        {
            out.push_str(&format!("{before}`{}`", &literal[..end]));
            rest = &literal[end + 2..];
        } else if let Some(quoted) = found.strip_prefix('`')
            && let Some(end) = quoted.find("`_")
        {
            out.push_str(before);
            out.push_str(&named(&quoted[..end]));
            rest = quoted[end + 2..].trim_start_matches('_');
        } else if found.starts_with('_') && ends_word(&found[1..]) {
            let start = before
                .rfind(|character: char| !character.is_alphanumeric())
                .map_or(0, |at| {
                    at + before[at..].chars().next().map_or(1, char::len_utf8)
                });
            let (kept, word) = before.split_at(start);
            out.push_str(kept);
            out.push_str(&if word.is_empty() {
                "_".to_owned()
            } else {
                named(word)
            });
            rest = &found[1..];
        } else {
            let width = found.chars().next().map_or(0, char::len_utf8);
            out.push_str(before);
            out.push_str(&found[..width]);
            rest = &found[width..];
        }
    }
    out.push_str(rest);
    out
}

/// `name` of a target, or `text <address>`.
fn named(name: &str) -> String {
    match name
        .strip_suffix('>')
        .and_then(|inner| inner.rsplit_once('<'))
    {
        Some((text, url)) => format!("[{}]({url})", text.trim()),
        None => format!("[{name}][{name}]"),
    }
}

fn ends_word(rest: &str) -> bool {
    rest.chars()
        .next()
        .is_none_or(|next| !next.is_alphanumeric() && next != '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_old_texts_use_becomes_markdown() {
        let text = "The State of It\n===============\n\n:date: 2014-07-15 15:40\n:slug: it-0.11\n\n\
            See Home_ and the `long\nguide`_, or ``a_b`` at `once <https://a.example/>`_.\n\n\
            Part one\n--------\n\n* a snake_case word\n  goes on\n\n.. _Home: https://home.example/\n\
            .. _long guide: https://guide.example/\n.. comment\n";
        let expected = "Title: The State of It\ndate: 2014-07-15 15:40\nslug: it-0.11\n\n\n\n\
            See [Home][Home] and the [long\nguide][long\nguide], or `a_b` at [once](https://a.example/).\n\n\
            # Part one\n\n* a snake_case word\n  goes on\n\n[Home]: https://home.example/\n\
            [long guide]: https://guide.example/\n";
        assert_eq!(to_markdown(text), expected);
    }
}
