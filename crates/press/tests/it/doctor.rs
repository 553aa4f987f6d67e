//! `press doctor`: what is well, doubtful and wrong, with DNS, a relay, a site and a database of the test's own.

use crate::postgres::{Trial, block_on, on_each};
use crate::relay::Relay;
use crate::secure::certified;
use crate::world::World;
use crate::zone::{Says, Zone};
use jiff::{SignedDuration, Timestamp};
use press::config::{Config, Secrets};
use press::dns::{Kind, Record, Resolver};
use press::mail::Mailer;
use press::pipeline::doctor::{Finding, Options, State, examine};
use press::store::{Arrival, Frozen, NewCampaign, Terms};
use press_core::mailbox::EmailAddress;
use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener};
use std::time::Duration;

/// A site that answers everything with "200" and a time so far from ours.
fn site(apart: SignedDuration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer);
            let date = jiff::fmt::rfc2822::to_string(
                &(Timestamp::now() + apart).to_zoned(jiff::tz::TimeZone::UTC),
            );
            let answer = format!(
                "HTTP/1.1 200 OK\r\nDate: {}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
                date.unwrap()
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}")
}

/// A newsletter that mails over a relay, signed, and everything in DNS that it needs.
fn well() -> (World, Zone) {
    let world = World::new(1);
    let text = world.read("press.toml");
    let base = text
        .lines()
        .find(|line| line.starts_with("base-url"))
        .unwrap()
        .to_owned();
    world.edit(
        "press.toml",
        &base,
        &format!("base-url = \"{}\"", site(SignedDuration::ZERO)),
    );
    let relay = Relay::start();
    let text = world.read("press.toml");
    let more = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n[mail]\nfrom = \"Gull <gull@weekly.example>\"\n\
         bounces = \"back@bounces.weekly.example\"\n\
         dkim = [{{ selector = \"s1\", domain = \"weekly.example\", key = \"dkim.pem\" }}]\n\
         [transport]\nkind = \"smtp\"\n[[relay]]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n",
        relay.address.port()
    );
    world.write("press.toml", format!("{text}\n{more}"));
    world
        .press(&["dkim", "--new", world.path("dkim.pem").to_str().unwrap()])
        .succeeds();
    let zone = Zone::start();
    let shown = world.press(&["dkim"]).succeeds().out;
    let key: String = shown
        .lines()
        .skip(1)
        .map(|line| line.trim().trim_matches('"'))
        .collect();
    zone.text("s1._domainkey.weekly.example", &key);
    zone.text(
        "_dmarc.weekly.example",
        "v=DMARC1; p=reject; rua=mailto:dmarc@weekly.example",
    );
    zone.texts(
        "bounces.weekly.example",
        &[
            "v=spf1 include:relays.example -all",
            "some-other-service=17",
        ],
    );
    zone.text("relays.example", "v=spf1 ip4:192.0.2.0/24 ~all");
    zone.mail("bounces.weekly.example", &[(10, "mx.weekly.example")]);
    zone.address("mx.weekly.example", "192.0.2.9");
    zone.pointer("7.2.0.192.in-addr.arpa", "out.relays.example");
    zone.address("out.relays.example", "192.0.2.7");
    (world, zone)
}

fn look(world: &World, zone: &Zone) -> Vec<Finding> {
    let options = Options {
        resolvers: vec![zone.address],
        patience: Some(Duration::from_millis(400)),
        addresses: vec!["192.0.2.7".parse::<IpAddr>().unwrap()],
        offline: false,
    };
    examine(world.folder(), None, &Secrets::given([]), &options).unwrap()
}

fn of<'f>(findings: &'f [Finding], about: &str) -> Vec<&'f Finding> {
    findings
        .iter()
        .filter(|finding| finding.about == about)
        .collect()
}

/// The worst that was found of something.
#[track_caller]
fn worst(findings: &[Finding], about: &str) -> (State, String) {
    let worst = of(findings, about)
        .into_iter()
        .max_by_key(|finding| finding.state);
    let worst = worst.unwrap_or_else(|| panic!("nothing of {about} in {findings:#?}"));
    (worst.state, worst.says.clone())
}

#[track_caller]
fn expects(world: &World, zone: &Zone, about: &str, state: State, said: &str) {
    let findings = look(world, zone);
    let all = of(&findings, about);
    let said = all
        .iter()
        .any(|finding| finding.state == state && finding.says.contains(said));
    assert!(said && worst(&findings, about).0 == state, "{all:#?}");
    if state > State::Skipped {
        let bad = findings
            .iter()
            .filter(|finding| finding.state > State::Skipped);
        assert!(
            bad.clone().all(|finding| finding.help.is_some()),
            "each says what to do"
        );
    }
}

#[test]
fn all_is_well() {
    let (world, zone) = well();
    let resolver = zone.address.to_string();
    let arguments = ["doctor", "--resolver", &resolver, "--address", "192.0.2.7"];
    let run = world.press(&arguments).succeeds();
    assert!(!run.out.contains("warning"), "{}", run.out);
    for said in [
        "127.0.0.1:0 is free",
        "bounces.weekly.example, 1 look-ups",
        "192.0.2.7 may send for bounces.weekly.example",
        "holds the key that signs here",
        "_dmarc.weekly.example asks for `reject`",
        "signature and envelope both stand for weekly.example",
        "mx.weekly.example takes the mail",
        "192.0.2.7 is out.relays.example, and back",
        "agrees with ours",
        "dkim.pem is closed to others",
    ] {
        assert!(run.out.contains(said), "{said}:\n{}", run.out);
    }
    let json = [&arguments[..], &["--format", "json"]].concat();
    let json: serde_json::Value = serde_json::from_str(&world.press(&json).succeeds().out).unwrap();
    let findings = json.as_array().unwrap();
    assert!(findings.len() > 12);
    let known = ["ok", "skipped"];
    assert!(
        findings
            .iter()
            .all(|finding| known.contains(&finding["state"].as_str().unwrap()))
    );
}

#[test]
fn what_is_wrong_ends_with_another_code() {
    let (world, zone) = well();
    zone.mail("bounces.weekly.example", &[(0, "")]);
    let resolver = zone.address.to_string();
    let run = world.press(&["doctor", "--resolver", &resolver]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.contains("wrong    mx"), "{}", run.out);
    let run = world.press(&["doctor", "--offline"]).succeeds();
    assert!(run.out.contains("skipped  dns"), "{}", run.out);
    world.edit("press.toml", "[transport]", "[transprot]");
    let run = world.press(&["doctor", "--offline"]);
    assert_eq!(run.code, Some(1));
    assert!(run.out.contains("wrong    configuration"), "{}", run.out);
}

#[test]
fn spf_is_followed_to_its_end() {
    let (world, zone) = well();
    let domain = "bounces.weekly.example";
    let wrong = |said: &str| expects(&world, &zone, "spf", State::Wrong, said);
    zone.texts(domain, &["v=spf1 -all", "v=spf1 ~all"]);
    wrong("2 SPF records");
    zone.texts(domain, &["v=spf10 -all"]);
    wrong("says nothing about who may send");
    zone.texts(domain, &["v=spf1 ip4:300.1.2.3 -all"]);
    wrong("`ip4:300.1.2.3` in the record");
    zone.texts(domain, &["v=spf1 include:nowhere.example -all"]);
    wrong("nowhere.example is named, and has no SPF record");
    zone.texts(domain, &["v=spf1 ip4:198.51.100.0/24 -all"]);
    wrong("192.0.2.7 may not send");
    zone.texts(
        domain,
        &["v=spf1 a:x1.example a:x2.example mx:x3.example include:relays.example -all"],
    );
    wrong("3 look-ups of bounces.weekly.example find nothing");
    // Eleven look-ups, none of them at the top.
    zone.texts(domain, &["v=spf1 include:many.example -all"]);
    let includes: Vec<String> = (0..10)
        .map(|at| format!("include:part-{at}.example"))
        .collect();
    zone.text(
        "many.example",
        &format!("v=spf1 {} ~all", includes.join(" ")),
    );
    for at in 0..10 {
        zone.text(
            &format!("part-{at}.example"),
            "v=spf1 ip4:192.0.2.0/24 ~all",
        );
    }
    wrong("takes 11 look-ups; after 10 receivers give up");
    // A circle ends.
    zone.texts(domain, &["v=spf1 redirect=bounces.weekly.example"]);
    wrong("receivers give up");
    zone.texts(domain, &["v=spf1 redirect=relays.example"]);
    expects(&world, &zone, "spf", State::Ok, "");
    zone.texts(domain, &["v=spf1 mx/24 ?all"]);
    expects(&world, &zone, "spf", State::Ok, "");
    zone.texts(domain, &["v=spf1 ?all"]);
    expects(
        &world,
        &zone,
        "spf",
        State::Warning,
        "says nothing about 192.0.2.7",
    );
    zone.says("relays.example", Says::Failure);
    zone.texts(domain, &["v=spf1 include:relays.example -all"]);
    let findings = look(&world, &zone);
    let unknown = of(&findings, "spf")
        .into_iter()
        .any(|finding| finding.says.contains("SERVFAIL"));
    assert!(unknown, "{findings:#?}");
}

#[test]
fn keys_are_compared_with_what_signs() {
    let (world, zone) = well();
    let name = "s1._domainkey.weekly.example";
    let good = world.press(&["dkim"]).succeeds().out;
    let good: String = good
        .lines()
        .skip(1)
        .map(|line| line.trim().trim_matches('"'))
        .collect();
    let cases = [
        (
            "v=DKIM1; k=ed25519; p=AAAA".to_owned(),
            State::Wrong,
            "another key",
        ),
        (
            "v=DKIM1; k=ed25519; p=".to_owned(),
            State::Wrong,
            "taken back",
        ),
        (format!("{good}; h=sha1"), State::Wrong, "SHA-256"),
        (format!("{good}; t=y"), State::Warning, "only tried"),
        ("hello".to_owned(), State::Wrong, "holds no key"),
    ];
    for (text, state, said) in cases {
        zone.text(name, &text);
        expects(&world, &zone, "dkim", state, said);
    }
    zone.says(name, Says::Noise);
    expects(&world, &zone, "dkim", State::Wrong, "holds no key");
    zone.says(name, Says::Silence);
    expects(
        &world,
        &zone,
        "dkim",
        State::Warning,
        "did not answer in time",
    );
    zone.texts(name, &[&good, &good]);
    expects(&world, &zone, "dkim", State::Wrong, "several keys");
}

#[test]
fn policies_and_what_agrees_with_them() {
    let (world, zone) = well();
    let (policy, rua) = ("_dmarc.weekly.example", "rua=mailto:d@weekly.example");
    zone.text(policy, &format!("v=DMARC1; p=none; {rua}"));
    expects(&world, &zone, "dmarc", State::Warning, "asks for `none`");
    zone.text(policy, "v=DMARC1; p=reject");
    expects(&world, &zone, "dmarc", State::Warning, "nobody hears");
    zone.texts(policy, &["v=DMARC1; p=none", "v=DMARC1; p=reject"]);
    expects(&world, &zone, "dmarc", State::Wrong, "2 records");
    zone.text(policy, "nothing");
    expects(&world, &zone, "dmarc", State::Wrong, "has no policy");
    // A strict policy: the envelope is at another name, the signature is not.
    zone.text(policy, &format!("v=DMARC1; p=reject; aspf=s; {rua}"));
    expects(
        &world,
        &zone,
        "alignment",
        State::Ok,
        "the envelope alone would not",
    );
    // The envelope's domain says that it is an organization of its own.
    zone.text(policy, &format!("v=DMARC1; p=reject; {rua}"));
    zone.text("_dmarc.bounces.weekly.example", "v=DMARC1; p=none; psd=n");
    expects(
        &world,
        &zone,
        "alignment",
        State::Ok,
        "the envelope alone would not",
    );
    world.edit(
        "press.toml",
        "domain = \"weekly.example\"",
        "domain = \"other.example\"",
    );
    expects(&world, &zone, "alignment", State::Wrong, "mail fails DMARC");
    zone.says(
        "_dmarc.bounces.weekly.example",
        Says::Alias("nothing.example", true),
    );
    expects(
        &world,
        &zone,
        "alignment",
        State::Warning,
        "lost when mail is forwarded",
    );
}

#[test]
fn bounces_and_machines_have_names_that_lead_somewhere() {
    let (world, zone) = well();
    zone.mail("bounces.weekly.example", &[]);
    expects(&world, &zone, "mx", State::Wrong, "names nobody");
    zone.mail("bounces.weekly.example", &[(10, "gone.example")]);
    expects(&world, &zone, "mx", State::Wrong, "has no address");
    zone.pointer("7.2.0.192.in-addr.arpa", "liar.example");
    expects(&world, &zone, "ptr", State::Wrong, "does not lead back");
    zone.says("7.2.0.192.in-addr.arpa", Says::Addresses(Vec::new()));
    expects(&world, &zone, "ptr", State::Wrong, "has no name");
}

#[test]
fn dns_is_believed_only_if_it_answers_the_question() {
    let zone = Zone::start();
    let resolver = Resolver::new(vec![zone.address], Duration::from_millis(400));
    let ask = |name: &str, kind| block_on(resolver.find(name, kind));
    let text = |text: &str| Ok(vec![Record::Text(Some(text.to_owned()))]);
    let long = "x".repeat(900);
    zone.text("long.example", &long);
    assert_eq!(ask("Long.Example.", Kind::Txt), text(&long));
    assert_eq!(
        zone.asked(),
        ["udp long.example TXT", "tcp long.example TXT"]
    );
    zone.says(
        "forged.example",
        Says::Forged(Box::new(Says::Texts(vec!["right".to_owned()], 2))),
    );
    assert_eq!(ask("forged.example", Kind::Txt), text("right"));
    zone.says("one.example", Says::Alias("forged.example", false));
    zone.says("two.example", Says::Alias("long.example", true));
    assert_eq!(
        ask("one.example", Kind::Txt),
        text("right"),
        "asked for again"
    );
    assert_eq!(ask("two.example", Kind::Txt), text(&long), "it came along");
    zone.says("circle.example", Says::Alias("circle.example", false));
    zone.says("there.example", Says::Alias("back.example", false));
    zone.says("back.example", Says::Alias("there.example", false));
    assert!(
        ask("there.example", Kind::Txt)
            .unwrap_err()
            .to_string()
            .contains("without end")
    );
    assert_eq!(ask("circle.example", Kind::Txt), Ok(Vec::new()));
    assert_eq!(ask("nowhere.example", Kind::A), Ok(Vec::new()));
    zone.says("noise.example", Says::Noise);
    assert_eq!(
        ask("noise.example", Kind::Txt),
        Ok(vec![Record::Text(None)])
    );
    zone.says("broken.example", Says::Failure);
    assert!(
        ask("broken.example", Kind::A)
            .unwrap_err()
            .to_string()
            .contains("SERVFAIL")
    );
    let before = zone.asked().len();
    zone.says("silent.example", Says::Silence);
    assert!(
        ask("silent.example", Kind::A)
            .unwrap_err()
            .to_string()
            .contains("in time")
    );
    assert_eq!(zone.asked().len() - before, 2, "it was asked twice");
    assert!(ask(&"a".repeat(300), Kind::A).is_err());
    // Where one resolver is silent the next one is asked.
    let silent = Zone::start();
    silent.says("long.example", Says::Silence);
    let both = Resolver::new(
        vec![silent.address, zone.address],
        Duration::from_millis(400),
    );
    assert_eq!(block_on(both.find("long.example", Kind::Txt)), text(&long));
}

#[test]
fn a_certificate_is_seen_to_end() {
    let relay = certified("relay.pem").start();
    let authority = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/tls/relay-ca.pem");
    let world = World::new(1);
    let text = world.read("press.toml");
    let more = format!(
        "[transport]\nkind = \"smtp\"\n[[relay]]\nhost = \"localhost\"\nport = {}\nca-file = \"{authority}\"\n",
        relay.address.port()
    );
    world.write("press.toml", format!("{text}\n{more}"));
    let config = Config::load(world.folder(), None).unwrap();
    let mailer = Mailer::new(&config.transport, &Secrets::given([])).unwrap();
    block_on(mailer.probe()).unwrap();
    block_on(mailer.probe_ahead(Duration::from_secs(86_400))).unwrap();
    let long = Duration::from_secs(400 * 365 * 86_400);
    let said = block_on(mailer.probe_ahead(long)).unwrap_err().message();
    assert!(said.contains("it has expired"), "{said}");
}

#[test]
fn clocks_that_differ_are_told() {
    let (world, zone) = well();
    let text = world.read("press.toml");
    let base = text
        .lines()
        .find(|line| line.starts_with("base-url"))
        .unwrap()
        .to_owned();
    world.edit(
        "press.toml",
        &base,
        &format!("base-url = \"{}\"", site(SignedDuration::from_mins(-5))),
    );
    expects(&world, &zone, "clock", State::Wrong, "apart");
}

#[test]
fn a_place_that_is_taken_is_asked_who_it_is() {
    let (world, zone) = well();
    let here = site(SignedDuration::ZERO);
    let place = here.trim_start_matches("http://");
    world.edit(
        "press.toml",
        "listen = \"127.0.0.1:0\"",
        &format!("listen = \"{place}\""),
    );
    expects(
        &world,
        &zone,
        "server",
        State::Ok,
        "answers that it is well",
    );
    world.edit(
        "press.toml",
        "listen = ",
        "trusted-proxies = [\"0.0.0.0/0\"]\nlisten = ",
    );
    expects(&world, &zone, "proxies", State::Wrong, "trusts everybody");
    let relay = Relay::start();
    world.edit("press.toml", place, &relay.address.to_string());
    expects(&world, &zone, "server", State::Wrong, "somebody listens");
}

#[test]
fn a_database_that_nobody_works_on_is_told() {
    on_each(async |trial| {
        let world = World::new(1);
        let text = world.read("press.toml");
        world.write("press.toml", format!("{text}\n{}", trial.toml()));
        let look = async || {
            let folder = world.folder().to_owned();
            let options = Options {
                offline: true,
                ..Options::default()
            };
            let looking = move || examine(&folder, None, &Secrets::given([]), &options);
            tokio::task::spawn_blocking(looking).await.unwrap().unwrap()
        };
        let findings = look().await;
        assert_eq!(worst(&findings, "database").0, State::Ok, "{findings:#?}");
        assert!(worst(&findings, "database").1.contains(trial.name()));
        assert_eq!(
            worst(&findings, "worker"),
            (State::Ok, "none runs, and nothing waits".to_owned())
        );
        freeze(trial).await;
        let findings = look().await;
        assert_eq!(
            worst(&findings, "worker"),
            (
                State::Wrong,
                "1 campaigns wait to be sent, and nobody sends".to_owned()
            )
        );
        let worker = trial.store.enlist("a test", 1).await.unwrap();
        assert_eq!(worst(&look().await, "worker").0, State::Warning);
        trial.store.dismiss(worker).await.unwrap();
    });
}

async fn freeze(trial: &Trial) {
    let mut receiving = trial.store.receive(Terms::default()).await.unwrap();
    let address = EmailAddress::parse("ada@host.example").unwrap();
    receiving
        .add(vec![Arrival::confirmed(address, "weekly", 1)])
        .await
        .unwrap();
    receiving.commit().await.unwrap();
    let variants = [("[null,null,false]".to_owned(), b"words".to_vec())];
    let new = NewCampaign {
        issue: "12",
        title: "Gulls 12",
        list: "weekly",
        digest: "d",
        start_s: 100,
        slice: 0,
        variants: &variants,
        expected: 1,
    };
    let frozen = trial.store.record_campaign(&new, 100).await.unwrap();
    assert!(matches!(frozen, Frozen::Yes(_)));
}

#[cfg(unix)]
#[test]
fn a_damaged_or_open_database_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let (world, zone) = well();
    world.press(&["subscribers", "list"]).succeeds();
    let file = world.path("data/press.sqlite");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "a new one is private");
    expects(
        &world,
        &zone,
        "permissions",
        State::Ok,
        "is closed to others",
    );
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    expects(
        &world,
        &zone,
        "permissions",
        State::Wrong,
        "everybody on this machine may open",
    );
    // The middle of the file, where tables and their indexes are.
    let mut bytes = std::fs::read(&file).unwrap();
    let (start, end) = (bytes.len() / 2, bytes.len() - 4096);
    bytes[start..end].fill(0xa5);
    std::fs::write(&file, bytes).unwrap();
    expects(&world, &zone, "database", State::Wrong, "damaged");
}
