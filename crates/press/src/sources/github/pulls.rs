//! The pull requests of one repository, with what they change, and our comments on them.
//!
//! By REST: lists of open pull requests change seldom and come from the cache then (`ETag`), and what a commit has never
//! changes.

use super::api::Api;
use crate::config::Secrets;
use crate::error::{Error, Result};
use crate::http::{Http, Request};
use serde::Deserialize;
use serde_json::{Value, json};

/// One repository of a forge.
pub struct Forge<'a> {
    api: Api<'a>,
    repository: &'a str,
}

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPull {
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Whose it is; `ghost` for an account that is no more.
    pub author: String,
    /// The commit that it ends with.
    pub head: String,
    /// The commit that its branch is to be merged into.
    pub base: String,
    /// Whether it is open.
    pub open: bool,
    /// Whether its author is not done with it.
    pub draft: bool,
}

/// What lies between two commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The commit where they parted.
    pub parted: String,
    /// The files that the second changed since then.
    pub files: Vec<ChangedFile>,
}

/// A file that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ChangedFile {
    /// Its path.
    #[serde(rename = "filename")]
    pub path: String,
    /// What was done: `added`, `modified`, `removed`, `renamed`, ….
    pub status: String,
    /// Its path before.
    #[serde(rename = "previous_filename")]
    pub before: Option<String>,
}

#[derive(Deserialize)]
struct Pull {
    number: i64,
    title: String,
    state: String,
    #[serde(default)]
    draft: bool,
    user: Option<User>,
    head: Commit,
    base: Commit,
}

#[derive(Deserialize)]
struct User {
    login: String,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Commit {
    sha: String,
}

#[derive(Deserialize)]
struct Compared {
    merge_base_commit: Commit,
    files: Option<Vec<ChangedFile>>,
}

#[derive(Deserialize)]
struct Comment {
    id: i64,
    body: Option<String>,
    user: Option<User>,
    #[serde(default)]
    author_association: String,
}

impl Comment {
    /// Whether it can be ours: strangers may write whatever they like, our words too.
    fn is_of_the_house(&self) -> bool {
        let member = ["OWNER", "MEMBER", "COLLABORATOR"];
        let user = self.user.as_ref();
        let machine = user.is_some_and(|user| user.kind.as_deref() == Some("Bot"));
        machine || member.contains(&self.author_association.as_str())
    }
}

impl Pull {
    fn known(self) -> OpenPull {
        OpenPull {
            number: self.number,
            title: self.title,
            author: self.user.map_or("ghost".to_owned(), |user| user.login),
            head: self.head.sha,
            base: self.base.sha,
            open: self.state == "open",
            draft: self.draft,
        }
    }
}

impl<'a> Forge<'a> {
    /// The repository `owner/name` of the forge whose interface is at `base`.
    pub fn new(base: &'a str, repository: &'a str, http: &'a Http, secrets: &Secrets) -> Forge<'a> {
        Forge {
            api: Api::at(base, http, secrets),
            repository,
        }
    }

    /// All open pull requests.
    pub async fn open_pulls(&self) -> Result<Vec<OpenPull>> {
        let repository = self.repository;
        let path = format!("/repos/{repository}/pulls?state=open&per_page=100");
        let pulls: Vec<Pull> = self.api.list(&path).await?;
        Ok(pulls.into_iter().map(Pull::known).collect())
    }

    /// One pull request, open or not.
    pub async fn pull(&self, number: i64) -> Result<OpenPull> {
        let path = format!("/repos/{}/pulls/{number}", self.repository);
        self.api.one::<Pull>(&path).await.map(Pull::known)
    }

    /// What `head` changed since it parted from `base`.
    pub async fn compare(&self, base: &str, head: &str) -> Result<Comparison> {
        let repository = self.repository;
        let path = format!("/repos/{repository}/compare/{base}...{head}?per_page=1");
        let compared: Compared = self.api.one(&path).await?;
        Ok(Comparison {
            parted: compared.merge_base_commit.sha,
            files: compared.files.unwrap_or_default(),
        })
    }

    /// A file as it was at a commit.
    pub async fn text(&self, path: &str, commit: &str) -> Result<String> {
        self.api.file(self.repository, path, commit).await
    }

    /// The comment on a pull request that has this text in it, if there is one.
    pub async fn find_comment(&self, number: i64, marker: &str) -> Result<Option<i64>> {
        let repository = self.repository;
        let path = format!("/repos/{repository}/issues/{number}/comments?per_page=100");
        let comments: Vec<Comment> = self.api.list(&path).await?;
        let own = |comment: &Comment| {
            let body = comment.body.as_deref();
            comment.is_of_the_house() && body.is_some_and(|body| body.contains(marker))
        };
        Ok(comments.into_iter().find(own).map(|comment| comment.id))
    }

    /// Writes a comment on a pull request, and gives its number.
    pub async fn comment(&self, number: i64, text: &str) -> Result<i64> {
        self.refuse_unsigned()?;
        let path = format!("/repos/{}/issues/{number}/comments", self.repository);
        let body = json!({ "body": text });
        let comment: Comment = self.api.send(Request::post, &path, &body).await?;
        Ok(comment.id)
    }

    /// Writes a comment anew.
    pub async fn edit_comment(&self, id: i64, text: &str) -> Result<()> {
        self.refuse_unsigned()?;
        let path = format!("/repos/{}/issues/comments/{id}", self.repository);
        let body = json!({ "body": text });
        self.api
            .send::<Value>(Request::patch, &path, &body)
            .await
            .map(|_| ())
    }

    fn refuse_unsigned(&self) -> Result<()> {
        match self.api.is_signed() {
            true => Ok(()),
            false => Err(Error::new("nobody may comment without a token")
                .help("give one in the environment variable `GITHUB_TOKEN` that may write to pull requests")),
        }
    }
}
