//! `press server`: the process that a newsletter runs for its readers.
//!
//! It serves the built site, and the pages on which readers subscribe, choose and leave; it sends the letters that these
//! lead to, and what is due of the issues. Requests go by one table ([`routes`]); everything that is not in it is a file of
//! the site. Answers get their headers in one place ([`guard`]).

mod asked;
mod connections;
mod guard;
mod limits;
mod numbers;
mod pages;
mod routes;
mod site;
mod tasks;

use crate::config::{Config, Secrets};
use crate::error::{Error, Result};
use crate::pipeline::public::{Editors, Forge, Public};
use crate::pipeline::publish::pings::HubLinks;
use crate::pipeline::search::Library;
use crate::pipeline::send::asked_to_stop;
use crate::pipeline::webhooks::Webhooks;
use numbers::Numbers;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore, watch};

/// Searches that are worked on at once.
const SEARCHES: usize = 4;

/// What `press server` is asked for.
#[derive(Debug)]
pub(crate) struct ServerRequest {
    /// The newsletter.
    pub(crate) config: Config,
    /// The built site.
    pub(crate) site: PathBuf,
    /// Where to listen, if not where `press.toml` says.
    pub(crate) listen: Option<SocketAddr>,
    /// Told the address once it can be reached.
    pub(crate) ready: fn(&str),
    /// Told what happens, a line each.
    pub(crate) log: fn(&str),
}

/// What answers need.
struct Server {
    public: Public,
    webhooks: Webhooks,
    editors: Editors,
    forge: Forge,
    /// What is done after an answer.
    errands: tasks::Errands,
    site: site::Site,
    /// What is searched, where the site has a search.
    library: Option<Library>,
    /// Turns of those who search.
    searching: Semaphore,
    /// Scheme and host are HTTPS.
    secure: bool,
    /// The path below which the newsletter stands; empty for none.
    base: String,
    routes: routes::Routes,
    numbers: Numbers,
    log: fn(&str),
    /// Told when a letter was written.
    written: Notify,
}

/// Serves until it is asked to stop, and then ends what it began.
pub(crate) fn serve(request: ServerRequest) -> Result<()> {
    crate::pipeline::runtime()?.block_on(run(request))
}

async fn run(request: ServerRequest) -> Result<()> {
    let config = Arc::new(request.config);
    let address = request.listen.unwrap_or(config.server.listen);
    let listener = listen(address, "listen").await?;
    let metrics = match config.server.metrics {
        Some(address) => Some(listen(address, "metrics").await?),
        None => None,
    };
    let public = Public::open(Arc::clone(&config)).await?;
    let secrets = Secrets::environment();
    let webhooks = public.webhooks(&secrets).await?;
    let base = config.base().1.to_owned();
    let server = Arc::new(Server {
        routes: routes::Routes::new(&config),
        library: Library::of_site(&config, &request.site),
        searching: Semaphore::new(SEARCHES),
        site: site::Site::new(request.site, public.look().assets(), HubLinks::of(&config)),
        secure: config.newsletter.base_url.starts_with("https:"),
        numbers: Numbers::default(),
        log: request.log,
        written: Notify::new(),
        webhooks,
        editors: Editors::open(&config, &secrets)?,
        forge: Forge::open(&config, &secrets)?,
        errands: tasks::Errands::default(),
        public,
        base,
    });
    let (stopping, stop) = watch::channel(false);
    let tasks = tasks::start(&server, &config, &secrets, &stop).await?;
    let local = listener.local_addr();
    let local = local.map_err(|cause| Error::new("cannot listen").because(cause.to_string()))?;
    (request.ready)(&format!("http://{local}{}/", server.base));
    let accepting = connections::accept(listener, Arc::clone(&server), stop.clone());
    let counting = connections::tell_numbers(metrics, Arc::clone(&server), stop);
    let serving = tokio::spawn(async move { tokio::join!(accepting, counting) });
    asked_to_stop().await;
    (request.log)("ending: what was begun is ended; once more ends at once");
    let _ = stopping.send(true);
    let ended = async {
        let _ = serving.await;
        tasks.ended().await;
        server.errands.ended().await;
        server.public.clone().close().await;
    };
    tokio::select! {
        () = ended => {}
        () = asked_to_stop() => {}
    }
    Ok(())
}

async fn listen(address: SocketAddr, key: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|cause| {
        let error = Error::new(format!("cannot listen at {address}")).because(cause.to_string());
        error.help(format!(
            "set `{key}` under [server] to another place, or stop the program that uses this one"
        ))
    })
}
