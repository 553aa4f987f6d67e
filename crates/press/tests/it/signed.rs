//! Messages as receivers judge them: signatures by dkimpy, MIME by Python's email package, form by SpamAssassin. None of
//! them is ours. A machine without them says so; where `CI` is set they must be there.

use press::mail::dkim::{Signer, new_ed25519};
use press::mail::message::{Content, Head, Mailbox, Prepared, Subscriber};
use press_core::render::gaps::Gapped;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

const RSA: &[u8] = include_bytes!("signed/rsa.pem");
const RSA_PKCS1: &[u8] = include_bytes!("signed/rsa-pkcs1.pem");
const ED25519: &[u8] = include_bytes!("signed/ed25519.pem");

/// A Python that has dkimpy and its Ed25519.
fn python() -> Option<&'static str> {
    let able = |python: &&str| {
        let run = Command::new(python)
            .args(["-c", "import dkim, nacl.signing"])
            .stderr(Stdio::null())
            .status();
        run.is_ok_and(|status| status.success())
    };
    let found = ["/usr/bin/python3", "python3"].into_iter().find(able);
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "install python3-dkim and python3-nacl"
        );
        println!("no Python with dkimpy: signatures are not checked");
    }
    found
}

fn head() -> Head {
    let way = |pattern: &str| Gapped::split(pattern, "{token}");
    Head {
        from: Mailbox {
            name: "This Week in Tern".into(),
            address: "weekly@tern.example".into(),
        },
        subject:
            "This Week in Tern 53: Flüge, Nester und alles, was sonst noch an der Küste geschah"
                .into(),
        date: "2026-11-19T09:00:00Z".parse().unwrap(),
        language: "en".into(),
        issue: "53".into(),
        list: "weekly".into(),
        list_name: "This Week in Tern".into(),
        domain: "tern.example".into(),
        unsubscribe: vec![
            way("https://tern.example/unsubscribe/{token}"),
            way("mailto:bounces@tern.example?subject=unsubscribe%20{token}"),
        ],
        archive: Some("https://tern.example/archive/".into()),
        subscribe: Some("https://tern.example/subscribe/".into()),
        complaints: Some("complaints@tern.example".into()),
        ..Head::default()
    }
}

const TEXT: &str = "Terns  of the week\n\n  * Größe zählt \n    https://a.example/?x=1&y=2\n.\nFrom the editors\n\nLeave: https://tern.example/unsubscribe/{token}\n\n\n";

fn content(html: bool) -> Content {
    let paragraph =
        "<p>Größe   zählt, <a href=\"https://a.example/?x=1&amp;y=2\">sehr</a>.</p>\n".repeat(50);
    let page = format!(
        "<!DOCTYPE html>\n<html><body>{paragraph}<a href=\"https://tern.example/unsubscribe/{{token}}\">Leave</a></body></html>\n"
    );
    Content {
        text: Gapped::split(TEXT, "{token}"),
        html: html.then(|| Gapped::split(&page, "{token}")),
    }
}

fn signers() -> Arc<[Signer]> {
    let signer = |selector: &str, pem: &[u8]| Signer::new("tern.example", selector, pem).unwrap();
    Arc::new([
        signer("rsa", RSA),
        signer("old", RSA_PKCS1),
        signer("ed", ED25519),
        signer("new", new_ed25519().as_bytes()),
    ])
}

/// What Python says of messages.
fn judged(python: &str, signers: &[Signer], messages: &[Vec<u8>]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let records: BTreeMap<String, String> = signers
        .iter()
        .map(|signer| (signer.record_name(), signer.record()))
        .collect();
    let dns = folder.path().join("dns.json");
    fs::write(&dns, serde_json::to_string(&records).unwrap()).unwrap();
    let judge = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/signed/judge.py");
    let mut command = Command::new(python);
    command.arg(judge).arg(dns);
    for (number, message) in messages.iter().enumerate() {
        let path = folder.path().join(format!("{number}.eml"));
        fs::write(&path, message).unwrap();
        command.arg(path);
    }
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

const NAMES: &[Option<&str>] = &[
    None,
    Some("Ada Tern"),
    Some("Tern, \"Ada\" <x@y.example>"),
    Some("Jürgen Möwe"),
    Some("渡り鳥の群れは海を越えて南へ飛んでいき、春になるとまた戻ってくる"),
    Some("x\r\nBcc: everybody@else.example"),
];

#[test]
fn signatures_hold_for_everybody() {
    let Some(python) = python() else { return };
    let signers = signers();
    let mut messages = Vec::new();
    for html in [true, false] {
        let prepared = Prepared::new(&head(), &content(html), Arc::clone(&signers));
        for (id, name) in (1..).zip(NAMES) {
            let mut out = Vec::new();
            let token = format!("t0ken-{id}");
            let subscriber = Subscriber {
                address: "ada@gull.example",
                name: *name,
                token: &token,
                id,
            };
            prepared.compose(&subscriber, &mut out).unwrap();
            messages.push(out);
        }
    }
    let judgements = judged(python, &signers, &messages);
    assert_eq!(judgements.len(), 2 * NAMES.len());
    for (at, judgement) in judgements.iter().enumerate() {
        let good = serde_json::json!(["good", "good", "good", "good"]);
        assert_eq!(judgement["signatures"], good, "{at}: {judgement}");
        assert_eq!(judgement["defects"], serde_json::json!([]), "{at}");
        assert_eq!(judgement["subject"], head().subject, "{at}");
        let name = NAMES[at % NAMES.len()].unwrap_or_default();
        let name = name
            .split(char::is_control)
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        assert_eq!(
            judgement["to"],
            serde_json::json!([name, "ada@gull.example"]),
            "{at}"
        );
        let token = format!("t0ken-{}", at % NAMES.len() + 1);
        let text = TEXT.replace("{token}", &token);
        assert_eq!(
            judgement["text"]
                .as_str()
                .unwrap()
                .replace("\r\n", "\n")
                .trim_end(),
            text.trim_end(),
            "{at}"
        );
        let html = at < NAMES.len();
        let types: &[&str] = if html {
            &["multipart/alternative", "text/plain", "text/html"]
        } else {
            &["text/plain"]
        };
        assert_eq!(judgement["types"], serde_json::json!(types), "{at}");
        assert_eq!(
            judgement["html"]
                .as_str()
                .is_some_and(|page| page.contains(&format!("/{token}\""))),
            html
        );
    }
}

/// A signature that also holds for another message would be worth nothing.
#[test]
fn a_changed_message_is_not_signed() {
    let Some(python) = python() else { return };
    let signers = signers();
    let prepared = Prepared::new(&head(), &content(true), Arc::clone(&signers));
    let mut out = Vec::new();
    let subscriber = Subscriber {
        address: "ada@gull.example",
        name: None,
        token: "t0ken",
        id: 1,
    };
    prepared.compose(&subscriber, &mut out).unwrap();
    let message = String::from_utf8(out).unwrap();
    let changed = |from: &str, to: &str| {
        assert!(message.contains(from), "{from}");
        message.replacen(from, to, 1).into_bytes()
    };
    let messages = [
        changed("Subject: ", "Subject: Re: "),
        changed(
            "List-Unsubscribe: <https://tern.example",
            "List-Unsubscribe: <https://other.example",
        ),
        changed("List-Unsubscribe=One-Click", "List-Unsubscribe=Never"),
        changed(
            "MIME-Version: 1.0",
            "Reply-To: thief@else.example\r\nMIME-Version: 1.0",
        ),
        changed(
            "MIME-Version: 1.0",
            "From: thief@else.example\r\nMIME-Version: 1.0",
        ),
        changed("Terns", "Gulls"),
    ];
    for (at, judgement) in judged(python, &signers, &messages).iter().enumerate() {
        for verdict in judgement["signatures"].as_array().unwrap() {
            assert_ne!(verdict, "good", "{at}");
        }
    }
}

/// What SpamAssassin's offline rules say of a message: the rules that were hit, with their points.
pub(crate) fn spam_rules(message: &[u8]) -> Option<Vec<(String, f64)>> {
    let started = Command::new("spamassassin")
        .args(["-L", "-t", "--cf", "use_bayes 0"])
        .env("HOME", std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut running) = started else {
        assert!(std::env::var_os("CI").is_none(), "install spamassassin");
        println!("no SpamAssassin: the form of messages is not checked");
        return None;
    };
    running.stdin.take().unwrap().write_all(message).unwrap();
    let output = running.wait_with_output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    let (_, details) = report
        .split_once("Content analysis details:")
        .expect("SpamAssassin reports");
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        let points = words.next()?.parse().ok()?;
        let rule = words.next()?;
        rule.bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
            .then(|| (rule.to_owned(), points))
    };
    Some(details.lines().filter_map(row).collect())
}
