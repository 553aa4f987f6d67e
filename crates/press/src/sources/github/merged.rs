//! Merged pull requests: counted, grouped, and in an order that helps an editor pick.

use super::super::{Candidate, Errand, Found, Reception, Window, title};
use super::api::Api;
use super::score::{Score, score};
use super::search::{Pull, search};
use crate::config::{GithubMerged, Group, MergedOrder, Source};
use crate::error::Result;
use std::collections::HashSet;
use std::fmt::Write;
use std::sync::LazyLock;

/// A pull request that has a group.
struct Item<'a> {
    pull: &'a Pull,
    title: String,
    score: Score,
}

/// What one group has.
struct Filled<'a> {
    group: &'a Group,
    /// In the order of what is written.
    written: Vec<Item<'a>>,
    /// What found no place, the best first.
    rest: Vec<Item<'a>>,
}

/// Reads merged pull requests.
pub(in crate::sources) async fn merged(
    source: &Source,
    kind: &GithubMerged,
    errand: Errand<'_>,
) -> Result<Found> {
    let api = Api::new(source, &kind.api, errand)?;
    let owner = kind.organisation.get_ref();
    let mut found = Found::default();
    let (mut count, mut pulls, mut seen) = (0, Vec::new(), HashSet::new());
    // Day by day, because a search shows a thousand at most.
    let mut day = errand.window.since;
    while day <= errand.window.until {
        let hits = search(
            &api,
            &format!("is:pr org:{owner} is:merged merged:{day}..{day}"),
        )
        .await?;
        count += hits.count;
        if hits.is_cut() {
            let shown = hits.pulls.len();
            found.notices.push(format!(
                "of {} pull requests of {day} only {shown} are shown",
                hits.count
            ));
        }
        let new = hits
            .pulls
            .into_iter()
            .filter(|pull| seen.insert(pull.url.clone()));
        pulls.extend(new);
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    let groups = fill(kind, &pulls);
    found.candidates = offered(kind, &groups);
    found.block = Some(block(kind, &api.web(), errand.window, (count, &groups)));
    Ok(found)
}

/// All pull requests in one list, where there are no groups.
static ALL: LazyLock<Group> = LazyLock::new(Group::default);

fn fill<'a>(kind: &'a GithubMerged, pulls: &'a [Pull]) -> Vec<Filled<'a>> {
    let groups: Vec<&Group> = match kind.groups.is_empty() {
        true => vec![&ALL],
        false => kind.groups.iter().collect(),
    };
    let mut items: Vec<Vec<Item<'_>>> = groups.iter().map(|_| Vec::new()).collect();
    for pull in pulls {
        let fitting = groups.iter().position(|group| fits(group, pull));
        let Some(at) = fitting else { continue };
        items[at].push(Item {
            pull,
            title: title::clean(&pull.title, &groups[at].prefixes, &kind.spell_out),
            score: score(pull, &kind.label_scores),
        });
    }
    let fill = |(group, mut items): (&&'a Group, Vec<Item<'a>>)| {
        items.sort_by(|one, other| {
            let points = other.score.points.cmp(&one.score.points);
            points.then_with(|| key(&one.title).cmp(&key(&other.title)))
        });
        let most = kind.most.unwrap_or(usize::MAX).min(items.len());
        let rest = items.split_off(most);
        if kind.order == MergedOrder::Title {
            items.sort_by_key(|item| key(&item.title));
        }
        Filled {
            group,
            written: items,
            rest,
        }
    };
    groups.iter().zip(items).map(fill).collect()
}

/// What a title is sorted by.
fn key(title: &str) -> String {
    title.to_lowercase()
}

/// Whether a pull request belongs to a group: by its repository, and by labels or files where the group asks for some.
fn fits(group: &Group, pull: &Pull) -> bool {
    let repository = &pull.repository.name_with_owner;
    let named = |wanted: &toml::Spanned<String>| wanted.get_ref().eq_ignore_ascii_case(repository);
    if !group.repositories.is_empty() && !group.repositories.iter().any(named) {
        return false;
    }
    if pull
        .labels()
        .any(|label| group.without_labels.iter().any(|other| other == label))
    {
        return false;
    }
    if group.labels.is_empty() && group.paths.is_empty() {
        return true;
    }
    let labelled = pull
        .labels()
        .any(|label| group.labels.iter().any(|own| own == label));
    let below = |path: &str| group.paths.iter().any(|own| path.starts_with(own.as_str()));
    let files = pull.files().count();
    labelled || files > 0 && 2 * pull.files().filter(|path| below(path)).count() > files
}

/// What found no place, for the inbox: the best first.
fn offered(kind: &GithubMerged, groups: &[Filled<'_>]) -> Vec<Candidate> {
    let mut rest: Vec<(&Group, &Item<'_>)> = Vec::new();
    for filled in groups {
        rest.extend(filled.rest.iter().map(|item| (filled.group, item)));
    }
    rest.sort_by_key(|(_, item)| -item.score.points);
    let candidate = |(group, item): &(&Group, &Item<'_>)| Candidate {
        url: item.pull.url.clone(),
        title: item.title.clone(),
        author: item.pull.author.as_ref().map(|author| author.login.clone()),
        published: item.pull.merged_at,
        reception: Reception {
            points: Some(item.pull.reactions.total_count),
            comments: Some(item.pull.comments.total_count),
            place: None,
        },
        note: Some(format!("score {}", said(&item.score))),
        section: group
            .section
            .as_ref()
            .map(|section| section.get_ref().clone()),
    };
    rest.iter().take(kind.offered).map(candidate).collect()
}

/// "9: relnotes +6, 3 reactions +4, …"
fn said(score: &Score) -> String {
    match score.reasons.is_empty() {
        true => score.points.to_string(),
        false => format!("{}: {}", score.points, score.reasons),
    }
}

/// The count line and the groups.
fn block(
    kind: &GithubMerged,
    web: &str,
    window: &Window,
    (count, groups): (u64, &[Filled<'_>]),
) -> String {
    let owner = kind.organisation.get_ref();
    let (since, until) = (window.since, window.until);
    let search =
        format!("{web}/search?q=is%3Apr+org%3A{owner}+is%3Amerged+merged%3A{since}..{until}");
    let line = kind.count.replace("{count}", &count.to_string());
    let mut text = format!("{}\n", line.replace("{search}", &search).trim_end());
    for filled in groups.iter().filter(|filled| !filled.written.is_empty()) {
        match filled.group.title.as_str() {
            "" => text.push('\n'),
            title => {
                let _ = writeln!(text, "\n{} {title}", kind.heading);
            }
        }
        for item in &filled.written {
            let _ = write!(
                text,
                "* [{}]({})",
                title::markdown(&item.title),
                item.pull.url
            );
            if kind.reasons {
                let _ = write!(text, " <!-- {} -->", said(&item.score).replace("--", "- -"));
            }
            text.push('\n');
        }
    }
    text
}
