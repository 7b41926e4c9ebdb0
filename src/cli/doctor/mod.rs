//! `probity doctor`: what works here and what does not, each with the next step.
//!
//! It looks and runs nothing: no program of the repository's choosing, and none of the user's either. What comes from
//! the repository or the environment is escaped like everywhere.

mod here;
mod repository;

use std::fmt::Write as _;
use std::io::Write as _;

use serde::Serialize;

use super::args::{DoctorOptions, Format};
use super::exit;
use super::failure::Failure;
use crate::text::SafeText;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    /// Works, with something to know.
    Note,
    Problem,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Line {
    area: &'static str,
    what: &'static str,
    state: State,
    says: String,
    /// What to do about it.
    next: Option<String>,
}

/// What was looked at, in the order of the output.
#[derive(Default)]
struct Lines {
    area: &'static str,
    lines: Vec<Line>,
}

impl Lines {
    fn area(&mut self, area: &'static str) {
        self.area = area;
    }

    fn add(&mut self, what: &'static str, state: State, says: impl Into<String>, next: Option<String>) {
        // What the terminal cannot show does not get into JSON either: the line is for people.
        let safe = |text: String| SafeText::prose(&text).to_string();
        let (says, next) = (safe(says.into()), next.map(safe));
        self.lines.push(Line { area: self.area, what, state, says, next });
    }

    fn ok(&mut self, what: &'static str, says: impl Into<String>) {
        self.add(what, State::Ok, says, None);
    }

    fn note(&mut self, what: &'static str, says: impl Into<String>, next: &str) {
        self.add(what, State::Note, says, Some(next.to_owned()).filter(|next| !next.is_empty()));
    }

    fn problem(&mut self, what: &'static str, says: impl Into<String>, next: &str) {
        self.add(what, State::Problem, says, Some(next.to_owned()).filter(|next| !next.is_empty()));
    }
}

pub fn run(options: &DoctorOptions) -> Result<u8, Failure> {
    let mut lines = Lines::default();
    here::terminal(&mut lines);
    here::programs(&mut lines);
    here::settings(&mut lines);
    repository::look(&mut lines, options);
    repository::limits(&mut lines);
    let lines = lines.lines;
    let problems = lines.iter().filter(|line| line.state == State::Problem).count();
    let text = match options.format {
        Format::Text => text(&lines, problems),
        Format::Json => json(&lines, problems)?,
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(if problems == 0 { exit::CLEAN } else { exit::FINDINGS })
}

fn text(lines: &[Line], problems: usize) -> String {
    let mut out = String::new();
    let mut area = "";
    for line in lines {
        if line.area != area {
            let gap = if area.is_empty() { "" } else { "\n" };
            area = line.area;
            let _ = writeln!(out, "{gap}{area}");
        }
        let state = match line.state {
            State::Ok => "ok",
            State::Note => "note",
            State::Problem => "PROBLEM",
        };
        let _ = writeln!(out, "  {state:<8} {:<14} {}", line.what, line.says);
        if let Some(next) = &line.next {
            let _ = writeln!(out, "  {:<8} {:<14} -> {next}", "", "");
        }
    }
    let _ = match problems {
        0 => writeln!(out, "\nno problem"),
        1 => writeln!(out, "\n1 problem"),
        _ => writeln!(out, "\n{problems} problems"),
    };
    out
}

fn json(lines: &[Line], problems: usize) -> Result<String, Failure> {
    let whole = serde_json::json!({
        "schema": "probity.doctor/v1",
        "tool": {"name": "probity", "version": env!("CARGO_PKG_VERSION")},
        "lines": lines,
        "problems": problems,
    });
    let text = serde_json::to_string_pretty(&whole).map_err(|error| Failure::Internal(error.to_string()))?;
    Ok(text + "\n")
}
