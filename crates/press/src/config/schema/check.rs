//! `[check]` of `press.toml`: what is judged how.

use press_core::diagnostic::Level;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// How texts are judged.
///
/// ```toml
/// [check]
/// levels = { list-marker = "allow", duplicate-link = "deny" }
/// words = ["Christiaan", "manpage"]
/// already-linked-issues = 104
/// event-window-days = 35
/// media-mark-video = ["talks.tern.example"]
/// media-mark-audio = ["radio.tern.example"]
/// tracking-parameters-kept = ["ref"]
/// truncated-title-characters = 60
/// ```
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(in crate::config) struct Check {
    /// How serious findings of a rule are: `allow` (not reported), `warn` (reported) or `deny` (must not go out).
    ///
    /// Default: each rule's own, as `press explain` shows it
    pub(in crate::config) levels: BTreeMap<Spanned<String>, Level>,
    /// Words that are right however they look, such as names: rules about spelling leave them alone.
    ///
    /// Default: `[]`
    pub(in crate::config) words: Vec<String>,
    /// In how many of the last issues the rule `already-linked` looks for a page.
    ///
    /// Default: all of them
    pub(in crate::config) already_linked_issues: Option<usize>,
    /// How many days the window of events may have before `event-window` doubts it.
    ///
    /// Default: `100`
    pub(in crate::config) event_window_days: Option<Spanned<u16>>,
    /// Hosts that show nothing but videos, besides those that `media-mark` knows.
    ///
    /// Default: `[]`
    pub(in crate::config) media_mark_video: Vec<Spanned<String>>,
    /// The same for hosts of recordings.
    ///
    /// Default: `[]`
    pub(in crate::config) media_mark_audio: Vec<Spanned<String>>,
    /// Parameters of addresses that `tracking-parameters` leaves where they are.
    ///
    /// Default: `[]`
    pub(in crate::config) tracking_parameters_kept: Vec<String>,
    /// From how many characters on a title that ends in dots is one that `truncated-title` calls cut off.
    ///
    /// Default: `45`
    pub(in crate::config) truncated_title_characters: Option<usize>,
}
