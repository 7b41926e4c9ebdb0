//! A text over the screen, with a title.

use ratatui::layout::Rect;

use super::{Canvas, Styled, trace};
use crate::text::{SafeText, wrap};
use crate::theme::Role;
use crate::tui::layout;
use crate::tui::state::{Level, SheetKind, Slot, State};

/// Rows for the text on a screen of this size.
pub fn height(size: (u16, u16)) -> usize {
    let regions = layout::regions(size, super::Screen::Dashboard, false);
    regions.map_or(0, |regions| usize::from(regions.main.height).saturating_sub(1))
}

pub fn lines(state: &State, width: usize) -> Vec<Styled> {
    let Some(sheet) = &state.sheet else { return Vec::new() };
    let mut out = Vec::new();
    let say = |out: &mut Vec<Styled>, role: Role, text: &SafeText| {
        for line in wrap(text, width.saturating_sub(2)) {
            out.push(Styled::new().lit(role, " ").text(role, &line));
        }
    };
    match &sheet.kind {
        SheetKind::Messages => {
            for message in state.log.iter().rev() {
                let (role, word) = level(message.level);
                let wrapped = wrap(&message.text, width.saturating_sub(word.len() + 1));
                for (at, line) in wrapped.iter().enumerate() {
                    let head = if at == 0 { word } else { &" ".repeat(word.len()) };
                    out.push(Styled::new().lit(role, head).text(role, line));
                }
            }
            if out.is_empty() {
                out.push(Styled::new().lit(Role::Dim, " nothing was said yet"));
            }
        }
        SheetKind::Raw => match state.subject_row().and_then(|row| state.sources.get(row.key())) {
            Some(Slot::Ready(source)) => {
                let head = "   BYTE  CODE POINT  SHOWN AS";
                out.push(Styled::new().lit(Role::Dim, head));
                for point in &source.points {
                    out.push(
                        Styled::new()
                            .lit(Role::Number, &format!("{:>7}  ", point.at))
                            .lit(Role::Plain, &format!("{:<12}", point.code))
                            .text(Role::Plain, &point.shown),
                    );
                }
                if source.points.is_empty() {
                    out.push(Styled::new().lit(Role::Dim, " the line is empty"));
                }
            }
            Some(Slot::Failed(why)) => say(&mut out, Role::Error, why),
            Some(Slot::Loading(_)) | None => out.push(Styled::new().lit(Role::Dim, " reading")),
        },
        SheetKind::Change(_, Slot::Ready(lines)) => trace::diff(lines, &mut out, width),
        SheetKind::Change(_, Slot::Failed(why)) => say(&mut out, Role::Error, why),
        SheetKind::Change(_, Slot::Loading(_)) => {
            out.push(Styled::new().lit(Role::Progress, " reading the change"));
        }
    }
    out
}

/// The role of a message, and the word that says the same without colour.
pub(super) fn level(level: Level) -> (Role, &'static str) {
    match level {
        Level::Ok => (Role::Ok, " ok  "),
        Level::Info => (Role::Info, " --  "),
        Level::Warn => (Role::Warn, " !   "),
        Level::Error => (Role::Error, " error  "),
    }
}

pub(super) fn draw(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    let Some(sheet) = &state.sheet else { return };
    let title = match &sheet.kind {
        SheetKind::Messages => Styled::new().lit(Role::Title, "messages, the newest first"),
        SheetKind::Raw => {
            let place = state.subject_row().map(|row| row.location()).unwrap_or_default();
            Styled::new().lit(Role::Title, "code points of ").text(Role::Title, &place)
        }
        SheetKind::Change(commit, _) => {
            Styled::new().lit(Role::Title, "all of commit ").text(Role::Title, commit)
        }
    };
    canvas.rule(area, &title);
    let below = Rect { y: area.y.saturating_add(1), height: area.height.saturating_sub(1), ..area };
    canvas.lines(below, &lines(state, usize::from(area.width)), sheet.scroll);
}
