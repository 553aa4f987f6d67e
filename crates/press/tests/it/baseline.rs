//! What a scanner would try on `press server`: headers, injection, traversal, redirects, sizes, methods, smuggling, hosts,
//! RFC 9110 for the files of the site, slow clients, idle connections.
//!
//! Everything goes over plain sockets to a server on this machine, byte for byte as it stands here.

use crate::reader::{FORM, Line, Reply, Running};
use crate::world::{World, wait_for};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const SETTINGS: &str = r#"
[mail]
from = "editors@gull.example"

[transport]
kind = "file"
folder = "outbox"

[server]
proof-bits = 0
"#;

/// A built site with its server.
fn open(more: &str) -> (World, Running) {
    let world = World::new(3);
    world.write(
        "press.toml",
        format!("{}{SETTINGS}{more}", world.read("press.toml")),
    );
    world.build().succeeds();
    let server = Running::start(&world);
    (world, server)
}

/// Sends bytes, and reads until the server closes the connection.
fn raw(server: &Running, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(40)))
        .unwrap();
    // Whoever is refused in the middle may find the door shut.
    let _ = stream.write_all(bytes);
    let mut all = Vec::new();
    let mut piece = [0; 16 << 10];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => all.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("{error}: {}", String::from_utf8_lossy(bytes)),
        }
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// The statuses of all answers in what came.
fn statuses(came: &str) -> Vec<u16> {
    let after = came.split("HTTP/1.").skip(1);
    after.map(|rest| rest[2..5].parse().unwrap()).collect()
}

const CLOSE: &str = "Connection: close\r\n";

fn request(line: &str, headers: &str) -> String {
    format!("{line}\r\nHost: gull.example\r\n{headers}\r\n")
}

#[test]
fn every_kind_of_answer_has_its_security_headers() {
    let (_world, server) = open("");
    let page = server.get("/").is(200);
    let tag = page.header("etag").unwrap().to_owned();
    let long = "x".repeat(70 << 10);
    let foreign = [FORM, ("Origin", "https://evil.example")];
    let ask = |method: &str, path: &str, headers: &[(&str, &str)], body: &str| {
        server.ask(method, path, headers, body)
    };
    let answers = [
        page,
        server.get("/archive/").is(200),
        server.get("/archive").is(308),
        server.get("/nothing").is(404),
        server.get("/subscribe").is(200),
        server.get("/account").is(200),
        server.get("/confirm/none").is(404),
        server.get("/healthz").is(200),
        server.get("/api/lists").is(200),
        server.get("/api/nothing").is(404),
        ask("GET", "/", &[("If-None-Match", &tag)], "").is(304),
        ask("GET", "/", &[("Range", "bytes=0-9")], "").is(206),
        ask("GET", "/", &[("Range", "bytes=99999999-")], "").is(416),
        ask("HEAD", "/", &[], "").is(200),
        ask("DELETE", "/", &[], "").is(405),
        ask("DELETE", "/subscribe", &[], "").is(405),
        ask("POST", "/subscribe", &[FORM], "address=nobody").is(422),
        ask("POST", "/subscribe", &foreign, "address=a%40b.example").is(403),
        ask("POST", "/subscribe", &[FORM], &long).is(413),
        ask("POST", "/api/subscribe", &[], "{").is(415),
        ask("GET", "/", &[("Host", "second.example")], "").is(400),
    ];
    for answer in &answers {
        let count = |name: &str| {
            let names = answer.head.lines().filter_map(|line| line.split_once(':'));
            names
                .filter(|(known, _)| known.eq_ignore_ascii_case(name))
                .count()
        };
        for name in [
            "content-security-policy",
            "x-content-type-options",
            "x-frame-options",
            "referrer-policy",
            "permissions-policy",
            "cross-origin-opener-policy",
            "strict-transport-security",
        ] {
            assert_eq!(count(name), 1, "{name} in\n{}", answer.head);
        }
        for name in [
            "server",
            "x-powered-by",
            "set-cookie",
            "access-control-allow-origin",
        ] {
            assert_eq!(count(name), 0, "{name} in\n{}", answer.head);
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(!policy.contains("unsafe"), "{policy}");
        for part in [
            "default-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        let kind = answer.header("content-type").is_some();
        assert!(kind || answer.status() == 304, "{}", answer.head);
    }
    let secret = server.get("/preferences/none").is(404);
    assert_eq!(secret.header("referrer-policy"), Some("no-referrer"));
    for path in ["/subscribe", "/account", "/confirm/none"] {
        assert_eq!(
            server.get(path).header("cache-control"),
            Some("no-store"),
            "{path}"
        );
    }
}

#[test]
fn nothing_that_is_sent_becomes_a_header_or_markup() {
    let (_world, server) = open("");
    let splits = [
        "%0d%0aX-Evil:%20yes",
        "%0aX-Evil:yes",
        "%0d%0a%0d%0a<script>alert(1)</script>",
        "%E5%98%8A%E5%98%8DX-Evil:yes",
        "\"><script>alert(1)</script>",
    ];
    let clean = |reply: &Reply, sent: &str| {
        assert!(
            !reply.head.to_lowercase().contains("\nx-evil"),
            "{sent}: {}",
            reply.head
        );
        assert!(
            !reply.text().contains("<script>alert(1)"),
            "{sent}: {}",
            reply.text()
        );
        assert!(reply.status() < 500, "{sent}");
    };
    for split in splits {
        for path in [
            "/",
            "/archive",
            "/nothing/",
            "/confirm/",
            "/preferences/",
            "/subscribe?a=",
            "/api/",
            "/webhooks/",
        ] {
            let target = format!("{path}{split}");
            clean(&server.get(&target), &target);
        }
        let forwarded = [
            FORM,
            ("X-Forwarded-For", split),
            ("X-Forwarded-Host", split),
            ("Referer", split),
        ];
        let body = format!("address={split}&list={split}&website={split}");
        clean(&server.ask("POST", "/subscribe", &forwarded, &body), split);
        clean(&server.ask("POST", "/account", &[FORM], &body), split);
        let json = format!("{{\"address\":{split:?},\"lists\":[{split:?}]}}");
        let reply = server.ask(
            "POST",
            "/api/subscribe",
            &[("Content-Type", "application/json")],
            &json,
        );
        assert_eq!(
            reply.header("content-type"),
            Some("application/problem+json")
        );
    }
    // Bytes that no header may hold, sent as they are.
    for header in [
        "X-A: b\rX-Evil: yes",
        "X-A: \u{0}",
        "X\u{1}A: b",
        "X A: b",
        ": b",
    ] {
        let came = raw(
            &server,
            request("GET / HTTP/1.1", &format!("{header}\r\n{CLOSE}")).as_bytes(),
        );
        assert_eq!(statuses(&came), [400], "{header:?}");
    }
}

#[test]
fn no_path_leads_out_of_the_site() {
    let (world, server) = open("");
    world.write("secret.txt", "the secret beside the site");
    let site = server.get("/").is(200);
    for path in [
        "/../secret.txt",
        "/../../secret.txt",
        "/archive/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%2fsecret.txt",
        "/..%2f..%2fsecret.txt",
        "/archive/%2e%2e/%2e%2e/secret.txt",
        "/%252e%252e/secret.txt",
        "/%252e%252e%252fsecret.txt",
        "/..\\secret.txt",
        "/..%5csecret.txt",
        "/%5c..%5csecret.txt",
        "/%c0%ae%c0%ae/secret.txt",
        "/%c0%ae%c0%ae%c0%afsecret.txt",
        "/..;/secret.txt",
        "/.../secret.txt",
        "/./../secret.txt",
        "/archive//../../secret.txt",
        "/..%00/secret.txt",
        "/secret.txt%00.html",
        "/%00",
        "/archive/%00/",
        "/..%0d%0a/secret.txt",
        "/etc/passwd",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/../press.toml",
        "/file:///etc/passwd",
        "/C:/secret.txt",
        "/%",
        "/%zz",
        "/%2",
        "/%ff",
        "/CON",
    ] {
        let reply = server.get(path);
        assert!(
            matches!(reply.status(), 400 | 404),
            "{path}: {}",
            reply.head
        );
        for word in ["the secret beside", "[newsletter]", "root:"] {
            assert!(!reply.text().contains(word), "{path}");
        }
    }
    // What a build keeps beside its files is nobody's business.
    let hidden: Vec<String> = world
        .tree("site")
        .into_keys()
        .filter(|path| path.split('/').any(|part| part.starts_with('.')))
        .collect();
    assert!(!hidden.is_empty(), "a build keeps its list");
    for path in hidden {
        server.get(&format!("/{path}")).is(404);
    }
    let site_folder = world.path("site");
    std::fs::create_dir_all(site_folder.join(".git")).unwrap();
    std::fs::write(site_folder.join(".git/config"), "the secret beside").unwrap();
    std::fs::create_dir_all(site_folder.join(".well-known")).unwrap();
    std::fs::write(site_folder.join(".well-known/security.txt"), "Contact: us").unwrap();
    for path in ["/.git/config", "/.git/", "/.git", "/%2egit/config"] {
        server.get(path).is(404);
    }
    server
        .get("/.well-known/security.txt")
        .is(200)
        .says(&["Contact"]);
    assert_eq!(server.get("/").is(200).body, site.body);
}

#[test]
fn nobody_is_sent_to_another_host() {
    let (_world, server) = open("");
    assert_eq!(
        server.get("/archive").is(308).header("location"),
        Some("/archive/")
    );
    for path in [
        "//evil.example/archive",
        "//archive",
        "///archive",
        "/\\evil.example",
        "/%2fevil.example/..",
        "/%5cevil.example",
        "//evil.example/%2e%2e/archive",
        "/archive?next=//evil.example",
        "/archive?//evil.example",
        "/archive/?url=https://evil.example",
        "/subscribe?next=https://evil.example",
        "/preferences/none?return=https://evil.example",
        "http://evil.example/archive",
        "http://evil.example//archive",
        "/archive#//evil.example",
    ] {
        let reply = server.get(path);
        assert!(reply.status() < 500, "{path}");
        if let Some(location) = reply.header("location") {
            assert!(
                location.starts_with('/')
                    && !location.starts_with("//")
                    && !location.contains(['\\', ':']),
                "{path}: {location}"
            );
            assert!(!location.contains("evil"), "{path}: {location}");
        }
        assert!(
            !reply.text().contains("evil.example"),
            "{path}: {}",
            reply.text()
        );
    }
}

#[test]
fn what_is_too_much_is_refused_and_the_next_is_answered() {
    let (_world, server) = open("");
    let many: String = (0..200).map(|at| format!("X-{at}: a\r\n")).collect();
    let long = "a".repeat(100 << 10);
    let too_much = [
        request(&format!("GET /{long} HTTP/1.1"), CLOSE),
        request(&format!("GET /?{long} HTTP/1.1"), CLOSE),
        request("GET / HTTP/1.1", &format!("X-Long: {long}\r\n{CLOSE}")),
        request("GET / HTTP/1.1", &format!("X-{long}: a\r\n{CLOSE}")),
        request("GET / HTTP/1.1", &format!("{many}{CLOSE}")),
        request(&format!("{long} / HTTP/1.1"), CLOSE),
    ];
    for bytes in &too_much {
        let came = raw(&server, bytes.as_bytes());
        let statuses = statuses(&came);
        let refused = |status: &u16| matches!(status, 400 | 405 | 414 | 431);
        assert!(
            statuses.len() <= 1 && statuses.iter().all(refused),
            "{statuses:?} for {bytes:.40}"
        );
        server.get("/healthz").is(200);
    }
    // A long address that still is one is a page that is not there.
    server.get(&format!("/{}", "a".repeat(8_000))).is(404);
    server
        .get(&format!("/subscribe?{}", "a".repeat(8_000)))
        .is(200);
    let post = |headers: &str, body: &str| {
        let head = request(
            "POST /subscribe HTTP/1.1",
            &format!("{}: {}\r\n{headers}{CLOSE}", FORM.0, FORM.1),
        );
        statuses(&raw(&server, format!("{head}{body}").as_bytes()))
    };
    let body = "a=b&".repeat(40 << 10);
    assert_eq!(
        post(&format!("Content-Length: {}\r\n", body.len()), &body),
        [413]
    );
    // Nobody waits for what is announced and would be refused.
    let began = Instant::now();
    assert_eq!(post("Content-Length: 99999999999\r\n", ""), [413]);
    assert_eq!(
        post(
            "Content-Length: 99999999999\r\nExpect: 100-continue\r\n",
            ""
        ),
        [413]
    );
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(
        post("Content-Length: 99999999999999999999999\r\n", ""),
        [400]
    );
    let chunk = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    assert_eq!(post("Transfer-Encoding: chunked\r\n", &chunk), [413]);
    let fields: String = (0..9_000).map(|at| format!("list={at}&")).collect();
    assert!(matches!(
        post(&format!("Content-Length: {}\r\n", fields.len()), &fields)[..],
        [413 | 422]
    ));
    let deep = format!("{{\"address\":{}", "[".repeat(60_000));
    let reply = server.ask(
        "POST",
        "/api/subscribe",
        &[("Content-Type", "application/json")],
        &deep,
    );
    assert!(matches!(reply.status(), 400 | 422), "{}", reply.head);
    server.get("/").is(200);
}

#[test]
fn odd_methods_and_targets_are_refused_in_order() {
    let (_world, server) = open("");
    for (line, wanted) in [
        ("OPTIONS * HTTP/1.1", &[405][..]),
        ("OPTIONS / HTTP/1.1", &[405]),
        ("TRACE / HTTP/1.1", &[405]),
        ("CONNECT evil.example:443 HTTP/1.1", &[405]),
        ("PUT / HTTP/1.1", &[405]),
        ("PATCH /subscribe HTTP/1.1", &[405]),
        ("PROPFIND / HTTP/1.1", &[405]),
        ("get / HTTP/1.1", &[405]),
        ("GETGETGET / HTTP/1.1", &[405]),
        ("GET * HTTP/1.1", &[404, 400]),
        ("GET http://gull.example/ HTTP/1.1", &[200]),
        ("GET http://other.example/subscribe HTTP/1.1", &[200]),
        ("GET http://other.example HTTP/1.1", &[200]),
        ("GET //other.example/ HTTP/1.1", &[404, 400]),
        ("GET gull.example HTTP/1.1", &[404, 400]),
        ("GET /\u{e4} HTTP/1.1", &[404, 400]),
        ("GET / /x HTTP/1.1", &[400]),
        ("GET  / HTTP/1.1", &[400]),
        ("GET / HTTP/1.9", &[400, 505]),
        ("GET / HTTP/2.0", &[400, 505]),
        ("GET / HTTQ/1.1", &[400]),
        ("GET /", &[400]),
        ("G\u{0}T / HTTP/1.1", &[400]),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", &[400]),
    ] {
        let came = statuses(&raw(&server, request(line, CLOSE).as_bytes()));
        assert!(
            came.len() == 1 && wanted.contains(&came[0]),
            "{line:?}: {came:?}"
        );
    }
    let reply = server.ask("DELETE", "/subscribe", &[], "").is(405);
    assert_eq!(reply.header("allow"), Some("GET, POST"));
    assert_eq!(
        server.ask("PUT", "/", &[], "").header("allow"),
        Some("GET, HEAD")
    );
}

/// Requests whose end two readers may see in different places, each with a second one that must never be answered as it is.
#[test]
fn nothing_is_smuggled_behind_a_request() {
    let (_world, server) = open("");
    let hidden = "GET /healthz HTTP/1.1\r\nHost: gull.example\r\n\r\n";
    let form = format!("{}: {}\r\n", FORM.0, FORM.1);
    let both = format!("0\r\n\r\n{hidden}");
    for (headers, body) in [
        (
            "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
            both.as_str(),
        ),
        ("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", &both),
        (
            "Transfer-Encoding: chunked\r\nContent-Length: 400\r\n",
            &both,
        ),
        ("Transfer-Encoding: xchunked\r\n", &both),
        ("Transfer-Encoding: chunked, identity\r\n", &both),
        (
            "Transfer-Encoding: identity\r\nContent-Length: 4\r\n",
            &both,
        ),
        ("Transfer-Encoding : chunked\r\n", &both),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            &both,
        ),
        (
            "Transfer-Encoding:\u{b}chunked\r\nContent-Length: 4\r\n",
            &both,
        ),
        ("Transfer-Encoding: \"chunked\"\r\n", &both),
        (" Transfer-Encoding: chunked\r\n", &both),
        (
            "X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
            &both,
        ),
        ("Content-Length: 4\r\nContent-Length: 5\r\n", &both),
        ("Content-Length: +4\r\n", &both),
        ("Content-Length: 0x4\r\n", &both),
        ("Content-Length: -1\r\n", &both),
        ("Content-Length: 4, 5\r\n", &both),
        ("Content-Length: 4 5\r\n", &both),
        ("Transfer-Encoding: chunked\r\n", "zz\r\nhello\r\n0\r\n\r\n"),
        (
            "Transfer-Encoding: chunked\r\n",
            "FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
        ),
        ("Transfer-Encoding: chunked\r\n", "-1\r\nhello\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\n", "5\r\nhelloX\r\n0\r\n\r\n"),
        (
            "Transfer-Encoding: chunked\r\n",
            "5 \n\r\nhello\r\n0\r\n\r\n",
        ),
        ("Transfer-Encoding: chunked\r\n", &both),
    ] {
        let head = request("POST /subscribe HTTP/1.1", &format!("{form}{headers}"));
        let came = raw(&server, format!("{head}{body}{hidden}").as_bytes());
        let all = statuses(&came);
        assert!(all.len() <= 1, "{headers:?} {body:?}: {all:?}");
        assert!(
            all.iter().all(|status| matches!(status, 400 | 422)),
            "{headers:?} {body:?}: {all:?}"
        );
        assert!(!came.contains("alive"), "{headers:?} {body:?}");
    }
    // A body that nobody reads is not the next request; requests in a row are answered in a row.
    let get = format!(
        "GET / HTTP/1.1\r\nHost: gull.example\r\nContent-Length: {}\r\n\r\n{hidden}",
        hidden.len()
    );
    let last = request("GET /readyz HTTP/1.1", CLOSE);
    let came = raw(&server, format!("{get}{last}").as_bytes());
    assert!(
        !came.contains("alive") && statuses(&came).len() <= 2,
        "{came}"
    );
    let came = raw(&server, format!("{hidden}{hidden}{last}").as_bytes());
    assert_eq!(statuses(&came), [200, 200, 200]);
    // An answer does not wait for the rest of the next request.
    let mut line = Line::open(&server.address);
    let (first, rest) = hidden.split_at(20);
    line.send(format!("{hidden}{first}").as_bytes()).unwrap();
    assert_eq!(line.read(false).unwrap().status(), 200);
    line.send(rest.as_bytes()).unwrap();
    assert_eq!(line.read(false).unwrap().status(), 200);
    // The same length twice is one length.
    let body = "address=nobody";
    let head = request(
        "POST /subscribe HTTP/1.1",
        &format!("{form}Content-Length: 14\r\nContent-Length: 14\r\n{CLOSE}"),
    );
    let came = statuses(&raw(&server, format!("{head}{body}").as_bytes()));
    assert!(came == [422] || came == [400], "{came:?}");
}

#[test]
fn a_request_names_one_host_and_nothing_depends_on_it() {
    let (_world, server) = open("");
    let ask = |head: &str| raw(&server, format!("{head}{CLOSE}\r\n").as_bytes());
    for head in [
        "GET / HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n",
        "GET / HTTP/1.1\r\nHost: a.example\r\nHost: a.example\r\n",
        "GET / HTTP/1.1\r\nHost: a.example/evil\r\n",
        "GET / HTTP/1.1\r\nHost: a.example, b.example\r\n",
        "GET / HTTP/1.1\r\nHost: user@a.example\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n",
        "GET http://a.example/ HTTP/1.1\r\n",
    ] {
        assert_eq!(statuses(&ask(head)), [400], "{head}");
    }
    assert_eq!(statuses(&ask("GET / HTTP/1.0\r\n")), [200]);
    assert_eq!(
        statuses(&ask("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n")),
        [200]
    );
    for path in [
        "/",
        "/archive",
        "/subscribe",
        "/nothing",
        "/api/openapi.json",
    ] {
        let head = format!(
            "GET {path} HTTP/1.1\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\nHost: evil.example\r\n"
        );
        let came = ask(&head);
        assert!(!came.contains("evil.example"), "{path}: {came}");
    }
}

fn with(server: &Running, path: &str, headers: &[(&str, &str)]) -> Reply {
    server.ask("GET", path, headers, "")
}

#[test]
fn files_are_served_as_rfc_9110_has_it() {
    let (world, server) = open("");
    let page = server.get("/").is(200);
    let whole = page.body.clone();
    let length = whole.len();
    assert!(length > 1_000);
    let (tag, modified) = (
        page.header("etag").unwrap(),
        page.header("last-modified").unwrap(),
    );
    let head = server.ask("HEAD", "/", &[], "").is(200);
    let fields = |reply: &Reply| {
        let lines = reply
            .head
            .lines()
            .filter(|line| !line.to_lowercase().starts_with("date:"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(fields(&head), fields(&page));

    // Conditions (section 13).
    let status = |headers: &[(&str, &str)]| with(&server, "/", headers).status();
    let strong = tag.trim_start_matches("W/");
    let long_ago = "Sun, 06 Nov 1994 08:49:37 GMT";
    let one_day = "Tue, 21 Oct 2160 07:28:00 GMT";
    for (headers, wanted) in [
        (&[("If-None-Match", tag)][..], 304),
        (&[("If-None-Match", strong)], 304),
        (&[("If-None-Match", "*")], 304),
        (&[("If-None-Match", &format!("\"other\", {tag}"))], 304),
        (&[("If-None-Match", "\"other\"")], 200),
        (&[("If-None-Match", "\"\"")], 200),
        (&[("If-None-Match", "")], 200),
        (&[("If-Modified-Since", modified)], 304),
        (&[("If-Modified-Since", one_day)], 304),
        (&[("If-Modified-Since", long_ago)], 200),
        (&[("If-Modified-Since", "yesterday")], 200),
        (
            &[
                ("If-None-Match", "\"other\""),
                ("If-Modified-Since", modified),
            ],
            200,
        ),
        (
            &[("If-None-Match", tag), ("If-Modified-Since", long_ago)],
            304,
        ),
        (&[("If-Match", "*")], 200),
        (&[("If-Match", "\"other\"")], 412),
        (&[("If-Unmodified-Since", modified)], 200),
        (&[("If-Unmodified-Since", long_ago)], 412),
        (&[("If-Unmodified-Since", "yesterday")], 200),
    ] {
        assert_eq!(status(headers), wanted, "{headers:?}");
    }
    let unchanged = with(&server, "/", &[("If-None-Match", tag)]);
    for name in ["etag", "cache-control", "vary", "date"] {
        assert!(
            unchanged.header(name).is_some(),
            "{name} in {}",
            unchanged.head
        );
    }
    assert_eq!(
        unchanged
            .header("content-length")
            .filter(|length| *length != "0"),
        None
    );

    // Ranges (section 14).
    let last = format!("bytes={}-", length - 1);
    let past = format!("bytes={length}-");
    let beyond = format!("bytes=10-{}", length + 10);
    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=5-9", 5, 10),
        ("BYTES=5-9", 5, 10),
        ("bytes=-7", length - 7, length),
        ("bytes=-99999999", 0, length),
        (&last, length - 1, length),
        (&beyond, 10, length),
    ] {
        let part = with(&server, "/", &[("Range", range)]).is(206);
        assert_eq!(part.body, &whole[from..to], "{range}");
        let told = format!("bytes {from}-{}/{length}", to - 1);
        assert_eq!(part.header("content-range"), Some(told.as_str()), "{range}");
        assert_eq!(part.header("etag"), Some(tag));
        assert_eq!(part.header("content-encoding"), None);
    }
    for outside in [
        past.as_str(),
        "bytes=-0",
        "bytes=99999999-",
        "bytes=99999999-999999999",
    ] {
        let reply = with(&server, "/", &[("Range", outside)]).is(416);
        assert_eq!(
            reply.header("content-range"),
            Some(format!("bytes */{length}").as_str())
        );
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{outside}");
        assert_eq!(
            reply.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
    }
    for ignored in [
        "bytes",
        "bytes=",
        "bytes=a-b",
        "bytes=9-5",
        "items=0-1",
        "bytes=0-1,3-4",
        "bytes=--1",
        "bytes=1",
        "bytes=18446744073709551616-",
    ] {
        assert_eq!(
            with(&server, "/", &[("Range", ignored)]).is(200).body,
            whole,
            "{ignored}"
        );
    }
    let range = ("Range", "bytes=0-9");
    assert_eq!(status(&[range, ("If-Range", modified)]), 206);
    assert_eq!(status(&[range, ("If-Range", long_ago)]), 200);
    // A weak tag never means the same bytes.
    assert_eq!(status(&[range, ("If-Range", tag)]), 200);
    assert_eq!(status(&[range, ("If-None-Match", tag)]), 304);
    assert_eq!(server.ask("HEAD", "/", &[range], "").status(), 200);

    // Encodings (section 12.5.3).
    for (accepted, wanted) in [
        ("gzip", Some("gzip")),
        ("br, gzip", Some("br")),
        ("GZIP", Some("gzip")),
        ("gzip;q=0", None),
        ("gzip; q=0.5", Some("gzip")),
        ("br;q=0, gzip", Some("gzip")),
        ("identity", None),
        ("", None),
        ("zstd", None),
        ("gzip;q=nonsense", Some("gzip")),
    ] {
        let reply = with(&server, "/", &[("Accept-Encoding", accepted)]).is(200);
        assert_eq!(reply.header("content-encoding"), wanted, "{accepted}");
        assert_eq!(reply.header("vary"), Some("accept-encoding"));
        if wanted == Some("gzip") {
            let mut text = Vec::new();
            flate2::read::GzDecoder::new(reply.body.as_slice())
                .read_to_end(&mut text)
                .unwrap();
            assert_eq!(text, whole);
        }
    }

    // A file that is read piece by piece obeys the same rules.
    let large: Vec<u8> = (0..5 << 20).map(|at: u32| (at % 251) as u8).collect();
    world.write("site/large.bin", &large);
    let reply = server.get("/large.bin").is(200);
    assert_eq!(reply.body, large);
    let modified = reply.header("last-modified").unwrap();
    let part = with(&server, "/large.bin", &[("Range", "bytes=1000000-1999999")]).is(206);
    assert_eq!(part.body, &large[1_000_000..2_000_000]);
    let whole_range = with(&server, "/large.bin", &[("Range", "bytes=0-")]).is(206);
    assert_eq!(whole_range.body.len(), large.len());
    assert_eq!(
        with(&server, "/large.bin", &[("If-None-Match", "\"\"")]).status(),
        200
    );
    let unchanged = with(&server, "/large.bin", &[("If-Modified-Since", modified)]).is(304);
    assert!(
        unchanged.header("cache-control").is_some(),
        "{}",
        unchanged.head
    );
    with(&server, "/large.bin", &[("Range", "bytes=99999999-")]).is(416);
    let head = server.ask("HEAD", "/large.bin", &[], "").is(200);
    assert_eq!(
        head.header("content-length"),
        Some(large.len().to_string().as_str())
    );
    world.write("site/empty.txt", "");
    assert_eq!(
        server.get("/empty.txt").is(200).header("content-length"),
        Some("0")
    );
    with(&server, "/empty.txt", &[("Range", "bytes=0-")]).is(416);
}

/// Waits until the server closes each connection; what it said on the way.
fn closed(mut streams: Vec<TcpStream>) -> Vec<String> {
    let mut all = Vec::new();
    for stream in &mut streams {
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let mut said = Vec::new();
        match stream.read_to_end(&mut said) {
            Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => panic!("{error}"),
            _ => all.push(String::from_utf8_lossy(&said).into_owned()),
        }
    }
    all
}

#[test]
fn slow_clients_hold_up_nobody_and_are_let_go() {
    let (world, server) = open("");
    world.write("site/film.bin", vec![7; 16 << 20]);
    let begin = |bytes: &str| {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        stream
    };
    let many = |bytes: &str| -> Vec<TcpStream> { (0..150).map(|_| begin(bytes)).collect() };
    let heads = many("GET / HTTP/1.1\r\nHost: gull.example\r\nX-Slow: a");
    let silent = many("");
    let form = format!("{}: {}\r\nContent-Length: 50\r\n", FORM.0, FORM.1);
    let bodies = many(&format!(
        "{}address=a",
        request("POST /subscribe HTTP/1.1", &form)
    ));
    // They ask for much and take nothing.
    let readers = many(&request("GET /film.bin HTTP/1.1", ""));
    let began = Instant::now();
    for _ in 0..20 {
        server.get("/").is(200);
        server.get("/readyz").is(200);
        server.post("/subscribe", &[("address", "nobody")]).is(422);
    }
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
    for said in closed(bodies) {
        assert_eq!(statuses(&said), [408]);
    }
    for said in closed(heads).into_iter().chain(closed(silent)) {
        assert!(said.is_empty() || statuses(&said) == [408], "{said}");
    }
    drop(readers);
    server.get("/").is(200);
}

/// Lets this process, and so those that it starts, have as many files as the system lets it; how many these are.
fn raise_files() -> usize {
    let limits = || {
        let text = std::fs::read_to_string("/proc/self/limits").ok()?;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("Max open files"))?
            .to_owned();
        let mut words = line
            .split_whitespace()
            .map(|word| word.parse().unwrap_or(usize::MAX));
        Some((words.next()?, words.next()?))
    };
    let Some((soft, hard)) = limits() else {
        return 1_024;
    };
    let wanted = hard.min(20_000);
    if soft < wanted {
        let pid = std::process::id().to_string();
        let done = std::process::Command::new("prlimit")
            .args(["--pid", &pid, &format!("--nofile={wanted}:{hard}")])
            .status();
        if !done.is_ok_and(|status| status.success()) {
            println!("prlimit is missing: there are {soft} files only");
        }
    }
    limits().map_or(soft, |(soft, _)| soft)
}

#[test]
fn five_thousand_idle_connections_leave_it_answering() {
    let files = raise_files();
    // Other tests of this process need some too.
    let count = 5_000.min(files.saturating_sub(1_000)).max(100);
    let (_world, server) = open("");
    let idle: Vec<TcpStream> = (0..count)
        .map(|_| TcpStream::connect(&server.address).unwrap())
        .collect();
    let mut line = Line::open(&server.address);
    let began = Instant::now();
    let mut slowest = Duration::ZERO;
    for _ in 0..100 {
        let asked = Instant::now();
        line.ask("GET", "/", &[], "").is(200);
        slowest = slowest.max(asked.elapsed());
    }
    server.get("/readyz").is(200);
    server
        .post(
            "/subscribe",
            &[("address", "idle@gull.example"), ("list", "weekly")],
        )
        .is(200);
    println!(
        "{count} idle connections: 100 pages in {:?}, the slowest {slowest:?}",
        began.elapsed()
    );
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
    drop(idle);
}

#[test]
fn a_network_has_so_many_connections_at_a_time() {
    let (_world, server) = open("trusted-proxies = []\nconnections-per-network = 4\n");
    let mut lines: Vec<Line> = (0..4).map(|_| Line::open(&server.address)).collect();
    for line in &mut lines {
        line.ask("GET", "/healthz", &[], "").is(200);
    }
    assert!(
        Line::open(&server.address)
            .try_ask("GET", "/healthz", &[], "")
            .is_err()
    );
    lines[0].ask("GET", "/healthz", &[], "").is(200);
    lines.pop();
    wait_for("a place", || {
        Line::open(&server.address)
            .try_ask("GET", "/healthz", &[], "")
            .ok()
    });
}
