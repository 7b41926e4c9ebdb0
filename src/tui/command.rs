//! The one table of commands: keys, footer hints, `?` and `:` all come from it, so they cannot disagree.

mod table;

use super::listing::{GroupBy, SortBy};
use super::state::{Screen, Slot, State};
use super::store::Shelf;
use crate::text::SafeText;

/// Where keys are heard. A bit each, so that a command can be heard in several places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope(u16);

impl Scope {
    pub const LIST: Scope = Scope(1);
    pub const DETAIL: Scope = Scope(2);
    pub const TRACE: Scope = Scope(4);
    pub const WAIVERS: Scope = Scope(8);
    pub const DASHBOARD: Scope = Scope(16);
    pub const FORM: Scope = Scope(32);
    pub const MENU: Scope = Scope(64);
    pub const FILTER: Scope = Scope(128);
    pub const HISTORY: Scope = Scope(256);
    pub const PROMPT: Scope = Scope(512);
    /// The screens, without places where keys are text.
    pub const SCREENS: Scope = Scope(1 | 2 | 4 | 8 | 16 | 256);
    /// A text over the screen.
    pub const SHEET: Scope = Scope(1024);
    pub const ALL: Scope = Scope(2047);
    const LISTS: Scope = Scope(1 | 8 | 16 | 256);
    const SCROLL: Scope = Scope(1 | 2 | 4 | 8 | 16 | 256 | 1024);
    const FINDING: Scope = Scope(1 | 2 | 4);

    pub fn includes(self, other: Scope) -> bool {
        self.0 & other.0 != 0
    }

    const fn and(self, other: Scope) -> Scope {
        Scope(self.0 | other.0)
    }

    pub const NOWHERE: Scope = Scope(0);

    pub fn without(self, other: Scope) -> Scope {
        Scope(self.0 & !other.0)
    }

    /// In these places printable keys are text.
    pub fn takes_text(self) -> bool {
        Scope(32 | 64 | 128 | 512).includes(self)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cmd {
    Dashboard,
    Findings,
    Trace,
    Waivers,
    History,
    Older,
    Newer,
    Group(GroupBy),
    Sort(SortBy),
    SortReverse,
    GroupNext,
    GroupPrev,
    Complete,
    PolicyNext,
    PolicyPrev,
    Grow,
    Shrink,
    Watch,
    Mouse,
    ThemeNext,
    Mark,
    MarkRange,
    MarkAll,
    Unmark,
    Review,
    ReviewGroup,
    WaiveGroup,
    Note,
    SessionNote,
    Undo,
    Redo,
    Export,
    PaneNext,
    PanePrev,
    Down,
    Up,
    FoldClose,
    FoldOpen,
    Top,
    Bottom,
    HalfDown,
    HalfUp,
    PageDown,
    PageUp,
    Open,
    Cancel,
    Filter,
    Waive,
    Approve,
    Reject,
    Renew,
    Revoke,
    Sign,
    EditField,
    EditFile,
    TraceOpen,
    PolicyText,
    FindingPrev,
    FindingNext,
    CopyPath,
    CopyFingerprint,
    CopyCommit,
    CopyLink,
    Browse,
    FullChange,
    RawLine,
    Messages,
    Baseline,
    Rerun,
    Palette,
    Help,
    Redraw,
    Suspend,
    Close,
    Quit,
}

/// One command.
#[derive(Debug)]
pub struct Command {
    pub cmd: Cmd,
    pub id: &'static str,
    pub title: &'static str,
    /// One sentence.
    pub help: &'static str,
    pub keys: &'static [&'static str],
    pub scope: Scope,
    /// Writes to the repository.
    pub durable: bool,
    /// Words in the footer, where it is worth a place there.
    pub hint: Option<&'static str>,
}

pub use table::COMMANDS;

#[cfg(test)]
pub fn find(cmd: Cmd) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.cmd == cmd)
}

/// Can it act now? If not, why not.
pub fn available(cmd: Cmd, state: &State) -> Result<(), SafeText> {
    let no = |why: &str| Err(SafeText::new(why));
    match cmd {
        Cmd::EditFile | Cmd::Watch if state.visited.is_some() => {
            no("another commit is shown, not the files: 5 and enter lead back")
        }
        Cmd::TraceOpen | Cmd::EditFile | Cmd::PolicyText | Cmd::CopyPath | Cmd::CopyFingerprint => {
            match state.focused() {
                Some(_) => Ok(()),
                None => no("no finding is under the cursor"),
            }
        }
        Cmd::CopyLink | Cmd::Browse if state.web.is_none() => {
            no("no remote of this repository has an address on the web")
        }
        Cmd::CopyLink | Cmd::Browse => match state.link() {
            Some(_) => Ok(()),
            None => no("no finding and no known commit is under the cursor"),
        },
        Cmd::RawLine if state.subject_row().is_none() => no("no finding is under the cursor"),
        Cmd::Baseline if state.visited.is_some() => {
            no("another commit is shown: 5 and enter on the first line lead back")
        }
        Cmd::Baseline if state.screen == Screen::History && state.past.ready().is_none() => {
            no("the past is not known yet")
        }
        Cmd::CopyCommit | Cmd::FullChange => match state.commit_in_view() {
            Some(_) => Ok(()),
            None => no("the commit is not known yet"),
        },
        Cmd::Older | Cmd::Newer => match state.subject_row().and_then(|row| state.lives.get(row.key())) {
            Some(Slot::Ready(life)) => {
                let at = state.step.unwrap_or(life.origin);
                if cmd == Cmd::Older && at + 1 >= life.events.len() {
                    return no("nothing happened to it before");
                }
                if cmd == Cmd::Newer && at == 0 {
                    return no("nothing happened to it after");
                }
                Ok(())
            }
            Some(Slot::Failed(why)) => Err(why.clone()),
            Some(Slot::Loading(_)) | None => no("still looking through its past"),
        },
        Cmd::Mark | Cmd::MarkRange | Cmd::Review | Cmd::Note if state.focused().is_none() => {
            no("no finding is under the cursor")
        }
        Cmd::Unmark if state.desk.marked.is_empty() => no("nothing is marked"),
        Cmd::WaiveGroup | Cmd::ReviewGroup if state.listing.group_of(state.list.cursor).is_none() => {
            no("there is no group here: g p groups by policy")
        }
        Cmd::Export if !state.audit.complete => no("the audit has not ended yet"),
        // Each of them is asked when its turn comes.
        Cmd::Waive if !state.marked_rows().is_empty() => Ok(()),
        Cmd::Waive => {
            let Some(row) = state.focused() else { return no("no finding is under the cursor") };
            match row.shelf() {
                Shelf::Review => return no("a review match does not gate, so there is nothing to waive"),
                Shelf::Inconclusive => {
                    return no("an inconclusive verdict is no violation and cannot be waived");
                }
                Shelf::Fail => {}
            }
            if let (true, Some(waiver)) = (row.waived(), row.waiver()) {
                let mut why = SafeText::new("already waived until ");
                why.push(&waiver.expires);
                return Err(why.with(" (").and(&waiver.id).with(")"));
            }
            if !row.waivable() {
                return Err(row.policy().id.clone().with(" does not allow waivers"));
            }
            if !row.can_be_bound() {
                return no("the evidence has no canonical form, so no waiver can bind to it");
            }
            Ok(())
        }
        Cmd::Approve | Cmd::Reject | Cmd::Renew | Cmd::Revoke => about_a_waiver(cmd, state),
        Cmd::Rerun if state.audit.job.is_some() => no("an audit is running"),
        Cmd::Filter if state.screen != Screen::Findings => no("there is nothing to filter here"),
        Cmd::Sign => match &state.form {
            None => no("no draft is open"),
            Some(form) => form.signable(),
        },
        _ => Ok(()),
    }
}

/// What can be told of an act about a waiver without asking the engine.
fn about_a_waiver(cmd: Cmd, state: &State) -> Result<(), SafeText> {
    let no = |why: &str| Err(SafeText::new(why));
    if state.screen != Screen::Waivers {
        return no("choose a waiver on the Waivers screen first: 4");
    }
    if state.visited.is_some() {
        return no("records are written on the current branch, not at a commit: 5 and enter lead back to it");
    }
    let Some(waiver) = state.waiver_in_view() else { return no("no waiver is under the cursor") };
    match waiver.state.as_str() {
        "revoked" => return Err(waiver.id.clone().with(" is revoked, for good")),
        "invalid" => return Err(waiver.id.clone().with(" is no valid record")),
        _ => {}
    }
    if cmd == Cmd::Renew && state.finding_of(waiver).is_none() {
        return no("its finding is gone, so there is nothing to renew");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_explained() {
        let ids: BTreeSet<_> = COMMANDS.iter().map(|command| command.id).collect();
        assert_eq!(ids.len(), COMMANDS.len());
        for command in COMMANDS {
            assert!(command.help.ends_with('.'), "{}", command.id);
            assert!(command.help.len() <= 100, "{}", command.id);
            assert_eq!(find(command.cmd).map(|found| found.id), Some(command.id));
        }
        assert_eq!(COMMANDS.iter().filter(|command| command.durable).count(), 1);
    }
}
