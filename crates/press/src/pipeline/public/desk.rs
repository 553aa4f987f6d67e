//! The editors' desk: who may sit there, and what they do. Each decision is the function that the command line uses too.

use super::Public;
use super::sent::aside;
use crate::config::{Config, Secrets};
use crate::error::{Error, Result};
use crate::pipeline::collect::choose_on;
use crate::pipeline::inbox::{Candidate, Decision, Waiting, candidate_on, decide_on, inbox_on};
use crate::pipeline::submissions::Entry;
use crate::pipeline::vote::{Told, tally_on};
use crate::store::Quota;
use jiff::Timestamp;
use ring::hmac;
use ring::rand::SystemRandom;
use std::fmt;
use std::net::IpAddr;

/// Shortest token, in characters.
const TOKEN: usize = 20;

/// The editors of `press.toml`, each known by a token.
pub struct Editors {
    key: hmac::Key,
    known: Vec<(String, hmac::Tag)>,
}

impl fmt::Debug for Editors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Editors")
    }
}

impl Editors {
    /// Reads the tokens. One that is missing, short or another editor's is an error.
    pub fn open(config: &Config, secrets: &Secrets) -> Result<Editors> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new());
        let key = key.map_err(|_| Error::new("the system gives no random numbers"))?;
        let mut all = Editors {
            key,
            known: Vec::new(),
        };
        for editor in &config.editors {
            let (name, variable) = (&editor.name, &editor.token_env);
            let help = format!("`openssl rand -hex 20` makes one; set it as `{variable}`");
            let Some(token) = secrets.find(variable) else {
                let error = Error::new(format!("the editor {name} has no token in `{variable}`"));
                return Err(error.help(help));
            };
            if token.chars().count() < TOKEN || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                let what = format!(
                    "the token of the editor {name} is shorter than {TOKEN} characters, or has others than letters, \
                     digits and signs"
                );
                return Err(Error::new(what).help(help));
            }
            if let Some(other) = all.find(&token) {
                let what = format!("the editors {other} and {name} have the same token");
                return Err(Error::new(what).help(help));
            }
            let tag = hmac::sign(&all.key, token.as_bytes());
            all.known.push((name.clone(), tag));
        }
        Ok(all)
    }

    /// Whose token this is. A wrong one takes as long as any other.
    pub fn find(&self, token: &str) -> Option<&str> {
        let mut found = None;
        for (name, tag) in &self.known {
            if hmac::verify(&self.key, token.as_bytes(), tag.as_ref()).is_ok() {
                found = Some(name.as_str());
            }
        }
        found
    }
}

impl Public {
    /// What waits for editors.
    pub async fn inbox(&self, all: bool, now: Timestamp) -> Result<Vec<Waiting>> {
        let desk = self.desk().await?;
        aside(inbox_on((&desk, &self.store), all, now))
    }

    /// One submission with all that is known of it.
    pub async fn entry(&self, id: i64) -> Result<Entry> {
        let desk = self.desk().await?;
        aside(desk.entry(id))
    }

    /// An editor decides about a submission.
    pub async fn decide(
        &self,
        id: i64,
        decision: &Decision,
        who: &str,
        now: Timestamp,
    ) -> Result<Entry> {
        let desk = self.desk().await?;
        aside(decide_on(&desk, id, decision, who, now))
    }

    /// One candidate with all that is known of it.
    pub async fn candidate(&self, id: i64, now: Timestamp) -> Result<Candidate> {
        aside(candidate_on((&self.config, &self.store), id, now))
    }

    /// An editor decides about a candidate. One after the other: who takes one writes the draft.
    pub async fn choose(
        &self,
        id: i64,
        decision: &Decision,
        who: &str,
        now: Timestamp,
    ) -> Result<Candidate> {
        let _turn = self.writing.lock().await;
        let place = (&*self.config, &self.store);
        aside(async {
            choose_on(place, id, decision, who, now).await?;
            candidate_on(place, id, now).await
        })
    }

    /// How the votes for the next issue stand.
    pub async fn tallies(&self) -> Result<Vec<Told>> {
        aside(tally_on((&self.config, &self.store), None, None))
    }

    fn wrong_tokens(&self, from: IpAddr) -> Quota {
        Quota {
            name: format!("token {}", self.network(from)),
            most: i64::from(self.config.server.wrong_tokens_per_network),
        }
    }

    /// Whether a network may still try tokens.
    pub async fn may_try(&self, from: IpAddr, now_s: i64) -> Result<bool> {
        self.store.has_turns(&self.wrong_tokens(from), now_s).await
    }

    /// A wrong token came from a network.
    pub async fn count_wrong(&self, from: IpAddr, now_s: i64) -> Result<()> {
        let counted = self.store.take_turn(&self.wrong_tokens(from), now_s).await;
        counted.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn editors(secrets: &Secrets) -> Result<Editors> {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("content")).expect("a folder");
        let toml = "[newsletter]\nname = \"Gull\"\nbase-url = \"https://gull.example\"\ndescription = \"d\"\n\
                    [[editor]]\nname = \"Ada\"\ntoken-env = \"A\"\n[[editor]]\nname = \"Bob\"\ntoken-env = \"B\"\n";
        std::fs::write(folder.path().join("press.toml"), toml).expect("a file");
        Editors::open(&Config::load(folder.path(), None)?, secrets)
    }

    #[test]
    fn an_editor_is_known_by_a_long_token_of_their_own() {
        let (ada, bob) = ("a".repeat(TOKEN), "b".repeat(40));
        let open = |a: &str, b: &str| editors(&Secrets::given([("A", a), ("B", b)]));
        let known = open(&ada, &bob).expect("good tokens");
        assert_eq!(known.find(&ada), Some("Ada"));
        assert_eq!(known.find(&bob), Some("Bob"));
        for wrong in ["", &ada[1..], &format!("{ada}a")] {
            assert_eq!(known.find(wrong), None, "{wrong}");
        }
        let refused = |a: &str, b: &str| open(a, b).expect_err("a bad token").message();
        assert!(refused(&ada[1..], &bob).contains("shorter than 20"));
        assert!(refused(&ada, "").contains("Bob has no token"));
        assert!(refused(&ada, &ada).contains("the same token"));
        assert!(refused("a token with blanks in it", &bob).contains("others than"));
    }
}
