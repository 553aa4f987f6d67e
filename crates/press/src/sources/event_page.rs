//! Pages that tell machines about events.

use super::event::{Usual, days};
use super::{Errand, Found, answer};
use crate::config::{EventPage, Source};
use crate::error::{Error, Result};
use crate::http::{Request, Url};
use jiff::tz::TimeZone;
use press_core::events::events_on_page;

/// Reads all pages of a source. One that does not answer is named; the source fails only if none does.
pub(super) async fn event_page(
    source: &Source,
    kind: &EventPage,
    errand: Errand<'_>,
) -> Result<Found> {
    let usual = Usual {
        source: &source.name,
        group: kind.group.as_deref(),
        group_url: kind.group_url.as_deref(),
        place: kind.place.as_deref(),
        words: &kind.words,
    };
    let zone = kind
        .timezone
        .as_ref()
        .and_then(|zone| TimeZone::get(zone.get_ref()).ok());
    let (from, until) = days(errand.window);
    let (mut found, mut failures) = (Found::default(), Vec::new());
    for url in &kind.urls {
        let url = answer::address(url.get_ref(), "")?;
        let request = Request::get(url.clone()).as_robot();
        let response = match answer::ask(errand.http, request, "").await {
            Ok(response) => response,
            Err(error) => {
                failures.push(error);
                continue;
            }
        };
        let page = events_on_page(
            &String::from_utf8_lossy(&response.body),
            url.as_str(),
            zone.as_ref(),
        );
        let undated = page.undated.iter().map(|title| undated(title, &url));
        found.notices.extend(undated);
        if page.events.is_empty() && page.undated.is_empty() {
            found
                .notices
                .push(format!("{url} tells machines about no event"));
        }
        let ahead = page
            .events
            .into_iter()
            .filter(|event| event.last_day() >= from && event.date <= until);
        let wanted = ahead.filter(|event| usual.wants(&event.title));
        found
            .events
            .extend(wanted.map(|event| usual.complete(event)));
    }
    if failures.len() == kind.urls.len()
        && let Some(first) = failures.pop()
    {
        return Err(first);
    }
    let told = failures.iter().map(Error::message);
    found.partial |= !failures.is_empty();
    found.notices.extend(told);
    Ok(found)
}

fn undated(title: &str, url: &Url) -> String {
    format!("nobody can tell when `{title}` takes place, of which {url} tells")
}
