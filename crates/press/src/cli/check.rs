//! `press check` and `press explain`

use super::{Global, Next, terminal};
use crate::error::{Error, Result, did_you_mean};
use crate::pipeline::check::{Checked, Fixes, check};
use annotate_snippets::{AnnotationKind, Level as Title, Patch, Renderer, Snippet};
use press_core::check::rules::RULES;
use press_core::diagnostic::{Diagnostic, Level};
use press_core::span::LineIndex;
use serde_json::json;
use std::io::IsTerminal;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files to judge; without any the newest draft
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Apply the fixes that are surely right
    #[arg(long)]
    fix: bool,
    /// Apply also those that are probably right
    #[arg(long)]
    unsafe_fixes: bool,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: one object a line
    Json,
}

#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// The rule's name; without it all rules are listed
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Next> {
    let config = global.load()?;
    let fixes = match (arguments.fix, arguments.unsafe_fixes) {
        (_, true) => Fixes::All,
        (true, false) => Fixes::Safe,
        (false, false) => Fixes::None,
    };
    let checked = check(&config, &arguments.paths, fixes)?;
    for file in checked.iter().filter(|file| file.fixed) {
        terminal::tell(&format!("{}: fixed", file.path.display()));
    }
    let mut denied = 0;
    let mut warned = 0;
    for file in &checked {
        let level = |level| {
            file.report
                .findings
                .iter()
                .filter(|finding| finding.level == level)
                .count()
        };
        denied += level(Level::Deny);
        warned += level(Level::Warn);
        match arguments.format {
            Format::Json => json_lines(file),
            Format::Text => text(file),
        }
    }
    if matches!(arguments.format, Format::Text) {
        let unchecked = checked
            .iter()
            .flat_map(|file| &file.report.not_checked)
            .next();
        if let Some((_, fact)) = unchecked {
            terminal::tell(&format!(
                "note: rules that compare with {fact} did not check: there is none"
            ));
        }
        terminal::tell(&format!(
            "{} checked: {denied} to mend, {warned} to look at",
            plural(checked.len(), "text")
        ));
    }
    Ok(if denied > 0 { Next::Denied } else { Next::Done })
}

fn plural(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}

/// One object a line, as the guide describes it.
fn json_lines(file: &Checked) {
    let lines = LineIndex::new(&file.text);
    let path = file.path.display().to_string();
    for finding in &file.report.findings {
        let (line, column) = lines.line_column(&file.text, finding.span.start);
        let (end_line, end_column) = lines.line_column(&file.text, finding.span.end);
        let edit = |edit: &press_core::diagnostic::Edit| json!({ "start": edit.span.start, "end": edit.span.end, "text": edit.text });
        let fix = finding.fix.as_ref().map(|fix| {
            json!({ "safe": fix.safe, "edits": fix.edits.iter().map(edit).collect::<Vec<_>>() })
        });
        let related = finding.related.iter().map(|related| {
            let (from, to) = match related.span {
                Some(span) => (lines.line(span.start), lines.line(span.end)),
                None => (related.line, related.line),
            };
            let path = related.path.as_deref().unwrap_or(&path);
            json!({ "path": path, "line": from, "end_line": to, "message": related.message })
        });
        let object = json!({
            "path": path, "line": line, "column": column, "end_line": end_line, "end_column": end_column,
            "rule": finding.rule, "level": finding.level, "message": finding.message, "fix": fix,
            "related": related.collect::<Vec<_>>(),
        });
        terminal::result(&object.to_string());
    }
}

fn text(file: &Checked) {
    let styled = std::io::stdout().is_terminal();
    let renderer = if styled {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let path = file.path.display().to_string();
    for finding in &file.report.findings {
        terminal::result(&format!(
            "{}\n",
            render(&renderer, finding, &path, &file.text)
        ));
    }
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

pub(super) fn explain(arguments: &Explain) -> Result<()> {
    let Some(name) = &arguments.rule else {
        let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        terminal::result(&names.join("\n"));
        return Ok(());
    };
    let names = RULES.iter().map(|rule| rule.name);
    let Some(rule) = RULES.iter().find(|rule| rule.name == name) else {
        let error = Error::new(format!("there is no rule `{name}`"));
        return Err(match did_you_mean(name, names) {
            Some(meant) => error.help(format!("did you mean `{meant}`?")),
            None => error.help("`press explain` lists all rules"),
        });
    };
    terminal::result(rule.page.trim_end());
    Ok(())
}
