//! Shortening a mail that is too long: items go from the end of the least important sections, and only if that is not
//! enough, whole paragraphs.

use super::plan::{Block, Plan};
use crate::format::SectionKind;
use pulldown_cmark::html;
use std::ops::Range;

/// Items that a section keeps as long as others can give.
const KEPT: usize = 5;

/// Bytes that saying so takes.
pub(super) const NOTICE: usize = 200;

/// Takes at least `excess` bytes out of a plan, if there are so many. Says whether anything was taken.
pub(super) fn shorten(plan: &mut Plan<'_>, order: &[String], excess: usize) -> bool {
    let groups = groups(plan, order);
    let mut left = i64::try_from(excess).unwrap_or(i64::MAX);
    let before = left;
    for keep in [KEPT, 0] {
        for group in &groups {
            take_items(plan, group, keep, &mut left);
            if left <= 0 {
                return true;
            }
        }
    }
    for group in groups.iter().chain([&vec![None]]) {
        take_blocks(plan, group, &mut left);
        if left <= 0 {
            return true;
        }
    }
    take_rest(plan, &mut left);
    left < before
}

/// Takes whatever is left, headings too, from the end of the text, and says so once.
fn take_rest(plan: &mut Plan<'_>, left: &mut i64) {
    let blocks: Vec<Block> = plan.blocks().cloned().collect();
    let mut kept = blocks.len();
    while *left > 0 && kept > 0 {
        kept -= 1;
        *left -= cost(plan, &blocks[kept].events) + plan.hush(blocks[kept].section);
        plan.take_out(&blocks[kept].events);
    }
    if kept < blocks.len() {
        *left += NOTICE as i64;
        plan.shorten(kept.checked_sub(1).and_then(|last| blocks[last].section), 0);
    }
}

/// Sections that are shortened together: one that the newsletter names, or of the top level, with all below it. The
/// first group gives first.
fn groups(plan: &Plan<'_>, order: &[String]) -> Vec<Vec<Option<usize>>> {
    let sections = &plan.issue().sections;
    let rank = |at: usize| {
        let above = std::iter::successors(Some(at), |at| sections[*at].parent);
        let named = above.clone().find_map(|at| {
            let id = sections[at].id.as_ref()?;
            order.iter().position(|named| named == id)
        });
        let top = above.last().unwrap_or(at);
        let kind = match sections[top].kind {
            SectionKind::Jobs => 0,
            SectionKind::Events => 1,
            SectionKind::Papers => 2,
            _ => 3,
        };
        (named.unwrap_or(usize::MAX), kind, usize::MAX - top)
    };
    let mut ranked: Vec<_> = (0..sections.len()).map(|at| (rank(at), at)).collect();
    ranked.sort_unstable();
    let groups = ranked.chunk_by(|one, other| one.0 == other.0);
    groups
        .map(|group| group.iter().map(|(_, at)| Some(*at)).collect())
        .collect()
}

/// Takes items out of a group: always the last one of the section that has most, down to `keep` for each.
fn take_items(plan: &mut Plan<'_>, group: &[Option<usize>], keep: usize, left: &mut i64) {
    let mut lists: Vec<(Option<usize>, Vec<Range<usize>>)> = Vec::new();
    for section in group {
        let blocks = plan.blocks().filter(|block| block.section == *section);
        let items = blocks.flat_map(|block| block.items.iter());
        let items: Vec<Range<usize>> = items.filter(|item| !plan.is_gone(item)).cloned().collect();
        lists.push((*section, items));
    }
    let mut taken = vec![0usize; lists.len()];
    while *left > 0 {
        let longest = (0..lists.len()).max_by_key(|at| (lists[*at].1.len(), usize::MAX - at));
        let Some(at) = longest.filter(|at| lists[*at].1.len() > keep) else {
            break;
        };
        if let Some(item) = lists[at].1.pop() {
            *left -= cost(plan, &item);
            *left += if taken[at] == 0 { NOTICE as i64 } else { 0 };
            taken[at] += 1;
            plan.take_out(&item);
        }
    }
    for ((section, _), taken) in lists.iter().zip(taken) {
        if taken > 0 {
            plan.shorten(*section, taken);
        }
    }
}

/// Takes blocks out of a group from its end; headings stay.
fn take_blocks(plan: &mut Plan<'_>, group: &[Option<usize>], left: &mut i64) {
    for section in group.iter().rev() {
        let wanted = |block: &&Block| block.section == *section && !block.heading;
        let blocks: Vec<Range<usize>> = plan
            .blocks()
            .filter(wanted)
            .map(|block| block.events.clone())
            .collect();
        let mut taken = false;
        for events in blocks.iter().rev() {
            if *left <= 0 {
                break;
            }
            *left -= cost(plan, events);
            plan.take_out(events);
            taken = true;
        }
        if taken {
            *left += NOTICE as i64;
            plan.shorten(*section, 0);
        }
    }
}

/// Bytes of HTML that events take.
fn cost(plan: &Plan<'_>, events: &Range<usize>) -> i64 {
    let mut html = String::new();
    let events = plan.document().events[events.clone()].iter();
    html::push_html(&mut html, events.map(|(event, _)| event.clone()));
    i64::try_from(html.len()).unwrap_or(i64::MAX)
}
