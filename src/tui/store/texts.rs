//! The strings of policies, waivers and evidence, made safe.

use crate::model::{EvidencePlace, Finding, Fingerprint, Location, PolicyInfo, Severity, WaiverRef};
use crate::text::{Mode, SafeText};

/// Characters of a message or a value that are shown; the finding itself keeps all of it.
pub(super) const FIELD_CAP: usize = 4096;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct PolicyText {
    pub id: SafeText,
    pub title: SafeText,
    pub description: SafeText,
    pub controls: Vec<SafeText>,
    pub remediation: Vec<SafeText>,
    pub related: Vec<SafeText>,
    pub file: SafeText,
}

impl PolicyText {
    pub fn new(policy: &PolicyInfo) -> Self {
        Self {
            id: SafeText::new(&policy.id),
            title: SafeText::prose(&policy.title),
            description: SafeText::prose(&policy.description),
            controls: policy.controls.iter().map(|control| SafeText::new(control)).collect(),
            remediation: SafeText::lines(&policy.remediation),
            related: policy.related.iter().map(|link| SafeText::new(link)).collect(),
            file: SafeText::new(&policy.file),
        }
    }
}

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

impl WaiverText {
    pub fn new(waiver: &WaiverRef) -> Self {
        Self {
            id: SafeText::new(&waiver.id),
            state: SafeText::new(&waiver.state),
            causes: waiver.causes.iter().map(|cause| SafeText::prose(cause)).collect(),
            reason: SafeText::capped(&waiver.reason, Mode::Prose, FIELD_CAP),
            people: people(waiver),
            expires: SafeText::new(&waiver.expires_at),
        }
    }
}

fn people(waiver: &WaiverRef) -> SafeText {
    let asked = SafeText::new(&waiver.requester);
    if waiver.approvers.is_empty() {
        return asked;
    }
    asked.with(", approved by ").and(&SafeText::new(&waiver.approvers.join(", ")))
}

/// A finding in few words.
#[derive(Debug, Clone, PartialEq)]
pub struct SubjectText {
    pub fingerprint: Fingerprint,
    pub severity: Severity,
    pub policy: SafeText,
    pub title: SafeText,
    pub resource: SafeText,
    /// `path:line`
    pub location: SafeText,
}

impl SubjectText {
    pub fn new(finding: &Finding) -> Self {
        Self {
            fingerprint: finding.fingerprint,
            severity: finding.severity,
            policy: SafeText::new(&finding.policy.id),
            title: SafeText::prose(&finding.policy.title),
            resource: SafeText::capped(&finding.resource, Mode::Code, FIELD_CAP),
            location: place(&finding.location),
        }
    }
}

/// `path:line`
fn place(location: &Location) -> SafeText {
    SafeText::capped(&location.path, Mode::Code, FIELD_CAP).with(&format!(":{}", location.start.line))
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

impl PlaceText {
    pub fn new(place: &EvidencePlace) -> Self {
        let name = if place.path.is_empty() { &place.resource } else { &place.path };
        Self {
            role: place.role.as_str(),
            name: SafeText::capped(name, Mode::Code, FIELD_CAP),
            value: SafeText::capped(&place.value, Mode::Code, FIELD_CAP),
            location: self::place(&place.location),
        }
    }
}

/// The evidence as rows of name and value; what is no object has one row without a name.
pub fn evidence(value: Option<&serde_json::Value>) -> Vec<(SafeText, SafeText)> {
    let show = |value: &serde_json::Value| SafeText::capped(&value.to_string(), Mode::Code, FIELD_CAP);
    match value {
        None => Vec::new(),
        Some(serde_json::Value::Object(map)) => {
            map.iter().map(|(name, value)| (SafeText::new(name), show(value))).collect()
        }
        Some(other) => vec![(SafeText::default(), show(other))],
    }
}
