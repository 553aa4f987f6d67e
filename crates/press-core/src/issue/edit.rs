//! Changes to a text: only the bytes an edit names change.

use crate::diagnostic::Edit;

/// Why edits could not be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditError {
    /// Two edits want the same bytes.
    Overlap,
    /// An edit names bytes that are not there, or half a character.
    OutOfText,
}

/// Applies `edits` to `text`. Edits may come in any order; none may touch bytes of another.
pub fn apply(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    let mut ordered: Vec<&Edit> = edits.iter().collect();
    ordered.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut changed = String::with_capacity(text.len());
    let mut at = 0;
    for edit in ordered {
        if edit.span.start < at {
            return Err(EditError::Overlap);
        }
        let kept = text.get(at..edit.span.start).ok_or(EditError::OutOfText)?;
        if !text.is_char_boundary(edit.span.end) {
            return Err(EditError::OutOfText);
        }
        changed.push_str(kept);
        changed.push_str(&edit.text);
        at = edit.span.end;
    }
    changed.push_str(text.get(at..).ok_or(EditError::OutOfText)?);
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Span;

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit {
            span: Span::new(start, end),
            text: text.to_owned(),
        }
    }

    #[test]
    fn only_named_bytes_change() {
        let changed = apply(
            "one two three",
            &[edit(8, 13, "3"), edit(0, 3, "1"), edit(4, 4, "& ")],
        );
        assert_eq!(changed.as_deref(), Ok("1 & two 3"));
    }

    #[test]
    fn what_cannot_be_applied_is_refused() {
        assert_eq!(
            apply("abc", &[edit(0, 2, ""), edit(1, 3, "")]),
            Err(EditError::Overlap)
        );
        assert_eq!(apply("ä", &[edit(0, 1, "")]), Err(EditError::OutOfText));
        assert_eq!(apply("a", &[edit(0, 9, "")]), Err(EditError::OutOfText));
    }
}
