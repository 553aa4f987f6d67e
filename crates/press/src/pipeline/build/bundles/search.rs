//! The search page with its index. What is in it is the core's work; here it is spread over the cores and gets addresses,
//! and what the years that are over gave is kept.

use super::super::Site;
use super::super::look::template_error;
use super::super::targets::pages;
use super::{Bundle, Content, File};
use crate::error::Result;
use crate::pipeline::kept::{self, Key};
use crate::pipeline::records::Sides;
use crate::pipeline::search;
use press_core::render::record::Record;
use press_core::render::search::{Index, Past};

/// How the names of files end that are written packed.
pub(super) const PACKED: &str = ".bin";

/// The search of a site that has one; `stands` says whether a file stands as the last build left it.
pub(super) fn all<'a>(
    site: &'a Site<'_>,
    sides: &Sides,
    stands: impl Fn(&str) -> bool + Send + Sync + 'a,
) -> Option<Bundle<'a>> {
    let address = site.config.site.search.as_deref()?;
    let over = sides.years.values().rev().skip(1).collect::<Vec<_>>();
    let over = Key::of((site.global, address, over));
    Some(Bundle {
        name: "search".to_owned(),
        key: Key::of(("search", sides.whole)),
        make: Box::new(move |records| make(site, (address, over), records, &stands)),
    })
}

fn make(
    site: &Site<'_>,
    (address, over): (&str, Key),
    records: &[&Record],
    stands: &(dyn Fn(&str) -> bool + Sync),
) -> Result<Vec<File>> {
    let path = |name: &str| format!("{address}{name}");
    let kept = kept::folder(site.config.home()).join("search");
    let past = kept::read_value(&kept, over)
        .filter(|past: &Past| past.files().iter().all(|name| stands(&path(name))));
    let index = match &past {
        Some(past) => search::index_after(site.config, past, records),
        None => {
            let (index, past) = search::index(site.config, records);
            kept::write_value(&kept, over, &past);
            index
        }
    };
    let mut files = of(site, address, index)?;
    let standing = past.iter().flat_map(Past::files);
    files.extend(standing.map(|name| File {
        path: path(name),
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
