//! How much the evaluation of one root may cost, whatever its files say.

use std::cell::Cell;

use super::value::Value;

/// Steps and values that every root may make, and what all roots together may make beyond that.
const ROOT_WORK: usize = 100_000;
const SHARED_WORK: usize = 300_000_000;
const MOST_WORK: usize = 3_000_000;
/// What each expression may do in any case, so that no neighbour can make a plain value unknown.
const FAIR_SHARE: usize = 200;
/// Expressions and references may nest this deep; `STACK` is made for it.
const MAX_DEPTH: usize = 1_000;
pub const STACK: usize = 64 * 1024 * 1024;
/// Values may nest this deep: what reads them is recursive.
const MAX_VALUE_DEPTH: usize = 64;
/// Parts of a value that may be looked at in one step.
const PARTS_PER_STEP: usize = 8;
/// Instances of resources and modules in one root.
pub const MAX_INSTANCES: usize = 20_000;

/// What is left of the limits of one root.
pub struct Budget {
    most: usize,
    work: Cell<usize>,
    /// An expression is under evaluation, and what it may still do.
    running: Cell<bool>,
    left: Cell<usize>,
    depth: Cell<usize>,
    instances: Cell<usize>,
}

impl Budget {
    /// For one of so many roots.
    pub fn shared_by(roots: usize) -> Self {
        let work = (ROOT_WORK + SHARED_WORK / roots.max(1)).min(MOST_WORK);
        Self {
            most: work,
            work: Cell::new(work),
            running: Cell::new(false),
            left: Cell::new(0),
            depth: Cell::new(0),
            instances: Cell::new(MAX_INSTANCES),
        }
    }

    /// Whether so much was too little, or would have been for another of so many roots: the limit decided.
    pub fn is_decided_by(roots: usize, spent: usize, most: usize) -> bool {
        let now = Self::shared_by(roots).most;
        now != most && spent >= now.min(most)
    }

    pub fn most(&self) -> usize {
        self.most
    }

    pub fn spent(&self) -> usize {
        self.most - self.work.get()
    }

    /// Runs one evaluation, or a part of one; `None` when it became too much work on the way: its parts
    /// would be many.
    pub fn whole<T>(&self, evaluate: impl FnOnce() -> T) -> Option<T> {
        if self.running.replace(true) {
            let result = evaluate();
            return (self.left.get() > 0).then_some(result);
        }
        let allowed = self.work.get().max(FAIR_SHARE);
        self.left.set(allowed);
        let result = evaluate();
        let left = self.left.get();
        self.running.set(false);
        self.work.set(self.work.get().saturating_sub(allowed - left));
        (left > 0).then_some(result)
    }

    /// Counts work; false when there was too much of it.
    pub fn spend(&self, steps: usize) -> bool {
        let left = self.left.get().saturating_sub(steps);
        self.left.set(left);
        left > 0
    }

    /// Counts the work of going through values; false when there was too much of it. What is bound to a
    /// name costs nothing to name again, however large it is: whoever goes through it pays.
    pub fn look<'v>(&self, values: impl IntoIterator<Item = &'v Value>) -> bool {
        self.spend(values.into_iter().map(extent).sum::<usize>() / PARTS_PER_STEP)
    }

    pub fn exhausted(&self) -> bool {
        self.work.get() == 0
    }

    /// One level deeper, if there is room.
    pub fn deeper<T>(&self, run: impl FnOnce() -> T) -> Option<T> {
        let depth = self.depth.get();
        if depth >= MAX_DEPTH {
            return None;
        }
        self.depth.set(depth + 1);
        let result = run();
        self.depth.set(depth);
        Some(result)
    }

    /// Takes room for so many instances, if there is.
    pub fn instances(&self, count: usize) -> bool {
        let enough = count <= self.instances.get() && !self.exhausted();
        if enough {
            self.instances.set(self.instances.get() - count);
        }
        enough
    }

    /// A value that was just made, or unknown when it is larger than is left or nests too deep.
    pub fn made(&self, value: Value) -> Value {
        let mut room = self.left.get();
        let fits = weigh(&value, &mut room, MAX_VALUE_DEPTH);
        self.left.set(room);
        if fits { value } else { Value::unknown() }
    }
}

/// Takes the size of a value from `room`; false when it does not fit or nests deeper than `depth`.
fn weigh(value: &Value, room: &mut usize, depth: usize) -> bool {
    let own = 1 + value.as_str().map_or(0, |text| text.len() / 16);
    *room = room.saturating_sub(own);
    if *room == 0 || depth == 0 {
        return false;
    }
    let known = match value {
        Value::Unknown(unknown) => unknown.attributes.as_deref(),
        other => other.entries(),
    };
    value.items().unwrap_or_default().iter().all(|item| weigh(item, room, depth - 1))
        && known.is_none_or(|entries| entries.values().all(|value| weigh(value, room, depth - 1)))
}

/// The parts of a value: a text is one for every other byte.
fn extent(value: &Value) -> usize {
    match value {
        Value::String(text) => 1 + text.len() / 2,
        other => {
            let entries = other.entries().into_iter().flat_map(|entries| entries.values());
            1 + other.items().unwrap_or_default().iter().chain(entries).map(extent).sum::<usize>()
        }
    }
}
