//! The gate: everything that must hold before an issue goes out, one list, each line with its reason.
//!
//! The issue is judged as it will be, not as it stands: finished, among the published ones, with its page, its feeds and
//! its mail made aside. Nothing is changed. A person may waive a condition by name, except what sending insists on.

mod page;
mod repository;
mod stage;

use super::piece::within;
use super::{Line, LineState, Night, Said, Step};
use crate::config::Needed;
use crate::error::{Error, Result};
use crate::http::Http;
use crate::newsletter;
use crate::pipeline::check::{Checker, Fixes};
use crate::pipeline::doctor::{Finding, Report, State};
use crate::pipeline::draft;
use crate::pipeline::email::Mailing;
use crate::pipeline::links::{LinksOptions, links, settings};
use crate::pipeline::submissions;
use crate::store::StepState;
use press_core::diagnostic::{Diagnostic, Level};
use press_core::render::email::Choice;
use stage::Stage;
use std::sync::Arc;
use std::time::SystemTime;

/// Conditions that nobody can waive: mail goes out only for what passed.
const UNWAIVABLE: &[&str] = &["check"];

impl Night<'_> {
    /// Whether the gate was passed, or what it says now.
    pub(super) async fn look_at_gate(&self) -> Result<Line> {
        let place = within(self.config, self.piece.file());
        let line = Line::new(Step::Gate, "what must hold beforehand", place);
        if let Some(passed) = self.ledger.find(Step::Gate, "") {
            return Ok(line
                .state(LineState::Done)
                .note(passed.detail.clone().unwrap_or_default()));
        }
        let findings = match self.gate.get() {
            Some(findings) => findings,
            None => {
                let findings = self.judge().await?;
                self.gate.get_or_init(|| findings)
            }
        };
        let wrong = findings.iter().filter(|finding| self.holds_up(finding));
        Ok(match wrong.count() {
            0 => line.note(format!("{} conditions hold", findings.len())),
            wrong => line.state(LineState::Failed).note(format!(
                "{wrong} of {} conditions do not hold",
                findings.len()
            )),
        })
    }

    fn holds_up(&self, finding: &Finding) -> bool {
        let waived = self.wish.waived.iter().any(|name| name == finding.about);
        finding.state == State::Wrong && (!waived || UNWAIVABLE.contains(&finding.about))
    }

    /// Lets the issue pass, or says what holds it up.
    pub(super) async fn pass_gate(&mut self) -> Result<Option<String>> {
        let findings = self.gate.get().cloned().unwrap_or_default();
        let held: Vec<&Finding> = findings.iter().filter(|one| self.holds_up(one)).collect();
        if !held.is_empty() {
            let mut error = Error::new(format!(
                "“{}” does not pass the gate",
                self.piece.head.title
            ));
            for finding in &held {
                error = error.because(format!("{}: {}", finding.about, finding.says));
                if let Some(help) = &finding.help {
                    error = error.help(help.clone());
                }
            }
            return Err(error.state("nothing was done"));
        }
        let waived = findings.iter().filter(|one| one.state == State::Wrong);
        let waived: Vec<&str> = waived.map(|one| one.about).collect();
        let mut detail = format!("{} conditions", findings.len());
        if !waived.is_empty() {
            detail.push_str(&format!(", waived: {}", waived.join(", ")));
        }
        let said = Said {
            detail: Some(detail.clone()),
            ..Said::default()
        };
        self.note(Step::Gate, "", StepState::Done, said).await?;
        Ok(Some(detail))
    }

    /// Looks at everything.
    async fn judge(&self) -> Result<Vec<Finding>> {
        let mut report = Report::default();
        if self.piece.is_promoted() && !self.piece.begun {
            let says = "it is published already, and not by this command";
            let help = "`--only STEP` does a single step; `press correct` mends a published issue";
            report.wrong("published", says, help);
            return Ok(report.findings);
        }
        self.judge_day(&mut report);
        repository::look(self, &mut report);
        match Stage::set(self) {
            Ok(stage) => self.judge_issue(&stage, &mut report),
            Err(error) => report.failed("draft", &error),
        }
        self.judge_secrets(&mut report);
        self.judge_submissions(&mut report).await;
        self.judge_mail_list(&mut report).await;
        Ok(report.findings)
    }

    fn judge_day(&self, report: &mut Report) {
        let head = &self.piece.head;
        let today = draft::today(self.wish.now, &self.config.timezone);
        if head.date > today {
            let days = (head.date - today).get_days();
            let says = format!("it is of {}, in {}", head.date, plural_days(days));
            report.wrong("date", says, "wait until then, or change its date");
        } else {
            report.ok("date", head.date.to_string());
        }
        let Some(schedule) = &self.config.schedule else {
            return report.skipped("number", "press.toml has no [schedule]");
        };
        let planned = schedule.number(head.date);
        match (planned, head.number) {
            (None, _) => report.wrong(
                "number",
                format!("no issue appears on {}", head.date),
                format!(
                    "issues appear {}; a special one stands under `specials` in [schedule]",
                    schedule.describe()
                ),
            ),
            (Some(planned), Some(number)) if planned == number => {
                report.ok("number", number.to_string());
            }
            (Some(planned), number) => {
                let number = number.map_or("none".to_owned(), |number| number.to_string());
                let says = format!(
                    "it has the number {number}; that of {} is {planned}",
                    head.date
                );
                report.wrong("number", says, "correct its number, or its date");
            }
        }
    }

    /// What can be seen of the issue itself, as it will be.
    fn judge_issue(&self, stage: &Stage, report: &mut Report) {
        match Checker::open(self.config.clone()) {
            Ok(checker) => self.judge_text(&checker, stage, report),
            Err(error) => report.failed("check", &error),
        }
        if self.config.publish.links {
            self.judge_links(stage, report);
        } else {
            report.skipped("links", "`links` is off under [publish]");
        }
        match stage.build() {
            Ok(built) => page::look(self, stage, &built, report),
            Err(error) => report.failed("page", &error),
        }
        if self.config.mail.from.is_some() {
            judge_mail(stage, report);
        } else {
            report.skipped("mail", "press.toml has no `from` under [mail]");
        }
    }

    fn judge_text(&self, checker: &Checker, stage: &Stage, report: &mut Report) {
        let judged = checker.judge(&self.piece.path, &stage.text);
        let count = |level| {
            let findings = judged.findings.iter();
            findings.filter(|finding| finding.level == level).count()
        };
        let (denied, warned) = (count(Level::Deny), count(Level::Warn));
        if denied > 0 {
            let help = named(&judged.findings);
            report.wrong("check", format!("{denied} findings hold it up"), help);
        } else {
            report.ok("check", format!("nothing holds it up, {warned} to look at"));
        }
        let open = draft::open_sections(&checker.config, &stage.text, &judged.findings);
        if open.is_empty() {
            report.ok("sections", "none is waiting");
        } else {
            let says = format!("waiting: {}", open.join(", "));
            report.wrong("sections", says, "`press status` says who fills them");
        }
    }

    fn judge_links(&self, stage: &Stage, report: &mut Report) {
        let asked = Http::new(settings(self.config)).and_then(|http| {
            let options = LinksOptions {
                paths: std::slice::from_ref(&stage.file),
                all: false,
                fresh: false,
                fixes: Fixes::None,
                note_dead: false,
                now: SystemTime::from(self.wish.now),
                progress: self.asking,
            };
            // It has a runtime of its own.
            tokio::task::block_in_place(|| links(&stage.config, &Arc::new(http), options))
        });
        let asked = match asked {
            Ok(asked) => asked,
            Err(error) => return report.failed("links", &error),
        };
        let findings = asked
            .checked
            .iter()
            .flat_map(|checked| &checked.report.findings);
        let denied = findings
            .filter(|finding| finding.level == Level::Deny)
            .count();
        let tally = &asked.tally;
        let says = format!("{} of {} answered", tally.answered, tally.pages);
        if denied > 0 {
            let file = within(self.config, self.piece.file());
            let help = format!("`press links {file}` shows them");
            report.wrong(
                "links",
                format!("{says}; {denied} findings hold it up"),
                help,
            );
        } else {
            report.ok("links", says);
        }
    }

    /// What the night needs is set, so that it does not end in the middle.
    fn judge_secrets(&self, report: &mut Report) {
        if self.readers.is_some() {
            return report.skipped("secrets", "a rehearsal needs none");
        }
        let needed = self.config.needed(self.secrets).into_iter();
        let wanted = |one: &Needed| {
            ["mail ", "the signature ", "the site ", "posts "]
                .iter()
                .any(|what| one.what.contains(what))
        };
        let (set, missing): (Vec<_>, Vec<_>) = needed.filter(wanted).partition(|one| one.set);
        if missing.is_empty() {
            let says = match set.len() {
                0 => "none is needed".to_owned(),
                count => format!("all {count} are set"),
            };
            return report.ok("secrets", says);
        }
        let names = missing
            .iter()
            .map(|one| format!("{} ({})", one.name, one.what));
        let says = format!("not set: {}", names.collect::<Vec<_>>().join(", "));
        report.wrong(
            "secrets",
            says,
            "set them in the environment; `press handover` names all",
        );
    }

    /// What was accepted stands in the draft.
    async fn judge_submissions(&self, report: &mut Report) {
        match submissions::waiting(&self.store, self.piece.head.number).await {
            Ok((0, 0)) => report.ok("submissions", "nothing waits"),
            Ok((0, undecided)) => report.warning(
                "submissions",
                format!("{undecided} for this issue are not decided"),
                "`press inbox` lists them; what nobody decides waits for the next issue",
            ),
            Ok((accepted, _)) => report.wrong(
                "submissions",
                format!("{accepted} are accepted and not in the draft"),
                "`press submissions merge` places them",
            ),
            Err(error) => report.failed("submissions", &error),
        }
    }

    /// The issue has not gone to its lists before.
    async fn judge_mail_list(&self, report: &mut Report) {
        for list in self.lists() {
            match self.store.find_live_campaign(&self.piece.id, list).await {
                Ok(None) => report.ok("list", format!("{list} has not got it")),
                Ok(Some(campaign)) => report.warning(
                    "list",
                    format!("it went to {list} already: campaign {}", campaign.id),
                    "it is not sent to this list again",
                ),
                Err(error) => report.failed("list", &error),
            }
        }
    }
}

/// The mail as it will be: it can be made, and mail programs show all of it.
fn judge_mail(stage: &Stage, report: &mut Report) {
    let path = stage.file.to_string_lossy();
    let mailing = Mailing::load(&stage.config, Some(&path));
    let email = mailing.and_then(|mailing| mailing.render(&Choice::default()));
    let email = match email {
        Ok(email) => email,
        Err(error) => return report.failed("mail", &error),
    };
    let html = email.html.fill("example");
    let faults = page::mail_faults(&html);
    let size = format!("{:.1} KB", html.len() as f64 / 1000.0);
    if !faults.is_empty() {
        let help = "`press serve` shows the mail; its templates are email.html and email.txt";
        return report.wrong("mail", faults.join("; "), help);
    }
    if email.shortened.is_empty() {
        report.ok("mail", size);
    } else {
        let says = format!("{size}; shortened: {}", email.shortened.join(", "));
        let help = "it is whole on the web; `press email` shows what costs most";
        report.warning("mail", says, help);
    }
}

/// Findings that the gate names; a person who has mended these sees the next.
const NAMED: usize = 5;

/// What the findings say that hold an issue up. `press check` does not say all of it: a draft may still lack what an issue
/// must have, and the gate judges the text as it will be.
fn named(findings: &[Diagnostic]) -> String {
    let denied = findings
        .iter()
        .filter(|finding| finding.level == Level::Deny);
    let denied = denied.map(|finding| format!("{} ({})", finding.message, finding.rule));
    let mut denied: Vec<String> = denied.collect();
    let more = denied.len().saturating_sub(NAMED);
    denied.truncate(NAMED);
    if more > 0 {
        denied.push(format!("{more} more"));
    }
    denied.join("; ")
}

fn plural_days(days: i32) -> String {
    match days {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

/// The text as it will be: finished.
fn finished(night: &Night<'_>) -> Result<String> {
    if night.piece.is_promoted() {
        return newsletter::read(&night.piece.path);
    }
    let finished = draft::finish(night.config.clone(), Some(&night.piece.draft), true)?;
    Ok(finished.after)
}
