//! What was accepted becomes one commit that merges all pull requests that are in it.

use super::forge::{Hosting, git};
use super::{ADA, DRAFT, TEXT, now, received, sent};
use crate::postgres::block_on;
use press::pipeline::submissions::{MergeOptions, Merged, SubmissionState};

/// Fetches, and accepts what is queued, but for what a title names.
pub(super) async fn accept_all(hosting: &Hosting, but: &str) {
    let desk = hosting.desk().await;
    desk.fetch(&hosting.http, &hosting.secrets(), now())
        .await
        .unwrap();
    for entry in desk
        .entries(&[SubmissionState::Queued], true, now())
        .await
        .unwrap()
    {
        if entry.title != but {
            desk.accept(entry.id, None, "eve", now()).await.unwrap();
        }
    }
    desk.close().await;
}

async fn merge(hosting: &Hosting, push: bool) -> press::error::Result<Merged> {
    let desk = hosting.desk().await;
    let options = MergeOptions {
        dry_run: false,
        push,
        who: "eve",
        now: now(),
    };
    let merged = desk.merge(options).await;
    desk.close().await;
    merged
}

pub(super) fn here(hosting: &Hosting, arguments: &[&str]) -> String {
    git(hosting.world.folder(), "eve", arguments)
}

/// Three that conflict as text, since all write at the same place.
pub(super) fn three() -> Hosting {
    let hosting = Hosting::new();
    hosting.link(11, "ada", "* [One](https://one.example/)");
    hosting.link(12, "bob", "[Two](https://two.example/)");
    hosting.propose(13, "cid", |text| {
        let event = "    * [**A day at the sea**](https://kiel.example/sea)\n";
        let own = "* 2025-05-01 | Oslo, NO | [Oslo Gulls](https://oslo.example/)\n    * [**May**](https://oslo.example/may)\n";
        text.replace(event, &format!("{event}{own}")).replace("Until next week.", "See you.")
    });
    hosting
}

#[test]
fn one_commit_merges_all_and_keeps_what_editors_did() {
    block_on(async {
        let hosting = three();
        accept_all(&hosting, "").await;
        // An editor was here meanwhile.
        let edited = TEXT.replace("Gulls of Kiel", "The gulls of Kiel");
        hosting.world.write(DRAFT, &edited);
        here(&hosting, &["commit", "--quiet", "-a", "-m", "Edit"]);
        let desk = hosting.desk().await;
        let form = received(
            desk.submit(&sent("https://form.example/"), ADA, now())
                .await
                .unwrap(),
        );
        desk.accept(form.id, None, "eve", now()).await.unwrap();
        desk.close().await;
        let before = here(&hosting, &["rev-parse", "HEAD"]);
        let merged = merge(&hosting, true).await.unwrap();
        assert_eq!(merged.left, []);
        assert_eq!(merged.pull_requests, [11, 12, 13]);
        assert_eq!((merged.placed.len(), merged.pushed), (4, true));
        let commit = merged.commit.unwrap();
        let parents = here(&hosting, &["log", "-1", "--format=%P", &commit]);
        let parents: Vec<&str> = parents.split(' ').collect();
        assert_eq!((parents.len(), parents[0]), (4, before.as_str()));
        let text = hosting.world.read(DRAFT);
        let links = "- [The gulls of Kiel](https://kiel.example/gulls)\n- [How gulls sleep](https://form.example/)\n\
            - [One](https://one.example/)\n- [Two](https://two.example/)\n\n## Upcoming";
        assert!(text.contains(links), "{text}");
        assert!(
            text.contains(
                "* 2025-05-01 | Oslo, NO | [Oslo Gulls](https://oslo.example/)\n    * [**May**]"
            ),
            "{text}"
        );
        assert!(
            text.find("2025-05-01") < text.find("2025-06-03") && text.contains("See you."),
            "{text}"
        );
        assert_eq!(here(&hosting, &["status", "--porcelain"]), "");
        let message = here(&hosting, &["log", "-1", "--format=%B"]);
        assert!(
            message.starts_with("Merge 4 submissions for issue 4\n\n* "),
            "{message}"
        );
        for credit in ["ada", "bob", "cid"] {
            let line = format!("Co-authored-by: {credit} <{credit}@people.example>");
            assert!(message.contains(&line), "{message}");
        }
        // The forge sees all of them in its branch.
        for number in [11, 12, 13] {
            let head = format!("refs/pull/{number}/head");
            git(
                &hosting.bare,
                "forge",
                &["merge-base", "--is-ancestor", &head, "main"],
            );
        }
        assert_eq!(here(&hosting, &["for-each-ref", "refs/press"]), "");
        let desk = hosting.desk().await;
        let status = desk.status(&form.token, now()).await.unwrap().unwrap();
        assert_eq!(
            (status.state, status.issue),
            (SubmissionState::Placed, Some(4))
        );
        desk.close().await;
        let again = merge(&hosting, false).await.unwrap();
        assert_eq!((again.commit, again.placed.len()), (None, 0));
    });
}

#[test]
fn a_run_that_was_ended_before_it_wrote_down_what_it_did_is_found() {
    block_on(async {
        let hosting = three();
        accept_all(&hosting, "").await;
        let data = hosting.world.tree("data");
        let merged = merge(&hosting, false).await.unwrap();
        // The database as if nothing had been told to it.
        for (name, bytes) in data {
            std::fs::write(hosting.world.path(&format!("data/{name}")), bytes).unwrap();
        }
        let again = merge(&hosting, false).await.unwrap();
        assert_eq!((again.commit, again.left.as_slice()), (None, [].as_slice()));
        assert_eq!(again.placed.len(), merged.placed.len());
        assert_eq!(
            here(&hosting, &["rev-parse", "HEAD"]),
            merged.commit.unwrap()
        );
    });
}

#[test]
fn what_does_not_fit_is_left_and_holds_up_no_other() {
    block_on(async {
        let hosting = three();
        hosting.link(
            14,
            "dan",
            "* [Four](https://four.example/)\n* [Five](https://five.example/)",
        );
        accept_all(&hosting, "Five").await;
        // Changed after it was read, and after what it changes was changed.
        hosting.propose(11, "ada", |text| text.replace("[One]", "[Uno]"));
        let edited = TEXT.replace("Until next week.", "Until Wednesday.");
        hosting.world.write(DRAFT, edited);
        here(&hosting, &["commit", "--quiet", "-a", "-m", "Edit"]);
        let merged = merge(&hosting, false).await.unwrap();
        let why = |number| {
            let own = merged
                .left
                .iter()
                .find(|left| left.pull_request == Some(number));
            own.unwrap().why.clone()
        };
        assert!(
            why(11).contains("has changed since it was read"),
            "{}",
            why(11)
        );
        assert!(why(13).contains("Until next week."), "{}", why(13));
        assert!(
            why(14).contains("1 of its items are not decided"),
            "{}",
            why(14)
        );
        assert_eq!(merged.pull_requests, [12]);
        let text = hosting.world.read(DRAFT);
        assert!(
            text.contains("[Two]") && !text.contains("[Four]") && !text.contains("[One]"),
            "{text}"
        );
    });
}

#[test]
fn what_is_not_committed_is_not_touched() {
    block_on(async {
        let hosting = three();
        accept_all(&hosting, "").await;
        let edited = format!("{TEXT}\nMine.\n");
        hosting.world.write(DRAFT, &edited);
        let error = merge(&hosting, false).await.unwrap_err().message();
        assert!(
            error.contains("not committed") && error.contains("draft/004.md"),
            "{error}"
        );
        assert_eq!(hosting.world.read(DRAFT), edited);
        let run = hosting.world.press(&["submissions", "merge"]);
        run.refuses(&["git commit -a", "nothing was changed"]);
    });
}

#[test]
fn hooks_are_heard() {
    block_on(async {
        let hosting = three();
        accept_all(&hosting, "").await;
        let hook = ".git/hooks/commit-msg";
        hosting
            .world
            .write(hook, "#!/bin/sh\necho \"no ticket\" >&2\nexit 1\n");
        let path = hosting.world.path(hook);
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&path, mode).unwrap();
        let before = here(&hosting, &["rev-parse", "HEAD"]);
        let error = merge(&hosting, false).await.unwrap_err().message();
        assert!(
            error.contains("no ticket") && error.contains("commit-msg"),
            "{error}"
        );
        assert_eq!(here(&hosting, &["rev-parse", "HEAD"]), before);
        assert_eq!(here(&hosting, &["status", "--porcelain"]), "");
        hosting
            .world
            .write(hook, "#!/bin/sh\necho 'Reviewed-by: Hook' >> \"$1\"\n");
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        merge(&hosting, false).await.unwrap();
        assert!(here(&hosting, &["log", "-1", "--format=%B"]).contains("Reviewed-by: Hook"));
    });
}
