//! Workflow commands, which GitHub Actions shows as annotations on the lines of a pull request:
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>.
//!
//! Only what decides the exit code is an error. What was there at the base and what was waived is counted in the first
//! line and not annotated. A step shows ten annotations of each level, so the worst come first.

use std::fmt::Write as _;

use super::gaps::gaps;
use super::text::{since, summary};
use crate::model::{Confidence, Finding, Report, Severity, Verdict};
use crate::text::SafeText;

/// One line for each annotation. `fail_on` is the lowest severity that fails.
pub fn github(report: &Report, fail_on: Severity) -> String {
    let mut out = String::new();
    let compared =
        report.baseline.as_ref().map(|base| format!("\n{}", since(report, base))).unwrap_or_default();
    annotate(
        &mut out,
        "notice",
        &[("title", "Probity".to_owned())],
        &format!("{}{compared}", summary(report)),
    );
    let (gating, others): (Vec<_>, Vec<_>) = report
        .open()
        .filter(|finding| report.is_new(finding))
        .partition(|finding| finding.severity >= fail_on);
    for finding in gating {
        finding_line(&mut out, "error", finding);
    }
    for gap in gaps(report) {
        let mut properties = Vec::new();
        if gap.in_repository {
            properties.push(("file", gap.subject.to_owned()));
            properties.extend(gap.line.map(|line| ("line", line.to_string())));
        }
        properties.push(("title", format!("Probity: {}", gap.kind)));
        annotate(&mut out, "warning", &properties, &format!("{}: {}", gap.subject, gap.reason));
    }
    for finding in others {
        let level = if finding.severity == Severity::Low { "notice" } else { "warning" };
        finding_line(&mut out, level, finding);
    }
    for finding in report.inconclusive.iter().chain(&report.review) {
        finding_line(&mut out, "notice", finding);
    }
    for template in &report.not_rendered {
        let mut properties = vec![("file", template.path.clone())];
        properties.extend(template.line.map(|line| ("line", line.to_string())));
        properties.push(("title", "Probity: not rendered".to_owned()));
        annotate(&mut out, "notice", &properties, &template.reason);
    }
    out
}

fn finding_line(out: &mut String, level: &str, finding: &Finding) {
    let at = &finding.location;
    // Our ends are exclusive: one at the beginning of a line does not touch that line.
    let last =
        if at.end.column == 1 { at.end.line.saturating_sub(1) } else { at.end.line }.max(at.start.line);
    let whole_lines = finding.confidence == Confidence::Absence;
    let mut properties = vec![("file", at.path.clone()), ("line", at.start.line.to_string())];
    if !whole_lines {
        properties.push(("endLine", last.to_string()));
    }
    // Columns are refused where a range goes over several lines.
    if !whole_lines && last == at.start.line {
        properties.push(("col", at.start.column.to_string()));
    }
    let judged = match finding.verdict {
        Verdict::Fail => finding.severity.as_str(),
        verdict => verdict.as_str(),
    };
    properties.push(("title", format!("{}: {} ({judged})", finding.policy.id, finding.policy.title)));
    let mut message = format!("{}\n{}", finding.message, finding.resource);
    if !finding.policy.remediation.is_empty() {
        let _ = write!(message, "\nfix: {}", finding.policy.remediation);
    }
    let _ = write!(message, "\n{}", finding.fingerprint);
    annotate(out, level, &properties, &message);
}

/// `::level key=value,key=value::message`
fn annotate(out: &mut String, level: &str, properties: &[(&str, String)], message: &str) {
    let properties: Vec<String> =
        properties.iter().map(|(key, value)| format!("{key}={}", property(value))).collect();
    let space = if properties.is_empty() { "" } else { " " };
    let lines: Vec<String> = SafeText::lines(message).iter().map(|line| data(line.as_str())).collect();
    let _ = writeln!(out, "::{level}{space}{}::{}", properties.join(","), lines.join("%0A"));
}

/// The runner's older form of commands, `##[name]`, may stand anywhere in a line, so it is taken apart.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace("##[", "## [")
}

fn property(text: &str) -> String {
    data(SafeText::new(text).as_str()).replace(':', "%3A").replace(',', "%2C")
}
