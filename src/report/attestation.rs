//! A statement of one audit that anybody with the repository can make again: an in-toto Statement, version 1
//! (<https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md>).
//!
//! Its subject is the commit. Its predicate says by what was judged (policies, configuration, trust, the instant) and
//! what came out, as counts and as the digest of `probity.report/v1`. Nothing in it depends on the machine.

use serde::{Deserialize, Serialize};

use super::json::{json, pretty};
use crate::model::{Digest, Report, RepositoryInfo, Severity};

pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// The predicate's type. A URN, as the project owns no address on the web.
pub const PREDICATE_TYPE: &str = "urn:probity:attestation:audit:v1";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Statement {
    #[serde(rename = "_type")]
    pub kind: String,
    pub subject: Vec<Resource>,
    pub predicate_type: String,
    pub predicate: Predicate,
}

/// in-toto's `ResourceDescriptor`, as far as it is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    pub name: String,
    pub digest: Digests,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Digests {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git_commit: Option<String>,
    /// 64 lower-case hex digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Predicate {
    pub tool: Tool,
    /// Up to which waivers are judged, UTC.
    pub instant: String,
    /// The audited folder of the repository; `.` for all of it.
    pub root: String,
    /// The full ref name that waivers are matched with.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    pub policies: Policies,
    /// Files of the commit that decide how it is judged.
    pub configuration: Vec<Resource>,
    pub trust: Trust,
    pub verdict: Verdict,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    pub name: String,
    pub version: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Policies {
    pub count: usize,
    /// What `--only` asked for; empty for all.
    pub only: Vec<String>,
    /// Those of the commit's own `.probity/policies` were evaluated, too.
    pub brought_along: bool,
    pub digest: Digests,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Trust {
    /// The pinned trust id, `sha256:...`; without one no waiver counts.
    pub root: Option<String>,
    pub version: Option<u32>,
    /// The commit of the protected branch, where one was given.
    pub protected: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Verdict {
    /// Of what `probity check --format json` prints for this commit and instant where HEAD is this commit.
    pub report: Digests,
    pub open: BySeverity,
    pub waived: usize,
    pub review: usize,
    pub inconclusive: usize,
    pub unparsed: usize,
    pub not_rendered: usize,
    pub not_evaluated: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BySeverity {
    pub critical: usize,
    pub high: usize,
    pub medium: usize,
    pub low: usize,
}

/// By what was judged, beside the report.
#[derive(Debug, Clone)]
pub struct Grounds<'a> {
    /// The audited commit, in full.
    pub commit: &'a str,
    pub only: &'a [String],
    pub brought_along: bool,
    pub reference: Option<String>,
    /// Paths and digests.
    pub configuration: Vec<(String, Digest)>,
    pub trust: Trust,
}

/// Of what `probity check --format json` prints for a commit where HEAD is that commit: where else HEAD stands in a clone
/// says nothing of the commit.
pub fn report_digest(report: &Report, commit: &str) -> Digest {
    let repository = RepositoryInfo {
        head: Some(commit.to_owned()),
        branch: None,
        dirty: false,
        ..report.repository.clone()
    };
    let alone = Report { repository, baseline: None, ..report.clone() };
    Digest::of(json(&alone, &[]).as_bytes())
}

impl Statement {
    pub fn new(report: &Report, grounds: &Grounds<'_>) -> Self {
        let commit = Some(grounds.commit.to_owned());
        let configuration = grounds
            .configuration
            .iter()
            .map(|(path, digest)| Resource { name: path.clone(), digest: sha256(*digest) });
        let open = |severity| report.open_by_severity(severity);
        Self {
            kind: STATEMENT_TYPE.to_owned(),
            subject: vec![Resource {
                name: "commit".to_owned(),
                digest: Digests { git_commit: commit, sha256: None },
            }],
            predicate_type: PREDICATE_TYPE.to_owned(),
            predicate: Predicate {
                tool: Tool {
                    name: env!("CARGO_PKG_NAME").to_owned(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                },
                instant: report.instant.clone(),
                root: report.repository.root.clone(),
                reference: grounds.reference.clone(),
                policies: Policies {
                    count: report.policy_count,
                    only: grounds.only.to_vec(),
                    brought_along: grounds.brought_along,
                    digest: sha256(report.policy_digest),
                },
                configuration: configuration.collect(),
                trust: grounds.trust.clone(),
                verdict: Verdict {
                    report: sha256(report_digest(report, grounds.commit)),
                    open: BySeverity {
                        critical: open(Severity::Critical),
                        high: open(Severity::High),
                        medium: open(Severity::Medium),
                        low: open(Severity::Low),
                    },
                    waived: report.waived(),
                    review: report.review.len(),
                    inconclusive: report.inconclusive.len(),
                    unparsed: report.unparsed.len(),
                    not_rendered: report.not_rendered.len(),
                    not_evaluated: report.not_evaluated.len(),
                },
            },
        }
    }

    /// The bytes that are signed.
    pub fn text(&self) -> String {
        pretty(self)
    }

    /// Reads a statement of this kind.
    ///
    /// # Errors
    /// It is none, or its bytes are not those that this statement has.
    pub fn parse(text: &str) -> Result<Self, String> {
        let statement: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if statement.kind != STATEMENT_TYPE || statement.predicate_type != PREDICATE_TYPE {
            return Err(format!("it is no {PREDICATE_TYPE} of {STATEMENT_TYPE}"));
        }
        if statement.commit().is_none() {
            return Err("its subject is not one commit".to_owned());
        }
        if statement.text() == text {
            Ok(statement)
        } else {
            Err("its bytes are not as Probity writes them: names twice, or other spaces".to_owned())
        }
    }

    /// The commit in hex.
    pub fn commit(&self) -> Option<&str> {
        match self.subject.as_slice() {
            [only] => only.digest.git_commit.as_deref(),
            _ => None,
        }
    }
}

fn sha256(digest: Digest) -> Digests {
    Digests { git_commit: None, sha256: Some(digest.hex()) }
}

/// One thing that a statement says, and what is found here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    pub what: &'static str,
    pub stated: String,
    pub found: String,
}

impl Compared {
    pub fn is_same(&self) -> bool {
        self.stated == self.found
    }
}

/// What a statement says beside what another audit of the same commit makes of it.
pub fn compare(stated: &Statement, found: &Statement) -> Vec<Compared> {
    let (a, b) = (&stated.predicate, &found.predicate);
    let line = |what, of: &dyn Fn(&Predicate) -> String| Compared { what, stated: of(a), found: of(b) };
    vec![
        line("tool", &|p| format!("{} {}", p.tool.name, p.tool.version)),
        line("policies", &|p| format!("{} with {}", p.policies.count, hex(&p.policies.digest))),
        line("configuration", &|p| {
            let files = p.configuration.iter().map(|file| format!("{} {}", file.name, hex(&file.digest)));
            let files: Vec<String> = files.collect();
            if files.is_empty() { "none".to_owned() } else { files.join(", ") }
        }),
        line("trust", &|p| {
            let root = p.trust.root.as_deref().unwrap_or("not pinned");
            let version = p.trust.version.map_or_else(String::new, |version| format!(", version {version}"));
            let protected = p.trust.protected.as_deref().map_or_else(String::new, |id| format!(", {id}"));
            format!("{root}{version}{protected}")
        }),
        line("verdicts", &|p| {
            let v = &p.verdict;
            let open = v.open.critical + v.open.high + v.open.medium + v.open.low;
            format!(
                "{open} open ({} critical, {} high, {} medium, {} low), {} waived, {} review, {} inconclusive, \
                 {} unparsed, {} not rendered, {} not evaluated",
                v.open.critical,
                v.open.high,
                v.open.medium,
                v.open.low,
                v.waived,
                v.review,
                v.inconclusive,
                v.unparsed,
                v.not_rendered,
                v.not_evaluated
            )
        }),
        line("report", &|p| hex(&p.verdict.report)),
    ]
}

fn hex(digest: &Digests) -> String {
    digest.sha256.as_deref().map_or_else(|| "no digest".to_owned(), |hex| format!("sha256:{hex}"))
}
