//! A night that is killed, at every step and at any moment: the next run ends with everything done once.

use super::everywhere;
use super::stage::{Stage, draft_path, git};
use crate::announce::MUTE;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Publishes, and kills that once `now` says so: for each line that it says, and how long it has been at it. Whether it
/// was killed before it was done.
fn kill(stage: &Stage, lines: usize) -> bool {
    let mut command = stage.command(&["publish", "--yes"]);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stderr.take().unwrap());
    let seen = said.lines().map_while(Result::ok).take(lines).count();
    child.kill().unwrap();
    child.wait().unwrap();
    seen == lines
}

fn kill_after(stage: &Stage, moment: Duration) -> bool {
    let mut command = stage.command(&["publish", "--yes"]);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while began.elapsed() < moment {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

/// Everything is done, and once.
#[track_caller]
fn assert_whole(stage: &Stage, readers: usize) {
    assert_eq!(stage.remote_tags(), "issue-3");
    let log = [
        "Draft of 2025-04-09",
        "Say where The Weekly Gull 3 is discussed",
        "Publish The Weekly Gull 3",
        "Everywhere",
        "Begin",
    ];
    assert_eq!(stage.remote_log(), log);
    everywhere::assert_one_post_each(stage);
    let (site, public) = (stage.world.tree("site"), stage.world.tree("public"));
    let differ = |path: &String| site.get(path) != public.get(path) && !path.contains(".press");
    assert!(!site.keys().any(differ), "the site is out as it was made");
    assert!(!stage.world.path(draft_path()).exists());
    assert_eq!(git(&stage.world, &["status", "--porcelain"]), "");
    let recipients = stage.relay.recipients();
    let once: BTreeSet<&String> = recipients.iter().collect();
    assert_eq!(recipients.len(), once.len(), "nobody gets it twice");
    // What was on its way when the program died is uncertain: told, and sent again only when a person says so.
    let shown = crate::sending::show(&stage.world, "1");
    let uncertain = usize::try_from(shown["deliveries"]["uncertain"].as_i64().unwrap()).unwrap();
    assert!(recipients.len() + uncertain >= readers, "{shown}");
    assert_eq!(shown["holds"], true);
}

const READERS: usize = 8;

/// Runs until everything is done; what is uncertain of mail stays so. Where a channel cannot be asked, a person looks.
#[track_caller]
fn finish(stage: &Stage) {
    let publish = || stage.press(&["publish", "3", "--yes"]);
    let mut run = publish();
    for channel in MUTE {
        if run.code == Some(0) {
            break;
        }
        let name = channel.to_string();
        let posted = format!("{name}=https://{name}.example/1");
        match stage.town.posts(channel).len() {
            0 => drop(stage.press(&["announce", "3", "--again", &name])),
            _ => drop(stage.press(&["announce", "3", "--posted", &posted])),
        }
        run = publish();
    }
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_whole(stage, READERS);
}

#[test]
fn killed_at_every_step_it_goes_on_there() {
    let mut lines = 1;
    loop {
        let stage = everywhere::stage(READERS);
        let killed = kill(&stage, lines);
        finish(&stage);
        if !killed {
            break;
        }
        lines += if std::env::var_os("CI").is_some() {
            1
        } else {
            5
        };
    }
    assert!(lines > 16, "{lines} lines were said");
}

#[test]
fn killed_at_any_moment_it_goes_on_there() {
    let began = Instant::now();
    let stage = everywhere::stage(READERS);
    stage.publish().succeeds();
    let whole = began.elapsed();
    let rounds = if std::env::var_os("CI").is_some() {
        25
    } else {
        5
    };
    let mut killed = 0;
    for round in 0..rounds {
        let stage = everywhere::stage(READERS);
        // Several times in one night, at moments that are spread over it.
        for part in 1..=2 {
            let share = f64::from(round * 2 + part) / f64::from(rounds * 2);
            killed += u32::from(kill_after(&stage, whole.mul_f64(share * 0.6)));
        }
        finish(&stage);
    }
    println!("{killed} kills in {rounds} nights");
    assert!(killed > rounds / 2, "{killed} kills");
}
