//! SPF (RFC 7208): which machines may send in a domain's name.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What is said of machines that a mechanism matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They may send.
    Pass,
    /// They may not.
    Fail,
    /// Probably they may not.
    SoftFail,
    /// Nothing.
    Neutral,
}

/// Which machines are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// All.
    All,
    /// Those that may send for another domain.
    Include(String),
    /// Those with an address of a name; nothing is the domain itself. Bits of both kinds of addresses.
    Address(Option<String>, u32, u32),
    /// Those that take a name's mail.
    Mail(Option<String>, u32, u32),
    /// Those whose address leads to a name; nobody should use it any more.
    Pointer,
    /// Those in a network.
    Network(IpAddr, u32),
    /// All, if a name exists.
    Exists(String),
}

/// A record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spf {
    /// What it says, in order; the first that matches counts.
    pub terms: Vec<(Verdict, Mechanism)>,
    /// The domain that is asked if nothing matches.
    pub redirect: Option<String>,
}

/// Most questions to DNS that following a record may take (section 4.6.4).
pub const MOST_LOOKUPS: usize = 10;
/// Most of them that may find nothing.
pub const MOST_VOID: usize = 2;
/// Most addresses of one name that takes mail.
pub const MOST_MAIL: usize = 10;

impl Mechanism {
    /// Whether following it takes a question that counts.
    pub fn asks(&self) -> bool {
        !matches!(self, Mechanism::All | Mechanism::Network(..))
    }
}

/// Whether a text is meant to be such a record.
pub fn is_spf(record: &str) -> bool {
    let version = record.split(' ').next().unwrap_or_default();
    version.eq_ignore_ascii_case("v=spf1")
}

/// Reads a record; the error is the term that cannot be read.
pub fn parse(record: &str) -> Result<Spf, String> {
    let mut spf = Spf::default();
    for term in record.split_ascii_whitespace().skip(1) {
        let slip = || term.chars().take(80).collect::<String>();
        let name_ends = |sign: char| matches!(sign, '=' | ':' | '/');
        let modifier = term
            .find(name_ends)
            .filter(|at| term[*at..].starts_with('='));
        if let Some(at) = modifier {
            let (name, value) = (&term[..at], &term[at + 1..]);
            let known = name.eq_ignore_ascii_case("redirect");
            match (
                known,
                name.starts_with(|sign: char| sign.is_ascii_alphabetic()),
            ) {
                (true, _) if spf.redirect.is_none() && is_name(value) => {
                    spf.redirect = Some(value.to_owned());
                }
                // Unknown ones are passed over.
                (false, true) => {}
                _ => return Err(slip()),
            }
            continue;
        }
        spf.terms.push(directive(term).ok_or_else(slip)?);
    }
    Ok(spf)
}

fn directive(term: &str) -> Option<(Verdict, Mechanism)> {
    let (verdict, rest) = match term.as_bytes().first()? {
        b'+' => (Verdict::Pass, &term[1..]),
        b'-' => (Verdict::Fail, &term[1..]),
        b'~' => (Verdict::SoftFail, &term[1..]),
        b'?' => (Verdict::Neutral, &term[1..]),
        _ => (Verdict::Pass, term),
    };
    let end = rest.find([':', '/']).unwrap_or(rest.len());
    let (name, argument) = rest.split_at(end);
    let value = argument.strip_prefix(':');
    let mechanism = match (name.to_ascii_lowercase().as_str(), value) {
        ("all", None) if argument.is_empty() => Mechanism::All,
        ("include", Some(domain)) if is_name(domain) => Mechanism::Include(domain.to_owned()),
        ("exists", Some(domain)) if is_name(domain) => Mechanism::Exists(domain.to_owned()),
        ("ptr", domain) if argument.is_empty() || domain.is_some_and(is_name) => Mechanism::Pointer,
        ("a", _) => {
            let (domain, four, six) = with_bits(argument)?;
            Mechanism::Address(domain, four, six)
        }
        ("mx", _) => {
            let (domain, four, six) = with_bits(argument)?;
            Mechanism::Mail(domain, four, six)
        }
        ("ip4", Some(network)) => network_of(network, IpAddr::is_ipv4)?,
        ("ip6", Some(network)) => network_of(network, IpAddr::is_ipv6)?,
        _ => return None,
    };
    Some((verdict, mechanism))
}

/// Reads `:domain/24//64`, any part of which may be absent.
fn with_bits(argument: &str) -> Option<(Option<String>, u32, u32)> {
    let (argument, six) = match argument.split_once("//") {
        Some((argument, six)) => (argument, bits(six, 128)?),
        None => (argument, 128),
    };
    // A macro may hold a slash, and nobody writes one.
    let (argument, four) = match argument.rsplit_once('/') {
        Some((argument, four)) => (argument, bits(four, 32)?),
        None => (argument, 32),
    };
    match argument.strip_prefix(':') {
        Some(domain) if is_name(domain) => Some((Some(domain.to_owned()), four, six)),
        None if argument.is_empty() => Some((None, four, six)),
        _ => None,
    }
}

fn bits(text: &str, most: u32) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let bits = plain.then(|| text.parse::<u32>().ok()).flatten()?;
    (bits <= most).then_some(bits)
}

fn network_of(text: &str, kind: fn(&IpAddr) -> bool) -> Option<Mechanism> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok().filter(kind)?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = length.map_or(Some(most), |length| bits(length, most))?;
    Some(Mechanism::Network(address, bits))
}

/// Whether it may be a domain, perhaps with macros.
fn is_name(text: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    !text.is_empty() && text.len() <= 255 && text.bytes().all(good)
}

/// Whether a domain holds macros, which say something only when a mail is there.
pub fn has_macros(domain: &str) -> bool {
    domain.contains('%')
}

/// Whether an address is in a network.
pub fn is_in(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let wide = |address: IpAddr| match address {
        IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
        IpAddr::V6(address) => u128::from(address),
    };
    let apart = wide(plain(address)) ^ wide(network);
    plain(address).is_ipv4() == network.is_ipv4() && apart.checked_shr(128 - bits).unwrap_or(0) == 0
}

/// An address of the older kind in the clothes of the newer one, without them.
fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(six) => six.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

/// The name under which an address is looked up (RFC 1035 section 3.5, RFC 3596 section 2.5).
pub fn reverse(address: IpAddr) -> String {
    match plain(address) {
        IpAddr::V4(four) => {
            let [a, b, c, d] = Ipv4Addr::octets(&four);
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(six) => {
            let bytes = Ipv6Addr::octets(&six);
            let digits = bytes.iter().rev().flat_map(|byte| [byte & 15, byte >> 4]);
            let digits: Vec<String> = digits.map(|digit| format!("{digit:x}")).collect();
            format!("{}.ip6.arpa", digits.join("."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn records_are_read() {
        let spf = parse("v=spf1 a mx/24//64 a:mail.example/28 ip4:192.0.2.0/24 ip6:2001:db8::/32 include:_spf.example ?exists:%{i}.x.example ptr ~all exp=why.example").unwrap();
        assert_eq!(spf.terms.len(), 9);
        assert_eq!(
            spf.terms[0],
            (Verdict::Pass, Mechanism::Address(None, 32, 128))
        );
        assert_eq!(spf.terms[1].1, Mechanism::Mail(None, 24, 64));
        assert_eq!(
            spf.terms[2].1,
            Mechanism::Address(Some("mail.example".into()), 28, 128)
        );
        assert_eq!(spf.terms[6].0, Verdict::Neutral);
        assert_eq!(spf.terms[8], (Verdict::SoftFail, Mechanism::All));
        assert_eq!(spf.terms.iter().filter(|(_, m)| m.asks()).count(), 6);
        assert_eq!(
            parse("v=spf1 redirect=a.example")
                .unwrap()
                .redirect
                .as_deref(),
            Some("a.example")
        );
        for (record, slip) in [
            ("v=spf1 ip4:1.2.3 -all", "ip4:1.2.3"),
            ("v=spf1 ip4:2001:db8::1 -all", "ip4:2001:db8::1"),
            ("v=spf1 ip4:192.0.2.0/33", "ip4:192.0.2.0/33"),
            ("v=spf1 include -all", "include"),
            ("v=spf1 al1", "al1"),
            ("v=spf1 all:x", "all:x"),
            ("v=spf1 redirect=a redirect=b", "redirect=b"),
            ("v=spf1 a:/24", "a:/24"),
        ] {
            assert_eq!(parse(record).unwrap_err(), slip);
        }
        assert!(is_spf("v=spf1") && is_spf("V=SPF1 -all") && !is_spf("v=spf10 -all"));
    }

    #[test]
    fn addresses_are_compared_and_turned_round() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(is_in(address("192.0.2.9"), address("192.0.2.0"), 24));
        assert!(is_in(address("::ffff:192.0.2.9"), address("192.0.2.0"), 24));
        assert!(!is_in(address("192.0.3.9"), address("192.0.2.0"), 24));
        assert!(is_in(address("2001:db8::1"), address("::"), 0));
        assert!(!is_in(address("2001:db8::1"), address("0.0.0.0"), 0));
        assert_eq!(reverse(address("192.0.2.1")), "1.2.0.192.in-addr.arpa");
        let six = reverse(address("2001:db8::567:89ab"));
        assert!(
            six.starts_with("b.a.9.8.7.6.5.0.0.0") && six.ends_with("8.b.d.0.1.0.0.2.ip6.arpa")
        );
    }

    proptest! {
        #[test]
        fn whatever_is_published_is_read_or_refused(record in ".{0,200}") {
            let _ = parse(&record);
            let _ = parse(&format!("v=spf1 {record}"));
            let _ = super::super::dmarc::parse(&record);
            let _ = super::super::dmarc::parse(&format!("v=DMARC1; {record}"));
            let _ = super::super::dmarc::walk(&record);
            let _ = super::super::dkim::parse(&record);
        }
    }
}
