//! Where links that are like this one went before: those of the same site, those with titles that begin alike.
//!
//! Counts that fade: what was two years ago counts a fraction of what was last month, since sections change and people
//! turn to other subjects.

use super::features::KEYS;
use std::collections::HashMap;

/// After so many days a link counts half.
const HALF_LIFE_DAYS: f64 = 500.0;

/// How many links' worth of doubt there is before anything was seen.
const DOUBT: f64 = 1.0;

/// No section is ever quite impossible, and no surprise infinite.
const FLOOR: f64 = 1e-3;

/// For each way in which a link is like others and each section, how much more often those went there than links in
/// general: a logarithm, 0 if nothing is known.
pub(super) type Leaning = Vec<f32>;

/// Fading counts of links by section.
#[derive(Clone, Debug, Default)]
struct Counts {
    day: i64,
    of_section: Vec<f64>,
}

/// Where links went.
#[derive(Clone, Debug, Default)]
pub(super) struct Habits {
    all: Counts,
    by_key: HashMap<u64, Counts>,
}

impl Counts {
    fn new(sections: usize, day: i64) -> Counts {
        Counts {
            day,
            of_section: vec![0.0; sections],
        }
    }

    /// What of it is left on a day.
    fn left(&self, day: i64) -> f64 {
        let days = f64::from(i32::try_from(day - self.day).unwrap_or(i32::MAX));
        0.5_f64.powf(days.max(0.0) / HALF_LIFE_DAYS)
    }

    fn add(&mut self, section: usize, day: i64) {
        let left = self.left(day);
        for count in &mut self.of_section {
            *count *= left;
        }
        self.of_section[section] += 1.0;
        self.day = day;
    }
}

impl Habits {
    pub(super) fn new(sections: usize) -> Habits {
        Habits {
            all: Counts::new(sections, 0),
            by_key: HashMap::new(),
        }
    }

    /// Learns where a link went.
    pub(super) fn learn(&mut self, keys: &[u64; KEYS], section: usize, day: i64) {
        self.all.add(section, day);
        let sections = self.all.of_section.len();
        for key in keys {
            let counts = self.by_key.entry(*key);
            counts
                .or_insert_with(|| Counts::new(sections, day))
                .add(section, day);
        }
    }

    /// What is known on a day of links like this one.
    pub(super) fn look(&self, keys: &[u64; KEYS], day: i64) -> Leaning {
        let sections = self.all.of_section.len();
        let total: f64 = self.all.of_section.iter().sum();
        let usual = |section: usize| match total > 0.0 {
            true => self.all.of_section[section] / total,
            false => 1.0 / sections.max(1) as f64,
        };
        let mut leaning = Vec::with_capacity(KEYS * sections);
        for key in keys {
            let known = self.by_key.get(key);
            let left = known.map_or(0.0, |counts| counts.left(day));
            let count = |section: usize| known.map_or(0.0, |counts| counts.of_section[section]);
            let seen: f64 = (0..sections).map(count).sum::<f64>() * left;
            for section in 0..sections {
                let (count, usual) = (count(section) * left, usual(section));
                let share = (count + DOUBT * usual) / (seen + DOUBT);
                leaning.push(((share + FLOOR).ln() - (usual + FLOOR).ln()) as f32);
            }
        }
        leaning
    }
}
