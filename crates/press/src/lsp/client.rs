//! The editor at the other end: what it can do, and what it is told.

use super::text::Encoding;
use gen_lsp_types::{MessageType, Uri};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response, ResponseError};
use serde::Serialize;
use serde_json::{Value, json};
use std::path::PathBuf;

/// What an editor can do, as far as it matters here.
#[derive(Clone, Debug, Default)]
pub(super) struct Abilities {
    /// In what it counts columns.
    pub(super) encoding: Encoding,
    /// It asks for findings; it need not be told them.
    pub(super) asks: bool,
    /// It asks again when it is told to.
    pub(super) asks_again: bool,
    /// It can be asked to watch files.
    pub(super) watches: bool,
    /// It shows other places that a finding is about.
    pub(super) related: bool,
    /// It knows by its version which text findings are about.
    pub(super) versions: bool,
    /// It refuses changes that were made for another version of a text.
    pub(super) versioned_edits: bool,
    /// It shows sections inside sections.
    pub(super) nested: bool,
    /// It shows Markdown.
    pub(super) markdown: bool,
}

impl Abilities {
    /// What the parameters of `initialize` say.
    pub(super) fn of(params: &Value) -> Abilities {
        let at = |path: &str| params.pointer(&format!("/capabilities/{path}"));
        let yes = |path: &str| at(path).and_then(Value::as_bool) == Some(true);
        let lists = |path: &str, word: &str| {
            let list = at(path).and_then(Value::as_array);
            list.is_some_and(|list| list.iter().any(|found| found == word))
        };
        let encodings = "general/positionEncodings";
        Abilities {
            encoding: if lists(encodings, "utf-8") {
                Encoding::Utf8
            } else if lists(encodings, "utf-32") {
                Encoding::Utf32
            } else {
                Encoding::Utf16
            },
            asks: at("textDocument/diagnostic").is_some_and(Value::is_object),
            asks_again: yes("workspace/diagnostics/refreshSupport"),
            watches: yes("workspace/didChangeWatchedFiles/dynamicRegistration"),
            related: yes("textDocument/publishDiagnostics/relatedInformation")
                || yes("textDocument/diagnostic/relatedInformation"),
            versions: yes("textDocument/publishDiagnostics/versionSupport"),
            versioned_edits: yes("workspace/workspaceEdit/documentChanges"),
            nested: yes("textDocument/documentSymbol/hierarchicalDocumentSymbolSupport"),
            markdown: lists("textDocument/hover/contentFormat", "markdown"),
        }
    }
}

/// The folders that an editor has open, as the parameters of `initialize` say.
pub(super) fn folders(params: &Value) -> Vec<PathBuf> {
    let folders = params.get("workspaceFolders").and_then(Value::as_array);
    let folders: Vec<&Value> = match folders {
        Some(folders) => folders.iter().filter_map(|one| one.get("uri")).collect(),
        None => params.get("rootUri").into_iter().collect(),
    };
    let uris = folders.into_iter().filter_map(Value::as_str);
    uris.filter_map(|uri| path_of(&Uri::parse(uri).ok()?))
        .collect()
}

/// The file that an address names; none if it names something else.
pub(super) fn path_of(uri: &Uri) -> Option<PathBuf> {
    (uri.scheme() == "file")
        .then(|| uri.to_file_path().ok())
        .flatten()
}

/// The editor.
pub(super) struct Client {
    /// What it can do.
    pub(super) can: Abilities,
    send: Box<dyn Fn(Message)>,
    asked: i32,
}

impl Client {
    /// An editor to which `send` leads.
    pub(super) fn new(can: Abilities, send: impl Fn(Message) + 'static) -> Client {
        Client {
            can,
            send: Box::new(send),
            asked: 0,
        }
    }

    /// Tells it something.
    pub(super) fn notify(&self, method: &str, params: impl Serialize) {
        (self.send)(Notification::new(method.to_owned(), params).into());
    }

    /// Asks it for something whose answer does not matter.
    pub(super) fn ask(&mut self, method: &str, params: impl Serialize) {
        self.asked += 1;
        let id = RequestId::from(format!("press-{}", self.asked));
        (self.send)(Request::new(id, method.to_owned(), params).into());
    }

    /// Answers a request.
    pub(super) fn answer(&self, id: RequestId, answer: Result<Value, ResponseError>) {
        let response_result = answer;
        (self.send)(
            Response {
                id,
                response_result,
            }
            .into(),
        );
    }

    /// Writes a line into its log.
    pub(super) fn log(&self, message: &str) {
        let params = json!({ "type": MessageType::Info, "message": message });
        self.notify("window/logMessage", params);
    }

    /// Shows a person that something is wrong.
    pub(super) fn show_error(&self, message: &str) {
        let params = json!({ "type": MessageType::Error, "message": message });
        self.notify("window/showMessage", params);
    }

    /// Asks it to watch what findings depend on.
    pub(super) fn watch(&mut self) {
        let watchers = ["**/press.toml", "**/*.md", "**/*.markdown"];
        let watchers: Vec<Value> = watchers
            .iter()
            .map(|glob| json!({ "globPattern": glob }))
            .collect();
        let registration = json!({
            "id": "press-watch",
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": { "watchers": watchers },
        });
        self.ask(
            "client/registerCapability",
            json!({ "registrations": [registration] }),
        );
    }
}

/// An answer that says what went wrong.
pub(super) fn refusal(code: ErrorCode, message: impl Into<String>) -> ResponseError {
    ResponseError {
        code: code as i32,
        message: message.into(),
        data: None,
    }
}
