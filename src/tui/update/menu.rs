//! `?` and `:`: a list of commands that is filtered by typing and runs what is chosen.

use crate::tui::command::Cmd;
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::state::{Menu, Place, State};
use crate::tui::view;

pub(super) fn open(state: &mut State, only_here: bool) {
    let scope = only_here.then(|| state.scope());
    state.menu = Some(Menu { scope, query: Input::default(), place: Place::default() });
}

pub(super) fn edit(state: &mut State, change: impl FnOnce(&mut Input)) {
    if let Some(menu) = &mut state.menu {
        change(&mut menu.query);
        menu.place = Place::default();
    }
}

pub(super) fn run_in(state: &mut State, cmd: Cmd, effects: &mut Vec<Effect>) {
    let Some(menu) = &mut state.menu else { return };
    match cmd {
        Cmd::Cancel => state.menu = None,
        Cmd::Down => menu.place.cursor += 1,
        Cmd::Up => menu.place.cursor = menu.place.cursor.saturating_sub(1),
        Cmd::Open => {
            let chosen =
                view::menu::entries(menu, &state.keymap).get(menu.place.cursor).map(|command| command.cmd);
            state.menu = None;
            if let Some(cmd) = chosen {
                super::run(state, cmd, effects);
            }
        }
        _ => {}
    }
}

pub(super) fn settle(state: &mut State) {
    let height = view::menu::height(state.size);
    if let Some(menu) = &mut state.menu {
        let lines = view::menu::entries(menu, &state.keymap).len();
        menu.place.settle(lines, height);
    }
}
