//! `probity.report/v1`: the machine-readable report. Fields are only ever added within a version.

use serde::Serialize;
use serde_json::Value as Json;

use super::text::Traced;
use crate::model::{
    Confidence, EvidencePlace, EvidenceRole, Finding, Origin, Report, Severity, Unread, WaiverLine,
};

pub const SCHEMA: &str = "probity.report/v1";

#[derive(Serialize)]
struct Root<'a> {
    schema: &'static str,
    tool: Tool,
    repository: RepositoryOut<'a>,
    policies: Policies,
    summary: Summary,
    findings: Vec<FindingOut<'a>>,
    review: Vec<FindingOut<'a>>,
    inconclusive: Vec<FindingOut<'a>>,
    unparsed: &'a [Unread],
    not_rendered: &'a [Unread],
    not_evaluated: &'a [crate::model::NotEvaluated],
    waivers: &'a [WaiverLine],
    /// Only with `--base`.
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<BaseOut<'a>>,
}

#[derive(Serialize)]
struct BaseOut<'a> {
    commit: &'a crate::model::CommitInfo,
    new: usize,
    known: usize,
    fixed: Vec<FindingOut<'a>>,
    incomplete: bool,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct RepositoryOut<'a> {
    root: &'a str,
    head: Option<&'a str>,
    revision: Option<&'a str>,
    dirty: bool,
}

#[derive(Serialize)]
struct Policies {
    count: usize,
    /// By `--only`.
    left_out: usize,
    digest: String,
}

#[derive(Serialize)]
struct Summary {
    open: usize,
    waived: usize,
    review: usize,
    inconclusive: usize,
    unparsed: usize,
    not_rendered: usize,
    not_evaluated: usize,
    /// Open ones.
    by_severity: BySeverity,
}

#[derive(Serialize)]
struct BySeverity {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
}

#[derive(Serialize)]
struct FindingOut<'a> {
    policy: &'a str,
    title: &'a str,
    severity: Severity,
    message: &'a str,
    resource: &'a str,
    path: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    /// How the place was found: `path-given`, `tested-and-named`, `absence`, `block`, `subject`.
    confidence: Confidence,
    /// The places that the verdict rests on.
    evidence_places: Vec<PlaceOut<'a>>,
    fingerprint: String,
    status: crate::model::Status,
    waiver: Option<&'a crate::model::WaiverRef>,
    controls: &'a [String],
    /// Only when origins were asked for.
    origin: Option<&'a Origin>,
    /// Only with `--base`: the base does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<bool>,
}

#[derive(Serialize)]
struct PlaceOut<'a> {
    role: EvidenceRole,
    resource: &'a str,
    /// Into the resource: `ingress[0].cidr_blocks`; empty for the whole.
    at: &'a str,
    value: &'a str,
    path: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

fn place(place: &EvidencePlace) -> PlaceOut<'_> {
    PlaceOut {
        role: place.role,
        resource: &place.resource,
        at: &place.path,
        value: &place.value,
        path: &place.location.path,
        line: place.location.start.line,
        column: place.location.start.column,
        end_line: place.location.end.line,
        end_column: place.location.end.column,
    }
}

/// The report as JSON with a final line feed. `origins` runs beside `report.findings`, or is empty.
pub fn json(report: &Report, origins: &[Option<Origin>]) -> String {
    let root = Root {
        schema: SCHEMA,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        repository: RepositoryOut {
            root: &report.repository.root,
            head: report.repository.head.as_deref(),
            revision: report.repository.revision.as_deref(),
            dirty: report.repository.dirty,
        },
        policies: Policies {
            count: report.policy_count,
            left_out: report.policies_left_out,
            digest: report.policy_digest.to_string(),
        },
        summary: Summary {
            open: report.open().count(),
            waived: report.waived(),
            review: report.review.len(),
            inconclusive: report.inconclusive.len(),
            unparsed: report.unparsed.len(),
            not_rendered: report.not_rendered.len(),
            not_evaluated: report.not_evaluated.len(),
            by_severity: BySeverity {
                critical: report.open_by_severity(Severity::Critical),
                high: report.open_by_severity(Severity::High),
                medium: report.open_by_severity(Severity::Medium),
                low: report.open_by_severity(Severity::Low),
            },
        },
        findings: report
            .findings
            .iter()
            .enumerate()
            .map(|(at, finding)| FindingOut {
                origin: origins.get(at).and_then(Option::as_ref),
                new: report.baseline.as_ref().map(|_| report.is_new(finding)),
                ..out(finding)
            })
            .collect(),
        review: report.review.iter().map(out).collect(),
        inconclusive: report.inconclusive.iter().map(out).collect(),
        unparsed: &report.unparsed,
        not_rendered: &report.not_rendered,
        not_evaluated: &report.not_evaluated,
        waivers: &report.waivers,
        base: report.baseline.as_ref().map(|baseline| BaseOut {
            commit: &baseline.commit,
            new: baseline.new.len(),
            known: report.findings.len() - baseline.new.len(),
            fixed: baseline.fixed.iter().map(out).collect(),
            incomplete: baseline.incomplete,
        }),
    };
    pretty(&root)
}

fn out(finding: &Finding) -> FindingOut<'_> {
    FindingOut {
        policy: &finding.policy.id,
        title: &finding.policy.title,
        severity: finding.severity,
        message: &finding.message,
        resource: &finding.resource,
        path: &finding.location.path,
        line: finding.location.start.line,
        column: finding.location.start.column,
        end_line: finding.location.end.line,
        end_column: finding.location.end.column,
        confidence: finding.confidence,
        evidence_places: finding.evidence_places.iter().map(place).collect(),
        fingerprint: finding.fingerprint.to_string(),
        status: finding.status,
        waiver: finding.waiver.as_deref(),
        controls: &finding.policy.controls,
        origin: None,
        new: None,
    }
}

/// Findings with their origins, for `probity trace --format json`.
pub fn traced_json(traced: &[Traced<'_>]) -> String {
    let items: Vec<Json> = traced
        .iter()
        .map(|Traced { finding, origin, life }| {
            let mut item = serde_json::json!({
                "fingerprint": finding.fingerprint,
                "policy": finding.policy.id.as_ref(),
                "resource": finding.resource,
                "path": finding.location.path,
                "line": finding.location.start.line,
                "unit_files": finding.unit_files,
            });
            let (key, value) = match origin {
                Ok(origin) => ("origin", serde_json::to_value(origin).unwrap_or(Json::Null)),
                Err(error) => ("error", Json::String(error.clone())),
            };
            if let Some(map) = item.as_object_mut() {
                map.insert(key.to_owned(), value);
                let (key, value) = match life {
                    Ok(life) => ("lifecycle", serde_json::to_value(life).unwrap_or(Json::Null)),
                    Err(error) => ("lifecycle_error", Json::String(error.clone())),
                };
                map.insert(key.to_owned(), value);
            }
            item
        })
        .collect();
    pretty(&items)
}

pub(super) fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
