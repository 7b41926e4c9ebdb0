//! What `update` asks to be done. Only the run loop and its workers do it.

use std::sync::Arc;

use super::backend::{Errand, WaiverForm};
use super::msg::JobId;
use super::store::{Row, Store};
use crate::model::Finding;
use crate::text::SafeText;

#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Start(JobId, Job),
    Cancel(JobId),
    /// Sign and commit: the terminal is lent to the signing program meanwhile.
    Commit(JobId, Errand, WaiverForm),
    /// OSC 52, only after an explicit key.
    Copy(SafeText),
    Redraw,
    Suspend,
    Quit,
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
    Origins(Vec<Arc<Row>>),
    History,
    Draft(Errand),
    Preview(Errand, WaiverForm),
    /// Which rows match the query, where there are too many to find out between two keys.
    Filter(Arc<Store>, String),
}
