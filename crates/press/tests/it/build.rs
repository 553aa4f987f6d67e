//! Building a site: what is on it, that it is the same every time, and that only what changed is made again.

use crate::world::{World, assert_same_tree, changed, issue, issue_path, press_in};
use std::fs;

#[test]
fn a_newsletter_becomes_a_site() {
    let world = World::new(5);
    world.edit(
        "press.toml",
        "[feeds]",
        "[[asset]]\nfrom = \"images\"\nto = \"pictures\"\n\n[feeds]",
    );
    world.write("images/gull.svg", "<svg/>");
    world.write("images/deep/er.txt", "deep");
    world.write("images/.hidden", "hidden");
    let run = world.build().succeeds();
    let site = world.tree("site");
    let mut pages: Vec<&str> = site
        .keys()
        .map(String::as_str)
        .filter(|name| !name.starts_with("theme/"))
        .collect();
    pages.sort_unstable();
    assert_eq!(
        pages,
        [
            ".press-files",
            "404.html",
            "about/index.html",
            "archive/index.html",
            "atom.xml",
            "categories/even-weeks/atom.xml",
            "categories/even-weeks/index.html",
            "categories/odd-weeks/atom.xml",
            "categories/odd-weeks/index.html",
            "elsewhere.html",
            "events/2025-06/index.html",
            "events/all.ics",
            "events/countries/germany.ics",
            "events/europe.ics",
            "events/europe/index.html",
            "events/event/dmm93wqh9n2p.ics",
            "events/index.html",
            "events/virtual.ics",
            "feed.json",
            "index.html",
            "issues/1/index.html",
            "issues/2/index.html",
            "issues/3/index.html",
            "issues/4/index.html",
            "issues/5/index.html",
            "old/2/index.html",
            "old/3/index.html",
            "old/4/index.html",
            "pictures/deep/er.txt",
            "pictures/gull.svg",
            "robots.txt",
            "rss.xml",
            "sitemap.xml",
            "streams/changes.json",
            "streams/changes.xml",
            "streams/events-europe.json",
            "streams/events-europe.xml",
            "streams/events.json",
            "streams/events.xml",
            "streams/index.html",
            "streams/links.json",
            "streams/links.xml",
            "streams/mark-video.json",
            "streams/mark-video.xml",
            "streams/streams.opml",
            "streams/talks.json",
            "streams/talks.xml",
        ]
    );
    assert_eq!(run.count("issues"), 5);
    assert_eq!(run.count("pages"), site.len() - 1);
    assert_eq!(run.written(), site.len() - 1);
    assert_eq!(site["pictures/gull.svg"], b"<svg/>");
}

#[test]
fn pages_lead_to_each_other() {
    let world = World::new(5);
    world.build().succeeds();
    let page = world.read("site/issues/3/index.html");
    for link in [
        "/issues/2/",
        "/issues/4/",
        "/archive/",
        "/about/",
        "/categories/odd-weeks/",
        "/atom.xml",
    ] {
        assert!(page.contains(&format!("href=\"{link}\"")), "{link}");
    }
    assert!(page.contains("<link rel=\"prev\" href=\"/issues/2/\">"));
    assert!(page.contains("<link rel=\"next\" href=\"/issues/4/\">"));
    assert!(page.contains("<link rel=\"canonical\" href=\"https://gull.example/issues/3/\">"));
    assert!(
        !world
            .read("site/issues/1/index.html")
            .contains("rel=\"prev\"")
    );
    assert!(
        !world
            .read("site/issues/5/index.html")
            .contains("rel=\"next\"")
    );
    assert_eq!(page.matches("<article").count(), 1);
    let home = world.read("site/index.html");
    assert!(home.contains("A gull in flight 5") && !home.contains("A gull in flight 4"));
    assert!(home.contains("href=\"/issues/4/\""));
    let archive = world.read("site/archive/index.html");
    let position = |number: u32| {
        archive
            .find(&format!("href=\"/issues/{number}/\""))
            .unwrap()
    };
    assert!(
        position(5) < position(4) && position(2) < position(1),
        "newest first"
    );
    let even = world.read("site/categories/even-weeks/index.html");
    assert!(
        even.contains("/issues/2/") && even.contains("/issues/4/") && !even.contains("/issues/3/")
    );
    assert!(world.read("site/404.html").contains("noindex"));
}

#[test]
fn maps_for_robots_name_every_page() {
    let world = World::new(3);
    world.build().succeeds();
    let map = world.read("site/sitemap.xml");
    for path in [
        "/",
        "/archive/",
        "/about/",
        "/issues/1/",
        "/issues/2/",
        "/issues/3/",
    ] {
        assert!(
            map.contains(&format!("<loc>https://gull.example{path}</loc>")),
            "{path}"
        );
    }
    assert!(map.contains("<loc>https://gull.example/issues/1/</loc><lastmod>2025-03-19</lastmod>"));
    assert!(!map.contains("/old/") && !map.contains("404"));
    assert!(
        world
            .read("site/robots.txt")
            .contains("Sitemap: https://gull.example/sitemap.xml")
    );
}

#[test]
fn old_addresses_lead_to_new_ones() {
    let world = World::new(2);
    world.build().succeeds();
    for number in 2..=4 {
        let page = world.read(&format!("site/old/{number}/index.html"));
        assert!(page.contains("content=\"0; url=/archive/\""), "{page}");
        assert!(page.contains("href=\"https://gull.example/archive/\""));
    }
    let page = world.read("site/elsewhere.html");
    assert!(
        page.contains("url=https://other.example/")
            && page.contains("rel=\"canonical\" href=\"https://other.example/\"")
    );
}

#[test]
fn old_anchors_stand_where_the_heading_is() {
    let world = World::new(2);
    world.build().succeeds();
    let page = world.read("site/issues/2/index.html");
    let (anchor, heading) = (
        page.find("id=\"former-name\"").unwrap(),
        page.find("id=\"links\"").unwrap(),
    );
    assert!(
        anchor < heading && heading - anchor < 60,
        "{anchor} {heading}"
    );
    assert!(
        !world
            .read("site/issues/1/index.html")
            .contains("former-name")
    );
}

#[test]
fn repeated_headings_have_ids_of_their_own() {
    let world = World::new(1);
    world.edit(
        &issue_path(1),
        "## Changes",
        "## Links\n\n## Links!\n\n## Café & “Größe”: №1\n\n## Changes",
    );
    world.build().succeeds();
    let page = world.read("site/issues/1/index.html");
    for id in ["links", "links_1", "links_2", "cafe-groe-no1", "changes"] {
        assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
    }
}

#[test]
fn a_site_may_stand_in_a_folder_of_its_host() {
    let world = World::new(3);
    world.edit(
        "press.toml",
        "https://gull.example",
        "https://gull.example/weekly/",
    );
    world.build().succeeds();
    let page = world.read("site/issues/2/index.html");
    for address in [
        "/weekly/issues/1/",
        "/weekly/issues/3/",
        "/weekly/about/",
        "/weekly/archive/",
        "/weekly/",
    ] {
        assert!(page.contains(&format!("href=\"{address}\"")), "{address}");
    }
    assert!(
        page.contains("<link rel=\"canonical\" href=\"https://gull.example/weekly/issues/2/\">")
    );
    assert!(page.contains("\"/weekly/theme/press-"));
    assert!(
        world
            .read("site/old/2/index.html")
            .contains("url=/weekly/archive/")
    );
    assert!(
        world
            .read("site/sitemap.xml")
            .contains("<loc>https://gull.example/weekly/issues/1/</loc>")
    );
    assert!(
        world
            .read("site/robots.txt")
            .contains("https://gull.example/weekly/sitemap.xml")
    );
    let anchored = world.read("site/issues/2/index.html");
    assert!(
        anchored.contains("href=\"#links\""),
        "links within a page stay in it"
    );
    for (name, bytes) in world.tree("site") {
        if name.ends_with(".html") {
            let page = String::from_utf8(bytes).unwrap();
            // See `the_menu_of_a_site_in_a_folder_stays_in_it`.
            let menu = "about/\">About</a>";
            let lost = page
                .split("href=\"/")
                .skip(1)
                .find(|rest| !rest.starts_with("weekly/") && !rest.starts_with(menu));
            assert_eq!(lost.map(|rest| rest.split('"').next()), None, "{name}");
        }
    }
}

#[test]
fn the_menu_of_a_site_in_a_folder_stays_in_it() {
    let world = World::new(1);
    world.edit(
        "press.toml",
        "https://gull.example",
        "https://gull.example/weekly/",
    );
    world.build().succeeds();
    assert!(!world.read("site/index.html").contains("href=\"/about/\""));
}

#[test]
fn two_builds_from_nothing_are_equal() {
    let (one, other) = (World::new(12), World::new(12));
    one.build().succeeds();
    other.build().succeeds();
    assert_same_tree(&one.tree("site"), &other.tree("site"));
    one.press(&["build", "--out", one.path("second").to_str().unwrap()])
        .succeeds();
    assert_same_tree(&one.tree("site"), &one.tree("second"));
    let before = one.tree("site");
    one.press(&["build", "--clean"]).succeeds();
    assert_same_tree(&before, &one.tree("site"));
}

#[test]
fn nothing_changed_writes_nothing() {
    let world = World::new(6);
    world.build().succeeds();
    let stamps = || -> Vec<_> {
        let names = world.tree("site").into_keys();
        names
            .map(|name| {
                fs::metadata(world.path("site").join(name))
                    .unwrap()
                    .modified()
                    .unwrap()
            })
            .collect()
    };
    let before = stamps();
    let run = world.build().succeeds();
    assert_eq!(run.written(), 0, "{run:?}");
    assert_eq!(stamps(), before);
}

#[test]
fn a_touched_file_writes_nothing() {
    let world = World::new(6);
    world.build().succeeds();
    world.age(&issue_path(3), 10);
    world.age("pages/about.md", 10);
    world.write_now(&issue_path(6), issue(6));
    assert_eq!(world.build().succeeds().written(), 0);
}

/// Builds, changes something, builds again; gives the files that changed. The result must be that of a clean build.
#[track_caller]
fn after(world: &World, change: impl FnOnce(&World)) -> Vec<String> {
    world.build().succeeds();
    let before = world.tree("site");
    change(world);
    let run = world.build().succeeds();
    let after = world.tree("site");
    let files = changed(&before, &after);
    // Nothing that was kept helps it.
    fs::remove_dir_all(world.path(".press")).unwrap();
    world.press(&["build", "--clean"]).succeeds();
    assert_same_tree(&after, &world.tree("site"));
    let written = files
        .iter()
        .filter(|name| after.contains_key(*name) && *name != ".press-files")
        .count();
    assert_eq!(
        run.written(),
        written,
        "as many are written as have other bytes: {files:?}"
    );
    files
}

#[test]
fn what_is_made_of_all_issues_follows_every_edit() {
    let world = World::new(4);
    let config = world.read("press.toml");
    let off = ["search", "data", "lists", "statistics"];
    let on = |line: &&str| !off.iter().any(|key| *line == format!("{key} = \"\""));
    let lines: Vec<&str> = config.lines().filter(on).collect();
    world.write("press.toml", lines.join("\n"));
    let (old, new) = (issue_path(1), issue_path(4));
    world.edit(&old, "Date: 2025", "Date: 2024");
    let edits: [(&str, &str, &str, &[&str]); 7] = [
        (
            &new,
            "A gull in flight",
            "A gull in the dark",
            &["search", "data", "streams"],
        ),
        (
            &old,
            "What gulls eat",
            "What terns eat",
            &["search", "data"],
        ),
        (
            &new,
            "A day at the sea",
            "A night at the sea",
            &["search", "data", "streams", "events"],
        ),
        (
            &old,
            "A day at the sea",
            "A week at the sea",
            &["search", "data", "events"],
        ),
        (
            &new,
            "Hello, this",
            "Hello, [this](https://gulls.example/)",
            &["search"],
        ),
        // The newest year is over.
        (
            &new,
            "Date: 2025",
            "Date: 2026",
            &["search", "data", "streams", "events"],
        ),
        (&old, "Date: 2024", "Date: 2023", &["search", "data"]),
    ];
    for (path, from, to, parts) in edits {
        let files = after(&world, |world| world.edit(path, from, to));
        for part in parts {
            let changed = files
                .iter()
                .any(|file| file.starts_with(&format!("{part}/")));
            assert!(changed, "{to}: nothing of {part} is in {files:?}");
        }
    }
}

#[test]
fn pages_and_mails_run_as_their_language_does() {
    let world = World::new(1);
    let mail = "[mail]\nfrom = \"Gull <news@gull.example>\"\n";
    world.write("press.toml", world.read("press.toml") + mail);
    let page = || {
        world.build().succeeds();
        world.read("site/issues/1/index.html")
    };
    let mail = || {
        let folder = world.path("mail");
        let folder = folder.to_str().unwrap();
        world.press(&["email", "1", "--out", folder]).succeeds();
        let files = world.tree("mail").into_iter();
        let mut pages = files.filter(|(name, _)| name.ends_with(".html"));
        String::from_utf8(pages.next().unwrap().1).unwrap()
    };
    let runs_left = |text: &str| text.contains("dir=\"rtl\"") || text.contains("text-align: right");
    assert!(!runs_left(&page()) && !runs_left(&mail()));
    world.edit(
        "press.toml",
        "[newsletter]",
        "[newsletter]\nlanguage = \"ar\"",
    );
    assert!(page().contains("<html lang=\"ar\" dir=\"rtl\">"));
    let mail = mail();
    assert!(mail.contains("text-align: right"), "{mail}");
    assert!(mail.contains("class=\"page\" dir=\"rtl\""), "{mail}");
}

#[test]
fn an_edit_of_an_old_issue_changes_only_its_page() {
    let world = World::new(6);
    let files = after(&world, |world| {
        world.edit(&issue_path(1), "longer wings", "wider wings");
    });
    let streams = ["streams/changes.json", "streams/changes.xml"];
    assert_eq!(files, [&["issues/1/index.html"], &streams[..]].concat());
}

#[test]
fn an_edit_of_a_first_title_changes_only_what_shows_it() {
    let world = World::new(6);
    world.build().succeeds();
    let before = world.tree("site");
    // The first titles are an issue's description, which is on its page and in feeds that hold it.
    world.edit(&issue_path(2), "What gulls eat", "A gull in the dark");
    world.build().succeeds();
    assert_eq!(
        changed(&before, &world.tree("site")),
        ["issues/2/index.html"]
    );
}

#[test]
fn an_edit_of_the_newest_issue_reaches_home_and_feeds() {
    let world = World::new(6);
    let files = after(&world, |world| {
        world.edit(&issue_path(6), "Hello, this", "Good morning, this");
    });
    assert_eq!(
        files,
        [
            "atom.xml",
            "categories/even-weeks/atom.xml",
            "feed.json",
            "index.html",
            "issues/6/index.html",
            "rss.xml"
        ]
    );
}

#[test]
fn a_new_title_reaches_the_neighbours() {
    let world = World::new(6);
    let files = after(&world, |world| {
        world.edit(&issue_path(3), "Title: The Weekly Gull 3", "Title: Storm");
    });
    assert_eq!(
        files,
        [
            "archive/index.html",
            "categories/odd-weeks/atom.xml",
            "categories/odd-weeks/index.html",
            "index.html",
            "issues/2/index.html",
            "issues/3/index.html",
            "issues/4/index.html",
            "streams/changes.json",
            "streams/changes.xml",
            "streams/links.json",
            "streams/links.xml",
            "streams/mark-video.json",
            "streams/mark-video.xml",
        ]
    );
}

#[test]
fn a_new_issue_is_added_without_making_the_old_ones_again() {
    let world = World::new(6);
    let files = after(&world, |world| world.write(&issue_path(7), issue(7)));
    let issues: Vec<&String> = files
        .iter()
        .filter(|name| name.starts_with("issues/"))
        .collect();
    assert_eq!(issues, ["issues/6/index.html", "issues/7/index.html"]);
    assert!(
        files.iter().any(|name| name == "index.html")
            && files.iter().any(|name| name == "sitemap.xml")
    );
    assert!(
        !files
            .iter()
            .any(|name| name == "404.html" || name.starts_with("theme/"))
    );
}

#[test]
fn a_deleted_issue_is_gone_with_its_folder() {
    let world = World::new(6);
    world.build().succeeds();
    world.write("site/issues/5/foreign.txt", "not ours");
    world.write("site/CNAME", "gull.example");
    fs::remove_file(world.path(&issue_path(2))).unwrap();
    fs::remove_file(world.path(&issue_path(5))).unwrap();
    let run = world.build().succeeds();
    assert_eq!(run.count("deleted"), 2);
    assert!(
        !world.path("site/issues/2").exists(),
        "its folder is empty and goes"
    );
    assert!(!world.path("site/issues/5/index.html").exists());
    assert_eq!(world.read("site/issues/5/foreign.txt"), "not ours");
    assert_eq!(world.read("site/CNAME"), "gull.example");
    world.press(&["build", "--clean"]).succeeds();
    assert_eq!(world.read("site/CNAME"), "gull.example");
}

#[test]
fn a_file_changed_at_once_with_the_same_size_is_noticed() {
    let world = World::new(3);
    for round in 0..3 {
        world.write_now(&issue_path(3), issue(3));
        let time = fs::metadata(world.path(&issue_path(3)))
            .unwrap()
            .modified()
            .unwrap();
        world.build().succeeds();
        let changed = issue(3).replace("What gulls eat", "What gulls EAT");
        world.write_now(&issue_path(3), changed);
        // The worst clock there is: the change left no trace in size or time.
        let file = fs::File::options()
            .append(true)
            .open(world.path(&issue_path(3)))
            .unwrap();
        file.set_modified(time).unwrap();
        world.build().succeeds();
        assert!(
            world
                .read("site/issues/3/index.html")
                .contains("What gulls EAT"),
            "round {round}"
        );
    }
}

#[test]
fn a_changed_configuration_or_theme_makes_everything_again() {
    let world = World::new(3);
    world.build().succeeds();
    let before = world.tree("site");
    world.edit("press.toml", "Gull\"", "Gull & Tern\"");
    world.build().succeeds();
    let after = world.tree("site");
    for path in [
        "issues/1/index.html",
        "index.html",
        "atom.xml",
        "archive/index.html",
        "about/index.html",
    ] {
        assert_ne!(before[path], after[path], "{path}");
    }
    world.press(&["build", "--clean"]).succeeds();
    assert_same_tree(&after, &world.tree("site"));
    world.write(
        "theme/404.html",
        "<p>Lost at sea: {{ newsletter.name }}</p>",
    );
    world.build().succeeds();
    assert_eq!(
        world.read("site/404.html"),
        "<p>Lost at sea: The Weekly Gull &amp; Tern</p>"
    );
    fs::remove_dir_all(world.path("theme")).unwrap();
    world.build().succeeds();
    assert!(world.read("site/404.html").contains("<!doctype html>"));
}

#[test]
fn a_file_that_somebody_damaged_is_made_again() {
    let world = World::new(3);
    world.build().succeeds();
    let before = world.tree("site");
    world.write("site/issues/2/index.html", "damaged");
    fs::remove_file(world.path("site/atom.xml")).unwrap();
    assert_eq!(world.build().succeeds().written(), 2);
    assert_same_tree(&before, &world.tree("site"));
}

#[test]
fn a_configuration_may_be_kept_elsewhere() {
    let (world, home) = (World::new(2), World::empty());
    fs::rename(world.path("press.toml"), home.path("gull.toml")).unwrap();
    let before = world.tree(".");
    world
        .press(&[
            "--config",
            home.path("gull.toml").to_str().unwrap(),
            "build",
        ])
        .succeeds();
    assert!(home.path("site/issues/2/index.html").is_file());
    assert_same_tree(&before, &world.tree("."));
}

#[test]
fn a_newsletter_without_issues_builds() {
    let world = World::new(0);
    let run = world.build().succeeds();
    assert_eq!(run.count("issues"), 0);
    assert!(world.read("site/index.html").contains("The Weekly Gull"));
}

#[test]
fn drafts_are_not_on_the_site() {
    let world = World::new(2);
    world.write("draft/003.md", issue(3));
    world.build().succeeds();
    assert!(!world.path("site/issues/3").exists());
    assert!(
        world
            .tree("site")
            .values()
            .all(|bytes| !String::from_utf8_lossy(bytes).contains("gull in flight 3"))
    );
}

#[test]
fn every_construct_of_an_issue_is_on_its_page() {
    let world = World::new(1);
    world.write(
        &issue_path(1),
        issue(1)
            + "\n## Nobody knows this\n\n| a | b |\n|---|--:|\n| `x` | [y](/y/) |\n\n> quoted\n\n\
               * [ES|DE] [two marks][ref]\n* `Vec<T>` and Vec<T>\n\n[ref]: https://ref.example/ \"a title\"\n\n\
               ![a gull](/images/gull.svg)\n\n~~gone~~ <https://auto.example/> text[^n]\n\n[^n]: the note\n\n\
               <details><summary>more</summary>hidden</details>\n\n<!-- invisible -->\n",
    );
    let run = world.build().succeeds();
    assert!(
        run.err.contains("no section is called `Nobody knows this`"),
        "{}",
        run.err
    );
    assert!(
        run.err.contains("001.md:"),
        "the notice names file and line: {}",
        run.err
    );
    let page = world.read("site/issues/1/index.html");
    for part in [
        "<th scope=\"col\">a</th>",
        "href=\"/y/\"",
        "<blockquote>",
        "mark-es",
        "mark-de",
        "mark-video",
        "href=\"https://ref.example/\"",
        "Vec&lt;T&gt;",
        "src=\"/images/gull.svg\"",
        "<del>gone</del>",
        "href=\"https://auto.example/\"",
        "the note",
        "<summary>more</summary>",
    ] {
        assert!(page.contains(part), "{part} is missing");
    }
    assert!(!page.contains("invisible"));
}

#[test]
fn relative_folders_work_from_anywhere() {
    let world = World::new(2);
    press_in(world.folder(), &["build"]).succeeds();
    press_in(world.folder(), &["build", "--out", "other"]).succeeds();
    assert_same_tree(&world.tree("site"), &world.tree("other"));
    let inside = world.path("pages");
    press_in(&inside, &["-C", "..", "build", "--out", "../third"]).succeeds();
    assert_same_tree(&world.tree("site"), &world.tree("third"));
}

#[test]
fn a_preview_shows_the_page_before_what_is_made_of_all_issues() {
    let world = World::new(3);
    let mut preview = press::pipeline::preview::Preview::new(world.folder(), None).unwrap();
    assert!(!preview.build().unwrap().behind);
    let out = preview.out().to_owned();
    let read = |path: &str| fs::read_to_string(out.join(path)).unwrap();
    world.edit(&issue_path(3), "A day at the sea", "A night at the sea");
    let report = preview.build_pages().unwrap();
    assert!(report.behind, "{report:?}");
    assert!(read("issues/3/index.html").contains("A night at the sea"));
    assert!(read("events/2025-06/index.html").contains("A day at the sea"));
    assert!(!preview.build().unwrap().behind);
    assert!(read("events/2025-06/index.html").contains("A night at the sea"));
    let report = preview.build_pages().unwrap();
    assert_eq!((report.behind, report.written), (false, 0));
}
