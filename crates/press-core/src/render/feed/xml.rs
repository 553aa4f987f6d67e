//! A small writer: elements that close themselves, text that is always escaped and legal.

use super::legal;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

/// Writes one document.
pub(in super::super) struct Xml {
    writer: Writer<Vec<u8>>,
}

const IN_MEMORY: &str = "writing to memory does not fail";

impl Xml {
    pub(in super::super) fn new() -> Self {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
        writer
            .write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))
            .expect(IN_MEMORY);
        Self { writer }
    }

    pub(in super::super) fn finish(self) -> String {
        let mut text = String::from_utf8(self.writer.into_inner()).expect("only text was written");
        text.push('\n');
        text
    }

    pub(in super::super) fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        content: impl FnOnce(&mut Xml),
    ) {
        let start = quick_xml::events::BytesStart::new(name);
        let legal: Vec<_> = attributes
            .iter()
            .map(|(key, value)| (*key, legal(value)))
            .collect();
        let start = start.with_attributes(legal.iter().map(|(key, value)| (*key, value.as_ref())));
        self.writer
            .write_event(Event::Start(start.borrow()))
            .expect(IN_MEMORY);
        content(self);
        self.writer
            .write_event(Event::End(start.to_end()))
            .expect(IN_MEMORY);
    }

    pub(in super::super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let start = quick_xml::events::BytesStart::new(name);
        let legal: Vec<_> = attributes
            .iter()
            .map(|(key, value)| (*key, legal(value)))
            .collect();
        let start = start.with_attributes(legal.iter().map(|(key, value)| (*key, value.as_ref())));
        self.writer
            .write_event(Event::Empty(start))
            .expect(IN_MEMORY);
    }

    pub(in super::super) fn text(&mut self, name: &str, text: &str) {
        self.element(name, &[], |xml| xml.characters(text));
    }

    pub(in super::super) fn characters(&mut self, text: &str) {
        self.writer
            .write_event(Event::Text(BytesText::new(&legal(text))))
            .expect(IN_MEMORY);
    }
}
