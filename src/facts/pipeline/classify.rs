//! What a step does, told by ordered rules: the repository's own (`.probity/config.yaml`), then those
//! in policy data (`policies/steps.yaml`).
//!
//! The order is: the repository's rules; the format's own step types; the annotation
//! `probity.dev/kind`; then what the action, the command, the image and, weakly, the name tell. A
//! script whose commands do several things becomes several steps, one after the other.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use serde::Deserialize;

use super::compose::Call;
use super::graph::{Ends, Pipeline, PipelineStep};
use super::shell::{self, Command, Script};
use crate::model::Unread;
use crate::source::{Document, Node};

const RULES: &str = include_str!("../../../policies/steps.yaml");

/// What a step may count as.
pub const KINDS: [&str; 14] = [
    "transform",
    "deidentify",
    "validate",
    "split",
    "train",
    "evaluate",
    "fairness",
    "robustness",
    "explain",
    "register",
    "approve",
    "deploy",
    "monitor",
    "notify",
];

/// A repository's rules are hostile input: few, short, and cheap once compiled.
const MAX_RULES: usize = 100;
const MAX_PATTERN: usize = 500;
const MAX_REGEX_BYTES: usize = 1 << 20;

/// Whose rule a repository's own is.
const REPOSITORY: &str = "repository rule: ";

/// What a rule may look at.
pub const PATTERNS: [&str; 5] = ["type", "action", "command", "image", "name"];

#[derive(Clone, Copy, PartialEq, Debug)]
enum On {
    Type,
    Action,
    Command,
    Image,
    Name,
}

impl On {
    const ALL: [(On, &'static str); 5] = [
        (On::Type, "type"),
        (On::Action, "action"),
        (On::Command, "command"),
        (On::Image, "image"),
        (On::Name, "name"),
    ];

    fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(on, _)| *on == self).map_or("", |(_, name)| name)
    }
}

#[derive(Debug)]
struct Rule {
    kind: String,
    on: On,
    /// The pattern.
    written: String,
    /// A match alone proves little.
    weak: bool,
}

impl Rule {
    fn matched(&self, origin: &str, text: &str) -> Classified {
        const SHOWN: usize = 200;
        let shown: String = text.chars().take(SHOWN).collect();
        Classified {
            kind: self.kind.clone(),
            rule: format!("{origin}{} matches /{}/: {shown}", self.on.as_str(), self.written),
            weak: self.weak && origin.is_empty(),
        }
    }
}

/// A repository's rule, compiled.
#[derive(Debug)]
struct OwnRule {
    rule: Rule,
    pattern: Regex,
}

impl OwnRule {
    fn new(kind: &str, on: On, written: &str) -> Result<Self, String> {
        if !KINDS.contains(&kind) {
            return Err(format!("unknown kind of step: {kind}"));
        }
        if written.len() > MAX_PATTERN {
            return Err(format!("pattern longer than {MAX_PATTERN} bytes"));
        }
        let pattern = RegexBuilder::new(written)
            .case_insensitive(true)
            .size_limit(MAX_REGEX_BYTES)
            .dfa_size_limit(MAX_REGEX_BYTES)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => "pattern too large".to_owned(),
                _ => "pattern is no regular expression".to_owned(),
            })?;
        Ok(Self {
            rule: Rule { kind: kind.to_owned(), on, written: written.to_owned(), weak: false },
            pattern,
        })
    }
}

/// The built-in rules that look at one thing, in their order.
struct BuiltIn {
    rules: Vec<&'static Rule>,
    /// Together they compile in half the time and match in a fifth of it; this is a part of every audit.
    patterns: RegexSet,
}

impl BuiltIn {
    fn on(on: On) -> &'static Self {
        static ALL: [LazyLock<BuiltIn>; On::ALL.len()] = [
            LazyLock::new(|| BuiltIn::compile(On::Type)),
            LazyLock::new(|| BuiltIn::compile(On::Action)),
            LazyLock::new(|| BuiltIn::compile(On::Command)),
            LazyLock::new(|| BuiltIn::compile(On::Image)),
            LazyLock::new(|| BuiltIn::compile(On::Name)),
        ];
        let [r#type, action, command, image, name] = &ALL;
        match on {
            On::Type => r#type,
            On::Action => action,
            On::Command => command,
            On::Image => image,
            On::Name => name,
        }
    }

    fn compile(on: On) -> Self {
        let rules: Vec<&Rule> = BUILT_IN.iter().filter(|rule| rule.on == on).collect();
        // The letters of ASCII, and for `\w` all that is not ASCII: this compiles five times as fast.
        let written = rules.iter().map(|rule| rule.written.replace(r"\w", r"[\w\x80-\xff]"));
        let patterns = RegexSetBuilder::new(written).case_insensitive(true).unicode(false).build();
        // That they do compile is tested.
        Self { rules, patterns: patterns.unwrap_or_default() }
    }

    /// What the first rule that matches says.
    fn matched(on: On, text: &str) -> Option<Classified> {
        if text.is_empty() {
            return None;
        }
        let known = Self::on(on);
        let first = known.patterns.matches(text.as_bytes()).iter().next()?;
        Some(known.rules.get(first)?.matched("", text))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    kind: String,
    r#type: Option<String>,
    action: Option<String>,
    command: Option<String>,
    image: Option<String>,
    name: Option<String>,
    #[serde(default)]
    weak: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesText {
    rules: Vec<RuleText>,
}

static BUILT_IN: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let text: RulesText = serde_yaml::from_str(RULES).unwrap_or(RulesText { rules: Vec::new() });
    let rules = text.rules.into_iter().filter_map(|rule| {
        let fields = [rule.r#type, rule.action, rule.command, rule.image, rule.name];
        let (on, written) = On::ALL.iter().zip(fields).find_map(|((on, _), field)| Some((*on, field?)))?;
        Some(Rule { kind: rule.kind, on, written, weak: rule.weak || on == On::Name })
    });
    rules.collect()
});

/// Compiles what the steps of most pipelines need.
pub fn get_ready() {
    BuiltIn::on(On::Command);
    BuiltIn::on(On::Name);
}

/// What a step counts as, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classified {
    pub kind: String,
    /// For the trace: `command matches /fairlearn/: fairlearn-audit --max 0.1`.
    pub rule: String,
    /// By its name alone.
    pub weak: bool,
}

impl Default for Classified {
    fn default() -> Self {
        Self::of_kind("transform")
    }
}

impl Classified {
    pub fn of_kind(kind: &str) -> Self {
        Self { kind: kind.to_owned(), rule: String::new(), weak: false }
    }

    pub fn because(kind: &str, rule: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), rule: rule.into(), weak: false }
    }
}

/// What is told about a step beside its commands.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told<'a> {
    pub annotation: Option<&'a str>,
    /// The format's own word for what it is: `ClarifyCheck`, `automl`.
    pub native: &'a str,
    /// `uses` of a GitHub Actions step, a component's name.
    pub action: &'a str,
    pub image: &'a str,
    pub name: &'a str,
}

/// A stretch of a script that does one thing.
#[derive(Debug)]
pub struct Part {
    pub text: String,
    pub classified: Classified,
    pub non_blocking: Option<String>,
    pub opaque: bool,
    pub call: Option<Call>,
}

/// The rules of one repository, before the built-in ones.
#[derive(Debug, Default)]
pub struct Rules {
    own: Vec<OwnRule>,
    /// Files that are pipelines: a command that applies another file runs none.
    pub runnable: BTreeSet<String>,
}

impl Rules {
    /// Reads `pipeline.steps` of `.probity/config.yaml`; what is wrong there is told with its line.
    pub fn of(config: Option<&Document>) -> (Self, Vec<Unread>) {
        let (mut own, mut unread) = (Vec::new(), Vec::new());
        let Some(document) = config else { return (Self::default(), unread) };
        let lists = document.values.iter().filter_map(|node| node.get("pipeline")?.get("steps"));
        for (index, item) in lists.flat_map(Node::items).enumerate() {
            let read =
                if index < MAX_RULES { own_rule(item) } else { Err(format!("more than {MAX_RULES} rules")) };
            match read {
                Ok(rule) => own.push(rule),
                Err(reason) => unread.push(Unread {
                    path: document.path.clone(),
                    line: Some(document.text.position(item.span.start).line),
                    reason: format!("pipeline.steps: {reason}"),
                }),
            }
            if index >= MAX_RULES {
                break;
            }
        }
        (Self { own, ..Self::default() }, unread)
    }

    /// What is decided without a look at the commands.
    fn declared(&self, told: &Told<'_>) -> Option<Classified> {
        let text = |on| match on {
            On::Type => told.native,
            On::Action => told.action,
            On::Image => told.image,
            On::Name => told.name,
            On::Command => "",
        };
        let hit = |own: &&OwnRule| {
            let text = text(own.rule.on);
            !text.is_empty() && own.pattern.is_match(text.as_bytes())
        };
        if let Some(OwnRule { rule, .. }) = self.own.iter().find(hit) {
            return Some(rule.matched(REPOSITORY, text(rule.on)));
        }
        if let Some(found) = BuiltIn::matched(On::Type, told.native) {
            return Some(found);
        }
        if let Some(kind) = told.annotation.filter(|kind| KINDS.contains(kind)) {
            return Some(Classified::because(kind, "annotation probity.dev/kind"));
        }
        BuiltIn::matched(On::Action, told.action)
    }

    fn of_command(&self, text: &str) -> Option<Classified> {
        let mut own = self.own.iter().filter(|own| own.rule.on == On::Command);
        let found = own.find(|own| own.pattern.is_match(text.as_bytes()));
        found.map(|own| own.rule.matched(REPOSITORY, text)).or_else(|| BuiltIn::matched(On::Command, text))
    }

    fn of_rest(told: &Told<'_>) -> Classified {
        let by_image = BuiltIn::matched(On::Image, told.image);
        by_image.or_else(|| BuiltIn::matched(On::Name, told.name)).unwrap_or_default()
    }

    /// One step without a script of several parts.
    pub fn classify(&self, told: &Told<'_>, command: &str) -> Classified {
        self.declared(told)
            .or_else(|| {
                shell::commands(command)
                    .iter()
                    .filter(|command| !command.is_idle())
                    .find_map(|command| self.of_command(&command.text))
            })
            .unwrap_or_else(|| Self::of_rest(told))
    }

    /// The parts of a script, each of one kind, in their order. At least one.
    pub fn parts(&self, told: &Told<'_>, script: &str, folder: &str, pipefail: bool) -> Vec<Part> {
        let split = Script::of(script, pipefail);
        let commands = &split.commands;
        let declared = self.declared(told);
        let mut groups: Vec<Group> = Vec::new();
        let mut folder = folder.to_owned();
        for (at, command) in commands.iter().enumerate() {
            if let ["cd", to, ..] = command.words().as_slice() {
                folder = super::data::join(&[&folder, to]);
            }
            let group = if command.is_idle() {
                Group::plain(at)
            } else {
                let told = declared.clone().or_else(|| self.of_command(&command.text));
                Group::of(at, command, told, &folder, declared.is_some(), &self.runnable)
            };
            match groups.last_mut() {
                Some(last) if last.takes(&group) => last.absorb(group),
                _ => groups.push(group),
            }
        }
        if groups.is_empty() {
            groups.push(Group::plain(0));
        }
        let alone = groups.len() == 1;
        let parts = groups.into_iter().map(|group| {
            let classified = group.classified.clone().or_else(|| declared.clone()).unwrap_or_else(|| {
                // A name speaks for the whole step only.
                if alone { Self::of_rest(told) } else { Classified::default() }
            });
            let text = if alone { script.to_owned() } else { group.text(commands) };
            Part {
                opaque: group.opaque && classified.kind == "transform",
                classified,
                non_blocking: split.tolerated(group.from, group.to),
                text,
                call: group.call,
            }
        });
        parts.collect()
    }
}

/// Neighbouring commands of one script that count as the same.
struct Group {
    from: usize,
    to: usize,
    classified: Option<Classified>,
    opaque: bool,
    call: Option<Call>,
}

impl Group {
    fn plain(at: usize) -> Self {
        Self { from: at, to: at + 1, classified: None, opaque: false, call: None }
    }

    fn of(
        at: usize,
        command: &Command,
        classified: Option<Classified>,
        folder: &str,
        declared: bool,
        runnable: &BTreeSet<String>,
    ) -> Self {
        let call = Call::of(&command.words(), folder).filter(|call| match call {
            Call::File { path, .. } => runnable.contains(path),
            _ => true,
        });
        let call = call.filter(|_| !declared);
        let opaque = classified.is_none() && call.is_none() && command.is_unreadable();
        // A rule may also say that a command does nothing of interest.
        let classified = classified.filter(|classified| classified.kind != "transform" || declared);
        Self { from: at, to: at + 1, classified, opaque, call }
    }

    fn is_plain(&self) -> bool {
        self.classified.is_none() && !self.opaque && self.call.is_none()
    }

    fn takes(&self, next: &Group) -> bool {
        let kind = |group: &Group| group.classified.as_ref().map(|c| c.kind.clone());
        next.is_plain()
            || self.is_plain()
            || (self.call.is_none()
                && next.call.is_none()
                && self.opaque == next.opaque
                && kind(self) == kind(next))
    }

    fn absorb(&mut self, next: Group) {
        self.to = next.to;
        if self.is_plain() {
            *self = Group { from: self.from, ..next };
        }
    }

    fn text(&self, commands: &[Command]) -> String {
        let texts = commands.iter().take(self.to).skip(self.from).map(|command| command.text.as_str());
        texts.collect::<Vec<_>>().join("\n")
    }
}

fn own_rule(item: &Node) -> Result<OwnRule, String> {
    let kind = item.get("kind").and_then(Node::as_str).ok_or("a rule needs `kind`")?;
    let mut found = None;
    for entry in item.entries().iter().filter(|entry| entry.key != "kind") {
        let Some((on, _)) = On::ALL.iter().find(|(_, name)| *name == entry.key) else {
            return Err(format!("unknown key {}", entry.key));
        };
        if found.is_some() {
            return Err("a rule looks at one thing only".to_owned());
        }
        found = Some((*on, entry.node.as_str().ok_or("a pattern is a string")?));
    }
    let (on, pattern) = found.ok_or("a rule needs one of type, action, command, image, name")?;
    OwnRule::new(kind, on, pattern)
}

/// A step and its script, before it is known how many steps that makes.
pub struct Scripted<'a> {
    pub told: Told<'a>,
    pub script: &'a str,
    pub folder: &'a str,
    /// Does the runner's shell set `pipefail`?
    pub pipefail: bool,
    /// Everything else about the step; its kind and its command are overwritten.
    pub step: PipelineStep,
}

impl Rules {
    /// Adds a step, or as many as its script makes, one after the other.
    pub(super) fn add(&self, pipeline: &mut Pipeline, id: &str, scripted: Scripted<'_>) -> Ends {
        let Scripted { told, script, folder, pipefail, step } = scripted;
        let mut ends = Ends::default();
        let subject = format!("pipeline:{}//{id}", pipeline.id);
        for (index, part) in self.parts(&told, script, folder, pipefail).into_iter().enumerate() {
            let id = if index == 0 { id.to_owned() } else { format!("{id} +{index}") };
            let step = PipelineStep {
                kind: part.classified.kind,
                weak: part.classified.weak,
                matched_rule: part.classified.rule,
                opaque: step.opaque || part.opaque,
                image: told.image.to_owned(),
                command: part.text,
                non_blocking: step.non_blocking.clone().or(part.non_blocking),
                call: part.call.or_else(|| step.call.clone()),
                subject: subject.clone(),
                value: Arc::clone(&step.value),
                ..step.clone()
            };
            pipeline.add(&id, step);
            match ends.last.first() {
                Some(last) => pipeline.connect(last, &id),
                None => ends.first.push(id.clone()),
            }
            ends.last = vec![id];
        }
        ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Kind, read};

    fn kinds(script: &str, name: &str) -> Vec<(String, bool, bool)> {
        let told = Told { name, ..Told::default() };
        let parts = Rules::default().parts(&told, script, "", false);
        parts.into_iter().map(|part| (part.classified.kind, part.classified.weak, part.opaque)).collect()
    }

    #[test]
    fn every_rule_of_the_data_compiles() {
        let text: RulesText = serde_yaml::from_str(RULES).unwrap();
        let compiled = On::ALL.map(|(on, _)| BuiltIn::on(on));
        assert_eq!(compiled.iter().map(|known| known.patterns.len()).sum::<usize>(), text.rules.len());
        assert!(text.rules.iter().all(|rule| KINDS.contains(&rule.kind.as_str())));
    }

    #[test]
    fn kinds_of_commands() {
        for (command, name, kind, weak) in [
            ("python src/train.py --epochs 3", "fit", "train", false),
            ("python src/anonymise.py", "x", "deidentify", false),
            ("echo fairlearn", "x", "transform", false),
            ("echo ok", "fairness", "fairness", true),
            ("python -m fairlearn_audit", "x", "transform", false),
            ("fairlearn --max 0.1 || true", "x", "fairness", false),
            ("pip install -r requirements.txt\naws sagemaker update-endpoint --x", "x", "deploy", false),
            ("python storage.py", "storage", "transform", false),
            ("python évaluation/score_modèle.py", "x", "evaluate", false),
            ("python 訓練/train_模型.py", "x", "train", false),
        ] {
            let told = Told { name, ..Told::default() };
            let got = Rules::default().classify(&told, command);
            assert_eq!((got.kind.as_str(), got.weak), (kind, weak), "{command}");
        }
    }

    #[test]
    fn a_script_that_does_several_things_is_several_steps() {
        let all = kinds("pip install x\npython train.py\n./ci/gate.sh\nkubectl apply -f k8s/\necho ok", "x");
        let expected = [("train", false), ("transform", true), ("deploy", false)];
        let got: Vec<_> = all.iter().map(|(kind, _, opaque)| (kind.as_str(), *opaque)).collect();
        assert_eq!(got, expected);
        assert_eq!(kinds("python train.py --a\npython train.py --b\ncat log", "x").len(), 1);
    }

    #[test]
    fn the_order_of_what_decides() {
        let rules = Rules::default();
        let told = Told { annotation: Some("deidentify"), name: "fairness", ..Told::default() };
        assert_eq!(rules.classify(&told, "python train.py").kind, "deidentify");
        let told = Told {
            native: "SageMaker ClarifyCheck MODEL_BIAS",
            annotation: Some("notify"),
            ..Told::default()
        };
        assert_eq!(rules.classify(&told, "").kind, "fairness");
        let told = Told { annotation: Some("nonsense"), ..Told::default() };
        assert_eq!(rules.classify(&told, "python train.py").kind, "train");
    }

    #[test]
    fn a_repository_adds_rules_and_sees_its_mistakes() {
        let text = "pipeline:\n  steps:\n    - {kind: fairness, command: 'parity-gate'}\n    - {kind: fair, command: x}\n    - {kind: train, command: '('}\n    - {kind: train}\n    - {kind: train, command: '(a{500}){500}'}\n";
        let document = read(".probity/config.yaml", Kind::Yaml, text.into(), false).document.unwrap();
        let (rules, unread) = Rules::of(Some(&document));
        let lines: Vec<_> = unread.iter().map(|unread| unread.line.unwrap()).collect();
        assert_eq!(lines, [4, 5, 6, 7], "{unread:?}");
        let got = rules.classify(&Told::default(), "parity-gate --max 0.1");
        assert_eq!(got.kind, "fairness");
        assert!(got.rule.starts_with("repository rule: "), "{}", got.rule);
        assert!(!got.weak);
    }
}
