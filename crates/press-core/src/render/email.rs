//! An issue as a mail: HTML and plain text that say the same, for one choice of regions and sections.
//!
//! The look stands once, in the head of the HTML; nothing is repeated at each item. Some programs show a mail only up to a
//! size, so the HTML has a budget: over it, the least important sections are shortened, and say so. What differs from person
//! to person is one word in the links of the foot: see [`super::gaps`].

use super::article::{self, ArticleOptions};
use super::gaps::{Gapped, unused_marker};
use super::site::{IssueHead, NewsletterInfo};
use super::text;
use super::theme::{TemplateError, Theme};
use crate::issue::{Document, Issue};
use minijinja::Value;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

mod budget;
mod choose;
mod plan;

pub use choose::{REGIONS, Scope, regions_of_section};
use plan::Plan;

/// What a subscriber wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Choice {
    /// The regions whose events are shown, by the names in [`REGIONS`]; empty means all.
    pub regions: BTreeSet<String>,
    /// Ids of sections that are left out, with all below them.
    pub without: BTreeSet<String>,
}

/// What all mails of a newsletter share.
#[derive(Clone, Debug)]
pub struct Settings<'a> {
    /// The templates.
    pub theme: &'a Theme,
    /// The newsletter.
    pub newsletter: &'a NewsletterInfo,
    /// Most bytes of HTML.
    pub budget_bytes: usize,
    /// Ids of sections in the order in which they are shortened. Others come after them: offers of work, events, calls for
    /// papers, then the rest from the last to the first.
    pub shorten: &'a [String],
    /// Where a person leaves; holds `{token}`.
    pub unsubscribe: &'a str,
    /// Where a person chooses; holds `{token}`.
    pub preferences: &'a str,
    /// The sender's postal address, if laws ask for it.
    pub postal_address: Option<&'a str>,
}

/// A text with its issue and what it is called.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The parsed text.
    pub document: &'a Document<'a>,
    /// What was read.
    pub issue: &'a Issue,
    /// Title, date and path.
    pub head: &'a IssueHead,
    /// Its page: a whole address.
    pub url: &'a str,
}

/// A mail without its headers.
#[derive(Clone, Debug)]
pub struct Email {
    /// What it is about.
    pub subject: String,
    /// As HTML.
    pub html: Gapped,
    /// As plain text.
    pub text: Gapped,
    /// What each section costs.
    pub bill: Vec<Row>,
    /// What was shortened: sections by their titles.
    pub shortened: Vec<String>,
}

/// What one part of a mail costs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The section's id; none for what stands before the sections, and for the frame.
    pub id: Option<String>,
    /// Its title.
    pub title: String,
    /// Bytes of HTML.
    pub html_bytes: usize,
    /// Bytes of plain text.
    pub text_bytes: usize,
    /// Number of items that are shown.
    pub items: usize,
    /// Number of items that are left to the web for want of room.
    pub cut: usize,
}

/// Placeholder in the addresses of [`Settings`].
const TOKEN: &str = "{token}";

/// Room that a person's token takes in one place.
const TOKEN_BYTES: usize = 64;

/// Renders a mail.
pub fn render(
    settings: &Settings<'_>,
    source: Source<'_>,
    choice: &Choice,
) -> Result<Email, TemplateError> {
    let document = whole_addresses(source, &settings.newsletter.base_url);
    let mut plan = Plan::new(&document, source.issue, source.url);
    choose::apply(&mut plan, choice);
    let mail = Mail {
        settings,
        source,
        choice,
    };
    let mut email = mail.render(&plan)?;
    // Shortening is planned with what parts cost one by one; the sum of all may still differ a little.
    let mut aim = settings.budget_bytes;
    for _ in 0..TRIES {
        let size = size_of(&email.html);
        if size <= settings.budget_bytes {
            break;
        }
        let over = size - settings.budget_bytes;
        aim = aim.saturating_sub(over / 8 + 64);
        if !budget::shorten(&mut plan, settings.shorten, size.saturating_sub(aim)) {
            break;
        }
        email = mail.render(&plan)?;
    }
    email.bill = mail.bill(&plan, &email);
    email.shortened = plan.shortened();
    Ok(email)
}

/// How often a mail is made shorter; the last times it loses whole sections.
const TRIES: usize = 12;

/// Bytes of a text with its gaps filled.
fn size_of(text: &Gapped) -> usize {
    text.size_bytes() + text.gaps() * TOKEN_BYTES
}

/// One mail as it is put together.
struct Mail<'a> {
    settings: &'a Settings<'a>,
    source: Source<'a>,
    choice: &'a Choice,
}

impl Mail<'_> {
    fn render(&self, plan: &Plan<'_>) -> Result<Email, TemplateError> {
        let (document, issue) = plan.carry_out(None);
        let body = article::render(&document, &issue, OPTIONS).html;
        let plain = text::render(&document, &issue);
        let marker = unused_marker(&[
            &body,
            &plain,
            self.settings.unsubscribe,
            self.settings.preferences,
            &self.source.head.title,
        ]);
        let html = self.frame("email.html", Value::from_safe_string(body), &marker)?;
        let text = self.frame("email.txt", Value::from_safe_string(plain), &marker)?;
        Ok(Email {
            subject: self.source.head.title.clone(),
            html: Gapped::split(&html, &marker),
            text: Gapped::split(&text, &marker),
            bill: Vec::new(),
            shortened: Vec::new(),
        })
    }

    /// A template around the body.
    fn frame(&self, template: &str, body: Value, marker: &str) -> Result<String, TemplateError> {
        let head = self.source.head;
        let own = |pattern: &str| pattern.replace(TOKEN, marker);
        let left_out: Vec<&str> = self
            .choice
            .without
            .iter()
            .map(|id| self.title_of(id))
            .collect();
        let regions: Vec<&str> = self
            .choice
            .regions
            .iter()
            .map(|region| choose::name_of(region))
            .collect();
        let mail = minijinja::context! {
            subject => head.title.as_str(),
            preheader => preheader(self.source.issue, &head.title),
            web => self.source.url,
            unsubscribe => own(self.settings.unsubscribe),
            preferences => own(self.settings.preferences),
            postal_address => self.settings.postal_address,
            left_out => left_out.join(", "),
            regions => regions.join(", "),
        };
        let context = minijinja::context! {
            newsletter => Value::from(minijinja::value::Serde(self.settings.newsletter)),
            issue => minijinja::context! {
                title => head.title.as_str(), number => head.number, date => head.date.to_string(),
                date_text => head.date_text(), draft => head.draft, url => self.source.url, body,
            },
            mail,
        };
        self.settings.theme.render(template, context)
    }

    fn title_of<'s>(&'s self, id: &'s str) -> &'s str {
        let section = self
            .source
            .issue
            .sections
            .iter()
            .find(|section| section.id.as_deref() == Some(id));
        section.map_or(id, |section| &section.title)
    }

    /// What each section of the top level costs, what stands before them, and the rest.
    fn bill(&self, plan: &Plan<'_>, email: &Email) -> Vec<Row> {
        let mut parts: BTreeMap<Option<usize>, Row> = BTreeMap::new();
        for section in plan.tops().into_iter().take(ROWS) {
            let (document, issue) = plan.carry_out(Some(section));
            if document.events.is_empty() {
                continue;
            }
            let known = section.map(|section| &self.source.issue.sections[section]);
            let row = Row {
                id: known.and_then(|section| section.id.clone()),
                title: known.map_or_else(
                    || "(before the sections)".to_owned(),
                    |section| section.title.clone(),
                ),
                html_bytes: article::render(&document, &issue, OPTIONS).html.len(),
                text_bytes: text::render(&document, &issue).len(),
                items: plan.shown_items(section),
                cut: plan.cut_items(section),
            };
            parts.insert(section, row);
        }
        let mut bill: Vec<Row> = parts.into_values().collect();
        let sum = |of: fn(&Row) -> usize| bill.iter().map(of).sum::<usize>();
        bill.push(Row {
            title: "(head, style and foot)".to_owned(),
            html_bytes: size_of(&email.html).saturating_sub(sum(|row| row.html_bytes)),
            text_bytes: size_of(&email.text).saturating_sub(sum(|row| row.text_bytes)),
            ..Row::default()
        });
        bill
    }
}

/// Most rows of a bill; real issues have a dozen. What further sections cost stands in its last row.
const ROWS: usize = 100;

/// Addresses are whole already, and nothing links to headings.
const OPTIONS: ArticleOptions<'_> = ArticleOptions {
    root: "",
    page: "",
    anchors: &[],
    without_ids: true,
    item_ids: &[],
    on_page: false,
    events: None,
    archive: None,
};

/// What programs show beside the subject: the first titles. The subject itself is not repeated.
fn preheader(issue: &Issue, subject: &str) -> String {
    let sentence = super::site::highlights(issue);
    if sentence == subject {
        String::new()
    } else {
        sentence
    }
}

/// The document with all addresses as they are from anywhere.
fn whole_addresses<'d>(source: Source<'d>, root: &str) -> Document<'d> {
    use pulldown_cmark::{Event, Tag};
    let mut document = plan::copy(source.document);
    for (event, _) in &mut document.events {
        if let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event
            && let Some(whole) = whole_address(dest_url, root, source.url)
        {
            *dest_url = whole.into();
        }
    }
    document
}

/// `url` as it is from anywhere, if it is not already. `root` is the site without slash, `page` the issue's page.
fn whole_address(url: &str, root: &str, page: &str) -> Option<String> {
    let scheme = url
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default()
        .contains(':');
    if scheme {
        return None;
    }
    Some(match url.as_bytes() {
        [] => page.to_owned(),
        [b'/', b'/', ..] => format!("https:{url}"),
        [b'/', ..] => format!("{root}{url}"),
        [b'#' | b'?', ..] => format!("{page}{url}"),
        _ => {
            let folder = page.rfind('/').map_or(page, |slash| &page[..=slash]);
            format!("{folder}{url}")
        }
    })
}

#[cfg(test)]
mod tests;
