//! What `press.toml` says of mailing issues, checked.

use super::{Loader, schema};
use crate::error::did_you_mean;
use press_core::format::Format;
use press_core::mailbox::EmailAddress;
use press_core::render::address;
use press_core::render::site::NewsletterInfo;
use std::path::PathBuf;
use toml::Spanned;

/// How an issue is mailed.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Who sends, if that is said.
    pub from: Option<Mailbox>,
    /// Who is answered, if somebody else.
    pub reply_to: Option<Mailbox>,
    /// The domain of ids.
    pub domain: String,
    /// Where bounces go.
    pub bounces: String,
    /// Where complaints may be sent.
    pub complaints: Option<String>,
    /// Where a person leaves: a whole address with `{token}`.
    pub unsubscribe: String,
    /// Where a person chooses: a whole address with `{token}`.
    pub preferences: String,
    /// The sender's postal address.
    pub postal_address: Option<String>,
    /// Most bytes of HTML.
    pub budget_bytes: usize,
    /// Ids of sections that are shortened first.
    pub shorten: Vec<String>,
    /// The keys that sign.
    pub dkim: Vec<Dkim>,
}

/// A name and an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Mailbox {
    /// What people see; may be empty.
    pub name: String,
    /// The address.
    pub address: String,
}

impl Mailbox {
    /// Reads `Name <address>` or `address`; the name may stand in quotation marks.
    pub fn parse(text: &str) -> Option<Mailbox> {
        let (name, address) = match text.trim().strip_suffix('>') {
            Some(text) => text.rsplit_once('<')?,
            None => ("", text),
        };
        let name = name.trim().trim_matches('"').trim().to_owned();
        let address = EmailAddress::parse(address.trim()).ok()?;
        let good = !name.chars().any(char::is_control);
        good.then(|| Mailbox {
            name,
            address: address.envelope(),
        })
    }

    /// The domain of the address.
    pub fn domain(&self) -> &str {
        self.address
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain)
    }
}

fn is_domain(name: &str) -> bool {
    let label = |label: &str| {
        let inner = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_');
        !label.is_empty() && label.len() <= 63 && label.chars().all(inner)
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(label)
}

/// A key that signs messages.
#[derive(Clone, Debug)]
pub struct Dkim {
    /// The key's name in the domain.
    pub selector: String,
    /// The domain that signs.
    pub domain: String,
    /// Where the private key is.
    pub key: KeyPlace,
}

/// Where a private key is.
#[derive(Clone, Debug)]
pub enum KeyPlace {
    /// In a file.
    File(PathBuf),
    /// In a variable of the environment.
    Variable(String),
}

impl Loader<'_> {
    pub(super) fn mail(
        &mut self,
        written: &schema::Mail,
        newsletter: &NewsletterInfo,
        format: &Format,
    ) -> Mail {
        let mut mailbox = |text: &Option<Spanned<String>>| {
            let text = text.as_ref()?;
            let parsed = Mailbox::parse(text.get_ref());
            if parsed.is_none() {
                let help = "write `name@host.example` or `Name <name@host.example>`";
                self.mistake_with_help(text, "this is no address of mail", help);
            }
            parsed
        };
        let from = mailbox(&written.from);
        let reply_to = mailbox(&written.reply_to);
        let bounces = mailbox(&written.bounces);
        let complaints = mailbox(&written.complaints);
        let host = address::split_base(&newsletter.base_url).0;
        let host = host.rsplit_once("//").map_or(host, |(_, host)| host);
        let own = from.as_ref().map_or(host, Mailbox::domain);
        let domain = match &written.domain {
            Some(domain) => self.domain(domain),
            None => own.to_owned(),
        };
        let budget_kb = *written.budget_kb.get_ref();
        if !(20..=10_000).contains(&budget_kb) {
            self.mistake(
                &written.budget_kb,
                "between 20 and 10000 kilobytes are sensible",
            );
        }
        if let (Some(place), Some(complaints)) = (&written.complaints, &complaints) {
            self.refuse_unbelieved(place, complaints.domain(), &written.dkim);
        }
        Mail {
            complaints: complaints.map(|complaints| complaints.address),
            bounces: bounces.map_or_else(|| format!("bounces@{domain}"), |bounces| bounces.address),
            unsubscribe: self.personal(&written.unsubscribe, newsletter),
            preferences: self.personal(&written.preferences, newsletter),
            postal_address: written.postal_address.clone(),
            budget_bytes: budget_kb * 1_000,
            shorten: self.shorten(&written.shorten, format),
            dkim: written
                .dkim
                .iter()
                .filter_map(|key| self.dkim(key))
                .collect(),
            from,
            reply_to,
            domain,
        }
    }

    /// RFC 9477 section 3.1: who reports believes an address only if a signature is of its domain, or of one above.
    fn refuse_unbelieved(&mut self, place: &Spanned<String>, domain: &str, keys: &[schema::Dkim]) {
        let below = |key: &schema::Dkim| {
            let rest = domain.strip_suffix(key.domain.get_ref().as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        if !place.get_ref().is_ascii() {
            self.mistake(
                place,
                "only programs read this address, and not all beyond ASCII",
            );
        } else if !keys.iter().any(below) {
            self.mistake_with_help(
                place,
                format!("no key signs for `{domain}`, and without it nobody believes this address"),
                "take an address at the `domain` of a key in `dkim`, or add such a key",
            );
        }
    }

    fn domain(&mut self, name: &Spanned<String>) -> String {
        if !is_domain(name.get_ref()) {
            self.mistake(name, "this is no name of a domain, such as `tern.example`");
        }
        name.get_ref().clone()
    }

    /// A whole address with `{token}`.
    fn personal(&mut self, pattern: &Spanned<String>, newsletter: &NewsletterInfo) -> String {
        let text = pattern.get_ref();
        let whole = if text.starts_with('/') {
            format!("{}{text}", newsletter.base_url)
        } else {
            text.clone()
        };
        let web = whole.starts_with("https://") || whole.starts_with("http://");
        if !web
            || whole.contains(|character: char| {
                !character.is_ascii_graphic() || "<>\"".contains(character)
            })
        {
            self.mistake(
                pattern,
                "this is no address of the web; it begins with `https://`, or with `/`",
            );
        } else if text.matches("{token}").count() != 1 {
            self.mistake(
                pattern,
                "the address must say once where the person's `{token}` stands",
            );
        }
        whole
    }

    fn shorten(&mut self, ids: &[Spanned<String>], format: &Format) -> Vec<String> {
        for id in ids {
            let known = || format.sections.iter().map(|section| section.id.as_str());
            if known().any(|known| known == id.get_ref()) {
                continue;
            }
            let message = format!("no section has the id `{}`", id.get_ref());
            match did_you_mean(id.get_ref(), known()) {
                Some(meant) => {
                    self.mistake_with_help(id, message, format!("did you mean `{meant}`?"));
                }
                None => self.mistake(id, message),
            }
        }
        ids.iter().map(|id| id.get_ref().clone()).collect()
    }

    fn dkim(&mut self, written: &schema::Dkim) -> Option<Dkim> {
        let domain = self.domain(&written.domain);
        let selector = written.selector.get_ref();
        if !is_domain(&format!("{selector}.x")) {
            self.mistake(
                &written.selector,
                "a selector is made of letters, digits and hyphens",
            );
        }
        let home = self.path.parent().map_or_else(PathBuf::new, PathBuf::from);
        let key = match (&written.key, &written.key_env) {
            (Some(file), None) => KeyPlace::File(home.join(file)),
            (None, Some(name)) => KeyPlace::Variable(name.clone()),
            _ => {
                let message =
                    "the private key stands in a file (`key`) or in a variable (`key-env`)";
                self.mistake_with_help(&written.selector, message, "give one of the two");
                return None;
            }
        };
        Some(Dkim {
            selector: selector.clone(),
            domain,
            key,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_are_read_and_slips_are_not() {
        let read = |text: &str| Mailbox::parse(text).map(|mailbox| (mailbox.name, mailbox.address));
        let own = |name: &str, address: &str| Some((name.to_owned(), address.to_owned()));
        assert_eq!(read("a@b.example"), own("", "a@b.example"));
        assert_eq!(
            read("\"Ada, T.\" <a@b.example>"),
            own("Ada, T.", "a@b.example")
        );
        for slip in [
            "",
            "a",
            "a@b",
            "a b@c.example",
            "a@b.example>",
            "<a@b..example>",
            "a@b.example, c@d.example",
        ] {
            assert_eq!(read(slip), None, "{slip}");
        }
    }
}
