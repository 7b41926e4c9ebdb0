//! What a step does, told by an ordered list of rules in policy data (`policies/data/steps.yaml`).

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

const RULES: &str = include_str!("../../../policies/data/steps.yaml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    kind: String,
    action: Option<String>,
    command: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesText {
    rules: Vec<RuleText>,
}

struct Rule {
    kind: String,
    on: On,
    pattern: Regex,
}

#[derive(Clone, Copy, PartialEq)]
enum On {
    Action,
    Command,
    Name,
}

static TABLE: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let text: RulesText = serde_yaml::from_str(RULES).unwrap_or(RulesText { rules: Vec::new() });
    text.rules
        .into_iter()
        .filter_map(|rule| {
            let (on, pattern) = match (&rule.action, &rule.command, &rule.name) {
                (Some(pattern), None, None) => (On::Action, pattern),
                (None, Some(pattern), None) => (On::Command, pattern),
                (None, None, Some(pattern)) => (On::Name, pattern),
                _ => return None,
            };
            let pattern = RegexBuilder::new(pattern).case_insensitive(true).build().ok()?;
            Some(Rule { kind: rule.kind, on, pattern })
        })
        .collect()
});

/// What a step counts as, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classified {
    pub kind: String,
    /// For the trace: `command matches /fairlearn/: fairlearn-audit --max 0.1`.
    pub rule: String,
    /// By its name alone.
    pub weak: bool,
}

/// Classifies one step. An annotation decides alone; no match is a transform.
pub fn classify(annotation: Option<&str>, action: Option<&str>, command: &str, name: &str) -> Classified {
    if let Some(kind) = annotation {
        return Classified {
            kind: kind.to_owned(),
            rule: "annotation probity.dev/kind".to_owned(),
            weak: false,
        };
    }
    let commands = simple_commands(command);
    for rule in TABLE.iter() {
        let (what, text) = match rule.on {
            On::Action => ("action", action.filter(|action| rule.pattern.is_match(action))),
            On::Command => {
                ("command", commands.iter().map(String::as_str).find(|line| rule.pattern.is_match(line)))
            }
            On::Name => ("name", Some(name).filter(|name| rule.pattern.is_match(name))),
        };
        if let Some(text) = text {
            let rule_text = format!("{what} matches /{}/: {text}", rule.pattern);
            return Classified { kind: rule.kind.clone(), rule: rule_text, weak: rule.on == On::Name };
        }
    }
    Classified { kind: "transform".to_owned(), rule: String::new(), weak: false }
}

/// The simple commands of a shell text: split at `;`, `&&`, `||`, `|` and line ends; comments and
/// commands that only print left out.
pub fn simple_commands(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    joined
        .split(['\n', ';', '|', '&'])
        .map(str::trim)
        .filter(|command| {
            let program = command.split_whitespace().next().unwrap_or("#");
            !program.starts_with('#') && !matches!(program, "echo" | "printf" | "true" | ":")
        })
        .map(str::to_owned)
        .collect()
}

/// Why a failing command would not stop the run, told from its text.
pub fn swallows_failure(command: &str) -> Option<String> {
    let joined = command.replace("\\\n", " ");
    let mut tolerant = false;
    for line in joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        tolerant |= line.starts_with("set +e");
        for tail in ["|| true", "|| :", "|| exit 0", "; true", "; exit 0"] {
            if line.ends_with(tail) {
                return Some(format!("its command ends in `{tail}`"));
            }
        }
        if let Some((_, tail)) = line.rsplit_once("||")
            && tail.trim_start().starts_with("echo")
        {
            return Some("its command's failure is only echoed".to_owned());
        }
    }
    tolerant.then(|| "its shell runs with `set +e`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_the_data_compiles() {
        let text: RulesText = serde_yaml::from_str(RULES).unwrap();
        assert_eq!(text.rules.len(), TABLE.len());
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
        ] {
            let got = classify(None, None, command, name);
            assert_eq!((got.kind.as_str(), got.weak), (kind, weak), "{command}");
        }
    }

    #[test]
    fn swallowed_failures() {
        assert!(swallows_failure("fairlearn x || true").is_some());
        assert!(swallows_failure("a\nb; exit 0\n").is_some());
        assert!(swallows_failure("a || echo failed").is_some());
        assert!(swallows_failure("a && b").is_none());
    }
}
