//! The stages of a newsletter's week, each joining sources, texts and outputs. Joining lives only here.

pub mod announce;
pub mod backup;
pub mod bounces;
pub mod build;
pub mod check;
pub mod collect;
pub mod deploy;
pub mod doctor;
pub mod draft;
pub mod email;
pub mod export;
pub mod handover;
pub mod inbox;
pub mod inspect;
mod kept;
pub mod keys;
pub mod links;
pub mod preview;
pub mod public;
pub mod publish;
pub mod records;
pub mod rota;
pub mod scaffold;
pub mod search;
pub mod send;
pub mod statistics;
pub mod submissions;
pub mod subscribers;
pub mod suggest;
pub mod vote;
pub mod watch;
pub mod webhooks;

/// What stages run on that wait for the web, for databases, for mail servers.
pub fn runtime() -> crate::error::Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.map_err(|cause| crate::error::Error::new("cannot start").because(cause.to_string()))
}
