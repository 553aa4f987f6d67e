//! Rust files as the rules see them: with comments, strings and tests blanked out, byte for byte.
//!
//! This is no parser. It knows just enough of the language (comments, literals, braces) to count lines and to
//! find paths, and it is quicker to read than a rule that goes through a syntax tree.

use std::path::{Path, PathBuf};

/// One source file.
pub(crate) struct Source {
    /// Relative to the workspace, for messages.
    pub(crate) path: String,
    /// As it stands.
    pub(crate) text: String,
    /// The same length with comments, strings and `#[cfg(test)]` modules blanked.
    pub(crate) code: String,
}

/// A function with a body.
pub(crate) struct Function {
    pub(crate) name: String,
    /// 1-based line of its `fn`.
    pub(crate) line: usize,
    /// From its `fn` to its closing brace.
    pub(crate) lines: usize,
    /// Without `self`.
    pub(crate) parameters: usize,
}

/// The folder of the whole workspace.
pub(crate) fn workspace() -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    crates
        .canonicalize()
        .expect("the crate lies two folders deep")
}

/// All files below `folder` whose names end with one of `endings`, in order.
pub(crate) fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return found;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            found.extend(files(&path, endings));
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The sources of the crate `name`, without its tests and benches.
pub(crate) fn sources(name: &str) -> Vec<Source> {
    let root = workspace();
    let source = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("sources are UTF-8");
        Source {
            path: relative(&root, &path),
            code: without_tests(mask(&text)),
            text,
        }
    };
    files(&root.join("crates").join(name).join("src"), &[".rs"])
        .into_iter()
        .map(source)
        .collect()
}

/// A path as messages show it.
pub(crate) fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}

/// The 1-based line of a byte.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

impl Source {
    /// `path:line` of a byte.
    pub(crate) fn place(&self, offset: usize) -> String {
        format!("{}:{}", self.path, line_of(&self.text, offset))
    }

    /// The module's path inside its crate: `["pipeline", "build"]`; empty for the crate's root.
    pub(crate) fn module(&self) -> Vec<&str> {
        let inside = self.path.split("/src/").nth(1).unwrap_or_default();
        let stem = inside.strip_suffix(".rs").unwrap_or(inside);
        if matches!(stem, "lib" | "main") {
            return Vec::new();
        }
        stem.split('/').collect()
    }

    /// Lines that are not part of a `#[cfg(test)]` module.
    pub(crate) fn lines_outside_tests(&self) -> usize {
        let tests: usize = test_modules(&mask(&self.text))
            .into_iter()
            .map(|module| self.text[module].lines().count())
            .sum();
        self.text.lines().count() - tests
    }

    /// Where `word` stands as a word of its own in the code.
    pub(crate) fn words<'s>(&'s self, word: &'s str) -> impl Iterator<Item = usize> + 's {
        let bounded = move |at: usize| {
            let part = |character: char| character.is_alphanumeric() || character == '_';
            !self.code[..at].ends_with(part) && !self.code[at + word.len()..].starts_with(part)
        };
        self.code
            .match_indices(word)
            .map(|(at, _)| at)
            .filter(move |at| bounded(*at))
    }

    /// All functions with a body, nested ones included.
    pub(crate) fn functions(&self) -> Vec<Function> {
        self.words("fn")
            .filter_map(|at| function(&self.code, at))
            .collect()
    }

    /// What is named after `root::` (`crate::`, `std::`), groups in braces opened: each with its place.
    pub(crate) fn named_after(&self, root: &str) -> Vec<(String, usize)> {
        let mut names = Vec::new();
        for at in self.words(root) {
            if let Some(rest) = self.code[at + root.len()..].strip_prefix("::") {
                let start = self.code.len() - rest.len();
                names.extend(heads(rest).into_iter().map(|name| (name, start)));
            }
        }
        names
    }

    /// What `super::` leads to at the top of the crate, each with its place.
    pub(crate) fn named_after_super(&self) -> Vec<(String, usize)> {
        let depth = self.module().len();
        let mut names = Vec::new();
        for at in self.words("super") {
            if self.code[..at].ends_with("super::") {
                continue;
            }
            let mut rest = &self.code[at..];
            let mut steps = 0;
            while let Some(next) = rest.strip_prefix("super::") {
                (rest, steps) = (next, steps + 1);
            }
            if steps == depth {
                names.extend(heads(rest).into_iter().map(|name| (name, at)));
            }
        }
        names
    }
}

/// The first names of a path or of a group of paths: `a` and `b` of `{a::x, b::{y, z}}`.
fn heads(text: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        let part = |character: &char| character.is_alphanumeric() || *character == '_';
        text.trim_start().chars().take_while(part).collect()
    };
    let Some(group) = text.strip_prefix('{') else {
        return vec![name(text)];
    };
    let mut names = vec![name(group)];
    let mut depth = 0;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(&group[at + 1..])),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn function(code: &str, at: usize) -> Option<Function> {
    let rest = code[at + 2..].trim_start();
    let name: String = rest
        .chars()
        .take_while(|character| character.is_alphanumeric() || *character == '_')
        .collect();
    if name.is_empty() {
        // A function's type, `fn(&str)`.
        return None;
    }
    let start = code.len() - rest.len() + name.len();
    let open = start + code[start..].find('(')?;
    let close = closing(code, open)?;
    let body = close + code[close..].find(['{', ';'])?;
    if code[body..].starts_with(';') {
        return None;
    }
    let end = closing(code, body)?;
    Some(Function {
        name,
        line: line_of(code, at),
        lines: code[at..end].matches('\n').count() + 1,
        parameters: parameters(&code[open + 1..close]),
    })
}

/// The number of parameters between the parentheses, `self` left out.
fn parameters(list: &str) -> usize {
    let mut depth = 0i32;
    let mut parts = vec![String::new()];
    for character in list.replace("->", "  ").chars() {
        match character {
            '(' | '[' | '{' | '<' => depth += 1,
            ')' | ']' | '}' | '>' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    let is_self = |part: &str| {
        let plain = part.trim().trim_start_matches(['&', '\'']);
        plain.split([' ', ':']).any(|word| word == "self")
    };
    parts
        .iter()
        .filter(|part| !part.trim().is_empty() && !is_self(part))
        .count()
}

/// The place of the bracket that closes the one at `open`.
fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, character) in code[open..].char_indices() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(open + at);
        }
    }
    None
}

/// The modules that are compiled for tests only, with their attribute.
fn test_modules(code: &str) -> Vec<std::ops::Range<usize>> {
    let mut modules = Vec::new();
    for (at, _) in code.match_indices("#[cfg(test)]") {
        let Some(open) = code[at..].find('{').map(|open| at + open) else {
            continue;
        };
        if let Some(close) = closing(code, open) {
            modules.push(at..close + 1);
        }
    }
    modules
}

fn without_tests(mut code: String) -> String {
    for module in test_modules(&code) {
        let blank = blank(&code[module.clone()]);
        code.replace_range(module, &blank);
    }
    code
}

/// Spaces of the same length, line breaks kept.
fn blank(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
        .collect()
}

/// `text` with comments and the insides of literals blanked.
pub(crate) fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let after_word = masked.ends_with(|before: char| before.is_alphanumeric() || before == '_');
        let length = match character {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => string(rest),
            'b' | 'c' | 'r' if !after_word => prefixed(rest),
            '\'' => character_literal(rest),
            _ => 0,
        };
        if length == 0 {
            masked.push(character);
            rest = &rest[character.len_utf8()..];
        } else {
            masked.push_str(&blank(&rest[..length]));
            rest = &rest[length..];
        }
    }
    masked
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if text[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `r"…"`, `r#"…"#`, `b"…"`, `br#"…"#`, `b'…'` and their C relatives; 0 for anything else.
fn prefixed(text: &str) -> usize {
    let prefix = text.len() - text.trim_start_matches(['b', 'c', 'r']).len();
    let raw = text[..prefix].contains('r');
    let rest = &text[prefix..];
    if prefix > 2 {
        return 0;
    }
    if !raw {
        return match rest.chars().next() {
            Some('"') => prefix + string(rest),
            Some('\'') => prefix + character_literal(rest),
            _ => 0,
        };
    }
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    if !rest[hashes..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let body = &rest[hashes + 1..];
    let close = body.find(&end).map_or(body.len(), |at| at + end.len());
    prefix + hashes + 1 + close
}

/// The length of a literal such as `'a'` or `'\n'`; 0 for a lifetime.
fn character_literal(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => {
            characters.next();
            characters
                .find(|(_, character)| *character == '\'')
                .map_or(0, |(at, _)| at + 1)
        }
        Some(_) => match characters.next() {
            Some((at, '\'')) => at + 1,
            _ => 0,
        },
        None => 0,
    }
}

#[test]
fn literals_and_comments_are_blanked() {
    let text = "let a = \"{ // }\"; // {\nlet b = '{'; let c: &'a str = r#\"}\"\"#; /* { /* } */ */ fin('\\'', b'{')";
    let masked = mask(text);
    assert_eq!(masked.len(), text.len());
    assert!(!masked.contains(['{', '}', '"']), "{masked}");
    assert!(
        masked.contains("&'a str") && masked.contains("fin("),
        "{masked}"
    );
}

#[test]
fn functions_are_measured() {
    let code = "impl A {\n fn one(&mut self, a: (u8, u8), b: Vec<(A, B)>, c: fn(u8) -> u8) -> u8\n {\n  1\n }\n fn two();\n}";
    let found = function(code, code.find("fn").expect("a function")).expect("with a body");
    assert_eq!(
        (found.name.as_str(), found.line, found.lines),
        ("one", 2, 4)
    );
    assert_eq!(found.parameters, 3);
    assert!(function(code, code.rfind("fn two").expect("another")).is_none());
}

#[test]
fn groups_of_paths_have_heads() {
    assert_eq!(heads("cli::{Next, serve}"), ["cli"]);
    assert_eq!(
        heads("{cli::{a, b}, web, error::Error}"),
        ["cli", "web", "error"]
    );
}
