//! `press status`

use super::{Global, terminal};
use crate::error::Result;
use crate::pipeline::draft::{Board, Publication, status};
use jiff::Timestamp;
use press_core::calendar::weekday;
use press_core::draft::board::{Row, State};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: one object
    Json,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<()> {
    let board = status(global.load()?, Timestamp::now())?;
    match arguments.format {
        Format::Json => {
            let json = serde_json::to_string_pretty(&board).expect("views are plain data");
            terminal::result(&json);
        }
        Format::Text => terminal::result(&text(&board)),
    }
    Ok(())
}

/// The board as a person reads it.
fn text(board: &Board) -> String {
    let title = board.title.as_deref().unwrap_or("a draft without a title");
    let mut out = vec![format!("{title} ({})", board.path.display())];
    if let (Some(date), Some(publication)) = (board.date, &board.publication) {
        out.push(format!(
            "{} {date}, {}",
            weekday(date.weekday()),
            until(publication)
        ));
    }
    out.extend(board.notes.iter().map(|note| format!("note: {note}")));
    out.push(String::new());
    out.push(table(&board.sections));
    out.push(String::new());
    if board.ready {
        out.push(
            "Everything is there. Next: `press finish`, a last look, then publish.".to_owned(),
        );
    } else {
        out.push("Next:".to_owned());
    }
    let who = |task: &press_core::draft::board::Task| {
        task.who.clone().unwrap_or_else(|| "anybody".to_owned())
    };
    let width = board
        .next
        .iter()
        .map(|task| who(task).chars().count())
        .max()
        .unwrap_or(0);
    for task in &board.next {
        let lines = wrapped(&task.what, LINE - width.min(LINE / 2));
        let names = std::iter::once(who(task)).chain(std::iter::repeat(String::new()));
        out.extend(
            names
                .zip(lines)
                .map(|(name, line)| format!("  {name:width$}  {line}")),
        );
    }
    out.push(format!(
        "{} to mend, {} to look at: `press check`",
        board.to_mend, board.to_look_at
    ));
    out.join("\n")
}

/// Longest line of the list of tasks.
const LINE: usize = 100;

/// A list in lines of at most `width` characters, broken behind commas.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for part in text.split_inclusive(", ") {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + part.trim_end().chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(part);
        }
    }
    lines
        .iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// "in 2 days and 4 hours", "4 hours late"
fn until(publication: &Publication) -> String {
    let plural = |count: i64, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let (days, hours) = (
        plural(publication.days, "day"),
        plural(publication.hours, "hour"),
    );
    let span = match (publication.days, publication.hours) {
        (0, 0) => "less than an hour".to_owned(),
        (0, _) => hours,
        (_, 0) => days,
        _ => format!("{days} and {hours}"),
    };
    if publication.late {
        format!("{span} late")
    } else {
        format!("out in {span}")
    }
}

/// The sections in columns as wide as they must be.
fn table(rows: &[Row]) -> String {
    let mut cells = vec![["state", "section", "items", "owner", "findings"].map(str::to_owned)];
    cells.extend(rows.iter().map(|row| {
        [
            word(row.state).to_owned(),
            format!("{}{}", "  ".repeat(row.depth), row.title),
            if row.items > 0 {
                row.items.to_string()
            } else {
                String::new()
            },
            owner(row),
            findings(row),
        ]
    }));
    let width = |column: usize| {
        cells
            .iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let (states, titles, items, owners) = (width(0), width(1), width(2), width(3));
    let line = |row: &[String; 5]| {
        let [state, title, count, owner, findings] = row;
        let line = format!(
            "{state:states$}  {title:titles$}  {count:>items$}  {owner:owners$}  {findings}"
        );
        line.trim_end().to_owned()
    };
    cells.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn word(state: State) -> &'static str {
    match state {
        State::Filled => "filled",
        State::Nothing => "nothing",
        State::Waiting => "WAITING",
        State::Optional => "may go",
        State::Missing => "MISSING",
        State::Standing => "",
    }
}

fn owner(row: &Row) -> String {
    match (&row.owner, row.collected) {
        (Some(owner), true) => format!("{owner}, press collect"),
        (Some(owner), false) => owner.clone(),
        (None, true) => "press collect".to_owned(),
        (None, false) => String::new(),
    }
}

fn findings(row: &Row) -> String {
    match (row.to_mend, row.to_look_at) {
        (0, 0) => String::new(),
        (mend, 0) => format!("{mend} to mend"),
        (0, look) => format!("{look} to look at"),
        (mend, look) => format!("{mend} to mend, {look} to look at"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_is_left_is_said_in_words() {
        let said = |late, days, hours| {
            until(&Publication {
                at: Timestamp::UNIX_EPOCH,
                timezone: "UTC".to_owned(),
                late,
                days,
                hours,
            })
        };
        assert_eq!(said(false, 2, 1), "out in 2 days and 1 hour");
        assert_eq!(said(false, 1, 0), "out in 1 day");
        assert_eq!(said(true, 0, 5), "5 hours late");
        assert_eq!(said(false, 0, 0), "out in less than an hour");
    }

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let row = |title: &str, state, items, owner: &str| Row {
            id: None,
            title: title.to_owned(),
            depth: usize::from(items > 0),
            line: Some(1),
            state,
            items,
            owner: (!owner.is_empty()).then(|| owner.to_owned()),
            collected: false,
            to_mend: items / 2,
            to_look_at: 0,
        };
        let shown = table(&[
            row("Été", State::Standing, 0, ""),
            row("Links", State::Filled, 12, "Zoë"),
        ]);
        assert_eq!(
            shown,
            "state   section  items  owner  findings\n        Été\nfilled    Links     12  Zoë    6 to mend"
        );
    }
}
