//! A waiver before it is signed: what a person still has to say, and what follows from the finding.

use super::Error;
use super::record::{Bound, Decision, DecisionType, Record, Scope, Waiver};
use super::register::Entry;
use super::time::Timestamp;
use crate::model::{Digest, Finding, Severity};

/// What a person decides. All of it is shown before signing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftFields {
    pub reason: String,
    /// `YYYY-MM-DD` (ends at its 00:00Z) or a full `YYYY-MM-DDTHH:MM:SSZ`.
    pub expires: String,
    pub decision: DecisionType,
    pub residual_risk: Severity,
    /// Patterns relative to the repository's root: `infra/prod/**`.
    pub paths: Vec<String>,
    /// Full ref names; empty: on every branch.
    pub refs: Vec<String>,
    pub compensating_controls: Vec<String>,
    pub remediation: Option<String>,
    pub ticket: Option<String>,
    /// A principal; `None`: the requester.
    pub risk_owner: Option<String>,
    /// Like `expires`.
    pub review_by: Option<String>,
}

/// A finding and a decision about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub fields: DraftFields,
    pub(super) finding: Bound,
    /// The waivers that this one takes the place of.
    pub(super) supersedes: Vec<Digest>,
}

impl Draft {
    /// The defaults for a finding: its unit's folder, its severity as residual risk, risk acceptance. Reason
    /// and expiry are left to the person.
    pub fn for_finding(finding: &Finding) -> Result<Self, Error> {
        let no = |reason: &str| Error::NotWaivable {
            policy: finding.policy.id.to_string(),
            reason: reason.to_owned(),
        };
        if !finding.policy.waivable {
            return Err(no("its policy says so, because it protects Probity's own rules"));
        }
        let evidence_digest = finding
            .evidence_digest
            .ok_or_else(|| no("its evidence holds a number that has no canonical form"))?;
        Ok(Self {
            fields: DraftFields {
                reason: String::new(),
                expires: String::new(),
                decision: DecisionType::RiskAcceptance,
                residual_risk: finding.severity,
                paths: vec![unit_pattern(finding)],
                refs: Vec::new(),
                compensating_controls: Vec::new(),
                remediation: None,
                ticket: None,
                risk_owner: None,
                review_by: None,
            },
            finding: Bound {
                fingerprint: finding.fingerprint,
                policy: finding.policy.id.to_string(),
                policy_version: finding.policy.version,
                policy_digest: finding.policy.digest,
                severity: finding.severity,
                resource: finding.resource.clone(),
                evidence_digest,
            },
            supersedes: Vec::new(),
        })
    }

    /// The policy and what it found it at, for people.
    pub fn subject(&self) -> String {
        format!("{} at {}", self.finding.policy, self.finding.resource)
    }

    pub fn is_renewal(&self) -> bool {
        !self.supersedes.is_empty()
    }

    /// A renewal: what was decided before, about the finding as it is now. Reason and expiry are to be given anew: it
    /// needs everything that a first request needs.
    ///
    /// # Errors
    /// The finding cannot be waived, or the waiver is about another policy.
    pub fn renewal(finding: &Finding, entry: &Entry) -> Result<Self, Error> {
        let mut draft = Self::for_finding(finding)?;
        let Record::Waiver(old) = &entry.record else {
            return Err(Error::NoSuchWaiver(entry.id().to_owned()));
        };
        if old.finding.policy != draft.finding.policy {
            return Err(Error::NotPermitted(format!("{} is about {}", entry.id(), old.finding.policy)));
        }
        let (scope, decision) = (old.scope.clone(), old.decision.clone());
        draft.fields = DraftFields {
            decision: decision.kind,
            residual_risk: decision.residual_risk,
            paths: scope.paths,
            refs: scope.refs,
            compensating_controls: decision.compensating_controls,
            remediation: decision.remediation,
            ticket: decision.ticket,
            risk_owner: Some(decision.risk_owner),
            ..draft.fields
        };
        draft.supersedes = vec![entry.digest];
        Ok(draft)
    }

    /// The waiver that this draft becomes when `requester` signs it now.
    pub(super) fn waiver(
        &self,
        repository: Digest,
        trust_version: u32,
        requester: &str,
        now: Timestamp,
        nonce: String,
    ) -> Result<Waiver, Error> {
        let field = |name: &'static str, error: super::ParseTimeError| Error::Field {
            name,
            reason: error.to_string(),
        };
        let fields = &self.fields;
        let some = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned)
        };
        let expires_at = Timestamp::from_person(&fields.expires).map_err(|error| field("expires", error))?;
        let review_by = some(&fields.review_by)
            .map(|text| Timestamp::from_person(&text))
            .transpose()
            .map_err(|error| field("review_by", error))?;
        Ok(Waiver {
            repository,
            finding: self.finding.clone(),
            scope: Scope { paths: fields.paths.clone(), refs: fields.refs.clone() },
            decision: Decision {
                kind: fields.decision,
                reason: fields.reason.trim().to_owned(),
                residual_risk: fields.residual_risk,
                compensating_controls: fields.compensating_controls.clone(),
                remediation: some(&fields.remediation),
                ticket: some(&fields.ticket),
                risk_owner: some(&fields.risk_owner).unwrap_or_else(|| requester.to_owned()),
            },
            requester: requester.to_owned(),
            issued_at: now,
            expires_at,
            review_by,
            trust_version,
            supersedes: self.supersedes.clone(),
            nonce,
        })
    }
}

/// The folder that holds all files of the finding's unit, and everything below it.
fn unit_pattern(finding: &Finding) -> String {
    fn folder(path: &str) -> Vec<&str> {
        let mut parts: Vec<&str> = path.split('/').collect();
        parts.pop();
        parts
    }
    let mut common = folder(&finding.location.path);
    // What is declared of systems lies apart from what it is declared of.
    for file in finding.unit_files.iter().filter(|file| !file.starts_with(".probity/")) {
        let other = folder(file);
        let shared = common.iter().zip(&other).take_while(|(a, b)| a == b).count();
        common.truncate(shared);
    }
    common.push("**");
    common.join("/")
}
