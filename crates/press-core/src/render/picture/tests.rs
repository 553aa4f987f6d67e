//! Pictures of cards that people and strangers write.

use super::face::{Faces, Setting, Weight};
use super::wrap::Wrapped;
use super::*;
use crate::render::theme;
use jiff::civil::date;
use proptest::prelude::*;

fn newsletter(name: &str) -> NewsletterInfo {
    NewsletterInfo {
        name: name.to_owned(),
        description: "News of gulls, once a week.".to_owned(),
        base_url: "https://gull.example/weekly".to_owned(),
        language: "en".to_owned(),
        ..NewsletterInfo::default()
    }
}

fn card(title: &str, number: Option<u32>, highlights: &[(&str, &str)]) -> Card {
    let head = IssueHead {
        title: title.to_owned(),
        number,
        date: date(2026, 2, 4),
        modified: None,
        url: "/issues/7/".to_owned(),
        category: None,
        draft: false,
    };
    let owned = |(section, text): &(&str, &str)| ((*section).to_owned(), (*text).to_owned());
    let highlights: Vec<(String, String)> = highlights.iter().map(owned).collect();
    Card::of_issue(&newsletter("The Weekly Gull"), &head, &highlights)
}

fn painter() -> Painter {
    Painter::new(theme::STYLE.content, "en", &[]).expect("our fonts are fonts")
}

fn faces() -> Faces {
    Faces::new(&[], "en").expect("our fonts are fonts")
}

fn size_of(png: &[u8]) -> (usize, usize) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .expect("a picture");
    let mut pixels = vec![0; reader.output_buffer_size().expect("it has a size")];
    let info = reader
        .next_frame(&mut pixels)
        .expect("all of it can be read");
    (info.width as usize, info.height as usize)
}

const HIGHLIGHTS_OF_SEVEN: [(&str, &str); 3] = [
    (
        "Saying of the Week",
        "“To wave is to fly, said the AVATAR of all gulls, and flew off.”",
    ),
    ("Library of the Week", "gull-cli"),
    (
        "Новости",
        "Чайка над Ελλάδα, and a text that is so long that it needs a second line to be told",
    ),
];

#[test]
fn pictures_that_look_otherwise_are_known_by_another_name() {
    let painter = painter();
    let cards = [
        card("The Weekly Gull 7", Some(7), &HIGHLIGHTS_OF_SEVEN),
        card(
            "A title that says more than the number and is too long for a line",
            None,
            &[],
        ),
        Card::of_newsletter(&newsletter("The Weekly Gull")),
    ];
    let drawn = cards.map(|card| painter.canvas(&card).0.pixels().to_vec());
    let look = hashed(&drawn.concat(), 8);
    let help = "look at the pictures, and write this into LOOK, so that those kept are drawn again";
    assert_eq!(look, LOOK, "{help}");
}

#[test]
fn a_picture_has_its_size_and_the_same_bytes_each_time() {
    let card = card("The Weekly Gull 7", Some(7), &HIGHLIGHTS_OF_SEVEN);
    let (one, other) = (painter().draw(&card), painter().draw(&card));
    assert_eq!(size_of(&one.png), (1200, 630));
    assert_eq!(one, other);
    assert!(!one.lost);
    assert!(one.png.len() < 20_000, "{} bytes", one.png.len());
}

#[test]
fn a_title_that_only_repeats_name_and_number_gives_way_to_the_number() {
    let shown = |title: &str, number| {
        let card = card(title, number, &[]);
        (card.title, card.folio)
    };
    let of = |title: &str, folio: &str| (title.to_owned(), folio.to_owned());
    let number = of("No. 7", "4 February 2026");
    for title in [
        "The Weekly Gull 7",
        "the weekly gull, issue #7",
        "Weekly Gull 007",
        "",
    ] {
        assert_eq!(shown(title, Some(7)), number, "{title}");
    }
    assert_eq!(
        shown("Nests", Some(7)),
        of("Nests", "No. 7 · 4 February 2026")
    );
    assert_eq!(shown("The Weekly Gull 8", Some(7)).0, "The Weekly Gull 8");
    assert_eq!(
        shown("The Weekly Gull", None),
        of("The Weekly Gull", "4 February 2026")
    );
}

#[test]
fn a_card_is_told_in_words() {
    let seven = card("Nests", Some(7), &[("Links", "One"), ("More", "Two")]);
    let words = "The Weekly Gull, Nests, No. 7 · 4 February 2026: One; Two";
    assert_eq!(seven.about(), words);
    let all = Card::of_newsletter(&newsletter("The Weekly Gull"));
    assert_eq!(all.about(), "The Weekly Gull: News of gulls, once a week.");
}

#[test]
fn what_is_on_a_picture_is_in_its_key() {
    let key = |card: &Card| painter().key(card);
    let seven = card("The Weekly Gull 7", Some(7), &HIGHLIGHTS_OF_SEVEN);
    let others = [
        card("The Weekly Gull 8", Some(8), &HIGHLIGHTS_OF_SEVEN),
        card("The Weekly Gull 7", Some(7), &HIGHLIGHTS_OF_SEVEN[..2]),
    ];
    assert_eq!(key(&seven), key(&seven.clone()));
    assert!(others.iter().all(|other| key(other) != key(&seven)));
    let blue = Painter::new(":root { --bar: #00f; }", "en", &[]).expect("our fonts are fonts");
    assert_ne!(blue.key(&seven), key(&seven));
    assert_ne!(blue.draw(&seven).png, painter().draw(&seven).png);
}

#[test]
fn what_no_font_has_is_left_out_and_letters_are_missed() {
    let faces = faces();
    let drawn = |text: &str| {
        let drawable = faces.drawable(text, Weight::Regular);
        (drawable.text, drawable.lost)
    };
    let kept = |text: &str, lost| (text.to_owned(), lost);
    assert_eq!(
        drawn("Gulls 🐦‍⬛ and 👨‍👩‍👧 fly 1️⃣"),
        kept("Gulls and fly", false)
    );
    assert_eq!(
        drawn("Zero\u{200b}width\u{202e} e\u{301}"),
        kept("Zerowidth e\u{301}", false)
    );
    assert_eq!(drawn("海鷗 gull"), kept("gull", true));
    assert_eq!(
        drawn("Чайка, γλάρος, Möwe, hải âu"),
        kept("Чайка, γλάρος, Möwe, hải âu", false)
    );
    let pile = format!("a{}b", "\u{301}".repeat(400));
    assert_eq!(drawn(&pile).0, "b");
}

#[test]
fn fonts_of_a_newsletters_own_come_first_and_must_be_fonts() {
    let bold = include_bytes!("fonts/pressroom-serif-bold.otf").to_vec();
    let card = card("The Weekly Gull 7", Some(7), &HIGHLIGHTS_OF_SEVEN);
    let own = Painter::new("", "en", std::slice::from_ref(&bold)).expect("a font");
    assert_ne!(own.draw(&card), painter().draw(&card));
    assert_ne!(own.key(&card), painter().key(&card));
    let broken = |bytes: &[u8]| Painter::new("", "en", &[bold.clone(), bytes.to_vec()]).err();
    assert_eq!(broken(b""), Some(1));
    assert_eq!(broken(b"wOF2 is no font that we read"), Some(1));
    // A font that breaks off draws what it still has, or is refused; either way nothing else happens.
    for end in (0..bold.len()).step_by(9_001) {
        if let Ok(painter) = Painter::new("", "en", &[bold[..end].to_vec()]) {
            painter.draw(&card);
        }
    }
}

#[test]
fn hostile_cards_give_pictures() {
    let long = "W".repeat(5_000);
    let words = "many words ".repeat(500);
    let marks = "a\u{301}\u{302}\u{303}".repeat(2_000);
    let texts = [
        "",
        " ",
        "שלום עולם",
        "\u{202e}gull",
        "🐦",
        "\0\u{7}",
        &long,
        &words,
        &marks,
    ];
    let painter = painter();
    for text in texts {
        let highlights = [(text, text), ("", text), (text, "one"), ("over", "most")];
        let card = Card {
            newsletter: text.to_owned(),
            description: text.to_owned(),
            ..card(text, Some(u32::MAX), &highlights)
        };
        assert_eq!(
            size_of(&painter.draw(&card).png),
            (WIDTH, HEIGHT),
            "{text:.20}"
        );
    }
}

#[test]
fn pictures_stand_beside_their_pages() {
    assert_eq!(path_of("/"), "/share.png");
    assert_eq!(path_of("/issues/7/"), "/issues/7/share.png");
    assert_eq!(path_of("/blog/seven.html"), "/blog/seven-share.png");
    assert_eq!(path_of("/blog/seven"), "/blog/seven-share.png");
}

fn setting(size: f32) -> Setting {
    Setting {
        weight: Weight::Regular,
        size,
        rtl: false,
    }
}

#[test]
fn lines_end_between_words_and_with_an_ellipsis_if_there_are_more() {
    let faces = faces();
    let lines = |text: &str, width: f32, most: usize| {
        Wrapped::new(&faces, text, setting(32.0), width).lines(width, most)
    };
    assert_eq!(
        lines("One, two, three, four.", 200.0, 9),
        ["One, two,", "three, four."]
    );
    assert_eq!(lines("One, two, three, four.", 200.0, 1), ["One, two…"]);
    assert_eq!(
        lines("One two three four five six", 160.0, 2),
        ["One two", "three…"]
    );
    assert_eq!(lines("Rindfleisch", 60.0, 9), ["Rin", "dfle", "isch"]);
    assert_eq!(lines("", 100.0, 2), Vec::<String>::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn lines_hold_the_whole_text_and_are_no_wider_than_they_may(text in "\\PC{0,60}", width in 80.0f32..900.0) {
        let faces = faces();
        let text = faces.drawable(&text, Weight::Regular).text;
        let wrapped = Wrapped::new(&faces, &text, setting(32.0), width);
        let whole = wrapped.lines(width, usize::MAX);
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        prop_assert_eq!(bare(&whole.concat()), bare(&text));
        for line in whole.iter().chain(&wrapped.lines(width, 1)) {
            let wide = faces.width(line, setting(32.0));
            // Letters of two parts may stand a little farther from each other than those of one.
            prop_assert!(wide <= width + 8.0, "{line:?} is {wide} wide, not {width}");
        }
    }
}
