//! The published description of the interface (OpenAPI 3.1), made from one table.

use crate::config::Config;
use serde_json::{Map, Value, json};

/// Something that can be asked for.
pub(in super::super::super) struct Operation {
    pub(in super::super::super) method: &'static str,
    /// The path below the newsletter's own, as the table of routes has it.
    pub(in super::super::super) path: &'static str,
    id: &'static str,
    summary: &'static str,
    /// What is sent.
    body: Option<fn(&Config) -> Value>,
    answers: &'static [Answer],
}

/// An answer: its status, when it comes, and what it holds. Without a form it is a problem.
struct Answer(u16, &'static str, Option<fn() -> Value>);

/// Most characters of a challenge and of what was found for it.
pub(super) const CHALLENGE: usize = 100;
pub(super) const NONCE: usize = 20;

/// Answers to everything that has a body.
const NO_JSON: Answer = Answer(400, "The body is no JSON.", None);
const TOO_SLOW: Answer = Answer(408, "The body did not come in time.", None);
const TOO_LONG: Answer = Answer(413, "The body is longer than 64 KB.", None);
const OTHER_TYPE: Answer = Answer(415, "`Content-Type` is not `application/json`.", None);
const MISTAKE: Answer = Answer(422, "Something in the body must be mended.", None);
const BUSY: Answer = Answer(
    429,
    "Too many have asked; `Retry-After` says when to come again.",
    None,
);
const TROUBLE: Answer = Answer(
    503,
    "It cannot be done now; `Retry-After` says when to come again.",
    None,
);

/// All operations.
pub(in super::super::super) static OPERATIONS: &[Operation] = &[
    Operation {
        method: "GET",
        path: "/api/openapi.json",
        id: "describe",
        summary: "This description.",
        body: None,
        answers: &[Answer(
            200,
            "The description.",
            Some(|| json!({ "type": "object" })),
        )],
    },
    Operation {
        method: "GET",
        path: "/api/lists",
        id: "lists",
        summary: "The lists that people subscribe to.",
        body: None,
        answers: &[Answer(200, "The lists.", Some(lists))],
    },
    Operation {
        method: "GET",
        path: "/api/challenge",
        id: "challenge",
        summary: "What to work on before a form is sent: find a nonce so that SHA-256 of `challenge:address:nonce` begins \
                  with so many zero bits. Few forms without it are taken in an hour. A challenge is good for two hours.",
        body: None,
        answers: &[Answer(200, "The challenge.", Some(challenge))],
    },
    Operation {
        method: "POST",
        path: "/api/subscribe",
        id: "subscribe",
        summary: "Asks for lists. A letter asks at the address whether that is meant; nothing is sent before the answer. \
                  What is answered here is the same whether the address is known or not.",
        body: Some(wish),
        answers: &[
            Answer(202, "It is written down.", Some(taken)),
            NO_JSON,
            TOO_SLOW,
            TOO_LONG,
            OTHER_TYPE,
            MISTAKE,
            BUSY,
            TROUBLE,
        ],
    },
];

fn object(properties: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn lists() -> Value {
    let text = json!({ "type": "string" });
    let list = object(
        &json!({ "id": text, "name": text, "description": text }),
        &["id", "name", "description"],
    );
    object(
        &json!({ "lists": { "type": "array", "items": list, "minItems": 1 } }),
        &["lists"],
    )
}

fn challenge() -> Value {
    let properties = json!({
        "challenge": { "type": "string", "maxLength": CHALLENGE },
        "bits": { "type": "integer", "minimum": 0, "maximum": 24, "description": "With 0 nothing is asked." },
    });
    object(&properties, &["challenge", "bits"])
}

fn taken() -> Value {
    object(&json!({ "detail": { "type": "string" } }), &["detail"])
}

fn wish(config: &Config) -> Value {
    let ids: Vec<&str> = config.lists.iter().map(|list| list.id.as_str()).collect();
    let properties = json!({
        "address": { "type": "string", "format": "email", "maxLength": 254 },
        "lists": { "type": "array", "items": { "type": "string", "enum": ids }, "minItems": 1 },
        "challenge": { "type": "string", "maxLength": CHALLENGE, "description": "As `/api/challenge` gave it." },
        "nonce": { "type": "string", "maxLength": NONCE, "description": "What was found for it." },
    });
    object(&properties, &["address", "lists"])
}

/// A problem (RFC 9457). The title is that of the status.
fn problem() -> Value {
    let properties = json!({
        "title": { "type": "string" },
        "status": { "type": "integer", "minimum": 400, "maximum": 599 },
        "detail": { "type": "string", "description": "What to do, in words." },
    });
    object(&properties, &["title", "status", "detail"])
}

impl Answer {
    fn describe(&self) -> Value {
        let (kind, schema) = match self.2 {
            Some(form) => ("application/json", form()),
            None => (
                "application/problem+json",
                json!({ "$ref": "#/components/schemas/Problem" }),
            ),
        };
        let mut all = json!({ "description": self.1, "content": { kind: { "schema": schema } } });
        if matches!(self.0, 429 | 503) {
            let seconds = json!({ "type": "integer", "minimum": 0 });
            let header = json!({ "description": "Seconds.", "required": true, "schema": seconds });
            all["headers"] = json!({ "Retry-After": header });
        }
        all
    }
}

/// The description for a newsletter.
pub(super) fn describe(config: &Config) -> Value {
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let answers = operation.answers.iter();
        let answers: Map<String, Value> = answers
            .map(|answer| (answer.0.to_string(), answer.describe()))
            .collect();
        let mut one = json!({
            "operationId": operation.id, "summary": operation.summary, "responses": answers,
        });
        if let Some(body) = operation.body {
            let content = json!({ "application/json": { "schema": body(config) } });
            one["requestBody"] = json!({ "required": true, "content": content });
        }
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.to_ascii_lowercase()] = one;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": config.newsletter.name, "version": env!("CARGO_PKG_VERSION"),
            "description": "What programs can do for readers. Problems are those of RFC 9457.",
        },
        "servers": [{ "url": config.newsletter.base_url }],
        "paths": paths,
        "components": { "schemas": { "Problem": problem() } },
    })
}

#[cfg(test)]
mod tests {
    use super::OPERATIONS;
    use crate::web::server::routes::ROUTES;
    use std::collections::BTreeSet;

    #[test]
    fn what_is_described_and_what_is_answered_are_the_same() {
        let described: BTreeSet<_> = OPERATIONS
            .iter()
            .map(|one| (one.method, one.path))
            .collect();
        let routes = ROUTES
            .iter()
            .map(|route| (route.method.as_str(), route.path));
        let answered: BTreeSet<_> = routes
            .filter(|(_, path)| path.starts_with("/api/"))
            .collect();
        assert_eq!(described, answered);
    }
}
