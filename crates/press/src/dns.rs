//! Questions to DNS (RFC 1035), for `press doctor`: a stub that asks a resolver and believes nothing that it did not ask.
//!
//! A question goes out by UDP from a port of its own with a random number; an answer counts only if it comes from there and
//! repeats both. What was cut off is asked again by TCP. A resolver that is silent or broken is asked twice, then the next
//! one. There is no cache and no DNSSEC: the resolver has them. Answers are anybody's bytes: `simple-dns` reads them, and
//! what is made of them here has limits.

use crate::error::{Error, Result};
use ring::rand::{SecureRandom, SystemRandom};
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, TYPE};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout_at};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Addresses of four bytes.
    A,
    /// Addresses of sixteen bytes.
    Aaaa,
    /// Who takes mail.
    Mx,
    /// The name of an address.
    Ptr,
    /// Texts.
    Txt,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// An address.
    Address(IpAddr),
    /// A name that takes mail, and how late it is to be tried. An empty name: nobody takes mail (RFC 7505).
    Mail(u16, String),
    /// A name.
    Name(String),
    /// A text, its strings joined; nothing for one that is no text.
    Text(Option<String>),
}

/// Why there is no answer. That a name does not exist is one, and has no records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered(String);

impl fmt::Display for Unanswered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Asks resolvers.
#[derive(Clone, Debug)]
pub struct Resolver {
    servers: Vec<SocketAddr>,
    patience: Duration,
}

/// How often each resolver is asked.
const TRIES: usize = 2;
/// Longest chain of names that stand for others.
const MOST_ALIASES: usize = 8;
/// Most records of an answer that are looked at.
const MOST_RECORDS: usize = 200;

impl Resolver {
    /// One that asks these, each for so long.
    pub fn new(servers: Vec<SocketAddr>, patience: Duration) -> Resolver {
        Resolver { servers, patience }
    }

    /// The machine's own resolvers.
    pub fn of_the_system() -> Result<Resolver> {
        let path = Path::new("/etc/resolv.conf");
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let servers = servers(&text);
        if servers.is_empty() {
            let error = Error::new(format!("{} names no resolver", path.display()));
            return Err(error.help("name one with `--resolver`, such as `--resolver 9.9.9.9`"));
        }
        Ok(Resolver::new(servers, Duration::from_secs(3)))
    }

    /// The records of a name.
    pub async fn find(
        &self,
        name: &str,
        kind: Kind,
    ) -> std::result::Result<Vec<Record>, Unanswered> {
        let mut name = plain(name);
        for _ in 0..MOST_ALIASES {
            let answer = self.ask(&name, kind).await?;
            match answer {
                Answer::Records(records) => return Ok(records),
                Answer::Elsewhere(other) => name = other,
            }
        }
        Err(Unanswered(format!(
            "{name} is a name for another one, without end"
        )))
    }

    async fn ask(&self, name: &str, kind: Kind) -> std::result::Result<Answer, Unanswered> {
        let mut why = Unanswered("there is no resolver".to_owned());
        for server in self.servers.iter().cycle().take(TRIES * self.servers.len()) {
            let deadline = Instant::now() + self.patience;
            match timeout_at(deadline, exchange(*server, name, kind)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(failed)) => why = Unanswered(format!("{server}: {failed}")),
                Err(_) => why = Unanswered(format!("{server} did not answer in time")),
            }
        }
        Err(why)
    }
}

impl fmt::Display for Resolver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.servers.iter().map(SocketAddr::to_string).collect();
        formatter.write_str(&all.join(", "))
    }
}

/// What an answer says.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Records(Vec<Record>),
    /// The name stands for another one, of which nothing is said.
    Elsewhere(String),
}

type Heard<T> = std::result::Result<T, String>;

async fn exchange(server: SocketAddr, name: &str, kind: Kind) -> Heard<Answer> {
    let mut number = [0; 2];
    let random = SystemRandom::new().fill(&mut number);
    random.map_err(|_| "the system gives no random numbers".to_owned())?;
    let number = u16::from_be_bytes(number);
    let question = question(number, name, kind)?;
    let said = |cause: std::io::Error| cause.to_string();
    let here = match server.ip() {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket = UdpSocket::bind((here, 0)).await.map_err(said)?;
    // Connected, it hears that server only.
    socket.connect(server).await.map_err(said)?;
    socket.send(&question).await.map_err(said)?;
    let mut buffer = vec![0; 4096];
    loop {
        let size = socket.recv(&mut buffer).await.map_err(said)?;
        // What is no answer to this question is somebody else's.
        let Some(packet) = ours(&buffer[..size], number, name, kind) else {
            continue;
        };
        if !packet.has_flags(PacketFlag::TRUNCATION) {
            return read(&packet, name, kind);
        }
        let whole = by_tcp(server, &question).await.map_err(said)?;
        let packet = ours(&whole, number, name, kind);
        let packet = packet.ok_or("its answer by TCP is none to our question")?;
        return read(&packet, name, kind);
    }
}

async fn by_tcp(server: SocketAddr, question: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    let size = u16::try_from(question.len()).unwrap_or_default();
    stream
        .write_all(&[&size.to_be_bytes()[..], question].concat())
        .await?;
    let size = stream.read_u16().await?;
    let mut answer = vec![0; usize::from(size)];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

fn question(number: u16, name: &str, kind: Kind) -> Heard<Vec<u8>> {
    let mut packet = Packet::new_query(number);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    let bad = |_| format!("`{name}` cannot be a name in DNS");
    let name = Name::new(name).map_err(bad)?;
    let class = QCLASS::CLASS(CLASS::IN);
    packet.questions.push(Question::new(
        name,
        QTYPE::TYPE(kind.of_dns()),
        class,
        false,
    ));
    packet.build_bytes_vec().map_err(bad)
}

/// A packet, if it is an answer to our question.
fn ours<'b>(bytes: &'b [u8], number: u16, name: &str, kind: Kind) -> Option<Packet<'b>> {
    let packet = Packet::parse(bytes).ok()?;
    let asked = packet.questions.first()?;
    let same = packet.id() == number
        && packet.has_flags(PacketFlag::RESPONSE)
        && packet.questions.len() == 1
        && asked.qtype == QTYPE::TYPE(kind.of_dns())
        && plain(&asked.qname.to_string()) == name;
    same.then_some(packet)
}

fn read(packet: &Packet<'_>, name: &str, kind: Kind) -> Heard<Answer> {
    match packet.rcode() {
        RCODE::NoError | RCODE::NameError => {}
        RCODE::ServerFailure => return Err("it could not find out (SERVFAIL)".to_owned()),
        RCODE::Refused => return Err("it does not answer us (REFUSED)".to_owned()),
        other => return Err(format!("it answered {other:?}")),
    }
    let answers = packet.answers.iter().take(MOST_RECORDS);
    let answers: Vec<(String, &RData<'_>)> = answers
        .filter(|record| record.class == CLASS::IN)
        .map(|record| (plain(&record.name.to_string()), &record.rdata))
        .collect();
    let mut last = name.to_owned();
    for _ in 0..MOST_ALIASES {
        let next = answers.iter().find_map(|(owner, data)| match data {
            RData::CNAME(other) if *owner == last => Some(plain(&other.0.to_string())),
            _ => None,
        });
        match next {
            Some(next) => last = next,
            None => break,
        }
    }
    let own = answers.iter().filter(|(owner, _)| *owner == last);
    let records: Vec<Record> = own.filter_map(|(_, data)| record(data, kind)).collect();
    let silent = records.is_empty() && last != name && packet.rcode() == RCODE::NoError;
    Ok(match silent {
        true => Answer::Elsewhere(last),
        false => Answer::Records(records),
    })
}

fn record(data: &RData<'_>, kind: Kind) -> Option<Record> {
    Some(match (kind, data) {
        (Kind::A, RData::A(data)) => Record::Address(Ipv4Addr::from(data.address).into()),
        (Kind::Aaaa, RData::AAAA(data)) => Record::Address(Ipv6Addr::from(data.address).into()),
        (Kind::Mx, RData::MX(data)) => {
            Record::Mail(data.preference, plain(&data.exchange.to_string()))
        }
        (Kind::Ptr, RData::PTR(data)) => Record::Name(plain(&data.0.to_string())),
        (Kind::Txt, RData::TXT(data)) => Record::Text(String::try_from(data.clone()).ok()),
        _ => return None,
    })
}

impl Kind {
    fn of_dns(self) -> TYPE {
        match self {
            Kind::A => TYPE::A,
            Kind::Aaaa => TYPE::AAAA,
            Kind::Mx => TYPE::MX,
            Kind::Ptr => TYPE::PTR,
            Kind::Txt => TYPE::TXT,
        }
    }
}

/// A name as names are compared: in ASCII and small letters, without the last dot, and nothing that a terminal obeys.
fn plain(name: &str) -> String {
    let name = name.trim_end_matches('.');
    let ascii = match name.is_ascii() {
        true => name.to_ascii_lowercase(),
        false => idna::domain_to_ascii(name).unwrap_or_default(),
    };
    ascii.replace(|sign: char| sign.is_control(), "?")
}

/// The resolvers in the text of `/etc/resolv.conf`.
fn servers(text: &str) -> Vec<SocketAddr> {
    let lines = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("nameserver"));
    let addresses = lines.filter_map(|rest| {
        let word = rest.split_whitespace().next()?;
        // An address of a link has its device behind it; the library finds its way without.
        word.split('%').next()?.parse::<IpAddr>().ok()
    });
    addresses
        .map(|address| SocketAddr::from((address, 53)))
        .take(3)
        .collect()
}

/// Reads `127.0.0.1`, `127.0.0.1:5353`, `[::1]:5353` or `::1`.
pub fn server(text: &str) -> std::result::Result<SocketAddr, String> {
    let whole = text.parse::<SocketAddr>().ok();
    let address = || {
        text.parse::<IpAddr>()
            .ok()
            .map(|address| (address, 53).into())
    };
    whole
        .or_else(address)
        .ok_or_else(|| "a resolver is written as 9.9.9.9 or 127.0.0.1:5353".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_machines_resolvers_are_read() {
        let text = "# made by hand\nsearch example\nnameserver 192.0.2.1\nnameserver ::1 # here\n nameserver fe80::1%eth0\nnameserver x\n";
        let found: Vec<String> = servers(text).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["192.0.2.1:53", "[::1]:53", "[fe80::1]:53"]);
        assert_eq!(server("::1").unwrap().to_string(), "[::1]:53");
        assert!(server("dns.example").is_err());
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_passed_over(bytes in proptest::collection::vec(any::<u8>(), 0..120), at in 0usize..200) {
            let mut question = question(7, "weekly.example", Kind::Txt).unwrap();
            question[2] |= 0x80;
            for answer in [bytes.clone(), [question.clone(), bytes.clone()].concat()] {
                if let Some(packet) = ours(&answer, 7, "weekly.example", Kind::Txt) {
                    let _ = read(&packet, "weekly.example", Kind::Txt);
                }
            }
            // Counts that promise more than there is.
            let at = at % question.len();
            question[at] ^= bytes.first().copied().unwrap_or(1);
            question.extend(&bytes);
            if let Some(packet) = ours(&question, 7, "weekly.example", Kind::Txt) {
                let _ = read(&packet, "weekly.example", Kind::Txt);
            }
        }
    }
}
