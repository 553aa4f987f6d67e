//! `press subscribers import`: a file of people, all of it or nothing.
//!
//! Rows are read one by one, in a thread of its own, and go to the store in batches, in one transaction. What cannot be
//! taken goes into a file of its own, with line and reason. A run that is killed, or that fails, has imported nobody.

use super::forms::{Columns, Field, Form, standing_of_file};
use super::rows::{Reading, Refusal};
use super::table::Table;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::store::{Arrival, Arrived, Maker, Ready, Receiving, Store, SubscriptionState, Terms};
use csv::StringRecord;
use jiff::Timestamp;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use xxhash_rust::xxh3::xxh3_64;

/// What to import, and how.
pub struct ImportOptions<'o> {
    /// The file.
    pub file: &'o Path,
    /// The list of those who name none; the first one without it.
    pub list: Option<&'o str>,
    /// How those stand of whom the file does not say it.
    pub status: Option<SubscriptionState>,
    /// The file for rows that cannot be taken; beside the other one without it.
    pub rejected: Option<&'o Path>,
    /// On what consent those come back who unsubscribed; without it they do not.
    pub resubscribe: Option<&'o str>,
    /// Whether everything is only counted.
    pub dry_run: bool,
    /// The present.
    pub now: Timestamp,
    /// Told now and then how many bytes of how many are read.
    pub progress: &'o dyn Fn(u64, u64),
}

/// What an import did.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Imported {
    /// Whose form the file has.
    pub form: Form,
    /// How it is encoded.
    pub encoding: &'static str,
    /// Its rows without the first.
    pub rows: u64,
    /// What became of those that could be taken.
    #[serde(flatten)]
    pub arrived: Arrived,
    /// Rows with an address that an earlier row had already.
    pub duplicates: u64,
    /// Rows that could not be taken.
    pub rejected: u64,
    /// Where these are.
    pub rejected_to: Option<PathBuf>,
    /// Columns that nothing was taken from.
    pub unused: Vec<String>,
}

/// Rows that go to the store together.
const BATCH: usize = 24_000;

/// Rows that cannot be taken and are told together.
const REFUSED: usize = 1_000;

/// Imports a file.
pub fn import(config: &Config, options: &ImportOptions<'_>) -> Result<Imported> {
    let list = config.list(options.list)?;
    let table = Table::open(options.file)?;
    let columns = Columns::of(&table.header);
    let columns = columns.ok_or_else(|| no_addresses(options.file, &table.header))?;
    let name = options.file.file_name().unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    let reading = Reading {
        config,
        columns: &columns,
        width: table.header.len(),
        list,
        of_file: standing_of_file(&columns, &name.to_lowercase()),
        otherwise: options.status,
        now_s: options.now.as_second(),
    };
    let source = match options.resubscribe {
        Some(consent) => format!("{name}: {consent}"),
        None => name,
    };
    let terms = Terms {
        source: Some(source),
        resubscribe: options.resubscribe.is_some(),
        tokens: columns.has(Field::Token),
        now_s: options.now.as_second(),
    };
    let rejects = Rejects::new(options, &table.header)?;
    let importing = Importing {
        options,
        rejects,
        columns: &columns,
        encoding: table.encoding,
        size_bytes: table.size_bytes,
    };
    let reader = Reader {
        file: options.file,
        table,
        reading,
        batch: Batch::default(),
        refused: Vec::new(),
        rows: 0,
    };
    let runtime = crate::pipeline::runtime()?;
    std::thread::scope(|scope| {
        // Nothing is kept between the two: no more than two portions are in memory.
        let (give, take) = sync_channel(0);
        runtime.block_on(async {
            let store = Store::open(&config.store).await?;
            let receiving = store.receive(terms).await?;
            let maker = receiving.maker();
            scope.spawn(move || reader.run(&maker, &give));
            let done = importing.run(take, receiving).await;
            store.close().await;
            done
        })
    })
}

/// Rows that were read.
struct Portion {
    arrivals: Ready,
    /// Rows that cannot be taken: line, reason and fields.
    refused: Vec<(u64, String, Vec<String>)>,
    position_bytes: u64,
    /// After the last row: the number of all rows, and of those with an address that an earlier one had already.
    end: Option<(u64, u64)>,
}

/// What reads the file while the store is busy with what was read before.
struct Reader<'i> {
    file: &'i Path,
    table: Table,
    reading: Reading<'i>,
    batch: Batch,
    refused: Vec<(u64, String, Vec<String>)>,
    rows: u64,
}

impl Reader<'_> {
    /// Reads to the end, or until the first error, which is the last thing that is given.
    fn run(mut self, maker: &Maker, give: &SyncSender<Result<Portion>>) {
        let last = self
            .read(maker, give)
            .and_then(|()| self.portion(maker, true));
        // Nobody waits for it if the store has failed.
        let _ = give.send(last);
    }

    fn read(&mut self, maker: &Maker, give: &SyncSender<Result<Portion>>) -> Result<()> {
        let mut row = StringRecord::new();
        while let Some(line) = self.table.next(&mut row)? {
            self.rows += 1;
            match self.reading.read(&row, line) {
                Ok(arrival) => {
                    let full = self.batch.is_full_before(&arrival);
                    if full && give.send(Ok(self.portion(maker, false)?)).is_err() {
                        return Ok(());
                    }
                    self.batch.take(arrival);
                }
                Err(Refusal::Row(why)) => {
                    self.refuse(&row, line, why);
                    let full = self.refused.len() >= REFUSED;
                    if full && give.send(Ok(self.refusals(maker)?)).is_err() {
                        return Ok(());
                    }
                }
                Err(Refusal::NobodySaid) => return Err(nobody_said(self.file, line)),
            }
        }
        Ok(())
    }

    fn refuse(&mut self, row: &StringRecord, line: u64, why: String) {
        // What is too long to be taken is too long to be shown.
        let short = |field: &str| field.chars().take(1_000).collect();
        let fields = row.iter().take(self.reading.width).map(short).collect();
        self.refused.push((line, why, fields));
    }

    /// Only what cannot be taken: rows that could be are kept together.
    fn refusals(&mut self, maker: &Maker) -> Result<Portion> {
        Ok(Portion {
            arrivals: maker.make(Vec::new())?,
            refused: std::mem::take(&mut self.refused),
            position_bytes: self.table.position_bytes(),
            end: None,
        })
    }

    fn portion(&mut self, maker: &Maker, last: bool) -> Result<Portion> {
        Ok(Portion {
            arrivals: maker.make(self.batch.clear())?,
            end: last.then_some((self.rows, self.batch.duplicates)),
            ..self.refusals(maker)?
        })
    }
}

/// An import under way.
struct Importing<'i> {
    options: &'i ImportOptions<'i>,
    rejects: Rejects,
    columns: &'i Columns,
    encoding: &'static str,
    size_bytes: u64,
}

impl Importing<'_> {
    async fn run(
        mut self,
        take: Receiver<Result<Portion>>,
        mut receiving: Receiving,
    ) -> Result<Imported> {
        // Between two portions there is nothing else to do: this may wait as it is.
        while let Ok(portion) = take.recv() {
            let portion = portion?;
            for (line, why, fields) in portion.refused {
                self.rejects.tell(line, &why, fields.into_iter())?;
            }
            if !portion.arrivals.is_empty() {
                for (line, why) in receiving.add_ready(portion.arrivals).await? {
                    self.rejects.tell(line, why, std::iter::empty())?;
                }
            }
            (self.options.progress)(portion.position_bytes, self.size_bytes);
            if let Some((rows, duplicates)) = portion.end {
                return self.finish(receiving, rows, duplicates).await;
            }
        }
        let file = self.options.file.display();
        Err(Error::new(format!("{file} was not read to its end")).state("nothing was imported"))
    }

    async fn finish(
        mut self,
        receiving: Receiving,
        rows: u64,
        duplicates: u64,
    ) -> Result<Imported> {
        self.rejects.finish()?;
        let arrived = match self.options.dry_run {
            true => receiving.roll_back().await,
            false => receiving.commit().await?,
        };
        Ok(Imported {
            form: self.columns.form,
            encoding: self.encoding,
            rows,
            arrived,
            duplicates,
            rejected: self.rejects.count,
            rejected_to: (self.rejects.count > 0).then(|| self.rejects.path.clone()),
            unused: self.columns.unused.clone(),
        })
    }
}

fn no_addresses(file: &Path, header: &[String]) -> Error {
    let seen: String = header.join(", ").chars().take(200).collect();
    Error::new(format!("{} has no column of addresses", file.display()))
        .because(format!("its first row is: {seen}"))
        .help("the first row names the columns, and one of them is `email`")
}

fn nobody_said(file: &Path, line: u64) -> Error {
    let file = file.display();
    let what = format!("{file} does not say whether these people confirmed");
    Error::new(what)
        .because(format!(
            "line {line} has no status, and neither has the file"
        ))
        .help(
            "say it with `--status confirmed` if all of them did and you can show it, else with \
             `--status unconfirmed`",
        )
        .state("nothing was imported")
}

/// Rows on their way to the store: no two of the same address and list.
#[derive(Default)]
struct Batch {
    arrivals: Vec<Arrival>,
    /// Hashes of address and list: where the rows of this batch are in it.
    here: HashMap<u64, usize>,
    /// Those of all rows so far.
    seen: HashSet<u64>,
    duplicates: u64,
}

impl Batch {
    /// Whether the batch goes to the store before this row. Rows of one person stay together: the first must not
    /// suppress an address that the second one still needs.
    fn is_full_before(&self, next: &Arrival) -> bool {
        let last = self.arrivals.last();
        self.arrivals.len() >= BATCH && last.is_some_and(|last| last.address != next.address)
            || self.arrivals.len() >= 2 * BATCH
    }

    fn take(&mut self, arrival: Arrival) {
        let key = format!("{}\n{}", arrival.address.key(), arrival.list);
        let key = xxh3_64(key.as_bytes());
        // Of one in an earlier batch the store knows which of the two holds.
        self.duplicates += u64::from(!self.seen.insert(key));
        match self.here.entry(key) {
            Entry::Occupied(place) => self.arrivals[*place.get()].join(arrival),
            Entry::Vacant(place) => {
                place.insert(self.arrivals.len());
                self.arrivals.push(arrival);
            }
        }
    }

    /// Gives the rows away; the next batch begins.
    fn clear(&mut self) -> Vec<Arrival> {
        self.here.clear();
        std::mem::take(&mut self.arrivals)
    }
}

/// The rows that cannot be taken, in a file that is made when there is one.
struct Rejects {
    path: PathBuf,
    header: Vec<String>,
    writer: Option<csv::Writer<File>>,
    count: u64,
}

impl Rejects {
    fn new(options: &ImportOptions<'_>, header: &[String]) -> Result<Rejects> {
        let beside = || {
            let name = options.file.file_stem().unwrap_or_default();
            let name = format!("{}.rejected.csv", name.to_string_lossy());
            options.file.with_file_name(name)
        };
        let path = options.rejected.map_or_else(beside, Path::to_path_buf);
        if let (Ok(from), Ok(to)) = (options.file.canonicalize(), path.canonicalize())
            && from == to
        {
            let what = format!("{} would be written over", path.display());
            return Err(Error::new(what).help("name another file with `--rejected`"));
        }
        Ok(Rejects {
            path,
            header: header.to_vec(),
            writer: None,
            count: 0,
        })
    }

    fn tell(&mut self, line: u64, why: &str, fields: impl Iterator<Item = String>) -> Result<()> {
        if self.writer.is_none() {
            let file = super::private_file(&self.path)?;
            self.writer = Some(csv::Writer::from_writer(file));
            let names = ["line", "reason"].map(str::to_owned).into_iter();
            self.write(names.chain(self.header.clone()))?;
        }
        self.count += 1;
        let told = [line.to_string(), why.to_owned()].into_iter();
        let fields = fields.chain(std::iter::repeat(String::new()));
        self.write(told.chain(fields))
    }

    fn write(&mut self, fields: impl Iterator<Item = String>) -> Result<()> {
        let writer = self.writer.as_mut().expect("the file is open");
        let written = writer.write_record(fields.take(self.header.len() + 2));
        written.map_err(|cause| unwritable(&self.path, &cause.into()))
    }

    fn finish(&mut self) -> Result<()> {
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        let flushed = writer.flush();
        flushed.map_err(|cause| unwritable(&self.path, &cause))
    }
}

fn unwritable(path: &Path, cause: &std::io::Error) -> Error {
    Error::io("write", path, cause).state("nothing was imported")
}
