//! The findings as the screen holds them: every string already safe, in the order of the groups.
//!
//! Escaping happens once, when findings arrive. Rows are shared, so a `State` is cheap to clone; a view is
//! a list of row numbers with group heads between them, and only its visible part is ever drawn.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::past::Origins;
use crate::model::{EvidencePlace, Finding, Fingerprint, PolicyInfo, Severity, Status, Verdict, WaiverRef};
use crate::text::{Mode, SafeText};

/// Characters of a message or a value that are kept; the finding itself keeps all of it.
const FIELD_CAP: usize = 4096;

/// What identifies a row through filter, streaming and re-audit.
pub type RowKey = (Shelf, Fingerprint);

/// Verdicts that are listed, in the order of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shelf {
    Fail,
    Inconclusive,
    Review,
}

impl Shelf {
    pub fn of(verdict: Verdict) -> Option<Self> {
        match verdict {
            Verdict::Fail => Some(Shelf::Fail),
            Verdict::Inconclusive => Some(Shelf::Inconclusive),
            Verdict::Review => Some(Shelf::Review),
            Verdict::Pass | Verdict::NotApplicable | Verdict::NotEvaluated => None,
        }
    }

    /// What the group's head says before the policy; failures need no word.
    pub fn label(self) -> &'static str {
        match self {
            Shelf::Fail => "",
            Shelf::Inconclusive => "INCONCLUSIVE",
            Shelf::Review => "REVIEW",
        }
    }
}

/// A policy's strings.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyText {
    pub id: SafeText,
    pub title: SafeText,
    pub description: SafeText,
    pub controls: Vec<SafeText>,
    pub remediation: Vec<SafeText>,
    pub related: Vec<SafeText>,
    pub file: SafeText,
}

/// A waiver's strings.
#[derive(Debug, Clone, PartialEq)]
pub struct WaiverText {
    pub id: SafeText,
    pub state: SafeText,
    pub causes: Vec<SafeText>,
    pub reason: SafeText,
    /// Who asked, and who approved.
    pub people: SafeText,
    pub expires: SafeText,
}

/// A place that a verdict rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceText {
    pub role: &'static str,
    /// `ingress[0].cidr_blocks`, else the resource.
    pub name: SafeText,
    pub value: SafeText,
    /// `path:line`
    pub location: SafeText,
}

/// One finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// For the engine only; views use the safe strings.
    pub finding: Arc<Finding>,
    pub shelf: Shelf,
    pub policy: Arc<PolicyText>,
    pub message: SafeText,
    pub resource: SafeText,
    pub path: SafeText,
    /// `path:line`
    pub location: SafeText,
    pub evidence: Vec<(SafeText, SafeText)>,
    /// The places that the verdict rests on.
    pub read: Vec<PlaceText>,
    pub waiver: Option<WaiverText>,
}

impl Row {
    pub fn key(&self) -> RowKey {
        (self.shelf, self.finding.fingerprint)
    }

    pub fn severity(&self) -> Severity {
        self.finding.severity
    }

    pub fn waived(&self) -> bool {
        self.finding.status == Status::Waived
    }

    /// What stands in the status column.
    pub fn status_word(&self) -> SafeText {
        match (&self.shelf, &self.waiver) {
            (Shelf::Review, _) => SafeText::new("review"),
            (Shelf::Inconclusive, _) => SafeText::new("inconclusive"),
            _ if self.waived() => SafeText::new("waived"),
            (Shelf::Fail, Some(waiver)) if waiver.state.as_str() != "active" => waiver.state.clone(),
            _ => SafeText::new("open"),
        }
    }
}

/// The rows, sorted: shelf, then severity, policy, path, line, fingerprint.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Store {
    pub rows: Vec<Arc<Row>>,
    policies: BTreeMap<String, Arc<PolicyText>>,
    seen: BTreeSet<RowKey>,
}

impl Store {
    /// Adds what is not there yet. `update` calls it with what the worker hands over.
    pub fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            let Some(verdict) = Shelf::of(finding.verdict) else { continue };
            if self.seen.insert((verdict, finding.fingerprint)) {
                let row = self.row(finding, verdict);
                self.rows.push(Arc::new(row));
            }
        }
        self.rows.sort_by(|a, b| {
            let order = |row: &Row| {
                let finding = &row.finding;
                (row.shelf, std::cmp::Reverse(finding.policy.severity), finding.policy.id.clone())
            };
            let place = |row: &Row| (std::cmp::Reverse(row.finding.severity), row.waived());
            order(a)
                .cmp(&order(b))
                .then_with(|| place(a).cmp(&place(b)))
                .then_with(|| a.finding.location.cmp(&b.finding.location))
                .then_with(|| a.finding.fingerprint.cmp(&b.finding.fingerprint))
        });
    }

    pub fn get(&self, row: usize) -> Option<&Arc<Row>> {
        self.rows.get(row)
    }

    pub fn find(&self, key: RowKey) -> Option<&Arc<Row>> {
        self.rows.iter().find(|row| row.key() == key)
    }

    pub fn count(&self, on: Shelf) -> usize {
        self.rows.iter().filter(|row| row.shelf == on).count()
    }

    pub fn open(&self) -> usize {
        self.rows.iter().filter(|row| row.shelf == Shelf::Fail && !row.waived()).count()
    }

    pub fn waived(&self) -> usize {
        self.rows.iter().filter(|row| row.shelf == Shelf::Fail && row.waived()).count()
    }

    /// Open and waived failures of one severity.
    pub fn by_severity(&self, severity: Severity) -> (usize, usize) {
        let of = self.rows.iter().filter(|row| row.shelf == Shelf::Fail && row.severity() == severity);
        of.fold(
            (0, 0),
            |(open, waived), row| {
                if row.waived() { (open, waived + 1) } else { (open + 1, waived) }
            },
        )
    }

    fn row(&mut self, finding: Finding, verdict: Shelf) -> Row {
        let policy = Arc::clone(
            self.policies
                .entry(finding.policy.id.to_string())
                .or_insert_with(|| Arc::new(policy_text(&finding.policy))),
        );
        let path = SafeText::capped(&finding.location.path, Mode::Code, FIELD_CAP);
        let location = path.clone().with(&format!(":{}", finding.location.start.line));
        let waiver = finding.waiver.as_ref().map(|waiver| WaiverText {
            id: SafeText::new(&waiver.id),
            state: SafeText::new(&waiver.state),
            causes: waiver.causes.iter().map(|cause| SafeText::prose(cause)).collect(),
            reason: SafeText::capped(&waiver.reason, Mode::Prose, FIELD_CAP),
            people: people(waiver),
            expires: SafeText::new(&waiver.expires_at),
        });
        Row {
            shelf: verdict,
            policy,
            message: SafeText::capped(&finding.message, Mode::Prose, FIELD_CAP),
            resource: SafeText::capped(&finding.resource, Mode::Code, FIELD_CAP),
            path,
            location,
            evidence: evidence(finding.evidence.as_ref()),
            read: finding.evidence_places.iter().map(place_text).collect(),
            waiver,
            finding: Arc::new(finding),
        }
    }
}

fn people(waiver: &WaiverRef) -> SafeText {
    let asked = SafeText::new(&waiver.requester);
    if waiver.approvers.is_empty() {
        return asked;
    }
    asked.with(", approved by ").and(&SafeText::new(&waiver.approvers.join(", ")))
}

fn policy_text(policy: &PolicyInfo) -> PolicyText {
    PolicyText {
        id: SafeText::new(&policy.id),
        title: SafeText::prose(&policy.title),
        description: SafeText::prose(&policy.description),
        controls: policy.controls.iter().map(|control| SafeText::new(control)).collect(),
        remediation: SafeText::lines(&policy.remediation),
        related: policy.related.iter().map(|link| SafeText::new(link)).collect(),
        file: SafeText::new(&policy.file),
    }
}

fn place_text(place: &EvidencePlace) -> PlaceText {
    let name = if place.path.is_empty() { &place.resource } else { &place.path };
    let path = SafeText::capped(&place.location.path, Mode::Code, FIELD_CAP);
    PlaceText {
        role: place.role.as_str(),
        name: SafeText::capped(name, Mode::Code, FIELD_CAP),
        value: SafeText::capped(&place.value, Mode::Code, FIELD_CAP),
        location: path.with(&format!(":{}", place.location.start.line)),
    }
}

/// The evidence as rows of name and value; what is no object has one row without a name.
fn evidence(value: Option<&serde_json::Value>) -> Vec<(SafeText, SafeText)> {
    let show = |value: &serde_json::Value| SafeText::capped(&value.to_string(), Mode::Code, FIELD_CAP);
    match value {
        None => Vec::new(),
        Some(serde_json::Value::Object(map)) => {
            map.iter().map(|(name, value)| (SafeText::new(name), show(value))).collect()
        }
        Some(other) => vec![(SafeText::default(), show(other))],
    }
}

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Index into [`Listing::groups`].
    Head(usize),
    /// Index into [`Store::rows`].
    Row(usize),
}

/// What findings are grouped by, within their shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupBy {
    #[default]
    Policy,
    /// The introducing commit.
    Commit,
    /// Its author.
    Author,
}

/// What comes first within a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortBy {
    #[default]
    Severity,
    /// The oldest.
    Age,
}

/// How the list is arranged.
#[derive(Debug, Clone, Copy)]
pub struct Arrangement<'a> {
    pub group: GroupBy,
    pub sort: SortBy,
    pub origins: &'a Origins,
}

/// Where origins are not known (yet), and where there is none: after all commits.
const UNKNOWN: &str = "~unknown";
const UNCOMMITTED: &str = "~uncommitted";

impl Arrangement<'_> {
    fn name(&self, row: &Row) -> Arc<str> {
        let commit = self.origins.get(&row.key()).map(|origin| origin.commit.as_deref());
        match (self.group, commit) {
            (GroupBy::Policy, _) => Arc::clone(&row.finding.policy.id),
            (_, None) => UNKNOWN.into(),
            (_, Some(None)) => UNCOMMITTED.into(),
            (GroupBy::Commit, Some(Some(commit))) => commit.id.as_str().into(),
            (GroupBy::Author, Some(Some(commit))) => commit.email.as_str().into(),
        }
    }

    /// The group that a row belongs to.
    pub fn key(&self, row: &Row) -> GroupKey {
        (row.shelf, self.name(row))
    }

    fn group(&self, row: &Row, folded: &BTreeSet<GroupKey>) -> Group {
        let key = self.key(row);
        let commit = self.origins.get(&row.key()).and_then(|origin| origin.commit.as_deref());
        let (id, title) = match (self.group, commit) {
            (GroupBy::Policy, _) => (row.policy.id.clone(), row.policy.title.clone()),
            (GroupBy::Commit, Some(commit)) => {
                let author = commit.day().with("  ").and(&commit.author).with("  ");
                (commit.short.clone(), author.and(&commit.subject))
            }
            (GroupBy::Author, Some(commit)) => (commit.author.clone(), commit.email.clone()),
            (_, None) if key.1.as_ref() == UNCOMMITTED => {
                (SafeText::new("not committed"), SafeText::default())
            }
            (_, None) => (SafeText::new("origin not known"), SafeText::default()),
        };
        let severity =
            if self.group == GroupBy::Policy { row.finding.policy.severity } else { row.severity() };
        Group { folded: folded.contains(&key), key, id, title, severity, rows: 0, open: 0 }
    }

    /// Row numbers in the order of the list; `None`: as the store has them.
    fn order(&self, store: &Store) -> Option<Vec<usize>> {
        if (self.group, self.sort) == (GroupBy::Policy, SortBy::Severity) {
            return None;
        }
        let mut groups: BTreeMap<GroupKey, i64> = BTreeMap::new();
        let age = |row: &Row| {
            let origin = self.origins.get(&row.key()).and_then(|origin| origin.commit.as_deref());
            origin.map_or(i64::MAX, |commit| commit.seconds)
        };
        for (at, row) in store.rows.iter().enumerate() {
            let rank = match self.group {
                // Policies keep their order, commits come the newest first, authors by name.
                GroupBy::Policy => i64::try_from(at).unwrap_or(i64::MAX),
                GroupBy::Commit if age(row) < i64::MAX => -age(row),
                GroupBy::Commit => i64::MAX,
                GroupBy::Author => 0,
            };
            groups.entry(self.key(row)).or_insert(rank);
        }
        let mut order: Vec<usize> = (0..store.rows.len()).collect();
        order.sort_by_cached_key(|at| {
            let row = store.rows.get(*at)?;
            let key = self.key(row);
            let rank = groups.get(&key).copied();
            let within = if self.sort == SortBy::Age { age(row) } else { 0 };
            Some((key.0, rank, key.1, within, *at))
        });
        Some(order)
    }
}

/// The findings of one policy, commit or author on one shelf.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub key: GroupKey,
    pub id: SafeText,
    pub title: SafeText,
    /// Of the policy, else of the worst finding.
    pub severity: Severity,
    pub rows: usize,
    pub open: usize,
    pub folded: bool,
}

pub type GroupKey = (Shelf, Arc<str>);

/// What the list shows: group heads and rows after filter and folds.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    pub groups: Vec<Group>,
    pub lines: Vec<Line>,
    /// Findings after the filter, folded ones included.
    pub matching: usize,
}

impl Listing {
    /// `keep` says for every row whether the filter lets it through; `None` lets all.
    pub fn build(
        store: &Store,
        keep: Option<&[bool]>,
        folded: &BTreeSet<GroupKey>,
        arrangement: Arrangement<'_>,
    ) -> Self {
        let mut listing = Listing::default();
        let order = arrangement.order(store);
        let nth = |at: usize| order.as_ref().map_or(Some(at), |order| order.get(at).copied());
        for at in (0..store.rows.len()).filter_map(nth) {
            let Some(row) = store.rows.get(at) else { continue };
            if keep.is_some_and(|keep| !keep.get(at).copied().unwrap_or(false)) {
                continue;
            }
            let same = listing
                .groups
                .last()
                .is_some_and(|group| group.key.0 == row.shelf && group.key.1 == arrangement.name(row));
            if !same {
                listing.lines.push(Line::Head(listing.groups.len()));
                listing.groups.push(arrangement.group(row, folded));
            }
            listing.matching += 1;
            if let Some(group) = listing.groups.last_mut() {
                group.rows += 1;
                group.open += usize::from(!row.waived());
                if arrangement.group != GroupBy::Policy {
                    group.severity = group.severity.max(row.severity());
                }
                if !group.folded {
                    listing.lines.push(Line::Row(at));
                }
            }
        }
        listing
    }

    /// The head of the group that a line belongs to.
    pub fn group_of(&self, line: usize) -> Option<&Group> {
        let head = self.lines.iter().take(line + 1).rev().find_map(|line| match line {
            Line::Head(group) => Some(*group),
            Line::Row(_) => None,
        })?;
        self.groups.get(head)
    }
}
