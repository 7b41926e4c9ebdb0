//! Every command over real repositories: each does what it says, and none does harm wherever it is asked for.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

#[path = "support/office.rs"]
mod office;
mod support;
#[path = "support/terminal.rs"]
mod terminal;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use office::Office;
use portable_pty::CommandBuilder;
use terminal::Terminal;

/// Those that end or leave the screen are asked for last, or by the tests of the terminal's life.
const LEAVES: [&str; 4] = ["app.close", "app.quit", "app.suspend", "palette"];

/// Escape is the beginning of other keys to a terminal; `ctrl-g` is not.
const BACK: &str = "\x07\x07\x07\x07";

/// What each command does: keys that lead to it, the keys or the words of the palette that are its own, and what the
/// screen then shows. Where the last is empty, the screen is another than before.
///
/// The waivers' own commands (sign, approve, reject, renew, revoke, edit) are in `tests/waiver_screen.rs` and
/// `tests/waiver_templates.rs`, suspend and leave in `tests/terminal_life.rs`; redraw shows
/// the same.
const EXPECTED: &[(&str, &str, &str, &str)] = &[
    ("screen.dashboard", "2", "1", "needs you"),
    ("screen.findings", "1", "2", "PB-FAIR-001"),
    ("screen.trace", "2ggj", "3", "verdict before"),
    ("screen.waivers", "2", "4", "wv-"),
    ("screen.history", "2", "5", "open violations over"),
    ("item.open", "2ggj", "\r", "─ why ─"),
    ("trace.open", "2ggj", "t", "▶introduced"),
    ("nav.back", "2ggjt", "<", "▶changed"),
    ("trace.parent", "2ggjt", ",", "▶introduced"),
    ("nav.cancel", "2ggj\r", "\x07", ""),
    ("diff.show", "2ggjt", "d", "─ all of commit"),
    ("source.raw", "2ggj", "R", "CODE POINT"),
    ("policy.show", "2ggj", "p", "1 │ # METADATA"),
    ("waiver.draft", "2ggj", "w", "say why this is acceptable"),
    ("waiver.draft_group", "2ggj", "W", "say why this is acceptable"),
    ("review.toggle", "2ggj", "m", "reviewed 1 of 79"),
    ("review.group", "2ggj", "M", ""),
    ("mark.toggle", "2ggj", " ", "1 marked"),
    ("mark.range", "2ggj", "vjjv", "2 marked"),
    ("mark.filtered", "2/sev:critical\r", "a", " marked"),
    ("mark.clear", "2ggja", "u", ""),
    ("note.finding", "2ggj", "cask Kim\r", ""),
    ("note.session", "2ggj", "CMonday\rC", "note on the sitting: Monday"),
    ("undo", "2ggj ", "z", "taken back: mark"),
    ("redo", "2ggj z", "Z", "done again: mark"),
    ("filter.edit", "2", "/s3_bucket\r", "of 79 listed"),
    ("filter.complete", "2/sev>=cr", "\t", "sev>=critical"),
    ("export.evidence", "2", "x", "evidence is in"),
    ("finding.next", "2ggj", "J", ""),
    ("finding.prev", "2ggj", "K", "this is the first finding"),
    ("policy.next", "2ggj", "]p", ""),
    ("policy.prev", "2G", "[p", ""),
    ("group.next", "2gg", "]g", ""),
    ("group.prev", "2G", "[g", ""),
    ("cursor.down", "2gg", "j", ""),
    ("cursor.up", "2ggjjj", "kk", ""),
    ("cursor.top", "2G", "gg", "▌▾ PB-FAIR-001"),
    ("cursor.bottom", "2gg", "G", "REVIEW"),
    ("cursor.half_down", "2gg", "\x04", ""),
    ("cursor.half_up", "2G", "\x15", ""),
    ("cursor.page_down", "2gg", "\x06", ""),
    ("cursor.page_up", "2G", "\x02", ""),
    ("fold.close", "2ggj", "h", "▌▸ PB-FAIR-001"),
    ("fold.open", "2gg", "l", "▌▾ PB-FAIR-001"),
    ("pane.next", "2ggj", "\t", "─ why ─"),
    ("pane.prev", "2ggj\t", ":pane.prev\r", ""),
    ("pane.grow", "2ggj", "+", ""),
    ("pane.shrink", "2ggj+", "_", ""),
    ("group.owner", "2", "go", "@harbor-lending/"),
    ("group.control", "2", "gc", "EU-AIA"),
    ("group.resource", "2", "grgg", "▌▾ document:.github"),
    ("group.file", "2", "gf", ""),
    ("group.severity", "2gg", "gsgg", "▾ critical"),
    ("group.commit", "2", "gigg", "2026-"),
    ("group.author", "2", "gagg", "@harbor.example"),
    ("group.none", "2", "gngg", "PB-FAIR-001"),
    ("group.policy", "2gn", "gpgg", "▌▾ PB-FAIR-001"),
    ("sort.severity", "2gnsp", "ss", ""),
    ("sort.age", "2gngg", "sa", ""),
    ("sort.path", "2gngg", "sp", ""),
    ("sort.owner", "2gngg", "so", ""),
    ("sort.reverse", "2gngg", "sr", ""),
    ("editor.open", "2gpggj", "e", "back from the editor"),
    ("browser.open", "2ggj", "o", "opened https://git.example.org/lending/models/"),
    ("copy.link", "2ggj", "yl", "(OSC 52): https://git.example.org/"),
    ("copy.path", "2ggj", "yp", "(OSC 52): "),
    ("copy.fingerprint", "2ggj", "yf", "(OSC 52): pf1:"),
    ("copy.commit", "5j", "yc", "(OSC 52): "),
    ("audit.rerun", "2", "r", "audited again: nothing changed"),
    ("baseline.choose", "5jj", "b", "since "),
    ("messages", "2", ":messages\r", "messages, the newest first"),
    ("help", "2", "?", "keys that work here"),
    ("palette", "2", ":", "─ all commands ─"),
    ("audit.watch", "2", "\x1b[15~", "watching"),
    ("mouse.toggle", "2", "\x1bOQ", "mouse on"),
    ("theme.choose", "2", ":theme.choose\r", "theme = "),
];

/// Covered by other tests, as [`EXPECTED`] says.
const ELSEWHERE: [&str; 10] = [
    "screen.redraw",
    "waiver.sign",
    "waiver.edit",
    "waiver.approve",
    "waiver.reject",
    "waiver.renew",
    "waiver.revoke",
    "app.suspend",
    "app.close",
    "app.quit",
];

/// Ids, as the page of keys has them.
fn commands() -> BTreeSet<String> {
    let page = probity::tui::keys_page(&probity::tui::Keymap::default());
    let cells = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").nth(1));
    cells.filter_map(|cell| Some(cell.strip_prefix('`')?.strip_suffix('`')?.to_owned())).collect()
}

/// A way back that is one byte.
fn keymap(folder: &Path) {
    let places = [
        "dashboard",
        "findings",
        "detail",
        "trace",
        "waivers",
        "history",
        "form",
        "filter",
        "note",
        "menu",
        "text",
    ];
    let tables: Vec<String> =
        places.iter().map(|place| format!("[{place}]\n\"ctrl-g\" = \"nav.cancel\"\n")).collect();
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("keymap.toml"), tables.concat()).unwrap();
}

/// All keys before have been heard when the help has come and gone.
fn all_heard(screen: &mut Terminal) {
    screen.press("?");
    screen.wait_for("keys that work here");
    screen.press("\x07");
    screen.wait_until_gone("keys that work here");
}

#[test]
fn every_command_does_what_it_says() {
    let told: BTreeMap<&str, _> = EXPECTED.iter().map(|row| (row.0, row)).collect();
    assert_eq!(told.len(), EXPECTED.len());
    let known: BTreeSet<String> = told.keys().chain(&ELSEWHERE).map(|id| (*id).to_owned()).collect();
    assert_eq!(known, commands(), "every command has an expectation, and no other has");

    let home = tempfile::tempdir().unwrap();
    keymap(&home.path().join("config/probity"));
    let path = |name: &str| home.path().join(name).display().to_string();
    let environment = [
        ("HOME", path("")),
        ("XDG_STATE_HOME", path("state")),
        ("XDG_CONFIG_HOME", path("config")),
        ("XDG_DATA_HOME", path("data")),
        ("XDG_CACHE_HOME", path("cache")),
        ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
        ("GIT_CONFIG_GLOBAL", path("gitconfig")),
        ("VISUAL", "true".to_owned()),
        ("BROWSER", "true".to_owned()),
    ];
    let program = env!("CARGO_BIN_EXE_probity");
    let built = std::process::Command::new(program)
        .arg("demo")
        .current_dir(home.path())
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    assert!(built.status.success());
    let repository = home.path().join("harbor-lending");
    let remote = "https://kim:secret@git.example.org/lending/models.git";
    let added = std::process::Command::new("git")
        .current_dir(&repository)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .args(["remote", "add", "origin", remote])
        .status();
    assert!(added.unwrap().success());
    let mut command = CommandBuilder::new(program);
    command.cwd(&repository);
    for (name, value) in &environment {
        command.env(name, value);
    }
    let mut screen = Terminal::open(command, 24, 80);
    screen.wait_for("79 listed");
    for (id, way, keys, expected) in EXPECTED {
        println!("{id}");
        screen.press(BACK);
        screen.press("2gpss");
        // What the last command showed is not taken for what this one shows.
        all_heard(&mut screen);
        for key in way.chars() {
            screen.press(&key.to_string());
        }
        if expected.is_empty() {
            all_heard(&mut screen);
            let before = screen.shown();
            screen.press(keys);
            screen.wait_for_change(&before);
        } else {
            screen.press(keys);
            screen.wait_for(expected);
        }
    }
    screen.press(BACK);
    screen.press("\x03");
    assert!(screen.wait_for_end());
}

#[test]
fn every_command_can_be_run_from_everywhere() {
    let office = Office::new();
    office.ask();
    let head = office.repo.git(&["rev-parse", "HEAD"]);
    let config = office.repo.environment().into_iter().find(|(name, _)| name == "XDG_CONFIG_HOME").unwrap().1;
    keymap(&Path::new(&config).join("probity"));
    let mut command = office.command("dana", &["."]);
    command.env("VISUAL", "true");
    command.env("BROWSER", "true");
    let mut screen = Terminal::open(command, 18, 70);
    screen.wait_for("1 open, 0 waived");
    let commands = commands();
    assert!(commands.len() > 60, "{commands:?}");
    // Each on one screen, and on the list of findings, where most of them are at home.
    let ids = || commands.iter().filter(|id| !LEAVES.contains(&id.as_str()));
    let elsewhere = ids().zip(["1", "3", "4", "5"].into_iter().cycle());
    for (id, place) in ids().map(|id| (id, "2")).chain(elsewhere) {
        // Out of whatever the last one opened.
        screen.press(BACK);
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
    screen.press(BACK);
    screen.press("2");
    screen.wait_for("1 open, 0 waived");
    assert_eq!(office.repo.git(&["rev-parse", "HEAD"]), head);
    screen.press("qq");
    assert!(screen.wait_for_end());
}
