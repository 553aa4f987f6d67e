//! The readiness board: what of a draft is there, what is still missing, who is next.

use super::finish::{is_bare, is_optional, own_text};
use super::{Standing, block};
use crate::diagnostic::{Diagnostic, Level};
use crate::format::{Format, SectionKind, SectionSpec};
use crate::issue::{Issue, Section};
use crate::span::LineIndex;
use serde::Serialize;

/// How far a section is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Something of this week stands in it.
    Filled,
    /// It says that there is nothing this week.
    Nothing,
    /// It waits for somebody to fill it.
    Waiting,
    /// It is empty and may be: finishing removes it.
    Optional,
    /// Every issue has it, this draft has not.
    Missing,
    /// It only holds other sections, or what stands there every week.
    Standing,
}

/// One section on the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its id in `press.toml`; none for a heading that no section is called by.
    pub id: Option<String>,
    /// Its heading.
    pub title: String,
    /// How deep it stands in others, from 0.
    pub depth: usize,
    /// The line of its heading; none if it is missing.
    pub line: Option<usize>,
    /// How far it is.
    pub state: State,
    /// How many items stand in it, sub-sections aside.
    pub items: usize,
    /// Who fills it.
    pub owner: Option<String>,
    /// Whether `press collect` fills it.
    pub collected: bool,
    /// Findings that must be mended before it goes out.
    pub to_mend: usize,
    /// Findings to look at.
    pub to_look_at: usize,
}

/// What somebody has to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Task {
    /// Who: an owner, `press collect`, or none for whoever has time.
    pub who: Option<String>,
    /// What, in words.
    pub what: String,
}

/// Who fills a section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filler {
    /// Somebody's name.
    pub owner: Option<String>,
    /// Whether `press collect` does.
    pub collected: bool,
}

/// What is known of a draft.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'d> {
    /// The draft.
    pub issue: &'d Issue,
    /// How it is read.
    pub format: &'d Format,
    /// What its template says by itself.
    pub standing: &'d Standing,
    /// Who fills each section of the format.
    pub fillers: &'d [Filler],
    /// What the checks say.
    pub findings: &'d [Diagnostic],
}

/// All sections of a draft in order, and behind them those that are missing. Findings before the first section are left
/// to the caller.
pub fn rows(draft: &Draft<'_>) -> Vec<Row> {
    let lines = LineIndex::new(draft.issue.text());
    let sections = draft.issue.sections.iter().enumerate();
    let mut rows: Vec<Row> = sections
        .map(|(index, section)| {
            let filler = draft.filler(index);
            let mut row = Row {
                id: section.id.clone(),
                title: title(section),
                depth: std::iter::successors(section.parent, |parent| {
                    draft.issue.sections[*parent].parent
                })
                .count(),
                line: Some(lines.line(section.head.start)),
                state: draft.state(index, section),
                items: draft
                    .issue
                    .items_of(index)
                    .filter(|item| item.parent.is_none())
                    .count(),
                owner: filler.owner,
                collected: filler.collected,
                to_mend: 0,
                to_look_at: 0,
            };
            let last = draft
                .issue
                .sections
                .get(index + 1)
                .map_or(usize::MAX, |next| next.head.start);
            for finding in draft.findings {
                let here = section.head.start <= finding.span.start && finding.span.start < last;
                row.to_mend += usize::from(here && finding.level == Level::Deny);
                row.to_look_at += usize::from(here && finding.level == Level::Warn);
            }
            row
        })
        .collect();
    rows.extend(draft.missing());
    rows
}

fn title(section: &Section) -> String {
    let mut title: String = section.title.lines().next().unwrap_or_default().to_owned();
    title.truncate(title.trim_end_matches(':').len());
    if section.heading.is_none() && title.chars().count() > 40 {
        title = title.chars().take(39).chain(['…']).collect();
    }
    title
}

impl Draft<'_> {
    fn filler(&self, index: usize) -> Filler {
        let issue = self.issue;
        let around = std::iter::successors(Some(index), |section| issue.sections[*section].parent);
        let known = around
            .filter_map(|section| issue.sections[section].spec)
            .next();
        let filler = known
            .and_then(|spec| self.fillers.get(spec))
            .cloned()
            .unwrap_or_default();
        let own = issue.sections[index].spec.is_some();
        Filler {
            collected: filler.collected && own,
            ..filler
        }
    }

    fn state(&self, index: usize, section: &Section) -> State {
        let issue = self.issue;
        let spec = section.spec.map(|spec| &self.format.sections[spec]);
        let own = own_text(issue, section.content, self.standing);
        let holds = issue
            .sections
            .get(index + 1)
            .is_some_and(|next| next.parent == Some(index));
        if spec.is_some_and(|spec| says_nothing(&own, spec)) {
            return State::Nothing;
        }
        if let Some(filled) = self.block_is_filled(section) {
            return if filled {
                State::Filled
            } else {
                State::Waiting
            };
        }
        let line = own.lines().any(|line| !is_unfilled(line));
        let only_head = section.heading.is_none() && own.lines().count() <= 1;
        if section.kind == SectionKind::Editors || only_head {
            return State::Standing;
        }
        if line {
            return State::Filled;
        }
        if section.kind == SectionKind::Group || holds {
            return State::Standing;
        }
        match spec {
            Some(spec) if is_optional(spec) && is_bare(issue, section, self.standing) => {
                State::Optional
            }
            _ => State::Waiting,
        }
    }

    /// Whether something stands in the block of a section that `press collect` fills; none if it has no block.
    fn block_is_filled(&self, section: &Section) -> Option<bool> {
        let text = self.issue.text();
        let id = section.id.as_deref()?;
        let block = block::find_block(text, id).ok()??;
        Some(!block.content.of(text).trim().is_empty())
    }

    fn missing(&self) -> Vec<Row> {
        let there = |spec: usize| {
            self.issue
                .sections
                .iter()
                .any(|section| section.spec == Some(spec))
        };
        let sections = self.format.sections.iter().enumerate();
        sections
            .filter(|(index, spec)| spec.required && !there(*index))
            .map(|(index, spec)| Row {
                id: Some(spec.id.clone()),
                title: if spec.title.is_empty() {
                    spec.id.clone()
                } else {
                    spec.title.clone()
                },
                depth: usize::from(spec.parent.is_some()),
                line: None,
                state: State::Missing,
                items: 0,
                owner: self
                    .fillers
                    .get(index)
                    .and_then(|filler| filler.owner.clone()),
                collected: self
                    .fillers
                    .get(index)
                    .is_some_and(|filler| filler.collected),
                to_mend: 0,
                to_look_at: 0,
            })
            .collect()
    }
}

/// Whether a line still has a place to fill in, such as `INSERT_LINK_HERE`.
fn is_unfilled(line: &str) -> bool {
    line.split(|character: char| !(character.is_ascii_alphanumeric() || character == '_'))
        .any(|word| word.ends_with("_HERE") && word == word.to_ascii_uppercase())
}

fn says_nothing(own: &str, spec: &SectionSpec) -> bool {
    let plain = |text: &str| {
        let text = text
            .trim_start_matches(['*', '_', '-', '+', ' '])
            .to_lowercase();
        text.trim_end_matches(['*', '_', '.', ' ']).to_owned()
    };
    let lines: Vec<String> = own.lines().map(plain).collect();
    let first = lines.first();
    first.is_some_and(|first| {
        spec.placeholder
            .iter()
            .any(|placeholder| first.starts_with(&plain(placeholder)))
    })
}

/// What has to be done next and by whom: sections to fill first, then findings, person by person in the order of the
/// sections.
pub fn tasks(rows: &[Row]) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    let mut people: Vec<Option<String>> = Vec::new();
    let who = |row: &Row| {
        let waits = matches!(row.state, State::Waiting | State::Missing);
        if waits && row.collected {
            Some("press collect".to_owned())
        } else {
            row.owner.clone()
        }
    };
    for row in rows {
        if !people.contains(&who(row)) {
            people.push(who(row));
        }
    }
    // Whoever has time comes last.
    people.sort_by_key(Option::is_none);
    for person in people {
        let theirs: Vec<&Row> = rows.iter().filter(|row| who(row) == person).collect();
        let named = |wanted: &dyn Fn(&Row) -> bool| {
            let titles = theirs
                .iter()
                .filter(|row| wanted(row))
                .map(|row| row.title.as_str());
            titles.collect::<Vec<_>>().join(", ")
        };
        for (what, titles) in [
            ("fill", named(&|row| row.state == State::Waiting)),
            (
                "put in what every issue has:",
                named(&|row| row.state == State::Missing),
            ),
            ("mend findings in", named(&|row| row.to_mend > 0)),
            (
                "look at findings in",
                named(&|row| row.to_mend == 0 && row.to_look_at > 0),
            ),
        ] {
            if !titles.is_empty() {
                tasks.push(Task {
                    who: person.clone(),
                    what: format!("{what} {titles}"),
                });
            }
        }
    }
    tasks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Definitions;

    fn format() -> Format {
        let section = |id: &str, kind, title: &str, parent: Option<usize>, required| {
            let mut spec = SectionSpec::new(id, kind, title);
            spec.parent = parent;
            spec.required = required;
            spec.placeholder = vec!["*No jobs this week.*".to_owned()];
            spec
        };
        let mut editors = section("editors", SectionKind::Editors, "", None, true);
        editors = editors.with_openings(["Edited by"]);
        let sections = vec![
            section("community", SectionKind::Group, "Community", None, true),
            section("news", SectionKind::Links, "News", Some(0), true),
            section("papers", SectionKind::Links, "Papers", Some(0), false),
            section("pick", SectionKind::Prose, "Pick", None, true),
            section("changes", SectionKind::PullRequests, "Changes", None, true),
            section("jobs", SectionKind::Jobs, "Jobs", None, true),
            section("quote", SectionKind::Quote, "Quote", None, true),
            editors,
        ];
        Format::new(sections, Vec::new(), Definitions::First)
    }

    const TEMPLATE: &str = "## Community\n\n### News\n\n### Papers\n\n## Pick\n\n<!-- here -->\n\n[Vote!](https://vote.example/)\n\n\
         ## Changes\n\n## Jobs\n\nSee [the thread](INSERT_LINK_HERE)\n\nEdited by:\n\n* [Ada](https://ada.example/)\n";

    fn board(text: &str) -> Vec<Row> {
        let format = format();
        let standing = Standing::new(TEMPLATE, &format);
        let issue = Issue::parse(text, &format);
        let filler = |owner: Option<&str>, collected| Filler {
            owner: owner.map(str::to_owned),
            collected,
        };
        let fillers = [
            filler(None, false),
            filler(None, false),
            filler(None, false),
            filler(Some("Bob"), false),
            filler(Some("Eve"), true),
            filler(Some("Bob"), false),
            filler(None, false),
            filler(None, false),
        ];
        let at = text.find("## Jobs").expect("it is there");
        let span = crate::span::Span::new(at, at + 2);
        let finding = Diagnostic::new("a-rule", Level::Deny, span, "wrong");
        rows(&Draft {
            issue: &issue,
            format: &format,
            standing: &standing,
            fillers: &fillers,
            findings: &[finding],
        })
    }

    fn states(rows: &[Row]) -> Vec<(&str, State)> {
        let id = |row: &'_ Row| row.id.clone();
        let names = [
            "community",
            "news",
            "papers",
            "pick",
            "changes",
            "jobs",
            "quote",
            "editors",
        ];
        let named = |row: &Row| {
            *names
                .iter()
                .find(|name| id(row).as_deref() == Some(**name))
                .expect("known")
        };
        rows.iter().map(|row| (named(row), row.state)).collect()
    }

    #[test]
    fn an_untouched_draft_waits_for_everything() {
        let rows = board(TEMPLATE);
        assert_eq!(
            states(&rows),
            [
                ("community", State::Standing),
                ("news", State::Waiting),
                ("papers", State::Optional),
                ("pick", State::Waiting),
                ("changes", State::Waiting),
                ("jobs", State::Waiting),
                ("editors", State::Standing),
                ("quote", State::Missing),
            ]
        );
        let tasks: Vec<String> = tasks(&rows)
            .into_iter()
            .map(|task| format!("{}: {}", task.who.as_deref().unwrap_or("-"), task.what))
            .collect();
        assert_eq!(
            tasks,
            [
                "Bob: fill Pick, Jobs",
                "Bob: mend findings in Jobs",
                "press collect: fill Changes",
                "-: fill News",
                "-: put in what every issue has: Quote",
            ]
        );
    }

    #[test]
    fn what_is_there_is_filled_and_nothing_is_an_answer() {
        let text = TEMPLATE
            .replace("### News\n", "### News\n\n* [a](https://a.example/)\n")
            .replace("<!-- here -->", "[this](https://this.example/)")
            .replace("See [the thread](INSERT_LINK_HERE)", "*No jobs this week!*")
            .replace("Jobs\n", "Jobs\n\n* *No jobs this week.*\n");
        let rows = board(&text);
        let state = |id: &str| {
            rows.iter()
                .find(|row| row.id.as_deref() == Some(id))
                .map(|row| row.state)
        };
        assert_eq!(state("news"), Some(State::Filled));
        assert_eq!(state("pick"), Some(State::Filled));
        assert_eq!(state("jobs"), Some(State::Nothing));
    }

    #[test]
    fn a_word_to_fill_in_is_no_filling() {
        let text = TEMPLATE.replace("See [the thread]", "Look at [the new thread]");
        let rows = board(&text);
        let jobs = rows
            .iter()
            .find(|row| row.id.as_deref() == Some("jobs"))
            .map(|row| row.state);
        assert_eq!(jobs, Some(State::Waiting));
    }
}
