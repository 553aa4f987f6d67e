//! Streams: a feed for each section, each mark and the events of each region, a page that lists them, and OPML.

use super::super::Site;
use super::super::look::template_error;
use super::super::targets::{self, pages};
use super::events::{self, Listed};
use super::{Bundle, File, Given, Known, MadeFrom};
use crate::error::{Error, Result};
use crate::pipeline::kept::{self, Key};
use crate::pipeline::records::{Needs, Sides};
use jiff::Zoned;
use jiff::civil::Date;
use press_core::render::address::{self, Values};
use press_core::render::agenda::Agenda;
use press_core::render::feed::{Feed, FeedEntry, FeedFormat};
use press_core::render::opml::{self, Outline, OutlineFeed};
use press_core::render::record::Record;
use press_core::render::site::IssueHead;
use press_core::render::stream::{Stream, StreamEntry, StreamKind, Streams};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// Streams, if the newsletter wants them.
pub(super) fn bundle<'a>(site: &'a Site<'_>, sides: &Sides, known: &Known) -> Option<Bundle<'a>> {
    let below = site.config.site.streams.as_deref()?;
    let known = known.clone();
    let events = Key::of((site.global, below, sides.events));
    // Most changes are none of events, and reading those of all years takes longer than all else here.
    let kept = Arc::new(OnceLock::<Option<OfEvents>>::new());
    let of_events = Arc::clone(&kept);
    Some(Bundle {
        name: "streams".to_owned(),
        key: sides.whole,
        from: MadeFrom::Records(Box::new(move |given| {
            match kept.get_or_init(|| kept::read_value(&path(site), events)) {
                Some(_) => lately(&given.books.heads()),
                None => Needs::All,
            }
        })),
        make: Box::new(move |given| {
            let heads = given.books.heads();
            let shelf = Shelf::new(site, below, (&heads, &given.records));
            match of_events.get() {
                Some(Some(kept)) => shelf.files(given, kept),
                _ => {
                    let new = shelf.events(known.agenda(site, &given.records));
                    kept::write_value(&path(site), events, &new);
                    shelf.files(given, &new)
                }
            }
        }),
    })
}

/// The years of the issues that streams are made from.
fn lately(heads: &[&IssueHead]) -> Needs {
    let lately = heads[Streams::from(heads)..].iter();
    Needs::Years(lately.map(|head| head.date.year()).collect())
}

fn path(site: &Site<'_>) -> PathBuf {
    kept::folder(site.config.home()).join("streams")
}

/// What there is of events.
#[derive(Deserialize, Serialize)]
struct OfEvents {
    streams: Vec<Stream>,
    calendars: Vec<Listed>,
}

struct Shelf<'a> {
    site: &'a Site<'a>,
    below: &'a str,
    heads: &'a [&'a IssueHead],
    /// What the last of them hold.
    records: &'a [&'a Record],
    host: &'a str,
    /// How the feeds in XML are written.
    xml: FeedFormat,
}

/// A stream on the page.
#[derive(Serialize)]
struct Row<'s> {
    title: &'s str,
    about: &'s str,
    slug: &'s str,
    xml: String,
    json: String,
}

#[derive(Serialize)]
struct Data<'s> {
    sections: Vec<Row<'s>>,
    marks: Vec<Row<'s>>,
    events: Vec<Row<'s>>,
    calendars: &'s [Listed],
    opml: String,
    /// "Atom" or "RSS".
    format: &'static str,
}

impl<'a> Shelf<'a> {
    fn new(
        site: &'a Site<'_>,
        below: &'a str,
        (heads, records): (&'a [&'a IssueHead], &'a [&'a Record]),
    ) -> Shelf<'a> {
        let origin = site.config.base().0;
        let own = site.config.site.feeds.iter().map(|feed| feed.format);
        let own: Vec<FeedFormat> = own.filter(|format| *format != FeedFormat::Json).collect();
        Shelf {
            site,
            below,
            heads,
            records,
            host: origin.split_once("://").map_or(origin, |(_, host)| host),
            // As the newsletter's own feeds are.
            xml: own.first().copied().unwrap_or(FeedFormat::Atom),
        }
    }

    fn streams(&self) -> Streams<'_> {
        let config = self.site.config;
        Streams {
            heads: self.heads,
            records: self.records,
            format: &config.format,
            origin: config.base().0,
            root: &config.newsletter.base_url,
            most: config.site.stream_entries,
        }
    }

    fn events(&self, agenda: &Agenda) -> OfEvents {
        OfEvents {
            streams: self.streams().events(agenda),
            calendars: events::listed(self.site, agenda),
        }
    }

    fn files(&self, given: &Given<'_>, events: &OfEvents) -> Result<Vec<File>> {
        let streams = self.streams().all(events.streams.clone());
        let feeds = streams.par_iter().map(|stream| self.feeds(given, stream));
        let feeds: Vec<[File; 2]> = feeds.collect::<Result<_>>()?;
        let mut files: Vec<File> = feeds.into_iter().flatten().collect();
        files.push(self.page(&streams, &events.calendars)?);
        files.push(File {
            path: format!("{}streams.opml", self.below),
            content: self.opml(&streams).into_bytes().into(),
            page: false,
        });
        Ok(files)
    }

    /// A stream as a feed in XML and one in JSON.
    fn feeds(&self, given: &Given<'_>, stream: &Stream) -> Result<[File; 2]> {
        let heads = stream.entries.iter().map(|entry| self.heads[entry.issue]);
        let heads: Vec<&IssueHead> = heads.collect();
        let file = |format| {
            let path = self.path(stream, format);
            let make = || self.feed(stream, (&path, format));
            let content = given.keyed(&path, (stream, &heads), make)?;
            Ok(File {
                path,
                content,
                page: false,
            })
        };
        Ok([file(self.xml)?, file(FeedFormat::Json)?])
    }

    fn feed(&self, stream: &Stream, (path, format): (&str, FeedFormat)) -> Result<Vec<u8>> {
        let newsletter = &self.site.config.newsletter;
        let entries = stream.entries.iter().map(|entry| self.entry(entry));
        let feed = Feed {
            title: format!("{}: {}", newsletter.name, stream.title),
            description: stream.about.clone(),
            home_url: format!("{}{}#{}", newsletter.base_url, self.below, stream.slug),
            self_url: format!("{}{path}", newsletter.base_url),
            // Only the feeds of issues are told of to hubs.
            hub: None,
            language: newsletter.language.clone(),
            author: newsletter.author.clone(),
            entries: entries.collect::<Result<_>>()?,
        };
        let text = feed.write(format);
        targets::check_feed((path, format), &text, feed.entries.len())?;
        Ok(text.into_bytes())
    }

    fn entry(&self, entry: &StreamEntry) -> Result<FeedEntry> {
        let config = self.site.config;
        let head = self.heads[entry.issue];
        let url = format!("{}{}", config.base().0, head.url);
        let category = head.category.as_ref();
        let values = Values {
            date: Some(head.date),
            number: head.number,
            host: self.host,
            path: &head.url,
            url: &url,
            category: category.map_or("", |category| &category.slug),
            ..Values::default()
        };
        let issue = address::fill(&config.site.feed_id, &values).unwrap_or(url);
        let published = self.midnight(head.date)?;
        Ok(FeedEntry {
            id: format!("{issue}#{}", entry.anchor),
            url: entry.url.clone(),
            title: entry.title.clone(),
            updated: self.midnight(entry.changed)?.max(published.clone()),
            published,
            summary: entry.summary.clone(),
            html: entry.html.clone(),
            category: None,
        })
    }

    fn midnight(&self, date: Date) -> Result<Zoned> {
        let time = date.to_zoned(self.site.config.timezone.clone());
        time.map_err(|error| {
            Error::new(format!("{date} cannot be told as a time")).because(error.to_string())
        })
    }

    fn path(&self, stream: &Stream, format: FeedFormat) -> String {
        let extension = match format {
            FeedFormat::Json => "json",
            FeedFormat::Atom | FeedFormat::Rss => "xml",
        };
        format!("{}{}.{extension}", self.below, stream.slug)
    }

    fn page(&self, streams: &[Stream], calendars: &[Listed]) -> Result<File> {
        let config = self.site.config;
        let of = |kind: StreamKind| {
            let own = streams.iter().filter(|stream| stream.kind == kind);
            own.map(|stream| Row {
                title: &stream.title,
                about: &stream.about,
                slug: &stream.slug,
                xml: config.on_site(&self.path(stream, self.xml)),
                json: config.on_site(&self.path(stream, FeedFormat::Json)),
            })
            .collect()
        };
        let data = Data {
            sections: of(StreamKind::Section),
            marks: of(StreamKind::Mark),
            events: of(StreamKind::Events),
            calendars,
            opml: config.on_site(&format!("{}streams.opml", self.below)),
            format: match self.xml {
                FeedFormat::Rss => "RSS",
                FeedFormat::Atom | FeedFormat::Json => "Atom",
            },
        };
        let pages = pages(self.site);
        let mut info = pages.page(
            "streams",
            "Feeds and calendars",
            &config.on_site(self.below),
        );
        info.description = format!("All feeds and calendars of {}", config.newsletter.name);
        let text = pages.of_all("streams.html", &info, &data);
        let text = text.map_err(|error| template_error(config, &error))?;
        Ok(File {
            path: self.below.to_owned(),
            content: text.into_bytes().into(),
            page: true,
        })
    }

    fn opml(&self, streams: &[Stream]) -> String {
        let newsletter = &self.site.config.newsletter;
        let base = &newsletter.base_url;
        let of = |kind: StreamKind| {
            let own = streams.iter().filter(|stream| stream.kind == kind);
            let feed = |stream: &Stream| OutlineFeed {
                title: format!("{}: {}", newsletter.name, stream.title),
                about: stream.about.clone(),
                url: format!("{base}{}", self.path(stream, self.xml)),
                page: format!("{base}{}#{}", self.below, stream.slug),
                format: self.xml,
            };
            own.map(feed).collect()
        };
        let whole = self
            .site
            .config
            .site
            .feeds
            .iter()
            .filter(|feed| feed.category.is_none());
        let whole = whole.filter(|feed| feed.format == self.xml).take(1);
        let whole = whole.map(|feed| OutlineFeed {
            title: newsletter.name.clone(),
            about: newsletter.description.clone(),
            url: format!("{base}{}", feed.path),
            page: format!("{base}/"),
            format: feed.format,
        });
        let outline = |title: &str, feeds: Vec<OutlineFeed>| Outline {
            title: title.to_owned(),
            feeds,
        };
        let outlines = [
            outline("Issues", whole.collect()),
            outline("Sections", of(StreamKind::Section)),
            outline("Marks", of(StreamKind::Mark)),
            outline("Events", of(StreamKind::Events)),
        ];
        opml::write(&newsletter.name, &outlines)
    }
}
