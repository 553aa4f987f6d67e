//! The audience: files in and out, one person at a time, and that nobody comes back who must not. All on each database.

use crate::postgres::{Trial, block_on, of_its_own, on_each, stores};
use crate::world::{Run, World, wait_for};
use press::config::Config;
use press::pipeline::subscribers::{EmailAddress, Filter, Listed, Reason, SubscriptionState};
use press::store::{Arrival, Change, Return, ReturnedMail, Store, Terms, is_token};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::process::{Command, Stdio};

/// A newsletter with its database somewhere.
struct Club {
    world: World,
    trial: Trial,
}

impl Club {
    fn new(trial: Trial) -> Club {
        let world = World::empty();
        world.write("press.toml", format!("{CONFIG}\n{}", trial.toml()));
        Club { world, trial }
    }

    fn press(&self, arguments: &[&str]) -> Run {
        let mut all = vec!["subscribers"];
        all.extend(arguments);
        self.world.press(&all)
    }

    /// Imports a file of this name and content.
    fn import(&self, name: &str, content: impl AsRef<[u8]>, arguments: &[&str]) -> Run {
        self.world.write(name, content);
        let path = self.world.path(name).display().to_string();
        let mut all = vec!["import", &path];
        all.extend(arguments);
        self.press(&all)
    }

    /// Everybody: address, list, state and name.
    fn everybody(&self) -> Vec<String> {
        let line = |listed: &Listed| {
            let name = listed.subscriber.name.clone().unwrap_or_default();
            let suppressed = listed.suppression.map_or("", |(reason, _)| reason.name());
            let (who, what) = (&listed.subscriber.address, &listed.subscription);
            let line = format!(
                "{} {} {} {name} {suppressed}",
                who.expose(),
                what.list,
                what.state.name()
            );
            line.trim().to_owned()
        };
        self.listed().iter().map(line).collect()
    }

    fn listed(&self) -> Vec<Listed> {
        block_on(listed(&self.trial))
    }

    fn stats(&self) -> serde_json::Value {
        let run = self.press(&["stats", "--format", "json"]).succeeds();
        serde_json::from_str(&run.out).unwrap()
    }

    fn consents(&self, address: &str) -> Vec<(String, String, String)> {
        block_on(async {
            let address = EmailAddress::parse(address).unwrap();
            let found = self.trial.find_subscriber(&address).await.unwrap().unwrap();
            let consents = self.trial.consents(found.id).await.unwrap();
            let source = |source: Option<String>| source.unwrap_or_default();
            let of = |consent: press::store::Consent| {
                (
                    consent.state.name().to_owned(),
                    consent.how,
                    source(consent.source),
                )
            };
            consents.into_iter().map(of).collect()
        })
    }
}

const CONFIG: &str = r#"[newsletter]
name = "The Weekly Gull"
description = "News of gulls."
base-url = "https://gull.example"

[[list]]
id = "weekly"

[[list]]
id = "jobs"
name = "Jobs for gulls"
"#;

async fn listed(store: &Store) -> Vec<Listed> {
    let mut all = Vec::new();
    let tell = |listed| {
        all.push(listed);
        Ok(true)
    };
    store
        .each_subscription(Filter::default(), tell)
        .await
        .unwrap();
    all
}

/// The same story on each database.
fn told_on_each(story: impl Fn(&Club)) {
    for trial in block_on(stores()) {
        println!("on {}", trial.name());
        story(&Club::new(trial));
    }
}

fn on_sqlite() -> Club {
    Club::new(block_on(Trial::sqlite()))
}

#[test]
fn columns_come_in_any_order_delimiter_and_encoding() {
    told_on_each(|club| {
        let utf16 = "name\temail\tstatus\r\nBj\u{f6}rk\tb@gull.example\tconfirmed\r\n";
        let utf16: Vec<u8> = utf16.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let files: [(&str, Vec<u8>, &str); 4] = [
            (
                "plain.csv",
                b"status,E-Mail,Name\nsubscribed,a@gull.example,\"Ada, Countess\"\n".to_vec(),
                "",
            ),
            (
                "bom.csv",
                [b"\xff\xfe".to_vec(), utf16].concat(),
                "UTF-16LE",
            ),
            (
                "latin.csv",
                b"first_name;last_name;mail;status\nJos\xe9;Pe\xf1a;c@gull.example;pending\n"
                    .to_vec(),
                "windows-1252",
            ),
            (
                "utf8.csv",
                "\u{feff}email,name,status\n\nd@gull.example,Ð\u{f3}ra,unsubscribed\n"
                    .as_bytes()
                    .to_vec(),
                "",
            ),
        ];
        for (name, content, encoding) in files {
            let run = club.import(name, content, &[]).succeeds();
            assert!(
                run.err.contains("1 subscription new (1 new person)"),
                "{run:?}"
            );
            assert_eq!(run.err.contains("read as"), !encoding.is_empty(), "{run:?}");
            assert!(run.err.contains(encoding), "{run:?}");
        }
        assert_eq!(
            club.everybody(),
            [
                "a@gull.example weekly confirmed Ada, Countess",
                "b@gull.example weekly confirmed Bj\u{f6}rk",
                "c@gull.example weekly unconfirmed Jos\u{e9} Pe\u{f1}a",
                "d@gull.example weekly unsubscribed Ð\u{f3}ra",
            ]
        );
        let tokens: HashSet<String> = club
            .listed()
            .into_iter()
            .map(|one| one.subscriber.token)
            .collect();
        assert_eq!(tokens.len(), 4);
        assert!(tokens.iter().all(|token| is_token(token)), "{tokens:?}");
    });
}

/// The columns of Mailchimp's exports that matter, and some that do not.
fn mailchimp(kind: &str, address: &str) -> String {
    let (header, field) = match kind {
        "unsubscribed" => (",UNSUB_TIME,UNSUB_REASON", ",2023-05-06 07:08:09,NORMAL"),
        "cleaned" => (",CLEAN_TIME", ",2023-05-06 07:08:09"),
        _ => ("", ""),
    };
    format!(
        "\"Email Address\",\"First Name\",\"Last Name\",Regions,OPTIN_TIME,CONFIRM_TIME{header},REGION,LEID,EUID,TAGS\n\
         {address},Ada,Love,\"Europe, Asia\\, Pacific\",\"2021-02-03 04:05:06\",\"2021-02-03 05:05:06\"{field},BE,1,ab,\"\"\"x\"\"\"\n"
    )
}

#[test]
fn what_mailchimp_exports_keeps_its_meaning() {
    told_on_each(|club| {
        for kind in ["subscribed", "unsubscribed", "cleaned", "nonsubscribed"] {
            let name = format!("{kind}_email_audience_export_0815.csv");
            let run = club.import(&name, mailchimp(kind, &format!("{kind}@gull.example")), &[]);
            let run = run.succeeds();
            assert!(
                run.err.contains("nothing was taken from the columns"),
                "{run:?}"
            );
            assert_eq!(
                run.err.contains("1 address are now suppressed"),
                kind == "cleaned",
                "{run:?}"
            );
        }
        assert_eq!(
            club.everybody(),
            [
                "subscribed@gull.example weekly confirmed Ada Love",
                "unsubscribed@gull.example weekly unsubscribed Ada Love",
                "nonsubscribed@gull.example weekly unconfirmed Ada Love",
            ]
        );
        let listed = club.listed();
        assert_eq!(listed[0].subscriber.regions, ["Europe", "Asia, Pacific"]);
        let what = &listed[1].subscription;
        let at = |text: &str| Some(text.parse::<jiff::Timestamp>().unwrap().as_second());
        assert_eq!(Some(what.created_s), at("2021-02-03T04:05:06Z"));
        assert_eq!(what.confirmed_s, at("2021-02-03T05:05:06Z"));
        assert_eq!(what.unsubscribed_s, at("2023-05-06T07:08:09Z"));
        let source = "subscribed_email_audience_export_0815.csv";
        let told = (
            "confirmed".to_owned(),
            "import".to_owned(),
            source.to_owned(),
        );
        assert_eq!(club.consents("subscribed@gull.example"), [told]);
        // The address that was cleaned is kept out, in whatever letters.
        let run = club.import(
            "again.csv",
            "email,status\nCleaned@gull.example,confirmed\n",
            &[],
        );
        assert!(
            run.err
                .contains("1 row kept out: suppressed after a hard bounce"),
            "{run:?}"
        );
        assert_eq!(club.listed().len(), 3);
        // A name that says nothing leaves the question open.
        let run = club.import("people.csv", mailchimp("subscribed", "e@gull.example"), &[]);
        run.refuses(&[
            "does not say whether these people confirmed",
            "--status confirmed",
        ]);
    });
}

#[test]
fn what_listmonk_exports_keeps_its_meaning() {
    told_on_each(|club| {
        let header = "uuid,email,name,attributes,status,created_at,updated_at\n";
        let row = |name: &str, status: &str| {
            format!(
                "0f8fad5b-d9cb-469f-a165-70867728950e,{name}@gull.example,{name},\
                 \"{{\"\"language\"\": \"\"de\"\", \"\"regions\"\": [\"\"Europe\"\"]}}\",{status},\
                 2022-03-04T05:06:07.123456Z,2022-03-05T05:06:07Z\n"
            )
        };
        let file = format!(
            "{header}{}{}{}",
            row("ada", "enabled"),
            row("bob", "disabled"),
            row("cy", "blocklisted")
        );
        let run = club.import("subscribers.csv", &file, &[]);
        run.refuses(&["does not say whether", "nothing was imported"]);
        assert!(club.listed().is_empty());
        club.import(
            "subscribers.csv",
            &file,
            &["--status", "confirmed", "--list", "jobs"],
        )
        .succeeds();
        assert_eq!(
            club.everybody(),
            [
                "ada@gull.example jobs confirmed ada",
                "bob@gull.example jobs unsubscribed bob"
            ]
        );
        let ada = &club.listed()[0].subscriber;
        assert_eq!(
            (ada.language.as_deref(), ada.regions.as_slice()),
            (Some("de"), ["Europe".to_owned()].as_slice())
        );
        assert_eq!(club.stats()["suppressed"][0]["name"], "manual");
        // With the lists beside, they say it.
        let lists = "email,status,attributes,uuid,lists\nd@gull.example,enabled,{},1,\"[{\"\"name\"\": \"\"Weekly\"\", \
                     \"\"subscription_status\"\": \"\"unconfirmed\"\"}]\"\n";
        club.import("lists.csv", lists, &[]).succeeds();
        assert!(
            club.everybody()
                .contains(&"d@gull.example weekly unconfirmed".to_owned())
        );
    });
}

#[test]
fn rows_that_cannot_be_taken_are_told_and_hold_nobody_up() {
    told_on_each(|club| {
        let huge = "x".repeat(10 << 20);
        let file = format!(
            "email,name,status,created_at\n\
             a@gull.example,Ada,confirmed,2020-01-01\n\
             not an address,Bob,confirmed,\n\
             c\u{7}@gull.example,Cy,confirmed,\n\
             \"d\nBcc: x@y.example\",Dee,confirmed,\n\
             e@gull.example,Eve,hesitant,\n\
             f@gull.example,Fay,confirmed,soon\n\
             g@gull.example,Gil\n\
             h@gull.example,{huge},confirmed,\n\
             \"i@gull.example\",\"Ida\r\nX-Header: 1\t\",confirmed,\n\
             @gull.example,,confirmed,\n\
             A@GULL.example,Second,confirmed,\n\
             a@GULL.example,Third,unsubscribed,\n"
        );
        let dry = club.import("people.csv", &file, &["--dry-run", "--format", "json"]);
        assert_eq!(dry.code, Some(1), "{dry:?}");
        assert!(club.listed().is_empty());
        let run = club.import("people.csv", &file, &["--format", "json"]);
        assert_eq!(run.out, dry.out);
        let said: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        let number = |key: &str| said[key].as_u64().unwrap();
        assert_eq!(
            (number("rows"), number("rejected"), number("duplicates")),
            (12, 8, 1)
        );
        assert_eq!((number("people"), number("subscriptions")), (3, 3));
        assert_eq!(
            club.everybody(),
            [
                "A@GULL.example weekly confirmed Second",
                "a@gull.example weekly unsubscribed Ada",
                "i@gull.example weekly confirmed Ida X-Header: 1",
            ]
        );
        let rejected = club.world.read("people.rejected.csv");
        let mut rows = csv::Reader::from_reader(rejected.as_bytes());
        let rows = rows.records().map(|row| row.unwrap());
        let told: Vec<String> = rows
            .map(|row| format!("{}: {}", &row[0], &row[1]))
            .collect();
        assert_eq!(
            told,
            [
                "3: the address has a space or an invisible character in it",
                "4: the address has a space or an invisible character in it",
                "5: the address has a space or an invisible character in it",
                "7: nobody knows the status `hesitant`",
                "8: `soon` is no moment; one is written 2026-11-21 17:05:00",
                "9: it has 2 fields, the first row has 4",
                "10: a field is longer than 64 KiB",
                "13: nothing stands before the @",
            ]
        );
        assert!(rejected.len() < 10_000, "{}", rejected.len());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(club.world.path("people.rejected.csv")).unwrap();
            assert_eq!(mode.permissions().mode() & 0o077, 0);
        }
    });
}

#[test]
fn what_is_no_list_of_people_is_refused() {
    let club = on_sqlite();
    let cases: [(&str, Vec<u8>, &str); 8] = [
        ("empty.csv", Vec::new(), "is empty"),
        (
            "sheet.csv",
            b"PK\x03\x04\x14\0\x06\0".to_vec(),
            "save the sheet as CSV",
        ),
        (
            "binary.csv",
            b"email,name\n\0\0\0\0\x01\x02".to_vec(),
            "is no text",
        ),
        (
            "names.csv",
            b"name,town\nAda,London\n".to_vec(),
            "has no column of addresses",
        ),
        (
            "letter.csv",
            b"Dear Ada,\nhow are you?\n".to_vec(),
            "has no column of addresses",
        ),
        (
            "silent.csv",
            b"email\na@gull.example\n".to_vec(),
            "does not say whether",
        ),
        (
            "open.csv",
            [
                b"email,status\na@gull.example,\"".to_vec(),
                vec![b'x'; 40 << 20],
            ]
            .concat(),
            "a quotation mark is opened and never closed",
        ),
        ("bom.csv", b"\xef\xbb\xbf".to_vec(), "is empty"),
    ];
    for (name, content, why) in cases {
        club.import(name, content, &[]).refuses(&[why]);
    }
    club.press(&["import", "nowhere.csv"])
        .refuses(&["cannot read nowhere.csv"]);
    club.press(&["import", "."]).refuses(&["is no file"]);
    let run = club.import(
        "a.csv",
        "email\na@gull.example\n",
        &["--status", "confirmed", "--list", "job"],
    );
    run.refuses(&["there is no list `job`", "did you mean `jobs`?"]);
    assert!(club.listed().is_empty());
}

#[test]
fn importing_again_changes_nothing_and_brings_nobody_back() {
    told_on_each(|club| {
        let file = "email,status\na@gull.example,confirmed\nb@gull.example,unconfirmed\n";
        club.import("people.csv", file, &[]).succeeds();
        let run = club.import("people.csv", file, &[]).succeeds();
        assert!(
            run.err
                .contains("0 subscriptions new (0 new people), 0 changed, 2 as they were"),
            "{run:?}"
        );
        assert_eq!(club.consents("a@gull.example").len(), 1);
        club.press(&["remove", "a@gull.example"]).succeeds();
        let run = club.import("people.csv", file, &[]).succeeds();
        assert!(run.err.contains("1 subscription stay ended"), "{run:?}");
        assert_eq!(club.everybody()[0], "a@gull.example weekly unsubscribed");
        let later = "email,status\nb@gull.example,confirmed\n";
        let run = club.import("later.csv", later, &[]).succeeds();
        assert!(run.err.contains("1 changed"), "{run:?}");
        assert_eq!(club.everybody()[1], "b@gull.example weekly confirmed");
        let run = club.import(
            "people.csv",
            file,
            &["--resubscribe", "they asked at the meeting"],
        );
        assert!(run.succeeds().err.contains("1 changed"));
        assert_eq!(club.everybody()[0], "a@gull.example weekly confirmed");
        let consents = club.consents("a@gull.example");
        let states: Vec<&str> = consents.iter().map(|consent| consent.0.as_str()).collect();
        assert_eq!(states, ["confirmed", "unsubscribed", "confirmed"]);
        assert_eq!(consents[2].2, "people.csv: they asked at the meeting");
        // Who is unconfirmed in a file stays confirmed here.
        club.import("people.csv", file, &[]).succeeds();
        assert_eq!(club.everybody()[1], "b@gull.example weekly confirmed");
    });
}

#[test]
fn who_is_erased_is_gone_and_stays_away() {
    told_on_each(|club| {
        let file = "email,name,status\nada.lovelace@gull.example,Ada Lovelace,confirmed\nb@gull.example,Bob,confirmed\n";
        club.import("people.csv", file, &[]).succeeds();
        let run = club
            .press(&["erase", "Ada.Lovelace@gull.example"])
            .succeeds();
        assert!(
            run.err.contains("nothing was known"),
            "small and large letters make two addresses: {run:?}"
        );
        let run = club
            .press(&["erase", "ada.lovelace@gull.example"])
            .succeeds();
        assert!(run.err.contains("erased"), "{run:?}");
        assert!(!format!("{run:?}").contains("lovelace@"), "{run:?}");
        let run = club
            .import("people.csv", file, &["--resubscribe", "none"])
            .succeeds();
        assert!(
            run.err
                .contains("1 row kept out: suppressed after being erased"),
            "{run:?}"
        );
        let run = club.import(
            "capitals.csv",
            "email,status\nADA.LOVELACE@GULL.EXAMPLE,confirmed\n",
            &[],
        );
        assert!(run.succeeds().err.contains("1 row kept out"));
        assert_eq!(club.everybody(), ["b@gull.example weekly confirmed Bob"]);
        club.press(&["add", "ada.lovelace@gull.example"]).refuses(&[
            "must not be mailed",
            "being erased",
            "--lift",
        ]);
        let exported = club.press(&["export"]).succeeds().out;
        assert!(!exported.contains("lovelace"), "{exported}");
        if let press::config::Database::File(path) = &club.trial.database {
            let bytes = fs::read(path).unwrap();
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            assert!(!text.contains("lovelace"), "the file still has it");
        }
        club.press(&["add", "ada.lovelace@gull.example", "--lift"])
            .succeeds();
        assert_eq!(
            club.everybody()[1],
            "ada.lovelace@gull.example weekly unconfirmed"
        );
    });
}

#[test]
fn one_person_at_a_time() {
    told_on_each(|club| {
        club.press(&["add", "a@gull.example", "--confirmed"])
            .refuses(&["nothing says", "--consent"]);
        club.press(&["add", "a @gull.example"])
            .refuses(&["this is no address", "a space"]);
        let run = club
            .press(&["add", "a@gull.example", "--name", "Ada\nLove"])
            .succeeds();
        assert!(run.err.contains("added, unconfirmed"), "{run:?}");
        let run = club.press(&["add", "a@gull.example"]).succeeds();
        assert!(run.err.contains("nothing changed"), "{run:?}");
        let confirmed = [
            "add",
            "a@gull.example",
            "--confirmed",
            "--consent",
            "wrote to us",
        ];
        assert!(
            club.press(&confirmed)
                .succeeds()
                .err
                .contains("changed: now confirmed")
        );
        club.press(&["add", "a@gull.example", "--list", "jobs"])
            .succeeds();
        let all = [
            "a@gull.example jobs unconfirmed Ada Love",
            "a@gull.example weekly confirmed Ada Love",
        ];
        assert_eq!(club.everybody(), all);
        let told = (
            "confirmed".to_owned(),
            "command".to_owned(),
            "wrote to us".to_owned(),
        );
        assert!(club.consents("a@gull.example").contains(&told));
        let run = club
            .press(&["remove", "a@gull.example", "--list", "jobs"])
            .succeeds();
        assert!(run.err.contains("1 subscription ended"), "{run:?}");
        club.press(&["remove", "b@gull.example"])
            .refuses(&["nobody here has this address: b…@gull.example"]);
        let shown = club.press(&["list"]).succeeds();
        assert!(
            shown.out.contains("a…@gull.example") && !shown.out.contains("Ada"),
            "{shown:?}"
        );
        let shown = club.press(&[
            "list",
            "--expose",
            "--status",
            "confirmed",
            "--domain",
            "GULL.example",
        ]);
        assert!(
            shown.out.contains("weekly  a@gull.example  Ada Love"),
            "{shown:?}"
        );
        assert_eq!(shown.out.lines().count(), 1);
        let shown = club
            .press(&["list", "--format", "json", "--limit", "1"])
            .succeeds();
        let value: serde_json::Value = serde_json::from_str(&shown.out).unwrap();
        assert_eq!(
            (value["address"].as_str(), value["name"].as_str()),
            (Some("a…@gull.example"), None)
        );
        assert!(shown.err.contains("there are more"), "{shown:?}");
        let stats = club.press(&["stats"]).succeeds().out;
        assert_eq!(
            stats,
            "people: 1\nlist jobs: 1 unsubscribed\nlist weekly: 1 confirmed\ndomains: gull.example 1\n"
        );
    });
}

#[test]
fn the_store_counts_bounces_and_knows_hashes() {
    on_each(async |store| {
        let arrival = arrival("a@gull.example");
        store
            .receive_one(&arrival, &Terms::default())
            .await
            .unwrap();
        let found = store
            .find_subscriber(&arrival.address)
            .await
            .unwrap()
            .unwrap();
        let bounced = async |id, now_s| {
            let mail = ReturnedMail {
                id,
                campaign: now_s,
                subscriber: found.id,
                says: Return::Soft,
            };
            store.record_returned(&mail, now_s).await.unwrap()
        };
        assert_eq!(bounced("one", 5).await, Change::Counted(1));
        assert_eq!(bounced("two", 6).await, Change::Counted(2));
        let by_token = store
            .find_subscriber_by_token(&found.token)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((by_token.soft_bounces, by_token.bounced_s), (2, Some(6)));
        // After a long silence, in which mails arrived, it is the first again.
        let later = 6 + 46 * 86_400;
        assert_eq!(bounced("three", later).await, Change::Counted(1));
        let again = store
            .find_subscriber_by_id(found.id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((again.soft_bounces, again.bounced_s), (1, Some(later)));
        assert!(
            store
                .suppress(&found.address, Reason::Complaint, 8)
                .await
                .unwrap()
        );
        assert!(
            !store
                .suppress(&found.address, Reason::Manual, 9)
                .await
                .unwrap()
        );
        let why = store.find_suppression(&found.address).await.unwrap();
        assert_eq!(why, Some((Reason::Complaint, 8)));
        // Another database has another key.
        let hash = store.hasher().await.unwrap().hash(&found.address);
        assert_eq!(
            hash,
            store
                .again()
                .await
                .hasher()
                .await
                .unwrap()
                .hash(&found.address)
        );
        let other = Trial::sqlite().await;
        assert_ne!(hash, other.hasher().await.unwrap().hash(&found.address));
    });
}

fn arrival(address: &str) -> Arrival {
    Arrival {
        line: 1,
        address: EmailAddress::parse(address).unwrap(),
        token: None,
        name: None,
        language: None,
        regions: Vec::new(),
        left_out: Vec::new(),
        text_only: false,
        created_s: 1,
        list: "weekly".to_owned(),
        state: Some(SubscriptionState::Unconfirmed),
        subscribed_s: 1,
        confirmed_s: None,
        unsubscribed_s: None,
        how: "form".to_owned(),
        form_version: None,
        suppression: None,
    }
}

/// People with all that a file can say of them.
fn people() -> impl Strategy<Value = Vec<Arrival>> {
    let words = prop::collection::vec("[A-Za-z,\\\\=é][A-Za-z,\\\\é]{0,6}[a-z]", 0..3);
    let time = prop::option::of(0i64..2_000_000_000);
    let address = (
        "['=+A-Za-z0-9-]{1,6}",
        prop::sample::select(vec!["gull.example", "Bücher.example", "TERN.example"]),
    );
    let times = (0i64..2_000_000_000, time.clone(), time);
    let person = (
        address,
        prop::option::of("['=+@-]{0,2}[^\\p{C}\\p{Z}\u{fffd}]{1,12}"),
        (words.clone(), words, any::<bool>()),
        (
            prop::sample::select(vec!["weekly", "jobs"]),
            0usize..3,
            times,
        ),
        prop::option::of((0usize..4, 0i64..2_000_000_000)),
    );
    let made =
        |(address, name, (regions, left_out, text_only), (list, state, times), suppressed)| {
            let (local, domain): (String, &str) = address;
            let (created, confirmed, unsubscribed): (i64, Option<i64>, Option<i64>) = times;
            let suppressed: Option<(usize, i64)> = suppressed;
            let name: Option<String> = name;
            Arrival {
                name,
                regions,
                left_out,
                text_only,
                created_s: created,
                list: String::from(list),
                state: Some(SubscriptionState::ALL[state]),
                subscribed_s: created,
                confirmed_s: confirmed,
                unsubscribed_s: unsubscribed,
                form_version: confirmed.map(|time| format!("v{time}")),
                suppression: suppressed.map(|(reason, since)| (Reason::ALL[reason], since)),
                ..arrival(&format!("{local}@{domain}"))
            }
        };
    prop::collection::vec(person.prop_map(made), 0..12)
}

/// All that is known, but for the numbers of a database.
async fn known(store: &Store) -> Vec<Listed> {
    let mut all = listed(store).await;
    for one in &mut all {
        one.subscriber.id = 0;
        // A file has one moment for both.
        one.subscriber.created_s = 0;
    }
    all
}

/// Takes in everybody who can be taken in together.
async fn fill(store: &Store, people: Vec<Arrival>) {
    let mut first: BTreeMap<(String, String), Arrival> = BTreeMap::new();
    for one in people {
        first
            .entry((one.address.key(), one.list.clone()))
            .or_insert(one);
    }
    let mut receiving = store.receive(Terms::default()).await.unwrap();
    let people: Vec<Arrival> = first.into_values().collect();
    receiving.add(people).await.unwrap();
    receiving.commit().await.unwrap();
}

/// From one newsletter into another, byte for byte.
fn round_trip(one: &Club, other: &Club, people: Vec<Arrival>) {
    block_on(fill(&one.trial, people));
    let before = block_on(known(&one.trial));
    let config = |club: &Club| Config::load(club.world.folder(), None).unwrap();
    let file = other.world.path("moved.csv");
    press::pipeline::subscribers::export(
        &config(one),
        Filter::default(),
        Some(&file),
        &mut std::io::sink(),
    )
    .unwrap();
    let text = fs::read_to_string(&file).unwrap();
    for field in csv::Reader::from_reader(text.as_bytes()).records() {
        let risky = |field: &str| field.starts_with(['=', '+', '-', '@']);
        assert!(!field.unwrap().iter().any(risky), "{text}");
    }
    let options = press::pipeline::subscribers::ImportOptions {
        file: &file,
        list: None,
        status: None,
        rejected: None,
        resubscribe: None,
        dry_run: false,
        now: jiff::Timestamp::UNIX_EPOCH,
        progress: &|_, _| {},
    };
    let imported = press::pipeline::subscribers::import(&config(other), &options).unwrap();
    assert_eq!(
        imported.rejected,
        0,
        "{}",
        fs::read_to_string(imported.rejected_to.unwrap_or(file)).unwrap()
    );
    assert_eq!(block_on(known(&other.trial)), before, "{text}");
}

#[test]
fn what_is_exported_comes_back_as_it_was() {
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let moved = runner.run(&people(), |people| {
        round_trip(&on_sqlite(), &on_sqlite(), people);
        Ok(())
    });
    moved.unwrap();
    // And from one kind of database to the other.
    let Some(server) = block_on(Trial::postgres()) else {
        return;
    };
    let some = (0..40).map(|at| Arrival {
        name: Some(format!("=Name '{at}'\\, \"x\"")),
        state: Some(SubscriptionState::ALL[at % 3]),
        list: ["weekly", "jobs"][at / 3 % 2].to_owned(),
        suppression: at.is_multiple_of(7).then_some((Reason::Complaint, 9)),
        ..arrival(&format!("reader{}@gull.example", at / 2))
    });
    round_trip(&on_sqlite(), &Club::new(server), some.collect());
}

/// People of all kinds from one number to another, in no order.
fn crowd(from: usize, to: usize, turn: usize) -> Vec<Arrival> {
    let one = |at: usize| Arrival {
        name: (!at.is_multiple_of(3)).then(|| format!("Reader\t{at} \\N")),
        language: at.is_multiple_of(5).then(|| "de".to_owned()),
        regions: vec!["Europe".to_owned(); at % 2],
        text_only: at.is_multiple_of(7),
        state: Some(SubscriptionState::ALL[(at + turn) % 3]),
        created_s: 3,
        subscribed_s: 4,
        confirmed_s: (!at.is_multiple_of(4)).then_some(5),
        unsubscribed_s: (at % 4 == 1).then_some(6),
        form_version: at.is_multiple_of(11).then(|| "v1".to_owned()),
        ..arrival(&format!("Reader{}@gull.example", at * 7_919 % 10_007))
    };
    (from..to).map(one).collect()
}

/// What has come of people who came in so many at once: counts, and all that is known but tokens.
async fn taken_in(trial: &Trial, at_once: usize) -> String {
    let erased = EmailAddress::parse("reader7919@gull.example").unwrap();
    trial.erase(&erased, 1).await.unwrap();
    let mut said = String::new();
    for (from, to) in [(0, 3_000), (1_500, 4_500), (4_500, 6_000)] {
        let terms = Terms {
            source: Some("people.csv".to_owned()),
            now_s: 9,
            ..Terms::default()
        };
        let mut receiving = trial.receive(terms).await.unwrap();
        for some in crowd(from, to, from / 1_500).chunks(at_once) {
            receiving.add(some.to_vec()).await.unwrap();
        }
        said += &format!("{:?}\n", receiving.commit().await.unwrap());
    }
    let mut lines = Vec::new();
    for mut one in known(trial).await {
        assert!(is_token(&one.subscriber.token));
        one.subscriber.token.clear();
        let found = trial.find_subscriber(&one.subscriber.address).await;
        let consents = trial.consents(found.unwrap().unwrap().id).await.unwrap();
        lines.push(format!(
            "{} {one:?} {consents:?}",
            one.subscriber.address.expose()
        ));
    }
    lines.sort();
    said + &lines.join("\n")
}

#[test]
fn many_who_are_new_come_in_as_a_few_do() {
    block_on(async {
        let few = taken_in(&Trial::sqlite().await, 250).await;
        assert!(few.contains("people: 2999") && few.contains("Erased: 1"));
        for at_once in [250, 3_000] {
            for trial in stores().await {
                let many = taken_in(&trial, at_once).await;
                let differs = few
                    .lines()
                    .zip(many.lines())
                    .find(|(few, many)| few != many);
                assert_eq!(differs, None, "{at_once} on {}", trial.name());
                assert_eq!(few.len(), many.len());
            }
        }
    });
}

#[test]
fn a_token_of_somebody_else_is_not_taken() {
    told_on_each(|club| {
        club.press(&["add", "a@gull.example"]).succeeds();
        let exported = club.press(&["export"]).succeeds().out;
        let forged = exported.replace("a@gull.example", "mallory@gull.example");
        let run = club.import("forged.csv", forged, &[]);
        assert_eq!(run.code, Some(1), "{run:?}");
        let told = club.world.read("forged.rejected.csv");
        assert!(
            told.contains("its token stands for somebody else already"),
            "{told}"
        );
        // Nor twice in one file.
        let fresh = exported
            .lines()
            .nth(1)
            .unwrap()
            .replace("a@gull.example", "b@gull.example");
        let token = fresh.rsplit(',').next().unwrap().to_owned();
        let fresh = fresh.replace(&token, &"a".repeat(token.len()));
        let header = exported.lines().next().unwrap();
        let twice = format!("{header}\n{fresh}\n{}\n", fresh.replace("b@gull", "c@gull"));
        let run = club.import("twice.csv", twice, &[]);
        assert_eq!(run.code, Some(1), "{run:?}");
        assert_eq!(club.everybody().len(), 2);
    });
}

/// A file of many, with a row that cannot be taken in the middle of the third batch.
fn many(people: usize) -> String {
    let mut file = "email,name,status\n".to_owned();
    for at in 0..people {
        file.push_str(&format!(
            "reader{at}@town{}.example,Reader {at},confirmed\n",
            at % 90
        ));
        if at == people / 2 {
            file.push_str("nobody,,confirmed\n");
        }
    }
    file
}

#[test]
fn an_import_that_is_killed_has_imported_nobody() {
    told_on_each(|club| {
        club.world.write("people.csv", many(24_000));
        let mut command = club.world.command(&["subscribers", "import"]);
        let path = club.world.path("people.csv");
        let child = command
            .arg(&path)
            .stderr(Stdio::null())
            .stdout(Stdio::null());
        let mut child = child.spawn().unwrap();
        // It says what it cannot take when half is in the store.
        wait_for("the rejected row", || {
            club.world
                .path("people.rejected.csv")
                .exists()
                .then_some(())
        });
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(club.listed().is_empty());
        let run = club.press(&["import", &path.display().to_string()]);
        assert!(run.err.contains("24000 subscriptions new"), "{run:?}");
        assert_eq!(club.stats()["people"], 24_000);
    });
}

#[test]
fn a_server_that_dies_during_an_import_has_taken_in_nobody() {
    let Some((mut cluster, database)) = of_its_own() else {
        return;
    };
    let world = World::empty();
    let press::config::Database::Postgres(url) = &database else {
        panic!("{database:?}")
    };
    world.write(
        "press.toml",
        format!("{CONFIG}\n[store]\nurl = {:?}\n", url.expose()),
    );
    world.write("people.csv", many(24_000));
    let path = world.path("people.csv");
    let mut command = world.command(&["subscribers", "import"]);
    let child = command.arg(&path).stderr(Stdio::piped()).spawn().unwrap();
    wait_for("the rejected row", || {
        world.path("people.rejected.csv").exists().then_some(())
    });
    cluster.crash();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("run the same command again"), "{said}");
    cluster.start_again();
    let stats = world.press(&["subscribers", "stats"]).succeeds();
    assert_eq!(stats.out, "people: 0\n");
    let run = world.press(&["subscribers", "import", &path.display().to_string()]);
    assert!(run.err.contains("24000 subscriptions new"), "{run:?}");
}

#[test]
fn a_full_disk_imports_nobody_and_says_so() {
    if !std::path::Path::new("/dev/full").exists() {
        println!("there is no /dev/full: not tested");
        return;
    }
    let club = on_sqlite();
    let run = club.import("people.csv", many(100), &["--rejected", "/dev/full"]);
    run.refuses(&[
        "cannot write /dev/full",
        "make room",
        "nothing was imported",
    ]);
    assert!(club.listed().is_empty());
    let path = club.world.path("people.csv").display().to_string();
    let run = club.press(&["import", &path, "--rejected", &path]);
    run.refuses(&["would be written over"]);
    assert_eq!(club.world.read("people.csv"), many(100));
    // The database itself may not grow: the shell sets a limit, and has the signal ignored that comes with it.
    club.world.write("many.csv", many(30_000));
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 2000; exec \"$@\"", "sh"]);
    let press = club.world.command(&["subscribers", "import"]);
    limited.arg(press.get_program()).args(press.get_args());
    let output = limited.arg(club.world.path("many.csv")).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("make room on the disk"), "{said}");
    assert!(club.listed().is_empty());
    club.press(&["import", &club.world.path("many.csv").display().to_string()]);
    assert_eq!(club.listed().len(), 30_000);
}
