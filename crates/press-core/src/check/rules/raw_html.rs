//! Angle brackets that a browser takes for tags, and tags that do not close.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;
use pulldown_cmark::Event;

pub(super) const RULE: Rule = Rule {
    name: "raw-html",
    level: Level::Deny,
    page: include_str!("raw_html.md"),
    check,
};

/// Elements that a text may use.
const ELEMENTS: &str = " a abbr b blockquote br center cite code dd del details div dl dt em figcaption figure font h1 h2 \
    h3 h4 h5 h6 hr i img ins kbd li mark ol p picture pre q s samp small span strike strong sub summary \
    sup table tbody td tfoot th thead time tr tt u ul var ";

/// Elements that load something else into the page.
const EMBEDDED: &str = " iframe video audio source embed object script style form input button ";

/// Those that need no end.
const VOID: &str = " br hr img p li td th tr dd dt ";

fn check(context: &mut Context<'_>) {
    let document = context.target.document;
    let mut open: Vec<(&str, Span)> = Vec::new();
    for (event, span) in &document.events {
        let (Event::InlineHtml(html) | Event::Html(html)) = event else {
            continue;
        };
        if html.trim_start().starts_with("<!") || context.is_hidden(*span) {
            continue;
        }
        for (at, tag) in tags(html) {
            let name = tag.trim_start_matches('/');
            let place = Span::new(
                span.start + at,
                (span.start + at + tag.len() + 1).min(span.end),
            );
            let spaced = format!(" {name} ");
            if EMBEDDED.contains(&spaced) {
                if !tag.starts_with('/') {
                    let message =
                        format!("no mail program shows `<{tag}>`, and neither does the site");
                    let finding = context.finding(place, message);
                    context.report(finding.with_help("link to the page, or show a picture"));
                }
            } else if !ELEMENTS.contains(&spaced) {
                let message = format!("`<{tag}>` is taken for HTML and not shown");
                let finding = context.finding(place, message);
                context.report(finding.with_help("set it in back-ticks, or write `\\<`"));
            } else if tag.starts_with('/') {
                match open.iter().rposition(|(other, _)| *other == name) {
                    Some(position) => open.truncate(position),
                    None if VOID.contains(&spaced) => {}
                    None => {
                        let message = format!("`<{tag}>` closes nothing");
                        context.report(context.finding(place, message));
                    }
                }
            } else if !VOID.contains(&spaced) && !html[at..].contains("/>") {
                open.push((name, place));
            }
        }
    }
    let halves: Vec<Span> = context
        .shared
        .inlines()
        .iter()
        .filter(|inline| !inline.code)
        .filter_map(|inline| half_tag(context.text(), inline.span))
        .collect();
    for span in halves {
        context.report(context.finding(span, "this is half a tag, and shown as it stands"));
    }
    for (name, place) in open {
        let finding = context.finding(place, format!("this `<{name}>` is never closed"));
        context.report(finding.with_help(format!("close it with `</{name}>`")));
    }
}

/// The names of tags in a piece of HTML with their places, `/` included.
fn tags(html: &str) -> impl Iterator<Item = (usize, &str)> {
    html.match_indices('<').filter_map(|(at, _)| {
        let rest = &html[at + 1..];
        let name = |character: char| character.is_ascii_alphanumeric() || character == '/';
        let end = rest
            .find(|character| !name(character))
            .unwrap_or(rest.len());
        let end = if rest[..end].len() > 1 {
            rest[..end].trim_end_matches('/').len()
        } else {
            end
        };
        (end > 0).then(|| (at, &rest[..end]))
    })
}

/// The end tag that lacks its last bracket, in words.
fn half_tag(text: &str, words: Span) -> Option<Span> {
    let at = words.start + words.of(text).find('<')?;
    // Words may end right after the bracket; what follows on the line tells.
    let rest = text[at..].lines().next()?.strip_prefix("</")?;
    let end = rest.find(|character: char| !character.is_ascii_alphanumeric());
    let name = &rest[..end.unwrap_or(rest.len())];
    let known = !name.is_empty() && ELEMENTS.contains(&format!(" {name} "));
    (known && !text[..at].ends_with('\\')).then(|| Span::new(at, at + 2 + name.len()))
}
