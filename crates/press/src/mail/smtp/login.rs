//! Logging in (RFC 4954): PLAIN, LOGIN, XOAUTH2. Never over a line that others can read.

use super::{Connection, Terms, Trouble, unwelcome};
use crate::config::Login;
use crate::error::Error;
use crate::mail::Reply;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// A password, or a token in its place. It is never printed.
#[derive(Clone)]
pub(in crate::mail) struct Password(pub(in crate::mail) String);

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password")
    }
}

/// Logs in, if the relay has a user.
pub(super) async fn log_in(connection: &mut Connection, terms: Terms<'_>) -> Result<(), Trouble> {
    let (Some(user), Some(password)) = (&terms.relay.user, terms.password) else {
        return Ok(());
    };
    let who = connection.who.clone();
    if !connection.wire.is_private() {
        let error = Error::new(format!("{who} offers no private connection to log in over"))
            .because("the password would go over it for all to read")
            .help("use `tls = \"required\"`; if the relay has no TLS, let it know this machine by its address");
        return Err(Trouble::Lasting(error));
    }
    let way = choose(terms.relay.login, &connection.extensions.logins);
    let Some(way) = way else {
        let offered = connection.extensions.logins.join(", ");
        let offered = if offered.is_empty() { "none" } else { &offered };
        let error = Error::new(format!("{who} does not let us log in"))
            .because(format!("ways of logging in that it offers: {offered}"))
            .help("set `login` of the `[[relay]]` to one of them, or leave `user` out");
        return Err(Trouble::Lasting(error));
    };
    let reply = match way {
        Way::Plain => {
            let proof = STANDARD.encode(format!("\0{user}\0{}", password.0));
            connection.tell(&format!("AUTH PLAIN {proof}")).await?
        }
        Way::Login => by_login(connection, user, &password.0).await?,
        Way::Xoauth2 => by_token(connection, user, &password.0).await?,
    };
    match reply.code {
        235 => Ok(()),
        400..=499 => Err(unwelcome(&who, "does not let us log in", &reply)),
        _ => {
            let variable = &terms.relay.password_env;
            let error = Error::new(format!("{who} refused the login ({reply})")).help(format!(
                "check `user` of the `[[relay]]` and the environment variable `{variable}`"
            ));
            Err(Trouble::Lasting(error))
        }
    }
}

/// One row for each way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Plain,
    Login,
    Xoauth2,
}

/// The way that is wanted, if the relay offers it.
fn choose(wanted: Login, offered: &[String]) -> Option<Way> {
    let offers = |name: &str| offered.iter().any(|way| way == name);
    match wanted {
        Login::Auto | Login::Plain if offers("PLAIN") => Some(Way::Plain),
        Login::Auto | Login::Login if offers("LOGIN") => Some(Way::Login),
        Login::Xoauth2 if offers("XOAUTH2") => Some(Way::Xoauth2),
        _ => None,
    }
}

async fn by_login(
    connection: &mut Connection,
    user: &str,
    password: &str,
) -> Result<Reply, Trouble> {
    for word in ["AUTH LOGIN".to_owned(), STANDARD.encode(user)] {
        let reply = connection.tell(&word).await?;
        if reply.code != 334 {
            return Ok(reply);
        }
    }
    connection.tell(&STANDARD.encode(password)).await
}

async fn by_token(connection: &mut Connection, user: &str, token: &str) -> Result<Reply, Trouble> {
    let proof = STANDARD.encode(format!("user={user}\x01auth=Bearer {token}\x01\x01"));
    let reply = connection.tell(&format!("AUTH XOAUTH2 {proof}")).await?;
    match reply.code {
        // The reason, which has to be acknowledged before the refusal comes.
        334 => connection.tell("").await,
        _ => Ok(reply),
    }
}

impl Connection {
    /// Says a line and hears the answer, before any message.
    async fn tell(&mut self, line: &str) -> Result<Reply, Trouble> {
        let limit = self.patience.command;
        let said = self.wire.say(&format!("{line}\r\n"), limit).await;
        said.map_err(|broken| broken.trouble(&self.who))?;
        let answer = self.wire.answer(limit).await;
        answer.map_err(|broken| broken.trouble(&self.who))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_way_that_is_wanted_and_offered_is_taken() {
        let offered = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for (wanted, offers, way) in [
            (Login::Auto, "LOGIN PLAIN", Some(Way::Plain)),
            (Login::Auto, "CRAM-MD5 LOGIN", Some(Way::Login)),
            (Login::Auto, "XOAUTH2", None),
            (Login::Plain, "LOGIN", None),
            (Login::Login, "LOGIN PLAIN", Some(Way::Login)),
            (Login::Xoauth2, "XOAUTH2 PLAIN", Some(Way::Xoauth2)),
            (Login::Xoauth2, "PLAIN", None),
        ] {
            assert_eq!(choose(wanted, &offered(offers)), way, "{wanted:?} {offers}");
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        assert_eq!(format!("{:?}", Password("secret".to_owned())), "Password");
    }
}
