//! OPML 2.0: feeds as a list that feed readers take in as a whole.

use super::feed::FeedFormat;
use super::feed::xml::Xml;

/// Feeds under a heading.
#[derive(Clone, Debug)]
pub struct Outline {
    /// The heading.
    pub title: String,
    /// The feeds.
    pub feeds: Vec<OutlineFeed>,
}

/// A feed in a list.
#[derive(Clone, Debug)]
pub struct OutlineFeed {
    /// What it is called.
    pub title: String,
    /// What is in it.
    pub about: String,
    /// Its address.
    pub url: String,
    /// The page it belongs to.
    pub page: String,
    /// How it is written.
    pub format: FeedFormat,
}

/// The list as a file.
pub fn write(title: &str, outlines: &[Outline]) -> String {
    let mut xml = Xml::new();
    xml.element("opml", &[("version", "2.0")], |xml| {
        xml.element("head", &[], |xml| {
            xml.text("title", title);
            xml.text("docs", "http://opml.org/spec2.opml");
        });
        xml.element("body", &[], |xml| {
            for outline in outlines.iter().filter(|outline| !outline.feeds.is_empty()) {
                let words = [("text", outline.title.as_str()), ("title", &outline.title)];
                xml.element("outline", &words, |xml| {
                    for feed in &outline.feeds {
                        self::feed(xml, feed);
                    }
                });
            }
        });
    });
    xml.finish()
}

fn feed(xml: &mut Xml, feed: &OutlineFeed) {
    // `rss` stands for feeds of every format; the version says which.
    let version = match feed.format {
        FeedFormat::Atom => "ATOM",
        FeedFormat::Rss => "RSS2",
        FeedFormat::Json => "JSON",
    };
    let attributes = [
        ("type", "rss"),
        ("text", feed.title.as_str()),
        ("title", &feed.title),
        ("description", &feed.about),
        ("xmlUrl", &feed.url),
        ("htmlUrl", &feed.page),
        ("version", version),
    ];
    xml.empty("outline", &attributes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_feeds_is_read_by_others() {
        let feed = OutlineFeed {
            title: "Gulls & \"terns\"".into(),
            about: "What <flies>".into(),
            url: "https://a.example/s.xml?a&b".into(),
            page: "https://a.example/".into(),
            format: FeedFormat::Atom,
        };
        let outlines = [
            Outline {
                title: "Birds".into(),
                feeds: vec![feed],
            },
            Outline {
                title: "Empty".into(),
                feeds: Vec::new(),
            },
        ];
        let text = write("All \u{2} feeds", &outlines);
        insta::assert_snapshot!(text, @r#"
        <?xml version="1.0" encoding="utf-8"?>
        <opml version="2.0">
         <head>
          <title>All  feeds</title>
          <docs>http://opml.org/spec2.opml</docs>
         </head>
         <body>
          <outline text="Birds" title="Birds">
           <outline type="rss" text="Gulls &amp; &quot;terns&quot;" title="Gulls &amp; &quot;terns&quot;" description="What &lt;flies&gt;" xmlUrl="https://a.example/s.xml?a&amp;b" htmlUrl="https://a.example/" version="ATOM"/>
          </outline>
         </body>
        </opml>
        "#);
    }
}
