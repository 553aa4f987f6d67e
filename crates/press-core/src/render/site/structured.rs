//! What pages tell search engines of issues: schema.org in JSON.

use super::{IssueSummary, Pages};
use serde_json::json;

impl Pages<'_> {
    /// An issue as others read it who do not read pages.
    pub(super) fn json_ld(&self, summary: &IssueSummary) -> String {
        let publisher = json!({ "@type": "Organization", "name": self.newsletter.author });
        let mut data = json!({
            "@context": "https://schema.org",
            "@type": "Article",
            "headline": summary.head.title,
            "datePublished": summary.head.date.to_string(),
            "inLanguage": self.newsletter.language,
            "url": self.absolute(&summary.head.url),
            "description": self.describe(summary),
            "author": publisher,
            "publisher": publisher,
            "isPartOf": {
                "@type": "Periodical",
                "name": self.newsletter.name,
                "url": format!("{}/", self.newsletter.base_url),
            },
        });
        if let Some((_, image)) = self.picture(summary) {
            data["image"] = image.url.into();
        }
        if let Some(modified) = summary.head.modified {
            data["dateModified"] = modified.date().to_string().into();
        }
        // Inside a script element `<` could end it.
        data.to_string().replace('<', "\\u003c")
    }
}
