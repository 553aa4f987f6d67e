//! An issue as mail: found, rendered for what subscribers choose, given its headers, signed.
//!
//! Rendering is the core's, composing is [`message`]'s. Here stands what joins them with the newsletter's
//! configuration; who gets a message is not known here.

use super::build::{look, sources};
use super::{inspect, keys};
use crate::config::{Config, Mailbox, Secrets};
use crate::error::{Error, Result, did_you_mean};
use crate::mail::message::{self, Content, Head, Prepared, Subscriber};
use jiff::Timestamp;
use press_core::issue::{Document, Issue, markdown};
use press_core::render::email::{self, Choice, Email, REGIONS, Row, Settings};
use press_core::render::gaps::Gapped;
use press_core::render::site::IssueHead;
use press_core::render::theme::Theme;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// One issue that can be mailed.
#[derive(Debug)]
pub struct Mailing<'c> {
    config: &'c Config,
    theme: Theme,
    /// The file it came from.
    pub path: PathBuf,
    text: String,
    /// Title, number, day.
    pub issue: IssueHead,
    /// Its page: a whole address.
    pub url: String,
}

/// To whom a campaign goes, as headers name it.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    /// The list's id in `press.toml`.
    pub id: &'a str,
    /// Its name for people.
    pub name: &'a str,
}

impl<'c> Mailing<'c> {
    /// Loads an issue by number, day or path, as `draft` or `latest`; without a wish the newest draft, or else the newest
    /// issue.
    pub fn load(config: &'c Config, wanted: Option<&str>) -> Result<Mailing<'c>> {
        let path = match wanted {
            Some(wanted) => inspect::find_path(config, wanted)?,
            None => inspect::find_path(config, "draft")
                .or_else(|_| inspect::find_path(config, "latest"))?,
        };
        Mailing::of_file(config, path)
    }

    fn of_file(config: &'c Config, path: PathBuf) -> Result<Mailing<'c>> {
        let (text, issue) = sources::head_of(config, &path, path.starts_with(&config.drafts))?;
        let theme = look::theme(config, look::own_files(&config.site.theme)?);
        let theme = theme.map_err(|error| error.state(UNTOUCHED))?;
        Ok(Mailing {
            url: format!("{}{}", config.base().0, issue.url),
            config,
            theme,
            path,
            text,
            issue,
        })
    }

    /// What stands for the issue in ids: its number, else its day and title.
    pub fn id(&self) -> String {
        self.issue.id()
    }

    /// The issue's text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Renders the issue for one choice of regions and sections.
    pub fn render(&self, choice: &Choice) -> Result<Email> {
        let source = markdown::Source::new(&self.text, self.config.format.definitions);
        let document = Document::parse(&source);
        let issue = Issue::read(&document, &self.config.format);
        sources::refuse(&self.path, &self.text, &issue.findings)?;
        let mail = &self.config.mail;
        let settings = Settings {
            theme: &self.theme,
            newsletter: &self.config.newsletter,
            budget_bytes: mail.budget_bytes,
            shorten: &mail.shorten,
            unsubscribe: &mail.unsubscribe,
            preferences: &mail.preferences,
            postal_address: mail.postal_address.as_deref(),
        };
        let source = email::Source {
            document: &document,
            issue: &issue,
            head: &self.issue,
            url: &self.url,
        };
        let email = email::render(&settings, source, choice);
        let email =
            email.map_err(|error| look::template_error(self.config, &error).state(UNTOUCHED))?;
        self.refuse_without_way_out(&email)?;
        Ok(email)
    }

    /// A template of the newsletter's own may have forgotten it.
    fn refuse_without_way_out(&self, email: &Email) -> Result<()> {
        for (name, text) in [("email.html", &email.html), ("email.txt", &email.text)] {
            if text.gaps() == 0 {
                let file = self.config.site.theme.join(name);
                let error = Error::new(format!("{} gives readers no way to leave", file.display()));
                return Err(error.help("put a link to `{{ mail.unsubscribe }}` into it"));
            }
        }
        Ok(())
    }

    /// The headers that all messages of a campaign share.
    pub fn head(&self, list: List<'_>, date: Timestamp) -> Result<Head> {
        let (config, mail) = (self.config, &self.config.mail);
        let from = mail.from.clone().ok_or_else(|| {
            let error = Error::new(format!("{} does not say who sends", config.path.display()));
            error.help("add `from = \"Name <name@host.example>\"` under [mail]")
        })?;
        let mut unsubscribe = vec![Gapped::split(&mail.unsubscribe, TOKEN)];
        let by_mail = format!("mailto:{}?subject=unsubscribe%20{TOKEN}", mail.bounces);
        unsubscribe.push(Gapped::split(&by_mail, TOKEN));
        let on_site = |path: &str| format!("{}{path}", config.newsletter.base_url);
        let whole = |url: &Option<String>| {
            let url = url.as_deref()?;
            let own = url.starts_with('/');
            Some(if own {
                format!("{}{url}", config.base().0)
            } else {
                url.to_owned()
            })
        };
        Ok(Head {
            from: with_name(from, &config.newsletter.name),
            reply_to: mail.reply_to.clone(),
            subject: self.issue.title.clone(),
            date,
            language: config.newsletter.language.clone(),
            issue: self.id(),
            list: list.id.to_owned(),
            list_name: list.name.to_owned(),
            domain: mail.domain.clone(),
            unsubscribe,
            archive: Some(on_site(&config.site.archive)),
            help: None,
            owner: whole(&config.newsletter.contact),
            subscribe: whole(&config.newsletter.subscribe),
            complaints: mail.complaints.clone(),
        })
    }
}

/// How things stand when an issue cannot be rendered.
const UNTOUCHED: &str = "nothing was written or sent";

/// What stands for a person in the addresses of `[mail]`.
const TOKEN: &str = "{token}";

fn with_name(from: Mailbox, name: &str) -> Mailbox {
    let name = if from.name.is_empty() {
        name.to_owned()
    } else {
        from.name
    };
    Mailbox { name, ..from }
}

/// What a rendered issue says, as a message holds it.
pub fn content(email: &Email, text_only: bool) -> Content {
    Content {
        text: email.text.clone(),
        html: (!text_only).then(|| email.html.clone()),
    }
}

/// A choice that names known regions and sections.
pub fn choice(config: &Config, regions: &[String], without: &[String]) -> Result<Choice> {
    let known = |id: &String, all: Vec<&str>, what: &str| {
        if all.contains(&id.as_str()) {
            return Ok(id.clone());
        }
        let error = Error::new(format!("there is no {what} `{id}`"));
        Err(match did_you_mean(id, all.iter().copied()) {
            Some(meant) => error.help(format!("did you mean `{meant}`?")),
            None => error.help(format!("there are {}", all.join(", "))),
        })
    };
    let region = |id: &String| known(id, REGIONS.iter().map(|(id, _)| *id).collect(), "region");
    let sections = || {
        config
            .format
            .sections
            .iter()
            .map(|section| section.id.as_str())
    };
    let section = |id: &String| known(id, sections().collect(), "section");
    Ok(Choice {
        regions: regions.iter().map(region).collect::<Result<_>>()?,
        without: without.iter().map(section).collect::<Result<_>>()?,
    })
}

/// What `press email` is asked for.
#[derive(Debug)]
pub struct Request<'a> {
    /// Which issue.
    pub issue: Option<&'a str>,
    /// What is shown of it.
    pub choice: Choice,
    /// Whether the message has no HTML.
    pub text_only: bool,
    /// For whom the example is.
    pub to: &'a str,
    /// When it is sent.
    pub now: Timestamp,
    /// Where the files go.
    pub out: &'a Path,
}

/// What `press email` made.
#[derive(Debug, Serialize)]
pub struct Written {
    /// The issue's file.
    pub issue: PathBuf,
    /// What the mail is about.
    pub subject: String,
    /// The files, ready to be looked at.
    pub files: Vec<PathBuf>,
    /// Bytes of HTML.
    pub html_bytes: usize,
    /// Bytes of plain text.
    pub text_bytes: usize,
    /// Bytes of the whole message as it travels.
    pub message_bytes: usize,
    /// Most bytes of HTML.
    pub budget_bytes: usize,
    /// What each part costs.
    pub parts: Vec<Row>,
    /// Titles of the sections that were shortened.
    pub shortened: Vec<String>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

/// Writes an issue's mail as `.eml`, `.html` and `.txt`.
pub fn write(config: &Config, secrets: &Secrets, request: &Request<'_>) -> Result<Written> {
    let mailing = Mailing::load(config, request.issue)?;
    let email = mailing.render(&request.choice)?;
    let mut notes = Vec::new();
    let signers = keys::signers(config, secrets)?;
    if signers.is_empty() {
        notes.push(
            "the message is not signed: press.toml names no key under `dkim` of [mail]".to_owned(),
        );
    }
    let list = List {
        id: "list",
        name: &config.newsletter.name,
    };
    let head = mailing.head(list, request.now)?;
    let prepared = Prepared::new(&head, &content(&email, request.text_only), signers);
    let mut message = Vec::new();
    let subscriber = Subscriber {
        address: request.to,
        name: None,
        token: EXAMPLE,
        id: 0,
    };
    prepared
        .compose(&subscriber, &mut message)
        .map_err(|unmailable| refused(request.to, unmailable))?;
    let stem = mailing
        .path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let (html, text) = (email.html.fill(EXAMPLE), email.text.fill(EXAMPLE));
    let mut files = vec![("eml", message.as_slice())];
    if !request.text_only {
        files.push(("html", html.as_bytes()));
    }
    files.push(("txt", text.as_bytes()));
    std::fs::create_dir_all(request.out)
        .map_err(|cause| Error::io("make the folder", request.out, &cause))?;
    let write = |(extension, bytes): (&str, &[u8])| {
        let path = request.out.join(format!("{stem}.{extension}"));
        std::fs::write(&path, bytes).map_err(|cause| Error::io("write", &path, &cause))?;
        Ok(path)
    };
    Ok(Written {
        files: files.into_iter().map(write).collect::<Result<_>>()?,
        issue: mailing.path,
        subject: email.subject,
        html_bytes: html.len(),
        text_bytes: text.len(),
        message_bytes: message.len(),
        budget_bytes: config.mail.budget_bytes,
        parts: email.bill,
        shortened: email.shortened,
        notes,
    })
}

/// The token of nobody.
pub const EXAMPLE: &str = "example";

fn refused(address: &str, unmailable: message::Unmailable) -> Error {
    let error = Error::new(format!(
        "no message can be made for `{}`",
        address.escape_debug()
    ));
    error.because(match unmailable {
        message::Unmailable::Address(mistake) => mistake.to_string(),
        message::Unmailable::Token => "the token cannot stand in an address of the web".to_owned(),
    })
}
