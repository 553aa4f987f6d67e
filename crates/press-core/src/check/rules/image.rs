//! Pictures that some readers cannot see.

use crate::canonical::parts;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;
use pulldown_cmark::Event;

pub(super) const RULE: Rule = Rule {
    name: "image",
    level: Level::Warn,
    page: include_str!("image.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let issue = context.issue();
    for link in issue.links.iter().filter(|link| link.image) {
        judge(context, link.span, &link.url, link.title.is_empty());
    }
    for (event, span) in &context.target.document.events {
        let (Event::Html(html) | Event::InlineHtml(html)) = event else {
            continue;
        };
        if context.is_hidden(*span) {
            continue;
        }
        for (at, _) in html.match_indices("<img") {
            let tag = &html[at..];
            let tag = &tag[..tag.find('>').unwrap_or(tag.len())];
            let place = Span::new(span.start + at, span.start + at + tag.len());
            let address = attribute(tag, "src").unwrap_or_default();
            judge(
                context,
                place,
                address,
                attribute(tag, "alt").is_none_or(str::is_empty),
            );
        }
    }
}

fn judge(context: &mut Context<'_>, span: Span, address: &str, wordless: bool) {
    if wordless {
        let finding = context.finding(span, "this picture says nothing to those who cannot see it");
        context.report(finding.with_help("describe it in the brackets, or in `alt`"));
    }
    let Some(found) = parts(address) else { return };
    // The newsletter's own pictures stand on the host that its front page links to.
    let own = &context.issue().masthead.greeting;
    let at_home = own.of(context.text()).contains(found.host);
    if !at_home {
        let message = format!(
            "this picture comes from {}, which many readers' programs do not ask",
            found.host
        );
        let finding = context.finding(span, message);
        context.report(finding.with_help("keep a copy with the newsletter's own pictures"));
    }
}

/// The value of an attribute in quotes.
fn attribute<'h>(tag: &'h str, name: &str) -> Option<&'h str> {
    let start = tag.find(&format!("{name}=\""))? + name.len() + 2;
    let length = tag[start..].find('"')?;
    Some(&tag[start..start + length])
}
