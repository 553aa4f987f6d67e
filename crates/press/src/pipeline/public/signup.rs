//! Somebody asks for a list.

use super::{Challenge, Public, proof};
use crate::error::{Error, Result};
use crate::pipeline::webhooks::FORGET_TOLD_S;
use crate::store::{Quota, SignUp, Store};
use press_core::mailbox::EmailAddress;
use std::net::IpAddr;
use tokio::sync::{mpsc, oneshot};

/// What a form for subscribing holds, as it came.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// The address.
    pub address: String,
    /// The lists, by id; the first one without any.
    pub lists: Vec<String>,
    /// What nobody fills in who sees the page.
    pub website: String,
    /// What the browser was asked to work on.
    pub challenge: String,
    /// What it found.
    pub nonce: String,
}

/// What is answered. It is the same whether the address is known or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was written down; if the address is one, a letter goes out.
    Taken,
    /// Something in the form must be mended.
    Mistake(String),
    /// Too many came; another time.
    Busy,
}

/// Most requests that are written down together.
const LOT: usize = 128;

/// Longest queue of requests. Whoever comes when it is full is told to come again.
const QUEUE: usize = 4_096;

type Waiting = (SignUp, oneshot::Sender<Result<Option<String>>>);

/// Writes requests down in lots: while one lot waits for the disk, the next one gathers.
#[derive(Clone, Debug)]
pub(super) struct Lots {
    queue: mpsc::Sender<Waiting>,
}

impl Lots {
    pub(super) fn start(store: Store, valid_s: i64) -> Lots {
        let (queue, mut waiting) = mpsc::channel::<Waiting>(QUEUE);
        tokio::spawn(async move {
            let mut lot = Vec::with_capacity(LOT);
            while waiting.recv_many(&mut lot, LOT).await > 0 {
                let (asked, answers): (Vec<SignUp>, Vec<_>) = lot.drain(..).unzip();
                let now_s = jiff::Timestamp::now().as_second();
                match store.sign_up(&asked, valid_s, now_s).await {
                    Ok(done) => {
                        for (answer, used_up) in answers.into_iter().zip(done) {
                            let _ = answer.send(Ok(used_up));
                        }
                    }
                    Err(error) => {
                        for answer in answers {
                            let _ = answer.send(Err(error.clone()));
                        }
                    }
                }
            }
        });
        Lots { queue }
    }

    /// Writes a request down; the quota that was used up, if one was.
    async fn write(&self, one: SignUp) -> Result<Option<String>> {
        let (answer, answered) = oneshot::channel();
        if self.queue.try_send((one, answer)).is_err() {
            return Ok(Some("queue".to_owned()));
        }
        let gone = || Error::new("the request was not written down").help("try again");
        answered.await.map_err(|_| gone())?
    }
}

impl Public {
    /// The challenge that a form holds, if work is asked for.
    pub fn challenge(&self, now_s: i64) -> Option<Challenge> {
        let bits = self.config.server.proof_bits;
        (bits > 0).then(|| proof::challenge(&self.key, bits, now_s))
    }

    /// Somebody sends the form from an address of the network.
    pub async fn sign_up(&self, form: &Form, from: IpAddr, now_s: i64) -> Result<Answer> {
        let typed = form.address.trim();
        let address = match EmailAddress::parse(typed) {
            Ok(address) => address,
            Err(mistake) => return Ok(Answer::Mistake(format!("This is no address: {mistake}."))),
        };
        let lists = match self.lists(&form.lists) {
            Ok(lists) => lists,
            Err(mistake) => return Ok(Answer::Mistake(mistake)),
        };
        if !form.website.is_empty() {
            // A machine; it learns nothing.
            return Ok(Answer::Taken);
        }
        let server = &self.config.server;
        let quota = |name: &str, most: u32| Quota {
            name: name.to_owned(),
            most: i64::from(most),
        };
        let mut quotas = vec![
            quota(&self.network(from), server.sign_ups_per_network),
            quota("sign-ups", server.sign_ups),
        ];
        let terms = (&*self.key, server.proof_bits, now_s);
        let proved =
            server.proof_bits == 0 || proof::is_proved(terms, &form.challenge, typed, &form.nonce);
        if !proved {
            quotas.push(quota(
                "sign-ups without proof",
                server.sign_ups_without_proof,
            ));
        }
        let asked = SignUp {
            address,
            lists,
            language: None,
            form_version: server.form_version.clone(),
            quotas,
        };
        Ok(match self.sign_ups.write(asked).await? {
            None => Answer::Taken,
            Some(_) => Answer::Busy,
        })
    }

    fn lists(&self, wanted: &[String]) -> std::result::Result<Vec<String>, String> {
        let all = &self.config.lists;
        let mut lists: Vec<String> = Vec::new();
        for list in wanted {
            if !all.iter().any(|known| known.id == *list) {
                return Err("There is no such list.".to_owned());
            }
            if !lists.contains(list) {
                lists.push(list.clone());
            }
        }
        if lists.is_empty() {
            match all.as_slice() {
                [only] => lists.push(only.id.clone()),
                _ => return Err("Choose at least one list.".to_owned()),
            }
        }
        Ok(lists)
    }

    /// Somebody wants the letter that opens their own page.
    pub async fn ask_for_account(&self, form: &Form, from: IpAddr, now_s: i64) -> Result<Answer> {
        let address = match EmailAddress::parse(form.address.trim()) {
            Ok(address) => address,
            Err(mistake) => return Ok(Answer::Mistake(format!("This is no address: {mistake}."))),
        };
        if !form.website.is_empty() {
            return Ok(Answer::Taken);
        }
        let quota = Quota {
            name: format!("account {}", self.network(from)),
            most: i64::from(self.config.server.sign_ups_per_network),
        };
        if !self.store.take_turn(&quota, now_s).await? {
            return Ok(Answer::Busy);
        }
        let day_s = 24 * 3_600;
        self.store
            .write_account_letter(&address, day_s, now_s)
            .await?;
        Ok(Answer::Taken)
    }

    /// Forgets what is due: who never answered, letters and counts of the past.
    pub async fn tidy(&self, now_s: i64) -> Result<u64> {
        const DAY_S: i64 = 24 * 3_600;
        let days = i64::from(self.config.server.unconfirmed_days);
        let forgotten = self.store.forget_silent(now_s - days * DAY_S).await?;
        let letters_s = now_s - (days + 30) * DAY_S;
        self.store.forget_letters(letters_s).await?;
        self.store.forget_quotas(now_s - 2 * DAY_S).await?;
        self.store.forget_told(now_s - FORGET_TOLD_S).await?;
        Ok(forgotten)
    }
}
