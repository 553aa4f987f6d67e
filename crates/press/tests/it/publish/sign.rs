//! Commits and tags signed as the user's Git is set up, here with a key of `ssh`.

use super::stage::{Stage, draft_path, git, git_in};
use crate::world::World;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Eve's key, and who may sign: she.
struct Keys {
    folder: tempfile::TempDir,
}

impl Keys {
    fn make() -> Option<Keys> {
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f", "key"])
            .current_dir(folder.path())
            .status();
        if !made.is_ok_and(|made| made.success()) {
            assert!(std::env::var_os("CI").is_none(), "CI needs ssh-keygen");
            println!("ssh-keygen is missing: signatures are not tried");
            return None;
        }
        let public = std::fs::read_to_string(folder.path().join("key.pub")).unwrap();
        std::fs::write(
            folder.path().join("signers"),
            format!("eve@people.example {public}"),
        )
        .unwrap();
        Some(Keys { folder })
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    /// Has a newsletter's repository sign everything with the key.
    fn sign_in(&self, world: &World) {
        let key = self.key().display().to_string();
        for (name, value) in [
            ("commit.gpgSign", "true"),
            ("tag.gpgSign", "true"),
            ("gpg.format", "ssh"),
            ("user.signingKey", &key),
        ] {
            git(world, &["config", name, value]);
        }
    }

    /// Fails unless all of these were signed by Eve.
    #[track_caller]
    fn verify(&self, repository: &Path, what: &str, names: &[&str]) {
        let signers = self.folder.path().join("signers").display().to_string();
        let signers = format!("gpg.ssh.allowedSignersFile={signers}");
        for name in names {
            git_in(repository, &["-c", &signers, what, name]);
        }
    }
}

#[test]
fn commits_and_tags_are_signed_as_git_is_set_up() {
    let Some(keys) = Keys::make() else { return };
    let stage = Stage::new(2);
    keys.sign_in(&stage.world);
    stage.publish().succeeds();
    let remote = stage.remote_folder();
    // The night's commit, and that of the next draft.
    keys.verify(&remote, "verify-commit", &["main", "main~1"]);
    keys.verify(&remote, "verify-tag", &["issue-3"]);
}

#[test]
fn a_signature_that_fails_ends_the_night_and_the_next_run_goes_on() {
    let Some(keys) = Keys::make() else { return };
    let stage = Stage::new(2);
    keys.sign_in(&stage.world);
    let away = keys.folder.path().join("away");
    std::fs::rename(keys.key(), &away).unwrap();
    let run = stage.publish();
    assert_eq!(run.code, Some(1), "{run:?}");
    for part in [
        "`git commit` failed",
        // Git's own words, whichever they are, name the key.
        &keys.key().display().to_string(),
        "`commit.gpgSign` is on: the key that `git config user.signingKey` names must be here",
        "`git commit --allow-empty -m try` tries that by hand",
        "done: gate, finish, promote; not done: commit, build",
    ] {
        assert!(run.err.contains(part), "{part:?} is not in\n{}", run.err);
    }
    assert_nothing_is_out(&stage);
    assert_eq!(git(&stage.world, &["tag", "--list"]), "");

    std::fs::rename(&away, keys.key()).unwrap();
    stage.publish().succeeds();
    keys.verify(&stage.remote_folder(), "verify-commit", &["main~1"]);
    keys.verify(&stage.remote_folder(), "verify-tag", &["issue-3"]);
    assert_eq!(stage.relay.recipients().len(), 2);
}

#[test]
fn a_tag_that_cannot_be_signed_is_not_made_and_nothing_is_pushed() {
    let Some(keys) = Keys::make() else { return };
    let stage = Stage::new(2);
    keys.sign_in(&stage.world);
    git(&stage.world, &["config", "commit.gpgSign", "false"]);
    let away = keys.folder.path().join("away");
    std::fs::rename(keys.key(), &away).unwrap();
    let run = stage.publish();
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.err
            .contains("the issue is committed here, and has no tag"),
        "{}",
        run.err
    );
    assert!(run.err.contains("`git tag` failed"), "{}", run.err);
    assert!(run.err.contains("`tag.gpgSign` is on"), "{}", run.err);
    assert_nothing_is_out(&stage);
    assert!(!stage.world.path(draft_path()).exists());

    std::fs::rename(&away, keys.key()).unwrap();
    stage.publish().succeeds();
    keys.verify(&stage.remote_folder(), "verify-tag", &["issue-3"]);
}

#[track_caller]
fn assert_nothing_is_out(stage: &Stage) {
    assert_eq!(stage.remote_tags(), "");
    assert_eq!(stage.remote_log(), ["Begin"]);
    assert!(!stage.world.path("site").exists());
    assert_eq!(stage.relay.recipients().len(), 0);
}
