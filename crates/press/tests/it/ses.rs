//! Sending through Amazon's interface, with a stand-in that checks signatures for itself.

use crate::server::{Asked, Reply, Server, send};
use crate::transport::{FROM, configured, wait};
use base64::Engine;
use press::config::Secrets;
use press::mail::{Mailer, Outcome, Outgoing, Scope};
use ring::{digest, hmac};

const CONTENT: &[u8] = b"Message-ID: <7.41@weekly.example>\r\n\r\nHello.\r\n";
const ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "a secret of the tests";

fn header<'a>(asked: &'a Asked, name: &str) -> &'a str {
    let start = format!("{name}: ");
    let mut lines = asked.headers.lines();
    lines
        .find_map(|line| line.strip_prefix(&start))
        .unwrap_or_default()
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Whether the request is signed with the secret, worked out from what arrived. Header names and values have come in
/// lower case, so the scope is known from here and not taken from the request.
fn is_signed(asked: &Asked, region: &str, token: Option<&str>) -> bool {
    let mac = |key: &[u8], text: &str| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
    };
    let date = header(asked, "x-amz-date").to_uppercase();
    let day = date.split('T').next().unwrap();
    let mut names = vec!["content-type", "host", "x-amz-date"];
    names.extend(token.map(|_| "x-amz-security-token"));
    let value = |name: &str| match name {
        "x-amz-date" => date.clone(),
        name => header(asked, name).to_owned(),
    };
    let mut canonical = format!("{}\n{}\n\n", asked.method, asked.path);
    for name in &names {
        canonical += &format!("{name}:{}\n", value(name));
    }
    let body = hex(digest::digest(&digest::SHA256, asked.body.as_bytes()));
    canonical += &format!("\n{}\n{body}", names.join(";"));
    let scope = format!("{day}/{region}/ses/aws4_request");
    let hashed = hex(digest::digest(&digest::SHA256, canonical.as_bytes()));
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashed}");
    let day = mac(format!("AWS4{SECRET}").as_bytes(), day);
    let key = mac(&mac(&mac(&day, region), "ses"), "aws4_request");
    let signature = hex(mac(&key, &text));
    header(asked, "authorization").ends_with(&format!("signature={signature}"))
        && header(asked, "x-amz-security-token") == token.unwrap_or_default()
}

fn fate(server: &Server, secret: &str, to: &str) -> Outcome {
    let lines = format!(
        "[transport]\nkind = \"ses\"\n[ses]\nurl = \"http://{}\"\nregion = \"eu-central-1\"\nconfiguration-set = \"weekly\"\nper-second = 1000.0\n",
        server.address
    );
    let (_folder, config) = configured(&lines);
    let token = ("AWS_SESSION_TOKEN", "borrowed");
    let secrets = Secrets::given([
        ("AWS_ACCESS_KEY_ID", ID),
        ("AWS_SECRET_ACCESS_KEY", secret),
        token,
    ]);
    let mailer = Mailer::new(&config.transport, &secrets).unwrap();
    let outgoing = Outgoing {
        from: FROM,
        to,
        content: CONTENT,
    };
    wait(async { mailer.session().send(outgoing).await })
}

/// A stand-in that looks at the signature first, and then answers this.
fn stand_in(status: u16, kind: &'static str, body: &'static str) -> Server {
    Server::start(move |asked| {
        if !is_signed(asked, "eu-central-1", Some("borrowed")) {
            let headers = "x-amzn-errortype: SignatureDoesNotMatchException:http://internal/\r\n";
            return send(
                403,
                headers,
                "{\"message\":\"The signature does not match\"}",
            );
        }
        send(status, &format!("x-amzn-errortype: {kind}\r\n"), body)
    })
}

#[test]
fn a_message_goes_as_one_signed_request() {
    let server = stand_in(200, "", "{\"MessageId\":\"0100-abc\"}");
    let outcome = fate(&server, SECRET, "anna@example.org");
    assert!(
        matches!(&outcome, Outcome::Sent { reply } if reply == "200 0100-abc"),
        "{outcome:?}"
    );
    let asked = &server.asked()[0];
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("POST", "/v2/email/outbound-emails")
    );
    let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(
        body["Destination"]["ToAddresses"],
        serde_json::json!(["anna@example.org"])
    );
    assert_eq!(body["FeedbackForwardingEmailAddress"], FROM);
    assert_eq!(body["ConfigurationSetName"], "weekly");
    let data = body["Content"]["Raw"]["Data"].as_str().unwrap();
    let content = base64::engine::general_purpose::STANDARD
        .decode(data)
        .unwrap();
    assert_eq!(content, CONTENT);
}

#[test]
fn answers_of_ses_are_told_apart() {
    for (status, kind, body, name) in [
        (
            429,
            "TooManyRequestsException",
            "{\"message\":\"Maximum sending rate exceeded.\"}",
            "deferred",
        ),
        (
            400,
            "LimitExceededException",
            "{\"message\":\"There are too many\"}",
            "deferred",
        ),
        (503, "", "", "deferred"),
        (
            400,
            "MessageRejected",
            "{\"message\":\"Email address is not verified\"}",
            "unwanted",
        ),
        (400, "SendingPausedException", "{}", "stop"),
        (403, "UnrecognizedClientException", "{}", "stop"),
        (
            404,
            "NotFoundException",
            "{\"message\":\"no such set\"}",
            "stop",
        ),
        (
            400,
            "BadRequestException",
            "{\"message\":\"Domain contains dot-dot\"}",
            "bounced",
        ),
        (
            400,
            "BadRequestException",
            "{\"message\":\"odd\"}",
            "unwanted",
        ),
        (500, "InternalFailure", "not even JSON", "uncertain"),
        (200, "", "not even JSON", "sent"),
    ] {
        let outcome = fate(&stand_in(status, kind, body), SECRET, "anna@example.org");
        assert_eq!(outcome.name(), name, "{status} {kind} {outcome:?}");
    }
}

#[test]
fn a_wrong_key_stops_everything() {
    let server = stand_in(200, "", "{\"MessageId\":\"x\"}");
    let outcome = fate(&server, "a wrong one", "anna@example.org");
    assert!(
        matches!(&outcome, Outcome::Stop(error) if error.message().contains("AWS_SECRET_ACCESS_KEY")),
        "{outcome:?}"
    );
    let (_folder, config) = configured("[transport]\nkind = \"ses\"\n");
    let told = Mailer::new(&config.transport, &Secrets::given([])).unwrap_err();
    assert!(told.message().contains("AWS_ACCESS_KEY_ID"), "{told}");
}

#[test]
fn a_connection_that_breaks_after_the_request_leaves_it_uncertain() {
    let silent = Server::start(|_| Reply::SendAndClose(Vec::new()));
    assert_eq!(
        fate(&silent, SECRET, "anna@example.org").name(),
        "uncertain"
    );
    assert_eq!(silent.asked().len(), 1);
    // Nobody is there: nothing was said.
    let mut gone = Server::start(|_| Reply::Silence);
    gone.address = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let outcome = fate(&gone, SECRET, "anna@example.org");
    assert!(
        matches!(
            outcome,
            Outcome::Deferred {
                scope: Scope::Relay,
                ..
            }
        ),
        "{outcome:?}"
    );
    let refused = fate(&gone, SECRET, "bücher@example.org");
    assert_eq!(refused.name(), "bounced");
}
