//! The slips that are made most in XML, mended in its text: bare ampersands, entities of HTML, elements without an end.

use super::entries;
use crate::sources::html;
use std::collections::HashMap;

/// What is whole of an entry that breaks off.
pub(super) fn until_cut(chunk: &str, name: &str) -> Option<String> {
    let last = chunk.rfind("</")?;
    let end = last + chunk[last..].find('>').map_or(0, |end| end + 1);
    Some(format!("{}</{name}>", &chunk[..end]))
}

/// An entry whose end is missing, or that has markup between its elements which was never closed.
pub(super) fn closed(chunk: &str, name: &str) -> String {
    let mut text = entries::shielded(chunk, false);
    let close = format!("</{name}>");
    if !text.contains(&close) {
        text.push_str(&close);
    }
    text
}

/// A piece of XML without the slips that are made most: bare ampersands, entities of HTML, characters that XML forbids.
pub(super) fn mended(text: &str) -> String {
    let legal = |sign: &char| !sign.is_control() || matches!(sign, '\n' | '\r' | '\t');
    ampersands(&text.chars().filter(legal).collect::<String>())
}

/// A text whose ampersands all begin an entity that XML knows.
pub(super) fn ampersands(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut entities = Entities::default();
    let mut rest = text;
    while let Some(start) = rest.find("<![CDATA[") {
        // What stands in such a section is text already.
        let end = rest[start..].find("]]>");
        let end = end.map_or(rest.len(), |end| start + end);
        entities.mend(&rest[..start], &mut mended);
        mended.push_str(&rest[start..end]);
        rest = &rest[end..];
    }
    entities.mend(rest, &mut mended);
    mended
}

/// Entities of HTML, each looked up once.
#[derive(Default)]
struct Entities {
    known: HashMap<String, Option<String>>,
}

/// No text has more kinds of them.
const ENTITIES: usize = 500;
/// No entity has a longer name.
const ENTITY_BYTES: usize = 32;

impl Entities {
    /// Writes a text whose ampersands are mended.
    fn mend(&mut self, text: &str, to: &mut String) {
        let mut rest = text;
        while let Some(at) = rest.find('&') {
            to.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let start = &rest.as_bytes()[..rest.len().min(ENTITY_BYTES)];
            let end = start.iter().position(|byte| *byte == b';');
            let name = end.map_or("", |end| &rest[..end]);
            let plain = |name: &str| {
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
            };
            match name {
                "amp" | "lt" | "gt" | "quot" | "apos" => to.push('&'),
                _ if name.strip_prefix('#').is_some_and(plain) => to.push('&'),
                _ if plain(name) => match self.find(name) {
                    Some(said) => {
                        to.push_str(said);
                        rest = &rest[name.len() + 1..];
                    }
                    None => to.push_str("&amp;"),
                },
                _ => to.push_str("&amp;"),
            }
        }
        to.push_str(rest);
    }

    /// What an entity says, if there is one of this name.
    fn find(&mut self, name: &str) -> Option<&str> {
        if !self.known.contains_key(name) && self.known.len() < ENTITIES {
            let entity = format!("&{name};");
            let said = html::read(&format!("x{entity}x")).text;
            let said = said
                .strip_prefix('x')
                .and_then(|said| said.strip_suffix('x'));
            let said = said.filter(|said| !said.contains(&entity));
            self.known.insert(name.to_owned(), said.map(str::to_owned));
        }
        self.known.get(name)?.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn mending_leaves_whole_texts_alone(text in "[a-zö<>/ ]{0,40}(&amp;|&#8217;|<!\\[CDATA\\[a & b\\]\\]>){0,3}") {
            prop_assert_eq!(ampersands(&text), text);
        }
    }

    #[test]
    fn ampersands_of_people_are_mended() {
        assert_eq!(
            ampersands("R&D & &eacute;&bogus; &#x2014;&# &amp"),
            "R&amp;D &amp; é&amp;bogus; &#x2014;&amp;# &amp;amp"
        );
        assert_eq!(
            ampersands("<![CDATA[&]]>&<![CDATA[&"),
            "<![CDATA[&]]>&amp;<![CDATA[&"
        );
    }
}
