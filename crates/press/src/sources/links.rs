//! What all sources of links share: addresses that can be printed, links that many posts share, and how many are kept.

use super::html::beginning;
use super::{Candidate, Found, Reception};
use crate::http::Url;
use jiff::Timestamp;
use press_core::canonical::{canonical, clean};
use press_core::text::plain_line;
use std::collections::HashMap;

/// Longer addresses are not for print.
const URL_BYTES: usize = 2000;
/// Longer titles are cut.
const TITLE_SIGNS: usize = 300;
/// More pages of a list are not read.
pub(super) const PAGES: usize = 50;

/// An address of a web page as it is to be printed, or none: without tracking, whole even if it was relative.
pub(super) fn web_address(base: Option<&Url>, written: &str) -> Option<String> {
    let written = written.trim();
    if written.is_empty() || written.len() > URL_BYTES {
        return None;
    }
    let url = match base {
        Some(base) => base.join(written).ok()?,
        None => written.parse::<Url>().ok()?,
    };
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    if !web || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    // As it was written, if that is whole: the parser escapes more than people like to read.
    let whole = written.starts_with("https://") || written.starts_with("http://");
    let plain = |sign: char| !sign.is_whitespace() && !sign.is_control() && sign != '\\';
    let text = match whole && written.chars().all(plain) {
        true => written.to_owned(),
        false => url.to_string(),
    };
    Some(clean(&text, &[]).unwrap_or(text))
}

/// The host of an address, without `www.`.
pub(super) fn host(url: &str) -> String {
    let url = url.parse::<Url>().ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}

/// A title on one line, of a length that people read.
pub(super) fn title(written: &str) -> String {
    beginning(&plain_line(written), TITLE_SIGNS)
}

/// Candidates of one page as one candidate: the reception is summed, the place is where most points are.
pub(super) fn merge(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut at: HashMap<String, usize> = HashMap::new();
    let mut merged: Vec<(Candidate, usize, i64)> = Vec::new();
    for candidate in candidates {
        let key = canonical(&candidate.url);
        let points = candidate.reception.points.unwrap_or(0);
        match at.get(&key) {
            None => {
                at.insert(key, merged.len());
                merged.push((candidate, 1, points));
            }
            Some(at) => {
                let (known, posts, best) = &mut merged[*at];
                *posts += 1;
                join(known, candidate, points > *best);
                *best = points.max(*best);
            }
        }
    }
    let told = merged.into_iter().map(|(mut candidate, posts, _)| {
        if posts > 1 {
            let note = format!("in {posts} posts");
            candidate.note = Some(match candidate.note {
                Some(other) => format!("{note}; {other}"),
                None => note,
            });
        }
        candidate
    });
    told.collect()
}

fn join(known: &mut Candidate, other: Candidate, better: bool) {
    let sum = |one: Option<i64>, other: Option<i64>| match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (one, other) => one.or(other),
    };
    let reception = Reception {
        points: sum(known.reception.points, other.reception.points),
        comments: sum(known.reception.comments, other.reception.comments),
        place: match better {
            true => other.reception.place.clone(),
            false => known.reception.place.clone(),
        },
    };
    let earlier = |one: Timestamp, other: Timestamp| one.min(other);
    known.published = match (known.published, other.published) {
        (Some(one), Some(other)) => Some(earlier(one, other)),
        (one, other) => one.or(other),
    };
    if known.title.is_empty() {
        known.title = other.title;
    }
    if better {
        known.author = other.author;
        known.note = other.note.or_else(|| known.note.take());
    }
    known.reception = reception;
}

/// What a source keeps of what it found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// What has fewer points is left out.
    pub(super) least_points: i64,
    /// Most that are kept.
    pub(super) most: usize,
}

impl Limits {
    /// The candidates with enough points, those with the most first.
    pub(super) fn keep(self, candidates: Vec<Candidate>, notices: Vec<String>) -> Found {
        let points = |candidate: &Candidate| candidate.reception.points.unwrap_or(0);
        let mut kept = merge(candidates);
        kept.retain(|candidate| points(candidate) >= self.least_points);
        kept.sort_by_key(|candidate| std::cmp::Reverse(points(candidate)));
        let mut found = Found {
            notices,
            ..Found::default()
        };
        if kept.len() > self.most {
            found.notices.push(format!(
                "{} links were found; the {} with the most points were kept (`most`)",
                kept.len(),
                self.most
            ));
            kept.truncate(self.most);
        }
        found.candidates = kept;
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(url: &str, points: i64, place: &str) -> Candidate {
        Candidate {
            url: url.to_owned(),
            title: String::new(),
            author: Some(format!("author of {place}")),
            reception: Reception {
                points: Some(points),
                comments: Some(1),
                place: Some(place.to_owned()),
            },
            ..Candidate::default()
        }
    }

    #[test]
    fn posts_of_one_link_are_one_candidate_with_their_reception_summed() {
        let limits = Limits {
            least_points: 3,
            most: 2,
        };
        let found = limits.keep(
            vec![
                shared("https://a.example/x?utm_source=m", 2, "p1"),
                shared("https://b.example/", 1, "p2"),
                shared("https://www.a.example/x/", 5, "p3"),
                shared("https://c.example/", 9, "p4"),
                shared("https://d.example/", 3, "p5"),
            ],
            Vec::new(),
        );
        let told: Vec<_> = found
            .candidates
            .iter()
            .map(|candidate| {
                let place = candidate.reception.place.as_deref().unwrap();
                (candidate.reception.points.unwrap(), place)
            })
            .collect();
        assert_eq!(told, [(9, "p4"), (7, "p3")]);
        let twice = &found.candidates[1];
        assert_eq!(twice.note.as_deref(), Some("in 2 posts"));
        assert_eq!(twice.author.as_deref(), Some("author of p3"));
        assert_eq!(twice.reception.comments, Some(2));
        assert!(found.notices[0].contains("3 links"), "{:?}", found.notices);
    }

    #[test]
    fn addresses_are_whole_and_of_the_web() {
        let base: Url = "https://gull.example/feed/".parse().unwrap();
        let address = |written| web_address(Some(&base), written);
        let whole = |text: &str| Some(text.to_owned());
        assert_eq!(address("../a b"), whole("https://gull.example/a%20b"));
        assert_eq!(address("//x.example/ä"), whole("https://x.example/%C3%A4"));
        assert_eq!(
            address(" https://x.example/ä?utm_source=q "),
            whole("https://x.example/ä")
        );
        for nothing in [
            "",
            "mailto:a@b.example",
            "javascript:alert(1)",
            "https://u:p@x.example/",
            "https://",
        ] {
            assert_eq!(address(nothing), None, "{nothing}");
        }
        assert_eq!(web_address(None, "/relative"), None);
        assert_eq!(host("https://www.X.example:80/"), "x.example");
    }
}
