//! Asking for pages: some workers for each host, so that a busy one holds up no other.

use super::wishes::{Depth, Wish};
use super::{End, Visit};
use crate::error::Result;
use crate::http::{Failure, Http, Request, Response, Url, Way};
use press_core::check::web::{Hop, page};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OnceCell, Semaphore, mpsc};
use tokio::task::JoinSet;

/// Most workers for one host. A host with few pages is asked for one after the other.
const WORKERS: usize = 4;
/// Most hosts that are being asked at a time: each has open connections, and a process may have about a thousand.
const HOSTS: usize = 200;

/// What browsers say they like.
const ACCEPT: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";

/// The pages of one host that are still to be asked for.
type Queue = Arc<Mutex<VecDeque<Page>>>;

/// A page's number, its address, and how deep to look.
type Page = (usize, Url, Depth);

/// Asks for all pages; `hear` is told the number of each with what came of it, as soon as it is known.
pub(super) fn ask_all(
    http: &Arc<Http>,
    wishes: &[&Wish],
    mut hear: impl FnMut(usize, Visit),
) -> Result<()> {
    if wishes.is_empty() {
        return Ok(());
    }
    crate::pipeline::runtime()?.block_on(async {
        let (sender, mut heard) = mpsc::channel(256);
        let hosts = Arc::new(Semaphore::new(HOSTS));
        for queue in queues(wishes) {
            let workers = (1 + lock(&queue).len() / WORKERS).min(WORKERS);
            let host = Arc::new(OnceCell::new());
            for _ in 0..workers {
                let (http, queue, sender) = (Arc::clone(http), Arc::clone(&queue), sender.clone());
                let (hosts, host) = (Arc::clone(&hosts), Arc::clone(&host));
                tokio::spawn(async move {
                    // All workers of a host share one place, which is free again when the last has gone.
                    host.get_or_init(|| hosts.acquire_owned()).await;
                    while let Some((page, last)) = next(&queue) {
                        let (at, visit) = (page.0, visit(&http, page, last).await);
                        if sender.send((at, visit)).await.is_err() {
                            break;
                        }
                    }
                });
            }
        }
        drop(sender);
        while let Some((at, visit)) = heard.recv().await {
            hear(at, visit);
        }
    });
    Ok(())
}

/// One queue for each host, the longest first: it takes longest.
fn queues(wishes: &[&Wish]) -> Vec<Queue> {
    let mut hosts: HashMap<&str, VecDeque<Page>> = HashMap::new();
    for (at, wish) in wishes.iter().enumerate() {
        let host = wish.url.host_str().unwrap_or_default();
        let queue = hosts.entry(host).or_default();
        queue.push_back((at, wish.url.clone(), wish.depth));
    }
    let mut queues: Vec<_> = hosts.into_values().collect();
    queues.sort_by_key(|queue| std::cmp::Reverse(queue.len()));
    queues
        .into_iter()
        .map(|queue| Arc::new(Mutex::new(queue)))
        .collect()
}

fn lock(queue: &Queue) -> std::sync::MutexGuard<'_, VecDeque<Page>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The next page, and whether it is among the last: then its connection is of no more use.
fn next(queue: &Queue) -> Option<(Page, bool)> {
    let mut queue = lock(queue);
    let page = queue.pop_front()?;
    Some((page, queue.len() < WORKERS))
}

/// Asks for one page: whether it is there with HEAD, and with GET what HEAD did not settle.
async fn visit(http: &Http, (_, mut url, depth): Page, last: bool) -> Visit {
    let request = |request: Request| {
        let request = request
            .as_robot()
            .header("accept", ACCEPT)
            .only("text/html");
        if last {
            request.header("connection", "close")
        } else {
            request
        }
    };
    let mut hops = Vec::new();
    if depth == Depth::Answer {
        let head = request(Request::head(url.clone())).tries(1);
        let way = http.follow(head).await;
        hops = way.hops.clone();
        if is_settled(&way) {
            return told(hops, way.end, depth);
        }
        if let Some((_, to)) = hops.last() {
            url = to.clone();
        }
    }
    let way = http.follow(request(Request::get(url))).await;
    hops.extend(way.hops);
    told(hops, way.end, depth)
}

/// Whether GET could not say anything else. Many servers answer HEAD badly.
fn is_settled(way: &Way) -> bool {
    match &way.end {
        Ok(response) => matches!(response.status, 200..=299),
        Err(failure) => !matches!(
            failure,
            Failure::Unreachable(_) | Failure::Broken(_) | Failure::TimedOut | Failure::Circle(_)
        ),
    }
}

fn told(hops: Vec<(u16, Url)>, end: std::result::Result<Response, Failure>, depth: Depth) -> Visit {
    let hop = |(status, to): (u16, Url)| Hop {
        status,
        to: to.to_string(),
    };
    Visit {
        hops: hops.into_iter().map(hop).collect(),
        end: match end {
            Ok(response) if is_wall(&response) => End::Wall,
            Ok(response) => End::Answer {
                status: response.status,
                page: read_page(&response, depth),
            },
            Err(Failure::NoHost) => End::NoHost,
            Err(Failure::NoLookup | Failure::NoNetwork) => End::NoLookup,
            Err(Failure::Certificate(why)) => End::Certificate(why),
            Err(Failure::Untrusted(why)) => End::Untrusted(why),
            Err(Failure::TimedOut) => End::TimedOut,
            Err(Failure::Unreachable(why) | Failure::Broken(why)) => End::Broken(why),
            Err(Failure::Private) => End::Private,
            Err(Failure::ToldToWait) => End::Wait,
            Err(Failure::Robots) => End::Robots,
            Err(Failure::OutOfOrder(status)) => End::Answer { status, page: None },
            Err(Failure::Circle(cookie)) => End::Circle(cookie),
            Err(failure @ (Failure::OpenSecret | Failure::Tape(_))) => {
                End::Broken(failure.to_string())
            }
        },
    }
}

/// Whether an answer is a riddle for robots, by the headers with which the usual makers of riddles mark theirs.
fn is_wall(response: &Response) -> bool {
    ["cf-mitigated", "x-amzn-waf-action", "x-datadome"]
        .iter()
        .any(|name| response.headers.contains_key(*name))
}

fn read_page(response: &Response, depth: Depth) -> Option<page::Page> {
    let html = response.header("content-type").starts_with("text/html");
    if depth == Depth::Answer || !html || response.body.is_empty() {
        return None;
    }
    let text = match std::str::from_utf8(&response.body) {
        Ok(text) => text,
        // Cut within a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&response.body[..error.valid_up_to()]).ok()?
        }
        // Another encoding: nothing that could be compared.
        Err(_) => return None,
    };
    let places = depth == Depth::Places && response.whole;
    Some(page::read(text, places))
}

/// Hosts that are looked up to see whether there is a network.
const WITNESSES: usize = 16;

/// Whether nothing can be asked: neither the newsletter's own site nor any of some other hosts can be looked up.
/// Without this a machine that is offline would call every link dead.
pub(super) fn is_offline(http: &Arc<Http>, wishes: &[&Wish], own: &str) -> Result<bool> {
    let own = Url::parse(own).ok();
    let hosts = wishes.iter().filter_map(|wish| wish.url.host_str());
    let mut seen: Vec<String> = Vec::new();
    for host in own.iter().filter_map(|own| own.host_str()).chain(hosts) {
        if seen.len() <= WITNESSES && !seen.iter().any(|seen| seen == host) {
            seen.push(host.to_owned());
        }
    }
    let runtime = crate::pipeline::runtime()?;
    let found = runtime.block_on(async {
        let mut lookups = JoinSet::new();
        for host in seen {
            let http = Arc::clone(http);
            lookups.spawn(async move { http.finds(&host).await });
        }
        while let Some(found) = lookups.join_next().await {
            if found.unwrap_or(false) {
                return true;
            }
        }
        false
    });
    // A lookup that hangs is nobody's concern any more.
    runtime.shutdown_background();
    Ok(!found)
}
