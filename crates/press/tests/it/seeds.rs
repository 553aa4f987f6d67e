//! Mailboxes of our own, in which the sent issue must arrive as it was meant: a maildir, and a real server of IMAP.
//!
//! The server is Dovecot, started by the test. A machine without it says so and proves less, unless `CI` is set; `.ci/run`
//! installs it.

use crate::sending::import;
use crate::transport::wait;
use crate::world::{World, wait_for};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use press::config::{Config, Secrets};
use press::error::Error;
use press::pipeline::publish::seeds::{Arrival, arrived};
use press::store::Store;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

const MAIL: &str = "[mail]\nfrom = \"Weekly <news@weekly.example>\"\n[transport]\nkind = \"file\"\nfolder = \"outbox\"\n";
const ADDRESS: &str = "reader-1@host-1.example";
const PASSWORD: &str = "open \"sesame\\";

/// A newsletter whose second issue was sent to three people.
fn sent() -> World {
    let world = World::new(2);
    let toml = world.read("press.toml");
    world.write("press.toml", format!("{toml}\n{MAIL}"));
    let people =
        (0..3).map(|number| format!("reader-{number}@host-{number}.example,R,confirmed\n"));
    let people: String = people.collect();
    world.write("people.csv", format!("email,name,status\n{people}"));
    import(&world, "people.csv");
    world.press(&["send", "2", "--confirm", "3"]).succeeds();
    world
}

/// The message that was sent to the seed.
fn message(world: &World) -> String {
    let files = fs::read_dir(world.path("outbox/new")).unwrap().flatten();
    let mut texts = files.map(|file| fs::read_to_string(file.path()).unwrap());
    texts
        .find(|text| text.contains(&format!("To: R <{ADDRESS}>")))
        .unwrap()
}

/// What is seen of the second issue in the first seed of these lines.
fn look(world: &World, lines: &str) -> Result<Arrival, Error> {
    let toml = world.read("press.toml");
    let toml = toml.split("[[seed]]").next().unwrap().to_owned();
    world.write(
        "press.toml",
        format!("{toml}[[seed]]\nname = \"own\"\nminutes = 0\n{lines}\n"),
    );
    let config = Config::load(world.folder(), None).unwrap_or_else(|error| panic!("{error}"));
    wait(async {
        let store = Store::open(&config.store).await.unwrap();
        let campaign = store
            .find_live_campaign("2", "weekly")
            .await
            .unwrap()
            .unwrap();
        let secrets = Secrets::given([("PRESS_IMAP_PASSWORD", PASSWORD)]);
        arrived(&config, &secrets, &store, &campaign, &config.seeds[0]).await
    })
}

fn maildir(folder: &str) -> String {
    format!("address = \"{ADDRESS}\"\nmaildir = \"{folder}\"")
}

/// Puts a mail into a maildir.
fn put(world: &World, folder: &str, mail: &str) {
    for part in ["cur", "tmp"] {
        fs::create_dir_all(world.path(&format!("{folder}/{part}"))).unwrap();
    }
    world.write(&format!("{folder}/new/1.own"), mail);
}

#[test]
fn what_was_sent_is_found_as_it_was_meant() {
    let world = sent();
    let arrival = look(&world, &maildir("outbox")).unwrap();
    assert!(arrival.is_whole(), "{arrival:?}");
    assert_eq!((&*arrival.seed, &*arrival.folder), ("own", "INBOX"));
    assert!(
        arrival.told().starts_with("arrived in INBOX after 0."),
        "{}",
        arrival.told()
    );
}

#[test]
fn what_relays_and_servers_may_do_is_no_fault_and_everything_else_is_told() {
    let world = sent();
    let mail = message(&world);
    let without = |name: &str| {
        let (before, after) = mail.split_once(&format!("\r\n{name}:")).unwrap();
        let end = after.match_indices("\r\n").map(|(at, _)| at);
        let mut end = end.filter(|at| !after[at + 2..].starts_with([' ', '\t']));
        format!("{before}{}", &after[end.next().unwrap()..])
    };
    let id = mail
        .split("Message-ID: <")
        .nth(1)
        .unwrap()
        .split('>')
        .next()
        .unwrap();
    // With and without the line that ends the parts; in the middle of a line that is broken the whole line differs.
    let mut ends = mail[..mail.len() - 900].rmatch_indices("\r\n");
    let end = ends.find(|(at, _)| !mail[..*at].ends_with('=')).unwrap().0;
    let cut = &mail[..end];
    let last = mail.trim_end().rsplit("\r\n").next().unwrap();
    let shorter = format!("{cut}\r\n{last}\r\n");
    for (name, mail, faults) in [
        ("other ends of lines", mail.replace("\r\n", "\n"), &[][..]),
        (
            "another id",
            mail.replace(id, "0100-other@relay.example"),
            &[],
        ),
        (
            "more headers",
            format!("Received: by mx.example; today\r\n{mail}"),
            &[],
        ),
        (
            "another subject",
            mail.replace("Subject: ", "Subject: [SPAM] "),
            &["its subject is “[SPAM]"],
        ),
        (
            "no way out",
            without("List-Unsubscribe"),
            &["List-Unsubscribe is missing"],
        ),
        (
            "no click",
            without("List-Unsubscribe-Post"),
            &["List-Unsubscribe-Post is missing"],
        ),
        (
            "a word",
            mail.replace("Hello", "Hullo"),
            &[
                "the plain text is changed from line",
                "the HTML is changed from line",
            ],
        ),
        ("cut off", cut.to_owned(), &["the HTML"]),
        ("shorter", shorter, &["the HTML ends after"]),
        (
            "no HTML",
            mail.replace("Content-Type: text/html", "Content-Type: text/plain"),
            &["the HTML is missing"],
        ),
    ] {
        put(&world, "box", &mail);
        let arrival =
            look(&world, &maildir("box")).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(arrival.faults.len(), faults.len(), "{name}: {arrival:?}");
        for (fault, known) in arrival.faults.iter().zip(faults) {
            assert!(fault.contains(known), "{name}: {fault}");
        }
    }
}

#[test]
fn junk_and_signatures_that_do_not_hold_are_told() {
    let world = sent();
    let mail = message(&world);
    put(&world, "box", "Subject: Something else\r\n\r\nHello.\r\n");
    put(&world, "box/.Junk", &mail);
    let arrival = look(&world, &maildir("box")).unwrap();
    assert_eq!(arrival.folder, "Junk");
    assert_eq!(arrival.faults, ["it lies among junk, in Junk"]);

    world.edit(
        "press.toml",
        "[mail]\n",
        "[mail]\ndkim = [{ selector = \"s\", domain = \"weekly.example\", key = \"k\" }]\n",
    );
    for (result, dkim, faults) in [
        ("dkim=pass header.d=weekly.example", Some("pass"), 0),
        ("dkim=fail header.d=weekly.example", Some("fail"), 1),
        (
            "dkim=fail header.d=weekly.example; dkim=pass header.i=@weekly.example",
            Some("pass"),
            0,
        ),
        ("dkim=pass header.d=relay.example", Some("none"), 1),
        ("spf=pass", None, 0),
    ] {
        let mail = format!("Authentication-Results: mx.example;\r\n\t{result}\r\n{mail}");
        put(&world, "box", &mail);
        let arrival = look(&world, &maildir("box")).unwrap();
        assert_eq!(arrival.dkim.as_deref(), dkim, "{result}");
        assert_eq!(arrival.faults.len(), faults, "{result}: {arrival:?}");
    }
}

#[test]
fn what_does_not_arrive_is_told_with_what_is_known_and_what_to_do() {
    let world = sent();
    put(&world, "box", "Subject: Something else\r\n\r\nHello.\r\n");
    let strange = "address = \"nobody@host.example\"\nmaildir = \"box\"".to_owned();
    let refused = |lines: &str, parts: &[&str]| {
        let error = look(&world, lines).unwrap_err().message();
        for part in parts {
            assert!(error.contains(part), "{part} in {error}");
        }
    };
    refused(
        &maildir("box"),
        &["is not in the mailbox of seed own", "its message is sent"],
    );
    refused(&maildir("nowhere"), &["is no maildir"]);
    refused(
        &strange,
        &[
            "is no subscriber",
            "press subscribers add nobody@host.example",
        ],
    );
    world.write(
        "people.csv",
        "email,name,status\nnobody@host.example,N,confirmed\n",
    );
    import(&world, "people.csv");
    refused(
        &strange,
        &[
            "not in the audience of campaign 1",
            "the next issue goes to it too",
        ],
    );
}

#[test]
fn seeds_that_cannot_be_are_mistakes() {
    let world = World::new(1);
    let toml = world.read("press.toml");
    for (lines, why) in [
        (
            "address = \"a@b.example\"",
            "either a `maildir` or a server",
        ),
        (
            "address = \"a@b.example\"\nmaildir = \"a\"\nimap = \"b.example\"",
            "either a `maildir`",
        ),
        ("address = \"nobody\"\nmaildir = \"a\"", "nobody"),
        (
            "address = \"a@b.example\"\nimap = \"https://b.example\"",
            "no name of a mail server",
        ),
        (
            "address = \"a@b.example\"\nimap = \"b.example\"\ntls = \"none\"",
            "open connection",
        ),
        (
            "address = \"a@b.example\"\nmaildir = \"a\"\nminutes = 9999",
            "a day is the most",
        ),
        (
            "address = \"a@b.example\"\nmaildir = \"a\"\n[[seed]]\naddress = \"a@b.example\"\nmaildir = \"b\"",
            "two seeds",
        ),
    ] {
        world.write("press.toml", format!("{toml}\n[[seed]]\n{lines}\n"));
        world.press(&["build"]).refuses(&["mistake", why]);
    }
}

/// A server that greets, and says this to whatever it is asked.
fn playing(greeting: &'static [u8], says: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(greeting);
            let mut asked = [0; 512];
            while stream.read(&mut asked).is_ok_and(|read| read > 0) && !says.is_empty() {
                let _ = stream.write_all(says);
            }
        }
    });
    port
}

#[test]
fn servers_that_are_none_are_told_and_no_password_goes_over_an_open_connection() {
    let world = sent();
    let dead = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    for (port, tls, part) in [
        (dead, "implicit", "cannot connect"),
        (playing(b"", b""), "implicit", "TLS"),
        (playing(b"\x00\xff\r\n* OK\r\n", b""), "required", "because"),
        (playing(b"* OK hello\r\n", b""), "required", "because"),
        (
            playing(b"* OK hello\r\n", b"A0001 BAD no such thing\r\n"),
            "required",
            "use `tls = \"implicit\"`",
        ),
        (
            playing(b"* PREAUTH at home\r\n", b"A0001 OK begin\r\n* OK more\r\n"),
            "required",
            "TLS",
        ),
    ] {
        let lines = format!(
            "address = \"{ADDRESS}\"\nimap = \"localhost\"\nport = {port}\ntls = \"{tls}\""
        );
        let error = look(&world, &lines).unwrap_err().message();
        assert!(error.contains(part), "{part} in {error}");
    }
}

/// A server that offers these things, takes no login, and tells what it was asked.
fn offering(offers: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
    let tls = crate::secure::certified("relay.pem").tls.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(Arc::clone(&tls)).unwrap();
            let mut stream = BufReader::new(rustls::StreamOwned::new(connection, stream));
            let mut tag = String::new();
            let mut answer = "* OK hello\r\n".to_owned();
            while stream.get_mut().write_all(answer.as_bytes()).is_ok() {
                let mut line = String::new();
                if !stream.read_line(&mut line).is_ok_and(|read| read > 0) {
                    break;
                }
                let line = line.trim_end();
                log.lock().unwrap().push(line.to_owned());
                let (first, rest) = line.split_once(' ').unwrap_or((&tag, line));
                tag = first.to_owned();
                answer = match rest {
                    "CAPABILITY" => format!("* CAPABILITY {offers}\r\n{tag} OK that is all\r\n"),
                    "AUTHENTICATE PLAIN" => "+ \r\n".to_owned(),
                    _ => format!("{tag} NO not today\r\n"),
                };
            }
        }
    });
    (port, asked)
}

#[test]
fn the_login_is_one_that_the_server_offers() {
    let world = sent();
    let authority = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/tls/relay-ca.pem");
    let proof = STANDARD.encode(format!("\0{ADDRESS}\0{PASSWORD}"));
    let login = format!("A0002 LOGIN \"{ADDRESS}\" \"open \\\"sesame\\\\\"");
    let plain = ["A0002 AUTHENTICATE PLAIN", &proof];
    for (offers, lines, part) in [
        ("IMAP4rev1", &[&*login][..], "refused the login of"),
        (
            "IMAP4rev1 LOGINDISABLED AUTH=PLAIN",
            &plain,
            "refused the login of",
        ),
        (
            "IMAP4rev1 IMAP4rev2 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR",
            &plain,
            "refused the login of",
        ),
        (
            "IMAP4rev1 logindisabled AUTH=XOAUTH2",
            &[],
            "it offers XOAUTH2",
        ),
        ("IMAP4rev1 LOGINDISABLED", &[], "it offers no way to log in"),
    ] {
        let (port, asked) = offering(offers);
        let seed = format!(
            "address = \"{ADDRESS}\"\nimap = \"localhost\"\nport = {port}\nca-file = \"{authority}\""
        );
        let error = look(&world, &seed).unwrap_err().message();
        assert!(error.contains(part), "{offers}: {part} in {error}");
        let asked = asked.lock().unwrap();
        assert_eq!(asked[0], "A0001 CAPABILITY");
        assert_eq!(asked[1..], *lines, "{offers}");
    }
}

/// A server of IMAP with one mailbox, whose folder for junk is called Rubbish.
struct Dovecot {
    child: Child,
    folder: TempDir,
    ports: [u16; 2],
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // Its helpers end with it, if it is asked rather than killed.
        let config = self.folder.path().join("config");
        let _ = Command::new("dovecot")
            .arg("-c")
            .arg(config)
            .arg("stop")
            .output();
        let _ = self.child.wait();
    }
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Dovecot {
    fn start() -> Option<Dovecot> {
        let there = Command::new("dovecot").arg("--version").output().is_ok();
        if !there || !Path::new("/usr/lib/dovecot/imap").exists() {
            assert!(std::env::var_os("CI").is_none(), "CI needs dovecot-imapd");
            println!("dovecot-imapd is missing: no server of IMAP is tried");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        for part in [
            "run",
            "mail/cur",
            "mail/new",
            "mail/tmp",
            "mail/.Rubbish/new",
            "mail/.Rubbish/cur",
        ] {
            fs::create_dir_all(path.join(part)).unwrap();
        }
        let free = || TcpListener::bind("127.0.0.1:0").unwrap();
        let ports = [free(), free()].map(|listener| listener.local_addr().unwrap().port());
        fs::write(path.join("config"), config(path, ports)).unwrap();
        if output("id", &["-u"]) == "0" {
            output("chmod", &["755", path.to_str().unwrap()]);
        }
        let mut child = Command::new("dovecot")
            .args(["-F", "-c"])
            .arg(path.join("config"))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_for("dovecot", || {
            let log = path.join("log");
            assert!(
                child.try_wait().unwrap().is_none(),
                "dovecot has ended: {}",
                fs::read_to_string(log).unwrap_or_default()
            );
            TcpStream::connect(("127.0.0.1", ports[1])).ok()
        });
        Some(Dovecot {
            child,
            folder,
            ports,
        })
    }

    /// Puts a mail into a folder, in place of what was in it.
    fn put(&self, folder: &str, mail: &str) {
        let mailbox = self.folder.path().join("mail");
        for part in ["new", "cur"] {
            for folder in ["", ".Rubbish"] {
                for file in fs::read_dir(mailbox.join(folder).join(part))
                    .unwrap()
                    .flatten()
                {
                    fs::remove_file(file.path()).unwrap();
                }
            }
        }
        // A name that was there before would be the mail that was there before.
        static COUNT: AtomicUsize = AtomicUsize::new(1);
        let name = format!("new/{}.own", COUNT.fetch_add(1, Ordering::Relaxed));
        fs::write(mailbox.join(folder).join(name), mail).unwrap();
        if output("id", &["-u"]) == "0" {
            output("chown", &["-R", "nobody", mailbox.to_str().unwrap()]);
        }
    }

    fn lines(&self, more: &str) -> String {
        let authority = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/tls/relay-ca.pem");
        format!("address = \"{ADDRESS}\"\nimap = \"localhost\"\nca-file = \"{authority}\"\n{more}")
    }
}

/// It runs as whoever tests, who has no rights; root takes the users that Debian makes for it, since it insists.
fn config(path: &Path, ports: [u16; 2]) -> String {
    let (path, tls) = (
        path.display(),
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/tls"),
    );
    let own = [
        output("id", &["-un"]),
        output("id", &["-gn"]),
        output("id", &["-u"]),
        output("id", &["-g"]),
    ];
    let [user, group, uid, gid] = own;
    let (login, internal, group, uid, gid) = match uid.as_str() {
        "0" => (
            "dovenull",
            "dovecot",
            "dovecot",
            output("id", &["-u", "nobody"]),
            output("id", &["-g", "nobody"]),
        ),
        _ => (&*user, &*user, &*group, uid, gid),
    };
    let [open, private] = ports;
    format!(
        "base_dir = {path}/run\nstate_dir = {path}/run\nlog_path = {path}/log\nprotocols = imap\nlisten = 127.0.0.1\n\
         default_login_user = {login}\ndefault_internal_user = {internal}\ndefault_internal_group = {group}\n\
         first_valid_uid = 1\nauth_failure_delay = 0\nssl = required\nssl_cert = <{tls}/relay.pem\nssl_key = <{tls}/any.key\n\
         mail_location = maildir:{path}/mail\n\
         service anvil {{\n chroot =\n}}\nservice stats {{\n chroot =\n}}\n\
         service imap-login {{\n chroot =\n inet_listener imap {{\n  port = {open}\n }}\n \
         inet_listener imaps {{\n  port = {private}\n  ssl = yes\n }}\n}}\n\
         passdb {{\n driver = passwd-file\n args = {path}/people\n}}\n\
         userdb {{\n driver = static\n args = uid={uid} gid={gid} home={path}/mail\n}}\n\
         namespace inbox {{\n inbox = yes\n mailbox Rubbish {{\n  special_use = \\Junk\n  auto = create\n }}\n}}\n"
    )
}

#[test]
fn a_server_of_imap_is_asked_over_a_private_connection() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let people = format!("{ADDRESS}:{{PLAIN}}{PASSWORD}\n");
    fs::write(server.folder.path().join("people"), people).unwrap();
    output(
        "chmod",
        &["644", server.folder.path().join("people").to_str().unwrap()],
    );
    let world = sent();
    let mail = message(&world);
    let [open, private] = server.ports;
    let ways = [
        format!("port = {private}"),
        format!("port = {open}\ntls = \"required\""),
    ];
    for way in &ways {
        server.put("", &mail);
        let arrival = look(&world, &server.lines(way)).unwrap_or_else(|error| {
            let log = fs::read_to_string(server.folder.path().join("log"));
            panic!("{error}\n{}", log.unwrap_or_default())
        });
        assert!(arrival.is_whole(), "{arrival:?}");
        assert_eq!(arrival.folder, "INBOX");
        // Nobody sees that somebody looked: it is not in `cur` with a flag.
        let seen = fs::read_dir(server.folder.path().join("mail/cur"))
            .unwrap()
            .flatten();
        for file in seen {
            assert!(
                !file.file_name().to_string_lossy().ends_with('S'),
                "{file:?}"
            );
        }

        server.put(".Rubbish", &mail);
        let arrival = look(&world, &server.lines(way)).unwrap();
        assert_eq!(arrival.faults, ["it lies among junk, in Rubbish"]);

        server.put("", "Subject: Something else\r\n\r\nHello.\r\n");
        let error = look(&world, &server.lines(way)).unwrap_err().message();
        assert!(
            error.contains("is not in the mailbox of seed own"),
            "{error}"
        );
    }
    let refused = |more: &str, part: &str| {
        let error = look(&world, &server.lines(&format!("port = {private}\n{more}")));
        let error = error.unwrap_err().message();
        assert!(error.contains(part), "{part} in {error}");
    };
    refused("user = \"somebody\"", "refused the login of `somebody`");
    refused("folder = \"Nowhere\"", "does not open the folder `Nowhere`");
    let unknown = server
        .lines(&ways[0])
        .replace("relay-ca.pem", "self-signed.pem");
    let error = look(&world, &unknown).unwrap_err().message();
    assert!(error.contains("is not to be trusted"), "{error}");
}
