//! What composed messages are, read by another program's MIME parser. Their signatures are judged in `tests/it/signed.rs`.

use super::*;
use mail_parser::{HeaderValue, MessageParser, MimeHeaders};
use proptest::prelude::*;

fn head() -> Head {
    let way = |pattern: &str| Gapped::split(pattern, "{token}");
    Head {
        from: Mailbox {
            name: "This Week in Tern".into(),
            address: "weekly@tern.example".into(),
        },
        subject: "This Week in Tern 53: Nester, Flüge und mehr".into(),
        date: "2026-11-19T09:00:00Z".parse().expect("a time"),
        language: "en".into(),
        issue: "53".into(),
        list: "weekly".into(),
        list_name: "This Week in Tern".into(),
        domain: "tern.example".into(),
        unsubscribe: vec![
            way("https://tern.example/unsubscribe/{token}"),
            way("mailto:bounces@tern.example?subject=unsubscribe%20{token}"),
        ],
        archive: Some("https://tern.example/archive/".into()),
        complaints: Some("complaints@tern.example".into()),
        ..Head::default()
    }
}

fn content(text: &str, html: Option<&str>) -> Content {
    Content {
        text: Gapped::split(text, "{token}"),
        html: html.map(|html| Gapped::split(html, "{token}")),
    }
}

const ADA: Subscriber<'_> = Subscriber {
    address: "ada@gull.example",
    name: Some("Ada"),
    token: "Zm9v-b_0",
    id: 7,
};

fn composed(content: &Content, subscriber: &Subscriber<'_>) -> Vec<u8> {
    let mut out = b"left over".to_vec();
    let prepared = Prepared::new(&head(), content, Arc::new([]));
    prepared
        .compose(subscriber, &mut out)
        .expect("it can be mailed");
    out
}

#[test]
fn a_message_is_what_was_prepared_with_this_persons_words() {
    let content = content(
        "Hallo\n  ümlaut\nleave: {token}\n",
        Some("<p>Hallo {token}"),
    );
    let raw = composed(&content, &ADA);
    let message = MessageParser::default()
        .parse(&raw)
        .expect("it is a message");
    assert_eq!(
        message.body_text(0).as_deref(),
        Some("Hallo\r\n  ümlaut\r\nleave: Zm9v-b_0\r\n")
    );
    assert_eq!(message.body_html(0).as_deref(), Some("<p>Hallo Zm9v-b_0"));
    assert_eq!(message.subject(), Some(head().subject.as_str()));
    assert_eq!(
        message.parts[0]
            .content_type()
            .and_then(|kind| kind.subtype()),
        Some("alternative")
    );
    let shown: Vec<&str> = message.header_raw("List-Unsubscribe").into_iter().collect();
    assert_eq!(
        shown.concat().replace("\r\n", ""),
        " <https://tern.example/unsubscribe/Zm9v-b_0>, <mailto:bounces@tern.example?subject=unsubscribe%20Zm9v-b_0>"
    );
    let wanted = [
        ("List-Id", "\"This Week in Tern\" <weekly.tern.example>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Post", "NO"),
        ("List-Archive", "<https://tern.example/archive/>"),
        ("Feedback-ID", "53:weekly:issue:tern-example"),
        ("CFBL-Address", "complaints@tern.example; report=arf"),
        ("Date", "Thu, 19 Nov 2026 09:00:00 +0000"),
        ("MIME-Version", "1.0"),
    ];
    for (name, value) in wanted {
        let found = message
            .header_raw(name)
            .map(|value| value.trim().replace('"', ""));
        assert_eq!(found, Some(value.replace('"', "")), "{name}");
    }
}

#[test]
fn the_id_is_the_same_for_the_same_person_and_no_other() {
    let content = content("a", None);
    let prepared = Prepared::new(&head(), &content, Arc::new([]));
    assert_eq!(prepared.message_id(7), prepared.message_id(7));
    assert_ne!(prepared.message_id(7), prepared.message_id(8));
    let other = Head {
        issue: "54".into(),
        ..head()
    };
    assert_ne!(
        prepared.message_id(7),
        Prepared::new(&other, &content, Arc::new([])).message_id(7)
    );
    let raw = composed(&content, &ADA);
    let message = MessageParser::default()
        .parse(&raw)
        .expect("it is a message");
    assert_eq!(message.message_id(), Some(prepared.message_id(7).as_str()));
}

#[test]
fn text_alone_is_one_part() {
    let raw = composed(&content("Hallo {token}\n\n\n", None), &ADA);
    let message = MessageParser::default()
        .parse(&raw)
        .expect("it is a message");
    assert_eq!(message.parts.len(), 1);
    assert_eq!(
        message.body_text(0).as_deref().map(str::trim_end),
        Some("Hallo Zm9v-b_0")
    );
    assert!(raw.ends_with(b"\r\n") && !raw.ends_with(b"\r\n\r\n"));
}

#[test]
fn addresses_and_tokens_that_would_break_out_are_refused() {
    let prepared = Prepared::new(&head(), &content("a", None), Arc::new([]));
    let mut out = Vec::new();
    let mut refused = |subscriber: Subscriber<'_>| prepared.compose(&subscriber, &mut out).err();
    let bad = Unmailable::Address(AddressMistake::Invisible);
    assert_eq!(
        refused(Subscriber {
            address: "a@b.example\r\nBcc: c@d.example",
            ..ADA
        }),
        Some(bad)
    );
    for token in ["", "a b", "a\r\n", "a=", "../x", &"t".repeat(76)] {
        assert_eq!(
            refused(Subscriber { token, ..ADA }),
            Some(Unmailable::Token),
            "{token}"
        );
    }
}

#[test]
fn an_address_outside_ascii_is_told() {
    let prepared = Prepared::new(&head(), &content("a", None), Arc::new([]));
    let mut out = Vec::new();
    let mut smtputf8 = |address| {
        let composed = prepared.compose(&Subscriber { address, ..ADA }, &mut out);
        composed.map(|composed| composed.smtputf8)
    };
    assert_eq!(smtputf8("jürgen@b.example"), Ok(true));
    assert_eq!(smtputf8("a@bücher.example"), Ok(false));
}

proptest! {
    /// Whatever people are called and whatever stands in an issue: one header, two parts, lines within bounds.
    #[test]
    fn no_name_and_no_text_breaks_a_message(name in "(\\PC|[\\r\\n\\t\"\\\\<>,:=?]|ü){0,60}", text in "(\\PC|[\\n \\t=.]|\\{token\\}|\\r\\n--|From ){0,200}") {
        let content = content(&text, Some(&text));
        let raw = composed(&content, &Subscriber { name: Some(&name), ..ADA });
        let message = MessageParser::default().parse(&raw).expect("it is a message");
        prop_assert_eq!(message.parts.len(), 3);
        let allowed = ["from", "subject", "date", "to", "message-id", "list-unsubscribe", "list-id", "list-unsubscribe-post",
            "list-archive", "list-post", "feedback-id", "cfbl-address", "precedence", "mime-version", "content-language", "content-type"];
        for header in message.headers() {
            prop_assert!(allowed.contains(&header.name().to_ascii_lowercase().as_str()), "{}", header.name());
        }
        let address = message.to().and_then(|to| to.first()).and_then(|to| to.address());
        prop_assert_eq!(address, Some("ada@gull.example"));
        prop_assert!(!matches!(message.header("To"), Some(HeaderValue::Empty)));
        let expected = text.replace("{token}", ADA.token).replace("\r\n", "\n").replace('\n', "\r\n");
        let html = message.html_bodies().next().map(|part| part.contents().to_vec()).unwrap_or_default();
        prop_assert_eq!(String::from_utf8_lossy(&html), expected);
        for line in raw.split(|byte| *byte == b'\n') {
            prop_assert!(line.len() <= 79 && line.is_ascii());
            prop_assert!(!line.starts_with(b"."));
        }
    }
}
