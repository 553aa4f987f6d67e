//! In which order files go out where they cannot all be switched at once, so that no link leads nowhere at any moment: what
//! pages load, pages that nobody links to yet, feeds and the like that nobody reads yet, pages that change, and at last the
//! first page and the feeds that change, which announce the rest. What is no longer part of the site is deleted after all.

use super::site::{File, Site};
use super::standing::Standing;
use std::collections::HashSet;

/// The waves, each with what is told before it.
pub(super) const NAMES: [&str; 5] = [
    "what pages load",
    "new pages",
    "new feeds",
    "pages that change",
    "the first page and feeds",
];

/// The files that go out, by wave.
pub(super) fn waves(site: &Site, standing: &Standing) -> [Vec<File>; 5] {
    let added: HashSet<&str> = standing.added.iter().map(String::as_str).collect();
    let mut waves = [const { Vec::new() }; 5];
    for path in standing.added.iter().chain(&standing.changed) {
        if let Some(file) = site.find(path) {
            waves[wave(path, added.contains(path.as_str()))].push(file.clone());
        }
    }
    waves
}

/// What is deleted, in the order in which it goes: what announces pages, the pages, what pages load.
pub(super) fn farewell(deleted: &[String]) -> [Vec<String>; 3] {
    let mut waves = [const { Vec::new() }; 3];
    for path in deleted {
        let wave = match ending(path) {
            ending if announces(ending) => 0,
            "html" => 1,
            _ => 2,
        };
        waves[wave].push(path.clone());
    }
    waves
}

fn ending(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

fn announces(ending: &str) -> bool {
    matches!(
        ending,
        "xml" | "json" | "atom" | "rss" | "opml" | "ics" | "txt"
    )
}

fn wave(path: &str, is_new: bool) -> usize {
    let ending = ending(path);
    let announces = announces(ending);
    match (path, ending, is_new) {
        ("index.html", ..) => 4,
        (_, "html", true) => 1,
        (_, "html", false) => 3,
        (.., true) if announces => 2,
        (.., false) if announces => 4,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_announces_goes_last() {
        for (path, is_new, expected) in [
            ("theme/press-0123.css", true, 0),
            ("images/a.png", false, 0),
            ("CNAME", true, 0),
            ("issues/7/index.html", true, 1),
            ("issues/6/index.html", false, 3),
            ("archive/index.html", false, 3),
            ("index.html", true, 4),
            ("atom.xml", false, 4),
            ("feed.json", true, 2),
            ("robots.txt", false, 4),
            ("streams/streams.opml", false, 4),
        ] {
            assert_eq!(wave(path, is_new), expected, "{path}");
        }
    }

    #[test]
    fn what_announces_is_deleted_first() {
        let paths = ["events/a.ics", "images/a.png", "issues/7/index.html"];
        let waves = farewell(&paths.map(str::to_owned));
        assert_eq!(
            waves,
            [
                ["events/a.ics".to_owned()],
                ["issues/7/index.html".to_owned()],
                ["images/a.png".to_owned()]
            ]
        );
    }
}
