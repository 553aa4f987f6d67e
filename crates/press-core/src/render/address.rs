//! Addresses of pages: patterns such as `/blog/{year}/{month}/{day}/{slug}/`, and the files they mean.

use jiff::civil::Date;

/// What can stand for a placeholder in a pattern.
#[derive(Clone, Copy, Debug, Default)]
pub struct Values<'a> {
    /// Fills `{year}`, `{month}`, `{day}` and `{date}`.
    pub date: Option<Date>,
    /// Fills `{slug}`.
    pub slug: &'a str,
    /// Fills `{number}`.
    pub number: Option<u32>,
    /// Fills `{category}`.
    pub category: &'a str,
    /// Fills `{host}`.
    pub host: &'a str,
    /// Fills `{path}`.
    pub path: &'a str,
    /// Fills `{url}`.
    pub url: &'a str,
}

/// Names that placeholders may have.
pub const PLACEHOLDERS: &[&str] = &[
    "year", "month", "day", "date", "slug", "number", "category", "host", "path", "url",
];

/// The first placeholder of `pattern` that is none of `allowed`.
pub fn unknown_placeholder<'p>(pattern: &'p str, allowed: &[&str]) -> Option<&'p str> {
    let mut rest = pattern;
    while let Some(start) = rest.find('{') {
        let inner = &rest[start + 1..];
        let Some(end) = inner.find('}') else {
            return Some(inner);
        };
        if !allowed.contains(&&inner[..end]) {
            return Some(&inner[..end]);
        }
        rest = &inner[end + 1..];
    }
    None
}

/// `pattern` with its placeholders filled; none where a value is missing.
pub fn fill(pattern: &str, values: &Values<'_>) -> Option<String> {
    let mut filled = String::with_capacity(pattern.len() + 24);
    let mut rest = pattern;
    while let Some(start) = rest.find('{') {
        filled.push_str(&rest[..start]);
        let inner = &rest[start + 1..];
        let end = inner.find('}')?;
        match &inner[..end] {
            "year" => filled.push_str(&format!("{:04}", values.date?.year())),
            "month" => filled.push_str(&format!("{:02}", values.date?.month())),
            "day" => filled.push_str(&format!("{:02}", values.date?.day())),
            "date" => filled.push_str(&values.date?.to_string()),
            "slug" => filled.push_str(values.slug),
            "number" => filled.push_str(&values.number?.to_string()),
            "category" => filled.push_str(values.category),
            "host" => filled.push_str(values.host),
            "path" => filled.push_str(values.path),
            "url" => filled.push_str(values.url),
            _ => return None,
        }
        rest = &inner[end + 1..];
    }
    filled.push_str(rest);
    Some(filled)
}

/// Scheme and host of a site's address, and the path below which the site stands (empty for most).
pub fn split_base(base_url: &str) -> (&str, &str) {
    let host = base_url.find("://").map_or(0, |at| at + 3);
    match base_url[host..].find('/') {
        Some(slash) => {
            let (origin, path) = base_url.split_at(host + slash);
            (origin, path.trim_end_matches('/'))
        }
        None => (base_url, ""),
    }
}

/// `text` as a value in the query of an address (RFC 3986, section 2.1).
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Most pages that one `{a..b}` may make.
pub const RANGE_LIMIT: u32 = 10_000;

/// The addresses that a pattern with at most one range `{a..b}` stands for; none if the range is no range.
pub fn expand_range(pattern: &str) -> Option<Vec<String>> {
    let Some(start) = pattern.find('{') else {
        return Some(vec![pattern.to_owned()]);
    };
    let end = start + pattern[start..].find('}')?;
    let (first, last) = pattern[start + 1..end].split_once("..")?;
    let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
    if last < first || last - first >= RANGE_LIMIT || pattern[end..].contains('{') {
        return None;
    }
    let (before, after) = (&pattern[..start], &pattern[end + 1..]);
    Some(
        (first..=last)
            .map(|number| format!("{before}{number}{after}"))
            .collect(),
    )
}

/// The file, relative to the site's folder, that answers the address `path`. None for addresses that would
/// lead out of the folder or that no file system takes.
pub fn file_of(path: &str) -> Option<String> {
    let relative = path.strip_prefix('/')?;
    let hostile = |part: &str| {
        let odd =
            |character: char| character.is_control() || matches!(character, '\\' | ':' | '?' | '#');
        part.is_empty() || part == "." || part == ".." || part.len() > 200 || part.contains(odd)
    };
    let folder = relative.strip_suffix('/');
    let named = folder.unwrap_or(relative);
    if !named.is_empty() && named.split('/').any(hostile) {
        return None;
    }
    match folder {
        Some(folder) => Some(format!("{folder}/index.html")),
        None if relative.is_empty() => Some("index.html".to_owned()),
        None => Some(relative.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn patterns_are_filled() {
        let values = Values {
            date: Some(date(2026, 2, 5)),
            slug: "week-7",
            number: Some(7),
            ..Values::default()
        };
        assert_eq!(
            fill("/b/{year}/{month}/{day}/{slug}/", &values).as_deref(),
            Some("/b/2026/02/05/week-7/")
        );
        assert_eq!(fill("/{number}/", &Values::default()), None);
        assert_eq!(
            unknown_placeholder("/{yaer}/{slug}/", PLACEHOLDERS),
            Some("yaer")
        );
        assert_eq!(unknown_placeholder("/{year}/{slug}/", PLACEHOLDERS), None);
    }

    #[test]
    fn a_site_may_stand_in_a_folder() {
        assert_eq!(split_base("https://a.example"), ("https://a.example", ""));
        assert_eq!(
            split_base("https://a.example/weekly/"),
            ("https://a.example", "/weekly")
        );
    }

    #[test]
    fn values_of_queries_are_encoded() {
        assert_eq!(encoded("a b&c=ü/~"), "a%20b%26c%3D%C3%BC%2F~");
    }

    #[test]
    fn ranges_become_addresses() {
        assert_eq!(
            expand_range("/i{2..4}.html"),
            Some(vec![
                "/i2.html".into(),
                "/i3.html".into(),
                "/i4.html".into()
            ])
        );
        assert_eq!(expand_range("/a"), Some(vec!["/a".into()]));
        for broken in ["/{4..2}", "/{a..b}", "/{1..99999}", "/{1", "/{1..2}{1..2}"] {
            assert_eq!(expand_range(broken), None, "{broken}");
        }
    }

    #[test]
    fn no_address_leads_out_of_the_site() {
        assert_eq!(file_of("/a/b/").as_deref(), Some("a/b/index.html"));
        assert_eq!(file_of("/").as_deref(), Some("index.html"));
        assert_eq!(file_of("/a.html").as_deref(), Some("a.html"));
        for hostile in [
            "/../a", "/a/../b/", "a", "/a//b", "/a/./b", "/a\\b", "/a\0b",
        ] {
            assert_eq!(file_of(hostile), None, "{hostile}");
        }
    }
}
