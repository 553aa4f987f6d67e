//! Mails: what every one of them must be, held against the sample newsletters and, where it is at hand, the archive.

use crate::archive::archive;
use crate::signed::spam_rules;
use crate::world::World;
use page::{Page, Style, contrast};
use press::config::Config;
use press::pipeline::email::{EXAMPLE, List, Mailing};
use press_core::issue::Issue;
use press_core::render::email::{Choice, Email};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

mod page;

/// Most bytes of HTML, and the median that the archive's last two years keep to.
const MOST: usize = 98_000;
const MEDIAN: usize = 52_000;

/// What is wrong with a mail's HTML; the lowest contrast in it.
fn faults(html: &str) -> (Vec<String>, f64) {
    let page = Page::parse(html);
    let mut faults = page.faults.clone();
    let mut fault = |wrong: bool, what: &str| {
        if wrong {
            faults.push(what.to_owned());
        }
    };
    fault(html.len() > MOST, &format!("{} bytes", html.len()));
    let language = page
        .elements("html")
        .next()
        .and_then(|(_, node)| node.attribute("lang"));
    fault(language.is_none_or(str::is_empty), "no language");
    let title = page.elements("title").next().map(|(at, _)| page.text(at));
    fault(
        title.is_none_or(|title| title.trim().is_empty()),
        "no title",
    );
    fault(page.elements("h1").count() != 1, "not one h1");
    for name in ["color-scheme", "supported-color-schemes"] {
        let meta = page
            .elements("meta")
            .find(|(_, node)| node.attribute("name") == Some(name));
        fault(
            meta.and_then(|(_, node)| node.attribute("content")) != Some("light dark"),
            name,
        );
    }
    fault(
        page.nodes
            .iter()
            .filter(|node| node.attribute("style").is_some())
            .count()
            > 3,
        "styles are repeated",
    );
    fault(!html.contains("/unsubscribe/example\""), "no way to leave");
    fault(!html.contains("/preferences/example\""), "no way to choose");
    headings(&page, &mut faults);
    tables(&page, &mut faults);
    addresses(&page, &mut faults);
    let lowest = looks(&page, &mut faults);
    (faults, lowest)
}

fn headings(page: &Page, faults: &mut Vec<String>) {
    let mut last = 0;
    for node in &page.nodes {
        let level = node
            .name
            .strip_prefix('h')
            .and_then(|level| level.parse::<usize>().ok());
        let Some(level) = level else { continue };
        if level > last + 1 {
            faults.push(format!("h{level} after h{last}"));
        }
        last = level;
    }
}

/// A table is layout and says so, or has headings of its own.
fn tables(page: &Page, faults: &mut Vec<String>) {
    for (at, table) in page.elements("table") {
        let headed = page
            .elements("th")
            .any(|(cell, _)| page.above(cell).any(|above| above == at));
        if table.attribute("role") != Some("presentation") && !headed {
            faults.push("a table of layout does not say so".to_owned());
        }
    }
}

fn addresses(page: &Page, faults: &mut Vec<String>) {
    let ids: BTreeSet<&str> = page
        .nodes
        .iter()
        .filter_map(|node| node.attribute("id"))
        .collect();
    for node in &page.nodes {
        for name in ["href", "src"] {
            let Some(address) = node.attribute(name) else {
                continue;
            };
            let scheme = address
                .split(['/', '?', '#'])
                .next()
                .and_then(|start| start.split_once(':'));
            let whole = scheme.is_some_and(|(scheme, _)| scheme != "data" && !scheme.is_empty());
            let within = address.strip_prefix('#').is_some_and(|id| ids.contains(id));
            if !whole && !within {
                faults.push(format!("{name}={address:?} leads nowhere"));
            }
        }
        if node.name == "img" {
            if node.attribute("alt").is_none() {
                faults.push("a picture without words".to_owned());
            }
            if node.attribute("width") == Some("1") || node.attribute("height") == Some("1") {
                faults.push("a picture that nobody sees".to_owned());
            }
        }
    }
}

/// Contrast and size of every run of text in light and in dark, as the style sheet gives them.
fn looks(page: &Page, faults: &mut Vec<String>) -> f64 {
    let css: String = page
        .elements("style")
        .map(|(at, _)| page.text(at))
        .collect();
    if css.contains("#000")
        || css.contains("black")
        || css.contains("center")
        || css.contains("url(")
    {
        faults.push("the style sheet has what it should not".to_owned());
    }
    let style = Style::parse(&css);
    let mut lowest = f64::INFINITY;
    for dark in [false, true] {
        let looks = style.looks(page, dark);
        for (at, (node, look)) in page.nodes.iter().zip(looks).enumerate() {
            let in_body = || page.above(at).any(|above| page.nodes[above].name == "body");
            if node.text.trim().is_empty() || look.hidden || !in_body() {
                continue;
            }
            let ratio = look
                .ink
                .zip(look.paper)
                .map_or(0.0, |(ink, paper)| contrast(ink, paper));
            lowest = lowest.min(ratio);
            if ratio < 4.5 {
                faults.push(format!(
                    "contrast {ratio:.2} (dark: {dark}) of {:?}",
                    node.text.trim()
                ));
            }
            if look.pixels.is_none_or(|pixels| pixels < 14.0) {
                faults.push(format!("{:?} px: {:?}", look.pixels, node.text.trim()));
            }
        }
    }
    lowest
}

/// What is wrong with a mail's plain text.
fn text_faults(text: &str, issue: &Issue) -> Vec<String> {
    let mut faults = Vec::new();
    for line in text.lines() {
        let combining = |character: &char| ('\u{300}'..='\u{36f}').contains(character);
        let columns = line
            .chars()
            .filter(|character| !combining(character))
            .count();
        // Addresses and code are never broken.
        let whole = line.contains("://") || line.contains("mailto:") || line.contains("    ");
        if columns > 76 && !whole {
            faults.push(format!("too long: {line:?}"));
        }
        if line.ends_with([' ', '\t']) {
            faults.push(format!("blank at the end: {line:?}"));
        }
    }
    let organisers: BTreeSet<&str> = issue
        .events
        .iter()
        .flat_map(|event| {
            event
                .organisers
                .iter()
                .map(|organiser| organiser.url.as_str())
        })
        .collect();
    for link in &issue.links {
        let own = link.url.contains("://") && !organisers.contains(link.url.as_str());
        let hidden = issue
            .comments
            .iter()
            .any(|comment| comment.contains(link.span));
        if own && !hidden && !text.contains(&link.url) {
            faults.push(format!("the link {} is lost", link.url));
        }
    }
    faults
}

/// One issue's mail, judged.
struct Judged {
    name: String,
    date: jiff::civil::Date,
    html_bytes: usize,
    text_bytes: usize,
    contrast: f64,
    shortened: bool,
    faults: Vec<String>,
}

fn judge(config: &Config, path: &Path) -> Judged {
    let mailing = Mailing::load(config, Some(path.to_str().unwrap())).unwrap();
    let email = mailing.render(&Choice::default()).unwrap();
    let (html, text) = (email.html.fill(EXAMPLE), email.text.fill(EXAMPLE));
    let (mut found, contrast) = faults(&html);
    let issue = Issue::parse(&std::fs::read_to_string(path).unwrap(), &config.format);
    if email.shortened.is_empty() {
        found.extend(text_faults(&text, &issue));
    }
    Judged {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        date: mailing.issue.date,
        html_bytes: html.len(),
        text_bytes: text.len(),
        contrast,
        shortened: !email.shortened.is_empty(),
        faults: found,
    }
}

fn texts(folder: &Path) -> Vec<PathBuf> {
    let listing = press::newsletter::list(folder).unwrap();
    listing.files.into_iter().map(|file| file.path).collect()
}

#[track_caller]
fn assert_faultless(judged: &[Judged]) {
    let faults = judged.iter().flat_map(|mail| {
        mail.faults
            .iter()
            .map(move |fault| format!("{}: {fault}", mail.name))
    });
    let faults: Vec<String> = faults.collect();
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults[..faults.len().min(40)].join("\n")
    );
}

fn median(mut numbers: Vec<usize>) -> usize {
    numbers.sort_unstable();
    numbers[numbers.len() / 2]
}

#[test]
fn every_mail_of_the_archive_is_faultless() {
    let Some(archive) = archive() else { return };
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/this-week-in-rust/press.toml");
    let config = Config::load(&archive, Some(&file)).unwrap();
    let judged: Vec<Judged> = texts(&config.issues)
        .par_iter()
        .map(|path| judge(&config, path))
        .collect();
    assert!(judged.len() >= 642, "{} mails", judged.len());
    let newest = judged.iter().map(|mail| mail.date).max().unwrap();
    let recent = |mail: &&Judged| (newest - mail.date).get_days() <= 2 * 365 + 1;
    let sizes = |of: fn(&Judged) -> usize| judged.iter().filter(recent).map(of).collect::<Vec<_>>();
    let (html, text) = (sizes(|mail| mail.html_bytes), sizes(|mail| mail.text_bytes));
    let largest = judged.iter().map(|mail| mail.html_bytes).max().unwrap();
    let lowest = judged
        .iter()
        .map(|mail| mail.contrast)
        .fold(f64::INFINITY, f64::min);
    println!(
        "{} mails; last two years ({}): HTML median {} bytes, largest {}; text median {}; all: largest {largest}, shortened {}, \
         lowest contrast {lowest:.2}",
        judged.len(),
        html.len(),
        median(html.clone()),
        html.iter().max().unwrap(),
        median(text),
        judged.iter().filter(|mail| mail.shortened).count(),
    );
    assert_faultless(&judged);
    assert!(median(html) <= MEDIAN);
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/this-week-in-tern")
}

#[test]
fn every_mail_of_the_sample_is_faultless() {
    let config = Config::load(&sample(), None).unwrap();
    let mut paths = texts(&config.issues);
    paths.extend(texts(&config.drafts));
    let judged: Vec<Judged> = paths.par_iter().map(|path| judge(&config, path)).collect();
    assert!(judged.len() >= 12);
    assert_faultless(&judged);
}

/// The Weekly Gull with a sender and one issue of these sections.
fn gull(body: &str) -> World {
    let world = World::new(1);
    let config = format!(
        "{}\n[mail]\nfrom = \"weekly@gull.example\"\n",
        crate::world::CONFIG
    );
    world.write("press.toml", config);
    world.write(
        "content/2.md",
        format!("Title: Gulls\nNumber: 2\nDate: 2026-02-05\n\n{body}"),
    );
    world
}

fn rendered(world: &World, choice: &Choice) -> Email {
    let config = Config::load(world.folder(), None).unwrap();
    Mailing::load(&config, Some("2"))
        .unwrap()
        .render(choice)
        .unwrap()
}

fn chosen(regions: &[&str], without: &[&str]) -> Choice {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Choice {
        regions: owned(regions),
        without: owned(without),
    }
}

const EVENTS: &str = "## Links\n\n* [One](https://one.example)\n\n## Upcoming Events\n\nAll of them:\n\n\
    * 2026-03-01 | Lima, PE | [Tern Lima](https://lima.example)\n    * [**In Lima**](https://lima.example/1)\n\
    * 2026-03-02 | Virtual | [Tern Net](https://net.example)\n    * [**On line**](https://net.example/1)\n\
    * 2026-03-03 | Hybrid (Oslo, NO) | [Tern Oslo](https://oslo.example)\n    * [**In Oslo or on line**](https://oslo.example/1)\n\
    * 2026-03-04 | Somewhere | [Tern](https://some.example)\n    * [**Nobody knows**](https://some.example/1)\n\n\
    ### Europe\n\n* 2026-03-05 | Bern, CH | [Tern Bern](https://bern.example)\n    * [**In Bern**](https://bern.example/1)\n\n\
    ## Calls for Talks\n\n* [**Conf**](https://conf.example) | 2026-04-01 | Rome, IT | 2026-06-01\n";

#[test]
fn events_are_those_of_the_chosen_regions() {
    let world = gull(EVENTS);
    let titles = [
        "In Lima",
        "On line",
        "In Oslo or on line",
        "Nobody knows",
        "In Bern",
    ];
    let shown = |regions: &[&str]| {
        let email = rendered(&world, &chosen(regions, &[]));
        let (html, text) = (email.html.fill("t"), email.text.fill("t"));
        let here = |title: &&&str| {
            let (web, plain) = (
                html.contains(&format!(">{title}<")),
                text.contains(&format!("- {title}\n")),
            );
            assert_eq!(web, plain, "{title}\n{text}");
            web
        };
        let found: Vec<&str> = titles.iter().filter(here).copied().collect();
        let said = text.contains("not shown, as you chose");
        assert_eq!(said, found.len() < titles.len(), "{text}");
        assert_eq!(
            html.contains(">Europe<"),
            found.contains(&"In Bern"),
            "{html}"
        );
        found
    };
    assert_eq!(shown(&[]), titles);
    assert_eq!(shown(&["south-america"]), ["In Lima", "Nobody knows"]);
    assert_eq!(
        shown(&["virtual"]),
        ["On line", "In Oslo or on line", "Nobody knows"]
    );
    assert_eq!(
        shown(&["europe"]),
        ["In Oslo or on line", "Nobody knows", "In Bern"]
    );
    assert_eq!(shown(&["africa", "europe", "virtual"]), titles[1..]);
}

#[test]
fn sections_can_be_left_out() {
    let world = gull(EVENTS);
    let email = rendered(&world, &chosen(&[], &["events", "talks"]));
    let text = email.text.fill("t");
    assert!(
        text.contains("https://one.example")
            && !text.contains("Bern")
            && !text.contains("UPCOMING"),
        "{text}"
    );
    assert!(
        !text.contains("conf.example")
            && text.contains("You left out: Upcoming Events, Calls for Talks."),
        "{text}"
    );
    let html = email.html.fill("example");
    assert!(!html.contains("Bern") && html.contains("You left out:"));
    assert_eq!(faults(&html).0, [""; 0]);
}

/// Texts of other people hold what looks like a person's token; it is not filled.
#[test]
fn only_our_own_links_get_a_persons_token() {
    let world =
        gull("## Links\n\n* [gap0gap](https://evil.example/gap0gap/{token})\n* &#103;ap1gap\n");
    let email = rendered(&world, &Choice::default());
    for text in [email.html.fill("SECRET"), email.text.fill("SECRET")] {
        let lines = text.lines().filter(|line| line.contains("SECRET"));
        for line in lines {
            assert!(
                line.contains("https://gull.example/") && !line.contains("evil"),
                "{line}"
            );
        }
        assert!(text.contains("gap0gap") && text.contains("gap1gap"));
    }
}

/// Whatever an issue is made of, its mail is not cut off by anybody's program.
#[test]
fn no_issue_is_too_long() {
    let item = |at: usize| {
        format!(
            "* [An item with a title of some length {at}](https://item.example/{at}) and a note\n"
        )
    };
    let items = |count: usize| (0..count).map(item).collect::<String>();
    let events = |count: usize| {
        let event = |at: usize| {
            format!(
                "* 2026-03-05 | Bern, CH | [Bern](https://bern.example)\n    * [**Event {at}**](https://bern.example/{at})\n"
            )
        };
        (0..count).map(event).collect::<String>()
    };
    let long = "Words of some length fill a paragraph. ".repeat(3_000);
    let bodies = [
        format!(
            "## Links\n\n{}\n## Upcoming Events\n\n### Europe\n\n{}",
            items(300),
            events(600)
        ),
        format!("## Links\n\n{}", items(3_000)),
        format!("{long}\n\n## Links\n\n{}", items(3)),
        format!("## Links\n\n{long}\n\n{long}\n"),
        format!("> {long}\n"),
        format!("{}\n", "* ".repeat(30) + &long),
        format!("<div>\n\n{}\n\n</div>\n", items(2_000)),
        (0..8_000)
            .map(|at| format!("## Heading {at}\n\n"))
            .collect(),
    ];
    for (at, body) in bodies.iter().enumerate() {
        let world = gull(body);
        let email = rendered(&world, &Choice::default());
        let html = email.html.fill(EXAMPLE);
        let (found, _) = faults(&html);
        assert_eq!(found, [""; 0], "{at}");
        assert!(!email.shortened.is_empty(), "{at}");
        assert!(
            html.contains("in this issue <a href=\"https://gull.example/issues/2/"),
            "{at}"
        );
    }
    // What gives first are events; links stay whole as long as that is enough.
    let email = rendered(&gull(&bodies[0]), &Choice::default());
    let html = email.html.fill(EXAMPLE);
    assert_eq!(html.matches("https://item.example/").count(), 300);
    assert!(
        html.len() > 90_000,
        "{} bytes: more than necessary was taken",
        html.len()
    );
    assert_eq!(email.shortened, ["Europe"]);
    let row = email
        .bill
        .iter()
        .find(|row| row.id.as_deref() == Some("events"))
        .unwrap();
    assert_eq!(row.items + row.cut, 600, "{row:?}");
    assert!(html.contains(&format!("{} more are in this issue", row.cut)));
}

#[test]
fn the_command_writes_three_files_and_a_bill() {
    let world = gull(EVENTS);
    let out = world.path("out");
    let run = world
        .press(&[
            "email",
            "2",
            "--out",
            out.to_str().unwrap(),
            "--region",
            "europe",
            "--without",
            "talks",
            "--to",
            "ada@tern.example",
        ])
        .succeeds();
    assert!(
        run.out.contains("Upcoming Events")
            && run.out.contains("kB of 98 kB")
            && run.out.contains("2.eml"),
        "{}",
        run.out
    );
    assert!(run.err.contains("not signed"), "{}", run.err);
    let message = world.read("out/2.eml");
    let parsed = mail_parser::MessageParser::default()
        .parse(message.as_bytes())
        .unwrap();
    assert_eq!(parsed.subject(), Some("Gulls"));
    assert_eq!(
        parsed.body_html(0).unwrap(),
        world.read("out/2.html").replace('\n', "\r\n")
    );
    assert!(
        world.read("out/2.txt").contains("In Bern") && !world.read("out/2.txt").contains("In Lima")
    );
    let run = world
        .press(&["email", "2026-02-05", "--format", "json", "--text-only"])
        .succeeds();
    let bill: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let parts = bill["parts"].as_array().unwrap();
    let sum: u64 = parts
        .iter()
        .map(|part| part["html_bytes"].as_u64().unwrap())
        .sum();
    let whole = bill["html_bytes"].as_u64().unwrap();
    assert!(sum.abs_diff(whole) < 400, "{bill}");
    assert_eq!(bill["files"].as_array().unwrap().len(), 2, "{bill}");
}

#[test]
fn what_cannot_be_is_said() {
    let world = gull(EVENTS);
    world
        .press(&["email", "7"])
        .refuses(&["there is no issue `7`"]);
    world
        .press(&["email", "--region", "erope"])
        .refuses(&["no region `erope`", "did you mean `europe`"]);
    world
        .press(&["email", "--without", "link"])
        .refuses(&["no section `link`", "did you mean `links`"]);
    world
        .press(&["email", "2", "--to", "a@b.example\nBcc: c@d.example"])
        .refuses(&["no message can be made", "space or an invisible"]);
    world.write("theme/email.html", "<p>{{ issue.body }}</p>");
    world
        .press(&["email", "2"])
        .refuses(&["email.html", "no way to leave", "mail.unsubscribe"]);
    world.write("theme/email.html", "{{ mail.unsubscribe | shout }}");
    world
        .press(&["email", "2"])
        .refuses(&["email.html", "shout", "nothing was written or sent"]);
    let world = World::new(1);
    world
        .press(&["email"])
        .refuses(&["does not say who sends", "from ="]);
    let config = crate::world::CONFIG;
    let refused = |mail: &str, parts: &[&str]| {
        world.write("press.toml", format!("{config}\n[mail]\n{mail}\n"));
        world.press(&["email"]).refuses(parts);
    };
    refused(
        "from = \"a@gull.example\"\ncomplaints = \"fbl@tern.example\"\n\
         dkim = [{ selector = \"x\", domain = \"ern.example\", key = \"k\" }]",
        &[
            "no key signs for `tern.example`",
            "at the `domain` of a key",
        ],
    );
    refused(
        "from = \"Gulls\"",
        &["this is no address of mail", "name@host.example"],
    );
    refused(
        "from = \"a@b.example\"\nunsubscribe = \"/leave\"",
        &["{token}"],
    );
    refused(
        "from = \"a@b.example\"\nunsubscribe = \"javascript:{token}\"",
        &["no address of the web"],
    );
    refused(
        "shorten = [\"lnks\"]",
        &["no section has the id `lnks`", "did you mean `links`"],
    );
    refused("budget-kb = 0", &["between 20 and 10000"]);
    refused(
        "dkim = [{ selector = \"s\", domain = \"b.example\" }]",
        &["`key-env`"],
    );
    let key = |key: &str| {
        format!(
            "from = \"a@b.example\"\ndkim = [{{ selector = \"s\", domain = \"b.example\", {key} }}]"
        )
    };
    refused(
        &key("key = \"nowhere.pem\""),
        &["nowhere.pem", "press dkim --new"],
    );
    refused(
        &key("key = \"press.toml\""),
        &["no key that can sign", "PEM"],
    );
    refused(
        &key("key-env = \"PRESS_TEST_NO_SUCH_KEY\""),
        &["PRESS_TEST_NO_SUCH_KEY is not set"],
    );
}

#[test]
fn a_key_is_made_published_and_signs() {
    let world = gull(EVENTS);
    world.press(&["dkim"]).refuses(&["no key that signs mail"]);
    let key = world.path("dkim.pem");
    world
        .press(&["dkim", "--new", key.to_str().unwrap()])
        .succeeds();
    world
        .press(&["dkim", "--new", key.to_str().unwrap()])
        .refuses(&["should not be lost"]);
    let config = world.read("press.toml")
        + "dkim = [{ selector = \"press\", domain = \"gull.example\", key = \"dkim.pem\" }]\n";
    world.write("press.toml", config);
    let run = world.press(&["dkim"]).succeeds();
    assert!(
        run.out.contains("press._domainkey.gull.example. TXT")
            && run.out.contains("v=DKIM1; k=ed25519; p="),
        "{}",
        run.out
    );
    let out = world.path("out");
    world
        .press(&["email", "2", "--out", out.to_str().unwrap()])
        .succeeds();
    let message = world.read("out/2.eml");
    assert!(
        message.starts_with("DKIM-Signature: v=1; a=ed25519-sha256;"),
        "{message}"
    );
}

/// Nobody who filters mail finds fault with its form.
#[test]
fn no_rule_of_spam_is_hit() {
    let config = Config::load(&sample(), None).unwrap();
    let mailing = Mailing::load(&config, Some("latest")).unwrap();
    let email = mailing.render(&Choice::default()).unwrap();
    let list = List {
        id: "weekly",
        name: "This Week in Tern",
    };
    let head = mailing
        .head(list, "2026-11-12T09:00:00Z".parse().unwrap())
        .unwrap();
    for text_only in [false, true] {
        let content = press::pipeline::email::content(&email, text_only);
        let prepared =
            press::mail::message::Prepared::new(&head, &content, std::sync::Arc::new([]));
        let mut message = Vec::new();
        let subscriber = press::mail::message::Subscriber {
            address: "ada@gull.example",
            name: Some("Ada"),
            token: "t0ken",
            id: 7,
        };
        prepared.compose(&subscriber, &mut message).unwrap();
        let Some(rules) = spam_rules(&message) else {
            return;
        };
        println!("{rules:?}");
        let hit: Vec<&(String, f64)> = rules.iter().filter(|(_, points)| *points > 0.0).collect();
        assert!(hit.is_empty(), "{hit:?}");
    }
}
