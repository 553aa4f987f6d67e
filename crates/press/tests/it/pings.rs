//! A hub of WebSub and search engines are told; feeds, pages and the server name the hub. The stand-ins are written after
//! what WebSub hubs and IndexNow publish, and refuse what those would refuse.

use crate::reader::Running;
use crate::server::{Asked, Reply, Server, send};
use crate::transport::wait;
use crate::world::{World, get};
use press::config::Config;
use press::pipeline::publish::pings;
use press_core::issue::Masthead;
use press_core::render::site::{Category, IssueHead};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

const KEY: &str = "6f1c0d2a9b7e4c35";

/// A newsletter with these lines under `[publish]`.
fn newsletter(publish: &str) -> World {
    let world = World::new(2);
    let toml = world.read("press.toml");
    world.write("press.toml", format!("{toml}\n[publish]\n{publish}\n"));
    world
}

fn config(world: &World) -> Config {
    Config::load(world.folder(), None).unwrap()
}

/// The head of the newest issue, as far as it matters here.
fn head(world: &World) -> IssueHead {
    let masthead = Masthead::parse(&world.read("content/002.md")).0;
    IssueHead {
        title: "The Weekly Gull 2".to_owned(),
        number: Some(2),
        date: masthead.date.unwrap(),
        modified: None,
        url: "/issues/2/".to_owned(),
        category: Some(Category {
            name: "Odd Weeks".to_owned(),
            slug: "odd-weeks".to_owned(),
            url: String::new(),
        }),
        draft: false,
    }
}

/// A hub that takes what is published as the others do: a form with two fields.
fn hub(status: Arc<AtomicU16>) -> Server {
    Server::start(move |asked: &Asked| {
        let fields: Vec<(String, String)> = form_urlencoded::parse(asked.body.as_bytes())
            .into_owned()
            .collect();
        let is = |name: &str, good: &dyn Fn(&str) -> bool| {
            fields
                .iter()
                .any(|(known, value)| known == name && good(value))
        };
        let form = "content-type: application/x-www-form-urlencoded";
        let good = asked.method == "POST"
            && asked.headers.to_lowercase().contains(form)
            && is("hub.mode", &|mode| mode == "publish")
            && is("hub.url", &|url| url.starts_with("https://gull.example/"));
        let status = if good {
            status.load(Ordering::SeqCst)
        } else {
            400
        };
        answer(status, "hub says so")
    })
}

fn answer(status: u16, body: &str) -> Reply {
    send(status, "content-type: text/plain\r\n", body)
}

/// The addresses that a hub heard of, in order.
fn heard(hub: &Server) -> Vec<String> {
    let mut urls = Vec::new();
    for asked in hub.asked() {
        let fields = form_urlencoded::parse(asked.body.as_bytes()).into_owned();
        urls.extend(
            fields
                .filter(|(name, _)| name == "hub.url")
                .map(|(_, url)| url),
        );
    }
    urls
}

#[test]
fn a_hub_hears_of_the_first_page_and_all_feeds_that_an_issue_changes() {
    let status = Arc::new(AtomicU16::new(204));
    let hub = hub(Arc::clone(&status));
    let world = newsletter(&format!("websub = \"http://{}/publish\"", hub.address));
    let config = config(&world);
    let topics = pings::topics(&config, &head(&world));
    assert!(topics.contains(&"https://gull.example/atom.xml".to_owned()));
    assert!(
        topics.iter().all(|topic| !topic.contains('{')),
        "{topics:?}"
    );
    let told = wait(pings::websub(&config, &topics)).unwrap();
    assert!(
        told.contains(&format!("{} addresses", topics.len())),
        "{told}"
    );
    assert_eq!(heard(&hub), topics);

    status.store(403, Ordering::SeqCst);
    let error = wait(pings::websub(&config, &topics[..1])).unwrap_err();
    let error = error.message();
    for part in [
        "did not take",
        "403 hub says so",
        "https://gull.example/",
        "websub",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[test]
fn without_a_hub_or_a_key_nobody_is_told_and_nothing_names_one() {
    let world = World::new(2);
    let config = config(&world);
    let topics = pings::topics(&config, &head(&world));
    assert_eq!(wait(pings::websub(&config, &topics)).unwrap(), "no hub");
    assert_eq!(wait(pings::indexnow(&config, &topics)).unwrap(), "no key");
    world.build().succeeds();
    for (path, content) in world.tree("site") {
        let text = String::from_utf8_lossy(&content);
        assert!(
            !text.contains("rel=\"hub\"") && !text.contains("\"hubs\""),
            "{path}"
        );
    }
}

#[test]
fn feeds_the_first_page_and_the_server_name_the_hub() {
    let hub = "https://hub.example/?of=us";
    let world = newsletter(&format!("websub = \"{hub}\""));
    let toml = world.read("press.toml");
    world.write("press.toml", format!("{toml}\n[server]\nproof-bits = 0\n"));
    world.build().succeeds();
    let names = |path: &str, text: &str| assert!(world.read(path).contains(text), "{path}");
    names(
        "site/atom.xml",
        "<link href=\"https://hub.example/?of=us\" rel=\"hub\"/>",
    );
    names(
        "site/rss.xml",
        "<atom:link href=\"https://hub.example/?of=us\" rel=\"hub\"/>",
    );
    names(
        "site/feed.json",
        "\"hubs\":[{\"type\":\"WebSub\",\"url\":\"https://hub.example/?of=us\"}]",
    );
    names(
        "site/index.html",
        "<link rel=\"hub\" href=\"https://hub.example/?of=us\">",
    );
    names(
        "site/index.html",
        "<link rel=\"self\" href=\"https://gull.example/\">",
    );
    // It speaks for no page of one issue, and would never tell of one.
    assert!(
        !world
            .read("site/issues/2/index.html")
            .contains("rel=\"hub\"")
    );

    let server = Running::start(&world);
    let link = |path: &str| {
        let got = get(&server.address, path);
        let mut lines = got.head.lines();
        let line = lines.find(|line| line.to_lowercase().starts_with("link:"));
        line.map(|line| line["link:".len()..].trim().to_owned())
    };
    let of = |own: &str| format!("<{hub}>; rel=\"hub\", <https://gull.example{own}>; rel=\"self\"");
    for path in ["/", "/atom.xml", "/feed.json"] {
        assert_eq!(link(path), Some(of(path)), "{path}");
    }
    for path in ["/issues/2/", "/archive/", "/nowhere"] {
        assert_eq!(link(path), None, "{path}");
    }
}

/// What takes news of pages as IndexNow describes it, with the key looked for on the site.
fn engines(world: &World, status: u16) -> Server {
    let site = world.path("site");
    Server::start(move |asked: &Asked| {
        let told: serde_json::Value = serde_json::from_str(&asked.body).unwrap_or_default();
        let json = asked.headers.to_lowercase();
        let json = json.contains("content-type: application/json; charset=utf-8");
        if asked.method != "POST" || !json || !told["urlList"].is_array() {
            return answer(400, "Bad request");
        }
        let host = told["host"].as_str().unwrap_or_default();
        let own = format!("https://{host}/");
        let mut urls = told["urlList"].as_array().unwrap().iter();
        if !urls.all(|url| url.as_str().is_some_and(|url| url.starts_with(&own))) {
            return answer(422, "Unprocessable Entity");
        }
        let key = told["key"].as_str().unwrap_or_default();
        let place = told["keyLocation"]
            .as_str()
            .and_then(|place| place.strip_prefix(&own));
        let there = place.and_then(|place| std::fs::read_to_string(site.join(place)).ok());
        if key.is_empty() || there.as_deref().map(str::trim) != Some(key) {
            return answer(403, "Forbidden");
        }
        answer(status, "")
    })
}

#[test]
fn search_engines_hear_of_the_new_page_and_find_the_key() {
    for (status, said) in [(200, "3 addresses told"), (202, "looked at later")] {
        let world = newsletter(&format!("indexnow = \"{KEY}\""));
        world.build().succeeds();
        let engines = engines(&world, status);
        world.edit(
            "press.toml",
            &format!("indexnow = \"{KEY}\""),
            &format!(
                "indexnow = \"{KEY}\"\nindexnow-url = \"http://{}/indexnow\"",
                engines.address
            ),
        );
        let config = config(&world);
        let pages = pings::pages(&config, &head(&world));
        assert_eq!(
            pages,
            ["/issues/2/", "/", "/archive/"].map(|path| format!("https://gull.example{path}"))
        );
        let told = wait(pings::indexnow(&config, &pages)).unwrap();
        assert!(told.contains(said), "{told}");
        assert_eq!(engines.asked().len(), 1);

        // Refusals say what is to be done.
        let strange = ["https://tern.example/".to_owned()];
        let error = wait(pings::indexnow(&config, &strange))
            .unwrap_err()
            .message();
        assert!(error.contains("do not belong to gull.example"), "{error}");
        std::fs::remove_file(world.path(&format!("site/{KEY}.txt"))).unwrap();
        let error = wait(pings::indexnow(&config, &pages))
            .unwrap_err()
            .message();
        assert!(
            error.contains(&format!("{KEY}.txt must be there")),
            "{error}"
        );
    }
}

#[test]
fn addresses_that_are_none_are_mistakes() {
    for line in [
        "websub = \"hub.example\"",
        "websub = \"https://hub.example/>\"",
        "websub = \"ftp://hub.example/\"",
        "indexnow-url = \"api.indexnow.org\"",
        "indexnow = \"../../etc/key\"",
    ] {
        let world = newsletter(line);
        world
            .press(&["build"])
            .refuses(&["has a mistake", line.split(' ').next().unwrap()]);
    }
}
