//! The shape of XML, seen without reading it: what some feeds are made of only to keep their readers busy, or to let them
//! run out of memory.

/// What a text is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// Most attributes of an element.
    pub(super) attributes: usize,
    /// How deep elements stand in one another.
    pub(super) depth: usize,
}

/// Comparing more attributes with one another takes for ever.
pub(super) const ATTRIBUTES_MOST: usize = 2000;
/// Nobody writes deeper.
pub(super) const DEPTH_MOST: usize = 100;

impl Shape {
    /// The shape of a text, which may be broken.
    pub(super) fn of(text: &str) -> Shape {
        let mut shape = Shape::default();
        let mut depth = 0usize;
        let mut at = 0;
        while let Some(next) = text[at..].find('<') {
            at += next + 1;
            let rest = &text[at..];
            let skipped = [("![CDATA[", "]]>"), ("!--", "-->")];
            if let Some((_, end)) = skipped.iter().find(|(start, _)| rest.starts_with(start)) {
                at += rest.find(end).unwrap_or(rest.len());
            } else if rest.starts_with('/') {
                depth = depth.saturating_sub(1);
            } else if rest.starts_with(|sign: char| !matches!(sign, '!' | '?')) {
                let tag = Tag::of(rest);
                at += tag.length;
                shape.attributes = shape.attributes.max(tag.attributes);
                depth += usize::from(!tag.closed);
                shape.depth = shape.depth.max(depth);
            }
        }
        shape
    }
}

/// A start tag.
struct Tag {
    length: usize,
    attributes: usize,
    /// It has no content.
    closed: bool,
}

impl Tag {
    fn of(text: &str) -> Tag {
        let (mut quote, mut attributes, mut before) = (None, 0, b' ');
        for (at, byte) in text.bytes().enumerate() {
            match (quote, byte) {
                (Some(sign), _) if byte == sign => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'=') => attributes += 1,
                (None, b'>') => {
                    return Tag {
                        length: at,
                        attributes,
                        closed: before == b'/',
                    };
                }
                (None, _) => {}
            }
            before = byte;
        }
        Tag {
            length: text.len(),
            attributes,
            closed: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_a_text_is_seen() {
        let shape = Shape::of(
            "<a x='1' y=\"/>\"><b/><!-- <c><c> --><![CDATA[<c><c>]]><d></d><e>&lt;</e></a>",
        );
        assert_eq!((shape.attributes, shape.depth), (2, 2));
        let shape = Shape::of("<?xml version='1.0'?><!DOCTYPE a><a><b><c x='>");
        assert_eq!((shape.attributes, shape.depth), (1, 3));
    }
}
