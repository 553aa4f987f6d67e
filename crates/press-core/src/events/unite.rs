//! One event that several sources found, or one source found twice, made one.

use super::same::{are_near, group_key, page_key, share_a_group};
use super::{Event, PlaceMode};

/// Each event once, in the order in which they were found first.
pub(super) fn unite(found: Vec<Event>) -> Vec<Event> {
    let mut united: Vec<Event> = Vec::with_capacity(found.len());
    for event in found {
        match united.iter_mut().find(|known| are_one(known, &event)) {
            Some(known) => absorb(known, event),
            None => united.push(event),
        }
    }
    united
}

fn are_one(one: &Event, other: &Event) -> bool {
    if one.date != other.date {
        return false;
    }
    let times = one.time.zip(other.time);
    let together = times.is_none_or(|(one, other)| one == other);
    if page_key(&one.url) == page_key(&other.url) {
        // One page may tell of the morning's workshop and the evening's talks.
        return together || are_near(&one.title, &other.title);
    }
    let city = one.town.city.is_some() && super::same::share_a_town(one, other);
    together
        && are_near(&one.title, &other.title)
        && (share_a_group(&one.groups, &other.groups) || city)
}

/// Takes into `known` what the other source knows more.
fn absorb(known: &mut Event, other: Event) {
    let one_page = page_key(&known.url) == page_key(&other.url);
    if one_page {
        known.cancelled |= other.cancelled;
    } else if known.cancelled && !other.cancelled {
        // It was set up anew on another page.
        let old = std::mem::replace(known, other);
        known.source = old.source;
        return;
    } else if other.cancelled {
        return;
    }
    for group in other.groups {
        let key = group_key(&group);
        if known.groups.iter().all(|own| group_key(own) != key) {
            known.groups.push(group);
        }
    }
    if known.mode != other.mode {
        known.mode = PlaceMode::Hybrid;
    }
    if known.town.city.is_none() {
        known.town = other.town;
    }
    known.time = known.time.or(other.time);
    known.zone = known.zone.take().or(other.zone);
    known.end_date = known.end_date.or(other.end_date);
    known.paid |= other.paid;
}
