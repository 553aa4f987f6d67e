//! Answers of others, read loosely: a field of the wrong type is none, an entry that cannot be read is counted, and the
//! rest is there.

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, IgnoredAny};

/// Something of this kind, or anything else.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Either<T> {
    Good(T),
    Other(IgnoredAny),
}

impl<T> Either<T> {
    fn good(self) -> Option<T> {
        match self {
            Either::Good(good) => Some(good),
            Either::Other(_) => None,
        }
    }
}

/// For `deserialize_with`: nothing unless it is of the right kind.
pub(super) fn maybe<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Either::<T>::deserialize(from)?.good())
}

/// For `deserialize_with`: a number, however it is written.
pub(super) fn count<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let number = maybe::<D, f64>(from)?;
    // More than anybody counts is as good as the most.
    Ok(number
        .filter(|number| number.is_finite())
        .map(|number| (number as i64).clamp(-MOST, MOST)))
}

/// Larger numbers are no counts.
const MOST: i64 = 1 << 52;

/// A list, and how many of its entries could not be read.
#[derive(Debug)]
pub(super) struct List<T> {
    pub(super) items: Vec<T>,
    pub(super) odd: usize,
}

impl<T> Default for List<T> {
    fn default() -> List<T> {
        List {
            items: Vec::new(),
            odd: 0,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<List<T>, D::Error> {
        let all = Vec::<Either<T>>::deserialize(from)?;
        let length = all.len();
        let items: Vec<T> = all.into_iter().filter_map(Either::good).collect();
        let odd = length - items.len();
        Ok(List { items, odd })
    }
}

/// What to say of entries that could not be read.
pub(super) fn odd_ones(odd: usize) -> Option<String> {
    match odd {
        0 => None,
        1 => Some("an entry could not be understood and was left out".to_owned()),
        odd => Some(format!(
            "{odd} entries could not be understood and were left out"
        )),
    }
}

/// A moment as JSON has it: with an offset, or none if it cannot be read.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    text.trim().parse().ok()
}

/// A moment in seconds since 1970.
pub(super) fn second(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, serde::Deserialize)]
    #[serde(default)]
    struct Post {
        #[serde(deserialize_with = "maybe")]
        title: Option<String>,
        #[serde(deserialize_with = "count")]
        points: Option<i64>,
    }

    #[test]
    fn wrong_types_are_nothing_and_the_rest_is_there() {
        let text = r#"[{"title": 3, "points": 7.0}, {"title": "Gulls", "points": "many"}, 5, {"title": null}, [[]],
                       {"points": 1e300}]"#;
        let list: List<Post> = serde_json::from_str(text).unwrap();
        let told: Vec<_> = list
            .items
            .iter()
            .map(|post| (post.title.as_deref(), post.points))
            .collect();
        let gulls = (Some("Gulls"), None);
        let most = (None, Some(MOST));
        // A list of nothing but defaults is read as an entry without anything.
        assert_eq!(told[..3], [(None, Some(7)), gulls, (None, None)]);
        assert_eq!(told.last(), Some(&most));
        assert!(list.odd >= 1, "{list:?}");
    }
}
