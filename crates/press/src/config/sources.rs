//! What `press.toml` says of sources, checked: the places that `press collect` reads.
//!
//! Each kind has keys of its own, in a struct of its own; `KINDS` is the table of them. Tokens are never here: a source
//! names the variable of the environment that holds its token, and [`Secrets`] looks there.

mod groups;
mod posts;

use super::mistakes::explain_place;
use super::{Loader, schema};
use crate::error::{Error, Place, Result, did_you_mean};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

pub use groups::group_name;
pub use posts::ForumPlace;
pub(super) use posts::topic_of;
pub use schema::sources::events::{EventPage, Ical, Meetup};
pub use schema::sources::github::{
    GithubFile, GithubLabelled, GithubMerged, GithubRfcs, Group, MergedOrder, Proposals, Repository,
};
pub use schema::sources::posts::{
    Bluesky, Discourse, Feed, Hackernews, Lobsters, Mastodon, Nominated, Reddit,
};

/// A place that is read.
#[derive(Clone, Debug)]
pub struct Source {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The section that what it finds is for.
    pub section: Option<String>,
    /// Whether it writes the section's block by itself.
    pub auto: bool,
    /// The variable of the environment that holds its token, if it is not the usual one.
    pub token_env: Option<String>,
}

/// What a source is, with the keys of its kind.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Merged pull requests.
    GithubMerged(GithubMerged),
    /// Issues and pull requests that got a label.
    GithubLabelled(GithubLabelled),
    /// Proposals: approved, new, updated.
    GithubRfcs(GithubRfcs),
    /// A part of the newest file of a repository.
    GithubFile(GithubFile),
    /// RSS, Atom or JSON Feed.
    Feed(Feed),
    /// A forum.
    Discourse(Discourse),
    /// A subreddit.
    Reddit(Reddit),
    /// Hacker News.
    Hackernews(Hackernews),
    /// Lobsters.
    Lobsters(Lobsters),
    /// Posts with a hashtag.
    Mastodon(Mastodon),
    /// Posts that a search finds.
    Bluesky(Bluesky),
    /// A calendar.
    Ical(Ical),
    /// Groups at Meetup.
    Meetup(Meetup),
    /// Pages that tell machines about events.
    EventPage(EventPage),
}

impl Kind {
    /// Whether what it finds are events.
    pub fn finds_events(&self) -> bool {
        matches!(self, Kind::Ical(_) | Kind::Meetup(_) | Kind::EventPage(_))
    }
}

/// Makes a kind of its keys.
type Read = fn(Deserializer<'_>) -> std::result::Result<Kind, toml::de::Error>;

/// The kinds by name.
const KINDS: &[(&str, Read)] = &[
    ("github-merged", |keys| {
        GithubMerged::deserialize(keys).map(Kind::GithubMerged)
    }),
    ("github-labelled", |keys| {
        GithubLabelled::deserialize(keys).map(Kind::GithubLabelled)
    }),
    ("github-rfcs", |keys| {
        GithubRfcs::deserialize(keys).map(Kind::GithubRfcs)
    }),
    ("github-file", |keys| {
        GithubFile::deserialize(keys).map(Kind::GithubFile)
    }),
    ("feed", |keys| Feed::deserialize(keys).map(Kind::Feed)),
    ("discourse", |keys| {
        Discourse::deserialize(keys).map(Kind::Discourse)
    }),
    ("reddit", |keys| Reddit::deserialize(keys).map(Kind::Reddit)),
    ("hackernews", |keys| {
        Hackernews::deserialize(keys).map(Kind::Hackernews)
    }),
    ("lobsters", |keys| {
        Lobsters::deserialize(keys).map(Kind::Lobsters)
    }),
    ("mastodon", |keys| {
        Mastodon::deserialize(keys).map(Kind::Mastodon)
    }),
    ("bluesky", |keys| {
        Bluesky::deserialize(keys).map(Kind::Bluesky)
    }),
    ("ical", |keys| Ical::deserialize(keys).map(Kind::Ical)),
    ("meetup", |keys| Meetup::deserialize(keys).map(Kind::Meetup)),
    ("event-page", |keys| {
        EventPage::deserialize(keys).map(Kind::EventPage)
    }),
];

/// How sources are read.
#[derive(Clone, Debug)]
pub struct Collecting {
    /// The first day that counts, in days before the issue's.
    pub since_days: i32,
    /// The last day that counts, in days before the issue's.
    pub until_days: i32,
    /// Longest that one request may take.
    pub timeout: Duration,
    /// Longest that one source may take.
    pub patience: Duration,
    /// Hosts that may be in a private network.
    pub private: Vec<String>,
}

/// Where tokens come from: the environment, or what a test gives.
#[derive(Clone)]
pub struct Secrets(Arc<Lookup>);

/// The secret of a name, if there is one.
type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secrets")
    }
}

impl Secrets {
    /// The variables of the environment.
    pub fn environment() -> Secrets {
        Secrets(Arc::new(super::variable))
    }

    /// These and no others.
    pub fn given<const N: usize>(known: [(&str, &str); N]) -> Secrets {
        let own = known.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let known = BTreeMap::from(own);
        Secrets(Arc::new(move |name| known.get(name).cloned()))
    }

    /// The secret of this name, if there is one.
    pub fn find(&self, name: &str) -> Option<String> {
        let secret = (self.0)(name)?;
        let secret = secret.trim();
        (!secret.is_empty()).then(|| secret.to_owned())
    }

    /// The secret of a source: in the variable that it names, else in the usual one of its kind.
    pub fn of(&self, source: &Source, usual: &str) -> Result<Option<String>> {
        let Some(named) = &source.token_env else {
            return Ok(self.find(usual));
        };
        match self.find(named) {
            Some(secret) => Ok(Some(secret)),
            None => Err(Error::new(format!("there is no token in `{named}`"))
                .help(format!("set the environment variable `{named}`"))),
        }
    }
}

/// The text of `press.toml` without its sources, and these, each with its place.
pub(super) fn split<'t>(
    text: &'t str,
) -> std::result::Result<(Deserializer<'t>, Vec<Spanned<DeValue<'t>>>), toml::de::Error> {
    let mut table = DeTable::parse(text)?;
    let mut sources = Vec::new();
    if let Some((key, value)) = table.get_mut().remove_entry("source") {
        match value.into_inner() {
            DeValue::Array(values) => sources.extend(values),
            _ => sources.push(Spanned::new(key.span(), DeValue::Boolean(false))),
        }
    }
    Ok((Deserializer::from(table), sources))
}

impl Loader<'_> {
    /// The sources, each that has no mistake.
    pub(super) fn sources(
        &mut self,
        written: Vec<Spanned<DeValue<'_>>>,
        sections: &[schema::Section],
    ) -> Vec<Source> {
        let mut sources: Vec<Source> = Vec::new();
        for value in written {
            let span = value.span();
            let DeValue::Table(keys) = value.into_inner() else {
                let message = "sources are written as `[[source]]`, a table for each";
                self.mistakes
                    .push(Place::new(self.path, self.text, span, message));
                continue;
            };
            let Some((name, source)) = self.source(Spanned::new(span, keys), sections) else {
                continue;
            };
            if sources.iter().any(|other| other.name == source.name) {
                self.mistake(&name, format!("two sources are called `{}`", source.name));
            } else {
                sources.push(source);
            }
        }
        sources
    }

    fn source(
        &mut self,
        mut keys: Spanned<DeTable<'_>>,
        sections: &[schema::Section],
    ) -> Option<(Spanned<String>, Source)> {
        let span = keys.span();
        let mut shared = DeTable::new();
        for key in ["name", "kind", "section", "auto", "token-env"] {
            if let Some((key, value)) = keys.get_mut().remove_entry(key) {
                shared.insert(key, value);
            }
        }
        let shared = Deserializer::from(Spanned::new(span.clone(), shared));
        let shared = self.understood(schema::sources::Source::deserialize(shared), &span)?;
        let kind = shared.kind.get_ref().as_str();
        let Some((_, read)) = KINDS.iter().find(|(name, _)| *name == kind) else {
            self.unknown_kind(&shared.kind);
            return None;
        };
        let mut kind = self.understood(read(Deserializer::from(keys)), &span)?;
        if let Kind::Meetup(meetup) = &mut kind {
            self.groups(meetup, &shared.name);
        }
        self.judge(&kind, sections);
        self.place(&shared, sections);
        let plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '.');
        let name = shared.name.get_ref().clone();
        if name.is_empty() || !name.chars().all(plain) {
            let message = "a source's name is of letters, digits, `-`, `_` and `.`";
            self.mistake(&shared.name, message);
        }
        let section = shared.section.map(Spanned::into_inner);
        let source = Source {
            name,
            kind,
            section,
            auto: shared.auto.into_inner(),
            token_env: shared.token_env,
        };
        Some((shared.name, source))
    }

    /// What was read, or nothing and a mistake that is told. One that has no place of its own stands at the source.
    fn understood<T>(
        &mut self,
        read: std::result::Result<T, toml::de::Error>,
        source: &std::ops::Range<usize>,
    ) -> Option<T> {
        read.map_err(|error| {
            let place = explain_place(self.path, self.text, &error, source);
            self.mistakes.push(place);
        })
        .ok()
    }

    fn unknown_kind(&mut self, kind: &Spanned<String>) {
        let message = format!("there is no kind of source `{}`", kind.get_ref());
        let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
        let help = match did_you_mean(kind.get_ref(), names.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("kinds: {}", names.join(", ")),
        };
        self.mistake_with_help(kind, message, help);
    }

    /// Where a source writes.
    fn place(&mut self, source: &schema::sources::Source, sections: &[schema::Section]) {
        match &source.section {
            Some(section) => self.known_section(section, sections),
            None if *source.auto.get_ref() => {
                let message = "a source that writes by itself needs a `section` to write into";
                self.mistake(&source.auto, message);
            }
            None => {}
        }
    }

    /// Whether there is such a section.
    pub(super) fn known_section(&mut self, named: &Spanned<String>, sections: &[schema::Section]) {
        let ids = || sections.iter().map(|section| section.id.get_ref().as_str());
        if ids().any(|id| id == named.get_ref()) {
            return;
        }
        let message = format!("no section has the id `{}`", named.get_ref());
        match did_you_mean(named.get_ref(), ids()) {
            Some(meant) => {
                self.mistake_with_help(named, message, format!("did you mean `{meant}`?"));
            }
            None => self.mistake(named, message),
        }
    }

    /// What the types of a kind's keys cannot say.
    fn judge(&mut self, kind: &Kind, sections: &[schema::Section]) {
        match kind {
            Kind::GithubMerged(merged) => self.judge_merged(merged, sections),
            Kind::GithubLabelled(labelled) => {
                for repository in &labelled.repositories {
                    self.repository(&repository.repository);
                }
            }
            Kind::GithubRfcs(rfcs) => self.repository(&rfcs.repository),
            Kind::GithubFile(file) => {
                self.repository(&file.repository);
                if file.path.get_ref().starts_with('/') || !file.path.get_ref().contains('*') {
                    let message = "a pattern is relative to the repository and has a `*` in it";
                    self.mistake(&file.path, message);
                }
            }
            Kind::Ical(calendar) => {
                self.address(&calendar.url);
                self.zone(calendar.timezone.as_ref());
            }
            Kind::Meetup(meetup) => {
                self.address(&meetup.api);
                self.address(&meetup.login);
            }
            Kind::EventPage(pages) => {
                pages.urls.iter().for_each(|url| self.address(url));
                self.zone(pages.timezone.as_ref());
            }
            posts => self.judge_posts(posts),
        }
    }

    fn judge_merged(&mut self, merged: &GithubMerged, sections: &[schema::Section]) {
        let owner = merged.organisation.get_ref();
        if owner.is_empty() || owner.contains(|sign: char| !is_name(sign)) {
            self.mistake(&merged.organisation, "this is no name of an organisation");
        }
        for group in &merged.groups {
            if let Some(section) = &group.section {
                self.known_section(section, sections);
            }
            for repository in &group.repositories {
                self.repository(repository);
            }
        }
    }

    fn repository(&mut self, repository: &Spanned<String>) {
        let parts: Vec<&str> = repository.get_ref().split('/').collect();
        let good = |part: &&str| !part.is_empty() && part.chars().all(is_name);
        if parts.len() != 2 || !parts.iter().all(good) {
            self.mistake(repository, "a repository is written `owner/name`");
        }
    }

    /// How sources are read.
    pub(super) fn collecting(&mut self, written: &schema::sources::Collect) -> Collecting {
        let (since, until) = (*written.since_days.get_ref(), *written.until_days.get_ref());
        if !(0..=366).contains(&since) || !(0..=since).contains(&until) {
            let message = "days are counted back from the issue's: `since-days` is at most 366, `until-days` no more than \
                           `since-days`";
            self.mistake(&written.since_days, message);
        }
        let (timeout, patience) = (*written.timeout_s.get_ref(), *written.patience_s.get_ref());
        if !(1..=600).contains(&timeout) {
            self.mistake(&written.timeout_s, "between 1 and 600 seconds are sensible");
        }
        if !(timeout..=86_400).contains(&patience) {
            let message = "a source has at least as long as one request, and at most a day";
            self.mistake(&written.patience_s, message);
        }
        Collecting {
            since_days: since,
            until_days: until,
            timeout: Duration::from_secs(timeout),
            patience: Duration::from_secs(patience),
            private: written.private.clone(),
        }
    }
}

fn is_name(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '.')
}

impl Collecting {
    /// The days that count for the issue of a day, if the calendar has them.
    pub fn days(&self, issue: Date) -> Option<(Date, Date)> {
        let back = |days: i32| issue.checked_sub(jiff::Span::new().days(days)).ok();
        Some((back(self.since_days)?, back(self.until_days)?))
    }
}
