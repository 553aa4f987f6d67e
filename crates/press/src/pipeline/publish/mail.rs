//! The issue to its lists, through the ledger of mail: a list that has it gets it no second time.

use super::{Line, LineState, News, Night, Step};
use crate::error::{Error, Result};
use crate::pipeline::send::{self, Desk, End, Passed, Task};
use crate::store::{Campaign, CampaignState, Tally};
use std::time::Duration;
use tokio::sync::watch;

/// The night stays for mail that is to be tried again within this time; the rest is a worker's.
const PATIENCE: Duration = Duration::from_secs(60);

impl Night<'_> {
    /// The ids of the lists that get it.
    pub(super) fn lists(&self) -> impl Iterator<Item = &str> {
        let mails = self.config.mail.from.is_some();
        let lists = self.config.publish.lists.iter();
        lists.map(String::as_str).filter(move |_| mails)
    }

    pub(super) async fn look_at_mail(&self) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        for list in self.lists() {
            let people = self.store.find_choices(&self.piece.id, list).await?;
            let people: i64 = people.iter().map(|(_, people)| people).sum();
            let line = |what: String| Line::new(Step::Send, what, list).at(list);
            let campaign = self.store.find_live_campaign(&self.piece.id, list).await?;
            lines.push(match campaign {
                None if people == 0 => line("mail it".to_owned())
                    .state(LineState::Off)
                    .note("the list has no confirmed reader"),
                None => line(format!("mail it to {people} people")),
                Some(campaign) => self.look_at_campaign(&campaign, &line).await?,
            });
        }
        if lines.is_empty() {
            let line = Line::new(Step::Send, "mail it", "no list");
            lines.push(line.state(LineState::Off));
        }
        Ok(lines)
    }

    async fn look_at_campaign(
        &self,
        campaign: &Campaign,
        line: &dyn Fn(String) -> Line,
    ) -> Result<Line> {
        let tally = self.store.count_deliveries(campaign).await?;
        let what = format!("campaign {}, {} people", campaign.id, tally.audience);
        // What waits for its turn is in good hands once every message was tried: any worker sends it.
        let tried = tally.queued == 0 && tally.sending == 0;
        let done = campaign.state == CampaignState::Finished || tried;
        Ok(line(what).done(done).note(counted(&tally)))
    }

    pub(super) async fn send(
        &mut self,
        list: &str,
        tell: &(dyn Fn(News<'_>) + Sync),
    ) -> Result<Option<String>> {
        let desk = Desk::open(self.config).await?;
        let sent = self.send_by(&desk, list, tell).await;
        desk.close().await;
        sent
    }

    async fn send_by(
        &self,
        desk: &Desk<'_>,
        list: &str,
        tell: &(dyn Fn(News<'_>) + Sync),
    ) -> Result<Option<String>> {
        let begun = self.store.find_live_campaign(&self.piece.id, list).await?;
        let id = match begun {
            Some(campaign) => campaign.id,
            None => {
                let path = self.piece.path.to_string_lossy();
                let passed = Passed::judge(self.config, &path)?;
                let wish = send::Wish {
                    list: Some(list),
                    start: None,
                    slice: None,
                };
                let planned = desk.plan(&passed, wish, self.secrets, &|_| Ok(true));
                planned.await?.expect("nobody says no")
            }
        };
        let (_stopping, stop) = watch::channel(false);
        let task = Task {
            only: Some(id),
            patience: Some(PATIENCE),
            stop,
        };
        let hear = |news: send::News<'_>| {
            if let send::News::Note(note) = news {
                tell(News::Note(&note));
            }
        };
        let goes_on =
            "what was sent is sent; the same command, or `press worker`, goes on with the rest";
        let end = desk.work(&task, self.secrets, &hear).await;
        let end = end.map_err(|error| error.state(goes_on))?;
        let shown = desk.find(id).await?;
        let tally = &shown.deliveries;
        match end {
            End::Trouble(error) => Err(error
                .help(format!("`press campaign resume {id}` when that is mended"))
                .state(goes_on)),
            End::Stopped => Err(Error::new("the sending was stopped").state(goes_on)),
            End::Done | End::Later(_) => Ok(Some(counted(tally))),
        }
    }
}

/// "998 sent, 2 deferred"
fn counted(tally: &Tally) -> String {
    let mut text = format!("{} sent", tally.sent);
    for (name, count) in tally.parts() {
        if count > 0 && name != "sent" {
            text.push_str(&format!(", {count} {name}"));
        }
    }
    text
}
