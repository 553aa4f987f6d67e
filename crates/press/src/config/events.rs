//! What `press.toml` says of events, checked.

use super::{Loader, schema};
use jiff::tz::TimeZone;
use press_core::canonical::parts;
use press_core::events::Style;
use press_core::places::{country_code, has_states};
use toml::Spanned;

impl Loader<'_> {
    /// How events are written.
    pub(super) fn events(&mut self, written: &schema::sources::events::Events) -> Style {
        for code in &written.states {
            let known = code.get_ref().len() == 2 && has_states(code.get_ref());
            if !known {
                let message =
                    "the states of this country are not known; they are for `AU`, `CA` and `US`";
                self.mistake(code, message);
            }
        }
        for code in written.countries.keys() {
            if country_code(code.get_ref()) != Some(code.get_ref()) {
                self.mistake(code, "this is no country's code of two letters");
            }
        }
        let states = written.states.iter().map(|code| code.get_ref().clone());
        let countries = written.countries.iter();
        Style {
            states: states.collect(),
            countries: countries
                .map(|(code, name)| (code.get_ref().clone(), name.clone()))
                .collect(),
        }
    }

    /// Whether something is an address of the web.
    pub(super) fn address(&mut self, url: &Spanned<String>) {
        let web =
            parts(url.get_ref()).is_some_and(|parts| matches!(parts.scheme, "http" | "https"));
        if !web {
            self.mistake(url, "this is no address: it begins with `https://`");
        }
    }

    /// Whether there is such a time zone.
    pub(super) fn zone(&mut self, name: Option<&Spanned<String>>) {
        if let Some(name) = name.filter(|name| TimeZone::get(name.get_ref()).is_err()) {
            self.mistake(name, format!("there is no time zone `{}`", name.get_ref()));
        }
    }
}
