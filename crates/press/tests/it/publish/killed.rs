//! A night that is killed, at every step and at any moment: the next run ends with everything done once.

use super::stage::{Stage, draft_path, git};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Publishes, and kills that once `now` says so: for each line that it says, and how long it has been at it. Whether it
/// was killed before it was done.
fn kill(stage: &Stage, lines: usize) -> bool {
    let mut command = stage.world.command(&["publish", "--yes"]);
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
    let mut command = stage.world.command(&["publish", "--yes"]);
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
    assert_eq!(
        stage.remote_log(),
        ["Draft of 2025-04-09", "Publish The Weekly Gull 3", "Begin"]
    );
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

/// Runs until everything is done; what is uncertain stays so.
#[track_caller]
fn finish(stage: &Stage) {
    let run = stage.world.press(&["publish", "3", "--yes"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_whole(stage, READERS);
}

#[test]
fn killed_at_every_step_it_goes_on_there() {
    let mut lines = 1;
    loop {
        let stage = Stage::new(READERS);
        let killed = kill(&stage, lines);
        finish(&stage);
        if !killed {
            break;
        }
        lines += 1;
    }
    assert!(lines > 16, "{lines} lines were said");
}

#[test]
fn killed_at_any_moment_it_goes_on_there() {
    let began = Instant::now();
    let stage = Stage::new(READERS);
    stage.publish().succeeds();
    let whole = began.elapsed();
    let rounds = if std::env::var_os("CI").is_some() {
        25
    } else {
        5
    };
    let mut killed = 0;
    for round in 0..rounds {
        let stage = Stage::new(READERS);
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
