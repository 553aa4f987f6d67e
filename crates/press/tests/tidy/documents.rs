//! Documents that must keep up with the code: their links, the commands they show, the dependencies they list.

use crate::report;
use crate::source::{files, line_of, relative, workspace};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A Markdown file that people read.
struct Page {
    path: PathBuf,
    name: String,
    text: String,
}

/// The README and its neighbours, the guide, and what stands in examples and new newsletters.
fn pages() -> Vec<Page> {
    let root = workspace();
    let mut paths: Vec<PathBuf> = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ]
    .iter()
    .map(|name| root.join(name))
    .collect();
    paths.extend(files(&root.join("docs"), &[".md"]));
    paths.extend(files(&root.join("examples"), &["README.md"]));
    paths.push(root.join("crates/press/src/scaffold/README.md"));
    let page = |path: PathBuf| Page {
        name: relative(&root, &path),
        text: std::fs::read_to_string(&path)
            .unwrap_or_else(|cause| panic!("{}: {cause}", path.display())),
        path,
    };
    paths.into_iter().map(page).collect()
}

/// Replaces what stands between `<!-- generated: NAME -->` and `<!-- end -->` in a page of the guide, if `UPDATE`
/// is set; else fails where it differs.
pub(crate) fn keep_up_to_date(page: &str, name: &str, fresh: &str) {
    let path = workspace().join("docs").join(page);
    let text = std::fs::read_to_string(&path).expect("the page is there");
    let begin = format!("<!-- generated: {name} -->\n");
    let start = text.find(&begin).expect("the page has a place for it") + begin.len();
    let end = start
        + text[start..]
            .find("<!-- end -->")
            .expect("the place has an end");
    let fresh = format!("\n{}\n\n", fresh.trim());
    if text[start..end] == fresh {
        return;
    }
    if std::env::var_os("UPDATE").is_some() {
        let text = format!("{}{fresh}{}", &text[..start], &text[end..]);
        std::fs::write(&path, text).expect("the page can be written");
        return;
    }
    let lines = text[start..end].lines().zip(fresh.lines());
    let differs = lines.take_while(|(old, new)| old == new).count();
    let line = line_of(&text, start) + differs;
    panic!(
        "\ndocs/{page}:{line}: not as the code says; `UPDATE=1 cargo test --test tidy` brings it up to date\n"
    );
}

#[test]
fn the_readme_is_short() {
    let text = std::fs::read_to_string(workspace().join("README.md")).expect("there is one");
    let lines = text.lines().count();
    assert!(lines <= 80, "\nREADME.md:{lines}: at most 80 lines\n");
}

/// The code of a page: lines of fenced blocks without language or with `sh`, of indented blocks, and spans in
/// running text (`true`), each with its line.
fn code(text: &str) -> Vec<(usize, String, bool)> {
    let mut found = Vec::new();
    let mut fence: Option<bool> = None;
    for (number, line) in text.lines().enumerate() {
        let number = number + 1;
        if let Some(language) = line.trim_start().strip_prefix("```") {
            fence = match fence {
                Some(_) => None,
                None => Some(matches!(language.trim(), "" | "sh")),
            };
        } else if let Some(commands) = fence {
            if commands {
                found.push((number, line.trim().to_owned(), false));
            }
        } else if line.starts_with("    ") && !line.trim_start().starts_with(['*', '-', '|']) {
            found.push((number, line.trim().to_owned(), false));
        } else {
            let spans = line.split('`').skip(1).step_by(2);
            found.extend(spans.map(|span| (number, span.to_owned(), true)));
        }
    }
    found
}

/// The arguments of a command line that starts this program; none for other lines.
fn arguments(line: &str) -> Option<Vec<String>> {
    let line = line.strip_prefix("$ ").unwrap_or(line);
    let command = line.split("  ").next().unwrap_or(line);
    let command = command.split(" #").next().unwrap_or(command);
    let rest = match command.strip_prefix("press ") {
        Some(rest) => rest,
        None => command.strip_prefix("cargo run")?.split_once(" -- ")?.1,
    };
    if rest.contains('…') {
        return None;
    }
    // Words in quotes stay together.
    let mut words: Vec<String> = vec!["press".to_owned()];
    for (at, part) in rest.split('"').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    Some(words)
}

#[test]
fn commands_that_documents_show_exist() {
    use clap::error::ErrorKind;
    let mut found = Vec::new();
    for page in pages() {
        for (line, code, in_text) in code(&page.text) {
            let Some(words) = arguments(&code) else {
                continue;
            };
            let Err(error) = press::cli::command().try_get_matches_from(words) else {
                continue;
            };
            let incomplete = matches!(
                error.kind(),
                ErrorKind::MissingRequiredArgument
                    | ErrorKind::MissingSubcommand
                    | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            );
            let asks = matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            if !(asks || in_text && incomplete) {
                let message = error.to_string();
                let first = message.lines().next().unwrap_or_default();
                found.push(format!("{}:{line}: `{code}`: {first}", page.name));
            }
        }
    }
    report("a command that a document shows exists", &found);
}

/// The destinations of inline links, with their lines. Code is passed over.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced || line.starts_with("    ") {
            continue;
        }
        let plain: String = line.split('`').step_by(2).collect::<Vec<_>>().join("x");
        for (at, _) in plain.match_indices("](") {
            let rest = &plain[at + 2..];
            if let Some(end) = rest.find(')') {
                found.push((number + 1, rest[..end].to_owned()));
            }
        }
    }
    found
}

/// The ids that a forge gives to the headings of a Markdown file.
fn ids(path: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut ids = BTreeSet::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        }
        if fenced || !line.starts_with('#') {
            continue;
        }
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter_map(|character| match character {
            ' ' => Some('-'),
            '-' | '_' => Some(character),
            _ => character.is_alphanumeric().then_some(character),
        });
        ids.insert(kept.collect());
    }
    ids
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut found = Vec::new();
    for page in pages() {
        let folder = page.path.parent().expect("a file stands in a folder");
        for (line, url) in links(&page.text) {
            if url.contains("://") || url.starts_with("mailto:") {
                continue;
            }
            let (file, id) = url.split_once('#').unwrap_or((&url, ""));
            let target = if file.is_empty() {
                page.path.clone()
            } else {
                folder.join(file)
            };
            let leads = target.exists() && (id.is_empty() || ids(&target).contains(id));
            if !leads {
                found.push(format!("{}:{line}: {url}", page.name));
            }
        }
    }
    report(
        "a link between documents leads to a file and, after `#`, to a heading",
        &found,
    );
}

#[test]
fn every_page_of_the_guide_is_in_its_contents() {
    let docs = workspace().join("docs");
    let contents = std::fs::read_to_string(docs.join("README.md")).expect("there is one");
    let found: Vec<String> = files(&docs, &[".md"])
        .iter()
        .map(|path| relative(&docs, path))
        .filter(|name| name != "README.md" && !contents.contains(&format!("]({name})")))
        .collect();
    report("docs/README.md lists every page of the guide", &found);
}

#[test]
fn every_dependency_is_explained() {
    let root = workspace();
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect("it is there");
    let manifest: toml::Table = read("Cargo.toml").parse().expect("it is TOML");
    let listed = manifest["workspace"]["dependencies"]
        .as_table()
        .expect("a table");
    let page = read("docs/dependencies.md");
    let rows: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    let members = ["crates/press-core/Cargo.toml", "crates/press/Cargo.toml"]
        .map(read)
        .concat();
    let mut found = Vec::new();
    for name in listed.keys() {
        if rows.iter().filter(|row| *row == name).count() != 1 {
            found.push(format!("docs/dependencies.md: `{name}` needs one row"));
        }
        let starts = [format!("{name}.workspace"), format!("{name} =")];
        let used = members
            .lines()
            .any(|line| starts.iter().any(|start| line.starts_with(start)));
        if !used {
            found.push(format!("Cargo.toml: no crate uses `{name}`"));
        }
    }
    let gone = rows.iter().filter(|row| !listed.contains_key(**row));
    found
        .extend(gone.map(|row| format!("docs/dependencies.md: `{row}` is no dependency any more")));
    report(
        "docs/dependencies.md says what each dependency is for",
        &found,
    );
}
