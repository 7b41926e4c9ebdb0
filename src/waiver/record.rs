//! The records: what a waiver, an approval, a revocation and the trust data say.
//!
//! Plain values. How they are written stands in `emit`, how they are read in `read`; both go by the
//! same list of fields, so a value that can be written can be read back, and nothing else can.

use serde::{Deserialize, Deserializer};

use super::time::Timestamp;
use crate::model::{Digest, Fingerprint, Severity};

/// The four kinds of signed bytes, each with its own name space for signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Waiver,
    Approval,
    Revocation,
    Trust,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Waiver => "waiver",
            Kind::Approval => "approval",
            Kind::Revocation => "revocation",
            Kind::Trust => "trust",
        }
    }

    /// The name space that a signature must be made for: a signature of one kind is none of another.
    pub fn namespace(self) -> &'static str {
        match self {
            Kind::Waiver => "probity-waiver-v1",
            Kind::Approval => "probity-approval-v1",
            Kind::Revocation => "probity-revocation-v1",
            Kind::Trust => "probity-trust-v1",
        }
    }
}

/// A decision by a named person to accept one finding until a day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    #[serde(deserialize_with = "parsed")]
    pub repository: Digest,
    pub finding: Bound,
    pub scope: Scope,
    pub decision: Decision,
    pub requester: String,
    #[serde(deserialize_with = "parsed")]
    pub issued_at: Timestamp,
    #[serde(deserialize_with = "parsed")]
    pub expires_at: Timestamp,
    #[serde(default, deserialize_with = "parsed_option")]
    pub review_by: Option<Timestamp>,
    pub trust_version: u32,
    #[serde(default, deserialize_with = "parsed_list")]
    pub supersedes: Vec<Digest>,
    pub nonce: String,
}

/// What a waiver is bound to. When the finding no longer equals this, the waiver lapses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    #[serde(deserialize_with = "parsed")]
    pub fingerprint: Fingerprint,
    pub policy: String,
    pub policy_version: u32,
    #[serde(deserialize_with = "parsed")]
    pub policy_digest: Digest,
    pub severity: Severity,
    pub resource: String,
    #[serde(deserialize_with = "parsed")]
    pub evidence_digest: Digest,
}

/// Where a waiver holds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    pub paths: Vec<String>,
    #[serde(default)]
    pub refs: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    #[serde(rename = "type")]
    pub kind: DecisionType,
    pub reason: String,
    pub residual_risk: Severity,
    #[serde(default)]
    pub compensating_controls: Vec<String>,
    pub remediation: Option<String>,
    pub ticket: Option<String>,
    pub risk_owner: String,
}

/// The vocabulary that `FedRAMP` uses for deviations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DecisionType {
    RiskAcceptance,
    FalsePositive,
    OperationalRequirement,
    RiskAdjustment,
}

impl DecisionType {
    pub const ALL: [DecisionType; 4] = [
        DecisionType::RiskAcceptance,
        DecisionType::FalsePositive,
        DecisionType::OperationalRequirement,
        DecisionType::RiskAdjustment,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            DecisionType::RiskAcceptance => "risk-acceptance",
            DecisionType::FalsePositive => "false-positive",
            DecisionType::OperationalRequirement => "operational-requirement",
            DecisionType::RiskAdjustment => "risk-adjustment",
        }
    }
}

impl std::str::FromStr for DecisionType {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        DecisionType::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| {
            format!(
                "`{text}` is no decision type: risk-acceptance, false-positive, operational-requirement or risk-adjustment"
            )
        })
    }
}

/// A second person's word on a waiver. Stage 1 reads and verifies it; it grants nothing yet.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    #[serde(deserialize_with = "parsed")]
    pub repository: Digest,
    #[serde(deserialize_with = "parsed")]
    pub waiver: Digest,
    pub decision: Verdict,
    pub approver: String,
    pub role: String,
    pub comment: Option<String>,
    #[serde(deserialize_with = "parsed")]
    pub signed_at: Timestamp,
    #[serde(default, deserialize_with = "parsed_list")]
    pub supersedes: Vec<Digest>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Approve,
    Reject,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Approve => "approve",
            Verdict::Reject => "reject",
        }
    }
}

/// The end of a waiver before its time. There is no undo.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    #[serde(deserialize_with = "parsed")]
    pub repository: Digest,
    #[serde(deserialize_with = "parsed")]
    pub waiver: Digest,
    pub revoked_by: String,
    pub reason: String,
    #[serde(deserialize_with = "parsed")]
    pub signed_at: Timestamp,
}

/// Who is known, with which keys and roles, and what a waiver of each severity needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    pub version: u32,
    #[serde(default, deserialize_with = "parsed_option")]
    pub repository: Option<Digest>,
    #[serde(default, deserialize_with = "parsed_option")]
    pub previous: Option<Digest>,
    pub name: String,
    #[serde(deserialize_with = "parsed")]
    pub issued_at: Timestamp,
    #[serde(default, deserialize_with = "parsed_option")]
    pub expires_at: Option<Timestamp>,
    pub trusted_refs: Vec<String>,
    pub admin_threshold: u32,
    pub admins: Vec<String>,
    pub principals: Vec<Principal>,
    pub rules: Rules,
    pub nonce: String,
}

/// One person.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Principal {
    pub id: String,
    #[serde(default)]
    pub emails: Vec<String>,
    pub roles: Vec<String>,
    pub keys: Vec<Key>,
}

/// One public key of a person.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// `type base64`, without a comment.
    pub key: String,
    pub status: KeyStatus,
    #[serde(default, deserialize_with = "parsed_option")]
    pub not_after: Option<Timestamp>,
    /// A security key that may sign without being touched.
    #[serde(default)]
    pub no_touch: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyStatus {
    Active,
    Retired,
    Revoked,
}

impl KeyStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            KeyStatus::Active => "active",
            KeyStatus::Retired => "retired",
            KeyStatus::Revoked => "revoked",
        }
    }
}

/// One rule for each severity.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    pub critical: Rule,
    pub high: Rule,
    pub medium: Rule,
    pub low: Rule,
}

impl Rules {
    pub fn of(&self, severity: Severity) -> &Rule {
        match severity {
            Severity::Critical => &self.critical,
            Severity::High => &self.high,
            Severity::Medium => &self.medium,
            Severity::Low => &self.low,
        }
    }
}

/// What a waiver of one severity needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub approvals: u32,
    #[serde(default)]
    pub request_roles: Vec<String>,
    #[serde(default)]
    pub approve_roles: Vec<String>,
    #[serde(default)]
    pub distinct_roles: bool,
    pub max_days: u32,
    #[serde(default)]
    pub decision_types: Vec<DecisionType>,
    #[serde(default)]
    pub author_approval: bool,
    pub policy_change: PolicyChange,
}

/// What a changed policy text of the same version does to a waiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PolicyChange {
    /// The waiver lapses.
    Strict,
    /// The waiver holds, with a notice.
    Notice,
}

impl PolicyChange {
    pub fn as_str(self) -> &'static str {
        match self {
            PolicyChange::Strict => "strict",
            PolicyChange::Notice => "notice",
        }
    }
}

/// A signed record of the folder `waivers`. Nearly all are waivers, so boxing them would gain nothing.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    Waiver(Waiver),
    Approval(Approval),
    Revocation(Revocation),
}

impl Record {
    pub fn kind(&self) -> Kind {
        match self {
            Record::Waiver(_) => Kind::Waiver,
            Record::Approval(_) => Kind::Approval,
            Record::Revocation(_) => Kind::Revocation,
        }
    }

    /// The repository that the record is for.
    pub fn repository(&self) -> Digest {
        match self {
            Record::Waiver(waiver) => waiver.repository,
            Record::Approval(approval) => approval.repository,
            Record::Revocation(revocation) => revocation.repository,
        }
    }

    /// The waiver that an approval or a revocation is about.
    pub fn about(&self) -> Option<Digest> {
        match self {
            Record::Waiver(_) => None,
            Record::Approval(approval) => Some(approval.waiver),
            Record::Revocation(revocation) => Some(revocation.waiver),
        }
    }

    /// Who says that they signed it.
    pub fn principal(&self) -> &str {
        match self {
            Record::Waiver(waiver) => &waiver.requester,
            Record::Approval(approval) => &approval.approver,
            Record::Revocation(revocation) => &revocation.revoked_by,
        }
    }
}

fn parsed<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

fn parsed_option<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    parsed(deserializer).map(Some)
}

fn parsed_list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.into_iter().map(|text| text.parse().map_err(serde::de::Error::custom)).collect()
}
