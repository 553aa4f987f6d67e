//! What the process does besides answering: letters leave, what is due of issues is sent, what is old is forgotten.

use super::Server;
use crate::config::{Config, Secrets};
use crate::error::Result;
use crate::pipeline::public::Posting;
use crate::pipeline::rota::call_if_late;
use crate::pipeline::send::{Desk, News, Task};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How often letters are looked for, if nobody says that there are some: another process may have written one.
const LETTERS: Duration = Duration::from_secs(5);
/// How long nothing is tried after something went wrong that everything would meet.
const PAUSE: Duration = Duration::from_secs(60);
/// How long errands are waited for at the end. One that was cut off is begun again when it is told of again, or by polling.
const LAST_ERRANDS: Duration = Duration::from_secs(20);
/// How often it is seen whether an issue is late.
const LATE: Duration = Duration::from_secs(300);
/// How often what is old is forgotten.
const TIDY: Duration = Duration::from_secs(3_600);

/// What runs.
pub(super) struct Tasks {
    tasks: Vec<tokio::task::JoinHandle<()>>,
    worker: Option<JoinHandle<()>>,
}

impl Tasks {
    /// Waits until all have ended.
    pub(super) async fn ended(self) {
        for task in self.tasks {
            let _ = task.await;
        }
        if let Some(worker) = self.worker {
            let _ = tokio::task::spawn_blocking(move || worker.join()).await;
        }
    }
}

/// Work that was begun by an answer and goes on after it.
#[derive(Debug, Default)]
pub(super) struct Errands(tokio::sync::Mutex<JoinSet<()>>);

impl Errands {
    pub(super) async fn begin(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut all = self.0.lock().await;
        while all.try_join_next().is_some() {}
        all.spawn(work);
    }

    /// Waits until all have ended.
    async fn are_done(&self) {
        let mut all = self.0.lock().await;
        while all.join_next().await.is_some() {}
    }

    pub(super) async fn ended(&self) {
        let _ = tokio::time::timeout(LAST_ERRANDS, self.are_done()).await;
    }
}

/// Starts them. They end when `stop` becomes true.
pub(super) async fn start(
    server: &Arc<Server>,
    config: &Arc<Config>,
    secrets: &Secrets,
    stop: &watch::Receiver<bool>,
) -> Result<Tasks> {
    let mut tasks = vec![tokio::spawn(tidy(Arc::clone(server), stop.clone()))];
    if config.alarm.webhook_env.is_some() && config.schedule.is_some() {
        let (config, secrets) = (Arc::clone(config), secrets.clone());
        tasks.push(tokio::spawn(watch_the_clock(
            config,
            secrets,
            server.log,
            stop.clone(),
        )));
    }
    if let Some(every) = server.forge.every() {
        tasks.push(tokio::spawn(poll(Arc::clone(server), every, stop.clone())));
    }
    if let Some(note) = server.forge.note() {
        (server.log)(note);
    }
    let mut worker = None;
    if config.mail.from.is_some() {
        let posting = server.public.posting(secrets).await?;
        tasks.push(tokio::spawn(post(
            Arc::clone(server),
            posting,
            stop.clone(),
        )));
        if config.server.worker {
            let (config, secrets, stop) = (Arc::clone(config), secrets.clone(), stop.clone());
            let log = server.log;
            // Signing and composing is work, and must not hold up answers.
            worker = Some(std::thread::spawn(move || {
                work(&config, &secrets, &stop, log);
            }));
        }
    } else {
        (server.log)("note: `from` under [mail] is missing, so nobody can subscribe: letters wait");
    }
    Ok(Tasks { tasks, worker })
}

/// Waits; whether to go on.
async fn wait(stop: &mut watch::Receiver<bool>, time: Duration) -> bool {
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => false,
        () = tokio::time::sleep(time) => true,
    }
}

async fn post(server: Arc<Server>, posting: Posting, mut stop: watch::Receiver<bool>) {
    loop {
        let pause = match posting.post().await {
            Ok(count) => {
                server.numbers.letters.fetch_add(count as u64, Relaxed);
                LETTERS
            }
            Err(error) => {
                (server.log)(&format!("letters wait: {}", error.message()));
                PAUSE
            }
        };
        tokio::select! {
            going = wait(&mut stop, pause) => if !going { return },
            () = server.written.notified(), if pause == LETTERS => {}
        }
    }
}

async fn tidy(server: Arc<Server>, mut stop: watch::Receiver<bool>) {
    loop {
        match server.public.tidy(jiff::Timestamp::now().as_second()).await {
            Ok(0) => {}
            Ok(count) => (server.log)(&format!("{count} who never confirmed are forgotten")),
            Err(error) => (server.log)(&error.message()),
        }
        if !wait(&mut stop, TIDY).await {
            return;
        }
    }
}

/// Calls for help if an issue is late.
async fn watch_the_clock(
    config: Arc<Config>,
    secrets: Secrets,
    log: fn(&str),
    mut stop: watch::Receiver<bool>,
) {
    loop {
        match call_if_late(&config, &secrets, jiff::Timestamp::now()).await {
            Ok(None) => {}
            Ok(Some(words)) => log(&words),
            Err(error) => log(&error.message()),
        }
        if !wait(&mut stop, LATE).await {
            return;
        }
    }
}

/// Reads the open pull requests from time to time.
async fn poll(server: Arc<Server>, every: Duration, mut stop: watch::Receiver<bool>) {
    loop {
        let fetching = server.public.fetch(&server.forge, jiff::Timestamp::now());
        let fetched = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            fetched = fetching => fetched,
        };
        match fetched {
            Ok(fetched) => {
                for pull in &fetched.pulls {
                    (server.log)(&format!("pull request {} was read", pull.number));
                }
                for (number, why) in &fetched.failed {
                    (server.log)(&format!("pull request {number} cannot be read: {why}"));
                }
            }
            Err(error) => (server.log)(&format!("pull requests wait: {}", error.message())),
        }
        if !wait(&mut stop, every).await {
            return;
        }
    }
}

/// Sends what is due of issues, until it is to stop. Whatever happens, it is tried again.
fn work(config: &Config, secrets: &Secrets, stop: &watch::Receiver<bool>, log: fn(&str)) {
    let Ok(runtime) = crate::pipeline::runtime() else {
        return log("the worker cannot start");
    };
    runtime.block_on(async {
        let mut stop = stop.clone();
        loop {
            let task = Task {
                only: None,
                patience: Some(Duration::MAX),
                stop: stop.clone(),
            };
            let tell = |news: News<'_>| {
                if let News::Note(note) = news {
                    log(&note);
                }
            };
            let done = async {
                let desk = Desk::open(config).await?;
                let end = desk.work(&task, secrets, &tell).await;
                desk.close().await;
                end
            };
            if let Err(error) = done.await {
                log(&format!("sending waits: {}", error.message()));
            }
            let pause = if *stop.borrow() {
                Duration::ZERO
            } else {
                PAUSE
            };
            if !wait(&mut stop, pause).await {
                return;
            }
        }
    });
}
