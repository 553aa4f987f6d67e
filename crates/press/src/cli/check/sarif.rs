//! Findings as SARIF 2.1.0 (OASIS), which code-scanning services read.

use crate::cli::terminal;
use crate::pipeline::check::Checked;
use press_core::check::rules;
use press_core::diagnostic::{Diagnostic, Edit, Level};
use press_core::span::{LineIndex, Span};
use serde_json::{Value, json};

pub(super) fn print(checked: &[Checked]) {
    let rules = rules::all().map(|rule| {
        json!({
            "id": rule.name,
            "defaultConfiguration": { "level": level(rule.level) },
            "fullDescription": { "text": first_paragraph(rule.page) },
            "help": { "text": rule.page, "markdown": rule.page },
        })
    });
    let rules: Vec<Value> = rules.collect();
    let results: Vec<Value> = checked.iter().flat_map(results).collect();
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "press", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    terminal::result(&log.to_string());
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Deny => "error",
        Level::Warn => "warning",
        Level::Allow => "none",
    }
}

/// What a rule's page says first, below its name.
fn first_paragraph(page: &str) -> String {
    let paragraph = page.split("\n\n").nth(1).unwrap_or_default();
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn results(file: &Checked) -> Vec<Value> {
    let lines = LineIndex::new(&file.text);
    let place = Place {
        file,
        lines: &lines,
    };
    file.report
        .findings
        .iter()
        .map(|finding| place.result(finding))
        .collect()
}

struct Place<'f> {
    file: &'f Checked,
    lines: &'f LineIndex,
}

impl Place<'_> {
    fn result(&self, finding: &Diagnostic) -> Value {
        let mut result = json!({
            "ruleId": finding.rule,
            "level": level(finding.level),
            "message": { "text": finding.message },
            "locations": [self.location(finding.span)],
        });
        let related: Vec<Value> = finding
            .related
            .iter()
            .filter_map(|related| {
                let mut location = self.location(related.span?);
                location["message"] = json!({ "text": related.message });
                Some(location)
            })
            .collect();
        if !related.is_empty() {
            result["relatedLocations"] = related.into();
        }
        if let Some(fix) = &finding.fix {
            let replacements: Vec<Value> = fix
                .edits
                .iter()
                .map(|edit| self.replacement(edit))
                .collect();
            result["fixes"] = json!([{
                "artifactChanges": [{ "artifactLocation": self.artifact(), "replacements": replacements }]
            }]);
        }
        result
    }

    fn location(&self, span: Span) -> Value {
        json!({ "physicalLocation": { "artifactLocation": self.artifact(), "region": self.region(span) } })
    }

    fn artifact(&self) -> Value {
        let path = self.file.path.display().to_string().replace('\\', "/");
        json!({ "uri": path.trim_start_matches("./").replace('%', "%25").replace(' ', "%20") })
    }

    fn region(&self, span: Span) -> Value {
        let (line, column) = self.lines.line_column(&self.file.text, span.start);
        let (end_line, end_column) = self.lines.line_column(&self.file.text, span.end);
        json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
    }

    fn replacement(&self, edit: &Edit) -> Value {
        json!({ "deletedRegion": self.region(edit.span), "insertedContent": { "text": edit.text } })
    }
}
