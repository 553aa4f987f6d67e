//! Addresses of people: what is one, when two are the same, and how one is shown without telling whose it is.
//!
//! The rules are those of RFC 5321 (4.1.2, 4.5.3.1) with the characters of RFC 6531. Two addresses are the same if no
//! rule tells them apart: the domain is compared as the name system sees it, without regard to case and in its ASCII
//! form; the part before the `@` as it is written, because only the server that owns it may say what it means. So
//! `Ada@tern.example` and `ada@tern.example` are two, and nothing is known here of dots or tags that some servers
//! ignore. What must never be mailed again is compared more broadly: see [`EmailAddress::folded`].

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use std::borrow::Cow;
use std::fmt;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Longest part before the `@`, in bytes (RFC 5321, 4.5.3.1.1).
const LOCAL_LIMIT_BYTES: usize = 64;

/// Longest address, in bytes: a path of 256 without its angle brackets (RFC 5321, 4.5.3.1.3).
const ADDRESS_LIMIT_BYTES: usize = 254;

/// An e-mail address. It prints masked; [`EmailAddress::expose`] gives it away.
#[derive(Clone)]
pub struct EmailAddress {
    /// As it was written.
    text: String,
    /// The part before the `@`, without quotes that it does not need, in NFC.
    local: String,
    /// The domain in lower case and in its ASCII form.
    domain: String,
}

/// Why a text is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressMistake {
    /// There is nothing.
    Empty,
    /// There is no `@`.
    NoAt,
    /// Nothing stands before the `@`.
    NoLocal,
    /// The part before the `@` is longer than 64 bytes.
    LongLocal,
    /// The address is longer than 254 bytes.
    Long,
    /// A space, a line break, a control character or one that nobody can see.
    Invisible,
    /// A character that needs quotes.
    Character(char),
    /// A dot at the beginning or the end of the part before the `@`, or two in a row.
    Dots,
    /// The domain has no dot, or is a number.
    ShortDomain,
    /// The domain cannot be one.
    Domain,
}

impl fmt::Display for AddressMistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            AddressMistake::Empty => "there is no address",
            AddressMistake::NoAt => "there is no @ in the address",
            AddressMistake::NoLocal => "nothing stands before the @",
            AddressMistake::LongLocal => "the part before the @ is longer than 64 bytes",
            AddressMistake::Long => "the address is longer than 254 bytes",
            AddressMistake::Invisible => "the address has a space or an invisible character in it",
            AddressMistake::Character(sign) => {
                return write!(formatter, "the address has a `{sign}` in it");
            }
            AddressMistake::Dots => "the part before the @ has a dot too many",
            AddressMistake::ShortDomain => "the domain has no top level, such as `.org`",
            AddressMistake::Domain => "the part after the @ cannot be a domain",
        };
        formatter.write_str(text)
    }
}

impl std::error::Error for AddressMistake {}

impl EmailAddress {
    /// Reads an address. Nothing may stand around it: no name, no angle brackets, no spaces.
    pub fn parse(text: &str) -> Result<EmailAddress, AddressMistake> {
        if text.is_empty() {
            return Err(AddressMistake::Empty);
        }
        if text.chars().any(is_invisible) {
            return Err(AddressMistake::Invisible);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(AddressMistake::NoAt)?;
        let local = parse_local(local)?;
        let domain = parse_domain(domain)?;
        if local.len() + 1 + domain.len() > ADDRESS_LIMIT_BYTES || text.len() > ADDRESS_LIMIT_BYTES
        {
            return Err(AddressMistake::Long);
        }
        Ok(EmailAddress {
            text: text.to_owned(),
            local,
            domain,
        })
    }

    /// The address as it was written.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The address as servers are given it: the domain in its ASCII form.
    pub fn envelope(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }

    /// What tells addresses apart. Equal keys mean one address; the key is no less private than the address.
    pub fn key(&self) -> String {
        self.envelope()
    }

    /// The key without regard to the case of the part before the `@`, for what must not be mailed: hardly any server
    /// tells them apart, and mailing somebody who complained is worse than leaving out a namesake.
    pub fn folded(&self) -> String {
        format!("{}@{}", self.local.to_lowercase(), self.domain)
    }

    /// The domain in lower case and in its ASCII form: where mail for it goes.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether only a server that knows SMTPUTF8 (RFC 6531) can take it.
    pub fn needs_smtputf8(&self) -> bool {
        !self.local.is_ascii()
    }

    /// The first character and the domain: enough to find a mistake, too little to write to somebody.
    pub fn masked(&self) -> String {
        let first = self.local.trim_start_matches('"').chars().next();
        format!("{}…@{}", first.unwrap_or('"'), self.domain)
    }
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.local == other.local && self.domain == other.domain
    }
}

impl Eq for EmailAddress {}

impl fmt::Display for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.masked())
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "EmailAddress({})", self.masked())
    }
}

/// Spaces, control characters, and what has no width or turns the direction of writing.
fn is_invisible(sign: char) -> bool {
    sign.is_control()
        || sign.is_whitespace()
        || matches!(
            sign,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' | '\u{fffd}'
        )
        || matches!(sign, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(sign, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The part before the `@`: an atom with dots, or a text in quotes (RFC 5321, `Local-part`).
fn parse_local(written: &str) -> Result<String, AddressMistake> {
    if written.is_empty() {
        return Err(AddressMistake::NoLocal);
    }
    if written.len() > LOCAL_LIMIT_BYTES {
        return Err(AddressMistake::LongLocal);
    }
    let quoted = written
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let local = match quoted {
        // Quotes that are not needed are no part of the address.
        Some(inner) => unquote(inner)?,
        None => match atom_mistake(written) {
            Some(mistake) => return Err(mistake),
            None => Cow::Borrowed(written),
        },
    };
    match is_nfc(&local) {
        true => Ok(local.into_owned()),
        false => Ok(local.nfc().collect()),
    }
}

/// What stands in quotes, without them if it would be an atom.
fn unquote(inner: &str) -> Result<Cow<'_, str>, AddressMistake> {
    let mut plain = String::new();
    let mut signs = inner.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '"' => return Err(AddressMistake::Character('"')),
            '\\' => plain.push(signs.next().ok_or(AddressMistake::Character('\\'))?),
            sign => plain.push(sign),
        }
    }
    if plain.is_empty() {
        return Err(AddressMistake::NoLocal);
    }
    if atom_mistake(&plain).is_none() {
        return Ok(Cow::Owned(plain));
    }
    let mut quoted = String::from("\"");
    for sign in plain.chars() {
        if matches!(sign, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(sign);
    }
    quoted.push('"');
    Ok(Cow::Owned(quoted))
}

/// Why a text is no atom with dots (RFC 5322, 3.2.3; RFC 6531, 3.3).
fn atom_mistake(text: &str) -> Option<AddressMistake> {
    let strange = |sign: &char| {
        sign.is_ascii() && !sign.is_ascii_alphanumeric() && !"!#$%&'*+-/=?^_`{|}~.".contains(*sign)
    };
    if let Some(sign) = text.chars().find(strange) {
        return Some(AddressMistake::Character(sign));
    }
    let dots = text.starts_with('.') || text.ends_with('.') || text.contains("..");
    dots.then_some(AddressMistake::Dots)
}

fn parse_domain(written: &str) -> Result<String, AddressMistake> {
    let ascii = Uts46::new().to_ascii(
        written.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
        DnsLength::Verify,
    );
    let ascii = ascii.map_err(|_| AddressMistake::Domain)?;
    let (_, top) = ascii.rsplit_once('.').ok_or(AddressMistake::ShortDomain)?;
    if top.len() < 2 || top.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AddressMistake::ShortDomain);
    }
    Ok(ascii.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(text: &str) -> String {
        EmailAddress::parse(text)
            .unwrap_or_else(|mistake| panic!("{text}: {mistake}"))
            .key()
    }

    fn mistake(text: &str) -> AddressMistake {
        EmailAddress::parse(text).expect_err(text)
    }

    #[test]
    fn the_domain_is_compared_as_the_name_system_does_and_the_rest_as_it_is_written() {
        assert_eq!(key("Ada@TERN.Example"), "Ada@tern.example");
        assert_ne!(key("Ada@tern.example"), key("ada@tern.example"));
        assert_ne!(key("a.da@tern.example"), key("ada@tern.example"));
        assert_ne!(key("ada+news@tern.example"), key("ada@tern.example"));
        assert_eq!(key("ada@bücher.example"), "ada@xn--bcher-kva.example");
        assert_eq!(key("ada@BÜCHER.example"), key("ada@xn--bcher-kva.example"));
        assert_eq!(key("ada@bücher。example"), key("ada@bücher.example"));
        let ada = EmailAddress::parse("Ada@Bücher.example").expect("an address");
        assert_eq!(ada.expose(), "Ada@Bücher.example");
        assert_eq!(ada.folded(), "ada@xn--bcher-kva.example");
        assert_eq!(ada.domain(), "xn--bcher-kva.example");
    }

    #[test]
    fn addresses_that_people_have_are_understood() {
        for text in [
            "a@b.co",
            "o'neill@tern.example",
            "ada+weekly@tern.example",
            "a/b=c@tern.example",
            "user%relay@tern.example",
            "_@tern.example",
            "1234567890@123.example",
            "ada@a-b--c.example",
            "用户@例子.广告",
            "jörg@tern.example",
            "\"ada..b\"@tern.example",
            "\"a@b\"@tern.example",
        ] {
            assert_eq!(key(text), key(&key(text)), "{text}");
        }
        assert!(
            EmailAddress::parse("jörg@tern.example")
                .expect("one")
                .needs_smtputf8()
        );
        assert!(
            !EmailAddress::parse("j@jörg.example")
                .expect("one")
                .needs_smtputf8()
        );
    }

    #[test]
    fn two_ways_to_write_one_address_are_one() {
        assert_eq!(key("\"ada\"@tern.example"), "ada@tern.example");
        assert_eq!(
            key("\"a\\da..b\"@tern.example"),
            key("\"ada..b\"@tern.example")
        );
        assert_eq!(
            key("jo\u{308}rg@tern.example"),
            key("j\u{f6}rg@tern.example")
        );
    }

    #[test]
    fn what_is_no_address_is_told_why() {
        use AddressMistake as M;
        for (text, why) in [
            ("", M::Empty),
            ("ada", M::NoAt),
            ("@tern.example", M::NoLocal),
            ("\"\"@tern.example", M::NoLocal),
            ("ada @tern.example", M::Invisible),
            ("ada@tern.example\n", M::Invisible),
            ("ada\r\nBcc: b@c.example", M::Invisible),
            ("ada\0@tern.example", M::Invisible),
            ("ada\u{200b}@tern.example", M::Invisible),
            ("ada\u{202e}@tern.example", M::Invisible),
            ("<ada@tern.example>", M::Character('<')),
            ("mailto:ada@tern.example", M::Character(':')),
            ("ada,bob@tern.example", M::Character(',')),
            ("a@b@tern.example", M::Character('@')),
            ("\"a\"b\"@tern.example", M::Character('"')),
            ("\"a\\\"@tern.example", M::Character('\\')),
            (".ada@tern.example", M::Dots),
            ("ada.@tern.example", M::Dots),
            ("a..da@tern.example", M::Dots),
            ("ada@localhost", M::ShortDomain),
            ("ada@127.0.0.1", M::ShortDomain),
            ("ada@tern.e", M::ShortDomain),
            ("ada@[127.0.0.1]", M::Domain),
            ("ada@", M::Domain),
            ("ada@.example", M::Domain),
            ("ada@tern..example", M::Domain),
            ("ada@tern.example.", M::Domain),
            ("ada@-tern.example", M::Domain),
            ("ada@te_rn.example", M::Domain),
            ("ada@xn--zzzzzzzzzz\u{e9}.example", M::Domain),
        ] {
            assert_eq!(mistake(text), why, "{text:?}");
        }
        let long = |length: usize| "a".repeat(length);
        assert!(EmailAddress::parse(&format!("{}@tern.example", long(64))).is_ok());
        assert_eq!(mistake(&format!("{}@tern.example", long(65))), M::LongLocal);
        let domain = format!("{}.{}.{}.example", long(63), long(63), long(60));
        let room = ADDRESS_LIMIT_BYTES - 1 - domain.len();
        assert!(EmailAddress::parse(&format!("{}@{domain}", long(room))).is_ok());
        assert_eq!(mistake(&format!("{}@{domain}", long(room + 1))), M::Long);
    }

    #[test]
    fn printing_does_not_tell_whose_it_is() {
        let ada = EmailAddress::parse("ada.lovelace@tern.example").expect("an address");
        assert_eq!(ada.to_string(), "a…@tern.example");
        assert_eq!(format!("{ada:?}"), "EmailAddress(a…@tern.example)");
        let quoted = EmailAddress::parse("\"ada..b\"@tern.example").expect("an address");
        assert_eq!(quoted.to_string(), "a…@tern.example");
    }

    proptest! {
        #[test]
        fn any_text_is_an_address_or_told_why(text in "\\PC{0,20}@?[\\PC.]{0,20}") {
            if let Ok(address) = EmailAddress::parse(&text) {
                let again = EmailAddress::parse(&address.key());
                prop_assert_eq!(again.as_ref().map(EmailAddress::key), Ok(address.key()));
                prop_assert!(!address.envelope().contains(['\r', '\n', ' ', '\0']));
                prop_assert!(address.domain().is_ascii());
            }
        }

        #[test]
        fn usual_addresses_keep_their_letters(local in "[A-Za-z0-9+_-]{1,20}", domain in "[a-z]{2,9}\\.[a-z]{2,5}") {
            let text = format!("{local}@{domain}");
            let address = EmailAddress::parse(&text).expect("a usual address");
            prop_assert_eq!(address.expose(), &text);
            prop_assert_eq!(address.key(), text);
        }
    }
}
