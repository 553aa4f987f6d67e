//! Questions an editor asks, and what can be answered.

use super::client::{Abilities, refusal};
use super::newsletters::Judged;
use super::text::Encoding;
use super::{actions, findings, views};
use gen_lsp_types::{
    CodeActionParams, DocumentDiagnosticParams, DocumentDiagnosticReport,
    FullDocumentDiagnosticReport, HoverParams, RelatedFullDocumentDiagnosticReport,
    RelatedUnchangedDocumentDiagnosticReport, UnchangedDocumentDiagnosticReport,
};
use lsp_server::{ErrorCode, Request, ResponseError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// How an open text stands.
#[derive(Debug)]
pub(super) enum Standing {
    /// It waits to be judged.
    Stale,
    /// It was judged as it is.
    Judged(Box<Judged>),
    /// It is not one that is judged.
    NotJudged,
}

/// The questions that are answered, all of them about one text.
pub(super) const METHODS: &[&str] = &[
    "textDocument/codeAction",
    "textDocument/diagnostic",
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/hover",
];

type Answer = Result<Value, ResponseError>;

/// What this server can do, as the answer to `initialize`.
pub(super) fn initialized(can: &Abilities) -> Value {
    let mut capabilities = json!({
        "positionEncoding": match can.encoding {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16 => "utf-16",
            Encoding::Utf32 => "utf-32",
        },
        "textDocumentSync": { "openClose": true, "change": 2, "save": true },
        "codeActionProvider": { "codeActionKinds": ["quickfix", actions::FIX_ALL] },
        "hoverProvider": true,
        "documentSymbolProvider": true,
        "foldingRangeProvider": true,
        "workspace": { "workspaceFolders": { "supported": true, "changeNotifications": true } },
    });
    // An editor that asks would show twice what it is told besides.
    if can.asks {
        capabilities["diagnosticProvider"] = json!({ "identifier": "press", "interFileDependencies": true, "workspaceDiagnostics": false });
    }
    let server = json!({ "name": "press", "version": env!("CARGO_PKG_VERSION") });
    json!({ "capabilities": capabilities, "serverInfo": server })
}

/// Answers a question about a text.
pub(super) fn answer(request: &Request, standing: &Standing, can: &Abilities) -> Answer {
    let judged = match standing {
        Standing::Judged(judged) => Some(judged.as_ref()),
        Standing::Stale | Standing::NotJudged => None,
    };
    match request.method.as_str() {
        "textDocument/codeAction" => {
            let params: CodeActionParams = read(request)?;
            write(judged.map(|judged| actions::actions(judged, &params, can)))
        }
        "textDocument/diagnostic" => write(report(&read(request)?, judged, can)),
        "textDocument/documentSymbol" => write(judged.map(|judged| views::symbols(judged, can))),
        "textDocument/foldingRange" => write(judged.map(views::folds)),
        _ => {
            let params: HoverParams = read(request)?;
            let position = params.text_document_position_params.position;
            write(judged.and_then(|judged| views::hover(judged, position, can)))
        }
    }
}

fn read<P: DeserializeOwned>(request: &Request) -> Result<P, ResponseError> {
    serde_json::from_value(request.params.clone())
        .map_err(|cause| refusal(ErrorCode::InvalidParams, cause.to_string()))
}

fn write(answer: impl Serialize) -> Answer {
    serde_json::to_value(answer)
        .map_err(|cause| refusal(ErrorCode::InternalError, cause.to_string()))
}

fn report(
    params: &DocumentDiagnosticParams,
    judged: Option<&Judged>,
    can: &Abilities,
) -> DocumentDiagnosticReport {
    let serial = judged.map(|judged| judged.asked.serial.to_string());
    if let Some(serial) = serial
        .clone()
        .filter(|_| serial == params.previous_result_id)
    {
        let unchanged = RelatedUnchangedDocumentDiagnosticReport {
            related_documents: None,
            unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport::new(serial),
        };
        return DocumentDiagnosticReport::RelatedUnchangedDocumentDiagnosticReport(unchanged);
    }
    let items = judged.map(|judged| findings::diagnostics(judged, can));
    let full = FullDocumentDiagnosticReport::new(serial, items.unwrap_or_default());
    let full = RelatedFullDocumentDiagnosticReport {
        related_documents: None,
        full_document_diagnostic_report: full,
    };
    DocumentDiagnosticReport::RelatedFullDocumentDiagnosticReport(full)
}

/// The answer to a question about a text that has changed since.
pub(super) fn outdated(request: &Request) -> ResponseError {
    if request.method == "textDocument/diagnostic" {
        return ResponseError {
            data: Some(json!({ "retriggerRequest": true })),
            ..refusal(ErrorCode::ServerCancelled, "the text has changed")
        };
    }
    refusal(ErrorCode::ContentModified, "the text has changed")
}
