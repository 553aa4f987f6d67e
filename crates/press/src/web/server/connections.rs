//! Connections: accepted, read, answered, counted, ended.

use super::asked::{Asked, Fields, Reply, problem, put, text};
use super::guard::{self, Unread};
use super::limits::{Crowd, Patient};
use super::numbers;
use super::routes::{Found, ROUTES, Who};
use super::{Server, site};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How long a request's head may take, and how long a connection may be idle.
const HEAD_TIME: Duration = Duration::from_secs(15);
/// How long those who are being answered are waited for at the end.
const LAST_WORDS: Duration = Duration::from_secs(10);
/// How long nothing is accepted when the system has no more files.
const NO_MORE_FILES: Duration = Duration::from_millis(50);
/// Longest head of a request, and most that is kept of one connection at a time.
const HEAD_LIMIT: usize = 32 << 10;

/// Accepts connections until `stop` becomes true; then waits for those that are being answered.
pub(super) async fn accept(
    listener: TcpListener,
    server: Arc<Server>,
    mut stop: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_headers(64)
        .max_buf_size(HEAD_LIMIT);
    // No `pipeline_flush`: with it an answer waits while something that is no whole request stands behind it, and what
    // cannot be read is not answered at all.
    let settings = &server.public.config().server;
    let crowd = Crowd::new(settings);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(NO_MORE_FILES).await;
            continue;
        };
        let Some(place) = crowd.enter(peer.ip(), settings) else {
            continue;
        };
        let _ = stream.set_nodelay(true);
        let server = Arc::clone(&server);
        let connection = serve(&http, stream, peer.ip(), &server);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            server.numbers.connections.fetch_add(1, Relaxed);
            // Who goes away in the middle is no concern of ours.
            let _ = connection.await;
            server.numbers.connections.fetch_sub(1, Relaxed);
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(LAST_WORDS, graceful.shutdown()).await;
}

#[expect(clippy::type_complexity, reason = "a service has no name to shorten")]
fn serve(
    http: &http1::Builder,
    stream: TcpStream,
    peer: IpAddr,
    server: &Arc<Server>,
) -> http1::Connection<
    TokioIo<Patient<TcpStream>>,
    impl hyper::service::Service<
        Request<Incoming>,
        Response = Reply,
        Error = Infallible,
        Future = impl Future<Output = Result<Reply, Infallible>> + Send + use<>,
    > + use<>,
> {
    let server = Arc::clone(server);
    let service = service_fn(move |request: Request<Incoming>| {
        let server = Arc::clone(&server);
        async move { Ok::<_, Infallible>(answer(server, request, peer).await) }
    });
    http.serve_connection(TokioIo::new(Patient::new(stream)), service)
}

/// Answers a request.
async fn answer(server: Arc<Server>, mut request: Request<Incoming>, peer: IpAddr) -> Reply {
    let started = Instant::now();
    let found = server.routes.find(request.method(), request.uri().path());
    let is_head = request.method() == Method::HEAD;
    if is_head {
        // Ranges are for GET only (RFC 9110, section 14.2).
        request.headers_mut().remove(header::RANGE);
    }
    let programs = server.routes.is_for_programs(request.uri().path());
    if !guard::names_one_host(request.version(), request.headers()) {
        return nameless(programs, &server);
    }
    // Where a body ends may be read differently by a proxy before us: nothing that follows it is believed.
    let last = request.headers().contains_key(header::TRANSFER_ENCODING);
    let (row, secret, mut reply) = match found {
        Found::Route(row, token) => {
            let secret = !token.is_empty();
            let reply = by_table(&server, row, token, request, peer).await;
            log(&server, row, reply.status().as_u16(), started);
            (row, secret, reply)
        }
        Found::Other(methods) => (
            numbers::REFUSED,
            false,
            not_so(programs, &methods.join(", ")),
        ),
        Found::Nothing if is_head || request.method() == Method::GET => {
            let path = request.uri().path();
            let below = path.strip_prefix(server.base.as_str());
            let below = below.filter(|rest| rest.starts_with('/')).unwrap_or(path);
            let mut reply = server.site.answer(below, path, request.headers()).await;
            if programs && reply.status() == StatusCode::NOT_FOUND {
                reply = refuse(
                    programs,
                    StatusCode::NOT_FOUND,
                    "there is no such thing here",
                );
            }
            (numbers::SITE, false, reply)
        }
        Found::Nothing if programs => {
            let line = "there is no such thing here";
            let reply = refuse(programs, StatusCode::NOT_FOUND, line);
            (numbers::REFUSED, false, reply)
        }
        Found::Nothing => (numbers::REFUSED, false, not_so(programs, "GET, HEAD")),
    };
    guard::harden(&mut reply, server.secure, secret);
    if last {
        put(&mut reply, header::CONNECTION, "close");
    }
    if is_head {
        site::without_body(&mut reply);
    }
    server
        .numbers
        .count(row, reply.status().as_u16(), started.elapsed());
    reply
}

/// Refuses a request that does not say of which host it is, or says it twice.
fn nameless(programs: bool, server: &Server) -> Reply {
    let line = "a request names one host";
    let mut reply = refuse(programs, StatusCode::BAD_REQUEST, line);
    put(&mut reply, header::CONNECTION, "close");
    guard::harden(&mut reply, server.secure, false);
    reply
}

/// A refusal, in the form that programs or people read.
fn refuse(programs: bool, status: StatusCode, line: &str) -> Reply {
    match programs {
        true => problem(status, line),
        false => text(status, line),
    }
}

fn not_so(programs: bool, allowed: &str) -> Reply {
    let line = "this address is not for that";
    let mut reply = refuse(programs, StatusCode::METHOD_NOT_ALLOWED, line);
    put(&mut reply, header::ALLOW, allowed);
    reply
}

/// A line for whoever runs the process: what was asked for, never by whom.
fn log(server: &Server, row: usize, status: u16, started: Instant) {
    let (method, route) = numbers::name(row);
    let took_ms = started.elapsed().as_millis();
    let line = serde_json::json!({
        "time": jiff::Timestamp::now().to_string(), "method": method, "route": route,
        "status": status, "took_ms": u64::try_from(took_ms).unwrap_or(u64::MAX),
    });
    (server.log)(&line.to_string());
}

async fn by_table(
    server: &Arc<Server>,
    row: usize,
    token: String,
    request: Request<Incoming>,
    peer: IpAddr,
) -> Reply {
    let route = &ROUTES[row];
    let settings = &server.public.config().server;
    let programs = server.routes.is_for_programs(request.uri().path());
    let (head, body) = request.into_parts();
    if head.method == Method::POST
        && route.who == Who::Readers
        && !guard::is_own_form(settings, &head.headers)
    {
        return text(
            StatusCode::FORBIDDEN,
            "this form was sent by a page of another site",
        );
    }
    let body = match guard::read(Body::new(body), route.who).await {
        Ok(bytes) => bytes,
        Err(Unread::TooLong) => {
            let line = "this is more than a form can hold";
            return refuse(programs, StatusCode::PAYLOAD_TOO_LARGE, line);
        }
        Err(Unread::Broken) => {
            return refuse(programs, StatusCode::BAD_REQUEST, "the body cannot be read");
        }
        Err(Unread::TooSlow) => {
            let line = "the rest of the request did not come";
            return refuse(programs, StatusCode::REQUEST_TIMEOUT, line);
        }
    };
    let asked = Asked {
        from: guard::client(settings, peer, &head.headers),
        path: head.uri.path().to_owned(),
        query: Fields::parse(head.uri.query().unwrap_or_default().as_bytes()),
        token,
        form: match route.who {
            Who::Services => Fields::default(),
            Who::Readers | Who::Machines => Fields::parse(&body),
        },
        body,
        headers: head.headers,
        now_s: jiff::Timestamp::now().as_second(),
    };
    match (route.answer)(Arc::clone(server), asked).await {
        Ok(reply) => reply,
        Err(error) => {
            (server.log)(&error.message());
            let line = "Something is wrong here, not with you. Please try again in a minute.";
            let mut reply = refuse(programs, StatusCode::SERVICE_UNAVAILABLE, line);
            put(&mut reply, header::RETRY_AFTER, "60");
            reply
        }
    }
}

/// Tells the numbers to whoever connects to the place for that.
pub(super) async fn tell_numbers(
    listener: Option<TcpListener>,
    server: Arc<Server>,
    mut stop: watch::Receiver<bool>,
) {
    let Some(listener) = listener else { return };
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let Ok((stream, _)) = accepted else { continue };
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            let service = service_fn(move |_: Request<Incoming>| {
                let server = Arc::clone(&server);
                async move {
                    let waiting = server.public.letters_waiting().await.unwrap_or(-1);
                    #[expect(clippy::cast_precision_loss, reason = "a gauge")]
                    let more = [(
                        "press_letters_waiting",
                        "Letters that have not left; -1 if the database does not answer.",
                        waiting as f64,
                    )];
                    let mut reply = text(StatusCode::OK, server.numbers.tell(&more).trim_end());
                    put(
                        &mut reply,
                        header::CONTENT_TYPE,
                        "text/plain; version=0.0.4; charset=utf-8",
                    );
                    Ok::<_, Infallible>(reply)
                }
            });
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
