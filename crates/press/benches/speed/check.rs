//! How long judging takes: the whole archive, one draft, and each rule by itself.

use crate::newsletter::{FLAGSHIP, Newsletter};
use press::newsletter::{list, read};
use press::pipeline::check::{CheckOptions, Checker, Fixes, check};
use press_core::check::rules::RULES;
use press_core::diagnostic::Level;
use std::path::PathBuf;

const LOOK: CheckOptions<'_> = CheckOptions {
    fixes: Fixes::None,
    since: None,
};

fn issues(newsletter: &Newsletter) -> Vec<PathBuf> {
    let files = list(&newsletter.config.issues).expect("the folder is there");
    files.files.into_iter().map(|file| file.path).collect()
}

/// The real archive, or a made-up one of its size.
fn newsletter() -> Newsletter {
    Newsletter::real().unwrap_or_else(|| Newsletter::synthetic(FLAGSHIP))
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn whole_archive(bencher: divan::Bencher<'_, '_>) {
    let newsletter = newsletter();
    let paths = issues(&newsletter);
    bencher.bench(|| check(newsletter.config.clone(), &paths, LOOK).expect("all can be read"));
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn one_issue(bencher: divan::Bencher<'_, '_>) {
    let newsletter = newsletter();
    let paths = issues(&newsletter);
    let newest = &paths[paths.len() - 1..];
    bencher.bench(|| check(newsletter.config.clone(), newest, LOOK).expect("it can be read"));
}

/// The newest fifty issues by one rule; `parsing` is what all of them pay.
#[divan::bench(args = names(), sample_count = 5, sample_size = 1)]
fn one_rule(bencher: divan::Bencher<'_, '_>, rule: &str) {
    let mut newsletter = newsletter();
    let paths = issues(&newsletter);
    for other in RULES.iter().filter(|other| other.name != rule) {
        let levels = &mut newsletter.config.levels;
        levels.insert(other.name.to_owned(), Level::Allow);
    }
    let texts: Vec<(&PathBuf, String)> = paths
        .iter()
        .rev()
        .take(50)
        .map(|path| (path, read(path).expect("it can be read")))
        .collect();
    let checker = Checker::open(newsletter.config.clone()).expect("all can be read");
    bencher.bench(|| {
        for (path, text) in &texts {
            checker.judge(path, text);
        }
    });
}

fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once("parsing").chain(RULES.iter().map(|rule| rule.name))
}
