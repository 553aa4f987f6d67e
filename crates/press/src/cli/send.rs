//! `press send`, `press worker`

use super::{Global, Next, terminal};
use crate::config::Secrets;
use crate::error::{Error, Result};
use crate::pipeline::send::{self, Desk, End, News, Passed, Progress, Proposal, Slice, Task, Wish};
use jiff::Timestamp;
use press_core::mailbox::EmailAddress;
use std::io::IsTerminal;
use std::time::Duration;
use tokio::sync::watch;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Number or path of the issue; `latest`
    #[arg(value_name = "ISSUE")]
    issue: String,
    /// The list it goes to; the first one in press.toml without any
    #[arg(long, value_name = "LIST")]
    list: Option<String>,
    /// Send it to these addresses only, now and outside the books; may be a draft
    #[arg(long, value_name = "ADDRESS", num_args = 1.., conflicts_with_all = ["at", "slice", "confirm"])]
    test: Vec<String>,
    /// Begin at this time, as `2026-11-25T18:00:00Z`; `press worker` has to run then
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Send to some first, drawn by lot, as `1%` or `50`; then wait for `press campaign resume`
    #[arg(long, value_name = "SHARE")]
    slice: Option<Slice>,
    /// How many people it goes to; without it you are asked
    #[arg(long, value_name = "NUMBER")]
    confirm: Option<i64>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Worker {
    /// End when nothing is left to be done, instead of waiting for more
    #[arg(long)]
    until_done: bool,
    /// Only this campaign
    #[arg(long, value_name = "CAMPAIGN")]
    campaign: Option<i64>,
    /// What `press campaign rehearse` sets
    #[arg(long, hide = true)]
    rehearsal: Option<String>,
}

/// `press send` stays for what is to be tried again within this time.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Next> {
    let config = global.load()?;
    let runtime = crate::pipeline::runtime()?;
    let secrets = Secrets::environment();
    if !arguments.test.is_empty() {
        return runtime.block_on(async {
            let desk = Desk::open(&config).await?;
            test(&desk, arguments, &secrets).await
        });
    }
    let passed = Passed::judge(&config, &arguments.issue)?;
    let wish = Wish {
        list: arguments.list.as_deref(),
        start: arguments.at,
        slice: arguments.slice,
    };
    runtime.block_on(async {
        let desk = Desk::open(&config).await?;
        let agree = |proposal: &Proposal| agreed(proposal, arguments.confirm);
        let Some(id) = desk.plan(&passed, wish, &secrets, &agree).await? else {
            terminal::tell("nothing was sent");
            return Ok(Next::Denied);
        };
        let next = match arguments.at {
            Some(at) => {
                terminal::tell(&format!(
                    "campaign {id} begins at {at}, if `press worker` runs then"
                ));
                Ok(Next::Done)
            }
            None => work(&desk, Some(id), Some(PATIENCE), &secrets).await,
        };
        desk.close().await;
        next
    })
}

async fn test(desk: &Desk<'_>, arguments: &Arguments, secrets: &Secrets) -> Result<Next> {
    let address = |text: &String| {
        let address = EmailAddress::parse(text);
        address.map_err(|mistake| {
            Error::new(format!("`{text}` is no address")).because(mistake.to_string())
        })
    };
    let addresses: Vec<EmailAddress> = arguments.test.iter().map(address).collect::<Result<_>>()?;
    let said = desk.test(&arguments.issue, &addresses, secrets).await?;
    for (address, (_, words)) in arguments.test.iter().zip(&said) {
        terminal::result(&format!("{address}: {words}"));
    }
    let all = said.iter().all(|(taken, _)| *taken);
    Ok(if all { Next::Done } else { Next::Denied })
}

/// Whether a person has said the right number.
fn agreed(proposal: &Proposal, confirm: Option<i64>) -> Result<bool> {
    let Proposal { audience, words } = proposal;
    if let Some(number) = confirm {
        if number == *audience {
            terminal::tell(words);
            return Ok(true);
        }
        let error = Error::new(format!("this goes to {audience} people, not to {number}"));
        let error = error.help(format!("if that is right: --confirm {audience}"));
        return Err(error.state("nothing was sent"));
    }
    if !std::io::stdin().is_terminal() {
        let error = Error::new(format!("this would send {words}"));
        let error = error.help(format!("say that you know: --confirm {audience}"));
        return Err(error.state("nothing was sent"));
    }
    let answer = terminal::ask(&format!("{words}.\nType the number of people to send it: "));
    Ok(answer.trim().parse() == Ok(*audience))
}

pub(super) fn worker(global: &Global, arguments: &Worker) -> Result<Next> {
    let mut config = global.load()?;
    if let Some(stage) = &arguments.rehearsal {
        config = send::on_stage(config, stage)?;
    }
    crate::pipeline::runtime()?.block_on(async {
        let desk = Desk::open(&config).await?;
        let patience = arguments.until_done.then_some(Duration::MAX);
        let next = work(&desk, arguments.campaign, patience, &Secrets::environment()).await;
        desk.close().await;
        next
    })
}

async fn work(
    desk: &Desk<'_>,
    only: Option<i64>,
    patience: Option<Duration>,
    secrets: &Secrets,
) -> Result<Next> {
    let (stopping, stop) = watch::channel(false);
    let twice = async {
        send::asked_to_stop().await;
        terminal::tell("ending: what is on its way is waited for; once more ends at once");
        let _ = stopping.send(true);
        send::asked_to_stop().await;
    };
    let bar = terminal::Sending::new();
    let tell = |news: News<'_>| match news {
        News::Progress(progress) => {
            let tally = &progress.tally;
            bar.show(&line(&progress), tally.settled(), tally.audience);
        }
        News::Note(note) => bar.note(&format!("note: {note}")),
    };
    let task = Task {
        only,
        patience,
        stop,
    };
    let end = tokio::select! {
        end = desk.work(&task, secrets, &tell) => end,
        () = twice => Err(Error::new("ended at once")
            .state("what was on its way is uncertain: `press worker --until-done` sees to it")),
    };
    bar.done();
    let end = end.map_err(|error| match only {
        // The same command again would be refused: the audience is frozen.
        Some(_) => error.help("`press worker --until-done` goes on where this ended"),
        None => error,
    })?;
    let mut clean = true;
    if let Some(id) = only {
        let shown = desk.find(id).await?;
        terminal::result(&super::campaign::summary(&shown));
        clean = shown.deliveries.settled() == shown.deliveries.sent + shown.deliveries.skipped;
    }
    told(end, clean, only)
}

/// Tells how the work ended.
fn told(end: End, clean: bool, only: Option<i64>) -> Result<Next> {
    match end {
        End::Done if clean => return Ok(Next::Done),
        End::Done => {}
        End::Stopped => terminal::tell("stopped in order: `press worker --until-done` goes on"),
        End::Later(due_s) => {
            let due = Timestamp::from_second(due_s).unwrap_or_default();
            terminal::tell(&format!(
                "the rest is tried again at {due}, if `press worker` runs then"
            ));
        }
        End::Trouble(error) => {
            let id = only.map_or_else(|| "NUMBER".to_owned(), |id| id.to_string());
            return Err(error.help(format!(
                "then `press campaign resume {id}` and `press worker --until-done`"
            )));
        }
    }
    Ok(Next::Denied)
}

/// "1200 of 5000 sent, 310 a second, 12 s left; deferred: 3 (example.org for 40 s)"
fn line(progress: &Progress<'_>) -> String {
    let tally = &progress.tally;
    let mut line = format!("{} of {} sent", tally.sent, tally.audience);
    for (name, count) in tally.parts() {
        if count > 0 && !matches!(name, "sent" | "queued" | "sending") {
            line.push_str(&format!(", {count} {name}"));
        }
    }
    if progress.per_second >= 1.0 {
        let open = tally.queued + tally.sending;
        #[expect(clippy::cast_precision_loss, reason = "for people")]
        let left_s = open as f64 / progress.per_second;
        line.push_str(&format!(
            ", {:.0} a second, {left_s:.0} s left",
            progress.per_second
        ));
    }
    let held = progress.held.iter().take(3);
    let now_s = Timestamp::now().as_second();
    for (domain, until_s) in held {
        line.push_str(&format!("; {domain} waits {} s", (until_s - now_s).max(0)));
    }
    line
}
