//! What an editor offers to do about findings: one fix, all safe fixes, a comment that allows one.

use super::client::Abilities;
use super::findings::diagnostic;
use super::newsletters::Judged;
use gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, DocumentChange, Edit as DocumentEdit,
    OptionalVersionedTextDocumentIdentifier, TextDocumentEdit, TextDocumentIdentifier, TextEdit,
    WorkspaceEdit,
};
use press_core::check::{allow, rules};
use press_core::diagnostic::{Diagnostic as Finding, Edit, Fix};
use press_core::issue::edit::apply;
use press_core::span::Span;
use std::collections::HashMap;

/// The kind of "fix all" that is ours alone, so that an editor can do it at every save.
pub(super) const FIX_ALL: &str = "source.fixAll.press";

/// Most findings of one place whose fixes are offered: nobody chooses from more.
const FIXED: usize = 100;

/// Most findings of one place that are offered to be allowed: each must be tried out.
const ALLOWED: usize = 8;

/// What can be done at a place.
pub(super) fn actions(
    judged: &Judged,
    params: &CodeActionParams,
    can: &Abilities,
) -> Vec<CodeAction> {
    let only = params.context.only.as_deref();
    let mut found = Vec::new();
    if wanted(only, "quickfix") {
        let here = judged.asked.text.span(params.range);
        let touched: Vec<_> = judged.touching(here).take(FIXED).collect();
        let fixes = touched.iter();
        found.extend(fixes.filter_map(|(_, finding)| fix(judged, finding, can)));
        let allowed = touched.iter().take(ALLOWED);
        found.extend(allowed.filter_map(|(at, _)| allow(judged, *at, can)));
    }
    if wanted(only, FIX_ALL) {
        found.extend(fix_all(judged, can));
    }
    found
}

/// Whether the kinds that an editor asks for hold `kind`: a kind holds all that begin with it.
fn wanted(only: Option<&[CodeActionKind]>, kind: &str) -> bool {
    let holds = |asked: &CodeActionKind| {
        let asked = asked.to_string();
        let rest = kind.strip_prefix(asked.as_str());
        asked.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    only.is_none_or(|only| only.iter().any(holds))
}

fn action(title: String, kind: CodeActionKind, edit: WorkspaceEdit) -> CodeAction {
    CodeAction {
        title,
        kind: Some(kind),
        edit: Some(edit),
        ..CodeAction::default()
    }
}

fn fix(judged: &Judged, finding: &Finding, can: &Abilities) -> Option<CodeAction> {
    let fix = finding.fix.as_ref()?;
    let mut title = title(judged, finding, fix);
    if !fix.safe {
        title.push_str(" (look at it afterwards)");
    }
    let edits = text_edits(judged, &fix.edits);
    Some(CodeAction {
        diagnostics: Some(vec![diagnostic(judged, finding, can)]),
        is_preferred: Some(fix.safe),
        ..action(
            title,
            CodeActionKind::QuickFix,
            workspace_edit(judged, edits, can),
        )
    })
}

/// Longest text that a title quotes.
const QUOTED: usize = 40;

fn title(judged: &Judged, finding: &Finding, fix: &Fix) -> String {
    let short = |text: &str| text.chars().count() <= QUOTED && !text.contains(['\n', '\r', '`']);
    if let [edit] = fix.edits.as_slice() {
        let before = edit.span.of(&judged.asked.text.text);
        let blank = |text: &str| text.trim().is_empty();
        match (before, edit.text.as_str()) {
            (before, "") if short(before) && !blank(before) => return format!("Remove `{before}`"),
            ("", after) if short(after) && !blank(after) => return format!("Insert `{after}`"),
            (before, after) if short(before) && short(after) && !blank(before) => {
                return format!("Replace `{before}` by `{after}`");
            }
            _ => {}
        }
    }
    format!("Fix: {}", finding.message)
}

fn fix_all(judged: &Judged, can: &Abilities) -> Option<CodeAction> {
    let safe = |finding: &Finding| finding.fix.as_ref().is_some_and(|fix| fix.safe);
    if !judged.findings.iter().any(safe) {
        return None;
    }
    let edits = difference(&judged.asked.text.text, judged.mended());
    if edits.is_empty() {
        return None;
    }
    let edit = workspace_edit(judged, text_edits(judged, &edits), can);
    let kind = CodeActionKind::from(FIX_ALL.to_owned());
    Some(action(
        "Apply all safe fixes of press".to_owned(),
        kind,
        edit,
    ))
}

fn text_edits(judged: &Judged, edits: &[Edit]) -> Vec<TextEdit> {
    let text = &judged.asked.text;
    edits.iter().map(|edit| text.edit(edit)).collect()
}

fn workspace_edit(judged: &Judged, edits: Vec<TextEdit>, can: &Abilities) -> WorkspaceEdit {
    let uri = judged.asked.uri.clone();
    if !can.versioned_edits {
        return WorkspaceEdit {
            changes: Some(HashMap::from([(uri, edits)])),
            ..WorkspaceEdit::default()
        };
    }
    let document = OptionalVersionedTextDocumentIdentifier::new(
        Some(judged.asked.version),
        TextDocumentIdentifier::new(uri),
    );
    let edits = edits.into_iter().map(DocumentEdit::TextEdit).collect();
    let change = TextDocumentEdit::new(document, edits);
    WorkspaceEdit {
        document_changes: Some(vec![DocumentChange::TextDocumentEdit(change)]),
        ..WorkspaceEdit::default()
    }
}

/// Edits that make `after` of `before`: line by line where there are as many lines, else in one piece.
fn difference(before: &str, after: &str) -> Vec<Edit> {
    let lines = |text: &str| text.split_inclusive('\n').count();
    if lines(before) != lines(after) {
        return changed_part(before, after, 0).into_iter().collect();
    }
    let mut at = 0;
    let mut edits = Vec::new();
    for (one, other) in before
        .split_inclusive('\n')
        .zip(after.split_inclusive('\n'))
    {
        edits.extend(changed_part(one, other, at));
        at += one.len();
    }
    edits
}

/// The part of `before`, which begins at the byte `at`, that is not as in `after`.
fn changed_part(before: &str, after: &str, at: usize) -> Option<Edit> {
    if before == after {
        return None;
    }
    let pairs = before.char_indices().zip(after.chars());
    let start = pairs
        .take_while(|((_, one), other)| one == other)
        .map(|((at, one), _)| at + one.len_utf8())
        .last()
        .unwrap_or(0);
    let (rest, new) = (&before[start..], &after[start..]);
    let pairs = rest.chars().rev().zip(new.chars().rev());
    let same = pairs.take_while(|(one, other)| one == other);
    let end: usize = same.map(|(one, _)| one.len_utf8()).sum();
    Some(Edit {
        span: Span::new(at + start, at + before.len() - end),
        text: new[..new.len() - end].to_owned(),
    })
}

fn allow(judged: &Judged, at: usize, can: &Abilities) -> Option<CodeAction> {
    let finding = &judged.findings[at];
    let edit = judged.allows[at].get_or_init(|| allowing(judged, finding));
    let edits = text_edits(judged, std::slice::from_ref(edit.as_ref()?));
    let title = format!("Allow `{}` here, with a reason", finding.rule);
    Some(CodeAction {
        diagnostics: Some(vec![diagnostic(judged, finding, can)]),
        ..action(
            title,
            CodeActionKind::QuickFix,
            workspace_edit(judged, edits, can),
        )
    })
}

/// Where a comment must stand to allow a finding: tried out, for in a heading, in code or in a list a comment may
/// mean something else or nothing. None if there is no such place.
fn allowing(judged: &Judged, finding: &Finding) -> Option<Edit> {
    if rules::all().all(|rule| rule.name != finding.rule) {
        return None;
    }
    let text = &judged.asked.text;
    let line = text.line_at(finding.span.start);
    let indent = line.len() - line.of(&text.text).trim_start().len();
    let indent = &text.text[line.start..line.start + indent];
    let end_of = |line: Span| {
        let end = line.start + line.of(&text.text).trim_end().len();
        (end, " ", "")
    };
    let last = text.line_at(finding.span.end.max(finding.span.start + 1) - 1);
    let places = [end_of(line), (line.start, indent, "\n"), end_of(last)];
    places.into_iter().find_map(|(offset, before, after)| {
        let edit = |reason: &str| Edit {
            span: Span::new(offset, offset),
            text: format!(
                "{before}<!-- press allow {}: {reason} -->{after}",
                finding.rule
            ),
        };
        allows(judged, finding, &edit("for a reason")).then(|| edit(allow::NO_REASON))
    })
}

/// Whether a comment takes away the finding and brings no other.
fn allows(judged: &Judged, finding: &Finding, comment: &Edit) -> bool {
    let Ok(text) = apply(&judged.asked.text.text, std::slice::from_ref(comment)) else {
        return false;
    };
    let after = judged.checker.judge(&judged.asked.path, &text).findings;
    let count = |findings: &[Finding], rule: Option<&str>| {
        let of_rule = findings
            .iter()
            .filter(|one| rule.is_none_or(|rule| one.rule == rule));
        of_rule.count()
    };
    let rules: std::collections::BTreeSet<&str> = after.iter().map(|one| one.rule).collect();
    let none_new = rules
        .into_iter()
        .all(|rule| count(&after, Some(rule)) <= count(&judged.findings, Some(rule)));
    let rule = Some(finding.rule);
    none_new && count(&after, rule) < count(&judged.findings, rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_changes_only_what_differs() {
        let edits = |before: &str, after: &str| {
            let edits = difference(before, after);
            assert_eq!(apply(before, &edits).as_deref(), Ok(after));
            let told = edits.iter().map(|edit| (edit.span.start, edit.span.end));
            told.collect::<Vec<_>>()
        };
        assert_eq!(edits("- a\nb\n- c\n", "* a\nb\n* c\n"), [(0, 1), (6, 7)]);
        assert_eq!(edits("a\nb\nc\n", "a\n\nb\nc\n"), [(2, 2)]);
        assert_eq!(edits("äö\n", "äü\n"), [(2, 4)]);
        assert_eq!(edits("aa\n", "a\n"), [(1, 2)]);
        assert_eq!(edits("same", "same"), []);
    }

    #[test]
    fn a_kind_holds_all_that_begin_with_it() {
        let wants =
            |asked: &str, kind: &str| wanted(Some(&[CodeActionKind::from(asked.to_owned())]), kind);
        assert!(wants("source", FIX_ALL) && wants("source.fixAll", FIX_ALL));
        assert!(wants("", "quickfix") && wants("quickfix", "quickfix"));
        assert!(!wants("source.fix", FIX_ALL) && !wants("refactor", "quickfix"));
        assert!(!wants("source.fixAll.other", FIX_ALL));
    }
}
