//! An item as it would stand in the draft: cleaned, and judged by the rules.

use super::{Desk, Draft};
use press_core::canonical::clean;
use press_core::diagnostic::{Diagnostic, Edit, Level};
use press_core::issue::edit::apply;
use press_core::span::Span;
use press_core::submission::{Outcome, Proposed, place, propose};
use serde::{Deserialize, Serialize};

/// Something that was put right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleaned {
    /// The rule, or `address`.
    pub what: String,
    /// As it was sent.
    pub from: String,
    /// As it is now.
    pub to: String,
}

/// A rule that an item breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's name.
    pub rule: String,
    /// How serious it is.
    pub level: Level,
    /// What is wrong.
    pub message: String,
    /// What a person can do about it.
    pub help: Option<String>,
}

/// An item, cleaned and judged.
pub(super) struct Judged {
    pub(super) item: Proposed,
    pub(super) cleaned: Vec<Cleaned>,
    pub(super) findings: Vec<Finding>,
    /// What would become of it in the draft; none if there is none.
    pub(super) outcome: Option<Outcome>,
}

impl Desk {
    /// Cleans an item and judges it as it would stand in the draft.
    pub(super) fn judge(&self, draft: Option<&Draft>, mut item: Proposed) -> Judged {
        let mut cleaned = self.clean_addresses(&mut item);
        let mut judged = Judged {
            findings: Vec::new(),
            outcome: None,
            item,
            cleaned: Vec::new(),
        };
        let format = &self.config().format;
        let Some(draft) = draft else {
            judged.cleaned = cleaned;
            return judged;
        };
        let (text, outcome) = place(&draft.text, &judged.item, format);
        if matches!(outcome, Outcome::Placed { .. } | Outcome::Replaced) {
            let span = changed(&draft.text, &text);
            let found = self.checker.judge(&draft.path, &text).findings;
            let found: Vec<Diagnostic> = found
                .into_iter()
                .filter(|finding| touches(finding, span))
                .collect();
            let (mended, left) = mend(&text, span, found);
            if let Some(better) = self.read_again(draft, &mended, &judged.item) {
                let rule = left.fixed.join(", ");
                cleaned.push(Cleaned {
                    what: rule,
                    from: std::mem::replace(&mut judged.item, better).text,
                    to: judged.item.text.clone(),
                });
            }
            judged.findings = left.findings.iter().map(Finding::of).collect();
        }
        judged.outcome = Some(outcome);
        judged.cleaned = cleaned;
        judged
    }

    /// Takes what only tracks readers out of an item's addresses.
    fn clean_addresses(&self, item: &mut Proposed) -> Vec<Cleaned> {
        let kept = &self.config().check.kept_parameters;
        let mut cleaned = Vec::new();
        for link in &mut item.links {
            let Some(better) = clean(&link.url, kept) else {
                continue;
            };
            // An address that is written in another way in the text stays for an editor.
            if !item.text.contains(&link.url) {
                continue;
            }
            item.text = item.text.replace(&link.url, &better);
            let from = std::mem::replace(&mut link.url, better.clone());
            cleaned.push(Cleaned {
                what: "address".to_owned(),
                from,
                to: better,
            });
        }
        cleaned
    }

    /// The item as it stands in a mended draft, if that is another one.
    fn read_again(&self, draft: &Draft, mended: &str, item: &Proposed) -> Option<Proposed> {
        let read = propose(&draft.text, mended, &self.config().format).ok()?;
        let [again] = read.items.as_slice() else {
            return None;
        };
        (again.text != item.text).then(|| Proposed {
            place: item.place.clone(),
            below: item.below.clone(),
            replaces: item.replaces.clone(),
            line: item.line,
            ..again.clone()
        })
    }
}

impl Finding {
    fn of(finding: &Diagnostic) -> Finding {
        Finding {
            rule: finding.rule.to_owned(),
            level: finding.level,
            message: finding.message.clone(),
            help: finding.help.clone(),
        }
    }
}

/// The bytes of `after` that are not as in `before`.
fn changed(before: &str, after: &str) -> Span {
    let same = |(one, other): &(char, char)| one == other;
    let start: usize = before
        .chars()
        .zip(after.chars())
        .take_while(same)
        .map(|(sign, _)| sign.len_utf8())
        .sum();
    let (rest, new) = (&before[start..], &after[start..]);
    let ends = rest.chars().rev().zip(new.chars().rev());
    let end: usize = ends.take_while(same).map(|(sign, _)| sign.len_utf8()).sum();
    let line = after[..start].rfind('\n').map_or(0, |at| at + 1);
    let start = if after[start..].starts_with('\n') {
        start
    } else {
        line
    };
    Span::new(start, (after.len() - end).max(start))
}

fn touches(finding: &Diagnostic, span: Span) -> bool {
    let related = finding.related.iter().filter_map(|related| related.span);
    let meets = |other: Span| other.start < span.end && span.start < other.end.max(other.start + 1);
    std::iter::once(finding.span).chain(related).any(meets)
}

/// What mending left.
struct Mended {
    findings: Vec<Diagnostic>,
    fixed: Vec<String>,
}

/// A text after the safe fixes of its findings that stay within a part of it.
fn mend(text: &str, span: Span, found: Vec<Diagnostic>) -> (String, Mended) {
    let mut edits: Vec<Edit> = Vec::new();
    let mut mended = Mended {
        findings: Vec::new(),
        fixed: Vec::new(),
    };
    for finding in found {
        let fix = finding.fix.as_ref().filter(|fix| fix.safe);
        let own = fix.filter(|fix| fix.edits.iter().all(|edit| span.contains(edit.span)));
        let mut together = edits.clone();
        together.extend(own.iter().flat_map(|fix| fix.edits.iter().cloned()));
        if own.is_some() && apply(text, &together).is_ok() {
            edits = together;
            mended.fixed.push(finding.rule.to_owned());
        } else {
            mended.findings.push(finding);
        }
    }
    mended.fixed.dedup();
    (
        apply(text, &edits).unwrap_or_else(|_| text.to_owned()),
        mended,
    )
}
