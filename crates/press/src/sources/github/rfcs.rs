//! Proposals that are pull requests of one repository: approved ones, or new and updated ones.

use super::super::{Errand, Found, title};
use super::api::Api;
use super::search::{Pull, search};
use crate::config::{GithubRfcs, Proposals, Source};
use crate::error::Result;
use std::fmt::Write;

/// Reads proposals.
pub(in crate::sources) async fn rfcs(
    source: &Source,
    kind: &GithubRfcs,
    errand: Errand<'_>,
) -> Result<Found> {
    let api = Api::new(source, &kind.api, errand)?;
    let repository = kind.repository.get_ref();
    let (since, until) = (errand.window.since, errand.window.until);
    // The forge's days are those of Greenwich, so a day more on both sides is asked for.
    let (from, to) = (
        since.yesterday().unwrap_or(since),
        until.tomorrow().unwrap_or(until),
    );
    let all = format!("is:pr repo:{repository}");
    let mut lines = Vec::new();
    let mut found = Found::default();
    if kind.show == Proposals::Approved {
        let hits = search(&api, &format!("{all} is:merged merged:{from}..{to}")).await?;
        let mut pulls = hits.pulls;
        pulls.retain(|pull| pull.merged_at.is_some_and(|at| errand.window.holds(at)));
        pulls.sort_by_key(|pull| pull.merged_at);
        lines.extend(
            pulls
                .iter()
                .filter(|pull| is_proposal(kind, pull))
                .map(line),
        );
    } else {
        let hits = search(&api, &format!("{all} created:{from}..{to}")).await?;
        let mut pulls = hits.pulls;
        // What was closed at once is no proposal any more.
        pulls.retain(|pull| pull.state != "CLOSED" && errand.window.holds(pull.created_at));
        pulls.sort_by_key(|pull| pull.created_at);
        lines.extend(
            pulls
                .iter()
                .filter(|pull| is_proposal(kind, pull))
                .map(line),
        );
    }
    if kind.show == Proposals::NewAndUpdated {
        let query = format!("{all} is:open created:<{from} updated:>={from}");
        let hits = search(&api, &query).await?;
        if hits.is_cut() {
            found
                .notices
                .push(format!("of {} proposals only some are shown", hits.count));
        }
        let mut pulls = hits.pulls;
        pulls.retain(|pull| {
            let last = pull.last_commit();
            last.is_some_and(|at| errand.window.holds(at))
                && pull.created_at < errand.window.start()
        });
        pulls.sort_by_key(Pull::last_commit);
        let updated = pulls.iter().filter(|pull| is_proposal(kind, pull));
        lines.extend(updated.map(|pull| line(pull).replacen("* ", "* [updated] ", 1)));
    }
    let mut text = String::new();
    for line in &lines {
        let _ = writeln!(text, "{line}");
    }
    if let (true, Some(none)) = (lines.is_empty(), &kind.none) {
        let _ = writeln!(text, "* {none}");
    }
    found.block = Some(text);
    Ok(found)
}

fn line(pull: &Pull) -> String {
    format!("* [{}]({})", title::markdown(&pull.title), pull.url)
}

fn is_proposal(kind: &GithubRfcs, pull: &Pull) -> bool {
    let labelled = || {
        pull.labels()
            .any(|label| kind.labels.iter().any(|own| own == label))
    };
    let below = |path: &str| kind.paths.iter().any(|own| path.starts_with(own.as_str()));
    (kind.labels.is_empty() || labelled()) && (kind.paths.is_empty() || pull.files().any(below))
}
