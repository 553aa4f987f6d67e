//! The keys that sign mail: loaded, shown as the records that publish them, made.

use crate::config::{Config, Dkim, KeyPlace, Secrets};
use crate::error::{Error, Result};
use crate::mail::dkim::{self, BadKey, Signer};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// The keys of `[mail]`, ready to sign.
pub fn signers(config: &Config, secrets: &Secrets) -> Result<Arc<[Signer]>> {
    let keys = config.mail.dkim.iter();
    keys.map(|key| signer(key, secrets)).collect()
}

fn signer(key: &Dkim, secrets: &Secrets) -> Result<Signer> {
    let (place, pem) = match &key.key {
        KeyPlace::File(path) => {
            let pem = std::fs::read(path).map_err(|cause| {
                let error = Error::io("read the key", path, &cause);
                error.help("`press dkim --new FILE` makes one")
            })?;
            (path.display().to_string(), pem)
        }
        KeyPlace::Variable(name) => {
            let pem = secrets.find(name).ok_or_else(|| {
                let error = Error::new(format!("the variable {name} is not set"));
                error.help("it holds the private key of `dkim` under [mail], in PEM")
            })?;
            (format!("the variable {name}"), pem.into_bytes())
        }
    };
    Signer::new(&key.domain, &key.selector, &pem).map_err(|bad| {
        let error = Error::new(format!("{place} holds no key that can sign mail"));
        let because = match bad {
            BadKey::Pem => "it is no private key in PEM",
            BadKey::Kind => "it is neither RSA of at least 2048 bits nor Ed25519",
        };
        error
            .because(because)
            .help("`press dkim --new FILE` makes one")
    })
}

/// What must stand in DNS for receivers to find a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The name.
    pub name: String,
    /// The text at the name, of type TXT.
    pub text: String,
}

/// The records of all keys of `[mail]`.
pub fn records(config: &Config, secrets: &Secrets) -> Result<Vec<Record>> {
    let signers = signers(config, secrets)?;
    let record = |signer: &Signer| Record {
        name: signer.record_name(),
        text: signer.record(),
    };
    Ok(signers.iter().map(record).collect())
}

/// Makes an Ed25519 key in a new file that only its owner can read.
pub fn make(path: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path);
    let written = file.and_then(|mut file| {
        file.write_all(dkim::new_ed25519().as_bytes())?;
        file.sync_all()
    });
    written.map_err(|cause| {
        let error = Error::io("write the key", path, &cause);
        if cause.kind() == std::io::ErrorKind::AlreadyExists {
            error.help("a key that was published should not be lost: name another file")
        } else {
            error
        }
    })
}
