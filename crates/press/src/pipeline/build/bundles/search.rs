//! The search page with its index. What is in it is the core's work; here it is spread over the cores and gets addresses,
//! and what the years that are over gave is kept.

use super::super::Site;
use super::super::look::template_error;
use super::super::targets::pages;
use super::{Bundle, Content, File, Given, MadeFrom};
use crate::error::Result;
use crate::pipeline::kept::{self, Key};
use crate::pipeline::records::{Needs, Sides};
use crate::pipeline::search;
use press_core::render::record::Record;
use press_core::render::search::{Index, Past};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// How the names of files end that are written packed.
pub(super) const PACKED: &str = ".bin";

/// The search of a site that has one.
pub(super) fn all<'a>(site: &'a Site<'_>, sides: &Sides) -> Option<Bundle<'a>> {
    let address = site.config.site.search.as_deref()?;
    let newest = sides.years.keys().next_back().copied();
    let over = sides.years.values().rev().skip(1).collect::<Vec<_>>();
    let over = Key::of((site.global, address, over));
    let kept = Arc::new(OnceLock::new());
    let past = Arc::clone(&kept);
    Some(Bundle {
        name: "search".to_owned(),
        key: Key::of(("search", sides.whole)),
        from: MadeFrom::Records(Box::new(move |given| {
            match kept.get_or_init(|| read(site, (address, over), given)) {
                Some(_) => Needs::Years(newest.into_iter().collect()),
                None => Needs::All,
            }
        })),
        make: Box::new(move |given| {
            let past = past.get().and_then(Option::as_ref);
            make(site, (address, over), &given.records, past)
        }),
    })
}

/// What is kept of the years that are over, if its files stand.
fn read(site: &Site<'_>, (address, over): (&str, Key), given: &Given<'_>) -> Option<Past> {
    let past: Past = kept::read_value(&path(site), over)?;
    let stands = |name: &String| given.is_kept(&format!("{address}{name}"));
    past.files().iter().all(stands).then_some(past)
}

fn path(site: &Site<'_>) -> PathBuf {
    kept::folder(site.config.home()).join("search")
}

fn make(
    site: &Site<'_>,
    (address, over): (&str, Key),
    records: &[&Record],
    past: Option<&Past>,
) -> Result<Vec<File>> {
    let index = match past {
        Some(past) => search::index_after(site.config, past, records),
        None => {
            let (index, past) = search::index(site.config, records);
            kept::write_value(&path(site), over, &past);
            index
        }
    };
    let mut files = of(site, address, index)?;
    let standing = past.into_iter().flat_map(Past::files);
    files.extend(standing.map(|name| File {
        path: format!("{address}{name}"),
        content: Content::Standing,
        page: false,
    }));
    Ok(files)
}

fn of(site: &Site<'_>, address: &str, index: Index) -> Result<Vec<File>> {
    let page = pages(site).search(&index.head, &site.look.search_script);
    let page = page.map_err(|error| template_error(site.config, &error))?;
    let head = serde_json::to_vec(&index.head).unwrap_or_default();
    let mut files = vec![
        File {
            path: address.to_owned(),
            content: page.into_bytes().into(),
            page: true,
        },
        File {
            path: format!("{address}{}", search::HEAD),
            content: head.into(),
            page: false,
        },
    ];
    let file = |(name, content): (String, Vec<u8>)| File {
        path: format!("{address}{name}"),
        content: content.into(),
        page: false,
    };
    files.extend(index.files.into_iter().map(file));
    Ok(files)
}
