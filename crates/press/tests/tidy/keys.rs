//! `docs/configuration.md`, made from the comments of the schema, and proof that they tell the truth.

use crate::documents::keep_up_to_date;
use crate::report;
use crate::source::workspace;
use std::fmt::Write;
use std::path::Path;

/// A struct of the schema, or an enum of values.
struct Table {
    name: String,
    /// Comment lines.
    about: Vec<String>,
    /// Attribute lines.
    attributes: String,
    keys: Vec<Key>,
}

struct Key {
    /// As `press.toml` has it.
    name: String,
    kind: String,
    meaning: String,
    default: Option<String>,
    required: bool,
}

fn read(path: &str) -> String {
    std::fs::read_to_string(workspace().join(path)).expect("the source is there")
}

/// The structs and enums of a source file. They are plain data, one field or variant a line.
fn tables(source: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let (mut comments, mut attributes) = (Vec::new(), String::new());
    let mut open = false;
    for line in source.lines() {
        let plain = line.trim();
        if let Some(comment) = plain.strip_prefix("///") {
            comments.push(comment.strip_prefix(' ').unwrap_or(comment).to_owned());
        } else if plain.starts_with("#[") {
            attributes.push_str(plain);
        } else if let Some(name) = opened(line) {
            open = true;
            tables.push(Table {
                name,
                about: std::mem::take(&mut comments),
                attributes: std::mem::take(&mut attributes),
                keys: Vec::new(),
            });
        } else if line == "}" {
            open = false;
        } else if let Some(table) = tables.last_mut().filter(|_| open) {
            let comments = std::mem::take(&mut comments);
            let key = key(plain, &comments, &attributes, &table.attributes);
            table.keys.extend(key);
            attributes.clear();
        } else {
            comments.clear();
            attributes.clear();
        }
    }
    tables
}

/// The name of the struct or enum that a line opens.
fn opened(line: &str) -> Option<String> {
    let rest = line.strip_suffix(" {")?;
    let rest = without_visibility(rest)?;
    let name = rest
        .strip_prefix("struct ")
        .or(rest.strip_prefix("enum "))?;
    Some(name.to_owned())
}

/// What follows `pub` or `pub(…)`.
fn without_visibility(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub")?;
    match rest.strip_prefix('(') {
        Some(rest) => rest.split_once(") ").map(|(_, rest)| rest),
        None => rest.strip_prefix(' '),
    }
}

/// A field `pub(super) name: Type,` or a variant `Name,`.
fn key(line: &str, comments: &[String], own: &str, table: &str) -> Option<Key> {
    let line = line.strip_suffix(',')?;
    let field = without_visibility(line);
    let (name, kind) = match field {
        Some(field) => field.split_once(": ")?,
        None => (line, ""),
    };
    let (defaults, meaning): (Vec<&String>, Vec<&String>) = comments
        .iter()
        .partition(|line| line.starts_with("Default: "));
    let meaning: Vec<&str> = meaning.iter().map(|line| line.as_str()).collect();
    let optional =
        kind.starts_with("Option<") || own.contains("default") || table.contains("default");
    Some(Key {
        name: kebab(name),
        kind: kind
            .replace("Spanned<", "")
            .replace("Option<", "")
            .replace("Vec<", "")
            .replace('>', ""),
        meaning: meaning.join(" ").trim().to_owned(),
        default: defaults
            .first()
            .map(|line| line["Default: ".len()..].to_owned()),
        required: !optional,
    })
}

/// `base_url` and `PullRequests` as `press.toml` has them.
fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for (at, character) in name.chars().enumerate() {
        if character.is_uppercase() && at > 0 {
            kebab.push('-');
        }
        kebab.extend(character.to_lowercase());
    }
    kebab.replace('_', "-")
}

/// All structs and enums of the schema: the whole file first.
fn written() -> Vec<Table> {
    let mut all = tables(&read("crates/press/src/config/schema.rs"));
    let below = crate::source::sources("press");
    let below = below
        .iter()
        .filter(|source| source.path.contains("/config/schema/"));
    all.extend(below.flat_map(|source| tables(&source.text)));
    all
}

/// The tables of `press.toml` in its order, each with how its head is written; then those of sources, by kind.
fn schema() -> Vec<(String, Table)> {
    let mut tables = written();
    let file = tables.remove(0);
    assert_eq!(file.name, "File", "the schema begins with the whole file");
    let mut ordered = Vec::new();
    for key in file.keys {
        let at = tables.iter().position(|table| table.name == key.kind);
        let table = tables.remove(at.expect("every table has a struct"));
        let repeated = table
            .about
            .iter()
            .any(|line| *line == format!("[[{}]]", key.name));
        let head = if repeated {
            format!("[[{}]]", key.name)
        } else {
            format!("[{}]", key.name)
        };
        ordered.push((head, table));
    }
    // What all kinds share comes first.
    tables.sort_by_key(|table| table.name != "Source");
    for table in tables {
        if table.about.iter().any(|line| line == "[[source]]") {
            let kind = |line: &&String| line.starts_with("kind = ");
            let kind = table
                .about
                .iter()
                .find(kind)
                .filter(|_| table.name != "Source");
            let head = kind.map(|kind| format!("[[source]] `{kind}`"));
            ordered.push((head.unwrap_or("[[source]]".to_owned()), table));
        }
    }
    ordered
}

/// The example of a table: the block of TOML in its comment.
fn example(table: &Table) -> String {
    let lines = table
        .about
        .iter()
        .skip_while(|line| *line != "```toml")
        .skip(1);
    let lines: Vec<&str> = lines
        .take_while(|line| *line != "```")
        .map(String::as_str)
        .collect();
    lines.join("\n")
}

#[test]
fn the_reference_of_keys_is_up_to_date() {
    let values: Vec<Table> = ["format.rs", "render/feed.rs", "draft/finish.rs"]
        .iter()
        .flat_map(|name| tables(&read(&format!("crates/press-core/src/{name}"))))
        .chain(written())
        .collect();
    let mut page = String::new();
    for (head, table) in schema() {
        let _ = writeln!(page, "## {head}\n\n{}\n", table.about.join("\n"));
        page.push_str("| key | meaning | without it |\n|---|---|---|\n");
        for key in &table.keys {
            let default = match (&key.default, key.required) {
                (Some(default), _) => default.as_str(),
                (None, true) => "required",
                (None, false) => "",
            };
            let meaning = key.meaning.replace('|', "\\|");
            let _ = writeln!(page, "| `{}` | {meaning} | {default} |", key.name);
        }
        for key in &table.keys {
            let Some(of) = values.iter().find(|values| values.name == key.kind) else {
                continue;
            };
            let what = if of.keys.iter().all(|value| value.kind.is_empty()) {
                "Values"
            } else {
                "Keys"
            };
            let _ = writeln!(page, "\n{what} of `{}`:\n", key.name);
            for value in &of.keys {
                let _ = writeln!(page, "- `{}`: {}", value.name, value.meaning);
            }
        }
        page.push('\n');
    }
    keep_up_to_date("configuration.md", "keys", &page);
}

#[test]
fn every_key_is_explained() {
    let mut found = Vec::new();
    for (head, table) in schema() {
        let example = example(&table);
        for key in &table.keys {
            let place = format!("crates/press/src/config/schema: {head} {}", key.name);
            if key.meaning.is_empty() {
                found.push(format!("{place}: no comment says what it means"));
            }
            if !key.required && key.default.is_none() {
                found.push(format!("{place}: no `Default:` says what holds without it"));
            }
            if !example
                .lines()
                .any(|line| line.starts_with(&format!("{} = ", key.name)))
            {
                found.push(format!("{place}: the table's example leaves it out"));
            }
        }
    }
    report(
        "every key of press.toml has a meaning, a default and a place in an example",
        &found,
    );
}

fn load(folder: &Path, text: &str) -> press::config::Config {
    std::fs::write(folder.join("press.toml"), text).expect("the folder is ours");
    press::config::Config::load(folder, None).unwrap_or_else(|error| panic!("{text}\n\n{error}"))
}

#[test]
fn the_examples_of_all_keys_load() {
    let folder = tempfile::tempdir().expect("there is room");
    let examples: Vec<String> = schema().iter().map(|(_, table)| example(table)).collect();
    let groups = folder.path().join("meetup-groups.txt");
    std::fs::write(groups, "gulls-of-bergen\n").expect("the folder is ours");
    load(folder.path(), &examples.join("\n\n"));
}

#[test]
fn documented_defaults_are_the_real_ones() {
    let folder = tempfile::tempdir().expect("there is room");
    let (mut minimal, mut explicit) = (String::new(), String::new());
    for (head, table) in schema().iter().filter(|(head, _)| !head.starts_with("[[")) {
        for text in [&mut minimal, &mut explicit] {
            let _ = writeln!(text, "{head}");
            let example = example(table);
            let required = |line: &&str| {
                let name = line.split_once(" = ").map_or("", |(name, _)| name);
                table
                    .keys
                    .iter()
                    .any(|key| key.required && key.name == name)
            };
            for line in example.lines().filter(required) {
                let _ = writeln!(text, "{line}");
            }
        }
        for key in &table.keys {
            let value = key
                .default
                .as_deref()
                .and_then(|text| text.strip_prefix('`')?.strip_suffix('`'));
            if let Some(value) = value {
                let _ = writeln!(explicit, "{} = {value}", key.name);
            }
        }
    }
    let shown = |text: &str| {
        let mut config = load(folder.path(), text);
        config.text.clear();
        format!("{config:#?}")
    };
    let (real, documented) = (shown(&minimal), shown(&explicit));
    let differing = real
        .lines()
        .zip(documented.lines())
        .filter(|(real, documented)| real != documented);
    let found: Vec<String> = differing
        .map(|(real, documented)| {
            format!("documented {}, really {}", documented.trim(), real.trim())
        })
        .collect();
    report("a documented default of press.toml is the real one", &found);
}

#[test]
fn every_placeholder_is_explained() {
    let page = read("docs/configuration.md");
    let found: Vec<String> = press_core::render::address::PLACEHOLDERS
        .iter()
        .filter(|name| !page.contains(&format!("| `{{{name}}}` |")))
        .map(|name| format!("docs/configuration.md: `{{{name}}}`"))
        .collect();
    report("every placeholder of addresses has a row", &found);
}

/// What templates are given under a name of its own, and the struct that says so.
const GIVEN: &[(&str, &str)] = &[
    ("newsletter", "NewsletterInfo"),
    ("site", "SiteInfo"),
    ("page", "PageInfo"),
    ("category", "Category"),
];

#[test]
fn what_templates_get_is_listed() {
    let page = read("docs/site.md");
    let given = tables(&read("crates/press-core/src/render/site.rs"));
    let mut found = Vec::new();
    for (name, of) in GIVEN {
        let table = given.iter().find(|table| table.name == *of);
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{name}` |")));
        let (Some(table), Some(row)) = (table, row) else {
            found.push(format!(
                "docs/site.md: no row for `{name}`, or no struct `{of}`"
            ));
            continue;
        };
        for key in &table.keys {
            let part = key.name.replace('-', "_");
            if !row.contains(&format!("`{part}`")) {
                found.push(format!("docs/site.md: `{name}.{part}`"));
            }
        }
    }
    report("docs/site.md lists what templates get", &found);
}

/// The tables of `press export`, as the guide shows them.
#[test]
fn tables_of_the_archive_are_explained() {
    use press_core::render::data::TABLES;
    let mut text = String::new();
    for table in TABLES {
        text.push_str(&format!(
            "**`{}`**: a row is {}.\n\n| column | kind | meaning |\n|---|---|---|\n",
            table.name, table.about
        ));
        for column in table.columns {
            let (name, kind, about) = (column.name, column.kind.name(), column.about);
            text.push_str(&format!(
                "| `{name}` | {kind} | {} |\n",
                about.replace('|', "\\|")
            ));
        }
        text.push('\n');
    }
    keep_up_to_date("library.md", "tables", &text);
}
