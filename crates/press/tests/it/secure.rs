//! Sending over private connections, and logging in.

use crate::relay::{Relay, Setup, Stage, say};
use crate::transport::{FROM, configured, wait};
use press::config::Secrets;
use press::error::Error;
use press::mail::{Mailer, Outcome, Outgoing};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::path::PathBuf;
use std::sync::Arc;

fn file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/tls")).join(name)
}

/// A server with one of the certificates of `tls/`.
pub(crate) fn certified(name: &str) -> Setup {
    let certificate = CertificateDer::from_pem_file(file(name)).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("any.key")).unwrap();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    Setup {
        tls: Some(Arc::new(tls)),
        ..Setup::default()
    }
}

const TRUSTED: &str = "relay-ca.pem";

/// What becomes of two messages to it.
fn send(relay: &Relay, more: &str, authority: &str) -> Outcome {
    let secrets = Secrets::given([("PRESS_SMTP_PASSWORD", "open sesame")]);
    let port = relay.address.port();
    let authority = match authority {
        "" => String::new(),
        name => format!("ca-file = \"{}\"\n", file(name).display()),
    };
    let lines = format!("[[relay]]\nhost = \"localhost\"\nport = {port}\n{authority}{more}\n");
    let (_folder, config) = configured(&format!("[transport]\nkind = \"smtp\"\n{lines}"));
    let mailer = Mailer::new(&config.transport, &secrets).unwrap();
    let outgoing = Outgoing {
        from: FROM,
        to: "anna@example.org",
        content: b"Subject: Hello\r\n\r\nHello.\r\n",
    };
    wait(async {
        let mut session = mailer.session();
        let first = session.send(outgoing).await;
        if first.name() == "sent" {
            return session.send(outgoing).await;
        }
        first
    })
}

fn stopped(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Stop(error) => error.message(),
        outcome => panic!("{outcome:?}"),
    }
}

#[test]
fn messages_go_over_private_connections_of_both_kinds() {
    for (implicit, lines) in [
        (false, ""),
        (true, "tls = \"implicit\""),
        (false, "tls = \"opportunistic\""),
    ] {
        let relay = Setup {
            implicit,
            ..certified("relay.pem")
        }
        .start();
        let outcome = send(&relay, lines, TRUSTED);
        assert_eq!(outcome.name(), "sent", "{outcome:?}");
        assert_eq!(relay.accepted().len(), 2);
        assert_eq!(relay.connections(), 1);
        let commands = relay.commands();
        let asked = commands
            .iter()
            .filter(|command| *command == "STARTTLS")
            .count();
        assert_eq!(asked, usize::from(!implicit));
    }
}

#[test]
fn certificates_must_fit() {
    for (certificate, authority, why) in [
        ("relay.pem", "", "nobody known has signed it"),
        ("relay-elsewhere.pem", TRUSTED, "it is another host's"),
        ("relay-expired.pem", TRUSTED, "it has expired"),
    ] {
        for lines in ["", "tls = \"opportunistic\""] {
            let relay = certified(certificate).start();
            let told = stopped(&send(&relay, lines, authority));
            assert!(
                told.contains("not to be trusted") && told.contains(why),
                "{told}"
            );
            assert!(
                relay
                    .commands()
                    .iter()
                    .all(|command| !command.starts_with("MAIL"))
            );
        }
    }
}

#[test]
fn a_relay_without_tls_gets_nothing_unless_that_is_allowed() {
    let relay = Relay::start();
    let told = stopped(&send(&relay, "", ""));
    assert!(
        told.contains("does not offer to make the connection private"),
        "{told}"
    );
    let refusing = certified("relay.pem").script(|moment| match moment.stage {
        Stage::StartTls => say("502 5.7.0 no TLS today"),
        _ => crate::relay::Act::Go,
    });
    let told = stopped(&send(&refusing.start(), "", TRUSTED));
    assert!(told.contains("no TLS today"), "{told}");
    assert_eq!(send(&relay, "tls = \"opportunistic\"", "").name(), "sent");
    // TLS at once with a server that begins in the clear.
    let told = stopped(&send(&relay, "tls = \"implicit\"", TRUSTED));
    assert!(told.contains("cannot make the connection"), "{told}");
}

#[test]
fn what_was_said_before_tls_is_not_believed() {
    let relay = Setup {
        injected: "250 fine\r\n250 fine\r\n",
        ..certified("relay.pem")
    };
    let told = stopped(&send(&relay.start(), "", TRUSTED));
    assert!(told.contains("something was said between"), "{told}");
}

fn guarded(ways: &str, password: &str) -> Setup {
    let mut setup = certified("relay.pem");
    setup.extensions.push(format!("AUTH {ways}"));
    setup.login = Some(("weekly".to_owned(), password.to_owned()));
    setup
}

#[test]
fn logging_in_works_in_three_ways() {
    for (ways, login) in [
        ("PLAIN LOGIN", "auto"),
        ("LOGIN", "auto"),
        ("PLAIN LOGIN", "login"),
        ("PLAIN XOAUTH2", "xoauth2"),
    ] {
        let relay = guarded(ways, "open sesame").start();
        let outcome = send(
            &relay,
            &format!("user = \"weekly\"\nlogin = \"{login}\""),
            TRUSTED,
        );
        assert_eq!(outcome.name(), "sent", "{ways} {login}: {outcome:?}");
    }
}

#[test]
fn a_refused_login_stops_everything_and_says_what_to_check() {
    for login in ["plain", "login", "xoauth2"] {
        let relay = guarded("PLAIN LOGIN XOAUTH2", "another").start();
        let told = stopped(&send(
            &relay,
            &format!("user = \"weekly\"\nlogin = \"{login}\""),
            TRUSTED,
        ));
        assert!(told.contains("refused the login (535 5.7.8"), "{told}");
        assert!(
            told.contains("PRESS_SMTP_PASSWORD") && !told.contains("sesame"),
            "{told}"
        );
    }
    // It wants a login, and we have none; and ways that we do not know.
    let relay = guarded("PLAIN", "open sesame").start();
    let told = stopped(&send(&relay, "", TRUSTED));
    assert!(told.contains("does not let us send"), "{told}");
    let relay = guarded("CRAM-MD5", "open sesame").start();
    let told = stopped(&send(&relay, "user = \"weekly\"", TRUSTED));
    assert!(told.contains("offers: CRAM-MD5"), "{told}");
}

#[test]
fn a_password_never_goes_over_an_open_connection() {
    let mut setup = Setup::default();
    setup.extensions.push("AUTH PLAIN LOGIN".to_owned());
    let relay = setup.start();
    let told = stopped(&send(
        &relay,
        "tls = \"opportunistic\"\nuser = \"weekly\"",
        "",
    ));
    assert!(
        told.contains("no private connection to log in over"),
        "{told}"
    );
    assert!(
        relay
            .commands()
            .iter()
            .all(|command| !command.starts_with("AUTH"))
    );
}

#[test]
fn a_password_that_is_not_there_is_missed_before_anything_is_sent() {
    let lines = "[transport]\nkind = \"smtp\"\n[[relay]]\nhost = \"smtp.example\"\nuser = \"weekly\"\npassword-env = \"OURS\"";
    let (_folder, config) = configured(lines);
    let told: Error = Mailer::new(&config.transport, &Secrets::given([])).unwrap_err();
    assert!(
        told.message()
            .contains("set the environment variable `OURS`"),
        "{told}"
    );
    let (_folder, config) = configured(&format!("{lines}\nca-file = \"press.toml\""));
    let secrets = Secrets::given([("OURS", "open sesame")]);
    let told = Mailer::new(&config.transport, &secrets).unwrap_err();
    assert!(told.message().contains("holds no certificate"), "{told}");
}

#[test]
fn a_relay_can_be_tried_without_sending() {
    let relay = guarded("PLAIN", "open sesame").start();
    let port = relay.address.port();
    let ca = file(TRUSTED);
    let lines = format!(
        "[transport]\nkind = \"smtp\"\n[[relay]]\nhost = \"127.0.0.1\"\nport = {port}\nuser = \"weekly\"\nca-file = \"{}\"",
        ca.display()
    );
    let (_folder, config) = configured(&lines);
    let probe = |password| {
        let secrets = Secrets::given([("PRESS_SMTP_PASSWORD", password)]);
        let mailer = Mailer::new(&config.transport, &secrets).unwrap();
        wait(mailer.probe())
    };
    assert!(probe("open sesame").is_ok());
    assert!(
        probe("wrong")
            .unwrap_err()
            .message()
            .contains("refused the login")
    );
    assert!(relay.accepted().is_empty());
}
