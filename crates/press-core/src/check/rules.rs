//! All rules, in the order in which the guide lists them. This file is the table and nothing else.

use super::Rule;

mod already_linked;
mod bad_address;
mod bare_url;
mod broken_link;
mod closing_date_passed;
mod code_span;
mod commit_as_proposal;
mod contradicting_link;
mod dead_link;
mod duplicate_definition;
mod duplicate_event;
mod duplicate_link;
mod duplicate_section;
mod duplicate_title;
mod earlier_event_link;
mod empty_definition;
mod empty_item;
mod empty_link;
mod empty_section;
mod event_form;
mod event_line;
mod event_order;
mod event_place;
mod event_place_changed;
mod event_region;
mod event_title_date;
mod event_virtual;
mod event_window;
mod github_markup;
mod group_name;
mod group_town;
mod heading_form;
mod heading_level;
mod home_page;
mod image;
mod impossible_date;
mod invisible_character;
mod issue_identity;
mod item_indent;
mod known_misspelling;
mod last_years_date;
mod lazy_quote;
mod list_marker;
mod list_needs_blank_line;
mod loose_list;
mod lost_heading;
mod mark_form;
mod media_mark;
mod merge_marker;
mod missing_fragment;
mod missing_marker;
mod missing_section;
mod moved_link;
mod name_capitals;
mod number_list;
mod number_sign;
mod odd_punctuation;
mod page_title;
mod past_event;
mod placeholder;
mod raw_html;
mod raw_markdown;
mod reading;
mod recurring_link;
mod repeated_paragraph;
mod repeated_word;
mod search_range;
mod section_order;
mod series_title;
mod site_name;
mod standing_text;
mod table_form;
mod template_tag;
mod text_below_link;
mod text_in_list;
mod text_unlike_address;
mod tracking_parameters;
mod truncated_title;
mod unanswered_link;
mod unbalanced_link_text;
mod unclean_address;
mod undefined_reference;
mod unmarked_code;
mod unusual_spelling;
mod usual_section;
mod visible_escape;
mod weekday;

/// The rules of `press check`.
pub const RULES: &[Rule] = &[
    super::allow::RULE,
    already_linked::RULE,
    bad_address::RULE,
    bare_url::RULE,
    broken_link::RULE,
    closing_date_passed::RULE,
    code_span::RULE,
    commit_as_proposal::RULE,
    contradicting_link::RULE,
    reading::DAMAGED_ENCODING,
    duplicate_definition::RULE,
    duplicate_event::RULE,
    duplicate_link::RULE,
    duplicate_section::RULE,
    duplicate_title::RULE,
    earlier_event_link::RULE,
    empty_definition::RULE,
    empty_item::RULE,
    empty_link::RULE,
    empty_section::RULE,
    event_form::RULE,
    event_line::RULE,
    event_order::RULE,
    event_place::RULE,
    event_place_changed::RULE,
    event_region::RULE,
    event_title_date::RULE,
    event_virtual::RULE,
    event_window::RULE,
    github_markup::RULE,
    reading::FRONT_MATTER,
    group_name::RULE,
    group_town::RULE,
    heading_form::RULE,
    heading_level::RULE,
    home_page::RULE,
    image::RULE,
    impossible_date::RULE,
    invisible_character::RULE,
    issue_identity::RULE,
    item_indent::RULE,
    known_misspelling::RULE,
    lazy_quote::RULE,
    last_years_date::RULE,
    list_marker::RULE,
    list_needs_blank_line::RULE,
    loose_list::RULE,
    lost_heading::RULE,
    mark_form::RULE,
    media_mark::RULE,
    merge_marker::RULE,
    missing_marker::RULE,
    missing_section::RULE,
    name_capitals::RULE,
    number_list::RULE,
    number_sign::RULE,
    reading::NESTING,
    odd_punctuation::RULE,
    past_event::RULE,
    placeholder::RULE,
    raw_html::RULE,
    raw_markdown::RULE,
    recurring_link::RULE,
    repeated_paragraph::RULE,
    repeated_word::RULE,
    search_range::RULE,
    section_order::RULE,
    series_title::RULE,
    site_name::RULE,
    standing_text::RULE,
    table_form::RULE,
    reading::SIZE,
    template_tag::RULE,
    text_below_link::RULE,
    text_in_list::RULE,
    text_unlike_address::RULE,
    tracking_parameters::RULE,
    truncated_title::RULE,
    unbalanced_link_text::RULE,
    unclean_address::RULE,
    reading::UNCLOSED_COMMENT,
    undefined_reference::RULE,
    reading::UNKNOWN_SECTION,
    unmarked_code::RULE,
    unusual_spelling::RULE,
    usual_section::RULE,
    visible_escape::RULE,
    weekday::RULE,
];

/// The rules of `press links`: they judge what the web said.
pub const WEB: &[Rule] = &[
    dead_link::RULE,
    missing_fragment::RULE,
    moved_link::RULE,
    page_title::RULE,
    unanswered_link::RULE,
];

pub(super) use reading::LINE_LIMIT_BYTES;

/// Every rule there is.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().chain(WEB)
}

/// Whether a rule tells what reading a text found, so that it judges any text.
pub(super) fn is_of_reading(rule: &Rule) -> bool {
    [
        &reading::DAMAGED_ENCODING,
        &reading::FRONT_MATTER,
        &reading::NESTING,
        &reading::SIZE,
        &reading::UNCLOSED_COMMENT,
        &reading::UNKNOWN_SECTION,
    ]
    .iter()
    .any(|other| other.name == rule.name)
}
