//! `press rota`, `press handover`, `press alarm`: whose turn it is, what a deputy must know, who hears if nobody was.

use crate::server::{Server, send};
use crate::world::{Run, World};
use serde_json::Value;

const SCHEDULE: &str =
    "[schedule]\nweekday = \"wednesday\"\nfirst-date = \"2025-03-19\"\nfirst-number = 1\n";
const DUTIES: &str = "[[duty]]\nid = \"publish\"\npeople = [\"Ada\", \"Bob\", \"Eve\"]\nfrom = \"2025-03-26\"\n\
    [[duty]]\nid = \"events\"\npeople = [\"Bob\", \"Ada\"]\nfrom = \"2025-03-26\"\n";

fn newsletter(more: &str) -> World {
    let world = World::new(2);
    let toml = world
        .read("press.toml")
        .replace("id = \"links\"", "id = \"links\"\nowner = \"Zoe\"");
    world.write("press.toml", format!("{toml}\n{SCHEDULE}{DUTIES}{more}"));
    world
}

fn turns(world: &World, arguments: &[&str]) -> Vec<Value> {
    let all = [&["rota", "--format", "json"], arguments].concat();
    serde_json::from_str(&world.press(&all).succeeds().out).unwrap()
}

#[test]
fn turns_go_round_and_swaps_change_one_turn_only() {
    let world = newsletter("");
    let all = turns(&world, &["--issues", "6"]);
    let publisher = |turn: &Value| turn["people"][0]["who"].as_str().unwrap().to_owned();
    let names: Vec<String> = all.iter().map(publisher).collect();
    assert_eq!(names[..3], names[3..], "{names:?}");
    let mut sorted = names[..3].to_vec();
    sorted.sort();
    assert_eq!(sorted, ["Ada", "Bob", "Eve"]);
    assert_eq!(all[0]["people"][2]["who"], "Zoe", "{}", all[0]);

    let day = all[1]["date"].as_str().unwrap();
    let swap = format!("[[swap]]\nduty = \"publish\"\ndate = \"{day}\"\nto = \"Zoe\"\n");
    let swapped = newsletter(&swap);
    let after = turns(&swapped, &["--issues", "6"]);
    assert_eq!(after[1]["people"][0]["who"], "Zoe");
    assert_eq!(
        after[1]["people"][0]["instead-of"]
            .as_str()
            .or(after[1]["people"][0]["instead_of"].as_str()),
        Some(names[1].as_str())
    );
    let others = |turns: &[Value]| {
        turns
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != 1)
            .map(|(_, turn)| publisher(turn))
            .collect::<Vec<_>>()
    };
    assert_eq!(others(&after), others(&all));
    let own = swapped
        .press(&["rota", "--who", "zoe", "--issues", "2"])
        .succeeds();
    assert!(
        own.out
            .contains(&format!("Zoe: publish (for {}), links", names[1])),
        "{}",
        own.out
    );
}

#[test]
fn what_the_rota_cannot_mean_is_told() {
    for (more, part) in [
        (
            "[[duty]]\nid = \"feast\"\npeople = [\"Ada\"]\nfrom = \"2025-03-26\"\n",
            "a duty is `publish`, or the id of a section",
        ),
        (
            "[[duty]]\nid = \"links\"\npeople = []\nfrom = \"2025-03-26\"\n",
            "nobody takes turns",
        ),
        (
            "[[duty]]\nid = \"links\"\npeople = [\"Ada\"]\nfrom = \"2025-03-27\"\n",
            "no issue appears on this day",
        ),
        (
            "[[swap]]\nduty = \"links\"\ndate = \"2025-03-26\"\nto = \"Eve\"\n",
            "there is no [[duty]] with this id",
        ),
    ] {
        newsletter(more).press(&["rota"]).refuses(&[part]);
    }
    World::new(1)
        .press(&["rota"])
        .refuses(&["nothing says when issues appear"]);
}

#[test]
fn a_deputy_is_told_everything_but_no_secret() {
    let world = newsletter(
        "[mail]\nfrom = \"Weekly <news@weekly.example>\"\n[transport]\nkind = \"smtp\"\n\
         [[relay]]\nhost = \"mail.example\"\nuser = \"weekly\"\npassword-env = \"GULL_PASSWORD\"\n\
         [alarm]\nwebhook-env = \"GULL_ALARM\"\n",
    );
    let mut command = world.command(&["handover"]);
    command.env("GULL_PASSWORD", "feathers-and-salt");
    let run = Run::new(command.output().unwrap()).succeeds();
    for part in [
        "# The Weekly Gull: handover",
        "publish",
        "there is no draft",
        "No publication is begun",
        "`GULL_PASSWORD`: mail through mail.example (set here)",
        "`GULL_ALARM`: alarms (not set here)",
        "publish --rehearse",
        "data/press.sqlite",
    ] {
        assert!(run.out.contains(part), "{part:?} is not in\n{}", run.out);
    }
    assert!(!run.out.contains("feathers-and-salt"));
}

#[test]
fn a_deputy_goes_from_a_clone_to_a_rehearsal_by_that_page_alone() {
    let stage = crate::publish::stage::Stage::new(2);
    let folder = tempfile::tempdir().unwrap();
    let clone = stage.clone_into(folder.path());
    let page = crate::world::press_in(&clone, &["handover"]).succeeds().out;
    let line = page
        .lines()
        .find(|line| line.contains("publish --rehearse"))
        .unwrap();
    let words: Vec<&str> = line
        .split_whitespace()
        .take_while(|word| *word != "the")
        .collect();
    assert_eq!(words[0], "press");
    let run = crate::world::press_in(&clone, &words[1..]).succeeds();
    assert!(
        run.err
            .contains("that was a rehearsal: nothing left this machine"),
        "{}",
        run.err
    );
    assert_eq!(stage.relay.connections(), 0);
    assert_eq!(stage.remote_log(), ["Begin"]);
}

#[test]
fn an_issue_that_is_late_is_told_once() {
    let chat = Server::start(|_| send(200, "", "ok"));
    let world = newsletter("[alarm]\nwebhook-env = \"GULL_ALARM\"\n");
    let url = format!("http://{}/hook", chat.address);
    let alarm = |url: &str, arguments: &[&str]| {
        let mut command = world.command(&[&["alarm"], arguments].concat());
        Run::new(command.env("GULL_ALARM", url).output().unwrap())
    };
    let dry = alarm(&url, &["--dry-run"]);
    assert_eq!(dry.code, Some(1), "{dry:?}");
    assert!(dry.err.contains("hours late"), "{}", dry.err);
    assert_eq!(chat.asked().len(), 0);
    alarm("no address", &[]).refuses(&["nobody could be alarmed", "GULL_ALARM"]);
    for _ in 0..2 {
        let run = alarm(&url, &[]);
        assert_eq!(run.code, Some(1), "{run:?}");
    }
    let asked = chat.asked();
    assert_eq!(asked.len(), 1);
    let body: Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!(body["text"], body["content"]);
    let text = body["text"].as_str().unwrap();
    assert!(
        text.contains("The Weekly Gull: issue") && text.contains("turn"),
        "{text}"
    );
}
