//! Postfix's server that throws messages away, for benches to send to.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The server; it ends with this.
pub(crate) struct Sink {
    /// Where it listens.
    pub(crate) port: u16,
    process: Child,
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Sink {
    /// Starts it on a port of its own; nothing where the machine has none.
    pub(crate) fn start() -> Option<Sink> {
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
