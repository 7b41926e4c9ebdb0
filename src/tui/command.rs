//! The one table of commands: keys, footer hints, `?` and `:` all come from it, so they cannot disagree.

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
    /// The screens, without places where keys are text.
    pub const SCREENS: Scope = Scope(1 | 2 | 4 | 8 | 16 | 256);
    pub const ALL: Scope = Scope(511);
    const LISTS: Scope = Scope(1 | 8 | 16 | 256);
    const SCROLL: Scope = Scope(1 | 2 | 4 | 8 | 16 | 256);
    const FINDING: Scope = Scope(1 | 2 | 4);

    pub fn includes(self, other: Scope) -> bool {
        self.0 & other.0 != 0
    }

    const fn and(self, other: Scope) -> Scope {
        Scope(self.0 | other.0)
    }

    /// In these places printable keys are text.
    pub fn takes_text(self) -> bool {
        Scope(32 | 64 | 128).includes(self)
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
    GroupPolicy,
    GroupCommit,
    GroupAuthor,
    SortSeverity,
    SortAge,
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

const fn command(
    cmd: Cmd,
    id: &'static str,
    title: &'static str,
    keys: &'static [&'static str],
    scope: Scope,
    hint: Option<&'static str>,
    help: &'static str,
) -> Command {
    Command { cmd, id, title, help, keys, scope, durable: matches!(cmd, Cmd::Sign), hint }
}

/// In the order of the help and of the footer.
pub const COMMANDS: &[Command] = &[
    command(
        Cmd::Sign,
        "waiver.sign",
        "Sign and commit the record",
        &["ctrl-s"],
        Scope::FORM,
        Some("sign and commit"),
        "Sign the record that the preview shows and commit it; nothing else is written.",
    ),
    command(
        Cmd::EditField,
        "waiver.edit",
        "Edit the field in an editor",
        &["ctrl-o"],
        Scope::FORM,
        Some("editor"),
        "Edit the field in $VISUAL or $EDITOR; lines with # are left out, the rest becomes one line.",
    ),
    command(
        Cmd::Open,
        "item.open",
        "Open",
        &["enter"],
        Scope::LISTS.and(Scope::MENU).and(Scope::FILTER),
        Some("open"),
        "Show the thing under the cursor; in a filter, keep the filter.",
    ),
    command(
        Cmd::TraceOpen,
        "trace.open",
        "Trace the finding",
        &["t"],
        Scope::FINDING,
        Some("trace"),
        "Find the commit at which the verdict flipped, and show its change.",
    ),
    command(
        Cmd::Waive,
        "waiver.draft",
        "Draft a waiver",
        &["w"],
        Scope::FINDING,
        Some("waive"),
        "Start a waiver for the finding, or go on with its draft; nothing is written until it is signed.",
    ),
    command(
        Cmd::Approve,
        "waiver.approve",
        "Approve the waiver",
        &["A"],
        Scope::WAIVERS,
        Some("approve"),
        "Start your approval of the waiver under the cursor; nothing is written until it is signed.",
    ),
    command(
        Cmd::Reject,
        "waiver.reject",
        "Reject the waiver",
        &["X"],
        Scope::WAIVERS,
        None,
        "Start your rejection of the waiver under the cursor: it blocks until you approve.",
    ),
    command(
        Cmd::Renew,
        "waiver.renew",
        "Renew the waiver",
        &["w"],
        Scope::WAIVERS,
        Some("renew"),
        "Start a waiver in the place of the one under the cursor, with a new reason and day.",
    ),
    command(
        Cmd::Revoke,
        "waiver.revoke",
        "Revoke the waiver",
        &["V"],
        Scope::WAIVERS,
        Some("revoke"),
        "Start the end of the waiver under the cursor, for good.",
    ),
    command(
        Cmd::Filter,
        "filter.edit",
        "Filter",
        &["/"],
        Scope::LIST.and(Scope::DETAIL),
        Some("filter"),
        "Filter by policy, title, resource, path and message; Enter keeps the filter, Esc clears it.",
    ),
    command(
        Cmd::Rerun,
        "audit.rerun",
        "Audit again",
        &["r"],
        Scope::SCREENS,
        Some("re-audit"),
        "Run the audit again; the cursor stays on its finding.",
    ),
    command(
        Cmd::PolicyText,
        "policy.show",
        "Show the policy's text",
        &["p"],
        Scope::LIST.and(Scope::DETAIL),
        Some("policy"),
        "Show the rule behind the finding in its detail, or hide it again.",
    ),
    command(
        Cmd::Older,
        "trace.parent",
        "Older change",
        &[","],
        Scope::TRACE,
        Some("older"),
        "Go on from the parent: to what happened to the finding before.",
    ),
    command(
        Cmd::Newer,
        "nav.back",
        "Newer change",
        &["<"],
        Scope::TRACE,
        Some("newer"),
        "Back to what happened to the finding after.",
    ),
    command(
        Cmd::FindingNext,
        "finding.next",
        "Next finding",
        &["J", "] f"],
        Scope::FINDING,
        None,
        "Go to the next finding, from wherever you are.",
    ),
    command(
        Cmd::FindingPrev,
        "finding.prev",
        "Previous finding",
        &["K", "[ f"],
        Scope::FINDING,
        None,
        "Go to the previous finding.",
    ),
    command(
        Cmd::Cancel,
        "nav.cancel",
        "Back",
        &["esc"],
        Scope::ALL,
        Some("back"),
        "Close, clear or cancel one thing; never quits. A waiver draft is kept.",
    ),
    command(
        Cmd::Down,
        "cursor.down",
        "Down",
        &["j", "down"],
        Scope::SCROLL.and(Scope::MENU).and(Scope::FORM),
        None,
        "Move down by one.",
    ),
    command(
        Cmd::Up,
        "cursor.up",
        "Up",
        &["k", "up"],
        Scope::SCROLL.and(Scope::MENU).and(Scope::FORM),
        None,
        "Move up by one.",
    ),
    command(
        Cmd::FoldClose,
        "fold.close",
        "Fold the group",
        &["h", "left"],
        Scope::LIST,
        None,
        "Hide the findings of the group under the cursor.",
    ),
    command(
        Cmd::FoldOpen,
        "fold.open",
        "Unfold the group",
        &["l", "right"],
        Scope::LIST,
        None,
        "Show the findings of the group under the cursor.",
    ),
    command(
        Cmd::Top,
        "cursor.top",
        "To the top",
        &["g g", "home"],
        Scope::SCROLL,
        None,
        "Go to the first line.",
    ),
    command(
        Cmd::Bottom,
        "cursor.bottom",
        "To the bottom",
        &["G", "end"],
        Scope::SCROLL,
        None,
        "Go to the last line.",
    ),
    command(
        Cmd::HalfDown,
        "cursor.half_down",
        "Half a page down",
        &["ctrl-d"],
        Scope::SCROLL.and(Scope::FORM),
        None,
        "Scroll half a page down; in a waiver draft, the record.",
    ),
    command(
        Cmd::HalfUp,
        "cursor.half_up",
        "Half a page up",
        &["ctrl-u"],
        Scope::SCROLL.and(Scope::FORM),
        None,
        "Scroll half a page up; in a waiver draft, the record.",
    ),
    command(
        Cmd::PageDown,
        "cursor.page_down",
        "A page down",
        &["ctrl-f", "pgdn"],
        Scope::SCROLL.and(Scope::FORM),
        None,
        "Scroll a page down.",
    ),
    command(
        Cmd::PageUp,
        "cursor.page_up",
        "A page up",
        &["ctrl-b", "pgup"],
        Scope::SCROLL.and(Scope::FORM),
        None,
        "Scroll a page up.",
    ),
    command(
        Cmd::PaneNext,
        "pane.next",
        "Next pane or field",
        &["tab"],
        Scope::SCREENS.and(Scope::FORM),
        None,
        "Move to the next pane; in a form, to the next field.",
    ),
    command(
        Cmd::PanePrev,
        "pane.prev",
        "Previous pane or field",
        &["shift-tab"],
        Scope::SCREENS.and(Scope::FORM),
        None,
        "Move to the previous pane; in a form, to the previous field.",
    ),
    command(
        Cmd::Dashboard,
        "screen.dashboard",
        "Dashboard",
        &["1"],
        Scope::SCREENS,
        None,
        "Counts, and what needs attention.",
    ),
    command(
        Cmd::Findings,
        "screen.findings",
        "Findings",
        &["2"],
        Scope::SCREENS,
        None,
        "The list of findings, grouped by policy.",
    ),
    command(
        Cmd::Trace,
        "screen.trace",
        "Trace",
        &["3"],
        Scope::SCREENS,
        None,
        "The commit that introduced the finding under the cursor.",
    ),
    command(
        Cmd::Waivers,
        "screen.waivers",
        "Waivers",
        &["4"],
        Scope::SCREENS,
        None,
        "Waiver records with their states, and drafts.",
    ),
    command(
        Cmd::History,
        "screen.history",
        "History",
        &["5"],
        Scope::SCREENS,
        None,
        "Posture over time; Enter opens the audit at the commit under the cursor.",
    ),
    command(
        Cmd::GroupPolicy,
        "group.policy",
        "Group by policy",
        &["g p"],
        Scope::LIST,
        None,
        "Group the findings by policy.",
    ),
    command(
        Cmd::GroupCommit,
        "group.commit",
        "Group by introducing commit",
        &["g i"],
        Scope::LIST,
        None,
        "Group the findings by the commit that introduced them, the newest first.",
    ),
    command(
        Cmd::GroupAuthor,
        "group.author",
        "Group by author",
        &["g a"],
        Scope::LIST,
        None,
        "Group the findings by the author of the commit that introduced them.",
    ),
    command(
        Cmd::SortSeverity,
        "sort.severity",
        "Sort by severity",
        &["s s"],
        Scope::LIST,
        None,
        "Within each group the worst findings come first.",
    ),
    command(
        Cmd::SortAge,
        "sort.age",
        "Sort by age",
        &["s a"],
        Scope::LIST,
        None,
        "Within each group the findings that are there for longest come first.",
    ),
    command(
        Cmd::EditFile,
        "editor.open",
        "Open in an editor",
        &["e"],
        Scope::FINDING,
        None,
        "Open the finding's file at its line in $VISUAL or $EDITOR.",
    ),
    command(
        Cmd::CopyPath,
        "copy.path",
        "Copy the path",
        &["y p"],
        Scope::FINDING,
        None,
        "Send the finding's path and line to the terminal's clipboard (OSC 52).",
    ),
    command(
        Cmd::CopyFingerprint,
        "copy.fingerprint",
        "Copy the fingerprint",
        &["y f"],
        Scope::FINDING,
        None,
        "Send the finding's fingerprint to the terminal's clipboard (OSC 52).",
    ),
    command(
        Cmd::CopyCommit,
        "copy.commit",
        "Copy the commit",
        &["y c"],
        Scope::FINDING.and(Scope::HISTORY),
        None,
        "Send the commit's id to the terminal's clipboard (OSC 52).",
    ),
    command(
        Cmd::Palette,
        "palette",
        "All commands",
        &[":"],
        Scope::SCREENS,
        None,
        "Search all commands and run one.",
    ),
    command(
        Cmd::Help,
        "help",
        "Keys that work here",
        &["?"],
        Scope::SCREENS,
        Some("keys"),
        "Show the keys that are valid here; typing filters, Enter runs.",
    ),
    command(
        Cmd::Redraw,
        "screen.redraw",
        "Draw again",
        &["ctrl-l"],
        Scope::ALL,
        None,
        "Repaint the whole screen.",
    ),
    command(
        Cmd::Suspend,
        "app.suspend",
        "Suspend",
        &["ctrl-z"],
        Scope::ALL,
        None,
        "Go back to the shell; `fg` returns.",
    ),
    command(
        Cmd::Close,
        "app.close",
        "Close or quit",
        &["q"],
        Scope::SCREENS,
        Some("quit"),
        "Close what is open, else quit; asks once when a draft is not signed.",
    ),
    command(Cmd::Quit, "app.quit", "Leave now", &["ctrl-c"], Scope::ALL, None, "Leave without asking."),
];

#[cfg(test)]
pub fn find(cmd: Cmd) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.cmd == cmd)
}

/// Can it act now? If not, why not.
pub fn available(cmd: Cmd, state: &State) -> Result<(), SafeText> {
    let no = |why: &str| Err(SafeText::new(why));
    match cmd {
        Cmd::EditFile if state.visited.is_some() => {
            no("another commit is shown, not the files: 5 and enter lead back")
        }
        Cmd::TraceOpen | Cmd::EditFile | Cmd::PolicyText | Cmd::CopyPath | Cmd::CopyFingerprint => {
            match state.focused() {
                Some(_) => Ok(()),
                None => no("no finding is under the cursor"),
            }
        }
        Cmd::CopyCommit => match state.commit_in_view() {
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
        Cmd::Waive => {
            let Some(row) = state.focused() else { return no("no finding is under the cursor") };
            match row.shelf {
                Shelf::Review => return no("a review match does not gate, so there is nothing to waive"),
                Shelf::Inconclusive => {
                    return no("an inconclusive verdict is no violation and cannot be waived");
                }
                Shelf::Fail => {}
            }
            if let (true, Some(waiver)) = (row.waived(), &row.waiver) {
                let mut why = SafeText::new("already waived until ");
                why.push(&waiver.expires);
                return Err(why.with(" (").and(&waiver.id).with(")"));
            }
            if !row.finding.policy.waivable {
                return Err(row.policy.id.clone().with(" does not allow waivers"));
            }
            if row.finding.evidence_digest.is_none() {
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
