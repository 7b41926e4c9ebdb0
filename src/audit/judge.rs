//! Documents and policies to findings: a pure function, run for the audit and again for every commit
//! that a trace looks at.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::locate::{Budget, Texts, Where, located, without_fractions};
use crate::facts::{
    Basis, DocumentFact, Facts, Given, Kinds, Owners, Reads, Shape, Surroundings, Unit, View, units,
};
use crate::model::{
    Digest, Finding, Fingerprint, Location, NotEvaluated, PolicyId, Scope, Status, Unread, canonical_json,
};
use crate::policy::{Answers, Case, Need, Params, Policy, RawFinding, Refusal, evaluate};
use crate::source::Document;

/// Everything that a set of policies says of a set of documents.
#[derive(Debug, Default)]
pub struct Judgement {
    /// Of every verdict but pass, sorted.
    pub findings: Vec<Finding>,
    pub not_evaluated: Vec<NotEvaluated>,
    /// What could not be evaluated on the way to the facts.
    pub unread: Vec<Unread>,
    /// What the documents name and nobody here can see: remote modules and bases, macros.
    pub not_rendered: Vec<Unread>,
    /// How many units each policy was evaluated over.
    pub units: Units,
}

/// Units by policy; a policy that selected nothing is not in it.
pub type Units = BTreeMap<PolicyId, usize>;

/// Evaluates every policy over every unit that it selects. `surroundings` is what is known beside the
/// documents. Without `answers`, nothing is kept and findings that their policy gives no place stand at their subject:
/// enough to know them again. `on` gets each policy's findings as soon as they are there, from any thread.
pub fn judge(
    documents: &[Arc<Document>],
    policies: &[&Policy],
    surroundings: &Surroundings,
    answers: Option<&Answers>,
    on: &(dyn Fn(&[Finding]) + Sync),
) -> Judgement {
    judge_facts(Facts::of(documents), documents, policies, || Some(Cow::Borrowed(surroundings)), answers, on)
}

/// The same, of facts that are there already. `surroundings` are asked for as late as can be, and nothing is judged
/// where there are none.
pub(super) fn judge_facts<'s>(
    facts: Facts,
    documents: &[Arc<Document>],
    policies: &[&Policy],
    surroundings: impl FnOnce() -> Option<Cow<'s, Surroundings>>,
    answers: Option<&Answers>,
    on: &(dyn Fn(&[Finding]) + Sync),
) -> Judgement {
    let (policies, misread) = effective(documents, policies);
    let types = named_types(&facts.resources.iter().map(|r| r.kind.as_str()).collect(), &policies);
    let (whole, narrow): (Vec<_>, Vec<_>) =
        views_of(&policies).into_iter().partition(|(view, _)| view.scope == Scope::Repository);
    let basis = Basis { types: &types, ..Basis::of(&facts, documents) };
    let of_parts = viewed(&narrow, &policies, basis, answers.is_some());
    let Some(surroundings) = surroundings() else { return Judgement::default() };
    let surroundings = surroundings.as_ref();
    let mut units = viewed(&whole, &policies, Basis { surroundings, ..basis }, answers.is_some());
    units.extend(of_parts);
    let texts: Texts<'_> =
        documents.iter().map(|document| (document.path.as_str(), &document.text)).collect();
    let concerned = |policy: &Policy| is_concerned(policy, &facts, surroundings);
    let judged: Vec<_> = policies
        .par_iter()
        .map(|policy| {
            let views = policy.views().filter_map(|view| Some((view.scope, units.get(&view)?)));
            let views = views.filter(|(scope, _)| *scope != Scope::Repository || concerned(policy));
            let selected: Vec<&Case<'_>> =
                views.flat_map(|(scope, view)| view.selected(policy, scope)).collect();
            let (mut findings, error) = judge_one(policy, &selected, &texts, answers);
            if answers.is_some() {
                name_owners(&mut findings, &facts.owners);
            }
            if !findings.is_empty() {
                on(&findings);
            }
            (findings, error, (policy.info.id.clone(), selected.len()))
        })
        .collect();
    let (mut unread, not_rendered) = (facts.unread.clone(), facts.not_rendered.clone());
    units.into_par_iter().flat_map(|(_, view)| view.units).for_each(drop);
    // Millions of small pieces: nobody has to wait until they are given back.
    rayon::spawn(move || drop(facts));
    unread.extend(misread);
    let mut judgement = Judgement { unread, not_rendered, ..Judgement::default() };
    for (findings, error, (policy, looked_at)) in judged {
        if looked_at > 0 {
            judgement.units.insert(policy, looked_at);
        }
        judgement.findings.extend(findings);
        judgement.not_evaluated.extend(error);
    }
    judgement.findings.sort_by(order);
    judgement.not_evaluated.sort();
    judgement.unread.sort();
    judgement
}

/// What policies look at, and what they read of it.
fn views_of(policies: &[Policy]) -> Vec<(View, Reads)> {
    let views: BTreeSet<View> = policies.iter().flat_map(Policy::views).collect();
    views.into_iter().map(|view| (view, reads_of(viewing(policies, view)))).collect()
}

fn viewing(policies: &[Policy], view: View) -> impl Iterator<Item = &Policy> {
    policies.iter().filter(move |policy| policy.views().any(|other| other == view))
}

/// The units of some views. What no policy selects is none: schemas can be large. `prepare` them where answers are kept.
fn viewed<'a>(
    views: &'a [(View, Reads)],
    policies: &[Policy],
    basis: Basis<'a>,
    prepare: bool,
) -> HashMap<View, Viewed<'a>> {
    let of_view = |(view, reads): &'a (View, Reads)| {
        let viewing: Vec<&Policy> = viewing(policies, *view).collect();
        let known: RefCell<HashMap<Kinds, bool>> = RefCell::default();
        let wanted = |kinds: &Kinds| {
            let before = known.borrow().get(kinds).copied();
            before.unwrap_or_else(|| {
                let wanted = viewing.iter().any(|policy| policy.selects(view.scope, kinds));
                known.borrow_mut().insert(kinds.clone(), wanted);
                wanted
            })
        };
        (*view, Viewed::of(units(*view, &Basis { reads, given: view.given, ..basis }, &wanted)))
    };
    let mut made: HashMap<View, Viewed<'_>> = views.par_iter().map(of_view).collect();
    if prepare {
        made.par_iter_mut().flat_map(|(_, view)| &mut view.units).for_each(Case::prepare);
    }
    made
}

/// The types of resources that the policies name which want no others.
pub(super) fn named_types(types: &BTreeSet<&str>, policies: &[Policy]) -> BTreeSet<String> {
    let wanting = policies.par_iter().filter(|policy| policy.views().any(|view| view.given == Given::Named));
    let named = wanting.flat_map_iter(|policy| types.iter().filter(|kind| policy.names_type(kind)));
    named.map(|kind| (*kind).to_owned()).collect()
}

/// Has a policy anything to say of the repository as a whole?
pub(super) fn is_concerned(policy: &Policy, facts: &Facts, around: &Surroundings) -> bool {
    policy.is_concerned(&|need| match need {
        Need::Resources => facts.resources.iter().any(|resource| policy.names_type(&resource.kind)),
        Need::Cards => facts.documents.iter().any(DocumentFact::is_card),
        Need::Systems => !facts.systems.is_empty(),
        Need::Pipelines => !facts.pipelines.is_empty(),
        Need::Metrics => !facts.metrics.is_empty(),
        Need::Packages => !facts.packages.is_empty(),
        Need::Images => !facts.images.is_empty(),
        Need::Waivers => !around.waivers.is_empty(),
    })
}

/// What some policy reads of the repository as a whole.
pub(super) fn reads_of<'p>(policies: impl Iterator<Item = &'p Policy>) -> Reads {
    let whole = policies
        .filter(|policy| policy.shape == Shape::Plain && policy.info.scopes.contains(&Scope::Repository));
    whole.fold(Reads::default(), |reads, policy| reads.and(&policy.reads))
}

/// The policies as the audited repository's own configuration sets them, and what of it cannot be used. Each
/// commit is judged with its own.
pub fn effective(documents: &[Arc<Document>], policies: &[&Policy]) -> (Vec<Policy>, Vec<Unread>) {
    let (params, unread) = Params::of(documents.iter().map(AsRef::as_ref));
    (policies.iter().map(|policy| policy.with(&params)).collect(), unread)
}

/// Files of the same owners are many: each path is asked about once.
fn name_owners(findings: &mut [Finding], owners: &Owners) {
    let mut known: HashMap<String, Arc<[String]>> = HashMap::new();
    for finding in findings {
        let path = &finding.location.path;
        if !known.contains_key(path) {
            known.insert(path.clone(), owners.of(path).into_iter().map(str::to_owned).collect());
        }
        finding.owners = known.get(path).cloned().unwrap_or_default();
    }
}

/// Worst first, then policy, place and identity: the order of every listing.
pub(super) fn order(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    (b.severity.cmp(&a.severity))
        .then_with(|| a.policy.id.cmp(&b.policy.id))
        .then_with(|| a.location.cmp(&b.location))
        .then_with(|| a.fingerprint.cmp(&b.fingerprint))
}

/// Units of one view, and which of them have the same kinds: a policy selects by these.
#[derive(Default)]
struct Viewed<'a> {
    units: Vec<Case<'a>>,
    by_kinds: HashMap<Kinds, Vec<usize>>,
}

impl<'a> Viewed<'a> {
    fn of(units: Vec<Unit<'a>>) -> Self {
        let mut by_kinds: HashMap<Kinds, Vec<usize>> = HashMap::new();
        for (at, unit) in units.iter().enumerate() {
            by_kinds.entry(unit.kinds.clone()).or_default().push(at);
        }
        Self { units: units.into_iter().map(Case::new).collect(), by_kinds }
    }

    /// The units that a policy looks at, in their order.
    fn selected(&self, policy: &Policy, scope: Scope) -> impl Iterator<Item = &Case<'a>> {
        let alike = self.by_kinds.iter().filter(|(kinds, _)| policy.selects(scope, kinds));
        let mut found: Vec<usize> = alike.flat_map(|(_, found)| found).copied().collect();
        found.sort_unstable();
        found.into_iter().filter_map(|at| self.units.get(at))
    }
}

/// So many units are judged one after another before other threads may take part.
const CHUNK: usize = 32;
/// What all findings of one policy may take, in bytes of text: a hostile policy would fill the memory.
const MAX_TEXT: usize = 64 << 20;

/// One error is enough: more units would fail the same way, each at its full time limit. What was found in
/// the units before it stays, whichever thread was first.
fn judge_one(
    policy: &Policy,
    units: &[&Case<'_>],
    texts: &Texts<'_>,
    answers: Option<&Answers>,
) -> (Vec<Finding>, Option<NotEvaluated>) {
    let (failed, size) = (AtomicUsize::new(usize::MAX), AtomicUsize::new(0));
    let judge_chunk = |(at, chunk): (usize, &[&Case<'_>])| {
        let mut findings = Vec::new();
        let mut budget = Budget::default();
        for case in chunk {
            if at > failed.load(Ordering::Relaxed) || size.load(Ordering::Relaxed) > MAX_TEXT {
                break;
            }
            match judge_unit(policy, case, texts, answers.map(|answers| (answers, &mut budget))) {
                Ok(found) => {
                    let text = found.iter().map(|(_, finding)| text_of(finding)).sum();
                    size.fetch_add(text, Ordering::Relaxed);
                    findings.extend(found);
                }
                Err(refusal) => {
                    failed.fetch_min(at, Ordering::Relaxed);
                    return (findings, Some(refusal));
                }
            }
        }
        (findings, None)
    };
    let judged: Vec<_> = units.par_chunks(CHUNK).enumerate().map(judge_chunk).collect();
    let concerning = |refusal: Refusal| Some(refusal.concerning(policy.info.id.as_ref()));
    if size.into_inner() > MAX_TEXT {
        let reason = format!("its findings take more than {} MiB", MAX_TEXT >> 20);
        return (Vec::new(), concerning(Refusal::new(reason)));
    }
    let mut findings = Vec::new();
    for (found, refusal) in judged {
        findings.extend(found);
        if let Some(refusal) = refusal {
            return (number(findings), concerning(refusal));
        }
    }
    (number(findings), None)
}

/// What one policy says of one unit.
///
/// # Errors
/// It cannot be evaluated; names the unit.
pub(super) fn judge_unit(
    policy: &Policy,
    case: &Case<'_>,
    texts: &Texts<'_>,
    mut answers: Option<(&Answers, &mut Budget)>,
) -> Result<Vec<(Rank, Finding)>, Refusal> {
    let unit = &case.unit;
    let raw = match &answers {
        Some((answers, _)) => answers.say(policy, case),
        None => evaluate(policy, case),
    };
    let raw = raw.map_err(|mut refusal| {
        refusal.reason = format!("{}: {}", unit.subject, refusal.reason);
        refusal
    })?;
    let found = raw.into_iter().map(|raw| {
        let stated = Where::stated(unit, &raw, texts);
        let rank = (subject_digest(unit, &raw), stated.location.clone());
        let found = match &mut answers {
            Some((answers, budget)) => located(answers, policy, case, &raw, texts, budget),
            None => stated,
        };
        (rank, finding(policy, unit, raw, found))
    });
    Ok(found.collect())
}

fn text_of(finding: &Finding) -> usize {
    let evidence = finding.evidence.as_ref().map_or(0, |evidence| evidence.to_string().len());
    64 + finding.message.len() + finding.key.len() + evidence
}

fn finding(policy: &Policy, unit: &Unit<'_>, raw: RawFinding, found: Where) -> Finding {
    let evidence_digest = match (&raw.evidence, found.rests_on) {
        (Some(evidence), _) => canonical_json(evidence).map(|text| Digest::of(text.as_bytes())),
        (None, Some(digest)) => Some(digest),
        (None, None) => subject_digest(unit, &raw),
    };
    Finding {
        policy: policy.info.clone(),
        verdict: raw.verdict,
        severity: raw.severity.unwrap_or(policy.info.severity),
        message: raw.message,
        fingerprint: Fingerprint::compute(&policy.info.id, &raw.subject, &raw.key, 0),
        resource: raw.subject,
        key: raw.key,
        location: found.location,
        confidence: found.confidence,
        evidence_places: found.evidence,
        evidence: raw.evidence,
        evidence_digest,
        status: Status::Open,
        waiver: None,
        unit_files: unit.files.clone(),
        owners: Arc::default(),
    }
}

/// Of the evidence that the policy gives, else of the whole subject.
fn subject_digest(unit: &Unit<'_>, raw: &RawFinding) -> Option<Digest> {
    let text = if let Some(evidence) = &raw.evidence {
        canonical_json(evidence)
    } else {
        let member = unit.members.get(&raw.subject);
        let whole = member.map_or_else(|| unit.input.json().clone(), |member| member.value.to_json());
        canonical_json(&without_fractions(whole))
    };
    text.map(|text| Digest::of(text.as_bytes()))
}

/// What tells findings apart that are equal in policy, subject and key: the digest of their evidence and
/// their place, as both are without any search for a better one.
pub(super) type Rank = (Option<Digest>, Location);

/// Findings that are equal in policy, subject and key are told apart by their occurrence: the rank
/// of their evidence. Ones that are equal in that too are one finding, seen from several units.
pub(super) fn number(findings: Vec<(Rank, Finding)>) -> Vec<Finding> {
    let mut groups: BTreeMap<(u8, String, String), Vec<(Rank, Finding)>> = BTreeMap::new();
    for (rank, finding) in findings {
        let identity = (finding.verdict as u8, finding.resource.clone(), finding.key.clone());
        groups.entry(identity).or_default().push((rank, finding));
    }
    let mut numbered = Vec::new();
    for mut group in groups.into_values() {
        group.sort_by(|(a, _), (b, _)| a.cmp(b));
        group.dedup_by(|(a, _), (b, _)| a == b);
        for (occurrence, (_, finding)) in group.iter_mut().enumerate() {
            finding.fingerprint =
                Fingerprint::compute(&finding.policy.id, &finding.resource, &finding.key, occurrence);
        }
        numbered.extend(group.into_iter().map(|(_, finding)| finding));
    }
    numbered
}
