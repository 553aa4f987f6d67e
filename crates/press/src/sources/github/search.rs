//! Searching for pull requests: all pages of all days, and what is known of each.

use super::api::{Api, Named, Nodes, Turned};
use crate::error::Result;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

/// The question. What it asks for is measured so that the forge answers within its limits.
pub(super) const QUESTION: &str = "query($query: String!, $after: String) {
  search(type: ISSUE, query: $query, first: 50, after: $after) {
    issueCount
    pageInfo { hasNextPage endCursor }
    nodes {
      __typename
      ... on PullRequest {
        number
        title
        url
        state
        createdAt
        mergedAt
        repository { nameWithOwner }
        author { __typename login }
        authorAssociation
        labels(first: 20) { nodes { name } }
        files(first: 20) { nodes { path } }
        changedFiles
        reactions { totalCount }
        comments { totalCount }
        commits(last: 1) { nodes { commit { committedDate } } }
      }
    }
  }
}";

/// Most results that a search shows, however many there are.
const SHOWN: u64 = 1000;

#[derive(Deserialize)]
struct Data {
    search: Results,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Results {
    issue_count: u64,
    #[serde(flatten)]
    page: Nodes<Node>,
}

/// What a search gives is a pull request, or something that we did not ask for.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "__typename")]
enum Node {
    PullRequest(Box<Pull>),
    #[serde(other)]
    Other,
}

/// A pull request.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pull {
    pub(super) title: String,
    pub(super) url: String,
    pub(super) state: String,
    pub(super) created_at: Timestamp,
    pub(super) merged_at: Option<Timestamp>,
    pub(super) repository: Repository,
    /// None for an account that is no more.
    pub(super) author: Option<Author>,
    pub(super) author_association: String,
    labels: Option<Nodes<Named>>,
    files: Option<Nodes<File>>,
    pub(super) changed_files: i64,
    pub(super) reactions: Count,
    pub(super) comments: Count,
    commits: Nodes<PullCommit>,
}

/// Whose it is.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Repository {
    pub(super) name_with_owner: String,
}

/// Who made it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Author {
    #[serde(rename = "__typename")]
    pub(super) kind: String,
    pub(super) login: String,
}

/// How many.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Count {
    pub(super) total_count: i64,
}

#[derive(Clone, Debug, Deserialize)]
struct File {
    path: String,
}

#[derive(Clone, Debug, Deserialize)]
struct PullCommit {
    commit: Commit,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Commit {
    committed_date: Timestamp,
}

impl Pull {
    /// The names of its labels.
    pub(super) fn labels(&self) -> impl Iterator<Item = &str> {
        let labels = self.labels.iter().flat_map(Nodes::all);
        labels.map(|label| label.name.as_str())
    }

    /// The first files that it changes.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        let files = self.files.iter().flat_map(Nodes::all);
        files.map(|file| file.path.as_str())
    }

    /// When its newest commit was made.
    pub(super) fn last_commit(&self) -> Option<Timestamp> {
        let commits = self.commits.all();
        commits.map(|commit| commit.commit.committed_date).last()
    }

    /// Whether a program made it.
    pub(super) fn is_by_bot(&self) -> bool {
        let author = self.author.as_ref();
        author.is_some_and(|author| author.kind == "Bot" || author.login.ends_with("[bot]"))
    }
}

/// What a search found.
pub(super) struct Hits {
    /// How many there are.
    pub(super) count: u64,
    /// Those that were shown.
    pub(super) pulls: Vec<Pull>,
}

impl Hits {
    /// Whether there are more than the forge shows.
    pub(super) fn is_cut(&self) -> bool {
        self.count > SHOWN
    }
}

/// All pull requests that a search finds. Of more than the forge shows, only the first page is read: ask for less.
pub(super) async fn search(api: &Api<'_>, query: &str) -> Result<Hits> {
    let mut hits = Hits {
        count: 0,
        pulls: Vec::new(),
    };
    let mut after: Option<String> = None;
    let mut turned = Turned::of(format!("{}: the search `{query}`", api.web()));
    loop {
        let variables = json!({ "query": query, "after": after });
        let data: Data = api.query(QUESTION, variables).await?;
        hits.count = data.search.issue_count;
        let next = data.search.page.next();
        let nodes = data.search.page.nodes.into_iter().flatten().flatten();
        hits.pulls.extend(nodes.filter_map(|node| match node {
            Node::PullRequest(pull) => Some(*pull),
            Node::Other => None,
        }));
        let Some(next) = next.filter(|_| !hits.is_cut()) else {
            return Ok(hits);
        };
        turned.on(next.as_str())?;
        after = Some(next);
    }
}
