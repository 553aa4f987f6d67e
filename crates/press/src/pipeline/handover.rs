//! A page for a deputy: everything that somebody needs who has never published this newsletter, as Markdown. Where what is,
//! whose turn it is, how far the draft is, what is to be done and how; secrets by name, never their values.

use super::draft;
use super::publish::{Line, LineState, Night, STEPS, Wish};
use super::rota::{Turn, by_person, rota};
use crate::config::{Config, Database, Needed, Secrets, TransportKind};
use crate::error::Result;
use crate::git::Git;
use crate::store::Store;
use jiff::Timestamp;
use press_core::calendar::weekday;
use std::fmt::Write;

/// Issues that the page looks ahead.
const AHEAD: usize = 4;

/// The page, as things stand now.
pub async fn handover(
    config: &Config,
    secrets: &Secrets,
    now: Timestamp,
    who: &str,
) -> Result<String> {
    let mut page = format!("# {}: handover\n\n", config.newsletter.name);
    let _ = writeln!(
        page,
        "As of {}. `press handover` writes this page anew.\n",
        now.strftime("%F %R UTC")
    );
    page.push_str(&turns(config, now)?);
    page.push_str(&draft_state(config, now));
    page.push_str(&publication(config, secrets, now, who).await);
    page.push_str(&places(config));
    page.push_str(&needed(&config.needed(secrets)));
    page.push_str(&night(config));
    Ok(page)
}

fn turns(config: &Config, now: Timestamp) -> Result<String> {
    let mut text = "## Who is next\n\n".to_owned();
    if config.schedule.is_none() {
        return Ok(
            text + "press.toml has no `[schedule]`: issues appear when somebody publishes them.\n\n"
        );
    }
    let today = draft::today(now, &config.timezone);
    for turn in rota(config, today, AHEAD)? {
        text.push_str(&row(&turn));
    }
    if config.duties.is_empty() {
        text.push_str("\nNobody takes turns yet: `[[duty]]` in press.toml says who does.\n");
    }
    text.push('\n');
    Ok(text)
}

fn row(turn: &Turn) -> String {
    let number = turn
        .number
        .map_or(String::new(), |number| format!(" {number}"));
    let due = turn.due.map_or(String::new(), |due| {
        format!(", due {}", due.strftime("%R UTC"))
    });
    let people = by_person(&turn.people);
    let day = weekday(turn.date.weekday());
    format!(
        "- issue{number}, {day} {}{due}: {}\n",
        turn.date,
        people.join("; ")
    )
}

/// How far the draft is, and what is left to do in it.
fn draft_state(config: &Config, now: Timestamp) -> String {
    let mut text = "## The draft\n\n".to_owned();
    let board = match draft::status(config.clone(), now) {
        Ok(board) => board,
        Err(error) => {
            let _ = writeln!(text, "{}\n", error.message());
            return text;
        }
    };
    let _ = writeln!(
        text,
        "`{}`: {} to mend, {} to look at{}.\n",
        board.path.display(),
        board.to_mend,
        board.to_look_at,
        if board.ready {
            ", ready to be published"
        } else {
            ""
        }
    );
    for note in &board.notes {
        let _ = writeln!(text, "- {note}");
    }
    for task in &board.next {
        let who = task.who.as_deref().unwrap_or("anybody");
        let _ = writeln!(text, "- {who}: {}", task.what);
    }
    text + "\n"
}

/// What was begun, and what is left of it.
async fn publication(config: &Config, secrets: &Secrets, now: Timestamp, who: &str) -> String {
    let mut text = "## What is under way\n\n".to_owned();
    match under_way(config, secrets, now, who).await {
        Ok(None) => text.push_str("No publication is begun and not ended.\n\n"),
        Ok(Some(lines)) => {
            for line in lines {
                let note = line
                    .note
                    .as_ref()
                    .map_or(String::new(), |note| format!(" ({note})"));
                let _ = writeln!(
                    text,
                    "- {}: {}: {}{note}",
                    line.step.name(),
                    line.what,
                    line.state.name()
                );
            }
            text.push_str("\n`press publish` goes on with what is not done.\n\n");
        }
        Err(error) => {
            let _ = writeln!(
                text,
                "This could not be found out:\n\n    {}\n",
                error.message().replace('\n', "\n    ")
            );
        }
    }
    text
}

async fn under_way(
    config: &Config,
    secrets: &Secrets,
    now: Timestamp,
    who: &str,
) -> Result<Option<Vec<Line>>> {
    let store = Store::open(&config.store).await?;
    let open = store.find_open_publication().await?;
    store.close().await;
    let Some(open) = open else { return Ok(None) };
    let wish = Wish {
        issue: Some(open.path.clone()).filter(|path| config.folder.join(path).is_file()),
        only: None,
        waived: Vec::new(),
        who: who.to_owned(),
        now,
    };
    let wish = Wish {
        issue: wish
            .issue
            .map(|path| config.folder.join(path).display().to_string()),
        ..wish
    };
    let lines = Night::open(config, secrets, wish).await?.plan().await?;
    let lines = lines
        .into_iter()
        .filter(|line| line.state != LineState::Off);
    Ok(Some(lines.collect()))
}

fn places(config: &Config) -> String {
    let mut rows = Vec::new();
    let mut row = |what: &str, place: String| rows.push(format!("- {what}: {place}\n"));
    row("the site", config.newsletter.base_url.clone());
    if let Some(repository) = &config.newsletter.repository {
        row("the repository", repository.clone());
    }
    if let Ok(git) = Git::of(&config.folder) {
        let remote = &config.publish.remote;
        let url = git.run(&["config", "--get", &format!("remote.{remote}.url")], None);
        row(
            "pushed to",
            url.map_or_else(|_| "nowhere".to_owned(), |url| without_login(&url)),
        );
    }
    row(
        "what the newsletter is set to",
        format!("`{}`", config.path.display()),
    );
    row("published issues", format!("`{}`", config.issues.display()));
    row(
        "drafts",
        format!(
            "`{}`, made from `{}`",
            config.drafts.display(),
            config.draft.template.display()
        ),
    );
    let database = match &config.store {
        Database::File(path) => format!(
            "`{}`: who reads and what was done is in this file only; ask for it, or for a backup",
            path.display()
        ),
        Database::Postgres(_) => {
            format!("{}: all who have its password see the same", config.store)
        }
    };
    row("readers and records", database);
    if config.mail.from.is_some() {
        row(
            "mail",
            format!(
                "to {} by {}",
                config.publish.lists.join(", "),
                transport(config)
            ),
        );
    }
    if let Some(contact) = &config.newsletter.contact {
        row("who answers questions", contact.clone());
    }
    format!("## Where what is\n\n{}\n", rows.concat())
}

fn transport(config: &Config) -> String {
    let transport = &config.transport;
    match transport.kind {
        TransportKind::File => format!(
            "files in `{}`: nobody gets them",
            transport.folder.display()
        ),
        TransportKind::Smtp => {
            let hosts = transport.relays.iter().map(|relay| relay.host.as_str());
            hosts.collect::<Vec<_>>().join(", ")
        }
        TransportKind::Sendmail => format!("`{}`", transport.command.join(" ")),
        TransportKind::Ses => "Amazon SES".to_owned(),
    }
}

/// An address without the name and password that may stand in it.
fn without_login(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let host = rest.find('/').unwrap_or(rest.len());
    match rest[..host].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}

fn needed(all: &[Needed]) -> String {
    let mut text = "## Secrets\n\n".to_owned();
    if all.is_empty() {
        return text + "None is needed.\n\n";
    }
    text.push_str("Ask for these; they stand in the environment, never in the repository.\n\n");
    for one in all {
        let set = if one.set { "set here" } else { "not set here" };
        let _ = writeln!(text, "- `{}`: {} ({set})", one.name, one.what);
    }
    text + "\n"
}

fn night(config: &Config) -> String {
    let folder = match config.folder.as_os_str().is_empty()
        || config.folder.as_path() == std::path::Path::new(".")
    {
        true => String::new(),
        false => format!(" -C {}", config.folder.display()),
    };
    let press = format!("press{folder}");
    let steps: Vec<&str> = STEPS.iter().map(|row| row.name).collect();
    let mut text = "## The night\n\nThe first time, rehearse: nothing leaves the machine, and all of it is gone through.\n\n".to_owned();
    for (command, what) in [
        (
            "publish --rehearse",
            "the whole night for the last issue, in a copy",
        ),
        ("status", "how far the draft is, and who is next"),
        ("check", "what is wrong in it, and how to mend it"),
        ("inbox", "what people sent and sources found"),
        ("publish --dry-run", "the plan, and what holds it up"),
        (
            "publish",
            "goes through it; again after whatever went wrong, it does only what is missing",
        ),
        (
            "correct NUMBER",
            "brings a correction of a published issue to readers",
        ),
        (
            "doctor",
            "looks at everything that sending and serving stand on",
        ),
    ] {
        let _ = writeln!(text, "    {:<34} {what}", format!("{press} {command}"));
    }
    let _ = writeln!(text, "\nThe steps: {}.", steps.join(", "));
    text
}
