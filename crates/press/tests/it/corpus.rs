//! Feeds as they should not be, and what we read of them all the same. Each is small and has one thing wrong.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// A feed of the corpus.
pub(crate) struct Broken {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) bytes: Vec<u8>,
}

const XML: &str = "application/xml";

fn item(number: u32, title: &str) -> String {
    format!(
        "<item><title>{title}</title><link>https://gull.example/{number}</link>\
         <pubDate>Thu, 03 Apr 2025 10:0{number}:00 +0000</pubDate></item>"
    )
}

fn entry(number: u32, title: &str) -> String {
    format!(
        "<entry><id>urn:gull:{number}</id><title>{title}</title><link href=\"https://gull.example/{number}\"/>\
         <updated>2025-04-03T10:0{number}:00Z</updated></entry>"
    )
}

fn rss(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>The Gull Blog</title>\
         <link>https://gull.example/</link>{items}</channel></rss>"
    )
}

fn atom(entries: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\">\
         <title>The Gull Blog</title><author><name>Jonathan</name></author>{entries}</feed>"
    )
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// All of them.
pub(crate) fn all() -> Vec<Broken> {
    let mut all = Vec::new();
    let mut add = |name, kind, bytes: Vec<u8>| all.push(Broken { name, kind, bytes });
    let two = format!(
        "{}{}",
        item(1, "Gulls over Kiel"),
        item(2, "Gulls over Riga")
    );
    slips(&mut add, &two);
    shapes(&mut add, &two);
    bytes(&mut add, &two);
    json(&mut add);
    days(&mut add);
    ids(&mut add, &two);
    all
}

type Add<'a> = &'a mut dyn FnMut(&'static str, &'static str, Vec<u8>);

/// Slips in otherwise good feeds.
fn slips(add: Add<'_>, two: &str) {
    let dates = "<item><title>No such day</title><link>https://gull.example/3</link><pubDate>Tue, 42 Nonesuch 2025</pubDate></item>\
                 <item><title>No day</title><link>https://gull.example/4</link></item>\
                 <item><title>Day only</title><link>https://gull.example/5</link><pubDate>2025-04-03</pubDate></item>\
                 <item><title>Wrong weekday</title><link>https://gull.example/6</link><pubDate>Monday, 3 April 2025 10:00 EST</pubDate></item>";
    add("dates.xml", XML, rss(dates).into());
    let ahead = two.replace("2025 10:02", "2099 10:02");
    add("future.xml", XML, rss(&ahead).into());
    add(
        "ampersand.xml",
        XML,
        rss(&item(
            1,
            "Gulls & Terns at R&D &nbsp; caf&eacute; &amp; more",
        ))
        .into(),
    );
    let cdata = item(
        1,
        "<![CDATA[Gulls & <em>Terns</em> use <code>Vec<T></code>]]>",
    );
    add("cdata.xml", XML, rss(&cdata).into());
    add(
        "twice-escaped.xml",
        XML,
        rss(&item(
            1,
            "Gulls &amp;amp; Terns &amp;#8217;s &lt;b&gt;nest&lt;/b&gt;",
        ))
        .into(),
    );
    add(
        "duplicates.xml",
        XML,
        rss(&format!("{two}{}", item(1, "Gulls over Kiel, again"))).into(),
    );
    let bare = "<item><guid>https://gull.example/guid</guid><title>By its guid</title></item>\
                <item><title>Nowhere</title><description>none</description></item>\
                <item><title>Mail</title><link>mailto:a@gull.example</link></item>";
    add("addresses.xml", XML, rss(bare).into());
    let unhelpful = format!("{}{}", item(1, ""), item(2, "The Gull Blog"));
    add("untitled.xml", XML, rss(&unhelpful).into());
    let control = item(1, "Gulls \u{1}over\u{8} Kiel").into_bytes();
    let control = String::from_utf8(control).unwrap();
    add("control.xml", XML, rss(&control).into());
    let unclosed = format!(
        "{}{}",
        item(1, "Gulls <b>over Kiel"),
        item(2, "Gulls over Riga")
    );
    add("unclosed.xml", XML, rss(&unclosed).into());
    let no_end = two.replacen("</item>", "", 1);
    add("no-end.xml", XML, rss(&no_end).into());
    let cut = rss(two);
    add("cut.xml", XML, cut.as_bytes()[..cut.len() - 60].to_vec());
    add(
        "tracking.xml",
        XML,
        rss(&two.replace("/1<", "/1?utm_source=rss&amp;id=7<")).into(),
    );
}

/// Old, foreign and careless shapes.
fn shapes(add: Add<'_>, two: &str) {
    let old = "<?xml version=\"1.0\"?><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
               xmlns=\"http://my.netscape.com/rdf/simple/0.9/\"><channel><title>The Gull Blog</title></channel>\
               <item><title>Old gulls</title><link>https://gull.example/old</link></item></rdf:RDF>";
    add("rss-0.90.xml", XML, old.into());
    let doctype = "<!DOCTYPE rss PUBLIC \"-//Netscape//DTD RSS 0.91//EN\" \"http://gull.example/rss.dtd\" [<!ENTITY g \"gull\">]>";
    let old = rss(two)
        .replace("<rss", &format!("{doctype}<rss"))
        .replace("2.0", "0.91");
    add("rss-0.91.xml", XML, old.into());
    add(
        "rss-no-version.xml",
        XML,
        rss(two).replace(" version=\"2.0\"", "").into(),
    );
    let dates = "<item rdf:about=\"x\"><title>Gulls in RDF</title><link>https://gull.example/rdf</link>\
                 <dc:date>2025-04-03T10:00:00+02:00</dc:date><dc:creator>Fletcher</dc:creator></item>";
    let rdf = "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\">\
               <channel><title>The Gull Blog</title></channel>";
    add(
        "rss-1.0-no-dc.xml",
        XML,
        format!("{rdf}{dates}</rdf:RDF>").into(),
    );
    let entries = format!(
        "{}{}",
        entry(1, "Gulls over Kiel"),
        entry(2, "Gulls over Riga")
    );
    let plain = atom(&entries).replace(" xmlns=\"http://www.w3.org/2005/Atom\"", "");
    add("atom-no-namespace.xml", XML, plain.into());
    let old = "<feed version=\"0.3\" xmlns=\"http://purl.org/atom/ns#\"><title>The Gull Blog</title><entry>\
               <title>Atom of old</title><link rel=\"alternate\" type=\"text/html\" href=\"https://gull.example/03\"/>\
               <issued>2025-04-03T10:00:00Z</issued><modified>2025-04-05T10:00:00Z</modified></entry></feed>";
    add("atom-0.3.xml", XML, old.into());
    let relative = "<entry xml:base=\"https://gull.example/blog/\"><id>urn:1</id><title>By its base</title>\
                    <link href=\"one\"/><updated>2025-04-03T10:00:00Z</updated></entry>\
                    <entry><id>urn:2</id><title>By the feed</title><link href=\"../two?a=1&amp;b=2\"/>\
                    <updated>2025-04-03T10:00:00Z</updated></entry>";
    add("atom-relative.xml", XML, atom(relative).into());
    let titles = "<entry><id>urn:1</id><title type=\"html\">&lt;b&gt;Bold&lt;/b&gt; gulls &amp;amp; terns</title>\
                  <link rel=\"self\" href=\"https://gull.example/self\"/><link rel=\"enclosure\" type=\"audio/mpeg\" href=\"https://gull.example/a.mp3\"/>\
                  <link href=\"https://gull.example/1\"/><published>2025-04-03T10:00:00Z</published>\
                  <updated>2025-09-09T10:00:00Z</updated></entry>\
                  <entry><id>urn:2</id><title type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">The <em>second</em> gull</div></title>\
                  <link href=\"https://gull.example/2\"/><updated>2025-04-03T10:00:00Z</updated></entry>\
                  <entry><id>urn:3</id><title>Box&lt;dyn Gull&gt;</title><link href=\"https://gull.example/3\"/>\
                  <updated>2025-04-03T10:00:00Z</updated></entry>";
    add("atom-titles.xml", XML, atom(titles).into());
    add(
        "foreign-space.xml",
        XML,
        rss(two)
            .replace("<rss", "<rss xmlns=\"http://backend.example/rss2\"")
            .into(),
    );
    add(
        "junk-before.xml",
        XML,
        format!(
            "\u{feff}\n\n<!-- made by hand --> {}",
            rss(two).replacen("<?xml version=\"1.0\"?>", "", 1)
        )
        .into(),
    );
    add(
        "unknown-prefix.xml",
        XML,
        rss(&two.replace("<pubDate>", "<gull:wings>2</gull:wings><pubDate>")).into(),
    );
    let page = "<!doctype html><html><head><title>Gulls</title><link rel=alternate type='application/rss+xml' href='/feed.xml'>\
                </head><body>gulls</body></html>";
    add("page.html", "text/html", page.into());
    add("empty.xml", XML, Vec::new());
    add("text.txt", "text/plain", "gulls, gulls, gulls".into());
}

/// Encodings and packing.
fn bytes(add: Add<'_>, two: &str) {
    let umlauts = rss(&item(1, "Möwen über Köln"));
    let latin: Vec<u8> = umlauts
        .chars()
        .map(|sign| u8::try_from(u32::from(sign)).unwrap())
        .collect();
    add("latin-undeclared.xml", XML, latin.clone());
    add("latin-by-header.xml", "text/xml; charset=iso-8859-1", latin);
    let liar = umlauts.replace(
        "version=\"1.0\"?>",
        "version=\"1.0\" encoding=\"ISO-8859-1\"?>",
    );
    add("utf8-called-latin.xml", XML, liar.into());
    let wide = umlauts.replace("?>", " encoding=\"utf-16\"?>");
    let wide = wide.encode_utf16().flat_map(u16::to_be_bytes);
    add(
        "utf16.xml",
        XML,
        [0xfe, 0xff].into_iter().chain(wide).collect(),
    );
    add("gzip-inside.xml", XML, packed(rss(two).as_bytes()));
    add("gzip-twice.xml", XML, packed(&packed(rss(two).as_bytes())));
    let half = packed(rss(&two.repeat(400)).as_bytes());
    add("gzip-cut.xml", XML, half[..half.len() / 2].to_vec());
    add("zeros.xml", XML, vec![0; 100_000]);
}

/// Days in all the forms that people and programs give them.
fn days(add: Add<'_>) {
    let forms = [
        "3 Apr 2025",
        "Thu Apr  3 10:00:00 2025",
        "April 3, 2025",
        "03/04/2025",
        "2025-04-03 10:00:00",
        "2025-04-03T10:00:00",
        "Thu, 03 Apr 2025 10:00:00",
        "2025-04-03T10:00:00+0200",
        "Thu, 3 Apr 25 10:00:00 GMT",
        "Thursday, April 3rd, 2025 10:00 AM",
        "1743674400",
        "2025-04-03T10:00Z",
        "Do, 03 Apr 2025 10:00:00 +0200",
        "Thu, 03 April 2025 10:00:00 UTC",
        "20250403T100000Z",
        "Thu,03 Apr 2025 10:00:00+0200",
        "Thu, 03 Apr 2025 10:00:00 CEST",
        "Thu, 03 Apr 2025 24:00:00 GMT",
        "2025-04-03T10:00:00.123456789123Z",
        " 2025-04-03T10:00:00z ",
    ];
    let items = forms.iter().enumerate().map(|(at, form)| {
        format!("<item><title>{form}</title><link>https://gull.example/{at}</link><pubDate>{form}</pubDate></item>")
    });
    add("days.xml", XML, rss(&items.collect::<String>()).into());
}

/// Ids that are missing or not unique, and feeds without anything in them.
fn ids(add: Add<'_>, two: &str) {
    let same = two.replace("<pubDate>", "<guid isPermaLink=\"false\">7</guid><pubDate>");
    add("same-guid.xml", XML, rss(&same).into());
    let entries = format!(
        "{}{}",
        entry(1, "Gulls over Kiel"),
        entry(2, "Gulls over Riga")
    );
    let same = atom(&entries.replace("urn:gull:2", "urn:gull:1"));
    add("same-id.xml", XML, same.into());
    let without = entries
        .replace("<id>urn:gull:1</id>", "")
        .replace("<id>urn:gull:2</id>", "<id/>");
    add("no-id.xml", XML, atom(&without).into());
    add("no-entries.xml", XML, rss("").into());
    add("no-atom-entries.xml", XML, atom("").into());
    let base = atom(&entries.replace("https://gull.example/", ""))
        .replace("<feed ", "<feed xml:base=\"https://gull.example/blog/\" ");
    add("root-base.xml", XML, base.into());
    let prefixed = atom(&entries)
        .replace("</", "</a:")
        .replace("<a:/", "</")
        .replace("<feed xmlns=", "<a:feed xmlns:a=");
    let prefixed = ["entry", "id", "title", "link", "updated", "author", "name"]
        .iter()
        .fold(prefixed, |text, name| {
            text.replace(&format!("<{name}"), &format!("<a:{name}"))
        });
    add("all-prefixed.xml", XML, prefixed.into());
    let half = "<item><title><![CDATA[Gulls]]> over <![CDATA[Kiel & Riga]]></title><link><![CDATA[https://gull.example/1?a=1&b=2]]></link>\
                <pubDate><![CDATA[Thu, 03 Apr 2025 10:00:00 GMT]]></pubDate></item>";
    add("cdata-everywhere.xml", XML, rss(half).into());
    let open = item(1, "<![CDATA[Gulls over Kiel") + &item(2, "Gulls over Riga");
    add("cdata-open.xml", XML, rss(&open).into());
    let marked = [b"\xef\xbb\xbf".as_slice(), rss(two).as_bytes()].concat();
    add("bom.xml", XML, marked);
    add(
        "page-as-feed.xml",
        XML,
        "<html xmlns=\"http://www.w3.org/1999/xhtml\"><head><title>Sign in</title></head><body/></html>".into(),
    );
}

fn json(add: Add<'_>) {
    const JSON: &str = "application/feed+json";
    let old = r#"{"version": "https://jsonfeed.org/version/1", "title": "The Gull Blog", "author": {"name": "Jonathan"}, "items": [
        {"id": "1", "url": "https://gull.example/1", "title": "Gulls over Kiel", "date_published": "2025-04-03T10:00:00+02:00"},
        {"id": 2, "url": "/2", "title": null, "date_published": 7, "external_url": "https://other.example/"}]}"#;
    add("json-1.0.json", JSON, old.into());
    let new = r#"{"version": "https://jsonfeed.org/version/1.1", "title": 7, "items": [
        {"id": "1", "url": "https://gull.example/1", "title": "Gulls & Terns", "authors": [{"name": "Fletcher"}, null],
         "date_modified": "2025-04-03T10:00:00Z", "attachments": [{"url": 3}]}, "no item", null]} trailing"#;
    add("json-1.1.json", JSON, new.into());
    add(
        "json-other.json",
        "application/json",
        r#"{"message": "gulls only"}"#.into(),
    );
    let end = new.find("\"attachments\"").unwrap();
    let more = new.replace(
        "\"no item\"",
        "{\"id\": \"2\", \"url\": \"https://gull.example/2\"}",
    );
    add(
        "json-cut-later.json",
        JSON,
        more.as_bytes()[..more.len() - 20].to_vec(),
    );
    add(
        "json-cut-in-the-first.json",
        JSON,
        new.as_bytes()[..end].to_vec(),
    );
    let slip = more.replacen("\"2\",", "\"2\"", 1);
    add("json-slip.json", JSON, slip.into());
    add(
        "json-empty.json",
        JSON,
        r#"{"version": "https://jsonfeed.org/version/1.1", "items": []}"#.into(),
    );
    add(
        "json-cut.json",
        JSON,
        r#"{"version": "https://jsonfeed.org/version/1", "items": [{"id""#.into(),
    );
}
