//! The index against a plain reading of the same records, and against damage.

use super::*;
use crate::format::SectionKind;
use crate::render::record::{Passage, RecordItem, RecordSection};
use crate::render::site::IssueHead;
use proptest::prelude::*;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

struct Memory(HashMap<String, Vec<u8>>);

impl Files for Memory {
    fn load(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        self.0.get(name).map(|bytes| Cow::Borrowed(&bytes[..]))
    }
}

/// An issue of a year with items of these titles and hosts.
fn issue(year: i16, week: i8, items: &[(String, String)]) -> Record {
    let item = |(at, (title, host)): (usize, &(String, String))| RecordItem {
        anchor: format!("i-{year}-{week}-{at}"),
        section: Some(0),
        parent: None,
        marks: if at % 5 == 4 {
            vec!["video".to_owned()]
        } else {
            Vec::new()
        },
        title: title.clone(),
        url: format!("https://{host}/{year}/{week}/{at}"),
        note: String::new(),
        authors: Vec::new(),
        more: Vec::new(),
    };
    Record {
        head: IssueHead {
            title: format!("Issue of {year}, {week}"),
            number: Some(u32::from(week.unsigned_abs())),
            date: jiff::civil::date(year, 1 + week / 28, 1 + week % 28),
            modified: None,
            url: format!("/{year}/{week}/"),
            category: None,
            draft: false,
        },
        sections: vec![RecordSection {
            id: Some("links".to_owned()),
            kind: SectionKind::Links,
            title: "Links".to_owned(),
            anchor: "links".to_owned(),
            parent: None,
        }],
        items: items.iter().enumerate().map(item).collect(),
        passages: Vec::new(),
        events: Vec::new(),
        papers: Vec::new(),
        words: 0,
        links: items.len(),
    }
}

fn made(records: &[Record]) -> (Head, Memory) {
    let records: Vec<&Record> = records.iter().collect();
    let volumes = stacks(&records, &mut Seen::default())
        .iter()
        .map(Stack::read)
        .collect();
    let index = index(volumes, Seen::default(), &Format::default()).0;
    (index.head, Memory(index.files.into_iter().collect()))
}

fn titled(titles: &[&str]) -> Vec<Record> {
    let items: Vec<(String, String)> = titles
        .iter()
        .map(|title| ((*title).to_owned(), "a.example".to_owned()))
        .collect();
    vec![issue(2020, 1, &[]), issue(2024, 1, &items)]
}

#[track_caller]
fn ask(records: &[Record], question: &str) -> Answer {
    let (head, files) = made(records);
    let question = Question::parse(question);
    search(&files, &head, &question, &Filters::default(), 50).expect("nothing is damaged")
}

fn titles(answer: &Answer) -> Vec<&str> {
    let found = answer.found.iter();
    found.map(|found| found.title.as_str()).collect()
}

#[test]
fn short_titles_that_begin_with_the_words_come_first() {
    let records = titled(&[
        "How gulls and terns sleep while they fly over the sea at night",
        "Terns sleep",
        "On how terns sleep",
        "Sleep, terns",
        "Gulls",
    ]);
    let answer = ask(&records, "terns sleep ");
    assert_eq!(
        titles(&answer)[..3],
        ["Terns sleep", "On how terns sleep", "Sleep, terns"]
    );
    assert_eq!(answer.whole, 4);
}

#[test]
fn phrases_beginnings_numbers_and_code_are_found() {
    let records = titled(&[
        "no_std for gulls",
        "A std of no use",
        "HashMap::new in depth",
        "Gull 1.75.0 is out",
        "C++ and terns",
        "Ternary logic",
        "Don't panic: the tern's guide",
    ]);
    let first = |question: &str| {
        titles(&ask(&records, question))
            .first()
            .map(|title| (*title).to_owned())
    };
    for (question, title) in [
        ("no_std ", "no_std for gulls"),
        ("\"std of no\"", "A std of no use"),
        ("hashm", "HashMap::new in depth"),
        ("hash map ", "HashMap::new in depth"),
        ("1.75 ", "Gull 1.75.0 is out"),
        ("c++ ", "C++ and terns"),
        ("ternar* ", "Ternary logic"),
        ("dont ", "Don't panic: the tern's guide"),
        ("hashmpa ", "HashMap::new in depth"),
        ("ternery ", "Ternary logic"),
    ] {
        assert_eq!(first(question).as_deref(), Some(title), "{question}");
    }
    assert_eq!(ask(&records, "\"gulls no\"").total, 0);
    assert_eq!(ask(&records, "albatrosses ").missing, ["albatrosses"]);
    assert_eq!(
        ask(&records, "hashmpa ").guessed,
        [("hashmpa".to_owned(), "hashmap".to_owned())]
    );
}

#[test]
fn what_stands_in_every_issue_is_no_entry_and_quotations_have_their_sources() {
    let link = |title: &str, url: &str| vec![(title.to_owned(), url.to_owned())];
    let passage = |text: &str, quoted: bool, links| Passage {
        section: Some(0),
        quoted,
        text: text.to_owned(),
        links,
    };
    let name = |week: usize| "abcdefghijklmnopqrst"[week..=week].repeat(3);
    let mut records: Vec<Record> = (1..20).map(|week| issue(2024, week, &[])).collect();
    for (week, record) in records.iter_mut().enumerate() {
        record.passages = vec![
            passage(
                &format!("Tell us of {week} gulls here."),
                false,
                link("here", "https://a.example/"),
            ),
            passage(&format!("Fly or swim, {week}."), true, Vec::new()),
            passage(
                "– Ada on a rock",
                false,
                link("Ada on a rock", &format!("https://rock.example/{week}")),
            ),
            passage(
                &format!("Thanks to Bob {} for it!", name(week)),
                false,
                link(&format!("Bob {}", name(week)), "https://bob.example/"),
            ),
        ];
    }
    assert_eq!(ask(&records, "tell us gulls ").total, 3);
    let quote = ask(&records, "swim 17 ");
    assert_eq!(quote.found[0].title, "Fly or swim, 17.");
    assert_eq!(quote.found[0].url, "https://rock.example/17");
    assert_eq!(
        quote.found[0].note,
        "– Ada on a rock Thanks to Bob rrr for it!"
    );
    assert_eq!(quote.found[0].place, "/2024/18/#links");
}

#[test]
fn filters_choose_and_alone_give_the_newest() {
    let hosts = ["x.a.example", "b.example"];
    let items: Vec<(String, String)> = (0..10)
        .map(|at| (format!("Gull {at}"), hosts[at % 2].to_owned()))
        .collect();
    let records = [
        issue(2020, 1, &items),
        issue(2021, 1, &items[..3]),
        issue(2021, 2, &items),
    ];
    let (head, files) = made(&records);
    let count = |filters: &Filters| {
        let answer =
            search(&files, &head, &Question::default(), filters, 50).expect("nothing is damaged");
        (answer.total, answer.found[0].place.clone())
    };
    let none = Filters::default();
    let host = |host: &str| Filters {
        host: host.to_owned(),
        ..none.clone()
    };
    assert_eq!(count(&none), (23, "/2021/2/#i-2021-2-9".to_owned()));
    assert_eq!(
        count(&Filters {
            year: Some(2020),
            ..none.clone()
        })
        .0,
        10
    );
    assert_eq!(
        count(&Filters {
            mark: "video".to_owned(),
            ..none.clone()
        })
        .0,
        4
    );
    assert_eq!(
        count(&Filters {
            section: "links".to_owned(),
            ..none.clone()
        })
        .0,
        23
    );
    assert_eq!(count(&host("a.example")).0, 12);
    assert_eq!(count(&host("x.a.example")).0, 12);
    let nothing = search(&files, &head, &Question::default(), &host("c.example"), 5)
        .expect("nothing is damaged");
    assert_eq!(nothing.total, 0);
    assert_eq!(head.years.len(), 2);
}

#[test]
fn the_same_entry_in_several_issues_of_a_year_is_one() {
    let items = [("Gulls".to_owned(), "a.example".to_owned())];
    let mut records = [
        issue(2024, 1, &items),
        issue(2024, 2, &items),
        issue(2024, 3, &items),
    ];
    for record in &mut records {
        record.items[0].url = "https://a.example/".to_owned();
        record.items[0].anchor = "i-gulls".to_owned();
    }
    let answer = ask(&records, "gulls");
    assert_eq!((answer.total, answer.found[0].further), (1, 2));
    assert_eq!(answer.found[0].place, "/2024/3/#i-gulls");
}

#[test]
fn a_new_issue_leaves_what_is_over_as_it_is() {
    let item = |at: usize| {
        (
            format!("Gull {at} of many terns"),
            format!("h{}.example", at % 40),
        )
    };
    let all: Vec<(String, String)> = (0..3000).map(item).collect();
    let issues = |weeks: i8| {
        let mut records: Vec<Record> = Vec::new();
        records.extend((1..40).map(|week| issue(2023, week, &all[..60])));
        records.extend((1..=weeks).map(|week| issue(2024, week, &all[60..120])));
        records
    };
    let names = |records: &[Record]| {
        let (_, files) = made(records);
        files.0.into_keys().collect::<BTreeSet<String>>()
    };
    let (before, after) = (names(&issues(9)), names(&issues(10)));
    let new: Vec<&String> = after.difference(&before).collect();
    assert!(before.iter().any(|name| name.starts_with("o0-")));
    // Only words of the newest year, and the block that was not full.
    let fit = |name: &&&String| name.starts_with('n') || name.starts_with("2024-");
    assert_eq!(new.iter().filter(fit).count(), new.len(), "{new:?}");
}

const VOCABULARY: [&str; 12] = [
    "gull", "gulls", "tern", "Ternary", "no_std", "c++", "1.75.0", "HashMap", "Köln", "日本",
    "don't", "a",
];

fn a_title() -> impl Strategy<Value = String> {
    let word = proptest::sample::select(&VOCABULARY[..]);
    proptest::collection::vec(word, 1..8).prop_map(|words| words.join(" "))
}

/// The words of a title, as the index has them.
fn naive(title: &str) -> Vec<String> {
    let mut words = Vec::new();
    words::read(title, |word| words.push(word.text.to_owned()));
    words
}

proptest! {
    #[test]
    fn all_entries_with_all_words_are_found_and_no_others(
        all in proptest::collection::vec(a_title(), 0..60),
        asked in proptest::collection::vec(proptest::sample::select(&["gull", "tern", "ternary", "c++", "1.75", "hash", "koln", "dont", "a"][..]), 1..3),
        split in 0..60_usize,
    ) {
        let items: Vec<(String, String)> = all.iter().map(|title| (title.clone(), "h.test".to_owned())).collect();
        let split = split.min(items.len());
        let records = [issue(2023, 1, &items[..split]), issue(2024, 1, &items[split..])];
        let answer = ask(&records, &format!("{} ", asked.join(" ")));
        let has = |title: &&String| {
            let words = naive(title);
            asked.iter().all(|asked| {
                let other = asked.len() >= 4 && words.contains(&format!("{asked}s"));
                words.iter().any(|word| word == asked) || other
            })
        };
        let wanted = all.iter().filter(has).count();
        if asked.iter().all(|asked| all.iter().any(|title| naive(title).contains(&(*asked).to_owned()))) {
            prop_assert_eq!(answer.whole as usize, wanted);
        }
        prop_assert!(answer.whole <= answer.total);
        for found in answer.found.iter().take(answer.whole as usize) {
            prop_assert!(answer.missing.len() + answer.guessed.len() > 0 || has(&&found.title), "{}", found.title);
        }
    }

    #[test]
    fn questions_of_any_kind_are_answered(question in "\\PC{0,40}", typed in "[a-zA-Z\"* .+#'_:-]{0,30}") {
        let records = titled(&["Gulls and terns", "no_std", "日本 C++"]);
        let (head, files) = made(&records);
        for text in [&question, &typed] {
            prop_assert!(search(&files, &head, &Question::parse(text), &Filters::default(), 9).is_ok());
        }
    }

    #[test]
    fn damaged_files_are_said_and_nothing_falls_over(
        at in any::<prop::sample::Index>(), byte in any::<u8>(), place in any::<prop::sample::Index>(), cut in any::<bool>(),
    ) {
        let records = titled(&["Gulls and terns", "Gulls sleep", "Terns, gulls and terns"]);
        let (head, mut files) = made(&records);
        let mut names: Vec<String> = files.0.keys().cloned().collect();
        names.sort();
        let content = files.0.get_mut(at.get(&names)).expect("it is one of them");
        let place = place.index(content.len());
        if cut {
            content.truncate(place);
        } else {
            content[place] = byte;
        }
        for question in ["gulls", "\"gulls and terns\"", "gulsl"] {
            let _ = search(&files, &head, &Question::parse(question), &Filters::default(), 9);
        }
    }
}

#[test]
fn a_head_that_lies_is_an_error() {
    let records = titled(&["Gulls and terns"]);
    let (mut head, files) = made(&records);
    head.parts[1].shards.clear();
    let question = Question::parse("gulls");
    assert!(search(&files, &head, &question, &Filters::default(), 9).is_err());
    let (mut head, files) = made(&records);
    head.years.clear();
    let lost = search(&files, &head, &question, &Filters::default(), 9).expect_err("it lies");
    assert_eq!(lost.file, "index.json");
}
