//! Text with gaps: rendered once, filled for each person.
//!
//! What differs from person to person in a mail is one word, in a handful of places. A gap is found by a marker that
//! stands nowhere else, so nothing that a contributor wrote can become one and carry a reader's word elsewhere.

/// A text in pieces; between two pieces is a gap.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Gapped {
    pieces: Vec<String>,
}

impl Gapped {
    /// `text` with a gap wherever `marker` stands.
    pub fn split(text: &str, marker: &str) -> Gapped {
        Gapped {
            pieces: text.split(marker).map(str::to_owned).collect(),
        }
    }

    /// The pieces; there is always one.
    pub fn pieces(&self) -> &[String] {
        &self.pieces
    }

    /// Number of gaps.
    pub fn gaps(&self) -> usize {
        self.pieces.len() - 1
    }

    /// Its length in bytes without what fills the gaps.
    pub fn size_bytes(&self) -> usize {
        self.pieces.iter().map(String::len).sum()
    }

    /// The text with `word` in every gap.
    pub fn fill(&self, word: &str) -> String {
        self.pieces.join(word)
    }
}

/// A marker that stands in none of `texts`.
pub fn unused_marker(texts: &[&str]) -> String {
    let free = |marker: &String| texts.iter().all(|text| !text.contains(marker.as_str()));
    (0u32..)
        .map(|number| format!("gap{number}gap"))
        .find(free)
        .expect("texts are finite, numbers are not")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_and_only_gaps() {
        let hostile = "gap0gap and gap1gap";
        let marker = unused_marker(&[hostile]);
        assert_eq!(marker, "gap2gap");
        let text = Gapped::split(
            &format!("<a href=\"/u/{marker}\">{hostile}</a>{marker}"),
            &marker,
        );
        assert_eq!(text.gaps(), 2);
        assert_eq!(text.fill("X"), "<a href=\"/u/X\">gap0gap and gap1gap</a>X");
        assert_eq!(Gapped::split("plain", &marker).fill("X"), "plain");
    }
}
