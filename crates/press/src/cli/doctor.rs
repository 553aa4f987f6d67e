//! `press doctor`

use super::{Global, Next, terminal};
use crate::config::Secrets;
use crate::error::Result;
use crate::pipeline::doctor::{Finding, Options, State, examine, parse_resolver};
use clap::ValueEnum;
use std::net::{IpAddr, SocketAddr};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Ask this resolver about DNS, not the machine's own; may be given several times
    #[arg(long = "resolver", value_name = "ADDRESS[:PORT]", value_parser = parse_resolver)]
    resolvers: Vec<SocketAddr>,
    /// An address from which mail leaves, if the relay is not at the newsletter's own domain; may be given several times
    #[arg(long = "address", value_name = "IP", value_parser = ip)]
    addresses: Vec<IpAddr>,
    /// Leave other machines alone: no DNS, no relay, no site
    #[arg(long)]
    offline: bool,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

fn ip(text: &str) -> std::result::Result<IpAddr, String> {
    let address = text.parse().ok();
    address.ok_or_else(|| "an address is written as 192.0.2.7 or 2001:db8::7".to_owned())
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A line for each thing, and what to do below it
    Text,
    /// A JSON list with an object for each thing
    Json,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Next> {
    let options = Options {
        resolvers: arguments.resolvers.clone(),
        patience: None,
        addresses: arguments.addresses.clone(),
        offline: arguments.offline,
    };
    let secrets = Secrets::environment();
    let findings = examine(&global.folder, global.config.as_deref(), &secrets, &options)?;
    match arguments.format {
        Format::Text => terminal::print(&text(&findings)),
        Format::Json => {
            let json = serde_json::to_string_pretty(&findings).unwrap_or_default();
            terminal::result(&json);
        }
    }
    let wrong = count(&findings, State::Wrong);
    terminal::tell(&format!(
        "{} looked at: {wrong} wrong, {} doubtful",
        super::plural(findings.len(), "thing"),
        count(&findings, State::Warning),
    ));
    Ok(if wrong > 0 { Next::Denied } else { Next::Done })
}

fn count(findings: &[Finding], state: State) -> usize {
    findings
        .iter()
        .filter(|finding| finding.state == state)
        .count()
}

/// ```text
/// warning  dmarc          _dmarc.weekly.example asks for `none`
///                         when the reports are clean, ask for `quarantine`, then `reject`
/// ```
pub(super) fn text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let (state, about, says) = (finding.state.name(), finding.about, &finding.says);
        text.push_str(&format!("{state:<8} {about:<14} {says}\n"));
        if let Some(help) = &finding.help {
            text.push_str(&format!("{:<23} {help}\n", ""));
        }
    }
    text
}
