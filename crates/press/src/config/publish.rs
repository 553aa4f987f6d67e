//! What `press.toml` says of the night of publication, checked.

use super::{List, Loader, schema};
use press_core::draft::schedule::Schedule;
use press_core::render::address;
use std::time::Duration;
use toml::Spanned;

/// How an issue goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// The commit's message, a pattern.
    pub message: String,
    /// The commit's tag, a pattern; empty for none.
    pub tag: String,
    /// The Git remote.
    pub remote: String,
    /// Whether it is pushed to.
    pub push: bool,
    /// Whether the web is asked for every link before.
    pub links: bool,
    /// Whether the site is read back; as the newsletter is deployed if nothing is said.
    pub verify: Option<bool>,
    /// How long readers may have to wait for it.
    pub patience: Duration,
    /// The ids of the lists that get it.
    pub lists: Vec<String>,
    /// Whether the next draft is made.
    pub next_draft: bool,
    /// The id of the section that tells of corrections.
    pub corrections: String,
    /// The hub that hears of changed feeds.
    pub websub: Option<String>,
    /// The key for search engines.
    pub indexnow: Option<String>,
    /// Who is told of new pages.
    pub indexnow_url: String,
}

/// The names that the patterns may have, beside `title`.
const NAMES: &[&str] = &["date", "year", "month", "day", "number"];

impl Loader<'_> {
    pub(super) fn publish(
        &mut self,
        own: &schema::Publish,
        lists: &[List],
        schedule: Option<&Schedule>,
    ) -> Publish {
        for pattern in [&own.message, &own.tag] {
            let rest = pattern.get_ref().replace("{title}", "");
            if let Some(name) = address::unknown_placeholder(&rest, NAMES) {
                let message = format!("`{{{name}}}` stands for nothing here");
                let help = "known are {title}, {number}, {date}, {year}, {month}, {day}";
                self.mistake_with_help(pattern, message, help);
            }
        }
        if own.message.get_ref().trim().is_empty() {
            self.mistake(&own.message, "a commit needs a message");
        }
        self.remote(&own.remote);
        if *own.verify_minutes.get_ref() > 24 * 60 {
            self.mistake(&own.verify_minutes, "a day is the most that is sensible");
        }
        for list in own.lists.iter().flatten() {
            if !lists.iter().any(|known| known.id == *list.get_ref()) {
                self.mistake(list, "there is no [[list]] with this id");
            }
        }
        if let Some(key) = &own.indexnow {
            let plain = |sign: char| sign.is_ascii_alphanumeric() || sign == '-';
            if !(8..=128).contains(&key.get_ref().len()) || !key.get_ref().chars().all(plain) {
                self.mistake(key, "a key has 8 to 128 letters, digits and dashes");
            }
        }
        if let Some(hub) = &own.websub {
            self.whole_address(hub, "a hub");
        }
        self.whole_address(&own.indexnow_url, "who takes them");
        let named = own.lists.as_ref().map(|named| {
            let named = named.iter().map(|list| list.get_ref().clone());
            named.collect()
        });
        let first = || lists.iter().take(1).map(|list| list.id.clone()).collect();
        let text =
            |text: &Option<Spanned<String>>| text.as_ref().map(|text| text.get_ref().clone());
        Publish {
            message: own.message.get_ref().clone(),
            tag: own.tag.get_ref().clone(),
            remote: own.remote.get_ref().trim().to_owned(),
            push: own.push,
            links: own.links,
            verify: own.verify,
            patience: Duration::from_secs(60 * u64::from(*own.verify_minutes.get_ref())),
            lists: named.unwrap_or_else(first),
            // Nobody knows the day of the next issue without a schedule.
            next_draft: own.next_draft && schedule.is_some(),
            corrections: own.corrections.clone(),
            websub: text(&own.websub),
            indexnow: text(&own.indexnow),
            indexnow_url: own.indexnow_url.get_ref().clone(),
        }
    }

    /// It also stands in headers and attributes.
    fn whole_address(&mut self, url: &Spanned<String>, what: &str) {
        let text = url.get_ref();
        let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"');
        let parsed = crate::http::Url::parse(text).ok();
        let good = parsed.is_some_and(|url| matches!(url.scheme(), "http" | "https"));
        if !good || !text.bytes().all(plain) {
            self.mistake(
                url,
                format!("{what} has an address that begins with https://"),
            );
        }
    }
}
