//! DMARC (RFC 9989): the policy of a domain, and which domains belong together.
//!
//! What belongs together was looked up in a list of public suffixes once; now it is found in DNS itself, by walking up the
//! tree (section 4.10). There are at most eight questions, however long the name is.

use super::{tag, tags};

/// A policy record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What is to become of mail that fails.
    pub policy: Action,
    /// The same for domains below, if it is another.
    pub below: Option<Action>,
    /// Whether a signature's domain must be the very one.
    pub strict_dkim: bool,
    /// Whether the envelope's domain must be the very one.
    pub strict_spf: bool,
    /// Whether anybody hears of what fails.
    pub reports: bool,
    /// Whether the policy is only tried.
    pub testing: bool,
    /// What the domain says of itself: `psd=y` is one under which others register, `psd=n` the head of an organization.
    pub suffix: Option<bool>,
}

/// What is to become of mail that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Nothing: it is only reported.
    None,
    /// It is put aside.
    Quarantine,
    /// It is refused.
    Reject,
}

impl Action {
    /// The word in the record.
    pub fn name(self) -> &'static str {
        match self {
            Action::None => "none",
            Action::Quarantine => "quarantine",
            Action::Reject => "reject",
        }
    }

    fn of(name: &str) -> Option<Action> {
        let all = [Action::None, Action::Quarantine, Action::Reject];
        all.into_iter()
            .find(|action| action.name().eq_ignore_ascii_case(name))
    }
}

/// Reads a record; nothing if it is no policy. A policy that cannot be understood counts as `none`.
pub fn parse(record: &str) -> Option<Policy> {
    let first = record.split(';').next().unwrap_or_default();
    let (name, version) = first.split_once('=')?;
    if name.trim() != "v" || version.trim() != "DMARC1" {
        return None;
    }
    let tags = tags(record).unwrap_or_default();
    let strict = |name| tag(&tags, name).is_some_and(|value| value.eq_ignore_ascii_case("s"));
    let yes = |name, word: &str| tag(&tags, name).is_some_and(|v| v.eq_ignore_ascii_case(word));
    Some(Policy {
        policy: tag(&tags, "p").and_then(Action::of).unwrap_or(Action::None),
        below: tag(&tags, "sp").and_then(Action::of),
        strict_dkim: strict("adkim"),
        strict_spf: strict("aspf"),
        reports: tag(&tags, "rua").is_some_and(|value| !value.is_empty()),
        testing: yes("t", "y"),
        suffix: match (yes("psd", "y"), yes("psd", "n")) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        },
    })
}

/// The domains whose policies are asked for, the longest first.
pub fn walk(domain: &str) -> Vec<String> {
    let labels: Vec<&str> = domain
        .split('.')
        .filter(|label| !label.is_empty())
        .collect();
    let mut starts = vec![0];
    // Of long names all but the last seven labels are left out.
    starts.extend(1.max(labels.len().saturating_sub(7))..labels.len());
    let domains = starts
        .into_iter()
        .map(|start| labels[start.min(labels.len())..].join("."));
    domains.filter(|domain| !domain.is_empty()).collect()
}

/// Whether the walk ends at a policy: it says what the domain is.
pub fn ends_walk(policy: &Policy) -> bool {
    policy.suffix.is_some()
}

/// The head of the organization that a domain is of, from the policies that a walk found, the longest name first.
pub fn organization(domain: &str, found: &[(String, Policy)]) -> String {
    for (name, policy) in found {
        match policy.suffix {
            Some(false) => return name.clone(),
            Some(true) if name != domain => {
                let below = domain.strip_suffix(name.as_str());
                let label = below.and_then(|below| below.trim_end_matches('.').rsplit('.').next());
                return label.map_or_else(|| name.clone(), |label| format!("{label}.{name}"));
            }
            _ => {}
        }
    }
    let shortest = found.last().map(|(name, _)| name.clone());
    shortest.unwrap_or_else(|| domain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(records: &[(&str, &str)]) -> Vec<(String, Policy)> {
        let read = |(name, record): &(&str, &str)| ((*name).to_owned(), parse(record).unwrap());
        records.iter().map(read).collect()
    }

    #[test]
    fn policies_are_read() {
        let policy =
            parse("v=DMARC1; p=Reject; sp=none; adkim=s; rua=mailto:a@b.example; t=y; psd=n")
                .unwrap();
        assert_eq!(
            (policy.policy, policy.below),
            (Action::Reject, Some(Action::None))
        );
        assert!(policy.strict_dkim && !policy.strict_spf && policy.reports && policy.testing);
        assert_eq!(policy.suffix, Some(false));
        assert_eq!(parse("v=DMARC1").unwrap().policy, Action::None);
        assert_eq!(parse("v=DMARC1; p=perhaps").unwrap().policy, Action::None);
        for slip in ["", "v=DMARC", "p=none; v=DMARC1", "v=spf1 -all"] {
            assert_eq!(parse(slip), None, "{slip}");
        }
    }

    #[test]
    fn a_walk_asks_at_most_eight_times() {
        assert_eq!(
            walk("mail.weekly.example"),
            ["mail.weekly.example", "weekly.example", "example"]
        );
        let long = walk("a.b.c.d.e.f.g.h.i.j.example");
        assert_eq!(long.len(), 8);
        assert_eq!(
            (&*long[1], &*long[7]),
            (
                "f.g.h.i.j.example".replace("f.", "e.f.").as_str(),
                "example"
            )
        );
        assert_eq!(walk("example"), ["example"]);
        assert!(walk("").is_empty());
    }

    #[test]
    fn who_belongs_together_is_said_by_the_domains() {
        let plain = "v=DMARC1; p=none";
        for (records, head) in [
            (&[][..], "a.mail.weekly.example"),
            (&[("weekly.example", plain)][..], "weekly.example"),
            (
                &[("mail.weekly.example", plain), ("weekly.example", plain)],
                "weekly.example",
            ),
            (
                &[
                    ("mail.weekly.example", "v=DMARC1; psd=n"),
                    ("weekly.example", plain),
                ],
                "mail.weekly.example",
            ),
            (
                &[("weekly.example", plain), ("example", "v=DMARC1; psd=y")],
                "weekly.example",
            ),
            (&[("example", "v=DMARC1; psd=y")], "weekly.example"),
            // What a domain says of itself does not make it one under which others register.
            (
                &[
                    ("a.mail.weekly.example", "v=DMARC1; psd=y"),
                    ("weekly.example", plain),
                ],
                "weekly.example",
            ),
        ] {
            assert_eq!(organization("a.mail.weekly.example", &found(records)), head);
        }
    }
}
