//! How long learning sections takes, and guessing one: 9,600 made-up links of 900 sites in eight sections over twelve years,
//! about what the flagship's archive has.
//!
//! `cargo bench -p press-core --bench suggest`

use jiff::ToSpan;
use jiff::civil::{Date, date};
use press_core::suggest::{Placed, Suggester, Suggestion};

fn main() {
    divan::main();
}

const LINKS: usize = 9_600;
const LINKS_A_WEEK: usize = 16;
const SITES: usize = 900;
const SECTIONS: [&str; 8] = [
    "official",
    "foundation",
    "newsletters",
    "projects",
    "thoughts",
    "walkthroughs",
    "research",
    "rest",
];

/// A link with its section, title and address.
struct Link {
    date: Date,
    section: &'static str,
    title: String,
    url: String,
}

/// Words that follow a pattern, some of them telling of the section.
fn links() -> Vec<Link> {
    let link = |number: usize| {
        let mixed = number.wrapping_mul(2_654_435_761) >> 7;
        let section = mixed % SECTIONS.len();
        let word = |nth: usize| match nth % 3 {
            0 => format!("w{}x{}", section, (mixed >> nth) % 50),
            _ => format!("word{}", (mixed >> nth) % 4_000),
        };
        let title: Vec<String> = (0..7).map(word).collect();
        let site = (mixed >> 3) % SITES;
        let weeks = i64::try_from(number / LINKS_A_WEEK).unwrap_or(0);
        Link {
            date: date(2014, 1, 1).saturating_add(weeks.weeks()),
            section: SECTIONS[section],
            title: title.join(" "),
            url: format!("site{site}.example/blog/2020/{}", title.join("-")),
        }
    };
    (0..LINKS).map(link).collect()
}

fn learn(links: &[Link]) -> Suggester {
    let placed = links.iter().map(|link| Placed {
        date: link.date,
        section: link.section,
        title: &link.title,
        url: &link.url,
        marks: "",
    });
    Suggester::train(placed.collect())
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn learning(bencher: divan::Bencher<'_, '_>) {
    let links = links();
    bencher.bench_local(|| learn(&links));
}

#[divan::bench]
fn guessing(bencher: divan::Bencher<'_, '_>) {
    let links = links();
    let suggester = learn(&links);
    let mut at = 0;
    bencher.bench_local(|| -> Vec<Suggestion> {
        at = (at + 1) % links.len();
        suggester.suggest(&links[at].title, &links[at].url, &[])
    });
}
