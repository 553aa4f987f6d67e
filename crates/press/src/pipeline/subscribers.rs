//! The audience as editors see it: files in and out, one person at a time, numbers.
//!
//! Who comes in, by whatever way, comes in by the store's rules (`store/arrival.rs`). Nothing here prints an address that
//! nobody asked for.

mod export;
mod forms;
mod import;
mod rows;
mod table;

pub use crate::store::{
    Arrived, Consent, Count, Filter, Listed, Reason, Stats, Subscriber, Subscription,
    SubscriptionState,
};
pub use export::{Exported, export};
pub use forms::Form;
pub use import::{ImportOptions, Imported, import};
pub use press_core::mailbox::EmailAddress;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::store::{Arrival, Store, Terms};
use jiff::Timestamp;
use std::fs::File;
use std::path::Path;

/// Somebody whom an editor adds.
#[derive(Clone, Debug)]
pub struct Addition<'a> {
    /// The address.
    pub address: &'a str,
    /// The list; the first one without it.
    pub list: Option<&'a str>,
    /// What the person is called.
    pub name: Option<&'a str>,
    /// Whether the person confirmed.
    pub confirmed: bool,
    /// How the editor knows; needed for who confirmed.
    pub consent: Option<&'a str>,
    /// Whether the address may be mailed although it was suppressed.
    pub lift: bool,
}

/// The address that a person typed.
pub fn parse_address(text: &str) -> Result<EmailAddress> {
    let parsed = EmailAddress::parse(text.trim());
    parsed.map_err(|mistake| Error::new("this is no address").because(mistake.to_string()))
}

/// Adds somebody.
pub fn add(config: &Config, addition: &Addition<'_>, now: Timestamp) -> Result<Arrived> {
    let address = parse_address(addition.address)?;
    let list = config.list(addition.list)?;
    if addition.confirmed
        && addition
            .consent
            .is_none_or(|consent| consent.trim().is_empty())
    {
        let error = Error::new(format!("nothing says that {address} wants this"));
        return Err(error.help("say how you know, with `--consent \"asked me at the conference\"`"));
    }
    let now_s = now.as_second();
    let state = match addition.confirmed {
        true => SubscriptionState::Confirmed,
        false => SubscriptionState::Unconfirmed,
    };
    let arrival = Arrival {
        line: 1,
        address,
        token: None,
        name: addition.name.map(forms::clean),
        language: None,
        regions: Vec::new(),
        left_out: Vec::new(),
        text_only: false,
        created_s: now_s,
        list: list.id.clone(),
        state: Some(state),
        subscribed_s: now_s,
        confirmed_s: addition.confirmed.then_some(now_s),
        unsubscribed_s: None,
        how: "command".to_owned(),
        form_version: None,
        suppression: None,
    };
    let terms = Terms {
        source: addition.consent.map(forms::clean),
        resubscribe: addition.confirmed,
        tokens: false,
        now_s,
    };
    with_store(config, async |store| {
        if addition.lift {
            store.lift_suppression(&arrival.address).await?;
        }
        if let Some((reason, since)) = store.find_suppression(&arrival.address).await? {
            let since = Timestamp::from_second(since).unwrap_or_default();
            let what = format!("{} must not be mailed", arrival.address);
            let why = format!(
                "suppressed since {} for {}",
                since.strftime("%Y-%m-%d"),
                reason.words()
            );
            let help =
                "`--lift` lets the address in again; do that only if the person asked for it";
            return Err(Error::new(what).because(why).help(help));
        }
        store.receive_one(&arrival, &terms).await
    })
}

/// Ends somebody's subscriptions, to one list or to all; how many ended.
pub fn remove(config: &Config, address: &str, list: Option<&str>, now: Timestamp) -> Result<u64> {
    let address = parse_address(address)?;
    let list = list.map(|list| config.list(Some(list))).transpose()?;
    with_store(config, async |store| {
        let found = store.find_subscriber(&address).await?;
        let found = found.ok_or_else(|| unknown(&address))?;
        let list = list.map(|list| list.id.as_str());
        store
            .unsubscribe(found.id, list, "command", now.as_second())
            .await
    })
}

/// Forgets somebody for good; whether anything was known.
pub fn erase(config: &Config, address: &str, now: Timestamp) -> Result<bool> {
    let address = parse_address(address)?;
    with_store(config, async |store| {
        store.erase(&address, now.as_second()).await
    })
}

/// Tells the subscriptions of a filter, at most so many.
pub fn listed(config: &Config, filter: Filter<'_>, most: usize) -> Result<(Vec<Listed>, bool)> {
    if let Some(list) = filter.list {
        config.list(Some(list))?;
    }
    with_store(config, async |store| {
        let mut found = Vec::new();
        let mut more = false;
        let tell = |listed| {
            more = found.len() == most;
            if !more {
                found.push(listed);
            }
            Ok(!more)
        };
        store.each_subscription(filter, tell).await?;
        Ok((found, more))
    })
}

/// Numbers about the audience, with this many domains.
pub fn stats(config: &Config, domains: i64) -> Result<Stats> {
    with_store(config, async |store| store.stats(domains).await)
}

fn unknown(address: &EmailAddress) -> Error {
    Error::new(format!("nobody here has this address: {address}"))
        .help("small and large letters before the @ make a difference")
}

fn with_store<T>(config: &Config, work: impl AsyncFnOnce(&Store) -> Result<T>) -> Result<T> {
    crate::pipeline::runtime()?.block_on(async {
        let store = Store::open(&config.store).await?;
        let done = work(&store).await;
        store.close().await;
        done
    })
}

/// A new file that only its owner may read: it holds addresses.
fn private_file(path: &Path) -> Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(path);
    opened.map_err(|cause| Error::io("write", path, &cause))
}
