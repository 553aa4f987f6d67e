//! Lists through time: a page for each, and one that names them all.

use super::super::Site;
use super::super::look::template_error;
use super::super::targets::pages;
use super::{Bundle, File, Given, MadeFrom};
use crate::error::Result;
use crate::pipeline::kept::Key;
use press_core::render::lists::{self, List};
use rayon::prelude::*;
use serde::Serialize;
use std::hash::Hash;

/// The lists' bundle, if the newsletter has them.
pub(super) fn all<'a>(site: &'a Site<'_>, issues: Key) -> Option<Bundle<'a>> {
    let folder = site.config.site.lists.as_ref()?;
    Some(Bundle {
        name: "lists".to_owned(),
        key: issues,
        from: MadeFrom::Books,
        make: Box::new(move |given| make(site, folder, given)),
    })
}

/// What the page of all lists is given.
#[derive(Hash, Serialize)]
struct Lists {
    lists: Vec<Listed>,
}

#[derive(Hash, Serialize)]
struct Listed {
    title: String,
    url: String,
    count: usize,
    all: usize,
}

fn make(site: &Site<'_>, folder: &str, given: &Given<'_>) -> Result<Vec<File>> {
    let years = given.books.lists();
    let sections = site.config.site.listed.par_iter().enumerate();
    let sections = sections.map(|(at, (_, title))| lists::of_section(&years, at, title));
    let (mut all, (hosts, authors)) = rayon::join(
        || sections.collect::<Vec<List>>(),
        || rayon::join(|| lists::hosts(&years), || lists::authors(&years)),
    );
    all.extend([hosts, authors]);
    all.retain(|list| list.count > 0);
    let address = |list: &List| format!("{folder}{}/", list.slug);
    let listed = all.iter().map(|list| Listed {
        title: list.title.clone(),
        url: site.config.on_site(&address(list)),
        count: list.count,
        all: list.all,
    });
    let listed: Vec<Listed> = listed.collect();
    let lists = Lists { lists: listed };
    let files = all.par_iter().map(|list| {
        page(
            site,
            given,
            (&address(list), &list.title, "list.html"),
            list,
        )
    });
    let mut files: Vec<File> = files.collect::<Result<_>>()?;
    files.push(page(site, given, (folder, "Lists", "lists.html"), &lists)?);
    Ok(files)
}

fn page(
    site: &Site<'_>,
    given: &Given<'_>,
    (address, title, template): (&str, &str, &str),
    data: &(impl Hash + Serialize),
) -> Result<File> {
    let make = || {
        let url = site.config.on_site(address);
        let name = &site.config.newsletter.name;
        let description = format!("{title}, from all issues of {name}");
        let data = serde_json::json!({ "list": data });
        let page = pages(site).library(template, (title, &url), &description, data);
        let page = page.map_err(|error| template_error(site.config, &error))?;
        Ok(page.into_bytes())
    };
    Ok(File {
        path: address.to_owned(),
        content: given.keyed(address, (title, data), make)?,
        page: true,
    })
}
