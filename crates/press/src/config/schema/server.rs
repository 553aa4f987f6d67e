//! The table of `press server`.

use serde::Deserialize;
use toml::Spanned;

/// The process that a newsletter runs for its readers: `press server`.
///
/// ```toml
/// [server]
/// listen = "127.0.0.1:8080"
/// metrics = "127.0.0.1:9464"
/// trusted-proxies = ["127.0.0.1", "10.0.0.0/8"]
/// origins = ["https://friends.example"]
/// worker = true
/// form-version = "2026-11"
/// privacy = "/privacy/"
/// unconfirmed-days = 7
/// sign-ups-per-network = 20
/// sign-ups = 2000
/// sign-ups-without-proof = 200
/// proof-bits = 16
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(in crate::config) struct Server {
    /// Where it listens: an address and a port. `[::]:8080` is every address of the machine. It speaks HTTP; in front of
    /// it stands a proxy that speaks HTTPS.
    ///
    /// Default: `"127.0.0.1:8080"`
    pub(in crate::config) listen: Spanned<String>,
    /// Where it tells its numbers, as Prometheus reads them: an address and a port that readers cannot reach.
    ///
    /// Default: nowhere
    pub(in crate::config) metrics: Option<Spanned<String>>,
    /// Proxies whose word is taken for who is asking (`X-Forwarded-For`): addresses, or networks such as `10.0.0.0/8`.
    ///
    /// Default: `["127.0.0.1", "::1"]`
    pub(in crate::config) trusted_proxies: Vec<Spanned<String>>,
    /// Other sites whose forms may be sent here, as `https://tern.example`. The newsletter's own address always may.
    ///
    /// Default: `[]`
    pub(in crate::config) origins: Vec<Spanned<String>>,
    /// Whether it sends what is due, as `press worker` does.
    ///
    /// Default: `true`
    pub(in crate::config) worker: bool,
    /// The version of your forms and of what they say of privacy. It is kept with each consent; change it when they
    /// change.
    ///
    /// Default: `"1"`
    pub(in crate::config) form_version: String,
    /// The page that says what you do with people's data. Forms link to it.
    ///
    /// Default: no link
    pub(in crate::config) privacy: Option<String>,
    /// For how many days somebody who asked for a list can confirm that. Then the address is forgotten.
    ///
    /// Default: `7`
    pub(in crate::config) unconfirmed_days: Spanned<u32>,
    /// How many people of one network (an IPv4 address, or a /64 of IPv6) can ask for a list in an hour.
    ///
    /// Default: `20`
    pub(in crate::config) sign_ups_per_network: Spanned<u32>,
    /// How many people in all can ask for a list in an hour.
    ///
    /// Default: `2000`
    pub(in crate::config) sign_ups: Spanned<u32>,
    /// How many of them may come without the small proof of work that a browser does by itself, so that somebody without
    /// JavaScript can come in, and machines only slowly.
    ///
    /// Default: `200`
    pub(in crate::config) sign_ups_without_proof: Spanned<u32>,
    /// How much work the proof is: with each further bit twice as much. 16 bits take a telephone about a third of a
    /// second; 0 asks for none.
    ///
    /// Default: `16`
    pub(in crate::config) proof_bits: Spanned<u32>,
}

impl Default for Server {
    fn default() -> Self {
        let own = |text: &str| Spanned::new(0..0, text.to_owned());
        let number = |number| Spanned::new(0..0, number);
        Self {
            listen: own("127.0.0.1:8080"),
            metrics: None,
            trusted_proxies: vec![own("127.0.0.1"), own("::1")],
            origins: Vec::new(),
            worker: true,
            form_version: "1".to_owned(),
            privacy: None,
            unconfirmed_days: number(7),
            sign_ups_per_network: number(20),
            sign_ups: number(2_000),
            sign_ups_without_proof: number(200),
            proof_bits: number(16),
        }
    }
}
