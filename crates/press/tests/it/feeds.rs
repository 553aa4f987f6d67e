//! Feeds, read by an independent parser: ids, links, times, full text, and characters that once broke them.

use crate::browser;
use crate::world::{World, issue, issue_path};
use feed_rs::model::Feed;
use feed_rs::parser;

const FEEDS: &[&str] = &["atom.xml", "rss.xml", "feed.json"];

#[track_caller]
fn feed(world: &World, path: &str) -> Feed {
    let text = world.read(&format!("site/{path}"));
    parser::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{path}: {error}\n{text}"))
}

#[test]
fn every_feed_says_the_same() {
    let world = World::new(4);
    world.build().succeeds();
    for path in FEEDS {
        let feed = feed(&world, path);
        assert_eq!(
            feed.title.as_ref().unwrap().content,
            "The Weekly Gull",
            "{path}"
        );
        let entries: Vec<_> = feed
            .entries
            .iter()
            .map(|entry| entry.title.as_ref().unwrap().content.as_str())
            .collect();
        assert_eq!(
            entries,
            ["The Weekly Gull 4", "The Weekly Gull 3"],
            "newest first, as many as configured: {path}"
        );
        let newest = &feed.entries[0];
        assert_eq!(
            newest.id, "tag:gull.example,2025-04-09:/issues/4/",
            "{path}"
        );
        assert_eq!(
            newest.links[0].href, "https://gull.example/issues/4/",
            "{path}"
        );
        // Midnight in Berlin, in summer.
        assert_eq!(
            newest.published.unwrap().to_rfc3339(),
            "2025-04-08T22:00:00+00:00",
            "{path}"
        );
        let body = newest.content.as_ref().unwrap().body.as_ref().unwrap();
        for part in [
            "this is issue 4",
            "href=\"https://birds.example/4/flight\"",
            "href=\"https://gull.example/about/\"",
            "href=\"https://gull.example/issues/4/#links\"",
            "id=\"upcoming-events\"",
            "A day at the sea",
        ] {
            assert!(body.contains(part), "{part} is not in the text of {path}");
        }
    }
}

#[test]
fn the_clocks_change_with_the_time_zone() {
    let world = World::new(3);
    world.edit("press.toml", "entries = 2", "entries = 9");
    world.build().succeeds();
    let times: Vec<String> = feed(&world, "atom.xml")
        .entries
        .iter()
        .map(|entry| entry.published.unwrap().to_rfc3339())
        .collect();
    assert_eq!(
        times,
        [
            "2025-04-01T22:00:00+00:00",
            "2025-03-25T23:00:00+00:00",
            "2025-03-18T23:00:00+00:00"
        ]
    );
    assert!(
        world
            .read("site/atom.xml")
            .contains("2025-03-26T00:00:00+01:00"),
        "written in the newsletter's own time"
    );
    assert!(
        world
            .read("site/rss.xml")
            .contains("Wed, 26 Mar 2025 00:00:00 +0100")
    );
}

#[test]
fn a_category_has_a_feed_of_its_own() {
    let world = World::new(5);
    world.build().succeeds();
    let even = feed(&world, "categories/even-weeks/atom.xml");
    let ids: Vec<&str> = even.entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "tag:gull.example,2025-04-09:/issues/4/",
            "tag:gull.example,2025-03-26:/issues/2/"
        ]
    );
    assert_eq!(even.title.unwrap().content, "The Weekly Gull: Even Weeks");
    let own = even
        .links
        .iter()
        .find(|link| link.rel.as_deref() == Some("self"))
        .unwrap();
    assert_eq!(
        own.href,
        "https://gull.example/categories/even-weeks/atom.xml"
    );
}

#[test]
fn ids_follow_their_pattern_in_a_folder_of_the_host() {
    let world = World::new(1);
    world.edit(
        "press.toml",
        "https://gull.example",
        "https://gull.example/weekly",
    );
    world.build().succeeds();
    for path in FEEDS {
        let entry = &feed(&world, path).entries[0];
        assert_eq!(entry.id, "tag:gull.example,2025-03-19:/weekly/issues/1/");
        assert_eq!(entry.links[0].href, "https://gull.example/weekly/issues/1/");
        let body = entry.content.as_ref().unwrap().body.as_ref().unwrap();
        assert!(
            body.contains("href=\"https://gull.example/weekly/about/\""),
            "{body}"
        );
    }
    world.edit(
        "press.toml",
        "entries = 2",
        "entries = 2\nid = \"{url}?{number}\"",
    );
    world.build().succeeds();
    assert_eq!(
        feed(&world, "atom.xml").entries[0].id,
        "https://gull.example/weekly/issues/1/?1"
    );
}

#[test]
fn an_escaped_bar_before_a_comment_breaks_no_feed() {
    // One such line took a newsletter's feed down for five days.
    let world = World::new(1);
    for line in [
        "* [A](https://a.example/) \\| B <!-- a comment -->\n",
        "* 2025-06-03 \\| Kiel <!-- x -->\n    * [B](https://b.example/) \\|<!-- y -->\n",
        "* A \\| <!-- never ends\n",
        "| a \\| <!-- x --> | b |\n|---|---|\n| \\| | <!-- y |\n",
    ] {
        world.write(&issue_path(1), issue(1) + "\n## Links\n\n" + line);
        world.build().succeeds();
        for path in FEEDS {
            let feed = feed(&world, path);
            let body = feed.entries[0]
                .content
                .as_ref()
                .unwrap()
                .body
                .as_ref()
                .unwrap();
            assert!(
                body.contains("this is issue 1") && !body.contains("<!--"),
                "{line:?} in {path}: {body}"
            );
        }
    }
}

#[test]
fn characters_that_xml_forbids_stay_out_of_feeds() {
    let world = World::new(1);
    let controls: String = (0u8..32)
        .map(char::from)
        .filter(|character| !"\n\r\t".contains(*character))
        .collect();
    let odd = format!(
        "{controls}\u{7f}\u{85}\u{fffe}\u{ffff}\u{1ffff}\u{2028}\u{feff}]]>&nbsp;&#2;&#xfffe;&#0;"
    );
    world.write(
        &issue_path(1),
        issue(1)
            .replace(
                "Title: The Weekly Gull 1",
                &format!("Title: The {controls}\u{ffff} ]]> <b>&amp; & \"Gull\""),
            )
            .replace("What gulls eat", &format!("What {odd} gulls eat")),
    );
    world.build().succeeds();
    for path in FEEDS {
        let text = world.read(&format!("site/{path}"));
        assert!(text.chars().all(legal) || *path == "feed.json", "{path}");
        let feed = feed(&world, path);
        let body = feed.entries[0]
            .content
            .as_ref()
            .unwrap()
            .body
            .clone()
            .unwrap();
        assert!(
            body.contains("gulls eat") && body.contains("]]"),
            "{path}: {body}"
        );
        let title = &feed.entries[0].title.as_ref().unwrap().content;
        assert!(
            title.contains("]]>") && title.contains("Gull"),
            "{path}: {title}"
        );
    }
    assert!(
        browser::dangers(
            &feed(&world, "atom.xml").entries[0]
                .content
                .clone()
                .unwrap()
                .body
                .unwrap()
        )
        .is_empty()
    );
}

fn legal(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

#[test]
fn control_characters_in_a_title_go_nowhere() {
    let world = World::new(1);
    world.edit(
        &issue_path(1),
        "Title: The Weekly",
        "Title: The \u{1}\u{ffff} Weekly",
    );
    world.build().succeeds();
    for path in [
        "feed.json",
        "issues/1/index.html",
        "archive/index.html",
        "atom.xml",
    ] {
        let text = world.read(&format!("site/{path}"));
        assert!(
            text.chars().all(legal) && !text.contains("\\u0001"),
            "{path}"
        );
    }
}

#[test]
fn nothing_that_runs_reaches_a_page_or_a_feed() {
    let world = World::new(1);
    let hostile = "\n## <script>alert(1)</script> heading\n\n\
        <script>alert(2)</script>\n\n<img src=x onerror=alert(3)>\n\n\
        * [click](javascript:alert(4)) ![pic](JaVaScRiPt:alert(5)) <a href=\"java\tscript:alert(6)\">x</a>\n\
        * [entity](&#106;avascript:alert(7)) [ref] <javascript:alert(8)>\n\
        * <svg onload=alert(9)><iframe src=\"data:text/html,x\"></iframe></svg>\n\
        * [title](https://a.example \"\\\" onmouseover=alert(10) x=\\\"\")\n\n\
        </article></main><style>body{display:none}</style><base href=\"https://evil.example/\">\n\n\
        <form action=\"https://evil.example/\"><input name=password></form>\n\n\
        ```\"><script>alert(11)</script>\ncode\n```\n\n\
        <!-- --><script>alert(12)</script>\n\n<![CDATA[<script>alert(13)</script>]]>\n\n\
        | <b onclick=alert(14)>x</b> |\n|---|\n| <meta http-equiv=refresh content=0> |\n\n\
        [ref]: data:text/html,<script>alert(15)</script>\n";
    let title = "Title: <script>alert(16)</script> \"onload=alert(17)";
    world.write(
        &issue_path(1),
        issue(1).replace("Title: The Weekly Gull 1", title) + hostile,
    );
    world.build().succeeds();
    for page in [
        "site/issues/1/index.html",
        "site/index.html",
        "site/archive/index.html",
        "site/categories/odd-weeks/index.html",
    ] {
        let page = world.read(page);
        let article = page
            .find("<article")
            .map_or("", |at| &page[at..page.rfind("</article>").unwrap()]);
        assert_eq!(browser::dangers(article), [""; 0]);
        assert_eq!(
            page.matches("</article>").count(),
            page.matches("<article").count()
        );
        for tag in browser::tags(&page) {
            // Scripts of our own come from our own files; data for search engines does not run.
            let own = |name: &str, value: &str| {
                tag.attributes
                    .iter()
                    .any(|(own, found)| own == name && found.starts_with(value))
            };
            let allowed = own("src", "/theme/") || own("type", "application/ld+json");
            assert!(tag.name != "script" || !tag.opens || allowed, "{tag:?}");
            assert!(
                tag.name != "base" && tag.name != "iframe" && tag.name != "svg" || !tag.opens,
                "{tag:?}"
            );
            let dangers = tag
                .attributes
                .iter()
                .filter_map(|(name, value)| browser::attribute_danger(name, value));
            assert_eq!(dangers.collect::<Vec<_>>(), [""; 0], "{tag:?}");
        }
    }
    for path in FEEDS {
        let feed = feed(&world, path);
        let body = feed.entries[0]
            .content
            .as_ref()
            .unwrap()
            .body
            .clone()
            .unwrap();
        assert_eq!(browser::dangers(&body), [""; 0], "{path}");
        assert!(body.contains("A day at the sea"), "what is harmless stays");
    }
}
