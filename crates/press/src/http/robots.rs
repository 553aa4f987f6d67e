//! `robots.txt`, as RFC 9309 has it: which addresses of a site programs may ask for.

use super::{Failure, Http, Request};
use reqwest::Url;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// By what sites call us in their rules.
const NAME: &str = "press";
/// What is longer is read so far: the RFC asks for at least 500 KiB.
const LIMIT_BYTES: usize = 512 << 10;

/// The RFC's bound on how long rules may be remembered is a day.
const MAX_AGE: Duration = Duration::from_secs(20 * 3600);

/// The rules of all sites that were asked.
#[derive(Debug, Default)]
pub(super) struct AllRobots {
    sites: Mutex<HashMap<String, Arc<Site>>>,
}

/// A site's rules, asked for once.
type Site = OnceCell<Result<Robots, Failure>>;

/// The rules of one site, as far as they are about us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Robots {
    rules: Vec<(bool, String)>,
}

impl Http {
    /// Fails if a site's rules keep programs from an address, or cannot be had.
    pub(super) async fn refuse_forbidden(&self, url: &Url) -> Result<(), Failure> {
        let site = url.origin().ascii_serialization();
        let cell = {
            let mut sites = self
                .robots
                .sites
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            Arc::clone(sites.entry(site).or_default())
        };
        let rules = cell.get_or_init(|| self.fetch_robots(url)).await;
        let path = url.path();
        let address = url
            .query()
            .map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
        match rules {
            Ok(rules) if rules.allow(&address) => Ok(()),
            Ok(_) => Err(Failure::Robots),
            Err(failure) => Err(failure.clone()),
        }
    }

    async fn fetch_robots(&self, url: &Url) -> Result<Robots, Failure> {
        let Ok(url) = url.join("/robots.txt") else {
            return Ok(Robots::default());
        };
        // Asking for the rules follows no rules, so this does not go on for ever.
        let request = Request::get(url).limit(LIMIT_BYTES);
        let way = Box::pin(self.fetch(request, MAX_AGE)).await;
        match way.end {
            Ok(response) if matches!(response.status, 200..=299) => {
                Ok(Robots::parse(&String::from_utf8_lossy(&response.body)))
            }
            // A site without rules has none against us; one that is out of order does not want guests.
            Ok(response) if response.status < 500 => Ok(Robots::default()),
            Ok(response) => Err(Failure::OutOfOrder(response.status)),
            // The file went astray, not the site.
            Err(Failure::Circle(_)) => Ok(Robots::default()),
            Err(_) if !way.hops.is_empty() => Ok(Robots::default()),
            Err(failure) => Err(failure),
        }
    }
}

impl Robots {
    /// Reads the groups that are for us, or those for everybody if there are none.
    fn parse(text: &str) -> Robots {
        let (mut ours, mut anybodys) = (None, Vec::new());
        let (mut for_us, mut for_anybody, mut in_rules) = (false, false, false);
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "user-agent" => {
                    if in_rules {
                        (for_us, for_anybody, in_rules) = (false, false, false);
                    }
                    let name = value.split(['/', ' ']).next().unwrap_or_default();
                    for_us |= name.eq_ignore_ascii_case(NAME);
                    for_anybody |= name == "*";
                    if for_us {
                        ours.get_or_insert_with(Vec::new);
                    }
                }
                "allow" | "disallow" => {
                    in_rules = true;
                    let rule = (key == "allow", value.to_owned());
                    match &mut ours {
                        _ if value.is_empty() => {}
                        Some(ours) if for_us => ours.push(rule),
                        _ if for_anybody => anybodys.push(rule),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        Robots {
            rules: ours.unwrap_or(anybodys),
        }
    }

    /// The longest rule that fits decides, the kinder one of two.
    fn allow(&self, address: &str) -> bool {
        let fitting = self
            .rules
            .iter()
            .filter(|(_, pattern)| fits(pattern, address));
        let longest = fitting.max_by_key(|(allow, pattern)| (pattern.len(), *allow));
        longest.is_none_or(|(allow, _)| *allow)
    }
}

/// Whether an address begins as a pattern says; `*` stands for anything, `$` for the end.
pub fn fits(pattern: &str, address: &str) -> bool {
    let (pattern, to_the_end) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut pieces = pattern.split('*');
    let Some(mut rest) = address.strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    let mut last = None;
    for piece in pieces {
        let Some(at) = rest.find(piece) else {
            return false;
        };
        last = Some((rest, piece));
        rest = &rest[at + piece.len()..];
    }
    // Of the last piece any occurrence will do.
    !to_the_end || rest.is_empty() || last.is_some_and(|(rest, piece)| rest.ends_with(piece))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_rule_decides() {
        let robots = Robots::parse(
            "User-agent: other\nDisallow: /\n\nuser-agent: *\nDisallow: /private/ # ours\nAllow: /private/open\n\
             Disallow: /*.pdf$\nDisallow:\nDisallow: /a*b/c\n",
        );
        for (address, may) in [
            ("/", true),
            ("/private/x", false),
            ("/private/open/x", true),
            ("/x.pdf", false),
            ("/x.pdf.pdf", false),
            ("/x.pdf?y", true),
            ("/a1b/c/d", false),
            ("/a1b", true),
        ] {
            assert_eq!(robots.allow(address), may, "{address}");
        }
    }

    #[test]
    fn rules_for_us_replace_those_for_everybody() {
        let robots = Robots::parse(
            "User-agent: *\nDisallow: /\nUser-agent: x\nUser-agent: Press/1.0\nDisallow: /no\n",
        );
        assert!(robots.allow("/yes") && !robots.allow("/no"));
        assert!(
            Robots::parse("User-agent: *\nDisallow: /\nUser-agent: press\nDisallow:\n").allow("/x")
        );
        assert!(Robots::parse("<html>: not found").allow("/x"));
    }
}
