//! The forge: heard when it tells of a pull request, and asked from time to time.

use super::Public;
use crate::config::{Config, Secrets, WebhookKind};
use crate::error::{Error, Result};
use crate::http::Http;
use crate::pipeline::collect::settings;
use crate::pipeline::submissions::{Believed, Delivery, Fetched};
use jiff::Timestamp;
use std::fmt;
use std::time::Duration;

/// The variable with the token that the forge is asked with.
const TOKEN: &str = "GITHUB_TOKEN";

/// What is needed to hear the forge and to ask it.
pub struct Forge {
    /// The webhooks of its kind, by name, each with its secret.
    hooks: Vec<(String, String)>,
    http: Http,
    secrets: Secrets,
    every: Option<Duration>,
    /// What somebody should know.
    note: Option<&'static str>,
}

impl fmt::Debug for Forge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Forge")
    }
}

impl Forge {
    /// Reads the secrets of webhooks of kind `github`. One that is missing is an error.
    pub fn open(config: &Config, secrets: &Secrets) -> Result<Forge> {
        let repository = config.submissions.repository.as_ref();
        let mut hooks = Vec::new();
        let own = config.webhooks.iter();
        for hook in own.filter(|hook| hook.kind == WebhookKind::Github) {
            let (name, variable) = (&hook.name, &hook.secret_env);
            let Some(secret) = secrets.find(variable) else {
                let error = format!("the webhook `{name}` has no secret in `{variable}`");
                return Err(Error::new(error).help(format!(
                    "set the environment variable `{variable}`, or name another with `secret-env`"
                )));
            };
            if repository.is_none() {
                let error = format!("nothing says of which repository `{name}` tells");
                return Err(Error::new(error).help(
                    "name it: `repository = \"owner/name\"` in [submissions] of press.toml",
                ));
            }
            hooks.push((name.clone(), secret));
        }
        let minutes = config.submissions.poll_minutes;
        let wanted = (minutes > 0).then(|| Duration::from_secs(u64::from(minutes) * 60));
        let note = match (repository, secrets.find(TOKEN)) {
            (None, _) => Some(
                "note: `repository` under [submissions] is missing, so no pull request is read",
            ),
            (_, None) => {
                Some("note: there is no GITHUB_TOKEN, so no pull request is read by itself")
            }
            _ => None,
        };
        Ok(Forge {
            hooks,
            http: Http::new(settings(config))?,
            secrets: secrets.clone(),
            every: wanted.filter(|_| note.is_none()),
            note: note.filter(|_| wanted.is_some()),
        })
    }

    /// How often it is asked by itself, if ever.
    pub fn every(&self) -> Option<Duration> {
        self.every
    }

    /// Why it is not asked by itself although somebody wants that.
    pub fn note(&self) -> Option<&'static str> {
        self.note
    }
}

impl Public {
    /// What a delivery to the webhook of a name is about; none if the forge has no webhook of that name.
    pub async fn believe(
        &self,
        forge: &Forge,
        name: &str,
        delivery: Delivery<'_>,
        now: Timestamp,
    ) -> Result<Option<Believed>> {
        let mut hooks = forge.hooks.iter();
        let Some((_, secret)) = hooks.find(|(known, _)| known == name) else {
            return Ok(None);
        };
        let desk = self.desk().await?;
        desk.believe(delivery, secret, now).await.map(Some)
    }

    /// Reads the pull request that a delivery is about.
    pub async fn heed(&self, forge: &Forge, about: (&str, i64), now: Timestamp) -> Result<Fetched> {
        let desk = self.desk().await?;
        desk.heed(about, &forge.http, &forge.secrets, now).await
    }

    /// Reads all open pull requests.
    pub async fn fetch(&self, forge: &Forge, now: Timestamp) -> Result<Fetched> {
        let desk = self.desk().await?;
        desk.fetch(&forge.http, &forge.secrets, now).await
    }
}
