//! A part of the newest file that a pattern fits, such as a weekly report.

use super::super::{Errand, Found};
use super::api::Api;
use crate::config::{GithubFile, Source};
use crate::error::{Error, Result};
use jiff::civil::Date;
use serde::Deserialize;

#[derive(Deserialize)]
struct Tree {
    tree: Vec<Entry>,
    #[serde(default)]
    truncated: bool,
}

#[derive(Deserialize)]
struct Entry {
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

/// Reads the newest file.
pub(in crate::sources) async fn file(
    source: &Source,
    kind: &GithubFile,
    errand: Errand<'_>,
) -> Result<Found> {
    let api = Api::new(source, &kind.api, errand)?;
    let repository = kind.repository.get_ref();
    let branch = kind.branch.as_deref().unwrap_or("HEAD");
    let path = format!("/repos/{repository}/git/trees/{branch}?recursive=1");
    let tree: Tree = api.one(&path).await?;
    let mut found = Found::default();
    if tree.truncated {
        found
            .notices
            .push(format!("{repository} has more files than the forge lists"));
    }
    let files = tree.tree.iter().filter(|entry| entry.kind == "blob");
    let fitting = files.filter(|entry| fits(kind.path.get_ref(), &entry.path));
    let dated = fitting.filter_map(|entry| Some((find_date(&entry.path)?, &entry.path)));
    let new = dated.filter(|(date, _)| errand.window.holds_day(*date));
    let Some((_, path)) = new.max() else {
        found.block = Some(
            kind.none
                .as_ref()
                .map_or(String::new(), |none| format!("{none}\n")),
        );
        return Ok(found);
    };
    let address = format!("/repos/{repository}/contents/{path}?ref={branch}");
    let body = api.get(&address, "application/vnd.github.raw+json").await?;
    let text = String::from_utf8_lossy(&body).replace("\r\n", "\n");
    let Some(part) = part(kind, &text) else {
        let from = kind.from.as_deref().unwrap_or_default();
        let error = Error::new(format!("{path} of {repository} has no line `{from}`"));
        return Err(error.help("`from` in press.toml is the line after which the part begins"));
    };
    let mut block = format!("{}\n", part.trim());
    if let Some(link) = &kind.link {
        let url = format!("{}/{repository}/blob/{branch}/{path}", api.web());
        block.push_str(&format!("\n{}\n", link.replace("{url}", &url)));
    }
    found.block = Some(block);
    Ok(found)
}

/// The named part of a file; none if the line is not there after which it begins.
fn part<'t>(kind: &GithubFile, text: &'t str) -> Option<&'t str> {
    let mut lines = text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    });
    let start = match &kind.from {
        Some(from) => {
            let (start, line) = lines.find(|(_, line)| is_line(from, line))?;
            start + line.len()
        }
        None => {
            let title = |line: &str| line.trim().is_empty() || line.starts_with("# ");
            let first = text.split_inclusive('\n').take_while(|line| title(line));
            first.map(str::len).sum()
        }
    };
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        if kind
            .until
            .as_ref()
            .is_some_and(|until| is_line(until, line))
        {
            break;
        }
        at += line.len();
    }
    Some(&text[start..at])
}

fn is_line(pattern: &str, line: &str) -> bool {
    matches(pattern.trim(), line.trim(), |_| true)
}

/// Whether a path fits a pattern whose `*` is any run of characters within one folder.
fn fits(pattern: &str, path: &str) -> bool {
    matches(pattern, path, |run| !run.contains('/'))
}

/// Whether a text fits a pattern; `may` says what a `*` may stand for.
fn matches(pattern: &str, text: &str, may: fn(&str) -> bool) -> bool {
    // How much of the pattern's parts before has been found, at each place of the text.
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts
        .next()
        .and_then(|first| text.strip_prefix(first))
        .map(|rest| vec![rest])
    else {
        return false;
    };
    for part in parts {
        let mut next = Vec::new();
        for rest in &rest {
            for (at, _) in rest.char_indices().chain([(rest.len(), ' ')]) {
                if !may(&rest[..at]) {
                    break;
                }
                if let Some(after) = rest[at..].strip_prefix(part) {
                    next.push(after);
                }
            }
        }
        next.sort_unstable_by_key(|rest| rest.len());
        next.dedup_by_key(|rest| rest.len());
        rest = next;
    }
    rest.contains(&"")
}

/// The last day that is written in a path, as `2026-03-09`.
fn find_date(path: &str) -> Option<Date> {
    let days = path.as_bytes().windows(10).rev();
    let mut days = days.filter_map(|bytes| std::str::from_utf8(bytes).ok()?.parse().ok());
    days.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stay_in_their_folder() {
        assert!(fits("triage/*/*.md", "triage/2026/2026-02-23.md"));
        assert!(fits("triage/*/2026-*.md", "triage/2026/2026-02-23.md"));
        assert!(!fits("triage/*.md", "triage/2026/2026-02-23.md"));
        assert!(!fits("triage/*/*.md", "triage/2026/2026-02-23.mdx"));
        assert!(fits("*a*a*", "aa") && !fits("*a*a*", "a"));
        // Quadratic at worst, not worse.
        assert!(!fits(&"*a".repeat(40), &"a".repeat(39)));
    }

    #[test]
    fn the_day_of_a_file_stands_in_its_path() {
        let day = find_date("triage/2025/2026-02-23.md");
        assert_eq!(day, "2026-02-23".parse().ok());
        assert_eq!(find_date("triage/README.md"), None);
        assert_eq!(find_date("triage/2026-02-31é.md"), None);
    }
}
