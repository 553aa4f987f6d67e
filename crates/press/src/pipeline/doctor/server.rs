//! `[server]`: where it listens, what stands before it, and what the web sees.

use super::{Options, Report, data};
use crate::config::{Config, Network};
use crate::http::{Http, Request, Response, Settings};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::time::Duration;

pub(super) async fn look(config: &Config, options: &Options, report: &mut Report) {
    look_at_place(config, report).await;
    look_at_proxies(config, report);
    look_at_site(config, options, report).await;
}

async fn look_at_place(config: &Config, report: &mut Report) {
    let listen = config.server.listen;
    match TcpListener::bind(listen) {
        Ok(_) => report.ok("server", format!("{listen} is free to listen at")),
        Err(cause) if cause.kind() == ErrorKind::AddrInUse => {
            look_at_neighbour(listen, report).await;
        }
        Err(cause) => {
            let help = match cause.kind() {
                ErrorKind::PermissionDenied => {
                    "let a proxy listen there, and `press server` at a port above 1023"
                }
                _ => "`listen` of [server] must be an address of this machine",
            };
            report.wrong(
                "server",
                format!("cannot listen at {listen}: {cause}"),
                help,
            );
        }
    }
}

/// Somebody listens where we would: perhaps it is us.
async fn look_at_neighbour(listen: SocketAddr, report: &mut Report) {
    let host = match listen.ip() {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    };
    let url = format!("http://{}/healthz", SocketAddr::new(host, listen.port()));
    match get(&url).await {
        Ok(answer) if answer.status == 200 => {
            report.ok("server", format!("{listen} answers that it is well"));
        }
        Ok(answer) => report.wrong(
            "server",
            format!("{listen} answers /healthz with {}", answer.status),
            "if that is `press server`, read its log; if it is another program, use another port",
        ),
        Err(why) => report.wrong(
            "server",
            format!("somebody listens at {listen} and does not answer: {why}"),
            "if that is `press server`, read its log; if it is another program, use another port",
        ),
    }
}

fn look_at_proxies(config: &Config, report: &mut Report) {
    let (server, strangers) = (&config.server, ["192.0.2.1", "203.0.113.1", "2001:db8::1"]);
    let trusts = |address: &str| {
        let address = address.parse::<IpAddr>().ok();
        let within = |network: &Network| address.is_some_and(|address| network.contains(address));
        server.trusted_proxies.iter().any(within)
    };
    if strangers.iter().any(|address| trusts(address)) {
        return report.wrong(
            "proxies",
            "`trusted-proxies` trusts everybody to say who is asking",
            "name only the proxy before the server: limits against abuse count who is asking",
        );
    }
    if !server.listen.ip().is_loopback() && config.newsletter.base_url.starts_with("https://") {
        return report.warning(
            "proxies",
            format!(
                "{} is open to the network, and speaks no TLS",
                server.listen
            ),
            "let it listen at 127.0.0.1 behind a proxy; docs/operating.md has snippets",
        );
    }
    report.ok("proxies", "only those are believed that are named");
}

async fn look_at_site(config: &Config, options: &Options, report: &mut Report) {
    let base = &config.newsletter.base_url;
    let host = base.split("://").nth(1).unwrap_or_default();
    let here = ["localhost", "127.", "[::1]"];
    if base.starts_with("http://") && !here.iter().any(|here| host.starts_with(here)) {
        report.wrong(
            "site",
            format!("{base} is not private: what readers choose could be read on its way"),
            "write `https://` in `base-url`, with a certificate at the proxy",
        );
    }
    if options.offline {
        return report.skipped("site", "other machines are left alone");
    }
    match get(&format!("{base}/")).await {
        Ok(answer) => {
            match answer.status {
                200..=399 => report.ok("site", format!("{base} answers")),
                status => report.warning(
                    "site",
                    format!("{base} answers with {status}"),
                    "see whether the site is built and the proxy leads to the server",
                ),
            }
            let date = rfc2822::parse(answer.header("date"));
            if let Ok(date) = date {
                let apart = date.timestamp().as_second() - Timestamp::now().as_second();
                data::clocks(report, &format!("the clock of {base}"), apart);
            }
        }
        Err(why) => report.warning(
            "site",
            format!("{base} does not answer: {why}"),
            "if it should already: see whether the name leads here and the proxy runs",
        ),
    }
}

async fn get(url: &str) -> Result<Response, String> {
    let url: reqwest::Url = url.parse().map_err(|_| "that is no address".to_owned())?;
    let own = url.host_str().unwrap_or_default().to_owned();
    let settings = Settings {
        timeout: Duration::from_secs(10),
        tries: 1,
        // Our own server may well be in a private network.
        private: vec![own],
        ..Settings::default()
    };
    let http = Http::new(settings).map_err(|error| error.message())?;
    let answer = http.ask(&Request::get(url).limit(64 << 10)).await;
    answer.map_err(|failure| failure.to_string())
}
