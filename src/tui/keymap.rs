//! From key presses to commands, by the keys that the command table names.

use std::sync::LazyLock;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::command::{COMMANDS, Cmd, Scope};

/// One key press as a keymap names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chord {
    pub code: KeyCode,
    pub ctrl: bool,
}

/// What the keys pressed so far mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    Command(Cmd),
    /// More keys decide.
    Prefix,
    Nothing,
}

impl Chord {
    /// `None` for releases and for chords that no keymap can name.
    pub fn of(event: KeyEvent) -> Option<Self> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        let alt = event.modifiers.contains(KeyModifiers::ALT);
        match event.code {
            // AltGr arrives as ctrl and alt: the character is meant. With a letter it is Esc and a control
            // key in quick succession instead, and ctrl-c must never become text.
            KeyCode::Char(c) if control && alt && !c.is_ascii_alphabetic() => {
                Some(Self { code: KeyCode::Char(c), ctrl: false })
            }
            KeyCode::Char(_) if alt && !control => None,
            KeyCode::Char(c) if control => {
                Some(Self { code: KeyCode::Char(c.to_ascii_lowercase()), ctrl: true })
            }
            code => Some(Self { code, ctrl: control }),
        }
    }

    /// The character that a text field takes.
    pub fn text(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.ctrl => Some(c),
            _ => None,
        }
    }

    fn parse(name: &str) -> Option<Self> {
        let (ctrl, name) = name.strip_prefix("ctrl-").map_or((false, name), |rest| (true, rest));
        let mut characters = name.chars();
        let code = match (name, characters.next(), characters.next()) {
            (_, Some(c), None) => KeyCode::Char(c),
            ("enter", ..) => KeyCode::Enter,
            ("esc", ..) => KeyCode::Esc,
            ("space", ..) => KeyCode::Char(' '),
            ("tab", ..) => KeyCode::Tab,
            ("shift-tab", ..) => KeyCode::BackTab,
            ("up", ..) => KeyCode::Up,
            ("down", ..) => KeyCode::Down,
            ("left", ..) => KeyCode::Left,
            ("right", ..) => KeyCode::Right,
            ("home", ..) => KeyCode::Home,
            ("end", ..) => KeyCode::End,
            ("pgup", ..) => KeyCode::PageUp,
            ("pgdn", ..) => KeyCode::PageDown,
            _ => return None,
        };
        Some(Self { code, ctrl })
    }
}

struct Binding {
    keys: Vec<Chord>,
    scope: Scope,
    cmd: Cmd,
}

static BINDINGS: LazyLock<Vec<Binding>> = LazyLock::new(|| {
    let bindings = COMMANDS.iter().flat_map(|command| {
        command.keys.iter().map(|keys| Binding {
            keys: keys.split(' ').filter_map(Chord::parse).collect(),
            scope: command.scope,
            cmd: command.cmd,
        })
    });
    bindings.collect()
});

/// What `pressed` means in a place.
pub fn lookup(scope: Scope, pressed: &[Chord]) -> Match {
    let mut prefix = false;
    // Where printable keys are text, only the others are commands.
    let heard = |binding: &&Binding| {
        binding.scope.includes(scope)
            && !(scope.takes_text() && binding.keys.iter().any(|chord| chord.text().is_some()))
    };
    for binding in BINDINGS.iter().filter(heard) {
        if binding.keys == pressed {
            return Match::Command(binding.cmd);
        }
        prefix |= binding.keys.starts_with(pressed);
    }
    if prefix { Match::Prefix } else { Match::Nothing }
}

/// The ways on from a prefix: last key and title.
pub fn continuations(scope: Scope, pressed: &[Chord]) -> Vec<(String, &'static str)> {
    let mut ways = Vec::new();
    for command in COMMANDS.iter().filter(|command| command.scope.includes(scope)) {
        for keys in command.keys {
            let chords: Vec<_> = keys.split(' ').filter_map(Chord::parse).collect();
            if chords.len() > pressed.len() && chords.starts_with(pressed) {
                let rest: Vec<_> = keys.split(' ').skip(pressed.len()).collect();
                ways.push((rest.join(" "), command.title));
            }
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_parses_and_none_clashes() {
        for binding in BINDINGS.iter() {
            assert!(!binding.keys.is_empty());
        }
        for command in COMMANDS {
            for keys in command.keys {
                assert!(keys.split(' ').all(|key| Chord::parse(key).is_some()), "{keys}");
            }
        }
        for (at, a) in BINDINGS.iter().enumerate() {
            for b in BINDINGS.iter().skip(at + 1).filter(|b| b.scope.includes(a.scope)) {
                assert!(
                    !a.keys.starts_with(&b.keys) && !b.keys.starts_with(&a.keys),
                    "{:?} {:?}",
                    a.cmd,
                    b.cmd
                );
            }
        }
    }

    #[test]
    fn altgr_is_the_character() {
        let event = KeyEvent::new(KeyCode::Char(']'), KeyModifiers::CONTROL | KeyModifiers::ALT);
        let chord = Chord::of(event).unwrap();
        assert_eq!(lookup(Scope::LIST, &[chord]), Match::Prefix);
        let quit = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL | KeyModifiers::ALT);
        assert_eq!(lookup(Scope::FILTER, &[Chord::of(quit).unwrap()]), Match::Command(Cmd::Quit));
        let f = Chord { code: KeyCode::Char('f'), ctrl: false };
        assert_eq!(lookup(Scope::LIST, &[chord, f]), Match::Command(Cmd::FindingNext));
    }

    #[test]
    fn printable_keys_are_text_in_fields() {
        let q = Chord { code: KeyCode::Char('q'), ctrl: false };
        assert_eq!(lookup(Scope::LIST, &[q]), Match::Command(Cmd::Close));
        assert_eq!(lookup(Scope::FORM, &[q]), Match::Nothing);
    }
}
