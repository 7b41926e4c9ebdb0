//! The findings as the screen holds them, in the order of the audit.
//!
//! They are packed; a [`Row`] is a look at one of them. Clones share all but the block that still grows, so a `State` is
//! cheap to clone. Every string that a row hands out for the screen is a `SafeText`.

mod packed;
mod texts;

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, LazyLock};

use hashbrown::HashTable;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::model::{
    Confidence, Digest, Finding, Fingerprint, Position, Severity, Status, Verdict, WaiverRef,
};
use crate::text::{Mode, SafeText};

use packed::{BLOCK, Block, Record};
use texts::FIELD_CAP;

pub use packed::{Names, ranks};
pub use texts::{PlaceText, PolicyText, SubjectText, WaiverText, evidence};

/// What identifies a row through filter, streaming and re-audit.
pub type RowKey = (Shelf, Fingerprint);

/// Verdicts that are listed, in the order of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shelf {
    #[default]
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

/// A look at one finding.
#[derive(Clone, Copy)]
pub struct Row<'s> {
    names: &'s Names,
    block: &'s Block,
    record: &'s Record,
    /// In its block.
    at: usize,
}

impl<'s> Row<'s> {
    /// All of it, for the engine only; views use the safe strings.
    pub fn finding(&self) -> Option<Arc<Finding>> {
        self.block.finding(self.at, self.names).map(Arc::new)
    }

    pub fn shelf(&self) -> Shelf {
        Shelf::of(self.record.verdict).unwrap_or(Shelf::Fail)
    }

    pub fn verdict(&self) -> Verdict {
        self.record.verdict
    }

    pub fn key(&self) -> RowKey {
        (self.shelf(), self.record.fingerprint)
    }

    pub fn fingerprint(&self) -> Fingerprint {
        self.record.fingerprint
    }

    pub fn severity(&self) -> Severity {
        self.record.severity
    }

    pub fn line(&self) -> u32 {
        self.record.start.line
    }

    /// From, and up to.
    pub fn range(&self) -> (Position, Position) {
        (self.record.start, self.record.end)
    }

    /// How its place was found.
    pub fn confidence(&self) -> Confidence {
        self.record.confidence
    }

    /// Numbers of what it shares with others, in [`Names`].
    pub fn policy_number(&self) -> usize {
        self.record.policy as usize
    }

    pub fn path_number(&self) -> usize {
        self.record.path as usize
    }

    pub fn owners_number(&self) -> usize {
        self.record.owners as usize
    }

    pub fn policy(&self) -> &'s PolicyText {
        static NONE: LazyLock<PolicyText> = LazyLock::new(PolicyText::default);
        self.names.policies().get(self.policy_number()).unwrap_or(&NONE)
    }

    pub fn policy_severity(&self) -> Severity {
        self.names.policy_info(self.policy_number()).map_or(self.severity(), |policy| policy.severity)
    }

    /// Does its policy allow waivers?
    pub fn waivable(&self) -> bool {
        self.names.policy_info(self.policy_number()).is_some_and(|policy| policy.waivable)
    }

    /// Can a waiver bind to what it rests on?
    pub fn can_be_bound(&self) -> bool {
        self.record.evidence_digest.is_some()
    }

    pub fn path(&self) -> &'s SafeText {
        static NONE: LazyLock<SafeText> = LazyLock::new(SafeText::default);
        self.names.paths().get(self.path_number()).unwrap_or(&NONE)
    }

    /// As the repository has it: for links, not to show.
    pub fn raw_path(&self) -> &'s str {
        self.names.raw_path(self.record.path)
    }

    /// Who owns it, as the repository has it.
    pub fn raw_owners(&self) -> &'s [String] {
        self.names.list_at(self.owners_number())
    }

    /// All owners as one name; empty where nobody is named.
    pub fn owners(&self) -> SafeText {
        SafeText::new(&self.raw_owners().join(" "))
    }

    /// As the repository has it: to look in, not to show.
    pub fn raw_resource(&self) -> &'s str {
        self.block.resource(self.record)
    }

    /// As the policy has it: to look in, not to show.
    pub fn raw_message(&self) -> &'s str {
        self.block.message(self.record)
    }

    pub fn message(&self) -> SafeText {
        SafeText::capped(self.raw_message(), Mode::Prose, FIELD_CAP)
    }

    pub fn resource(&self) -> SafeText {
        SafeText::capped(self.raw_resource(), Mode::Code, FIELD_CAP)
    }

    /// `path:line`
    pub fn location(&self) -> SafeText {
        self.path().clone().with(&format!(":{}", self.line()))
    }

    pub fn waiver(&self) -> Option<WaiverText> {
        self.waiver_ref().map(WaiverText::new)
    }

    fn waiver_ref(&self) -> Option<&'s WaiverRef> {
        self.block.waiver(self.at).map(|waiver| &**waiver)
    }

    pub fn has_waiver(&self) -> bool {
        self.waiver_ref().is_some()
    }

    /// Of what a review is bound to: the policy, what it rests on, and what it says.
    pub fn content(&self) -> Digest {
        let policy = self.names.policy_info(self.policy_number());
        let policy = policy.map(|policy| policy.digest.hex()).unwrap_or_default();
        let evidence = self.record.evidence_digest.map(|digest| digest.hex()).unwrap_or_default();
        let parts = [policy.as_str(), &evidence, self.severity().as_str(), self.raw_message()].join("\n");
        Digest::of(parts.as_bytes())
    }

    pub fn waived(&self) -> bool {
        self.record.status == Status::Waived
    }

    /// What stands in the status column.
    pub fn status_word(&self) -> SafeText {
        match (self.shelf(), self.waiver_ref()) {
            (Shelf::Review, _) => SafeText::new("review"),
            (Shelf::Inconclusive, _) => SafeText::new("inconclusive"),
            _ if self.waived() => SafeText::new("waived"),
            (Shelf::Fail, Some(waiver)) if waiver.state != "active" => SafeText::new(&waiver.state),
            _ => SafeText::new("open"),
        }
    }
}

/// How many there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    /// Open and waived failures, by [`Severity::ALL`].
    failed: [(usize, usize); 4],
    inconclusive: usize,
    review: usize,
}

impl Tally {
    fn add(&mut self, on: Shelf, severity: Severity, is_waived: bool) {
        match on {
            Shelf::Inconclusive => self.inconclusive += 1,
            Shelf::Review => self.review += 1,
            Shelf::Fail => {
                for (level, (open, waived)) in Severity::ALL.iter().zip(&mut self.failed) {
                    let count = if is_waived { waived } else { open };
                    *count += usize::from(*level == severity);
                }
            }
        }
    }
}

/// All rows, sorted: shelf, then severity, policy, path, line, fingerprint.
#[derive(Debug, Clone, Default)]
pub struct Store {
    names: Arc<Names>,
    blocks: Vec<Arc<Block>>,
    /// The rows' slots in their order; a slot is the block's number times [`BLOCK`] and the number in it.
    order: Vec<u32>,
    /// Slots by [`RowKey`].
    index: HashTable<u32>,
    hasher: RandomState,
    tally: Tally,
}

impl PartialEq for Store {
    fn eq(&self, other: &Self) -> bool {
        let findings = |store: &Self| store.iter().map(|row| row.finding()).collect::<Vec<_>>();
        std::ptr::eq(self, other) || self.len() == other.len() && findings(self) == findings(other)
    }
}

impl Store {
    /// Adds what is not there yet. The worker calls it with what the audit hands over.
    pub fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            let Some(on) = Shelf::of(finding.verdict) else { continue };
            if self.slot((on, finding.fingerprint)).is_some() {
                continue;
            }
            if self.blocks.last().is_none_or(|block| block.is_full()) {
                if let Some(full) = self.blocks.last_mut() {
                    Arc::make_mut(full).shrink();
                }
                self.blocks.push(Arc::default());
            }
            let number = self.blocks.len() - 1;
            let Some(block) = self.blocks.last_mut() else { continue };
            let Ok(slot) = u32::try_from(number * BLOCK + block.records.len()) else { continue };
            self.tally.add(on, finding.severity, finding.status == Status::Waived);
            Arc::make_mut(block).push(Arc::make_mut(&mut self.names), finding);
            let (blocks, hasher) = (&self.blocks, &self.hasher);
            let hash = |slot: &u32| hasher.hash_one(record(blocks, *slot).and_then(key_of));
            self.index.insert_unique(hash(&slot), slot, hash);
            self.order.push(slot);
        }
        self.sort();
    }

    fn sort(&mut self) {
        let (policies, paths) = self.names.ranks();
        let rank = |ranks: &[u32], number: u32| ranks.get(number as usize).copied().unwrap_or_default();
        let blocks = &self.blocks;
        // What differs most in few bits; the rest is looked up for what is alike.
        let key = |slot: &u32| {
            let record = record(blocks, *slot)?;
            let on = Shelf::of(record.verdict)?;
            let worst_first = 3 - record.severity as u64;
            let waived = u64::from(record.status == Status::Waived);
            let policy = u64::from(rank(&policies, record.policy));
            let first = (on as u64) << 60 | policy << 8 | worst_first << 1 | waived;
            let place = u64::from(rank(&paths, record.path)) << 32 | u64::from(record.start.line);
            Some((first, place))
        };
        let mut keyed: Vec<_> = self.order.par_iter().map(|slot| (key(slot), *slot)).collect();
        let rest =
            |slot: u32| record(blocks, slot).map(|record| (record.start, record.end, record.fingerprint));
        keyed.par_sort_unstable_by(|(a, one), (b, other)| {
            a.cmp(b).then_with(|| rest(*one).cmp(&rest(*other)))
        });
        self.order = keyed.into_iter().map(|(_, slot)| slot).collect();
    }

    pub fn len(&self) -> usize {
        self.order.len()
    }

    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub fn get(&self, at: usize) -> Option<Row<'_>> {
        self.row(*self.order.get(at)?)
    }

    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.order.iter().filter_map(|slot| self.row(*slot))
    }

    pub fn find(&self, key: RowKey) -> Option<Row<'_>> {
        self.row(self.slot(key)?)
    }

    /// For which number [`Store::get`] gives it.
    pub fn place(&self, key: RowKey) -> Option<usize> {
        let slot = self.slot(key)?;
        self.order.iter().position(|known| *known == slot)
    }

    /// For every row, in their order, what `ask` makes of it. Rows that are stored together are asked together.
    pub fn each<T: Copy + Default + Send + Sync>(&self, ask: impl Fn(Row<'_>) -> T + Sync) -> Vec<T> {
        self.each_with(|| (), |(), row| ask(row))
    }

    /// As [`each`](Self::each), with a tool that is made for each block.
    pub fn each_with<M, T: Copy + Default + Send + Sync>(
        &self,
        tool: impl Fn() -> M + Sync,
        ask: impl Fn(&M, Row<'_>) -> T + Sync,
    ) -> Vec<T> {
        let of_block = |block: &Arc<Block>| -> Vec<T> {
            let tool = tool();
            let rows = block.records.iter().enumerate();
            rows.map(|(at, record)| ask(&tool, Row { names: &self.names, block, record, at })).collect()
        };
        let answers: Vec<Vec<T>> = self.blocks.par_iter().map(of_block).collect();
        let of = |slot: &u32| {
            let (block, at) = (*slot as usize / BLOCK, *slot as usize % BLOCK);
            answers.get(block).and_then(|block| block.get(at)).copied().unwrap_or_default()
        };
        self.order.iter().map(of).collect()
    }

    pub fn names(&self) -> &Names {
        &self.names
    }

    pub fn policies(&self) -> &[PolicyText] {
        self.names.policies()
    }

    pub fn count(&self, on: Shelf) -> usize {
        match on {
            Shelf::Fail => self.open() + self.waived(),
            Shelf::Inconclusive => self.tally.inconclusive,
            Shelf::Review => self.tally.review,
        }
    }

    pub fn open(&self) -> usize {
        self.tally.failed.iter().map(|(open, _)| open).sum()
    }

    pub fn waived(&self) -> usize {
        self.tally.failed.iter().map(|(_, waived)| waived).sum()
    }

    /// Open and waived failures of one severity.
    pub fn by_severity(&self, severity: Severity) -> (usize, usize) {
        let mut levels = Severity::ALL.iter().zip(self.tally.failed);
        levels.find(|(level, _)| **level == severity).map(|(_, counts)| counts).unwrap_or_default()
    }

    fn slot(&self, key: RowKey) -> Option<u32> {
        let is = |slot: &u32| record(&self.blocks, *slot).and_then(key_of) == Some(key);
        self.index.find(self.hasher.hash_one(Some(key)), is).copied()
    }

    fn row(&self, slot: u32) -> Option<Row<'_>> {
        let (block, at) = (self.blocks.get(slot as usize / BLOCK)?, slot as usize % BLOCK);
        Some(Row { names: &self.names, block, record: block.records.get(at)?, at })
    }
}

fn record(blocks: &[Arc<Block>], slot: u32) -> Option<&Record> {
    blocks.get(slot as usize / BLOCK)?.records.get(slot as usize % BLOCK)
}

fn key_of(record: &Record) -> Option<RowKey> {
    Some((Shelf::of(record.verdict)?, record.fingerprint))
}
