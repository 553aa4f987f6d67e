//! `[[section]]` of `press.toml`: the parts of an issue.

use press_core::draft::finish::Order;
use press_core::format::SectionKind;
use serde::Deserialize;
use toml::Spanned;

/// A section of an issue. The order is that of a new issue.
///
/// ```toml
/// [[section]]
/// id = "events"
/// title = "Upcoming Events"
/// kind = "events"
/// names = ["Meetups", "Upcoming Meetups *"]
/// required = true
/// placeholder = ["*No events were sent to us this week.*"]
/// owner = "Priya"
/// collected = true
/// order = "date"
///
/// [[section]]
/// id = "events-europe"
/// parent = "events"
/// title = "Europe"
/// kind = "events"
///
/// [[section]]
/// id = "library"
/// title = "Library of the Week"
/// kind = "prose"
///
/// [[section]]
/// id = "quote"
/// title = "Quote of the Week"
/// kind = "quote"
/// list = "All quotes"
///
/// [[section]]
/// id = "editors"
/// kind = "editors"
/// opens-with = ["This Week in Tern is edited by"]
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::config) struct Section {
    /// Its identity through all renamings.
    pub(in crate::config) id: Spanned<String>,
    /// The id of the section it stands in. One heading may name several sections; the one below the section that
    /// is open is meant.
    ///
    /// Default: none, a section of the top level
    pub(in crate::config) parent: Option<Spanned<String>>,
    /// The heading in a new issue. Headings are compared without regard to case, typographic quotes, runs of
    /// spaces and a colon at the end; their level does not matter.
    ///
    /// Default: `""`
    #[serde(default)]
    pub(in crate::config) title: String,
    /// What stands in it, and so how its items are read.
    ///
    /// Default: `"links"`
    #[serde(default)]
    pub(in crate::config) kind: SectionKind,
    /// All headings it had before; `*` stands for any run of characters.
    ///
    /// Default: `[]`
    #[serde(default)]
    pub(in crate::config) names: Vec<String>,
    /// Beginnings of paragraphs that open it without a heading.
    ///
    /// Default: `[]`
    #[serde(default)]
    pub(in crate::config) opens_with: Vec<String>,
    /// Whether every issue should have it. `press status` misses it, `press finish` leaves it even when it is empty.
    ///
    /// Default: `false`
    #[serde(default)]
    pub(in crate::config) required: bool,
    /// Texts that stand for "nothing this week", or how such texts begin.
    ///
    /// Default: `[]`
    #[serde(default)]
    pub(in crate::config) placeholder: Vec<String>,
    /// What the page is called that lists all that this section ever held; it stands below `lists` of `[site]`. Not for
    /// events, which have calendars.
    ///
    /// Default: it has no such page
    pub(in crate::config) list: Option<Spanned<String>>,
    /// Who fills it, as `press status` shows it.
    ///
    /// Default: the owner of the section it stands in
    pub(in crate::config) owner: Option<String>,
    /// Whether `press collect` fills it. A new draft has a block in it for that, called by the
    /// section's id.
    ///
    /// Default: `false`
    #[serde(default)]
    pub(in crate::config) collected: bool,
    /// The order into which `press finish` brings its items: `written` leaves them alone, `date` goes by day and place,
    /// `title` by their titles.
    ///
    /// Default: `date` for events, `written` for the rest
    pub(in crate::config) order: Option<Order>,
}
