//! Lists through time: a page for each, and one that names them all.

use super::super::Site;
use super::super::look::template_error;
use super::super::targets::pages;
use super::{Bundle, File};
use crate::error::Result;
use crate::pipeline::kept::Key;
use press_core::render::lists::{self, List};
use press_core::render::record::Record;
use rayon::prelude::*;
use serde::Serialize;

/// The lists' bundle, if the newsletter has them.
pub(super) fn all<'a>(site: &'a Site<'_>, issues: Key) -> Option<Bundle<'a>> {
    let folder = site.config.site.lists.as_ref()?;
    Some(Bundle {
        name: "lists".to_owned(),
        key: issues,
        make: Box::new(move |records| make(site, folder, records)),
    })
}

#[derive(Serialize)]
struct Listed {
    title: String,
    url: String,
    count: usize,
    all: usize,
}

fn make(site: &Site<'_>, folder: &str, records: &[&Record]) -> Result<Vec<File>> {
    let sections = site.config.site.listed.par_iter();
    let sections = sections.map(|(id, title)| lists::of_section(records, id, title));
    let (mut all, (hosts, authors)) = rayon::join(
        || sections.collect::<Vec<List>>(),
        || rayon::join(|| lists::hosts(records), || lists::authors(records)),
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
    let files = all
        .par_iter()
        .map(|list| page(site, &address(list), "list.html", &list.title, list));
    let mut files: Vec<File> = files.collect::<Result<_>>()?;
    let lists = serde_json::json!({ "lists": listed });
    files.push(page(site, folder, "lists.html", "Lists", &lists)?);
    Ok(files)
}

fn page(
    site: &Site<'_>,
    address: &str,
    template: &str,
    title: &str,
    data: &impl Serialize,
) -> Result<File> {
    let url = site.config.on_site(address);
    let description = format!(
        "{title}, from all issues of {}",
        site.config.newsletter.name
    );
    let data = serde_json::json!({ "list": data });
    let page = pages(site).library(template, (title, &url), &description, data);
    Ok(File {
        path: address.to_owned(),
        content: page
            .map_err(|error| template_error(site.config, &error))?
            .into_bytes()
            .into(),
        page: true,
    })
}
