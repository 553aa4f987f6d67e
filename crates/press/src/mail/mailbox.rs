//! Mailboxes of our own that are looked into for one message: a maildir, or a folder of an IMAP server. Nothing in them is
//! changed or marked as read.

mod imap;
mod maildir;

use super::smtp::Trouble;
use crate::config::{Secrets, SeedPlace};
use crate::error::{Error, Result};

/// The message that is looked for.
#[derive(Clone, Copy)]
pub struct Wanted<'w> {
    /// Its `Message-ID`, without angle brackets.
    pub message_id: &'w str,
    /// The identity of its list, as it stands in `List-Id`. Some relays give a message another `Message-ID`; what is of this
    /// list is looked at too.
    pub list_id: &'w str,
    /// Whether this is the header of the message.
    pub is_it: &'w (dyn Fn(&[u8]) -> bool + Sync),
}

/// A message that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The folder where it lies.
    pub folder: String,
    /// Whether that is one for junk.
    pub junk: bool,
    /// Header and body.
    pub mail: Vec<u8>,
}

/// What came of looking.
#[derive(Clone, Debug)]
pub enum Looked {
    /// It is there.
    There(Found),
    /// It is not there yet.
    NotYet,
    /// Nobody can tell at the moment, and why.
    Unknown(String),
}

/// Looks for a message. It fails where looking again would not help.
pub async fn find(place: &SeedPlace, secrets: &Secrets, wanted: Wanted<'_>) -> Result<Looked> {
    let found = match place {
        SeedPlace::Maildir(folder) => maildir::find(folder, wanted)?,
        SeedPlace::Imap(server) => {
            let variable = &server.password_env;
            let password = secrets.find(variable).ok_or_else(|| {
                let (user, host) = (&server.user, &server.host);
                Error::new(format!("there is no password for `{user}` at {host}"))
                    .help(format!("set the environment variable `{variable}`"))
            })?;
            match imap::find(server, &password, wanted).await {
                Ok(found) => found,
                Err(Trouble::Passing(why)) => return Ok(Looked::Unknown(why)),
                Err(Trouble::Lasting(error)) => return Err(error),
            }
        }
    };
    Ok(found.map_or(Looked::NotYet, Looked::There))
}

/// No issue is longer; what follows is not read.
const MOST_BYTES: u64 = 4 << 20;

/// Whether a folder of this name is for junk: Exchange, Gmail, Dovecot and most others call it so.
fn is_junk(name: &str) -> bool {
    let name = name.rsplit(['.', '/']).next().unwrap_or_default();
    let names = ["junk", "spam", "junk email", "junk e-mail", "bulk mail"];
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}
