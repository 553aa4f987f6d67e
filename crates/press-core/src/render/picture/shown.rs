//! How pages name their pictures.

use super::{Card, HEIGHT, Painter, WIDTH};
use crate::render::address::split_base;
use crate::render::site::{IssueSummary, NewsletterInfo, Pages};
use serde::Serialize;

/// The picture of a page, as templates are given it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PageImage {
    /// Its whole address, with a sign of its content at the end: sites that show it keep pictures by address.
    pub url: String,
    /// Its path.
    pub path: String,
    /// The same in words.
    pub about: String,
    /// Pixels from side to side.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
}

impl PageImage {
    /// The picture of `card` at `path`, on the host that `origin` names.
    pub fn new(painter: &Painter, card: &Card, origin: &str, path: String) -> PageImage {
        PageImage {
            url: format!("{origin}{path}?v={}", painter.key(card)),
            path,
            about: card.about(),
            width: WIDTH,
            height: HEIGHT,
        }
    }
}

/// The path of a page's picture: beside the page, and always the same.
pub fn path_of(page: &str) -> String {
    if page.ends_with('/') {
        return format!("{page}share.png");
    }
    let stem = page.strip_suffix(".html").unwrap_or(page);
    format!("{stem}-share.png")
}

/// The picture of all pages that have none of their own, for a site whose first page is at `home`.
pub fn of_site(painter: &Painter, newsletter: &NewsletterInfo, home: &str) -> PageImage {
    let card = Card::of_newsletter(newsletter);
    let (origin, _) = split_base(&newsletter.base_url);
    PageImage::new(painter, &card, origin, path_of(home))
}

impl Pages<'_> {
    /// What the picture of an issue says and where it is, if it has one.
    pub fn picture(&self, summary: &IssueSummary) -> Option<(Card, PageImage)> {
        let painter = self.painter?;
        let highlights = summary.highlights.as_ref()?;
        let card = Card::of_issue(self.newsletter, &summary.head, highlights);
        let path = path_of(&summary.head.url);
        let (origin, _) = split_base(&self.newsletter.base_url);
        let image = PageImage::new(painter, &card, origin, path);
        Some((card, image))
    }
}
