//! Texts over the screen: the log of messages, a commit's whole change, a line's code points.

use crate::text::SafeText;
use crate::tui::command::Cmd;
use crate::tui::effect::{Effect, Job};
use crate::tui::msg::JobEvent;
use crate::tui::state::{Sheet, SheetKind, Slot, State};
use crate::tui::view;

pub(super) fn open(state: &mut State, cmd: Cmd, effects: &mut Vec<Effect>) {
    let kind = match cmd {
        Cmd::Messages => SheetKind::Messages,
        Cmd::RawLine => SheetKind::Raw,
        _ => {
            let Some(commit) = state.commit_in_view() else { return };
            let id = state.job();
            effects.push(Effect::Start(id, Job::Change(commit.as_str().to_owned())));
            SheetKind::Change(commit, Slot::Loading(id))
        }
    };
    state.sheet = Some(Sheet { kind, scroll: 0 });
}

pub(super) fn run_in(state: &mut State, cmd: Cmd) {
    let page = view::sheet::height(state.size).max(2) - 1;
    let Some(sheet) = &mut state.sheet else { return };
    let at = sheet.scroll;
    sheet.scroll = match cmd {
        Cmd::Cancel => {
            state.sheet = None;
            return;
        }
        Cmd::Down => at.saturating_add(1),
        Cmd::Up => at.saturating_sub(1),
        Cmd::Top => 0,
        Cmd::Bottom => usize::MAX,
        Cmd::HalfDown => at.saturating_add(page.div_ceil(2)),
        Cmd::HalfUp => at.saturating_sub(page.div_ceil(2)),
        Cmd::PageDown => at.saturating_add(page),
        Cmd::PageUp => at.saturating_sub(page),
        _ => at,
    };
}

pub(super) fn changed(state: &mut State, event: JobEvent) {
    let Some(Sheet { kind: SheetKind::Change(_, slot), .. }) = &mut state.sheet else { return };
    match event {
        JobEvent::Change(lines) => *slot = Slot::Ready(lines),
        JobEvent::Failed(why) => *slot = Slot::Failed(why),
        _ => *slot = Slot::Failed(SafeText::new("passed over: press the key again")),
    }
}

pub(super) fn settle(state: &mut State) {
    if state.sheet.as_ref().is_some_and(|sheet| sheet.scroll > 0) {
        let lines = view::sheet::lines(state, usize::from(state.size.0)).len();
        let most = lines.saturating_sub(view::sheet::height(state.size));
        if let Some(sheet) = &mut state.sheet {
            sheet.scroll = sheet.scroll.min(most);
        }
    }
}
