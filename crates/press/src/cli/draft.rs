//! `press draft`

use super::{Global, terminal};
use crate::error::Result;
use crate::pipeline::draft::{self, DraftOptions, Drafted};
use jiff::Timestamp;
use jiff::civil::Date;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The day of the issue, such as 2026-11-19; without it the next day of the schedule
    #[arg(long, value_name = "DATE", value_parser = super::day)]
    date: Option<Date>,
    /// Carry over events that are over too, and put no blocks in
    #[arg(long)]
    keep_past_events: bool,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<()> {
    let config = global.load()?;
    let options = DraftOptions {
        date: arguments.date,
        today: draft::today(Timestamp::now(), &config.timezone),
        keep_past_events: arguments.keep_past_events,
    };
    tell(&draft::draft(&config, options)?);
    Ok(())
}

/// Says what was made of what.
pub(super) fn tell(drafted: &Drafted) {
    for note in &drafted.notes {
        terminal::tell(&format!("note: {note}"));
    }
    let day = press_core::calendar::weekday(drafted.date.weekday());
    terminal::result(&format!(
        "{}: {}, {day} {}",
        drafted.path.display(),
        drafted.title,
        drafted.date
    ));
    if let Some(previous) = &drafted.previous {
        let (kept, dropped) = (drafted.kept, drafted.dropped);
        terminal::result(&format!(
            "events of {}: {kept} carried over, {dropped} left out that are over",
            previous.display()
        ));
    }
}
