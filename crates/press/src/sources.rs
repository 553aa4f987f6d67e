//! The places that `press collect` reads. Each kind is an adapter of its own: it asks the web through the one client,
//! and gives what it found as plain data.
//!
//! Nothing here knows the newsletter's texts or what was found before. A source that fails says why; others do not hear
//! of it.

mod answer;
mod bluesky;
mod decode;
mod discourse;
mod event;
mod event_page;
mod feed;
mod github;
mod hackernews;
mod html;
mod ical;
mod links;
mod lobsters;
mod loose;
mod mastodon;
mod meetup;
mod reddit;
mod title;
mod titles;
mod window;

pub use discourse::{Heard, Said, hear};
pub use event::Event;
pub use github::{ChangedFile, Comparison, Forge, OpenPull};
pub use title::{escaped, link};
pub use window::Window;

use crate::config::{Kind, Secrets, Source};
use crate::error::Result;
use crate::http::Http;
use jiff::Timestamp;

/// What a source works with.
#[derive(Clone, Copy, Debug)]
pub struct Errand<'a> {
    /// The way to the web.
    pub http: &'a Http,
    /// The days that count.
    pub window: &'a Window,
    /// Where tokens are.
    pub secrets: &'a Secrets,
}

/// A link that a source found and nobody has chosen yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidate {
    /// Its address, as it is to be printed.
    pub url: String,
    /// Its title, as plain text in which code stands between back-ticks.
    pub title: String,
    /// Who wrote the page, or brought the link.
    pub author: Option<String>,
    /// When it appeared, as its source says.
    pub published: Option<Timestamp>,
    /// How readers took it.
    pub reception: Reception,
    /// What else an editor should know.
    pub note: Option<String>,
    /// The id of the section it is for, where that is not the source's.
    pub section: Option<String>,
}

/// How readers took a link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reception {
    /// Likes, votes, stars, reactions.
    pub points: Option<i64>,
    /// Comments.
    pub comments: Option<i64>,
    /// Where they are: the address of the discussion.
    pub place: Option<String>,
}

/// What a source found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Links for the inbox.
    pub candidates: Vec<Candidate>,
    /// Links that are dated outside of the window. They are for the inbox only if they are new all the same.
    pub outside: Vec<Candidate>,
    /// Text for the block that the source writes, without the block's markers. None if it writes none.
    pub block: Option<String>,
    /// Events.
    pub events: Vec<Event>,
    /// Whether something was not read, so that what is missing may only have been missed.
    pub partial: bool,
    /// What a person should hear: something odd, but no failure.
    pub notices: Vec<String>,
}

/// Reads one source.
pub async fn collect(source: &Source, errand: Errand<'_>) -> Result<Found> {
    let mut found = read(source, errand).await?;
    // Events of a source that does not write by itself wait with everything else.
    if !source.auto {
        found
            .candidates
            .extend(found.events.iter().map(event::candidate));
    }
    Ok(found)
}

async fn read(source: &Source, errand: Errand<'_>) -> Result<Found> {
    match &source.kind {
        Kind::GithubMerged(kind) => github::merged(source, kind, errand).await,
        Kind::GithubLabelled(kind) => github::labelled(source, kind, errand).await,
        Kind::GithubRfcs(kind) => github::rfcs(source, kind, errand).await,
        Kind::GithubFile(kind) => github::file(source, kind, errand).await,
        Kind::Feed(kind) => feed::collect(source, kind, errand).await,
        Kind::Discourse(kind) => discourse::collect(source, kind, errand).await,
        Kind::Reddit(kind) => reddit::collect(source, kind, errand).await,
        Kind::Hackernews(kind) => hackernews::collect(source, kind, errand).await,
        Kind::Lobsters(kind) => lobsters::collect(source, kind, errand).await,
        Kind::Mastodon(kind) => mastodon::collect(source, kind, errand).await,
        Kind::Bluesky(kind) => bluesky::collect(source, kind, errand).await,
        Kind::Ical(kind) => ical::ical(source, kind, errand).await,
        Kind::Meetup(kind) => meetup::meetup(source, kind, errand).await,
        Kind::EventPage(kind) => event_page::event_page(source, kind, errand).await,
    }
}
