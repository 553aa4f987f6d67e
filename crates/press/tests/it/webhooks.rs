//! Services that tell what came back: valid, forged, replayed, old and garbled. Payloads are our own, in the published forms.

use crate::postgres::{Trial, block_on, stores};
use crate::reader::Running;
use crate::world::World;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use press::config::{Config, Secrets};
use press::http::{Settings, Tape};
use press::mail::verp::{self, Delivery, Verp};
use press::pipeline::webhooks::{Change, Heard, Refusal, Request, Webhooks};
use press::store::{Arrival, Frozen, NewCampaign, Reason, SubscriptionState, Terms};
use press_core::mailbox::EmailAddress;
use ring::rand::SystemRandom;
use ring::{hmac, signature};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use std::path::Path;

const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:newsletter";
const CERTIFICATE: &str =
    "sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem";
/// 2026-02-05 08:00:05, a moment after the messages.
const NOW_S: i64 = 1_770_278_405;
const SECRET: &str = "whsec_b3VyIG93biBzZWNyZXQgb2YgdGhlIHRlc3Rz";
const PASSWORD: &str = "a password: with a colon";

const SETTINGS: &str = r#"
[mail]
from = "editors@gull.example"
bounces = "bounces@gull.example"

[[webhook]]
kind = "ses"
topic = "arn:aws:sns:eu-central-1:123456789012:newsletter"

[[webhook]]
kind = "postmark"
secret-env = "POSTMARK"

[[webhook]]
kind = "mailgun"
secret-env = "MAILGUN"

[[webhook]]
kind = "signed"
name = "our-relay"
"#;

/// A newsletter with Ada and Ben, to whom issue 12 went.
struct Stand<'t> {
    trial: &'t Trial,
    webhooks: Webhooks,
    campaign: i64,
    verp: Verp,
    _world: World,
}

fn address(name: &str) -> EmailAddress {
    EmailAddress::parse(&format!("{name}@gull.example")).unwrap()
}

impl Stand<'_> {
    async fn new(trial: &Trial) -> Stand<'_> {
        let world = World::new(1);
        let toml = format!("{}{SETTINGS}{}", world.read("press.toml"), trial.toml());
        world.write("press.toml", toml);
        let tape = world.path("tape");
        play(&tape, CERTIFICATE, include_str!("webhooks/sns.pem"));
        play(
            &tape,
            "sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription",
            "<yes/>",
        );
        let config = Config::load(world.folder(), None).unwrap();
        let settings = Settings {
            tape: Tape::Replay(tape),
            ..Settings::default()
        };
        let secrets = [
            ("POSTMARK", PASSWORD),
            ("MAILGUN", "key-of-the-tests"),
            ("PRESS_WEBHOOK_SECRET", SECRET),
        ];
        let secrets = Secrets::given(secrets);
        let webhooks = Webhooks::open(&config, trial, &secrets, settings)
            .await
            .unwrap();
        let mut receiving = trial.receive(Terms::default()).await.unwrap();
        let arrivals = ["ada", "ben"].map(|name| Arrival::confirmed(address(name), "weekly", 1));
        receiving.add(arrivals.to_vec()).await.unwrap();
        receiving.commit().await.unwrap();
        let variants = [("[null,null,false]".to_owned(), b"words".to_vec())];
        let campaign = NewCampaign {
            issue: "12",
            title: "Gulls 12",
            list: "weekly",
            digest: "d",
            start_s: 100,
            slice: 0,
            variants: &variants,
            expected: 2,
        };
        let Frozen::Yes(campaign) = trial.record_campaign(&campaign, 100).await.unwrap() else {
            panic!("it was not frozen");
        };
        let key = trial.key(verp::KEY).await.unwrap();
        Stand {
            trial,
            webhooks,
            campaign,
            verp: Verp::new("bounces@gull.example", &key).unwrap(),
            _world: world,
        }
    }

    async fn hear(&self, name: &str, headers: &[(&str, String)], body: &str) -> Heard {
        self.hear_at(NOW_S, name, headers, body).await
    }

    async fn hear_at(
        &self,
        now_s: i64,
        name: &str,
        headers: &[(&str, String)],
        body: &str,
    ) -> Heard {
        let header = |wanted: &str| {
            let found = headers.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| value.as_str())
        };
        let request = Request {
            body: body.as_bytes(),
            header: &header,
            now_s,
        };
        self.webhooks.hear(name, request).await.unwrap()
    }

    /// Why an address is not mailed any more.
    async fn suppressed(&self, name: &str) -> Option<Reason> {
        let found = self.trial.find_suppression(&address(name)).await.unwrap();
        found.map(|(reason, _)| reason)
    }

    async fn soft_bounces(&self, name: &str) -> i64 {
        let found = self.trial.find_subscriber(&address(name)).await.unwrap();
        found.unwrap().soft_bounces
    }

    async fn reads(&self, name: &str) -> bool {
        let found = self.trial.find_subscriber(&address(name)).await.unwrap();
        let all = self.trial.subscriptions(found.unwrap().id).await.unwrap();
        all.iter()
            .any(|one| one.state == SubscriptionState::Confirmed)
    }
}

/// Does something with a newsletter on each database.
#[allow(
    clippy::needless_pass_by_value,
    reason = "a closure at the call is easier to read"
)]
fn on_each(work: impl AsyncFn(&Stand<'_>)) {
    block_on(async {
        for trial in stores().await {
            println!("on {}", trial.name());
            work(&Stand::new(&trial).await).await;
        }
    });
}

/// Puts an answer of the web onto a tape, as a recording has it.
fn play(tape: &Path, place: &str, body: &str) {
    let question = format!("> GET {place}\n");
    let number = xxhash_rust::xxh3::xxh3_64(question.as_bytes());
    let plain = |sign: char| match sign {
        'a'..='z' | '0'..='9' | '.' => sign,
        'A'..='Z' => sign.to_ascii_lowercase(),
        _ => '-',
    };
    let path = place.split('?').next().unwrap();
    let name: String = path.chars().map(plain).take(80).collect();
    let file = tape.join(format!(
        "{}-{number:016x}.txt",
        name.trim_matches(['-', '.'])
    ));
    std::fs::create_dir_all(tape).unwrap();
    std::fs::write(file, format!("{question}< 200\n\n{body}")).unwrap();
}

/// Signs as SNS does, version 2.
fn sign(message: &mut Value) {
    let names = match message["Type"].as_str() {
        Some("Notification") => vec![
            "Message",
            "MessageId",
            "Subject",
            "Timestamp",
            "TopicArn",
            "Type",
        ],
        _ => vec![
            "Message",
            "MessageId",
            "SubscribeURL",
            "Timestamp",
            "Token",
            "TopicArn",
            "Type",
        ],
    };
    let line = |name: &&str| {
        message[*name]
            .as_str()
            .map(|value| format!("{name}\n{value}\n"))
    };
    let text: String = names.iter().filter_map(line).collect();
    let key = PrivatePkcs8KeyDer::from_pem_slice(include_bytes!("signed/rsa.pem")).unwrap();
    let key = signature::RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).unwrap();
    let mut tag = vec![0; key.public().modulus_len()];
    key.sign(
        &signature::RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        text.as_bytes(),
        &mut tag,
    )
    .unwrap();
    message["SignatureVersion"] = json!("2");
    message["Signature"] = json!(STANDARD.encode(tag));
}

/// A message of SNS about an event of SES.
fn sns(id: &str, event: &Value) -> Value {
    let mut message = json!({
        "Type": "Notification", "MessageId": id, "TopicArn": TOPIC, "Message": event.to_string(),
        "Timestamp": "2026-02-05T08:00:01.000Z", "SigningCertURL": format!("https://{CERTIFICATE}"),
    });
    sign(&mut message);
    message
}

fn bounce(kind: (&str, &str), who: &str, status: &str) -> Value {
    json!({
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": kind.0, "bounceSubType": kind.1, "feedbackId": "0107-0", "timestamp": "2026-02-05T08:00:00.000Z",
            "bouncedRecipients": [{ "emailAddress": format!("{who}@gull.example"), "action": "failed", "status": status }],
        },
        "mail": { "messageId": "0107-1", "source": "editors@gull.example", "destination": [format!("{who}@gull.example")] },
    })
}

#[test]
fn amazon_tells_of_bounces_complaints_and_people_who_leave() {
    on_each(async |stand| {
        let hear = async |message: &Value| stand.hear("ses", &[], &message.to_string()).await;
        let soft = sns("1", &bounce(("Transient", "MailboxFull"), "ada", "4.2.2"));
        assert_eq!(hear(&soft).await, Heard::Taken(vec![Change::Counted(1)]));
        assert_eq!(hear(&soft).await, Heard::Again);
        // Another word about the same campaign is counted once.
        let again = sns("2", &bounce(("Permanent", "General"), "ada", "5.7.1"));
        assert_eq!(hear(&again).await, Heard::Taken(vec![Change::Counted(1)]));
        assert_eq!(stand.suppressed("ada").await, None);

        // The return path tells whom it is about, whatever the recipient is called by now.
        let ben = stand
            .trial
            .find_subscriber(&address("ben"))
            .await
            .unwrap()
            .unwrap();
        let path = stand.verp.address(Delivery {
            campaign: stand.campaign,
            subscriber: ben.id,
        });
        let mut hard = bounce(("Permanent", "General"), "forwarded", "5.1.1");
        hard["mail"]["headers"] = json!([{ "name": "Return-Path", "value": format!("<{path}>") }]);
        assert_eq!(
            hear(&sns("3", &hard)).await,
            Heard::Taken(vec![Change::Suppressed])
        );
        assert_eq!(stand.suppressed("ben").await, Some(Reason::HardBounce));

        let leaves = json!({
            "eventType": "Subscription",
            "subscription": { "contactList": "all", "source": "UnsubscribeHeader", "newTopicPreferences": { "unsubscribeAll": true } },
            "mail": { "destination": ["Ada <ada@GULL.example>"] },
        });
        assert!(stand.reads("ada").await);
        assert_eq!(
            hear(&sns("4", &leaves)).await,
            Heard::Taken(vec![Change::Left])
        );
        assert!(!stand.reads("ada").await);

        for (id, event) in [
            (
                "5",
                json!({ "notificationType": "Delivery", "delivery": { "recipients": ["ada@gull.example"] } }),
            ),
            ("6", bounce(("Permanent", "General"), "stranger", "5.1.1")),
            (
                "7",
                json!("Successfully validated SNS topic for Amazon SES event publishing."),
            ),
            (
                "8",
                json!({ "eventType": "Complaint", "complaint": { "complaintFeedbackType": "not-spam", "complainedRecipients": [{ "emailAddress": "ada@gull.example" }] } }),
            ),
        ] {
            assert_eq!(
                hear(&sns(id, &event)).await,
                Heard::Taken(Vec::new()),
                "{id}"
            );
        }
        assert_eq!(stand.suppressed("ada").await, None);
        // The older form of signatures; made with openssl.
        let complaint = include_str!("webhooks/sns-version-1.json");
        assert_eq!(
            stand.hear("ses", &[], complaint).await,
            Heard::Taken(vec![Change::Suppressed])
        );
        assert_eq!(stand.suppressed("ada").await, Some(Reason::Complaint));
        assert_eq!(stand.hear("ses", &[], complaint).await, Heard::Again);
    });
}

#[test]
fn what_amazon_did_not_sign_changes_nothing() {
    on_each(async |stand| {
        let refused =
            async |message: &Value| match stand.hear("ses", &[], &message.to_string()).await {
                Heard::Refused(refusal) => refusal,
                other => panic!("{other:?}"),
            };
        let good = sns("1", &bounce(("Permanent", "NoEmail"), "ada", "5.1.1"));
        let with = |name: &str, value: Value| {
            let mut message = good.clone();
            message[name] = value;
            message
        };
        let forged = [
            with(
                "Message",
                json!(bounce(("Permanent", "NoEmail"), "ben", "5.1.1").to_string()),
            ),
            with("MessageId", json!("2")),
            with("Timestamp", json!("2026-02-05T08:00:02.000Z")),
            with("Subject", json!("More")),
            with(
                "TopicArn",
                json!("arn:aws:sns:eu-central-1:123456789012:other"),
            ),
            with("Signature", json!("")),
            with("Signature", json!("not base64!")),
            with("Signature", Value::Null),
            with("SignatureVersion", json!("1")),
            with("SignatureVersion", json!("3")),
            with(
                "SigningCertURL",
                json!("https://evil.example/SimpleNotificationService-0123456789abcdef.pem"),
            ),
            with(
                "SigningCertURL",
                json!(
                    "http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
                ),
            ),
            with("SigningCertURL", Value::Null),
        ];
        for message in &forged {
            assert!(
                matches!(refused(message).await, Refusal::Forged(_)),
                "{message}"
            );
        }
        assert!(matches!(
            refused(&with("Type", json!("Notice"))).await,
            Refusal::Garbled(_)
        ));
        // A certificate that is not on the tape cannot be had now.
        let other = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-00.pem";
        assert!(matches!(
            refused(&with("SigningCertURL", json!(other))).await,
            Refusal::Later(_)
        ));
        let body = good.to_string();
        for now_s in [NOW_S + 2 * 86_400, NOW_S - 3_600] {
            assert_eq!(
                stand.hear_at(now_s, "ses", &[], &body).await,
                Heard::Refused(Refusal::Stale)
            );
        }
        for garbled in ["", "{", "[]", "null", "\"x\"", "{\"Type\":7}", "\u{0}"] {
            let heard = stand.hear("ses", &[], garbled).await;
            assert!(matches!(heard, Heard::Refused(_)), "{garbled:?}: {heard:?}");
        }
        assert_eq!(stand.suppressed("ada").await, None);
        assert_eq!(stand.suppressed("ben").await, None);
        assert_eq!(
            stand.hear("ses", &[], &body).await,
            Heard::Taken(vec![Change::Suppressed])
        );
    });
}

#[test]
fn a_topic_is_confirmed_at_amazons_own_host_only() {
    on_each(async |stand| {
        let question = |url: &str| {
            let mut message = json!({
                "Type": "SubscriptionConfirmation", "MessageId": "1", "TopicArn": TOPIC, "Message": "You have chosen to …",
                "Token": "abc", "SubscribeURL": url, "Timestamp": "2026-02-05T08:00:01.000Z",
                "SigningCertURL": format!("https://{CERTIFICATE}"),
            });
            sign(&mut message);
            message.to_string()
        };
        let host = "https://sns.eu-central-1.amazonaws.com";
        for elsewhere in [
            "https://evil.example/?Action=ConfirmSubscription",
            "http://127.0.0.1/",
            "file:///etc/passwd",
        ] {
            let heard = stand.hear("ses", &[], &question(elsewhere)).await;
            assert!(
                matches!(heard, Heard::Refused(Refusal::Forged(_))),
                "{heard:?}"
            );
        }
        // What SNS does not answer is asked again.
        let heard = stand
            .hear("ses", &[], &question(&format!("{host}/?Action=Other")))
            .await;
        assert!(
            matches!(heard, Heard::Refused(Refusal::Later(_))),
            "{heard:?}"
        );
        // Tokens are not on tapes.
        let confirm = question(&format!("{host}/?Action=ConfirmSubscription&Token=abc"));
        assert_eq!(
            stand.hear("ses", &[], &confirm).await,
            Heard::Taken(Vec::new())
        );
    });
}

fn basic(password: &str) -> [(&'static str, String); 1] {
    [(
        "authorization",
        format!("Basic {}", STANDARD.encode(format!("press:{password}"))),
    )]
}

fn postmark(id: i64, kind: &str, who: &str) -> String {
    let record = if kind == "SpamComplaint" {
        kind
    } else {
        "Bounce"
    };
    json!({
        "RecordType": record, "MessageStream": "broadcast", "ID": id, "Type": kind, "ServerID": 23, "Metadata": {},
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "Email": format!("{who}@gull.example"),
        "From": "editors@gull.example", "BouncedAt": "2026-02-05T02:59:54.9070259-05:00", "Inactive": true,
    })
    .to_string()
}

#[test]
fn postmark_shows_its_password() {
    on_each(async |stand| {
        let soft = postmark(1, "SoftBounce", "ada");
        let wrong = [
            vec![],
            basic("").to_vec(),
            basic("a password").to_vec(),
            vec![("authorization", format!("Bearer {PASSWORD}"))],
            vec![("authorization", "Basic !".to_owned())],
            vec![("authorization", "Basic".to_owned())],
        ];
        for headers in &wrong {
            assert_eq!(
                stand.hear("postmark", headers, &soft).await,
                Heard::Refused(Refusal::NoProof)
            );
        }
        let hear = async |body: &str| stand.hear("postmark", &basic(PASSWORD), body).await;
        assert_eq!(hear(&soft).await, Heard::Taken(vec![Change::Counted(1)]));
        assert_eq!(hear(&soft).await, Heard::Again);
        for (id, kind) in [
            (2, "AutoResponder"),
            (3, "Transient"),
            (4, "ChallengeVerification"),
            (5, "Open"),
        ] {
            assert_eq!(
                hear(&postmark(id, kind, "ada")).await,
                Heard::Taken(Vec::new()),
                "{kind}"
            );
        }
        assert_eq!(stand.soft_bounces("ada").await, 1);
        assert_eq!(
            hear(&postmark(6, "HardBounce", "ada")).await,
            Heard::Taken(vec![Change::Suppressed])
        );
        assert_eq!(stand.suppressed("ada").await, Some(Reason::HardBounce));
        let change = |origin: &str, reason: &str, time: &str| {
            json!({
                "RecordType": "SubscriptionChange", "MessageID": null, "ChangedAt": time, "Origin": origin,
                "Recipient": "ben@gull.example", "SuppressSending": true, "SuppressionReason": reason,
            })
            .to_string()
        };
        let time = "2026-02-05T08:00:00Z";
        assert_eq!(
            hear(&change("Customer", "ManualSuppression", time)).await,
            Heard::Taken(Vec::new())
        );
        assert!(stand.reads("ben").await);
        let time = "2026-02-05T08:00:02Z";
        let leaves = change("Recipient", "ManualSuppression", time);
        assert_eq!(hear(&leaves).await, Heard::Taken(vec![Change::Left]));
        assert_eq!(hear(&leaves).await, Heard::Again);
        assert!(!stand.reads("ben").await);
        assert_eq!(
            hear(&postmark(7, "SpamComplaint", "ben")).await,
            Heard::Taken(vec![Change::Suppressed])
        );
        assert_eq!(stand.suppressed("ben").await, Some(Reason::Complaint));
        for garbled in [
            "",
            "[]",
            "{}",
            "{\"RecordType\":\"Bounce\",\"BouncedAt\":\"yesterday\"}",
        ] {
            let heard = hear(garbled).await;
            assert!(
                matches!(heard, Heard::Refused(Refusal::Garbled(_))),
                "{garbled}: {heard:?}"
            );
        }
    });
}

fn hex(tag: &[u8]) -> String {
    tag.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn mailgun(token: &str, event: &Value) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"key-of-the-tests");
    let time = (NOW_S - 2).to_string();
    let tag = hmac::sign(&key, format!("{time}{token}").as_bytes());
    json!({ "signature": { "timestamp": time, "token": token, "signature": hex(tag.as_ref()) }, "event-data": event }).to_string()
}

#[test]
fn mailgun_signs_time_and_token_and_each_token_counts_once() {
    on_each(async |stand| {
        let hear = async |body: &str| stand.hear("mailgun", &[], body).await;
        let failed = |who: &str, severity: &str, code: &str| {
            json!({
                "event": "failed", "severity": severity, "reason": "bounce", "id": "G9Bn5sl1TC6nu79C8C0bwg",
                "recipient": format!("{who}@gull.example"), "delivery-status": { "code": 550, "message": code },
                "message": { "headers": { "message-id": "12.weekly.0011223344556677889900aa@gull.example" } },
                "envelope": { "sender": "editors@gull.example" },
            })
        };
        let delayed = mailgun("a", &failed("ada", "temporary", "4.2.2 full"));
        assert_eq!(hear(&delayed).await, Heard::Taken(Vec::new()));
        let blocked = mailgun("b", &failed("ada", "permanent", "5.7.1 we do not like it"));
        assert_eq!(hear(&blocked).await, Heard::Taken(vec![Change::Counted(1)]));
        assert_eq!(hear(&blocked).await, Heard::Again);
        // Whoever saw a signature cannot use it for words of their own.
        let stolen: Value = serde_json::from_str(&blocked).unwrap();
        let mut forged = stolen.clone();
        forged["event-data"] = json!({ "event": "complained", "recipient": "ben@gull.example" });
        assert_eq!(hear(&forged.to_string()).await, Heard::Again);
        for (name, value) in [
            ("token", "c"),
            ("timestamp", "1770278404"),
            ("signature", "00"),
            ("signature", "zz"),
            ("signature", ""),
        ] {
            let mut forged = stolen.clone();
            forged["signature"][name] = json!(value);
            let heard = hear(&forged.to_string()).await;
            assert!(
                matches!(heard, Heard::Refused(Refusal::Forged(_))),
                "{name}: {heard:?}"
            );
        }
        assert_eq!(stand.suppressed("ben").await, None);
        let late = stand
            .hear_at(
                NOW_S + 2 * 86_400,
                "mailgun",
                &[],
                &mailgun("d", &failed("ben", "permanent", "")),
            )
            .await;
        assert_eq!(late, Heard::Refused(Refusal::Stale));
        let gone = mailgun("e", &failed("ada", "permanent", "5.1.1 nobody"));
        assert_eq!(hear(&gone).await, Heard::Taken(vec![Change::Suppressed]));
        let leaves = mailgun(
            "f",
            &json!({ "event": "unsubscribed", "recipient": "ben@gull.example" }),
        );
        assert_eq!(hear(&leaves).await, Heard::Taken(vec![Change::Left]));
        let complains = mailgun(
            "g",
            &json!({ "event": "complained", "recipient": "ben@gull.example" }),
        );
        assert_eq!(
            hear(&complains).await,
            Heard::Taken(vec![Change::Suppressed])
        );
        assert_eq!(stand.suppressed("ben").await, Some(Reason::Complaint));
        assert!(matches!(
            hear("{}").await,
            Heard::Refused(Refusal::Forged(_))
        ));
        assert!(matches!(
            hear(&mailgun("h", &json!(7))).await,
            Heard::Refused(Refusal::Garbled(_))
        ));
    });
}

fn signed(id: &str, time_s: i64, body: &str) -> Vec<(&'static str, String)> {
    let key = STANDARD
        .decode(SECRET.strip_prefix("whsec_").unwrap())
        .unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let tag = hmac::sign(&key, format!("{id}.{time_s}.{body}").as_bytes());
    vec![
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", time_s.to_string()),
        (
            "webhook-signature",
            format!("v1,AAAA v1,{}", STANDARD.encode(tag)),
        ),
    ]
}

#[test]
fn anything_of_ones_own_tells_with_a_signature() {
    on_each(async |stand| {
        let hear = async |id: &str, body: &Value| {
            let body = body.to_string();
            stand
                .hear("our-relay", &signed(id, NOW_S, &body), &body)
                .await
        };
        let ada = stand
            .trial
            .find_subscriber(&address("ada"))
            .await
            .unwrap()
            .unwrap();
        let path = stand.verp.address(Delivery {
            campaign: stand.campaign,
            subscriber: ada.id,
        });
        let soft = json!({ "type": "bounce", "data": { "return_path": path, "severity": "soft" } });
        assert_eq!(
            hear("1", &soft).await,
            Heard::Taken(vec![Change::Counted(1)])
        );
        assert_eq!(hear("1", &soft).await, Heard::Again);
        let hard = json!({ "type": "bounce", "data": { "address": "ada@gull.example", "severity": "hard", "status": "5.1.1" } });
        let text = hard.to_string();
        for (headers, body) in [
            (signed("2", NOW_S, &text), text.replace("ada", "ben")),
            (signed("2", NOW_S, &text)[..2].to_vec(), text.clone()),
            (signed("2", NOW_S, "other"), text.clone()),
            (vec![], text.clone()),
        ] {
            let heard = stand.hear("our-relay", &headers, &body).await;
            assert!(
                matches!(heard, Heard::Refused(Refusal::Forged(_))),
                "{heard:?}"
            );
        }
        for time_s in [NOW_S - 301, NOW_S + 301, i64::MIN, i64::MAX] {
            let heard = stand
                .hear("our-relay", &signed("2", time_s, &text), &text)
                .await;
            assert_eq!(heard, Heard::Refused(Refusal::Stale), "{time_s}");
        }
        assert_eq!(stand.suppressed("ada").await, None);
        assert_eq!(
            hear("3", &hard).await,
            Heard::Taken(vec![Change::Suppressed])
        );
        let leaves = json!({ "type": "unsubscribe", "data": { "address": "ben@gull.example" } });
        assert_eq!(hear("4", &leaves).await, Heard::Taken(vec![Change::Left]));
        for garbled in [
            json!({}),
            json!({ "type": "bounce" }),
            json!({ "type": "opened", "data": { "address": "ben@gull.example" } }),
            json!({ "type": "bounce", "data": { "address": "ben@gull.example", "severity": 5 } }),
            json!({ "type": "complaint", "data": { "address": "nobody" } }),
            json!({ "type": "complaint", "data": { "address": ["ben@gull.example"] } }),
        ] {
            let heard = hear("5", &garbled).await;
            assert!(
                matches!(heard, Heard::Refused(Refusal::Garbled(_))),
                "{garbled}: {heard:?}"
            );
        }
        // What was refused did not use up the id.
        let complaint = json!({ "type": "complaint", "data": { "address": "ben@GULL.example" } });
        assert_eq!(
            hear("5", &complaint).await,
            Heard::Taken(vec![Change::Suppressed])
        );
        assert_eq!(stand.hear("nobody", &[], "{}").await, Heard::Unknown);
        let now_s = NOW_S + 86_400;
        assert_eq!(stand.trial.forget_told(now_s).await.unwrap(), 4);
    });
}

#[test]
fn a_server_hears_services_and_does_not_start_without_their_secrets() {
    let trial = block_on(stores()).remove(0);
    let world = World::new(1);
    let webhook = "\n[[webhook]]\nkind = \"signed\"\nname = \"our-relay\"\n";
    let toml = format!("{}{webhook}{}", world.read("press.toml"), trial.toml());
    world.write("press.toml", toml);
    world
        .press(&["server", "--listen", "127.0.0.1:0"])
        .refuses(&["`our-relay` has no secret in `PRESS_WEBHOOK_SECRET`"]);
    let server = Running::start_with(&world, &[("PRESS_WEBHOOK_SECRET", SECRET)]);
    let mut receiving = block_on(trial.receive(Terms::default())).unwrap();
    block_on(receiving.add(vec![Arrival::confirmed(address("ada"), "weekly", 1)])).unwrap();
    block_on(receiving.commit()).unwrap();
    let body =
        json!({ "type": "bounce", "data": { "address": "ada@gull.example", "severity": "hard" } })
            .to_string();
    let headers = signed("1", jiff::Timestamp::now().as_second(), &body);
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let post =
        |path: &str, headers: &[(&str, &str)], body: &str| server.ask("POST", path, headers, body);
    post("/webhooks/our-relay", &[], &body).is(403);
    post("/webhooks/other", &headers, &body).is(404);
    post("/webhooks/our-relay", &headers, &body)
        .is(200)
        .says(&["written down"]);
    post("/webhooks/our-relay", &headers, &body)
        .is(200)
        .says(&["known already"]);
    assert!(
        block_on(trial.find_suppression(&address("ada")))
            .unwrap()
            .is_some()
    );
    let long = "x".repeat(600 << 10);
    post("/webhooks/our-relay", &headers, &long).is(413);
    server.get("/webhooks/our-relay").is(405);
}

#[test]
fn webhooks_that_cannot_work_are_told_before_anything_starts() {
    let world = World::new(1);
    let toml = world.read("press.toml");
    let refused = |webhooks: &str, parts: &[&str]| {
        world.write("press.toml", format!("{toml}\n{webhooks}"));
        world.press(&["issue", "list"]).refuses(parts);
    };
    refused("[[webhook]]\nkind = \"ses\"\n", &["has no `topic`"]);
    refused(
        "[[webhook]]\nkind = \"ses\"\ntopic = \"bounces\"\n",
        &["no topic of SNS"],
    );
    refused(
        "[[webhook]]\nkind = \"mailgun\"\n[[webhook]]\nkind = \"mailgun\"\n",
        &["two webhooks"],
    );
    refused(
        "[[webhook]]\nkind = \"mailgun\"\nname = \"a/b\"\n",
        &["small letters"],
    );
}
