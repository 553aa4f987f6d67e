//! Bad input: exit code 2, a message that names file and line, and the old site as it was.

use crate::world::{CONFIG, World, assert_same_tree, issue, issue_path, press_in};
use std::collections::BTreeMap;
use std::fs;

/// Builds, spoils something, builds again: the second build must refuse with `parts` in its message and leave the
/// site alone.
#[track_caller]
fn refused(spoil: impl FnOnce(&World), parts: &[&str]) -> String {
    let world = World::new(3);
    world.build().succeeds();
    let before = world.tree("site");
    spoil(&world);
    let run = world.build().refuses(parts);
    assert_same_tree(&before, &world.tree("site"));
    run.err
}

/// Replaces a part of the configuration by something wrong.
#[track_caller]
fn refused_config(from: &str, to: &str, parts: &[&str]) -> String {
    refused(|world| world.edit("press.toml", from, to), parts)
}

#[test]
fn a_missing_or_empty_folder_is_told() {
    let world = World::empty();
    let nowhere = world.path("nowhere");
    press_in(world.folder(), &["-C", nowhere.to_str().unwrap(), "build"])
        .refuses(&["nowhere", "press init"]);
    world
        .build()
        .refuses(&["is not a newsletter", "press.toml", "press init"]);
    assert_eq!(world.tree("."), BTreeMap::new(), "nothing is written");
    world
        .press(&["--config", "missing.toml", "build"])
        .refuses(&["cannot read missing.toml"]);
}

#[test]
fn a_missing_folder_of_issues_is_told() {
    let err = refused(
        |world| fs::remove_dir_all(world.path("content")).unwrap(),
        &["there is no folder", "content"],
    );
    assert!(err.contains("[content]"), "{err}");
}

#[test]
fn an_unreadable_file_is_told() {
    let world = World::new(2);
    world.build().succeeds();
    let before = world.tree("site");
    let path = world.path(&issue_path(2));
    world.write(&issue_path(2), issue(2) + "\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    }
    if fs::read(&path).is_ok() {
        println!("this user may read every file: nothing is tested");
        return;
    }
    world
        .build()
        .refuses(&["cannot read", "002.md", "check who owns it"]);
    assert_same_tree(&before, &world.tree("site"));
}

#[test]
fn a_file_that_leads_nowhere_is_told() {
    #[cfg(unix)]
    refused(
        |world| {
            std::os::unix::fs::symlink("/nowhere/at/all", world.path("content/009.md")).unwrap();
        },
        &["cannot read", "009.md"],
    );
}

#[test]
fn an_unknown_key_is_shown_with_what_was_meant() {
    let err = refused_config(
        "base-url",
        "base-uri",
        &[
            "press.toml:4:1",
            "base-uri",
            "^^^^^^^^",
            "did you mean `base-url`?",
        ],
    );
    assert!(err.contains("unknown field"), "{err}");
    refused_config(
        "[site]",
        "[siet]",
        &["press.toml:7", "did you mean `site`?"],
    );
    refused_config(
        "entries = 2",
        "entris = 2",
        &["press.toml:17", "did you mean `entries`?"],
    );
    refused_config(
        "kind = \"events\"",
        "kind = \"event\"",
        &["did you mean `events`?"],
    );
    refused_config(
        "parent = \"events\"",
        "parent = \"evnets\"",
        &["no section has the id `evnets`", "did you mean `events`?"],
    );
}

#[test]
fn a_wrong_value_is_shown() {
    refused_config(
        "entries = 2",
        "entries = \"two\"",
        &["press.toml:17", "\"two\"", "^^^^^"],
    );
    refused_config("entries = 2", "entries = -1", &["press.toml:17"]);
    refused_config(
        "name = \"The Weekly Gull\"\n",
        "",
        &["press.toml:1", "name"],
    );
    refused_config("[site]", "[site", &["press.toml:7"]);
    refused_config(
        "Europe/Berlin",
        "Europe/Brelin",
        &[
            "press.toml:5",
            "there is no time zone `Europe/Brelin`",
            "^^^^",
        ],
    );
    refused_config(
        "https://gull.example",
        "gull.example",
        &["press.toml:4", "https://"],
    );
    refused_config(
        "\"/old/{2..4}/\"",
        "\"/old/{4..2}/\"",
        &["a range looks like `{2..120}`", "^^^^"],
    );
    refused_config(
        "id = \"changes\"",
        "id = \"links\"",
        &["two sections have the id `links`"],
    );
    refused_config(
        "id = \"events\"\n",
        "id = \"events\"\nparent = \"events-europe\"\n",
        &["its own ancestor"],
    );
    refused(
        |world| world.write("press.toml", b"\xff"),
        &["press.toml", "not UTF-8"],
    );
}

#[test]
fn all_mistakes_are_told_at_once() {
    let err = refused(
        |world| {
            world.edit("press.toml", "Europe/Berlin", "Nowhere");
            world.edit("press.toml", "{category}/\"\nnav", "{catgory}/\"\nnav");
            world.edit("press.toml", "parent = \"events\"", "parent = \"evnets\"");
        },
        &["press.toml has 3 mistakes", "did you mean `{category}`?"],
    );
    assert_eq!(err.matches("-->").count(), 3, "{err}");
}

#[test]
fn an_unknown_placeholder_is_shown() {
    let with = |line: &str| format!("[site]\n{line}\n");
    refused_config(
        "[site]\n",
        &with("permalink = \"/{yaer}/{slug}/\""),
        &[
            "press.toml:8",
            "nothing fills `{yaer}`",
            "did you mean `{year}`?",
        ],
    );
    refused_config(
        "[site]\n",
        &with("permalink = \"{year}/{slug}/\""),
        &["begins with `/`"],
    );
    refused_config(
        "[site]\n",
        &with("permalink = \"/{year\""),
        &["press.toml:8"],
    );
    refused_config(
        "[site]\n",
        &with("archive = \"/{slug}/\""),
        &["nothing fills `{slug}`"],
    );
    refused_config(
        "entries = 2",
        "entries = 2\nid = \"{hots}\"",
        &["did you mean `{host}`?"],
    );
}

#[test]
fn two_issues_that_cannot_be_told_apart_are_named() {
    let same_number = |world: &World| world.edit(&issue_path(3), "Number: 3", "Number: 2");
    let err = refused(same_number, &["003.md:2", "002.md has the number 2 too"]);
    assert!(err.contains("^"), "{err}");
    let same_date =
        |world: &World| world.edit(&issue_path(3), "Date: 2025-04-02", "Date: 2025-03-26");
    refused(
        same_date,
        &["003.md:3", "002.md has the date 2025-03-26 too"],
    );
    let same_slug = |world: &World| {
        world.write(
            "content/special-1.md",
            "Title: Special\nDate: 2025-03-27\n\nx\n",
        );
        world.write(
            "content/special-2.md",
            "Title: Special!\nDate: 2025-03-28\n\nx\n",
        );
    };
    refused(
        same_slug,
        &["special-2.md:1", "has the address /issues/special/ too"],
    );
}

#[test]
fn front_matter_that_cannot_be_is_shown() {
    let with = |from: &'static str, to: &'static str| {
        move |world: &World| world.edit(&issue_path(2), from, to)
    };
    refused(
        with("Date: 2025-03-26", "Date: 2025-02-29"),
        &["002.md:3:7", "`2025-02-29` is not a date", "^^^^^^^^^^"],
    );
    refused(
        with("Date: 2025-03-26", "Date: next week"),
        &["002.md:3:7", "YYYY-MM-DD"],
    );
    refused(
        with("Date: 2025-03-26\n", ""),
        &["002.md", "no date", "Date: YYYY-MM-DD"],
    );
    refused(
        with("Title: The Weekly Gull 2\n", ""),
        &["002.md", "no title"],
    );
    refused(
        with("Number: 2", "Number: two"),
        &["002.md:2:9", "`two` is not an issue number"],
    );
    refused(
        with("Title:", "---\ntitle:"),
        &["002.md:1", "the front matter has no end", "^^^"],
    );
    refused(
        with("Title:", "+++\ntitle:"),
        &["002.md:1", "no second line `+++`"],
    );
    refused(
        |world| world.write(&issue_path(2), ""),
        &["002.md", "no title"],
    );
}

#[test]
fn a_text_that_is_not_utf_8_is_shown_with_its_line() {
    let spoil = |world: &World| {
        let mut bytes = issue(2).into_bytes();
        let at = bytes.windows(5).position(|part| part == b"gulls").unwrap();
        bytes[at] = 0xfc;
        world.write(&issue_path(2), bytes);
    };
    let line = issue(2)
        .lines()
        .position(|line| line.contains("What gulls"))
        .unwrap()
        + 1;
    let err = refused(
        spoil,
        &[&format!("(line {line})"), "002.md", "0xfc", "iconv"],
    );
    assert!(err.contains(&format!("002.md:{line}:")), "{err}");
}

#[test]
fn a_line_of_fifty_megabytes_is_refused_unread() {
    let spoil = |world: &World| world.write(&issue_path(2), issue(2) + &"x".repeat(50 << 20));
    refused(spoil, &["002.md has 50.0 MB", "4 MB"]);
    // One that is not over the limit may be built.
    let world = World::new(2);
    world.write(&issue_path(2), issue(2) + &"x".repeat(3 << 20));
    world.build().succeeds();
}

#[test]
fn ten_thousand_nested_lists_are_refused_with_their_line() {
    let lists = "- ".repeat(10_000) + "bottom\n";
    let spoil = |world: &World| world.write(&issue_path(2), issue(2) + "\n" + &lists);
    let line = issue(2).lines().count() + 2;
    refused(
        spoil,
        &["002.md", &format!(":{line}"), "nested more than 64 deep"],
    );
    let quotes = "> ".repeat(10_000) + "bottom\n";
    refused(
        |world| world.write(&issue_path(2), issue(2) + "\n" + &quotes),
        &["nested more than 64 deep"],
    );
}

#[test]
fn a_folder_that_is_not_ours_is_never_touched() {
    let world = World::new(2);
    world.write("site/precious.txt", "precious");
    let before = world.tree(".");
    world.build().refuses(&[
        "site is not empty and was not made by press",
        "--out",
        "nothing in it was touched",
    ]);
    assert_same_tree(&kept(&before), &kept(&world.tree(".")));
    world
        .press(&["build", "--clean"])
        .refuses(&["not made by press"]);
    for own in [".", "content", "pages"] {
        world
            .press(&["build", "--out", world.path(own).to_str().unwrap()])
            .refuses(&["own files"]);
    }
    world.write("theme/notes.css", "p {}");
    world
        .press(&["build", "--out", world.path("theme").to_str().unwrap()])
        .refuses(&["own files"]);
    fs::remove_dir_all(world.path("theme")).unwrap();
    world
        .press(&["build", "--out", world.path("press.toml").to_str().unwrap()])
        .refuses(&["press.toml"]);
    assert_same_tree(&kept(&before), &kept(&world.tree(".")));
}

/// What belongs to a person, in a newsletter's folder.
fn kept(tree: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    tree.iter()
        .filter(|(name, _)| !name.starts_with(".press/"))
        .map(|(name, bytes)| (name.clone(), bytes.clone()))
        .collect()
}

#[test]
fn a_foreign_file_in_the_way_is_not_replaced() {
    let world = World::new(2);
    world.build().succeeds();
    world.write("site/issues/3/index.html", "somebody's own page");
    let before = world.tree("site");
    world.write(&issue_path(3), issue(3));
    world.build().refuses(&[
        "site/issues/3/index.html stands in the way",
        "--out",
        "nothing was changed",
    ]);
    assert_same_tree(&before, &world.tree("site"));
    fs::remove_file(world.path("site/issues/3/index.html")).unwrap();
    world.build().succeeds();
    assert!(
        world
            .read("site/issues/3/index.html")
            .contains("A gull in flight 3")
    );
}

#[test]
fn a_file_where_a_folder_must_be_is_told() {
    let world = World::new(2);
    world.build().succeeds();
    world.write("site/issues/3", "a file, not a folder");
    world.write(&issue_path(3), issue(3));
    world.build().refuses(&["site/issues/3"]);
    assert_eq!(world.read("site/issues/3"), "a file, not a folder");
    fs::remove_file(world.path("site/issues/3")).unwrap();
    world.build().succeeds();
    let world_again = World::new(3);
    world_again.build().succeeds();
    assert_same_tree(&world.tree("site"), &world_again.tree("site"));
}

#[test]
fn a_list_that_somebody_changed_deletes_nothing_outside() {
    let world = World::new(2);
    world.build().succeeds();
    world.write("precious.txt", "precious");
    world.write("site/foreign.txt", "x");
    let list = world.read("site/.press-files");
    let absolute = world.path("precious.txt");
    let lines = format!(
        "../precious.txt\n./../precious.txt\nissues/../../precious.txt\n{}\n/precious.txt\n\\..\\precious.txt\n..\n.\n",
        absolute.display()
    );
    world.write("site/.press-files", list + &lines);
    world.build().succeeds();
    world.press(&["build", "--clean"]).succeeds();
    assert_eq!(world.read("precious.txt"), "precious");
    assert_eq!(world.read("press.toml"), CONFIG);
    let clean = World::new(2);
    clean.build().succeeds();
    fs::remove_file(world.path("site/foreign.txt")).unwrap();
    let pages = |world: &World| {
        let mut tree = world.tree("site");
        tree.remove(".press-files");
        tree
    };
    assert_same_tree(&pages(&clean), &pages(&world));
}

#[test]
fn a_list_that_names_folders_only_loses_them() {
    for line in ["\n", "issues\n", "issues/\n", "issues/2\n"] {
        let world = World::new(2);
        world.build().succeeds();
        let before = world.tree("site");
        world.write("site/.press-files", world.read("site/.press-files") + line);
        world.build().succeeds();
        assert_same_tree(&before, &world.tree("site"));
    }
}

#[cfg(unix)]
#[test]
fn a_link_in_the_site_leads_no_write_and_no_deletion_outside() {
    let world = World::new(3);
    world.build().succeeds();
    world.write("outside/index.html", "precious");
    fs::remove_dir_all(world.path("site/issues/2")).unwrap();
    std::os::unix::fs::symlink(world.path("outside"), world.path("site/issues/2")).unwrap();
    world.edit(&issue_path(2), "What gulls eat", "What gulls drink");
    let _ = world.build();
    assert_eq!(
        world.read("outside/index.html"),
        "precious",
        "written through a link"
    );
    fs::remove_file(world.path(&issue_path(2))).unwrap();
    let _ = world.build();
    assert_eq!(
        world.read("outside/index.html"),
        "precious",
        "deleted through a link"
    );
}

#[test]
fn a_wrong_template_is_shown() {
    refused(
        |world| world.write("theme/404.html", "<p>\n{{ newsletter.name | shout }}\n"),
        &[
            "404.html:2:22",
            "shout",
            "^^^^^",
            "the site is as it was before",
        ],
    );
    refused(
        |world| world.write("theme/issue.html", "{% if %}"),
        &["issue.html:1", "syntax error", "^"],
    );
    refused(
        |world| world.write("theme/issue.html", "{% extends \"bass.html\" %}"),
        &["issue.html", "bass.html"],
    );
    refused(
        |world| world.write("theme/home.html", "{% include \"home.html\" %}"),
        &["home.html"],
    );
}

#[test]
fn a_template_that_never_ends_is_stopped() {
    let endless =
        "{% for a in range(100000) %}{% for b in range(100000) %}{{ a }}{% endfor %}{% endfor %}";
    refused(
        |world| world.write("theme/404.html", endless),
        &["404.html"],
    );
    let itself = "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}";
    refused(|world| world.write("theme/404.html", itself), &["404.html"]);
}

#[test]
fn a_template_that_nothing_uses_is_named() {
    refused(
        |world| world.write("theme/isue.html", "x"),
        &[
            "isue.html is no template of the theme",
            "did you mean `issue.html`?",
        ],
    );
    refused(
        |world| world.write("theme/zebra.html", "x"),
        &["zebra.html is no template", "templates are base.html"],
    );
    let world = World::new(1);
    world.write("theme/zebra.html", "a zebra");
    world.write("theme/404.html", "{% include \"zebra.html\" %}");
    world.build().succeeds();
    assert_eq!(world.read("site/404.html"), "a zebra");
}

#[test]
fn a_damaged_state_only_costs_time() {
    let world = World::new(3);
    world.build().succeeds();
    let before = world.tree("site");
    let state = world
        .tree(".press")
        .into_keys()
        .find(|name| name.starts_with("build-") && !name.ends_with(".lock"))
        .unwrap();
    let state = format!(".press/{state}");
    let good = fs::read(world.path(&state)).unwrap();
    let mut damages = vec![Vec::new(), b"null".to_vec(), vec![0; 3], vec![255; 4096]];
    damages.push(good[..good.len() / 2].to_vec());
    damages.push([good.as_slice(), b"more"].concat());
    // The heads, and places all over it.
    for at in (0..24).chain((24..good.len()).step_by(good.len() / 9)) {
        let mut damaged = good.clone();
        damaged[at] ^= 1;
        damages.push(damaged);
    }
    for damage in damages {
        fs::write(world.path(&state), damage).unwrap();
        world.build().succeeds();
        assert_same_tree(&before, &world.tree("site"));
    }
    fs::remove_dir_all(world.path(".press")).unwrap();
    world.write(".press", "a file where the folder should be");
    world.build().succeeds();
    assert_same_tree(&before, &world.tree("site"));
}

#[test]
fn a_state_of_another_text_is_not_trusted() {
    // Two newsletters with equal names and times of files: a copied state must not bring foreign pages.
    let world = World::new(3);
    world.build().succeeds();
    let before = world.tree("site");
    fs::remove_dir_all(world.path("site")).unwrap();
    world.build().succeeds();
    assert_same_tree(&before, &world.tree("site"));
}

#[test]
fn no_slug_leads_out_of_the_site() {
    for slug in [
        "../../x",
        "..",
        "a/../../x",
        "a\\b",
        "/etc",
        "a//b",
        "x\u{1}y",
        "a?b",
        "a#b",
    ] {
        let spoil = |world: &World| {
            world.write(
                "content/special.md",
                format!("Title: Special\nDate: 2025-03-27\nSlug: {slug}\n\nx\n"),
            );
        };
        refused(spoil, &["special.md:3", "this makes no address for a page"]);
    }
    let title = |world: &World| {
        world.write(
            "content/special.md",
            "Title: ../../..\nDate: 2025-03-27\n\nx\n",
        );
    };
    let world = World::new(1);
    title(&world);
    world.build().succeeds();
    assert!(
        world.path("site/issues/special/index.html").is_file(),
        "the file's name stands in for the title"
    );
}

#[test]
fn no_address_in_the_configuration_leads_out_of_the_site() {
    refused_config(
        "/atom.xml\"\nformat",
        "/../atom.xml\"\nformat",
        &[
            "press.toml",
            "/../atom.xml",
            "no page can stand at this address",
        ],
    );
    refused_config(
        "/elsewhere.html",
        "/../elsewhere.html",
        &[
            "press.toml",
            "/../elsewhere.html",
            "no page can stand at this address",
        ],
    );
    refused_config(
        "[feeds]",
        "[[asset]]\nfrom = \"pages\"\nto = \"../x\"\n\n[feeds]",
        &["press.toml", "leads out of the site's folder"],
    );
    refused_config(
        "[feeds]",
        "[[asset]]\nfrom = \"nowhere\"\nto = \"x\"\n\n[feeds]",
        &["there is no", "nowhere", "[[asset]]"],
    );
}

#[test]
fn a_pattern_that_leads_out_of_the_site_is_refused() {
    for pattern in [
        "archive = \"/../archive/\"",
        "page-permalink = \"/../{slug}/\"",
        "permalink = \"/../{slug}/\"",
    ] {
        refused_config("[site]\n", &format!("[site]\n{pattern}\n"), &[]);
    }
}

#[test]
fn a_pattern_that_leads_out_of_the_site_is_shown() {
    refused_config(
        "[site]\n",
        "[site]\narchive = \"/../archive/\"\n",
        &["press.toml:8"],
    );
    refused_config(
        "\"/categories/{category}/\"\n",
        "\"/../{category}/\"\n",
        &["press.toml:8"],
    );
}

#[test]
fn two_pages_with_one_address_are_told() {
    refused_config(
        "/elsewhere.html",
        "/issues/2/",
        &["two pages want the address", "issues/2/index.html"],
    );
    refused_config(
        "/rss.xml",
        "/atom.xml",
        &["two pages want the address", "atom.xml"],
    );
    refused_config(
        "/elsewhere.html",
        "/issues/2/index.html",
        &["two pages want the address", "issues/2/index.html"],
    );
    refused_config(
        "/elsewhere.html",
        "/events/",
        &[
            "two pages want the address",
            "because of `events` in [site]",
        ],
    );
}

#[test]
fn a_page_below_a_file_is_told() {
    // `/feed` is a file and `/feed/x/` needs a folder of that name.
    refused_config("/elsewhere.html", "/atom.xml/x/", &["atom.xml"]);
}

#[test]
fn a_broken_issue_in_the_middle_names_how_many_more_there_are() {
    let spoil = |world: &World| {
        world.write(&issue_path(1), "x");
        world.write(&issue_path(3), "x");
    };
    refused(spoil, &["001.md", "1 further files cannot be used either"]);
}

#[test]
fn a_long_line_is_named_and_not_shown() {
    let long = "x".repeat(100_000);
    let err = refused(
        |world| {
            world.write(
                &issue_path(2),
                issue(2).replacen("Date: ", &format!("Date: {long}"), 1),
            );
        },
        &["002.md:3"],
    );
    assert!(err.len() < 110_000, "{} bytes", err.len());
}

#[test]
fn unknown_commands_and_options_are_refused() {
    let world = World::new(1);
    world.press(&["bild"]).refuses(&["bild", "build"]);
    world.press(&["build", "--cleen"]).refuses(&["--clean"]);
    world
        .press(&["issue", "show", "77"])
        .refuses(&["there is no issue `77`", "the newest is 1"]);
    world
        .press(&["issue", "show", "draft"])
        .refuses(&["there is no issue `draft`"]);
}
