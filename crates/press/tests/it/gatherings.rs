//! Events: a stand-in for Meetup, a calendar, a page; and the list of the draft into which what they say comes.

use crate::collect::{Collecting, DRAFT};
use crate::server::{Asked, Reply, Server, send};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use press::config::{Config, Kind, Secrets};
use press::pipeline::collect::{Change, Collected};
use press_core::events::NoticeKind;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

pub(crate) const KEY: &str = include_str!("tls/meetup.pem");

const SOURCES: &str = r#"
[[source]]
name = "meetup"
kind = "meetup"
section = "events"
auto = true
groups = ["https://www.meetup.com/gulls/events/", "gone"]
api = "http://api.test/gql-ext"
login = "http://secure.test/oauth2/access"

[[source]]
name = "terns"
kind = "ical"
section = "events"
auto = true
url = "http://terns.test/all.ics"
group = "Terns"
group-url = "https://terns.example/"
place = "Bergen, NO"

[[source]]
name = "fair"
kind = "event-page"
section = "events"
auto = true
urls = ["http://fair.test/", "http://fair.test/nothing"]

[events]
countries = { GB = "UK" }
"#;

const LIST: &str = "### Europe\n\n* 2025-04-12 | Oslo, NO | [Gulls](https://www.meetup.com/gulls)\n    \
    * [**Wings for beginners**](https://www.meetup.com/gulls/events/1/)\n";

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1@terns\r\nDTSTART;TZID=Europe/Oslo:20250415T180000\r\n\
    SUMMARY:Nets &amp; knots\r\nURL:https://terns.example/knots?utm_source=ics\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

const PAGE: &str = r#"<script type="application/ld+json">{"@type":"Event","name":"Feather fair","url":"https://fair.example/",
    "startDate":"2025-04-25","endDate":"2025-04-26","location":{"@type":"Place","address":{"addressLocality":"BRISTOL",
    "addressCountry":"GB"}},"offers":{"price":"5"},"organizer":{"name":"Fairs","url":"https://fair.example/"}}</script>"#;

fn node(id: u32, title: &str, at: &str, status: &str) -> Value {
    json!({ "node": {
        "token": format!("t{id}"), "title": title, "eventUrl": format!("https://www.meetup.com/gulls/events/{id}/?eventOrigin=x"),
        "dateTime": at, "endTime": null, "eventType": "PHYSICAL", "status": status, "feeSettings": null,
        "venues": [{ "city": "oslo", "state": "", "country": "no", "venueType": "" }],
    }})
}

/// Meetup with these events on two pages, and the other two hosts.
fn world(first: Vec<Value>, second: Vec<Value>) -> Server {
    Server::start(move |asked| match asked.host.as_str() {
        "secure.test" => login(asked),
        "api.test" => events(asked, &first, &second),
        "terns.test" => send(200, "", CALENDAR),
        "fair.test" if asked.path == "/" => send(200, "content-type: text/html\r\n", PAGE),
        _ => send(404, "", ""),
    })
}

/// Gives a token to whoever can sign.
pub(crate) fn login(asked: &Asked) -> Reply {
    let claim = asked
        .body
        .split_once("assertion=")
        .map(|(_, claim)| claim.to_owned());
    let claim = claim.unwrap_or_default();
    let parts: Vec<&str> = claim.split('.').collect();
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
    let key = PrivatePkcs8KeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let pair = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public().as_ref());
    let message = format!("{}.{}", parts[0], parts[1]);
    let body: Value = serde_json::from_slice(&decoded(parts[1])).unwrap();
    let head: Value = serde_json::from_slice(&decoded(parts[0])).unwrap();
    let right = public
        .verify(message.as_bytes(), &decoded(parts[2]))
        .is_ok()
        && body["sub"] == "42"
        && body["iss"] == "client"
        && body["aud"] == "api.meetup.com"
        && head["kid"] == "key"
        && head["alg"] == "RS256"
        && asked
            .body
            .starts_with("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&");
    match right {
        true => send(200, "", &json!({ "access_token": "hush-hush" }).to_string()),
        false => send(400, "", &json!({ "error": "invalid_grant" }).to_string()),
    }
}

fn events(asked: &Asked, first: &[Value], second: &[Value]) -> Reply {
    if !asked.headers.contains("authorization: bearer hush-hush") {
        return send(401, "", "{}");
    }
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    let variables = body["variables"].as_object().unwrap();
    let mut data = serde_json::Map::new();
    for at in 0..variables.keys().filter(|key| key.starts_with('u')).count() - 1 {
        let name = variables[&format!("u{at}")].as_str().unwrap();
        let after = &variables[&format!("a{at}")];
        let edges = if after.is_null() { first } else { second };
        let group = json!({
            "name": "Gulls &amp; friends", "link": "https://www.meetup.com/gulls/", "city": "Oslo", "state": "", "country": "no",
            "timezone": "Europe/Oslo",
            "events": {
                "pageInfo": { "hasNextPage": after.is_null() && !second.is_empty(), "endCursor": "next" },
                "edges": edges,
            },
        });
        data.insert(
            format!("g{at}"),
            if name == "gulls" { group } else { Value::Null },
        );
    }
    send(200, "", &json!({ "data": data }).to_string())
}

fn collecting(server: &Server) -> Collecting {
    let mut collecting = Collecting::new(server, SOURCES);
    collecting.secrets = Secrets::given([
        ("MEETUP_CLIENT_KEY", "client"),
        ("MEETUP_MEMBER_ID", "42"),
        ("MEETUP_KEY_ID", "key"),
        ("MEETUP_PRIVATE_KEY", KEY),
    ]);
    let head =
        "Title: The Weekly Gull 4\nNumber: 4\nDate: 2025-04-09\n\nHello.\n\n## Upcoming Events\n\n";
    let draft =
        format!("{head}<!-- press:begin events -->\n{LIST}<!-- press:end events -->\n\nBye.\n");
    collecting.world.write(DRAFT, draft);
    collecting
}

fn kinds(collected: &Collected) -> Vec<NoticeKind> {
    let blocks = collected.blocks.as_ref().unwrap();
    blocks
        .iter()
        .flat_map(|block| &block.notices)
        .map(|notice| notice.kind)
        .collect()
}

#[test]
fn what_sources_know_comes_into_the_list_of_the_draft() {
    let first = vec![
        node(
            1,
            "Wings for beginners",
            "2025-04-12T18:00:00+02:00",
            "ACTIVE",
        ),
        node(2, "<b>Beaks</b>", "2025-04-11T18:00+02:00", "ACTIVE"),
    ];
    let second = vec![node(3, "Never", "2025-04-13T18:00:00+02:00", "CANCELLED")];
    let server = world(first, second);
    let collecting = collecting(&server);
    let collected = collecting.run();
    for read in &collected.read {
        let outcome = read
            .outcome
            .as_ref()
            .unwrap_or_else(|error| panic!("{}: {error}", read.source));
        println!("{}: {:?}", read.source, outcome.found.notices);
    }
    let text = collecting.world.read(DRAFT);
    assert!(
        text.contains(
            "### Europe\n\n\
             * 2025-04-11 | Oslo, NO | [Gulls & friends](https://www.meetup.com/gulls/events/)\n    \
                 * [**Beaks**](https://www.meetup.com/gulls/events/2/)\n\
             * 2025-04-12 | Oslo, NO | [Gulls](https://www.meetup.com/gulls)\n    \
                 * [**Wings for beginners**](https://www.meetup.com/gulls/events/1/)\n\
             * 2025-04-15 | Bergen, NO | [Terns](https://terns.example/)\n    \
                 * [**Nets & knots**](https://terns.example/knots)\n\
             * 2025-04-25 - 2025-04-26 | Bristol, UK | [Fairs](https://fair.example/)\n    \
                 * $[**Feather fair**](https://fair.example/)\n\
             <!-- press:end events -->"
        ),
        "{text}"
    );
    let notices = |source: &str| {
        let read = collected
            .read
            .iter()
            .find(|read| read.source == source)
            .unwrap();
        read.outcome.as_ref().unwrap().found.notices.join("; ")
    };
    assert_eq!(notices("meetup"), "Meetup has no group `gone`: take it out");
    assert!(notices("fair").contains("404"), "{}", notices("fair"));
    let again = collecting.run();
    assert_eq!(collecting.world.read(DRAFT), text);
    let blocks = again.blocks.as_ref().unwrap();
    assert!(blocks.iter().all(|block| block.change == Change::Same));
}

#[test]
fn a_moved_and_a_cancelled_event_are_said_and_written() {
    let moved = vec![node(
        1,
        "Wings for beginners",
        "2025-04-19T18:00:00+02:00",
        "ACTIVE",
    )];
    let server = world(moved, Vec::new());
    let mut collecting = collecting(&server);
    let collected = collecting.run();
    assert_eq!(kinds(&collected), [NoticeKind::Rescheduled]);
    assert!(
        collecting
            .world
            .read(DRAFT)
            .contains("* 2025-04-19 | Oslo, NO | [Gulls]")
    );
    let off = vec![node(
        1,
        "Wings for beginners",
        "2025-04-19T18:00:00+02:00",
        "CANCELLED",
    )];
    let server = world(off, Vec::new());
    collecting.settings.names = Collecting::new(&server, SOURCES).settings.names;
    let collected = collecting.run();
    assert_eq!(kinds(&collected), [NoticeKind::Cancelled]);
    assert!(!collecting.world.read(DRAFT).contains("Wings"));
}

#[test]
fn groups_stand_in_a_file_and_its_slips_are_pointed_at() {
    let server = world(Vec::new(), Vec::new());
    let collecting = collecting(&server);
    let inline = "groups = [\"https://www.meetup.com/gulls/events/\", \"gone\"]";
    let world = &collecting.world;
    world.edit(
        "press.toml",
        inline,
        "groups = [\"gulls\"]\ngroups-file = \"groups.txt\"",
    );
    let refused = |parts: &[&str]| {
        let said = Config::load(world.folder(), None).unwrap_err().to_string();
        for part in parts {
            assert!(said.contains(part), "{part:?} is not in\n{said}");
        }
    };
    refused(&[
        "groups-file = \"groups.txt\"",
        "cannot read",
        "the folder of press.toml",
    ]);
    world.write("groups.txt", "# none\n");
    refused(&["groups.txt names no group"]);
    world.write(
        "groups.txt",
        "terns # of Oslo\n\nhttps://lu.ma/terns\nhttps://www.meetup.com/\ntwo words\nTerns\nhttps://www.meetup.com/Gulls/events/\n",
    );
    refused(&[
        "has 5 mistakes",
        "groups.txt:3:1",
        "lu.ma is not Meetup",
        "groups.txt:4:1",
        "names no group",
        "groups.txt:5:1",
        "`two words` names no group",
        "groups.txt:6:1",
        "it stands in line 1 of groups.txt already",
        "groups.txt:7:1",
        "of press.toml already",
    ]);
    world.write("groups.txt", "terns # of Oslo\ngone\n");
    let names = |config: &Config| -> Vec<String> {
        let Kind::Meetup(meetup) = &config.sources[0].kind else {
            panic!("{:?}", config.sources[0]);
        };
        let groups = meetup.groups.iter();
        groups.map(|group| group.get_ref().clone()).collect()
    };
    let config = Config::load(world.folder(), None).unwrap();
    assert_eq!(names(&config), ["gulls", "terns", "gone"]);
    world.edit(
        "press.toml",
        "groups = [\"gulls\"]\ngroups-file = \"groups.txt\"",
        "",
    );
    refused(&["name = \"meetup\"", "no group is named", "`groups-file`"]);
}

#[test]
fn groups_that_are_gone_and_a_meetup_that_stops_are_told_and_the_rest_is_done() {
    let found = vec![node(2, "Beaks", "2025-04-11T18:00+02:00", "ACTIVE")];
    let server = Server::start(move |asked| match asked.host.as_str() {
        "secure.test" => login(asked),
        "api.test" if asked.body.contains("\"late\"") => send(500, "", "oh"),
        "api.test" => events(asked, &found, &[]),
        "terns.test" => send(200, "", CALENDAR),
        _ => send(200, "content-type: text/html\r\n", PAGE),
    });
    let collecting = collecting(&server);
    let many: Vec<String> = (0..8).map(|at| format!("\"gone-{at}\"")).collect();
    let many = format!("\"gone\", {}, \"late\"]", many.join(", "));
    collecting.world.edit("press.toml", "\"gone\"]", &many);
    let collected = collecting.run();
    assert_eq!(collected.failed(), 0);
    assert!(collecting.world.read(DRAFT).contains("**Beaks**"));
    let meetup = collected.read.iter().find(|read| read.source == "meetup");
    let found = &meetup.unwrap().outcome.as_ref().unwrap().found;
    assert!(found.partial);
    let gone = found.notices.iter();
    assert_eq!(
        gone.filter(|notice| notice.starts_with("Meetup has no group"))
            .count(),
        9
    );
    let last = found.notices.last().unwrap();
    assert!(
        last.starts_with("the last 1 of 11 groups were not read: ") && last.contains("(500)"),
        "{last}"
    );
}

#[test]
fn a_token_that_expired_and_a_page_in_place_of_data_are_told_in_words() {
    for (reply, said) in [
        (
            (401, r#"{"message":"expired"}"#),
            "the token is wrong or has expired: make a new one",
        ),
        (
            (200, "<!doctype html><title>Back soon</title>"),
            "a web page came, not data",
        ),
    ] {
        let server = Server::start(move |asked| match asked.host.as_str() {
            "secure.test" => login(asked),
            "api.test" => send(reply.0, "", reply.1),
            "terns.test" => send(200, "", CALENDAR),
            _ => send(200, "content-type: text/html\r\n", PAGE),
        });
        let collecting = collecting(&server);
        let collected = collecting.run();
        let meetup = collected.read.iter().find(|read| read.source == "meetup");
        let error = meetup.unwrap().outcome.as_ref().unwrap_err().message();
        assert!(error.contains(said) && !error.contains("hush"), "{error}");
        assert_eq!(collected.failed(), 1);
        assert!(collecting.world.read(DRAFT).contains("Nets & knots"));
    }
}

#[test]
fn keys_that_are_wrong_stop_meetup_only() {
    let server = world(Vec::new(), Vec::new());
    let mut collecting = collecting(&server);
    for (secrets, said) in [
        (Secrets::given([]), "there is no `MEETUP_CLIENT_KEY`"),
        (
            Secrets::given([
                ("MEETUP_CLIENT_KEY", "c"),
                ("MEETUP_MEMBER_ID", "42"),
                ("MEETUP_PRIVATE_KEY", "xyz"),
            ]),
            "is no private RSA key",
        ),
        (
            Secrets::given([
                ("MEETUP_CLIENT_KEY", "wrong"),
                ("MEETUP_MEMBER_ID", "42"),
                ("MEETUP_PRIVATE_KEY", KEY),
            ]),
            "refused (400)",
        ),
    ] {
        collecting.secrets = secrets;
        let collected = collecting.run();
        let meetup = collected
            .read
            .iter()
            .find(|read| read.source == "meetup")
            .unwrap();
        let error = meetup.outcome.as_ref().unwrap_err().message();
        assert!(error.contains(said), "{error}");
        assert_eq!(collected.failed(), 1);
    }
    assert!(collecting.world.read(DRAFT).contains("Nets & knots"));
}
