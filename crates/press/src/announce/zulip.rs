//! A bot of Zulip (<https://zulip.com/api/send-message>). It finds its own messages again, by the issue's address in them.

use super::ask::{FORM, Twice, ask, asking, below, form, json, text};
use super::{Found, Post, Posted, Sent, Way, differs};
use crate::config::{Channel, ChannelPlace};
use crate::error::{Error, Result};
use crate::http::{Request, Url};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Who posts where.
pub(super) struct Bot<'a> {
    site: &'a Url,
    account: &'a str,
    stream: &'a str,
    topic: &'a str,
    login: String,
}

impl<'a> Bot<'a> {
    pub(super) fn of(channel: &'a Channel, key: &str) -> Result<Bot<'a>> {
        let ChannelPlace::Zulip {
            site,
            account,
            stream,
            topic,
        } = &channel.place
        else {
            return Err(Error::new(format!("{} is not Zulip", channel.name)));
        };
        Ok(Bot {
            site,
            account,
            stream,
            topic,
            login: format!("Basic {}", STANDARD.encode(format!("{account}:{key}"))),
        })
    }

    /// Looks through the bot's newest messages in the topic.
    pub(super) async fn find(&self, way: Way<'_>, post: &Post) -> Result<Found> {
        let narrow = json!([
            { "operator": "channel", "operand": self.stream },
            { "operator": "topic", "operand": self.topic },
            { "operator": "sender", "operand": self.account },
        ]);
        let narrow = narrow.to_string();
        let question = [
            ("anchor", "newest"),
            ("num_before", "50"),
            ("num_after", "0"),
            ("apply_markdown", "false"),
            ("narrow", &narrow),
        ];
        let url = asking(self.site, &["api", "v1", "messages"], &question)?;
        let answer = self.get(way, url).await?;
        let own = answer.get("messages").and_then(Value::as_array);
        let own = own.ok_or_else(|| Error::new("Zulip said something unknown"))?;
        let leads = |message: &&Value| leads_to(&text(message, "/content"), &post.link);
        Ok(match own.iter().find(leads) {
            Some(message) => Found::There(self.posted(&text(message, "/id"))),
            None => Found::NotThere,
        })
    }

    pub(super) async fn send(&self, way: Way<'_>, post: &Post) -> Sent<Posted> {
        let body = form(&[
            ("type", "stream"),
            ("to", self.stream),
            ("topic", self.topic),
            ("content", &post.text),
        ]);
        let url = below(self.site, &["api", "v1", "messages"])?;
        let request = Request::post(url, FORM, body).authorization(self.login.clone());
        let answer = ask(way, request, Twice::Another).await?;
        Ok(self.posted(&text(&json(&answer), "/id")))
    }

    pub(super) async fn read_back(
        &self,
        way: Way<'_>,
        id: &str,
        post: &Post,
    ) -> Result<Vec<String>> {
        let path = ["api", "v1", "messages", id];
        let url = asking(self.site, &path, &[("apply_markdown", "false")])?;
        let message = self.get(way, url).await?;
        let mut found = Vec::new();
        found.extend(differs(
            "the text",
            &text(&message, "/message/content"),
            &post.text,
        ));
        found.extend(differs(
            "the topic",
            &text(&message, "/message/subject"),
            self.topic,
        ));
        Ok(found)
    }

    async fn get(&self, way: Way<'_>, url: Url) -> Result<Value> {
        let request = Request::get(url).authorization(self.login.clone());
        let answer = ask(way, request, Twice::Same).await;
        answer
            .map(|answer| json(&answer))
            .map_err(|failed| failed.error)
    }

    fn posted(&self, id: &str) -> Posted {
        let site = self.site.as_str().trim_end_matches('/');
        Posted {
            address: format!("{site}/#narrow/id/{id}"),
            id: id.to_owned(),
        }
    }
}

/// Whether a text holds an address, and not only the beginning of a longer one.
pub(super) fn leads_to(text: &str, link: &str) -> bool {
    let ends = |rest: &str| {
        let next = rest.chars().next();
        next.is_none_or(|sign| sign.is_whitespace() || ")>]\"'|,".contains(sign))
    };
    !link.is_empty()
        && text
            .match_indices(link)
            .any(|(at, link)| ends(&text[at + link.len()..]))
}

#[cfg(test)]
mod tests {
    use super::leads_to;

    #[test]
    fn the_issue_before_is_not_this_one() {
        assert!(leads_to(
            "[x](https://a.example/5) y",
            "https://a.example/5"
        ));
        assert!(!leads_to("https://a.example/53", "https://a.example/5"));
        assert!(leads_to(
            "https://a.example/53 https://a.example/5",
            "https://a.example/5"
        ));
        assert!(!leads_to("x", ""));
    }
}
