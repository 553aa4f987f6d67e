//! Drafts hold what they promise for any text: a machine writes only into its blocks, editors win, finishing settles.

use crate::generate;
use press_core::draft::finish::{Order, Treatment, finish};
use press_core::draft::{Standing, block, merge::merge, template};
use press_core::format::Definitions;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..ProptestConfig::default()
    }
}

/// Lines of a block, each known by its address.
fn lines(of: impl IntoIterator<Item = usize>) -> String {
    of.into_iter()
        .map(|number| format!("* [Item {number}](https://a.example/{number})\n"))
        .collect()
}

/// Some of the numbers from `from` on, in order.
fn some(from: usize) -> impl Strategy<Value = Vec<usize>> {
    subsequence((from..from + 12).collect::<Vec<_>>(), 0..=12)
}

/// Anything that may stand in a block.
fn content() -> impl Strategy<Value = String> {
    let line = select(vec![
        "* [One](https://a.example/1)\n",
        "* [Two](https://a.example/2)\n",
        "    * [**Nested**](https://a.example/3)\n",
        "### Europe\n",
        "\n",
        "A paragraph.\n",
        "that goes on\n",
        "| a | b |\n",
        "```\n",
        "* no link\n",
        "[label]: https://a.example/4\n",
        "- ünïcode 🦀\n",
    ]);
    vec(line, 0..12).prop_map(|lines| lines.concat())
}

/// What looks like an issue, and what does not.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![generate::issue(), generate::noise(), content()]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_untouched_block_becomes_what_is_generated(base in content(), new in content()) {
        let merged = merge(Some(&base), &base, &new);
        prop_assert_eq!(merged.text.trim(), new.trim());
    }

    #[test]
    fn where_nothing_new_is_generated_the_editors_text_stays(base in content(), edited in content()) {
        let merged = merge(Some(&base), &edited, &base).text;
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        prop_assert_eq!(words(&merged), words(&edited));
    }

    #[test]
    fn a_second_run_adds_nothing(base in content(), edited in content(), new in content()) {
        let once = merge(Some(&base), &edited, &new).text;
        prop_assert_eq!(merge(Some(&new), &once, &new).text, once);
    }

    #[test]
    fn everybodys_items_are_there_once(base in some(0), gone in some(0), mine in some(20), new in some(6)) {
        let edited = base.iter().filter(|item| !gone.contains(item)).chain(&mine).copied();
        let merged = merge(Some(&lines(base.clone())), &lines(edited), &lines(new.clone())).text;
        for item in (0..40).filter(|item| !(base.contains(item) || mine.contains(item) || new.contains(item))) {
            prop_assert!(!merged.contains(&lines([item])));
        }
        for item in 0..40 {
            let taken_out = base.contains(&item) && gone.contains(&item);
            let wanted = mine.contains(&item) || new.contains(&item) && !taken_out;
            prop_assert_eq!(merged.matches(&lines([item])).count(), usize::from(wanted), "{} in {}", item, merged);
        }
    }

    #[test]
    fn only_the_block_is_written(before in texts(), after in texts(), new in content()) {
        let text = format!("{before}\n\n{}\n{after}", block::wrap("a-block", "old"));
        // A text may open code or a comment and so swallow the markers; then nothing is written at all.
        let Ok(Some(place)) = block::find_block(&text, "a-block") else { return Ok(()) };
        prop_assert_eq!(place.content.of(&text), "old\n");
        let written = block::replace(&text, "a-block", &new).expect("it was found").expect("it is there");
        prop_assert!(written.starts_with(&text[..place.content.start]));
        prop_assert!(written.ends_with(&text[place.content.end..]));
    }

    #[test]
    fn finishing_is_done_once(text in texts()) {
        let format = generate::format(Definitions::First);
        let standing = Standing::default();
        for order in [Order::Written, Order::Date, Order::Title] {
            let treatments = vec![Treatment { order, collected: false }; format.sections.len()];
            let Ok(once) = finish(&text, &format, &standing, &treatments) else { continue };
            let twice = finish(&once.text, &format, &standing, &treatments).expect("the blocks are gone");
            prop_assert_eq!(&twice.text, &once.text);
        }
    }

    #[test]
    fn no_template_breaks_filling(text in texts(), events in texts()) {
        let values = template::Values { events: events.clone(), ..template::Values::default() };
        let _ = template::fill(&text, &values);
        let filled = template::fill("a\n\n{{ events }}\n\n$issue_number\n", &values).expect("a good template");
        let shown = events.replace('\u{1}', "");
        if !shown.trim().is_empty() {
            prop_assert_eq!(filled, format!("a\n\n{shown}\n\n0\n"));
        }
    }
}

/// A comment that nobody closed ends in a blank line, and a heading follows.
#[test]
fn a_heading_behind_an_open_comment_gets_one_blank_line() {
    let format = generate::format(Definitions::First);
    let treatments = vec![Treatment::default(); format.sections.len()];
    let mut text = "* <!-----\n\n[---\n---\n".to_owned();
    for _ in 0..3 {
        let done = finish(&text, &format, &Standing::default(), &treatments);
        text = done.expect("there are no blocks").text;
        assert_eq!(text, "* <!-----\n\n[---\n---\n");
    }
}

/// Indented as the item's text is, a heading belongs to the item, and begins a section all the same.
#[test]
fn an_item_that_holds_a_heading_stays_where_it_is() {
    let format = generate::format(Definitions::First);
    let treatment = Treatment {
        order: Order::Title,
        collected: false,
    };
    let treatments = vec![treatment; format.sections.len()];
    let text = "# Links\n\n* [b](https://b.example/)\n* [a](https://a.example/)\n\n  ## Links\n\n* [c](https://c.example/)\n";
    let finished = finish(text, &format, &Standing::default(), &treatments);
    assert_eq!(finished.unwrap().text, text);
}

/// Below the masthead such a heading gets a blank line, and then the line above does not go on.
#[test]
fn blanks_before_a_heading_are_no_break() {
    let format = generate::format(Definitions::First);
    let treatments = vec![Treatment::default(); format.sections.len()];
    let finished = finish(
        "Title: a    \r\nb\n---\n",
        &format,
        &Standing::default(),
        &treatments,
    );
    assert_eq!(finished.unwrap().text, "Title: a\r\n\nb\n---\n");
}
