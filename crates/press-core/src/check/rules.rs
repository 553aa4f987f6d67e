//! All rules, in the order in which the guide lists them. This file is the table and nothing else.

use super::Rule;

mod duplicate_link;
mod empty_section;
mod list_marker;

/// Every rule there is.
pub const RULES: &[Rule] = &[duplicate_link::RULE, empty_section::RULE, list_marker::RULE];
