//! What there is to ask: every page that texts link to, once, and how much of it the rules want to know.

use crate::config::Config;
use crate::http::{Url, fits};
use press_core::check::rules;
use press_core::check::web::{End, Visit, Web, place_in_page, without_fragment};
use press_core::diagnostic::Level;
use press_core::format::SectionKind;
use press_core::issue::{Issue, Link};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, HashSet};

/// How much of a page to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Depth {
    /// Whether it is there.
    Answer,
    /// What it calls itself.
    Title,
    /// Also the places in it that links can lead to.
    Places,
}

/// A page to ask for.
#[derive(Debug)]
pub(super) struct Wish {
    /// Its address, as it is asked for.
    pub(super) url: Url,
    /// How much of it to look at.
    pub(super) depth: Depth,
    /// Its address as texts write it, which may be in several ways.
    written: BTreeSet<String>,
}

/// All pages to ask for.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    pub(super) list: Vec<Wish>,
    pub(super) ignored: usize,
}

impl Wishes {
    /// The pages that texts link to.
    pub(super) fn of<'t>(config: &Config, texts: impl Iterator<Item = &'t str>) -> Wishes {
        let texts: Vec<&str> = texts.collect();
        let found = texts
            .into_par_iter()
            .flat_map_iter(|text| linked(config, text));
        let found: Vec<(String, Depth)> = found.collect();
        let mut wishes = Wishes::default();
        let (mut places, mut ignored) = (HashMap::new(), HashSet::new());
        for (written, depth) in found {
            let Some(url) = askable(&written) else {
                continue;
            };
            if config
                .links
                .ignore
                .iter()
                .any(|pattern| fits(pattern, &written))
            {
                ignored.insert(url);
                continue;
            }
            let at = *places.entry(url.clone()).or_insert_with(|| {
                wishes.list.push(Wish {
                    url,
                    depth,
                    written: BTreeSet::new(),
                });
                wishes.list.len() - 1
            });
            let wish = &mut wishes.list[at];
            wish.depth = wish.depth.max(depth);
            wish.written.insert(written);
        }
        wishes.ignored = ignored.len();
        wishes
    }

    pub(super) fn hosts(&self) -> usize {
        let hosts: HashSet<_> = self.list.iter().map(|wish| wish.url.host_str()).collect();
        hosts.len()
    }

    /// How many hosts could be looked up, and how many could not.
    pub(super) fn hosts_by_lookup(&self, visits: &[Option<Visit>]) -> (usize, usize) {
        let mut found: HashMap<&str, bool> = HashMap::new();
        for (wish, visit) in self.list.iter().zip(visits) {
            if let (Some(host), Some(visit)) = (wish.url.host_str(), visit) {
                let lost =
                    visit.hops.is_empty() && matches!(visit.end, End::NoHost | End::NoLookup);
                *found.entry(host).or_default() |= !lost;
            }
        }
        let count = found.values().filter(|found| **found).count();
        (count, found.len() - count)
    }

    /// The addresses that texts write, each with what came of it.
    pub(super) fn visited<'a>(
        &'a self,
        visits: &'a [Option<Visit>],
    ) -> impl Iterator<Item = (&'a str, &'a Visit)> {
        let known = self.list.iter().zip(visits);
        let known = known.filter_map(|(wish, visit)| Some((wish, visit.as_ref()?)));
        known.flat_map(|(wish, visit)| wish.written.iter().map(move |url| (url.as_str(), visit)))
    }

    /// What came of them, by the addresses that texts write.
    pub(super) fn web(&self, visits: Vec<Option<Visit>>) -> Web {
        let mut web = Web::default();
        for (wish, visit) in self.list.iter().zip(visits) {
            for (written, visit) in wish.written.iter().zip(std::iter::repeat(visit)) {
                if let Some(visit) = visit {
                    web.add(written, visit);
                }
            }
        }
        web
    }
}

/// The addresses of a text's links, fragments taken off, and how deep to look.
fn linked(config: &Config, text: &str) -> Vec<(String, Depth)> {
    let issue = Issue::parse(text, &config.format);
    let off = |name: &str| {
        let rule = rules::WEB.iter().find(|rule| rule.name == name);
        let level = config.levels.get(name).copied();
        level.or(rule.map(|rule| rule.level)) == Some(Level::Allow)
    };
    let titles = !(off("page-title") && off("missing-fragment"));
    let titled: HashSet<usize> = issue
        .items
        .iter()
        .filter(|item| {
            let section = item.section.map(|section| issue.sections[section].kind);
            titles && section == Some(SectionKind::Links)
        })
        .filter_map(|item| item.link)
        .collect();
    let depth = |(at, link): (usize, &Link)| {
        let depth = match (titled.contains(&at), place_in_page(&link.url)) {
            (false, _) => Depth::Answer,
            (true, None) => Depth::Title,
            (true, Some(_)) => Depth::Places,
        };
        (without_fragment(&link.url).to_owned(), depth)
    };
    issue.links.iter().enumerate().map(depth).collect()
}

/// The address as it is asked for; none for what is not on the web, or is no address.
fn askable(written: &str) -> Option<Url> {
    let url = Url::parse(written).ok()?;
    let web = matches!(url.scheme(), "http" | "https") && url.username().is_empty();
    (web && url.host_str().is_some()).then_some(url)
}
