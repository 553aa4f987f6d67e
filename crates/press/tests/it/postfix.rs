//! Other people's servers: Postfix, and its stand-in `smtp-sink`. Where they are not installed these tests say so and pass,
//! unless `CI` is set.

use crate::transport::{FROM, configured, wait};
use crate::world::{press_in, wait_for};
use press::config::Secrets;
use press::mail::{Mailer, Outcome, Outgoing};
use std::fmt::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Whether a program is there; where `CI` is set it must be.
pub(crate) fn installed(program: &str) -> bool {
    let folders = [
        "/usr/sbin",
        "/usr/local/sbin",
        "/usr/bin",
        "/opt/homebrew/sbin",
    ];
    let there = folders
        .iter()
        .any(|folder| Path::new(folder).join(program).exists());
    assert!(
        there || std::env::var_os("CI").is_none(),
        "{program} is missing (Debian: postfix)"
    );
    if !there {
        eprintln!("not checked: {program} is not installed (Debian: postfix)");
    }
    there
}

fn id(option: &str) -> String {
    let output = Command::new("id").arg(option).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A command with the rights of the system's keeper, which Postfix needs.
fn as_root(program: &str) -> Command {
    if id("-u") == "0" {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    command
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

fn mailer(port: u16, more: &str) -> Mailer {
    let lines = format!(
        "[transport]\nkind = \"smtp\"\n[[relay]]\nhost = \"127.0.0.1\"\nport = {port}\nrest-s = 0.001\n{more}\n"
    );
    let (_folder, config) = configured(&lines);
    Mailer::new(&config.transport, &Secrets::given([])).unwrap()
}

fn message(at: usize) -> Vec<u8> {
    let mut text = format!("Message-ID: <7.{at}@weekly.example>\r\nSubject: The Weekly\r\n\r\n");
    for line in 0..at % 50 {
        let _ = write!(text, ".{line}\r\n..\r\n.\r\n");
    }
    text.push_str("The end\r\n");
    text.into_bytes()
}

pub(crate) struct Sink {
    pub(crate) port: u16,
    process: Child,
    /// Where it writes a file for each message.
    pub(crate) folder: TempDir,
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Sink {
    pub(crate) fn start(options: &[&str]) -> Sink {
        let port = free_port();
        let folder = tempfile::tempdir().unwrap();
        let dump = folder.path().join("mail.").display().to_string();
        let process = Command::new("/usr/sbin/smtp-sink")
            .args(options)
            .args([
                "-u",
                &id("-un"),
                "-d",
                &dump,
                &format!("127.0.0.1:{port}"),
                "100",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let sink = Sink {
            port,
            process,
            folder,
        };
        wait_for("smtp-sink", || TcpStream::connect(("127.0.0.1", port)).ok());
        sink
    }

    /// Ids of all messages that it wrote down, sorted.
    fn ids(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let mut ids: Vec<String> = files
            .filter_map(|file| {
                let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
                let id = text
                    .lines()
                    .find_map(|line| line.strip_prefix("Message-ID: "))?;
                Some(id.trim().to_owned())
            })
            .collect();
        ids.sort();
        ids
    }

    fn send(&self, count: usize) -> Vec<Outcome> {
        let mailer = mailer(
            self.port,
            "tls = \"none\"\nmessages-per-connection = 20\ntimeout-s = 20",
        );
        wait(async {
            let mut session = mailer.session();
            let mut outcomes = Vec::new();
            for at in 0..count {
                let to = format!("reader{at}@example.org");
                let content = message(at);
                outcomes.push(
                    session
                        .send(Outgoing {
                            from: FROM,
                            to: &to,
                            content: &content,
                        })
                        .await,
                );
            }
            session.close().await;
            outcomes
        })
    }
}

#[test]
fn postfix_sink_gets_every_message_whatever_it_offers() {
    if !installed("smtp-sink") {
        return;
    }
    for options in [&[][..], &["-p"], &["-e"], &["-8"]] {
        let sink = Sink::start(options);
        let outcomes = sink.send(60);
        assert!(
            outcomes.iter().all(|outcome| outcome.name() == "sent"),
            "{options:?}: {outcomes:?}"
        );
        let mut expected: Vec<String> = (0..60)
            .map(|at| format!("<7.{at}@weekly.example>"))
            .collect();
        expected.sort();
        assert_eq!(sink.ids(), expected, "{options:?}");
    }
}

#[test]
fn postfix_sink_can_be_unkind() {
    if !installed("smtp-sink") {
        return;
    }
    for (options, name) in [
        (&["-q", "."][..], "uncertain"),
        (&["-q", "RCPT"], "deferred"),
        (&["-q", "DATA"], "deferred"),
        (&["-q", "CONNECT"], "deferred"),
        (&["-r", "MAIL"], "deferred"),
        (&["-r", "RCPT"], "deferred"),
        (&["-f", "RCPT"], "bounced"),
        (&["-f", "MAIL"], "stop"),
        (&["-f", "."], "unwanted"),
    ] {
        let sink = Sink::start(options);
        let outcomes = sink.send(1);
        assert_eq!(outcomes[0].name(), name, "{options:?}: {outcomes:?}");
    }
}

pub(crate) struct Postfix {
    pub(crate) port: u16,
    pub(crate) folder: TempDir,
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let _ = self.command().arg("stop").output();
        // Its files are not ours where we are not the system's keeper.
        let _ = as_root("rm")
            .arg("-rf")
            .arg(self.folder.path().join("queue"))
            .output();
        let _ = as_root("rm")
            .arg("-rf")
            .arg(self.folder.path().join("data"))
            .output();
    }
}

/// Services of a Postfix that takes mail and puts it into maildirs.
const SERVICES: &str = "pickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\n\
    rewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\n\
    trace unix - - n - 0 bounce\nverify unix - - n - 1 verify\nproxymap unix - - n - - proxymap\ntlsmgr unix - - n 1000? 1 tlsmgr\n\
    error unix - - n - - error\nretry unix - - n - - error\nvirtual unix - n n - - virtual\nanvil unix - - n - 1 anvil\n\
    postlog unix-dgram n - n - 1 postlogd\n";

impl Postfix {
    pub(crate) fn start() -> Postfix {
        let port = free_port();
        let folder = tempfile::tempdir().unwrap();
        let postfix = Postfix { port, folder };
        let path = postfix.folder.path().display().to_string();
        let tls = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/tls");
        // Postfix delivers to nobody who may do everything.
        let ours = |option: &str| match id(option).as_str() {
            "0" => "65534".to_owned(),
            id => id.to_owned(),
        };
        let (user, group) = (ours("-u"), ours("-g"));
        let main = format!(
            "compatibility_level = 3.6\nconfig_directory = {path}\nqueue_directory = {path}/queue\ndata_directory = {path}/data\n\
             mail_owner = postfix\nsetgid_group = postdrop\ncommand_directory = /usr/sbin\ndaemon_directory = /usr/lib/postfix/sbin\n\
             inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmyhostname = mx.example.org\nmydestination =\nalias_maps =\n\
             mynetworks = 127.0.0.0/8\nvirtual_mailbox_domains = example.org, everybody.example\nvirtual_mailbox_base = {path}/mail\n\
             virtual_mailbox_maps = texthash:{path}/users\ntransport_maps = texthash:{path}/ways\nvirtual_alias_maps = texthash:{path}/aliases\nrecipient_delimiter = +\n\
             virtual_minimum_uid = 1\nvirtual_uid_maps = static:{user}\nvirtual_gid_maps = static:{group}\n\
             smtpd_relay_restrictions = reject_unauth_destination\nsmtpd_tls_security_level = may\nsmtpd_tls_received_header = yes\nsmtpd_tls_cert_file = {path}/relay.pem\n\
             smtpd_tls_key_file = {path}/any.key\nsmtputf8_enable = yes\nmessage_size_limit = 100000\nmaillog_file = {path}/log\n\
             maillog_file_prefixes = {path}\nsmtpd_client_event_limit_exceptions =\n"
        );
        let master = format!("127.0.0.1:{port} inet n - n - - smtpd\n{SERVICES}");
        let users = "anna@example.org anna/\nbücher@example.org buecher/\nbounce@example.org bounce/\n@everybody.example everybody/\n";
        // Found out only when it has been taken.
        let (aliases, ways) = (
            "old@example.org old@gone.example\n",
            "gone.example error:5.1.6 this reader has moved\n",
        );
        let files = [
            ("main.cf", main.as_str()),
            ("master.cf", &master),
            ("users", users),
            ("ways", ways),
            ("aliases", aliases),
        ];
        for (name, text) in files {
            std::fs::write(postfix.folder.path().join(name), text).unwrap();
        }
        for name in ["relay.pem", "any.key"] {
            std::fs::copy(format!("{tls}/{name}"), postfix.folder.path().join(name)).unwrap();
        }
        postfix.prepare();
        postfix
    }

    /// Makes its folders, with the owners that it wants, and starts it.
    fn prepare(&self) {
        let path = self.folder.path();
        for name in ["queue", "data", "mail"] {
            std::fs::create_dir(path.join(name)).unwrap();
        }
        let run = |command: &mut Command| {
            let output = command.output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            let log = std::fs::read_to_string(path.join("log")).unwrap_or_default();
            assert!(output.status.success(), "{command:?}: {told}\n{log}");
        };
        run(as_root("chmod").arg("755").arg(path));
        run(as_root("chmod").arg("777").arg(path.join("mail")));
        run(as_root("chown")
            .arg("-R")
            .arg("root")
            .args(["main.cf", "master.cf", "queue"].map(|name| path.join(name))));
        run(as_root("chown").arg("postfix").arg(path.join("data")));
        run(self.command().arg("start"));
        wait_for("Postfix", || {
            TcpStream::connect(("127.0.0.1", self.port)).ok()
        });
    }

    fn command(&self) -> Command {
        let mut command = as_root("/usr/sbin/postfix");
        command.arg("-c").arg(self.folder.path());
        command
    }

    /// Whether it has delivered all that it took.
    pub(crate) fn is_empty(&self) -> bool {
        let mut queued = as_root("find");
        for name in ["maildrop", "incoming", "active", "deferred"] {
            queued.arg(self.folder.path().join("queue").join(name));
        }
        let found = queued.args(["-type", "f"]).output().unwrap();
        found.stdout.is_empty()
    }

    fn mailer(&self) -> Mailer {
        let ca = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/tls/relay-ca.pem");
        mailer(self.port, &format!("ca-file = \"{ca}\""))
    }

    /// The mails in somebody's maildir, as soon as there are so many.
    fn mails(&self, name: &str, count: usize) -> Vec<String> {
        let folder: PathBuf = self.folder.path().join("mail").join(name).join("new");
        wait_for(name, || {
            let files = std::fs::read_dir(&folder).ok()?;
            let read = |file: std::io::Result<std::fs::DirEntry>| {
                std::fs::read_to_string(file.ok()?.path()).ok()
            };
            let mails: Vec<String> = files.map_while(read).collect();
            (mails.len() >= count).then_some(mails)
        })
    }
}

#[test]
fn postfix_takes_what_it_should_and_what_comes_back_from_it_is_understood() {
    if !installed("postfix") {
        return;
    }
    let postfix = Postfix::start();
    let mailer = postfix.mailer();
    let verp = "bounce+7.41@example.org";
    let outcomes = wait(async {
        let mut session = mailer.session();
        let mut outcomes = Vec::new();
        for (at, to) in ["anna", "nobody", "bücher", "anna", "old", "anna"]
            .iter()
            .enumerate()
        {
            let content = message(40 + at);
            let to = format!("{to}@example.org");
            outcomes.push(
                session
                    .send(Outgoing {
                        from: verp,
                        to: &to,
                        content: &content,
                    })
                    .await,
            );
        }
        let elsewhere = Outgoing {
            from: verp,
            to: "eve@elsewhere.example",
            content: &message(1),
        };
        outcomes.push(session.send(elsewhere).await);
        let long = b"a: b\r\n\r\n"
            .iter()
            .copied()
            .chain(b"0123456789\r\n".repeat(9_000))
            .collect::<Vec<u8>>();
        outcomes.push(
            session
                .send(Outgoing {
                    from: verp,
                    to: "anna@example.org",
                    content: &long,
                })
                .await,
        );
        session.close().await;
        outcomes
    });
    let names: Vec<&str> = outcomes.iter().map(Outcome::name).collect();
    assert_eq!(
        names,
        [
            "sent", "bounced", "sent", "sent", "sent", "sent", "unwanted", "stop"
        ],
        "{outcomes:#?}"
    );
    assert!(
        matches!(&outcomes[1], Outcome::Bounced { reply } if reply.to_string().starts_with("550 5.1.1")),
        "{outcomes:?}"
    );
    assert!(
        matches!(&outcomes[6], Outcome::Unwanted { error, ours: true, .. } if error.message().contains("does not let us send")),
        "{outcomes:?}"
    );
    // What lies in the mailbox is what was sent, below what the servers wrote.
    let mut mails = postfix.mails("anna", 3);
    mails.sort_by_key(String::len);
    for (mail, at) in mails.iter().zip([40, 43, 45]) {
        let sent = String::from_utf8(message(at))
            .unwrap()
            .replace("\r\n", "\n");
        let body = sent.split_once("\n\n").unwrap().1;
        assert!(mail.ends_with(&format!("\n\n{body}")), "{mail}");
        assert!(
            mail.contains(&format!("Message-ID: <7.{at}@weekly.example>")),
            "{mail}"
        );
        assert!(mail.contains("(using TLSv1.3"), "{mail}");
    }
    // The reader who moved comes back as a report of Postfix's own making.
    postfix.mails("bounce", 1);
    let folder = postfix
        .folder
        .path()
        .join("mail/bounce")
        .display()
        .to_string();
    std::fs::create_dir_all(format!("{folder}/cur")).unwrap();
    let run = press_in(
        postfix.folder.path(),
        &["bounces", "read", "--dry-run", &folder, "--format", "json"],
    )
    .succeeds();
    let read: serde_json::Value = serde_json::from_str(run.out.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&read["kind"], &read["form"], &read["severity"]),
        (&"bounce".into(), &"dsn".into(), &"hard".into()),
        "{read}"
    );
    assert_eq!(read["recipients"][0]["status"], "5.1.6");
    assert_eq!(read["about"][0], "7.44@weekly.example");
    let came_to = read["came_to"].as_array().unwrap();
    assert!(came_to.contains(&verp.into()), "{read}");
}
