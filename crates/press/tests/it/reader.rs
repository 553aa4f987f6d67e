//! `press server` as a process, and those who talk to it: plain requests, with nothing that a library would set right.

use crate::world::{PATIENCE, World, press};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// A running server. It is killed when the test is over.
pub(crate) struct Running {
    pub(crate) child: Child,
    /// Host and port.
    pub(crate) address: String,
    /// What it said so far.
    pub(crate) said: Arc<Mutex<Vec<String>>>,
}

impl Running {
    /// Starts it on a newsletter, at a free port.
    #[track_caller]
    pub(crate) fn start(world: &World) -> Running {
        Running::run(press().arg("-C").arg(world.folder()))
    }

    /// The same with variables of the environment.
    #[track_caller]
    pub(crate) fn start_with(world: &World, variables: &[(&str, &str)]) -> Running {
        let mut command = press();
        command.envs(variables.iter().copied());
        Running::run(command.arg("-C").arg(world.folder()))
    }

    #[track_caller]
    fn run(command: &mut Command) -> Running {
        let command = command.args(["server", "--listen", "127.0.0.1:0"]);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let said = Arc::new(Mutex::new(Vec::new()));
        let mut address = None;
        for line in lines.by_ref() {
            let line = line.unwrap();
            address = line
                .strip_prefix("http://")
                .and_then(|rest| rest.split('/').next())
                .map(str::to_owned);
            said.lock().unwrap().push(line);
            if address.is_some() {
                break;
            }
        }
        let log = Arc::clone(&said);
        std::thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .for_each(|line| log.lock().unwrap().push(line));
        });
        let address =
            address.unwrap_or_else(|| panic!("it did not start: {:?}", said.lock().unwrap()));
        Running {
            child,
            address,
            said,
        }
    }

    /// One request on a connection of its own.
    #[track_caller]
    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        Line::open(&self.address).ask(method, path, headers, body)
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[], "")
    }

    /// Sends a form, as a page of the site does.
    #[track_caller]
    pub(crate) fn post(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        let body = encode(form);
        self.ask(
            "POST",
            path,
            &[FORM, ("Sec-Fetch-Site", "same-origin")],
            &body,
        )
    }

    /// Ends it at once, as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// A form's fields as they travel.
pub(crate) fn encode(form: &[(&str, &str)]) -> String {
    let mut body = String::new();
    for (name, value) in form {
        if !body.is_empty() {
            body.push('&');
        }
        for (text, end) in [(name, "="), (value, "")] {
            for byte in text.bytes() {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                        body.push(byte as char);
                    }
                    _ => body.push_str(&format!("%{byte:02X}")),
                }
            }
            body.push_str(end);
        }
    }
    body
}

/// A connection that stays open from one request to the next.
pub(crate) struct Line {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Line {
    pub(crate) fn open(address: &str) -> Line {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Line {
            stream: BufReader::new(stream),
            host: address.to_owned(),
        }
    }

    #[track_caller]
    pub(crate) fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        self.try_ask(method, path, headers, body).unwrap()
    }

    /// The same, where the server may go away.
    pub(crate) fn try_ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> std::io::Result<Reply> {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.host);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if method == "POST" {
            request.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        request.push_str(&format!("\r\n{body}"));
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.read(method == "HEAD")
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Reads an answer.
    pub(crate) fn read(&mut self, without_body: bool) -> std::io::Result<Reply> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.stream.read_line(&mut head)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        let mut reply = Reply {
            head,
            body: Vec::new(),
        };
        if reply.header("transfer-encoding") == Some("chunked") {
            loop {
                let mut size = String::new();
                self.stream.read_line(&mut size)?;
                let size = usize::from_str_radix(size.trim(), 16).unwrap();
                let mut piece = vec![0; size + 2];
                self.stream.read_exact(&mut piece)?;
                if size == 0 {
                    break;
                }
                reply.body.extend_from_slice(&piece[..size]);
            }
        } else if !without_body && !matches!(reply.status(), 204 | 304) {
            let length = reply
                .header("content-length")
                .map_or(0, |length| length.parse().unwrap());
            reply.body = vec![0; length];
            self.stream.read_exact(&mut reply.body)?;
        }
        Ok(reply)
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Fails unless the status is this one; the answer.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Reply {
        assert_eq!(self.status(), status, "{}\n{}", self.head, self.text());
        self
    }

    /// Fails unless all of `parts` are in the body; the answer.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Reply {
        let text = self.text();
        for part in parts {
            assert!(text.contains(part), "{part:?} is not in\n{text}");
        }
        self
    }
}

/// The letters that were put into a folder, as text without the soft line ends of their encoding.
pub(crate) fn letters(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder.join("new")) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
        .collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        std::fs::read_to_string(path)
            .unwrap()
            .replace("=\r\n", "")
            .replace("=3D", "=")
    };
    paths.iter().map(read).collect()
}

/// The path behind `marker` in a letter: `/confirm/` and what follows.
#[track_caller]
pub(crate) fn link<'l>(letter: &'l str, marker: &str) -> &'l str {
    let at = letter
        .find(marker)
        .unwrap_or_else(|| panic!("no {marker} in\n{letter}"));
    letter[at..].split_whitespace().next().unwrap()
}
