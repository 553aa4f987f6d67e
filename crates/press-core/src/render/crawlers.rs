//! What search engines are told of a site.

use super::sanitise::escape;
use jiff::civil::Date;

/// `sitemap.xml` (sitemaps.org) for paths with the day of their last change; `origin` is scheme and host.
pub fn sitemap(origin: &str, pages: &[(String, Option<Date>)]) -> String {
    let mut xml = String::with_capacity(pages.len() * 110 + 120);
    xml.push_str("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    xml.push_str("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    for (url, date) in pages {
        let location = escape(&format!("{origin}{url}"));
        let changed = date.map_or_else(String::new, |date| format!("<lastmod>{date}</lastmod>"));
        xml.push_str(&format!("<url><loc>{location}</loc>{changed}</url>\n"));
    }
    xml.push_str("</urlset>\n");
    xml
}

/// `robots.txt`: everything may be read, and here is the map.
pub fn robots(base_url: &str) -> String {
    format!("User-agent: *\nAllow: /\n\nSitemap: {base_url}/sitemap.xml\n")
}
