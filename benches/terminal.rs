//! How quick the program is in a terminal of 200x60: `cargo bench --bench terminal [-- REPOSITORY]`, the demo by default.
//!
//! Printed are the time from the start of the process to the first frame, and from a key to its frame while the audit runs.
#![allow(clippy::unwrap_used)] // a benchmark that cannot start should stop

#[path = "../tests/support/terminal.rs"]
mod terminal;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use terminal::Terminal;

const PROBITY: &str = env!("CARGO_BIN_EXE_probity");

fn main() {
    let home = tempfile::tempdir().unwrap();
    let asked = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from);
    let repository = asked.unwrap_or_else(|| demo(home.path()));
    println!("{}", repository.display());
    let starts: Vec<Duration> = (0..10).map(|_| first_frame(home.path(), &repository)).collect();
    show("process start to first frame", starts);
    show("key to frame while auditing", keys(home.path(), &repository));
}

fn demo(home: &Path) -> PathBuf {
    let made =
        Command::new(PROBITY).args(["demo", "--into", "demo"]).current_dir(home).env("HOME", home).output();
    assert!(made.unwrap().status.success());
    home.join("demo")
}

fn open(home: &Path, repository: &Path) -> Terminal {
    let mut command = CommandBuilder::new(PROBITY);
    command.cwd(repository);
    command.env("HOME", home);
    for variable in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"] {
        command.env(variable, home.join(variable));
    }
    Terminal::open(command, 60, 200)
}

fn first_frame(home: &Path, repository: &Path) -> Duration {
    let start = Instant::now();
    let mut screen = open(home, repository);
    screen.wait_for("auditing");
    let took = start.elapsed();
    screen.signal("TERM");
    screen.exit_code();
    took
}

fn keys(home: &Path, repository: &Path) -> Vec<Duration> {
    let mut screen = open(home, repository);
    screen.wait_for("auditing");
    let mut taken = Vec::new();
    // The menu is where each key surely changes the frame.
    screen.press("?");
    screen.wait_for("keys that work here");
    // Few enough to be done before the audit is.
    for typed in 1..=80 {
        let wanted = format!("> {} ", "z".repeat(typed));
        let start = Instant::now();
        screen.press("z");
        screen.wait_for(&wanted);
        taken.push(start.elapsed());
    }
    screen.signal("TERM");
    screen.exit_code();
    taken
}

fn show(what: &str, mut taken: Vec<Duration>) {
    taken.sort();
    let ms = |at: usize| {
        taken.get(at.min(taken.len().saturating_sub(1))).map_or(0.0, |took| took.as_secs_f64() * 1e3)
    };
    let count = taken.len();
    println!(
        "{what:<32} {count:>4} times: median {:>6.1} ms, 99 of 100 {:>6.1} ms",
        ms(count / 2),
        ms(count * 99 / 100)
    );
}
