//! What jobs bring: the engine's answers with every string made safe, ready to be drawn.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{
    Baseline, CommitInfo, DiffLine, DiffLineKind, Fingerprint, Location, Origin, OriginKind, Report,
    RepositoryInfo,
};
use crate::text::{Mode, SafeText, SourceDoc};

use super::backend::{SourceView, WaiverPreview};
use super::past::FlipText;

/// Lines kept around the finding; the whole file is one `e` away and may be huge.
const AROUND: usize = 400;

/// Characters of a line whose code points are kept.
const POINTS: usize = 1000;

/// Characters kept of a diff line.
const LINE_CAP: usize = 4096;

/// The file around a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    pub doc: SourceDoc,
    pub revision: SafeText,
    /// What the finding's line is made of.
    pub points: Vec<Point>,
}

impl Source {
    pub fn new(view: &SourceView, location: &Location) -> Self {
        let at = |line: u32| usize::try_from(line).unwrap_or(usize::MAX);
        let first = at(location.start.line).saturating_sub(AROUND);
        let last = at(location.end.line.min(location.start.line.saturating_add(400))).saturating_add(AROUND);
        Self {
            doc: SourceDoc::window(&view.bytes, first, last),
            revision: SafeText::prose(&view.revision),
            points: points(&view.bytes, location.start.line),
        }
    }
}

/// A character of a line as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Its first byte in the line, from 1.
    pub at: usize,
    /// `U+202E`, or `byte 9B` where it is no UTF-8.
    pub code: String,
    /// As the source shows it.
    pub shown: SafeText,
}

/// The first characters of a line.
fn points(bytes: &[u8], line: u32) -> Vec<Point> {
    let index = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
    let Some(line) = bytes.split(|byte| *byte == b'\n').nth(index) else { return Vec::new() };
    let mut out = Vec::new();
    let mut at = 1;
    for chunk in line.utf8_chunks() {
        for c in chunk.valid().chars() {
            let shown = SafeText::capped(&c.to_string(), Mode::Code, LINE_CAP);
            out.push(Point { at, code: format!("U+{:04X}", u32::from(c)), shown });
            at += c.len_utf8();
            if out.len() >= POINTS {
                return out;
            }
        }
        for byte in chunk.invalid() {
            let shown = SafeText::new(&format!("\\x{byte:02x}"));
            out.push(Point { at, code: format!("byte {byte:02X}"), shown });
            at += 1;
        }
    }
    out
}

/// What is new since the baseline, and how many violations are gone.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeSince {
    pub new: Arc<BTreeSet<Fingerprint>>,
    pub fixed: usize,
    /// Not all of the baseline could be judged: what looks new may be older.
    pub incomplete: bool,
}

impl ChangeSince {
    pub fn new(baseline: &Baseline) -> Self {
        let new = Arc::new(baseline.new.clone());
        Self { new, fixed: baseline.fixed.len(), incomplete: baseline.incomplete }
    }
}

/// A commit's strings.
#[derive(Debug, Clone, PartialEq)]
pub struct CommitText {
    pub id: SafeText,
    pub short: SafeText,
    pub author: SafeText,
    pub email: SafeText,
    pub date: SafeText,
    /// Since the epoch.
    pub seconds: i64,
    pub subject: SafeText,
}

impl CommitText {
    pub fn new(commit: &CommitInfo) -> Self {
        let short: String = commit.id.chars().take(7).collect();
        Self {
            id: SafeText::new(&commit.id),
            short: SafeText::new(&short),
            author: SafeText::prose(&commit.author),
            email: SafeText::new(&commit.email),
            date: SafeText::new(&commit.date),
            seconds: commit.seconds,
            subject: SafeText::capped(&commit.subject, Mode::Prose, LINE_CAP),
        }
    }

    /// The day of the date.
    pub fn day(&self) -> SafeText {
        self.date.slice(0, 10)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct DiffText {
    pub kind: DiffLineKind,
    pub line: Option<u32>,
    pub text: SafeText,
    pub path: SafeText,
    /// It touches what the verdict rests on.
    pub cause: bool,
}

impl DiffText {
    pub fn new(line: &DiffLine) -> Self {
        Self {
            kind: line.kind,
            line: line.line,
            text: SafeText::capped(&line.text, Mode::Code, LINE_CAP),
            path: SafeText::new(&line.path),
            cause: line.cause,
        }
    }
}

/// Where a finding comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    pub kind: OriginKind,
    pub commit: Option<CommitText>,
    /// What is known of who made the commit.
    pub identity: SafeText,
    pub merged_by: Option<CommitText>,
    pub evaluated: usize,
    pub flip: FlipText,
    pub notes: Vec<SafeText>,
}

impl Trace {
    pub fn new(origin: &Origin) -> Self {
        Self {
            kind: origin.kind,
            commit: origin.commit.as_ref().map(CommitText::new),
            identity: SafeText::prose(&origin.identity()),
            merged_by: origin.merged_by.as_ref().map(CommitText::new),
            evaluated: origin.evaluated,
            flip: FlipText::new(&origin.flip),
            notes: origin.notes.iter().map(|note| SafeText::prose(note)).collect(),
        }
    }

    /// One word or two for what the commit did.
    pub fn verb(&self) -> &'static str {
        match self.kind {
            OriginKind::Introduced => "introduced",
            OriginKind::Root => "present since the root commit",
            OriginKind::HistoryCut => "history cut: the true origin lies beyond",
            OriginKind::Uncommitted => "not committed yet",
        }
    }
}

/// What a signature would write.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewText {
    pub record: Vec<SafeText>,
    pub path: SafeText,
    pub more: usize,
    pub branch: SafeText,
    pub signer: SafeText,
    pub notes: Vec<SafeText>,
}

impl PreviewText {
    pub fn new(preview: &WaiverPreview) -> Self {
        Self {
            record: preview.record.lines().map(SafeText::new).collect(),
            path: SafeText::new(&preview.path),
            more: preview.more,
            branch: SafeText::new(&preview.branch),
            signer: SafeText::prose(&preview.signer),
            notes: preview.notes.iter().map(|note| SafeText::prose(note)).collect(),
        }
    }
}

/// Something with a reason: a file that did not parse, a policy that was not evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub what: SafeText,
    pub reason: SafeText,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverRow {
    pub id: SafeText,
    pub state: SafeText,
    pub causes: Vec<SafeText>,
    pub fingerprint: Option<SafeText>,
    /// Whole days until it ends.
    pub days_left: Option<i64>,
}

/// A framework's controls: how many have evidence, fail, are unclear, pass, are not applicable, apply later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameworkText {
    pub name: SafeText,
    pub counts: [usize; 6],
}

/// A report without its findings.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    pub repository: Option<RepositoryInfo>,
    pub policy_count: usize,
    pub files: usize,
    pub documents: usize,
    pub not_applicable: usize,
    pub unparsed: Vec<Problem>,
    pub not_rendered: Vec<Problem>,
    pub not_evaluated: Vec<Problem>,
    pub waivers: Vec<WaiverRow>,
    pub notices: Vec<SafeText>,
    /// Those that a policy gives evidence for.
    pub frameworks: Vec<FrameworkText>,
}

impl Summary {
    pub fn new(report: &Report) -> Self {
        let unread = |list: &[crate::model::Unread]| -> Vec<Problem> {
            let problem = |unread: &crate::model::Unread| Problem {
                what: match unread.line {
                    Some(line) => SafeText::new(&unread.path).with(&format!(":{line}")),
                    None => SafeText::new(&unread.path),
                },
                reason: SafeText::capped(&unread.reason, Mode::Prose, LINE_CAP),
            };
            list.iter().map(problem).collect()
        };
        let not_evaluated = report.not_evaluated.iter().map(|entry| Problem {
            what: SafeText::new(&entry.policy),
            reason: SafeText::capped(&entry.explanation(), Mode::Prose, LINE_CAP),
        });
        let waivers = report.waivers.iter().map(|waiver| WaiverRow {
            id: SafeText::new(&waiver.id),
            state: SafeText::new(&waiver.state),
            causes: waiver.causes.iter().map(|cause| SafeText::prose(cause)).collect(),
            fingerprint: waiver.fingerprint.as_deref().map(SafeText::new),
            days_left: waiver.days_left,
        });
        let covered = report.controls.frameworks.iter().filter(|line| line.covered().next().is_some());
        let frameworks = covered.map(|line| FrameworkText {
            name: SafeText::prose(&line.name),
            counts: super::view::controls::counts(line),
        });
        Self {
            repository: Some(report.repository.clone()),
            policy_count: report.policy_count,
            files: report.files,
            documents: report.documents,
            not_applicable: report.not_applicable.len(),
            unparsed: unread(&report.unparsed),
            not_rendered: unread(&report.not_rendered),
            not_evaluated: not_evaluated.collect(),
            waivers: waivers.collect(),
            notices: report.notices.iter().map(|notice| SafeText::prose(notice)).collect(),
            frameworks: frameworks.collect(),
        }
    }

    /// Something was not read or not evaluated: the result must not look clean.
    pub fn incomplete(&self) -> bool {
        !self.unparsed.is_empty() || !self.not_evaluated.is_empty()
    }
}
