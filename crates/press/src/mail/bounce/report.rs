//! Reports for machines: delivery status (RFC 3464) and feedback (RFC 5965). Both are lines of `Name: value`.

use super::wording;
use super::{Failed, Kind, tidy};
use crate::mail::status::Status;

/// A group of fields, names in lower case.
type Fields = Vec<(String, String)>;

/// Groups of fields, apart by empty lines; a line that begins with a blank goes on the one before.
fn groups(text: &str) -> Vec<Fields> {
    let mut groups = vec![Fields::new()];
    for line in text.lines() {
        let last = groups.last_mut().filter(|group| !group.is_empty());
        if line.trim().is_empty() {
            if last.is_some() {
                groups.push(Fields::new());
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = last.and_then(|group| group.last_mut()) {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            let field = (name.trim().to_ascii_lowercase(), value.trim().to_owned());
            if let Some(group) = groups.last_mut() {
                group.push(field);
            }
        }
    }
    groups
}

fn find<'f>(fields: &'f Fields, name: &str) -> Option<&'f str> {
    let mut fields = fields.iter();
    fields
        .find(|(field, _)| field == name)
        .map(|(_, value)| value.as_str())
}

/// `rfc822; anna@example.org` and `smtp; 550 no` without what comes before the semicolon; comments at the end go.
fn value(text: &str) -> &str {
    text.split_once(';').map_or(text, |(_, value)| value).trim()
}

/// What a delivery status says, if it speaks of any recipient: the worst of what happened, and who did not get it.
pub(super) fn delivery_status(text: &str) -> Option<(Kind, Vec<Failed>)> {
    let mut failed = Vec::new();
    let (mut delayed, mut any) = (false, false);
    for fields in groups(text) {
        let address = find(&fields, "final-recipient").or(find(&fields, "original-recipient"));
        let (action, status) = (find(&fields, "action"), find(&fields, "status"));
        if address.is_none() && action.is_none() {
            continue;
        }
        any = true;
        let status = status.and_then(|status| Status::parse(status.trim()));
        let action = action.unwrap_or_default().to_ascii_lowercase();
        let action = action.split([' ', '(']).next().unwrap_or_default();
        match (action, status.map(|status| status.class)) {
            ("failed", _) | ("", Some(5)) => {
                let said = find(&fields, "diagnostic-code")
                    .map(value)
                    .unwrap_or_default();
                failed.push(judge(address, status, said));
            }
            ("delayed", _) => delayed = true,
            _ => {}
        }
    }
    let kind = match (failed.is_empty(), delayed) {
        (false, _) => Kind::Bounce,
        (true, true) => Kind::Delayed,
        (true, false) => Kind::Other,
    };
    any.then_some((kind, failed))
}

/// A recipient that failed. The code of the field counts; where it says only that something failed, the code in the
/// server's own words does.
fn judge(address: Option<&str>, status: Option<Status>, said: &str) -> Failed {
    let vague = status.is_none_or(|status| status.subject == 0);
    let own = if vague { wording::status(said) } else { None };
    let status = own.or(status);
    let address = address.map(value).filter(|address| address.contains('@'));
    let address = address.map(|address| tidy(address.trim_matches(['<', '>'])));
    Failed {
        address,
        severity: wording::severity(status, said),
        status,
        said: tidy(said),
    }
}

/// What a feedback report says.
pub(super) struct Feedback {
    /// Whether a person called the message spam, or anything worse.
    pub(super) complains: bool,
    /// The sender of the envelope, which tells the delivery.
    pub(super) sender: Option<String>,
    /// Who complains, if it is told; many providers hide it.
    pub(super) recipients: Vec<String>,
    pub(super) said: String,
}

/// Reads a feedback report.
pub(super) fn feedback(text: &str) -> Feedback {
    let fields: Fields = groups(text).into_iter().flatten().collect();
    let kind = find(&fields, "feedback-type")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let bare = |text: &str| tidy(value(text).trim_matches(['<', '>', ' ']));
    let addresses = fields.iter();
    let addresses =
        addresses.filter(|(name, _)| name == "original-rcpt-to" || name == "removal-recipient");
    let addresses = addresses.map(|(_, value)| bare(value));
    let mut recipients: Vec<String> = addresses.filter(|address| address.contains('@')).collect();
    super::distinct(&mut recipients);
    Feedback {
        // `not-spam` takes it back, `auth-failure` and `dmarc` are about signatures.
        complains: ["abuse", "fraud", "virus", "other", "opt-out"].contains(&kind.as_str()),
        sender: find(&fields, "original-mail-from")
            .map(bare)
            .filter(|sender| sender.contains('@')),
        recipients,
        said: tidy(&format!("feedback: {kind}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::status::Severity;

    #[test]
    fn the_worst_of_several_recipients_counts() {
        let text = "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; a@example.org\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n\
                    Final-Recipient: RFC822; b@example.org\r\nAction: FAILED (really)\r\nStatus: 5.0.0\r\n\
                    Diagnostic-Code: smtp; 550\r\n 5.1.1 nobody\r\n\r\nFinal-Recipient: rfc822; c@example.org\r\nAction: delayed\r\nStatus: 4.4.1\r\n";
        let (kind, failed) = delivery_status(text).unwrap();
        assert_eq!((kind, failed.len()), (Kind::Bounce, 1));
        assert_eq!(failed[0].address.as_deref(), Some("b@example.org"));
        assert_eq!(failed[0].status, Some(Status::new(5, 1, 1)));
        assert_eq!(failed[0].severity, Severity::Hard);
        assert_eq!(failed[0].said, "550 5.1.1 nobody");
    }

    #[test]
    fn a_status_without_recipients_says_nothing() {
        assert_eq!(delivery_status("Reporting-MTA: dns; mx.example\n"), None);
        assert_eq!(delivery_status(""), None);
        let (kind, _) = delivery_status(
            "Final-Recipient: rfc822; a@b.example\nAction: relayed\nStatus: 2.0.0\n",
        )
        .unwrap();
        assert_eq!(kind, Kind::Other);
    }
}
