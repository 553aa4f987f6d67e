//! What `press.toml` says of the process that readers talk to, checked.

use super::{Loader, schema};
use std::net::{IpAddr, SocketAddr};
use toml::Spanned;

/// The process that a newsletter runs for its readers.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where it tells its numbers.
    pub metrics: Option<SocketAddr>,
    /// Whose word is taken for who is asking.
    pub trusted_proxies: Vec<Network>,
    /// Most connections of one network at a time.
    pub connections_per_network: u32,
    /// Sites whose forms may be sent here: scheme and host, and the port if there is one.
    pub origins: Vec<String>,
    /// Whether it sends what is due.
    pub worker: bool,
    /// The version of forms.
    pub form_version: String,
    /// The page that says what is done with people's data.
    pub privacy: Option<String>,
    /// For how many days one can confirm.
    pub unconfirmed_days: u32,
    /// Most wrong tokens of one network in an hour.
    pub wrong_tokens_per_network: u32,
    /// Most sign-ups of one network in an hour.
    pub sign_ups_per_network: u32,
    /// Most sign-ups in an hour.
    pub sign_ups: u32,
    /// Most sign-ups in an hour without proof of work.
    pub sign_ups_without_proof: u32,
    /// Bits of the proof of work.
    pub proof_bits: u32,
}

/// Some addresses: all that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// Reads `10.0.0.0/8`, or one address.
    pub fn parse(text: &str) -> Option<Network> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.parse().ok())?;
        (bits <= most).then_some(Network { address, bits })
    }

    /// Whether an address is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        let wide = |address: IpAddr| match address {
            IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, true),
            IpAddr::V6(address) => (u128::from(address), false),
        };
        let ((own, own_kind), (other, other_kind)) = (wide(self.address), wide(address));
        let apart = own ^ other;
        own_kind == other_kind && apart.checked_shr(128 - self.bits).unwrap_or(0) == 0
    }
}

impl Loader<'_> {
    pub(super) fn server(&mut self, server: &schema::Server, base_url: &str) -> Server {
        let mut between = |number: &Spanned<u32>, least: u32, most: u32| {
            let value = *number.get_ref();
            if !(least..=most).contains(&value) {
                self.mistake(number, format!("between {least} and {most} are sensible"));
            }
            value.clamp(least, most)
        };
        let unconfirmed_days = between(&server.unconfirmed_days, 1, 90);
        let wrong_tokens_per_network = between(&server.wrong_tokens_per_network, 1, 1_000_000_000);
        let sign_ups_per_network = between(&server.sign_ups_per_network, 1, 1_000_000_000);
        let sign_ups = between(&server.sign_ups, 1, 1_000_000_000);
        let sign_ups_without_proof = between(&server.sign_ups_without_proof, 0, 1_000_000_000);
        let connections_per_network = between(&server.connections_per_network, 1, 1_000_000_000);
        let proof_bits = between(&server.proof_bits, 0, 24);
        let mut origins: Vec<String> = server
            .origins
            .iter()
            .map(|origin| self.origin(origin))
            .collect();
        origins.push(
            press_core::render::address::split_base(base_url)
                .0
                .to_owned(),
        );
        Server {
            listen: self.socket(&server.listen),
            metrics: server.metrics.as_ref().map(|place| self.socket(place)),
            trusted_proxies: self.networks(&server.trusted_proxies),
            connections_per_network,
            origins,
            worker: server.worker,
            form_version: server.form_version.clone(),
            privacy: server.privacy.clone(),
            unconfirmed_days,
            wrong_tokens_per_network,
            sign_ups_per_network,
            sign_ups,
            sign_ups_without_proof,
            proof_bits,
        }
    }

    fn socket(&mut self, text: &Spanned<String>) -> SocketAddr {
        text.get_ref().parse().unwrap_or_else(|_| {
            let help = "write an address and a port, as `127.0.0.1:8080` or `[::]:8080`";
            self.mistake_with_help(text, "this is no place to listen at", help);
            SocketAddr::from(([127, 0, 0, 1], 0))
        })
    }

    fn networks(&mut self, written: &[Spanned<String>]) -> Vec<Network> {
        let mut networks = Vec::new();
        for text in written {
            match Network::parse(text.get_ref()) {
                Some(network) => networks.push(network),
                None => self.mistake_with_help(
                    text,
                    "this is no address and no network",
                    "write `10.0.0.7`, `10.0.0.0/8` or `fd00::/8`",
                ),
            }
        }
        networks
    }

    fn origin(&mut self, origin: &Spanned<String>) -> String {
        let text = origin.get_ref().trim_end_matches('/');
        let host = text
            .strip_prefix("https://")
            .or(text.strip_prefix("http://"));
        if host.is_none_or(|host| host.is_empty() || host.contains('/')) {
            let help = "write `https://` and the host, without a path";
            self.mistake_with_help(origin, "this is no site", help);
        }
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        let holds = |network: &str, address: &str| {
            let network = Network::parse(network).expect("a network");
            network.contains(address.parse().expect("an address"))
        };
        assert!(holds("10.0.0.0/8", "10.255.1.2"));
        assert!(!holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("0.0.0.0/0", "192.0.2.1"));
        assert!(!holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("fd00::/8", "fdab::1"));
        assert!(holds("192.0.2.7", "192.0.2.7"));
        assert!(!holds("192.0.2.7", "192.0.2.8"));
        for slip in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "a"] {
            assert_eq!(Network::parse(slip), None, "{slip}");
        }
    }
}
