//! OSCAL 1.2.1, JSON: assessment results, and the plan of action and milestones.
//! <https://pages.nist.gov/OSCAL-Reference/models/v1.2.1/>
//!
//! Each finding is an observation and a risk; in the results it is a finding against the policy too. What a waiver makes
//! of it is the risk's status: `deviation-approved` while one is active, `deviation-requested` while one waits, else
//! `open`. Identifiers follow from content and times from the audit's instant, so the same audit gives the same bytes.

use serde_json::{Value as Json, json};

use super::json::pretty;
use super::uuid::uuid;
use crate::model::{Finding, Report, Severity, Status, Verdict};

const VERSION: &str = "1.2.1";
/// Names that are ours.
const NAMES: &str = "urn:probity:oscal";

/// Assessment results with a final line feed.
pub fn oscal_results(report: &Report) -> String {
    let scope = scope(report);
    let plan = uuid(&format!("{scope} plan"));
    let findings: Vec<Json> = findings(report).map(|found| finding(found, &scope)).collect();
    let mut result = json!({
        "uuid": uuid(&format!("{scope} result")),
        "title": title(report),
        "description": summary(report),
        "start": report.instant,
        "end": report.instant,
        "props": props(&[
            ("policy-digest", &report.policy_digest.to_string()),
            ("policies", &report.policy_count.to_string()),
            ("complete", if complete(report) { "yes" } else { "no" }),
        ]),
        "reviewed-controls": {
            "description": "What each policy gives evidence for stands with its findings.",
            "control-selections": [{"include-all": {}}],
        },
    });
    add_observations(&mut result, report, &scope);
    if let (Some(map), false) = (result.as_object_mut(), findings.is_empty()) {
        map.insert("findings".to_owned(), Json::Array(findings));
    }
    pretty(&json!({"assessment-results": {
        "uuid": uuid(&format!("{scope} assessment-results")),
        "metadata": metadata(report, "Assessment results"),
        "import-ap": {"href": format!("#{plan}")},
        "results": [result],
        "back-matter": {"resources": [{
            "uuid": plan,
            "title": "Assessment plan",
            "description": format!(
                "`probity check` with the {} policies whose digest is {}.",
                report.policy_count, report.policy_digest
            ),
        }]},
    }}))
}

/// The plan of action and milestones with a final line feed.
pub fn oscal_poam(report: &Report) -> String {
    let scope = scope(report);
    let mut items: Vec<Json> = findings(report).map(|found| item(found, &scope)).collect();
    if items.is_empty() {
        // The format wants at least one.
        items.push(json!({
            "uuid": uuid(&format!("{scope} nothing")),
            "title": "Nothing to do",
            "description": summary(report),
        }));
    }
    let mut plan = json!({
        "uuid": uuid(&format!("{scope} poam")),
        "metadata": metadata(report, "Plan of action and milestones"),
        "system-id": {"identifier-type": "http://ietf.org/rfc/rfc4122", "id": uuid(&format!("{scope} system"))},
        "poam-items": items,
    });
    add_observations(&mut plan, report, &scope);
    pretty(&json!({"plan-of-action-and-milestones": plan}))
}

/// What was audited, for identifiers.
fn scope(report: &Report) -> String {
    let repository = &report.repository;
    let commit = repository.revision.as_ref().or(repository.head.as_ref());
    let commit = commit.map_or("unborn", String::as_str);
    format!("{} {commit} {} {}", repository.root, report.policy_digest, report.instant)
}

fn title(report: &Report) -> String {
    let repository = &report.repository;
    let commit = repository.revision.as_ref().or(repository.head.as_ref());
    match commit {
        Some(commit) if repository.revision.is_none() && repository.dirty => {
            format!("Audit of the work tree above commit {commit}")
        }
        Some(commit) => format!("Audit of commit {commit}"),
        None => "Audit of a work tree without commits".to_owned(),
    }
}

fn complete(report: &Report) -> bool {
    !report.incomplete() && report.clock.is_none()
}

/// Never a clean word about what was not read.
fn summary(report: &Report) -> String {
    format!(
        "{} open, {} waived, {} to review, {} inconclusive; {} files not read, {} templates not rendered, {} policies not evaluated.",
        report.open().count(),
        report.waived(),
        report.review.len(),
        report.inconclusive.len(),
        report.unparsed.len(),
        report.not_rendered.len(),
        report.not_evaluated.len()
    )
}

fn metadata(report: &Report, what: &str) -> Json {
    json!({
        "title": format!("{what}: {}", title(report)),
        "last-modified": report.instant,
        "version": report.instant,
        "oscal-version": VERSION,
        "props": props(&[("tool", &format!("Probity {}", env!("CARGO_PKG_VERSION")))]),
    })
}

/// What fails, and what a person must look at.
fn findings(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().chain(&report.review).chain(&report.inconclusive)
}

fn id(scope: &str, what: &str, finding: &Finding) -> String {
    uuid(&format!("{scope} {what} {} {}", finding.fingerprint, finding.verdict.as_str()))
}

fn add_observations(to: &mut Json, report: &Report, scope: &str) {
    let observations: Vec<Json> =
        findings(report).map(|finding| observation(report, finding, scope)).collect();
    let risks: Vec<Json> = findings(report).map(|finding| risk(report, finding, scope)).collect();
    if let (Some(map), false) = (to.as_object_mut(), observations.is_empty()) {
        map.insert("observations".to_owned(), Json::Array(observations));
        map.insert("risks".to_owned(), Json::Array(risks));
    }
}

fn observation(report: &Report, finding: &Finding, scope: &str) -> Json {
    let at = &finding.location;
    json!({
        "uuid": id(scope, "observation", finding),
        "title": line(&finding.policy.title),
        "description": line(&format!("{} ({}:{})", finding.message, at.path, at.start.line)),
        "methods": ["TEST"],
        "types": ["finding"],
        "collected": report.instant,
        "props": facts(finding),
    })
}

fn facts(finding: &Finding) -> Json {
    let (at, fingerprint) = (&finding.location, finding.fingerprint.to_string());
    let start = at.start.line.to_string();
    let mut all = vec![
        ("policy", finding.policy.id.as_ref()),
        ("resource", finding.resource.as_str()),
        ("path", at.path.as_str()),
        ("line", start.as_str()),
        ("fingerprint", fingerprint.as_str()),
        ("verdict", finding.verdict.as_str()),
    ];
    all.extend(finding.policy.controls.iter().map(|control| ("control", control.as_str())));
    props(&all)
}

fn finding(finding: &Finding, scope: &str) -> Json {
    let state = match finding.verdict {
        Verdict::Fail => json!({"state": "not-satisfied"}),
        // A person has to say.
        _ => json!({"state": "not-satisfied", "reason": "other", "remarks": "Not decided: see the verdict."}),
    };
    json!({
        "uuid": id(scope, "finding", finding),
        "title": line(&finding.policy.title),
        "description": line(&finding.message),
        "target": {"type": "objective-id", "target-id": token(&finding.policy.id), "status": state},
        "related-observations": [{"observation-uuid": id(scope, "observation", finding)}],
        "related-risks": [{"risk-uuid": id(scope, "risk", finding)}],
    })
}

fn item(finding: &Finding, scope: &str) -> Json {
    json!({
        "uuid": id(scope, "item", finding),
        "title": line(&finding.policy.title),
        "description": line(if finding.policy.remediation.is_empty() { &finding.message } else { &finding.policy.remediation }),
        "props": facts(finding),
        "related-observations": [{"observation-uuid": id(scope, "observation", finding)}],
        "related-risks": [{"risk-uuid": id(scope, "risk", finding)}],
    })
}

fn risk(report: &Report, finding: &Finding, scope: &str) -> Json {
    let status = status(finding);
    let severity = match finding.severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "moderate",
        Severity::Low => "low",
    };
    let tool = uuid("Probity");
    let mut risk = json!({
        "uuid": id(scope, "risk", finding),
        "title": line(&finding.policy.title),
        "description": line(&finding.message),
        "statement": line(if finding.policy.description.is_empty() { &finding.policy.title } else { &finding.policy.description }),
        "status": status,
        "characterizations": [{
            "origin": {"actors": [{"type": "tool", "actor-uuid": tool}]},
            "facets": [{"name": "severity", "system": NAMES, "value": severity}],
        }],
        "related-observations": [{"observation-uuid": id(scope, "observation", finding)}],
    });
    let (Some(map), Some(waiver)) = (risk.as_object_mut(), &finding.waiver) else { return risk };
    let causes = waiver.causes.join("; ");
    let mut told = vec![
        ("waiver", waiver.id.as_str()),
        ("waiver-digest", waiver.digest.as_str()),
        ("waiver-state", waiver.state.as_str()),
        ("waiver-causes", causes.as_str()),
        ("waiver-requester", waiver.requester.as_str()),
        ("waiver-expires", waiver.expires_at.as_str()),
    ];
    told.extend(waiver.approvers.iter().map(|who| ("waiver-approver", who.as_str())));
    map.insert("props".to_owned(), props(&told));
    if finding.status == Status::Waived {
        map.insert("deadline".to_owned(), json!(waiver.expires_at));
    }
    let asked = json!({
        "uuid": uuid(&format!("{scope} asked {}", waiver.digest)),
        "title": "Waiver requested",
        "description": line(&format!("{} asked: {}", waiver.requester, waiver.reason)),
        "start": waiver.issued_at,
        "status-change": "deviation-requested",
    });
    let by = if waiver.approvers.is_empty() { "nobody else" } else { &waiver.approvers.join(", ") };
    let judged = json!({
        "uuid": uuid(&format!("{scope} judged {}", waiver.digest)),
        "title": line(&format!("Waiver {}", waiver.state)),
        "description": line(&format!("Approved by {by}. {causes}")),
        "start": report.instant,
        "status-change": status,
    });
    map.insert("risk-log".to_owned(), json!({"entries": [asked, judged]}));
    risk
}

fn status(finding: &Finding) -> &'static str {
    match (finding.status, finding.waiver.as_ref().map(|waiver| waiver.state.as_str())) {
        (Status::Waived, _) => "deviation-approved",
        (_, Some("pending" | "not-yet-valid")) => "deviation-requested",
        _ => "open",
    }
}

/// Properties of ours. A value is one line that begins and ends with something; what has none is left out.
fn props(pairs: &[(&str, &str)]) -> Json {
    let pairs = pairs.iter().map(|(name, value)| (name, line(value))).filter(|(_, value)| !value.is_empty());
    pairs.map(|(name, value)| json!({"name": name, "ns": NAMES, "value": value})).collect()
}

/// One line, as the format wants texts.
fn line(text: &str) -> String {
    text.split(char::is_whitespace).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A name that begins with a letter and has letters, digits, `.`, `-` and `_` only.
fn token(name: &str) -> String {
    let mut token: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' })
        .collect();
    if !token.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        token.insert(0, '_');
    }
    token
}
