//! A branch of a real repository on this machine.

use super::{
    a_week_later, deploy, look_here, newsletter, pages, put_here, shell, site, survives,
    survives_kills,
};
use crate::world::{World, assert_same_tree, tree};
use press::deploy::Told;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A newsletter and a bare repository beside it.
fn with_remote(more: &str) -> World {
    let table = "[[deploy]]\nname = \"pages\"\nkind = \"git\"\nrepository = \"remote.git\"\n";
    let world = newsletter(&format!("{table}{more}"));
    shell(
        world.folder(),
        "git",
        &["init", "-q", "--bare", "remote.git"],
    );
    world
}

/// What is in the branch.
fn branch(world: &World, name: &str) -> BTreeMap<String, Vec<u8>> {
    branch_of(&world.path("remote.git"), name)
}

/// What is in the branch of a bare repository.
pub(crate) fn branch_of(remote: &Path, name: &str) -> BTreeMap<String, Vec<u8>> {
    let checkout = tempfile::tempdir().unwrap();
    let remote = remote.to_str().unwrap();
    shell(
        checkout.path(),
        "git",
        &["clone", "-q", "-b", name, remote, "out"],
    );
    fs::remove_dir_all(checkout.path().join("out/.git")).unwrap();
    tree(&checkout.path().join("out"))
}

fn log(world: &World) -> Vec<String> {
    let arguments = ["-C", "remote.git", "log", "--format=%s", "gh-pages"];
    let said = shell(world.folder(), "git", &arguments);
    said.lines().map(str::to_owned).collect()
}

/// Somebody else commits a file to the branch.
fn push_theirs(world: &World, path: &str, text: &str) {
    let checkout = tempfile::tempdir().unwrap();
    let here = checkout.path();
    let remote = world.path("remote.git");
    shell(
        here,
        "git",
        &["clone", "-q", remote.to_str().unwrap(), "out"],
    );
    let out = here.join("out");
    let there = world.path("remote.git/refs/heads/gh-pages").exists();
    let switch: &[&str] = match there {
        true => &["checkout", "-q", "gh-pages"],
        false => &["checkout", "-q", "--orphan", "gh-pages"],
    };
    shell(&out, "git", switch);
    fs::create_dir_all(out.join(path).parent().unwrap()).unwrap();
    fs::write(out.join(path), text).unwrap();
    shell(&out, "git", &["add", "-f", path]);
    let who = ["-c", "user.name=Them", "-c", "user.email=them@x.example"];
    shell(
        &out,
        "git",
        &[&who[..], &["commit", "-q", "-m", "Theirs"]].concat(),
    );
    shell(&out, "git", &["push", "-q", "origin", "HEAD:gh-pages"]);
}

#[test]
fn a_branch_gets_one_commit_a_week_and_keeps_what_others_put_there() {
    let world = with_remote("message = \"The site, {name}\"\n");
    push_theirs(&world, "CNAME", "gull.example\n");
    push_theirs(&world, "issues/theirs.txt", "theirs");
    deploy(&world, &[]).succeeds();
    a_week_later(&world, 1);
    let run = deploy(&world, &[]).succeeds();
    assert_eq!(
        log(&world),
        [
            "The site, The Weekly Gull",
            "The site, The Weekly Gull",
            "Theirs",
            "Theirs"
        ]
    );
    let mut there = branch(&world, "gh-pages");
    assert_eq!(there.remove("CNAME").unwrap(), b"gull.example\n");
    assert_eq!(there.remove("issues/theirs.txt").unwrap(), b"theirs");
    assert_eq!(there.remove(".nojekyll").unwrap(), b"");
    assert_same_tree(&pages(there), &site(&world));
    let head = shell(
        world.folder(),
        "git",
        &["-C", "remote.git", "rev-parse", "gh-pages"],
    );
    assert!(run.out.contains(&head[..12]), "{run:?}");
    let run = deploy(&world, &[]).succeeds();
    assert!(run.out.contains("nothing to do"), "{run:?}");
    assert_eq!(log(&world).len(), 4);
    // What somebody deleted or a fresh machine does not know comes again, and nothing else.
    fs::remove_dir_all(world.path(".press/deploy")).unwrap();
    let run = deploy(&world, &[]).succeeds();
    assert!(run.out.contains("nothing to do"), "{run:?}");
}

#[test]
fn a_folder_of_the_branch_is_all_that_is_touched() {
    let world = with_remote("branch = \"main\"\nprefix = \"docs/site\"\n");
    deploy(&world, &[]).succeeds();
    let there = branch(&world, "main");
    assert!(
        there.keys().all(|path| path.starts_with("docs/site/")),
        "{:?}",
        there.keys()
    );
    assert!(there.contains_key("docs/site/.nojekyll"));
}

#[test]
fn whoever_was_quicker_is_followed() {
    let world = with_remote("");
    world.build().succeeds();
    put_here(&world, &|_| {}).unwrap();
    a_week_later(&world, 1);
    let pushes = AtomicUsize::new(0);
    put_here(&world, &|told| {
        if let Told::Step("pushing it") = told {
            let number = pushes.fetch_add(1, Ordering::SeqCst);
            if number < 3 {
                push_theirs(&world, &format!("theirs-{number}.txt"), "theirs");
            }
        }
    })
    .unwrap();
    assert_eq!(pushes.load(Ordering::SeqCst), 4);
    let mut there = branch(&world, "gh-pages");
    there.retain(|path, _| !path.starts_with("theirs-") && path != ".nojekyll");
    assert_same_tree(&pages(there), &site(&world));
    assert_eq!(log(&world).len(), 5);
    // One who is always quicker is told of, not fought.
    a_week_later(&world, 2);
    let error = put_here(&world, &|told| {
        if let Told::Step("pushing it") = told {
            let number = pushes.fetch_add(1, Ordering::SeqCst);
            push_theirs(&world, &format!("theirs-{number}.txt"), "theirs");
        }
    });
    let said = error.unwrap_err().to_string();
    assert!(
        said.contains("others pushed to gh-pages again and again"),
        "{said}"
    );
}

#[test]
fn a_push_that_the_remote_does_not_take_is_explained() {
    let world = with_remote("");
    let hook = "remote.git/hooks/pre-receive";
    world.write(
        hook,
        "#!/bin/sh\necho this branch is protected >&2\nexit 1\n",
    );
    shell(world.folder(), "chmod", &["+x", hook]);
    let run = deploy(&world, &[]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("this branch is protected"), "{run:?}");
    assert!(run.err.contains("see whether you may push"), "{run:?}");
    let world = newsletter("[[deploy]]\nkind = \"git\"\nrepository = \"nowhere.git\"\n");
    let run = deploy(&world, &[]);
    assert!(run.err.contains("see whether you may read it"), "{run:?}");
    let world = newsletter("[[deploy]]\nkind = \"git\"\n");
    let run = deploy(&world, &[]);
    assert!(
        run.err.contains("or name the `repository` of the place"),
        "{run:?}"
    );
}

#[test]
fn the_newsletters_own_repository_is_the_usual_one_and_lends_its_settings() {
    let world = newsletter("[[deploy]]\nkind = \"git\"\n");
    shell(
        world.folder(),
        "git",
        &["init", "-q", "--bare", "remote.git"],
    );
    shell(world.folder(), "git", &["init", "-q", "."]);
    shell(
        world.folder(),
        "git",
        &["remote", "add", "origin", "remote.git"],
    );
    shell(
        world.folder(),
        "git",
        &["config", "user.name", "Gull Editor"],
    );
    shell(
        world.folder(),
        "git",
        &["config", "user.email", "editor@gull.example"],
    );
    deploy(&world, &[]).succeeds();
    let who = [
        "-C",
        "remote.git",
        "log",
        "-1",
        "--format=%an %ae",
        "gh-pages",
    ];
    assert_eq!(
        shell(world.folder(), "git", &who),
        "Gull Editor editor@gull.example"
    );
    // Nothing of it is seen in the newsletter's repository.
    assert_eq!(shell(world.folder(), "git", &["branch", "-a"]), "");
    assert!(!world.path(".git/FETCH_HEAD").exists());
}

#[test]
fn a_list_in_the_branch_that_somebody_changed_is_refused() {
    let world = with_remote("");
    let list = "{\"about\":\"\",\"complete\":true,\"run\":\"\",\"files\":{\".git/config\":[\"a\",1],\"../CNAME\":[\"a\",1]}}";
    push_theirs(&world, ".press-manifest.json", list);
    let run = deploy(&world, &[]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.err.contains("somebody wrote \"../CNAME\" into it"),
        "{run:?}"
    );
    assert_eq!(log(&world), ["Theirs"]);
}

#[test]
fn a_branch_is_old_or_new_whenever_it_dies() {
    let world = with_remote("");
    let there = || {
        let mut there = branch(&world, "gh-pages");
        there.remove(".nojekyll");
        there
    };
    let deaths = survives(&world, there);
    assert_eq!(deaths, 4, "each step, and after the push");
    assert!(look_here(&world).unwrap().is_done());
}

#[test]
fn a_kill_at_any_time_is_made_good() {
    let world = with_remote("");
    survives_kills(&world, 6, || {
        let mut there = branch(&world, "gh-pages");
        there.remove(".nojekyll");
        there
    });
    // One commit for each week, however often it was tried.
    assert_eq!(log(&world).len(), 7);
}

#[test]
fn a_page_may_become_a_folder() {
    let world = with_remote("");
    world.build().succeeds();
    super::changes_pages_into_folders(&world, || {
        let mut there = branch(&world, "gh-pages");
        there.remove(".nojekyll");
        there
    });
}
