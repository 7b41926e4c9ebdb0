//! Header, status line and footer: what holds on every screen.
//!
//! ```text
//!  probity  claims-ml  main@9f2c1d0*             1 Dash 2▌Find▐3 Trace 4 Waive
//!  work tree, modified  37 policies                  filter: s3   14 of 20
//! ─────────────────────────────────────────────────────────────────────────────
//!  ok  14 open, 2 waived                                ! incomplete: 2 unparsed
//!  enter open  t trace  w waive  / filter  ? keys
//! ```

use ratatui::layout::Rect;

use super::{Canvas, Styled};
use crate::text::{SafeText, elide_end, elide_middle, skip_columns};
use crate::theme::Role;
use crate::tui::command::{COMMANDS, Cmd, Scope};
use crate::tui::query;
use crate::tui::state::{Baseline, Prompt, Screen, Slot, State};
use crate::tui::store::Shelf;
use crate::tui::update::plural;

pub(super) fn header(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    let width = usize::from(area.width);
    let mut rows = area.rows();
    let (Some(first), second, third) = (rows.next(), rows.next(), rows.next()) else { return };
    let Some(second) = second else {
        canvas.line(first, &one_row(state, width));
        return;
    };
    let tabs = tabs(state, width >= 100, true);
    let mut line = Styled::new();
    if width >= 76 {
        line = line.lit(Role::Dim, " probity ");
    }
    let room = width.saturating_sub(line.width() + tabs.width() + 3);
    canvas.line(first, &line.lit(Role::Plain, " ").join(identity(state, room)).with_right(width, tabs));

    let context = &state.context;
    let mut line = Styled::new().lit(Role::Plain, " ").text(Role::Plain, &context.revision);
    if context.dirty {
        line = line.lit(Role::Warn, ", modified");
    }
    if let Some(policies) = context.policies {
        line = line.lit(Role::Dim, "  ").lit(Role::Dim, &plural(policies, "policy", "policies"));
    }
    if let Some(baseline) = &state.baseline {
        line =
            line.lit(Role::Dim, "  since ").text(Role::Header, &baseline.commit.short).join(since(baseline));
    }
    if state.filtering || !state.filter.is_empty() {
        line = line.lit(Role::Key, "  / ");
        if state.filtering {
            let (head, under, rest) = state.filter.parts();
            let under = if under.is_empty() { crate::text::SafeText::new(" ") } else { under };
            line = line.text(Role::Match, &head).text(Role::InputCursor, &under).text(Role::Match, &rest);
        } else {
            line = line.text(Role::Match, &crate::text::SafeText::new(state.filter.text()));
        }
    }
    let total = state.store.len();
    let shown = match state.listing.matching {
        matching if matching == total => format!("{total} listed "),
        matching => format!("{matching} of {total} listed "),
    };
    let mut right = Styled::new();
    if !state.desk.marked.is_empty() {
        right = right.lit(Role::Key, &format!("{} marked  ", state.desk.marked.len()));
    }
    if !state.desk.reviewed.is_empty() {
        let reviewed = format!("reviewed {} of {}  ", state.listing.reviewed(), state.listing.matching);
        right = right.lit(Role::Ok, &reviewed);
    }
    canvas.line(second, &line.with_right(width, right.lit(Role::Dim, &shown)));
    // Where the screen starts with a rule of its own, two would be noise.
    let charted = state.screen == Screen::History && state.past.ready().is_some();
    let ruled = state.menu.is_some() || state.screen == Screen::Dashboard || charted;
    if let Some(third) = third.filter(|_| !ruled) {
        canvas.rule(third, &Styled::new());
    }
}

/// How the comparison with the baseline stands.
fn since(baseline: &Baseline) -> Styled {
    match &baseline.slot {
        Slot::Loading(_) => Styled::new().lit(Role::Progress, " comparing"),
        Slot::Failed(_) => Styled::new().lit(Role::Error, " not compared"),
        Slot::Ready(change) => Styled::new()
            .lit(Role::Added, &format!(" +{}", change.new.len()))
            .lit(Role::Removed, &format!(" -{}", change.fixed))
            .lit(Role::Warn, if change.incomplete { " ?" } else { "" }),
    }
}

/// Repository, branch, head and dirty mark; the name gives way first.
fn identity(state: &State, room: usize) -> Styled {
    let context = &state.context;
    let dirty = if context.dirty { "*" } else { "" };
    let tail = 1 + context.head.width() + dirty.len();
    let branch = elide_middle(&context.branch, room.saturating_sub(tail + 6).max(4));
    let name = elide_end(&context.name, room.saturating_sub(branch.width() + tail + 2).max(4));
    Styled::new()
        .text(Role::Header, &name)
        .lit(Role::Plain, "  ")
        .text(Role::Header, &branch)
        .lit(Role::Dim, "@")
        .text(Role::Header, &context.head)
        .lit(Role::Warn, dirty)
}

/// Everything on one row, for low terminals.
fn one_row(state: &State, width: usize) -> Styled {
    let tabs = tabs(state, false, width >= 80);
    let policies = state.context.policies.map_or(String::new(), |count| format!(" {count}p"));
    let revision = match state.context.revision.as_str() {
        "work tree" if width < 60 => SafeText::new("tree"),
        _ => elide_end(&state.context.revision, 11),
    };
    let fixed = tabs.width() + policies.len() + revision.width() + 3;
    Styled::new()
        .join(identity(state, width.saturating_sub(fixed)))
        .lit(Role::Plain, " ")
        .text(Role::Dim, &revision)
        .lit(Role::Dim, &policies)
        .with_right(width, tabs)
}

fn tabs(state: &State, long: bool, all: bool) -> Styled {
    let mut line = Styled::new();
    for (number, screen) in (1..).zip(Screen::ALL) {
        let name = match (screen, long) {
            (Screen::Dashboard, true) => "Dashboard",
            (Screen::Dashboard, false) => "Dash",
            (Screen::Findings, true) => "Findings",
            (Screen::Findings, false) => "Find",
            (Screen::Trace, _) => "Trace",
            (Screen::Waivers, true) => "Waivers",
            (Screen::Waivers, false) => "Waive",
            (Screen::History, true) => "History",
            (Screen::History, false) => "Hist",
        };
        let gap = if long { "  " } else { " " };
        if screen == state.screen {
            line = line.lit(Role::Tab, &format!("{number}▌")).lit(Role::TabActive, name).lit(Role::Tab, "▐");
            if long {
                line = line.lit(Role::Tab, " ");
            }
        } else if all {
            line = line.lit(Role::Tab, &format!("{number} {name}{gap}"));
        }
    }
    line
}

pub(super) fn status(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    let width = usize::from(area.width);
    if let Some(prompt) = &state.prompt {
        canvas.line(area, &note_line(prompt, width));
        return;
    }
    if state.filtering && state.message.is_none() {
        canvas.line(area, &filter_line(state).elided(width));
        return;
    }
    let left = match &state.message {
        Some(message) => {
            let (role, word) = super::sheet::level(message.level);
            Styled::new().lit(role, word).text(role, &message.text)
        }
        None => match &state.form {
            Some(form) => super::form::verdict(form),
            None => summary(state),
        },
    };
    // What was said comes first; what keeps the result from being whole shrinks but never goes.
    let rights = [right(state), flag(state, &left, " ! incomplete "), flag(state, &left, " !")];
    let fits = |right: &&Styled| left.width() + right.width() < width;
    let right = rights.iter().find(fits).or(rights.last()).cloned().unwrap_or_default();
    canvas.line(area, &left.with_right(width, right).elided(width));
}

/// The note that is being written; its end stays in view.
fn note_line(prompt: &Prompt, width: usize) -> Styled {
    let label = if prompt.about.is_some() { " note: " } else { " note on the sitting: " };
    let (head, under, rest) = prompt.input.parts();
    let under = if under.is_empty() { SafeText::new(" ") } else { under };
    let room = width.saturating_sub(label.len() + under.width());
    let head = skip_columns(&head, head.width().saturating_sub(room));
    Styled::new()
        .lit(Role::Key, label)
        .text(Role::InputActive, &head)
        .text(Role::InputCursor, &under)
        .text(Role::InputActive, &rest)
        .elided(width)
}

/// What is wrong with the filter, else how it could go on.
fn filter_line(state: &State) -> Styled {
    if let Some(problem) = &state.filter_problem {
        return Styled::new().lit(Role::Warn, " !   ").text(Role::Warn, problem);
    }
    let mut line = Styled::new().lit(Role::Dim, " tab ");
    let candidates = query::candidates(state.filter.text(), &state.store);
    if candidates.is_empty() {
        return Styled::new()
            .lit(Role::Dim, " letters may be left out; all words must match; -word: without");
    }
    for candidate in &candidates {
        line = line.lit(Role::Key, " ").text(Role::Key, &SafeText::new(candidate)).lit(Role::Plain, " ");
    }
    line
}

fn summary(state: &State) -> Styled {
    let store = &state.store;
    let counts = format!("{} open, {} waived", store.open(), store.waived());
    let mut more = String::new();
    for (shelf, word) in [(Shelf::Inconclusive, "inconclusive"), (Shelf::Review, "review")] {
        match store.count(shelf) {
            0 => {}
            count => more.extend([", ", &count.to_string(), " ", word]),
        }
    }
    if let Some(error) = &state.audit.error {
        Styled::new().lit(Role::Error, " error  ").text(Role::Error, error)
    } else if !state.audit.complete {
        Styled::new().lit(Role::Info, " ..  ").lit(Role::Plain, &format!("{counts}{more} so far"))
    } else if state.summary.incomplete() {
        Styled::new().lit(Role::Error, " INCOMPLETE  ").lit(Role::Plain, &format!("{counts}{more}"))
    } else {
        Styled::new().lit(Role::Ok, " ok  ").lit(Role::Plain, &format!("{counts}{more}"))
    }
}

/// Says that the result is not whole, unless the left side says so.
fn flag(state: &State, left: &Styled, text: &str) -> Styled {
    let said = state.message.is_none() && state.form.is_none() && left.width() > 0;
    let incomplete = state.audit.complete && state.summary.incomplete() && !said;
    Styled::new().lit(Role::Error, if incomplete { text } else { "" })
}

/// What runs, and what keeps the result from being whole.
fn right(state: &State) -> Styled {
    let mut line = Styled::new();
    let summary = &state.summary;
    if state.audit.complete && summary.incomplete() {
        let mut what = Vec::new();
        for (count, word) in
            [(summary.unparsed.len(), "unparsed"), (summary.not_evaluated.len(), "not evaluated")]
        {
            if count > 0 {
                what.push(format!("{count} {word}"));
            }
        }
        line = line.lit(Role::Error, &format!("! {} ", what.join(", ")));
    }
    if state.audit.job.is_some() {
        let audit = &state.audit;
        let count = match audit.total {
            0 => String::new(),
            total => format!(" {} of {total}", audit.done),
        };
        line = line
            .lit(Role::Progress, "auditing: ")
            .text(Role::Progress, &elide_end(&audit.what, 24))
            .lit(Role::Progress, &format!("{count} "));
    } else if state.past.job().is_some() {
        let (done, total) = (state.past.done, state.past.total);
        let count = if total == 0 { String::new() } else { format!(" {done} of {total}") };
        line = line.lit(Role::Progress, &format!("history{count} "));
    } else if state.traces.loading().is_some() || state.lives.loading().is_some() {
        line = line.lit(Role::Progress, "tracing ");
    } else if state.comparing().is_some() {
        line = line.lit(Role::Progress, "comparing ");
    } else if state.origins_job.is_some() {
        let (known, all) = (state.origins.len(), state.store.len());
        line = line.lit(Role::Progress, &format!("origins {known} of {all} "));
    }
    if state.watch_job.is_some() {
        line = line.lit(Role::Dim, "watching ");
    }
    if !state.drafts.is_empty() {
        line = line.lit(Role::Dim, &format!("drafts: {} ", state.drafts.len()));
    }
    line
}

pub(super) fn footer(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    let width = usize::from(area.width);
    let mut line = Styled::new();
    let hint = |key: &str, what: &str| {
        Styled::new().lit(Role::Plain, " ").lit(Role::Key, key).lit(Role::Footer, &format!(" {what} "))
    };
    let hints: Vec<Styled> = if state.pending.is_empty() {
        let here = state.scope();
        let mut hints: Vec<Styled> = COMMANDS
            .iter()
            .filter(|command| command.scope.includes(here) && command.cmd != Cmd::Help)
            .filter_map(|command| {
                let keys = state.keymap.keys(command.cmd, Some(here));
                Some(hint(keys.first()?, word(command.hint?, here)))
            })
            .collect();
        if here == Scope::FORM {
            hints.insert(1, hint("tab", "field"));
            hints.insert(2, hint("ctrl-d", "scroll the record"));
        }
        hints
    } else {
        state
            .keymap
            .continuations(state.scope(), &state.pending)
            .iter()
            .map(|(key, what)| hint(key, what))
            .collect()
    };
    // Where all keys are told is told wherever there is room for anything.
    let keys =
        COMMANDS.iter().find(|command| command.cmd == Cmd::Help && command.scope.includes(state.scope()));
    let last = keys.filter(|_| state.pending.is_empty());
    let last = last.and_then(|help| state.keymap.keys(help.cmd, Some(state.scope())).first().copied());
    let last = last.map(|key| hint(key, "keys")).unwrap_or_default();
    for hint in hints {
        if line.width() + hint.width() + last.width() > width {
            break;
        }
        line = line.join(hint);
    }
    canvas.line(area, &line.join(last));
}

/// The same key does the same thing, but the place gives it its word.
fn word(hint: &'static str, here: Scope) -> &'static str {
    match (hint, here) {
        ("back", scope) if scope == Scope::FORM => "keep draft",
        ("back", scope) if scope == Scope::FILTER => "clear",
        ("open", scope) if scope == Scope::FILTER => "keep filter",
        ("open", scope) if scope == Scope::MENU => "run",
        ("open", scope) if scope == Scope::PROMPT => "keep the note",
        ("back", scope) if scope == Scope::PROMPT => "leave it as it was",
        ("quit", scope) if scope == Scope::SHEET => "close",
        _ => hint,
    }
}
