//! `press announce`

use super::{Global, Next, publish, terminal};
use crate::config::Secrets;
use crate::error::{Error, Result};
use crate::newsletter;
use crate::pipeline::announce::{Desk, Standing, State, link_back};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Number, day or path of the issue; without it the newest
    #[arg(value_name = "ISSUE")]
    issue: Option<String>,
    /// Only these channels; may be given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Show every text with its length, and how each channel stands; say nothing to anybody
    #[arg(long)]
    dry_run: bool,
    /// Post there although it may be out, or is: for a post that you have looked for in vain
    #[arg(long, value_name = "NAME")]
    again: Vec<String>,
    /// The post is there: you have seen it at this address
    #[arg(long, value_name = "NAME=ADDRESS", value_parser = seen)]
    posted: Vec<(String, String)>,
    /// Who does it, for the records
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

fn seen(text: &str) -> std::result::Result<(String, String), String> {
    let parts = text.split_once('=');
    let parts = parts.filter(|(name, address)| !name.is_empty() && !address.is_empty());
    parts
        .map(|(name, address)| (name.to_owned(), address.to_owned()))
        .ok_or_else(|| "say it as NAME=ADDRESS".to_owned())
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Next> {
    let config = global.load()?;
    let secrets = Secrets::environment();
    let who = arguments.by.clone().unwrap_or_else(publish::user);
    crate::pipeline::runtime()?.block_on(async {
        let wanted = arguments.issue.as_deref();
        let desk = Desk::find(&config, &secrets, wanted, &who).await?;
        for name in arguments.names() {
            desk.channel(name)?;
        }
        if arguments.dry_run {
            return show(&desk, arguments).await;
        }
        desk.record_issue().await?;
        let whole = desk.hold(go(&desk, arguments)).await??;
        let threads = desk.threads().await?;
        let subject = desk.subject();
        if let Some(text) = link_back(&config, &subject.text, &threads)? {
            newsletter::write(&subject.path, &text)?;
            let path = subject.path.display();
            terminal::tell(&format!(
                "{path} says where it is discussed: commit it, and `press build` shows it"
            ));
        }
        Ok(if whole { Next::Done } else { Next::Denied })
    })
}

impl Arguments {
    fn names(&self) -> impl Iterator<Item = &str> {
        let posted = self.posted.iter().map(|(name, _)| name);
        let all = self.only.iter().chain(&self.again).chain(posted);
        all.map(String::as_str)
    }

    /// Whether a channel is wanted. A person's word on some of them is not meant for the others.
    fn wants(&self, name: &str) -> bool {
        let some = self.names().next().is_some();
        !some || self.names().any(|known| known == name)
    }
}

const NO_CHANNELS: &str = "press.toml has no [[announce]]; docs/announce.md tells how";

async fn show(desk: &Desk<'_>, arguments: &Arguments) -> Result<Next> {
    let mut text = String::new();
    let mut whole = true;
    for standing in desk.look().await? {
        if !arguments.wants(&standing.name) {
            continue;
        }
        text.push_str(&line(&standing));
        match desk.draft(desk.channel(&standing.name)?).await {
            Ok(draft) => {
                text.push_str(&format!("  {} of {}", draft.length, draft.most));
                if draft.shortened {
                    text.push_str(", the title shortened");
                }
                text.push('\n');
                for line in draft.text.lines() {
                    text.push_str(format!("  | {line}").trim_end());
                    text.push('\n');
                }
            }
            Err(error) => {
                whole = false;
                error.print();
            }
        }
        text.push('\n');
    }
    if text.is_empty() {
        terminal::tell(NO_CHANNELS);
    }
    terminal::print(&text);
    Ok(if whole { Next::Done } else { Next::Denied })
}

/// "mastodon (social.tern.example): done: https://…"
fn line(standing: &Standing) -> String {
    let mut line = format!(
        "{} ({}): {}",
        standing.name,
        standing.place,
        standing.state.name()
    );
    for said in [&standing.address, &standing.note].into_iter().flatten() {
        line.push_str(&format!(": {said}"));
    }
    line.push('\n');
    line
}

/// Announces where it is wanted; whether everything is out.
async fn go(desk: &Desk<'_>, arguments: &Arguments) -> Result<bool> {
    for (name, address) in &arguments.posted {
        desk.posted(name, address).await?;
    }
    let mut whole = true;
    let standings = desk.look().await?;
    if standings.is_empty() {
        terminal::tell(NO_CHANNELS);
    }
    for standing in standings {
        let name = &standing.name;
        if !arguments.wants(name) {
            continue;
        }
        let again = arguments.again.contains(name);
        let before = standing.state;
        match desk.announce_one(name, again).await {
            Ok(now) if before == State::Done && !again => terminal::print(&line(&now)),
            Ok(now) => {
                terminal::print(&line(&now));
                told(name, desk.confirm(name).await);
            }
            Err(error) => {
                whole = false;
                error.print();
            }
        }
    }
    Ok(whole)
}

/// Says in what a post differs from what was meant. It is out all the same.
fn told(name: &str, confirmed: Result<Option<Vec<String>>>) {
    let found = match confirmed {
        Ok(found) => found.unwrap_or_default(),
        Err(error) => {
            let what = format!("the post in {name} is out and could not be read back");
            return Error::new(what).because(error.what().to_owned()).print();
        }
    };
    for difference in &found {
        terminal::tell(&format!("note: {name}: {difference}"));
    }
}
