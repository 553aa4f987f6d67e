//! `press.toml`: what a newsletter is called, where its texts are, how its site and its issues look.
//!
//! Loading reports all mistakes at once, each with its place. Secrets never stand here; they come from the
//! environment, read by those who need them.

mod announce;
mod check;
mod deploy;
mod drafts;
mod editors;
mod events;
mod links;
mod lists;
mod mail;
mod mistakes;
mod needed;
mod newsletter;
mod publish;
mod rota;
mod schema;
mod seed;
mod sending;
mod server;
mod site;
mod sources;
mod store;
mod submissions;
mod transport;
mod votes;
mod webhooks;

use crate::error::{Error, Place, Result, did_you_mean};
use jiff::tz::TimeZone;
use mistakes::explain;
use press_core::check::options::Options;
use press_core::diagnostic::Level;
use press_core::draft::schedule::Schedule;
use press_core::format::{Format, MarkSpec, SectionSpec};
use press_core::render::address;
use press_core::render::site::NewsletterInfo;
use serde::Deserialize;
pub use sources::{
    Bluesky, Collecting, Discourse, EventPage, Feed, ForumPlace, GithubFile, GithubLabelled,
    GithubMerged, GithubRfcs, Group, Hackernews, Ical, Kind, Lobsters, Mastodon, Meetup,
    MergedOrder, Nominated, Proposals, Reddit, Repository, Secrets, Source, group_name,
};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The configuration of one newsletter, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it came from.
    pub path: PathBuf,
    /// The file's text; part of what decides whether pages must be made again.
    pub text: String,
    /// The newsletter's folder.
    pub folder: PathBuf,
    /// The newsletter for templates.
    pub newsletter: NewsletterInfo,
    /// Where a day begins.
    pub timezone: TimeZone,
    /// Folder of published issues.
    pub issues: PathBuf,
    /// Folder of drafts.
    pub drafts: PathBuf,
    /// Folder of static pages.
    pub pages: PathBuf,
    /// Category of issues that name none.
    pub default_category: Option<String>,
    /// How issues are read.
    pub format: Format,
    /// When issues appear, if the newsletter says so.
    pub schedule: Option<Schedule>,
    /// What a new draft begins as.
    pub draft: DraftSettings,
    /// How each section is filled, in the order of the format's sections.
    pub filling: Vec<Filling>,
    /// How serious findings of rules are, where it is not as the rule says.
    pub levels: HashMap<String, Level>,
    /// How the web is asked for links.
    pub links: Links,
    /// The places that are read.
    pub sources: Vec<Source>,
    /// How they are read.
    pub collecting: Collecting,
    /// How events are written.
    pub events: press_core::events::Style,
    /// How messages leave.
    pub transport: Transport,
    /// How messages that were not taken are tried again.
    pub sending: Sending,
    /// The process that readers talk to.
    pub server: Server,
    /// How people send links.
    pub submissions: Submissions,
    /// How an issue goes out.
    pub publish: Publish,
    /// What people do in turns.
    pub duties: Vec<Duty>,
    /// Who hears if an issue is late.
    pub alarm: Alarm,
    /// Where and how an issue is made known.
    pub announcement: Announcement,
    /// Mailboxes of our own in which issues must arrive.
    pub seeds: Vec<Seed>,
    /// Services that tell what came back.
    pub webhooks: Vec<Webhook>,
    /// Where the built site is put.
    pub deploys: Vec<Deploy>,
    /// Who may decide through the server.
    pub editors: Vec<Editor>,
    /// The database.
    pub store: Database,
    /// How an issue is mailed.
    pub mail: Mail,
    /// The lists that people subscribe to; there is always one.
    pub lists: Vec<List>,
    /// What readers nominate and choose.
    pub votes: Vec<Vote>,
    /// What is set for single rules.
    pub check: Options,
    /// The site.
    pub site: Site,
    /// Old ids of headings, by page.
    pub anchors: HashMap<String, Vec<(String, String)>>,
}

pub use announce::{
    AnnounceKind, Announcement, Channel, ChannelPlace, RedditPost, Subreddit, Visibility,
};
pub use deploy::{
    CommandPlace, Deploy, DeployKind, DeployPlace, FolderPlace, Foreign, GitPlace, RsyncPlace,
    S3Place,
};
pub use drafts::{DraftSettings, Filling};
pub use editors::Editor;
pub use mail::{Dkim, KeyPlace, Mail, Mailbox};
pub use needed::Needed;
pub use publish::Publish;
pub use rota::{Alarm, Duty};
pub use seed::{Imap, Seed, SeedPlace};
pub use sending::Sending;
pub use server::{Network, Server};
pub use site::{FeedFile, Site};
pub use store::{DATABASE_VARIABLE, Database, DatabaseUrl};
pub use submissions::Submissions;
pub use transport::{Login, Relay, Ses, Tls, Transport, TransportKind};
pub use votes::{Topic, Vote};
pub use webhooks::{Webhook, WebhookKind, region_of};
pub use {links::Links, lists::List};

/// The name of the configuration in a newsletter's folder.
pub const FILE_NAME: &str = "press.toml";

impl Config {
    /// Loads the configuration of the newsletter in `folder`; `elsewhere` names another file than the
    /// `press.toml` in it.
    pub fn load(folder: &Path, elsewhere: Option<&Path>) -> Result<Config> {
        if !folder.is_dir() {
            let error = Error::new(format!("there is no folder {}", folder.display()));
            return Err(
                error.help("`-C` names the newsletter's folder; `press init DIR` makes a new one")
            );
        }
        let path = elsewhere.map_or_else(|| folder.join(FILE_NAME), Path::to_path_buf);
        let text = match std::fs::read(&path) {
            Ok(bytes) => String::from_utf8(bytes)
                .map_err(|error| crate::newsletter::not_utf8(&path, error.as_bytes()))?,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound && elsewhere.is_none() => {
                let error = Error::new(format!(
                    "{} is not a newsletter: it has no {FILE_NAME}",
                    folder.display()
                ));
                return Err(error.help(
                    "go to its folder or name it with `-C`; `press init DIR` makes a new one",
                ));
            }
            Err(cause) => return Err(Error::io("read", &path, &cause)),
        };
        let refused = |error| explain(&path, &text, &error);
        let (rest, sources) = sources::split(&text).map_err(refused)?;
        let file = schema::File::deserialize(rest).map_err(refused)?;
        let mut loader = Loader {
            path: &path,
            text: &text,
            mistakes: Vec::new(),
        };
        let sources = loader.sources(sources, &file.section);
        let config = loader.config(file, folder);
        let config = config.with_sources(sources);
        match loader.mistakes.len() {
            0 => Ok(config),
            1 => {
                Err(Error::new(format!("{} has a mistake", path.display())).at_all(loader.mistakes))
            }
            count => Err(
                Error::new(format!("{} has {count} mistakes", path.display()))
                    .at_all(loader.mistakes),
            ),
        }
    }

    /// The same with its sources. A section that one of them writes by itself has a block in new drafts.
    fn with_sources(mut self, sources: Vec<Source>) -> Config {
        for (section, filling) in self.format.sections.iter().zip(&mut self.filling) {
            let writes = |source: &Source| {
                source.auto && source.section.as_deref() == Some(section.id.as_str())
            };
            filling.collected |= sources.iter().any(writes);
        }
        self.sources = sources;
        self
    }

    /// The folder beside which everything is kept that `press` makes: the site and its notes on it.
    pub fn home(&self) -> &Path {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    }

    /// An address as pages link to it: one that begins with `/` stands below the site's own path.
    pub fn on_site(&self, url: &str) -> String {
        let own = url.starts_with('/') && !url.starts_with("//");
        if own {
            format!("{}{url}", self.base().1)
        } else {
            url.to_owned()
        }
    }

    /// Scheme and host of the site, and the path below which it stands.
    pub fn base(&self) -> (&str, &str) {
        address::split_base(&self.newsletter.base_url)
    }
}

/// A variable of the environment.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

struct Loader<'t> {
    path: &'t Path,
    text: &'t str,
    mistakes: Vec<Place>,
}

impl Loader<'_> {
    fn config(&mut self, file: schema::File, folder: &Path) -> Config {
        let format = self.format(&file);
        let drafts = self.drafts(&file, &format, folder);
        let lists = self.lists(&file);
        let votes = self.votes(&file, &format);
        let site = self.site(&file, folder);
        let transport = self.transport(&file, folder);
        let deploys = self.deploys(&file);
        let repository = file.newsletter.repository.as_deref();
        let submissions = self.submissions(&file.submissions, repository);
        let publish = self.publish(&file.publish, &lists, drafts.0.as_ref());
        let duties = self.duties(&file, drafts.0.as_ref(), &format);
        let announcement = self.announcement(&file, &format, &votes);
        let timezone = self.place_and_time(&file.newsletter);
        let server = self.server(&file.server, file.newsletter.base_url.get_ref());
        let newsletter = site::newsletter(file.newsletter);
        let mail = self.mail(&file.mail, &newsletter, &format);
        Config {
            path: self.path.to_owned(),
            text: self.text.to_owned(),
            folder: folder.to_owned(),
            newsletter,
            timezone,
            issues: folder.join(file.content.issues),
            drafts: folder.join(file.content.drafts),
            pages: folder.join(file.content.pages),
            default_category: file.content.default_category,
            format,
            schedule: drafts.0,
            draft: drafts.1,
            filling: drafts.2,
            levels: self.levels(&file.check),
            links: self.links(&file.links),
            sources: Vec::new(),
            collecting: self.collecting(&file.collect),
            events: self.events(&file.events),
            transport,
            sending: self.sending(&file.sending),
            server,
            submissions,
            publish,
            duties,
            alarm: self.alarm(&file.alarm),
            announcement,
            seeds: self.seeds(&file.seed, folder),
            webhooks: self.webhooks(&file.webhook),
            deploys,
            editors: self.editors(&file.editor),
            store: self.database(&file.store),
            mail,
            lists,
            votes,
            check: self.options(&file.check),
            site,
            anchors: site::anchors(file.anchor),
        }
        .with_links_on_site()
    }

    fn format(&mut self, file: &schema::File) -> Format {
        let mut index: HashMap<&str, usize> = HashMap::new();
        for (at, section) in file.section.iter().enumerate() {
            if index.insert(section.id.get_ref(), at).is_some() {
                self.mistake(
                    &section.id,
                    format!("two sections have the id `{}`", section.id.get_ref()),
                );
            }
        }
        let mut sections = Vec::new();
        for (at, section) in file.section.iter().enumerate() {
            let mut spec = SectionSpec::new(section.id.get_ref(), section.kind, &section.title)
                .with_names(section.names.iter().map(String::as_str))
                .with_openings(section.opens_with.iter().map(String::as_str));
            spec.required = section.required;
            spec.placeholder.clone_from(&section.placeholder);
            spec.parent = section.parent.as_ref().and_then(|parent| {
                let found = index.get(parent.get_ref().as_str()).copied();
                if found.is_none() {
                    let message = format!("no section has the id `{}`", parent.get_ref());
                    match did_you_mean(parent.get_ref(), index.keys().copied()) {
                        Some(meant) => self.mistake_with_help(
                            parent,
                            message,
                            format!("did you mean `{meant}`?"),
                        ),
                        None => self.mistake(parent, message),
                    }
                }
                found
            });
            if circular(&file.section, &index, at) {
                self.mistake(&section.id, "this section is its own ancestor");
                spec.parent = None;
            }
            sections.push(spec);
        }
        let marks = file.mark.iter().map(|mark| MarkSpec {
            id: mark.id.to_lowercase(),
            label: mark.label.clone().unwrap_or_else(|| mark.id.clone()),
            names: mark.names.iter().map(|name| name.to_lowercase()).collect(),
        });
        Format::new(sections, marks.collect(), file.markdown.definitions)
    }
}

/// Whether following parents from section `at` never ends.
fn circular(sections: &[schema::Section], index: &HashMap<&str, usize>, at: usize) -> bool {
    let mut next = Some(at);
    for _ in 0..=sections.len() {
        let Some(section) = next else { return false };
        let parent = sections[section].parent.as_ref();
        next = parent.and_then(|parent| index.get(parent.get_ref().as_str()).copied());
    }
    true
}
