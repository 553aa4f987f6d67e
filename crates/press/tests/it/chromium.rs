//! Readers with a real browser: Chromium, driven by its own driver (W3C WebDriver), with and without JavaScript.
//!
//! Where there is no `chromedriver` these tests say so and pass, except where `CI` is set. axe looks at pages where
//! `PRESS_AXE` names its script, which is on where `.ci/run` could have it.

use crate::postgres::{Trial, block_on, stores};
use crate::reader::{Line, Running, letters, link};
use crate::world::{PATIENCE, World, wait_for};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A browser with an empty profile.
pub(crate) struct Browser {
    driver: Child,
    address: String,
    session: String,
    _profile: TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Without that word its windows would outlive it.
        let there = std::net::TcpStream::connect(&self.address).is_ok();
        if there && !self.session.is_empty() {
            let _ = Line::open(&self.address).try_ask("DELETE", &self.session, &[], "");
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Starts what drives a browser, and says where it listens: nothing if it gave up, nothing inside if there is none.
fn drive() -> Option<Option<(Child, String)>> {
    let driver = Command::new("chromedriver")
        .args(["--port=0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut driver) = driver else {
        return Some(None);
    };
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let port = lines.find_map(|line| {
        let line = line.unwrap();
        let port = line.split("successfully on port ").nth(1)?;
        Some(port.trim_end_matches('.').to_owned())
    });
    let Some(port) = port else {
        let _ = driver.wait();
        return None;
    };
    std::thread::spawn(move || lines.for_each(drop));
    Some(Some((driver, format!("127.0.0.1:{port}"))))
}

impl Browser {
    /// Starts one, if the machine has it.
    pub(crate) fn start(script: bool) -> Option<Browser> {
        // It takes a port that is free for one kind of address, and gives up if it is not for the other.
        let started = (0..20).find_map(|_| drive());
        let (driver, address) = match started? {
            Some(started) => started,
            None => {
                assert!(std::env::var_os("CI").is_none(), "CI has chromedriver");
                println!("not run: there is no chromedriver");
                return None;
            }
        };
        let profile = tempfile::tempdir().unwrap();
        let mut arguments: Vec<String> = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
        ]
        .map(str::to_owned)
        .to_vec();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let script = if script { 1 } else { 2 };
        let options = json!({
            "args": arguments,
            "prefs": { "profile.managed_default_content_settings.javascript": script },
        });
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let mut browser = Browser {
            driver,
            address,
            session: String::new(),
            _profile: profile,
        };
        let made = browser.command("POST", "/session", &wanted);
        browser.session = format!("/session/{}", made["sessionId"].as_str().unwrap());
        Some(browser)
    }

    #[track_caller]
    pub(crate) fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        let path = format!("{}{path}", self.session);
        let body = if method == "POST" {
            body.to_string()
        } else {
            String::new()
        };
        let headers = [("Content-Type", "application/json")];
        let reply = Line::open(&self.address).ask(method, &path, &headers, &body);
        let mut said: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(reply.status(), 200, "{path}: {}", said["value"]["message"]);
        said["value"].take()
    }

    #[track_caller]
    pub(crate) fn go(&self, url: &str) {
        self.command("POST", "/url", &json!({ "url": url }));
    }

    /// The element that a selector finds.
    #[track_caller]
    pub(crate) fn find(&self, selector: &str) -> String {
        // The page may be on its way yet.
        let how = json!({ "using": "css selector", "value": selector });
        let found = wait_for(selector, || {
            let found = self.command("POST", "/elements", &how);
            found.as_array().unwrap().first().cloned()
        });
        let id = found.as_object().unwrap().values().next().unwrap();
        format!("/element/{}", id.as_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.command("POST", &format!("{element}/click"), &json!({}));
    }

    #[track_caller]
    pub(crate) fn fill(&self, selector: &str, text: &str) {
        let element = self.find(selector);
        self.command("POST", &format!("{element}/clear"), &json!({}));
        self.command(
            "POST",
            &format!("{element}/value"),
            &json!({ "text": text }),
        );
    }

    /// Presses keys wherever the focus is.
    #[track_caller]
    pub(crate) fn press(&self, keys: &str) {
        let mut actions = Vec::new();
        for key in keys.chars() {
            let key = key.to_string();
            actions.push(json!({ "type": "keyDown", "value": key }));
            actions.push(json!({ "type": "keyUp", "value": key }));
        }
        let all = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] });
        self.command("POST", "/actions", &all);
    }

    /// What a selector's element says.
    #[track_caller]
    pub(crate) fn text(&self, selector: &str) -> String {
        let element = self.find(selector);
        let text = self.command("GET", &format!("{element}/text"), &json!({}));
        text.as_str().unwrap().to_owned()
    }

    /// The page's main heading, once it is this one.
    #[track_caller]
    fn reaches(&self, heading: &str) {
        let started = std::time::Instant::now();
        loop {
            let title = self.command("GET", "/title", &json!({}));
            if title.as_str().unwrap().starts_with(heading) {
                return;
            }
            if started.elapsed() > PATIENCE {
                let page = self.command("GET", "/source", &json!({}));
                panic!("waited in vain for {heading}; there is {title}\n{page}");
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    #[track_caller]
    pub(crate) fn run(&self, script: &str) -> Value {
        self.command(
            "POST",
            "/execute/sync",
            &json!({ "script": script, "args": [] }),
        )
    }

    /// Chromium's own protocol.
    #[track_caller]
    pub(crate) fn tell(&self, method: &str, parameters: &Value) {
        let body = json!({ "cmd": method, "params": parameters });
        self.command("POST", "/goog/cdp/execute", &body);
    }

    /// Nothing on the page is refused by the page's own policy or went wrong.
    #[track_caller]
    pub(crate) fn has_no_complaints(&self) {
        let log = self.command("POST", "/se/log", &json!({ "type": "browser" }));
        let bad = |line: &&Value| {
            let text = line["message"].as_str().unwrap_or_default();
            // What was asked for on purpose.
            !text.contains("status of 4") && !text.contains("favicon")
        };
        let bad: Vec<&Value> = log.as_array().unwrap().iter().filter(bad).collect();
        assert!(bad.is_empty(), "{bad:#?}");
    }

    /// axe finds nothing to mend, light and dark, wide and narrow; and nothing is wider than the page.
    #[track_caller]
    pub(crate) fn is_for_everybody(&self, what: &str) {
        let axe = std::env::var_os("PRESS_AXE").map(|path| std::fs::read_to_string(path).unwrap());
        for (scheme, width) in [
            ("light", 1280),
            ("dark", 1280),
            ("light", 320),
            ("dark", 320),
        ] {
            let features =
                json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            self.tell("Emulation.setEmulatedMedia", &features);
            let size =
                json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
            self.tell("Emulation.setDeviceMetricsOverride", &size);
            let wide = self.run("return document.documentElement.scrollWidth > window.innerWidth");
            assert_eq!(wide, json!(false), "{what} is wider than {width} px");
            let Some(axe) = &axe else { continue };
            self.run(&format!("if (!window.axe) {{ {axe} }}"));
            let script = "const done = arguments[arguments.length - 1]; \
                          axe.run({ rules: { 'target-size': { enabled: true } } }).then((found) => done(found.violations.map((one) => one.id + ': ' + \
                          one.nodes.map((node) => node.html).join(' '))))";
            let found = self.command(
                "POST",
                "/execute/async",
                &json!({ "script": script, "args": [] }),
            );
            assert_eq!(found, json!([]), "{what}, {scheme}, {width} px");
        }
        self.tell("Emulation.clearDeviceMetricsOverride", &json!({}));
    }
}

const SETTINGS: &str = r#"
[mail]
from = "editors@gull.example"

[transport]
folder = "outbox"

[[list]]
id = "weekly"
name = "The Weekly Gull"
description = "All of it, on Wednesdays."

[[list]]
id = "events"
name = "Gull Events"
description = "Only where to meet."
"#;

/// A newsletter with a server.
fn open(trial: &Trial) -> (World, Running) {
    let world = World::new(1);
    let config = format!("{}{SETTINGS}{}", world.read("press.toml"), trial.toml());
    world.write("press.toml", config);
    let server = Running::start(&world);
    (world, server)
}

/// The path in the letter of this number.
#[track_caller]
fn path_in_letter(world: &World, number: usize, marker: &str) -> String {
    let folder = world.path("outbox");
    let found = || {
        letters(&folder)
            .into_iter()
            .filter(|letter| letter.contains(marker))
            .nth(number)
    };
    link(&wait_for("a letter", found), marker).to_owned()
}

#[test]
fn a_whole_life_of_a_subscription_with_and_without_javascript() {
    for script in [true, false] {
        let Some(browser) = Browser::start(script) else {
            return;
        };
        let trial = block_on(stores()).remove(0);
        let (world, server) = open(&trial);
        let on = |path: &str| format!("http://{}{path}", server.address);
        let look = |what: &str| {
            if script {
                browser.is_for_everybody(what);
            }
        };

        browser.go(&on("/subscribe"));
        look("subscribe");
        browser.fill("#address", "ada@gull.example");
        // With the keyboard alone: Enter sends the form.
        browser.press("\u{E007}");
        browser.reaches("Look into your mailbox");
        look("look into your mailbox");

        browser.go(&on(&path_in_letter(&world, 0, "/confirm/")));
        browser.reaches("Was it you?");
        look("confirm");
        browser.click("main button");
        browser.reaches("You are subscribed");
        look("subscribed");
        browser.click("main a");
        browser.reaches("What you get");
        look("preferences");
        // From the skip link by Tab and the space bar only.
        browser.click("label[for=region-europe]");
        browser.press("\u{E004}\u{E004}");
        browser.click("label[for=list-events]");
        browser.click("main form:first-of-type button");
        wait_for("Saved", || {
            browser.text(".done").starts_with("Saved").then_some(())
        });
        let ticked = "#region-europe:checked, #list-events:checked";
        browser.find(ticked);

        browser.click(".quiet");
        browser.reaches("Goodbye");
        look("goodbye");

        browser.go(&on("/account"));
        browser.fill("#address", "ada@gull.example");
        look("account");
        browser.press("\u{E007}");
        browser.reaches("Look into your mailbox");
        browser.go(&on(&path_in_letter(&world, 0, "/account/")));
        browser.reaches("Your page");
        look("your page");
        browser.click("label[for=sure]");
        browser.click(".quiet");
        browser.reaches("You are forgotten");
        browser.go(&on("/preferences/nobody"));
        browser.reaches("This link opens nothing");
        browser.has_no_complaints();
    }
}

#[test]
fn the_browser_does_the_work_that_the_form_asks_for() {
    let Some(browser) = Browser::start(true) else {
        return;
    };
    let trial = block_on(stores()).remove(0);
    let (world, server) = open(&trial);
    world.edit(
        "press.toml",
        "[[list]]\nid = \"weekly\"",
        "[server]\nsign-ups-without-proof = 0\nproof-bits = 16\n\n[[list]]\nid = \"weekly\"",
    );
    drop(server);
    // Luck finds the proof at once: the browser is still busy with the click then.
    for (bits, address) in [(16, "früh@gull.example"), (1, "spät@gull.example")] {
        let config = world.read("press.toml");
        let bits = format!("proof-bits = {bits}\n");
        world.write("press.toml", config.replace("proof-bits = 16\n", &bits));
        let server = Running::start(&world);
        browser.go(&format!("http://{}/subscribe", server.address));
        browser.fill("#address", address);
        browser.click("main button");
        browser.reaches("Look into your mailbox");
        browser.has_no_complaints();
    }
}

#[test]
fn a_link_is_sent_and_followed_with_and_without_javascript() {
    for script in [true, false] {
        let Some(browser) = Browser::start(script) else {
            return;
        };
        let trial = block_on(stores()).remove(0);
        let (_world, server) = crate::sent::open(&trial);
        let on = |path: &str| format!("http://{}{path}", server.address);
        let look = |what: &str| {
            if script {
                browser.is_for_everybody(what);
            }
        };
        browser.go(&on("/submit"));
        look("submit");
        browser.fill("#url", "https://sleep.example/gulls?utm_source=mail");
        browser.fill("#title", "How gulls sleep");
        browser.click("label[for=machine-no]");
        // From there by keyboard: the note, the contact, the button.
        browser.press("\u{E004}\u{E004}\u{E004}");
        if script {
            let focus = browser.run("return document.activeElement.textContent");
            assert_eq!(focus, json!("Send it"));
        }
        browser.press("\u{E007}");
        browser.reaches("Thank you");
        look("thank you");
        browser.click(".done a");
        browser.reaches("Your link");
        assert!(browser.text(".intro").contains("It waits for issue"));
        look("your link");

        browser.go(&on("/nominate"));
        look("nominate");
        browser.fill("#quote-text", "Fly, or swim.");
        browser.fill("#quote-by", "A gull");
        browser.press("\u{E007}");
        browser.reaches("Thank you");
        browser.has_no_complaints();
    }
}

#[test]
fn an_event_comes_into_a_calendar_by_keyboard() {
    for script in [true, false] {
        let Some(browser) = Browser::start(script) else {
            return;
        };
        let trial = block_on(stores()).remove(0);
        let world = World::new(1);
        let config = format!("{}{SETTINGS}{}", world.read("press.toml"), trial.toml());
        world.write("press.toml", config);
        world.build().succeeds();
        let server = Running::start(&world);
        let on = |path: &str| format!("http://{}{path}", server.address);
        let look = |what: &str| {
            if script {
                browser.is_for_everybody(what);
            }
        };
        browser.go(&on("/issues/1/"));
        look("an issue with events");
        // The sign behind the event's title is the next stop of the keyboard.
        let title = browser.find(".prose a[href='https://kiel.example/sea']");
        browser.command(
            "POST",
            &format!("{title}/value"),
            &json!({ "text": "\u{E004}" }),
        );
        browser.press("\u{E007}");
        browser.reaches("Events: June 2025");
        look("the events of a month");
        // The way into a calendar stands open at the event that was asked for.
        let file = browser.find("li:target .add a[type='text/calendar']");
        if script {
            let shown = browser.run(
                "return document.querySelector(':target .add a').getBoundingClientRect().height > 0",
            );
            assert_eq!(shown, json!(true));
        }
        let path = browser.command("GET", &format!("{file}/attribute/href"), &json!({}));
        let reply = server.get(path.as_str().unwrap());
        assert_eq!(reply.status(), 200);
        assert_eq!(
            reply.header("content-type").unwrap_or_default(),
            "text/calendar; charset=utf-8"
        );
        for (path, heading) in [
            ("/events/", "Events"),
            ("/events/europe/", "Events: Europe"),
            ("/streams/", "Feeds and calendars"),
        ] {
            browser.go(&on(path));
            browser.reaches(heading);
            look(path);
        }
        browser.go(&on("/events/"));
        browser.click(".events .add summary");
        look("/events/ with an event unfolded");
        browser.click(".calendars details summary");
        look("/events/ with countries unfolded");
        browser.has_no_complaints();
    }
}

/// A page of each kind that a build makes.
const PAGES: [&str; 21] = [
    "/",
    "/issues/52/",
    "/issues/40/",
    "/archive/",
    "/about/",
    "/contribute/",
    "/privacy/",
    "/search/?q=wings",
    "/statistics/",
    "/data/",
    "/lists/",
    "/lists/packages-of-the-week/",
    "/lists/quotes-of-the-week/",
    "/lists/calls-for-talks/",
    "/lists/approved-proposals/",
    "/lists/hosts/",
    "/streams/",
    "/events/",
    "/events/europe/",
    "/events/2026-11/",
    "/nothing-stands-here",
];

#[test]
fn every_kind_of_page_is_for_everybody() {
    let Some(browser) = Browser::start(true) else {
        return;
    };
    let world = World::empty();
    for (path, content) in press::pipeline::scaffold::SAMPLE {
        world.write(path, content);
    }
    world.build().succeeds();
    let server = Running::start(&world);
    // Whoever adds a kind of page adds it above.
    let map = server.get("/sitemap.xml").is(200).text();
    let kind = |path: &str| path.split('/').nth(1).unwrap_or_default().to_owned();
    for address in map.split("<loc>https://tern.example").skip(1) {
        let path = address.split('<').next().unwrap_or_default();
        let known = PAGES.iter().any(|page| kind(page) == kind(path));
        assert!(known, "nobody looks at pages like {path}");
    }
    for path in PAGES {
        let there = server.get(path).status();
        let expected = match path {
            "/nothing-stands-here" => 404,
            _ => 200,
        };
        assert_eq!(there, expected, "{path}");
        browser.go(&format!("http://{}{path}", server.address));
        if path.contains("?q=") {
            browser.find(".found li");
        }
        browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
        browser.is_for_everybody(path);
    }
    browser.has_no_complaints();
}
