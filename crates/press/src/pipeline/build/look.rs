//! How the site looks: templates, style sheet, script and icon, ours or the newsletter's own.

use super::{pictures, targets};
use crate::config::Config;
use crate::error::{Error, Place, Result, did_you_mean};
use crate::pipeline::kept::Key;
use press_core::render::picture::{self, Painter};
use press_core::render::site::{Menu, SiteInfo};
use press_core::render::theme::{
    ICON, READING, SCRIPT, SEARCH, STYLE, TEMPLATES, TemplateError, Theme, ThemeFile,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files of a theme by name.
type Files = BTreeMap<String, String>;

/// Templates and the files that pages load.
#[derive(Debug)]
pub(in crate::pipeline) struct Look {
    pub(in crate::pipeline) theme: Theme,
    pub(in crate::pipeline) info: SiteInfo,
    /// What draws pictures of pages, if there are any.
    pub(in crate::pipeline) painter: Option<Painter>,
    /// Path of the script of the search page.
    pub(in crate::pipeline) search_script: String,
    /// Files with their paths on the site; the names hold a hash of the content, so they never change.
    pub(in crate::pipeline) assets: Vec<(String, String)>,
}

/// The newsletter's own templates, style sheet and script.
pub(in crate::pipeline) fn own_files(folder: &Path) -> Result<Files> {
    let mut files = BTreeMap::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    let entries =
        std::fs::read_dir(folder).map_err(|cause| Error::io("read the folder", folder, &cause))?;
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let known = ["html", "txt", "css", "js", "svg"]
            .iter()
            .any(|extension| name.ends_with(&format!(".{extension}")));
        if known && !name.starts_with('.') {
            files.insert(name, crate::newsletter::read(&entry.path())?);
        }
    }
    Ok(files)
}

/// The style sheet of the pages.
pub(in crate::pipeline) fn style(config: &Config) -> Result<String> {
    let mut files = own_files(&config.site.theme)?;
    Ok(asset(&mut files, STYLE).1)
}

impl Look {
    /// The look of the newsletter with its own files in place of ours.
    pub(in crate::pipeline) fn new(config: &Config, mut files: Files) -> Result<Look> {
        let base = config.base().1;
        let (style, script) = (asset(&mut files, STYLE), asset(&mut files, SCRIPT));
        let reading = asset(&mut files, READING);
        let icon = asset(&mut files, ICON);
        let painter = pictures::painter(config, &style.1)?;
        let home = format!("{base}/");
        let info = SiteInfo {
            picture: painter
                .as_ref()
                .map(|painter| picture::of_site(painter, &config.newsletter, &home)),
            home,
            archive: format!("{base}{}", config.site.archive),
            events: config.events_address().map(|at| format!("{base}{at}")),
            streams: config.site.streams.as_ref().map(|at| format!("{base}{at}")),
            search: config
                .site
                .search
                .as_ref()
                .map_or_else(String::new, |search| format!("{base}{search}")),
            nav: config
                .site
                .nav
                .iter()
                .map(|entry| Menu {
                    url: config.on_site(&entry.url),
                    ..entry.clone()
                })
                .collect(),
            library: library(config),
            feeds: targets::feed_links(config, None),
            hub: config.publish.websub.clone(),
            style: format!("{base}{}", style.0),
            script: format!("{base}{}", script.0),
            reading: format!("{base}{}", reading.0),
            icon: format!("{base}{}", config.site.icon.as_ref().unwrap_or(&icon.0)),
            generator: concat!("Pressroom ", env!("CARGO_PKG_VERSION")).to_owned(),
        };
        let mut assets = vec![style, script, reading];
        let search = asset(&mut files, SEARCH);
        let search_script = format!("{base}{}", search.0);
        if config.site.search.is_some() {
            assets.push(search);
        }
        if config.site.icon.is_none() {
            assets.push(icon);
        }
        Ok(Look {
            theme: theme(config, files)?,
            info,
            painter,
            search_script,
            assets,
        })
    }
}

/// The pages made of all issues at once.
fn library(config: &Config) -> Vec<Menu> {
    let pages = [
        ("Lists", &config.site.lists),
        ("Statistics", &config.site.statistics),
        ("Data", &config.site.data),
    ];
    let entry = |(title, address): (&str, &Option<String>)| {
        let url = config.on_site(address.as_deref()?);
        Some(Menu {
            title: title.to_owned(),
            url,
        })
    };
    pages.into_iter().filter_map(entry).collect()
}

/// The templates, with the newsletter's own in place of ours.
pub(in crate::pipeline) fn theme(config: &Config, mut files: Files) -> Result<Theme> {
    files.retain(|name, _| name.ends_with(".html") || name.ends_with(".txt"));
    refuse_strange(config, &files)?;
    Theme::new(files).map_err(|error| template_error(config, &error))
}

/// A file that pages load: its path on the site and its content.
fn asset(files: &mut Files, ours: ThemeFile) -> (String, String) {
    let content = files
        .remove(ours.name)
        .unwrap_or_else(|| ours.content.to_owned());
    let (stem, extension) = ours.name.split_once('.').unwrap_or((ours.name, ""));
    (
        format!("/theme/{stem}-{}.{extension}", Key::of(&content).short()),
        content,
    )
}

/// A template that overrides nothing and that no other includes is probably misspelt.
fn refuse_strange(config: &Config, files: &Files) -> Result<()> {
    let names: Vec<&str> = TEMPLATES.iter().map(|template| template.name).collect();
    let used = |name: &str| files.values().any(|text| text.contains(name));
    let Some(name) = files
        .keys()
        .find(|name| !names.contains(&name.as_str()) && !used(name))
    else {
        return Ok(());
    };
    let error = Error::new(format!(
        "{} is no template of the theme",
        config.site.theme.join(name).display()
    ));
    Err(match did_you_mean(name, names.iter().copied()) {
        Some(meant) => error.help(format!("did you mean `{meant}`?")),
        None => error.help(format!(
            "templates are {}, and files that these include",
            names.join(", ")
        )),
    })
}

/// A template's mistake as an error that shows the place.
pub(in crate::pipeline) fn template_error(config: &Config, error: &TemplateError) -> Error {
    let own = config.site.theme.join(&error.name);
    let path = if own.is_file() {
        own
    } else {
        PathBuf::from(format!("(built-in) {}", error.name))
    };
    let place = Place::new(
        &path,
        &error.source,
        error.range.clone(),
        error.message.as_str(),
    );
    Error::new("a template cannot be used")
        .at(place)
        .state("the site is as it was before")
}
