//! How fast messages leave: our SMTP client beside Postfix's `smtp-source`, both into Postfix's `smtp-sink` on this machine.
//!
//! `cargo bench -p press --bench send`, with Postfix's programs installed. `smtp-source` sends one message again and again
//! and does nothing else, so it shows what the machine and the sink can do; ours sends to each person a message of their own.
//! Both run in turn, several times, and the best of each counts: other work on the machine then hurts both alike.
//! `benches/peers` has other clients for the same sink. The sink being the brake, the last column says what a message costs
//! us: time of all processors together, the system's part included.
//!
//! Arguments after `--`: messages for each run, and their size in bytes.

#[path = "shared/sink.rs"]
mod sink;

use press::config::{Config, Secrets};
use press::mail::{Mailer, Outgoing};
use sink::Sink;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Runs of each, of which the best counts.
const RUNS: usize = 3;

/// Processor time of this process so far, in seconds; nothing where the system does not tell like Linux.
fn cpu_s() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / 100.0)
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
    println!("connections  smtp-source      press   share   cost");
    for connections in [1, 8, 32] {
        let load = Load {
            port: sink.port,
            messages,
            bytes,
            connections,
        };
        let (mut source, mut ours, mut cost) = (0.0f64, 0.0f64, f64::INFINITY);
        for _ in 0..RUNS {
            source = source.max(load.source());
            let before = cpu_s();
            ours = ours.max(load.ours());
            let spent = cpu_s()
                .zip(before)
                .map_or(f64::NAN, |(after, before)| after - before);
            cost = cost.min(1e6 * spent / messages as f64);
        }
        let share = 100.0 * ours / source;
        println!(
            "{connections:>11}  {source:>9.0}/s  {ours:>7.0}/s  {share:>5.0}%  {cost:>3.0} µs"
        );
    }
}
