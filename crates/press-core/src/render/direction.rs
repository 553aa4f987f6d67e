//! Which way a language is written.

/// Languages that are written from right to left unless their tag names a script that is not.
const LANGUAGES: [&str; 18] = [
    "ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "lrc", "mzn", "nqo", "pnb", "ps", "sd",
    "syr", "ug", "ur", "yi",
];

/// Scripts that are written from right to left (ISO 15924).
const SCRIPTS: [&str; 9] = [
    "adlm", "arab", "aran", "hebr", "mand", "nkoo", "rohg", "syrc", "thaa",
];

/// `rtl` or `ltr`, from a language's tag ([RFC 5646](https://www.rfc-editor.org/rfc/rfc5646)): a script in it counts more
/// than the language.
pub fn direction(language: &str) -> &'static str {
    let tag = language.to_ascii_lowercase();
    let mut parts = tag.split(['-', '_']);
    let language = parts.next().unwrap_or_default();
    let is_script =
        |part: &&str| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let right_to_left = match parts.find(is_script) {
        Some(script) => SCRIPTS.contains(&script),
        None => LANGUAGES.contains(&language),
    };
    if right_to_left { "rtl" } else { "ltr" }
}

#[cfg(test)]
mod tests {
    use super::direction;

    #[test]
    fn a_script_counts_more_than_the_language() {
        for (tag, way) in [
            ("en", "ltr"),
            ("ar", "rtl"),
            ("AR-EG", "rtl"),
            ("he", "rtl"),
            ("fa-IR", "rtl"),
            ("pa", "ltr"),
            ("pa-Arab-PK", "rtl"),
            ("ks-Deva", "ltr"),
            ("az_Latn", "ltr"),
            ("de-1996", "ltr"),
            ("", "ltr"),
        ] {
            assert_eq!(direction(tag), way, "{tag}");
        }
    }
}
