//! Theme files, read strictly: an unknown role or colour is an error with its line and a suggestion.

use crate::model::nearest;
use std::collections::BTreeMap;
use std::path::Path;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use toml::Spanned;

use super::color::{self, Rgb, Sight};
use super::{Depth, Role};

/// The themes that come with the program. `terminal` is the default.
const BUILT_IN: [(&str, &str); 8] = [
    ("terminal", include_str!("../../themes/terminal.toml")),
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("high-contrast-dark", include_str!("../../themes/high-contrast-dark.toml")),
    ("high-contrast-light", include_str!("../../themes/high-contrast-light.toml")),
    ("colorblind-dark", include_str!("../../themes/colorblind-dark.toml")),
    ("colorblind-light", include_str!("../../themes/colorblind-light.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

/// How deep `inherits` may go.
const MAX_PARENTS: usize = 8;

/// The background a theme is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Appearance {
    Dark,
    Light,
    Any,
}

impl Appearance {
    pub fn as_str(self) -> &'static str {
        match self {
            Appearance::Dark => "for dark backgrounds",
            Appearance::Light => "for light backgrounds",
            Appearance::Any => "for any background",
        }
    }
}

/// What is wrong with a theme.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    #[error("theme {theme}, line {line}: {what}")]
    At { theme: String, line: usize, what: String },
    #[error("there is no theme `{name}`; known themes: {known}")]
    Unknown { name: String, known: String },
    #[error("theme {theme} inherits from itself")]
    Cycle { theme: String },
}

/// A colour as far as it is known: exact, by name, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tint {
    rgb: Option<Rgb>,
    /// Where only sixteen colours are known.
    ansi: Color,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Look {
    fg: Option<Tint>,
    bg: Option<Tint>,
    modifiers: Modifier,
}

/// A look for every role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    pub name: String,
    pub appearance: Appearance,
    background: Option<Tint>,
    looks: Vec<Look>,
    depth: Depth,
    /// Our own signs are drawn in ASCII.
    ascii: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    appearance: Appearance,
    inherits: Option<Spanned<String>>,
    background: Option<Spanned<String>>,
    #[serde(default)]
    palette: BTreeMap<String, Spanned<PaletteEntry>>,
    #[serde(default)]
    roles: BTreeMap<Spanned<String>, LookEntry>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PaletteEntry {
    Plain(String),
    Both { rgb: String, ansi: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LookEntry {
    fg: Option<Spanned<String>>,
    bg: Option<Spanned<String>>,
    #[serde(default)]
    modifiers: Vec<Spanned<String>>,
}

impl Theme {
    /// The names of the built-in themes.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// A theme that comes with the program.
    pub fn built_in(name: &str) -> Result<Self, ThemeError> {
        Self::load(source(name)?, 0)
    }

    /// A theme file of the user's. It may inherit from a built-in theme.
    pub fn parse(text: &str) -> Result<Self, ThemeError> {
        Self::load(text, 0)
    }

    /// A theme by name: one of the user's own (`NAME.toml` in their folder of themes), else a built-in one.
    ///
    /// # Errors
    /// There is none of that name, or it has a mistake.
    pub fn named(name: &str, folder: Option<&Path>) -> Result<Self, ThemeError> {
        match folder.and_then(|folder| own(name, folder)) {
            Some(text) => Self::parse(&text?),
            None => Self::built_in(name),
        }
    }

    /// The same theme for a terminal with that many colours.
    #[must_use]
    pub fn with_depth(self, depth: Depth) -> Self {
        Self { depth, ..self }
    }

    /// The same theme with signs for fonts and screen readers that have no others than ASCII.
    #[must_use]
    pub fn with_ascii(self, ascii: bool) -> Self {
        Self { ascii, ..self }
    }

    pub fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// No colours are shown.
    pub fn is_mono(&self) -> bool {
        let coloured = |look: &Look| look.fg.is_some() || look.bg.is_some();
        self.depth == Depth::None || !self.looks.iter().any(coloured)
    }

    pub fn style(&self, role: Role) -> Style {
        let look = self.looks.get(role as usize).copied().unwrap_or_default();
        let mut style = Style::new().add_modifier(look.modifiers);
        if let Some(fg) = look.fg.and_then(|tint| self.color(tint)) {
            style = style.fg(fg);
        }
        if let Some(bg) = look.bg.and_then(|tint| self.color(tint)) {
            style = style.bg(bg);
        }
        style
    }

    /// A text in a role's style, for a terminal without a screen.
    pub fn painted(&self, role: Role, text: &str) -> String {
        match color::sgr(self.style(role)).as_str() {
            "" => text.to_owned(),
            parameters => format!("\u{1b}[{parameters}m{text}\u{1b}[0m"),
        }
    }

    /// How far apart two roles look to eyes that see colours so: the distance in `OKLab`, where 0.02 is just
    /// noticeable. `None` when the terminal decides on a colour.
    pub fn distance(&self, one: Role, other: Role, sight: Sight) -> Option<f64> {
        let rgb = |role: Role| self.looks.get(role as usize)?.fg?.rgb;
        Some(rgb(one)?.distance(rgb(other)?, sight))
    }

    /// Contrast of a role's text against what is behind it; `None` when the terminal decides on colours.
    pub fn contrast(&self, role: Role) -> Option<f64> {
        let look = self.looks.get(role as usize)?;
        let plain = self.looks.get(Role::Plain as usize)?;
        let fg = look.fg.or(plain.fg)?.rgb?;
        let bg = look.bg.or(self.background)?.rgb?;
        Some(fg.contrast(bg))
    }

    fn color(&self, tint: Tint) -> Option<Color> {
        match (self.depth, tint.rgb) {
            (Depth::None, _) => None,
            (Depth::Rgb, Some(rgb)) => Some(Color::Rgb(rgb.r, rgb.g, rgb.b)),
            (Depth::Indexed, Some(rgb)) => Some(rgb.indexed()),
            _ => Some(tint.ansi),
        }
    }

    fn load(text: &str, level: usize) -> Result<Self, ThemeError> {
        let file: File = toml::from_str(text).map_err(|error| ThemeError::At {
            theme: "file".to_owned(),
            line: error.span().map_or(1, |span| line_of(text, span.start)),
            what: error.message().to_owned(),
        })?;
        let at = |offset: usize, what: String| ThemeError::At {
            theme: file.name.clone(),
            line: line_of(text, offset),
            what,
        };
        if level > MAX_PARENTS {
            return Err(ThemeError::Cycle { theme: file.name });
        }
        let parent = match &file.inherits {
            Some(parent) => Some(Self::load(
                source(parent.get_ref()).map_err(|error| at(parent.span().start, error.to_string()))?,
                level + 1,
            )?),
            None => None,
        };

        let mut palette = BTreeMap::new();
        for (name, entry) in &file.palette {
            let start = entry.span().start;
            let (rgb, ansi) = match entry.get_ref() {
                PaletteEntry::Plain(text) => (text, None),
                PaletteEntry::Both { rgb, ansi } => (rgb, Some(ansi)),
            };
            let ansi = ansi.map(|name| {
                color::named(name).ok_or_else(|| at(start, unknown("colour", name, color::names())))
            });
            let tint = match (Rgb::parse(rgb), color::named(rgb)) {
                (Some(exact), _) => {
                    Tint { rgb: Some(exact), ansi: ansi.transpose()?.unwrap_or(Color::Reset) }
                }
                (None, Some(named)) => Tint { rgb: None, ansi: named },
                (None, None) => {
                    return Err(at(start, format!("`{rgb}` is neither `#rrggbb` nor a colour name")));
                }
            };
            palette.insert(name.as_str(), tint);
        }
        let tint = |name: &Spanned<String>| {
            let text = name.get_ref().as_str();
            palette
                .get(text)
                .copied()
                .or_else(|| color::named(text).map(|ansi| Tint { rgb: None, ansi }))
                .or_else(|| Rgb::parse(text).map(|rgb| Tint { rgb: Some(rgb), ansi: Color::Reset }))
                .ok_or_else(|| {
                    let mut known: Vec<&str> = palette.keys().copied().collect();
                    color::names().for_each(|name| known.push(name));
                    at(name.span().start, unknown("colour", text, known.into_iter()))
                })
        };

        let mut looks = parent.as_ref().map_or_else(Vec::new, |theme| theme.looks.clone());
        looks.resize(Role::ALL.len(), Look::default());
        for (name, entry) in &file.roles {
            let role = Role::from_name(name.get_ref()).ok_or_else(|| {
                at(name.span().start, unknown("role", name.get_ref(), Role::ALL.iter().map(|r| r.name())))
            })?;
            let mut look = Look {
                fg: entry.fg.as_ref().map(tint).transpose()?,
                bg: entry.bg.as_ref().map(tint).transpose()?,
                modifiers: Modifier::empty(),
            };
            for modifier in &entry.modifiers {
                look.modifiers |= match modifier.get_ref().as_str() {
                    "bold" => Modifier::BOLD,
                    "dim" => Modifier::DIM,
                    "italic" => Modifier::ITALIC,
                    "underlined" => Modifier::UNDERLINED,
                    "reversed" => Modifier::REVERSED,
                    other => {
                        let known = ["bold", "dim", "italic", "underlined", "reversed"].into_iter();
                        return Err(at(modifier.span().start, unknown("modifier", other, known)));
                    }
                };
            }
            if let Some(slot) = looks.get_mut(role as usize) {
                *slot = look;
            }
        }
        let background = match &file.background {
            Some(name) => Some(tint(name)?),
            None => parent.as_ref().and_then(|theme| theme.background),
        };
        let (name, appearance) = (file.name.clone(), file.appearance);
        Ok(Self { name, appearance, background, looks, depth: Depth::Rgb, ascii: false })
    }
}

/// The user's own theme file of that name; `None` where there is none.
fn own(name: &str, folder: &Path) -> Option<Result<String, ThemeError>> {
    const MOST: u64 = 64 * 1024;
    // A name, not a path.
    if name.is_empty() || name.contains(['/', '\\', '.']) {
        return None;
    }
    let file = folder.join(format!("{name}.toml"));
    let metadata = std::fs::metadata(&file).ok()?;
    let failed = |what: String| ThemeError::At { theme: name.to_owned(), line: 1, what };
    if metadata.len() > MOST {
        return Some(Err(failed(format!("the file has {} bytes; at most {MOST} are read", metadata.len()))));
    }
    Some(std::fs::read_to_string(&file).map_err(|error| failed(error.to_string())))
}

fn source(name: &str) -> Result<&'static str, ThemeError> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text).ok_or_else(|| {
        ThemeError::Unknown { name: name.to_owned(), known: Theme::names().collect::<Vec<_>>().join(", ") }
    })
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// "`x` is no role; did you mean `y`?"
fn unknown<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    match nearest(name, known) {
        Some(nearest) => format!("`{name}` is no {kind}; did you mean `{nearest}`?"),
        None => format!("`{name}` is no {kind}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_names_every_role() {
        for (name, text) in BUILT_IN {
            let theme = Theme::built_in(name).unwrap();
            assert_eq!(theme.name, name);
            assert_eq!(theme.looks.len(), Role::ALL.len());
            for role in Role::ALL {
                assert!(text.contains(&format!("\"{}\"", role.name())), "{name} leaves {} out", role.name());
            }
        }
        assert!(Theme::built_in("mono").unwrap().is_mono());
        assert!(!Theme::built_in("terminal").unwrap().is_mono());
        assert!(Theme::built_in("terminal").unwrap().with_depth(Depth::None).is_mono());
    }

    #[test]
    fn text_can_be_read() {
        for (name, needed) in [
            ("dark", 4.5),
            ("light", 4.5),
            ("colorblind-dark", 4.5),
            ("colorblind-light", 4.5),
            ("high-contrast-dark", 7.0),
            ("high-contrast-light", 7.0),
        ] {
            let theme = Theme::built_in(name).unwrap();
            for role in Role::ALL {
                let contrast = theme.contrast(*role).unwrap();
                assert!(contrast >= needed, "{name}: {} has contrast {contrast:.2}", role.name());
            }
        }
    }

    #[test]
    fn severities_are_told_apart_by_all_eyes() {
        let severities = [Role::Critical, Role::High, Role::Medium, Role::Low];
        let meanings = [(Role::Added, Role::Removed), (Role::StatusWaived, Role::StatusExpired)];
        for name in ["colorblind-dark", "colorblind-light"] {
            let theme = Theme::built_in(name).unwrap();
            let pairs = severities
                .iter()
                .enumerate()
                .flat_map(|(at, one)| severities.iter().skip(at + 1).map(|other| (*one, *other)));
            for (one, other) in pairs.chain(meanings) {
                for sight in Sight::ALL {
                    let distance = theme.distance(one, other, sight).unwrap();
                    let (one, other) = (one.name(), other.name());
                    assert!(distance >= 0.07, "{name}, {sight:?}: {one} and {other} are {distance:.3} apart");
                }
            }
        }
        // The check can fail: the usual red and orange are one colour to some.
        let light = Theme::built_in("light").unwrap();
        assert!(light.distance(Role::Critical, Role::High, Sight::Deuteranopia).unwrap() < 0.07);
    }

    #[test]
    fn a_users_theme_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let text = "name = \"dark\"\nappearance = \"dark\"\ninherits = \"dark\"\n[roles]\n\"severity.low\" = { fg = \"#123456\" }\n";
        std::fs::write(folder.path().join("dark.toml"), text).unwrap();
        std::fs::write(folder.path().join("bad.toml"), "name = 1").unwrap();
        let low = |theme: Theme| theme.style(Role::Low).fg;
        let own = low(Theme::named("dark", Some(folder.path())).unwrap());
        assert_eq!(own, Some(Color::Rgb(0x12, 0x34, 0x56)));
        assert_ne!(low(Theme::named("dark", None).unwrap()), own);
        assert_eq!(Theme::named("light", Some(folder.path())).unwrap().name, "light");
        assert!(Theme::named("bad", Some(folder.path())).is_err());
        assert!(Theme::named("../dark", Some(folder.path())).is_err());
    }

    #[test]
    fn the_default_leaves_the_background_alone() {
        let theme = Theme::built_in("terminal").unwrap();
        assert_eq!(theme.style(Role::Plain), Style::new());
        assert!(Role::ALL.iter().all(|role| theme.style(*role).fg != Some(Color::White)));
    }

    #[test]
    fn depth_decides_what_a_colour_becomes() {
        let dark = Theme::built_in("dark").unwrap();
        let fg = |depth| dark.clone().with_depth(depth).style(Role::Critical).fg;
        assert_eq!(fg(Depth::Rgb), Some(Color::Rgb(0xff, 0x7b, 0x72)));
        assert!(matches!(fg(Depth::Indexed), Some(Color::Indexed(_))));
        assert_eq!(fg(Depth::Sixteen), Some(Color::LightRed));
        assert_eq!(fg(Depth::None), None);
        let painted = |depth| dark.clone().with_depth(depth).painted(Role::Critical, "x");
        assert_eq!(painted(Depth::Rgb), "\u{1b}[1;38;2;255;123;114mx\u{1b}[0m");
        assert_eq!(painted(Depth::Sixteen), "\u{1b}[1;38;5;9mx\u{1b}[0m");
    }

    #[test]
    fn mistakes_name_their_line() {
        let head = "name = \"x\"\nappearance = \"any\"\ninherits = \"terminal\"\n[roles]\n";
        for (line, says) in [
            (
                "\"severity.hihg\" = {}",
                "theme x, line 5: `severity.hihg` is no role; did you mean `severity.high`?",
            ),
            (
                "\"severity.high\" = { fg = \"rad\" }",
                "theme x, line 5: `rad` is no colour; did you mean `red`?",
            ),
            ("\"severity.high\" = { modifiers = [\"blink\"] }", "theme x, line 5: `blink` is no modifier"),
        ] {
            let error = Theme::parse(&format!("{head}{line}\n")).unwrap_err().to_string();
            assert!(error.starts_with(says), "{error}");
        }
        assert!(Theme::parse("name = 1").is_err());
        let orphan = "name = \"x\"\nappearance = \"any\"\ninherits = \"nowhere\"\n";
        assert!(Theme::parse(orphan).unwrap_err().to_string().contains("line 3"));
        assert!(
            Theme::built_in("nope")
                .unwrap_err()
                .to_string()
                .contains("terminal, dark, light, high-contrast-dark")
        );
    }
}
