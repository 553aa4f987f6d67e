//! How long a list is, so that a browser need not lay it out before somebody comes near: the style sheet keeps its place by
//! a class.

use crate::span::Span;
use pulldown_cmark::{Event, Tag, TagEnd};

/// Signs on a line of a small telephone.
const SIGNS: usize = 26;

/// The lengths that the style sheet knows. A shorter list is laid out at once.
const STEPS: [usize; 10] = [16, 24, 32, 48, 64, 96, 128, 192, 256, 384];

/// The tag that opens the list of these events if it is long: with a class for how many rows it takes on a small telephone,
/// rather more than fewer, for what follows must not stand upon it.
pub(super) fn open(events: &[(Event<'_>, Span)]) -> Option<String> {
    let Some((Event::Start(Tag::List(None)), _)) = events.first() else {
        return None;
    };
    let rows = rows(events);
    let first = STEPS.first().copied().unwrap_or_default();
    let last = STEPS.last().copied().unwrap_or_default();
    let step = STEPS.into_iter().find(|step| *step >= rows).unwrap_or(last);
    (rows > first / 2).then(|| format!("<ul class=\"rows-{step}\">\n"))
}

fn rows(events: &[(Event<'_>, Span)]) -> usize {
    let (mut rows, mut items, mut signs) = (0, 0, 0usize);
    for (event, _) in events {
        match event {
            Event::Start(Tag::Item) => items += 1,
            Event::Text(text) | Event::Code(text) => signs += text.chars().count(),
            Event::SoftBreak => signs += 1,
            // An arrow stands behind it.
            Event::End(TagEnd::Link) => signs += 2,
            _ => {}
        }
        if matches!(
            event,
            Event::Start(Tag::Item | Tag::Paragraph)
                | Event::End(TagEnd::Item | TagEnd::Paragraph)
                | Event::HardBreak
        ) {
            rows += signs.div_ceil(SIGNS);
            signs = 0;
        }
    }
    // Between items there is a quarter of a row.
    rows + items / 4 + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Definitions;
    use crate::issue::{Document, Source};

    fn opened(text: &str) -> Option<String> {
        let source = Source::new(text, Definitions::First);
        open(&Document::parse(&source).events)
    }

    #[test]
    fn the_style_sheet_knows_every_length() {
        let style = include_str!("../theme/press.css");
        for step in STEPS {
            assert!(style.contains(&format!(".rows-{step} {{ --rows: {step}; }}")));
        }
    }

    #[test]
    fn only_long_lists_have_a_length() {
        let item = "* [a link of some length](https://a.example/)\n";
        assert_eq!(opened(&item.repeat(4)), None);
        assert_eq!(
            opened(&item.repeat(12)).unwrap(),
            "<ul class=\"rows-16\">\n"
        );
        assert_eq!(
            opened(&item.repeat(40)).unwrap(),
            "<ul class=\"rows-64\">\n"
        );
        assert_eq!(
            opened(&item.repeat(900)).unwrap(),
            "<ul class=\"rows-384\">\n"
        );
        let long = format!("* {}\n", "word ".repeat(200));
        assert_eq!(opened(&long).unwrap(), "<ul class=\"rows-48\">\n");
        assert_eq!(opened(&item.replace("* ", "1. ").repeat(40)), None);
        assert_eq!(opened(&"word ".repeat(900)), None);
    }
}
