//! How messages leave, and what becomes of them, with servers that do right and wrong.

use crate::relay::{Accepted, Act, Moment, Relay, Setup, Stage, faults, say};
use crate::world::PATIENCE;
use press::config::{Config, Secrets};
use press::mail::{Mailer, Outcome, Outgoing, Scope, Session};
use proptest::prelude::*;
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

pub(crate) const FROM: &str = "bounce+7.41@weekly.example";
const TO: &str = "anna@example.org";
const CONTENT: &[u8] =
    b"Message-ID: <7.41@weekly.example>\r\nSubject: Hello\r\n\r\n.\r\n..and more\r\nThe end\r\n";

/// A newsletter that sends as these lines of `press.toml` say.
pub(crate) fn configured(lines: &str) -> (TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "[newsletter]\nname = \"Weekly\"\ndescription = \"Weekly.\"\nbase-url = \"https://weekly.example\"\n{lines}"
    );
    std::fs::write(folder.path().join("press.toml"), text).unwrap();
    let config = Config::load(folder.path(), None).unwrap_or_else(|error| panic!("{error}"));
    (folder, config)
}

/// Lines for a relay on this machine, in the clear, that rests but a moment.
pub(crate) fn relay_lines(relay: &Relay, more: &str) -> String {
    let port = relay.address.port();
    let tls = if more.contains("tls = ") {
        ""
    } else {
        "tls = \"none\"\n"
    };
    format!("[[relay]]\nhost = \"localhost\"\nport = {port}\nrest-s = 0.001\n{tls}{more}\n")
}

fn smtp(lines: &str, secrets: &Secrets) -> Mailer {
    let (_folder, config) = configured(&format!("[transport]\nkind = \"smtp\"\n{lines}"));
    Mailer::new(&config.transport, secrets).unwrap_or_else(|error| panic!("{error}"))
}

fn to_relay(relay: &Relay, more: &str) -> Mailer {
    smtp(&relay_lines(relay, more), &Secrets::given([]))
}

pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let limited = async {
        tokio::time::timeout(PATIENCE, future)
            .await
            .expect("it takes too long")
    };
    runtime.block_on(limited)
}

async fn send_to(session: &mut Session, to: &str, content: &[u8]) -> Outcome {
    let from = FROM;
    session.send(Outgoing { from, to, content }).await
}

/// What becomes of one message to a server with this script, in a few words, and whether it has it.
fn fate(script: impl Fn(Moment<'_>) -> Act + Send + Sync + 'static) -> (String, usize) {
    let relay = Relay::scripted(script);
    let outcome = wait(async {
        let mut session = to_relay(&relay, "timeout-s = 1").session();
        send_to(&mut session, TO, CONTENT).await
    });
    let words = match outcome {
        Outcome::Sent { reply } => format!("sent: {reply}"),
        Outcome::Deferred { scope, .. } => format!("deferred: {scope:?}"),
        Outcome::Bounced { reply } => format!("bounced, {}: {reply}", reply.severity().name()),
        Outcome::Unwanted {
            ours: false, reply, ..
        } => format!("unwanted: {reply}"),
        Outcome::Unwanted { error, .. } | Outcome::Stop(error) => {
            let message = error.message();
            let first = message.lines().next().unwrap();
            format!("stop: {}", first.split_once(' ').unwrap().1)
        }
        Outcome::Uncertain { .. } => "uncertain".to_owned(),
    };
    (words, relay.accepted().len())
}

/// The same for a server that does something else at one stage.
fn fate_at(stage: Stage, act: Act) -> (String, usize) {
    fate(move |moment| {
        if moment.stage == stage {
            act.clone()
        } else {
            Act::Go
        }
    })
}

#[test]
fn a_message_arrives_as_it_was_with_its_envelope() {
    for extensions in [
        vec![],
        vec![
            "PIPELINING".to_owned(),
            "SIZE".to_owned(),
            "8BITMIME".to_owned(),
        ],
    ] {
        let piped = !extensions.is_empty();
        let relay = Setup {
            extensions,
            ..Setup::default()
        }
        .start();
        wait(async {
            let mut session = to_relay(&relay, "").session();
            for _ in 0..3 {
                let outcome = send_to(&mut session, TO, CONTENT).await;
                assert_eq!(outcome.name(), "sent", "{outcome:?}");
            }
            session.close().await;
        });
        let accepted = relay.accepted();
        assert_eq!((accepted.len(), relay.connections()), (3, 1));
        let Accepted {
            from,
            to,
            content,
            message_id,
            ..
        } = &accepted[0];
        assert_eq!((from.as_str(), to.as_str()), (FROM, TO));
        assert_eq!(message_id, "<7.41@weekly.example>");
        assert_eq!(content, CONTENT);
        let commands = relay.commands();
        assert_eq!(commands[0], "EHLO weekly.example");
        let size = if piped {
            format!(" SIZE={}", CONTENT.len())
        } else {
            String::new()
        };
        assert_eq!(commands[1], format!("MAIL FROM:<{FROM}>{size}"));
        assert_eq!(commands.last().unwrap(), "QUIT");
        assert!(!commands.contains(&"RSET".to_owned()));
    }
}

#[test]
fn answers_to_the_recipient_are_about_the_recipient() {
    let fate = |line: &str| fate_at(Stage::Recipient, say(line));
    for (line, words) in [
        ("550 5.1.1 nobody", "bounced, hard: 550 5.1.1 nobody"),
        ("552 5.2.2 full", "bounced, soft: 552 5.2.2 full"),
        ("450 4.2.0 busy", "deferred: Recipient"),
        ("451 4.7.1 greylisted", "deferred: Domain"),
        ("452 4.5.3 too many", "deferred: Relay"),
        ("421 4.3.2 closing", "deferred: Relay"),
        (
            "554 5.7.1 Relay access denied",
            "stop: does not let us send",
        ),
        (
            "550-5.1.1 nobody\r\n550 5.1.1 here",
            "bounced, hard: 550 5.1.1 nobody here",
        ),
    ] {
        assert_eq!(fate(line), (words.to_owned(), 0), "{line}");
    }
}

#[test]
fn refusals_of_the_sender_or_of_the_message_stop_and_lose_nobody() {
    for (stage, line, words) in [
        (
            Stage::Greeting,
            "554 5.3.2 no",
            "stop: does not take connections",
        ),
        (
            Stage::Hello,
            "550 no",
            "stop: does not like the name `weekly.example`",
        ),
        (
            Stage::Sender,
            "550 5.7.1 not yours",
            "stop: refused the sender's address",
        ),
        (
            Stage::Data,
            "554 5.5.1 no",
            "stop: refused the message itself",
        ),
        (
            Stage::End,
            "554 5.7.1 looks like spam",
            "unwanted: 554 5.7.1 looks like spam",
        ),
        (
            Stage::End,
            "550 5.1.1 nobody after all",
            "bounced, hard: 550 5.1.1 nobody after all",
        ),
        (Stage::End, "451 4.3.0 later", "deferred: Relay"),
        (Stage::End, "421 bye", "deferred: Relay"),
        (Stage::Greeting, "421 later", "deferred: Relay"),
        (Stage::Data, "451 4.3.0 later", "deferred: Relay"),
    ] {
        assert_eq!(
            fate_at(stage, say(line)),
            (words.to_owned(), 0),
            "{stage:?} {line}"
        );
    }
}

#[test]
fn a_lost_connection_is_uncertain_only_when_the_message_may_have_arrived() {
    let stages = [
        Stage::Greeting,
        Stage::Hello,
        Stage::Sender,
        Stage::Recipient,
        Stage::Data,
        Stage::Content,
    ];
    for stage in stages {
        for act in [
            Act::Close,
            Act::SayAndClose("25".to_owned()),
            Act::SayAndClose("hello?\r\n".to_owned()),
        ] {
            let (words, accepted) = fate_at(stage, act.clone());
            // Short content may be under way as a whole before the server is gone.
            let told =
                words == "deferred: Relay" || stage == Stage::Content && words == "uncertain";
            assert!(told && accepted == 0, "{stage:?} {act:?}: {words}");
        }
    }
    let uncertain = |accepted| ("uncertain".to_owned(), accepted);
    assert_eq!(fate_at(Stage::End, Act::Close), uncertain(0));
    assert_eq!(fate_at(Stage::End, Act::AcceptAndClose), uncertain(1));
    assert_eq!(
        fate_at(Stage::End, Act::SayAndClose("2".to_owned())),
        uncertain(1)
    );
    assert_eq!(fate_at(Stage::End, say("what?")), uncertain(0));
    assert_eq!(fate_at(Stage::End, say("354 more?")), uncertain(0));
    assert_eq!(fate_at(Stage::End, Act::Silence), uncertain(0));
    let long = Act::Say("250-x\r\n".repeat(20_000));
    assert_eq!(fate_at(Stage::End, long), uncertain(1));
    assert_eq!(
        fate_at(Stage::Answered, Act::Close).0,
        "sent: 250 2.0.0 taken"
    );
}

#[test]
fn a_long_message_that_is_cut_off_on_its_way_can_be_sent_again() {
    let relay = Relay::scripted(|moment| match (moment.stage, moment.connection) {
        (Stage::Content, 0) => Act::Close,
        _ => Act::Go,
    });
    let long = b"word word\r\n".repeat(900_000);
    let (first, second) = wait(async {
        let mut session = to_relay(&relay, "").session();
        let first = send_to(&mut session, TO, &long).await;
        let second = loop {
            let outcome = send_to(&mut session, TO, CONTENT).await;
            let Outcome::Deferred { retry_after, .. } = outcome else {
                break outcome;
            };
            tokio::time::sleep(retry_after.unwrap_or_default()).await;
        };
        (first, second)
    });
    let scope = match &first {
        Outcome::Deferred { scope, .. } => Some(*scope),
        _ => None,
    };
    assert_eq!(scope, Some(Scope::Relay), "{first:?}");
    assert_eq!(second.name(), "sent", "{second:?}");
    assert_eq!(relay.accepted().len(), 1);
}

#[test]
fn answers_may_come_in_any_number_of_pieces() {
    let (words, accepted) = fate(|_| Act::ByteByByte);
    assert_eq!((words.as_str(), accepted), ("sent: 250 2.0.0 taken", 1));
    let (words, _) = fate_at(Stage::Hello, Act::Silence);
    assert_eq!(words, "deferred: Relay");
}

#[test]
fn after_a_refusal_the_connection_goes_on() {
    for extensions in [vec!["PIPELINING".to_owned()], vec![]] {
        let relay = Setup {
            extensions,
            ..Setup::default()
        }
        .script(|moment| match (moment.stage, moment.to) {
            (Stage::Recipient, "nobody@example.org") => say("550 5.1.1 nobody"),
            (Stage::End, "late@example.org") => say("450 4.2.0 later"),
            _ => Act::Go,
        });
        let relay = relay.start();
        let names = wait(async {
            let mut session = to_relay(&relay, "").session();
            let mut names = Vec::new();
            for to in [
                "nobody@example.org",
                TO,
                "late@example.org",
                TO,
                "nobody@example.org",
                "nobody@example.org",
                TO,
            ] {
                names.push(send_to(&mut session, to, CONTENT).await.name());
            }
            names
        });
        assert_eq!(
            names,
            [
                "bounced", "sent", "deferred", "sent", "bounced", "bounced", "sent"
            ]
        );
        assert_eq!(relay.connections(), 1);
        assert_eq!(relay.recipients(), [TO; 3]);
    }
}

#[test]
fn a_server_that_wants_the_content_of_a_refused_recipient_gets_none() {
    let script = |moment: Moment<'_>| match (moment.stage, moment.to) {
        (Stage::Recipient, "nobody@example.org") => say("550 5.1.1 nobody"),
        _ => Act::Go,
    };
    let eager = Setup {
        eager: true,
        ..Setup::default()
    };
    let relay = eager.script(script).start();
    let names = wait(async {
        let mut session = to_relay(&relay, "").session();
        let mut names = Vec::new();
        for to in ["nobody@example.org", TO, "nobody@example.org"] {
            names.push(send_to(&mut session, to, CONTENT).await.name());
        }
        names
    });
    assert_eq!(names, ["bounced", "sent", "bounced"]);
    assert_eq!(
        (relay.recipients(), relay.connections()),
        (vec![TO.to_owned()], 1)
    );
    assert!(relay.commands().contains(&".".to_owned()));
}

#[test]
fn an_idle_connection_that_was_closed_is_opened_again_without_a_word() {
    let relay = Relay::scripted(|moment| match (moment.stage, moment.message) {
        (Stage::Answered, _) => Act::Close,
        _ => Act::Go,
    });
    let polite = Relay::scripted(|moment| match (moment.stage, moment.message) {
        (Stage::Sender, 1) => Act::SayAndClose("421 4.4.2 idle for too long\r\n".to_owned()),
        _ => Act::Go,
    });
    for relay in [relay, polite] {
        wait(async {
            let mut session = to_relay(&relay, "").session();
            for _ in 0..3 {
                let outcome = send_to(&mut session, TO, CONTENT).await;
                assert_eq!(outcome.name(), "sent", "{outcome:?}");
            }
        });
        assert_eq!(relay.accepted().len(), 3);
        assert!(relay.connections() >= 2);
    }
}

#[test]
fn connections_end_after_their_number_of_messages_and_are_never_too_many() {
    let relay = Relay::start();
    let mailer = to_relay(&relay, "connections = 2\nmessages-per-connection = 5");
    assert_eq!(mailer.sessions(), 2);
    wait(async {
        // More workers than places: they take turns.
        let workers = (0..4).map(|_| {
            let mailer = mailer.clone();
            async move {
                let mut session = mailer.session();
                for _ in 0..10 {
                    assert_eq!(send_to(&mut session, TO, CONTENT).await.name(), "sent");
                }
                session.close().await;
            }
        });
        let workers: Vec<_> = workers.map(tokio::spawn).collect();
        for worker in workers {
            worker.await.unwrap();
        }
    });
    assert_eq!(relay.accepted().len(), 40);
    assert_eq!(relay.connections(), 8);
    assert!(relay.most_open() <= 2, "{}", relay.most_open());
}

#[test]
fn of_several_relays_each_has_its_share_and_a_failing_one_is_left_out() {
    let (big, small) = (Relay::start(), Relay::start());
    let dead = Relay::scripted(|_| Act::Close);
    let wrong = Relay::scripted(|moment| match moment.stage {
        Stage::Greeting => say("554 5.7.1 you are on a list"),
        _ => Act::Go,
    });
    let lines = [
        relay_lines(&dead, "rest-s = 300.0").replacen("rest-s = 0.001\n", "", 1),
        relay_lines(&wrong, ""),
        relay_lines(&big, "weight = 3\nconnections = 6"),
        relay_lines(&small, "weight = 1\nconnections = 6"),
    ];
    let mailer = smtp(&lines.concat(), &Secrets::given([]));
    wait(async {
        let mut sessions: Vec<Session> = (0..8).map(|_| mailer.session()).collect();
        for session in &mut sessions {
            assert_eq!(send_to(session, TO, CONTENT).await.name(), "sent");
        }
    });
    assert_eq!((big.connections(), small.connections()), (6, 2));
    assert_eq!((dead.connections(), wrong.connections()), (1, 1));
    let troubles = mailer.troubles();
    assert_eq!(troubles.len(), 2);
    assert!(troubles[1].1.contains("you are on a list"), "{troubles:?}");
}

#[test]
fn when_all_relays_fail_it_is_said_whether_waiting_helps() {
    let dead = Relay::scripted(|_| Act::Close);
    let wrong = Relay::scripted(|_| say("554 5.7.1 you are on a list"));
    let outcome = |lines: &str| {
        let mailer = smtp(lines, &Secrets::given([]));
        wait(async { send_to(&mut mailer.session(), TO, CONTENT).await })
    };
    let both = [relay_lines(&dead, ""), relay_lines(&wrong, "")].concat();
    assert_eq!(outcome(&both).name(), "deferred");
    assert_eq!(outcome(&relay_lines(&wrong, "")).name(), "stop");
    // Nobody listens there at all.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let lines = format!(
        "[[relay]]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n",
        nobody.port()
    );
    let outcome = outcome(&lines);
    assert!(
        matches!(&outcome, Outcome::Deferred { reply, .. } if reply.contains("cannot connect")),
        "{outcome:?}"
    );
}

#[test]
fn addresses_outside_ascii_need_a_relay_that_takes_them() {
    let relay = Relay::start();
    let old = Setup {
        extensions: vec!["8BITMIME".to_owned()],
        ..Setup::default()
    }
    .start();
    let fate = |relay: &Relay, to: &str| {
        let mailer = to_relay(relay, "");
        wait(async { send_to(&mut mailer.session(), to, CONTENT).await })
    };
    assert_eq!(fate(&relay, "bücher@bücher.example").name(), "sent");
    assert_eq!(fate(&old, "anna@bücher.example").name(), "sent");
    let refused = fate(&old, "bücher@example.org");
    assert!(
        matches!(&refused, Outcome::Bounced { reply } if reply.code == 550),
        "{refused:?}"
    );
    let accepted = relay.accepted();
    assert_eq!(accepted[0].to, "bücher@xn--bcher-kva.example");
    assert!(
        accepted[0].parameters.ends_with("SMTPUTF8"),
        "{}",
        accepted[0].parameters
    );
    assert_eq!(old.recipients(), ["anna@xn--bcher-kva.example"]);
}

#[test]
fn nothing_is_said_to_a_relay_that_could_break_out_of_a_command() {
    let relay = Relay::start();
    let mailer = to_relay(&relay, "");
    wait(async {
        let mut session = mailer.session();
        let smuggled = "anna@example.org>\r\nRCPT TO:<eve@example.org";
        assert_eq!(
            send_to(&mut session, smuggled, CONTENT).await.name(),
            "bounced"
        );
        let from = "b@weekly.example>\r\nRSET\r\n";
        let outcome = session
            .send(Outgoing {
                from,
                to: TO,
                content: CONTENT,
            })
            .await;
        assert_eq!(outcome.name(), "stop");
        for content in ["a\n.\nMAIL FROM:<>", "a\r\n.\nb", "a\r.\r\n"] {
            let outcome = send_to(&mut session, TO, content.as_bytes()).await;
            assert_eq!(outcome.name(), "stop", "{content:?}");
        }
        assert_eq!(
            send_to(
                &mut session,
                TO,
                b"a: b\r\n\r\n.\r\nMAIL FROM:<eve@example.org>\r\n"
            )
            .await
            .name(),
            "sent"
        );
    });
    let accepted = relay.accepted();
    assert_eq!(accepted.len(), 1);
    assert_eq!(
        accepted[0].content,
        b"a: b\r\n\r\n.\r\nMAIL FROM:<eve@example.org>\r\n"
    );
}

#[test]
fn messages_that_a_relay_cannot_take_are_not_begun() {
    let small = Setup {
        extensions: vec!["SIZE 50".to_owned()],
        ..Setup::default()
    }
    .start();
    let fate = |content: &[u8]| {
        let mailer = to_relay(&small, "");
        wait(async { send_to(&mut mailer.session(), TO, content).await })
    };
    let outcome = fate(CONTENT);
    assert!(
        matches!(&outcome, Outcome::Stop(error) if error.message().contains("50 bytes")),
        "{outcome:?}"
    );
    assert_eq!(fate("a: b\r\n\r\nä\r\n".as_bytes()).name(), "stop");
    assert_eq!(fate(b"a: b\r\n\r\nc\r\n").name(), "sent");
}

/// A message for each of so many people.
fn person(at: usize) -> (String, Vec<u8>) {
    let to = format!("reader{at}@example.org");
    let content = format!(
        "Message-ID: <7.{at}@weekly.example>\r\n\r\nHello {at}\r\n{}",
        ".line\r\n".repeat(at % 90)
    );
    (to, content.into_bytes())
}

/// Sends to many over several sessions, again and again what was deferred; what became of each.
fn storm(mailer: &Mailer, people: usize, sessions: usize) -> Vec<Outcome> {
    let next = Arc::new(AtomicUsize::new(0));
    let worker = || {
        let (mailer, next) = (mailer.clone(), Arc::clone(&next));
        async move {
            let mut session = mailer.session();
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::SeqCst);
                if at >= people {
                    session.close().await;
                    return done;
                }
                let (to, content) = person(at);
                let outcome = loop {
                    let outcome = send_to(&mut session, &to, &content).await;
                    let Outcome::Deferred { retry_after, .. } = outcome else {
                        break outcome;
                    };
                    tokio::time::sleep(retry_after.unwrap_or_default()).await;
                };
                done.push((at, outcome));
            }
        }
    };
    let mut done = wait(async {
        let workers: Vec<_> = (0..sessions).map(|_| tokio::spawn(worker())).collect();
        let mut done = Vec::new();
        for worker in workers {
            done.extend(worker.await.unwrap());
        }
        done
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    /// The heart of it: whatever goes wrong, what was told of a message is what the server knows of it.
    #[test]
    fn nothing_is_lost_or_doubled_whatever_goes_wrong(seed: u64, piped: bool) {
        let mut setup = Setup::default().script(faults(seed, 60));
        if !piped {
            setup.extensions.clear();
        }
        let relay = setup.start();
        let mailer = to_relay(&relay, "connections = 6\nmessages-per-connection = 20\ntimeout-s = 5");
        let outcomes = storm(&mailer, 400, 6);
        let mut times: HashMap<String, usize> = HashMap::new();
        for accepted in relay.accepted() {
            *times.entry(accepted.to.clone()).or_default() += 1;
            let at: usize = accepted.to["reader".len()..].split('@').next().unwrap().parse().unwrap();
            prop_assert_eq!(accepted.content, person(at).1);
        }
        for (at, outcome) in outcomes.iter().enumerate() {
            let times = times.get(&person(at).0).copied().unwrap_or(0);
            let fits = match outcome {
                Outcome::Sent { .. } => times == 1,
                Outcome::Bounced { .. } => times == 0,
                Outcome::Uncertain { .. } => times <= 1,
                Outcome::Unwanted { .. } | Outcome::Stop(_) | Outcome::Deferred { .. } => false,
            };
            prop_assert!(fits, "reader {at}: {times} times, {outcome:?}");
        }
        let sent = outcomes.iter().filter(|outcome| outcome.name() == "sent").count();
        prop_assert!(sent > 300, "{sent}");
    }
}

#[test]
fn mistakes_about_sending_are_told_with_their_places() {
    let told = |lines: &str| {
        let folder = tempfile::tempdir().unwrap();
        let head =
            "[newsletter]\nname = \"W\"\ndescription = \"W\"\nbase-url = \"https://w.example\"\n";
        std::fs::write(folder.path().join("press.toml"), format!("{head}{lines}")).unwrap();
        let error = Config::load(folder.path(), None).unwrap_err();
        error
            .places()
            .iter()
            .map(|place| place.parts().2)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let relay = "[[relay]]\nhost = \"smtp.example\"\n";
    for (lines, words) in [
        (
            "[transport]\nkind = \"smtp\"\n".to_owned(),
            "there is no relay to send to",
        ),
        (
            "[transport]\nkind = \"smpt\"\n".to_owned(),
            "did you mean `smtp`",
        ),
        (
            "[transport]\ncommand = []\n".to_owned(),
            "this names no program",
        ),
        (
            "[transport]\nhello = \"a b\"\n".to_owned(),
            "this is no name of a machine",
        ),
        (
            "[[relay]]\nhost = \"smtp.example:25\"\n".to_owned(),
            "the port has a key of its own",
        ),
        (
            "[[relay]]\nhost = \"x\\r\\nQUIT\"\n".to_owned(),
            "this is no name of a mail server",
        ),
        (
            format!("{relay}tls = \"none\"\nuser = \"weekly\"\n"),
            "a password would go over an open connection",
        ),
        (
            format!("{relay}password = \"secret\"\n"),
            "unknown field `password`",
        ),
        (format!("{relay}connections = 0\n"), "between 1 and 256"),
        (
            format!("{relay}per-second = 0.0\n"),
            "a rate is a number above 0",
        ),
        (
            format!("{relay}user = \"a\\nb\"\n"),
            "a name has no control characters",
        ),
        (
            "[ses]\nregion = \"Frankfurt!\"\n".to_owned(),
            "a region is written like",
        ),
        (
            "[ses]\nurl = \"email.example\"\n".to_owned(),
            "this is no address",
        ),
    ] {
        let told = told(&lines);
        assert!(told.contains(words), "{lines}: {told}");
    }
}

#[test]
fn without_a_word_about_it_messages_become_files() {
    let (_folder, config) = configured("");
    let mailer = Mailer::new(&config.transport, &Secrets::given([])).unwrap();
    assert!(!mailer.leaves());
    let outcome = wait(async { send_to(&mut mailer.session(), TO, CONTENT).await });
    assert_eq!(outcome.name(), "sent");
    let outbox = config.folder.join("data/outbox/new");
    let file = std::fs::read_dir(outbox).unwrap().next().unwrap().unwrap();
    let text = std::fs::read(file.path()).unwrap();
    assert!(
        text.ends_with(CONTENT)
            && text.starts_with(b"Return-Path: <bounce+7.41@weekly.example>\r\n")
    );
}
