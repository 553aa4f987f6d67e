//! Pictures that some readers cannot see.

use crate::canonical::parts;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::slug::slugify;
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
    // The newsletter's own pictures stand on a host that bears its name, or that its greeting links to.
    let issue = context.issue();
    let title = issue.masthead.title.as_deref().unwrap_or_default();
    let name = slugify(
        title
            .trim_end_matches(|end: char| end.is_ascii_digit())
            .trim_end(),
    );
    let greeting = issue.masthead.greeting;
    let linked = issue.links.iter().any(|link| {
        !link.image
            && greeting.contains(link.span)
            && parts(&link.url).is_some_and(|link| link.host == found.host)
    });
    let at_home = linked || (!name.is_empty() && found.host.contains(&name));
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
