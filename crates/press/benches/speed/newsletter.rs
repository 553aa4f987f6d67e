//! Newsletters to measure with: made-up ones of any size, and the real archive when it is at hand.

use press::config::Config;
use press::pipeline::scaffold::SAMPLE;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Issues of the flagship up to the year 2026.
pub(crate) const FLAGSHIP: usize = 642;

/// A newsletter in a folder of its own, removed at the end.
pub(crate) struct Newsletter {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) config: Config,
    outs: AtomicUsize,
}

impl Newsletter {
    /// The sample's configuration with `count` made-up issues.
    pub(crate) fn synthetic(count: usize) -> Newsletter {
        let folder = tempfile::tempdir().expect("a folder for the bench");
        for (path, content) in SAMPLE
            .iter()
            .filter(|(path, _)| !path.starts_with("content/"))
        {
            write(&folder.path().join(path), content);
        }
        for number in 0..count {
            write(&issue_path(folder.path(), number), &issue(number));
        }
        let config =
            Config::load(folder.path(), None).expect("the sample's configuration is sound");
        Newsletter {
            folder,
            config,
            outs: AtomicUsize::new(0),
        }
    }

    /// The flagship's archive, if it is there.
    pub(crate) fn real() -> Option<Newsletter> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let archive = std::env::var_os("PRESS_ARCHIVE")
            .map_or_else(|| root.join("../shared/archive"), PathBuf::from);
        let folder = tempfile::tempdir().expect("a folder for the bench");
        // A copy of the configuration, so that nothing is written beside the original.
        let config = folder.path().join("press.toml");
        std::fs::copy(root.join("examples/this-week-in-rust/press.toml"), &config)
            .expect("the example is there");
        let config = archive
            .is_dir()
            .then(|| Config::load(&archive, Some(&config)))?;
        Some(Newsletter {
            folder,
            config: config.expect("the example is sound"),
            outs: AtomicUsize::new(0),
        })
    }

    pub(crate) fn new_out(&self) -> PathBuf {
        self.folder
            .path()
            .join(format!("out-{}", self.outs.fetch_add(1, Ordering::Relaxed)))
    }
}

pub(crate) fn write(path: &Path, content: &str) {
    std::fs::create_dir_all(path.parent().expect("files have folders"))
        .expect("a folder for the bench");
    std::fs::write(path, content).expect("a file for the bench");
}

pub(crate) fn issue_path(folder: &Path, number: usize) -> PathBuf {
    folder.join("content").join(format!("issue-{number:05}.md"))
}

/// An issue of the flagship's size: some 150 links and 20 KB.
pub(crate) fn issue(number: usize) -> String {
    let date = jiff::civil::date(1900, 1, 4)
        + jiff::Span::new().weeks(i64::try_from(number).expect("small"));
    let mut text = format!(
        "Title: This Week in Tern {number}\nNumber: {number}\nDate: {date}\nCategory: News\n\nHello.\n"
    );
    let link = |text: &mut String, item: usize| {
        let mark = ["", "[video] ", "[ES] "][item % 3];
        writeln!(
            text,
            "* {mark}[How we taught the `{item}`th parser to *listen* ({number})](https://blog{}.example/posts/{number}/{item}-listening/)",
            item % 37
        )
    };
    for (heading, items) in [
        ("## Updates from the Tern Community\n\n### Official", 4),
        ("### Project/Tooling Updates", 22),
        ("### Observations/Thoughts", 18),
        ("### Walkthroughs", 14),
        ("## Updates from the Tern Project\n\n#### Compiler", 40),
        ("#### Library", 24),
    ] {
        writeln!(text, "\n{heading}\n").expect("writing to memory");
        (0..items).for_each(|item| link(&mut text, item).expect("writing to memory"));
    }
    text.push_str("\n## Upcoming Events\n\n### Virtual\n\n");
    for event in 0..30 {
        writeln!(
            text,
            "* 2026-11-{:02} | Virtual (Town {event}, PT) | [Tern Town {event}](https://groups.example/{event}/)\n    * [**Evening {number}**](https://groups.example/{event}/{number}/)",
            event % 28 + 1
        )
        .expect("writing to memory");
    }
    text
}
