//! Which issues and drafts there are: their days and numbers, without reading more than their heads.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::newsletter;
use jiff::civil::Date;
use press_core::issue::Masthead;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// An issue or a draft.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) path: PathBuf,
    pub(super) date: Option<Date>,
    pub(super) number: Option<u32>,
    pub(super) draft: bool,
    /// There is nothing in it.
    pub(super) empty: bool,
}

/// All issues and drafts.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) all: Vec<Text>,
    /// Files that could not be read; an old broken one holds no new draft up.
    pub(super) notes: Vec<String>,
}

impl Texts {
    pub(super) fn list(config: &Config) -> Result<Texts> {
        let mut texts = Texts::default();
        for (folder, draft) in [(&config.issues, false), (&config.drafts, true)] {
            if !folder.is_dir() {
                continue;
            }
            let read: Vec<Result<Text>> = newsletter::list(folder)?
                .files
                .into_par_iter()
                .map(|file| read(&file.path, draft))
                .collect();
            for text in read {
                match text {
                    Ok(text) => texts.all.push(text),
                    Err(error) => texts.notes.push(error.message()),
                }
            }
        }
        Ok(texts)
    }

    /// The day of the newest published issue.
    pub(super) fn newest_published(&self) -> Option<Date> {
        let published = self.all.iter().filter(|text| !text.draft);
        published.filter_map(|text| text.date).max()
    }

    /// The newest issue or draft before `date`; of one day, the published text.
    pub(super) fn before(&self, date: Date) -> Option<&Text> {
        let earlier = self
            .all
            .iter()
            .filter(|text| text.date.is_some_and(|day| day < date));
        earlier.max_by_key(|text| (text.date, !text.draft))
    }

    /// The newest draft. Two of one day are one too many.
    pub(super) fn newest_draft(&self, config: &Config) -> Result<&Text> {
        let drafts: Vec<&Text> = self.all.iter().filter(|text| text.draft).collect();
        let newest = drafts.iter().max_by_key(|text| (text.date, &text.path));
        let Some(newest) = newest else {
            let error = Error::new(format!("there is no draft in {}", config.drafts.display()));
            return Err(error.help("`press draft` makes the next one"));
        };
        self.refuse_twins(newest)?;
        Ok(newest)
    }

    /// Drafts without a word, beside the one that counts: somebody may wonder what became of them.
    pub(super) fn passed_over(&self, newest: &Path) -> Vec<String> {
        let empty = self.all.iter().filter(|text| text.draft && text.empty);
        empty
            .filter(|text| text.path != newest)
            .map(|text| format!("{} is empty: it was passed over", text.path.display()))
            .collect()
    }

    /// Refuses a draft beside which there is another of its day: nobody knows which one counts.
    pub(super) fn refuse_twins(&self, draft: &Text) -> Result<()> {
        let twin = self.all.iter().find(|text| {
            text.draft && draft.draft && text.date == draft.date && text.path != draft.path
        });
        let (Some(twin), Some(date)) = (twin, draft.date) else {
            return Ok(());
        };
        let (one, other) = (draft.path.display(), twin.path.display());
        let error = Error::new(format!("there are two drafts of {date}: {one} and {other}"));
        Err(error.help("keep one of them: move what is new in the other over, and take the other out of the folder"))
    }
}

fn read(path: &Path, draft: bool) -> Result<Text> {
    let text = newsletter::read(path)?;
    let (masthead, _) = Masthead::parse(&text);
    Ok(Text {
        path: path.to_owned(),
        date: masthead.date,
        number: masthead.number,
        draft,
        empty: text.trim().is_empty(),
    })
}
