//! Databases for tests: SQLite in a folder of its own, and PostgreSQL in a cluster that lives as long as the tests run.
//!
//! The cluster is made once, with the programs of the machine, and serves on a socket in a temporary folder. A shell holds
//! it: when its standard input ends, because the tests ended in whatever way, it stops the server and removes the folder.
//! Each test has databases of its own, copies of one that is migrated. A machine without PostgreSQL tests SQLite only, and
//! says so; where `CI` is set that is a failure.

use press::config::{Database, DatabaseUrl};
use press::store::{Limits, Store};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longest that a server may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// Makes a cluster, then does what it is told, and cleans up when nobody tells it anything any more.
const KEEPER: &str = r#"
bin=$1
dir=$(mktemp -d /tmp/press-postgres.XXXXXX) || exit 1
clean() { stop quit; rm -rf "$dir"; }
start() {
    "$bin/postgres" -D "$dir/data" -c unix_socket_directories="$dir" -c listen_addresses= -c fsync=off \
        -c full_page_writes=off -c synchronous_commit=off -c max_connections=300 -c autovacuum=off \
        >>"$dir/log" 2>&1 & server=$!
}
stop() {
    [ -n "$server" ] || return
    case $1 in crash) kill -QUIT "$server";; *) kill -INT "$server";; esac
    wait "$server"; server=
}
"$bin/initdb" -D "$dir/data" -U press -A trust -N -E UTF8 --locale=C >"$dir/log" 2>&1 || { cat "$dir/log" >&2; rm -rf "$dir"; exit 1; }
start
echo "$dir"
trap : INT TERM HUP
while read -r word; do
    case $word in start) start;; *) stop "$word";; esac
    echo done
done
clean
"#;

/// A PostgreSQL server of our own.
#[derive(Debug)]
pub(crate) struct Cluster {
    keeper: Child,
    orders: ChildStdin,
    answers: BufReader<std::process::ChildStdout>,
    folder: PathBuf,
}

impl Cluster {
    /// Starts one; none if the machine has no PostgreSQL.
    pub(crate) fn start() -> Option<Cluster> {
        let Some(programs) = programs() else {
            let said = "PostgreSQL is not installed: tested on SQLite only";
            assert!(std::env::var_os("CI").is_none(), "{said}");
            println!("{said}");
            return None;
        };
        let mut command = unprivileged();
        command.args(["sh", "-c", KEEPER, "sh"]).arg(programs);
        command.current_dir("/");
        let mut keeper = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = keeper.stdin.take().unwrap();
        let mut answers = BufReader::new(keeper.stdout.take().unwrap());
        let mut folder = String::new();
        answers.read_line(&mut folder).unwrap();
        let folder = PathBuf::from(folder.trim_end());
        assert!(folder.is_dir(), "PostgreSQL did not start");
        let cluster = Cluster {
            keeper,
            orders,
            answers,
            folder,
        };
        cluster.wait_until_it_answers();
        Some(cluster)
    }

    /// Stops the server; who is connected loses the connection.
    pub(crate) fn stop(&mut self) {
        self.order("stop");
    }

    /// Stops the server as if its process had died.
    pub(crate) fn crash(&mut self) {
        self.order("crash");
    }

    /// Starts the server again.
    pub(crate) fn start_again(&mut self) {
        self.order("start");
        self.wait_until_it_answers();
    }

    fn order(&mut self, word: &str) {
        writeln!(self.orders, "{word}").unwrap();
        let mut done = String::new();
        self.answers.read_line(&mut done).unwrap();
        assert_eq!(done, "done\n");
    }

    /// The address of a database on it.
    pub(crate) fn url(&self, name: &str) -> String {
        format!(
            "postgres://press@localhost/{name}?host={}",
            self.folder.display()
        )
    }

    fn wait_until_it_answers(&self) {
        let started = Instant::now();
        while let Err(cause) = self.ask(["SELECT 1".to_owned()]) {
            assert!(started.elapsed() < PATIENCE, "{cause}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Runs statements in a connection of their own, from wherever we are.
    fn ask(&self, statements: [String; 1]) -> sqlx::Result<()> {
        let url = self.url("postgres");
        let ask = async move {
            let mut connection = PgConnection::connect(&url).await?;
            for statement in statements {
                let statement = sqlx::raw_sql(AssertSqlSafe(statement));
                statement.execute(&mut connection).await?;
            }
            connection.close().await
        };
        std::thread::scope(|scope| scope.spawn(|| block_on(ask)).join().unwrap())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Without orders the keeper cleans up.
        let _ = self.orders.flush();
        drop(std::mem::replace(&mut self.orders, no_orders()));
        let _ = self.keeper.wait();
    }
}

/// An end of a pipe that nobody reads.
fn no_orders() -> ChildStdin {
    let mut idle = Command::new("true").stdin(Stdio::piped()).spawn().unwrap();
    let orders = idle.stdin.take().unwrap();
    idle.wait().unwrap();
    orders
}

/// Runs a future to its end. All run in one runtime: a connection dies with that in which it was made.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    let make = || {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(4)
            .enable_all()
            .build()
            .unwrap()
    };
    RUNTIME.get_or_init(make).block_on(future)
}

/// The folder of PostgreSQL's programs, version 15 or later.
fn programs() -> Option<PathBuf> {
    let whole =
        |folder: &PathBuf| folder.join("initdb").exists() && folder.join("postgres").exists();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql");
    let debian = debian.into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = debian
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .filter(|(version, _)| *version >= 15)
        .collect();
    versions.sort();
    let newest = versions.into_iter().rev().map(|(_, path)| path.join("bin"));
    // Debian's have their libraries beside them, so they come first.
    newest.chain(std::env::split_paths(&path)).find(whole)
}

/// PostgreSQL refuses to run as root.
fn unprivileged() -> Command {
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    if !root {
        return Command::new("env");
    }
    let known = |user: &&str| {
        let asked = Command::new("id").arg("-u").arg(user).output();
        asked.is_ok_and(|asked| asked.status.success())
    };
    let user = ["postgres", "nobody"].into_iter().find(known).unwrap();
    let mut command = Command::new("setpriv");
    command.args([
        &format!("--reuid={user}"),
        "--regid=65534",
        "--clear-groups",
        "--",
    ]);
    command
}

/// The database that all others are copies of.
const TEMPLATE: &str = "press_template";

/// The cluster of this run, with a migrated database in it.
pub(crate) fn shared() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    let start = || {
        let cluster = Cluster::start()?;
        cluster
            .ask([format!("CREATE DATABASE {TEMPLATE}")])
            .unwrap();
        let url = cluster.url(TEMPLATE);
        let migrate = async {
            let store = Store::open(&Database::Postgres(DatabaseUrl::new(&url).unwrap())).await;
            store.unwrap().close().await;
        };
        std::thread::scope(|scope| scope.spawn(|| block_on(migrate)).join().unwrap());
        Some(cluster)
    };
    SHARED.get_or_init(start).as_ref()
}

/// A store for one test. It is the store; `again` opens another one on the same database.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) store: Store,
    /// Where it is.
    pub(crate) database: Database,
    _place: Place,
}

/// What has to go when a test is over.
#[derive(Debug)]
enum Place {
    Folder(#[allow(dead_code, reason = "it vanishes when it is dropped")] TempDir),
    Database(&'static Cluster, String),
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Place::Database(cluster, name) = self {
            let _ = cluster.ask([format!("DROP DATABASE {name} WITH (FORCE)")]);
        }
    }
}

impl std::ops::Deref for Trial {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl Trial {
    async fn new(database: Database, place: Place) -> Trial {
        let limits = Limits {
            patience: Duration::from_secs(20),
            connections: 4,
        };
        Trial {
            store: Store::open_with(&database, limits).await.unwrap(),
            database,
            _place: place,
        }
    }

    /// SQLite in a folder of its own.
    pub(crate) async fn sqlite() -> Trial {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::File(folder.path().join("data/press.sqlite"));
        Trial::new(database, Place::Folder(folder)).await
    }

    /// A database of its own on PostgreSQL, if the machine has that.
    pub(crate) async fn postgres() -> Option<Trial> {
        let (database, place) = empty_postgres(TEMPLATE)?;
        Some(Trial::new(database, place).await)
    }

    /// Another store on the same database.
    pub(crate) async fn again(&self) -> Store {
        Store::open(&self.database).await.unwrap()
    }

    /// What distinguishes it in messages of tests.
    pub(crate) fn name(&self) -> &'static str {
        match self.database {
            Database::File(_) => "SQLite",
            Database::Postgres(_) => "PostgreSQL",
        }
    }

    /// What `[store]` of `press.toml` says of it.
    pub(crate) fn toml(&self) -> String {
        match &self.database {
            Database::File(path) => format!("[store]\nfile = {:?}\n", path.display().to_string()),
            Database::Postgres(url) => format!("[store]\nurl = {:?}\n", url.expose()),
        }
    }
}

fn empty_postgres(template: &str) -> Option<(Database, Place)> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let cluster = shared()?;
    let name = format!("press_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
    cluster.ask([create]).unwrap();
    let database = Database::Postgres(DatabaseUrl::new(&cluster.url(&name)).unwrap());
    Some((database, Place::Database(cluster, name)))
}

/// A store on each kind of database that this machine has.
pub(crate) async fn stores() -> Vec<Trial> {
    let mut stores = vec![Trial::sqlite().await];
    stores.extend(Trial::postgres().await);
    stores
}

/// The same, for work that has to be done in a runtime.
#[allow(
    clippy::needless_pass_by_value,
    reason = "a closure at the call is easier to read"
)]
pub(crate) fn on_each(work: impl AsyncFn(&Trial)) {
    block_on(async {
        for trial in stores().await {
            println!("on {}", trial.name());
            work(&trial).await;
        }
    });
}

/// A cluster and a database in it for tests that stop the server.
pub(crate) fn of_its_own() -> Option<(Cluster, Database)> {
    let cluster = Cluster::start()?;
    let database = Database::Postgres(DatabaseUrl::new(&cluster.url("postgres")).unwrap());
    Some((cluster, database))
}

/// An empty PostgreSQL database, not migrated, and what keeps it alive.
pub(crate) fn unmigrated() -> Option<(Database, impl Drop)> {
    empty_postgres("template1")
}

/// Runs SQL on a database that is on PostgreSQL, for what `press` itself never does.
pub(crate) async fn tamper(database: &Database, statement: &str) {
    let Database::Postgres(url) = database else {
        panic!("only for PostgreSQL")
    };
    let mut connection = PgConnection::connect(url.expose()).await.unwrap();
    let statement = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()));
    statement.execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// The file of a database that is one.
pub(crate) fn file(database: &Database) -> &Path {
    match database {
        Database::File(path) => path,
        Database::Postgres(_) => panic!("only for SQLite"),
    }
}
