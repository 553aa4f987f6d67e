//! How fast messages leave: our SMTP client beside Postfix's `smtp-source`, both into Postfix's `smtp-sink` on this machine.
//!
//! `cargo bench -p press --bench send`, with Postfix's programs installed. `smtp-source` sends one message again and again
//! and does nothing else, so it shows what the machine and the sink can do; ours sends to each person a message of their own.
//! Both run in turn, several times, and the best of each counts: other work on the machine then hurts both alike.
//! `benches/peers` has other clients for the same sink.
//!
//! Arguments after `--`: messages for each run, and their size in bytes.

use press::config::{Config, Secrets};
use press::mail::{Mailer, Outgoing};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Runs of each, of which the best counts.
const RUNS: usize = 3;

/// Where the sink listens.
struct Sink {
    port: u16,
    process: Child,
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Sink {
    fn start() -> Option<Sink> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .ok()?
            .local_addr()
            .ok()?
            .port();
        let mut command = Command::new("smtp-sink");
        // As root it insists on becoming somebody else.
        command.args(["-u", "nobody", &format!("127.0.0.1:{port}"), "1000"]);
        let process = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let sink = Sink { port, process };
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(sink);
            }
            std::thread::yield_now();
        }
        None
    }
}

/// One run.
#[derive(Clone, Copy)]
struct Load {
    port: u16,
    messages: usize,
    bytes: usize,
    connections: usize,
}

impl Load {
    /// Messages a second of Postfix's own client.
    fn source(self) -> f64 {
        let started = Instant::now();
        let done = Command::new("smtp-source")
            .args([
                "-d",
                "-f",
                "bounce@weekly.example",
                "-t",
                "reader@example.org",
            ])
            .args([
                "-s",
                &self.connections.to_string(),
                "-m",
                &self.messages.to_string(),
            ])
            .args([
                "-l",
                &self.bytes.to_string(),
                &format!("127.0.0.1:{}", self.port),
            ])
            .status();
        assert!(
            done.is_ok_and(|status| status.success()),
            "smtp-source failed"
        );
        self.messages as f64 / started.elapsed().as_secs_f64()
    }

    /// Messages a second of ours.
    fn ours(self) -> f64 {
        let mailer = self.mailer();
        let body = "A line of the newsletter, as long as lines are in plain text parts.\r\n";
        let body = body.repeat(self.bytes / body.len());
        let (body, next) = (Arc::new(body), Arc::new(AtomicUsize::new(0)));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        let started = Instant::now();
        runtime.expect("a runtime can be had").block_on(async {
            let work = || {
                work(
                    mailer.clone(),
                    self.messages,
                    Arc::clone(&body),
                    Arc::clone(&next),
                )
            };
            let workers: Vec<_> = (0..self.connections)
                .map(|_| tokio::spawn(work()))
                .collect();
            for worker in workers {
                worker.await.expect("no worker panics");
            }
        });
        self.messages as f64 / started.elapsed().as_secs_f64()
    }

    fn mailer(self) -> Mailer {
        let folder = tempfile::tempdir().expect("there is room");
        let text = format!(
            "[newsletter]\nname = \"W\"\ndescription = \"W\"\nbase-url = \"https://weekly.example\"\n[transport]\nkind = \"smtp\"\n\
             [[relay]]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nconnections = {}\nmessages-per-connection = 1000000\n",
            self.port, self.connections
        );
        std::fs::write(folder.path().join("press.toml"), text).expect("the folder is ours");
        let config = Config::load(folder.path(), None).expect("it is right");
        Mailer::new(&config.transport, &Secrets::given([])).expect("it needs nothing")
    }
}

async fn work(mailer: Mailer, messages: usize, body: Arc<String>, next: Arc<AtomicUsize>) {
    let mut session = mailer.session();
    let mut content = Vec::new();
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        if at >= messages {
            return session.close().await;
        }
        let (from, to) = (
            format!("bounce+7.{at}@weekly.example"),
            format!("reader{at}@example.org"),
        );
        content.clear();
        content.extend(format!("Message-ID: <7.{at}@weekly.example>\r\nTo: {to}\r\n\r\n").bytes());
        content.extend(body.as_bytes());
        let outcome = session
            .send(Outgoing {
                from: &from,
                to: &to,
                content: &content,
            })
            .await;
        assert_eq!(outcome.name(), "sent", "{outcome:?}");
    }
}

fn main() {
    let numbers: Vec<usize> = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let messages = numbers.first().copied().unwrap_or(5_000);
    let bytes = numbers.get(1).copied().unwrap_or(60_000);
    let Some(sink) = Sink::start() else {
        println!("not measured: smtp-sink is missing (Debian: postfix)");
        return;
    };
    println!(
        "{messages} messages of {bytes} bytes to smtp-sink on port {}, best of {RUNS}",
        sink.port
    );
    println!("connections  smtp-source      press   share");
    for connections in [1, 8, 32] {
        let load = Load {
            port: sink.port,
            messages,
            bytes,
            connections,
        };
        let (mut source, mut ours) = (0.0f64, 0.0f64);
        for _ in 0..RUNS {
            source = source.max(load.source());
            ours = ours.max(load.ours());
        }
        let share = 100.0 * ours / source;
        println!("{connections:>11}  {source:>9.0}/s  {ours:>7.0}/s  {share:>5.0}%");
    }
}
