//! Cutting what is published down to what our questions touch: 14 MB to a few pages that a person can read.

use super::{PUBLISHED, all, graphql, rest, whole};
use crate::server::Asked;
use apollo_compiler::ast::{FieldDefinition, InputValueDefinition};
use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

#[test]
#[ignore = "it needs what GitHub publishes: see the head of questions.rs"]
fn the_extract_is_made_again() {
    let folder = whole().expect("GITHUB_DESCRIPTIONS says where the two packages are");
    let version = |package: &str| {
        let text = std::fs::read_to_string(folder.join(package).join("package.json")).unwrap();
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["license"], "MIT", "{package} has another licence");
        read["version"].as_str().unwrap().to_owned()
    };
    let asked = all::everything_asked();
    let to = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/github");
    let schema = schema(&asked, &version("graphql-schema"));
    // What is written must be a schema too.
    graphql::schema(&schema);
    std::fs::write(to.join("schema.graphql"), schema).unwrap();
    let rest = rest(&asked, &version("openapi"));
    let text = serde_json::to_string_pretty(&rest).unwrap() + "\n";
    std::fs::write(to.join("rest.json"), text).unwrap();
}

/// Types with those of their fields that are used.
#[derive(Default)]
struct Used {
    fields: BTreeMap<String, BTreeSet<String>>,
    names: BTreeSet<String>,
}

fn schema(asked: &[Asked], version: &str) -> String {
    let schema = &PUBLISHED.schema;
    let mut used = Used::default();
    for question in all::questions(asked) {
        let question = graphql::question(schema, &question).unwrap();
        let operation = question.operations.iter().next().unwrap();
        used.walk(&operation.selection_set);
    }
    used.complete();
    let mut text = format!(
        "# What our questions touch of GitHub's GraphQL schema, from npm's @octokit/graphql-schema {version}.\n# See LICENSE.md.\n"
    );
    for name in &used.names {
        let definition = &schema.types[name.as_str()];
        if !definition.is_built_in() {
            text.push('\n');
            used.print(definition, &mut text);
        }
    }
    text
}

impl Used {
    fn walk(&mut self, set: &SelectionSet) {
        let fields = self.fields.entry(set.ty.to_string()).or_default();
        let all = set.fields().filter(|field| field.name != "__typename");
        fields.extend(all.map(|field| field.name.to_string()));
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => self.walk(&field.selection_set),
                Selection::InlineFragment(fragment) => self.walk(&fragment.selection_set),
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    /// Adds what the used fields need, and what may stand for them.
    fn complete(&mut self) {
        let schema = &PUBLISHED.schema;
        let built_in = |name: &str| name.starts_with("__");
        self.fields.retain(|name, _| {
            schema.types.contains_key(name.as_str())
                && !built_in(name)
                && !matches!(
                    schema.types[name.as_str()],
                    ExtendedType::Scalar(_) | ExtendedType::Enum(_)
                )
        });
        for name in self.fields.keys().cloned().collect::<Vec<_>>() {
            let own = self.fields[&name].clone();
            let kinds: Vec<String> = match &schema.types[name.as_str()] {
                ExtendedType::Union(union) => union.members.iter().map(|m| m.to_string()).collect(),
                ExtendedType::Interface(_) => {
                    let all = schema.implementers_map();
                    all[name.as_str()]
                        .objects
                        .iter()
                        .map(|m| m.to_string())
                        .collect()
                }
                _ => continue,
            };
            for kind in kinds {
                self.fields.entry(kind).or_default().extend(own.clone());
            }
        }
        for (name, fields) in &mut self.fields {
            let object = schema.types[name.as_str()].as_object();
            // A type needs a field.
            if let Some(object) = object.filter(|_| fields.is_empty()) {
                let id = object.fields.keys().find(|name| *name == "id");
                let first = id.or_else(|| object.fields.keys().next());
                fields.extend(first.map(|name| name.to_string()));
            }
        }
        self.names.extend(self.fields.keys().cloned());
        for (name, fields) in &self.fields {
            for field in fields {
                let Ok(field) = schema.type_field(name, field) else {
                    continue;
                };
                let kinds = field.arguments.iter().map(|argument| &*argument.ty);
                for kind in kinds.chain([&field.ty]) {
                    self.names.insert(kind.inner_named_type().to_string());
                }
            }
        }
        self.add_inputs();
        let known = |name: &String| {
            let leaf = !schema.types[name.as_str()].is_output_type();
            leaf || schema.types[name.as_str()].is_leaf() || self.fields.contains_key(name)
        };
        assert!(self.names.iter().all(known), "{:?}", self.names);
    }

    fn add_inputs(&mut self) {
        let schema = &PUBLISHED.schema;
        let mut left: Vec<String> = self.names.iter().cloned().collect();
        while let Some(name) = left.pop() {
            if let ExtendedType::InputObject(input) = &schema.types[name.as_str()] {
                for field in input.fields.values() {
                    let name = field.ty.inner_named_type().to_string();
                    if self.names.insert(name.clone()) {
                        left.push(name);
                    }
                }
            }
        }
    }

    fn print(&self, definition: &ExtendedType, text: &mut String) {
        let name = definition.name();
        let joined = |names: Vec<&str>, between: &str| names.join(between);
        let interfaces = |all: Vec<&str>| {
            let own: Vec<&str> = all
                .into_iter()
                .filter(|own| self.names.contains(*own))
                .collect();
            match own.is_empty() {
                true => String::new(),
                false => format!(" implements {}", joined(own, " & ")),
            }
        };
        let _ = match definition {
            ExtendedType::Scalar(_) => writeln!(text, "scalar {name}"),
            ExtendedType::Enum(kinds) => {
                let names = kinds.values.keys().map(|name| name.as_str()).collect();
                writeln!(text, "enum {name} {{\n  {}\n}}", joined(names, "\n  "))
            }
            ExtendedType::Union(union) => {
                let names = union.members.iter().map(|name| name.as_str()).collect();
                writeln!(text, "union {name} = {}", joined(names, " | "))
            }
            ExtendedType::InputObject(input) => {
                let fields = input
                    .fields
                    .values()
                    .map(|field| format!("  {}\n", value(field)));
                writeln!(text, "input {name} {{\n{}}}", fields.collect::<String>())
            }
            ExtendedType::Object(object) => {
                let all = object.implements_interfaces.iter();
                let own = interfaces(all.map(|name| name.as_str()).collect());
                writeln!(text, "type {name}{own} {{\n{}}}", self.fields_of(name))
            }
            ExtendedType::Interface(interface) => {
                let all = interface.implements_interfaces.iter();
                let own = interfaces(all.map(|name| name.as_str()).collect());
                writeln!(text, "interface {name}{own} {{\n{}}}", self.fields_of(name))
            }
        };
    }

    fn fields_of(&self, name: &str) -> String {
        let schema = &PUBLISHED.schema;
        let fields = self.fields[name].iter();
        let fields = fields.filter_map(|field| schema.type_field(name, field).ok());
        fields
            .map(|field| format!("  {}\n", self::field(field)))
            .collect()
    }
}

fn field(field: &FieldDefinition) -> String {
    let arguments: Vec<String> = field.arguments.iter().map(|one| value(one)).collect();
    let arguments = match arguments.is_empty() {
        true => String::new(),
        false => format!("({})", arguments.join(", ")),
    };
    let going = match field.directives.has("deprecated") {
        true => " @deprecated",
        false => "",
    };
    format!("{}{arguments}: {}{going}", field.name, field.ty)
}

fn value(value: &InputValueDefinition) -> String {
    let usual = value.default_value.as_ref();
    let usual = usual.map_or(String::new(), |usual| {
        format!(" = {}", usual.serialize().no_indent())
    });
    format!("{}: {}{usual}", value.name, value.ty)
}

/// The operations that were asked, with all their parameters, and the examples of those answers that are asked for in JSON.
fn rest(asked: &[Asked], version: &str) -> Value {
    let whole = &PUBLISHED.rest;
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for asked in asked.iter().filter(|asked| asked.path != "/graphql") {
        let operation = rest::find(whole, asked).unwrap();
        let described = operation.described;
        let parameters: Vec<Value> = rest::parameters(whole, described)
            .into_iter()
            .map(|mut one| {
                one.as_object_mut().unwrap().remove("description");
                one
            })
            .collect();
        let mut cut = json!({
            "operationId": described["operationId"],
            "parameters": parameters,
            "x-media": rest::media(described),
        });
        if !asked.body.is_empty() {
            let wanted = &described["requestBody"]["content"]["application/json"]["schema"];
            let mut wanted = rest::resolved(whole, wanted);
            wanted
                .as_object_mut()
                .unwrap()
                .retain(|name, _| matches!(name.as_str(), "type" | "required" | "properties"));
            for one in wanted["properties"].as_object_mut().unwrap().values_mut() {
                one.as_object_mut().unwrap().remove("description");
            }
            cut["requestBody"]["content"]["application/json"]["schema"] = wanted;
        }
        if rest::header(asked, "accept") == "application/vnd.github+json" {
            let examples = rest::examples(whole, described);
            let numbered = examples.into_iter().enumerate();
            let named: Map<String, Value> = numbered
                .map(|(at, value)| (at.to_string(), json!({ "value": value })))
                .collect();
            cut["responses"]["200"]["content"]["application/json"]["examples"] =
                Value::Object(named);
        }
        let methods = paths.entry(operation.path.to_owned()).or_default();
        methods.insert(asked.method.to_lowercase(), cut);
    }
    json!({
        "info": {
            "title": "What our questions touch of GitHub's REST description. See LICENSE.md.",
            "version": format!("npm's @octokit/openapi {version}"),
        },
        "paths": paths,
    })
}
