//! Any program that knows how to put a folder somewhere: the tool of a host, a script of one's own.
//!
//! What is there nobody knows but the program, so it gets the whole site each time.

use super::run::run;
use super::site::Site;
use super::{Put, Target, Tell, Told};
use crate::config::CommandPlace;
use crate::error::{Error, Result};
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// The program: a path with `/` is one from the folder of `press.toml`, a name is looked for where the system looks.
fn program(target: &Target, place: &CommandPlace) -> PathBuf {
    let name = place
        .command
        .first()
        .map(String::as_str)
        .unwrap_or_default();
    if name.contains('/') {
        let home = std::path::absolute(&target.home).unwrap_or_else(|_| target.home.clone());
        home.join(name)
    } else {
        PathBuf::from(name)
    }
}

pub(super) fn probe(target: &Target, place: &CommandPlace) -> Result<String> {
    let program = program(target, place);
    if program.is_absolute() && !program.is_file() {
        let error = Error::new(format!("there is no program {}", program.display()));
        return Err(error.help(format!(
            "mend `command` of the place `{}` in press.toml",
            target.name()
        )));
    }
    Ok(format!("{} is run for it", program.display()))
}

pub(super) async fn put(
    target: &Target,
    place: &CommandPlace,
    site: &Site,
    tell: &Tell<'_>,
) -> Result<Put> {
    probe(target, place)?;
    let bytes: u64 = site.files.iter().map(|file| file.size).sum();
    let revision = site.revision();
    let folder = std::path::absolute(&site.folder).unwrap_or_else(|_| site.folder.clone());
    let home: &Path = &target.home;
    let mut command = Command::new(program(target, place));
    command
        .args(place.command.iter().skip(1))
        .current_dir(home)
        .env("PRESS_DEPLOY", target.name())
        .env("PRESS_SITE", &folder)
        .env("PRESS_SITE_URL", &target.deploy.url)
        .env("PRESS_SITE_REVISION", &revision)
        .env("PRESS_SITE_FILES", site.files.len().to_string())
        .env("PRESS_SITE_BYTES", bytes.to_string());
    tell(Told::Step("the program runs"));
    let mut says = |line: &str| tell(Told::Says(line));
    let ended = run(&mut command, Vec::new(), place.timeout, &mut says).await;
    let state = "the program knows how far it came; the same command runs it again";
    let ended = ended.map_err(|error| error.state(state))?;
    if ended.code == Some(0) {
        return Ok(Put {
            uploaded: site.files.len(),
            bytes,
            revision,
            ..Put::default()
        });
    }
    let how = match ended.code {
        Some(code) => format!("exit code {code}"),
        None => "a signal ended it".to_owned(),
    };
    let mut error = Error::new(format!("{} failed", place.command.join(" "))).because(how);
    if !ended.said.is_empty() {
        error = error.because(ended.said);
    }
    Err(error.state(state))
}
