//! What `press.toml` says of the newsletter itself, checked.

use super::{Config, Loader, schema};
use jiff::tz::TimeZone;
use toml::Spanned;

impl Config {
    /// The same with the newsletter's own links as pages write them.
    pub(super) fn with_links_on_site(mut self) -> Config {
        let on_site = |link: &Option<String>| link.as_deref().map(|url| self.on_site(url));
        let subscribe = on_site(&self.newsletter.subscribe);
        let contact = on_site(&self.newsletter.contact);
        self.newsletter.subscribe = subscribe;
        self.newsletter.contact = contact;
        self
    }
}

impl Loader<'_> {
    /// Checks where the newsletter is; the time zone that its days begin in.
    pub(super) fn place_and_time(&mut self, newsletter: &schema::Newsletter) -> TimeZone {
        self.base_url(&newsletter.base_url);
        self.timezone(&newsletter.timezone)
    }

    fn base_url(&mut self, url: &Spanned<String>) {
        let known = ["https://", "http://"].iter().any(|scheme| {
            url.get_ref()
                .strip_prefix(scheme)
                .is_some_and(|host| !host.is_empty() && !host.contains(char::is_whitespace))
        });
        if !known {
            self.mistake(
                url,
                "this is not the address of a site; it begins with `https://`",
            );
        }
    }

    fn timezone(&mut self, name: &Spanned<String>) -> TimeZone {
        TimeZone::get(name.get_ref()).unwrap_or_else(|_| {
            let help = "names are those of the IANA database, such as `Europe/Berlin`";
            self.mistake_with_help(
                name,
                format!("there is no time zone `{}`", name.get_ref()),
                help,
            );
            TimeZone::UTC
        })
    }
}
