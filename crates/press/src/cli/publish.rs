//! `press publish`

use super::{Global, Next, plural, terminal};
use crate::config::{Config, Secrets};
use crate::error::{Error, Result};
use crate::pipeline::publish::{End, Line, LineState, News, Night, STEPS, Stage, Step, Wish};
use jiff::Timestamp;
use std::io::IsTerminal;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Number, day or path of the issue; without it what was begun, or else the draft that comes next
    #[arg(value_name = "ISSUE")]
    issue: Option<String>,
    /// Show the plan and the gate, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Only this step
    #[arg(long, value_name = "STEP", value_parser = step)]
    only: Option<Step>,
    /// Go through the whole night with the last issue, in a copy where nothing leaves the machine
    #[arg(long, conflicts_with_all = ["issue", "dry_run", "only"])]
    rehearse: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// A condition of the gate that need not hold; may be given several times
    #[arg(long, value_name = "CONDITION")]
    waive: Vec<String>,
    /// Who does it, for the records
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// A table
    Text,
    /// The gate's conditions and the plan's lines as JSON
    Json,
}

fn step(name: &str) -> std::result::Result<Step, String> {
    let names = || STEPS.iter().map(|row| row.name).collect::<Vec<_>>();
    Step::parse(name).ok_or_else(|| format!("the steps are {}", names().join(", ")))
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Next> {
    let config = global.load()?;
    let secrets = Secrets::environment();
    let wish = Wish {
        issue: arguments.issue.clone(),
        only: arguments.only,
        waived: arguments.waive.clone(),
        who: arguments.by.clone().unwrap_or_else(user),
        now: Timestamp::now(),
    };
    if arguments.rehearse {
        return rehearse(&config, &wish, arguments.format);
    }
    crate::pipeline::runtime()?.block_on(async {
        let links = terminal::Progress::of("links");
        let asking = |done, total| links.show(done, total);
        let mut night = Night::open(&config, &secrets, wish).await?.telling(&asking);
        let plan = night.plan().await;
        links.done();
        let plan = plan?;
        show_plan(&night, &plan, arguments.format);
        if arguments.dry_run {
            let held = plan.iter().any(|line| line.state == LineState::Failed);
            return Ok(if held { Next::Denied } else { Next::Done });
        }
        if plan.iter().all(|line| line.state.is_settled()) {
            terminal::tell("everything is done");
            return Ok(Next::Done);
        }
        let gate = plan.iter().find(|line| line.step == Step::Gate);
        let open = gate.is_none_or(|gate| gate.state != LineState::Failed);
        if open && !arguments.yes && !agreed(&night)? {
            terminal::tell("nothing was done");
            return Ok(Next::Denied);
        }
        let end = night.go(&hear).await?;
        told(end, arguments.format)
    })
}

fn rehearse(config: &Config, wish: &Wish, format: Format) -> Result<Next> {
    let stage = Stage::set(config)?;
    stage.invite(wish.now)?;
    let end = crate::pipeline::runtime()?.block_on(stage.go(wish, &hear))?;
    let rehearsed = &stage.rehearsed;
    for (what, place) in [
        ("the newsletter", &rehearsed.newsletter),
        ("the site", &rehearsed.site),
        ("the mails", &rehearsed.mail),
        ("the posts", &rehearsed.posts),
    ] {
        if !place.exists() {
            continue;
        }
        terminal::tell(&format!("{what}: {}", place.display()));
    }
    terminal::tell("that was a rehearsal: nothing left this machine");
    told(end, format)
}

/// Who is at the keyboard.
pub(super) fn user() -> String {
    let secrets = Secrets::environment();
    let names = ["USER", "LOGNAME", "USERNAME"].iter();
    let named = names.filter_map(|name| secrets.find(name)).next();
    named.unwrap_or_else(|| "editor".to_owned())
}

fn agreed(night: &Night<'_>) -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Err(Error::new("nobody is there to agree")
            .help("say that you know what it does: `--yes`; `--dry-run` shows it")
            .state("nothing was done"));
    }
    let id = night.id();
    let answer = terminal::ask(&format!("Type {id} to publish “{}”: ", night.title()));
    Ok(answer.trim() == id)
}

pub(super) fn hear(news: News<'_>) {
    match news {
        News::Begins(line) => terminal::tell(&format!("{}: {} …", line.step.name(), line.what)),
        News::Ended(line) => {
            let note = line.note.as_deref().map(|note| format!(": {note}"));
            let (step, state) = (line.step.name(), line.state.name());
            terminal::tell(&format!(
                "{step}: {}: {state}{}",
                line.what,
                note.unwrap_or_default()
            ));
        }
        News::Note(note) => terminal::tell(&format!("note: {note}")),
    }
}

fn show_plan(night: &Night<'_>, plan: &[Line], format: Format) {
    if format == Format::Json {
        return;
    }
    let conditions = night.conditions();
    if !conditions.is_empty() {
        terminal::print(&super::doctor::text(conditions));
        terminal::print("\n");
    }
    terminal::print(&table(plan));
}

/// ```text
/// step      what                          where              state
/// gate      12 conditions hold            draft/2026-….md    to do
/// ```
fn table(plan: &[Line]) -> String {
    let width = |cell: fn(&Line) -> &str, least: usize| {
        let widths = plan.iter().map(|line| cell(line).chars().count());
        widths.max().unwrap_or(0).clamp(least, 44)
    };
    let what = width(|line| &line.what, 4);
    let place = width(|line| &line.place, 5);
    let mut text = format!(
        "{:<9} {:<what$}  {:<place$}  state\n",
        "step", "what", "where"
    );
    let mut last = None;
    for line in plan {
        let step = if last == Some(line.step) {
            ""
        } else {
            line.step.name()
        };
        last = Some(line.step);
        let note = line.note.as_deref().filter(|note| !note.is_empty());
        let note = note.map(|note| format!(": {note}")).unwrap_or_default();
        let state = line.state.name();
        text.push_str(&format!(
            "{step:<9} {:<what$}  {:<place$}  {state}{note}\n",
            line.what, line.place
        ));
    }
    text
}

/// Says how it ended: what is out, what is not, and what the same command will do.
pub(super) fn told(end: End, format: Format) -> Result<Next> {
    let gate = end.lines.iter().find(|line| line.step == Step::Gate);
    let shut = gate.is_some_and(|gate| gate.state == LineState::Failed);
    if let (true, Some(error)) = (shut, &end.stopped) {
        error.print();
        return Ok(Next::Denied);
    }
    if format == Format::Json {
        let json = serde_json::to_string_pretty(&end.lines).unwrap_or_default();
        terminal::result(&json);
    } else if !end.is_whole() {
        terminal::print(&format!("\n{}", table(&end.lines)));
    }
    if end.is_whole() {
        terminal::tell("everything is done");
        return Ok(Next::Done);
    }
    let is_done = |step: Step| {
        let mut of_step = end.lines.iter().filter(|line| line.step == step);
        of_step.all(|line| line.state.is_settled())
    };
    let names = |done: bool| {
        let lines = end.lines.iter().filter(|line| line.state != LineState::Off);
        let steps = lines
            .map(|line| line.step)
            .filter(|step| is_done(*step) == done);
        let mut names: Vec<&str> = steps.map(Step::name).collect();
        names.dedup();
        match names.is_empty() {
            true => "nothing".to_owned(),
            false => names.join(", "),
        }
    };
    let (out, open) = (names(true), names(false));
    let state = format!("done: {out}; not done: {open}; the same command goes on there");
    match end.stopped {
        Some(error) => {
            error.more_state(&state).print();
            Ok(Next::Denied)
        }
        None => {
            let left = end.lines.iter().filter(|line| !line.state.is_settled());
            terminal::tell(&format!("{} left; {state}", plural(left.count(), "thing")));
            Ok(Next::Denied)
        }
    }
}
