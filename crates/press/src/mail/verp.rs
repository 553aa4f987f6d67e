//! Return paths that say whom a bounce is about (VERP): one address for each delivery.
//!
//! `bounces+c12-s3456-…@host` names campaign and subscriber by number, and ends in a code that only we can make: a
//! forged bounce suppresses nobody. All of it survives programs that write addresses in lower case.

use ring::hmac;

/// The address to which bounces come, and the secret behind the codes.
#[derive(Clone, Debug)]
pub struct Verp {
    local: String,
    domain: String,
    key: hmac::Key,
}

/// What a return path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Delivery {
    /// The campaign's number.
    pub campaign: i64,
    /// The subscriber's number.
    pub subscriber: i64,
}

/// The name of the secret among the keys of a newsletter's database: who sends and who reads bounces must have the same.
pub const KEY: &str = "return-path";

/// Characters of the code: fifty bits.
const CODE: usize = 10;

impl Verp {
    /// Return paths below `address` (as `bounces@host`, without a `+`). None if it is no address.
    pub fn new(address: &str, secret: &[u8]) -> Option<Verp> {
        let (local, domain) = address.rsplit_once('@')?;
        (!local.is_empty() && !domain.is_empty()).then(|| Verp {
            local: local.to_owned(),
            domain: domain.to_owned(),
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
        })
    }

    /// The return path of a delivery.
    pub fn address(&self, delivery: Delivery) -> String {
        let name = format!("c{}-s{}", delivery.campaign, delivery.subscriber);
        format!("{}+{name}-{}@{}", self.local, self.code(&name), self.domain)
    }

    /// The delivery that an address names, if it is one of ours and nobody made it up.
    pub fn find_delivery(&self, address: &str) -> Option<Delivery> {
        let address = address.trim().trim_start_matches('<').trim_end_matches('>');
        let (local, domain) = address.rsplit_once('@')?;
        let (own, detail) = local.rsplit_once('+')?;
        if !domain.eq_ignore_ascii_case(&self.domain) || !own.eq_ignore_ascii_case(&self.local) {
            return None;
        }
        let detail = detail.to_ascii_lowercase();
        let (name, code) = detail.rsplit_once('-')?;
        if code != self.code(name) {
            return None;
        }
        let (campaign, subscriber) = name.strip_prefix('c')?.split_once("-s")?;
        Some(Delivery {
            campaign: campaign.parse().ok()?,
            subscriber: subscriber.parse().ok()?,
        })
    }

    fn code(&self, name: &str) -> String {
        const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        let tag = hmac::sign(&self.key, name.as_bytes());
        let digit = |byte: &u8| char::from(DIGITS[usize::from(byte % 32)]);
        tag.as_ref().iter().take(CODE).map(digit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_path_comes_back_and_cannot_be_made_up() {
        let verp = Verp::new("bounces@tern.example", b"secret").expect("an address");
        let delivery = Delivery {
            campaign: 12,
            subscriber: 3_456,
        };
        let address = verp.address(delivery);
        assert!(
            address.starts_with("bounces+c12-s3456-") && address.len() <= 64 + 13,
            "{address}"
        );
        assert_eq!(verp.find_delivery(&address), Some(delivery));
        assert_eq!(
            verp.find_delivery(&format!("<{}>", address.to_uppercase())),
            Some(delivery)
        );
        assert_eq!(verp.find_delivery(&address.replace("s3456", "s3457")), None);
        for strange in [
            "",
            "@",
            "bounces@tern.example",
            "bounces+c1-s2@tern.example",
            "bounces+c12-s3456-aaaaaaaaaa@tern.example",
        ] {
            assert_eq!(verp.find_delivery(strange), None, "{strange}");
        }
        let other = Verp::new("bounces@tern.example", b"other").expect("an address");
        assert_eq!(other.find_delivery(&address), None);
    }
}
