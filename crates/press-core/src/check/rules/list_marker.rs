//! Items that begin with another sign than the rest of the issue.

use crate::check::archive::section_at;
use crate::check::{Context, Rule};
use crate::diagnostic::{Edit, Fix, Level};
use crate::issue::Item;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "list-marker",
    level: Level::Warn,
    page: include_str!("list_marker.md"),
    check,
};

/// Up to so many strange signs of a section are reported one by one.
const FEW: usize = 3;

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let markers = || context.issue().items.iter().filter_map(|item| item.marker);
    let bullets = |sign: &str| markers().filter(|marker| marker.of(text) == sign).count();
    // What most items of the issue use is its style.
    let usual = ["*", "-", "+"]
        .into_iter()
        .max_by_key(|sign| (bullets(sign), *sign == "*"));
    let Some(usual) = usual.filter(|sign| bullets(sign) > 0) else {
        return;
    };
    let strange: Vec<_> = markers()
        .filter(|marker| matches!(marker.of(text), "*" | "-" | "+") && marker.of(text) != usual)
        .collect();
    let mut strange = strange;
    strange.extend(numbered(context, usual));
    strange.sort_by_key(|marker| marker.start);
    for run in runs(context, &strange) {
        report(context, run, usual);
    }
}

/// Strange signs, those of one section together.
fn runs<'s>(context: &Context<'_>, strange: &'s [Span]) -> Vec<&'s [Span]> {
    let issue = context.issue();
    let section = |marker: &Span| section_at(issue, marker.start);
    let sections = strange.chunk_by(|one, other| section(one) == section(other));
    // A few slips are told one by one; a whole section in another style is one.
    sections
        .flat_map(|run| run.chunks(if run.len() > FEW { run.len() } else { 1 }))
        .collect()
}

fn report(context: &mut Context<'_>, run: &[Span], usual: &str) {
    let [first, others @ ..] = run else {
        return;
    };
    let sign = first.of(context.text());
    let message = match others.len() {
        0 => format!("this item begins with `{sign}`, the others with `{usual}`"),
        count => format!(
            "this item begins with `{sign}`, the others with `{usual}`; so do {count} more here"
        ),
    };
    let mut finding = context.finding(*first, message);
    for other in others {
        finding = finding.with_place(*other, "this one too");
    }
    let edit = |marker: &Span| Edit {
        span: *marker,
        text: usual.to_owned(),
    };
    let edits = run.iter().map(edit).collect();
    context.report(finding.with_fix(Fix { safe: true, edits }));
}

/// Items with a number between two that have the usual sign.
fn numbered(context: &Context<'_>, usual: &str) -> Vec<Span> {
    let text = context.text();
    let issue = context.issue();
    let top = |item: &&Item| item.parent.is_none() && item.marker.is_some();
    let items: Vec<&Item> = issue.items.iter().filter(top).collect();
    let sign = |item: &Item| item.marker.map_or("", |marker| marker.of(text));
    let between = items.windows(3).filter(|three| {
        let same = three[0].section == three[1].section && three[1].section == three[2].section;
        let number = sign(three[1]).starts_with(|first: char| first.is_ascii_digit());
        same && number && sign(three[0]) == usual && sign(three[2]) == usual
    });
    between.filter_map(|three| three[1].marker).collect()
}
