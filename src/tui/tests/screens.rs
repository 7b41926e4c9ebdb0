//! Every screen at four sizes, as text.

use super::fake::Fake;
use super::*;

const SIZES: [(u16, u16); 4] = [(40, 10), (80, 24), (120, 40), (200, 60)];

fn check(name: &str, keys: &str) {
    for (width, height) in SIZES {
        let mut session = Session::new(Fake::new(), (width, height));
        session.keys(keys);
        let screen = session.screen();
        for line in screen.lines() {
            assert!(crate::text::str_width(line) <= usize::from(width), "{name} {width}x{height}: {line}");
        }
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), screen);
    }
}

#[test]
fn findings() {
    check("findings", "jj");
}

#[test]
fn detail() {
    check("detail", "jjt<esc><enter>");
}

#[test]
fn trace() {
    check("trace", "t");
}

#[test]
fn form() {
    check("form", "wAccepted for one calibration run");
}

#[test]
fn waivers() {
    check("waivers", "wbecause<esc>j");
}

#[test]
fn approval() {
    check("approval", "4AFor this month only");
}

#[test]
fn history() {
    check("history", "5jjj");
}

#[test]
fn by_commit() {
    check("by_commit", "gi");
}

#[test]
fn older_change() {
    check("older_change", "t,");
}

#[test]
fn dashboard() {
    check("dashboard", "1");
}

#[test]
fn help() {
    check("help", "?");
}

/// Which cells the cursor's row reverses, and that severities differ without colour.
#[test]
fn the_chosen_row_stands_out_in_mono() {
    use ratatui::style::Modifier;
    let session = Session::new(Fake::new(), (80, 24));
    let buffer = session.buffer();
    let reversed = |y: u16| (0..80).filter(|x| buffer[(*x, y)].modifier.contains(Modifier::REVERSED)).count();
    let row = 3 + u16::try_from(session.state.list.cursor).unwrap();
    assert_eq!(reversed(row), 80);
    assert_eq!(reversed(row + 1), 0);
    assert!((0..80).all(|x| buffer[(x, row)].fg == ratatui::style::Color::Reset));
}
