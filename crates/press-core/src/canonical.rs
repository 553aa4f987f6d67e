//! One form for all addresses of a page, and the clean form that should be printed.
//!
//! [`canonical`] is only for comparing: two addresses with the same form lead to the same page. [`clean`] is
//! the address without what its sender's tools have put in: tracking parameters and variants for phones.

use memchr::memchr;

/// Query parameters that only say where a reader came from. `*` stands for any ending.
const TRACKING: &[&str] = &[
    "utm_*",
    "fbclid",
    "gclid",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "yclid",
    "twclid",
    "igshid",
    "igsh",
    "mc_cid",
    "mc_eid",
    "_hsenc",
    "_hsmi",
    "hsctatracking",
    "vero_id",
    "vero_conv",
    "oly_enc_id",
    "oly_anon_id",
    "wickedid",
    "mkt_tok",
    "trk",
    "trkcampaign",
    "ref_src",
    "ref_url",
    "share_id",
    "rdt_cid",
    "spm",
    "sk",
    "_ga",
    "_gl",
    "ck_subscriber_id",
    "ss_source",
    "ss_campaign_id",
    "s_kwcid",
    "cmpid",
    "pk_campaign",
    "pk_kwd",
    "pk_medium",
    "pk_source",
    "mtm_*",
    "matomo_*",
    "piwik_*",
    "wt_mc",
    "__cf_chl_*",
    "triedredirect",
    "isfreemail",
    "postpublishedtype",
    "at_medium",
    "at_campaign",
];

/// Parameters that make no other page, but that readers profit from: a link past a paywall, the remarks
/// above a remark. They do not count when addresses are compared, and stay when addresses are cleaned.
const USEFUL: &[&str] = &["sk", "context"];

/// Parameters that track on certain hosts only; elsewhere they may mean something.
const TRACKING_BY_HOST: &[(&str, &[&str])] = &[
    (
        "youtube.com",
        &["si", "feature", "ab_channel", "pp", "t_source"],
    ),
    ("youtu.be", &["si", "feature"]),
    ("medium.com", &["source", "gi"]),
    ("reddit.com", &["share_id", "context", "rdt", "st", "sh"]),
    ("x.com", &["s", "t"]),
    ("twitter.com", &["s", "t", "ref_src"]),
    ("linkedin.com", &["trackingid", "lipi", "originalsubdomain"]),
    (
        "meetup.com",
        &[
            "eventorigin",
            "recid",
            "recsource",
            "searchid",
            "utm_medium",
            "_xtd",
            "notificationid",
            "isfirstpublish",
        ],
    ),
    ("eventbrite.com", &["aff", "keep_tld"]),
    ("eventbrite.co.uk", &["aff"]),
    ("lu.ma", &["tk"]),
    ("luma.com", &["tk"]),
    ("spotify.com", &["si", "nd"]),
    (
        "substack.com",
        &[
            "r",
            "showwelcome",
            "triedredirect",
            "publication_id",
            "post_id",
            "isfreemail",
        ],
    ),
    ("bilibili.com", &["vd_source", "spm_id_from"]),
];

/// In which languages Meetup has its pages, as their addresses begin.
const MEETUP_LANGUAGES: &[&str] = &[
    "de-de", "en-au", "en-gb", "es", "es-es", "fr-fr", "it-it", "ja-jp", "ko-kr", "nl-nl", "pl-pl",
    "pt-br", "ru-ru", "sv-se", "th-th", "tr-tr",
];

/// The parts of an address.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'u> {
    /// Without `://`.
    pub scheme: &'u str,
    /// With port.
    pub host: &'u str,
    /// From the slash.
    pub path: &'u str,
    /// Without `?`.
    pub query: Option<&'u str>,
    /// Without `#`.
    pub fragment: Option<&'u str>,
}

/// Takes a web address apart; none for anything that has no host.
pub fn parts(url: &str) -> Option<Parts<'_>> {
    let colon = memchr(b':', url.as_bytes())?;
    let (scheme, rest) = (&url[..colon], url[colon..].strip_prefix("://")?);
    let (rest, fragment) = split_at_sign(rest, b'#');
    let (rest, query) = split_at_sign(rest, b'?');
    let slash = memchr(b'/', rest.as_bytes()).unwrap_or(rest.len());
    let (host, path) = rest.split_at(slash);
    let named = !host.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    named.then_some(Parts {
        scheme,
        host,
        path,
        query,
        fragment,
    })
}

/// What stands before an ASCII sign, and behind it if it is there.
fn split_at_sign(text: &str, sign: u8) -> (&str, Option<&str>) {
    match memchr(sign, text.as_bytes()) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// The form by which addresses are compared: without scheme, `www.`, tracking, fragment, slash at the end and
/// the many ways to name one video or one discussion.
pub fn canonical(url: &str) -> String {
    let url = url.trim();
    let Some(parts) = parts(url) else {
        return url.to_owned();
    };
    let host = parts.host.to_ascii_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    let host = host
        .strip_suffix(":443")
        .or_else(|| host.strip_suffix(":80"))
        .unwrap_or(host);
    let host = desktop(host);
    let query = kept_query(host, parts.query);
    if let Some(known) = known_site(host, parts.path, &query) {
        return known;
    }
    let path = parts.path.trim_end_matches('/');
    let path = path.strip_suffix("/index.html").unwrap_or(path);
    let path = path.strip_suffix("/amp").unwrap_or(path);
    // Some sites route by fragment; everywhere else it is a place in the page.
    let route = parts
        .fragment
        .filter(|fragment| fragment.starts_with(['!', '/']))
        .map_or("", |fragment| fragment);
    let mut form = String::with_capacity(url.len());
    form.extend([host, path]);
    if !query.is_empty() {
        form.extend(["?", &query]);
    }
    if !route.is_empty() {
        form.extend(["#", route]);
    }
    form
}

/// The host that stands behind variants for phones and old designs.
fn desktop(host: &str) -> &str {
    match host {
        "old.reddit.com" | "np.reddit.com" | "new.reddit.com" | "m.reddit.com" | "i.reddit.com"
        | "redd.it" => "reddit.com",
        "m.youtube.com" | "music.youtube.com" => "youtube.com",
        "mobile.twitter.com" | "m.twitter.com" | "twitter.com" => "x.com",
        "lu.ma" => "luma.com",
        _ => host
            .strip_prefix("m.")
            .or_else(|| host.strip_prefix("mobile."))
            .or_else(|| host.strip_prefix("amp."))
            .unwrap_or(host),
    }
}

/// Videos and discussions by their ids.
fn known_site(host: &str, path: &str, query: &str) -> Option<String> {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    match host {
        "youtube.com" | "youtu.be" => {
            let first = segments.next()?;
            let id = match first {
                "watch" => query.split('&').find_map(|pair| pair.strip_prefix("v="))?,
                "live" | "shorts" | "embed" | "v" => segments.next()?,
                id if host == "youtu.be" => id,
                _ => return None,
            };
            Some(format!("youtube.com/watch?v={id}"))
        }
        // Its pages are there in many languages; a group may be called `go-sf`.
        "meetup.com" => {
            let language = segments.next()?.to_ascii_lowercase();
            let rest: Vec<&str> = segments.collect();
            let known = MEETUP_LANGUAGES.contains(&language.as_str()) && !rest.is_empty();
            known.then(|| format!("meetup.com/{}", rest.join("/")))
        }
        "reddit.com" => {
            let all: Vec<&str> = segments.collect();
            let at = all.iter().position(|segment| *segment == "comments")?;
            let post = all.get(at + 1)?;
            // A comment on a post is a page of its own.
            let comment = all
                .get(at + 3)
                .map_or_else(String::new, |comment| format!("/{comment}"));
            Some(format!("reddit.com/comments/{post}{comment}"))
        }
        _ => None,
    }
}

fn kept_query(host: &str, query: Option<&str>) -> String {
    let Some(query) = query else {
        return String::new();
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let kept: Vec<&str> = pairs.filter(|pair| !is_tracking(host, pair)).collect();
    kept.join("&")
}

fn is_tracking(host: &str, pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    let named = |pattern: &&str| match pattern.strip_suffix('*') {
        Some(start) => name
            .get(..start.len())
            .is_some_and(|name| name.eq_ignore_ascii_case(start)),
        None => name.eq_ignore_ascii_case(pattern),
    };
    let on = |owner: &str| {
        host == owner
            || host
                .strip_suffix(owner)
                .is_some_and(|rest| rest.ends_with('.'))
    };
    TRACKING.iter().any(&named)
        || TRACKING_BY_HOST
            .iter()
            .any(|(owner, names)| on(owner) && names.iter().any(&named))
}

/// `url` without tracking, if it has any. Parameters that are called `kept` are none.
pub fn clean(url: &str, kept: &[String]) -> Option<String> {
    let found = parts(url)?;
    let query = found.query?;
    let host = found.host.to_ascii_lowercase();
    let stays = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        USEFUL.contains(&name) || kept.iter().any(|kept| kept == name) || !is_tracking(&host, pair)
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let kept: Vec<&str> = pairs.clone().filter(stays).collect();
    if kept.len() == pairs.count() {
        return None;
    }
    let mut clean = url[..url.find('?')?].to_owned();
    if !kept.is_empty() {
        clean.extend(["?", &kept.join("&")]);
    }
    if let Some(fragment) = found.fragment {
        clean.extend(["#", fragment]);
    }
    Some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_page_has_one_form() {
        for (one, other) in [
            (
                "http://www.example.org/a/",
                "https://example.org/a?utm_source=x#top",
            ),
            (
                "https://youtu.be/abcdefghijk?si=z",
                "https://m.youtube.com/watch?v=abcdefghijk&t=3&feature=share",
            ),
            (
                "https://old.reddit.com/r/a/comments/1x/some_title/",
                "https://www.reddit.com/r/a/comments/1x/",
            ),
            ("https://example.org/index.html", "https://example.org"),
            ("https://m.example.org/a/amp", "https://example.org/a"),
            (
                "https://www.meetup.com/de-DE/gulls/events/1/",
                "https://meetup.com/gulls/events/1",
            ),
        ] {
            assert_eq!(canonical(one), canonical(other), "{one} {other}");
        }
        for (one, other) in [
            ("https://example.org/a", "https://example.org/b"),
            ("https://example.org/?p=1", "https://example.org/?p=2"),
            (
                "https://www.reddit.com/r/a/comments/1x/t/c1/",
                "https://www.reddit.com/r/a/comments/1x/t/",
            ),
            (
                "https://app.example.org/#/one",
                "https://app.example.org/#/two",
            ),
        ] {
            assert_ne!(canonical(one), canonical(other), "{one} {other}");
        }
    }

    #[test]
    fn only_tracking_is_cleaned_away() {
        let cleaned = |url| clean(url, &[]).unwrap_or_else(|| "as it is".to_owned());
        assert_eq!(
            cleaned("https://a.example/x?utm_source=a&id=3&fbclid=b#p"),
            "https://a.example/x?id=3#p"
        );
        assert_eq!(
            cleaned("https://www.youtube.com/live/abc?si=x"),
            "https://www.youtube.com/live/abc"
        );
        assert_eq!(cleaned("https://a.example/x?si=x&ref=home"), "as it is");
        assert_eq!(cleaned("no address"), "as it is");
    }
}
