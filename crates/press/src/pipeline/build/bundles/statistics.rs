//! The page with the newsletter's life in numbers. Its charts are drawn here; no script is needed to see them.

use super::super::Site;
use super::super::look::template_error;
use super::super::targets::pages;
use super::{Bundle, File, MadeFrom};
use crate::error::Result;
use crate::pipeline::kept::Key;
use crate::pipeline::records::{Sides, is_published};
use crate::pipeline::statistics::making;
use press_core::render::chart;
use press_core::render::statistics::{Series, Statistics};
use serde::Serialize;

/// The page's bundle, if the newsletter has it.
pub(super) fn all<'a>(site: &'a Site<'_>, sides: &Sides) -> Result<Option<Bundle<'a>>> {
    let Some(address) = &site.config.site.statistics else {
        return Ok(None);
    };
    let published = site
        .sources
        .issues
        .iter()
        .filter(|source| is_published(source));
    let names: Vec<(String, jiff::civil::Date)> = published
        .map(|source| (source.file.name.clone(), source.head.date))
        .collect();
    // A preview follows every key; asking Git each time would be felt.
    let making = if site.live {
        None
    } else {
        making(site.config, &names)
    };
    let key = Key::of((
        sides.whole,
        &sides.words,
        making.as_ref().map(|making| making.key),
    ));
    Ok(Some(Bundle {
        name: "statistics".to_owned(),
        key,
        from: MadeFrom::Books,
        make: Box::new(move |given| {
            let made = making.as_ref().map(|making| making.made.as_slice());
            let years = given.books.numbers();
            make(
                site,
                address,
                &Statistics::of(&years, &site.config.format, made),
            )
        }),
    }))
}

/// A chart with its numbers.
#[derive(Serialize)]
struct Chart {
    id: &'static str,
    title: String,
    svg: String,
    /// Colours and names, where there are several.
    legend: Vec<String>,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

fn make(site: &Site<'_>, address: &str, numbers: &Statistics) -> Result<Vec<File>> {
    let config = site.config;
    let url = config.on_site(address);
    let description = format!("What {} held, year by year", config.newsletter.name);
    let data = serde_json::json!({ "numbers": numbers, "charts": charts(numbers) });
    let page = pages(site).library("statistics.html", ("Statistics", &url), &description, data);
    Ok(vec![File {
        path: address.to_owned(),
        content: page
            .map_err(|error| template_error(config, &error))?
            .into_bytes()
            .into(),
        page: true,
    }])
}

fn charts(numbers: &Statistics) -> Vec<Chart> {
    let years = &numbers.years;
    let one = |id, title: &str, counts: &[usize]| {
        let name = title.to_owned();
        let counts = counts.to_vec();
        by_year(id, title, years, &[Series { name, counts }])
    };
    let mut charts = vec![
        by_year("sections", "Items by section", years, &numbers.sections),
        one("words", "Words of a typical issue", &numbers.words_by_year),
        one("issues", "Issues", &numbers.issues_by_year),
        by_year("events", "Events by region", years, &numbers.regions),
    ];
    if let Some(making) = &numbers.making {
        charts.push(one("people", "People who wrote", &making.people));
        let title = "People who wrote a typical issue";
        charts.push(one("people-an-issue", title, &making.people_an_issue));
        let title = "Changes after publication";
        charts.push(one("corrections", title, &making.corrections));
    }
    charts.push(named(
        "hosts",
        "Links by host, all years".to_owned(),
        &numbers.hosts,
    ));
    if let Some(year) = years.last() {
        let title = format!("Links by host, {year}");
        charts.push(named("hosts-lately", title, &numbers.hosts_lately));
    }
    charts.retain(|chart| !chart.rows.is_empty());
    charts
}

fn by_year(id: &'static str, title: &str, years: &[i16], series: &[Series]) -> Chart {
    let several = series.len() > 1;
    let head = std::iter::once("Year".to_owned()).chain(series.iter().map(|one| one.name.clone()));
    let row = |(at, year): (usize, &i16)| {
        let counts = series
            .iter()
            .map(|one| one.counts.get(at).copied().unwrap_or(0).to_string());
        std::iter::once(year.to_string()).chain(counts).collect()
    };
    let shown = series.iter().any(|one| one.total() > 0);
    Chart {
        id,
        title: title.to_owned(),
        svg: chart::columns(id, title, years, series),
        legend: if several {
            series.iter().map(|one| one.name.clone()).collect()
        } else {
            Vec::new()
        },
        head: head.collect(),
        rows: if shown {
            years.iter().enumerate().map(row).collect()
        } else {
            Vec::new()
        },
    }
}

fn named(id: &'static str, title: String, rows: &[(String, usize)]) -> Chart {
    Chart {
        id,
        svg: chart::bars(id, &title, rows),
        title,
        legend: Vec::new(),
        head: vec!["Host".to_owned(), "Links".to_owned()],
        rows: rows
            .iter()
            .map(|(name, count)| vec![name.clone(), count.to_string()])
            .collect(),
    }
}
