//! The secrets that a newsletter needs, by name: what a deputy must be given, and what must be set where `press` runs.

use super::{
    Config, DATABASE_VARIABLE, Database, DeployPlace, KeyPlace, Kind, Secrets, SeedPlace,
    TransportKind,
};

/// A secret that is needed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Needed {
    /// The variable of the environment.
    pub name: String,
    /// What needs it.
    pub what: String,
    /// Whether it is set here.
    pub set: bool,
}

impl Config {
    /// All secrets that are needed, each once.
    pub fn needed(&self, secrets: &Secrets) -> Vec<Needed> {
        let mut all: Vec<Needed> = Vec::new();
        let need = &mut |name: &str, what: String| {
            if let Some(known) = all.iter_mut().find(|known| known.name == name) {
                if !known.what.contains(&what) {
                    known.what = format!("{}, {what}", known.what);
                }
                return;
            }
            all.push(Needed {
                name: name.to_owned(),
                what,
                set: secrets.find(name).is_some(),
            });
        };
        if matches!(self.store, Database::Postgres(_)) {
            need(DATABASE_VARIABLE, "the database".to_owned());
        }
        self.need_for_mail(need);
        self.need_for_reading(need);
        self.need_for_speaking(need);
        all
    }

    /// Sending it, signing it, looking for it.
    fn need_for_mail(&self, need: &mut dyn FnMut(&str, String)) {
        match self.transport.kind {
            TransportKind::Smtp => {
                for relay in self
                    .transport
                    .relays
                    .iter()
                    .filter(|relay| relay.user.is_some())
                {
                    need(&relay.password_env, format!("mail through {}", relay.host));
                }
            }
            TransportKind::Ses => {
                for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
                    need(name, "mail through Amazon SES".to_owned());
                }
            }
            _ => {}
        }
        for seed in &self.seeds {
            if let SeedPlace::Imap(imap) = &seed.place {
                need(
                    &imap.password_env,
                    format!("the mailbox of seed {}", seed.name),
                );
            }
        }
        for key in &self.mail.dkim {
            if let KeyPlace::Variable(name) = &key.key {
                need(name, "the signature of mails".to_owned());
            }
        }
    }

    /// Sources, and people who send something.
    fn need_for_reading(&self, need: &mut dyn FnMut(&str, String)) {
        if self.submissions.repository.is_some() {
            need("GITHUB_TOKEN", "pull requests".to_owned());
        }
        for source in &self.sources {
            let github = matches!(
                source.kind,
                Kind::GithubMerged(_)
                    | Kind::GithubLabelled(_)
                    | Kind::GithubRfcs(_)
                    | Kind::GithubFile(_)
            );
            match &source.token_env {
                Some(name) => need(name, format!("source {}", source.name)),
                None if github => need("GITHUB_TOKEN", "collecting".to_owned()),
                None => {}
            }
        }
        for webhook in &self.webhooks {
            need(&webhook.secret_env, format!("webhook {}", webhook.name));
        }
        for editor in &self.editors {
            need(&editor.token_env, format!("{} at the desk", editor.name));
        }
    }

    /// Where the site is put, and who hears of it.
    fn need_for_speaking(&self, need: &mut dyn FnMut(&str, String)) {
        for place in &self.deploys {
            if let DeployPlace::S3(bucket) = &place.place {
                for name in [&bucket.access_key_env, &bucket.secret_key_env] {
                    need(name, format!("the site at {}", place.name));
                }
            }
        }
        for channel in &self.announcement.channels {
            for name in channel.variables() {
                need(name, format!("posts in {}", channel.name));
            }
        }
        if let Some(name) = &self.alarm.webhook_env {
            need(name, "alarms".to_owned());
        }
    }
}
