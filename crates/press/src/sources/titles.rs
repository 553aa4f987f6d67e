//! Titles of pages, for links that came without one. Pages are asked for as by any robot, and not many.

use super::links::title;
use super::{Candidate, Errand};
use crate::http::{Request, Url};
use press_core::check::web::page;
use std::sync::{Mutex, PoisonError};

/// Most pages that a source asks for.
const MOST: usize = 60;
/// A title stands near the top.
const LIMIT_BYTES: usize = 256 << 10;

/// Gives a title to candidates that have none: their page's, or else their address. Says so if there were too many.
pub(super) async fn complete(errand: Errand<'_>, candidates: &mut [Candidate]) -> Option<String> {
    let without = || {
        let all = candidates.iter().enumerate();
        all.filter(|(_, candidate)| candidate.title.is_empty())
    };
    let count = without().count();
    let wanted: Vec<(usize, String)> = without()
        .take(MOST)
        .map(|(at, candidate)| (at, candidate.url.clone()))
        .collect();
    let (queue, titles) = (Mutex::new(wanted), Mutex::new(Vec::new()));
    // Some pages at a time.
    let lane = || async {
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
        while let Some((at, url)) = next() {
            let title = of_page(errand, &url).await;
            let mut titles = titles.lock().unwrap_or_else(PoisonError::into_inner);
            titles.push((at, title));
        }
    };
    tokio::join!(lane(), lane(), lane(), lane());
    let titles = std::mem::take(&mut *titles.lock().unwrap_or_else(PoisonError::into_inner));
    for (at, title) in titles {
        candidates[at].title = title.unwrap_or_default();
    }
    for candidate in candidates {
        if candidate.title.is_empty() {
            candidate.title = candidate.url.clone();
        }
    }
    (count > MOST)
        .then(|| format!("{count} links have no title; only {MOST} pages were asked for theirs"))
}

async fn of_page(errand: Errand<'_>, url: &str) -> Option<String> {
    let request = Request::get(url.parse::<Url>().ok()?)
        .as_robot()
        .only("text/html")
        .limit(LIMIT_BYTES)
        .tries(1);
    let response = errand.http.follow(request).await.end.ok()?;
    if !(200..300).contains(&response.status) {
        return None;
    }
    let kind = response.header("content-type");
    let html = super::decode::page(&response.body, kind);
    let page = page::read(&html, false);
    best(&page.titles)
}

/// The title without the site's name, where the page says it both ways.
fn best(titles: &[String]) -> Option<String> {
    let first = titles.first()?;
    let own = titles[1..]
        .iter()
        .filter(|own| own.len() >= 8 && first.contains(own.as_str()));
    let own = own.min_by_key(|own| own.len()).unwrap_or(first);
    Some(title(own)).filter(|title| !title.is_empty())
}

#[cfg(test)]
mod tests {
    use super::best;

    #[test]
    fn the_name_of_the_site_is_no_part_of_a_title() {
        let titles = ["Gulls over Kiel | The Gull Blog", "Gulls over Kiel"].map(str::to_owned);
        assert_eq!(best(&titles).as_deref(), Some("Gulls over Kiel"));
        let titles = ["Gulls over Kiel", "Kiel", "Something else"].map(str::to_owned);
        assert_eq!(best(&titles).as_deref(), Some("Gulls over Kiel"));
        assert_eq!(best(&[]), None);
    }
}
