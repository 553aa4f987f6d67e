//! Findings for programs: one JSON object a line, columns in characters, edits in bytes.

use crate::pipeline::check::Checked;
use press_core::span::LineIndex;
use serde_json::json;

pub(super) fn written(file: &Checked) -> String {
    let mut written = String::new();
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
        written.push_str(&object.to_string());
        written.push('\n');
    }
    written
}
