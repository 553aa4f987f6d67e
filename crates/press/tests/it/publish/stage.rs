//! A newsletter with all that a night needs, on one machine: a bare repository, a host that serves the built site, a relay.

use crate::announce::give_secrets;
use crate::announce::services::Town;
use crate::relay::{Act, Relay, Stage as Moment, say};
use crate::sending::import;
use crate::server::{Asked, Reply, Server, send};
use crate::transport::relay_lines;
use crate::world::{Run, World, issue};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) relay: Relay,
    pub(crate) host: Server,
    others: TempDir,
    refusing: Arc<AtomicBool>,
    shown: Arc<Mutex<(String, String)>>,
    served: Arc<Mutex<PathBuf>>,
    /// The services that hear of an issue, all in one place.
    pub(crate) town: Arc<Town>,
    services: Server,
}

const TEMPLATE: &str = "Title: {{ title }}\nNumber: {{ number }}\nDate: {{ date }}\nCategory: Odd Weeks\n\nHello, this is issue {{ number }}.\n\n## Links\n";

/// The draft that is to go out.
pub(crate) fn draft_path() -> &'static str {
    "draft/003.md"
}

/// Runs Git in the newsletter.
#[track_caller]
pub(crate) fn git(world: &World, arguments: &[&str]) -> String {
    git_in(world.folder(), arguments)
}

#[track_caller]
pub(crate) fn git_in(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "git {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn begin(folder: &Path) {
    git_in(folder, &["init", "--quiet", "--initial-branch=main"]);
    git_in(folder, &["config", "user.name", "Eve"]);
    git_in(folder, &["config", "user.email", "eve@people.example"]);
    git_in(folder, &["config", "commit.gpgSign", "false"]);
}

impl Stage {
    /// Two issues are out, the third is a draft, and so many people read.
    pub(crate) fn new(readers: usize) -> Stage {
        let refusing = Arc::new(AtomicBool::new(false));
        let refuses = Arc::clone(&refusing);
        let relay = Relay::scripted(move |moment| match moment.stage {
            Moment::Greeting if refuses.load(Ordering::SeqCst) => say("421 4.3.2 not now"),
            _ => Act::Go,
        });
        let shown = Arc::new(Mutex::new((String::new(), String::new())));
        let world = World::new(2);
        let served = Arc::new(Mutex::new(world.path("site")));
        let host = host(Arc::clone(&served), Arc::clone(&shown));
        let toml = world
            .read("press.toml")
            .replace("https://gull.example", &format!("http://{}", host.address));
        let toml = toml.replace(
            "[site]\n",
            "[schedule]\nweekday = \"wednesday\"\nfirst-date = \"2025-03-19\"\nfirst-number = 1\n\n\
             [draft]\ntitle = \"The Weekly Gull {number}\"\nfile-name = \"{date}.md\"\n\n\
             [publish]\nlinks = false\nverify = true\nverify-minutes = 0\n\n[site]\n",
        );
        let mail = "[mail]\nfrom = \"Weekly <news@weekly.example>\"\n[sending]\nretry-s = 0\nattempts = 3\n[transport]\nkind = \"smtp\"\n";
        world.write(
            "press.toml",
            format!("{toml}\n{mail}{}", relay_lines(&relay, "connections = 2")),
        );
        world.write("draft-template.md", TEMPLATE);
        world.write(draft_path(), issue(3));
        world.write(".gitignore", "/data/\n/site/\n/.press/\n/people.csv\n");
        let mut people = "email,name,status\n".to_owned();
        for number in 0..readers {
            people.push_str(&format!(
                "reader-{number}@readers.example,Reader {number},confirmed\n"
            ));
        }
        world.write("people.csv", people);
        import(&world, "people.csv");
        let others = tempfile::tempdir().unwrap();
        let town = Arc::new(Town::new());
        git_in(
            others.path(),
            &[
                "init",
                "--quiet",
                "--bare",
                "--initial-branch=main",
                "remote.git",
            ],
        );
        begin(world.folder());
        git(&world, &["add", "."]);
        git(&world, &["commit", "--quiet", "-m", "Begin"]);
        let stage = Stage {
            world,
            relay,
            host,
            others,
            refusing,
            shown,
            served,
            services: {
                let answering = Arc::clone(&town);
                Server::start(move |asked| answering.reply(asked))
            },
            town,
        };
        git(&stage.world, &["remote", "add", "origin", &stage.remote()]);
        git(
            &stage.world,
            &["push", "--quiet", "--set-upstream", "origin", "main"],
        );
        stage
    }

    /// The repository that everybody pushes to.
    pub(crate) fn remote_folder(&self) -> PathBuf {
        self.others.path().join("remote.git")
    }

    fn remote(&self) -> String {
        self.remote_folder().display().to_string()
    }

    pub(crate) fn publish(&self) -> Run {
        self.press(&["publish", "--yes"])
    }

    /// The program, with all secrets.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.world.command(arguments);
        give_secrets(&mut command, &self.town_address());
        command
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "a secret of the tests");
        command
    }

    pub(crate) fn press(&self, arguments: &[&str]) -> Run {
        Run::new(self.command(arguments).output().unwrap())
    }

    /// Where the services are.
    pub(crate) fn town_address(&self) -> String {
        format!("http://{}", self.services.address)
    }

    /// A repository of its own that the site is put into.
    pub(crate) fn pages(&self) -> PathBuf {
        let pages = self.others.path().join("pages.git");
        if !pages.exists() {
            git_in(
                self.others.path(),
                &[
                    "init",
                    "--quiet",
                    "--bare",
                    "--initial-branch=main",
                    "pages.git",
                ],
            );
        }
        pages
    }

    /// The tags that others see.
    pub(crate) fn remote_tags(&self) -> String {
        git_in(&self.remote_folder(), &["tag", "--list"])
    }

    /// The commits that others see, newest first.
    pub(crate) fn remote_log(&self) -> Vec<String> {
        let log = git_in(&self.remote_folder(), &["log", "--format=%s", "main"]);
        log.lines().map(str::to_owned).collect()
    }

    /// Somebody else changes a file, and pushes it.
    pub(crate) fn somebody_pushes(&self, path: &str, text: &str) {
        let clone = self.others.path().join("clone");
        git_in(
            self.others.path(),
            &["clone", "--quiet", &self.remote(), "clone"],
        );
        begin(&clone);
        std::fs::write(clone.join(path), text).unwrap();
        git_in(&clone, &["commit", "--quiet", "--all", "-m", "Meanwhile"]);
        git_in(&clone, &["push", "--quiet", "origin", "main"]);
    }

    /// Somebody else's clone, in which they can commit.
    pub(crate) fn clone_into(&self, folder: &Path) -> PathBuf {
        git_in(folder, &["clone", "--quiet", &self.remote(), "deputy"]);
        let clone = folder.join("deputy");
        git_in(&clone, &["config", "user.name", "Dora"]);
        git_in(&clone, &["config", "user.email", "dora@people.example"]);
        git_in(&clone, &["config", "commit.gpgSign", "false"]);
        clone
    }

    pub(crate) fn hook(&self, name: &str, script: &str) {
        let path = self.world.path(&format!(".git/hooks/{name}"));
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    pub(crate) fn relay_refuses(&self, refusing: bool) {
        self.refusing.store(refusing, Ordering::SeqCst);
    }

    /// Which folder the host shows.
    pub(crate) fn shows(&self, folder: &str) {
        *self.served.lock().unwrap() = self.world.path(folder);
    }

    /// What the host shows instead of a page; nothing for what is there.
    pub(crate) fn host_shows(&self, path: &str, text: &str) {
        *self.shown.lock().unwrap() = (path.to_owned(), text.to_owned());
    }

    /// A text without what is different each time.
    pub(crate) fn masked(&self, text: &str) -> String {
        let address = self.host.address.to_string();
        let text = text.replace(&address, "gull.example");
        let text = text.replace(&self.services.address.to_string(), "town.example");
        let text = text.replace(&self.others.path().display().to_string(), "others");
        let text = text.replace(&self.world.folder().display().to_string(), "…");
        // How many files a site has is no part of these stories.
        let mut parts = text.split(", one of ");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| {
            let rest = part.trim_start_matches(|sign: char| sign.is_ascii_digit());
            format!("{text}, one of many{rest}")
        })
    }
}

/// Serves a folder as plain hosts do.
fn host(served: Arc<Mutex<PathBuf>>, shown: Arc<Mutex<(String, String)>>) -> Server {
    Server::start(move |asked: &Asked| -> Reply {
        let (path, text) = shown.lock().unwrap().clone();
        if asked.path == path && !text.is_empty() {
            return send(200, "Content-Type: text/html\r\n", &text);
        }
        let below = asked.path.trim_start_matches('/');
        let mut file = served.lock().unwrap().join(below);
        if below.is_empty() || below.ends_with('/') {
            file = file.join("index.html");
        }
        match std::fs::read_to_string(&file) {
            Ok(text) => send(200, "Content-Type: text/html\r\n", &text),
            Err(_) => send(404, "", "not here"),
        }
    })
}
