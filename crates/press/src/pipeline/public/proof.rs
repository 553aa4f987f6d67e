//! A small proof of work: it costs a browser a moment and a machine that types ten thousand addresses an hour of its time.
//! No third party sees anything of it.
//!
//! The form holds a challenge: the hour, under our key. The browser looks for a number so that SHA-256 of challenge, address
//! and number begins with so many zero bits. Nothing is kept of it: a proof holds for one address only, and that address
//! gets one letter a day, however often it is proved.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::{digest, hmac};

/// What a form asks a browser to work on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// What stands in the form.
    pub text: String,
    /// How many zero bits are asked for.
    pub bits: u32,
}

/// Challenges are good for this hour and the two before: a form may stand open for a while.
const HOURS: i64 = 2;

fn mac(key: &hmac::Key, hour: i64) -> String {
    let tag = hmac::sign(key, format!("challenge {hour}").as_bytes());
    URL_SAFE_NO_PAD.encode(&tag.as_ref()[..12])
}

/// The challenge of the hour.
pub(super) fn challenge(key: &hmac::Key, bits: u32, now_s: i64) -> Challenge {
    let hour = now_s.div_euclid(3_600);
    Challenge {
        text: format!("{hour}.{}", mac(key, hour)),
        bits,
    }
}

/// Whether `nonce` proves the work for an address.
pub(super) fn is_proved(
    (key, bits, now_s): (&hmac::Key, u32, i64),
    challenge: &str,
    address: &str,
    nonce: &str,
) -> bool {
    let this_hour = now_s.div_euclid(3_600);
    let ours = (this_hour - HOURS..=this_hour + 1).any(|hour| {
        challenge.split_once('.') == Some((hour.to_string().as_str(), mac(key, hour).as_str()))
    });
    let short = nonce.len() <= 20 && !nonce.is_empty();
    ours && short && zero_bits(&format!("{challenge}:{address}:{nonce}")) >= bits
}

fn zero_bits(text: &str) -> u32 {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    let mut bits = 0;
    for byte in hash.as_ref() {
        bits += byte.leading_zeros();
        if *byte != 0 {
            break;
        }
    }
    bits
}

/// Does the work, as a browser does it: for tests and tools.
#[doc(hidden)]
pub fn prove(challenge: &Challenge, address: &str) -> String {
    let mut tries = 0_u64..;
    let good = tries.find(|nonce| {
        zero_bits(&format!("{}:{address}:{nonce}", challenge.text)) >= challenge.bits
    });
    good.unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_S: i64 = 1_800_000_000;

    #[test]
    fn a_proof_holds_for_its_address_and_its_hours() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"one");
        let asked = challenge(&key, 10, NOW_S);
        let nonce = prove(&asked, "a@b.example");
        let good = |at, address| is_proved((&key, 10, at), &asked.text, address, &nonce);
        assert!(good(NOW_S, "a@b.example"));
        assert!(good(NOW_S + 7_200, "a@b.example"));
        assert!(!good(NOW_S + 4 * 3_600, "a@b.example"));
        assert!(!good(NOW_S, "c@d.example"));
        let other = hmac::Key::new(hmac::HMAC_SHA256, b"two");
        let forged = challenge(&other, 0, NOW_S);
        assert!(!is_proved(
            (&key, 0, NOW_S),
            &forged.text,
            "a@b.example",
            "0"
        ));
        for strange in ["", ".", "x.y", "99999999999999999999.a"] {
            assert!(!is_proved((&key, 0, NOW_S), strange, "a@b.example", "0"));
        }
    }
}
