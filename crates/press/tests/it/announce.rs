//! An issue is made known in every channel once: with answers that get lost, programs that are killed at any question,
//! refusals, and titles that were written to do harm.

pub(crate) mod services;

use crate::server::Server;
use crate::world::{CONFIG, PATIENCE, Run, World, issue, issue_path};
use press::config::{Config, Secrets};
use press::pipeline::announce::{Desk, State};
use press_core::announcement::discussion::{self, Thread};
use services::{Fault, Town};
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Every kind but the file, and what it posts with.
pub(crate) const CHANNELS: &[(&str, &str, &str)] = &[
    ("mastodon", "server = \"{town}/mastodon\"", "toot"),
    (
        "bluesky",
        "api = \"{town}/bluesky\"\naccount = \"gull.example\"",
        "sky",
    ),
    ("discord", "", "{town}/discord/api/webhooks/1/hush"),
    ("slack", "", "{town}/slack/services/t/b/hush"),
    (
        "zulip",
        "site = \"{town}/zulip\"\naccount = \"gull-bot@zulip.example\"\nstream = \"announce\"",
        "zkey",
    ),
    (
        "matrix",
        "server = \"{town}/matrix\"\nroom = \"!gull:example\"",
        "mtx",
    ),
    ("webhook", "url = \"{town}/webhook\"", "agreed"),
    (
        "discourse",
        "site = \"{town}/discourse\"\naccount = \"weekly\"\ncategory = 5\nthreads = \"the forum\"",
        "dkey",
    ),
    (
        "reddit",
        "api = \"{town}/reddit\"\nsubreddit = \"gulls\"\naccount = \"gullbot\"\nclient = \"client\"\nthreads = true",
        "rsecret",
    ),
];

/// The tables of `press.toml` for channels of these kinds, with the services at an address.
pub(crate) fn tables(kinds: &[&str], town: &str) -> String {
    let wanted = CHANNELS.iter().filter(|(kind, ..)| kinds.contains(kind));
    let table = |(kind, keys, _): &(&str, &str, &str)| {
        let keys = keys.replace("{town}", town);
        format!("\n[[announce]]\nkind = \"{kind}\"\n{keys}\n")
    };
    wanted.map(table).collect()
}

/// Lets a program know the secrets of all channels.
pub(crate) fn give_secrets(command: &mut Command, town: &str) {
    for (kind, _, secret) in CHANNELS {
        let name = format!("PRESS_{}_SECRET", kind.to_uppercase());
        command.env(name, secret.replace("{town}", town));
    }
    command.env("PRESS_REDDIT_LOGIN", "rpass");
}

/// Those that cannot be asked what was posted.
pub(crate) const MUTE: &[&str] = &["discord", "slack"];

/// A newsletter with channels, and the services they lead to.
struct Coast {
    world: World,
    town: Arc<Town>,
    address: String,
    _server: Server,
}

impl Coast {
    fn new() -> Coast {
        Coast::with(&CHANNELS.iter().map(|(kind, ..)| *kind).collect::<Vec<_>>())
    }

    fn with(kinds: &[&str]) -> Coast {
        let town = Arc::new(Town::new());
        let answering = Arc::clone(&town);
        let server = Server::start(move |asked| answering.reply(asked));
        let address = format!("http://{}", server.address);
        let coast = Coast {
            world: World::new(2),
            town,
            address,
            _server: server,
        };
        let mut config = CONFIG.to_owned();
        config.push_str("\n[announcement]\nprivate = [\"127.0.0.1\"]\ntimeout-s = 5\n");
        config.push_str(&tables(kinds, &coast.address));
        coast.world.write("press.toml", config);
        coast
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.world.command(&["announce"]);
        command.args(arguments);
        give_secrets(&mut command, &self.address);
        command
    }

    fn announce(&self, arguments: &[&str]) -> Run {
        Run::new(self.command(arguments).output().unwrap())
    }

    /// How many posts each service has.
    fn counts(&self) -> BTreeMap<&'static str, usize> {
        let count = |kind: &&'static str| (*kind, self.town.posts(kind).len());
        let kinds = CHANNELS.iter().map(|(kind, ..)| kind);
        kinds.map(count).filter(|(_, count)| *count > 0).collect()
    }

    /// Fails unless every service has the post once.
    #[track_caller]
    fn has_one_each(&self) {
        let one = CHANNELS.iter().map(|(kind, ..)| (*kind, 1));
        assert_eq!(self.counts(), one.collect());
    }

    #[track_caller]
    fn nobody_complains(&self) {
        assert_eq!(*self.town.complaints.lock().unwrap(), [""; 0]);
    }

    fn text(&self, kind: &str) -> String {
        let posts = self.town.posts(kind);
        posts[posts.len() - 1]["text"].as_str().unwrap().to_owned()
    }
}

#[test]
fn every_channel_hears_of_an_issue_once() {
    let coast = Coast::new();
    let before = coast.world.read(&issue_path(2));
    let run = coast.announce(&[]).succeeds();
    coast.has_one_each();
    coast.nobody_complains();
    assert!(!run.err.contains("note:"), "{}", run.err);
    let plain =
        "The Weekly Gull 2 is out: https://gull.example/issues/2/\n\n• Links: A gull in flight 2";
    for kind in ["mastodon", "bluesky", "webhook"] {
        assert_eq!(coast.text(kind), plain, "{kind}");
    }
    assert_eq!(
        coast.text("discord"),
        "The Weekly Gull 2 is out: https://gull.example/issues/2/\n\n\
         * Links: [A gull in flight 2](https://birds.example/2/flight)"
    );
    assert_eq!(
        coast.text("slack"),
        "<https://gull.example/issues/2/|The Weekly Gull 2> is out.\n\n\
         • Links: <https://birds.example/2/flight|A gull in flight 2>"
    );
    let matrix = &coast.town.posts("matrix")[0]["content"];
    assert_eq!(matrix["m.mentions"], serde_json::json!({}));
    assert!(
        matrix["formatted_body"]
            .as_str()
            .unwrap()
            .contains("<a href=\"https://birds.example/2/flight\">A gull in flight 2</a>")
    );
    let after = coast.world.read(&issue_path(2));
    assert_eq!(
        after,
        format!(
            "{before}\n[Discuss on the forum]({}/discourse/t/101)\n\n\
             [Discuss on r/gulls](https://www.reddit.com/r/gulls/comments/101/weekly/)\n",
            coast.address
        )
    );

    let again = coast.announce(&[]).succeeds();
    coast.has_one_each();
    assert_eq!(
        again.out.matches(": done").count(),
        CHANNELS.len(),
        "{}",
        again.out
    );
    assert_eq!(coast.world.read(&issue_path(2)), after);
}

#[test]
fn a_dry_run_shows_every_text_and_says_nothing_to_anybody() {
    let coast = Coast::new();
    let run = coast.announce(&["1", "--dry-run"]).succeeds();
    assert_eq!(coast.counts(), BTreeMap::new());
    let shown = run.out.replace(&coast.address, "TOWN");
    // The server of Mastodon takes 400, and says so.
    assert!(
        shown.starts_with("mastodon (127.0.0.1): to do\n  78 of 400\n  | The Weekly Gull 1 is out"),
        "{shown}"
    );
    assert!(
        shown.contains("bluesky (@gull.example): to do\n  85 of 300\n"),
        "{shown}"
    );
    for (kind, ..) in CHANNELS {
        assert!(shown.contains(&format!("{kind} (")), "{kind}: {shown}");
    }
    assert!(!shown.contains("hush"), "{shown}");
}

#[test]
fn an_answer_that_is_lost_makes_no_second_post() {
    for lost in [Fault::Lost, Fault::Unheard] {
        let coast = Coast::new();
        let posting = |asked: &crate::server::Asked| {
            let path = asked.path.split('?').next().unwrap_or_default();
            asked.method != "GET"
                && !path.ends_with("createSession")
                && !path.ends_with("access_token")
        };
        let fault = lost.clone();
        // The client tries what may be tried again, so every question of the kind is lost.
        coast
            .town
            .fails(move |_, asked| posting(asked).then(|| fault.clone()));
        let run = coast.announce(&[]);
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(
            coast.counts().values().all(|count| *count == 1),
            "{:?}",
            coast.counts()
        );
        coast.town.works();
        let run = coast.announce(&[]);
        assert_eq!(run.code, Some(1), "{run:?}");
        for mute in MUTE {
            let remedy = format!(
                "`press announce --posted {mute}=ADDRESS` if it is, `press announce --again {mute}` if not"
            );
            assert!(run.err.contains(&remedy), "{}", run.err);
            let standing = coast.announce(&["--dry-run", "--only", mute]).succeeds();
            assert!(
                standing.out.contains("): uncertain: look whether"),
                "{}",
                standing.out
            );
        }
        match lost {
            Fault::Lost => {
                let there = "discord=https://discord.com/channels/2/3/101";
                let there = coast.announce(&["--posted", there]).succeeds();
                assert!(
                    there
                        .out
                        .contains("done: https://discord.com/channels/2/3/101"),
                    "{}",
                    there.out
                );
                coast
                    .announce(&["--posted", "slack=https://slack.example/1"])
                    .succeeds();
            }
            _ => {
                coast
                    .announce(&["--again", "discord", "--again", "slack"])
                    .succeeds();
            }
        }
        coast.announce(&[]).succeeds();
        coast.has_one_each();
        coast.nobody_complains();
    }
}

/// Runs the program until the question of a number is asked, counted from nought, and kills it then; with `Fault::Deaf`
/// only questions count that would change something. Whether the question came.
fn killed_at(coast: &Coast, number: usize, fault: &Fault) -> bool {
    let (tell, told) = mpsc::channel();
    let (tell, fault) = (Mutex::new(tell), fault.clone());
    let counted = AtomicUsize::new(0);
    coast.town.fails(move |_, asked| {
        // To hear a question that changes nothing, and not to hear it, is the same.
        if asked.method == "GET" && matches!(fault, Fault::Deaf) {
            return None;
        }
        let now = counted.fetch_add(1, Ordering::SeqCst) == number;
        now.then(|| {
            tell.lock().unwrap().send(()).unwrap();
            fault.clone()
        })
    });
    let mut command = coast.command(&[]);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let asked = loop {
        match told.recv_timeout(Duration::from_millis(10)) {
            Ok(()) => break true,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break false,
        }
        if child.try_wait().unwrap().is_some() {
            break false;
        }
    };
    child.kill().unwrap();
    child.wait().unwrap();
    asked
}

#[test]
fn whoever_is_killed_at_any_question_posts_once() {
    for (fault, least) in [(Fault::Silent, 25), (Fault::Deaf, 9)] {
        let mut asked = 0;
        for number in 0.. {
            let coast = Coast::new();
            if !killed_at(&coast, number, &fault) {
                break;
            }
            asked += 1;
            wait_until_still(&coast);
            let before = coast.counts();
            assert!(
                before.values().all(|count| *count == 1),
                "{number}: {before:?}"
            );
            coast.town.works();
            let mut run = coast.announce(&[]);
            for mute in MUTE {
                let open = format!("nobody knows whether the post in {mute} is out");
                if run.err.contains(&open) {
                    let there = format!("{mute}=https://chat.example/1");
                    match before.contains_key(mute) {
                        true => coast.announce(&["--posted", &there]).succeeds(),
                        false => coast.announce(&["--again", mute]).succeeds(),
                    };
                    run = coast.announce(&[]);
                }
            }
            let run = run.succeeds();
            coast.has_one_each();
            coast.nobody_complains();
            assert_eq!(
                run.out.matches(": done").count(),
                CHANNELS.len(),
                "{number}: {run:?}"
            );
        }
        println!("killed at each of {asked} questions ({fault:?})");
        assert!(asked >= least, "{asked}");
    }
}

/// The service that fell silent may still be writing down what it was asked for.
fn wait_until_still(coast: &Coast) {
    let started = std::time::Instant::now();
    while coast.town.is_busy() {
        assert!(started.elapsed() < PATIENCE);
        std::thread::yield_now();
    }
}

#[test]
fn what_is_refused_is_not_out_and_is_tried_again() {
    let says = |status, body: &'static str| Fault::Says(status, "", body);
    let cases = [
        (
            "mastodon",
            says(422, "{\"error\":\"Validation failed: no\"}"),
            "Validation failed: no",
        ),
        (
            "discord",
            says(404, "{\"message\":\"Unknown Webhook\"}"),
            "Unknown Webhook",
        ),
        (
            "zulip",
            says(400, "{\"msg\":\"Channel does not exist\"}"),
            "Channel does not exist",
        ),
        (
            "slack",
            says(403, "invalid_token"),
            "see whether the secret is right",
        ),
        (
            "discourse",
            says(
                429,
                "{\"errors\":[\"You've performed this action too many times\"]}",
            ),
            "again in an hour",
        ),
        (
            "reddit",
            says(
                200,
                "{\"json\":{\"errors\":[[\"RATELIMIT\",\"Take a break for 9 minutes\",\"ratelimit\"]]}}",
            ),
            "RATELIMIT: Take a break for 9 minutes",
        ),
        (
            "reddit",
            says(
                200,
                "{\"json\":{\"errors\":[[\"BAD_CAPTCHA\",\"care to try these again?\",\"captcha\"]]}}",
            ),
            "wants to see a person",
        ),
        (
            "bluesky",
            says(
                400,
                "{\"error\":\"InvalidRequest\",\"message\":\"Record/text\"}",
            ),
            "Record/text",
        ),
        (
            "matrix",
            says(
                403,
                "{\"errcode\":\"M_FORBIDDEN\",\"error\":\"not in room\"}",
            ),
            "not in room",
        ),
    ];
    for (kind, fault, words) in cases {
        let coast = Coast::with(&[kind]);
        let path = [
            "posts.json",
            "submit",
            "putRecord",
            "statuses",
            "send/",
            "hush",
            "messages",
        ];
        coast.town.fails(move |_, asked| {
            let posting =
                asked.method != "GET" && path.iter().any(|path| asked.path.contains(path));
            posting.then(|| fault.clone())
        });
        let run = coast.announce(&[]);
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(run.err.contains(words), "{kind}: {}", run.err);
        assert!(
            run.err.contains(&format!("{kind}: nothing is out")),
            "{}",
            run.err
        );
        let standing = coast.announce(&["--dry-run"]).succeeds();
        assert!(standing.out.contains("): failed: "), "{}", standing.out);
        coast.town.works();
        coast.announce(&[]).succeeds();
        assert_eq!(coast.counts(), BTreeMap::from([(kind, 1)]));
    }
}

#[test]
fn whoever_is_told_to_wait_a_moment_waits_and_posts_once() {
    let coast = Coast::new();
    let told = Mutex::new(BTreeMap::<String, usize>::new());
    coast.town.fails(move |_, asked| {
        let service = asked.path.split('/').nth(1).unwrap_or_default().to_owned();
        if asked.method == "GET" {
            return None;
        }
        let mut told = told.lock().unwrap();
        let count = told.entry(service.clone()).or_default();
        *count += 1;
        let headers = match service.as_str() {
            "mastodon" => "x-ratelimit-reset: 2015-10-21T07:28:00.000000Z\r\n",
            "reddit" => "x-ratelimit-reset: 0.0\r\n",
            _ => "retry-after: 0\r\n",
        };
        (*count == 1).then_some(Fault::Says(429, headers, "{}"))
    });
    coast.announce(&[]).succeeds();
    coast.has_one_each();
    coast.nobody_complains();
}

#[test]
fn a_service_that_takes_too_long_may_have_heard() {
    let coast = Coast::with(&["zulip"]);
    coast
        .world
        .edit("press.toml", "timeout-s = 5", "timeout-s = 1");
    coast
        .town
        .fails(|_, asked| (asked.method == "POST").then_some(Fault::Silent));
    // It is found at once: the answer came too late, the post did not.
    let run = coast.announce(&[]).succeeds();
    assert!(
        run.out.contains("zulip (#announce, 127.0.0.1): done"),
        "{}",
        run.out
    );
    assert_eq!(coast.counts(), BTreeMap::from([("zulip", 1)]));
}

#[test]
fn what_people_posted_by_hand_is_found() {
    let coast = Coast::with(&["mastodon", "reddit", "zulip"]);
    let link = "https://gull.example/issues/2/";
    coast.town.post(
        "mastodon",
        serde_json::json!({
            "id": "1", "url": "https://social.example/@gull/1", "visibility": "public", "language": "en",
            "content": format!("<p>Gulls! <a href=\"{link}\">here</a></p>"), "text": "",
        }),
    );
    coast.town.post(
        "reddit",
        serde_json::json!({
            "name": "t3_9", "title": "Gulls", "url": link, "permalink": "/r/gulls/comments/9/gulls/", "subreddit": "Gulls",
        }),
    );
    // The issue before is another one.
    coast.town.post(
        "zulip",
        serde_json::json!({ "id": 5, "content": "https://gull.example/issues/2/x", "subject": "" }),
    );
    let run = coast.announce(&[]).succeeds();
    let counts = BTreeMap::from([("mastodon", 1), ("reddit", 1), ("zulip", 2)]);
    assert_eq!(coast.counts(), counts);
    assert!(
        run.err
            .contains("note: mastodon: the text is not what was meant"),
        "{}",
        run.err
    );
    assert!(
        coast
            .world
            .read(&issue_path(2))
            .ends_with("[Discuss on r/gulls](https://www.reddit.com/r/gulls/comments/9/gulls/)\n")
    );
}

#[test]
fn a_title_of_a_stranger_calls_nobody_and_fits_everywhere() {
    let titles = [
        "@everyone <!channel> @**all** **x** [a](http://b.example) #12 u/ada &amp; `c`".to_owned(),
        "👩‍👩‍👧‍👦".repeat(700),
        format!("\u{202e}gulls\u{202c} e{} @here", "\u{301}".repeat(3_000)),
        "x".repeat(10_000),
    ];
    for title in titles {
        let coast = Coast::new();
        let text = issue(2).replace(
            "Title: The Weekly Gull 2",
            &format!("Title: The Weekly {title}"),
        );
        coast.world.write(&issue_path(2), text);
        coast.announce(&[]).succeeds();
        coast.has_one_each();
        coast.nobody_complains();
        for (kind, ..) in CHANNELS {
            let text = coast.text(kind);
            // Reddit shows titles as they are, and calls nobody for what stands in one.
            for call in ["@everyone", "@here", "@**", "\u{202e}"] {
                let title = *kind == "reddit" && call != "\u{202e}";
                assert!(title || !text.contains(call), "{kind}: {call} in {text}");
            }
            assert!(*kind != "slack" || !text.contains("<!"), "{text}");
            if !matches!(*kind, "reddit") {
                assert!(
                    text.contains("https://gull.example/issues/2/"),
                    "{kind}: {text}"
                );
            }
        }
        assert_eq!(coast.town.posts("discord")[0]["mention_everyone"], false);
    }
}

#[test]
fn one_more_post_is_made_only_when_a_person_wants_it() {
    let coast = Coast::with(&["mastodon", "bluesky", "webhook"]);
    coast.announce(&[]).succeeds();
    coast.announce(&["--again", "mastodon"]).succeeds();
    coast
        .announce(&["--again", "bluesky", "--again", "webhook"])
        .succeeds();
    let two = BTreeMap::from([("bluesky", 2), ("mastodon", 2), ("webhook", 2)]);
    assert_eq!(coast.counts(), two);
    coast.announce(&[]).succeeds();
    assert_eq!(coast.counts(), two);
}

#[test]
fn without_a_picture_for_all_a_card_has_that_of_the_issue() {
    let coast = Coast::with(&["bluesky"]);
    coast.world.edit("press.toml", "pictures = false\n", "");
    coast.world.build().succeeds();
    coast.announce(&["1"]).succeeds();
    let record = &coast.town.posts("bluesky")[0]["record"];
    let thumb = &record["embed"]["external"]["thumb"];
    assert_eq!(thumb["mimeType"], "image/png");
    let drawn = &coast.world.tree("site")["issues/1/share.png"];
    assert_eq!(thumb["size"], drawn.len());
    coast.nobody_complains();
}

#[test]
fn a_card_has_a_picture() {
    let coast = Coast::with(&["bluesky"]);
    coast.world.edit(
        "press.toml",
        "[announcement]\n",
        "[announcement]\npicture = \"images/card.png\"\n",
    );
    coast.world.write("images/card.png", [0xff; 5_000]);
    coast.announce(&[]).succeeds();
    let record = &coast.town.posts("bluesky")[0]["record"];
    assert_eq!(record["embed"]["external"]["thumb"]["size"], 5_000);
    coast.nobody_complains();
    coast.world.write("images/card.png", vec![0; 1_000_001]);
    let run = coast.announce(&["1"]);
    assert!(
        run.err
            .contains("1000001 bytes; a picture for cards may have 1000000"),
        "{}",
        run.err
    );
    assert_eq!(coast.town.posts("bluesky").len(), 1);
}

#[test]
fn files_are_written_for_rehearsals() {
    let coast = Coast::with(&[]);
    let config = coast.world.read("press.toml");
    coast.world.write(
        "press.toml",
        format!("{config}\n[[announce]]\nkind = \"file\"\nfolder = \"out\"\n"),
    );
    coast.announce(&[]).succeeds();
    coast.announce(&[]).succeeds();
    let files = coast.world.tree("out");
    let names: Vec<&String> = files.keys().collect();
    assert_eq!(names, ["gull-example-2-file.txt"]);
    let text = String::from_utf8(files.into_values().next().unwrap()).unwrap();
    assert!(text.starts_with("The Weekly Gull 2 is out: https://gull.example/issues/2/\n"));
}

#[test]
fn what_cannot_be_announced_is_said_before_anything_leaves() {
    let coast = Coast::with(&["mastodon", "discord"]);
    coast.world.write("draft/003.md", issue(3));
    coast
        .announce(&["3"])
        .refuses(&["is a draft", "press publish"]);
    coast.announce(&["9"]).refuses(&["there is no issue `9`"]);
    coast
        .announce(&["--only", "mastdon"])
        .refuses(&["there is no channel `mastdon`", "did you mean `mastodon`?"]);
    coast
        .announce(&["--posted", "discord=here"])
        .refuses(&["`here` is no address"]);
    let mut command = coast.command(&[]);
    command
        .env_remove("PRESS_MASTODON_SECRET")
        .env("PRESS_DISCORD_SECRET", "hush");
    let run = Run::new(command.output().unwrap());
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.err
            .contains("there is no secret in `PRESS_MASTODON_SECRET`"),
        "{}",
        run.err
    );
    assert!(
        run.err
            .contains("the secret of Discord is no address of a webhook"),
        "{}",
        run.err
    );
    assert!(!run.err.contains("hush"), "{}", run.err);
    assert_eq!(coast.counts(), BTreeMap::new());
}

#[test]
fn two_programs_do_not_announce_at_a_time() {
    let coast = Coast::with(&["slack"]);
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    coast.town.fails(move |_, _| {
        tell.lock().unwrap().send(()).unwrap();
        Some(Fault::Deaf)
    });
    let mut command = coast.command(&[]);
    let mut first = command.stderr(Stdio::null()).spawn().unwrap();
    told.recv_timeout(PATIENCE).unwrap();
    coast
        .announce(&["--again", "slack"])
        .refuses(&["another program on this machine is publishing"]);
    first.kill().unwrap();
    first.wait().unwrap();
    coast.town.works();
    coast.announce(&["--again", "slack"]).succeeds();
    assert_eq!(coast.counts(), BTreeMap::from([("slack", 1)]));
}

#[test]
fn in_a_rehearsal_every_post_is_a_file_and_nobody_is_asked() {
    let coast = Coast::new();
    coast.town.fails(|_, asked| panic!("{asked:?}"));
    let mut config = Config::load(coast.world.folder(), None).unwrap();
    config.announcement.rehearse(&coast.world.path("posts"));
    let secrets = Secrets::given([]);
    let names: Vec<&str> = CHANNELS.iter().map(|(kind, ..)| *kind).collect();
    press::pipeline::runtime().unwrap().block_on(async {
        let desk = Desk::find(&config, &secrets, None, "ada").await.unwrap();
        desk.record_issue().await.unwrap();
        for name in &names {
            let standing = desk.announce_one(name, false).await.unwrap();
            assert_eq!(standing.state, State::Done);
            assert_eq!(desk.confirm(name).await.unwrap(), Some(Vec::new()));
        }
        // A link to a thread is rehearsed, too.
        let threads = desk.threads().await.unwrap();
        let urls: Vec<&str> = threads.iter().map(|thread| thread.url.as_str()).collect();
        let there = "https://rehearsal.invalid/gull-example-2-discourse.txt";
        assert_eq!(urls, [there, &there.replace("discourse", "reddit")]);
    });
    let files = coast.world.tree("posts");
    assert_eq!(files.len(), names.len());
    let discord = &files["gull-example-2-discord.txt"];
    assert!(discord.ends_with(b"[A gull in flight 2](https://birds.example/2/flight)\n"));
    let needed = config.needed(&secrets);
    let needed: Vec<&str> = needed.iter().map(|one| one.name.as_str()).collect();
    assert!(needed.contains(&"PRESS_REDDIT_LOGIN"), "{needed:?}");
}

#[test]
fn mistakes_in_the_tables_are_told_at_once() {
    let world = World::new(1);
    let cases = [
        ("kind = \"mastodon\"", "it does not say where to post"),
        (
            "kind = \"mastodon\"\nserver = \"http://social.example\"",
            "for everybody to read",
        ),
        (
            "kind = \"mastodon\"\nserver = \"social.example\"",
            "this is no address",
        ),
        (
            "kind = \"discord\"\nserver = \"https://a.example\"",
            "the kind `discord` does not know `server`",
        ),
        (
            "kind = \"slack\"\ntext = \"{{ titel }}\"",
            "undefined value",
        ),
        (
            "kind = \"slack\"\ntext = \"{% if %}\"",
            "line 1 of the template: syntax error",
        ),
        (
            "kind = \"slack\"\nsecret-env = \"https://hooks.example/x\"",
            "this is no name of a variable",
        ),
        (
            "kind = \"slack\"\nname = \"Our Chat\"",
            "a name has small letters",
        ),
        (
            "kind = \"slack\"\n[[announce]]\nkind = \"slack\"",
            "two channels have the name `slack`",
        ),
        ("kind = \"twitter\"", "unknown variant `twitter`"),
        (
            "kind = \"reddit\"\nclient = \"x\"\nsubreddit = \"r/gulls\"",
            "without `r/`",
        ),
        ("kind = \"file\"", "it has no folder"),
    ];
    for (table, words) in cases {
        world.write("press.toml", format!("{CONFIG}\n[[announce]]\n{table}\n"));
        world.press(&["announce", "--dry-run"]).refuses(&[words]);
    }
    world.write(
        "press.toml",
        format!("{CONFIG}\n[announcement]\nhighlights = [\"link\"]\ndiscussion = \"here\"\n"),
    );
    world
        .press(&["announce", "--dry-run"])
        .refuses(&["did you mean `links`?", "this is no such line"]);
}

#[test]
fn links_to_discussions_come_into_real_issues_and_nothing_else_changes() {
    let Some(folder) = crate::archive::archive() else {
        return;
    };
    let format = crate::archive::format(&folder);
    let line = "<small>[Discuss on {name}]({url})</small>";
    let thread = |url: &str| Thread {
        name: "r/rust".to_owned(),
        url: url.to_owned(),
    };
    let (mut had, mut got) = (0, 0);
    for (name, text) in crate::archive::texts(&folder) {
        let new = thread("https://www.reddit.com/r/rust/comments/1abcde/weekly/");
        let placed = discussion::place(&text, &format, line, std::slice::from_ref(&new));
        let placed = placed.unwrap_or_else(|| panic!("{name} has no place"));
        let link = format!("[Discuss on r/rust]({})", new.url);
        let (before, after) = placed.split_once(&link).unwrap();
        match text.contains("[Discuss on r/rust](") {
            true => {
                had += 1;
                assert!(text.starts_with(before) && text.ends_with(after), "{name}");
                let old = &text[before.len()..text.len() - after.len()];
                let old = old.split_once("](").unwrap().1.trim_end_matches(')');
                if old.starts_with("https://") {
                    let back = discussion::place(&placed, &format, line, &[thread(old)]);
                    assert_eq!(back.as_deref(), Some(text.as_str()), "{name}");
                }
            }
            false => {
                got += 1;
                assert!(before.starts_with(&text) && after == "</small>\n", "{name}");
            }
        }
        let again = discussion::place(&placed, &format, line, &[new]);
        assert_eq!(again.as_deref(), Some(placed.as_str()), "{name}");
    }
    println!("{had} issues had a link, {got} got one");
    assert!(had > 350, "{had}");
}
