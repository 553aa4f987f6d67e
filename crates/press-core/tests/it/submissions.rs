//! Submissions: changes to drafts read as items, and items put into drafts that went on meanwhile.

use crate::generate;
use press_core::format::{Definitions, Format, SectionKind, SectionSpec};
use press_core::submission::{
    Carried, Outcome, Place, Proposal, Proposed, ProposedLink, TooLarge, carry, place, propose,
};
use proptest::prelude::*;

fn format() -> Format {
    let mut news = SectionSpec::new("news", SectionKind::Links, "News");
    news.parent = Some(0);
    let mut walks = SectionSpec::new("walks", SectionKind::Links, "Walks");
    walks.parent = Some(0);
    let mut calls = SectionSpec::new("calls", SectionKind::Calls, "Calls");
    calls.placeholder = vec!["No calls".to_owned()];
    let sections = vec![
        SectionSpec::new("community", SectionKind::Group, "Community"),
        news,
        walks,
        calls,
        SectionSpec::new("events", SectionKind::Events, "Events"),
    ];
    Format::new(sections, Vec::new(), Definitions::First)
}

const BASE: &str = "Title: Tern 5\nNumber: 5\nDate: 2026-03-04\n\nHello.\n\n\
    ## Community\n\n### News\n\n- [Terns are back](https://terns.example/back)\n\n### Walks\n\n<!-- Walks go here -->\n\n\
    ## Calls\n\nEvery week we ask.\n\n<!-- * [project - task](address) -->\n\n*No calls were sent this week.*\n\nSend yours.\n\n\
    ## Events\n\n\
    * 2026-03-05 | Kiel, DE | [Kiel Terns](https://kiel.example/)\n    * [**Flight school**](https://kiel.example/1)\n\
    * 2026-03-20 | Oslo, NO | [Oslo Terns](https://oslo.example/)\n    * [**Diving**](https://oslo.example/1)\n";

#[track_caller]
fn with(from: &str, to: &str) -> String {
    assert!(BASE.contains(from), "{from}");
    BASE.replacen(from, to, 1)
}

#[track_caller]
fn proposal(head: &str) -> Proposal {
    propose(BASE, head, &format()).unwrap()
}

#[track_caller]
fn only(head: &str) -> Proposed {
    let proposal = proposal(head);
    assert_eq!(proposal.items.len(), 1, "{proposal:#?}");
    assert!(proposal.changes.is_empty(), "{proposal:#?}");
    proposal.items.into_iter().next().unwrap()
}

const BACK: &str = "- [Terns are back](https://terns.example/back)\n";

#[test]
fn a_line_becomes_an_item_whatever_its_marker() {
    for line in [
        "* [video] [A walk](https://a.example/w) by Ada",
        "- [video] [A walk](https://a.example/w) by Ada  ",
        "[video] [A walk](https://a.example/w) by Ada",
        "*[video] [A walk](https://a.example/w) by Ada",
        "  * [video] [A walk](https://a.example/w) by Ada",
        "* [video] [A walk] (https://a.example/w) by Ada",
    ] {
        let item = only(&with(BACK, &format!("{BACK}{line}\n")));
        let link = ProposedLink {
            marks: vec!["video".to_owned()],
            title: "A walk".to_owned(),
            url: "https://a.example/w".to_owned(),
        };
        assert_eq!(item.links, [link], "{line}");
        assert_eq!(item.note.as_deref(), Some("by Ada"));
        assert_eq!(item.place.name(), "Community / News");
        assert_eq!(item.place.id.as_deref(), Some("news"));
        let (text, outcome) = place(BASE, &item, &format());
        assert!(outcome.is_in(), "{outcome:?}");
        let placed = format!("{BACK}- [video] [A walk](https://a.example/w) by Ada\n");
        assert!(text.contains(&placed), "{text}");
        assert_eq!(text.replacen(&placed, BACK, 1), BASE);
        // A second time it is there.
        let (again, outcome) = place(&text, &item, &format());
        assert!(matches!(outcome, Outcome::Known { .. }), "{outcome:?}");
        assert_eq!(again, text);
    }
}

#[test]
fn the_first_item_goes_below_what_comments_say() {
    let item = only(&with(
        "<!-- Walks go here -->\n",
        "* [Up](https://a.example/up)\n\n<!-- Walks go here -->\n",
    ));
    let (text, _) = place(BASE, &item, &format());
    let expected = "<!-- Walks go here -->\n\n* [Up](https://a.example/up)\n\n## Calls";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn nothing_this_week_gives_way() {
    let item = only(&with(
        "*No calls",
        "* [Tern - paint it](https://a.example/p)\n\n*No calls",
    ));
    let (text, _) = place(BASE, &item, &format());
    assert!(
        text.contains("-->\n\n* [Tern - paint it](https://a.example/p)\n\nSend yours."),
        "{text}"
    );
}

#[test]
fn events_stand_in_the_order_of_their_days() {
    let line = "- 2026-03-09 | Rome, IT | [Rome](https://rome.example/)\n  - [**Eggs**](https://rome.example/)\n";
    let item = only(&format!("{BASE}{line}"));
    assert_eq!(item.main().map(|link| link.title.as_str()), Some("Eggs"));
    let (text, _) = place(BASE, &item, &format());
    let expected = "    * [**Flight school**](https://kiel.example/1)\n\
        * 2026-03-09 | Rome, IT | [Rome](https://rome.example/)\n    * [**Eggs**](https://rome.example/)\n\
        * 2026-03-20 |";
    assert!(text.contains(expected), "{text}");
    // The same group may meet again at the same address.
    let next = BASE.replace("2026-03-05", "2026-03-06");
    let item = Proposed {
        replaces: None,
        ..propose(BASE, &next, &format()).unwrap().items.remove(0)
    };
    let (_, outcome) = place(BASE, &item, &format());
    assert!(matches!(outcome, Outcome::Placed { .. }), "{outcome:?}");
}

#[test]
fn a_title_can_be_added_below_an_event_that_is_there() {
    let head = with(
        "(https://kiel.example/1)\n",
        "(https://kiel.example/1)\n    * [**Landing**](https://kiel.example/2)\n",
    );
    let item = only(&head);
    assert!(
        item.below
            .as_ref()
            .is_some_and(|below| below.contains("Kiel, DE"))
    );
    // Meanwhile an editor changed the event's title.
    let draft = BASE.replace("Flight school", "Flying school");
    let (text, _) = place(&draft, &item, &format());
    assert!(
        text.contains("school**](https://kiel.example/1)\n    * [**Landing**](https://kiel.example/2)\n* 2026-03-20"),
        "{text}"
    );
}

#[test]
fn an_edit_takes_the_place_of_what_it_changed_unless_an_editor_was_there() {
    let item = only(&with("Terns are back", "The terns are back"));
    assert_eq!(item.replaces.as_deref(), Some(BACK.trim_end()));
    let (text, outcome) = place(BASE, &item, &format());
    assert_eq!(outcome, Outcome::Replaced);
    assert_eq!(text, with("Terns are back", "The terns are back"));
    let edited = with("Terns are back", "Terns have come back");
    let (text, outcome) = place(&edited, &item, &format());
    assert_eq!(outcome, Outcome::InTheWay);
    assert_eq!(text, edited);
    // From one section to another.
    let moved =
        BASE.replacen(BACK, "", 1)
            .replacen("here -->\n", &format!("here -->\n\n{BACK}"), 1);
    let (text, outcome) = place(BASE, &only(&moved), &format());
    assert_eq!(outcome, Outcome::Replaced);
    assert!(
        text.contains(&format!("here -->\n\n* {}", &BACK[2..])),
        "{text}"
    );
    assert_eq!(text.matches("Terns are back").count(), 1);
    // And within its own: nothing.
    let two = with(BACK, &format!("{BACK}- [B](https://b.example/)\n"));
    let turned = with(BACK, &format!("- [B](https://b.example/)\n{BACK}"));
    assert_eq!(
        propose(&two, &turned, &format()).unwrap(),
        Proposal::default()
    );
}

#[test]
fn a_section_that_is_missing_is_made_if_it_is_known() {
    let item = only(&with(
        "here -->\n",
        "here -->\n\n* [Up](https://a.example/up)\n",
    ));
    let without = BASE.replace("### Walks\n\n<!-- Walks go here -->\n\n", "");
    let (text, outcome) = place(&without, &item, &format());
    assert!(
        matches!(
            outcome,
            Outcome::Placed {
                new_section: true,
                ..
            }
        ),
        "{outcome:?}"
    );
    assert!(
        text.contains("back)\n\n### Walks\n\n* [Up](https://a.example/up)\n\n## Calls"),
        "{text}"
    );
    let unknown = Proposed {
        place: Place {
            id: None,
            path: vec!["Community".to_owned(), "Gossip".to_owned()],
        },
        ..item
    };
    let (text, outcome) = place(BASE, &unknown, &format());
    let section = "Community / Gossip".to_owned();
    assert_eq!(outcome, Outcome::NoSection { section });
    assert_eq!(text, BASE);
}

#[test]
fn other_changes_are_carried_over_where_their_lines_still_stand() {
    let head =
        with("Hello.\n", "Hello, all.\n").replace("Send yours.", "Send yours.\n\nBy Friday.");
    let changes = proposal(&head).changes;
    assert_eq!(changes.len(), 2, "{changes:#?}");
    let mut draft = with("Terns are back", "Terns!");
    for change in &changes {
        let (text, carried) = carry(&draft, change);
        assert_eq!(carried, Carried::Done);
        draft = text;
    }
    assert!(
        draft.contains("Hello, all.\n") && draft.contains("Send yours.\n\nBy Friday.\n\n## Events"),
        "{draft}"
    );
    let (same, carried) = carry(&draft, &changes[1]);
    assert_eq!((same.as_str(), carried), (draft.as_str(), Carried::Nothing));
    let (_, carried) = carry(&with("Hello.", "Good day."), &changes[0]);
    assert_eq!(carried, Carried::InTheWay);
}

#[test]
fn windows_line_ends_stay() {
    let item = only(&with(BACK, &format!("{BACK}* [B](https://b.example/)\n")));
    let draft = BASE.replace('\n', "\r\n");
    let (text, _) = place(&draft, &item, &format());
    assert!(
        text.contains("back)\r\n- [B](https://b.example/)\r\n"),
        "{text}"
    );
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert_eq!(
        propose(BASE, &draft, &format()).unwrap(),
        Proposal::default()
    );
}

#[test]
fn what_is_no_submission_is_refused() {
    let many: String = (0..5_000)
        .map(|line| format!("* [{line}](https://a.example/{line})\n"))
        .collect();
    assert_eq!(
        propose(BASE, &format!("{BASE}{many}"), &format()),
        Err(TooLarge)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_change_can_be_read_and_placing_takes_nothing_away(
        base in prop_oneof![generate::issue(), generate::noise()],
        head in prop_oneof![generate::issue(), generate::noise()],
        draft in prop_oneof![generate::issue(), generate::noise()],
    ) {
        let format = format();
        let proposal = propose(&base, &head, &format).unwrap();
        for item in &proposal.items {
            let (text, outcome) = place(&draft, item, &format);
            match outcome {
                Outcome::Placed { .. } => prop_assert!(text.len() > draft.len()),
                Outcome::Replaced => {}
                _ => prop_assert_eq!(&text, &draft),
            }
        }
        for change in &proposal.changes {
            let (text, carried) = carry(&draft, change);
            if carried != Carried::Done {
                prop_assert_eq!(&text, &draft);
            }
        }
    }

    #[test]
    fn nothing_changed_is_nothing_proposed(base in prop_oneof![generate::issue(), generate::noise()]) {
        prop_assert_eq!(propose(&base, &base, &format()).unwrap(), Proposal::default());
    }
}
