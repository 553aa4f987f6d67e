//! The database behind `press`: the same behaviour on SQLite and on PostgreSQL, and what is said when one is not as it
//! should be.

use crate::inbox::{SOURCES, fails};
use crate::postgres::{
    Cluster, Trial, block_on, file, of_its_own, on_each, stores, tamper, unmigrated,
};
use crate::world::World;
use press::config::{Database, DatabaseUrl};
use press::store::{Candidate, Choosing, Limits, State, Store};
use sqlx::Connection;
use std::fs;
use std::process::Command;
use std::time::Duration;

fn candidate(page: &str) -> Candidate {
    Candidate {
        page: page.to_owned(),
        url: format!("https://{page}"),
        title: "A title".to_owned(),
        source: "feed".to_owned(),
        points: Some(1),
        ..Candidate::default()
    }
}

/// A file for a database that is not there yet.
fn in_a_folder(work: impl AsyncFnOnce(&Database)) {
    let folder = tempfile::tempdir().unwrap();
    block_on(work(&Database::File(
        folder.path().join("data/press.sqlite"),
    )));
}

fn impatient() -> Limits {
    Limits {
        patience: Duration::from_millis(50),
        ..Limits::default()
    }
}

async fn refused(database: &Database) -> String {
    let opened = Store::open_with(database, impatient()).await;
    opened.unwrap_err().message()
}

#[test]
fn every_statement_is_understood_by_every_database() {
    on_each(async |store| {
        let misunderstood = store.misunderstood().await;
        assert!(misunderstood.is_empty(), "{}", misunderstood.join("\n"));
    });
}

#[test]
fn a_store_of_a_newer_press_is_refused() {
    block_on(async {
        for trial in stores().await {
            match &trial.database {
                Database::File(path) => {
                    let url = format!("sqlite://{}", path.display());
                    let mut other = sqlx::SqliteConnection::connect(&url).await.unwrap();
                    let newer = sqlx::raw_sql("PRAGMA user_version = 99");
                    newer.execute(&mut other).await.unwrap();
                }
                Database::Postgres(_) => {
                    tamper(&trial.database, "UPDATE press_schema SET version = 99").await;
                }
            }
            let said = refused(&trial.database).await;
            assert!(said.contains("newer press"), "{said}");
        }
    });
}

#[test]
fn many_that_start_at_once_make_the_tables_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = Database::File(folder.path().join("press.sqlite"));
    let server = unmigrated();
    block_on(async {
        let server = server.as_ref().map(|(database, _)| database);
        for database in [&file].into_iter().chain(server) {
            let open = || Store::open(database);
            let (a, b, c, d) = tokio::join!(open(), open(), open(), open());
            for store in [a, b, c, d] {
                let store = store.unwrap();
                store.record_seen("feed", &[], 1).await.unwrap();
                store.close().await;
            }
        }
    });
}

#[test]
fn two_that_write_at_once_lose_nothing() {
    on_each(async |one| {
        let other = one.again().await;
        let pages = |from: usize| {
            (from..from + 50)
                .map(|at| candidate(&format!("a.example/{at}")))
                .collect::<Vec<_>>()
        };
        // In different orders, so that each waits for the other: a deadlock, if the database knows such things.
        let low = pages(0);
        let mut high = pages(25);
        high.reverse();
        let (first, second) = tokio::join!(
            one.record_candidates(&low, 1),
            other.record_candidates(&high, 2)
        );
        assert_eq!(first.unwrap().new + second.unwrap().new, 75);
        assert_eq!(one.candidates(State::Open).await.unwrap().len(), 75);
    });
}

#[test]
fn reception_is_brought_up_to_date_and_first_sight_stays() {
    on_each(async |store| {
        store
            .record_candidates(&[candidate("a.example")], 10)
            .await
            .unwrap();
        let later = Candidate {
            points: Some(7),
            title: "Other".to_owned(),
            ..candidate("a.example")
        };
        let recorded = store.record_candidates(&[later], 20).await.unwrap();
        assert_eq!((recorded.new, recorded.known), (0, 1));
        let kept = store.candidates(State::Open).await.unwrap();
        let kept = &kept[0];
        assert_eq!((kept.first_seen_s, kept.candidate.points), (10, Some(7)));
        assert_eq!(kept.candidate.title, "A title");
        assert_eq!(store.find_generated("004.md", "links").await.unwrap(), None);
        for text in ["one", "two"] {
            store
                .record_generated("004.md", "links", text, 30)
                .await
                .unwrap();
        }
        let generated = store.find_generated("004.md", "links").await.unwrap();
        assert_eq!(generated.as_deref(), Some("two"));
        let choosing = Choosing {
            who: "Ada",
            what: "taken",
            state: Some(State::Taken),
            from: &[State::Open],
            draft: Some("004.md"),
            ..Choosing::default()
        };
        let decided = store.record_choice(kept.id, &choosing, 40).await.unwrap();
        assert!(decided.unwrap().1);
        // What was decided is not decided again by whoever comes second, and leaves no line.
        let late = store.record_choice(kept.id, &choosing, 50).await.unwrap();
        assert!(!late.unwrap().1);
        assert_eq!(store.record_choice(99, &choosing, 50).await.unwrap(), None);
        let history = store.candidate_history(kept.id).await.unwrap();
        let lines: Vec<_> = history
            .iter()
            .map(|line| (line.at_s, line.who.as_str()))
            .collect();
        assert_eq!(lines, [(40, "Ada")]);
        let found = store.find_candidate(kept.id).await.unwrap().unwrap();
        assert_eq!(
            (found.state, found.draft.as_deref()),
            (State::Taken, Some("004.md"))
        );
    });
}

#[test]
fn the_program_works_with_a_server() {
    let Some(trial) = block_on(Trial::postgres()) else {
        return;
    };
    let world = World::new(1);
    let config = world.read("press.toml");
    world.write("press.toml", format!("{config}\n{}", trial.toml()));
    block_on(trial.record_candidates(&[candidate("a.example")], 10)).unwrap();
    let shown = world.press(&["inbox"]).succeeds();
    assert!(shown.out.contains("https://a.example"), "{shown:?}");
    // The environment comes first.
    let other = block_on(Trial::postgres()).unwrap();
    let Database::Postgres(url) = &other.database else {
        panic!("{other:?}")
    };
    let mut command = world.command(&["inbox"]);
    let run = command
        .env("PRESS_DATABASE_URL", url.expose())
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(run.stderr).unwrap().trim(),
        "0 candidates"
    );
}

#[test]
fn passwords_are_not_kept_in_the_configuration_and_never_shown() {
    let world = World::new(1);
    let config = world.read("press.toml");
    let store = "[store]\nurl = \"postgres://ada:hunter2@127.0.0.1:1/weekly\"\n";
    world.write("press.toml", format!("{config}\n{store}"));
    let run = world
        .press(&["inbox"])
        .refuses(&["here stands a password", "PGPASSWORD"]);
    assert!(!format!("{run:?}").contains("hunter2"), "{run:?}");

    world.write("press.toml", config);
    let mut command = world.command(&["inbox"]);
    command.env(
        "PRESS_DATABASE_URL",
        "postgres://ada:hunter2@127.0.0.1:1/weekly?password=hunter2",
    );
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("postgres://ada@127.0.0.1:1/weekly cannot be reached"),
        "{said}"
    );
    assert!(!said.contains("hunter2"), "{said}");
    command.env("PRESS_DATABASE_URL", "mysql:hunter2");
    let said = String::from_utf8(command.output().unwrap().stderr).unwrap();
    assert!(said.contains("postgres://USER@HOST/DATABASE"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn a_server_that_does_not_know_us_says_why() {
    let Some((mut cluster, _)) = of_its_own() else {
        return;
    };
    let at = |name: &str| Database::Postgres(DatabaseUrl::new(&cluster.url(name)).unwrap());
    block_on(async {
        let said = refused(&at("nothing")).await;
        assert!(
            said.contains("does not exist") && said.contains("createdb"),
            "{said}"
        );
        let open = at("postgres");
        let make =
            "CREATE ROLE guest LOGIN; CREATE ROLE nologin; REVOKE ALL ON SCHEMA public FROM public";
        tamper(&open, make).await;
        let with = |user: &str| {
            let url = cluster
                .url("postgres")
                .replace("press@", &format!("{user}@"));
            Database::Postgres(DatabaseUrl::new(&url).unwrap())
        };
        let said = refused(&with("nologin")).await;
        assert!(said.contains("refused the login"), "{said}");
        let said = refused(&with("guest")).await;
        assert!(
            said.contains("may not be used") && said.contains("GRANT"),
            "{said}"
        );
    });
    let away = at("postgres");
    cluster.stop();
    let said = block_on(refused(&away));
    assert!(
        said.contains("cannot be reached") && said.contains("see whether it runs"),
        "{said}"
    );
}

#[test]
fn a_server_that_goes_away_and_comes_back_is_survived() {
    let Some((mut cluster, database)) = of_its_own() else {
        return;
    };
    block_on(async {
        let store = Store::open(&database).await.unwrap();
        store
            .record_candidates(&[candidate("a.example")], 1)
            .await
            .unwrap();
        let hasty = Store::open_with(&database, impatient()).await.unwrap();
        for stop in [Cluster::stop, Cluster::crash] {
            stop(&mut cluster);
            let said = hasty.candidates(State::Open).await.unwrap_err().message();
            assert!(said.contains("run the same command again"), "{said}");
            // Who is patient finds it when it is back.
            let waiting = store.clone();
            let reading = tokio::spawn(async move { waiting.candidates(State::Open).await });
            let writing = store.clone();
            let found = [candidate("b.example")];
            let writing = tokio::spawn(async move { writing.record_candidates(&found, 2).await });
            cluster.start_again();
            assert!(!reading.await.unwrap().unwrap().is_empty());
            writing.await.unwrap().unwrap();
            assert_eq!(hasty.candidates(State::Open).await.unwrap().len(), 2);
        }
    });
}

#[test]
fn a_file_that_another_program_writes_is_waited_for() {
    block_on(async {
        let trial = Trial::sqlite().await;
        let hasty = Store::open_with(&trial.database, impatient())
            .await
            .unwrap();
        let url = format!("sqlite://{}", file(&trial.database).display());
        let mut other = sqlx::SqliteConnection::connect(&url).await.unwrap();
        sqlx::raw_sql("BEGIN IMMEDIATE")
            .execute(&mut other)
            .await
            .unwrap();
        let said = hasty
            .record_seen("feed", &[], 1)
            .await
            .unwrap_err()
            .message();
        assert!(said.contains("in use by another program"), "{said}");
        // Reading goes on meanwhile, and whoever is patient writes afterwards.
        hasty.candidates(State::Open).await.unwrap();
        let patient = trial.again().await;
        let found = [candidate("a.example")];
        let writing = tokio::spawn(async move { patient.record_candidates(&found, 1).await });
        tokio::task::yield_now().await;
        sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
        assert_eq!(writing.await.unwrap().unwrap().new, 1);
    });
}

#[test]
fn a_damaged_store_is_refused_and_stays_as_it_is() {
    in_a_folder(async |database| {
        let path = file(database);
        for text in [
            "This is no database, but it is long enough to be one, and somebody may want it back.",
            "x",
        ] {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text.repeat(100)).unwrap();
            let said = Store::open(database).await.unwrap_err().message();
            assert!(
                said.contains("is damaged") && said.contains("move it away"),
                "{said}"
            );
            assert_eq!(fs::read_to_string(path).unwrap(), text.repeat(100));
        }
    });
}

#[test]
fn a_store_that_may_not_be_written_is_told() {
    // Whoever may do everything may write everywhere.
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let world = World::new(1);
    world.write("data", "a file where the folder should be");
    world.write(
        "press.toml",
        format!("{}{SOURCES}", world.read("press.toml")),
    );
    let run = world.press(&["collect"]);
    fails(&run, "cannot make the folder");
    if root {
        println!("as root nothing is read-only: only half is tested");
        return;
    }
    in_a_folder(async |database| {
        let path = file(database);
        use std::os::unix::fs::PermissionsExt;
        Store::open(database).await.unwrap().close().await;
        fs::set_permissions(path, fs::Permissions::from_mode(0o444)).unwrap();
        fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(0o555)).unwrap();
        let store = Store::open(database).await;
        let said = match store {
            Ok(store) => store
                .record_candidates(&[candidate("a.example")], 1)
                .await
                .unwrap_err(),
            Err(error) => error,
        };
        fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(said.message().contains("ls -ld"), "{}", said.message());
    });
}
