//! The ledger of deliveries on both databases: who is frozen, who is claimed, what is settled, and what a dead worker
//! leaves.

use crate::postgres::{Trial, on_each};
use press::store::{
    Arrival, Bounced, Campaign, CampaignState, Claimed, DeliveryState, Frozen, NewCampaign,
    Settled, Store, Tally, Terms, Turn, Worker,
};
use press_core::mailbox::EmailAddress;

fn address(number: usize) -> EmailAddress {
    EmailAddress::parse(&format!("reader-{number}@host-{}.example", number % 3)).unwrap()
}

async fn with_readers(store: &Store, count: usize) {
    let mut receiving = store.receive(Terms::default()).await.unwrap();
    let arrivals: Vec<Arrival> = (0..count)
        .map(|number| Arrival::confirmed(address(number), "weekly", 1))
        .collect();
    receiving.add(arrivals).await.unwrap();
    receiving.commit().await.unwrap();
}

const EVERYTHING: &str = "[null,null,false]";

fn campaign<'a>(variants: &'a [(String, Vec<u8>)], expected: i64) -> NewCampaign<'a> {
    NewCampaign {
        issue: "12",
        title: "Gulls 12",
        list: "weekly",
        digest: "d",
        start_s: 100,
        slice: 0,
        variants,
        expected,
    }
}

fn variants() -> Vec<(String, Vec<u8>)> {
    vec![(EVERYTHING.to_owned(), b"words".to_vec())]
}

async fn frozen(store: &Store, slice: i64, expected: i64) -> i64 {
    let variants = variants();
    let new = NewCampaign {
        slice,
        ..campaign(&variants, expected)
    };
    match store.record_campaign(&new, 100).await.unwrap() {
        Frozen::Yes(id) => id,
        other => panic!("{other:?}"),
    }
}

async fn claim(
    store: &Store,
    worker: &mut Worker,
    parts: &[(i64, i64)],
    most: i64,
    now_s: i64,
) -> Vec<Claimed> {
    let turn = Turn {
        settled: &[],
        parts,
        most,
        now_s,
    };
    store.record_turn(worker, &turn).await.unwrap()
}

fn settled(claimed: &Claimed, worker: &Worker, state: DeliveryState) -> Settled {
    Settled {
        campaign: claimed.campaign,
        worker: worker.id,
        subscriber: claimed.subscriber,
        state,
        attempts: claimed.attempts,
        due_s: 0,
        reply: "said “so”".to_owned(),
        bounced: None,
    }
}

async fn settle(store: &Store, worker: &mut Worker, settled: &[Settled]) {
    let turn = Turn {
        settled,
        parts: &[],
        most: 0,
        now_s: 200,
    };
    store.record_turn(worker, &turn).await.unwrap();
}

async fn look(store: &Store, id: i64) -> (Campaign, Tally) {
    let campaign = store.find_campaign(id).await.unwrap().unwrap();
    let tally = store.count_deliveries(&campaign).await.unwrap();
    assert!(tally.holds(), "{tally:?}");
    (campaign, tally)
}

#[test]
fn an_audience_is_frozen_whole_or_not_at_all() {
    on_each(async |Trial { store, .. }| {
        with_readers(store, 7).await;
        assert_eq!(
            store.find_choices("12", "weekly").await.unwrap(),
            [(EVERYTHING.to_owned(), 7)]
        );
        let all = variants();
        let wrong = store
            .record_campaign(&campaign(&all, 8), 100)
            .await
            .unwrap();
        assert_eq!(wrong, Frozen::Changed { audience: 7 });
        assert!(
            store.find_campaigns(9).await.unwrap().is_empty(),
            "nothing is left of it"
        );
        let id = frozen(store, 0, 7).await;
        let (campaign_, tally) = look(store, id).await;
        assert_eq!(
            (campaign_.state, tally.queued, tally.audience),
            (CampaignState::Planned, 7, 7)
        );
        match store
            .record_campaign(&campaign(&all, 7), 101)
            .await
            .unwrap()
        {
            Frozen::Twice(other) => assert_eq!(other.id, id),
            other => panic!("{other:?}"),
        }
        assert_eq!(store.find_variant(id, 0).await.unwrap().unwrap(), b"words");
        // Who comes later is not in it.
        let late = Arrival::confirmed(address(100), "weekly", 1);
        let mut receiving = store.receive(Terms::default()).await.unwrap();
        receiving.add(vec![late]).await.unwrap();
        receiving.commit().await.unwrap();
        assert_eq!(look(store, id).await.1.audience, 7);
    });
}

#[test]
fn what_is_claimed_is_claimed_once_and_settled_by_who_claimed_it() {
    on_each(async |trial| {
        let store = &trial.store;
        with_readers(store, 10).await;
        let id = frozen(store, 0, 10).await;
        let mut one = store.enlist("one", 1).await.unwrap();
        let mut two = trial.again().await.enlist("two", 1).await.unwrap();
        assert_ne!(one.id, two.id);
        assert!(
            claim(store, &mut one, &[(id, 0)], 5, 99).await.is_empty(),
            "its hour has not come"
        );
        assert_eq!(store.find_due_campaigns(99).await.unwrap(), []);
        assert_eq!(store.find_due_campaigns(100).await.unwrap().len(), 1);
        let first = claim(store, &mut one, &[(id, 0)], 6, 100).await;
        let second = claim(store, &mut two, &[(id, 0)], 6, 100).await;
        assert_eq!((first.len(), second.len()), (6, 4));
        let mut all: Vec<i64> = first
            .iter()
            .chain(&second)
            .map(|claimed| claimed.subscriber)
            .collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 10);
        // Another worker's claims are not for this one to settle.
        let stolen: Vec<Settled> = second
            .iter()
            .map(|claimed| settled(claimed, &one, DeliveryState::Sent))
            .collect();
        settle(store, &mut one, &stolen).await;
        assert_eq!(look(store, id).await.1.sending, 10);
        let own: Vec<Settled> = first
            .iter()
            .map(|claimed| settled(claimed, &one, DeliveryState::Sent))
            .collect();
        settle(store, &mut one, &own).await;
        settle(store, &mut one, &own).await;
        let tally = look(store, id).await.1;
        assert_eq!((tally.sent, tally.sending), (6, 4));
        store.record_end(id, 300).await.unwrap();
        assert_eq!(
            look(store, id).await.0.state,
            CampaignState::Sending,
            "four are on their way"
        );
        let rest: Vec<Settled> = second
            .iter()
            .map(|claimed| settled(claimed, &two, DeliveryState::Failed))
            .collect();
        settle(store, &mut two, &rest).await;
        store.record_end(id, 300).await.unwrap();
        let (campaign, tally) = look(store, id).await;
        assert_eq!(
            (campaign.state, campaign.ended_s),
            (CampaignState::Finished, Some(300))
        );
        assert_eq!((tally.sent, tally.failed), (6, 4));
        store.dismiss(one).await.unwrap();
        store.dismiss(two).await.unwrap();
    });
}

#[test]
fn what_a_dead_worker_had_is_uncertain_until_a_person_decides() {
    on_each(async |trial| {
        let store = &trial.store;
        with_readers(store, 6).await;
        let id = frozen(store, 0, 6).await;
        store.find_due_campaigns(100).await.unwrap();
        let mut alive = store.enlist("alive", 1).await.unwrap();
        let kept = claim(store, &mut alive, &[(id, 0)], 2, 100).await;
        let mut dying = trial.again().await.enlist("dying", 1).await.unwrap();
        let lost = claim(store, &mut dying, &[(id, 0)], 3, 100).await;
        assert_eq!(
            store.record_dead_workers(150).await.unwrap(),
            0,
            "both hold their locks"
        );
        let number = dying.id;
        drop(dying);
        // The server may take a moment to see that the connection is gone.
        let mut buried = 0;
        for _ in 0..200 {
            buried += store.record_dead_workers(150).await.unwrap();
            if buried > 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert_eq!(buried, 3);
        let tally = look(store, id).await.1;
        assert_eq!((tally.uncertain, tally.sending, tally.queued), (3, 2, 1));
        // It lives after all, and knows what became of one.
        let back = Settled {
            worker: number,
            ..settled(&lost[0], &alive, DeliveryState::Sent)
        };
        settle(store, &mut alive, &[back]).await;
        assert_eq!(look(store, id).await.1.uncertain, 2);
        let own: Vec<Settled> = kept
            .iter()
            .map(|claimed| settled(claimed, &alive, DeliveryState::Sent))
            .collect();
        settle(store, &mut alive, &own).await;
        let again = claim(store, &mut alive, &[(id, 0)], 9, 100).await;
        assert_eq!(again.len(), 1, "nothing uncertain is sent by itself");
        let own: Vec<Settled> = again
            .iter()
            .map(|claimed| settled(claimed, &alive, DeliveryState::Sent))
            .collect();
        settle(store, &mut alive, &own).await;
        store.record_end(id, 300).await.unwrap();
        assert_eq!(look(store, id).await.0.state, CampaignState::Finished);
        assert_eq!(store.record_again(id).await.unwrap(), 2);
        let (campaign, tally) = look(store, id).await;
        assert_eq!((campaign.state, tally.queued), (CampaignState::Paused, 2));
        assert!(store.record_resume(id, 400).await.unwrap());
        assert_eq!(claim(store, &mut alive, &[(id, 0)], 9, 400).await.len(), 2);
        store.dismiss(alive).await.unwrap();
    });
}

#[test]
fn who_left_after_the_freeze_gets_nothing() {
    on_each(async |Trial { store, .. }| {
        with_readers(store, 5).await;
        let id = frozen(store, 0, 5).await;
        store.find_due_campaigns(100).await.unwrap();
        let find = async |number| {
            store
                .find_subscriber(&address(number))
                .await
                .unwrap()
                .unwrap()
        };
        let left = find(0).await;
        assert!(
            store
                .unsubscribe(left.id, Some("weekly"), "link", 110)
                .await
                .is_ok()
        );
        store
            .suppress(&address(1), press::store::Reason::Complaint, 110)
            .await
            .unwrap();
        store.erase(&address(2), 110).await.unwrap();
        let mut worker = store.enlist("one", 1).await.unwrap();
        let claimed = claim(store, &mut worker, &[(id, 0)], 9, 120).await;
        let obstacles: Vec<String> = claimed
            .iter()
            .filter_map(|one| one.person.clone().err())
            .collect();
        assert_eq!(obstacles.len(), 3, "{obstacles:?}");
        for obstacle in ["has left the list", "must not be mailed", "was erased"] {
            assert!(
                obstacles.iter().any(|one| one == obstacle),
                "{obstacle}: {obstacles:?}"
            );
        }
        store.dismiss(worker).await.unwrap();
    });
}

#[test]
fn a_hard_bounce_keeps_the_address_out_and_soft_ones_are_counted() {
    on_each(async |Trial { store, .. }| {
        with_readers(store, 3).await;
        let id = frozen(store, 0, 3).await;
        store.find_due_campaigns(100).await.unwrap();
        let mut worker = store.enlist("one", 1).await.unwrap();
        let claimed = claim(store, &mut worker, &[(id, 0)], 9, 120).await;
        let bounce = |at: usize, bounced| Settled {
            bounced: Some(bounced),
            ..settled(&claimed[at], &worker, DeliveryState::Failed)
        };
        let both = [bounce(0, Bounced::Hard), bounce(1, Bounced::Soft)];
        settle(store, &mut worker, &both).await;
        let gone = store
            .find_subscriber_by_id(claimed[0].subscriber)
            .await
            .unwrap()
            .unwrap();
        assert!(
            store
                .find_suppression(&gone.address)
                .await
                .unwrap()
                .is_some()
        );
        let soft = store
            .find_subscriber_by_id(claimed[1].subscriber)
            .await
            .unwrap()
            .unwrap();
        assert!(
            store
                .find_suppression(&soft.address)
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(
            store.find_choices("13", "weekly").await.unwrap(),
            [(EVERYTHING.to_owned(), 2)]
        );
        store.dismiss(worker).await.unwrap();
    });
}

#[test]
fn a_slice_goes_first_and_the_rest_waits_for_a_person() {
    on_each(async |Trial { store, .. }| {
        with_readers(store, 20).await;
        let id = frozen(store, 4, 20).await;
        store.find_due_campaigns(100).await.unwrap();
        let mut worker = store.enlist("one", 1).await.unwrap();
        let claimed = claim(store, &mut worker, &[(id, 0)], 50, 120).await;
        assert_eq!(claimed.len(), 4);
        let mut sent: Vec<Settled> = claimed
            .iter()
            .map(|one| settled(one, &worker, DeliveryState::Sent))
            .collect();
        // One of the slice is put off; that holds nobody up.
        sent[0].state = DeliveryState::Deferred;
        sent[0].due_s = 10_000;
        settle(store, &mut worker, &sent).await;
        store.record_end(id, 130).await.unwrap();
        let (campaign, tally) = look(store, id).await;
        assert_eq!(
            (campaign.state, campaign.part, tally.queued),
            (CampaignState::Paused, 0, 16)
        );
        assert!(
            claim(store, &mut worker, &[(id, 0), (id, 1)], 50, 140)
                .await
                .is_empty()
        );
        assert!(store.record_resume(id, 150).await.unwrap());
        assert_eq!(look(store, id).await.0.part, 1);
        let rest = claim(store, &mut worker, &[(id, 0), (id, 1)], 50, 160).await;
        assert_eq!(rest.len(), 16);
        store.dismiss(worker).await.unwrap();
    });
}

#[test]
fn a_campaign_that_was_called_off_can_be_sent_to_those_it_did_not_reach() {
    on_each(async |Trial { store, .. }| {
        with_readers(store, 10).await;
        let id = frozen(store, 0, 10).await;
        store.find_due_campaigns(100).await.unwrap();
        let mut worker = store.enlist("one", 1).await.unwrap();
        let claimed = claim(store, &mut worker, &[(id, 0)], 3, 120).await;
        let sent: Vec<Settled> = claimed
            .iter()
            .map(|one| settled(one, &worker, DeliveryState::Sent))
            .collect();
        settle(store, &mut worker, &sent).await;
        assert!(store.record_pause(id, "a person").await.unwrap());
        assert!(
            claim(store, &mut worker, &[(id, 0)], 3, 120)
                .await
                .is_empty(),
            "paused"
        );
        assert!(store.record_cancel(id, 130).await.unwrap());
        assert!(
            !store.record_resume(id, 140).await.unwrap(),
            "cancelled is cancelled"
        );
        assert_eq!(
            store.find_choices("12", "weekly").await.unwrap(),
            [(EVERYTHING.to_owned(), 7)]
        );
        let second = frozen(store, 0, 7).await;
        assert_ne!(second, id);
        store.dismiss(worker).await.unwrap();
    });
}

#[test]
fn what_a_wrong_clock_put_off_comes_back() {
    on_each(async |Trial { store, .. }| {
        with_readers(store, 2).await;
        let id = frozen(store, 0, 2).await;
        store.find_due_campaigns(100).await.unwrap();
        let mut worker = store.enlist("one", 1).await.unwrap();
        let claimed = claim(store, &mut worker, &[(id, 0)], 3, 120).await;
        let later = |at: usize, due_s| Settled {
            due_s,
            ..settled(&claimed[at], &worker, DeliveryState::Deferred)
        };
        let both = [later(0, 4_000_000_000), later(1, 500)];
        settle(store, &mut worker, &both).await;
        store.record_right_time(id, 200, 1_000).await.unwrap();
        assert_eq!(store.find_next_due(id, 0).await.unwrap(), Some(200));
        assert_eq!(claim(store, &mut worker, &[(id, 0)], 3, 200).await.len(), 1);
        store.dismiss(worker).await.unwrap();
    });
}
