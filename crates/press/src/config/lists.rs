//! The lists that people subscribe to, checked.

use super::{Config, Loader, schema};
use crate::error::{Error, Result, did_you_mean};
use std::collections::HashSet;

/// A list that people subscribe to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Its identity.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub description: String,
}

/// Longest id of a list: it stands in a label of a domain.
const ID_LIMIT: usize = 40;

impl Loader<'_> {
    pub(super) fn lists(&mut self, file: &schema::File) -> Vec<List> {
        let mut known = HashSet::new();
        let mut lists = Vec::new();
        for list in &file.list {
            let id = list.id.get_ref();
            let plain = |sign: char| matches!(sign, 'a'..='z' | '0'..='9' | '-');
            if id.is_empty() || id.len() > ID_LIMIT || !id.chars().all(plain) {
                let message = "the id of a list has small letters, digits and hyphens, at most 40";
                self.mistake(&list.id, message);
            }
            if !known.insert(id.clone()) {
                self.mistake(&list.id, format!("two lists have the id `{id}`"));
            }
            let newsletter = &file.newsletter;
            lists.push(List {
                id: id.clone(),
                name: list.name.clone().unwrap_or(newsletter.name.clone()),
                description: list
                    .description
                    .clone()
                    .unwrap_or(newsletter.description.clone()),
            });
        }
        if lists.is_empty() {
            lists.push(List {
                id: "weekly".to_owned(),
                name: file.newsletter.name.clone(),
                description: file.newsletter.description.clone(),
            });
        }
        lists
    }
}

impl Config {
    /// The list of this id, or the first one without any.
    pub fn list(&self, id: Option<&str>) -> Result<&List> {
        let Some(id) = id else {
            return Ok(self.lists.first().expect("there is always a list"));
        };
        let found = self.lists.iter().find(|list| list.id == id);
        found.ok_or_else(|| {
            let ids = || self.lists.iter().map(|list| list.id.as_str());
            let error = Error::new(format!("there is no list `{id}`"));
            match did_you_mean(id, ids()) {
                Some(meant) => error.help(format!("did you mean `{meant}`?")),
                None => error.help(format!(
                    "lists are tables `[[list]]` in press.toml; there is {}",
                    ids().collect::<Vec<_>>().join(", ")
                )),
            }
        })
    }
}
