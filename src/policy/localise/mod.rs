//! Where a finding stands when its rule returns no more than a message.
//!
//! The input is edited and the rule is asked again: what changes the finding is what the verdict rests on.
//!
//! ```text
//!   input ── groups ──> the few resources with which the finding persists
//!              │
//!            trials ──> delete, alter, try the rule's own literals ──┐
//!            additions ──> put in what the rule asks for ────────────┼──> choose ──> place, confidence
//!            vocabulary: the names and literals of the rule ─────────┘
//! ```
//! Everything is bounded by a number of questions, never by the clock alone, so that the same inputs give
//! the same place. An error of the rule is no answer: it never makes anything evidence. Nor does a value
//! that nobody knows.

mod addition;
mod choose;
mod edit;
mod given;
mod groups;
mod places;
mod tokens;
mod trial;
mod vocabulary;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

pub use self::given::given;
pub use self::places::{Frames, Place};
pub(super) use self::tokens::{Token, rules, tokens};
use self::vocabulary::Vocabulary;
use crate::model::{Confidence, EvidenceRole};
use crate::source::Step;

pub type Path = Vec<Step>;

/// Questions about one finding, at most.
const MAX_QUESTIONS: usize = 700;
/// The last resort against rules that take their time over every question. A finding that meets it is
/// located by its subject alone.
const MAX_TIME: Duration = Duration::from_secs(5);

/// One result of a rule, as far as a result can be told from others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Answer {
    pub key: String,
    pub message: String,
}

/// What a rule says of an input; `None` when it cannot be evaluated. Where it runs is the caller's matter.
pub type Ask<'a> = dyn FnMut(&Json) -> Option<Vec<Answer>> + 'a;

/// The finding in question.
pub struct Question<'a> {
    /// What the rule was given, with some candidate in the place of each unknown value.
    pub input: &'a Json,
    /// Paths into `input` that are not to be touched: nobody knows what stands there.
    pub unknown: &'a [Path],
    pub finding: Answer,
    /// The rule's own name: `deny`.
    pub rule: &'a str,
    /// The texts of the policy and of all that it uses, its own first.
    pub sources: &'a [Arc<str>],
    /// Values that the policy gets beside the input: a constraint's parameters.
    pub given: &'a Json,
    /// There is a finding for some candidates only: it hangs on what is unknown.
    pub is_open: bool,
}

/// A place in the input and what it has to do with the finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    pub path: Path,
    pub role: EvidenceRole,
    /// What stands there; for something missing, the names that were tried with success.
    pub value: Json,
}

/// Where a finding stands, in terms of the rule's input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Localised {
    /// `None`: the file as a whole.
    pub path: Option<Path>,
    pub confidence: Confidence,
    pub evidence: Vec<Trace>,
    pub questions: usize,
    /// The rule took too long to be asked enough.
    pub late: bool,
}

impl Localised {
    /// No more than the subject is known.
    pub fn nothing(questions: usize, late: bool) -> Self {
        Self { path: None, confidence: Confidence::Subject, evidence: Vec::new(), questions, late }
    }
}

/// Finds the place of a finding.
pub fn localise(question: &Question<'_>, ask: &mut Ask<'_>) -> Localised {
    let mut oracle = Oracle {
        ask,
        finding: &question.finding,
        before: BTreeSet::new(),
        asked: 0,
        started: Instant::now(),
        late: false,
    };
    let found = find(question, &mut oracle);
    let (asked, late) = (oracle.asked, oracle.late);
    match found {
        Some(found) if !late => Localised { questions: asked, ..found },
        _ => Localised::nothing(asked, late),
    }
}

/// `None` when the rule does not even repeat itself.
fn find(question: &Question<'_>, oracle: &mut Oracle<'_>) -> Option<Localised> {
    let before = (oracle.ask)(question.input)?;
    if !before.iter().any(|answer| answer.key == question.finding.key) {
        return None;
    }
    let vocabulary =
        Vocabulary::of(question.sources, question.rule, &question.finding.message, question.given);
    let subject = groups::reduce(question.input, &question.finding.message, oracle);
    if question.is_open
        && let Some(found) = open(question.unknown, &subject)
    {
        return Some(found);
    }
    let before = (oracle.ask)(&subject.input)?;
    oracle.before = before.into_iter().map(|answer| answer.key).collect();
    let mut trials = trial::Trials::new(&subject, question.unknown, &vocabulary);
    trials.run(oracle);
    let additions = addition::search(&subject, &trials, &vocabulary, question.unknown, oracle);
    Some(choose::choose(&subject, &trials, &additions, &vocabulary, &question.finding.message))
}

/// A finding that hangs on unknown values stands where they are written. The candidates were the test, and
/// the message names them; evidence they are not.
fn open(unknown: &[Path], subject: &groups::Subject) -> Option<Localised> {
    let roots = subject.roots();
    let mut within = unknown.iter().filter(|path| roots.iter().any(|root| path.starts_with(root)));
    let first = within.next()?;
    // A plan gives the same attribute in several places.
    let alone = within.all(|other| trial::key_of(other) == trial::key_of(first));
    let block = || first.split_last().map(|(_, block)| block.to_vec());
    let confidence = if alone { Confidence::TestedAndNamed } else { Confidence::Block };
    let path = if alone { Some(first.clone()) } else { block() };
    Some(Localised { path, confidence, evidence: Vec::new(), questions: 0, late: false })
}

/// What an edit does to the finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    /// It is still there.
    Same,
    /// The message says the new value instead of the old one, and nothing else is different.
    Quoted,
    /// It is gone, and the rule says something else instead.
    Other,
    /// It is gone.
    Gone,
}

impl Effect {
    fn lifts(self) -> bool {
        matches!(self, Effect::Other | Effect::Gone)
    }
}

/// A message with a new value in the place of the old one: everywhere, and at each place alone.
fn swaps(message: &str, old: &str, new: &str) -> Vec<String> {
    let mut swapped = vec![message.replace(old, new)];
    for (at, _) in message.match_indices(old).take(8) {
        let (front, back) = (message.get(..at), message.get(at + old.len()..));
        swapped.extend(front.zip(back).map(|(front, back)| format!("{front}{new}{back}")));
    }
    swapped
}

/// The rule, the finding that is looked for, and the count of questions.
pub(crate) struct Oracle<'a> {
    ask: &'a mut Ask<'a>,
    finding: &'a Answer,
    /// What the rule says before any edit.
    before: BTreeSet<String>,
    asked: usize,
    started: Instant,
    late: bool,
}

impl Oracle<'_> {
    fn exhausted(&self) -> bool {
        self.asked >= MAX_QUESTIONS || self.late
    }

    fn answers(&mut self, input: &Json) -> Option<Vec<Answer>> {
        if self.exhausted() {
            return None;
        }
        self.asked += 1;
        if self.started.elapsed() > MAX_TIME {
            self.late = true;
            return None;
        }
        (self.ask)(input)
    }

    /// Is the finding still there? An error counts as no.
    fn persists(&mut self, input: &Json) -> bool {
        let key = self.finding.key.clone();
        self.answers(input).is_some_and(|answers| answers.iter().any(|answer| answer.key == key))
    }

    /// `swapped`: the text of the old value and that of the new one.
    fn effect(&mut self, input: &Json, swapped: Option<(&str, &str)>) -> Effect {
        let Some(answers) = self.answers(input) else { return Effect::Same };
        if answers.iter().any(|answer| answer.key == self.finding.key) {
            return Effect::Same;
        }
        if let Some((old, new)) = swapped.filter(|(old, _)| !old.is_empty()) {
            let quoted = swaps(&self.finding.message, old, new);
            if answers.iter().any(|answer| quoted.contains(&answer.message)) {
                return Effect::Quoted;
            }
        }
        if answers.iter().all(|answer| self.before.contains(&answer.key)) {
            Effect::Gone
        } else {
            Effect::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RULE: &str = "package t\ndeny contains \"the port is open\" if input.a.port == 22\n";

    fn found(input: &Json, unknown: &[Path], ask: &mut Ask<'_>) -> Localised {
        let finding = Answer { key: "the port is open".to_owned(), message: "the port is open".to_owned() };
        let sources = [Arc::from(RULE)];
        let given = Json::Null;
        let question = Question {
            input,
            unknown,
            finding,
            rule: "deny",
            sources: &sources,
            given: &given,
            is_open: false,
        };
        localise(&question, ask)
    }

    #[allow(clippy::unnecessary_wraps)] // what an oracle gives
    fn says(yes: bool) -> Option<Vec<Answer>> {
        let text = "the port is open".to_owned();
        Some(if yes { vec![Answer { key: text.clone(), message: text }] } else { Vec::new() })
    }

    fn port() -> Path {
        vec![edit::key("a"), edit::key("port")]
    }

    #[test]
    fn a_value_that_lifts_the_finding_is_its_place() {
        let input = json!({"a": {"port": 22, "name": "x"}, "b": 1});
        let found = found(&input, &[], &mut |input| says(input.pointer("/a/port") == Some(&json!(22))));
        assert_eq!((found.path, found.confidence), (Some(port()), Confidence::TestedAndNamed));
        assert_eq!(found.evidence.len(), 1, "{:?}", found.evidence);
    }

    #[test]
    fn an_error_is_no_evidence() {
        let input = json!({"a": {"port": 22}});
        let found = found(&input, &[], &mut |edited| if *edited == input { says(true) } else { None });
        assert_eq!((found.path, found.confidence), (None, Confidence::Subject));
        assert_eq!(found.evidence, []);
    }

    #[test]
    fn an_unknown_value_is_left_alone() {
        let input = json!({"a": {"port": 22, "on": true}});
        let found = found(&input, &[port()], &mut |edited| {
            let at = |pointer: &str| edited.pointer(pointer).cloned();
            if at("/a").is_some() {
                assert_eq!(at("/a/port"), Some(json!(22)), "{edited}");
            }
            says(at("/a/on") == Some(json!(true)))
        });
        assert!(found.evidence.iter().all(|trace| trace.path != port()), "{:?}", found.evidence);
    }

    #[test]
    fn questions_are_counted() {
        let many: Json = (0..500).map(|n| (format!("k{n}"), json!({"port": n, "x": [n]}))).collect();
        let mut asked = 0;
        let found = found(&many, &[], &mut |_| {
            asked += 1;
            says(true)
        });
        assert!(asked <= MAX_QUESTIONS + 2 && found.questions <= MAX_QUESTIONS, "{asked}");
        let mut seen = Vec::new();
        for _ in 0..2 {
            let found =
                self::found(&many, &[], &mut |edited| says(edited.pointer("/k7/port") == Some(&json!(7))));
            seen.push(found);
        }
        assert_eq!(seen[0], seen[1]);
    }
}
