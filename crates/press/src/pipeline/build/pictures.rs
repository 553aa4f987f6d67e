//! Pictures that other sites show with a link: one for each issue, one for all other pages.
//!
//! Drawing one takes milliseconds, so drawn ones are kept beside the configuration, by what is on them. A build into an empty
//! folder draws nothing anew, and an issue whose highlights stay keeps its picture.

use super::targets::{Made, Target, pages, target};
use super::{Notice, Site};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::pipeline::kept::{self, Key};
use press_core::announcement;
use press_core::issue::Issue;
use press_core::render::picture::{self, Card, HIGHLIGHTS, Painter};
use press_core::render::site::{IssueHead, IssueSummary};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What draws the newsletter's pictures, if it has any, in the colours of its style sheet.
pub(in crate::pipeline) fn painter(config: &Config, style: &str) -> Result<Option<Painter>> {
    if !config.site.pictures {
        return Ok(None);
    }
    let paths = &config.site.picture_fonts;
    let read = |path: &PathBuf| {
        std::fs::read(path).map_err(|cause| Error::io("read the font", path, &cause))
    };
    let fonts: Vec<Vec<u8>> = paths.iter().map(read).collect::<Result<_>>()?;
    let painter = Painter::new(style, &config.newsletter.language, &fonts);
    painter.map(Some).map_err(|at| {
        let what = format!("{} is no font that can be used", paths[at].display());
        Error::new(what).help("`picture-fonts` are TrueType or OpenType: .ttf or .otf, not .woff")
    })
}

/// What is best in an issue, as its picture and posts about it say.
pub(in crate::pipeline) fn highlights(config: &Config, issue: &Issue) -> Vec<(String, String)> {
    let own = &config.announcement;
    let most = own.most.min(HIGHLIGHTS);
    let found = announcement::highlights(issue, &own.highlights, own.others, most);
    let found = found.into_iter().map(|one| (one.section, one.text));
    found.collect()
}

/// Whether the page of an issue has a picture of its own. In the preview only those have that somebody works on: drawing
/// all would keep people waiting who want to see a page.
pub(super) fn has_own(site: &Site<'_>, head: &IssueHead, next: Option<&IssueHead>) -> bool {
    let newest = next.is_none_or(|next| next.draft);
    site.look.painter.is_some() && (!site.live || head.draft || newest)
}

/// Pictures that were drawn in this run.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    count: AtomicUsize,
    /// Those in which letters are missing.
    lost: AtomicUsize,
}

/// All pictures of a site but those at addresses where the newsletter has put a file of its own.
pub(super) fn all<'a>(
    site: &'a Site<'_>,
    summaries: &'a [IssueSummary],
    taken: &[Target<'_>],
) -> Vec<Target<'a>> {
    let Some(painter) = &site.look.painter else {
        return Vec::new();
    };
    let base = site.config.base().1;
    let own = summaries.iter().filter_map(|summary| {
        let (card, image) = pages(site).picture(summary)?;
        Some((card, image.path))
    });
    let first = (
        Card::of_newsletter(&site.config.newsletter),
        picture::path_of(&format!("{base}/")),
    );
    let taken: HashSet<&str> = taken.iter().map(|target| target.path.as_str()).collect();
    let target = |(card, path): (Card, String)| {
        let path = path.strip_prefix(base).unwrap_or(&path);
        let key = painter.key(&card);
        target(path, ("picture", key.clone()), move || {
            Ok(Made {
                content: site.picture(painter, &card, &key),
                ..Made::default()
            })
        })
    };
    let targets = std::iter::once(first).chain(own).map(target);
    targets
        .filter(|target| !taken.contains(target.path.as_str()))
        .collect()
}

impl Site<'_> {
    /// A picture as it is kept, or drawn.
    fn picture(&self, painter: &Painter, card: &Card, key: &str) -> Vec<u8> {
        let path = self.kept_pictures().join(format!("{key}.png"));
        let seal = Key::of(key);
        kept::read_bytes(&path, seal).unwrap_or_else(|| {
            let picture = painter.draw(card);
            self.drawn.count.fetch_add(1, Ordering::Relaxed);
            let lost = usize::from(picture.lost);
            self.drawn.lost.fetch_add(lost, Ordering::Relaxed);
            kept::write_bytes(&path, seal, &picture.png);
            picture.png
        })
    }

    fn kept_pictures(&self) -> PathBuf {
        kept::folder(self.config.home()).join("pictures")
    }

    /// Lets go of pictures that nobody needs any more. There are some only if others were drawn; a preview does not know
    /// them all.
    pub(super) fn tidy_pictures(&self, summaries: &[IssueSummary]) {
        let drawn = self.drawn.count.load(Ordering::Relaxed);
        let Some(painter) = self
            .look
            .painter
            .as_ref()
            .filter(|_| drawn > 0 && !self.live)
        else {
            return;
        };
        let Ok(kept) = std::fs::read_dir(self.kept_pictures()) else {
            return;
        };
        let own = summaries
            .iter()
            .filter_map(|summary| pages(self).picture(summary));
        let cards = own.map(|(card, _)| card);
        let first = Card::of_newsletter(&self.config.newsletter);
        let needed = cards
            .chain([first])
            .map(|card| format!("{}.png", painter.key(&card)));
        let needed: HashSet<String> = needed.collect();
        for entry in kept.flatten() {
            if !entry
                .file_name()
                .to_str()
                .is_some_and(|name| needed.contains(name))
            {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    /// What is to be said of the pictures that were drawn.
    pub(super) fn picture_notice(&self) -> Option<Notice> {
        let lost = self.drawn.lost.load(Ordering::Relaxed);
        let pictures = if lost == 1 {
            "picture leaves"
        } else {
            "pictures leave"
        };
        (lost > 0).then(|| Notice {
            message: format!(
                "{lost} {pictures} out letters that no font has; name one that has them in `picture-fonts` of press.toml"
            ),
        })
    }
}
