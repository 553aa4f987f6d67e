//! The kinds of sources that find events, and how events are written.

use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// How events are written.
///
/// ```toml
/// [events]
/// states = ["US", "CA", "AU"]
/// countries = { GB = "UK" }
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(in crate::config) struct Events {
    /// The countries whose states are written behind the town, by their two letters.
    ///
    /// Default: `["AU", "CA", "US"]`
    pub(in crate::config) states: Vec<Spanned<String>>,
    /// How countries are written that are not written as their two letters.
    ///
    /// Default: `{}`
    pub(in crate::config) countries: BTreeMap<Spanned<String>, String>,
}

impl Default for Events {
    fn default() -> Self {
        let states = ["AU", "CA", "US"].map(|code| Spanned::new(0..0, code.to_owned()));
        Self {
            states: states.to_vec(),
            countries: BTreeMap::new(),
        }
    }
}

/// A calendar at any address: iCalendar, as Luma, Google and most others offer it.
///
/// ```toml
/// [[source]]
/// name = "gulls-calendar"
/// kind = "ical"
/// section = "events"
/// auto = true
/// url = "https://gulls.example/calendar.ics"
/// group = "Gulls of Oslo"
/// group-url = "https://gulls.example/"
/// place = "Oslo, NO"
/// timezone = "Europe/Oslo"
/// words = ["gull", "tern"]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ical {
    /// Its address.
    pub url: Spanned<String>,
    /// Who holds the events.
    ///
    /// Default: the calendar's name
    pub group: Option<String>,
    /// The group's page.
    ///
    /// Default: none
    pub group_url: Option<String>,
    /// Where its events take place if they do not say it themselves: `City, CC` or `City, ST, CC`.
    ///
    /// Default: none
    pub place: Option<String>,
    /// The time zone of its times that name none.
    ///
    /// Default: the calendar's, else the newsletter's
    pub timezone: Option<Spanned<String>>,
    /// Only events with one of these words in their title.
    ///
    /// Default: `[]`, all
    #[serde(default)]
    pub words: Vec<String>,
}

/// Groups at Meetup. It is asked as a registered client: the environment has the client's key in `MEETUP_CLIENT_KEY`, the
/// member it acts for in `MEETUP_MEMBER_ID`, the id of the signing key in `MEETUP_KEY_ID`, and the key itself (PEM) in
/// `MEETUP_PRIVATE_KEY` or the variable that `token-env` names.
///
/// All groups that are read alike are one source.
///
/// ```toml
/// [[source]]
/// name = "meetup"
/// kind = "meetup"
/// section = "events"
/// auto = true
/// groups = ["https://www.meetup.com/gulls-of-oslo/", "terns"]
/// groups-file = "meetup-groups.txt"
/// words = ["gull"]
/// api = "https://api.meetup.com/gql-ext"
/// login = "https://secure.meetup.com/oauth2/access"
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Meetup {
    /// The groups, by their addresses or the names in them. An address is written into the list as it stands here.
    ///
    /// Default: `[]`
    #[serde(default)]
    pub groups: Vec<Spanned<String>>,
    /// A file with more groups, one on each line; what follows a `#` is a comment. Relative to the folder of `press.toml`.
    ///
    /// Default: none
    pub groups_file: Option<Spanned<String>>,
    /// Only events with one of these words in their title.
    ///
    /// Default: `[]`, all
    #[serde(default)]
    pub words: Vec<String>,
    /// Where it answers programs.
    ///
    /// Default: `"https://api.meetup.com/gql-ext"`
    #[serde(default = "api")]
    pub api: Spanned<String>,
    /// Where it gives tokens.
    ///
    /// Default: `"https://secure.meetup.com/oauth2/access"`
    #[serde(default = "login")]
    pub login: Spanned<String>,
}

fn api() -> Spanned<String> {
    Spanned::new(0..0, "https://api.meetup.com/gql-ext".to_owned())
}

fn login() -> Spanned<String> {
    Spanned::new(0..0, "https://secure.meetup.com/oauth2/access".to_owned())
}

/// Pages that tell machines about events, as schema.org's `Event` in JSON-LD or microdata.
///
/// ```toml
/// [[source]]
/// name = "gulls-conference"
/// kind = "event-page"
/// section = "events"
/// auto = true
/// urls = ["https://conf.gulls.example/"]
/// group = "Gulls of Oslo"
/// group-url = "https://gulls.example/"
/// place = "Oslo, NO"
/// timezone = "Europe/Oslo"
/// words = ["gull"]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EventPage {
    /// Their addresses.
    pub urls: Vec<Spanned<String>>,
    /// Who holds the events, if a page does not say it.
    ///
    /// Default: none
    pub group: Option<String>,
    /// The group's page.
    ///
    /// Default: none
    pub group_url: Option<String>,
    /// Where they take place if a page does not say it: `City, CC` or `City, ST, CC`.
    ///
    /// Default: none
    pub place: Option<String>,
    /// The time zone to which times in UTC are brought.
    ///
    /// Default: none; times are taken as they stand there
    pub timezone: Option<Spanned<String>>,
    /// Only events with one of these words in their title.
    ///
    /// Default: `[]`, all
    #[serde(default)]
    pub words: Vec<String>,
}
