//! Telling those who asked to be told: a WebSub hub of changed feeds, search engines of a new page (IndexNow).
//!
//! Both only say "look there", and hear the same twice without harm: what failed may simply be told again. What is behind
//! the addresses must be in place before, because whoever hears comes at once.

use super::verify::client;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::http::{Http, Request, Url};
use press_core::render::site::IssueHead;
use serde_json::json;

/// The pages that a hub speaks for, and how readers' programs learn of it (WebSub, section 4: discovery).
#[derive(Clone, Debug)]
pub struct HubLinks {
    hub: String,
    base_url: String,
    /// Paths of feeds, cut where a category stands; the first page is one without a cut.
    paths: Vec<(String, Option<String>)>,
}

impl HubLinks {
    /// The hub of the newsletter, if it has one.
    pub fn of(config: &Config) -> Option<HubLinks> {
        let hub = config.publish.websub.clone()?;
        let cut = |path: &str| match path.split_once("{category}") {
            Some((before, after)) => (before.to_owned(), Some(after.to_owned())),
            None => (path.to_owned(), None),
        };
        let feeds = config.site.feeds.iter().map(|feed| feed.path.as_str());
        Some(HubLinks {
            hub,
            base_url: config.newsletter.base_url.clone(),
            paths: ["/"].into_iter().chain(feeds).map(cut).collect(),
        })
    }

    /// The header `Link` of a page of the site, if the hub speaks for it.
    pub fn header(&self, path: &str) -> Option<String> {
        let is_it = |(before, after): &(String, Option<String>)| match after {
            None => path == before,
            Some(after) => {
                let rest = path.strip_prefix(before.as_str());
                let name = rest.and_then(|rest| rest.strip_suffix(after.as_str()));
                name.is_some_and(|name| !name.is_empty() && !name.contains('/'))
            }
        };
        self.paths.iter().any(is_it).then(|| {
            let own = format!("{}{path}", self.base_url);
            format!("<{}>; rel=\"hub\", <{own}>; rel=\"self\"", self.hub)
        })
    }
}

/// The whole addresses that an issue changes and a hub speaks for: the first page, the feeds of everything, those of its
/// category.
pub fn topics(config: &Config, issue: &IssueHead) -> Vec<String> {
    let own = issue.category.as_ref().map(|category| &*category.slug);
    let mut paths = vec!["/".to_owned()];
    for feed in &config.site.feeds {
        match (feed.category.as_deref(), own) {
            (None, _) => paths.push(feed.path.clone()),
            (Some(wanted), Some(own)) if wanted == "*" || wanted == own => {
                paths.push(feed.path.replace("{category}", own));
            }
            _ => {}
        }
    }
    let base = &config.newsletter.base_url;
    paths.iter().map(|path| format!("{base}{path}")).collect()
}

/// The whole addresses that an issue makes or changes for searchers: its page, the first page, the archive.
pub fn pages(config: &Config, issue: &IssueHead) -> Vec<String> {
    let (origin, base) = (config.base().0, &config.newsletter.base_url);
    vec![
        format!("{origin}{}", issue.url),
        format!("{base}/"),
        format!("{base}{}", config.site.archive),
    ]
}

const FORM: &str = "application/x-www-form-urlencoded";
/// Nobody answers more to so little.
const ANSWER_BYTES: usize = 4 << 10;
/// How much of an answer is shown.
const SHOWN: usize = 200;

/// Tells the hub of `[publish]` that these changed; what there is to say of it. Without a hub nobody is told. All are
/// tried; the error says which the hub did not take.
pub async fn websub(config: &Config, topics: &[String]) -> Result<String> {
    let Some(hub) = config.publish.websub.as_deref() else {
        return Ok("no hub".to_owned());
    };
    let (url, http) = way(config, hub)?;
    let mut refused = Vec::new();
    for topic in topics {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("hub.mode", "publish")
            .append_pair("hub.url", topic)
            .finish();
        let told = tell(&http, Request::post(url.clone(), FORM, form)).await;
        if let Err((_, why)) = told {
            refused.push(format!("{topic}: {why}"));
        }
    }
    if refused.is_empty() {
        return Ok(format!("{} told of {} addresses", hub, topics.len()));
    }
    let mut error = Error::new(format!("the hub {hub} did not take what changed"));
    for refused in refused {
        error = error.because(refused);
    }
    Err(error
        .help("`websub` under [publish] names the hub; it must let anybody publish, or know you")
        .state("the feeds are in place; subscribers of the hub hear of them later"))
}

/// Tells search engines of pages that are new or changed (<https://www.indexnow.org/documentation>); what there is to say
/// of it. Without a key nobody is told.
pub async fn indexnow(config: &Config, urls: &[String]) -> Result<String> {
    let publish = &config.publish;
    let Some(key) = publish.indexnow.as_deref() else {
        return Ok("no key".to_owned());
    };
    let base = &config.newsletter.base_url;
    let host = config.base().0.split("://").nth(1).unwrap_or_default();
    let body = json!({
        "host": host,
        "key": key,
        "keyLocation": format!("{base}/{key}.txt"),
        "urlList": urls,
    });
    let (url, http) = way(config, &publish.indexnow_url)?;
    let kind = "application/json; charset=utf-8";
    match tell(&http, Request::post(url, kind, body.to_string())).await {
        Ok(202) => Ok(format!(
            "{} addresses told; the key is looked at later",
            urls.len()
        )),
        Ok(_) => Ok(format!("{} addresses told", urls.len())),
        Err((status, why)) => {
            let asked = &publish.indexnow_url;
            let error = Error::new(format!("{asked} did not take the new pages")).because(why);
            let help = match status {
                Some(403) => format!(
                    "it does not find the key: {base}/{key}.txt must be there, and hold the key"
                ),
                Some(422) => format!("it finds that these pages do not belong to {host}"),
                Some(429) => "it has heard too much of late; tell it later".to_owned(),
                _ => "the same command tells it again".to_owned(),
            };
            let state = "the pages are in place; searchers find them later";
            Err(error.help(help).state(state))
        }
    }
}

/// The address that is told, and a client that may reach it, wherever it is.
fn way(config: &Config, address: &str) -> Result<(Url, Http)> {
    let url = Url::parse(address).map_err(|cause| {
        Error::new(format!("`{address}` is no address")).because(cause.to_string())
    })?;
    Ok((url, client(config, address)?))
}

/// Tells; the status if it was taken, else the status, if there was an answer, and why not.
async fn tell(http: &Http, request: Request) -> std::result::Result<u16, (Option<u16>, String)> {
    let answer = http.ask(&request.limit(ANSWER_BYTES)).await;
    let answer = answer.map_err(|failure| (None, failure.to_string()))?;
    if (200..300).contains(&answer.status) {
        return Ok(answer.status);
    }
    let said = String::from_utf8_lossy(&answer.body);
    let said: String = said
        .chars()
        .map(|sign| if sign.is_control() { ' ' } else { sign })
        .take(SHOWN)
        .collect();
    let why = format!("it answers {} {}", answer.status, said.trim());
    Err((Some(answer.status), why.trim_end().to_owned()))
}
