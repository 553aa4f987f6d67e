//! `press vote`: from posts in a forum to a line in the draft, and a count that anyone can repeat.

use crate::collect::{Collecting, DRAFT};
use crate::postgres::on_each;
use crate::server::{Asked, Reply, Server, send};
use jiff::Timestamp;
use press::config::Config;
use press::http::Http;
use press::pipeline::vote::{Fetched, Suggested, What, cast, fetch, from_pull_request, record};
use press::store::NewNomination;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const VOTES: &str = r#"
[[section]]
id = "crate"
title = "Crate of the Week"
kind = "prose"

[[section]]
id = "quote"
title = "Quote of the Week"
kind = "quote"

[[vote]]
id = "crate"
section = "crate"
topic = "http://forum.test/t/crate-of-the-week/42"
text = """
This week's crate is {link}{about}.

Thanks to {thanks} for the {suggestion}!"""

[[vote]]
id = "quote"
section = "quote"
nominates = "quote"
topic = "http://forum.test/t/quote-of-the-week/43"
"#;

const TEXT: &str = "Title: The Weekly Gull 4\nNumber: 4\nDate: 2025-04-09\n\nHello.\n\n## Crate of the Week\n\n\
                    <!-- the crate goes here -->\n\n[Vote!](http://forum.test/t/crate-of-the-week/42)\n\n## Quote of the Week\n";

/// A post as Discourse shows it to anybody who asks for what was written.
fn post(id: u64, user: &str, at: &str, likes: u64, raw: &str) -> Value {
    let actions = match likes {
        0 => json!([]),
        likes => json!([{"id": 2, "count": likes}]),
    };
    json!({
        "id": id, "username": user, "created_at": at, "post_number": id, "post_type": 1, "raw": raw,
        "cooked": "<p>not this</p>", "reply_to_post_number": null, "actions_summary": actions,
    })
}

fn crates() -> Vec<Value> {
    let mut posts: Vec<Value> = (1..=30)
        .map(|id| {
            post(
                id,
                "old",
                "2024-01-01T10:00:00Z",
                9,
                "[old](https://crates.io/crates/old)",
            )
        })
        .collect();
    posts.extend([
        // For issue 3: it did not win.
        post(
            31,
            "ada",
            "2025-03-28T10:00:00Z",
            3,
            "I've built [gull](https://crates.io/crates/gull), a library of wings. It flies.",
        ),
        post(
            32,
            "bob",
            "2025-04-03T10:00:00Z",
            5,
            "[tern](https://code.example/bob/tern) is nice",
        ),
        post(
            33,
            "cyd",
            "2025-04-04T10:00:00Z",
            1,
            "Me too: https://docs.rs/gull",
        ),
        post(34, "dot", "2025-04-05T10:00:00Z", 0, "Thanks!"),
        post(
            35,
            "eve",
            "2025-04-09T10:00:00Z",
            8,
            "[late](https://crates.io/crates/late)",
        ),
    ]);
    posts
}

fn quotes() -> Vec<Value> {
    vec![
        post(
            1,
            "ada",
            "2025-04-03T10:00:00Z",
            2,
            "> Fly *first*,\n> then ask.\n\n– [Jon on chat](https://chat.example/1)\n\nHa!",
        ),
        post(
            2,
            "bob",
            "2025-04-04T10:00:00Z",
            1,
            "[quote=\"bob, post:9, topic:7\"]\nI never fall.\n[/quote]",
        ),
        {
            let mut post = post(3, "cyd", "2025-04-05T10:00:00Z", 7, "So true.");
            post["reply_to_post_number"] = json!(1);
            post
        },
    ]
}

type Topics = Arc<Mutex<(Vec<Value>, Vec<Value>)>>;

/// A topic shows its first twenty posts and the numbers of all; more are asked for by number.
fn forum(topics: &Topics, asked: &Asked) -> Reply {
    let topics = topics.lock().unwrap();
    let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    // Without this a forum says nothing of what was written.
    assert!(query.starts_with("include_raw=1"), "{query}");
    let (posts, slug) = match path.contains("/42") {
        true => (&topics.0, "crate-of-the-week"),
        false => (&topics.1, "quote-of-the-week"),
    };
    let answer = match path.ends_with("posts.json") {
        true => {
            let ids: Vec<u64> = query
                .split('&')
                .filter_map(|part| part.strip_prefix("post_ids%5B%5D=")?.parse().ok())
                .collect();
            assert!((1..=20).contains(&ids.len()), "{query}");
            let wanted = |post: &&Value| ids.contains(&post["id"].as_u64().unwrap());
            let posts: Vec<&Value> = posts.iter().filter(wanted).collect();
            json!({"post_stream": {"posts": posts}})
        }
        false => {
            let ids: Vec<&Value> = posts.iter().map(|post| &post["id"]).collect();
            let first: Vec<&Value> = posts.iter().take(20).collect();
            json!({"slug": slug, "post_stream": {"posts": first, "stream": ids}})
        }
    };
    send(
        200,
        "Content-Type: application/json\r\n",
        &answer.to_string(),
    )
}

/// A newsletter with two votes, and the forum.
struct Voting {
    collecting: Collecting,
    topics: Topics,
    server: Server,
}

impl Voting {
    fn new() -> Voting {
        let topics: Topics = Arc::new(Mutex::new((crates(), quotes())));
        let seen = Arc::clone(&topics);
        let server = Server::start(move |asked| match asked.path.as_str() {
            "/robots.txt" => send(404, "", ""),
            _ => forum(&seen, asked),
        });
        let collecting = Collecting::new(&server, VOTES);
        let template = TEXT.replace("The Weekly Gull 4\nNumber: 4\nDate: 2025-04-09", "x");
        collecting.world.write("draft-template.md", template);
        collecting.world.write(DRAFT, TEXT);
        Voting {
            collecting,
            topics,
            server,
        }
    }

    fn config(&self) -> Config {
        Config::load(self.collecting.world.folder(), None).unwrap()
    }

    fn fetch(&self, now: &str) -> Vec<String> {
        let http = Http::new(self.collecting.settings.clone()).unwrap();
        let fetched = fetch(&self.config(), &http, None, now.parse().unwrap()).unwrap();
        let line = |fetched: &Fetched| match &fetched.outcome {
            Ok(found) => format!(
                "{} {}+{}-{}",
                fetched.vote, found.new, found.known, found.gone
            ),
            Err(error) => format!("{} {}", fetched.vote, error.message()),
        };
        fetched.iter().map(line).collect()
    }

    #[track_caller]
    fn press(&self, arguments: &[&str]) -> String {
        self.collecting.world.press(arguments).succeeds().out
    }

    fn draft(&self) -> String {
        self.collecting.world.read(DRAFT)
    }
}

#[test]
fn what_a_forum_nominates_is_counted_and_thanked() {
    let voting = Voting::new();
    assert_eq!(
        voting.fetch("2025-04-08T12:00:00Z"),
        ["crate 4+0-0", "quote 2+0-0"]
    );
    assert_eq!(
        voting.press(&["vote", "list"]),
        "crate, issue 4\n    \
         2    6  tern (self-nominated)\n    \
         1    5  gull (carried over, self-nominated)\n    \
         4    0  late (nominated after this vote was closed)\n\
         quote, issue 4\n    \
         5    3  Fly *first*, then ask.\n    \
         6    2  I never fall. (self-nominated)\n"
    );
    insta::assert_snapshot!(voting.press(&["vote", "tally", "crate"]));
    let shown = voting.press(&["vote", "place", "--dry-run"]);
    assert_eq!(shown.lines().count(), 9, "{shown}");
    assert_eq!(voting.draft(), TEXT);
    voting.press(&["vote", "place"]);
    insta::assert_snapshot!(voting.draft());
    let before = voting.draft();
    voting.press(&["vote", "place"]);
    assert_eq!(voting.draft(), before);
    // The topic has 35 posts: only its end is asked for, and no token, no page for printing.
    let lines = voting.server.lines();
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.contains("posts.json"))
            .count(),
        1,
        "{lines:?}"
    );
    assert!(
        lines.iter().all(|line| !line.contains("print")),
        "{lines:?}"
    );
}

#[test]
fn more_likes_another_winner_and_posts_that_are_gone() {
    let voting = Voting::new();
    voting.fetch("2025-04-08T12:00:00Z");
    voting.press(&["vote", "place", "crate"]);
    assert!(
        voting
            .draft()
            .contains("crate is [tern](https://code.example/bob/tern).")
    );
    voting.topics.lock().unwrap().0[30] = post(
        31,
        "ada",
        "2025-03-28T10:00:00Z",
        9,
        "[gull](https://crates.io/crates/gull): wings",
    );
    assert_eq!(
        voting.fetch("2025-04-08T13:00:00Z"),
        ["crate 0+4-0", "quote 0+2-0"]
    );
    voting.press(&["vote", "place", "crate"]);
    let draft = voting.draft();
    assert!(
        draft.contains("crate is [gull](https://crates.io/crates/gull), wings."),
        "{draft}"
    );
    assert!(!draft.contains("tern"), "{draft}");
    voting.topics.lock().unwrap().0.remove(30);
    assert_eq!(voting.fetch("2025-04-08T14:00:00Z")[0], "crate 0+3-1");
    let list = voting.press(&["vote", "list", "crate"]);
    assert!(list.contains("gull (taken out"), "{list}");
    voting.press(&["vote", "place", "crate"]);
    assert!(voting.draft().contains("crate is [tern]"));
}

#[test]
fn what_an_editor_wrote_or_picked_stays() {
    let voting = Voting::new();
    voting.fetch("2025-04-08T12:00:00Z");
    let world = &voting.collecting.world;
    world.edit(DRAFT, "[Vote!]", "Nothing this week.\n\n[Vote!]");
    let told = world.press(&["vote", "place", "crate"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(
        told.err.contains("left as edited: Nothing this week."),
        "{told:?}"
    );
    // What would have been written is shown.
    assert!(told.out.contains("[tern]"), "{told:?}");
    world.edit(DRAFT, "Nothing this week.\n\n", "");
    voting.press(&["vote", "place", "--pick", "1"]);
    assert!(voting.draft().contains("[gull]"));
    let tally = voting.press(&["vote", "tally", "crate"]);
    assert!(tally.contains("editors picked nomination 1"), "{tally}");
    world
        .press(&["vote", "place", "quote", "--pick", "1"])
        .refuses(&["is for another vote"]);
    world
        .press(&["vote", "place", "--pick", "99"])
        .refuses(&["no nomination 99"]);
}

#[test]
fn a_past_tally_prints_the_same_for_ever() {
    let voting = Voting::new();
    voting.fetch("2025-04-08T12:00:00Z");
    voting.press(&["vote", "place"]);
    let before = voting.press(&["vote", "tally"]);
    // The issue appears, rules change, more likes come.
    let world = &voting.collecting.world;
    world.write("content/004.md", world.read(DRAFT));
    std::fs::remove_file(world.path(DRAFT)).unwrap();
    world.edit(
        "press.toml",
        "[[vote]]\nid = \"crate\"",
        "[[vote]]\nleast = 20\ncounts = [\"likes\"]\nid = \"crate\"",
    );
    world.write(
        "draft/005.md",
        TEXT.replace(
            "Gull 4\nNumber: 4\nDate: 2025-04-09",
            "Gull 5\nNumber: 5\nDate: 2025-04-16",
        ),
    );
    voting.topics.lock().unwrap().0[31] = post(
        32,
        "bob",
        "2025-04-03T10:00:00Z",
        50,
        "[other](https://crates.io/crates/other)",
    );
    voting.fetch("2025-04-15T12:00:00Z");
    assert_eq!(voting.press(&["vote", "tally", "--issue", "4"]), before);
    // For the next issue the winners are winners of the past.
    let list = voting.press(&["vote", "list"]);
    assert!(
        list.contains("Fly *first*, then ask. (won before, in issue 4"),
        "{list}"
    );
    let tally = voting.press(&["vote", "tally", "--format", "json"]);
    let tally: Value = serde_json::from_str(&tally).unwrap();
    assert_eq!(tally[0]["issue"], 5);
    assert_eq!(tally[0]["count"]["rules"]["least"], 20);
    world
        .press(&["vote", "tally", "--issue", "9"])
        .refuses(&["there is no issue 9"]);
}

#[test]
fn a_tie_waits_for_editors_where_the_rules_say_so() {
    let voting = Voting::new();
    let world = &voting.collecting.world;
    world.edit(
        "press.toml",
        "[[vote]]\nid = \"crate\"",
        "[[vote]]\ntie = \"editors\"\nid = \"crate\"",
    );
    for (name, by) in [("gull", "ada"), ("tern", "bob")] {
        let text = format!("[{name}](https://crates.io/crates/{name})");
        voting.press(&["vote", "nominate", "crate", &text, "--by", by]);
    }
    // They came today, long after the issue: their day is given only by a forum.
    let list = voting.press(&["vote", "list", "crate"]);
    assert_eq!(
        list.matches("after this vote was closed").count(),
        2,
        "{list}"
    );
    voting.topics.lock().unwrap().0 = vec![
        post(
            1,
            "ada",
            "2025-04-03T10:00:00Z",
            0,
            "[auk](https://crates.io/crates/auk)",
        ),
        post(
            2,
            "bob",
            "2025-04-04T10:00:00Z",
            0,
            "[skua](https://crates.io/crates/skua)",
        ),
    ];
    voting.fetch("2025-04-08T12:00:00Z");
    let told = world.press(&["vote", "place", "crate"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.err.contains("a tie"), "{told:?}");
    assert_eq!(voting.draft(), TEXT);
    voting.press(&["vote", "own", "4"]);
    voting.press(&["vote", "drop", "3"]);
    voting.press(&["vote", "place", "crate"]);
    assert!(voting.draft().contains("[skua](https://crates.io/crates/skua).\n\nThanks to [bob](http://forum.test/t/crate-of-the-week/42/2) for the self-suggestion!"));
}

#[test]
fn a_forum_that_is_down_holds_up_no_other_and_costs_nothing() {
    let topics: Topics = Arc::new(Mutex::new((crates(), quotes())));
    let server = Server::start(move |asked| match asked.path.as_str() {
        path if path.contains("/42") => send(500, "", "no"),
        "/robots.txt" => send(404, "", ""),
        _ => forum(&topics, asked),
    });
    let collecting = Collecting::new(&server, VOTES);
    collecting.world.write(DRAFT, TEXT);
    let voting = Voting {
        collecting,
        topics: Topics::default(),
        server,
    };
    let fetched = voting.fetch("2025-04-08T12:00:00Z");
    assert!(fetched[0].contains("500"), "{fetched:?}");
    assert_eq!(fetched[1], "quote 2+0-0");
}

fn suggested<'a>(vote: &'a str, what: What<'a>, sender: &'a str) -> Suggested<'a> {
    Suggested {
        vote,
        what,
        sender,
        name: "Ada",
        place: None,
        own: None,
        when: Timestamp::from_second(1_743_760_800).unwrap(),
    }
}

#[test]
fn forms_and_pull_requests_nominate_too() {
    let voting = Voting::new();
    let config = voting.config();
    on_each(async |trial| {
        let store = &trial.store;
        let form = What::Link {
            title: "gull [x]",
            url: "https://crates.io/crates/gull",
            about: "a <!-- library -->",
        };
        let (id, is_new) = record(store, &config, &suggested("crate", form, "form:1"))
            .await
            .unwrap();
        assert!(is_new);
        assert_eq!(
            record(store, &config, &suggested("crate", form, "form:1"))
                .await
                .unwrap(),
            (id, false)
        );
        let other = record(store, &config, &suggested("crate", form, "form:2"))
            .await
            .unwrap();
        assert!(other.1);
        let when = Timestamp::from_second(1_743_760_900).unwrap();
        assert!(cast(store, id, "form:3", "", when).await.unwrap());
        assert!(!cast(store, id, "form:3", "", when).await.unwrap());
        assert!(cast(store, 999, "form:3", "", when).await.is_err());
        let quote = What::Quote {
            quote: "Fly.\n\n# Then\nask.",
            by: "Jon",
            url: "https://chat.example/1",
        };
        record(store, &config, &suggested("quote", quote, "form:1"))
            .await
            .unwrap();
        let lines = (
            "ada",
            "+1 for [tern](https://github.com/Ada/tern), a bird",
            "https://github.test/x/pull/7",
        );
        let pulled = from_pull_request(store, &config, "crate", lines, when)
            .await
            .unwrap();
        assert!(pulled.is_some());
        assert_eq!(
            from_pull_request(store, &config, "links", lines, when)
                .await
                .unwrap(),
            None
        );
        let kept: Vec<NewNomination> = store
            .nominations("crate", 0)
            .await
            .unwrap()
            .into_iter()
            .map(|kept| kept.new)
            .collect();
        assert_eq!(kept.len(), 3);
        assert_eq!(kept[0].subject, "package:gull");
        assert_eq!(kept[0].body, "a &lt;!-- library -->");
        let own = &kept[2];
        assert!(
            own.own && own.sender == "github.test:ada" && own.place == lines.2,
            "{own:?}"
        );
        let kept = store.nominations("quote", 0).await.unwrap();
        assert_eq!(kept[0].new.body, "Fly.\n\n# Then\nask.");
        assert_eq!(kept[0].new.attribution, "[Jon](https://chat.example/1)");
        let ballots = store.ballots("crate", 0).await.unwrap();
        assert_eq!(ballots.len(), 1);
        let nothing = record(
            store,
            &config,
            &suggested("crate", What::Text("Thanks!"), "x"),
        )
        .await;
        assert!(
            nothing
                .unwrap_err()
                .to_string()
                .contains("nothing is nominated")
        );
        assert!(
            record(store, &config, &suggested("crates", form, "x"))
                .await
                .is_err()
        );
    });
}

#[test]
fn mistakes_in_votes_are_told_with_their_places() {
    let voting = Voting::new();
    let world = &voting.collecting.world;
    let wrong = "[[vote]]\nid = \"Crate!\"\nsection = \"crat\"\ntopic = \"forum.test/x\"\ncounts = []\ntext = \"{lonk}\"\n\
                 carry-issues = 900\n";
    world.write(
        "press.toml",
        format!("{}\n{wrong}", world.read("press.toml")),
    );
    world.press(&["vote", "list"]).refuses(&[
        "small letters, digits and hyphens",
        "did you mean `crate`?",
        "a topic's address is like",
        "nothing would be counted",
        "did you mean `{link}`?",
        "more than 52",
    ]);
}
