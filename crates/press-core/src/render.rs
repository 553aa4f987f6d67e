//! What the outputs share: the text as HTML, addresses, escaping.
//!
//! Everything here is pure: values in, text out. Reading and writing files is `press`'s part.

pub mod address;
pub mod agenda;
pub mod article;
pub mod calendar;
pub mod chart;
pub mod crawlers;
pub mod data;
pub mod direction;
pub mod email;
pub mod feed;
pub mod gaps;
pub mod lists;
mod named;
pub mod opml;
pub mod picture;
pub mod record;
pub mod sanitise;
pub mod search;
pub mod site;
pub mod statistics;
pub mod stream;
pub mod text;
pub mod theme;
