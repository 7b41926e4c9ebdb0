//! SARIF 2.1.0: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html>.
//!
//! One run. Violations are results of kind `fail`, what a person must look at `review`, what nobody can know before
//! apply `open`. An active waiver is an accepted suppression; every other result has an empty list of them, which says
//! that suppressions were looked for. What was not read or not evaluated is a notification, and the run then was not
//! successful.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::json::pretty;
use super::uuid::uuid;
use crate::model::{
    Confidence, EvidencePlace, Finding, Location, Origin, PolicyInfo, Report, Severity, Status, Verdict,
    WaiverRef,
};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Where relative addresses start.
const ROOT: &str = "ROOT";
/// Where Probity is described: its page, else its package URL (<https://github.com/package-url/purl-spec>).
const HOMEPAGE: &str = env!("CARGO_PKG_HOMEPAGE");
const PACKAGE: &str = concat!("pkg:cargo/", env!("CARGO_PKG_NAME"), "@", env!("CARGO_PKG_VERSION"));

/// How the states of waivers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SarifOptions {
    /// Also waivers that do not count: as under review, or as rejected. Viewers may hide what they suppress.
    pub all_states: bool,
}

/// The report with a final line feed. `origins` runs beside `report.findings`, or is empty.
pub fn sarif(report: &Report, origins: &[Option<Origin>], options: SarifOptions) -> String {
    let policies: BTreeMap<&str, &PolicyInfo> =
        all(report).map(|finding| (finding.policy.id.as_ref(), finding.policy.as_ref())).collect();
    let rules: BTreeMap<&str, usize> = policies.keys().enumerate().map(|(at, id)| (*id, at)).collect();
    let writer = Writer { rules, options };
    let frameworks: BTreeMap<&str, BTreeSet<&str>> = frameworks(policies.values().copied());
    let new = report.findings.iter().enumerate().map(|(at, finding)| {
        let state =
            report.baseline.as_ref().map(|_| if report.is_new(finding) { "new" } else { "unchanged" });
        writer.result(finding, state, origins.get(at).and_then(Option::as_ref))
    });
    let undecided = report.review.iter().chain(&report.inconclusive);
    let fixed = report.baseline.iter().flat_map(|baseline| &baseline.fixed);
    let results: Vec<Json> = new
        .chain(undecided.map(|finding| writer.result(finding, None, None)))
        .chain(fixed.map(|finding| writer.result(finding, Some("absent"), None)))
        .collect();
    let taxonomies: Vec<Json> = frameworks
        .iter()
        .map(|(name, controls)| {
            let taxa: Vec<Json> = controls.iter().map(|control| json!({"id": control})).collect();
            json!({"name": name, "guid": uuid(&format!("taxonomy {name}")), "taxa": taxa})
        })
        .collect();
    let supported: Vec<Json> = frameworks
        .keys()
        .enumerate()
        .map(|(index, name)| json!({"name": name, "index": index, "guid": uuid(&format!("taxonomy {name}"))}))
        .collect();
    let run = json!({
        "tool": {"driver": {
            "name": "Probity",
            "version": env!("CARGO_PKG_VERSION"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "informationUri": if HOMEPAGE.is_empty() { PACKAGE } else { HOMEPAGE },
            "rules": policies.values().map(|policy| rule(policy)).collect::<Vec<_>>(),
            "supportedTaxonomies": supported,
        }},
        "taxonomies": taxonomies,
        "automationDetails": {"id": "probity/check/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the audited repository."}}},
        "invocations": [invocation(report)],
        "results": results,
        "properties": {
            "revision": report.repository.revision.as_ref().or(report.repository.head.as_ref()),
            "dirty": report.repository.dirty,
            "policies": report.policy_count,
            "policyDigest": report.policy_digest.to_string(),
        },
    });
    pretty(&json!({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}))
}

/// Everything that becomes a result.
fn all(report: &Report) -> impl Iterator<Item = &Finding> {
    let fixed = report.baseline.iter().flat_map(|baseline| &baseline.fixed);
    report.findings.iter().chain(&report.review).chain(&report.inconclusive).chain(fixed)
}

/// `<framework>:<control>`, taken apart.
fn control(control: &str) -> Option<(&str, &str)> {
    control.split_once(':')
}

fn frameworks<'a>(policies: impl Iterator<Item = &'a PolicyInfo>) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (framework, id) in policies.flat_map(|policy| policy.controls.iter().filter_map(|name| control(name)))
    {
        found.entry(framework).or_default().insert(id);
    }
    found
}

fn rule(policy: &PolicyInfo) -> Json {
    let words = policy.title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name: String = words
        .flat_map(|word| {
            let (first, rest) = word.split_at(1);
            [first.to_ascii_uppercase(), rest.to_owned()]
        })
        .collect();
    let relationships: Vec<Json> = policy
        .controls
        .iter()
        .filter_map(|name| control(name))
        .map(|(framework, id)| {
            json!({"target": {"id": id, "toolComponent": {"name": framework}}, "kinds": ["relevant"]})
        })
        .collect();
    let mut help = policy.remediation.clone();
    if !policy.controls.is_empty() {
        help = format!("{}\n\nControls: {}.", sentence(&help), policy.controls.join(", "));
    }
    let mut rule = json!({
        "id": policy.id.as_ref(),
        "shortDescription": {"text": text(&sentence(&policy.title))},
        "defaultConfiguration": {"level": level(policy.severity)},
        "relationships": relationships,
        "properties": {
            "security-severity": score(policy.severity),
            "severity": policy.severity,
            "tags": policy.controls,
            "version": policy.version,
            "digest": policy.digest.to_string(),
        },
    });
    let Some(map) = rule.as_object_mut() else { return rule };
    if !name.is_empty() {
        map.insert("name".to_owned(), Json::String(name));
    }
    if !policy.description.is_empty() {
        map.insert("fullDescription".to_owned(), json!({"text": text(&sentence(&policy.description))}));
    }
    if !help.trim().is_empty() {
        map.insert("help".to_owned(), json!({"text": text(&sentence(&help))}));
    }
    if let Some(link) = policy.related.iter().find(|link| link.starts_with("https://")) {
        map.insert("helpUri".to_owned(), Json::String(link.clone()));
    }
    rule
}

struct Writer<'a> {
    rules: BTreeMap<&'a str, usize>,
    options: SarifOptions,
}

impl Writer<'_> {
    fn result(&self, finding: &Finding, state: Option<&str>, origin: Option<&Origin>) -> Json {
        let (kind, level) = match finding.verdict {
            Verdict::Fail => ("fail", level(finding.severity)),
            Verdict::Review => ("review", "none"),
            _ => ("open", "none"),
        };
        let mut properties = json!({
            "resource": finding.resource,
            "severity": finding.severity,
            "verdict": finding.verdict.as_str(),
            "confidence": finding.confidence,
            "security-severity": score(finding.severity),
        });
        if let Some(map) = properties.as_object_mut() {
            map.extend(finding.waiver.as_ref().map(|waiver| ("waiver".to_owned(), waiver_json(waiver))));
            map.extend(origin.map(|origin| ("origin".to_owned(), origin_json(origin))));
        }
        let related: Vec<Json> = finding
            .evidence_places
            .iter()
            .filter(|place| place.location != finding.location)
            .enumerate()
            .map(|(at, place)| related(at + 1, place))
            .collect();
        let mut result = json!({
            "ruleId": finding.policy.id.as_ref(),
            "ruleIndex": self.rules.get(finding.policy.id.as_ref()),
            "kind": kind,
            "level": level,
            "message": {"text": text(&sentence(&finding.message))},
            "locations": [{
                "physicalLocation": place(&finding.location, finding.confidence == Confidence::Absence),
                "logicalLocations": [{"fullyQualifiedName": finding.resource, "kind": "resource"}],
            }],
            "partialFingerprints": {"probityFinding/v1": finding.fingerprint.to_string()},
            "suppressions": self.suppressions(finding),
            "properties": properties,
        });
        let Some(map) = result.as_object_mut() else { return result };
        if !related.is_empty() {
            map.insert("relatedLocations".to_owned(), Json::Array(related));
        }
        map.extend(state.map(|state| ("baselineState".to_owned(), Json::String(state.to_owned()))));
        result
    }

    fn suppressions(&self, finding: &Finding) -> Json {
        let Some(waiver) = &finding.waiver else { return json!([]) };
        let status = match (finding.status, waiver.state.as_str(), self.options.all_states) {
            (Status::Waived, ..) => "accepted",
            (_, _, false) => return json!([]),
            (_, "pending" | "not-yet-valid", true) => "underReview",
            (_, _, true) => "rejected",
        };
        json!([{
            "kind": "external",
            "status": status,
            "justification": waiver.reason,
            "guid": uuid(&waiver.digest),
            "properties": waiver_json(waiver),
        }])
    }
}

/// Where something stands. Of what is missing only the line is marked: the rest of it would mislead.
fn place(location: &Location, line_only: bool) -> Json {
    let region = if line_only {
        json!({"startLine": location.start.line})
    } else {
        json!({
            "startLine": location.start.line,
            "startColumn": location.start.column,
            "endLine": location.end.line,
            "endColumn": location.end.column,
        })
    };
    json!({"artifactLocation": address(&location.path), "region": region})
}

/// A place that the verdict rests on.
fn related(id: usize, evidence: &EvidencePlace) -> Json {
    let at = if evidence.path.is_empty() { String::new() } else { format!(".{}", evidence.path) };
    json!({
        "id": id,
        "physicalLocation": place(&evidence.location, false),
        "message": {"text": text(&sentence(&format!("{}{at}: {}", evidence.resource, evidence.value)))},
    })
}

fn waiver_json(waiver: &WaiverRef) -> Json {
    serde_json::to_value(waiver).unwrap_or(Json::Null)
}

fn origin_json(origin: &Origin) -> Json {
    json!({
        "kind": origin.kind,
        "commit": origin.commit,
        "signedBy": origin.signed_by,
        "mergedBy": origin.merged_by,
    })
}

/// What was not read, rendered or evaluated, and what else limits the result.
fn invocation(report: &Report) -> Json {
    let notification = |level: &str, text_of: String, path: Option<(&str, Option<u32>)>| {
        let mut note = Map::new();
        note.insert("level".to_owned(), json!(level));
        note.insert("message".to_owned(), json!({"text": text(&sentence(&text_of))}));
        if let Some((path, line)) = path {
            let mut place = json!({"artifactLocation": address(path)});
            if let (Some(map), Some(line)) = (place.as_object_mut(), line) {
                map.insert("region".to_owned(), json!({"startLine": line}));
            }
            note.insert("locations".to_owned(), json!([{"physicalLocation": place}]));
        }
        Json::Object(note)
    };
    let unread = report.unparsed.iter().map(|unread| {
        notification("error", format!("not read: {}", unread.reason), Some((&unread.path, unread.line)))
    });
    let unrendered = report.not_rendered.iter().map(|unread| {
        notification("warning", format!("not rendered: {}", unread.reason), Some((&unread.path, unread.line)))
    });
    let refused = report.not_evaluated.iter().map(|failure| {
        notification(
            "error",
            format!("{} was not evaluated: {}", failure.policy, failure.explanation()),
            None,
        )
    });
    let notices = report.notices.iter().map(|notice| notification("note", notice.clone(), None));
    let notifications: Vec<Json> = unread.chain(unrendered).chain(refused).chain(notices).collect();
    json!({
        "executionSuccessful": !report.incomplete() && report.clock.is_none(),
        "toolExecutionNotifications": notifications,
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// The middle of the band that code-scanning services give each word (CVSS v3.1, table 14).
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}

/// A relative address: everything but unreserved characters and `/` is percent-encoded (RFC 3986, section 2.1).
fn address(path: &str) -> Json {
    use std::fmt::Write as _;
    let uri = path.bytes().fold(String::new(), |mut uri, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => drop(write!(uri, "%{byte:02X}")),
        }
        uri
    });
    json!({"uri": uri, "uriBaseId": ROOT})
}

/// Messages end with a period, as the format's own rules ask.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?', ':']) { text.to_owned() } else { format!("{text}.") }
}

/// Braces are placeholders in a message, and brackets before a parenthesis a link (sections 3.11.5 and 3.11.6).
fn text(plain: &str) -> String {
    plain.replace('{', "{{").replace('}', "}}").replace("](", "\\](")
}
