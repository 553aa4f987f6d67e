//! Questions by REST against the OpenAPI description, whole or cut down.

use crate::server::Asked;
use serde_json::Value;

/// An operation that a question means: its path as it is described, and its description.
pub(super) struct Operation<'d> {
    pub(super) path: &'d str,
    pub(super) described: &'d Value,
    /// What stands for the names in its path.
    given: Vec<(String, String)>,
}

/// Why a question would be refused, if it would.
pub(super) fn fault(description: &Value, asked: &Asked) -> Option<String> {
    let (_, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    let operation = match find(description, asked) {
        Ok(operation) => operation,
        Err(fault) => return Some(fault),
    };
    if let Some(fault) = body_fault(description, operation.described, &asked.body) {
        return Some(fault);
    }
    if !asked.headers.contains("user-agent: ") {
        return Some("it does not say who asks".to_owned());
    }
    let accept = header(asked, "accept");
    if !media(operation.described).contains(&accept) {
        return Some(format!("{} is not to be had in {accept}", operation.path));
    }
    let parameters = parameters(description, operation.described);
    let find = |place: &str, name: &str| {
        let own = |known: &&Value| known["in"] == place && known["name"] == name;
        parameters.iter().find(own)
    };
    let queried = query.split('&').filter(|part| !part.is_empty());
    let queried: Vec<_> = queried
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .collect();
    for known in &parameters {
        let name = known["name"].as_str().unwrap();
        let given = queried.iter().any(|(own, _)| *own == name);
        if known["in"] == "query" && known["required"] == true && !given {
            return Some(format!("{} needs {name}", operation.path));
        }
    }
    let own = |(name, value): &(String, String)| match find("path", name) {
        None => Some(format!("{} has no {name}", operation.path)),
        Some(known) => value_fault(known, value),
    };
    operation.given.iter().find_map(own).or_else(|| {
        queried
            .iter()
            .find_map(|(name, value)| match find("query", name) {
                None => Some(format!("{} has no parameter {name}", operation.path)),
                Some(known) => value_fault(known, value),
            })
    })
}

/// What is wrong with what is sent: nobody reads it, something is missing, or not known.
fn body_fault(description: &Value, operation: &Value, body: &str) -> Option<String> {
    let wanted = &operation["requestBody"]["content"]["application/json"]["schema"];
    if wanted.is_null() || body.is_empty() {
        let missing = wanted["required"]
            .as_array()
            .is_some_and(|all| !all.is_empty());
        return match (body.is_empty(), missing) {
            (false, _) => Some("a body that nobody reads".to_owned()),
            (true, true) => Some("it sends nothing".to_owned()),
            (true, false) => None,
        };
    }
    let wanted = resolved(description, wanted);
    let Ok(Value::Object(sent)) = serde_json::from_str(body) else {
        return Some("what it sends is no object of JSON".to_owned());
    };
    let names = wanted["required"].as_array().into_iter().flatten();
    for name in names.filter_map(Value::as_str) {
        if !sent.contains_key(name) {
            return Some(format!("it sends no {name}"));
        }
    }
    sent.iter().find_map(|(name, value)| {
        let known = &wanted["properties"][name.as_str()];
        match known["type"].as_str() {
            None => Some(format!("nobody reads {name}")),
            Some("string") if !value.is_string() => Some(format!("{name} is no string")),
            Some(_) => None,
        }
    })
}

/// The operation that a question means.
pub(super) fn find<'d>(description: &'d Value, asked: &Asked) -> Result<Operation<'d>, String> {
    let (path, _) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    let paths = description["paths"].as_object().unwrap();
    let fitting = paths
        .iter()
        .filter_map(|(pattern, described)| Some((pattern, described, matched(pattern, path)?)));
    // The one that says most wins.
    let best = fitting.max_by_key(|(pattern, _, given)| {
        (pattern.split('/').count() - given.len(), pattern.len())
    });
    let (pattern, described, given) = best.ok_or_else(|| format!("no such path: {path}"))?;
    let method = asked.method.to_lowercase();
    let described = described
        .get(&method)
        .ok_or_else(|| format!("no {} of {pattern}", asked.method))?;
    Ok(Operation {
        path: pattern,
        described,
        given,
    })
}

/// What stands in a path for the names of a pattern; the last name may stand for several folders.
fn matched(pattern: &str, path: &str) -> Option<Vec<(String, String)>> {
    let (mut names, mut parts) = (pattern.split('/').peekable(), path.split('/'));
    let mut given = Vec::new();
    while let Some(name) = names.next() {
        let mut part = parts.next()?.to_owned();
        match name
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        {
            Some(name) => {
                if matches!(name, "path" | "tree_sha") && names.peek().is_none() {
                    for more in parts.by_ref() {
                        part = format!("{part}/{more}");
                    }
                }
                // An older description of what `{basehead}` describes.
                if name == "base}...{head" {
                    return None;
                }
                given.push((name.to_owned(), part));
            }
            None if name != part => return None,
            None => {}
        }
    }
    parts.next().is_none().then_some(given)
}

/// The parameters of an operation.
pub(super) fn parameters(description: &Value, operation: &Value) -> Vec<Value> {
    let all = operation["parameters"].as_array().unwrap();
    all.iter().map(|one| resolved(description, one)).collect()
}

/// What a reference leads to.
pub(super) fn resolved(description: &Value, value: &Value) -> Value {
    let Some(place) = value.get("$ref").and_then(Value::as_str) else {
        return value.clone();
    };
    let pointer = place.strip_prefix('#').unwrap();
    resolved(description, description.pointer(pointer).unwrap())
}

fn value_fault(parameter: &Value, value: &str) -> Option<String> {
    let schema = &parameter["schema"];
    let no = |what: &str| Some(format!("`{value}` is no {what}"));
    if let Some(kinds) = schema["enum"].as_array()
        && !kinds.iter().any(|kind| kind == value)
    {
        return no("value of its list");
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("integer"), _) => match value.parse::<u64>() {
            Err(_) => no("integer"),
            // Only its text says so.
            Ok(count) if parameter["name"] == "per_page" && count > 100 => {
                Some("a page has at most 100".to_owned())
            }
            Ok(_) => None,
        },
        (Some("boolean"), _) if !matches!(value, "true" | "false") => no("boolean"),
        (_, Some("date-time")) if value.parse::<jiff::Timestamp>().is_err() => no("date-time"),
        _ if value.is_empty() => Some(format!("{} is empty", parameter["name"])),
        _ => None,
    }
}

/// In what an operation answers, as its text says, and as all do.
pub(super) fn media(operation: &Value) -> Vec<String> {
    let own = operation["x-media"].as_array().into_iter().flatten();
    let mut media: Vec<String> = own
        .filter_map(|one| one.as_str().map(str::to_owned))
        .collect();
    let said = operation["description"].as_str().unwrap_or_default();
    let words = said.split(|sign: char| !sign.is_ascii_graphic() || "`*".contains(sign));
    media.extend(
        words
            .filter(|word| word.starts_with("application/vnd.github."))
            .map(str::to_owned),
    );
    media.extend(["application/json", "application/vnd.github+json"].map(str::to_owned));
    media.sort();
    media.dedup();
    media
}

/// The examples of what comes if all is well, in JSON.
pub(super) fn examples(description: &Value, operation: &Value) -> Vec<Value> {
    let mut done = ["200", "201"]
        .iter()
        .map(|status| &operation["responses"][*status]);
    let done = done.find(|answer| !answer.is_null());
    let done = done.unwrap_or(&Value::Null);
    let content = &done["content"]["application/json"];
    let examples = content["examples"].as_object();
    let values = examples.into_iter().flatten().map(|(_, example)| {
        let example = resolved(description, example);
        let value = resolved(description, &example["value"]);
        // Some stand one level deeper.
        match value.as_object() {
            Some(inner) if inner.len() == 1 && inner.contains_key("value") => {
                value["value"].clone()
            }
            _ => value,
        }
    });
    values.collect()
}

/// A header's text.
pub(super) fn header(asked: &Asked, name: &str) -> String {
    let head = format!("{name}: ");
    let mut lines = asked.headers.lines();
    let found = lines.find_map(|line| line.strip_prefix(head.as_str()));
    found.unwrap_or_default().trim().to_owned()
}
