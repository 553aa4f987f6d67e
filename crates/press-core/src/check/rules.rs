//! All rules, in the order in which the guide lists them. This file is the table and nothing else.

use super::Rule;

mod bad_address;
mod broken_link;
mod duplicate_definition;
mod duplicate_link;
mod empty_link;
mod empty_section;
mod list_marker;
mod undefined_reference;

/// Every rule there is.
pub const RULES: &[Rule] = &[
    bad_address::RULE,
    broken_link::RULE,
    duplicate_definition::RULE,
    duplicate_link::RULE,
    empty_link::RULE,
    empty_section::RULE,
    list_marker::RULE,
    undefined_reference::RULE,
];
