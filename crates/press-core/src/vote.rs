//! Votes: which of several nominations an issue gets, counted so that anyone can count again.
//!
//! A [`Count`] holds all that a result depends on: the rules, the window, nominations and ballots. It can be kept as it was,
//! and [`Count::tally`] gives the same result from it for ever, with a reason for every ballot that did not count. In which
//! order nominations and ballots came into it makes no difference.

pub mod post;
pub mod wording;

use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BallotKind {
    /// Nominating is a ballot for what is nominated.
    Nominations,
    /// How many people liked a post in a forum, which does not say who they are.
    Likes,
    /// One person says yes to a nomination.
    Ballots,
}

/// Who wins if several have the same number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tie {
    /// What was nominated first: it waited longest.
    #[default]
    First,
    /// What was nominated last.
    Last,
    /// Nobody, until the editors pick one.
    Editors,
}

/// What becomes of people who nominate what is their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Own {
    /// It counts, and the tally and the issue say so.
    #[default]
    Flag,
    /// It stands, but their own ballots for it do not count.
    Discount,
    /// It does not stand unless somebody else nominates it too.
    Refuse,
}

/// How a vote is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// What is counted.
    pub counts: Vec<BallotKind>,
    /// Who wins if several have the same number.
    pub tie: Tie,
    /// What becomes of self-nominations.
    pub own: Own,
    /// Fewer than this, and nothing wins.
    pub least: i64,
    /// Whether a person has one ballot in all, the last that they gave; else one for each thing that is nominated.
    pub one_ballot: bool,
    /// Whether what won before may win again.
    pub again: bool,
}

/// The times between which nominations stand, in seconds since 1970. Each begins where it says and ends before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Before this a nomination is too old.
    pub opens_s: i64,
    /// What was nominated before this waits since an earlier issue.
    pub fresh_s: i64,
    /// From this on it is for the next issue.
    pub closes_s: i64,
}

/// What somebody nominated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nomination {
    /// Its number.
    pub id: i64,
    /// What tells what is nominated from anything else; see [`post::subject_of_link`].
    pub subject: String,
    /// What it is called.
    pub title: String,
    /// Who nominated it: the same text for the same person.
    pub sender: String,
    /// Whether it is the sender's own.
    pub own: bool,
    /// Whether it was taken back, or taken out by an editor.
    pub withdrawn: bool,
    /// The issue in which the same won before.
    pub won: Option<String>,
    /// When, in seconds since 1970.
    pub at_s: i64,
    /// Where, as an address if there is one.
    pub place: String,
}

/// A ballot for a nomination.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ballot {
    /// When, in seconds since 1970; for likes, when they were read.
    pub at_s: i64,
    /// The number of the nomination.
    pub nomination: i64,
    /// What it is.
    pub kind: BallotKind,
    /// Who gave it; empty for likes.
    pub voter: String,
    /// 1, or how many people liked it.
    pub count: i64,
    /// Where, as an address if there is one.
    pub place: String,
}

/// Why a ballot does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// What it is for does not stand.
    NotStanding,
    /// The rules do not count this kind.
    NotCounted,
    /// It came when the vote was closed.
    Late,
    /// The same person has another ballot for the same.
    SamePerson,
    /// The same person has a later ballot for something else, and may have only one.
    Moved,
    /// It is the sender's for what is their own.
    Own,
    /// Likes were read again later.
    ReadAgain,
    /// Another post about the same has more likes, perhaps of the same people.
    MoreElsewhere,
}

impl Why {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Why::NotStanding => "what it is for does not stand",
            Why::NotCounted => "the rules do not count this",
            Why::Late => "it came after the vote was closed",
            Why::SamePerson => "the same person has a ballot for this already",
            Why::Moved => "the same person gave their one ballot to something else later",
            Why::Own => "it is the sender's own",
            Why::ReadAgain => "likes were read again later",
            Why::MoreElsewhere => "another post about the same has more likes",
        }
    }
}

/// A ballot with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// The ballot.
    #[serde(flatten)]
    pub ballot: Ballot,
    /// Why it does not count; none if it does.
    pub why: Option<Why>,
}

/// Whether something may win.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It may.
    Stands,
    /// It was nominated too long ago.
    Old,
    /// It is for the next issue.
    Early,
    /// It was taken back, or taken out.
    Withdrawn,
    /// It won before, in this issue.
    Won(String),
    /// Only people whose own it is nominated it.
    Own,
    /// It has too few ballots.
    Few,
}

impl Verdict {
    /// What may win comes first, then what might have.
    fn rank(&self) -> u8 {
        match self {
            Verdict::Stands => 0,
            Verdict::Few | Verdict::Won(_) | Verdict::Own => 1,
            Verdict::Old | Verdict::Early | Verdict::Withdrawn => 2,
        }
    }

    /// In words; none if it stands.
    pub fn words(&self) -> Option<String> {
        Some(match self {
            Verdict::Stands => return None,
            Verdict::Old => "nominated too long ago".to_owned(),
            Verdict::Early => "nominated after this vote was closed".to_owned(),
            Verdict::Withdrawn => "taken out".to_owned(),
            Verdict::Won(issue) => format!("won before, in {issue}"),
            Verdict::Own => "nominated only by people whose own it is".to_owned(),
            Verdict::Few => "too few ballots".to_owned(),
        })
    }
}

/// One thing that is nominated, by whomever, with its ballots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its first nomination: whoever made it is thanked.
    pub lead: i64,
    /// What it is called there.
    pub title: String,
    /// All its nominations, the first coming first.
    pub nominations: Vec<i64>,
    /// What was counted.
    pub score: i64,
    /// Whether its first nomination is the sender's own.
    pub own: bool,
    /// Whether somebody nominated it whose own it is not.
    pub seconded: bool,
    /// Whether it waits since an earlier issue.
    pub carried: bool,
    /// Whether it may win.
    pub verdict: Verdict,
    /// Its ballots, the first coming first.
    pub ballots: Vec<Counted>,
}

/// What a count comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// What was nominated; what may win comes first, in the order of its numbers.
    pub entries: Vec<Entry>,
    /// The first nomination of what wins.
    pub winner: Option<i64>,
    /// Whether the editors must pick one of the first, which have the same number.
    pub tied: bool,
}

/// All that a result depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// How it is counted.
    pub rules: Rules,
    /// When nominations stand.
    pub window: Window,
    /// What was nominated.
    pub nominations: Vec<Nomination>,
    /// Ballots; those that are given by nominating need not be among them.
    pub ballots: Vec<Ballot>,
}

impl Count {
    /// Counts.
    pub fn tally(&self) -> Tally {
        let mut nominations: Vec<&Nomination> = self.nominations.iter().collect();
        nominations.sort_by_key(|one| (one.at_s, one.id));
        let mut entries = self.entries(&nominations);
        self.give(&nominations, &mut entries);
        for entry in &mut entries {
            let counted = entry.ballots.iter().filter(|counted| counted.why.is_none());
            let counts = counted.map(|counted| counted.ballot.count);
            entry.score = counts.fold(0, i64::saturating_add);
            if entry.verdict == Verdict::Stands && entry.score < self.rules.least {
                entry.verdict = Verdict::Few;
            }
        }
        let when: HashMap<i64, i64> = nominations.iter().map(|one| (one.id, one.at_s)).collect();
        entries.sort_by_key(|entry| {
            let at_s = when.get(&entry.lead).copied().unwrap_or(0);
            let waits = match self.rules.tie {
                Tie::Last => at_s.saturating_neg(),
                Tie::First | Tie::Editors => at_s,
            };
            let rank = entry.verdict.rank();
            (rank, Reverse(entry.score), waits, entry.lead)
        });
        let mut standing = entries
            .iter()
            .filter(|entry| entry.verdict == Verdict::Stands);
        let (first, second) = (standing.next(), standing.next());
        let same = first
            .zip(second)
            .is_some_and(|(one, two)| one.score == two.score);
        let tied = same && self.rules.tie == Tie::Editors;
        Tally {
            winner: first.filter(|_| !tied).map(|entry| entry.lead),
            tied,
            entries,
        }
    }

    /// What was nominated, each thing once. A nomination that does not stand has an entry of its own.
    fn entries(&self, nominations: &[&Nomination]) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut standing: HashMap<&str, usize> = HashMap::new();
        for nomination in nominations {
            let verdict = self.stands(nomination);
            let known = standing.get(nomination.subject.as_str()).copied();
            let known = known.filter(|_| verdict == Verdict::Stands);
            if let Some(entry) = known.and_then(|at| entries.get_mut(at)) {
                entry.nominations.push(nomination.id);
                entry.seconded |= !nomination.own;
                continue;
            }
            if verdict == Verdict::Stands {
                standing.insert(&nomination.subject, entries.len());
            }
            entries.push(Entry {
                lead: nomination.id,
                title: nomination.title.clone(),
                nominations: vec![nomination.id],
                score: 0,
                own: nomination.own,
                seconded: !nomination.own,
                carried: nomination.at_s < self.window.fresh_s,
                verdict,
                ballots: Vec::new(),
            });
        }
        for entry in &mut entries {
            let own = !entry.seconded && self.rules.own == Own::Refuse;
            let won = || {
                let mut all = nominations.iter();
                all.find(|one| one.id == entry.lead)?.won.clone()
            };
            if entry.verdict == Verdict::Stands {
                entry.verdict = match won().filter(|_| !self.rules.again) {
                    Some(issue) => Verdict::Won(issue),
                    None if own => Verdict::Own,
                    None => Verdict::Stands,
                };
            }
        }
        entries
    }

    fn stands(&self, nomination: &Nomination) -> Verdict {
        match nomination {
            one if one.withdrawn => Verdict::Withdrawn,
            one if one.at_s < self.window.opens_s => Verdict::Old,
            one if one.at_s >= self.window.closes_s => Verdict::Early,
            _ => Verdict::Stands,
        }
    }

    /// The entry that each person's last ballot is for, of those that could count.
    fn last_ballots(
        &self,
        ballots: &[Ballot],
        at: &HashMap<i64, usize>,
        entries: &[Entry],
    ) -> HashMap<String, usize> {
        let mut last = HashMap::new();
        for ballot in ballots {
            let own = ballot.kind != BallotKind::Likes && self.rules.counts.contains(&ballot.kind);
            let entry = at.get(&ballot.nomination);
            let stands = |entry: &&usize| entries[**entry].verdict == Verdict::Stands;
            if let Some(entry) = entry.filter(stands)
                && own
                && ballot.at_s < self.window.closes_s
            {
                last.insert(ballot.voter.clone(), *entry);
            }
        }
        last
    }

    /// Gives each ballot to the entry it is for, with what becomes of it.
    fn give(&self, nominations: &[&Nomination], entries: &mut [Entry]) {
        let mut ballots: Vec<Ballot> = nominations.iter().map(|one| own_ballot(one)).collect();
        ballots.extend_from_slice(&self.ballots);
        ballots.sort();
        ballots.dedup();
        let mut at: HashMap<i64, usize> = HashMap::new();
        for (number, entry) in entries.iter().enumerate() {
            at.extend(entry.nominations.iter().map(|id| (*id, number)));
        }
        let mut judge = Judge {
            rules: &self.rules,
            window: self.window,
            likes: likes(&ballots, &at),
            owners: owners(nominations, &at),
            last: self.last_ballots(&ballots, &at, entries),
            seen: HashSet::new(),
        };
        for ballot in ballots {
            let place = at.get(&ballot.nomination).copied();
            let Some(place) = place else { continue };
            let entry = &mut entries[place];
            let why = judge.why_not(&ballot, place, &entry.verdict);
            entry.ballots.push(Counted { ballot, why });
        }
    }
}

/// Who says that an entry is their own.
fn owners(nominations: &[&Nomination], at: &HashMap<i64, usize>) -> HashSet<(usize, String)> {
    let own = nominations.iter().filter(|one| one.own);
    let owner = |one: &&Nomination| Some((*at.get(&one.id)?, one.sender.clone()));
    own.filter_map(owner).collect()
}

/// The ballot that nominating is.
fn own_ballot(nomination: &Nomination) -> Ballot {
    Ballot {
        at_s: nomination.at_s,
        nomination: nomination.id,
        kind: BallotKind::Nominations,
        voter: nomination.sender.clone(),
        count: 1,
        place: nomination.place.clone(),
    }
}

/// The likes that count for each entry: of each nomination the last that were read, of those the most. The number of the
/// ballot among all tells it from its equals.
fn likes(ballots: &[Ballot], at: &HashMap<i64, usize>) -> HashMap<usize, Ballot> {
    let mut newest: BTreeMap<i64, &Ballot> = BTreeMap::new();
    for ballot in ballots.iter().filter(|one| one.kind == BallotKind::Likes) {
        // They are in order of time.
        newest.insert(ballot.nomination, ballot);
    }
    let mut most: HashMap<usize, Ballot> = HashMap::new();
    for (nomination, ballot) in newest {
        let Some(entry) = at.get(&nomination) else {
            continue;
        };
        let known = most.entry(*entry).or_insert_with(|| ballot.clone());
        if ballot.count > known.count {
            *known = ballot.clone();
        }
    }
    most
}

/// What is known while ballots are judged, the first coming first.
struct Judge<'a> {
    rules: &'a Rules,
    window: Window,
    likes: HashMap<usize, Ballot>,
    last: HashMap<String, usize>,
    owners: HashSet<(usize, String)>,
    /// Who has a ballot for what.
    seen: HashSet<(usize, String)>,
}

impl Judge<'_> {
    fn why_not(&mut self, ballot: &Ballot, entry: usize, verdict: &Verdict) -> Option<Why> {
        if *verdict != Verdict::Stands {
            return Some(Why::NotStanding);
        }
        if !self.rules.counts.contains(&ballot.kind) {
            return Some(Why::NotCounted);
        }
        if ballot.kind == BallotKind::Likes {
            let counts = self.likes.get(&entry)?;
            let elsewhere = counts.nomination != ballot.nomination;
            return match elsewhere {
                _ if counts == ballot => None,
                true => Some(Why::MoreElsewhere),
                false => Some(Why::ReadAgain),
            };
        }
        if ballot.at_s >= self.window.closes_s {
            return Some(Why::Late);
        }
        if self.rules.one_ballot && self.last.get(&ballot.voter) != Some(&entry) {
            return Some(Why::Moved);
        }
        let voter = (entry, ballot.voter.clone());
        if self.owners.contains(&voter) && self.rules.own != Own::Flag {
            return Some(Why::Own);
        }
        let first = self.seen.insert(voter);
        (!first).then_some(Why::SamePerson)
    }
}
