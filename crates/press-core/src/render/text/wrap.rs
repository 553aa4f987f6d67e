//! Lines of plain text: words put together up to a width, counted in the columns of a terminal.

use super::WIDTH;

/// Columns of a text: East Asian characters and most pictures take two, combining marks none.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

fn columns(character: char) -> usize {
    match character {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f900}'..='\u{1f9ff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// `text` in lines of at most `room` columns. A word that is longer stands alone; if it is no address it is divided.
pub(super) fn lines(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let mut long = width(word);
        if used > 0 && used + 1 + long > room {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        if long <= room || word.contains("://") {
            line.push_str(word);
            used += long;
            continue;
        }
        // Chinese and Japanese have no blanks; they may be divided nearly anywhere.
        for character in word.chars() {
            if used + columns(character) > room {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(character);
            used += columns(character);
            long -= columns(character);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// `text` in lines of at most [`WIDTH`] columns: for templates.
pub fn wrap(text: &str) -> String {
    lines(text, WIDTH).join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_fill_lines_and_addresses_stay_whole() {
        assert_eq!(lines("a bb ccc", 4), ["a bb", "ccc"]);
        assert_eq!(
            lines("see https://tern.example/long now", 10),
            ["see", "https://tern.example/long", "now"]
        );
        assert_eq!(lines("渡り鳥の群れ", 4), ["渡り", "鳥の", "群れ"]);
        assert_eq!(lines("  ", 4), [""; 0]);
    }
}
