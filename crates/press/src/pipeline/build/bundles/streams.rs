//! Streams: a feed for each section, each mark and the events of each region, a page that lists them, and OPML.

use super::super::Site;
use super::super::look::template_error;
use super::super::targets::{self, pages};
use super::events::{self, Listed};
use super::{Bundle, File, Known};
use crate::error::{Error, Result};
use crate::pipeline::kept::{self, Key};
use crate::pipeline::records::Sides;
use jiff::Zoned;
use jiff::civil::Date;
use press_core::render::address::{self, Values};
use press_core::render::agenda::Agenda;
use press_core::render::feed::{Feed, FeedEntry, FeedFormat};
use press_core::render::opml::{self, Outline, OutlineFeed};
use press_core::render::record::Record;
use press_core::render::stream::{Stream, StreamEntry, StreamKind, Streams};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Streams, if the newsletter wants them.
pub(super) fn bundle<'a>(site: &'a Site<'_>, sides: &Sides, known: &Known) -> Option<Bundle<'a>> {
    let below = site.config.site.streams.as_deref()?;
    let known = known.clone();
    let events = Key::of((site.global, below, sides.events));
    Some(Bundle {
        name: "streams".to_owned(),
        key: sides.whole,
        make: Box::new(move |records| {
            let shelf = Shelf::new(site, below, records);
            // Most changes are none of events, and reading those of all years takes longer than all else here.
            let kept = kept::folder(site.config.home()).join("streams");
            let events = kept::read_value(&kept, events).unwrap_or_else(|| {
                let of_events = shelf.events(known.agenda(site, records));
                kept::write_value(&kept, events, &of_events);
                of_events
            });
            shelf.files(events)
        }),
    })
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
    calendars: Vec<Listed>,
    opml: String,
    /// "Atom" or "RSS".
    format: &'static str,
}

impl<'a> Shelf<'a> {
    fn new(site: &'a Site<'_>, below: &'a str, records: &'a [&'a Record]) -> Shelf<'a> {
        let origin = site.config.base().0;
        let own = site.config.site.feeds.iter().map(|feed| feed.format);
        let own: Vec<FeedFormat> = own.filter(|format| *format != FeedFormat::Json).collect();
        Shelf {
            site,
            below,
            records,
            host: origin.split_once("://").map_or(origin, |(_, host)| host),
            // As the newsletter's own feeds are.
            xml: own.first().copied().unwrap_or(FeedFormat::Atom),
        }
    }

    fn streams(&self) -> Streams<'_> {
        let config = self.site.config;
        Streams {
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

    fn files(&self, events: OfEvents) -> Result<Vec<File>> {
        let streams = self.streams().all(events.streams);
        let feeds = streams.par_iter().map(|stream| self.feeds(stream));
        let feeds: Vec<Vec<File>> = feeds.collect::<Result<_>>()?;
        let mut files: Vec<File> = feeds.into_iter().flatten().collect();
        files.push(self.page(&streams, events.calendars)?);
        files.push(File {
            path: format!("{}streams.opml", self.below),
            content: self.opml(&streams).into_bytes().into(),
            page: false,
        });
        Ok(files)
    }

    /// A stream as a feed in XML and one in JSON.
    fn feeds(&self, stream: &Stream) -> Result<Vec<File>> {
        let newsletter = &self.site.config.newsletter;
        let entries = stream.entries.iter().map(|entry| self.entry(entry));
        let mut feed = Feed {
            title: format!("{}: {}", newsletter.name, stream.title),
            description: stream.about.clone(),
            home_url: format!("{}{}#{}", newsletter.base_url, self.below, stream.slug),
            self_url: String::new(),
            // Only the feeds of issues are told of to hubs.
            hub: None,
            language: newsletter.language.clone(),
            author: newsletter.author.clone(),
            entries: entries.collect::<Result<_>>()?,
        };
        let mut files = Vec::new();
        for format in [self.xml, FeedFormat::Json] {
            let path = self.path(stream, format);
            feed.self_url = format!("{}{path}", newsletter.base_url);
            let text = feed.write(format);
            targets::check_feed((&path, format), &text, feed.entries.len())?;
            files.push(File {
                path,
                content: text.into_bytes().into(),
                page: false,
            });
        }
        Ok(files)
    }

    fn entry(&self, entry: &StreamEntry) -> Result<FeedEntry> {
        let config = self.site.config;
        let head = &self.records[entry.issue].head;
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

    fn page(&self, streams: &[Stream], calendars: Vec<Listed>) -> Result<File> {
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
