//! `press subscribers import`: a file of people, all of it or nothing.
//!
//! Rows are read one by one and go to the store in batches, in one transaction. What cannot be taken goes into a file of its
//! own, with line and reason. A run that is killed, or that fails, has imported nobody.

use super::forms::{Columns, Field, Form, standing_of_file};
use super::rows::{Reading, Refusal};
use super::table::Table;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::store::{Arrival, Arrived, Receiving, Store, SubscriptionState, Terms};
use csv::StringRecord;
use jiff::Timestamp;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
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
const BATCH: usize = 10_000;

/// Imports a file.
pub fn import(config: &Config, options: &ImportOptions<'_>) -> Result<Imported> {
    let list = config.list(options.list)?;
    let mut table = Table::open(options.file)?;
    let columns = Columns::of(&table.header).ok_or_else(|| {
        let seen: String = table.header.join(", ").chars().take(200).collect();
        Error::new(format!(
            "{} has no column of addresses",
            options.file.display()
        ))
        .because(format!("its first row is: {seen}"))
        .help("the first row names the columns, and one of them is `email`")
    })?;
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
    super::runtime()?.block_on(async {
        let store = Store::open(&config.store).await?;
        let importing = Importing {
            options,
            reading,
            rejects,
            batch: Batch::default(),
            rows: 0,
        };
        let done = importing.run(&mut table, store.receive(terms).await?).await;
        store.close().await;
        done
    })
}

/// An import under way.
struct Importing<'i> {
    options: &'i ImportOptions<'i>,
    reading: Reading<'i>,
    rejects: Rejects,
    batch: Batch,
    rows: u64,
}

impl Importing<'_> {
    async fn run(mut self, table: &mut Table, mut receiving: Receiving) -> Result<Imported> {
        let mut row = StringRecord::new();
        while let Some(line) = table.next(&mut row)? {
            self.rows += 1;
            match self.reading.read(&row, line) {
                Ok(arrival) => {
                    if self.batch.is_full_before(&arrival) {
                        self.hand_over(&mut receiving).await?;
                        (self.options.progress)(table.position_bytes(), table.size_bytes);
                    }
                    self.batch.take(arrival);
                }
                Err(Refusal::Row(why)) => self.rejects.add(&row, line, &why)?,
                Err(Refusal::NobodySaid) => return Err(self.nobody_said(line)),
            }
        }
        self.hand_over(&mut receiving).await?;
        self.rejects.finish()?;
        let arrived = match self.options.dry_run {
            true => receiving.roll_back().await,
            false => receiving.commit().await?,
        };
        Ok(Imported {
            form: self.reading.columns.form,
            encoding: table.encoding,
            rows: self.rows,
            arrived,
            duplicates: self.batch.duplicates,
            rejected: self.rejects.count,
            rejected_to: (self.rejects.count > 0).then(|| self.rejects.path.clone()),
            unused: self.reading.columns.unused.clone(),
        })
    }

    async fn hand_over(&mut self, receiving: &mut Receiving) -> Result<()> {
        let refused = receiving.add(&self.batch.arrivals).await?;
        for (line, why) in refused {
            self.rejects.tell(line, why, std::iter::empty())?;
        }
        self.batch.clear();
        Ok(())
    }

    fn nobody_said(&self, line: u64) -> Error {
        let file = self.options.file.display();
        let what = format!("{file} does not say whether these people confirmed");
        Error::new(what)
            .because(format!("line {line} has no status, and neither has the file"))
            .help(
                "say it with `--status confirmed` if all of them did and you can show it, else with \
                 `--status unconfirmed`",
            )
            .state("nothing was imported")
    }
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

    fn clear(&mut self) {
        self.arrivals.clear();
        self.here.clear();
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

    fn add(&mut self, row: &StringRecord, line: u64, why: &str) -> Result<()> {
        // What is too long to be taken is too long to be shown.
        let short = |field: &str| field.chars().take(1_000).collect::<String>();
        self.tell(line, why, row.iter().map(short))
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
