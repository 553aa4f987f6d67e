//! Votes: what readers nominate, from wherever it comes, kept; counted by `press_core::vote`; put into the draft.
//!
//! The functions that take a [`Store`] are for whoever has one open, such as a server; the others open it themselves.

mod count;
mod fetch;
mod place;
mod standing;

pub(super) use count::tally_on;
pub use count::{Ended, Told, tally};
pub use fetch::{Fetched, fetch};
pub use place::{Placed, place};
pub(super) use standing::standings;
pub use standing::{Shown, Standing};

use crate::config::{Config, Nominated, Vote};
use crate::error::{Error, Result};
use crate::pipeline::runtime;
use crate::pipeline::submissions::is_web;
use crate::store::{KeptNomination, NewNomination, Store};
use jiff::Timestamp;
use press_core::text::plain_line;
use press_core::vote::post::{
    Linked, Quoted, linked, quoted, seems_own, subject_of_link, subject_of_quote,
};

/// What somebody nominates.
#[derive(Clone, Copy, Debug)]
pub enum What<'a> {
    /// What they wrote, as Markdown: a link with what it is behind it, or a quotation with who said it below.
    Text(&'a str),
    /// The fields of a form for something with a page. All but the address may be empty.
    Link {
        /// What it is called.
        title: &'a str,
        /// Its page.
        url: &'a str,
        /// What it is.
        about: &'a str,
    },
    /// The fields of a form for a quote.
    Quote {
        /// What was said, in as many lines as it has.
        quote: &'a str,
        /// Who said it; may be empty.
        by: &'a str,
        /// Where; may be empty.
        url: &'a str,
    },
}

impl What<'_> {
    /// As somebody would have written it.
    fn markdown(&self) -> String {
        match *self {
            What::Text(text) => text.to_owned(),
            What::Link { title, url, about } => {
                let title = plain_line(title).replace(['[', ']'], "");
                let about = plain_line(about);
                let comma = if about.is_empty() { "" } else { ", " };
                match title.is_empty() {
                    true => format!("<{}>{comma}{about}", url.trim()),
                    false => format!("[{title}](<{}>){comma}{about}", url.trim()),
                }
            }
            What::Quote { quote, by, url } => {
                let lines = quote.lines().map(|line| format!("> {line}\n"));
                let by = match url.trim() {
                    "" => plain_line(by),
                    url => crate::sources::link(&plain_line(by), url),
                };
                format!("{}\n– {by}", lines.collect::<String>())
            }
        }
    }
}

/// A nomination on its way in.
#[derive(Clone, Copy, Debug)]
pub struct Suggested<'a> {
    /// The vote's id.
    pub vote: &'a str,
    /// What is nominated.
    pub what: What<'a>,
    /// The same text for the same person: an account with its site before it, a keyed hash of an address. Nobody is shown it but
    /// the newsletter's editors.
    pub sender: &'a str,
    /// What they are called, for the thanks.
    pub name: &'a str,
    /// Where they did it, if that has an address.
    pub place: Option<&'a str>,
    /// Whether it is their own, if they said so.
    pub own: Option<bool>,
    /// When.
    pub when: Timestamp,
}

/// Longest names and addresses that are kept, in bytes.
const NAME_BYTES: usize = 200;
const ADDRESS_BYTES: usize = 2000;

/// Keeps a nomination, and gives its number and whether it is new. The same person has one nomination for the same thing
/// unless it was made in different places.
pub async fn record(
    store: &Store,
    config: &Config,
    suggested: &Suggested<'_>,
) -> Result<(i64, bool)> {
    let vote = config.vote(suggested.vote)?;
    let Some(new) = read(vote, suggested) else {
        let error = Error::new("nothing is nominated here");
        return Err(match vote.nominates {
            Nominated::Link => error.help("link to it: `[name](https://…), what it is`"),
            Nominated::Quote => error.help("say what was said, and below, after a dash, by whom"),
        });
    };
    let now_s = suggested.when.as_second();
    store.record_nomination(&new, now_s).await
}

/// Keeps a person's ballot for a nomination; `false` if they had one. `place` is where it was given, if that has an
/// address.
pub async fn cast(
    store: &Store,
    nomination: i64,
    voter: &str,
    place: &str,
    when: Timestamp,
) -> Result<bool> {
    find(store, nomination).await?;
    let place = plain_line(place);
    store
        .record_ballot(nomination, voter, &place, when.as_second())
        .await
}

/// Keeps what a pull request adds to the section of a vote; none if no vote is about that section, or nothing is nominated. `place` is the address of
/// the pull request, of which there is one nomination for each vote.
pub async fn from_pull_request(
    store: &Store,
    config: &Config,
    section: &str,
    (login, text, place): (&str, &str, &str),
    when: Timestamp,
) -> Result<Option<i64>> {
    let Some(vote) = config.vote_of_section(section) else {
        return Ok(None);
    };
    let host = place.split('/').nth(2).unwrap_or_default();
    let suggested = Suggested {
        vote: &vote.id,
        what: What::Text(text),
        sender: &format!("{host}:{login}"),
        name: login,
        place: Some(place),
        own: None,
        when,
    };
    // Who mends a thank-you nominates nothing.
    match read(vote, &suggested) {
        Some(new) => {
            let recorded = store.record_nomination(&new, when.as_second()).await?;
            Ok(Some(recorded.0))
        }
        None => Ok(None),
    }
}

/// Keeps a nomination that an editor heard of.
pub fn nominate(config: &Config, suggested: &Suggested<'_>) -> Result<(i64, bool)> {
    if let Some(odd) = suggested.place.filter(|place| !is_web(place)) {
        let error = Error::new(format!("`{odd}` is no address of the web"));
        return Err(error.help("`--at` says where it was nominated; it begins with https://"));
    }
    with_store(config, async |store| record(store, config, suggested).await)
}

/// What an editor decides about a nomination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is out, or in again.
    Out(bool),
    /// It is the sender's own, or not.
    Own(bool),
}

/// Keeps what an editor decides about a nomination.
pub fn decide(config: &Config, id: i64, decision: Decision) -> Result<KeptNomination> {
    with_store(config, async |store| {
        let mut kept = find(store, id).await?;
        match decision {
            Decision::Out(out) => kept.withdrawn = out,
            Decision::Own(own) => kept.new.own = own,
        }
        store
            .record_nomination_decision(id, kept.new.own, kept.withdrawn)
            .await?;
        Ok(kept)
    })
}

async fn find(store: &Store, id: i64) -> Result<KeptNomination> {
    let kept = store.find_nomination(id).await?;
    kept.ok_or_else(|| {
        Error::new(format!("there is no nomination {id}")).help("`press vote list` lists them")
    })
}

fn with_store<T>(config: &Config, work: impl AsyncFnOnce(&Store) -> Result<T>) -> Result<T> {
    runtime()?.block_on(async {
        let store = Store::open(&config.store).await?;
        let done = work(&store).await;
        store.close().await;
        done
    })
}

/// What is nominated, read and made harmless; none if nothing is.
fn read(vote: &Vote, suggested: &Suggested<'_>) -> Option<NewNomination> {
    let text = suggested.what.markdown();
    let site = vote.topic.as_ref().map_or("", |topic| topic.site.as_str());
    let mut new = NewNomination {
        vote: vote.id.clone(),
        sender: suggested.sender.to_owned(),
        name: short(&plain_line(suggested.name), NAME_BYTES),
        at_s: suggested.when.as_second(),
        ..NewNomination::default()
    };
    match vote.nominates {
        Nominated::Link => {
            let Linked { title, url, about } = linked(&text)?;
            if url.len() > ADDRESS_BYTES {
                return None;
            }
            new.subject = subject_of_link(&url);
            new.title = short(&title, NAME_BYTES);
            (new.url, new.body) = (url, about);
        }
        Nominated::Quote => {
            let Quoted { quote, attribution } = quoted(&text, site)?;
            new.subject = subject_of_quote(&quote);
            if new.subject.is_empty() {
                return None;
            }
            new.title = short(&plain_line(&quote), 80);
            (new.body, new.attribution) = (quote, attribution);
        }
    }
    let name = suggested.name;
    new.own = suggested.own.unwrap_or_else(|| match vote.nominates {
        Nominated::Link => seems_own(&text, &new.url, name),
        Nominated::Quote => !name.is_empty() && names(&new.attribution, name),
    });
    let place = suggested.place.map(plain_line).unwrap_or_default();
    new.place = match place.is_empty() || place.len() > ADDRESS_BYTES {
        true => format!("{}#{}", new.sender, short(&new.subject, NAME_BYTES)),
        false => place,
    };
    Some(new)
}

/// Whether somebody's name stands in a text as a word.
fn names(text: &str, name: &str) -> bool {
    let inside = |sign: char| sign.is_alphanumeric() || matches!(sign, '-' | '_');
    let mut words = text.split(|sign: char| !inside(sign));
    words.any(|word| word.eq_ignore_ascii_case(name))
}

/// The beginning of a text, if it is longer than so many bytes.
fn short(text: &str, bytes: usize) -> String {
    match text.len() > bytes {
        true => format!("{}…", &text[..text.floor_char_boundary(bytes)]),
        false => text.to_owned(),
    }
}
