//! `press links`: what it asks, how politely, and what it makes of the answers.

use crate::server::{Asked, Reply, Server, answer, page, redirect, send};
use crate::world::{World, wait_for};
use press::config::Config;
use press::error::Error;
use press::http::{Http, Names, Request, Settings, Url};
use press::pipeline::check::Fixes;
use press::pipeline::links::{LinksOptions, LinksReport, links};
use press_core::check::web::Doubt;
use press_core::span::LineIndex;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

const HEAD: &str = "Title: The Weekly Gull 4\nNumber: 4\nDate: 2025-04-09\n\n";

/// A client for which all hosts below `.test` are at one address, and `inside.example` too, where it must not go.
fn settings(address: SocketAddr) -> Settings {
    let lookup = move |host: &str| {
        let there = host.ends_with(".test") || host == "inside.example";
        there.then_some(address)
    };
    Settings {
        pace: Duration::ZERO,
        backoff: Duration::from_millis(1),
        private: vec!["*.test".to_owned()],
        names: Names::Given(Arc::new(lookup)),
        ..Settings::default()
    }
}

/// A newsletter with a draft, and a way to the web that is played by `server`.
struct Asking {
    world: World,
    settings: Settings,
    fixes: Fixes,
    fresh: bool,
    note_dead: bool,
    now: SystemTime,
}

impl Asking {
    fn new(server: &Server, draft: &str) -> Asking {
        let world = World::new(0);
        world.write("draft/004.md", format!("{HEAD}{draft}"));
        Asking {
            world,
            settings: settings(server.address),
            fixes: Fixes::None,
            fresh: false,
            note_dead: false,
            now: SystemTime::now(),
        }
    }

    fn try_run(&self) -> Result<LinksReport, Error> {
        let config = Config::load(self.world.folder(), None).unwrap();
        let http = Arc::new(Http::new(self.settings.clone()).unwrap());
        let options = LinksOptions {
            paths: &[],
            all: false,
            fresh: self.fresh,
            fixes: self.fixes,
            note_dead: self.note_dead,
            now: self.now,
            progress: &|_, _| {},
        };
        links(&config, &http, options)
    }

    fn run(&self) -> LinksReport {
        self.try_run().unwrap()
    }

    fn draft(&self) -> String {
        self.world.read("draft/004.md")[HEAD.len()..].to_owned()
    }
}

/// "7: dead-link: this page is not there (404)", lines counted below the head.
fn findings(report: &LinksReport) -> Vec<String> {
    let file = &report.checked[0];
    let lines = LineIndex::new(&file.text);
    let findings = file.report.findings.iter();
    let told = findings.map(|finding| {
        let line = lines.line(finding.span.start) - HEAD.lines().count();
        format!("{line}: {}: {}", finding.rule, finding.message)
    });
    told.collect()
}

fn doubts(report: &LinksReport) -> Vec<(usize, Doubt)> {
    let below = HEAD.lines().count();
    let unknown = report.unknown.iter();
    unknown
        .map(|link| (link.line - below, link.doubt))
        .collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn dead_links_are_told_and_nothing_else_is_called_dead() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/gone" => send(410, "", ""),
        "/not-there" => send(404, "", "no such page"),
        "/to-nowhere" => redirect(302, "/not-there"),
        "/round" => redirect(302, "/round-again"),
        "/round-again" => redirect(302, "/round"),
        "/biscuit" => send(302, "location: /biscuit\r\nset-cookie: a=b\r\n", ""),
        "/forbidden" => send(403, "", ""),
        "/linked-in" => send(999, "", ""),
        "/riddle" => send(200, "cf-mitigated: challenge\r\n", ""),
        "/later" => send(429, "", ""),
        "/broken" => send(500, "", ""),
        "/teapot" => send(418, "", ""),
        "/odd" => send(300, "", ""),
        "/mail" => redirect(302, "mailto:a@b.test"),
        _ => page("There it is"),
    });
    let asking = Asking::new(
        &server,
        "[a](http://a.test/gone)\n[b](http://a.test/not-there)\n[c](http://a.test/to-nowhere)\n\
         [d](http://a.test/round)\n[e](http://nobody.example/)\n[f](http://a.test/biscuit)\n\
         [g](http://a.test/forbidden)\n[h](http://a.test/linked-in)\n[i](http://a.test/riddle)\n\
         [j](http://b.test/later)\n[k](http://a.test/broken)\n[l](http://a.test/teapot)\n\
         [m](http://a.test/odd)\n[n](http://a.test/mail)\n[o](http://a.test/fine) <mailto:a@b.test> [p](/about/)\n",
    );
    let report = asking.run();
    assert_eq!(
        findings(&report),
        [
            "1: dead-link: this page is gone for good (410)",
            "2: dead-link: this page is not there (404)",
            "3: dead-link: this leads to http://a.test/not-there: this page is not there (404)",
            "4: dead-link: this address redirects in a circle",
            "5: dead-link: there is no host of this name",
        ]
    );
    use Doubt::{Odd, Server as Broken, Wait, Wall};
    assert_eq!(
        doubts(&report),
        [
            (6, Wall),
            (7, Wall),
            (8, Wall),
            (9, Wall),
            (10, Wait),
            (11, Broken),
            (12, Wall),
            (13, Odd),
            (14, Odd),
        ]
    );
    let tally = &report.tally;
    assert_eq!(
        (tally.pages, tally.hosts, tally.answered, tally.dead),
        (15, 3, 1, 5)
    );
}

#[test]
fn servers_that_refuse_head_are_asked_with_get() {
    let server = Server::start(|asked| match (asked.method.as_str(), asked.path.as_str()) {
        ("HEAD", "/405") => send(405, "", ""),
        ("HEAD", "/501") => send(501, "", ""),
        ("HEAD", "/404") => send(404, "", ""),
        ("HEAD", "/403") => send(403, "", ""),
        ("HEAD", "/closes") => Reply::SendAndClose(Vec::new()),
        ("HEAD", "/circle") => redirect(302, "/circle"),
        _ => page("There it is"),
    });
    let draft = "[a](http://a.test/405) [b](http://a.test/501) [c](http://a.test/404) [d](http://a.test/403) \
         [e](http://a.test/closes) [f](http://a.test/circle) [g](http://a.test/fine)\n";
    let report = Asking::new(&server, draft).run();
    assert_eq!(findings(&report), NOTHING);
    assert_eq!(report.tally.answered, 7);
    let lines = server.lines();
    assert!(lines.contains(&"GET a.test/501".to_owned()));
    assert!(!lines.contains(&"GET a.test/fine".to_owned()), "{lines:?}");
}

#[test]
fn pages_that_moved_for_good_get_their_new_address() {
    let server = Server::start(|asked| match (asked.host.as_str(), asked.path.as_str()) {
        ("old.test", "/a") => redirect(301, "http://mid.test/a"),
        ("mid.test", "/a") => redirect(308, "http://new.test/a?utm_source=mid"),
        ("old.test", "/b") => redirect(302, "http://new.test/b"),
        ("old.test", "/c") => redirect(301, "/c/"),
        ("old.test", "/d") => redirect(301, "http://new.test/login"),
        ("old.test", "/e") => redirect(301, "http://new.test/"),
        ("old.test", "/f") => redirect(301, "http://new.test/gone"),
        ("new.test", "/gone") => send(404, "", ""),
        ("old.test", "/g") => redirect(301, "http://new.test/busy"),
        ("new.test", "/busy") => send(503, "", ""),
        _ => page("There it is"),
    });
    let draft = "[a](http://old.test/a#here) [again][a]\n[b](http://old.test/b)\n[c](http://old.test/c)\n\
         [d](http://old.test/d)\n[e](http://old.test/e)\n[f](http://old.test/f)\n[g](http://old.test/g)\n\n\
         [a]: <http://old.test/a>\n";
    let mut asking = Asking::new(&server, draft);
    asking.fixes = Fixes::Safe;
    let report = asking.run();
    assert_eq!(
        findings(&report),
        [
            "1: moved-link: this page has moved for good",
            "5: moved-link: this leads to the front page http://new.test/ now",
            "6: dead-link: this leads to http://new.test/gone: this page is not there (404)",
            "9: moved-link: this page has moved for good",
        ]
    );
    assert_eq!(asking.draft(), draft);
    asking.fixes = Fixes::All;
    let report = asking.run();
    assert!(report.checked[0].fixed);
    assert_eq!(
        asking.draft(),
        draft
            .replace("http://old.test/a#here", "http://new.test/a#here")
            .replace("<http://old.test/a>", "<http://new.test/a>")
    );
    assert_eq!(findings(&report).len(), 2);
    // What was mended is known to answer.
    asking.fixes = Fixes::None;
    assert_eq!(findings(&asking.run()).len(), 2);
}

#[test]
fn a_server_that_says_when_to_come_again_is_asked_then() {
    let server = Server::start(|asked| match (asked.path.as_str(), asked.before) {
        ("/busy", 0) => send(429, "retry-after: 0\r\n", ""),
        ("/down", 0) => send(503, "retry-after: Wed, 21 Oct 2015 07:28:00 GMT\r\n", ""),
        ("/tired", _) => send(429, "retry-after: 3600\r\n", ""),
        ("/flaky", 0 | 1) => send(502, "", ""),
        ("/cut", 0) => Reply::SendAndClose(b"HTTP/1.1 200".to_vec()),
        _ => page("There it is"),
    });
    let draft = "## Links\n\n* [a](http://a.test/busy)\n* [b](http://b.test/down)\n* [c](http://c.test/flaky)\n\
         * [d](http://d.test/cut)\n* [e](http://e.test/tired)\n";
    let report = Asking::new(&server, draft).run();
    assert_eq!(findings(&report), NOTHING);
    assert_eq!(doubts(&report), [(7, Doubt::Wait)]);
    assert_eq!(report.tally.answered, 4);
    let mut lines = server.lines();
    lines.sort();
    assert_eq!(
        lines,
        [
            "GET a.test/busy",
            "GET a.test/busy",
            "GET b.test/down",
            "GET b.test/down",
            "GET c.test/flaky",
            "GET c.test/flaky",
            "GET c.test/flaky",
            "GET d.test/cut",
            "GET d.test/cut",
            "GET e.test/tired",
        ]
    );
}

#[test]
fn a_host_that_wants_its_peace_gets_it() {
    let server = Server::start(|_| send(429, "retry-after: 3600\r\n", ""));
    let draft: String = (0..30)
        .map(|at| format!("[{at}](http://a.test/{at})\n"))
        .collect();
    let mut asking = Asking::new(&server, &draft);
    asking.settings.per_host = 1;
    let report = asking.run();
    assert_eq!(report.tally.unknown.get(&Doubt::Wait), Some(&30));
    assert_eq!(
        server.lines(),
        NOTHING,
        "its robots.txt was refused, and nothing more asked"
    );
}

#[test]
fn a_host_that_always_asks_for_patience_is_left_alone_after_a_while() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/robots.txt" => send(404, "", ""),
        _ => send(429, "retry-after: 0\r\n", ""),
    });
    let draft: String = (0..50)
        .map(|at| format!("[{at}](http://a.test/{at})\n"))
        .collect();
    let report = Asking::new(&server, &draft).run();
    assert_eq!(report.tally.unknown.get(&Doubt::Wait), Some(&50));
    assert!(server.lines().len() <= 20, "{:?}", server.lines());
}

#[test]
fn slow_servers_are_asked_again_and_silent_ones_are_not_dead() {
    let server = Server::start(|asked| match (asked.path.as_str(), asked.before) {
        ("/slow", 0) | ("/silent", _) => Reply::Silence,
        _ => page("There it is"),
    });
    let draft = "## Links\n\n* [a](http://a.test/slow)\n* [b](http://b.test/silent)\n";
    let mut asking = Asking::new(&server, draft);
    asking.settings.timeout = Duration::from_millis(700);
    asking.settings.tries = 2;
    let report = asking.run();
    assert_eq!(findings(&report), NOTHING);
    assert_eq!(doubts(&report), [(4, Doubt::Slow)]);
    assert_eq!(report.tally.answered, 1);
}

#[test]
fn bodies_may_be_endless_packed_cut_or_wrong() {
    let html = "content-type: text/html\r\n";
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut bomb, b"<title>There it is</title>").unwrap();
    std::io::copy(
        &mut std::io::Read::take(std::io::repeat(b'a'), 40 << 20),
        &mut bomb,
    )
    .unwrap();
    let bomb = bomb.finish().unwrap();
    let server = Server::start(move |asked| {
        let start = b"<title>There it is</title>".as_slice();
        match asked.path.as_str() {
            "/endless" => {
                Reply::Endless([format!("HTTP/1.1 200 X\r\n{html}\r\n").as_bytes(), start].concat())
            }
            "/bomb" => Reply::Send(answer(
                200,
                &format!("{html}content-encoding: gzip\r\n"),
                &bomb,
            )),
            "/not-packed" => send(200, &format!("{html}content-encoding: gzip\r\n"), "plain"),
            "/cut" => Reply::SendAndClose(
                [
                    format!("HTTP/1.1 200 X\r\n{html}content-length: 900\r\n\r\n").as_bytes(),
                    start,
                ]
                .concat(),
            ),
            "/long" => Reply::SendAndClose(
                [
                    format!("HTTP/1.1 200 X\r\n{html}content-length: 3\r\n\r\n").as_bytes(),
                    start,
                ]
                .concat(),
            ),
            "/robots.txt" => send(404, "", ""),
            _ => Reply::SendAndClose(b"\x16\x03\x01 no HTTP at all\r\n\r\n".to_vec()),
        }
    });
    let paths = ["endless", "bomb", "not-packed", "cut", "long", "noise"];
    let lines = paths.map(|path| format!("* [There it is](http://{path}.test/{path}#place)\n"));
    let report = Asking::new(&server, &format!("## Links\n\n{}", lines.concat())).run();
    assert_eq!(findings(&report), NOTHING);
    assert_eq!(report.tally.answered, 5);
    assert_eq!(doubts(&report), [(8, Doubt::Network)]);
    let http = Http::new(settings(server.address)).unwrap();
    let url = Url::parse("http://bomb.test/bomb").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let response = runtime
        .block_on(http.ask(&Request::get(url).limit(100_000)))
        .unwrap();
    assert_eq!((response.body.len(), response.whole), (100_000, false));
}

#[test]
fn what_robots_txt_forbids_is_not_asked() {
    let server = Server::start(|asked| match (asked.host.as_str(), asked.path.as_str()) {
        ("a.test", "/robots.txt") => send(200, "", "User-agent: *\nDisallow: /private/\n"),
        ("b.test", "/robots.txt") => send(200, "", "User-agent: press\nDisallow: /\n"),
        ("c.test", "/robots.txt") => send(404, "", "Disallow: /"),
        ("d.test", "/robots.txt") => send(500, "", ""),
        ("e.test", "/") => redirect(301, "http://a.test/private/e"),
        _ => page("There it is"),
    });
    let draft = "[a](http://a.test/open)\n[b](http://a.test/private/a)\n[c](http://b.test/)\n[d](http://c.test/)\n\
         [e](http://d.test/)\n[f](http://e.test/)\n";
    let report = Asking::new(&server, draft).run();
    assert_eq!(findings(&report), NOTHING);
    use Doubt::{Robots, Server as Broken};
    assert_eq!(
        doubts(&report),
        [(2, Robots), (3, Robots), (5, Broken), (6, Robots)]
    );
    let mut lines = server.lines();
    lines.sort();
    assert_eq!(lines, ["HEAD a.test/open", "HEAD c.test/", "HEAD e.test/"]);
    let agent = format!("user-agent: press/{}", env!("CARGO_PKG_VERSION"));
    assert!(server.asked()[0].headers.contains(&agent));
}

#[test]
fn what_changes_seldom_is_asked_for_with_what_is_known_of_it() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/tagged" if asked.headers.contains("if-none-match: \"v1\"") => send(304, "", ""),
        "/tagged" => send(200, "etag: \"v1\"\r\n", "the text"),
        "/dated"
            if asked
                .headers
                .contains("if-modified-since: thu, 01 jan 2026") =>
        {
            send(304, "", "")
        }
        "/dated" => send(
            200,
            "last-modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n",
            "the text",
        ),
        "/plain" => send(200, "", "the text"),
        "/missing" => send(404, "", ""),
        _ => send(500, "", ""),
    });
    let world = World::empty();
    let mut settings = settings(server.address);
    settings.cache = Some(world.path("web"));
    let http = Http::new(settings).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let fetch = |path: &str, max_age_s: u64| {
        let url = Url::parse(&format!("http://a.test{path}")).unwrap();
        let way = http.fetch(Request::get(url).tries(1), Duration::from_secs(max_age_s));
        let response = runtime.block_on(way).end.unwrap();
        let text = String::from_utf8(response.body).unwrap();
        (response.status, text, server.lines().len())
    };
    let text = || "the text".to_owned();
    assert_eq!(fetch("/tagged", 60), (200, text(), 1));
    assert_eq!(fetch("/tagged", 60), (200, text(), 1));
    assert_eq!(fetch("/tagged", 0), (200, text(), 2));
    assert_eq!(fetch("/dated", 0), (200, text(), 3));
    assert_eq!(fetch("/dated", 0), (200, text(), 4));
    assert_eq!(fetch("/plain", 0), (200, text(), 5));
    assert_eq!(fetch("/plain", 0), (200, text(), 6));
    assert_eq!(fetch("/missing", 60).0, 404);
    assert_eq!(fetch("/missing", 60), (404, String::new(), 7));
    assert_eq!(fetch("/broken", 60).2, 8);
    assert_eq!(fetch("/broken", 60).2, 9, "what may pass is not kept");
    for path in world.tree("web").keys() {
        world.write(&format!("web/{path}"), "damaged");
    }
    assert_eq!(fetch("/tagged", 60), (200, text(), 10));
}

#[test]
fn no_link_and_no_redirect_leads_into_a_private_network() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/" => page("There it is"),
        path => redirect(302, &path[1..]),
    });
    let port = server.address.port();
    let draft = format!(
        "[a](http://127.0.0.1:{port}/)\n[b](http://inside.example/)\n[c](http://a.test/http://[::ffff:127.0.0.1]:{port}/)\n\
         [d](http://a.test/http://inside.example/)\n[e](http://a.test/http://0x7f.1:{port}/)\n[f](http://2130706433:{port}/)\n\
         [g](http://a.test/http://169.254.169.254/latest/meta-data/)\n[h](http://localhost:{port}/)\n[i](http://a.test/)\n"
    );
    let mut asking = Asking::new(&server, &draft);
    let address = server.address;
    asking.settings.names = Names::Given(Arc::new(move |_| Some(address)));
    let report = asking.run();
    let all: Vec<_> = (1..=8).map(|line| (line, Doubt::Private)).collect();
    assert_eq!(doubts(&report), all);
    assert!(server.asked().iter().all(|asked| asked.host == "a.test"));
}

#[test]
fn a_page_is_asked_for_once_whatever_links_lead_to_it() {
    let server = Server::start(|_| page("The whole of it"));
    let draft = "[a](http://a.test/x#one) [b](http://a.test/x#two) [c](HTTP://A.test:80/x) <http://a.test/x>\n\n\
         ## Links\n\n* [The whole][x]\n\n[x]: http://a.test/x#intro\n";
    let report = Asking::new(&server, draft).run();
    assert_eq!(server.lines(), ["GET a.test/x"]);
    assert_eq!((report.tally.pages, report.tally.answered), (1, 1));
    assert_eq!(
        findings(&report),
        [
            "1: missing-fragment: the page has no place `#one`",
            "1: missing-fragment: the page has no place `#two`",
        ]
    );
}

#[test]
fn an_item_whose_page_is_about_something_else_is_told() {
    let server = Server::start(|_| page("Seven ways to fold a paper crane"));
    let draft = "## Links\n\n* [Gulls in winter storms](http://a.test/1)\n* [Folding cranes](http://a.test/2)\n";
    let report = Asking::new(&server, draft).run();
    let message = "3: page-title: the page calls itself \"Seven ways to fold a paper crane\"";
    assert_eq!(findings(&report), [message]);
}

#[test]
fn what_answered_is_remembered_for_a_while() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/gone" => send(404, "", ""),
        _ => page("There it is"),
    });
    let mut asking = Asking::new(&server, "[a](http://a.test/a) [b](http://a.test/gone)\n");
    let asked = |server: &Server| server.lines().len();
    asking.run();
    assert_eq!(asked(&server), 3);
    let report = asking.run();
    assert_eq!(
        (
            report.tally.remembered,
            report.tally.answered,
            report.tally.dead
        ),
        (1, 1, 1)
    );
    assert_eq!(
        asked(&server),
        5,
        "only what was not good is asked for again"
    );
    // A run that was killed leaves half a line.
    let memory = ".press/links.jsonl";
    asking
        .world
        .write(memory, asking.world.read(memory) + "{\"url\":\"http://a.te");
    asking.run();
    assert_eq!(asked(&server), 7);
    // More of the page is wanted now than was looked at.
    asking.world.write(
        "draft/004.md",
        format!("{HEAD}## Links\n\n* [There it is](http://a.test/a)\n"),
    );
    asking.run();
    assert_eq!(asked(&server), 8);
    asking.run();
    assert_eq!(asked(&server), 8);
    asking.fresh = true;
    asking.run();
    assert_eq!(asked(&server), 9);
    asking.fresh = false;
    asking.now += Duration::from_secs(21 * 3600);
    asking.run();
    assert_eq!(asked(&server), 10);
    asking
        .world
        .write(memory, b"\xff\xfe nothing that anybody wrote");
    asking.run();
    assert_eq!(asked(&server), 11);
}

#[test]
fn a_host_is_asked_at_its_pace_and_by_few_at_a_time() {
    let server = Server::start(|_| page("There it is"));
    let hosts: String = (0..6)
        .map(|at| format!("[{at}](http://a.test/{at}) [{at}](http://b.test/{at})\n"))
        .collect();
    let mut asking = Asking::new(&server, &hosts);
    asking.settings.pace = Duration::from_millis(20);
    let started = Instant::now();
    asking.run();
    assert_eq!(server.lines().len(), 12);
    // Seven requests to each host, the first for its robots.txt: six times the pace at least.
    assert!(started.elapsed() >= Duration::from_millis(6 * 20));
    let server = Server::start(|_| {
        // Others get the time to come too early.
        (0..100).for_each(|_| std::thread::yield_now());
        page("There it is")
    });
    let many: String = (0..200)
        .map(|at| format!("[{at}](http://a.test/{at})\n"))
        .collect();
    let mut asking = Asking::new(&server, &many);
    asking.settings.per_host = 2;
    assert_eq!(asking.run().tally.answered, 200);
    assert!(server.most_waiting() <= 2, "{}", server.most_waiting());
}

/// A server with one of the certificates of `tls/`.
pub(crate) fn secured(certificate: &str) -> Server {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/tls");
    let certificate = CertificateDer::from_pem_file(format!("{folder}/{certificate}")).unwrap();
    let key = PrivateKeyDer::from_pem_file(format!("{folder}/any.key")).unwrap();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    Server::start_tls(Arc::new(tls), |_| page("There it is"))
}

#[test]
fn certificates_that_browsers_refuse_are_told() {
    let server = secured("expired.pem");
    let report = Asking::new(&server, "[a](https://expired.test/)\n").run();
    let message = "1: dead-link: browsers refuse the host's certificate: it has expired";
    assert_eq!(findings(&report), [message]);
    assert_eq!(server.lines(), NOTHING);
    // Who signed this one is not known to us; a browser may find out.
    let server = secured("self-signed.pem");
    let report = Asking::new(&server, "[a](https://self-signed.test/)\n").run();
    assert_eq!(findings(&report), NOTHING);
    assert_eq!(doubts(&report), [(1, Doubt::Certificate)]);
    // No TLS at all.
    let server = Server::start(plain);
    let report = Asking::new(&server, "[a](https://a.test/)\n").run();
    assert_eq!(doubts(&report), [(1, Doubt::Network)]);
}

#[test]
fn without_a_network_nothing_is_called_dead() {
    let server = Server::start(|_| page("There it is"));
    let mut asking = Asking::new(&server, "[a](http://a.test/a) [b](http://b.test/b)\n");
    asking.settings.names = Names::Given(Arc::new(|_| None));
    let told = asking.try_run().unwrap_err().to_string();
    assert!(
        told.contains("nothing could be asked") && told.contains("online"),
        "{told}"
    );
    // Where the newsletter's own site can be found there is a network, and the host is missing indeed.
    let address = server.address;
    asking.settings.names = Names::Given(Arc::new(move |host| {
        (host == "gull.example").then_some(address)
    }));
    assert_eq!(findings(&asking.run()).len(), 2);
    // One that knows few names is no judge of others.
    let many: String = (0..9)
        .map(|at| format!("[{at}](http://host{at}.test/)\n"))
        .collect();
    asking.world.write(
        "draft/004.md",
        format!("{HEAD}{many}[a](http://gull.example/)\n"),
    );
    let told = asking.try_run().unwrap_err().to_string();
    assert!(
        told.contains("9 of 10 hosts could not be looked up"),
        "{told}"
    );
}

/// The Weekly Gull with a draft, allowed to ask this machine.
fn newsletter(server: &Server, draft: &str) -> World {
    let world = World::new(2);
    let config = world.read("press.toml");
    world.write(
        "press.toml",
        format!("{config}\n[links]\npace-ms = 0\nprivate = [\"127.0.0.1\"]\n"),
    );
    let base = format!("http://{}", server.address);
    world.write(
        "draft/004.md",
        format!("{HEAD}{}", draft.replace("BASE", &base)),
    );
    world
}

fn plain(asked: &Asked) -> Reply {
    match asked.path.split('?').next().unwrap() {
        "/gone" => send(404, "", ""),
        "/shy" => send(403, "", ""),
        _ => page("There it is"),
    }
}

#[test]
fn the_program_prints_findings_as_check_does() {
    let server = Server::start(plain);
    let world = newsletter(&server, "[a](BASE/gone) [b](BASE/shy) [c](BASE/fine)\n");
    let run = world.press(&["links"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.out
            .contains("error[dead-link]: this page is not there (404)"),
        "{}",
        run.out
    );
    assert!(run.out.contains("004.md:5:5"), "{}", run.out);
    assert!(
        run.err.contains("004.md:5: not known: http://127.0.0.1"),
        "{}",
        run.err
    );
    let summary =
        "3 pages of 1 host: 1 answered, 1 dead, 1 not known (1: the site turns robots away), in ";
    assert!(run.err.contains(summary), "{}", run.err);
    let run = world.press(&["links", "--format", "json"]);
    assert_eq!(run.out.lines().count(), 1);
    let finding: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        (&finding["rule"], &finding["line"]),
        (&"dead-link".into(), &5.into())
    );
    assert_eq!(finding["level"], "deny");
    assert!(
        world
            .press(&["links", "--format", "sarif"])
            .out
            .contains("\"ruleId\":\"dead-link\"")
    );
    assert!(
        world
            .press(&["links", "--format", "github"])
            .out
            .starts_with("::error file=")
    );
    world
        .press(&["links", "no-such.md"])
        .refuses(&["no-such.md"]);
    world.press(&["links", "--all", "--format", "json"]);
}

#[test]
fn a_run_that_is_killed_keeps_what_it_learnt() {
    let server = Server::start(|asked| match (asked.path.as_str(), asked.before) {
        ("/silent", 0) => Reply::Silence,
        _ => plain(asked),
    });
    let world = newsletter(&server, "[a](BASE/fine) [b](BASE/silent)\n");
    let mut run = world.command(&["links"]).spawn().unwrap();
    wait_for(
        "the first answer to be kept, and the second page to be asked for",
        || {
            let kept =
                std::fs::read_to_string(world.path(".press/links.jsonl")).unwrap_or_default();
            (kept.contains("/fine") && server.asked().len() == 2).then_some(())
        },
    );
    run.kill().unwrap();
    run.wait().unwrap();
    let run = world.press(&["links"]).succeeds();
    assert!(
        run.err
            .contains("2 answered, 0 dead, 0 not known, 1 remembered"),
        "{}",
        run.err
    );
}

#[test]
fn an_allowed_link_is_let_through_by_both_commands() {
    let server = Server::start(plain);
    let allow = "<!-- press allow dead-link: it comes back on Friday -->";
    let world = newsletter(&server, &format!("[a](BASE/gone) {allow}\n"));
    let run = world.press(&["links"]).succeeds();
    assert!(!run.out.contains("dead-link"), "{}", run.out);
    let run = world.press(&["check", "--format", "json"]);
    assert!(!run.out.contains("allow-comment"), "{}", run.out);
    // A comment that allows nothing is told where that is certain.
    let world = newsletter(
        &server,
        &format!("[a](BASE/fine) {allow}\n\n[b](BASE/shy) {allow}\n"),
    );
    let run = world.press(&["links", "--format", "json"]).succeeds();
    assert_eq!(run.out.lines().count(), 1, "{}", run.out);
    assert!(
        run.out
            .contains("`dead-link` has nothing to say here any more"),
        "{}",
        run.out
    );
}

#[test]
fn levels_and_patterns_of_the_configuration_hold() {
    let server = Server::start(plain);
    let world = newsletter(&server, "[a](BASE/gone) [b](BASE/shy) [c](BASE/gone?x)\n");
    world.edit(
        "press.toml",
        "pace-ms = 0",
        "pace-ms = 0\nignore = [\"http://127.*/gone$\"]",
    );
    let config = world.read("press.toml");
    world.write(
        "press.toml",
        format!(
            "{config}\n[check]\nlevels = {{ unanswered-link = \"warn\", dead-link = \"warn\" }}\n"
        ),
    );
    let run = world.press(&["links"]).succeeds();
    assert!(
        run.out
            .contains("warning[unanswered-link]: this link is not known"),
        "{}",
        run.out
    );
    assert!(run.out.contains("warning[dead-link]"), "{}", run.out);
    assert!(
        run.err.contains("2 pages of 1 host") && run.err.contains("1 ignored"),
        "{}",
        run.err
    );
    assert!(!server.lines().iter().any(|line| line.ends_with("/gone")));
}

#[test]
fn what_is_found_dead_twice_is_noted_and_taken_out_when_it_answers() {
    let ill = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let is_ill = Arc::clone(&ill);
    let server = Server::start(move |asked| {
        let ill = is_ill.load(std::sync::atomic::Ordering::Relaxed);
        match asked.path.as_str() {
            "/nest" if ill => send(404, "", ""),
            "/egg" => send(410, "", ""),
            "/busy" => send(503, "", ""),
            "/closed" => send(403, "", ""),
            "/later" => send(429, "", ""),
            _ => page("There it is"),
        }
    });
    let mut asking = Asking::new(
        &server,
        "[a](http://a.test/nest#twig) [b](http://a.test/egg) [c](http://a.test/busy) [d](http://a.test/closed)\n\
         [e](http://a.test/later) [f](http://nobody.example/) [g](http://a.test/fine) [h](<http://a.test/nest>)\n",
    );
    let first = SystemTime::UNIX_EPOCH + Duration::from_secs(1_794_441_600); // 12 November 2026
    let days = |days: u64| first + Duration::from_secs(days * 86_400);
    let list = |asking: &Asking| {
        let text = asking.world.read("dead-links.txt");
        let entries = text.lines().filter(|line| !line.starts_with('#'));
        entries.map(str::to_owned).collect::<Vec<String>>()
    };
    asking.now = first;
    assert!(asking.run().noted.is_none());
    assert!(!asking.world.path("dead-links.txt").exists());
    asking.note_dead = true;
    let noted = asking.run().noted.unwrap();
    assert_eq!((noted.suspected, noted.dead, noted.back), (2, 1, 0));
    let once = [
        "dead 2026-11-12 410 http://a.test/egg",
        "once 2026-11-12 404 http://a.test/nest",
        "once 2026-11-12 no-host http://nobody.example/",
    ];
    assert_eq!(list(&asking), once);
    // The next day is no second look.
    asking.now = days(1);
    asking.run();
    assert_eq!(list(&asking), once);
    asking.now = days(7);
    let noted = asking.run().noted.unwrap();
    assert_eq!((noted.suspected, noted.dead, noted.back), (0, 2, 0));
    assert_eq!(list(&asking)[1], "dead 2026-11-12 404 http://a.test/nest");
    ill.store(false, std::sync::atomic::Ordering::Relaxed);
    asking.now = days(30);
    let noted = asking.run().noted.unwrap();
    assert_eq!((noted.suspected, noted.dead, noted.back), (0, 0, 1));
    assert_eq!(
        list(&asking),
        [
            "dead 2026-11-12 410 http://a.test/egg",
            "dead 2026-11-12 no-host http://nobody.example/"
        ]
    );
    // A list that somebody broke is told, with the line, and stays as it is.
    let broken = "dead yesterday 404 http://a.test/egg\n";
    asking.world.write("dead-links.txt", broken);
    let error = asking.try_run().unwrap_err().to_string();
    assert!(error.contains("dead-links.txt:1"), "{error}");
    assert_eq!(asking.world.read("dead-links.txt"), broken);
}
