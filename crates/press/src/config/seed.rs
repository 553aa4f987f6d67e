//! Mailboxes of our own in which every issue must arrive, checked.

use super::transport::is_host;
use super::{Loader, Tls, schema};
use press_core::mailbox::EmailAddress;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A mailbox of our own that is subscribed like a reader's.
#[derive(Clone, Debug)]
pub struct Seed {
    /// What it is called.
    pub name: String,
    /// The address that is subscribed.
    pub address: EmailAddress,
    /// Where its mails lie.
    pub place: SeedPlace,
    /// How long an issue may take to arrive.
    pub patience: Duration,
}

/// Where a seed's mails lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeedPlace {
    /// In a maildir of this machine.
    Maildir(PathBuf),
    /// On a server.
    Imap(Imap),
}

/// A mailbox on an IMAP server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imap {
    /// The server's name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether TLS begins at once, or after a greeting; there is always TLS.
    pub implicit: bool,
    /// Who logs in.
    pub user: String,
    /// The variable that holds the password.
    pub password_env: String,
    /// Authorities that are trusted besides the machine's.
    pub ca_file: Option<PathBuf>,
    /// The folder where mails arrive.
    pub folder: String,
}

impl Loader<'_> {
    pub(super) fn seeds(&mut self, seeds: &[schema::Seed], folder: &Path) -> Vec<Seed> {
        let mut checked: Vec<Seed> = Vec::new();
        for seed in seeds {
            let Some(seed) = self.seed(seed, folder) else {
                continue;
            };
            checked.push(seed);
            let (seed, before) = checked.split_last().expect("it was just put there");
            if before.iter().any(|known| known.name == seed.name) {
                let written = &seeds[checked.len() - 1].address;
                self.mistake(written, format!("two seeds are called `{}`", seed.name));
            }
        }
        checked
    }

    fn seed(&mut self, written: &schema::Seed, folder: &Path) -> Option<Seed> {
        let text = written.address.get_ref();
        let address = match EmailAddress::parse(text) {
            Ok(address) => address,
            Err(mistake) => {
                self.mistake(&written.address, mistake.to_string());
                return None;
            }
        };
        if *written.minutes.get_ref() > 24 * 60 {
            self.mistake(&written.minutes, "a day is the most that is sensible");
        }
        let home = self.path.parent().unwrap_or(Path::new(""));
        let place = match (&written.maildir, &written.imap) {
            (Some(maildir), None) => SeedPlace::Maildir(home.join(maildir.get_ref())),
            (None, Some(_)) => SeedPlace::Imap(self.imap(written, folder)?),
            _ => {
                let message = "a seed has either a `maildir` or a server, `imap`";
                self.mistake(&written.address, message);
                return None;
            }
        };
        Some(Seed {
            name: written.name.clone().unwrap_or_else(|| text.clone()),
            address,
            place,
            patience: Duration::from_secs(60 * u64::from(*written.minutes.get_ref())),
        })
    }

    fn imap(&mut self, written: &schema::Seed, folder: &Path) -> Option<Imap> {
        let host = written.imap.as_ref()?;
        if !is_host(host.get_ref()) {
            let help =
                "write the name only, as in `imap.example.org`; the port has a key of its own";
            self.mistake_with_help(host, "this is no name of a mail server", help);
        }
        let tls = written.tls.as_ref().map(|tls| *tls.get_ref());
        if let Some(tls) = &written.tls
            && matches!(tls.get_ref(), Tls::None | Tls::Opportunistic)
        {
            let help = "use `tls = \"implicit\"` or `\"required\"`";
            self.mistake_with_help(tls, "a password would go over an open connection", help);
        }
        if let Some(user) = &written.user
            && user.get_ref().chars().any(char::is_control)
        {
            self.mistake(user, "a name has no control characters");
        }
        let implicit = tls.is_none_or(|tls| tls == Tls::Implicit);
        let user = written.user.as_ref().unwrap_or(&written.address);
        let or = |text: &Option<String>, usual: &str| text.clone().unwrap_or(usual.to_owned());
        Some(Imap {
            host: host.get_ref().clone(),
            port: written.port.unwrap_or(if implicit { 993 } else { 143 }),
            implicit,
            user: user.get_ref().clone(),
            password_env: or(&written.password_env, "PRESS_IMAP_PASSWORD"),
            ca_file: written.ca_file.as_ref().map(|file| folder.join(file)),
            folder: or(&written.folder, "INBOX"),
        })
    }
}
