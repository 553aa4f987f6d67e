//! New newsletters: the empty one that `press init` makes, and the sample that `press demo` shows.

use crate::error::{Error, Result};
use jiff::civil::Date;
use std::path::Path;

/// A file that is part of the program.
type Embedded = (&'static str, &'static str);

macro_rules! sample {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../../examples/this-week-in-tern/", $path)))),*]
    };
}

/// The sample newsletter, as it stands in `examples/`.
pub const SAMPLE: &[Embedded] = sample![
    "README.md",
    "content/2026-08-20-this-week-in-tern.md",
    "content/2026-08-27-this-week-in-tern.md",
    "content/2026-09-03-this-week-in-tern.md",
    "content/2026-09-10-this-week-in-tern.md",
    "content/2026-09-17-this-week-in-tern.md",
    "content/2026-09-24-this-week-in-tern.md",
    "content/2026-10-01-this-week-in-tern.md",
    "content/2026-10-15-this-week-in-tern.md",
    "content/2026-10-22-this-week-in-tern.md",
    "content/2026-10-29-this-week-in-tern.md",
    "content/2026-11-05-this-week-in-tern.md",
    "content/2026-11-12-this-week-in-tern.md",
    "dead-links.txt",
    "draft-template.md",
    "draft/2026-11-19-this-week-in-tern.md",
    "images/tern.svg",
    "pages/about.md",
    "pages/contribute.md",
    "pages/privacy.md",
    "press.toml",
    "readers.csv",
    "replay/api.code.example-graphql-24655a61525b3f97.txt",
    "replay/api.code.example-graphql-30a684227fdf42ce.txt",
    "replay/api.code.example-graphql-4e3b9410fab206bc.txt",
    "replay/api.code.example-graphql-7770cd2398ea84d2.txt",
    "replay/api.code.example-graphql-794d60157e28fc2f.txt",
    "replay/api.code.example-graphql-8a4d36acd9418321.txt",
    "replay/api.code.example-graphql-8c218ba8ba0a5b9b.txt",
    "replay/api.code.example-graphql-99d19bafadee1862.txt",
    "replay/api.code.example-graphql-a789b1806b298f5d.txt",
    "replay/api.code.example-graphql-d3f60d3c20d5f6c2.txt",
    "replay/api.code.example-graphql-d4e265180ccd01ee.txt",
    "replay/api.code.example-graphql-e99028473ef603ff.txt",
    "replay/api.code.example-graphql-ee5ad27215d2069c.txt",
    "replay/api.code.example-repos-tern-lang-perf-contents-triage-2026-2026-11-17.md-0b0ae637a6f33d02.txt",
    "replay/api.code.example-repos-tern-lang-perf-git-trees-main-40bf7123601a3f00.txt",
];

const CONFIG: &str = include_str!("../scaffold/press.toml");
const TEMPLATE: &str = include_str!("../scaffold/draft-template.md");
const DRAFT: &str = include_str!("../scaffold/first-draft.md");
const README: &str = include_str!("../scaffold/README.md");
const ABOUT: &str = include_str!("../scaffold/about.md");

/// Says that a folder was made by `press demo`, so that the next demo may use it again.
const DEMO_MARKER: &str = ".press-demo";

/// Makes a newsletter called `name` in `folder`, with a first draft for the day `date`.
pub fn init(folder: &Path, name: &str, date: Date) -> Result<()> {
    if name.trim().is_empty() || name.contains(char::is_control) {
        return Err(Error::new("a newsletter's name is one line of text")
            .help("give it with `--name \"This Week in …\"`"));
    }
    refuse_filled(folder)?;
    // In TOML strings the name must not end the string.
    let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
    let fill = |text: &str| {
        text.replace("{{ name }}", name)
            .replace("{{ number }}", "1")
            .replace("{{ date }}", &date.to_string())
    };
    let slug = press_core::slug::slugify(name);
    let weekday = press_core::calendar::weekday(date.weekday()).to_lowercase();
    let config = CONFIG
        .replace("{{ name }}", &quoted)
        .replace("{{ date }}", &date.to_string())
        .replace("{{ weekday }}", &weekday);
    write(folder, "press.toml", &config)?;
    // `press draft` fills it in for each issue.
    write(folder, "draft-template.md", TEMPLATE)?;
    write(folder, &format!("draft/{date}-{slug}.md"), &fill(DRAFT))?;
    write(folder, "pages/about.md", &fill(ABOUT))?;
    write(folder, "content/.gitkeep", "")?;
    write(folder, ".gitignore", "/site/\n/.press/\n/data/\n")?;
    write(folder, "README.md", &fill(README))
}

fn refuse_filled(folder: &Path) -> Result<()> {
    let mut entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(Error::io("read the folder", folder, &cause)),
    };
    // A fresh repository is as good as an empty folder.
    if entries.any(|entry| entry.is_ok_and(|entry| entry.file_name() != ".git")) {
        let error = Error::new(format!("{} is not empty", folder.display()));
        return Err(error.help("name a new folder").state("nothing was written"));
    }
    Ok(())
}

/// Puts the sample newsletter into `folder`. A folder that an earlier demo made is made anew.
pub fn sample(folder: &Path) -> Result<()> {
    let marker = folder.join(DEMO_MARKER);
    if marker.exists() {
        for (path, _) in SAMPLE {
            let _ = std::fs::remove_file(folder.join(path));
            // Its night made an issue of the draft.
            if let Some(name) = path.strip_prefix("draft/") {
                let _ = std::fs::remove_file(folder.join("content").join(name));
            }
        }
        // The draft after it goes too, and what was decided about another draft.
        for made in ["draft", "data"] {
            let _ = std::fs::remove_dir_all(folder.join(made));
        }
    } else {
        refuse_filled(folder)?;
    }
    write(
        folder,
        DEMO_MARKER,
        "Made by `press demo`, which may write here again.\n",
    )?;
    SAMPLE
        .iter()
        .filter(|(path, _)| !path.starts_with("draft/"))
        .try_for_each(|(path, content)| write(folder, path, content))
}

/// Puts into the sample's draft what people sent for it in the course of a week.
pub fn contributions(folder: &Path) -> Result<()> {
    SAMPLE
        .iter()
        .filter(|(path, _)| path.starts_with("draft/"))
        .try_for_each(|(path, content)| write(folder, path, content))
}

/// What stands in the sample's draft for editors, and what they wrote in its place.
const LAST_WORDS: &[(&str, &str)] = &[
    (
        "<!-- One paragraph about the package, then: Thanks to [name](link to the post) for the suggestion! -->",
        "This week's package is [tidemark](https://rookery.example/p/tidemark), which remembers how far a long job came, so that it \
         goes on there after the power was out.\n\n\
         Thanks to [Noor Haddad](https://forum.tern-lang.example/t/package-of-the-week/118/447) for the suggestion!",
    ),
    (
        "<!-- * [Feature](issue)\n         * [What people should do](testing instructions)\n     or: *No feature asked for testers this week.* -->",
        "*No feature asked for testers this week.*",
    ),
    (
        "<!-- > the quote\n\n     – [who and where](link)\n\n     Thanks to [name](link to the post) for the suggestion! -->",
        "> The borrow of my time was longer than the lifetime of my patience. The compiler told me so, politely.\n\n\
         – [wendeline on the forum](https://forum.tern-lang.example/t/confessions/9788/61)\n\n\
         Thanks to [Yusra Demir](https://forum.tern-lang.example/t/quote-of-the-week/119/424) for the suggestion!",
    ),
];

/// Puts into the sample's draft what its editors write last, on the evening before the night.
pub fn last_words(folder: &Path) -> Result<()> {
    let drafts = SAMPLE.iter().filter(|(path, _)| path.starts_with("draft/"));
    for (path, _) in drafts {
        let file = folder.join(path);
        let mut text = crate::newsletter::read(&file)?;
        for (waiting, words) in LAST_WORDS {
            text = text.replacen(waiting, words, 1);
        }
        crate::newsletter::write(&file, &text)?;
    }
    Ok(())
}

fn write(folder: &Path, path: &str, content: &str) -> Result<()> {
    let target = folder.join(path);
    let parent = target.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent)
        .map_err(|cause| Error::io("make the folder", parent, &cause))?;
    std::fs::write(&target, content).map_err(|cause| Error::io("write", &target, &cause))
}
