//! A DNS server for tests: it says what it was told to say, over UDP and TCP, rightly or as servers do that misbehave.

use simple_dns::rdata::{A, AAAA, CNAME, MX, PTR, RData, TXT};
use simple_dns::{CLASS, Name, Packet, PacketFlag, QTYPE, RCODE, ResourceRecord, TYPE};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::sync::{Arc, Mutex};

/// What is said of a name.
#[derive(Clone, Debug)]
pub(crate) enum Says {
    /// These texts, each cut into strings of so many bytes.
    Texts(Vec<String>, usize),
    /// Bytes that are no text.
    Noise,
    Addresses(Vec<IpAddr>),
    Mail(Vec<(u16, &'static str)>),
    Pointers(Vec<&'static str>),
    /// Another name; what that one has comes along if it is told to.
    Alias(&'static str, bool),
    /// It could not find out.
    Failure,
    /// Nothing at all.
    Silence,
    /// First what nobody asked for, then this.
    Forged(Box<Says>),
}

#[derive(Default)]
struct Told {
    zone: HashMap<(String, u16), Says>,
    asked: Vec<String>,
}

/// The server.
#[derive(Clone)]
pub(crate) struct Zone {
    pub(crate) address: SocketAddr,
    told: Arc<Mutex<Told>>,
}

impl Zone {
    /// Starts it on a port of its own.
    pub(crate) fn start() -> Zone {
        // The same port for both.
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap();
        let told = Arc::default();
        let zone = Zone { address, told };
        let (one, other) = (zone.clone(), zone.clone());
        std::thread::spawn(move || one.by_udp(&udp));
        std::thread::spawn(move || other.by_tcp(&tcp));
        zone
    }

    fn tell(&self, name: &str, kind: TYPE, says: Says) {
        let key = (name.to_owned(), u16::from(kind));
        self.told.lock().unwrap().zone.insert(key, says);
    }

    #[allow(
        clippy::needless_pass_by_value,
        reason = "what is told is easier to read without `&`"
    )]
    pub(crate) fn says(&self, name: &str, says: Says) {
        for kind in [TYPE::A, TYPE::AAAA, TYPE::TXT, TYPE::MX, TYPE::PTR] {
            self.tell(name, kind, says.clone());
        }
    }

    pub(crate) fn text(&self, name: &str, text: &str) {
        self.texts(name, &[text]);
    }

    pub(crate) fn texts(&self, name: &str, texts: &[&str]) {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        self.tell(name, TYPE::TXT, Says::Texts(texts, 100));
    }

    pub(crate) fn address(&self, name: &str, address: &str) {
        let address: IpAddr = address.parse().unwrap();
        let kind = if address.is_ipv4() {
            TYPE::A
        } else {
            TYPE::AAAA
        };
        self.tell(name, kind, Says::Addresses(vec![address]));
    }

    pub(crate) fn mail(&self, name: &str, servers: &[(u16, &'static str)]) {
        self.tell(name, TYPE::MX, Says::Mail(servers.to_vec()));
    }

    pub(crate) fn pointer(&self, name: &str, to: &'static str) {
        self.tell(name, TYPE::PTR, Says::Pointers(vec![to]));
    }

    /// All that was asked, "udp weekly.example TXT".
    pub(crate) fn asked(&self) -> Vec<String> {
        self.told.lock().unwrap().asked.clone()
    }

    fn by_udp(&self, socket: &UdpSocket) {
        let mut buffer = [0; 4096];
        while let Ok((size, from)) = socket.recv_from(&mut buffer) {
            for answer in self.answers(&buffer[..size], "udp") {
                let _ = socket.send_to(&answer, from);
            }
        }
    }

    fn by_tcp(&self, listener: &TcpListener) {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut size = [0; 2];
            if stream.read_exact(&mut size).is_err() {
                continue;
            }
            let mut question = vec![0; usize::from(u16::from_be_bytes(size))];
            if stream.read_exact(&mut question).is_err() {
                continue;
            }
            for answer in self.answers(&question, "tcp") {
                let size = u16::try_from(answer.len()).unwrap();
                let _ = stream.write_all(&[&size.to_be_bytes()[..], &answer].concat());
            }
        }
    }

    fn answers(&self, question: &[u8], way: &str) -> Vec<Vec<u8>> {
        let packet = Packet::parse(question).unwrap();
        let asked = &packet.questions[0];
        let name = asked.qname.to_string().to_ascii_lowercase();
        let QTYPE::TYPE(kind) = asked.qtype else {
            panic!("only one type is asked for")
        };
        let mut told = self.told.lock().unwrap();
        told.asked.push(format!("{way} {name} {kind:?}"));
        let says = told.zone.get(&(name.clone(), u16::from(kind))).cloned();
        let mut answer = Packet::parse(question).unwrap().into_reply();
        let says = match says {
            Some(Says::Silence) => return Vec::new(),
            Some(Says::Failure) => {
                *answer.rcode_mut() = RCODE::ServerFailure;
                return vec![answer.build_bytes_vec().unwrap()];
            }
            Some(says) => says,
            None => {
                if !told.zone.keys().any(|(known, _)| *known == name) {
                    *answer.rcode_mut() = RCODE::NameError;
                }
                return vec![answer.build_bytes_vec().unwrap()];
            }
        };
        let mut before = Vec::new();
        let says = match says {
            Says::Forged(says) => {
                before.push(b"no packet".to_vec());
                let mut wrong = Packet::parse(question).unwrap().into_reply();
                wrong.set_id(packet.id().wrapping_add(1));
                before.push(wrong.build_bytes_vec().unwrap());
                // The same number, for another name.
                let mut other = Packet::new_reply(packet.id());
                let mut asked = packet.questions[0].clone();
                asked.qname = Name::new_unchecked("other.example");
                other.questions.push(asked);
                before.push(other.build_bytes_vec().unwrap());
                *says
            }
            says => says,
        };
        let mut owner = name;
        let mut says = says;
        if let Says::Alias(to, along) = says {
            answer
                .answers
                .push(record(&owner, RData::CNAME(CNAME(leaked(to)))));
            owner = to.to_owned();
            let known = told.zone.get(&(owner.clone(), u16::from(kind))).cloned();
            says = known
                .filter(|_| along)
                .unwrap_or(Says::Addresses(Vec::new()));
        }
        answer
            .answers
            .extend(data(&says).into_iter().map(|data| record(&owner, data)));
        let mut bytes = answer.build_bytes_vec().unwrap();
        if way == "udp" && bytes.len() > 512 {
            answer.answers.clear();
            answer.set_flags(PacketFlag::TRUNCATION);
            bytes = answer.build_bytes_vec().unwrap();
        }
        before.push(bytes);
        before
    }
}

fn leaked(name: &str) -> Name<'static> {
    Name::new_unchecked(name).into_owned()
}

fn record(owner: &str, data: RData<'static>) -> ResourceRecord<'static> {
    ResourceRecord::new(leaked(owner), CLASS::IN, 60, data)
}

fn data(says: &Says) -> Vec<RData<'static>> {
    match says {
        Says::Texts(texts, size) => texts
            .iter()
            .map(|text| {
                let strings = text.as_bytes().chunks(*size);
                let strings = strings
                    .map(|part| simple_dns::CharacterString::new(part).unwrap().into_owned());
                let text = strings.fold(TXT::new(), TXT::with_char_string);
                RData::TXT(text)
            })
            .collect(),
        Says::Noise => {
            let noise = simple_dns::CharacterString::new(&[0xff, 0xfe, 0]).unwrap();
            vec![RData::TXT(TXT::new().with_char_string(noise.into_owned()))]
        }
        Says::Addresses(addresses) => addresses
            .iter()
            .map(|address| match address {
                IpAddr::V4(address) => RData::A(A {
                    address: u32::from(*address),
                }),
                IpAddr::V6(address) => RData::AAAA(AAAA {
                    address: u128::from(*address),
                }),
            })
            .collect(),
        Says::Mail(servers) => servers
            .iter()
            .map(|(preference, exchange)| {
                RData::MX(MX {
                    preference: *preference,
                    exchange: leaked(exchange),
                })
            })
            .collect(),
        Says::Pointers(names) => names
            .iter()
            .map(|name| RData::PTR(PTR(leaked(name))))
            .collect(),
        says => panic!("{says:?} is no data"),
    }
}
