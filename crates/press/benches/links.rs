//! How fast links are asked for: 12,033 links of 899 hosts, shared out as in the flagship's newest issues, where six
//! links in ten are of one host. A server on this machine plays all hosts.
//!
//! `cargo bench -p press --bench links`. The pace lifted shows what the program can do; the usual pace, on a twentieth
//! of the links, what a host sees of it. Both work from the texts to the findings and remember nothing.

use divan::counter::ItemsCount;
use press::config::Config;
use press::http::{Http, Names};
use press::pipeline::check::Fixes;
use press::pipeline::links::{LinksOptions, LinksReport, links, settings};
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

fn main() {
    divan::main();
}

const LINKS: usize = 12_033;
const HOSTS: usize = 899;
/// Links in a thousand of the two hosts that have most: a forge, and a place for meetups.
const BUSIEST: [usize; 2] = [616, 135];

const CONFIG: &str = "[newsletter]\nname = \"Weekly\"\ndescription = \"Weekly.\"\nbase-url = \"https://weekly.test\"\n\
    [[section]]\nid = \"links\"\ntitle = \"Links\"\n[[section]]\nid = \"changes\"\ntitle = \"Changes\"\nkind = \"pull-requests\"\n";

struct Newsletter {
    _folder: tempfile::TempDir,
    config: Config,
    links: usize,
}

impl Newsletter {
    /// Issues with so many links.
    fn new(links: usize) -> Newsletter {
        let folder = tempfile::tempdir().expect("a folder for the bench");
        let file = |name: &str| folder.path().join(name);
        std::fs::write(file("press.toml"), CONFIG).expect("a file for the bench");
        std::fs::create_dir(file("content")).expect("a folder for the bench");
        for (number, numbers) in (0..links).collect::<Vec<_>>().chunks(128).enumerate() {
            let (mut articles, mut changes) = (String::new(), String::new());
            for link in numbers {
                let host = host(*link, links);
                let section = if host == 0 {
                    &mut changes
                } else {
                    &mut articles
                };
                writeln!(
                    section,
                    "* [Page {link} of many](http://host{host}.test/{link})"
                )
                .expect("writing to memory");
            }
            let text = format!(
                "Title: Weekly {number}\nNumber: {number}\nDate: 2026-01-01\n\n## Links\n\n{articles}\n## Changes\n\n{changes}"
            );
            std::fs::write(file(&format!("content/{number}.md")), text)
                .expect("a file for the bench");
        }
        let config = Config::load(folder.path(), None).expect("the configuration is sound");
        Newsletter {
            _folder: folder,
            config,
            links,
        }
    }

    fn ask(&self, server: SocketAddr, pace: Option<Duration>) -> LinksReport {
        let mut settings = settings(&self.config);
        settings.private.push("*.test".to_owned());
        settings.names = Names::Given(Arc::new(move |_| Some(server)));
        settings.cache = None;
        settings.pace = pace.unwrap_or(settings.pace);
        let http = Arc::new(Http::new(settings).expect("there are certificates"));
        let options = LinksOptions {
            paths: &[],
            all: true,
            fresh: true,
            fixes: Fixes::None,
            note_dead: false,
            now: SystemTime::now(),
            progress: &|_, _| {},
        };
        let report = links(&self.config, &http, options).expect("the server answers");
        assert_eq!(report.tally.answered, self.links, "{:?}", report.tally);
        report
    }
}

/// The host of a link: two have most, the others share the rest.
fn host(link: usize, links: usize) -> usize {
    let place = link * 7_919 % links * 1000 / links;
    if place < BUSIEST[0] {
        0
    } else if place < BUSIEST[0] + BUSIEST[1] {
        1
    } else {
        2 + link % (HOSTS - 2)
    }
}

/// Starts a server that has every page.
fn server() -> SocketAddr {
    let (sender, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime for the bench");
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            sender
                .send(listener.local_addr().expect("it is bound"))
                .expect("somebody waits");
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        });
    });
    address.recv().expect("the server starts")
}

async fn serve(stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let body = format!(
        "<!doctype html><title>Page of many</title><p>{}",
        "x".repeat(2_000)
    );
    let found = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let page = format!("{found}{body}");
    let missing = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
    let mut stream = BufReader::new(stream);
    let (mut first, mut line) = (String::new(), String::new());
    loop {
        first.clear();
        if !matches!(stream.read_line(&mut first).await, Ok(1..)) {
            return;
        }
        while line != "\r\n" {
            line.clear();
            if !matches!(stream.read_line(&mut line).await, Ok(1..)) {
                return;
            }
        }
        line.clear();
        let answer = if first.contains("/robots.txt") {
            missing
        } else if first.starts_with("HEAD") {
            &found
        } else {
            &page
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn pace_lifted(bencher: divan::Bencher<'_, '_>) {
    let (newsletter, server) = (Newsletter::new(LINKS), server());
    bencher
        .counter(ItemsCount::new(LINKS))
        .bench(|| newsletter.ask(server, Some(Duration::ZERO)));
}

#[divan::bench(sample_count = 1, sample_size = 1)]
fn usual_pace(bencher: divan::Bencher<'_, '_>) {
    let (newsletter, server) = (Newsletter::new(LINKS / 20), server());
    bencher
        .counter(ItemsCount::new(newsletter.links))
        .bench(|| newsletter.ask(server, None));
}
