//! Frameworks by control, by policy, by verdict: what an audit says of the controls that its policies give
//! evidence for.

use serde::Serialize;

use super::{PolicyId, Severity};

/// What one policy says of one repository, the worst of all that it said.
///
/// Ordered from what looks worst to what looks best; `NotApplicable` says nothing and comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Fail,
    /// An error, or a file that it would have judged could not be read by it.
    NotEvaluated,
    Inconclusive,
    Review,
    /// Only violations that somebody accepted.
    Waived,
    /// Evaluated over at least one unit, and nothing was found.
    Pass,
    NotApplicable,
}

impl Outcome {
    pub const ALL: [Self; 7] = [
        Self::Fail,
        Self::NotEvaluated,
        Self::Inconclusive,
        Self::Review,
        Self::Waived,
        Self::Pass,
        Self::NotApplicable,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::NotEvaluated => "not evaluated",
            Self::Inconclusive => "inconclusive",
            Self::Review => "review",
            Self::Waived => "waived",
            Self::Pass => "pass",
            Self::NotApplicable => "not applicable",
        }
    }
}

/// One policy's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyLine {
    pub policy: PolicyId,
    pub title: String,
    pub severity: Severity,
    pub outcome: Outcome,
    /// What it was evaluated over.
    pub units: usize,
    /// Findings with that outcome.
    pub findings: usize,
    /// Why it is not applicable or was not evaluated; empty otherwise.
    pub reason: String,
}

/// One control with the policies that give evidence for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ControlLine {
    pub id: String,
    pub title: String,
    /// The worst of its policies; `None` when no policy gives evidence for it.
    pub outcome: Option<Outcome>,
    /// The day from which the duty applies, when that day is still to come.
    pub applies_from: Option<String>,
    /// False where that day could not be checked against a public source.
    pub date_verified: bool,
    /// Indices into `Matrix::policies`.
    #[serde(skip)]
    pub policies: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FrameworkLine {
    pub code: String,
    pub name: String,
    pub version: String,
    pub controls: Vec<ControlLine>,
}

impl FrameworkLine {
    /// Controls with that outcome; those that do not apply yet are counted by themselves.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.in_force().filter(|control| control.outcome == Some(outcome)).count()
    }

    /// Controls with evidence whose day has not come.
    pub fn later(&self) -> usize {
        self.covered().filter(|control| control.applies_from.is_some()).count()
    }

    /// Controls that at least one policy gives evidence for.
    pub fn covered(&self) -> impl Iterator<Item = &ControlLine> {
        self.controls.iter().filter(|control| control.outcome.is_some())
    }

    fn in_force(&self) -> impl Iterator<Item = &ControlLine> {
        self.covered().filter(|control| control.applies_from.is_none())
    }
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Matrix {
    pub policies: Vec<PolicyLine>,
    pub frameworks: Vec<FrameworkLine>,
}

impl Matrix {
    /// The policies of a control.
    pub fn of<'m>(&'m self, control: &'m ControlLine) -> impl Iterator<Item = &'m PolicyLine> {
        control.policies.iter().filter_map(|index| self.policies.get(*index))
    }
}
