//! What is said of an issue in a channel.

use super::Subject;
use crate::announce::{Picture, Post, kind_of};
use crate::config::{Channel, Config};
use crate::error::{Error, Result};
use crate::pipeline::build::{look, pictures};
use press_core::announcement::{self, Facts, Fault, Measure};
use press_core::issue::Issue;
use press_core::render::picture::Card;
use serde::Serialize;

/// What would be said in a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Draft {
    /// The text.
    pub text: String,
    /// Its length, as the channel counts.
    pub length: usize,
    /// Most that the channel takes.
    pub most: usize,
    /// How many highlights it has.
    pub highlights: usize,
    /// Whether the title had to be shortened.
    pub shortened: bool,
}

pub(super) fn draft(
    config: &Config,
    subject: &Subject,
    channel: &Channel,
    measure: Measure,
) -> Result<Draft> {
    let kind = kind_of(channel);
    let template = channel.text.as_deref().unwrap_or(kind.text);
    let facts = facts(config, subject);
    let composed = announcement::compose(&facts, template, kind.style, measure);
    let composed = composed.map_err(|fault| {
        let error = Error::new(format!("there is no text for {}", channel.name));
        match fault {
            Fault::Template { message, line } => error
                .because(format!("line {line} of its template: {message}"))
                .help("mend `text` of its [[announce]] in press.toml"),
            Fault::TooLong { length } => error
                .because(format!(
                    "without title and highlights it has {length} signs, and {} takes {}",
                    channel.place(),
                    measure.most()
                ))
                .help("say less in `text` of its [[announce]] in press.toml"),
        }
    })?;
    if composed.text.is_empty() {
        return Err(Error::new(format!("there is no text for {}", channel.name))
            .help("its template says nothing of this issue: `text` in press.toml"));
    }
    Ok(Draft {
        text: composed.text,
        length: composed.length,
        most: measure.most(),
        highlights: composed.highlights,
        shortened: composed.shortened,
    })
}

fn facts(config: &Config, subject: &Subject) -> Facts {
    let issue = Issue::parse(&subject.text, &config.format);
    let own = &config.announcement;
    let links = issue.links.iter().filter(|link| !link.image);
    let filled = |section: usize| issue.items_of(section).next().is_some();
    Facts {
        newsletter: config.newsletter.name.clone(),
        description: config.newsletter.description.clone(),
        title: subject.head.title.clone(),
        number: subject.head.number,
        date: subject.head.date,
        url: subject.url.clone(),
        highlights: announcement::highlights(&issue, &own.highlights, own.others, own.most),
        links: links.filter(|link| link.url.starts_with("http")).count(),
        sections: (0..issue.sections.len()).filter(|at| filled(*at)).count(),
    }
}

/// A text and its key as a post of a channel.
pub(super) fn of(
    config: &Config,
    subject: &Subject,
    channel: &Channel,
    (text, key): (String, &str),
) -> Result<Post> {
    Ok(Post {
        issue: subject.id.clone(),
        newsletter: config.newsletter.name.clone(),
        title: subject.head.title.clone(),
        date: subject.head.date,
        link: announcement::address(&subject.url),
        text,
        lang: channel.language.clone(),
        description: config.newsletter.description.clone(),
        picture: picture(config, subject)?,
        key: key.to_owned(),
    })
}

/// Largest picture, as Bluesky takes it.
const PICTURE_BYTES: usize = 1_000_000;

/// The picture that all cards share, if the newsletter has one; else that of the issue.
fn picture(config: &Config, subject: &Subject) -> Result<Option<Picture>> {
    let Some(picture) = &config.announcement.picture else {
        return drawn(config, subject);
    };
    let path = config.folder.join(picture);
    let bytes = std::fs::read(&path).map_err(|cause| Error::io("read", &path, &cause))?;
    if bytes.len() > PICTURE_BYTES {
        return Err(Error::new(format!(
            "{} has {} bytes; a picture for cards may have {PICTURE_BYTES}",
            path.display(),
            bytes.len()
        ))
        .help("make it smaller: 1200 by 630 pixels are enough"));
    }
    let ending = picture.extension().and_then(|ending| ending.to_str());
    Ok(Some(Picture {
        bytes,
        kind: match ending {
            Some("png") => "image/png",
            Some("webp") => "image/webp",
            _ => "image/jpeg",
        },
        about: config.announcement.picture_text.clone(),
    }))
}

/// The picture that the issue's page has as well.
fn drawn(config: &Config, subject: &Subject) -> Result<Option<Picture>> {
    let Some(painter) = pictures::painter(config, &look::style(config)?)? else {
        return Ok(None);
    };
    let issue = Issue::parse(&subject.text, &config.format);
    let highlights = pictures::highlights(config, &issue);
    let card = Card::of_issue(&config.newsletter, &subject.head, &highlights);
    Ok(Some(Picture {
        bytes: painter.draw(&card).png,
        kind: "image/png",
        about: card.about(),
    }))
}
