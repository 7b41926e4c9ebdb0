//! GitLab's Code Quality report: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.
//!
//! GitLab compares the reports of two branches by fingerprint, so all findings are in it, whatever the base. What does
//! not gate (waived, for review, inconclusive, not rendered) is `info` and says why; what is missing from the audit is a
//! `blocker`, so that a report with holes is never an empty one.

use serde_json::{Value as Json, json};

use super::gaps::gaps;
use super::json::pretty;
use super::uuid::uuid;
use crate::model::{Finding, Report, Severity, Status, Verdict};
use crate::text::SafeText;

/// The report with a final line feed.
pub fn gitlab(report: &Report) -> String {
    let findings = report.findings.iter().chain(&report.review).chain(&report.inconclusive).map(finding);
    let missing = gaps(report).into_iter().map(|gap| {
        let description = format!("{}: {}: {}", gap.kind, gap.subject, gap.reason);
        let name = uuid(&format!("{description} {:?}", gap.line));
        entry(
            &description,
            &gap.kind.replace(' ', "-"),
            &name,
            "blocker",
            (gap.subject, gap.line.unwrap_or(1)),
        )
    });
    let unrendered = report.not_rendered.iter().map(|template| {
        let description = format!("not rendered: {}", template.reason);
        let line = template.line.unwrap_or(1);
        let name = uuid(&format!("{description} {} {line}", template.path));
        entry(&description, "not-rendered", &name, "info", (&template.path, line))
    });
    pretty(&findings.chain(missing).chain(unrendered).collect::<Vec<_>>())
}

fn finding(finding: &Finding) -> Json {
    let state = match (finding.status, finding.verdict) {
        (Status::Waived, _) => Some("waived"),
        (_, Verdict::Fail) => None,
        (_, verdict) => Some(verdict.as_str()),
    };
    let description = state.map_or_else(
        || format!("{}: {}", finding.resource, finding.message),
        |state| format!("{state}: {}: {}", finding.resource, finding.message),
    );
    let severity = if state.is_some() { "info" } else { severity(finding.severity) };
    let place = (finding.location.path.as_str(), finding.location.start.line);
    entry(&description, &finding.policy.id, &finding.fingerprint.to_string(), severity, place)
}

fn entry(description: &str, check: &str, fingerprint: &str, severity: &str, place: (&str, u32)) -> Json {
    json!({
        "description": SafeText::prose(description).as_str(),
        "check_name": check,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": place.0, "lines": {"begin": place.1}},
    })
}

/// One word of theirs for each of ours; the lowest is kept for what does not gate.
fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
    }
}
