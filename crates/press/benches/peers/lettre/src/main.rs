//! Messages a second of lettre's pool into a sink: port, messages, connections.

use lettre::address::Envelope;
use lettre::transport::smtp::PoolConfig;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

#[tokio::main(worker_threads = 2)]
async fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).map(|number| number.parse().unwrap()).collect();
    let [port, messages, connections] = numbers[..] else { panic!("port, messages, connections") };
    let pool = PoolConfig::new().max_size(connections as u32);
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(port as u16)
        .pool_config(pool)
        .build();
    let body = "A line of the newsletter, as long as lines are in plain text parts.\r\n".repeat(870);
    let (next, body) = (Arc::new(AtomicUsize::new(0)), Arc::new(body));
    let started = Instant::now();
    let workers: Vec<_> = (0..connections)
        .map(|_| {
            let (transport, next, body) = (transport.clone(), Arc::clone(&next), Arc::clone(&body));
            tokio::spawn(async move {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= messages {
                        return;
                    }
                    let (from, to) = (format!("bounce+7.{at}@weekly.example"), format!("reader{at}@example.org"));
                    let content = format!("Message-ID: <7.{at}@weekly.example>\r\nTo: {to}\r\n\r\n{body}");
                    let envelope = Envelope::new(Some(from.parse().unwrap()), vec![to.parse().unwrap()]).unwrap();
                    transport.send_raw(&envelope, content.as_bytes()).await.unwrap();
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    println!("lettre, {connections} connections: {:.0}/s", messages as f64 / started.elapsed().as_secs_f64());
}
