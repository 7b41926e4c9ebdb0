//! OPA's `# METADATA` annotations. The Rego parser drops comments, so they are read from the text.
//!
//! Format: <https://www.openpolicyagent.org/docs/policy-language#metadata>.

use serde::Deserialize;
use serde_yaml::Value;

use crate::facts::{Given, Shape};
use crate::model::{Scope, Severity};

/// The package's annotations, as far as Probity reads them.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Annotations {
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub related_resources: Vec<Value>,
    #[serde(default)]
    pub custom: Custom,
}

/// What OPA leaves to each tool, under `custom`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Custom {
    pub id: Option<String>,
    pub version: Option<u32>,
    pub severity: Option<Severity>,
    #[serde(default)]
    pub scope: Scopes,
    /// The form of `input`; told from what the policy reads where it is left out.
    pub shape: Option<Shape>,
    #[serde(default)]
    pub selects: Vec<String>,
    /// Where none of them holds anything, the policy has nothing to say.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// Which resources `input.resources` holds.
    #[serde(default)]
    pub resources: Given,
    #[serde(default)]
    pub controls: Vec<String>,
    #[serde(default)]
    pub remediation: String,
    #[serde(default)]
    pub params: Vec<String>,
    pub waivable: Option<bool>,
    /// What the check reads, by the catalogue's codes (`tf`, `k8s`, `card`).
    #[serde(default)]
    pub inputs: Vec<String>,
    /// When the policy concerns a system at all, in prose.
    #[serde(default)]
    pub applies_when: String,
    /// Rule ids of other tools that ask the same.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Why it matters, in prose; without it the cited controls say it.
    #[serde(default)]
    pub why: String,
    /// What looks like a violation and is none, a sentence each.
    #[serde(default)]
    pub not_flagged: Vec<String>,
}

/// A member of the repository's input that may hold something. A word that is none is refused: passed over, it would
/// silently make the policy asked always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Need {
    /// Only those count that the policy names.
    Resources,
    /// Documents about models and data.
    Cards,
    Systems,
    Pipelines,
    Metrics,
    Packages,
    Images,
    Waivers,
}

/// One scope or a list of them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Scopes {
    One(Scope),
    Several(Vec<Scope>),
}

impl Default for Scopes {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Scopes {
    /// A shape that fits one scope only decides; a policy that says nothing looks at documents.
    pub fn with(&self, shape: Shape) -> Vec<Scope> {
        match (shape.scope(), self) {
            (Some(scope), _) => vec![scope],
            (None, Self::One(scope)) => vec![*scope],
            (None, Self::Several(scopes)) if scopes.is_empty() => vec![Scope::Document],
            (None, Self::Several(scopes)) => scopes.clone(),
        }
    }
}

impl Annotations {
    /// Links of `related_resources`, written as strings or as `{ref: ...}`.
    pub fn related(&self) -> Vec<String> {
        let link = |value: &Value| value.as_str().or_else(|| value.get("ref")?.as_str()).map(str::to_owned);
        self.related_resources.iter().filter_map(link).collect()
    }
}

/// The annotations in front of the `package` line; `None` when there are none.
///
/// # Errors
/// Says the line (from 1) and why, when the block is no YAML of the expected form.
pub fn annotations(text: &str) -> Result<Option<Annotations>, (u32, String)> {
    let mut block: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line == "# METADATA" {
            block = Some((index + 1, String::new()));
        } else if let Some((_, yaml)) = block.as_mut().filter(|_| line.starts_with('#')) {
            yaml.push_str(line.strip_prefix("# ").unwrap_or_else(|| line.trim_start_matches('#')));
            yaml.push('\n');
        } else if line.starts_with("package ") {
            break;
        } else if !line.is_empty() {
            block = None;
        }
    }
    let Some((line, yaml)) = block else { return Ok(None) };
    serde_yaml::from_str(&yaml).map(Some).map_err(|error| {
        let inside = error.location().map_or(0, |location| location.line());
        (u32::try_from(line + inside).unwrap_or(u32::MAX), format!("metadata: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_before_the_package_is_read() {
        let text = "# a comment\n\n# METADATA\n# title: T\n# custom:\n#   id: PB-X-001\n#   severity: high\npackage x\n";
        let found = annotations(text).unwrap().unwrap();
        assert_eq!((found.title.as_str(), found.custom.id.as_deref()), ("T", Some("PB-X-001")));
        assert!(annotations("package x\n# METADATA\n# title: rule\n").unwrap().is_none());
        assert_eq!(annotations("# METADATA\n# title: [\npackage x\n").unwrap_err().0, 2);
    }

    #[test]
    fn what_nobody_knows_is_not_needed_by_silence() {
        let of =
            |needs: &str| annotations(&format!("# METADATA\n# custom:\n#   needs: {needs}\npackage x\n"));
        let known = of("[resources, cards, systems, pipelines, metrics, packages, images, waivers]");
        assert_eq!(known.unwrap().unwrap().custom.needs.len(), 8);
        let (_, reason) = of("[systems, pipeline]").unwrap_err();
        assert!(reason.contains("`pipeline`") && reason.contains("`pipelines`"), "{reason}");
    }
}
