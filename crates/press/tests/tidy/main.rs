//! The rules of the house as tests. Each names the rule that was broken and the place.
//!
//! Nothing here knows what the program does; it reads sources and documents. Where a rule needs a tool that is
//! not installed, the test says that the rule was not checked. To bring generated pages up to date:
//! `UPDATE=1 cargo test --test tidy`.

mod budgets;
mod commands;
mod documents;
mod gate;
mod keys;
mod layers;
mod rules;
mod source;

/// Fails with all that was found, one a line.
fn report(rule: &str, found: &[String]) {
    assert!(
        found.is_empty(),
        "\n{rule} ({} found)\n  {}\n",
        found.len(),
        found.join("\n  ")
    );
}
