//! Addresses that lead to the right page by a detour or to an odd view of it.

use crate::canonical::{Parts, parts};
use crate::check::{Context, Rule};
use crate::diagnostic::Level;

pub(super) const RULE: Rule = Rule {
    name: "unclean-address",
    level: Level::Warn,
    page: include_str!("unclean_address.md"),
    check,
};

/// What is odd, the better address, and whether it surely leads to the same page.
type Fault = (&'static str, String, bool);

fn check(context: &mut Context<'_>) {
    let mut seen = Vec::new();
    for link in &context.issue().links {
        let Some(span) = link.destination else {
            continue;
        };
        if seen.contains(&span) || span.of(context.text()) != link.url {
            continue;
        }
        let Some(parts) = parts(&link.url) else {
            continue;
        };
        if let Some(message) = nobodys(&parts) {
            seen.push(span);
            let finding = context.finding(span, message);
            context.report(finding.with_help("take the address of the page itself"));
            continue;
        }
        let parts = Some(parts).filter(|parts| !is_plain(parts));
        let Some((message, better, safe)) = parts.and_then(|parts| fault(&link.url, &parts)) else {
            continue;
        };
        seen.push(span);
        let finding = context.finding(span, message);
        context.report(finding.with_edit(safe, span, better));
    }
}

/// Sites that have variants of their pages.
const VARIED: &[&str] = &[
    "facebook.com",
    "google.com",
    "linkedin.com",
    "outlook.com",
    "reddit.com",
    "twitter.com",
    "wikipedia.org",
    "youtube.com",
    "youtube-nocookie.com",
    "api.github.com",
    "www.github.com",
];

/// Whether an address has nothing that could be odd, as nearly all have nothing.
fn is_plain(parts: &Parts<'_>) -> bool {
    let host = parts.host;
    let path = parts.path.as_bytes();
    let varied = VARIED.iter().any(|name| host.ends_with(name))
        || host.bytes().any(|byte| byte.is_ascii_uppercase());
    let odd = memchr::memchr3(b'(', b')', b';', path).is_some();
    parts.query.is_none()
        && parts.fragment.is_none()
        && !varied
        && !host.ends_with(['3', '0'])
        && !odd
        && !path.windows(2).any(|pair| pair == b"//")
        && !parts.path.trim_end_matches('/').ends_with("/amp")
        && !(host == "github.com" && parts.path.contains("/pull/"))
}

/// Hosts that shorten addresses. Where they lead, nobody sees.
const SHORTENERS: &[&str] = &[
    "bit.ly",
    "buff.ly",
    "cutt.ly",
    "dlvr.it",
    "is.gd",
    "lnkd.in",
    "ow.ly",
    "rb.gy",
    "t.co",
    "tinyurl.com",
];

/// Addresses that are not the page's own, and do not tell it.
fn nobodys(parts: &Parts<'_>) -> Option<&'static str> {
    let host = parts.host;
    if SHORTENERS.contains(&host) {
        return Some("this address is shortened: readers do not see where it leads");
    }
    let edited = matches!(host, "github.com" | "medium.com" | "dev.to")
        && (parts.path.contains("/edit/") || parts.path.ends_with("/edit"));
    if host == "studio.youtube.com" || parts.path.starts_with("/wp-admin/") || edited {
        return Some("only its author can open this address");
    }
    let signin = host == "medium.com" && parts.path.starts_with("/m/signin");
    if signin {
        return Some("this address asks readers to sign in");
    }
    host.ends_with(".translate.goog")
        .then_some("this is a translation by a machine, not the page")
}

fn fault(url: &str, parts: &Parts<'_>) -> Option<Fault> {
    empty_end(url, parts)
        .or_else(|| path(url, parts))
        .or_else(|| variant(url, parts))
        .or_else(|| redirect(parts))
        .or_else(|| forge(url, parts))
        .or_else(|| query(url, parts))
        .or_else(|| fragment(url, parts))
}

/// A sign with nothing behind it, and a port that is the usual one.
fn empty_end(url: &str, parts: &Parts<'_>) -> Option<Fault> {
    let bare = url.trim_end_matches(['?', '&', '#']);
    if bare.len() < url.len() {
        return Some((
            "the end of this address says nothing",
            bare.to_owned(),
            true,
        ));
    }
    let port = if parts.scheme == "https" {
        ":443"
    } else {
        ":80"
    };
    let host = parts.host.strip_suffix(port)?;
    Some((
        "the port says nothing that the scheme does not say",
        url.replacen(parts.host, host, 1),
        true,
    ))
}

fn path(url: &str, parts: &Parts<'_>) -> Option<Fault> {
    let host_end = parts.scheme.len() + 3 + parts.host.len();
    let with_path = |path: &str| {
        format!(
            "{}{path}{}",
            &url[..host_end],
            &url[host_end + parts.path.len()..]
        )
    };
    if parts.path.contains("//") && !parts.path.contains("://") && !parts.path.contains("http") {
        let mut path = parts.path.to_owned();
        while path.contains("//") {
            path = path.replace("//", "/");
        }
        return Some((
            "there is a doubled slash in the path",
            with_path(&path),
            false,
        ));
    }
    if parts.path.contains('(') || parts.path.contains(')') {
        let path = parts.path.replace('(', "%28").replace(')', "%29");
        return Some((
            "parentheses in an address break the link in many programs",
            with_path(&path),
            true,
        ));
    }
    let session = parts.path.to_ascii_lowercase().find(";jsessionid=");
    session.map(|at| {
        (
            "this address carries a reader's session",
            with_path(&parts.path[..at]),
            false,
        )
    })
}

const VARIANT: &str = "this is a variant of the page that not every reader wants";

/// Hosts and paths made for phones, or for programs.
fn variant(url: &str, parts: &Parts<'_>) -> Option<Fault> {
    let host = parts.host.to_ascii_lowercase();
    let with_host = |other: &str| url.replacen(parts.host, other, 1);
    let phone = "this is the page for phones";
    let known = match host.as_str() {
        "m.youtube.com" => Some("www.youtube.com"),
        "www.github.com" => return Some((VARIANT, with_host("github.com"), true)),
        "m.facebook.com" => Some("www.facebook.com"),
        "mobile.twitter.com" | "m.twitter.com" => Some("twitter.com"),
        "m.reddit.com" | "i.reddit.com" => Some("www.reddit.com"),
        _ => None,
    };
    if let Some(desktop) = known {
        return Some((phone, with_host(desktop), true));
    }
    if let Some(wiki) = host.strip_suffix(".m.wikipedia.org") {
        return Some((phone, with_host(&format!("{wiki}.wikipedia.org")), true));
    }
    if matches!(
        host.as_str(),
        "old.reddit.com" | "np.reddit.com" | "new.reddit.com"
    ) {
        return Some((VARIANT, with_host("www.reddit.com"), true));
    }
    if host == "api.github.com" && parts.path.starts_with("/repos/") {
        let page = url.replacen("api.github.com/repos/", "github.com/", 1);
        return Some((
            "this address is for programs, readers see data instead of a page",
            page,
            true,
        ));
    }
    if let Some(fault) = cached_or_embedded(&host, parts) {
        return Some(fault);
    }
    let amp = parts
        .path
        .strip_suffix("/amp/")
        .or_else(|| parts.path.strip_suffix("/amp"));
    if let Some(path) = amp.filter(|path| path.len() > 1) {
        return Some((phone, url.replacen(parts.path, path, 1), false));
    }
    None
}

/// Copies that a search engine keeps, and pages for players.
fn cached_or_embedded(host: &str, parts: &Parts<'_>) -> Option<Fault> {
    let cached = (host == "www.google.com" || host == "google.com")
        .then(|| parts.path.strip_prefix("/amp/s/"))
        .flatten();
    if let Some(page) = cached.filter(|page| page.contains('.')) {
        return Some((
            "this is the page for phones",
            format!("https://{page}"),
            false,
        ));
    }
    if let Some(id) = parts
        .path
        .strip_prefix("/embed/")
        .filter(|id| id.len() == 11)
        && matches!(
            host,
            "www.youtube.com" | "youtube.com" | "www.youtube-nocookie.com"
        )
    {
        let page = format!("https://www.youtube.com/watch?v={id}");
        return Some(("this address is for players inside of pages", page, true));
    }
    None
}

/// Addresses of services that send readers on.
fn redirect(parts: &Parts<'_>) -> Option<Fault> {
    let host = parts.host.to_ascii_lowercase();
    let counts = matches!(
        host.as_str(),
        "www.google.com"
            | "google.com"
            | "l.facebook.com"
            | "lm.facebook.com"
            | "www.youtube.com"
            | "www.linkedin.com"
    ) && matches!(
        parts.path,
        "/url" | "/l.php" | "/amp" | "/redirect" | "/redir/redirect"
    );
    let redirect =
        counts || host == "out.reddit.com" || host.ends_with(".safelinks.protection.outlook.com");
    let target = parts
        .query
        .filter(|_| redirect)?
        .split('&')
        .find_map(|pair| {
            pair.strip_prefix("url=")
                .or_else(|| pair.strip_prefix("q="))
                .or_else(|| pair.strip_prefix("u="))
        })?;
    let target = target
        .replace("%3A", ":")
        .replace("%2F", "/")
        .replace("%3a", ":")
        .replace("%2f", "/");
    target.starts_with("http").then_some((
        "this address only redirects, and counts who follows it",
        target,
        false,
    ))
}

/// Tabs of a pull request.
fn forge(url: &str, parts: &Parts<'_>) -> Option<Fault> {
    let mut segments = parts.path.split('/').skip(3);
    let kind = segments.next()?;
    let number = segments.next()?;
    let tab = segments.next()?;
    let numbered = number.bytes().all(|byte| byte.is_ascii_digit());
    if parts.host != "github.com"
        || kind != "pull"
        || !numbered
        || segments.next().is_some_and(|rest| !rest.is_empty())
    {
        return None;
    }
    if !matches!(tab, "files" | "commits" | "checks" | "changes") || parts.fragment.is_some() {
        return None;
    }
    let at = url.find(&format!("/{tab}"))?;
    Some((
        "this leads to a tab of the pull request instead of its conversation",
        url[..at].to_owned(),
        true,
    ))
}

/// Searches that begin on a later page, and readers' sessions.
fn query(url: &str, parts: &Parts<'_>) -> Option<Fault> {
    let query = parts.query?;
    let name = |pair: &str| {
        pair.split('=')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let search = query
        .split('&')
        .any(|pair| matches!(name(pair).as_str(), "q" | "query" | "search"));
    let amp = query
        .split('&')
        .any(|pair| matches!(pair, "amp" | "amp=1" | "amp=true"));
    let odd = |pair: &&str| match name(pair).as_str() {
        "page" => search,
        "phpsessid" | "jsessionid" | "sessionid" => true,
        "amp" => amp,
        _ => false,
    };
    let kept: Vec<&str> = query.split('&').filter(|pair| !odd(pair)).collect();
    if kept.len() == query.split('&').count() {
        return None;
    }
    let mut better = url[..url.find('?')?].to_owned();
    if !kept.is_empty() {
        better.extend(["?", &kept.join("&")]);
    }
    if let Some(fragment) = parts.fragment {
        better.extend(["#", fragment]);
    }
    let message = if search {
        "this search begins on a later page"
    } else if amp {
        "this is the page for phones"
    } else {
        "this address carries a reader's session"
    };
    Some((message, better, true))
}

/// Fragments that a browser or a share button left behind.
fn fragment(url: &str, parts: &Parts<'_>) -> Option<Fault> {
    let fragment = parts.fragment?;
    let whole = url.find('#')?;
    let message = if fragment.contains(":~:text=") {
        "this address marks words that somebody had selected"
    } else if fragment.starts_with("utm_")
        || fragment.starts_with("Echobox")
        || fragment.starts_with("xtor=")
    {
        "this address carries tracking parameters"
    } else {
        return None;
    };
    let directive = fragment.find(":~:text=").filter(|at| *at > 0);
    let end = directive.map_or(whole, |at| whole + 1 + at);
    Some((message, url[..end].to_owned(), true))
}
