//! Where two rules speak of one place, the one that helps more speaks alone.

use crate::diagnostic::Diagnostic;

/// Rules that say more, each with one that says the same less well.
const PAIRS: &[(&str, &str)] = &[
    ("already-linked", "home-page"),
    ("contradicting-link", "unusual-spelling"),
    ("event-place-changed", "unusual-spelling"),
    ("event-title-date", "weekday"),
    ("event-window", "event-order"),
    ("known-misspelling", "unusual-spelling"),
    ("odd-punctuation", "event-line"),
    ("past-event", "event-order"),
    ("placeholder", "bad-address"),
    ("placeholder", "recurring-link"),
    ("standing-text", "known-misspelling"),
    ("standing-text", "repeated-paragraph"),
    ("standing-text", "unusual-spelling"),
    ("text-unlike-address", "contradicting-link"),
    ("text-unlike-address", "unusual-spelling"),
    ("truncated-title", "unbalanced-link-text"),
];

/// Takes out what another finding says better of the same place.
pub(super) fn settle(findings: &mut Vec<Diagnostic>) {
    let mut said: Vec<_> = findings
        .iter()
        .filter(|finding| PAIRS.iter().any(|(more, _)| *more == finding.rule))
        .map(|finding| (finding.span, finding.rule))
        .collect();
    said.sort_unstable();
    let longest = said.iter().map(|(span, _)| span.len()).max().unwrap_or(0);
    findings.retain(|finding| {
        let span = finding.span;
        // Only what begins near enough can touch.
        let first = said.partition_point(|(other, _)| other.start + longest < span.start);
        let near = said[first..].iter();
        let mut near = near.take_while(|(other, _)| other.start < span.end);
        !near.any(|(other, rule)| span.start < other.end && PAIRS.contains(&(*rule, finding.rule)))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::rules::RULES;
    use crate::diagnostic::Level;
    use crate::span::Span;

    #[test]
    fn pairs_name_rules() {
        let known = |name: &str| RULES.iter().any(|rule| rule.name == name);
        for (more, less) in PAIRS {
            assert!(known(more) && known(less), "{more}, {less}");
        }
    }

    #[test]
    fn one_place_is_told_once() {
        let finding =
            |rule, start, end| Diagnostic::new(rule, Level::Warn, Span::new(start, end), "wrong");
        let mut findings = vec![
            finding("unusual-spelling", 4, 9),
            finding("known-misspelling", 4, 9),
            finding("unusual-spelling", 9, 12),
        ];
        settle(&mut findings);
        let left: Vec<_> = findings
            .iter()
            .map(|finding| (finding.rule, finding.span.start))
            .collect();
        assert_eq!(left, [("known-misspelling", 4), ("unusual-spelling", 9)]);
    }
}
