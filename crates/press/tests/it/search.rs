//! Search: what a build writes for it and writes anew, the same answers on the command line, on the server and in a browser,
//! and sixty questions to the real archive.

use crate::archive;
use crate::chromium::Browser;
use crate::reader::Running;
use crate::world::{World, changed, issue, issue_path, wait_for};
use press::config::Config;
use press::pipeline::search::Library;
use press_core::render::search::{Answer, Filters};
use serde_json::{Value, json};

const TITLES: &[&str] = &[
    "Async gulls and how they fly",
    "no_std on a rock",
    "HashMap::new in depth",
    "Gull 1.75.0 is out",
    "C++ and C# for terns",
    "Größere Möwen: ein Überblick",
    "日本のカモメ",
    "Don't panic: what's a tern's nest?",
    "The gulls of the coast, part 2",
    "Ternary operators",
    "Embedded gulls",
    "std::sync::Arc and gulls",
    "#[must_use] for wings",
    "𝔾ulls in 𝟚 dimensions",
];

const NOTES: &[&str] = &[
    "by Ada",
    "which is long and tells of gulls, terns, albatrosses and of many others that nobody expected on this coast, \
     and of their nests and wings and what they eat and how they sleep and where they go in winter, and what it is that \
     makes them come back each spring to the same rock on the same coast, where Ada and Bob count them, one by one",
    "",
    "a talk",
];

/// A newsletter of several years.
fn world(issues: u32) -> World {
    let world = World::new(issues);
    world.edit("press.toml", "search = \"\"", "search = \"/search/\"");
    for number in 1..=issues {
        world.write(&issue_path(number), text(number));
    }
    world
}

fn text(number: u32) -> String {
    let year = 2021 + number / 12;
    let dated = issue(number).replacen("Date: 2025", &format!("Date: {year}"), 1);
    let dated = dated.replacen("Date: 2026", &format!("Date: {year}"), 1);
    let mut more = String::new();
    for at in 0..9_u32 {
        let pick = (number * 9 + at) as usize;
        let mark = if at == 4 { "[video] " } else { "" };
        more.push_str(&format!(
            "* {mark}[{}](https://{}.example/{number}/{at}) {}\n",
            TITLES[pick % TITLES.len()],
            ["rock", "coast.birds", "wings"][pick % 3],
            NOTES[pick % NOTES.len()],
        ));
    }
    dated.replacen("## Links\n\n", &format!("## Links\n\n{more}"), 1)
}

#[test]
fn a_new_issue_writes_few_files_anew() {
    let world = world(40);
    world.build().succeeds();
    let before = world.tree("site");
    let index = |name: &&String| name.starts_with("search/") && name.ends_with(".bin");
    let old: Vec<&String> = before.keys().filter(index).collect();
    assert!(old.len() > 8, "{old:?}");
    assert_eq!(world.build().succeeds().written(), 0);

    world.write(&issue_path(41), text(41));
    world.build().succeeds();
    let after = world.tree("site");
    let new = after
        .keys()
        .filter(index)
        .filter(|name| !before.contains_key(*name));
    let new: Vec<&String> = new.collect();
    // Of the years that are over nothing; of the newest its words and the block that was not full.
    let newest = |name: &&&String| name.starts_with("search/n") || name.starts_with("search/2024-");
    assert_eq!(new.iter().filter(newest).count(), new.len(), "{new:?}");
    assert!((2..6).contains(&new.len()), "{new:?}");
    assert!(after["search/index.html"] != before["search/index.html"]);

    // A text that changes takes its old files along.
    world.edit(&issue_path(41), "Hello, this is issue 41.", "Hello!");
    world.build().succeeds();
    let again = world.tree("site");
    let differs = changed(&after, &again);
    assert!(
        differs.iter().all(|name| !name.starts_with("search/")),
        "{differs:?}"
    );
    world.edit("press.toml", "search = \"/search/\"", "search = \"\"");
    world.build().succeeds();
    assert!(
        world
            .tree("site")
            .keys()
            .all(|name| !name.starts_with("search/"))
    );
    let page = world.read("site/index.html");
    assert!(!page.contains("Search"), "{page}");
}

#[test]
fn an_address_of_the_search_page_is_a_folder() {
    let world = world(1);
    for (wrong, words) in [
        ("search/", "begins with `/`"),
        ("/search", "is a folder"),
        ("/", "is a folder"),
    ] {
        world.edit(
            "press.toml",
            "search = \"/search/\"",
            &format!("search = \"{wrong}\""),
        );
        world.build().refuses(&[words]);
        world.edit(
            "press.toml",
            &format!("search = \"{wrong}\""),
            "search = \"/search/\"",
        );
    }
}

#[test]
fn the_command_line_finds() {
    let world = world(30);
    let run = world
        .press(&["search", "hashmpa", "--limit", "1"])
        .succeeds();
    assert!(
        run.out.starts_with("HashMap::new in depth\n"),
        "{}",
        run.out
    );
    assert!(
        run.out.contains("issue 30") || run.out.contains("issue "),
        "{}",
        run.out
    );
    assert!(
        run.err
            .contains("nothing has \"hashmpa\", this is for \"hashmap\""),
        "{}",
        run.err
    );
    let run = world
        .press(&[
            "search", "async", "gulls", "--year", "2022", "--format", "json",
        ])
        .succeeds();
    let answer: Value = serde_json::from_str(&run.out).unwrap();
    let found = answer["found"].as_array().unwrap();
    assert!(!found.is_empty());
    for one in found
        .iter()
        .take(usize::try_from(answer["whole"].as_u64().unwrap()).unwrap())
    {
        assert!(one["date"].as_str().unwrap().starts_with("2022"), "{one}");
        assert_eq!(one["title"], "Async gulls and how they fly");
    }
    let run = world
        .press(&[
            "search",
            "--mark",
            "video",
            "--host",
            "birds.example",
            "--limit",
            "50",
        ])
        .succeeds();
    assert!(
        run.out.lines().any(|line| line.starts_with("[video] ")),
        "{}",
        run.out
    );
    assert!(
        run.out
            .lines()
            .all(|line| line.starts_with("[video] ") || line.starts_with(' ')),
        "{}",
        run.out
    );
    let run = world.press(&["search", "qqqqq "]).succeeds();
    assert_eq!(run.out, "");
    assert!(run.err.contains("0 entries"), "{}", run.err);
}

/// The server of a newsletter with `[server]` and what it needs.
pub(crate) fn serve(world: &World) -> Running {
    let settings = "[mail]\nfrom = \"editors@gull.example\"\n\n[transport]\nkind = \"file\"\nfolder = \"outbox\"\n";
    world.write(
        "press.toml",
        format!("{}\n{settings}", world.read("press.toml")),
    );
    world.build().succeeds();
    Running::start(world)
}

fn data(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

#[test]
fn programs_ask_the_server() {
    let world = world(30);
    let server = serve(&world);
    let answer = data(&server.get("/api/search?q=no_std+rock&limit=3").is(200).body);
    assert_eq!(answer["found"][0]["title"], "no_std on a rock");
    assert_eq!(answer["found"].as_array().unwrap().len(), 3);
    let own = Library::of_issues(&Config::load(world.folder(), None).unwrap()).unwrap();
    let same = own.search("no_std rock", &Filters::default(), 3).unwrap();
    assert_eq!(answer, json!(same));
    let page = answer["found"][0]["place"].as_str().unwrap();
    let (page, id) = page.split_once('#').unwrap();
    assert!(
        server
            .get(page)
            .is(200)
            .text()
            .contains(&format!("id=\"{id}\""))
    );
    let chosen = data(&server.get("/api/search?year=2022&mark=video").is(200).body);
    assert!(chosen["total"].as_u64().unwrap() > 5, "{chosen}");
    for (query, words) in [
        ("year=soon", "`year`"),
        ("limit=0", "`limit`"),
        ("limit=51", "`limit`"),
        (&format!("q={}", "x".repeat(201)), "`q`"),
    ] {
        let reply = server.get(&format!("/api/search?{query}")).is(422);
        assert!(reply.text().contains(words), "{}", reply.text());
    }
    // The files are for good where their names hold a hash.
    let shard = world
        .tree("site")
        .into_keys()
        .find(|name| name.starts_with("search/o0-"))
        .unwrap();
    let cache = server.get(&format!("/{shard}")).is(200);
    assert_eq!(
        cache.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    let head = server.get("/search/index.json").is(200);
    assert_eq!(head.header("cache-control"), Some("public, max-age=60"));

    std::fs::remove_dir_all(world.path("site/search")).unwrap();
    assert!(
        server
            .get("/api/search?q=gulls")
            .is(404)
            .text()
            .contains("no search")
    );
}

/// What the page's own script answers.
#[track_caller]
fn in_browser(browser: &Browser, question: &str, filters: &Value, limit: usize) -> Value {
    let script = "const done = arguments[arguments.length - 1]; \
                  pressSearch(arguments[0], arguments[1], arguments[2]).then(done, (error) => done(String(error)))";
    let body = json!({ "script": script, "args": [question, filters, limit] });
    browser.command("POST", "/execute/async", &body)
}

const QUESTIONS: &[&str] = &[
    "gulls",
    "gulls ",
    "gull",
    "g",
    "gu",
    "async gulls",
    "no_std",
    "nostd ",
    "hashmap new",
    "hash map ",
    "hashmpa",
    "1.75",
    "1.7",
    "c++",
    "C# terns",
    "größere möwen",
    "grossere mowen",
    "日本",
    "カモ",
    "don't panic",
    "what's a tern's nest",
    "\"part 2\"",
    "“gulls of the coast”",
    "\"gulls coast\"",
    "embeded guls",
    "albatrosses where they go in winter",
    "std::sync::Arc",
    "must_use",
    "ternaty operatros",
    "𝔾ulls in 2",
    "wings qqqqq",
    "qqqqq",
    "ada bob",
    "coast.birds",
    "gullconf",
    "day at the sea kiel",
    "tern* ope*",
    "\"",
    "* ' -",
    "video flight",
];

#[track_caller]
fn assert_same(browser: &Browser, library: &Library, question: &str, filters: &Filters) {
    let given = json!({
        "section": filters.section, "mark": filters.mark, "host": filters.host,
        "year": filters.year.map_or(String::new(), |year| year.to_string()),
    });
    let theirs = in_browser(browser, question, &given, 12);
    let ours: Answer = library.search(question, filters, 12).unwrap();
    assert_eq!(theirs, json!(ours), "{question}");
}

#[test]
fn browsers_find_what_the_program_finds() {
    let Some(browser) = Browser::start(true) else {
        return;
    };
    let world = world(40);
    let server = serve(&world);
    let config = Config::load(world.folder(), None).unwrap();
    let library = Library::of_site(&config, &world.path("site")).unwrap();
    browser.go(&format!("http://{}/search/", server.address));
    browser.find("#search-q");
    for question in QUESTIONS {
        assert_same(&browser, &library, question, &Filters::default());
    }
    let none = Filters::default();
    for filters in [
        Filters {
            year: Some(2022),
            ..none.clone()
        },
        Filters {
            year: Some(1999),
            ..none.clone()
        },
        Filters {
            mark: "video".to_owned(),
            ..none.clone()
        },
        Filters {
            host: "birds.example".to_owned(),
            ..none.clone()
        },
        Filters {
            section: "events".to_owned(),
            year: Some(2023),
            ..none
        },
    ] {
        for question in ["", "gulls", "gulls of", "kiel"] {
            assert_same(&browser, &library, question, &filters);
        }
    }
    browser.has_no_complaints();
}

#[test]
fn a_reader_searches_with_the_keyboard() {
    let Some(browser) = Browser::start(true) else {
        return;
    };
    let world = world(30);
    let server = serve(&world);
    let on = |path: &str| format!("http://{}{path}", server.address);
    let status = |words: &str| {
        wait_for(words, || {
            browser.text(".found-status").contains(words).then_some(())
        });
    };
    let focus =
        || browser.run("return document.activeElement.textContent || document.activeElement.id");
    let query = || {
        browser
            .run("return location.search")
            .as_str()
            .unwrap()
            .to_owned()
    };
    // Nothing of it is loaded elsewhere.
    browser.go(&on("/"));
    let loaded = browser
        .run("return performance.getEntriesByType('resource').map((one) => one.name).join(' ')");
    assert!(!loaded.as_str().unwrap().contains("search"), "{loaded}");
    browser.click("header nav a[href='/search/']");
    wait_for("the script of the search", || {
        let there = browser.run("return 'pressSearch' in window");
        (there == json!(true)).then_some(())
    });
    browser.is_for_everybody("the search page");
    browser.run("document.activeElement.blur()");
    browser.press("/");
    assert_eq!(focus(), json!("search-q"));
    browser.press("no_std");
    status("entries");
    assert_eq!(query(), "?q=no_std");
    assert!(browser.text(".found .what").contains("no_std on a rock"));
    browser.is_for_everybody("what was found");

    // Down, down, up, and to the page itself.
    browser.press("\u{E015}\u{E015}\u{E013}");
    assert_eq!(focus(), json!("no_std on a rock"));
    browser.press("\u{E013}");
    assert_eq!(focus(), json!("search-q"));
    // Into the issue, and back to what was found.
    browser.click(".found .where a");
    wait_for("the issue", || {
        let at = browser.run("return location.pathname + location.hash");
        at.as_str().unwrap().contains("/#i-").then_some(())
    });
    browser.command("POST", "/back", &json!({}));
    status("entries");
    assert_eq!(query(), "?q=no_std");

    // Filters, which can be shared and taken back.
    browser.run(
        "const year = document.querySelector('#search-year'); year.value = '2022'; \
                 year.dispatchEvent(new Event('change', { bubbles: true }))",
    );
    wait_for("only 2022", || {
        let dates = browser.run("return Array.from(document.querySelectorAll('.found time')).map((one) => one.dateTime)");
        let dates = dates.as_array().unwrap().clone();
        let fit = dates
            .iter()
            .all(|date| date.as_str().unwrap().starts_with("2022"));
        (fit && !dates.is_empty()).then_some(())
    });
    assert_eq!(query(), "?q=no_std&year=2022");
    browser.command("POST", "/back", &json!({}));
    wait_for("all years", || (query() == "?q=no_std").then_some(()));
    browser.go(&on("/search/?q=hashmpa&year=2022&mark="));
    status("this is for “hashmap”");
    assert_eq!(
        browser.run("return document.querySelector('#search-year').value"),
        json!("2022")
    );

    browser.click("#search-q");
    browser.press("\u{E00C}");
    wait_for("an empty field", || {
        (browser.run("return document.querySelector('#search-q').value") == json!("")).then_some(())
    });
    browser.go(&on("/search/?q=qqqqq+"));
    status("Nothing has “qqqqq”");
    browser.go(&on("/search/?q=gulls"));
    browser.click(".more");
    wait_for("more", || {
        let shown = browser.run("return document.querySelectorAll('.found li').length");
        (shown == json!(16)).then_some(())
    });
    browser.has_no_complaints();
}

#[test]
fn what_cannot_be_loaded_is_said() {
    let Some(browser) = Browser::start(true) else {
        return;
    };
    let world = world(30);
    let server = serve(&world);
    for name in world
        .tree("site")
        .keys()
        .filter(|name| name.starts_with("search/o"))
    {
        world.write(&format!("site/{name}"), "not what it was");
    }
    browser.go(&format!("http://{}/search/?q=gulls", server.address));
    wait_for("a word about it", || {
        browser
            .text(".found-status")
            .contains("could not be loaded")
            .then_some(())
    });
}

#[test]
fn without_javascript_the_page_says_where_to_look() {
    let Some(browser) = Browser::start(false) else {
        return;
    };
    let world = world(3);
    let server = serve(&world);
    browser.go(&format!("http://{}/search/", server.address));
    assert!(browser.text("main").contains("needs JavaScript"));
    browser.click("main a[href='/archive/']");
    wait_for("the archive", || {
        browser.text("h1").contains("Archive").then_some(())
    });
}

/// Questions to the archive, each with a part of the right address, and filters.
fn asked() -> Vec<(&'static str, &'static str, Filters)> {
    let lines = include_str!("search/questions.tsv").lines();
    let read = |line: &'static str| {
        let mut parts = line.split('\t');
        let (question, address) = (parts.next().unwrap(), parts.next().unwrap());
        let mut filters = Filters::default();
        for part in parts {
            match part.split_once('=').unwrap() {
                ("section", id) => filters.section = id.to_owned(),
                ("mark", id) => filters.mark = id.to_owned(),
                ("host", host) => filters.host = host.to_owned(),
                ("year", year) => filters.year = Some(year.parse().unwrap()),
                other => panic!("{other:?}"),
            }
        }
        (question, address, filters)
    };
    lines.map(read).collect()
}

#[test]
fn the_archive_answers_sixty_questions() {
    let Some(folder) = archive::archive() else {
        return;
    };
    // What is kept between runs is kept beside the configuration.
    let home = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(archive::example()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), home.path().join(entry.file_name())).unwrap();
        }
    }
    let config = Config::load(&folder, Some(&home.path().join("press.toml"))).unwrap();
    let library = Library::of_issues(&config).unwrap();
    let questions = asked();
    assert_eq!(questions.len(), 60);
    let missed = questions.iter().filter(|(question, address, filters)| {
        let answer = library.search(question, filters, 5).unwrap();
        !answer.found.iter().any(|found| found.url.contains(address))
    });
    let missed: Vec<&str> = missed.map(|(question, ..)| *question).collect();
    assert!(missed.len() <= 5, "{missed:?}");
}
