//! The hands of a worker: sessions on the transport, each with one message at a time.

use crate::mail::message::{Prepared, Subscriber};
use crate::mail::verp::{self, Verp};
use crate::mail::{Mailer, Outcome, Outgoing};
use crate::store::{Claimed, Person};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{Mutex, mpsc};

/// A delivery whose turn it is.
#[derive(Debug)]
pub(super) struct Job {
    /// The claim it belongs to.
    pub(super) claim: Claim,
    /// For whom it is.
    pub(super) person: Person,
    /// What it says.
    pub(super) prepared: Arc<Prepared>,
}

/// What is needed to settle a delivery.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) campaign: i64,
    pub(super) subscriber: i64,
    pub(super) worker: i64,
    pub(super) attempts: i64,
}

impl Claim {
    pub(super) fn of(claimed: &Claimed, worker: i64) -> Claim {
        Claim {
            campaign: claimed.campaign,
            subscriber: claimed.subscriber,
            worker,
            attempts: claimed.attempts,
        }
    }
}

/// What became of a job.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) claim: Claim,
    /// Where it was to go.
    pub(super) domain: String,
    /// What came of it; nothing if the worker is stopping and it was not begun.
    pub(super) outcome: Option<Outcome>,
}

/// All sessions of a worker.
#[derive(Debug)]
pub(super) struct Sessions {
    jobs: mpsc::Sender<Job>,
    /// What became of jobs, as they end.
    pub(super) done: mpsc::Receiver<Done>,
    halt: Arc<AtomicBool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Sessions {
    /// Opens `count` sessions; each connects when it has something to send. No more than `most` jobs are given to them at
    /// a time.
    pub(super) fn open(mailer: &Mailer, verp: &Arc<Verp>, count: usize, most: usize) -> Sessions {
        let (jobs, waiting) = mpsc::channel(most);
        let waiting = Arc::new(Mutex::new(waiting));
        let (report, done) = mpsc::channel(most);
        let halt = Arc::new(AtomicBool::new(false));
        let open = |_| {
            let session = Session {
                way: mailer.session(),
                jobs: Arc::clone(&waiting),
                report: report.clone(),
                halt: Arc::clone(&halt),
                verp: Arc::clone(verp),
                content: Vec::new(),
            };
            tokio::spawn(session.run())
        };
        Sessions {
            tasks: (0..count).map(open).collect(),
            jobs,
            done,
            halt,
        }
    }

    /// Hands out a job. There is room for as many as were asked for.
    pub(super) async fn give(&self, job: Job) {
        // The other end lives as long as this.
        let _ = self.jobs.send(job).await;
    }

    /// Has jobs that nobody has begun come back as they are.
    pub(super) fn halt(&self) {
        self.halt.store(true, Ordering::Relaxed);
    }

    /// Says goodbye on all connections.
    pub(super) async fn close(self) {
        drop(self.jobs);
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

struct Session {
    way: crate::mail::Session,
    jobs: Arc<Mutex<mpsc::Receiver<Job>>>,
    report: mpsc::Sender<Done>,
    halt: Arc<AtomicBool>,
    verp: Arc<Verp>,
    /// Room for a message, used again for the next.
    content: Vec<u8>,
}

impl Session {
    async fn run(mut self) {
        loop {
            let job = self.jobs.lock().await.recv().await;
            let Some(job) = job else { break };
            let outcome = match self.halt.load(Ordering::Relaxed) {
                true => None,
                false => Some(self.send(&job).await),
            };
            let domain = job.person.address.rsplit('@').next().unwrap_or_default();
            let done = Done {
                claim: job.claim,
                domain: domain.to_ascii_lowercase(),
                outcome,
            };
            if self.report.send(done).await.is_err() {
                break;
            }
        }
        self.way.close().await;
    }

    async fn send(&mut self, job: &Job) -> Outcome {
        let subscriber = Subscriber {
            address: &job.person.address,
            name: job.person.name.as_deref(),
            token: &job.person.token,
            id: job.claim.subscriber,
        };
        if job
            .prepared
            .compose(&subscriber, &mut self.content)
            .is_err()
        {
            return Outcome::unmailable();
        }
        let delivery = verp::Delivery {
            campaign: job.claim.campaign,
            subscriber: job.claim.subscriber,
        };
        let outgoing = Outgoing {
            from: &self.verp.address(delivery),
            to: &job.person.address,
            content: &self.content,
        };
        self.way.send(outgoing).await
    }
}
