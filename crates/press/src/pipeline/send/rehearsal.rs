//! A rehearsal: a sending to people who do not exist, through a mail server that misbehaves, by programs that are killed.
//!
//! The message is the newsletter's newest issue, the program is this one, and the database is of the kind that is used;
//! only the people and the mail server are made up. What the server took is then compared with the ledger.

mod relay;

use super::plan::{Passed, Plan};
use super::{Shown, campaigns};
use crate::config::{Config, DATABASE_VARIABLE, Database, Relay as RelaySettings, TransportKind};
use crate::error::{Error, Result};
use crate::store::{Arrival, DeliveryState, Store, Terms};
use jiff::Timestamp;
use press_core::mailbox::EmailAddress;
use relay::Relay;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What a rehearsal is like.
pub struct Rehearsal<'a> {
    /// The newsletter's folder, as it is given to the program.
    pub folder: &'a Path,
    /// A configuration kept elsewhere.
    pub elsewhere: Option<&'a Path>,
    /// How many people there are.
    pub people: usize,
    /// How often a program is killed.
    pub kills: usize,
    /// How many programs work at a time.
    pub workers: usize,
    /// What the trouble is drawn from.
    pub seed: u64,
    /// An empty database to rehearse with, instead of a file.
    pub database: Option<Database>,
    /// What is told meanwhile.
    pub tell: &'a (dyn Fn(&str) + Sync),
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// People.
    pub people: usize,
    /// Programs killed.
    pub kills: usize,
    /// Messages that the server took.
    pub taken: usize,
    /// The ledger says sent; the server has nothing.
    pub lost: usize,
    /// The server took two or more, and the ledger does not say why it might have.
    pub twice: usize,
    /// The server took one that the ledger does not count as sent or uncertain.
    pub unknown: usize,
    /// Deliveries that nobody can be sure of.
    pub uncertain: usize,
    /// Of these, messages that the server did take.
    pub uncertain_taken: usize,
    /// Refused for good.
    pub failed: usize,
    /// Deliveries that are not settled.
    pub open: usize,
    /// Stops at which the equation did not hold.
    pub unequal: usize,
    /// People without a message after the uncertain ones were sent again.
    pub without: usize,
}

impl Account {
    /// Whether nobody was lost and nobody got two without reason.
    pub fn is_good(&self) -> bool {
        let wrong = [
            self.lost,
            self.twice,
            self.unknown,
            self.open,
            self.unequal,
            self.without,
        ];
        wrong.iter().all(|count| *count == 0)
    }
}

/// How a worker of a rehearsal differs from any other.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stage {
    port: u16,
    file: Option<PathBuf>,
}

impl Stage {
    /// Changes where a newsletter's messages go and where its ledger is.
    pub(super) fn apply(&self, config: &mut Config) {
        if let Some(file) = &self.file {
            config.store = Database::File(file.clone());
        }
        config.transport.kind = TransportKind::Smtp;
        config.transport.relays = vec![RelaySettings::on_this_machine(self.port)];
        config.sending.first_retry = Duration::ZERO;
        let unnamed = || crate::config::Mailbox::parse("rehearsal@localhost.localdomain");
        config.mail.from = config.mail.from.take().or_else(unnamed);
    }

    /// As it is told to a worker.
    pub(super) fn parse(text: &str) -> Result<Stage> {
        serde_json::from_str(text).map_err(|_| Error::new("this is no stage of a rehearsal"))
    }
}

/// Rehearses.
pub async fn rehearse(config: &Config, rehearsal: &Rehearsal<'_>) -> Result<Account> {
    let folder = Folder::new()?;
    let relay = Relay::start(rehearsal.seed).await?;
    let file = folder.path.join("rehearsal.sqlite");
    let stage = Stage {
        port: relay.port,
        file: rehearsal.database.is_none().then_some(file),
    };
    let mut config = config.clone();
    if let Some(database) = &rehearsal.database {
        config.store = database.clone();
    }
    stage.apply(&mut config);
    let store = Store::open(&config.store).await?;
    if !store.find_campaigns(1).await?.is_empty() {
        let error = Error::new("the database for the rehearsal is not empty");
        return Err(error.help("make one only for this: `createdb rehearsal`"));
    }
    make_people(&config, &store, rehearsal.people).await?;
    let passed = Passed::judge(&config, "latest")?;
    let plan = Plan::new(&passed, config.list(None)?, &store).await?;
    let id = plan.freeze(&store, None, None).await?;
    let id = id.map_err(|_| Error::new("somebody else uses the database of the rehearsal"))?;
    let mut play = Play {
        rehearsal,
        stage: serde_json::to_string(&stage).expect("plain data"),
        relay,
        store,
        campaign: id,
        account: Account {
            people: rehearsal.people,
            ..Account::default()
        },
    };
    play.act(&config).await?;
    Ok(play.account)
}

struct Play<'r> {
    rehearsal: &'r Rehearsal<'r>,
    stage: String,
    relay: Relay,
    store: Store,
    campaign: i64,
    account: Account,
}

impl Play<'_> {
    async fn act(&mut self, config: &Config) -> Result<()> {
        let mut workers = Vec::new();
        for _ in 0..self.rehearsal.workers {
            workers.push(self.worker()?);
        }
        for kill in 0..self.rehearsal.kills {
            self.wait_for(kill).await;
            let which = self.draw(kill, workers.len());
            end(&mut workers[which]);
            self.account.kills += 1;
            self.see_that_it_holds(config).await?;
            workers[which] = self.worker()?;
        }
        for worker in &mut workers {
            let _ = worker.wait();
        }
        self.finish().await?;
        self.see_that_it_holds(config).await?;
        self.compare().await?;
        campaigns::again(&self.store, self.campaign).await?;
        let _ = self
            .store
            .record_resume(self.campaign, Timestamp::now().as_second())
            .await?;
        self.finish().await?;
        self.see_that_it_holds(config).await?;
        self.compare_again().await
    }

    /// Works until nothing is left, without being killed.
    async fn finish(&self) -> Result<()> {
        let mut worker = self.worker()?;
        let ended = tokio::task::spawn_blocking(move || worker.wait()).await;
        match ended {
            Ok(Ok(_)) => Ok(()),
            _ => Err(Error::new("the last worker did not come back")),
        }
    }

    fn worker(&self) -> Result<Child> {
        let program = std::env::current_exe()
            .map_err(|cause| Error::new("cannot find this program").because(cause.to_string()))?;
        let mut command = Command::new(program);
        command.arg("-C").arg(self.rehearsal.folder);
        if let Some(elsewhere) = self.rehearsal.elsewhere {
            command.arg("--config").arg(elsewhere);
        }
        if let Some(Database::Postgres(url)) = &self.rehearsal.database {
            command.env(DATABASE_VARIABLE, url.expose());
        } else {
            command.env_remove(DATABASE_VARIABLE);
        }
        command.args(["worker", "--until-done", "--rehearsal", &self.stage]);
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        child.map_err(|cause| {
            Error::new("cannot start this program again").because(cause.to_string())
        })
    }

    /// A number that the seed decides.
    fn draw(&self, kill: usize, below: usize) -> usize {
        let drawn = xxh3_64_with_seed(&kill.to_le_bytes(), self.rehearsal.seed);
        usize::try_from(drawn % below.max(1) as u64).unwrap_or(0)
    }

    /// Waits until the server took as many messages as are due before this kill; or took nothing for a while, because all
    /// the rest is settled.
    async fn wait_for(&mut self, kill: usize) {
        let share = self.rehearsal.people / (self.rehearsal.kills + 1);
        let goal = share * kill + 1 + self.draw(kill + 1_000, share);
        let reached = self.relay.count.wait_for(|count| *count >= goal);
        let _ = tokio::time::timeout(Duration::from_secs(20), reached).await;
    }

    async fn see_that_it_holds(&mut self, config: &Config) -> Result<()> {
        let shown = Shown::find(config, &self.store, self.campaign).await?;
        self.account.unequal += usize::from(!shown.holds);
        (self.rehearsal.tell)(&format!(
            "after {} kills: {}",
            self.account.kills,
            shown.equation()
        ));
        Ok(())
    }

    /// The addresses that the ledger has in a state.
    async fn in_state(&self, state: DeliveryState) -> Result<Vec<String>> {
        let all = self
            .store
            .find_deliveries(self.campaign, state, i64::MAX)
            .await?;
        Ok(all
            .into_iter()
            .filter_map(|delivery| delivery.address)
            .collect())
    }

    /// Compares what the server took with the ledger.
    async fn compare(&mut self) -> Result<()> {
        use DeliveryState::{Deferred, Failed, Queued, Sending, Sent, Skipped, Uncertain};
        let taken = self.relay.taken();
        let times = |address: &String| taken.get(address).copied().unwrap_or(0);
        let account = &mut self.account.clone();
        account.taken = taken.values().sum();
        for address in self.in_state(Sent).await? {
            account.lost += usize::from(times(&address) == 0);
            account.twice += usize::from(times(&address) > 1);
        }
        for address in self.in_state(Uncertain).await? {
            account.uncertain += 1;
            account.uncertain_taken += usize::from(times(&address) > 0);
            account.twice += usize::from(times(&address) > 1);
        }
        for state in [Failed, Skipped, Queued, Sending, Deferred] {
            let all = self.in_state(state).await?;
            account.unknown += all.iter().filter(|address| times(address) > 0).count();
            match state {
                Failed => account.failed = all.len(),
                Skipped => {}
                _ => account.open += all.len(),
            }
        }
        self.account = account.clone();
        Ok(())
    }

    /// Once more, after the uncertain ones went out again: everybody has it who was not refused.
    async fn compare_again(&mut self) -> Result<()> {
        let taken = self.relay.taken();
        for address in self.in_state(DeliveryState::Sent).await? {
            self.account.without += usize::from(!taken.contains_key(&address));
        }
        let shown = self.store.find_campaign(self.campaign).await?;
        if let Some(campaign) = shown {
            let tally = self.store.count_deliveries(&campaign).await?;
            self.account.open += usize::try_from(tally.audience - tally.settled()).unwrap_or(0);
        }
        Ok(())
    }
}

/// Ends a program as a power cut would.
fn end(worker: &mut Child) {
    let _ = worker.kill();
    let _ = worker.wait();
}

/// A folder that goes when it is not needed any more.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> Result<Folder> {
        let path = std::env::temp_dir().join(format!("press-rehearsal-{}", std::process::id()));
        std::fs::create_dir_all(&path)
            .map_err(|cause| Error::io("make the folder", &path, &cause))?;
        Ok(Folder { path })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// People who do not exist, at domains that cannot.
async fn make_people(config: &Config, store: &Store, count: usize) -> Result<()> {
    let list = config.list(None)?.id.clone();
    let now_s = Timestamp::now().as_second();
    let mut receiving = store.receive(Terms::default()).await?;
    let numbers: Vec<usize> = (0..count).collect();
    for part in numbers.chunks(1_000) {
        let arrival = |number: &usize| {
            let address = format!("reader-{number}@host-{}.invalid", number % 40);
            let address = EmailAddress::parse(&address).expect("an address");
            Arrival::confirmed(address, &list, now_s)
        };
        let arrivals: Vec<Arrival> = part.iter().map(arrival).collect();
        receiving.add(arrivals).await?;
    }
    receiving.commit().await.map(|_| ())
}
