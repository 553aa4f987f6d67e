//! Pages and letters of the service, in the newsletter's own theme.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::pipeline::build::look;
use press_core::render::site::{NewsletterInfo, Pages};
use serde_json::{Value, json};
use std::sync::Arc;

/// A file that pages load.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its path on the site; the name holds a hash of the content.
    pub path: String,
    /// The file.
    pub content: String,
}

/// The theme, ready to make pages with.
#[derive(Debug)]
pub struct Look {
    look: look::Look,
    newsletter: NewsletterInfo,
    config: Arc<Config>,
    assets: Vec<Asset>,
}

/// What a page shows.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    /// The template.
    pub template: &'a str,
    /// What the page is called.
    pub title: &'a str,
    /// Its path, with the site's own path before it.
    pub url: &'a str,
    /// What the template is given besides.
    pub data: Value,
}

impl Look {
    pub(super) fn new(config: &Arc<Config>) -> Result<Look> {
        let look = look::Look::new(config, look::own_files(&config.site.theme)?)?;
        let own = |(path, content): &(String, String)| Asset {
            path: path.clone(),
            content: content.clone(),
        };
        let mut assets: Vec<Asset> = look.assets.iter().map(own).collect();
        let proof = include_str!("proof.js");
        assets.push(Asset {
            path: format!(
                "/theme/proof-{}.js",
                crate::pipeline::kept::Key::of(proof).short()
            ),
            content: proof.to_owned(),
        });
        Ok(Look {
            look,
            newsletter: config.newsletter.clone(),
            config: Arc::clone(config),
            assets,
        })
    }

    /// The style sheet, the scripts and the icon.
    pub fn assets(&self) -> &[Asset] {
        &self.assets
    }

    /// The path of the script that does the proof of work.
    pub fn proof(&self) -> String {
        let path = self.assets.last().map_or("", |asset| asset.path.as_str());
        self.config.on_site(path)
    }

    /// A page.
    pub fn page(&self, shown: Shown<'_>) -> Result<String> {
        let pages = Pages {
            theme: &self.look.theme,
            newsletter: &self.newsletter,
            site: &self.look.info,
            painter: None,
            live: false,
        };
        let page = pages.service(shown.template, (shown.title, shown.url), shown.data);
        page.map_err(|error| self.refused(&error))
    }

    /// The text of a letter.
    pub(super) fn letter(&self, mut data: Value) -> Result<String> {
        data["newsletter"] = json!(self.newsletter);
        data["postal_address"] = json!(self.config.mail.postal_address);
        let text = self.look.theme.fill("letter.txt", data);
        text.map_err(|error| self.refused(&error))
    }

    fn refused(&self, error: &press_core::render::theme::TemplateError) -> Error {
        look::template_error(&self.config, error)
    }
}
