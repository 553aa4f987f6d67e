//! `press send`, `press worker`

use super::{Global, Next, terminal};
use crate::config::{Config, Secrets};
use crate::error::{Error, Result};
use crate::mail::Outcome;
use crate::pipeline::send::{self, End, News, Passed, Plan, Post, Progress, Shown, Slice, Work};
use crate::store::Store;
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
}

/// `press send` stays for what is to be tried again within this time.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Next> {
    let config = global.load()?;
    let runtime = send::runtime()?;
    if !arguments.test.is_empty() {
        return runtime.block_on(test(&config, arguments));
    }
    let passed = Passed::judge(&config, &arguments.issue)?;
    runtime.block_on(async {
        let store = Store::open(&config.store).await?;
        let secrets = Secrets::environment();
        let post = Post::open(&config, &secrets, &store).await?;
        post.mailer.probe().await?;
        let Some(id) = plan(&config, &passed, &store, &post, arguments).await? else {
            terminal::tell("nothing was sent");
            return Ok(Next::Denied);
        };
        if let Some(at) = arguments.at {
            terminal::tell(&format!(
                "campaign {id} begins at {at}, if `press worker` runs then"
            ));
            store.close().await;
            return Ok(Next::Done);
        }
        let next = work(&config, &store, &post, Some(id), Some(PATIENCE)).await;
        store.close().await;
        next
    })
}

async fn test(config: &Config, arguments: &Arguments) -> Result<Next> {
    let address = |text: &String| {
        EmailAddress::parse(text).map_err(|mistake| {
            Error::new(format!("`{text}` is no address")).because(mistake.to_string())
        })
    };
    let addresses: Vec<EmailAddress> = arguments.test.iter().map(address).collect::<Result<_>>()?;
    let secrets = Secrets::environment();
    let outcomes = send::send_test(config, &secrets, &arguments.issue, &addresses).await?;
    let mut all = true;
    for (address, outcome) in arguments.test.iter().zip(outcomes) {
        let said = match outcome {
            Outcome::Sent { reply } => format!("sent: {reply}"),
            Outcome::Stop(error) => return Err(error),
            Outcome::Deferred { reply, .. } => format!("not taken now: {reply}"),
            Outcome::Bounced { reply } => format!("refused: {reply}"),
            Outcome::Uncertain { why } => format!("uncertain: {why}"),
        };
        all &= said.starts_with("sent");
        terminal::result(&format!("{address}: {said}"));
    }
    Ok(if all { Next::Done } else { Next::Denied })
}

/// Counts, asks, freezes. The campaign's number, if it is to be.
async fn plan(
    config: &Config,
    passed: &Passed<'_>,
    store: &Store,
    post: &Post,
    arguments: &Arguments,
) -> Result<Option<i64>> {
    let list = config.list(arguments.list.as_deref())?;
    loop {
        let plan = Plan::new(passed, list, store).await?;
        let audience = plan.audience();
        if !agreed(&plan, passed, post, arguments.confirm)? {
            return Ok(None);
        }
        match plan.freeze(store, arguments.at, arguments.slice).await? {
            Ok(id) => return Ok(Some(id)),
            Err(now) => terminal::tell(&format!(
                "the list has changed meanwhile: {now} people instead of {audience}"
            )),
        }
    }
}

/// Whether a person has said the right number.
fn agreed(plan: &Plan<'_>, passed: &Passed<'_>, post: &Post, confirm: Option<i64>) -> Result<bool> {
    let audience = plan.audience();
    let variants = match plan.variants() {
        1 => String::new(),
        variants => format!(", in {variants} variants"),
    };
    let what = format!(
        "“{}” to {audience} people{variants}, by {}",
        passed.title(),
        post.mailer
    );
    if let Some(number) = confirm {
        if number == audience {
            terminal::tell(&what);
            return Ok(true);
        }
        let error = Error::new(format!("this goes to {audience} people, not to {number}"));
        return Err(error
            .help(format!("if that is right: --confirm {audience}"))
            .state("nothing was sent"));
    }
    if !std::io::stdin().is_terminal() {
        let error = Error::new(format!("this would send {what}"));
        return Err(error
            .help(format!("say that you know: --confirm {audience}"))
            .state("nothing was sent"));
    }
    let answer = terminal::ask(&format!("{what}.\nType the number of people to send it: "));
    Ok(answer.trim().parse() == Ok(audience))
}

pub(super) fn worker(global: &Global, arguments: &Worker) -> Result<Next> {
    let config = global.load()?;
    send::runtime()?.block_on(async {
        let store = Store::open(&config.store).await?;
        let post = Post::open(&config, &Secrets::environment(), &store).await?;
        let patience = arguments.until_done.then_some(Duration::MAX);
        let next = work(&config, &store, &post, arguments.campaign, patience).await;
        store.close().await;
        next
    })
}

async fn work(
    config: &Config,
    store: &Store,
    post: &Post,
    only: Option<i64>,
    patience: Option<Duration>,
) -> Result<Next> {
    let (stopping, stop) = watch::channel(false);
    let twice = async {
        send::asked_to_stop().await;
        terminal::tell("ending: what is on its way is waited for; once more ends at once");
        let _ = stopping.send(true);
        send::asked_to_stop().await;
    };
    let bar = terminal::Sending::new();
    let work = Work {
        store,
        post,
        only,
        patience,
        retry: send::retry(config),
        stop,
    };
    let tell = |news: News<'_>| match news {
        News::Progress(progress) => bar.show(
            &line(&progress),
            progress.tally.settled(),
            progress.tally.audience,
        ),
        News::Note(note) => bar.note(&format!("note: {note}")),
    };
    let end = tokio::select! {
        end = send::work(&work, &tell) => end,
        () = twice => Err(Error::new("ended at once")
            .state("what was on its way is uncertain: `press worker --until-done` sees to it")),
    };
    bar.done();
    let end = end?;
    let mut clean = true;
    if let Some(id) = only {
        let shown = Shown::find(config, store, id).await?;
        terminal::result(&super::campaign::summary(&shown));
        clean = shown.deliveries.settled() == shown.deliveries.sent + shown.deliveries.skipped;
    }
    match end {
        End::Done if clean => Ok(Next::Done),
        End::Done => Ok(Next::Denied),
        End::Stopped => {
            terminal::tell("stopped in order: `press worker --until-done` goes on");
            Ok(Next::Denied)
        }
        End::Later(due_s) => {
            let due = Timestamp::from_second(due_s).unwrap_or_default();
            terminal::tell(&format!(
                "the rest is tried again at {due}, if `press worker` runs then"
            ));
            Ok(Next::Denied)
        }
        End::Trouble(error) => Err(error),
    }
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
