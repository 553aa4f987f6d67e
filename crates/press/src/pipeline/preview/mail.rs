//! The mail of an issue that is shown while it is written.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::pipeline::build::sources;
use crate::pipeline::email::{self, EXAMPLE, Mailing};
use press_core::issue::Issue;
use press_core::render::email::Row;
use std::path::PathBuf;

/// The mails of the newsletter that is shown. Each is made when it is asked for, from the texts as they then are.
#[derive(Clone, Debug)]
pub struct Mails {
    pub(super) folder: PathBuf,
    pub(super) elsewhere: Option<PathBuf>,
}

/// An issue as mail, for one choice.
#[derive(Debug)]
pub struct ShownMail {
    /// The subject.
    pub subject: String,
    /// The HTML.
    pub html: String,
    /// The plain text.
    pub text: String,
    /// Most bytes of HTML.
    pub budget_bytes: usize,
    /// What each part costs.
    pub bill: Vec<Row>,
    /// The sections that can be left out: id and title.
    pub sections: Vec<(String, String)>,
}

impl Mails {
    /// The path of the newest page that has a mail: that of the newest draft, or else of the newest issue.
    pub fn newest(&self) -> Result<Option<String>> {
        let config = Config::load(&self.folder, self.elsewhere.as_deref())?;
        sources::newest_page(&config)
    }

    /// The mail of the issue or draft whose page has this path, with events of these regions and without these sections.
    pub fn render(&self, page: &str, regions: &[String], without: &[String]) -> Result<ShownMail> {
        let config = Config::load(&self.folder, self.elsewhere.as_deref())?;
        let choice = email::choice(&config, regions, without)?;
        let file = sources::file_at(&config, page)?.ok_or_else(|| {
            Error::new(format!("no issue stands at {page}"))
                .help("open an issue, and follow its link to the mail")
        })?;
        let mailing = Mailing::load(&config, Some(&file.to_string_lossy()))?;
        let email = mailing.render(&choice)?;
        let issue = Issue::parse(mailing.text(), &config.format);
        let tops = issue
            .sections
            .iter()
            .filter(|section| section.parent.is_none());
        Ok(ShownMail {
            subject: email.subject,
            html: email.html.fill(EXAMPLE),
            text: email.text.fill(EXAMPLE),
            budget_bytes: config.mail.budget_bytes,
            bill: email.bill,
            sections: tops
                .filter_map(|top| Some((top.id.clone()?, top.title.clone())))
                .collect(),
        })
    }
}
