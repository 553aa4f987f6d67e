//! Pages of rules: what stands on them is what is tested.
//!
//! A page is prose with examples. Blocks `md flagged` are texts with findings, `text report` lists these as
//! `line: message`, `md fixed` is the text after all fixes. Blocks `md clean` have none. `md earlier DATE` puts
//! an issue of that day into the archive of the next example; `md template` is its draft template; `text web` is what
//! the web said, an address a line: `URL: 301 URL, 200 "Title" #id`. An example without front matter is an issue of
//! 2026-03-04 with number 9. `md flagged repeated 1000` stands for a text a thousand times as long.

#[cfg(test)]
mod tests {
    use crate::check::archive::{Archive, Digest};
    use crate::check::options::Options;
    use crate::check::web::{End, Hop, Visit, Web, page::Page};
    use crate::check::{Facts, Rule, Target, rules, run, run_web};
    use crate::diagnostic::{Diagnostic, Level};
    use crate::format::{Definitions, Format, SectionKind, SectionSpec};
    use crate::issue::{Document, Issue, Source, edit};
    use crate::span::LineIndex;
    use crate::text::collapsed;
    use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

    /// A newsletter's format with one section of each kind.
    fn format() -> Format {
        use SectionKind as Kind;
        let rows: &[(&str, Option<usize>, Kind, &str)] = &[
            ("community", None, Kind::Group, "Community"),
            ("official", Some(0), Kind::Links, "Official"),
            ("articles", Some(0), Kind::Links, "Articles"),
            ("research", Some(0), Kind::Links, "Research"),
            ("miscellaneous", Some(0), Kind::Links, "Miscellaneous"),
            ("calls", None, Kind::Calls, "Calls"),
            ("papers", None, Kind::Papers, "Calls for Papers"),
            ("project", None, Kind::PullRequests, "Project"),
            ("compiler", Some(7), Kind::PullRequests, "Compiler"),
            ("rfcs", Some(7), Kind::Rfcs, "Approved RFCs"),
            ("events", None, Kind::Events, "Events"),
            ("virtual", Some(10), Kind::Events, "Virtual"),
            ("asia", Some(10), Kind::Events, "Asia"),
            ("europe", Some(10), Kind::Events, "Europe"),
            ("north-america", Some(10), Kind::Events, "North America"),
            ("oceania", Some(10), Kind::Events, "Oceania"),
            ("south-america", Some(10), Kind::Events, "South America"),
            ("jobs", None, Kind::Jobs, "Jobs"),
            ("quote", None, Kind::Quote, "Quote"),
        ];
        let spec = |row: &(&str, Option<usize>, Kind, &str)| {
            let mut spec = SectionSpec::new(row.0, row.2, row.3);
            spec.parent = row.1;
            spec.required = matches!(row.0, "articles" | "jobs");
            spec.placeholder = vec![format!("*No {} this week.*", row.3.to_lowercase())];
            spec
        };
        Format::new(
            rows.iter().map(spec).collect(),
            Vec::new(),
            Definitions::First,
        )
    }

    const HEAD: &str = "Title: Weekly 9\nNumber: 9\nDate: 2026-03-04\n\n";

    struct Block {
        info: String,
        text: String,
    }

    fn blocks(page: &str) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut open: Option<Block> = None;
        for event in Parser::new(page) {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    open = Some(Block {
                        info: info.to_string(),
                        text: String::new(),
                    });
                }
                Event::Text(text) => {
                    if let Some(block) = &mut open {
                        block.text.push_str(&text);
                    }
                }
                Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
                _ => {}
            }
        }
        blocks
    }

    /// An example with front matter, and how many lines were put before it.
    fn whole(text: &str) -> (String, usize) {
        let has_head =
            text.starts_with("Title:") || text.starts_with("---") || text.starts_with("+++");
        if has_head {
            (text.to_owned(), 0)
        } else {
            (format!("{HEAD}{text}"), HEAD.lines().count())
        }
    }

    fn judge(rule: &'static Rule, text: &str, facts: Facts<'_>) -> Vec<Diagnostic> {
        let format = format();
        let source = Source::new(text, format.definitions);
        let document = Document::parse(&source);
        let issue = Issue::read(&document, &format);
        let options = Options::default();
        let target = Target {
            options: &options,
            issue: &issue,
            document: &document,
            format: &format,
            file_name: "",
            draft: false,
        };
        let level = |other: &'static Rule| {
            // Allow comments speak about what other rules say.
            if other.name == rule.name || rule.name == "allow-comment" {
                Level::Deny
            } else {
                Level::Allow
            }
        };
        let of_web = rules::WEB.iter().any(|other| other.name == rule.name);
        let report = if of_web {
            run_web(target, facts, level)
        } else {
            run(target, facts, level)
        };
        let mut findings = report.findings;
        findings.retain(|finding| finding.rule == rule.name);
        findings
    }

    fn report(text: &str, before: usize, findings: &[Diagnostic]) -> String {
        let lines = LineIndex::new(text);
        let line = |finding: &Diagnostic| {
            let line = lines.line(finding.span.start);
            format!("{}: {}\n", line.saturating_sub(before), finding.message)
        };
        findings.iter().map(line).collect()
    }

    fn fixed(text: &str, findings: &[Diagnostic]) -> String {
        let edits: Vec<_> = findings
            .iter()
            .flat_map(|finding| &finding.fix)
            .flat_map(|fix| &fix.edits)
            .cloned()
            .collect();
        edit::apply(text, &edits).expect("fixes of one rule do not overlap")
    }

    /// What the web said: `URL: 301 URL, 200 "Title" #id #id`.
    fn web(text: &str) -> Web {
        let mut web = Web::default();
        for line in text.lines() {
            let (url, way) = line
                .split_once(": ")
                .expect("an address and what came of it");
            let (way, page) = way.split_at(way.find('"').unwrap_or(way.len()));
            let mut steps: Vec<&str> = way.split(", ").collect();
            let end = end(steps.pop().expect("there is an end"), page);
            let hop = |step: &str| {
                let (status, to) = step.split_once(' ').expect("a redirect has a target");
                Hop {
                    status: status.parse().expect("a status"),
                    to: to.to_owned(),
                }
            };
            let hops = steps.into_iter().map(hop).collect();
            web.add(url, Visit { hops, end });
        }
        web
    }

    fn end(step: &str, page: &str) -> End {
        let (first, rest) = step.split_once(' ').unwrap_or((step, ""));
        match (first, rest) {
            ("no", "host") => End::NoHost,
            ("certificate", why) => End::Certificate(why.to_owned()),
            ("circle", _) => End::Circle(false),
            ("cookie", "circle") => End::Circle(true),
            ("wall", _) => End::Wall,
            ("wait", _) => End::Wait,
            ("robots", _) => End::Robots,
            (status, _) => {
                let mut parts = page.split('"');
                let title = parts.nth(1).map(str::to_owned);
                let ids = parts.next().unwrap_or_default().split_whitespace();
                let ids = ids
                    .map(|id| id.trim_start_matches('#').to_owned())
                    .collect();
                let page = title.map(|title| Page {
                    titles: vec![title],
                    ids: Some(ids),
                });
                let status = status.parse().expect("a status");
                End::Answer { status, page }
            }
        }
    }

    /// Runs all examples of a page; gives how many were flagged and how many clean.
    fn run_page(rule: &'static Rule) -> (usize, usize) {
        let (mut flagged, mut clean) = (0, 0);
        let mut earlier: Vec<(String, String)> = Vec::new();
        let mut template: Option<String> = None;
        let mut said: Option<Web> = None;
        let mut last: Option<(String, usize, Vec<Diagnostic>)> = None;
        for block in blocks(rule.page) {
            let mut words = block.info.splitn(3, ' ');
            let (_, kind, rest) = (
                words.next(),
                words.next().unwrap_or_default(),
                words.next().unwrap_or_default(),
            );
            match kind {
                "earlier" => earlier.push((rest.to_owned(), block.text)),
                "template" => template = Some(collapsed(&block.text)),
                "web" => said = Some(web(&block.text)),
                "flagged" | "clean" => {
                    let format = format();
                    let past = |(at, (date, text)): (usize, &(String, String))| {
                        let number = at + 1;
                        let text = format!(
                            "Title: Weekly {number}\nNumber: {number}\nDate: {date}\n\n{text}"
                        );
                        Digest::new(
                            &Issue::parse(&text, &format),
                            &format,
                            &format!("content/{date}.md"),
                        )
                    };
                    let archive =
                        Archive::new(earlier.iter().enumerate().filter_map(past).collect());
                    let facts = Facts {
                        archive: Some(&archive),
                        template: template.as_deref(),
                        web: said.as_ref(),
                    };
                    let times = rest.strip_prefix("repeated ").map_or(1, |times| {
                        times.parse().expect("`repeated` is followed by a number")
                    });
                    let (text, before) = whole(&block.text.repeat(times));
                    let findings = judge(rule, &text, facts);
                    if kind == "clean" {
                        clean += 1;
                        assert_eq!(
                            report(&text, before, &findings),
                            "",
                            "{} flags a clean example:\n{}",
                            rule.name,
                            block.text
                        );
                    } else {
                        flagged += 1;
                        assert!(
                            !findings.is_empty(),
                            "{} does not flag:\n{}",
                            rule.name,
                            block.text
                        );
                    }
                    last = (kind == "flagged").then_some((text, before, findings));
                    (earlier, template, said) = (Vec::new(), None, None);
                }
                "report" => {
                    let (text, before, findings) =
                        last.as_ref().expect("a report follows a flagged example");
                    assert_eq!(
                        report(text, *before, findings),
                        block.text,
                        "report of {}",
                        rule.name
                    );
                }
                "fixed" => {
                    let (text, _, findings) = last
                        .as_ref()
                        .expect("a fixed text follows a flagged example");
                    let after = fixed(text, findings);
                    assert_eq!(after, whole(&block.text).0, "fix of {}", rule.name);
                    let again = judge(rule, &after, Facts::default());
                    assert_eq!(
                        fixed(&after, &again),
                        after,
                        "the fix of {} is not idempotent",
                        rule.name
                    );
                }
                _ => {}
            }
        }
        (flagged, clean)
    }

    #[test]
    fn every_page_is_true() {
        for rule in rules::all() {
            assert!(
                rule.page.starts_with(&format!("# {}\n", rule.name)),
                "{} has a page of another name",
                rule.name
            );
            let (flagged, clean) = run_page(rule);
            assert!(
                flagged >= 2,
                "{} has {flagged} flagged examples; there must be two",
                rule.name
            );
            assert!(
                clean >= 2,
                "{} has {clean} clean examples; there must be two",
                rule.name
            );
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = rules::all().map(|rule| rule.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
