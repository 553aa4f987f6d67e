//! Why nothing came: told apart by what it means for whoever asked.

use std::error::Error as StdError;
use std::fmt;

/// Why nothing came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// There is no host of this name.
    NoHost,
    /// The name could not be looked up.
    NoLookup,
    /// There is no way into the network.
    NoNetwork,
    /// The host's certificate is one that every browser refuses, and why.
    Certificate(String),
    /// We do not trust the host's certificate, and why. Browsers may: some complete what a server leaves out.
    Untrusted(String),
    /// It took too long.
    TimedOut,
    /// No connection, and why: nothing was said.
    Unreachable(String),
    /// A broken connection, and why.
    Broken(String),
    /// The host is in a private network.
    Private,
    /// The host told us to wait longer than we do.
    ToldToWait,
    /// `robots.txt` keeps programs out.
    Robots,
    /// The server has an error of its own with `robots.txt`, so that nobody knows what it allows.
    OutOfOrder(u16),
    /// Redirects go in a circle, or there are too many; `true` if a cookie was to be set on the way.
    Circle(bool),
    /// A token would have gone over a connection that others can read.
    OpenSecret,
    /// The recording cannot be read or written, or does not hold this exchange.
    Tape(String),
}

impl Failure {
    /// Whether it may be gone the next time.
    pub(super) fn may_pass(&self) -> bool {
        matches!(
            self,
            Failure::TimedOut | Failure::Unreachable(_) | Failure::Broken(_)
        )
    }

    /// What an error of the client means.
    pub(super) fn of(error: &reqwest::Error) -> Failure {
        let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
        while let Some(error) = cause {
            if let Some(known) = known(error) {
                return known;
            }
            let io = error.downcast_ref::<std::io::Error>();
            if io.is_some_and(|io| is_offline(io.kind())) {
                return Failure::NoNetwork;
            }
            // An I/O error hides what it was made of.
            let inner = io.and_then(|io| io.get_ref());
            cause = inner.map_or_else(|| error.source(), |inner| Some(inner));
        }
        if error.is_timeout() {
            Failure::TimedOut
        } else if error.is_connect() {
            Failure::Unreachable(chain(error))
        } else {
            Failure::Broken(chain(error))
        }
    }
}

fn is_offline(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind as Kind;
    matches!(kind, Kind::NetworkUnreachable | Kind::NetworkDown)
}

fn known(error: &(dyn StdError + 'static)) -> Option<Failure> {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return Some(failure.clone());
    }
    match error.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(fault) => Some(certificate(fault)),
        _ => None,
    }
}

fn certificate(fault: &rustls::CertificateError) -> Failure {
    use rustls::CertificateError as Fault;
    let said = match fault {
        Fault::Expired | Fault::ExpiredContext { .. } => "it has expired",
        Fault::NotValidYet | Fault::NotValidYetContext { .. } => "it is not valid yet",
        Fault::NotValidForName | Fault::NotValidForNameContext { .. } => "it is another host's",
        Fault::Revoked => "it was revoked",
        Fault::UnknownIssuer => return Failure::Untrusted("nobody known has signed it".to_owned()),
        // What others find is wrapped in words for programmers.
        Fault::Other(_) => {
            return Failure::Untrusted(
                "it is no certificate of a server that somebody known has signed".to_owned(),
            );
        }
        _ => return Failure::Untrusted(fault.to_string()),
    };
    Failure::Certificate(said.to_owned())
}

/// An error with its causes, each once.
pub(super) fn chain(error: &dyn StdError) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut cause = error.source().or(Some(error));
    while let Some(error) = cause {
        let text = error.to_string();
        if said.iter().all(|said| !said.contains(&text)) {
            said.push(text);
        }
        cause = error.source();
    }
    said.join(": ")
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Failure::NoHost => "there is no host of this name",
            Failure::NoNetwork => "there is no way into the network",
            Failure::NoLookup => "the name could not be looked up",
            Failure::Certificate(why) | Failure::Untrusted(why) => {
                return write!(formatter, "the certificate is not to be trusted: {why}");
            }
            Failure::TimedOut => "it took too long",
            Failure::Unreachable(why) | Failure::Broken(why) => {
                return write!(formatter, "the connection failed: {why}");
            }
            Failure::Private => "the host is in a private network",
            Failure::ToldToWait => "the host told us to wait",
            Failure::OutOfOrder(status) => {
                return write!(formatter, "the server has an error of its own ({status})");
            }
            Failure::Robots => "robots.txt keeps programs out",
            Failure::Circle(_) => "redirects go in a circle",
            Failure::OpenSecret => "a token is sent over https only",
            Failure::Tape(why) => why,
        };
        formatter.write_str(text)
    }
}

impl StdError for Failure {}
