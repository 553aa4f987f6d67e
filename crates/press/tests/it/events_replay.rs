//! The events of thirty-five real issues, week by week: from each issue's list and a world that knows what the next
//! issue listed, with all the noise real sources make, the next issue's list comes about.
//!
//! `PRESS_ARCHIVE` is explained in `archive.rs`. The right answers are read by `events_replay/rows.rs`, which does not use our
//! reader; `events_replay/stand_in.rs` makes sources of them; `events_replay/judge.rs` says what differs and whose slip it is.

mod judge;
mod rows;
mod stand_in;

use crate::archive::{archive, format, style, texts};
use jiff::ToSpan;
use jiff::civil::Date;
use judge::{Cause, Difference};
use press_core::draft::carry;
use press_core::events::{Event, Habits, Merged, Said, Style, Terms, merge};
use press_core::format::Format;
use press_core::issue::Issue;
use rows::Row;
use std::collections::BTreeMap;
use std::path::Path;

/// Everything that a step needs to know.
struct Replay {
    format: Format,
    style: Style,
    template: String,
    /// All issues by number.
    issues: BTreeMap<u32, Issue>,
    rows: Vec<Row>,
}

impl Replay {
    fn load(archive: &Path) -> Option<Replay> {
        let rows = rows::load(&archive.join("../replay/events"))?;
        let format = format(archive);
        let mut issues = BTreeMap::new();
        for text in texts(archive).into_values() {
            let issue = Issue::parse(&text, &format);
            issues.extend(issue.masthead.number.map(|number| (number, issue)));
        }
        Some(Replay {
            style: style(archive),
            template: std::fs::read_to_string(archive.join("draft-template.md")).ok()?,
            format,
            issues,
            rows,
        })
    }

    fn rows(&self, issue: u32) -> Vec<&Row> {
        self.rows.iter().filter(|row| row.issue == issue).collect()
    }

    /// The list of an issue, without what is over on a day.
    fn list(&self, issue: u32, from: Date) -> String {
        let carried = carry::events(
            &self.issues[&issue],
            &self.format,
            &self.template,
            Some(from),
        );
        format!("{}\n", carried.expect("a list").text)
    }

    /// What the newsletter wrote in the year up to an issue.
    fn habits(&self, issue: u32) -> Habits {
        let mut habits = Habits::default();
        for (_, issue) in self.issues.range(issue - 52..=issue) {
            habits.learn(issue);
        }
        habits
    }

    fn merge(&self, list: &str, found: &[Event], week: (u32, Date), said: &[Said]) -> Merged {
        let complete = ["meetup", "calendars"].map(str::to_owned);
        let terms = Terms {
            format: &self.format,
            style: &self.style,
            habits: &self.habits(week.0 - 1),
            from: week.1,
            until: week.1 + 28.days(),
            said,
            complete: &complete,
        };
        merge(list, found, &terms)
    }

    /// What the next issue's draft has after an issue and a week.
    fn step(&self, issue: u32) -> (String, Merged) {
        let day = |number: u32| self.rows(number)[0].issue_date;
        let (today, next) = (day(issue), day(issue + 1));
        let before = stand_in::found(self, issue);
        let known = self.merge(&self.list(issue, today), &before, (issue, today), &[]);
        let found = stand_in::found(self, issue + 1);
        let carried = self.list(issue, next);
        let merged = self.merge(&carried, &found, (issue + 1, next), &known.said);
        (carried, merged)
    }
}

#[test]
fn the_events_of_each_week_follow_from_the_week_before() {
    let Some(archive) = archive() else { return };
    let Some(replay) = Replay::load(&archive) else {
        println!("there is no replay of events: nothing is tested");
        return;
    };
    let (mut good, mut steps) = (0, 0);
    let mut causes: BTreeMap<Cause, usize> = BTreeMap::new();
    for issue in 606..640 {
        let (carried, merged) = replay.step(issue);
        let mut differences = judge::differences(&replay, issue, &merged);
        differences.extend(judge::disorder(&replay, issue, &merged));
        for difference in &differences {
            *causes.entry(difference.cause).or_default() += 1;
        }
        let own: Vec<&Difference> = differences
            .iter()
            .filter(|one| one.cause == Cause::Ours)
            .collect();
        println!(
            "{issue} to {}: {} differences, {} ours",
            issue + 1,
            differences.len(),
            own.len()
        );
        for difference in &differences {
            println!("    {:?}: {}", difference.cause, difference.text);
        }
        if std::env::var_os("REPLAY_NOTICES").is_some() {
            for notice in &merged.notices {
                println!("    # {:?}: {}", notice.kind, notice.message);
            }
        }
        steps += 1;
        good += usize::from(own.is_empty());
        assert_eq!(
            judge::lost(&replay, issue, &carried, &merged),
            [""; 0],
            "lost after {issue}"
        );
        let found = stand_in::found(&replay, issue + 1);
        let next = replay.rows(issue + 1)[0].issue_date;
        let again = replay.merge(&merged.text, &found, (issue + 1, next), &merged.said);
        assert_eq!(again.text, merged.text, "a second run after {issue}");
        assert_eq!(again.added, 0);
    }
    println!("{good} of {steps} steps have no difference but the issue's own slips; {causes:?}");
    assert!(good >= 30, "{good} of {steps}");
}
