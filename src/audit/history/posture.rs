//! Posture over time: how many violations each commit has, brings and takes away.

use std::collections::{HashMap, HashSet};

use super::walk::without;
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

    /// Violations that no parent has, and those that the commit took away.
    fn change(&self, at: usize) -> (Counts, Counts) {
        let Some(row) = self.commits.get(at) else { return Default::default() };
        let own = self.state(at);
        if !row.parents.is_empty() && row.parents.iter().all(|parent| self.state(*parent) == own) {
            return Default::default();
        }
        let has = |commit: usize, print| self.index_at(commit, print, Verdict::Fail).is_some();
        let print = |index: u32| self.version(index).map(|version| version.fingerprint);
        let came: HashSet<_> = self.moves_at(at).filter_map(|moved| print(moved.new)).collect();
        let went: HashSet<_> = self.moves_at(at).filter_map(|moved| print(moved.old)).collect();
        let fresh =
            row.parents.first().map_or_else(|| own.to_vec(), |first| without(own, self.state(*first)));
        let new = self.failing(&fresh).filter(|version| {
            !came.contains(&version.fingerprint)
                && row.parents.iter().all(|parent| !has(*parent, version.fingerprint))
        });
        let mut behind = Behind { history: self, known: HashMap::new() };
        let mut fixed = Vec::new();
        for parent in &row.parents {
            let gone = without(self.state(*parent), own);
            let gone = self.failing(&gone).map(|version| version.fingerprint);
            let gone = gone.filter(|print| !has(at, *print) && !went.contains(print));
            // Where another parent has it no more, a commit behind that one fixed it.
            let left_out = gone.filter(|print| {
                let mut others = row.parents.iter().filter(|other| !has(**other, *print));
                others.all(|other| !behind.had(*other, *parent, *print))
            });
            fixed.extend(left_out.filter_map(|print| self.index_at(*parent, print, Verdict::Fail)));
        }
        (counted(new), counted(fixed.into_iter().filter_map(|index| self.version(index))))
    }

    pub(super) fn failing<'h>(&'h self, state: &'h [u32]) -> impl Iterator<Item = &'h Version> {
        state
            .iter()
            .filter_map(|index| self.version(*index))
            .filter(|version| version.verdict == Verdict::Fail)
    }
}

/// What commits have behind them, for the parents of one merge.
struct Behind<'h> {
    history: &'h History,
    /// By commit, all commits up to it: is this one behind it, or itself?
    known: HashMap<usize, Vec<bool>>,
}

impl Behind<'_> {
    /// Has `commit` behind it what `holder` has? So where a commit behind both has it, and all between that and the
    /// holder, under whatever name.
    fn had(&mut self, commit: usize, holder: usize, print: Fingerprint) -> bool {
        let history = self.history;
        let behind = self.known.entry(commit).or_insert_with(|| history.behind(commit));
        let mut seen = HashSet::from([(holder, print)]);
        let mut waiting = vec![(holder, print)];
        while let Some((at, print)) = waiting.pop() {
            if behind.get(at).copied().unwrap_or(false) {
                return true;
            }
            let holders = history.parents_with(at, print);
            waiting.extend(holders.into_iter().filter(|holder| seen.insert(*holder)));
        }
        false
    }
}

impl History {
    fn behind(&self, commit: usize) -> Vec<bool> {
        let mut behind = vec![false; commit + 1];
        let mut waiting = vec![commit];
        while let Some(at) = waiting.pop() {
            match behind.get_mut(at) {
                Some(met) if !*met => *met = true,
                _ => continue,
            }
            waiting.extend(self.commits.get(at).into_iter().flat_map(|row| &row.parents));
        }
        behind
    }

    /// The parents that have a violation of a commit, each with what it is called there.
    fn parents_with(&self, at: usize, print: Fingerprint) -> Vec<(usize, Fingerprint)> {
        let parents = self.commits.get(at).map(|row| row.parents.as_slice()).unwrap_or_default();
        let of = |index: u32| self.version(index).map(|version| version.fingerprint);
        let moves = self.moves_at(at).filter(|moved| of(moved.new) == Some(print));
        let names: Vec<Fingerprint> = moves.filter_map(|moved| of(moved.old)).chain([print]).collect();
        let has = |parent: usize, name| self.index_at(parent, name, Verdict::Fail).is_some();
        let all = parents.iter().flat_map(|parent| names.iter().map(|name| (*parent, *name)));
        all.filter(|(parent, name)| has(*parent, *name)).collect()
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
