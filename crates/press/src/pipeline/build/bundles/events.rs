//! Events: pages by region and by month, and calendars to subscribe to. All of it is made from the agenda, which the
//! core reads from the issues.

mod places;

use super::super::Site;
use super::super::look::template_error;
use super::super::targets::pages;
use super::{Bundle, File, Known, MadeFrom};
use crate::error::Result;
use crate::pipeline::kept::Key;
use jiff::civil::Date;
pub(super) use places::Listed;
use places::Places;
use press_core::render::agenda::group::{Group, Groups, regions};
use press_core::render::agenda::page::{self, Link, Row};
use press_core::render::agenda::{self, Agenda, Entry, Line};
use press_core::render::calendar::{self, Calendar, Origin};
use press_core::render::record::Record;
use press_core::render::site::IssueHead;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;

/// Pages and calendars of events, if the newsletter has any.
pub(super) fn bundle<'a>(site: &'a Site<'_>, issues: Key, known: &Known) -> Option<Bundle<'a>> {
    let below = site.config.events_address()?;
    let known = known.clone();
    Some(Bundle {
        name: "events".to_owned(),
        key: issues,
        from: MadeFrom::all(),
        make: Box::new(move |given| {
            let agenda = known.agenda(site, &given.records);
            Events::new(site, below, &given.records, agenda).files()
        }),
    })
}

/// All calendars of groups, for a list.
pub(super) fn listed(site: &Site<'_>, agenda: &Agenda) -> Vec<Listed> {
    let Some(below) = site.config.events_address() else {
        return Vec::new();
    };
    let groups = agenda.groups(&site.config.format);
    let places = Places::new(site, below);
    let listed = groups.each().filter(|group| !group.listed().is_empty());
    listed.map(|group| places.listed(group)).collect()
}

struct Events<'a> {
    site: &'a Site<'a>,
    places: Places<'a>,
    records: &'a [&'a Record],
    agenda: &'a Agenda,
    groups: Groups<'a>,
    months: BTreeMap<(i16, i8), Vec<Shown<'a>>>,
}

/// An event on the page of a month: on a day for which it was announced.
#[derive(Clone, Copy)]
struct Shown<'a> {
    day: Date,
    entry: &'a Entry,
}

/// Events under a heading.
#[derive(Serialize)]
struct Section {
    title: String,
    url: String,
    rows: Vec<Row>,
}

/// What the template is given.
#[derive(Default, Serialize)]
struct Data {
    /// The calendar of what is shown; none on pages of months.
    own: Option<Listed>,
    calendars: Vec<Listed>,
    countries: Vec<Listed>,
    groups: Vec<Section>,
    years: Vec<Year>,
    back: Option<Link>,
    on: Option<Link>,
}

#[derive(Serialize)]
struct Year {
    year: i16,
    months: Vec<Link>,
}

impl<'a> Events<'a> {
    fn new(
        site: &'a Site<'_>,
        below: &'a str,
        records: &'a [&'a Record],
        agenda: &'a Agenda,
    ) -> Events<'a> {
        let mut months: BTreeMap<(i16, i8), Vec<Shown<'_>>> = BTreeMap::new();
        for entry in &agenda.entries {
            let mut days: Vec<Date> = entry.announced.iter().map(|(day, _)| *day).collect();
            days.sort_unstable();
            days.dedup();
            for day in days {
                let month = months.entry((day.year(), day.month())).or_default();
                month.push(Shown { day, entry });
            }
        }
        Events {
            site,
            places: Places::new(site, below),
            records,
            agenda,
            groups: agenda.groups(&site.config.format),
            months,
        }
    }

    fn files(&self) -> Result<Vec<File>> {
        let mut files = vec![self.index()?];
        let regions = self
            .groups
            .regions
            .par_iter()
            .map(|region| self.region(region));
        files.extend(regions.collect::<Result<Vec<File>>>()?);
        let months: Vec<(i16, i8)> = self.months.keys().copied().collect();
        let months = (0..months.len())
            .into_par_iter()
            .map(|at| self.month(&months, at));
        files.extend(months.collect::<Result<Vec<File>>>()?);
        files.extend(self.calendars());
        Ok(files)
    }

    /// What is to come, by region.
    fn index(&self) -> Result<File> {
        let mut groups: Vec<Section> = Vec::new();
        for region in self
            .groups
            .regions
            .iter()
            .filter(|region| !region.ahead.is_empty())
        {
            groups.push(self.section(&region.title, &self.places.page(region), &region.ahead));
        }
        let known: Vec<&str> = regions(&self.site.config.format)
            .map(|spec| spec.id.as_str())
            .collect();
        let elsewhere = |entry: &&Entry| {
            let sections = &entry.facts.sections;
            !sections.iter().any(|id| known.contains(&id.as_str()))
        };
        let rest: Vec<&Entry> = self
            .groups
            .all
            .ahead
            .iter()
            .copied()
            .filter(elsewhere)
            .collect();
        if !rest.is_empty() {
            let title = if groups.is_empty() { "" } else { "Elsewhere" };
            groups.push(self.section(title, "", &rest));
        }
        let regions = self.groups.regions.iter().chain(&self.groups.on_line);
        let all = &self.groups.all;
        let data = Data {
            own: (!all.listed().is_empty()).then(|| self.places.listed(all)),
            calendars: regions.map(|region| self.places.listed(region)).collect(),
            countries: self
                .groups
                .countries
                .iter()
                .map(|one| self.places.listed(one))
                .collect(),
            groups,
            years: self.years(),
            ..Data::default()
        };
        let about = format!("Events that {} lists, and calendars of them", self.name());
        self.page(self.places.below, ("Events", &about), &data, &[])
    }

    /// What is to come in one region, by month.
    fn region(&self, region: &Group<'_>) -> Result<File> {
        let by_month = region.ahead.chunk_by(|one, other| {
            let month = |entry: &Entry| (entry.facts.date.year(), entry.facts.date.month());
            month(one) == month(other)
        });
        let sections = by_month.map(|entries| {
            let date = entries[0].facts.date;
            let url = self.places.month(date);
            self.section(&date.strftime("%B %Y").to_string(), &url, entries)
        });
        let data = Data {
            own: Some(self.places.listed(region)),
            groups: sections.collect(),
            ..Data::default()
        };
        let title = format!("Events: {}", region.title);
        let about = format!("Events that {} lists under {}", self.name(), region.title);
        let path = format!("{}{}/", self.places.below, region.slug);
        self.page(&path, (&title, &about), &data, &region.ahead)
    }

    /// All events of a month, whenever that was.
    fn month(&self, months: &[(i16, i8)], at: usize) -> Result<File> {
        let link = |at: usize| {
            let (year, month) = months.get(at)?;
            let date = Date::new(*year, *month, 1).ok()?;
            Some(Link {
                title: date.strftime("%B %Y").to_string(),
                url: self.places.month(date),
            })
        };
        let mut shown = self.months[&months[at]].clone();
        shown.sort_by_key(|one| {
            (
                one.day,
                &one.entry.facts.place.text,
                &one.entry.facts.title,
                &one.entry.id,
            )
        });
        let mut ids = std::collections::HashSet::new();
        let rows = shown.iter().map(|one| {
            let mut row = self.shown(*one);
            row.ids.retain(|id| ids.insert(id.clone()));
            row
        });
        let data = Data {
            groups: vec![Section {
                title: String::new(),
                url: String::new(),
                rows: rows.collect(),
            }],
            back: at.checked_sub(1).and_then(link),
            on: link(at + 1),
            ..Data::default()
        };
        let (year, month) = months[at];
        let date = Date::new(year, month, 1).unwrap_or_default();
        let words = date.strftime("%B %Y").to_string();
        let about = format!("Events of {words} that {} lists", self.name());
        let path = agenda::month_address(self.places.below, date);
        self.page(&path, (&format!("Events: {words}"), &about), &data, &[])
    }

    fn page(
        &self,
        path: &str,
        (title, about): (&str, &str),
        data: &Data,
        machines: &[&Entry],
    ) -> Result<File> {
        let pages = pages(self.site);
        let mut info = pages.page("events", title, &self.site.config.on_site(path));
        about.clone_into(&mut info.description);
        info.json_ld = page::json_ld(machines);
        let text = pages.of_all("events.html", &info, data);
        let text = text.map_err(|error| template_error(self.site.config, &error))?;
        Ok(File {
            path: path.to_owned(),
            content: text.into_bytes().into(),
            page: true,
        })
    }

    fn section(&self, title: &str, url: &str, entries: &[&Entry]) -> Section {
        Section {
            title: title.to_owned(),
            url: url.to_owned(),
            rows: entries.iter().map(|entry| self.row(entry)).collect(),
        }
    }

    fn row(&self, entry: &Entry) -> Row {
        let (line, head) = self.line(&entry.latest);
        let title = match head.number {
            Some(number) => format!("No. {number}"),
            None => head.title.clone(),
        };
        let ahead = self
            .agenda
            .today
            .is_some_and(|today| entry.facts.end >= today);
        let file = ahead.then(|| self.site.config.on_site(&self.places.file(entry)));
        let whole = format!("{}{line}", self.site.config.base().0);
        let issue = Link { title, url: line };
        page::row(entry, issue, file, self.origin(head, &whole))
    }

    /// The row of an event on the page of a month, where issues link to it.
    fn shown(&self, shown: Shown<'_>) -> Row {
        let facts = &shown.entry.facts;
        let told = shown.entry.announced.iter();
        let ids = told.filter(|(day, _)| *day == shown.day);
        let ids: Vec<String> = ids.map(|(_, id)| id.clone()).collect();
        if shown.day == facts.date {
            let row = self.row(shown.entry);
            return Row { ids, ..row };
        }
        let to = format!(
            "{}#{}",
            self.places.month(facts.date),
            agenda::anchor(&facts.url, facts.date)
        );
        Row {
            ids,
            date: shown.day.to_string(),
            days: page::days(shown.day, shown.day),
            state: "moved",
            to: Some(Link {
                title: facts.date.strftime("%-d %B %Y").to_string(),
                url: to,
            }),
            add: None,
            ..self.row(shown.entry)
        }
    }

    fn line(&self, line: &Line) -> (String, &IssueHead) {
        let record = self.records[line.issue];
        (record.address(&line.anchor), &record.head)
    }

    fn origin<'o>(&'o self, head: &'o IssueHead, line: &'o str) -> Origin<'o> {
        Origin {
            host: self.places.host,
            issue: &head.title,
            line,
        }
    }

    fn years(&self) -> Vec<Year> {
        let mut years: Vec<Year> = Vec::new();
        for (year, month) in self.months.keys().rev() {
            let Ok(date) = Date::new(*year, *month, 1) else {
                continue;
            };
            if years.last().is_none_or(|last| last.year != *year) {
                years.push(Year {
                    year: *year,
                    months: Vec::new(),
                });
            }
            let link = Link {
                title: date.strftime("%B").to_string(),
                url: self.places.month(date),
            };
            if let Some(year) = years.last_mut() {
                year.months.insert(0, link);
            }
        }
        years
    }

    /// All calendars: of groups, and of each event to come by itself.
    fn calendars(&self) -> Vec<File> {
        let groups = self.groups.each();
        let groups: Vec<&Group<'_>> = groups.collect();
        let mut texts: BTreeMap<&str, String> = BTreeMap::new();
        for entry in groups.iter().flat_map(|group| group.listed()) {
            texts.entry(&entry.id).or_insert_with(|| self.event(entry));
        }
        let mut files: Vec<File> = Vec::new();
        for group in groups {
            let listed = group.listed();
            let events = listed.iter().map(|entry| texts[entry.id.as_str()].as_str());
            if listed.is_empty() {
                continue;
            }
            let path = self.places.calendar(group);
            files.push(File {
                content: self
                    .calendar(group, &path)
                    .write(events)
                    .into_bytes()
                    .into(),
                path,
                page: false,
            });
        }
        let ahead = self
            .groups
            .all
            .ahead
            .iter()
            .filter(|entry| entry.facts.off.is_none());
        for entry in ahead {
            let alone = Calendar {
                name: String::new(),
                description: String::new(),
                page: String::new(),
                source: None,
            };
            files.push(File {
                path: self.places.file(entry),
                content: alone
                    .write([texts[entry.id.as_str()].as_str()])
                    .into_bytes()
                    .into(),
                page: false,
            });
        }
        files
    }

    fn calendar(&self, group: &Group<'_>, path: &str) -> Calendar {
        let newsletter = &self.site.config.newsletter;
        let origin = self.site.config.base().0;
        let page = match self.places.page(group) {
            page if page.is_empty() => self.site.config.on_site(self.places.below),
            page => page,
        };
        Calendar {
            name: format!("{}: {}", newsletter.name, group.title),
            description: format!("Events that {} lists", newsletter.name),
            page: format!("{origin}{page}"),
            source: Some(format!("{}{path}", newsletter.base_url)),
        }
    }

    fn event(&self, entry: &Entry) -> String {
        let named = regions(&self.site.config.format);
        let named = named.filter(|spec| entry.facts.sections.contains(&spec.id));
        let named: Vec<&str> = named.map(|spec| spec.title.as_str()).collect();
        let (line, head) = self.line(&entry.latest);
        let whole = format!("{}{line}", self.site.config.base().0);
        calendar::event(entry, &named, self.origin(head, &whole))
    }

    fn name(&self) -> &str {
        &self.site.config.newsletter.name
    }
}
