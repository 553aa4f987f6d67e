//! Where an event takes place: on site, on line, or both.

use super::plain;
use serde::{Deserialize, Serialize};

/// How people take part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceMode {
    /// On site.
    #[default]
    InPerson,
    /// On line.
    Virtual,
    /// Both.
    Hybrid,
}

/// A place as an issue names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// As written.
    pub text: String,
    /// How people take part.
    pub mode: PlaceMode,
    /// The town.
    pub city: Option<String>,
    /// State or province, where one is given.
    pub state: Option<String>,
    /// The country, mostly as a two-letter code.
    pub country: Option<String>,
}

impl Place {
    /// Reads `City, ST, CC`, `City, CC`, `Virtual`, `Virtual (City, CC)` and `Hybrid (City, CC)`.
    pub fn parse(markdown: &str) -> Place {
        let text = plain(markdown);
        let (mode, where_to) = mode(&text);
        let mut place = Place {
            mode,
            ..Place::default()
        };
        let parts: Vec<&str> = where_to
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect();
        let owned = |part: &&str| Some((**part).to_owned());
        match parts.as_slice() {
            [] => {}
            [city] => place.city = owned(city),
            [city, country] => (place.city, place.country) = (owned(city), owned(country)),
            [city, state, country] => {
                (place.city, place.state, place.country) =
                    (owned(city), owned(state), owned(country));
            }
            // More parts than a place has: the last two are what they always are.
            [city @ .., state, country] => {
                place.city = Some(city.join(", "));
                (place.state, place.country) = (owned(state), owned(country));
            }
        }
        place.text = text;
        place
    }
}

/// How people take part, and the words that say where: `Virtual (Oslo, NO)`, `Virtual + In-Person (Oslo, NO)`,
/// `Oslo, NO + Virtual`.
fn mode(text: &str) -> (PlaceMode, &str) {
    if let Some((place, other)) = text.rsplit_once(" + ")
        && !place.contains('(')
        && !starts_with_mode(place)
        && matches!(other.to_ascii_lowercase().as_str(), "virtual" | "online")
    {
        return (PlaceMode::Hybrid, place.trim());
    }
    if !starts_with_mode(text) {
        return (PlaceMode::InPerson, text);
    }
    let (words, inner) = text.split_once('(').unwrap_or((text, ""));
    let lower = words.to_ascii_lowercase();
    let on_line = lower.contains("virtual") || lower.contains("online");
    let mode = match (
        on_line,
        lower.contains("hybrid") || lower.contains("person"),
    ) {
        (_, true) if on_line || lower.contains("hybrid") => PlaceMode::Hybrid,
        (true, _) => PlaceMode::Virtual,
        _ => PlaceMode::InPerson,
    };
    if inner.is_empty() {
        let word = words.find(char::is_whitespace).unwrap_or(words.len());
        return (mode, words[word..].trim());
    }
    (mode, inner.trim_end_matches(')').trim())
}

/// Whether the first word says how people take part.
fn starts_with_mode(text: &str) -> bool {
    let starts = |word: &str| {
        text.get(..word.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(word))
    };
    ["virtual", "online", "hybrid", "in-person", "in person"]
        .iter()
        .any(|word| starts(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_parts_and_a_mode() {
        let read = |text| {
            let place = Place::parse(text);
            (
                place.mode,
                place.city.unwrap_or_default(),
                place.state.unwrap_or_default(),
                place.country,
            )
        };
        let own = str::to_owned;
        assert_eq!(
            read("Oslo, NO"),
            (PlaceMode::InPerson, own("Oslo"), own(""), Some(own("NO")))
        );
        assert_eq!(
            read("Hybrid (Seattle, WA, US)"),
            (
                PlaceMode::Hybrid,
                own("Seattle"),
                own("WA"),
                Some(own("US"))
            )
        );
        assert_eq!(
            read("Virtual"),
            (PlaceMode::Virtual, own(""), own(""), None)
        );
        assert_eq!(
            read("Virtual (Cardiff, UK)"),
            (PlaceMode::Virtual, own("Cardiff"), own(""), Some(own("UK")))
        );
        for both in [
            "Virtual + In-Person (Oslo, NO)",
            "Hybrid: Virtual and in person (Oslo, NO)",
            "Oslo, NO + Virtual",
        ] {
            assert_eq!(
                read(both),
                (PlaceMode::Hybrid, own("Oslo"), own(""), Some(own("NO")))
            );
        }
        assert_eq!(
            read("In-Person (Oslo, NO)"),
            (PlaceMode::InPerson, own("Oslo"), own(""), Some(own("NO")))
        );
        assert_eq!(read(""), (PlaceMode::InPerson, own(""), own(""), None));
    }
}
