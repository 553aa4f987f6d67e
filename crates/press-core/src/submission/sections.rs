//! Finding the section of a draft that somebody means, and making its heading where drafts have none yet.

use super::Place;
use crate::diagnostic::Edit;
use crate::format::Format;
use crate::issue::Issue;
use crate::span::Span;
use crate::text::collapsed;

/// The section of an issue that a place means: of the same id, else of the same headings, else of the same last one.
pub(super) fn find(issue: &Issue, place: &Place) -> Option<usize> {
    let same = |index: &usize| {
        let own = Place::of(issue, *index);
        own.path.len() == place.path.len()
            && own.path.iter().zip(&place.path).all(|(a, b)| is_same(a, b))
    };
    let all = || 0..issue.sections.len();
    let id = |index: &usize| place.id.is_some() && issue.sections[*index].id == place.id;
    let named = |index: &usize| {
        let last = place.path.last();
        last.is_some_and(|last| is_same(&issue.sections[*index].title, last))
    };
    let known = all().filter(id).find(same).or_else(|| all().find(id));
    if known.is_some() || place.id.is_some() {
        return known;
    }
    all().find(same).or_else(|| {
        let mut named = all().filter(named);
        let first = named.next()?;
        named.next().is_none().then_some(first)
    })
}

fn is_same(one: &str, other: &str) -> bool {
    let plain = |title: &str| collapsed(title.trim_end_matches(':')).to_lowercase();
    plain(one) == plain(other)
}

/// A draft with the heading of a section that stands in no other, if it has none yet: behind the section that comes before
/// it in `press.toml`. None if there is no such section.
pub fn with_section(draft: &str, format: &Format, id: &str) -> Option<String> {
    let spec = format.sections.iter().position(|spec| spec.id == id)?;
    let issue = Issue::parse(draft, format);
    if issue
        .sections
        .iter()
        .any(|section| section.spec == Some(spec))
    {
        return Some(draft.to_owned());
    }
    let own = format.sections[spec]
        .parent
        .is_none()
        .then_some(&format.sections[spec])?;
    let top = |index: &usize| issue.sections[*index].parent.is_none();
    let tops: Vec<usize> = (0..issue.sections.len()).filter(top).collect();
    let level = |index: &usize| Some(issue.headings[issue.sections[*index].heading?].level);
    let marks = "#".repeat(tops.iter().find_map(level).map_or(2, usize::from));
    let earlier = |index: &&usize| {
        issue.sections[**index]
            .spec
            .is_some_and(|other| other < spec)
    };
    let at = match tops.iter().rfind(earlier) {
        Some(before) => issue.sections[*before].span.end,
        None => tops
            .first()
            .map_or(draft.len(), |first| issue.sections[*first].span.start),
    };
    let (front, back) = draft.split_at(at);
    let front = front.trim_end();
    let back = match back.trim_start_matches('\n') {
        "" => String::new(),
        back => format!("\n{back}"),
    };
    let text = format!("{front}\n\n{marks} {}\n{back}", own.title);
    let after = Issue::parse(&text, format);
    (after.headings.len() == issue.headings.len() + 1).then_some(text)
}

/// The edit that gives a draft the heading of a section that `press.toml` knows: below the sub-section that comes before it
/// there. None if the section it stands in is not in the draft, or it stands in none.
pub(super) fn heading(issue: &Issue, format: &Format, id: &str) -> Option<Edit> {
    let spec = format.sections.iter().position(|spec| spec.id == id)?;
    let own = &format.sections[spec];
    let parent = own.parent?;
    let holder = issue
        .sections
        .iter()
        .position(|section| section.spec == Some(parent))?;
    let sisters: Vec<usize> = (0..issue.sections.len())
        .filter(|index| issue.sections[*index].parent == Some(holder))
        .collect();
    let level = |index: usize| {
        let heading = issue.sections[index].heading?;
        Some(usize::from(issue.headings[heading].level))
    };
    let usual = || level(holder).map_or(3, |level| level + 1);
    let level = sisters.first().and_then(|first| level(*first));
    let before = sisters.iter().rfind(|index| {
        issue.sections[**index]
            .spec
            .is_some_and(|other| other < spec)
    });
    let end = match before {
        Some(before) => issue.sections[*before].span.end,
        None => issue.sections[holder].content.end,
    };
    let at = issue.text()[..end].trim_end().len();
    let marks = "#".repeat(level.unwrap_or_else(usual).min(6));
    Some(Edit {
        span: Span::new(at, at),
        text: format!("\n\n{marks} {}", own.title),
    })
}
