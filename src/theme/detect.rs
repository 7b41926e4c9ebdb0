//! Which theme, and how many colours this terminal shows.
//!
//! `NO_COLOR` is read here and not left to crossterm: with it set, crossterm prints each colour as an empty
//! SGR, which is a full reset, so that bold and reverse die and the selected row is invisible. The mono
//! theme has only modifiers; the screen then tells crossterm to write them as they are.

/// How many colours a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: the mono theme.
    None,
    Sixteen,
    Indexed,
    Rgb,
}

/// The variables that decide, read once at the start.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    pub no_color: Option<String>,
    pub term: Option<String>,
    pub colorterm: Option<String>,
    pub term_program: Option<String>,
    pub probity_theme: Option<String>,
    /// Text and background by number, as some terminals tell: `0;15`.
    pub colorfgbg: Option<String>,
}

impl Environment {
    pub fn read() -> Self {
        let get = |name| std::env::var(name).ok();
        Self {
            no_color: get("NO_COLOR"),
            term: get("TERM"),
            colorterm: get("COLORTERM"),
            term_program: get("TERM_PROGRAM"),
            probity_theme: get("PROBITY_THEME"),
            colorfgbg: get("COLORFGBG"),
        }
    }

    /// Is the background light? Most terminals do not tell; then it is taken to be dark.
    pub fn is_light(&self) -> bool {
        let background = self.colorfgbg.as_deref().and_then(|pair| pair.rsplit(';').next());
        matches!(background, Some("7" | "15"))
    }

    pub fn depth(&self) -> Depth {
        let is = |value: &Option<String>, wanted: &[&str]| {
            value.as_deref().is_some_and(|value| wanted.contains(&value))
        };
        if self.no_color.as_deref().is_some_and(|value| !value.is_empty()) || is(&self.term, &["dumb"]) {
            Depth::None
        } else if is(&self.colorterm, &["truecolor", "24bit"]) {
            Depth::Rgb
        } else if self.term.as_deref().is_some_and(|term| term.contains("256color"))
            || is(&self.term_program, &["Apple_Terminal"])
        {
            Depth::Indexed
        } else {
            Depth::Sixteen
        }
    }
}

/// The name of the theme: `--theme`, else `PROBITY_THEME`, else the configuration, else `terminal`.
/// Without colours it is `mono`, whatever was asked for.
pub fn choose(flag: Option<&str>, environment: &Environment, configured: Option<&str>) -> String {
    if environment.depth() == Depth::None {
        return "mono".to_owned();
    }
    let from_environment = environment.probity_theme.as_deref();
    [flag, from_environment, configured]
        .into_iter()
        .flatten()
        .find(|name| !name.is_empty())
        .unwrap_or("terminal")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        let get = |name: &str| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        Environment {
            no_color: get("NO_COLOR"),
            term: get("TERM"),
            colorterm: get("COLORTERM"),
            term_program: get("TERM_PROGRAM"),
            probity_theme: get("PROBITY_THEME"),
            colorfgbg: get("COLORFGBG"),
        }
    }

    #[test]
    fn depths() {
        for (pairs, depth) in [
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")][..], Depth::Rgb),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "1")], Depth::None),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "")], Depth::Indexed),
            (&[("TERM", "dumb"), ("COLORTERM", "truecolor")], Depth::None),
            (&[("TERM", "xterm"), ("TERM_PROGRAM", "Apple_Terminal")], Depth::Indexed),
            (&[("TERM", "linux")], Depth::Sixteen),
        ] {
            assert_eq!(environment(pairs).depth(), depth, "{pairs:?}");
        }
    }

    #[test]
    fn order_of_selection() {
        let plain = environment(&[]);
        let set = environment(&[("PROBITY_THEME", "light")]);
        assert_eq!(choose(None, &plain, None), "terminal");
        assert_eq!(choose(None, &plain, Some("dark")), "dark");
        assert_eq!(choose(None, &set, Some("dark")), "light");
        assert_eq!(choose(Some("mono"), &set, None), "mono");
        assert_eq!(choose(Some("dark"), &environment(&[("NO_COLOR", "1")]), None), "mono");
    }
}
