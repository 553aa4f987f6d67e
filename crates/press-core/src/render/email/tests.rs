//! Addresses as they are from anywhere. Whole mails are judged in `press`'s `tests/it/email.rs`.

use super::*;

#[test]
fn addresses_are_whole() {
    let whole = |url: &str| {
        whole_address(
            url,
            "https://a.example/weekly",
            "https://a.example/weekly/7/",
        )
    };
    let own = |url: &str| Some(url.to_owned());
    assert_eq!(whole("https://b.example/x"), None);
    assert_eq!(whole("mailto:a@b.example"), None);
    assert_eq!(whole("/about/"), own("https://a.example/weekly/about/"));
    assert_eq!(whole("//c.example/x:y"), own("https://c.example/x:y"));
    assert_eq!(whole("#news"), own("https://a.example/weekly/7/#news"));
    assert_eq!(
        whole("tern.png"),
        own("https://a.example/weekly/7/tern.png")
    );
    assert_eq!(whole("a/b:c"), own("https://a.example/weekly/7/a/b:c"));
    assert_eq!(whole(""), own("https://a.example/weekly/7/"));
}
