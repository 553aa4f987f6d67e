//! The site: made, put where readers find it, read back.

use super::{Line, Night, Step};
use crate::error::Result;
use crate::pipeline::build::{BuildOptions, build};
use press_core::render::address;

impl Night<'_> {
    pub(super) fn look_at_build(&self) -> Line {
        let out = &self.config.site.out;
        let line = Line::new(Step::Build, "make the site", out.display().to_string());
        line.done(self.is_built())
    }

    /// Whether the site has the page, newer than its text.
    pub(super) fn is_built(&self) -> bool {
        let time = |path: &std::path::Path| {
            std::fs::metadata(path)
                .and_then(|data| data.modified())
                .ok()
        };
        let (url, base) = (&self.piece.head.url, self.config.base().1);
        let Some(page) = address::file_of(url.strip_prefix(base).unwrap_or(url)) else {
            return false;
        };
        let page = self.config.site.out.join(page);
        self.piece.is_promoted() && time(&page) >= time(&self.piece.path) && page.is_file()
    }

    pub(super) fn build(&mut self) -> Result<Option<String>> {
        let options = BuildOptions {
            out: &self.config.site.out,
            clean: false,
            drafts: false,
            live: false,
            pages_only: false,
            progress: &|_, _| {},
        };
        let report = build(self.config, &options)?;
        let (written, files) = (report.written, report.files);
        Ok(Some(format!("{written} of {files} files written")))
    }
}
