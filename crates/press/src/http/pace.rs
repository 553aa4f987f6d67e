//! Pace: how often a host is asked, by how many at a time, and when it wants to be left alone.

use super::Failure;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

/// One gate for each host.
#[derive(Debug)]
pub(super) struct Gates {
    per_host: usize,
    gates: Mutex<HashMap<String, Arc<Gate>>>,
}

/// What stands before a host.
#[derive(Debug)]
pub(super) struct Gate {
    places: Arc<Semaphore>,
    times: Mutex<Times>,
    /// The host told us to wait longer than we do.
    closed: AtomicBool,
}

#[derive(Debug, Default)]
struct Times {
    /// Before this nobody asks.
    next: Option<Instant>,
    /// When the host last told us to wait.
    told: Option<Instant>,
    /// How often it told us so without giving an answer in between.
    rests: u32,
}

impl Gates {
    pub(super) fn new(per_host: usize) -> Gates {
        Gates {
            per_host,
            gates: Mutex::default(),
        }
    }

    pub(super) fn of(&self, host: &str) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(host) {
            return Arc::clone(gate);
        }
        let gate = Arc::new(Gate {
            places: Arc::new(Semaphore::new(self.per_host)),
            times: Mutex::default(),
            closed: AtomicBool::new(false),
        });
        gates.insert(host.to_owned(), Arc::clone(&gate));
        gate
    }
}

impl Gate {
    /// Waits for a place and for its time.
    pub(super) async fn enter(
        &self,
        pace: Duration,
    ) -> Result<Option<OwnedSemaphorePermit>, Failure> {
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        // Whoever slept may find that the host has asked for rest meanwhile.
        while let Some(mine) = self.my_time(pace) {
            sleep_until(mine).await;
        }
        if self.closed.load(Ordering::Relaxed) {
            return Err(Failure::ToldToWait);
        }
        Ok(place)
    }

    /// None if it is time now, and then the next one's time is a pace later.
    fn my_time(&self, pace: Duration) -> Option<Instant> {
        let mut times = self.times();
        let closed = self.closed.load(Ordering::Relaxed);
        if times.next.is_none() && pace.is_zero() || closed {
            return None;
        }
        let now = Instant::now();
        match times.next {
            Some(time) if time > now => Some(time),
            _ => {
                times.next = Some(now + pace);
                None
            }
        }
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves the host alone for a while, as it said in answer to what was sent at a certain time. Gives how often it had
    /// to say so; answers to what was on its way already do not count.
    pub(super) fn rest(&self, pause: Duration, sent: Instant) -> u32 {
        let mut times = self.times();
        let now = Instant::now();
        times.next = times.next.max(Some(now + pause));
        if times.told.is_none_or(|told| told <= sent) {
            times.told = Some(now);
            times.rests += 1;
        }
        times.rests
    }

    /// The host has answered.
    pub(super) fn answered(&self) {
        self.times().rests = 0;
    }

    /// Leaves the host alone for good.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}
