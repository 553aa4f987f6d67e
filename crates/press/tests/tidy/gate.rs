//! What other programs judge: formatting, lints, and the manifests that switch the lints on.

use crate::report;
use crate::source::{relative, workspace};
use std::path::Path;
use std::process::Command;

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(workspace()).args(arguments);
    command
}

/// Whether a part of the tool chain is there. What is missing is said, not passed over.
fn installed(part: &str) -> bool {
    let there = cargo(&[part, "--version"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("not checked: `cargo {part}` is not installed");
    }
    there
}

#[test]
fn the_code_is_formatted() {
    if !installed("fmt") {
        return;
    }
    let output = cargo(&["fmt", "--all", "--", "--check", "-l"])
        .output()
        .expect("cargo runs");
    let mut files: Vec<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|path| Path::new(path).canonicalize().unwrap_or_default())
        .map(|path| relative(&workspace(), &path))
        .collect();
    files.sort();
    files.dedup();
    report(
        "the code is formatted with rustfmt's defaults: `cargo fmt`",
        &files,
    );
    assert!(
        output.status.success(),
        "rustfmt could not do its work:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Clippy checks every dependency once more, which takes a minute on a small machine. So it runs where nobody
/// waits: when `CI` is set, as `.ci/run` does. By hand: `cargo clippy --workspace --all-targets`.
#[test]
fn clippy_has_nothing_to_say() {
    if std::env::var_os("CI").is_none() {
        eprintln!("not checked: clippy runs when CI is set");
        return;
    }
    if !installed("clippy") {
        return;
    }
    let arguments = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ];
    let output = cargo(&arguments).output().expect("cargo runs");
    assert!(
        output.status.success(),
        "clippy has something to say:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let root = workspace();
    let mut found = Vec::new();
    for name in ["press-core", "press"] {
        let path = format!("crates/{name}/Cargo.toml");
        let text = std::fs::read_to_string(root.join(&path)).expect("the manifest is there");
        let manifest: toml::Table = text.parse().expect("it is TOML");
        let inherits = |table: &str, key: &str| {
            let table = manifest.get(table).and_then(toml::Value::as_table);
            let value = table.and_then(|table| table.get(key));
            match value {
                Some(toml::Value::Boolean(value)) => *value,
                Some(toml::Value::Table(value)) => value.contains_key("workspace"),
                _ => false,
            }
        };
        if !inherits("lints", "workspace") {
            found.push(format!("{path}: [lints] workspace = true"));
        }
        for key in ["version", "edition", "rust-version", "license"] {
            if !inherits("package", key) {
                found.push(format!("{path}: {key}.workspace = true"));
            }
        }
    }
    report(
        "lints, edition and licence are said once, in the workspace",
        &found,
    );
}
