//! Putting the site where readers find it: folders, branches, buckets, other machines, programs; killed at any moment, begun
//! again, by two at a time, against what others left there.
//!
//! What must hold everywhere: whoever reads at any moment finds no link that leads nowhere, the same command completes what
//! was begun, and what others put there stays.

mod command;
mod folder;
pub(crate) mod git;
#[cfg(unix)]
pub(crate) mod rsync;
pub(crate) mod s3;

use crate::world::{CONFIG, Run, World, assert_same_tree, issue, issue_path, press_in, tree};
use press::config::{Config, Secrets};
use press::deploy::{Put, Site, Standing, Target, Told, look, put};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Files by path.
pub(crate) type Tree = BTreeMap<String, Vec<u8>>;

/// The Weekly Gull with these places.
fn newsletter(deploys: &str) -> World {
    let world = World::new(6);
    world.write("press.toml", format!("{CONFIG}\n{deploys}"));
    world
}

/// The newsletter a week later: an issue more, one taken back, an old one corrected.
fn a_week_later(world: &World, week: u32) {
    world.write(&issue_path(6 + week), issue(6 + week));
    let _ = std::fs::remove_file(world.path(&issue_path(week)));
    let text = issue(week + 1).replace("Hello", &format!("Hello in week {week}"));
    world.write(&issue_path(week + 1), text);
    world.build().succeeds();
}

/// A tree without our own notes.
pub(crate) fn pages(mut files: Tree) -> Tree {
    files.retain(|path, _| !path.split('/').any(|name| name.starts_with(".press")));
    files
}

fn site(world: &World) -> Tree {
    pages(world.tree("site"))
}

/// What pages that readers can come to link to and is not there: from the first page, from feeds, and from pages in `known`,
/// whose addresses readers may have.
fn dead_links(files: &Tree, known: &Tree) -> Vec<String> {
    let announces = |path: &&String| {
        let ending = path.rsplit('.').next().unwrap();
        let announces = *path == "index.html" || ["xml", "json"].contains(&ending);
        // Where there is no first page yet, nobody reads.
        known.contains_key(*path) || announces && files.contains_key("index.html")
    };
    let mut to_read: Vec<&String> = files.keys().filter(announces).collect();
    let mut read: BTreeSet<&String> = to_read.iter().copied().collect();
    let mut dead = Vec::new();
    while let Some(path) = to_read.pop() {
        for link in links(&String::from_utf8_lossy(&files[path])) {
            let file = match link.strip_suffix('/') {
                Some(folder) => format!("{folder}/index.html"),
                None if link.is_empty() => "index.html".to_owned(),
                None => link.clone(),
            };
            match files.get_key_value(file.trim_start_matches('/')) {
                Some((found, _)) if read.insert(found) => to_read.push(found),
                Some(_) => {}
                None => dead.push(format!("/{path} links to /{link}")),
            }
        }
    }
    dead
}

/// The pages of `old` that the site still has: one that goes may go before what it links to or after.
fn kept(mut old: Tree, world: &World) -> Tree {
    let new = site(world);
    old.retain(|path, _| new.contains_key(path));
    old
}

/// Addresses on the site, without the slash at the beginning.
fn links(text: &str) -> Vec<String> {
    let starts = ["href=\"/", "src=\"/", "https://gull.example/"];
    // Long lines of a calendar go on behind a blank.
    let text = text.replace("\r\n ", "");
    let found = starts.iter().flat_map(|start| text.split(start).skip(1));
    let mut links: Vec<String> = found
        .map(|rest| {
            let end = rest.find(['"', '<', '&', '\'', '#', '?', ' ', '\r', '\n', '\\', ')']);
            rest[..end.unwrap_or(rest.len())].to_owned()
        })
        .collect();
    links.retain(|link| !link.starts_with('/') && !link.starts_with("-/"));
    links
}

fn secrets() -> Secrets {
    Secrets::given([
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "a secret of the tests"),
    ])
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    press::pipeline::runtime().unwrap().block_on(future)
}

/// The first place of a newsletter.
fn target(world: &World) -> Target {
    let config = Config::load(world.folder(), None).unwrap();
    Target::new(&config, &config.deploys[0], &secrets())
}

/// Puts the built site to the first place, within this process.
fn put_here(world: &World, tell: &(dyn Fn(Told<'_>) + Send + Sync)) -> press::error::Result<Put> {
    let site = Site::load(&world.path("site")).unwrap();
    wait(put(&target(world), &site, tell))
}

fn look_here(world: &World) -> press::error::Result<Standing> {
    let site = Site::load(&world.path("site")).unwrap();
    wait(look(&target(world), &site))
}

/// Dies when it is told of moment number `moment`. Says whether it came so far.
fn die_at(world: &World, moment: usize) -> bool {
    let told = AtomicUsize::new(0);
    let tell = |_: Told<'_>| {
        if told.fetch_add(1, Ordering::SeqCst) == moment {
            // Quieter than a panic with a message, and it unwinds as well.
            std::panic::resume_unwind(Box::new(()));
        }
    };
    let ended = catch_unwind(AssertUnwindSafe(|| put_here(world, &tell)));
    match ended {
        Ok(done) => {
            done.unwrap();
            false
        }
        Err(_) => true,
    }
}

/// Week after week a deployment dies a moment later than the week before; readers find no dead link, and the same again
/// completes it.
fn survives(world: &World, there: impl Fn() -> Tree) -> usize {
    world.build().succeeds();
    put_here(world, &|_| {}).unwrap();
    let (mut deaths, mut week) = (0, 1);
    loop {
        let old = site(world);
        a_week_later(world, week);
        if !die_at(world, deaths) {
            break;
        }
        deaths += 1;
        let now = pages(there());
        assert_eq!(
            dead_links(&now, &kept(old, world)),
            [""; 0],
            "death {deaths}"
        );
        put_here(world, &|_| {}).unwrap();
        assert_same_tree(&pages(there()), &site(world));
        assert!(look_here(world).unwrap().is_done());
        week += 1;
    }
    assert_same_tree(&pages(there()), &site(world));
    deaths
}

/// The real program is killed after ever longer times; the next run completes each.
fn survives_kills(world: &World, rounds: u32, there: impl Fn() -> Tree) {
    world.build().succeeds();
    let started = std::time::Instant::now();
    deploy(world, &["--site", "site"]).succeeds();
    let whole = started.elapsed();
    let mut killed = 0;
    for week in 1..=rounds {
        let old = site(world);
        a_week_later(world, week);
        let mut child = command(world, &["--site", "site"]).spawn().unwrap();
        let until = whole.mul_f64(f64::from(week) / f64::from(rounds));
        let began = std::time::Instant::now();
        while began.elapsed() < until && child.try_wait().unwrap().is_none() {}
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        let now = crate::world::wait_for("the place to be quiet", || quiet(&there));
        assert_eq!(
            dead_links(&pages(now), &kept(old, world)),
            [""; 0],
            "week {week}"
        );
        crate::world::wait_for("the place to be free", || {
            let run = deploy(world, &["--site", "site"]);
            (run.code == Some(0)).then_some(())
        });
        let now = crate::world::wait_for("the place to be quiet", || quiet(&there));
        assert_same_tree(&pages(now), &site(world));
    }
    println!("{killed} of {rounds} killed within {whole:?}");
    assert!(killed > 0);
}

/// What is there, if nothing changes while it is read. What was started by a program that was killed may go on for a moment,
/// and files that are read one after the other while it does were never there together.
fn quiet(there: impl Fn() -> Tree) -> Option<Tree> {
    let read = || catch_unwind(AssertUnwindSafe(&there)).ok();
    let first = read()?;
    (read()? == first).then_some(first)
}

fn command(world: &World, arguments: &[&str]) -> std::process::Command {
    let mut command = world.command(&["deploy"]);
    command
        .args(arguments)
        .current_dir(world.folder())
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "a secret of the tests")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    command
}

fn deploy(world: &World, arguments: &[&str]) -> Run {
    Run::new(command(world, arguments).output().unwrap())
}

/// A page becomes a folder, and a folder a page.
fn changes_pages_into_folders(world: &World, there: impl Fn() -> Tree) {
    for (gone, come) in [
        ("none", "paper"),
        ("paper", "paper/more/index.html"),
        ("paper", "paper"),
    ] {
        let _ = std::fs::remove_file(world.path("site").join(gone));
        let _ = std::fs::remove_dir_all(world.path("site").join(gone));
        world.write(&format!("site/{come}"), come);
        deploy(world, &["--site", "site"]).succeeds();
        assert_same_tree(&pages(there()), &site(world));
    }
}

/// The steps that were told.
fn steps(world: &World) -> Vec<String> {
    let steps = Mutex::new(Vec::new());
    put_here(world, &|told| {
        if let Told::Step(step) = told {
            steps.lock().unwrap().push(step.to_owned());
        }
    })
    .unwrap();
    steps.into_inner().unwrap()
}

#[test]
fn several_places_at_once_and_one_that_fails_holds_up_no_other() {
    let world = newsletter(
        "[[deploy]]\nkind = \"folder\"\nfolder = \"www\"\nurl = \"https://one.example\"\n\
         [[deploy]]\nname = \"nowhere\"\nkind = \"folder\"\nfolder = \"no/such/www\"\n\
         [[deploy]]\nkind = \"command\"\ncommand = [\"sh\", \"-c\", \"cp -r \\\"$PRESS_SITE\\\" copy\"]\n",
    );
    let run = deploy(&world, &[]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.out.contains("folder (folder, https://one.example): "),
        "{run:?}"
    );
    assert!(
        run.out
            .contains("command (command, https://gull.example): "),
        "{run:?}"
    );
    assert!(
        run.err
            .contains("2 of 3 places done; not done: nowhere. The same command"),
        "{run:?}"
    );
    assert!(run.err.contains("there is no folder"), "{run:?}");
    let site = site(&world);
    assert_same_tree(&pages(tree(&world.path("www"))), &site);
    assert_same_tree(&pages(tree(&world.path("copy"))), &site);
    // What is wrong with one is not asked of another.
    deploy(&world, &["folder"]).succeeds();
    let run = deploy(&world, &["--json", "folder", "nowhere"]);
    let lines: Vec<serde_json::Value> = run
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["put"]["uploaded"], 0);
    assert_eq!(lines[0]["put"]["unchanged"], site.len());
    assert!(
        lines[1]["error"]
            .as_str()
            .unwrap()
            .contains("there is no folder")
    );
    deploy(&world, &["foldr"]).refuses(&["there is no place `foldr`", "did you mean `folder`?"]);
}

#[test]
fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let world = newsletter("[[deploy]]\nkind = \"folder\"\nfolder = \"www\"\n");
    let run = deploy(&world, &["--dry-run"]).succeeds();
    assert!(
        run.out
            .contains(" new, 0 changed, 0 to delete, 0 unchanged"),
        "{run:?}"
    );
    assert!(!world.path("www").exists() && !world.path(".www.versions").exists());
    deploy(&world, &[]).succeeds();
    a_week_later(&world, 1);
    let run = deploy(&world, &["--dry-run"]).succeeds();
    assert!(run.out.contains("new      /issues/7/index.html"), "{run:?}");
    assert!(run.out.contains("deleted  /issues/1/index.html"), "{run:?}");
    assert!(!world.path("www/issues/7").exists());
}

#[test]
fn places_are_judged_when_the_configuration_is_read() {
    for (table, parts) in [
        (
            "kind = \"folder\"",
            &["it does not say where to put the site"][..],
        ),
        (
            "kind = \"folder\"\nfoldr = \"a\"",
            &["did you mean `folder`?"],
        ),
        (
            "kind = \"folder\"\nfolder = \"a\"\nbucket = \"b\"",
            &["the kind `folder` does not know `bucket`"],
        ),
        ("kind = \"s3\"\nbucket = \"a/b\"", &["no name of a bucket"]),
        (
            "kind = \"s3\"\nbucket = \"a\"\nprefix = \"../b\"",
            &["this is no folder"],
        ),
        (
            "kind = \"s3\"\nbucket = \"a\"\nconnections = 0",
            &["between 1 and 256"],
        ),
        (
            "kind = \"git\"\nbranch = \"a..b\"",
            &["no name of a branch"],
        ),
        (
            "kind = \"git\"\nrepository = \"--upload-pack=x\"",
            &["this is no place"],
        ),
        (
            "kind = \"git\"\nrepository = \"https://a:b@git.example/\"",
            &["here stands a password"],
        ),
        (
            "kind = \"git\"\nmessage = \"{nme}\"",
            &["did you mean `{name}`?"],
        ),
        (
            "kind = \"rsync\"\ndestination = \"-e x:/a\"",
            &["this is no place"],
        ),
        (
            "kind = \"rsync\"\ndestination = \"host::module\"",
            &["no folder that ssh leads to"],
        ),
        (
            "kind = \"rsync\"\ndestination = \"folder\"",
            &["no folder that ssh leads to"],
        ),
        (
            "kind = \"command\"\ncommand = []",
            &["this names no program"],
        ),
        (
            "kind = \"folder\"\nfolder = \"a\"\nname = \"A b\"",
            &["small letters, digits and hyphens"],
        ),
        (
            "kind = \"folder\"\nfolder = \"a\"\n[[deploy]]\nkind = \"folder\"\nfolder = \"b\"",
            &["two places have the name `folder`"],
        ),
    ] {
        let world = newsletter(&format!("[[deploy]]\n{table}\n"));
        deploy(&world, &[]).refuses(parts);
    }
    let world = newsletter("");
    deploy(&world, &[]).refuses(&["press.toml names no place to put the site", "[[deploy]]"]);
}

#[test]
fn what_is_no_site_is_put_nowhere() {
    let world = newsletter("[[deploy]]\nkind = \"folder\"\nfolder = \"www\"\n");
    std::fs::create_dir(world.path("empty")).unwrap();
    deploy(&world, &["--site", "empty"]).refuses(&["is no built site", "press build"]);
    deploy(&world, &["--site", "nowhere"]).refuses(&["is no built site"]);
    for (name, why) in [
        ("a:b.html", "no address leads to"),
        ("a\\b", "no address"),
        ("a\nb", "no address"),
    ] {
        let folder = world.path("odd");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("index.html"), "").unwrap();
        std::fs::write(folder.join(name), "").unwrap();
        deploy(&world, &["--site", "odd"]).refuses(&[
            "cannot be deployed",
            why,
            "nothing was put anywhere",
        ]);
        std::fs::remove_dir_all(&folder).unwrap();
    }
    assert!(!world.path("www").exists());
}

#[test]
#[cfg(unix)]
fn a_link_in_the_site_is_refused() {
    let world = newsletter("[[deploy]]\nkind = \"folder\"\nfolder = \"www\"\n");
    world.build().succeeds();
    world.write("secret.txt", "secret");
    std::os::unix::fs::symlink("../secret.txt", world.path("site/public.txt")).unwrap();
    deploy(&world, &["--site", "site"]).refuses(&["public.txt cannot be deployed", "it is a link"]);
    assert!(!world.path("www").exists());
}

/// Runs a program that must succeed.
#[track_caller]
fn shell(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let output = std::process::Command::new(program)
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn a_sample_newsletter_can_be_deployed_at_once() {
    let world = World::empty();
    press_in(world.folder(), &["init", "weekly"]).succeeds();
    let config = world.read("weekly/press.toml");
    world.write(
        "weekly/press.toml",
        format!("{config}\n[[deploy]]\nkind = \"folder\"\nfolder = \"../www\"\n"),
    );
    press_in(&world.path("weekly"), &["deploy"]).succeeds();
    assert!(world.path("www/index.html").is_file());
}

#[test]
fn doctor_says_which_places_can_be_reached() {
    let world = newsletter(
        "[[deploy]]\nkind = \"folder\"\nfolder = \"www\"\n\
         [[deploy]]\nname = \"nowhere\"\nkind = \"folder\"\nfolder = \"no/such/www\"\n\
         [[deploy]]\nkind = \"git\"\nrepository = \"remote.git\"\n\
         [[deploy]]\nname = \"gone\"\nkind = \"git\"\nrepository = \"gone.git\"\n\
         [[deploy]]\nkind = \"command\"\ncommand = [\"./missing.sh\"]\n",
    );
    shell(
        world.folder(),
        "git",
        &["init", "-q", "--bare", "remote.git"],
    );
    let looked = |arguments: &[&str]| {
        let run = world.press(&[&["doctor"], arguments].concat());
        let lines = run.out.lines().filter(|line| line.contains("deploy "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let lines = looked(&["--resolver", "127.0.0.1:9"]);
    for (line, parts) in lines.iter().zip([
        ["ok", "folder: ", "can be made"],
        ["wrong", "there is no folder", "no/such"],
        ["ok", "git: ", "the branch gh-pages is not there yet"],
        ["wrong", "`git ls-remote` failed", ""],
        ["wrong", "there is no program", "missing.sh"],
    ]) {
        assert!(parts.iter().all(|part| line.contains(part)), "{line}");
    }
    assert_eq!(lines.len(), 5);
    assert!(!world.path("www").exists());
    let lines = looked(&["--offline"]);
    assert!(lines[2].starts_with("skipped"), "{lines:?}");
}
