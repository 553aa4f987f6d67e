//! `press campaign list|show|pause|resume|cancel|resend-uncertain`

use super::{Global, plural, terminal};
use crate::error::Result;
use crate::pipeline::send::{self, Shown, Undone};
use crate::store::{DeliveryState, Store};

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

pub(super) fn run(global: &Global, command: &Command) -> Result<()> {
    let config = global.load()?;
    send::runtime()?.block_on(async {
        let store = Store::open(&config.store).await?;
        match command {
            Command::List { format } => list(&store, *format).await?,
            Command::Show { which, format } => {
                let shown = Shown::find(&config, &store, which.campaign).await?;
                show(&store, &shown, *format).await?;
            }
            Command::Pause(which) => {
                send::pause(&store, which.campaign).await?;
                terminal::tell("paused; what is on its way just now still arrives");
            }
            Command::Resume(which) => {
                send::resume(&store, which.campaign).await?;
                terminal::tell("it goes on as soon as a worker runs: `press worker --until-done`");
            }
            Command::Cancel(which) => {
                send::cancel(&store, which.campaign).await?;
                terminal::tell("cancelled; whoever got it got it, nobody else will");
            }
            Command::ResendUncertain(which) => {
                let again = send::again(&store, which.campaign).await?;
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
        }
        store.close().await;
        Ok(())
    })
}

async fn list(store: &Store, format: Format) -> Result<()> {
    let all = Shown::newest(store, LISTED).await?;
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

async fn show(store: &Store, shown: &Shown, format: Format) -> Result<()> {
    let mut states = Vec::new();
    for (state, count) in [
        (DeliveryState::Failed, shown.deliveries.failed),
        (DeliveryState::Uncertain, shown.deliveries.uncertain),
        (DeliveryState::Deferred, shown.deliveries.deferred),
        (DeliveryState::Skipped, shown.deliveries.skipped),
    ] {
        if count > 0 {
            states.push((
                state.name(),
                count,
                send::undone(store, shown.campaign, state, NAMED).await?,
            ));
        }
    }
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
