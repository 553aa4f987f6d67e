//! Requests that are written down together, in a lot: the same comes of them as of each alone, one after the other.

use crate::postgres::{Trial, block_on, stores};
use press::store::{Arrival, Quota, Reason, SignUp, Terms};
use press_core::mailbox::EmailAddress;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

const NOW_S: i64 = 7_200;
const VALID_S: i64 = 3 * 86_400;
const LISTS: [&str; 3] = ["weekly", "jobs", "events"];

/// Some are known already, in some way. `Ada` and `ada` are two, who share their letters of a day.
const ADDRESSES: [&str; 7] = [
    "ada@gull.example",
    "Ada@gull.example",
    "new@gull.example",
    "reader@gull.example",
    "angry@gull.example",
    "erased@gull.example",
    "waiting@bücher.example",
];

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

fn sign_up(who: usize, lists: &[&str], network: usize) -> SignUp {
    let quota = |name: String, most| Quota { name, most };
    SignUp {
        address: address(ADDRESSES[who]),
        lists: lists.iter().map(|list| (*list).to_owned()).collect(),
        language: who.is_multiple_of(2).then(|| "de".to_owned()),
        form_version: format!("v{network}"),
        quotas: vec![
            quota(format!("network {network}"), 4),
            quota("all".to_owned(), 9),
        ],
    }
}

/// A reader, somebody who complained, somebody who was erased, and somebody who was asked half an hour ago.
async fn before(trial: &Trial) {
    let reader = Arrival::confirmed(address("reader@gull.example"), "weekly", 1);
    trial.receive_one(&reader, &Terms::default()).await.unwrap();
    let angry = address("angry@gull.example");
    trial.suppress(&angry, Reason::Complaint, 1).await.unwrap();
    trial
        .erase(&address("erased@gull.example"), 1)
        .await
        .unwrap();
    let waiting = [sign_up(6, &["jobs"], 0)];
    let asked = trial.sign_up(&waiting, VALID_S, NOW_S - 1_800).await;
    assert_eq!(asked.unwrap(), [None]);
}

/// What comes of requests that are written down in lots of so many.
async fn comes_of(trial: &Trial, asked: &[SignUp], lot: usize) -> Vec<String> {
    before(trial).await;
    let mut lines = Vec::new();
    for some in asked.chunks(lot) {
        let used_up = trial.sign_up(some, VALID_S, NOW_S).await.unwrap();
        lines.extend(used_up.into_iter().map(|used_up| format!("{used_up:?}")));
    }
    for text in ADDRESSES {
        if let Some(found) = trial.find_subscriber(&address(text)).await.unwrap() {
            let subscriptions = trial.subscriptions(found.id).await.unwrap();
            lines.push(format!("{text} {:?} {subscriptions:?}", found.language));
        }
    }
    let mut letters = Vec::new();
    for letter in trial.claim_letters(NOW_S + 1).await.unwrap() {
        let opened = trial.find_letter(&letter.token, letter.kind, NOW_S).await;
        let version = opened.unwrap().map(|opened| opened.form_version);
        let to = letter.subscriber.1.expose().to_owned();
        letters.push(format!(
            "{to} {:?} {:?} {version:?}",
            letter.kind, letter.lists
        ));
    }
    letters.sort();
    lines.extend(letters);
    lines
}

#[test]
fn a_lot_is_as_good_as_one_after_the_other() {
    let lists = prop::sample::subsequence(LISTS.to_vec(), 1..=3);
    let one = (0..ADDRESSES.len(), lists, 0usize..3);
    let made = |(who, lists, network): (usize, Vec<&str>, usize)| sign_up(who, &lists, network);
    let many = prop::collection::vec(one.prop_map(made), 1..14);
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let held = runner.run(&many, |asked| {
        block_on(async {
            let alone = comes_of(&Trial::sqlite().await, &asked, 1).await;
            for trial in stores().await {
                let together = comes_of(&trial, &asked, asked.len()).await;
                prop_assert_eq!(&together, &alone, "on {}", trial.name());
            }
            Ok(())
        })
    });
    held.unwrap();
}
