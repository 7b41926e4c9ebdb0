//! Where a finding stands, how well that is known, and what its verdict rests on.

use serde::{Deserialize, Serialize};

use super::Location;

/// How a finding's location was found. Ordered from the best on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// The policy says where.
    PathGiven,
    /// A change of this value changes the verdict, and the message names it.
    TestedAndNamed,
    /// Something is missing here: with it, the finding is gone.
    Absence,
    /// What the verdict rests on stands in this block; which part of it is at fault cannot be told.
    Block,
    /// No more is known than the subject, or the file.
    Subject,
}

impl Confidence {
    pub const ALL: [Confidence; 5] = [
        Confidence::PathGiven,
        Confidence::TestedAndNamed,
        Confidence::Absence,
        Confidence::Block,
        Confidence::Subject,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::PathGiven => "path-given",
            Confidence::TestedAndNamed => "tested-and-named",
            Confidence::Absence => "absence",
            Confidence::Block => "block",
            Confidence::Subject => "subject",
        }
    }
}

/// What a place has to do with a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceRole {
    /// The policy names it.
    Given,
    /// Another value in its place changes the verdict.
    Value,
    /// The verdict changes when something is put in here.
    Missing,
    /// Without this resource there is no finding.
    Member,
}

impl EvidenceRole {
    pub fn as_str(self) -> &'static str {
        match self {
            EvidenceRole::Given => "given",
            EvidenceRole::Value => "value",
            EvidenceRole::Missing => "missing",
            EvidenceRole::Member => "member",
        }
    }
}

/// One place that a verdict rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EvidencePlace {
    pub location: Location,
    /// The subject's address.
    pub resource: String,
    /// From the subject's value on, as people write it: `ingress[0].cidr_blocks`; empty for the whole.
    pub path: String,
    pub role: EvidenceRole,
    /// What stands there, in short; for something missing, its name.
    pub value: String,
}
