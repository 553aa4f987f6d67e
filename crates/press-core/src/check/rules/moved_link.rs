//! Pages that have a new address for good.

use crate::canonical::{clean, parts};
use crate::check::web::{Asked, asked, is_door, is_front_page, same_page};
use crate::check::{Context, Rule};
use crate::diagnostic::Level;

pub(super) const RULE: Rule = Rule {
    name: "moved-link",
    level: Level::Warn,
    page: include_str!("moved_link.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    for asked in asked(context) {
        let (url, visit) = (&asked.link.url, asked.visit);
        let Some(to) = visit.moved() else {
            continue;
        };
        if is_door(to) || is_door(visit.last(url)) {
            continue;
        }
        if !same_page(url, to) && is_front_page(to) && !is_front_page(url) {
            let message = format!("this leads to the front page {to} now");
            let finding = asked.finding(context, message);
            context.report(finding.with_help("the page itself seems to be gone: look for it"));
        } else if let Some((new, safe)) = new_address(url, to) {
            report(context, &asked, &new, safe);
        }
    }
}

/// The address to print, and whether it is surely right. None where a new one would be no gain to readers.
fn new_address(url: &str, to: &str) -> Option<(String, bool)> {
    let secured = |url: &str| {
        url.strip_prefix("http://")
            .map(|rest| format!("https://{rest}"))
    };
    let fragment = url.find('#').map_or("", |at| &url[at..]);
    let fragment = if to.contains('#') { "" } else { fragment };
    let same = same_page(url, to);
    // A slash or a `www.` more makes nobody's way longer.
    if same && (parts(url)?.scheme == parts(to)?.scheme || parts(to)?.scheme != "https") {
        return None;
    }
    let new = clean(to, &[]).unwrap_or_else(|| to.to_owned()) + fragment;
    match secured(url) {
        Some(secured) if same && parts(url)?.host == parts(to)?.host => Some((secured, true)),
        _ => Some((new, same)),
    }
}

fn report(context: &mut Context<'_>, asked: &Asked<'_>, new: &str, safe: bool) {
    let finding = asked.finding(context, "this page has moved for good");
    // Signs that Markdown reads must not come in with an address.
    let plain = !new.contains(['(', ')', '<', '>', '|', '[', ']', '\\', '*', ' ']);
    let written = asked.span.of(context.text()) == asked.link.url;
    context.report(if plain && written {
        finding.with_edit(safe, asked.span, new)
    } else {
        finding.with_help(format!("use `{new}`"))
    });
}
