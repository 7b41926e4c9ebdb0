//! What the screen needs from the engine, as a trait over plain data.
//!
//! `cli` implements it over the audit and the waivers; tests implement it with a fake. Every string that
//! comes through here is untrusted: the worker turns it into `SafeText` before the state sees it. Only
//! `tui::worker` and the run loop call these methods, never `update` and never a view.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use crate::model::{
    Baseline, CommitInfo, DiffLine, Digest, Finding, Fingerprint, Flip, Lifecycle, Origin, PostureLine,
    Report, RepositoryInfo, Verdict,
};

/// The engine behind the screen. Methods may be slow; they are called on worker threads, except
/// [`waiver_commit`](Backend::waiver_commit).
pub trait Backend: Send + Sync + 'static {
    /// Runs the audit; hands findings over as they come, then the whole report. With a `revision` that commit is
    /// audited instead of what was opened, and what is asked about findings from then on is asked of it.
    ///
    /// The screen accepts batches of any size; 5,000 findings or 50 ms make a good one. When `cancel`
    /// becomes true the audit stops soon and returns an error, which is not shown.
    fn audit(
        &self,
        revision: Option<&str>,
        cancel: &AtomicBool,
        on: &mut dyn FnMut(AuditEvent),
    ) -> Result<Report, String>;

    /// The text of the file at the finding's location, as it was audited.
    fn source(&self, finding: &Finding) -> Result<SourceView, String>;

    /// The policy's own text, for the reader who wants to see the rule.
    fn policy_text(&self, finding: &Finding) -> Result<String, String>;

    /// The commit at which the verdict flipped.
    fn trace(&self, finding: &Finding, cancel: &AtomicBool) -> Result<Origin, String>;

    /// The commits that introduced findings, by their numbers, as they are found out.
    fn origins(
        &self,
        findings: &[&Finding],
        cancel: &AtomicBool,
        on: &mut dyn FnMut(usize, Option<CommitInfo>),
    ) -> Result<(), String>;

    /// What happened to a finding since it was there first; `None` where no commit has it.
    fn life(&self, finding: &Finding, cancel: &AtomicBool) -> Result<Option<Lifecycle>, String>;

    /// What a commit made of a finding's verdict. `moved` are the commits after it that renamed what the finding is
    /// about, the newest first.
    fn flip(&self, finding: &Finding, moved: &[String], commit: &str) -> Result<Flip, String>;

    /// The posture at every commit behind what was opened; `on` gets how many of how many commits are judged.
    fn history(&self, cancel: &AtomicBool, on: &mut dyn FnMut(usize, usize)) -> Result<PastView, String>;

    /// All that a commit changed, against its first parent.
    fn change(&self, commit: &str) -> Result<Vec<DiffLine>, String>;

    /// What was opened beside a commit, judged by that commit's configuration.
    fn compare(&self, commit: &str, cancel: &AtomicBool) -> Result<Baseline, String>;

    /// Seconds since the epoch at which ages count as of.
    fn now(&self) -> i64;

    /// The form for an errand, with its defaults or those of a template; nothing is written.
    fn waiver_draft(&self, errand: &Errand, template: Option<&str>) -> Result<WaiverForm, String>;

    /// Checks everything and renders the exact record, path, branch and signer; nothing is written.
    ///
    /// Called again after each edit. An error is shown in the form as the reason it cannot be signed.
    fn waiver_preview(&self, errand: &Errand, form: &WaiverForm) -> Result<WaiverPreview, String>;

    /// Signs and commits what the last preview of this errand showed.
    ///
    /// Called on the thread that owns the terminal, with the alternate screen left and nobody reading
    /// keys, so that a signing program may ask for a passphrase or a touch. It must not hang for ever.
    fn waiver_commit(&self, errand: &Errand, form: &WaiverForm) -> Result<WaiverReceipt, String>;

    /// Something that is the same as long as HEAD and the audited files are.
    fn stamp(&self) -> Result<u64, String>;

    /// What the last sitting over this repository left, as it was saved; `None` where there was none.
    fn load_sitting(&self) -> Result<Option<String>, String>;

    /// Keeps a text for the next sitting, for this user alone and outside of the repository.
    fn save_sitting(&self, text: &str) -> Result<(), String>;

    /// Writes what was seen and done into a folder of the user's; gives its path.
    fn export(&self, request: &EvidenceRequest) -> Result<String, String>;

    /// Lets the user's editor change a text, and waits for it. Called as [`waiver_commit`](Backend::waiver_commit) is.
    fn edit_text(&self, text: &str) -> Result<String, String>;

    /// Opens a link that the screen made in the user's browser. Called as [`waiver_commit`](Backend::waiver_commit) is.
    fn browse(&self, link: &str) -> Result<(), String>;

    /// Opens the file of a finding in the user's editor, at its line, and waits for it.
    fn edit_file(&self, finding: &Finding) -> Result<(), String>;
}

/// What an audit reports while it runs.
#[derive(Debug, Clone, PartialEq)]
pub enum AuditEvent {
    /// What is being audited, as soon as it is known: the header shows it.
    Started { repository: RepositoryInfo, policy_count: usize },
    /// `total` is 0 while unknown; `what` names the step: "reading files".
    Progress { done: usize, total: usize, what: String },
    /// Findings of any verdict. The final report repeats them and has the last word.
    Findings(Vec<Finding>),
}

/// Posture over time, and what became of each finding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PastView {
    /// The oldest commit first.
    pub lines: Vec<PostureLine>,
    pub lives: Vec<Lifecycle>,
    /// Why it is not the whole past.
    pub notes: Vec<String>,
    /// Seconds since the epoch at which ages count as of.
    pub now: i64,
}

/// The bytes of one file. They may be no UTF-8; the screen marks what is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceView {
    pub bytes: Arc<[u8]>,
    /// Where they were read, for people: "work tree", "at 9f2c1d0".
    pub revision: String,
}

/// What a person did with the findings, for the evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EvidenceRequest {
    /// Findings as they were reviewed and noted.
    pub lines: Vec<EvidenceLine>,
    pub session_note: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceLine {
    pub fingerprint: Fingerprint,
    pub verdict: Verdict,
    /// What was reviewed, where it was and has not changed since: of policy, evidence and message.
    pub reviewed: Option<Digest>,
    pub note: String,
}

/// What a person wants to have written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    Waive,
    Renew,
    Approve,
    Reject,
    Revoke,
}

/// What a form is for.
#[derive(Debug, Clone, PartialEq)]
pub struct Errand {
    pub act: Act,
    /// The finding that it is about, where the audit has it.
    pub finding: Option<Arc<Finding>>,
    /// More findings that the same is to be said of: a record each, one commit.
    pub others: Arc<[Arc<Finding>]>,
    /// `wv-...`: the waiver that is renewed, decided on or revoked.
    pub waiver: Option<String>,
}

/// What a form may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// What else is suggested and required; another choice asks for another draft.
    Template,
    Reason,
    /// `YYYY-MM-DD` (ends at 00:00Z) or a full UTC instant.
    Expires,
    Ticket,
    RiskOwner,
    /// A kind of decision.
    DecisionType,
    /// A severity.
    ResidualRisk,
    /// Compensating controls, parted by `;`.
    Controls,
    Remediation,
    /// Like `Expires`.
    ReviewBy,
    Comment,
    Role,
}

/// One line of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormField {
    pub field: Field,
    pub text: String,
    pub required: bool,
    /// Not typed, but one of these.
    pub choices: Vec<String>,
}

/// What a person fills in. The engine says which fields there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WaiverForm {
    pub fields: Vec<FormField>,
    /// What else there is to know, by name; shown, not edited.
    pub facts: Vec<(String, String)>,
}

impl WaiverForm {
    pub fn add(&mut self, field: Field, text: impl Into<String>, required: bool) {
        self.fields.push(FormField { field, text: text.into(), required, choices: Vec::new() });
    }

    /// A field that is chosen.
    pub fn choose<'c>(&mut self, field: Field, text: &str, choices: impl IntoIterator<Item = &'c str>) {
        let choices = choices.into_iter().map(str::to_owned).collect();
        self.fields.push(FormField { field, text: text.to_owned(), required: false, choices });
    }

    /// What a field says; nothing where there is no such field.
    pub fn text(&self, field: Field) -> &str {
        self.fields.iter().find(|known| known.field == field).map_or("", |known| known.text.trim())
    }
}

/// What would be written if it were signed now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverPreview {
    /// The exact payload.
    pub record: String,
    /// `.probity/waivers/wv-....yaml`
    pub path: String,
    /// How many more records are alike, each of another finding.
    pub more: usize,
    /// Full or short name of the branch that gets the commit.
    pub branch: String,
    /// Who signs with which key.
    pub signer: String,
    /// What to know before signing: "no second person", "longest for critical: 90 days".
    pub notes: Vec<String>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverReceipt {
    /// `wv-...`, one for each record.
    pub ids: Vec<String>,
    /// Full id of the commit.
    pub commit: String,
    pub path: String,
    pub branch: String,
}
