//! What became of findings from commit to commit.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{CommitInfo, Digest, Fingerprint, PolicyId, Severity, Verdict};

/// What happened to a finding at a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Happening {
    /// No parent has it, and none before them had.
    Introduced,
    /// No parent has it, but one before them had.
    Reintroduced,
    /// It was there, and says something else now.
    Changed,
    /// Its file or folder has another name now.
    Moved,
    /// A parent has it, and the commit does not.
    Fixed,
}

impl Happening {
    pub fn as_str(self) -> &'static str {
        match self {
            Happening::Introduced => "introduced",
            Happening::Reintroduced => "reintroduced",
            Happening::Changed => "changed",
            Happening::Moved => "moved",
            Happening::Fixed => "fixed",
        }
    }
}

/// One thing that happened, and by which commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LifeEvent {
    pub what: Happening,
    pub commit: CommitInfo,
    /// The merge that brought the commit to the audited line, where one did.
    pub merged_by: Option<CommitInfo>,
    /// The number of the pull or merge request, where a message has it.
    pub pull_request: Option<String>,
    /// What the finding says after it.
    pub message: String,
}

/// From its first commit on, what happened to a finding: the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lifecycle {
    pub policy: PolicyId,
    pub title: String,
    pub verdict: Verdict,
    pub severity: Severity,
    pub resource: String,
    pub path: String,
    pub fingerprint: Fingerprint,
    pub events: Vec<LifeEvent>,
    /// It is there at the newest commit.
    pub open: bool,
    /// It was already there at the oldest commit of this clone, which has parents elsewhere.
    pub cut: bool,
    /// Seconds in which it was there, from commit to commit, up to the newest commit.
    pub seconds_open: i64,
    /// From the last (re)introduction to the fix after it, in seconds; `None` while open.
    pub seconds_to_fix: Option<i64>,
}

impl Lifecycle {
    /// The commit at which it came last.
    pub fn origin(&self) -> Option<&CommitInfo> {
        let begun =
            |event: &&LifeEvent| matches!(event.what, Happening::Introduced | Happening::Reintroduced);
        self.events.iter().rev().find(begun).map(|event| &event.commit)
    }
}

/// How many findings of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub critical: usize,
    pub high: usize,
    pub medium: usize,
    pub low: usize,
}

impl Counts {
    pub fn add(&mut self, severity: Severity) {
        *match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
        } += 1;
    }

    pub fn total(&self) -> usize {
        self.critical + self.high + self.medium + self.low
    }

    pub fn of(&self, severity: Severity) -> usize {
        match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
        }
    }
}

/// Posture at one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PostureLine {
    pub commit: CommitInfo,
    pub merge: bool,
    pub pull_request: Option<String>,
    /// Violations that no parent has, and those that the commit took away: of every parent, or of one while no other
    /// parent had it and lost it before.
    pub new: Counts,
    pub fixed: Counts,
    /// All violations at this commit, waived or not.
    pub open: Counts,
    /// Policies that could not be evaluated and files that could not be read at this commit.
    pub not_evaluated: usize,
    pub unparsed: usize,
}

/// Posture over time, the oldest commit first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Posture {
    pub head: String,
    pub policy_digest: Digest,
    pub policy_count: usize,
    pub lines: Vec<PostureLine>,
    /// At the newest commit, also where no line is about it.
    pub open: Counts,
    /// Why it is not the whole history.
    pub notes: Vec<String>,
}

/// What a policy would have flagged: violations, and what it would have shown to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backtest {
    pub policy: PolicyId,
    pub title: String,
    /// That were judged.
    pub commits: usize,
    /// Different findings, however often each came back.
    pub found: usize,
    /// The oldest (re)introduction.
    pub first: Option<LifeEvent>,
    /// (Re)introductions by `YYYY-MM` of the committer's date.
    pub by_month: BTreeMap<String, usize>,
    pub open: usize,
    pub fixed: usize,
    /// Of these, the ones that were there for at most so many days.
    pub fixed_within: usize,
    pub within_days: u32,
    /// Commits at which it could not be evaluated over everything.
    pub not_evaluated: usize,
    pub notes: Vec<String>,
}

/// What two policies flag today, by the subjects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub both: usize,
    pub only_first: Vec<String>,
    pub only_second: Vec<String>,
}
