//! What is known of a policy without evaluating it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Digest;

/// How bad a finding is. Ordered: `Low < Medium < High < Critical`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// From the worst down, the order of every listing.
    pub const ALL: [Severity; 4] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];

    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Severity::ALL
            .into_iter()
            .find(|severity| severity.as_str() == text)
            .ok_or_else(|| format!("`{text}` is no severity: critical, high, medium or low"))
    }
}

/// `PB-AREA-NNN`, or the rule's path (`main.deny`) for a policy without metadata.
pub type PolicyId = Arc<str>;

/// What one evaluation of a policy sees as `input`, from the narrowest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// One resolved resource.
    Resource,
    /// One document's value, as Conftest gives it.
    Document,
    /// One Terraform root or one pipeline: everything in it.
    Module,
    /// Everything that was read.
    Repository,
}

/// The metadata of one policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PolicyInfo {
    pub id: PolicyId,
    pub title: String,
    pub description: String,
    pub severity: Severity,
    /// What it is evaluated over; several for one that looks at resources and documents alike.
    pub scopes: Vec<Scope>,
    /// Declared by the policy; any change of it lapses its waivers.
    pub version: u32,
    /// `<framework>:<native id>`.
    pub controls: Vec<String>,
    pub remediation: String,
    pub related: Vec<String>,
    /// May a finding of this policy be waived at all?
    pub waivable: bool,
    /// Over the policy's module, what it imports and its parameters (RFC 8785 JSON, SHA-256).
    pub digest: Digest,
    /// Where its text stands: `policies/net/pb_net_001.rego`, for people.
    pub file: String,
}

impl PolicyInfo {
    /// The widest of its scopes: what a change has to touch to matter.
    pub fn widest_scope(&self) -> Scope {
        self.scopes.iter().copied().max().unwrap_or(Scope::Document)
    }
}
