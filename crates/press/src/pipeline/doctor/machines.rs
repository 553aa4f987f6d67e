//! The machines that DNS names: who takes our bounces, and what those that mail leaves from are called.

use super::Report;
use super::names::Looker;
use crate::dns::{Kind, Record};
use press_core::sender::spf::reverse;

impl Looker<'_> {
    pub(super) async fn look_at_bounces(&self, report: &mut Report) {
        let domain = self.bounces;
        let help = format!(
            "publish an MX record of {domain} that leads to the server that hands bounces to `press bounces`"
        );
        let servers = match self.resolver.find(domain, Kind::Mx).await {
            Ok(servers) => servers,
            Err(why) => {
                return report.warning(
                    "mx",
                    format!("{domain}: not known: {why}"),
                    "ask again later, or another resolver",
                );
            }
        };
        let names: Vec<&str> = servers
            .iter()
            .filter_map(|server| match server {
                Record::Mail(_, name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        if names.is_empty() {
            let says = format!("{domain} names nobody who takes its mail, so bounces are lost");
            return report.wrong("mx", says, help);
        }
        if names.contains(&"") {
            return report.wrong(
                "mx",
                format!("{domain} says that it takes no mail (RFC 7505)"),
                help,
            );
        }
        for name in names {
            match self.addresses_of(name).await {
                Ok(found) if found.is_empty() => {
                    report.wrong(
                        "mx",
                        format!("{name} takes the mail of {domain}, and has no address"),
                        help.clone(),
                    );
                }
                Ok(_) => report.ok("mx", format!("{name} takes the mail of {domain}")),
                Err(why) => report.warning(
                    "mx",
                    format!("{name}: not known: {why}"),
                    "ask again later, or another resolver",
                ),
            }
        }
    }

    /// The name of an address must lead back to it (RFC 1912 section 2.1); large mail services refuse others.
    pub(super) async fn look_at_machines(&self, report: &mut Report) {
        if self.addresses.is_empty() {
            return report.skipped(
                "ptr",
                "mail leaves from addresses that are not known here: `--address` names them",
            );
        }
        for address in &self.addresses {
            let help = format!(
                "whoever gave you {address} sets its name; that name must have {address} as its address"
            );
            let found = match self.resolver.find(&reverse(*address), Kind::Ptr).await {
                Ok(found) => found,
                Err(why) => {
                    report.warning(
                        "ptr",
                        format!("{address}: not known: {why}"),
                        "ask again later, or another resolver",
                    );
                    continue;
                }
            };
            let names = found.into_iter().filter_map(|record| match record {
                Record::Name(name) => Some(name),
                _ => None,
            });
            let names: Vec<String> = names.take(10).collect();
            let mut leads_back = None;
            for name in &names {
                if self
                    .addresses_of(name)
                    .await
                    .unwrap_or_default()
                    .contains(address)
                {
                    leads_back = Some(name);
                }
            }
            match (leads_back, names.first()) {
                (Some(name), _) => report.ok("ptr", format!("{address} is {name}, and back")),
                (None, Some(name)) => report.wrong(
                    "ptr",
                    format!("{address} is {name}, which does not lead back to it"),
                    help,
                ),
                (None, None) => report.wrong(
                    "ptr",
                    format!("{address} has no name; large mail services refuse it"),
                    help,
                ),
            }
        }
    }
}
