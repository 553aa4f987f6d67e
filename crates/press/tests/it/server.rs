//! A server that plays the web on one machine: any number of hosts, well-behaved or not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What a server was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) host: String,
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: String,
    /// How often this was asked before, with this method.
    pub(crate) before: usize,
    /// What was sent.
    pub(crate) body: String,
}

/// What it does then.
pub(crate) enum Reply {
    /// Sends this and goes on.
    Send(Vec<u8>),
    /// Sends this and closes the connection.
    SendAndClose(Vec<u8>),
    /// Sends this, and then something for ever.
    Endless(Vec<u8>),
    /// Says nothing until whoever asked has gone.
    Silence,
}

#[derive(Default)]
struct Log {
    asked: Mutex<Vec<Asked>>,
    waiting: AtomicUsize,
    most_waiting: AtomicUsize,
}

/// The server; it lives as long as the test.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    log: Arc<Log>,
}

impl Server {
    /// Starts a server that replies as a function says.
    pub(crate) fn start(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Server {
        Server::start_with(|stream| Box::new(stream), reply)
    }

    /// The same over TLS.
    pub(crate) fn start_tls(
        tls: Arc<rustls::ServerConfig>,
        reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let wrap = move |stream| -> Box<dyn Stream> {
            let connection = rustls::ServerConnection::new(Arc::clone(&tls)).unwrap();
            Box::new(rustls::StreamOwned::new(connection, stream))
        };
        Server::start_with(wrap, reply)
    }

    fn start_with(
        wrap: impl Fn(TcpStream) -> Box<dyn Stream> + Send + Sync + 'static,
        reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let log = Arc::new(Log::default());
        let (seen, reply, wrap) = (Arc::clone(&log), Arc::new(reply), Arc::new(wrap));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, reply, wrap) = (Arc::clone(&seen), Arc::clone(&reply), Arc::clone(&wrap));
                std::thread::spawn(move || {
                    serve(wrap(stream), &log, &*reply);
                });
            }
        });
        Server { address, log }
    }

    /// All that was asked, in order, without `robots.txt`.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        let all = self.log.asked.lock().unwrap().clone();
        all.into_iter()
            .filter(|asked| asked.path != "/robots.txt")
            .collect()
    }

    /// "GET host/path" of all that was asked, in order.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |asked: Asked| format!("{} {}{}", asked.method, asked.host, asked.path);
        self.asked().into_iter().map(line).collect()
    }

    /// Most questions that waited for their answers at a time.
    pub(crate) fn most_waiting(&self) -> usize {
        self.log.most_waiting.load(Ordering::SeqCst)
    }
}

pub(crate) trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

fn serve(stream: Box<dyn Stream>, log: &Log, reply: &dyn Fn(&Asked) -> Reply) {
    let mut stream = BufReader::new(stream);
    while let Some(asked) = read(&mut stream, log) {
        let head = asked.method == "HEAD";
        let out = stream.get_mut();
        let waiting = log.waiting.fetch_add(1, Ordering::SeqCst) + 1;
        log.most_waiting.fetch_max(waiting, Ordering::SeqCst);
        let answer = reply(&asked);
        // Whoever has the answer may ask for the next thing at once.
        log.waiting.fetch_sub(1, Ordering::SeqCst);
        match answer {
            Reply::Send(bytes) => {
                let bytes = if head { head_of(&bytes) } else { &bytes };
                if out.write_all(bytes).is_err() {
                    return;
                }
            }
            Reply::SendAndClose(bytes) => {
                let _ = out.write_all(&bytes);
                return;
            }
            Reply::Endless(bytes) => {
                let mut sent = out.write_all(&bytes);
                while sent.is_ok() {
                    sent = out.write_all(&[b'x'; 4096]);
                }
                return;
            }
            Reply::Silence => {
                let _ = stream.read_to_end(&mut Vec::new());
                return;
            }
        }
    }
}

fn read(stream: &mut BufReader<Box<dyn Stream>>, log: &Log) -> Option<Asked> {
    let mut first = String::new();
    stream.read_line(&mut first).ok().filter(|read| *read > 0)?;
    let mut headers = String::new();
    while stream.read_line(&mut headers).ok()? > 2 {}
    let headers = headers.to_lowercase();
    let host = headers.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host?.split(':').next()?.to_owned();
    let length = headers
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    stream.read_exact(&mut body).ok()?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut all = log.asked.lock().unwrap();
    let same = |asked: &&Asked| asked.method == method && asked.host == host && asked.path == path;
    let asked = Asked {
        before: all.iter().filter(same).count(),
        method,
        host,
        path,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    all.push(asked.clone());
    Some(asked)
}

fn head_of(bytes: &[u8]) -> &[u8] {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    end.map_or(bytes, |end| &bytes[..end + 4])
}

/// A whole answer.
pub(crate) fn answer(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend(body);
    bytes
}

/// A whole answer to go on after.
pub(crate) fn send(status: u16, headers: &str, body: &str) -> Reply {
    Reply::Send(answer(status, headers, body))
}

/// A page with a title.
pub(crate) fn page(title: &str) -> Reply {
    let body = format!("<!doctype html><title>{title}</title><h1 id=intro>{title}</h1><p id=more>");
    send(200, "content-type: text/html; charset=utf-8\r\n", &body)
}

/// A redirect.
pub(crate) fn redirect(status: u16, to: &str) -> Reply {
    send(status, &format!("location: {to}\r\n"), "")
}
