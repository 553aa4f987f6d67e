//! How much of the server one network and one connection may have.
//!
//! Heads and bodies of requests have times of their own where they are read. Here are those that wait for nobody: networks
//! that open one connection after the other, and readers that ask for much and take nothing.

use crate::config::Server as Settings;
use std::collections::HashMap;
use std::io::{self, IoSlice};
use std::net::{IpAddr, Ipv6Addr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// How many connections each network has. An IPv6 network is a /64, which is what one customer has.
#[derive(Debug)]
pub(super) struct Crowd {
    most: usize,
    here: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection that is counted for as long as this lives.
#[derive(Debug)]
pub(super) struct Place {
    crowd: Arc<Crowd>,
    network: Option<IpAddr>,
}

impl Crowd {
    pub(super) fn new(settings: &Settings) -> Arc<Crowd> {
        Arc::new(Crowd {
            most: usize::try_from(settings.connections_per_network).unwrap_or(usize::MAX),
            here: Mutex::default(),
        })
    }

    /// Lets a connection in, unless its network has as many as it may. Proxies that are trusted bring everybody, and are
    /// not counted.
    pub(super) fn enter(self: &Arc<Crowd>, peer: IpAddr, settings: &Settings) -> Option<Place> {
        let peer = peer.to_canonical();
        let trusted = settings
            .trusted_proxies
            .iter()
            .any(|known| known.contains(peer));
        let network = (!trusted).then(|| network(peer));
        if let Some(network) = network {
            let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
            let count = here.entry(network).or_default();
            if *count >= self.most {
                return None;
            }
            *count += 1;
        }
        Some(Place {
            crowd: Arc::clone(self),
            network,
        })
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> 64 << 64).into(),
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(network) = self.network else { return };
        let mut here = self
            .crowd
            .here
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = here.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                here.remove(&network);
            }
        }
    }
}

/// How long the other end may take nothing of what is sent.
const PATIENCE: Duration = Duration::from_secs(30);

/// A stream that breaks when the other end takes nothing for too long.
#[derive(Debug)]
pub(super) struct Patient<S> {
    stream: S,
    patience: Duration,
    /// Runs while nothing is taken.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    pub(super) fn new(stream: S) -> Patient<S> {
        Patient {
            stream,
            patience: PATIENCE,
            stalled: None,
        }
    }

    /// Passes on what became of a write; waiting ends when patience does.
    fn mind<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        match stalled.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.mind(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.mind(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.mind(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.mind(context, shut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn run(work: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(work);
    }

    #[test]
    fn who_takes_nothing_is_left() {
        run(async {
            let (ours, _theirs) = tokio::io::duplex(1_024);
            let mut patient = Patient::new(ours);
            patient.patience = Duration::from_millis(5);
            let error = patient.write_all(&[0; 4_096]).await;
            assert_eq!(
                error.expect_err("it stalls").kind(),
                io::ErrorKind::TimedOut
            );
        });
    }

    #[test]
    fn patience_begins_anew_with_each_byte_that_is_taken() {
        run(async {
            let (ours, mut theirs) = tokio::io::duplex(1);
            let mut patient = Patient::new(ours);
            let reader = tokio::spawn(async move {
                let mut all = [0; 100];
                theirs.read_exact(&mut all).await.expect("all of it");
            });
            patient.write_all(&[0; 100]).await.expect("all is taken");
            assert!(patient.stalled.is_none());
            reader.await.expect("it read");
        });
    }

    #[test]
    fn networks_of_ipv6_are_counted_whole() {
        let of = |text: &str| network(text.parse().expect("an address")).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("192.0.2.1"), "192.0.2.1");
    }
}
