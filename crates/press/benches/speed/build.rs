//! How long builds take: of a made-up archive as large as the flagship's, of one ten times as large, and of
//! the real one when it is at hand.
//!
//! Each cold build goes to a folder that did not exist, because file systems are slow where much was deleted a
//! moment ago; the folders are removed when all is done.

use crate::newsletter::{FLAGSHIP, Newsletter, issue, issue_path, write};
use press::pipeline::build::{BuildOptions, BuildReport, build};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

fn run(newsletter: &Newsletter, out: &Path, clean: bool) -> BuildReport {
    let options = BuildOptions {
        out,
        clean,
        drafts: false,
        live: false,
        pages_only: false,
        progress: &|_, _| {},
    };
    build(&newsletter.config, &options).expect("the newsletter builds")
}

#[divan::bench(args = [FLAGSHIP, 10 * FLAGSHIP], sample_count = 5, sample_size = 1)]
fn cold(bencher: divan::Bencher<'_, '_>, count: usize) {
    let newsletter = Newsletter::synthetic(count);
    bencher
        .with_inputs(|| newsletter.new_out())
        .bench_values(|out| run(&newsletter, &out, true));
}

#[divan::bench(args = [FLAGSHIP, 10 * FLAGSHIP], sample_count = 20, sample_size = 1)]
fn one_issue_changed(bencher: divan::Bencher<'_, '_>, count: usize) {
    let newsletter = Newsletter::synthetic(count);
    let out = newsletter.new_out();
    run(&newsletter, &out, true);
    let changed = issue_path(newsletter.folder.path(), count / 2);
    let round = AtomicUsize::new(0);
    bencher
        .with_inputs(|| {
            let round = round.fetch_add(1, Ordering::Relaxed);
            write(&changed, &format!("{}\nChange {round}\n", issue(count / 2)));
        })
        .bench_values(|()| run(&newsletter, &out, false));
}

#[divan::bench(args = [FLAGSHIP, 10 * FLAGSHIP], sample_count = 20, sample_size = 1)]
fn nothing_changed(bencher: divan::Bencher<'_, '_>, count: usize) {
    let newsletter = Newsletter::synthetic(count);
    let out = newsletter.new_out();
    run(&newsletter, &out, true);
    bencher.bench(|| run(&newsletter, &out, false));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn cold_real_archive(bencher: divan::Bencher<'_, '_>) {
    let Some(newsletter) = Newsletter::real() else {
        println!("no archive at hand: set PRESS_ARCHIVE");
        return;
    };
    bencher
        .with_inputs(|| newsletter.new_out())
        .bench_values(|out| run(&newsletter, &out, true));
}
