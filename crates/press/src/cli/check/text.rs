//! Findings for people: like a good compiler's.

use crate::pipeline::check::Checked;
use annotate_snippets::{AnnotationKind, Level as Title, Patch, Renderer, Snippet};
use press_core::diagnostic::{Diagnostic, Level};
use std::io::IsTerminal;

pub(super) fn written(file: &Checked) -> String {
    let mut written = String::new();
    let styled = std::io::stdout().is_terminal();
    let renderer = if styled {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let path = file.path.display().to_string();
    for finding in &file.report.findings {
        written.push_str(&render(&renderer, finding, &path, &file.text));
        written.push_str("\n\n");
    }
    written
}

/// A finding like a compiler's: place, reason, other places, help, the fix as a diff.
fn render(renderer: &Renderer, finding: &Diagnostic, path: &str, text: &str) -> String {
    let title = match finding.level {
        Level::Deny => Title::ERROR,
        _ => Title::WARNING,
    };
    let mut snippet = Snippet::source(text).path(path);
    snippet =
        snippet.annotation(AnnotationKind::Primary.span(finding.span.start..finding.span.end));
    for related in &finding.related {
        if let Some(span) = related.span {
            let label = related.message.as_str();
            snippet = snippet.annotation(
                AnnotationKind::Context
                    .span(span.start..span.end)
                    .label(label),
            );
        }
    }
    let mut group = title
        .primary_title(finding.message.as_str())
        .id(finding.rule)
        .element(snippet);
    let elsewhere = finding.related.iter().filter_map(|related| {
        related
            .path
            .as_ref()
            .map(|path| format!("{path}:{}: {}", related.line, related.message))
    });
    for place in elsewhere {
        group = group.element(Title::NOTE.message(place));
    }
    if let Some(help) = &finding.help {
        group = group.element(Title::HELP.message(help.as_str()));
    }
    let mut groups = vec![group];
    if let Some(fix) = &finding.fix {
        let name = if fix.safe {
            "this settles it"
        } else {
            "this may settle it"
        };
        let patches = fix
            .edits
            .iter()
            .map(|edit| Patch::new(edit.span.start..edit.span.end, edit.text.as_str()));
        groups.push(
            Title::HELP
                .secondary_title(name)
                .element(Snippet::source(text).path(path).patches(patches)),
        );
    }
    renderer.render(&groups)
}
