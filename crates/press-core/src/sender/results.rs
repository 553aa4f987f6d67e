//! What a receiving server says of the signatures of a mail, in the field `Authentication-Results` (RFC 8601).
//!
//! Anybody can write such a field into a mail before it is sent; only what the receiving server wrote is to be believed, and
//! that stands above all others.

/// What came of one signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// `pass`, `fail`, `none`, `neutral`, `policy`, `temperror`, `permerror`, in small letters.
    pub result: String,
    /// The domain that signed, as far as it is said.
    pub domain: Option<String>,
}

/// The signatures (DKIM) of which fields with this name speak, given as they stand in the mail from the top. Of other
/// servers than the topmost field's nothing is believed.
pub fn signatures<'t>(fields: impl IntoIterator<Item = &'t str>) -> Vec<Signed> {
    let mut server = None;
    let mut found = Vec::new();
    for field in fields {
        let plain = without_comments(field);
        let mut parts = plain.split(';').map(str::trim);
        let who = parts.next().and_then(|part| part.split_whitespace().next());
        let who = who.unwrap_or_default().to_ascii_lowercase();
        if *server.get_or_insert(who.clone()) != who {
            break;
        }
        found.extend(parts.filter_map(signature));
    }
    found
}

/// `dkim=pass header.d=tern.example`: method, result, what it was found from.
fn signature(part: &str) -> Option<Signed> {
    let spaced = part.replace('=', " = ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (method, result) = match words.as_slice() {
        [method, "=", result, ..] => (*method, *result),
        _ => return None,
    };
    let method = method.split('/').next().unwrap_or_default();
    if !method.eq_ignore_ascii_case("dkim") {
        return None;
    }
    let of = |name: &str| {
        let mut three = words.windows(3);
        let found = three.find(|three| three[0].eq_ignore_ascii_case(name) && three[1] == "=")?;
        let value = found[2].rsplit('@').next().unwrap_or_default();
        (!value.is_empty()).then(|| value.to_ascii_lowercase())
    };
    Some(Signed {
        result: result.to_ascii_lowercase(),
        domain: of("header.d").or_else(|| of("header.i")),
    })
}

/// A field without its comments, which may stand in each other, and without the quotes around words.
fn without_comments(field: &str) -> String {
    let mut plain = String::with_capacity(field.len());
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    for sign in field.chars() {
        if escaped {
            escaped = false;
            // What would end a part must not, where it is a sign like others.
            if depth == 0 && sign != ';' {
                plain.push(sign);
            }
            continue;
        }
        match sign {
            '\\' if depth > 0 || quoted => escaped = true,
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if depth > 0 && !quoted => {
                depth -= 1;
                plain.push(' ');
            }
            ';' | '=' if quoted => {}
            sign if depth == 0 => plain.push(sign),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(fields: &[&str]) -> Vec<(String, String)> {
        let found = signatures(fields.iter().copied());
        let pair = |signed: Signed| (signed.result, signed.domain.unwrap_or_default());
        found.into_iter().map(pair).collect()
    }

    fn said(result: &str, domain: &str) -> (String, String) {
        (result.to_owned(), domain.to_owned())
    }

    #[test]
    fn what_servers_write_is_read() {
        assert_eq!(
            all(&[
                "mx.fast.example;\r\n dkim=pass (2048-bit rsa key sha256)\r\n header.d=Tern.example header.i=@tern.example header.b=aB/c=;\r\n spf=pass smtp.mailfrom=a@b.example"
            ]),
            [said("pass", "tern.example")]
        );
        assert_eq!(
            all(&[
                "mx.example 1; dkim/1 = FAIL reason=\"bad; dkim=pass\" header.i=weekly@tern.example; dkim=pass header.d=relay.example"
            ]),
            [said("fail", "tern.example"), said("pass", "relay.example")]
        );
        assert_eq!(all(&["mx.example; none"]), []);
        assert_eq!(all(&["mx.example; dkim=none"]), [said("none", "")]);
        assert_eq!(
            all(&[
                "mx.example; (a (nested; dkim=fail) one) dkim=pass (\\) dkim=fail) header.d=a.example"
            ]),
            [said("pass", "a.example")]
        );
    }

    #[test]
    fn only_the_topmost_server_is_believed() {
        assert_eq!(
            all(&[
                "mx.example; spf=pass",
                "MX.example; dkim=fail header.d=tern.example",
                "other.example; dkim=pass header.d=tern.example",
                "mx.example; dkim=pass header.d=tern.example",
            ]),
            [said("fail", "tern.example")]
        );
        assert_eq!(all(&[]), []);
        assert_eq!(all(&["", ";;;", "dkim=pass"]), []);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,80}", rest in "[();=\"\\\\ dkimpas.]{0,60}") {
            let fields = [text.as_str(), rest.as_str()];
            for signed in signatures(fields) {
                prop_assert!(!signed.result.is_empty());
            }
        }
    }
}
