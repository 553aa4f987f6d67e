//! The files in `deploy/`: what they start is a command of ours, and systemd understands its units.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn deploy(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy")).join(path)
}

fn units() -> Vec<PathBuf> {
    let entries = fs::read_dir(deploy("systemd")).unwrap();
    let mut units: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    units.retain(|unit| unit.extension().is_some_and(|ending| ending != "conf"));
    units.sort();
    units
}

#[track_caller]
fn is_ours(words: &[String]) {
    let parsed = press::cli::command().try_get_matches_from(words);
    assert!(parsed.is_ok(), "{words:?}: {}", parsed.unwrap_err());
}

#[test]
fn every_unit_starts_a_command_that_there_is() {
    let mut count = 0;
    for unit in units() {
        let text = fs::read_to_string(&unit).unwrap();
        for line in text.lines() {
            if let Some(command) = line.strip_prefix("ExecStart=") {
                let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
                assert_eq!(words[0], "/usr/local/bin/press");
                is_ours(&words);
                count += 1;
            }
        }
    }
    assert_eq!(count, 3);
    let text = fs::read_to_string(deploy("Containerfile")).unwrap();
    let list = |key: &str| -> Vec<String> {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(key))
            .unwrap();
        serde_json::from_str(line).unwrap()
    };
    is_ours(&[list("ENTRYPOINT "), list("CMD ")].concat());
}

/// Older ones than this know no look at units that are not installed.
const SINCE: u32 = 250;

#[test]
fn systemd_understands_its_units_and_finds_little_exposed() {
    let version = Command::new("systemd-analyze").arg("--version").output();
    let version = version.map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
    let number = |text: String| text.split(' ').nth(1)?.parse::<u32>().ok();
    if version
        .ok()
        .and_then(number)
        .is_none_or(|version| version < SINCE)
    {
        let said = "systemd-analyze is not installed: units were not judged";
        assert!(std::env::var_os("CI").is_none(), "{said}");
        println!("{said}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for unit in units() {
        // A program that is there: that ours is installed is not what is judged.
        let text = fs::read_to_string(&unit).unwrap();
        let path = folder.path().join(unit.file_name().unwrap());
        fs::write(&path, text.replace("/usr/local/bin/press", "/bin/true")).unwrap();
        paths.push(path);
    }
    let verify = Command::new("systemd-analyze")
        .arg("verify")
        .args(&paths)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&verify.stderr);
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("press")).collect();
    assert!(verify.status.success() && ours.is_empty(), "{said}");
    for path in paths
        .iter()
        .filter(|path| path.extension().unwrap() == "service")
    {
        // Exposure from 0 to 10; the threshold is ten times that.
        let judged = Command::new("systemd-analyze")
            .args(["security", "--offline=yes", "--threshold=20"])
            .arg(path)
            .output()
            .unwrap();
        assert!(
            judged.status.success(),
            "{}",
            String::from_utf8_lossy(&judged.stdout)
        );
    }
}

#[test]
fn every_action_runs_commands_that_there_are() {
    let mut count = 0;
    for name in ["check", "publish"] {
        let path = format!("../action/{name}/action.yml");
        let text = fs::read_to_string(deploy(&path)).unwrap();
        for line in text.lines() {
            let Some(command) = line.trim().strip_prefix("press -C ") else {
                continue;
            };
            // What GitHub and the shell fill in is a word each.
            let mut filled = String::new();
            let mut rest = command;
            while let Some((before, after)) = rest.split_once("\"${{") {
                let (_, after) = after.split_once("}}\"").unwrap();
                filled.push_str(before);
                filled.push('1');
                rest = after;
            }
            let rest = rest.replace("origin/${{ github.base_ref }}", "main");
            let line = format!("press -C {filled}{rest}").replace("${ISSUE:+\"$ISSUE\"}", "1");
            let words: Vec<String> = line
                .split_whitespace()
                .map(|word| word.trim_matches('"').to_owned())
                .collect();
            is_ours(&words);
            count += 1;
        }
    }
    assert_eq!(count, 4);
}
