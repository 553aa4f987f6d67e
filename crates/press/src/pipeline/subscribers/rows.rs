//! A row of a file as somebody who comes in, or the reason why it is none.

use super::forms::{self, Columns, Field, Form, Standing, attribute, clean, moment, split};
use crate::config::{Config, List};
use crate::store::{Arrival, Reason, SubscriptionState as State, is_token};
use csv::StringRecord;
use press_core::mailbox::EmailAddress;

/// Longest name, in characters.
const NAME_LIMIT: usize = 200;

/// Longest field of any kind, in bytes.
const FIELD_LIMIT_BYTES: usize = 64 << 10;

/// What a row is read by.
pub(super) struct Reading<'r> {
    pub(super) config: &'r Config,
    pub(super) columns: &'r Columns,
    /// The number of columns.
    pub(super) width: usize,
    /// The list of rows that name none.
    pub(super) list: &'r List,
    /// How all rows of the file stand, if that is known.
    pub(super) of_file: Option<Standing>,
    /// How those stand of whom the file does not say it.
    pub(super) otherwise: Option<State>,
    /// The present, in seconds since 1970.
    pub(super) now_s: i64,
}

/// Why a row is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// For a reason of its own.
    Row(String),
    /// Nobody said whether these people confirmed: no row of the file can be taken.
    NobodySaid,
}

impl Reading<'_> {
    /// Reads a row.
    pub(super) fn read(&self, row: &StringRecord, line: u64) -> Result<Arrival, Refusal> {
        let refused = |why: String| Err(Refusal::Row(why));
        if row.len() != self.width {
            let (has, wanted) = (row.len(), self.width);
            return refused(format!("it has {has} fields, the first row has {wanted}"));
        }
        if row.iter().any(|field| field.len() > FIELD_LIMIT_BYTES) {
            return refused("a field is longer than 64 KiB".to_owned());
        }
        if row.iter().any(|field| field.contains('\0')) {
            return refused("it has zero bytes in it".to_owned());
        }
        let address = EmailAddress::parse(self.value(row, Field::Address));
        let address = address.map_err(|mistake| Refusal::Row(mistake.to_string()))?;
        let standing = self.standing(row)?;
        let mut arrival = self.person(row, address)?;
        arrival.line = line;
        self.times(row, &mut arrival)?;
        self.stand(row, &mut arrival, standing)?;
        Ok(arrival)
    }

    fn value<'v>(&self, row: &'v StringRecord, field: Field) -> &'v str {
        self.columns.value(row, field)
    }

    /// A field, or the same in listmonk's attributes.
    fn text(&self, row: &StringRecord, field: Field, keys: &[&str]) -> String {
        let own = self.value(row, field);
        let attributes = self.value(row, Field::Attributes);
        if !own.is_empty() || attributes.is_empty() {
            return own.to_owned();
        }
        attribute(attributes, keys).unwrap_or_default()
    }

    fn standing(&self, row: &StringRecord) -> Result<Standing, Refusal> {
        let word = self.value(row, Field::Status);
        let own = match word {
            "" => None,
            word => Some(forms::standing(word).ok_or_else(|| {
                let word: String = word.chars().take(40).collect();
                Refusal::Row(format!("nobody knows the status `{word}`"))
            })?),
        };
        match own.or(self.of_file) {
            Some(Standing::Open) | None => {
                let lists = self.value(row, Field::Lists);
                let in_lists = forms::standing_in_lists(lists, &self.list.id, &self.list.name);
                let otherwise = self.otherwise.map(Standing::State);
                in_lists.or(otherwise).ok_or(Refusal::NobodySaid)
            }
            Some(standing) => Ok(standing),
        }
    }

    /// What is known of the person.
    fn person(&self, row: &StringRecord, address: EmailAddress) -> Result<Arrival, Refusal> {
        let whole = clean(self.value(row, Field::Name));
        let parts = [Field::FirstName, Field::LastName].map(|field| self.value(row, field));
        let name = match whole.is_empty() {
            true => clean(&parts.join(" ")),
            false => whole,
        };
        if name.chars().count() > NAME_LIMIT {
            return Err(Refusal::Row(format!(
                "the name is longer than {NAME_LIMIT} characters"
            )));
        }
        if name.contains('\u{fffd}') {
            return Err(Refusal::Row("the name is damaged".to_owned()));
        }
        let language = self.text(row, Field::Language, &["language", "lang", "locale"]);
        let language = language.replace('_', "-");
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let is_language = (2..=35).contains(&language.len()) && language.bytes().all(plain);
        let token = self.value(row, Field::Token);
        if !token.is_empty() && !is_token(token) {
            return Err(Refusal::Row("its token is none of ours".to_owned()));
        }
        let yes = ["true", "yes", "1"];
        let regions = self.text(row, Field::Regions, &["regions"]);
        Ok(Arrival {
            line: 0,
            address,
            token: Some(token.to_owned()).filter(|token| !token.is_empty()),
            name: Some(name).filter(|name| !name.is_empty()),
            language: Some(language).filter(|_| is_language),
            regions: split(&regions),
            left_out: split(self.value(row, Field::LeftOut)),
            text_only: yes.contains(&self.value(row, Field::TextOnly)),
            created_s: self.now_s,
            list: self.list_of(row)?,
            state: None,
            subscribed_s: self.now_s,
            confirmed_s: None,
            unsubscribed_s: None,
            how: "import".to_owned(),
            form_version: Some(clean(self.value(row, Field::FormVersion)))
                .filter(|version| !version.is_empty()),
            suppression: None,
        })
    }

    fn list_of(&self, row: &StringRecord) -> Result<String, Refusal> {
        let named = self.value(row, Field::List);
        // Only our own files speak of our lists.
        if named.is_empty() || self.columns.form != Form::Press {
            return Ok(self.list.id.clone());
        }
        let known = self.config.lists.iter().any(|list| list.id == named);
        match known {
            true => Ok(named.to_owned()),
            false => {
                let named: String = named.chars().take(40).collect();
                Err(Refusal::Row(format!(
                    "there is no list `{named}` in press.toml"
                )))
            }
        }
    }

    fn time(&self, row: &StringRecord, field: Field) -> Result<Option<i64>, Refusal> {
        let text = self.value(row, field);
        moment(text).map_err(|()| {
            let text: String = text.chars().take(40).collect();
            Refusal::Row(format!(
                "`{text}` is no moment; one is written 2026-11-21 17:05:00"
            ))
        })
    }

    fn times(&self, row: &StringRecord, arrival: &mut Arrival) -> Result<(), Refusal> {
        let created = self.time(row, Field::Created)?;
        arrival.confirmed_s = self.time(row, Field::Confirmed)?;
        arrival.unsubscribed_s = self.time(row, Field::Unsubscribed)?;
        let first = created.or(arrival.confirmed_s).unwrap_or(self.now_s);
        arrival.created_s = first;
        arrival.subscribed_s = first;
        Ok(())
    }

    /// How the person stands from now on.
    fn stand(
        &self,
        row: &StringRecord,
        arrival: &mut Arrival,
        standing: Standing,
    ) -> Result<(), Refusal> {
        let how = clean(self.value(row, Field::Consent));
        if self.columns.form == Form::Press && !how.is_empty() {
            arrival.how = how;
        }
        match standing {
            Standing::State(state) => arrival.state = Some(state),
            Standing::Suppressed(reason) => {
                let since = self.time(row, Field::Cleaned)?;
                arrival.suppression = Some((reason, since.unwrap_or(self.now_s)));
            }
            Standing::Open => {}
        }
        let suppressed = self.value(row, Field::Suppressed);
        if !suppressed.is_empty() {
            let reason = Reason::of(suppressed);
            let reason = reason
                .ok_or_else(|| Refusal::Row("nobody knows why it is suppressed".to_owned()))?;
            let since = self.time(row, Field::SuppressedSince)?;
            arrival.suppression = Some((reason, since.unwrap_or(self.now_s)));
        }
        Ok(())
    }
}
