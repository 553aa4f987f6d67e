//! `press check --format sarif` against the standard: SARIF 2.1.0 as far as we use it, stated here in our own words,
//! and stricter: a property that is not listed is a mistake.

use crate::world::World;
use serde_json::Value;

/// What an object holds: its kind; the properties it must have and those it may have, each with what it is; a list
/// of something is `kind*`, and must not hold anything twice.
const SHAPES: &[(&str, &str, &str)] = &[
    ("log", "$schema:uri version:2.1.0 runs:run*", ""),
    ("run", "tool:tool columnKind:columns results:result*", ""),
    ("tool", "driver:driver", ""),
    ("driver", "name:text version:text rules:rule*", ""),
    (
        "rule",
        "id:name fullDescription:message help:help",
        "defaultConfiguration:configuration",
    ),
    ("configuration", "level:level", ""),
    ("help", "text:text markdown:text", ""),
    ("message", "text:text", ""),
    (
        "result",
        "ruleId:name level:level message:message locations:location*",
        "relatedLocations:location* fixes:fix*",
    ),
    ("location", "physicalLocation:physical", "message:message"),
    ("physical", "artifactLocation:artifact region:region", ""),
    ("artifact", "uri:uri", ""),
    (
        "region",
        "startLine:count",
        "startColumn:count endLine:count endColumn:count",
    ),
    ("fix", "artifactChanges:change*", ""),
    (
        "change",
        "artifactLocation:artifact replacements:replacement*",
        "",
    ),
    (
        "replacement",
        "deletedRegion:region",
        "insertedContent:content",
    ),
    ("content", "text:any", ""),
];

fn check(value: &Value, kind: &str, at: &str) {
    if let Some(kind) = kind.strip_suffix('*') {
        let list = value
            .as_array()
            .unwrap_or_else(|| panic!("{at} is no list"));
        for (index, item) in list.iter().enumerate() {
            check(item, kind, &format!("{at}[{index}]"));
            assert!(
                !list[..index].contains(item),
                "{at}[{index}] stands there twice"
            );
        }
        return;
    }
    let text = || {
        value
            .as_str()
            .unwrap_or_else(|| panic!("{at} is no text: {value}"))
    };
    let uri = |text: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~%:".contains(&byte);
        text.bytes().all(fits) && !text.starts_with('/')
    };
    let right = match kind {
        "any" => value.is_string(),
        "text" => !text().is_empty(),
        "name" => text().split('-').all(|part| !part.is_empty()),
        "uri" => uri(text()),
        "2.1.0" => text() == kind,
        "columns" => ["utf16CodeUnits", "unicodeCodePoints"].contains(&text()),
        "level" => ["none", "note", "warning", "error"].contains(&text()),
        "count" => value.as_u64().is_some_and(|count| count > 0),
        _ => return check_object(value, kind, at),
    };
    assert!(right, "{at} is no {kind}: {value}");
}

fn check_object(value: &Value, kind: &str, at: &str) {
    let (_, needed, more) = SHAPES.iter().find(|(name, _, _)| *name == kind).unwrap();
    let object = value
        .as_object()
        .unwrap_or_else(|| panic!("{at} is no object"));
    let known: Vec<(&str, &str)> = needed
        .split(' ')
        .chain(more.split_terminator(' '))
        .map(|property| property.split_once(':').unwrap())
        .collect();
    for name in needed
        .split(' ')
        .filter_map(|property| property.split(':').next())
    {
        assert!(object.contains_key(name), "{at} has no {name}");
    }
    for (name, value) in object {
        let kind = known.iter().find(|(known, _)| known == name);
        let (_, kind) = kind.unwrap_or_else(|| panic!("{at} has {name}, which we do not know"));
        check(value, kind, &format!("{at}.{name}"));
    }
}

const DRAFT: &str = "Title: The Weekly Gull 4\nNumber: 4\nDate: 2025-04-09\n\n## Links\n\n\
    * [One](https://birds.example/2/flight)\n- [😀 ä Two](https://two.example//a)\n* [Two](https://two.example/a)\n\
    * [Two](https://two.example/a)\n\n## Changes\n\n* [Three](https://three.example/)\n";

#[test]
fn a_log_is_as_the_standard_says() {
    let world = World::new(3);
    world.write("draft/004 ä#[x] 50%.md", DRAFT);
    let run = world.press(&["check", "--format", "sarif"]);
    let log: Value = serde_json::from_str(&run.out).unwrap();
    check(&log, "log", "log");
    let results = log["runs"][0]["results"].as_array().unwrap();
    let of_rule = |rule: &str| {
        results
            .iter()
            .find(|result| result["ruleId"] == rule)
            .unwrap()
    };
    let place = |result: &Value| result["locations"][0]["physicalLocation"].clone();
    // Columns are counted in UTF-16: the smiling face is two.
    let address = place(of_rule("unclean-address"));
    assert_eq!(
        (
            &address["region"]["startLine"],
            &address["region"]["startColumn"]
        ),
        (&8.into(), &14.into())
    );
    let uri = address["artifactLocation"]["uri"].as_str().unwrap();
    assert!(
        uri.ends_with("/draft/004%20%C3%A4%23%5Bx%5D%2050%25.md"),
        "{uri}"
    );
    // Places in earlier issues are named.
    let before = &of_rule("already-linked")["relatedLocations"][0]["physicalLocation"];
    assert!(
        before["artifactLocation"]["uri"]
            .as_str()
            .unwrap()
            .ends_with("/content/002.md")
    );
    assert_eq!(before["region"]["startLine"], 10);
    let rules = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    assert!(rules.iter().any(|rule| rule["id"] == "already-linked"));
}

#[test]
fn annotations_count_columns_as_browsers_do() {
    let world = World::new(3);
    world.write("draft/004.md", DRAFT);
    let run = world.press(&["check", "--format", "github"]);
    let line = run
        .out
        .lines()
        .find(|line| line.contains("title=unclean-address"))
        .unwrap();
    assert!(
        line.contains(",line=8,endLine=8,col=14,endColumn="),
        "{line}"
    );
    let empty = |line: &&str| {
        let number = |name: &str| {
            line.split([',', ':'])
                .find_map(|part| part.strip_prefix(name))
        };
        number("col=").is_some() && number("col=") == number("endColumn=")
    };
    assert_eq!(run.out.lines().find(empty), None);
}
