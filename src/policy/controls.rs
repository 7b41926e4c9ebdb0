//! The frameworks and controls that policies cite: `policies/controls.yaml`, embedded.
//!
//! A citation is `<framework>:<native id>`, split at the first colon only, for native ids hold colons and spaces of
//! their own (`OWASP-LLM:LLM01:2025`).

use std::sync::OnceLock;

use serde::Deserialize;

use super::embedded;

/// Something that an audit gives evidence for: a law, a standard, a list of risks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// As it stands in front of the colon: `EU-AIA`.
    pub code: String,
    pub name: String,
    pub version: String,
    pub publisher: String,
    pub link: String,
    /// In the framework's own order.
    pub controls: Vec<Control>,
}

/// One entry of a framework.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// In the framework's own spelling: `10.2.f`, `MEASURE 2.11`.
    pub id: String,
    pub title: String,
    /// `YYYY-MM-DD`: the duty does not apply before that day.
    pub effective_from: Option<String>,
    /// False where the date could not be checked against a public source.
    #[serde(default = "yes")]
    pub date_verified: bool,
    /// False where the id could not be checked.
    #[serde(default = "yes")]
    pub verified: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct Catalogue {
    frameworks: Vec<Framework>,
}

/// All frameworks, in the order in which they are listed everywhere.
pub fn frameworks() -> &'static [Framework] {
    static FRAMEWORKS: OnceLock<Vec<Framework>> = OnceLock::new();
    // A test holds that it parses.
    let parsed = || embedded::data("policies/controls.yaml").map(|Catalogue { frameworks }| frameworks);
    FRAMEWORKS.get_or_init(|| parsed().unwrap_or_default())
}

/// The two parts of a citation.
pub fn split_control(cited: &str) -> (&str, &str) {
    cited.split_once(':').unwrap_or(("", cited))
}

/// What a citation names; `None` when no framework of ours has such a control.
pub fn find_control(cited: &str) -> Option<(&'static Framework, &'static Control)> {
    let (code, id) = split_control(cited);
    let framework = frameworks().iter().find(|framework| framework.code == code)?;
    Some((framework, framework.controls.iter().find(|control| control.id == id)?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::policy::Bundle;

    #[test]
    fn the_file_parses_and_repeats_nothing() {
        let frameworks = frameworks();
        assert_eq!(frameworks.len(), 17);
        let mut seen = BTreeSet::new();
        for framework in frameworks {
            assert!(seen.insert(framework.code.clone()), "{} stands twice", framework.code);
            assert!(!framework.code.contains(':') && framework.link.starts_with("https://"));
            for control in &framework.controls {
                let cited = format!("{}:{}", framework.code, control.id);
                assert!(!control.title.is_empty(), "{cited} has no title");
                assert_eq!(split_control(&cited), (framework.code.as_str(), control.id.as_str()));
                if let Some(date) = &control.effective_from {
                    let digits = date.chars().map(|c| if c.is_ascii_digit() { '0' } else { c });
                    assert_eq!(digits.collect::<String>(), "0000-00-00", "{cited}");
                }
                assert!(control.date_verified || control.effective_from.is_some(), "{cited}");
                assert!(seen.insert(cited.clone()), "{cited} stands twice");
            }
        }
    }

    /// A policy that cites what is not there promises evidence for nothing.
    #[test]
    fn policies_cite_known_controls_only() {
        let bundle = Bundle::builtin();
        let cited = bundle.policies.iter().flat_map(|policy| {
            policy.info.controls.iter().map(move |control| (policy.info.id.clone(), control.clone()))
        });
        let unknown: Vec<_> = cited.filter(|(_, control)| find_control(control).is_none()).collect();
        assert!(unknown.is_empty(), "not in policies/controls.yaml: {unknown:?}");
        let silent = bundle.policies.iter().filter(|policy| policy.info.controls.is_empty());
        let silent: Vec<_> = silent.map(|policy| policy.info.id.clone()).collect();
        assert!(silent.is_empty(), "policies without a control: {silent:?}");
    }

    #[test]
    fn a_native_id_may_hold_colons() {
        assert_eq!(find_control("OWASP-LLM:LLM01:2025").unwrap().1.title, "Prompt Injection");
        assert!(find_control("OWASP-LLM:LLM01").is_none());
        assert!(find_control("LLM01").is_none());
    }
}
