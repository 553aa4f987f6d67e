//! Sources of links: feeds in all states, forums and networks as a server plays them, and what becomes of hostile answers.

use crate::collect::Collecting;
use crate::corpus;
use crate::links::secured;
use crate::server::{Reply, Server, answer, page, redirect, send};
use press::config::Config;
use press::http::Names;
use press::pipeline::collect::{Collected, Outcome, inbox};
use press::sources::Candidate;
use std::sync::Arc;
use std::time::Duration;

/// What one source found.
#[track_caller]
pub(crate) fn outcome<'c>(collected: &'c Collected, source: &str) -> &'c Outcome {
    let mut read = collected.read.iter();
    let read = read.find(|read| read.source == source).unwrap();
    read.outcome
        .as_ref()
        .unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
pub(crate) fn failure(collected: &Collected, source: &str) -> String {
    let mut read = collected.read.iter();
    let read = read.find(|read| read.source == source).unwrap();
    read.outcome.as_ref().unwrap_err().message()
}

/// "https://a.example/ | Title | by X | 2025-04-03T10:00:00Z | 3+1 at https://b.example/ | note"
fn line(candidate: &Candidate) -> String {
    let mut parts = vec![candidate.url.clone(), candidate.title.clone()];
    parts.extend(
        candidate
            .author
            .as_ref()
            .map(|author| format!("by {author}")),
    );
    parts.extend(candidate.published.map(|moment| moment.to_string()));
    let reception = &candidate.reception;
    if let Some(place) = &reception.place {
        let number = |count: Option<i64>| count.map_or("?".to_owned(), |count| count.to_string());
        let (points, comments) = (number(reception.points), number(reception.comments));
        parts.push(format!("{points}+{comments} at {place}"));
    }
    parts.extend(candidate.note.clone());
    parts.join(" | ")
}

pub(crate) fn lines(outcome: &Outcome) -> Vec<String> {
    outcome.found.candidates.iter().map(line).collect()
}

fn feed(name: &str, url: &str) -> String {
    format!("[[source]]\nname = \"{name}\"\nkind = \"feed\"\nurl = \"{url}\"\n")
}

#[test]
fn broken_feeds_give_what_can_be_read_and_say_so() {
    let all = corpus::all();
    let sources: String = all
        .iter()
        .map(|broken| {
            feed(
                broken.name,
                &format!("http://blog.test/feeds/{}", broken.name),
            )
        })
        .collect();
    let server = Server::start(|asked| {
        let name = asked.path.strip_prefix("/feeds/").unwrap_or_default();
        match corpus::all().into_iter().find(|broken| broken.name == name) {
            Some(broken) => {
                let kind = format!("content-type: {}\r\n", broken.kind);
                Reply::Send(answer(200, &kind, broken.bytes))
            }
            None => send(404, "", ""),
        }
    });
    let collected = Collecting::new(&server, &sources).run();
    let mut told = String::new();
    for read in &collected.read {
        told.push_str(&format!("{}\n", read.source));
        match &read.outcome {
            Ok(outcome) => {
                let notices = outcome.found.notices.iter();
                let notices = notices.map(|notice| format!("note: {notice}"));
                for line in lines(outcome).into_iter().chain(notices) {
                    told.push_str(&format!("  {line}\n"));
                }
            }
            Err(error) => {
                told.push_str(&format!(
                    "  failed: {}\n",
                    error.message().replace('\n', "\n  ")
                ));
            }
        }
    }
    insta::assert_snapshot!(told);
}

const FLIGHTS: &str = "http://blog.test/flights.xml";

fn rss(items: &str) -> String {
    format!("<rss version=\"2.0\"><channel><title>Flights</title>{items}</channel></rss>")
}

fn item(name: &str, day: &str) -> String {
    let date = match day {
        "" => String::new(),
        day => format!("<pubDate>{day} 2025 10:00:00 GMT</pubDate>"),
    };
    format!("<item><title>{name}</title><link>http://blog.test/{name}</link>{date}</item>")
}

#[test]
fn what_comes_late_with_an_old_date_is_not_lost() {
    let first = rss(&format!(
        "{}{}{}",
        item("old", "3 Mar"),
        item("now", "3 Apr"),
        item("undated", "")
    ));
    let second = rss(&format!(
        "{}{}{}{}{}",
        item("old", "3 Mar"),
        item("late", "4 Mar"),
        item("now", "3 Apr"),
        item("undated", ""),
        item("next-week", "9 Apr")
    ));
    let server = Server::start(move |asked| {
        let text = if asked.before == 0 { &first } else { &second };
        send(200, "content-type: application/rss+xml\r\n", text)
    });
    let collecting = Collecting::new(&server, &feed("flights", FLIGHTS));
    let told = |collected: &Collected| lines(outcome(collected, "flights"));
    assert_eq!(
        told(&collecting.run()),
        [
            "http://blog.test/now | now | 2025-04-03T10:00:00Z",
            "http://blog.test/undated | undated",
        ]
    );
    let again = collecting.run();
    let late = "http://blog.test/late | late | 2025-03-04T10:00:00Z | dated 2025-03-04, but not there before";
    assert_eq!(told(&again).last().map(String::as_str), Some(late));
    assert_eq!(outcome(&again, "flights").new, 1);
    // Once it waits in the inbox it is known.
    assert_eq!(outcome(&collecting.run(), "flights").new, 0);
    let config = Config::load(collecting.world.folder(), None).unwrap();
    assert_eq!(inbox(&config, jiff::Timestamp::now()).unwrap().len(), 3);
}

#[test]
fn a_feed_that_changed_all_its_addresses_does_not_flood_the_inbox() {
    let all = |start: u32| {
        (start..start + 20)
            .map(|at| item(&format!("p{at}"), "3 Mar"))
            .collect::<String>()
    };
    let (first, second) = (rss(&all(0)), rss(&all(100)));
    let server =
        Server::start(move |asked| send(200, "", if asked.before == 0 { &first } else { &second }));
    let collecting = Collecting::new(&server, &feed("flights", FLIGHTS));
    collecting.run();
    let collected = collecting.run();
    let outcome = outcome(&collected, "flights");
    assert_eq!(outcome.new, 0);
    assert!(
        outcome.found.notices[0].contains("20 entries"),
        "{:?}",
        outcome.found.notices
    );
}

#[test]
fn a_feed_is_asked_whether_it_has_changed() {
    let text = rss(&item("now", "3 Apr"));
    let server =
        Server::start(
            move |asked| match asked.headers.contains("if-none-match: \"v1\"") {
                true => send(304, "", ""),
                false => send(200, "etag: \"v1\"\r\n", &text),
            },
        );
    let mut collecting = Collecting::new(&server, &feed("flights", FLIGHTS));
    collecting.settings.cache = Some(collecting.world.path("cache"));
    let first = lines(outcome(&collecting.run(), "flights"));
    assert_eq!(lines(outcome(&collecting.run(), "flights")), first);
    let asked = server.asked();
    assert!(asked[1].headers.contains("if-none-match"), "{asked:?}");
    assert!(
        asked[1].headers.contains("accept: application/atom+xml"),
        "{asked:?}"
    );
}

#[test]
fn a_feed_in_another_encoding_is_asked_whether_it_has_changed_too() {
    let text = rss(&item("now", "3 Apr").replace(">now<", ">M\u{f6}wen<"));
    let latin: Vec<u8> = text
        .chars()
        .map(|sign| u8::try_from(u32::from(sign)).unwrap())
        .collect();
    let server = Server::start(move |asked| {
        let since = "if-modified-since: thu, 03 apr 2025 10:00:00 gmt";
        match asked.headers.contains(since) {
            true => send(304, "", ""),
            false => {
                let head = "last-modified: Thu, 03 Apr 2025 10:00:00 GMT\r\ncontent-type: text/xml; charset=iso-8859-1\r\n";
                Reply::Send(answer(200, head, latin.clone()))
            }
        }
    });
    let mut collecting = Collecting::new(&server, &feed("flights", FLIGHTS));
    collecting.settings.cache = Some(collecting.world.path("cache"));
    let first = lines(outcome(&collecting.run(), "flights"));
    assert!(first[0].contains("| Möwen |"), "{first:?}");
    assert_eq!(lines(outcome(&collecting.run(), "flights")), first);
    let asked = server.asked();
    assert!(asked[1].headers.contains("if-modified-since"), "{asked:?}");

    // What was kept and cannot be read any more is asked for anew.
    for (name, bytes) in collecting.world.tree("cache") {
        let kept = String::from_utf8(bytes).unwrap();
        let spoilt = kept.replace("\"text\":\"", "\"text\":\"!");
        collecting.world.write(&format!("cache/{name}"), spoilt);
    }
    assert_eq!(lines(outcome(&collecting.run(), "flights")), first);
}

#[test]
fn of_a_feed_of_ten_megabytes_the_beginning_is_read() {
    let more = "gulls and terns ".repeat(2500);
    let items = (0..280).map(|at| {
        let text = format!("<description>{more}</description></item>");
        item(&format!("p{at}"), "3 Apr").replace("</item>", &text)
    });
    let long = rss(&items.collect::<String>());
    let entry = |at: u32| serde_json::json!({ "id": at, "url": format!("http://blog.test/j{at}"), "title": "Gulls", "content_text": more });
    let entries: Vec<_> = (0..280).map(entry).collect();
    let json = serde_json::json!({ "version": "https://jsonfeed.org/version/1.1", "title": "Flights", "items": entries });
    let json = json.to_string();
    assert!(long.len() > 10 << 20 && json.len() > 10 << 20);
    let server = Server::start(move |asked| {
        let text = if asked.path == "/json" { &json } else { &long };
        send(200, "", text)
    });
    let sources = feed("flights", FLIGHTS) + &feed("json", "http://blog.test/json");
    let collected = Collecting::new(&server, &sources).run();
    for source in ["flights", "json"] {
        let outcome = outcome(&collected, source);
        let notices = &outcome.found.notices;
        assert!(
            notices[0].contains("longer than 8 MB"),
            "{source}: {notices:?}"
        );
        // Neither the part of an entry at the end nor those before it are lost without a word.
        assert!(notices.len() <= 3, "{source}: {notices:?}");
        assert!(
            lines(outcome).len() >= 100,
            "{source}: {}",
            lines(outcome).len()
        );
    }
}

#[test]
fn a_feed_that_moved_says_where_and_pages_lend_their_titles() {
    let text = rss(&format!(
        "{}{}",
        item("one", "3 Apr").replace(">one<", ">Untitled<"),
        item("two", "3 Apr").replace(">two<", "><")
    ));
    let server = Server::start(move |asked| match asked.path.as_str() {
        "/flights.xml" => redirect(301, "http://new.test/feed.xml"),
        "/feed.xml" => send(200, "", &text),
        "/one" => page("Gulls over Kiel &amp; Riga"),
        "/robots.txt" => send(200, "", "User-agent: *\nDisallow: /two\n"),
        _ => send(404, "", ""),
    });
    let collected = Collecting::new(&server, &feed("flights", FLIGHTS)).run();
    let outcome = outcome(&collected, "flights");
    let found = lines(outcome);
    assert!(found[0].contains("| Gulls over Kiel & Riga |"), "{found:?}");
    assert!(found[1].contains("| http://blog.test/two |"), "{found:?}");
    assert!(outcome.found.notices[0].contains("moved for good to http://new.test/feed.xml"));
}

#[test]
fn a_connection_that_breaks_off_loses_only_the_rest() {
    let text = rss(&format!("{}{}", item("one", "3 Apr"), item("two", "3 Apr")));
    let server = Server::start(move |_| {
        let half = text.len() - 80;
        let head = format!("HTTP/1.1 200 X\r\ncontent-length: {}\r\n\r\n", text.len());
        Reply::SendAndClose([head.as_bytes(), &text.as_bytes()[..half]].concat())
    });
    let collected = Collecting::new(&server, &feed("flights", FLIGHTS)).run();
    let outcome = outcome(&collected, "flights");
    assert!(lines(outcome)[0].contains("/one"), "{:?}", lines(outcome));
    let notices = outcome.found.notices.join("; ");
    assert!(
        notices.contains("broke off") && notices.contains("breaks off"),
        "{notices}"
    );
}

/// 126 good feeds, and one each that hangs, is out of order, sends zeros without end, and shows a bad certificate.
#[test]
fn of_130_sources_four_fail_and_hold_up_nobody() {
    let text = rss(&item("now", "3 Apr"));
    let server = Server::start(move |asked| match asked.host.as_str() {
        "hangs.test" => Reply::Silence,
        "broken.test" => send(500, "", "oh"),
        "zeros.test" => {
            let mut bytes = b"HTTP/1.1 200 X\r\ncontent-length: 2147483648\r\n\r\n".to_vec();
            bytes.resize(bytes.len() + (9 << 20), 0);
            Reply::Endless(bytes)
        }
        host => {
            let host = host.strip_suffix(".test").unwrap();
            send(
                200,
                "",
                &text.replace("blog.test/now", &format!("blog.test/{host}")),
            )
        }
    });
    let expired = secured("expired.pem");
    let bad = ["hangs", "broken", "zeros"].map(|name| feed(name, &format!("http://{name}.test/")));
    let good = (0..126).map(|at| feed(&format!("good-{at}"), &format!("http://s{at}.test/feed")));
    let sources =
        bad.concat() + &feed("expired", "https://expired.test/") + &good.collect::<String>();
    let mut collecting = Collecting::new(&server, &sources);
    let (plain, tls) = (server.address, expired.address);
    collecting.settings.names = Names::Given(Arc::new(move |host| match host {
        "expired.test" => Some(tls),
        host => host.ends_with(".test").then_some(plain),
    }));
    // Long enough for the zeros, and no longer.
    collecting.settings.timeout = Duration::from_secs(3);
    collecting.settings.tries = 1;
    collecting.settings.retry_slow = false;
    let collected = collecting.run();
    let failed = collected.read.iter().filter(|read| read.outcome.is_err());
    let failed: Vec<&str> = failed.map(|read| read.source.as_str()).collect();
    assert_eq!(failed, ["hangs", "broken", "zeros", "expired"]);
    for (source, why) in [
        ("hangs", "took too long"),
        ("broken", "refused (500)"),
        ("zeros", "there is no text in it"),
        ("expired", "it has expired"),
    ] {
        let said = failure(&collected, source);
        assert!(said.contains(why), "{source}: {said}");
    }
    let config = Config::load(collecting.world.folder(), None).unwrap();
    assert_eq!(inbox(&config, jiff::Timestamp::now()).unwrap().len(), 126);
}

#[test]
fn a_run_that_is_partial_says_so_by_its_exit_code() {
    let text = rss(&item("now", "3 Apr"));
    let server = Server::start(move |asked| match asked.path.as_str() {
        "/good" => send(200, "", &text),
        _ => send(404, "", ""),
    });
    let at = |path: &str| format!("http://{}/{path}", server.address);
    let sources = format!(
        "[collect]\nprivate = [\"127.0.0.1\"]\n{}{}",
        feed("good", &at("good")),
        feed("gone", &at("gone"))
    );
    let collecting = Collecting::new(&server, &sources);
    let days = ["--since", "2025-04-02", "--until", "2025-04-08"];
    let run = collecting.world.press(&[&["collect"], &days[..]].concat());
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.err.contains("1 source read, 1 failed: gone"), "{run:?}");
    assert!(run.err.contains("new address"), "{run:?}");
    assert!(run.out.contains("good: 1 candidate, 1 new"), "{run:?}");
    let run = collecting
        .world
        .press(&[&["collect", "good"], &days[..]].concat());
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.contains("good: 1 candidate, 0 new"), "{run:?}");
}
