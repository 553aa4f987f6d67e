//! In which section a link belongs: the archive read, and asked.
//!
//! What was learned is not kept: learning anew from thirteen years takes less time than a person notices, and what is
//! not kept is never stale.

use super::check::load_archive;
use super::submissions::is_web;
use crate::config::Config;
use crate::error::{Error, Result};
use press_core::suggest::{Suggester, Suggestion};

/// A section that a link may belong in, as people know it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Proposal {
    /// Its identity in `press.toml`.
    pub section: String,
    /// Its heading.
    pub title: String,
    /// How likely it is, from 0 to 1.
    pub confidence: f64,
}

/// Learns from the newsletter's issues. Whoever asks often, such as a server, keeps what this gives until an issue appears.
pub fn suggester(config: &Config) -> Result<Suggester> {
    let archive = load_archive(config)?;
    let learn = |archive| Suggester::of_archive(&archive, &config.format, None);
    Ok(archive.map(learn).unwrap_or_default())
}

/// The likeliest sections for a link, with their headings.
pub fn suggest(
    config: &Config,
    suggester: &Suggester,
    (title, url, marks): (&str, &str, &[&str]),
) -> Vec<Proposal> {
    let proposal = |suggestion: Suggestion| {
        let mut sections = config.format.sections.iter();
        let known = sections.find(|section| section.id == suggestion.section);
        Proposal {
            title: known.map_or_else(String::new, |section| section.title.clone()),
            section: suggestion.section,
            confidence: suggestion.confidence,
        }
    };
    let suggestions = suggester.suggest(title, url, marks);
    suggestions.into_iter().map(proposal).collect()
}

/// The likeliest sections for one link: for `press suggest`.
pub fn suggest_one(
    config: &Config,
    title: &str,
    url: &str,
    marks: &[&str],
) -> Result<Vec<Proposal>> {
    if !is_web(url) {
        let error = Error::new(format!("`{url}` is no address of the web"));
        return Err(
            error.help("it begins with https://, as in `press suggest https://ada.example/sleep`")
        );
    }
    let suggester = suggester(config)?;
    if suggester.is_empty() {
        let error = Error::new("there is nothing to learn from");
        return Err(error.help(
            "it takes twenty links in published issues, in at least two sections whose kind is `links`",
        ));
    }
    Ok(suggest(config, &suggester, (title, url, marks)))
}
