//! Mails that come back.
