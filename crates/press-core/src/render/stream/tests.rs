//! Streams of made-up issues.

use super::*;
use crate::format::{Definitions, MarkSpec};
use crate::issue::{Document, Issue, Source};
use crate::render::record::anchors;
use crate::render::site::IssueHead;

fn format() -> Format {
    let mut links = SectionSpec::new("thoughts", SectionKind::Links, "Thoughts");
    links.parent = Some(0);
    let mut compiler = SectionSpec::new("compiler", SectionKind::PullRequests, "Compiler");
    compiler.parent = Some(2);
    let mut find = SectionSpec::new("find", SectionKind::Prose, "Find of the Week");
    find.placeholder = vec!["*Nothing was found*".to_owned()];
    let sections = vec![
        SectionSpec::new("community", SectionKind::Group, "Community"),
        links,
        SectionSpec::new("project", SectionKind::PullRequests, "Project"),
        compiler,
        find,
        SectionSpec::new("quote", SectionKind::Quote, "Quote of the Week"),
        SectionSpec::new("events", SectionKind::Events, "Events"),
    ];
    let play = MarkSpec {
        id: "play".to_owned(),
        label: "Runs in the browser".to_owned(),
        names: Vec::new(),
    };
    Format::new(sections, vec![play], Definitions::First)
}

fn record(number: u32, body: &str) -> Record {
    let date = jiff::civil::date(2026, 1, 1).saturating_add((7 * i64::from(number)).days());
    let text = format!("Title: Terns {number}\nNumber: {number}\nDate: {date}\n\n{body}\n");
    let format = format();
    let source = Source::new(&text, format.definitions);
    let document = Document::parse(&source);
    let issue = Issue::read(&document, &format);
    let head = IssueHead {
        title: format!("Terns {number}"),
        number: Some(number),
        date,
        modified: None,
        url: format!("/w/{number}/"),
        category: None,
        draft: false,
    };
    Record::new(&document, &issue, &anchors(&issue), head)
}

fn streams(records: &[Record]) -> Vec<Stream> {
    let records: Vec<&Record> = records.iter().collect();
    let agenda = Agenda::of(&records, 28);
    let format = format();
    let heads: Vec<&IssueHead> = records.iter().map(|record| &record.head).collect();
    // What is older than this changes nothing.
    let records = &records[Streams::from(&heads)..];
    let streams = Streams {
        heads: &heads,
        records,
        format: &format,
        origin: "https://terns.example",
        root: "https://terns.example/w",
        most: 3,
    };
    streams.all(streams.events(&agenda))
}

fn titles<'a>(streams: &'a [Stream], slug: &str) -> Vec<&'a str> {
    let stream = streams.iter().find(|stream| stream.slug == slug);
    let entries = stream.map_or(&[][..], |stream| stream.entries.as_slice());
    entries.iter().map(|entry| entry.title.as_str()).collect()
}

#[test]
fn items_come_into_the_streams_of_their_section_and_marks() {
    let body = "## Community\n\n### Thoughts\n\n* [video] [ES] [On wings & *more*](/wings?a&b) by Ada, seen [there](https://wall.example/)\n  * [More](https://more.example/)\n\n\
        ## Project\n\n### Compiler\n\n* [faster](https://code.example/1)\n";
    let all = streams(&[record(1, body)]);
    let slugs: Vec<&str> = all.iter().map(|stream| stream.slug.as_str()).collect();
    assert_eq!(
        slugs,
        ["thoughts", "project", "compiler", "mark-es", "mark-video"]
    );
    // A section of the same kind around it has it as well.
    assert_eq!(titles(&all, "project"), ["faster"]);
    let entry = &all[0].entries[0];
    assert_eq!(entry, &all[4].entries[0]);
    assert_eq!(entry.url, "https://terns.example/w/wings?a&b");
    let anchor = &entry.anchor;
    assert_eq!(
        entry.html,
        format!(
            "<p>[Video] [Spanish] <a href=\"https://terns.example/w/wings?a&amp;b\">On wings &amp; more</a> by Ada, seen \
             <a href=\"https://wall.example/\">there</a></p>\n<ul>\n<li><a href=\"https://more.example/\">More</a></li>\n</ul>\n\
             <p><a href=\"https://terns.example/w/1/#{anchor}\">Terns 1</a>, Thoughts</p>\n"
        )
    );
}

#[test]
fn what_stood_in_an_issue_before_is_not_new() {
    let item = |name: &str| format!("* [{name}](https://a.example/{name})\n");
    let body = |items: &[&str]| {
        let items: String = items.iter().map(|name| item(name)).collect();
        format!("### Thoughts\n\n{items}")
    };
    let issues = [
        record(1, &body(&["a"])),
        record(2, &body(&["a", "b"])),
        record(3, &body(&["a", "c"])),
        record(12, &body(&["b", "d"])),
    ];
    let all = streams(&issues);
    // Newest first, the last three; `a` and `b` came long before.
    assert_eq!(titles(&all, "thoughts"), ["d", "c", "b"]);
    // What comes back after many issues is new again.
    let mut issues = issues.to_vec();
    issues.extend((20..30).map(|number| record(number, &body(&["x"]))));
    issues.push(record(31, &body(&["a"])));
    assert_eq!(titles(&streams(&issues), "thoughts"), ["a", "x", "d"]);
}

#[test]
fn prose_and_quotations_have_an_entry_for_each_issue() {
    let body = "## Find of the Week\n\nThis week it is [lookout](https://lookout.example/), a watch.\n\nThanks to Ada.\n\n\
        ## Quote of the Week\n\n> Terns do not turn.\n\n– Ada [there](https://wall.example/)\n";
    let nothing = "## Find of the Week\n\n*Nothing was found this week.*\n";
    let all = streams(&[record(1, body), record(2, nothing)]);
    assert_eq!(titles(&all, "find"), ["Find of the Week: lookout"]);
    assert_eq!(titles(&all, "quote"), ["Terns do not turn."]);
    let quote = &all
        .iter()
        .find(|stream| stream.slug == "quote")
        .expect("a stream")
        .entries[0];
    assert_eq!(quote.anchor, "quote-of-the-week");
    assert_eq!(quote.url, "https://terns.example/w/1/#quote-of-the-week");
    assert!(
        quote
            .html
            .starts_with("<blockquote><p>Terns do not turn.</p></blockquote>\n<p>– Ada <a "),
        "{}",
        quote.html
    );
}

#[test]
fn events_come_once_when_they_are_announced() {
    let line = "## Events\n\n* 2026-01-30 | Oslo, NO | [Gulls](https://gulls.example/)\n  * [Night](https://gulls.example/1)\n";
    let all = streams(&[record(1, line), record(2, line)]);
    let stream = all
        .iter()
        .find(|stream| stream.slug == "events")
        .expect("a stream");
    assert_eq!(stream.entries.len(), 1);
    let entry = &stream.entries[0];
    assert_eq!((entry.issue, entry.title.as_str()), (0, "Night"));
    assert_eq!(entry.summary, "Fri 30 January 2026, Oslo, NO");
    assert!(
        entry
            .html
            .contains("<a href=\"https://gulls.example/\">Gulls</a>"),
        "{}",
        entry.html
    );
}

#[test]
fn streams_of_old_sections_end() {
    let old = record(1, "### Thoughts\n\n* [a](https://a.example/)\n");
    let new = record(90, "## Project\n\n* [b](https://b.example/)\n");
    let slugs: Vec<String> = streams(&[old, new])
        .into_iter()
        .map(|stream| stream.slug)
        .collect();
    assert_eq!(slugs, ["project"]);
    assert!(streams(&[]).is_empty());
}

#[test]
fn addresses_that_run_code_are_not_followed() {
    let all = streams(&[record(
        1,
        "### Thoughts\n\n* [x](javascript:alert(1)) and [y](data:text/html,z)\n",
    )]);
    let entry = &all[0].entries[0];
    assert!(
        entry.url.starts_with("https://terns.example/w/1/#i-"),
        "{}",
        entry.url
    );
    assert!(
        !entry.html.contains("javascript") && !entry.html.contains("data:"),
        "{}",
        entry.html
    );
}
