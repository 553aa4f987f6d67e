//! What a campaign's messages say, as it is kept from the freezing of its audience to its end.

use crate::error::{Error, Result};
use crate::mail::dkim::Signer;
use crate::mail::message::{Content, Head, Prepared};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The form in which it is written. Another one gets another number.
const FORM: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Message {
    form: u32,
    head: Head,
    content: Content,
}

/// What a variant says, for the database.
pub(super) fn write(head: &Head, content: &Content) -> Vec<u8> {
    let message = Message {
        form: FORM,
        head: head.clone(),
        content: content.clone(),
    };
    serde_json::to_vec(&message).expect("plain data")
}

/// What was written, ready to be composed.
pub(in crate::pipeline) fn read(bytes: &[u8], signers: Arc<[Signer]>) -> Result<Prepared> {
    let message: Option<Message> = serde_json::from_slice(bytes).ok();
    let message = message.filter(|message| message.form == FORM);
    let message = message.ok_or_else(|| {
        let error = Error::new("the message was frozen by another version of press");
        error.help("send with that one, or cancel the campaign and send the issue again")
    })?;
    Ok(Prepared::new(&message.head, &message.content, signers))
}
