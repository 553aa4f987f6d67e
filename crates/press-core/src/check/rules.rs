//! All rules, in the order in which the guide lists them. This file is the table and nothing else.

use super::Rule;

mod already_linked;
mod bad_address;
mod bare_url;
mod broken_link;
mod code_span;
mod commit_as_proposal;
mod contradicting_link;
mod duplicate_definition;
mod duplicate_event;
mod duplicate_link;
mod duplicate_section;
mod duplicate_title;
mod earlier_event_link;
mod empty_item;
mod empty_link;
mod empty_section;
mod event_form;
mod heading_form;
mod heading_level;
mod home_page;
mod image;
mod invisible_character;
mod issue_identity;
mod item_indent;
mod list_marker;
mod list_needs_blank_line;
mod loose_list;
mod lost_heading;
mod mark_form;
mod media_mark;
mod missing_marker;
mod missing_section;
mod odd_punctuation;
mod placeholder;
mod raw_html;
mod recurring_link;
mod section_order;
mod series_title;
mod template_tag;
mod text_below_link;
mod text_in_list;
mod tracking_parameters;
mod truncated_title;
mod unbalanced_link_text;
mod unclean_address;
mod undefined_reference;
mod unmarked_code;
mod visible_escape;

/// Every rule there is.
pub const RULES: &[Rule] = &[
    already_linked::RULE,
    bad_address::RULE,
    bare_url::RULE,
    broken_link::RULE,
    code_span::RULE,
    commit_as_proposal::RULE,
    contradicting_link::RULE,
    duplicate_definition::RULE,
    duplicate_event::RULE,
    duplicate_link::RULE,
    duplicate_section::RULE,
    duplicate_title::RULE,
    earlier_event_link::RULE,
    empty_item::RULE,
    empty_link::RULE,
    empty_section::RULE,
    event_form::RULE,
    heading_form::RULE,
    heading_level::RULE,
    home_page::RULE,
    image::RULE,
    invisible_character::RULE,
    issue_identity::RULE,
    item_indent::RULE,
    list_marker::RULE,
    list_needs_blank_line::RULE,
    loose_list::RULE,
    lost_heading::RULE,
    mark_form::RULE,
    media_mark::RULE,
    missing_marker::RULE,
    missing_section::RULE,
    odd_punctuation::RULE,
    placeholder::RULE,
    raw_html::RULE,
    recurring_link::RULE,
    section_order::RULE,
    series_title::RULE,
    template_tag::RULE,
    text_below_link::RULE,
    text_in_list::RULE,
    tracking_parameters::RULE,
    truncated_title::RULE,
    unbalanced_link_text::RULE,
    unclean_address::RULE,
    undefined_reference::RULE,
    unmarked_code::RULE,
    visible_escape::RULE,
];
