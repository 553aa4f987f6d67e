//! Sendings whose programs are killed at any moment, to other people's servers: what Postfix and its `smtp-sink` have
//! taken is compared with the ledger. The rehearsal (`sending.rs`) does the same with a server of ours that misbehaves.

use crate::postfix::{Postfix, Sink, installed};
use crate::postgres::{Trial, block_on};
use crate::sending::{import, show};
use crate::world::{World, press, wait_for};
use press::store::{DeliveryState, Store};
use std::collections::BTreeMap;
use std::fs::DirEntry;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What is to be gone through.
struct Ordeal<'t> {
    world: World,
    store: &'t Store,
    people: usize,
    kills: usize,
    /// How many programs send at a time.
    workers: usize,
    /// Where the server writes a file for each message.
    taken: PathBuf,
    /// Whether the server has put all there that it took.
    quiet: &'t dyn Fn() -> bool,
}

/// So many people and kills: more where the tests take their time.
fn size() -> (usize, usize) {
    match std::env::var_os("CI") {
        Some(_) => (3_000, 24),
        None => (400, 8),
    }
}

fn newsletter(trial: &Trial, relay: &str, people: usize) -> World {
    let world = World::new(2);
    let toml = world.read("press.toml");
    let lines = "[mail]\nfrom = \"Weekly <news@weekly.example>\"\n[sending]\nretry-s = 0\n[transport]\nkind = \"smtp\"\n";
    let relay = format!("[[relay]]\nhost = \"127.0.0.1\"\nconnections = 8\n{relay}\n");
    world.write(
        "press.toml",
        format!("{toml}\n{}{lines}{relay}", trial.toml()),
    );
    let row = |at: usize| format!("reader-{at}@everybody.example,Reader {at},confirmed\n");
    let rows: String = (0..people).map(row).collect();
    world.write("people.csv", format!("email,name,status\n{rows}"));
    import(&world, "people.csv");
    world
}

/// The recipient of a message as a server has written it down.
fn recipient(text: &str) -> Option<String> {
    let line = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let to = line("X-Rcpt-Args: ").or_else(|| line("X-Original-To: "))?;
    let to = to.trim_matches(['<', '>']).to_owned();
    // A message that was broken off was not taken.
    text.trim_end().ends_with("--").then_some(to)
}

fn files(folder: &Path) -> Vec<DirEntry> {
    let files = std::fs::read_dir(folder).into_iter().flatten();
    files.filter_map(Result::ok).collect()
}

impl Ordeal<'_> {
    /// Whom the server has messages for, and how many.
    fn taken(&self) -> BTreeMap<String, usize> {
        wait_for("the server", || (self.quiet)().then_some(()));
        let mut taken = BTreeMap::new();
        for file in files(&self.taken) {
            // One that goes away meanwhile was broken off.
            let text = std::fs::read(file.path()).unwrap_or_default();
            if let Some(to) = recipient(&String::from_utf8_lossy(&text)) {
                *taken.entry(to).or_default() += 1;
            }
        }
        taken
    }

    fn worker(&self) -> Child {
        let mut command = press();
        command.current_dir(self.world.folder());
        command.args(["worker", "--until-done"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    fn in_state(&self, state: DeliveryState) -> Vec<String> {
        let rows = block_on(self.store.find_deliveries(1, state, i64::MAX)).unwrap();
        rows.into_iter().filter_map(|row| row.address).collect()
    }

    /// Kills programs again and again, at moments that are drawn.
    fn kill(&self) {
        let confirm = self.people.to_string();
        let long_ago = "2001-01-01T00:00:00Z";
        let plan = ["send", "1", "--confirm", &confirm, "--at", long_ago];
        self.world.press(&plan).succeeds();
        let mut workers: Vec<Child> = (0..self.workers).map(|_| self.worker()).collect();
        let share = self.people / (self.kills + 1);
        for kill in 0..self.kills {
            let drawn = xxh3_64_with_seed(&kill.to_le_bytes(), 11) as usize;
            let goal = share * kill + 1 + drawn % share;
            wait_for("messages", || {
                (files(&self.taken).len() >= goal).then_some(())
            });
            let worker = &mut workers[drawn % self.workers];
            worker.kill().unwrap();
            worker.wait().unwrap();
            assert_eq!(show(&self.world, "1")["holds"], true);
            *worker = self.worker();
        }
        for mut worker in workers {
            worker.wait().unwrap();
        }
        self.world.press(&["worker", "--until-done"]);
    }

    /// What the server has and what the ledger says are the same.
    fn compare(&self) {
        let taken = self.taken();
        let times = |address: &String| taken.get(address).copied().unwrap_or(0);
        let (sent, open) = (
            self.in_state(DeliveryState::Sent),
            self.in_state(DeliveryState::Uncertain),
        );
        assert_eq!(
            sent.len() + open.len(),
            self.people,
            "{}",
            show(&self.world, "1")
        );
        for address in &sent {
            assert_eq!(times(address), 1, "{address} is sent");
        }
        for address in &open {
            assert!(times(address) <= 1, "{address} is uncertain");
        }
        let arrived = open.iter().filter(|address| times(address) == 1).count();
        println!(
            "{} kills: {} sent, {} uncertain, of which {arrived} arrived",
            self.kills,
            sent.len(),
            open.len()
        );
        assert!(
            !open.is_empty(),
            "nobody was killed in the middle of anything"
        );
        // Everybody has one when those are sent again, and two only who was uncertain.
        self.world
            .press(&["campaign", "resend-uncertain", "1"])
            .succeeds();
        self.world.press(&["campaign", "resume", "1"]).succeeds();
        self.world.press(&["worker", "--until-done"]).succeeds();
        let taken = self.taken();
        assert_eq!(taken.len(), self.people);
        let all: usize = taken.values().sum();
        assert_eq!(all, self.people + arrived);
    }
}

#[test]
fn killed_in_the_middle_of_sending_to_smtp_sink() {
    if !installed("smtp-sink") {
        return;
    }
    let (people, kills) = size();
    let sink = Sink::start(&[]);
    let trial = block_on(Trial::sqlite());
    let relay = format!("port = {}\ntls = \"none\"", sink.port);
    let ordeal = Ordeal {
        world: newsletter(&trial, &relay, people),
        store: &trial.store,
        people,
        kills,
        workers: 1,
        taken: sink.folder.path().to_owned(),
        quiet: &|| true,
    };
    ordeal.kill();
    ordeal.compare();
}

#[test]
fn killed_in_the_middle_of_sending_to_postfix() {
    if !installed("postfix") {
        return;
    }
    // A Postfix of its own writes each message twice to the disk.
    let (people, kills) = size();
    let (people, kills) = (people / 2, kills / 2);
    let postfix = Postfix::start();
    let (trial, workers) = match block_on(Trial::postgres()) {
        Some(trial) => (trial, 2),
        None => (block_on(Trial::sqlite()), 1),
    };
    let ca = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/tls/relay-ca.pem");
    let relay = format!("port = {}\nca-file = \"{ca}\"", postfix.port);
    let ordeal = Ordeal {
        world: newsletter(&trial, &relay, people),
        store: &trial.store,
        people,
        kills,
        workers,
        taken: postfix.folder.path().join("mail/everybody/new"),
        quiet: &|| postfix.is_empty(),
    };
    ordeal.kill();
    ordeal.compare();
}
