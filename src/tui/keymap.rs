//! From key presses to commands, by the keys that the command table names.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use toml::de::{DeTable, DeValue};

use super::command::{COMMANDS, Cmd, Command, Scope};
use crate::model::nearest;

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
            _ => KeyCode::F(name.strip_prefix('f')?.parse().ok().filter(|number| (1..=12).contains(number))?),
        };
        Some(Self { code, ctrl })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Binding {
    /// As they are written: `g p`.
    written: String,
    keys: Vec<Chord>,
    scope: Scope,
    cmd: Cmd,
}

/// Which keys mean what: the command table's, with the user's own over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

impl Default for Keymap {
    fn default() -> Self {
        let bindings = COMMANDS.iter().flat_map(|command| {
            command.keys.iter().map(|written| Binding {
                written: (*written).to_owned(),
                keys: chords(written).unwrap_or_default(),
                scope: command.scope,
                cmd: command.cmd,
            })
        });
        Self { bindings: bindings.collect() }
    }
}

fn chords(written: &str) -> Option<Vec<Chord>> {
    written.split(' ').map(Chord::parse).collect()
}

impl Keymap {
    /// What `pressed` means in a place.
    pub fn lookup(&self, scope: Scope, pressed: &[Chord]) -> Match {
        let mut prefix = false;
        for binding in self.bindings.iter().filter(|binding| binding.is_heard(scope)) {
            if binding.keys == pressed {
                return Match::Command(binding.cmd);
            }
            prefix |= binding.keys.starts_with(pressed);
        }
        if prefix { Match::Prefix } else { Match::Nothing }
    }

    /// The ways on from a prefix: last keys and title.
    pub fn continuations(&self, scope: Scope, pressed: &[Chord]) -> Vec<(String, &'static str)> {
        let bindings = self.bindings.iter().filter(|binding| binding.scope.includes(scope));
        let longer = bindings.filter(|b| b.keys.len() > pressed.len() && b.keys.starts_with(pressed));
        let ways = longer.filter_map(|binding| {
            let rest: Vec<&str> = binding.written.split(' ').skip(pressed.len()).collect();
            Some((rest.join(" "), command_of(binding.cmd)?.title))
        });
        ways.collect()
    }

    /// The keys of a command in a place, or anywhere, the preferred first.
    pub fn keys(&self, cmd: Cmd, scope: Option<Scope>) -> Vec<&str> {
        let mut keys: Vec<&str> = Vec::new();
        for binding in
            self.bindings.iter().filter(|binding| binding.cmd == cmd && binding.scope != Scope::NOWHERE)
        {
            let here = scope.is_none_or(|scope| binding.is_heard(scope));
            if here && !keys.contains(&binding.written.as_str()) {
                keys.push(&binding.written);
            }
        }
        keys
    }

    /// The command table's keys with a user's file over them.
    ///
    /// ```toml
    /// [findings]
    /// "ctrl-n" = "cursor.down"
    /// "W" = false
    /// ```
    /// # Errors
    /// All mistakes of the file, each with its line.
    pub fn with(text: &str) -> Result<Self, Vec<String>> {
        let line = |at: usize| text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        let table = match DeTable::parse(text) {
            Ok(table) => table,
            Err(error) => {
                let at = error.span().map_or(1, |span| line(span.start));
                return Err(vec![format!("line {at}: {}", error.message())]);
            }
        };
        let mut keymap = Self::default();
        let (mut mistakes, mut own) = (Vec::new(), Vec::new());
        for (name, entries) in table.get_ref() {
            let at = line(name.span().start);
            let Some((_, scope)) = PLACES.iter().find(|(place, _)| *place == name.get_ref().as_ref()) else {
                let meant = nearest(name.get_ref(), PLACES.iter().map(|(place, _)| *place));
                mistakes.push(format!(
                    "line {at}: `{}` is no place{}",
                    short(name.get_ref()),
                    did_you_mean(meant)
                ));
                continue;
            };
            let DeValue::Table(entries) = entries.get_ref() else {
                mistakes.push(format!(
                    "line {at}: `{}` must be a table: [{}]",
                    name.get_ref(),
                    name.get_ref()
                ));
                continue;
            };
            for (keys, value) in entries {
                let at = line(keys.span().start);
                match keymap.bind(*scope, keys.get_ref(), value.get_ref()) {
                    Ok(()) => own.push((at, *scope, keys.get_ref().to_string())),
                    Err(why) => mistakes.push(format!("line {at}: {why}")),
                }
            }
        }
        // Only when all of it is in place it shows what hides what.
        for (at, scope, written) in own {
            mistakes.extend(keymap.hidden(scope, &written).map(|why| format!("line {at}: {why}")));
        }
        if mistakes.is_empty() { Ok(keymap) } else { Err(mistakes) }
    }

    fn bind(&mut self, scope: Scope, written: &str, value: &DeValue<'_>) -> Result<(), String> {
        let keys = chords(written).ok_or_else(|| {
            format!(
                "`{}` is no key: a character, ctrl-x, enter, esc, tab, space, up, f1, or some after another",
                short(written)
            )
        })?;
        if scope.takes_text() && keys.iter().any(|chord| chord.text().is_some()) {
            return Err(format!("`{written}` is text here: only ctrl-, arrows and the like are keys"));
        }
        let command = match value {
            DeValue::Boolean(false) => None,
            DeValue::String(id) => {
                Some(COMMANDS.iter().find(|command| command.id == id.as_ref()).ok_or_else(|| {
                    let meant = nearest(id, COMMANDS.iter().map(|command| command.id));
                    format!("`{}` is no command{}", short(id), did_you_mean(meant))
                })?)
            }
            _ => return Err(format!("`{written}` must be a command's name, or false")),
        };
        if let Some(command) = command.filter(|command| !command.scope.includes(scope)) {
            return Err(format!("{} does nothing in this place", command.id));
        }
        for binding in self.bindings.iter_mut().filter(|binding| binding.keys == keys) {
            binding.scope = binding.scope.without(scope);
        }
        if let Some(command) = command {
            // The user's come first: they are what the footer names.
            self.bindings.insert(0, Binding { written: written.to_owned(), keys, scope, cmd: command.cmd });
        }
        Ok(())
    }

    /// A key that also begins others, or that others begin, cannot be told from them.
    fn hidden(&self, scope: Scope, written: &str) -> Option<String> {
        let keys = chords(written)?;
        let there = |binding: &&Binding| binding.scope.includes(scope);
        if !self.bindings.iter().filter(there).any(|binding| binding.keys == keys) {
            return None;
        }
        let clash = self.bindings.iter().filter(there).find(|binding| {
            binding.keys != keys && (binding.keys.starts_with(&keys) || keys.starts_with(&binding.keys))
        })?;
        let id = command_of(clash.cmd)?.id;
        Some(format!(
            "`{written}` and `{}` ({id}) cannot be told apart: unbind one with = false",
            clash.written
        ))
    }
}

impl Binding {
    /// Where printable keys are text, only the others are commands.
    fn is_heard(&self, scope: Scope) -> bool {
        self.scope.includes(scope)
            && !(scope.takes_text() && self.keys.iter().any(|chord| chord.text().is_some()))
    }
}

/// The places of a keymap file, in the order of the documentation.
pub const PLACES: &[(&str, Scope)] = &[
    ("dashboard", Scope::DASHBOARD),
    ("findings", Scope::LIST),
    ("detail", Scope::DETAIL),
    ("trace", Scope::TRACE),
    ("waivers", Scope::WAIVERS),
    ("history", Scope::HISTORY),
    ("form", Scope::FORM),
    ("filter", Scope::FILTER),
    ("note", Scope::PROMPT),
    ("menu", Scope::MENU),
    ("text", Scope::SHEET),
];

fn command_of(cmd: Cmd) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.cmd == cmd)
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

fn did_you_mean(meant: Option<&str>) -> String {
    meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default()
}

/// Every key by place, for people: `probity keys`.
pub fn table(keymap: &Keymap) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for (place, scope) in PLACES {
        let _ = writeln!(out, "{place}");
        for command in COMMANDS.iter().filter(|command| command.scope.includes(*scope)) {
            let keys = keymap.keys(command.cmd, Some(*scope)).join(", ");
            if !keys.is_empty() {
                let _ = writeln!(out, "  {keys:<16}{:<24}{}", command.id, command.title);
            }
        }
        let _ = writeln!(out);
    }
    out.truncate(out.trim_end().len() + 1);
    out
}

/// The same as a page, with a sentence for each command.
pub fn page(keymap: &Keymap) -> String {
    use std::fmt::Write as _;
    let mut out = String::from(PAGE);
    for (place, scope) in PLACES {
        let _ = writeln!(out, "\n## {place}\n\n| keys | command | |\n|---|---|---|");
        for command in COMMANDS.iter().filter(|command| command.scope.includes(*scope)) {
            let keys: Vec<String> = keymap
                .keys(command.cmd, Some(*scope))
                .iter()
                .map(|keys| format!("`{}`", keys.replace('|', "\\|")))
                .collect();
            let _ = writeln!(out, "| {} | `{}` | {} |", keys.join(", "), command.id, command.help);
        }
    }
    out
}

const PAGE: &str = "# Keys

This page is written by `UPDATE_GOLDEN=1 cargo test --test keys` from the table that the program uses itself; `probity keys`
prints yours. Commands without a key are found with `:`.

`keymap.toml` in `$XDG_CONFIG_HOME/probity` (else `~/.config/probity`) lays your own over them. The audited repository has
no say in it. All mistakes are reported together, and nothing starts with a keymap that is not what you meant.

```toml
[findings]
\"ctrl-n\" = \"cursor.down\"   # a command by its name
\"g x\"    = \"export.evidence\"   # keys after another
\"W\"      = false             # unbind
```
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_parses_and_none_clashes() {
        let bindings = Keymap::default().bindings;
        for binding in &bindings {
            assert!(!binding.keys.is_empty());
        }
        for command in COMMANDS {
            for keys in command.keys {
                assert!(keys.split(' ').all(|key| Chord::parse(key).is_some()), "{keys}");
            }
        }
        for (at, a) in bindings.iter().enumerate() {
            for b in bindings.iter().skip(at + 1).filter(|b| b.scope.includes(a.scope)) {
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
        let lookup = |scope, pressed: &[Chord]| Keymap::default().lookup(scope, pressed);
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
        let lookup = |scope, pressed: &[Chord]| Keymap::default().lookup(scope, pressed);
        let q = Chord { code: KeyCode::Char('q'), ctrl: false };
        assert_eq!(lookup(Scope::LIST, &[q]), Match::Command(Cmd::Close));
        assert_eq!(lookup(Scope::FORM, &[q]), Match::Nothing);
    }

    #[test]
    fn the_users_keys_lie_over_the_tables() {
        let keymap = Keymap::with(
            "[findings]\n\"ctrl-n\" = \"cursor.down\"\n\"W\" = false\n\"j\" = \"mark.toggle\"\n",
        )
        .unwrap();
        let of = |scope, written| keymap.lookup(scope, &chords(written).unwrap());
        assert_eq!(of(Scope::LIST, "ctrl-n"), Match::Command(Cmd::Down));
        assert_eq!(of(Scope::WAIVERS, "ctrl-n"), Match::Nothing);
        assert_eq!(of(Scope::LIST, "W"), Match::Nothing);
        assert_eq!(of(Scope::LIST, "j"), Match::Command(Cmd::Mark));
        assert_eq!(of(Scope::WAIVERS, "j"), Match::Command(Cmd::Down));
        assert_eq!(keymap.keys(Cmd::Down, Some(Scope::LIST)), ["ctrl-n", "down"]);
        assert_eq!(Keymap::with(""), Ok(Keymap::default()));
    }

    #[test]
    fn all_mistakes_are_told_together() {
        let text = "findings = 1\n[findigs]\n\"x\" = \"undo\"\n[waivers]\n\"ctrl-\" = \"undo\"\n\"x\" = \"undoo\"\n\"b\" = 3\n\
                    \"m\" = \"mark.toggle\"\n\"g\" = \"redo\"\n[filter]\n\"x\" = \"nav.cancel\"\n";
        let told = Keymap::with(text).unwrap_err();
        let expected = [
            "line 1: `findings` must be a table",
            "line 2: `findigs` is no place; did you mean `findings`?",
            "line 5: `ctrl-` is no key",
            "line 6: `undoo` is no command; did you mean `undo`?",
            "line 7: `b` must be a command's name, or false",
            "line 8: mark.toggle does nothing in this place",
            "line 9: `g` and `g g` (cursor.top) cannot be told apart",
            "line 11: `x` is text here",
        ];
        for expected in expected {
            assert!(told.iter().any(|told| told.starts_with(expected)), "{expected} in {told:#?}");
        }
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        assert!(Keymap::with("[findings\n").unwrap_err()[0].starts_with("line 1: "));
    }
}
