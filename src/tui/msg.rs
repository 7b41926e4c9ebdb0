//! Everything that can happen: keys, sizes, time, and what jobs report.

use std::sync::Arc;

use crossterm::event::KeyEvent;

use super::backend::{WaiverForm, WaiverReceipt};
use super::loaded::{ChangeSince, DiffText, PreviewText, Source, Summary, Trace};
use super::past::{FlipText, LifeText, Origins, PastText};
use super::sitting::Sitting;
use super::store::Store;
use crate::model::RepositoryInfo;
use crate::text::SafeText;

/// A running piece of work. Ids only grow, so a result whose id is not the one waited for is out of date
/// and dropped: the id is its own generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct JobId(pub u64);

#[derive(Debug, Clone)]
pub enum Msg {
    Key(KeyEvent),
    /// A click or the wheel, while the mouse is on: column and row.
    Mouse(Click, u16, u16),
    /// Bracketed paste: text, never commands.
    Paste(String),
    Resize(u16, u16),
    /// Milliseconds since the start. Only sent while something runs.
    Tick(u64),
    Job(JobId, JobEvent),
    /// SIGTERM, SIGHUP or SIGINT from outside, by number; `None` when the terminal is gone.
    Terminate(Option<i32>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Click {
    Press,
    WheelUp,
    WheelDown,
}

/// What a job reports. Strings are safe already: the worker made them so.
#[derive(Debug, Clone)]
pub enum JobEvent {
    AuditStarted(RepositoryInfo, usize),
    AuditProgress {
        done: usize,
        total: usize,
        what: SafeText,
    },
    /// All findings so far; the worker sorts and escapes, so that the screen only swaps.
    AuditFindings(Arc<Store>),
    AuditDone(Arc<Store>, Arc<Summary>),
    Source(Arc<Source>),
    Policy(Arc<Vec<SafeText>>),
    Trace(Arc<Trace>),
    Life(Arc<LifeText>),
    Flip(Arc<FlipText>),
    Change(Arc<Vec<DiffText>>),
    Compared(Arc<ChangeSince>),
    /// Some more of them.
    Origins(Origins),
    OriginsDone,
    HistoryProgress {
        done: usize,
        total: usize,
    },
    History(Arc<PastText>),
    Draft(WaiverForm),
    Preview(Arc<PreviewText>),
    Committed(WaiverReceipt),
    /// What the editor left of a text.
    Written(String),
    /// The editor of a file was closed.
    Edited,
    /// The browser took the link.
    Browsed,
    Filtered(Arc<Vec<bool>>),
    /// `None`: there was none.
    Sitting(Option<Box<Sitting>>),
    Saved,
    /// The work tree is not what it was.
    Changed,
    /// Where the evidence is.
    Exported(SafeText),
    Failed(SafeText),
    /// Passed over for a newer request; asked for again when it is needed.
    Dropped,
}
