//! Campaigns: sendings of an issue to a list, from the freezing of their audience to their end.
//!
//! An audience is frozen in one transaction: from then on it is known who is to get the issue and what it says. Nothing
//! else ever adds a delivery.

use super::Store;
use super::db::Transaction;
use super::delivery::Tally;
use super::statement::{Row, statements, values};
use crate::error::Result;

/// How far a campaign is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CampaignState {
    /// Its audience is frozen, its hour has not come.
    Planned,
    /// Messages leave.
    Sending,
    /// Held back: by a person, by a slice that is to be looked at, by trouble that every message would meet.
    Paused,
    /// Every delivery is settled.
    Finished,
    /// Called off.
    Cancelled,
}

const STATES: [(CampaignState, &str); 5] = [
    (CampaignState::Planned, "planned"),
    (CampaignState::Sending, "sending"),
    (CampaignState::Paused, "paused"),
    (CampaignState::Finished, "finished"),
    (CampaignState::Cancelled, "cancelled"),
];

impl CampaignState {
    /// Its name, in the database and for people.
    pub fn name(self) -> &'static str {
        let of = STATES.iter().find(|(state, _)| *state == self);
        of.map_or("", |(_, name)| name)
    }

    fn of(name: &str) -> CampaignState {
        let of = STATES.iter().find(|(_, known)| *known == name);
        of.map_or(CampaignState::Paused, |(state, _)| *state)
    }
}

/// A sending of an issue to a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// Its number.
    pub id: i64,
    /// What tells issues apart: the name of its file without the ending.
    pub issue: String,
    /// The issue's title.
    pub title: String,
    /// The list.
    pub list: String,
    /// How far it is.
    pub state: CampaignState,
    /// Why it is paused.
    pub reason: Option<String>,
    /// What tells whether the issue's text is still the one that was frozen.
    pub digest: String,
    /// How many deliveries were frozen.
    pub audience: i64,
    /// How many of them go before the rest; 0 if all go at once.
    pub slice: i64,
    /// The part that may leave: 0 is the slice, or everybody if there is none; 1 is the rest.
    pub part: i64,
    /// When it was made, in seconds since 1970.
    pub created_s: i64,
    /// When it is to begin.
    pub start_s: i64,
    /// When the first message was claimed.
    pub began_s: Option<i64>,
    /// When it ended.
    pub ended_s: Option<i64>,
}

/// What is needed for a new campaign.
#[derive(Clone, Debug)]
pub struct NewCampaign<'a> {
    /// What tells issues apart.
    pub issue: &'a str,
    /// The issue's title.
    pub title: &'a str,
    /// The list.
    pub list: &'a str,
    /// Of the text.
    pub digest: &'a str,
    /// When it is to begin, in seconds since 1970.
    pub start_s: i64,
    /// How many go before the rest; 0 if all go at once.
    pub slice: i64,
    /// What its messages say: the choice that each is for, and the message as the caller writes it.
    pub variants: &'a [(String, Vec<u8>)],
    /// How many people the caller believes it is for.
    pub expected: i64,
}

/// What came of freezing an audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frozen {
    /// It is frozen, under this number.
    Yes(i64),
    /// There is already a campaign for this issue and list.
    Twice(Box<Campaign>),
    /// Meanwhile the audience has changed: so many would get it, and there is no variant for some of their choices.
    Changed {
        /// How many would get it now.
        audience: i64,
    },
}

statements! {
    /// Who would get an issue: how many for each choice.
    CHOICES = "SELECT '[' || COALESCE(s.regions, 'null') || ',' || COALESCE(s.left_out, 'null') \
               || CASE WHEN s.text_only THEN ',true]' ELSE ',false]' END AS choice, COUNT(*) AS people FROM subscription n \
               JOIN subscriber s ON s.id = n.subscriber \
               LEFT JOIN suppression x ON x.address_hash = s.address_hash \
               WHERE n.list = $1 AND n.state = 'confirmed' AND x.address_hash IS NULL \
               AND s.id NOT IN (SELECT d.subscriber FROM campaign c JOIN delivery d ON d.campaign = c.id \
                               WHERE c.issue = $2 AND c.list = $1 AND c.state = 'cancelled' AND d.state IN (1, 2, 6)) \
               GROUP BY choice ORDER BY people DESC, choice";

    /// The campaign that stands in the way of another one.
    LIVE = "SELECT c.*, CAST(c.part AS BIGINT) AS step FROM campaign c \
            WHERE c.issue = $1 AND c.list = $2 AND c.state <> 'cancelled'";

    ADD = "INSERT INTO campaign (issue, title, list, state, digest, audience, slice, part, created_s, start_s) \
           VALUES ($1, $2, $3, 'planned', $4, 0, $5, 0, $6, $7) RETURNING id";

    ADD_VARIANT = "INSERT INTO variant (campaign, number, choice, content) VALUES ($1, CAST($2 AS INTEGER), $3, $4)";

    /// The audience, as the list is now. Those whom a cancelled sending of the same issue has reached, or may have
    /// reached, are left out.
    FREEZE = "INSERT INTO delivery (campaign, subscriber, due_s, variant, part, state, attempts) \
              SELECT $1, s.id, 0, v.number, 0, 0, 0 FROM subscription n \
              JOIN subscriber s ON s.id = n.subscriber \
              JOIN variant v ON v.campaign = $1 AND v.choice = '[' || COALESCE(s.regions, 'null') || ',' || COALESCE(s.left_out, 'null') \
                             || CASE WHEN s.text_only THEN ',true]' ELSE ',false]' END \
              LEFT JOIN suppression x ON x.address_hash = s.address_hash \
              WHERE n.list = $2 AND n.state = 'confirmed' AND x.address_hash IS NULL \
              AND s.id NOT IN (SELECT d.subscriber FROM campaign c JOIN delivery d ON d.campaign = c.id \
                              WHERE c.issue = $3 AND c.list = $2 AND c.state = 'cancelled' AND d.state IN (1, 2, 6))";

    /// All but the slice go later. Tokens are random, so the slice is drawn by lot.
    CUT = "UPDATE delivery SET part = 1 WHERE campaign = $1 AND subscriber NOT IN \
           (SELECT d.subscriber FROM delivery d JOIN subscriber s ON s.id = d.subscriber WHERE d.campaign = $1 \
            ORDER BY s.token LIMIT $2)";

    /// PostgreSQL knows nothing yet of rows that were written a moment ago, and would read all of them at each claim.
    LOOK_AGAIN = "SELECT 1", postgres = "ANALYZE delivery, subscriber, subscription, suppression";

    COUNT = "UPDATE campaign SET audience = $2 WHERE id = $1";

    FIND = "SELECT c.*, CAST(c.part AS BIGINT) AS step FROM campaign c WHERE c.id = $1";

    NEWEST = "SELECT c.*, CAST(c.part AS BIGINT) AS step FROM campaign c ORDER BY c.id DESC LIMIT $1";

    /// Campaigns whose hour has come, and those that are under way.
    DUE = "SELECT c.*, CAST(c.part AS BIGINT) AS step FROM campaign c \
           WHERE c.state = 'sending' OR (c.state = 'planned' AND c.start_s <= $1) ORDER BY c.id";

    BEGIN = "UPDATE campaign SET state = 'sending', began_s = COALESCE(began_s, $2) \
             WHERE id = $1 AND state = 'planned' AND start_s <= $2";

    PAUSE = "UPDATE campaign SET state = 'paused', reason = $2 WHERE id = $1 AND state IN ('planned', 'sending')";

    /// Goes on; with the rest, if the slice is done.
    RESUME = "UPDATE campaign SET state = 'sending', reason = NULL, began_s = COALESCE(began_s, $2), \
              part = CASE WHEN slice > 0 AND (SELECT d.due_s FROM delivery d WHERE d.campaign = $1 \
                          AND d.part = 0 AND d.due_s >= 0 AND d.state IN (0, 3) AND d.state = 0 \
                          ORDER BY d.due_s LIMIT 1) IS NULL THEN 1 ELSE part END \
              WHERE id = $1 AND state IN ('planned', 'paused')";

    CANCEL = "UPDATE campaign SET state = 'cancelled', reason = NULL, ended_s = $2 \
              WHERE id = $1 AND state IN ('planned', 'sending', 'paused')";

    /// A slice that has gone out is to be looked at. What is deferred in it does not hold it up. The signs and the
    /// condition on `due_s` have SQLite take the small indexes. The order has PostgreSQL take them, which otherwise believes
    /// for long that everything is still to be sent, and that reading from the start finds some of it at once.
    END_SLICE = "UPDATE campaign SET state = 'paused', reason = $2 WHERE id = $1 AND state = 'sending' \
                 AND slice > 0 AND part = 0 AND slice < audience \
                 AND (SELECT d.due_s FROM delivery d WHERE d.campaign = $1 AND d.part = 0 AND d.due_s >= 0 \
                      AND d.state IN (0, 3) AND d.state = 0 ORDER BY d.due_s LIMIT 1) IS NULL \
                 AND NOT EXISTS (SELECT 1 FROM delivery d WHERE +d.campaign = $1 AND d.state = 1)";

    FINISH = "UPDATE campaign SET state = 'finished', reason = NULL, ended_s = $2 WHERE id = $1 AND state = 'sending' \
              AND (SELECT d.due_s FROM delivery d WHERE d.campaign = $1 AND d.part = 0 AND d.due_s >= 0 \
                   AND d.state IN (0, 3) ORDER BY d.due_s LIMIT 1) IS NULL \
              AND (SELECT d.due_s FROM delivery d WHERE d.campaign = $1 AND d.part = 1 AND d.due_s >= 0 \
                   AND d.state IN (0, 3) ORDER BY d.due_s LIMIT 1) IS NULL \
              AND NOT EXISTS (SELECT 1 FROM delivery d WHERE +d.campaign = $1 AND d.state = 1)";

    VARIANT = "SELECT content FROM variant WHERE campaign = $1 AND number = $2";

    TALLY = "SELECT CAST(state AS BIGINT) AS state, COUNT(*) AS deliveries FROM delivery WHERE campaign = $1 \
             GROUP BY state";
}

fn read(row: &Row) -> sqlx::Result<Campaign> {
    Ok(Campaign {
        id: row.take("id")?,
        issue: row.take("issue")?,
        title: row.take("title")?,
        list: row.take("list")?,
        state: CampaignState::of(&row.take::<String>("state")?),
        reason: row.take("reason")?,
        digest: row.take("digest")?,
        audience: row.take("audience")?,
        slice: row.take("slice")?,
        part: row.take("step")?,
        created_s: row.take("created_s")?,
        start_s: row.take("start_s")?,
        began_s: row.take("began_s")?,
        ended_s: row.take("ended_s")?,
    })
}

impl Store {
    /// Who would get an issue now: how many people for each choice of regions, sections and form.
    pub async fn find_choices(&self, issue: &str, list: &str) -> Result<Vec<(String, i64)>> {
        let read = |row: &Row| Ok((row.take("choice")?, row.take("people")?));
        self.fetch(&CHOICES, values![list, issue], read).await
    }

    /// The campaign that sends, or has sent, an issue to a list.
    pub async fn find_live_campaign(&self, issue: &str, list: &str) -> Result<Option<Campaign>> {
        self.find(&LIVE, values![issue, list], read).await
    }

    /// Freezes the audience of a new campaign: all of it, or nothing.
    pub async fn record_campaign(&self, new: &NewCampaign<'_>, now_s: i64) -> Result<Frozen> {
        if let Some(other) = self.find_live_campaign(new.issue, new.list).await? {
            return Ok(Frozen::Twice(Box::new(other)));
        }
        let mut transaction = self.begin().await?;
        match freeze(&mut transaction, new, now_s).await {
            Ok((id, audience)) if audience == new.expected => {
                transaction.commit().await?;
                Ok(Frozen::Yes(id))
            }
            Ok((_, audience)) => {
                transaction.roll_back().await;
                Ok(Frozen::Changed { audience })
            }
            Err(error) => {
                transaction.roll_back().await;
                // Somebody else may have been a moment faster.
                let other = self.find_live_campaign(new.issue, new.list).await?;
                other.map_or(Err(error), |other| Ok(Frozen::Twice(Box::new(other))))
            }
        }
    }

    /// A campaign by its number.
    pub async fn find_campaign(&self, id: i64) -> Result<Option<Campaign>> {
        self.find(&FIND, values![id], read).await
    }

    /// The newest campaigns, newest first.
    pub async fn find_campaigns(&self, most: i64) -> Result<Vec<Campaign>> {
        self.fetch(&NEWEST, values![most], read).await
    }

    /// Campaigns whose messages are to leave now, oldest first. Those whose hour has come begin.
    pub async fn find_due_campaigns(&self, now_s: i64) -> Result<Vec<Campaign>> {
        let mut due = self.fetch(&DUE, values![now_s], read).await?;
        for campaign in &mut due {
            if campaign.state == CampaignState::Planned {
                self.execute(&BEGIN, values![campaign.id, now_s]).await?;
                campaign.state = CampaignState::Sending;
            }
        }
        Ok(due)
    }

    /// Holds a campaign back. Whether it was planned or under way.
    pub async fn record_pause(&self, id: i64, reason: &str) -> Result<bool> {
        let held = self.execute(&PAUSE, values![id, reason]).await?;
        Ok(held > 0)
    }

    /// Lets a planned or paused campaign go on; with the rest of its audience, if its slice has left. Whether it was
    /// planned or paused.
    pub async fn record_resume(&self, id: i64, now_s: i64) -> Result<bool> {
        let going = self.execute(&RESUME, values![id, now_s]).await?;
        Ok(going > 0)
    }

    /// Calls a campaign off: what has not left will not. Whether it had not ended.
    pub async fn record_cancel(&self, id: i64, now_s: i64) -> Result<bool> {
        let done = self.execute(&CANCEL, values![id, now_s]).await?;
        Ok(done > 0)
    }

    /// Ends a campaign of which nothing is left to be done, and pauses one whose slice has left.
    pub async fn record_end(&self, id: i64, now_s: i64) -> Result<()> {
        let reason = "the slice has left: look at it, then resume";
        self.execute(&END_SLICE, values![id, reason]).await?;
        self.execute(&FINISH, values![id, now_s]).await.map(|_| ())
    }

    /// What a variant of a campaign says, as it was written when it was frozen.
    pub async fn find_variant(&self, campaign: i64, number: i64) -> Result<Option<Vec<u8>>> {
        self.find(&VARIANT, values![campaign, number], Row::first)
            .await
    }

    /// What became of a campaign's deliveries, counted row by row.
    pub async fn count_deliveries(&self, campaign: &Campaign) -> Result<Tally> {
        let read = |row: &Row| Ok((row.take("state")?, row.take("deliveries")?));
        let counts = self.fetch(&TALLY, values![campaign.id], read).await?;
        Ok(Tally::new(campaign.audience, &counts))
    }
}

/// The number of the new campaign, and how many it is for.
async fn freeze(
    transaction: &mut Transaction,
    new: &NewCampaign<'_>,
    now_s: i64,
) -> Result<(i64, i64)> {
    let named = values![
        new.issue,
        new.title,
        new.list,
        new.digest,
        new.slice,
        now_s,
        new.start_s
    ];
    let id = transaction.find(&ADD, named, Row::first).await?;
    let id: i64 = id.unwrap_or_default();
    for (number, (choice, content)) in (0_i64..).zip(new.variants) {
        let variant = values![id, number, choice, content.as_slice()];
        transaction.execute(&ADD_VARIANT, variant).await?;
    }
    let audience = values![id, new.list, new.issue];
    let audience = transaction.execute(&FREEZE, audience).await?;
    let audience = i64::try_from(audience).unwrap_or(i64::MAX);
    if new.slice > 0 && new.slice < audience {
        transaction.execute(&CUT, values![id, new.slice]).await?;
    }
    transaction.execute(&COUNT, values![id, audience]).await?;
    transaction.execute(&LOOK_AGAIN, values![]).await?;
    Ok((id, audience))
}
