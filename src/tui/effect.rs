//! What `update` asks to be done. Only the run loop and its workers do it.

use std::sync::Arc;

use super::backend::{Errand, EvidenceRequest, WaiverForm};
use super::desk::Desk;
use super::msg::{JobEvent, JobId};
use super::past::Origins;
use super::query::{Known, Query};
use super::sitting::Sitting;
use super::store::Store;
use crate::model::Finding;
use crate::text::SafeText;

#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Start(JobId, Job),
    Cancel(JobId),
    /// The terminal is lent to another program meanwhile.
    Lend(JobId, Loan),
    /// OSC 52, only after an explicit key.
    Copy(SafeText),
    Redraw,
    /// Report clicks and the wheel, or leave the mouse to the terminal.
    Mouse(bool),
    Suspend,
    Quit,
}

/// What another program needs the terminal for.
#[derive(Debug, Clone, PartialEq)]
pub enum Loan {
    /// Sign and commit: the signing program may ask for a passphrase or a touch.
    Commit(Errand, WaiverForm),
    /// A text in the user's editor.
    Text(String),
    /// A link in the user's browser.
    Browser(String),
    /// The place of a finding in the user's editor.
    File(Arc<Finding>),
}

impl Job {
    /// The answer to a filter, which needs no engine.
    pub fn filtered(&self) -> Option<JobEvent> {
        let Job::Filter(store, origins, desk, query) = self else { return None };
        let known = Known { origins, desk };
        Some(JobEvent::Filtered(Arc::new(Query::parse(query).matching(store, known))))
    }
}

/// Work for a thread.
#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// Of a commit, or of what was opened.
    Audit(Option<String>),
    Source(Arc<Finding>),
    Policy(Arc<Finding>),
    Trace(Arc<Finding>),
    Life(Arc<Finding>),
    /// The commits that renamed what it is about after the one in question, and that one.
    Flip(Arc<Finding>, Vec<String>, String),
    Origins(Arc<Store>),
    /// All that a commit changed.
    Change(String),
    /// With a commit, what is new and what is gone.
    Compare(String),
    History,
    /// Says each time that the work tree changed, until it is cancelled.
    Watch,
    /// With the defaults of a template, where one was chosen.
    Draft(Errand, Option<String>),
    Preview(Errand, WaiverForm),
    /// Which rows match the query, where there are too many to find out between two keys.
    Filter(Arc<Store>, Arc<Origins>, Box<Desk>, String),
    /// What the last sitting left.
    Sitting,
    Save(Box<Sitting>),
    Export(Box<EvidenceRequest>),
}
