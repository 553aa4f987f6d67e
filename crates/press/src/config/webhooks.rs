//! What `press.toml` says of services that tell what came back, checked.

use super::{Loader, schema};
pub use schema::webhooks::WebhookKind;
use toml::Spanned;

/// A service that tells of bounces and complaints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Whose words it speaks.
    pub kind: WebhookKind,
    /// Its name in the address.
    pub name: String,
    /// The topic of `ses`; empty for others.
    pub topic: String,
    /// The variable that holds the secret of the others.
    pub secret_env: String,
}

impl WebhookKind {
    fn name(self) -> &'static str {
        match self {
            WebhookKind::Ses => "ses",
            WebhookKind::Postmark => "postmark",
            WebhookKind::Mailgun => "mailgun",
            WebhookKind::Signed => "signed",
            WebhookKind::Github => "github",
        }
    }
}

/// The region of a topic: `arn:aws:sns:REGION:ACCOUNT:NAME`.
pub fn region_of(topic: &str) -> Option<&str> {
    let mut parts = topic.split(':');
    let arn = (parts.next()?, parts.next()?, parts.next()?);
    let (region, account, name) = (parts.next()?, parts.next()?, parts.next()?);
    let plain = |sign: char| matches!(sign, 'a'..='z' | '0'..='9' | '-');
    let good = arn == ("arn", "aws", "sns") && !region.is_empty() && region.chars().all(plain);
    (good && !account.is_empty() && !name.is_empty() && parts.next().is_none()).then_some(region)
}

impl Loader<'_> {
    pub(super) fn webhooks(&mut self, written: &[schema::Webhook]) -> Vec<Webhook> {
        let mut all: Vec<Webhook> = Vec::new();
        for webhook in written {
            let own = webhook.name.as_ref();
            let name = own.map_or(webhook.kind.name(), |name| name.get_ref());
            let plain = |sign: char| matches!(sign, 'a'..='z' | '0'..='9' | '-');
            if let Some(own) = own
                && (name.is_empty() || name.len() > 40 || !name.chars().all(plain))
            {
                let message =
                    "the name of a webhook has small letters, digits and hyphens, at most 40";
                self.mistake(own, message);
            }
            if all.iter().any(|known| known.name == name) {
                let message = format!("two webhooks have the name `{name}`");
                let nowhere = Spanned::new(0..0, String::new());
                self.mistake_with_help(
                    own.unwrap_or(&nowhere),
                    message,
                    "give each a `name` of its own",
                );
            }
            all.push(Webhook {
                kind: webhook.kind,
                name: name.to_owned(),
                topic: self.topic(webhook),
                secret_env: webhook
                    .secret_env
                    .clone()
                    .unwrap_or_else(|| "PRESS_WEBHOOK_SECRET".to_owned()),
            });
        }
        all
    }

    fn topic(&mut self, webhook: &schema::Webhook) -> String {
        let help = "write it as SNS shows it: `arn:aws:sns:REGION:ACCOUNT:NAME`";
        let Some(topic) = &webhook.topic else {
            if webhook.kind == WebhookKind::Ses {
                let nowhere = Spanned::new(0..0, ());
                self.mistake_with_help(&nowhere, "a webhook of kind `ses` has no `topic`", help);
            }
            return String::new();
        };
        if region_of(topic.get_ref()).is_none() {
            self.mistake_with_help(topic, "this is no topic of SNS", help);
        }
        topic.get_ref().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_tell_their_region() {
        let topic = "arn:aws:sns:eu-central-1:123456789012:newsletter";
        assert_eq!(region_of(topic), Some("eu-central-1"));
        for strange in [
            "",
            "arn:aws:sns::1:a",
            "arn:aws:sqs:eu-central-1:1:a",
            "arn:aws:sns:evil.example/:1:a",
            "arn:aws:sns:eu-central-1:1:a:b",
            "arn:aws:sns:eu-central-1:1",
        ] {
            assert_eq!(region_of(strange), None, "{strange}");
        }
    }
}
