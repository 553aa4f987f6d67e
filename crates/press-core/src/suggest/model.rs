//! Multinomial logistic regression: each part of a link has a weight for each section, and each habit one for all.
//!
//! Learned by steps of AdaGrad (Duchi, Hazan and Singer, 2011) through the examples in a shuffled order that is always the
//! same, the later examples counting more.

use super::features::{Feature, KEYS};
use super::habits::Leaning;
use std::collections::HashMap;

/// How often all examples are gone through, and how long the first step is.
const ROUNDS: u32 = 8;
const STEP: f32 = 0.12;
/// Steps become shorter, down to this part of the first.
const LAST_STEP: f32 = 0.05;
/// Habits are few and learned from every example.
const STEP_OF_HABITS: f32 = 0.3;
/// How strongly weights are held back.
const PULL: f32 = 1e-4;
/// After so many days an example counts half.
const HALF_LIFE_DAYS: f32 = 1000.0;

/// A link with where it went.
#[derive(Debug)]
pub(super) struct Example {
    pub(super) day: i64,
    pub(super) section: usize,
    pub(super) features: Vec<Feature>,
    pub(super) habits: Leaning,
}

/// A part that was seen: where its weights are, and how much it says by being rare.
#[derive(Clone, Copy, Debug)]
struct Known {
    at: usize,
    rarity: f32,
}

/// What was learned.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    sections: usize,
    known: HashMap<u64, Known>,
    /// For each known part, and for none, a weight a section.
    weights: Vec<f32>,
    of_habits: [f32; KEYS],
}

/// A link as the model sees it: places of weights, with values.
type Seen = Vec<(usize, f32)>;

/// What learning has seen of each weight's slopes, squared.
struct Slopes {
    weights: Vec<f32>,
    of_habits: [f32; KEYS],
}

impl Model {
    pub(super) fn train(examples: &[Example], sections: usize) -> Model {
        let known = known(examples);
        let size = (known.len() + 1) * sections;
        let mut model = Model {
            sections,
            known,
            weights: vec![0.0; size],
            of_habits: [0.0; KEYS],
        };
        let mut slopes = Slopes {
            weights: vec![1e-4; size],
            of_habits: [0.1; KEYS],
        };
        let seen = examples.iter().map(|example| model.see(&example.features));
        let seen: Vec<Seen> = seen.collect();
        let last = examples.last().map_or(0, |example| example.day);
        let mut order: Vec<usize> = (0..examples.len()).collect();
        let mut dice = Dice(0x1354_06da_77d5_2ea5);
        for round in 0..ROUNDS {
            dice.shuffle(&mut order);
            let step = STEP * (1.0 - round as f32 / ROUNDS as f32).max(LAST_STEP);
            for &at in &order {
                let example = &examples[at];
                let age = (last - example.day) as f32;
                let worth = 0.5_f32.powf(age / HALF_LIFE_DAYS);
                model.learn(example, &seen[at], &mut slopes, (step, worth));
            }
        }
        model
    }

    /// How likely each section is.
    pub(super) fn judge(&self, features: &[Feature], habits: &Leaning) -> Vec<f32> {
        self.chances(&self.see(features), habits)
    }

    /// The known parts, the rare ones weighing more, all of length 1 together; and the one that every link has.
    fn see(&self, features: &[Feature]) -> Seen {
        let known = features.iter().filter_map(|feature| {
            let known = self.known.get(&feature.id)?;
            Some((known.at, feature.value * known.rarity))
        });
        let mut seen: Seen = known.collect();
        let squares: f32 = seen.iter().map(|(_, value)| value * value).sum();
        let length = squares.sqrt().max(1e-6);
        for (_, value) in &mut seen {
            *value /= length;
        }
        seen.push((self.known.len() * self.sections, 1.0));
        seen
    }

    fn chances(&self, seen: &Seen, habits: &Leaning) -> Vec<f32> {
        let mut scores = vec![0.0_f32; self.sections];
        for &(at, value) in seen {
            let weights = &self.weights[at..at + self.sections];
            for (score, weight) in scores.iter_mut().zip(weights) {
                *score += weight * value;
            }
        }
        for (leaning, weight) in habits.chunks(self.sections).zip(self.of_habits) {
            for (score, leaning) in scores.iter_mut().zip(leaning) {
                *score += weight * leaning;
            }
        }
        let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for score in &mut scores {
            *score = (*score - highest).exp();
        }
        let total: f32 = scores.iter().sum();
        scores.iter().map(|score| score / total).collect()
    }

    /// One step: weights move so that the example would surprise less.
    fn learn(
        &mut self,
        example: &Example,
        seen: &Seen,
        slopes: &mut Slopes,
        (step, worth): (f32, f32),
    ) {
        let mut errors = self.chances(seen, &example.habits);
        errors[example.section] -= 1.0;
        for error in &mut errors {
            *error *= worth;
        }
        for &(at, value) in seen {
            let weights = &mut self.weights[at..at + self.sections];
            let squares = &mut slopes.weights[at..at + self.sections];
            for ((weight, square), error) in weights.iter_mut().zip(squares).zip(&errors) {
                let slope = error * value + PULL * *weight;
                *square += slope * slope;
                *weight -= step * slope / square.sqrt();
            }
        }
        for (way, leaning) in example.habits.chunks(self.sections).enumerate() {
            let products = leaning.iter().zip(&errors);
            let slope: f32 = products.map(|(leaning, error)| leaning * error).sum();
            slopes.of_habits[way] += slope * slope;
            let length = slopes.of_habits[way].sqrt();
            self.of_habits[way] -= STEP_OF_HABITS * step * slope / length;
        }
    }
}

/// Every part of an example, in the order in which they are met.
fn known(examples: &[Example]) -> HashMap<u64, Known> {
    let sections = examples
        .first()
        .map_or(0, |example| example.habits.len() / KEYS);
    let mut known: HashMap<u64, Known> = HashMap::new();
    for feature in examples.iter().flat_map(|example| &example.features) {
        let at = known.len() * sections;
        let known = known.entry(feature.id);
        known.or_insert(Known { at, rarity: 0.0 }).rarity += 1.0;
    }
    let all = (examples.len() + 1) as f32;
    for known in known.values_mut() {
        // So far it is the number of examples.
        known.rarity = (all / (known.rarity + 1.0)).ln() + 1.0;
    }
    known
}

/// Numbers without pattern that are always the same (xorshift, Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn shuffle(&mut self, order: &mut [usize]) {
        for last in (1..order.len()).rev() {
            let other = self.next() % (last as u64 + 1);
            order.swap(last, usize::try_from(other).unwrap_or(0));
        }
    }
}
