//! `press check --watch`

use super::{Arguments, judge};
use crate::cli::{Global, Next, terminal};
use crate::error::Result;
use crate::pipeline::check::followed::Followed;
use crate::pipeline::watch::Watch;

/// Judges again whenever something changes that findings depend on, until Ctrl-C.
pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Next> {
    let mut watch = Watch::new()?;
    watch.end_at_interrupt()?;
    loop {
        let config = global.load();
        let (folder, elsewhere) = (global.folder.as_path(), global.config.as_deref());
        let followed = Followed::new(folder, elsewhere, config.as_ref().ok(), &arguments.paths);
        // Watched before it is read, so that nothing is missed.
        watch.follow(followed.watched())?;
        terminal::clear();
        // A mistake in what is being written is no reason to stop watching it.
        if let Err(error) = config.and_then(|config| judge(config, arguments)) {
            error.print();
        }
        terminal::tell("watching for changes; Ctrl-C ends it");
        if !watch.wait(|path| followed.concerns(path)) {
            return Ok(Next::Done);
        }
    }
}
