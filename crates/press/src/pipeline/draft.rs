//! Drafts: making the next issue's file, saying how far it is, finishing it.
//!
//! What is decided is decided in `press_core::draft`; here files are found, read and written. An existing draft is never
//! written over by a new one.

mod finish;
mod status;
mod texts;

pub use finish::{Finishing, finish};
pub(super) use status::open_sections;
pub use status::{Board, Publication, status};

use crate::config::Config;
use crate::error::{Error, Place, Result, did_you_mean};
use crate::newsletter;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use press_core::calendar::weekday;
use press_core::draft::block::{self, BlockError};
use press_core::draft::schedule::Schedule;
use press_core::draft::template::{NAMES, TemplateError, Values, find_events};
use press_core::draft::{Standing, carry, template};
use press_core::format::SectionKind;
use press_core::issue::{Issue, Masthead};
use press_core::render::address::{self, Values as Parts};
use press_core::slug::slugify;
use press_core::span::Span;
use std::io::Write;
use std::path::{Path, PathBuf};
use texts::{Text, Texts};

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct DraftOptions {
    /// The day of the issue; none for the next one.
    pub date: Option<Date>,
    /// Today, where the newsletter is.
    pub today: Date,
    /// Carry over events that are over too, and put no blocks in: what old scripts made.
    pub keep_past_events: bool,
}

/// A draft that was made.
#[derive(Debug)]
pub struct Drafted {
    /// Its file.
    pub path: PathBuf,
    /// Its title.
    pub title: String,
    /// Its day.
    pub date: Date,
    /// The text whose events were carried over.
    pub previous: Option<PathBuf>,
    /// How many events were carried over.
    pub kept: usize,
    /// How many were over and left out.
    pub dropped: usize,
    /// What somebody should know.
    pub notes: Vec<String>,
}

/// The day that `now` is where the newsletter is.
pub fn today(now: Timestamp, timezone: &TimeZone) -> Date {
    now.to_zoned(timezone.clone()).date()
}

/// The newest draft.
#[derive(Debug)]
pub(super) struct Newest {
    /// Its file.
    pub(super) path: PathBuf,
    /// Its day, if it says one.
    pub(super) date: Option<Date>,
    /// What somebody should know of other drafts.
    pub(super) notes: Vec<String>,
}

/// The newest draft, if there is one.
pub(super) fn find_newest(config: &Config) -> Result<Option<Newest>> {
    let texts = Texts::list(config)?;
    if texts.all.iter().all(|text| !text.draft) {
        return Ok(None);
    }
    let newest = texts.newest_draft(config)?;
    Ok(Some(Newest {
        path: newest.path.clone(),
        date: newest.date,
        notes: texts.passed_over(&newest.path),
    }))
}

/// The issue or draft of a day, if there is one.
pub(super) fn text_of(config: &Config, day: Date) -> Result<Option<PathBuf>> {
    let texts = Texts::list(config)?.all.into_iter();
    let mut of_day = texts.filter(|text| text.date == Some(day));
    Ok(of_day.next().map(|text| text.path))
}

/// Makes the draft of an issue.
pub fn draft(config: &Config, options: DraftOptions) -> Result<Drafted> {
    let schedule = schedule(config)?;
    let texts = Texts::list(config)?;
    let date = match options.date {
        Some(date) => date,
        None => next_day(schedule, &texts, options.today)?,
    };
    let Some(number) = schedule.number(date) else {
        return Err(no_day(schedule, date));
    };
    let issue = Planned::new(config, date, number)?;
    issue.refuse_double(&texts)?;
    let mut drafted = Drafted {
        path: issue.path.clone(),
        title: issue.title.clone(),
        date,
        previous: None,
        kept: 0,
        dropped: 0,
        notes: texts.notes.clone(),
    };
    let previous = texts.before(date);
    if let Some(previous) = previous {
        texts.refuse_twins(previous)?;
    }
    let text = issue.make(previous, options.keep_past_events, &mut drafted)?;
    create(&issue.path, &text)?;
    Ok(drafted)
}

/// The newsletter's schedule.
pub(super) fn schedule(config: &Config) -> Result<&Schedule> {
    config.schedule.as_ref().ok_or_else(|| {
        let error = Error::new("nothing says when issues appear");
        let error = error.because(format!("{} has no [schedule]", config.path.display()));
        error.help(
            "add it: `[schedule]` with `weekday`, `first-date` and `first-number`, for example \
             weekday = \"thursday\", first-date = \"2026-11-19\", first-number = 53",
        )
    })
}

/// The first day of an issue that is neither published nor past.
fn next_day(schedule: &Schedule, texts: &Texts, today: Date) -> Result<Date> {
    let published = texts.newest_published();
    let after = published.and_then(|date| date.tomorrow().ok());
    let from = after.map_or(today, |after| after.max(today));
    schedule.next(from).ok_or_else(|| {
        let error = Error::new(format!("no issue is planned for {from} or later"));
        error.help("look at `gaps` in [schedule] of press.toml, or name the day with `--date`")
    })
}

fn no_day(schedule: &Schedule, date: Date) -> Error {
    let day = weekday(date.weekday());
    let mut error = Error::new(format!("no issue appears on {date}, a {day}"));
    if date < schedule.first_date {
        let first = schedule.first_date;
        return error.because(format!("the schedule in press.toml begins on {first}"));
    }
    error = if schedule.gaps.contains(&date) {
        error.because("press.toml lists this day among the `gaps` of [schedule]")
    } else {
        error.because(format!("issues appear {}", schedule.describe()))
    };
    let near: Vec<String> = [schedule.last(date), schedule.next(date)]
        .into_iter()
        .flatten()
        .map(|near| near.to_string())
        .collect();
    if !near.is_empty() {
        error = error.help(format!("the days next to it are {}", near.join(" and ")));
    }
    error.help(format!(
        "for an issue out of the rhythm, add {{ date = \"{date}\" }} to `specials` in [schedule]"
    ))
}

/// An issue that is to be drafted.
struct Planned<'c> {
    config: &'c Config,
    date: Date,
    number: u32,
    title: String,
    path: PathBuf,
}

impl<'c> Planned<'c> {
    fn new(config: &'c Config, date: Date, number: u32) -> Result<Planned<'c>> {
        let parts = Parts {
            date: Some(date),
            number: Some(number),
            ..Parts::default()
        };
        let filled = |pattern: &str, parts: &Parts<'_>| {
            let error = || {
                Error::new(format!(
                    "`{pattern}` in [draft] of press.toml cannot be filled"
                ))
            };
            address::fill(pattern, parts).ok_or_else(error)
        };
        let title = filled(&config.draft.title, &parts)?;
        let slug = slugify(&title);
        let name = filled(
            &config.draft.file_name,
            &Parts {
                slug: &slug,
                ..parts
            },
        )?;
        Ok(Planned {
            path: config.drafts.join(name),
            config,
            date,
            number,
            title,
        })
    }

    /// Two texts of one day, or of one number, would be one too many.
    fn refuse_double(&self, texts: &Texts) -> Result<()> {
        let same = |text: &&Text| {
            text.path == self.path
                || text.date == Some(self.date)
                || text.number == Some(self.number)
        };
        let Some(other) = texts.all.iter().find(same) else {
            return Ok(());
        };
        let what = if other.draft { "a draft" } else { "an issue" };
        let which = if other.date == Some(self.date) || other.path == self.path {
            format!("of {}", self.date)
        } else {
            format!("with the number {}", self.number)
        };
        let error = Error::new(format!(
            "there is {what} {which} already: {}",
            other.path.display()
        ));
        let error = if other.date == Some(self.date) {
            error
        } else {
            let its = other
                .date
                .map_or_else(|| "no date".to_owned(), |date| format!("the date {date}"));
            error.because(format!("it has {its}"))
        };
        let next = self.date.tomorrow().ok();
        let next = next.and_then(|day| self.config.schedule.as_ref()?.next(day));
        let error = match next {
            Some(next) => error.help(format!(
                "work on it, or make the one after: `press draft --date {next}`"
            )),
            None => error,
        };
        Err(error.state("nothing was written"))
    }

    /// The draft's text.
    fn make(
        &self,
        previous: Option<&Text>,
        as_it_was: bool,
        drafted: &mut Drafted,
    ) -> Result<String> {
        let config = self.config;
        let template = template_text(config)?;
        let mut values = self.values()?;
        if let Some(previous) = previous {
            let text = newsletter::read(&previous.path)?;
            let issue = Issue::parse(&text, &config.format);
            let from = (!as_it_was).then_some(self.date);
            values.carried = carry::items(&issue, from);
            match carry::events(&issue, &config.format, &template, from) {
                Some(carried) => {
                    (drafted.kept, drafted.dropped) = (carried.kept, carried.dropped);
                    values.events = carried.text;
                }
                None => drafted.notes.push(format!(
                    "{} has no section of events; none were carried over",
                    previous.path.display()
                )),
            }
            drafted.previous = Some(previous.path.clone());
        }
        let events = self.collected(|kind| kind == SectionKind::Events);
        if let Some(id) = events
            .first()
            .filter(|id| !as_it_was && wants_block(&template, id))
        {
            values.events = block::wrap(id, &values.events).trim_end().to_owned();
        }
        let text = template::fill(&template, &values)
            .map_err(|error| misfilled(config, &template, error))?;
        if as_it_was {
            return Ok(text);
        }
        let ids = self.collected(|_| true);
        block::insert_empty(&text, &config.format, &ids)
            .map_err(|errors| misplaced(&config.draft.template, &text, &errors))
    }

    fn values(&self) -> Result<Values> {
        let days = jiff::Span::new().days(i64::from(self.config.draft.event_days));
        let end = self.date.checked_add(days);
        let end = end.map_err(|_| Error::new(format!("{} is too far in the future", self.date)))?;
        let sections = self.config.format.sections.iter();
        Ok(Values {
            name: self.config.newsletter.name.clone(),
            title: self.title.clone(),
            number: self.number,
            date: self.date.to_string(),
            events_end: end.to_string(),
            sections: sections.map(|section| section.id.clone()).collect(),
            ..Values::default()
        })
    }

    /// The ids of the sections that `press collect` fills.
    fn collected(&self, wanted: impl Fn(SectionKind) -> bool) -> Vec<&str> {
        let sections = self.config.format.sections.iter().zip(&self.config.filling);
        sections
            .filter(|(spec, filling)| filling.collected && wanted(spec.kind))
            .map(|(spec, _)| spec.id.as_str())
            .collect()
    }
}

/// Whether the template has a place for events, and no block of its own around it.
fn wants_block(template: &str, id: &str) -> bool {
    find_events(template).is_some() && !template.contains(block::begin_line(id).trim_end())
}

/// The draft template's text.
fn template_text(config: &Config) -> Result<String> {
    let path = &config.draft.template;
    if !path.exists() {
        let error = Error::new(format!("there is no template {}", path.display()));
        return Err(error
            .help("write it: the text that every draft begins as, with `{{ title }}`, `{{ number }}`, `{{ date }}` and `{{ events }}`")
            .help("`template` in [draft] of press.toml may name another file"));
    }
    let text = newsletter::read(path)?;
    if text.trim().is_empty() {
        let error = Error::new(format!(
            "there is nothing in the template {}",
            path.display()
        ));
        return Err(error.help("take back what it was, or copy a draft that you liked into it"));
    }
    Ok(text)
}

fn misfilled(config: &Config, template: &str, error: TemplateError) -> Error {
    let mut place = Place::new(&config.draft.template, template, error.range, error.message);
    if let Some(unknown) = &error.unknown {
        let known = NAMES
            .iter()
            .flat_map(|(name, old)| [Some(*name), *old])
            .flatten();
        let plain = unknown.strip_prefix("twir_").unwrap_or(unknown);
        place = match did_you_mean(plain, known) {
            Some(meant) => place.help(format!("did you mean `{meant}`?")),
            None => place.help("`press draft` knows name, title, number, date, events, events_end and carried(ID); `$$` is a dollar"),
        };
    }
    let error = Error::new(format!(
        "{} cannot be filled",
        config.draft.template.display()
    ));
    error.at(place).state("nothing was written")
}

/// The error for blocks that cannot be told apart.
pub(super) fn misplaced(path: &Path, text: &str, errors: &[BlockError]) -> Error {
    let place = |error: &BlockError| {
        let Span { start, end } = error.span;
        Place::new(path, text, start..end, error.message.clone()).help(error.help.clone())
    };
    let error = Error::new(format!("the blocks of {} are damaged", path.display()));
    error
        .at_all(errors.iter().map(place))
        .state("nothing was written")
}

/// What the template says by itself, as it was when the draft `text` was made from it. Without a template nothing is
/// known to stand there every week.
pub(super) fn standing(config: &Config, text: &str) -> Standing {
    let template = newsletter::read(&config.draft.template).unwrap_or_default();
    let (masthead, _) = Masthead::parse(text);
    let filled = masthead
        .date
        .zip(masthead.number)
        .and_then(|(date, number)| {
            let values = Planned::new(config, date, number).ok()?.values().ok()?;
            template::fill(&template, &values).ok()
        });
    Standing::new(&filled.unwrap_or(template), &config.format)
}

/// Writes a new file. One that is there already is left alone, even if it came this very moment.
fn create(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|cause| Error::io("make the folder", folder, &cause))?;
    }
    let options = std::fs::File::options()
        .write(true)
        .create_new(true)
        .open(path);
    let mut file = options.map_err(|cause| match cause.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Error::new(format!("{} is there already", path.display())).state("nothing was written")
        }
        _ => Error::io("write", path, &cause),
    })?;
    file.write_all(text.as_bytes()).map_err(|cause| {
        let _ = std::fs::remove_file(path);
        Error::io("write", path, &cause).state("no draft was made")
    })
}
