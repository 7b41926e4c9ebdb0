//! The user's own settings: `config.toml`, `keymap.toml` and `themes/` in `$XDG_CONFIG_HOME/probity`, else `~/.config/probity`.
//!
//! The audited repository has no say in any of it.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::failure::Failure;
use crate::theme::Environment;
use crate::tui::Keymap;

/// A settings file is read up to this size.
const MOST: u64 = 64 * 1024;

/// What `config.toml` may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    theme: Option<ThemeSetting>,
    glyphs: Option<Glyphs>,
}

/// What signs are drawn with: `"unicode"`, or `"ascii"` for fonts and screen readers that want no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Glyphs {
    Unicode,
    Ascii,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a theme's name, or { dark = \"...\", light = \"...\" }")]
enum ThemeSetting {
    One(String),
    Pair(Pair),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    dark: String,
    light: String,
}

impl Config {
    /// The settings; the default where there is no file.
    ///
    /// # Errors
    /// The file cannot be read, or has a mistake: the message names its line.
    pub fn read() -> Result<Self, Failure> {
        match folder() {
            Some(folder) => Self::of(&folder.join("config.toml")),
            None => Ok(Self::default()),
        }
    }

    fn of(file: &Path) -> Result<Self, Failure> {
        let failed = |what: String| Failure::Usage(format!("{}: {what}", file.display()));
        let Some(text) = read(file)? else { return Ok(Self::default()) };
        toml::from_str(&text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
            failed(format!("line {line}: {}", error.message()))
        })
    }

    /// Are our own signs to be drawn in ASCII?
    pub fn ascii(&self) -> bool {
        self.glyphs == Some(Glyphs::Ascii)
    }

    /// The theme for this terminal.
    pub fn theme(&self, environment: &Environment) -> Option<&str> {
        match self.theme.as_ref()? {
            ThemeSetting::One(name) => Some(name),
            ThemeSetting::Pair(pair) if environment.is_light() => Some(&pair.light),
            ThemeSetting::Pair(pair) => Some(&pair.dark),
        }
    }
}

/// The keys: the program's own with `keymap.toml` over them.
///
/// # Errors
/// The file cannot be read, or has mistakes: all of them are told.
pub fn keymap() -> Result<Keymap, Failure> {
    let Some(file) = folder().map(|folder| folder.join("keymap.toml")) else { return Ok(Keymap::default()) };
    let Some(text) = read(&file)? else { return Ok(Keymap::default()) };
    Keymap::with(&text).map_err(|mistakes| {
        let told: Vec<String> = mistakes.iter().map(|why| format!("{}: {why}", file.display())).collect();
        Failure::Usage(told.join("\n"))
    })
}

/// A settings file; `None` where there is none.
fn read(file: &Path) -> Result<Option<String>, Failure> {
    let failed = |what: String| Failure::Usage(format!("{}: {what}", file.display()));
    match file.metadata() {
        Ok(metadata) if metadata.len() > MOST => {
            Err(failed(format!("{} bytes are too many for settings", metadata.len())))
        }
        Ok(_) => std::fs::read_to_string(file).map(Some).map_err(|error| failed(error.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error.to_string())),
    }
}

/// Where the user's own themes lie.
pub fn themes() -> Option<PathBuf> {
    folder().map(|folder| folder.join("themes"))
}

/// Where all of it lies; `None` for who has no home.
pub fn folder() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")));
    config.map(|config| config.join("probity"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_strictly() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        assert!(Config::of(&file).unwrap().theme.is_none());
        let (dark, light) = (
            Environment::default(),
            Environment { colorfgbg: Some("0;15".to_owned()), ..Environment::default() },
        );
        std::fs::write(&file, "theme = \"mono\"\n").unwrap();
        assert_eq!(Config::of(&file).unwrap().theme(&light), Some("mono"));
        std::fs::write(&file, "theme = { dark = \"dark\", light = \"light\" }\n").unwrap();
        let config = Config::of(&file).unwrap();
        assert_eq!((config.theme(&dark), config.theme(&light)), (Some("dark"), Some("light")));
        assert!(!config.ascii());
        std::fs::write(&file, "glyphs = \"ascii\"\n").unwrap();
        assert!(Config::of(&file).unwrap().ascii());
        for (text, says) in [
            ("glyphs = \"emoji\"\n", "line 1: unknown variant `emoji`, expected `unicode` or `ascii`"),
            ("\nthem = \"x\"\n", "line 2: unknown field `them`"),
            ("theme = 1\n", "line 1: expected a theme's name"),
            ("theme = { dark = \"a\" }\n", "line 1: expected a theme's name"),
        ] {
            std::fs::write(&file, text).unwrap();
            let error = Config::of(&file).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
