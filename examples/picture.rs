//! Makes the README's picture from the real program: `cargo run --release --example picture`.
//!
//! The program runs over the demo in a pseudo-terminal; what a terminal would show is written as an SVG.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a tool of ours that should stop

#[path = "../tests/support/terminal.rs"]
mod terminal;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use portable_pty::CommandBuilder;
use terminal::Terminal;
use vt100::{Cell, Color};

const ROWS: u16 = 30;
const COLS: u16 = 120;
/// Pixels of a cell.
const CELL: (f64, f64) = (8.4, 17.0);
const BACKGROUND: &str = "#14171c";
const TEXT: &str = "#d8dee9";

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = std::env::args().nth(1).map_or_else(beside, PathBuf::from);
    let home = tempfile::tempdir().unwrap();
    let mut command = CommandBuilder::new(program);
    command.args(["demo", "--theme", "dark"]);
    command.cwd(home.path());
    command.env("HOME", home.path());
    for variable in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"] {
        command.env(variable, home.path().join(variable));
    }
    command.env("GIT_CONFIG_GLOBAL", home.path().join("gitconfig"));
    let mut terminal = Terminal::colourful(command, ROWS, COLS);
    terminal.wait_for("79 listed");
    terminal.press("/full_access\rggj");
    terminal.wait_for("1 of ");
    terminal.escape();
    terminal.wait_for("listed");
    terminal.press("m");
    terminal.wait_for("reviewed 1 of");
    terminal.press("K");
    terminal.wait_for("PB-IAM-001");
    // The introducing commits, too.
    terminal.wait_until_gone("origins ");
    terminal.settle();
    let file = root.join("docs/screen.svg");
    std::fs::write(&file, svg(terminal.screen.screen())).unwrap();
    terminal.press("q");
    assert!(terminal.wait_for_end());
    println!("{}", file.display());
}

/// The program that was built together with this one.
fn beside() -> PathBuf {
    let examples = std::env::current_exe().unwrap();
    examples.parent().and_then(Path::parent).unwrap().join("probity")
}

fn svg(screen: &vt100::Screen) -> String {
    let (width, height) = (f64::from(COLS) * CELL.0 + 16.0, f64::from(ROWS) * CELL.1 + 16.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" \
         aria-label=\"Probity's list of findings over its demo repository\">\n<rect width=\"100%\" height=\"100%\" rx=\"6\" \
         fill=\"{BACKGROUND}\"/>\n<g font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, monospace\" font-size=\"14\" \
         xml:space=\"preserve\">\n"
    );
    for row in 0..ROWS {
        let mut column = 0;
        while column < COLS {
            let Some(cell) = screen.cell(row, column) else { break };
            let style = Style::of(cell);
            let start = column;
            let mut text = String::new();
            while let Some(cell) = screen.cell(row, column).filter(|cell| Style::of(cell) == style) {
                if !cell.is_wide_continuation() {
                    text.push_str(if cell.has_contents() { cell.contents() } else { " " });
                }
                column += 1;
            }
            style.draw(&mut out, (row, start, column - start), &text);
        }
    }
    out.push_str("</g>\n</svg>\n");
    out
}

#[derive(Debug, PartialEq)]
struct Style {
    ink: String,
    paper: Option<String>,
    bold: bool,
}

impl Style {
    fn of(cell: &Cell) -> Self {
        let (ink, paper) = (colour(cell.fgcolor()), colour(cell.bgcolor()));
        let (ink, paper) = if cell.inverse() {
            (paper.or(Some(BACKGROUND.to_owned())), Some(ink.unwrap_or_else(|| TEXT.to_owned())))
        } else {
            (ink, paper)
        };
        Self { ink: ink.unwrap_or_else(|| TEXT.to_owned()), paper, bold: cell.bold() }
    }

    fn draw(&self, out: &mut String, (row, column, length): (u16, u16, u16), text: &str) {
        let (x, y) = (8.0 + f64::from(column) * CELL.0, 8.0 + f64::from(row) * CELL.1);
        let width = f64::from(length) * CELL.0;
        if let Some(paper) = &self.paper {
            let _ = writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{paper}\"/>",
                CELL.1
            );
        }
        // Spaces at the ends would be dropped and the rest drawn out to their width; those inside must stay as many.
        let shown = text.trim();
        if shown.is_empty() {
            return;
        }
        let before = text.len() - text.trim_start().len();
        let trimmed = text.chars().count() - shown.chars().count();
        let x = x + f64::from(u16::try_from(before).unwrap_or(0)) * CELL.0;
        let width = width - f64::from(u16::try_from(trimmed).unwrap_or(0)) * CELL.0;
        let text = shown.replace(' ', "\u{a0}");
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let weight = if self.bold { " font-weight=\"bold\"" } else { "" };
        let _ = writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" fill=\"{}\"{weight}>{escaped}</text>",
            y + 13.0,
            self.ink
        );
    }
}

fn colour(colour: Color) -> Option<String> {
    match colour {
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        Color::Default | Color::Idx(_) => None,
    }
}
