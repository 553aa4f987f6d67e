//! `press subscribers import|export|add|remove|erase|list|stats`

use super::issue::Format;
use super::{Global, Next, plural, terminal};
use crate::error::Result;
use crate::pipeline::subscribers::{
    self, Addition, Arrived, Count, Filter, ImportOptions, Imported, Listed, Stats,
    SubscriptionState,
};
use clap::{Subcommand, ValueEnum};
use jiff::Timestamp;
use serde_json::json;
use std::path::PathBuf;
use std::time::Instant;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Take people in from a file: our own export, Mailchimp's, listmonk's, or any CSV with addresses
    Import(Import),
    /// Write subscriptions as CSV, which `import` reads again
    Export(Export),
    /// Add one person
    Add(Add),
    /// End a person's subscription
    Remove(Remove),
    /// Forget a person for good, and see to it that no import brings the address back
    Erase(Erase),
    /// List subscriptions, addresses masked
    List(List),
    /// Count: by list and state, domain, region, language
    Stats(Statistics),
}

/// How somebody stands to a list, as it is typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Status {
    Unconfirmed,
    Confirmed,
    Unsubscribed,
}

impl From<Status> for SubscriptionState {
    fn from(status: Status) -> SubscriptionState {
        match status {
            Status::Unconfirmed => SubscriptionState::Unconfirmed,
            Status::Confirmed => SubscriptionState::Confirmed,
            Status::Unsubscribed => SubscriptionState::Unsubscribed,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct Import {
    /// The file
    file: PathBuf,
    /// The list they subscribe to; the first one without this
    #[arg(long, value_name = "ID")]
    list: Option<String>,
    /// How those stand of whom the file does not say it
    #[arg(long)]
    status: Option<Status>,
    /// The file for rows that cannot be taken, instead of one beside the other
    #[arg(long, value_name = "FILE")]
    rejected: Option<PathBuf>,
    /// Bring back also those who unsubscribed, on this consent, which is written down
    #[arg(long, value_name = "CONSENT")]
    resubscribe: Option<String>,
    /// Only count what would be done
    #[arg(long)]
    dry_run: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Which subscriptions.
#[derive(Debug, clap::Args)]
struct Which {
    /// Only of this list
    #[arg(long, value_name = "ID")]
    list: Option<String>,
    /// Only in this state
    #[arg(long)]
    status: Option<Status>,
    /// Only addresses at this domain
    #[arg(long)]
    domain: Option<String>,
}

impl Which {
    fn filter<'f>(&'f self, domain: &'f Option<String>) -> Filter<'f> {
        Filter {
            list: self.list.as_deref(),
            state: self.status.map(SubscriptionState::from),
            domain: domain.as_deref(),
        }
    }

    /// The domain as addresses are kept.
    fn domain(&self) -> Result<Option<String>> {
        let of = |domain: &String| {
            let address = subscribers::parse_address(&format!("any@{domain}"));
            address.map(|address| address.domain().to_owned())
        };
        self.domain.as_ref().map(of).transpose()
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct Export {
    /// The file; standard output without one
    file: Option<PathBuf>,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, clap::Args)]
pub(super) struct Add {
    /// The address
    address: String,
    /// The list; the first one without this
    #[arg(long, value_name = "ID")]
    list: Option<String>,
    /// What the person is called
    #[arg(long)]
    name: Option<String>,
    /// The person confirmed already; needs `--consent`
    #[arg(long)]
    confirmed: bool,
    /// How you know, which is written down
    #[arg(long, value_name = "TEXT")]
    consent: Option<String>,
    /// Let the address in although it was suppressed
    #[arg(long)]
    lift: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Remove {
    /// The address
    address: String,
    /// Only from this list
    #[arg(long, value_name = "ID")]
    list: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Erase {
    /// The address
    address: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct List {
    #[command(flatten)]
    which: Which,
    /// Most subscriptions that are listed
    #[arg(long, default_value_t = 100)]
    limit: usize,
    /// Show whole addresses and names
    #[arg(long)]
    expose: bool,
    /// How to print them
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, clap::Args)]
pub(super) struct Statistics {
    /// How many domains are counted
    #[arg(long, default_value_t = 10)]
    domains: i64,
    /// How to print the numbers
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(global: &Global, command: &Command) -> Result<Next> {
    match command {
        Command::Import(arguments) => import(global, arguments),
        Command::Export(arguments) => export(global, arguments).map(|()| Next::Done),
        Command::Add(arguments) => add(global, arguments).map(|()| Next::Done),
        Command::Remove(arguments) => remove(global, arguments).map(|()| Next::Done),
        Command::Erase(arguments) => erase(global, arguments).map(|()| Next::Done),
        Command::List(arguments) => list(global, arguments).map(|()| Next::Done),
        Command::Stats(arguments) => stats(global, arguments).map(|()| Next::Done),
    }
}

fn import(global: &Global, arguments: &Import) -> Result<Next> {
    let started = Instant::now();
    let config = global.load()?;
    let progress = terminal::Progress::of("KiB");
    let show = |done: u64, total: u64| {
        // The bar tells every sixteenth number only.
        let kib = |bytes: u64| usize::try_from(bytes >> 14).unwrap_or(usize::MAX) * 16;
        progress.show(kib(done), kib(total));
    };
    let options = ImportOptions {
        file: &arguments.file,
        list: arguments.list.as_deref(),
        status: arguments.status.map(SubscriptionState::from),
        rejected: arguments.rejected.as_deref(),
        resubscribe: arguments.resubscribe.as_deref(),
        dry_run: arguments.dry_run,
        now: Timestamp::now(),
        progress: &show,
    };
    let imported = subscribers::import(&config, &options);
    progress.done();
    let imported = imported?;
    match arguments.format {
        Format::Json => terminal::result(&json!(imported).to_string()),
        Format::Text => tell_import(&imported, arguments.dry_run),
    }
    let seconds = started.elapsed().as_secs_f64();
    let would = if arguments.dry_run { "would be " } else { "" };
    terminal::tell(&format!(
        "{} read, {would}{}, in {seconds:.1} s",
        plural_u64(imported.rows, "row"),
        summary(&imported.arrived)
    ));
    Ok(match imported.rejected {
        0 => Next::Done,
        _ => Next::Denied,
    })
}

/// "3 new subscriptions of 2 new people, 1 changed, 4 as they were"
fn summary(arrived: &Arrived) -> String {
    format!(
        "{} new ({}), {} changed, {} as they were",
        plural_u64(arrived.subscriptions, "subscription"),
        match arrived.people {
            1 => "1 new person".to_owned(),
            people => format!("{people} new people"),
        },
        arrived.changed,
        arrived.same
    )
}

fn plural_u64(count: u64, what: &str) -> String {
    plural(usize::try_from(count).unwrap_or(usize::MAX), what)
}

fn tell_import(imported: &Imported, dry_run: bool) {
    let note = |text: String| terminal::tell(&format!("note: {text}"));
    if imported.encoding != "UTF-8" {
        note(format!("read as {}", imported.encoding));
    }
    if !imported.unused.is_empty() {
        note(format!(
            "nothing was taken from the columns {}",
            imported.unused.join(", ")
        ));
    }
    let arrived = &imported.arrived;
    for (reason, count) in &arrived.kept_out {
        note(format!(
            "{} kept out: suppressed after {}",
            plural_u64(*count, "row"),
            reason.words()
        ));
    }
    if arrived.stayed_away > 0 {
        let away = plural_u64(arrived.stayed_away, "subscription");
        note(format!(
            "{away} stay ended, because these people unsubscribed (`--resubscribe`)"
        ));
    }
    if arrived.suppressed > 0 {
        let new = if dry_run { "would be" } else { "are now" };
        note(format!(
            "{} {new} suppressed",
            plural_u64(arrived.suppressed, "address")
        ));
    }
    if imported.duplicates > 0 {
        note(format!(
            "{} had an address of an earlier row",
            plural_u64(imported.duplicates, "row")
        ));
    }
    if let Some(path) = &imported.rejected_to {
        let rejected = plural_u64(imported.rejected, "row");
        note(format!(
            "{rejected} could not be taken: {} says why",
            path.display()
        ));
    }
}

fn export(global: &Global, arguments: &Export) -> Result<()> {
    let config = global.load()?;
    let domain = arguments.which.domain()?;
    let filter = arguments.which.filter(&domain);
    let mut out = terminal::Output::open();
    let exported = subscribers::export(&config, filter, arguments.file.as_deref(), &mut out)?;
    let rows = plural_u64(exported.rows, "subscription");
    match &exported.file {
        Some(file) => terminal::tell(&format!("{rows} written into {}", file.display())),
        None => terminal::tell(&rows),
    }
    Ok(())
}

fn add(global: &Global, arguments: &Add) -> Result<()> {
    let config = global.load()?;
    let addition = Addition {
        address: &arguments.address,
        list: arguments.list.as_deref(),
        name: arguments.name.as_deref(),
        confirmed: arguments.confirmed,
        consent: arguments.consent.as_deref(),
        lift: arguments.lift,
    };
    let arrived = subscribers::add(&config, &addition, Timestamp::now())?;
    let state = if arguments.confirmed {
        "confirmed"
    } else {
        "unconfirmed"
    };
    terminal::tell(&match (arrived.subscriptions, arrived.changed) {
        (0, 0) => "nothing changed: the address is on the list already".to_owned(),
        (0, _) => format!("changed: now {state}"),
        _ => format!("added, {state}"),
    });
    Ok(())
}

fn remove(global: &Global, arguments: &Remove) -> Result<()> {
    let config = global.load()?;
    let list = arguments.list.as_deref();
    let ended = subscribers::remove(&config, &arguments.address, list, Timestamp::now())?;
    terminal::tell(&match ended {
        0 => "nothing changed: there was no subscription any more".to_owned(),
        ended => format!("{} ended", plural_u64(ended, "subscription")),
    });
    Ok(())
}

fn erase(global: &Global, arguments: &Erase) -> Result<()> {
    let config = global.load()?;
    let known = subscribers::erase(&config, &arguments.address, Timestamp::now())?;
    terminal::tell(match known {
        true => "erased; the address is suppressed, as a hash that names nobody",
        false => {
            "nothing was known of this address; it is suppressed now, as a hash that names nobody"
        }
    });
    Ok(())
}

fn list(global: &Global, arguments: &List) -> Result<()> {
    let config = global.load()?;
    let domain = arguments.which.domain()?;
    let filter = arguments.which.filter(&domain);
    let (found, more) = subscribers::listed(&config, filter, arguments.limit)?;
    for listed in &found {
        match arguments.format {
            Format::Json => terminal::result(&as_json(listed, arguments.expose)),
            Format::Text => terminal::result(&as_line(listed, arguments.expose)),
        }
    }
    let count = plural(found.len(), "subscription");
    let more = if more {
        ", and there are more (`--limit`)"
    } else {
        ""
    };
    terminal::tell(&format!("{count}{more}"));
    Ok(())
}

/// "2026-11-21  confirmed     weekly  a…@tern.example"
fn as_line(listed: &Listed, expose: bool) -> String {
    let (subscriber, subscription) = (&listed.subscriber, &listed.subscription);
    let day = Timestamp::from_second(subscription.created_s).unwrap_or_default();
    let address = match expose {
        true => subscriber.address.expose().to_owned(),
        false => subscriber.address.masked(),
    };
    let mut line = format!(
        "{}  {:<12}  {}  {address}",
        day.strftime("%Y-%m-%d"),
        subscription.state.name(),
        subscription.list
    );
    if let Some(name) = subscriber.name.as_ref().filter(|_| expose) {
        line.push_str(&format!("  {name}"));
    }
    if let Some((reason, _)) = listed.suppression {
        line.push_str(&format!("  suppressed after {}", reason.words()));
    }
    line
}

fn as_json(listed: &Listed, expose: bool) -> String {
    let (subscriber, subscription) = (&listed.subscriber, &listed.subscription);
    let time = |seconds: i64| {
        Timestamp::from_second(seconds).map_or_else(|_| String::new(), |time| time.to_string())
    };
    let address = match expose {
        true => subscriber.address.expose().to_owned(),
        false => subscriber.address.masked(),
    };
    json!({
        "id": subscriber.id,
        "address": address,
        "domain": subscriber.address.domain(),
        "name": subscriber.name.as_ref().filter(|_| expose),
        "language": subscriber.language,
        "list": subscription.list,
        "status": subscription.state,
        "created_at": time(subscription.created_s),
        "confirmed_at": subscription.confirmed_s.map(time),
        "unsubscribed_at": subscription.unsubscribed_s.map(time),
        "regions": subscriber.regions,
        "left_out": subscriber.left_out,
        "text_only": subscriber.text_only,
        "suppressed": listed.suppression.map(|(reason, _)| reason),
    })
    .to_string()
}

fn stats(global: &Global, arguments: &Statistics) -> Result<()> {
    let config = global.load()?;
    let stats = subscribers::stats(&config, arguments.domains)?;
    match arguments.format {
        Format::Json => terminal::result(&json!(stats).to_string()),
        Format::Text => terminal::print(&as_text(&stats)),
    }
    Ok(())
}

fn as_text(stats: &Stats) -> String {
    let mut text = format!("people: {}\n", stats.people);
    for (list, states) in &stats.lists {
        let states = states
            .iter()
            .map(|(state, count)| format!("{count} {state}"));
        let states: Vec<String> = states.collect();
        text.push_str(&format!("list {list}: {}\n", states.join(", ")));
    }
    let mut counted = |what: &str, counts: &[Count]| {
        let counts = counts
            .iter()
            .map(|count| format!("{} {}", count.name, count.count));
        let counts: Vec<String> = counts.collect();
        if !counts.is_empty() {
            text.push_str(&format!("{what}: {}\n", counts.join(", ")));
        }
    };
    counted("suppressed", &stats.suppressed);
    counted("domains", &stats.domains);
    counted("languages", &stats.languages);
    counted("regions", &stats.regions);
    counted("left out", &stats.left_out);
    for (what, count) in [("text only", stats.text_only), ("bouncing", stats.bouncing)] {
        if count > 0 {
            text.push_str(&format!("{what}: {count}\n"));
        }
    }
    text
}
