//! `press check --watch`: judges again whenever something changes, until Ctrl-C.

#![cfg(unix)]

use crate::world::{CONFIG, PATIENCE, World};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};

const DRAFT: &str = "Title: The Weekly Gull 4\nNumber: 4\nDate: 2025-04-09\n\n## Links\n\n\
    * [One](https://one.example/)\n- [Two](https://two.example/)\n\n## Changes\n\n* [Three](https://three.example/)\n";

/// A check that is repeated, and what it says.
struct Check {
    child: Child,
    said: Receiver<String>,
}

impl Check {
    fn start(world: &World, arguments: &[&str]) -> Check {
        let mut command = world.command(&["check", "--watch"]);
        // Results and what is told about the work come through one pipe, so that their order is kept.
        let (out, into) = std::io::pipe().unwrap();
        command.args(arguments).stdout(into.try_clone().unwrap());
        let child = command.stderr(into).spawn().unwrap();
        let (sender, said) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Check { child, said }
    }

    /// Waits for a line with `part`.
    #[track_caller]
    fn says(&self, part: &str) {
        loop {
            let line = self.said.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("it never said {part:?}"));
            if line.contains(part) {
                return;
            }
        }
    }

    fn interrupt(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Check {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_draft_is_judged_whenever_something_changes() {
    let world = World::new(3);
    world.write("draft/004.md", DRAFT);
    let check = Check::start(&world, &[]);
    check.says("warning[list-marker]");
    check.says("watching");
    // As editors save: another file takes its place.
    world.write("draft/004.md~", DRAFT.replace("- [", "* ["));
    fs::rename(world.path("draft/004.md~"), world.path("draft/004.md")).unwrap();
    check.says("1 text checked: 0 to mend, 0 to look at");
    check.says("watching");
    world.write("draft/004.md", DRAFT);
    check.says("1 to look at");
    check.says("watching");
    // The configuration decides, and a mistake in it ends nothing.
    world.write("press.toml", CONFIG.replace("[site]", "[site"));
    check.says("press.toml cannot be used");
    check.says("watching");
    let strict = "[check]\nlevels = { list-marker = \"deny\" }\n\n[site]";
    world.write("press.toml", CONFIG.replace("[site]", strict));
    check.says("error[list-marker]");
    check.says("watching");
    // A newer draft takes the place of this one.
    world.write("draft/005.md", DRAFT.replace("[Two]", "[Five]"));
    check.says("draft/005.md");
    check.says("watching");
    // Nothing to judge is told, and something may come.
    fs::remove_dir_all(world.path("draft")).unwrap();
    check.says("there is no draft");
    check.says("watching");
    world.write("draft/006.md", DRAFT);
    check.says("draft/006.md");
    assert_eq!(check.interrupt(), Some(0));
}

#[test]
fn a_named_file_is_judged_again() {
    let world = World::new(3);
    world.write("texts/a.md", DRAFT);
    let path = world.path("texts/a.md").display().to_string();
    let check = Check::start(&world, &["--format", "json", &path]);
    check.says("list-marker");
    check.says("watching");
    world.write("texts/b.md", DRAFT);
    world.write("draft-template.md", "Title: …\n");
    check.says("list-marker");
    check.says("watching");
    fs::remove_file(&path).unwrap();
    check.says("cannot read");
    check.says("watching");
    world.write("texts/a.md", DRAFT);
    check.says("list-marker");
    assert_eq!(check.interrupt(), Some(0));
}

#[test]
fn a_text_that_is_being_written_is_not_fixed() {
    let world = World::new(1);
    for fix in ["--fix", "--unsafe-fixes"] {
        world
            .press(&["check", "--watch", fix])
            .refuses(&["--watch", fix]);
    }
}
