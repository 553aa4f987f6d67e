//! How long the index of an archive takes, and a question to it: 640 made-up issues of 85 items, about what the flagship has.
//!
//! `cargo bench -p press-core --bench search`

use jiff::ToSpan;
use jiff::civil::date;
use press_core::format::{Format, SectionKind};
use press_core::render::record::{Record, RecordItem, RecordSection};
use press_core::render::search::{
    Files, Filters, Index, Question, Seen, Stack, index, search, stacks,
};
use press_core::render::site::IssueHead;
use std::borrow::Cow;
use std::collections::HashMap;
use std::hint::black_box;

fn main() {
    divan::main();
}

const ISSUES: usize = 640;
const ITEMS: usize = 85;

/// Numbers without pattern, the same each time.
fn mixed(number: usize) -> usize {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

/// A word; the first are far more frequent than the last, as in any language.
fn word(number: usize) -> String {
    let rank = 20_000 / (1 + mixed(number) % 20_000);
    let mut rest = mixed(rank + 7);
    let mut word = String::new();
    for _ in 0..2 + rank % 3 {
        word.push(char::from(b"bcdfghklmnprstvw"[rest % 16]));
        word.push(char::from(b"aeiou"[rest / 16 % 5]));
        rest /= 80;
    }
    word
}

fn item(number: usize) -> RecordItem {
    let title: Vec<String> = (0..4 + number % 7)
        .map(|at| word(number * 11 + at))
        .collect();
    RecordItem {
        anchor: format!("i-{number}"),
        section: Some(0),
        parent: None,
        marks: Vec::new(),
        title: title.join(" "),
        url: format!(
            "https://site{}.example/{}",
            mixed(number) % 900,
            title.join("-")
        ),
        note: String::new(),
        authors: Vec::new(),
        more: Vec::new(),
    }
}

fn records() -> Vec<Record> {
    let record = |at: usize| Record {
        head: IssueHead {
            title: format!("Issue {at}"),
            number: u32::try_from(at).ok(),
            date: date(2013, 6, 5).saturating_add(i64::try_from(at * 7).unwrap_or(0).days()),
            modified: None,
            url: format!("/issues/{at}/"),
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
        items: (0..ITEMS)
            .map(|item_at| item(at * ITEMS + item_at))
            .collect(),
        passages: Vec::new(),
        events: Vec::new(),
        papers: Vec::new(),
        words: 0,
        links: ITEMS,
    };
    (0..ISSUES).map(record).collect()
}

fn made(records: &[Record]) -> Index {
    let records: Vec<&Record> = records.iter().collect();
    let volumes = stacks(&records, &mut Seen::default())
        .iter()
        .map(Stack::read)
        .collect();
    index(volumes, Seen::default(), &Format::default()).0
}

/// On one core; a build spreads the years over all.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn indexing(bencher: divan::Bencher<'_, '_>) {
    let records = records();
    bencher.bench_local(|| made(black_box(&records)));
}

struct Memory(HashMap<String, Vec<u8>>);

impl Files for Memory {
    fn load(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        self.0.get(name).map(|bytes| Cow::Borrowed(&bytes[..]))
    }
}

#[divan::bench(args = ["one", "two", "phrase", "error"])]
fn asking(bencher: divan::Bencher<'_, '_>, kind: &str) {
    let index = made(&records());
    let files = Memory(index.files.into_iter().collect());
    let (one, two) = (word(5), word(6));
    let question = match kind {
        "one" => one,
        "two" => format!("{one} {two}"),
        "phrase" => format!("\"{one} {two}\""),
        _ => format!("{one}qx {two}"),
    };
    bencher.bench_local(|| {
        let question = Question::parse(black_box(&question));
        search(&files, &index.head, &question, &Filters::default(), 10)
    });
}
