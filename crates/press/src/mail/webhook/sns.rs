//! Messages of Amazon SNS: who signed them, of which topic they are, and the question whether we want them
//! (<https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html>).
//!
//! The certificate is fetched from the host of the topic's own region and from no other, over HTTPS, and kept. Nothing is
//! fetched for a message of another topic.

use super::{Message, Refusal, Request, parse, seconds, ses, text};
use crate::config::region_of;
use crate::error::{Error, Result};
use crate::http::{Http, Request as Fetch, Url};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256};
use ring::signature::{RsaParameters, UnparsedPublicKey};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A topic whose messages we want.
#[derive(Debug)]
pub(super) struct Topic {
    name: String,
    host: String,
    /// Certificates by their address.
    known: Mutex<HashMap<String, Arc<Vec<u8>>>>,
}

/// Certificates change once in a year or two.
const MOST_KNOWN: usize = 16;

/// RSA over a hash, as [`webpki`] wants it: which keys, and how a signature is checked.
#[derive(Debug)]
struct Rsa(&'static RsaParameters);

impl SignatureVerificationAlgorithm for Rsa {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> std::result::Result<(), InvalidSignature> {
        let key = UnparsedPublicKey::new(self.0, public_key);
        key.verify(message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_PKCS1_SHA256
    }
}

/// What is signed of each type, in this order.
const OF_NOTIFICATION: &[&str] = &[
    "Message",
    "MessageId",
    "Subject",
    "Timestamp",
    "TopicArn",
    "Type",
];
const OF_CONFIRMATION: &[&str] = &[
    "Message",
    "MessageId",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
];

impl Topic {
    pub(super) fn new(name: &str) -> Result<Topic> {
        let region =
            region_of(name).ok_or_else(|| Error::new(format!("`{name}` is no topic of SNS")))?;
        Ok(Topic {
            name: name.to_owned(),
            host: format!("sns.{region}.amazonaws.com"),
            known: Mutex::default(),
        })
    }

    pub(super) async fn read(
        &self,
        request: &Request<'_>,
        http: &Http,
    ) -> std::result::Result<Message, Refusal> {
        let body = parse(request.body)?;
        let raw = |name: &str| body.get(name).and_then(Value::as_str);
        if raw("TopicArn") != Some(&self.name) {
            return Err(Refusal::Forged("it is of another topic"));
        }
        let kind = raw("Type").unwrap_or_default();
        let fields = match kind {
            "Notification" => OF_NOTIFICATION,
            "SubscriptionConfirmation" | "UnsubscribeConfirmation" => OF_CONFIRMATION,
            _ => return Err(Refusal::Garbled("SNS has no such type of message")),
        };
        self.prove(&body, fields, http).await?;
        let id = text(&body, "MessageId").ok_or(Refusal::Garbled("`MessageId` is missing"))?;
        let time = raw("Timestamp").and_then(seconds);
        let confirm = (kind == "SubscriptionConfirmation")
            .then(|| self.question(&body))
            .transpose()?;
        Ok(Message {
            id: id.to_owned(),
            sent_s: time.ok_or(Refusal::Garbled("the time cannot be read"))?,
            notices: match (kind, raw("Message")) {
                ("Notification", Some(said)) => ses::notices(said),
                _ => Vec::new(),
            },
            confirm,
        })
    }

    /// Whether SNS signed a message.
    async fn prove(
        &self,
        body: &Value,
        fields: &[&str],
        http: &Http,
    ) -> std::result::Result<(), Refusal> {
        let rsa = match body.get("SignatureVersion").and_then(Value::as_str) {
            Some("1") => Rsa(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY),
            Some("2") => Rsa(&RSA_PKCS1_2048_8192_SHA256),
            _ => return Err(Refusal::Forged("it is not signed in a known way")),
        };
        let signature = body.get("Signature").and_then(Value::as_str);
        let signature = signature.and_then(|text| STANDARD.decode(text).ok());
        let signature = signature.ok_or(Refusal::Forged("the signature is missing"))?;
        let certificate = self.certificate(body, http).await?;
        let certificate = CertificateDer::from(certificate.as_slice());
        let certificate = webpki::EndEntityCert::try_from(&certificate);
        let certificate =
            certificate.map_err(|_| Refusal::Forged("the certificate cannot be read"))?;
        let checked =
            certificate.verify_signature(&rsa, signed(body, fields).as_bytes(), &signature);
        checked.map_err(|_| Refusal::Forged("the signature is wrong"))
    }

    /// The certificate that a message names, if it is of the topic's host.
    async fn certificate(
        &self,
        body: &Value,
        http: &Http,
    ) -> std::result::Result<Arc<Vec<u8>>, Refusal> {
        let named = text(body, "SigningCertURL").and_then(|url| self.own(url));
        let url = named.filter(is_certificate);
        let url = url.ok_or(Refusal::Forged("its certificate is not Amazon's"))?;
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(certificate) = known().get(url.as_str()) {
            return Ok(Arc::clone(certificate));
        }
        let later = |why: String| Refusal::Later(format!("the certificate of SNS: {why}"));
        let answer = http
            .ask(&Fetch::get(url.clone()).limit(64 << 10).tries(2))
            .await;
        let answer = answer.map_err(|failure| later(failure.to_string()))?;
        if answer.status != 200 || !answer.whole {
            return Err(later(format!("the answer was {}", answer.status)));
        }
        let certificate = CertificateDer::from_pem_slice(&answer.body);
        let certificate = certificate.map_err(|_| later("the answer is none".to_owned()))?;
        let certificate = Arc::new(certificate.as_ref().to_vec());
        let mut all = known();
        if all.len() >= MOST_KNOWN {
            all.clear();
        }
        all.insert(url.to_string(), Arc::clone(&certificate));
        Ok(certificate)
    }

    /// Where a subscription is confirmed.
    fn question(&self, body: &Value) -> std::result::Result<Url, Refusal> {
        let url = body.get("SubscribeURL").and_then(Value::as_str);
        let url = url
            .filter(|url| url.len() <= 4_000)
            .and_then(|url| self.own(url));
        url.ok_or(Refusal::Forged("its `SubscribeURL` is not Amazon's"))
    }

    /// An address of the topic's host, over HTTPS, with nothing unusual before the path.
    fn own(&self, url: &str) -> Option<Url> {
        let url = Url::parse(url).ok()?;
        let plain = url.username().is_empty() && url.password().is_none() && url.port().is_none();
        (url.scheme() == "https" && plain && url.host_str() == Some(&self.host)).then_some(url)
    }
}

/// Certificates of SNS have names of this form; nothing else of the host is one.
fn is_certificate(url: &Url) -> bool {
    let name = url.path().strip_prefix("/SimpleNotificationService-");
    let name = name.and_then(|name| name.strip_suffix(".pem"));
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    url.query().is_none() && name.is_some_and(|name| !name.is_empty() && name.bytes().all(plain))
}

/// The text that was signed: names and values, a line each. A subject is optional.
fn signed(body: &Value, fields: &[&str]) -> String {
    let mut text = String::new();
    for name in fields {
        if let Some(value) = body.get(name).and_then(Value::as_str) {
            for part in [name, value] {
                text.push_str(part);
                text.push('\n');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_amazons_own_host_of_the_region_is_asked() {
        let topic = Topic::new("arn:aws:sns:eu-central-1:123456789012:bounces").expect("a topic");
        let good =
            "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem";
        assert!(topic.own(good).is_some_and(|url| is_certificate(&url)));
        for strange in [
            "http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-01.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-01.pem",
            "https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-01.pem",
            "https://sns.eu-central-1.amazonaws.com@evil.example/SimpleNotificationService-01.pem",
            "https://sns.eu-central-1.amazonaws.com:8443/SimpleNotificationService-01.pem",
            "https://a@sns.eu-central-1.amazonaws.com/SimpleNotificationService-01.pem",
            "https://sns.eu-central-1.amazonaws.com/?x=/SimpleNotificationService-01.pem",
            "https://sns.eu-central-1.amazonaws.com/bucket/SimpleNotificationService-01.pem",
            "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-01.pem?a",
            "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-.pem",
            "file:///etc/passwd",
            "",
        ] {
            assert!(
                !topic.own(strange).is_some_and(|url| is_certificate(&url)),
                "{strange}"
            );
        }
    }

    #[test]
    fn what_is_signed_stands_in_the_order_of_the_documentation() {
        let body = serde_json::json!({
            "Type": "Notification", "MessageId": "7", "TopicArn": "t", "Message": "Hello\nyou",
            "Timestamp": "2026-02-05T00:00:00.000Z", "Other": "x",
        });
        let text = "Message\nHello\nyou\nMessageId\n7\nTimestamp\n2026-02-05T00:00:00.000Z\nTopicArn\nt\nType\nNotification\n";
        assert_eq!(signed(&body, OF_NOTIFICATION), text);
    }
}
