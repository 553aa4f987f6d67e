//! Findings: what the program has to say about a text, with the place and, where it knows one, the fix.
//!
//! Plain data. How findings look on a terminal or in an editor is decided by those who print them.

use crate::span::Span;
use serde::{Deserialize, Serialize};

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not reported.
    Allow,
    /// Reported; nothing is held up.
    Warn,
    /// Reported; the issue must not go out like this.
    Deny,
}

/// One replacement of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// What is replaced; an empty span inserts.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// A change that would settle a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// Whether it can be applied without somebody looking at it.
    pub safe: bool,
    /// The edits, in order, not overlapping.
    pub edits: Vec<Edit>,
}

/// Another place that a finding is about: in the same text, or in an earlier issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Related {
    /// The other file; none for the same text.
    pub path: Option<String>,
    /// The place in the same text.
    pub span: Option<Span>,
    /// The 1-based line in the other file.
    pub line: usize,
    /// What is there.
    pub message: String,
}

/// One finding about a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The rule's name, as in `press.toml` and in allow comments.
    pub rule: &'static str,
    /// How serious it is.
    pub level: Level,
    /// Where.
    pub span: Span,
    /// What is wrong, as a sentence without full stop.
    pub message: String,
    /// What a person can do about it.
    pub help: Option<String>,
    /// The change that would settle it.
    pub fix: Option<Fix>,
    /// Other places it is about.
    pub related: Vec<Related>,
}

impl Diagnostic {
    /// A finding without help or fix.
    pub fn new(
        rule: &'static str,
        level: Level,
        span: impl Into<Span>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            rule,
            level,
            span: span.into(),
            message: message.into(),
            help: None,
            fix: None,
            related: Vec::new(),
        }
    }

    /// Adds what a person can do about it.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a replacement of one span that would settle it.
    pub fn with_edit(self, safe: bool, span: Span, text: impl Into<String>) -> Self {
        let edits = vec![Edit {
            span,
            text: text.into(),
        }];
        self.with_fix(Fix { safe, edits })
    }

    /// Adds another place of the same text.
    pub fn with_place(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Related {
            path: None,
            span: Some(span),
            line: 0,
            message: message.into(),
        });
        self
    }

    /// Adds a place in another file.
    pub fn with_elsewhere(mut self, path: &str, line: usize, message: impl Into<String>) -> Self {
        let path = Some(path.to_owned());
        self.related.push(Related {
            path,
            span: None,
            line,
            message: message.into(),
        });
        self
    }

    /// Adds the change that would settle it.
    pub fn with_fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }
}
