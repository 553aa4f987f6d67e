//! What readers nominate and choose: nominations, ballots, and how votes ended.
//!
//! Ballots are only ever added: a later reading of likes stands beside the earlier one.

use super::Store;
use super::db::atomically;
use super::statement::{Row, Value, statements, values};
use crate::error::Result;

/// What somebody nominates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewNomination {
    /// The vote's id.
    pub vote: String,
    /// What tells what is nominated from anything else.
    pub subject: String,
    /// What it is called.
    pub title: String,
    /// Its page; empty for a quote.
    pub url: String,
    /// What it is, or what was said, as Markdown.
    pub body: String,
    /// Who said it, as Markdown.
    pub attribution: String,
    /// The same text for the same person.
    pub sender: String,
    /// What they are called.
    pub name: String,
    /// Where they did it: an address, or what stands for one. The same place is the same nomination.
    pub place: String,
    /// Whether it is their own.
    pub own: bool,
    /// When, in seconds since 1970.
    pub at_s: i64,
}

/// A nomination as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptNomination {
    /// Its number.
    pub id: i64,
    /// What was nominated.
    pub new: NewNomination,
    /// Whether it was taken back, or taken out.
    pub withdrawn: bool,
}

/// A ballot as it is kept: of a person, or a reading of likes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptBallot {
    /// The number of the nomination.
    pub nomination: i64,
    /// Whether it is a reading of likes.
    pub likes: bool,
    /// Who gave it; empty for likes.
    pub voter: String,
    /// 1, or how many liked it.
    pub count: i64,
    /// Where.
    pub place: String,
    /// When, in seconds since 1970.
    pub at_s: i64,
}

/// How a vote ended for an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoteResult {
    /// The vote's id.
    pub vote: String,
    /// The issue's number.
    pub issue: i64,
    /// The first nomination of what won.
    pub winner: i64,
    /// What tells it from anything else.
    pub subject: String,
    /// What was counted, as JSON.
    pub counted: String,
    /// Whether editors picked it.
    pub picked: bool,
    /// What was put into the draft.
    pub placed: String,
    /// When, in seconds since 1970.
    pub recorded_s: i64,
}

macro_rules! nominations {
    ($which:literal) => {
        concat!(
            "SELECT id, vote, subject, title, url, body, attribution, sender, name, place, own, withdrawn, at_s \
             FROM nomination ",
            $which
        )
    };
}

macro_rules! results {
    ($which:literal) => {
        concat!(
            "SELECT vote, issue, winner, subject, counted, picked, placed, recorded_s FROM result ",
            $which
        )
    };
}

statements! {
    ADD = "INSERT INTO nomination (vote, subject, title, url, body, attribution, sender, name, place, own, at_s, \
           recorded_s) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (vote, place) DO NOTHING";
    /// A post may be edited. What an editor of the newsletter decided stays, and so does the time.
    RENEW = "UPDATE nomination SET subject = $3, title = $4, url = $5, body = $6, attribution = $7, \
             own = CASE WHEN decided = 1 THEN own ELSE $8 END, \
             withdrawn = CASE WHEN decided = 1 THEN withdrawn ELSE 0 END WHERE vote = $1 AND place = $2";
    AT_PLACE = "SELECT id FROM nomination WHERE vote = $1 AND place = $2";
    SINCE = nominations!("WHERE vote = $1 AND at_s >= $2 ORDER BY at_s, id");
    OF_NUMBER = nominations!("WHERE id = $1");
    DECIDE = "UPDATE nomination SET own = $2, withdrawn = $3, decided = 1 WHERE id = $1";
    GONE = "UPDATE nomination SET withdrawn = 1 WHERE id = $1 AND decided = 0";
    CAST = "INSERT INTO ballot (nomination, kind, voter, count, place, at_s) VALUES ($1, 'ballots', $2, 1, $3, $4)";
    HAS = "SELECT COUNT(*) FROM ballot WHERE nomination = $1 AND kind = 'ballots' AND voter = $2";
    READ = "INSERT INTO ballot (nomination, kind, voter, count, place, at_s) VALUES ($1, 'likes', '', $2, $3, $4) \
            ON CONFLICT (nomination, kind, voter, at_s) DO UPDATE SET count = excluded.count";
    LIKES = "SELECT count FROM ballot WHERE nomination = $1 AND kind = 'likes' ORDER BY at_s DESC LIMIT 1";
    BALLOTS = "SELECT b.nomination, b.kind, b.voter, b.count, b.place, b.at_s FROM ballot b \
               JOIN nomination n ON n.id = b.nomination WHERE n.vote = $1 AND n.at_s >= $2 \
               ORDER BY b.at_s, b.nomination, b.kind, b.voter";
    END = "INSERT INTO result (vote, issue, winner, subject, counted, picked, placed, recorded_s) \
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (vote, issue) DO UPDATE SET \
           winner = excluded.winner, subject = excluded.subject, counted = excluded.counted, \
           picked = excluded.picked, placed = excluded.placed, recorded_s = excluded.recorded_s";
    ENDED = results!("WHERE vote = $1 AND issue = $2");
    ALL_ENDED = results!("WHERE vote = $1 ORDER BY issue");
}

impl Store {
    /// Records what somebody nominates, and says its number and whether it is new. The same place again brings it up to
    /// date.
    pub async fn record_nomination(&self, new: &NewNomination, now_s: i64) -> Result<(i64, bool)> {
        atomically!(self, transaction => {
            let is_new = transaction.execute(&ADD, new.values(now_s)).await? > 0;
            if !is_new {
                let values = values![
                    &new.vote, &new.place, &new.subject, &new.title, &new.url, &new.body, &new.attribution,
                    i64::from(new.own),
                ];
                transaction.execute(&RENEW, values).await?;
            }
            let id = transaction.find(&AT_PLACE, values![&new.vote, &new.place], Row::first::<i64>);
            Ok((id.await?.unwrap_or_default(), is_new))
        })
    }

    /// What was nominated since a moment, the first coming first.
    pub async fn nominations(&self, vote: &str, since_s: i64) -> Result<Vec<KeptNomination>> {
        self.fetch(&SINCE, values![vote, since_s], nomination).await
    }

    /// The nomination of this number.
    pub async fn find_nomination(&self, id: i64) -> Result<Option<KeptNomination>> {
        self.find(&OF_NUMBER, values![id], nomination).await
    }

    /// Records what an editor decided: whether it is the sender's own, and whether it is taken out.
    pub async fn record_nomination_decision(
        &self,
        id: i64,
        own: bool,
        withdrawn: bool,
    ) -> Result<()> {
        let values = values![id, i64::from(own), i64::from(withdrawn)];
        self.execute(&DECIDE, values).await.map(|_| ())
    }

    /// Records that the post of a nomination is gone.
    pub async fn record_nomination_gone(&self, id: i64) -> Result<()> {
        self.execute(&GONE, values![id]).await.map(|_| ())
    }

    /// Records a person's ballot for a nomination; `false` if they had one already.
    pub async fn record_ballot(
        &self,
        nomination: i64,
        voter: &str,
        place: &str,
        at_s: i64,
    ) -> Result<bool> {
        atomically!(self, transaction => {
            let has = transaction.find(&HAS, values![nomination, voter], Row::first::<i64>).await?;
            if has.unwrap_or(0) > 0 {
                return Ok(false);
            }
            transaction.execute(&CAST, values![nomination, voter, place, at_s]).await?;
            Ok(true)
        })
    }

    /// Records how many liked a nomination's post, if that is not what was read the last time.
    pub async fn record_likes(
        &self,
        nomination: i64,
        count: i64,
        place: &str,
        at_s: i64,
    ) -> Result<()> {
        atomically!(self, transaction => {
            let last = transaction.find(&LIKES, values![nomination], Row::first::<i64>).await?;
            if last.unwrap_or(0) != count {
                transaction.execute(&READ, values![nomination, count, place, at_s]).await?;
            }
            Ok(())
        })
    }

    /// The ballots for what was nominated since a moment, the first coming first.
    pub async fn ballots(&self, vote: &str, since_s: i64) -> Result<Vec<KeptBallot>> {
        self.fetch(&BALLOTS, values![vote, since_s], ballot).await
    }

    /// Records how a vote ended for an issue. Ending it again replaces that.
    pub async fn record_result(&self, result: &VoteResult) -> Result<()> {
        let values = values![
            &result.vote,
            result.issue,
            result.winner,
            &result.subject,
            &result.counted,
            i64::from(result.picked),
            &result.placed,
            result.recorded_s,
        ];
        self.execute(&END, values).await.map(|_| ())
    }

    /// How a vote ended for an issue, if it did.
    pub async fn find_result(&self, vote: &str, issue: i64) -> Result<Option<VoteResult>> {
        self.find(&ENDED, values![vote, issue], result).await
    }

    /// How a vote ended, for all issues.
    pub async fn results(&self, vote: &str) -> Result<Vec<VoteResult>> {
        self.fetch(&ALL_ENDED, values![vote], result).await
    }
}

impl NewNomination {
    fn values(&self, now_s: i64) -> [Value<'_>; 12] {
        values![
            &self.vote,
            &self.subject,
            &self.title,
            &self.url,
            &self.body,
            &self.attribution,
            &self.sender,
            &self.name,
            &self.place,
            i64::from(self.own),
            self.at_s,
            now_s,
        ]
    }
}

fn nomination(row: &Row) -> sqlx::Result<KeptNomination> {
    Ok(KeptNomination {
        id: row.take("id")?,
        new: NewNomination {
            vote: row.take("vote")?,
            subject: row.take("subject")?,
            title: row.take("title")?,
            url: row.take("url")?,
            body: row.take("body")?,
            attribution: row.take("attribution")?,
            sender: row.take("sender")?,
            name: row.take("name")?,
            place: row.take("place")?,
            own: row.take::<i64>("own")? != 0,
            at_s: row.take("at_s")?,
        },
        withdrawn: row.take::<i64>("withdrawn")? != 0,
    })
}

fn ballot(row: &Row) -> sqlx::Result<KeptBallot> {
    Ok(KeptBallot {
        nomination: row.take("nomination")?,
        likes: row.take::<String>("kind")? == "likes",
        voter: row.take("voter")?,
        count: row.take("count")?,
        place: row.take("place")?,
        at_s: row.take("at_s")?,
    })
}

fn result(row: &Row) -> sqlx::Result<VoteResult> {
    Ok(VoteResult {
        vote: row.take("vote")?,
        issue: row.take("issue")?,
        winner: row.take("winner")?,
        subject: row.take("subject")?,
        counted: row.take("counted")?,
        picked: row.take::<i64>("picked")? != 0,
        placed: row.take("placed")?,
        recorded_s: row.take("recorded_s")?,
    })
}
