//! What of `press.toml` pages can have as it is.

use super::schema;
use press_core::render::site::NewsletterInfo;
use std::collections::HashMap;

/// Old ids of headings, by page.
pub(super) fn anchors(written: Vec<schema::Anchor>) -> HashMap<String, Vec<(String, String)>> {
    let mut anchors: HashMap<String, Vec<(String, String)>> = HashMap::new();
    for anchor in written {
        let page = anchors.entry(anchor.page).or_default();
        page.push((anchor.id, anchor.to));
    }
    anchors
}

/// The newsletter for templates.
pub(super) fn newsletter(written: schema::Newsletter) -> NewsletterInfo {
    NewsletterInfo {
        author: written.author.unwrap_or_else(|| written.name.clone()),
        name: written.name,
        description: written.description,
        base_url: written
            .base_url
            .into_inner()
            .trim_end_matches('/')
            .to_owned(),
        language: written.language,
        repository: written.repository,
        subscribe: written.subscribe,
        contact: written.contact,
    }
}
