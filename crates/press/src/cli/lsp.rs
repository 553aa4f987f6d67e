//! `press lsp`

use super::{Global, Next};
use crate::error::{Error, Result};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Many editors add this; there is nothing else to speak on
    #[arg(long, hide = true)]
    stdio: bool,
}

pub(super) fn run(global: &Global, _: &Arguments) -> Result<Next> {
    let Some(config) = &global.config else {
        return Ok(Next::Lsp(None));
    };
    // Editors name files by whole paths.
    let whole = |path: &std::path::Path| {
        let whole = std::path::absolute(path).and_then(|path| path.canonicalize());
        whole.map_err(|cause| Error::io("find", path, &cause))
    };
    Ok(Next::Lsp(Some((whole(&global.folder)?, whole(config)?))))
}
