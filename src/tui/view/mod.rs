//! `view`: the state as cells. Changes nothing, asks for nothing; a file per panel.
//!
//! Panels make [`Styled`] lines out of `SafeText` and roles; only the canvas writes cells.

mod canvas;
mod chrome;
pub mod controls;
pub mod dashboard;
pub mod detail;
mod findings;
pub mod form;
pub mod history;
pub mod menu;
pub mod sheet;
mod snippet;
pub mod trace;
pub mod waivers;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub use canvas::{Canvas, Styled};

use super::layout::{MIN_HEIGHT, MIN_WIDTH, Regions};
use super::state::{Screen, State};
use crate::theme::Role;

/// Draws the whole screen.
pub fn view(state: &State, buffer: &mut Buffer) {
    let area = buffer.area;
    let mut canvas = Canvas::new(buffer, &state.theme);
    canvas.clear(area);
    // The state may be a message behind the terminal: what does not fit is not drawn.
    let fits = state.size.0 <= area.width && state.size.1 <= area.height;
    let Some(regions) = state.regions().filter(|_| fits) else {
        let (width, height) = state.size;
        let text = format!("terminal too small ({width}x{height}), need {MIN_WIDTH}x{MIN_HEIGHT}");
        canvas.line(area, &Styled::new().lit(Role::Warn, &text));
        return;
    };
    chrome::header(state, &mut canvas, regions.header);
    chrome::status(state, &mut canvas, regions.status);
    if let Some(footer) = regions.footer {
        chrome::footer(state, &mut canvas, footer);
    }
    let body = Rect {
        height: regions.status.y.saturating_sub(regions.header.height),
        y: regions.header.height,
        ..area
    };
    if let Some(menu) = &state.menu {
        menu::draw(state, menu, &mut canvas, body);
        return;
    }
    if state.sheet.is_some() {
        sheet::draw(state, &mut canvas, body);
        return;
    }
    match state.screen {
        Screen::Dashboard => dashboard::draw(state, &mut canvas, regions.main),
        Screen::Findings => findings_screen(state, &mut canvas, &regions),
        Screen::Trace => trace::draw(state, &mut canvas, regions.main),
        Screen::Waivers => match &state.form {
            Some(form) => form::draw(form, &mut canvas, &regions),
            None => waivers::draw(state, &mut canvas, &regions),
        },
        Screen::History => history::draw(state, &mut canvas, regions.main),
    }
}

fn findings_screen(state: &State, canvas: &mut Canvas<'_>, regions: &Regions) {
    if state.in_detail && state.one_pane() {
        let area = regions.peek.map_or(regions.main, |peek| regions.main.union(peek));
        detail::draw(state, canvas, area);
        return;
    }
    findings::list(state, canvas, regions.main);
    if let Some(rail) = regions.rail {
        findings::rail(state, canvas, rail);
        canvas.divider(rail.right(), rail);
    }
    if let Some(side) = regions.side {
        canvas.divider(side.x.saturating_sub(1), side);
        detail::draw(state, canvas, side);
    }
    if let Some(peek) = regions.peek {
        detail::peek(state, canvas, peek);
    }
}
