//! What is made of all issues at once: data, lists through time, statistics.

use crate::publish::stage::git;
use crate::world::{World, changed, press_in};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;
use sqlx::{Connection, Row};
use std::collections::BTreeMap;

/// A newsletter of six issues over two years with a quote in each; its library as it is by default.
fn world() -> World {
    let world = World::new(6);
    world.edit(
        "press.toml",
        "data = \"\"\nlists = \"\"\nstatistics = \"\"\n",
        "",
    );
    world.edit(
        "press.toml",
        "[[section]]\nid = \"links\"",
        "[[section]]\nid = \"quote\"\ntitle = \"Quote\"\nkind = \"quote\"\nlist = \"All Quotes\"\n\n[[section]]\nid = \"links\"",
    );
    for (path, text) in texts(&world) {
        let quote =
            "\n## Quote\n\n> Gulls <are> \"loud\".\n\n— [Ada](https://ada.example/), in May\n";
        world.write(&path, format!("{text}{quote}"));
    }
    world
}

fn texts(world: &World) -> BTreeMap<String, String> {
    let files = world.tree("content").into_keys();
    let issues = files.filter(|name| name.ends_with(".md") && !name.contains('/'));
    let read = |name: String| {
        let path = format!("content/{name}");
        let text = world.read(&path);
        (path, text)
    };
    issues.map(read).collect()
}

fn rows(world: &World, path: &str) -> Vec<Value> {
    serde_json::from_str(&world.read(path)).unwrap()
}

#[test]
fn the_archive_is_published_as_data_that_explains_itself() {
    let world = world();
    world.build().succeeds();
    let index: Value = serde_json::from_str(&world.read("site/data/index.json")).unwrap();
    let page = world.read("site/data/index.html");
    let mut counted = 0;
    for table in index["tables"].as_array().unwrap() {
        let columns = table["columns"].as_array().unwrap();
        let names: Vec<&str> = columns
            .iter()
            .map(|column| column["name"].as_str().unwrap())
            .collect();
        for file in table["files"].as_array().unwrap() {
            let path = file["path"].as_str().unwrap();
            let found = rows(&world, &format!("site{path}"));
            assert_eq!(found.len() as u64, file["rows"].as_u64().unwrap(), "{path}");
            assert!(page.contains(&format!("href=\"{path}\"")), "{path}");
            for row in &found {
                let cells: Vec<&str> = row
                    .as_object()
                    .unwrap()
                    .keys()
                    .map(String::as_str)
                    .collect();
                let mut sorted = names.clone();
                sorted.sort_unstable();
                assert_eq!(cells, sorted, "{path}");
            }
            counted += found.len();
        }
    }
    assert!(counted > 20, "{counted}");
    let items = rows(&world, "site/data/items-2025.json");
    let item = &items[0];
    let issue = world.read(&format!(
        "site/issues/{}/index.html",
        item["issue"].as_str().unwrap()
    ));
    assert!(
        issue.contains(&format!("id=\"{}\"", item["anchor"].as_str().unwrap())),
        "{item}"
    );
    let map = world.read("site/sitemap.xml");
    for page in ["/data/", "/lists/", "/lists/all-quotes/", "/statistics/"] {
        assert!(
            map.contains(&format!("<loc>https://gull.example{page}</loc>")),
            "{page}"
        );
    }
}

#[test]
fn a_changed_issue_changes_the_data_of_its_year_and_nothing_of_others() {
    let world = world();
    world.build().succeeds();
    let before = world.tree("site");
    let (path, text) = texts(&world).pop_last().unwrap();
    world.write(
        &path,
        text.replace("## Quote", "* [New](https://new.example/)\n\n## Quote"),
    );
    world.build().succeeds();
    let after = world.tree("site");
    let years: Vec<String> = changed(&before, &after)
        .into_iter()
        .filter(|path| path.contains("-20"))
        .collect();
    assert!(!years.is_empty());
    let newest = years[0].rsplit('-').next().unwrap().to_owned();
    assert!(
        years.iter().all(|path| path.ends_with(&newest)),
        "{years:?}"
    );
    // And a build after that has nothing to do, without asking the archive.
    let kept = || {
        let names = world.tree(".press").into_keys();
        let kept = names.filter(|name| name.starts_with("records-") || name == "years");
        kept.collect::<Vec<String>>()
    };
    assert!(kept().len() > 1);
    for name in kept() {
        std::fs::remove_file(world.path(&format!(".press/{name}"))).unwrap();
    }
    assert_eq!(world.build().succeeds().written(), 0);
    assert_eq!(kept(), [""; 0]);
    // Files that somebody deleted come back.
    std::fs::remove_file(world.path("site/lists/hosts/index.html")).unwrap();
    assert_eq!(world.build().succeeds().written(), 1);
    assert_eq!(changed(&after, &world.tree("site")), Vec::<String>::new());
}

#[test]
fn lists_through_time_lead_to_their_places() {
    let world = world();
    world.build().succeeds();
    let quotes = world.read("site/lists/all-quotes/index.html");
    assert_eq!(quotes.matches("<blockquote>").count(), 6);
    assert!(
        quotes.contains("\"loud\".") || quotes.contains("&quot;loud&quot;."),
        "{quotes}"
    );
    assert!(!quotes.contains("<are>"), "{quotes}");
    assert!(
        quotes.contains("<a href=\"https://ada.example/\">Ada, in May</a>"),
        "{quotes}"
    );
    assert!(
        quotes.contains("href=\"/issues/6/#quote\">No. 6</a>"),
        "{quotes}"
    );
    let lists = world.read("site/lists/index.html");
    for list in ["/lists/all-quotes/", "/lists/hosts/"] {
        assert!(lists.contains(list), "{lists}");
    }
    world.edit("press.toml", "list = \"All Quotes\"", "list = \"Hosts\"");
    world.build().refuses(&["press.toml:", "take another"]);
}

/// All tables, as every format must give them: names, and cells as text.
fn as_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(texts) => texts.iter().map(as_text).collect::<Vec<_>>().join("|"),
        other => other.to_string(),
    }
}

fn field_text(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Long(number) => number.to_string(),
        Field::Bool(flag) => flag.to_string(),
        Field::Date(days) => {
            let day = jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(*days);
            day.to_string()
        }
        Field::ListInternal(texts) => {
            let texts: Vec<String> = texts.elements().iter().map(field_text).collect();
            texts.join("|")
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn all_forms_of_an_export_say_the_same() {
    let world = world();
    for format in ["json", "csv", "sqlite", "parquet"] {
        let run = world.press(&[
            "export",
            "--format",
            format,
            "--out",
            &world.path(&format!("out/{format}")).display().to_string(),
        ]);
        run.succeeds();
    }
    let database = format!(
        "sqlite://{}",
        world.path("out/sqlite/archive.sqlite").display()
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for table in ["issues", "items", "links", "events", "papers"] {
        let json = rows(&world, &format!("out/json/{table}.json"));
        let mut csv = csv::Reader::from_path(world.path(&format!("out/csv/{table}.csv"))).unwrap();
        let names: Vec<String> = csv.headers().unwrap().iter().map(str::to_owned).collect();
        let wanted: Vec<Vec<String>> = json
            .iter()
            .map(|row| names.iter().map(|name| as_text(&row[name])).collect())
            .collect();
        let found: Vec<Vec<String>> = csv
            .records()
            .map(|row| row.unwrap().iter().map(str::to_owned).collect())
            .collect();
        assert_eq!(found, wanted, "{table} as CSV");
        let file =
            std::fs::File::open(world.path(&format!("out/parquet/{table}.parquet"))).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let found: Vec<Vec<String>> = reader
            .get_row_iter(None)
            .unwrap()
            .map(|row| {
                let row = row.unwrap();
                row.get_column_iter()
                    .map(|(_, field)| field_text(field))
                    .collect()
            })
            .collect();
        assert_eq!(found, wanted, "{table} as Parquet");
        let found: i64 = runtime.block_on(async {
            let mut connection = sqlx::SqliteConnection::connect(&database).await.unwrap();
            let text = sqlx::AssertSqlSafe(format!(
                "SELECT COUNT(*), COUNT(\"{}\") FROM {table}",
                names[0]
            ));
            let row = sqlx::query(text).fetch_one(&mut connection).await.unwrap();
            assert_eq!(row.get::<i64, _>(0), row.get::<i64, _>(1));
            row.get(0)
        });
        assert_eq!(found as usize, wanted.len(), "{table} as SQLite");
    }
    let printed = world.press(&[
        "export",
        "--table",
        "issues",
        "--since",
        "2025-01-01",
        "--format",
        "csv",
    ]);
    let printed = printed.succeeds().out;
    assert!(printed.starts_with("id,number,title,date,url"), "{printed}");
    world.press(&["export"]).refuses(&["--table"]);
    world
        .press(&["export", "--table", "people"])
        .refuses(&["no table `people`", "issues, items"]);
    world
        .press(&["export", "--table", "items", "--format", "parquet"])
        .refuses(&["--out"]);
}

#[test]
fn the_repository_tells_who_wrote_and_what_was_corrected() {
    let world = world();
    world.write(".gitignore", "/site/\n/.press/\n/out/\n");
    git(&world, &["init", "-q", "-b", "main"]);
    let commit = |name: &str, day: &str| {
        git(&world, &["add", "-A"]);
        let author = format!("{name} <{name}@people.example>");
        let (author, date) = (
            format!("--author={author}"),
            format!("--date={day}T12:00:00Z"),
        );
        git(
            &world,
            &[
                "-c",
                "user.name=Eve",
                "-c",
                "user.email=eve@people.example",
                "commit",
                "-qm",
                "x",
                &author,
                &date,
            ],
        );
    };
    commit("Ada", "2024-01-01");
    let (path, text) = texts(&world).pop_first().unwrap();
    world.write(&path, format!("{text}\nA word.\n"));
    commit("Bob", "2026-01-01");
    let numbers = |world: &World| -> Value {
        serde_json::from_str(&world.press(&["stats", "--format", "json"]).succeeds().out).unwrap()
    };
    let making = numbers(&world)["making"].clone();
    assert_eq!(making["everybody"], 2, "{making}");
    let sum = |values: &Value| -> u64 {
        values
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_u64)
            .sum()
    };
    assert_eq!(sum(&making["corrections"]), 1, "{making}");
    let shown = world.press(&["stats"]).succeeds().out;
    assert!(
        shown.contains("People who wrote") && shown.contains("Links by host"),
        "{shown}"
    );
    world.build().succeeds();
    assert!(
        world
            .read("site/statistics/index.html")
            .contains("Changes after publication")
    );
    // Half of a history would tell half the truth.
    let copy = World::new(0);
    let from = format!("file://{}", world.folder().display());
    git(&copy, &["clone", "-q", "--depth", "1", &from, "copy"]);
    let shallow = press_in(&copy.path("copy"), &["stats", "--format", "json"])
        .succeeds()
        .out;
    assert!(shallow.contains("\"making\": null"), "{shallow}");
}
