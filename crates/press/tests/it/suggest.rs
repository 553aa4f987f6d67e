//! In which section a link belongs: judged on what editors really chose, where the archive and the data are at hand.
//!
//! The folder is `replay/categories` beside the archive; see `archive.rs`. What a model may know ends with 2024, and what
//! it is judged by begins with 2025; everything that was chosen about it was chosen on earlier years.

use crate::archive::{archive, format, texts};
use crate::world::World;
use jiff::civil::{Date, date};
use press_core::check::archive::{Archive, Digest};
use press_core::issue::Issue;
use press_core::suggest::Suggester;
use rayon::prelude::*;
use serde_json::Value;
use std::fs;

/// A link that editors put somewhere.
struct Link {
    section: String,
    title: String,
    url: String,
    marks: Vec<String>,
}

/// The links of the newer years that stand in one of the eight sub-sections of today.
fn links(data: &str, first: &str) -> Vec<Link> {
    let rows = data.lines().map(|line| serde_json::from_str(line).unwrap());
    let rows = rows.filter(|row: &Value| row["date"].as_str().unwrap() >= first);
    let link = |row: Value| {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let marks = row["prefix"].as_array().unwrap();
        Some(Link {
            section: match text("subsection").as_str() {
                "Official" => "official",
                "Foundation" => "foundation",
                "Newsletters" => "newsletters",
                "Project/Tooling Updates" => "project-updates",
                "Observations/Thoughts" => "observations",
                "Rust Walkthroughs" => "walkthroughs",
                "Research" => "research",
                "Miscellaneous" => "miscellaneous",
                _ => return None,
            }
            .to_owned(),
            title: text("title"),
            url: text("url"),
            marks: marks
                .iter()
                .map(|mark| mark.as_str().unwrap().to_lowercase())
                .collect(),
        })
    };
    rows.filter_map(link).collect()
}

/// How often the right section was the first, among the first two, the first three, in percent; and how far what it says of
/// itself is off, in percent.
#[derive(Debug, Default)]
struct Score {
    right: [f64; 3],
    off: f64,
}

fn score(suggester: &Suggester, links: &[Link]) -> Score {
    let (mut right, mut tenths) = ([0_usize; 3], [(0.0, 0.0); 11]);
    for link in links {
        let marks: Vec<&str> = link.marks.iter().map(String::as_str).collect();
        let offered = suggester.suggest(&link.title, &link.url, &marks);
        let at = offered.iter().position(|one| one.section == link.section);
        for (place, right) in right.iter_mut().enumerate() {
            *right += usize::from(at.is_some_and(|at| at <= place));
        }
        let confidence = offered[0].confidence;
        let tenth = &mut tenths[(confidence * 10.0) as usize];
        tenth.0 += confidence;
        tenth.1 += f64::from(u8::from(at == Some(0)));
    }
    let percent = |part: f64| part * 100.0 / links.len() as f64;
    Score {
        right: right.map(|right| percent(right as f64)),
        off: percent(tenths.iter().map(|(said, was)| f64::abs(said - was)).sum()),
    }
}

#[test]
fn the_first_three_guesses_hold_what_editors_chose() {
    let Some(archive) = archive() else { return };
    let data = archive.join("../replay/categories/categories.jsonl");
    let Ok(data) = fs::read_to_string(&data) else {
        println!("{} is not there: nothing is tested", data.display());
        return;
    };
    let format = format(&archive);
    let texts: Vec<_> = texts(&archive).into_iter().collect();
    let digest =
        |(name, text): &(String, String)| Digest::new(&Issue::parse(text, &format), &format, name);
    let digests = texts.par_iter().filter_map(digest).collect();
    let past = Archive::joined(digests, |one, other| {
        rayon::join(one, other);
    });
    let links = links(&data, "2025");
    assert!(links.len() > 1000);
    let begin: Date = date(2025, 1, 1);
    let suggester = Suggester::of_archive(&past, &format, Some(begin));
    let score = score(&suggester, &links);
    println!("{} links of 2025 and later: {score:.1?}", links.len());
    // What was measured, less a little.
    for (right, least) in score.right.iter().zip([67.5, 87.0, 94.5]) {
        assert!(*right > least, "{score:?}");
    }
    assert!(score.off < 6.0, "{score:?}");
}

/// Two sections whose links are easily told apart.
fn newsletter() -> World {
    let world = World::empty();
    world.write(
        "press.toml",
        "[newsletter]\nname = \"Gulls\"\ndescription = \"Of gulls.\"\nbase-url = \"https://gulls.example\"\n\
         [[section]]\nid = \"films\"\ntitle = \"Films\"\n[[section]]\nid = \"songs\"\ntitle = \"Songs\"\n",
    );
    for week in 1..=6 {
        let item = |kind: &str, number: u32| {
            format!(
                "* [A {kind} of gulls {week}.{number}](https://{kind}s.example/{week}/{number})\n"
            )
        };
        let list = |kind| (1..=3).map(|number| item(kind, number)).collect::<String>();
        let (films, songs) = (list("film"), list("song"));
        world.write(
            &format!("content/{week}.md"),
            format!(
                "Title: Gulls {week}\nNumber: {week}\nDate: 2026-02-{week:02}\n\n# Films\n\n{films}\n# Songs\n\n{songs}\n"
            ),
        );
    }
    world
}

#[test]
fn a_link_goes_where_its_like_went() {
    let world = newsletter();
    let told = world
        .press(&["suggest", "https://songs.example/new"])
        .succeeds();
    assert!(told.out.contains(" %  songs (Songs)\n"), "{told:?}");
    assert!(told.out.find("songs") < told.out.find("films"));
    let told = world.press(&[
        "suggest",
        "https://other.example",
        "--title",
        "A new film of terns",
        "--format",
        "json",
    ]);
    let proposals: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(proposals[0]["section"], "films");
    assert_eq!(proposals[0]["title"], "Films");
    let sum: f64 = (0..2)
        .map(|at| proposals[at]["confidence"].as_f64().unwrap())
        .sum();
    assert!((sum - 1.0).abs() < 1e-5, "{sum}");
}

#[test]
fn what_is_no_address_is_not_guessed_for() {
    let world = newsletter();
    for odd in [
        "notaurl",
        "songs.example/new",
        "mailto:ada@songs.example",
        "https://",
        "",
        "https://a b.example",
    ] {
        let told = world.press(&["suggest", odd]);
        told.refuses(&["is no address of the web", "https://"]);
    }
}

#[test]
fn without_issues_there_is_nothing_to_learn_from() {
    let world = newsletter();
    for week in 2..=6 {
        fs::remove_file(world.path(&format!("content/{week}.md"))).unwrap();
    }
    let told = world.press(&["suggest", "https://songs.example/new"]);
    told.refuses(&["nothing to learn from", "twenty links"]);
}
