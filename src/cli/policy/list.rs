//! `probity policy list`: the policies, or the controls that they give evidence for.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::cli::args::{By, DocumentFormat, ListOptions};
use crate::cli::exit;
use crate::cli::failure::Failure;
use crate::policy::{Bundle, Policy, find_control, frameworks, split_control};
use crate::report::markdown;
use crate::text::SafeText;

pub(super) fn run(options: &ListOptions) -> Result<(String, u8), Failure> {
    let bundle = Bundle::load(&options.policies, &crate::cli::isolation()?).map_err(Failure::Usage)?;
    let text = match (options.by, options.format) {
        (None, DocumentFormat::Text) => text(&bundle),
        (None, DocumentFormat::Markdown) => table(&bundle),
        (Some(By::Control), DocumentFormat::Text) => by_control_text(&bundle),
        (Some(By::Control), DocumentFormat::Markdown) => by_control_markdown(&bundle),
        (by, DocumentFormat::Json) => format!("{:#}\n", as_json(&bundle, by)),
    };
    let complete = bundle.failures.is_empty();
    Ok((text, if complete { exit::CLEAN } else { exit::INCOMPLETE }))
}

fn text(bundle: &Bundle) -> String {
    let mut out = String::new();
    for policy in &bundle.policies {
        let info = &policy.info;
        let (id, title) = (SafeText::new(&info.id), SafeText::prose(&info.title));
        let _ = writeln!(out, "{:<12} {:<8} {title}", id.as_str(), info.severity);
    }
    failures(bundle, &mut out);
    out
}

fn failures(bundle: &Bundle, out: &mut String) {
    for failure in &bundle.failures {
        let _ = writeln!(out, "not loaded: {}", SafeText::prose(&failure.explanation()));
    }
}

fn table(bundle: &Bundle) -> String {
    let mut out = String::from("| policy | severity | title |\n|---|---|---|\n");
    for policy in &bundle.policies {
        let info = &policy.info;
        let _ = writeln!(out, "| {} | {} | {} |", markdown(&info.id), info.severity, markdown(&info.title));
    }
    for failure in &bundle.failures {
        let _ = write!(out, "\n> Not loaded: {}\n", markdown(&failure.explanation()));
    }
    out
}

/// The policies of each cited control, in the catalogue's order; controls that it does not know come last.
fn by_control(bundle: &Bundle) -> Vec<(String, Vec<&Policy>)> {
    let mut cited: BTreeMap<&str, Vec<&Policy>> = BTreeMap::new();
    for policy in &bundle.policies {
        for control in &policy.info.controls {
            cited.entry(control).or_default().push(policy);
        }
    }
    let known = frameworks().iter().flat_map(|framework| {
        framework.controls.iter().map(move |control| format!("{}:{}", framework.code, control.id))
    });
    let mut out: Vec<(String, Vec<&Policy>)> =
        known.filter_map(|name| cited.remove(name.as_str()).map(|policies| (name, policies))).collect();
    out.extend(cited.into_iter().map(|(name, policies)| (name.to_owned(), policies)));
    out
}

fn title(control: &str) -> &'static str {
    find_control(control).map_or("not in the catalogue of controls", |(_, found)| found.title.as_str())
}

fn ids(policies: &[&Policy]) -> Vec<String> {
    policies.iter().map(|policy| policy.info.id.to_string()).collect()
}

fn by_control_text(bundle: &Bundle) -> String {
    let mut out = String::new();
    let mut last = None;
    for (control, policies) in by_control(bundle) {
        let (code, id) = split_control(&control);
        if last.as_deref() != Some(code) {
            let framework = frameworks().iter().find(|framework| framework.code == code);
            let name = framework.map_or_else(String::new, |f| format!("  {} {}", f.name, f.version));
            let _ = writeln!(out, "{}{}{name}", if last.is_some() { "\n" } else { "" }, SafeText::new(code));
            last = Some(code.to_owned());
        }
        let _ = writeln!(out, "  {:<14} {}", SafeText::new(id).as_str(), title(&control));
        let _ = writeln!(out, "                 {}", SafeText::new(&ids(&policies).join(", ")));
    }
    failures(bundle, &mut out);
    out
}

fn by_control_markdown(bundle: &Bundle) -> String {
    let mut out = String::from("| control | title | policies |\n|---|---|---|\n");
    for (control, policies) in by_control(bundle) {
        let policies = markdown(&ids(&policies).join(", "));
        let _ = writeln!(out, "| {} | {} | {policies} |", markdown(&control), markdown(title(&control)));
    }
    out
}

fn as_json(bundle: &Bundle, by: Option<By>) -> Json {
    let failures: Vec<Json> = bundle.failures.iter().map(|f| json!(f)).collect();
    if by.is_some() {
        let controls: Vec<Json> = by_control(bundle)
            .iter()
            .map(|(control, policies)| {
                let (framework, id) = split_control(control);
                let found = find_control(control);
                json!({"framework": framework, "id": id, "known": found.is_some(),
                    "title": found.map(|(_, control)| &control.title),
                    "effective_from": found.and_then(|(_, control)| control.effective_from.as_ref()),
                    "policies": ids(policies)})
            })
            .collect();
        return json!({"schema": "probity.policy-controls/v1", "controls": controls, "not_loaded": failures});
    }
    let policies: Vec<Json> = bundle
        .policies
        .iter()
        .map(|policy| {
            let info = &policy.info;
            json!({"id": info.id.as_ref(), "title": info.title, "severity": info.severity, "version": info.version,
                "scopes": info.scopes, "selects": policy.selects, "controls": info.controls,
                "waivable": info.waivable, "file": info.file, "digest": info.digest.to_string()})
        })
        .collect();
    json!({"schema": "probity.policy-list/v1", "policies": policies, "not_loaded": failures})
}
