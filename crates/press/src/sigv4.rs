//! Signing a request for Amazon, and for storage that talks like it (Signature Version 4): who asks, for what, and when, so
//! that nobody can change it. Requests here have no query.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use jiff::Timestamp;
use ring::{digest, hmac};
use std::fmt;
use std::fmt::Write;

/// A key.
#[derive(Clone)]
pub struct Key {
    /// Whose it is.
    pub id: String,
    /// What nobody else knows.
    pub secret: String,
    /// What goes with a borrowed key.
    pub token: Option<String>,
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key")
    }
}

/// What is asked, where and when.
pub struct Signing<'s> {
    /// Where the service is: `eu-central-1`.
    pub region: &'s str,
    /// Which service: `ses`, `s3`.
    pub service: &'s str,
    /// When.
    pub now: Timestamp,
    /// What is done: `PUT`.
    pub method: &'s str,
    /// To what: the path as it is sent, escaped with [`escape_path`].
    pub path: &'s str,
}

impl Signing<'_> {
    /// The value of `Authorization`. `headers` are those that count, names in lower case; the date and the token are added.
    /// `hash` is that of the body, as [`sha256`] writes it.
    pub fn sign(&self, key: &Key, headers: &mut Vec<(&'static str, String)>, hash: &str) -> String {
        let time = self.now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let day = &time[..8];
        headers.push(("x-amz-date", time.clone()));
        if let Some(token) = &key.token {
            headers.push(("x-amz-security-token", token.clone()));
        }
        headers.sort_unstable();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines = headers.iter();
        let lines: String = lines
            .map(|(name, value)| format!("{name}:{}\n", value.trim()))
            .collect();
        // The empty line is the query's: there is none.
        let request = format!("{}\n{}\n\n{lines}\n{names}\n{hash}", self.method, self.path);
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let request = sha256(request.as_bytes());
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{request}");
        let mut secret = format!("AWS4{}", key.secret).into_bytes();
        for part in [day, self.region, self.service, "aws4_request"] {
            secret = mac(&secret, part);
        }
        let signature = hex(&mac(&secret, &text));
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            key.id
        )
    }
}

/// The hash of a body: 64 hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// A path as requests and signatures have it: all but letters, digits, `-`, `.`, `_`, `~` and `/` is escaped, once.
pub fn escape_path(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                escaped.push(char::from(byte));
            }
            _ => {
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
    }
    escaped
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text.as_bytes()).as_ref().to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The case "post-vanilla" of Amazon's own test suite for the signature.
    #[test]
    fn amazons_own_example_is_signed_as_amazon_signs_it() {
        let key = Key {
            id: "AKIDEXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            token: None,
        };
        let signing = Signing {
            region: "us-east-1",
            service: "service",
            now: "2015-08-30T12:36:00Z".parse().unwrap(),
            method: "POST",
            path: "/",
        };
        let mut headers = vec![("host", "example.amazonaws.com".to_owned())];
        assert_eq!(
            signing.sign(&key, &mut headers, &sha256(b"")),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        );
        assert_eq!(format!("{key:?}"), "Key");
    }

    #[test]
    fn paths_are_escaped_once_and_by_bytes() {
        assert_eq!(
            escape_path("/a b/ü+~(1).html"),
            "/a%20b/%C3%BC%2B~%281%29.html"
        );
    }
}
