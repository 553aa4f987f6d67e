//! What every publication needs before it goes out: the scaffolding of the draft taken down, the rest put in order.
//!
//! Each step is a change of the text that keeps what editors wrote; a finished text is not changed again. Wording,
//! addresses and dates are the checks' part, and an editor's.

mod layout;

use super::block::{self, BlockError};
use super::{Standing, lines_to_remove, without};
use crate::diagnostic::Edit;
use crate::format::{Format, SectionKind, SectionSpec};
use crate::issue::edit::apply;
use crate::issue::{Issue, Section};
use crate::span::Span;
use jiff::ToSpan;
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
    work.step("events removed that are over", |text| {
        past_events(text, format)
    });
    work.step("sections without contributions that say so", |text| {
        nothing_sent(text, format, standing)
    });
    work.step("instructions removed", |text| {
        instructions(text, format, standing)
    });
    // A section whose last sub-section goes may be empty itself.
    for _ in 0..ROUNDS {
        let before = work.text.len();
        work.step("empty sub-sections removed", |text| {
            empty_sections(text, format, standing)
        });
        if work.text.len() == before {
            break;
        }
    }
    work.step("items put in order", |text| {
        layout::disorder(text, format, orders)
    });
    work.step("lines respaced", |text| layout::spacing(text, format));
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

/// Events that are over were carried along. Those that are long over have a wrong date more likely than not, which is for
/// an editor to see.
fn past_events(text: &str, format: &Format) -> Vec<Edit> {
    let issue = Issue::parse(text, format);
    let mut edits = Vec::new();
    let Some(today) = issue.masthead.date else {
        return edits;
    };
    let Ok(long_ago) = today.checked_sub(CARRIED_DAYS.days()) else {
        return edits;
    };
    for event in &issue.events {
        let last = event.end_date.or(event.date);
        if last.is_some_and(|last| long_ago <= last && last < today) {
            push(
                &mut edits,
                remove(lines_to_remove(text, issue.items[event.item].span)),
            );
        }
    }
    edits
}

/// How many days an event that was carried along may be over.
const CARRIED_DAYS: i64 = 60;

/// The sentence that there is nothing this week, in sections that live of what others send and were sent nothing. It
/// stands in the template's comment, or is the section's placeholder.
fn nothing_sent(text: &str, format: &Format, standing: &Standing) -> Vec<Edit> {
    let issue = Issue::parse(text, format);
    let mut edits = Vec::new();
    for (index, section) in issue.sections.iter().enumerate() {
        let Some(spec) = section.spec.map(|spec| &format.sections[spec]) else {
            continue;
        };
        let of_others = matches!(
            spec.kind,
            SectionKind::Calls | SectionKind::Papers | SectionKind::Jobs
        );
        let holds = issue
            .sections
            .get(index + 1)
            .is_some_and(|next| next.parent == Some(index));
        if !of_others || holds || !own_text(&issue, section.content, standing).is_empty() {
            continue;
        }
        let comments = issue.comments.iter().map(|comment| comment.trimmed(text));
        let comments = comments.filter(|comment| {
            section.content.contains(*comment) && standing.has_comment(comment.of(text))
        });
        let comments: Vec<Span> = comments.collect();
        let said = comments
            .iter()
            .rev()
            .find_map(|comment| sentence(comment.of(text), spec).map(|said| (*comment, said)));
        if let Some((comment, said)) = said {
            edits.push(Edit {
                span: comment,
                text: said,
            });
        }
    }
    edits
}

/// The emphasised sentence in a comment that says there is nothing.
fn sentence(comment: &str, spec: &SectionSpec) -> Option<String> {
    let plain = |placeholder: &'_ str| placeholder.trim_matches(['*', '_']).to_owned();
    spec.placeholder.iter().find_map(|placeholder| {
        let start = comment.find(&format!("*{}", plain(placeholder)))?;
        let length = comment[start + 1..].find('*')? + 2;
        let said = &comment[start..start + length];
        (!said.contains('\n')).then(|| said.to_owned())
    })
}

/// Whether a section may be left out of an issue.
pub(super) fn is_optional(spec: &SectionSpec) -> bool {
    spec.parent.is_some() && !spec.required
}

/// Whether nothing stands below a section's heading. What stands there every week behind a carried list belongs to
/// the list, not to whichever section happens to be the last of it.
pub(super) fn is_bare(issue: &Issue, section: &Section, standing: &Standing) -> bool {
    let known = section
        .id
        .as_deref()
        .is_some_and(|id| standing.has_section(id));
    let nothing = Standing::default();
    let seen = own_text(
        issue,
        section.content,
        if known { &nothing } else { standing },
    );
    section.heading.is_some() && seen.is_empty()
}

/// Headings of optional sub-sections below which nothing stands. Editors' notes keep them.
fn empty_sections(text: &str, format: &Format, standing: &Standing) -> Vec<Edit> {
    let issue = Issue::parse(text, format);
    let mut edits = Vec::new();
    for (index, section) in issue.sections.iter().enumerate() {
        let spec = section.spec.map(|spec| &format.sections[spec]);
        let holds = issue
            .sections
            .get(index + 1)
            .is_some_and(|next| next.parent == Some(index));
        let noted = issue
            .comments
            .iter()
            .any(|comment| section.content.contains(*comment));
        if spec.is_some_and(is_optional) && !holds && !noted && is_bare(&issue, section, standing) {
            push(&mut edits, remove(lines_to_remove(text, section.head)));
        }
    }
    edits
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
        let standing = Standing::new(TEMPLATE, &format());
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
        let standing = Standing::new(TEMPLATE, &format());
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
