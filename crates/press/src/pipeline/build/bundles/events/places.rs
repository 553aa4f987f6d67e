//! Where pages and calendars of events stand.

use super::super::super::Site;
use jiff::civil::Date;
use press_core::render::agenda::group::{Group, GroupKind};
use press_core::render::agenda::{self, Entry};
use serde::{Deserialize, Serialize};

/// A calendar in a list.
#[derive(Deserialize, Serialize)]
pub(in super::super) struct Listed {
    title: String,
    /// Its page; empty if it has none.
    page: String,
    file: String,
    webcal: String,
    count: usize,
}

/// Where pages and calendars stand.
#[derive(Clone, Copy)]
pub(super) struct Places<'a> {
    pub(super) site: &'a Site<'a>,
    /// The address below which all of it stands, without the path of a site in a folder of its host.
    pub(super) below: &'a str,
    /// The site's host.
    pub(super) host: &'a str,
}

impl<'a> Places<'a> {
    pub(super) fn new(site: &'a Site<'_>, below: &'a str) -> Places<'a> {
        let origin = site.config.base().0;
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        Places { site, below, host }
    }

    pub(super) fn listed(&self, group: &Group<'_>) -> Listed {
        let file = self.site.config.on_site(&self.calendar(group));
        let ahead = group.ahead.iter().filter(|entry| entry.facts.off.is_none());
        Listed {
            title: group.title.clone(),
            page: self.page(group),
            webcal: format!("webcal://{}{file}", self.host),
            file,
            count: ahead.count(),
        }
    }

    /// The page of a group as pages link to it; empty if it has none.
    pub(super) fn page(&self, group: &Group<'_>) -> String {
        match group.kind {
            GroupKind::All => self.site.config.on_site(self.below),
            GroupKind::Region => {
                let path = format!("{}{}/", self.below, group.slug);
                self.site.config.on_site(&path)
            }
            GroupKind::OnLine | GroupKind::Country => String::new(),
        }
    }

    pub(super) fn calendar(&self, group: &Group<'_>) -> String {
        let folder = match group.kind {
            GroupKind::Country => "countries/",
            _ => "",
        };
        format!("{}{folder}{}.ics", self.below, group.slug)
    }

    /// The calendar of a single event.
    pub(super) fn file(&self, entry: &Entry) -> String {
        format!("{}event/{}.ics", self.below, entry.id)
    }

    /// The page of a month, as pages link to it.
    pub(super) fn month(&self, date: Date) -> String {
        self.site
            .config
            .on_site(&agenda::month_address(self.below, date))
    }
}
