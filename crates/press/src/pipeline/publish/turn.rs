//! One program at a time on one machine: a lock on a file, which the system takes away from the dead.
//!
//! The programs that ours starts hold it too. When ours is killed, a push or a copy to another machine goes on for a
//! moment; whoever comes next waits for that, and sees what was done rather than half of it.

use crate::error::{Error, Result};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

/// How often what a killed program has left at work is waited for, and how long each time: ten seconds in all.
const TRIES: u32 = 200;
const PAUSE: Duration = Duration::from_millis(50);

/// The right to be at work.
#[derive(Debug)]
pub(super) struct Turn {
    /// There until it is over.
    file: Option<File>,
}

impl Turn {
    pub(super) async fn take(lock: &Path) -> Result<Turn> {
        if let Some(folder) = lock.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|cause| Error::io("make the folder", folder, &cause))?;
        }
        let failed = |cause| Error::io("open", lock, &cause);
        let mut file = open(lock, true).map_err(failed)?;
        if !lock_when_free(&mut file, TRIES).await {
            return Err(Error::new("another program on this machine is publishing")
                .because(match is_held_by_the_living(&mut file) {
                    true => "it is alive",
                    false => "it was ended, and what it had started is still at work",
                })
                .help("wait until it ends, and look with `press publish --dry-run`")
                .state("nothing was done"));
        }
        share(&file);
        let own = std::process::id().to_string();
        let written = file
            .set_len(0)
            .and_then(|()| file.write_all(own.as_bytes()));
        written.map_err(failed)?;
        Ok(Turn { file: Some(file) })
    }
}

impl Drop for Turn {
    /// What was started and goes on, such as Git's tidying, holds up nobody once this program is done.
    fn drop(&mut self) {
        let _ = self.file.take().map(|file| file.unlock());
    }
}

/// Waits until what a killed program has left at work is done, or is seen to take its time.
pub(super) async fn wait_for_the_dead(lock: &Path) {
    if let Ok(mut file) = open(lock, false) {
        lock_when_free(&mut file, TRIES).await;
    }
}

fn open(lock: &Path, create: bool) -> std::io::Result<File> {
    let mut options = File::options();
    options.read(true).append(true).create(create).open(lock)
}

/// Locks the file, if nobody who is alive holds it and the dead let go of it in time.
async fn lock_when_free(file: &mut File, tries: u32) -> bool {
    for _ in 0..tries {
        if file.try_lock().is_ok() {
            return true;
        }
        if is_held_by_the_living(file) {
            return false;
        }
        tokio::time::sleep(PAUSE).await;
    }
    false
}

/// Whether the program that says in the file that it holds it is there. Where that cannot be told, it is.
fn is_held_by_the_living(file: &mut File) -> bool {
    let mut said = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut said));
    match (read, said.parse()) {
        (Ok(_), Ok(id)) => is_alive(id),
        _ => cfg!(not(unix)),
    }
}

#[cfg(unix)]
fn is_alive(id: i32) -> bool {
    let id = rustix::process::Pid::from_raw(id);
    let asked = id.map(rustix::process::test_kill_process);
    // Somebody else's may not be asked for, but is there.
    matches!(asked, Some(Ok(()) | Err(rustix::io::Errno::PERM)))
}

#[cfg(not(unix))]
fn is_alive(_: i32) -> bool {
    true
}

/// Lets the programs that are started from now on hold the lock as well.
fn share(file: &File) {
    #[cfg(unix)]
    let _ = rustix::io::fcntl_setfd(file, rustix::io::FdFlags::empty());
    #[cfg(not(unix))]
    let _ = file;
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    /// Whether the lock is free, waited for only so long.
    fn is_free(lock: &Path, tries: u32) -> bool {
        let runtime = crate::pipeline::runtime().unwrap();
        let mut file = open(lock, false).unwrap();
        runtime.block_on(lock_when_free(&mut file, tries))
    }

    fn take(lock: &Path) -> Result<Turn> {
        let runtime = crate::pipeline::runtime().unwrap();
        runtime.block_on(Turn::take(lock))
    }

    #[test]
    fn what_a_dead_program_has_left_at_work_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("lock");
        let mut turn = take(&lock).unwrap();
        let mut left = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        // As if this program were dead: its end of the lock is gone, and so is whoever says that they hold it.
        drop(turn.file.take());
        let mut dead = Command::new("true").spawn().unwrap();
        dead.wait().unwrap();
        std::fs::write(&lock, dead.id().to_string()).unwrap();
        assert!(!is_free(&lock, 1));
        drop(left.stdin.take());
        assert!(is_free(&lock, TRIES));
        left.wait().unwrap();
    }

    #[test]
    fn nobody_waits_for_the_living_or_for_what_a_program_leaves_in_peace() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("lock");
        let turn = take(&lock).unwrap();
        let refused = take(&lock).unwrap_err().message();
        assert!(refused.contains("it is alive"), "{refused}");
        let mut left = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        drop(turn);
        assert!(is_free(&lock, 1));
        drop(left.stdin.take());
        left.wait().unwrap();
    }
}
