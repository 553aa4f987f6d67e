//! The world of these tests: newsletters in folders that vanish afterwards, the real program, a browser of sorts.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;

/// Longest that anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A small newsletter of our own: three feeds, categories, sections of most kinds; no search, which has tests of its own.
pub(crate) const CONFIG: &str = r##"[newsletter]
name = "The Weekly Gull"
description = "News of gulls, once a week."
base-url = "https://gull.example"
timezone = "Europe/Berlin"

[site]
category = "/categories/{category}/"
nav = [{ title = "About", url = "/about/" }]
search = ""
data = ""
lists = ""
statistics = ""
pictures = false

[feeds]
entries = 2

[[feed]]
path = "/atom.xml"
format = "atom"

[[feed]]
path = "/rss.xml"
format = "rss"

[[feed]]
path = "/feed.json"
format = "json"

[[feed]]
path = "/categories/{category}/atom.xml"
format = "atom"
category = "*"

[[redirect]]
from = "/old/{2..4}/"
to = "/archive/"

[[redirect]]
from = "/elsewhere.html"
to = "https://other.example/"

[[anchor]]
page = "/issues/2/"
id = "former-name"
to = "links"

[[section]]
id = "links"
title = "Links"

[[section]]
id = "changes"
title = "Changes"
kind = "pull-requests"

[[section]]
id = "events"
title = "Upcoming Events"
kind = "events"

[[section]]
id = "events-europe"
parent = "events"
title = "Europe"
kind = "events"

[[section]]
id = "talks"
title = "Calls for Talks"
kind = "papers"
"##;

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Run {
    /// Its exit code; none if a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Run {
    pub(crate) fn new(output: Output) -> Run {
        Run {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Fails unless the program succeeded.
    #[track_caller]
    pub(crate) fn succeeds(self) -> Run {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Fails unless the program refused with exit code 2 and named all of `parts`.
    #[track_caller]
    pub(crate) fn refuses(self, parts: &[&str]) -> Run {
        assert_eq!(self.code, Some(2), "{self:?}");
        for part in parts {
            assert!(self.err.contains(part), "{part:?} is not in\n{}", self.err);
        }
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }

    /// The number before `word` in the summary: "7 written" is 7.
    #[track_caller]
    pub(crate) fn count(&self, word: &str) -> usize {
        let words: Vec<&str> = self.out.split_whitespace().collect();
        let plain = |text: &str| text.trim_matches([',', ':', '(']).to_owned();
        let at = words.iter().position(|found| plain(found) == word);
        let before = at.and_then(|at| words.get(at.checked_sub(1)?));
        before
            .and_then(|number| number.parse().ok())
            .unwrap_or_else(|| panic!("no {word} in {}", self.out))
    }

    /// How many files were written.
    #[track_caller]
    pub(crate) fn written(&self) -> usize {
        self.count("written")
    }
}

/// A newsletter in a folder of its own.
pub(crate) struct World {
    folder: TempDir,
}

impl World {
    /// An empty folder.
    pub(crate) fn empty() -> World {
        World {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The Weekly Gull with issues 1 to `issues`, an about page and an asset.
    pub(crate) fn new(issues: u32) -> World {
        let world = World::empty();
        world.write("press.toml", CONFIG);
        fs::create_dir(world.path("content")).unwrap();
        world.write("pages/about.md", "Title: About\n\nWe like *gulls*.\n");
        for number in 1..=issues {
            world.write(&issue_path(number), issue(number));
        }
        world
    }

    /// The newsletter's folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path in it.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder().join(path)
    }

    /// Writes a file, folders included, and makes it look an hour old, so that the next build trusts its time.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        self.write_now(path, content);
        self.age(path, 3_600);
    }

    /// Writes a file with the present time.
    pub(crate) fn write_now(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Makes a file look `seconds` old.
    pub(crate) fn age(&self, path: &str, seconds: u64) {
        let file = fs::File::options()
            .append(true)
            .open(self.path(path))
            .unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(seconds))
            .unwrap();
    }

    /// The content of a file.
    #[track_caller]
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Replaces a part of a file that must be in it.
    #[track_caller]
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{from:?} is not in {path}");
        self.write(path, text.replacen(from, to, 1));
    }

    /// The program, about to run on this newsletter.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = press();
        command.arg("-C").arg(self.folder()).args(arguments);
        command
    }

    /// Runs the program on this newsletter.
    pub(crate) fn press(&self, arguments: &[&str]) -> Run {
        Run::new(self.command(arguments).output().unwrap())
    }

    /// Builds the site into `site/`.
    pub(crate) fn build(&self) -> Run {
        self.press(&["build"])
    }

    /// All files below `folder`, with their bytes.
    pub(crate) fn tree(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        tree(&self.path(folder))
    }
}

/// The program, without what the environment may say.
pub(crate) fn press() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_press"));
    command
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("PRESS_DATABASE_URL")
        .stdin(Stdio::null());
    command
}

/// Runs the program somewhere.
pub(crate) fn press_in(folder: &Path, arguments: &[&str]) -> Run {
    Run::new(
        press()
            .current_dir(folder)
            .args(arguments)
            .output()
            .unwrap(),
    )
}

/// Where the Weekly Gull keeps an issue.
pub(crate) fn issue_path(number: u32) -> String {
    format!("content/{number:03}.md")
}

/// The day of an issue: a Wednesday in 2025, around the change of the clocks.
pub(crate) fn day(number: u32) -> String {
    let first = jiff_day();
    first
        .checked_add(jiff::Span::new().weeks(i64::from(number) - 1))
        .unwrap()
        .to_string()
}

fn jiff_day() -> jiff::civil::Date {
    jiff::civil::date(2025, 3, 19)
}

/// A text with every kind of section.
pub(crate) fn issue(number: u32) -> String {
    let date = day(number);
    let category = if number.is_multiple_of(2) {
        "Even Weeks"
    } else {
        "Odd Weeks"
    };
    format!(
        "Title: The Weekly Gull {number}\nNumber: {number}\nDate: {date}\nCategory: {category}\n\n\
         Hello, this is issue {number}.\n\n\
         ## Links\n\n\
         * [video] [A gull in flight {number}](https://birds.example/{number}/flight) by Ada and Bob\n\
         * [What gulls eat](/about/)\n\
         * [Back to the top](#links)\n\n\
         ## Changes\n\n\
         * [longer wings](https://code.example/gull/wings/pull/{number}0)\n\n\
         ## Upcoming Events\n\n\
         ### Europe\n\n\
         * 2025-06-03 - 2025-06-05 | Hybrid (Kiel, DE) | [Gull Friends](https://kiel.example/) & [Tern Friends](https://terns.example/)\n    \
         * $ [**A day at the sea**](https://kiel.example/sea)\n\n\
         ## Calls for Talks\n\n\
         * [**GullConf**](https://conf.example/cfp) | CFP closes 2025-05-01 | Oslo, NO | 2025-09-01 - 2025-09-02\n"
    )
}

/// All files below `folder`, with their bytes.
pub(crate) fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(folder, "", &mut files);
    files
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read(entry.path()).unwrap());
        }
    }
}

/// Fails with the names of the files that differ, not with their bytes.
#[track_caller]
pub(crate) fn assert_same_tree(one: &BTreeMap<String, Vec<u8>>, other: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(changed(one, other), [""; 0]);
}

/// The files that two trees do not have in common.
pub(crate) fn changed(
    one: &BTreeMap<String, Vec<u8>>,
    other: &BTreeMap<String, Vec<u8>>,
) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    names
        .into_iter()
        .filter(|name| one.get(*name) != other.get(*name))
        .cloned()
        .collect()
}

/// Asks again and again until `found` says yes; fails when patience ends.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// An answer of a server.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// The head without the status line.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: String,
}

/// Fetches `path` from a server on this machine.
pub(crate) fn get(address: &str, path: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let (status, head) = head.split_once("\r\n").unwrap();
    Answer {
        status: status.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_lowercase(),
        body: body.to_owned(),
    }
}
