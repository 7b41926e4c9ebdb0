//! One violation of one policy by one subject.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Confidence, Digest, EvidencePlace, Fingerprint, Location, PolicyInfo, Severity};

/// What a policy says of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Pass,
    Fail,
    /// A heuristic match that needs a person; does not gate.
    Review,
    /// The verdict hangs on a value that nobody can know before apply.
    Inconclusive,
    /// With a reason; never shown as passed.
    NotApplicable,
    /// An error; never shown as passed.
    NotEvaluated,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Review => "review",
            Verdict::Inconclusive => "inconclusive",
            Verdict::NotApplicable => "not-applicable",
            Verdict::NotEvaluated => "not-evaluated",
        }
    }
}

/// Where a failing finding stands. Derived on every audit, never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Open,
    Waived,
}

/// The waiver that concerns a finding: the active one, else the nearest to it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct WaiverRef {
    /// `wv-...`
    pub id: String,
    /// The record's identity: `sha256:...`.
    pub digest: String,
    /// A state of the waiver specification: `active`, `expired`, `lapsed-resource`, ...
    pub state: String,
    /// Why it is in this state, and what else stands against it; empty when active without notices.
    pub causes: Vec<String>,
    pub reason: String,
    pub requester: String,
    /// Whose approval counts.
    pub approvers: Vec<String>,
    pub issued_at: String,
    pub expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_by: Option<String>,
}

/// A violation (or a review or inconclusive match) with all that explains it.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub policy: Arc<PolicyInfo>,
    pub verdict: Verdict,
    /// The effective severity: the policy's own, or a documented case's.
    pub severity: Severity,
    pub message: String,
    /// The subject's address: `terraform:infra//aws_s3_bucket.models`.
    pub resource: String,
    /// The policy's own key that tells several violations of one subject apart.
    pub key: String,
    pub location: Location,
    /// How the location was found.
    pub confidence: Confidence,
    /// The places that the verdict rests on, as far as they are known.
    pub evidence_places: Vec<EvidencePlace>,
    pub fingerprint: Fingerprint,
    /// What the policy says the verdict rests on; `None` when it says nothing.
    pub evidence: Option<serde_json::Value>,
    /// What a waiver binds to: of the evidence, else of the values that the verdict was found to rest on,
    /// else of the whole subject. `None`: cannot be waived
    /// (the evidence holds a number that has no canonical form).
    pub evidence_digest: Option<Digest>,
    pub status: Status,
    pub waiver: Option<Box<WaiverRef>>,
    /// Files whose content this verdict was computed from; a trace looks at their history.
    pub unit_files: Arc<[String]>,
    /// Who owns the file of the location by the repository's CODEOWNERS; empty where nobody is named.
    pub owners: Arc<[String]>,
}
