//! The events of thirty-five real issues, week by week: from each issue's list and a world that knows what the next
//! issue listed, with all the noise real sources make, the next issue's list comes about.
//!
//! `PRESS_ARCHIVE` is explained in `archive.rs`. The right answers are read by `events_replay/rows.rs`, which does not use our
//! reader; `events_replay/stand_in.rs` makes sources of them; `events_replay/judge.rs` says what differs and whose slip it is.
//!
//! It is done twice: by the functions, for all steps, and by the program as editors use it, which drafts, asks the servers
//! of `events_replay/servers.rs`, and writes. That takes a second for a step, so without `CI` only the first steps are done.

mod judge;
mod rows;
mod servers;
mod stand_in;

use crate::archive::{archive, format, style, texts};
use crate::world::{Run, World};
use jiff::ToSpan;
use jiff::civil::Date;
use judge::{Cause, Difference};
use press_core::draft::carry;
use press_core::events::{Event, Habits, Merged, Said, Style, Terms, merge, page_key};
use press_core::format::Format;
use press_core::issue::Issue;
use rows::Row;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The issues from which the next one follows.
const STEPS: Range<u32> = 606..640;
/// How many of them the program does on any machine.
const SOME: u32 = 5;

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

/// What a week's run made of the list, and the pages of which it told something.
struct Outcome {
    text: String,
    told: Vec<String>,
}

impl Outcome {
    fn of(merged: &Merged) -> Outcome {
        let told = merged.notices.iter().map(|notice| page_key(&notice.url));
        Outcome {
            text: merged.text.clone(),
            told: told.collect(),
        }
    }
}

/// What became of all steps that were done.
#[derive(Default)]
struct Tally {
    good: usize,
    steps: usize,
    causes: BTreeMap<Cause, usize>,
}

impl Tally {
    /// Judges a step, and prints each difference with its cause.
    #[track_caller]
    fn judge(&mut self, replay: &Replay, issue: u32, carried: &str, outcome: &Outcome) {
        let mut differences = judge::differences(replay, issue, outcome);
        differences.extend(judge::disorder(replay, issue, outcome));
        let ours = differences.iter().filter(|one| one.cause == Cause::Ours);
        let ours = ours.count();
        let (all, next) = (differences.len(), issue + 1);
        println!("{issue} to {next}: {all} differences, {ours} ours");
        for Difference { cause, text } in &differences {
            println!("    {cause:?}: {text}");
            *self.causes.entry(*cause).or_default() += 1;
        }
        self.steps += 1;
        self.good += usize::from(ours == 0);
        let lost = judge::lost(replay, issue, carried, outcome);
        assert_eq!(lost, [""; 0], "lost after {issue}");
    }

    /// Says how it went; at most one step in ten may differ by our doing.
    #[track_caller]
    fn sum_up(&self) {
        let Tally {
            good,
            steps,
            causes,
        } = self;
        println!(
            "{good} of {steps} steps have no difference but the issue's own slips; {causes:?}"
        );
        assert!(good * 34 >= steps * 30, "{good} of {steps}");
    }
}

fn replay() -> Option<(Replay, PathBuf)> {
    let archive = archive()?;
    let replay = Replay::load(&archive);
    if replay.is_none() {
        println!("there is no replay of events: nothing is tested");
    }
    Some((replay?, archive))
}

#[test]
fn the_events_of_each_week_follow_from_the_week_before() {
    let Some((replay, _)) = replay() else { return };
    let mut tally = Tally::default();
    for issue in STEPS {
        let (carried, merged) = replay.step(issue);
        tally.judge(&replay, issue, &carried, &Outcome::of(&merged));
        let found = stand_in::found(&replay, issue + 1);
        let next = replay.rows(issue + 1)[0].issue_date;
        let again = replay.merge(&merged.text, &found, (issue + 1, next), &merged.said);
        assert_eq!(again.text, merged.text, "a second run after {issue}");
        assert_eq!(again.added, 0);
    }
    tally.sum_up();
}

/// A newsletter that is made week by week with the program.
struct Desk<'r> {
    replay: &'r Replay,
    world: World,
    servers: servers::Servers,
    /// The archive's texts by name.
    texts: BTreeMap<String, String>,
}

impl Desk<'_> {
    fn new<'r>(replay: &'r Replay, archive: &Path) -> Desk<'r> {
        let servers = servers::Servers::start(replay);
        let world = World::empty();
        servers.configure(&world);
        let template = std::fs::read(archive.join("draft-template.md")).unwrap();
        world.write("draft-template.md", template);
        Desk {
            replay,
            world,
            servers,
            texts: texts(archive),
        }
    }

    fn day(&self, issue: u32) -> Date {
        self.replay.rows(issue)[0].issue_date
    }

    /// Puts the issues from one day up to another among those that are published.
    fn publish(&self, from: Date, until: Date) {
        for (name, text) in &self.texts {
            let day: Option<Date> = name.get(..10).and_then(|day| day.parse().ok());
            if day.is_some_and(|day| from <= day && day <= until) {
                self.world.write(&format!("content/{name}"), text);
            }
        }
    }

    fn press(&self, arguments: &[&str]) -> Run {
        let mut command = self.world.command(arguments);
        command.envs(servers::KEYS);
        Run::new(command.output().unwrap()).succeeds()
    }

    fn block(&self, draft: &str) -> String {
        let text = self.world.read(draft);
        let (_, rest) = text.split_once("<!-- press:begin events -->\n").unwrap();
        rest.split_once("<!-- press:end events -->")
            .unwrap()
            .0
            .to_owned()
    }

    /// Drafts an issue and collects what its world says; the list as it was carried over, and what became of it.
    fn week(&self, issue: u32, again: bool) -> (String, Outcome) {
        let day = self.day(issue);
        self.press(&["draft", "--date", &day.to_string()]);
        let draft = format!("draft/{day}-this-week-in-rust.md");
        let carried = self.block(&draft);
        self.servers.play(self.replay, issue);
        let run = self.press(&["collect"]);
        let text = self.block(&draft);
        if again {
            let run = self.press(&["collect"]);
            assert_eq!(self.block(&draft), text, "a second run for {issue}");
            assert!(run.out.contains("block events: nothing new"), "{run:?}");
        }
        std::fs::remove_file(self.world.path(&draft)).unwrap();
        let told = run
            .err
            .lines()
            .filter_map(|line| line.strip_prefix("      http"));
        let told = told.map(|rest| page_key(&format!("http{rest}"))).collect();
        (carried, Outcome { text, told })
    }
}

#[test]
fn the_program_makes_the_events_of_the_next_week() {
    let Some((replay, archive)) = replay() else {
        return;
    };
    let desk = Desk::new(&replay, &archive);
    let all = std::env::var_os("CI").is_some();
    let steps = if all {
        STEPS
    } else {
        STEPS.start..STEPS.start + SOME
    };
    // A year is what habits are learnt from; and a week before the first step something was found.
    let first = desk.day(steps.start);
    desk.publish(first - 372.days(), first - 1.days());
    desk.week(steps.start, false);
    desk.publish(first, first);
    let mut tally = Tally::default();
    for issue in steps.clone() {
        let again = issue < steps.start + SOME;
        let (carried, outcome) = desk.week(issue + 1, again);
        tally.judge(&replay, issue, &carried, &outcome);
        desk.publish(desk.day(issue + 1), desk.day(issue + 1));
    }
    tally.sum_up();
}
