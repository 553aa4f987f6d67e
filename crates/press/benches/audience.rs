//! How fast people come in and go out: a made-up file through `press subscribers import` and `export`, on each database.
//!
//! `cargo bench --bench audience` takes a million rows; `-- 100000` takes as many as it says. For each run: seconds, rows a
//! second, and the most memory that the process had at once (Linux only).

#![allow(clippy::unwrap_used)]

#[allow(dead_code, reason = "the benches need less of it than the tests")]
#[path = "../tests/it/postgres.rs"]
mod postgres;

use postgres::{Trial, block_on};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn main() {
    let rows = std::env::args().find_map(|argument| argument.parse().ok());
    let rows: u64 = rows.unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.csv");
    make(&file, rows);
    let megabytes = fs::metadata(&file).unwrap().len() as f64 / 1e6;
    println!("{rows} rows, {megabytes:.0} MB");
    for trial in block_on(postgres::stores()) {
        let config = "[newsletter]\nname = \"Gull\"\ndescription = \"Gulls\"\nbase-url = \"https://gull.example\"\n\n";
        fs::write(
            folder.path().join("press.toml"),
            format!("{config}{}", trial.toml()),
        )
        .unwrap();
        let out = folder.path().join(format!("{}.csv", trial.name()));
        run(
            &trial,
            "import",
            folder.path(),
            &["import", &text(&file)],
            rows,
        );
        run(
            &trial,
            "the same again",
            folder.path(),
            &["import", &text(&file)],
            rows,
        );
        run(
            &trial,
            "export",
            folder.path(),
            &["export", &text(&out)],
            rows,
        );
        run(&trial, "stats", folder.path(), &["stats"], rows);
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A file in Mailchimp's form: a few people have no name, a few addresses are not in ASCII, one domain in three is the
/// same.
fn make(path: &Path, rows: u64) {
    let mut file = std::io::BufWriter::new(fs::File::create(path).unwrap());
    let header = "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,\
                  LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS,status";
    writeln!(file, "{header}").unwrap();
    let mut line = String::new();
    for row in 0..rows {
        // Numbers that jump about, so that no index is filled in order.
        let mixed = (row.wrapping_mul(2_654_435_761)) % 4_294_967_296;
        let domain = match row % 3 {
            0 => "mail.example".to_owned(),
            1 => format!("town{}.example", mixed % 5_000),
            _ => format!("bücher{}.example", row % 7),
        };
        let name = if row % 20 == 0 { "" } else { "Ada" };
        let status = ["subscribed", "subscribed", "subscribed", "unsubscribed"][(row % 4) as usize];
        let (minute, day) = (row % 60, row % 28 + 1);
        line.clear();
        let _ = writeln!(
            line,
            "reader.{mixed}@{domain},{name},\"Love, lace {row}\",2,2021-03-{day:02} 10:{minute:02}:00,,2021-03-{day:02} \
             11:{minute:02}:00,192.0.2.1,52.5,13.4,1,2,Europe/Berlin,DE,BE,2024-01-01 00:00:00,{row},e{mixed:x},,,{status}"
        );
        file.write_all(line.as_bytes()).unwrap();
    }
    file.flush().unwrap();
}

fn run(trial: &Trial, what: &str, folder: &Path, arguments: &[&str], rows: u64) {
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_press"))
        .arg("-C")
        .arg(folder)
        .arg("subscribers")
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut peak = 0;
    let status = loop {
        peak = peak.max(most_memory(child.id()));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let seconds = started.elapsed().as_secs_f64();
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
    assert!(status.success(), "{said}");
    let rate = rows as f64 / seconds;
    let name = trial.name();
    println!(
        "{name:<12} {what:<16} {seconds:>6.1} s {rate:>9.0} rows/s {:>5} MB",
        peak / 1024
    );
    println!("             {}", said.lines().last().unwrap_or_default());
}

/// The most memory that a process had at once, in KiB.
fn most_memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
