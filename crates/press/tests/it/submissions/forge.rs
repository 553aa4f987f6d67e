//! A forge with pull requests: what it says comes out of a real repository, and it answers as GitHub does.

use super::{DRAFT, world};
use crate::collect::settings;
use crate::questions;
use crate::server::{Asked, Reply, Server, send};
use crate::world::World;
use press::config::{Config, Secrets};
use press::http::{Http, Settings};
use press::pipeline::submissions::Desk;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// Runs Git as somebody.
pub(super) fn git(folder: &Path, name: &str, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args([
            "-c",
            "protocol.file.allow=always",
            "-c",
            "commit.gpgSign=false",
        ])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs([
            ("GIT_AUTHOR_NAME", name),
            ("GIT_COMMITTER_NAME", name),
            ("GIT_AUTHOR_EMAIL", &format!("{name}@people.example")),
            ("GIT_COMMITTER_EMAIL", &format!("{name}@people.example")),
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "git {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A pull request of the forge.
#[derive(Clone, Debug)]
struct Pull {
    number: i64,
    author: String,
    open: bool,
}

/// What the forge has.
pub(super) struct Hosted {
    bare: PathBuf,
    pulls: Mutex<Vec<Pull>>,
    pub(super) comments: Mutex<Vec<(i64, i64, String)>>,
}

impl Hosted {
    fn head(&self, number: i64) -> String {
        git(
            &self.bare,
            "forge",
            &["rev-parse", &format!("refs/pull/{number}/head")],
        )
    }

    fn pull(&self, pull: &Pull) -> Value {
        json!({
            "number": pull.number,
            "title": format!("A link of {}", pull.author),
            "state": if pull.open { "open" } else { "closed" },
            "draft": false,
            "user": { "login": pull.author, "id": 7, "type": "User" },
            "head": { "sha": self.head(pull.number), "ref": "patch-1" },
            "base": { "sha": git(&self.bare, "forge", &["rev-parse", "main"]), "ref": "main" },
        })
    }

    fn compare(&self, range: &str) -> Value {
        let (base, head) = range.split_once("...").unwrap();
        let parted = git(&self.bare, "forge", &["merge-base", base, head]);
        let files = git(
            &self.bare,
            "forge",
            &["diff", "--name-status", &parted, head],
        );
        let files = files.lines().map(|line| {
            let (status, path) = line.split_once('\t').unwrap();
            let status = match status {
                "A" => "added",
                "D" => "removed",
                _ => "modified",
            };
            json!({ "filename": path, "status": status })
        });
        json!({ "merge_base_commit": { "sha": parted }, "files": files.collect::<Vec<_>>() })
    }

    fn reply(&self, asked: &Asked) -> Reply {
        if !asked.headers.contains("authorization: bearer hush") {
            return send(
                401,
                "",
                &json!({ "message": "Bad credentials" }).to_string(),
            );
        }
        if let Some(fault) = questions::fault(asked) {
            return send(400, "", &json!({ "message": fault }).to_string());
        }
        let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        let rest = path.strip_prefix("/repos/gull/weekly/").unwrap();
        let parts: Vec<&str> = rest.split('/').collect();
        let body = match (asked.method.as_str(), parts.as_slice()) {
            ("GET", ["pulls"]) => return self.list(asked, query),
            ("GET", ["pulls", number]) => {
                let pulls = self.pulls.lock().unwrap();
                let own = pulls.iter().find(|pull| pull.number.to_string() == *number);
                self.pull(own.unwrap())
            }
            ("GET", ["compare", range]) => self.compare(range),
            ("GET", ["contents", ..]) => {
                let commit = query.strip_prefix("ref=").unwrap();
                let path = rest.strip_prefix("contents/").unwrap();
                let text = git(&self.bare, "forge", &["show", &format!("{commit}:{path}")]);
                return send(200, "", &format!("{text}\n"));
            }
            ("GET", ["issues", number, "comments"]) => {
                let comments = self.comments.lock().unwrap();
                let own = comments
                    .iter()
                    .filter(|(_, of, _)| of.to_string() == *number);
                own.map(|(id, _, body)| comment(*id, body)).collect()
            }
            ("POST", ["issues", number, "comments"]) => {
                let mut comments = self.comments.lock().unwrap();
                let id = 1_000 + i64::try_from(comments.len()).unwrap();
                comments.push((id, number.parse().unwrap(), said(asked)));
                return send(201, "", &comment(id, &said(asked)).to_string());
            }
            ("PATCH", ["issues", "comments", id]) => {
                let mut comments = self.comments.lock().unwrap();
                let own = comments.iter_mut().find(|(own, ..)| own.to_string() == *id);
                let own = own.unwrap();
                own.2 = said(asked);
                comment(own.0, &own.2)
            }
            other => panic!("{other:?}"),
        };
        send(200, "content-type: application/json\r\n", &body.to_string())
    }

    /// Two pull requests a page, and nothing if they are as they were.
    fn list(&self, asked: &Asked, query: &str) -> Reply {
        let page: usize = query
            .rsplit_once("&page=")
            .map_or(1, |(_, page)| page.parse().unwrap());
        let all = self.pulls.lock().unwrap().clone();
        let open: Vec<&Pull> = all.iter().filter(|pull| pull.open).collect();
        let own = open.iter().skip((page - 1) * 2).take(2);
        let body = json!(own.map(|pull| self.pull(pull)).collect::<Vec<_>>()).to_string();
        let tag = format!(
            "\"{:x}\"",
            body.len() * 31 + body.bytes().map(usize::from).sum::<usize>()
        );
        if asked.headers.contains(&format!("if-none-match: {tag}")) {
            return send(304, "", "");
        }
        let host = asked
            .headers
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .unwrap();
        let next = match open.len() > page * 2 {
            true => format!(
                "link: <http://{host}/repos/gull/weekly/pulls?state=open&per_page=100&page={}>; rel=\"next\"\r\n",
                page + 1
            ),
            false => String::new(),
        };
        send(
            200,
            &format!("content-type: application/json\r\netag: {tag}\r\n{next}"),
            &body,
        )
    }
}

fn comment(id: i64, body: &str) -> Value {
    json!({ "id": id, "body": body, "user": { "login": "press", "type": "Bot" }, "author_association": "NONE" })
}

fn said(asked: &Asked) -> String {
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    body["body"].as_str().unwrap().to_owned()
}

/// A newsletter in a repository, a forge that has a copy of it with pull requests, and somebody who works there.
pub(super) struct Hosting {
    pub(super) world: World,
    pub(super) hosted: Arc<Hosted>,
    pub(super) server: Server,
    pub(super) bare: PathBuf,
    pub(super) http: Http,
    contributors: TempDir,
}

impl Hosting {
    pub(super) fn new() -> Hosting {
        let world = world();
        let contributors = tempfile::tempdir().unwrap();
        let bare = contributors.path().join("forge.git");
        std::fs::create_dir(&bare).unwrap();
        git(
            &bare,
            "forge",
            &["init", "--quiet", "--bare", "--initial-branch=main"],
        );
        world.write(".gitignore", "data/\nsite/\n.press/\n");
        let folder = world.folder();
        git(folder, "eve", &["init", "--quiet", "--initial-branch=main"]);
        git(folder, "eve", &["config", "user.name", "Eve"]);
        git(
            folder,
            "eve",
            &["config", "user.email", "eve@people.example"],
        );
        git(folder, "eve", &["add", "."]);
        git(folder, "eve", &["commit", "--quiet", "-m", "Begin"]);
        git(
            folder,
            "eve",
            &["remote", "add", "origin", bare.to_str().unwrap()],
        );
        git(folder, "eve", &["push", "--quiet", "origin", "main"]);
        let hosted = Arc::new(Hosted {
            bare: bare.clone(),
            pulls: Mutex::default(),
            comments: Mutex::default(),
        });
        let forge = Arc::clone(&hosted);
        let server = Server::start(move |asked| forge.reply(asked));
        let settings = Settings {
            cache: Some(contributors.path().join("cache")),
            ..settings(server.address)
        };
        Hosting {
            http: Http::new(settings).unwrap(),
            world,
            hosted,
            server,
            bare,
            contributors,
        }
    }

    /// Opens a pull request, or changes one: `edit` makes the draft on `main` what its author wants.
    pub(super) fn propose(
        &self,
        number: i64,
        author: &str,
        edit: impl Fn(&str) -> String,
    ) -> String {
        let name = format!("{author}-{number}");
        let folder = self.contributors.path().join(&name);
        if !folder.exists() {
            let bare = self.bare.to_str().unwrap();
            git(
                self.contributors.path(),
                author,
                &["clone", "--quiet", bare, &name],
            );
        }
        let path = folder.join(DRAFT);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, edit(&text)).unwrap();
        git(
            &folder,
            author,
            &["commit", "--quiet", "-a", "-m", "A link"],
        );
        let to = format!("+HEAD:refs/pull/{number}/head");
        git(&folder, author, &["push", "--quiet", "origin", &to]);
        let mut pulls = self.hosted.pulls.lock().unwrap();
        if pulls.iter().all(|pull| pull.number != number) {
            pulls.push(Pull {
                number,
                author: author.to_owned(),
                open: true,
            });
        }
        drop(pulls);
        self.hosted.head(number)
    }

    /// Adds a line to the section of links.
    pub(super) fn link(&self, number: i64, author: &str, line: &str) -> String {
        self.propose(number, author, |text| {
            text.replacen("\n\n## Up", &format!("\n{line}\n\n## Up"), 1)
        })
    }

    pub(super) fn close(&self, number: i64) {
        let mut pulls = self.hosted.pulls.lock().unwrap();
        let own = pulls.iter_mut().find(|pull| pull.number == number);
        own.unwrap().open = false;
    }

    pub(super) fn secrets(&self) -> Secrets {
        Secrets::given([("GITHUB_TOKEN", "hush"), ("PRESS_WEBHOOK_SECRET", "shared")])
    }

    pub(super) async fn desk(&self) -> Desk {
        Desk::open(&Config::load(self.world.folder(), None).unwrap())
            .await
            .unwrap()
    }
}
