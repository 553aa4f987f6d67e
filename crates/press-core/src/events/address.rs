//! Postal addresses that people wrote into one line, as far as a town can be read from them.

use super::Town;
use crate::places::{country_code, has_states, state_code};

/// The town of `Hall, Street 1, 10115 Berlin, Germany` or `5 Main St, Seattle, WA 98101, USA`. Without a country at its
/// end an address says nothing for certain.
pub fn town_of(address: &str) -> Town {
    let line = address.replace(['\n', '\r', ';'], ",");
    let mut parts: Vec<&str> = line
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let Some(code) = parts.last().and_then(|last| country_code(last)) else {
        return Town::default();
    };
    parts.pop();
    let state = parts.last().and_then(|part| state_in(part, code));
    if state.is_some() && parts.len() > 1 {
        parts.pop();
    }
    // What is only a post code is no town.
    let is_name = |part: &&&str| {
        part.split(' ')
            .any(|word| !word.is_empty() && !has_digit(word))
    };
    let city = parts.iter().rev().find(is_name);
    let city = city.map(|city| {
        let words = city.split(' ').filter(|word| !has_digit(word));
        words.collect::<Vec<_>>().join(" ")
    });
    Town {
        city,
        state: state.map(str::to_owned),
        country: Some(code.to_owned()),
    }
}

/// The state of `WA 98101` or `New South Wales`.
fn state_in(part: &str, code: &str) -> Option<&'static str> {
    if !has_states(code) {
        return None;
    }
    let words: Vec<&str> = part.split(' ').filter(|word| !has_digit(word)).collect();
    state_code(code, &words.join(" "))
}

fn has_digit(word: &str) -> bool {
    word.contains(|sign: char| sign.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_towns() {
        for (address, town) in [
            ("Hall, Street 1, 10115 Berlin, Germany", "Berlin, DE"),
            ("5 Main St, Seattle, WA 98101, USA", "Seattle, WA, US"),
            (
                "Gull House\n1 Quay\nBristol BS1 4XX\nUnited Kingdom",
                "Bristol, GB",
            ),
            (
                "Level 2, 1 George St, Sydney, New South Wales 2000, Australia",
                "Sydney, NSW, AU",
            ),
            ("Oslo, Norway", "Oslo, NO"),
            ("somewhere nice", ""),
            ("", ""),
        ] {
            let read = town_of(address);
            let parts = [read.city, read.state, read.country];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            assert_eq!(parts.join(", "), town, "{address}");
        }
    }
}
