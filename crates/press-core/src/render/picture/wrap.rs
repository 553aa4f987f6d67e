//! Texts in lines of a given width: broken where Unicode allows it (UAX #14), within a word only if the word is longer
//! than a line, and with an ellipsis where not all of it has room.

use super::face::{Faces, Setting};
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// A part of a text behind which a line may end.
struct Part<'t> {
    text: &'t str,
    /// Its width with the blanks behind it, and without.
    whole: f32,
    bare: f32,
}

/// A text that waits for its lines.
pub(super) struct Wrapped<'t> {
    faces: &'t Faces,
    setting: Setting,
    /// How wide one is.
    blank: f32,
    parts: Vec<Part<'t>>,
}

impl<'t> Wrapped<'t> {
    /// Cuts a text into parts, none of which is wider than `width` pixels.
    pub(super) fn new(faces: &'t Faces, text: &'t str, setting: Setting, width: f32) -> Self {
        let mut wrapped = Wrapped {
            faces,
            setting,
            blank: faces.width(" ", setting),
            parts: Vec::new(),
        };
        let mut start = 0;
        for (end, _) in unicode_linebreak::linebreaks(text) {
            wrapped.add(&text[start..end], width);
            start = end;
        }
        wrapped
    }

    fn add(&mut self, text: &'t str, width: f32) {
        let part = self.part(text);
        if part.bare <= width {
            self.parts.push(part);
            return;
        }
        let mut start = 0;
        for (end, sign) in text.grapheme_indices(true) {
            if end > start && self.part(&text[start..end + sign.len()]).bare > width {
                self.parts.push(self.part(&text[start..end]));
                start = end;
            }
        }
        self.parts.push(self.part(&text[start..]));
    }

    fn part(&self, text: &'t str) -> Part<'t> {
        let bare = self.faces.width(text.trim_end(), self.setting);
        let blanks = text.len() - text.trim_end().len();
        Part {
            text,
            whole: bare + self.blank * blanks as f32,
            bare,
        }
    }

    /// How many lines the whole text needs.
    pub(super) fn count(&self, width: f32) -> usize {
        self.broken(width).len()
    }

    /// The smallest width at which the text needs no more lines than at this one, so that they are about as long as
    /// each other.
    pub(super) fn balanced(&self, width: f32) -> f32 {
        let lines = self.count(width);
        let (mut low, mut high) = (width / lines.max(1) as f32, width);
        while high - low > 8.0 {
            let middle = f32::midpoint(low, high);
            let narrower = self.parts.iter().any(|part| part.bare > middle);
            if narrower || self.count(middle) > lines {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    /// The text in at most so many lines; the last ends with an ellipsis if there is more.
    pub(super) fn lines(&self, width: f32, most: usize) -> Vec<String> {
        let broken = self.broken(width);
        let text = |parts: &Range<usize>| {
            let texts = self.parts[parts.clone()].iter().map(|part| part.text);
            texts.collect::<String>().trim_end().to_owned()
        };
        let mut lines: Vec<String> = broken.iter().take(most).map(text).collect();
        if broken.len() > most
            && let Some(last) = lines.last_mut()
        {
            *last = self.cut(last, width);
        }
        lines
    }

    /// The parts of each line.
    fn broken(&self, width: f32) -> Vec<Range<usize>> {
        let mut lines: Vec<Range<usize>> = Vec::new();
        let mut room = 0.0;
        for (at, part) in self.parts.iter().enumerate() {
            match lines.last_mut() {
                Some(line) if part.bare <= room => {
                    line.end = at + 1;
                    room -= part.whole;
                }
                _ => {
                    lines.push(at..at + 1);
                    room = width - part.whole;
                }
            }
        }
        lines
    }

    /// The beginning of a line for which an ellipsis leaves room: whole words, unless there is only one.
    fn cut(&self, line: &str, width: f32) -> String {
        let mut ends: Vec<usize> = line.match_indices(' ').map(|(at, _)| at).collect();
        if ends.is_empty() {
            ends = line.grapheme_indices(true).map(|(at, _)| at).collect();
        }
        ends.push(line.len());
        let with = |end: &usize| {
            let kept = line[..*end].trim_end_matches([' ', ',', ';', ':', '.', '…', '-', '–', '—']);
            format!("{kept}…")
        };
        let texts = ends.iter().rev().map(with);
        let mut fitting = texts.filter(|text| self.faces.width(text, self.setting) <= width);
        fitting.next().unwrap_or_else(|| "…".to_owned())
    }
}
