//! Where an event takes place: on site, on line, or both.

use super::plain;
use serde::Serialize;

/// How people take part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
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

fn mode(text: &str) -> (PlaceMode, &str) {
    for (word, mode) in [
        ("virtual", PlaceMode::Virtual),
        ("online", PlaceMode::Virtual),
        ("hybrid", PlaceMode::Hybrid),
    ] {
        let Some(head) = text
            .get(..word.len())
            .filter(|head| head.eq_ignore_ascii_case(word))
        else {
            continue;
        };
        let rest = text[head.len()..].trim();
        let inner = rest
            .strip_prefix('(')
            .map_or(rest, |inner| inner.trim_end_matches(')'));
        return (mode, inner);
    }
    (PlaceMode::InPerson, text)
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
        assert_eq!(read(""), (PlaceMode::InPerson, own(""), own(""), None));
    }
}
