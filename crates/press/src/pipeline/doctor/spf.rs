//! Following an SPF record to its end (RFC 7208): how many questions that takes, what is wrong on the way, and what it says
//! of addresses.
//!
//! Receivers stop at the first match; here everything is followed, so that a record is not right by luck. Records of others
//! may lead anywhere: after three times the questions that a receiver would ask, it is enough.

use crate::dns::{Kind, Record, Resolver, Unanswered};
use press_core::sender::spf::{self, MOST_LOOKUPS, MOST_MAIL, Mechanism, Verdict};
use std::net::IpAddr;
use std::pin::Pin;

/// What was seen on the way.
#[derive(Clone, Debug, Default)]
pub(super) struct Walk {
    /// Questions that count.
    pub(super) lookups: usize,
    /// Of these, those that found nothing.
    pub(super) void: usize,
    /// What is wrong.
    pub(super) slips: Vec<String>,
    /// What could be better.
    pub(super) doubts: Vec<String>,
    /// What DNS did not answer.
    pub(super) unanswered: Vec<String>,
}

/// What a record says of one address; nothing if it says nothing.
pub(super) type Said = Option<Verdict>;

/// Follows the record of a domain: what it says of each address. `None` if it has no record.
pub(super) async fn follow(
    resolver: &Resolver,
    domain: &str,
    addresses: &[IpAddr],
    walk: &mut Walk,
) -> Option<Vec<Said>> {
    let follower = Follower {
        resolver,
        addresses,
    };
    follower.record(domain.to_owned(), walk).await
}

struct Follower<'f> {
    resolver: &'f Resolver,
    addresses: &'f [IpAddr],
}

/// Questions after which nothing more is followed.
const ENOUGH: usize = 3 * MOST_LOOKUPS;

impl Follower<'_> {
    /// A record may lead to others, so it calls itself.
    fn record<'a>(
        &'a self,
        domain: String,
        walk: &'a mut Walk,
    ) -> Pin<Box<dyn Future<Output = Option<Vec<Said>>> + 'a>> {
        Box::pin(async move {
            let text = self.text(&domain, walk).await?;
            let record = match spf::parse(&text) {
                Ok(record) => record,
                Err(slip) => {
                    walk.slips
                        .push(format!("`{slip}` in the record of {domain} means nothing"));
                    return None;
                }
            };
            let mut said: Vec<Said> = vec![None; self.addresses.len()];
            let mut all = false;
            for (verdict, mechanism) in &record.terms {
                all |= *mechanism == Mechanism::All;
                let matches = self.matches(&domain, mechanism, walk).await;
                for (said, matched) in said.iter_mut().zip(matches) {
                    *said = said.or(matched.then_some(*verdict));
                }
            }
            // With `all`, nothing is left for another record.
            if let Some(other) = record.redirect.filter(|_| !all) {
                let others = self.other(&other, walk).await;
                for (said, other) in said.iter_mut().zip(others.unwrap_or_default()) {
                    *said = said.or(other);
                }
            }
            Some(said)
        })
    }

    async fn text(&self, domain: &str, walk: &mut Walk) -> Option<String> {
        let found = self.find(domain, Kind::Txt, walk).await?;
        let texts = found.into_iter().filter_map(|record| match record {
            Record::Text(Some(text)) if spf::is_spf(&text) => Some(text),
            _ => None,
        });
        let mut texts: Vec<String> = texts.collect();
        if texts.len() > 1 {
            walk.slips.push(format!(
                "{domain} has {} SPF records, and only one is allowed",
                texts.len()
            ));
        }
        texts.pop()
    }

    /// The record of another domain; that it has none is a mistake of the one that names it.
    async fn other(&self, domain: &str, walk: &mut Walk) -> Option<Vec<Said>> {
        walk.lookups += 1;
        if spf::has_macros(domain) || walk.lookups > ENOUGH {
            return None;
        }
        let (slips, unanswered) = (walk.slips.len(), walk.unanswered.len());
        let said = self.record(domain.to_owned(), walk).await;
        if said.is_none() && (slips, unanswered) == (walk.slips.len(), walk.unanswered.len()) {
            walk.void += 1;
            walk.slips
                .push(format!("{domain} is named, and has no SPF record"));
        }
        said
    }

    /// Which of our addresses a mechanism matches.
    async fn matches(&self, own: &str, mechanism: &Mechanism, walk: &mut Walk) -> Vec<bool> {
        let each =
            |test: &dyn Fn(IpAddr) -> bool| self.addresses.iter().map(|a| test(*a)).collect();
        match mechanism {
            Mechanism::All => each(&|_| true),
            Mechanism::Network(network, bits) => each(&|a| spf::is_in(a, *network, *bits)),
            Mechanism::Include(other) => {
                let said = self.other(other, walk).await.unwrap_or_default();
                let said: Vec<bool> = said
                    .iter()
                    .map(|said| *said == Some(Verdict::Pass))
                    .collect();
                (0..self.addresses.len())
                    .map(|at| said.get(at) == Some(&true))
                    .collect()
            }
            Mechanism::Address(name, four, six) => {
                walk.lookups += 1;
                let name = name.as_deref().unwrap_or(own);
                let found = self.addresses_of(name, true, walk).await;
                each(&|a| among(a, &found, *four, *six))
            }
            Mechanism::Mail(name, four, six) => {
                walk.lookups += 1;
                let name = name.as_deref().unwrap_or(own);
                let found = self.mail_of(name, walk).await;
                each(&|a| among(a, &found, *four, *six))
            }
            Mechanism::Pointer => {
                walk.lookups += 1;
                walk.doubts
                    .push("`ptr` is slow and not to be used any more (RFC 7208, 5.5)".to_owned());
                each(&|_| false)
            }
            Mechanism::Exists(name) => {
                walk.lookups += 1;
                let found = self.addresses_of(name, true, walk).await;
                each(&|_| !found.is_empty())
            }
        }
    }

    async fn mail_of(&self, name: &str, walk: &mut Walk) -> Vec<IpAddr> {
        if spf::has_macros(name) || walk.lookups > ENOUGH {
            return Vec::new();
        }
        let servers = self.find(name, Kind::Mx, walk).await.unwrap_or_default();
        walk.void += usize::from(servers.is_empty());
        if servers.len() > MOST_MAIL {
            walk.slips.push(format!(
                "`mx` of {name} leads to {} servers; {MOST_MAIL} are allowed",
                servers.len()
            ));
        }
        let mut found = Vec::new();
        for server in servers.into_iter().take(MOST_MAIL) {
            if let Record::Mail(_, server) = server {
                found.extend(self.addresses_of(&server, false, walk).await);
            }
        }
        found
    }

    /// All addresses of a name.
    async fn addresses_of(&self, name: &str, counts: bool, walk: &mut Walk) -> Vec<IpAddr> {
        if spf::has_macros(name) || walk.lookups > ENOUGH {
            return Vec::new();
        }
        let mut found = Vec::new();
        for kind in [Kind::A, Kind::Aaaa] {
            let records = self.find(name, kind, walk).await.unwrap_or_default();
            found.extend(records.into_iter().filter_map(|record| match record {
                Record::Address(address) => Some(address),
                _ => None,
            }));
        }
        walk.void += usize::from(counts && found.is_empty());
        found
    }

    async fn find(&self, name: &str, kind: Kind, walk: &mut Walk) -> Option<Vec<Record>> {
        let found: Result<Vec<Record>, Unanswered> = self.resolver.find(name, kind).await;
        match found {
            Ok(found) => Some(found),
            Err(why) => {
                walk.unanswered.push(format!("{name}: {why}"));
                None
            }
        }
    }
}

fn among(address: IpAddr, found: &[IpAddr], four: u32, six: u32) -> bool {
    let bits = |network: &IpAddr| if network.is_ipv4() { four } else { six };
    found
        .iter()
        .any(|network| spf::is_in(address, *network, bits(network)))
}
