//! Groups at Meetup: those that `press.toml` names, and those of the file it names.
//!
//! A newsletter may have more than a hundred. In a file of their own they are easy to sort, to comment, and to mend.

use crate::config::{Loader, Meetup};
use crate::error::Place;
use press_core::canonical::{canonical, parts};
use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;

/// A list of groups is not longer; what is, is another file.
const LIMIT_BYTES: u64 = 1 << 20;

/// The name of a group in `https://www.meetup.com/de-DE/gulls/events/` is `gulls`; empty if there is none.
pub fn group_name(written: &str) -> String {
    match parts(written) {
        None => written.trim_matches('/').to_owned(),
        Some(_) => canonical(written)
            .split('/')
            .nth(1)
            .unwrap_or_default()
            .to_owned(),
    }
}

/// Where groups are written: `press.toml` or the file of groups.
struct Sheet<'a> {
    path: &'a Path,
    text: &'a str,
}

/// The groups that were seen, by their names, each with where it stands.
#[derive(Default)]
struct Seen(HashMap<String, String>);

impl Loader<'_> {
    /// Adds the groups of the file to those that stand in `press.toml`, and judges all of them.
    pub(super) fn groups(&mut self, meetup: &mut Meetup, source: &Spanned<String>) {
        let mut seen = Seen::default();
        let own = Sheet {
            path: self.path,
            text: self.text,
        };
        for group in &meetup.groups {
            let mistake = seen.judge(&own, group.span(), group.get_ref());
            self.mistakes.extend(mistake);
        }
        let Some(named) = &meetup.groups_file else {
            if meetup.groups.is_empty() {
                let message = "no group is named";
                let help =
                    "name some in `groups`, or a file with one on each line in `groups-file`";
                self.mistake_with_help(source, message, help);
            }
            return;
        };
        let path = self.path.parent().unwrap_or(Path::new(""));
        let path = path.join(named.get_ref());
        let text = match read(&path) {
            Ok(text) => text,
            Err(cause) => {
                let message = format!("cannot read {}: {cause}", path.display());
                let help = "it is looked for in the folder of press.toml";
                return self.mistake_with_help(named, message, help);
            }
        };
        let sheet = Sheet {
            path: &path,
            text: &text,
        };
        let before = self.mistakes.len();
        let mut listed = Vec::new();
        for (span, group) in lines(&text) {
            match seen.judge(&sheet, span, group) {
                Some(mistake) => self.mistakes.push(mistake),
                None => listed.push(Spanned::new(0..0, group.to_owned())),
            }
        }
        if listed.is_empty() && self.mistakes.len() == before {
            self.mistake(named, format!("{} names no group", path.display()));
        }
        meetup.groups.extend(listed);
    }
}

impl Seen {
    /// What is wrong with a group that stands somewhere, if anything is.
    fn judge(&mut self, sheet: &Sheet<'_>, span: Range<usize>, written: &str) -> Option<Place> {
        let mistake = |message: String, help: &str| {
            Some(Place::new(sheet.path, sheet.text, span.clone(), message).help(help))
        };
        let name = group_name(written);
        let elsewhere = parts(written)
            .map(|parts| parts.host.to_ascii_lowercase())
            .filter(|host| host != "meetup.com" && !host.ends_with(".meetup.com"));
        if let Some(host) = elsewhere {
            return mistake(
                format!("{host} is not Meetup"),
                "calendars elsewhere are sources of kind `ical` or `event-page`",
            );
        }
        let plain = |sign: char| sign.is_alphanumeric() || matches!(sign, '-' | '_' | '%' | '.');
        if name.is_empty() || !name.chars().all(plain) {
            return mistake(
                format!("`{written}` names no group"),
                "write its address, as in `https://www.meetup.com/gulls/`, or the name in it",
            );
        }
        let line = sheet.text[..span.start].matches('\n').count() + 1;
        let file = sheet.path.file_name().unwrap_or_default();
        let here = format!("line {line} of {}", file.display());
        match self.0.get(&name.to_lowercase()) {
            Some(there) => mistake(
                format!("the group `{name}` is named twice"),
                &format!("it stands in {there} already: take one of them out"),
            ),
            None => {
                self.0.insert(name.to_lowercase(), here);
                None
            }
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|cause| cause.to_string())?;
    if size.len() > LIMIT_BYTES {
        return Err("it is too long for a list of groups".to_owned());
    }
    fs::read_to_string(path).map_err(|cause| cause.to_string())
}

/// The groups of a file with the bytes where they stand.
fn lines(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut at = 0;
    let text = text.strip_prefix('\u{feff}').map_or(text, |rest| {
        at = text.len() - rest.len();
        rest
    });
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let own = line.split('#').next().unwrap_or_default();
        let group = own.trim();
        let begin = start + own.len() - own.trim_start().len();
        (!group.is_empty()).then(|| (begin..begin + group.len(), group))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_names() {
        for (written, name) in [
            ("https://www.meetup.com/gulls/events/", "gulls"),
            ("https://www.meetup.com/de-DE/gulls", "gulls"),
            ("gulls", "gulls"),
            ("https://www.meetup.com/", ""),
        ] {
            assert_eq!(group_name(written), name);
        }
    }

    #[test]
    fn a_file_has_a_group_on_each_line() {
        let text = "\u{feff}# Norway\r\n  gulls # of Oslo\r\n\r\nterns";
        let found: Vec<(Range<usize>, &str)> = lines(text).collect();
        assert_eq!(found, [(15..20, "gulls"), (34..39, "terns")]);
        for (span, group) in found {
            assert_eq!(&text[span], group);
        }
    }
}
