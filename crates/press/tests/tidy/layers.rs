//! Who may import whom. The picture is in `ARCHITECTURE.md`; this is the table behind it.

use crate::report;
use crate::source::{Source, sources};

/// Modules of `press` that everybody may use.
const COMMON: &[&str] = &["app", "config", "error", "http", "newsletter", "sigv4"];

/// Modules of `press`, each with those it may use besides the common ones. The crate's root, which is not
/// here, knows both drivers.
const PRESS: &[(&str, &[&str])] = &[
    ("announce", &[]),
    ("app", &["sources", "store", "mail"]),
    ("cli", &["pipeline"]),
    ("config", &[]),
    ("deploy", &["git"]),
    ("dns", &[]),
    ("error", &[]),
    ("git", &[]),
    ("http", &[]),
    ("lsp", &["pipeline"]),
    ("mail", &[]),
    ("newsletter", &[]),
    (
        "pipeline",
        &[
            "announce", "deploy", "dns", "git", "mail", "sources", "store",
        ],
    ),
    ("sigv4", &[]),
    ("sources", &[]),
    ("store", &[]),
    ("web", &["pipeline"]),
];

/// Modules of `press-core` that everybody may use: small things done with any text.
const CORE_COMMON: &[&str] = &["calendar", "html", "text"];

/// Modules of `press-core`, each with those it may use. Outputs and rules do not know each other.
const CORE: &[(&str, &[&str])] = &[
    ("announcement", &["diagnostic", "format", "issue", "span"]),
    ("calendar", &[]),
    ("canonical", &[]),
    (
        "check",
        &[
            "canonical",
            "diagnostic",
            "encoding",
            "format",
            "issue",
            "places",
            "slug",
            "span",
        ],
    ),
    ("correction", &["format", "issue", "submission"]),
    ("dead_links", &[]),
    ("diagnostic", &["span"]),
    ("draft", &["diagnostic", "format", "issue", "slug", "span"]),
    ("encoding", &["diagnostic", "issue", "span"]),
    (
        "events",
        &[
            "canonical",
            "diagnostic",
            "format",
            "issue",
            "places",
            "slug",
            "span",
        ],
    ),
    ("format", &["span"]),
    ("html", &[]),
    (
        "issue",
        &["diagnostic", "encoding", "format", "slug", "span"],
    ),
    ("mailbox", &[]),
    ("media", &[]),
    ("places", &[]),
    (
        "render",
        &[
            "canonical",
            "dead_links",
            "diagnostic",
            "encoding",
            "format",
            "issue",
            "places",
            "slug",
            "span",
        ],
    ),
    ("sender", &[]),
    ("slug", &[]),
    ("span", &[]),
    ("suggest", &["check", "format"]),
    (
        "submission",
        &["canonical", "diagnostic", "format", "issue", "span"],
    ),
    ("text", &[]),
    (
        "vote",
        &[
            "canonical",
            "diagnostic",
            "draft",
            "format",
            "issue",
            "span",
        ],
    ),
];

/// What of the standard library would let the core touch the world.
const WORLD: &[&str] = &["env", "fs", "net", "os", "process", "thread"];

/// Names that stand for a clock, a terminal or waiting, wherever they come from.
const WORLDLY: &[&str] = &[
    "async",
    "await",
    "eprint!",
    "eprintln!",
    "File",
    "Instant",
    "now()",
    "print!",
    "println!",
    "SystemTime",
];

fn breaches(sources: &[Source], table: &[(&str, &[&str])], common: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        let module = source.module();
        let Some(own) = module.first() else { continue };
        let Some((_, allowed)) = table.iter().find(|(name, _)| name == own) else {
            found.push(format!(
                "{}: `{own}` has no row in the table of layers",
                source.path
            ));
            continue;
        };
        let mut named = source.named_after("crate");
        named.extend(source.named_after_super());
        for (name, at) in named {
            let known = table.iter().any(|(module, _)| *module == name);
            let may =
                name == *own || allowed.contains(&name.as_str()) || common.contains(&name.as_str());
            if known && !may {
                found.push(format!("{}: `{own}` uses `{name}`", source.place(at)));
            }
        }
    }
    found
}

#[test]
fn layers_of_press() {
    let rule = "drivers (cli, lsp, web) do not know each other, adapters (sources, store, mail) know nobody, joining is \
                pipeline's";
    report(rule, &breaches(&sources("press"), PRESS, COMMON));
}

#[test]
fn layers_of_the_core() {
    let rule =
        "in press-core, check and render do not know each other, and the model knows neither";
    report(rule, &breaches(&sources("press-core"), CORE, CORE_COMMON));
}

#[test]
fn only_the_root_knows_two_drivers() {
    let mut found = Vec::new();
    for source in sources("press") {
        let named = source.named_after("crate");
        let knows = |driver: &&str| named.iter().any(|(name, _)| name == driver);
        if ["cli", "lsp", "web"]
            .iter()
            .filter(|driver| knows(driver))
            .count()
            > 1
        {
            found.push(source.path.clone());
        }
    }
    report("only main.rs and lib.rs know more than one driver", &found);
}

#[test]
fn the_core_does_not_touch_the_world() {
    let mut found = Vec::new();
    for source in sources("press-core") {
        for (name, at) in source.named_after("std") {
            if WORLD.contains(&name.as_str()) {
                found.push(format!("{}: `std::{name}`", source.place(at)));
            }
        }
        for word in WORLDLY {
            found.extend(
                source
                    .words(word)
                    .map(|at| format!("{}: `{word}`", source.place(at))),
            );
        }
    }
    report(
        "press-core has no clock, no files, no network, no terminal, no async",
        &found,
    );
}

#[test]
fn the_core_brings_nothing_worldly_in() {
    let manifest =
        std::fs::read_to_string(crate::source::workspace().join("crates/press-core/Cargo.toml"));
    let manifest: toml::Table = manifest
        .expect("the manifest is there")
        .parse()
        .expect("it is TOML");
    let worldly = [
        "axum",
        "indicatif",
        "notify",
        "reqwest",
        "sqlx",
        "tokio",
        "tracing-subscriber",
        "press",
    ];
    let dependencies = manifest["dependencies"].as_table().expect("a table");
    let found: Vec<String> = dependencies
        .keys()
        .filter(|name| worldly.contains(&name.as_str()))
        .map(|name| format!("crates/press-core/Cargo.toml: `{name}`"))
        .collect();
    report(
        "press-core depends on nothing that reads clocks, files or sockets for it",
        &found,
    );
}

/// Words that one place of `press` is for: what they touch, the files that may, and why only these.
const AT_HOME: &[(&[&str], &[&str], &str)] = &[
    (
        &["print!", "println!", "eprint!", "eprintln!"],
        &["cli/terminal.rs", "error.rs"],
        "printing minds colour and closed pipes in one place",
    ),
    (
        &["var", "var_os", "vars"],
        &["config.rs"],
        "secrets come from the environment through the configuration, and nothing else does",
    ),
    (
        &["TcpStream", "UdpSocket"],
        &[
            "dns.rs",
            "http.rs",
            "mail/smtp/wire.rs",
            "web/server/connections.rs",
        ],
        "all traffic goes through clients and a server that have limits",
    ),
];

#[test]
fn what_touches_the_world_has_one_place() {
    let mut found = Vec::new();
    for source in sources("press") {
        for (words, homes, reason) in AT_HOME {
            if homes
                .iter()
                .any(|home| source.path.ends_with(&format!("/src/{home}")))
            {
                continue;
            }
            for word in *words {
                found.extend(
                    source
                        .words(word)
                        .map(|at| format!("{}: `{word}`: {reason}", source.place(at))),
                );
            }
        }
    }
    report("what touches the world has one place in `press`", &found);
}

#[test]
fn all_sql_stands_in_tables_of_statements() {
    let mut found = Vec::new();
    let named = std::fs::read_to_string(
        crate::source::workspace().join("crates/press/src/store/statements.rs"),
    );
    let named = named.expect("the list of tables is there");
    for source in sources("press") {
        let home = ["db", "export", "load", "statement"]
            .map(|name| format!("/src/store/{name}.rs"))
            .iter()
            .any(|home| source.path.ends_with(home));
        if source.module().first() != Some(&"store") {
            for word in ["sqlx", "statements!"] {
                let words = source.words(word);
                found.extend(words.map(|at| format!("{}: `{word}`", source.place(at))));
            }
        }
        for word in ["query", "query_as", "query_scalar", "raw_sql"] {
            let called = source
                .named_after("sqlx")
                .into_iter()
                .filter(|(name, _)| name == word && !home);
            found.extend(called.map(|(name, at)| format!("{}: `{name}`", source.place(at))));
        }
        let table = source.code.contains("\nstatements! {");
        let file = source.path.rsplit('/').next().unwrap_or_default();
        let file = file.trim_end_matches(".rs");
        if table && !named.contains(&format!("{file}::ALL")) {
            found.push(format!(
                "{}: its table is not in store/statements.rs",
                source.path
            ));
        }
    }
    report(
        "SQL stands in `statements!` of store/, and store/statements.rs names every table",
        &found,
    );
}
