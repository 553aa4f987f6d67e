//! Errors as a person sees them: what could not be done, why, what to do, and how things stand now.
//!
//! Findings about what people wrote are [`press_core::diagnostic::Diagnostic`]s; errors are about the world,
//! about the configuration, or about texts that cannot be used at all. An error may point at several places.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::fmt;
use std::io::IsTerminal;
use std::ops::Range;
use std::path::Path;

/// A failure with all that helps to get over it.
#[derive(Clone, Debug, Default)]
pub struct Error {
    what: String,
    because: Vec<String>,
    help: Vec<String>,
    state: Option<Box<str>>,
    places: Vec<Place>,
    fault: Fault,
}

/// Whose doing an error is: what a program that asked for something is answered depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nobody's who asked: a database, a file, the configuration. It may be otherwise the next time.
    #[default]
    World,
    /// What was asked for is not there.
    Absent,
    /// It is there, and what was asked cannot be done with it.
    Refused,
}

/// What most of the program's functions return.
pub type Result<T> = std::result::Result<T, Error>;

/// A place in a file that an error points at.
#[derive(Clone, Debug)]
pub struct Place {
    path: String,
    source: String,
    range: Range<usize>,
    message: String,
    help: Option<String>,
}

impl Place {
    /// The bytes `range` of the file `path`, whose text is `source`, and what is wrong there.
    pub fn new(
        path: &Path,
        source: &str,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> Place {
        Place {
            path: path.display().to_string(),
            source: source.to_owned(),
            range,
            message: message.into(),
            help: None,
        }
    }

    /// Adds what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Place {
        self.help = Some(help.into());
        self
    }
}

impl Place {
    /// The text it is in, its bytes, and what is said of them.
    pub fn parts(&self) -> (&str, Range<usize>, String) {
        let help = self.help.iter().map(|help| format!("\nhelp: {help}"));
        let message = std::iter::once(self.message.clone()).chain(help).collect();
        (&self.source, self.range.clone(), message)
    }
}

impl Error {
    /// An error that says what could not be done, without full stop.
    pub fn new(what: impl Into<String>) -> Error {
        Error {
            what: what.into(),
            ..Error::default()
        }
    }

    /// An error about a file that the system refused.
    pub fn io(what: &str, path: &Path, cause: &std::io::Error) -> Error {
        let error =
            Error::new(format!("cannot {what} {}", path.display())).because(cause.to_string());
        match cause.kind() {
            std::io::ErrorKind::StorageFull => {
                error.help("make room on the disk and run the same command again")
            }
            std::io::ErrorKind::PermissionDenied => {
                error.help("check who owns it: `ls -ld` on it and its folder")
            }
            _ => error,
        }
    }

    /// Adds a reason.
    pub fn because(mut self, because: impl Into<String>) -> Error {
        self.because.push(because.into());
        self
    }

    /// Adds what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Error {
        self.help.push(help.into());
        self
    }

    /// Adds how things stand now.
    pub fn state(mut self, state: impl Into<String>) -> Error {
        self.state = Some(state.into().into_boxed_str());
        self
    }

    /// Adds to how things stand now.
    pub fn more_state(self, more: &str) -> Error {
        let state = match &self.state {
            Some(state) => format!("{state}; {more}"),
            None => more.to_owned(),
        };
        self.state(state)
    }

    /// Says that what was asked for is not there.
    pub fn absent(mut self) -> Error {
        self.fault = Fault::Absent;
        self
    }

    /// Says that what was asked cannot be done as things stand.
    pub fn refused(mut self) -> Error {
        self.fault = Fault::Refused;
        self
    }

    /// Whose doing it is.
    pub fn fault(&self) -> Fault {
        self.fault
    }

    /// What could not be done, without reasons and help.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Adds a place.
    pub fn at(mut self, place: Place) -> Error {
        self.places.push(place);
        self
    }

    /// Adds places.
    pub fn at_all(mut self, places: impl IntoIterator<Item = Place>) -> Error {
        self.places.extend(places);
        self
    }

    /// The places it points at.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// What it says, without its places.
    pub fn message(&self) -> String {
        let lines = self.because.iter().map(|line| ("because", line.as_str()));
        let lines = lines.chain(self.help.iter().map(|line| ("help", line.as_str())));
        let lines = lines.chain(self.state.iter().map(|line| ("state", &**line)));
        lines.fold(self.what.clone(), |text, (name, line)| {
            format!("{text}\n  {name}: {line}")
        })
    }

    /// The error as it is printed, in colour on a terminal.
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let mut text = String::new();
        for place in &self.places {
            text.push_str(&render_place(&renderer, place));
            text.push_str("\n\n");
        }
        let title = Level::ERROR.primary_title(self.what.as_str());
        let nothing_more = Vec::<annotate_snippets::Element<'_>>::new();
        text.push_str(&renderer.render(&[title.elements(nothing_more)]));
        let lines = self.because.iter().map(|line| ("because", line.as_str()));
        let lines = lines.chain(self.help.iter().map(|line| ("help", line.as_str())));
        for (name, line) in lines.chain(self.state.iter().map(|line| ("state", &**line))) {
            text.push_str(&format!("\n  {name}: {line}"));
        }
        text
    }

    /// Prints it to standard error.
    pub fn print(&self) {
        let styled = std::io::stderr().is_terminal();
        anstream::eprintln!("{}", self.render(styled));
    }
}

/// Lines longer than this are named, not shown.
const LINE_LIMIT_BYTES: usize = 2_000;

fn render_place(renderer: &Renderer, place: &Place) -> String {
    let start = place.range.start.min(place.source.len());
    let before = place.source.get(..start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line_length = place.source[line_start..]
        .find('\n')
        .unwrap_or(place.source.len() - line_start);
    let end = place
        .range
        .end
        .clamp(start, line_start + line_length)
        .max(start);
    if line_length > LINE_LIMIT_BYTES {
        let line = before.matches('\n').count() + 1;
        let title = format!("{}:{line}: {}", place.path, place.message);
        let group = Level::ERROR
            .primary_title(title.as_str())
            .elements(Vec::<annotate_snippets::Element<'_>>::new());
        return renderer.render(&[group]);
    }
    let annotation = AnnotationKind::Primary.span(start..end);
    let snippet = Snippet::source(place.source.as_str())
        .path(place.path.as_str())
        .annotation(annotation);
    let mut group: Group<'_> = Level::ERROR
        .primary_title(place.message.as_str())
        .element(snippet);
    if let Some(help) = &place.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.render(false))
    }
}

impl std::error::Error for Error {}

/// The known name that `name` was probably meant to be.
pub fn did_you_mean<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let distance = |candidate: &str| {
        strsim::damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase())
    };
    let nearest = known
        .into_iter()
        .map(|candidate| (distance(candidate), candidate))
        .min()?;
    (nearest.0 <= 1 + name.len() / 4).then_some(nearest.1)
}
