//! Titles, addresses and marks cut into parts, each a number: what the model can weigh.
//!
//! A stranger may send anything, so what is looked at is bounded: the first words, the first parts of a path.

/// Words of a title, and parts of a path, that are looked at.
const MOST_WORDS: usize = 40;
const MOST_PARTS: usize = 10;

/// What the kinds of parts weigh against each other before anything is learned.
const OF_TITLE: f32 = 0.7;
const OF_PAIR: f32 = 0.42;
const OF_ADDRESS: f32 = 1.0;
const OF_PATH: f32 = 0.7;
/// Single sites weigh little: new ones are unknown, and what the known ones print is counted as a habit.
const OF_SITE: f32 = 0.3;
const OF_MARK: f32 = 1.0;

/// A part of a link that can be weighed, and how much it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Feature {
    pub(super) id: u64,
    pub(super) value: f32,
}

/// What of a link is looked at.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    /// Each once, by id.
    pub(super) features: Vec<Feature>,
    /// By what it is like earlier links: site, parts of the site, how the title begins.
    pub(super) keys: [u64; KEYS],
}

/// In how many ways a link is like earlier ones.
pub(super) const KEYS: usize = 6;

impl Parts {
    pub(super) fn new(title: &str, url: &str, marks: &str) -> Parts {
        let words = words(title);
        let address = Address::new(url);
        let mut list = List::default();
        list.title(&words);
        list.look(title, words.len());
        list.address(&address);
        let marks: Vec<&str> = marks.split_ascii_whitespace().take(MOST_PARTS).collect();
        for mark in &marks {
            list.add("mark", &[mark], OF_MARK);
        }
        if marks.is_empty() {
            list.add("no mark", &[], OF_MARK);
        }
        Parts {
            keys: keys(&words, &address),
            features: list.finish(),
        }
    }
}

/// The features of a link while they are found.
#[derive(Default)]
struct List(Vec<Feature>);

impl List {
    fn add(&mut self, kind: &str, parts: &[&str], value: f32) {
        let id = fingerprint(kind, parts);
        self.0.push(Feature { id, value });
    }

    /// The words, with what each stands beside, and both ends.
    fn title(&mut self, words: &[String]) {
        for word in words {
            self.add("word", &[word], OF_TITLE);
        }
        let at = |at: usize| words.get(at).map_or("", String::as_str);
        for next in 0..=words.len() {
            let before = next.checked_sub(1).map_or("", at);
            self.add("pair", &[before, at(next)], OF_PAIR);
        }
        self.add("begins", &[at(0)], OF_TITLE);
        self.add("begins so", &[at(0), at(1)], OF_TITLE);
        self.add("ends", &[at(words.len().saturating_sub(1))], OF_TITLE);
    }

    /// What a title looks like from afar.
    fn look(&mut self, title: &str, words: usize) {
        for sign in ["?", "!", ":", "#", "-", "–", "`"] {
            if title.contains(sign) {
                self.add("sign", &[sign], OF_TITLE);
            }
        }
        let version = |pair: &[u8]| pair[0].is_ascii_digit() && pair[1] == b'.';
        if title.as_bytes().windows(2).any(version) {
            self.add("version", &[], OF_TITLE);
        }
        if !title.is_ascii() {
            self.add("not ASCII", &[], OF_TITLE);
        }
        let length = (words / 3).min(6).to_string();
        self.add("length", &[&length], OF_TITLE);
    }

    fn address(&mut self, address: &Address) {
        let host = address.host.as_str();
        let labels: Vec<&str> = host.split('.').take(MOST_PARTS).collect();
        self.add("host", &[host], OF_SITE);
        self.add("domain", last_two(&labels), OF_ADDRESS);
        self.add("top", &labels[labels.len() - 1..], OF_ADDRESS);
        for part in labels.iter().flat_map(|label| label.split('-')) {
            self.add("of host", &[part], OF_PATH);
        }
        if let [first, rest @ ..] = address.path.as_slice() {
            self.add("part of site", &[host, first], OF_SITE);
            if let [second, ..] = rest {
                self.add("part of part", &[host, first, second], OF_SITE);
            }
        }
        for part in &address.path {
            let part = digits_alike(part);
            self.add("path", &[&part], OF_PATH);
            for word in part.split(|sign: char| !sign.is_alphanumeric()) {
                self.add("of path", &[word], OF_PATH);
            }
        }
        let depth = address.path.len().to_string();
        self.add("depth", &[&depth], OF_ADDRESS);
    }

    /// Each feature once.
    fn finish(mut self) -> Vec<Feature> {
        self.0.sort_by_key(|feature| feature.id);
        self.0.dedup_by_key(|feature| feature.id);
        self.0
    }
}

fn last_two<'a, 'l>(labels: &'l [&'a str]) -> &'l [&'a str] {
    &labels[labels.len().saturating_sub(2)..]
}

fn keys(words: &[String], address: &Address) -> [u64; KEYS] {
    let host = address.host.as_str();
    // The last part of a path is the page itself.
    let folders = &address.path[..address.path.len().saturating_sub(1)];
    let folder = |at: usize| folders.get(at).map(|part| digits_alike(part));
    let (first, second) = (folder(0).unwrap_or_default(), folder(1).unwrap_or_default());
    let beginning = |count: usize| {
        let words: Vec<&str> = words.iter().take(count).map(String::as_str).collect();
        fingerprint("beginning", &words)
    };
    [
        fingerprint("site", &[host]),
        fingerprint("folder", &[host, &first]),
        fingerprint("folders", &[host, &first, &second]),
        beginning(1),
        beginning(2),
        beginning(3),
    ]
}

/// An address without scheme, query and fragment, in small letters.
struct Address {
    host: String,
    path: Vec<String>,
}

impl Address {
    fn new(url: &str) -> Address {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let mut parts = rest.split('/');
        let host = parts.next().unwrap_or_default().to_lowercase();
        let path = parts.filter(|part| !part.is_empty()).take(MOST_PARTS);
        Address {
            host: host.strip_prefix("www.").unwrap_or(&host).to_owned(),
            path: path.map(str::to_lowercase).collect(),
        }
    }
}

/// The words of a title in small letters; numbers are alike, so that issue 12 of something is like its issue 13.
fn words(title: &str) -> Vec<String> {
    let inside = |sign: char| sign.is_alphanumeric() || matches!(sign, '+' | '#' | '\'' | '_');
    let words = title.split(|sign: char| !inside(sign));
    let words = words.filter(|word| !word.is_empty()).take(MOST_WORDS);
    words
        .map(|word| digits_alike(&word.to_lowercase()))
        .collect()
}

/// The text with every run of digits made one zero.
fn digits_alike(text: &str) -> String {
    let mut alike = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign.is_ascii_digit() {
            true if alike.ends_with('0') => {}
            true => alike.push('0'),
            false => alike.push(sign),
        }
    }
    alike
}

/// A number for a feature: FNV-1a over its kind and parts, each with an end.
fn fingerprint(kind: &str, parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in std::iter::once(&kind).chain(parts) {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::{Address, Parts, digits_alike, words};

    #[test]
    fn issue_twelve_of_something_is_like_its_issue_thirteen() {
        assert_eq!(words("Gulls #12: News"), words("gulls #1300: news"));
        assert_eq!(digits_alike("2026-11-19"), "0-0-0");
    }

    #[test]
    fn an_address_is_its_host_and_path() {
        let forms = [
            "https://www.Gull.example/a/b?x=1",
            "gull.example/a/b#c",
            "http://gull.example//a/b/",
        ];
        for form in forms {
            let address = Address::new(form);
            assert_eq!(address.host, "gull.example", "{form}");
            assert_eq!(address.path, ["a", "b"], "{form}");
        }
    }

    #[test]
    fn what_is_looked_at_is_bounded() {
        let title = "gull ".repeat(100_000);
        let url = format!("https://{}", "a/".repeat(100_000));
        let parts = Parts::new(&title, &url, &"m ".repeat(1000));
        assert!(parts.features.len() < 200);
    }
}
