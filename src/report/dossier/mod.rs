//! The audit report for people who have no terminal: one document, written as HTML or as Markdown.
//!
//! ```text
//!   Dossier ──blocks──> headings, tables, excerpts, a chart ──┬──> html
//!                                                             └──> markdown
//! ```
//! Both writers go through the same blocks, so neither has less than the other. Nothing here is markup: the writers
//! escape every text.

mod chart;
mod html;
mod markdown;

use std::collections::BTreeMap;

use super::attestation::report_digest;
use super::excerpt::{Excerpt, Sources};
use super::gaps::gaps;
use super::register::{Exception, HEADS};
use super::text::{since, summary};
use crate::model::{CommitInfo, ControlLine, Finding, Fingerprint, Outcome, PostureLine, Report, Severity};

/// Commits of the table of posture.
const COMMITS: usize = 400;

/// All that the report is made of.
#[derive(Debug)]
pub struct Dossier<'r> {
    pub report: &'r Report,
    /// The repository's name.
    pub name: String,
    /// The audited commit, in full; `None` where there is none yet.
    pub commit: Option<String>,
    /// The introducing commits, as far as they are known.
    pub origins: BTreeMap<Fingerprint, CommitInfo>,
    /// Posture over time, the oldest commit first; `None` where it was not asked for.
    pub posture: Option<Vec<PostureLine>>,
    /// Why that is not the whole history.
    pub history_notes: Vec<String>,
    pub exceptions: Vec<Exception>,
    pub sources: Sources,
    /// The instant that was asked for; the clock is not written.
    pub as_of: Option<String>,
    /// What else the same audit needs on its command line, in order.
    pub arguments: Vec<String>,
}

/// A piece of the document.
enum Block {
    /// Level 2 begins a part, 3 and 4 lie below.
    Heading(u8, String, String),
    Text(String),
    /// Something that keeps the result from being whole.
    Caution(String),
    List(Vec<String>),
    Facts(Vec<(&'static str, Cell)>),
    Table {
        caption: String,
        heads: Vec<&'static str>,
        rows: Vec<Vec<Cell>>,
    },
    Source(Excerpt),
    Commands(Vec<String>),
    Posture(Vec<PostureLine>),
}

enum Cell {
    Text(String),
    Code(String),
    Severity(Severity),
    Outcome(Outcome),
    /// Words, each with the anchor that it leads to where there is one.
    Links(Vec<(String, Option<String>)>),
}

impl Cell {
    fn text(text: impl Into<String>) -> Self {
        Cell::Text(text.into())
    }

    fn code(text: impl Into<String>) -> Self {
        Cell::Code(text.into())
    }
}

impl Dossier<'_> {
    pub fn html(&self) -> String {
        html::write(&self.title(), &self.blocks())
    }

    pub fn markdown(&self) -> String {
        markdown::write(&self.title(), &self.blocks())
    }

    fn title(&self) -> String {
        format!("AI governance audit of {}", self.name)
    }

    fn blocks(&self) -> Vec<Block> {
        let mut out = Vec::new();
        self.subject(&mut out);
        self.summary(&mut out);
        self.posture(&mut out);
        self.controls(&mut out);
        self.findings(&mut out);
        let report = self.report;
        self.undecided(&mut out, "inconclusive", "Inconclusive", INCONCLUSIVE, &report.inconclusive);
        self.undecided(&mut out, "review", "For review", REVIEW, &report.review);
        self.waivers(&mut out);
        self.not_read(&mut out);
        self.reproduce(&mut out);
        out
    }

    fn subject(&self, out: &mut Vec<Block>) {
        let report = self.report;
        let repository = &report.repository;
        let revision = match (&repository.revision, repository.dirty) {
            (Some(_), _) => "a committed revision",
            (None, false) => "the work tree, which is what HEAD has",
            (None, true) => "the work tree, with changes that no commit has",
        };
        let mut facts = vec![
            ("Repository", Cell::text(&self.name)),
            ("Folder", Cell::code(&repository.root)),
            ("Commit", Cell::code(self.commit.as_deref().unwrap_or("none yet"))),
            ("Audited", Cell::text(revision)),
        ];
        if let Some(branch) = &repository.branch {
            facts.push(("Branch", Cell::code(branch)));
        }
        facts.push(("Policies", Cell::text(report.policy_count.to_string())));
        facts.push(("Policy digest", Cell::code(report.policy_digest.to_string())));
        facts.push(("Read", Cell::text(format!("{} documents of {} files", report.documents, report.files))));
        facts.push(("Probity", Cell::text(env!("CARGO_PKG_VERSION"))));
        let instant = self.as_of.as_deref().unwrap_or("the time of the audit, which is not written here");
        facts.push(("Waivers as of", Cell::text(instant)));
        out.push(Block::Facts(facts));
    }

    fn summary(&self, out: &mut Vec<Block>) {
        let report = self.report;
        out.push(heading(2, "summary", "Summary"));
        let gaps = gaps(report);
        if !gaps.is_empty() {
            let things = if gaps.len() == 1 { "one thing" } else { &format!("{} things", gaps.len()) };
            out.push(Block::Caution(format!(
                "This result is incomplete: {things} could not be read, evaluated or verified. See \"What was not read\"."
            )));
        }
        out.push(Block::Text(format!("{}.", summary(report))));
        if let Some(baseline) = &report.baseline {
            out.push(Block::Text(format!("{}.", since(report, baseline))));
        }
        let rows = Severity::ALL.into_iter().map(|severity| {
            let all = report.findings.iter().filter(|finding| finding.severity == severity).count();
            let open = report.open_by_severity(severity);
            vec![Cell::Severity(severity), Cell::text(open.to_string()), Cell::text((all - open).to_string())]
        });
        out.push(Block::Table {
            caption: "Violations by severity".to_owned(),
            heads: vec!["severity", "open", "waived"],
            rows: rows.collect(),
        });
        let counts = [
            ("Inconclusive", report.inconclusive.len()),
            ("For review", report.review.len()),
            ("Not applicable policies", report.not_applicable.len()),
            ("Not read", report.unparsed.len()),
            ("Not rendered", report.not_rendered.len()),
            ("Not evaluated", report.not_evaluated.len()),
        ];
        out.push(Block::Facts(
            counts.into_iter().map(|(what, count)| (what, Cell::text(count.to_string()))).collect(),
        ));
    }

    fn posture(&self, out: &mut Vec<Block>) {
        out.push(heading(2, "posture", "Posture over time"));
        let Some(lines) = &self.posture else {
            out.push(Block::Text("The history was left out of this report.".to_owned()));
            return;
        };
        for note in &self.history_notes {
            out.push(Block::Caution(note.clone()));
        }
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
            out.push(Block::Text("There is no commit in this range.".to_owned()));
            return;
        };
        out.push(Block::Text(format!(
            "Violations, waived or not, at each of {} commits from {} to {}, by today's policies: {} at the first, {} at \
             the last.",
            lines.len(),
            day(&first.commit),
            day(&last.commit),
            first.open.total(),
            last.open.total(),
        )));
        out.push(Block::Posture(lines.clone()));
        let changed: Vec<&PostureLine> =
            lines.iter().rev().filter(|line| line.new.total() + line.fixed.total() > 0).collect();
        let rows = changed.iter().take(COMMITS).map(|line| {
            vec![
                Cell::text(day(&line.commit)),
                Cell::code(short(&line.commit)),
                Cell::text(&line.commit.author),
                Cell::text(line.new.total().to_string()),
                Cell::text(line.fixed.total().to_string()),
                Cell::text(line.open.total().to_string()),
                Cell::text(&line.commit.subject),
            ]
        });
        out.push(Block::Table {
            caption: format!(
                "Commits that changed the posture, the newest first: {} of {}",
                changed.len().min(COMMITS),
                changed.len()
            ),
            heads: vec!["date", "commit", "author", "new", "fixed", "open", "subject"],
            rows: rows.collect(),
        });
    }

    fn controls(&self, out: &mut Vec<Block>) {
        let matrix = &self.report.controls;
        out.push(heading(2, "controls", "Controls"));
        out.push(Block::Text(
            "What the policies say of the controls that they give evidence for; each control has the worst of its \
             policies. A pass holds for what was read."
                .to_owned(),
        ));
        for framework in &matrix.frameworks {
            if framework.covered().next().is_none() {
                continue;
            }
            let anchor = format!("framework-{}", plain(&framework.code));
            out.push(heading(3, &anchor, &format!("{} {}", framework.name, framework.version)));
            let rows = framework.covered().map(|control| {
                vec![
                    Cell::code(&control.id),
                    Cell::text(&control.title),
                    control.outcome.map_or_else(|| Cell::text(""), Cell::Outcome),
                    Cell::Links(self.because(control)),
                ]
            });
            let covered = framework.covered().count();
            out.push(Block::Table {
                caption: format!(
                    "{}: {covered} of {} controls have a policy",
                    framework.code,
                    framework.controls.len()
                ),
                heads: vec!["control", "title", "outcome", "policies"],
                rows: rows.collect(),
            });
        }
    }

    /// `PB-DATA-001 fail (3 findings)`, `PB-DATA-002 pass`
    fn because(&self, control: &ControlLine) -> Vec<(String, Option<String>)> {
        let mut parts: Vec<(String, Option<String>)> = self
            .report
            .controls
            .of(control)
            .map(|line| {
                let listed = matches!(line.outcome, Outcome::Fail | Outcome::Waived);
                let anchor = listed.then(|| format!("policy-{}", plain(&line.policy)));
                let count = match (line.outcome, line.findings) {
                    (Outcome::Pass | Outcome::NotApplicable | Outcome::NotEvaluated, _) => String::new(),
                    (_, 1) => " (1 finding)".to_owned(),
                    (_, count) => format!(" ({count} findings)"),
                };
                (format!("{} {}{count}", line.policy, line.outcome.as_str()), anchor)
            })
            .collect();
        parts.extend(control.applies_from.iter().map(|date| (format!("applies from {date}"), None)));
        parts
    }

    fn findings(&self, out: &mut Vec<Block>) {
        out.push(heading(2, "findings", "Findings"));
        if self.report.findings.is_empty() {
            out.push(Block::Text("No violation was found in what was read.".to_owned()));
        }
        for group in self.report.findings.chunk_by(|a, b| a.policy.id == b.policy.id) {
            let Some(first) = group.first() else { continue };
            let policy = &first.policy;
            let anchor = format!("policy-{}", plain(&policy.id));
            out.push(heading(3, &anchor, &format!("{}: {}", policy.id, policy.title)));
            if !policy.description.is_empty() {
                out.push(Block::Text(policy.description.replace('\n', " ")));
            }
            let mut facts = vec![("Controls", Cell::text(policy.controls.join(", ")))];
            if !policy.remediation.is_empty() {
                facts.push(("Remediation", Cell::text(policy.remediation.trim_end().replace('\n', " "))));
            }
            out.push(Block::Facts(facts));
            for finding in group {
                self.finding(out, finding);
            }
        }
    }

    fn finding(&self, out: &mut Vec<Block>, finding: &Finding) {
        let place = &finding.location;
        out.push(Block::Heading(4, anchor(finding), finding.resource.clone()));
        let status = match &finding.waiver {
            _ if finding.verdict != crate::model::Verdict::Fail => finding.verdict.as_str().to_owned(),
            None => "open".to_owned(),
            Some(waiver) => {
                let open = if finding.status == crate::model::Status::Waived { "waived" } else { "open" };
                format!("{open}: {} is {}", waiver.id, waiver.state)
            }
        };
        let at = format!("{}:{}:{}", place.path, place.start.line, place.start.column);
        let mut facts = vec![
            ("Severity", Cell::Severity(finding.severity)),
            ("Status", Cell::text(status)),
            ("Where", Cell::code(at)),
        ];
        if let Some(commit) = self.origins.get(&finding.fingerprint) {
            let text =
                format!("{} of {} by {}: {}", short(commit), day(commit), commit.author, commit.subject);
            facts.push(("Introduced by", Cell::text(text)));
        }
        if !finding.owners.is_empty() {
            facts.push(("Owners", Cell::text(finding.owners.join(", "))));
        }
        if let Some(waiver) = &finding.waiver {
            let approved = match waiver.approvers.as_slice() {
                [] => String::new(),
                names => format!(", approved by {}", names.join(", ")),
            };
            let text =
                format!("{} (by {}{approved}, until {})", waiver.reason, waiver.requester, waiver.expires_at);
            facts.push(("Waiver", Cell::text(text)));
            if !waiver.causes.is_empty() {
                facts.push(("Why it stands so", Cell::text(waiver.causes.join("; "))));
            }
        }
        facts.push(("Fingerprint", Cell::code(finding.fingerprint.to_string())));
        out.push(Block::Text(finding.message.clone()));
        if let Some(excerpt) = self.sources.excerpt(place, 2) {
            out.push(Block::Source(excerpt));
        }
        out.push(Block::Facts(facts));
    }

    fn undecided(&self, out: &mut Vec<Block>, anchor: &str, title: &str, what: &str, findings: &[Finding]) {
        out.push(heading(2, anchor, title));
        out.push(Block::Text(what.to_owned()));
        if findings.is_empty() {
            out.push(Block::Text("There is none.".to_owned()));
        }
        for group in findings.chunk_by(|a, b| a.policy.id == b.policy.id) {
            let Some(first) = group.first() else { continue };
            let name = format!("{anchor}-{}", plain(&first.policy.id));
            out.push(heading(3, &name, &format!("{}: {}", first.policy.id, first.policy.title)));
            for finding in group {
                self.finding(out, finding);
            }
        }
    }

    fn waivers(&self, out: &mut Vec<Block>) {
        out.push(heading(2, "waivers", "Waiver register"));
        if self.exceptions.is_empty() {
            out.push(Block::Text("There is no waiver in this commit.".to_owned()));
        }
        for exception in &self.exceptions {
            let name = format!("waiver-{}", plain(&exception.id));
            out.push(heading(3, &name, &exception.id));
            let facts = HEADS.iter().zip(exception.cells()).skip(1).filter(|(_, cell)| !cell.is_empty());
            out.push(Block::Facts(facts.map(|(head, cell)| (*head, Cell::text(cell))).collect()));
        }
    }

    fn not_read(&self, out: &mut Vec<Block>) {
        let report = self.report;
        out.push(heading(2, "not-read", "What was not read, and why"));
        let gaps = gaps(report);
        let rows: Vec<_> = gaps
            .iter()
            .map(|gap| {
                let line = gap.line.map(|line| format!(":{line}")).unwrap_or_default();
                let subject = Cell::code(format!("{}{line}", gap.subject));
                vec![Cell::text(gap.kind), subject, Cell::text(&gap.reason)]
            })
            .chain(report.not_rendered.iter().map(|template| {
                vec![Cell::text("not rendered"), Cell::code(&template.path), Cell::text(&template.reason)]
            }))
            .collect();
        if rows.is_empty() {
            out.push(Block::Text("Everything that the policies ask for was read and evaluated.".to_owned()));
        } else {
            let caption = "No verdict holds for these".to_owned();
            out.push(Block::Table { caption, heads: vec!["what", "where", "why"], rows });
        }
        if !report.notices.is_empty() {
            out.push(Block::Text("What else limits the audit:".to_owned()));
            out.push(Block::List(report.notices.clone()));
        }
    }

    fn reproduce(&self, out: &mut Vec<Block>) {
        out.push(heading(2, "reproduce", "Make it again"));
        let Some(commit) = self.commit.as_deref() else {
            out.push(Block::Text("There is no commit yet that somebody else could audit.".to_owned()));
            return;
        };
        if self.report.repository.revision.is_none() {
            out.push(Block::Text(
                "This was an audit of a work tree. What it has beside the commit is in no history: the commands below \
                 audit the commit, and their digest says nothing of this report."
                    .to_owned(),
            ));
        }
        let mut check = format!("probity check --rev {commit}");
        if self.report.repository.root != "." {
            check = format!("probity check {} --rev {commit}", quoted(&self.report.repository.root));
        }
        for argument in &self.arguments {
            check.push(' ');
            check.push_str(&quoted(argument));
        }
        if let Some(instant) = &self.as_of {
            check = format!("{check} --as-of {instant} --accept-as-of");
        }
        out.push(Block::Text(format!(
            "With Probity {} and a clone that has the commit. Every figure of this report is in the JSON that the \
             command prints.",
            env!("CARGO_PKG_VERSION")
        )));
        let digest = report_digest(self.report, commit).hex();
        out.push(Block::Commands(vec![
            format!("git checkout --detach {commit}"),
            format!("{check} --format json | sha256sum"),
        ]));
        if self.report.repository.revision.is_some() && self.report.baseline.is_none() {
            let holds = match self.as_of {
                Some(_) => "It prints",
                None => "As long as no waiver begins or ends, it prints",
            };
            out.push(Block::Facts(vec![(holds, Cell::code(digest))]));
        }
    }
}

const INCONCLUSIVE: &str =
    "The verdict hangs on a value that nobody can know before apply. These do not gate unless asked to.";
const REVIEW: &str = "A heuristic found something that a person should look at. These do not gate.";

fn heading(level: u8, anchor: &str, text: &str) -> Block {
    Block::Heading(level, anchor.to_owned(), text.to_owned())
}

fn anchor(finding: &Finding) -> String {
    let hex = finding.fingerprint.to_string();
    let hex = hex.strip_prefix("pf1:").unwrap_or(&hex);
    format!("{}-{}", finding.verdict.as_str(), hex.get(..24).unwrap_or(hex))
}

/// An anchor's part: letters, digits and `-`.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| "'?'".to_owned(), std::borrow::Cow::into_owned)
}

fn day(commit: &CommitInfo) -> &str {
    commit.date.get(..10).unwrap_or(&commit.date)
}

fn short(commit: &CommitInfo) -> &str {
    commit.id.get(..10).unwrap_or(&commit.id)
}
