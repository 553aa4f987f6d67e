//! Guessing sections: whatever strangers send, and whatever an archive holds.

use jiff::civil::{Date, date};
use press_core::suggest::{OFFERED, Placed, Suggester};
use proptest::prelude::*;
use std::sync::LazyLock;

/// Links of three sections over thirty weeks.
fn placed() -> Vec<(Date, &'static str, String, String)> {
    let sections = [
        ("songs", "A song about", "music.example"),
        ("films", "How a film was made:", "cinema.example"),
        ("letters", "Letter", "letters.example/weekly"),
    ];
    let mut placed = Vec::new();
    for week in 0..30 {
        let day = date(2026, 1, 1)
            .checked_add(jiff::Span::new().weeks(week))
            .unwrap();
        for (section, title, place) in sections {
            let title = format!("{title} {}", ["gulls", "terns", "skuas"][week as usize % 3]);
            placed.push((day, section, title, format!("https://{place}/{week}")));
        }
    }
    placed
}

fn learn(links: &[(Date, &'static str, String, String)]) -> Suggester {
    let placed = links.iter().map(|(date, section, title, url)| Placed {
        date: *date,
        section,
        title,
        url,
        marks: "",
    });
    Suggester::train(placed.collect())
}

#[test]
fn titles_and_sites_both_tell() {
    let suggester = learn(&placed());
    let first = |title: &str, url: &str| suggester.suggest(title, url, &[])[0].section.clone();
    assert_eq!(
        first("A song about auks", "https://nowhere.example"),
        "songs"
    );
    assert_eq!(first("", "music.example/x"), "songs");
    assert_eq!(
        first("Auks", "https://letters.example/weekly/12"),
        "letters"
    );
    let sure = &suggester.suggest("A song about gulls", "https://music.example/9", &[])[0];
    let unsure = &suggester.suggest("Auks", "https://nowhere.example", &[])[0];
    assert!(sure.confidence > 0.8 && unsure.confidence < sure.confidence);
}

#[test]
fn the_same_archive_in_any_order_of_issues_teaches_the_same() {
    let suggester = learn(&placed());
    let again = learn(&placed());
    let say = |one: &Suggester| one.judge("A film", "https://cinema.example/1", &["video"]);
    assert_eq!(say(&suggester), say(&again));
    let mut turned = placed();
    turned.sort_by_key(|link| std::cmp::Reverse(link.0));
    assert_eq!(say(&suggester), say(&learn(&turned)));
}

#[test]
fn little_teaches_nothing() {
    let few = placed();
    assert!(learn(&[]).is_empty());
    assert!(learn(&few[..12]).is_empty());
    let one: Vec<_> = few.into_iter().filter(|link| link.1 == "songs").collect();
    assert!(learn(&one).is_empty());
    assert_eq!(Suggester::default().suggest("a", "b", &["c"]), []);
}

proptest! {
    #[test]
    fn strangers_get_three_guesses_whatever_they_send(
        title in "\\PC{0,200}|[\\x00-\\x7f]{0,400}",
        url in "https?://\\PC{0,100}|\\PC{0,100}|(a/|\\?|#|:|@|\\.){0,200}",
        mark in "\\PC{0,20}",
    ) {
        static LEARNED: LazyLock<Suggester> = LazyLock::new(|| learn(&placed()));
        let suggester = &*LEARNED;
        let all = suggester.judge(&title, &url, &[&mark]);
        let sum: f64 = all.iter().map(|one| one.confidence).sum();
        prop_assert!((sum - 1.0).abs() < 1e-4, "{sum}");
        prop_assert!(all.iter().all(|one| one.confidence.is_finite() && one.confidence >= 0.0));
        prop_assert!(all.windows(2).all(|two| two[0].confidence >= two[1].confidence));
        let offered = suggester.suggest(&title, &url, &[&mark]);
        prop_assert_eq!(&offered[..], &all[..OFFERED]);
    }

    #[test]
    fn an_archive_of_anything_can_be_learned_from(
        links in prop::collection::vec((0..60_i16, "[ab]", "\\PC{0,30}", "\\PC{0,30}"), 0..60),
    ) {
        let placed = links.iter().map(|(week, section, title, url)| Placed {
            date: date(2000 + week * 100, 1, 1),
            section,
            title,
            url,
            marks: title,
        });
        let suggester = Suggester::train(placed.collect());
        let all = suggester.judge("a", "b", &[]);
        prop_assert!(all.iter().all(|one| one.confidence.is_finite()));
    }
}
