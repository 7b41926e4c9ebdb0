//! What a policy would have flagged, had it been there all the time.

use std::collections::{BTreeMap, BTreeSet};

use super::History;
use crate::model::{Backtest, Difference, Happening, Lifecycle, PolicyId, Verdict};

impl History {
    /// Sums up what one policy found. A fix counts as quick when it came within so many days.
    pub fn backtest(&self, policy: &PolicyId, title: &str, within_days: u32) -> Backtest {
        let lives: Vec<Lifecycle> = self.flagged(policy).collect();
        let quick = i64::from(within_days) * 86_400;
        let begun = lives
            .iter()
            .flat_map(|life| &life.events)
            .filter(|event| matches!(event.what, Happening::Introduced | Happening::Reintroduced));
        let mut by_month: BTreeMap<String, usize> = BTreeMap::new();
        for event in begun.clone() {
            let month = event.commit.date.get(..7).unwrap_or(&event.commit.date);
            *by_month.entry(month.to_owned()).or_default() += 1;
        }
        let fixed: Vec<i64> = lives.iter().filter_map(|life| life.seconds_to_fix).collect();
        Backtest {
            policy: policy.clone(),
            title: title.to_owned(),
            commits: self.commits.len(),
            found: lives.len(),
            first: begun.min_by_key(|event| (event.commit.seconds, &event.commit.id)).cloned(),
            by_month,
            open: lives.iter().filter(|life| life.open).count(),
            fixed: fixed.len(),
            fixed_within: fixed.iter().filter(|seconds| **seconds <= quick).count(),
            within_days,
            not_evaluated: self.commits.iter().filter(|row| row.not_evaluated > 0).count(),
            notes: self.notes.clone(),
        }
    }

    /// What two policies, each with its history, flag at the newest commit, by what it is about.
    pub fn difference(&self, policy: &PolicyId, other: &History, others: &PolicyId) -> Difference {
        let flags = |history: &History, policy: &PolicyId| -> BTreeSet<String> {
            let newest = history.commits.len().saturating_sub(1);
            let found =
                history.at(newest).filter(|version| is_flag(version.verdict) && version.policy == *policy);
            found.map(|version| version.resource.clone()).collect()
        };
        let (first, second) = (flags(self, policy), flags(other, others));
        Difference {
            both: first.intersection(&second).count(),
            only_first: first.difference(&second).cloned().collect(),
            only_second: second.difference(&first).cloned().collect(),
        }
    }

    fn flagged(&self, policy: &PolicyId) -> impl Iterator<Item = Lifecycle> + '_ {
        let policy = policy.clone();
        self.lives().filter(move |life| life.policy == policy && is_flag(life.verdict))
    }
}

/// A violation, or what a person is asked to look at.
fn is_flag(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Review)
}
