//! The list of findings: groups with their heads, and the rows between them.
//!
//! A view is a list of row numbers; only its visible part is ever drawn.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::desk::Desk;
use super::past::Origins;
use super::store::{Row, Shelf, Store, ranks};
use crate::model::Severity;
use crate::text::SafeText;

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Index into [`Listing::groups`].
    Head(usize),
    /// For [`Store::get`].
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
    fn name<'r>(&'r self, row: Row<'r>) -> Cow<'r, str> {
        let commit = || match self.origins.get(&row.key()).map(|origin| origin.commit.as_deref()) {
            None => Err(UNKNOWN),
            Some(None) => Err(NONE),
            Some(Some(commit)) => Ok(commit),
        };
        let name = match self.view.group {
            GroupBy::Policy => row.policy().id.as_str(),
            GroupBy::Control => row.policy().controls.first().map_or(NONE, SafeText::as_str),
            GroupBy::Owner => match row.raw_owners() {
                [] => NONE,
                [owner] => owner,
                several => return several.join(" ").into(),
            },
            GroupBy::Resource => row.raw_resource(),
            GroupBy::File => row.path().as_str(),
            GroupBy::Severity => row.severity().as_str(),
            GroupBy::Commit => commit().map_or_else(|none| none, |commit| commit.id.as_str()),
            GroupBy::Author => commit().map_or_else(|none| none, |commit| commit.email.as_str()),
            GroupBy::None => "",
        };
        name.into()
    }

    /// The number of what decides the name, where that has one.
    fn number(&self, row: Row<'_>) -> Option<usize> {
        match self.view.group {
            GroupBy::Policy | GroupBy::Control => Some(row.policy_number()),
            GroupBy::Owner => Some(row.owners_number()),
            GroupBy::File => Some(row.path_number()),
            GroupBy::Severity => Some(row.severity() as usize),
            GroupBy::None => Some(0),
            GroupBy::Resource | GroupBy::Commit | GroupBy::Author => None,
        }
    }

    /// The group that a row belongs to.
    pub fn key(&self, row: Row<'_>) -> GroupKey {
        (row.shelf(), self.name(row).into())
    }

    fn group(&self, row: Row<'_>, folded: &BTreeSet<GroupKey>) -> Group {
        let key = self.key(row);
        let commit = self.origins.get(&row.key()).and_then(|origin| origin.commit.as_deref());
        let nothing = SafeText::default;
        let (id, title) = match (self.view.group, commit) {
            (GroupBy::Policy, _) => (row.policy().id.clone(), row.policy().title.clone()),
            (GroupBy::Control, _) => (
                row.policy().controls.first().cloned().unwrap_or_else(|| SafeText::new("no control")),
                nothing(),
            ),
            (GroupBy::Owner, _) if row.raw_owners().is_empty() => (SafeText::new("no owner"), nothing()),
            (GroupBy::Owner, _) => (row.owners(), nothing()),
            (GroupBy::Resource, _) => (row.resource(), nothing()),
            (GroupBy::File, _) => (row.path().clone(), nothing()),
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
            if self.view.group == GroupBy::Policy { row.policy_severity() } else { row.severity() };
        Group { folded: folded.contains(&key), key, id, title, severity, rows: 0, open: 0, reviewed: 0 }
    }

    /// For each row the place of its group: policies keep their order, severities come worst first, commits newest
    /// first, others by name. Groups by their numbers: a million rows have few, and numbers are quickly compared.
    fn places(&self, store: &Store) -> Vec<u32> {
        let numbers = store.each(|row| (row.shelf(), self.number(row)));
        let mut groups: Vec<(Shelf, i64, Cow<'_, str>, u32)> = Vec::new();
        let mut by_name: HashMap<(Shelf, Cow<'_, str>), u32> = HashMap::new();
        // By shelf and number.
        let mut by_number: [Vec<Option<u32>>; 3] = Default::default();
        let mut of_row = Vec::with_capacity(store.len());
        for (at, (shelf, number)) in numbers.into_iter().enumerate() {
            let known = by_number.get_mut(shelf as usize).zip(number).and_then(|(known, number)| {
                known.resize(known.len().max(number + 1), None);
                known.get_mut(number)
            });
            if let Some(Some(group)) = known {
                of_row.push(*group);
                continue;
            }
            let Some(row) = store.get(at) else { continue };
            let group = *by_name.entry((shelf, self.name(row))).or_insert_with(|| {
                let next = u32::try_from(groups.len()).unwrap_or(u32::MAX);
                let rank = match self.view.group {
                    GroupBy::Policy => i64::try_from(at).unwrap_or(i64::MAX),
                    GroupBy::Severity => -i64::from(row.severity() as u8),
                    GroupBy::Commit => self.seconds(row).map_or(i64::MAX, |seconds| -seconds),
                    _ => 0,
                };
                groups.push((shelf, rank, self.name(row), next));
                next
            });
            if let Some(known) = known {
                *known = Some(group);
            }
            of_row.push(group);
        }
        let places = ranks(&groups, |group| group);
        of_row.iter().map(|group| places.get(*group as usize).copied().unwrap_or_default()).collect()
    }

    /// When the introducing commit was made, where that is known.
    fn seconds(&self, row: Row<'_>) -> Option<i64> {
        self.origins.get(&row.key())?.commit.as_deref().map(|commit| commit.seconds)
    }

    /// Row numbers in the order of the list; `None`: as the store has them.
    fn order(&self, store: &Store) -> Option<Vec<u32>> {
        if self.view == View::default() {
            return None;
        }
        let groups = self.places(store);
        let rank = |ranks: &[u32], number: usize| i64::from(ranks.get(number).copied().unwrap_or_default());
        let within: Vec<(i64, i64)> = match self.view.sort {
            SortBy::Severity => store.each(|row| (-i64::from(row.severity() as u8), 0)),
            SortBy::Age => store.each(|row| (self.seconds(row).unwrap_or(i64::MAX), 0)),
            SortBy::Path => {
                let paths = ranks(store.names().paths(), SafeText::as_str);
                store.each(|row| (rank(&paths, row.path_number()), i64::from(row.line())))
            }
            SortBy::Owner => {
                let owners = ranks(&store.names().lists().collect::<Vec<_>>(), |owners| owners.join(" "));
                store.each(|row| (rank(&owners, row.owners_number()), 0))
            }
        };
        let mut order: Vec<_> = groups.into_iter().zip(within).zip(0_u32..).collect();
        order.par_sort_unstable();
        if self.view.reversed {
            order.chunk_by_mut(|((a, _), _), ((b, _), _)| a == b).for_each(<[_]>::reverse);
        }
        Some(order.into_iter().map(|(_, at)| at).collect())
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
        let nth = |at: usize| match &order {
            Some(order) => order.get(at).map(|at| *at as usize),
            None => Some(at),
        };
        // Most often a row is of the group of the one before, and mostly its number says so.
        let mut last: Option<(Shelf, usize)> = None;
        for at in (0..store.len()).filter_map(nth) {
            let Some(row) = store.get(at) else { continue };
            if keep.is_some_and(|keep| !keep.get(at).copied().unwrap_or(false)) {
                continue;
            }
            let number = arrangement.number(row).map(|number| (row.shelf(), number));
            let same = number.is_some() && number == last
                || listing.groups.last().is_some_and(|group| {
                    group.key.0 == row.shelf() && *group.key.1 == *arrangement.name(row)
                });
            last = number;
            if !same {
                // One group of all needs no head.
                if arrangement.view.group != GroupBy::None || row.shelf() != Shelf::Fail {
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
