//! How words of strangers are written into posts: as a service's markup wants it, and so that they call nobody.

use crate::text::plain_line;

/// The markup of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// None: Mastodon, Bluesky.
    Plain,
    /// Markdown in which a backslash takes the meaning of a sign away: Discord, Discourse, Reddit.
    Markdown,
    /// Zulip's Markdown, which knows no backslash.
    Zulip,
    /// Slack's.
    Slack,
}

/// Comes behind a sign that would mean something; takes no room, and nobody sees it.
const BREAK: char = '\u{200b}';

impl Style {
    /// A value as it is written into a text: one line that looks like the value, mentions nobody, and is no markup.
    pub fn escape(self, value: &str) -> String {
        let line = plain_line(value);
        let mut text = String::with_capacity(line.len() + 8);
        for (at, sign) in line.char_indices() {
            self.push(
                &mut text,
                sign,
                (&line[..at], &line[at + sign.len_utf8()..]),
            );
        }
        text
    }

    fn push(self, text: &mut String, sign: char, (before, after): (&str, &str)) {
        let doubled = || before.ends_with(sign) || after.starts_with(sign);
        match (self, sign) {
            // No service takes an at sign for a mention that stands alone.
            (_, '@' | '＠') => text.extend([sign, BREAK]),
            // Reddit: u/name and r/name.
            (Style::Markdown, 'u' | 'r' | 'U' | 'R') if after.starts_with('/') => {
                text.extend([sign, BREAK]);
            }
            (Style::Markdown, '+' | '-' | '=' | '.' | ')') if !starts(before, sign) => {
                text.push(sign);
            }
            (Style::Markdown, sign) if MARKDOWN.contains(sign) => text.extend(['\\', sign]),
            (Style::Zulip, '*' | '~' | '`' | '$' | '|') if doubled() => text.extend([sign, BREAK]),
            (Style::Zulip, '[' | ']' | '#') => text.extend([sign, BREAK]),
            (Style::Zulip, '>' | '-' | '+') if before.is_empty() => text.extend([BREAK, sign]),
            (Style::Zulip, '/') if before.is_empty() => text.extend([BREAK, sign]),
            (Style::Slack, '&') => text.push_str("&amp;"),
            (Style::Slack, '<') => text.push_str("&lt;"),
            (Style::Slack, '>') => text.push_str("&gt;"),
            _ => text.push(sign),
        }
    }

    /// A link on some words; where there is no markup for it, the words alone.
    pub fn link(self, text: &str, url: &str) -> String {
        let text = self.escape(text);
        match self {
            _ if url.is_empty() => text,
            Style::Plain => text,
            Style::Slack => format!("<{url}|{}>", text.replace('|', "¦")),
            Style::Markdown | Style::Zulip => format!("[{text}]({url})"),
        }
    }
}

/// What means something in Markdown; the last five only where a line begins.
const MARKDOWN: &str = "\\`*_[]<>~|&#^+-=.)";

/// Whether a sign could make a list or a heading: it is the first of the value, or comes after nothing but digits.
fn starts(before: &str, sign: char) -> bool {
    match sign {
        '.' | ')' => !before.is_empty() && before.bytes().all(|byte| byte.is_ascii_digit()),
        _ => before.is_empty(),
    }
}

/// An address as every markup can hold it: what might end it, or mean something, is written with `%`. Nothing if it does
/// not lead to the web.
pub fn address(url: &str) -> String {
    let url = url.trim();
    let scheme = |name: &str| {
        url.get(..name.len())
            .is_some_and(|own| own.eq_ignore_ascii_case(name))
    };
    if !scheme("https://") && !scheme("http://") {
        return String::new();
    }
    let mut clean = String::with_capacity(url.len());
    for sign in url.chars() {
        let plain = sign.is_ascii_alphanumeric() || "-._~:/?#@!$&',;=%+".contains(sign);
        if plain || (!sign.is_ascii() && sign.is_alphanumeric()) {
            clean.push(sign);
        } else {
            let mut bytes = [0; 4];
            for byte in sign.encode_utf8(&mut bytes).bytes() {
                clean.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_called() {
        for style in [Style::Plain, Style::Markdown, Style::Zulip, Style::Slack] {
            let text = style.escape("@everyone, @here and @**all**: ask @ada@tern.example");
            assert!(!text.contains("@e") && !text.contains("@h") && !text.contains("@a"));
            assert!(!text.contains("@*"), "{text}");
        }
        let slack = Style::Slack.escape("<!channel> & <@U123>");
        assert_eq!(slack, "&lt;!channel&gt; &amp; &lt;@\u{200b}U123&gt;");
        assert_eq!(
            Style::Markdown.escape("<@&99> ask u/ada"),
            "\\<@\u{200b}\\&99\\> ask u\u{200b}/ada"
        );
    }

    #[test]
    fn words_are_no_markup() {
        assert_eq!(
            Style::Markdown.escape("*a* [b](c) `d` ||e||"),
            "\\*a\\* \\[b\\](c) \\`d\\` \\|\\|e\\|\\|"
        );
        assert_eq!(Style::Markdown.escape("# 1. x"), "\\# 1. x");
        assert_eq!(Style::Markdown.escape("1. 2.0 - x"), "1\\. 2.0 - x");
        assert_eq!(Style::Markdown.escape("a\n\n- b\u{202e}"), "a - b");
        assert_eq!(
            Style::Zulip.escape("**a** [b](c)"),
            "*\u{200b}*\u{200b}a*\u{200b}*\u{200b} [\u{200b}b]\u{200b}(c)"
        );
    }

    #[test]
    fn links_stay_whole() {
        assert_eq!(
            address("https://a.example/x_(y)?q=a b|c>d"),
            "https://a.example/x_%28y%29?q=a%20b%7Cc%3Ed"
        );
        assert_eq!(address("javascript:alert(1)"), "");
        assert_eq!(
            Style::Slack.link("a|b>c", "https://a.example/"),
            "<https://a.example/|a¦b&gt;c>"
        );
        assert_eq!(
            Style::Markdown.link("a]b", "https://a.example/"),
            "[a\\]b](https://a.example/)"
        );
    }
}
