//! `[schedule]` and `[draft]` of `press.toml`: when issues appear, and what a new draft begins as.

use serde::Deserialize;
use std::path::PathBuf;
use toml::Spanned;

/// When issues appear. `press draft` and `press status` need it. Days are written `"2026-11-19"`.
///
/// ```toml
/// [schedule]
/// weekday = "thursday"
/// weeks = 1
/// first-date = "2025-11-20"
/// first-number = 1
/// time = "09:00"
/// gaps = ["2026-10-08"]
/// skipped-numbers = [47]
/// specials = [{ date = "2026-12-22", instead-of = "2026-12-24" }, { date = "2027-01-01" }]
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Schedule {
    /// The day of the week: `monday` to `sunday`. A day begins in the newsletter's time zone.
    pub(crate) weekday: Spanned<String>,
    /// How many weeks lie between two issues.
    ///
    /// Default: `1`
    #[serde(default = "one")]
    pub(crate) weeks: Spanned<u32>,
    /// The day of an issue from which is counted. It need not be the very first one: take one since which the rhythm
    /// has been regular.
    pub(crate) first_date: Spanned<String>,
    /// The number of that issue.
    pub(crate) first_number: u32,
    /// When on its day an issue should be out, for `press status`.
    ///
    /// Default: `"00:00"`
    #[serde(default = "midnight")]
    pub(crate) time: Spanned<String>,
    /// Days of the rhythm without an issue. The next one takes the number.
    ///
    /// Default: `[]`
    #[serde(default)]
    pub(crate) gaps: Vec<Spanned<String>>,
    /// Numbers that no issue has.
    ///
    /// Default: `[]`
    #[serde(default)]
    pub(crate) skipped_numbers: Vec<u32>,
    /// Issues out of the rhythm, each with its `date`: `instead-of` a day of the rhythm, or additional ones.
    ///
    /// Default: `[]`
    #[serde(default)]
    pub(crate) specials: Vec<Special>,
}

fn one() -> Spanned<u32> {
    Spanned::new(0..0, 1)
}

fn midnight() -> Spanned<String> {
    Spanned::new(0..0, "00:00".to_owned())
}

/// An issue out of the rhythm.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Special {
    /// Its day.
    pub(crate) date: Spanned<String>,
    /// The day of the rhythm it stands for.
    pub(crate) instead_of: Option<Spanned<String>>,
}

/// What `press draft` makes.
///
/// ```toml
/// [draft]
/// template = "draft-template.md"
/// file-name = "{date}-this-week-in-tern.md"
/// title = "This Week in Tern {number}"
/// event-days = 28
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Draft {
    /// The text a new draft begins as, relative to the newsletter's folder.
    ///
    /// Default: `"draft-template.md"`
    pub(crate) template: PathBuf,
    /// The name of a draft's file. Placeholders: `{year}`, `{month}`, `{day}`, `{date}`, `{slug}` (of the title)
    /// and `{number}`.
    ///
    /// Default: the date and the newsletter's name: `{date}-this-week-in-tern.md`
    pub(crate) file_name: Option<Spanned<String>>,
    /// The title of a new issue, for `{{ title }}` in the template. Placeholders as in `file-name`, but for `{slug}`.
    ///
    /// Default: the newsletter's name and the number
    pub(crate) title: Option<Spanned<String>>,
    /// How many days the list of events reaches beyond the day of the issue, for `{{ events_end }}`.
    ///
    /// Default: `28`
    pub(crate) event_days: u16,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            template: "draft-template.md".into(),
            file_name: None,
            title: None,
            event_days: 28,
        }
    }
}
