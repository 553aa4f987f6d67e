//! The database: whether it opens and is sound, whether its clock is ours, whether what waits in it has somebody who sends.

use super::Report;
use crate::config::Config;
use crate::store::{Health, Limits, Store};
use jiff::Timestamp;
use std::time::Duration;

/// What should have left so long ago has been forgotten.
const LATE_S: i64 = 600;
/// Clocks that differ by more mislead people, and by much more protocols.
const DOUBTFUL_S: i64 = 5;
const WRONG_S: i64 = 60;

pub(super) async fn look(config: &Config, now: Timestamp, report: &mut Report) {
    if !config.store.may_exist() {
        let says = format!(
            "{} is not there yet: the first command that needs it makes it",
            config.store
        );
        return report.skipped("database", says);
    }
    let limits = Limits {
        patience: Duration::from_secs(5),
        connections: 2,
    };
    let store = match Store::open_with(&config.store, limits).await {
        Ok(store) => store,
        Err(error) => return report.failed("database", &error),
    };
    match store.health(now.as_second() - LATE_S).await {
        Ok(health) => tell(config, &health, report),
        Err(error) => report.failed("database", &error),
    }
    store.close().await;
}

fn tell(config: &Config, health: &Health, report: &mut Report) {
    match health.ails.first() {
        None => report.ok("database", format!("{}: {}", config.store, health.product)),
        Some(first) => report.wrong(
            "database",
            format!("{} is damaged: {first}", config.store),
            "end all of `press`, keep a copy of the file, and `press restore` the newest backup",
        ),
    }
    let apart = health.clock_s - Timestamp::now().as_second();
    clocks(report, &format!("the clock of {}", config.store), apart);
    let waiting = match (health.due, health.letters_due) {
        (0, 0) => None,
        (due, 0) => Some(format!("{due} campaigns wait to be sent")),
        (0, letters) => Some(format!("{letters} letters wait to be sent")),
        (due, letters) => Some(format!(
            "{due} campaigns and {letters} letters wait to be sent"
        )),
    };
    let help = "start `press server`, or `press worker`, and see what it says";
    match (health.workers, waiting) {
        (0, None) => report.ok("worker", "none runs, and nothing waits"),
        (workers, None) => report.ok("worker", format!("{workers} at work")),
        (0, Some(waiting)) => report.wrong("worker", format!("{waiting}, and nobody sends"), help),
        (workers, Some(waiting)) => {
            let says = format!("{waiting} for more than ten minutes; {workers} at work");
            report.warning(
                "worker",
                says,
                "`press campaign list` says how far they are",
            );
        }
    }
}

/// Tells how far another clock is from ours.
pub(super) fn clocks(report: &mut Report, whose: &str, apart_s: i64) {
    let says = format!("{whose} and ours are {} s apart", apart_s.abs());
    let help = "keep the time with NTP: `timedatectl set-ntp true`";
    let apart_s = apart_s.abs();
    if apart_s <= DOUBTFUL_S {
        report.ok("clock", format!("{whose} agrees with ours"));
    } else if apart_s <= WRONG_S {
        report.warning("clock", says, help);
    } else {
        report.wrong("clock", says, help);
    }
}
