//! The form of a backup: packed with gzip, a JSON value on each line.
//!
//! ```text
//! {"press-backup":1,"steps":6,"made_s":1763760000,"database":"sqlite","press":"0.1.0"}
//! {"table":"subscriber","columns":["id","address"],"last":7}
//! [3,"ada@example.org"]
//! {"rows":1,"sha256":"…"}
//! ```
//!
//! The hash is that of all bytes before its line, so `zcat FILE | head -n -1 | sha256sum` shows it, too. Bytes stand as
//! `{"base64":"…"}`. A file that ends early has no last line; one that goes on behind it was put together by somebody else.

use crate::error::{Error, Result};
use crate::store::{Datum, Table};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

/// The form's version.
const VERSION: u32 = 1;

/// Longest line. The longest that we write is a mail, and mails are kept far shorter.
const MOST_BYTES: u64 = 64 << 20;

/// What a backup says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Head {
    #[serde(rename = "press-backup")]
    version: u32,
    pub(super) steps: usize,
    pub(super) made_s: i64,
    database: String,
    press: String,
}

/// What it says of a table before its rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TableHead {
    pub(super) table: String,
    pub(super) columns: Vec<String>,
    /// The highest number that it gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct End {
    rows: u64,
    sha256: String,
}

/// A line, understood.
#[derive(Debug)]
pub(super) enum Line {
    Head(Head),
    Table(TableHead),
    Row(Vec<Datum>),
}

/// What is in a backup.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// How many steps made its tables.
    pub steps: usize,
    /// When it was made, in seconds since 1970.
    pub made_s: i64,
    /// The kind of database it was made from.
    pub database: String,
    /// The press that made it.
    pub press: String,
    /// How many rows it has.
    pub rows: u64,
    /// How many of them are subscribers.
    pub subscribers: u64,
    /// How many of them are suppressed addresses.
    pub suppressed: u64,
}

/// Writes a backup.
pub(super) struct Writer<'o> {
    out: GzEncoder<&'o mut dyn Write>,
    hash: Context,
    rows: u64,
    line: Vec<u8>,
}

impl<'o> Writer<'o> {
    pub(super) fn new(out: &'o mut dyn Write) -> Writer<'o> {
        Writer {
            out: GzEncoder::new(out, Compression::new(3)),
            hash: Context::new(&SHA256),
            rows: 0,
            line: Vec::new(),
        }
    }

    pub(super) fn head(&mut self, steps: usize, made_s: i64, database: &str) -> Result<()> {
        self.write(&Head {
            version: VERSION,
            steps,
            made_s,
            database: database.to_owned(),
            press: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    pub(super) fn table(&mut self, table: &Table) -> Result<()> {
        let columns = table.columns.iter();
        self.write(&TableHead {
            table: table.name.clone(),
            columns: columns.map(|column| column.name.clone()).collect(),
            last: table.last,
        })
    }

    pub(super) fn row(&mut self, row: &[Datum]) -> Result<()> {
        self.rows += 1;
        let row: Vec<Value> = row.iter().map(as_json).collect();
        self.write(&row)
    }

    /// Writes the last line.
    pub(super) fn end(mut self) -> Result<()> {
        let hash = self.hash.clone().finish();
        let rows = self.rows;
        self.write(&End {
            rows,
            sha256: hex(hash.as_ref()),
        })?;
        self.out
            .finish()
            .map(|_| ())
            .map_err(|cause| unwritten(&cause))
    }

    fn write(&mut self, value: &impl Serialize) -> Result<()> {
        self.line.clear();
        let line = serde_json::to_writer(&mut self.line, value);
        line.map_err(|cause| unwritten(&cause.into()))?;
        self.line.push(b'\n');
        self.hash.update(&self.line);
        let written = self.out.write_all(&self.line);
        written.map_err(|cause| unwritten(&cause))
    }
}

fn unwritten(cause: &std::io::Error) -> Error {
    let error = Error::new("the backup cannot be written").because(cause.to_string());
    error
        .help("make room on the disk, or name another place, and run the same command again")
        .state("nothing was written; an earlier backup is as it was")
}

/// Reads a backup. An error anywhere means that it is not to be used.
pub(super) struct Reader {
    path: PathBuf,
    input: BufReader<GzDecoder<BufReader<File>>>,
    hash: Context,
    rows: u64,
    lines: u64,
    columns: usize,
    line: Vec<u8>,
}

impl Reader {
    pub(super) fn open(path: &Path) -> Result<Reader> {
        let file = File::open(path).map_err(|cause| Error::io("read", path, &cause))?;
        Ok(Reader {
            path: path.to_owned(),
            input: BufReader::new(GzDecoder::new(BufReader::new(file))),
            hash: Context::new(&SHA256),
            rows: 0,
            lines: 0,
            columns: 0,
            line: Vec::new(),
        })
    }

    /// The next line; nothing behind the last one, which has been compared with all that was read.
    pub(super) fn next(&mut self) -> Result<Option<Line>> {
        self.read_line()?;
        self.lines += 1;
        if self.lines == 1 {
            return self.head().map(|head| Some(Line::Head(head)));
        }
        if self.line.starts_with(b"[") {
            self.hash.update(&self.line);
            self.rows += 1;
            return self.row().map(|row| Some(Line::Row(row)));
        }
        if let Ok(table) = serde_json::from_slice::<TableHead>(&self.line) {
            self.hash.update(&self.line);
            self.columns = table.columns.len();
            return Ok(Some(Line::Table(table)));
        }
        let end = serde_json::from_slice::<End>(&self.line);
        let end = end.map_err(|_| self.damaged("a line of it means nothing"))?;
        self.end(&end)?;
        Ok(None)
    }

    fn read_line(&mut self) -> Result<()> {
        self.line.clear();
        let mut limited = (&mut self.input).take(MOST_BYTES);
        let read = limited.read_until(b'\n', &mut self.line);
        let read = read.map_err(|cause| match self.lines {
            0 => self.foreign(),
            _ => self.damaged(&cause.to_string()),
        })?;
        match self.line.last() {
            Some(b'\n') => Ok(()),
            _ if self.lines == 0 => Err(self.foreign()),
            _ if read as u64 == MOST_BYTES => Err(self.damaged("a line of it has no end")),
            _ => Err(self.damaged("it breaks off")),
        }
    }

    fn head(&mut self) -> Result<Head> {
        self.hash.update(&self.line);
        let head = serde_json::from_slice::<Head>(&self.line).map_err(|_| self.foreign())?;
        if head.version > VERSION {
            let what = format!("{} was written by a newer press", self.path.display());
            return Err(Error::new(what)
                .help("use that one")
                .state("nothing was changed"));
        }
        Ok(head)
    }

    fn row(&self) -> Result<Vec<Datum>> {
        let row = serde_json::from_slice::<Vec<Value>>(&self.line);
        let row = row.map_err(|_| self.damaged("a row of it cannot be read"))?;
        if row.len() != self.columns {
            return Err(self.damaged("a row of it has not as many values as its table has columns"));
        }
        let row: Option<Vec<Datum>> = row.into_iter().map(from_json).collect();
        row.ok_or_else(|| self.damaged("a row of it holds what no database holds"))
    }

    fn end(&mut self, end: &End) -> Result<()> {
        let hash = self.hash.clone().finish();
        if end.sha256 != hex(hash.as_ref()) || end.rows != self.rows {
            return Err(self.damaged("its checksum is another one"));
        }
        // What follows would not be covered by it.
        let mut more = [0];
        let packed = self.input.read(&mut more);
        let behind = self.input.get_mut().get_mut().read(&mut more);
        match (packed, behind) {
            (Ok(0), Ok(0)) => Ok(()),
            (Err(cause), _) | (_, Err(cause)) => Err(self.damaged(&cause.to_string())),
            _ => Err(self.damaged("something follows its end")),
        }
    }

    fn damaged(&self, why: &str) -> Error {
        let what = format!("{} is damaged", self.path.display());
        let error = Error::new(what).because(why.to_owned());
        error
            .help("take an older backup, or another copy of this one")
            .state("nothing was changed")
    }

    fn foreign(&self) -> Error {
        let what = format!("{} is no backup of press", self.path.display());
        let error = Error::new(what).help("`press backup FILE` writes one");
        error.state("nothing was changed")
    }
}

/// Reads a whole backup.
pub(super) fn verify(path: &Path) -> Result<Summary> {
    let mut reader = Reader::open(path)?;
    let mut head = None;
    let (mut table, mut subscribers, mut suppressed) = (String::new(), 0, 0);
    while let Some(line) = reader.next()? {
        match line {
            Line::Head(found) => head = Some(found),
            Line::Table(found) => table = found.table,
            Line::Row(_) => match table.as_str() {
                "subscriber" => subscribers += 1,
                "suppression" => suppressed += 1,
                _ => {}
            },
        }
    }
    let head = head.ok_or_else(|| reader.foreign())?;
    Ok(Summary {
        steps: head.steps,
        made_s: head.made_s,
        database: head.database,
        press: head.press,
        rows: reader.rows,
        subscribers,
        suppressed,
    })
}

/// Whether a file begins as a backup does.
pub(super) fn is_backup(path: &Path) -> bool {
    Reader::open(path).is_ok_and(|mut reader| matches!(reader.next(), Ok(Some(Line::Head(_)))))
}

fn as_json(datum: &Datum) -> Value {
    match datum {
        Datum::Null => Value::Null,
        Datum::Int(value) => Value::from(*value),
        Datum::Text(value) => Value::from(value.as_str()),
        Datum::Bool(value) => Value::from(*value),
        Datum::Bytes(value) => serde_json::json!({ "base64": STANDARD.encode(value) }),
    }
}

fn from_json(value: Value) -> Option<Datum> {
    Some(match value {
        Value::Null => Datum::Null,
        Value::Bool(value) => Datum::Bool(value),
        Value::Number(value) => Datum::Int(value.as_i64()?),
        Value::String(value) => Datum::Text(value),
        Value::Object(value) => {
            let text = value.get("base64").filter(|_| value.len() == 1)?;
            Datum::Bytes(STANDARD.decode(text.as_str()?).ok()?)
        }
        Value::Array(_) => return None,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A small backup, and what is in it.
    fn sample() -> (Vec<u8>, Vec<Vec<Datum>>) {
        let rows = vec![
            vec![
                Datum::Int(i64::MIN),
                Datum::Null,
                Datum::Text("ä\n\"\u{0}\\".into()),
            ],
            vec![
                Datum::Int(7),
                Datum::Bool(true),
                Datum::Bytes(vec![0, 255, 10]),
            ],
        ];
        let mut bytes = Vec::new();
        let out: &mut dyn Write = &mut bytes;
        let mut writer = Writer::new(out);
        writer.head(6, 1_763_760_000, "sqlite").unwrap();
        let head = TableHead {
            table: "subscriber".into(),
            columns: ["id", "a", "b"].map(str::to_owned).to_vec(),
            last: Some(9),
        };
        writer.write(&head).unwrap();
        for row in &rows {
            writer.row(row).unwrap();
        }
        writer.end().unwrap();
        (bytes, rows)
    }

    fn read(bytes: &[u8]) -> Result<Vec<Vec<Datum>>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup.gz");
        std::fs::write(&path, bytes).unwrap();
        let mut reader = Reader::open(&path)?;
        let mut rows = Vec::new();
        while let Some(line) = reader.next()? {
            if let Line::Row(row) = line {
                rows.push(row);
            }
        }
        Ok(rows)
    }

    #[test]
    fn what_was_written_is_read() {
        let (bytes, rows) = sample();
        assert_eq!(read(&bytes).unwrap(), rows);
    }

    #[test]
    fn no_part_of_a_backup_is_one() {
        let (bytes, _) = sample();
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end]).is_err(), "{end} of {}", bytes.len());
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(read(&longer).unwrap_err().message().contains("follows"));
        longer.pop();
        longer.extend(&bytes);
        assert!(read(&longer).unwrap_err().message().contains("follows"));
    }

    #[test]
    fn a_changed_byte_is_noticed_or_means_nothing() {
        let (bytes, rows) = sample();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1 << bit;
                if let Ok(found) = read(&damaged) {
                    assert_eq!(found, rows, "byte {at}");
                }
            }
        }
    }

    #[test]
    fn a_row_that_was_changed_by_hand_is_noticed() {
        let (bytes, _) = sample();
        let mut text = String::new();
        GzDecoder::new(&bytes[..])
            .read_to_string(&mut text)
            .unwrap();
        for (from, to, said) in [
            ("[7,", "[8,", "checksum"),
            ("[7,true,", "[7,", "as many values"),
            ("[7,true,", "[7,[],", "no database"),
            ("[7,true,", "[7.5,true,", "no database"),
            ("{\"rows\":2", "{\"rows\":3", "checksum"),
            ("{\"rows\":2", "{\"rowz\":2", "means nothing"),
            ("{\"press-backup\":1", "{\"press-backup\":2", "newer press"),
            ("{\"press-backup\":1", "{\"press\":1", "no backup"),
        ] {
            assert!(text.contains(from), "{from}");
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            packed
                .write_all(text.replacen(from, to, 1).as_bytes())
                .unwrap();
            let message = read(&packed.finish().unwrap()).unwrap_err().message();
            assert!(message.contains(said), "{message}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_in_a_file_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&bytes);
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(&bytes).unwrap();
            prop_assert!(read(&packed.finish().unwrap()).is_err());
        }
    }
}
