//! Proposals that are pull requests of one repository: approved ones, or new and updated ones.

use super::super::{Errand, Found, title};
use super::api::Api;
use super::search::{Pull, search};
use crate::config::{GithubRfcs, Proposals, Source};
use crate::error::{Error, Result};

/// Reads proposals.
pub(in crate::sources) async fn rfcs(
    source: &Source,
    kind: &GithubRfcs,
    errand: Errand<'_>,
) -> Result<Found> {
    let api = Api::new(source, &kind.api, errand)?;
    let window = errand.window;
    // The forge's days are those of Greenwich, so a day more on both sides is asked for.
    let from = window.since.yesterday().unwrap_or(window.since);
    let to = window.until.tomorrow().unwrap_or(window.until);
    let mut lines = Vec::new();
    if kind.show == Proposals::Approved {
        let mut pulls = proposals(&api, kind, &format!("is:merged merged:{from}..{to}")).await?;
        pulls.retain(|pull| pull.merged_at.is_some_and(|at| window.holds(at)));
        pulls.sort_by_key(|pull| pull.merged_at);
        lines.extend(pulls.iter().map(line));
    } else {
        let mut pulls = proposals(&api, kind, &format!("created:{from}..{to}")).await?;
        // What was closed at once is no proposal any more.
        pulls.retain(|pull| pull.state != "CLOSED" && window.holds(pull.created_at));
        pulls.sort_by_key(|pull| pull.created_at);
        lines.extend(pulls.iter().map(line));
    }
    if kind.show == Proposals::NewAndUpdated {
        // What was opened on the day before the window is as old as the rest.
        let query = format!("is:open created:<{} updated:>={from}", window.since);
        let mut pulls = proposals(&api, kind, &query).await?;
        pulls.retain(|pull| {
            let last = pull.last_commit();
            last.is_some_and(|at| window.holds(at)) && pull.created_at < window.start()
        });
        pulls.sort_by_key(Pull::last_commit);
        let updated = pulls.iter().map(line);
        lines.extend(updated.map(|line| line.replacen("* ", "* [updated] ", 1)));
    }
    if let (true, Some(none)) = (lines.is_empty(), &kind.none) {
        lines.push(format!("* {none}"));
    }
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    Ok(Found {
        block: Some(text),
        ..Found::default()
    })
}

/// The proposals that a search finds.
async fn proposals(api: &Api<'_>, kind: &GithubRfcs, query: &str) -> Result<Vec<Pull>> {
    let repository = kind.repository.get_ref();
    let hits = search(api, &format!("is:pr repo:{repository} {query}")).await?;
    if hits.is_cut() {
        let error = Error::new(format!(
            "{repository} has {} proposals in this window",
            hits.count
        ));
        return Err(error
            .because("the forge shows no more than a thousand")
            .help("ask for fewer days with --since and --until"));
    }
    let mut pulls = hits.pulls;
    pulls.retain(|pull| is_proposal(kind, pull));
    Ok(pulls)
}

fn line(pull: &Pull) -> String {
    format!("* {}", title::link(&pull.title, &pull.url))
}

fn is_proposal(kind: &GithubRfcs, pull: &Pull) -> bool {
    let labelled = || {
        pull.labels()
            .any(|label| kind.labels.iter().any(|own| own == label))
    };
    let below = |path: &str| kind.paths.iter().any(|own| path.starts_with(own.as_str()));
    (kind.labels.is_empty() || labelled()) && (kind.paths.is_empty() || pull.files().any(below))
}
