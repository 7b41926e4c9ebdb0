//! Which edges lead around a gate, and which only seem to.
//!
//! ```text
//!   train ──> fairness ──> register        register takes the model from train, and waits for
//!     └───────────────────────^            fairness too: the lower edge is no way around the gate
//! ```
//! The policies ask what can be reached once the gates are taken out, so any edge counts as a way. A
//! step starts when *all* steps before it have succeeded, though: an edge to a step that also waits for
//! a gate after the same training leads around nothing, and is taken out. Where the gate is only a part
//! that cannot be read, the edge becomes unresolved instead. Edges that hold nothing back (`always()`)
//! and edges on a way to training, where data flow, all stay.

use std::collections::BTreeSet;

use super::graph::Pipeline;

/// Gates that are looked at; the edges around further ones all stay, which errs towards a finding.
const MAX_GATES: usize = 500;

/// A graph of numbers.
struct Graph<'a> {
    ids: Vec<&'a str>,
    after: Vec<BTreeSet<usize>>,
    before: Vec<BTreeSet<usize>>,
    /// Edges that hold nothing back.
    lenient: BTreeSet<(usize, usize)>,
}

impl<'a> Graph<'a> {
    fn of(pipeline: &'a Pipeline) -> Self {
        let ids: Vec<&str> = pipeline.nodes.keys().map(String::as_str).collect();
        let at = |id: &String| ids.binary_search(&id.as_str()).ok();
        let mut graph = Self {
            after: vec![BTreeSet::new(); ids.len()],
            before: vec![BTreeSet::new(); ids.len()],
            lenient: BTreeSet::new(),
            ids: ids.clone(),
        };
        for (from, to) in pipeline.edges.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to))) {
            if let (Some(from), Some(to)) = (at(from), at(to)) {
                graph.after.get_mut(from).map(|set| set.insert(to));
                graph.before.get_mut(to).map(|set| set.insert(from));
            }
        }
        let lenient = pipeline.lenient.iter().filter_map(|(from, to)| Some((at(from)?, at(to)?)));
        graph.lenient = lenient.collect();
        graph
    }

    /// What is reached from `start`, itself included.
    fn reach(&self, start: &[usize], back: bool, held: bool) -> Vec<bool> {
        let edges = if back { &self.before } else { &self.after };
        let mut seen = vec![false; self.ids.len()];
        let mut queue = Vec::new();
        let visit = |id: usize, seen: &mut Vec<bool>, queue: &mut Vec<usize>| {
            if let Some(known) = seen.get_mut(id).filter(|known| !**known) {
                *known = true;
                queue.push(id);
            }
        };
        for id in start {
            visit(*id, &mut seen, &mut queue);
        }
        while let Some(id) = queue.pop() {
            for next in edges.get(id).into_iter().flatten() {
                if !(held && self.lenient.contains(&(id, *next))) {
                    visit(*next, &mut seen, &mut queue);
                }
            }
        }
        seen
    }
}

/// Takes out the edges that only seem to lead around a gate.
pub fn settle(pipeline: &mut Pipeline) {
    let mut graph = Graph::of(pipeline);
    let step = |id: usize| graph.ids.get(id).and_then(|id| pipeline.nodes.get(*id));
    let training: Vec<usize> =
        (0..graph.ids.len()).filter(|id| step(*id).is_some_and(|step| step.kind == "train")).collect();
    // What surely gates goes first: what it holds back needs no other gate.
    let mut gates: Vec<(bool, bool, bool, usize)> = (0..graph.ids.len())
        .filter_map(|id| {
            let step = step(id)?;
            let hidden = step.opaque && step.kind != "train";
            let idle = step.non_blocking.is_some() || step.skipped;
            (step.kind == "fairness" || hidden).then_some((step.kind != "fairness", idle, step.weak, id))
        })
        .collect();
    gates.sort_unstable();
    if training.is_empty() {
        return;
    }
    let before_training = graph.reach(&training, true, false);
    let doubtful: BTreeSet<&str> = pipeline.unresolved.iter().map(|(_, to)| to.as_str()).collect();
    let is = |set: &[bool], id: usize| set.get(id).copied().unwrap_or(false);
    let (mut removed, mut unresolved) = (Vec::new(), Vec::new());
    for (hidden, _, _, gate) in gates.into_iter().take(MAX_GATES) {
        let earlier = graph.reach(&[gate], true, false);
        let (judged, other): (Vec<usize>, Vec<usize>) = training.iter().partition(|id| is(&earlier, **id));
        if judged.is_empty() {
            continue;
        }
        let models = graph.reach(&judged, false, false);
        let others = graph.reach(&other, false, false);
        let held = graph.reach(&[gate], false, true);
        let mut around = Vec::new();
        for (to, from) in
            graph.before.iter().enumerate().flat_map(|(to, all)| all.iter().map(move |f| (to, *f)))
        {
            let waits =
                is(&held, to) && to != gate && !is(&held, from) && !graph.lenient.contains(&(from, to));
            if waits && !is(&before_training, to) && is(&models, from) && !is(&others, from) {
                around.push((from, to));
            }
        }
        for (from, to) in around {
            let (Some(a), Some(b)) = (graph.ids.get(from), graph.ids.get(to)) else { continue };
            let edge = ((*a).to_owned(), (*b).to_owned());
            if hidden || doubtful.contains(*b) {
                unresolved.push(edge);
                continue;
            }
            graph.after.get_mut(from).map(|set| set.remove(&to));
            graph.before.get_mut(to).map(|set| set.remove(&from));
            removed.push(edge);
        }
    }
    pipeline.settled.extend(unresolved.iter().chain(&removed).cloned());
    pipeline.unresolved.extend(unresolved);
    for (from, to) in removed {
        pipeline.unresolved.remove(&(from.clone(), to.clone()));
        if let Some(after) = pipeline.edges.get_mut(&from) {
            after.remove(&to);
        }
    }
}
