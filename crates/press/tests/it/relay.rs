//! A mail server that plays a relay on one machine: well-behaved, or as badly as a script says.
//!
//! It writes down a message before it answers for it, as a server that syncs its queue does, so what it has is what was
//! accepted, whatever became of the connection or of the sender. It lives as long as the test process.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use xxhash_rust::xxh3::xxh3_64;

/// A message that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) from: String,
    pub(crate) to: String,
    /// What stood after the sender's address.
    pub(crate) parameters: String,
    /// The value of the header, with its angle brackets.
    pub(crate) message_id: String,
    /// Of the content as it was before dots were doubled.
    pub(crate) hash: u64,
    pub(crate) size: usize,
    /// The content, where it is kept.
    pub(crate) content: Vec<u8>,
    /// Over which connection, counted from 0.
    pub(crate) connection: usize,
}

/// A moment at which the server could do something else than what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Greeting,
    Hello,
    StartTls,
    Login,
    Sender,
    Recipient,
    Data,
    /// The content begins to come.
    Content,
    /// All of it came; it is neither accepted nor refused.
    End,
    /// It was accepted and answered for.
    Answered,
}

/// Where a connection is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'m> {
    pub(crate) stage: Stage,
    /// Connections, counted from 0.
    pub(crate) connection: usize,
    /// Messages that were begun over this one before.
    pub(crate) message: usize,
    /// The recipient, once it is known.
    pub(crate) to: &'m str,
}

/// What the server does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// What it should.
    Go,
    /// Answers this: complete lines.
    Say(String),
    /// Answers this, perhaps not even a line, and closes.
    SayAndClose(String),
    /// Closes without a word.
    Close,
    /// At the end: accepts the message, and closes without a word.
    AcceptAndClose,
    /// What it should, each byte by itself.
    ByteByByte,
    /// What it should, after a while.
    Slowly(Duration),
    /// Nothing, until the other side has gone.
    Silence,
}

pub(crate) fn say(line: &str) -> Act {
    Act::Say(format!("{line}\r\n"))
}

pub(crate) type Script = dyn Fn(Moment<'_>) -> Act + Send + Sync;

/// How a server is set up.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) extensions: Vec<String>,
    pub(crate) tls: Option<Arc<rustls::ServerConfig>>,
    /// Whether TLS begins with the first byte.
    pub(crate) implicit: bool,
    /// Whoever knows this may send; nobody has to log in without it. User and password.
    pub(crate) login: Option<(String, String)>,
    /// Whether contents are kept.
    pub(crate) keep: bool,
    /// Said in the clear right behind the answer to STARTTLS, as somebody on the way could.
    pub(crate) injected: &'static str,
    /// Whether it wants the content of a message although its recipient was refused.
    pub(crate) eager: bool,
    /// What it does at each moment.
    pub(crate) script: Arc<Script>,
}

impl Default for Setup {
    fn default() -> Setup {
        let extensions = [
            "PIPELINING",
            "SIZE 10240000",
            "8BITMIME",
            "SMTPUTF8",
            "ENHANCEDSTATUSCODES",
        ];
        Setup {
            extensions: extensions.map(str::to_owned).to_vec(),
            tls: None,
            implicit: false,
            login: None,
            keep: true,
            injected: "",
            eager: false,
            script: Arc::new(|_| Act::Go),
        }
    }
}

#[derive(Default)]
struct Log {
    accepted: Mutex<Vec<Accepted>>,
    commands: Mutex<Vec<String>>,
    connections: AtomicUsize,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

/// The server.
#[derive(Clone)]
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    log: Arc<Log>,
}

impl Setup {
    /// What the server does at each moment.
    pub(crate) fn script(
        mut self,
        script: impl Fn(Moment<'_>) -> Act + Send + Sync + 'static,
    ) -> Setup {
        self.script = Arc::new(script);
        self
    }

    /// Starts it on a port of its own.
    pub(crate) fn start(self) -> Relay {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let log = Arc::new(Log::default());
        let seen = Arc::clone(&log);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(listen(listener, Arc::new(self), seen));
        });
        Relay { address, log }
    }
}

impl Relay {
    /// A server that does everything right.
    pub(crate) fn start() -> Relay {
        Setup::default().start()
    }

    /// A server that does what a script says.
    pub(crate) fn scripted(script: impl Fn(Moment<'_>) -> Act + Send + Sync + 'static) -> Relay {
        Setup::default().script(script).start()
    }

    /// What it accepted, in order.
    pub(crate) fn accepted(&self) -> Vec<Accepted> {
        self.log.accepted.lock().unwrap().clone()
    }

    /// Recipients of what it accepted, in order.
    pub(crate) fn recipients(&self) -> Vec<String> {
        let accepted = self.log.accepted.lock().unwrap();
        accepted.iter().map(|message| message.to.clone()).collect()
    }

    /// All commands it was told, in order.
    pub(crate) fn commands(&self) -> Vec<String> {
        self.log.commands.lock().unwrap().clone()
    }

    /// Connections there were.
    pub(crate) fn connections(&self) -> usize {
        self.log.connections.load(Ordering::SeqCst)
    }

    /// Most connections that were open at a time.
    pub(crate) fn most_open(&self) -> usize {
        self.log.most_open.load(Ordering::SeqCst)
    }
}

/// A server's faults, drawn from a seed: about so many of a thousand moments go wrong.
pub(crate) fn faults(
    seed: u64,
    per_mille: u64,
) -> impl Fn(Moment<'_>) -> Act + Send + Sync + 'static {
    let drawn = AtomicUsize::new(0);
    move |moment: Moment<'_>| {
        let mut bytes = seed.to_le_bytes().to_vec();
        bytes.extend(drawn.fetch_add(1, Ordering::SeqCst).to_le_bytes());
        let number = xxh3_64(&bytes);
        if number % 1000 >= per_mille {
            return Act::Go;
        }
        let pick = |acts: Vec<Act>| acts[(number >> 32) as usize % acts.len()].clone();
        let half = |text: &str| Act::SayAndClose(text.to_owned());
        match moment.stage {
            Stage::Greeting => pick(vec![Act::Close, half("421 4.3.2 not now\r\n"), half("22")]),
            Stage::Hello => pick(vec![
                Act::Close,
                half("421 4.3.2 not now\r\n"),
                Act::ByteByByte,
            ]),
            Stage::StartTls | Stage::Login => Act::Close,
            Stage::Sender => pick(vec![
                Act::Close,
                half("421 bye\r\n"),
                say("451 4.3.0 oops"),
                half("250-2.1"),
            ]),
            Stage::Recipient => pick(vec![
                say("450 4.2.0 busy"),
                say("451 4.7.1 greylisted"),
                say("452 4.2.2 full"),
                say("550 5.1.1 nobody of this name"),
                Act::Say("550-5.2.2 full,\r\n550 5.2.2 and for long\r\n".to_owned()),
                half("421 4.7.0 too much\r\n"),
                Act::Close,
            ]),
            Stage::Data => pick(vec![
                Act::Close,
                say("451 4.3.0 later"),
                half("35"),
                half("nonsense\r\n"),
            ]),
            Stage::Content => Act::Close,
            Stage::End => pick(vec![
                Act::Close,
                Act::AcceptAndClose,
                say("451 4.2.0 later"),
                say("550 5.1.1 nobody after all"),
                half("421 4.3.0 bye\r\n"),
                half("4"),
                Act::ByteByByte,
                Act::Slowly(Duration::from_millis(5)),
            ]),
            Stage::Answered => Act::Close,
        }
    }
}

async fn listen(listener: std::net::TcpListener, setup: Arc<Setup>, log: Arc<Log>) {
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let (setup, log) = (Arc::clone(&setup), Arc::clone(&log));
        tokio::spawn(async move {
            let connection = log.connections.fetch_add(1, Ordering::SeqCst);
            let open = log.open.fetch_add(1, Ordering::SeqCst) + 1;
            log.most_open.fetch_max(open, Ordering::SeqCst);
            let _ = serve(stream, connection, &setup, &log).await;
            log.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

trait Line: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Line for T {}

/// The connection ends.
struct Gone;

impl From<std::io::Error> for Gone {
    fn from(_: std::io::Error) -> Gone {
        Gone
    }
}

struct Talk<'t> {
    line: Box<dyn Line>,
    heard: Vec<u8>,
    setup: &'t Setup,
    log: &'t Log,
    connection: usize,
    messages: usize,
    to: String,
}

async fn serve(stream: TcpStream, connection: usize, setup: &Setup, log: &Log) -> Result<(), Gone> {
    stream.set_nodelay(true)?;
    let mut talk = Talk {
        line: Box::new(stream),
        heard: Vec::new(),
        setup,
        log,
        connection,
        messages: 0,
        to: String::new(),
    };
    if setup.implicit {
        talk.secure().await?;
    }
    talk.answer(Stage::Greeting, "220 relay.test ready\r\n")
        .await?;
    let (mut from, mut known) = (None, setup.login.is_none());
    loop {
        let command = talk.command().await?;
        let upper = command.to_ascii_uppercase();
        let word = upper.split([' ', ':']).next().unwrap_or_default();
        match word {
            "EHLO" => talk.hello().await?,
            "HELO" => talk.say(b"250 relay.test\r\n").await?,
            "STARTTLS" => {
                let answer = format!("220 go ahead\r\n{}", setup.injected);
                if talk.answer(Stage::StartTls, &answer).await? {
                    talk.heard.clear();
                    talk.secure().await?;
                }
            }
            "AUTH" => known = talk.login(&command).await?,
            "MAIL" if !known => talk.say(b"530 5.7.0 log in first\r\n").await?,
            "MAIL" if from.is_some() => talk.say(b"503 5.5.1 one at a time\r\n").await?,
            "MAIL" => {
                talk.to.clear();
                talk.messages += 1;
                let fine = talk.answer(Stage::Sender, "250 2.1.0 fine\r\n").await?;
                from = fine.then(|| path(&command));
            }
            "RCPT" if from.is_none() => talk.say(b"503 5.5.1 from whom?\r\n").await?,
            "RCPT" => {
                talk.to = path(&command).0;
                if !talk.answer(Stage::Recipient, "250 2.1.5 fine\r\n").await? {
                    talk.to.clear();
                }
            }
            "DATA" if talk.to.is_empty() && setup.eager => {
                talk.say(b"354 go ahead\r\n").await?;
                while talk.command().await? != "." {}
                from = None;
                talk.say(b"554 5.5.1 for whom?\r\n").await?;
            }
            "DATA" if talk.to.is_empty() => talk.say(b"554 5.5.1 for whom?\r\n").await?,
            "DATA" => {
                let wanted = talk.answer(Stage::Data, "354 go ahead\r\n").await?;
                if let Some(from) = from.take().filter(|_| wanted) {
                    talk.content(from).await?;
                }
            }
            "RSET" => {
                from = None;
                talk.to.clear();
                talk.say(b"250 2.0.0 forgotten\r\n").await?;
            }
            "QUIT" => return talk.say(b"221 2.0.0 bye\r\n").await,
            _ => talk.say(b"502 5.5.2 what?\r\n").await?,
        }
    }
}

/// The address of a command, and what stands after it.
fn path(command: &str) -> (String, String) {
    let (_, rest) = command.split_once('<').unwrap_or(("", command));
    let (path, rest) = rest.rsplit_once('>').unwrap_or((rest, ""));
    (path.to_owned(), rest.trim().to_owned())
}

impl Talk<'_> {
    async fn secure(&mut self) -> Result<(), Gone> {
        let tls = self.setup.tls.clone().ok_or(Gone)?;
        let clear = std::mem::replace(&mut self.line, Box::new(tokio::io::empty()));
        self.line = Box::new(TlsAcceptor::from(tls).accept(clear).await?);
        Ok(())
    }

    async fn hello(&mut self) -> Result<(), Gone> {
        let mut lines = self.setup.extensions.clone();
        if self.setup.tls.is_some() && !self.setup.implicit {
            lines.push("STARTTLS".to_owned());
        }
        lines.insert(0, "relay.test greets you".to_owned());
        let last = lines.len() - 1;
        let line = |(at, line): (usize, &String)| {
            format!("250{}{line}\r\n", if at == last { ' ' } else { '-' })
        };
        let answer: String = lines.iter().enumerate().map(line).collect();
        self.answer(Stage::Hello, &answer).await.map(|_| ())
    }

    async fn login(&mut self, command: &str) -> Result<bool, Gone> {
        use base64::Engine;
        let decode = |text: &str| {
            let bytes = base64::engine::general_purpose::STANDARD
                .decode(text)
                .unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let mut words = command.split(' ').skip(1);
        let given = match (words.next().unwrap_or_default(), words.next()) {
            ("PLAIN", Some(proof)) => {
                let proof = decode(proof);
                let mut parts = proof.split('\0').skip(1).map(str::to_owned);
                parts.next().zip(parts.next())
            }
            ("LOGIN", _) => {
                self.say(b"334 VXNlcm5hbWU6\r\n").await?;
                let user = decode(&self.command().await?);
                self.say(b"334 UGFzc3dvcmQ6\r\n").await?;
                Some((user, decode(&self.command().await?)))
            }
            ("XOAUTH2", Some(proof)) => {
                let proof = decode(proof);
                let part = |start: &str| {
                    let mut parts = proof.split('\x01');
                    parts
                        .find_map(|part| part.strip_prefix(start))
                        .map(str::to_owned)
                };
                part("user=").zip(part("auth=Bearer "))
            }
            _ => None,
        };
        let right = given.is_some() && given == self.setup.login;
        if !right && command.contains("XOAUTH2") {
            self.say(b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n").await?;
            self.command().await?;
        }
        if right {
            return self.answer(Stage::Login, "235 2.7.0 welcome\r\n").await;
        }
        self.say(b"535 5.7.8 wrong user or password\r\n").await?;
        Ok(false)
    }

    async fn content(&mut self, (from, parameters): (String, String)) -> Result<(), Gone> {
        if let Act::Close | Act::SayAndClose(_) = self.act(Stage::Content) {
            // Some of it is read, so that what was sent is on its way.
            self.hear().await?;
            return Err(Gone);
        }
        let mut looked = 0;
        let end = loop {
            if self.heard.starts_with(b".\r\n") {
                break 0;
            }
            let start = looked.min(self.heard.len());
            if let Some(at) = memchr::memmem::find(&self.heard[start..], b"\r\n.\r\n") {
                break start + at + 2;
            }
            looked = self.heard.len().saturating_sub(4);
            self.hear().await?;
        };
        let raw: Vec<u8> = self.heard.drain(..end + 3).take(end).collect();
        let content = without_dots(&raw);
        let accepted = Accepted {
            from,
            to: std::mem::take(&mut self.to),
            parameters,
            message_id: message_id(&content),
            hash: xxh3_64(&content),
            size: content.len(),
            content: if self.setup.keep { content } else { Vec::new() },
            connection: self.connection,
        };
        let moment = Moment {
            stage: Stage::End,
            connection: self.connection,
            message: self.messages - 1,
            to: &accepted.to,
        };
        let act = (self.setup.script)(moment);
        let says_yes =
            matches!(&act, Act::Say(text) | Act::SayAndClose(text) if text.starts_with('2'));
        if says_yes
            || matches!(
                act,
                Act::Go | Act::AcceptAndClose | Act::ByteByByte | Act::Slowly(_)
            )
        {
            self.log.accepted.lock().unwrap().push(accepted);
        }
        self.perform(act, "250 2.0.0 taken\r\n").await?;
        match self.act(Stage::Answered) {
            Act::Close => Err(Gone),
            _ => Ok(()),
        }
    }

    fn act(&self, stage: Stage) -> Act {
        (self.setup.script)(Moment {
            stage,
            connection: self.connection,
            message: self.messages.saturating_sub(1),
            to: &self.to,
        })
    }

    /// Answers as it should or as the script says; whether that was a yes.
    async fn answer(&mut self, stage: Stage, right: &str) -> Result<bool, Gone> {
        let act = self.act(stage);
        self.perform(act, right).await
    }

    async fn perform(&mut self, act: Act, right: &str) -> Result<bool, Gone> {
        match act {
            Act::Go => self.say(right.as_bytes()).await?,
            Act::Say(text) => {
                self.say(text.as_bytes()).await?;
                return Ok(text.starts_with(['2', '3']));
            }
            Act::SayAndClose(text) => {
                self.say(text.as_bytes()).await?;
                return Err(Gone);
            }
            Act::Close | Act::AcceptAndClose => return Err(Gone),
            Act::ByteByByte => {
                for byte in right.bytes() {
                    self.say(&[byte]).await?;
                    tokio::task::yield_now().await;
                }
            }
            Act::Slowly(wait) => {
                tokio::time::sleep(wait).await;
                self.say(right.as_bytes()).await?;
            }
            Act::Silence => loop {
                self.hear().await?;
                self.heard.clear();
            },
        }
        Ok(true)
    }

    async fn say(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.line.write_all(bytes).await?;
        self.line.flush().await?;
        Ok(())
    }

    async fn hear(&mut self) -> Result<(), Gone> {
        self.heard.reserve(64 << 10);
        match self.line.read_buf(&mut self.heard).await? {
            0 => Err(Gone),
            _ => Ok(()),
        }
    }

    async fn command(&mut self) -> Result<String, Gone> {
        let end = loop {
            if let Some(end) = memchr::memmem::find(&self.heard, b"\r\n") {
                break end;
            }
            self.hear().await?;
        };
        let line: Vec<u8> = self.heard.drain(..end + 2).take(end).collect();
        let line = String::from_utf8_lossy(&line).into_owned();
        if self.setup.keep {
            self.log.commands.lock().unwrap().push(line.clone());
        }
        Ok(line)
    }
}

/// What was sent, before dots were doubled.
fn without_dots(raw: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(raw.len());
    let mut from = usize::from(raw.first() == Some(&b'.'));
    for at in memchr::memmem::find_iter(raw, b"\r\n.") {
        content.extend(&raw[from..at + 2]);
        from = at + 3;
    }
    content.extend(&raw[from..]);
    content
}

fn message_id(content: &[u8]) -> String {
    let head = memchr::memmem::find(content, b"\r\n\r\n").unwrap_or(content.len());
    let head = String::from_utf8_lossy(&content[..head]).into_owned();
    let mut lines = head.lines();
    let id = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("message-id")
            .then(|| value.trim().to_owned())
    });
    id.unwrap_or_default()
}
