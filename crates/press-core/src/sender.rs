//! What a domain publishes about mail that is sent in its name: who may send it (SPF), how its signatures are tried (DKIM),
//! and what is to become of mail that fails both (DMARC). Records are read here; asking for them is somebody else's part.
//!
//! Records come from DNS, where anybody writes what they like: every text is read, or is a mistake in words.

pub mod dkim;
pub mod dmarc;
pub mod results;
pub mod spf;

/// The tags of a record, `name=value` with semicolons between; names in small letters. `None` if it is none.
fn tags(record: &str) -> Option<Vec<(String, String)>> {
    let parts = record.split(';').map(str::trim);
    let parts = parts.filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=')?;
            let name = name.trim().to_ascii_lowercase();
            let plain = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
            let good = !name.is_empty() && name.chars().all(plain);
            good.then(|| (name, value.trim().to_owned()))
        })
        .collect()
}

fn tag<'t>(tags: &'t [(String, String)], name: &str) -> Option<&'t str> {
    let found = tags.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}
