//! The published description of the interface (OpenAPI 3.1), made from one table ([`operations`]).

mod operations;
mod schemas;

use crate::config::Config;
use serde_json::{Map, Value, json};

pub(in super::super::super) use operations::OPERATIONS;

/// Characters of what is searched for.
pub(in super::super::super) const LONGEST: usize = 200;

/// Entries that one search gives at most.
pub(in super::super::super) const MOST_FOUND: usize = 50;

/// Something that can be asked for.
pub(in super::super::super) struct Operation {
    pub(in super::super::super) method: &'static str,
    /// The path below the newsletter's own, as the table of routes has it.
    pub(in super::super::super) path: &'static str,
    id: &'static str,
    summary: &'static str,
    /// What stands in its address.
    parameters: &'static [Parameter],
    /// Whether it is for editors only.
    editors: bool,
    /// What is sent.
    body: Option<fn(&Config) -> Value>,
    /// Its own answers.
    answers: &'static [Answer],
}

/// A part of an address.
struct Parameter {
    name: &'static str,
    /// `path` or `query`.
    place: &'static str,
    about: &'static str,
    schema: fn() -> Value,
}

/// An answer: its status, when it comes, and what it holds. Without a form it is a problem.
struct Answer(u16, &'static str, Option<fn() -> Value>);

/// Most characters of a challenge and of what was found for it.
pub(super) const CHALLENGE: usize = 100;
pub(super) const NONCE: usize = 20;

/// Answers to everything that has a body.
const BODY: &[Answer] = &[
    Answer(400, "The body is no JSON.", None),
    Answer(408, "The body did not come in time.", None),
    Answer(413, "The body is longer than 64 KB.", None),
    Answer(415, "`Content-Type` is not `application/json`.", None),
    Answer(422, "Something in the body must be mended.", None),
];

/// Answers to everything that is for editors.
const EDITORS: &[Answer] = &[
    Answer(401, "There is no token, or a wrong one.", None),
    Answer(
        429,
        "Too many wrong tokens came from this network; `Retry-After` says when to come again.",
        None,
    ),
];

/// An answer to everything.
const TROUBLE: &[Answer] = &[Answer(
    503,
    "It cannot be done now; `Retry-After` says when to come again.",
    None,
)];

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

impl Operation {
    fn describe(&self, config: &Config) -> Value {
        let shared = [
            (self.body.is_some(), BODY),
            (self.editors, EDITORS),
            (true, TROUBLE),
        ];
        let shared = shared.iter().filter(|(holds, _)| *holds);
        let shared = shared.flat_map(|(_, answers)| answers.iter());
        // Its own words on a status come last, and stay.
        let answers = shared.chain(self.answers);
        let answers: Map<String, Value> = answers
            .map(|answer| (answer.0.to_string(), answer.describe()))
            .collect();
        let mut one = json!({
            "operationId": self.id, "summary": self.summary, "responses": answers,
        });
        if let Some(body) = self.body {
            let content = json!({ "application/json": { "schema": body(config) } });
            one["requestBody"] = json!({ "required": true, "content": content });
        }
        if !self.parameters.is_empty() {
            let all = self.parameters.iter().map(Parameter::describe);
            one["parameters"] = all.collect();
        }
        if self.editors {
            one["security"] = json!([{ "editor": [] }]);
        }
        one
    }

    /// The path with its parameter's own name.
    fn shown_path(&self) -> String {
        let own = self.parameters.iter().find(|own| own.place == "path");
        let name = own.map_or("token", |own| own.name);
        self.path.replace("{token}", &format!("{{{name}}}"))
    }
}

impl Parameter {
    fn describe(&self) -> Value {
        json!({
            "name": self.name, "in": self.place, "required": self.place == "path",
            "description": self.about, "schema": (self.schema)(),
        })
    }
}

/// The description for a newsletter.
pub(super) fn describe(config: &Config) -> Value {
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let path = paths
            .entry(operation.shown_path())
            .or_insert_with(|| json!({}));
        path[operation.method.to_ascii_lowercase()] = operation.describe(config);
    }
    let editor = json!({
        "type": "http", "scheme": "bearer",
        "description": "The token of an editor, as `[[editor]]` of press.toml names it.",
    });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": config.newsletter.name, "version": env!("CARGO_PKG_VERSION"),
            "description": "What programs can do for readers, and for editors. Problems are those of RFC 9457.",
        },
        "servers": [{ "url": config.newsletter.base_url }],
        "paths": paths,
        "components": { "schemas": schemas::shared(), "securitySchemes": { "editor": editor } },
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
