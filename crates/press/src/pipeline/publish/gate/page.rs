//! Pages and mails as programs will read them: what a parser complains of, what people who cannot see them would miss,
//! links and places on the site that are not there.

use super::stage::Stage;
use crate::pipeline::build::BuildReport;
use crate::pipeline::doctor::Report;
use crate::pipeline::publish::Night;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};
use press_core::html;
use press_core::render::{address, feed};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Most faults that are named.
const NAMED: usize = 4;

pub(super) fn look(night: &Night<'_>, stage: &Stage, built: &BuildReport, report: &mut Report) {
    let url = &night.piece.head.url;
    let path = file_of(stage, url);
    match path.and_then(|path| stage.read(&path)) {
        Some(page) => {
            let faults = page_faults(&page, stage);
            if faults.is_empty() {
                report.ok("page", format!("{url}, one of {} files", built.files));
            } else {
                let help = "`press serve` shows it; templates of your own stand in theme/";
                report.wrong("page", faults.join("; "), help);
            }
        }
        None => report.wrong(
            "page",
            format!("{url} was not made"),
            "look at `press build`",
        ),
    }
    look_at_feeds(url, stage, report);
}

/// The feeds parse, as their making shows; those of all issues have this one.
fn look_at_feeds(url: &str, stage: &Stage, report: &mut Report) {
    let mut entries = Vec::new();
    for made in stage.config.site.feeds.iter() {
        let path = made.path.trim_start_matches('/');
        // Feeds of categories, marks and the like need not have it.
        if made.path.contains('{') || made.category.is_some() {
            continue;
        }
        let Some(text) = stage.read(&PathBuf::from(path)) else {
            let help = "look at [[feed]] in press.toml";
            return report.wrong("feeds", format!("/{path} was not made"), help);
        };
        match feed::verify(made.format, &text) {
            Ok(count) if text.contains(url) => entries.push(format!("{} ({count})", made.path)),
            Ok(_) => {
                let says = format!("/{path} does not have the issue");
                return report.wrong("feeds", says, "is it dated before those that are in it?");
            }
            Err(why) => {
                let says = format!("/{path} cannot be read: {why}");
                return report.wrong("feeds", says, "look at `press build`");
            }
        }
    }
    report.ok("feeds", entries.join(", "));
}

/// The file behind an address of the site, if it is there.
fn file_of(stage: &Stage, url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?;
    let path = address::file_of(path.strip_prefix(stage.config.base().1).unwrap_or(path))?;
    let there = |path: &PathBuf| stage.config.site.out.join(path).is_file();
    let page = PathBuf::from(format!("{path}/index.html"));
    [PathBuf::from(path), page].into_iter().find(there)
}

/// What was seen in a page.
#[derive(Default)]
struct Seen {
    errors: Vec<String>,
    ids: BTreeSet<String>,
    twice: Vec<String>,
    headings: Vec<u8>,
    lang: bool,
    title: bool,
    without_alt: usize,
    links: Vec<String>,
}

#[derive(Default)]
struct Sink(RefCell<Seen>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<()> {
        let mut seen = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => seen.tag(&tag),
            Token::ParseError(error) => seen.errors.push(format!("line {line}: {error}")),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Seen {
    fn of(page: &str) -> Seen {
        html::read(page, Sink::default()).0.into_inner()
    }

    fn tag(&mut self, tag: &Tag) {
        let value = |wanted: &str| {
            let found = tag.attrs.iter().find(|one| &*one.name.local == wanted);
            found.map(|one| one.value.to_string())
        };
        if let Some(id) = value("id")
            && !self.ids.insert(id.clone())
        {
            self.twice.push(id);
        }
        match &*tag.name {
            "html" => self.lang = value("lang").is_some_and(|lang| !lang.is_empty()),
            "title" => self.title = true,
            "img" if value("alt").is_none() => self.without_alt += 1,
            "a" => self.links.extend(value("href")),
            name => {
                if let [b'h', level @ b'1'..=b'6'] = name.as_bytes() {
                    self.headings.push(level - b'0');
                }
            }
        }
    }

    /// What holds for pages and mails alike.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        faults.extend(self.errors.iter().take(NAMED).cloned());
        faults.extend(
            self.twice
                .iter()
                .take(NAMED)
                .map(|id| format!("two elements have the id `{id}`")),
        );
        if !self.lang {
            faults.push("it does not say its language".to_owned());
        }
        if !self.title {
            faults.push("it has no title".to_owned());
        }
        match self.headings.iter().filter(|level| **level == 1).count() {
            1 => {}
            count => faults.push(format!("it has {count} headings of the first level")),
        }
        if self.headings.windows(2).any(|two| two[1] > two[0] + 1) {
            faults.push("a level of headings is left out".to_owned());
        }
        if self.without_alt > 0 {
            faults.push(format!("{} pictures have no `alt`", self.without_alt));
        }
        faults
    }
}

fn page_faults(page: &str, stage: &Stage) -> Vec<String> {
    let seen = Seen::of(page);
    let mut faults = seen.faults();
    let (origin, _) = stage.config.base();
    let mut missing = BTreeSet::new();
    for link in &seen.links {
        let link = link.strip_prefix(origin).unwrap_or(link);
        let own = link.starts_with('/') && !link.starts_with("//");
        if let Some(place) = link.strip_prefix('#') {
            let place = percent_decoded(place);
            if !place.is_empty() && !seen.ids.contains(&place) {
                missing.insert(link.to_owned());
            }
        } else if own && !is_served(link) && file_of(stage, link).is_none() {
            missing.insert(link.to_owned());
        }
    }
    faults.extend(
        missing
            .into_iter()
            .take(NAMED)
            .map(|link| format!("{link} leads nowhere")),
    );
    faults
}

/// Addresses that `press server` answers itself, so that no file stands for them.
fn is_served(link: &str) -> bool {
    ["/subscribe", "/account", "/submit", "/nominate", "/api/"]
        .iter()
        .any(|served| link.starts_with(served))
}

fn percent_decoded(text: &str) -> String {
    let pair = format!("={}", text.replace('+', "%2B").replace('&', "%26"));
    let mut pairs = form_urlencoded::parse(pair.as_bytes());
    pairs
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// What is wrong with a mail's HTML.
pub(super) fn mail_faults(html: &str) -> Vec<String> {
    let seen = Seen::of(html);
    let mut faults = seen.faults();
    let relative = |link: &&String| {
        let known = ["https://", "http://", "mailto:", "#"];
        !link.is_empty() && !known.iter().any(|scheme| link.starts_with(scheme))
    };
    let relative = seen.links.iter().filter(relative).take(NAMED);
    faults.extend(relative.map(|link| format!("{link} is no whole address")));
    if html.len() > CLIPPED_BYTES {
        faults.push(format!(
            "it is {} KB: mail programs cut it off",
            html.len() / 1000
        ));
    }
    faults
}

/// Gmail shows no more than this of a mail.
const CLIPPED_BYTES: usize = 102_000;
