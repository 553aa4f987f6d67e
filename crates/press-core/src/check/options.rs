//! What a newsletter sets for single rules. There is little of it: a rule that needs to be told much is no good rule.

/// Settings of rules; [`Options::default`] has those that hold for everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Words that are right however they look, in small letters.
    pub words: Vec<String>,
    /// In how many of the last issues `already-linked` looks for a page; none for all of them.
    pub already_linked_issues: Option<usize>,
    /// How many days the window of events may have.
    pub event_window_days: u16,
    /// Hosts that show nothing but videos, and those of recordings, besides the well-known ones.
    pub video_hosts: Vec<String>,
    /// See [`Options::video_hosts`].
    pub audio_hosts: Vec<String>,
    /// Parameters of addresses that are not taken for tracking.
    pub kept_parameters: Vec<String>,
    /// From how many characters on a title that ends in dots counts as cut off.
    pub truncated_title_characters: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            words: Vec::new(),
            already_linked_issues: None,
            event_window_days: 100,
            video_hosts: Vec::new(),
            audio_hosts: Vec::new(),
            kept_parameters: Vec::new(),
            truncated_title_characters: 45,
        }
    }
}

impl Options {
    /// Whether a word was called right.
    pub fn is_right(&self, word: &str) -> bool {
        !self.words.is_empty() && self.words.contains(&word.to_lowercase())
    }
}
