//! All rules together on texts with slips: what their fixes may do and what not.
//!
//! The texts are the sample newsletter's newest issue with lines of the rules' own pages put in, and lines and
//! letters swapped, doubled and lost.

use press_core::check::archive::{Archive, Digest};
use press_core::check::mend::{Fixes, mend};
use press_core::check::options::Options;
use press_core::check::rules::RULES;
use press_core::check::{Facts, Report, Target, run};
use press_core::diagnostic::Level;
use press_core::format::{Definitions, Format, SectionKind as Kind, SectionSpec};
use press_core::issue::{Document, Issue, Source};
use press_core::text::collapsed;
use proptest::prelude::*;
use proptest::test_runner::Config;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::LazyLock;

/// A newsletter as rules see it.
struct World {
    format: Format,
    archive: Archive,
    template: String,
    /// The newest issue.
    text: String,
    /// Lines with something wrong in them.
    slips: Vec<String>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/this-week-in-tern");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder.join("content"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let format = format();
    let digests = paths.iter().filter_map(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        Digest::new(&Issue::parse(&text, &format), &format, "earlier.md")
    });
    World {
        archive: Archive::new(digests.collect()),
        template: collapsed(&std::fs::read_to_string(folder.join("draft-template.md")).unwrap()),
        text: std::fs::read_to_string(paths.last().unwrap()).unwrap(),
        slips: slips(),
        format,
    }
});

fn format() -> Format {
    let rows: &[(&str, Option<usize>, Kind, &str)] = &[
        (
            "community",
            None,
            Kind::Group,
            "Updates from the Tern Community",
        ),
        ("official", Some(0), Kind::Links, "Official"),
        ("tooling", Some(0), Kind::Links, "Project/Tooling Updates"),
        ("thoughts", Some(0), Kind::Links, "Observations/Thoughts"),
        ("walkthroughs", Some(0), Kind::Links, "Walkthroughs"),
        ("miscellaneous", Some(0), Kind::Links, "Miscellaneous"),
        ("package", None, Kind::Prose, "Package of the Week"),
        ("testing", None, Kind::Calls, "Calls for Testing"),
        ("participation", None, Kind::Calls, "Call for Participation"),
        (
            "project",
            None,
            Kind::PullRequests,
            "Updates from the Tern Project",
        ),
        ("rfcs", Some(9), Kind::Rfcs, "Approved RFCs"),
        ("events", None, Kind::Events, "Upcoming Events"),
        ("virtual", Some(11), Kind::Events, "Virtual"),
        ("europe", Some(11), Kind::Events, "Europe"),
        ("oceania", Some(11), Kind::Events, "Oceania"),
        ("jobs", None, Kind::Jobs, "Jobs"),
        ("quote", None, Kind::Quote, "Quote of the Week"),
    ];
    let spec = |row: &(&str, Option<usize>, Kind, &str)| {
        let mut spec = SectionSpec::new(row.0, row.2, row.3);
        spec.parent = row.1;
        spec
    };
    Format::new(
        rows.iter().map(spec).collect(),
        Vec::new(),
        Definitions::First,
    )
}

/// The lines of all flagged examples.
fn slips() -> Vec<String> {
    let mut lines = Vec::new();
    for rule in RULES {
        let mut flagged = false;
        for line in rule.page.lines() {
            match line.strip_prefix("```") {
                Some(info) => flagged = info == "md flagged",
                None if flagged && !line.trim().is_empty() => lines.push(line.to_owned()),
                None => {}
            }
        }
    }
    lines
}

fn judge(text: &str) -> Report {
    let world = &*WORLD;
    let source = Source::new(text, world.format.definitions);
    let document = Document::parse(&source);
    let issue = Issue::read(&document, &world.format);
    let options = Options::default();
    let target = Target {
        options: &options,
        issue: &issue,
        document: &document,
        format: &world.format,
        file_name: "2026-11-12-this-week-in-tern.md",
        draft: false,
    };
    let facts = Facts {
        archive: Some(&world.archive),
        template: Some(&world.template),
        ..Facts::default()
    };
    run(target, facts, |rule| rule.level)
}

/// A slip; places are parts of the whole.
#[derive(Clone, Debug)]
enum Slip {
    LoseLetter(f64),
    DoubleLetter(f64),
    SwapLetters(f64),
    LoseLine(f64),
    DoubleLine(f64),
    SwapLines(f64),
    PutIn(f64, f64),
}

fn slip() -> impl Strategy<Value = Slip> {
    let part = || 0.0..1.0f64;
    prop_oneof![
        2 => part().prop_map(Slip::LoseLetter),
        1 => part().prop_map(Slip::DoubleLetter),
        1 => part().prop_map(Slip::SwapLetters),
        1 => part().prop_map(Slip::LoseLine),
        1 => part().prop_map(Slip::DoubleLine),
        1 => part().prop_map(Slip::SwapLines),
        4 => (part(), part()).prop_map(|(place, which)| Slip::PutIn(place, which)),
    ]
}

fn at(length: usize, part: f64) -> usize {
    ((length as f64 * part) as usize).min(length.saturating_sub(1))
}

fn apply(text: &str, slip: &Slip) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let mut lines: Vec<&str> = text.lines().collect();
    let slips = &WORLD.slips;
    match *slip {
        Slip::LoseLetter(part) => drop(letters.remove(at(letters.len(), part))),
        Slip::DoubleLetter(part) => {
            let place = at(letters.len(), part);
            letters.insert(place, letters[place]);
        }
        Slip::SwapLetters(part) => {
            let place = at(letters.len() - 1, part);
            letters.swap(place, place + 1);
        }
        Slip::LoseLine(part) => drop(lines.remove(at(lines.len(), part))),
        Slip::DoubleLine(part) => {
            let place = at(lines.len(), part);
            lines.insert(place, lines[place]);
        }
        Slip::SwapLines(part) => {
            let place = at(lines.len() - 1, part);
            lines.swap(place, place + 1);
        }
        Slip::PutIn(part, which) => {
            lines.insert(at(lines.len(), part), &slips[at(slips.len(), which)]);
        }
    }
    match slip {
        Slip::LoseLetter(_) | Slip::DoubleLetter(_) | Slip::SwapLetters(_) => {
            letters.into_iter().collect()
        }
        _ => lines.join("\n") + "\n",
    }
}

fn denied(report: &Report) -> HashMap<&'static str, usize> {
    let mut counts = HashMap::new();
    for finding in report
        .findings
        .iter()
        .filter(|finding| finding.level == Level::Deny)
    {
        *counts.entry(finding.rule).or_default() += 1;
    }
    counts
}

/// Headings and links, as often as they occur.
fn read(text: &str) -> Vec<String> {
    let issue = Issue::parse(text, &WORLD.format);
    let headings = issue.headings.iter().map(|heading| heading.title.clone());
    let links = issue
        .links
        .iter()
        .map(|link| format!("{} {}", link.title, link.url));
    headings.chain(links).collect()
}

/// Lines that both texts have in the same order, longest first ends: common head and tail.
fn is_only_changed_where_it_should(before: &str, after: &str, report: &Report) {
    if before == after {
        return;
    }
    // With a safe fix somewhere there may be a change, and none without.
    let fixes = report
        .findings
        .iter()
        .filter(|finding| finding.fix.is_some())
        .count();
    assert!(fixes > 0);
    let (old, new) = (read(before), read(after));
    // A fix changes the headings and links of its own lines only, so few of all.
    let kept = old.iter().filter(|part| new.contains(part)).count();
    let lines = before
        .lines()
        .filter(|line| !after.lines().any(|other| other == *line))
        .count();
    let most = before
        .lines()
        .map(|line| line.matches("](").count() + 1)
        .max()
        .unwrap_or(1);
    assert!(
        old.len() - kept <= (lines + 1) * most,
        "{before}\n--- became\n{after}"
    );
}

proptest! {
    #![proptest_config(Config { cases: 6, max_shrink_iters: 60, failure_persistence: None, ..Config::default() })]

    #[test]
    fn fixes_do_no_harm(slips in proptest::collection::vec(slip(), 1..12)) {
        let text = slips.iter().fold(WORLD.text.clone(), |text, slip| apply(&text, slip));
        let before = judge(&text);
        for fixes in [Fixes::Safe, Fixes::All] {
            let (mended, after) = mend(text.clone(), fixes, WORLD.format.definitions, judge);
            for (rule, count) in denied(&after) {
                let had = denied(&before).get(rule).copied().unwrap_or_default();
                prop_assert!(count <= had, "{rule}: {had} became {count}");
            }
            is_only_changed_where_it_should(&text, &mended, &before);
            let (again, _) = mend(mended.clone(), fixes, WORLD.format.definitions, judge);
            prop_assert_eq!(again, mended, "fixing twice is not fixing once");
        }
    }
}

/// Proposals one by one: what a fix was made for is gone after it, mostly at once.
#[test]
fn fixes_of_the_pages_settle_what_they_are_for() {
    let mut refused = Vec::new();
    let mut total = 0;
    // Every seventh is enough to see it; all of them take a minute.
    for slip in WORLD.slips.iter().step_by(7) {
        let text = WORLD
            .text
            .replacen("## Jobs", &format!("{slip}\n\n## Jobs"), 1);
        let before = judge(&text)
            .findings
            .iter()
            .filter(|finding| finding.fix.is_some())
            .count();
        let (_, report) = mend(text, Fixes::All, WORLD.format.definitions, judge);
        let left = report
            .findings
            .iter()
            .filter(|finding| finding.fix.is_some());
        total += before;
        refused.extend(left.map(|finding| (finding.rule, slip)));
    }
    assert!(
        refused.len() * 20 < total,
        "{} of {total} refused: {refused:#?}",
        refused.len()
    );
}
