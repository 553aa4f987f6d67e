//! A build that is killed at any moment leaves every page whole, old or new, and the next build puts all right.

use crate::world::{World, assert_same_tree, issue, issue_path};
use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

const ISSUES: u32 = 60;

/// A newsletter whose build takes long enough to be killed at different points.
fn world() -> World {
    let world = World::new(ISSUES);
    for number in 1..=ISSUES {
        let more: String = (0..60)
            .map(|line| format!("* [Gull {line} of week {number}](https://birds.example/{number}/{line}) by Ada\n"))
            .collect();
        world.write(
            &issue_path(number),
            issue(number) + "\n## Links\n\n" + &more,
        );
    }
    world
}

/// Changes the configuration, so that every page must be made again with other bytes.
fn rename(world: &World, round: usize) {
    let text = world.read("press.toml");
    let (line, _) = text
        .split_once('\n')
        .map(|(_, rest)| rest.split_once('\n').unwrap())
        .unwrap();
    world.edit(
        "press.toml",
        &format!("{line}\n"),
        &format!("name = \"Gull round {round}\"\n"),
    );
}

/// The site without what a build notes for itself.
fn site(world: &World) -> BTreeMap<String, Vec<u8>> {
    let mut tree = world.tree("site");
    tree.retain(|name, _| !name.starts_with(".press"));
    tree
}

#[test]
fn a_killed_build_leaves_every_page_whole() {
    let world = world();
    world.build().succeeds();
    let started = Instant::now();
    rename(&world, 0);
    world.build().succeeds();
    let whole = started.elapsed();
    let mut old = site(&world);
    let mut interrupted = 0;
    for round in 1..=16 {
        rename(&world, round);
        // What the site is to become, built elsewhere.
        let twin = world.path(&format!("twin-{round}"));
        world
            .press(&["build", "--clean", "--out", twin.to_str().unwrap()])
            .succeeds();
        let mut new = crate::world::tree(&twin);
        new.retain(|name, _| !name.starts_with(".press"));
        let mut child = world
            .command(&["build"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The moments lie closer together towards the end, where files move into place.
        let moment = whole.mul_f64(1.1 * (1.0 - (1.0 - round as f64 / 17.0).powi(2)));
        let deadline = Instant::now() + moment;
        while Instant::now() < deadline && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(200));
        }
        child.kill().unwrap();
        if !child.wait().unwrap().success() {
            interrupted += 1;
        }
        let now = site(&world);
        for (name, bytes) in &now {
            let known = [old.get(name), new.get(name)];
            assert!(
                known.contains(&Some(bytes)),
                "round {round}: {name} is neither old nor new"
            );
        }
        for name in old.keys().filter(|name| new.contains_key(*name)) {
            assert!(now.contains_key(name), "round {round}: {name} is gone");
        }
        if round % 2 == 0 {
            world.build().succeeds();
            assert_same_tree(&site(&world), &new);
            assert!(!world.path("site/.press-staging").exists(), "round {round}");
            old = new;
        } else {
            // Killed twice in a row: pages of three builds may stand side by side; each is whole.
            world.build().succeeds();
            old = site(&world);
            assert_same_tree(&old, &new);
        }
    }
    assert!(
        interrupted >= 4,
        "only {interrupted} of 16 builds were killed before they were done"
    );
}

#[test]
fn a_build_killed_while_pages_vanish_is_completed() {
    let world = world();
    world.build().succeeds();
    let started = Instant::now();
    world.press(&["build", "--clean"]).succeeds();
    let whole = started.elapsed();
    let all: Vec<String> = (1..=ISSUES).map(issue_path).collect();
    for round in 1..=6u32 {
        let gone = &all[(round as usize - 1) * 8..round as usize * 8];
        for path in gone {
            std::fs::remove_file(world.path(path)).unwrap();
        }
        let mut child = world
            .command(&["build", "--clean"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + whole.mul_f64(0.6 + 0.08 * f64::from(round));
        while Instant::now() < deadline && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(200));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        world.build().succeeds();
        let twin = world.path(&format!("twin-{round}"));
        world
            .press(&["build", "--out", twin.to_str().unwrap()])
            .succeeds();
        assert_same_tree(&world.tree("site"), &crate::world::tree(&twin));
    }
}

#[test]
fn two_builds_at_once_do_not_disturb_each_other() {
    let world = world();
    let spawn = || {
        world
            .command(&["build"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..3).map(|_| spawn()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let twin = world.path("twin");
    world
        .press(&["build", "--out", twin.to_str().unwrap()])
        .succeeds();
    assert_same_tree(&world.tree("site"), &crate::world::tree(&twin));
}
