//! The sample newsletter collects from a recording. Its forge is played here, and the recording in
//! `examples/this-week-in-tern/replay` is what it says; `UPDATE=1 cargo test --test it sample` records it anew.

use crate::collect::Collecting;
use crate::forge::{Forge, merged, open, with_labels};
use crate::server::Server;
use crate::world::{World, press, tree};
use press::config::Secrets;
use press::http::{Names, Tape};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/this-week-in-tern")
}

const REPORT: &str = "# Triage of 2026-11-17\n\n\
A quiet week. The new search for duplicate constants pays for itself in every program that has tables in it.\n\n\
Triage done by **@noor**.\n\
Revision range: [0c645dd1..5f0ac2e8](https://perf.tern-lang.example/compare?start=0c645dd1&end=5f0ac2e8)\n\n\
1 regression, 6 improvements, 2 mixed; 41 comparisons in total.\n\n\
## Regressions\n\n* `deep-records`: +0.6 %\n";

/// What the forge of the Tern project has.
fn tern() -> Forge {
    let pull = |repository: &str, number: u64, title: &str, labels: &[&str]| {
        let day = 11 + number % 7;
        let full = format!("tern-lang/{repository}");
        let pull = merged(&full, number, title, &format!("2026-11-{day}T09:30:00Z"));
        with_labels(at_home(pull, &full, "pull"), labels)
    };
    let rfc = |number: u64, title: &str, state: &str, at: &str| {
        let mut pull = at_home(
            merged("tern-lang/rfcs", number, title, at),
            "tern-lang/rfcs",
            "pull",
        );
        pull["state"] = state.into();
        pull["createdAt"] = if state == "OPEN" {
            at.into()
        } else {
            "2026-06-01T08:00:00Z".into()
        };
        pull
    };
    let mut liked = pull(
        "tern",
        12431,
        "ternc: Suggest the import that was meant",
        &["compiler", "notable"],
    );
    liked["reactions"] = json!({ "totalCount": 23 });
    let call = |repository: &'static str, number, title: &str| {
        let at = ("final-comment-period", "2026-11-16T10:00:00Z");
        (
            repository,
            false,
            at_home(open(repository, number, title, &[at]), repository, "issues"),
        )
    };
    Forge {
        pulls: vec![
            liked,
            pull(
                "tern",
                12419,
                "Merge equal tables of constants",
                &["compiler"],
            ),
            pull(
                "tern",
                12425,
                "Say which `handle` block nobody reaches",
                &["compiler"],
            ),
            pull("tern", 12422, "Library: Add Text.split_once", &["library"]),
            pull(
                "tern",
                12428,
                "fs.watch: don't report what was reported",
                &["library"],
            ),
            pull("tern", 12433, "Bump the bot's bots", &[]),
            pull(
                "nest",
                3201,
                "nest: Remember answers of `nest upgrade`",
                &[],
            ),
            pull("nest", 3204, "Accept mirrors that are slow.", &["notable"]),
            rfc(
                441,
                "RFC 441: Names for numbers",
                "MERGED",
                "2026-11-13T12:00:00Z",
            ),
            rfc(
                458,
                "RFC 458: A calm mode for warnings",
                "OPEN",
                "2026-11-15T12:00:00Z",
            ),
        ],
        labelled: vec![
            call("tern-lang/rfcs", 431, "RFC 431: `else` after `each`"),
            call("tern-lang/nest", 3177, "Ask before a package is renamed"),
        ],
        known: vec!["tern-lang/tern"],
        files: vec![
            (
                "tern-lang/perf",
                "triage/2026/2026-11-10.md",
                "# Triage of 2026-11-10\n",
            ),
            ("tern-lang/perf", "triage/2026/2026-11-17.md", REPORT),
        ],
        branch: "main",
        ..Forge::default()
    }
}

fn at_home(mut node: Value, repository: &str, what: &str) -> Value {
    node["url"] = format!(
        "https://code.example/{repository}/{what}/{}",
        node["number"]
    )
    .into();
    node
}

#[test]
fn the_recording_is_what_the_forge_says() {
    let forge = tern();
    let server = Server::start(move |asked| forge.reply(asked));
    let address = server.address;
    let mut collecting = Collecting::new(&server, "");
    collecting.world = World::empty();
    for name in ["press.toml", "draft/2026-11-19-this-week-in-tern.md"] {
        let text = fs::read_to_string(sample().join(name)).unwrap();
        let text = text.replace(
            "\"https://api.code.example\"",
            "\"http://api.code.example\"",
        );
        collecting.world.write(name, text);
    }
    fs::create_dir(collecting.world.path("content")).unwrap();
    collecting.secrets = Secrets::given([("GITHUB_TOKEN", "hush")]);
    collecting.settings.names = Names::Given(Arc::new(move |_| Some(address)));
    collecting.settings.private = vec!["api.code.example".to_owned()];
    collecting.settings.tape = Tape::Record(collecting.world.path("replay"));
    let collected = collecting.run();
    assert_eq!(collected.failed(), 0, "{:?}", collected.read);
    let (fresh, kept) = (collecting.world.tree("replay"), sample().join("replay"));
    if std::env::var_os("UPDATE").is_some() {
        fs::remove_dir_all(&kept).ok();
        fs::create_dir_all(&kept).unwrap();
        for (name, bytes) in &fresh {
            fs::write(kept.join(name), bytes).unwrap();
        }
    }
    let names: Vec<&String> = fresh.keys().collect();
    assert_eq!(
        tree(&kept).keys().collect::<Vec<_>>(),
        names,
        "record anew: see the head of this file"
    );
    assert_eq!(tree(&kept), fresh, "record anew: see the head of this file");
}

#[test]
fn the_sample_collects_from_its_recording() {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in press::pipeline::scaffold::SAMPLE {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut command = press();
    command
        .current_dir(folder.path())
        .env_remove("GITHUB_TOKEN");
    let output = command
        .args(["collect", "--replay", "replay"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.contains("5 sources read; 2026-11-11 to 2026-11-18"),
        "{said}"
    );
    let text =
        fs::read_to_string(folder.path().join("draft/2026-11-19-this-week-in-tern.md")).unwrap();
    for expected in [
        "9 pull requests were [merged since the last issue][merged].\n",
        "#### Compiler\n* [suggest the import that was meant](https://code.example/tern-lang/tern/pull/12431)\n",
        "* [add `Text.split_once`](",
        "A quiet week.",
        "[Full report](https://code.example/tern-lang/perf/blob/main/triage/2026/2026-11-17.md)",
        "* [RFC 441: Names for numbers](",
        "#### [Nest](https://code.example/tern-lang/nest/issues?q=",
        "* [RFC 458: A calm mode for warnings](",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in\n{text}");
    }
}
