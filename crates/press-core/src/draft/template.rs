//! A draft from its template: `$`-placeholders as old scripts fill them, and minijinja.
//!
//! Both may stand in one template. What is filled in is never read as a template again: a carried event may hold `$`
//! and braces as it likes.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};
use std::collections::BTreeMap;
use std::ops::Range;

/// What can stand for placeholders.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// The newsletter's name.
    pub name: String,
    /// The title.
    pub title: String,
    /// Its number.
    pub number: u32,
    /// Its day.
    pub date: String,
    /// The last day of its events.
    pub events_end: String,
    /// The events that are carried over, with their headings.
    pub events: String,
    /// The items of each section that the last issue had, by the section's id.
    pub carried: BTreeMap<String, String>,
    /// The ids of all sections.
    pub sections: Vec<String>,
}

/// Names of minijinja placeholders, each with the older `$` name for it.
pub const NAMES: &[(&str, Option<&str>)] = &[
    ("name", None),
    ("title", None),
    ("number", Some("issue_number")),
    ("date", Some("issue_date")),
    ("events_end", Some("events_end_date")),
    ("events", Some("events_list")),
];

/// What one newsletter puts before its `$` names.
const PREFIX: &str = "twir_";

/// What is wrong with a template, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// The place in the template.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// The unknown name, if that is what is wrong.
    pub unknown: Option<String>,
}

/// Most steps a template may take.
const FUEL: u64 = 1_000_000;

impl Values {
    fn named(&self, name: &str) -> Option<String> {
        Some(match name {
            "name" => self.name.clone(),
            "title" => self.title.clone(),
            "number" => self.number.to_string(),
            "date" => self.date.clone(),
            "events_end" => self.events_end.clone(),
            "events" => self.events.clone(),
            _ => return None,
        })
    }
}

/// `template` with its placeholders filled.
pub fn fill(template: &str, values: &Values) -> Result<String, TemplateError> {
    for dollar in dollars(template) {
        if let Some(name) = &dollar.name
            && meant(name).is_none()
        {
            return Err(TemplateError {
                range: dollar.range,
                message: format!("nothing fills `${name}`"),
                unknown: Some(name.clone()),
            });
        }
    }
    let filled = fill_braces(template, values)?;
    let mut text = String::with_capacity(filled.len());
    let mut at = 0;
    for dollar in dollars(&filled) {
        text.push_str(&filled[at..dollar.range.start]);
        let value = dollar.name.as_deref().and_then(meant);
        match value.and_then(|name| values.named(name)) {
            Some(value) => text.push_str(&value),
            None => text.push('$'),
        }
        at = dollar.range.end;
    }
    text.push_str(&filled[at..]);
    Ok(text)
}

/// The place where `template` wants the list of events, if it does.
pub fn find_events(template: &str) -> Option<Range<usize>> {
    let dollar = dollars(template).into_iter().find(|dollar| {
        let name = dollar.name.as_deref().and_then(meant);
        name == Some("events")
    });
    dollar.map(|dollar| dollar.range).or_else(|| {
        let mut from = 0;
        while let Some(open) = template[from..].find("{{").map(|at| from + at) {
            let close = open + template[open..].find("}}")? + 2;
            let inner = template[open + 2..close - 2]
                .trim_matches(['-', '+'])
                .trim();
            if inner == "events" {
                return Some(open..close);
            }
            from = close;
        }
        None
    })
}

/// The name that the `$` name `old` stands for.
fn meant(old: &str) -> Option<&'static str> {
    let plain = old.strip_prefix(PREFIX).unwrap_or(old);
    let named = NAMES.iter().find(|(_, older)| *older == Some(plain));
    named.map(|(name, _)| *name)
}

/// A `$` that means something.
struct Dollar {
    range: Range<usize>,
    /// None for `$$`, which is a dollar.
    name: Option<String>,
}

/// `$name`, `${name}` and `$$`; before anything else a dollar is a dollar.
fn dollars(text: &str) -> Vec<Dollar> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find('$').map(|at| from + at) {
        let rest = &text[start + 1..];
        let braced = rest.strip_prefix('{');
        let name = braced.unwrap_or(rest);
        let length = name
            .find(|character: char| !(character.is_ascii_alphanumeric() || character == '_'))
            .unwrap_or(name.len());
        let named = !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit());
        from = start + 1;
        if rest.starts_with('$') {
            from = start + 2;
            found.push(Dollar {
                range: start..from,
                name: None,
            });
        } else if length > 0 && named && (braced.is_none() || name[length..].starts_with('}')) {
            from += length + if braced.is_some() { 2 } else { 0 };
            found.push(Dollar {
                range: start..from,
                name: Some(name[..length].to_owned()),
            });
        }
    }
    found
}

fn fill_braces(template: &str, values: &Values) -> Result<String, TemplateError> {
    if !["{{", "{%", "{#"]
        .iter()
        .any(|sign| template.contains(sign))
    {
        return Ok(template.to_owned());
    }
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .keep_trailing_newline(true)
        .trim_blocks(true)
        .build();
    environment.set_syntax(syntax.expect("the delimiters are the usual ones"));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_debug(true);
    environment.set_fuel(Some(FUEL));
    // What is filled in has its dollars doubled, and so they stay dollars.
    environment.set_formatter(|out, _, value: &Value| {
        let text = value.to_string().replace('$', "$$");
        out.write_str(&text).map_err(minijinja::Error::from)
    });
    for (name, _) in NAMES {
        environment.add_global(*name, values.named(name));
    }
    let (carried, sections) = (values.carried.clone(), values.sections.clone());
    environment.add_function("carried", move |id: String| {
        match (carried.get(&id), sections.contains(&id)) {
            (Some(items), _) => Ok(items.clone()),
            (None, true) => Ok(String::new()),
            (None, false) => {
                let message = format!("no section has the id `{id}`");
                Err(minijinja::Error::new(ErrorKind::InvalidOperation, message))
            }
        }
    });
    let rendered = environment.template_from_str(template);
    let rendered = rendered.and_then(|template| template.render(()));
    rendered.map_err(|error| explain(&error, template))
}

/// The error with its place; what minijinja says of undefined values, in words of the newsletter.
fn explain(error: &minijinja::Error, template: &str) -> TemplateError {
    let line = || {
        let line = error.line().unwrap_or(1).saturating_sub(1);
        let start = template
            .split_inclusive('\n')
            .take(line)
            .map(str::len)
            .sum();
        start..start + template[start..].lines().next().map_or(0, str::len)
    };
    let range = error
        .range()
        .filter(|range| template.get(range.clone()).is_some());
    let range = range.unwrap_or_else(line);
    let named = template[range.clone()].trim_matches(['{', '}', ' ', '-']);
    let plain = named
        .chars()
        .all(|character| character.is_alphanumeric() || character == '_');
    if error.kind() == ErrorKind::UndefinedError && plain && !named.is_empty() {
        return TemplateError {
            message: format!("nothing fills `{named}`"),
            unknown: Some(named.to_owned()),
            range,
        };
    }
    let message = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    TemplateError {
        range,
        message,
        unknown: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values {
            name: "Weekly".into(),
            title: "Weekly 7".into(),
            number: 7,
            date: "2026-03-05".into(),
            events_end: "2026-04-02".into(),
            events: "* one for $5 and $title, {{ not this }}".into(),
            carried: [("talks".to_owned(), "* a talk, $$".to_owned())].into(),
            sections: vec!["talks".into(), "jobs".into()],
        }
    }

    fn filled(template: &str) -> String {
        fill(template, &values()).expect("a good template")
    }

    #[test]
    fn both_kinds_of_placeholders_are_filled() {
        let old =
            "N $twir_issue_number of $twir_issue_date to ${events_end_date}\n\n$twir_events_list\n";
        let new = "N {{ number }} of {{ date }} to {{ events_end }}\n\n{{ events }}\n";
        assert_eq!(filled(old), filled(new));
        assert_eq!(
            filled(new),
            "N 7 of 2026-03-05 to 2026-04-02\n\n* one for $5 and $title, {{ not this }}\n"
        );
        assert_eq!(
            filled("{{ name }}, $issue_number, {{ title }}"),
            "Weekly, 7, Weekly 7"
        );
    }

    #[test]
    fn a_dollar_may_be_a_dollar() {
        assert_eq!(
            filled("$[**Paid**](u) $5 $$name US$"),
            "$[**Paid**](u) $5 $name US$"
        );
        assert_eq!(filled("{{ number }} $[a](b) $$"), "7 $[a](b) $");
    }

    #[test]
    fn items_of_a_section_are_carried() {
        assert_eq!(
            filled("{{ carried('talks') }}|{{ carried('jobs') }}"),
            "* a talk, $$|"
        );
        let error = fill("a\n{{ carried('talk') }}", &values()).expect_err("no such section");
        assert!(
            error.message.contains("no section has the id `talk`"),
            "{}",
            error.message
        );
        assert!(error.range.start >= 2);
    }

    #[test]
    fn an_unknown_placeholder_is_an_error_with_its_place() {
        for (template, place) in [
            ("Hello\n$twir_isue_number\n", "$twir_isue_number"),
            ("Hello ${nobody}!", "${nobody}"),
            ("Hello\n{{ numbr }}\n", "numbr"),
        ] {
            let error = fill(template, &values()).expect_err("unknown");
            assert!(template[error.range.clone()].contains(place), "{error:?}");
            assert!(error.message.starts_with("nothing fills"), "{error:?}");
            assert!(error.unknown.is_some());
        }
    }

    #[test]
    fn a_broken_template_is_an_error_and_an_endless_one_too() {
        assert!(fill("a\n{% if %}", &values()).is_err());
        assert!(fill("{{", &values()).is_err());
        let endless =
            "{% for a in range(10000) %}{% for b in range(10000) %}.{% endfor %}{% endfor %}";
        assert!(fill(endless, &values()).is_err());
    }

    #[test]
    fn the_place_of_the_events_is_found() {
        assert_eq!(find_events("ab $twir_events_list c"), Some(3..20));
        assert_eq!(find_events("{{ date }} {{- events -}} c"), Some(11..25));
        assert_eq!(find_events("{{ date }} $events {{"), None);
    }
}
