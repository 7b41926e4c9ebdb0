//! What happened to one finding: along the line on which it came to the newest commit.
//!
//! ```text
//!   newest ──> parent with the same answer ──> ... ──> no parent has it: this commit flipped it, and so on behind it
//! ```
//! At a merge the walk follows a parent that answers as the merge does, the first of several: what the merge only
//! brought along was done by a commit behind it.

use std::collections::HashSet;

use super::{History, Row, Version};
use crate::audit::past::pull_request_of;
use crate::model::path::folder;
use crate::model::{Fingerprint, Happening, LifeEvent, Lifecycle, Verdict};
use crate::source::Kind;

impl History {
    /// The life of a finding; `None` where no commit ever had it.
    pub fn life(&self, fingerprint: Fingerprint, verdict: Verdict) -> Option<Lifecycle> {
        let newest = self.commits.len().checked_sub(1)?;
        self.life_from(newest, fingerprint, verdict)
    }

    fn life_from(&self, newest: usize, fingerprint: Fingerprint, verdict: Verdict) -> Option<Lifecycle> {
        let main = self.main_line();
        let mut follow = Follow { history: self, fingerprint, verdict };
        let latest = follow.version_at(newest).or_else(|| self.last_version(fingerprint, verdict))?;
        let mut events: Vec<(usize, Happening, Option<usize>, String)> = Vec::new();
        let mut cut = false;
        let mut present = follow.version_at(newest).is_some();
        let open = present;
        let mut at = newest;
        let mut merge = None;
        // Passed on the way back while it was absent: a merge one of whose parents has it.
        let mut dropped: Option<(usize, usize)> = None;
        loop {
            let row = self.commits.get(at)?;
            if main.contains(&at) {
                merge = None;
            }
            let same = row.parents.iter().copied().enumerate().find(|(_, parent)| {
                self.same_state(at, *parent) || follow.version_at(*parent).is_some() == present
            });
            if let Some((number, parent)) = same {
                if present && let Some((old, new)) = follow.changed_between(parent, at) {
                    let _ = old;
                    events.push((at, Happening::Changed, merge, new.message.clone()));
                }
                if !present
                    && let Some(other) = row.parents.iter().find(|other| follow.version_at(**other).is_some())
                {
                    dropped = dropped.or(Some((at, *other)));
                }
                if number > 0 && merge.is_none() {
                    merge = Some(at);
                }
                at = parent;
                continue;
            }
            if present {
                if let Some((parent, before)) = follow.moved_at(at) {
                    events.push((at, Happening::Moved, merge, String::new()));
                    follow.fingerprint = before;
                    at = parent;
                    continue;
                }
                let version = follow.version_at(at)?;
                events.push((at, Happening::Introduced, merge, version.message.clone()));
                // The oldest one is met last, and it alone tells the age.
                cut = row.may_be_late(version);
                dropped = None;
            } else if row.parents.is_empty() {
                // Nobody behind here ever had it: if a merge left it out, that merge took it away.
                let Some((merged, parent)) = dropped.take() else { break };
                events.retain(|(commit, ..)| *commit >= merged);
                events.push((merged, Happening::Fixed, None, String::new()));
                at = parent;
                present = true;
                continue;
            } else {
                events.push((at, Happening::Fixed, merge, String::new()));
                dropped = None;
            }
            let Some(parent) = row.parents.first() else { break };
            at = *parent;
            present = !present;
        }
        let mut events: Vec<LifeEvent> = events
            .into_iter()
            .rev()
            .filter_map(|(commit, what, merge, message)| self.event(commit, what, merge, message))
            .collect();
        let mut met = false;
        for event in &mut events {
            if event.what == Happening::Introduced {
                event.what = if met { Happening::Reintroduced } else { Happening::Introduced };
                met = true;
            }
        }
        met.then(|| self.lifecycle(latest, events, open, cut))
    }

    fn event(
        &self,
        commit: usize,
        what: Happening,
        merge: Option<usize>,
        message: String,
    ) -> Option<LifeEvent> {
        let row = self.commits.get(commit)?;
        let merged_by = merge.and_then(|merge| self.commits.get(merge)).map(|row| row.info.clone());
        let subjects = [Some(&row.info), merged_by.as_ref()];
        let pull_request = subjects.into_iter().flatten().find_map(|info| pull_request_of(&info.subject));
        Some(LifeEvent { what, commit: row.info.clone(), merged_by, pull_request, message })
    }

    fn lifecycle(&self, version: &Version, events: Vec<LifeEvent>, open: bool, cut: bool) -> Lifecycle {
        let newest = self.commits.last().map_or(0, |row| row.info.seconds);
        let (mut since, mut seconds_open, mut seconds_to_fix) = (None, 0, None);
        for event in &events {
            match event.what {
                Happening::Introduced | Happening::Reintroduced => {
                    since = Some(event.commit.seconds);
                    seconds_to_fix = None;
                }
                Happening::Fixed => {
                    seconds_to_fix = since.map(|since| event.commit.seconds - since);
                    seconds_open += seconds_to_fix.unwrap_or(0);
                    since = None;
                }
                Happening::Changed | Happening::Moved => {}
            }
        }
        seconds_open += since.map_or(0, |since| newest - since);
        Lifecycle {
            policy: version.policy.clone(),
            title: version.title.clone(),
            verdict: version.verdict,
            severity: version.severity,
            resource: version.resource.clone(),
            path: version.path.clone(),
            fingerprint: version.fingerprint,
            events,
            open,
            cut,
            seconds_open,
            seconds_to_fix,
        }
    }

    fn same_state(&self, a: usize, b: usize) -> bool {
        let state = |at: usize| self.commits.get(at).map(|row: &Row| row.state);
        state(a) == state(b)
    }

    /// The first parents of the newest commit, itself included.
    fn main_line(&self) -> HashSet<usize> {
        let mut line = HashSet::new();
        let mut next = self.commits.len().checked_sub(1);
        while let Some(at) = next {
            line.insert(at);
            next = self.commits.get(at).and_then(|row| row.parents.first()).copied();
        }
        line
    }

    fn last_version(&self, fingerprint: Fingerprint, verdict: Verdict) -> Option<&Version> {
        self.version(*self.versions_of(fingerprint, verdict).last()?)
    }

    /// The lives of everything that was ever found, the oldest first.
    pub fn lives(&self) -> impl Iterator<Item = Lifecycle> + '_ {
        let mut seen = HashSet::new();
        // What was renamed is told with what it became.
        let renamed: HashSet<u32> = self.moves.iter().map(|moved| moved.old).collect();
        let versions = self.versions.iter().enumerate();
        let versions = versions.filter(move |(index, version)| {
            !u32::try_from(*index).is_ok_and(|index| renamed.contains(&index))
                && seen.insert((version.fingerprint, version.verdict))
        });
        let mut lives: Vec<Lifecycle> =
            versions.filter_map(|(_, version)| self.life(version.fingerprint, version.verdict)).collect();
        // In which order versions became known hangs on what was known before.
        lives.sort_by(|a, b| {
            let first = |life: &Lifecycle| {
                life.events.first().map(|event| (event.commit.seconds, event.commit.id.clone()))
            };
            (first(a), &a.policy, &a.resource, a.fingerprint).cmp(&(
                first(b),
                &b.policy,
                &b.resource,
                b.fingerprint,
            ))
        });
        lives.into_iter()
    }
}

impl Row {
    /// May what seems to come here have been there before? So where history is cut, and where a file was missing that
    /// has a part in it.
    fn may_be_late(&self, version: &Version) -> bool {
        let terraform = |path: &str| {
            let kinds = [Kind::Terraform, Kind::TerraformJson, Kind::Tfvars, Kind::TfvarsJson];
            Kind::of_path(path).is_some_and(|kind| kinds.contains(&kind))
        };
        let beside = |path: &str| {
            version.resource.starts_with("terraform:")
                && folder(path) == folder(&version.path)
                && terraform(path)
        };
        let of_all = version.resource == "repository";
        let mut unsure = self.unsure.iter().map(String::as_str);
        self.cut || unsure.any(|path| path.is_empty() || of_all || path == version.path || beside(path))
    }
}

/// One finding on its way back.
struct Follow<'h> {
    history: &'h History,
    fingerprint: Fingerprint,
    verdict: Verdict,
}

impl<'h> Follow<'h> {
    fn index_at(&self, commit: usize) -> Option<u32> {
        self.history.index_at(commit, self.fingerprint, self.verdict)
    }

    fn version_at(&self, commit: usize) -> Option<&'h Version> {
        self.history.version(self.index_at(commit)?)
    }

    fn changed_between(&self, parent: usize, commit: usize) -> Option<(&'h Version, &'h Version)> {
        if self.history.same_state(parent, commit) {
            return None;
        }
        let (old, new) = (self.version_at(parent)?, self.version_at(commit)?);
        (old.message != new.message || old.severity != new.severity).then_some((old, new))
    }

    /// What it was called before, and the parent that has it by that name.
    fn moved_at(&self, commit: usize) -> Option<(usize, Fingerprint)> {
        let index = self.index_at(commit)?;
        let mut moves = self.history.moves_at(commit).filter(|moved| moved.new == index);
        let parents = &self.history.commits.get(commit)?.parents;
        moves.find_map(|moved| {
            let parent = parents
                .iter()
                .find(|parent| self.history.state(**parent).binary_search(&moved.old).is_ok())?;
            Some((*parent, self.history.version(moved.old)?.fingerprint))
        })
    }
}
