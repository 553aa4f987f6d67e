//! Owned blocks: parts of a draft that a machine writes, between two comments.
//!
//! ```md
//! <!-- press:begin events -->
//! …
//! <!-- press:end events -->
//! ```
//!
//! Only what stands between the markers is ever rewritten. A marker that lost its partner is an error, never a guess:
//! guessing where a block ends would cost somebody's text. Blocks beside it that are beyond doubt may be written all the same.

use crate::diagnostic::Edit;
use crate::format::{Definitions, Format};
use crate::issue::edit::apply;
use crate::issue::{Document, Issue, Source};
use crate::span::Span;

/// A part of a text that a machine writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it is called; the id of a section, or what its source says.
    pub name: String,
    /// The line of its first marker, line break included.
    pub begin: Span,
    /// What stands between the markers: whole lines, or nothing.
    pub content: Span,
    /// The line of its second marker, line break included.
    pub end: Span,
}

/// Why the blocks of a text cannot be told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockError {
    /// The marker that is wrong.
    pub span: Span,
    /// What is wrong, as a sentence without full stop.
    pub message: String,
    /// What a person can do.
    pub help: String,
}

impl BlockError {
    fn new(span: Span, message: String, help: impl Into<String>) -> BlockError {
        BlockError {
            span,
            message,
            help: help.into(),
        }
    }
}

/// A comment that begins with `press:`.
struct Marker<'t> {
    comment: Span,
    word: &'t str,
    name: &'t str,
}

/// The line that begins the block `name`.
pub fn begin_line(name: &str) -> String {
    format!("<!-- press:begin {name} -->\n")
}

/// The line that ends the block `name`.
pub fn end_line(name: &str) -> String {
    format!("<!-- press:end {name} -->\n")
}

/// `content` as the block `name`, with its markers.
pub fn wrap(name: &str, content: &str) -> String {
    format!(
        "{}{}{}",
        begin_line(name),
        lines_of(content),
        end_line(name)
    )
}

/// `content` as whole lines: it ends with a line break, or is nothing.
fn lines_of(content: &str) -> String {
    let content = content.trim_matches(['\n', '\r']);
    if content.is_empty() {
        String::new()
    } else {
        format!("{content}\n")
    }
}

/// All blocks of `text`, in order. Markers in code are text.
pub fn find_blocks(text: &str) -> Result<Vec<Block>, Vec<BlockError>> {
    let (mut blocks, mut errors): (Vec<Block>, Vec<BlockError>) = (Vec::new(), Vec::new());
    let mut open: Option<Marker<'_>> = None;
    let markers = markers(text);
    errors.extend(
        markers
            .iter()
            .filter_map(|marker| judge(marker, text).err()),
    );
    // A damaged marker leaves its partner alone; that is no second mistake.
    if !errors.is_empty() {
        return Err(errors);
    }
    for marker in markers {
        match (marker.word, open.take()) {
            ("begin", None) => open = Some(marker),
            ("begin", Some(before)) => {
                errors.push(endless(&before));
                open = Some(marker);
            }
            (_, Some(before)) if before.name == marker.name => {
                if blocks.iter().any(|block| block.name == marker.name) {
                    let message = format!("there are two blocks `{}`", marker.name);
                    let help = "take one of them out, with its markers";
                    errors.push(BlockError::new(before.comment, message, help));
                }
                blocks.push(block(&before, &marker, text));
            }
            (_, before) => {
                let message = format!("nothing begins the block `{}` that ends here", marker.name);
                let help = format!(
                    "put `{}` back where it began, or take this line out",
                    begin_line(marker.name).trim_end()
                );
                errors.push(BlockError::new(marker.comment, message, help));
                open = before;
            }
        }
    }
    errors.extend(open.iter().map(endless));
    if errors.is_empty() {
        Ok(blocks)
    } else {
        Err(errors)
    }
}

/// The blocks of `text` that are whole whatever is wrong elsewhere: the end follows the beginning with no marker between
/// them, and no other marker has their name.
pub fn whole_blocks(text: &str) -> Vec<Block> {
    let markers = markers(text);
    let fits = |pair: &&[Marker<'_>]| {
        let [begin, end] = pair else { return false };
        let named = markers.iter().filter(|marker| marker.name == begin.name);
        (begin.word, end.word) == ("begin", "end")
            && begin.name == end.name
            && named.count() == 2
            && judge(begin, text).and(judge(end, text)).is_ok()
    };
    let pairs = markers.windows(2).filter(fits);
    pairs.map(|pair| block(&pair[0], &pair[1], text)).collect()
}

fn block(before: &Marker<'_>, after: &Marker<'_>, text: &str) -> Block {
    let lines = |span: Span| {
        Span::new(
            super::line_start(text, span.start),
            super::line_end(text, span.end),
        )
    };
    let (begin, end) = (lines(before.comment), lines(after.comment));
    Block {
        name: after.name.to_owned(),
        content: Span::new(begin.end, end.start),
        begin,
        end,
    }
}

fn endless(marker: &Marker<'_>) -> BlockError {
    let message = format!("the block `{}` that begins here does not end", marker.name);
    let help = format!(
        "put `{}` back where it ended, or take this line out; it is not rewritten as long as nobody knows what is whose",
        end_line(marker.name).trim_end()
    );
    BlockError::new(marker.comment, message, help)
}

/// What is wrong with a marker by itself.
fn judge(marker: &Marker<'_>, text: &str) -> Result<(), BlockError> {
    if !matches!(marker.word, "begin" | "end") {
        let message = format!("`press:{}` is no marker", marker.word);
        let help = "markers are `press:begin NAME` and `press:end NAME`";
        return Err(BlockError::new(marker.comment, message, help));
    }
    let plain =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    if marker.name.is_empty() || !marker.name.chars().all(plain) {
        let first = marker.name.lines().next().unwrap_or_default();
        let message = format!("`{first}` is no name for a block");
        let help = match first == marker.name {
            true => "a name is of letters, digits and hyphens, such as the id of a section",
            false => "close the comment with `-->` on the line where it begins",
        };
        return Err(BlockError::new(marker.comment, message, help));
    }
    let line = Span::new(
        super::line_start(text, marker.comment.start),
        super::line_end(text, marker.comment.end),
    );
    if line.of(text).trim() != marker.comment.of(text).trim() {
        let message = format!("the marker of the block `{}` shares its line", marker.name);
        return Err(BlockError::new(
            marker.comment,
            message,
            "give it a line of its own",
        ));
    }
    Ok(())
}

fn markers(text: &str) -> Vec<Marker<'_>> {
    if !text.contains("press:") {
        return Vec::new();
    }
    let source = Source::new(text, Definitions::First);
    let document = Document::parse(&source);
    let marker = |comment: &Span| {
        let inner = comment
            .of(text)
            .trim()
            .strip_prefix("<!--")?
            .strip_suffix("-->")?;
        let command = inner.trim().strip_prefix("press:")?;
        let (word, name) = command
            .split_once(char::is_whitespace)
            .unwrap_or((command, ""));
        Some(Marker {
            comment: comment.trimmed(text),
            word,
            name: name.trim(),
        })
    };
    document.comments.iter().filter_map(marker).collect()
}

/// The block `name`, if the text has it.
pub fn find_block(text: &str, name: &str) -> Result<Option<Block>, Vec<BlockError>> {
    Ok(find_blocks(text)?
        .into_iter()
        .find(|block| block.name == name))
}

/// `text` with `content` in one of its blocks. Everything else stays byte for byte.
pub fn put(text: &str, block: &Block, content: &str) -> String {
    let (before, after) = (&text[..block.content.start], &text[block.content.end..]);
    format!("{before}{}{after}", lines_of(content))
}

/// `text` with `content` in the block `name`; none if there is no such block. Everything else stays byte for byte.
pub fn replace(text: &str, name: &str, content: &str) -> Result<Option<String>, Vec<BlockError>> {
    let block = find_block(text, name)?;
    Ok(block.map(|block| put(text, &block, content)))
}

/// `text` with an empty block in each section of `ids` that has no block of that name: behind the last comment of the
/// section, which usually says what belongs there, else at the end of its own text.
pub fn insert_empty(text: &str, format: &Format, ids: &[&str]) -> Result<String, Vec<BlockError>> {
    let blocks = find_blocks(text)?;
    let issue = Issue::parse(text, format);
    let mut edits: Vec<Edit> = Vec::new();
    for id in ids {
        let section = issue
            .sections
            .iter()
            .find(|section| section.id.as_deref() == Some(id));
        let Some(section) = section.filter(|_| blocks.iter().all(|block| block.name != *id)) else {
            continue;
        };
        let own = section.content;
        let last = issue
            .comments
            .iter()
            .rfind(|comment| own.contains(**comment));
        let end = own.start + own.of(text).trim_end().len();
        let at = last
            .map_or(end, |comment| comment.trimmed(text).end)
            .max(own.start.min(end));
        let at = super::line_end(text, at.saturating_sub(1).max(section.head.start));
        let at = if text[..at].ends_with('\n') {
            at
        } else {
            text.len()
        };
        edits.push(Edit {
            span: Span::new(at, at),
            text: format!("\n{}", wrap(id, "")),
        });
    }
    Ok(apply(text, &edits).unwrap_or_else(|_| text.to_owned()))
}

/// `text` without the markers of its blocks; what stood between them stays.
pub fn without_markers(text: &str) -> Result<String, Vec<BlockError>> {
    let blocks = find_blocks(text)?;
    let mut edits = Vec::new();
    for block in &blocks {
        // A block that nobody filled leaves no gap behind.
        if block.content.of(text).trim().is_empty() {
            let whole = Span::new(block.begin.start, block.end.end);
            let lines = super::lines_to_remove(text, Span::new(whole.start, block.end.start));
            edits.push(Edit {
                span: Span::new(whole.start, lines.end.max(whole.end)),
                text: String::new(),
            });
        } else {
            edits.push(Edit {
                span: block.begin,
                text: String::new(),
            });
            edits.push(Edit {
                span: block.end,
                text: String::new(),
            });
        }
    }
    Ok(apply(text, &edits).unwrap_or_else(|_| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Title: A\n\n## Events\n\n<!-- press:begin events -->\n* one\n<!-- press:end events -->\n\nBye\n";

    #[test]
    fn blocks_beside_a_damaged_one_are_whole() {
        let line = |word: &str, name: &str| format!("<!-- press:{word} {name} -->\n");
        let names = |words: &[(&str, &str)]| {
            let text: String = words
                .iter()
                .map(|(word, name)| line(word, name) + "x\n")
                .collect();
            let whole = whole_blocks(&text);
            whole
                .into_iter()
                .map(|block| block.name)
                .collect::<Vec<_>>()
                .join(" ")
        };
        let (a, b) = (
            [("begin", "a"), ("end", "a")],
            [("begin", "b"), ("end", "b")],
        );
        assert_eq!(names(&[a, b].concat()), "a b");
        assert_eq!(names(&[a[0], b[0], b[1]]), "b");
        assert_eq!(names(&[a[1], b[0], b[1]]), "b");
        assert_eq!(names(&[a[0], b[1]]), "");
        assert_eq!(names(&[a[0], b[0], b[1], a[1]]), "b");
        assert_eq!(names(&[a[0], a[1], b[0], b[1], a[0]]), "b");
        assert_eq!(names(&[a[0], ("stop", "c"), a[1], b[0], b[1]]), "b");
    }

    #[test]
    fn a_block_is_found_and_filled_and_the_rest_stays() {
        let block = find_block(TEXT, "events").expect("whole").expect("there");
        assert_eq!(block.content.of(TEXT), "* one\n");
        let filled = replace(TEXT, "events", "* two\n* three")
            .expect("whole")
            .expect("there");
        assert_eq!(filled, TEXT.replace("* one", "* two\n* three"));
        let emptied = replace(&filled, "events", "")
            .expect("whole")
            .expect("there");
        assert_eq!(emptied, TEXT.replace("* one\n", ""));
        assert_eq!(replace(TEXT, "jobs", "x"), Ok(None));
    }

    #[test]
    fn markers_go_and_what_they_held_stays() {
        assert_eq!(
            without_markers(TEXT).expect("whole"),
            "Title: A\n\n## Events\n\n* one\n\nBye\n"
        );
        let empty = TEXT.replace("* one\n", "");
        assert_eq!(
            without_markers(&empty).expect("whole"),
            "Title: A\n\n## Events\n\nBye\n"
        );
    }

    #[test]
    fn markers_in_code_and_in_comments_are_text() {
        let text = "    <!-- press:begin a -->\n\n```\n<!-- press:end b -->\n```\n\n<!-- see `press:begin` -->\n";
        assert_eq!(find_blocks(text), Ok(Vec::new()));
    }

    #[test]
    fn sections_get_empty_blocks_where_their_comments_say_what_belongs_there() {
        use crate::format::{SectionKind, SectionSpec};
        let section = |id: &str, title: &str| SectionSpec::new(id, SectionKind::Links, title);
        let sections = vec![
            section("a", "A"),
            section("b", "B"),
            section("events", "Events"),
        ];
        let format = Format::new(sections, Vec::new(), Definitions::First);
        let text = format!("{TEXT}\n## A\n\n<!-- here -->\n\nBye.\n\n## B\n");
        let marked = insert_empty(&text, &format, &["a", "b", "c", "events"]).expect("whole");
        assert_eq!(
            marked,
            format!(
                "{TEXT}\n## A\n\n<!-- here -->\n\n<!-- press:begin a -->\n<!-- press:end a -->\n\nBye.\n\n\
                 ## B\n\n<!-- press:begin b -->\n<!-- press:end b -->\n"
            )
        );
        assert_eq!(
            insert_empty(&marked, &format, &["a", "b"]).expect("whole"),
            marked
        );
    }

    #[track_caller]
    fn refused(text: &str, message: &str) {
        let errors = find_blocks(text).expect_err("half a block");
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].message.contains(message), "{errors:?}");
        assert!(
            errors[0].span.of(text).starts_with("<!-- press:"),
            "{errors:?}"
        );
        assert!(without_markers(text).is_err());
        assert!(replace(text, "events", "lost").is_err());
    }

    #[test]
    fn half_a_block_is_refused() {
        refused(
            &TEXT.replace("<!-- press:end events -->\n", ""),
            "does not end",
        );
        refused(
            &TEXT.replace("<!-- press:begin events -->\n", ""),
            "nothing begins",
        );
        refused(&format!("{TEXT}\n{TEXT}"), "two blocks `events`");
        refused(
            &TEXT.replace("press:end events", "press:stop events"),
            "is no marker",
        );
    }

    #[test]
    fn damaged_markers_are_refused() {
        for (from, to) in [
            ("press:end events", "press:end event"),
            ("press:begin events", "press:begin"),
            ("* one\n<!--", "* one <!--"),
            ("* one", "<!-- press:begin inner -->"),
        ] {
            let text = TEXT.replace(from, to);
            assert!(find_blocks(&text).is_err(), "{text}");
        }
    }
}
