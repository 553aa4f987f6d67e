//! How fast a whole sending is: freezing an audience, claiming from ledgers of different sizes, and `press send` to
//! Postfix's `smtp-sink` with the ledger kept, beside what `smtp-source` does alone. On each database that is there.
//!
//! `cargo bench -p press --bench campaign`. Arguments after `--`: people whose audience is frozen (100,000), messages that
//! are sent (5,000). The issue is made up so that its messages have about 60 KB.

#![allow(clippy::unwrap_used)]

#[allow(dead_code, reason = "the benches need less of it than the tests")]
#[path = "../tests/it/postgres.rs"]
mod postgres;
#[path = "shared/sink.rs"]
mod sink;

use postgres::{Trial, block_on};
use press::store::{Arrival, Frozen, NewCampaign, Store, Terms, Turn};
use press_core::mailbox::EmailAddress;
use sink::Sink;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Connections of both, kept open.
const CONNECTIONS: usize = 32;
/// Deliveries in a claim.
const CLAIM: i64 = 64;

fn main() {
    let numbers = std::env::args().filter_map(|argument| argument.parse::<usize>().ok());
    let numbers: Vec<usize> = numbers.collect();
    let people = numbers.first().copied().unwrap_or(100_000);
    let messages = numbers.get(1).copied().unwrap_or(5_000);
    for trial in block_on(postgres::stores()) {
        println!("{}", trial.name());
        block_on(ledger(&trial.store, people));
    }
    let Some(sink) = Sink::start() else {
        println!("sending is not measured: smtp-sink is missing (Debian: postfix)");
        return;
    };
    let bytes = send(&sink, None, 100, 1).1;
    for connections in [CONNECTIONS, 1] {
        println!(
            "{messages} messages of {bytes} bytes to smtp-sink over {connections} connections"
        );
        println!(
            "  smtp-source alone: {:.0}/s",
            source(&sink, messages, bytes, connections)
        );
        for trial in block_on(postgres::stores()) {
            let (rate, _) = send(&sink, Some(&trial), messages, connections);
            println!("  press send, {}: {rate:.0}/s", trial.name());
        }
        println!(
            "  smtp-source again: {:.0}/s",
            source(&sink, messages, bytes, connections)
        );
    }
}

/// People in a store, from `from` up to `to`.
async fn people(store: &Store, from: usize, to: usize) {
    let mut receiving = store.receive(Terms::default()).await.unwrap();
    for part in (from..to).collect::<Vec<_>>().chunks(5_000) {
        let arrival = |number: &usize| {
            let address = format!("reader-{number}@host-{}.invalid", number % 400);
            Arrival::confirmed(EmailAddress::parse(&address).unwrap(), "weekly", 1)
        };
        let arrivals: Vec<Arrival> = part.iter().map(arrival).collect();
        receiving.add(arrivals).await.unwrap();
    }
    receiving.commit().await.unwrap();
}

/// Freezes an audience of ten thousand and one of all, and claims from each.
async fn ledger(store: &Store, count: usize) {
    people(store, 0, 10_000).await;
    for (issue, size) in [("1", 10_000), ("2", count)] {
        people(store, 10_000.min(size), size).await;
        let variants = [("[null,null,false]".to_owned(), vec![b'x'; 60_000])];
        let new = NewCampaign {
            issue,
            title: "Gulls",
            list: "weekly",
            digest: "",
            start_s: 0,
            slice: 0,
            variants: &variants,
            expected: i64::try_from(size).unwrap(),
        };
        let started = Instant::now();
        let Frozen::Yes(id) = store.record_campaign(&new, 1).await.unwrap() else {
            panic!("the audience is another one");
        };
        println!(
            "  freezing {size} people: {:.2} s",
            started.elapsed().as_secs_f64()
        );
        store.find_due_campaigns(1).await.unwrap();
        let mut worker = store.enlist("bench", 1).await.unwrap();
        let started = Instant::now();
        for _ in 0..100 {
            let turn = Turn {
                settled: &[],
                parts: &[(id, 0)],
                most: CLAIM,
                now_s: 1,
            };
            assert_eq!(
                store.record_turn(&mut worker, &turn).await.unwrap().len(),
                64
            );
        }
        let each = started.elapsed() / 100;
        println!(
            "  claiming {CLAIM} of {size}: {:.2} ms",
            each.as_secs_f64() * 1e3
        );
        store.record_cancel(id, 2).await.unwrap();
        store.dismiss(worker).await.unwrap();
    }
}

/// A newsletter with an issue of about 60 KB, sent to so many: messages a second, and the bytes of one.
fn send(sink: &Sink, trial: Option<&Trial>, count: usize, connections: usize) -> (f64, usize) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::create_dir(root.join("content")).unwrap();
    std::fs::write(root.join("content/2025-01-01-gulls-1.md"), issue()).unwrap();
    let store = trial.map(Trial::toml).unwrap_or_default();
    let text = format!(
        "[newsletter]\nname = \"Gulls\"\ndescription = \"Gulls\"\nbase-url = \"https://gulls.example\"\n{store}\
         [content]\nissues = \"content\"\n[mail]\nfrom = \"news@gulls.example\"\n[transport]\nkind = \"smtp\"\n\
         [[relay]]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nconnections = {connections}\n\
         messages-per-connection = 1000000\n[[section]]\nid = \"news\"\nnames = [\"News\"]\n",
        sink.port
    );
    std::fs::write(root.join("press.toml"), text).unwrap();
    let mut file = "email,status\n".to_owned();
    for number in 0..count {
        file.push_str(&format!(
            "person-{number}@host-{}.invalid,confirmed\n",
            number % 40
        ));
    }
    std::fs::write(root.join("people.csv"), file).unwrap();
    let people = root.join("people.csv");
    press(root, &["subscribers", "import", people.to_str().unwrap()]);
    press(root, &["email", "1", "--out", root.to_str().unwrap()]);
    let mail = std::fs::read_dir(root)
        .unwrap()
        .flatten()
        .find(|file| file.path().extension().is_some_and(|end| end == "eml"));
    let bytes = mail.map_or(60_000, |file| {
        usize::try_from(file.metadata().unwrap().len()).unwrap()
    });
    let started = Instant::now();
    press(root, &["send", "1", "--confirm", &count.to_string()]);
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = count as f64 / started.elapsed().as_secs_f64();
    (rate, bytes)
}

fn press(root: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_press"));
    let output = command
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

/// An issue whose message has about 60 KB.
fn issue() -> String {
    let mut text = "Title: Gulls 1\nNumber: 1\nDate: 2025-01-01\n\n## News\n\n".to_owned();
    for number in 0..190 {
        text.push_str(&format!(
            "* [Gulls of the {number}th harbour and what they think of ferries](https://harbour-{number}.example/gulls/)\n"
        ));
    }
    text
}

/// Messages a second of Postfix's own client.
fn source(sink: &Sink, messages: usize, bytes: usize, connections: usize) -> f64 {
    let started = Instant::now();
    let mut command = Command::new("smtp-source");
    command.args([
        "-d",
        "-f",
        "bounce@gulls.example",
        "-t",
        "reader@example.org",
        "-s",
        &connections.to_string(),
    ]);
    command.args([
        "-m",
        &messages.to_string(),
        "-l",
        &bytes.to_string(),
        &format!("127.0.0.1:{}", sink.port),
    ]);
    assert!(
        command.status().is_ok_and(|status| status.success()),
        "smtp-source failed"
    );
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = messages as f64 / started.elapsed().as_secs_f64();
    rate
}
