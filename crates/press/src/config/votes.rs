//! What readers choose, checked: `[[vote]]`.

use super::sources::topic_of;
use super::{Config, Loader, Nominated, schema};
use crate::error::{Error, Result, did_you_mean};
use press_core::format::Format;
use press_core::vote::Rules;
use press_core::vote::wording::PLACEHOLDERS;
use std::collections::HashSet;
use toml::Spanned;

/// Something that readers nominate and choose for each issue.
#[derive(Clone, Debug)]
pub struct Vote {
    /// Its identity.
    pub id: String,
    /// The id of the section that says what won.
    pub section: String,
    /// What is nominated.
    pub nominates: Nominated,
    /// Where a forum has it.
    pub topic: Option<Topic>,
    /// How it is counted.
    pub rules: Rules,
    /// For how many more issues something stands that did not win.
    pub carry_issues: u16,
    /// How many days before the issue's day it is closed.
    pub closes_days: u16,
    /// What the section says of the winner.
    pub text: String,
}

/// A topic of a forum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// The forum's address.
    pub site: String,
    /// The topic's number.
    pub number: u64,
}

/// What an issue says without words of its own.
const OF_LINK: &str =
    "This week's pick is {link}{about}.\n\nThanks to {thanks} for the {suggestion}!";
const OF_QUOTE: &str = "{quote}\n\n– {attribution}\n\nThanks to {thanks} for the {suggestion}!";

/// More issues or days than anybody means.
const MOST: u16 = 52;

impl Loader<'_> {
    pub(super) fn votes(&mut self, file: &schema::File, format: &Format) -> Vec<Vote> {
        let mut known = HashSet::new();
        let mut votes = Vec::new();
        for vote in &file.vote {
            let id = vote.id.get_ref();
            let plain = |sign: char| matches!(sign, 'a'..='z' | '0'..='9' | '-');
            if id.is_empty() || !id.chars().all(plain) {
                self.mistake(
                    &vote.id,
                    "the id of a vote has small letters, digits and hyphens",
                );
            }
            if !known.insert(id.clone()) {
                self.mistake(&vote.id, format!("two votes have the id `{id}`"));
            }
            votes.push(self.vote(vote, format));
        }
        votes
    }

    fn section_of_vote(&mut self, section: &Spanned<String>, format: &Format) {
        let named = section.get_ref();
        let ids = || format.sections.iter().map(|section| section.id.as_str());
        if ids().any(|id| id == named) {
            return;
        }
        let message = format!("there is no section `{named}`");
        match did_you_mean(named, ids()) {
            Some(meant) => {
                self.mistake_with_help(section, message, format!("did you mean `{meant}`?"));
            }
            None => self.mistake(section, message),
        }
    }

    fn vote(&mut self, vote: &schema::Vote, format: &Format) -> Vote {
        self.section_of_vote(&vote.section, format);
        let topic = vote.topic.as_ref().and_then(|written| {
            let topic = topic_of(written.get_ref());
            if topic.is_none() {
                let message = "a topic's address is like `https://forum.example/t/TITLE/NUMBER`";
                self.mistake(written, message);
            }
            topic.map(|(site, number)| Topic { site, number })
        });
        if vote.counts.get_ref().is_empty() {
            self.mistake(&vote.counts, "nothing would be counted");
        }
        for number in [&vote.carry_issues, &vote.closes_days] {
            if *number.get_ref() > MOST {
                let message = format!("more than {MOST} is more than anybody remembers");
                self.mistake(number, message);
            }
        }
        if let Some(text) = &vote.text {
            self.placeholders(text, PLACEHOLDERS);
        }
        let usual = match vote.nominates {
            Nominated::Link => OF_LINK,
            Nominated::Quote => OF_QUOTE,
        };
        let text = vote.text.as_ref();
        Vote {
            id: vote.id.get_ref().clone(),
            section: vote.section.get_ref().clone(),
            nominates: vote.nominates,
            topic,
            rules: Rules {
                counts: vote.counts.get_ref().clone(),
                tie: vote.tie,
                own: vote.own,
                least: vote.least.max(0),
                one_ballot: vote.one_ballot,
                again: vote.again,
            },
            carry_issues: *vote.carry_issues.get_ref(),
            closes_days: *vote.closes_days.get_ref(),
            text: text.map_or_else(|| usual.to_owned(), |text| text.get_ref().clone()),
        }
    }
}

impl Config {
    /// The vote of this id.
    pub fn vote(&self, id: &str) -> Result<&Vote> {
        let found = self.votes.iter().find(|vote| vote.id == id);
        found.ok_or_else(|| {
            let ids = || self.votes.iter().map(|vote| vote.id.as_str());
            let error = Error::new(format!("there is no vote `{id}`"));
            match did_you_mean(id, ids()) {
                Some(meant) => error.help(format!("did you mean `{meant}`?")),
                None if self.votes.is_empty() => {
                    error.help("name votes in press.toml, each in a table `[[vote]]`")
                }
                None => error.help(format!("votes: {}", ids().collect::<Vec<_>>().join(", "))),
            }
        })
    }

    /// The vote whose section this is: for what comes by pull request, which knows only where its lines stand.
    pub fn vote_of_section(&self, section: &str) -> Option<&Vote> {
        self.votes.iter().find(|vote| vote.section == section)
    }
}
