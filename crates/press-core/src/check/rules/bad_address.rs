//! Addresses that cannot lead anywhere.

use crate::canonical::parts;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;

pub(super) const RULE: Rule = Rule {
    name: "bad-address",
    level: Level::Deny,
    page: include_str!("bad_address.md"),
    check,
};

/// What is wrong, and the address that was probably meant.
type Fault = (&'static str, Option<String>);

fn check(context: &mut Context<'_>) {
    let mut seen = Vec::new();
    for link in &context.issue().links {
        if link.url.is_empty() || link.url.contains('@') || is_plain(&link.url) {
            continue;
        }
        // What the template of drafts has there is filled in later.
        let template = context.facts.template.unwrap_or_default();
        let planned = context.target.draft && template.contains(&link.url);
        if planned || seen.contains(&link.destination) {
            continue;
        }
        let Some((message, meant)) = fault(&link.url) else {
            continue;
        };
        seen.push(link.destination);
        let span = link.destination.unwrap_or(link.span);
        let mut finding = context.finding(span, message);
        if link
            .destination
            .is_some_and(|span| !link.span.contains(span))
        {
            finding = finding.with_place(link.span, "used here");
        }
        let same = span.of(context.text()) == link.url;
        context.report(match meant.filter(|_| same) {
            Some(meant) => finding.with_edit(false, span, meant),
            None => finding.with_help("take the address from the page again"),
        });
    }
}

/// Whether an address has nothing about it that could be wrong: one scheme, a host with a full stop inside, plain
/// signs, and no page whose number is looked at. Nearly all are so, and are told so in one pass.
fn is_plain(url: &str) -> bool {
    let Some(rest) = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
    else {
        return false;
    };
    let host = rest.split('/').next().unwrap_or_default();
    let plain = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'_' | b'/' | b'.' | b'=' | b'&' | b'#' | b'+' | b'?' | b'~'
            )
    };
    let numbered = ["youtube.com", "youtu.be"]
        .iter()
        .any(|name| host.ends_with(name))
        || host == "github.com" && !is_whole_pull(rest);
    rest.as_bytes().iter().all(plain)
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
        && host.contains('.')
        && !is_misspelt_domain(host)
        && !host.starts_with(['.', '0', '1'])
        && (!host.starts_with("ww") || host.starts_with("www.") && !host[4..].starts_with('w'))
        && !host.contains("..")
        && rest.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '/')
        && !numbered
}

/// Whether an address of a forge, if it is that of a pull request, ends in its number.
fn is_whole_pull(rest: &str) -> bool {
    let mut segments = rest.split('/').skip(3);
    let kind = segments.next();
    let number = segments.next().unwrap_or_default();
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    kind != Some("pull") || digits && !number.is_empty()
}

fn fault(url: &str) -> Option<Fault> {
    scheme(url)
        .or_else(|| host(url))
        .or_else(|| ending(url))
        .or_else(|| inside(url))
        .or_else(|| cut_off(url))
}

/// Schemes that are `http` or `https` with a slip, and addresses without one.
fn scheme(url: &str) -> Option<Fault> {
    let slip = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.contains("ttp") || name.contains("htt") || name.contains("htp")
    };
    let scheme_end = url.find(|sign: char| !sign.is_ascii_alphanumeric());
    let (name, rest) = url.split_at(scheme_end.unwrap_or(url.len()));
    if matches!(name, "http" | "https") && rest.starts_with("://") {
        if rest[3..].starts_with('/') {
            let meant = Some(format!("{name}://{}", rest.trim_start_matches([':', '/'])));
            return Some(("there is a slash too many behind the scheme", meant));
        }
        let again = ["http://", "https://"]
            .iter()
            .find_map(|again| rest[3..].strip_prefix(again));
        let meant = again.map(|host| format!("https://{host}"));
        return again
            .is_some()
            .then_some(("the scheme stands twice", meant));
    }
    if slip(name) && rest.starts_with([':', '/', ';', '_']) {
        let behind = rest.trim_start_matches([':', '/', ';', '_']);
        return Some(("the scheme is misspelt", Some(format!("https://{behind}"))));
    }
    if let Some(fault) = closed(url, name, rest) {
        return Some(fault);
    }
    if url.starts_with("//") && url[2..].contains('.') {
        let meant = Some(format!("https:{url}"));
        return Some(("the address has no scheme", meant));
    }
    let relative = url.starts_with(['#', '/', '.', '?', '{', '|']);
    if relative || rest.starts_with(':') && !rest.starts_with(":/") || rest.starts_with("://") {
        return None;
    }
    if url.chars().any(char::is_whitespace) {
        return Some(("this is no address", None));
    }
    let host = url.split(['/', '?', '#']).next().unwrap_or_default();
    let file = [
        ".html", ".htm", ".md", ".png", ".svg", ".jpg", ".gif", ".pdf",
    ];
    if file.iter().any(|ending| host.ends_with(ending)) || url.contains('/') && !host.contains('.')
    {
        return None;
    }
    if !host.contains('.') {
        return Some(("this is no address", None));
    }
    Some(("the address has no scheme", Some(format!("https://{url}"))))
}

/// Addresses of a reader's own machine, and those in which something stands before the scheme.
fn closed(url: &str, name: &str, rest: &str) -> Option<Fault> {
    if matches!(
        name,
        "file" | "view" | "about" | "chrome" | "blob" | "javascript"
    ) && rest.starts_with([':', '-'])
    {
        return Some(("no reader can open this address", None));
    }
    let bare = url.trim_start_matches(['\'', '"', '<', '(']);
    if bare.len() < url.len() && (bare.starts_with("http://") || bare.starts_with("https://")) {
        let meant = Some(bare.to_owned());
        return Some(("punctuation stands before the address", meant));
    }
    let page = name == "mailto" && rest.contains("//");
    page.then(|| {
        let meant = Some(rest[1..].to_owned());
        ("this is the address of a page, not of a mailbox", meant)
    })
}

fn host(url: &str) -> Option<Fault> {
    let parts = parts(url).filter(|parts| parts.scheme.starts_with("http"))?;
    let host = parts.host.to_ascii_lowercase();
    let odd = |sign: char| {
        sign.is_ascii()
            && !sign.is_ascii_alphanumeric()
            && !matches!(sign, '.' | '-' | ':' | '_' | '[' | ']')
    };
    let name = host.split(':').next().unwrap_or_default();
    if matches!(name, "localhost" | "127.0.0.1" | "0.0.0.0") {
        return Some(("this address leads to the reader's own computer", None));
    }
    if host.contains(odd)
        || name.contains("..")
        || name.starts_with('.')
        || !host.contains('.') && !host.contains('[')
    {
        return Some(("no host can be called like this", None));
    }
    if host.ends_with(':') {
        return Some(("a colon stands behind the host", None));
    }
    if is_misspelt_domain(name) {
        return Some(("no host ends like this: letters are swapped", None));
    }
    let doubled =
        name.starts_with("wwww.") || name.starts_with("www.www.") || name.starts_with("ww.");
    doubled.then_some(("`www.` is misspelt", None))
}

/// Ends of hosts that nobody can have, one slip away from common ones.
fn is_misspelt_domain(host: &str) -> bool {
    let end = host.rsplit('.').next().unwrap_or_default();
    matches!(
        end,
        "con" | "cmo" | "ocm" | "vom" | "comm" | "ogr" | "rog" | "orgg" | "oi" | "dve" | "nte"
    )
}

fn ending(url: &str) -> Option<Fault> {
    let rest = url.strip_suffix("%20").unwrap_or(url);
    let punctuation = [
        '.', ',', ';', '\'', '"', '>', '<', ']', '[', '|', '\\', '`', '*', '(', '”', '’',
    ];
    let rest = rest.trim_end_matches(punctuation);
    if rest.len() == url.len() || !url.contains("://") {
        return None;
    }
    // Relative marks and elisions are no punctuation.
    Some((
        "there is punctuation at the end of the address",
        Some(rest.to_owned()),
    ))
}

fn inside(url: &str) -> Option<Fault> {
    let path = parts(url)?.path;
    if url.contains(['`', '<', '>', '"', '{', '}']) && !url.contains("${")
        || url.contains("](")
        || url.contains(")[")
    {
        return Some(("this address holds signs that no address has", None));
    }
    let second = path.find("http://").or_else(|| path.find("https://"));
    let glued = second.is_some_and(|at| !path[..at].ends_with(['/', ':', '=']));
    glued.then_some(("two addresses stand here as one", None))
}

/// Pages whose number or id is not all there.
fn cut_off(url: &str) -> Option<Fault> {
    let parts = parts(url)?;
    let segments: Vec<&str> = parts.path.split('/').skip(1).collect();
    let host = parts.host.strip_prefix("www.").unwrap_or(parts.host);
    if host == "github.com" && matches!(segments.get(2), Some(&"pull")) {
        let number = segments.get(3).copied().unwrap_or_default();
        let whole = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        return (!whole).then_some(("the number of the pull request is not all there", None));
    }
    let id = match (host, segments.first()) {
        ("youtu.be", Some(id)) => Some(*id),
        ("youtube.com" | "m.youtube.com", Some(&"watch")) => parts
            .query
            .and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("v="))),
        ("youtube.com" | "m.youtube.com", Some(&("live" | "shorts" | "embed"))) => {
            segments.get(1).copied()
        }
        _ => None,
    };
    let whole = id.is_none_or(|id| id.len() == 11);
    (!whole).then_some(("ids of these videos have eleven characters", None))
}
