//! A folder of another machine: a real `rsync`, over a real `sshd` that the test starts with a key of its own.
//!
//! A machine without them says so and proves less, unless `CI` is set; `.ci/run` installs them.

use super::{
    Tree, a_week_later, deploy, newsletter, pages, put_here, shell, site, survives, survives_kills,
};
use crate::world::{World, assert_same_tree, tree};
use press::deploy::Told;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

fn has(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let there = command.status().is_ok();
    if !there {
        assert!(std::env::var_os("CI").is_none(), "CI needs {program}");
        println!("{program} is missing: other machines are not tried");
    }
    there
}

fn has_rsync() -> bool {
    has("rsync", &["--version"])
}

/// The other machine: this one, through sshd.
pub(crate) struct Machine {
    server: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Machine {
    pub(crate) fn start() -> Option<Machine> {
        let sshd = "/usr/sbin/sshd";
        if !has_rsync() || !has(sshd, &["-V"]) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        for key in ["host", "own"] {
            shell(
                here,
                "ssh-keygen",
                &["-q", "-t", "ed25519", "-N", "", "-f", key],
            );
        }
        fs::copy(here.join("own.pub"), here.join("authorized")).unwrap();
        // Its folder for those who have not logged in yet is named when it is built, and may not be there.
        if shell(here, "id", &["-u"]) == "0" {
            fs::create_dir_all("/run/sshd").unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let path = here.display();
        // What its user's shell would do first is no part of this.
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {path}/host\nAuthorizedKeysFile {path}/authorized\nPidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nSetEnv HOME={path}\n"
        );
        fs::write(here.join("config"), config).unwrap();
        let mut server = Command::new(sshd)
            .args(["-D", "-e", "-f"])
            .arg(here.join("config"))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        crate::world::wait_for("sshd", || {
            assert!(server.try_wait().unwrap().is_none(), "sshd has ended");
            std::net::TcpStream::connect(("127.0.0.1", port)).ok()
        });
        Some(Machine {
            server,
            port,
            folder,
        })
    }

    /// A newsletter that is put there, and the folder that gets it.
    fn newsletter(&self, more: &str) -> (World, std::path::PathBuf) {
        let (table, there) = self.table("www");
        (newsletter(&format!("{table}{more}")), there)
    }

    /// The table of a folder there, and the folder.
    pub(crate) fn table(&self, name: &str) -> (String, std::path::PathBuf) {
        let user = shell(self.folder.path(), "id", &["-un"]);
        let there = self.folder.path().join(name);
        let key = self.folder.path().join("own");
        let table = format!(
            "[[deploy]]\nname = \"machine\"\nkind = \"rsync\"\ndestination = \"{user}@127.0.0.1:{}\"\n\
             ssh = \"ssh -F none -p {} -i {} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR\"\n",
            there.display(),
            self.port,
            key.display()
        );
        (table, there)
    }
}

/// A newsletter whose other machine is a folder of this one.
fn near(more: &str) -> (World, std::path::PathBuf) {
    let world = newsletter("");
    let there = world.path("www");
    let config = world.read("press.toml");
    let table = format!(
        "[[deploy]]\nkind = \"rsync\"\ndestination = \"{}\"\n{more}",
        there.display()
    );
    world.write("press.toml", config + &table);
    (world, there)
}

fn there(folder: &Path) -> Tree {
    pages(tree(folder))
}

#[test]
fn another_machine_gets_what_changed_over_ssh() {
    let Some(machine) = Machine::start() else {
        return;
    };
    let (world, www) = machine.newsletter("");
    for week in 1..=3 {
        a_week_later(&world, week);
        deploy(&world, &[]).succeeds();
        assert_same_tree(&there(&www), &site(&world));
    }
    let run = deploy(&world, &[]).succeeds();
    assert!(run.out.contains("nothing to do"), "{run:?}");
    // Whoever may not log in hears so, and nobody is asked for a password.
    let config = world.read("press.toml");
    let own = machine.folder.path().join("own");
    let other = machine.folder.path().join("host");
    world.write(
        "press.toml",
        config.replace(&own.display().to_string(), &other.display().to_string()),
    );
    let run = deploy(&world, &[]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("try the login"), "{run:?}");
}

#[test]
fn another_machine_holds_the_site_after_any_kill() {
    let Some(machine) = Machine::start() else {
        return;
    };
    let (world, www) = machine.newsletter("");
    survives_kills(&world, 4, || there(&www));
}

#[test]
fn what_others_put_there_stays_unless_it_may_go() {
    if !has_rsync() {
        return;
    }
    let (world, www) = near("");
    fs::create_dir_all(www.join("issues/1")).unwrap();
    fs::write(www.join("theirs.txt"), "theirs").unwrap();
    fs::write(www.join("issues/1/theirs.txt"), "theirs").unwrap();
    deploy(&world, &[]).succeeds();
    a_week_later(&world, 1);
    a_week_later(&world, 2);
    let run = deploy(&world, &[]).succeeds();
    assert!(run.out.contains(" deleted, "), "{run:?}");
    let mut now = there(&www);
    assert_eq!(now.remove("theirs.txt").unwrap(), b"theirs");
    assert_eq!(now.remove("issues/1/theirs.txt").unwrap(), b"theirs");
    assert_same_tree(&now, &site(&world));
    assert!(!www.join("issues/2").exists(), "an empty folder is left");
    let config = world.read("press.toml");
    world.write("press.toml", config + "foreign = \"delete\"\n");
    deploy(&world, &[]).succeeds();
    assert_same_tree(&there(&www), &site(&world));
    assert!(www.join(".press-manifest.json").exists());
    // What somebody damaged is put right.
    fs::write(www.join("index.html"), "owned").unwrap();
    let run = deploy(&world, &[]).succeeds();
    assert!(run.out.contains("1 file put"), "{run:?}");
    assert_same_tree(&there(&www), &site(&world));
}

#[test]
fn odd_names_arrive_and_go() {
    if !has_rsync() {
        return;
    }
    let (world, www) = near("");
    world.build().succeeds();
    let names = [
        ";a.html",
        "-e",
        "a b.html",
        "ü/*/[x].html",
        "--delete",
        "$(x).html",
    ];
    for name in names {
        world.write(&format!("site/{name}"), "odd");
    }
    deploy(&world, &["--site", "site"]).succeeds();
    assert_same_tree(&there(&www), &site(&world));
    for name in names {
        fs::remove_file(world.path("site").join(name)).unwrap();
    }
    deploy(&world, &["--site", "site"]).succeeds();
    assert_same_tree(&there(&www), &site(&world));
}

#[test]
fn a_list_that_somebody_changed_deletes_nothing() {
    if !has_rsync() {
        return;
    }
    let (world, www) = near("");
    deploy(&world, &[]).succeeds();
    let path = www.join(".press-manifest.json");
    let list = fs::read_to_string(&path).unwrap();
    world.write("precious.txt", "precious");
    fs::write(
        &path,
        list.replacen(
            "\"files\": {",
            "\"files\": {\n\"../precious.txt\": [\"a\", 1],",
            1,
        ),
    )
    .unwrap();
    a_week_later(&world, 1);
    let run = deploy(&world, &[]);
    assert!(
        run.err
            .contains("somebody wrote \"../precious.txt\" into it"),
        "{run:?}"
    );
    assert_eq!(world.read("precious.txt"), "precious");
    fs::File::create(&path).unwrap().set_len(2 << 30).unwrap();
    let run = deploy(&world, &[]);
    assert!(run.err.contains("it is larger than any of ours"), "{run:?}");
    assert!(www.join("issues/1/index.html").exists());
}

#[test]
fn readers_find_every_link_whenever_it_dies() {
    if !has_rsync() {
        return;
    }
    let (world, www) = near("");
    let deaths = survives(&world, || there(&www));
    println!("died at {deaths} moments");
    assert!(deaths >= 10, "{deaths}");
}

#[test]
fn no_link_is_dead_between_two_steps() {
    if !has_rsync() {
        return;
    }
    let (world, www) = near("");
    world.build().succeeds();
    put_here(&world, &|_| {}).unwrap();
    let old = site(&world);
    a_week_later(&world, 1);
    let old = super::kept(old, &world);
    put_here(&world, &|told| {
        if let Told::Step(step) = told {
            let dead = super::dead_links(&there(&www), &old);
            assert_eq!(dead, [""; 0], "before {step}");
        }
    })
    .unwrap();
}

#[test]
fn a_page_may_become_a_folder() {
    if !has_rsync() {
        return;
    }
    let (world, www) = near("");
    world.build().succeeds();
    super::changes_pages_into_folders(&world, || there(&www));
}
