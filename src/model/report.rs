//! The result of one audit.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{CommitInfo, Digest, Finding, Fingerprint, Matrix, Severity, Status};

/// What was audited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepositoryInfo {
    /// The audited folder relative to the repository; `.` for all of it.
    pub root: String,
    /// The commit HEAD points at; `None` while unborn.
    pub head: Option<String>,
    /// `refs/heads/...`; `None` when detached.
    pub branch: Option<String>,
    /// The commit that was audited; `None` for the work tree.
    pub revision: Option<String>,
    /// The work tree differs from HEAD.
    pub dirty: bool,
}

/// Something that could not be read, and why. Makes the result incomplete.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unread {
    pub path: String,
    /// From 1; `None` when the reason concerns the whole file.
    pub line: Option<u32>,
    pub reason: String,
}

/// A policy that could not be evaluated, and why. Makes the result incomplete.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NotEvaluated {
    pub policy: String,
    pub reason: String,
    /// The policy's file and line (from 1), and what stands there, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub construct: Option<String>,
}

impl NotEvaluated {
    /// One for which no place is known.
    pub fn new(policy: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { policy: policy.into(), reason: reason.into(), path: None, line: None, construct: None }
    }

    /// `file:line`, as far as known.
    pub fn place(&self) -> Option<String> {
        let path = self.path.as_deref()?;
        Some(self.line.map_or_else(|| path.to_owned(), |line| format!("{path}:{line}")))
    }

    /// The reason with the place and the construct, in one line.
    pub fn explanation(&self) -> String {
        let place = match (self.place(), self.line) {
            (Some(_), Some(line)) if self.path.as_ref() == Some(&self.policy) => format!("line {line}: "),
            (Some(_), None) if self.path.as_ref() == Some(&self.policy) => String::new(),
            (Some(place), _) => format!("{place}: "),
            (None, _) => String::new(),
        };
        let construct = self.construct.as_deref().map(|text| format!(" (`{text}`)")).unwrap_or_default();
        format!("{place}{}{construct}", self.reason)
    }
}

/// A waiver record as the report lists it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct WaiverLine {
    pub id: String,
    pub state: String,
    pub causes: Vec<String>,
    pub fingerprint: Option<String>,
    /// Of a waiver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Whole days until then, where it has not come yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_left: Option<i64>,
}

/// One audit, complete. Findings are sorted: worst first, then policy, path, line, fingerprint.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub repository: RepositoryInfo,
    pub policy_count: usize,
    /// Policies that were not asked for.
    pub policies_left_out: usize,
    pub policy_digest: Digest,
    /// Files in the snapshot, and how many of them were read as documents.
    pub files: usize,
    pub documents: usize,
    /// Verdict fail, open or waived.
    pub findings: Vec<Finding>,
    pub review: Vec<Finding>,
    pub inconclusive: Vec<Finding>,
    pub not_applicable: Vec<Finding>,
    pub unparsed: Vec<Unread>,
    /// Templates that would need rendering: labelled, counted, never called broken.
    pub not_rendered: Vec<Unread>,
    pub not_evaluated: Vec<NotEvaluated>,
    pub waivers: Vec<WaiverLine>,
    /// What limits the audit without touching a verdict: a shallow clone, a trust warning.
    pub notices: Vec<String>,
    /// The instant that waivers were judged at, UTC.
    pub instant: String,
    /// Why the clock cannot be believed, and with it no date of a waiver: a gate fails then.
    pub clock: Option<String>,
    /// The same verdicts by framework and control.
    pub controls: Matrix,
    /// What is new, where the audit was compared with another commit.
    pub baseline: Option<Baseline>,
}

/// A report beside that of the commit that it is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    pub commit: CommitInfo,
    /// Violations that it does not have.
    pub new: BTreeSet<Fingerprint>,
    /// Violations that only it has.
    pub fixed: Vec<Finding>,
    /// Not all of it could be read or evaluated: what looks new may be older.
    pub incomplete: bool,
}

impl Report {
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.status == Status::Open)
    }

    /// Is a violation one that decides the exit code?
    pub fn is_new(&self, finding: &Finding) -> bool {
        self.baseline.as_ref().is_none_or(|baseline| baseline.new.contains(&finding.fingerprint))
    }

    pub fn waived(&self) -> usize {
        self.findings.iter().filter(|finding| finding.status == Status::Waived).count()
    }

    pub fn open_by_severity(&self, severity: Severity) -> usize {
        self.open().filter(|finding| finding.severity == severity).count()
    }

    /// Something was not read or not evaluated: the result must not look clean.
    pub fn incomplete(&self) -> bool {
        !self.unparsed.is_empty() || !self.not_evaluated.is_empty()
    }
}
