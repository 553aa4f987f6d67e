//! Findings as an editor shows them.

use super::client::Abilities;
use super::newsletters::Judged;
use super::text::{Encoding, Text};
use crate::error::Error;
use gen_lsp_types::{
    Code, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, Message,
    Position, Range, Uri,
};
use press_core::diagnostic::{Diagnostic as Finding, Level, Related};
use press_core::span::Span;
use std::path::Path;

/// Most findings of one text that are shown: nobody reads more, and counting columns costs time.
const SHOWN: usize = 1_000;

/// All findings of a text.
pub(super) fn diagnostics(judged: &Judged, can: &Abilities) -> Vec<Diagnostic> {
    let findings = judged.findings.iter().take(SHOWN);
    findings
        .map(|finding| diagnostic(judged, finding, can))
        .collect()
}

/// One finding.
pub(super) fn diagnostic(judged: &Judged, finding: &Finding, can: &Abilities) -> Diagnostic {
    let mut message = finding.message.clone();
    if let Some(help) = &finding.help {
        message.push_str(&format!("\nhelp: {help}"));
    }
    let mut places = Vec::new();
    for related in &finding.related {
        match place(judged, related).filter(|_| can.related) {
            Some(location) => {
                let message = related.message.clone();
                places.push(DiagnosticRelatedInformation::new(location, message));
            }
            None => message.push_str(&format!("\n{}", in_words(judged, related))),
        }
    }
    Diagnostic {
        severity: Some(match finding.level {
            Level::Deny => DiagnosticSeverity::Error,
            Level::Warn | Level::Allow => DiagnosticSeverity::Warning,
        }),
        code: Some(Code::String(finding.rule.to_owned())),
        related_information: (!places.is_empty()).then_some(places),
        ..plain(judged.asked.text.range(finding.span), message)
    }
}

fn plain(range: Range, message: String) -> Diagnostic {
    Diagnostic {
        range,
        severity: Some(DiagnosticSeverity::Error),
        source: Some("press".to_owned()),
        message: Message::String(message),
        code: None,
        code_description: None,
        tags: None,
        related_information: None,
        data: None,
    }
}

/// The address of a line in a file that findings name.
pub(super) fn line_in(judged: &Judged, path: &Path, line: usize) -> Option<Location> {
    let path = judged.checker.config.folder.join(path);
    let uri = Uri::from_file_path(path).ok()?;
    let line = u32::try_from(line.saturating_sub(1)).unwrap_or(u32::MAX);
    let start = Position::new(line, 0);
    Some(Location::new(uri, Range::new(start, start)))
}

fn place(judged: &Judged, related: &Related) -> Option<Location> {
    match (&related.path, related.span) {
        (Some(path), _) => line_in(judged, path.as_ref(), related.line),
        (None, Some(span)) => Some(Location::new(
            judged.asked.uri.clone(),
            judged.asked.text.range(span),
        )),
        (None, None) => None,
    }
}

fn in_words(judged: &Judged, related: &Related) -> String {
    match (&related.path, related.span) {
        (Some(path), _) => {
            let name = Path::new(path).file_name().unwrap_or_default();
            let name = name.to_string_lossy();
            format!("{name}:{}: {}", related.line, related.message)
        }
        (None, Some(span)) => {
            let line = judged.asked.text.position(span.start).line + 1;
            format!("line {line}: {}", related.message)
        }
        (None, None) => related.message.clone(),
    }
}

/// What is wrong with a configuration, at its places.
pub(super) fn of_config(error: &Error, encoding: Encoding) -> Vec<Diagnostic> {
    let at = |place: &crate::error::Place| {
        let (source, range, message) = place.parts();
        let text = Text::new(source.to_owned(), encoding);
        let end = range.end.min(source.len());
        plain(text.range(Span::new(range.start.min(end), end)), message)
    };
    let found: Vec<Diagnostic> = error.places().iter().map(at).collect();
    if found.is_empty() {
        return vec![plain(Range::default(), error.message())];
    }
    found
}
