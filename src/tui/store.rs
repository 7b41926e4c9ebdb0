//! The findings as the screen holds them: every string already safe, in the order of the audit.
//!
//! Escaping happens once, when findings arrive. Rows are shared, so a `State` is cheap to clone.

use std::collections::{BTreeMap, HashMap};
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

/// One finding. What many share is shared; what only the detail shows is made when it is shown, safe each time.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// For the engine only; views use the safe strings.
    pub finding: Arc<Finding>,
    pub shelf: Shelf,
    pub policy: Arc<PolicyText>,
    pub path: Arc<SafeText>,
    pub waiver: Option<Box<WaiverText>>,
}

impl Row {
    pub fn key(&self) -> RowKey {
        (self.shelf, self.finding.fingerprint)
    }

    pub fn severity(&self) -> Severity {
        self.finding.severity
    }

    pub fn message(&self) -> SafeText {
        SafeText::capped(&self.finding.message, Mode::Prose, FIELD_CAP)
    }

    pub fn resource(&self) -> SafeText {
        SafeText::capped(&self.finding.resource, Mode::Code, FIELD_CAP)
    }

    /// `path:line`
    pub fn location(&self) -> SafeText {
        SafeText::clone(&self.path).with(&format!(":{}", self.finding.location.start.line))
    }

    pub fn evidence(&self) -> Vec<(SafeText, SafeText)> {
        evidence(self.finding.evidence.as_ref())
    }

    /// The places that the verdict rests on.
    pub fn read(&self) -> Vec<PlaceText> {
        self.finding.evidence_places.iter().map(place_text).collect()
    }

    /// All owners as one name; empty where nobody is named.
    pub fn owners(&self) -> SafeText {
        SafeText::new(&self.finding.owners.join(" "))
    }

    /// Of what a review is bound to: the policy, what it rests on, and what it says.
    pub fn content(&self) -> Digest {
        content(&self.finding)
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

/// How many there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    /// Open and waived failures, by [`Severity::ALL`].
    failed: [(usize, usize); 4],
    inconclusive: usize,
    review: usize,
}

/// The rows, sorted: shelf, then severity, policy, path, line, fingerprint.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Store {
    pub rows: Vec<Arc<Row>>,
    policies: BTreeMap<String, Arc<PolicyText>>,
    paths: HashMap<String, Arc<SafeText>>,
    /// Where each is.
    index: HashMap<RowKey, usize>,
    tally: Tally,
}

impl Store {
    /// Adds what is not there yet. `update` calls it with what the worker hands over.
    pub fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            let Some(verdict) = Shelf::of(finding.verdict) else { continue };
            if self.index.insert((verdict, finding.fingerprint), usize::MAX).is_none() {
                let row = self.row(finding, verdict);
                self.tally.add(&row);
                self.rows.push(Arc::new(row));
            }
        }
        self.rows.sort_by(|a, b| {
            let (one, other) = (&a.finding, &b.finding);
            (a.shelf.cmp(&b.shelf))
                .then_with(|| other.policy.severity.cmp(&one.policy.severity))
                .then_with(|| one.policy.id.cmp(&other.policy.id))
                .then_with(|| other.severity.cmp(&one.severity))
                .then_with(|| a.waived().cmp(&b.waived()))
                .then_with(|| one.location.cmp(&other.location))
                .then_with(|| one.fingerprint.cmp(&other.fingerprint))
        });
        for (at, row) in self.rows.iter().enumerate() {
            self.index.insert(row.key(), at);
        }
    }

    pub fn get(&self, row: usize) -> Option<&Arc<Row>> {
        self.rows.get(row)
    }

    pub fn find(&self, key: RowKey) -> Option<&Arc<Row>> {
        self.rows.get(*self.index.get(&key)?)
    }

    pub fn policies(&self) -> impl Iterator<Item = &Arc<PolicyText>> {
        self.policies.values()
    }

    pub fn count(&self, on: Shelf) -> usize {
        match on {
            Shelf::Fail => self.open() + self.waived(),
            Shelf::Inconclusive => self.tally.inconclusive,
            Shelf::Review => self.tally.review,
        }
    }

    pub fn open(&self) -> usize {
        self.tally.failed.iter().map(|(open, _)| open).sum()
    }

    pub fn waived(&self) -> usize {
        self.tally.failed.iter().map(|(_, waived)| waived).sum()
    }

    /// Open and waived failures of one severity.
    pub fn by_severity(&self, severity: Severity) -> (usize, usize) {
        let mut levels = Severity::ALL.iter().zip(self.tally.failed);
        levels.find(|(level, _)| **level == severity).map(|(_, counts)| counts).unwrap_or_default()
    }

    fn row(&mut self, finding: Finding, verdict: Shelf) -> Row {
        let policy = Arc::clone(
            self.policies
                .entry(finding.policy.id.to_string())
                .or_insert_with(|| Arc::new(policy_text(&finding.policy))),
        );
        let path = if let Some(path) = self.paths.get(&finding.location.path) {
            Arc::clone(path)
        } else {
            let path = Arc::new(SafeText::capped(&finding.location.path, Mode::Code, FIELD_CAP));
            self.paths.insert(finding.location.path.clone(), Arc::clone(&path));
            path
        };
        let waiver = finding.waiver.as_ref().map(|waiver| {
            Box::new(WaiverText {
                id: SafeText::new(&waiver.id),
                state: SafeText::new(&waiver.state),
                causes: waiver.causes.iter().map(|cause| SafeText::prose(cause)).collect(),
                reason: SafeText::capped(&waiver.reason, Mode::Prose, FIELD_CAP),
                people: people(waiver),
                expires: SafeText::new(&waiver.expires_at),
            })
        });
        Row { shelf: verdict, policy, path, waiver, finding: Arc::new(finding) }
    }
}

impl Tally {
    fn add(&mut self, row: &Row) {
        match row.shelf {
            Shelf::Inconclusive => self.inconclusive += 1,
            Shelf::Review => self.review += 1,
            Shelf::Fail => {
                for (level, (open, waived)) in Severity::ALL.iter().zip(&mut self.failed) {
                    let count = if row.waived() { waived } else { open };
                    *count += usize::from(*level == row.severity());
                }
            }
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
