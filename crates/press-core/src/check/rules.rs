//! All rules, in the order in which the guide lists them. This file is the table and nothing else.

use super::Rule;

mod already_linked;
mod bad_address;
mod broken_link;
mod commit_as_proposal;
mod contradicting_link;
mod duplicate_definition;
mod duplicate_event;
mod duplicate_link;
mod duplicate_title;
mod earlier_event_link;
mod empty_link;
mod empty_section;
mod home_page;
mod list_marker;
mod mark_form;
mod media_mark;
mod recurring_link;
mod series_title;
mod tracking_parameters;
mod unbalanced_link_text;
mod unclean_address;
mod undefined_reference;

/// Every rule there is.
pub const RULES: &[Rule] = &[
    already_linked::RULE,
    bad_address::RULE,
    broken_link::RULE,
    commit_as_proposal::RULE,
    contradicting_link::RULE,
    duplicate_definition::RULE,
    duplicate_event::RULE,
    duplicate_link::RULE,
    duplicate_title::RULE,
    earlier_event_link::RULE,
    empty_link::RULE,
    empty_section::RULE,
    home_page::RULE,
    list_marker::RULE,
    mark_form::RULE,
    media_mark::RULE,
    recurring_link::RULE,
    series_title::RULE,
    tracking_parameters::RULE,
    unbalanced_link_text::RULE,
    unclean_address::RULE,
    undefined_reference::RULE,
];
