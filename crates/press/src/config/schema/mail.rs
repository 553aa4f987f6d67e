//! The table that says how an issue is mailed: `[mail]`.

use serde::Deserialize;
use std::path::PathBuf;
use toml::Spanned;

/// How an issue is mailed: who sends it, where answers and bounces go, how large it may be.
///
/// ```toml
/// [mail]
/// from = "This Week in Tern <weekly@tern.example>"
/// reply-to = "editors@tern.example"
/// domain = "tern.example"
/// bounces = "bounces@tern.example"
/// complaints = "complaints@tern.example"
/// unsubscribe = "/unsubscribe/{token}"
/// preferences = "/preferences/{token}"
/// postal-address = "Tern Foundation, Rua do Mar 7, 1200-001 Lisboa, Portugal"
/// budget-kb = 98
/// shorten = ["events"]
/// dkim = [
///     { selector = "press", domain = "tern.example", key = "keys/dkim.pem" },
///     { selector = "press-rsa", domain = "tern.example", key-env = "TERN_DKIM_RSA" },
/// ]
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(in crate::config) struct Mail {
    /// Who sends: an address, or a name and an address between angle brackets. Its domain should be your own.
    ///
    /// Default: none; nothing can be sent without it
    pub(in crate::config) from: Option<Spanned<String>>,
    /// Where answers go.
    ///
    /// Default: to `from`
    pub(in crate::config) reply_to: Option<Spanned<String>>,
    /// The domain in ids of messages and of lists. It need not have an address, but must be yours.
    ///
    /// Default: the domain of `from`
    pub(in crate::config) domain: Option<Spanned<String>>,
    /// Where bounces go. Each message has an address of its own, `bounces+…@`, which the same mailbox must take.
    ///
    /// Default: the address `bounces` at `domain`
    pub(in crate::config) bounces: Option<Spanned<String>>,
    /// Where mailbox providers may send complaints of people who call a mail spam; each mail says so (RFC 9477). Its domain
    /// must be one that a key in `dkim` signs for, or lie below it, since others are not believed.
    ///
    /// Default: no such line
    pub(in crate::config) complaints: Option<Spanned<String>>,
    /// Where a person leaves: a whole address, or one on the site. Placeholder: `{token}`, what stands for the person.
    ///
    /// Default: `"/unsubscribe/{token}"`
    pub(in crate::config) unsubscribe: Spanned<String>,
    /// Where a person chooses regions and sections. Placeholder: `{token}`.
    ///
    /// Default: `"/preferences/{token}"`
    pub(in crate::config) preferences: Spanned<String>,
    /// The sender's postal address, which some laws ask for; stands at the foot of each mail.
    ///
    /// Default: no such line
    pub(in crate::config) postal_address: Option<String>,
    /// Most kilobytes (thousands of bytes) of HTML. Gmail shows no more than 102; longer issues are shortened.
    ///
    /// Default: `98`
    pub(in crate::config) budget_kb: Spanned<usize>,
    /// The ids of the sections that are shortened first, when an issue is too long. After them come jobs, events, calls for
    /// papers, and the rest from the last to the first.
    ///
    /// Default: `[]`
    pub(in crate::config) shorten: Vec<Spanned<String>>,
    /// The keys that sign each message.
    ///
    /// Default: `[]`
    pub(in crate::config) dkim: Vec<Dkim>,
}

impl Default for Mail {
    fn default() -> Self {
        let own = |text: &str| Spanned::new(0..0, text.to_owned());
        Self {
            from: None,
            reply_to: None,
            domain: None,
            bounces: None,
            complaints: None,
            unsubscribe: own("/unsubscribe/{token}"),
            preferences: own("/preferences/{token}"),
            postal_address: None,
            budget_kb: Spanned::new(0..0, 98),
            shorten: Vec::new(),
            dkim: Vec::new(),
        }
    }
}

/// A key that signs messages. The table may also be written as `[[mail.dkim]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::config) struct Dkim {
    /// The name under which receivers find the public key: `selector._domainkey.domain`.
    pub(in crate::config) selector: Spanned<String>,
    /// The domain that signs; it should be that of `from`.
    pub(in crate::config) domain: Spanned<String>,
    /// The file of the private key (PEM), relative to the folder of `press.toml`. Keep it out of Git.
    pub(in crate::config) key: Option<PathBuf>,
    /// Instead of a file: the variable of the environment that holds the key.
    pub(in crate::config) key_env: Option<String>,
}
