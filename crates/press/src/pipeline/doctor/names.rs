//! DNS as receivers of our mail see it: SPF, DKIM, DMARC and how they agree, who takes our bounces, and the names of the
//! machines that mail leaves from.

use super::spf::{self, Walk};
use super::{Options, Report};
use crate::config::{Config, Mailbox, Secrets, TransportKind};
use crate::dns::{Kind, Record, Resolver, Unanswered};
use crate::http::is_public;
use crate::pipeline::keys;
use press_core::sender::spf::{MOST_LOOKUPS, MOST_VOID, Verdict};
use press_core::sender::{dkim, dmarc};
use std::net::IpAddr;

/// What is asked, and of whom.
pub(super) struct Looker<'l> {
    pub(super) resolver: &'l Resolver,
    /// The domain that readers see.
    from: &'l str,
    /// The domain of the envelope.
    pub(super) bounces: &'l str,
    pub(super) addresses: Vec<IpAddr>,
    /// Whether Amazon puts its own envelope around mail.
    foreign_envelope: bool,
}

pub(super) async fn look(
    config: &Config,
    secrets: &Secrets,
    (resolver, options): (&Resolver, &Options),
    report: &mut Report,
) {
    let Some(from) = config.mail.from.as_ref().map(Mailbox::domain) else {
        let help = "`from` of [mail] says who writes; without it no mail can leave";
        return report.warning("dns", "nobody is named who sends mail", help);
    };
    let bounces = config.mail.bounces.rsplit_once('@');
    let bounces = bounces.map_or(from, |(_, domain)| domain);
    let mut looker = Looker {
        resolver,
        from,
        bounces,
        addresses: options.addresses.clone(),
        foreign_envelope: config.transport.kind == TransportKind::Ses,
    };
    let heads = looker.heads(report).await;
    looker.find_own_relays(config, &heads).await;
    let spf_aligns = looker.look_at_spf(report).await;
    let signs = looker.look_at_keys(config, secrets, report).await;
    looker
        .look_at_policy(&heads, (spf_aligns, &signs), report)
        .await;
    looker.look_at_bounces(report).await;
    looker.look_at_machines(report).await;
}

/// What a walk up the tree found.
struct Heads {
    policies: Vec<(String, dmarc::Policy)>,
    /// The head of the organization of the domain that readers see.
    from: String,
    failed: Option<Unanswered>,
}

impl Looker<'_> {
    async fn heads(&self, report: &mut Report) -> Heads {
        let mut policies = Vec::new();
        let mut failed = None;
        for domain in dmarc::walk(self.from) {
            match self.policy(&domain, report).await {
                Ok(Some(policy)) => {
                    let ends = dmarc::ends_walk(&policy);
                    policies.push((domain, policy));
                    if ends {
                        break;
                    }
                }
                Ok(None) => {}
                Err(why) => failed = Some(why),
            }
        }
        let from = dmarc::organization(self.from, &policies);
        Heads {
            policies,
            from,
            failed,
        }
    }

    async fn policy(
        &self,
        domain: &str,
        report: &mut Report,
    ) -> Result<Option<dmarc::Policy>, Unanswered> {
        let texts = self.texts(&format!("_dmarc.{domain}")).await?;
        let mut policies: Vec<dmarc::Policy> =
            texts.iter().filter_map(|text| dmarc::parse(text)).collect();
        if policies.len() > 1 {
            let says = format!(
                "_dmarc.{domain} has {} records, so none counts",
                policies.len()
            );
            report.wrong("dmarc", says, "leave one of them");
            return Ok(None);
        }
        Ok(policies.pop())
    }

    async fn organization(&self, domain: &str) -> String {
        let mut policies = Vec::new();
        for domain in dmarc::walk(domain) {
            let texts = self
                .texts(&format!("_dmarc.{domain}"))
                .await
                .unwrap_or_default();
            let mut found: Vec<dmarc::Policy> =
                texts.iter().filter_map(|text| dmarc::parse(text)).collect();
            if let (Some(policy), true) = (found.pop(), found.is_empty()) {
                let ends = dmarc::ends_walk(&policy);
                policies.push((domain, policy));
                if ends {
                    break;
                }
            }
        }
        dmarc::organization(domain, &policies)
    }

    async fn texts(&self, name: &str) -> Result<Vec<String>, Unanswered> {
        let found = self.resolver.find(name, Kind::Txt).await?;
        let texts = found.into_iter().filter_map(|record| match record {
            Record::Text(text) => text,
            _ => None,
        });
        Ok(texts.collect())
    }

    pub(super) async fn addresses_of(&self, name: &str) -> Result<Vec<IpAddr>, Unanswered> {
        let mut found = self.resolver.find(name, Kind::A).await?;
        found.extend(self.resolver.find(name, Kind::Aaaa).await?);
        let addresses = found.into_iter().filter_map(|record| match record {
            Record::Address(address) => Some(address),
            _ => None,
        });
        Ok(addresses.collect())
    }

    /// Relays of our own organization send themselves, so their addresses are those that receivers see.
    async fn find_own_relays(&mut self, config: &Config, heads: &Heads) {
        if config.transport.kind != TransportKind::Smtp || !self.addresses.is_empty() {
            return;
        }
        for relay in &config.transport.relays {
            let own = relay.host == heads.from || relay.host.ends_with(&format!(".{}", heads.from));
            if own {
                let found = self.addresses_of(&relay.host).await.unwrap_or_default();
                self.addresses
                    .extend(found.into_iter().filter(|address| is_public(*address)));
            }
        }
    }

    /// Looks at SPF of the envelope; whether mail passes in the name of that domain, as far as that can be seen.
    async fn look_at_spf(&self, report: &mut Report) -> bool {
        let (domain, mut walk) = (self.bounces, Walk::default());
        let said = spf::follow(self.resolver, domain, &self.addresses, &mut walk).await;
        for slip in &walk.slips {
            report.wrong(
                "spf",
                slip.clone(),
                format!("mend the TXT record of {domain}"),
            );
        }
        for doubt in &walk.doubts {
            report.warning(
                "spf",
                doubt.clone(),
                format!("mend the TXT record of {domain}"),
            );
        }
        if let Some(why) = walk.unanswered.first() {
            report.warning(
                "spf",
                format!("not known: {why}"),
                "ask again later, or another resolver",
            );
        }
        let Some(said) = said else {
            if walk.slips.is_empty() && walk.unanswered.is_empty() {
                self.tell_no_spf(report);
            }
            return false;
        };
        let counts = format!("{} look-ups", walk.lookups);
        if walk.lookups > MOST_LOOKUPS {
            let says = format!(
                "{domain} takes {counts}; after {MOST_LOOKUPS} receivers give up (RFC 7208, 4.6.4)"
            );
            report.wrong(
                "spf",
                says,
                "leave out what does not send for you, or write its networks as `ip4:` and `ip6:`",
            );
        } else if walk.void > MOST_VOID {
            let says = format!(
                "{} look-ups of {domain} find nothing; receivers give up after {MOST_VOID}",
                walk.void
            );
            report.wrong("spf", says, "take out the names that are no more");
        } else if walk.slips.is_empty() {
            report.ok("spf", format!("{domain}, {counts}"));
        }
        self.look_at_verdicts(&said, report);
        walk.slips.is_empty()
            && walk.lookups <= MOST_LOOKUPS
            && said.iter().all(|said| *said == Some(Verdict::Pass))
    }

    fn tell_no_spf(&self, report: &mut Report) {
        let says = format!("{} says nothing about who may send for it", self.bounces);
        let help = format!(
            "publish `{}. TXT \"v=spf1 … -all\"` with what your relay tells you to put in",
            self.bounces
        );
        match self.foreign_envelope {
            // Unless a MAIL FROM domain of one's own is set up, the envelope is Amazon's.
            true => report.warning("spf", says, help),
            false => report.wrong("spf", says, help),
        }
    }

    fn look_at_verdicts(&self, said: &[spf::Said], report: &mut Report) {
        for (address, said) in self.addresses.iter().zip(said) {
            let (domain, help) = (
                self.bounces,
                format!("add it to the SPF record of {}", self.bounces),
            );
            match said {
                Some(Verdict::Pass) => report.ok("spf", format!("{address} may send for {domain}")),
                Some(Verdict::Fail | Verdict::SoftFail) => {
                    report.wrong("spf", format!("{address} may not send for {domain}"), help);
                }
                _ => report.warning(
                    "spf",
                    format!("{domain} says nothing about {address}"),
                    help,
                ),
            }
        }
    }

    /// Looks at the records of our keys; the domains that sign.
    async fn look_at_keys(
        &self,
        config: &Config,
        secrets: &Secrets,
        report: &mut Report,
    ) -> Vec<String> {
        let records = match keys::records(config, secrets) {
            Ok(records) => records,
            Err(error) => {
                report.failed("dkim", &error);
                return Vec::new();
            }
        };
        if records.is_empty() && !self.foreign_envelope {
            let help =
                "make a key with `press dkim --new FILE`, and name it under `dkim` of [mail]";
            report.warning(
                "dkim",
                "mail is not signed here; perhaps the relay does",
                help,
            );
        }
        let mut signs = Vec::new();
        for (record, key) in records.iter().zip(&config.mail.dkim) {
            if self.look_at_key(record, report).await {
                signs.push(key.domain.to_ascii_lowercase());
            }
        }
        signs
    }

    async fn look_at_key(&self, record: &keys::Record, report: &mut Report) -> bool {
        let name = &record.name;
        let help = format!("`press dkim` shows what {name} must hold");
        let texts = match self.texts(name).await {
            Ok(texts) => texts,
            Err(why) => {
                report.warning(
                    "dkim",
                    format!("{name}: not known: {why}"),
                    "ask again later, or another resolver",
                );
                return false;
            }
        };
        let published: Vec<dkim::Key> = texts.iter().filter_map(|text| dkim::parse(text)).collect();
        let (Some(found), Some(own)) = (published.first(), dkim::parse(&record.text)) else {
            report.wrong("dkim", format!("{name} holds no key"), help);
            return false;
        };
        let wrong = if published.len() > 1 {
            Some("holds several keys, and receivers take any of them")
        } else if found.key.is_empty() {
            Some("says that the key was taken back")
        } else if (&found.key, &found.algorithm) != (&own.key, &own.algorithm) {
            Some("holds another key than the one that signs here")
        } else if !found.sha256 || !found.mail {
            Some("does not let the key sign mail with SHA-256")
        } else {
            None
        };
        match wrong {
            Some(wrong) => report.wrong("dkim", format!("{name} {wrong}"), help),
            None if found.testing => {
                let says = format!("{name} says that signing is only tried (`t=y`)");
                report.warning("dkim", says, "take `t=y` out when mails arrive signed");
            }
            None => report.ok("dkim", format!("{name} holds the key that signs here")),
        }
        wrong.is_none()
    }

    async fn look_at_policy(
        &self,
        heads: &Heads,
        (spf, signs): (bool, &[String]),
        report: &mut Report,
    ) {
        let Some((at, policy)) = heads
            .policies
            .iter()
            .find(|(name, _)| name == self.from)
            .or_else(|| heads.policies.iter().find(|(name, _)| *name == heads.from))
        else {
            let help = format!(
                "publish `_dmarc.{}. TXT \"v=DMARC1; p=none; rua=mailto:…\"`, and read the reports for a while",
                heads.from
            );
            return match &heads.failed {
                Some(why) => report.warning(
                    "dmarc",
                    format!("not known: {why}"),
                    "ask again later, or another resolver",
                ),
                None => report.wrong(
                    "dmarc",
                    format!(
                        "{} has no policy; large mail services ask for one",
                        self.from
                    ),
                    help,
                ),
            };
        };
        self.tell_policy(at, policy, report);
        let (strict_dkim, strict_spf) = (policy.strict_dkim, policy.strict_spf);
        let spf_fits = self.fits(self.bounces, heads, strict_spf).await;
        let mut dkim_fits = false;
        for domain in signs {
            dkim_fits |= self.fits(domain, heads, strict_dkim).await;
        }
        self.tell_alignment((spf_fits, spf), dkim_fits, report);
    }

    fn tell_policy(&self, at: &str, policy: &dmarc::Policy, report: &mut Report) {
        let below = at != self.from;
        let asked = policy.below.filter(|_| below).unwrap_or(policy.policy);
        let says = format!("_dmarc.{at} asks for `{}`", asked.name());
        match (asked, policy.reports) {
            (_, false) => report.warning(
                "dmarc",
                format!("{says}, and nobody hears of what fails"),
                "add `rua=mailto:…`",
            ),
            (dmarc::Action::None, _) => report.warning(
                "dmarc",
                says,
                "when the reports are clean, ask for `quarantine`, then `reject`",
            ),
            _ if policy.testing => report.warning(
                "dmarc",
                format!("{says}, for trial (`t=y`)"),
                "take `t=y` out when the reports are clean",
            ),
            _ => report.ok("dmarc", says),
        }
    }

    fn tell_alignment(&self, (spf_fits, spf): (bool, bool), dkim_fits: bool, report: &mut Report) {
        let from = self.from;
        match (dkim_fits, spf_fits && spf && !self.foreign_envelope) {
            (true, true) => report.ok(
                "alignment",
                format!("signature and envelope both stand for {from}"),
            ),
            (true, false) => report.ok(
                "alignment",
                format!("the signature stands for {from}; the envelope alone would not"),
            ),
            (false, true) => report.warning(
                "alignment",
                format!(
                    "only the envelope stands for {from}, and it is lost when mail is forwarded"
                ),
                "sign with a key of the same domain",
            ),
            (false, false) => report.wrong(
                "alignment",
                format!("nothing that is proven stands for {from}: mail fails DMARC"),
                format!("sign with a key of {from}, and let bounces go to an address at {from}"),
            ),
        }
    }

    /// Whether what is proven for a domain counts for the one that readers see.
    async fn fits(&self, domain: &str, heads: &Heads, strict: bool) -> bool {
        if domain.eq_ignore_ascii_case(self.from) {
            return true;
        }
        !strict && self.organization(&domain.to_ascii_lowercase()).await == heads.from
    }
}
