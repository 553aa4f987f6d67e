//! A program that puts the site somewhere: what it is told, and what becomes of its failing.

use super::{deploy, newsletter, site};

#[test]
fn a_program_is_told_all_it_needs() {
    let world = newsletter(
        "[[deploy]]\nname = \"host\"\nkind = \"command\"\ncommand = [\"./upload.sh\", \"a b\"]\nurl = \"https://host.example/\"\n",
    );
    world.write(
        "upload.sh",
        "#!/bin/sh\nprintf '%s\\n' \"$1\" \"$PRESS_DEPLOY\" \"$PRESS_SITE\" \"$PRESS_SITE_URL\" \"$PRESS_SITE_REVISION\" \"$PRESS_SITE_FILES\" \"$PRESS_SITE_BYTES\" >told\necho 'all well'\n",
    );
    super::shell(world.folder(), "chmod", &["+x", "upload.sh"]);
    let run = deploy(&world, &[]).succeeds();
    let told = world.read("told");
    let told: Vec<&str> = told.lines().collect();
    let site = site(&world);
    assert_eq!(told[0], "a b");
    assert_eq!(told[1], "host");
    assert!(std::path::Path::new(told[2]).join("index.html").is_file());
    assert_eq!(told[3], "https://host.example");
    assert_eq!(told[4].len(), 64);
    assert_eq!(told[5], site.len().to_string());
    let bytes: usize = site.values().map(Vec::len).sum();
    assert_eq!(told[6], bytes.to_string());
    assert!(run.err.contains("host: all well"), "{run:?}");
    let run = deploy(&world, &["--dry-run"]).succeeds();
    assert!(
        run.out.contains("what is there only its program knows"),
        "{run:?}"
    );
}

#[test]
fn a_program_that_fails_or_hangs_says_so() {
    for (command, more, part) in [
        (
            "[\"sh\", \"-c\", \"echo no room >&2; exit 7\"]",
            "",
            "exit code 7",
        ),
        (
            "[\"sh\", \"-c\", \"echo no room >&2; exit 7\"]",
            "",
            "no room",
        ),
        ("[\"sh\", \"-c\", \"kill -9 $$\"]", "", "a signal ended it"),
        (
            "[\"sleep\", \"600\"]",
            "timeout-s = 1",
            "did not end within 1 s",
        ),
        ("[\"./missing.sh\"]", "", "there is no program"),
        (
            "[\"press-no-such-program\"]",
            "",
            "cannot run press-no-such-program",
        ),
        // It does not read what it is not given, and says more than anybody wants to read.
        (
            "[\"sh\", \"-c\", \"yes | head -c 3000000 >&2; exit 3\"]",
            "",
            "exit code 3",
        ),
    ] {
        let world = newsletter(&format!(
            "[[deploy]]\nkind = \"command\"\ncommand = {command}\n{more}\n"
        ));
        let run = deploy(&world, &[]);
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(run.err.contains(part), "{part}: {run:?}");
        assert!(run.err.len() < 4_000, "{} bytes", run.err.len());
    }
}

#[test]
fn a_program_is_run_again_after_a_death() {
    let world = newsletter(
        "[[deploy]]\nkind = \"command\"\ncommand = [\"sh\", \"-c\", \"echo once >>runs\"]\n",
    );
    world.build().succeeds();
    assert!(super::die_at(&world, 0), "before the program runs");
    assert!(!world.path("runs").exists());
    assert!(!super::die_at(&world, 1));
    deploy(&world, &[]).succeeds();
    assert_eq!(world.read("runs").lines().count(), 2);
}
