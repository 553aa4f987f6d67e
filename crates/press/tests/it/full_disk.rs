//! A disk that fills up in the middle of a sending, or of a deployment: a small one of our own, in a namespace of its own so that nobody else
//! sees it. Where the machine does not allow that, these tests say so and pass.

use crate::relay::{Act, Relay, Stage};
use crate::sending::{counts, import, newsletter, show, states};
use crate::world::{Run, World, press};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// A small disk, and the process that keeps it mounted.
struct Disk {
    keeper: Child,
    folder: PathBuf,
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}

/// Whether we may mount without asking anybody.
fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout == b"0\n"
}

impl Disk {
    /// Mounts a disk of so many megabytes on a folder.
    fn mount(folder: PathBuf, size_mb: u32) -> Option<Disk> {
        std::fs::create_dir_all(&folder).unwrap();
        let script =
            format!("mount -t tmpfs -o size={size_mb}m press \"$1\" && echo there && exec cat");
        let more: &[&str] = if is_root() {
            &[]
        } else {
            &["--user", "--map-root-user"]
        };
        let keeper = Command::new("unshare")
            .args(more)
            .args(["--mount", "sh", "-c", &script, "sh"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        // Whether it may mount is for the machine to say; the program must be there where `CI` is set.
        let there = keeper.is_ok() || std::env::var_os("CI").is_none();
        assert!(there, "unshare is missing (Debian: util-linux)");
        let mounted = keeper.ok().and_then(|mut keeper| {
            let mut said = String::new();
            let out = keeper.stdout.take().unwrap();
            BufReader::new(out).read_line(&mut said).unwrap();
            let disk = Disk { keeper, folder };
            (said == "there\n").then_some(disk)
        });
        if mounted.is_none() {
            println!("a full disk is not tried: nothing can be mounted here");
        }
        mounted
    }

    /// A command that sees the disk.
    fn command(&self, program: &Path) -> Command {
        let more: &[&str] = if is_root() {
            &[]
        } else {
            &["--user", "--preserve-credentials"]
        };
        let mut command = Command::new("nsenter");
        command
            .args(["--mount", "--target", &self.keeper.id().to_string()])
            .args(more)
            .arg("--")
            .arg(program)
            .stdin(Stdio::null());
        command
    }

    fn start(&self, world: &World, arguments: &[&str]) -> Child {
        let press = press();
        let mut command = self.command(Path::new(press.get_program()));
        for (name, value) in press.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.arg("-C").arg(world.folder()).args(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    fn press(&self, world: &World, arguments: &[&str]) -> Run {
        Run::new(self.start(world, arguments).wait_with_output().unwrap())
    }

    /// What lies on the disk, as it is seen from outside.
    fn path(&self, name: &str) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.keeper.id()));
        root.join(self.folder.strip_prefix("/").unwrap()).join(name)
    }

    fn grow(&self, size_mb: u32) {
        let remount = format!("remount,size={size_mb}m");
        let mut command = self.command(Path::new("mount"));
        command.args(["-o", &remount]).arg(&self.folder);
        assert!(command.status().unwrap().success());
    }
}

/// Fills a disk to the last byte.
fn fill(ballast: &Path) {
    let mut file = File::create(ballast).unwrap();
    for size in [1 << 16, 1 << 12, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

#[test]
fn a_database_that_cannot_grow_is_waited_for_and_nobody_gets_two() {
    let (place, begun) = (Arc::new(OnceLock::<PathBuf>::new()), AtomicUsize::new(0));
    let ballast = Arc::clone(&place);
    let relay = Relay::scripted(move |moment| {
        if moment.stage == Stage::End && begun.fetch_add(1, Ordering::Relaxed) == 50 {
            fill(ballast.get().unwrap());
        }
        Act::Go
    });
    let world = newsletter(&relay, 0);
    let Some(disk) = Disk::mount(world.path("data"), 32) else {
        return;
    };
    let ballast = disk.path("ballast");
    place.set(ballast.clone()).unwrap();
    let people = world.path("people.csv");
    let people = people.to_str().unwrap();
    disk.press(&world, &["subscribers", "import", people]);
    let more: String = (0..200)
        .map(|at| format!("r{at}@host.example,R,confirmed\n"))
        .collect();
    world.write("people.csv", format!("email,name,status\n{more}"));
    // Neither an import nor a sending begins on a full disk.
    fill(&ballast);
    let says = ["is full", "make room on the disk", "what it held, it holds"];
    disk.press(&world, &["subscribers", "import", people])
        .refuses(&says);
    std::fs::remove_file(&ballast).unwrap();
    disk.press(&world, &["subscribers", "import", people])
        .succeeds();
    fill(&ballast);
    disk.press(&world, &["send", "1", "--confirm", "200"])
        .refuses(&says);
    std::fs::remove_file(&ballast).unwrap();
    assert!(relay.accepted().is_empty());
    let mut sending = disk.start(&world, &["send", "1", "--confirm", "200"]);
    let mut told = BufReader::new(sending.stderr.take().unwrap()).lines();
    let waits = told.find_map(|line| {
        line.ok()
            .filter(|line| line.contains("waiting for the database"))
    });
    assert!(waits.is_some_and(|line| line.contains("the disk is full")));
    assert!(
        relay.accepted().len() < 80,
        "no more is sent than can be written down soon"
    );
    std::fs::remove_file(&ballast).unwrap();
    told.for_each(drop);
    let run = Run::new(sending.wait_with_output().unwrap()).succeeds();
    assert!(run.out.contains("200 people = 200 sent"), "{}", run.out);
    let mut recipients = relay.recipients();
    assert_eq!(recipients.len(), 200);
    recipients.sort();
    recipients.dedup();
    assert_eq!(recipients.len(), 200);
}

/// Recipients and sizes of the messages in a maildir.
fn messages(outbox: &Path) -> Vec<(String, usize)> {
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let to = text
            .lines()
            .find_map(|line| line.strip_prefix("Delivered-To: "));
        assert!(text.trim_end().ends_with("--"), "the message has its end");
        (to.unwrap().to_owned(), text.len())
    };
    let mut messages: Vec<(String, usize)> = std::fs::read_dir(outbox.join("new"))
        .unwrap()
        .map(read)
        .collect();
    messages.sort();
    messages
}

#[test]
fn files_that_find_no_room_stop_the_campaign_and_leave_no_stumps() {
    let world = World::new(2);
    let Some(disk) = Disk::mount(world.path("outbox"), 1) else {
        return;
    };
    let toml = world.read("press.toml");
    let lines =
        "[mail]\nfrom = \"Weekly <news@weekly.example>\"\n[transport]\nfolder = \"outbox\"\n";
    world.write("press.toml", format!("{toml}\n{lines}"));
    let more: String = (0..300)
        .map(|at| format!("r{at}@host.example,R,confirmed\n"))
        .collect();
    world.write("people.csv", format!("email,name,status\n{more}"));
    import(&world, "people.csv");
    disk.press(&world, &["send", "1", "--confirm", "300"])
        .refuses(&["outbox", "make room on the disk", "press campaign resume 1"]);
    let shown = show(&world, "1");
    assert_eq!(shown["state"], "paused", "{shown}");
    assert!(
        shown["reason"].to_string().contains("cannot write"),
        "{shown}"
    );
    let before = states(&world, "1");
    let written = messages(&disk.path(""));
    assert_eq!(before["sent"], i64::try_from(written.len()).unwrap());
    assert_eq!(before["sent"] + before["queued"], 300, "{before:?}");
    assert_eq!(std::fs::read_dir(disk.path("tmp")).unwrap().count(), 0);
    disk.grow(64);
    disk.press(&world, &["campaign", "resume", "1"]).succeeds();
    disk.press(&world, &["worker", "--until-done"]).succeeds();
    assert_eq!(states(&world, "1"), counts([("sent", 300)]));
    let mut all: Vec<String> = messages(&disk.path(""))
        .into_iter()
        .map(|(to, _)| to)
        .collect();
    all.dedup();
    assert_eq!(all.len(), 300);
}

#[test]
fn a_site_that_does_not_fit_leaves_the_old_one_shown() {
    let world = World::new(3);
    let config = world.read("press.toml");
    let table = "[[deploy]]\nkind = \"folder\"\nfolder = \"data/www\"\nkeep = 1\n";
    world.write("press.toml", format!("{config}\n{table}"));
    let Some(disk) = Disk::mount(world.path("data"), 4) else {
        return;
    };
    disk.press(&world, &["deploy"]).succeeds();
    let shown = disk.path("www/index.html");
    let ballast = disk.path("ballast");
    // From outside the link leads through the process that keeps the disk.
    let old = std::fs::read(&shown).unwrap();
    world.edit("press.toml", "The Weekly Gull", "The Daily Gull");
    fill(&ballast);
    let run = disk.press(&world, &["deploy"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    for part in [
        "make room on the disk",
        "what readers see is the site as it was",
    ] {
        assert!(run.err.contains(part), "{part}: {run:?}");
    }
    assert_eq!(std::fs::read(&shown).unwrap(), old);
    std::fs::remove_file(&ballast).unwrap();
    disk.press(&world, &["deploy"]).succeeds();
    let new = std::fs::read_to_string(&shown).unwrap();
    assert!(new.contains("The Daily Gull"));
    // What the failed one left is gone.
    let left = std::fs::read_dir(disk.path(".www.versions")).unwrap();
    assert_eq!(left.count(), 2, "a version and the lock");
}
