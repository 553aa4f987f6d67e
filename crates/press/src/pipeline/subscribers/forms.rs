//! What the columns of a file mean: our own export, Mailchimp's, listmonk's, and whatever has an address in it.
//!
//! What a file does not say is not made up: whether somebody confirmed is said by a column, by the form of the file, or by
//! whoever imports it.

use crate::store::{Reason, SubscriptionState as State};
use csv::StringRecord;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::Value;

/// What a column may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Address,
    Name,
    FirstName,
    LastName,
    Language,
    Status,
    List,
    Created,
    Confirmed,
    Unsubscribed,
    Cleaned,
    Regions,
    LeftOut,
    TextOnly,
    Token,
    Consent,
    FormVersion,
    Suppressed,
    SuppressedSince,
    Lists,
    Attributes,
}

/// What columns are called: small, with `_` for everything that is no letter or digit. The first name is our own.
const NAMES: &[(Field, &[&str])] = &[
    (
        Field::Address,
        &[
            "email",
            "e_mail",
            "email_address",
            "e_mail_address",
            "mail",
            "subscriber_email",
        ],
    ),
    (Field::Name, &["name", "full_name", "display_name"]),
    (
        Field::FirstName,
        &["first_name", "firstname", "given_name", "fname"],
    ),
    (
        Field::LastName,
        &["last_name", "lastname", "surname", "family_name", "lname"],
    ),
    (Field::Language, &["language", "lang", "locale"]),
    (
        Field::Status,
        &["status", "subscription_status", "subscriber_status"],
    ),
    (Field::List, &["list"]),
    (
        Field::Created,
        &[
            "created_at",
            "optin_time",
            "subscribed_at",
            "signup_date",
            "date_added",
        ],
    ),
    (Field::Confirmed, &["confirmed_at", "confirm_time"]),
    (
        Field::Unsubscribed,
        &["unsubscribed_at", "unsub_time", "unsubscribe_date"],
    ),
    (Field::Cleaned, &["cleaned_at", "clean_time", "bounced_at"]),
    (Field::Regions, &["regions"]),
    (Field::LeftOut, &["left_out"]),
    (Field::TextOnly, &["text_only"]),
    (Field::Token, &["token"]),
    (Field::Consent, &["consent"]),
    (Field::FormVersion, &["form_version"]),
    (Field::Suppressed, &["suppressed"]),
    (Field::SuppressedSince, &["suppressed_at"]),
    (Field::Lists, &["lists"]),
    (Field::Attributes, &["attributes", "attribs"]),
];

/// Whose form a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// What `press subscribers export` writes.
    Press,
    /// Mailchimp's export of one kind of contacts.
    Mailchimp,
    /// listmonk's export.
    Listmonk,
    /// Any other with an address in it.
    Plain,
}

/// The columns of a file.
pub(super) struct Columns {
    at: Vec<(Field, usize)>,
    pub(super) form: Form,
    /// The columns that nothing is taken from.
    pub(super) unused: Vec<String>,
}

impl Columns {
    /// The meaning of a first row; nothing if there is no address in it.
    pub(super) fn of(header: &[String]) -> Option<Columns> {
        let names: Vec<String> = header.iter().map(|name| plain(name)).collect();
        let has = |wanted: &str| names.iter().any(|name| name == wanted);
        let form = if has("token") && has("list") && has("consent") {
            Form::Press
        } else if has("leid") && has("euid") {
            Form::Mailchimp
        } else if has("uuid") && (has("attributes") || has("attribs")) {
            Form::Listmonk
        } else {
            Form::Plain
        };
        let mut at = Vec::new();
        let mut unused = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let field = NAMES
                .iter()
                .find(|(_, known)| known.contains(&name.as_str()))
                .map(|(field, _)| *field)
                .filter(|field| at.iter().all(|(known, _)| known != field));
            match field {
                Some(field) => at.push((field, index)),
                None => unused.push(header[index].clone()),
            }
        }
        let address = at.iter().any(|(field, _)| *field == Field::Address);
        address.then_some(Columns { at, form, unused })
    }

    /// Whether there is a column for this.
    pub(super) fn has(&self, field: Field) -> bool {
        self.at.iter().any(|(known, _)| *known == field)
    }

    /// What a row says of this; empty if nothing.
    pub(super) fn value<'r>(&self, row: &'r StringRecord, field: Field) -> &'r str {
        let at = self.at.iter().find(|(known, _)| *known == field);
        let value = at.and_then(|(_, index)| row.get(*index)).unwrap_or("");
        unguarded(value.trim())
    }
}

fn plain(name: &str) -> String {
    let sign = |sign: char| match sign.is_alphanumeric() {
        true => sign.to_ascii_lowercase(),
        false => '_',
    };
    name.trim().chars().map(sign).collect()
}

/// How somebody stands to the list, as other programs know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    State(State),
    Suppressed(Reason),
    /// May be mailed, if whoever imports says that they confirmed.
    Open,
}

/// Words for that, by whomever.
pub(super) fn standing(word: &str) -> Option<Standing> {
    let word = plain(word);
    Some(match word.as_str() {
        "confirmed" | "subscribed" | "active" => Standing::State(State::Confirmed),
        "unconfirmed" | "pending" | "nonsubscribed" | "non_subscribed" | "transactional"
        | "unactivated" => Standing::State(State::Unconfirmed),
        "unsubscribed" | "disabled" | "opted_out" | "removed" | "inactive" => {
            Standing::State(State::Unsubscribed)
        }
        "cleaned" | "bounced" | "hard_bounce" | "undeliverable" => {
            Standing::Suppressed(Reason::HardBounce)
        }
        "complained" | "complaint" | "spam" | "abuse" => Standing::Suppressed(Reason::Complaint),
        "blocklisted" | "blacklisted" | "blocked" | "manual" => {
            Standing::Suppressed(Reason::Manual)
        }
        "erased" => Standing::Suppressed(Reason::Erased),
        "enabled" => Standing::Open,
        _ => return None,
    })
}

/// How all rows of a Mailchimp file stand: its files have no column for that, but are one for each kind.
pub(super) fn standing_of_file(columns: &Columns, file_name: &str) -> Option<Standing> {
    if columns.form != Form::Mailchimp {
        return None;
    }
    if columns.has(Field::Cleaned) {
        return Some(Standing::Suppressed(Reason::HardBounce));
    }
    if columns.has(Field::Unsubscribed) {
        return Some(Standing::State(State::Unsubscribed));
    }
    let kind = file_name.split(['_', '-', '.']).next()?;
    standing(kind)
}

/// What listmonk's lists say of one of them: `[{"name": "Weekly", "subscription_status": "confirmed"}]`.
pub(super) fn standing_in_lists(lists: &str, id: &str, name: &str) -> Option<Standing> {
    let lists: Vec<Value> = serde_json::from_str(lists).ok()?;
    let text = |list: &Value, key: &str| list.get(key)?.as_str().map(str::to_owned);
    let ours = |list: &&Value| {
        text(list, "name")
            .is_some_and(|called| plain(&called) == plain(id) || called.eq_ignore_ascii_case(name))
    };
    let meant = match lists.as_slice() {
        [only] => Some(only),
        several => several.iter().find(ours),
    };
    standing(&text(meant?, "subscription_status")?)
}

/// A text in an object of JSON.
pub(super) fn attribute(attributes: &str, keys: &[&str]) -> Option<String> {
    let attributes: Value = serde_json::from_str(attributes).ok()?;
    let found = keys.iter().find_map(|key| attributes.get(key))?;
    match found {
        Value::String(text) => Some(text.clone()),
        Value::Array(list) => {
            let texts = list.iter().filter_map(Value::as_str);
            Some(join(
                texts.map(str::to_owned).collect::<Vec<_>>().as_slice(),
            ))
        }
        _ => None,
    }
}

/// A moment, in seconds since 1970: nothing for an empty one, an error for what is none. Without a zone it is UTC.
pub(super) fn moment(text: &str) -> Result<Option<i64>, ()> {
    if text.is_empty() || text.starts_with("0000-00-00") {
        return Ok(None);
    }
    let local = |time: DateTime| time.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp());
    let found = text
        .parse::<Timestamp>()
        .or_else(|_| text.parse::<DateTime>().and_then(local))
        .or_else(|_| text.parse::<Date>().and_then(|day| local(day.into())));
    found.map(|time| Some(time.as_second())).map_err(|_| ())
}

/// Words as one field: commas between them, `\,` for a comma, as Mailchimp writes groups.
pub(super) fn join(words: &[String]) -> String {
    let escaped = |word: &String| word.replace('\\', "\\\\").replace(',', "\\,");
    words.iter().map(escaped).collect::<Vec<_>>().join(", ")
}

/// The words of such a field.
pub(super) fn split(field: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut signs = field.chars();
    while let Some(sign) = signs.next() {
        let word = words.last_mut().expect("there is one");
        match sign {
            '\\' => word.extend(signs.next()),
            ',' => words.push(String::new()),
            sign => word.push(sign),
        }
    }
    let words = words.into_iter().map(|word| clean(&word));
    words.filter(|word| !word.is_empty()).collect()
}

/// A text in one line: control characters and runs of spaces are one space.
pub(super) fn clean(text: &str) -> String {
    let blank = |sign: char| sign.is_whitespace() || sign.is_control();
    let words = text.split(blank).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Whether a spreadsheet would take this for a formula, or a sign before it for ours.
fn is_risky(text: &str) -> bool {
    let rest = text.trim_start_matches('\'');
    rest.starts_with(['=', '+', '-', '@', '|', '%'])
}

/// A field that no spreadsheet takes for a formula: an apostrophe stands before what looks like one.
pub(super) fn guarded(text: &str) -> String {
    match is_risky(text) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// The field without that apostrophe.
fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_risky(rest) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_are_read_as_programs_write_them() {
        let second = Ok(Some(1_709_642_096));
        for text in [
            "2024-03-05 12:34:56",
            "2024-03-05T12:34:56Z",
            "2024-03-05T13:34:56.123456+01:00",
        ] {
            assert_eq!(moment(text), second, "{text}");
        }
        assert_eq!(moment("2024-03-05"), Ok(Some(1_709_596_800)));
        assert_eq!(moment(""), Ok(None));
        assert_eq!(moment("0000-00-00 00:00:00"), Ok(None));
        assert_eq!(moment("last Tuesday"), Err(()));
    }

    #[test]
    fn the_lists_of_listmonk_say_how_somebody_stands() {
        let lists = r#"[{"id": 3, "name": "Jobs", "subscription_status": "confirmed"},
            {"id": 4, "name": "The Weekly Gull", "subscription_status": "unconfirmed"}]"#;
        let found = standing_in_lists(lists, "weekly", "The weekly gull");
        assert_eq!(found, Some(Standing::State(State::Unconfirmed)));
        assert_eq!(
            standing_in_lists(lists, "jobs", "-"),
            Some(Standing::State(State::Confirmed))
        );
        assert_eq!(standing_in_lists(lists, "other", "-"), None);
        assert_eq!(standing_in_lists("not JSON", "weekly", "-"), None);
    }

    proptest! {
        #[test]
        fn what_is_guarded_comes_back(text in "['=+@a-]{0,6}\\PC{0,9}") {
            let guarded = guarded(&text);
            prop_assert_eq!(unguarded(&guarded), text.as_str());
            prop_assert!(!guarded.starts_with(['=', '+', '-', '@']));
        }

        #[test]
        fn words_come_back_from_a_field(words in prop::collection::vec("[a-z,\\\\ ]{0,8}", 0..5)) {
            let words: Vec<String> = words.iter().map(|word| clean(word)).filter(|word| !word.is_empty()).collect();
            prop_assert_eq!(split(&join(&words)), words);
        }
    }
}
