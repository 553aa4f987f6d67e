//! Links to places that their page does not have.

use crate::check::web::{asked, place_in_page};
use crate::check::{Context, Rule};
use crate::diagnostic::Level;

pub(super) const RULE: Rule = Rule {
    name: "missing-fragment",
    level: Level::Warn,
    page: include_str!("missing_fragment.md"),
    check,
};

/// A page with fewer ids gets them from a program that runs in the browser.
const FEWEST_IDS: usize = 2;

fn check(context: &mut Context<'_>) {
    for asked in asked(context) {
        let page = asked.visit.page().and_then(|page| page.ids.as_ref());
        let (Some(ids), Some(place)) = (page, place_in_page(&asked.link.url)) else {
            continue;
        };
        let wanted = decoded(place);
        let is_there = ids.iter().any(|id| {
            let id = id.strip_prefix("user-content-").unwrap_or(id);
            id.eq_ignore_ascii_case(&wanted) || id.eq_ignore_ascii_case(place)
        });
        if is_there || ids.len() < FEWEST_IDS {
            continue;
        }
        let message = format!("the page has no place `#{place}`");
        let finding = asked.finding(context, message);
        context.report(finding.with_help("the link opens the page at its beginning"));
    }
}

/// `%C3%A9` as what it stands for.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
        match byte {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
