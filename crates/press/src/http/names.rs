//! From names of hosts to addresses, and the wall around private networks.
//!
//! The wall stands where a connection takes its address from, so a name that means something harmless at one moment
//! and the router at the next does not get past it.

use super::{Failure, Settings};
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

/// How names of hosts become addresses.
#[derive(Clone)]
pub enum Names {
    /// As the system says.
    System,
    /// As a function says: for tests and benches, which play the web on one machine. A port of 0 is the usual one.
    Given(Arc<Lookup>),
}

/// Where a host is, if it is there.
pub type Lookup = dyn Fn(&str) -> Option<SocketAddr> + Send + Sync;

impl fmt::Debug for Names {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Names::System => "System",
            Names::Given(_) => "Given",
        })
    }
}

#[derive(Clone, Debug)]
pub(super) struct Resolver {
    names: Names,
    private: Vec<String>,
}

impl Resolver {
    pub(super) fn new(settings: &Settings) -> Resolver {
        Resolver {
            names: settings.names.clone(),
            private: settings.private.clone(),
        }
    }

    /// All addresses of a host, private ones included.
    pub(super) async fn find(&self, host: &str) -> Result<Vec<SocketAddr>, Failure> {
        let found: Vec<SocketAddr> = match &self.names {
            Names::System => system(host).await?,
            Names::Given(given) => given(host).into_iter().collect(),
        };
        if found.is_empty() {
            return Err(Failure::NoHost);
        }
        Ok(found)
    }

    /// The addresses of a host that we may ask.
    async fn find_open(&self, host: &str) -> Result<Vec<SocketAddr>, Failure> {
        let mut found = self.find(host).await?;
        if !may_be_private(host, &self.private) {
            found.retain(|address| is_public(address.ip()));
        }
        if found.is_empty() {
            return Err(Failure::Private);
        }
        Ok(found)
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let found = resolver.find_open(name.as_str()).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

async fn system(host: &str) -> Result<Vec<SocketAddr>, Failure> {
    match tokio::net::lookup_host((host, 0)).await {
        Ok(found) => Ok(found.collect()),
        Err(error) => Err(lookup_failure(&error)),
    }
}

/// What a failed lookup means. Systems say in words only whether a name is not there or nobody could be asked.
fn lookup_failure(error: &std::io::Error) -> Failure {
    const NO_HOST: &[&str] = &[
        "name or service not known",
        "no address associated with hostname",
        "nodename nor servname provided",
        "name does not resolve",
        "name has no usable address",
        "no such host is known",
    ];
    let said = error.to_string().to_ascii_lowercase();
    if NO_HOST.iter().any(|known| said.contains(known)) {
        Failure::NoHost
    } else {
        Failure::NoLookup
    }
}

/// Refuses a host that is given as an address of a private network: nobody looks that up.
pub(super) fn refuse_private(url: &Url, settings: &Settings) -> Result<(), Failure> {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let private = bare
        .parse::<IpAddr>()
        .is_ok_and(|address| !is_public(address));
    if private && !may_be_private(bare, &settings.private) {
        return Err(Failure::Private);
    }
    Ok(())
}

/// Whether the configuration lets a host be in a private network.
pub fn may_be_private(host: &str, allowed: &[String]) -> bool {
    allowed
        .iter()
        .any(|allowed| match allowed.strip_prefix("*.") {
            Some(above) => host
                .strip_suffix(above)
                .is_some_and(|rest| rest.ends_with('.')),
            None => host.eq_ignore_ascii_case(allowed),
        })
}

/// Whether an address is one of the open network: not our own machine, not the network around it, not one of the
/// services that clouds offer to machines inside.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            | (224..=255, ..)
    ) && address != Ipv4Addr::new(168, 63, 129, 16)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        // Addresses of version 4 in other clothes: mapped, compatible, translated, tunnelled.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => {
            v4(high, low)
        }
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        // Everything else that is open begins like this; Teredo and the documentation's do not count.
        [first, second, ..] => {
            (0x2000..0x4000).contains(&first)
                && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
                && !(first == 0x3fff && second < 0x1000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_networks_are_known_in_all_their_clothes() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.100.100.200",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "168.63.129.16",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00:ec2::254",
            "fec0::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::a00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "::ffff:0:127.0.0.1",
            "100::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2001:4860::8888",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn private_hosts_are_asked_only_by_name() {
        let allowed = ["intern.example".to_owned(), "*.lab.example".to_owned()];
        for (host, may) in [
            ("intern.example", true),
            ("INTERN.example", true),
            ("x.intern.example", false),
            ("a.lab.example", true),
            ("a.b.lab.example", true),
            ("lab.example", false),
            ("evillab.example", false),
        ] {
            assert_eq!(may_be_private(host, &allowed), may, "{host}");
        }
    }

    #[test]
    fn a_name_that_is_not_there_is_told_from_one_that_could_not_be_asked_for() {
        let said = |text: &str| lookup_failure(&std::io::Error::other(text));
        let start = "failed to lookup address information: ";
        assert_eq!(
            said(&format!("{start}Name or service not known")),
            Failure::NoHost
        );
        assert_eq!(
            said(&format!("{start}Temporary failure in name resolution")),
            Failure::NoLookup
        );
        assert_eq!(said(&format!("{start}Try again")), Failure::NoLookup);
    }
}
