//! Videos, recordings and PDF files that do not say so.

use crate::canonical::parts;
use crate::check::{Context, Rule};
use crate::diagnostic::{Edit, Fix, Level};
use crate::format::SectionKind;
use crate::issue::{Item, Link};
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "media-mark",
    level: Level::Warn,
    page: include_str!("media_mark.md"),
    check,
};

/// Hosts that only show videos; with a path, only what lies below it.
const VIDEO: &[&str] = &[
    "youtube.com/watch",
    "youtube.com/live/",
    "youtube.com/shorts/",
    "youtube.com/playlist",
    "youtube.com/embed/",
    "youtu.be/",
    "vimeo.com/",
    "player.vimeo.com/",
    "twitch.tv/videos/",
    "bilibili.com/video/",
    "media.ccc.de/v/",
    "odysee.com/",
    "rumble.com/",
    "loom.com/share/",
    "dailymotion.com/video/",
    "invidious.",
    "peertube.",
];

/// The same for what is only heard.
const AUDIO: &[&str] = &[
    "podcasts.apple.com/",
    "podcasts.google.com/",
    "open.spotify.com/episode/",
    "open.spotify.com/show/",
    "soundcloud.com/",
    "overcast.fm/",
    "anchor.fm/",
    "podcasters.spotify.com/",
    "podbean.com/",
    "buzzsprout.com/",
    "pca.st/",
    "player.fm/",
    "simplecast.com/",
    "transistor.fm/",
    "libsyn.com/",
];

/// A mark, and what it says in words.
type Medium = (&'static str, &'static str);

fn check(context: &mut Context<'_>) {
    let mut unmarked: Vec<(&Item, &Link, Medium)> = Vec::new();
    for item in &context.issue().items {
        let (Some(link), Some(section)) = (context.link_of(item), context.section_of(item)) else {
            continue;
        };
        // Of a link after many words, nobody says what the whole item is.
        let leads = link.span.start - item.text.start < 60;
        if section.kind != SectionKind::Links || !leads {
            continue;
        }
        let medium = own_medium(context, &link.url)
            .or_else(|| medium(&link.url))
            .filter(|(mark, _)| !is_marked(item, mark));
        unmarked.extend(medium.map(|medium| (item, link, medium)));
    }
    if unmarked.iter().any(|(_, _, (mark, _))| *mark == "pdf") && !marks_pdf(context) {
        unmarked.retain(|(_, _, (mark, _))| *mark != "pdf");
    }
    // All talks of a conference are one slip, not thirty.
    for group in
        unmarked.chunk_by(|one, other| one.0.section == other.0.section && one.2 == other.2)
    {
        if group.len() > 3 {
            report(context, group);
        } else {
            group.chunks(1).for_each(|one| report(context, one));
        }
    }
}

fn report(context: &mut Context<'_>, group: &[(&Item, &Link, Medium)]) {
    let Some((_, first, (mark, what))) = group.first() else {
        return;
    };
    let message = match group.len() {
        1 => format!("this is {what}, and nothing says so"),
        count => format!(
            "this is {what}, and nothing says so; nor do {} other items here",
            count - 1
        ),
    };
    let mut finding = context.finding(first.span, message);
    for (_, link, _) in &group[1..] {
        finding = finding.with_place(link.span, "this one too");
    }
    let edit = |(_, link, _): &(&Item, &Link, Medium)| Edit {
        span: Span::new(link.span.start, link.span.start),
        text: format!("[{mark}] "),
    };
    let edits = group.iter().map(edit).collect();
    context.report(finding.with_fix(Fix {
        safe: *mark != "pdf",
        edits,
    }));
}

/// Whether this newsletter still says of PDF files that they are such: did it, in the last year?
fn marks_pdf(context: &mut Context<'_>) -> bool {
    let date = context.date();
    context.archive().is_some_and(|archive| {
        let year = archive.before(date).rev().take(52);
        let mut links = year.flat_map(|issue| issue.links());
        links.any(|link| link.has_mark("pdf"))
    })
}

/// Which mark the newsletter's own list of hosts gives a page.
fn own_medium(context: &Context<'_>, url: &str) -> Option<Medium> {
    let host = parts(url)?.host.to_ascii_lowercase();
    let on = |hosts: &[String]| {
        let below = |own: &str| {
            host.strip_suffix(own)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        hosts.iter().any(|own| below(own))
    };
    let options = context.target.options;
    if on(&options.video_hosts) {
        return Some(("video", "a video"));
    }
    on(&options.audio_hosts).then_some(("audio", "a recording"))
}

/// Which mark a page needs by its address.
fn medium(url: &str) -> Option<Medium> {
    let parts = parts(url)?;
    let host = parts.host.to_ascii_lowercase();
    let host = host
        .strip_prefix("www.")
        .or_else(|| host.strip_prefix("m."))
        .unwrap_or(&host);
    let page = format!("{host}{}", parts.path);
    // A show may have a host of its own below that of the service.
    let labels = memchr::memchr_iter(b'.', host.as_bytes()).map(|at| at + 1);
    let starts: Vec<usize> = std::iter::once(0).chain(labels).collect();
    let any = |places: &[&str]| {
        places.iter().any(|place| {
            starts.iter().any(|start| {
                if page.as_bytes().get(*start) != place.as_bytes().first() {
                    return false;
                }
                let rest = page[*start..].strip_prefix(place.trim_end_matches('/'));
                match place.strip_suffix('/') {
                    // The host alone is a start page, not a recording.
                    Some(_) => rest.is_some_and(|rest| rest.len() > 1 && rest.starts_with('/')),
                    None => *start == 0 && rest.is_some(),
                }
            })
        })
    };
    let path = parts.path.to_ascii_lowercase();
    if any(VIDEO) || path.ends_with(".mp4") || path.ends_with(".webm") {
        Some(("video", "a video"))
    } else if any(AUDIO) || path.ends_with(".mp3") || path.ends_with(".ogg") {
        Some(("audio", "a recording"))
    } else {
        path.ends_with(".pdf").then_some(("pdf", "a PDF file"))
    }
}

fn is_marked(item: &Item, mark: &str) -> bool {
    let title = item.title.to_lowercase();
    let said =
        |word: &str| title.contains(&format!("[{word}")) || title.contains(&format!("({word}"));
    let fits = |name: &str| match mark {
        "pdf" => matches!(name, "pdf" | "paper" | "slides" | "book" | "thesis"),
        // What is heard can be seen too, and the other way round.
        _ => [
            "video",
            "audio",
            "podcast",
            "playlist",
            "screencast",
            "stream",
            "talk",
        ]
        .iter()
        .any(|word| name.contains(word)),
    };
    said(mark)
        || item
            .marks
            .iter()
            .any(|mark| fits(&mark.name.to_lowercase()) || mark.id.as_deref().is_some_and(fits))
}
