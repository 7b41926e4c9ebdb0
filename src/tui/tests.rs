//! Sessions on a fake engine: keys in, screens out. No terminal, no threads, no clock.

mod fake;
mod hostile;
mod screens;
mod session;

use std::collections::VecDeque;
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::worker;
use super::{Effect, Msg, State, start, update, view};
use crate::theme::Theme;
use fake::Fake;

/// A session whose jobs run at once.
struct Session {
    state: State,
    backend: Arc<Fake>,
    effects: Vec<Effect>,
    /// Jobs wait until [`Session::work`] when false.
    eager: bool,
    waiting: VecDeque<Effect>,
}

impl Session {
    fn new(backend: Fake, size: (u16, u16)) -> Self {
        let mut session = Self::idle(backend, size);
        let effects = start(&mut session.state);
        session.perform(effects);
        session
    }

    /// Before anything has happened.
    fn idle(backend: Fake, size: (u16, u16)) -> Self {
        Self {
            state: State::new(Theme::built_in("mono").unwrap(), "claims-ml", size),
            backend: Arc::new(backend),
            effects: Vec::new(),
            eager: true,
            waiting: VecDeque::new(),
        }
    }

    fn send(&mut self, message: Msg) {
        let effects = update(&mut self.state, message);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        self.waiting.extend(effects.iter().cloned());
        self.effects.extend(effects);
        if self.eager {
            self.work();
        }
    }

    fn work(&mut self) {
        while let Some(effect) = self.waiting.pop_front() {
            let messages = match effect {
                Effect::Start(id, job) => worker::run_now(self.backend.as_ref(), id, &job),
                Effect::Lend(id, loan) => vec![Msg::Job(id, worker::on_loan(self.backend.as_ref(), &loan))],
                _ => Vec::new(),
            };
            for message in messages {
                let effects = update(&mut self.state, message);
                self.waiting.extend(effects.iter().cloned());
                self.effects.extend(effects);
            }
        }
    }

    /// Types keys: `j`, `<enter>`, `<c-s>`.
    fn keys(&mut self, script: &str) -> &mut Self {
        let mut rest = script;
        while let Some(c) = rest.chars().next() {
            let (event, length) = match rest.strip_prefix('<').and_then(|r| r.split_once('>')) {
                Some((name, _)) if !name.is_empty() && name.len() < 12 => (named(name), name.len() + 2),
                _ => (KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE), c.len_utf8()),
            };
            rest = &rest[length..];
            self.send(Msg::Key(event));
        }
        self
    }

    fn buffer(&self) -> Buffer {
        let (width, height) = self.state.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        view(&self.state, &mut buffer);
        buffer
    }

    fn screen(&self) -> String {
        let buffer = self.buffer();
        let rows = buffer.area.rows().map(|row| {
            let mut line = String::new();
            let mut x = row.x;
            while x < row.right() {
                let symbol = buffer[(x, row.y)].symbol();
                line.push_str(symbol);
                x += u16::try_from(crate::text::grapheme_width(symbol)).unwrap().max(1);
            }
            line.trim_end().to_owned()
        });
        rows.collect::<Vec<_>>().join("\n")
    }

    #[track_caller]
    fn sees(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(screen.contains(text), "expected {text:?} on\n{screen}");
        self
    }

    #[track_caller]
    fn lacks(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(!screen.contains(text), "unexpected {text:?} on\n{screen}");
        self
    }
}

fn named(name: &str) -> KeyEvent {
    if let Some(key) = name.strip_prefix("c-") {
        return KeyEvent::new(KeyCode::Char(key.chars().next().unwrap()), KeyModifiers::CONTROL);
    }
    let code = match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "s-tab" => KeyCode::BackTab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "bs" => KeyCode::Backspace,
        other => panic!("no key is called {other}"),
    };
    KeyEvent::new(code, KeyModifiers::NONE)
}
