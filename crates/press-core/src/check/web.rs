//! What the web said about a text's addresses, and what that means.
//!
//! Asking is the work of `press`; here is the judgement. It errs on the side of doubt: an address is dead only
//! when every reader would find it so. A server that turns robots away, asks for patience or has a bad day says
//! nothing about its pages.

pub mod page;

use super::Context;
use crate::canonical::{canonical, clean, parts};
use crate::issue::Link;
use crate::span::Span;
use page::Page;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// One address that was asked for, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The redirects on the way, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hops: Vec<Hop>,
    /// What came at the end of the way.
    pub end: End,
}

/// A redirect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// Its status: 301 and 308 are for good.
    pub status: u16,
    /// Where it led: a whole address.
    pub to: String,
}

/// What came at the end of the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// A server answered.
    Answer {
        /// With this status.
        status: u16,
        /// What its page says of itself, if it was asked for and is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        page: Option<Page>,
    },
    /// A server answered with a riddle for robots.
    Wall,
    /// A server asked for more patience than we have.
    Wait,
    /// The site's `robots.txt` keeps programs out; nothing was asked.
    Robots,
    /// There is no host of that name.
    NoHost,
    /// The name could not be looked up; it may exist.
    NoLookup,
    /// The host's certificate is one that browsers refuse, and why.
    Certificate(String),
    /// We do not trust the host's certificate, and why; browsers may.
    Untrusted(String),
    /// Nobody answered in time.
    TimedOut,
    /// There was no connection, or it broke, and why.
    Broken(String),
    /// Redirects went in a circle; `true` if the site tried to set a cookie on the way.
    Circle(bool),
    /// The way led into a private network.
    Private,
}

/// What a visit means for readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// There is a page.
    Answers,
    /// No reader gets there, and why.
    Dead(String),
    /// We cannot know, and why.
    Unknown(Doubt),
}

/// Why we cannot know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// Robots are turned away.
    Wall,
    /// We were told to wait.
    Wait,
    /// `robots.txt` keeps us out.
    Robots,
    /// The server has an error of its own.
    Server,
    /// We do not trust the host's certificate.
    Certificate,
    /// Nobody answered in time.
    Slow,
    /// There was no connection, or it broke.
    Network,
    /// The address leads into a private network.
    Private,
    /// An answer that means nothing to us.
    Odd,
}

impl Doubt {
    /// The reason, as the end of "this link is not known: …".
    pub fn reason(self) -> &'static str {
        match self {
            Doubt::Wall => "the site turns robots away",
            Doubt::Wait => "the site told us to wait",
            Doubt::Robots => "the site's robots.txt keeps programs out",
            Doubt::Server => "the server has an error of its own",
            Doubt::Certificate => "the host's certificate could not be verified",
            Doubt::Slow => "nobody answered in time",
            Doubt::Network => "the connection failed",
            Doubt::Private => "it leads into a private network",
            Doubt::Odd => "the answer means nothing to us",
        }
    }
}

impl Visit {
    /// What it means for readers.
    pub fn verdict(&self) -> Verdict {
        let dead = |why: &str| Verdict::Dead(self.after_hops(why));
        match &self.end {
            End::Answer { status, .. } => match status {
                200..=299 | 304 => Verdict::Answers,
                404 => dead("this page is not there (404)"),
                410 => dead("this page is gone for good (410)"),
                401..=403 | 405..=407 | 418 | 451 | 999 => Verdict::Unknown(Doubt::Wall),
                429 => Verdict::Unknown(Doubt::Wait),
                408 | 504 => Verdict::Unknown(Doubt::Slow),
                500..=599 => Verdict::Unknown(Doubt::Server),
                _ => Verdict::Unknown(Doubt::Odd),
            },
            End::NoHost => dead("there is no host of this name"),
            End::Certificate(why) => {
                dead(&format!("browsers refuse the host's certificate: {why}"))
            }
            End::Circle(false) => Verdict::Dead("this address redirects in a circle".to_owned()),
            // With the cookie that it wanted to set it might have let us in.
            End::Circle(true) | End::Wall => Verdict::Unknown(Doubt::Wall),
            End::Wait => Verdict::Unknown(Doubt::Wait),
            End::Robots => Verdict::Unknown(Doubt::Robots),
            End::Untrusted(_) => Verdict::Unknown(Doubt::Certificate),
            End::TimedOut => Verdict::Unknown(Doubt::Slow),
            End::NoLookup | End::Broken(_) => Verdict::Unknown(Doubt::Network),
            End::Private => Verdict::Unknown(Doubt::Private),
        }
    }

    fn after_hops(&self, why: &str) -> String {
        match self.hops.last() {
            Some(hop) => format!("this leads to {}: {why}", hop.to),
            None => why.to_owned(),
        }
    }

    /// What the page says of itself, if there is one and it was read.
    pub fn page(&self) -> Option<&Page> {
        match &self.end {
            End::Answer { page, .. } if self.verdict() == Verdict::Answers => page.as_ref(),
            _ => None,
        }
    }

    /// The last address.
    pub fn last<'v>(&'v self, asked: &'v str) -> &'v str {
        self.hops.last().map_or(asked, |hop| &hop.to)
    }

    /// How many redirects at the beginning are for good.
    fn permanent(&self) -> usize {
        let permanent = |hop: &&Hop| matches!(hop.status, 301 | 308);
        self.hops.iter().take_while(permanent).count()
    }

    /// The address that `asked` has moved to for good, if there is an answer.
    pub fn moved(&self) -> Option<&str> {
        let last = self.permanent().checked_sub(1)?;
        (self.verdict() == Verdict::Answers).then(|| self.hops[last].to.as_str())
    }
}

/// All that was learnt about addresses.
#[derive(Debug, Default)]
pub struct Web {
    visits: HashMap<String, Visit>,
}

impl Web {
    /// Notes what came of `url`, and so of the address it has moved to.
    pub fn add(&mut self, url: &str, visit: Visit) {
        if let Some(to) = visit.moved() {
            let rest = Visit {
                hops: visit.hops[visit.permanent()..].to_vec(),
                end: visit.end.clone(),
            };
            let clean = clean(to, &[]).unwrap_or_else(|| to.to_owned());
            for to in [to, &clean] {
                self.visits
                    .entry(without_fragment(to).to_owned())
                    .or_insert_with(|| rest.clone());
            }
        }
        self.visits.insert(without_fragment(url).to_owned(), visit);
    }

    /// What came of `url`; none if it was not asked for.
    pub fn visit(&self, url: &str) -> Option<&Visit> {
        self.visits.get(without_fragment(url))
    }
}

/// An address without the place in its page: what is asked for.
pub fn without_fragment(url: &str) -> &str {
    url.split('#').next().unwrap_or(url)
}

/// The place in a page that a link means: an id, as far as one can tell. Fragments that programs in the page
/// read are none.
pub fn place_in_page(url: &str) -> Option<&str> {
    let (page, fragment) = url.split_once('#')?;
    let host = parts(page)?.host;
    let scripted = ["github.com", "reddit.com", "youtube.com", "x.com"];
    let plain = !fragment.is_empty()
        && !fragment.contains(['=', '/', '!', ':', ',', '?', '&', '#'])
        && !scripted.iter().any(|site| host.ends_with(site))
        && fragment != "top";
    plain.then_some(fragment)
}

/// A link with the place to point at and what came of its address.
pub(super) struct Asked<'a> {
    pub(super) link: &'a Link,
    pub(super) span: Span,
    pub(super) visit: &'a Visit,
}

/// The links that were asked for, each destination once.
pub(super) fn asked<'a>(context: &mut Context<'a>) -> Vec<Asked<'a>> {
    let Some(web) = context.facts.web else {
        context.lacks("the web");
        return Vec::new();
    };
    let mut seen = std::collections::HashSet::new();
    let links = context.target.issue.links.iter();
    let asked = links.filter_map(|link| {
        let span = link.destination.unwrap_or(link.span);
        let visit = web.visit(&link.url)?;
        seen.insert(span).then_some(Asked { link, span, visit })
    });
    asked.collect()
}

impl Asked<'_> {
    /// A finding, which names the place of the link if the address stands elsewhere.
    pub(super) fn finding(
        &self,
        context: &Context<'_>,
        message: impl Into<String>,
    ) -> crate::diagnostic::Diagnostic {
        let finding = context.finding(self.span, message);
        if self.link.span.contains(self.span) {
            finding
        } else {
            finding.with_place(self.link.span, "used here")
        }
    }
}

/// Whether an address is that of a front page.
pub(super) fn is_front_page(url: &str) -> bool {
    let name = |path: &str| path.trim_matches('/').starts_with("index.");
    parts(url).is_some_and(|parts| {
        (parts.path.trim_matches('/').is_empty() || name(parts.path)) && parts.query.is_none()
    })
}

/// Whether an address is that of a door rather than a page: to log in, to agree to cookies, to prove oneself.
pub(super) fn is_door(url: &str) -> bool {
    const DOORS: &[&str] = &[
        "login",
        "signin",
        "sign_in",
        "sign-in",
        "signup",
        "sign_up",
        "auth",
        "oauth",
        "sso",
        "consent",
        "captcha",
        "challenge",
        "authorize",
        "session",
        "cookies",
        "accounts",
    ];
    let Some(parts) = parts(url) else {
        return false;
    };
    let path = parts.path.to_ascii_lowercase();
    let words = |text: &str| text.split(['/', '.']).any(|word| DOORS.contains(&word));
    let back = parts.query.is_some_and(|query| {
        [
            "return_to=",
            "returnurl=",
            "redirect_uri=",
            "redirect=",
            "next=",
            "continue=",
        ]
        .iter()
        .any(|name| query.to_ascii_lowercase().contains(name))
    });
    words(&path) || words(&parts.host.to_ascii_lowercase()) || back
}

/// Whether two addresses are one page's.
pub(super) fn same_page(one: &str, other: &str) -> bool {
    canonical(one) == canonical(other)
}
