//! finish

use serde::{Deserialize, Serialize};

/// The order of a section's items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// As they were written.
    #[default]
    Written,
    /// By day, then place.
    Date,
    /// By title.
    Title,
}
