//! Findings in little memory: a record of fixed size and its text, in blocks that clones share.
//!
//! What many findings have in common (policies, paths, owners) is named by number. What only the detail shows is kept as
//! CBOR and read again when it is wanted. A million findings take some 250 bytes each.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use indexmap::IndexSet;

use crate::model::{
    Confidence, Digest, EvidencePlace, EvidenceRole, Finding, Fingerprint, Location, PolicyInfo, Position,
    Severity, Status, Verdict, WaiverRef,
};
use crate::text::{Mode, SafeText};

use super::texts::{FIELD_CAP, PolicyText};

/// Findings of one block; so many are copied when more come to a store that is shared.
pub(super) const BLOCK: usize = 4096;
/// Bytes of text after which a block is full, too.
const TEXT: usize = 64 << 20;

/// Of evidence; what policies read is no deeper.
const DEPTH: usize = 1024;

/// What many findings have in common, each once and by its number.
#[derive(Debug, Clone, Default)]
pub struct Names {
    policies: IndexSet<ByContent>,
    policy_texts: Vec<PolicyText>,
    paths: IndexSet<Arc<str>>,
    path_texts: Vec<SafeText>,
    /// Lists of owners, and of the files that a verdict was computed from.
    lists: IndexSet<Arc<[String]>>,
    /// The list named last: findings of one unit share theirs and come together.
    last: Option<(Arc<[String]>, usize)>,
}

/// A policy, found again by its id and told apart by all of it.
#[derive(Debug, Clone)]
struct ByContent(Arc<PolicyInfo>);

impl Hash for ByContent {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
    }
}

impl PartialEq for ByContent {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Eq for ByContent {}

impl Names {
    pub fn policies(&self) -> &[PolicyText] {
        &self.policy_texts
    }

    pub fn paths(&self) -> &[SafeText] {
        &self.path_texts
    }

    pub fn policy_info(&self, number: usize) -> Option<&PolicyInfo> {
        self.policies.get_index(number).map(|policy| &*policy.0)
    }

    /// By their numbers: the lists of owners, and others.
    pub fn lists(&self) -> impl Iterator<Item = &[String]> {
        self.lists.iter().map(|list| &**list)
    }

    pub fn list_at(&self, number: usize) -> &[String] {
        self.lists.get_index(number).map_or(&[], |list| list)
    }

    /// Where each policy (the worst first) and each path stands among its kind.
    pub fn ranks(&self) -> (Vec<u32>, Vec<u32>) {
        let policies: Vec<_> = self.policies.iter().map(|ByContent(policy)| policy).collect();
        let paths: Vec<&str> = self.paths.iter().map(|path| &**path).collect();
        (
            ranks(&policies, |policy| (Reverse(policy.severity), policy.id.to_string())),
            ranks(&paths, |path| *path),
        )
    }

    fn policy(&mut self, policy: &Arc<PolicyInfo>) -> u32 {
        let (at, new) = self.policies.insert_full(ByContent(Arc::clone(policy)));
        if new {
            self.policy_texts.push(PolicyText::new(policy));
        }
        number(at)
    }

    fn path(&mut self, path: &str) -> u32 {
        if let Some(at) = self.paths.get_index_of(path) {
            return number(at);
        }
        self.path_texts.push(SafeText::capped(path, Mode::Code, FIELD_CAP));
        number(self.paths.insert_full(path.into()).0)
    }

    fn list(&mut self, list: &Arc<[String]>) -> u32 {
        if let Some((_, at)) = self.last.as_ref().filter(|(last, _)| Arc::ptr_eq(last, list)) {
            return number(*at);
        }
        let at = match self.lists.get_index_of(list) {
            Some(at) => at,
            None => self.lists.insert_full(Arc::clone(list)).0,
        };
        self.last = Some((Arc::clone(list), at));
        number(at)
    }

    pub fn raw_path(&self, number: u32) -> &str {
        self.paths.get_index(number as usize).map_or("", |path| path)
    }
}

/// Where each item stands in their order; equal ones stand at the same place.
pub fn ranks<'i, T, K: Ord>(items: &'i [T], key: impl Fn(&'i T) -> K) -> Vec<u32> {
    let mut sorted: Vec<(K, usize)> = items.iter().map(key).zip(0..).collect();
    sorted.sort();
    let mut ranks = vec![0; items.len()];
    let mut rank = 0;
    for pair in 0..sorted.len() {
        let before = pair.checked_sub(1).and_then(|before| sorted.get(before));
        let Some((key, item)) = sorted.get(pair) else { continue };
        rank += u32::from(before.is_some_and(|(before, _)| before != key));
        if let Some(place) = ranks.get_mut(*item) {
            *place = rank;
        }
    }
    ranks
}

/// There are never so many.
fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The part of a finding that is of fixed size.
#[derive(Debug, Clone)]
pub struct Record {
    pub fingerprint: Fingerprint,
    pub evidence_digest: Option<Digest>,
    pub start: Position,
    pub end: Position,
    pub policy: u32,
    pub path: u32,
    pub owners: u32,
    unit_files: u32,
    /// Where in the block's text the address begins, the message, and what comes after it.
    resource: usize,
    message: usize,
    ends: usize,
    /// The end of its part of the block's rest.
    rest: usize,
    pub verdict: Verdict,
    pub severity: Severity,
    pub confidence: Confidence,
    pub status: Status,
}

/// Findings one after the other.
#[derive(Debug, Clone, Default)]
pub struct Block {
    pub records: Vec<Record>,
    text: String,
    rest: Vec<u8>,
    /// By the number in the block.
    waivers: BTreeMap<usize, Arc<WaiverRef>>,
}

/// What few findings have, or few people look at: key, places, and the evidence where there is one (CBOR cannot tell no
/// evidence from null).
type Rest = (String, Vec<Place>, Vec<serde_json::Value>);
/// Path, range, the address where it is another one, path in it, role, value.
type Place = (u32, [u32; 4], Option<String>, String, u8, String);

const ROLES: [EvidenceRole; 4] =
    [EvidenceRole::Given, EvidenceRole::Value, EvidenceRole::Missing, EvidenceRole::Member];

impl Block {
    pub fn is_full(&self) -> bool {
        self.records.len() >= BLOCK || self.text.len() + self.rest.len() >= TEXT
    }

    pub fn push(&mut self, names: &mut Names, finding: Finding) {
        let policy = names.policy(&finding.policy);
        let path = names.path(&finding.location.path);
        let unit_files = names.list(&finding.unit_files);
        let owners = names.list(&finding.owners);
        let resource = self.text.len();
        self.text.push_str(&finding.resource);
        let message = self.text.len();
        self.text.push_str(&finding.message);
        if !finding.key.is_empty() || !finding.evidence_places.is_empty() || finding.evidence.is_some() {
            let place = |place: EvidencePlace| {
                let Location { path, start, end } = place.location;
                let range = [start.line, start.column, end.line, end.column];
                let resource = Some(place.resource).filter(|resource| *resource != finding.resource);
                let role = ROLES.iter().position(|role| *role == place.role).unwrap_or_default();
                let role = u8::try_from(role).unwrap_or_default();
                (names.path(&path), range, resource, place.path, role, place.value)
            };
            let places = finding.evidence_places.into_iter().map(place).collect();
            let rest: Rest = (finding.key, places, finding.evidence.into_iter().collect());
            // Into memory, and of plain values: it cannot fail.
            let _ = ciborium::into_writer(&rest, &mut self.rest);
        }
        if let Some(waiver) = finding.waiver {
            self.waivers.insert(self.records.len(), Arc::from(waiver));
        }
        self.records.push(Record {
            fingerprint: finding.fingerprint,
            evidence_digest: finding.evidence_digest,
            start: finding.location.start,
            end: finding.location.end,
            policy,
            path,
            owners,
            unit_files,
            resource,
            message,
            ends: self.text.len(),
            rest: self.rest.len(),
            verdict: finding.verdict,
            severity: finding.severity,
            confidence: finding.confidence,
            status: finding.status,
        });
    }

    /// Gives back what growing took too much.
    pub fn shrink(&mut self) {
        self.records.shrink_to_fit();
        self.text.shrink_to_fit();
        self.rest.shrink_to_fit();
    }

    pub fn resource(&self, record: &Record) -> &str {
        self.text.get(record.resource..record.message).unwrap_or_default()
    }

    pub fn message(&self, record: &Record) -> &str {
        self.text.get(record.message..record.ends).unwrap_or_default()
    }

    pub fn waiver(&self, at: usize) -> Option<&Arc<WaiverRef>> {
        self.waivers.get(&at)
    }

    /// The finding as it was packed.
    pub fn finding(&self, at: usize, names: &Names) -> Option<Finding> {
        let record = self.records.get(at)?;
        let list = |number: u32| names.lists.get_index(number as usize).cloned().unwrap_or_default();
        let resource = self.resource(record).to_owned();
        let begins = at.checked_sub(1).and_then(|before| self.records.get(before)).map_or(0, |r| r.rest);
        let rest = self.rest.get(begins..record.rest).unwrap_or_default();
        let (key, places, evidence): Rest = if rest.is_empty() {
            Rest::default()
        } else {
            ciborium::de::from_reader_with_recursion_limit(rest, DEPTH).ok()?
        };
        let place =
            |(path, [line, column, end_line, end_column], other, inside, role, value): Place| EvidencePlace {
                location: Location {
                    path: names.raw_path(path).to_owned(),
                    start: Position { line, column },
                    end: Position { line: end_line, column: end_column },
                },
                resource: other.unwrap_or_else(|| resource.clone()),
                path: inside,
                role: ROLES.get(usize::from(role)).copied().unwrap_or(EvidenceRole::Given),
                value,
            };
        Some(Finding {
            policy: Arc::clone(&names.policies.get_index(record.policy as usize)?.0),
            verdict: record.verdict,
            severity: record.severity,
            message: self.message(record).to_owned(),
            key,
            location: Location {
                path: names.raw_path(record.path).to_owned(),
                start: record.start,
                end: record.end,
            },
            confidence: record.confidence,
            evidence_places: places.into_iter().map(place).collect(),
            resource,
            fingerprint: record.fingerprint,
            evidence: evidence.into_iter().next(),
            evidence_digest: record.evidence_digest,
            status: record.status,
            waiver: self.waiver(at).map(|waiver| Box::new(WaiverRef::clone(waiver))),
            unit_files: list(record.unit_files),
            owners: list(record.owners),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Scope;

    fn policy(id: &str, title: &str) -> Arc<PolicyInfo> {
        Arc::new(PolicyInfo {
            id: id.into(),
            title: title.into(),
            severity: Severity::High,
            scopes: vec![Scope::Resource],
            controls: Vec::new(),
            description: String::new(),
            version: 1,
            remediation: String::new(),
            related: Vec::new(),
            waivable: true,
            digest: Digest::of(title.as_bytes()),
            file: String::new(),
        })
    }

    prop_compose! {
        fn place()(path in "[a-c/]{0,4}", lines in any::<[u32; 4]>(), resource in "[rs]", inside in ".{0,8}",
            role in 0..4_usize, value in ".{0,8}") -> EvidencePlace {
            let [line, column, end, last] = lines;
            EvidencePlace {
                location: Location { path, start: Position { line, column }, end: Position { line: end, column: last } },
                resource,
                path: inside,
                role: ROLES[role],
                value,
            }
        }
    }

    fn evidence() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<u64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            ".{0,12}".prop_map(Into::into),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::vec((".{0,6}", inner), 0..4)
                    .prop_map(|pairs| serde_json::Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    prop_compose! {
        fn finding()(title in "[ab]", resource in "[rs]", message in ".{0,20}", key in "k?",
            places in prop::collection::vec(place(), 0..3), evidence in prop::option::of(evidence()),
            waived in any::<bool>(), lists in any::<[bool; 2]>(), salt in any::<u32>()) -> Finding {
            let list = |long: bool| if long { Arc::from(["@ml".to_owned(), "b".to_owned()]) } else { Arc::default() };
            Finding {
                policy: policy("P", &title),
                verdict: Verdict::Fail,
                severity: Severity::Low,
                fingerprint: Fingerprint::compute("P", &resource, &key, salt as usize),
                location: Location {
                    path: format!("{resource}.tf"),
                    start: Position { line: salt, column: 1 },
                    end: Position { line: 2, column: 3 },
                },
                message,
                resource,
                key,
                confidence: Confidence::Block,
                evidence_places: places,
                evidence,
                evidence_digest: waived.then(|| Digest::of(b"x")),
                status: if waived { Status::Waived } else { Status::Open },
                waiver: waived.then(|| Box::new(WaiverRef { id: "wv-1".into(), ..WaiverRef::default() })),
                unit_files: list(lists[0]),
                owners: list(lists[1]),
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn what_is_packed_comes_out_as_it_was(findings in prop::collection::vec(finding(), 1..8)) {
            let (mut names, mut block) = (Names::default(), Block::default());
            for finding in &findings {
                block.push(&mut names, finding.clone());
            }
            block.shrink();
            for (at, finding) in findings.iter().enumerate() {
                let unpacked = block.finding(at, &names);
                prop_assert_eq!(unpacked.as_ref(), Some(finding));
            }
        }
    }
}
