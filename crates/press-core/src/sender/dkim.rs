//! The record that holds the public key of a signature (RFC 6376 section 3.6.1).

use super::{tag, tags};

/// A published key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// `rsa` or `ed25519`.
    pub algorithm: String,
    /// The key in base64, without white space; empty for one that was taken back.
    pub key: String,
    /// Whether the domain says that it only tries signing (`t=y`).
    pub testing: bool,
    /// Whether SHA-256, with which everybody signs, may be used with it.
    pub sha256: bool,
    /// Whether it may sign mail.
    pub mail: bool,
}

/// Reads a record.
pub fn parse(record: &str) -> Option<Key> {
    let tags = tags(record)?;
    let version = tags.iter().position(|(name, _)| name == "v");
    // It may be left out; if it is there it comes first.
    if version.is_some_and(|at| at != 0 || tags[0].1 != "DKIM1") {
        return None;
    }
    let listed = |name: &str, wanted: &[&str]| {
        let all = tag(&tags, name).map(|value| value.split(':').map(str::trim));
        all.is_none_or(|mut all| all.any(|one| wanted.contains(&one)))
    };
    Some(Key {
        algorithm: tag(&tags, "k").unwrap_or("rsa").to_ascii_lowercase(),
        key: tag(&tags, "p")?.split_whitespace().collect(),
        testing: tag(&tags, "t").is_some_and(|t| t.split(':').any(|flag| flag.trim() == "y")),
        sha256: listed("h", &["sha256"]),
        mail: listed("s", &["*", "email"]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read() {
        let key = parse("v=DKIM1; k=ed25519; p=AB cd\tEF==").unwrap();
        assert_eq!((&*key.algorithm, &*key.key), ("ed25519", "ABcdEF=="));
        assert!(!key.testing && key.sha256 && key.mail);
        let key = parse("p=; t=y:s; h=sha1; s=other").unwrap();
        assert_eq!((&*key.algorithm, &*key.key), ("rsa", ""));
        assert!(key.testing && !key.sha256 && !key.mail);
        for slip in ["", "v=DKIM1", "v=DKIM2; p=AB", "p=AB; v=DKIM1", "hello"] {
            assert_eq!(parse(slip), None, "{slip}");
        }
    }
}
