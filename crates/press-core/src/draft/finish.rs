//! What every publication needs before it goes out: the scaffolding of the draft taken down, the rest put in order.
//!
//! Each step is a change of the text that keeps what editors wrote; a finished text is not changed again. Wording,
//! addresses and dates are the checks' part, and an editor's.

use super::block::{self, BlockError};
use super::{Standing, lines_to_remove, without};
use crate::diagnostic::Edit;
use crate::format::Format;
use crate::issue::edit::apply;
use crate::issue::{Issue, Item};
use crate::span::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The order of a section's items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// As they were written.
    #[default]
    Written,
    /// By day, then place.
    Date,
    /// By title.
    Title,
}

/// A finished text, and what was done to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The text.
    pub text: String,
    /// What was done, in words, with how often.
    pub done: Vec<(&'static str, usize)>,
}

/// Finishes `text`. `standing` is what the template says by itself, `orders` the order of each section of the format.
pub fn finish(
    text: &str,
    format: &Format,
    standing: &Standing,
    orders: &[Order],
) -> Result<Finished, Vec<BlockError>> {
    let mut work = Work {
        text: block::without_markers(text)?,
        done: Vec::new(),
    };
    work.note(
        "markers of blocks removed",
        2 * block::find_blocks(text)?.len(),
    );
    work.step("instructions removed", |text| {
        instructions(text, format, standing)
    });
    // A section whose last sub-section goes may be empty itself.
    for _ in 0..ROUNDS {
        let before = work.text.len();
        work.step("empty sub-sections removed", |text| {
            empty_sections(text, format)
        });
        if work.text.len() == before {
            break;
        }
    }
    work.step("items put in order", |text| disorder(text, format, orders));
    work.step("lines respaced", |text| spacing(text, format));
    Ok(Finished {
        text: work.text,
        done: work.done,
    })
}

/// Deepest nesting of sections that become empty one after the other.
const ROUNDS: usize = 8;

struct Work {
    text: String,
    done: Vec<(&'static str, usize)>,
}

impl Work {
    fn step(&mut self, what: &'static str, edits: impl Fn(&str) -> Vec<Edit>) {
        let edits = edits(&self.text);
        if let Ok(changed) = apply(&self.text, &edits)
            && changed != self.text
        {
            self.text = changed;
            self.note(what, edits.len());
        }
    }

    fn note(&mut self, what: &'static str, count: usize) {
        match self.done.iter_mut().find(|(known, _)| *known == what) {
            Some((_, total)) => *total += count,
            None if count > 0 => self.done.push((what, count)),
            None => {}
        }
    }
}

fn remove(span: Span) -> Edit {
    Edit {
        span,
        text: String::new(),
    }
}

/// Adds an edit unless it would meet the one before.
fn push(edits: &mut Vec<Edit>, mut edit: Edit) {
    if let Some(last) = edits.last() {
        edit.span.start = edit.span.start.max(last.span.end);
    }
    if edit.span.start < edit.span.end {
        edits.push(edit);
    }
}

/// Comments that every draft has. What editors noted for themselves stays; readers do not see it anyway.
fn instructions(text: &str, format: &Format, standing: &Standing) -> Vec<Edit> {
    let mut edits = Vec::new();
    for comment in Issue::parse(text, format).comments {
        let comment = comment.trimmed(text);
        if !standing.has_comment(comment.of(text)) {
            continue;
        }
        let lines = Span::new(
            super::line_start(text, comment.start),
            super::line_end(text, comment.end),
        );
        if lines.of(text).trim() == comment.of(text) {
            push(&mut edits, remove(lines_to_remove(text, comment)));
        } else {
            let before = text[..comment.start].trim_end_matches([' ', '\t']).len();
            push(
                &mut edits,
                remove(Span::new(before.max(lines.start), comment.end)),
            );
        }
    }
    edits
}

/// Headings of optional sub-sections below which nothing stands.
fn empty_sections(text: &str, format: &Format) -> Vec<Edit> {
    let issue = Issue::parse(text, format);
    let mut edits = Vec::new();
    for (index, section) in issue.sections.iter().enumerate() {
        let spec = section.spec.map(|spec| &format.sections[spec]);
        let optional = spec.is_some_and(|spec| spec.parent.is_some() && !spec.required);
        let holds = issue
            .sections
            .get(index + 1)
            .is_some_and(|next| next.parent == Some(index));
        // Notes and definitions would be lost with the heading.
        if optional
            && !holds
            && section.heading.is_some()
            && section.content.of(text).trim().is_empty()
        {
            let blank = text[..section.span.end].len() - section.content.of(text).len();
            let end = if text[..section.head.start].ends_with("\n\n") || section.head.start == 0 {
                section.span.end
            } else {
                blank
            };
            let start = super::line_start(text, section.head.start);
            push(
                &mut edits,
                remove(Span::new(
                    start,
                    end.max(super::line_end(text, section.head.start)),
                )),
            );
        }
    }
    edits
}

/// Items that change places. Blank lines and comments between them stay where they are.
fn disorder(text: &str, format: &Format, orders: &[Order]) -> Vec<Edit> {
    let issue = Issue::parse(text, format);
    let mut edits = Vec::new();
    for (index, section) in issue.sections.iter().enumerate() {
        let order = order_of(&issue, index, orders);
        let items: Vec<(usize, &Item)> = issue
            .items
            .iter()
            .enumerate()
            .filter(|(_, item)| {
                item.section == Some(index) && item.parent.is_none() && item.marker.is_some()
            })
            .collect();
        if order == Order::Written || section.spec.is_none() && items.is_empty() {
            continue;
        }
        for run in runs(text, &items) {
            // Items that cannot be placed keep the whole run as it is.
            let keys: Option<Vec<_>> = run
                .iter()
                .map(|(at, item)| key(&issue, *at, item, order))
                .collect();
            let Some(keys) = keys else { continue };
            let mut sorted: Vec<usize> = (0..run.len()).collect();
            sorted.sort_by(|one, other| keys[*one].cmp(&keys[*other]));
            for (place, from) in sorted.into_iter().enumerate() {
                if place != from {
                    let text = run[from].1.span.of(text).to_owned();
                    edits.push(Edit {
                        span: run[place].1.span,
                        text,
                    });
                }
            }
        }
    }
    edits
}

/// The order of a section; one that the format does not know goes by the section around it.
fn order_of(issue: &Issue, section: usize, orders: &[Order]) -> Order {
    let around = std::iter::successors(Some(section), |section| issue.sections[*section].parent);
    let mut specs = around.filter_map(|section| issue.sections[section].spec);
    specs
        .next()
        .and_then(|spec| orders.get(spec))
        .copied()
        .unwrap_or_default()
}

/// Items with nothing but blank lines between them.
fn runs<'a, 'i>(text: &str, items: &'a [(usize, &'i Item)]) -> Vec<&'a [(usize, &'i Item)]> {
    let together = |one: &(usize, &Item), other: &(usize, &Item)| {
        let between = text.get(one.1.span.end..other.1.span.start);
        between.is_some_and(|between| between.trim().is_empty())
    };
    items.chunk_by(together).collect()
}

/// What an item is sorted by: day, whether it is of one day only, place or title.
fn key(
    issue: &Issue,
    at: usize,
    item: &Item,
    order: Order,
) -> Option<(Option<Date>, bool, String)> {
    if order == Order::Title {
        let title = item
            .title
            .trim_matches(['`', '*', '"', '\''])
            .to_lowercase();
        return item.link.map(|_| (None, false, title));
    }
    let event = issue.events.iter().find(|event| event.item == at)?;
    Some((
        Some(event.date?),
        event.end_date.is_none(),
        event.place.text.to_lowercase(),
    ))
}

/// White space that nobody meant: at the ends of lines, several blank lines, none before a heading.
fn spacing(text: &str, format: &Format) -> Vec<Edit> {
    let issue = Issue::parse(text, format);
    let kept = kept_as_written(text, &issue);
    let inside = |at: usize| {
        let next = kept.partition_point(|span| span.end <= at);
        kept.get(next).is_some_and(|span| span.start < at)
    };
    let headings: Vec<usize> = issue
        .headings
        .iter()
        .map(|heading| super::line_start(text, heading.span.start))
        .collect();
    let mut edits: Vec<Edit> = Vec::new();
    let (mut at, mut blank, mut begun) = (0, 0, false);
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let plain = content.trim_end();
        let end = at + content.len();
        if inside(at) {
            (blank, begun) = (0, true);
        } else if plain.is_empty() {
            blank += 1;
            if blank > 1 || !begun {
                push(&mut edits, remove(Span::new(at, at + line.len())));
            } else {
                push(&mut edits, remove(Span::new(at, end)));
            }
        } else {
            if begun && blank == 0 && headings.binary_search(&at).is_ok() {
                edits.push(Edit {
                    span: Span::new(at, at),
                    text: "\n".to_owned(),
                });
            }
            if !is_break(text, at + line.len(), content, plain) {
                push(&mut edits, remove(Span::new(at + plain.len(), end)));
            }
            (blank, begun) = (0, true);
        }
        at += line.len();
    }
    end_of_text(text, &mut edits);
    edits
}

/// Two blanks at the end of a line that goes on are a line break.
fn is_break(text: &str, next: usize, content: &str, plain: &str) -> bool {
    let follows = text
        .get(next..)
        .and_then(|rest| rest.lines().next())
        .unwrap_or_default();
    let goes_on = !follows.trim().is_empty()
        && !follows
            .trim_start()
            .starts_with(['*', '-', '+', '#', '<', '>', '|']);
    content.len() >= plain.len() + 2 && goes_on && !plain.starts_with('#')
}

/// One line break at the end.
fn end_of_text(text: &str, edits: &mut Vec<Edit>) {
    let end = text.trim_end().len();
    if end == 0 {
        return;
    }
    edits.retain(|edit| edit.span.end <= end);
    if &text[end..] != "\n" {
        edits.push(Edit {
            span: Span::new(end, text.len()),
            text: "\n".to_owned(),
        });
    }
}

/// Where white space means something: front matter, comments, code, HTML.
fn kept_as_written(text: &str, issue: &Issue) -> Vec<Span> {
    use crate::issue::{Document, Source};
    use pulldown_cmark::{Event, Tag};
    let mut spans = issue.comments.clone();
    spans.push(issue.masthead.span.trimmed(text));
    let source = Source::new(text, crate::format::Definitions::First);
    for (event, span) in &Document::parse(&source).events {
        if matches!(event, Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock)) {
            spans.push(span.trimmed(text));
        }
    }
    spans.sort_by_key(|span| (span.start, span.end));
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

/// What a reader sees of a part of `issue`: no comments, no definitions, nothing that stands there every week.
pub(super) fn own_text(issue: &Issue, part: Span, standing: &Standing) -> String {
    let definitions = issue.definitions.iter().map(|definition| definition.span);
    let mut hidden: Vec<Span> = issue.comments.iter().copied().chain(definitions).collect();
    hidden.sort_by_key(|span| (span.start, span.end));
    let seen = without(issue.text(), part, hidden.iter());
    let lines = seen.lines().map(str::trim);
    let own: Vec<&str> = lines
        .filter(|line| !line.is_empty() && !standing.has_line(line))
        .collect();
    own.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Definitions, SectionKind, SectionSpec};

    fn format() -> Format {
        let section = |id: &str, kind, title: &str, parent| {
            let mut spec = SectionSpec::new(id, kind, title);
            spec.parent = parent;
            spec
        };
        let mut links = section("links", SectionKind::Group, "Community", None);
        links.required = true;
        let mut thoughts = section("thoughts", SectionKind::Links, "Thoughts", Some(0));
        thoughts.required = true;
        let sections = vec![
            links,
            section("official", SectionKind::Links, "Official", Some(0)),
            thoughts,
            section("research", SectionKind::Links, "Research", Some(0)),
            section("events", SectionKind::Events, "Events", None),
            section("europe", SectionKind::Events, "Europe", Some(4)),
            section("changes", SectionKind::PullRequests, "Changes", None),
        ];
        Format::new(sections, Vec::new(), Definitions::First)
    }

    const TEMPLATE: &str = "## Community\n\n<!-- Dear all,\n\n* one link a line -->\n\n### Official\n\n### Thoughts\n\n### Research\n\n## Events\n";

    #[track_caller]
    fn finished(text: &str) -> String {
        let orders = [
            Order::Written,
            Order::Written,
            Order::Written,
            Order::Written,
            Order::Date,
            Order::Date,
            Order::Title,
        ];
        let standing = Standing::new(TEMPLATE);
        let once = finish(text, &format(), &standing, &orders).expect("whole blocks");
        let twice = finish(&once.text, &format(), &standing, &orders).expect("whole blocks");
        assert_eq!(twice.text, once.text, "finishing twice is finishing once");
        assert_eq!(twice.done, [], "{}", twice.text);
        once.text
    }

    #[test]
    fn the_scaffolding_goes() {
        let text = "Title: A\n\nHello.\n\n## Community\n\n<!-- Dear all,\n\n* one link a line -->\n\n### Official\n\n### Thoughts\n\n\
             <!-- my own note -->\n\n* [a](https://a.example/)\n\n### Research\n\n## Events\n\n<!-- press:begin events -->\nNone.\n\
             <!-- press:end events -->\n";
        assert_eq!(
            finished(text),
            "Title: A\n\nHello.\n\n## Community\n\n### Thoughts\n\n<!-- my own note -->\n\n* [a](https://a.example/)\n\n\
             ## Events\n\nNone.\n"
        );
    }

    #[test]
    fn required_and_unknown_sections_stay_and_so_do_notes() {
        let text = "Title: A\n\n## Community\n\n### Thoughts\n\n### Party\n\n### Research\n\n<!-- ask Bob -->\n\n## Events\n\nNone.\n";
        assert_eq!(finished(text), text);
    }

    #[test]
    fn events_are_put_in_order_of_day_and_place() {
        let event = |day: u8, place: &str| {
            format!(
                "* 2026-03-{day:02} | {place}, DE | [G](https://g.example/)\n    * [**T{day}**](https://g.example/{day})\n"
            )
        };
        let list = |events: [String; 3]| {
            format!(
                "Title: A\nDate: 2026-03-01\n\n## Events\n\n### Europe\n{}",
                events.concat()
            )
        };
        let wrong = list([event(9, "Kiel"), event(9, "Bonn"), event(5, "Ulm")]);
        assert_eq!(
            finished(&wrong),
            list([event(5, "Ulm"), event(9, "Bonn"), event(9, "Kiel")])
        );
        let strange = wrong.replace("2026-03-05", "soon");
        assert_eq!(finished(&strange), strange);
    }

    #[test]
    fn items_may_go_by_title() {
        let text = "Title: A\n\n## Changes\n\n* [`b`](https://a.example/2)\n* [Aa](https://a.example/1)\n\nMore:\n\n* [c](https://a.example/3)\n* [b](https://a.example/4)\n";
        let finished = finished(text);
        let titles: Vec<&str> = finished
            .split("* [")
            .skip(1)
            .map(|item| &item[..3])
            .collect();
        assert_eq!(titles, ["Aa]", "`b`", "b](", "c]("]);
    }

    #[test]
    fn white_space_is_tidied_where_it_means_nothing() {
        let text = "Title: A\n\n\n\nHello,  \nworld. \n\n\n```\na  \n\n\nb\n```\n* one\n## Events\nNone.\t\n\n\n\n";
        assert_eq!(
            finished(text),
            "Title: A\n\nHello,  \nworld.\n\n```\na  \n\n\nb\n```\n* one\n\n## Events\nNone.\n"
        );
    }

    #[test]
    fn half_a_block_stops_it() {
        let standing = Standing::new(TEMPLATE);
        assert!(
            finish(
                "## Events\n<!-- press:begin events -->\n",
                &format(),
                &standing,
                &[]
            )
            .is_err()
        );
    }
}
