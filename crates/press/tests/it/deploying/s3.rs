//! Buckets: a stand-in of our own that looks at every request, and moto, which others wrote after Amazon.
//!
//! moto is looked for in the Python that `PRESS_PYTHON` names, or `python3`; without it these tests say so and prove less,
//! unless `CI` is set; `.ci/run` installs it.

use super::{
    Tree, a_week_later, dead_links, deploy, newsletter, pages, put_here, site, survives,
    survives_kills,
};
use crate::server::{Asked, Reply, Server, send};
use crate::world::{PATIENCE, World, assert_same_tree, press};
use press::deploy::Told;
use ring::{digest, hmac};
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

fn table(address: &str, more: &str) -> String {
    format!(
        "[[deploy]]\nname = \"bucket\"\nkind = \"s3\"\nbucket = \"weekly\"\nprefix = \"blog\"\nendpoint = \"http://{address}\"\npath-style = true\nregion = \"eu-central-1\"\n{more}"
    )
}

/// The table of a bucket of this name.
pub(crate) fn table_of(address: &str, bucket: &str) -> String {
    table(address, "").replace("weekly", bucket)
}

/// A newsletter whose bucket is at `address`.
fn at(address: &str, more: &str) -> World {
    newsletter(&table(address, more))
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    let bytes = bytes.as_ref().iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// A header; names and values have come in lower case.
fn header<'a>(asked: &'a Asked, name: &str) -> &'a str {
    let start = format!("{name}: ");
    let mut lines = asked.headers.lines();
    lines
        .find_map(|line| line.strip_prefix(&start))
        .unwrap_or_default()
}

/// Whether the request is signed with the secret, worked out from what arrived.
fn is_signed(asked: &Asked) -> bool {
    let mac = |key: &[u8], text: &str| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
    };
    let hash = hex(digest::digest(&digest::SHA256, asked.body.as_bytes()));
    if header(asked, "x-amz-content-sha256") != hash {
        return false;
    }
    let given = header(asked, "authorization");
    let part = |name: &str| {
        let rest = given.split(&format!("{name}=")).nth(1).unwrap_or_default();
        rest.split([',', ' ']).next().unwrap_or_default().to_owned()
    };
    let date = header(asked, "x-amz-date").to_uppercase();
    let names = part("signedheaders");
    let lines: String = names
        .split(';')
        .map(|name| match name {
            "x-amz-date" => format!("{name}:{date}\n"),
            name => format!("{name}:{}\n", header(asked, name)),
        })
        .collect();
    let canonical = format!(
        "{}\n{}\n\n{lines}\n{names}\n{hash}",
        asked.method, asked.path
    );
    let scope = format!("{}/eu-central-1/s3/aws4_request", &date[..8]);
    let hashed = hex(digest::digest(&digest::SHA256, canonical.as_bytes()));
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashed}");
    let key = mac("AWS4a secret of the tests".as_bytes(), &date[..8]);
    let key = mac(&mac(&mac(&key, "eu-central-1"), "s3"), "aws4_request");
    part("signature") == hex(mac(&key, &text))
}

/// What is in the bucket.
#[derive(Default)]
struct Objects {
    all: Mutex<Tree>,
    /// What readers knew when the present deployment began.
    known: Mutex<Tree>,
    puts: Mutex<Vec<String>>,
    kinds: Mutex<Vec<(String, String, String)>>,
}

impl Objects {
    fn below(&self, prefix: &str) -> Tree {
        let all = self.all.lock().unwrap();
        let below = all.iter().filter_map(|(path, bytes)| {
            let path = path.strip_prefix(prefix)?;
            Some((path.to_owned(), bytes.clone()))
        });
        below.collect()
    }

    fn serve(&self, asked: &Asked) -> Reply {
        let path = asked.path.strip_prefix("/weekly/");
        let path = path.expect("the bucket stands in the path").to_owned();
        assert!(path.starts_with("blog/"), "{path} is outside");
        if !is_signed(asked) {
            let text = "<Error><Code>SignatureDoesNotMatch</Code><Message>No</Message></Error>";
            return send(403, "", text);
        }
        let mut all = self.all.lock().unwrap();
        match asked.method.as_str() {
            "GET" => match all.get(&path) {
                Some(bytes) => Reply::Send(crate::server::answer(200, "", bytes)),
                None => send(404, "", "<Error><Code>NoSuchKey</Code></Error>"),
            },
            "PUT" => {
                all.insert(path.clone(), asked.body.clone().into_bytes());
                drop(all);
                let kind = header(asked, "content-type").to_owned();
                let cache = header(asked, "cache-control").to_owned();
                self.kinds.lock().unwrap().push((path.clone(), kind, cache));
                self.puts.lock().unwrap().push(path);
                self.see();
                send(200, "", "")
            }
            "DELETE" => {
                all.remove(&path);
                drop(all);
                self.see();
                send(204, "", "")
            }
            other => panic!("{other}"),
        }
    }

    /// After every request that changed something a reader comes by.
    fn see(&self) {
        let dead = dead_links(&pages(self.below("blog/")), &self.known.lock().unwrap());
        assert_eq!(dead, [""; 0]);
    }
}

/// A stand-in, and what is in it.
fn stand_in() -> (Server, Arc<Objects>) {
    let objects = Arc::new(Objects::default());
    let own = Arc::clone(&objects);
    let server = Server::start(move |asked| own.serve(asked));
    (server, objects)
}

#[test]
fn only_what_changed_goes_out_with_its_type_and_no_reader_finds_a_dead_link() {
    let (server, objects) = stand_in();
    let world = at(&server.address.to_string(), "");
    for week in 1..=4 {
        let old = pages(objects.below("blog/"));
        a_week_later(&world, week);
        *objects.known.lock().unwrap() = super::kept(old, &world);
        deploy(&world, &[]).succeeds();
        assert_same_tree(&pages(objects.below("blog/")), &site(&world));
    }
    let asked = server.asked().len();
    let run = deploy(&world, &[]).succeeds();
    assert!(run.out.contains("nothing to do"), "{run:?}");
    assert_eq!(server.asked().len(), asked + 1, "only the list is read");
    for (ending, kind, cache) in [
        (
            "issues/6/index.html",
            "text/html; charset=utf-8",
            "public, max-age=60",
        ),
        (
            "atom.xml",
            "application/xml; charset=utf-8",
            "public, max-age=60",
        ),
        (
            ".css",
            "text/css; charset=utf-8",
            "public, max-age=31536000, immutable",
        ),
        (".press-manifest.json", "application/json", "no-store"),
    ] {
        let kinds = objects.kinds.lock().unwrap();
        let found = kinds.iter().find(|(path, ..)| path.ends_with(ending));
        let (_, found, kept) = found.expect(ending);
        assert_eq!((found.as_str(), kept.as_str()), (kind, cache), "{ending}");
    }
}

#[test]
fn what_others_put_into_the_bucket_stays() {
    let (server, objects) = stand_in();
    let theirs = [
        ("blog/theirs.txt", "a"),
        ("other/index.html", "b"),
        ("blogs", "c"),
    ];
    for (path, text) in theirs {
        objects
            .all
            .lock()
            .unwrap()
            .insert(path.to_owned(), text.into());
    }
    let world = at(&server.address.to_string(), "");
    deploy(&world, &[]).succeeds();
    a_week_later(&world, 1);
    deploy(&world, &[]).succeeds();
    for (path, text) in theirs {
        assert_eq!(objects.all.lock().unwrap()[path], text.as_bytes());
    }
    assert!(!objects.below("blog/").contains_key("issues/1/index.html"));
}

#[test]
fn odd_names_arrive_under_their_names() {
    let (server, objects) = stand_in();
    let world = at(&server.address.to_string(), "");
    world.build().succeeds();
    for name in ["a b+c.html", "ü~(1)!*'.html", "100%.txt", "-x;=&@,$.html"] {
        world.write(&format!("site/{name}"), "<p>odd");
    }
    deploy(&world, &["--site", "site"]).succeeds();
    let there = objects.below("blog/");
    for path in [
        "a%20b%2Bc.html",
        "%C3%BC~%281%29%21%2A%27.html",
        "100%25.txt",
        "-x%3B%3D%26%40%2C%24.html",
    ] {
        assert!(there.contains_key(path), "{path} in {:?}", there.keys());
    }
}

#[test]
fn requests_at_a_time_are_as_many_as_are_allowed() {
    for connections in [1, 5] {
        let objects = Arc::new(Objects::default());
        let (own, under_way) = (Arc::clone(&objects), Arc::new(AtomicUsize::new(0)));
        let met = Arc::new(std::sync::Barrier::new(connections));
        let (first, all) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&under_way));
        let server = Server::start(move |asked| {
            all.fetch_add(1, Ordering::SeqCst);
            let page = asked.method == "PUT" && asked.path.contains("/issues/");
            // The first few wait for each other: were they not sent at once, they would wait for ever.
            if page && first.fetch_add(1, Ordering::SeqCst) < connections {
                met.wait();
            }
            own.serve(asked)
        });
        let world = at(
            &server.address.to_string(),
            &format!("connections = {connections}\n"),
        );
        deploy(&world, &[]).succeeds();
        println!(
            "{connections} allowed: at most {} at a time, {} requests",
            server.most_waiting(),
            server.asked().len()
        );
        assert_eq!(server.most_waiting(), connections);
        assert_same_tree(&pages(objects.below("blog/")), &site(&world));
    }
}

#[test]
fn storage_that_is_busy_is_asked_again() {
    let objects = Arc::new(Objects::default());
    let own = Arc::clone(&objects);
    let server = Server::start(move |asked| match asked.before {
        0 if asked.method == "PUT" => match asked.path.len() % 3 {
            0 => send(503, "", "<Error><Code>SlowDown</Code></Error>"),
            1 => send(500, "", "<Error><Code>InternalError</Code></Error>"),
            _ => Reply::SendAndClose(Vec::new()),
        },
        _ => own.serve(asked),
    });
    let world = at(&server.address.to_string(), "");
    deploy(&world, &[]).succeeds();
    assert_same_tree(&pages(objects.below("blog/")), &site(&world));
}

#[test]
fn a_request_that_is_not_answered_is_made_again() {
    let objects = Arc::new(Objects::default());
    let own = Arc::clone(&objects);
    let server = Server::start(move |asked| {
        let lost = asked.method == "PUT" && asked.path.ends_with("/atom.xml");
        match asked.before {
            0 if lost => Reply::Silence,
            _ => own.serve(asked),
        }
    });
    let world = at(&server.address.to_string(), "timeout-s = 1\n");
    deploy(&world, &[]).succeeds();
    assert_same_tree(&pages(objects.below("blog/")), &site(&world));
}

#[test]
fn refusals_say_what_helps() {
    for (status, code, part) in [
        (403, "AccessDenied", "s3:ListBucket"),
        (
            403,
            "InvalidAccessKeyId",
            "check the key in the environment",
        ),
        (403, "RequestTimeTooSkewed", "set the clock"),
        (404, "NoSuchBucket", "press makes no buckets"),
        (301, "PermanentRedirect", "check `region` and `endpoint`"),
        (
            400,
            "AuthorizationHeaderMalformed",
            "check `region` and `endpoint`",
        ),
    ] {
        let text = format!("<Error><Code>{code}</Code><Message>so \u{7} it is</Message></Error>");
        let server = Server::start(move |_| send(status, "", &text));
        let world = at(&server.address.to_string(), "");
        let run = deploy(&world, &[]);
        assert_eq!(run.code, Some(1));
        for part in [part, code, "so   it is", "s3://weekly/blog/"] {
            assert!(run.err.contains(part), "{part}: {run:?}");
        }
        assert!(!format!("{run:?}").contains("a secret of the tests"));
    }
    // In the middle: what is out, and what is not.
    let objects = Arc::new(Objects::default());
    let own = Arc::clone(&objects);
    let server = Server::start(move |asked| match asked.path.contains("/issues/4/") {
        true => send(403, "", "<Error><Code>AccessDenied</Code></Error>"),
        false => own.serve(asked),
    });
    let world = at(&server.address.to_string(), "");
    let run = deploy(&world, &[]);
    assert!(
        run.err
            .contains("files are out, and all pages there work; the same command"),
        "{run:?}"
    );
    // Without a key nothing is asked.
    let mut command = super::command(&world, &[]);
    let output = command
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("set the environment variable `AWS_SECRET_ACCESS_KEY`"),
        "{said}"
    );
}

#[test]
fn a_list_that_is_none_of_ours_stops_everything() {
    for (list, part) in [
        ("<html>".to_owned(), "cannot be used"),
        ("{\"about\":\"\",\"complete\":true,\"run\":\"\",\"files\":{\"../../other/x\":[\"a\",1]}}".to_owned(), "somebody wrote"),
        ("[".repeat(1 << 20), "cannot be used"),
    ] {
        let (server, objects) = stand_in();
        objects.all.lock().unwrap().insert("blog/.press-manifest.json".to_owned(), list.into_bytes());
        let world = at(&server.address.to_string(), "");
        let run = deploy(&world, &[]);
        assert_eq!(run.code, Some(1));
        assert!(run.err.contains(part), "{run:?}");
        assert_eq!(objects.puts.lock().unwrap().len(), 0);
    }
    // Two gigabytes are promised and never end: only what a list may have is read.
    let head = "HTTP/1.1 200 X\r\ncontent-length: 2147483648\r\n\r\n";
    let server = Server::start(move |_| Reply::Endless(head.into()));
    let world = at(&server.address.to_string(), "");
    let run = deploy(&world, &[]);
    assert!(run.err.contains("it is larger than any of ours"), "{run:?}");
}

#[test]
fn two_at_a_time_are_noticed() {
    let (server, objects) = stand_in();
    let world = at(&server.address.to_string(), "");
    deploy(&world, &[]).succeeds();
    a_week_later(&world, 1);
    *objects.known.lock().unwrap() = pages(objects.below("blog/"));
    let error = put_here(&world, &|told| {
        if let Told::Step("seeing that nobody else is at it") = told {
            let path = "blog/.press-manifest.json".to_owned();
            let mut all = objects.all.lock().unwrap();
            let list = String::from_utf8(all[&path].clone()).unwrap();
            let theirs = list.replacen("\"run\": \"", "\"run\": \"theirs", 1);
            all.insert(path, theirs.into_bytes());
        }
    });
    let said = error.unwrap_err().to_string();
    assert!(
        said.contains("somebody else deploys to s3://weekly/blog/ too"),
        "{said}"
    );
    assert!(
        objects.below("blog/").contains_key("issues/1/index.html"),
        "nothing was deleted"
    );
    put_here(&world, &|_| {}).unwrap();
    assert_same_tree(&pages(objects.below("blog/")), &site(&world));
}

#[test]
fn a_first_deployment_that_died_goes_on_where_it_was() {
    let (server, objects) = stand_in();
    let world = at(&server.address.to_string(), "connections = 1\n");
    for number in 7..=130 {
        world.write(
            &crate::world::issue_path(number),
            crate::world::issue(number),
        );
    }
    world.build().succeeds();
    let all = site(&world).len();
    assert!(super::die_at(&world, all - 2));
    let before = objects.puts.lock().unwrap().len();
    put_here(&world, &|_| {}).unwrap();
    let again = objects.puts.lock().unwrap().len() - before;
    println!("{again} of {all} again");
    assert!(again < all / 2, "{again} of {all}");
    assert_same_tree(&pages(objects.below("blog/")), &site(&world));
}

#[test]
fn readers_find_every_link_whenever_it_dies() {
    let (server, objects) = stand_in();
    let world = at(&server.address.to_string(), "connections = 3\n");
    let deaths = survives(&world, || {
        // What is still on its way when it dies may arrive.
        let there = objects.below("blog/");
        *objects.known.lock().unwrap() = super::kept(pages(there.clone()), &world);
        there
    });
    println!("died at {deaths} moments");
    assert!(deaths > 15, "{deaths}");
}

/// moto, which plays Amazon.
pub(crate) struct Moto {
    server: Child,
    pub(crate) address: String,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Moto {
    /// Starts it with an empty bucket; none where there is no moto.
    pub(crate) fn start() -> Option<Moto> {
        let named = std::env::var_os("PRESS_PYTHON").unwrap_or("python3".into());
        let can = |python: &OsString| {
            let mut asking = Command::new(python);
            asking
                .args(["-c", "import moto.server"])
                .stderr(Stdio::null());
            asking.status().is_ok_and(|status| status.success())
        };
        if !can(&named) {
            let ci = std::env::var_os("CI").is_some();
            assert!(!ci, "CI needs moto");
            println!("python3 has no moto: buckets are tried with a stand-in only");
            return None;
        }
        let mut server = Command::new(named)
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(server.stderr.take().unwrap());
        let address = loop {
            let mut line = String::new();
            assert!(
                said.read_line(&mut line).unwrap() > 0,
                "moto does not start"
            );
            if let Some((_, rest)) = line.split_once("http://") {
                break rest.trim().to_owned();
            }
        };
        // It tells of each request, and would wait if nobody read that.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        let moto = Moto { server, address };
        moto.make("weekly");
        Some(moto)
    }

    /// Makes an empty bucket.
    pub(crate) fn make(&self, bucket: &str) {
        let body = "<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>";
        self.ask("PUT", &format!("/{bucket}"), body);
    }

    /// Asks as Amazon is asked, signed by nobody: moto does not mind.
    fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let length = body.len();
        // The region is read from the signature's scope.
        let scope = "AWS4-HMAC-SHA256 Credential=A/20260101/eu-central-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: {scope}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}",
            self.address
        )
        .unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn paths(&self, bucket: &str) -> Vec<String> {
        let (mut paths, mut next) = (Vec::new(), String::new());
        loop {
            let answer = self.ask("GET", &format!("/{bucket}?list-type=2{next}"), "");
            let keys = answer.split("<Key>").skip(1);
            paths.extend(keys.map(|rest| rest.split("</Key>").next().unwrap().to_owned()));
            let Some((_, rest)) = answer.split_once("<NextContinuationToken>") else {
                return paths;
            };
            let token = rest.split('<').next().unwrap();
            next = format!("&continuation-token={token}");
        }
    }

    fn below(&self, prefix: &str) -> Tree {
        self.below_in("weekly", prefix)
    }

    /// What is in a bucket.
    pub(crate) fn below_in(&self, bucket: &str, prefix: &str) -> Tree {
        let paths = self.paths(bucket).into_iter();
        let below = paths.filter_map(|path| {
            let short = path.strip_prefix(prefix)?.to_owned();
            let answer = self.ask("GET", &format!("/{bucket}/{path}"), "");
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
            Some((short, body.as_bytes().to_vec()))
        });
        below.collect()
    }
}

#[test]
fn moto_holds_the_site_and_tells_its_types() {
    let Some(moto) = Moto::start() else { return };
    moto.ask("PUT", "/weekly/blog/theirs.txt", "theirs");
    let world = at(&moto.address, "");
    for week in 1..=3 {
        a_week_later(&world, week);
        deploy(&world, &[]).succeeds();
        let mut there = pages(moto.below("blog/"));
        assert_eq!(there.remove("theirs.txt").unwrap(), b"theirs");
        assert_same_tree(&there, &site(&world));
    }
    let page = moto
        .ask("GET", "/weekly/blog/index.html", "")
        .to_lowercase();
    assert!(
        page.contains("content-type: text/html; charset=utf-8"),
        "{page}"
    );
    assert!(page.contains("cache-control: public, max-age=60"), "{page}");
    let world = newsletter(&table(&moto.address, "").replace("weekly", "no-such-bucket"));
    let run = deploy(&world, &[]);
    assert!(run.err.contains("press makes no buckets"), "{run:?}");
}

#[test]
fn moto_holds_the_site_after_any_kill() {
    let Some(moto) = Moto::start() else { return };
    let world = at(&moto.address, "connections = 2\n");
    survives_kills(&world, 8, || moto.below("blog/"));
}

#[test]
fn one_changed_issue_of_the_archive_is_a_handful_of_objects() {
    let Some(archive) = crate::archive::archive() else {
        return;
    };
    let Some(moto) = Moto::start() else { return };
    let world = World::empty();
    let example = crate::archive::example();
    for file in std::fs::read_dir(example).unwrap().flatten() {
        if file.path().is_file() {
            std::fs::copy(file.path(), world.folder().join(file.file_name())).unwrap();
        }
    }
    let config = world.read("press.toml");
    world.write(
        "press.toml",
        format!("{config}\n{}", table(&moto.address, "")),
    );
    let content = archive.join("content");
    super::shell(
        world.folder(),
        "cp",
        &["-r", content.to_str().unwrap(), "content"],
    );
    let texts = crate::archive::texts(&archive);
    let newest = texts.keys().next_back().unwrap();
    let put = |arguments: &[&str]| {
        let mut command = press();
        command
            .arg("-C")
            .arg(world.folder())
            .args(["deploy", "--json"])
            .args(arguments)
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "a secret of the tests");
        let run = crate::world::Run::new(command.output().unwrap()).succeeds();
        serde_json::from_str::<serde_json::Value>(&run.out).unwrap()["put"].clone()
    };
    let started = std::time::Instant::now();
    let first = put(&[]);
    println!("all: {first} in {:.1} s", started.elapsed().as_secs_f64());
    let text = world.read(&format!("content/{newest}"));
    world.write(
        &format!("content/{newest}"),
        format!("{text}\nA late correction.\n"),
    );
    let second = put(&[]);
    // Beside the objects of the site, the list is written before and after.
    println!("one changed issue, {newest}: {second}, and twice the list");
    // The page, the first page, eight feeds, and these two.
    let objects = second["uploaded"].as_u64().unwrap() + 2;
    assert!((3..=12).contains(&objects), "{objects} objects");
    assert_eq!(second["deleted"], 0);
}
