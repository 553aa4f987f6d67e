//! Anything of one's own: it gets the issue as JSON, signed as Standard Webhooks has it
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).
//!
//! Its id is made from the issue, and whoever takes such messages takes each id once: so it may be sent again.

use super::ask::{JSON, Twice, ask};
use super::{Post, Posted, Sent, Way};
use crate::error::{Error, Result};
use crate::http::{Request, Url};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use ring::hmac;
use serde_json::json;

pub(super) async fn send(way: Way<'_>, (url, secret): (&Url, &str), post: &Post) -> Sent<Posted> {
    let now = Timestamp::now();
    let body = json!({
        "type": "issue.published",
        "timestamp": now.to_string(),
        "data": {
            "issue": post.issue, "newsletter": post.newsletter, "title": post.title,
            "date": post.date.to_string(), "url": post.link, "text": post.text,
            "language": post.lang,
        },
    });
    let (body, time) = (body.to_string(), now.as_second().to_string());
    let signature = sign(secret, &post.key, &time, &body)?;
    let request = Request::post(url.clone(), JSON, body)
        .header("webhook-id", &post.key)
        .header("webhook-timestamp", time)
        .header("webhook-signature", signature);
    ask(way, request, Twice::Same).await?;
    Ok(Posted {
        address: String::new(),
        id: String::new(),
    })
}

/// The signature of id, time and body. A secret is base64 behind `whsec_`, or a plain text.
fn sign(secret: &str, id: &str, time: &str, body: &str) -> Result<String> {
    let key = match secret.strip_prefix("whsec_") {
        Some(encoded) => STANDARD.decode(encoded).map_err(|_| {
            Error::new("the secret of a webhook is not base64 behind `whsec_`")
                .help("make one with `echo whsec_$(openssl rand -base64 32)`")
        })?,
        None => secret.as_bytes().to_vec(),
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let tag = hmac::sign(&key, format!("{id}.{time}.{body}").as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(tag)))
}

#[cfg(test)]
mod tests {
    use super::sign;

    #[test]
    fn signatures_are_those_of_the_standard() {
        // The example of the specification's libraries.
        let signed = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(
            signed.unwrap(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        assert!(sign("whsec_?", "", "", "").is_err());
    }
}
