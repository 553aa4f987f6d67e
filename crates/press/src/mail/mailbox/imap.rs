//! A folder of an IMAP server (RFC 3501, RFC 9051), and the folders for junk beside it. What the protocol says is the part
//! of `async-imap`; here stands how the connection is made private and what is asked.
//!
//! Folders are opened with EXAMINE and mails fetched with PEEK: whoever else reads the mailbox sees no difference.

use super::{Found, MOST_BYTES, Wanted, is_junk};
use crate::config::Imap;
use crate::error::Error;
use crate::mail::smtp::{Private, Trouble, Trust, begin, connect};
use async_imap::error::Error as Fault;
use async_imap::imap_proto::{Capability, Response};
use async_imap::types::{Fetch, Name, NameAttribute, UnsolicitedResponse};
use async_imap::{Authenticator, Client, Session};
use futures_util::TryStreamExt;
use std::time::Duration;
use tokio::time::timeout;

/// A look into a mailbox takes no longer.
const LIMIT: Duration = Duration::from_secs(60);
/// Longest wait for a connection, and for a goodbye.
const CONNECT: Duration = Duration::from_secs(20);
const GOODBYE: Duration = Duration::from_secs(2);
/// So many mails of the list are looked at, the newest first: nobody sends more at a time.
const NEWEST: usize = 50;
/// So many lines are heard of what a server can; one is usual.
const ANSWERS: usize = 16;

pub(super) async fn find(
    server: &Imap,
    password: &str,
    wanted: Wanted<'_>,
) -> Result<Option<Found>, Trouble> {
    let looked = async {
        let mut session = log_in(server, password).await?;
        let found = look(&mut session, server, wanted).await;
        let _ = timeout(GOODBYE, session.logout()).await;
        found
    };
    match timeout(LIMIT, looked).await {
        Ok(found) => found,
        Err(_) => Err(Trouble::Passing(format!(
            "{}: it took too long",
            who(server)
        ))),
    }
}

fn who(server: &Imap) -> String {
    format!("{}:{}", server.host, server.port)
}

/// Connects, makes the connection private, and logs in.
async fn log_in(server: &Imap, password: &str) -> Result<Session<Private>, Trouble> {
    let who = who(server);
    let trust = Trust::load(server.ca_file.as_deref()).map_err(Trouble::Lasting)?;
    let stream = connect(&server.host, server.port, CONNECT).await?;
    let name = server.host.as_str();
    let client = if server.implicit {
        let mut client = Client::new(begin(&trust, name, &who, stream, CONNECT).await?);
        greeted(&who, client.read_response().await)?;
        client
    } else {
        let mut open = Client::new(stream);
        greeted(&who, open.read_response().await)?;
        let asked = open.run_command_and_check_ok("STARTTLS", None).await;
        asked.map_err(|fault| match trouble(&who, fault) {
            Trouble::Lasting(error) => Trouble::Lasting(error.help(
                "if it has TLS from the first byte, as on port 993, use `tls = \"implicit\"`",
            )),
            passing => passing,
        })?;
        // What was said in the clear behind the answer stays behind with the client: nobody could tell whose it is.
        Client::new(begin(&trust, name, &who, open.into_inner(), CONNECT).await?)
    };
    identify(&who, client, server, password).await
}

/// Logs in with what the server offers: PLAIN, which takes every sign of a password, or else the older LOGIN.
async fn identify(
    who: &str,
    mut client: Client<Private>,
    server: &Imap,
    password: &str,
) -> Result<Session<Private>, Trouble> {
    let offers = offers(&mut client).await;
    let offers = offers.map_err(|fault| trouble(who, fault))?;
    let user = &server.user;
    let logged_in = if offers.plain {
        let plain = Plain(format!("\0{user}\0{password}"));
        client.authenticate("PLAIN", plain).await
    } else if !offers.login_disabled {
        client.login(user, password).await
    } else {
        return Err(Trouble::Lasting(
            Error::new(format!("{who} takes no password"))
                .because(format!("it offers {}", offers.ways()))
                .help("see whether the provider makes passwords for single programs; a `maildir` serves too"),
        ));
    };
    logged_in.map_err(|(fault, _)| refused(who, server, fault))
}

/// What it means that a login failed.
fn refused(who: &str, server: &Imap, fault: Fault) -> Trouble {
    // RFC 5530: the server is not able to tell.
    let cannot_tell = fault.to_string().to_lowercase().contains("unavailable");
    match fault {
        Fault::No(said) if !cannot_tell => Trouble::Lasting(
            Error::new(format!("{who} refused the login of `{}`", server.user))
                .because(said)
                .help(format!(
                    "check `user` of the [[seed]] and the environment variable `{}`",
                    server.password_env
                ))
                .help("many providers want a password that is made for one program"),
        ),
        Fault::No(said) => Trouble::Passing(format!("{who}: {said}")),
        fault => trouble(who, fault),
    }
}

/// Who one is and the password, as RFC 4616 has it.
struct Plain(String);

impl Authenticator for Plain {
    type Response = String;

    /// It is said once: whoever asks again hears nothing.
    fn process(&mut self, _challenge: &[u8]) -> String {
        std::mem::take(&mut self.0)
    }
}

/// The ways to log in that a server offers (RFC 3501, 6.1.1).
#[derive(Debug, Default)]
struct Offers {
    plain: bool,
    login_disabled: bool,
    others: Vec<String>,
}

impl Offers {
    fn ways(&self) -> String {
        match self.others.is_empty() {
            true => "no way to log in".to_owned(),
            false => self.others.join(", "),
        }
    }
}

/// Asks what the server can, over the private connection: what it said before may have been somebody else's.
async fn offers(client: &mut Client<Private>) -> Result<Offers, Fault> {
    let (tell, told) = async_channel::bounded(ANSWERS);
    client
        .run_command_and_check_ok("CAPABILITY", Some(tell))
        .await?;
    let mut offers = Offers::default();
    while let Ok(said) = told.try_recv() {
        let UnsolicitedResponse::Other(said) = said else {
            continue;
        };
        let Response::Capabilities(all) = said.parsed() else {
            continue;
        };
        for one in all {
            match one {
                Capability::Auth(way) if way.eq_ignore_ascii_case("PLAIN") => offers.plain = true,
                Capability::Auth(way) => offers.others.push(way.escape_debug().to_string()),
                Capability::Atom(word) if word.eq_ignore_ascii_case("LOGINDISABLED") => {
                    offers.login_disabled = true;
                }
                _ => {}
            }
        }
    }
    Ok(offers)
}

fn greeted<T>(who: &str, greeting: std::io::Result<Option<T>>) -> Result<(), Trouble> {
    match greeting {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(Trouble::Passing(format!("{who} closed the connection"))),
        Err(cause) => Err(Trouble::Passing(format!("{who}: {cause}"))),
    }
}

/// What a fault means for whoever looks.
fn trouble(who: &str, fault: Fault) -> Trouble {
    match fault {
        Fault::Io(cause) => Trouble::Passing(format!("{who}: {cause}")),
        Fault::ConnectionLost => Trouble::Passing(format!("{who} closed the connection")),
        fault => Trouble::Lasting(
            Error::new(format!("{who} does not do what it is asked for"))
                .because(fault.to_string()),
        ),
    }
}

/// Looks where mails arrive, then where junk goes.
async fn look(
    session: &mut Session<Private>,
    server: &Imap,
    wanted: Wanted<'_>,
) -> Result<Option<Found>, Trouble> {
    let who = who(server);
    let folder = &server.folder;
    let arrived = find_in(session, folder, wanted).await;
    let arrived = arrived.map_err(|fault| match fault {
        Fault::No(said) => Trouble::Lasting(
            Error::new(format!("{who} does not open the folder `{folder}`"))
                .because(said)
                .help("`folder` of the [[seed]] names it as the server does"),
        ),
        fault => trouble(&who, fault),
    })?;
    if let Some(mail) = arrived {
        return Ok(Some(Found {
            folder: folder.clone(),
            junk: false,
            mail,
        }));
    }
    let junk = junk(session).await.map_err(|fault| trouble(&who, fault))?;
    for folder in junk {
        match find_in(session, &folder, wanted).await {
            Ok(Some(mail)) => {
                return Ok(Some(Found {
                    folder,
                    junk: true,
                    mail,
                }));
            }
            // One that cannot be opened holds nothing for us.
            Ok(None) | Err(Fault::No(_)) => {}
            Err(fault) => return Err(trouble(&who, fault)),
        }
    }
    Ok(None)
}

/// The folders for junk: the server says so (RFC 6154), or they are called so.
async fn junk(session: &mut Session<Private>) -> Result<Vec<String>, Fault> {
    let all: Vec<Name> = session
        .list(Some(""), Some("*"))
        .await?
        .try_collect()
        .await?;
    let is = |name: &&Name| {
        let opens = !name.attributes().contains(&NameAttribute::NoSelect);
        opens && (name.attributes().contains(&NameAttribute::Junk) || is_junk(name.name()))
    };
    Ok(all
        .iter()
        .filter(is)
        .map(|name| name.name().to_owned())
        .collect())
}

/// The wanted mail, if it lies in a folder.
async fn find_in(
    session: &mut Session<Private>,
    folder: &str,
    wanted: Wanted<'_>,
) -> Result<Option<Vec<u8>>, Fault> {
    session.examine(folder).await?;
    let (id, list) = (quoted(wanted.message_id), quoted(wanted.list_id));
    let query = format!("OR HEADER Message-ID {id} HEADER List-Id {list}");
    let mut found: Vec<u32> = session.uid_search(query).await?.into_iter().collect();
    found.sort_unstable_by(|one, other| other.cmp(one));
    for uid in found.into_iter().take(NEWEST) {
        let head = fetch(session, uid, "BODY.PEEK[HEADER]").await?;
        let head = head.iter().find_map(Fetch::header).unwrap_or_default();
        if (wanted.is_it)(head) {
            let whole = format!("BODY.PEEK[]<0.{MOST_BYTES}>");
            let mails = fetch(session, uid, &whole).await?;
            return Ok(mails.iter().find_map(Fetch::body).map(<[u8]>::to_vec));
        }
    }
    Ok(None)
}

async fn fetch(session: &mut Session<Private>, uid: u32, what: &str) -> Result<Vec<Fetch>, Fault> {
    let asked = session.uid_fetch(uid.to_string(), what).await?;
    asked.try_collect().await
}

/// A text as IMAP quotes it; what cannot stand in one is left out.
fn quoted(text: &str) -> String {
    let plain = |sign: &char| matches!(sign, ' '..='~') && !matches!(sign, '"' | '\\');
    format!("\"{}\"", text.chars().filter(plain).collect::<String>())
}
