//! `probity theme`: the themes that are there, what they look like, and whether one can be read.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use super::args::ThemeCommand;
use super::exit;
use super::failure::Failure;
use super::user::{self, Config};
use crate::text::SafeText;
use crate::theme::{self, Depth, Environment, Role, Sight, Theme};

/// Text needs this contrast, after WCAG 2.2 (level AA).
const READABLE: f64 = 4.5;
/// Colours that are nearer than this look alike, in `OKLab`.
const ALIKE: f64 = 0.07;

pub fn run(command: &ThemeCommand) -> Result<u8, Failure> {
    let (text, code) = match command {
        ThemeCommand::List => (list()?, exit::CLEAN),
        ThemeCommand::Show { name } => (show(name.as_deref())?, exit::CLEAN),
        ThemeCommand::Check { file } => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", file.display())))?;
            let theme = Theme::parse(&text)
                .map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))?;
            check(&theme)
        }
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(code)
}

/// The theme that the screen would take, by name.
pub fn chosen(flag: Option<&str>, environment: &Environment) -> Result<String, Failure> {
    Ok(theme::choose(flag, environment, Config::read()?.theme(environment)))
}

/// A theme of the user's or a built-in one.
pub fn named(name: &str) -> Result<Theme, Failure> {
    Theme::named(name, user::themes().as_deref()).map_err(|error| Failure::Usage(error.to_string()))
}

/// All themes that can be read, by name.
pub fn all(depth: Depth) -> Vec<(String, Theme)> {
    let own = own_names();
    let built_in = Theme::names().filter(|name| !own.iter().any(|own| own == name)).map(str::to_owned);
    let names: Vec<String> = own.iter().cloned().chain(built_in).collect();
    names
        .into_iter()
        .filter_map(|name| Some((named(&name).ok()?, name)))
        .map(|(theme, name)| (name, theme.with_depth(depth)))
        .collect()
}

fn own_names() -> Vec<String> {
    let folder = user::themes();
    let mut own: Vec<String> = folder
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".toml")?.to_owned()))
        .collect();
    own.sort();
    own
}

fn list() -> Result<String, Failure> {
    let chosen = chosen(None, &Environment::read())?;
    let own = own_names();
    let built_in =
        Theme::names().filter(|name| !own.iter().any(|own| own == name)).map(|name| (name, "built in"));
    let mut out = String::new();
    for (name, from) in own.iter().map(|name| (name.as_str(), "yours")).chain(built_in) {
        let mark = if name == chosen { '*' } else { ' ' };
        let made_for = match named(name) {
            Ok(theme) => theme.appearance.as_str().to_owned(),
            Err(error) => SafeText::prose(&error.to_string()).to_string(),
        };
        let _ = writeln!(out, "{mark} {:<22} {from:<9} {made_for}", SafeText::new(name));
    }
    Ok(out)
}

fn show(name: Option<&str>) -> Result<String, Failure> {
    let environment = Environment::read();
    let name = match name {
        Some(name) => name.to_owned(),
        None => chosen(None, &environment)?,
    };
    let depth = if std::io::stdout().is_terminal() { environment.depth() } else { Depth::None };
    let theme = named(&name)?.with_depth(depth);
    let mut out = String::new();
    for role in Role::ALL {
        let contrast = theme.contrast(*role).map(|contrast| format!("{contrast:5.1}:1")).unwrap_or_default();
        let sample = if depth == Depth::None {
            "The quick brown fox".to_owned()
        } else {
            theme.painted(*role, "The quick brown fox")
        };
        let _ = writeln!(out, "{:<20} {sample} {contrast}", role.name());
    }
    Ok(out)
}

/// What cannot be read, and what some eyes cannot tell apart.
fn check(theme: &Theme) -> (String, u8) {
    let mut out = String::new();
    let mut unreadable = 0;
    for role in Role::ALL {
        let Some(contrast) = theme.contrast(*role) else { continue };
        if contrast < READABLE {
            unreadable += 1;
            let _ = writeln!(out, "{}: contrast {contrast:.1}:1, text needs {READABLE}:1", role.name());
        }
    }
    let severities = [Role::Critical, Role::High, Role::Medium, Role::Low];
    for (at, one) in severities.iter().enumerate() {
        for other in severities.iter().skip(at + 1) {
            for sight in Sight::ALL {
                let Some(distance) = theme.distance(*one, *other, sight) else { continue };
                if distance < ALIKE {
                    let _ = writeln!(
                        out,
                        "{} and {} look alike ({}): {distance:.2} apart, {ALIKE} is easy to tell",
                        one.name(),
                        other.name(),
                        sight.as_str()
                    );
                }
            }
        }
    }
    let name = SafeText::new(&theme.name);
    if out.is_empty() {
        let _ = writeln!(out, "{name}: every text can be read, and all eyes tell the severities apart");
    }
    (out, if unreadable == 0 { exit::CLEAN } else { exit::FINDINGS })
}
