//! Findings as SARIF 2.1.0 (OASIS), which code-scanning services read.

use crate::cli::terminal;
use crate::pipeline::check::Checked;
use press_core::check::rules;
use press_core::diagnostic::{Diagnostic, Edit, Level, Related};
use press_core::span::{LineIndex, Span};
use press_core::text::collapsed;
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
            "columnKind": "utf16CodeUnits",
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
    collapsed(paragraph)
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
        let mut related: Vec<Value> = Vec::new();
        for place in &finding.related {
            let location = self.related(place);
            // The standard wants each place once.
            if !related.contains(&location) {
                related.push(location);
            }
        }
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

    fn related(&self, related: &Related) -> Value {
        let mut location = match (&related.path, related.span) {
            (Some(path), _) => json!({ "physicalLocation": {
                "artifactLocation": { "uri": uri(path) },
                "region": { "startLine": related.line.max(1) },
            } }),
            (None, span) => self.location(span.unwrap_or_default()),
        };
        location["message"] = json!({ "text": related.message });
        location
    }

    fn artifact(&self) -> Value {
        json!({ "uri": uri(&self.file.path.display().to_string()) })
    }

    fn region(&self, span: Span) -> Value {
        let (text, lines) = (&self.file.text, self.lines);
        let (line, column) = lines.line_column_utf16(text, span.start);
        let (end_line, end_column) = lines.line_column_utf16(text, span.end);
        json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
    }

    fn replacement(&self, edit: &Edit) -> Value {
        json!({ "deletedRegion": self.region(edit.span), "insertedContent": { "text": edit.text } })
    }
}

/// A path as an address: relative to where the program runs if it is named so, else that of a file.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut uri = if path.starts_with('/') {
        "file://".to_owned()
    } else if path.get(1..3) == Some(":/") {
        "file:///".to_owned()
    } else {
        String::new()
    };
    for byte in path.trim_start_matches("./").bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => uri.push(byte.into()),
            byte if byte.is_ascii_alphanumeric() => uri.push(byte.into()),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_addresses() {
        assert_eq!(uri("./draft/4 b#[c].md"), "draft/4%20b%23%5Bc%5D.md");
        assert_eq!(uri("/home/ä/50%.md"), "file:///home/%C3%A4/50%25.md");
        assert_eq!(uri("C:\\gull\\4.md"), "file:///C%3A/gull/4.md");
    }
}
