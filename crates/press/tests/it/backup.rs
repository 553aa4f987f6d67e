//! Backups: what is in one comes back, on either database, whatever happens while it is written or restored; and nobody
//! who was erased, suppressed or left since is mailed again.

use crate::postgres::{Trial, block_on, on_each, stores};
use crate::world::{Run, World};
use flate2::read::GzDecoder;
use press::config::Database;
use press::store::{
    Admitted, Arrival, CampaignState, Candidate, Choosing, DeliveryState, Frozen, NewCampaign,
    NewNomination, NewSubmission, Origin, Publication, Pull, Reason, Settled, State, Step,
    StepRecord, StepState, Store, SubmissionLimits, SubmissionState, SubscriptionState, Terms,
    Turn, VoteResult,
};
use press_core::mailbox::EmailAddress;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const EVERYTHING: &str = "[null,null,false]";

fn address(number: usize) -> EmailAddress {
    EmailAddress::parse(&format!("reader-{number}@host-{}.example", number % 3)).unwrap()
}

async fn with_readers(store: &Store, numbers: std::ops::Range<usize>) {
    let mut receiving = store.receive(Terms::default()).await.unwrap();
    let arrivals = numbers.map(|number| Arrival::confirmed(address(number), "weekly", 1));
    receiving.add(arrivals.collect()).await.unwrap();
    receiving.commit().await.unwrap();
}

async fn freeze(store: &Store, issue: &str, expected: i64, now_s: i64) -> i64 {
    // Bytes that are no text, and more rows than are read in one go.
    let choices = [EVERYTHING.to_owned(), "[null,null,true]".to_owned()];
    let variants = choices.map(|choice| (choice, (0..=255).collect::<Vec<u8>>()));
    let new = NewCampaign {
        issue,
        title: "Gulls",
        list: "weekly",
        digest: "d",
        start_s: now_s,
        slice: 0,
        variants: &variants,
        expected,
    };
    match store.record_campaign(&new, now_s).await.unwrap() {
        Frozen::Yes(id) => id,
        other => panic!("{other:?}"),
    }
}

/// Sends to `most` people of a campaign, and leaves one claimed.
async fn send(store: &Store, campaign: i64, most: i64, now_s: i64) {
    let mut worker = store.enlist("a test", now_s).await.unwrap();
    let parts = [(campaign, 0)];
    let mut turn = Turn {
        settled: &[],
        parts: &parts,
        most: most + 1,
        now_s,
    };
    store.find_due_campaigns(now_s).await.unwrap();
    let claimed = store.record_turn(&mut worker, &turn).await.unwrap();
    assert_eq!(claimed.len() as i64, most + 1);
    let settled: Vec<Settled> = claimed
        .iter()
        .skip(1)
        .map(|claimed| Settled {
            campaign,
            worker: worker.id,
            subscriber: claimed.subscriber,
            state: DeliveryState::Sent,
            attempts: 1,
            due_s: 0,
            reply: "250 “taken”".to_owned(),
            bounced: None,
        })
        .collect();
    (turn.settled, turn.parts, turn.most) = (&settled, &[], 0);
    store.record_turn(&mut worker, &turn).await.unwrap();
    // Its lock goes, its claim stays: as if it had died.
    drop(worker);
}

/// A newsletter whose database is that of a trial.
fn newsletter(trial: &Trial) -> World {
    let world = World::new(1);
    let text = world.read("press.toml");
    world.write("press.toml", format!("{text}\n{}", trial.toml()));
    world
}

fn backed_up(world: &World, name: &str) -> PathBuf {
    let path = world.path(name);
    world.press(&["backup", path.to_str().unwrap()]).succeeds();
    path
}

fn restored(world: &World, backup: &Path, options: &[&str]) -> Run {
    let mut arguments = vec!["restore", backup.to_str().unwrap()];
    arguments.extend(options);
    world.press(&arguments)
}

/// The lines of a backup.
fn lines(path: &Path) -> Vec<String> {
    let mut text = String::new();
    let file = fs::File::open(path).unwrap();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// All that a backup holds, without what it says of itself.
fn content(path: &Path) -> Vec<String> {
    let mut lines = lines(path);
    lines.pop();
    lines.remove(0);
    lines
}

/// Some of everything.
async fn fill(store: &Store) {
    with_readers(store, 0..2_500).await;
    store
        .suppress(&address(1), Reason::Complaint, 10)
        .await
        .unwrap();
    store.erase(&address(2), 10).await.unwrap();
    let third = store.find_subscriber(&address(3)).await.unwrap().unwrap();
    store.unsubscribe(third.id, None, "form", 20).await.unwrap();
    let id = freeze(store, "11", 2_497, 30).await;
    send(store, id, 40, 40).await;
    assert!(store.record_pause(id, "look").await.unwrap());
    let candidate = Candidate {
        page: "gulls.example/ä".to_owned(),
        url: "https://gulls.example/ä".to_owned(),
        title: "Tabs\tand \\N lines\nand “quotes”".to_owned(),
        source: "feed".to_owned(),
        ..Candidate::default()
    };
    store.record_candidates(&[candidate], 60).await.unwrap();
    store.key("return-path").await.unwrap();
}

#[test]
fn a_backup_comes_back_on_either_database() {
    block_on(async {
        for from in stores().await {
            fill(&from.store).await;
            let source = newsletter(&from);
            let backup = backed_up(&source, "one.gz");
            let there = content(&backup);
            assert!(there.len() > 7_000, "{}", there.len());
            for to in stores().await {
                println!("from {} to {}", from.name(), to.name());
                let target = newsletter(&to);
                restored(&target, &backup, &[]).succeeds();
                let again = backed_up(&target, "two.gz");
                assert!(
                    content(&again) == there,
                    "a restored database holds the same"
                );
                // Numbers go on where they were: nothing is given twice.
                with_readers(&to.store, 2_500..2_501).await;
                let new = to.store.find_subscriber(&address(2_500)).await.unwrap();
                assert_eq!(new.unwrap().id, 2_501);
                let hers = to.store.find_suppression(&address(2)).await.unwrap();
                assert_eq!(hers, Some((Reason::Erased, 10)), "the key came along");
            }
        }
    });
}

#[test]
fn what_is_not_empty_is_not_replaced_by_mistake() {
    on_each(async |trial| {
        with_readers(&trial.store, 0..3).await;
        let world = newsletter(trial);
        let backup = backed_up(&world, "one.gz");
        let before = content(&backup);
        restored(&world, &backup, &[]).refuses(&[
            "is not empty",
            "--replace",
            "nothing was changed",
        ]);
        restored(&world, &backup, &["--check"]).succeeds();
        assert!(content(&backed_up(&world, "two.gz")) == before);
    });
}

#[test]
fn who_was_erased_suppressed_or_left_since_stays_so() {
    on_each(async |trial| {
        let store = &trial.store;
        with_readers(store, 0..6).await;
        let world = newsletter(trial);
        let backup = backed_up(&world, "one.gz");
        let now_s = jiff::Timestamp::now().as_second();
        store.erase(&address(0), now_s).await.unwrap();
        store
            .suppress(&address(1), Reason::HardBounce, now_s)
            .await
            .unwrap();
        let left = store.find_subscriber(&address(2)).await.unwrap().unwrap();
        store
            .unsubscribe(left.id, None, "one-click", now_s)
            .await
            .unwrap();
        with_readers(store, 6..7).await;
        let run = restored(&world, &backup, &["--replace"]).succeeds();
        for said in [
            "2 suppressed since",
            "1 erased since",
            "1 subscriptions ended since",
        ] {
            assert!(run.out.contains(said), "{said}: {}", run.out);
        }
        assert_eq!(store.find_subscriber(&address(0)).await.unwrap(), None);
        let why = async |number| store.find_suppression(&address(number)).await.unwrap();
        assert_eq!(why(0).await, Some((Reason::Erased, now_s)));
        assert_eq!(why(1).await, Some((Reason::HardBounce, now_s)));
        let subscriptions = store.subscriptions(left.id).await.unwrap();
        assert_eq!(subscriptions[0].state, SubscriptionState::Unsubscribed);
        assert_eq!(subscriptions[0].unsubscribed_s, Some(now_s));
        let consents = store.consents(left.id).await.unwrap();
        assert_eq!(consents.last().unwrap().how, "restore");
        assert_eq!(store.find_subscriber(&address(6)).await.unwrap(), None);
        let choices = store.find_choices("12", "weekly").await.unwrap();
        assert_eq!(choices, [(EVERYTHING.to_owned(), 3)], "who is mailed now");
    });
}

#[test]
fn nobody_gets_an_issue_twice_because_of_a_restore() {
    on_each(async |trial| {
        let store = &trial.store;
        with_readers(store, 0..10).await;
        let now_s = jiff::Timestamp::now().as_second();
        let first = freeze(store, "11", 10, now_s).await;
        send(store, first, 3, now_s).await;
        let world = newsletter(trial);
        let backup = backed_up(&world, "one.gz");
        store.record_dead_workers(now_s).await.unwrap();
        send(store, first, 3, now_s).await;
        let second = freeze(store, "12", 10, now_s).await;
        send(store, second, 9, now_s).await;
        let run = restored(&world, &backup, &["--replace"]).succeeds();
        assert!(run.out.contains("1 campaigns begun since"), "{}", run.out);
        store.record_dead_workers(now_s).await.unwrap();
        for (id, sent, uncertain) in [(first, 6, 2), (second, 9, 1)] {
            let campaign = store.find_campaign(id).await.unwrap().unwrap();
            assert_eq!(
                campaign.state,
                CampaignState::Paused,
                "nothing leaves by itself"
            );
            let tally = store.count_deliveries(&campaign).await.unwrap();
            assert!(tally.holds(), "{tally:?}");
            assert_eq!(
                (tally.sent, tally.uncertain),
                (sent, uncertain),
                "{tally:?}"
            );
        }
        let third = freeze(store, "13", 10, now_s).await;
        assert!(third > second);
    });
}

fn submission(at: usize) -> NewSubmission {
    NewSubmission {
        origin: Origin::Form,
        pull: None,
        page: format!("sent{at}.example/"),
        host: format!("sent{at}.example"),
        sender: "s".to_owned(),
        item: "{}".to_owned(),
        title: format!("Sent {at}"),
        url: format!("https://sent{at}.example/"),
        section: None,
        remark: Some("I wrote it.".to_owned()),
        contact: Some("ada@terns.example".to_owned()),
        machine_written: Some(false),
        issue: Some(4),
        token_hash: Some(format!("hash {at}")),
    }
}

async fn sent(store: &Store, at: usize, now_s: i64) -> i64 {
    let limits = SubmissionLimits {
        per_sender: 100,
        per_host: 100,
        window_s: 10,
    };
    match store
        .record_submission(&submission(at), limits, now_s)
        .await
    {
        Ok(Admitted::New(id)) => id,
        other => panic!("{other:?}"),
    }
}

async fn decided(store: &Store, id: i64, state: SubmissionState, now_s: i64) {
    let step = Step {
        who: "Ada",
        what: state.name(),
        detail: Some("why"),
        state: Some(state),
        reason: Some("why"),
        ..Step::default()
    };
    store.record_step(id, &step, now_s).await.unwrap().unwrap();
}

async fn nominated(store: &Store, at: usize, now_s: i64) -> i64 {
    let new = NewNomination {
        vote: "crate".to_owned(),
        subject: format!("crate {at}"),
        title: format!("Crate {at}"),
        place: format!("https://forum.example/{at}"),
        at_s: now_s,
        ..NewNomination::default()
    };
    store.record_nomination(&new, now_s).await.unwrap().0
}

async fn found(store: &Store, at: usize, now_s: i64) -> i64 {
    let candidate = Candidate {
        page: format!("found{at}.example/"),
        title: format!("Found {at}"),
        ..Candidate::default()
    };
    store.record_candidates(&[candidate], now_s).await.unwrap();
    let all = store.candidates(State::Open).await.unwrap();
    all.last().unwrap().id
}

fn publication(issue: &str, began_s: i64) -> Publication {
    Publication {
        issue: issue.to_owned(),
        title: "Gulls".to_owned(),
        draft: "draft/004.md".to_owned(),
        path: "content/004.md".to_owned(),
        began_s,
        ended_s: None,
        holder: String::new(),
        held_until_s: 0,
    }
}

fn announced(recorded_s: i64, state: StepState) -> StepRecord {
    StepRecord {
        step: "announce".to_owned(),
        target: "mastodon".to_owned(),
        state,
        detail: None,
        address: Some("https://gulls.example/1".to_owned()),
        digest: None,
        who: "Ada".to_owned(),
        recorded_s,
    }
}

async fn dropped(store: &Store, id: i64, now_s: i64) {
    let choosing = Choosing {
        who: "Ada",
        what: "dropped",
        state: Some(State::Dropped),
        from: &[State::Open],
        ..Choosing::default()
    };
    let done = store.record_choice(id, &choosing, now_s).await.unwrap();
    assert!(done.unwrap().1);
}

/// Who decided what about a submission.
async fn steps(store: &Store, id: i64) -> Vec<String> {
    let history = store.submission_history(id).await.unwrap();
    history.into_iter().map(|line| line.what).collect()
}

#[test]
fn what_people_sent_and_chose_since_stays_with_what_was_decided() {
    on_each(async |trial| {
        let store = &trial.store;
        let old = [
            sent(store, 1, 10).await,
            sent(store, 2, 10).await,
            sent(store, 3, 10).await,
        ];
        let (first, thing) = (nominated(store, 1, 10).await, found(store, 1, 10).await);
        assert!(store.record_ballot(first, "bob", "p", 11).await.unwrap());
        decided(store, old[2], SubmissionState::Declined, 12).await;
        let pull = Pull {
            number: 11,
            head: "a".to_owned(),
            open: true,
            ..Pull::default()
        };
        store.record_pull(&pull, &[], 10).await.unwrap();
        store
            .record_publication(&publication("3", 10))
            .await
            .unwrap();
        let begun = announced(10, StepState::Begun);
        store.record_publication_step("3", &begun).await.unwrap();
        let world = newsletter(trial);
        let backup = backed_up(&world, "one.gz");

        let now_s = jiff::Timestamp::now().as_second();
        decided(store, old[0], SubmissionState::Accepted, now_s).await;
        assert!(store.erase_sender("hash 2").await.unwrap());
        let new = sent(store, 4, now_s).await;
        decided(store, new, SubmissionState::Declined, now_s).await;
        store.record_comment(11, 77, "said").await.unwrap();
        store.record_delivery("hook", now_s).await.unwrap();
        assert!(store.record_ballot(first, "cid", "p", now_s).await.unwrap());
        store
            .record_nomination_decision(first, true, false)
            .await
            .unwrap();
        let second = nominated(store, 2, now_s).await;
        assert!(
            store
                .record_ballot(second, "bob", "p", now_s)
                .await
                .unwrap()
        );
        store.record_likes(second, 5, "p", now_s).await.unwrap();
        let result = VoteResult {
            vote: "crate".to_owned(),
            issue: 4,
            winner: second,
            subject: "crate 2".to_owned(),
            counted: "{}".to_owned(),
            picked: false,
            placed: "text".to_owned(),
            recorded_s: now_s,
        };
        store.record_result(&result).await.unwrap();
        let done = announced(now_s, StepState::Done);
        store
            .record_publication(&publication("4", now_s))
            .await
            .unwrap();
        for issue in ["3", "4"] {
            store.record_publication_step(issue, &done).await.unwrap();
        }
        store.record_publication_end("3", now_s).await.unwrap();
        dropped(store, thing, now_s).await;
        let other = found(store, 2, now_s).await;

        let run = restored(&world, &backup, &["--replace"]).succeeds();
        for said in [
            "1 submissions sent since",
            "3 decisions about",
            "1 nominations made since",
            "3 ballots and readings",
        ] {
            assert!(run.out.contains(said), "{said}: {}", run.out);
        }
        for (id, state, lines) in [
            (old[0], SubmissionState::Accepted, vec!["sent", "accepted"]),
            (old[1], SubmissionState::Queued, vec!["sent"]),
            (old[2], SubmissionState::Declined, vec!["sent", "declined"]),
            (new, SubmissionState::Declined, vec!["sent", "declined"]),
        ] {
            let one = store.find_submission(id).await.unwrap().unwrap();
            assert_eq!(one.state, state, "{one:?}");
            assert_eq!(
                one.contact.is_none(),
                id == old[1],
                "who was erased stays so"
            );
            assert_eq!(steps(store, id).await, lines);
        }
        let late = store.find_submission_of("hash 4").await.unwrap().unwrap();
        assert_eq!((late.id, late.reason.as_deref()), (new, Some("why")));
        let pull = store.find_pull(11).await.unwrap().unwrap();
        assert_eq!(pull.comment, Some(77));
        assert!(store.is_delivery_known("hook").await.unwrap());
        let ballots = store.ballots("crate", 0).await.unwrap();
        let ballots: Vec<_> = ballots
            .iter()
            .map(|one| (one.nomination, one.voter.as_str(), one.count))
            .collect();
        assert_eq!(ballots.len(), 4, "{ballots:?}");
        for one in [
            (first, "bob", 1),
            (first, "cid", 1),
            (second, "bob", 1),
            (second, "", 5),
        ] {
            assert!(ballots.contains(&one), "{ballots:?}");
        }
        let own = store.find_nomination(first).await.unwrap().unwrap();
        assert!(own.new.own);
        assert_eq!(store.find_result("crate", 4).await.unwrap(), Some(result));
        for (issue, ended_s) in [("3", Some(now_s)), ("4", None)] {
            let kept = store.find_publication(issue).await.unwrap().unwrap();
            assert_eq!(kept.ended_s, ended_s, "{issue}");
            let steps = store.publication_steps(issue).await.unwrap();
            assert_eq!(steps, [announced(now_s, StepState::Done)]);
        }
        let kept = store.find_candidate(thing).await.unwrap().unwrap();
        assert_eq!(kept.state, State::Dropped);
        assert_eq!(store.candidate_history(thing).await.unwrap()[0].who, "Ada");
        assert!(store.find_candidate(other).await.unwrap().is_some());
        // The same again changes nothing, and numbers go on.
        let whole = backed_up(&world, "whole.gz");
        let again = restored(&world, &whole, &["--replace"]).succeeds();
        assert!(!again.out.contains("since, kept"), "{}", again.out);
        assert_eq!(sent(store, 5, now_s).await, new + 1);
        assert_eq!(nominated(store, 3, now_s).await, second + 1);
        assert_eq!(found(store, 3, now_s).await, other + 1);
    });
}

/// The database was lost, the server began a new one, and only then somebody restored the backup.
#[test]
fn what_came_after_a_loss_is_kept_beside_what_comes_back() {
    block_on(async {
        for (lost, begun) in stores().await.into_iter().zip(stores().await) {
            let now_s = jiff::Timestamp::now().as_second();
            let old = sent(&lost.store, 1, 10).await;
            decided(&lost.store, old, SubmissionState::Accepted, 20).await;
            let voted = nominated(&lost.store, 1, 10).await;
            assert!(
                lost.store
                    .record_ballot(voted, "bob", "p", 10)
                    .await
                    .unwrap()
            );
            let thing = found(&lost.store, 1, 10).await;
            dropped(&lost.store, thing, 10).await;
            let elsewhere = newsletter(&lost);
            let backup = backed_up(&elsewhere, "one.gz");

            let store = &begun.store;
            let new = sent(store, 2, now_s).await;
            decided(store, new, SubmissionState::Declined, now_s).await;
            let other = nominated(store, 2, now_s).await;
            assert!(store.record_ballot(other, "cid", "p", now_s).await.unwrap());
            let seen = found(store, 2, now_s).await;
            assert_eq!((old, voted, thing), (new, other, seen), "the same numbers");
            let world = newsletter(&begun);
            restored(&world, &backup, &["--replace"]).succeeds();

            let one = store.find_submission_of("hash 1").await.unwrap().unwrap();
            assert_eq!((one.id, one.state), (old, SubmissionState::Accepted));
            assert_eq!(steps(store, old).await, ["sent", "accepted"]);
            let two = store.find_submission_of("hash 2").await.unwrap().unwrap();
            assert_eq!(two.state, SubmissionState::Declined);
            assert_eq!(steps(store, two.id).await, ["sent", "declined"]);
            let ballots = store.ballots("crate", 0).await.unwrap();
            let whose = |voter: &str| ballots.iter().find(|one| one.voter == voter).unwrap();
            assert_eq!((ballots.len(), whose("bob").nomination), (2, voted));
            let moved = store
                .find_nomination(whose("cid").nomination)
                .await
                .unwrap();
            assert_eq!(moved.unwrap().new.title, "Crate 2");
            let open = store.candidates(State::Open).await.unwrap();
            assert_eq!(open.len(), 1);
            assert_eq!(open[0].candidate.title, "Found 2");
            let third = sent(store, 3, now_s).await;
            assert!(third > two.id && third > one.id, "{third}");
        }
    });
}

#[test]
fn a_backup_of_another_database_does_not_lose_suppressions() {
    on_each(async |trial| {
        let other = Trial::sqlite().await;
        with_readers(&other.store, 0..3).await;
        other.store.hasher().await.unwrap();
        let elsewhere = newsletter(&other);
        let backup = backed_up(&elsewhere, "other.gz");
        let world = newsletter(trial);
        trial
            .store
            .suppress(&address(0), Reason::Manual, 5)
            .await
            .unwrap();
        restored(&world, &backup, &["--replace"])
            .refuses(&["not one of this database", "nothing was changed"]);
        let still = trial.store.find_suppression(&address(0)).await.unwrap();
        assert_eq!(still, Some((Reason::Manual, 5)));
    });
}

#[test]
fn a_damaged_backup_changes_nothing() {
    on_each(async |trial| {
        with_readers(&trial.store, 0..50).await;
        let world = newsletter(trial);
        let backup = backed_up(&world, "one.gz");
        let (before, bytes) = (content(&backup), fs::read(&backup).unwrap());
        let damaged = world.path("damaged.gz");
        let half = bytes.len() / 2;
        let mut flipped = bytes.clone();
        flipped[half] ^= 0x10;
        let more = [bytes.clone(), b"more".to_vec()].concat();
        let cases = [
            (&bytes[..half], "is damaged"),
            (&flipped[..], "is damaged"),
            (&more[..], "something follows its end"),
            (&b""[..], "is no backup of press"),
            (&b"address\nada@example.org\n"[..], "is no backup of press"),
        ];
        for (content, said) in cases {
            fs::write(&damaged, content).unwrap();
            restored(&world, &damaged, &["--replace"]).refuses(&[said, "nothing was changed"]);
            restored(&world, &damaged, &["--check"]).refuses(&[said]);
        }
        assert!(content(&backed_up(&world, "two.gz")) == before);
    });
}

#[test]
fn a_backup_shows_one_moment_while_others_write() {
    on_each(async |trial| {
        with_readers(&trial.store, 0..3_000).await;
        let world = newsletter(trial);
        let store = trial.again().await;
        let writing = tokio::spawn(async move {
            // Each comes with a subscription and a consent, or not at all.
            for number in 3_000.. {
                with_readers(&store, number..number + 1).await;
            }
        });
        for _ in 0..3 {
            let path = world.path("one.gz");
            let mut command = world.command(&["backup", path.to_str().unwrap()]);
            let run = tokio::task::spawn_blocking(move || command.output().unwrap());
            Run::new(run.await.unwrap()).succeeds();
            let mut counts = [0; 3];
            let mut table = None;
            for line in content(&path) {
                if line.starts_with('{') {
                    let named = |name: &str| line.starts_with(&format!("{{\"table\":\"{name}\""));
                    table = ["subscriber", "subscription", "consent"]
                        .iter()
                        .position(|name| named(name));
                } else if let Some(table) = table {
                    counts[table] += 1;
                }
            }
            assert!(counts[0] >= 3_000, "{counts:?}");
            assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
        }
        writing.abort();
        let _ = writing.await;
    });
}

#[test]
fn somebody_who_sends_keeps_a_restore_out() {
    on_each(async |trial| {
        with_readers(&trial.store, 0..2).await;
        let world = newsletter(trial);
        let backup = backed_up(&world, "one.gz");
        let worker = trial.store.enlist("a test", 1).await.unwrap();
        restored(&world, &backup, &["--replace"])
            .refuses(&["somebody sends", "nothing was changed"]);
        trial.store.dismiss(worker).await.unwrap();
        restored(&world, &backup, &["--replace"]).succeeds();
    });
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_it_and_a_folder_keeps_the_newest() {
    use std::os::unix::fs::PermissionsExt;
    block_on(async {
        let trial = Trial::sqlite().await;
        with_readers(&trial.store, 0..2).await;
        let world = newsletter(&trial);
        world.write("kept/notes.txt", "mine");
        for day in 10..15 {
            world.write(&format!("kept/press-2025-01-{day}-030000.jsonl.gz"), "old");
        }
        // Left by a program that was killed.
        world.write("kept/.press-2025-01-16-030000.jsonl.gz.4711.part", "half");
        let folder = world.path("kept");
        let run = world
            .press(&["backup", folder.to_str().unwrap(), "--keep", "3"])
            .succeeds();
        assert!(run.err.contains("3 old backups removed"), "{}", run.err);
        let mut names: Vec<String> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names.len(), 4, "{names:?}");
        assert_eq!(names[0], "notes.txt");
        assert_eq!(names[1], "press-2025-01-13-030000.jsonl.gz");
        let newest = fs::metadata(folder.join(&names[3])).unwrap();
        assert_eq!(newest.permissions().mode() & 0o777, 0o600);
        world
            .press(&["backup", world.path("press.toml").to_str().unwrap()])
            .refuses(&["is no backup"]);
        world
            .press(&[
                "backup",
                world.path("one.gz").to_str().unwrap(),
                "--keep",
                "3",
            ])
            .refuses(&["is no folder"]);
    });
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_leaves_the_earlier_backup() {
    on_each(async |trial| {
        with_readers(&trial.store, 0..2_000).await;
        let world = newsletter(trial);
        let backup = backed_up(&world, "one.gz");
        let before = fs::read(&backup).unwrap();
        with_readers(&trial.store, 2_000..4_000).await;
        // No file of the program may grow beyond 200 blocks of 512 bytes.
        let press = world.command(&["backup", backup.to_str().unwrap()]);
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; ulimit -f 200; exec \"$@\"", "sh"]);
        shell.arg(press.get_program()).args(press.get_args());
        shell.env_remove("PRESS_DATABASE_URL");
        Run::new(shell.output().unwrap())
            .refuses(&["cannot be written", "an earlier backup is as it was"]);
        assert!(fs::read(&backup).unwrap() == before);
        let left = fs::read_dir(world.folder()).unwrap();
        let left = left.filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_string_lossy().ends_with(".part")
        });
        assert_eq!(left.count(), 0);
    });
}

/// Runs a command and kills it after a while that grows until it is done before. How often it was killed.
#[cfg(unix)]
fn killed(world: &World, arguments: &[&str], mut look: impl FnMut()) -> usize {
    use std::time::{Duration, Instant};
    let started = Instant::now();
    world.press(arguments).succeeds();
    let whole = started.elapsed();
    let mut killed = 0;
    for part in 0..6 {
        let mut command = world.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let started = Instant::now();
        let wait: Duration = whole * part / 6;
        while started.elapsed() < wait {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        killed += usize::from(!child.wait().unwrap().success());
        look();
    }
    killed
}

#[cfg(unix)]
#[test]
fn a_backup_or_a_restore_that_is_killed_leaves_the_old_or_the_new() {
    on_each(async |trial| {
        with_readers(&trial.store, 0..1_500).await;
        let world = newsletter(trial);
        let small = backed_up(&world, "small.gz");
        with_readers(&trial.store, 1_500..3_000).await;
        let large = backed_up(&world, "large.gz");
        let count = content(&large).len();
        let (path, one) = (large.to_str().unwrap(), small.to_str().unwrap());
        let killed_backups = killed(&world, &["backup", path], || {
            assert_eq!(content(&large).len(), count, "it is whole");
        });
        let known = [content(&small).len(), count];
        let killed_restores = killed(&world, &["restore", one, "--replace"], || {
            let now = content(&backed_up(&world, "now.gz")).len();
            assert!(known.contains(&now), "{now} of {known:?}");
            restored(&world, &large, &["--replace"]).succeeds();
        });
        assert!(
            killed_backups > 1 && killed_restores > 1,
            "{killed_backups}, {killed_restores}"
        );
    });
}

#[test]
fn without_a_database_there_is_nothing_to_keep() {
    let world = World::new(1);
    let path = world.path("one.gz");
    world
        .press(&["backup", path.to_str().unwrap()])
        .refuses(&["there is no database yet"]);
    assert!(!path.exists());
    world
        .press(&["restore", path.to_str().unwrap()])
        .refuses(&["cannot read"]);
}

/// Every table that the steps make is in a backup, or said not to be.
#[test]
fn no_table_is_forgotten() {
    block_on(async {
        let trial = Trial::sqlite().await;
        let Database::File(path) = &trial.database else {
            panic!("a file")
        };
        let world = newsletter(&trial);
        let backup = backed_up(&world, "one.gz");
        let url = format!("sqlite://{}", path.display());
        let mut other = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url)
            .await
            .unwrap();
        let names = sqlx::query_scalar::<_, String>(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'",
        );
        let names = names.fetch_all(&mut other).await.unwrap();
        assert!(names.len() > 10);
        let lines = lines(&backup);
        for name in names {
            let head = format!("{{\"table\":\"{name}\"");
            assert!(lines.iter().any(|line| line.starts_with(&head)), "{name}");
        }
    });
}
