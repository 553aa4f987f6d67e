//! Forums and networks as a server plays them. Answers have the fields of the real ones; what they say is ours.

use crate::collect::Collecting;
use crate::server::{Asked, Reply, Server, page, send};
use crate::shared::{failure, lines, outcome};
use press::config::Secrets;
use press::pipeline::collect::Collected;
use serde_json::{Value, json};

const JSON: &str = "content-type: application/json; charset=utf-8\r\n";

fn give(answer: &Value) -> Reply {
    send(200, JSON, &answer.to_string())
}

/// The parameter of a question, still escaped.
fn parameter<'a>(asked: &'a Asked, name: &str) -> Option<&'a str> {
    let (_, query) = asked.path.split_once('?')?;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .into_iter()
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

fn found(collected: &Collected, source: &str) -> Vec<String> {
    lines(outcome(collected, source))
}

const REDDIT: &str = r#"
[[source]]
name = "reddit"
kind = "reddit"
subreddit = "gulls"
least-points = 3
api = "http://reddit.test"

[[source]]
name = "jobs"
kind = "reddit"
subreddit = "gulls"
thread = "Who's Hiring"
api = "http://reddit.test"
"#;

fn reddit_post(id: &str, title: &str, day: u32, more: &Value) -> Value {
    // 2025-04-01T10:00:00Z and days after it.
    let created = 1_743_501_600.0 + f64::from(day - 1) * 86_400.0;
    let permalink = format!("/r/gulls/comments/{id}/some_title/");
    let mut data = json!({
        "id": id, "name": format!("t3_{id}"), "title": title, "created_utc": created, "permalink": permalink,
        "url": format!("https://www.reddit.com{permalink}"), "is_self": true, "score": 10, "num_comments": 2,
        "author": "fletcher", "subreddit": "gulls", "stickied": false, "removed_by_category": null,
        "link_flair_text": null, "selftext": "text",
    });
    for (key, value) in more.as_object().unwrap() {
        data[key] = value.clone();
    }
    json!({ "kind": "t3", "data": data })
}

fn listing(after: Option<&str>, children: &Value) -> Value {
    json!({ "kind": "Listing", "data": { "after": after, "dist": 2, "before": null, "children": children } })
}

fn reddit(asked: &Asked) -> Reply {
    let link = |url: &str| json!({ "is_self": false, "url": url });
    if asked.path.starts_with("/r/gulls/search.json") {
        return give(&listing(
            None,
            &json!([
                reddit_post(
                    "h1",
                    "Official “Who’s Hiring” thread, autumn",
                    1,
                    &json!({ "created_utc": 1_730_000_000.0 })
                ),
                reddit_post("h3", "Who is hiring gulls?", 5, &json!({})),
                reddit_post(
                    "h2",
                    "Official \"Who's Hiring\" thread for gull-seekers",
                    1,
                    &json!({ "created_utc": 1_740_000_000.0 })
                ),
            ]),
        ));
    }
    match parameter(asked, "after") {
        None => give(&listing(
            Some("t3_b"),
            &json!([
                reddit_post("s", "Pinned for years", 1, &json!({ "stickied": true, "created_utc": 1_600_000_000.0 })),
                reddit_post("n", "Of next week", 9, &json!({})),
                reddit_post("a", "Gulls & terns", 8, &link("https://gull.example/a?utm_source=reddit")),
                { "kind": "t3", "data": 7 },
                reddit_post("b", "A question", 7, &json!({ "link_flair_text": "🙋 seeking help" })),
            ]),
        )),
        Some("t3_b") => give(&listing(
            Some("t3_e"),
            &json!([
                reddit_post("c", "A picture", 6, &link("https://i.redd.it/gull.png")),
                reddit_post("d", "Few like it", 6, &json!({ "score": 1 })),
                reddit_post(
                    "g",
                    "Gone",
                    6,
                    &json!({ "removed_by_category": "moderator" })
                ),
                reddit_post(
                    "w",
                    "Odd types",
                    5,
                    &json!({ "score": "many", "author": ["x"], "num_comments": {} })
                ),
                reddit_post("o", "Too old", 1, &json!({})),
            ]),
        )),
        _ => send(500, "", ""),
    }
}

#[test]
fn reddit_gives_posts_of_the_window_and_the_newest_thread() {
    let server = Server::start(reddit);
    let collected = Collecting::new(&server, REDDIT).run();
    let at = "https://www.reddit.com/r/gulls/comments";
    assert_eq!(
        found(&collected, "reddit"),
        [
            format!(
                "https://gull.example/a | Gulls & terns | by u/fletcher | 2025-04-08T10:00:00Z | 10+2 at {at}/a/some_title/"
            ),
            format!(
                "{at}/b/some_title/ | A question | by u/fletcher | 2025-04-07T10:00:00Z | 10+2 at {at}/b/some_title/ | 🙋 seeking help"
            ),
            format!(
                "{at}/c/some_title/ | A picture | by u/fletcher | 2025-04-06T10:00:00Z | 10+2 at {at}/c/some_title/"
            ),
        ]
    );
    assert_eq!(outcome(&collected, "reddit").found.notices.len(), 1);
    let jobs = found(&collected, "jobs");
    assert_eq!(jobs.len(), 1);
    assert!(jobs[0].starts_with(&format!("{at}/h2/")), "{jobs:?}");
    let pages = server
        .lines()
        .iter()
        .filter(|line| line.contains("/new.json"))
        .count();
    assert_eq!(pages, 2, "{:?}", server.lines());
    assert!(server.asked()[0].headers.contains("user-agent: press/"));
}

#[test]
fn reddit_without_a_token_says_what_to_do() {
    let refuse = |asked: &Asked| match asked.headers.contains("authorization: bearer hush") {
        true => reddit(asked),
        false => send(403, JSON, r#"{"message": "Forbidden", "error": 403}"#),
    };
    let server = Server::start(refuse);
    let mut collecting = Collecting::new(&server, REDDIT);
    let said = failure(&collecting.run(), "reddit");
    assert!(
        said.contains("403") && said.contains("`REDDIT_TOKEN`"),
        "{said}"
    );
    collecting.secrets = Secrets::given([("REDDIT_TOKEN", "hush")]);
    assert_eq!(found(&collecting.run(), "reddit").len(), 3);
}

#[test]
fn hacker_news_is_read_beyond_what_one_answer_holds() {
    // Two hundred stories, all with their second; then what is older.
    let story = |id: u64, at: u64| {
        json!({ "objectID": id.to_string(), "title": format!("Story {id} &amp; more"), "url": format!("https://gull.example/{id}"),
                "author": "fletcher", "points": id % 7, "num_comments": 1, "created_at_i": at,
                "created_at": "2025-04-03T10:00:00Z", "story_text": null, "_tags": ["story"], "children": [1, 2] })
    };
    let start = 1_743_933_600; // 2025-04-06T10:00:00Z
    let server = Server::start(move |asked| {
        let filters = parameter(asked, "numericFilters").unwrap();
        let all: Vec<Value> = (0..250).map(|id| story(id, start - id / 2)).chain([
            json!({ "objectID": "900", "title": "Ask: which gull?", "url": null, "points": 90, "num_comments": 30, "created_at_i": start - 500 }),
            json!({ "objectID": "901", "title": 3, "url": "https://gull.example/odd", "points": null, "created_at_i": start - 600 }),
        ]).collect();
        // created_at_i>=A,created_at_i<B
        let before: u64 = filters.rsplit("%3C").next().unwrap().parse().unwrap();
        let hits: Vec<&Value> = all
            .iter()
            .filter(|hit| hit["created_at_i"].as_u64().unwrap() < before)
            .take(200)
            .collect();
        match asked.path.starts_with("/search_by_date?query=gull") {
            true => give(
                &json!({ "hits": hits, "nbHits": 252, "page": 0, "nbPages": 2, "hitsPerPage": 200 }),
            ),
            false => page("The odd gull"),
        }
    });
    let source = "[[source]]\nname = \"hn\"\nkind = \"hackernews\"\nquery = \"gull\"\nmost = 300\napi = \"http://hn.test\"\n";
    let collected = Collecting::new(&server, source).run();
    let all = found(&collected, "hn");
    assert_eq!(all.len(), 252);
    let ask = "https://news.ycombinator.com/item?id=900 | Ask: which gull? | 2025-04-06T09:51:40Z | 90+30 at https://news.ycombinator.com/item?id=900";
    assert_eq!(all[0], ask);
    assert!(
        all[1].starts_with("https://gull.example/6 | Story 6 & more | by fletcher | "),
        "{}",
        all[1]
    );
    assert_eq!(
        server
            .lines()
            .iter()
            .filter(|line| line.contains("search_by_date"))
            .count(),
        2
    );
}

const LOBSTERS: &str = "[[source]]\nname = \"lobsters\"\nkind = \"lobsters\"\ntags = [\"gulls\"]\nsite = \"http://lobsters.test\"\n";

#[test]
fn lobsters_gives_stories_until_they_are_too_old() {
    let story = |id: &str, day: u32, url: &str, user: Value| {
        json!({ "short_id": id, "short_id_url": format!("http://lobsters.test/s/{id}"),
                "created_at": format!("2025-04-{day:02}T05:00:00.000-05:00"), "title": format!("Story {id}"), "url": url,
                "score": 12, "flags": 0, "comment_count": 4, "description": "", "description_plain": "",
                "comments_url": format!("http://lobsters.test/s/{id}/story"), "submitter_user": user, "user_is_author": false,
                "tags": ["gulls"] })
    };
    let server = Server::start(move |asked| match parameter(asked, "page") {
        None => give(&json!([
            story("aaaaaa", 9, "https://gull.example/1", json!("fletcher")),
            story("bbbbbb", 8, "https://gull.example/2", json!("fletcher")),
            null,
            story(
                "cccccc",
                6,
                "",
                json!({ "username": "jonathan", "karma": 1 })
            ),
        ])),
        Some("2") => give(&json!([
            story("dddddd", 4, "https://gull.example/4", json!(7)),
            story("eeeeee", 1, "https://gull.example/5", json!("fletcher")),
        ])),
        _ => send(500, "", ""),
    });
    let collected = Collecting::new(&server, LOBSTERS).run();
    let at = "http://lobsters.test/s";
    assert_eq!(
        found(&collected, "lobsters"),
        [
            format!(
                "https://gull.example/2 | Story bbbbbb | by fletcher | 2025-04-08T10:00:00Z | 12+4 at {at}/bbbbbb"
            ),
            format!(
                "{at}/cccccc | Story cccccc | by jonathan | 2025-04-06T10:00:00Z | 12+4 at {at}/cccccc"
            ),
            format!(
                "https://gull.example/4 | Story dddddd | 2025-04-04T10:00:00Z | 12+4 at {at}/dddddd"
            ),
        ]
    );
    assert_eq!(server.lines().len(), 2);
}

fn status(id: u32, day: u32, content: &str, card: &Value) -> Value {
    json!({ "id": id.to_string(), "created_at": format!("2025-04-{day:02}T10:00:00.000Z"), "uri": "x",
            "url": format!("https://social.example/@a/{id}"), "content": content, "reblogs_count": 2, "favourites_count": 3,
            "replies_count": 1, "visibility": "public", "sensitive": false, "language": "en", "reblog": null,
            "account": { "id": "1", "acct": format!("bird{id}@sea.example"), "username": "bird", "bot": false },
            "card": card, "tags": [{ "name": "gulls" }], "media_attachments": [] })
}

const MASTODON: &str = "[[source]]\nname = \"mastodon\"\nkind = \"mastodon\"\nserver = \"http://social.test\"\ntag = \"gulls\"\n";

fn mastodon(asked: &Asked) -> Reply {
    let tag = "<a href=\"http://social.test/tags/gulls\" class=\"mention hashtag\" rel=\"tag\">#<span>gulls</span></a>";
    let link = |url: &str| {
        format!(
            "<p>Read <a href=\"{url}\" rel=\"nofollow noopener\"><span class=\"invisible\">https://</span>gull</a> {tag} \
                                    <span class=\"h-card\"><a href=\"https://sea.example/@x\" class=\"u-url mention\">@x</a></span></p>"
        )
    };
    if !asked
        .path
        .starts_with("/api/v1/timelines/tag/gulls?limit=40")
    {
        return page("A page of gulls");
    }
    match parameter(asked, "max_id") {
        None => {
            let body = json!([
                status(9, 9, &link("https://gull.example/next"), &Value::Null),
                status(
                    8,
                    8,
                    &link("https://gull.example/one?utm_source=mastodon"),
                    &json!({ "url": "https://gull.example/one", "title": "One gull" })
                ),
                status(7, 7, "<p>No link at all</p>", &Value::Null),
            ]);
            let next = "link: <http://social.test/api/v1/timelines/tag/gulls?limit=40&max_id=7>; rel=\"next\"\r\n";
            send(200, &format!("{JSON}{next}"), &body.to_string())
        }
        Some("7") => give(&json!([
            status(6, 6, &link("https://www.gull.example/one/"), &Value::Null),
            status(5, 5, &link("http://page.test/two"), &json!({ "url": "https://elsewhere.example/", "title": "Not this" })),
            { "id": "4", "created_at": 7 },
        ])),
        Some("4") => give(&json!([status(
            3,
            1,
            &link("https://gull.example/old"),
            &Value::Null
        )])),
        _ => send(500, "", ""),
    }
}

#[test]
fn links_that_posts_share_are_merged() {
    let server = Server::start(mastodon);
    let collected = Collecting::new(&server, MASTODON).run();
    assert_eq!(
        found(&collected, "mastodon"),
        [
            "https://gull.example/one | One gull | by @bird8@sea.example | 2025-04-06T10:00:00Z | \
             10+2 at https://social.example/@a/8 | in 2 posts; Read https://gull #gulls @x",
            "http://page.test/two | A page of gulls | by @bird5@sea.example | 2025-04-05T10:00:00Z | \
             5+1 at https://social.example/@a/5 | Read https://gull #gulls @x",
        ]
    );
}

#[test]
fn a_server_for_members_says_that_a_token_is_needed() {
    let server = Server::start(|asked| match asked.headers.contains("bearer hush") {
        true => mastodon(asked),
        false => send(
            422,
            JSON,
            r#"{"error": "This method requires an authenticated user"}"#,
        ),
    });
    let mut collecting = Collecting::new(&server, MASTODON);
    let said = failure(&collecting.run(), "mastodon");
    assert!(
        said.contains("`MASTODON_TOKEN`") && said.contains("authenticated"),
        "{said}"
    );
    collecting.secrets = Secrets::given([("MASTODON_TOKEN", "hush")]);
    assert_eq!(found(&collecting.run(), "mastodon").len(), 2);
}

#[test]
fn bluesky_gives_whole_addresses() {
    let post = |key: &str, day: u32, facets: Value, embed: Value| {
        json!({ "uri": format!("at://did:plc:gull/app.bsky.feed.post/{key}"), "cid": "c",
                "author": { "did": "did:plc:gull", "handle": "gull.example", "displayName": "Gull" },
                "record": { "$type": "app.bsky.feed.post", "text": "Look: gull.example/a…", "createdAt": format!("2025-04-{day:02}T10:00:00.000Z"),
                            "facets": facets, "langs": ["en"] },
                "embed": embed, "replyCount": 1, "repostCount": 2, "likeCount": 3, "quoteCount": 4,
                "indexedAt": format!("2025-04-{day:02}T10:00:01.000Z") })
    };
    let link = |uri: &str| {
        json!([{ "index": { "byteStart": 6, "byteEnd": 22 }, "features": [{ "$type": "app.bsky.richtext.facet#link", "uri": uri }] },
               { "index": { "byteStart": 0, "byteEnd": 4 }, "features": [{ "$type": "app.bsky.richtext.facet#tag", "tag": "gulls" }, 7] }, "odd"])
    };
    let card = |uri: &str| json!({ "$type": "app.bsky.embed.external#view", "external": { "uri": uri, "title": "Gulls of Kiel", "description": "" } });
    let server = Server::start(move |asked| {
        if !asked
            .path
            .starts_with("/xrpc/app.bsky.feed.searchPosts?q=%23gulls")
        {
            return page("A page");
        }
        match parameter(asked, "cursor") {
            None => give(&json!({ "cursor": "2", "hitsTotal": 4, "posts": [
                post("k1", 8, link("https://gull.example/abc"), card("https://gull.example/abc")),
                post("k2", 7, json!([]), json!({ "$type": "app.bsky.embed.recordWithMedia#view", "record": {}, "media": card("https://gull.example/media") })),
                post("k3", 6, link("https://bsky.app/profile/x/post/y"), Value::Null),
            ]})),
            Some("2") => give(
                &json!({ "posts": [post("k4", 5, link("https://gull.example/abc#top"), Value::Null), [], { "record": 3 }] }),
            ),
            _ => send(500, "", ""),
        }
    });
    let source = "[[source]]\nname = \"bluesky\"\nkind = \"bluesky\"\nquery = \"#gulls\"\napi = \"http://bsky.test\"\n";
    let collected = Collecting::new(&server, source).run();
    assert_eq!(
        found(&collected, "bluesky"),
        [
            "https://gull.example/abc | Gulls of Kiel | by @gull.example | 2025-04-05T10:00:00Z | \
             18+2 at https://bsky.app/profile/gull.example/post/k1 | in 2 posts; Look: gull.example/a…",
            "https://gull.example/media | Gulls of Kiel | by @gull.example | 2025-04-07T10:00:00Z | \
             9+1 at https://bsky.app/profile/gull.example/post/k2 | Look: gull.example/a…",
        ]
    );
    let first = &server.asked()[0].path;
    assert!(
        first.contains("since=2025-04-01T22%3A00%3A00Z&until=2025-04-08T22%3A00%3A00Z"),
        "{first}"
    );
}

fn topic(id: u64, day: u32, more: &Value) -> Value {
    let mut topic = json!({ "id": id, "title": format!("Topic {id} & more"), "fancy_title": "x", "slug": format!("topic-{id}"),
        "posts_count": 4, "reply_count": 2, "like_count": id, "views": 100, "created_at": format!("2025-04-{day:02}T10:00:00.000Z"),
        "last_posted_at": "2025-04-08T10:00:00.000Z", "bumped_at": "2025-04-08T10:00:00.000Z", "pinned": false,
        "pinned_globally": false, "tags": [], "category_id": 3, "featured_link": null });
    for (key, value) in more.as_object().unwrap() {
        topic[key] = value.clone();
    }
    topic
}

fn forum_post(number: u64, day: u32, likes: u64, cooked: &str) -> Value {
    let likes = match likes {
        0 => json!([{ "id": 3, "can_act": true }]),
        likes => json!([{ "id": 3, "count": 99 }, { "id": 2, "count": likes }]),
    };
    json!({ "id": 1000 + number, "name": "", "username": "fletcher", "created_at": format!("2025-{:02}-{:02}T10:00:00.000Z", if day > 0 { 4 } else { 1 }, day.max(1)),
            "cooked": cooked, "post_number": number, "post_type": 1, "reply_count": 1, "reply_to_post_number": null,
            "user_deleted": false, "hidden": false, "link_counts": [], "actions_summary": likes })
}

fn forum(asked: &Asked) -> Reply {
    let path = asked.path.split('?').next().unwrap();
    match (path, parameter(asked, "page")) {
        ("/c/news/l/latest.json", Some("0")) => give(
            &json!({ "users": [], "topic_list": { "per_page": 3, "more_topics_url": "/c/news/l/latest?page=1",
            "topics": [topic(1, 1, &json!({ "pinned": true })), topic(9, 9, &json!({})), topic(7, 8, &json!({})), "odd"] } }),
        ),
        ("/c/news/l/latest.json", Some("1")) => give(
            &json!({ "topic_list": { "more_topics_url": "/c/news/l/latest?page=2",
            "topics": [topic(6, 6, &json!({ "featured_link": "https://gull.example/featured" })), topic(5, 5, &json!({ "slug": 3 })), topic(4, 1, &json!({}))] } }),
        ),
        ("/tag/gulls/l/latest.json", Some("0")) => give(
            &json!({ "topic_list": { "topics": [topic(7, 8, &json!({})), topic(6, 7, &json!({}))] } }),
        ),
        ("/t/7.json", _) => give(
            &json!({ "id": 7, "slug": "topic-7", "post_stream": { "stream": [1], "posts": [forum_post(1, 8, 1,
            "<p>See <a href=\"http://page.test/one\">this</a>, <a href=\"http://page.test/one\">again</a>, <a href=\"/t/9\">inside</a>, \
             <a class=\"mention\" href=\"/u/x\">@x</a> and <a href=\"mailto:a@b.example\">mail</a></p>\
             <aside class=\"quote\"><blockquote><a href=\"https://quoted.example/\">q</a></blockquote></aside>")] } }),
        ),
        ("/t/6.json", _) => give(
            &json!({ "id": 6, "post_stream": { "stream": [], "posts": [forum_post(1, 8, 1, "<p>no link</p>")] } }),
        ),
        _ => page("A page of gulls"),
    }
}

#[test]
fn a_forum_gives_topics_or_the_links_in_them() {
    let server = Server::start(forum);
    let source = |name: &str, more: &str| {
        format!(
            "[[source]]\nname = \"{name}\"\nkind = \"discourse\"\nsite = \"http://forum.test/\"\n{more}\n"
        )
    };
    let sources = source("topics", "path = \"/c/news\"\nleast-points = 6")
        + &source("links", "path = \"/tag/gulls/\"\nlinks = true");
    let collected = Collecting::new(&server, &sources).run();
    let at = "http://forum.test/t";
    assert_eq!(
        found(&collected, "topics"),
        [
            format!(
                "{at}/topic-7/7 | Topic 7 & more | 2025-04-08T10:00:00Z | 7+3 at {at}/topic-7/7"
            ),
            format!(
                "https://gull.example/featured | Topic 6 & more | 2025-04-06T10:00:00Z | 6+3 at {at}/topic-6/6"
            ),
        ]
    );
    assert_eq!(
        found(&collected, "links"),
        [
            format!(
                "http://page.test/one | A page of gulls | by fletcher | 2025-04-08T10:00:00Z | 7+3 at {at}/topic-7/7 | in \"Topic 7 & more\""
            ),
            format!(
                "{at}/topic-6/6 | Topic 6 & more | 2025-04-07T10:00:00Z | 6+3 at {at}/topic-6/6"
            ),
        ]
    );
}

fn nominations(asked: &Asked) -> Reply {
    let newest = [
        forum_post(
            70,
            3,
            5,
            "<p>I nominate <a href=\"https://crates.io/crates/gull\">gull</a>, a library of <a href=\"https://wings.example/\">wings</a>.</p>",
        ),
        forum_post(
            71,
            4,
            2,
            "<p>Seconded: <a href=\"https://crates.io/crates/gull/\">https://crates.io/crates/gull/</a></p>",
        ),
        forum_post(
            72,
            5,
            7,
            "<p>Look at <a href=\"https://code.example/tern\">tern</a></p>",
        ),
        {
            let mut post = forum_post(73, 6, 0, "<p>Thank you!</p>");
            post["reply_to_post_number"] = json!(72);
            post
        },
        forum_post(
            74,
            7,
            4,
            "<blockquote><p>Fly first, <em>then</em> ask.</p></blockquote><p>– <a href=\"https://chat.example/1\">Jonathan</a></p>",
        ),
        {
            let mut post = forum_post(75, 7, 0, "<p>closed</p>");
            post["post_type"] = json!(3);
            post
        },
        forum_post(
            76,
            9,
            9,
            "<p><a href=\"https://crates.io/crates/next-week\">x</a></p>",
        ),
    ];
    let path = asked.path.split('?').next().unwrap();
    let ids: Vec<u64> = asked
        .path
        .match_indices("post_ids%5B%5D=")
        .map(|(at, start)| {
            let id: String = asked.path[at + start.len()..]
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            id.parse().unwrap()
        })
        .collect();
    match path {
        "/t/42.json" => {
            let first: Vec<Value> = (1..=20)
                .map(|number| forum_post(number, 0, 1, "<p>of old</p>"))
                .collect();
            let stream: Vec<u64> = (1001..=1076).collect();
            give(
                &json!({ "id": 42, "title": "x of the week", "slug": "x-of-the-week", "post_stream": { "posts": first, "stream": stream } }),
            )
        }
        "/t/42/posts.json" => {
            let old = |id: &u64| {
                forum_post(
                    id - 1000,
                    0,
                    1,
                    "<p>of old <a href=\"https://crates.io/crates/old\">x</a></p>",
                )
            };
            let posts: Vec<Value> = ids
                .iter()
                .map(|id| match id.checked_sub(1070) {
                    Some(at) => newest[usize::try_from(at).unwrap()].clone(),
                    None => old(id),
                })
                .collect();
            give(&json!({ "id": 42, "post_stream": { "posts": posts } }))
        }
        _ => page("A page of gulls"),
    }
}

#[test]
fn nominations_are_read_from_the_end_of_their_thread() {
    let server = Server::start(nominations);
    let source = |name: &str, what: &str| {
        format!(
            "[[source]]\nname = \"{name}\"\nkind = \"discourse\"\nsite = \"http://forum.test\"\npath = \"/t/x-of-the-week/42\"\nnominates = \"{what}\"\n"
        )
    };
    let collecting = Collecting::new(
        &server,
        &(source("crates", "link") + &source("quotes", "quote")),
    );
    let collected = collecting.run();
    let at = "http://forum.test/t/x-of-the-week/42";
    let crates = found(&collected, "crates");
    assert_eq!(
        crates[0],
        format!(
            "https://crates.io/crates/gull | gull | by fletcher | 2025-04-03T10:00:00Z | 7+2 at {at}/70 | in 2 posts; \"I nominate gull, a library of wings.\""
        )
    );
    assert_eq!(
        crates[1],
        format!(
            "https://code.example/tern | tern | by fletcher | 2025-04-05T10:00:00Z | 7+1 at {at}/72 | \"Look at tern\""
        )
    );
    let quotes = found(&collected, "quotes");
    let quote = format!(
        "{at}/74 | Fly first, then ask. | by fletcher | 2025-04-07T10:00:00Z | 4+1 at {at}/74 | \"Fly first, then ask.\" – Jonathan"
    );
    assert!(quotes.contains(&quote), "{quotes:?}");
    assert!(
        quotes.iter().all(|quote| !quote.contains("Thank you")),
        "{quotes:?}"
    );
    // The last twenty are enough: the window begins among them.
    let pages = server
        .lines()
        .iter()
        .filter(|line| line.contains("posts.json"))
        .count();
    assert_eq!(pages, 2, "one for each source: {:?}", server.lines());
}

const HOSTILE: [&str; 9] = [
    "null",
    "-1",
    "1e308",
    "[]",
    "{}",
    "true",
    "[[[{\"a\": [null]}]]]",
    r#""<script>alert(1)</script> ![x](javascript:alert(1)) \u202e\u0000 &#0;""#,
    "18446744073709551615",
];

/// Puts something into the place of the node that stands there in reading order.
fn spoil(value: &mut Value, place: &mut usize, with: &Value) {
    if *place == 0 {
        *value = with.clone();
    }
    let Some(rest) = place.checked_sub(1) else {
        *place = usize::MAX;
        return;
    };
    *place = rest;
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| spoil(item, place, with)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|field| spoil(field, place, with)),
        _ => {}
    }
}

/// Each host's answers have something else where one node was: `m17.test` at node 17.
fn spoiled(asked: &Asked) -> Reply {
    let node: usize = asked.host[1..asked.host.len() - ".test".len()]
        .parse()
        .unwrap();
    let reply = match asked.path.split(['?', '/']).nth(1) {
        Some("r") => reddit(asked),
        Some("api") => mastodon(asked),
        Some("c") => forum(asked),
        Some("t") => nominations(asked),
        Some("search_by_date") => give(&json!({ "nbHits": 2, "page": 0, "hits": [
            { "objectID": "1", "title": "One", "url": "https://gull.example/1", "author": "a", "points": 3, "num_comments": 1, "created_at_i": 1_743_933_600 },
            { "objectID": "2", "title": "Two", "url": null, "author": "b", "points": 3, "num_comments": 1, "created_at_i": 1_743_933_601 },
        ] })),
        Some("xrpc") => give(&json!({ "cursor": "next", "posts": [{
            "uri": "at://did:plc:a/app.bsky.feed.post/k", "author": { "did": "did:plc:a", "handle": "a.example" },
            "record": { "text": "t", "createdAt": "2025-04-05T10:00:00Z", "facets": [{ "features": [
                { "$type": "app.bsky.richtext.facet#link", "uri": "https://gull.example/1" }] }] },
            "embed": { "external": { "uri": "https://gull.example/2", "title": "Two" } },
            "replyCount": 1, "repostCount": 1, "likeCount": 1, "quoteCount": 1, "indexedAt": "2025-04-05T10:00:00Z" }] })),
        Some("feed") => give(
            &json!({ "version": "https://jsonfeed.org/version/1.1", "title": "Gulls", "authors": [{ "name": "a" }], "items": [
            { "id": "1", "url": "https://gull.example/1", "title": "One", "date_published": "2025-04-05T10:00:00Z", "authors": [{ "name": "b" }] },
            { "id": "2", "url": "https://gull.example/2", "title": "Two", "date_published": "2025-04-05T10:00:00Z", "author": { "name": "b" } }] }),
        ),
        _ => return send(404, "", ""),
    };
    let Reply::Send(bytes) = reply else {
        return reply;
    };
    let text = String::from_utf8(bytes).unwrap();
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    let Ok(mut body) = serde_json::from_str::<Value>(body) else {
        return send(404, "", "");
    };
    let with = HOSTILE[node % HOSTILE.len()];
    let with: Value = serde_json::from_str(with).unwrap_or_else(|error| panic!("{with}: {error}"));
    spoil(&mut body, &mut node.clone(), &with);
    give(&body)
}

#[test]
fn hostile_answers_cost_no_more_than_themselves() {
    let server = Server::start(spoiled);
    let mut sources = String::new();
    for node in 0..60 {
        let head =
            |kind: &str| format!("[[source]]\nname = \"{kind}-{node}\"\nkind = \"{kind}\"\n");
        let host = format!("http://m{node}.test");
        sources += &format!(
            "{}subreddit = \"gulls\"\napi = \"{host}\"\n",
            head("reddit")
        );
        sources += &format!("{}server = \"{host}\"\ntag = \"gulls\"\n", head("mastodon"));
        sources += &format!(
            "{}site = \"{host}\"\npath = \"/c/news\"\n",
            head("discourse")
        );
        sources += &format!("{}query = \"gull\"\napi = \"{host}\"\n", head("hackernews"));
        sources += &format!("{}query = \"gull\"\napi = \"{host}\"\n", head("bluesky"));
        sources += &format!("{}url = \"{host}/feed\"\n", head("feed"));
        let nominated = head("discourse").replace("discourse-", "nominations-");
        sources += &format!("{nominated}site = \"{host}\"\npath = \"/t/42\"\n");
    }
    let collected = Collecting::new(&server, &sources).run();
    let mut read = 0;
    for one in &collected.read {
        match &one.outcome {
            Ok(outcome) => {
                read += 1;
                for candidate in &outcome.found.candidates {
                    let (url, title) = (&candidate.url, &candidate.title);
                    assert!(url.starts_with("http"), "{}: {url}", one.source);
                    assert!(
                        !title.contains(['\u{202e}', '\0']),
                        "{}: {title:?}",
                        one.source
                    );
                }
            }
            Err(error) => {
                let said = error.message();
                assert!(
                    !said.contains("a mistake of the program"),
                    "{}: {said}",
                    one.source
                );
            }
        }
    }
    assert!(read > 7 * 60 * 9 / 10, "only {read} were read");
}

#[test]
fn what_cannot_be_a_source_is_told_with_its_place() {
    let server = Server::start(|_| send(404, "", ""));
    let sources = r##"
[[source]]
name = "feed"
kind = "feed"
url = "blog.example/feed"

[[source]]
name = "forum"
kind = "discourse"
site = "https://forum.example"
path = "/latest"

[[source]]
name = "reddit"
kind = "reddit"
subreddit = "r/gulls"
thread = "?"

[[source]]
name = "hn"
kind = "hackernews"
query = " "

[[source]]
name = "lobsters"
kind = "lobsters"
tags = []

[[source]]
name = "mastodon"
kind = "mastodon"
server = "ftp://social.example"
tag = "#gulls"

[[source]]
name = "bluesky"
kind = "bluesky"
query = "gulls"
least-point = 3
"##;
    let collecting = Collecting::new(&server, sources);
    collecting.world.press(&["collect"]).refuses(&[
        "an address begins with `https://`",
        "a path of a forum is `/c/CATEGORY`, `/tag/TAG` or `/t/TITLE/NUMBER`",
        "a subreddit is named without `r/`",
        "this finds nothing: it has no word",
        "tags are words",
        "a hashtag is one word, written without `#`",
        "did you mean `least-points`?",
        "has 9 mistakes",
    ]);
}
