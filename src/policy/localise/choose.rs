//! The choice of one place among all that the verdict rests on.
//!
//! A selector (`type == "ingress"`) and a culprit (an open range of addresses) look alike to edits: the
//! finding is gone without either. What tells them apart is how the message speaks of them, whether the
//! rule would take another value (it would not take another selector), and that rules select first and
//! judge last.

use serde_json::{Value as Json, json};

use super::addition::Addition;
use super::edit::{get, is_container};
use super::groups::Subject;
use super::trial::{Trial, Trials, key_of, plain};
use super::vocabulary::Vocabulary;
use super::words::Words;
use super::{Effect, Localised, Path, Trace};
use crate::model::{Confidence, EvidenceRole};
use crate::source::Step;

/// Names that tell what a thing is, not how it is set.
const SELECTORS: [&str; 5] = ["kind", "apiVersion", "Type", "namespace", "name"];
/// Attributes by which a rule often picks what it is about; they count where nothing else does.
const PICKS: [&str; 7] = ["type", "engine", "direction", "access", "effect", "Effect", "mode"];
/// What stands around the values of a resource in a plan.
const AROUND: [&str; 11] = [
    "address",
    "type",
    "mode",
    "provider_name",
    "index",
    "module_address",
    "actions",
    "provider_config_key",
    "schema_version",
    "system",
    "subject",
];
const PLANS: [&str; 3] = ["resource_changes", "planned_values", "configuration"];
const VALUES: [&str; 4] = ["after", "values", "expressions", "attributes"];

struct Candidate {
    path: Path,
    confidence: Confidence,
    /// Twice how well the message names it, and more if the rule asks for another value here.
    score: u8,
    mentioned: usize,
}

/// The causes of a finding by what they are worth.
struct Causes<'t> {
    /// Values, and containers that had only to be there.
    own: Vec<&'t Trial>,
    /// Those among them that tell what the thing is.
    selectors: Vec<&'t Trial>,
    /// Values that the message says, so that nobody can tell whether more hangs on them.
    quoted: Vec<&'t Trial>,
    /// Containers without which there is no message.
    around: Vec<&'t Trial>,
}

impl<'t> Causes<'t> {
    fn of(trials: &'t Trials<'_>, in_main: &dyn Fn(&[Step]) -> bool) -> Self {
        let mut causes =
            Self { own: Vec::new(), selectors: Vec::new(), quoted: Vec::new(), around: Vec::new() };
        for trial in &trials.found {
            let is_deeper =
                |other: &&Trial| other.path.len() > trial.path.len() && other.path.starts_with(&trial.path);
            let mut deeper = trials.found.iter().filter(is_deeper);
            if !is_container(&trial.value) && trial.quoted && !trial.is_cause() {
                causes.quoted.push(trial);
            }
            if !trial.is_cause() || is_container(&trial.value) && deeper.clone().any(Trial::is_cause) {
                continue;
            }
            if is_selector(&trial.path) {
                causes.selectors.push(trial);
            } else if is_container(&trial.value) && (trial.quoted || deeper.any(|other| other.quoted)) {
                causes.around.push(trial);
            } else {
                causes.own.push(trial);
            }
        }
        let is_pick = |trial: &Trial| key_of(&trial.path).is_some_and(|key| PICKS.contains(&key));
        if causes.own.iter().any(|trial| !is_pick(trial)) {
            causes.own.retain(|trial| !is_pick(trial) || trial.is_unmet());
        }
        for list in [&mut causes.own, &mut causes.selectors, &mut causes.quoted, &mut causes.around] {
            if list.iter().any(|trial| in_main(&trial.path)) {
                list.retain(|trial| in_main(&trial.path));
            }
        }
        causes
    }
}

pub fn choose(
    subject: &Subject,
    trials: &Trials<'_>,
    additions: &[Addition],
    vocabulary: &Vocabulary,
    message: &str,
) -> Localised {
    let words = Words::of(message);
    let main: Vec<&Path> = match subject.members.first() {
        Some(member) => member.paths.iter().collect(),
        None => Vec::new(),
    };
    let in_main = |path: &[Step]| main.is_empty() || main.iter().any(|root| path.starts_with(root));
    let everywhere = Causes::of(trials, &|_| false);
    let causes = Causes::of(trials, &in_main);
    let mut candidates = candidates(&causes, additions, vocabulary, &words, &main);
    if candidates.iter().any(|candidate| in_main(&candidate.path)) {
        candidates.retain(|candidate| in_main(&candidate.path));
    }
    let best = candidates.iter().max_by_key(|one| (one.score, one.mentioned, one.path.len()));
    let (path, confidence) = match best {
        Some(best) => (Some(best.path.clone()), best.confidence),
        None => unnamed(&causes, subject, &words, &main),
    };
    let path = path.filter(|_| !subject.of_file || confidence != Confidence::Subject);
    let mut evidence = evidence(subject, &everywhere.own, additions);
    // A value that the message says is evidence where nothing better was found.
    let said = causes.quoted.iter().filter(|quoted| Some(&quoted.path) == path.as_ref());
    evidence.extend(said.map(|said| Trace {
        path: said.path.clone(),
        role: EvidenceRole::Value,
        value: said.value.clone(),
    }));
    Localised { path, confidence, evidence, questions: 0, late: false }
}

fn candidates(
    causes: &Causes<'_>,
    additions: &[Addition],
    vocabulary: &Vocabulary,
    words: &Words,
    main: &[&Path],
) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    let alone = causes.own.len() == 1;
    let unmet: Vec<&Path> =
        causes.own.iter().filter(|cause| cause.is_unmet()).map(|cause| &cause.path).collect();
    for cause in &causes.own {
        let mut path = &cause.path[..];
        let mut named = words.names(cause);
        // An element of a list of things has no name of its own.
        if is_container(&cause.value) && !matches!(path.last(), Some(Step::Key(_))) {
            named = 0;
        }
        if named == 0
            && let Some(outer) = words.named_around(path, main)
        {
            named = 2;
            let below = causes.own.iter().filter(|other| other.path.starts_with(outer)).count();
            path = if below > 1 { outer } else { path };
        }
        let is_only = (alone || unmet == [&cause.path]) && !is_container(&cause.value);
        if named > 0 || is_only {
            let named = if is_only { named.max(2) } else { named };
            found.push(Candidate {
                path: path.to_vec(),
                confidence: Confidence::TestedAndNamed,
                score: named * 2 + if cause.is_unmet() { 4 } else { 0 },
                mentioned: mentioned(&cause.path, vocabulary),
            });
        }
    }
    for quoted in &causes.quoted {
        let key = key_of(&quoted.path).filter(|key| !SELECTORS.contains(key) && !is_selector(&quoted.path));
        if let Some(key) = key {
            found.push(Candidate {
                path: quoted.path.clone(),
                confidence: Confidence::TestedAndNamed,
                score: (words.name(key) * 2).saturating_sub(1),
                mentioned: mentioned(&quoted.path, vocabulary),
            });
        }
    }
    for addition in additions {
        // What is there already, and what the verdict rests on, is not missing.
        let is_there = |name: &&String| {
            let key = Step::Key((*name).clone());
            causes.own.iter().any(|cause| cause.path.contains(&key))
        };
        let missing = addition.names.iter().filter(|name| !is_there(name));
        let named = missing.map(|name| words.name(name)).max().unwrap_or(0);
        found.push(Candidate {
            path: addition.path.clone(),
            confidence: Confidence::Absence,
            score: named * 2 + if addition.effect == Effect::Gone { 3 } else { 0 },
            mentioned: addition.names.iter().map(|name| vocabulary.mentioned(name)).max().unwrap_or(0),
        });
    }
    found
}

/// Where nothing stands out: the block around all that the verdict rests on.
fn unnamed(
    causes: &Causes<'_>,
    subject: &Subject,
    words: &Words,
    main: &[&Path],
) -> (Option<Path>, Confidence) {
    let header = || (main.first().map(|path| (*path).clone()), Confidence::Subject);
    if causes.own.is_empty() {
        // What the thing is, is wrong; unless the message only says which thing it is about.
        let told = causes.selectors.iter().filter(|selector| {
            let is_full = plain(&selector.value).contains(['/', ':']);
            let is_place =
                key_of(&selector.path).is_some_and(|key| key == "namespace" && words.name(key) > 1);
            words.names(selector) > 1 && (is_full || is_place || words.forbids())
        });
        if let Some(selector) = told.max_by_key(|selector| words.names(selector)) {
            return (Some(selector.path.clone()), Confidence::TestedAndNamed);
        }
    }
    let some = if causes.own.is_empty() { &causes.around } else { &causes.own };
    let paths: Vec<&Path> = some.iter().map(|cause| &cause.path).collect();
    match common(&paths) {
        Some(path) if get(&subject.input, &path).is_some_and(is_container) => inside(path, main),
        Some(path) => inside(path.split_last().map_or_else(Vec::new, |(_, block)| block.to_vec()), main),
        None => header(),
    }
}

fn evidence(subject: &Subject, causes: &[&Trial], additions: &[Addition]) -> Vec<Trace> {
    let mut evidence: Vec<Trace> = causes
        .iter()
        .map(|cause| Trace {
            path: cause.path.clone(),
            role: EvidenceRole::Value,
            value: presence(&cause.value),
        })
        .collect();
    evidence.extend(additions.iter().map(|addition| Trace {
        path: addition.path.clone(),
        role: EvidenceRole::Missing,
        value: json!(addition.names),
    }));
    for member in subject.members.iter().skip(1) {
        evidence.extend(member.paths.first().map(|path| Trace {
            path: path.clone(),
            role: EvidenceRole::Member,
            value: json!(member.name),
        }));
    }
    evidence
}

/// A container is evidence where it only had to be there: what it holds was tried and does not matter.
fn presence(value: &Json) -> Json {
    match value {
        Json::Object(_) if is_container(value) => json!({}),
        Json::Array(_) => json!([]),
        scalar => scalar.clone(),
    }
}

/// A block below the header of the subject; the subject itself is claimed as no more than that.
fn inside(path: Path, main: &[&Path]) -> (Option<Path>, Confidence) {
    let header = path.is_empty() || main.iter().any(|root| root.starts_with(&path));
    if header {
        return (main.first().map(|path| (*path).clone()).or(Some(path)), Confidence::Subject);
    }
    (Some(path), Confidence::Block)
}

fn common(paths: &[&Path]) -> Option<Path> {
    let (first, rest) = paths.split_first()?;
    let mut end = first.len();
    for path in rest {
        end = end.min(first.iter().zip(path.iter()).take_while(|(a, b)| a == b).count());
    }
    first.get(..end).map(<[Step]>::to_vec)
}

fn is_selector(path: &[Step]) -> bool {
    let is = |step: &Step, names: &[&str]| matches!(step, Step::Key(key) if names.contains(&key.as_str()));
    if let Some(at) = path.iter().position(|step| is(step, &VALUES))
        && path.first().is_some_and(|step| is(step, &PLANS) || is(step, &["resources", "attributes"]))
    {
        return path.len() == at + 1;
    }
    if path.first().is_some_and(|step| is(step, &PLANS)) {
        return path.iter().any(|step| is(step, &AROUND))
            || path.last().is_some_and(|step| is(step, &SELECTORS));
    }
    let Some((Step::Key(last), outer)) = path.split_last() else { return false };
    match (last.as_str(), outer) {
        ("name" | "namespace", [.., container]) => is(container, &["metadata"]),
        ("kind" | "apiVersion", [.., container]) => match container {
            Step::Key(_) => is(container, &["contents", "object"]),
            Step::Index(_) => outer.first().is_some_and(|first| is(first, &["items"])),
        },
        ("metadata", [.., container]) => is(container, &["contents", "object"]),
        ("Type", [.., first, _]) => is(first, &["Resources"]),
        ("path", [Step::Index(_)]) | ("metadata", []) => true,
        (last, []) => SELECTORS.contains(&last),
        _ => false,
    }
}

fn mentioned(path: &[Step], vocabulary: &Vocabulary) -> usize {
    key_of(path).map_or(0, |key| vocabulary.mentioned(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_tell_what_a_thing_is() {
        let path = |text: &str| -> Path {
            text.split('.')
                .map(|part| part.parse().map_or_else(|_| Step::Key(part.to_owned()), Step::Index))
                .collect()
        };
        for (text, is) in [
            ("kind", true),
            ("metadata.name", true),
            ("spec.name", false),
            ("spec.template.spec.containers.0.name", false),
            ("Resources.A.Type", true),
            ("resource_changes.0.type", true),
            ("resource_changes.0.change.after.type", false),
            ("resource_changes.0.change.actions.0", true),
            ("resource.aws_x.a.0.type", false),
        ] {
            assert_eq!(is_selector(&path(text)), is, "{text}");
        }
    }
}
