//! How far a campaign is, counted row by row, as often as counting does not cost more than it tells.

use super::work::{News, Progress};
use crate::store::{Campaign, Store};
use std::time::{Duration, Instant};

/// What was shown last.
#[derive(Debug, Default)]
pub(super) struct Shown {
    next: Option<Instant>,
    /// When somebody counted, and what was settled then, for each campaign.
    counted: Vec<(i64, Instant, i64)>,
}

/// Not more often than this.
const OFTEN: Duration = Duration::from_millis(500);
/// Counting takes at most one part in so many of the time.
const SHARE: u32 = 50;

impl Shown {
    /// Tells how far each campaign is, if it is time to.
    pub(super) async fn show(
        &mut self,
        store: &Store,
        campaigns: &[Campaign],
        held: &[(&str, i64)],
        tell: &(dyn Fn(News<'_>) + Sync),
    ) {
        let started = Instant::now();
        if self.next.is_some_and(|next| started < next) {
            return;
        }
        for campaign in campaigns {
            let Ok(tally) = store.count_deliveries(campaign).await else {
                continue;
            };
            let per_second = self.speed(campaign.id, tally.settled());
            let held = held
                .iter()
                .map(|(domain, until_s)| ((*domain).to_owned(), *until_s));
            tell(News::Progress(Progress {
                campaign,
                tally,
                per_second,
                held: held.collect(),
            }));
        }
        self.next = Some(Instant::now() + OFTEN.max(started.elapsed() * SHARE));
    }

    /// How many were settled a second since the last count.
    fn speed(&mut self, campaign: i64, settled: i64) -> f64 {
        let now = Instant::now();
        let last = self.counted.iter_mut().find(|(id, _, _)| *id == campaign);
        let Some((_, when, before)) = last else {
            self.counted.push((campaign, now, settled));
            return 0.0;
        };
        let seconds = now.duration_since(*when).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let speed = (settled - *before).max(0) as f64 / seconds.max(0.001);
        (*when, *before) = (now, settled);
        speed
    }
}
