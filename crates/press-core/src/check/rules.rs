//! All rules, in the order in which the guide lists them. This file is the table and nothing else.

use super::Rule;

mod already_linked;
mod bad_address;
mod broken_link;
mod contradicting_link;
mod duplicate_definition;
mod duplicate_event;
mod duplicate_link;
mod duplicate_title;
mod empty_link;
mod empty_section;
mod list_marker;
mod mark_form;
mod media_mark;
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
    contradicting_link::RULE,
    duplicate_definition::RULE,
    duplicate_event::RULE,
    duplicate_link::RULE,
    duplicate_title::RULE,
    empty_link::RULE,
    empty_section::RULE,
    list_marker::RULE,
    mark_form::RULE,
    media_mark::RULE,
    series_title::RULE,
    tracking_parameters::RULE,
    unbalanced_link_text::RULE,
    unclean_address::RULE,
    undefined_reference::RULE,
];
