//! Events and calls for papers, read from the items of their sections.
//!
//! The present form is a line of date, place and organisers with the title nested below; four older forms
//! put all of it into the link's text. Dates without a year take it from the date.

use super::item::{Item, plain};
use super::markdown::{Document, Link};
use super::outline::Section;
use crate::format::{Format, SectionKind};
use crate::span::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

mod day;
mod place;

pub use place::{Place, PlaceMode};

/// A meetup or a conference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its line, with the title nested below.
    #[serde(skip)]
    pub span: Span,
    /// The item that holds it.
    #[serde(skip)]
    pub item: usize,
    /// The section, usually a region.
    #[serde(skip)]
    pub section: Option<usize>,
    /// The first day.
    pub date: Option<Date>,
    /// The last day, if there are several.
    pub end_date: Option<Date>,
    /// Where.
    pub place: Place,
    /// Who holds it.
    pub organisers: Vec<Organiser>,
    /// What it is called.
    pub title: String,
    /// Its page.
    pub url: String,
    /// Whether it costs money.
    pub paid: bool,
}

/// Who holds an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organiser {
    /// The group's name.
    pub name: String,
    /// Its page; empty where only a name is given.
    pub url: String,
}

/// A conference that asks for talks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Its line.
    #[serde(skip)]
    pub span: Span,
    /// The item that holds it.
    #[serde(skip)]
    pub item: usize,
    /// What the conference is called.
    pub name: String,
    /// Where talks are submitted.
    pub url: String,
    /// The last day to submit.
    pub closes: Option<Date>,
    /// Where it takes place.
    pub place: Place,
    /// Its first day.
    pub date: Option<Date>,
    /// Its last day, if there are several.
    pub end_date: Option<Date>,
}

/// Reads the events of all sections of events.
pub(super) fn read(
    document: &Document<'_>,
    format: &Format,
    sections: &[Section],
    items: &[Item],
) -> Vec<Event> {
    let mut events = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if item.parent.is_some() || !is_kind(format, sections, item, SectionKind::Events) {
            continue;
        }
        let reader = Line {
            document,
            item,
            index,
        };
        let nested = items[index + 1..]
            .iter()
            .take_while(|next| next.span.start < item.span.end);
        let nested: Vec<&Item> = nested.filter(|next| next.parent == Some(index)).collect();
        if nested.iter().any(|title| title.link.is_some()) {
            events.extend(reader.nested(&nested));
        } else {
            events.extend(reader.flat());
        }
    }
    events
}

/// Reads the calls for papers of all sections that hold them.
pub(super) fn read_papers(
    document: &Document<'_>,
    format: &Format,
    sections: &[Section],
    items: &[Item],
) -> Vec<Paper> {
    let of_kind = |item: &&Item| is_kind(format, sections, item, SectionKind::Papers);
    let mut papers = Vec::new();
    for (index, item) in items.iter().enumerate().filter(|(_, item)| of_kind(item)) {
        let Some(link) = item.link.map(|link| &document.links[link]) else {
            continue;
        };
        let line = Line {
            document,
            item,
            index,
        };
        let fields = line.fields(Span::new(link.span.end, item.text.end));
        let field = |number: usize| {
            fields
                .get(number)
                .map_or("", |span| span.of(document.text))
                .trim()
        };
        let year = document.masthead.date;
        let days = day::parse(field(3), year).or_else(|| day::find(field(3), year));
        papers.push(Paper {
            span: item.text,
            item: index,
            name: item.title.clone(),
            url: link.url.clone(),
            closes: day::find(field(1), year).map(|days| days.start),
            place: Place::parse(field(2)),
            date: days.map(|days| days.start),
            end_date: days.and_then(|days| days.end),
        });
    }
    papers
}

fn is_kind(format: &Format, sections: &[Section], item: &Item, kind: SectionKind) -> bool {
    let mut section = item.section;
    // An unknown region below "Upcoming Events" still lists events.
    while let Some(index) = section {
        if let Some(spec) = sections[index].spec {
            return format.sections[spec].kind == kind;
        }
        section = sections[index].parent;
    }
    false
}

/// One top-level item of a section of events.
struct Line<'d, 't> {
    document: &'d Document<'t>,
    item: &'d Item,
    index: usize,
}

impl Line<'_, '_> {
    /// `date | place | [group](url)` with titles nested below.
    fn nested(&self, titles: &[&Item]) -> Vec<Event> {
        let text = self.document.text;
        let fields = self.fields(self.item.text);
        let field = |number: usize| {
            fields
                .get(number)
                .map_or("", |span: &Span| span.of(text))
                .trim()
        };
        let days = day::parse(field(0), self.document.masthead.date);
        let place = Place::parse(field(1));
        let organisers = fields
            .iter()
            .skip(2)
            .flat_map(|field| self.organisers(*field));
        let organisers: Vec<Organiser> = organisers.collect();
        let linked = titles.iter().filter_map(|title| Some((title, title.link?)));
        linked
            .map(|(title, link)| {
                let link = &self.document.links[link];
                let before = Span::new(title.text.start, link.span.start).of(text);
                Event {
                    span: Span::new(self.item.span.start, title.span.end),
                    item: self.index,
                    section: self.item.section,
                    date: days.map(|days| days.start),
                    end_date: days.and_then(|days| days.end),
                    place: place.clone(),
                    organisers: organisers.clone(),
                    title: link.title.trim().to_owned(),
                    url: link.url.clone(),
                    paid: before.trim_end().ends_with('$')
                        || link.title.trim_start().starts_with('$'),
                }
            })
            .collect()
    }

    /// The links of a field as organisers, or its text where it has none.
    fn organisers(&self, field: Span) -> Vec<Organiser> {
        let text = self.document.text;
        let links = self.links_in(field);
        if links.is_empty() {
            let name = plain(field.of(text));
            let found = (!name.is_empty()).then_some(Organiser {
                name,
                url: String::new(),
            });
            return found.into_iter().collect();
        }
        links
            .iter()
            .map(|link| Organiser {
                name: link.title.clone(),
                url: link.url.clone(),
            })
            .collect()
    }

    fn links_in(&self, span: Span) -> &[Link] {
        let links = &self.document.links;
        let first = self.document.first_link_at(span.start);
        let count = links[first..]
            .iter()
            .take_while(|link| link.span.end <= span.end)
            .count();
        &links[first..first + count]
    }

    /// The parts between `|` outside links.
    fn fields(&self, span: Span) -> Vec<Span> {
        let text = self.document.text;
        let links = self.links_in(span);
        let inside = |at: usize| {
            links
                .iter()
                .any(|link| link.span.start <= at && at < link.span.end)
        };
        let mut fields = Vec::new();
        let mut start = span.start;
        for (at, _) in span.of(text).match_indices('|') {
            let at = span.start + at;
            if !inside(at) {
                fields.push(Span::new(start, at));
                start = at + 1;
            }
        }
        fields.push(Span::new(start, span.end));
        fields
    }

    /// The older forms: everything in the link's text, or a date before the link.
    fn flat(&self) -> Option<Event> {
        let link = &self.document.links[self.item.link?];
        let text = self.document.text;
        let year = self.document.masthead.date;
        let before = plain(Span::new(self.item.text.start, link.span.start).of(text));
        let (days, rest) = match day::parse(&before, year) {
            Some(days) => (Some(days), link.title.clone()),
            None => day::split(&link.title, year)
                .map_or((None, link.title.clone()), |(days, rest)| {
                    (Some(days), rest.to_owned())
                }),
        };
        let (place, title, group) = parts(&rest);
        let organiser = |name: &str| Organiser {
            name: name.to_owned(),
            url: String::new(),
        };
        Some(Event {
            span: self.item.span,
            item: self.index,
            section: self.item.section,
            date: days.map(|days| days.start),
            end_date: days.and_then(|days| days.end),
            place: place.map_or_else(Place::default, Place::parse),
            organisers: group.map(organiser).into_iter().collect(),
            title: title.to_owned(),
            url: link.url.clone(),
            paid: false,
        })
    }
}

/// Place, title and group of `Place | Title | Group` or `City, CC - Title - Group`.
fn parts(rest: &str) -> (Option<&str>, &str, Option<&str>) {
    let rest = rest
        .trim_start_matches(['.', ',', '|', ' ', '-', '–', ':'])
        .trim();
    let separator = if rest.contains('|') { "|" } else { " - " };
    let fields: Vec<&str> = rest
        .split(separator)
        .map(str::trim)
        .filter(|field| !field.is_empty())
        .collect();
    match fields.as_slice() {
        [place, title, group] => (Some(place), title, Some(group)),
        [place, title] if separator == "|" || place.contains(',') => (Some(place), title, None),
        [place, first, .., last] if place.contains(',') => {
            let start = first.as_ptr() as usize - rest.as_ptr() as usize;
            let end = rest.len() - last.len();
            (
                Some(place),
                rest[start..end].trim_end_matches([' ', '-', '|']),
                Some(last),
            )
        }
        _ => (None, rest, None),
    }
}
