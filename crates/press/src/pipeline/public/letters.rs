//! Letters leave: taken from the database, written, handed to the newsletter's transport, settled.

use super::look::Look;
use crate::config::{Config, Secrets};
use crate::error::{Error, Result};
use crate::mail::dkim::Signer;
use crate::mail::message::{Content, Head, Mailbox, Prepared, Subscriber};
use crate::mail::verp::{self, Verp};
use crate::mail::{Mailer, Outcome, Outgoing, Session, Severity};
use crate::pipeline::keys;
use crate::store::{Letter, LetterKind, Posted, Store};
use jiff::Timestamp;
use press_core::render::gaps::Gapped;
use serde_json::json;
use std::sync::Arc;

/// What sends letters.
#[derive(Debug)]
pub struct Posting {
    config: Arc<Config>,
    store: Store,
    look: Look,
    mailer: Mailer,
    from: Mailbox,
    verp: Verp,
    signers: Arc<[Signer]>,
}

/// How long a letter waits that was not taken, in seconds; each further wait is three times as long.
const RETRY_S: i64 = 60;

impl Posting {
    pub(super) async fn open(
        config: &Arc<Config>,
        store: &Store,
        secrets: &Secrets,
    ) -> Result<Posting> {
        let mail = &config.mail;
        let from = mail.from.clone().ok_or_else(|| {
            let error = Error::new(format!("{} does not say who sends", config.path.display()));
            error.help("add `from = \"Name <name@host.example>\"` under [mail]")
        })?;
        let name = match from.name.is_empty() {
            true => config.newsletter.name.clone(),
            false => from.name,
        };
        let verp = Verp::new(&mail.bounces, &store.key(verp::KEY).await?).ok_or_else(|| {
            let error = Error::new(format!("`{}` is no address for bounces", mail.bounces));
            error.help("set `bounces` under [mail]")
        })?;
        Ok(Posting {
            mailer: Mailer::new(&config.transport, secrets)?,
            signers: keys::signers(config, secrets)?,
            look: Look::new(config)?,
            store: store.clone(),
            config: Arc::clone(config),
            from: Mailbox { name, ..from },
            verp,
        })
    }

    /// Sends the letters that are due; how many there were. What goes wrong with one holds up no other; an error is one
    /// that every letter would meet.
    pub async fn post(&self) -> Result<usize> {
        let mut session = self.mailer.session();
        let mut count = 0;
        let done = loop {
            let letters = self.store.claim_letters(now_s()).await?;
            if letters.is_empty() {
                break Ok(());
            }
            count += letters.len();
            if let Err(error) = self.post_each(&letters, &mut session).await {
                break Err(error);
            }
        };
        session.close().await;
        done.map(|()| count)
    }

    async fn post_each(&self, letters: &[Letter], session: &mut Session) -> Result<()> {
        let mut trouble = Ok(());
        for letter in letters {
            let posted = match (&trouble, self.write(letter)) {
                // Nothing leaves at present: it stays as it was.
                (Err(_), _) => Posted::Later(now_s() + RETRY_S),
                (Ok(()), Err(error)) => {
                    trouble = Err(error);
                    Posted::Later(now_s() + RETRY_S)
                }
                (Ok(()), Ok(message)) => match self.hand_over(letter, &message, session).await {
                    Ok(posted) => posted,
                    Err(error) => {
                        trouble = Err(error);
                        Posted::Later(now_s() + RETRY_S)
                    }
                },
            };
            self.store.settle_letter(letter, posted, now_s()).await?;
        }
        trouble
    }

    async fn hand_over(
        &self,
        letter: &Letter,
        message: &[u8],
        session: &mut Session,
    ) -> Result<Posted> {
        let (id, address, _) = &letter.subscriber;
        let delivery = verp::Delivery {
            campaign: 0,
            subscriber: *id,
        };
        let outgoing = Outgoing {
            from: &self.verp.address(delivery),
            to: address.expose(),
            content: message,
        };
        let later = |letter: &Letter| {
            let wait_s = RETRY_S * 3_i64.pow(u32::try_from(letter.attempts.min(6)).unwrap_or(6));
            match now_s() + wait_s < letter.expires_s {
                true => Posted::Later(now_s() + wait_s),
                false => Posted::Failed,
            }
        };
        Ok(match session.send(outgoing).await {
            Outcome::Sent { .. } => Posted::Sent,
            // It may have arrived, and one is enough: whoever has none can ask again tomorrow.
            Outcome::Uncertain { .. } => Posted::Sent,
            Outcome::Deferred { .. } => later(letter),
            Outcome::Bounced { reply } => match reply.severity() {
                Severity::Hard => Posted::NoMailbox,
                _ => Posted::Failed,
            },
            Outcome::Unwanted { .. } => Posted::Failed,
            Outcome::Stop(error) => return Err(error),
        })
    }

    /// A letter as it travels.
    fn write(&self, letter: &Letter) -> Result<Vec<u8>> {
        let (id, address, person) = &letter.subscriber;
        let newsletter = &self.config.newsletter;
        let base = &newsletter.base_url;
        let (subject, link) = match letter.kind {
            LetterKind::Confirm => (
                format!("Please confirm: {}", newsletter.name),
                format!("{base}/confirm/{}", letter.token),
            ),
            LetterKind::Known => (
                format!("You are subscribed: {}", newsletter.name),
                self.config.mail.preferences.replace("{token}", person),
            ),
            LetterKind::Account => (
                format!("Your page: {}", newsletter.name),
                format!("{base}/account/{}", letter.token),
            ),
        };
        let name = |id: &String| {
            let list = self.config.lists.iter().find(|list| list.id == *id);
            list.map_or_else(|| id.clone(), |list| list.name.clone())
        };
        let names: Vec<String> = letter.lists.iter().map(name).collect();
        let text = self.look.letter(json!({
            "kind": letter.kind.name(), "link": link, "names": names.join(" and "),
            "days": self.config.server.unconfirmed_days,
        }))?;
        let head = Head {
            from: self.from.clone(),
            reply_to: self.config.mail.reply_to.clone(),
            subject,
            date: Timestamp::from_second(letter.created_s).unwrap_or_default(),
            language: newsletter.language.clone(),
            issue: format!("letter-{}", letter.id),
            domain: self.config.mail.domain.clone(),
            ..Head::default()
        };
        let content = Content {
            text: Gapped::split(&text, "\0"),
            html: None,
        };
        let to = Subscriber {
            address: address.expose(),
            name: None,
            token: person,
            id: *id,
        };
        let mut message = Vec::new();
        let prepared = Prepared::new(&head, &content, Arc::clone(&self.signers));
        prepared
            .compose(&to, &mut message)
            .map_err(|_| Error::new(format!("no letter can be written to {address}")))?;
        Ok(message)
    }
}

fn now_s() -> i64 {
    Timestamp::now().as_second()
}
