//! How Meetup learns who asks: a claim signed with the client's key, in exchange for a token (RFC 7523).

use super::super::{Errand, answer};
use crate::config::{Meetup, Source};
use crate::error::{Error, Result};
use crate::http::Request;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use serde_json::json;

/// How long a claim holds.
const CLAIM_S: i64 = 120;

/// The variables of the environment, and what they hold.
const CLIENT: &str = "MEETUP_CLIENT_KEY";
const MEMBER: &str = "MEETUP_MEMBER_ID";
const KEY_ID: &str = "MEETUP_KEY_ID";
const KEY: &str = "MEETUP_PRIVATE_KEY";

#[derive(Deserialize)]
struct Given {
    access_token: String,
}

/// A token for this run.
pub(super) async fn token(source: &Source, kind: &Meetup, errand: Errand<'_>) -> Result<String> {
    let needed = |name: &str| {
        errand.secrets.find(name).ok_or_else(|| {
            Error::new(format!("there is no `{name}` in the environment"))
                .help("docs/events.md says where Meetup shows it")
        })
    };
    let client = needed(CLIENT)?;
    let member = needed(MEMBER)?;
    let key = match errand.secrets.of(source, KEY)? {
        Some(key) => key,
        None => needed(KEY)?,
    };
    let claim = Claim {
        client: &client,
        member: &member,
        key_id: errand.secrets.find(KEY_ID),
        expires_s: jiff::Timestamp::now().as_second() + CLAIM_S,
    };
    let signed = claim.signed(&key)?;
    let url = answer::address(kind.login.get_ref(), "")?;
    let form = format!(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={signed}"
    );
    let request = Request::post(url, "application/x-www-form-urlencoded", form).confidential();
    let given: Given = answer::ask_json(errand.http, request, "").await.map_err(|error| {
        error.help("the key, the client or the member may be wrong, or the key may have been withdrawn")
    })?;
    Ok(given.access_token)
}

/// Who asks, for whom, and until when that holds.
struct Claim<'a> {
    client: &'a str,
    member: &'a str,
    key_id: Option<String>,
    expires_s: i64,
}

impl Claim<'_> {
    /// The claim in three parts: head, body, signature.
    fn signed(&self, key: &str) -> Result<String> {
        let pair = key_pair(key)?;
        let mut head = json!({ "alg": "RS256", "typ": "JWT" });
        if let Some(id) = &self.key_id {
            head["kid"] = json!(id);
        }
        let body = json!({
            "sub": self.member,
            "iss": self.client,
            "aud": "api.meetup.com",
            "exp": self.expires_s,
        });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&head), part(&body));
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            message.as_bytes(),
            &mut signature,
        )
        .map_err(|_| Error::new("the key of Meetup cannot sign"))?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// The key out of a text as it stands in a `.pem` file; line breaks may be written as `\n`.
fn key_pair(text: &str) -> Result<RsaKeyPair> {
    let refused = || {
        Error::new(format!("what `{KEY}` holds is no private RSA key")).help(
            "it is the text of the .pem file, from `-----BEGIN` to `KEY-----`, 2048 bits or more",
        )
    };
    let text = text.replace("\\n", "\n");
    let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| refused())?;
    let pair = match &key {
        PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
        PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
        _ => return Err(refused()),
    };
    pair.map_err(|_| refused())
}
