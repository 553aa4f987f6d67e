//! `press campaign list|show|pause|resume|cancel|resend-uncertain`

use super::{Global, Next, plural, terminal};
use crate::config::{Config, Database, DatabaseUrl};
use crate::error::{Error, Result};
use crate::pipeline::send::{self, Account, Desk, Rehearsal, Shown, Undone};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List campaigns, newest first
    List {
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Show one: the equation of its audience, and what did not come to a good end
    Show {
        #[command(flatten)]
        which: Which,
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Hold one back: nothing more leaves until it is resumed
    Pause(Which),
    /// Let one go on; after a slice, with the rest
    Resume(Which),
    /// Call one off: what has not left will not
    Cancel(Which),
    /// Send again what may or may not have left when something broke; some people may get it twice
    ResendUncertain(Which),
    /// Try a whole sending: made-up people, a mail server that misbehaves, programs that are killed
    Rehearse(Rehearse),
}

#[derive(Debug, clap::Args)]
pub(super) struct Rehearse {
    /// How many people are made up
    #[arg(long, value_name = "NUMBER", default_value_t = 2_000)]
    people: usize,
    /// How often a program is killed
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    kills: usize,
    /// How many programs send at a time
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    workers: usize,
    /// Which trouble there is; the same again with the same number
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// An empty database to rehearse with, as `postgres://…`, instead of a file
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// The campaign's number
    #[arg(value_name = "CAMPAIGN")]
    campaign: i64,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Most campaigns that are listed.
const LISTED: i64 = 100;
/// Most deliveries that are shown of a state.
const NAMED: i64 = 20;

pub(super) fn run(global: &Global, command: &Command) -> Result<Next> {
    let config = global.load()?;
    if let Command::Rehearse(arguments) = command {
        return rehearse(global, &config, arguments);
    }
    crate::pipeline::runtime()?.block_on(async {
        let desk = Desk::open(&config).await?;
        steer(&desk, command).await?;
        desk.close().await;
        Ok(Next::Done)
    })
}

async fn steer(desk: &Desk<'_>, command: &Command) -> Result<()> {
    match command {
        Command::List { format } => list(desk, *format).await?,
        Command::Show { which, format } => show(desk, which.campaign, *format).await?,
        Command::Pause(which) => {
            desk.pause(which.campaign).await?;
            terminal::tell("paused; what is on its way just now still arrives");
        }
        Command::Resume(which) => {
            desk.resume(which.campaign).await?;
            terminal::tell("it goes on as soon as a worker runs: `press worker --until-done`");
        }
        Command::Cancel(which) => {
            desk.cancel(which.campaign).await?;
            terminal::tell("cancelled; whoever got it got it, nobody else will");
        }
        Command::ResendUncertain(which) => {
            let again = desk.again(which.campaign).await?;
            let again = usize::try_from(again).unwrap_or(usize::MAX);
            terminal::tell(&match again {
                0 => "nothing is uncertain".to_owned(),
                _ => format!(
                    "{} queued again: `press campaign resume {}`, then `press worker --until-done`",
                    plural(again, "message"),
                    which.campaign
                ),
            });
        }
        Command::Rehearse(_) => {}
    }
    Ok(())
}

fn rehearse(global: &Global, config: &Config, arguments: &Rehearse) -> Result<Next> {
    let database = match &arguments.database {
        None => None,
        Some(url) => Some(Database::Postgres(DatabaseUrl::new(url).ok_or_else(
            || Error::new("the database for a rehearsal begins with `postgres://`"),
        )?)),
    };
    let rehearsal = Rehearsal {
        folder: &global.folder,
        elsewhere: global.config.as_deref(),
        people: arguments.people,
        kills: arguments.kills,
        workers: arguments.workers.max(1),
        seed: arguments.seed,
        database,
        tell: &terminal::tell,
    };
    let account = crate::pipeline::runtime()?.block_on(send::rehearse(config, &rehearsal))?;
    match arguments.format {
        Format::Json => terminal::result(&json(&account)),
        Format::Text => terminal::result(&text(&account)),
    }
    Ok(if account.is_good() {
        Next::Done
    } else {
        Next::Denied
    })
}

/// What came of a rehearsal.
fn text(account: &Account) -> String {
    let Account {
        people,
        kills,
        taken,
        lost,
        twice,
        uncertain,
        uncertain_taken,
        failed,
        ..
    } = account;
    let mut lines = vec![
        format!("{people} people, {kills} kills: the server took {taken} messages"),
        format!("lost: {lost}; twice without reason: {twice}; refused: {failed}"),
        format!(
            "uncertain: {uncertain}, of which {uncertain_taken} had arrived; sent again, all have it"
        ),
    ];
    let wrong = [
        (
            account.unknown,
            "messages arrived that the ledger does not know of",
        ),
        (account.open, "deliveries were never settled"),
        (account.unequal, "times the ledger did not add up"),
        (account.without, "people are without a message"),
    ];
    let wrong = wrong.iter().filter(|(count, _)| *count > 0);
    lines.extend(wrong.map(|(count, what)| format!("wrong: {count} {what}")));
    lines.join("\n")
}

async fn list(desk: &Desk<'_>, format: Format) -> Result<()> {
    let all = desk.newest(LISTED).await?;
    match format {
        Format::Json => terminal::result(&json(&all)),
        Format::Text if all.is_empty() => terminal::tell("nothing was ever sent"),
        Format::Text => {
            for shown in all {
                terminal::result(&format!(
                    "{:>4}  {}  {:<9}  {}, list {}: {}",
                    shown.campaign,
                    shown.created.strftime("%F"),
                    shown.state,
                    shown.title,
                    shown.list,
                    shown.equation()
                ));
            }
        }
    }
    Ok(())
}

/// What a campaign came to, in a few lines.
pub(super) fn summary(shown: &Shown) -> String {
    let mut lines = vec![format!(
        "campaign {}: {}, list {}, {}",
        shown.campaign, shown.title, shown.list, shown.state
    )];
    lines.extend(
        shown
            .reason
            .iter()
            .map(|reason| format!("  because: {reason}")),
    );
    lines.push(format!("  {}", shown.equation()));
    if !shown.holds {
        lines.push(
            "  the ledger does not add up: keep a copy of the database and report this".to_owned(),
        );
    }
    if shown.deliveries.uncertain > 0 {
        lines.push(format!(
            "  uncertain ones may have arrived; `press campaign resend-uncertain {}` sends them again",
            shown.campaign
        ));
    }
    if shown.changed {
        lines.push("  the issue has changed since; what is sent is what was frozen".to_owned());
    }
    lines.join("\n")
}

async fn show(desk: &Desk<'_>, id: i64, format: Format) -> Result<()> {
    let shown = &desk.find(id).await?;
    let states = desk.undone(shown, NAMED).await?;
    match format {
        Format::Json => {
            let undone: serde_json::Map<String, serde_json::Value> = states
                .iter()
                .map(|(name, _, rows)| ((*name).to_owned(), serde_json::json!(rows)))
                .collect();
            let mut whole = serde_json::json!(shown);
            whole["undone"] = undone.into();
            terminal::result(&json(&whole));
        }
        Format::Text => {
            terminal::result(&summary(shown));
            for (name, count, rows) in states {
                terminal::result(&format!("{name}:"));
                rows.iter().for_each(|row| terminal::result(&undone(row)));
                let shown = i64::try_from(rows.len()).unwrap_or(count);
                if count > shown {
                    terminal::result(&format!("  and {} more", count - shown));
                }
            }
        }
    }
    Ok(())
}

fn undone(row: &Undone) -> String {
    let address = row.address.as_deref().unwrap_or("(erased)");
    let reply = row.reply.as_deref().unwrap_or("no answer kept");
    format!(
        "  {address}, tried {}: {reply}",
        plural(usize::try_from(row.attempts).unwrap_or(0), "time")
    )
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).expect("views are plain data")
}
