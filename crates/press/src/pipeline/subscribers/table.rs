//! Files of comma-separated values as they come: in several encodings, with several delimiters, damaged, endless.
//!
//! A file is looked through once to see how it is encoded, then read row by row. No more than one row is in memory, and a
//! row has a limit.

use crate::error::{Error, Result};
use csv::{Reader, ReaderBuilder, StringRecord};
use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Most bytes of one row. One that is longer has a quotation mark that is never closed.
const ROW_LIMIT_BYTES: u64 = 32 << 20;

/// Bytes that are read at once.
const CHUNK_BYTES: usize = 64 << 10;

/// A file of rows, and the names of its columns.
pub(super) struct Table {
    reader: Reader<Text>,
    /// What may still be read before the row must end.
    allowance: Arc<AtomicU64>,
    path: String,
    /// The names of the columns, as they stand there.
    pub(super) header: Vec<String>,
    /// How the file is encoded.
    pub(super) encoding: &'static str,
    /// How long the file is.
    pub(super) size_bytes: u64,
}

impl Table {
    /// Opens a file and reads its first row.
    pub(super) fn open(path: &Path) -> Result<Table> {
        let unreadable = |cause: std::io::Error| Error::io("read", path, &cause);
        let mut file = File::open(path).map_err(unreadable)?;
        if !file.metadata().map_err(unreadable)?.is_file() {
            return Err(Error::new(format!("{} is no file", path.display())));
        }
        let looked = Looked::through(&mut file).map_err(unreadable)?;
        let encoding = looked.encoding(path)?;
        let open = || {
            let file = File::open(path).map_err(unreadable)?;
            let allowance = Arc::new(AtomicU64::new(ROW_LIMIT_BYTES));
            Ok::<Text, Error>(Text::new(file, encoding, allowance))
        };
        let delimiter = delimiter(&mut open()?).map_err(unreadable)?;
        let text = open()?;
        let allowance = Arc::clone(&text.allowance);
        let mut table = Table {
            reader: ReaderBuilder::new()
                .delimiter(delimiter)
                .flexible(true)
                .has_headers(false)
                .buffer_capacity(CHUNK_BYTES)
                .from_reader(text),
            allowance,
            path: path.display().to_string(),
            header: Vec::new(),
            encoding: encoding.name(),
            size_bytes: looked.size_bytes,
        };
        let mut first = StringRecord::new();
        if table.next(&mut first)?.is_none() {
            return Err(Error::new(format!("{} is empty", table.path)));
        }
        table.header = first.iter().map(|name| name.trim().to_owned()).collect();
        Ok(table)
    }

    /// Reads the next row; the number of its first line, or nothing at the end.
    pub(super) fn next(&mut self, row: &mut StringRecord) -> Result<Option<u64>> {
        self.allowance.store(ROW_LIMIT_BYTES, Ordering::Relaxed);
        let read = self.reader.read_record(row);
        let line = row.position().map_or(1, csv::Position::line);
        match read {
            Ok(true) => Ok(Some(line)),
            Ok(false) => Ok(None),
            Err(cause) => {
                let line = self.reader.position().line();
                let error = Error::new(format!("cannot read {} after line {line}", self.path));
                let error = error.because(cause.to_string());
                Err(error.state("nothing was imported"))
            }
        }
    }

    /// How far it is read, in bytes of its text.
    pub(super) fn position_bytes(&self) -> u64 {
        self.reader.position().byte()
    }
}

/// What a look at all bytes of a file gave.
struct Looked {
    head: Vec<u8>,
    size_bytes: u64,
    zeros: u64,
    /// Characters of several bytes that are right in UTF-8, and places that are wrong.
    right: u64,
    wrong: u64,
}

impl Looked {
    fn through(file: &mut File) -> std::io::Result<Looked> {
        let mut looked = Looked {
            head: Vec::new(),
            size_bytes: 0,
            zeros: 0,
            right: 0,
            wrong: 0,
        };
        let mut bytes = vec![0; 1 << 20];
        let mut held = 0;
        loop {
            let read = file.read(&mut bytes[held..])?;
            if looked.head.is_empty() {
                looked.head = bytes[..read.min(512)].to_vec();
            }
            let end = held + read;
            looked.size_bytes += read as u64;
            looked.zeros += memchr::memchr_iter(0, &bytes[held..end]).count() as u64;
            let done = looked.judge(&bytes[..end], read == 0);
            if read == 0 {
                return Ok(looked);
            }
            bytes.copy_within(done..end, 0);
            held = end - done;
        }
    }

    /// Judges bytes as UTF-8; how many of them are done with.
    fn judge(&mut self, bytes: &[u8], last: bool) -> usize {
        let mut done = 0;
        loop {
            let (valid, wrong) = match std::str::from_utf8(&bytes[done..]) {
                Ok(text) => (text.len(), Some(0)),
                Err(error) => (error.valid_up_to(), error.error_len()),
            };
            if !bytes[done..done + valid].is_ascii() {
                let lead = |byte: &&u8| **byte >= 0xc0;
                self.right += bytes[done..done + valid].iter().filter(lead).count() as u64;
            }
            done += valid;
            match wrong {
                Some(0) => return done,
                Some(length) => {
                    self.wrong += 1;
                    done += length;
                }
                None if last => {
                    self.wrong += 1;
                    return bytes.len();
                }
                // The rest of a character comes with the next bytes.
                None => return done,
            }
        }
    }

    fn encoding(&self, path: &Path) -> Result<&'static Encoding> {
        if let Some((encoding, _)) = Encoding::for_bom(&self.head) {
            return Ok(encoding);
        }
        let refused = |what: &str, help: &str| {
            let error = Error::new(format!("{} is {what}", path.display()));
            Err(error.help(help.to_owned()))
        };
        if self.head.starts_with(b"PK\x03\x04") {
            let help = "unpack the archive, or save the sheet as CSV, and import that";
            return refused("an archive or a spreadsheet", help);
        }
        if self.zeros > 0 {
            // Letters of UTF-16 have a zero on one side.
            let zeros_at = |odd: usize| {
                let at = self.head.iter().skip(odd).step_by(2);
                at.filter(|byte| **byte == 0).count() * 4 > self.head.len()
            };
            return match (zeros_at(0), zeros_at(1)) {
                (true, false) => Ok(UTF_16BE),
                (false, true) => Ok(UTF_16LE),
                _ => refused("no text", "save the list as CSV in UTF-8, and import that"),
            };
        }
        match self.wrong > self.right {
            true => Ok(WINDOWS_1252),
            false => Ok(UTF_8),
        }
    }
}

/// A file as UTF-8, which stops when a row is too long.
struct Text {
    file: BufReader<File>,
    decoder: Decoder,
    raw: Vec<u8>,
    decoded: Vec<u8>,
    given: usize,
    ended: bool,
    allowance: Arc<AtomicU64>,
}

impl Text {
    fn new(file: File, encoding: &'static Encoding, allowance: Arc<AtomicU64>) -> Text {
        Text {
            file: BufReader::with_capacity(CHUNK_BYTES, file),
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; CHUNK_BYTES],
            decoded: Vec::new(),
            given: 0,
            ended: false,
            allowance,
        }
    }

    fn decode_more(&mut self) -> std::io::Result<()> {
        let read = self.file.read(&mut self.raw)?;
        self.ended = read == 0;
        let room = self
            .decoder
            .max_utf8_buffer_length(read)
            .unwrap_or(read * 4);
        self.decoded.resize(room, 0);
        let raw = &self.raw[..read];
        let (_, _, written, _) = self
            .decoder
            .decode_to_utf8(raw, &mut self.decoded, self.ended);
        self.decoded.truncate(written);
        self.given = 0;
        Ok(())
    }
}

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.given == self.decoded.len() && !self.ended {
            self.decode_more()?;
        }
        let some = buffer.len().min(self.decoded.len() - self.given);
        let Some(left) = self
            .allowance
            .load(Ordering::Relaxed)
            .checked_sub(some as u64)
        else {
            let limit = ROW_LIMIT_BYTES >> 20;
            return Err(std::io::Error::other(format!(
                "a row is longer than {limit} MiB; somewhere a quotation mark is opened and never closed"
            )));
        };
        self.allowance.store(left, Ordering::Relaxed);
        buffer[..some].copy_from_slice(&self.decoded[self.given..self.given + some]);
        self.given += some;
        Ok(some)
    }
}

/// What stands between the columns: that which the first line has most of.
fn delimiter(text: &mut Text) -> std::io::Result<u8> {
    let mut head = vec![0; CHUNK_BYTES];
    let read = text.read(&mut head)?;
    let line = head[..read]
        .split(|byte| matches!(byte, b'\n' | b'\r'))
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in line {
        quoted ^= *byte == b'"';
        for (delimiter, count) in &mut counts {
            *count += usize::from(!quoted && byte == delimiter);
        }
    }
    // Of equals the first is meant.
    let best = counts.iter().rev().max_by_key(|(_, count)| *count);
    Ok(best.map_or(b',', |(delimiter, _)| *delimiter))
}
