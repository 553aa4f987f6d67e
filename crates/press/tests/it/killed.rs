//! A build that is killed at any moment leaves every page whole, old or new, and the next build puts all right.
//!
//! Some builds are killed after a time, most while they still make pages; others at the moment when a certain file
//! is seen to change, that is while files move into place.

#![cfg(unix)]

use crate::world::{World, assert_same_tree, issue, issue_path, tree};
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

const ISSUES: u32 = 120;

/// A newsletter whose build takes long enough to be killed at different points.
fn world() -> World {
    let world = World::new(ISSUES);
    for number in 1..=ISSUES {
        world.write(&issue_path(number), long_issue(number));
    }
    world
}

fn long_issue(number: u32) -> String {
    let link = |line| {
        format!("* [Gull {line} of week {number}](https://birds.example/{number}/{line}) by Ada\n")
    };
    issue(number) + "\n## Links\n\n" + &(0..12).map(link).collect::<String>()
}

/// Changes the newsletter's name, so that every page must be made again with other bytes.
fn rename(world: &World, round: u32) {
    let text = world.read("press.toml");
    let old = text.lines().nth(1).unwrap();
    world.edit("press.toml", old, &format!("name = \"Gull round {round}\""));
}

/// The site without what a build notes for itself.
fn pages(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut pages = tree(folder);
    pages.retain(|name, _| !name.starts_with(".press"));
    pages
}

/// What the site is to become, built elsewhere from nothing.
fn twin(world: &World, round: u32) -> BTreeMap<String, Vec<u8>> {
    let folder = world.path(&format!("twin-{round}"));
    let out = folder.to_str().unwrap();
    world.press(&["build", "--out", out]).succeeds();
    pages(&folder)
}

/// What tells whether a file is still the same one.
fn identity(path: &Path) -> Option<(u64, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.ino(), metadata.len()))
}

/// Builds and kills that build once `now` says so. Says whether it was killed before it was done.
fn kill(world: &World, mut now: impl FnMut(Duration) -> bool) -> bool {
    let mut command = world.command(&["build"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let started = Instant::now();
    let mut looked = 0u32;
    while !now(started.elapsed()) {
        looked += 1;
        // Looking after the child costs more than looking at a file.
        if looked.is_multiple_of(64) && child.try_wait().unwrap().is_some() {
            break;
        }
    }
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

/// How long a build takes that makes every page.
fn whole_build(world: &World) -> Duration {
    world.build().succeeds();
    rename(world, 0);
    let started = Instant::now();
    world.build().succeeds();
    started.elapsed()
}

#[test]
fn a_killed_build_leaves_every_page_whole() {
    let world = world();
    let whole = whole_build(&world);
    let mut old = pages(&world.path("site"));
    let (mut killed, mut half) = (0, 0);
    for round in 1..=14 {
        rename(&world, round);
        let new = twin(&world, round);
        let early = kill(&world, |elapsed| {
            elapsed > whole.mul_f64(f64::from(round) / 14.0)
        });
        let watched = world.path(&format!("site/issues/{}/index.html", round * 8));
        let before = identity(&watched);
        let late = kill(&world, |_| identity(&watched) != before);
        killed += u32::from(early) + u32::from(late);
        let now = pages(&world.path("site"));
        for (name, bytes) in &now {
            let known = [old.get(name), new.get(name)].contains(&Some(bytes));
            assert!(known, "round {round}: {name} is neither old nor new");
        }
        for name in old.keys().filter(|name| new.contains_key(*name)) {
            assert!(now.contains_key(name), "round {round}: {name} is gone");
        }
        half += u32::from(now != old && now != new);
        world.build().succeeds();
        assert_same_tree(&pages(&world.path("site")), &new);
        assert!(!world.path("site/.press-staging").exists());
        old = new;
    }
    println!("{killed} builds killed, {half} of them while files moved into place");
    assert!(killed >= 4, "only {killed} builds were killed in time");
}

#[test]
fn a_build_killed_while_pages_come_and_go_is_completed() {
    let world = world();
    world.build().succeeds();
    let (mut killed, mut half) = (0, 0);
    for round in 1..=8u32 {
        let old = pages(&world.path("site"));
        let first = ISSUES + (round - 1) * 20 + 1;
        for number in first..first + 20 {
            world.write(&issue_path(number), long_issue(number));
        }
        for number in (round - 1) * 14 + 1..=round * 14 {
            std::fs::remove_file(world.path(&issue_path(number))).unwrap();
        }
        let new = twin(&world, round);
        // One of the new pages comes, or one of the old ones goes.
        let come = world.path(&format!("site/issues/{}/index.html", first + round));
        let gone = world.path(&format!("site/issues/{}/index.html", round * 14 - 7));
        let by_arrival = round.is_multiple_of(2);
        killed += u32::from(kill(&world, |_| {
            if by_arrival {
                come.exists()
            } else {
                !gone.exists()
            }
        }));
        let now = pages(&world.path("site"));
        for (name, bytes) in &now {
            let known = [old.get(name), new.get(name)].contains(&Some(bytes));
            assert!(known, "round {round}: {name} is neither old nor new");
        }
        half += u32::from(now != old && now != new);
        world.build().succeeds();
        assert_same_tree(&pages(&world.path("site")), &new);
    }
    println!("{killed} builds killed, {half} of them while files came and went");
}

#[test]
fn two_builds_at_once_do_not_disturb_each_other() {
    let world = world();
    let spawn = |_| {
        let mut command = world.command(&["build"]);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let children: Vec<_> = (0..3).map(spawn).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }
    assert_same_tree(&pages(&world.path("site")), &twin(&world, 1));
}
