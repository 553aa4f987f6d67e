//! All rules, in the order in which the guide lists them. This file is the table and nothing else.

use super::Rule;

mod closing_date_passed;
mod duplicate_link;
mod empty_section;
mod event_order;
mod event_place;
mod event_place_changed;
mod event_region;
mod event_window;
mod impossible_date;
mod list_marker;
mod past_event;
mod search_range;

/// Every rule there is.
pub const RULES: &[Rule] = &[
    closing_date_passed::RULE,
    duplicate_link::RULE,
    empty_section::RULE,
    event_order::RULE,
    event_place::RULE,
    event_place_changed::RULE,
    event_region::RULE,
    event_window::RULE,
    impossible_date::RULE,
    list_marker::RULE,
    past_event::RULE,
    search_range::RULE,
];
