//! The ledger of publications: one program at a time, what was begun and what is done.

use crate::postgres::on_each;
use press::store::{Publication, StepRecord, StepState};

fn publication() -> Publication {
    Publication {
        issue: "3".to_owned(),
        title: "The Weekly Gull 3".to_owned(),
        draft: "draft/003.md".to_owned(),
        path: "content/003.md".to_owned(),
        began_s: 100,
        ended_s: None,
        holder: String::new(),
        held_until_s: 0,
    }
}

fn step(target: &str, state: StepState, recorded_s: i64) -> StepRecord {
    StepRecord {
        step: "announce".to_owned(),
        target: target.to_owned(),
        state,
        detail: None,
        address: Some(format!("https://{target}.example/1")),
        digest: None,
        who: "eve".to_owned(),
        recorded_s,
    }
}

#[test]
fn one_program_at_a_time_holds_a_publication() {
    on_each(async |trial| {
        let store = &trial.store;
        store.record_publication(&publication()).await.unwrap();
        assert!(
            store
                .hold_publication("3", "eve on one", 190, 100)
                .await
                .unwrap()
        );
        assert!(
            !store
                .hold_publication("3", "bob on two", 191, 101)
                .await
                .unwrap()
        );
        assert!(
            store
                .hold_publication("3", "eve on one", 250, 160)
                .await
                .unwrap(),
            "held on"
        );
        assert!(
            !store
                .hold_publication("3", "bob on two", 340, 250)
                .await
                .unwrap()
        );
        assert!(
            store
                .hold_publication("3", "bob on two", 341, 251)
                .await
                .unwrap(),
            "taken over"
        );
        store.release_publication("3", "eve on one").await.unwrap();
        let held = store.find_publication("3").await.unwrap().unwrap();
        assert_eq!(
            (held.holder.as_str(), held.held_until_s),
            ("bob on two", 341)
        );
        store.release_publication("3", "bob on two").await.unwrap();
        assert!(
            store
                .hold_publication("3", "eve on one", 342, 252)
                .await
                .unwrap()
        );
    });
}

#[test]
fn what_passed_the_gate_is_open_until_it_has_ended() {
    on_each(async |trial| {
        let store = &trial.store;
        store.record_publication(&publication()).await.unwrap();
        assert_eq!(
            store.find_open_publication().await.unwrap(),
            None,
            "nothing was done of it"
        );
        let begun = step("square", StepState::Begun, 110);
        store.record_publication_step("3", &begun).await.unwrap();
        store
            .record_publication_step("3", &step("forum", StepState::Failed, 111))
            .await
            .unwrap();
        assert_eq!(
            store.find_open_publication().await.unwrap(),
            Some(publication())
        );
        // Recording it anew changes nothing.
        let later = Publication {
            began_s: 500,
            ..publication()
        };
        store.record_publication(&later).await.unwrap();
        assert_eq!(
            store.find_publication("3").await.unwrap(),
            Some(publication())
        );
        let done = step("square", StepState::Done, 112);
        store.record_publication_step("3", &done).await.unwrap();
        let steps = store.publication_steps("3").await.unwrap();
        assert_eq!(steps, [step("forum", StepState::Failed, 111), done]);
        store.record_publication_end("3", 120).await.unwrap();
        store.record_publication_end("3", 130).await.unwrap();
        assert_eq!(store.find_open_publication().await.unwrap(), None);
        let ended = store.newest_publications(9).await.unwrap();
        assert_eq!(
            ended,
            [Publication {
                ended_s: Some(120),
                ..publication()
            }]
        );
        store.reopen_publication("3").await.unwrap();
        assert_eq!(
            store.find_open_publication().await.unwrap(),
            Some(publication())
        );
    });
}
