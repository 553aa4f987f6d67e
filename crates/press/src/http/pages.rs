//! Lists that come in pages: where the next one is, as the `Link` header says.

use super::{Response, Url};
use reqwest::header::LINK;

/// Where a list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nowhere: it ends here.
    End,
    /// At this address of the same server.
    Page(Url),
    /// On another server, which was not asked for and has no right to a token.
    Elsewhere(Url),
}

impl Response {
    /// Where the next page is, as the header `Link` says (RFC 8288); `from` is the address of this one.
    pub fn next_page(&self, from: &Url) -> Next {
        let said = next(self.header(LINK.as_str()));
        match said.and_then(|said| from.join(said).ok()) {
            None => Next::End,
            Some(next) if next.origin() == from.origin() => Next::Page(next),
            Some(next) => Next::Elsewhere(next),
        }
    }
}

/// The target of `rel="next"` in a header like `<https://…?page=2>; rel="next", <https://…?page=9>; rel="last"`.
fn next(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, after) = after.split_once('>')?;
        let end = after.find('<').unwrap_or(after.len());
        let mut parameters = after[..end].split([';', ',']);
        let is_next = parameters.any(|parameter| {
            let (name, value) = parameter.trim().split_once('=').unwrap_or_default();
            let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
            name.trim().eq_ignore_ascii_case("rel") && relations.any(|relation| relation == "next")
        });
        if is_next {
            return Some(target);
        }
        rest = &after[end..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::next;

    #[test]
    fn the_next_page_is_where_the_header_says() {
        let both = "<https://a.example/x?page=2>; rel=\"next\", <https://a.example/x?page=9>; rel=\"last\"";
        assert_eq!(next(both), Some("https://a.example/x?page=2"));
        let odd = "<https://a.example/?q=a,b;c>; title=\"x\"; rel=\"last next\"";
        assert_eq!(next(odd), Some("https://a.example/?q=a,b;c"));
        assert_eq!(next("<https://a.example/?page=1>; rel=prev"), None);
        assert_eq!(next("<https://a.example/?page=1; rel=next"), None);
        assert_eq!(next(""), None);
    }
}
