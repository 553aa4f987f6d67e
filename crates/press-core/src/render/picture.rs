//! Pictures that other sites show with a link to an issue: its number, its day and what is best in it, in the look of the
//! pages. What they say is a [`Card`]; the same card gives the same bytes everywhere.
//!
//! Pictures have the size that OpenGraph's readers ask for, are PNG with few colours, and are set in a serif of ours or
//! the newsletter's own fonts. What no font has is left out, since a row of boxes is worse than a word less.

mod canvas;
mod face;
mod shown;
mod wrap;

use super::record::hashed;
use super::site::{IssueHead, NewsletterInfo};
use canvas::{Canvas, Colours, Ink};
use face::{Faces, Setting, Weight};
pub use shown::{PageImage, of_site, path_of};
use wrap::Wrapped;
use zeno::{Command, PathBuilder, Stroke};

/// Pixels from side to side.
pub const WIDTH: usize = canvas::WIDTH;
/// Pixels from top to bottom.
pub const HEIGHT: usize = canvas::HEIGHT;
/// Most highlights that a picture has room for.
pub const HIGHLIGHTS: usize = 3;

/// Tells how pictures look from how they looked before: what is kept of others is not used. A test knows when it must be
/// another one.
const LOOK: &str = "ks8zdbnr";

/// What a picture says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Card {
    newsletter: String,
    /// BCP 47.
    language: String,
    /// What stands large.
    title: String,
    /// Number and day, or the site's host.
    folio: String,
    /// What is said where there are no highlights.
    description: String,
    /// Section and text of each.
    highlights: Vec<(String, String)>,
    /// Whether it is about an issue.
    issue: bool,
}

impl Card {
    /// What the picture of an issue says; `highlights` are sections with what is best in them.
    pub fn of_issue(
        newsletter: &NewsletterInfo,
        head: &IssueHead,
        highlights: &[(String, String)],
    ) -> Card {
        let mut card = Card::of_newsletter(newsletter);
        let number = head.number.map(|number| format!("No. {number}"));
        let day = head.date_text();
        let said = number.is_some() && says_no_more(&head.title, &newsletter.name, head.number);
        (card.title, card.folio) = match number {
            Some(number) if said => (number, day),
            Some(number) => (head.title.clone(), format!("{number} · {day}")),
            None => (head.title.clone(), day),
        };
        card.highlights = highlights.iter().take(HIGHLIGHTS).cloned().collect();
        card.issue = true;
        card
    }

    /// What the picture of all other pages says.
    pub fn of_newsletter(newsletter: &NewsletterInfo) -> Card {
        let base = newsletter.base_url.as_str();
        let host = base.split_once("://").map_or(base, |(_, host)| host);
        Card {
            newsletter: newsletter.name.clone(),
            language: newsletter.language.clone(),
            folio: host.to_owned(),
            description: newsletter.description.clone(),
            ..Card::default()
        }
    }

    /// The same in words, for people who do not see the picture.
    pub fn about(&self) -> String {
        let mut words = vec![self.newsletter.as_str()];
        if self.issue {
            words.extend([self.title.as_str(), self.folio.as_str()]);
        }
        let words = words.into_iter().filter(|words| !words.is_empty());
        let head = words.collect::<Vec<_>>().join(", ");
        let highlights = self.highlights.iter().map(|(_, text)| text.as_str());
        let mut rest = highlights.collect::<Vec<_>>().join("; ");
        if rest.is_empty() {
            rest.clone_from(&self.description);
        }
        if rest.is_empty() {
            return head;
        }
        format!("{head}: {rest}")
    }
}

/// Whether a title is the newsletter's name and the issue's number over again.
fn says_no_more(title: &str, newsletter: &str, number: Option<u32>) -> bool {
    let number = number.map(|number| number.to_string()).unwrap_or_default();
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|sign: char| !sign.is_alphanumeric());
        let words = words.filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect()
    };
    let known = words(newsletter);
    let new = |word: &String| {
        let usual = matches!(word.as_str(), "issue" | "no" | "number");
        !known.contains(word) && !usual && word.trim_start_matches('0') != number
    };
    !words(title).iter().any(new)
}

/// A picture that was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// PNG.
    pub png: Vec<u8>,
    /// Whether letters were left out that no font has.
    pub lost: bool,
}

/// What draws pictures: fonts and colours.
pub struct Painter {
    faces: Faces,
    colours: Colours,
    /// What of itself is in each picture.
    key: String,
}

impl std::fmt::Debug for Painter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Painter").field(&self.key).finish()
    }
}

impl Painter {
    /// What draws in the colours of a style sheet (`--paper`, `--ink`, `--muted`, `--bar`, `--rule`) and sets `language`.
    /// Of the newsletter's own `fonts` the first is for text and, unless there is a second, for headings; ours are behind
    /// them. Fails with the index of a font that is none.
    pub fn new(style: &str, language: &str, fonts: &[Vec<u8>]) -> Result<Painter, usize> {
        let colours = Colours::of(style);
        let fonts_key: Vec<String> = fonts.iter().map(|font| hashed(font, 12)).collect();
        Ok(Painter {
            faces: Faces::new(fonts, language)?,
            colours,
            key: format!("{LOOK} {colours:?} {fonts_key:?}"),
        })
    }

    /// Stands for all that its pictures share: fonts, colours, how they are set.
    pub fn look(&self) -> &str {
        &self.key
    }

    /// Stands for the picture of a card, in letters and digits: if it is the same, so are the bytes.
    pub fn key(&self, card: &Card) -> String {
        hashed(format!("{} {card:?}", self.key).as_bytes(), 10)
    }

    /// Draws a card.
    pub fn draw(&self, card: &Card) -> Picture {
        let (canvas, lost) = self.canvas(card);
        Picture {
            png: canvas.png(&self.colours),
            lost,
        }
    }

    fn canvas(&self, card: &Card) -> (Canvas, bool) {
        let mut sheet = Sheet {
            faces: &self.faces,
            canvas: Canvas::new(),
            lost: false,
        };
        sheet.canvas.bar((0, WIDTH), (0, 14));
        if card.issue {
            sheet.issue(card);
        } else {
            sheet.newsletter(card);
        }
        (sheet.canvas, sheet.lost)
    }
}

/// Where text begins and ends, in pixels from the left.
const LEFT: f32 = 72.0;
const RIGHT: f32 = 1128.0;
/// Where the texts of highlights begin, beside the names of their sections.
const TEXTS: f32 = 320.0;
/// Nothing stands lower.
const BOTTOM: f32 = 582.0;
/// Least room between two highlights.
const GAP: f32 = 18.0;

/// Longest text that is set, in characters: nobody reads more on a picture.
const LONGEST: usize = 400;

/// A paragraph: its weight and size, the width of its lines, how many there may be, and how far one is from the next.
#[derive(Clone, Copy)]
struct Block {
    weight: Weight,
    size: f32,
    width: f32,
    most: usize,
    leading: f32,
}

/// A picture while it is set.
struct Sheet<'p> {
    faces: &'p Faces,
    canvas: Canvas,
    lost: bool,
}

impl Sheet<'_> {
    /// An issue: name and day in a line, the number large, highlights below a rule.
    fn issue(&mut self, card: &Card) {
        let folio = Block {
            weight: Weight::Regular,
            size: 28.0,
            width: 520.0,
            most: 1,
            leading: 36.0,
        };
        let text = self.drawable(&card.folio, folio.weight);
        let setting = folio.setting(&text);
        let wide = self.faces.width(&text, setting).min(folio.width);
        self.paragraph(&text, folio, (RIGHT - wide, 98.0), Ink::Muted);
        self.mark((LEFT, 68.0), 34.0);
        let name = Block {
            weight: Weight::Bold,
            size: 36.0,
            width: RIGHT - wide - 48.0 - LEFT - 50.0,
            ..folio
        };
        let text = self.drawable(&card.newsletter, name.weight);
        self.paragraph(&text, name, (LEFT + 50.0, 98.0), Ink::Black);

        let rule = self.heading(&card.title, (152.0, &[(100.0, 1), (76.0, 1), (60.0, 2)])) + 36.0;
        self.canvas.rule(
            (LEFT as usize, RIGHT as usize),
            (rule as usize, rule as usize + 2),
        );
        self.highlights(card, rule + 2.0);
    }

    /// The newsletter: its name large, what it is, where it lives.
    fn newsletter(&mut self, card: &Card) {
        self.mark((LEFT, 86.0), 64.0);
        let sizes = [(116.0, 1), (96.0, 1), (84.0, 2), (64.0, 3)];
        let below = self.heading(&card.newsletter, (190.0, &sizes));
        let about = Block {
            weight: Weight::Regular,
            size: 40.0,
            width: RIGHT - LEFT,
            most: 3,
            leading: 54.0,
        };
        let text = self.drawable(&card.description, about.weight);
        self.paragraph(&text, about, (LEFT, below + 78.0), Ink::Black);
        self.canvas
            .rule((LEFT as usize, RIGHT as usize), (532, 534));
        let host = Block {
            size: 28.0,
            most: 1,
            ..about
        };
        let text = self.drawable(&card.folio, host.weight);
        self.paragraph(&text, host, (LEFT, 576.0), Ink::Muted);
    }

    /// Sets what stands large below `top`, in the first of the sizes in which it has room in so many lines; gives the last
    /// base line.
    fn heading(&mut self, text: &str, (top, sizes): (f32, &[(f32, usize)])) -> f32 {
        let text = self.drawable(text, Weight::Bold);
        let block = |(size, most): (f32, usize)| Block {
            weight: Weight::Bold,
            size,
            width: RIGHT - LEFT,
            most,
            leading: size * 1.1,
        };
        let fits = |size: &(f32, usize)| {
            let block = block(*size);
            let wrapped = Wrapped::new(self.faces, &text, block.setting(&text), block.width);
            wrapped.count(block.width) <= block.most
        };
        let size = sizes.iter().find(|size| fits(size)).or(sizes.last());
        let mut block = block(size.copied().unwrap_or((60.0, 2)));
        let wrapped = Wrapped::new(self.faces, &text, block.setting(&text), block.width);
        if wrapped.count(block.width) <= block.most {
            block.width = wrapped.balanced(block.width);
        }
        self.paragraph(&text, block, (LEFT, top + block.size * 0.72), Ink::Black)
    }

    /// The highlights, with their sections beside them; what the newsletter is, if there are none.
    fn highlights(&mut self, card: &Card, top: f32) {
        let mut texts: Vec<(String, String)> = Vec::new();
        for (section, text) in &card.highlights {
            let text = self.drawable(text, Weight::Regular);
            let section = self.faces.drawable(section, Weight::Regular).text;
            texts.extend((!text.is_empty()).then_some((section, text)));
        }
        if texts.is_empty() {
            let about = Block {
                weight: Weight::Regular,
                size: 42.0,
                width: RIGHT - LEFT,
                most: 4,
                leading: 54.0,
            };
            let text = self.drawable(&card.description, about.weight);
            self.paragraph(&text, about, (LEFT, top + 78.0), Ink::Black);
            return;
        }
        let room = BOTTOM - top - 30.0;
        let (block, height) = self.largest(&texts, room);
        let label = Block {
            size: 24.0,
            width: TEXTS - LEFT - 28.0,
            most: 2,
            leading: 29.0,
            ..block
        };
        let gaps = texts.len().saturating_sub(1).max(1) as f32;
        let gap = ((room - height) / gaps).clamp(GAP, 2.0 * GAP);
        let mut base = top + 30.0 + block.size;
        for (section, text) in &texts {
            let ends = self.paragraph(text, block, (TEXTS, base), Ink::Black);
            let under = self.paragraph(section, label, (LEFT, base), Ink::Muted);
            base = ends.max(under) + block.leading + gap;
        }
    }

    /// The largest size in which texts have room below each other, and how high they then are; the smallest cuts them.
    fn largest(&self, texts: &[(String, String)], room: f32) -> (Block, f32) {
        let sizes = [46.0, 42.0, 39.0, 36.0, 34.0, 32.0];
        let block = |size: f32, most: usize| Block {
            weight: Weight::Regular,
            size,
            width: RIGHT - TEXTS,
            most,
            leading: size * 1.25,
        };
        // Three texts of two lines each just fit.
        let most = if texts.len() < HIGHLIGHTS { 3 } else { 2 };
        let gaps = GAP * texts.len().saturating_sub(1) as f32;
        let lines = |block: Block| {
            let lines = texts.iter().map(|(_, text)| {
                Wrapped::new(self.faces, text, block.setting(text), block.width).count(block.width)
            });
            lines.collect::<Vec<usize>>()
        };
        let height = |block: Block, lines: &[usize]| {
            let lines: usize = lines.iter().map(|lines| (*lines).min(block.most)).sum();
            block.leading * lines as f32
        };
        let mut smallest = (block(32.0, most), 0.0);
        for size in sizes {
            let block = block(size, most);
            let lines = lines(block);
            let height = height(block, &lines);
            smallest = (block, height);
            if height + gaps <= room && lines.iter().all(|lines| *lines <= most) {
                break;
            }
        }
        smallest
    }

    fn drawable(&mut self, text: &str, weight: Weight) -> String {
        let short: String = text.chars().take(LONGEST).collect();
        let drawable = self.faces.drawable(&short, weight);
        self.lost |= drawable.lost;
        drawable.text
    }

    /// Sets a paragraph whose first base line begins at `(left, base)`; gives the last base line.
    fn paragraph(&mut self, text: &str, block: Block, (left, base): (f32, f32), ink: Ink) -> f32 {
        let setting = block.setting(text);
        let wrapped = Wrapped::new(self.faces, text, setting, block.width);
        let mut at = base;
        for (number, line) in wrapped.lines(block.width, block.most).iter().enumerate() {
            at = base + block.leading * number as f32;
            let indent = match setting.rtl {
                true => block.width - self.faces.width(line, setting),
                false => 0.0,
            };
            let shapes = self.faces.outlines(line, setting, (left + indent, at));
            let rows = (at - block.size * 1.4, at + block.size * 0.7);
            self.canvas.print(&shapes, ink, rows);
        }
        at
    }

    /// The registration mark before the newsletter's name, as the pages have it.
    fn mark(&mut self, (left, top): (f32, f32), side: f32) {
        let (x, y, thin) = (left + side / 2.0, top + side / 2.0, side * 0.07);
        let mut circle: Vec<Command> = Vec::new();
        circle.add_circle((x, y), side * 0.41);
        let mut shapes: Vec<Command> = Vec::new();
        zeno::apply(&circle, Stroke::new(side * 0.09), None, &mut shapes);
        shapes.add_circle((x, y), side * 0.17);
        shapes.add_rect((left, y - thin / 2.0), side, thin);
        shapes.add_rect((x - thin / 2.0, top), thin, side);
        self.canvas
            .print(&shapes, Ink::Spot, (top - 2.0, top + side + 2.0));
    }
}

impl Block {
    fn setting(&self, text: &str) -> Setting {
        Setting {
            weight: self.weight,
            size: self.size,
            rtl: unicode_bidi::get_base_direction(text) == unicode_bidi::Direction::Rtl,
        }
    }
}

#[cfg(test)]
mod tests;
