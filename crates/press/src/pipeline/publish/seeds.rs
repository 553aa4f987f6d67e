//! The issue as it arrived: looked for in mailboxes of our own, and compared with what was meant.
//!
//! What was meant is what the ledger froze for this very subscriber, composed once more. A relay may have broken lines in
//! another way, encoded the parts anew and added headers of its own; so texts are compared as readers see them. What must
//! not have changed is what a reader's program acts on: subject, both texts, the ways out.

use crate::config::{Config, Secrets, Seed};
use crate::error::{Error, Result};
use crate::mail::mailbox::{self, Found, Looked, Wanted};
use crate::mail::message::Subscriber;
use crate::pipeline::send::thaw;
use crate::store::{Campaign, Store};
use mail_parser::{Message, MessageParser};
use press_core::sender::results::{Signed, signatures};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// An issue that arrived.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The seed's name.
    pub seed: String,
    /// The folder where it lies.
    pub folder: String,
    /// How long it was waited for.
    pub after: Duration,
    /// What the receiving server says of our signature: `pass`, or another word of RFC 8601; nothing if it says nothing.
    pub dkim: Option<String>,
    /// What is not as it was meant, in words; empty if all is well.
    pub faults: Vec<String>,
}

impl Arrival {
    /// Whether it is as it was meant.
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty()
    }

    /// What there is to say of it, in one line.
    pub fn told(&self) -> String {
        let mut told = format!(
            "arrived in {} after {:.1} s",
            self.folder,
            self.after.as_secs_f64()
        );
        if let Some(dkim) = &self.dkim {
            told.push_str(&format!(", DKIM {dkim}"));
        }
        for fault in &self.faults {
            told.push_str(&format!("; {fault}"));
        }
        told
    }
}

/// Pauses between looks: from the first, doubled up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LAST_PAUSE: Duration = Duration::from_secs(30);

/// Waits until a campaign's message for a seed is in its mailbox, as long as the seed has patience, and compares it with
/// what was meant. It fails if the seed gets no such message, if it did not come in time, or if its mailbox cannot be
/// looked into.
pub async fn arrived(
    config: &Config,
    secrets: &Secrets,
    store: &Store,
    campaign: &Campaign,
    seed: &Seed,
) -> Result<Arrival> {
    let meant = Meant::find(store, campaign, seed).await?;
    let parsed = parse(&meant.mail)?;
    let id = parsed.message_id().unwrap_or_default();
    let list_id = list_id(&parsed);
    let is_it = |header: &[u8]| is_it(header, &parsed);
    let wanted = Wanted {
        message_id: id,
        list_id: &list_id,
        is_it: &is_it,
    };
    let began = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let why = match mailbox::find(&seed.place, secrets, wanted).await? {
            Looked::There(found) => {
                return judge(config, seed, &parsed, &found, began.elapsed());
            }
            Looked::NotYet => None,
            Looked::Unknown(why) => Some(why),
        };
        if began.elapsed() + pause > seed.patience {
            return Err(meant.missing(store, seed, why).await);
        }
        sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

/// The message as it was meant for a seed.
struct Meant {
    campaign: i64,
    subscriber: i64,
    mail: Vec<u8>,
}

impl Meant {
    async fn find(store: &Store, campaign: &Campaign, seed: &Seed) -> Result<Meant> {
        let address = seed.address.envelope();
        let list = &campaign.list;
        let add = format!("`press subscribers add {address} --list {list}`, and confirm it");
        let Some(person) = store.find_subscriber(&seed.address).await? else {
            let error = Error::new(format!("seed {} is no subscriber", seed.name));
            return Err(error.help(add));
        };
        let delivery = store.find_delivery(campaign.id, person.id).await?;
        let Some(delivery) = delivery else {
            let error = Error::new(format!(
                "seed {} is not in the audience of campaign {}",
                seed.name, campaign.id
            ));
            return Err(error
                .because(format!(
                    "it was no confirmed subscriber of {list} when the audience was frozen"
                ))
                .help(format!("{add}; the next issue goes to it too")));
        };
        let frozen = store.find_variant(campaign.id, delivery.variant).await?;
        let frozen = frozen.ok_or_else(|| {
            Error::new(format!(
                "what campaign {} says is not in the database any more",
                campaign.id
            ))
        })?;
        let prepared = thaw(&frozen, Arc::from([]))?;
        let address = person.address.envelope();
        let subscriber = Subscriber {
            address: &address,
            name: person.name.as_deref(),
            token: &person.token,
            id: person.id,
        };
        let mut mail = Vec::new();
        prepared
            .compose(&subscriber, &mut mail)
            .map_err(|_| Error::new(format!("no message can be made for seed {}", seed.name)))?;
        Ok(Meant {
            campaign: campaign.id,
            subscriber: person.id,
            mail,
        })
    }

    /// Why it is not there, as far as that is known.
    async fn missing(&self, store: &Store, seed: &Seed, why: Option<String>) -> Error {
        let minutes = seed.patience.as_secs() / 60;
        let mut error = Error::new(format!(
            "the issue is not in the mailbox of seed {} after {minutes} minutes",
            seed.name
        ));
        if let Some(why) = why {
            return error
                .because(why)
                .help("check `imap`, `port` and `tls` of the [[seed]], or look again later");
        }
        match store.find_delivery(self.campaign, self.subscriber).await {
            Ok(Some(delivery)) => {
                let reply = delivery.reply.unwrap_or_default();
                let said = if reply.is_empty() { "" } else { ": " };
                let state = delivery.state.name();
                error = error.because(format!("its message is {state}{said}{reply}"));
            }
            Ok(None) => error = error.because("it was erased meanwhile"),
            Err(failed) => error = error.because(failed.message()),
        }
        error
            .help("look into the mailbox; a filter may have put it into another folder")
            .help("`minutes` of the [[seed]] says how long it may take")
    }
}

fn parse(mail: &[u8]) -> Result<Message<'_>> {
    let parsed = MessageParser::default().parse(mail);
    parsed.ok_or_else(|| Error::new("a mail cannot be read"))
}

/// A header's value with its folding undone.
fn field(message: &Message<'_>, name: &'static str) -> Option<String> {
    let raw = message.header_raw(name)?;
    Some(raw.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The identity of the list, without the name for people and without brackets.
fn list_id(message: &Message<'_>) -> String {
    let field = field(message, "List-Id").unwrap_or_default();
    let id = field.rsplit_once('<').map_or(&*field, |(_, id)| id);
    id.trim_end_matches('>').to_owned()
}

/// Whether a header is that of the meant message. A relay that gives it another `Message-ID`, as Amazon's does, leaves list
/// and subject, and the way out, which has the subscriber's token.
fn is_it(header: &[u8], meant: &Message<'_>) -> bool {
    let Some(found) = MessageParser::default().parse_headers(header) else {
        return false;
    };
    if found.message_id().is_some() && found.message_id() == meant.message_id() {
        return true;
    }
    let same = |name| {
        let of = |message| field(message, name).map(|text| squeezed(&text));
        of(meant).is_some() && of(&found) == of(meant)
    };
    list_id(&found) == list_id(meant)
        && found.subject() == meant.subject()
        && same("List-Unsubscribe")
}

/// A text without white space: where lines were broken says nothing.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

fn judge(
    config: &Config,
    seed: &Seed,
    meant: &Message<'_>,
    found: &Found,
    after: Duration,
) -> Result<Arrival> {
    let got = parse(&found.mail)?;
    let mut faults = Vec::new();
    if found.junk {
        faults.push(format!("it lies among junk, in {}", found.folder));
    }
    if got.subject() != meant.subject() {
        let subject = got.subject().unwrap_or_default().escape_debug();
        faults.push(format!("its subject is “{subject}”"));
    }
    let part = |message: &Message<'_>, html: bool| {
        let parts = if html {
            &message.html_body
        } else {
            &message.text_body
        };
        let part = message.parts.get(*parts.first()? as usize)?;
        let fits = if html {
            part.is_text_html()
        } else {
            part.is_text() && !part.is_text_html()
        };
        part.text_contents().filter(|_| fits).map(str::to_owned)
    };
    for (name, html) in [("the plain text", false), ("the HTML", true)] {
        match (part(meant, html), part(&got, html)) {
            (Some(_), None) => faults.push(format!("{name} is missing")),
            (Some(meant), Some(got)) => faults.extend(differs(name, &meant, &got)),
            (None, _) => {}
        }
    }
    for name in ["List-Unsubscribe", "List-Unsubscribe-Post"] {
        match (field(meant, name), field(&got, name)) {
            (Some(_), None) => faults.push(format!("{name} is missing")),
            (Some(meant), Some(got)) if squeezed(&meant) != squeezed(&got) => {
                faults.push(format!("{name} is changed: {}", got.escape_debug()));
            }
            _ => {}
        }
    }
    let dkim = signature(config, &got);
    if let Some(result) = dkim.as_deref().filter(|result| *result != "pass") {
        faults.push(format!(
            "the receiving server says of our signature: {result}"
        ));
    }
    Ok(Arrival {
        seed: seed.name.clone(),
        folder: found.folder.clone(),
        after,
        dkim,
        faults,
    })
}

/// How two texts differ, if readers could see it.
fn differs(name: &str, meant: &str, got: &str) -> Option<String> {
    let lines = |text: &'_ str| -> Vec<String> {
        let lines = text.trim_end().lines();
        lines.map(|line| line.trim_end().to_owned()).collect()
    };
    let (meant, got) = (lines(meant), lines(got));
    let same = meant
        .iter()
        .zip(&got)
        .take_while(|(meant, got)| meant == got);
    let same = same.count();
    if same == meant.len() && same == got.len() {
        return None;
    }
    if same == got.len() {
        return Some(format!("{name} ends after {same} of {} lines", meant.len()));
    }
    Some(format!("{name} is changed from line {} on", same + 1))
}

/// What the receiving server says of the signature of a domain of ours; `none` if it saw none though we sign.
fn signature(config: &Config, got: &Message<'_>) -> Option<String> {
    let fields: Vec<&str> = got
        .headers_raw()
        .filter(|(name, _)| name.eq_ignore_ascii_case("Authentication-Results"))
        .map(|(_, value)| value)
        .collect();
    let found = signatures(fields);
    let keys = &config.mail.dkim;
    if keys.is_empty() || found.is_empty() {
        return None;
    }
    let ours = |signed: &&Signed| {
        let domain = signed.domain.as_deref();
        domain.is_none_or(|domain| {
            keys.iter()
                .any(|key| key.domain.eq_ignore_ascii_case(domain))
        })
    };
    let ours: Vec<&Signed> = found.iter().filter(ours).collect();
    // Of two kinds of signatures one may be too new for a server; one that holds is enough.
    let pass = ours.iter().find(|signed| signed.result == "pass");
    let said = pass.or(ours.first()).map(|signed| signed.result.clone());
    Some(said.unwrap_or_else(|| "none".to_owned()))
}
