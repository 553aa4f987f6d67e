//! What the process counts, in Prometheus' text format. Nothing of it tells of a person.

use super::routes::ROUTES;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper ends of the classes of times, in microseconds.
const ENDS_US: [u64; 10] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 2_500_000,
];

/// More than there are routes; one row is the site's files, one is what was refused.
const ROWS: usize = 64;

/// Rows after those of the routes.
pub(super) const SITE: usize = ROWS - 2;
pub(super) const REFUSED: usize = ROWS - 1;

#[derive(Debug, Default)]
struct Row {
    /// By the first digit of the status.
    statuses: [AtomicU64; 6],
    times: [AtomicU64; ENDS_US.len()],
    all_us: AtomicU64,
}

/// The counters.
#[derive(Debug)]
pub(super) struct Numbers {
    rows: Box<[Row]>,
    /// Connections that are open.
    pub(super) connections: AtomicI64,
    /// Letters that left.
    pub(super) letters: AtomicU64,
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            rows: (0..ROWS).map(|_| Row::default()).collect(),
            connections: AtomicI64::new(0),
            letters: AtomicU64::new(0),
        }
    }
}

/// The name of a row.
pub(super) fn name(row: usize) -> (&'static str, &'static str) {
    match row {
        SITE => ("GET", "site"),
        REFUSED => ("any", "refused"),
        row => ROUTES
            .get(row)
            .map_or(("any", "?"), |route| (route.method.as_str(), route.path)),
    }
}

impl Numbers {
    /// Counts an answer.
    pub(super) fn count(&self, row: usize, status: u16, took: Duration) {
        let Some(row) = self.rows.get(row) else {
            return;
        };
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(counter) = row.statuses.get(usize::from(status / 100)) {
            counter.fetch_add(1, Relaxed);
        }
        row.all_us.fetch_add(us, Relaxed);
        if let Some(at) = ENDS_US.iter().position(|end| us <= *end) {
            row.times[at].fetch_add(1, Relaxed);
        }
    }

    /// All of it, and what was asked of the database.
    pub(super) fn tell(&self, more: &[(&str, &str, f64)]) -> String {
        let mut out = String::with_capacity(8_192);
        out.push_str("# HELP press_requests_total Answers, by route and class of status.\n# TYPE press_requests_total counter\n");
        let used: Vec<usize> = (0..ROWS).filter(|row| self.is_used(*row)).collect();
        for row in &used {
            let (method, path) = name(*row);
            for (class, counter) in self.rows[*row].statuses.iter().enumerate() {
                let count = counter.load(Relaxed);
                if count > 0 {
                    let _ = writeln!(
                        out,
                        "press_requests_total{{method=\"{method}\",route=\"{path}\",status=\"{class}xx\"}} {count}"
                    );
                }
            }
        }
        out.push_str("# HELP press_request_seconds How long answers took.\n# TYPE press_request_seconds histogram\n");
        for row in &used {
            self.tell_times(*row, &mut out);
        }
        let _ = writeln!(
            out,
            "# HELP press_connections Connections that are open.\n# TYPE press_connections gauge\npress_connections {}",
            self.connections.load(Relaxed)
        );
        let _ = writeln!(
            out,
            "# HELP press_letters_total Letters that left.\n# TYPE press_letters_total counter\npress_letters_total {}",
            self.letters.load(Relaxed)
        );
        for (name, help, value) in more {
            let bare = name.split('{').next().unwrap_or(name);
            if !out.contains(&format!("# TYPE {bare} ")) {
                let _ = writeln!(out, "# HELP {bare} {help}\n# TYPE {bare} gauge");
            }
            let _ = writeln!(out, "{name} {value}");
        }
        out
    }

    fn is_used(&self, row: usize) -> bool {
        let statuses = &self.rows[row].statuses;
        statuses.iter().any(|counter| counter.load(Relaxed) > 0)
    }

    fn tell_times(&self, row: usize, out: &mut String) {
        let (method, path) = name(row);
        let label = format!("method=\"{method}\",route=\"{path}\"");
        let row = &self.rows[row];
        let mut below = 0;
        for (end_us, counter) in ENDS_US.iter().zip(&row.times) {
            below += counter.load(Relaxed);
            let end_s = Duration::from_micros(*end_us).as_secs_f64();
            let _ = writeln!(
                out,
                "press_request_seconds_bucket{{{label},le=\"{end_s}\"}} {below}"
            );
        }
        let all: u64 = row
            .statuses
            .iter()
            .map(|counter| counter.load(Relaxed))
            .sum();
        let all_s = Duration::from_micros(row.all_us.load(Relaxed)).as_secs_f64();
        let _ = writeln!(
            out,
            "press_request_seconds_bucket{{{label},le=\"+Inf\"}} {all}"
        );
        let _ = writeln!(out, "press_request_seconds_sum{{{label}}} {all_s}");
        let _ = writeln!(out, "press_request_seconds_count{{{label}}} {all}");
    }
}
