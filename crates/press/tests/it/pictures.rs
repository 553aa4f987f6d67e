//! Pictures that other sites show with a link: drawn with the site, kept between builds, named by the pages.

use crate::world::{World, changed, issue_path, tree};
use std::collections::BTreeMap;
use std::fs;

/// A newsletter of three issues whose pictures are drawn.
fn world() -> World {
    let world = World::new(3);
    world.edit("press.toml", "pictures = false\n", "");
    world
}

/// What a page says of its picture, by the names of the properties.
fn told(page: &str) -> BTreeMap<String, String> {
    let lines = page
        .lines()
        .filter(|line| line.contains(":image") || line.contains("twitter:"));
    let pair = |line: &str| {
        let mut parts = line.split('"');
        Some((parts.nth(1)?.to_owned(), parts.nth(1)?.to_owned()))
    };
    lines.filter_map(pair).collect()
}

/// The address of a page's picture, and the sign of its content.
fn address(world: &World, page: &str) -> (String, String) {
    let told = told(&world.read(page));
    let (url, sign) = told["og:image"].split_once("?v=").expect("a sign");
    (url.to_owned(), sign.to_owned())
}

/// Width and height of a PNG, as its head has them.
fn size(png: &[u8]) -> (u32, u32) {
    assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

fn pictures(world: &World) -> BTreeMap<String, Vec<u8>> {
    let mut all = world.tree("site");
    all.retain(|name, _| name.ends_with(".png"));
    all
}

#[test]
fn each_issue_has_a_picture_and_other_pages_that_of_the_newsletter() {
    let world = world();
    world.build().succeeds();
    let drawn = pictures(&world);
    let names: Vec<&str> = drawn.keys().map(String::as_str).collect();
    let issues = [
        "issues/1/share.png",
        "issues/2/share.png",
        "issues/3/share.png",
    ];
    assert_eq!(names, [&issues[..], &["share.png"]].concat());
    assert!(drawn.values().all(|png| size(png) == (1200, 630)));

    let page = world.read("site/issues/2/index.html");
    let (url, sign) = address(&world, "site/issues/2/index.html");
    assert_eq!(url, "https://gull.example/issues/2/share.png");
    assert_eq!(sign.len(), 10);
    let told = told(&page);
    let about = "The Weekly Gull, No. 2, 26 March 2025: A gull in flight 2";
    assert_eq!(told["og:image:alt"], about);
    let parts = [
        "og:image:type",
        "og:image:width",
        "og:image:height",
        "twitter:card",
    ];
    let values = parts.map(|part| told[part].as_str());
    assert_eq!(values, ["image/png", "1200", "630", "summary_large_image"]);
    assert!(
        page.contains(&format!("\"image\":\"{url}?v={sign}\"")),
        "JSON-LD"
    );

    let home = address(&world, "site/index.html");
    assert_eq!(home.0, "https://gull.example/share.png");
    for page in ["archive/index.html", "404.html", "about/index.html"] {
        assert_eq!(address(&world, &format!("site/{page}")), home, "{page}");
    }
}

#[test]
fn a_picture_is_drawn_again_only_if_what_stands_on_it_changed() {
    let world = world();
    world.build().succeeds();
    let (before, kept) = (world.tree("site"), tree(&world.path(".press/pictures")));
    assert_eq!(kept.len(), 4);

    world.edit(&issue_path(2), "Hello, this is", "Good morning, this is");
    world.build().succeeds();
    let after = world.tree("site");
    let files = changed(&before, &after);
    assert!(
        files.contains(&"issues/2/index.html".to_owned()),
        "{files:?}"
    );
    assert!(
        !files.iter().any(|file| file.ends_with(".png")),
        "{files:?}"
    );

    world.edit(&issue_path(2), "A gull in flight", "A gull in love");
    world.build().succeeds();
    let files = changed(&after, &world.tree("site"));
    let drawn: Vec<&String> = files.iter().filter(|file| file.ends_with(".png")).collect();
    assert_eq!(drawn, ["issues/2/share.png"]);
    let now = tree(&world.path(".press/pictures"));
    assert_eq!(now.len(), 4, "the old one is let go");
    assert_eq!(changed(&kept, &now).len(), 2);
}

#[test]
fn a_build_into_an_empty_folder_takes_what_is_kept_and_mistrusts_what_is_damaged() {
    let world = world();
    world.build().succeeds();
    let (before, kept) = (pictures(&world), tree(&world.path(".press/pictures")));
    // Were it drawn, another one would come out: the file is kept as it was, but says something else.
    let (one, other) = (&before["issues/1/share.png"], &before["issues/2/share.png"]);
    assert_ne!(one, other);
    let name = kept
        .iter()
        .find(|(_, bytes)| bytes.ends_with(one))
        .expect("it is kept")
        .0;
    let path = world.path(&format!(".press/pictures/{name}"));
    fs::remove_dir_all(world.path("site")).unwrap();
    let stamp = || fs::metadata(&path).unwrap().modified().unwrap();
    let first = stamp();
    world.build().succeeds();
    assert_eq!(pictures(&world), before);
    assert_eq!(stamp(), first, "nothing is drawn or kept anew");

    let mut damaged = kept[name].clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(&path, damaged).unwrap();
    fs::remove_dir_all(world.path("site")).unwrap();
    world.build().succeeds();
    assert_eq!(pictures(&world), before);
    assert_eq!(fs::read(&path).unwrap(), kept[name]);
}

#[test]
fn without_pictures_pages_name_none() {
    let world = World::new(2);
    world.build().succeeds();
    assert!(pictures(&world).is_empty());
    let told = told(&world.read("site/issues/2/index.html"));
    assert_eq!(
        told.into_iter().collect::<Vec<_>>(),
        [("twitter:card".to_owned(), "summary".to_owned())]
    );
}

#[test]
fn a_file_of_the_newsletters_own_stands_in_for_a_picture() {
    let world = world();
    world.write("images/card.png", b"not ours");
    let asset = "[[asset]]\nfrom = \"images/card.png\"\nto = \"/share.png\"\n\n[feeds]";
    world.edit("press.toml", "[feeds]", asset);
    world.build().succeeds();
    assert_eq!(world.tree("site")["share.png"], b"not ours");
    assert_eq!(pictures(&world).len(), 4);
}

#[test]
fn hostile_titles_are_drawn_and_missing_letters_are_told() {
    let world = world();
    let titles = ["\u{202e}gull 🐦", "海鷗", &"W".repeat(5_000)];
    for (number, title) in (1..).zip(titles) {
        let old = format!("[A gull in flight {number}]");
        world.edit(&issue_path(number), &old, &format!("[{title}]"));
    }
    let run = world.build().succeeds();
    assert!(
        pictures(&world)
            .values()
            .all(|png| size(png) == (1200, 630))
    );
    let said = format!("{}{}", run.out, run.err);
    assert!(
        said.contains("1 picture leaves out letters that no font has"),
        "{said}"
    );
    assert!(said.contains("`picture-fonts`"), "{said}");
}

#[test]
fn fonts_of_the_newsletters_own_are_read_and_refused_if_they_are_none() {
    let world = world();
    world.build().succeeds();
    let before = address(&world, "site/issues/2/index.html");
    let fonts = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../press-core/src/render/picture/fonts"
    );
    let bold = fs::read(format!("{fonts}/pressroom-serif-bold.otf")).unwrap();
    world.write("fonts/own.otf", bold);
    world.edit(
        "press.toml",
        "[site]\n",
        "[site]\npicture-fonts = [\"fonts/own.otf\"]\n",
    );
    world.build().succeeds();
    let after = address(&world, "site/issues/2/index.html");
    assert_eq!(after.0, before.0);
    assert_ne!(after.1, before.1);

    world.write("fonts/own.otf", b"wOF2");
    let parts = ["own.otf is no font that can be used", "not .woff"];
    world.build().refuses(&parts);
    fs::remove_file(world.path("fonts/own.otf")).unwrap();
    world.build().refuses(&["cannot read the font", "own.otf"]);
    let three = "picture-fonts = [\"a.ttf\", \"b.ttf\", \"c.ttf\"]";
    world.edit("press.toml", "picture-fonts = [\"fonts/own.otf\"]", three);
    world.build().refuses(&["two fonts are used"]);
}
