//! The command line: one table of commands, each with a thin module of its own.
//!
//! Exit codes: 0 done, 1 findings that hold something up or only a part done, 2 the program could not do its work; 75, to a
//! mail server that hands over a mail: not now, try again.

mod announce;
mod backup;
mod bounces;
mod build;
mod campaign;
mod check;
mod collect;
mod correct;
mod demo;
mod deploy;
mod dkim;
mod doctor;
mod draft;
mod email;
mod export;
mod finish;
mod inbox;
mod init;
mod issue;
mod links;
mod lsp;
mod publish;
mod rota;
mod search;
mod send;
pub mod serve;
pub mod server;
mod stats;
mod status;
mod submissions;
mod subscribers;
mod suggest;
pub(crate) mod terminal;
mod vote;

use crate::config::Config;
use crate::error::{Error, Result};
use clap::{Args, Parser, Subcommand};
use jiff::civil::Date;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Runs a community newsletter of the "This Week in …" kind.
#[derive(Debug, Parser)]
#[command(
    name = "press",
    version,
    about,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options that every command takes.
#[derive(Debug, Args)]
struct Global {
    /// The newsletter's folder
    #[arg(
        short = 'C',
        long = "folder",
        value_name = "DIR",
        global = true,
        default_value = ".",
        hide_default_value = true
    )]
    folder: PathBuf,
    /// A configuration kept elsewhere than in the newsletter's folder
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

impl Global {
    fn load(&self) -> Result<Config> {
        Config::load(&self.folder, self.config.as_deref())
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new newsletter that builds at once
    Init(init::Arguments),
    /// Make the next issue's draft: number, date, and the events that are still ahead
    Draft(draft::Arguments),
    /// Show how far the draft is: what is there, what is missing, who is next
    Status(status::Arguments),
    /// Read the sources: fill the draft's machine-made blocks, and the inbox
    Collect(collect::Arguments),
    /// List what people sent and sources found, and nobody has decided on yet; and decide
    Inbox(inbox::Arguments),
    /// Put something from the inbox into the draft
    Take(inbox::Take),
    /// Take something out of the inbox
    Drop(inbox::Drop),
    /// Guess in which section a link belongs, from where links went before
    Suggest(suggest::Arguments),
    /// Search the entries of all published issues
    Search(search::Arguments),
    /// What readers nominate and choose, such as the quote of the week
    #[command(subcommand)]
    Vote(vote::Command),
    /// What people sent, by form or pull request: read, decide, merge, answer
    #[command(subcommand)]
    Submissions(submissions::Command),
    /// Take down the scaffolding of a draft: empty sub-sections, instructions, markers
    Finish(finish::Arguments),
    /// Build the site
    Build(build::Arguments),
    /// Put the site where readers find it: a folder, a branch, a bucket, another machine; all places at once
    Deploy(deploy::Arguments),
    /// Show the site and the draft in a browser, following every change
    Serve(serve::Arguments),
    /// Show what was understood of issues
    #[command(subcommand)]
    Issue(issue::Command),
    /// Write an issue as the mail that subscribers get, and say what each section costs
    Email(email::Arguments),
    /// Show what DNS must hold for the keys that sign mail, or make a key
    Dkim(dkim::Arguments),
    /// Judge the draft, or any issue: what is wrong, why, and how to mend it
    Check(check::Arguments),
    /// Ask the web whether the links of the draft, or of any issue, still lead somewhere
    Links(links::Arguments),
    /// Who reads: files in and out, one person at a time, numbers
    #[command(subcommand)]
    Subscribers(subscribers::Command),
    /// Explain a rule of `press check` or `press links`
    Explain(check::Explain),
    /// Show findings and fixes in an editor: a language server, which the editor starts
    Lsp(lsp::Arguments),
    /// Mails that came back
    #[command(subcommand)]
    Bounces(bounces::Command),
    /// Send an issue to a list, everybody accounted for
    Send(send::Arguments),
    /// Look at sendings and steer them
    #[command(subcommand)]
    Campaign(campaign::Command),
    /// Send what is due: for campaigns that begin later, for what is tried again, on as many machines as you like
    Worker(send::Worker),
    /// Run the newsletter's server: the site, subscribing and leaving, letters, and the worker that sends
    Server(server::Arguments),
    /// Look at everything that sending and serving stand on: DNS, relay, disk, database, clock; and say what to do
    Doctor(doctor::Arguments),
    /// Write everything that the database holds into one file, while all goes on
    Backup(backup::Arguments),
    /// Show the newsletter's life in numbers: items, sections, events, hosts, people, year by year
    Stats(stats::Arguments),
    /// Write the archive as data: issues, items, links, events, calls for papers
    Export(export::Arguments),
    /// Fill the database with a backup, all or nothing; SQLite and PostgreSQL take each other's
    Restore(backup::Restore),
    /// Let an issue out: everything that publication night consists of, in one plan that can be run again
    Publish(publish::Arguments),
    /// Make an issue known where press.toml says: networks, chats, forums; each hears of it once
    Announce(announce::Arguments),
    /// Bring a correction of a published issue to its readers: the site, the feeds, the next issue
    Correct(correct::Arguments),
    /// Show whose turn it is: issue by issue, with those who stand in
    Rota(rota::Arguments),
    /// Write a page that tells a deputy everything: where, what, which secrets by name, what is due
    Handover(rota::Handover),
    /// Call for help if an issue is late; for a timer, where no server runs
    Alarm(rota::Alarm),
    /// Go through a week of a sample newsletter, and serve it
    Demo(demo::Arguments),
}

/// What is left to do when a command has done its part.
#[derive(Debug)]
pub enum Next {
    /// Nothing.
    Done,
    /// Nothing, but there were findings that hold something up, or not everything could be done.
    Denied,
    /// The work could not be done now, and whoever started it, a mail server, should do so again later.
    Later(Error),
    /// Serve a preview: the web driver's part, which the command line does not know.
    Serve(Box<serve::Serve>),
    /// Serve readers: the web driver's part, too.
    Server(Box<server::Server>),
    /// Serve an editor: the language server's part. Perhaps with a newsletter whose configuration is kept elsewhere:
    /// its folder and the configuration.
    Lsp(Option<(PathBuf, PathBuf)>),
}

/// Runs the command that the process's arguments name.
pub fn run() -> Result<Next> {
    let cli = Cli::parse();
    match &cli.command {
        Command::Init(arguments) => init::run(arguments).map(|()| Next::Done),
        Command::Draft(arguments) => draft::run(&cli.global, arguments).map(|()| Next::Done),
        Command::Status(arguments) => status::run(&cli.global, arguments).map(|()| Next::Done),
        Command::Collect(arguments) => collect::run(&cli.global, arguments),
        Command::Inbox(arguments) => inbox::run(&cli.global, arguments).map(|()| Next::Done),
        Command::Take(arguments) => inbox::take_one(&cli.global, arguments).map(|()| Next::Done),
        Command::Drop(arguments) => inbox::drop_one(&cli.global, arguments).map(|()| Next::Done),
        Command::Suggest(arguments) => suggest::run(&cli.global, arguments).map(|()| Next::Done),
        Command::Search(arguments) => search::run(&cli.global, arguments).map(|()| Next::Done),
        Command::Vote(command) => vote::run(&cli.global, command),
        Command::Submissions(command) => submissions::run(&cli.global, command),
        Command::Finish(arguments) => finish::run(&cli.global, arguments).map(|()| Next::Done),
        Command::Build(arguments) => build::run(&cli.global, arguments).map(|()| Next::Done),
        Command::Deploy(arguments) => deploy::run(&cli.global, arguments),
        Command::Serve(arguments) => serve::run(&cli.global, arguments),
        Command::Issue(command) => issue::run(&cli.global, command).map(|()| Next::Done),
        Command::Email(arguments) => email::run(&cli.global, arguments).map(|()| Next::Done),
        Command::Dkim(arguments) => dkim::run(&cli.global, arguments).map(|()| Next::Done),
        Command::Check(arguments) => check::run(&cli.global, arguments),
        Command::Links(arguments) => links::run(&cli.global, arguments),
        Command::Subscribers(command) => subscribers::run(&cli.global, command),
        Command::Explain(arguments) => check::explain(arguments).map(|()| Next::Done),
        Command::Lsp(arguments) => lsp::run(&cli.global, arguments),
        Command::Bounces(command) => bounces::run(&cli.global, command),
        Command::Send(arguments) => send::run(&cli.global, arguments),
        Command::Campaign(command) => campaign::run(&cli.global, command),
        Command::Worker(arguments) => send::worker(&cli.global, arguments),
        Command::Server(arguments) => server::run(&cli.global, arguments),
        Command::Publish(arguments) => publish::run(&cli.global, arguments),
        Command::Announce(arguments) => announce::run(&cli.global, arguments),
        Command::Correct(arguments) => correct::run(&cli.global, arguments),
        Command::Rota(arguments) => rota::run(&cli.global, arguments).map(|()| Next::Done),
        Command::Handover(arguments) => {
            rota::hand_over(&cli.global, arguments).map(|()| Next::Done)
        }
        Command::Alarm(arguments) => rota::alarm(&cli.global, arguments),
        Command::Doctor(arguments) => doctor::run(&cli.global, arguments),
        Command::Backup(arguments) => backup::run(&cli.global, arguments).map(|()| Next::Done),
        Command::Stats(arguments) => stats::run(&cli.global, arguments).map(|()| Next::Done),
        Command::Export(arguments) => export::run(&cli.global, arguments).map(|()| Next::Done),
        Command::Restore(arguments) => backup::restore(&cli.global, arguments).map(|()| Next::Done),
        Command::Demo(arguments) => demo::run(arguments),
    }
}

/// The command line's own description, for the reference page and its test.
pub fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}

/// A day of the command line.
fn day(text: &str) -> std::result::Result<Date, String> {
    let written = text.parse::<Date>().ok();
    written.ok_or_else(|| "a day is written as 2026-11-19, year first".to_owned())
}

/// The number of an issue on the command line.
fn issue_number(text: &str) -> std::result::Result<i64, String> {
    let number = text.parse().ok();
    let number = number.filter(|number| (1..=1_000_000).contains(number));
    number.ok_or_else(|| "issues have numbers from 1 to 1000000".to_owned())
}

/// A number that a thing has: from 1 on.
fn numbered(text: &str, wrong: &str) -> std::result::Result<i64, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| wrong.to_owned())
}

/// What somebody is called, on the command line.
fn name(text: &str) -> std::result::Result<String, String> {
    let name = press_core::text::plain_line(text);
    match name.trim() {
        "" => Err("a name has at least one letter".to_owned()),
        name => Ok(name.to_owned()),
    }
}

/// Where to listen, on the command line.
fn listening(text: &str) -> std::result::Result<SocketAddr, String> {
    let place = text.parse().ok();
    place.ok_or_else(|| "it is written as 127.0.0.1:8080, an address and a port".to_owned())
}

fn plural(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}
