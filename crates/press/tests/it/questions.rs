//! Whether questions to GitHub are ones that it understands, as its published descriptions say: `github.txt` is an extract.
//!
//! The forge of these tests asks this of every question it gets, so whatever a source asks in any test is checked.

use std::collections::HashMap;
use std::iter::Peekable;
use std::vec::IntoIter;

const FACTS: &str = include_str!("github.txt");

/// Why a question by GraphQL would be refused, if it would.
pub(crate) fn fault(question: &str) -> Option<String> {
    let mut reader = Reader {
        words: words(question).into_iter().peekable(),
        variables: HashMap::new(),
    };
    reader.document().err()
}

/// The same for a question by REST.
pub(crate) fn rest_fault(method: &str, path: &str) -> Option<String> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let known = FACTS.lines().any(|line| {
        let mut parts = line.split(' ');
        let fits =
            parts.next() == Some(method) && parts.next().is_some_and(|pattern| fits(pattern, path));
        let names: Vec<&str> = parts.collect();
        let mut asked = query.split('&').filter(|part| !part.is_empty());
        fits && asked.all(|part| names.contains(&part.split('=').next().unwrap()))
    });
    (!known).then(|| format!("{method} {path}?{query}"))
}

/// Whether a path is of a pattern; the last name may stand for several folders.
fn fits(pattern: &str, path: &str) -> bool {
    let (mut names, mut parts) = (pattern.split('/').peekable(), path.split('/'));
    while let Some(name) = names.next() {
        let Some(part) = parts.next() else {
            return false;
        };
        if name == "{path}" && names.peek().is_none() {
            return true;
        }
        if !name.starts_with('{') && name != part {
            return false;
        }
    }
    parts.next().is_none()
}

fn words(text: &str) -> Vec<String> {
    let spaced = text.replace("...", " … ");
    let mut words: Vec<String> = Vec::new();
    let mut join = false;
    for sign in spaced.chars() {
        let named = sign.is_alphanumeric() || matches!(sign, '_' | '$' | '…');
        match words.last_mut().filter(|_| named && join) {
            Some(word) => word.push(sign),
            None if named || !(sign.is_whitespace() || sign == ',') => words.push(sign.to_string()),
            None => {}
        }
        join = named;
    }
    words
}

/// The facts of a field: its type and its arguments.
fn field(of: &str, name: &str) -> Option<(&'static str, Vec<(&'static str, &'static str)>)> {
    let head = format!("{of}.{name}: ");
    let line = FACTS
        .lines()
        .find_map(|line| line.strip_prefix(head.as_str()))?;
    let mut parts = line.split(' ');
    let kind = parts.next()?;
    Some((
        kind,
        parts.filter_map(|part| part.split_once(':')).collect(),
    ))
}

fn possible(of: &str) -> Option<Vec<&'static str>> {
    let head = format!("{of} = ");
    let line = FACTS
        .lines()
        .find_map(|line| line.strip_prefix(head.as_str()))?;
    Some(line.split(' ').collect())
}

fn bare(kind: &str) -> &str {
    kind.trim_matches(['[', ']', '!'])
}

struct Reader {
    words: Peekable<IntoIter<String>>,
    variables: HashMap<String, String>,
}

type Checked = Result<(), String>;

impl Reader {
    fn next(&mut self) -> Result<String, String> {
        self.words
            .next()
            .ok_or_else(|| "it ends too early".to_owned())
    }

    fn expect(&mut self, wanted: &str) -> Checked {
        let word = self.next()?;
        if word == wanted {
            return Ok(());
        }
        Err(format!("`{word}` instead of `{wanted}`"))
    }

    fn is(&mut self, wanted: &str) -> bool {
        self.words.next_if(|word| word == wanted).is_some()
    }

    fn document(&mut self) -> Checked {
        self.expect("query")?;
        self.expect("(")?;
        while !self.is(")") {
            let name = self.next()?;
            self.expect(":")?;
            let mut kind = self.next()?;
            if self.is("!") {
                kind.push('!');
            }
            self.variables.insert(name, kind);
        }
        self.selection("Query")?;
        match self.words.next() {
            None => Ok(()),
            Some(word) => Err(format!("`{word}` after the end")),
        }
    }

    fn selection(&mut self, of: &str) -> Checked {
        self.expect("{")?;
        let mut fields = 0;
        while !self.is("}") {
            fields += 1;
            let name = self.next()?;
            if name == "…" {
                self.expect("on")?;
                let kind = self.next()?;
                if !possible(of).is_some_and(|kinds| kinds.contains(&kind.as_str())) {
                    return Err(format!("{of} is never {kind}"));
                }
                self.selection(&kind)?;
            } else if name != "__typename" {
                self.field(of, &name)?;
            }
        }
        if fields == 0 {
            return Err(format!("nothing of {of} is asked for"));
        }
        Ok(())
    }

    fn field(&mut self, of: &str, name: &str) -> Checked {
        let (kind, arguments) = field(of, name).ok_or_else(|| format!("{of} has no {name}"))?;
        let mut given = Vec::new();
        if self.is("(") {
            while !self.is(")") {
                let argument = self.next()?;
                self.expect(":")?;
                let known = arguments.iter().find(|(known, _)| *known == argument);
                let (_, wanted) =
                    known.ok_or_else(|| format!("{of}.{name} takes no {argument}"))?;
                self.value(wanted)?;
                given.push(argument);
            }
        }
        for (argument, kind) in &arguments {
            if kind.ends_with('!')
                && !kind.ends_with("]!")
                && !given.iter().any(|given| given == argument)
            {
                return Err(format!("{of}.{name} needs {argument}"));
            }
        }
        let kind = bare(kind);
        let composed = FACTS
            .lines()
            .any(|line| line.starts_with(&format!("{kind}.")));
        match composed || possible(kind).is_some_and(|kinds| kinds[0] != kinds[0].to_uppercase()) {
            true => self.selection(kind),
            false => Ok(()),
        }
    }

    fn value(&mut self, wanted: &str) -> Checked {
        if self.is("[") {
            while !self.is("]") {
                self.value(bare(wanted))?;
            }
            return Ok(());
        }
        let word = self.next()?;
        let fits = match word.strip_prefix('$') {
            Some(_) => {
                let kind = self
                    .variables
                    .get(&word)
                    .ok_or_else(|| format!("{word} is not declared"))?;
                let needed = wanted.ends_with('!') && !wanted.ends_with("]!");
                bare(kind) == bare(wanted) && (kind.ends_with('!') || !needed)
            }
            None if bare(wanted) == "Int" => word.parse::<u32>().is_ok(),
            // A single value stands for a list of one.
            None => possible(bare(wanted)).is_some_and(|values| values.contains(&word.as_str())),
        };
        match fits {
            true => Ok(()),
            false => Err(format!("`{word}` is no {wanted}")),
        }
    }
}

#[test]
fn questions_that_the_forge_does_not_understand_are_told_from_good_ones() {
    let good = "query($query: String!) { search(type: ISSUE, query: $query, first: 5) { issueCount nodes { ... on PullRequest { title author { login } } } } }";
    assert_eq!(fault(good), None);
    for (from, to, expected) in [
        (
            "issueCount",
            "issuesCount",
            "SearchResultItemConnection has no issuesCount",
        ),
        ("type: ISSUE, ", "", "Query.search needs type"),
        ("ISSUE", "PULLS", "`PULLS` is no SearchType!"),
        ("first: 5", "most: 5", "Query.search takes no most"),
        ("$query: String!", "$query: Int!", "`$query` is no String!"),
        (
            "$query: String!",
            "$query: String",
            "`$query` is no String!",
        ),
        (
            "on PullRequest",
            "on Label",
            "SearchResultItem is never Label",
        ),
        (" { login }", "", "`}` instead of `{`"),
        ("title", "title { text }", "PullRequest has no {"),
        (" } } } } }", " } } } }", "it ends too early"),
    ] {
        assert_eq!(fault(&good.replace(from, to)).as_deref(), Some(expected));
    }
    assert_eq!(
        rest_fault("GET", "/repos/a/b/contents/c/d.md?ref=HEAD"),
        None
    );
    assert_eq!(
        rest_fault("GET", "/repos/a/b/git/trees/HEAD?recursive=1"),
        None
    );
    assert!(rest_fault("GET", "/repos/a/b/git/trees/HEAD?deep=1").is_some());
    assert!(rest_fault("POST", "/repos/a/b/git/trees/HEAD").is_some());
    assert!(rest_fault("GET", "/repos/a/git/trees/HEAD").is_some());
}
