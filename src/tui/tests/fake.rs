//! An engine that answers from memory.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use crate::model::{
    Baseline, CommitInfo, Confidence, ControlLine, Counts, DiffLine, DiffLineKind, Digest, Finding,
    Fingerprint, Flip, FrameworkLine, Happening, LifeEvent, Lifecycle, Location, Matrix, NotEvaluated,
    Origin, OriginKind, Outcome, PolicyInfo, Position, PostureLine, Report, RepositoryInfo, Scope, Severity,
    Status, Unread, Verdict, WaiverLine, WaiverRef,
};
use crate::tui::{
    Act, AuditEvent, Backend, Errand, EvidenceRequest, Field, PastView, SourceView, WaiverForm,
    WaiverPreview, WaiverReceipt,
};

pub(super) struct Fake {
    pub report: Mutex<Report>,
    pub source: Vec<u8>,
    pub origin: Origin,
    /// What signing answers when it fails.
    pub refuse: Mutex<Option<String>>,
    pub panics: bool,
    pub commits: Mutex<Vec<(Act, WaiverForm)>>,
    /// Does the repository require a ticket?
    pub ticket: Mutex<bool>,
    /// Does it have templates?
    pub templates: bool,
    /// What the last sitting left.
    pub sitting: Mutex<Option<String>>,
    pub exports: Mutex<Vec<EvidenceRequest>>,
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
        owners: Arc::default(),
    }
}

fn waiver(id: &str, state: &str, reason: &str, until: &str) -> Box<WaiverRef> {
    let expires_at = format!("{until}T00:00:00Z");
    Box::new(WaiverRef {
        id: id.into(),
        state: state.into(),
        causes: if state == "active" { Vec::new() } else { vec![format!("ended {expires_at}")] },
        reason: reason.into(),
        requester: "kim@example.com".into(),
        expires_at,
        ..WaiverRef::default()
    })
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
        findings[3].waiver = Some(waiver(
            "wv-fxabdh4cdmvwwwbvv0t7yncjhf",
            "active",
            "Scratch space; emptied each night.",
            "2027-02-20",
        ));
        findings[2].waiver =
            Some(waiver("wv-a5q0m83w4g10qty3vpbhbwkhtg", "expired", "Migration.", "2026-09-30"));
        let (waived, lapsed) = (findings[3].fingerprint.to_string(), findings[2].fingerprint.to_string());
        let mut unknown = finding(&crypt, "aws_s3_bucket.logs", "infra/logs.tf", 3);
        unknown.verdict = Verdict::Inconclusive;
        unknown.message = "encryption depends on var.kms_key, which is not known before apply".into();
        let mut review = finding(&card, "cards/triage", "cards/triage.md", 1);
        review.verdict = Verdict::Review;
        let report = Report {
            baseline: None,
            clock: None,
            instant: "2026-12-01T00:00:00Z".into(),
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
                    expires_at: Some("2026-12-20T00:00:00Z".into()),
                    days_left: Some(19),
                },
                WaiverLine {
                    id: "wv-a5q0m83w4g10qty3vpbhbwkhtg".into(),
                    state: "expired".into(),
                    causes: vec!["ended 2026-09-30T00:00:00Z".into()],
                    fingerprint: Some(lapsed),
                    expires_at: Some("2026-09-30T00:00:00Z".into()),
                    days_left: None,
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
            ticket: Mutex::new(false),
            templates: false,
            sitting: Mutex::default(),
            exports: Mutex::default(),
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

fn commit(id: &str, day: u32, subject: &str) -> CommitInfo {
    CommitInfo {
        id: format!("{id}{}", "0".repeat(40 - id.len())),
        author: "Kim Example".into(),
        email: "kim@example.com".into(),
        date: format!("2026-03-{day:02}T10:15:00+01:00"),
        seconds: 1_772_270_100 + i64::from(day) * 86_400,
        subject: subject.into(),
    }
}

/// There, gone, and there again.
fn life(finding: &Finding) -> Lifecycle {
    let event = |what, commit, message: &str| LifeEvent {
        what,
        commit,
        merged_by: None,
        pull_request: None,
        message: message.into(),
    };
    Lifecycle {
        policy: finding.policy.id.clone(),
        title: finding.policy.title.clone(),
        verdict: finding.verdict,
        severity: finding.severity,
        resource: finding.resource.clone(),
        path: finding.location.path.clone(),
        fingerprint: finding.fingerprint,
        events: vec![
            event(Happening::Introduced, commit("77be012", 1, "Try a bucket"), &finding.message),
            event(Happening::Fixed, commit("5d0c1aa", 1, "Remove the bucket"), ""),
            event(
                Happening::Reintroduced,
                commit("a1f3c9e", 2, "Add the model registry bucket"),
                &finding.message,
            ),
        ],
        open: true,
        cut: false,
        seconds_open: 86_400,
        seconds_to_fix: None,
    }
}

fn origin() -> Origin {
    let line = |kind, text: &str, line| DiffLine {
        kind,
        text: text.into(),
        line,
        path: "infra/storage/models.tf".into(),
        cause: text.contains("bucket  "),
    };
    Origin {
        kind: OriginKind::Introduced,
        commit: Some(commit("a1f3c9e", 2, "Add the model registry bucket")),
        signed_by: None,
        merged_by: Some(commit("b7710aa", 2, "Merge branch 'registry'")),
        evaluated: 14,
        flip: Flip {
            before: Some(Verdict::Pass),
            after: Verdict::Fail,
            diff: vec![
                line(DiffLineKind::Hunk, "@@ -5,3 +5,6 @@ locals", None),
                line(DiffLineKind::Context, "", Some(5)),
                line(DiffLineKind::Removed, "resource \"aws_s3_bucket\" \"old\" {", Some(6)),
                line(DiffLineKind::Added, "resource \"aws_s3_bucket\" \"models\" {", Some(6)),
                line(DiffLineKind::Added, "  bucket        = \"acme-models-prod\"", Some(7)),
            ],
        },
        notes: vec!["main.deny failed at 77be012: that commit was skipped".into()],
    }
}

impl Backend for Fake {
    fn audit(
        &self,
        revision: Option<&str>,
        _: &AtomicBool,
        on: &mut dyn FnMut(AuditEvent),
    ) -> Result<Report, String> {
        assert!(!self.panics, "a parser bug");
        let mut report = self.report.lock().unwrap().clone();
        if let Some(revision) = revision {
            report.repository.revision = Some(revision.to_owned());
            report.repository.dirty = false;
            report.findings.truncate(1);
        }
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

    fn origins(
        &self,
        findings: &[&Finding],
        _: &AtomicBool,
        on: &mut dyn FnMut(usize, Option<CommitInfo>),
    ) -> Result<(), String> {
        for (at, finding) in findings.iter().enumerate() {
            let first = finding.policy.id.as_ref() == "PB-NET-001";
            let mut known =
                commit(if first { "a1f3c9e" } else { "77be012" }, if first { 2 } else { 1 }, "Add it");
            if !first {
                known.author = "Robin Example".into();
                known.email = "robin@example.com".into();
            }
            let committed = finding.resource != "terraform:infra//cards/claims";
            on(at, committed.then_some(known));
        }
        Ok(())
    }

    fn life(&self, finding: &Finding, _: &AtomicBool) -> Result<Option<Lifecycle>, String> {
        Ok(Some(life(finding)))
    }

    fn flip(&self, _: &Finding, _: &[String], commit: &str) -> Result<Flip, String> {
        let (before, after) = match commit.get(..7) {
            Some("77be012") => (None, Verdict::Fail),
            _ => (Some(Verdict::Fail), Verdict::Pass),
        };
        Ok(Flip { before, after, diff: self.origin.flip.diff.clone() })
    }

    fn history(&self, _: &AtomicBool, on: &mut dyn FnMut(usize, usize)) -> Result<PastView, String> {
        on(2, 3);
        let report = self.report.lock().unwrap();
        let lives: Vec<Lifecycle> = report.findings.iter().map(life).collect();
        let line = |id: &str, day, subject: &str, new: usize, fixed: usize, open: usize| PostureLine {
            commit: commit(id, day, subject),
            merge: false,
            pull_request: None,
            new: Counts { high: new, ..Counts::default() },
            fixed: Counts { high: fixed, ..Counts::default() },
            open: Counts { critical: open.min(1), high: open.saturating_sub(1), ..Counts::default() },
            not_evaluated: 0,
            unparsed: usize::from(id == "5d0c1aa"),
        };
        Ok(PastView {
            lines: vec![
                line("77be012", 1, "Try a bucket", 5, 0, 5),
                line("5d0c1aa", 1, "Remove the bucket", 0, 5, 0),
                line("0badcab", 2, "Say nothing of it", 0, 0, 0),
                line("a1f3c9e", 2, "Add the model registry bucket", 5, 0, 5),
            ],
            lives,
            notes: Vec::new(),
            now: self.now(),
        })
    }

    fn change(&self, _: &str) -> Result<Vec<DiffLine>, String> {
        Ok(origin().flip.diff)
    }

    fn compare(&self, _: &str, _: &AtomicBool) -> Result<Baseline, String> {
        let findings = self.report.lock().unwrap().findings.clone();
        let (new, fixed) = findings.split_at(findings.len().min(2));
        Ok(Baseline {
            commit: commit("77be012", 1, "Try a bucket"),
            new: new.iter().map(|finding| finding.fingerprint).collect(),
            fixed: fixed.iter().take(2).cloned().collect(),
            incomplete: false,
        })
    }

    fn browse(&self, link: &str) -> Result<(), String> {
        assert!(link.starts_with("https://"), "{link}");
        Ok(())
    }

    fn now(&self) -> i64 {
        1_795_651_200 // 2026-11-26
    }

    fn waiver_draft(&self, errand: &Errand, template: Option<&str>) -> Result<WaiverForm, String> {
        let mut form = WaiverForm::default();
        if self.templates && errand.act == Act::Waive {
            form.choose(Field::Template, template.unwrap_or("none"), ["none", "noise"]);
        }
        match errand.act {
            Act::Waive | Act::Renew => {
                let noise = template == Some("noise");
                form.add(Field::Reason, if noise { "It is no risk." } else { "" }, true);
                form.add(Field::Expires, if noise { "2027-01-10" } else { "2027-02-20" }, true);
                form.add(Field::Ticket, "", *self.ticket.lock().unwrap());
                form.add(Field::RiskOwner, "kim@example.com", false);
                form.choose(Field::DecisionType, "risk-acceptance", ["risk-acceptance", "false-positive"]);
                let severity = errand.finding.as_ref().map_or("low", |finding| finding.severity.as_str());
                form.choose(Field::ResidualRisk, severity, Severity::ALL.map(Severity::as_str));
                if noise {
                    form.add(Field::Remediation, "", true);
                }
                form.facts.push(("paths".into(), "infra/**".into()));
            }
            Act::Approve | Act::Reject => {
                form.add(Field::Comment, "", false);
                form.add(Field::Role, "", false);
                form.facts.push(("asked by".into(), "kim@example.com".into()));
                form.facts.push(("its reason".into(), "Scratch space; emptied each night.".into()));
            }
            Act::Revoke => form.add(Field::Reason, "", true),
        }
        Ok(form)
    }

    fn waiver_preview(&self, errand: &Errand, form: &WaiverForm) -> Result<WaiverPreview, String> {
        if form.text(Field::Expires) > "2027-05-21" {
            return Err("expires later than 180 days from now, the longest for high".into());
        }
        if errand.act == Act::Approve && form.text(Field::Role) == "engineer" {
            return Err("the role engineer does not decide on high findings".into());
        }
        let mut path = ".probity/waivers/wv-75s42t7807hrwnpcv38bwh626d.yaml".to_owned();
        let record = match (errand.act, &errand.finding) {
            (Act::Waive | Act::Renew, Some(finding)) => format!(
                "probity: \"waiver/v1\"\nfinding:\n  fingerprint: \"{}\"\n  policy: \"{}\"\n  severity: \"{}\"\n  resource: \"{}\"\n\
                 scope:\n  paths:\n    - \"infra/**\"\ndecision:\n  type: \"{}\"\n  reason: \"{}\"\n  residual_risk: \"{}\"\n\
                 requester: \"kim@example.com\"\nexpires_at: \"{}T00:00:00Z\"\n",
                finding.fingerprint,
                finding.policy.id,
                finding.severity,
                finding.resource,
                form.text(Field::DecisionType),
                form.text(Field::Reason),
                form.text(Field::ResidualRisk),
                form.text(Field::Expires),
            ),
            (act, _) => {
                let id = errand.waiver.clone().unwrap();
                let (kind, said) = match act {
                    Act::Revoke => ("rv", format!("reason: \"{}\"\n", form.text(Field::Reason))),
                    _ => {
                        ("ap", format!("decision: \"{act:?}\"\ncomment: \"{}\"\n", form.text(Field::Comment)))
                    }
                };
                path = format!(".probity/waivers/{id}.{kind}-75s42t7807hrwnpcv38bwh626d.yaml");
                format!("waiver: \"{id}\"\n{said}")
            }
        };
        Ok(WaiverPreview {
            record,
            path,
            more: errand.others.len(),
            branch: "main".into(),
            signer: "kim@example.com with ssh-ed25519 SHA256:abcdefg".into(),
            notes: vec!["one person decides alone: no second person is asked".into()],
        })
    }

    fn waiver_commit(&self, errand: &Errand, form: &WaiverForm) -> Result<WaiverReceipt, String> {
        if let Some(why) = self.refuse.lock().unwrap().clone() {
            return Err(why);
        }
        self.commits.lock().unwrap().push((errand.act, form.clone()));
        let mut report = self.report.lock().unwrap();
        let id = errand.waiver.clone().filter(|_| errand.act != Act::Renew);
        let id = id.unwrap_or_else(|| "wv-75s42t7807hrwnpcv38bwh626d".to_owned());
        if matches!(errand.act, Act::Waive | Act::Renew) {
            let about: Vec<_> =
                errand.finding.iter().chain(errand.others.iter()).map(|f| f.fingerprint).collect();
            for known in report.findings.iter_mut().filter(|known| about.contains(&known.fingerprint)) {
                known.status = Status::Waived;
                known.waiver = Some(Box::new(WaiverRef {
                    id: id.clone(),
                    state: "active".into(),
                    causes: Vec::new(),
                    reason: form.text(Field::Reason).to_owned(),
                    requester: "kim@example.com".into(),
                    approvers: Vec::new(),
                    expires_at: format!("{}T00:00:00Z", form.text(Field::Expires)),
                    ..WaiverRef::default()
                }));
            }
        }
        if errand.act == Act::Revoke {
            for line in report.waivers.iter_mut().filter(|line| line.id == id) {
                line.state = "revoked".into();
            }
        }
        Ok(WaiverReceipt {
            path: format!(".probity/waivers/{id}.yaml"),
            ids: std::iter::once(id).chain(errand.others.iter().map(|_| "wv-x".to_owned())).collect(),
            commit: "c0ffee0000000000000000000000000000000000".into(),
            branch: "main".into(),
        })
    }

    fn stamp(&self) -> Result<u64, String> {
        Err("no files to watch".to_owned())
    }

    fn load_sitting(&self) -> Result<Option<String>, String> {
        Ok(self.sitting.lock().unwrap().clone())
    }

    fn save_sitting(&self, text: &str) -> Result<(), String> {
        *self.sitting.lock().unwrap() = Some(text.to_owned());
        Ok(())
    }

    fn export(&self, request: &EvidenceRequest) -> Result<String, String> {
        self.exports.lock().unwrap().push(request.clone());
        Ok("/home/kim/evidence/acme-1".to_owned())
    }

    fn edit_text(&self, text: &str) -> Result<String, String> {
        Ok(format!("{text} and more"))
    }

    fn edit_file(&self, _: &Finding) -> Result<(), String> {
        self.refuse.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}
