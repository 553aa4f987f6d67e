//! All rules, in the order in which the guide lists them. This file is the table and nothing else.

use super::Rule;

mod closing_date_passed;
mod duplicate_link;
mod empty_section;
mod event_order;
mod event_place;
mod event_place_changed;
mod event_region;
mod event_title_date;
mod event_window;
mod group_name;
mod group_town;
mod impossible_date;
mod issue_number;
mod known_misspelling;
mod last_years_date;
mod list_marker;
mod past_event;
mod repeated_paragraph;
mod repeated_word;
mod search_range;
mod text_unlike_address;
mod unusual_spelling;

/// Every rule there is.
pub const RULES: &[Rule] = &[
    closing_date_passed::RULE,
    duplicate_link::RULE,
    empty_section::RULE,
    event_order::RULE,
    event_place::RULE,
    event_place_changed::RULE,
    event_region::RULE,
    event_title_date::RULE,
    event_window::RULE,
    group_name::RULE,
    group_town::RULE,
    impossible_date::RULE,
    issue_number::RULE,
    known_misspelling::RULE,
    last_years_date::RULE,
    list_marker::RULE,
    past_event::RULE,
    repeated_paragraph::RULE,
    repeated_word::RULE,
    search_range::RULE,
    text_unlike_address::RULE,
    unusual_spelling::RULE,
];
