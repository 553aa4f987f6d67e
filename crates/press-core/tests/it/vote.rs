//! Votes: the same ballots in any order give the same result, and each rule does what it says.

use press_core::draft::Standing;
use press_core::format::{Definitions, Format, SectionKind, SectionSpec};
use press_core::vote::wording::{Placing, Wording, place};
use press_core::vote::{
    Ballot, BallotKind, Count, Nomination, Own, Rules, Tally, Tie, Verdict, Why, Window,
};
use proptest::prelude::*;

fn rules() -> Rules {
    Rules {
        counts: vec![
            BallotKind::Nominations,
            BallotKind::Likes,
            BallotKind::Ballots,
        ],
        tie: Tie::First,
        own: Own::Flag,
        least: 1,
        one_ballot: false,
        again: false,
    }
}

fn nomination(id: i64, subject: &str, sender: &str, at_s: i64) -> Nomination {
    Nomination {
        id,
        subject: subject.to_owned(),
        title: subject.to_owned(),
        sender: sender.to_owned(),
        own: false,
        withdrawn: false,
        won: None,
        at_s,
        place: format!("https://forum.example/t/1/{id}"),
    }
}

fn ballot(nomination: i64, kind: BallotKind, voter: &str, count: i64, at_s: i64) -> Ballot {
    Ballot {
        at_s,
        nomination,
        kind,
        voter: voter.to_owned(),
        count,
        place: String::new(),
    }
}

/// Two crates and a late one: gull is nominated by ada and bob and has likes, tern by cyd.
fn count() -> Count {
    Count {
        rules: rules(),
        window: Window {
            opens_s: 100,
            fresh_s: 200,
            closes_s: 300,
        },
        nominations: vec![
            nomination(1, "gull", "ada", 150),
            nomination(2, "tern", "cyd", 210),
            nomination(3, "gull", "bob", 220),
            nomination(4, "late", "cyd", 300),
            nomination(5, "old", "cyd", 99),
        ],
        ballots: vec![
            ballot(1, BallotKind::Likes, "", 2, 230),
            ballot(1, BallotKind::Likes, "", 4, 240),
            ballot(3, BallotKind::Likes, "", 3, 240),
            ballot(1, BallotKind::Ballots, "dot", 1, 250),
            ballot(3, BallotKind::Ballots, "dot", 1, 251),
            ballot(2, BallotKind::Ballots, "dot", 1, 260),
            ballot(2, BallotKind::Ballots, "eve", 1, 300),
        ],
    }
}

/// "gull 7", "old 0: nominated too long ago"
fn shown(tally: &Tally) -> Vec<String> {
    let entry = |entry: &press_core::vote::Entry| {
        let verdict = entry.verdict.words();
        let verdict = verdict.map_or(String::new(), |words| format!(": {words}"));
        format!("{} {}{verdict}", entry.title, entry.score)
    };
    tally.entries.iter().map(entry).collect()
}

fn whys(tally: &Tally, title: &str) -> Vec<Option<Why>> {
    let mut entries = tally.entries.iter();
    let entry = entries.find(|entry| entry.title == title).unwrap();
    entry.ballots.iter().map(|counted| counted.why).collect()
}

#[test]
fn every_ballot_counts_or_has_a_reason() {
    let tally = count().tally();
    assert_eq!(
        shown(&tally),
        [
            "gull 7",
            "tern 2",
            "old 0: nominated too long ago",
            "late 0: nominated after this vote was closed",
        ]
    );
    assert_eq!(tally.winner, Some(1));
    assert_eq!(
        whys(&tally, "gull"),
        [
            None,
            None,
            Some(Why::ReadAgain),
            None,
            Some(Why::MoreElsewhere),
            None,
            Some(Why::SamePerson),
        ]
    );
    assert_eq!(whys(&tally, "tern"), [None, None, Some(Why::Late)]);
    let gull = &tally.entries[0];
    assert!(gull.carried && !gull.own && gull.nominations == [1, 3]);
}

#[test]
fn the_rules_say_what_counts() {
    let with = |change: &dyn Fn(&mut Count)| {
        let mut count = count();
        change(&mut count);
        count.tally()
    };
    let likes = with(&|count| count.rules.counts = vec![BallotKind::Likes]);
    assert_eq!(&shown(&likes)[..2], ["gull 4", "tern 0: too few ballots"]);
    // Dot's last ballot is for tern.
    let one = with(&|count| count.rules.one_ballot = true);
    assert_eq!(&shown(&one)[..2], ["gull 6", "tern 2"]);
    assert!(whys(&one, "gull").contains(&Some(Why::Moved)));
    let won = with(&|count| count.nominations[0].won = Some("issue 7".to_owned()));
    assert_eq!(won.winner, Some(2));
    assert_eq!(won.entries[0].title, "tern");
    let again = with(&|count| {
        count.nominations[0].won = Some("issue 7".to_owned());
        count.rules.again = true;
    });
    assert_eq!(again.winner, Some(1));
    let withdrawn = with(&|count| count.nominations[0].withdrawn = true);
    assert!(
        withdrawn
            .entries
            .iter()
            .any(|entry| entry.verdict == Verdict::Withdrawn)
    );
    assert_eq!(shown(&withdrawn)[0], "gull 5");
    let high = with(&|count| count.rules.least = 8);
    assert_eq!(high.winner, None);
}

#[test]
fn who_nominates_their_own_is_flagged_discounted_or_refused() {
    let with = |own: Own| {
        let mut count = count();
        count.rules.own = own;
        count.nominations[1].own = true;
        count
            .ballots
            .push(ballot(2, BallotKind::Ballots, "cyd", 1, 220));
        count.tally()
    };
    let flagged = with(Own::Flag);
    assert_eq!(shown(&flagged)[1], "tern 2");
    assert!(flagged.entries[1].own);
    let discounted = with(Own::Discount);
    assert_eq!(shown(&discounted)[1], "tern 1");
    assert_eq!(
        whys(&discounted, "tern"),
        [Some(Why::Own), Some(Why::Own), None, Some(Why::Late)]
    );
    let refused = with(Own::Refuse);
    assert_eq!(refused.entries[1].verdict, Verdict::Own);
}

#[test]
fn a_tie_ends_as_the_rules_say() {
    let with = |tie: Tie| {
        let mut count = count();
        count.rules.tie = tie;
        count.ballots.clear();
        count.nominations.truncate(2);
        count.tally()
    };
    assert_eq!(with(Tie::First).winner, Some(1));
    assert_eq!(with(Tie::Last).winner, Some(2));
    let open = with(Tie::Editors);
    assert!(open.tied && open.winner.is_none());
    // Of two at one moment the first number wins.
    let mut same = count();
    same.nominations.truncate(2);
    same.nominations[1].at_s = 150;
    same.ballots.clear();
    same.rules.tie = Tie::Last;
    assert_eq!(same.tally().winner, Some(1));
}

#[test]
fn a_count_that_was_kept_gives_the_same() {
    let kept = serde_json::to_string(&count()).unwrap();
    let again: Count = serde_json::from_str(&kept).unwrap();
    assert_eq!(again, count());
    assert_eq!(again.tally(), count().tally());
}

fn anything() -> impl Strategy<Value = Count> {
    let kinds = prop::sample::select(rules().counts);
    let nominations =
        prop::collection::vec(("[abc]", "[xyz]", 0..400_i64, any::<[bool; 3]>()), 0..8);
    let ballots = prop::collection::vec((0..9_i64, kinds, "[wxyz]", 0..4_i64, 0..400_i64), 0..30);
    let ties = prop::sample::select(vec![Tie::First, Tie::Last, Tie::Editors]);
    let owns = prop::sample::select(vec![Own::Flag, Own::Discount, Own::Refuse]);
    let rules_of = (ties, owns, 0..3_i64, any::<[bool; 2]>());
    (nominations, ballots, rules_of).prop_map(
        |(nominations, ballots, (tie, own, least, [one_ballot, again]))| Count {
            rules: Rules {
                tie,
                own,
                least,
                one_ballot,
                again,
                ..rules()
            },
            window: count().window,
            nominations: nominations
                .into_iter()
                .enumerate()
                .map(
                    |(id, (subject, sender, at_s, [own, withdrawn, won]))| Nomination {
                        own,
                        withdrawn: withdrawn && own,
                        won: (won && withdrawn).then(|| "issue 1".to_owned()),
                        ..nomination(id as i64, &subject, &sender, at_s)
                    },
                )
                .collect(),
            ballots: ballots
                .into_iter()
                .map(|(id, kind, voter, number, at_s)| match kind {
                    BallotKind::Likes => ballot(id, kind, "", number, at_s),
                    _ => ballot(id, kind, &voter, 1, at_s),
                })
                .collect(),
        },
    )
}

proptest! {
    #[test]
    fn no_order_of_ballots_changes_a_tally(
        (count, nominations, ballots) in anything().prop_flat_map(|count| {
            let (nominations, ballots) = (count.nominations.clone(), count.ballots.clone());
            (Just(count), Just(nominations).prop_shuffle(), Just(ballots).prop_shuffle())
        }),
    ) {
        let mut other = count.clone();
        other.nominations = nominations;
        // Somebody may have noted all of them twice.
        other.ballots = [ballots.clone(), ballots].concat();
        prop_assert_eq!(count.tally(), other.tally());
    }

    #[test]
    fn a_person_has_one_ballot_and_every_number_can_be_counted_again(count in anything()) {
        let tally = count.tally();
        let mut in_all = std::collections::HashMap::new();
        for entry in &tally.entries {
            let counted: Vec<&Ballot> = entry
                .ballots
                .iter()
                .filter(|counted| counted.why.is_none())
                .map(|counted| &counted.ballot)
                .collect();
            prop_assert_eq!(counted.iter().map(|one| one.count).sum::<i64>(), entry.score);
            let likes = counted.iter().filter(|one| one.kind == BallotKind::Likes);
            prop_assert!(likes.count() <= 1);
            let mut voters: Vec<&str> = counted
                .iter()
                .filter(|one| one.kind != BallotKind::Likes)
                .map(|one| one.voter.as_str())
                .collect();
            for voter in &voters {
                *in_all.entry((*voter).to_owned()).or_insert(0) += 1;
            }
            let all = voters.len();
            voters.sort_unstable();
            voters.dedup();
            prop_assert_eq!(voters.len(), all);
        }
        if count.rules.one_ballot {
            prop_assert!(in_all.values().all(|ballots| *ballots == 1));
        }
        // Every ballot for something that was nominated is told of.
        let known = |one: &&Ballot| count.nominations.iter().any(|two| two.id == one.nomination);
        let mut expected: Vec<&Ballot> = count.ballots.iter().filter(known).collect();
        expected.sort();
        expected.dedup();
        let told: usize = tally.entries.iter().map(|entry| entry.ballots.len()).sum();
        prop_assert!(told >= expected.len());
    }

    #[test]
    fn a_winner_is_there_whenever_something_stands(count in anything()) {
        let tally = count.tally();
        let standing: Vec<_> = tally
            .entries
            .iter()
            .filter(|entry| entry.verdict == Verdict::Stands)
            .collect();
        let most = standing.iter().map(|entry| entry.score).max();
        let first = standing.iter().filter(|entry| Some(entry.score) == most).count();
        prop_assert_eq!(tally.tied, first > 1 && count.rules.tie == Tie::Editors);
        prop_assert_eq!(tally.winner.is_some(), first > 0 && !tally.tied);
        if let Some(winner) = tally.winner {
            prop_assert_eq!(tally.entries[0].lead, winner);
            prop_assert_eq!(Some(tally.entries[0].score), most);
        }
    }

    #[test]
    fn any_post_can_be_read(text in "\\PC{0,200}|([a-z>\\[\\]()\n. ]|http://|\\[quote|\\[/quote\\]|--){0,60}") {
        let _ = press_core::vote::post::linked(&text);
        if let Some(said) = press_core::vote::post::quoted(&text, "https://forum.example") {
            prop_assert!(!said.quote.contains("<!--") && !said.attribution.contains('\n'));
        }
        let _ = press_core::vote::post::seems_own(&text, &text, &text);
    }
}

fn format() -> Format {
    let sections = vec![
        SectionSpec::new("crate", SectionKind::Prose, "Crate of the Week"),
        SectionSpec::new("links", SectionKind::Links, "Links"),
    ];
    Format::new(sections, Vec::new(), Definitions::First)
}

const TEMPLATE: &str = "# Crate of the Week\n\n<!-- the crate goes here -->\n\n[Vote for the next one][vote]!\n\n\
                        [vote]: https://forum.example/t/1\n\n# Links\n";

#[track_caller]
fn put(draft: &str, before: Option<&str>, new: &str) -> String {
    let standing = Standing::new(TEMPLATE, &format());
    match place(draft, (&format(), &standing), "crate", before, new) {
        Placing::Written(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_result_goes_where_the_template_says_and_is_replaced_there() {
    let first = put(TEMPLATE, None, "It is gull.\n\nThanks!");
    assert_eq!(
        first,
        TEMPLATE.replace("<!-- the crate goes here -->", "It is gull.\n\nThanks!")
    );
    let second = put(&first, Some("It is gull.\n\nThanks!"), "It is tern.");
    assert_eq!(
        second,
        TEMPLATE.replace("<!-- the crate goes here -->", "It is tern.")
    );
    let standing = Standing::new(TEMPLATE, &format());
    let again = place(
        &second,
        (&format(), &standing),
        "crate",
        Some("It is tern."),
        "It is tern.",
    );
    assert_eq!(again, Placing::Same);
}

#[test]
fn without_a_comment_it_goes_below_the_heading_and_blocks_are_filled() {
    let bare = TEMPLATE.replace("<!-- the crate goes here -->\n\n", "");
    assert!(
        put(&bare, None, "It is gull.").starts_with("# Crate of the Week\n\nIt is gull.\n\n[Vote")
    );
    let blocks = TEMPLATE.replace(
        "<!-- the crate goes here -->",
        "<!-- press:begin crate -->\n<!-- press:end crate -->",
    );
    let put = put(&blocks, None, "It is gull.");
    assert!(
        put.contains("<!-- press:begin crate -->\nIt is gull.\n<!-- press:end crate -->"),
        "{put}"
    );
}

#[test]
fn what_an_editor_wrote_stays() {
    let standing = Standing::new(TEMPLATE, &format());
    let edited = TEMPLATE.replace("[Vote for", "This week it is my choice.\n\n[Vote for");
    let placed = place(
        &edited,
        (&format(), &standing),
        "crate",
        Some("It is gull."),
        "It is tern.",
    );
    assert_eq!(
        placed,
        Placing::Edited("This week it is my choice.".to_owned())
    );
    let gone = place(
        "# Links\n",
        (&format(), &standing),
        "crate",
        None,
        "It is gull.",
    );
    assert_eq!(gone, Placing::Missing);
}

#[test]
fn what_is_empty_leaves_no_trace() {
    let mut wording = Wording {
        link: "[gull](https://gull.example)".to_owned(),
        thanks: "ada".to_owned(),
        ..Wording::default()
    };
    let template =
        "This week's crate is {link}{about}.\n\nThanks to {thanks} for the {suggestion}! {braces}";
    assert_eq!(
        wording.fill(template),
        "This week's crate is [gull](https://gull.example).\n\nThanks to ada for the suggestion! {braces}"
    );
    wording.about = "a {thanks} library".to_owned();
    wording.own = true;
    assert!(wording.fill(template).contains(", a {thanks} library."));
    assert!(wording.fill(template).contains("self-suggestion"));
    wording.quote = "Fly.\n\nThen ask.".to_owned();
    let quoting = "{quote}\n\n– {attribution}\n\nThanks to {thanks}!";
    assert_eq!(
        wording.fill(quoting),
        "> Fly.\n>\n> Then ask.\n\nThanks to ada!"
    );
}
