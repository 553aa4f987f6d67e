//! Sizes, head comments, and words that must not stand in the sources.

use crate::report;
use crate::source::{Source, sources};

const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 60;
const PARAMETERS: usize = 5;

/// Functions that may be longer: file, name, and why cutting them would not help a reader.
const LONG: &[(&str, &str, &str)] = &[];

/// Long functions are exceptions only while there are few.
const LONG_PERCENT: usize = 2;

fn all() -> impl Iterator<Item = Source> {
    ["press-core", "press"].into_iter().flat_map(sources)
}

#[test]
fn files_are_short() {
    let long = |source: Source| {
        let lines = source.lines_outside_tests();
        (lines > FILE_LINES).then(|| format!("{}: {lines} lines", source.path))
    };
    let found: Vec<String> = all().filter_map(long).collect();
    report("a file has at most 500 lines outside tests", &found);
}

#[test]
fn functions_are_short() {
    let mut found = Vec::new();
    let mut used = Vec::new();
    let mut count = 0;
    for source in all() {
        for function in source.functions() {
            count += 1;
            if function.lines <= FUNCTION_LINES {
                continue;
            }
            let excused = LONG
                .iter()
                .position(|(path, name, _)| *path == source.path && *name == function.name);
            match excused {
                Some(excuse) => used.push(excuse),
                None => found.push(format!(
                    "{}:{}: `{}` has {} lines",
                    source.path, function.line, function.name, function.lines
                )),
            }
        }
    }
    let idle = LONG
        .iter()
        .enumerate()
        .filter(|(at, _)| !used.contains(at))
        .map(|(_, (path, name, _))| format!("{path}: `{name}` needs no exception any more"));
    found.extend(idle);
    if LONG.len() * 100 > count * LONG_PERCENT {
        found.push(format!(
            "{} exceptions among {count} functions are too many",
            LONG.len()
        ));
    }
    report("a function has at most 60 lines", &found);
}

#[test]
fn functions_take_few_parameters() {
    let mut found = Vec::new();
    for source in all() {
        let wide = source
            .functions()
            .into_iter()
            .filter(|function| function.parameters > PARAMETERS);
        found.extend(wide.map(|function| {
            format!(
                "{}:{}: `{}` takes {}",
                source.path, function.line, function.name, function.parameters
            )
        }));
    }
    report(
        "a function takes at most five parameters, self not counted",
        &found,
    );
}

#[test]
fn modules_say_what_they_are() {
    let silent =
        |source: Source| (!source.text.starts_with("//! ")).then(|| format!("{}:1", source.path));
    let found: Vec<String> = all().filter_map(silent).collect();
    report(
        "a module begins with a `//!` comment: what it is, how it fits",
        &found,
    );
}

/// Words of code, each with the reason why it must not stand there.
const BANNED: &[(&str, &str)] = &[
    ("unwrap", "say why it holds, with `expect`, or handle it"),
    ("unsafe", "no part of this program needs it"),
    ("dbg", "left over from a search for a mistake"),
    ("todo", "finish it, or open an issue"),
    ("unimplemented", "finish it, or open an issue"),
];

/// Words of comments that stand for work put off.
const PUT_OFF: &[&str] = &["TODO", "FIXME", "XXX", "HACK"];

#[test]
fn nothing_is_put_off_or_left_to_luck() {
    let mut found = Vec::new();
    for source in all() {
        for (word, reason) in BANNED {
            let calls = source.words(word).filter(|at| {
                let rest = &source.code[at + word.len()..];
                *word == "unsafe" || rest.starts_with(['(', '!'])
            });
            found.extend(calls.map(|at| format!("{}: `{word}`: {reason}", source.place(at))));
        }
        for word in PUT_OFF {
            // Some names have such a word inside.
            let inside = |at: usize| source.text[..at].ends_with(char::is_alphanumeric);
            let places = source.text.match_indices(word);
            let places = places.filter(|(at, _)| !inside(*at));
            found.extend(places.map(|(at, _)| format!("{}: `{word}`", source.place(at))));
        }
    }
    report(
        "no `unwrap`, no `unsafe`, nothing unfinished in the sources",
        &found,
    );
}

#[test]
fn exceptions_from_lints_give_reasons() {
    let mut found = Vec::new();
    for source in all() {
        for attribute in ["[allow(", "[expect("] {
            for (at, _) in source.code.match_indices(attribute) {
                let end = source.code[at..]
                    .find(")]")
                    .map_or(source.code.len(), |end| at + end);
                if !source.code[at..end].contains("reason") {
                    found.push(source.place(at));
                }
            }
        }
    }
    report(
        "a lint that is switched off says why (`reason = \"…\"`)",
        &found,
    );
}
