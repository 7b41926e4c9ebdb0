//! Who owns a path: CODEOWNERS, matched as GitHub and GitLab document it.
//!
//! The last rule that matches wins; with GitLab's sections the last of each section, together.
//! Patterns are gitignore's, without negation and ranges, and `docs/*` stays in its folder.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::DocumentFact;
use crate::source::Node;

/// The file that counts is the first of these that exists.
const PLACES: [&str; 4] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerRule {
    pub pattern: String,
    pub owners: Arc<[String]>,
    pub section: Option<String>,
    pub optional: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owners {
    /// Empty where there is none.
    pub path: String,
    pub rules: Vec<OwnerRule>,
}

impl Owners {
    pub(super) fn read(&mut self, fact: &DocumentFact) {
        let rank = |path: &str| PLACES.iter().position(|place| *place == path).unwrap_or(PLACES.len());
        if !self.path.is_empty() && rank(&self.path) <= rank(&fact.path) {
            return;
        }
        let text = |node: &Node, name: &str| node.get(name).and_then(Node::as_str).map(str::to_owned);
        let rules = fact.value.items().iter().filter_map(|rule| {
            Some(OwnerRule {
                pattern: text(rule, "pattern")?,
                owners: rule.get("owners").map(Node::strings)?.into_iter().map(str::to_owned).collect(),
                section: text(rule, "section"),
                optional: rule.get("optional").and_then(Node::as_bool) == Some(true),
            })
        });
        *self = Owners { path: fact.path.clone(), rules: rules.collect() };
    }

    /// The owners of a path, empty where nobody is named.
    pub fn of(&self, path: &str) -> Vec<&str> {
        let mut winning: BTreeMap<&str, &OwnerRule> = BTreeMap::new();
        for rule in self.rules.iter().rev() {
            let section = rule.section.as_deref().unwrap_or("");
            if !winning.contains_key(section) && matches(&rule.pattern, path) {
                winning.insert(section, rule);
            }
        }
        let mut owners: Vec<&str> = Vec::new();
        for owner in winning.values().flat_map(|rule| rule.owners.iter()) {
            if !owners.contains(&owner.as_str()) {
                owners.push(owner);
            }
        }
        owners
    }

    /// As policies see it.
    pub fn to_json(&self) -> Vec<Json> {
        let rules = self.rules.iter();
        rules
            .map(|rule| {
                json!({"pattern": rule.pattern, "owners": rule.owners, "section": rule.section, "optional": rule.optional, "path": self.path})
            })
            .collect()
    }
}

/// Does a pattern name this file, or a folder above it?
fn matches(pattern: &str, path: &str) -> bool {
    let folder = pattern.ends_with('/');
    let inner = pattern.trim_end_matches('/');
    let anchored = inner.contains('/');
    let mut segments: Vec<&str> = inner.trim_start_matches('/').split('/').collect();
    if !anchored {
        segments.insert(0, "**");
    }
    let path: Vec<&str> = path.split('/').collect();
    let last = segments.last().copied().unwrap_or("");
    if last == "**" {
        // What lies below, not the folder itself.
        segments.push("*");
    } else if folder {
        segments.extend(["**", "*"]);
    } else if last != "*" || !anchored {
        let below: Vec<&str> = segments.iter().copied().chain(["**", "*"]).collect();
        if glob(&below, &path, |s| *s == "**", |segment, name| fits(segment, name)) {
            return true;
        }
    }
    glob(&segments, &path, |s| *s == "**", |segment, name| fits(segment, name))
}

/// One segment: `*` and `?` stay in it.
fn fits(segment: &str, name: &str) -> bool {
    let segment: Vec<char> = segment.chars().collect();
    let name: Vec<char> = name.chars().collect();
    glob(&segment, &name, |c| *c == '*', |c, other| *c == '?' || c == other)
}

/// Wildcard matching that goes back to the last star only: time grows with both lengths, no faster.
fn glob<P, T>(pattern: &[P], text: &[T], star: impl Fn(&P) -> bool, same: impl Fn(&P, &T) -> bool) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while let Some(item) = text.get(t) {
        match pattern.get(p) {
            Some(part) if star(part) => {
                back = Some((p, t));
                p += 1;
            }
            Some(part) if same(part, item) => {
                p += 1;
                t += 1;
            }
            _ => match back {
                Some((at, from)) => {
                    p = at + 1;
                    t = from + 1;
                    back = Some((at, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(star)
}

#[cfg(test)]
mod tests {
    use super::super::tests::documents;
    use super::*;

    #[test]
    fn patterns_as_github_documents_them() {
        for (pattern, yes, no) in [
            ("*", vec!["a", "a/b/c"], vec![]),
            ("*.js", vec!["a.js", "x/y/a.js"], vec!["a.jsx"]),
            ("/build/logs/", vec!["build/logs/a", "build/logs/x/y"], vec!["x/build/logs/a", "build/logs"]),
            ("docs/*", vec!["docs/a.md"], vec!["docs/x/a.md", "x/docs/a.md"]),
            ("apps/", vec!["apps/a", "x/apps/y/z"], vec!["apps"]),
            ("/docs/", vec!["docs/a"], vec!["x/docs/a"]),
            ("/apps/github", vec!["apps/github", "apps/github/x"], vec!["apps/githubs"]),
            ("**/logs", vec!["logs/a", "a/b/logs/c/d", "logs"], vec!["mylogs/a"]),
            ("a/**/z", vec!["a/z", "a/b/c/z"], vec!["a/b"]),
            ("src/**", vec!["src/a", "src/a/b"], vec!["src"]),
            ("m?del*.py", vec!["model_x.py"], vec!["mdel.py"]),
        ] {
            for path in yes {
                assert!(matches(pattern, path), "{pattern} {path}");
            }
            for path in no {
                assert!(!matches(pattern, path), "{pattern} {path}");
            }
        }
        assert!(
            !matches(&"*a".repeat(2000), &"a".repeat(4000).replace('a', "aa/")),
            "ends soon, whatever it is given"
        );
    }

    #[test]
    fn the_last_rule_wins_in_each_section() {
        let files = [
            ("CODEOWNERS", "* @other\n"),
            (".github/CODEOWNERS", "* @all\nmodels/ @ml @risk\n/models/free\n"),
        ];
        let owners = documents(&files).owners;
        assert_eq!(owners.path, ".github/CODEOWNERS");
        assert_eq!(owners.of("models/a.py"), ["@ml", "@risk"]);
        assert_eq!(owners.of("models/free"), [""; 0]);
        assert_eq!(owners.of("x"), ["@all"]);
        let gitlab =
            documents(&[("CODEOWNERS", "* @all\n[Risk] @risk\nmodels/\n[Docs]\n*.md @docs\n")]).owners;
        assert_eq!(gitlab.of("models/a.md"), ["@all", "@docs", "@risk"]);
    }
}
