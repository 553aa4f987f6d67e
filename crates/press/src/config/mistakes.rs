//! Mistakes in `press.toml`: collected with their places, and said with what was probably meant.

use super::Loader;
use crate::error::{Error, Place, did_you_mean};
use press_core::render::address;
use std::path::Path;
use toml::Spanned;

/// A mistake that the TOML parser found, with the name that was probably meant.
pub(super) fn explain(path: &Path, text: &str, error: &toml::de::Error) -> Error {
    let place = explain_place(path, text, error, &(0..0));
    Error::new(format!("{} cannot be used", path.display())).at(place)
}

/// Where it stands, or else at `around`.
pub(super) fn explain_place(
    path: &Path,
    text: &str,
    error: &toml::de::Error,
    around: &std::ops::Range<usize>,
) -> Place {
    let message = error.message().to_owned();
    let span = error.span().unwrap_or_else(|| around.clone());
    let place = Place::new(path, text, span, message.clone());
    let mut names = message.split('`').skip(1).step_by(2);
    let Some(wrong) = names.next() else {
        return place;
    };
    let known: Vec<&str> = names.collect();
    match did_you_mean(wrong, known.iter().copied()) {
        Some(meant) => place.help(format!("did you mean `{meant}`?")),
        None => place,
    }
}

impl Loader<'_> {
    pub(super) fn mistake<T>(&mut self, at: &Spanned<T>, message: impl Into<String>) {
        self.mistakes
            .push(Place::new(self.path, self.text, at.span(), message));
    }

    pub(super) fn mistake_with_help<T>(
        &mut self,
        at: &Spanned<T>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.mistakes
            .push(Place::new(self.path, self.text, at.span(), message).help(help));
    }

    /// The name of a table that may go by its kind; no other of the `known` ones, which are called `what`, has it.
    pub(super) fn name_among(
        &mut self,
        own: Option<&Spanned<String>>,
        kind: &Spanned<&str>,
        (what, known): (&str, &[&str]),
    ) -> String {
        let name = own.map_or(*kind.get_ref(), |name| name.get_ref());
        let plain = |sign: char| matches!(sign, 'a'..='z' | '0'..='9' | '-');
        let good = !name.is_empty() && name.len() <= 40 && name.chars().all(plain);
        if let Some(own) = own.filter(|_| !good || name.starts_with('-')) {
            let message = "a name has small letters, digits and hyphens, at most 40";
            self.mistake(own, message);
        }
        if known.contains(&name) {
            let message = format!("two {what} have the name `{name}`");
            let help = "give each a `name` of its own";
            match own {
                Some(own) => self.mistake_with_help(own, message, help),
                None => self.mistake_with_help(kind, message, help),
            }
        }
        name.to_owned()
    }

    pub(super) fn placeholders(&mut self, pattern: &Spanned<String>, allowed: &[&str]) {
        let Some(unknown) = address::unknown_placeholder(pattern.get_ref(), allowed) else {
            return;
        };
        let message = format!("nothing fills `{{{unknown}}}` here");
        let help = match did_you_mean(unknown, allowed.iter().copied()) {
            Some(meant) => format!("did you mean `{{{meant}}}`?"),
            None if allowed.is_empty() => "this address has no placeholders".to_owned(),
            None => format!("placeholders here: {}", allowed.join(", ")),
        };
        self.mistake_with_help(pattern, message, help);
    }
}
