//! Mails that come back, in the forms in which servers send them; `bounces/` has one of each, in words of our own.

use crate::postgres::on_each;
use crate::world::{CONFIG, World, press_in};
use press::error::Error;
use press::mail::Severity;
use press::mail::bounce::{Kind, MOST_BYTES, Unreadable, parse};
use press::mail::verp::{Delivery, KEY, Verp};
use press::pipeline::bounces::{Change, From, Record, read};
use press::store::{Reason, SubscriptionState};
use press_core::mailbox::EmailAddress;
use proptest::prelude::*;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

const VERP: &str = "bounce+7.41@weekly.example";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/bounces")
}

/// A sample as it comes over the line.
fn sample(name: &str) -> Vec<u8> {
    let text = std::fs::read_to_string(folder().join(format!("{name}.eml"))).unwrap();
    text.replace("\r\n", "\n")
        .replace('\n', "\r\n")
        .into_bytes()
}

/// Each sample: what it is, how bad, by what it is known, the code, the recipient.
const SAMPLES: &[(&str, &str)] = &[
    ("postfix-unknown", "bounce hard dsn 5.1.1 anna@example.org"),
    ("mailbox-full", "bounce soft dsn 5.2.2 anna@example.org"),
    ("gave-up", "bounce soft dsn 4.4.1 anna@example.org"),
    ("vague-status", "bounce hard dsn 5.0.0 anna@example.org"),
    ("policy", "bounce soft dsn 5.7.1 anna@example.org"),
    ("utf8", "bounce hard dsn 5.1.1 bücher@example.org"),
    ("exchange-online", "bounce hard dsn 5.1.10 anna@example.org"),
    ("delayed", "delayed dsn"),
    ("delivered", "other dsn"),
    ("qmail", "bounce hard qmail 5.1.1 anna@example.org"),
    ("qmail-remote", "bounce soft qmail - anna@example.org"),
    ("exim", "bounce hard exim - anna@example.org"),
    ("exim-delay", "delayed exim"),
    ("postfix-text", "bounce hard postfix 5.1.1 anna@example.org"),
    (
        "exchange-old",
        "bounce hard exchange 5.1.1 anna@example.org",
    ),
    ("gmail", "bounce hard gmail 5.1.1 anna@example.org"),
    ("gmail-full", "bounce soft text 4.2.2 anna@example.org"),
    ("sendmail", "bounce hard sendmail 5.1.2 anna@example.org"),
    ("no-code", "bounce hard text - anna@example.org"),
    ("away", "auto-reply auto-reply"),
    ("away-bare", "auto-reply auto-reply"),
    ("away-null", "auto-reply auto-reply"),
    ("challenge", "challenge challenge"),
    ("person", "other "),
    ("complaint", "complaint hard arf - anna@example.org"),
    ("complaint-hidden", "complaint arf"),
    ("not-spam", "other arf"),
    ("auth-failure", "other arf"),
];

/// What was understood, in one line.
fn line(mail: &[u8]) -> String {
    let returned = parse(mail).unwrap();
    let kind = returned.kind.name();
    let Some(failed) = returned.recipients.first() else {
        return format!("{kind} {}", returned.form);
    };
    let status = failed
        .status
        .map_or("-".to_owned(), |status| status.to_string());
    let address = failed.address.as_deref().unwrap_or("-");
    format!(
        "{kind} {} {} {status} {address}",
        failed.severity.name(),
        returned.form
    )
}

#[test]
fn every_form_is_understood() {
    let mut wrong = Vec::new();
    for (name, expected) in SAMPLES {
        let line = line(&sample(name));
        if line != *expected {
            wrong.push(format!("{name}: {line}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let files = std::fs::read_dir(folder()).unwrap().count();
    assert_eq!(files, SAMPLES.len(), "every sample has a row");
}

#[test]
fn what_came_back_tells_which_delivery_it_was() {
    for (name, _) in SAMPLES {
        let returned = parse(&sample(name)).unwrap();
        if *name != "not-spam" || returned.kind == Kind::Complaint {
            let known = returned.came_to.iter().any(|address| address == VERP);
            assert!(known, "{name}: {:?}", returned.came_to);
        }
        assert!(
            returned.id.ends_with("@mx.example"),
            "{name}: {}",
            returned.id
        );
    }
    // The message of ours names itself, whole or as headers only.
    for name in [
        "postfix-unknown",
        "mailbox-full",
        "complaint",
        "complaint-hidden",
    ] {
        assert_eq!(
            parse(&sample(name)).unwrap().about,
            ["7.41@weekly.example"],
            "{name}"
        );
    }
}

#[test]
fn line_ends_and_case_make_no_difference() {
    for (name, expected) in SAMPLES {
        let text = String::from_utf8(sample(name)).unwrap();
        let unix = text.replace("\r\n", "\n");
        assert_eq!(line(unix.as_bytes()), *expected, "{name}");
        let loud = unix
            .replace("Content-Type:", "CONTENT-TYPE:")
            .replace("message/", "MESSAGE/")
            .replace("Action:", "ACTION:");
        assert_eq!(line(loud.as_bytes()), *expected, "{name}");
    }
}

#[test]
fn what_no_honest_mail_is_is_refused() {
    assert_eq!(parse(&vec![b'a'; MOST_BYTES + 1]), Err(Unreadable::TooBig));
    assert_eq!(parse(b""), Err(Unreadable::NoMail));
    let mut nested = String::from("Subject: x\r\n");
    for depth in 0..10_000 {
        nested +=
            &format!("Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n");
    }
    assert_eq!(parse(nested.as_bytes()), Err(Unreadable::TooDeep));
    let messages = format!(
        "Subject: x\r\n{}",
        "Content-Type: message/rfc822\r\n\r\n".repeat(10_000)
    );
    assert_eq!(parse(messages.as_bytes()), Err(Unreadable::TooDeep));
    // As deep as is allowed, and as many recipients as nobody has.
    let deep = format!(
        "Subject: x\r\n{}a: b\r\n",
        "Content-Type: message/rfc822\r\n\r\n".repeat(99)
    );
    assert_eq!(parse(deep.as_bytes()).unwrap().kind, Kind::Other);
    let group = "Final-Recipient: rfc822; a@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n";
    let many = format!(
        "Subject: x\r\nContent-Type: message/delivery-status\r\n\r\n{}",
        group.repeat(40_000)
    );
    assert_eq!(parse(many.as_bytes()).unwrap().recipients.len(), 100);
}

#[test]
fn a_report_cannot_speak_louder_than_its_words() {
    // Somebody who merely quotes a report in a mail of text is a person.
    let report = String::from_utf8(sample("postfix-unknown")).unwrap();
    let quoted = format!(
        "From: eve@example.org\r\nReturn-Path: <eve@example.org>\r\nSubject: look\r\n\r\n{report}"
    );
    assert_eq!(parse(quoted.as_bytes()).unwrap().kind, Kind::Other);
    let escapes = report.replace("nobody of", "\x1b[31mno\x07body of");
    let said = parse(escapes.as_bytes()).unwrap().recipients[0]
        .said
        .clone();
    assert!(!said.contains(char::is_control), "{said:?}");
}

proptest! {
    #[test]
    fn no_mail_upsets_the_reader(mail in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = parse(&mail);
    }

    /// Samples with pieces missing, doubled and spoilt: never a panic, never a hard bounce out of what was none.
    #[test]
    fn a_damaged_mail_is_not_worse_than_it_was(
        which: prop::sample::Index, at: prop::sample::Index, length in 0usize..300, with in "[\\x00-\\x7f]{0,8}", double: bool,
    ) {
        let (name, expected) = SAMPLES[which.index(SAMPLES.len())];
        let mut mail = sample(name);
        let start = at.index(mail.len());
        let end = (start + length).min(mail.len());
        let cut: Vec<u8> = mail.splice(start..end, with.bytes()).collect();
        if double {
            mail.splice(start..start, [&cut[..], &cut[..]].concat());
        }
        if let Ok(returned) = parse(&mail) {
            let harmless = ["away-bare", "person", "delivered"].contains(&name) && expected.starts_with(['a', 'o']);
            prop_assert!(!harmless || returned.severity() != Some(Severity::Hard), "{name}: {returned:?}");
        }
    }
}

/// All samples in one file, as mail programs keep folders.
fn mbox(world: &World) -> PathBuf {
    let path = world.path("mails");
    let mut mails = Vec::new();
    for (name, _) in SAMPLES {
        mails.extend(b"From MAILER-DAEMON Sat Nov 21 10:00:00 2026\n");
        let text = String::from_utf8(sample(name))
            .unwrap()
            .replace("\r\n", "\n");
        mails.extend(text.replace("\nFrom ", "\n>From ").bytes());
        mails.push(b'\n');
    }
    std::fs::write(&path, mails).unwrap();
    path
}

#[test]
fn a_file_of_mails_is_read_one_by_one() {
    let world = World::empty();
    let path = mbox(&world);
    let run = press_in(
        world.folder(),
        &[
            "bounces",
            "read",
            "--dry-run",
            path.to_str().unwrap(),
            "--format",
            "json",
        ],
    )
    .succeeds();
    let kinds = |run: &str| -> Vec<String> {
        let objects = run
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        objects
            .map(|object| object["kind"].as_str().unwrap_or("refused").to_owned())
            .collect()
    };
    let expected: Vec<&str> = SAMPLES
        .iter()
        .map(|(_, line)| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(kinds(&run.out), expected);
    let summary =
        "28 mails: 11 hard bounces, 5 soft, 2 complaints; 6 passed over, 4 not understood";
    assert!(run.err.contains(summary), "{}", run.err);
    // What people see holds no whole address.
    let run = press_in(
        world.folder(),
        &["bounces", "read", "--dry-run", path.to_str().unwrap()],
    )
    .succeeds();
    assert!(
        run.out
            .contains("mail 1: bounce, hard, a…@example.org: 550 5.1.1"),
        "{}",
        run.out
    );
}

#[test]
fn a_mail_that_is_too_big_does_not_hide_the_others() {
    let world = World::empty();
    let path = world.path("mails");
    let mut mails = b"From a\nSubject: big\n\n".to_vec();
    mails.extend(b"a".repeat(MOST_BYTES * 2));
    mails.extend(b"\n\nFrom b\n");
    mails.extend(sample("qmail"));
    std::fs::write(&path, mails).unwrap();
    let run = press_in(
        world.folder(),
        &["bounces", "read", "--dry-run", path.to_str().unwrap()],
    )
    .succeeds();
    assert!(
        run.out.contains("mail 1: not read: it is larger than 4 MB"),
        "{}",
        run.out
    );
    assert!(run.out.contains("mail 2: bounce, hard"), "{}", run.out);
    assert!(run.err.contains("1 not even read"), "{}", run.err);
}

#[test]
fn a_maildir_is_left_as_it_is_until_what_it_says_is_written_down() {
    let world = World::empty();
    for (name, _) in SAMPLES {
        world.write(&format!("box/new/{name}"), sample(name));
    }
    world.write("box/cur/old:2,S", sample("qmail"));
    let mailbox = world.path("box");
    let names = |part: &str| {
        let files = std::fs::read_dir(mailbox.join(part)).unwrap();
        files.count()
    };
    let run = |record: Option<&mut Record<'_>>| read(From::Path(&mailbox), |_, _| {}, record);
    assert_eq!(run(None).unwrap().read, SAMPLES.len());
    assert_eq!(names("new"), SAMPLES.len());
    // The books fail at the fifth: four are done with, and the next run begins there.
    let mut seen = Vec::new();
    let failed = run(Some(&mut |returned| {
        if seen.len() == 4 {
            return Err(Error::new("the database is away"));
        }
        seen.push(returned.id.clone());
        Ok(Some(Change::Counted(1)))
    }));
    assert!(failed.is_err());
    // Seven that count as nothing lie between the four.
    assert_eq!((names("new"), names("cur")), (SAMPLES.len() - 11, 12));
    let tally = run(Some(&mut |returned| {
        seen.push(returned.id.clone());
        Ok((returned.kind == Kind::Complaint).then_some(Change::Suppressed))
    }));
    assert_eq!(tally.unwrap().read, SAMPLES.len() - 11);
    assert_eq!((names("new"), names("cur")), (0, SAMPLES.len() + 1));
    let counted = SAMPLES
        .iter()
        .filter(|(_, line)| line.starts_with("bounce") || line.starts_with("compl"));
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), counted.count());
    // What a person should see is not marked as seen.
    assert!(mailbox.join("cur/person:2,").is_file() && mailbox.join("cur/away:2,S").is_file());
    assert!(
        mailbox.join("cur/sendmail:2,").is_file() && mailbox.join("cur/complaint:2,S").is_file()
    );
}

/// A newsletter with readers, whose mails come back; on each database.
#[test]
fn what_comes_back_changes_who_is_mailed_once_and_only_for_our_own_messages() {
    on_each(async |trial| {
        let world = World::empty();
        world.write("press.toml", format!("{CONFIG}\n{}", trial.toml()));
        let readers = ["anna", "ben", "cleo", "dora"].map(|name| format!("{name}@example.org"));
        let mailbox = world.path("box").display().to_string();
        let mut numbers = Vec::new();
        for reader in &readers {
            let arguments = [
                "subscribers",
                "add",
                reader,
                "--confirmed",
                "--consent",
                "asked for it in a test",
            ];
            world.press(&arguments).succeeds();
            let address = EmailAddress::parse(reader).unwrap();
            numbers.push(trial.find_subscriber(&address).await.unwrap().unwrap().id);
        }
        let key = trial.key(KEY).await.unwrap();
        let verp = Verp::new("bounces@gull.example", &key).unwrap();
        let arrive = |name: &str, reader: usize, campaign: i64| {
            let delivery = Delivery {
                campaign,
                subscriber: numbers[reader],
            };
            let text = String::from_utf8(sample(name)).unwrap();
            let text = text
                .replace(VERP, &verp.address(delivery))
                .replace("@mx.example>", &format!("{reader}.{campaign}@mx.example>"));
            world.write(&format!("box/new/{name}.{reader}.{campaign}"), text);
        };
        std::fs::create_dir_all(world.path("box/cur")).unwrap();
        let state = async |reader: usize| {
            let address = EmailAddress::parse(&readers[reader]).unwrap();
            let suppressed = trial.find_suppression(&address).await.unwrap();
            let known = trial.find_subscriber(&address).await.unwrap().unwrap();
            (suppressed.map(|(reason, _)| reason), known.soft_bounces)
        };
        arrive("postfix-unknown", 0, 7);
        arrive("mailbox-full", 1, 7);
        arrive("policy", 1, 7);
        arrive("complaint", 2, 7);
        arrive("away", 3, 7);
        arrive("delayed", 3, 7);
        // Somebody makes one up for dora.
        world.write(
            "box/new/forged",
            String::from_utf8(sample("qmail"))
                .unwrap()
                .replace(VERP, "bounces+c7-s4-aaaaaaaaaa@gull.example"),
        );
        let run = world.press(&["bounces", "read", &mailbox]).succeeds();
        assert!(
            run.err
                .contains("2 readers not mailed any more; 1 about nobody we know"),
            "{}",
            run.err
        );
        assert_eq!(state(0).await, (Some(Reason::HardBounce), 0));
        // Two mails about one message are one bounce.
        assert_eq!(state(1).await, (None, 1));
        assert_eq!(state(2).await, (Some(Reason::Complaint), 0));
        assert_eq!(state(3).await, (None, 0));
        // The same mails again change nothing; another week's bounce does.
        arrive("mailbox-full", 1, 7);
        arrive("postfix-unknown", 0, 7);
        arrive("gmail-full", 1, 8);
        let run = world.press(&["bounces", "read", &mailbox]).succeeds();
        assert!(run.err.contains("2 known already"), "{}", run.err);
        assert_eq!(state(1).await, (None, 2));
    });
}

#[test]
fn who_leaves_by_mail_has_left() {
    on_each(async |trial| {
        let world = World::empty();
        world.write("press.toml", format!("{CONFIG}\n{}", trial.toml()));
        let consent = ["--confirmed", "--consent", "asked for it in a test"];
        let add = ["subscribers", "add", "anna@example.org"];
        world.press(&[&add[..], &consent[..]].concat()).succeeds();
        let address = EmailAddress::parse("anna@example.org").unwrap();
        let anna = trial.find_subscriber(&address).await.unwrap().unwrap();
        let mail = |subject: &str| {
            format!(
                "From: anna@example.org\nTo: bounces@gull.example\nMessage-ID: <1@x>\nSubject: {subject}\n\n\n"
            )
        };
        std::fs::create_dir_all(world.path("box/cur")).unwrap();
        world.write("box/new/1", mail("unsubscribe 0123456789abcdefghijkl"));
        world.write(
            "box/new/2",
            mail(&format!("Please unsubscribe {}", anna.token)),
        );
        let mailbox = world.path("box").display().to_string();
        world.press(&["bounces", "read", &mailbox]).succeeds();
        let state = async || trial.subscriptions(anna.id).await.unwrap()[0].state;
        assert_eq!(
            state().await,
            SubscriptionState::Confirmed,
            "nobody's token, and a letter to people"
        );
        world.write("box/new/3", mail(&format!("Unsubscribe {}", anna.token)));
        let run = world.press(&["bounces", "read", &mailbox]).succeeds();
        assert!(
            run.err.contains("1 reader asked to leave") || run.err.contains("asked to leave"),
            "{}",
            run.err
        );
        assert_eq!(state().await, SubscriptionState::Unsubscribed);
    });
}

#[test]
fn one_mail_comes_over_a_pipe() {
    let world = World::empty();
    let mut child = world.command(&["bounces", "read", "--dry-run", "-"]);
    let mut child = child
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut mail = b"From MAILER-DAEMON Sat Nov 21 10:00:00 2026\n".to_vec();
    mail.extend(sample("postfix-unknown"));
    child.stdin.take().unwrap().write_all(&mail).unwrap();
    let output = child.wait_with_output().unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(
        out.starts_with("standard input: bounce, hard, a…@example.org: 550 5.1.1"),
        "{out}"
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn what_is_no_mailbox_is_told() {
    let world = World::empty();
    let folder = world.folder();
    press_in(folder, &["bounces", "read", "--dry-run", "."]).refuses(&["is no mailbox", "maildir"]);
    press_in(folder, &["bounces", "read", "--dry-run", "nowhere"])
        .refuses(&["cannot read nowhere"]);
}

#[test]
fn a_mail_server_is_told_to_try_again_when_nothing_can_be_written_down() {
    let world = World::empty();
    world.write(
        "press.toml",
        format!("{CONFIG}\n[store]\nfile = \"nowhere/else\"\n"),
    );
    world.write("nowhere", "a file where a folder should be");
    let mut child = world.command(&["bounces", "read", "-"]);
    let child = child.stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(&sample("qmail"));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).starts_with("error: "),
        "{output:?}"
    );
}
