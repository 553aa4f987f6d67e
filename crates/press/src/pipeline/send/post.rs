//! How a newsletter's messages are made and how they leave.

use super::frozen;
use crate::config::{Config, Secrets};
use crate::error::{Error, Result};
use crate::mail::Mailer;
use crate::mail::dkim::Signer;
use crate::mail::message::Prepared;
use crate::mail::verp::{self, Verp};
use crate::pipeline::keys;
use crate::store::Store;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How a newsletter's messages are made and how they leave.
#[derive(Debug)]
pub(super) struct Post {
    /// The way out.
    pub(super) mailer: Mailer,
    pub(super) verp: Arc<Verp>,
    pub(super) signers: Arc<[Signer]>,
    /// Messages by campaign and variant.
    prepared: Mutex<HashMap<(i64, i64), Arc<Prepared>>>,
}

/// More messages than this are not kept ready.
const KEPT: usize = 200;

impl Post {
    /// As `press.toml` and the environment say. Nothing is asked of the network yet.
    pub(super) async fn open(config: &Config, secrets: &Secrets, store: &Store) -> Result<Post> {
        let mail = &config.mail;
        let key = store.key(verp::KEY).await?;
        let verp = Verp::new(&mail.bounces, &key).ok_or_else(|| {
            let error = Error::new(format!("`{}` is no address for bounces", mail.bounces));
            error.help("set `bounces` under [mail]")
        })?;
        Ok(Post {
            mailer: Mailer::new(&config.transport, secrets)?,
            verp: Arc::new(verp),
            signers: keys::signers(config, secrets)?,
            prepared: Mutex::default(),
        })
    }

    /// A message that was prepared before.
    pub(super) fn find_prepared(&self, campaign: i64, variant: i64) -> Option<Arc<Prepared>> {
        let known = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(campaign, variant)).cloned()
    }

    /// Prepares what a variant says.
    pub(super) fn prepare(
        &self,
        campaign: i64,
        variant: i64,
        frozen: Option<&[u8]>,
    ) -> Result<Arc<Prepared>> {
        let frozen = frozen.ok_or_else(|| {
            Error::new(format!(
                "what campaign {campaign} says is not in the database any more"
            ))
        })?;
        let prepared = Arc::new(frozen::read(frozen, Arc::clone(&self.signers))?);
        let mut known = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert((campaign, variant), Arc::clone(&prepared));
        Ok(prepared)
    }
}
