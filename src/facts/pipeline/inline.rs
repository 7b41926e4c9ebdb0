//! One graph put in the place of a step of another, and steps that no failure holds back.

use std::collections::BTreeSet;

use super::graph::{MAX_STEPS, Pipeline, PipelineStep};

impl Pipeline {
    /// Puts `inner`, or those of its steps that `only` names, in the place of the step `at`.
    ///
    /// The inner steps keep what they are: within the inner pipeline a failing step stops the steps
    /// after it, whatever the runner tolerates. A runner that goes on after a failure, or that does
    /// not wait, leads past every inner step to what comes after it.
    pub(super) fn inline(&mut self, inner: &Pipeline, at: &str, only: Option<&BTreeSet<String>>) {
        let wanted = |id: &str| only.is_none_or(|only| only.contains(id));
        let names: Vec<&String> = inner.nodes.keys().filter(|id| wanted(id)).collect();
        if names.is_empty() {
            return;
        }
        if self.nodes.len() + names.len() > MAX_STEPS {
            let reason = format!("{} has more steps than the limit of {MAX_STEPS} leaves room for", inner.id);
            return self.cannot_follow(at, &reason);
        }
        let Some(runner) = self.nodes.remove(at) else { return };
        let after: Vec<String> = self.edges.remove(at).unwrap_or_default().into_iter().collect();
        let before: Vec<String> =
            self.edges.iter().filter(|(_, to)| to.contains(at)).map(|(id, _)| id.clone()).collect();
        for to in self.edges.values_mut() {
            to.remove(at);
        }
        let (first, last) = self.copy(inner, &names, at, runner.skipped);
        self.join(&before, &first);
        self.join(&last, &after);
        let lenient = self.lenient.iter().filter(|(from, to)| from == at || to == at).cloned();
        for edge in lenient.collect::<Vec<_>>() {
            self.lenient.remove(&edge);
            let (from, to) = edge;
            if to == at {
                self.join_leniently(&[from], &first);
            } else {
                self.join_leniently(&last, &[to]);
            }
        }
        if runner.non_blocking.is_some() {
            let steps: Vec<String> = names
                .iter()
                .filter(|id| inner.nodes.get(**id).is_some_and(|step| step.kind != "dataset"))
                .map(|id| format!("{at}>{id}"))
                .collect();
            self.join_leniently(&steps, &after);
            self.join(&before, &after);
        }
        for set in [&mut self.regardless, &mut self.only_after_success] {
            if set.remove(at) {
                set.extend(first.iter().cloned());
            }
        }
    }

    /// Copies steps in under the name of `at`; gives the first and the last of them.
    pub(super) fn copy(
        &mut self,
        inner: &Pipeline,
        names: &[&String],
        at: &str,
        skipped: bool,
    ) -> (Vec<String>, Vec<String>) {
        let chosen: BTreeSet<&str> = names.iter().map(|id| id.as_str()).collect();
        let inside = |id: &str| format!("{at}>{id}");
        for (id, step) in inner.nodes.iter().filter(|(id, _)| chosen.contains(id.as_str())) {
            let mut step = step.clone();
            if inner.fragment {
                step.taken_at = step.taken_at.map(|inner| inside(&inner));
            } else {
                step.taken_from = Some(inner.id.clone());
                step.taken_at = Some(at.to_owned());
            }
            step.skipped |= skipped && step.kind != "dataset";
            step.call = None;
            self.add(&inside(id), step);
        }
        let edge = |from: &str, to: &str| chosen.contains(from) && chosen.contains(to);
        for (from, to) in &inner.edges {
            for to in to.iter().filter(|to| edge(from, to)) {
                self.connect(&inside(from), &inside(to));
            }
        }
        for (from, to) in inner.unresolved.iter().filter(|(from, to)| edge(from, to)) {
            self.unresolved.insert((inside(from), inside(to)));
        }
        for (from, to) in inner.lenient.iter().filter(|(from, to)| edge(from, to)) {
            self.lenient.insert((inside(from), inside(to)));
        }
        for missing in &inner.missing {
            self.lacks(&inside(&missing.at), missing.reason.clone());
        }
        self.files.extend(inner.files.iter().cloned());
        let ends = inner.ends(&|id| chosen.contains(id));
        let inside = |ids: Vec<String>| ids.iter().map(|id| inside(id)).collect();
        (inside(ends.first), inside(ends.last))
    }

    /// What a step runs cannot be read: its kind stays, and what it hides stands around it.
    pub(super) fn cannot_follow(&mut self, at: &str, reason: &str) {
        self.lacks(at, reason);
        let Some(step) = self.nodes.get_mut(at) else { return };
        if step.kind == "transform" {
            step.opaque = true;
            return;
        }
        // It trains, say; what else happens in it, before and after, nobody can see here.
        let (header, waits) = (step.header, step.non_blocking.is_none());
        let name = step.name.clone();
        let (subject, path) = (step.subject.clone(), step.path.clone());
        let hidden = || PipelineStep {
            subject: subject.clone(),
            path: path.clone(),
            ..PipelineStep::unseen(&name, reason, header)
        };
        let (early, late) = (format!("{at}>before"), format!("{at}>after"));
        let mut moved = Vec::new();
        for (from, to) in &mut self.edges {
            if to.remove(at) {
                moved.push(from.clone());
            }
        }
        if !moved.is_empty() {
            self.add(&early, hidden());
            self.join(&moved, std::slice::from_ref(&early));
            self.connect(&early, at);
        }
        let after: Vec<String> = self.edges.get(at).into_iter().flatten().cloned().collect();
        if waits && !after.is_empty() {
            self.add(&late, hidden());
            self.edges.insert(at.to_owned(), BTreeSet::from([late.clone()]));
            self.join(std::slice::from_ref(&late), &after);
        }
    }

    /// Steps that run whatever failed before them can be reached past every earlier step.
    pub(super) fn open_regardless(&mut self) {
        for id in std::mem::take(&mut self.regardless) {
            for before in self.ancestors(std::slice::from_ref(&id)) {
                if self.overflow {
                    return;
                }
                let step = self.nodes.get(&before).is_some_and(|step| step.kind != "dataset");
                if step && before != id {
                    self.connect(&before, &id);
                    self.lenient.insert((before, id.clone()));
                }
            }
        }
    }
}
