//! How far one word is from another: what tells a slip from another word.

/// How many characters must be changed to make one word of the other.
pub(super) fn distance(one: &str, other: &str) -> usize {
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
