//! Pull requests become submissions, and are answered.

use super::forge::Hosting;
use super::{now, world};
use crate::collect::settings;
use crate::postgres::block_on;
use crate::server::{Asked, Server};
use press::config::{Config, Secrets};
use press::http::Http;
use press::pipeline::submissions::{
    AnswerOptions, Delivery, Desk, Entry, Fetched, Heard, SubmissionState,
};
use ring::hmac;

async fn fetch(hosting: &Hosting) -> Fetched {
    let desk = hosting.desk().await;
    let fetched = desk
        .fetch(&hosting.http, &hosting.secrets(), now())
        .await
        .unwrap();
    desk.close().await;
    fetched
}

async fn entries(hosting: &Hosting, state: SubmissionState) -> Vec<Entry> {
    let desk = hosting.desk().await;
    let entries = desk.entries(&[state], true, now()).await.unwrap();
    desk.close().await;
    entries
}

const SLEEP: &str = "* [How gulls sleep](https://sleep.example/)";

#[test]
fn a_second_fetch_adds_nothing_and_a_new_commit_replaces_what_is_not_decided() {
    block_on(async {
        let hosting = Hosting::new();
        hosting.link(11, "ada", SLEEP);
        hosting.link(
            12,
            "bob",
            "- [Two](https://two.example/)\n- [Three](https://three.example/)",
        );
        hosting.link(13, "cid", "[video] [Four](https://four.example/)");
        let first = fetch(&hosting).await;
        assert_eq!((first.pulls.len(), first.unchanged), (3, 0), "{first:?}");
        assert!(first.failed.is_empty(), "{first:?}");
        let queued = entries(&hosting, SubmissionState::Queued).await;
        let titles: Vec<&str> = queued.iter().map(|entry| entry.title.as_str()).collect();
        assert_eq!(titles, ["How gulls sleep", "Two", "Three", "Four"]);
        assert_eq!(queued[0].section.as_deref(), Some("Links"));
        assert_eq!(queued[0].author.as_deref(), Some("ada"));
        assert_eq!(
            (queued[3].pull_request, queued[3].issue),
            (Some(13), Some(4))
        );

        let asked = hosting.server.asked().len();
        let second = fetch(&hosting).await;
        assert_eq!((second.pulls.len(), second.unchanged), (0, 3));
        // Only the list was asked for, page by page, and nothing of it had changed.
        let lines = hosting.server.lines();
        assert_eq!(lines.len() - asked, 2, "{lines:?}");

        let desk = hosting.desk().await;
        desk.accept(queued[1].id, None, "eve", now()).await.unwrap();
        desk.decline(queued[0].id, "paywall", "eve", now())
            .await
            .unwrap();
        desk.close().await;
        hosting.propose(12, "bob", |text| {
            text.replace("[Two]", "[Number two]")
                .replace("- [Three](https://three.example/)\n", "")
        });
        hosting.close(13);
        let third = fetch(&hosting).await;
        assert_eq!(third.closed, [13]);
        let recorded = third.pulls[0].recorded;
        assert_eq!(
            (recorded.new, recorded.changed, recorded.withdrawn),
            (0, 1, 1)
        );
        // What was accepted is not what is there now: it waits again.
        let queued = entries(&hosting, SubmissionState::Queued).await;
        let titles: Vec<&str> = queued.iter().map(|entry| entry.title.as_str()).collect();
        assert_eq!(titles, ["Number two"]);
        assert_eq!(entries(&hosting, SubmissionState::Withdrawn).await.len(), 2);
        assert_eq!(entries(&hosting, SubmissionState::Declined).await.len(), 1);
    });
}

#[test]
fn a_pull_request_that_changes_more_than_a_draft_is_for_hands() {
    block_on(async {
        let hosting = Hosting::new();
        hosting.propose(11, "ada", |_| "x\n".repeat(5_000));
        hosting.link(12, "bob", SLEEP);
        let fetched = fetch(&hosting).await;
        let obstacle = fetched.pulls[0].obstacle.as_deref().unwrap();
        assert!(obstacle.contains("too much"), "{obstacle}");
        assert_eq!(fetched.pulls[1].items, 1);
    });
}

fn signature(body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"shared");
    let tag = hmac::sign(&key, body.as_bytes());
    let digits: String = tag
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256={digits}")
}

#[test]
fn a_delivery_leads_to_one_pull_request_once() {
    block_on(async {
        let hosting = Hosting::new();
        hosting.link(11, "ada", SLEEP);
        let desk = hosting.desk().await;
        let hear = async |id: &str, event: &str, body: &str, signature: &str| {
            let body = body.as_bytes();
            let delivery = Delivery {
                event,
                id,
                signature,
                body,
            };
            desk.hear(delivery, &hosting.http, &hosting.secrets(), now())
                .await
                .unwrap()
        };
        let body = r#"{"action":"opened","number":11,"repository":{"full_name":"Gull/Weekly"}}"#;
        let good = signature(body);
        let unsigned = hear("1", "pull_request", body, &signature("{}")).await;
        assert!(matches!(unsigned, Heard::Unsigned), "{unsigned:?}");
        assert!(hosting.server.asked().is_empty());
        let first = hear("1", "pull_request", body, &good).await;
        let Heard::Read(read) = first else {
            panic!("{first:?}")
        };
        assert_eq!(read.pulls[0].items, 1);
        let again = hear("1", "pull_request", body, &good).await;
        assert!(matches!(again, Heard::Repeated), "{again:?}");
        // Another delivery about the same commit changes nothing either.
        let same = hear("2", "pull_request", body, &good).await;
        let Heard::Read(read) = same else {
            panic!("{same:?}")
        };
        assert_eq!((read.pulls.len(), read.unchanged), (0, 1));
        for (event, body) in [
            ("push", body),
            (
                "pull_request",
                r#"{"number":11,"repository":{"full_name":"else/where"}}"#,
            ),
            ("pull_request", "no JSON"),
        ] {
            let other = hear(
                &format!("x{event}{}", body.len()),
                event,
                body,
                &signature(body),
            )
            .await;
            assert!(matches!(other, Heard::Ignored), "{other:?}");
        }
        assert_eq!(
            desk.entries(&[SubmissionState::Queued], true, now())
                .await
                .unwrap()
                .len(),
            1
        );
        desk.close().await;
    });
}

#[test]
fn there_is_one_answer_and_it_changes_with_what_it_says() {
    block_on(async {
        let hosting = Hosting::new();
        hosting.link(
            11,
            "ada",
            "* [How @all <b>gulls</b> sleep](https://sleep.example/?utm_source=x)",
        );
        fetch(&hosting).await;
        let desk = hosting.desk().await;
        let answer = async |dry_run| {
            let options = AnswerOptions {
                numbers: &[],
                dry_run,
                now: now(),
            };
            desk.answer(&hosting.http, &hosting.secrets(), options)
                .await
                .unwrap()
        };
        let dry = answer(true).await;
        assert!(dry[0].changed && hosting.hosted.comments.lock().unwrap().is_empty());
        answer(false).await;
        assert!(!answer(false).await[0].changed);
        let said = |hosting: &Hosting| {
            let comments = hosting.hosted.comments.lock().unwrap();
            assert_eq!(comments.len(), 1);
            comments[0].2.clone()
        };
        let text = said(&hosting);
        assert!(text.starts_with("<!-- press:answer -->\n"), "{text}");
        assert!(
            text.contains("Waits for an editor, to be in issue 4."),
            "{text}"
        );
        assert!(
            text.contains("put right (address): `https://sleep.example/`"),
            "{text}"
        );
        assert!(!text.contains("@all") && !text.contains("<b>"), "{text}");
        let id = desk
            .entries(&[SubmissionState::Queued], true, now())
            .await
            .unwrap()[0]
            .id;
        desk.decline(id, "paywall", "eve", now()).await.unwrap();
        assert!(answer(false).await[0].changed);
        assert!(
            said(&hosting).contains("Declined: paywall"),
            "{}",
            said(&hosting)
        );
        desk.close().await;
        // A template of the newsletter's own.
        hosting.world.write(
            "theme/pull-request.txt",
            "Thanks{% for item in items %}, {{ item.state }}{% endfor %}",
        );
        let desk = hosting.desk().await;
        let options = AnswerOptions {
            numbers: &[11],
            dry_run: true,
            now: now(),
        };
        let own = desk
            .answer(&hosting.http, &hosting.secrets(), options)
            .await
            .unwrap();
        assert_eq!(own[0].text, "<!-- press:answer -->\nThanks, declined\n");
        desk.close().await;
    });
}

/// Everything that is asked of a forge about pull requests.
pub(crate) fn everything_asked() -> Vec<Asked> {
    block_on(async {
        let hosting = Hosting::new();
        hosting.link(11, "ada", SLEEP);
        let desk = hosting.desk().await;
        let secrets = hosting.secrets();
        let options = AnswerOptions {
            numbers: &[],
            dry_run: false,
            now: now(),
        };
        desk.fetch_one(&hosting.http, &secrets, 11, now())
            .await
            .unwrap();
        desk.fetch(&hosting.http, &secrets, now()).await.unwrap();
        desk.answer(&hosting.http, &secrets, options).await.unwrap();
        let id = desk
            .entries(&[SubmissionState::Queued], true, now())
            .await
            .unwrap()[0]
            .id;
        desk.decline(id, "paywall", "eve", now()).await.unwrap();
        desk.answer(&hosting.http, &secrets, options).await.unwrap();
        desk.close().await;
        hosting.server.asked()
    })
}

/// Reads what a forge by the book has, and answers on it.
pub(crate) fn by_the_book(server: &Server) -> Fetched {
    let world = world();
    let http = Http::new(settings(server.address)).unwrap();
    let secrets = Secrets::given([("GITHUB_TOKEN", "hush")]);
    block_on(async {
        let desk = Desk::open(&Config::load(world.folder(), None).unwrap())
            .await
            .unwrap();
        let fetched = desk.fetch(&http, &secrets, now()).await.unwrap();
        let options = AnswerOptions {
            numbers: &[],
            dry_run: false,
            now: now(),
        };
        desk.answer(&http, &secrets, options).await.unwrap();
        desk.close().await;
        fetched
    })
}
