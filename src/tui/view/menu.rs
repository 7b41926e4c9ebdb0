//! `?` and `:`: the commands with their keys, searched by typing, run by Enter.

use ratatui::layout::Rect;

use super::canvas::rule;
use super::{Canvas, Styled};
use crate::text::{SafeText, wrap};
use crate::theme::Role;
use crate::tui::command::{COMMANDS, Command, available};
use crate::tui::fuzzy;
use crate::tui::keymap::Keymap;
use crate::tui::layout;
use crate::tui::state::{Menu, State};

/// Rows at the bottom for the whole sentence about the chosen command.
const ABOUT: usize = 2;

/// Rows for entries on a screen of this size.
pub fn height(size: (u16, u16)) -> usize {
    let regions = layout::regions(size, super::Screen::Dashboard, false);
    regions.map_or(0, |regions| usize::from(regions.main.height).saturating_sub(3 + ABOUT))
}

/// The commands that the menu lists: those heard in its place, then by how well they match.
pub fn entries(menu: &Menu, keymap: &Keymap) -> Vec<&'static Command> {
    let query = menu.query.text();
    let heard =
        COMMANDS.iter().filter(|command| menu.scope.is_none_or(|scope| command.scope.includes(scope)));
    let mut found: Vec<(i64, &Command)> = heard
        .filter_map(|command| {
            // A key that is typed as it stands finds its command first.
            let keys = keymap.keys(command.cmd, menu.scope);
            if keys.contains(&query) {
                return Some((i64::MIN, command));
            }
            let text = format!("{} {} {}", command.title, command.id, keys.join(" "));
            Some((-fuzzy::score(&text, query)?, command))
        })
        .collect();
    if !query.is_empty() {
        found.sort_by_key(|(score, _)| *score);
    }
    found.into_iter().map(|(_, command)| command).collect()
}

pub(super) fn draw(state: &State, menu: &Menu, canvas: &mut Canvas<'_>, area: Rect) {
    let width = usize::from(area.width);
    let title = if menu.scope.is_some() { "keys that work here" } else { "all commands" };
    canvas.rule(area, &Styled::new().lit(Role::Title, title));
    let mut rows = area.rows().skip(1);
    let (head, under, rest) = menu.query.parts();
    let under = if under.is_empty() { SafeText::new(" ") } else { under };
    if let Some(row) = rows.next() {
        let line = Styled::new()
            .lit(Role::Key, " > ")
            .text(Role::Match, &head)
            .text(Role::InputCursor, &under)
            .text(Role::Match, &rest)
            .with_right(width, Styled::new().lit(Role::Dim, "type to search "));
        canvas.line(row, &line);
    }
    if let Some(row) = rows.next() {
        canvas.line(row, &rule(width, &Styled::new()));
    }
    let entries = entries(menu, &state.keymap);
    if entries.is_empty() {
        if let Some(row) = rows.next() {
            canvas.line(row, &Styled::new().lit(Role::Dim, "   no command matches"));
        }
        return;
    }
    // Availability is asked of the screen below the menu.
    let below = State { menu: None, ..state.clone() };
    let about = usize::from(area.height).saturating_sub(ABOUT);
    let room = about.saturating_sub(3);
    for (row, (at, command)) in rows.take(room).zip(entries.iter().enumerate().skip(menu.place.top)) {
        let on = at == menu.place.cursor;
        let keys = state.keymap.keys(command.cmd, menu.scope).join(", ");
        let mut line =
            Styled::new().lit(Role::Key, if on { "▌ " } else { "  " }).lit(Role::Key, &keys).column(16);
        line = match available(command.cmd, &below) {
            Ok(()) if width >= 110 => {
                line.lit(Role::Strong, command.title).column(44).lit(Role::Dim, command.help)
            }
            Ok(()) => line.lit(Role::Plain, command.title),
            Err(why) => line.lit(Role::Dim, command.title).lit(Role::Dim, ": ").text(Role::Warn, &why),
        };
        let line = line.elided(width);
        canvas.line(row, &if on { line.base(Role::Cursor) } else { line });
    }
    if let Some(command) = entries.get(menu.place.cursor) {
        let mut text = SafeText::new(command.help);
        if command.durable {
            text.push_str(" Writes to the repository.");
        }
        let lines = wrap(&text, width.saturating_sub(2));
        for (row, line) in area.rows().skip(about).zip(&lines) {
            canvas.line(row, &Styled::new().lit(Role::Dim, " ").text(Role::Info, line));
        }
    }
}
