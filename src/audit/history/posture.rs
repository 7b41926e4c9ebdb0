//! Posture over time: how many violations each commit has, brings and takes away.

use std::collections::HashSet;

use super::{History, Version};
use crate::audit::past::pull_request_of;
use crate::model::{Counts, Fingerprint, PostureLine, Verdict};

impl History {
    /// A line for each commit, the oldest first. Only violations count, those that are waived too.
    pub fn posture(&self) -> Vec<PostureLine> {
        let mut lines = Vec::with_capacity(self.commits.len());
        let mut open_of_state: Vec<Option<Counts>> = vec![None; self.states.len()];
        for (at, row) in self.commits.iter().enumerate() {
            let (new, fixed) = self.change(at);
            let open = open_of_state.get(row.state).copied().flatten();
            let open = open.unwrap_or_else(|| counted(self.failing(self.state(at))));
            if let Some(slot) = open_of_state.get_mut(row.state) {
                *slot = Some(open);
            }
            lines.push(PostureLine {
                commit: row.info.clone(),
                merge: row.parents.len() > 1,
                pull_request: pull_request_of(&row.info.subject),
                new,
                fixed,
                open,
                not_evaluated: row.not_evaluated,
                unparsed: row.unparsed,
            });
        }
        lines
    }

    /// Violations that no parent has, and those that every parent has and the commit has not.
    fn change(&self, at: usize) -> (Counts, Counts) {
        let Some(row) = self.commits.get(at) else { return Default::default() };
        let parents: Vec<&[u32]> = row.parents.iter().map(|parent| self.state(*parent)).collect();
        let own = self.state(at);
        if parents.contains(&own) {
            return Default::default();
        }
        let prints =
            |state: &[u32]| self.failing(state).map(|v| v.fingerprint).collect::<HashSet<Fingerprint>>();
        let before: Vec<HashSet<Fingerprint>> = parents.iter().map(|state| prints(state)).collect();
        let now = prints(own);
        let moves: Vec<_> = self.moves.iter().filter(|moved| moved.commit == at).collect();
        let print = |index: u32| self.version(index).map(|version| version.fingerprint);
        let came: HashSet<_> = moves.iter().filter_map(|moved| print(moved.new)).collect();
        let went: HashSet<_> = moves.iter().filter_map(|moved| print(moved.old)).collect();
        let new = self.failing(own).filter(|version| {
            before.iter().all(|before| !before.contains(&version.fingerprint))
                && !came.contains(&version.fingerprint)
        });
        let fixed = parents.first().map(|first| {
            let gone = self.failing(first).filter(|version| {
                !now.contains(&version.fingerprint)
                    && before.iter().all(|before| before.contains(&version.fingerprint))
                    && !went.contains(&version.fingerprint)
            });
            counted(gone)
        });
        (counted(new), fixed.unwrap_or_default())
    }

    pub(super) fn failing<'h>(&'h self, state: &'h [u32]) -> impl Iterator<Item = &'h Version> {
        state
            .iter()
            .filter_map(|index| self.version(*index))
            .filter(|version| version.verdict == Verdict::Fail)
    }
}

fn counted<'v>(versions: impl Iterator<Item = &'v Version>) -> Counts {
    let mut counts = Counts::default();
    let mut seen = HashSet::new();
    for version in versions {
        if seen.insert(version.fingerprint) {
            counts.add(version.severity);
        }
    }
    counts
}
