//! Reading issues in a browser: folded sections, what is new, keys, links to items, on paper.

use crate::chromium::Browser;
use crate::reader::Running;
use crate::search::serve;
use crate::world::{World, changed, issue, issue_path, wait_for};
use serde_json::{Value, json};

/// A newsletter of three issues with its server, and a browser that has never been there.
fn open() -> Option<(Browser, World, Running)> {
    let browser = Browser::start(true)?;
    let world = World::new(3);
    world.edit("press.toml", "search = \"\"", "search = \"/search/\"");
    let server = serve(&world);
    browser.tell("Network.enable", &json!({}));
    let fresh = json!({ "cacheDisabled": true });
    browser.tell("Network.setCacheDisabled", &fresh);
    Some((browser, world, server))
}

fn on(server: &Running, path: &str) -> String {
    format!("http://{}{path}", server.address)
}

/// Goes to a page anew, even if only the place in it differs.
#[track_caller]
fn visit(browser: &Browser, server: &Running, path: &str) {
    browser.go("about:blank");
    browser.go(&on(server, path));
    browser.find("footer .keys-there button");
}

/// Whether an element takes up room on the page.
#[track_caller]
fn is_seen(browser: &Browser, selector: &str) -> bool {
    let script = format!(
        "const one = document.querySelector('{selector}'); return one.checkVisibility() && !one.closest('[hidden]')"
    );
    browser.run(&script) == json!(true)
}

#[track_caller]
fn focus(browser: &Browser) -> String {
    let script = "const on = document.activeElement; \
                  return on.matches('.fold') ? on.closest('h2, h3').id : on.getAttribute('href') || on.tagName";
    browser.run(script).as_str().unwrap().to_owned()
}

/// How much of the page jumped while it was loaded.
const WATCH_SHIFTS: &str = "window.shifted = 0; new PerformanceObserver((list) => list.getEntries().forEach((one) => \
                            window.shifted += one.value)).observe({ type: 'layout-shift', buffered: true })";

const FLIGHT: &str = ".prose a[href$=\"/flight\"]";

#[test]
fn a_section_that_was_folded_stays_so_in_the_next_issue() {
    let Some((browser, _world, server)) = open() else {
        return;
    };
    visit(&browser, &server, "/issues/1/");
    assert!(is_seen(&browser, FLIGHT));
    let state = |expected: &str| {
        browser.find(&format!("h2#links .fold[aria-expanded='{expected}']"));
    };
    state("true");
    assert!(!is_seen(&browser, ".prose > .folds"));
    browser.click("h2#links .fold");
    state("false");
    assert!(!is_seen(&browser, FLIGHT));
    assert!(is_seen(&browser, "#europe"));
    assert_eq!(
        browser.text(".prose > .folds"),
        "1 section is folded. Unfold all"
    );
    // A heading in a folded section is folded with it.
    browser.click("h2#upcoming-events .fold");
    assert!(!is_seen(&browser, "#europe"));
    browser.is_for_everybody("an issue with folded sections");

    // In the next issue it is not even painted.
    let source = json!({ "source": WATCH_SHIFTS });
    browser.tell("Page.addScriptToEvaluateOnNewDocument", &source);
    visit(&browser, &server, "/issues/2/");
    state("false");
    assert!(!is_seen(&browser, FLIGHT));
    assert!(!is_seen(&browser, "#europe"));
    let shifted = browser.run("return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(window.shifted))))");
    assert!(shifted.as_f64().unwrap() < 0.01, "{shifted}");
    // A heading keeps its name, and the button has the same.
    let names = browser.run(
        "return ['h2#links', 'h2#links .fold'].map((one) => \
         document.getElementById(document.querySelector(one).getAttribute('aria-labelledby')).textContent)",
    );
    assert_eq!(names, json!(["Links", "Links"]));

    // On the way to a place in it, it opens, for this time only.
    let id = browser.run(&format!(
        "return document.querySelector('{FLIGHT}').closest('li').id"
    ));
    let id = id.as_str().unwrap().to_owned();
    visit(&browser, &server, &format!("/issues/2/#{id}"));
    assert!(is_seen(&browser, FLIGHT));
    assert!(!is_seen(&browser, "#europe"));
    visit(&browser, &server, "/issues/2/");
    assert!(!is_seen(&browser, FLIGHT));
    browser.run("location.hash = 'europe'");
    wait_for("an open section", || {
        is_seen(&browser, "#europe").then_some(())
    });
    visit(&browser, &server, "/issues/2/");

    // On paper all is there.
    browser.tell("Emulation.setEmulatedMedia", &json!({ "media": "print" }));
    let tall = "return document.querySelector('#europe').getBoundingClientRect().height > 0 && \
                document.querySelector('.prose a[href$=\"/flight\"]').checkVisibility()";
    assert_eq!(browser.run(tall), json!(true));
    let buttons = "return Array.from(document.querySelectorAll('.fold, .folds, .keys-there')).filter((one) => one.checkVisibility()).length";
    assert_eq!(browser.run(buttons), json!(0));
    browser.tell("Emulation.setEmulatedMedia", &json!({ "media": "" }));

    browser.click(".prose > .folds button");
    assert!(is_seen(&browser, FLIGHT));
    visit(&browser, &server, "/");
    assert!(is_seen(&browser, FLIGHT));
    browser.has_no_complaints();
}

#[test]
fn what_the_browser_finds_in_a_folded_section_opens_it() {
    let Some((browser, _world, server)) = open() else {
        return;
    };
    visit(&browser, &server, "/issues/1/");
    browser.click("h2#links .fold");
    assert!(!is_seen(&browser, FLIGHT));
    visit(&browser, &server, "/issues/1/#:~:text=What%20gulls%20eat");
    wait_for("an open section", || {
        is_seen(&browser, FLIGHT).then_some(())
    });
    browser.find("h2#links .fold[aria-expanded='true']");
    // Whoever scripts cannot run for reads all of it.
    drop(browser);
    let plain = Browser::start(false).unwrap();
    plain.go(&on(&server, "/issues/1/"));
    assert!(plain.text(".prose").contains("What gulls eat"));
}

#[test]
fn an_issue_is_read_by_keys() {
    let Some((browser, _world, server)) = open() else {
        return;
    };
    visit(&browser, &server, "/issues/2/");
    browser.press("n");
    assert_eq!(focus(&browser), "links");
    browser.press("j");
    assert_eq!(focus(&browser), "https://birds.example/2/flight");
    browser.press("jjj");
    assert_eq!(
        focus(&browser),
        "https://code.example/gull/wings/pull/20",
        "from section to section"
    );
    browser.press("kp");
    assert_eq!(focus(&browser), "links");
    browser.press("jx");
    assert_eq!(
        focus(&browser),
        "links",
        "the focus is not in what is folded"
    );
    assert!(!is_seen(&browser, FLIGHT));
    browser.press("j");
    assert_eq!(focus(&browser), "https://code.example/gull/wings/pull/20");
    browser.press("ppx");
    assert!(is_seen(&browser, FLIGHT));

    let path = || browser.run("return location.pathname");
    let reaches = |there: &str| wait_for(there, || (path() == json!(there)).then_some(()));
    browser.press("]");
    reaches("/issues/3/");
    browser.find(".keys-there");
    browser.press("[");
    reaches("/issues/2/");
    browser.find(".keys-there");
    browser.press("t");
    browser.find("[data-theme='light']");
    browser.press("/");
    reaches("/search/");
    browser.find(".search:not([hidden])");
    visit(&browser, &server, "/issues/1/");
    browser.press("h");
    reaches("/");

    // On the archive they go through the issues.
    visit(&browser, &server, "/archive/");
    browser.press("jj");
    assert_eq!(focus(&browser), "/issues/2/");
    browser.press("o");
    reaches("/issues/2/");
    browser.has_no_complaints();
}

#[test]
fn keys_are_listed_and_can_be_turned_off() {
    let Some((browser, _world, server)) = open() else {
        return;
    };
    let is_open = || browser.run("return !!document.querySelector('dialog:modal')") == json!(true);
    visit(&browser, &server, "/issues/1/");
    browser.press("j");
    let before = focus(&browser);
    browser.press("?");
    assert!(is_open());
    assert!(browser.text("dialog").contains("fold the section"));
    browser.is_for_everybody("the list of keys");
    // No key does anything behind it; Escape goes back to where one was.
    browser.press("j");
    assert!(is_open());
    browser.press("\u{E00C}");
    assert!(!is_open());
    assert_eq!(focus(&browser), before);

    browser.click("footer .keys-there button");
    browser.click("label[for='press-keys']");
    browser.click("dialog button");
    assert!(!is_open());
    browser.press("?");
    assert!(!is_open());
    visit(&browser, &server, "/issues/2/");
    browser.press("j");
    assert_eq!(focus(&browser), "BODY");
    // The way back is always there.
    browser.click("footer .keys-there button");
    browser.click("label[for='press-keys']");
    browser.press("\u{E00C}");
    browser.press("j");
    assert_ne!(focus(&browser), "BODY");
    browser.has_no_complaints();
}

#[test]
fn a_link_to_one_item_is_copied() {
    let Some((browser, _world, server)) = open() else {
        return;
    };
    // What a page hands to the clipboard.
    let spy = "Object.defineProperty(navigator, 'clipboard', { value: { writeText(text) { \
               window.copied = text; return window.refused ? Promise.reject() : Promise.resolve(); } } }); \
               document.addEventListener('copy', () => { window.copied = 'by hand: ' + document.activeElement.value; });";
    let source = json!({ "source": spy });
    browser.tell("Page.addScriptToEvaluateOnNewDocument", &source);
    visit(&browser, &server, "/");
    browser.press("jj");
    let id = browser.run("return document.activeElement.closest('li').id");
    let address = format!("https://gull.example/issues/3/#{}", id.as_str().unwrap());
    browser.press("c");
    wait_for("word of it", || {
        (browser.text(".said") == "Link copied").then_some(())
    });
    // From the first page the link leads to the issue, which stays.
    assert_eq!(browser.run("return window.copied"), json!(address));

    // One button for all items: back from the link, never on the way on.
    let key = |kind: &str, value: &str| json!({ "type": kind, "value": value });
    let back = [
        key("keyDown", "\u{E008}"),
        key("keyDown", "\u{E004}"),
        key("keyUp", "\u{E004}"),
        key("keyUp", "\u{E008}"),
    ];
    let back = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": back }] });
    browser.command("POST", "/actions", &back);
    assert_eq!(
        browser.run("return document.activeElement.className"),
        json!("copy")
    );
    browser.is_for_everybody("an issue with a button to copy");
    assert_eq!(
        browser.run("return document.querySelectorAll('.copy').length"),
        json!(1)
    );
    // Where the clipboard is closed, it is done by hand.
    browser.run("window.refused = true");
    browser.click(".copy");
    wait_for("the copy", || {
        let copied = browser.run("return window.copied");
        (copied == json!(format!("by hand: {address}"))).then_some(())
    });
    // Its target is told apart.
    visit(
        &browser,
        &server,
        &format!("/issues/3/#{}", id.as_str().unwrap()),
    );
    let shadow =
        browser.run("return getComputedStyle(document.querySelector(':target')).boxShadow");
    assert_ne!(shadow, json!("none"));
    browser.has_no_complaints();
}

/// Builds the site, until the server shows these words on these pages.
fn publish(world: &World, server: &Running, words: &str, paths: &[&str]) {
    world.build().succeeds();
    for path in paths {
        wait_for(words, || {
            server.get(path).text().contains(words).then_some(())
        });
    }
}

/// The marks on a page.
fn marks(browser: &Browser) -> Value {
    browser.run("return Array.from(document.querySelectorAll('.new'), (one) => one.parentElement.querySelector('a, time').textContent)")
}

/// Ends a visit: the last one was so many hours ago.
fn go_away(browser: &Browser, hours: u32) {
    browser.run(&format!(
        "const visit = JSON.parse(localStorage.getItem('press-visit /')); visit.at -= {hours} * 3600000; \
         localStorage.setItem('press-visit /', JSON.stringify(visit))"
    ));
}

#[test]
fn what_came_since_the_last_visit_is_marked() {
    let Some((browser, world, server)) = open() else {
        return;
    };
    visit(&browser, &server, "/");
    visit(&browser, &server, "/archive/");
    assert_eq!(marks(&browser), json!([]), "all is new, so nothing is");
    go_away(&browser, 4);
    visit(&browser, &server, "/archive/");
    assert_eq!(marks(&browser), json!([]));

    world.write(&issue_path(4), issue(4));
    publish(&world, &server, "The Weekly Gull 4", &["/archive/"]);
    visit(&browser, &server, "/archive/");
    assert_eq!(marks(&browser), json!(["The Weekly Gull 4"]));

    go_away(&browser, 4);
    world.write(&issue_path(5), issue(5));
    publish(&world, &server, "The Weekly Gull 5", &["/archive/", "/"]);
    for _ in 0..2 {
        visit(&browser, &server, "/archive/");
        assert_eq!(marks(&browser), json!(["The Weekly Gull 5"]));
        browser.is_for_everybody("an archive with a mark");
    }
    visit(&browser, &server, "/");
    assert_eq!(marks(&browser), json!(["16 April 2025"]));
    browser.has_no_complaints();
}

#[test]
fn items_that_came_into_an_issue_later_are_marked() {
    let Some((browser, world, server)) = open() else {
        return;
    };
    visit(&browser, &server, "/");
    go_away(&browser, 4);
    let more = "* [A late gull](https://late.example/)\n* [What gulls eat]";
    world.edit(&issue_path(3), "* [What gulls eat]", more);
    publish(&world, &server, "A late gull", &["/issues/3/", "/"]);
    for path in ["/issues/3/", "/"] {
        visit(&browser, &server, path);
        assert_eq!(marks(&browser), json!(["A late gull"]), "{path}");
    }
    visit(&browser, &server, "/issues/2/");
    assert_eq!(marks(&browser), json!([]));
    go_away(&browser, 4);
    visit(&browser, &server, "/issues/3/");
    assert_eq!(marks(&browser), json!([]));
    // What somebody else wrote there harms nothing.
    browser.run("localStorage.setItem('press-read /', '{\"a\":1}'); localStorage.setItem('press-visit /', '[')");
    visit(&browser, &server, "/issues/3/");
    browser.press("n");
    assert_eq!(focus(&browser), "links");
    browser.has_no_complaints();
}

#[test]
fn the_archive_and_a_wrong_address_lead_to_the_search() {
    let Some((browser, world, server)) = open() else {
        return;
    };
    for path in ["/archive/", "/nowhere/"] {
        visit(&browser, &server, path);
        browser.is_for_everybody(path);
        browser.fill("#find-q", "flight");
        browser.press("\u{E007}");
        wait_for("what was found", || {
            let found = browser.run("return location.pathname + location.search + document.querySelectorAll('.found li').length");
            (found == json!("/search/?q=flight3")).then_some(())
        });
    }
    browser.has_no_complaints();
    world.edit("press.toml", "search = \"/search/\"", "search = \"\"");
    world.build().succeeds();
    assert!(!world.read("site/archive/index.html").contains("find-q"));
    assert!(!world.read("site/404.html").contains("find-q"));
}

/// Browsers' own reading modes drop what is called like furniture, unless it is called an article as well.
#[test]
fn no_heading_is_taken_for_furniture() {
    let world = World::new(1);
    // Also where a stranger's HTML has all of it cleaned.
    let heading =
        "<details><summary>More</summary>\n\nof it\n\n</details>\n\n## Final Comment Period";
    world.edit(&issue_path(1), "## Changes", heading);
    world.build().succeeds();
    let page = world.read("site/issues/1/index.html");
    let heading = "<h2 id=\"final-comment-period\" class=\"article\">Final Comment Period</h2>";
    assert!(page.contains(heading), "{page}");
    assert!(page.contains("<h2 id=\"links\">Links</h2>"), "{page}");
    assert!(!world.read("site/rss.xml").contains("class=&quot;article"));
}

#[test]
fn what_is_dead_has_the_archives_copy_beside_it() {
    let world = World::new(3);
    world.build().succeeds();
    let before = world.tree("site");
    let written = |list: &str| {
        world.write("dead-links.txt", list);
        world.build().succeeds();
        let after = world.tree("site");
        let differing = changed(&before, &after);
        (differing, after)
    };
    let none: [&str; 0] = [];
    assert_eq!(written("# nothing yet\n").0, none);
    assert_eq!(
        written("dead 2026-11-12 404 https://other.example/\nonce 2026-11-12 404 https://birds.example/2/flight\n").0,
        none
    );
    // The link stays, on the page of the issue that has it, and nowhere else.
    let list = "dead 2026-11-12 404 https://birds.example/2/flight\n";
    let (differing, after) = written(list);
    assert_eq!(differing, ["issues/2/index.html"]);
    let page = String::from_utf8(after["issues/2/index.html"].clone()).unwrap();
    let beside = "<a href=\"https://birds.example/2/flight\">A gull in flight 2</a> \
                  <a href=\"https://web.archive.org/web/20250326/https://birds.example/2/flight\" \
                  title=\"That page is gone. The web archive may have a copy of that week\">\
                  <span class=\"archived\">archived</span></a> by Ada";
    assert!(page.contains(beside), "{page}");
    assert_eq!(world.build().succeeds().written(), 0);
    // The build knows its own dead links whatever it knew before.
    let build = world.press(&["build", "--clean"]).succeeds();
    assert_eq!(build.written(), 0, "{}", build.out);
    assert_eq!(world.build().succeeds().written(), 0);
    // Beside an event the archive's copy stands before the way into a calendar; the first page has the newest issue.
    let (differing, after) = written("dead 2026-11-12 no-host https://kiel.example/sea\n");
    assert_eq!(differing.len(), 4, "{differing:?}");
    let page = String::from_utf8(after["index.html"].clone()).unwrap();
    let order = [
        "https://kiel.example/sea\"",
        "/web/20250402/https://kiel.example/sea",
        "class=\"add\"",
    ];
    let places: Vec<Option<usize>> = order.iter().map(|part| page.find(part)).collect();
    assert!(places.is_sorted() && places[0].is_some(), "{places:?}");
    assert_eq!(written("").0, none);

    world.write(
        "dead-links.txt",
        format!("{list}gone 2026-11-12 404 https://other.example/\n"),
    );
    world.build().refuses(&[
        "dead-links.txt:2",
        "neither `dead` nor `once`",
        "--note-dead",
    ]);
    world.write("dead-links.txt", [0xff, 0xfe]);
    world.build().refuses(&["dead-links.txt"]);
}

#[test]
fn a_theme_of_ones_own_may_lack_everything() {
    let Some((browser, world, server)) = open() else {
        return;
    };
    world.write(
        "theme/issue.html",
        "<!doctype html><html lang=\"en\"><head><title>{{ issue.title }}</title><script src=\"{{ site.script }}\"></script>\
         <script src=\"{{ site.reading }}\" defer></script></head><body class=\"on-issue\"><h1>{{ issue.title }}</h1>{{ issue.body }}</body></html>",
    );
    world.write("theme/home.html", "{% extends \"base.html\" %}");
    publish(&world, &server, "on-home", &["/"]);
    for path in ["/issues/1/", "/", "/404.html", "/about/"] {
        browser.go(&on(&server, path));
        browser.press("jnxc?");
        browser.find("dialog:modal");
    }
    browser.has_no_complaints();
}
