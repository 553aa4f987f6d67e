//! DKIM (RFC 6376, with RFC 8463 for Ed25519): keys, the records that publish them, and signatures.
//!
//! Both canonical forms are `relaxed`. A message may have several signatures: RSA because everybody reads it, Ed25519
//! because it is small and quick. The key's own bytes never leave this module.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use std::fmt;

/// Fields that are signed once more than they occur, so that nobody can add one.
const OVERSIGNED: &[&str] = &[
    "from",
    "reply-to",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "cfbl-address",
];

/// Why a key cannot sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadKey {
    /// It is no private key in PEM.
    Pem,
    /// It is neither RSA of at least 2048 bits nor Ed25519.
    Kind,
}

enum Key {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

/// A private key with the name under which the world finds its public half.
pub struct Signer {
    /// The domain that signs.
    domain: String,
    /// The key's name in it.
    selector: String,
    key: Key,
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Signer({}, {})",
            self.record_name(),
            self.algorithm()
        )
    }
}

impl Signer {
    /// A signer for `selector._domainkey.domain` with a private key in PEM: PKCS#8 (RSA or Ed25519) or PKCS#1.
    pub fn new(domain: &str, selector: &str, pem: &[u8]) -> Result<Signer, BadKey> {
        let der = PrivateKeyDer::from_pem_slice(pem).map_err(|_| BadKey::Pem)?;
        let key = match &der {
            PrivateKeyDer::Pkcs1(der) => rsa(RsaKeyPair::from_der(der.secret_pkcs1_der())),
            PrivateKeyDer::Pkcs8(der) => {
                let der = der.secret_pkcs8_der();
                let ed25519 = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der);
                ed25519
                    .map(Key::Ed25519)
                    .or_else(|_| rsa(RsaKeyPair::from_pkcs8(der)))
            }
            _ => Err(BadKey::Kind),
        };
        Ok(Signer {
            domain: domain.to_owned(),
            selector: selector.to_owned(),
            key: key?,
        })
    }

    /// The name in DNS at which the public key stands.
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// What must stand there (RFC 6376, section 3.6.1; RFC 8463, section 4).
    pub fn record(&self) -> String {
        let (kind, key) = match &self.key {
            Key::Rsa(pair) => ("rsa", subject_public_key(pair.public_key().as_ref())),
            Key::Ed25519(pair) => ("ed25519", pair.public_key().as_ref().to_vec()),
        };
        format!("v=DKIM1; k={kind}; p={}", BASE64.encode(key))
    }

    /// The algorithm as DKIM calls it.
    pub fn algorithm(&self) -> &'static str {
        match self.key {
            Key::Rsa(_) => "rsa-sha256",
            Key::Ed25519(_) => "ed25519-sha256",
        }
    }

    /// The signature in base64 of what `signed` holds: all canonical fields, the signature's own last.
    fn sign(&self, signed: &[u8]) -> String {
        match &self.key {
            Key::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    signed,
                    &mut signature,
                )
                .expect("the buffer has the key's length");
                BASE64.encode(signature)
            }
            // RFC 8463, section 3: what is signed is the hash.
            Key::Ed25519(pair) => {
                let hash = ring::digest::digest(&ring::digest::SHA256, signed);
                BASE64.encode(pair.sign(hash.as_ref()))
            }
        }
    }
}

fn rsa(key: Result<RsaKeyPair, ring::error::KeyRejected>) -> Result<Key, BadKey> {
    key.map(|key| Key::Rsa(Box::new(key)))
        .map_err(|_| BadKey::Kind)
}

/// A new Ed25519 key as PKCS#8 in PEM.
pub fn new_ed25519() -> String {
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
        .expect("the machine has random numbers");
    let encoded = BASE64.encode(der);
    let (first, second) = encoded.split_at(encoded.len().min(64));
    let lines = if second.is_empty() {
        first.to_owned()
    } else {
        format!("{first}\n{second}")
    };
    format!("-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n")
}

/// A public key of RSA (PKCS#1) as the structure that DNS records hold (RFC 5280, section 4.1).
fn subject_public_key(key: &[u8]) -> Vec<u8> {
    // The algorithm: rsaEncryption without parameters (RFC 3279, section 2.3.1).
    const RSA: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    let mut bits = vec![0];
    bits.extend_from_slice(key);
    let mut content = RSA.to_vec();
    content.extend(der(0x03, &bits));
    der(0x30, &content)
}

/// A value of DER: tag, length, content.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = length
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(length.len() - 1);
    let length = &length[significant..];
    let mut out = vec![tag];
    if let [short @ 0..=127] = length {
        out.push(*short);
    } else {
        out.push(0x80 | u8::try_from(length.len()).unwrap_or(8));
        out.extend_from_slice(length);
    }
    out.extend_from_slice(content);
    out
}

/// The field `DKIM-Signature` of all messages of a campaign, up to what differs.
#[derive(Clone, Debug)]
pub(super) struct Start {
    /// As it is written, up to the body's hash.
    written: Vec<u8>,
    /// The same in relaxed form.
    relaxed: Vec<u8>,
}

impl Start {
    /// For messages that have the fields `names` in this order, signed at `time_s` (seconds since 1970).
    pub(super) fn new(signer: &Signer, names: &[&str], time_s: i64) -> Start {
        let names: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        let signed = names
            .iter()
            .map(String::as_str)
            .chain(OVERSIGNED.iter().copied());
        let mut parts = vec![
            "v=1;".to_owned(),
            format!("a={};", signer.algorithm()),
            "c=relaxed/relaxed;".to_owned(),
            format!("d={};", signer.domain),
            format!("s={};", signer.selector),
            format!("t={time_s};"),
        ];
        let signed: Vec<&str> = signed.collect();
        for (at, name) in signed.iter().enumerate() {
            let before = if at == 0 { "h=" } else { "" };
            let after = if at + 1 == signed.len() { ';' } else { ':' };
            parts.push(format!("{before}{name}{after}"));
        }
        let mut written = Vec::new();
        super::header::folded(&mut written, "DKIM-Signature", &parts);
        let mut relaxed = Vec::new();
        super::header::relaxed(&mut relaxed, &written);
        relaxed.truncate(relaxed.len() - 2);
        relaxed.extend_from_slice(b" bh=");
        written.extend_from_slice(b" bh=");
        Start { written, relaxed }
    }

    /// Writes the whole field for a message whose signed fields are `fields` in relaxed form. Leaves `fields` as it was.
    pub(super) fn finish(
        &self,
        signer: &Signer,
        body_hash: &str,
        fields: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) {
        let end = fields.len();
        fields.extend_from_slice(&self.relaxed);
        fields.extend_from_slice(body_hash.as_bytes());
        fields.extend_from_slice(b"; b=");
        let signature = signer.sign(fields);
        fields.truncate(end);
        out.extend_from_slice(&self.written);
        out.extend_from_slice(body_hash.as_bytes());
        out.extend_from_slice(b";\r\n b=");
        let mut first = true;
        for line in signature.as_bytes().chunks(72) {
            if !first {
                out.extend_from_slice(b"\r\n ");
            }
            first = false;
            out.extend_from_slice(line);
        }
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_is_one_that_can_sign() {
        let signer =
            Signer::new("tern.example", "press", new_ed25519().as_bytes()).expect("it is a key");
        assert_eq!(signer.record_name(), "press._domainkey.tern.example");
        let record = signer.record();
        let key = record
            .strip_prefix("v=DKIM1; k=ed25519; p=")
            .expect("it says its kind");
        assert_eq!(BASE64.decode(key).map(|key| key.len()), Ok(32));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let refused = |pem: &str| Signer::new("a.example", "s", pem.as_bytes()).err();
        assert_eq!(refused(""), Some(BadKey::Pem));
        assert_eq!(
            refused("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
            Some(BadKey::Pem)
        );
        assert_eq!(
            refused("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
            Some(BadKey::Kind)
        );
    }

    #[test]
    fn lengths_are_those_of_der() {
        assert_eq!(der(4, &[7; 127])[..2], [4, 127]);
        assert_eq!(der(4, &[7; 128])[..3], [4, 0x81, 128]);
        assert_eq!(der(4, &[7; 300])[..4], [4, 0x82, 1, 44]);
        assert_eq!(der(4, &[]), [4, 0]);
    }
}
