//! How long things take. `cargo bench -p press` measures all, `cargo bench -p press -- check` one part.
//!
//! The real archive is looked for where `PRESS_ARCHIVE` points, else in `../shared/archive`.

mod build;
mod check;
mod newsletter;

fn main() {
    divan::main();
}
