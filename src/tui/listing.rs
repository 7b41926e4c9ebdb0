//! The list of findings: groups with their heads, and the rows between them.
//!
//! A view is a list of row numbers; only its visible part is ever drawn.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::desk::Desk;
use super::past::Origins;
use super::store::{Row, Shelf, Store};
use crate::model::Severity;
use crate::text::SafeText;

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Index into [`Listing::groups`].
    Head(usize),
    /// Index into [`Store::rows`].
    Row(usize),
}

/// What findings are grouped by, within their shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupBy {
    #[default]
    Policy,
    /// The policy's first control.
    Control,
    Owner,
    Resource,
    File,
    Severity,
    /// The introducing commit.
    Commit,
    /// Its author.
    Author,
    None,
}

impl GroupBy {
    /// What the groups are, for a title.
    pub fn plural(self) -> &'static str {
        match self {
            GroupBy::Policy => "policies",
            GroupBy::Control => "controls",
            GroupBy::Owner => "owners",
            GroupBy::Resource => "resources",
            GroupBy::File => "files",
            GroupBy::Severity => "severities",
            GroupBy::Commit => "commits",
            GroupBy::Author => "authors",
            GroupBy::None => "findings",
        }
    }

    fn needs_origins(self) -> bool {
        matches!(self, GroupBy::Commit | GroupBy::Author)
    }
}

/// What comes first within a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SortBy {
    #[default]
    Severity,
    Path,
    Owner,
    /// The oldest.
    Age,
}

/// How a person wants the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    pub group: GroupBy,
    pub sort: SortBy,
    /// The last of each group comes first.
    pub reversed: bool,
}

/// How the list is arranged, and by what.
#[derive(Debug, Clone, Copy)]
pub struct Arrangement<'a> {
    pub view: View,
    pub origins: &'a Origins,
    pub desk: &'a Desk,
}

/// Where something is not known (yet), and where there is none: after all others.
const UNKNOWN: &str = "~unknown";
const NONE: &str = "~none";

impl Arrangement<'_> {
    /// Does the list change when origins are found?
    pub fn needs_origins(&self) -> bool {
        self.view.group.needs_origins() || self.view.sort == SortBy::Age
    }

    /// What the rows of a group have in common.
    fn name<'r>(&'r self, row: &'r Row) -> Cow<'r, str> {
        let known = |text: Option<&'r SafeText>| text.map_or(NONE, SafeText::as_str);
        let commit = || match self.origins.get(&row.key()).map(|origin| origin.commit.as_deref()) {
            None => Err(UNKNOWN),
            Some(None) => Err(NONE),
            Some(Some(commit)) => Ok(commit),
        };
        let name = match self.view.group {
            GroupBy::Policy => &row.finding.policy.id,
            GroupBy::Control => known(row.policy.controls.first()),
            GroupBy::Owner => match row.finding.owners.as_ref() {
                [] => NONE,
                [owner] => owner,
                several => return several.join(" ").into(),
            },
            GroupBy::Resource => &row.finding.resource,
            GroupBy::File => row.path.as_str(),
            GroupBy::Severity => row.severity().as_str(),
            GroupBy::Commit => commit().map_or_else(|none| none, |commit| commit.id.as_str()),
            GroupBy::Author => commit().map_or_else(|none| none, |commit| commit.email.as_str()),
            GroupBy::None => "",
        };
        name.into()
    }

    /// The group that a row belongs to.
    pub fn key(&self, row: &Row) -> GroupKey {
        (row.shelf, self.name(row).into())
    }

    fn group(&self, row: &Row, folded: &BTreeSet<GroupKey>) -> Group {
        let key = self.key(row);
        let commit = self.origins.get(&row.key()).and_then(|origin| origin.commit.as_deref());
        let nothing = SafeText::default;
        let (id, title) = match (self.view.group, commit) {
            (GroupBy::Policy, _) => (row.policy.id.clone(), row.policy.title.clone()),
            (GroupBy::Control, _) => (
                row.policy.controls.first().cloned().unwrap_or_else(|| SafeText::new("no control")),
                nothing(),
            ),
            (GroupBy::Owner, _) if row.finding.owners.is_empty() => (SafeText::new("no owner"), nothing()),
            (GroupBy::Owner, _) => (row.owners(), nothing()),
            (GroupBy::Resource, _) => (row.resource(), nothing()),
            (GroupBy::File, _) => (SafeText::clone(&row.path), nothing()),
            (GroupBy::Severity, _) => (SafeText::new(row.severity().as_str()), nothing()),
            (GroupBy::None, _) => (SafeText::new("all findings"), nothing()),
            (GroupBy::Commit, Some(commit)) => {
                let author = commit.day().with("  ").and(&commit.author).with("  ");
                (commit.short.clone(), author.and(&commit.subject))
            }
            (GroupBy::Author, Some(commit)) => (commit.author.clone(), commit.email.clone()),
            (GroupBy::Commit | GroupBy::Author, None) if key.1.as_ref() == NONE => {
                (SafeText::new("not committed"), nothing())
            }
            (GroupBy::Commit | GroupBy::Author, None) => (SafeText::new("origin not known"), nothing()),
        };
        let severity =
            if self.view.group == GroupBy::Policy { row.finding.policy.severity } else { row.severity() };
        Group { folded: folded.contains(&key), key, id, title, severity, rows: 0, open: 0, reviewed: 0 }
    }

    /// Row numbers in the order of the list; `None`: as the store has them.
    fn order(&self, store: &Store) -> Option<Vec<usize>> {
        if self.view == View::default() {
            return None;
        }
        let age = |row: &Row| {
            let origin = self.origins.get(&row.key()).and_then(|origin| origin.commit.as_deref());
            origin.map_or(i64::MAX, |commit| commit.seconds)
        };
        // Groups by their numbers: a million rows have few groups, and numbers are quickly compared.
        let mut numbers: HashMap<(Shelf, Cow<'_, str>), u32> = HashMap::new();
        let mut groups = Vec::new();
        let mut of_row = Vec::with_capacity(store.rows.len());
        for (at, row) in store.rows.iter().enumerate() {
            let next = u32::try_from(groups.len()).unwrap_or(u32::MAX);
            let number = *numbers.entry((row.shelf, self.name(row))).or_insert_with(|| {
                let rank = match self.view.group {
                    // Policies keep their order, severities come worst first, commits newest first, others by name.
                    GroupBy::Policy => i64::try_from(at).unwrap_or(i64::MAX),
                    GroupBy::Severity => -i64::from(row.severity() as u8),
                    GroupBy::Commit if age(row) < i64::MAX => -age(row),
                    GroupBy::Commit => i64::MAX,
                    _ => 0,
                };
                groups.push((row.shelf, rank, self.name(row), next));
                next
            });
            of_row.push(number);
        }
        groups.sort();
        let mut places = vec![0_u32; groups.len()];
        for (place, (.., number)) in (0_u32..).zip(&groups) {
            if let Some(slot) = places.get_mut(*number as usize) {
                *slot = place;
            }
        }
        let group_of = |at: &usize| of_row.get(*at).and_then(|number| places.get(*number as usize)).copied();
        let mut order: Vec<usize> = (0..store.rows.len()).collect();
        match self.view.sort {
            SortBy::Severity => order.sort_by_cached_key(|at| {
                (group_of(at), store.rows.get(*at).map(|row| Reverse(row.severity())), *at)
            }),
            SortBy::Age => {
                order.sort_by_cached_key(|at| (group_of(at), store.rows.get(*at).map(|row| age(row)), *at));
            }
            SortBy::Path => order.sort_by_cached_key(|at| {
                let place =
                    |row: &'_ Arc<Row>| (row.path.as_str().to_owned(), row.finding.location.start.line);
                (group_of(at), store.rows.get(*at).map(place), *at)
            }),
            SortBy::Owner => order.sort_by_cached_key(|at| {
                (group_of(at), store.rows.get(*at).map(|row| row.finding.owners.join(" ")), *at)
            }),
        }
        if self.view.reversed {
            order.chunk_by_mut(|a, b| group_of(a) == group_of(b)).for_each(<[usize]>::reverse);
        }
        Some(order)
    }
}

/// Findings of one shelf that have something in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub key: GroupKey,
    pub id: SafeText,
    pub title: SafeText,
    /// Of the policy, else of the worst finding.
    pub severity: Severity,
    pub rows: usize,
    pub open: usize,
    pub reviewed: usize,
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
                .is_some_and(|group| group.key.0 == row.shelf && *group.key.1 == *arrangement.name(row));
            if !same {
                // One group of all needs no head.
                if arrangement.view.group != GroupBy::None || row.shelf != Shelf::Fail {
                    listing.lines.push(Line::Head(listing.groups.len()));
                }
                listing.groups.push(arrangement.group(row, folded));
            }
            listing.matching += 1;
            if let Some(group) = listing.groups.last_mut() {
                group.rows += 1;
                group.open += usize::from(!row.waived());
                group.reviewed += usize::from(arrangement.desk.is_reviewed(row));
                if arrangement.view.group != GroupBy::Policy {
                    group.severity = group.severity.max(row.severity());
                }
                if !group.folded {
                    listing.lines.push(Line::Row(at));
                }
            }
        }
        listing
    }

    /// Findings after the filter that were reviewed.
    pub fn reviewed(&self) -> usize {
        self.groups.iter().map(|group| group.reviewed).sum()
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
