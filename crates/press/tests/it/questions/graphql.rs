//! Questions by GraphQL, and answers to them, against the schema.

use apollo_compiler::ast::{Type, Value as Given};
use apollo_compiler::executable::{Field, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::{Map, Value, json};

pub(super) type Valid = apollo_compiler::validation::Valid<Schema>;
pub(super) type Question = apollo_compiler::validation::Valid<ExecutableDocument>;

/// Reads a schema.
#[track_caller]
pub(super) fn schema(text: &str) -> Valid {
    match Schema::parse_and_validate(text, "schema.graphql") {
        Ok(schema) => schema,
        // What is published has two fields twice, which harms nobody.
        Err(wrong) => {
            let said = wrong.errors.to_string();
            let faults = said.lines().filter(|line| line.starts_with("Error: "));
            let others: Vec<&str> = faults.filter(|line| !line.contains("duplicate")).collect();
            assert!(others.is_empty(), "the schema is no schema: {said}");
            Valid::assume_valid(wrong.partial)
        }
    }
}

/// Reads a question.
pub(super) fn question(schema: &Valid, text: &str) -> Result<Question, String> {
    ExecutableDocument::parse_and_validate(schema, text, "question.graphql")
        .map_err(|wrong| wrong.errors.to_string())
}

/// Why a question would be refused, if it would.
pub(super) fn fault(schema: &Valid, text: &str, variables: &Value) -> Option<String> {
    let question = match question(schema, text) {
        Ok(question) => question,
        Err(fault) => return Some(fault),
    };
    let operation = question.operations.iter().next()?;
    let given = variables.as_object().cloned().unwrap_or_default();
    for variable in &operation.variables {
        let (name, wanted) = (variable.name.as_str(), &*variable.ty);
        match given.get(name) {
            None | Some(Value::Null) if wanted.is_non_null() => {
                return Some(format!("it needs ${name}"));
            }
            Some(value) if !fits(wanted, value) => {
                return Some(format!("${name}: {value} is no {wanted}"));
            }
            _ => {}
        }
    }
    let declared = |name: &str| operation.variables.iter().any(|known| known.name == name);
    if let Some(name) = given.keys().find(|name| !declared(name)) {
        return Some(format!("it does not declare ${name}"));
    }
    limits(&operation.selection_set)
}

/// Whether a variable is of its type, as far as our questions have such types.
fn fits(wanted: &Type, value: &Value) -> bool {
    match wanted.inner_named_type().as_str() {
        _ if value.is_null() => !wanted.is_non_null(),
        "Int" => value.is_i64(),
        "Boolean" => value.is_boolean(),
        _ if wanted.is_list() => value.is_array(),
        _ => value.is_string(),
    }
}

/// What the schema cannot say: of every list whose nodes are wanted, between 1 and 100 must be asked for
/// (<https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api>). And what is going away.
fn limits(set: &SelectionSet) -> Option<String> {
    for selection in &set.selections {
        let below = match selection {
            Selection::InlineFragment(fragment) => limits(&fragment.selection_set),
            Selection::FragmentSpread(_) => None,
            Selection::Field(field) => {
                if field.definition.directives.has("deprecated") {
                    return Some(format!("{}.{} is deprecated", set.ty, field.name));
                }
                let wants_nodes = field
                    .selection_set
                    .fields()
                    .any(|field| matches!(field.name.as_str(), "nodes" | "edges"));
                if wants_nodes && !is_limited(field) {
                    return Some(format!(
                        "{}.{} needs `first` or `last` between 1 and 100",
                        set.ty, field.name
                    ));
                }
                limits(&field.selection_set)
            }
        };
        if below.is_some() {
            return below;
        }
    }
    None
}

fn is_limited(field: &Field) -> bool {
    field.arguments.iter().any(|argument| {
        let count = match &*argument.value {
            Given::Int(count) => count.try_to_i32().ok(),
            _ => None,
        };
        matches!(argument.name.as_str(), "first" | "last")
            && count.is_some_and(|count| (1..=100).contains(&count))
    })
}

/// What is wrong with an answer, if anything is.
pub(super) fn answer_fault(schema: &Valid, text: &str, data: &Value) -> Option<String> {
    let question = match question(schema, text) {
        Ok(question) => question,
        Err(fault) => return Some(fault),
    };
    let operation = question.operations.iter().next()?;
    object_fault(schema, &operation.selection_set, data)
}

fn object_fault(schema: &Valid, set: &SelectionSet, data: &Value) -> Option<String> {
    let Some(data) = data.as_object() else {
        return Some(format!("{data} is no {}", set.ty));
    };
    set.selections.iter().find_map(|selection| match selection {
        Selection::InlineFragment(fragment) => {
            let condition = fragment.type_condition.as_ref()?;
            let kind = data.get("__typename").and_then(Value::as_str);
            // Without a name we cannot know; then something must fit.
            let other = kind.is_some_and(|kind| condition != kind);
            if other || kind.is_none() && data.is_empty() {
                return None;
            }
            object_fault(schema, &fragment.selection_set, &json!(data))
        }
        Selection::FragmentSpread(_) => None,
        Selection::Field(field) => {
            let name = field.response_key().as_str();
            match data.get(name) {
                None => Some(format!("{}.{name} is missing", set.ty)),
                Some(value) => value_fault(schema, field.ty(), field, value)
                    .map(|fault| format!("{}.{name}: {fault}", set.ty)),
            }
        }
    })
}

fn value_fault(schema: &Valid, ty: &Type, field: &Field, value: &Value) -> Option<String> {
    if value.is_null() {
        return ty.is_non_null().then(|| format!("null is no {ty}"));
    }
    if ty.is_list() {
        let Some(values) = value.as_array() else {
            return Some(format!("{value} is no {ty}"));
        };
        let mut values = values.iter();
        return values.find_map(|value| value_fault(schema, ty.item_type(), field, value));
    }
    let name = ty.inner_named_type();
    let fits = match schema.types.get(name)? {
        ExtendedType::Enum(kinds) => value
            .as_str()
            .is_some_and(|value| kinds.values.contains_key(value)),
        ExtendedType::Scalar(_) => match name.as_str() {
            "Int" => value.is_i64(),
            "Boolean" => value.is_boolean(),
            "DateTime" => value
                .as_str()
                .is_some_and(|at| at.parse::<jiff::Timestamp>().is_ok()),
            _ => value.is_string(),
        },
        _ => return object_fault(schema, &field.selection_set, value),
    };
    (!fits).then(|| format!("{value} is no {ty}"))
}

/// An answer that the schema allows. With `bare`, all is null that may be; else nothing is, and of names the one with this
/// number is taken.
pub(super) fn answer(schema: &Valid, text: &str, bare: bool, number: usize) -> Value {
    let question = question(schema, text).unwrap();
    let operation = question.operations.iter().next().unwrap();
    let maker = Maker {
        schema,
        bare,
        number,
    };
    maker.object(&operation.selection_set, None)
}

struct Maker<'s> {
    schema: &'s Valid,
    bare: bool,
    number: usize,
}

impl Maker<'_> {
    fn object(&self, set: &SelectionSet, kind: Option<&str>) -> Value {
        let kind = kind.unwrap_or(set.ty.as_str());
        let mut object = Map::new();
        for selection in &set.selections {
            match selection {
                Selection::InlineFragment(fragment) => {
                    if fragment
                        .type_condition
                        .as_ref()
                        .is_none_or(|own| own == kind)
                        && let Value::Object(own) = self.object(&fragment.selection_set, Some(kind))
                    {
                        object.extend(own);
                    }
                }
                Selection::FragmentSpread(_) => {}
                Selection::Field(field) if field.name == "__typename" => {
                    object.insert("__typename".to_owned(), json!(kind));
                }
                Selection::Field(field) => {
                    let value = self.value(field.ty(), field);
                    object.insert(field.response_key().to_string(), value);
                }
            }
        }
        Value::Object(object)
    }

    fn value(&self, ty: &Type, field: &Field) -> Value {
        // The outermost lists are given, so that there is something to leave out.
        let outermost = matches!(field.name.as_str(), "nodes" | "repository");
        if self.bare && !ty.is_non_null() && !outermost {
            return Value::Null;
        }
        if ty.is_list() {
            let mut values = vec![Value::Null];
            for kind in self.kinds(ty.inner_named_type()) {
                values.push(self.object(&field.selection_set, Some(&kind)));
            }
            return Value::Array(values);
        }
        let name = ty.inner_named_type();
        match &self.schema.types[name] {
            ExtendedType::Enum(kinds) => {
                let names: Vec<&str> = kinds.values.keys().map(|name| name.as_str()).collect();
                json!(names[self.number % names.len()])
            }
            ExtendedType::Scalar(_) => match name.as_str() {
                "Int" => json!(self.number),
                "Boolean" => json!(false),
                "DateTime" => json!("2025-04-03T10:00:00Z"),
                "URI" => json!("https://github.test/gull/gull/pull/1"),
                _ => json!("text"),
            },
            _ => {
                let kinds = self.kinds(name);
                let kind = &kinds[self.number % kinds.len()];
                self.object(&field.selection_set, Some(kind))
            }
        }
    }

    /// What something of a type may be.
    fn kinds(&self, name: &str) -> Vec<String> {
        match &self.schema.types[name] {
            ExtendedType::Union(union) => union.members.iter().map(|m| m.to_string()).collect(),
            ExtendedType::Interface(_) => {
                let all = self.schema.implementers_map();
                let own = all.get(name).map(|all| all.objects.iter());
                own.into_iter().flatten().map(|m| m.to_string()).collect()
            }
            _ => vec![name.to_owned()],
        }
    }
}
