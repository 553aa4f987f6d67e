//! A night that is killed, at every step and at any moment: the next run ends with everything done once.

use super::everywhere;
use super::stage::{Stage, draft_path, git};
use crate::announce::MUTE;
use crate::deploying::git::branch_of;
#[cfg(unix)]
use crate::deploying::rsync::Machine;
use crate::deploying::s3::{Moto, table_of};
use crate::deploying::{Tree, pages};
use crate::world::{assert_same_tree, tree};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// What plays the places of these nights that are not folders of this machine, as far as it has that. Each night has a
/// bucket and a folder of its own.
struct Places {
    moto: Option<Moto>,
    #[cfg(unix)]
    machine: Option<Machine>,
    nights: Cell<usize>,
}

impl Places {
    fn start() -> Places {
        Places {
            moto: Moto::start(),
            #[cfg(unix)]
            machine: Machine::start(),
            nights: Cell::new(0),
        }
    }

    /// A night with four places.
    fn night(&self) -> Night<'_> {
        self.nights.set(self.nights.get() + 1);
        let name = format!("night-{}", self.nights.get());
        let mut tables = String::new();
        if let Some(moto) = &self.moto {
            moto.make(&name);
            tables += &table_of(&moto.address, &name);
        }
        #[cfg(unix)]
        if let Some(machine) = &self.machine {
            tables += &machine.table(&name).0;
        }
        let stage = everywhere::stage_with(READERS, &tables);
        let places = self;
        Night {
            stage,
            places,
            name,
        }
    }
}

/// A night, and the names of its places.
struct Night<'p> {
    stage: Stage,
    places: &'p Places,
    name: String,
}

impl Night<'_> {
    /// What each place has.
    fn sites(&self) -> Vec<Tree> {
        let mut branch = branch_of(&self.stage.pages(), "pages");
        // Without it GitHub would make other pages of these.
        assert!(branch.remove(".nojekyll").is_some());
        let mut sites = vec![self.stage.world.tree("public"), branch];
        if let Some(moto) = &self.places.moto {
            sites.push(moto.below_in(&self.name, "blog/"));
        }
        #[cfg(unix)]
        if let Some(machine) = &self.places.machine {
            sites.push(tree(&machine.table(&self.name).1));
        }
        sites
    }
}

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
fn assert_whole(night: &Night<'_>, readers: usize) {
    let stage = &night.stage;
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
    let site = pages(stage.world.tree("site"));
    for there in night.sites() {
        assert_same_tree(&site, &pages(there));
    }
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
fn finish(night: &Night<'_>) {
    let stage = &night.stage;
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
    assert_whole(night, READERS);
}

/// Says at once, and not only at the end of all tests, why one of these failed: they fail so rarely that nothing of it may
/// be lost.
fn tell_at_once() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |why| {
            let thread = std::thread::current();
            if thread.name().is_some_and(|name| name.contains("killed_at")) {
                let _ = writeln!(std::io::stderr(), "{why}");
            }
            before(why);
        }));
    });
}

#[test]
fn killed_at_every_step_it_goes_on_there() {
    tell_at_once();
    let places = Places::start();
    let mut lines = 1;
    loop {
        let night = places.night();
        let killed = kill(&night.stage, lines);
        finish(&night);
        if !killed {
            break;
        }
        // Most lines come in pairs: a step begins, and ends.
        lines += if std::env::var_os("CI").is_some() {
            2
        } else {
            9
        };
    }
    assert!(lines > 16, "{lines} lines were said");
}

#[test]
fn killed_at_any_moment_it_goes_on_there() {
    tell_at_once();
    let places = Places::start();
    let night = places.night();
    let began = Instant::now();
    night.stage.publish().succeeds();
    let whole = began.elapsed();
    let rounds = if std::env::var_os("CI").is_some() {
        25
    } else {
        5
    };
    let mut killed = 0;
    for round in 0..rounds {
        let night = places.night();
        // Several times in one night, at moments that are spread over it.
        for part in 1..=2 {
            let share = f64::from(round * 2 + part) / f64::from(rounds * 2);
            killed += u32::from(kill_after(&night.stage, whole.mul_f64(share * 0.9)));
        }
        finish(&night);
    }
    println!("{killed} kills in {rounds} nights");
    assert!(killed > rounds / 2, "{killed} kills");
}
