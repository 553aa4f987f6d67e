//! The pure half of Pressroom: text in, values out.
//!
//! Nothing here reads a clock, a file or a socket, and nothing here fails: reading a text gives an
//! [`issue::Issue`] and findings, whatever the text is. Rendering turns issues into pages and feeds.
//! What joins this with the world lives in the `press` crate.

pub mod announcement;
pub mod calendar;
pub mod canonical;
pub mod check;
pub mod correction;
pub mod dead_links;
pub mod diagnostic;
pub mod draft;
pub mod encoding;
pub mod events;
pub mod format;
pub mod html;
pub mod issue;
pub mod mailbox;
pub mod media;
pub mod places;
pub mod render;
pub mod sender;
pub mod slug;
pub mod span;
pub mod submission;
pub mod suggest;
pub mod text;
pub mod vote;
