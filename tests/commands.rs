//! Every command, from the palette, over a real repository: each does its work or says why it cannot.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

#[path = "support/office.rs"]
mod office;
mod support;
#[path = "support/terminal.rs"]
mod terminal;

use std::collections::BTreeSet;
use std::path::Path;

use office::Office;
use terminal::Terminal;

/// Those that end or leave the screen are asked for last, or by the tests of the terminal's life.
const LEAVES: [&str; 4] = ["app.close", "app.quit", "app.suspend", "palette"];

/// Ids and titles, as the page of keys and the palette have them.
fn commands() -> BTreeSet<String> {
    let page = probity::tui::keys_page(&probity::tui::Keymap::default());
    let cells = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").nth(1));
    cells.filter_map(|cell| Some(cell.strip_prefix('`')?.strip_suffix('`')?.to_owned())).collect()
}

#[test]
fn every_command_can_be_run_from_everywhere() {
    let office = Office::new();
    office.ask();
    let head = office.repo.git(&["rev-parse", "HEAD"]);
    // Escape is the beginning of other keys to a terminal; this one is not.
    let config = office.repo.environment().into_iter().find(|(name, _)| name == "XDG_CONFIG_HOME").unwrap().1;
    let folder = Path::new(&config).join("probity");
    std::fs::create_dir_all(&folder).unwrap();
    let places =
        ["dashboard", "findings", "detail", "trace", "waivers", "history", "form", "filter", "note", "menu"];
    let tables: Vec<String> =
        places.iter().map(|place| format!("[{place}]\n\"ctrl-g\" = \"nav.cancel\"\n")).collect();
    let keymap = tables.concat();
    std::fs::write(folder.join("keymap.toml"), keymap).unwrap();
    let mut command = office.command("dana", &["."]);
    command.env("VISUAL", "true");
    let mut screen = Terminal::open(command, 18, 70);
    screen.wait_for("1 open, 0 waived");
    let commands = commands();
    assert!(commands.len() > 60, "{commands:?}");
    // Each on one screen, and on the list of findings, where most of them are at home.
    let ids = || commands.iter().filter(|id| !LEAVES.contains(&id.as_str()));
    let elsewhere = ids().zip(["1", "3", "4", "5"].into_iter().cycle());
    for (id, place) in ids().map(|id| (id, "2")).chain(elsewhere) {
        // Out of whatever the last one opened.
        screen.press("\x07\x07\x07\x07");
        screen.press(place);
        screen.press(":");
        screen.wait_for("─ all commands ─");
        screen.press(id);
        screen.wait_for(&format!("> {id} "));
        screen.press("\r");
        screen.wait_until_gone("─ all commands ─");
        // The editor has the terminal for a moment.
        screen.wait_for("main@");
        let shown = screen.shown();
        assert!(!shown.contains("internal error"), "{id} on screen {place}:\n{shown}");
    }
    // It is all there still, and nothing was written.
    screen.press("\x07\x07\x07\x072");
    screen.wait_for("1 open, 0 waived");
    assert_eq!(office.repo.git(&["rev-parse", "HEAD"]), head);
    screen.press("qq");
    assert!(screen.wait_for_end());
}
