//! `press submissions merge` is killed at every step that it takes, and the same command run again ends as if it had not
//! been: one commit with all parents, the draft right, nothing placed twice, all of it sent.
//!
//! A `git` of our own counts how often the program calls it, and kills the program at the call that is wanted.

use super::forge::{Hosting, git};
use super::merging::{accept_all, here, three};
use super::{ADA, DRAFT, now, received, sent};
use crate::postgres::block_on;
use crate::world::Run;
use press::pipeline::submissions::SubmissionState;
use press::store::{Step, Store};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const WRAPPER: &str = r#"#!/bin/sh
n=$(($(wc -l < "$STEPS/calls") + 1))
echo "$*" | tr '\n' ' ' >> "$STEPS/calls"
echo >> "$STEPS/calls"
if [ "$n$WHEN" = "${AT}before" ]; then kill -9 $PPID; exit 1; fi
"$REAL" "$@"
code=$?
if [ "$n" = "$AT" ]; then kill -9 $PPID; fi
exit $code
"#;

/// When the program is killed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    Before,
    After,
}

/// A merge that is about to be done, again and again.
struct Bench {
    hosting: Hosting,
    own: TempDir,
    real: PathBuf,
    before: String,
}

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    let done = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(done.unwrap().success());
}

/// Whether a call of Git changes nothing.
fn only_asks(call: &str) -> bool {
    let asks = [
        "rev-parse",
        "status",
        "ls-files",
        "merge-base",
        "symbolic-ref",
        "config",
        "var",
        "log",
        "cat-file",
        "for-each-ref",
        "diff-tree",
    ];
    let command = call.split(' ').nth(2);
    command.is_some_and(|command| asks.contains(&command))
}

impl Bench {
    async fn new() -> Bench {
        let hosting = three();
        accept_all(&hosting, "").await;
        let desk = hosting.desk().await;
        let link = sent("https://form.example/");
        let form = received(desk.submit(&link, ADA, now()).await.unwrap());
        desk.accept(form.id, None, "eve", now()).await.unwrap();
        desk.close().await;
        let own = tempfile::tempdir().unwrap();
        std::fs::create_dir(own.path().join("bin")).unwrap();
        let wrapper = own.path().join("bin/git");
        std::fs::write(&wrapper, WRAPPER).unwrap();
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&wrapper, mode).unwrap();
        let found = Command::new("sh").args(["-c", "command -v git"]).output();
        let real = String::from_utf8(found.unwrap().stdout).unwrap();
        let before = here(&hosting, &["rev-parse", "HEAD"]);
        let bench = Bench {
            real: real.trim().into(),
            before,
            hosting,
            own,
        };
        copy(
            bench.hosting.world.folder(),
            &bench.own.path().join("world"),
        );
        copy(&bench.hosting.bare, &bench.own.path().join("bare"));
        bench
    }

    /// Puts everything back to the moment before the merge.
    fn again(&self) {
        let folder = self.hosting.world.folder();
        for name in std::fs::read_dir(folder).unwrap() {
            let path = name.unwrap().path();
            let _ = std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir_all(&path));
        }
        for name in std::fs::read_dir(self.own.path().join("world")).unwrap() {
            let path = name.unwrap().path();
            copy(&path, &folder.join(path.file_name().unwrap()));
        }
        copy(&self.own.path().join("bare"), &self.hosting.bare);
    }

    /// Runs the command, and kills it at a call of Git.
    fn run(&self, at: Option<(usize, When)>) -> Output {
        std::fs::write(self.own.path().join("calls"), "").unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let bin = self.own.path().join("bin");
        let mut command = self
            .hosting
            .world
            .command(&["submissions", "merge", "--push"]);
        command.env("PATH", format!("{}:{path}", bin.display()));
        command
            .env("STEPS", self.own.path())
            .env("REAL", &self.real);
        let (at, when) = at.unwrap_or((0, When::Before));
        command.env("AT", at.to_string());
        command.env("WHEN", format!("{when:?}").to_lowercase());
        command.output().unwrap()
    }

    /// Kills it there.
    #[track_caller]
    fn killed(&self, at: usize, when: When) {
        let output = self.run(Some((at, when)));
        assert_eq!(
            output.status.signal(),
            Some(9),
            "{when:?} call {at} it went on"
        );
    }

    fn calls(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.own.path().join("calls")).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// The number of the call that begins so.
    fn call(&self, begins: &str) -> usize {
        let calls = self.calls();
        let at = calls.iter().position(|call| call.contains(begins));
        at.unwrap_or_else(|| panic!("{begins}: {calls:#?}")) + 1
    }

    fn store(&self) -> impl Future<Output = Store> {
        let config = press::config::Config::load(self.hosting.world.folder(), None).unwrap();
        async move { Store::open(&config.store).await.unwrap() }
    }

    /// Whether everything is as after a merge that nobody has disturbed.
    async fn judge(&self, text: &str, what: &str) {
        let hosting = &self.hosting;
        let parents = here(hosting, &["log", "-1", "--format=%P"]);
        let parents: Vec<&str> = parents.split(' ').collect();
        assert_eq!(
            (parents.len(), parents[0]),
            (4, self.before.as_str()),
            "{what}"
        );
        assert_eq!(hosting.world.read(DRAFT), text, "{what}");
        assert_eq!(here(hosting, &["status", "--porcelain"]), "", "{what}");
        assert_eq!(here(hosting, &["for-each-ref", "refs/press"]), "", "{what}");
        let sent = git(&hosting.bare, "forge", &["rev-parse", "main"]);
        assert_eq!(here(hosting, &["rev-parse", "HEAD"]), sent, "{what}");
        for name in [
            "press-index",
            "press-index.lock",
            "press-message",
            "index.lock",
        ] {
            assert!(
                !hosting.world.path(".git").join(name).exists(),
                "{what}: {name}"
            );
        }
        let store = self.store().await;
        let placed = store.submissions(SubmissionState::Placed).await.unwrap();
        assert_eq!(placed.len(), 4, "{what}");
        for one in placed {
            let history = store.submission_history(one.id).await.unwrap();
            let lines = history.iter().filter(|line| line.what == "placed");
            let lines: Vec<_> = lines.collect();
            assert_eq!(lines.len(), 1, "{what}: {history:?}");
            let commit = format!("in commit {}", &sent[..12]);
            assert_eq!(lines[0].detail.as_deref(), Some(commit.as_str()), "{what}");
        }
        store.close().await;
    }
}

#[test]
fn a_merge_that_is_killed_at_any_step_is_completed_by_the_next() {
    block_on(async {
        let bench = Bench::new().await;
        Run::new(bench.run(None)).succeeds();
        let (calls, text) = (bench.calls(), bench.hosting.world.read(DRAFT));
        bench.judge(&text, "a merge that nobody kills").await;
        assert!(calls.len() > 20, "{calls:#?}");
        // After a call that only asks, everything is as before it. The program does something of its own only after the last
        // hook: it tells the database.
        let hook = bench.call("hook run --ignore-missing post-merge");
        let moments = (1..=calls.len()).filter(|at| *at == 1 || !only_asks(&calls[at - 2]));
        let moments = moments.map(|at| (at, When::Before));
        for (at, when) in moments.chain([(hook, When::After), (calls.len(), When::After)]) {
            bench.again();
            bench.killed(at, when);
            let what = format!("killed {when:?} call {at}: {}", calls[at - 1]);
            let run = Run::new(bench.run(None));
            assert_eq!(run.code, Some(0), "{what}: {}", run.err);
            bench.judge(&text, &what).await;
        }
        // While it tells the database: of the four, two are written down.
        bench.again();
        bench.killed(hook, When::After);
        let store = bench.store().await;
        let commit = here(&bench.hosting, &["rev-parse", "HEAD"]);
        let detail = format!("in commit {}", &commit[..12]);
        let accepted = store.submissions(SubmissionState::Accepted).await.unwrap();
        for one in &accepted[..2] {
            let step = Step {
                who: "editor",
                what: "placed",
                detail: Some(&detail),
                state: Some(SubmissionState::Placed),
                ..Step::default()
            };
            store.record_step(one.id, &step, 1).await.unwrap();
        }
        store.close().await;
        Run::new(bench.run(None)).succeeds();
        bench.judge(&text, "two of four").await;
    });
}

#[test]
fn what_a_killed_merge_left_of_the_draft_is_put_back_and_an_edit_is_not() {
    block_on(async {
        let bench = Bench::new().await;
        Run::new(bench.run(None)).succeeds();
        let text = bench.hosting.world.read(DRAFT);
        let branch = bench.call("update-ref -m press submissions merge HEAD");
        // The checkout itself was broken off: the file is away, empty, or there while the index is old.
        for left in [None, Some("")] {
            bench.again();
            bench.killed(branch, When::Before);
            let path = bench.hosting.world.path(DRAFT);
            match left {
                Some(left) => std::fs::write(&path, left).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
            here(&bench.hosting, &["read-tree", "HEAD"]);
            Run::new(bench.run(None)).succeeds();
            bench.judge(&text, "half a checkout").await;
        }
        // Somebody goes on writing in it.
        bench.again();
        bench.killed(branch, When::Before);
        let edited = text.replace("Hello.", "Hello, gulls.");
        bench.hosting.world.write(DRAFT, &edited);
        let run = Run::new(bench.run(None));
        run.refuses(&[
            "was changed after a merge",
            "git checkout HEAD",
            "nothing was changed",
        ]);
        assert_eq!(bench.hosting.world.read(DRAFT), edited);
        here(
            &bench.hosting,
            &["checkout", "--quiet", "HEAD", "--", DRAFT],
        );
        Run::new(bench.run(None)).succeeds();
        bench.judge(&text, "after an edit").await;
        // Git was killed too, and has left its lock.
        bench.again();
        bench.killed(branch, When::Before);
        bench.hosting.world.write(".git/index.lock", "");
        Run::new(bench.run(None)).refuses(&["index.lock", "run the same command again"]);
        std::fs::remove_file(bench.hosting.world.path(".git/index.lock")).unwrap();
        Run::new(bench.run(None)).succeeds();
        bench.judge(&text, "after a lock").await;
    });
}
