//! The newsletter's repository, through the `git` program: so everything is signed, filtered and hooked as its user has it.

use crate::error::{Error, Result};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// How often, and after which pauses, what is locked is tried again: two seconds in all.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// A repository.
#[derive(Debug)]
pub struct Git {
    folder: PathBuf,
    /// The index that is used instead of the user's.
    index: Option<PathBuf>,
    /// Settings that hold here, besides those of the user.
    settings: Vec<String>,
}

impl Git {
    /// The repository that a folder is in.
    pub fn of(folder: &Path) -> Result<Git> {
        let here = Git {
            folder: folder.to_owned(),
            index: None,
            settings: Vec::new(),
        };
        let top = here
            .run(&["rev-parse", "--show-toplevel"], None)
            .map_err(|error| {
                error.help("this is done with Git: the newsletter's folder must be in a repository")
            })?;
        Ok(Git {
            folder: top.into(),
            ..here
        })
    }

    /// A bare repository of our own, made if it is not there, with the settings of another: who commits, how one logs in.
    pub fn bare(folder: &Path, like: Option<&Git>) -> Result<Git> {
        if !folder.join("HEAD").is_file() {
            let init = Git {
                folder: PathBuf::from("."),
                index: None,
                settings: Vec::new(),
            };
            let name = folder.to_string_lossy();
            init.run(&["init", "--quiet", "--bare", "--", &name], None)?;
        }
        let bare = Git {
            folder: folder.to_owned(),
            index: None,
            settings: Vec::new(),
        };
        let common = ["rev-parse", "--path-format=absolute", "--git-common-dir"];
        Ok(match like.and_then(|like| like.run(&common, None).ok()) {
            Some(common) => bare.with_setting("include.path", &format!("{common}/config")),
            None => bare,
        })
    }

    /// The same with a setting.
    pub fn with_setting(mut self, name: &str, value: &str) -> Git {
        self.settings.push(format!("{name}={value}"));
        self
    }

    /// The same with an index of its own, so that the user's stays as it is.
    pub fn with_index(&self, index: PathBuf) -> Git {
        Git {
            folder: self.folder.clone(),
            index: Some(index),
            settings: self.settings.clone(),
        }
    }

    /// The folder that the repository's files are in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder that Git keeps its own things in, for this working tree.
    pub fn private_folder(&self) -> Result<PathBuf> {
        let folder = self.run(&["rev-parse", "--absolute-git-dir"], None)?;
        Ok(folder.into())
    }

    fn output(&self, arguments: &[&str], input: Option<&str>) -> std::io::Result<Output> {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.folder);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        command.args(arguments);
        if let Some(index) = &self.index {
            command.env("GIT_INDEX_FILE", index);
        }
        // Nobody answers questions here.
        command.env("GIT_TERMINAL_PROMPT", "0");
        command.stdin(if input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let stdin = child.stdin.take();
        std::thread::scope(|scope| {
            // Git may answer before it has heard all; nobody may wait for the other.
            let written = scope.spawn(move || match (input, stdin) {
                (Some(text), Some(mut stdin)) => stdin.write_all(text.as_bytes()),
                _ => Ok(()),
            });
            let output = child.wait_with_output()?;
            let written = written.join().unwrap_or(Ok(()));
            // What Git did not want to hear is explained by what it says.
            if output.status.success() {
                written?;
            }
            Ok(output)
        })
    }

    /// What a command says, without white space around it; an error if it fails.
    pub fn run(&self, arguments: &[&str], input: Option<&str>) -> Result<String> {
        let said = self.run_with(arguments, input)?;
        Ok(said.trim().to_owned())
    }

    /// All of what a command says.
    pub fn run_whole(&self, arguments: &[&str]) -> Result<String> {
        self.run_with(arguments, None)
    }

    /// Locks are waited for: another Git, perhaps that of a program that was killed, may have them for a moment.
    fn run_with(&self, arguments: &[&str], input: Option<&str>) -> Result<String> {
        let is_locked = |error: &Error| {
            let message = error.message();
            message.contains(".lock'") || message.contains("cannot lock ref")
        };
        for _ in 0..LOCK_TRIES {
            match self.try_with(arguments, input) {
                Err(error) if is_locked(&error) => std::thread::sleep(LOCK_PAUSE),
                done => return done,
            }
        }
        self.try_with(arguments, input).map_err(|error| {
            error
                .help("if no other Git is at work there, take away the file that ends with `.lock`")
        })
    }

    fn try_with(&self, arguments: &[&str], input: Option<&str>) -> Result<String> {
        let name = arguments.first().copied().unwrap_or_default();
        let failed = || Error::new(format!("`git {name}` failed"));
        let output = self.output(arguments, input).map_err(|cause| {
            failed()
                .because(cause.to_string())
                .help("see whether Git is installed: `git --version`")
        })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said
                .trim()
                .lines()
                .take(6)
                .collect::<Vec<_>>()
                .join("\n           ");
            return Err(failed().because(said));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Whether a command succeeds.
    pub fn says_yes(&self, arguments: &[&str]) -> bool {
        self.output(arguments, None)
            .is_ok_and(|output| output.status.success())
    }

    /// The branch that is checked out; an error if none is.
    pub fn branch(&self) -> Result<String> {
        self.run(&["symbolic-ref", "--quiet", "--short", "HEAD"], None)
    }

    /// Whether the repository has a remote of this name.
    pub fn has_remote(&self, remote: &str) -> bool {
        let url = format!("remote.{remote}.url");
        self.says_yes(&["config", "--get", &url])
    }

    /// Refuses a repository in which something was begun that is not committed.
    pub fn refuse_dirty(&self) -> Result<()> {
        let nothing = "nothing was changed";
        for (name, what) in [
            ("MERGE_HEAD", "merge"),
            ("REBASE_HEAD", "rebase"),
            ("CHERRY_PICK_HEAD", "cherry-pick"),
        ] {
            if self.says_yes(&["rev-parse", "--quiet", "--verify", name]) {
                let error = Error::new(format!("a {what} is under way in the repository"));
                return Err(error
                    .help(format!(
                        "end it: `git {what} --continue`, or `git {what} --abort`"
                    ))
                    .state(nothing));
            }
        }
        let changed = self.run(&["status", "--porcelain", "--untracked-files=no"], None)?;
        if changed.is_empty() {
            return Ok(());
        }
        let files: Vec<&str> = changed
            .lines()
            .filter_map(|line| line.trim().split(' ').next_back())
            .take(5)
            .collect();
        Err(
            Error::new("the repository has changes that are not committed")
                .because(files.join(", "))
                .help("commit them: `git commit -a`; then run the same command again")
                .state(nothing),
        )
    }

    /// The path of a file from the root of the repository; an error if Git does not know it.
    pub fn path_of(&self, file: &Path) -> Result<String> {
        let whole = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        let name = whole.to_string_lossy();
        let found = self.run(
            &[
                "ls-files",
                "-z",
                "--full-name",
                "--error-unmatch",
                "--",
                &name,
            ],
            None,
        );
        let found = found.map_err(|error| {
            error.help(format!(
                "add it to the repository: `git add {}`, `git commit`",
                file.display()
            ))
        })?;
        Ok(found.trim_end_matches('\0').to_owned())
    }

    /// Runs a hook, if there is one.
    pub fn hook(&self, name: &str, arguments: &[&str]) -> Result<()> {
        let mut all = vec!["hook", "run", "--ignore-missing", name];
        if !arguments.is_empty() {
            all.push("--");
            all.extend(arguments);
        }
        let run = self.run(&all, None);
        run.map(|_| ()).map_err(|error| {
            error
                .because(format!("that was the hook `{name}`"))
                .state("nothing was committed")
        })
    }
}
