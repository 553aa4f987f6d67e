//! Merged pull requests: counted, grouped, and in an order that helps an editor pick.

use super::super::{Candidate, Errand, Found, Reception, Window, title};
use super::api::Api;
use super::score::{Score, score};
use super::search::{Pull, search};
use super::span::Span;
use crate::config::{GithubMerged, Group, MergedOrder, Source};
use crate::error::Result;
use std::collections::HashSet;
use std::fmt::Write;
use std::sync::LazyLock;

/// A pull request that has a group.
struct Item<'a> {
    pull: &'a Pull,
    group: &'a Group,
    title: String,
    score: Score,
}

/// What stands below one heading. Groups of one title share it.
struct Filled<'a> {
    title: &'a str,
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
    let mut spans: Vec<Span> = Span::days(errand.window).collect();
    spans.reverse();
    while let Some(span) = spans.pop() {
        let hits = search(&api, &format!("is:pr org:{owner} is:merged merged:{span}")).await?;
        if let (true, Some((first, second))) = (hits.is_cut(), span.halves()) {
            spans.extend([second, first]);
            continue;
        }
        count += hits.count;
        let shown = hits.pulls.len();
        if u64::try_from(shown).is_ok_and(|shown| shown < hits.count) {
            let notice = "the forge counts {} pull requests merged in {span} and shows {shown}: its search was not complete, run again";
            let notice = notice.replace("{}", &hits.count.to_string());
            let notice = notice.replace("{span}", &span.to_string());
            found
                .notices
                .push(notice.replace("{shown}", &shown.to_string()));
        }
        let new = hits
            .pulls
            .into_iter()
            .filter(|pull| seen.insert(pull.url.clone()));
        pulls.extend(new);
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
    let mut all: Vec<Filled<'_>> = Vec::new();
    for group in &groups {
        if all.iter().all(|filled| filled.title != group.title) {
            let (written, rest) = (Vec::new(), Vec::new());
            let title = group.title.as_str();
            all.push(Filled {
                title,
                written,
                rest,
            });
        }
    }
    for pull in pulls {
        let Some(group) = groups.iter().find(|group| fits(group, pull)) else {
            continue;
        };
        let filled = all.iter_mut().find(|filled| filled.title == group.title);
        if let Some(filled) = filled {
            filled.written.push(Item {
                pull,
                group,
                title: title_of(kind, group, pull),
                score: score(pull, &kind.label_scores),
            });
        }
    }
    for filled in &mut all {
        let items = &mut filled.written;
        items.sort_by_cached_key(|item| (-item.score.points, key(&item.title)));
        let most = kind.most.unwrap_or(usize::MAX).min(items.len());
        filled.rest = items.split_off(most);
        if kind.order == MergedOrder::Title {
            items.sort_by_cached_key(|item| key(&item.title));
        }
    }
    all
}

/// The title as it is printed: cleaned, and behind the name that its group asks for.
fn title_of(kind: &GithubMerged, group: &Group, pull: &Pull) -> String {
    let mut prefixes = group.prefixes.clone();
    prefixes.extend(group.name.clone());
    let title = title::clean(&pull.title, &prefixes, &kind.spell_out);
    match &group.name {
        Some(name) => format!("{name}: {title}"),
        None => title,
    }
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
    let mut rest: Vec<&Item<'_>> = groups.iter().flat_map(|filled| &filled.rest).collect();
    rest.sort_by_key(|item| -item.score.points);
    let candidate = |item: &&Item<'_>| Candidate {
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
        section: item
            .group
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
        match filled.title {
            "" => text.push('\n'),
            title => {
                let _ = writeln!(text, "\n{} {title}", kind.heading);
            }
        }
        for item in &filled.written {
            let _ = write!(text, "* {}", title::link(&item.title, &item.pull.url));
            if kind.reasons {
                let _ = write!(text, " <!-- {} -->", said(&item.score).replace("--", "- -"));
            }
            text.push('\n');
        }
    }
    text
}
