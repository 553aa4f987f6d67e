//! The public service: what readers do on the newsletter's own pages, without the pages' transport.
//!
//! `web` knows requests and answers; here is what they mean. Everything that matters is in the database when an answer says
//! so, and nothing that matters is kept in memory: any number of processes can serve one newsletter.

mod desk;
mod forge;
mod letters;
mod look;
mod person;
mod proof;
mod sent;
mod signup;

pub use super::inbox::Decision;
pub use desk::Editors;
pub use forge::Forge;
pub use letters::Posting;
pub use look::{Asset, Look, Shown};
pub use person::{Account, Person, Wishes};
pub use proof::{Challenge, prove};
pub use sent::{Nominated, Nomination};
pub use signup::{Answer, Form};

use crate::config::{Config, Secrets};
use crate::error::Result;
use crate::pipeline::webhooks::{Webhooks, settings};
use crate::store::Store;
use ring::hmac;
use std::net::IpAddr;
use std::sync::Arc;

/// A newsletter as its readers meet it.
#[derive(Clone, Debug)]
pub struct Public {
    config: Arc<Config>,
    store: Store,
    look: Arc<Look>,
    key: Arc<hmac::Key>,
    sign_ups: signup::Lots,
    desk: Arc<sent::Kept>,
    /// Held by whoever writes the draft.
    writing: Arc<tokio::sync::Mutex<()>>,
}

impl Public {
    /// Opens the database, and reads the theme.
    pub async fn open(config: Arc<Config>) -> Result<Public> {
        let store = Store::open(&config.store).await?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &store.key("public").await?);
        let valid_s = i64::from(config.server.unconfirmed_days) * 24 * 3_600;
        Ok(Public {
            look: Arc::new(Look::new(&config)?),
            sign_ups: signup::Lots::start(store.clone(), valid_s),
            config,
            store,
            key: Arc::new(key),
            desk: Arc::default(),
            writing: Arc::default(),
        })
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How pages look.
    pub fn look(&self) -> &Look {
        &self.look
    }

    /// Whether the database answers.
    pub async fn is_ready(&self) -> Result<()> {
        self.store.letters_waiting().await.map(|_| ())
    }

    /// How many letters have not left.
    pub async fn letters_waiting(&self) -> Result<i64> {
        self.store.letters_waiting().await
    }

    /// What sends the letters.
    pub async fn posting(&self, secrets: &Secrets) -> Result<Posting> {
        Posting::open(&self.config, &self.store, secrets).await
    }

    /// What hears services that tell what came back.
    pub async fn webhooks(&self, secrets: &Secrets) -> Result<Webhooks> {
        Webhooks::open(&self.config, &self.store, secrets, settings()).await
    }

    /// Closes the database.
    pub async fn close(self) {
        self.store.close().await;
    }

    /// The name under which turns of a network are counted: a keyed hash of an IPv4 address, or of a /64 of IPv6, which is
    /// what one customer has.
    fn network(&self, address: IpAddr) -> String {
        let bytes = match address.to_canonical() {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets()[..8].to_vec(),
        };
        let tag = hmac::sign(&self.key, &[b"network ", &bytes[..]].concat());
        let hash: String = tag.as_ref()[..12]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("network {hash}")
    }
}
