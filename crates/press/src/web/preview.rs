//! `press serve`: the site with drafts, followed live.
//!
//! A change of a file leads to a build of what changed; pages ask `/-/changes` and are answered when there is
//! something new. Only this machine can connect unless another address is asked for.

use super::{files, mail};
use crate::error::{Error, Result};
use crate::pipeline::preview::{Mails, Preview};
use crate::pipeline::watch::Watch;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use axum::routing::get;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// What `press serve` is asked for.
#[derive(Debug)]
pub(crate) struct ServeRequest {
    /// The newsletter.
    pub(crate) preview: Preview,
    /// Where to listen.
    pub(crate) address: IpAddr,
    /// The port to listen on; with `any_port` the first free one from here.
    pub(crate) port: u16,
    /// Whether another port will do.
    pub(crate) any_port: bool,
    /// Told the site's address once it can be reached.
    pub(crate) ready: fn(&str),
    /// Told what each build did.
    pub(crate) tell: fn(&str),
}

/// What a page is told.
#[derive(Clone, Debug, Default)]
struct Change {
    version: u64,
    error: Option<String>,
}

struct Site {
    out: PathBuf,
    base: String,
    changes: watch::Receiver<Change>,
    mails: Mails,
}

/// Serves until it is interrupted.
pub(crate) fn serve(request: ServeRequest) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|cause| Error::new("cannot start").because(cause.to_string()))?;
    let served = runtime.block_on(run(request));
    // Pages that still wait for a change must not keep the program alive.
    runtime.shutdown_background();
    served
}

async fn run(request: ServeRequest) -> Result<()> {
    let listener = listen(&request).await?;
    let address = listener
        .local_addr()
        .map_err(|cause| Error::new("cannot listen").because(cause.to_string()))?;
    let (sender, changes) = watch::channel(Change {
        version: 1,
        error: None,
    });
    let site = Site {
        out: request.preview.out().to_owned(),
        base: request.preview.base_path().to_owned(),
        changes,
        mails: request.preview.mails(),
    };
    let url = format!("http://{address}{}/", site.base);
    let (ready, tell) = (request.ready, request.tell);
    follow(request.preview, sender, tell)?;
    let routes = Router::new()
        .route("/-/live.js", get(live_script))
        .route("/-/changes", get(wait_for_change))
        .route(
            "/-/mail",
            get(|site, request| mailed(site, request, mail::overview)),
        )
        .route(
            "/-/mail/look",
            get(|site, request| mailed(site, request, mail::look)),
        )
        .fallback(get(page))
        .with_state(Arc::new(site));
    ready(&url);
    tokio::select! {
        served = axum::serve(listener, routes) => {
            served.map_err(|cause| Error::new("the server stopped").because(cause.to_string()))
        }
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

async fn listen(request: &ServeRequest) -> Result<tokio::net::TcpListener> {
    let last = if request.any_port {
        request.port.saturating_add(50)
    } else {
        request.port
    };
    let mut refused = None;
    for port in request.port..=last {
        match tokio::net::TcpListener::bind(SocketAddr::new(request.address, port)).await {
            Ok(listener) => return Ok(listener),
            Err(cause) => refused = Some(cause),
        }
    }
    let error = Error::new(format!(
        "cannot listen on {}:{}",
        request.address, request.port
    ));
    let error = error.help("name another port with `--port` or an address of this machine with `--address`, or stop the program that uses it");
    Err(match refused {
        Some(cause) => error.because(cause.to_string()),
        None => error,
    })
}

async fn live_script() -> Response<Body> {
    let script = include_str!("live.js");
    files::with_type(
        StatusCode::OK,
        "text/javascript; charset=utf-8",
        script.as_bytes().to_vec(),
    )
}

/// Answers at once for a page that knows nothing yet, later when there is something new, and after half a
/// minute in any case, for nobody's connection lasts for ever.
async fn wait_for_change(State(site): State<Arc<Site>>, request: Request) -> Response<Body> {
    let query = request.uri().query().unwrap_or_default();
    let since: u64 = query
        .strip_prefix("since=")
        .and_then(|since| since.parse().ok())
        .unwrap_or(0);
    let mut changes = site.changes.clone();
    let newer = changes.wait_for(|change| change.version > since);
    let _ = tokio::time::timeout(Duration::from_secs(30), newer).await;
    let change = site.changes.borrow().clone();
    let body = serde_json::json!({ "version": change.version, "error": change.error });
    files::with_type(
        StatusCode::OK,
        "application/json",
        body.to_string().into_bytes(),
    )
}

/// Answers with a mail. Making one is work, not waiting, and is done elsewhere.
async fn mailed(
    State(site): State<Arc<Site>>,
    request: Request,
    show: fn(&Mails, &str) -> Response<Body>,
) -> Response<Body> {
    let mails = site.mails.clone();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let shown = tokio::task::spawn_blocking(move || show(&mails, &query)).await;
    shown.unwrap_or_default()
}

async fn page(State(site): State<Arc<Site>>, request: Request) -> Response<Body> {
    let path = request.uri().path();
    let path = path
        .strip_prefix(site.base.as_str())
        .filter(|rest| rest.starts_with('/'))
        .unwrap_or(path);
    files::answer(&site.out, path).await
}

/// Watches the newsletter's files and builds what changed, on a thread of its own.
fn follow(preview: Preview, changes: watch::Sender<Change>, tell: fn(&str)) -> Result<()> {
    let mut watch = Watch::new()?;
    watch.follow(preview.watched())?;
    std::thread::spawn(move || rebuild(preview, watch, &changes, tell));
    Ok(())
}

fn rebuild(
    mut preview: Preview,
    mut watch: Watch,
    changes: &watch::Sender<Change>,
    tell: fn(&str),
) {
    while watch.wait(|path| preview.concerns(path)) {
        // A new folder is watched before it is read, so that nothing is missed.
        let mut followed = watch.follow(preview.watched());
        let started = std::time::Instant::now();
        // Whoever writes looks at a page; what is made of all issues can wait until that is on the screen.
        let built = preview.build_pages();
        // What the configuration names may be another folder now.
        followed = followed.and_then(|()| watch.follow(preview.watched()));
        if let Err(error) = followed {
            tell(&error.render(false));
        }
        let behind = built.as_ref().is_ok_and(|report| report.behind);
        let error = match built {
            Ok(report) if report.written + report.deleted == 0 => None,
            Ok(report) => {
                let milliseconds = started.elapsed().as_millis();
                tell(&format!(
                    "{} pages built in {milliseconds} ms",
                    report.written
                ));
                for notice in &report.notices {
                    tell(&format!("note: {}", notice.message));
                }
                None
            }
            Err(error) => {
                tell(&error.render(false));
                Some(error.render(false))
            }
        };
        changes.send_modify(|change| {
            change.version += 1;
            change.error = error;
        });
        if behind {
            let built = preview.build();
            changes.send_modify(|change| {
                change.version += 1;
                change.error = built.err().map(|error| error.render(false));
            });
        }
    }
}
