//! A link that somebody sends: the answer that they get at once.

use super::judge::Judged;
use super::{Cleaned, Desk, Draft, Finding, Status, Suggested};
use crate::error::Result;
use crate::sources::link;
use crate::store::{Admitted, NewSubmission, Origin, SubmissionLimits, submission_token};
use jiff::Timestamp;
use jiff::civil::Date;
use press_core::canonical::{canonical, parts};
use press_core::format::SectionKind;
use press_core::mailbox::EmailAddress;
use press_core::submission::{Outcome, Place, Proposed, ProposedLink};
use press_core::text::plain_line;
use ring::hmac;
use serde::{Deserialize, Serialize};

/// What a form or a program sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sent {
    /// The address of the page.
    pub url: String,
    /// Its title.
    pub title: String,
    /// The id or the heading of the section, if the sender knows.
    pub section: Option<String>,
    /// Marks such as `video`, without brackets.
    pub marks: Vec<String>,
    /// What the sender wants the editors to know.
    pub note: Option<String>,
    /// An e-mail address, or an account such as `@ada@terns.example`, for an answer.
    pub contact: Option<String>,
    /// Whether a machine wrote the linked text.
    pub machine_written: Option<bool>,
}

impl Sent {
    /// What editors are to know, if anything.
    fn remark(&self) -> Option<String> {
        let plain = |sign: &char| !sign.is_control() || matches!(sign, '\n' | '\t');
        let note: String = self.note.as_deref()?.chars().filter(plain).collect();
        let note = note.trim();
        (!note.is_empty()).then(|| note.to_owned())
    }
}

/// Who sends.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// By what way.
    pub origin: Origin,
    /// What tells senders apart: a network, an account. It is kept as a keyed hash only.
    pub key: &'a str,
}

/// Where a page is known from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "known", rename_all = "kebab-case")]
pub enum Already {
    /// An issue had it.
    Published {
        /// The issue's number, if it has one.
        issue: Option<u32>,
        /// Its day.
        date: Date,
        /// Its title there.
        title: String,
    },
    /// The draft has it.
    InDraft {
        /// The section.
        section: String,
    },
    /// Somebody sent it before.
    Submitted {
        /// The issue that it waits for.
        issue: Option<i64>,
    },
}

/// What a sender is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// It was taken in.
    Received(Box<Receipt>),
    /// It is known already, and was not taken in again.
    Known(Already),
    /// It was not taken in.
    Refused(Refusal),
}

/// What was taken in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// Its number, for editors.
    pub id: i64,
    /// With this the sender sees how it stands. Nobody can be told it again.
    pub token: String,
    /// How it stands.
    pub status: Status,
    /// What was put right.
    pub cleaned: Vec<Cleaned>,
    /// The rules that it breaks as it would stand in the draft.
    pub findings: Vec<Finding>,
    /// The sections that it may belong to.
    pub suggested: Vec<Suggested>,
}

/// Why something was not taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The field that it is about; none if too much was sent.
    pub field: Option<String>,
    /// Why.
    pub message: String,
    /// After how many seconds it may be tried again, if too much was sent.
    pub retry_after_s: Option<i64>,
}

/// Longest address and longest texts, in bytes.
const URL_BYTES: usize = 2_000;
const TITLE_BYTES: usize = 500;
const NOTE_BYTES: usize = 4_000;
const CONTACT_BYTES: usize = 254;

impl Desk {
    /// Takes in a link, and says at once what there is to say.
    pub async fn submit(&self, sent: &Sent, sender: Sender<'_>, now: Timestamp) -> Result<Answer> {
        self.roll_over(now).await?;
        let proposed = match self.proposed(sent) {
            Ok(proposed) => proposed,
            Err(refusal) => return Ok(Answer::Refused(refusal)),
        };
        let draft = self.draft()?;
        let marks = proposed.links.first().map_or(&[][..], |link| &link.marks);
        let suggested = self.suggestions(&sent.title, sent.url.trim(), marks);
        let judged = self.judge_somewhere(draft.as_ref(), proposed, &suggested);
        let url = judged
            .item
            .links
            .first()
            .map_or("", |link| link.url.as_str());
        if let Some(already) = self.published(url) {
            return Ok(Answer::Known(already));
        }
        if let Some(Outcome::Known { section }) = judged.outcome {
            return Ok(Answer::Known(Already::InDraft { section }));
        }
        let (token, token_hash) = submission_token()?;
        let new = NewSubmission {
            origin: sender.origin,
            sender: self.sender_hash(sender.key).await?,
            remark: sent.remark(),
            contact: sent.contact.as_deref().and_then(contact),
            machine_written: sent.machine_written,
            issue: self.next_issue(now)?,
            token_hash: Some(token_hash),
            ..new_submission(&judged.item)
        };
        let id = match self.admit(&new, now).await? {
            Ok(id) => id,
            Err(answer) => return Ok(answer),
        };
        let status = self.status_of(self.find(id).await?, now).await?;
        Ok(Answer::Received(Box::new(Receipt {
            id,
            token,
            status,
            cleaned: judged.cleaned,
            findings: judged.findings,
            suggested,
        })))
    }

    /// Takes a submission into the store, or says why not.
    async fn admit(
        &self,
        new: &NewSubmission,
        now: Timestamp,
    ) -> Result<std::result::Result<i64, Answer>> {
        let own = &self.config().submissions;
        let limits = SubmissionLimits {
            per_sender: own.per_sender,
            per_host: own.per_host,
            window_s: own.window_s,
        };
        let admitted = self.store.record_submission(new, limits, now.as_second());
        Ok(Err(match admitted.await? {
            Admitted::New(id) => return Ok(Ok(id)),
            Admitted::Known(id) => {
                let issue = self.find(id).await?.issue;
                Answer::Known(Already::Submitted { issue })
            }
            Admitted::ManyOfSender => self.too_many("you have sent"),
            Admitted::ManyOfHost => {
                let host = format!("links to {} were sent, and", new.host);
                self.too_many(&host)
            }
        }))
    }

    /// Judges an item; where nobody says which section it is for, as it would stand in the likeliest one.
    fn judge_somewhere(
        &self,
        draft: Option<&Draft>,
        mut proposed: Proposed,
        suggested: &[Suggested],
    ) -> Judged {
        let likeliest = suggested.first().filter(|_| proposed.place.path.is_empty());
        let Some(Ok((place, _))) = likeliest.map(|one| self.section(&one.section)) else {
            return self.judge(draft, proposed);
        };
        proposed.place = place;
        let mut judged = self.judge(draft, proposed);
        judged.item.place = Place::default();
        judged
    }

    /// What was sent as an item, or what is wrong with it.
    fn proposed(&self, sent: &Sent) -> std::result::Result<Proposed, Refusal> {
        let url = sent.url.trim();
        if !is_web(url) {
            return Err(refusal(
                "url",
                "this is no address of the web; it begins with https://",
            ));
        }
        let title = plain_line(&sent.title);
        if title.is_empty() {
            return Err(refusal(
                "title",
                "the title is missing: it is that of the page",
            ));
        }
        for (field, text, limit) in [
            ("url", Some(url), URL_BYTES),
            ("title", Some(title.as_str()), TITLE_BYTES),
            ("note", sent.note.as_deref(), NOTE_BYTES),
            ("contact", sent.contact.as_deref(), CONTACT_BYTES),
        ] {
            if text.is_some_and(|text| text.len() > limit) {
                return Err(refusal(
                    field,
                    &format!("this is longer than {limit} bytes"),
                ));
            }
        }
        let given = sent
            .contact
            .as_deref()
            .filter(|given| !given.trim().is_empty());
        if given.is_some_and(|given| contact(given).is_none()) {
            let message =
                "this is neither an e-mail address nor an account such as @ada@terns.example";
            return Err(refusal("contact", message));
        }
        let mut marks = Vec::new();
        for mark in sent.marks.iter().filter(|mark| !mark.trim().is_empty()) {
            let Some(known) = self.config().format.find_mark(mark) else {
                let message = format!("there is no mark `{}`", plain_line(mark));
                return Err(refusal("marks", &message));
            };
            marks.push(known.id.to_owned());
        }
        let (place, kind) = match sent.section.as_deref().map(str::trim) {
            None | Some("") => (Place::default(), SectionKind::Links),
            Some(named) => self.section(named)?,
        };
        let before: String = marks.iter().map(|mark| format!("[{mark}] ")).collect();
        let text = format!("* {before}{}", link(&title, url));
        let url = url.to_owned();
        Ok(Proposed {
            place,
            kind,
            links: vec![ProposedLink { marks, title, url }],
            text,
            ..Proposed::default()
        })
    }

    /// A section by its id or its heading.
    pub(super) fn section(
        &self,
        named: &str,
    ) -> std::result::Result<(Place, SectionKind), Refusal> {
        let sections = &self.config().format.sections;
        let own = sections
            .iter()
            .position(|spec| spec.id == named || spec.title.eq_ignore_ascii_case(named));
        let Some(own) = own else {
            let message = format!("there is no section `{}`", plain_line(named));
            return Err(refusal("section", &message));
        };
        let mut path = vec![sections[own].title.clone()];
        let mut next = sections[own].parent;
        while let Some(parent) = next {
            path.insert(0, sections[parent].title.clone());
            next = sections[parent].parent;
        }
        let place = Place {
            id: Some(sections[own].id.clone()),
            path,
        };
        Ok((place, sections[own].kind))
    }

    /// The newest issue that has a page. An address with a place in the page may be of another part of it.
    fn published(&self, url: &str) -> Option<Already> {
        if parts(url).is_some_and(|parts| parts.fragment.is_some()) {
            return None;
        }
        let archive = self.checker.archive()?;
        let past = archive.links_to(&canonical(url), None).next_back()?;
        let issue = past.issue();
        Some(Already::Published {
            issue: issue.number(),
            date: issue.date(),
            title: past.title().to_owned(),
        })
    }

    async fn sender_hash(&self, key: &str) -> Result<String> {
        let secret = self.store.key("submission-senders").await?;
        let key_of = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let tag = hmac::sign(&key_of, key.as_bytes());
        let hex: String = tag.as_ref()[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(format!("hash:{hex}"))
    }

    fn too_many(&self, who: &str) -> Answer {
        let hours = self.config().submissions.window_s / 3_600;
        Answer::Refused(Refusal {
            field: None,
            message: format!("{who} as many as may be in {hours} hours; try again later"),
            retry_after_s: Some(self.config().submissions.window_s),
        })
    }
}

fn refusal(field: &str, message: &str) -> Refusal {
    Refusal {
        field: Some(field.to_owned()),
        message: message.to_owned(),
        retry_after_s: None,
    }
}

/// Whether somebody can have meant this as the address of a page.
pub(in crate::pipeline) fn is_web(url: &str) -> bool {
    let scheme = ["https://", "http://"]
        .iter()
        .any(|scheme| url.starts_with(scheme));
    let odd = |sign: char| sign.is_control() || sign.is_whitespace() || matches!(sign, '<' | '>');
    let host = parts(url).map_or("", |parts| parts.host);
    scheme && host.contains('.') && !host.contains('@') && !url.contains(odd)
}

/// How to reach somebody, if that is one way.
fn contact(text: &str) -> Option<String> {
    let text = text.trim();
    let account = text.strip_prefix('@').is_some_and(|name| {
        let plain = |sign: char| sign.is_ascii_alphanumeric() || "-_.@".contains(sign);
        !name.is_empty() && name.chars().all(plain)
    });
    (account || EmailAddress::parse(text).is_ok()).then(|| text.to_owned())
}

/// An item on its way into the store, without what is known of its sender.
pub(super) fn new_submission(item: &Proposed) -> NewSubmission {
    let main = item.main().cloned().unwrap_or_default();
    let host = parts(&main.url).map_or("", |parts| parts.host);
    let host = host.to_ascii_lowercase();
    NewSubmission {
        origin: Origin::PullRequest,
        pull: None,
        page: canonical(&main.url),
        host: host.strip_prefix("www.").unwrap_or(&host).to_owned(),
        sender: String::new(),
        item: serde_json::to_string(item).unwrap_or_default(),
        title: plain_line(&main.title),
        url: main.url,
        section: item
            .place
            .id
            .clone()
            .or_else(|| item.place.path.last().cloned()),
        remark: None,
        contact: None,
        machine_written: None,
        issue: None,
        token_hash: None,
    }
}
