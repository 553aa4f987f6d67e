//! `[[webhook]]` of `press.toml`: services that tell by themselves what came back, and of pull requests.

use serde::Deserialize;
use toml::Spanned;

/// A service that tells `press server` of bounces and complaints, or of pull requests, at `/webhooks/NAME` below the newsletter's address.
///
/// ```toml
/// [[webhook]]
/// kind = "ses"
/// topic = "arn:aws:sns:eu-central-1:123456789012:newsletter"
///
/// [[webhook]]
/// kind = "mailgun"
/// secret-env = "MAILGUN_SIGNING_KEY"
///
/// [[webhook]]
/// kind = "signed"
/// name = "our-relay"
///
/// [[webhook]]
/// kind = "github"
/// secret-env = "GITHUB_WEBHOOK_SECRET"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::config) struct Webhook {
    /// Whose words it speaks.
    pub(in crate::config) kind: WebhookKind,
    /// Its name in the address: small letters, digits and hyphens.
    ///
    /// Default: the kind
    pub(in crate::config) name: Option<Spanned<String>>,
    /// The topic of Amazon SNS through which `ses` tells. What comes of another topic is refused.
    ///
    /// Default: none; `ses` needs one
    pub(in crate::config) topic: Option<Spanned<String>>,
    /// The variable of the environment that holds the secret of the other kinds: of `postmark` the password that its
    /// address holds, of `mailgun` the signing key of its webhooks, of `signed` and `github` the key that you agreed on.
    ///
    /// Default: `"PRESS_WEBHOOK_SECRET"`
    pub(in crate::config) secret_env: Option<String>,
}

/// Whose words a webhook speaks.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum WebhookKind {
    /// Amazon SES, through SNS.
    Ses,
    /// Postmark.
    Postmark,
    /// Mailgun.
    Mailgun,
    /// Anything that signs as Standard Webhooks has it, in our words: a relay of your own.
    Signed,
    /// GitHub, about pull requests: each is read when something happens to it.
    Github,
}
