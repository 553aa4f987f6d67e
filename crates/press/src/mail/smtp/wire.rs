//! The line to a relay: bytes out, answers in, each with a limit to its time.

use super::Trouble;
use crate::config::{Relay, Tls};
use crate::error::Error;
use crate::http::is_public;
use crate::mail::reply::{self, Parsed, Reply};
use std::fmt;
use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

/// Why nothing more comes over the line.
#[derive(Clone, Debug)]
pub(super) enum Broken {
    /// It is closed, and why.
    Lost(String),
    /// It took too long.
    Slow,
    /// What came is no answer.
    Nonsense(&'static str),
}

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Broken::Lost(why) => write!(formatter, "the connection was lost ({why})"),
            Broken::Slow => formatter.write_str("it took too long"),
            Broken::Nonsense(what) => formatter.write_str(what),
        }
    }
}

impl Broken {
    pub(super) fn trouble(&self, who: &str) -> Trouble {
        Trouble::Passing(format!("{who}: {self}"))
    }

    fn of(cause: &std::io::Error) -> Broken {
        Broken::Lost(cause.to_string())
    }
}

/// In the clear or private.
#[derive(Debug)]
pub(super) enum Stream {
    Clear(Clear),
    Private(Box<Private>),
}

/// A connection in the clear.
pub(in crate::mail) type Clear = TcpStream;
/// One that is private.
pub(in crate::mail) type Private = TlsStream<TcpStream>;

/// Connects to a server on which TLS begins at once or is asked for.
pub(in crate::mail) async fn connect(
    host: &str,
    port: u16,
    limit: Duration,
) -> Result<Clear, Trouble> {
    let passing = |why: &str| Trouble::Passing(format!("{host}:{port}: cannot connect: {why}"));
    match timeout(limit, TcpStream::connect((host, port))).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(cause)) => Err(passing(&cause.to_string())),
        Err(_) => Err(passing("it took too long")),
    }
}

/// The line.
#[derive(Debug)]
pub(super) struct Wire {
    stream: Stream,
    heard: Vec<u8>,
}

/// As much is read at a time; answers are short.
const READ_BYTES: usize = 4 << 10;
/// As many pieces are handed to the system at a time.
const PIECES: usize = 64;

impl Wire {
    pub(super) fn new(stream: Stream) -> Wire {
        Wire {
            stream,
            heard: Vec::new(),
        }
    }

    /// Connects to one of the relay's addresses.
    pub(super) async fn connect(relay: &Relay, limit: Duration) -> Result<Wire, Trouble> {
        let who = format!("{}:{}", relay.host, relay.port);
        let passing = |why: String| Trouble::Passing(format!("{who}: {why}"));
        let looked = timeout(
            limit,
            tokio::net::lookup_host((relay.host.as_str(), relay.port)),
        );
        let found = match looked.await {
            Ok(Ok(found)) => found,
            Ok(Err(cause)) => return Err(passing(format!("its name leads nowhere ({cause})"))),
            Err(_) => {
                return Err(passing(
                    "its name could not be looked up in time".to_owned(),
                ));
            }
        };
        let mut why = "its name has no address".to_owned();
        for address in found {
            if relay.tls == Tls::None && is_public(address.ip()) {
                let error = Error::new(format!("{who} is not in a private network"))
                    .because("`tls = \"none\"` would send every mail for all to read")
                    .help("use `tls = \"required\"`");
                return Err(Trouble::Lasting(error));
            }
            match timeout(limit, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // Small writes must not wait for the answer to the one before.
                    return match stream.set_nodelay(true) {
                        Ok(()) => Ok(Wire::new(Stream::Clear(stream))),
                        Err(cause) => Err(passing(cause.to_string())),
                    };
                }
                Ok(Err(cause)) => why = format!("cannot connect: {cause}"),
                Err(_) => why = "cannot connect: it took too long".to_owned(),
            }
        }
        Err(passing(why))
    }

    /// The stream in the clear, for TLS to begin on; nothing if TLS has begun already, or if something came that was
    /// said in the clear and would be taken for private (CVE-2011-0411).
    pub(super) fn into_clear(self) -> Option<TcpStream> {
        match self.stream {
            Stream::Clear(stream) if self.heard.is_empty() => Some(stream),
            _ => None,
        }
    }

    /// Whether nobody on the way can read it.
    pub(super) fn is_private(&self) -> bool {
        matches!(self.stream, Stream::Private(_))
    }

    /// Whether nothing came that nobody asked for.
    pub(super) fn is_quiet(&self) -> bool {
        self.heard.is_empty()
    }

    /// Says something.
    pub(super) async fn say(&mut self, text: &str, limit: Duration) -> Result<(), Broken> {
        let said = async {
            self.stream.write_all(text.as_bytes()).await?;
            self.stream.flush().await
        };
        match timeout(limit, said).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(cause)) => Err(Broken::of(&cause)),
            Err(_) => Err(Broken::Slow),
        }
    }

    /// Hears an answer. The limit is for all of it, so that nobody is kept waiting by one byte a minute.
    pub(super) async fn answer(&mut self, limit: Duration) -> Result<Reply, Broken> {
        let lines = self.lines(limit).await?;
        Ok(Reply::of(lines.0, &lines.1))
    }

    /// The same as its code and its lines.
    pub(super) async fn lines(&mut self, limit: Duration) -> Result<(u16, Vec<String>), Broken> {
        match timeout(limit, self.hear()).await {
            Ok(heard) => heard,
            Err(_) => Err(Broken::Slow),
        }
    }

    async fn hear(&mut self) -> Result<(u16, Vec<String>), Broken> {
        loop {
            match reply::parse(&self.heard) {
                Parsed::Whole(lines, code, length) => {
                    self.heard.drain(..length);
                    return Ok((code, lines));
                }
                Parsed::Garbage(what) => return Err(Broken::Nonsense(what)),
                Parsed::Incomplete => {}
            }
            self.heard.reserve(READ_BYTES);
            match self.stream.read_buf(&mut self.heard).await {
                Ok(0) => return Err(Broken::Lost("closed by the other side".to_owned())),
                Ok(_) => {}
                Err(cause) => return Err(Broken::of(&cause)),
            }
        }
    }

    /// Sends a content in pieces, the last of which ends it. If that fails: whether the end was on its way already. Each
    /// step has the whole limit, since a long content may take long.
    pub(super) async fn pour(
        &mut self,
        pieces: &[&[u8]],
        limit: Duration,
    ) -> Result<(), (Broken, bool)> {
        let end = pieces.last().map_or(0, |last| last.len());
        let mut left: usize = pieces.iter().map(|piece| piece.len()).sum();
        let mut slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        let mut rest = slices.as_mut_slice();
        while !rest.is_empty() {
            let some = &rest[..rest.len().min(PIECES)];
            let written = match timeout(limit, self.stream.write_vectored(some)).await {
                Ok(Ok(0)) => Err(Broken::Lost("nothing more can be written".to_owned())),
                Ok(Ok(written)) => Ok(written),
                Ok(Err(cause)) => Err(Broken::of(&cause)),
                Err(_) => Err(Broken::Slow),
            };
            // What was handed over may arrive: with one byte of the end gone, the rest of it counts as gone.
            let written = written.map_err(|broken| (broken, left < end))?;
            left -= written;
            IoSlice::advance_slices(&mut rest, written);
        }
        match timeout(limit, self.stream.flush()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(cause)) => Err((Broken::of(&cause), true)),
            Err(_) => Err((Broken::Slow, true)),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Stream::Clear(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Private(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        match self.get_mut() {
            Stream::Clear(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Private(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        match self.get_mut() {
            Stream::Clear(stream) => Pin::new(stream).poll_write_vectored(context, pieces),
            Stream::Private(stream) => Pin::new(stream).poll_write_vectored(context, pieces),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Stream::Clear(stream) => Pin::new(stream).poll_flush(context),
            Stream::Private(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Stream::Clear(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Private(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
