//! `press vote fetch|nominate|list|own|drop|tally|place`

use super::issue::{Format, json};
use super::{Global, Next, plural, terminal};
use crate::error::Result;
use crate::http::Http;
use crate::pipeline::collect::settings;
use crate::pipeline::vote::{
    Decision, Placed, Suggested, Told, What, decide, fetch, nominate, place, tally,
};
use jiff::Timestamp;
use press_core::vote::wording::Placing;
use press_core::vote::{BallotKind, Counted, Entry};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Read the forum's topics in which people nominate
    Fetch {
        /// The vote; all without one
        vote: Option<String>,
    },
    /// Nominate something that you heard of elsewhere
    Nominate {
        /// The vote
        vote: String,
        /// What is nominated, as Markdown: `[name](https://…), what it is`, or what was said and below, after a dash, by whom
        text: String,
        /// Who suggested it
        #[arg(long, value_name = "NAME", value_parser = super::name)]
        by: String,
        /// Where they did, as an address
        #[arg(long, value_name = "LINK")]
        at: Option<String>,
        /// It is their own
        #[arg(long)]
        own: bool,
    },
    /// List what is nominated for the next issue
    List {
        /// The vote; all without one
        vote: Option<String>,
    },
    /// Say that a nomination is the sender's own
    Own {
        /// The nomination's number, as `press vote list` shows it
        #[arg(value_parser = nomination, allow_negative_numbers = true)]
        id: i64,
        /// Say that it is not
        #[arg(long)]
        not: bool,
    },
    /// Take a nomination out
    Drop {
        /// The nomination's number, as `press vote list` shows it
        #[arg(value_parser = nomination, allow_negative_numbers = true)]
        id: i64,
        /// Take it in again
        #[arg(long)]
        back: bool,
    },
    /// Count: every ballot, and why it counts or not
    Tally {
        /// The vote; all without one
        vote: Option<String>,
        /// The number of the issue; without it, the newest draft's
        #[arg(long, value_name = "NUMBER", value_parser = issue, allow_negative_numbers = true)]
        issue: Option<u32>,
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Put the result into the draft, with thanks
    Place {
        /// The vote; all without one
        vote: Option<String>,
        /// The number of a nomination that you choose, whatever the tally says
        #[arg(long, value_name = "ID", value_parser = nomination, allow_negative_numbers = true)]
        pick: Option<i64>,
        /// Say what would be written, and write nothing
        #[arg(long)]
        dry_run: bool,
    },
}

fn nomination(text: &str) -> std::result::Result<i64, String> {
    super::numbered(
        text,
        "a nomination is named by its number, as `press vote list` shows it",
    )
}

fn issue(text: &str) -> std::result::Result<u32, String> {
    let number = super::issue_number(text)?;
    u32::try_from(number).map_err(|cause| cause.to_string())
}

pub(super) fn run(global: &Global, command: &Command) -> Result<Next> {
    match command {
        Command::Fetch { vote } => fetch_all(global, vote.as_deref()),
        Command::Nominate {
            vote,
            text,
            by,
            at,
            own,
        } => {
            let sender = format!("editors:{by}");
            let suggested = Suggested {
                vote,
                what: What::Text(text),
                sender: &sender,
                name: by,
                place: at.as_deref(),
                own: own.then_some(true),
                when: Timestamp::now(),
            };
            let (id, is_new) = nominate(&global.load()?, &suggested)?;
            let known = if is_new { "" } else { ", known already" };
            terminal::tell(&format!("nomination {id}{known}"));
            Ok(Next::Done)
        }
        Command::List { vote } => {
            for told in tally(&global.load()?, vote.as_deref(), None)? {
                terminal::result(&list(&told).join("\n"));
            }
            Ok(Next::Done)
        }
        Command::Own { id, not } => decided(global, *id, Decision::Own(!not)),
        Command::Drop { id, back } => decided(global, *id, Decision::Out(!back)),
        Command::Tally {
            vote,
            issue,
            format,
        } => {
            let all = tally(&global.load()?, vote.as_deref(), *issue)?;
            print(&all, *format);
            Ok(Next::Done)
        }
        Command::Place {
            vote,
            pick,
            dry_run,
        } => {
            let how = (*dry_run, Timestamp::now());
            let all = place(&global.load()?, vote.as_deref(), *pick, how)?;
            let mut held_up = false;
            for placed in &all {
                held_up |= !tell(placed, *dry_run);
            }
            Ok(if held_up { Next::Denied } else { Next::Done })
        }
    }
}

fn print(all: &[Told], format: Format) {
    match format {
        Format::Json => terminal::result(&json(&all)),
        Format::Text => {
            let texts: Vec<String> = all.iter().map(|told| text(told).join("\n")).collect();
            terminal::result(&texts.join("\n\n"));
        }
    }
}

fn decided(global: &Global, id: i64, decision: Decision) -> Result<Next> {
    let kept = decide(&global.load()?, id, decision)?;
    let what = match decision {
        Decision::Own(true) => "their own",
        Decision::Own(false) => "not their own",
        Decision::Out(true) => "taken out",
        Decision::Out(false) => "in again",
    };
    terminal::tell(&format!("nomination {id}, {}: {what}", kept.new.title));
    Ok(Next::Done)
}

fn fetch_all(global: &Global, vote: Option<&str>) -> Result<Next> {
    let config = global.load()?;
    let http = Http::new(settings(&config))?;
    let mut failed = false;
    for fetched in fetch(&config, &http, vote, Timestamp::now())? {
        let name = &fetched.vote;
        match &fetched.outcome {
            Ok(found) => {
                for notice in &found.notices {
                    terminal::tell(&format!("note: {name}: {notice}"));
                }
                let all = plural(found.new + found.known, "nomination");
                let gone = match found.gone {
                    0 => String::new(),
                    gone => format!(", {gone} taken back"),
                };
                terminal::result(&format!("{name}: {all}, {} new{gone}", found.new));
            }
            Err(error) => {
                failed = true;
                terminal::tell(&format!("failed: {name}: {}", error.message()));
            }
        }
    }
    Ok(if failed { Next::Denied } else { Next::Done })
}

/// "crate, issue 641"
fn head(told: &Told) -> String {
    format!("{}, issue {}", told.vote, told.issue)
}

fn day(seconds: i64) -> String {
    let moment = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    moment.strftime("%Y-%m-%d %H:%M").to_string()
}

fn flags(entry: &Entry) -> String {
    let mut flags = Vec::new();
    flags.extend(entry.verdict.words());
    flags.extend(entry.carried.then(|| "carried over".to_owned()));
    flags.extend(entry.own.then(|| "self-nominated".to_owned()));
    match flags.is_empty() {
        true => String::new(),
        false => format!(" ({})", flags.join(", ")),
    }
}

fn list(told: &Told) -> Vec<String> {
    let mut lines = vec![head(told)];
    for entry in &told.tally.entries {
        let (id, score, title) = (entry.lead, entry.score, &entry.title);
        lines.push(format!("{id:>5}  {score:>3}  {title}{}", flags(entry)));
    }
    lines
}

fn text(told: &Told) -> Vec<String> {
    let (rules, window) = (&told.count.rules, told.count.window);
    let kinds: Vec<&str> = rules.counts.iter().map(|kind| kind_name(*kind)).collect();
    let mut lines = vec![
        head(told),
        format!(
            "nominations from {} on, new since {}, closed at {} (UTC)",
            day(window.opens_s),
            day(window.fresh_s),
            day(window.closes_s)
        ),
        format!(
            "counts {}; tie: {}; own: {}; at least {}; {}; {}",
            kinds.join(", "),
            word(rules.tie),
            word(rules.own),
            rules.least,
            match rules.one_ballot {
                true => "one ballot a person",
                false => "one ballot a person for each thing",
            },
            match rules.again {
                true => "winners may win again",
                false => "winners may not win again",
            }
        ),
    ];
    for entry in &told.tally.entries {
        let (score, title) = (entry.score, &entry.title);
        lines.push(format!("\n{score:>4}  {title}{}", flags(entry)));
        lines.extend(entry.ballots.iter().map(|counted| line(told, counted)));
    }
    lines.push(String::new());
    lines.push(match (&told.ended, told.tally.winner) {
        (Some(ended), _) if ended.picked => {
            format!(
                "editors picked nomination {} on {}",
                ended.winner,
                day(ended.recorded_s)
            )
        }
        (Some(ended), _) => {
            format!(
                "nomination {} won, placed on {}",
                ended.winner,
                day(ended.recorded_s)
            )
        }
        (None, Some(winner)) => format!("nomination {winner} wins"),
        (None, None) if told.tally.tied => "a tie: editors pick".to_owned(),
        (None, None) => "nothing wins".to_owned(),
    });
    lines
}

/// A value of a rule as press.toml writes it.
fn word(value: impl std::fmt::Debug) -> String {
    format!("{value:?}").to_lowercase()
}

fn kind_name(kind: BallotKind) -> &'static str {
    match kind {
        BallotKind::Nominations => "nominations",
        BallotKind::Likes => "likes",
        BallotKind::Ballots => "ballots",
    }
}

/// "  + 1  nomination by ada, 2026-02-17 10:00, https://…"
fn line(told: &Told, counted: &Counted) -> String {
    let ballot = &counted.ballot;
    let name = told.names.get(&ballot.voter).unwrap_or(&ballot.voter);
    let what = match ballot.kind {
        BallotKind::Nominations => format!("nomination {} by {name}", ballot.nomination),
        BallotKind::Likes => format!("likes of nomination {}", ballot.nomination),
        BallotKind::Ballots => format!("ballot of {name}"),
    };
    let sign = if counted.why.is_none() { '+' } else { '-' };
    let why = counted.why.map_or("", press_core::vote::Why::words);
    let colon = if why.is_empty() { "" } else { ": " };
    let parts = [what, day(ballot.at_s), ballot.place.clone()];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!(
        "   {sign} {:>3}  {}{colon}{why}",
        ballot.count,
        parts.join(", ")
    )
}

/// Says what became of a vote; `false` if an editor has to look.
fn tell(placed: &Placed, dry_run: bool) -> bool {
    let (vote, draft) = (&placed.vote, placed.draft.display());
    let Some(placing) = &placed.placing else {
        let why = match placed.tied {
            true => "a tie; pick one of the first with `--pick`",
            false => "nothing wins; `press vote tally` says why",
        };
        terminal::tell(&format!("{vote}: {why}"));
        return false;
    };
    match placing {
        Placing::Written(_) if dry_run => terminal::result(&placed.text),
        Placing::Written(_) => terminal::tell(&format!("{vote}: written into {draft}")),
        Placing::Same => terminal::tell(&format!("{vote}: {draft} says so already")),
        Placing::Edited(line) => {
            terminal::tell(&format!("{vote}: left as edited: {line}"));
            terminal::result(&placed.text);
            return false;
        }
        Placing::Missing => {
            terminal::tell(&format!(
                "{vote}: {draft} has no such section; put its heading there"
            ));
            return false;
        }
    }
    true
}
