//! All rules, in the order in which the guide lists them. This file is the table and nothing else.

use super::Rule;

mod bare_url;
mod code_span;
mod duplicate_link;
mod duplicate_section;
mod empty_item;
mod empty_section;
mod event_form;
mod heading_form;
mod heading_level;
mod image;
mod invisible_character;
mod issue_identity;
mod item_indent;
mod list_marker;
mod list_needs_blank_line;
mod loose_list;
mod lost_heading;
mod missing_marker;
mod missing_section;
mod odd_punctuation;
mod placeholder;
mod raw_html;
mod section_order;
mod template_tag;
mod text_below_link;
mod text_in_list;
mod truncated_title;
mod unmarked_code;
mod visible_escape;

/// Every rule there is.
pub const RULES: &[Rule] = &[
    bare_url::RULE,
    code_span::RULE,
    duplicate_link::RULE,
    duplicate_section::RULE,
    empty_item::RULE,
    empty_section::RULE,
    event_form::RULE,
    heading_form::RULE,
    heading_level::RULE,
    image::RULE,
    invisible_character::RULE,
    issue_identity::RULE,
    item_indent::RULE,
    list_marker::RULE,
    list_needs_blank_line::RULE,
    loose_list::RULE,
    lost_heading::RULE,
    missing_marker::RULE,
    missing_section::RULE,
    odd_punctuation::RULE,
    placeholder::RULE,
    raw_html::RULE,
    section_order::RULE,
    template_tag::RULE,
    text_below_link::RULE,
    text_in_list::RULE,
    truncated_title::RULE,
    unmarked_code::RULE,
    visible_escape::RULE,
];
