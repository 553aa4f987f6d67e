//! The search page with its index. What is in it is the core's work; here it is spread over the cores and gets addresses.

use super::super::Site;
use super::super::look::template_error;
use super::super::targets::pages;
use super::{Bundle, File};
use crate::error::Result;
use crate::pipeline::kept::Key;
use crate::pipeline::search;
use press_core::render::record::Record;

/// How the names of files end that are written packed.
pub(super) const PACKED: &str = ".bin";

/// The search of a site that has one.
pub(super) fn all<'a>(site: &'a Site<'_>, issues: Key) -> Option<Bundle<'a>> {
    let address = site.config.site.search.as_deref()?;
    Some(Bundle {
        name: "search".to_owned(),
        key: Key::of(("search", issues)),
        make: Box::new(move |records| make(site, address, records)),
    })
}

fn make(site: &Site<'_>, address: &str, records: &[&Record]) -> Result<Vec<File>> {
    let index = search::index(site.config, records);
    let page = pages(site).search(&index.head, &site.look.search_script);
    let page = page.map_err(|error| template_error(site.config, &error))?;
    let head = serde_json::to_vec(&index.head).unwrap_or_default();
    let mut files = vec![
        File {
            path: address.to_owned(),
            content: page.into_bytes(),
            page: true,
        },
        File {
            path: format!("{address}{}", search::HEAD),
            content: head,
            page: false,
        },
    ];
    let file = |(name, content)| File {
        path: format!("{address}{name}"),
        content,
        page: false,
    };
    files.extend(index.files.into_iter().map(file));
    Ok(files)
}
