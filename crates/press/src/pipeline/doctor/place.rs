//! The machine: room on disks, folders that must take files, files that others must not read.

use super::Report;
use crate::config::{Config, Database, KeyPlace, TransportKind};
use std::fs;
use std::path::{Path, PathBuf};

/// Room below which something will fail soon, and below which somebody should look.
const TOO_LITTLE_BYTES: u64 = 100 << 20;
const LITTLE_BYTES: u64 = 1 << 30;

pub(super) fn look(config: &Config, report: &mut Report) {
    let mut folders = Vec::new();
    if let Database::File(file) = &config.store {
        folders.extend(file.parent().map(Path::to_path_buf));
    }
    if config.transport.kind == TransportKind::File {
        folders.push(config.transport.folder.clone());
    }
    folders.push(config.site.out.clone());
    folders.sort();
    folders.dedup();
    for folder in &folders {
        look_at_folder(folder, report);
    }
    look_at_secrets(config, report);
}

fn look_at_folder(folder: &Path, report: &mut Report) {
    // What is not there yet will be made in the nearest folder that is.
    let there = folder.ancestors().find(|path| path.is_dir());
    let there = there.map_or(Path::new("."), |path| match path.as_os_str().is_empty() {
        true => Path::new("."),
        false => path,
    });
    let shown = folder.display();
    let trial = there.join(format!(".press-doctor-{}", std::process::id()));
    match fs::File::create_new(&trial) {
        Ok(_) => {
            let _ = fs::remove_file(&trial);
            report.ok("folders", format!("{shown} takes files"));
        }
        Err(cause) => report.wrong(
            "folders",
            format!("{shown} takes no files: {cause}"),
            format!("check who owns it: `ls -ld {}`", there.display()),
        ),
    }
    let Some(free) = free_bytes(there) else {
        return;
    };
    let says = format!("{:.1} GB free for {shown}", free as f64 / 1e9);
    let help = "make room: old backups, logs and mails of trials are the first to look at";
    if free < TOO_LITTLE_BYTES {
        report.wrong("disk", says, help);
    } else if free < LITTLE_BYTES {
        report.warning("disk", says, help);
    } else {
        report.ok("disk", says);
    }
}

#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

fn look_at_secrets(config: &Config, report: &mut Report) {
    let mut files: Vec<(PathBuf, &str)> = Vec::new();
    for key in &config.mail.dkim {
        if let KeyPlace::File(path) = &key.key {
            files.push((path.clone(), "whoever reads it signs mail in your name"));
        }
    }
    if let Database::File(path) = &config.store {
        let why = "it holds the addresses of readers";
        for ending in ["", "-wal"] {
            let mut name = path.clone().into_os_string();
            name.push(ending);
            files.push((PathBuf::from(name), why));
        }
    }
    for (path, why) in files {
        look_at_file(&path, why, report);
    }
}

#[cfg(unix)]
fn look_at_file(path: &Path, why: &str, report: &mut Report) {
    use std::os::unix::fs::PermissionsExt;
    // What is not there is told by those who need it.
    let Ok(metadata) = fs::metadata(path) else {
        return;
    };
    let (mode, shown) = (metadata.permissions().mode() & 0o777, path.display());
    if mode & 0o007 != 0 {
        report.wrong(
            "permissions",
            format!("everybody on this machine may open {shown} ({mode:o}), and {why}"),
            format!("chmod 600 {shown}"),
        );
    } else {
        report.ok("permissions", format!("{shown} is closed to others"));
    }
}

#[cfg(not(unix))]
fn look_at_file(_: &Path, _: &str, _: &mut Report) {}
