//! Text that was read in a wrong encoding and saved again: the build says so, `press issue repair` restores it.

use crate::world::{World, issue, issue_path, press_in};
use std::fs;

/// Bytes 80 to FF of Mac OS Roman.
const MAC_ROMAN: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø\
    ¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";

/// `text` in UTF-8, read as Mac Roman.
fn misread(text: &str) -> String {
    let table: Vec<char> = MAC_ROMAN.chars().collect();
    let character = |byte: u8| {
        byte.checked_sub(0x80)
            .map_or(char::from(byte), |high| table[usize::from(high)])
    };
    text.bytes().map(character).collect()
}

fn text() -> String {
    issue(1).replace(
        "What gulls eat",
        "What gulls eat – in Köln’s cafés, in 東京: “all” 🦀",
    )
}

#[test]
fn a_build_tells_that_a_text_is_damaged() {
    let world = World::new(2);
    world.write(&issue_path(1), misread(&text()));
    let run = world.build().succeeds();
    assert!(
        run.err.contains("001.md:") && run.err.contains("read as Mac Roman"),
        "{}",
        run.err
    );
    assert!(!run.err.contains("002.md"), "{}", run.err);
}

#[test]
fn a_damaged_text_is_repaired() {
    let world = World::new(1);
    let damaged = misread(&text());
    assert_ne!(damaged, text());
    world.write(&issue_path(1), &damaged);
    let shown = press_in(world.folder(), &["issue", "repair", &issue_path(1)]).succeeds();
    assert_eq!(shown.out, text());
    assert_eq!(
        world.read(&issue_path(1)),
        damaged,
        "without --write the file stays"
    );
    let run = press_in(
        world.folder(),
        &["issue", "repair", "--write", &issue_path(1)],
    )
    .succeeds();
    assert!(run.err.contains("Mac Roman"), "{}", run.err);
    assert_eq!(world.read(&issue_path(1)), text());
    assert_eq!(
        fs::read_dir(world.path("content")).unwrap().count(),
        1,
        "nothing else is left behind"
    );
    let again = press_in(
        world.folder(),
        &["issue", "repair", "--write", &issue_path(1)],
    )
    .succeeds();
    assert!(again.err.contains("is not damaged"), "{}", again.err);
    assert!(!world.build().succeeds().err.contains("Mac Roman"));
    assert!(
        world
            .read("site/issues/1/index.html")
            .contains("Köln’s cafés")
    );
}

#[test]
fn a_sound_text_is_left_as_it_is() {
    let world = World::new(1);
    world.write(&issue_path(1), text());
    let before = world.tree("content");
    press_in(
        world.folder(),
        &["issue", "repair", "--write", &issue_path(1)],
    )
    .succeeds();
    assert_eq!(world.tree("content"), before);
    assert!(!world.build().succeeds().err.contains("damaged"));
}
