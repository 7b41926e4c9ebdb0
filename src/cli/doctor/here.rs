//! This machine and this user: terminal, clipboard, programs, settings.

use std::path::{Path, PathBuf};

use super::Lines;
use crate::cli::{editor, user};
use crate::git;
use crate::theme::{self, Depth, Environment};

/// The screen needs so much to show a list beside a detail.
const NARROW: (u16, u16) = (80, 24);

pub fn terminal(lines: &mut Lines) {
    lines.area("terminal");
    match super::super::terminal_size() {
        Some((columns, rows)) if columns < NARROW.0 || rows < NARROW.1 => lines.note(
            "size",
            format!("{columns} columns, {rows} lines"),
            "the screen shows more from 80 columns and 24 lines on",
        ),
        Some((columns, rows)) => lines.ok("size", format!("{columns} columns, {rows} lines")),
        None => lines.note(
            "size",
            "standard output is no terminal",
            "the screen needs one; check, trace and report do not",
        ),
    }
    let environment = Environment::read();
    let set = |name: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!("{name}={value}")).unwrap_or_default()
    };
    let term = set("TERM", &environment.term);
    match environment.depth() {
        Depth::None if environment.no_color.as_deref().is_some_and(|value| !value.is_empty()) => {
            lines.note("colours", format!("none: {}", set("NO_COLOR", &environment.no_color)), "");
        }
        Depth::None => lines.note("colours", format!("none: {term}"), "set TERM to what your terminal is"),
        Depth::Sixteen if term.is_empty() => {
            lines.note("colours", "16: TERM is not set", "set TERM to what your terminal is");
        }
        Depth::Sixteen => {
            lines.note(
                "colours",
                format!("16: {term}"),
                "set COLORTERM=truecolor where the terminal has more",
            );
        }
        Depth::Indexed => lines.ok("colours", format!("256: {term}")),
        Depth::Rgb => lines.ok("colours", format!("all: {}", set("COLORTERM", &environment.colorterm))),
    }
    let there = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let route = "what is copied goes to the terminal itself (OSC 52), over SSH too";
    if there("TMUX") {
        lines.note(
            "clipboard",
            format!("{route}; tmux stands between"),
            "tmux needs `set -g set-clipboard on`",
        );
    } else if there("STY") {
        lines.note("clipboard", format!("{route}; screen stands between"), "GNU screen does not pass it on");
    } else {
        lines.ok("clipboard", route);
    }
}

pub fn programs(lines: &mut Lines) {
    lines.area("programs");
    lines.ok("libgit2", format!("{}, built in: it reads repositories", git::library_version()));
    let only = "needed for nothing but records in a repository with a split or sparse index";
    match found("git") {
        Some(path) => lines.ok("git", format!("{}; {only}", path.display())),
        None => lines.note("git", format!("not found; {only}"), ""),
    }
    let missing = "set $VISUAL or $EDITOR";
    match editor::words() {
        Err(failure) => lines.problem("editor", failure.to_string(), missing),
        Ok(words) => {
            let program = words.first().map(String::as_str).unwrap_or_default();
            match found(program) {
                Some(path) => lines.ok("editor", format!("{} ({})", words.join(" "), path.display())),
                None => lines.note("editor", format!("{program} is not found"), missing),
            }
        }
    }
}

/// Where a program lies that would be run by that name. It is not run.
pub fn found(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| is_program(path));
    }
    let folders = std::env::var_os("PATH")?;
    // A relative folder would be the repository's as likely as not.
    let absolute = std::env::split_paths(&folders).filter(|folder| folder.is_absolute());
    absolute.map(|folder| folder.join(program)).find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    let Ok(metadata) = path.metadata() else { return false };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    metadata.is_file()
}

pub fn settings(lines: &mut Lines) {
    lines.area("settings");
    let Some(folder) = user::folder() else {
        lines.note("folder", "none", "set HOME or XDG_CONFIG_HOME to have settings of your own");
        return;
    };
    let shown = |name: &str| folder.join(name).display().to_string();
    let there = |name: &str| folder.join(name).symlink_metadata().is_ok();
    let mut tell = |what, name: &str, read: Result<(), String>| match read {
        Err(why) => lines.problem(what, why, "mend it, or move it away"),
        Ok(()) if there(name) => lines.ok(what, shown(name)),
        Ok(()) => lines.ok(what, format!("{}: not there", shown(name))),
    };
    let config = user::Config::read();
    tell("config.toml", "config.toml", config.as_ref().map(drop).map_err(ToString::to_string));
    tell("keymap.toml", "keymap.toml", user::keymap().map(drop).map_err(|failure| failure.to_string()));
    let environment = Environment::read();
    let configured = config.as_ref().ok().and_then(|config| config.theme(&environment));
    let name = theme::choose(None, &environment, configured);
    match crate::cli::theme::named(&name) {
        Ok(_) => lines.ok("theme", name),
        Err(why) => lines.problem("theme", why.to_string(), "`probity theme list` tells which there are"),
    }
}
