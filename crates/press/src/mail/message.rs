//! Messages (RFC 5322, MIME): a campaign's message is prepared once, and composed for one person after another.
//!
//! What all messages share is encoded, folded and hashed when it is prepared. Composing copies it and fills the gaps: an
//! address, a name, a token, a `Message-ID`. The body is its own relaxed form (see [`quoted`]), so signing hashes it where
//! it stands, and only from the first gap on.
//!
//! An issue has no `Auto-Submitted`: people wrote it, and list software drops what claims otherwise. Letters have it.

use super::dkim::{Signer, Start};
use super::{header, quoted};
use base64::Engine;
use jiff::Timestamp;
use press_core::mailbox::{AddressMistake, EmailAddress};
use press_core::render::gaps::Gapped;
use ring::digest::{Context, Digest, SHA256, digest};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

pub use crate::config::Mailbox;

/// What all messages of a campaign have in common besides their content. Addresses were checked with the
/// configuration.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Head {
    /// Who sends.
    pub from: Mailbox,
    /// Who is to be answered, if somebody else.
    pub reply_to: Option<Mailbox>,
    /// What the message is about.
    pub subject: String,
    /// When the campaign began.
    pub date: Timestamp,
    /// The language of the content, as a BCP 47 tag.
    pub language: String,
    /// The issue's identity in ids: its number or its day.
    pub issue: String,
    /// The list's identity in ids; empty for a letter to one person, which a machine wrote and which belongs to no list.
    pub list: String,
    /// The list's name for people.
    pub list_name: String,
    /// The domain of `List-Id`, `Message-ID` and `Feedback-ID`.
    pub domain: String,
    /// Addresses at which a person leaves, `https:` first; each has gaps for the person's token.
    pub unsubscribe: Vec<Gapped>,
    /// Where all issues are.
    pub archive: Option<String>,
    /// Where the list is explained.
    pub help: Option<String>,
    /// Who runs the list, as an address of the web or `mailto:`.
    pub owner: Option<String>,
    /// Where one subscribes.
    pub subscribe: Option<String>,
    /// Where mailbox providers may send complaints (RFC 9477).
    #[serde(default)]
    pub complaints: Option<String>,
}

/// What a message says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Content {
    /// As plain text.
    pub text: Gapped,
    /// As HTML; none for those who want text only.
    pub html: Option<Gapped>,
}

/// Whom one message is for.
#[derive(Clone, Copy, Debug)]
pub struct Subscriber<'a> {
    /// The address.
    pub address: &'a str,
    /// The name, if it is known. May hold anything.
    pub name: Option<&'a str>,
    /// What stands for this person in addresses of the web: letters, digits, `-` and `_`.
    pub token: &'a str,
    /// What stands for this person in ids, and never changes.
    pub id: i64,
}

/// What must be known of a composed message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Composed {
    /// Whether its headers hold an address outside ASCII, so that it needs a server with SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
}

/// Why no message can be composed for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmailable {
    /// The address cannot stand in a header.
    Address(AddressMistake),
    /// The token would not be itself in an address of the web, or is longer than a line.
    Token,
}

/// A campaign's message, ready to be composed for each of its subscribers.
#[derive(Clone)]
pub struct Prepared {
    /// The fields that stand before those of one person.
    first: Vec<u8>,
    /// The fields that stand after them, and the empty line.
    last: Vec<u8>,
    /// Both in relaxed form.
    relaxed: Vec<u8>,
    unsubscribe: Vec<Gapped>,
    issue: String,
    list: String,
    domain: String,
    /// The body in pieces; tokens go between them.
    body: Vec<Vec<u8>>,
    /// The hash of the first piece.
    begun: Context,
    signers: Arc<[Signer]>,
    starts: Vec<Start>,
    size_bytes: usize,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Prepared({} of {}, {} bytes)",
            self.issue, self.list, self.size_bytes
        )
    }
}

impl Prepared {
    /// Prepares a message that each of `signers` signs.
    pub fn new(head: &Head, content: &Content, signers: Arc<[Signer]>) -> Prepared {
        let boundary = boundary(content);
        let first = first_fields(head);
        let mut last = last_fields(head);
        content_fields(&mut last, content, &head.language, &boundary);
        let mut relaxed = Vec::new();
        let mut names = Vec::new();
        for field in fields(&first).chain(fields(&last)) {
            header::relaxed(&mut relaxed, field);
            names.push(field.split(|byte| *byte == b':').next().unwrap_or_default());
        }
        let names = names
            .iter()
            .filter_map(|name| std::str::from_utf8(name).ok());
        let mut names: Vec<&str> = names.collect();
        names.extend(PERSONAL);
        if head.unsubscribe.is_empty() {
            names.pop();
        }
        let time_s = head.date.as_second();
        let starts = signers
            .iter()
            .map(|signer| Start::new(signer, &names, time_s))
            .collect();
        last.extend_from_slice(b"\r\n");
        let body = body(content, &boundary);
        let mut begun = Context::new(&SHA256);
        begun.update(body.first().map_or(&[][..], Vec::as_slice));
        let size_bytes = first.len() + last.len() + body.iter().map(Vec::len).sum::<usize>();
        Prepared {
            first,
            last,
            relaxed,
            unsubscribe: head.unsubscribe.clone(),
            issue: id_part(&head.issue),
            list: id_part(&head.list),
            domain: head.domain.clone(),
            body,
            begun,
            signers,
            starts,
            size_bytes,
        }
    }

    /// The `Message-ID` of the message for a subscriber, without angle brackets: the same whenever it is composed.
    pub fn message_id(&self, subscriber: i64) -> String {
        let named = format!("{}\0{}\0{subscriber}", self.issue, self.list);
        let hash = digest(&SHA256, named.as_bytes());
        let mut id = format!("{}.{}.", self.issue, self.list);
        for byte in &hash.as_ref()[..12] {
            id.push_str(&format!("{byte:02x}"));
        }
        format!("{id}@{}", self.domain)
    }

    /// About how long a message is, in bytes.
    pub fn size_bytes(&self) -> usize {
        self.size_bytes
    }

    /// Writes the message for one person into `out`, in place of what it held. Its lines end in CRLF; none begins with a
    /// dot. The return path is the envelope's part, not the message's.
    pub fn compose(
        &self,
        subscriber: &Subscriber<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Composed, Unmailable> {
        out.clear();
        if !is_token(subscriber.token) {
            return Err(Unmailable::Token);
        }
        let address = EmailAddress::parse(subscriber.address).map_err(Unmailable::Address)?;
        let personal = self.personal_fields(subscriber, &address.envelope());
        out.reserve(self.size_bytes + personal.len() + 1_024 * self.signers.len() + 512);
        if !self.signers.is_empty() {
            self.sign(&personal, subscriber.token, out);
        }
        out.extend_from_slice(&self.first);
        out.extend_from_slice(&personal);
        out.extend_from_slice(&self.last);
        for (at, piece) in self.body.iter().enumerate() {
            if at > 0 {
                out.extend_from_slice(subscriber.token.as_bytes());
            }
            out.extend_from_slice(piece);
        }
        Ok(Composed {
            smtputf8: address.needs_smtputf8(),
        })
    }

    /// The fields that [`PERSONAL`] names.
    fn personal_fields(&self, subscriber: &Subscriber<'_>, address: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        header::mailbox(&mut out, PERSONAL[0], subscriber.name, address);
        let id = format!("<{}>", self.message_id(subscriber.id));
        header::folded(&mut out, PERSONAL[1], &[id]);
        if !self.unsubscribe.is_empty() {
            let last = self.unsubscribe.len() - 1;
            let way = |(at, way): (usize, &Gapped)| {
                let comma = if at < last { "," } else { "" };
                format!("<{}>{comma}", way.fill(subscriber.token))
            };
            let ways: Vec<String> = self.unsubscribe.iter().enumerate().map(way).collect();
            header::folded(&mut out, PERSONAL[2], &ways);
        }
        out
    }

    fn sign(&self, personal: &[u8], token: &str, out: &mut Vec<u8>) {
        let hash = base64::engine::general_purpose::STANDARD.encode(self.body_hash(token));
        let mut relaxed = Vec::with_capacity(self.relaxed.len() + personal.len() + 1_024);
        relaxed.extend_from_slice(&self.relaxed);
        for field in fields(personal) {
            header::relaxed(&mut relaxed, field);
        }
        for (signer, start) in self.signers.iter().zip(&self.starts) {
            start.finish(signer, &hash, &mut relaxed, out);
        }
    }

    fn body_hash(&self, token: &str) -> Digest {
        let mut hash = self.begun.clone();
        for piece in self.body.iter().skip(1) {
            hash.update(token.as_bytes());
            hash.update(piece);
        }
        hash.finish()
    }
}

/// The fields that differ from person to person, in their order.
const PERSONAL: [&str; 3] = ["To", "Message-ID", "List-Unsubscribe"];

fn is_token(token: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !token.is_empty() && token.len() <= quoted::GAP_LIMIT && token.bytes().all(plain)
}

/// A part of an id: what is not a letter or a digit becomes a hyphen.
fn id_part(text: &str) -> String {
    let plain = |character: char| {
        if character.is_ascii_alphanumeric() {
            character
        } else {
            '-'
        }
    };
    text.chars().take(40).map(plain).collect()
}

fn first_fields(head: &Head) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    let name = |mailbox: &Mailbox| Some(mailbox.name.clone()).filter(|name| !name.is_empty());
    // Those of press.toml were checked when it was loaded.
    let own = |address: &str| {
        let parsed = EmailAddress::parse(address);
        parsed.map_or_else(|_| header::clean(address), |address| address.envelope())
    };
    header::mailbox(
        &mut out,
        "From",
        name(&head.from).as_deref(),
        &own(&head.from.address),
    );
    if let Some(reply_to) = &head.reply_to {
        header::mailbox(
            &mut out,
            "Reply-To",
            name(reply_to).as_deref(),
            &own(&reply_to.address),
        );
    }
    header::unstructured(&mut out, "Subject", &head.subject);
    let date = head
        .date
        .strftime("%a, %d %b %Y %H:%M:%S +0000")
        .to_string();
    header::folded(&mut out, "Date", &[date]);
    out
}

fn last_fields(head: &Head) -> Vec<u8> {
    let mut out = Vec::with_capacity(1_024);
    if head.list.is_empty() {
        // RFC 3834: nobody's machine answers it.
        header::folded(&mut out, "Auto-Submitted", &["auto-generated"]);
        return out;
    }
    let list = id_part(&head.list);
    let id = format!("{list}.{}", head.domain);
    header::mailbox(&mut out, "List-Id", Some(&head.list_name), &id);
    if !head.unsubscribe.is_empty() {
        // RFC 8058; both fields stand under the signature.
        header::folded(
            &mut out,
            "List-Unsubscribe-Post",
            &["List-Unsubscribe=One-Click"],
        );
    }
    let places = [
        ("List-Archive", &head.archive),
        ("List-Help", &head.help),
        ("List-Owner", &head.owner),
        ("List-Subscribe", &head.subscribe),
    ];
    for (name, place) in places {
        if let Some(place) = place.as_deref().filter(|place| is_uri(place)) {
            header::folded(&mut out, name, &[format!("<{place}>")]);
        }
    }
    header::folded(&mut out, "List-Post", &["NO"]);
    // The last of the four parts is the sender's own name, five to fifteen characters (Gmail's feedback loop).
    let sender: String = id_part(&head.domain).chars().take(15).collect();
    let feedback = format!("{}:{list}:issue:{sender}", id_part(&head.issue));
    header::folded(&mut out, "Feedback-ID", &[feedback]);
    if let Some(complaints) = &head.complaints {
        let value = [format!("{complaints};"), "report=arf".to_owned()];
        header::folded(&mut out, "CFBL-Address", &value);
    }
    header::folded(&mut out, "Precedence", &["bulk"]);
    out
}

/// Whether `place` may stand between angle brackets.
fn is_uri(place: &str) -> bool {
    let strange = |byte: u8| !byte.is_ascii_graphic() || matches!(byte, b'<' | b'>' | b'"');
    place.len() <= 900 && !place.is_empty() && !place.bytes().any(strange)
}

fn content_fields(out: &mut Vec<u8>, content: &Content, language: &str, boundary: &str) {
    header::folded(out, "MIME-Version", &["1.0"]);
    if !language.is_empty()
        && language
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        header::folded(out, "Content-Language", &[language]);
    }
    if content.html.is_none() {
        out.extend_from_slice(TEXT);
    } else {
        let boundary = format!("boundary=\"{boundary}\"");
        header::folded(out, "Content-Type", &["multipart/alternative;", &boundary]);
    }
}

const TEXT: &[u8] =
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n";
const HTML: &[u8] =
    b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n";

/// What stands between the parts. Quoted-printable cannot hold `=_` (RFC 2045, section 6.7).
fn boundary(content: &Content) -> String {
    let texts = content.text.pieces().iter();
    let html = content.html.iter().flat_map(|html| html.pieces());
    let mut hash = Context::new(&SHA256);
    texts
        .chain(html)
        .for_each(|piece| hash.update(piece.as_bytes()));
    let hash: String = hash.finish().as_ref()[..9]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("=_{hash}")
}

/// The body in pieces, ending in one line end.
fn body(content: &Content, boundary: &str) -> Vec<Vec<u8>> {
    let mut pieces = vec![Vec::new()];
    let mut add = |part: Vec<Vec<u8>>| {
        for (at, piece) in part.into_iter().enumerate() {
            if at > 0 {
                pieces.push(Vec::new());
            }
            if let Some(last) = pieces.last_mut() {
                last.extend_from_slice(&piece);
            }
        }
    };
    let Some(html) = &content.html else {
        add(quoted::encode(&content.text));
        end_line(&mut pieces);
        return pieces;
    };
    add(vec![
        [b"--", boundary.as_bytes(), b"\r\n", TEXT, b"\r\n"].concat(),
    ]);
    add(quoted::encode(&content.text));
    add(vec![
        [b"\r\n--", boundary.as_bytes(), b"\r\n", HTML, b"\r\n"].concat(),
    ]);
    add(quoted::encode(html));
    add(vec![[b"\r\n--", boundary.as_bytes(), b"--\r\n"].concat()]);
    pieces
}

/// One line end after the last character, as the relaxed form has it.
fn end_line(pieces: &mut [Vec<u8>]) {
    if let Some(last) = pieces.last_mut() {
        while last.ends_with(b"\r\n") {
            last.truncate(last.len() - 2);
        }
        last.extend_from_slice(b"\r\n");
    }
}

/// Header fields, each with its folded lines.
fn fields(header: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = header;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let breaks = rest
            .windows(3)
            .position(|three| three.starts_with(b"\r\n") && !matches!(three[2], b' ' | b'\t'));
        let (field, after) = rest.split_at(breaks.map_or(rest.len(), |at| at + 2));
        rest = after;
        Some(field)
    })
}

#[cfg(test)]
mod tests;
