//! The commands beside `build`: what they print, what they make, what they serve, what they leave alone.

use crate::world::{
    Answer, World, assert_same_tree, get, issue, issue_path, press, press_in, tree, wait_for,
};
use press::pipeline::scaffold::SAMPLE;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

/// The Weekly Gull with a draft and a heading that nobody knows.
fn gulls() -> World {
    let world = World::new(2);
    world.edit(
        &issue_path(2),
        "## Changes",
        "## Strange News\n\n1. first\n   - [nested](https://x.example/)\n\n## Changes",
    );
    world.write("draft/003.md", issue(3));
    world.write("content/notes.txt", "not an issue");
    world
}

#[test]
fn issues_are_listed_as_text() {
    let run = press_in(gulls().folder(), &["issue", "list"]).succeeds();
    insta::assert_snapshot!("list_text", run.out);
    assert!(run.err.contains("notes.txt is skipped"), "{}", run.err);
}

#[test]
fn issues_are_listed_as_json() {
    let run = press_in(gulls().folder(), &["issue", "list", "--format", "json"]).succeeds();
    insta::assert_snapshot!("list_json", run.out);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&run.out)
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn unknown_headings_are_listed_with_their_places() {
    let run = press_in(gulls().folder(), &["issue", "list", "--unknown"]).succeeds();
    assert_eq!(run.out, "./content/002.md:14: Strange News\n");
}

#[test]
fn an_issue_is_shown_as_text() {
    let run = press_in(gulls().folder(), &["issue", "show", "2"]).succeeds();
    insta::assert_snapshot!("show_text", run.out);
}

#[test]
fn an_issue_is_shown_as_json() {
    let run = press_in(
        gulls().folder(),
        &["issue", "show", "2", "--format", "json"],
    )
    .succeeds();
    insta::assert_snapshot!("show_json", run.out);
    serde_json::from_str::<serde_json::Value>(&run.out).unwrap();
}

#[test]
fn an_issue_is_found_by_number_path_and_word() {
    let world = gulls();
    for (wanted, path) in [
        ("1", "001.md"),
        ("#2", "002.md"),
        ("latest", "002.md"),
        ("draft", "003.md"),
        ("content/001.md", "001.md"),
    ] {
        let run = press_in(world.folder(), &["issue", "show", wanted]).succeeds();
        let first = run.out.lines().next().unwrap();
        assert!(first.ends_with(path), "{wanted}: {first}");
    }
}

#[test]
fn a_new_newsletter_builds_at_once() {
    for name in [
        "This Week in Something",
        "Bob's \"Weekly\" \\ <Gull> & Co — ünïcode 🦀",
        "'",
        "\"\"\"",
        "日本",
    ] {
        let world = World::empty();
        press_in(world.folder(), &["init", "new", "--name", name]).succeeds();
        let files = world.tree("new");
        for path in [
            "press.toml",
            "draft-template.md",
            "README.md",
            "pages/about.md",
            ".gitignore",
        ] {
            assert!(files.contains_key(path), "{name}: {path}");
        }
        assert!(files.keys().any(|path| path.starts_with("draft/")));
        press_in(world.folder(), &["-C", "new", "build"]).succeeds();
        let run = press_in(
            world.folder(),
            &["-C", "new", "issue", "show", "draft", "--format", "json"],
        )
        .succeeds();
        let draft: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(draft["number"], 1, "{name}");
        assert_eq!(draft["title"], format!("{name} 1"));
        assert_eq!(draft["findings"], serde_json::json!([]), "{name}");
        let unknown = draft["sections"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|section| section["id"].is_null())
            .count();
        assert_eq!(unknown, 0, "{name}: {}", run.out);
        assert!(draft["sections"].as_array().unwrap().len() > 5);
        // The draft is published by moving it; then it is on the site.
        let path = files
            .keys()
            .find(|path| path.starts_with("draft/"))
            .unwrap();
        fs::rename(
            world.path("new").join(path),
            world.path("new/content/001.md"),
        )
        .unwrap();
        press_in(world.folder(), &["-C", "new", "build"]).succeeds();
        assert!(world.path("new/site/issues/1/index.html").is_file());
    }
}

#[test]
fn a_filled_folder_is_refused() {
    let world = World::empty();
    world.write("new/precious.txt", "precious");
    let before = world.tree(".");
    press_in(world.folder(), &["init", "new"])
        .refuses(&["new is not empty", "nothing was written"]);
    press_in(world.folder(), &["demo", "--dir", "new"]).refuses(&["new is not empty"]);
    world.write("file", "x");
    press_in(world.folder(), &["init", "file"]).refuses(&["file"]);
    fs::remove_file(world.path("file")).unwrap();
    assert_same_tree(&before, &world.tree("."));
    for name in ["", "  ", "two\nlines"] {
        press_in(world.folder(), &["init", "other", "--name", name]).refuses(&["one line of text"]);
    }
    assert_same_tree(&before, &world.tree("."));
}

#[test]
fn a_fresh_repository_is_as_good_as_an_empty_folder() {
    let world = World::empty();
    world.write("new/.git/HEAD", "ref: refs/heads/main\n");
    press_in(world.folder(), &["init", "new"]).succeeds();
    assert_eq!(world.read("new/.git/HEAD"), "ref: refs/heads/main\n");
}

#[test]
fn the_sample_newsletter_is_that_of_the_examples() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/this-week-in-tern");
    let mut files = tree(&folder);
    files.retain(|path, _| !path.starts_with("site/") && !path.starts_with(".press/"));
    let embedded: BTreeMap<String, Vec<u8>> = SAMPLE
        .iter()
        .map(|(path, content)| ((*path).to_owned(), content.as_bytes().to_vec()))
        .collect();
    assert_same_tree(&files, &embedded);
}

#[test]
fn every_heading_of_the_sample_is_known() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/this-week-in-tern");
    let run = press_in(&folder, &["issue", "list", "--format", "json"]).succeeds();
    let issues: Vec<serde_json::Value> = serde_json::from_str(&run.out).unwrap();
    assert!(issues.len() >= 12);
    for issue in issues {
        assert_eq!(issue["unknown"], serde_json::json!([]), "{}", issue["path"]);
    }
}

/// A program that serves, with what it has said so far. It is ended when the test is over, however that goes.
struct Server {
    child: Child,
    said: Arc<Mutex<String>>,
    address: String,
    base: String,
}

impl Server {
    fn start(mut command: Command) -> Server {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (lines, heard) = (
            BufReader::new(child.stderr.take().unwrap()).lines(),
            said.clone(),
        );
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                heard.lock().unwrap().extend([line.as_str(), "\n"]);
            }
        });
        let url = wait_for("the address", || {
            let said = said.lock().unwrap();
            assert!(!said.contains("error:"), "{said}");
            let at = said.find("http://127.0.0.1:")?;
            said[at..].split_whitespace().next().map(str::to_owned)
        });
        let (address, base) = url
            .strip_prefix("http://")
            .unwrap()
            .split_once('/')
            .unwrap();
        Server {
            address: address.to_owned(),
            base: format!("/{base}"),
            child,
            said,
        }
    }

    fn get(&self, path: &str) -> Answer {
        get(&self.address, path)
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    fn version(&self, since: u64) -> (u64, serde_json::Value) {
        let answer = self.get(&format!("/-/changes?since={since}"));
        let change: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        (change["version"].as_u64().unwrap(), change["error"].clone())
    }

    /// Waits for changes until a page shows `text`.
    fn shows(&self, path: &str, text: &str, mut version: u64) -> u64 {
        wait_for(text, || {
            if self.get(path).body.contains(text) {
                return Some(());
            }
            version = self.version(version).0;
            None
        });
        version
    }

    /// Ctrl-C.
    #[cfg(unix)]
    fn interrupt(mut self) -> ExitStatus {
        let sent = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        wait_for("the end of the program", || self.child.try_wait().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The mail stands beside the page: light and dark, of any choice, and as the text is now.
#[test]
fn the_preview_shows_the_mail() {
    let world = World::new(2);
    let mut command = press();
    command
        .arg("-C")
        .arg(world.folder())
        .args(["serve", "--port", "0"]);
    let server = Server::start(command);
    let page = server.get("/issues/2/").body;
    assert!(page.contains("/-/mail?page=/issues/2/"), "{page}");
    let beside = server
        .get("/-/mail?page=%2Fissues%2F2%2F&without=links")
        .body;
    assert_eq!(
        beside
            .matches("<iframe sandbox src=\"/-/mail/look?page=")
            .count(),
        4,
        "{beside}"
    );
    assert!(
        beside.contains("value=\"links\" checked") && beside.contains("Plain text"),
        "{beside}"
    );
    let look = |query: &str| {
        server
            .get(&format!("/-/mail/look?page=/issues/2/&{query}"))
            .body
    };
    let (light, dark) = (look("look=light"), look("look=dark"));
    assert!(
        light.contains("@media not all") && dark.contains("@media all"),
        "{light}"
    );
    world.write_now(
        "content/2026-01-08-gull.md",
        "Title: Gulls\nNumber: 9\nDate: 2026-01-08\n\nNews of *today*.\n",
    );
    let fresh = server.get("/-/mail/look?page=/issues/9/&look=light").body;
    assert!(fresh.contains("News of <em>today</em>"), "{fresh}");
    assert!(
        server
            .get("/-/mail?page=/nowhere/")
            .body
            .contains("no issue stands at /nowhere/")
    );
    // Without a page it is the newest issue, and the draft once there is one.
    let newest = server.get("/-/mail?without=links");
    assert_eq!(newest.status, 307);
    let location = "location: /-/mail?page=%2fissues%2f9%2f&without=links";
    assert!(newest.head.contains(location), "{}", newest.head);
    world.write_now("draft/003.md", issue(3));
    let draft = server.get("/-/mail").head;
    assert!(draft.contains("page=%2fissues%2f3%2f"), "{draft}");
    let strange = server.get("/-/mail/look?page=%3Cb%3E");
    assert!(
        strange.status == 404 && strange.body.contains("&lt;b&gt;"),
        "{strange:?}"
    );
}

#[cfg(unix)]
#[test]
fn the_demo_shows_a_newsletter_and_follows_its_draft() {
    let world = World::empty();
    // A repository that the folder happens to be in is none of the demo's business.
    let repository = ["init", "--quiet"];
    let git = Command::new("git")
        .args(repository)
        .current_dir(world.folder())
        .status();
    assert!(git.unwrap().success());
    let before = world.tree(".git");
    let mut command = press();
    command
        .current_dir(world.folder())
        .args(["demo", "--dir", "here", "--port", "0"]);
    let server = Server::start(command);
    assert!(
        server.said().contains("A sample newsletter is in here"),
        "{}",
        server.said()
    );
    // The whole week was gone through before.
    let said = server.said();
    assert!(said.contains("the draft was checked: 0 to mend"), "{said}");
    for step in [
        "  gate      what must hold beforehand: ",
        "  promote   move it from draft/2026-11-19-this-week-in-tern.md",
        "  deploy    put the site: folder: ",
        "  verify    read 5 pages and feeds back: as made",
        "  send      mail it to 8 people: 8 sent",
        "  announce  post it: ",
        "  next      the draft of 2026-11-26",
    ] {
        assert!(said.contains(step), "{step:?} is not in\n{said}");
    }
    let page = world.read("here/public/issues/53/index.html");
    assert!(page.contains("This Week in Tern 53"));
    assert_eq!(world.tree("here/data/outbox/new").len(), 8);
    assert_eq!(world.tree("here/data/announced").len(), 1);
    let home = server.get(&server.base);
    assert_eq!(home.status, 200);
    assert!(home.head.contains("text/html") && home.body.contains("This Week in Tern"));
    assert!(home.body.contains("/-/live.js"));
    assert_eq!(server.get("/-/live.js").status, 200);
    assert_eq!(server.get("/nowhere/").status, 404);
    assert_eq!(server.get("/issues/52").status, 308);
    assert_eq!(server.get("/../../../../etc/passwd").status, 404);
    assert_eq!(server.get("/%2e%2e/%2e%2e/press.toml").status, 404);
    assert!(server.get("/atom.xml").head.contains("xml"));
    let (version, _) = server.version(0);
    let path = "here/draft/2026-11-26-this-week-in-tern.md";
    world.write_now(
        path,
        world
            .read(path)
            .replacen("\n\n", "\n\nA gull was here.\n\n", 1),
    );
    server.shows("/", "A gull was here.", version);
    assert!(
        wait_for("the report", || Some(server.said())
            .filter(|said| said.contains("pages built")))
        .contains(" ms")
    );
    assert_eq!(server.interrupt().code(), Some(0));
    assert_eq!(
        fs::read_dir(world.folder()).unwrap().count(),
        2,
        "nothing is written beside the demo's folder"
    );
    assert_same_tree(&before, &world.tree(".git"));
    // The site of the demo shows what is published, and a second demo uses the folder again.
    assert!(!world.read("here/site/index.html").contains("live.js"));
    assert!(
        !world
            .read("here/site/index.html")
            .contains("A gull was here.")
    );
    let mut command = press();
    command
        .current_dir(world.folder())
        .args(["demo", "--dir", "here", "--port", "0"]);
    let server = Server::start(command);
    assert!(!server.get("/").body.contains("A gull was here."));
    assert_eq!(server.interrupt().code(), Some(0));
}

#[cfg(unix)]
#[test]
fn the_preview_follows_texts_configuration_and_mistakes() {
    let world = World::new(3);
    world.write("draft/004.md", issue(4));
    let before = world.tree(".");
    let server = Server::start(world.command(&["serve", "--port", "0"]));
    assert!(
        server.said().contains("draft: /issues/4/"),
        "{}",
        server.said()
    );
    assert!(
        server
            .get("/issues/4/")
            .body
            .contains("<strong>Draft.</strong>")
    );
    let (mut version, error) = server.version(0);
    assert!(error.is_null());
    world.write_now(
        &issue_path(2),
        issue(2).replace("What gulls eat", "What gulls sing"),
    );
    version = server.shows("/issues/2/", "What gulls sing", version);
    // A mistake is told, and the last good page stays.
    world.write_now(&issue_path(2), issue(2).replace("Date: 2025", "Date: soon"));
    let error = wait_for("the mistake", || {
        let (next, error) = server.version(version);
        version = next;
        error.as_str().map(str::to_owned)
    });
    assert!(error.contains("002.md:3"), "{error}");
    assert!(server.get("/issues/2/").body.contains("What gulls sing"));
    world.write_now(
        &issue_path(2),
        issue(2).replace("What gulls eat", "What gulls dream"),
    );
    version = server.shows("/issues/2/", "What gulls dream", version);
    assert!(server.version(0).1.is_null(), "the mistake is forgotten");
    world.write_now(
        "press.toml",
        world
            .read("press.toml")
            .replace("The Weekly Gull", "The Daily Gull"),
    );
    version = server.shows("/", "The Daily Gull", version);
    world.write_now(&issue_path(5), issue(5));
    version = server.shows("/issues/5/", "A gull in flight 5", version);
    fs::remove_file(world.path(&issue_path(5))).unwrap();
    wait_for("the page to go", || {
        if server.get("/issues/5/").status == 404 {
            return Some(());
        }
        version = server.version(version).0;
        None
    });
    assert_eq!(server.interrupt().code(), Some(0));
    let mut after = world.tree(".");
    after.retain(|path, _| !path.starts_with(".press/"));
    let changed = crate::world::changed(&before, &after);
    assert_eq!(
        changed,
        [issue_path(2).as_str(), "press.toml"],
        "the site itself is not written by a preview"
    );
}

#[cfg(unix)]
#[test]
fn a_preview_follows_folders_that_come_later() {
    let world = World::new(2);
    let server = Server::start(world.command(&["serve", "--port", "0"]));
    let (version, _) = server.version(0);
    world.write_now("draft/004.md", issue(4));
    let version = server.shows("/issues/4/", "A gull in flight 4", version);
    // What comes into the new folder is followed, too.
    world.write_now("draft/005.md", issue(5));
    let version = server.shows("/issues/5/", "A gull in flight 5", version);
    fs::remove_dir_all(world.path("draft")).unwrap();
    wait_for("the draft to go", || {
        (server.get("/issues/5/").status == 404).then_some(())
    });
    world.write_now("draft/006.md", issue(6));
    let version = server.shows("/issues/6/", "A gull in flight 6", version);
    world.write_now("draft/007.md", issue(7));
    server.shows("/issues/7/", "A gull in flight 7", version);
    assert_eq!(server.interrupt().code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_preview_of_a_site_in_a_folder_answers_there() {
    let world = World::new(2);
    world.edit(
        "press.toml",
        "https://gull.example",
        "https://gull.example/weekly",
    );
    let server = Server::start(world.command(&["serve", "--port", "0"]));
    assert_eq!(server.base, "/weekly/");
    assert!(
        server
            .get("/weekly/issues/2/")
            .body
            .contains("A gull in flight 2")
    );
    assert_eq!(server.interrupt().code(), Some(0));
}

#[test]
fn a_port_that_is_taken_is_told() {
    let world = World::new(1);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    world.press(&["serve", "--port", &port]).refuses(&[
        "cannot listen on 127.0.0.1",
        &port,
        "--port",
    ]);
}

/// What commands say of arguments that are written wrongly: what would be right.
#[test]
fn what_is_written_wrongly_is_told_how_it_is_written() {
    let world = World::new(1);
    for (arguments, said) in [
        ("submissions show x", "named by its number, as s12"),
        ("submissions show -1", "named by its number, as s12"),
        ("submissions move 1 --to -5", "from 1 to 1000000"),
        ("submissions move 1 --to 0", "from 1 to 1000000"),
        ("submissions snooze 1 --until tomorrow", "2026-11-19"),
        ("submissions answer abc", "named by its number, as 12"),
        ("submissions answer -- -1", "named by its number, as 12"),
        ("inbox show -1", "12 is a candidate, s12 is a submission"),
        ("inbox move s1 --to soon", "from 1 to 1000000"),
        ("take 12abc", "12 is a candidate, s12 is a submission"),
        ("drop s", "12 is a candidate, s12 is a submission"),
        ("vote own x", "as `press vote list` shows it"),
        ("vote drop -3", "as `press vote list` shows it"),
        ("vote place --pick 0", "as `press vote list` shows it"),
        ("vote tally --issue 0", "from 1 to 1000000"),
        ("drop 1 --by=", "at least one letter"),
        ("submissions accept s1 --by=", "at least one letter"),
        ("vote nominate pick x --by=", "at least one letter"),
        (
            "vote nominate pick x --by Ada --at nowhere",
            "is no address of the web",
        ),
        ("doctor --address 1.2.3", "192.0.2.7"),
        ("doctor --resolver nowhere", "9.9.9.9"),
        ("server --listen localhost:8080", "127.0.0.1:8080"),
        ("server --listen 8080", "127.0.0.1:8080"),
        ("backup x.gz --keep 0", "0 is not in 1.."),
        ("suggest notaurl", "is no address of the web"),
    ] {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let run = world.press(&arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.err);
        assert!(run.err.contains(said), "{arguments:?}: {}", run.err);
        assert!(run.out.is_empty(), "{arguments:?}: {}", run.out);
    }
    assert!(!world.path("data").exists(), "nothing was made");
}

#[test]
fn a_site_that_is_not_there_is_not_served() {
    let world = World::new(1);
    fs::create_dir(world.path("empty")).unwrap();
    for odd in ["nowhere", "empty", "press.toml"] {
        let folder = world.path(odd);
        let run = world.press(&["server", "--site", folder.to_str().unwrap()]);
        run.refuses(&[
            "there is no site in",
            "press build --out",
            "no server was started",
        ]);
    }
}
