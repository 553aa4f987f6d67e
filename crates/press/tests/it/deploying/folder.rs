//! A folder that is switched from one version of the site to the next.
#![cfg(unix)]

use super::{
    a_week_later, deploy, look_here, newsletter, pages, put_here, site, steps, survives,
    survives_kills,
};
use crate::world::{World, assert_same_tree, tree};
use std::fs;
use std::os::unix::fs::symlink;

const TABLE: &str = "[[deploy]]\nkind = \"folder\"\nfolder = \"www\"\nkeep = 2\n";

fn versions(world: &World) -> Vec<String> {
    let entries = fs::read_dir(world.path(".www.versions")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != ".lock")
        .collect();
    names.sort();
    names
}

#[test]
fn a_folder_is_switched_and_old_versions_stay_for_a_while() {
    let world = newsletter(TABLE);
    for week in 1..=4 {
        a_week_later(&world, week);
        deploy(&world, &[]).succeeds();
        assert!(world.path("www").is_symlink());
        assert_same_tree(&pages(world.tree("www")), &site(&world));
        assert_eq!(versions(&world).len(), (week as usize).min(2));
    }
    let link = fs::read_link(world.path("www")).unwrap();
    assert!(link.is_relative());
    let run = deploy(&world, &[]).succeeds();
    assert!(run.out.contains("nothing to do"), "{run:?}");
    assert_eq!(fs::read_link(world.path("www")).unwrap(), link);
    // Somebody damages what readers see: that is noticed and put right.
    world.write("www/index.html", "owned");
    fs::remove_file(world.path("www/atom.xml")).unwrap();
    let run = deploy(&world, &[]).succeeds();
    assert!(run.out.contains("2 files put"), "{run:?}");
    assert_same_tree(&pages(world.tree("www")), &site(&world));
}

#[test]
fn a_plain_folder_is_taken_over_and_what_others_put_there_comes_along() {
    let world = newsletter(TABLE);
    // A site that was built right into the folder, and files of others in it.
    let www = world.path("www");
    world
        .press(&["build", "--out", www.to_str().unwrap()])
        .succeeds();
    world.write("www/.well-known/acme", "token");
    world.write("www/issues/notes.txt", "theirs");
    symlink("/etc/hostname", world.path("www/link")).unwrap();
    let before = world.tree("www");
    fs::remove_file(world.path("content/001.md")).unwrap();
    deploy(&world, &[]).succeeds();
    assert_eq!(world.read("www/.well-known/acme"), "token");
    assert_eq!(world.read("www/issues/notes.txt"), "theirs");
    assert_eq!(
        fs::read_link(world.path("www/link")).unwrap().to_str(),
        Some("/etc/hostname")
    );
    assert!(
        !world.path("www/issues/1/index.html").exists(),
        "an old page of ours"
    );
    assert!(world.path("www/issues/2/index.html").exists());
    let names = versions(&world);
    let former = names
        .iter()
        .find(|name| name.starts_with("before-"))
        .unwrap();
    assert_same_tree(&tree(&world.path(".www.versions").join(former)), &before);
    // And again with the next version.
    a_week_later(&world, 2);
    deploy(&world, &[]).succeeds();
    assert_eq!(world.read("www/.well-known/acme"), "token");
    assert!(versions(&world).contains(former));
}

#[test]
fn what_is_not_ours_is_left_as_it_is() {
    let world = newsletter(TABLE);
    fs::create_dir(world.path("elsewhere")).unwrap();
    symlink("elsewhere", world.path("www")).unwrap();
    let run = deploy(&world, &[]);
    assert!(
        run.err.contains("a link that press did not make"),
        "{run:?}"
    );
    assert_eq!(fs::read_dir(world.path("elsewhere")).unwrap().count(), 0);
    fs::remove_file(world.path("www")).unwrap();
    fs::write(world.path("www"), "a file").unwrap();
    let run = deploy(&world, &[]);
    assert!(run.err.contains("it is a file"), "{run:?}");
    assert_eq!(world.read("www"), "a file");
}

#[test]
fn a_list_that_somebody_changed_leads_nowhere_else() {
    let world = newsletter(TABLE);
    deploy(&world, &[]).succeeds();
    world.write("precious.txt", "precious");
    let list = world.read("www/.press-manifest.json");
    world.write(
        "www/.press-manifest.json",
        list.replacen(
            "\"files\": {",
            "\"files\": {\n\"../../precious.txt\": [\"a\", 1],",
            1,
        ),
    );
    a_week_later(&world, 1);
    let run = deploy(&world, &[]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.err
            .contains("somebody wrote \"../../precious.txt\" into it"),
        "{run:?}"
    );
    assert_eq!(world.read("precious.txt"), "precious");
    // A giant is not even read.
    let file = fs::File::create(world.path("www/.press-manifest.json")).unwrap();
    file.set_len(2 << 30).unwrap();
    let run = deploy(&world, &[]);
    assert!(run.err.contains("it is larger than any of ours"), "{run:?}");
    fs::remove_file(world.path("www/.press-manifest.json")).unwrap();
    deploy(&world, &[]).succeeds();
}

#[test]
fn readers_see_the_old_site_or_the_new_one_whenever_it_dies() {
    let world = newsletter(TABLE);
    let there = || tree(&world.path("www"));
    let deaths = survives(&world, there);
    println!("died at {deaths} moments");
    assert!(deaths > 30, "{deaths}");
    assert!(versions(&world).len() <= 2, "{:?}", versions(&world));
}

#[test]
fn a_kill_at_any_time_is_made_good() {
    let world = newsletter(TABLE);
    survives_kills(&world, 10, || tree(&world.path("www")));
}

#[test]
fn a_take_over_that_dies_in_the_middle_is_made_good() {
    for moment in 0.. {
        let world = newsletter(TABLE);
        world.build().succeeds();
        world.write("www/theirs.txt", "theirs");
        let died = super::die_at(&world, moment);
        put_here(&world, &|_| {}).unwrap();
        assert_eq!(world.read("www/theirs.txt"), "theirs", "moment {moment}");
        assert!(world.path("www").is_symlink());
        if !died {
            assert!(moment > 20, "{moment}");
            break;
        }
    }
}

#[test]
fn a_version_that_was_lost_is_made_anew() {
    let world = newsletter(TABLE);
    deploy(&world, &[]).succeeds();
    let version = fs::read_link(world.path("www")).unwrap();
    fs::remove_dir_all(world.path(version.to_str().unwrap())).unwrap();
    deploy(&world, &[]).succeeds();
    assert_same_tree(&pages(world.tree("www")), &site(&world));
    fs::remove_file(world.path("www")).unwrap();
    deploy(&world, &[]).succeeds();
    assert_same_tree(&pages(world.tree("www")), &site(&world));
}

#[test]
fn two_at_a_time_do_not_disturb_each_other() {
    let world = newsletter(TABLE);
    world.build().succeeds();
    let mut seen = None;
    put_here(&world, &|told| {
        if let press::deploy::Told::Step("switching to it") = told {
            let run = deploy(&world, &["--site", "site"]);
            assert_eq!(run.code, Some(1));
            assert!(run.err.contains("somebody else deploys to"), "{run:?}");
        }
    })
    .unwrap();
    seen.replace(look_here(&world).unwrap());
    assert!(seen.unwrap().is_done());
    assert_eq!(steps(&world), ["removing the oldest versions"]);
}

#[test]
fn a_page_may_become_a_folder() {
    let world = newsletter(TABLE);
    world.build().succeeds();
    super::changes_pages_into_folders(&world, || world.tree("www"));
}
