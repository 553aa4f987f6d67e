//! The list of what we put somewhere, kept there: for each file its path, hash and size.
//!
//! While something is put, the list names all that may be there of ours, old and new, and says that it is not complete. So
//! whoever comes after a kill knows what is ours and what is not certain. The list may have been changed by anybody: one
//! that names a path outside is refused as a whole.

use super::site::{File, Site, is_path};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name of the list, at the root of what is put.
pub(super) const NAME: &str = ".press-manifest.json";
/// The most that a list may have: half a million files.
pub(super) const LIMIT_BYTES: usize = 64 << 20;

/// In place of a hash: it may not be there at all.
const ABSENT: &str = "";
/// In place of a hash: it is the old or the new one.
const UNSURE: &str = "?";

/// What we put somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    /// Whether all of it is there, and nothing else of ours.
    pub(super) complete: bool,
    /// Which run wrote it.
    pub(super) run: String,
    files: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry(String, u64);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "about")]
    _about: String,
    complete: bool,
    run: String,
    files: BTreeMap<String, Entry>,
}

const ABOUT: &str =
    "Files that `press deploy` put here. It replaces and deletes these and no others.";

/// How a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It is not there, or may not be.
    Absent,
    /// It is there, with another content, or may be.
    Other,
    /// It is there.
    Same,
}

impl Manifest {
    /// The list of a site that is all there.
    pub(super) fn of(site: &Site) -> Manifest {
        let mut manifest = Manifest {
            complete: true,
            ..Manifest::default()
        };
        site.files.iter().for_each(|file| manifest.note(file));
        manifest
    }

    /// Reads a list; `place` says whose, for people.
    pub(super) fn parse(bytes: &[u8], place: &str) -> Result<Manifest> {
        let strange = |why: String| {
            let error = Error::new(format!("the list of our files at {place} cannot be used"));
            error
                .because(why)
                .help(format!(
                    "restore {NAME} there, or delete it: then everything is put again and nothing deleted"
                ))
                .state("nothing was changed there")
        };
        if bytes.len() > LIMIT_BYTES {
            return Err(strange("it is larger than any of ours".to_owned()));
        }
        let written: Written =
            serde_json::from_slice(bytes).map_err(|cause| strange(cause.to_string()))?;
        if let Some(path) = written.files.keys().find(|path| !is_path(path)) {
            let path: String = path.chars().take(200).collect();
            return Err(strange(format!("somebody wrote {path:?} into it")));
        }
        Ok(Manifest {
            complete: written.complete,
            run: written.run,
            files: written.files,
        })
    }

    /// The list as it is written: a line for each file, so that Git shows what changed.
    pub(super) fn render(&self) -> Vec<u8> {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let line = |(path, Entry(hash, size)): (&String, &Entry)| {
            format!("{}: [{}, {size}]", quoted(path), quoted(hash))
        };
        let lines: Vec<String> = self.files.iter().map(line).collect();
        let head = format!(
            "{{\n\"about\": {},\n\"complete\": {},\n\"run\": {},\n\"files\": {{",
            quoted(ABOUT),
            self.complete,
            quoted(&self.run)
        );
        format!("{head}\n{}\n}}\n}}\n", lines.join(",\n")).into_bytes()
    }

    /// How a file is there, as far as the list knows.
    pub(super) fn how(&self, file: &File) -> How {
        match self.files.get(&file.path) {
            None => How::Absent,
            Some(Entry(hash, _)) if hash == ABSENT => How::Absent,
            Some(Entry(hash, size)) if *hash == file.hash && *size == file.size => How::Same,
            Some(_) => How::Other,
        }
    }

    /// What of ours is not part of a site.
    pub(super) fn beyond(&self, site: &Site) -> Vec<String> {
        let paths = self.files.keys();
        paths
            .filter(|path| site.find(path).is_none())
            .cloned()
            .collect()
    }

    /// The list for the time in which a site is put: all that is of ours and all that comes.
    pub(super) fn with_what_comes(&self, site: &Site, run: &str) -> Manifest {
        let mut files = self.files.clone();
        for file in &site.files {
            let unsure = match self.how(file) {
                How::Same => continue,
                How::Absent => ABSENT,
                How::Other => UNSURE,
            };
            files.insert(file.path.clone(), Entry(unsure.to_owned(), file.size));
        }
        Manifest {
            complete: false,
            run: run.to_owned(),
            files,
        }
    }

    /// Notes that a file is there.
    pub(super) fn note(&mut self, file: &File) {
        let entry = Entry(file.hash.clone(), file.size);
        self.files.insert(file.path.clone(), entry);
    }

    /// Whether a path is one of ours.
    pub(super) fn holds(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Takes in paths that are ours whatever their content.
    pub(super) fn own(&mut self, path: &str) {
        let entry = Entry(UNSURE.to_owned(), 0);
        self.files.entry(path.to_owned()).or_insert(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn site(files: &[(&str, &str)]) -> Site {
        let file = |(path, hash): &(&str, &str)| File {
            path: (*path).to_owned(),
            size: 7,
            hash: (*hash).to_owned(),
        };
        let mut files: Vec<File> = files.iter().map(file).collect();
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Site {
            folder: "site".into(),
            files,
        }
    }

    #[test]
    fn a_list_is_read_as_it_was_written() {
        let manifest = Manifest::of(&site(&[("index.html", "aa"), ("a \"b\"/ü.txt", "bb")]));
        let text = manifest.render();
        assert_eq!(Manifest::parse(&text, "here").unwrap(), manifest);
        assert_eq!(String::from_utf8(text).unwrap().lines().count(), 9);
        let empty = Manifest::default();
        assert_eq!(Manifest::parse(&empty.render(), "here").unwrap(), empty);
    }

    #[test]
    fn while_something_is_put_all_that_may_be_there_is_listed() {
        let old = Manifest::of(&site(&[("same", "a"), ("other", "b"), ("gone", "c")]));
        let new = site(&[("same", "a"), ("other", "B"), ("more", "d")]);
        let mut between = old.with_what_comes(&new, "run 1");
        assert!(!between.complete);
        for path in ["same", "other", "gone", "more"] {
            assert!(between.holds(path), "{path}");
        }
        let how = |manifest: &Manifest, path: &str| manifest.how(new.find(path).unwrap());
        assert_eq!(how(&between, "same"), How::Same);
        assert_eq!(how(&between, "other"), How::Other);
        assert_eq!(how(&between, "more"), How::Absent);
        // A second run that began there knows as much.
        let again = between.with_what_comes(&new, "run 2");
        assert_eq!(how(&again, "other"), How::Other);
        assert_eq!(how(&again, "more"), How::Absent);
        between.note(new.find("more").unwrap());
        assert_eq!(how(&between, "more"), How::Same);
        assert_eq!(between.beyond(&new), ["gone"]);
    }

    #[test]
    fn a_list_that_leads_outside_is_refused() {
        for path in [
            "../x",
            "/etc/passwd",
            "a/../../b",
            ".press-manifest.json",
            "",
        ] {
            let text = format!(
                "{{\"about\":\"\",\"complete\":true,\"run\":\"\",\"files\":{{{}:[\"a\",1]}}}}",
                serde_json::Value::from(path)
            );
            let error = Manifest::parse(text.as_bytes(), "s3 weekly").unwrap_err();
            let said = error.to_string();
            assert!(said.contains("nothing was changed there"), "{said}");
        }
        assert!(Manifest::parse(b"<html>", "here").is_err());
        assert!(Manifest::parse(&vec![b' '; LIMIT_BYTES + 1], "here").is_err());
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_list_nothing_outside_is_named(text in ".{0,200}", path in ".{0,40}") {
            let _ = Manifest::parse(text.as_bytes(), "here");
            let quoted = serde_json::Value::from(path.as_str());
            let list = format!("{{\"about\":\"\",\"complete\":false,\"run\":\"\",\"files\":{{{quoted}:[\"a\",1]}}}}");
            if let Ok(manifest) = Manifest::parse(list.as_bytes(), "here") {
                for path in manifest.beyond(&site(&[])) {
                    prop_assert!(is_path(&path));
                    prop_assert!(!path.starts_with('/') && !path.split('/').any(|part| part == ".."));
                }
            }
        }
    }
}
