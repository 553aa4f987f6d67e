//! Findings as annotations on a pull request (GitHub Actions, workflow commands).

use crate::pipeline::check::Checked;
use press_core::diagnostic::Level;
use press_core::span::LineIndex;

pub(super) fn written(file: &Checked) -> String {
    let mut written = String::new();
    let lines = LineIndex::new(&file.text);
    let path = file.path.display().to_string().replace('\\', "/");
    let path = property(path.trim_start_matches("./"));
    for finding in &file.report.findings {
        let (line, column) = lines.line_column_utf16(&file.text, finding.span.start);
        let (end_line, end_column) = lines.line_column_utf16(&file.text, finding.span.end);
        let command = if finding.level == Level::Deny {
            "error"
        } else {
            "warning"
        };
        let message = match &finding.help {
            Some(help) => format!("{}\nhelp: {help}", finding.message),
            None => finding.message.clone(),
        };
        // GitHub takes columns only where a finding stays on one line, and an end only behind the beginning.
        let columns = if line != end_line {
            String::new()
        } else if column == end_column {
            format!(",col={column}")
        } else {
            format!(",col={column},endColumn={end_column}")
        };
        written.push_str(&format!(
            "::{command} file={path},line={line},endLine={end_line}{columns},title={}::{}\n",
            property(finding.rule),
            data(&message)
        ));
    }
    written
}

/// Text behind `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Text of a property, which colons and commas would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
