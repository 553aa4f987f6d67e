//! `[[seed]]` of `press.toml`: mailboxes of our own in which every issue must arrive.

use super::transport::Tls;
use serde::Deserialize;
use std::path::PathBuf;
use toml::Spanned;

/// A mailbox of our own, subscribed like any reader's, in which `press publish` looks whether the issue arrived, and as it
/// was meant. Subscribe it with `press subscribers add`.
///
/// ```toml
/// [[seed]]
/// name = "Fastmail"
/// address = "tern.seed@fast.example"
/// imap = "imap.fast.example"
/// port = 993
/// tls = "implicit"
/// user = "tern.seed@fast.example"
/// password-env = "PRESS_IMAP_PASSWORD"
/// ca-file = "imap-ca.pem"
/// folder = "INBOX"
/// minutes = 10
///
/// [[seed]]
/// address = "seed@tern.example"
/// maildir = "/var/mail/seed"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::config) struct Seed {
    /// What it is called.
    ///
    /// Default: its address
    pub(in crate::config) name: Option<String>,
    /// The address that is subscribed.
    pub(in crate::config) address: Spanned<String>,
    /// Where its mails lie, if that is a maildir of this machine: a path relative to the folder of `press.toml`. Folders
    /// of the names Junk and Spam beside or in it are looked into too.
    ///
    /// Default: none; a seed has this or `imap`
    pub(in crate::config) maildir: Option<Spanned<PathBuf>>,
    /// The IMAP server where its mails lie, by the name that its certificate has.
    ///
    /// Default: none; a seed has this or `maildir`
    pub(in crate::config) imap: Option<Spanned<String>>,
    /// The server's port.
    ///
    /// Default: 993 with `tls = "implicit"`, else 143
    pub(in crate::config) port: Option<u16>,
    /// How the connection is kept private, `implicit` or `required`: a password goes over it.
    ///
    /// Default: `"implicit"`
    pub(in crate::config) tls: Option<Spanned<Tls>>,
    /// Who logs in, by the SASL mechanism PLAIN or, where the server does not offer that, by its command LOGIN.
    ///
    /// Default: the address
    pub(in crate::config) user: Option<Spanned<String>>,
    /// The variable of the environment that holds the password.
    ///
    /// Default: `"PRESS_IMAP_PASSWORD"`
    pub(in crate::config) password_env: Option<String>,
    /// A file with certificates of authorities that are trusted besides the machine's, in PEM form.
    ///
    /// Default: the machine's only
    pub(in crate::config) ca_file: Option<PathBuf>,
    /// The folder of the server where mails arrive, as the server writes it. One for junk is looked into too.
    ///
    /// Default: `"INBOX"`
    pub(in crate::config) folder: Option<String>,
    /// How many minutes an issue may take to arrive.
    ///
    /// Default: `10`
    #[serde(default = "ten")]
    pub(in crate::config) minutes: Spanned<u32>,
}

fn ten() -> Spanned<u32> {
    Spanned::new(0..0, 10)
}
