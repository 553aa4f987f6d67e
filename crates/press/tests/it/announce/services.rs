//! Services that a test plays, written after what the real ones publish. Each refuses what the real one would refuse: a
//! missing field, a wrong secret, a text that is too long; each remembers what was posted.

use crate::server::{Asked, Reply, answer};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use unicode_segmentation::UnicodeSegmentation;

/// What goes wrong with a question.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The service does what was asked, and the answer is lost.
    Lost,
    /// The question is lost.
    Unheard,
    /// It does what was asked and says nothing.
    Silent,
    /// It hears and says nothing.
    Deaf,
    /// It says this instead.
    Says(u16, &'static str, &'static str),
}

/// Decides what goes wrong: by the number of the question, counted from nought, and the question itself.
type Decide = dyn Fn(usize, &Asked) -> Option<Fault> + Send + Sync;

/// All services of a test, each below a path of its name.
pub(crate) struct Town {
    posts: Mutex<BTreeMap<String, Vec<Value>>>,
    blobs: Mutex<Vec<Value>>,
    asked: AtomicUsize,
    busy: AtomicUsize,
    decide: Mutex<Box<Decide>>,
    /// What no service should have been asked.
    pub(crate) complaints: Mutex<Vec<String>>,
}

/// What a service answers: status, further headers, body.
type Answer = (u16, String, Value);

fn ok(body: Value) -> Answer {
    (200, String::new(), body)
}

fn refuse(status: u16, body: Value) -> Answer {
    (status, String::new(), body)
}

impl Town {
    pub(crate) fn new() -> Town {
        Town {
            posts: Mutex::default(),
            blobs: Mutex::default(),
            asked: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
            decide: Mutex::new(Box::new(|_, _| None)),
            complaints: Mutex::default(),
        }
    }

    /// What is to go wrong from now on, counted anew.
    pub(crate) fn fails(
        &self,
        decide: impl Fn(usize, &Asked) -> Option<Fault> + Send + Sync + 'static,
    ) {
        self.asked.store(0, Ordering::SeqCst);
        *self.decide.lock().unwrap() = Box::new(decide);
    }

    /// Everything works from now on.
    pub(crate) fn works(&self) {
        self.fails(|_, _| None);
    }

    /// What was posted at a service.
    pub(crate) fn posts(&self, service: &str) -> Vec<Value> {
        let posts = self.posts.lock().unwrap();
        posts.get(service).cloned().unwrap_or_default()
    }

    /// What somebody posts by hand.
    pub(crate) fn post(&self, service: &str, post: Value) {
        self.keep(service, post);
    }

    /// Whether a question is being heard.
    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::SeqCst) > 0
    }

    pub(crate) fn reply(&self, asked: &Asked) -> Reply {
        self.busy.fetch_add(1, Ordering::SeqCst);
        let reply = self.reply_to(asked);
        self.busy.fetch_sub(1, Ordering::SeqCst);
        reply
    }

    fn reply_to(&self, asked: &Asked) -> Reply {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        let fault = (self.decide.lock().unwrap())(number, asked);
        if let Some(Fault::Says(status, headers, body)) = fault {
            return Reply::Send(answer(status, headers, body));
        }
        if matches!(fault, Some(Fault::Unheard)) {
            return Reply::SendAndClose(Vec::new());
        }
        if matches!(fault, Some(Fault::Deaf)) {
            return Reply::Silence;
        }
        let (status, headers, body) = self.answer(asked);
        if status >= 400 && !(status == 404 || body["error"] == "RecordNotFound") {
            let complaint = format!("{} {}: {status} {body}", asked.method, asked.path);
            self.complaints.lock().unwrap().push(complaint);
        }
        match fault {
            Some(Fault::Silent) => Reply::Silence,
            Some(Fault::Lost) => Reply::SendAndClose(Vec::new()),
            _ => {
                let headers = format!("content-type: application/json\r\n{headers}");
                let body = match body {
                    Value::String(text) => text,
                    body => body.to_string(),
                };
                Reply::Send(answer(status, &headers, body))
            }
        }
    }

    fn answer(&self, asked: &Asked) -> Answer {
        let path = asked.path.trim_start_matches('/');
        let (path, question) = path.split_once('?').unwrap_or((path, ""));
        let (service, path) = path.split_once('/').unwrap_or((path, ""));
        let ask = Ask {
            town: self,
            asked,
            path: format!("{} {path}", asked.method),
            question: pairs(question),
        };
        match service {
            "mastodon" => ask.mastodon(),
            "bluesky" => ask.bluesky(),
            "discord" => ask.discord(),
            "slack" => ask.slack(),
            "zulip" => ask.zulip(),
            "matrix" => ask.matrix(),
            "webhook" => ask.webhook(),
            "discourse" => ask.discourse(),
            "reddit" => ask.reddit(),
            _ => refuse(404, json!({ "error": "no such service" })),
        }
    }

    fn keep(&self, service: &str, post: Value) {
        let mut posts = self.posts.lock().unwrap();
        posts.entry(service.to_owned()).or_default().push(post);
    }

    fn find(&self, service: &str, field: &str, value: &str) -> Option<Value> {
        let posts = self.posts(service);
        posts.into_iter().find(|post| post[field] == value)
    }

    fn number(&self, service: &str) -> usize {
        self.posts(service).len() + 101
    }
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

/// One question at a service.
struct Ask<'t> {
    town: &'t Town,
    asked: &'t Asked,
    /// Method and path below the service.
    path: String,
    question: BTreeMap<String, String>,
}

impl Ask<'_> {
    fn header(&self, name: &str) -> &str {
        let mut lines = self.asked.headers.lines();
        let found = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        found.unwrap_or_default().trim()
    }

    fn may(&self, authorization: &str) -> bool {
        self.header("authorization") == authorization.to_lowercase()
    }

    fn json(&self) -> Value {
        match self.header("content-type") {
            "application/json" => serde_json::from_str(&self.asked.body).unwrap_or_default(),
            _ => Value::Null,
        }
    }

    fn form(&self) -> BTreeMap<String, String> {
        match self.header("content-type") {
            "application/x-www-form-urlencoded" => pairs(&self.asked.body),
            _ => BTreeMap::new(),
        }
    }

    /// The rest of a path behind some beginning.
    fn after<'p>(&'p self, start: &str) -> Option<&'p str> {
        self.path.strip_prefix(start)
    }

    // https://docs.joinmastodon.org/methods/statuses/
    fn mastodon(&self) -> Answer {
        if self.path == "GET api/v2/instance" {
            let statuses = json!({ "max_characters": 400, "characters_reserved_per_url": 23 });
            return ok(json!({ "configuration": { "statuses": statuses } }));
        }
        if !self.may("Bearer toot") {
            return refuse(401, json!({ "error": "The access token is invalid" }));
        }
        match self.path.as_str() {
            "GET api/v1/accounts/verify_credentials" => ok(json!({ "id": "7", "acct": "gull" })),
            "GET api/v1/accounts/7/statuses" => {
                assert!(self.question["limit"].parse::<u32>().unwrap() <= 40);
                let mut posts = self.town.posts("mastodon");
                posts.reverse();
                ok(json!(posts))
            }
            "POST api/v1/statuses" => self.toot(),
            _ => match self.after("GET api/v1/statuses/") {
                Some(id) => match self.town.find("mastodon", "id", id) {
                    Some(post) => ok(post),
                    None => refuse(404, json!({ "error": "Record not found" })),
                },
                None => refuse(404, json!({ "error": "Not Found" })),
            },
        }
    }

    fn toot(&self) -> Answer {
        let wrong =
            |why: &str| refuse(422, json!({ "error": format!("Validation failed: {why}") }));
        let body = self.json();
        let Some(text) = body["status"].as_str().filter(|text| !text.is_empty()) else {
            return wrong("Text can't be blank");
        };
        let length: usize = text
            .split_inclusive([' ', '\n'])
            .map(|word| match word.starts_with("https://") {
                true => 23 + word.len() - word.trim_end().len(),
                false => word.graphemes(true).count(),
            })
            .sum();
        if length > 400 {
            return wrong("Text character limit of 400 exceeded");
        }
        if !["public", "unlisted", "private", "direct"]
            .contains(&body["visibility"].as_str().unwrap())
        {
            return wrong("Visibility is not included in the list");
        }
        let key = self.header("idempotency-key");
        if key.is_empty() {
            return wrong("the test wants a key");
        }
        if let Some(known) = self.town.find("mastodon", "key", key) {
            return ok(known);
        }
        let id = self.town.number("mastodon").to_string();
        let post = json!({
            "id": id, "url": format!("https://social.example/@gull/{id}"), "key": key,
            "visibility": body["visibility"], "language": body["language"], "content": as_mastodon_shows(text),
            "text": text,
        });
        self.town.keep("mastodon", post.clone());
        ok(post)
    }

    // https://docs.bsky.app/docs/api/com-atproto-repo-put-record
    fn bluesky(&self) -> Answer {
        let wrong = |error: &str, why: &str| refuse(400, json!({ "error": error, "message": why }));
        match self.path.as_str() {
            "POST xrpc/com.atproto.server.createSession" => {
                let body = self.json();
                if body["identifier"] != "gull.example" || body["password"] != "sky" {
                    let said = "Invalid identifier or password";
                    return refuse(
                        401,
                        json!({ "error": "AuthenticationRequired", "message": said }),
                    );
                }
                ok(json!({ "accessJwt": "jwt", "did": "did:plc:gull", "handle": "gull.example" }))
            }
            "GET xrpc/com.atproto.repo.getRecord" => {
                assert_eq!(self.question["collection"], "app.bsky.feed.post");
                match self.town.find("bluesky", "rkey", &self.question["rkey"]) {
                    Some(post) => ok(json!({ "uri": post["uri"], "value": post["record"] })),
                    None => wrong("RecordNotFound", "Could not locate record: at://…"),
                }
            }
            _ if !self.may("Bearer jwt") => refuse(401, json!({ "error": "AuthMissing" })),
            "POST xrpc/com.atproto.repo.uploadBlob" => {
                let size: usize = self.header("content-length").parse().unwrap();
                if !self.header("content-type").starts_with("image/") || size > 1_000_000 {
                    return wrong("InvalidMimeType", "no picture");
                }
                let blob = json!({
                    "$type": "blob", "ref": { "$link": "bafkrei" }, "mimeType": self.header("content-type"), "size": size,
                });
                self.town.blobs.lock().unwrap().push(blob.clone());
                ok(json!({ "blob": blob }))
            }
            "POST xrpc/com.atproto.repo.putRecord" => match self.record() {
                Ok(done) => ok(done),
                Err(why) => wrong("InvalidRequest", &why),
            },
            _ => wrong("MethodNotImplemented", "no such method"),
        }
    }

    fn record(&self) -> Result<Value, String> {
        let body = self.json();
        let record = &body["record"];
        let text = record["text"].as_str().ok_or("no text")?;
        if body["repo"] != "did:plc:gull" || body["collection"] != "app.bsky.feed.post" {
            return Err("not ours".to_owned());
        }
        let rkey = body["rkey"].as_str().unwrap_or_default();
        let sign = |sign: char| matches!(sign, '2'..='7' | 'a'..='z');
        if rkey.len() != 13 || !rkey.chars().all(sign) || rkey.starts_with(|sign| sign > 'j') {
            return Err(format!("{rkey} is no TID"));
        }
        if text.len() > 3_000 || text.graphemes(true).count() > 300 {
            return Err("Record/text must not be longer than 300 graphemes".to_owned());
        }
        let at = record["createdAt"].as_str().unwrap_or_default();
        at.parse::<jiff::Timestamp>()
            .map_err(|error| error.to_string())?;
        if record["langs"]
            .as_array()
            .is_none_or(|langs| langs.len() > 3)
        {
            return Err("Record/langs".to_owned());
        }
        for facet in record["facets"].as_array().ok_or("no facets")? {
            let at = |name: &str| usize::try_from(facet["index"][name].as_u64().unwrap()).unwrap();
            let part = text.get(at("byteStart")..at("byteEnd"));
            let part = part.ok_or("a facet is not in the text")?;
            let feature = &facet["features"][0];
            let meant = match feature["$type"].as_str() {
                Some("app.bsky.richtext.facet#link") => feature["uri"].as_str(),
                Some("app.bsky.richtext.facet#tag") => feature["tag"].as_str(),
                _ => None,
            };
            if meant != Some(part.trim_start_matches('#')) {
                return Err(format!("{part} is not {feature}"));
            }
        }
        let card = &record["embed"]["external"];
        if record["embed"]["$type"] != "app.bsky.embed.external"
            || ["uri", "title", "description"]
                .iter()
                .any(|name| !card[name].is_string())
        {
            return Err("Record/embed".to_owned());
        }
        if let Some(thumb) = card.get("thumb")
            && !self.town.blobs.lock().unwrap().contains(thumb)
        {
            return Err("Could not find blob".to_owned());
        }
        let uri = format!("at://did:plc:gull/app.bsky.feed.post/{rkey}");
        let post = json!({ "rkey": rkey, "uri": uri, "record": record, "text": text });
        let mut posts = self.town.posts.lock().unwrap();
        let own = posts.entry("bluesky".to_owned()).or_default();
        own.retain(|known| known["rkey"] != rkey);
        own.push(post);
        Ok(json!({ "uri": uri, "cid": "bafyrei" }))
    }

    // https://docs.discord.com/developers/resources/webhook
    fn discord(&self) -> Answer {
        if let Some(id) = self.after("GET api/webhooks/1/hush/messages/") {
            return match self.town.find("discord", "id", id) {
                Some(post) => ok(post),
                None => refuse(404, json!({ "message": "Unknown Message", "code": 10008 })),
            };
        }
        if self.path != "POST api/webhooks/1/hush" {
            return refuse(404, json!({ "message": "Unknown Webhook", "code": 10015 }));
        }
        let body = self.json();
        let text = body["content"].as_str().unwrap_or_default();
        let embed = &body["embeds"][0];
        let long = |name: &str, most: usize| embed[name].as_str().unwrap().chars().count() > most;
        if text.is_empty() || text.encode_utf16().count() > 2_000 {
            return refuse(
                400,
                json!({ "message": "Invalid Form Body", "code": 50035 }),
            );
        }
        if long("title", 256) || long("description", 4_096) {
            return refuse(
                400,
                json!({ "message": "Invalid Form Body", "code": 50035 }),
            );
        }
        let nobody = body["allowed_mentions"]["parse"] == json!([]);
        let everyone = !nobody && text.contains("@everyone");
        let id = self.town.number("discord").to_string();
        let post = json!({
            "id": id, "channel_id": "3", "guild_id": "2", "content": text, "text": text, "mention_everyone": everyone,
        });
        self.town.keep("discord", post.clone());
        match self.question.get("wait").map(String::as_str) {
            Some("true") => ok(post),
            _ => refuse(204, json!("")),
        }
    }

    // https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/
    fn slack(&self) -> Answer {
        if self.path != "POST services/t/b/hush" {
            return refuse(404, json!("no_service"));
        }
        let body = self.json();
        match body["text"].as_str() {
            None | Some("") => refuse(400, json!("no_text")),
            Some(text) => {
                self.town.keep("slack", json!({ "text": text }));
                ok(json!("ok"))
            }
        }
    }

    // https://zulip.com/api/send-message
    fn zulip(&self) -> Answer {
        let wrong = |why: &str| {
            refuse(
                400,
                json!({ "result": "error", "msg": why, "code": "BAD_REQUEST" }),
            )
        };
        let login = STANDARD.encode("gull-bot@zulip.example:zkey");
        if !self.may(&format!("Basic {login}")) {
            return refuse(401, json!({ "result": "error", "msg": "Invalid API key" }));
        }
        if self.path == "POST api/v1/messages" {
            let form = self.form();
            let field = |name: &str| form.get(name).cloned().unwrap_or_default();
            if field("type") != "stream" || field("to") != "announce" {
                return wrong("Channel 'announce' does not exist");
            }
            if field("content").is_empty() || field("content").chars().count() > 10_000 {
                return wrong("Message must not be empty");
            }
            if field("topic").is_empty() || field("topic").chars().count() > 60 {
                return wrong("Topic can't be empty");
            }
            let id = self.town.number("zulip");
            self.town.keep(
                "zulip",
                json!({ "id": id, "content": field("content"), "subject": field("topic"), "text": field("content") }),
            );
            return ok(json!({ "result": "success", "msg": "", "id": id }));
        }
        assert_eq!(self.question["apply_markdown"], "false");
        if self.path == "GET api/v1/messages" {
            let narrow: Value = serde_json::from_str(&self.question["narrow"]).unwrap();
            assert_eq!(narrow[2]["operand"], "gull-bot@zulip.example");
            assert!(self.question["num_before"].parse::<u32>().unwrap() <= 5_000);
            let posts = self.town.posts("zulip");
            return ok(json!({ "result": "success", "messages": posts }));
        }
        let id = self.after("GET api/v1/messages/").unwrap_or_default();
        let posts = self.town.posts("zulip");
        match posts
            .iter()
            .find(|post| post["id"].as_u64() == id.parse().ok())
        {
            Some(post) => ok(json!({ "result": "success", "message": post })),
            None => wrong("Invalid message(s)"),
        }
    }

    // https://spec.matrix.org/latest/client-server-api/
    fn matrix(&self) -> Answer {
        if !self.may("Bearer mtx") {
            let said = "Invalid access token passed.";
            return refuse(401, json!({ "errcode": "M_UNKNOWN_TOKEN", "error": said }));
        }
        let room = "_matrix/client/v3/rooms/!gull:example/";
        if let Some(key) = self.after(&format!("PUT {room}send/m.room.message/")) {
            let content = self.json();
            let text = content["body"].as_str().unwrap_or_default();
            if content["msgtype"] != "m.text" || text.is_empty() || self.asked.body.len() > 65_000 {
                return refuse(
                    400,
                    json!({ "errcode": "M_BAD_JSON", "error": "bad content" }),
                );
            }
            if let Some(known) = self.town.find("matrix", "key", key) {
                return ok(json!({ "event_id": known["event_id"] }));
            }
            let id = format!("$e{}", self.town.number("matrix"));
            let post = json!({
                "event_id": id, "key": key, "type": "m.room.message", "content": content, "text": text,
            });
            self.town.keep("matrix", post);
            return ok(json!({ "event_id": id }));
        }
        if self.path == format!("GET {room}messages") {
            assert_eq!(self.question["dir"], "b");
            let mut posts = self.town.posts("matrix");
            posts.reverse();
            return ok(json!({ "chunk": posts, "start": "t1" }));
        }
        let id = self.after(&format!("GET {room}event/")).unwrap_or_default();
        match self
            .town
            .find("matrix", "event_id", &id.replace("%24", "$"))
        {
            Some(post) => ok(post),
            None => refuse(
                404,
                json!({ "errcode": "M_NOT_FOUND", "error": "Event not found." }),
            ),
        }
    }

    // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    fn webhook(&self) -> Answer {
        let (id, time) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"agreed");
        let signed = format!("{id}.{time}.{}", self.asked.body);
        let tag = STANDARD.encode(ring::hmac::sign(&key, signed.as_bytes()));
        let age = jiff::Timestamp::now().as_second() - time.parse::<i64>().unwrap_or(0);
        if self.header("webhook-signature") != format!("v1,{tag}").to_lowercase() || age.abs() > 300
        {
            return refuse(401, json!({ "error": "the signature is wrong" }));
        }
        let body = self.json();
        if id.is_empty() || body["type"] != "issue.published" || !body["data"]["url"].is_string() {
            return refuse(400, json!({ "error": "garbled" }));
        }
        if self.town.find("webhook", "id", id).is_none() {
            let post = json!({ "id": id, "data": body["data"], "text": body["data"]["text"] });
            self.town.keep("webhook", post);
        }
        refuse(204, json!(""))
    }

    // https://docs.discourse.org
    fn discourse(&self) -> Answer {
        if self.header("api-key") != "dkey" || self.header("api-username") != "weekly" {
            let said = "You are not permitted to view the requested resource.";
            return refuse(
                403,
                json!({ "errors": [said], "error_type": "invalid_access" }),
            );
        }
        if self.path == "POST posts.json" {
            return self.topic();
        }
        if let Some(id) = self.after("GET t/external_id/") {
            let id = id.trim_end_matches(".json");
            return match self.town.find("discourse", "external_id", id) {
                Some(post) => {
                    let id = &post["id"];
                    let to = format!("location: https://forum.example/t/weekly/{id}.json\r\n");
                    (301, to, json!(""))
                }
                None => refuse(
                    404,
                    json!({ "errors": ["not found"], "error_type": "not_found" }),
                ),
            };
        }
        let id = self
            .after("GET t/")
            .unwrap_or_default()
            .trim_end_matches(".json");
        let posts = self.town.posts("discourse");
        match posts
            .iter()
            .find(|post| post["id"].as_u64() == id.parse().ok())
        {
            Some(post) => ok(json!({
                "title": post["title"], "visible": true,
                "post_stream": { "posts": [{ "raw": post["raw"] }] },
            })),
            None => refuse(404, json!({ "errors": ["not found"] })),
        }
    }

    fn topic(&self) -> Answer {
        let wrong = |why: &str| refuse(422, json!({ "action": "create_post", "errors": [why] }));
        let body = self.json();
        let field = |name: &str| body[name].as_str().unwrap_or_default();
        let length = field("title").chars().count();
        if !(15..=255).contains(&length) {
            return wrong("Title is too short (minimum is 15 characters)");
        }
        let plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_');
        let external = field("external_id");
        if external.is_empty() || external.len() > 50 || !external.chars().all(plain) {
            return wrong("External ID is invalid");
        }
        if self
            .town
            .find("discourse", "external_id", external)
            .is_some()
        {
            return wrong("External ID has already been taken");
        }
        if self
            .town
            .find("discourse", "title", field("title"))
            .is_some()
        {
            return wrong("Title has already been used");
        }
        if field("raw").chars().count() < 20 || body["category"] != 5 {
            return wrong("Body is too short");
        }
        let id = self.town.number("discourse");
        self.town.keep(
            "discourse",
            json!({
                "id": id, "title": body["title"], "raw": body["raw"], "external_id": external, "tags": body["tags"],
                "text": body["raw"],
            }),
        );
        ok(json!({ "id": id + 1_000, "topic_id": id, "topic_slug": "weekly" }))
    }

    // https://www.reddit.com/dev/api/#POST_api_submit
    fn reddit(&self) -> Answer {
        if !self.header("user-agent").starts_with("press/") {
            return refuse(429, json!({ "message": "Too Many Requests", "error": 429 }));
        }
        if self.path == "POST api/v1/access_token" {
            let form = self.form();
            let client = STANDARD.encode("client:rsecret");
            if !self.may(&format!("Basic {client}")) {
                return refuse(401, json!({ "message": "Unauthorized", "error": 401 }));
            }
            let good = form["grant_type"] == "password"
                && form["username"] == "gullbot"
                && form["password"] == "rpass";
            return match good {
                true => ok(json!({ "access_token": "rtoken", "expires_in": 86400 })),
                false => ok(json!({ "error": "invalid_grant" })),
            };
        }
        if !self.may("Bearer rtoken") {
            return refuse(401, json!({ "message": "Unauthorized", "error": 401 }));
        }
        let things = |posts: Vec<Value>| {
            let children: Vec<Value> = posts
                .into_iter()
                .map(|post| json!({ "kind": "t3", "data": post }))
                .collect();
            ok(json!({ "kind": "Listing", "data": { "children": children } }))
        };
        match self.path.as_str() {
            "GET api/v1/me" => ok(json!({ "name": "gullbot" })),
            "GET user/gullbot/submitted" => things(self.town.posts("reddit")),
            "GET api/info" => things(Vec::from_iter(self.town.find(
                "reddit",
                "name",
                &self.question["id"],
            ))),
            "POST api/submit" => self.submit(),
            _ => refuse(404, json!({ "message": "Not Found", "error": 404 })),
        }
    }

    fn submit(&self) -> Answer {
        let form = self.form();
        let field = |name: &str| form.get(name).cloned().unwrap_or_default();
        let errors = |code: &str, why: &str, field: &str| {
            ok(json!({ "json": { "errors": [[code, why, field]] } }))
        };
        if field("api_type") != "json" || field("sr") != "gulls" {
            return errors("SUBREDDIT_NOEXIST", "that subreddit doesn't exist", "sr");
        }
        if field("title").is_empty() || field("title").chars().count() > 300 {
            return errors("TOO_LONG", "this is too long (max: 300)", "title");
        }
        if field("kind") != "link" || field("url").is_empty() {
            return errors("NO_URL", "a url is required", "url");
        }
        if field("resubmit") != "true" && self.town.find("reddit", "url", &field("url")).is_some() {
            return errors("ALREADY_SUB", "that link has already been submitted", "url");
        }
        let id = format!("t3_{}", self.town.number("reddit"));
        let path = format!("/r/gulls/comments/{}/weekly/", &id[3..]);
        self.town.keep(
            "reddit",
            json!({
                "name": id, "title": field("title"), "url": field("url"), "permalink": path, "subreddit": "gulls",
                "removed_by_category": null, "text": field("title"),
            }),
        );
        let url = format!("https://www.reddit.com{path}");
        ok(json!({ "json": { "errors": [], "data": { "url": url, "name": id, "id": &id[3..] } } }))
    }
}

/// A text as Mastodon shows it: addresses are cut for the eye, and whole for whoever copies them.
fn as_mastodon_shows(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let word = |word: &str| match word.strip_prefix("https://") {
        Some(rest) => {
            let cut = rest.len().min(12);
            let (shown, hidden) = rest.split_at(cut);
            format!(
                "<a href=\"{word}\" rel=\"nofollow\"><span class=\"invisible\">https://</span><span class=\"ellipsis\">{shown}</span><span class=\"invisible\">{hidden}</span></a>"
            )
        }
        None => word.to_owned(),
    };
    let paragraphs = escaped.split("\n\n").map(|paragraph| {
        let lines = paragraph.lines().map(|line| {
            let words: Vec<String> = line.split(' ').map(word).collect();
            words.join(" ")
        });
        format!("<p>{}</p>", lines.collect::<Vec<_>>().join("<br />"))
    });
    paragraphs.collect()
}
