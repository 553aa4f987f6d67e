//! One share picture: what a build takes for each issue that is new or has other highlights.

use divan::Bencher;
use jiff::civil::date;
use press_core::render::picture::{Card, Painter};
use press_core::render::site::{IssueHead, NewsletterInfo};
use press_core::render::theme;

fn main() {
    divan::main();
}

fn card() -> Card {
    let newsletter = NewsletterInfo {
        name: "This Week in Tern".to_owned(),
        description: "What happened, once a week.".to_owned(),
        base_url: "https://tern.example".to_owned(),
        language: "en".to_owned(),
        ..NewsletterInfo::default()
    };
    let head = IssueHead {
        title: "This Week in Tern 53".to_owned(),
        number: Some(53),
        date: date(2026, 11, 19),
        modified: None,
        url: "/issues/53/".to_owned(),
        category: None,
        draft: false,
    };
    let highlights = [
        ("Library of the Week", "gull-cli, a shell for gulls"),
        (
            "Saying of the Week",
            "“A tern that has seen the sea once asks no more where the wind comes from, it asks who is paying for it.”",
        ),
        (
            "Project Updates",
            "Nests are built in parallel now, and what that means for everyone with only two wings",
        ),
    ];
    let highlights = highlights.map(|(section, text)| (section.to_owned(), text.to_owned()));
    Card::of_issue(&newsletter, &head, &highlights)
}

fn painter() -> Painter {
    Painter::new(theme::STYLE.content, "en", &[]).expect("our fonts are fonts")
}

#[divan::bench]
fn draw(bencher: Bencher<'_, '_>) {
    let (painter, card) = (painter(), card());
    bencher.bench(|| painter.draw(&card));
}

#[divan::bench]
fn key(bencher: Bencher<'_, '_>) {
    let (painter, card) = (painter(), card());
    bencher.bench(|| painter.key(&card));
}

#[divan::bench]
fn open(bencher: Bencher<'_, '_>) {
    bencher.bench(painter);
}
