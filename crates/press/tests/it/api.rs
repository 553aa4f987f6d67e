//! The interface for programs: what it does, that problems are told as RFC 9457 has it, and that it keeps to its own
//! description, as judged by schemathesis.
//!
//! A machine without schemathesis says so and proves less, unless `CI` is set; `.ci/run` installs it.

use crate::postgres::block_on;
use crate::reader::{Reply, Running, letters};
use crate::world::{World, wait_for};
use press::config::Config;
use press::pipeline::public::{Challenge, prove};
use press::store::Store;
use press_core::mailbox::EmailAddress;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::process::{Command, Stdio};

const SETTINGS: &str = r#"
[mail]
from = "editors@gull.example"

[transport]
kind = "file"
folder = "outbox"

[[list]]
id = "weekly"
name = "The Weekly Gull"

[[list]]
id = "events"
name = "Gull Events"
"#;

fn open(server: &str) -> (World, Running) {
    let world = World::new(1);
    world.write(
        "press.toml",
        format!("{}{SETTINGS}[server]\n{server}", world.read("press.toml")),
    );
    let server = Running::start(&world);
    (world, server)
}

const JSON: (&str, &str) = ("Content-Type", "application/json");

fn post(server: &Running, body: &Value) -> Reply {
    server.ask("POST", "/api/subscribe", &[JSON], &body.to_string())
}

fn data(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

/// Fails unless an answer is a problem that says this.
#[track_caller]
fn problem(reply: &Reply, status: u16, words: &str) {
    assert_eq!(reply.status(), status, "{}\n{}", reply.head, reply.text());
    assert_eq!(
        reply.header("content-type"),
        Some("application/problem+json")
    );
    let told = data(reply);
    assert_eq!(told["status"], status);
    assert!(!told["title"].as_str().unwrap().is_empty());
    assert!(told["detail"].as_str().unwrap().contains(words), "{told}");
}

#[test]
fn a_program_asks_for_a_list_and_a_letter_asks_the_person() {
    let (world, server) = open("proof-bits = 8\nsign-ups-without-proof = 1\n");
    let lists = data(&server.get("/api/lists").is(200));
    assert_eq!(lists["lists"][1]["id"], "events");
    let asked = data(&server.get("/api/challenge").is(200));
    let challenge = Challenge {
        text: asked["challenge"].as_str().unwrap().to_owned(),
        bits: u32::try_from(asked["bits"].as_u64().unwrap()).unwrap(),
    };
    assert_eq!(challenge.bits, 8);
    let wish = |address: &str, nonce: &str| json!({ "address": address, "lists": ["weekly"], "challenge": challenge.text, "nonce": nonce });
    let proved = |address: &str| post(&server, &wish(address, &prove(&challenge, address)));
    let first = proved("ada@gull.example").is(202);
    wait_for("a letter", || letters(&world.path("outbox")).pop());
    let store = block_on(Store::open(
        &Config::load(world.folder(), None).unwrap().store,
    ))
    .unwrap();
    let ada = block_on(store.find_subscriber(&EmailAddress::parse("ada@gull.example").unwrap()));
    assert!(ada.unwrap().is_some());
    // It tells nobody whether somebody is known.
    assert_eq!(proved("ada@gull.example").text(), first.text());
    assert_eq!(post(&server, &wish("a@gull.example", "")).status(), 202);
    let busy = post(&server, &wish("b@gull.example", ""));
    problem(&busy, 429, "Too many");
    assert_eq!(busy.header("retry-after"), Some("3600"));
    proved("c@gull.example").is(202);
}

#[test]
fn problems_are_told_as_such() {
    let (_world, server) = open("proof-bits = 0\n");
    let good = json!({ "address": "ada@gull.example", "lists": ["weekly"] });
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        post(&server, &body)
    };
    problem(&with("address", json!("nobody")), 422, "no @");
    problem(&with("address", json!(7)), 422, "not as described");
    problem(&with("lists", json!([])), 422, "at least one");
    problem(&with("lists", json!(["none"])), 422, "no such list");
    problem(&with("lists", Value::Null), 422, "not as described");
    problem(&with("nonce", json!("1".repeat(21))), 422, "longer");
    problem(
        &with("website", json!("https://spam.example")),
        422,
        "not as described",
    );
    problem(&post(&server, &json!([])), 422, "not as described");
    let ask = |kind: &str, body: &str| {
        server.ask("POST", "/api/subscribe", &[("Content-Type", kind)], body)
    };
    problem(&ask("application/json", "{"), 400, "no JSON");
    problem(&ask("application/json", ""), 400, "no JSON");
    problem(&ask("text/plain", &good.to_string()), 415, "must be JSON");
    problem(
        &ask("application/json", &"x".repeat(70 << 10)),
        413,
        "more than",
    );
    problem(
        &server.ask("POST", "/api/subscribe", &[], &good.to_string()),
        415,
        "must be JSON",
    );
    problem(&server.get("/api/nothing"), 404, "no such thing");
    problem(&server.get("/api/"), 404, "no such thing");
    let other = server.get("/api/subscribe");
    problem(&other, 405, "not for that");
    assert_eq!(other.header("allow"), Some("POST"));
    ask("Application/JSON; charset=utf-8", &good.to_string()).is(202);
    // Scripts of other sites get no leave to read or send.
    let preflight = [
        ("Origin", "https://evil.example"),
        ("Access-Control-Request-Method", "POST"),
    ];
    problem(
        &server.ask("OPTIONS", "/api/subscribe", &preflight, ""),
        405,
        "not for that",
    );
}

#[test]
fn the_description_names_the_lists_of_the_newsletter() {
    let (_world, server) = open("");
    let described = data(&server.get("/api/openapi.json").is(200));
    assert_eq!(described["openapi"], "3.1.0");
    assert_eq!(described["info"]["title"], "The Weekly Gull");
    let body =
        &described["paths"]["/api/subscribe"]["post"]["requestBody"]["content"]["application/json"];
    assert_eq!(
        body["schema"]["properties"]["lists"]["items"]["enum"],
        json!(["weekly", "events"])
    );
}

/// Starts schemathesis with whatever Python has it.
const START: &str = "import sys\nfrom importlib.metadata import entry_points\n\
    sys.argv[0] = 'schemathesis'\n\
    next(iter(entry_points(group='console_scripts', name='schemathesis'))).load()()";

/// A Python that has schemathesis: `PRESS_PYTHON`, or that of the system.
fn python() -> Option<OsString> {
    let can = |python: &OsString| {
        let mut command = Command::new(python);
        let done = command
            .args(["-c", "import schemathesis"])
            .stderr(Stdio::null())
            .status();
        done.is_ok_and(|status| status.success())
    };
    let named = std::env::var_os("PRESS_PYTHON").unwrap_or("python3".into());
    Some(named).filter(can)
}

const TOKEN: &str = "cccccccccccccccccccccccccccccccccccccccc";

const MAY_REFUSE: &str = "[operations.checks.positive_data_acceptance]\n\
    expected-statuses = [\"2xx\", \"401\", \"403\", \"404\", \"409\", \"422\", \"429\"]\n";

/// A newsletter with something of everything, and with limits that nobody meets.
fn open_for_strangers() -> (World, Running) {
    let world = World::new(3);
    let server = "proof-bits = 0\nsign-ups = 1000000\nsign-ups-per-network = 1000000\n\
                  wrong-tokens-per-network = 1000000\n";
    let more = "[submissions]\nper-sender = 1000000\nper-host = 1000000\n[[section]]\nid = \"pick\"\n\
                title = \"Pick of the Week\"\nkind = \"prose\"\n[[vote]]\nid = \"pick\"\nsection = \"pick\"\n\
                nominates = \"link\"\n[[editor]]\nname = \"Ada\"\ntoken-env = \"TOKEN_ADA\"\n\
                [schedule]\nweekday = \"wednesday\"\nfirst-date = \"2025-03-19\"\nfirst-number = 1\n";
    let config = world.read("press.toml");
    world.write(
        "press.toml",
        format!("{config}{SETTINGS}[server]\n{server}{more}"),
    );
    world.write(crate::submissions::DRAFT, crate::submissions::TEXT);
    let server = Running::start_with(&world, &[("TOKEN_ADA", TOKEN)]);
    for at in 1..6 {
        let link = json!({ "url": format!("https://host{at}.example/"), "title": "A link" });
        server
            .ask("POST", "/api/submissions", &[JSON], &link.to_string())
            .is(201);
    }
    (world, server)
}

#[test]
fn schemathesis_finds_no_answer_that_is_not_described() {
    let Some(python) = python() else {
        let ci = std::env::var_os("CI").is_some();
        assert!(!ci, "CI needs schemathesis");
        println!("python3 has no schemathesis: the interface is not held against its description");
        return;
    };
    let (world, server) = open_for_strangers();
    let url = format!("http://{}", server.address);
    let mut command = Command::new(python);
    command
        .current_dir(world.folder())
        .args(["-c", START, "run"]);
    // Which addresses, days, reasons and texts are good no schema can say.
    let may_refuse = [
        "/api/submissions",
        "/api/nominations",
        "/api/desk/submissions/{id}/decline",
        "/api/desk/submissions/{id}/snooze",
    ];
    let refusing: String = may_refuse
        .iter()
        .map(|path| format!("[[operations]]\ninclude-path = \"{path}\"\n{MAY_REFUSE}"))
        .collect();
    world.write("schemathesis.toml", refusing);
    command
        .args(["--header", &format!("Authorization: Bearer {TOKEN}")])
        .arg(format!("{url}/api/openapi.json"))
        .args(["--url", &url]);
    let settings = [
        "--checks",
        "all",
        "--max-examples",
        "60",
        "--seed",
        "640",
        "--workers",
        "1",
        "--no-color",
    ];
    let output = command
        .args(settings)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let trouble = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{trouble}");
    println!("{said}");
}
