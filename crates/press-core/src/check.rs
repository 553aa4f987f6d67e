//! Check: what a machine can know about a text before it goes out.
//!
//! A [`Rule`] is plain data with a function; all of them stand in one [table](rules::RULES). Knowledge of the
//! world arrives as [`Facts`]: where a fact is missing, a rule that needs it says that it did not check.
//! Nothing here renders; nothing here fails.

pub mod allow;
pub mod archive;
mod dates;
mod days;
mod inline;
pub mod mend;
mod misspellings;
pub mod options;
mod overlap;
mod pages;
mod prose;
pub mod rules;
mod shared;
pub mod web;
mod wording;

use crate::diagnostic::{Diagnostic, Level};
use crate::format::Format;
use crate::issue::{Document, Issue, Item, Link, Section};
use crate::span::{LineIndex, Span};
use archive::Archive;
use jiff::civil::Date;
use options::Options;
use shared::Shared;

/// One kind of thing that can be wrong.
#[derive(Debug)]
pub struct Rule {
    /// By what it is called in `press.toml`, in allow comments and in output.
    pub name: &'static str,
    /// How serious its findings are unless `press.toml` says otherwise.
    pub level: Level,
    /// Its page in the guide, whose examples are its tests.
    pub page: &'static str,
    /// Looks at a text.
    pub check: fn(&mut Context<'_>),
}

/// The text that is judged.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// What was read.
    pub issue: &'a Issue,
    /// The parsed text that it was read from.
    pub document: &'a Document<'a>,
    /// How the newsletter's issues look.
    pub format: &'a Format,
    /// The file's name without folder; empty if there is none.
    pub file_name: &'a str,
    /// What the newsletter sets for single rules.
    pub options: &'a Options,
    /// Whether it is still being written: placeholders are no findings yet where the draft's template has them.
    pub draft: bool,
}

/// What is known of the world.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// The issues before the one that is judged.
    pub archive: Option<&'a Archive>,
    /// The template that drafts are made from, [collapsed](crate::text::collapsed).
    pub template: Option<&'a str>,
    /// What came of asking the web for the links.
    pub web: Option<&'a web::Web>,
}

/// A text under judgement, as a rule sees it.
#[derive(Debug)]
pub struct Context<'a> {
    /// The text.
    pub target: Target<'a>,
    /// What is known of the world.
    pub facts: Facts<'a>,
    shared: &'a Shared<'a>,
    rule: &'static Rule,
    level: Level,
    findings: Vec<Diagnostic>,
    missing: Option<&'static str>,
}

/// What judging a text gave.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What is wrong, in the order of the text.
    pub findings: Vec<Diagnostic>,
    /// Rules that could not judge, with the fact they lack.
    pub not_checked: Vec<(&'static str, &'static str)>,
}

/// Judges a text by all rules but those of the web. `level` says how serious a rule's findings are; rules at
/// [`Level::Allow`] are not asked.
pub fn run(target: Target<'_>, facts: Facts<'_>, level: impl Fn(&'static Rule) -> Level) -> Report {
    let (mut report, asked) = ask(rules::RULES, target, facts, &level);
    overlap::settle(&mut report.findings);
    let about = level(&allow::RULE);
    allow::apply(target.issue, &mut report.findings, about, |rule, _| {
        asked.contains(&rule)
    });
    report.sorted()
}

/// Judges the links of a text by what the web said.
pub fn run_web(
    target: Target<'_>,
    facts: Facts<'_>,
    level: impl Fn(&'static Rule) -> Level,
) -> Report {
    let (mut report, asked) = ask(rules::WEB, target, facts, &level);
    // An allow comment may be needed by a link that nobody could judge this time.
    let lines = LineIndex::new(target.issue.text());
    let doubtful = |link: &&Link| {
        let visit = facts.web.and_then(|web| web.visit(&link.url));
        visit.is_none_or(|visit| matches!(visit.verdict(), web::Verdict::Unknown(_)))
    };
    let links = target.issue.links.iter().filter(doubtful);
    let doubtful: Vec<usize> = links
        .flat_map(|link| [Some(link.span), link.destination])
        .flatten()
        .map(|span| lines.line(span.start))
        .collect();
    let about = level(&allow::RULE);
    allow::apply(target.issue, &mut report.findings, about, |rule, line| {
        asked.contains(&rule) && !doubtful.contains(&line)
    });
    report.sorted()
}

/// What some rules say, and the names of those that could judge.
fn ask(
    rules: &'static [Rule],
    target: Target<'_>,
    facts: Facts<'_>,
    level: &impl Fn(&'static Rule) -> Level,
) -> (Report, Vec<&'static str>) {
    let mut report = Report::default();
    let mut asked = Vec::new();
    let shared = Shared::new(target.issue, target.document);
    let long = |line: &str| line.len() > rules::LINE_LIMIT_BYTES;
    let of_text = rules.iter().any(rules::is_of_reading);
    let judged = !of_text || !target.document.text.lines().any(long);
    for rule in rules {
        let level = level(rule);
        // What is too long to be judged is said by a rule on reading.
        if level == Level::Allow || !judged && !rules::is_of_reading(rule) {
            continue;
        }
        let mut context = Context {
            target,
            facts,
            shared: &shared,
            rule,
            level,
            findings: Vec::new(),
            missing: None,
        };
        (rule.check)(&mut context);
        report.findings.append(&mut context.findings);
        match context.missing {
            Some(fact) => report.not_checked.push((rule.name, fact)),
            None => asked.push(rule.name),
        }
    }
    (report, asked)
}

impl Report {
    fn sorted(mut self) -> Report {
        self.findings
            .sort_by_key(|finding| (finding.span.start, finding.rule));
        self
    }
}

impl<'a> Context<'a> {
    /// The text as it is parsed; spans are places in it.
    pub fn text(&self) -> &'a str {
        self.target.document.text
    }

    /// The issue.
    pub fn issue(&self) -> &'a Issue {
        self.target.issue
    }

    /// The day of publication, as the front matter gives it, else the name of the file.
    pub fn date(&self) -> Option<Date> {
        let named = || dates::find_dates(self.target.file_name).first()?.date;
        self.target.issue.masthead.date.or_else(named)
    }

    /// A finding of this rule, to be completed and [reported](Context::report).
    pub fn finding(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.rule.name, self.level, span, message)
    }

    /// Reports a finding.
    pub fn report(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// Reports what reading the text found of this rule's kind.
    pub fn report_reading(&mut self) {
        let (name, level) = (self.rule.name, self.level);
        let found = self.target.issue.findings.iter();
        let own = found.filter(|finding| finding.rule == name).cloned();
        self.findings
            .extend(own.map(|finding| Diagnostic { level, ..finding }));
    }

    /// Says that a fact is missing without which this rule cannot judge.
    pub fn lacks(&mut self, fact: &'static str) {
        self.missing = Some(fact);
    }

    /// The earlier issues; says so if there are none to compare with.
    pub fn archive(&mut self) -> Option<&'a Archive> {
        if self.facts.archive.is_none() {
            self.lacks("the archive");
        }
        self.facts.archive
    }

    /// The form by which the address of a link of this issue is compared with others.
    pub fn form_of(&self, link: &Link) -> &'a str {
        let links = &self.target.issue.links;
        // Links stand in the order of the text.
        let at = links.partition_point(|other| other.span.start < link.span.start);
        self.shared.forms().get(at).map_or("", String::as_str)
    }

    /// The link of an item.
    pub fn link_of(&self, item: &Item) -> Option<&'a Link> {
        item.link.map(|link| &self.target.issue.links[link])
    }

    /// The section of an item.
    pub fn section_of(&self, item: &Item) -> Option<&'a Section> {
        item.section
            .map(|section| &self.target.issue.sections[section])
    }

    /// Whether a place lies in a comment, in code or in the front matter, where text means nothing.
    pub fn is_hidden(&self, span: Span) -> bool {
        let issue = self.target.issue;
        issue.masthead.span.contains(span)
            || issue.comments.iter().any(|comment| comment.contains(span))
    }

    /// The lines of the text with their spans, line ends excluded.
    pub fn lines(&self) -> impl Iterator<Item = (Span, &'a str)> {
        let mut at = 0;
        self.text().split_inclusive('\n').map(move |line| {
            let content = line.trim_end_matches(['\n', '\r']);
            let span = Span::new(at, at + content.len());
            at += line.len();
            (span, content)
        })
    }

    /// The 1-based line of a place: for messages that name another one.
    pub fn line(&self, offset: usize) -> usize {
        LineIndex::new(self.text()).line(offset)
    }
}
