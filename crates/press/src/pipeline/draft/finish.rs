//! Finishing: the scaffolding of a draft taken down, then the fixes of the checks that are surely right.

use super::texts::Texts;
use super::{misplaced, standing};
use crate::config::Config;
use crate::error::Result;
use crate::newsletter;
use crate::pipeline::check::{Checker, Fixes};
use press_core::draft::finish as core;
use std::path::{Path, PathBuf};

/// A text that was finished, or would be.
#[derive(Debug)]
pub struct Finishing {
    /// Its file.
    pub path: PathBuf,
    /// Its text before.
    pub before: String,
    /// Its text after.
    pub after: String,
    /// What was done, in words, with how often.
    pub done: Vec<(&'static str, usize)>,
    /// Whether fixes of the checks were applied.
    pub mended: bool,
}

/// Rounds after which a text is left as it is: a fix of the checks may leave something to finish.
const ROUNDS: usize = 4;

/// Finishes the text in `path`, the newest draft if there is none. A dry run writes nothing.
pub fn finish(config: Config, path: Option<&Path>, dry_run: bool) -> Result<Finishing> {
    let path = match path {
        Some(path) => path.to_owned(),
        None => Texts::list(&config)?.newest_draft(&config)?.path.clone(),
    };
    let before = newsletter::read(&path)?;
    let checker = Checker::open(config)?;
    let config = &checker.config;
    let standing = standing(config, &before);
    let orders: Vec<core::Order> = config.filling.iter().map(|filling| filling.order).collect();
    let mut finishing = Finishing {
        after: before.clone(),
        path,
        before,
        done: Vec::new(),
        mended: false,
    };
    for _ in 0..ROUNDS {
        let text = &finishing.after;
        let finished = core::finish(text, &config.format, &standing, &orders)
            .map_err(|errors| misplaced(&finishing.path, text, &errors))?;
        finishing.note(&finished.done);
        let (mended, _) = checker.mend(&finishing.path, finished.text.clone(), Fixes::Safe);
        if mended != finished.text {
            finishing.mended = true;
        }
        let settled = mended == finishing.after;
        finishing.after = mended;
        if settled {
            break;
        }
    }
    if !dry_run && finishing.after != finishing.before {
        newsletter::write(&finishing.path, &finishing.after)?;
    }
    Ok(finishing)
}

impl Finishing {
    fn note(&mut self, done: &[(&'static str, usize)]) {
        for (what, count) in done {
            match self.done.iter_mut().find(|(known, _)| known == what) {
                Some((_, total)) => *total += count,
                None => self.done.push((what, *count)),
            }
        }
    }
}
