//! Fonts: which signs they have, and how a line of text becomes outlines. Ours has Latin, Greek and Cyrillic letters; for
//! other scripts a newsletter names fonts of its own.

use harfrust::font::glyph::outline::{DrawMemory, DrawOptions, PathElement};
use harfrust::{
    Buffer, Direction, Font, GlyphId, Language, Script, ShapeOptions, ShapePlan, ShaperFont, shape,
};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use unicode_bidi::{BidiInfo, Level};
use unicode_segmentation::UnicodeSegmentation;
use zeno::{Command, Point};

const REGULAR: &[u8] = include_bytes!("fonts/pressroom-serif-regular.otf");
const BOLD: &[u8] = include_bytes!("fonts/pressroom-serif-bold.otf");

/// Characters that one sign may be made of; more are piled up to disturb.
const PILE: usize = 8;

/// Makes an emoji of a digit.
const KEYCAP: char = '\u{20e3}';

/// How heavy letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// How a line is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) weight: Weight,
    /// Pixels to the em.
    pub(super) size: f32,
    /// Whether its paragraph runs from right to left.
    pub(super) rtl: bool,
}

/// The fonts of one weight, in the order in which they are asked for a sign.
struct Family(Vec<Font>);

/// All fonts.
pub(super) struct Faces {
    regular: Family,
    bold: Family,
    language: Option<Language>,
    /// How each font sets each script; working that out takes longer than setting a word.
    plans: Mutex<HashMap<Plan, Arc<ShapePlan>>>,
}

/// Weight, font, script, and whether it runs from right to left.
type Plan = (Weight, usize, Option<Script>, bool);

/// What can be drawn of a text.
pub(super) struct Drawable {
    pub(super) text: String,
    /// Whether letters had to be left out.
    pub(super) lost: bool,
}

impl Faces {
    /// Our fonts behind those of the newsletter: the first of its own is for text and, unless there is a second one, for
    /// headings. The index of the one that cannot be read otherwise.
    pub(super) fn new(own: &[Vec<u8>], language: &str) -> Result<Faces, usize> {
        let mut fonts = Vec::new();
        for (at, bytes) in own.iter().enumerate() {
            let font = Font::new(bytes.clone(), 0).filter(|font| !font.outline_glyphs().is_empty());
            fonts.push(font.filter(|font| font.units_per_em() > 0).ok_or(at)?);
        }
        let family = |own: Option<&Font>, weight: f32, ours: &'static [u8]| {
            let heavy = |font: &Font| {
                let instance = font.instance_builder();
                instance.variations([("wght", weight)]).build()
            };
            Family(
                own.map(heavy)
                    .into_iter()
                    .chain(Font::new(ours, 0))
                    .collect(),
            )
        };
        Ok(Faces {
            regular: family(fonts.first(), 400.0, REGULAR),
            bold: family(fonts.get(1).or(fonts.first()), 700.0, BOLD),
            language: language.parse().ok(),
            plans: Mutex::default(),
        })
    }

    fn family(&self, weight: Weight) -> &[Font] {
        match weight {
            Weight::Regular => &self.regular.0,
            Weight::Bold => &self.bold.0,
        }
    }

    /// A text without the signs that no font has: emoji, letters of other scripts.
    pub(super) fn drawable(&self, text: &str, weight: Weight) -> Drawable {
        let mut kept = String::with_capacity(text.len());
        let mut lost = false;
        for sign in crate::text::plain_line(text).graphemes(true) {
            if sign.chars().count() <= PILE && self.font_of(sign, weight).is_some() {
                kept.push_str(sign);
            } else {
                kept.push(' ');
                lost |= sign.chars().any(is_letter) && !sign.contains(KEYCAP);
            }
        }
        Drawable {
            text: crate::text::collapsed(&kept),
            lost,
        }
    }

    /// The first font that has all of a sign.
    fn font_of(&self, sign: &str, weight: Weight) -> Option<usize> {
        self.family(weight).iter().position(|font| {
            let map = font.charmap();
            let has = |one: char| is_guiding(one) || map.map_unicode(one).is_some();
            sign.chars().all(has)
        })
    }

    /// How wide a text is, in pixels.
    pub(super) fn width(&self, text: &str, setting: Setting) -> f32 {
        self.set(text, setting, |_, _, _, _| {})
    }

    /// The outlines of a line that begins at `(x, y)`, the left end of its base line.
    pub(super) fn outlines(
        &self,
        text: &str,
        setting: Setting,
        (x, y): (f32, f32),
    ) -> Vec<Command> {
        let mut commands = Vec::new();
        let mut outline: Vec<PathElement> = Vec::new();
        self.set(text, setting, |font, glyph, right, up| {
            outline.clear();
            if let Some(glyph) = font.outline_glyphs().get(glyph) {
                let options = DrawOptions::new().with_ppem(Some(setting.size));
                // A glyph that is broken is left out, as if it were empty.
                let _ = glyph.draw(&options, DrawMemory::Scratch, &mut outline);
            }
            commands.extend(placed(&outline, (x + right, y - up)));
        });
        commands
    }

    /// Sets a line from left to right; tells of each glyph and its place, and gives the width of all.
    fn set(
        &self,
        text: &str,
        setting: Setting,
        mut tell: impl FnMut(&Font, GlyphId, f32, f32),
    ) -> f32 {
        let base = if setting.rtl {
            Level::rtl()
        } else {
            Level::ltr()
        };
        let bidi = BidiInfo::new(text, Some(base));
        let Some(paragraph) = bidi.paragraphs.first() else {
            return 0.0;
        };
        let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
        let mut x = 0.0;
        for run in runs {
            let level = levels[run.start];
            let mut pieces = self.pieces(text, run, setting.weight);
            if level.is_rtl() {
                pieces.reverse();
            }
            for piece in pieces {
                let font = &self.family(setting.weight)[piece.font];
                let scale = setting.size / f32::from(font.units_per_em());
                let buffer = self.shaped(text, &piece, setting.weight, level);
                for (glyph, place) in buffer.glyph_infos().iter().zip(buffer.glyph_positions()) {
                    let (right, up) = (place.x_offset as f32, place.y_offset as f32);
                    let glyph = GlyphId::new(glyph.glyph_id);
                    tell(font, glyph, x + right * scale, up * scale);
                    x += place.x_advance as f32 * scale;
                }
            }
        }
        x
    }

    fn shaped(&self, text: &str, piece: &Piece, weight: Weight, level: Level) -> Buffer {
        let font = &self.family(weight)[piece.font];
        let direction = match level.is_rtl() {
            true => Direction::RightToLeft,
            false => Direction::LeftToRight,
        };
        let key = (weight, piece.font, piece.script, level.is_rtl());
        let plan = || {
            let language = self.language.as_ref();
            Arc::new(ShapePlan::new(font, direction, piece.script, language, &[]))
        };
        let plan = match self.plans.lock() {
            Ok(mut plans) => Arc::clone(plans.entry(key).or_insert_with(plan)),
            Err(_) => plan(),
        };
        let mut buffer = Buffer::new();
        buffer.push_str(&text[piece.range.clone()]);
        buffer.set_direction(direction);
        buffer.set_script(piece.script);
        buffer.set_language(self.language.clone());
        let options = ShapeOptions::new().plan(Some(&plan));
        if shape(&ShaperFont::new(font), &mut buffer, options).is_err() {
            buffer.clear();
        }
        buffer
    }

    /// Parts of a run that are set with one font and in one script.
    fn pieces(&self, text: &str, run: Range<usize>, weight: Weight) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        for (at, sign) in text[run.clone()].grapheme_indices(true) {
            let range = run.start + at..run.start + at + sign.len();
            let Some(font) = self.font_of(sign, weight) else {
                continue;
            };
            let script = sign.chars().find_map(script);
            match pieces.last_mut() {
                Some(last) if last.takes(font, script, range.start) => {
                    last.range.end = range.end;
                    last.script = last.script.or(script);
                }
                _ => pieces.push(Piece {
                    range,
                    font,
                    script,
                }),
            }
        }
        pieces
    }
}

/// A part of a line that is set at once.
struct Piece {
    range: Range<usize>,
    font: usize,
    script: Option<Script>,
}

impl Piece {
    fn takes(&self, font: usize, script: Option<Script>, at: usize) -> bool {
        let alike = script.is_none() || self.script.is_none() || self.script == script;
        self.font == font && self.range.end == at && alike
    }
}

/// The script of a letter; nothing for what all scripts share.
fn script(sign: char) -> Option<Script> {
    let script = harfrust::unicode::script(u32::from(sign));
    let shared = [Script::COMMON, Script::INHERITED, Script::UNKNOWN];
    (!shared.contains(&script)).then_some(script)
}

/// Signs that shape others and are not drawn themselves: joiners, and those that choose a form.
fn is_guiding(sign: char) -> bool {
    matches!(sign, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Letters and digits, those in little boxes and circles among the emoji left aside.
fn is_letter(sign: char) -> bool {
    sign.is_alphanumeric() && !matches!(sign, '\u{1f000}'..='\u{1faff}')
}

/// Farther out nothing is drawn.
const FAR: f32 = 10_000.0;

/// Takes an outline, which grows upwards, to its place on the picture, which grows downwards.
fn placed(outline: &[PathElement], (right, down): (f32, f32)) -> impl Iterator<Item = Command> {
    let near = |way: f32| match way.is_finite() {
        true => way.clamp(-FAR, FAR),
        false => 0.0,
    };
    let at = move |x: f32, y: f32| Point::new(near(right + x), near(down - y));
    outline.iter().map(move |element| match *element {
        PathElement::MoveTo { x, y } => Command::MoveTo(at(x, y)),
        PathElement::LineTo { x, y } => Command::LineTo(at(x, y)),
        PathElement::QuadTo { cx0, cy0, x, y } => Command::QuadTo(at(cx0, cy0), at(x, y)),
        PathElement::CurveTo {
            cx0,
            cy0,
            cx1,
            cy1,
            x,
            y,
        } => Command::CurveTo(at(cx0, cy0), at(cx1, cy1), at(x, y)),
        PathElement::Close => Command::Close,
    })
}
