//! `press lsp`, driven by an editor of sorts: the real program, spoken to in the protocol's frames.

use crate::world::{CONFIG, PATIENCE, World, issue_path, press};
use lsp_server::{Message, Notification, Request, RequestId, Response, ResponseError};
use serde_json::{Value, json};
use std::io::{BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// An odd marker in the eighth line; behind a character of two UTF-16 units a double slash.
const DRAFT: &str = "Title: The Weekly Gull 4\nNumber: 4\nDate: 2025-04-09\n\n## Links\n\n\
    * [One](https://one.example/)\n- [😀 Two](https://two.example/)\n\n## Changes\n\n* [Three](https://three.example/)\n";

/// An editor that can do everything; `without` takes abilities away.
fn able(without: &[&str]) -> Value {
    let mut able = json!({
        "general": { "positionEncodings": ["utf-16"] },
        "textDocument": {
            "publishDiagnostics": { "relatedInformation": true, "versionSupport": true },
            "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
            "diagnostic": { "dynamicRegistration": false },
            "hover": { "contentFormat": ["markdown"] },
        },
        "workspace": {
            "didChangeWatchedFiles": { "dynamicRegistration": true },
            "workspaceEdit": { "documentChanges": true },
            "diagnostics": { "refreshSupport": true },
        },
    });
    for path in without {
        let (parent, name) = path.rsplit_once('/').unwrap();
        let parent = able.pointer_mut(parent).unwrap();
        parent.as_object_mut().unwrap().remove(name);
    }
    able
}

/// An editor that is told findings and asks for none.
fn told() -> Value {
    able(&["/textDocument/diagnostic"])
}

struct Editor {
    child: Child,
    input: Option<ChildStdin>,
    heard: Receiver<Message>,
    asked: i32,
    /// What the server can do.
    server: Value,
}

impl Editor {
    /// Starts the server in `world` and shakes hands.
    fn start(world: &World, can: &Value) -> Editor {
        Editor::start_with(world, can, &["lsp", "--stdio"])
    }

    fn start_with(world: &World, can: &Value, arguments: &[&str]) -> Editor {
        let mut editor = Editor::alone(arguments);
        let folders = json!([{ "uri": uri(world, ""), "name": "gull" }]);
        let params = json!({ "processId": null, "capabilities": can, "workspaceFolders": folders });
        editor.server = editor.ask("initialize", params)["capabilities"].take();
        editor.tell("initialized", json!({}));
        editor
    }

    fn alone(arguments: &[&str]) -> Editor {
        let mut child = press()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (sender, heard) = channel();
        std::thread::spawn(move || {
            while let Ok(Some(message)) = Message::read(&mut out) {
                let _ = sender.send(message);
            }
        });
        Editor {
            input: child.stdin.take(),
            child,
            heard,
            asked: 0,
            server: Value::Null,
        }
    }

    fn send(&mut self, message: impl Into<Message>) {
        let input = self.input.as_mut().unwrap();
        message.into().write(input).unwrap();
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(Notification::new(method.to_owned(), params));
    }

    /// Asks without waiting for the answer.
    fn begin(&mut self, method: &str, params: Value) -> RequestId {
        self.asked += 1;
        let id = RequestId::from(self.asked);
        self.send(Request::new(id.clone(), method.to_owned(), params));
        id
    }

    fn hear(&mut self) -> Message {
        let message = self
            .heard
            .recv_timeout(PATIENCE)
            .expect("the server is silent");
        if let Message::Request(request) = &message {
            self.send(Response::new_ok(request.id.clone(), Value::Null));
        }
        message
    }

    fn answer(&mut self, id: &RequestId) -> Result<Value, ResponseError> {
        loop {
            match self.hear() {
                Message::Response(answer) if answer.id == *id => return answer.response_result,
                _ => {}
            }
        }
    }

    #[track_caller]
    fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params);
        self.answer(&id).unwrap()
    }

    /// Waits until the server says `method`.
    fn until(&mut self, method: &str) -> Value {
        loop {
            match self.hear() {
                Message::Notification(note) if note.method == method => return note.params,
                Message::Request(request) if request.method == method => return request.params,
                _ => {}
            }
        }
    }

    /// Waits for the findings of a version of a text.
    fn findings(&mut self, uri: &str, version: i32) -> Vec<Value> {
        loop {
            let mut params = self.until("textDocument/publishDiagnostics");
            if params["uri"] == uri && params["version"] == version {
                return serde_json::from_value(params["diagnostics"].take()).unwrap();
            }
        }
    }

    fn open(&mut self, uri: &str, text: &str) {
        let item = json!({ "uri": uri, "languageId": "markdown", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": item }));
    }

    fn change(&mut self, uri: &str, version: i32, changes: &Value) {
        let params = json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": changes });
        self.tell("textDocument/didChange", params);
    }

    fn actions(&mut self, uri: &str, range: &Value, only: Option<&str>) -> Vec<Value> {
        let mut context = json!({ "diagnostics": [] });
        if let Some(only) = only {
            context["only"] = json!([only]);
        }
        let document = json!({ "uri": uri });
        let params = json!({ "textDocument": document, "range": range, "context": context });
        let actions = self.ask("textDocument/codeAction", params);
        serde_json::from_value(actions).unwrap()
    }

    /// Says good-bye; gives the exit code.
    fn leave(mut self) -> Option<i32> {
        self.ask("shutdown", Value::Null);
        let id = self.begin("textDocument/hover", json!({}));
        assert_eq!(self.answer(&id).unwrap_err().code, -32600);
        self.tell("exit", Value::Null);
        self.child.wait().unwrap().code()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn uri(world: &World, path: &str) -> String {
    let path = world.path(path).display().to_string();
    format!("file://{}", path.trim_end_matches('/'))
}

fn drafted(draft: &str) -> (World, String) {
    let world = World::new(3);
    world.write("draft/004.md", draft);
    let uri = uri(&world, "draft/004.md");
    (world, uri)
}

fn range(numbers: [u32; 4]) -> Value {
    let [line, character, end_line, end_character] = numbers;
    json!({
        "start": { "line": line, "character": character },
        "end": { "line": end_line, "character": end_character },
    })
}

fn of_rule<'f>(findings: &'f [Value], rule: &str) -> Option<&'f Value> {
    findings.iter().find(|finding| finding["code"] == rule)
}

/// Applies the edits of an action as an editor would: columns in UTF-16.
fn applied(text: &str, action: &Value) -> String {
    let change = &action["edit"]["documentChanges"][0];
    let edits = change["edits"].as_array().unwrap();
    let offset = |place: &Value| {
        let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
        let character = usize::try_from(place["character"].as_u64().unwrap()).unwrap();
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let units: Vec<u16> = text[start..].encode_utf16().take(character).collect();
        start + String::from_utf16(&units).unwrap().len()
    };
    let mut changed = text.to_owned();
    for edit in edits.iter().rev() {
        let (start, end) = (
            offset(&edit["range"]["start"]),
            offset(&edit["range"]["end"]),
        );
        changed.replace_range(start..end, edit["newText"].as_str().unwrap());
    }
    changed
}

#[test]
fn findings_follow_what_is_typed() {
    let (world, uri) = drafted(DRAFT);
    let mut editor = Editor::start(&world, &told());
    editor.open(&uri, DRAFT);
    let found = editor.findings(&uri, 1);
    let marker = of_rule(&found, "list-marker").unwrap();
    assert_eq!(marker["range"], range([7, 0, 7, 1]));
    assert_eq!(
        (&marker["severity"], &marker["source"]),
        (&json!(2), &json!("press"))
    );
    // Typed over in two steps of one message; then back again.
    let edits = json!([
        { "range": range([7, 0, 7, 1]), "text": "" },
        { "range": range([7, 0, 7, 0]), "text": "*" },
    ]);
    editor.change(&uri, 2, &edits);
    assert!(of_rule(&editor.findings(&uri, 2), "list-marker").is_none());
    editor.change(&uri, 3, &json!([{ "text": DRAFT }]));
    assert_eq!(editor.findings(&uri, 3), found);
    editor.tell(
        "textDocument/didSave",
        json!({ "textDocument": { "uri": uri } }),
    );
    assert_eq!(editor.findings(&uri, 3), found);
    editor.tell(
        "textDocument/didClose",
        json!({ "textDocument": { "uri": uri } }),
    );
    let closed = editor.until("textDocument/publishDiagnostics");
    assert_eq!(closed["diagnostics"], json!([]));
    assert_eq!(editor.leave(), Some(0));
}

/// The place of a UTF-16 unit, as editors count: lines end with `\n`, `\r\n` or `\r`.
fn place(units: &[u16], offset: usize) -> [u32; 2] {
    let (mut line, mut start) = (0, 0);
    for at in 0..offset {
        let ends = units[at] == 10 || units[at] == 13 && units.get(at + 1) != Some(&10);
        if ends {
            (line, start) = (line + 1, at + 1);
        }
    }
    [line, u32::try_from(offset - start).unwrap()]
}

#[test]
fn a_text_that_was_edited_is_judged_as_one_that_was_opened() {
    let (world, uri) = drafted(DRAFT);
    let mut editor = Editor::start(&world, &told());
    editor.open(&uri, DRAFT);
    let pieces = [
        "",
        "x",
        "😀",
        "ä\n",
        "\r\n- [a](https://b.example//c)",
        "\r",
        "* ",
        "\n\n## Odd\n",
    ];
    let mut units: Vec<u16> = DRAFT.encode_utf16().collect();
    let mut state = 7_usize;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for version in 2..40 {
        let mut changes = Vec::new();
        for _ in 0..4 {
            // Editors do not cut characters or line ends in two.
            let whole = |at: usize| {
                let low = units
                    .get(at)
                    .is_some_and(|unit| (0xdc00..0xe000).contains(unit));
                let pair = at > 0 && units[at - 1] == 13 && units.get(at) == Some(&10);
                if low || pair { at - 1 } else { at }
            };
            let start = random(units.len() + 1);
            let end = (start + random(6)).min(units.len());
            let (start, end) = (whole(start), whole(end));
            let piece = pieces[random(pieces.len())];
            let ([line, column], [end_line, end_column]) =
                (place(&units, start), place(&units, end));
            let range = range([line, column, end_line, end_column]);
            changes.push(json!({ "range": range, "text": piece }));
            units.splice(start..end, piece.encode_utf16());
        }
        editor.change(&uri, version, &Value::Array(changes));
    }
    let edited = editor.findings(&uri, 39);
    assert!(edited.len() > 3, "{edited:#?}");
    editor.open(&uri, &String::from_utf16(&units).unwrap());
    assert_eq!(editor.findings(&uri, 1), edited);
}

#[test]
fn of_a_burst_only_the_last_state_counts() {
    let (world, uri) = drafted(DRAFT);
    let mut editor = Editor::start(&world, &told());
    editor.open(&uri, DRAFT);
    for version in 2..200 {
        editor.change(
            &uri,
            version,
            &json!([{ "range": range([99, 0, 99, 0]), "text": "x" }]),
        );
    }
    editor.change(&uri, 200, &json!([{ "text": DRAFT.replace("- [", "* [") }]));
    let mut shown = 0;
    let last = loop {
        let params = editor.until("textDocument/publishDiagnostics");
        shown += 1;
        if params["version"] == 200 {
            break params;
        }
    };
    assert!(shown < 200, "every one of {shown} states was shown");
    let found: Vec<Value> = serde_json::from_value(last["diagnostics"].clone()).unwrap();
    assert!(of_rule(&found, "list-marker").is_none(), "{found:#?}");
}

#[test]
fn places_that_are_not_in_the_text_do_no_harm() {
    let (world, uri) = drafted(DRAFT);
    let mut editor = Editor::start(&world, &told());
    editor.open(&uri, DRAFT);
    let far = u32::MAX;
    for (version, places) in (2..).zip([
        [far, far, far, far],
        [7, 4, 7, 3],
        [9, 0, 2, 5],
        [0, far, 0, 0],
    ]) {
        editor.change(
            &uri,
            version,
            &json!([{ "range": range(places), "text": "é" }]),
        );
        editor.findings(&uri, version);
    }
    editor.tell("textDocument/didChange", json!({ "nonsense": true }));
    editor.change("file:///nowhere.md", 1, &json!([{ "text": "x" }]));
    editor.change(&uri, 9, &json!([{ "text": DRAFT }]));
    assert!(of_rule(&editor.findings(&uri, 9), "list-marker").is_some());
    let hover =
        json!({ "textDocument": { "uri": uri }, "position": { "line": far, "character": far } });
    editor.ask("textDocument/hover", hover);
    let id = editor.begin(
        "textDocument/hover",
        json!({ "textDocument": { "uri": uri } }),
    );
    assert_eq!(editor.answer(&id).unwrap_err().code, -32602);
    let id = editor.begin("textDocument/rename", json!({}));
    assert_eq!(editor.answer(&id).unwrap_err().code, -32601);
    assert_eq!(editor.leave(), Some(0));
}

#[test]
fn columns_are_counted_as_the_editor_asks() {
    let draft = DRAFT.replace("two.example/)", "two.example//a)");
    for (offered, agreed, column) in [
        (json!(["utf-16", "utf-8"]), "utf-8", 13),
        (json!(["utf-32", "utf-16"]), "utf-32", 10),
        (json!(["utf-16"]), "utf-16", 11),
        (json!(null), "utf-16", 11),
    ] {
        let (world, uri) = drafted(&draft);
        let mut can = told();
        can["general"]["positionEncodings"] = offered;
        let mut editor = Editor::start(&world, &can);
        assert_eq!(editor.server["positionEncoding"], agreed);
        editor.open(&uri, &draft);
        let found = editor.findings(&uri, 1);
        let address = of_rule(&found, "unclean-address").unwrap();
        let start = u32::try_from(address["range"]["start"]["character"].as_u64().unwrap());
        assert_eq!(start.unwrap(), column, "{agreed}: {address:#}");
    }
}

#[test]
fn editors_that_ask_are_not_told_besides() {
    let (world, uri) = drafted(DRAFT);
    let mut editor = Editor::start(&world, &able(&[]));
    assert_eq!(editor.server["diagnosticProvider"]["identifier"], "press");
    editor.open(&uri, DRAFT);
    let mut params = json!({ "textDocument": { "uri": uri } });
    let report = editor.ask("textDocument/diagnostic", params.clone());
    assert_eq!(report["kind"], "full");
    let items: Vec<Value> = serde_json::from_value(report["items"].clone()).unwrap();
    assert!(of_rule(&items, "list-marker").is_some());
    params["previousResultId"] = report["resultId"].clone();
    assert_eq!(
        editor.ask("textDocument/diagnostic", params.clone())["kind"],
        "unchanged"
    );
    // When a rule's level changes on disk, the editor is asked to ask again.
    world.edit(
        "press.toml",
        "[site]",
        "[check]\nlevels = { list-marker = \"allow\" }\n\n[site]",
    );
    let changes = json!([{ "uri": self::uri(&world, "press.toml"), "type": 2 }]);
    editor.tell(
        "workspace/didChangeWatchedFiles",
        json!({ "changes": changes }),
    );
    editor.until("workspace/diagnostic/refresh");
    let report = editor.ask("textDocument/diagnostic", params);
    let items: Vec<Value> = serde_json::from_value(report["items"].clone()).unwrap();
    assert!(of_rule(&items, "list-marker").is_none(), "{items:#?}");
    let other = json!({ "textDocument": { "uri": self::uri(&world, "other.md") } });
    assert_eq!(
        editor.ask("textDocument/diagnostic", other)["items"],
        json!([])
    );
}

#[test]
fn questions_about_an_old_state_are_not_answered_from_a_new_one() {
    let (world, uri) = drafted(DRAFT);
    let mut editor = Editor::start(&world, &able(&[]));
    let hover =
        json!({ "textDocument": { "uri": uri }, "position": { "line": 7, "character": 0 } });
    // A long text keeps the server busy meanwhile. Should it be quicker than we are, an answer is as good.
    let items: Vec<String> = (0..2_000)
        .map(|n| format!("- [{n}](https://a.example/{n})\n"))
        .collect();
    editor.open(
        &self::uri(&world, "draft/long.md"),
        &(DRAFT.to_owned() + &items.concat()),
    );
    editor.open(&uri, DRAFT);
    let one = editor.begin("textDocument/hover", hover.clone());
    editor.tell("$/cancelRequest", json!({ "id": one }));
    let two = editor.begin("textDocument/hover", hover);
    editor.change(&uri, 2, &json!([{ "text": "x" }]));
    let refused = |answer: Result<Value, ResponseError>, code: i32| match answer {
        Ok(answer) => assert!(
            answer["contents"]["value"]
                .as_str()
                .unwrap()
                .contains("list-marker")
        ),
        Err(error) => assert_eq!(error.code, code),
    };
    refused(editor.answer(&one), -32800);
    refused(editor.answer(&two), -32801);
    assert_eq!(editor.leave(), Some(0));
}

#[test]
fn a_fix_changes_what_it_says() {
    let (world, uri) = drafted(DRAFT);
    let mut editor = Editor::start(&world, &told());
    editor.open(&uri, DRAFT);
    editor.findings(&uri, 1);
    let here = range([7, 0, 7, 0]);
    let actions = editor.actions(&uri, &here, None);
    let fix = actions
        .iter()
        .find(|action| action["title"] == "Replace `-` by `*`")
        .unwrap();
    assert_eq!(
        (&fix["kind"], &fix["isPreferred"]),
        (&json!("quickfix"), &json!(true))
    );
    assert_eq!(fix["diagnostics"][0]["code"], "list-marker");
    assert_eq!(
        fix["edit"]["documentChanges"][0]["textDocument"]["version"],
        1
    );
    assert_eq!(applied(DRAFT, fix), DRAFT.replace("- [", "* ["));
    assert!(
        editor
            .actions(&uri, &range([0, 0, 0, 0]), Some("quickfix"))
            .is_empty()
    );
    // What is applied to the whole text is what `press check --fix` does.
    let all = editor.actions(&uri, &here, Some("source.fixAll.press"));
    assert_eq!(all.len(), 1, "{all:#?}");
    assert_eq!(all[0]["kind"], "source.fixAll.press");
    world.press(&["check", "--fix"]).succeeds();
    assert_eq!(applied(DRAFT, &all[0]), world.read("draft/004.md"));
}

#[test]
fn allowing_a_finding_asks_for_a_reason() {
    let draft = DRAFT.replace("## Changes", "## Odd News");
    let (world, uri) = drafted(&draft);
    let mut editor = Editor::start(&world, &told());
    editor.open(&uri, &draft);
    editor.findings(&uri, 1);
    let actions = editor.actions(&uri, &range([7, 0, 7, 0]), Some("quickfix"));
    let allow = actions
        .iter()
        .find(|action| action["title"] == "Allow `list-marker` here, with a reason")
        .unwrap();
    let allowed = applied(&draft, allow);
    let line = "- [😀 Two](https://two.example/) <!-- press allow list-marker: reason -->";
    assert!(allowed.lines().any(|found| found == line), "{allowed}");
    editor.change(&uri, 2, &json!([{ "text": allowed }]));
    let found = editor.findings(&uri, 2);
    assert!(of_rule(&found, "allow-comment").is_some(), "{found:#?}");
    let reasoned = allowed.replace(": reason", ": her own sign");
    editor.change(&uri, 3, &json!([{ "text": reasoned }]));
    let found = editor.findings(&uri, 3);
    assert!(of_rule(&found, "list-marker").is_none(), "{found:#?}");
    assert!(of_rule(&found, "allow-comment").is_none(), "{found:#?}");
    // What reading finds is allowed like the rest.
    assert!(of_rule(&found, "unknown-section").is_some());
    let actions = editor.actions(&uri, &range([9, 0, 9, 0]), Some("quickfix"));
    let mut titles = actions.iter().map(|action| &action["title"]);
    assert!(titles.any(|title| title == "Allow `unknown-section` here, with a reason"));
}

#[test]
fn hovering_tells_the_rule_and_where_a_link_stood_before() {
    let draft = DRAFT.replace("https://one.example/", "https://birds.example/2/flight");
    let (world, uri) = drafted(&draft);
    let mut editor = Editor::start(&world, &told());
    editor.open(&uri, &draft);
    let found = editor.findings(&uri, 1);
    let mut hover = |line: u32, character: u32| {
        let position = json!({ "line": line, "character": character });
        let params = json!({ "textDocument": { "uri": uri }, "position": position });
        editor.ask("textDocument/hover", params)
    };
    let rule = hover(7, 0);
    let text = rule["contents"]["value"].as_str().unwrap();
    assert!(text.starts_with("**list-marker** (warn)\n\n"), "{text}");
    assert_eq!(rule["range"], range([7, 0, 7, 1]));
    let link = hover(6, 5);
    let text = link["contents"]["value"].as_str().unwrap();
    let place = self::uri(&world, &issue_path(2));
    let named = format!("[issue 2 of 2025-03-26]({place}#L10): A gull in flight 2");
    assert!(text.contains(&named), "{text}");
    assert_eq!(hover(3, 0), Value::Null);
    let linked = of_rule(&found, "already-linked").unwrap();
    let related = &linked["relatedInformation"][0]["location"];
    assert_eq!(related["uri"], place, "{linked:#}");
    assert_eq!(related["range"]["start"]["line"], 9);
}

#[test]
fn the_outline_is_that_of_the_sections() {
    let (world, uri) = drafted(DRAFT);
    let text = world.read(&issue_path(2));
    let issue = self::uri(&world, &issue_path(2));
    let document = json!({ "textDocument": { "uri": issue } });
    let mut editor = Editor::start(&world, &able(&[]));
    editor.open(&issue, &text);
    let symbols = editor.ask("textDocument/documentSymbol", document.clone());
    let names = |symbols: &Value| -> Vec<String> {
        let symbols = symbols.as_array().unwrap().iter();
        let names = symbols.map(|symbol| symbol["name"].as_str().unwrap().to_owned());
        names.collect()
    };
    assert_eq!(
        names(&symbols),
        ["Links", "Changes", "Upcoming Events", "Calls for Talks"]
    );
    assert_eq!(names(&symbols[2]["children"]), ["Europe"]);
    let line =
        |word: &str| u64::try_from(text.lines().position(|line| line == word).unwrap()).unwrap();
    let folds = editor.ask("textDocument/foldingRange", document);
    let folds = folds.as_array().unwrap();
    let fold = folds
        .iter()
        .find(|fold| fold["startLine"] == line("## Links"))
        .unwrap();
    assert_eq!(fold["endLine"], line("## Changes") - 2);
    drop(editor);
    let mut editor = Editor::start(
        &world,
        &able(&["/textDocument/documentSymbol/hierarchicalDocumentSymbolSupport"]),
    );
    editor.open(&uri, DRAFT);
    let document = json!({ "textDocument": { "uri": uri } });
    let flat = editor.ask("textDocument/documentSymbol", document);
    assert_eq!(names(&flat), ["Links", "Changes"]);
    assert_eq!(flat[1]["location"]["uri"], uri);
}

#[test]
fn a_mistake_in_the_configuration_is_shown_in_it() {
    let (world, uri) = drafted(DRAFT);
    let config = self::uri(&world, "press.toml");
    let broken = CONFIG.replace("timezone =", "timezon =");
    let line = broken.lines().position(|line| line.starts_with("timezon"));
    let line = u32::try_from(line.unwrap()).unwrap();
    world.write("press.toml", &broken);
    let mut editor = Editor::start(&world, &told());
    editor.open(&uri, DRAFT);
    let shown = editor.until("window/showMessage");
    assert!(
        shown["message"].as_str().unwrap().contains("press.toml"),
        "{shown}"
    );
    let told = editor.until("textDocument/publishDiagnostics");
    assert_eq!(told["uri"], config);
    assert_eq!(told["diagnostics"][0]["range"], range([line, 0, line, 7]));
    let message = told["diagnostics"][0]["message"].as_str().unwrap();
    assert!(message.contains("did you mean `timezone`?"), "{message}");
    assert!(editor.findings(&uri, 1).is_empty());
    // Mended and saved: the mistake goes away, the findings come.
    world.write("press.toml", CONFIG);
    editor.tell(
        "textDocument/didSave",
        json!({ "textDocument": { "uri": config } }),
    );
    let told = editor.until("textDocument/publishDiagnostics");
    assert_eq!(
        (&told["uri"], &told["diagnostics"]),
        (&json!(config), &json!([]))
    );
    let found = editor.findings(&uri, 1);
    assert!(of_rule(&found, "list-marker").is_some());
    // Broken again: what was known stays.
    world.write("press.toml", &broken);
    editor.tell(
        "textDocument/didSave",
        json!({ "textDocument": { "uri": config } }),
    );
    assert_eq!(editor.findings(&uri, 1), found);
    assert_eq!(editor.leave(), Some(0));
}

#[test]
fn only_issues_and_drafts_are_judged() {
    let (world, draft) = drafted(DRAFT);
    let mut editor = Editor::start(&world, &told());
    for path in ["README.md", "pages/about.md", "content/notes.txt"] {
        let uri = uri(&world, path);
        editor.open(&uri, DRAFT);
        assert_eq!(editor.findings(&uri, 1), [Value::Null; 0], "{path}");
    }
    // A file that is not on disk yet.
    let new = uri(&world, "draft/005.md");
    editor.open(&new, DRAFT);
    assert!(!editor.findings(&new, 1).is_empty());
    let elsewhere = World::empty();
    for path in ["a.md", "b.md"] {
        editor.open(&uri(&elsewhere, path), DRAFT);
    }
    editor.open("untitled:Untitled-1", DRAFT);
    let said = editor.until("window/logMessage");
    assert!(
        said["message"]
            .as_str()
            .unwrap()
            .contains("belongs to no newsletter"),
        "{said}"
    );
    editor.open(&draft, DRAFT);
    let mut said = 0;
    while let Message::Notification(note) = editor.hear() {
        said += usize::from(note.method == "window/logMessage");
        if note.params["uri"] == draft {
            break;
        }
    }
    assert_eq!(said, 0);
}

#[test]
fn several_newsletters_and_one_that_is_configured_elsewhere() {
    let (gull, gulls) = drafted(DRAFT);
    let (tern, terns) = drafted(DRAFT);
    tern.edit(
        "press.toml",
        "[site]",
        "[check]\nlevels = { list-marker = \"deny\" }\n\n[site]",
    );
    let mut editor = Editor::start(&gull, &told());
    editor.open(&gulls, DRAFT);
    editor.open(&terns, DRAFT);
    let severity = |found: &[Value]| of_rule(found, "list-marker").unwrap()["severity"].clone();
    assert_eq!(severity(&editor.findings(&gulls, 1)), 2);
    assert_eq!(severity(&editor.findings(&terns, 1)), 1);
    drop(editor);
    // The same newsletter as the configuration of the other says.
    let folder = gull.folder().display().to_string();
    let config = tern.path("press.toml").display().to_string();
    let arguments = ["-C", &folder, "--config", &config, "lsp"];
    let mut editor = Editor::start_with(&gull, &told(), &arguments);
    editor.open(&gulls, DRAFT);
    assert_eq!(severity(&editor.findings(&gulls, 1)), 1);
}

#[test]
fn drafts_may_be_kept_outside_the_newsletter() {
    let world = World::new(1);
    let outside = World::empty();
    outside.write("004.md", DRAFT);
    let drafts = outside.folder().display();
    let content = format!("[content]\ndrafts = \"{drafts}\"\n\n[site]");
    world.edit("press.toml", "[site]", &content);
    let mut editor = Editor::start(&world, &told());
    let uri = uri(&outside, "004.md");
    editor.open(&uri, DRAFT);
    assert!(of_rule(&editor.findings(&uri, 1), "list-marker").is_some());
    // The editor closes the newsletter's folder.
    let folder = json!({ "uri": self::uri(&world, ""), "name": "gull" });
    let event = json!({ "added": [], "removed": [folder] });
    editor.tell(
        "workspace/didChangeWorkspaceFolders",
        json!({ "event": event }),
    );
    assert_eq!(editor.findings(&uri, 1), [Value::Null; 0]);
}

#[test]
fn an_issue_that_comes_into_the_archive_is_known_at_the_next_save() {
    let draft = DRAFT.replace("one.example/", "one.example/gulls");
    let (world, uri) = drafted(&draft);
    let mut editor = Editor::start(&world, &told());
    editor.open(&uri, &draft);
    assert!(of_rule(&editor.findings(&uri, 1), "already-linked").is_none());
    let three = world.read(&issue_path(3));
    let three = three.replace(
        "https://birds.example/3/flight",
        "https://one.example/gulls",
    );
    world.write_now(&issue_path(3), three);
    editor.tell(
        "textDocument/didSave",
        json!({ "textDocument": { "uri": uri } }),
    );
    assert!(of_rule(&editor.findings(&uri, 1), "already-linked").is_some());
}

#[test]
fn the_end_is_as_the_protocol_says() {
    let world = World::new(1);
    // The editor vanishes.
    let mut editor = Editor::start(&world, &told());
    drop(editor.input.take());
    assert_eq!(editor.child.wait().unwrap().code(), Some(1));
    // It leaves without a word.
    let mut editor = Editor::start(&world, &told());
    editor.tell("exit", Value::Null);
    assert_eq!(editor.child.wait().unwrap().code(), Some(1));
    // It was never there.
    let mut editor = Editor::alone(&["lsp"]);
    drop(editor.input.take());
    assert_eq!(editor.child.wait().unwrap().code(), Some(1));
    // It asks before it has introduced itself.
    let mut editor = Editor::alone(&["lsp"]);
    let id = editor.begin("textDocument/hover", json!({}));
    assert_eq!(editor.answer(&id).unwrap_err().code, -32002);
    // It speaks something else.
    let mut editor = Editor::alone(&["lsp"]);
    editor
        .input
        .as_mut()
        .unwrap()
        .write_all(b"GET / HTTP/1.1\r\n\r\n")
        .unwrap();
    assert_eq!(editor.child.wait().unwrap().code(), Some(2));
}
