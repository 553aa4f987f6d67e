//! Where an item says what is to be done for it, such as how to test it: in a comment of people, seldom in its own text.
//!
//! Whoever asks for testing sets a label and writes a comment, or has written it a while ago. Which one it is nobody
//! says, so words decide, then who wrote it, then how near it is to the label. A wrong link would be worse than none:
//! without such words there is none.

use super::api::Api;
use crate::error::Result;
use jiff::{SignedDuration, Timestamp};
use press_core::format::Definitions;
use press_core::issue::markdown::{Document, Source};
use serde::Deserialize;

/// When a label was set, and by whom.
#[derive(Clone, Debug)]
pub(super) struct Set {
    pub(super) at: Timestamp,
    pub(super) by: Option<String>,
}

/// Comments that were older when the label was set are about something else.
const BEFORE: SignedDuration = SignedDuration::from_hours(90 * 24);

#[derive(Deserialize)]
struct Comment {
    html_url: String,
    body: Option<String>,
    user: Option<User>,
    created_at: Timestamp,
}

#[derive(Deserialize)]
struct User {
    login: String,
    #[serde(rename = "type")]
    kind: String,
}

/// The issue itself; the forge gives pull requests by the same address.
#[derive(Deserialize)]
struct Own {
    id: u64,
    html_url: String,
    title: String,
    body: Option<String>,
}

/// The address of what is to be done for the item at `place`, a path of the REST interface.
pub(super) async fn find(
    api: &Api<'_>,
    place: &str,
    set: &Set,
    words: &[String],
) -> Result<Option<String>> {
    let since = set.at.saturating_sub(BEFORE).unwrap_or(Timestamp::MIN);
    let since = Timestamp::from_second(since.as_second()).unwrap_or(since);
    let path = format!("{place}/comments?since={since}&per_page=100");
    let comments: Vec<Comment> = api.list(&path).await?;
    if let Some(comment) = choose(&comments, set, words) {
        let body = comment.body.as_deref().unwrap_or_default();
        let linked = linked(body, words);
        return Ok(Some(linked.unwrap_or_else(|| comment.html_url.clone())));
    }
    let own: Own = api.one(place).await?;
    let body = own.body.as_deref().unwrap_or_default();
    if let Some(linked) = linked(body, words) {
        return Ok(Some(linked));
    }
    let mut heads = body.lines().filter(|line| line.starts_with('#'));
    let says = rank(&own.title, words).is_some() || heads.any(|line| rank(line, words).is_some());
    Ok(says.then(|| format!("{}#issue-{}", own.html_url, own.id)))
}

/// The comment that says most likely what is to be done.
fn choose<'c>(comments: &'c [Comment], set: &Set, words: &[String]) -> Option<&'c Comment> {
    let people = comments.iter().filter(|comment| {
        let user = comment.user.as_ref();
        user.is_none_or(|user| user.kind != "Bot" && !user.login.ends_with("[bot]"))
    });
    let told = people.filter_map(|comment| {
        let rank = rank(comment.body.as_deref()?, words)?;
        let author = comment.user.as_ref().map(|user| &user.login);
        let other = author.is_none() || author != set.by.as_ref();
        let distance = comment.created_at.duration_since(set.at).abs();
        Some(((rank, other, distance), comment))
    });
    let (_, chosen) = told.min_by(|(one, _), (two, _)| one.cmp(two))?;
    Some(chosen)
}

/// The first of the words that a text has, as its place in the list.
fn rank(text: &str, words: &[String]) -> Option<usize> {
    // What is quoted was said by another.
    let own = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('>'));
    let own: String = own.flat_map(|line| [line, "\n"]).collect();
    let own = own.to_lowercase();
    words
        .iter()
        .position(|word| holds(&own, &word.to_lowercase()))
}

/// Whether a text has a word, and not only as a part of another.
fn holds(text: &str, word: &str) -> bool {
    let is_part = |sign: Option<char>| sign.is_some_and(char::is_alphanumeric);
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| {
            let (before, after) = (&text[..at], &text[at + word.len()..]);
            !is_part(before.chars().next_back()) && !is_part(after.chars().next())
        })
}

/// Where a link leads whose text has one of the words.
fn linked(text: &str, words: &[String]) -> Option<String> {
    // An empty line keeps a comment's first lines from being taken for an issue's front matter.
    let text = format!("\n{text}");
    let source = Source::new(&text, Definitions::default());
    let document = Document::parse(&source);
    let web = |url: &str| url.starts_with("https://") || url.starts_with("http://");
    let mut links = document.links.iter();
    let link = links.find(|link| web(&link.url) && rank(&link.title, words).is_some())?;
    super::super::links::web_address(None, &link.url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comment(url: &str, login: &str, at: &str, body: &str) -> Comment {
        Comment {
            html_url: url.to_owned(),
            body: Some(body.to_owned()),
            user: Some(User {
                login: login.to_owned(),
                kind: if login == "ci" { "Bot" } else { "User" }.to_owned(),
            }),
            created_at: at.parse().unwrap(),
        }
    }

    #[test]
    fn words_decide_then_who_wrote_it_then_when() {
        let words = ["testing steps", "call for testing", "cft"].map(str::to_owned);
        let set = Set {
            at: "2025-04-03T10:00:00Z".parse().unwrap(),
            by: Some("ada".to_owned()),
        };
        let chosen = |comments: &[Comment]| {
            choose(comments, &set, &words).map(|comment| comment.html_url.clone())
        };
        let near = "2025-04-03T10:01:00Z";
        let weak = comment(
            "weak",
            "ada",
            near,
            "It was in the **Call for Testing** of issue 3.",
        );
        let strong = comment(
            "strong",
            "bob",
            "2025-03-01T10:00:00Z",
            "# Testing steps\n\n1. Fly",
        );
        let by_bot = comment("bot", "ci", near, "Testing steps: none");
        let quoted = comment("quoted", "ada", near, "> Testing steps\n\nThanks!");
        let part = comment("part", "ada", near, "The cfts");
        let other = comment("other", "bob", near, "Please see this CfT.\n");
        let own = comment("own", "ada", "2025-03-20T10:00:00Z", "CfT: dive");
        assert_eq!(chosen(&[]), None);
        assert_eq!(chosen(&[by_bot, quoted, part]), None);
        assert_eq!(chosen(&[other, own]).as_deref(), Some("own"));
        assert_eq!(chosen(&[weak, strong]).as_deref(), Some("strong"));
    }

    #[test]
    fn a_link_of_that_name_is_where_it_leads() {
        let words = ["testing instructions".to_owned()];
        let found = |text: &str| linked(text, &words);
        assert_eq!(
            found(
                "Title: x\n\nSee the [Testing Instructions](https://gull.example/t?utm_source=a)."
            ),
            Some("https://gull.example/t".to_owned())
        );
        assert_eq!(
            found("[testing instructions](#below) and [this](https://a.example)"),
            None
        );
    }
}
