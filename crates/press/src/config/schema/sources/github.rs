//! The keys of sources on GitHub, or on a forge that answers programs like it.

use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// GitHub itself.
fn github() -> String {
    "https://api.github.com".to_owned()
}

/// Pull requests that were merged in the window, in all repositories of an organisation.
///
/// ```toml
/// [[source]]
/// name = "merged"
/// kind = "github-merged"
/// organisation = "tern"
/// heading = "####"
/// order = "score"
/// most = 20
/// offered = 30
/// reasons = false
/// label-scores = { relnotes = 6 }
/// spell-out = { FP = "false positive" }
/// count = "{count} pull requests were [merged]({search})"
/// groups = [
///     { title = "Library", section = "events", repositories = ["tern/std"] },
///     { title = "Library", repositories = ["tern/maps"], name = "maps" },
///     { title = "Compiler", repositories = ["tern/tern"], labels = ["area-compiler"], paths = ["compiler/"], prefixes = ["compiler"] },
/// ]
/// api = "https://api.github.com"
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GithubMerged {
    /// Whose repositories.
    pub organisation: Spanned<String>,
    /// The groups in their order. The first whose repository and labels fit takes a pull request; one that fits none is
    /// counted only. `prefixes` are beginnings such as `compiler:` that say no more than the group.
    ///
    /// Default: `[]`, all in one list
    #[serde(default)]
    pub groups: Vec<Group>,
    /// What a group's heading begins with.
    ///
    /// Default: `"####"`
    #[serde(default = "fourth")]
    pub heading: String,
    /// The order within a group. The score is made of labels, reactions, comments, files, and of who made it.
    ///
    /// Default: `"score"`
    #[serde(default)]
    pub order: MergedOrder,
    /// Most pull requests of a group that are written; those with the highest score stay.
    ///
    /// Default: all
    pub most: Option<usize>,
    /// Most of the others that go into the inbox, the best first.
    ///
    /// Default: `30`
    #[serde(default = "thirty")]
    pub offered: usize,
    /// Whether a comment behind each says its score and why. In the inbox it stands always.
    ///
    /// Default: `false`
    #[serde(default)]
    pub reasons: bool,
    /// What a label adds to a pull request's score, or takes away.
    ///
    /// Default: `{}`
    #[serde(default)]
    pub label_scores: BTreeMap<String, i64>,
    /// Words of titles that are spelled out.
    ///
    /// Default: `{}`
    #[serde(default)]
    pub spell_out: BTreeMap<String, String>,
    /// The line with the count. Placeholders: `{count}`, `{search}` for the address of the search.
    ///
    /// Default: `"{count} pull requests were [merged in the last week]({search})"`
    #[serde(default = "count_line")]
    pub count: String,
    /// Where the forge answers programs.
    ///
    /// Default: `"https://api.github.com"`
    #[serde(default = "github")]
    pub api: String,
}

fn thirty() -> usize {
    30
}

/// The order of pull requests.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum MergedOrder {
    /// What readers may want to know most comes first.
    #[default]
    Score,
    /// By title.
    Title,
}

fn fourth() -> String {
    "####".to_owned()
}

fn count_line() -> String {
    "{count} pull requests were [merged in the last week]({search})".to_owned()
}

/// One group of pull requests.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Group {
    /// Its heading. Groups of the same title share it.
    pub title: String,
    /// A name that stands before its titles, such as `nest: …`.
    pub name: Option<String>,
    /// The section that those are for which go into the inbox.
    pub section: Option<Spanned<String>>,
    /// Its repositories.
    pub repositories: Vec<Spanned<String>>,
    /// One of these labels is needed, or that most files are below one of `paths`.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Beginnings of paths.
    #[serde(default)]
    pub paths: Vec<String>,
    /// None of these may be there.
    #[serde(default)]
    pub without_labels: Vec<String>,
    /// Beginnings of titles that say no more than the group.
    #[serde(default)]
    pub prefixes: Vec<String>,
}

/// Issues and pull requests that are open and got a label in the window.
///
/// ```toml
/// [[source]]
/// name = "comment-periods"
/// kind = "github-labelled"
/// label = "final-comment-period"
/// heading = "#####"
/// dispositions = true
/// steps = "Testing steps"
/// steps-words = ["testing steps", "how to test"]
/// none = "*No items entered their final comment period this week for {repositories}.*"
/// repositories = [
///     { title = "Tern", repository = "tern/tern" },
///     { title = "Designs", repository = "tern/designs", labels = ["major"], after = "[(large ones)](https://tern.example/large)" },
/// ]
/// api = "https://api.github.com"
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GithubLabelled {
    /// The label.
    pub label: String,
    /// The repositories in their order, each with its heading, the labels that are needed besides, and what stands after
    /// the heading.
    pub repositories: Vec<Repository>,
    /// What the heading of a repository begins with.
    ///
    /// Default: `"#####"`
    #[serde(default = "fifth")]
    pub heading: String,
    /// Whether labels such as `disposition-close` stand before an item; `merge` is what is usual and is not said.
    ///
    /// Default: `false`
    #[serde(default)]
    pub dispositions: bool,
    /// The text of a link below each item, to the comment or the issue that says what is to be done.
    ///
    /// Default: no link
    pub steps: Option<String>,
    /// Words that such a comment has, the surest first.
    ///
    /// Default: `["testing steps", "testing instructions", "steps to test", "how to test", "call for testing", "cft"]`
    #[serde(default = "steps_words")]
    pub steps_words: Vec<String>,
    /// The sentence for repositories without items. Placeholder: `{repositories}`.
    ///
    /// Default: no sentence
    pub none: Option<String>,
    /// Where the forge answers programs.
    ///
    /// Default: `"https://api.github.com"`
    #[serde(default = "github")]
    pub api: String,
}

fn steps_words() -> Vec<String> {
    let words = [
        "testing steps",
        "testing instructions",
        "steps to test",
        "how to test",
        "call for testing",
        "cft",
    ];
    words.map(str::to_owned).to_vec()
}

fn fifth() -> String {
    "#####".to_owned()
}

/// One repository whose labels are read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Repository {
    /// Its heading.
    pub title: String,
    /// Its owner and name.
    pub repository: Spanned<String>,
    /// Labels that are needed besides.
    #[serde(default)]
    pub labels: Vec<String>,
    /// What stands after its heading and its name.
    pub after: Option<String>,
}

/// Proposals that are pull requests of one repository: merged ones, or new and updated ones.
///
/// ```toml
/// [[source]]
/// name = "approved"
/// kind = "github-rfcs"
/// repository = "tern/rfcs"
/// show = "approved"
/// none = "*No proposals were approved this week.*"
/// labels = ["proposal"]
/// paths = ["text/"]
/// api = "https://api.github.com"
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GithubRfcs {
    /// Its owner and name.
    pub repository: Spanned<String>,
    /// Which proposals: `approved`, `new`, or `new-and-updated`.
    pub show: Proposals,
    /// What is written if there are none.
    ///
    /// Default: nothing
    pub none: Option<String>,
    /// A pull request is a proposal if it has one of these labels.
    ///
    /// Default: `[]`, whatever its labels
    #[serde(default)]
    pub labels: Vec<String>,
    /// A pull request is a proposal if it adds a file below one of these.
    ///
    /// Default: `[]`, whatever it changes
    #[serde(default)]
    pub paths: Vec<String>,
    /// Where the forge answers programs.
    ///
    /// Default: `"https://api.github.com"`
    #[serde(default = "github")]
    pub api: String,
}

/// Which proposals are shown.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Proposals {
    /// Merged in the window.
    Approved,
    /// Opened in the window.
    New,
    /// Opened in the window, or opened before and changed in it.
    NewAndUpdated,
}

/// A part of the newest file that a pattern fits, such as a weekly report.
///
/// ```toml
/// [[source]]
/// name = "report"
/// kind = "github-file"
/// repository = "tern/reports"
/// path = "weekly/*/*.md"
/// from = "## Summary"
/// until = "## Details"
/// branch = "main"
/// link = "[Full report here]({url})"
/// none = "No report this week."
/// api = "https://api.github.com"
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GithubFile {
    /// Its owner and name.
    pub repository: Spanned<String>,
    /// Pattern of the file's path; `*` stands for any run of characters but `/`. A date in the path says how new it is
    /// and must be in the window.
    pub path: Spanned<String>,
    /// The line after which the part begins.
    ///
    /// Default: the first line of text below the title
    pub from: Option<String>,
    /// The line before which it ends; `*` stands for any run of characters.
    ///
    /// Default: the end of the file
    pub until: Option<String>,
    /// The branch.
    ///
    /// Default: the repository's own
    pub branch: Option<String>,
    /// The line below it. Placeholder: `{url}`.
    ///
    /// Default: none
    pub link: Option<String>,
    /// What is written if there is no file in the window.
    ///
    /// Default: nothing
    pub none: Option<String>,
    /// Where the forge answers programs.
    ///
    /// Default: `"https://api.github.com"`
    #[serde(default = "github")]
    pub api: String,
}
