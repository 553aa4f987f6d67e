//! Making a connection private: STARTTLS (RFC 3207), and whom to trust.

use super::wire::{Clear, Private, Stream, Wire};
use super::{Terms, Trouble, unwelcome};
use crate::error::{Error, Result};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::TlsConnector;

/// Whose certificates count: the machine's authorities, and those of a file.
#[derive(Clone, Debug)]
pub(in crate::mail) struct Trust {
    config: Arc<ClientConfig>,
}

impl Trust {
    /// The machine's authorities, and those in `file`.
    pub(in crate::mail) fn load(file: Option<&Path>) -> Result<Trust> {
        Trust::load_ahead(file, Duration::ZERO)
    }

    /// The same as things will be in a while: a certificate that will have expired by then is not trusted.
    pub(in crate::mail) fn load_ahead(file: Option<&Path>, ahead: Duration) -> Result<Trust> {
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let extra = file.map_or(Ok(Vec::new()), certificates)?;
        let failed = |cause: rustls::Error| {
            Error::new("cannot tell which certificates to trust")
                .because(cause.to_string())
                .help("install your system's list of certificate authorities (`ca-certificates`)")
        };
        let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(&ring)).map_err(failed)?;
        let verifier = Ahead { verifier, ahead };
        let config = ClientConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(Trust {
            config: Arc::new(config),
        })
    }
}

/// The machine's verifier, asked what it would say in a while.
#[derive(Debug)]
struct Ahead {
    verifier: Verifier,
    ahead: Duration,
}

impl ServerCertVerifier for Ahead {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        stapled: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let then = Duration::from_secs(now.as_secs()) + self.ahead;
        let then = UnixTime::since_unix_epoch(then);
        let verifier = &self.verifier;
        verifier.verify_server_cert(certificate, between, name, stapled, then)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let bytes = std::fs::read(file).map_err(|cause| Error::io("read", file, &cause))?;
    let read: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match read {
        Ok(read) if !read.is_empty() => Ok(read),
        _ => Err(
            Error::new(format!("{} holds no certificate", file.display()))
                .help("`ca-file` names a file with `-----BEGIN CERTIFICATE-----` in it"),
        ),
    }
}

/// Asks for TLS on a connection in the clear.
pub(super) async fn ask(
    wire: &mut Wire,
    who: &str,
    offered: bool,
    limit: Duration,
) -> std::result::Result<(), Trouble> {
    if !offered {
        let error = Error::new(format!(
            "{who} does not offer to make the connection private"
        ))
        .because("it does not know STARTTLS, or somebody on the way keeps it from saying so")
        .help("if it has TLS from the first byte, as on port 465, use `tls = \"implicit\"`");
        return Err(Trouble::Lasting(error));
    }
    let said = wire.say("STARTTLS\r\n", limit).await;
    said.map_err(|broken| broken.trouble(who))?;
    let reply = wire.answer(limit).await;
    let reply = reply.map_err(|broken| broken.trouble(who))?;
    match reply.code {
        220 => Ok(()),
        _ => Err(unwelcome(
            who,
            "does not make the connection private",
            &reply,
        )),
    }
}

/// Goes on with TLS.
pub(super) async fn secure(
    wire: Wire,
    terms: Terms<'_>,
    limit: Duration,
) -> std::result::Result<Wire, Trouble> {
    let relay = terms.relay;
    let who = format!("{}:{}", relay.host, relay.port);
    let Some(stream) = wire.into_clear() else {
        let error = Error::new(format!("the connection to {who} is not to be trusted"))
            .because("something was said between asking for TLS and its beginning")
            .help("somebody on the way may be meddling with it: try from another network");
        return Err(Trouble::Lasting(error));
    };
    let Some(trust) = terms.trust else {
        let error = Error::new(format!("nobody says whom to trust about {who}"));
        return Err(Trouble::Lasting(error));
    };
    let stream = begin(trust, &relay.host, &who, stream, limit).await?;
    Ok(Wire::new(Stream::Private(Box::new(stream))))
}

/// Begins TLS with the host of this name; `who` is what people are told it is.
pub(in crate::mail) async fn begin(
    trust: &Trust,
    host: &str,
    who: &str,
    stream: Clear,
    limit: Duration,
) -> std::result::Result<Private, Trouble> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| {
        let error = Error::new(format!("`{host}` cannot stand in a certificate"));
        Trouble::Lasting(error.help("write the server's name in ASCII"))
    })?;
    let connector = TlsConnector::from(Arc::clone(&trust.config));
    match tokio::time::timeout(limit, connector.connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(cause)) => Err(failure(who, &cause)),
        Err(_) => Err(Trouble::Passing(format!("{who}: TLS took too long"))),
    }
}

fn failure(who: &str, cause: &std::io::Error) -> Trouble {
    let inner = cause.get_ref().and_then(|inner| inner.downcast_ref());
    let Some(fault) = inner else {
        return Trouble::Passing(format!("{who}: TLS failed: {cause}"));
    };
    let error = match fault {
        rustls::Error::InvalidCertificate(fault) => {
            Error::new(format!("the certificate of {who} is not to be trusted"))
                .because(certificate(fault))
                .help("`host` must be the name in the certificate; `ca-file` names authorities of your own")
        }
        fault => Error::new(format!("cannot make the connection to {who} private"))
            .because(fault.to_string())
            .help("TLS begins at once with `tls = \"implicit\"` and after a greeting with `\"required\"`"),
    };
    Trouble::Lasting(error)
}

fn certificate(fault: &rustls::CertificateError) -> String {
    use rustls::CertificateError as Fault;
    match fault {
        Fault::Expired | Fault::ExpiredContext { .. } => "it has expired".to_owned(),
        Fault::NotValidYet | Fault::NotValidYetContext { .. } => "it is not valid yet".to_owned(),
        Fault::NotValidForName | Fault::NotValidForNameContext { .. } => {
            "it is another host's".to_owned()
        }
        Fault::UnknownIssuer => "nobody known has signed it".to_owned(),
        fault => fault.to_string(),
    }
}
