//! What the next issue takes over from the last one: the list of events, and items of other sections that still hold.
//!
//! What is over is left out; everything else stays word for word, with headings, nesting and comments.

use super::{block, line_end, line_start, lines_to_remove, template};
use crate::diagnostic::Edit;
use crate::format::{Format, SectionKind};
use crate::issue::Issue;
use crate::issue::edit::apply;
use crate::span::Span;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// A list that is carried over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// The list, without blank lines around it.
    pub text: String,
    /// How many items stay.
    pub kept: usize,
    /// How many were over and are left out.
    pub dropped: usize,
}

/// The events of `issue` for the place that `template` has for them, with the headings of their regions; none if the
/// issue has no section of events. Those over before the day `from` are left out.
///
/// The list begins and ends where the template says: behind the line that stands before the placeholder, and before the
/// one that stands behind it. An issue in which these lines are missing gives what lies between its first
/// heading or item and its last.
pub fn events(
    issue: &Issue,
    format: &Format,
    template: &str,
    from: Option<Date>,
) -> Option<Carried> {
    let is_events = |section: Option<usize>| {
        section.is_some_and(|section| {
            issue.sections[section]
                .spec
                .is_some_and(|spec| format.sections[spec].kind == SectionKind::Events)
        })
    };
    let top = (0..issue.sections.len())
        .find(|section| is_events(Some(*section)) && !is_events(issue.sections[*section].parent))?;
    let section = &issue.sections[top];
    let whole = Span::new(section.content.start, section.span.end);
    let text = issue.text();
    let (lead, tail) =
        template::find_events(template).map_or(("", ""), |place| neighbours(template, place));
    let begins = find_line(text, whole, lead).map(|line| line.end);
    let begins = begins
        .or_else(|| first_of_list(issue, whole))
        .unwrap_or(whole.end);
    let rest = Span::new(begins, whole.end);
    let ends = find_line(text, rest, tail).map(|line| line.start);
    let ends = ends.or_else(|| last_of_list(issue, rest)).unwrap_or(begins);
    Some(take(issue, Span::new(begins, ends), from))
}

/// The items of each section, by its id: of events and calls for papers those that are not over before `from`.
pub fn items(issue: &Issue, from: Option<Date>) -> BTreeMap<String, String> {
    let mut carried = BTreeMap::new();
    for (index, section) in issue.sections.iter().enumerate() {
        let Some(id) = &section.id else { continue };
        let mut items = issue.items_of(index).filter(|item| item.parent.is_none());
        let Some(first) = items.next() else { continue };
        let last = items.last().unwrap_or(first);
        let text = issue.text();
        let list = Span::new(
            line_start(text, first.span.start),
            line_end(text, last.span.end),
        );
        // The first heading of a name is meant.
        carried
            .entry(id.clone())
            .or_insert_with(|| take(issue, list, from).text);
    }
    carried
}

/// What of the template's lines stands right before and right behind `place`, up to their own placeholders.
fn neighbours(template: &str, place: std::ops::Range<usize>) -> (&str, &str) {
    let literal = |line: &'_ str| {
        let end = line.find(['$', '{']).unwrap_or(line.len());
        line[..end].len()
    };
    let usable = |line: &&str| !line.trim().is_empty() && !line.contains("press:");
    let before = template[..place.start]
        .lines()
        .rev()
        .find(usable)
        .unwrap_or_default();
    let after = template[place.end..]
        .lines()
        .find(usable)
        .unwrap_or_default();
    (&before[..literal(before)], &after[..literal(after)])
}

/// The first line in `within` that begins so. A heading bounds nothing: it is known as a section.
fn find_line(text: &str, within: Span, begins: &str) -> Option<Span> {
    let begins = begins.trim();
    if begins.is_empty() || begins.starts_with(['#', '<']) {
        return None;
    }
    let mut at = within.start;
    for line in within.of(text).split_inclusive('\n') {
        if line.trim_start().starts_with(begins) {
            return Some(Span::new(at, at + line.len()));
        }
        at += line.len();
    }
    None
}

fn first_of_list(issue: &Issue, within: Span) -> Option<usize> {
    let items = issue.items.iter().map(|item| item.span.start);
    let headings = issue.headings.iter().map(|heading| heading.span.start);
    let starts = items
        .chain(headings)
        .filter(|start| within.start <= *start && *start < within.end);
    starts
        .min()
        .map(|start| line_start(issue.text(), start).max(within.start))
}

fn last_of_list(issue: &Issue, within: Span) -> Option<usize> {
    let items = issue.items.iter().map(|item| item.span);
    let headings = issue.headings.iter().map(|heading| heading.span);
    let ends = items
        .chain(headings)
        .filter(|span| within.start <= span.start && span.start < within.end);
    ends.map(|span| span.end)
        .max()
        .map(|end| line_end(issue.text(), end.saturating_sub(1)).min(within.end))
}

/// The lines of `list` without what is over, and without the markers of blocks.
fn take(issue: &Issue, list: Span, from: Option<Date>) -> Carried {
    let text = issue.text();
    let mut known: Vec<usize> = Vec::new();
    let mut over: Vec<usize> = Vec::new();
    let ends = issue
        .events
        .iter()
        .map(|event| (event.item, event.end_date.or(event.date)));
    let closes = issue.papers.iter().map(|paper| (paper.item, paper.closes));
    for (item, last_day) in ends.chain(closes) {
        if list.contains(issue.items[item].span) && !known.contains(&item) {
            known.push(item);
            if from.zip(last_day).is_some_and(|(from, last)| last < from) {
                over.push(item);
            }
        }
    }
    let mut edits: Vec<Edit> = Vec::new();
    for item in &over {
        let mut lines = lines_to_remove(text, issue.items[*item].span);
        // Two neighbours may claim the same blank line.
        if let Some(last) = edits.last() {
            lines.start = lines.start.max(last.span.end);
        }
        if lines.start < lines.end {
            edits.push(Edit {
                span: lines,
                text: String::new(),
            });
        }
    }
    let shifted = edits.into_iter().map(|edit| Edit {
        span: Span::new(
            edit.span.start.max(list.start) - list.start,
            edit.span.end.min(list.end) - list.start,
        ),
        text: edit.text,
    });
    let shifted: Vec<Edit> = shifted.collect();
    let kept = apply(list.of(text), &shifted).unwrap_or_else(|_| list.of(text).to_owned());
    let kept = unmarked(&kept);
    Carried {
        text: kept.trim().to_owned(),
        kept: known.len() - over.len(),
        dropped: over.len(),
    }
}

/// A part of a text without lines that are markers, whole or halved: the next draft gets its own.
fn unmarked(text: &str) -> String {
    match block::without_markers(text) {
        Ok(text) => text,
        Err(_) => text
            .split_inclusive('\n')
            .filter(|line| !line.trim_start().starts_with("<!-- press:"))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Definitions, SectionSpec};
    use jiff::civil::date;

    fn format() -> Format {
        let mut europe = SectionSpec::new("europe", SectionKind::Events, "Europe");
        europe.parent = Some(0);
        let papers = SectionSpec::new("talks", SectionKind::Papers, "Talks");
        let events = SectionSpec::new("events", SectionKind::Events, "Events");
        Format::new(vec![events, europe, papers], Vec::new(), Definitions::First)
    }

    const TEMPLATE: &str =
        "## Events\n\nFrom $issue_date to $events_end_date\n\n$events_list\n\nTell us of yours.\n";

    fn issue(list: &str) -> Issue {
        let text = format!(
            "Title: A 1\nDate: 2026-03-05\n\n## Events\n\nFrom 2026-03-05 to 2026-04-02\n\n{list}\n\nTell us of yours.\n\n## Jobs\n"
        );
        Issue::parse(&text, &format())
    }

    const LIST: &str = "### Virtual\n* 2026-03-05 | Virtual | [G](https://g.example/)\n    * [**One**](https://g.example/1)\n\
         <!-- ask G for a link -->\n* 2026-03-10 - 2026-03-12 | Oslo, NO | [G](https://g.example/)\n    * [**Two**](https://g.example/2)\n\n\
         // a note\n\n### Europe\n* 2026-03-06 | Rome, IT | [R](https://r.example/)\n  * [**Three**](https://r.example/3)\n  * [**Four**](https://r.example/4)";

    #[test]
    fn with_nothing_dropped_the_list_stays_byte_for_byte() {
        let carried = events(&issue(LIST), &format(), TEMPLATE, None).expect("events");
        assert_eq!(carried.text, LIST);
        assert_eq!((carried.kept, carried.dropped), (3, 0));
    }

    #[test]
    fn what_is_over_goes_and_the_rest_stays_word_for_word() {
        let from = Some(date(2026, 3, 12));
        let carried = events(&issue(LIST), &format(), TEMPLATE, from).expect("events");
        assert_eq!(
            carried.text,
            "### Virtual\n<!-- ask G for a link -->\n* 2026-03-10 - 2026-03-12 | Oslo, NO | [G](https://g.example/)\n    \
             * [**Two**](https://g.example/2)\n\n// a note\n\n### Europe"
        );
        assert_eq!((carried.kept, carried.dropped), (1, 2));
    }

    #[test]
    fn loose_lists_keep_one_blank_line() {
        let list = "### Europe\n\n- 2026-03-05 | A, NO | [G](https://g.example/)\n\n  - [**One**](https://g.example/1)\n\n\
             - 2026-03-20 | B, NO | [G](https://g.example/)\n\n  - [**Two**](https://g.example/2)";
        let carried = events(&issue(list), &format(), TEMPLATE, Some(date(2026, 3, 12)));
        assert_eq!(
            carried.expect("events").text,
            "### Europe\n\n- 2026-03-20 | B, NO | [G](https://g.example/)\n\n  - [**Two**](https://g.example/2)"
        );
    }

    #[test]
    fn an_issue_without_the_lines_around_is_read_by_its_list() {
        let text =
            format!("Title: A 1\nDate: 2026-03-05\n\n## Events\n\nHello.\n\n{LIST}\n\nBye.\n");
        let carried = events(&Issue::parse(&text, &format()), &format(), TEMPLATE, None);
        assert_eq!(carried.expect("events").text, LIST);
        let nothing = Issue::parse("Title: A\n\n## Jobs\n\nNone.\n", &format());
        assert_eq!(events(&nothing, &format(), TEMPLATE, None), None);
    }

    #[test]
    fn markers_are_not_carried_over() {
        let marked = block::wrap("events", LIST);
        let carried = events(&issue(&marked), &format(), TEMPLATE, None).expect("events");
        assert_eq!(carried.text, LIST);
        let half = marked.replace("<!-- press:end events -->\n", "");
        let carried = events(&issue(&half), &format(), TEMPLATE, None).expect("events");
        assert_eq!(carried.text, LIST);
    }

    #[test]
    fn calls_that_are_closed_go() {
        let text = "Title: A 1\nDate: 2026-03-05\n\n## Talks\n\nGo!\n\n\
             * [**A**](https://a.example/) | Closes 2026-03-08 | Oslo, NO | 2026-06-01\n\
             * [**B**](https://b.example/) | Closes 2026-03-18 | Oslo, NO | 2026-06-01\n\nMore.\n";
        let issue = Issue::parse(text, &format());
        let carried = items(&issue, Some(date(2026, 3, 12)));
        assert_eq!(
            carried["talks"],
            "* [**B**](https://b.example/) | Closes 2026-03-18 | Oslo, NO | 2026-06-01"
        );
    }
}
