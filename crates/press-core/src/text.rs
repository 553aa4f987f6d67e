//! Small things that are done with texts everywhere. What is done with Markdown is the issue model's.

/// A text with all white space made single blanks, so that line breaks do not matter when it is compared.
pub fn collapsed(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// Whether nobody sees a character: signs that take no room, or turn the direction of what follows.
pub fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

/// What strangers wrote as one line, without signs that nobody sees or that steer a terminal. Joiners stay: they make
/// families of emoji and shape letters of some scripts.
pub fn plain_line(text: &str) -> String {
    let shown = |sign: &char| {
        let joins = matches!(sign, '\u{200c}' | '\u{200d}');
        (joins || !is_invisible(*sign)) && (sign.is_whitespace() || !sign.is_control())
    };
    collapsed(&text.chars().filter(shown).collect::<String>())
}

/// A number as people write it in English: "95,000".
pub fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// How many characters must be changed to make one word of the other.
pub(crate) fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, sign) in one.chars().enumerate() {
        let mut diagonal = line;
        row[0] = line + 1;
        for column in 0..other.len() {
            let change = diagonal + usize::from(!sign.eq_ignore_ascii_case(&other[column]));
            diagonal = row[column + 1];
            row[column + 1] = change.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_strangers_is_what_people_see() {
        assert_eq!(
            plain_line(" a\u{200b}b\r\n\t c\u{1b}[2J\u{202e} "),
            "ab c[2J"
        );
        assert_eq!(plain_line("👩\u{200d}💻"), "👩\u{200d}💻");
    }
}
