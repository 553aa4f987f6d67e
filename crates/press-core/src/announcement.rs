//! What is said of an issue elsewhere: a text made by a template, short enough for where it goes, that calls nobody.
//!
//! Templates are the newsletter's; what they are filled with was written by many people. So every value is escaped as the
//! place wants it ([`Style`]), and the text is made shorter by leaving out highlights from the end and, if that is not
//! enough, by shortening the title; an address is never cut. How a service counts is in `measure`, what it shows as links
//! in `facets`, and how a discussion comes back into the issue in `discussion`.

pub mod discussion;
mod facets;
mod highlights;
mod html;
mod measure;
mod style;

pub use facets::{Facet, Feature, facets};
pub use highlights::{Highlight, highlights};
pub use html::{html, said};
pub use measure::{Measure, shortened};
pub use style::{Style, address};

use crate::text::plain_line;
use jiff::civil::Date;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value};

/// What a template may say of an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The newsletter's name.
    pub newsletter: String,
    /// What the newsletter is, in a sentence.
    pub description: String,
    /// The title.
    pub title: String,
    /// Its number.
    pub number: Option<u32>,
    /// Its day.
    pub date: Date,
    /// Its address.
    pub url: String,
    /// What is worth a mention, best first.
    pub highlights: Vec<Highlight>,
    /// How many links it has.
    pub links: usize,
    /// How many sections.
    pub sections: usize,
}

impl Facts {
    /// Some issue, with which a template can be tried.
    pub fn sample() -> Facts {
        Facts {
            newsletter: "This Week in Tern".to_owned(),
            description: "What happened, once a week.".to_owned(),
            title: "This Week in Tern 53".to_owned(),
            number: Some(53),
            date: jiff::civil::date(2026, 11, 19),
            url: "https://tern.example/issues/53/".to_owned(),
            highlights: vec![Highlight {
                section: "Library of the Week".to_owned(),
                text: "gull".to_owned(),
                url: "https://gull.example/".to_owned(),
            }],
            links: 80,
            sections: 12,
        }
    }
}

/// A text, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// The text.
    pub text: String,
    /// Its length as the service counts.
    pub length: usize,
    /// How many highlights it has.
    pub highlights: usize,
    /// Whether the title had to be shortened.
    pub shortened: bool,
}

/// Why there is no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The template is wrong: what, and in which of its lines.
    Template {
        /// What is wrong.
        message: String,
        /// The line, from 1.
        line: usize,
    },
    /// What the template itself says is longer than the service takes.
    TooLong {
        /// The length of the shortest text.
        length: usize,
    },
}

/// Most steps that a template may take.
const FUEL: u64 = 200_000;

/// The text that `template` makes of an issue, within `measure`.
///
/// Values are written in `style`. Highlights are dropped from the end until the text fits; if none is left, the title is
/// shortened between what people see as signs.
pub fn compose(
    facts: &Facts,
    template: &str,
    style: Style,
    measure: Measure,
) -> Result<Composed, Fault> {
    let environment = environment(template, style)?;
    let render = |kept: usize, title: &str| fill(&environment, facts, kept, title);
    let done = |text: String, highlights: usize, shortened: bool| Composed {
        length: measure.length(&text),
        text,
        highlights,
        shortened,
    };
    let title = plain_line(&facts.title);
    for kept in (0..=facts.highlights.len()).rev() {
        let text = render(kept, &title)?;
        if measure.fits(&text) {
            return Ok(done(text, kept, false));
        }
    }
    let (mut fits, mut too_long) = (None, measure::signs(&title));
    let mut least = 0;
    while least < too_long {
        let middle = least + (too_long - least) / 2;
        let text = render(0, &shortened(&title, middle, usize::MAX))?;
        if measure.fits(&text) {
            fits = Some(text);
            least = middle + 1;
        } else {
            too_long = middle;
        }
    }
    match fits {
        Some(text) => Ok(done(text, 0, true)),
        None => Err(Fault::TooLong {
            length: measure.length(&render(0, "")?),
        }),
    }
}

/// Whether a template can be used: it is well-formed, and says nothing but what is known.
pub fn check(template: &str) -> Result<(), Fault> {
    let environment = environment(template, Style::Plain)?;
    let facts = Facts::sample();
    fill(&environment, &facts, facts.highlights.len(), &facts.title).map(|_| ())
}

/// The name of the one template.
const NAME: &str = "text";

fn environment(template: &str, style: Style) -> Result<Environment<'_>, Fault> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    environment.set_syntax(syntax.expect("the delimiters are the usual ones"));
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_fuel(Some(FUEL));
    environment.set_formatter(move |out, _, value| {
        if value.is_none() {
            return Ok(());
        }
        let text = match value.as_str() {
            Some(text) if value.is_safe() => text.to_owned(),
            Some(text) => style.escape(text),
            None => value.to_string(),
        };
        out.write_str(&text).map_err(minijinja::Error::from)
    });
    environment.add_function("link", move |text: &str, url: &str| {
        Value::from_safe_string(style.link(text, &address(url)))
    });
    let added = environment.add_template(NAME, template);
    added.map_err(|error| fault(&error))?;
    Ok(environment)
}

/// The text with so many highlights and this title.
fn fill(
    environment: &Environment<'_>,
    facts: &Facts,
    kept: usize,
    title: &str,
) -> Result<String, Fault> {
    let link = |url: &str| Value::from_safe_string(address(url));
    let highlights = facts.highlights.iter().take(kept).map(|highlight| {
        minijinja::context! {
            section => highlight.section.as_str(), text => highlight.text.as_str(), url => link(&highlight.url),
        }
    });
    let context = minijinja::context! {
        newsletter => facts.newsletter.as_str(), description => facts.description.as_str(), title => title,
        number => facts.number, date => facts.date.to_string(), url => link(&facts.url),
        highlights => highlights.collect::<Vec<_>>(), links => facts.links, sections => facts.sections,
    };
    let template = environment.get_template(NAME);
    let text = template.and_then(|template| template.render(context));
    text.map(|text| tidy(&text)).map_err(|error| fault(&error))
}

/// A text without blanks at the ends of its lines, and without more than one empty line in a row.
fn tidy(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim_end) {
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    lines.join("\n").trim_end().to_owned()
}

fn fault(error: &minijinja::Error) -> Fault {
    let message = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    Fault::Template {
        message,
        line: error.line().unwrap_or(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "{{ title }} is out: {{ url }}\n\n{% for one in highlights %}\n• {{ one.section }}: {{ one.text }}\n{% endfor %}\n";

    fn facts(count: usize) -> Facts {
        let highlight = |number| Highlight {
            section: format!("Part {number}"),
            text: "something good".to_owned(),
            url: format!("https://gull.example/{number}"),
        };
        Facts {
            highlights: (1..=count).map(highlight).collect(),
            ..Facts::sample()
        }
    }

    fn bluesky(most: usize) -> Measure {
        Measure::Signs { most, bytes: 3_000 }
    }

    #[test]
    fn highlights_go_from_the_end_until_the_text_fits() {
        let whole = compose(&facts(3), TEMPLATE, Style::Plain, bluesky(300)).unwrap();
        assert_eq!(
            whole.text,
            "This Week in Tern 53 is out: https://tern.example/issues/53/\n\n\
             • Part 1: something good\n• Part 2: something good\n• Part 3: something good"
        );
        assert_eq!(whole.length, whole.text.chars().count());
        let short = compose(&facts(3), TEMPLATE, Style::Plain, bluesky(110)).unwrap();
        assert_eq!((short.highlights, short.shortened), (1, false));
        assert!(
            short.text.ends_with("Part 1: something good"),
            "{}",
            short.text
        );
    }

    #[test]
    fn then_the_title_is_shortened_and_never_the_address() {
        let mut facts = facts(2);
        facts.title = "👩‍👩‍👧‍👦".repeat(200);
        let short = compose(&facts, TEMPLATE, Style::Plain, bluesky(60)).unwrap();
        assert!(short.shortened);
        assert_eq!(short.length, 60);
        assert!(
            short
                .text
                .ends_with("👩‍👩‍👧‍👦… is out: https://tern.example/issues/53/")
        );
        let none = compose(&facts, TEMPLATE, Style::Plain, bluesky(20));
        assert_eq!(none, Err(Fault::TooLong { length: 40 }));
    }

    #[test]
    fn a_template_that_cannot_work_says_so_before_the_night() {
        assert_eq!(check(TEMPLATE), Ok(()));
        let wrong = |template: &str| match check(template) {
            Err(Fault::Template { message, line }) => format!("{line}: {message}"),
            other => panic!("{other:?}"),
        };
        assert!(wrong("a\n{{ titel }}").starts_with("2: undefined value"));
        assert!(wrong("{% for %}").starts_with("1: syntax error"));
        assert!(
            wrong("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}")
                .contains("fuel")
        );
    }
}
