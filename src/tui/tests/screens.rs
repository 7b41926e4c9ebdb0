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
fn baseline() {
    check("baseline", "5jb2");
}

#[test]
fn whole_change() {
    check("whole_change", "td");
}

#[test]
fn code_points() {
    check("code_points", "R");
}

#[test]
fn messages() {
    check("messages", "yfm:messages<enter>");
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

#[test]
fn palette() {
    check("palette", ":waiv");
}

#[test]
fn filtering() {
    check("filtering", "/is:");
}

#[test]
fn note() {
    check("note", "cask Kim about the deadline");
}

#[test]
fn triage() {
    check("triage", "m vjvcnoted<enter>k");
}

#[test]
fn several() {
    check("several", "  wBoth are scratch space");
}

#[test]
fn problems() {
    check("problems", "1<enter>");
}

/// Without colours nothing is told by colour: every screen has only the terminal's own.
#[test]
fn every_screen_does_without_colours() {
    use ratatui::style::Color;
    for keys in [
        "1", "jj", "<enter>", "t", "wx", "wx<esc>", "4", "4A", "5", "?", ":", "/is:", "cx", "  wx",
        "1<enter>", "m v",
    ] {
        let mut session = Session::new(Fake::new(), (120, 40));
        session.keys(keys);
        let buffer = session.buffer();
        let coloured =
            buffer.content().iter().find(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset);
        assert_eq!(coloured, None, "{keys}");
    }
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
