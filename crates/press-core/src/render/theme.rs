//! The templates of the site: ours, or the newsletter's own in their place.
//!
//! Templates are minijinja. Ours are part of the program; a newsletter overrides single ones by files of
//! the same name in its `theme/` folder.

use super::sanitise;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value};
use std::ops::Range;

/// A file of the theme with the content it has unless it is overridden.
#[derive(Clone, Copy, Debug)]
pub struct ThemeFile {
    /// Its name in the `theme/` folder.
    pub name: &'static str,
    /// What stands in it.
    pub content: &'static str,
}

macro_rules! theme_files {
    ($($name:literal),*) => {
        &[$(ThemeFile { name: $name, content: include_str!(concat!("theme/", $name)) }),*]
    };
}

/// All templates.
pub const TEMPLATES: &[ThemeFile] = theme_files![
    "base.html",
    "issue.html",
    "home.html",
    "archive.html",
    "category.html",
    "events.html",
    "streams.html",
    "search.html",
    "find.html",
    "data.html",
    "lists.html",
    "list.html",
    "statistics.html",
    "page.html",
    "404.html",
    "redirect.html",
    "email.html",
    "email.txt",
    "subscribe.html",
    "confirm.html",
    "preferences.html",
    "unsubscribe.html",
    "account.html",
    "said.html",
    "submit.html",
    "submission.html",
    "nominate.html",
    "letter.txt",
    "pull-request.txt"
];

/// The style sheet and the script.
pub const STYLE: ThemeFile = ThemeFile {
    name: "press.css",
    content: include_str!("theme/press.css"),
};
/// Chooses light or dark and follows the table of contents; no page needs it.
pub const SCRIPT: ThemeFile = ThemeFile {
    name: "press.js",
    content: include_str!("theme/press.js"),
};

/// Folds sections, marks what is new, gives keys and links to items; loaded where there is something to read.
pub const READING: ThemeFile = ThemeFile {
    name: "reading.js",
    content: include_str!("theme/reading.js"),
};

/// Finds entries of all issues; loaded by the search page only.
pub const SEARCH: ThemeFile = ThemeFile {
    name: "search.js",
    content: include_str!("theme/search.js"),
};

/// The picture in a browser's tab, unless the newsletter has its own.
pub const ICON: ThemeFile = ThemeFile {
    name: "icon.svg",
    content: include_str!("theme/icon.svg"),
};

/// What is wrong with a template, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// The template's name.
    pub name: String,
    /// Its text.
    pub source: String,
    /// The place in the text.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
}

/// Templates, ready to render.
#[derive(Debug)]
pub struct Theme {
    environment: Environment<'static>,
}

/// Most steps one page may take. Ours take some thousands; a template that loops for ever takes all.
const FUEL: u64 = 20_000_000;

impl Theme {
    /// Our theme with `overrides` (name and content) in place of templates of the same name.
    pub fn new(
        overrides: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Theme, TemplateError> {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build();
        environment.set_syntax(syntax.expect("the delimiters are the usual ones"));
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        environment.set_formatter(write_value);
        environment.add_filter("wrap", |text: &str| super::text::wrap(text));
        environment.set_debug(true);
        environment.set_fuel(Some(FUEL));
        for template in TEMPLATES {
            let added = environment.add_template(template.name, template.content);
            added.map_err(|error| explain(&error, template.name, template.content))?;
        }
        for (name, content) in overrides {
            let added = environment.add_template_owned(name.clone(), content.clone());
            added.map_err(|error| explain(&error, &name, &content))?;
        }
        Ok(Theme { environment })
    }

    /// Renders the template `name` with data of any kind.
    pub fn fill(&self, name: &str, data: impl serde::Serialize) -> Result<String, TemplateError> {
        self.render(name, Value::from(minijinja::value::Serde(data)))
    }

    /// Renders the template `name`.
    pub fn render(&self, name: &str, context: Value) -> Result<String, TemplateError> {
        let template = self
            .environment
            .get_template(name)
            .map_err(|error| explain(&error, name, ""))?;
        let rendered = template.render(context);
        rendered.map_err(|error| explain(&error, name, template.source()))
    }
}

impl Theme {
    /// The same with any data as context.
    pub fn render_data(
        &self,
        name: &str,
        data: &impl serde::Serialize,
    ) -> Result<String, TemplateError> {
        self.render(name, Value::from(minijinja::value::Serde(data)))
    }
}

/// Writes a value into a page. minijinja's own escaping writes each `/` of an address as five characters.
fn write_value(
    out: &mut minijinja::Output<'_>,
    state: &mut minijinja::State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    if value.is_none() {
        // What is missing is not a word.
        return Ok(());
    }
    if *state.auto_escape() == minijinja::AutoEscape::None
        || value.is_safe()
        || value.as_str().is_none()
    {
        return minijinja::escape_formatter(out, state, value);
    }
    let text = sanitise::escape(value.as_str().unwrap_or_default());
    out.write_str(&text).map_err(minijinja::Error::from)
}

/// The innermost error that knows its place.
fn explain(error: &minijinja::Error, name: &str, source: &str) -> TemplateError {
    let mut placed = error;
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next.and_then(|cause| cause.downcast_ref::<minijinja::Error>()) {
        if cause.range().is_some() {
            placed = cause;
        }
        next = std::error::Error::source(cause);
    }
    let source = placed.template_source().unwrap_or(source).to_owned();
    let line_range = || {
        let line = placed.line().unwrap_or(1).saturating_sub(1);
        let start = source.split_inclusive('\n').take(line).map(str::len).sum();
        start..start + source[start..].lines().next().map_or(0, str::len)
    };
    let range = placed
        .range()
        .filter(|range| source.get(range.clone()).is_some())
        .unwrap_or_else(line_range);
    let message = match placed.detail() {
        Some(detail) => format!("{}: {detail}", placed.kind()),
        None => placed.kind().to_string(),
    };
    TemplateError {
        name: placed.name().unwrap_or(name).to_owned(),
        source,
        range,
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_template_says_where() {
        let broken = "<p>\n{{ newsletter.name | shout }}\n".to_owned();
        let theme =
            Theme::new([("404.html".to_owned(), broken)]).expect("filters are looked up late");
        let error = theme
            .render("404.html", Value::UNDEFINED)
            .expect_err("no such filter");
        assert_eq!(
            (error.name.as_str(), &error.source[error.range.clone()]),
            ("404.html", "shout")
        );
        let error = Theme::new([("a.html".to_owned(), "{% if %}".to_owned())]).expect_err("syntax");
        assert_eq!(error.name, "a.html");
        assert!(error.message.contains("syntax error"), "{}", error.message);
    }

    #[test]
    fn a_template_without_end_is_stopped() {
        let endless =
            "{% for a in range(10000) %}{% for b in range(10000) %}.{% endfor %}{% endfor %}"
                .to_owned();
        let theme = Theme::new([("404.html".to_owned(), endless)]).expect("well-formed");
        assert!(theme.render("404.html", Value::UNDEFINED).is_err());
    }
}
