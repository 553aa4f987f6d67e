//! The language server: what `press check` knows, in any editor, while somebody types.
//!
//! It speaks the Language Server Protocol (3.17) on standard input and output. One thread hears the editor and
//! keeps the texts as they are; another ([`newsletters`]) judges them, one at a time. A text that changes while
//! it is being judged is judged again, and what was found in the old state is thrown away. So a burst of
//! keystrokes costs two judgements at most, and no clock is needed. Questions wait until the text they are about
//! has been judged as it is now.

mod actions;
mod answers;
mod client;
mod findings;
mod newsletters;
mod text;
mod views;

use crate::error::{Error, Result};
use answers::Standing;
use client::{Abilities, Client, folders, path_of, refusal};
use gen_lsp_types::{
    DidChangeTextDocumentParams, DidChangeWorkspaceFoldersParams, DidOpenTextDocumentParams,
    PublishDiagnosticsParams, Uri,
};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId};
use newsletters::{Asked, Done, Job, Newsletters, Outcome};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel};
use text::Text;

/// What `press lsp` is asked for.
#[derive(Debug)]
pub(crate) struct LspRequest {
    /// A newsletter whose configuration is kept elsewhere: its folder and the configuration.
    pub(crate) elsewhere: Option<(PathBuf, PathBuf)>,
}

/// Serves one editor until it says good-bye. The exit code is the protocol's: 0 after an orderly end, 1 else.
pub(crate) fn serve(request: LspRequest) -> Result<ExitCode> {
    let (connection, threads) = Connection::stdio();
    let code = talk(connection, request);
    threads.join().map_err(|cause| {
        Error::new("the editor could not be understood")
            .because(cause.to_string())
            .help("`press lsp` is started by an editor; docs/editors.md says how")
    })?;
    Ok(code)
}

/// What can happen.
enum Event {
    /// The editor says something.
    Heard(Message),
    /// A job is done.
    Done(Box<Done>),
    /// The editor is gone.
    Gone,
}

fn talk(connection: Connection, request: LspRequest) -> ExitCode {
    let Ok((id, params)) = connection.initialize_start() else {
        return ExitCode::from(1);
    };
    let Connection { sender, receiver } = connection;
    let client = Client::new(Abilities::of(&params), move |message| {
        // An editor that is gone is noticed where it is heard.
        let _ = sender.send(message);
    });
    client.answer(id, Ok(answers::initialized(&client.can)));
    let (happen, events) = channel();
    let (jobs, todo) = channel();
    let heard = happen.clone();
    std::thread::spawn(move || {
        for message in receiver {
            let _ = heard.send(Event::Heard(message));
        }
        let _ = heard.send(Event::Gone);
    });
    let folders = folders(&params);
    let newsletters = Newsletters::new(request.elsewhere, folders.clone());
    std::thread::spawn(move || {
        newsletters.work(&todo, |done| {
            let _ = happen.send(Event::Done(Box::new(done)));
        });
    });
    let mut server = Server {
        client,
        jobs,
        texts: HashMap::new(),
        stale: VecDeque::new(),
        folders,
        chores: Vec::new(),
        busy: false,
        serial: 0,
        told: HashSet::new(),
        leaving: false,
    };
    server.run(&events)
}

/// A text that is open in the editor.
#[derive(Debug)]
struct Open {
    path: Option<PathBuf>,
    version: i32,
    serial: u64,
    text: Text,
    standing: Standing,
    /// Questions that wait for the text to be judged.
    waiting: Vec<Request>,
}

struct Server {
    client: Client,
    jobs: Sender<Job>,
    texts: HashMap<Uri, Open>,
    /// Texts to judge, in the order in which they changed.
    stale: VecDeque<Uri>,
    folders: Vec<PathBuf>,
    /// Jobs that come before judging.
    chores: Vec<Job>,
    busy: bool,
    serial: u64,
    /// What was said already and is said once.
    told: HashSet<&'static str>,
    leaving: bool,
}

impl Server {
    fn run(&mut self, events: &Receiver<Event>) -> ExitCode {
        while let Ok(event) = events.recv() {
            // All that has come is heard before anything is judged.
            let mut next = Some(event);
            while let Some(event) = next {
                let leave = match event {
                    Event::Heard(Message::Request(request)) => self.request(request),
                    Event::Heard(Message::Notification(note)) => self.notification(note),
                    Event::Heard(Message::Response(_)) => false,
                    Event::Done(done) => self.done(*done),
                    Event::Gone => true,
                };
                if leave {
                    return ExitCode::from(u8::from(!self.leaving));
                }
                next = events.try_recv().ok();
            }
            self.work();
        }
        ExitCode::from(1)
    }

    /// Gives the next job, if there is one and nothing is being done.
    fn work(&mut self) {
        if self.busy {
            return;
        }
        let job = if self.chores.is_empty() {
            self.next_text()
        } else {
            Some(self.chores.remove(0))
        };
        if let Some(job) = job {
            self.busy = self.jobs.send(job).is_ok();
        }
    }

    fn next_text(&mut self) -> Option<Job> {
        while let Some(uri) = self.stale.pop_front() {
            let Some(open) = self.texts.get(&uri) else {
                continue;
            };
            let Some(path) = open.path.clone() else {
                self.settle(&uri, Outcome::Outside);
                continue;
            };
            return Some(Job::Judge(Box::new(Asked {
                uri,
                path,
                version: open.version,
                serial: open.serial,
                text: open.text.clone(),
            })));
        }
        None
    }

    fn request(&mut self, request: Request) -> bool {
        let Request { id, method, params } = &request;
        if self.leaving {
            let message = "the server is about to end";
            let refused = refusal(ErrorCode::InvalidRequest, message);
            self.client.answer(id.clone(), Err(refused));
        } else if method == "shutdown" {
            self.leaving = true;
            self.client.answer(id.clone(), Ok(Value::Null));
        } else if !answers::METHODS.contains(&method.as_str()) {
            let refused = refusal(
                ErrorCode::MethodNotFound,
                format!("`{method}` is not known"),
            );
            self.client.answer(id.clone(), Err(refused));
        } else {
            let uri = params.pointer("/textDocument/uri").and_then(Value::as_str);
            let uri = uri.and_then(|uri| Uri::parse(uri).ok());
            let open = uri.and_then(|uri| self.texts.get_mut(&uri));
            match open {
                Some(open) if matches!(open.standing, Standing::Stale) => {
                    open.waiting.push(request);
                }
                open => {
                    let standing = open.map_or(&Standing::NotJudged, |open| &open.standing);
                    let answer = answers::answer(&request, standing, &self.client.can);
                    self.client.answer(request.id, answer);
                }
            }
        }
        false
    }

    fn notification(&mut self, note: Notification) -> bool {
        match note.method.as_str() {
            "exit" => return true,
            "initialized" if self.client.can.watches => self.client.watch(),
            "textDocument/didOpen" => self.opened(note.params),
            "textDocument/didChange" => self.changed(note.params),
            "textDocument/didSave" => self.saved(&note.params),
            "textDocument/didClose" => self.closed(&note.params),
            "workspace/didChangeWatchedFiles" => self.look(),
            "workspace/didChangeWorkspaceFolders" => self.moved(note.params),
            "$/cancelRequest" => self.cancelled(&note.params),
            _ => {}
        }
        false
    }

    /// The parameters of a notification; what cannot be read is told to the editor's log.
    fn read<P: DeserializeOwned>(&self, params: Value) -> Option<P> {
        let read = serde_json::from_value(params);
        read.map_err(|cause| self.client.log(&format!("press: not understood: {cause}")))
            .ok()
    }

    fn opened(&mut self, params: Value) {
        let Some(params) = self.read::<DidOpenTextDocumentParams>(params) else {
            return;
        };
        let item = params.text_document;
        let open = Open {
            path: path_of(&item.uri),
            version: item.version,
            serial: 0,
            text: Text::new(item.text, self.client.can.encoding),
            standing: Standing::Stale,
            waiting: Vec::new(),
        };
        let before = self.texts.insert(item.uri.clone(), open);
        self.refuse_outdated(before.into_iter().flat_map(|before| before.waiting));
        self.look();
        self.stale(item.uri);
    }

    fn changed(&mut self, params: Value) {
        let Some(params) = self.read::<DidChangeTextDocumentParams>(params) else {
            return;
        };
        let uri = params.text_document.text_document_identifier.uri;
        let Some(open) = self.texts.get_mut(&uri) else {
            self.client.log(&format!("press: {uri} is not open"));
            return;
        };
        open.version = params.text_document.version;
        for change in params.content_changes {
            open.text.change(change);
        }
        // Questions about the old state cannot be answered any more.
        let waiting = std::mem::take(&mut open.waiting);
        self.refuse_outdated(waiting);
        self.stale(uri);
    }

    fn refuse_outdated(&self, requests: impl IntoIterator<Item = Request>) {
        for request in requests {
            let refused = answers::outdated(&request);
            self.client.answer(request.id, Err(refused));
        }
    }

    fn saved(&mut self, params: &Value) {
        self.look();
        if let Some(uri) = uri_in(params)
            && self.texts.contains_key(&uri)
        {
            self.stale(uri);
        }
    }

    fn closed(&mut self, params: &Value) {
        let Some(uri) = uri_in(params) else { return };
        let Some(open) = self.texts.remove(&uri) else {
            return;
        };
        for request in open.waiting {
            let answer = answers::answer(&request, &Standing::NotJudged, &self.client.can);
            self.client.answer(request.id, answer);
        }
        if !self.client.can.asks {
            self.publish(uri, None, Vec::new());
        }
    }

    fn moved(&mut self, params: Value) {
        let Some(params) = self.read::<DidChangeWorkspaceFoldersParams>(params) else {
            return;
        };
        let path = |folder: &gen_lsp_types::WorkspaceFolder| path_of(&folder.uri);
        let gone: Vec<PathBuf> = params.event.removed.iter().filter_map(path).collect();
        self.folders.retain(|folder| !gone.contains(folder));
        self.folders
            .extend(params.event.added.iter().filter_map(path));
        self.chores.push(Job::Folders(self.folders.clone()));
    }

    fn cancelled(&mut self, params: &Value) {
        let id = params.get("id").cloned().unwrap_or_default();
        let Ok(id) = serde_json::from_value::<RequestId>(id) else {
            return;
        };
        for open in self.texts.values_mut() {
            let waits = open.waiting.iter().position(|request| request.id == id);
            if let Some(at) = waits {
                open.waiting.remove(at);
                let refused = refusal(ErrorCode::RequestCanceled, "cancelled");
                return self.client.answer(id, Err(refused));
            }
        }
    }

    /// Notes that files may have changed on which findings depend.
    fn look(&mut self) {
        if !self.chores.iter().any(|job| matches!(job, Job::Look)) {
            self.chores.push(Job::Look);
        }
    }

    /// Notes that a text must be judged: it changed, or what is known did.
    fn stale(&mut self, uri: Uri) {
        self.serial += 1;
        if let Some(open) = self.texts.get_mut(&uri) {
            open.serial = self.serial;
            open.standing = Standing::Stale;
        }
        if !self.stale.contains(&uri) {
            self.stale.push_back(uri);
        }
    }

    fn done(&mut self, done: Done) -> bool {
        self.busy = false;
        for (path, error) in done.configs {
            let found = error.as_ref().map(|error| {
                self.client.show_error(&error.message());
                findings::of_config(error, self.client.can.encoding)
            });
            if let Ok(uri) = Uri::from_file_path(path) {
                self.publish(uri, None, found.unwrap_or_default());
            }
        }
        if done.reloaded {
            let all: Vec<Uri> = self.texts.keys().cloned().collect();
            all.into_iter().for_each(|uri| self.stale(uri));
            if self.client.can.asks_again && !self.texts.is_empty() {
                self.client.ask("workspace/diagnostic/refresh", Value::Null);
            }
        }
        if let Some((uri, serial, outcome)) = done.judged {
            let open = self.texts.get(&uri);
            // A text that changed meanwhile waits to be judged again already.
            if open.is_some_and(|open| open.serial == serial) {
                self.settle(&uri, outcome);
            }
        }
        false
    }

    /// Shows what was found, and answers what was asked meanwhile.
    fn settle(&mut self, uri: &Uri, outcome: Outcome) {
        match outcome {
            Outcome::Outside if self.told.insert("outside") => {
                self.client.log(&format!(
                    "press: {uri} belongs to no newsletter (there is no press.toml above it) and is not \
                     judged; this is said once"
                ));
            }
            Outcome::Failed => {
                self.client.show_error(&format!(
                    "press: {uri} could not be judged, which is a mistake in press"
                ));
            }
            _ => {}
        }
        let Some(open) = self.texts.get_mut(uri) else {
            return;
        };
        open.standing = match outcome {
            Outcome::Judged(judged) => Standing::Judged(judged),
            Outcome::Outside | Outcome::NoIssue | Outcome::Failed => Standing::NotJudged,
        };
        for request in open.waiting.drain(..) {
            let answer = answers::answer(&request, &open.standing, &self.client.can);
            self.client.answer(request.id, answer);
        }
        if self.client.can.asks {
            return;
        }
        let found = match &open.standing {
            Standing::Judged(judged) => findings::diagnostics(judged, &self.client.can),
            // A configuration's mistakes are shown when it is read.
            _ if is_config(uri) => return,
            _ => Vec::new(),
        };
        let version = self.client.can.versions.then_some(open.version);
        self.publish(uri.clone(), version, found);
    }

    fn publish(&self, uri: Uri, version: Option<i32>, found: Vec<gen_lsp_types::Diagnostic>) {
        let params = PublishDiagnosticsParams::new(uri, version, found);
        self.client
            .notify("textDocument/publishDiagnostics", params);
    }
}

fn is_config(uri: &Uri) -> bool {
    uri.path().ends_with(".toml")
}

fn uri_in(params: &Value) -> Option<Uri> {
    let uri = params.pointer("/textDocument/uri")?.as_str()?;
    Uri::parse(uri).ok()
}
