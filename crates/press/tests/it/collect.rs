//! `press collect`: what sources find, where it goes, and what happens when one of them fails.

use crate::forge::{Forge, merged, open, with_labels};
use crate::server::{Reply, Server, redirect, send};
use crate::world::World;
use press::config::{Config, Secrets};
use press::error::Error;
use press::http::{Http, Names, Settings, Tape};
use press::pipeline::collect::{Change, CollectOptions, Collected, collect};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A client for which all hosts below `.test` are at one address.
pub(crate) fn settings(address: SocketAddr) -> Settings {
    let lookup = move |host: &str| host.ends_with(".test").then_some(address);
    Settings {
        pace: Duration::ZERO,
        backoff: Duration::from_millis(1),
        private: vec!["*.test".to_owned()],
        names: Names::Given(Arc::new(lookup)),
        ..Settings::default()
    }
}

/// A newsletter with sources and a draft, and the web as a server plays it.
pub(crate) struct Collecting {
    pub(crate) world: World,
    pub(crate) settings: Settings,
    pub(crate) secrets: Secrets,
    pub(crate) dry_run: bool,
}

pub(crate) const DRAFT: &str = "draft/004.md";

/// A draft with a block for each of these sections.
fn draft(sections: &[&str]) -> String {
    let blocks = sections.iter().map(|name| {
        format!("## {name}\n\n<!-- press:begin {name} -->\n<!-- press:end {name} -->\n\n")
    });
    let head = "Title: The Weekly Gull 4\nNumber: 4\nDate: 2025-04-09\n\nHello.\n\n";
    format!("{head}{}Bye.\n", blocks.collect::<String>())
}

impl Collecting {
    pub(crate) fn new(server: &Server, sources: &str) -> Collecting {
        let world = World::new(3);
        let config = world.read("press.toml");
        world.write("press.toml", format!("{config}\n{sources}"));
        world.write(DRAFT, draft(&["changes", "links"]));
        Collecting {
            world,
            settings: settings(server.address),
            secrets: Secrets::given([("GITHUB_TOKEN", "hush")]),
            dry_run: false,
        }
    }

    pub(crate) fn try_run(&self) -> Result<Collected, Error> {
        let config = Config::load(self.world.folder(), None).unwrap();
        let http = Arc::new(Http::new(self.settings.clone()).unwrap());
        let options = CollectOptions {
            names: &[],
            since: None,
            until: None,
            dry_run: self.dry_run,
            now: "2025-04-08T12:00:00Z".parse().unwrap(),
            secrets: &self.secrets,
            progress: &|_, _| {},
        };
        collect(&config, &http, options)
    }

    #[track_caller]
    pub(crate) fn run(&self) -> Collected {
        let collected = self.try_run().unwrap();
        if let Err(error) = &collected.blocks {
            panic!("{error}");
        }
        if let Some(damage) = &collected.damage {
            panic!("{damage}");
        }
        collected
    }

    /// What stands in a block.
    #[track_caller]
    pub(crate) fn block(&self, name: &str) -> String {
        let text = self.world.read(DRAFT);
        let (_, rest) = text
            .split_once(&format!("<!-- press:begin {name} -->\n"))
            .unwrap();
        let (block, _) = rest
            .split_once(&format!("<!-- press:end {name} -->"))
            .unwrap();
        block.to_owned()
    }
}

/// What became of the blocks, in order.
#[track_caller]
fn changes(collected: &Collected) -> Vec<(&str, &Change)> {
    let changed = collected.blocks.as_ref().unwrap().iter();
    changed
        .map(|changed| (changed.block.as_str(), &changed.change))
        .collect()
}

/// What a source says of its failure.
#[track_caller]
fn failure(collected: &Collected, source: &str) -> String {
    let read = collected
        .read
        .iter()
        .find(|read| read.source == source)
        .unwrap();
    read.outcome.as_ref().unwrap_err().message()
}

const MERGED: &str = r#"
[[source]]
name = "merged"
kind = "github-merged"
section = "changes"
auto = true
organisation = "gull"
label-scores = { relnotes = 6 }
spell-out = { FP = "false positive" }
count = "{count} pull requests were [merged][merged]\n\n[merged]: {search}"
api = "http://api.github.test"
groups = [
    { title = "Wings", repositories = ["gull/gull"], labels = ["T-wings"], paths = ["wings/"] },
    { title = "Wings", repositories = ["gull/flap"], name = "flap" },
    { title = "Beak", repositories = ["gull/gull"], labels = ["T-beak"], prefixes = ["beak"] },
    { title = "Nest", repositories = ["gull/nest", "gull/eggs"], prefixes = ["nest", "feat"], section = "links" },
]
"#;

fn gulls() -> Forge {
    let mut by_path = merged(
        "gull/gull",
        4,
        "Feathers: Say `why`",
        "2025-04-03T00:00:00Z",
    );
    by_path["files"] = serde_json::json!({ "nodes": [{ "path": "wings/left.rs" }, { "path": "wings/right.rs" }, { "path": "README" }] });
    let mut liked = merged(
        "gull/gull",
        3,
        "[beak] Fix long_beak FP on fish.",
        "2025-04-08T23:59:59Z",
    );
    liked["reactions"] = serde_json::json!({ "totalCount": 7 });
    Forge {
        pulls: vec![
            with_labels(
                merged("gull/gull", 1, "Add Wing::fold", "2025-04-02T00:00:00Z"),
                &["T-wings"],
            ),
            with_labels(
                merged("gull/gull", 2, "Zero-cost flight", "2025-04-05T10:00:00Z"),
                &["relnotes", "T-wings"],
            ),
            with_labels(liked, &["T-beak"]),
            by_path,
            merged(
                "gull/nest",
                5,
                "feat(eggs): Lay <more> [of them]",
                "2025-04-04T10:00:00Z",
            ),
            merged("gull/flap", 11, "Flap: Say Flap", "2025-04-04T10:00:00Z"),
            merged("gull/gull", 6, "Nobody's", "2025-04-04T10:00:00Z"),
            merged("gull/gull", 7, "Too early", "2025-04-01T23:59:59Z"),
            merged("gull/gull", 8, "Too late", "2025-04-09T00:00:00Z"),
            merged("tern/tern", 9, "Another's", "2025-04-04T10:00:00Z"),
        ],
        page: 2,
        ..Forge::default()
    }
}

const GULLS: &str = "7 pull requests were [merged][merged]\n\
\n\
[merged]: http://github.test/search?q=is%3Apr+org%3Agull+is%3Amerged+merged%3A2025-04-02..2025-04-08\n\
\n\
#### Wings\n\
* [zero-cost flight](https://github.test/gull/gull/pull/2)\n\
* [add `Wing::fold`](https://github.test/gull/gull/pull/1)\n\
* [feathers: Say `why`](https://github.test/gull/gull/pull/4)\n\
* [flap: say Flap](https://github.test/gull/flap/pull/11)\n\
\n\
#### Beak\n\
* [fix `long_beak` false positive on fish](https://github.test/gull/gull/pull/3)\n\
\n\
#### Nest\n\
* [`eggs`: Lay \\<more> \\[of them\\]](https://github.test/gull/nest/pull/5)\n";

#[test]
fn merged_pull_requests_are_counted_and_grouped_and_the_rest_of_the_draft_stays() {
    let forge = gulls();
    let server = Server::start(move |asked| forge.reply(asked));
    let collecting = Collecting::new(&server, MERGED);
    let before = collecting.world.read(DRAFT);
    let collected = collecting.run();
    assert_eq!(collected.failed(), 0);
    assert_eq!(changes(&collected), [("changes", &Change::Written)]);
    let after = collecting.world.read(DRAFT);
    let begin = "<!-- press:begin changes -->\n";
    assert_eq!(after, before.replace(begin, &format!("{begin}{GULLS}")));

    // A second run finds the same.
    assert_eq!(changes(&collecting.run()), [("changes", &Change::Same)]);
    assert_eq!(collecting.world.read(DRAFT), after);
}

#[test]
fn what_the_forge_may_leave_out_may_be_missing() {
    // By its description these may be null: accounts go, and tokens may not see everything.
    let mut bare = merged("gull/nest", 1, "Stay", "2025-04-03T10:00:00Z");
    for name in ["author", "labels", "files"] {
        bare[name] = serde_json::Value::Null;
    }
    bare["commits"] = serde_json::json!({ "nodes": [null] });
    let mut without_nodes = merged("gull/nest", 2, "Go", "2025-04-03T10:00:00Z");
    for name in ["labels", "files", "commits"] {
        without_nodes[name] = serde_json::json!({ "nodes": null });
    }
    let forge = Forge {
        pulls: vec![bare, without_nodes],
        ..Forge::default()
    };
    let server = Server::start(move |asked| forge.reply(asked));
    let collecting = Collecting::new(&server, MERGED);
    let collected = collecting.run();
    assert_eq!(collected.failed(), 0, "{:?}", collected.read);
    let block = collecting.block("changes");
    assert!(
        block.contains("[stay]") && block.contains("[go]"),
        "{block}"
    );
}

#[test]
fn what_editors_did_in_a_block_stays() {
    let forge = Arc::new(Mutex::new(gulls()));
    let asked = Arc::clone(&forge);
    let server = Server::start(move |asked_for| asked.lock().unwrap().reply(asked_for));
    let collecting = Collecting::new(&server, MERGED);
    collecting.run();
    let world = &collecting.world;
    world.edit(
        DRAFT,
        "* [zero-cost flight]",
        "* [flight that costs nothing]",
    );
    let line = "* [feathers: Say `why`](https://github.test/gull/gull/pull/4)\n";
    world.edit(DRAFT, line, "");
    let news = merged("gull/eggs", 10, "Boil them", "2025-04-04T10:00:00Z");
    forge.lock().unwrap().pulls[0] = news;
    collecting.run();
    let block = collecting.block("changes");
    assert!(block.contains("* [flight that costs nothing]"), "{block}");
    assert!(!block.contains("pull/4"), "{block}");
    assert!(!block.contains("pull/1)"), "{block}");
    let news = "* [boil them](https://github.test/gull/eggs/pull/10)";
    assert!(block.contains(news), "{block}");
}

#[test]
fn a_draft_that_was_made_anew_is_filled_again() {
    let forge = gulls();
    let server = Server::start(move |asked| forge.reply(asked));
    let collecting = Collecting::new(&server, MERGED);
    collecting.run();
    let sections = draft(&["changes", "links"]);
    collecting.world.write(DRAFT, sections);
    assert_eq!(changes(&collecting.run()), [("changes", &Change::Written)]);
    assert_eq!(collecting.block("changes"), GULLS);
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let forge = gulls();
    let server = Server::start(move |asked| forge.reply(asked));
    let mut collecting = Collecting::new(
        &server,
        &MERGED.replace("organisation", "most = 1\norganisation"),
    );
    collecting.dry_run = true;
    let before = collecting.world.tree("");
    let collected = collecting.run();
    assert_eq!(changes(&collected), [("changes", &Change::Written)]);
    assert_eq!(collected.read[0].outcome.as_ref().unwrap().new, 3);
    assert_eq!(collecting.world.tree(""), before);
}

#[test]
fn labels_count_if_they_were_set_in_the_window() {
    let forge = Forge {
        labelled: vec![
            (
                "gull/gull",
                false,
                open(
                    "gull/gull",
                    1,
                    "Feathers [are] `good`",
                    &[
                        ("final call", "2025-04-03T00:00:00Z"),
                        ("disposition-merge", "2025-01-01T00:00:00Z"),
                    ],
                ),
            ),
            (
                "gull/gull",
                true,
                open(
                    "gull/gull",
                    2,
                    "Ban cats",
                    &[
                        ("final call", "2025-04-08T21:59:59Z"),
                        ("disposition-close", "2025-04-03T00:00:00Z"),
                    ],
                ),
            ),
            (
                "gull/gull",
                true,
                open(
                    "gull/gull",
                    3,
                    "No say",
                    &[("final call", "2025-04-03T00:00:00Z")],
                ),
            ),
            // The day ends where the newsletter is, two hours before Greenwich's.
            (
                "gull/gull",
                false,
                open(
                    "gull/gull",
                    4,
                    "Late",
                    &[("final call", "2025-04-08T22:00:00Z")],
                ),
            ),
            (
                "gull/gull",
                false,
                open(
                    "gull/gull",
                    5,
                    "Early",
                    &[("final call", "2025-03-03T00:00:00Z")],
                ),
            ),
            (
                "gull/designs",
                false,
                open(
                    "gull/designs",
                    6,
                    "Small",
                    &[("final call", "2025-04-03T00:00:00Z")],
                ),
            ),
            (
                "gull/designs",
                false,
                open(
                    "gull/designs",
                    7,
                    "Set again",
                    &[
                        ("final call", "2025-01-03T00:00:00Z"),
                        ("major", "2025-01-01T00:00:00Z"),
                        ("final call", "2025-04-07T00:00:00Z"),
                    ],
                ),
            ),
        ],
        known: vec!["gull/eggs", "gull/sand"],
        page: 1,
        ..Forge::default()
    };
    let server = Server::start(move |asked| forge.reply(asked));
    let sources = r#"
[[source]]
name = "calls"
kind = "github-labelled"
section = "links"
auto = true
label = "final call"
dispositions = true
none = "*Nothing this week for\n{repositories}.*"
api = "http://api.github.test"
repositories = [
    { title = "Gull", repository = "gull/gull" },
    { title = "Designs", repository = "gull/designs", labels = ["major"], after = "(large ones)" },
    { title = "Eggs", repository = "gull/eggs" },
    { title = "Gone", repository = "gull/gone" },
    { title = "Sand", repository = "gull/sand" },
]
"#;
    let collecting = Collecting::new(&server, sources);
    let collected = collecting.run();
    let query = |repository: &str, more: &str| {
        format!(
            "(http://github.test/gull/{repository}/issues?q=is%3Aopen{more}%20label%3A%22final%20call%22%20sort%3Aupdated-desc)"
        )
    };
    let expected = format!(
        "##### [Gull]{}\n\n\
         * [disposition: unspecified] [No say](https://github.test/gull/gull/issues/3)\n\
         * [disposition: close] [Ban cats](https://github.test/gull/gull/issues/2)\n\
         * [Feathers \\[are\\] `good`](https://github.test/gull/gull/issues/1)\n\n\
         ##### [Designs]{} (large ones)\n\n\
         * [disposition: unspecified] [Set again](https://github.test/gull/designs/issues/7)\n\n\
         *Nothing this week for\n[Eggs]{} or\n[Sand]{}.*\n",
        query("gull", ""),
        query("designs", "%20label%3Amajor"),
        query("eggs", ""),
        query("sand", ""),
    );
    assert_eq!(collecting.block("links"), expected);
    let notices = &collected.read[0].outcome.as_ref().unwrap().found.notices;
    assert!(
        notices[0].starts_with("gull/gone was left out: "),
        "{notices:?}"
    );
}

#[test]
fn proposals_are_approved_new_or_updated() {
    let state = |mut pull: serde_json::Value, state: &str, created: &str, updated: &str| {
        pull["state"] = state.into();
        pull["createdAt"] = created.into();
        pull["updatedAt"] = updated.into();
        pull["files"] = serde_json::json!({ "nodes": [{ "path": "text/0001.md" }] });
        pull
    };
    let rfc = |number, title: &str, at: &str| merged("gull/rfcs", number, title, at);
    let mut typo = rfc(2, "Fix a typo", "2025-04-03T10:00:00Z");
    typo["files"] = serde_json::json!({ "nodes": [{ "path": "README.md" }] });
    let forge = Forge {
        pulls: vec![
            state(
                rfc(1, "RFC: Fly.", "2025-04-03T10:00:00Z"),
                "MERGED",
                "2024-01-01T00:00:00Z",
                "",
            ),
            typo,
            state(
                rfc(3, "Swim", "2025-04-04T10:00:00Z"),
                "OPEN",
                "2025-04-04T10:00:00Z",
                "2025-04-04T10:00:00Z",
            ),
            state(
                rfc(4, "Withdrawn", "2025-04-04T10:00:00Z"),
                "CLOSED",
                "2025-04-04T10:00:00Z",
                "",
            ),
            state(
                rfc(5, "Dive", "2025-04-05T10:00:00Z"),
                "OPEN",
                "2024-04-04T10:00:00Z",
                "2025-04-06T10:00:00Z",
            ),
            state(
                rfc(6, "Talked about", "2025-01-05T10:00:00Z"),
                "OPEN",
                "2024-04-04T10:00:00Z",
                "2025-04-06T10:00:00Z",
            ),
            state(
                rfc(7, "Late at night", "2025-04-09T10:00:00Z"),
                "OPEN",
                "2025-04-08T22:10:00Z",
                "",
            ),
        ],
        ..Forge::default()
    };
    let server = Server::start(move |asked| forge.reply(asked));
    let sources = r#"
[[source]]
name = "approved"
kind = "github-rfcs"
section = "changes"
auto = true
repository = "gull/rfcs"
show = "approved"
paths = ["text/"]
api = "http://api.github.test"

[[source]]
name = "new"
kind = "github-rfcs"
section = "links"
auto = true
repository = "gull/rfcs"
show = "new-and-updated"
api = "http://api.github.test"

[[source]]
name = "none"
kind = "github-rfcs"
section = "links"
auto = true
repository = "gull/nothing"
show = "new"
none = "*No proposals this week.*"
api = "http://api.github.test"
"#;
    let collecting = Collecting::new(&server, sources);
    collecting.run();
    assert_eq!(
        collecting.block("changes"),
        "* [RFC: Fly.](https://github.test/gull/rfcs/pull/1)\n"
    );
    assert_eq!(
        collecting.block("links"),
        "* [Swim](https://github.test/gull/rfcs/pull/3)\n\
         * [updated] [Dive](https://github.test/gull/rfcs/pull/5)\n\n\
         * *No proposals this week.*\n"
    );
}

const REPORT: &str = r###"
[[source]]
name = "report"
kind = "github-file"
section = "links"
auto = true
repository = "gull/reports"
path = "reports/*/*.md"
until = "## *"
link = "[Full report here]({url})"
none = "No report this week."
api = "http://api.github.test"
"###;

#[test]
fn the_newest_report_of_the_window_is_inserted() {
    let text = "# 2025-04-07 Report\r\n\r\nWe flew *well*.\r\n\n| a | b |\n|---|---|\n\n## Details\n\nMany. <!-- press:end links -->\n";
    let forge = Forge {
        files: vec![
            ("gull/reports", "reports/2025/2025-04-14.md", "later"),
            ("gull/reports", "reports/2025/2025-04-07.md", text),
            ("gull/reports", "reports/2025/2025-04-02.md", "earlier"),
            ("gull/reports", "reports/2025-04-08.md", "elsewhere"),
        ],
        ..Forge::default()
    };
    let server = Server::start(move |asked| forge.reply(asked));
    let collecting = Collecting::new(&server, REPORT);
    collecting.run();
    let link = "[Full report here](http://github.test/gull/reports/blob/HEAD/reports/2025/2025-04-07.md)\n";
    let expected = format!("We flew *well*.\n\n| a | b |\n|---|---|\n\n{link}");
    assert_eq!(collecting.block("links"), expected);

    // What strangers wrote ends no block of ours.
    collecting
        .world
        .edit("press.toml", "until = \"## *\"\n", "");
    collecting.run();
    let block = collecting.block("links");
    assert!(block.contains("Many.") && block.ends_with(link), "{block}");
}

#[test]
fn one_dead_source_hides_no_other() {
    let forge = gulls();
    let server = Server::start(move |asked| match asked.host.as_str() {
        "api.github.test" => forge.reply(asked),
        "api.broken.test" => send(500, "", "oh"),
        "api.endless.test" => {
            Reply::Endless(b"HTTP/1.1 200 X\r\ncontent-type: application/json\r\n\r\n".to_vec())
        }
        "api.page.test" => send(200, "content-type: text/html\r\n", "<h1>Log in</h1>"),
        _ => Reply::Silence,
    });
    let other = |name: &str| {
        REPORT
            .replace("\"report\"", &format!("\"{name}\""))
            .replace("github.test", &format!("{name}.test"))
    };
    let sources = ["broken", "endless", "page", "silent"].map(other).concat() + MERGED;
    let mut collecting = Collecting::new(&server, &sources);
    collecting.settings.timeout = Duration::from_millis(400);
    collecting.settings.tries = 1;
    let collected = collecting.run();
    assert_eq!(collected.failed(), 4);
    assert_eq!(collecting.block("changes"), GULLS);
    assert!(failure(&collected, "broken").contains("refused (500)"));
    assert!(failure(&collected, "page").contains("said something unknown"));
    assert!(failure(&collected, "silent").contains("it took too long"));
    let endless = failure(&collected, "endless");
    assert!(
        endless.contains("sent too much") || endless.contains("broke off"),
        "{endless}"
    );
    let left = ["broken", "endless", "page", "silent"]
        .map(str::to_owned)
        .to_vec();
    assert!(changes(&collected).contains(&("links", &Change::Left(left))));
}

#[test]
fn a_source_that_fails_keeps_what_it_wrote() {
    let forge = gulls();
    let server = Server::start(move |asked| match asked.host.as_str() {
        "api.github.test" => forge.reply(asked),
        _ if asked.before > 0 => send(404, "", ""),
        _ if asked.path.contains("contents") => send(200, "", "Hello from the reports."),
        _ => send(
            200,
            "",
            r#"{"tree":[{"path":"reports/1/2025-04-07.md","type":"blob"}]}"#,
        ),
    });
    let sources =
        MERGED.replace("\"changes\"", "\"links\"") + &REPORT.replace("github.test", "flaky.test");
    let collecting = Collecting::new(&server, &sources);
    collecting.run();
    let first = collecting.block("links");
    assert!(
        first.contains("Hello from the reports.") && first.contains("#### Wings"),
        "{first}"
    );
    let collected = collecting.run();
    assert_eq!(collected.failed(), 1);
    assert_eq!(collecting.block("links"), first);
}

#[test]
fn a_token_that_expired_is_told_and_a_missing_one_too() {
    let forge = gulls();
    let server = Server::start(move |asked| forge.reply(asked));
    let mut collecting = Collecting::new(&server, MERGED);
    collecting.secrets = Secrets::given([("GITHUB_TOKEN", "old")]);
    let said = failure(&collecting.run(), "merged");
    assert!(
        said.contains("Bad credentials") && said.contains("make a new one"),
        "{said}"
    );
    assert!(!said.contains("old"), "{said}");
    collecting.secrets = Secrets::given([]);
    let said = failure(&collecting.run(), "merged");
    assert!(said.contains("`GITHUB_TOKEN`"), "{said}");
    let config = collecting.world.read("press.toml");
    let named = config.replace("organisation", "token-env = \"GULL_TOKEN\"\norganisation");
    collecting.world.write("press.toml", named);
    let said = failure(&collecting.run(), "merged");
    assert!(said.contains("there is no token in `GULL_TOKEN`"), "{said}");
    collecting.secrets = Secrets::given([("GULL_TOKEN", "hush")]);
    assert_eq!(collecting.run().failed(), 0);
}

#[test]
fn tokens_stay_with_their_host_and_off_open_wires() {
    let server = Server::start(|asked| match asked.host.as_str() {
        "api.github.test" => redirect(307, "http://thief.test/steal"),
        _ => send(200, "", "{}"),
    });
    let mut collecting = Collecting::new(&server, &(MERGED.to_owned() + REPORT));
    collecting.run();
    let stolen = server
        .asked()
        .into_iter()
        .filter(|asked| asked.host == "thief.test");
    let stolen: Vec<_> = stolen.collect();
    assert!(!stolen.is_empty());
    for asked in stolen {
        assert!(
            !asked.headers.contains("hush") && asked.body.is_empty(),
            "{asked:?}"
        );
    }
    let asked = server.asked().len();
    collecting.settings.private.clear();
    let said = failure(&collecting.run(), "merged");
    assert!(said.contains("a token is sent over https only"), "{said}");
    assert_eq!(server.asked().len(), asked);
}

#[test]
fn a_forge_that_asks_for_patience_gets_it() {
    let forge = gulls();
    let server = Server::start(move |asked| match asked.before {
        0 => send(
            403,
            "retry-after: 0\r\n",
            r#"{"message":"You have exceeded a secondary rate limit"}"#,
        ),
        1 => send(
            429,
            "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 1\r\n",
            "",
        ),
        _ => forge.reply(asked),
    });
    let collecting = Collecting::new(&server, MERGED);
    assert_eq!(collecting.run().failed(), 0);
    assert_eq!(collecting.block("changes"), GULLS);
}

#[test]
fn a_recording_plays_the_same_without_the_web_and_holds_no_token() {
    let forge = gulls();
    let server = Server::start(move |asked| forge.reply(asked));
    let mut collecting = Collecting::new(&server, MERGED);
    let tape = collecting.world.path("tape");
    collecting.settings.tape = Tape::Record(tape.clone());
    collecting.run();
    let (first, asked) = (collecting.block("changes"), server.asked().len());
    for (name, bytes) in collecting.world.tree("tape") {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("hush"), "{name}");
        assert!(
            text.starts_with("> POST api.github.test/graphql\n> {"),
            "{text}"
        );
    }
    collecting.settings.tape = Tape::Replay(tape);
    collecting.secrets = Secrets::given([]);
    collecting.world.write(DRAFT, draft(&["changes", "links"]));
    let world = &collecting.world;
    std::fs::remove_dir_all(world.path("data")).unwrap();
    collecting.run();
    assert_eq!(collecting.block("changes"), first);
    assert_eq!(server.asked().len(), asked);

    world.edit(DRAFT, "2025-04-09", "2025-04-16");
    let said = failure(&collecting.run(), "merged");
    assert!(said.contains("was not recorded"), "{said}");
}

#[test]
fn a_block_that_lost_its_end_is_told_and_the_rest_is_done() {
    let forge = gulls();
    let server = Server::start(move |asked| forge.reply(asked));
    let merged = MERGED.replace("organisation", "most = 1\norganisation");
    let other = MERGED.replace("\"merged\"", "\"other\"");
    let other = other.replace("section = \"changes\"", "section = \"links\"");
    let collecting = Collecting::new(&server, &(merged + &other));
    let end = "<!-- press:end changes -->\n";
    collecting.world.edit(DRAFT, end, "An editor's line.\n");
    let before = collecting.world.read(DRAFT);
    let collected = collecting.try_run().unwrap();
    let damage = collected.damage.as_ref().unwrap().to_string();
    assert!(damage.contains("does not end"), "{damage}");
    let expected = [("changes", &Change::Damaged), ("links", &Change::Written)];
    assert_eq!(changes(&collected), expected);
    // What is beyond doubt was written, and nothing else.
    let block = collecting.block("links");
    assert!(block.contains("#### Wings"), "{block}");
    assert_eq!(collecting.world.read(DRAFT).replace(&block, ""), before);
    assert_eq!(collected.read[0].outcome.as_ref().unwrap().new, 3);
    assert_eq!(collecting.run_inbox().len(), 3);

    // Put back, the block is filled, and the editor's line stays.
    let line = "An editor's line.\n";
    collecting.world.edit(DRAFT, line, &format!("{line}{end}"));
    let collected = collecting.run();
    let expected = [("changes", &Change::Written), ("links", &Change::Same)];
    assert_eq!(changes(&collected), expected);
    let block = collecting.block("changes");
    assert!(
        block.contains(line) && block.contains("#### Wings"),
        "{block}"
    );
}

impl Collecting {
    fn run_inbox(&self) -> Vec<press::pipeline::collect::Waiting> {
        let config = Config::load(self.world.folder(), None).unwrap();
        press::pipeline::collect::inbox(&config, jiff::Timestamp::now()).unwrap()
    }
}

#[test]
fn mistakes_in_sources_are_pointed_at() {
    let world = World::new(1);
    let config = world.read("press.toml");
    let refused = |source: &str, expected: &[&str]| {
        world.write("press.toml", format!("{config}\n[[source]]\n{source}\n"));
        let said = Config::load(world.folder(), None).unwrap_err().to_string();
        for expected in expected {
            assert!(said.contains(expected), "{expected:?} is not in\n{said}");
        }
    };
    let file = "kind = \"github-file\"\nrepository = \"a/b\"\npath = \"x/*\"";
    refused(
        &format!("name = \"a b\"\n{file}"),
        &["a source's name is of letters", "name = \"a b\""],
    );
    refused(
        &format!("name = \"a\"\nsection = \"linsk\"\n{file}"),
        &["no section has the id `linsk`", "did you mean `links`?"],
    );
    refused(
        &format!("name = \"a\"\nauto = true\n{file}"),
        &["needs a `section`", "auto = true"],
    );
    refused(
        &format!("name = \"a\"\ntoken = \"x\"\n{file}"),
        &["unknown field `token`"],
    );
    refused(
        &format!("name = \"a\"\n{file}\n[[source]]\nname = \"a\"\n{file}"),
        &["two sources are called `a`"],
    );
    refused(
        "name = \"a\"\nkind = \"github-fiel\"",
        &[
            "there is no kind of source `github-fiel`",
            "did you mean `github-file`?",
        ],
    );
    refused(
        "name = \"a\"\nkind = \"github-file\"\nrepository = \"ab\"\npath = \"x/*\"",
        &["a repository is written `owner/name`"],
    );
    refused(
        "name = \"a\"\nkind = \"github-file\"\nrepository = \"a/b\"",
        &["missing field `path`"],
    );
    refused("kind = \"github-file\"", &["missing field `name`"]);
    world.write("press.toml", format!("source = 3\n{config}"));
    assert!(
        Config::load(world.folder(), None)
            .unwrap_err()
            .to_string()
            .contains("a table for each")
    );
}
