//! Verdicts of one snapshot after another: what was judged before is not judged again.
//!
//! ```text
//!   documents ──> parts of the facts ──> what policies say of each ──> findings by policy
//!                 same part: same word    same input, nothing found: nothing found
//! ```
//! The findings are those that `judge` gives for the same snapshot; a test holds that. Their lines are the
//! snapshot's own, too: beyond a part only that nothing was found is remembered, never where something was.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::{Value as Json, json};

use super::judge::{Rank, is_concerned, judge_unit, named_types, number, reads_of};
use super::locate::Texts;
use crate::facts::{
    Assembly, Basis, Facts, Given, Kinds, Part, Pipeline, Reads, Shape, Shown, Surroundings, Unit, View,
    is_listed, units,
};
use crate::model::{Digest, Finding, NotEvaluated, PolicyId, Scope, Verdict};
use crate::policy::{Case, Params, Policy, Refusal};
use crate::source::{Document, Kind};

/// Units of which it is remembered that nothing was found.
const MAX_CLEAN: usize = 400_000;

/// What a set of policies says of the last snapshot that it was shown.
pub struct Verdicts<'p> {
    loaded: Vec<&'p Policy>,
    /// The policies with the snapshot's own parameters.
    policies: Vec<Policy>,
    params: Option<Params>,
    views: Vec<View>,
    assembly: Assembly,
    facts: Facts,
    /// Resource types, and whether a policy that wants only those it names wants them.
    types: BTreeMap<String, bool>,
    groups: HashMap<Key, Arc<Group>>,
    /// By the digest of a unit, the policies that found nothing in it.
    clean: HashMap<Digest, Numbers>,
    /// Of the units that are made of everything, by policy.
    whole: Vec<Found>,
    surroundings: Surroundings,
    /// Of the resources that an input of many holds.
    given: BTreeMap<Given, Digest>,
    /// By policy.
    findings: Vec<Arc<Vec<Finding>>>,
    refused: Vec<Option<NotEvaluated>>,
}

/// What of a snapshot is judged by itself, named by where it lies in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Part(usize),
    Document(usize),
    Pipelines(usize),
}

/// What a key names: while it is held, nothing else can lie there.
#[derive(Clone)]
enum Holder {
    Part(Arc<Part>),
    Document(Arc<Document>),
    Pipelines(Arc<Vec<Pipeline>>),
}

impl Holder {
    fn key(&self) -> Key {
        match self {
            Holder::Part(part) => Key::Part(Arc::as_ptr(part).addr()),
            Holder::Document(document) => Key::Document(Arc::as_ptr(document).addr()),
            Holder::Pipelines(pipelines) => Key::Pipelines(Arc::as_ptr(pipelines).addr()),
        }
    }
}

struct Group {
    holder: Holder,
    /// By policy; most have nothing to say.
    found: Vec<(usize, Found)>,
    /// Of what an input of many resources holds of it.
    given: BTreeMap<Given, Digest>,
}

/// What one policy says of something.
#[derive(Debug, Clone, Default)]
struct Found {
    findings: Vec<(Rank, Finding)>,
    refusal: Option<Refusal>,
}

impl Found {
    fn is_nothing(&self) -> bool {
        self.findings.is_empty() && self.refusal.is_none()
    }
}

/// A set of small numbers.
#[derive(Debug, Clone, Default)]
struct Numbers(Vec<u64>);

impl Numbers {
    fn insert(&mut self, number: usize) {
        let word = number / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (number % 64);
        }
    }

    fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|bits| bits & (1 << (number % 64)) != 0)
    }
}

impl<'p> Verdicts<'p> {
    pub fn new(policies: &[&'p Policy]) -> Self {
        let views: BTreeSet<View> = policies.iter().flat_map(|policy| policy.views()).collect();
        Self {
            loaded: policies.to_vec(),
            policies: Vec::new(),
            params: None,
            views: views.into_iter().collect(),
            assembly: Assembly::default(),
            facts: Facts::default(),
            types: BTreeMap::new(),
            groups: HashMap::new(),
            clean: HashMap::new(),
            whole: vec![Found::default(); policies.len()],
            surroundings: Surroundings::default(),
            given: BTreeMap::new(),
            findings: vec![Arc::default(); policies.len()],
            refused: vec![None; policies.len()],
        }
    }

    /// The findings of each policy in the last snapshot, sorted as `judge` sorts them within one policy.
    pub fn findings(&self) -> &[Arc<Vec<Finding>>] {
        &self.findings
    }

    /// Why a policy could not be evaluated over all of the last snapshot.
    pub fn refused(&self) -> &[Option<NotEvaluated>] {
        &self.refused
    }

    /// Their ids, by number.
    pub fn ids(&self) -> Vec<PolicyId> {
        self.loaded.iter().map(|policy| policy.info.id.clone()).collect()
    }

    /// Judges a snapshot. Gives the policies that say something else than of the one before.
    pub fn show(&mut self, documents: &[Arc<Document>], surroundings: &Surroundings) -> BTreeSet<usize> {
        let mut changed = self.set_parameters(documents);
        let before = std::mem::take(&mut self.facts);
        self.facts = self.assembly.facts(documents);
        if self.learn_types() {
            // Another type is wanted: inputs of many resources may hold more.
            changed.extend(self.keep(|group| !matches!(group.holder, Holder::Part(_))));
        }
        changed.extend(self.drop_rejoined(&before));
        let texts: Texts<'_> =
            documents.iter().map(|document| (document.path.as_str(), &document.text)).collect();
        let holders = self.holders(documents);
        let keys: HashMap<Key, &Holder> = holders.iter().map(|holder| (holder.key(), holder)).collect();
        changed.extend(self.keep(|group| keys.contains_key(&group.holder.key())));
        let new: Vec<&Holder> = keys
            .iter()
            .filter(|(key, _)| !self.groups.contains_key(key))
            .map(|(_, holder)| *holder)
            .collect();
        let judged: Vec<_> =
            new.par_iter().map(|holder| self.judge_group(holder, documents, &texts)).collect();
        for (group, clean) in judged {
            changed.extend(group.said());
            self.groups.insert(group.holder.key(), Arc::new(group));
            self.remember(clean);
        }
        let members = self.changed_members(&before, surroundings);
        changed.extend(self.judge_wholes(members.as_ref(), documents, surroundings, &texts));
        self.surroundings = surroundings.clone();
        for policy in &changed {
            self.collect(*policy);
        }
        changed
    }

    /// Where the snapshot's own parameters are others, everything is judged again.
    fn set_parameters(&mut self, documents: &[Arc<Document>]) -> BTreeSet<usize> {
        let (params, _) = Params::of(documents.iter().map(AsRef::as_ref));
        if self.params.as_ref() == Some(&params) {
            return BTreeSet::new();
        }
        self.policies = self.loaded.iter().map(|policy| policy.with(&params)).collect();
        self.params = Some(params);
        self.types.clear();
        self.groups.clear();
        self.clean.clear();
        self.given.clear();
        (0..self.loaded.len()).collect()
    }

    /// Looks at types that were not met before; true when one of them is wanted.
    fn learn_types(&mut self) -> bool {
        if !self.views.iter().any(|view| view.given == Given::Named) {
            return false;
        }
        let kinds = self.facts.resources.iter().map(|resource| resource.kind.as_str());
        let new: BTreeSet<&str> = kinds.filter(|kind| !self.types.contains_key(*kind)).collect();
        if new.is_empty() {
            return false;
        }
        let named = named_types(&new, &self.policies);
        let any = !named.is_empty();
        let learnt: Vec<_> = new.into_iter().map(|kind| (kind.to_owned(), named.contains(kind))).collect();
        self.types.extend(learnt);
        any
    }

    /// What is joined with others than before, or belongs to another system, is judged again.
    fn drop_rejoined(&mut self, before: &Facts) -> BTreeSet<usize> {
        if !Arc::ptr_eq(&before.systems, &self.facts.systems) {
            return self.keep(|group| matches!(group.holder, Holder::Document(_)));
        }
        let (old, new) = (&before.joins, self.facts.joins.clone());
        if Arc::ptr_eq(old, &new) {
            return BTreeSet::new();
        }
        self.keep(|group| match &group.holder {
            Holder::Part(part) => {
                part.resources.iter().all(|resource| old.says_the_same(&new, &resource.subject))
            }
            _ => true,
        })
    }

    /// Forgets the other groups. Gives the policies that had something to say of them.
    fn keep(&mut self, keep: impl Fn(&Group) -> bool) -> BTreeSet<usize> {
        let gone = self.groups.extract_if(|_, group| !keep(group));
        gone.flat_map(|(_, group)| group.said().collect::<Vec<_>>()).collect()
    }

    fn holders(&self, documents: &[Arc<Document>]) -> Vec<Holder> {
        let parts = self.facts.parts.iter().filter(|part| !part.resources.is_empty());
        let mut holders: Vec<Holder> = parts.cloned().map(Holder::Part).collect();
        if !self.facts.pipelines.is_empty() {
            holders.push(Holder::Pipelines(self.facts.pipelines.clone()));
        }
        let wanted: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| self.wants_documents(*kind)).collect();
        let documents = documents.iter().filter(|document| wanted.contains(&document.kind));
        holders.extend(documents.cloned().map(Holder::Document));
        holders
    }

    fn wants_documents(&self, kind: Kind) -> bool {
        let kinds = vec![kind.as_str().to_owned()];
        self.policies.iter().any(|policy| policy.selects(Scope::Document, &kinds))
    }

    fn judge_group(
        &self,
        holder: &Holder,
        documents: &[Arc<Document>],
        texts: &Texts<'_>,
    ) -> (Group, Vec<(Digest, usize)>) {
        let nothing = Surroundings::default();
        let own = self.facts_of(holder);
        let one;
        let documents = match holder {
            Holder::Document(document) => {
                one = [document.clone()];
                &one
            }
            _ => documents,
        };
        let mut group = Group { holder: holder.clone(), found: Vec::new(), given: BTreeMap::new() };
        let mut clean = Vec::new();
        for view in self.views.iter().filter(|view| holder.is_of(**view)) {
            let types = self.named();
            let basis = Basis {
                facts: &own,
                documents,
                surroundings: &nothing,
                reads: &Reads::Everything,
                given: view.given,
                types: &types,
            };
            self.judge_units(*view, &basis, texts, &mut group.found, &mut clean);
        }
        group.found.retain(|(_, found)| !found.is_nothing());
        if let Holder::Part(part) = holder {
            let each = Given::EACH.into_iter();
            group.given = each.filter_map(|given| Some((given, self.given_of(part, given, &own)?))).collect();
        }
        (group, clean)
    }

    /// The digest of what an input of many holds of a part; `None` where that is nothing, or nobody asks.
    fn given_of(&self, part: &Part, given: Given, facts: &Facts) -> Option<Digest> {
        let asked = self.views.iter().any(|view| is_whole(*view) && view.given == given);
        let named = |kind: &str| self.types.get(kind).copied().unwrap_or(false);
        let given = part.resources.iter().filter(|resource| asked && given.holds(resource, &named));
        let given: Vec<Shown<'_>> = given.map(|resource| Shown { resource, facts }).collect();
        (!given.is_empty()).then(|| Digest::of_written(&given))
    }

    /// The facts as if only a part of them were there, with what holds for all.
    fn facts_of(&self, holder: &Holder) -> Facts {
        let facts = &self.facts;
        let resources = match holder {
            Holder::Part(part) => part.resources.clone(),
            Holder::Document(_) | Holder::Pipelines(_) => Vec::new(),
        };
        let pipelines = match holder {
            Holder::Pipelines(pipelines) => pipelines.clone(),
            Holder::Part(_) | Holder::Document(_) => Arc::default(),
        };
        Facts {
            resources,
            pipelines,
            systems: facts.systems.clone(),
            plans: facts.plans.clone(),
            documents: facts.documents.clone(),
            metrics: facts.metrics.clone(),
            images: facts.images.clone(),
            packages: facts.packages.clone(),
            owners: facts.owners.clone(),
            joins: facts.joins.clone(),
            ..Facts::default()
        }
    }

    fn named(&self) -> BTreeSet<String> {
        self.types.iter().filter(|(_, named)| **named).map(|(kind, _)| kind.clone()).collect()
    }

    /// What the policies of a view say of its units.
    fn judge_units(
        &self,
        view: View,
        basis: &Basis<'_>,
        texts: &Texts<'_>,
        found: &mut Vec<(usize, Found)>,
        clean: &mut Vec<(Digest, usize)>,
    ) {
        let viewing: Vec<(usize, &Policy)> =
            self.policies.iter().enumerate().filter(|(_, p)| p.views().any(|other| other == view)).collect();
        let wanted = |kinds: &Kinds| viewing.iter().any(|(_, policy)| policy.selects(view.scope, kinds));
        for unit in units(view, basis, &wanted) {
            let digest = digest_of(view, &unit);
            let known = self.clean.get(&digest);
            let judged = Case::new(unit);
            for (number, policy) in &viewing {
                if !policy.selects(view.scope, &judged.unit.kinds)
                    || known.is_some_and(|known| known.contains(*number))
                {
                    continue;
                }
                let said = say(policy, &judged, texts);
                if said.is_nothing() {
                    clean.push((digest, *number));
                }
                add(found, *number, said);
            }
        }
    }

    fn remember(&mut self, clean: Vec<(Digest, usize)>) {
        if self.clean.len() > MAX_CLEAN {
            self.clean.clear();
        }
        for (digest, policy) in clean {
            self.clean.entry(digest).or_default().insert(policy);
        }
    }

    /// The members of the repository's input that are not as they were; `None` where everything may be another.
    fn changed_members(&mut self, before: &Facts, surroundings: &Surroundings) -> Option<BTreeSet<String>> {
        let mut changed = BTreeSet::new();
        let mut add = |name: &str, is: bool| {
            if is {
                changed.insert(name.to_owned());
            }
        };
        let (facts, old, new) = (&self.facts, &self.surroundings, surroundings);
        let edits = self.assembly.changes();
        let touches = |matters: &dyn Fn(&str) -> bool| edits.iter().any(|edit| matters(edit.path()));
        let reowned = !Arc::ptr_eq(&before.owners, &facts.owners);
        add("pipelines", !Arc::ptr_eq(&before.pipelines, &facts.pipelines));
        add("metrics", !Arc::ptr_eq(&before.metrics, &facts.metrics));
        add("images", !Arc::ptr_eq(&before.images, &facts.images));
        add("packages", !Arc::ptr_eq(&before.packages, &facts.packages));
        add("owners", reowned);
        let redeclared = !Arc::ptr_eq(&before.systems, &facts.systems);
        let rejoined = !Arc::ptr_eq(&before.joins, &facts.joins);
        add("systems", redeclared || rejoined);
        let listed = edits.iter().any(|edit| edit.is_of(&is_listed));
        let told = !Arc::ptr_eq(&before.documents, &facts.documents);
        add("documents", told || listed || reowned || old.texts != new.texts || old.blobs != new.blobs);
        let declares = touches(&|path| path.starts_with(".probity/"));
        add("config", declares);
        add("records", declares);
        add("files", old.files != new.files);
        let known = |(path, size): (_, &u64)| (path, *size == 0);
        add(PATHS, !old.files.iter().map(known).eq(new.files.iter().map(known)));
        add("waivers", old.waivers != new.waivers);
        for part in old.history.keys().chain(new.history.keys()) {
            add(&format!("history.{part}"), old.history.get(part) != new.history.get(part));
        }
        add("now", old.now != new.now);
        (!self.given.is_empty()).then_some(changed)
    }

    /// Are the resources of an input of many others than they were?
    fn given_changed(&mut self, given: Given) -> bool {
        let digests = self.facts.parts.iter().filter_map(|part| {
            let group = self.groups.get(&Holder::Part(part.clone()).key())?;
            Some(group.given.get(&given)?.to_string())
        });
        let digest = Digest::of(digests.collect::<Vec<_>>().join("\n").as_bytes());
        self.given.insert(given, digest) != Some(digest)
    }

    /// Units that are made of everything: what a policy reads of them decides whether it is asked again.
    fn judge_wholes(
        &mut self,
        members: Option<&BTreeSet<String>>,
        documents: &[Arc<Document>],
        surroundings: &Surroundings,
        texts: &Texts<'_>,
    ) -> BTreeSet<usize> {
        let types = self.named();
        let mut asked: BTreeMap<usize, Found> = BTreeMap::new();
        for view in self.views.clone().into_iter().filter(|view| is_whole(*view)) {
            let other_resources = self.given_changed(view.given);
            let is_stale = |policy: &Policy| match members {
                Some(changed) if view.shape == Shape::Plain => {
                    other_resources && policy.reads.member("resources") || reads_other(policy, changed)
                }
                _ => true,
            };
            let of_view = |policy: &Policy| policy.views().any(|other| other == view);
            let stale: Vec<(usize, &Policy)> = self
                .policies
                .iter()
                .enumerate()
                .filter(|(_, policy)| of_view(policy) && is_stale(policy))
                .collect();
            for (number, _) in &stale {
                asked.entry(*number).or_default();
            }
            let concerned = |policy: &Policy| {
                view.scope != Scope::Repository || is_concerned(policy, &self.facts, surroundings)
            };
            let asking: Vec<_> = stale.into_iter().filter(|(_, policy)| concerned(policy)).collect();
            if asking.is_empty() {
                continue;
            }
            let reads = reads_of(asking.iter().map(|(_, policy)| *policy));
            let basis = Basis {
                facts: &self.facts,
                documents,
                surroundings,
                reads: &reads,
                given: view.given,
                types: &types,
            };
            let wanted = |kinds: &Kinds| asking.iter().any(|(_, policy)| policy.selects(view.scope, kinds));
            let made: Vec<Case> = units(view, &basis, &wanted).into_iter().map(Case::new).collect();
            let said: Vec<(usize, Found)> = asking
                .par_iter()
                .map(|(number, policy)| {
                    let mut all = Found::default();
                    for judged in made.iter().filter(|j| policy.selects(view.scope, &j.unit.kinds)) {
                        merge(&mut all, say(policy, judged, texts));
                    }
                    (*number, all)
                })
                .collect();
            for (number, said) in said {
                merge(asked.entry(number).or_default(), said);
            }
        }
        let mut changed = BTreeSet::new();
        for (number, said) in asked {
            if let Some(known) = self.whole.get_mut(number) {
                if !known.is_nothing() || !said.is_nothing() {
                    changed.insert(number);
                }
                *known = said;
            }
        }
        changed
    }

    /// Puts together what all groups say by one policy.
    fn collect(&mut self, policy: usize) {
        let groups = self.groups.values().flat_map(|group| &group.found);
        let of_groups = groups.filter(|(number, _)| *number == policy).map(|(_, found)| found);
        let mut findings = Vec::new();
        let mut refusals = Vec::new();
        for found in of_groups.chain(self.whole.get(policy)) {
            findings.extend(found.findings.iter().cloned());
            refusals.extend(found.refusal.clone());
        }
        let Some(info) = self.policies.get(policy).map(|policy| policy.info.clone()) else { return };
        refusals.sort_by(|a, b| a.reason.cmp(&b.reason));
        let refused = refusals.into_iter().next().map(|refusal| refusal.concerning(info.id.as_ref()));
        let mut numbered = number(findings);
        numbered.sort_by(super::judge::order);
        if let (Some(findings), Some(slot)) = (self.findings.get_mut(policy), self.refused.get_mut(policy)) {
            *findings = Arc::new(numbered);
            *slot = refused;
        }
    }
}

impl Group {
    /// The policies that have something to say.
    fn said(&self) -> impl Iterator<Item = usize> + '_ {
        self.found.iter().map(|(policy, _)| *policy)
    }
}

impl Holder {
    /// Are units of this view made of it?
    fn is_of(&self, view: View) -> bool {
        match self {
            Holder::Part(_) => !is_whole(view) && matches!(view.scope, Scope::Resource | Scope::Module),
            Holder::Pipelines(_) => view.scope == Scope::Module && view.shape == Shape::Plain,
            Holder::Document(_) => !is_whole(view) && view.scope == Scope::Document,
        }
    }
}

/// That other files are there, or hold something, not only other contents.
const PATHS: &str = "paths of files";

/// Does a policy read one of these members? Who does not know the word for their size reads of files only where they are
/// and whether they hold something.
fn reads_other(policy: &Policy, changed: &BTreeSet<String>) -> bool {
    let sizes_only = changed.contains("files") && !changed.contains(PATHS) && !policy.mentions("size");
    if !sizes_only || policy.reads == Reads::Everything {
        return policy.reads.any_of(changed);
    }
    let others = changed.iter().filter(|name| *name != "files").cloned().collect();
    policy.reads.any_of(&others)
}

/// Views whose units look at more than one part.
fn is_whole(view: View) -> bool {
    let beyond_parts = [Shape::TerraformPlan, Shape::Combine, Shape::Gatekeeper];
    view.scope == Scope::Repository || beyond_parts.contains(&view.shape)
}

fn digest_of(view: View, unit: &Unit<'_>) -> Digest {
    let unknown: Vec<Json> =
        unit.unknown.iter().map(|u| json!([crate::source::steps_json(&u.path), u.blocks])).collect();
    Digest::of_written(&(format!("{view:?}"), &unit.subject, &unit.kinds, unknown, &unit.input))
}

/// What one policy says of one unit; that it does not apply is nothing that history is about.
fn say(policy: &Policy, judged: &Case<'_>, texts: &Texts<'_>) -> Found {
    match judge_unit(policy, judged, texts, None) {
        Ok(mut findings) => {
            findings.retain(|(_, finding)| finding.verdict != Verdict::NotApplicable);
            Found { findings, refusal: None }
        }
        Err(refusal) => Found { findings: Vec::new(), refusal: Some(refusal) },
    }
}

fn add(found: &mut Vec<(usize, Found)>, policy: usize, said: Found) {
    match found.iter_mut().find(|(known, _)| *known == policy) {
        Some((_, known)) => merge(known, said),
        None => found.push((policy, said)),
    }
}

fn merge(known: &mut Found, said: Found) {
    known.findings.extend(said.findings);
    known.refusal = known.refusal.take().or(said.refusal);
}
