//! An engine that answers from memory.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use crate::model::{
    CommitInfo, Confidence, ControlLine, DiffLine, DiffLineKind, Digest, Finding, Fingerprint, FrameworkLine,
    Location, Matrix, NotEvaluated, Origin, OriginKind, Outcome, PolicyInfo, Position, Report,
    RepositoryInfo, Scope, Severity, Status, Unread, Verdict, WaiverLine, WaiverRef,
};
use crate::tui::{AuditEvent, Backend, SourceView, WaiverForm, WaiverPreview, WaiverReceipt};

pub(super) struct Fake {
    pub report: Mutex<Report>,
    pub source: Vec<u8>,
    pub origin: Origin,
    /// What signing answers when it fails.
    pub refuse: Mutex<Option<String>>,
    pub panics: bool,
    pub commits: Mutex<Vec<WaiverForm>>,
}

const SOURCE: &str = r#"# Registry for promoted models
locals {
  owner = "ml-core"
}

resource "aws_s3_bucket" "models" {
  bucket        = "acme-models-prod"
  force_destroy = true
	acl = "public-read"
}
"#;

pub(super) fn policy(id: &str, title: &str, severity: Severity) -> Arc<PolicyInfo> {
    Arc::new(PolicyInfo {
        id: id.into(),
        title: title.into(),
        description: "What the policy wants and why.".into(),
        severity,
        scopes: vec![Scope::Resource],
        version: 1,
        controls: vec!["eu-ai-act:Art. 15".into(), "nist-ai-rmf:MS-2.7".into(), "iso-42001:A.6.2".into()],
        remediation: "Set server-side encryption on the bucket.\nUse a key that the team controls.".into(),
        related: Vec::new(),
        waivable: true,
        digest: Digest::of(id.as_bytes()),
        file: format!("policies/{}.rego", id.to_lowercase()),
    })
}

pub(super) fn finding(policy: &Arc<PolicyInfo>, name: &str, path: &str, line: u32) -> Finding {
    let resource = format!("terraform:infra//{name}");
    Finding {
        policy: Arc::clone(policy),
        verdict: Verdict::Fail,
        severity: policy.severity,
        message: format!("{name} stores model artifacts but names no server-side encryption."),
        fingerprint: Fingerprint::compute(&policy.id, &resource, path, 0),
        resource,
        key: String::new(),
        location: Location {
            path: path.into(),
            start: Position { line, column: 3 },
            end: Position { line, column: 37 },
        },
        confidence: Confidence::PathGiven,
        evidence_places: Vec::new(),
        evidence: Some(serde_json::json!({"bucket": "acme-models-prod", "encryption": null})),
        evidence_digest: Some(Digest::of(name.as_bytes())),
        status: Status::Open,
        waiver: None,
        unit_files: Arc::from([path.to_owned()]),
    }
}

impl Fake {
    pub fn new() -> Self {
        let crypt = policy("PB-DATA-002", "Model artifacts are encrypted at rest", Severity::High);
        let public =
            policy("PB-NET-001", "Training data is not reachable from the internet", Severity::Critical);
        let card = policy("PB-CARD-004", "A model card names its owner", Severity::Low);
        let mut findings = vec![
            finding(&public, "aws_s3_bucket.models", "infra/storage/models.tf", 7),
            finding(&crypt, "aws_s3_bucket.models", "infra/storage/models.tf", 7),
            finding(&crypt, "aws_s3_bucket.eval", "infra/storage/environments/production/eval.tf", 7),
            finding(&crypt, "aws_ebs_volume.cache", "infra/gpu/cache.tf", 7),
            finding(&card, "cards/claims", "cards/claims.md", 2),
        ];
        findings[3].status = Status::Waived;
        findings[3].waiver = Some(WaiverRef {
            id: "wv-fxabdh4cdmvwwwbvv0t7yncjhf".into(),
            state: "active".into(),
            causes: Vec::new(),
            reason: "Scratch space; emptied each night.".into(),
            requester: "kim@example.com".into(),
            expires_at: "2027-02-20T00:00:00Z".into(),
        });
        findings[2].waiver = Some(WaiverRef {
            id: "wv-a5q0m83w4g10qty3vpbhbwkhtg".into(),
            state: "expired".into(),
            causes: vec!["ended 2026-09-30T00:00:00Z".into()],
            reason: "Migration.".into(),
            requester: "kim@example.com".into(),
            expires_at: "2026-09-30T00:00:00Z".into(),
        });
        let (waived, lapsed) = (findings[3].fingerprint.to_string(), findings[2].fingerprint.to_string());
        let mut unknown = finding(&crypt, "aws_s3_bucket.logs", "infra/logs.tf", 3);
        unknown.verdict = Verdict::Inconclusive;
        unknown.message = "encryption depends on var.kms_key, which is not known before apply".into();
        let mut review = finding(&card, "cards/triage", "cards/triage.md", 1);
        review.verdict = Verdict::Review;
        let report = Report {
            baseline: None,
            repository: RepositoryInfo {
                root: ".".into(),
                head: Some("9f2c1d0aa0b1c2d3e4f5061728394a5b6c7d8e9f".into()),
                branch: Some("refs/heads/main".into()),
                revision: None,
                dirty: true,
            },
            policy_count: 37,
            policies_left_out: 0,
            policy_digest: Digest::of(b"policies"),
            files: 412,
            documents: 96,
            findings,
            review: vec![review],
            inconclusive: vec![unknown],
            not_applicable: Vec::new(),
            unparsed: vec![
                Unread { path: "infra/broken.tf".into(), line: Some(12), reason: "expected `}`".into() },
                Unread {
                    path: "charts/values.yaml".into(),
                    line: None,
                    reason: "nested deeper than 100".into(),
                },
            ],
            not_rendered: vec![Unread {
                path: "charts/templates/job.yaml".into(),
                line: None,
                reason: "a Helm template".into(),
            }],
            not_evaluated: vec![NotEvaluated::new("main.deny", "used more than 10,000,000 steps")],
            waivers: vec![
                WaiverLine {
                    id: "wv-fxabdh4cdmvwwwbvv0t7yncjhf".into(),
                    state: "active".into(),
                    causes: Vec::new(),
                    fingerprint: Some(waived),
                },
                WaiverLine {
                    id: "wv-a5q0m83w4g10qty3vpbhbwkhtg".into(),
                    state: "expired".into(),
                    causes: vec!["ended 2026-09-30T00:00:00Z".into()],
                    fingerprint: Some(lapsed),
                },
            ],
            notices: vec!["shallow clone: origins may lie beyond its history".into()],
            controls: controls(),
        };
        Self {
            report: Mutex::new(report),
            source: SOURCE.as_bytes().to_vec(),
            origin: origin(),
            refuse: Mutex::new(None),
            panics: false,
            commits: Mutex::new(Vec::new()),
        }
    }

    pub fn change(self, change: impl FnOnce(&mut Report)) -> Self {
        change(&mut self.report.lock().unwrap());
        self
    }
}

/// Two frameworks with controls in every state.
fn controls() -> Matrix {
    let framework = |code: &str, name: &str, outcomes: &[Outcome], later: usize| FrameworkLine {
        code: code.into(),
        name: name.into(),
        version: String::new(),
        controls: outcomes
            .iter()
            .enumerate()
            .map(|(at, outcome)| ControlLine {
                id: at.to_string(),
                title: "a duty".into(),
                outcome: Some(*outcome),
                applies_from: (at < later).then(|| "2027-12-02".into()),
                date_verified: true,
                policies: Vec::new(),
            })
            .collect(),
    };
    let ai_act = [Outcome::Pass, Outcome::Fail, Outcome::Review, Outcome::NotApplicable];
    let frameworks = vec![
        framework("EU-AIA", "EU AI Act", &ai_act, 1),
        framework(
            "NIST-AI-RMF",
            "NIST AI Risk Management Framework",
            &[Outcome::Fail, Outcome::Fail, Outcome::Pass],
            0,
        ),
    ];
    Matrix { policies: Vec::new(), frameworks }
}

fn origin() -> Origin {
    let commit = |id: &str, subject: &str| CommitInfo {
        id: format!("{id}{}", "0".repeat(40 - id.len())),
        author: "Kim Example".into(),
        email: "kim@example.com".into(),
        date: "2026-03-02T10:15:00+01:00".into(),
        seconds: 1_772_442_900,
        subject: subject.into(),
    };
    let line = |kind, text: &str, line| DiffLine {
        kind,
        text: text.into(),
        line,
        path: "infra/storage/models.tf".into(),
    };
    Origin {
        kind: OriginKind::Introduced,
        commit: Some(commit("a1f3c9e", "Add the model registry bucket")),
        merged_by: Some(commit("b7710aa", "Merge branch 'registry'")),
        evaluated: 14,
        diff: vec![
            line(DiffLineKind::Hunk, "@@ -5,3 +5,6 @@ locals", None),
            line(DiffLineKind::Context, "", Some(5)),
            line(DiffLineKind::Removed, "resource \"aws_s3_bucket\" \"old\" {", Some(6)),
            line(DiffLineKind::Added, "resource \"aws_s3_bucket\" \"models\" {", Some(6)),
            line(DiffLineKind::Added, "  bucket        = \"acme-models-prod\"", Some(7)),
        ],
        notes: vec!["main.deny failed at 77be012: that commit was skipped".into()],
    }
}

impl Backend for Fake {
    fn audit(&self, _: &AtomicBool, on: &mut dyn FnMut(AuditEvent)) -> Result<Report, String> {
        assert!(!self.panics, "a parser bug");
        let report = self.report.lock().unwrap().clone();
        on(AuditEvent::Started { repository: report.repository.clone(), policy_count: report.policy_count });
        on(AuditEvent::Progress { done: 3, total: 412, what: "reading files".into() });
        on(AuditEvent::Findings(report.findings.clone()));
        Ok(report)
    }

    fn source(&self, finding: &Finding) -> Result<SourceView, String> {
        if finding.location.path.starts_with("cards/") {
            return Err(format!("{}: is too large to show", finding.location.path));
        }
        Ok(SourceView { bytes: self.source.clone().into(), revision: "work tree".into() })
    }

    fn policy_text(&self, finding: &Finding) -> Result<String, String> {
        Ok(format!(
            "package probity.example\n\n# {}\ndeny contains {{\"msg\": msg}} if {{\n\ttrue\n}}\n",
            finding.policy.title
        ))
    }

    fn trace(&self, _: &Finding, _: &AtomicBool) -> Result<Origin, String> {
        Ok(self.origin.clone())
    }

    fn waiver_draft(&self, finding: &Finding) -> Result<WaiverForm, String> {
        Ok(WaiverForm {
            expires: "2027-02-20".into(),
            risk_owner: "kim@example.com".into(),
            decision_type: "risk-acceptance".into(),
            residual_risk: finding.severity.to_string(),
            paths: vec!["infra/**".into()],
            ..WaiverForm::default()
        })
    }

    fn waiver_preview(&self, finding: &Finding, form: &WaiverForm) -> Result<WaiverPreview, String> {
        if form.expires.as_str() > "2027-05-21" {
            return Err("expires later than 180 days from now, the longest for high".into());
        }
        let record = format!(
            "probity: \"waiver/v1\"\nfinding:\n  fingerprint: \"{}\"\n  policy: \"{}\"\n  severity: \"{}\"\n  resource: \"{}\"\n\
             scope:\n  paths:\n    - \"infra/**\"\ndecision:\n  type: \"{}\"\n  reason: \"{}\"\n  residual_risk: \"{}\"\n\
             requester: \"kim@example.com\"\nexpires_at: \"{}T00:00:00Z\"\n",
            finding.fingerprint,
            finding.policy.id,
            finding.severity,
            finding.resource,
            form.decision_type,
            form.reason,
            form.residual_risk,
            form.expires,
        );
        Ok(WaiverPreview {
            record,
            path: ".probity/waivers/wv-75s42t7807hrwnpcv38bwh626d.yaml".into(),
            branch: "main".into(),
            signer: "kim@example.com with ssh-ed25519 SHA256:abcdefg".into(),
            notes: vec!["one person decides alone: no second person is asked".into()],
        })
    }

    fn waiver_commit(&self, finding: &Finding, form: &WaiverForm) -> Result<WaiverReceipt, String> {
        if let Some(why) = self.refuse.lock().unwrap().clone() {
            return Err(why);
        }
        self.commits.lock().unwrap().push(form.clone());
        let mut report = self.report.lock().unwrap();
        let id = "wv-75s42t7807hrwnpcv38bwh626d".to_owned();
        for known in report.findings.iter_mut().filter(|known| known.fingerprint == finding.fingerprint) {
            known.status = Status::Waived;
            known.waiver = Some(WaiverRef {
                id: id.clone(),
                state: "active".into(),
                causes: Vec::new(),
                reason: form.reason.clone(),
                requester: "kim@example.com".into(),
                expires_at: format!("{}T00:00:00Z", form.expires),
            });
        }
        Ok(WaiverReceipt {
            path: format!(".probity/waivers/{id}.yaml"),
            id,
            commit: "c0ffee0000000000000000000000000000000000".into(),
            branch: "main".into(),
        })
    }
}
