//! The findings as the screen holds them: every string already safe, in the order of the audit.
//!
//! Escaping happens once, when findings arrive. Rows are shared, so a `State` is cheap to clone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{
    Digest, EvidencePlace, Finding, Fingerprint, PolicyInfo, Severity, Status, Verdict, WaiverRef,
};
use crate::text::{Mode, SafeText};

/// Characters of a message or a value that are kept; the finding itself keeps all of it.
const FIELD_CAP: usize = 4096;

/// What identifies a row through filter, streaming and re-audit.
pub type RowKey = (Shelf, Fingerprint);

/// Verdicts that are listed, in the order of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shelf {
    Fail,
    Inconclusive,
    Review,
}

impl Shelf {
    pub fn of(verdict: Verdict) -> Option<Self> {
        match verdict {
            Verdict::Fail => Some(Shelf::Fail),
            Verdict::Inconclusive => Some(Shelf::Inconclusive),
            Verdict::Review => Some(Shelf::Review),
            Verdict::Pass | Verdict::NotApplicable | Verdict::NotEvaluated => None,
        }
    }

    /// What the group's head says before the policy; failures need no word.
    pub fn label(self) -> &'static str {
        match self {
            Shelf::Fail => "",
            Shelf::Inconclusive => "INCONCLUSIVE",
            Shelf::Review => "REVIEW",
        }
    }
}

/// A policy's strings.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyText {
    pub id: SafeText,
    pub title: SafeText,
    pub description: SafeText,
    pub controls: Vec<SafeText>,
    pub remediation: Vec<SafeText>,
    pub related: Vec<SafeText>,
    pub file: SafeText,
}

/// A waiver's strings.
#[derive(Debug, Clone, PartialEq)]
pub struct WaiverText {
    pub id: SafeText,
    pub state: SafeText,
    pub causes: Vec<SafeText>,
    pub reason: SafeText,
    /// Who asked, and who approved.
    pub people: SafeText,
    pub expires: SafeText,
}

/// A place that a verdict rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceText {
    pub role: &'static str,
    /// `ingress[0].cidr_blocks`, else the resource.
    pub name: SafeText,
    pub value: SafeText,
    /// `path:line`
    pub location: SafeText,
}

/// One finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// For the engine only; views use the safe strings.
    pub finding: Arc<Finding>,
    pub shelf: Shelf,
    pub policy: Arc<PolicyText>,
    pub message: SafeText,
    pub resource: SafeText,
    pub path: SafeText,
    /// `path:line`
    pub location: SafeText,
    pub evidence: Vec<(SafeText, SafeText)>,
    /// The places that the verdict rests on.
    pub read: Vec<PlaceText>,
    pub waiver: Option<WaiverText>,
    pub owners: Vec<SafeText>,
    /// Of what a review is bound to: the policy, what it rests on, and what it says.
    pub content: Digest,
}

impl Row {
    pub fn key(&self) -> RowKey {
        (self.shelf, self.finding.fingerprint)
    }

    pub fn severity(&self) -> Severity {
        self.finding.severity
    }

    pub fn waived(&self) -> bool {
        self.finding.status == Status::Waived
    }

    /// What stands in the status column.
    pub fn status_word(&self) -> SafeText {
        match (&self.shelf, &self.waiver) {
            (Shelf::Review, _) => SafeText::new("review"),
            (Shelf::Inconclusive, _) => SafeText::new("inconclusive"),
            _ if self.waived() => SafeText::new("waived"),
            (Shelf::Fail, Some(waiver)) if waiver.state.as_str() != "active" => waiver.state.clone(),
            _ => SafeText::new("open"),
        }
    }
}

/// The rows, sorted: shelf, then severity, policy, path, line, fingerprint.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Store {
    pub rows: Vec<Arc<Row>>,
    policies: BTreeMap<String, Arc<PolicyText>>,
    seen: BTreeSet<RowKey>,
}

impl Store {
    /// Adds what is not there yet. `update` calls it with what the worker hands over.
    pub fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            let Some(verdict) = Shelf::of(finding.verdict) else { continue };
            if self.seen.insert((verdict, finding.fingerprint)) {
                let row = self.row(finding, verdict);
                self.rows.push(Arc::new(row));
            }
        }
        self.rows.sort_by(|a, b| {
            let order = |row: &Row| {
                let finding = &row.finding;
                (row.shelf, std::cmp::Reverse(finding.policy.severity), finding.policy.id.clone())
            };
            let place = |row: &Row| (std::cmp::Reverse(row.finding.severity), row.waived());
            order(a)
                .cmp(&order(b))
                .then_with(|| place(a).cmp(&place(b)))
                .then_with(|| a.finding.location.cmp(&b.finding.location))
                .then_with(|| a.finding.fingerprint.cmp(&b.finding.fingerprint))
        });
    }

    pub fn get(&self, row: usize) -> Option<&Arc<Row>> {
        self.rows.get(row)
    }

    pub fn find(&self, key: RowKey) -> Option<&Arc<Row>> {
        self.rows.iter().find(|row| row.key() == key)
    }

    pub fn policies(&self) -> impl Iterator<Item = &Arc<PolicyText>> {
        self.policies.values()
    }

    pub fn count(&self, on: Shelf) -> usize {
        self.rows.iter().filter(|row| row.shelf == on).count()
    }

    pub fn open(&self) -> usize {
        self.rows.iter().filter(|row| row.shelf == Shelf::Fail && !row.waived()).count()
    }

    pub fn waived(&self) -> usize {
        self.rows.iter().filter(|row| row.shelf == Shelf::Fail && row.waived()).count()
    }

    /// Open and waived failures of one severity.
    pub fn by_severity(&self, severity: Severity) -> (usize, usize) {
        let of = self.rows.iter().filter(|row| row.shelf == Shelf::Fail && row.severity() == severity);
        of.fold(
            (0, 0),
            |(open, waived), row| {
                if row.waived() { (open, waived + 1) } else { (open + 1, waived) }
            },
        )
    }

    fn row(&mut self, finding: Finding, verdict: Shelf) -> Row {
        let policy = Arc::clone(
            self.policies
                .entry(finding.policy.id.to_string())
                .or_insert_with(|| Arc::new(policy_text(&finding.policy))),
        );
        let path = SafeText::capped(&finding.location.path, Mode::Code, FIELD_CAP);
        let location = path.clone().with(&format!(":{}", finding.location.start.line));
        let waiver = finding.waiver.as_ref().map(|waiver| WaiverText {
            id: SafeText::new(&waiver.id),
            state: SafeText::new(&waiver.state),
            causes: waiver.causes.iter().map(|cause| SafeText::prose(cause)).collect(),
            reason: SafeText::capped(&waiver.reason, Mode::Prose, FIELD_CAP),
            people: people(waiver),
            expires: SafeText::new(&waiver.expires_at),
        });
        Row {
            shelf: verdict,
            policy,
            message: SafeText::capped(&finding.message, Mode::Prose, FIELD_CAP),
            resource: SafeText::capped(&finding.resource, Mode::Code, FIELD_CAP),
            path,
            location,
            evidence: evidence(finding.evidence.as_ref()),
            read: finding.evidence_places.iter().map(place_text).collect(),
            waiver,
            owners: finding.owners.iter().map(|owner| SafeText::new(owner)).collect(),
            content: content(&finding),
            finding: Arc::new(finding),
        }
    }
}

fn content(finding: &Finding) -> Digest {
    let evidence = finding.evidence_digest.map(|digest| digest.hex()).unwrap_or_default();
    let parts =
        [finding.policy.digest.hex().as_str(), &evidence, finding.severity.as_str(), &finding.message]
            .join("\n");
    Digest::of(parts.as_bytes())
}

fn people(waiver: &WaiverRef) -> SafeText {
    let asked = SafeText::new(&waiver.requester);
    if waiver.approvers.is_empty() {
        return asked;
    }
    asked.with(", approved by ").and(&SafeText::new(&waiver.approvers.join(", ")))
}

fn policy_text(policy: &PolicyInfo) -> PolicyText {
    PolicyText {
        id: SafeText::new(&policy.id),
        title: SafeText::prose(&policy.title),
        description: SafeText::prose(&policy.description),
        controls: policy.controls.iter().map(|control| SafeText::new(control)).collect(),
        remediation: SafeText::lines(&policy.remediation),
        related: policy.related.iter().map(|link| SafeText::new(link)).collect(),
        file: SafeText::new(&policy.file),
    }
}

fn place_text(place: &EvidencePlace) -> PlaceText {
    let name = if place.path.is_empty() { &place.resource } else { &place.path };
    let path = SafeText::capped(&place.location.path, Mode::Code, FIELD_CAP);
    PlaceText {
        role: place.role.as_str(),
        name: SafeText::capped(name, Mode::Code, FIELD_CAP),
        value: SafeText::capped(&place.value, Mode::Code, FIELD_CAP),
        location: path.with(&format!(":{}", place.location.start.line)),
    }
}

/// The evidence as rows of name and value; what is no object has one row without a name.
fn evidence(value: Option<&serde_json::Value>) -> Vec<(SafeText, SafeText)> {
    let show = |value: &serde_json::Value| SafeText::capped(&value.to_string(), Mode::Code, FIELD_CAP);
    match value {
        None => Vec::new(),
        Some(serde_json::Value::Object(map)) => {
            map.iter().map(|(name, value)| (SafeText::new(name), show(value))).collect()
        }
        Some(other) => vec![(SafeText::default(), show(other))],
    }
}
