//! Events as sources find them, whatever their kind.

/// One event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {}
