//! What is sent and answered, as JSON Schema.

use super::{CHALLENGE, NONCE};
use crate::config::Config;
use serde_json::{Value, json};

fn object(properties: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// An object whose properties are always there.
fn whole(properties: &Value) -> Value {
    let names = properties
        .as_object()
        .into_iter()
        .flat_map(|own| own.keys());
    let names: Vec<&str> = names.map(String::as_str).collect();
    object(properties, &names)
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn perhaps(kind: &str) -> Value {
    json!({ "type": [kind, "null"] })
}

fn number() -> Value {
    json!({ "type": "integer" })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// What several answers hold.
pub(super) fn shared() -> Value {
    json!({
        "Problem": problem(), "Status": standing(), "Submission": submission(), "Candidate": candidate(),
        "Finding": finding(), "Suggested": suggested(), "Happened": happened(),
    })
}

/// A problem (RFC 9457). The title is that of the status.
fn problem() -> Value {
    let properties = json!({
        "title": text(),
        "status": { "type": "integer", "minimum": 400, "maximum": 599 },
        "detail": { "type": "string", "description": "What to do, in words." },
        "field": { "type": "string", "description": "The field of the body that it is about." },
    });
    object(&properties, &["title", "status", "detail"])
}

pub(super) fn any() -> Value {
    json!({ "type": "object" })
}

pub(super) fn lists() -> Value {
    let own = whole(&json!({ "id": text(), "name": text(), "description": text() }));
    whole(&json!({ "lists": { "type": "array", "items": own, "minItems": 1 } }))
}

pub(super) fn challenge() -> Value {
    whole(&json!({
        "challenge": { "type": "string", "maxLength": CHALLENGE },
        "bits": { "type": "integer", "minimum": 0, "maximum": 24, "description": "With 0 nothing is asked." },
    }))
}

pub(super) fn said() -> Value {
    whole(&json!({ "detail": text() }))
}

pub(super) fn wish(config: &Config) -> Value {
    let ids: Vec<&str> = config.lists.iter().map(|list| list.id.as_str()).collect();
    let properties = json!({
        "address": { "type": "string", "format": "email", "maxLength": 254 },
        "lists": { "type": "array", "items": { "type": "string", "enum": ids }, "minItems": 1 },
        "challenge": { "type": "string", "maxLength": CHALLENGE, "description": "As `/api/challenge` gave it." },
        "nonce": { "type": "string", "maxLength": NONCE, "description": "What was found for it." },
    });
    object(&properties, &["address", "lists"])
}

/// A text with at most so many bytes, of which a character has at least one.
fn at_most(bytes: usize, about: &str) -> Value {
    json!({ "type": "string", "maxLength": bytes, "description": about })
}

fn or_null(mut own: Value) -> Value {
    own["type"] = json!(["string", "null"]);
    own
}

pub(super) fn sent(config: &Config) -> Value {
    let sections = config.format.sections.iter();
    let ids: Vec<&str> = sections.map(|section| section.id.as_str()).collect();
    let mut section = or_null(at_most(
        200,
        "The id or the heading of the section, if you know.",
    ));
    section["examples"] = json!(ids);
    let properties = json!({
        "url": {
            "type": "string", "maxLength": 2_000, "pattern": "^\\s*https?://", "description": "The address of the page.",
            "examples": ["https://tern.example/how-terns-sleep"],
        },
        "title": { "type": "string", "minLength": 1, "maxLength": 500, "description": "Its title." },
        "section": section,
        "marks": { "type": "array", "items": text(), "description": "Marks such as `video`, without brackets." },
        "note": or_null(at_most(4_000, "What the editors should know.")),
        "contact": or_null(at_most(254, "An e-mail address, or an account such as `@ada@terns.example`, for an answer.")),
        "machine_written": { "type": ["boolean", "null"], "description": "Whether a machine wrote the linked text." },
    });
    object(&properties, &["url", "title"])
}

pub(super) fn already() -> Value {
    let issue = perhaps("integer");
    let known = |name: &str| json!({ "const": name });
    json!({ "oneOf": [
        whole(&json!({
            "known": known("published"), "issue": issue, "date": { "type": "string", "format": "date" }, "title": text(),
        })),
        whole(&json!({ "known": known("in-draft"), "section": text() })),
        whole(&json!({ "known": known("submitted"), "issue": issue })),
    ] })
}

pub(super) fn receipt() -> Value {
    let cleaned = whole(&json!({ "what": text(), "from": text(), "to": text() }));
    whole(&json!({
        "id": number(), "token": text(), "status": reference("Status"), "cleaned": list(&cleaned),
        "findings": list(&reference("Finding")), "suggested": list(&reference("Suggested")),
    }))
}

pub(super) fn status() -> Value {
    reference("Status")
}

fn state() -> Value {
    json!({ "type": "string", "enum": ["queued", "accepted", "placed", "declined", "withdrawn"] })
}

fn standing() -> Value {
    whole(&json!({
        "title": text(), "url": text(), "section": perhaps("string"), "state": state(), "issue": perhaps("integer"),
        "moved": flag(), "reason": perhaps("string"), "history": list(&reference("Happened")),
    }))
}

fn happened() -> Value {
    let properties = json!({
        "at": time(), "what": text(), "detail": perhaps("string"),
        "who": { "type": "string", "description": "Only editors are told." },
    });
    object(&properties, &["at", "what", "detail"])
}

fn finding() -> Value {
    whole(&json!({ "rule": text(), "level": text(), "message": text(), "help": perhaps("string") }))
}

fn suggested() -> Value {
    whole(&json!({
        "section": text(), "title": text(), "confidence": { "type": "number", "minimum": 0, "maximum": 1 },
    }))
}

pub(super) fn votes() -> Value {
    let shown = whole(&json!({
        "title": text(), "url": perhaps("string"), "text": text(), "by": perhaps("string"),
    }));
    let vote = whole(&json!({
        "vote": text(), "title": text(), "nominates": { "type": "string", "enum": ["link", "quote"] },
        "issue": perhaps("integer"), "closes": { "type": ["string", "null"], "format": "date-time" },
        "nominations": list(&shown),
    }));
    whole(&json!({ "votes": list(&vote) }))
}

pub(super) fn searched() -> Value {
    let count = || json!({ "type": "integer", "minimum": 0 });
    let guess = json!({ "type": "array", "items": text(), "minItems": 2, "maxItems": 2 });
    let entry = whole(&json!({
        "title": text(), "url": text(), "note": text(), "marks": list(&text()), "section": text(),
        "place": { "type": "string", "description": "Its address in the newest issue that has it, from the slash." },
        "number": perhaps("integer"), "date": { "type": "string", "format": "date" }, "issue": text(),
        "further": count(),
    }));
    whole(&json!({
        "total": count(),
        "whole": { "type": "integer", "minimum": 0, "description": "How many of them have all words; they come first." },
        "missing": list(&text()),
        "guessed": { "type": "array", "items": guess, "description": "Words that stand nowhere, with what was taken instead." },
        "found": list(&entry),
    }))
}

pub(super) fn nomination(config: &Config) -> Value {
    let mut vote = at_most(100, "The vote.");
    if !config.votes.is_empty() {
        let ids = config.votes.iter().map(|vote| vote.id.as_str());
        vote["enum"] = ids.collect();
    }
    let properties = json!({
        "vote": vote,
        "title": text(),
        "url": { "type": "string", "description": "Its page, or where it was said." },
        "text": { "type": "string", "description": "What it is, or what was said." },
        "by": { "type": "string", "description": "Who said it." },
        "name": { "type": "string", "description": "What you are called, for the thanks: no address." },
        "own": { "type": "boolean", "description": "Whether it is your own." },
    });
    object(&properties, &["vote"])
}

fn submission() -> Value {
    let always = json!({
        "id": number(), "origin": { "type": "string", "enum": ["form", "api", "pull-request"] },
        "pull_request": perhaps("integer"), "author": perhaps("string"), "title": text(), "url": text(),
        "section": perhaps("string"), "text": text(), "remark": perhaps("string"), "has_contact": flag(),
        "machine_written": perhaps("boolean"), "state": state(), "issue": perhaps("integer"),
        "snoozed_until": { "type": ["string", "null"], "format": "date-time" }, "reason": perhaps("string"),
        "created": time(),
    });
    let mut own = whole(&always);
    let more = json!({
        "kind": { "const": "submission" }, "contact": text(), "findings": list(&reference("Finding")),
        "outcome": { "type": "object" }, "suggested": list(&reference("Suggested")),
        "history": list(&reference("Happened")),
    });
    for (name, schema) in more.as_object().into_iter().flatten() {
        own["properties"][name] = schema.clone();
    }
    own
}

fn candidate() -> Value {
    let when = json!({ "type": ["string", "null"], "format": "date-time" });
    let mut own = whole(&json!({
        "id": number(), "title": text(), "url": text(), "source": text(),
        "section": perhaps("string"), "author": perhaps("string"), "published": when, "first_seen": time(),
        "points": perhaps("integer"), "comments": perhaps("integer"), "note": perhaps("string"),
        "published_in": perhaps("string"), "in_draft": flag(),
        "state": { "enum": ["open", "taken", "dropped"] }, "draft": perhaps("string"), "issue": perhaps("integer"),
        "snoozed_until": when, "reason": perhaps("string"),
    }));
    // Only the inbox says the one, only what was asked for by its number the other.
    let more = json!({ "kind": { "const": "candidate" }, "history": list(&reference("Happened")) });
    for (name, schema) in more.as_object().into_iter().flatten() {
        own["properties"][name] = schema.clone();
    }
    own
}

pub(super) fn inbox() -> Value {
    let waiting = json!({ "anyOf": [reference("Submission"), reference("Candidate")] });
    whole(&json!({ "inbox": list(&waiting) }))
}

pub(super) fn entry() -> Value {
    reference("Submission")
}

pub(super) fn found() -> Value {
    reference("Candidate")
}

pub(super) fn tallies() -> Value {
    whole(&json!({ "votes": list(&any()) }))
}

pub(super) fn accept(_: &Config) -> Value {
    let section = or_null(at_most(
        200,
        "The section it goes into, by id or title, if not the one it is for.",
    ));
    object(&json!({ "section": section }), &[])
}

pub(super) fn decline(_: &Config) -> Value {
    let mut reason = at_most(
        500,
        "The rule that it breaks, or the reason in a few words.",
    );
    reason["minLength"] = json!(1);
    object(&json!({ "reason": reason }), &["reason"])
}

pub(super) fn drop(_: &Config) -> Value {
    let reason = or_null(at_most(
        500,
        "The rule that it breaks, or the reason in a few words.",
    ));
    object(&json!({ "reason": reason }), &[])
}

pub(super) fn move_on(_: &Config) -> Value {
    let to = json!({
        "type": ["integer", "null"], "minimum": 1, "maximum": 1_000_000,
        "description": "The number of the issue; the next one without it.",
    });
    object(&json!({ "to": to }), &[])
}

pub(super) fn snooze(_: &Config) -> Value {
    let until = json!({ "type": "string", "format": "date", "description": "The day on which it is shown again." });
    object(&json!({ "until": until }), &["until"])
}
