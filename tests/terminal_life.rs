//! What may happen to a terminal while the screen has it: it is given back, and nothing typed is lost.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

#[path = "support/office.rs"]
mod office;
mod support;
#[path = "support/terminal.rs"]
mod terminal;

use office::Office;
use portable_pty::CommandBuilder;
use terminal::Terminal;

/// The screen with a draft that was begun, its form open.
fn with_a_draft(office: &Office) -> Terminal {
    let mut screen = Terminal::open(office.command("kim", &["."]), 30, 100);
    screen.wait_for("1 open, 0 waived");
    screen.press("jw");
    screen.wait_for("say why this is acceptable");
    screen.press("Half a thought");
    screen.wait_for("Half a thought");
    screen
}

#[track_caller]
fn draft_is_there(office: &Office) {
    let mut next = Terminal::open(office.command("kim", &["."]), 30, 100);
    next.wait_for("drafts: 1");
    next.press("jw");
    next.wait_for("Half a thought");
    next.signal("KILL");
}

#[test]
fn a_signal_gives_the_terminal_back_and_keeps_the_draft() {
    for (name, code) in [("TERM", 143), ("HUP", 129)] {
        let office = Office::new();
        let mut screen = with_a_draft(&office);
        assert!(screen.screen.screen().alternate_screen());
        screen.signal(name);
        assert_eq!(screen.exit_code(), code, "{name}");
        assert!(!screen.screen.screen().alternate_screen(), "{name}: the terminal is given back");
        screen.wait_for("1 draft kept");
        draft_is_there(&office);
    }
}

#[test]
fn a_closed_terminal_ends_it_and_keeps_the_draft() {
    let office = Office::new();
    with_a_draft(&office).close();
    draft_is_there(&office);
}

#[test]
fn a_storm_of_sizes_ends_in_the_last_one() {
    let office = Office::new();
    let mut screen = with_a_draft(&office);
    for step in 0..200_u16 {
        screen.resize(1 + step % 60, 1 + step * 7 % 240);
    }
    screen.resize(5, 20);
    screen.wait_for("too small");
    screen.resize(24, 80);
    screen.wait_for("Half a thought");
    screen.escape();
    screen.wait_for("draft kept");
    screen.press("qq");
    assert!(screen.wait_for_end());
}

#[test]
fn it_can_be_suspended_and_comes_back() {
    let office = Office::new();
    let program = office.command("kim", &["."]);
    let words: Vec<String> =
        program.get_argv().iter().map(|word| format!("'{}'", word.to_str().unwrap())).collect();
    let mut shell = CommandBuilder::new("bash");
    shell.args(["--norc", "--noprofile", "-i"]);
    shell.cwd(&office.repo.path);
    shell.env_clear();
    for (name, value) in office.repo.environment() {
        shell.env(name, value);
    }
    shell.env("PS1", "prompt> ");
    let mut shell = Terminal::open(shell, 30, 100);
    shell.wait_for("prompt>");
    shell.press(&format!("{}\n", words.join(" ")));
    shell.wait_for("1 open, 0 waived");
    shell.press("jw");
    shell.wait_for("say why this is acceptable");
    shell.press("Half a thought");
    shell.wait_for("Half a thought");
    shell.press("\x1a");
    shell.wait_for("Stopped");
    assert!(!shell.screen.screen().alternate_screen());
    shell.press("fg\n");
    shell.wait_for("Half a thought");
    assert!(shell.screen.screen().alternate_screen());
    shell.press("!");
    shell.wait_for("Half a thought!");
    shell.escape();
    shell.press("qq");
    shell.wait_for("1 draft kept");
    shell.press("exit\n");
    shell.wait_for_end();
}
