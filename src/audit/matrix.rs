//! The verdicts of an audit by framework and control.
//!
//! A policy passes when it was evaluated over at least one unit and found nothing. One that had nothing to look at
//! says so: it is not applicable, never passed. Dates of application change no verdict: a control whose day is
//! still to come is marked with it.

use std::collections::{BTreeMap, BTreeSet};

use super::judge::Units;
use crate::model::{ControlLine, Finding, FrameworkLine, Matrix, Outcome, PolicyLine, Report, Status};
use crate::policy::{Policy, frameworks};

/// Sums up; `today` is `YYYY-MM-DD`.
pub(super) fn matrix(policies: &[Policy], report: &Report, units: &Units, today: &str) -> Matrix {
    let lines: Vec<PolicyLine> = policies.iter().map(|policy| line(policy, report, units)).collect();
    let mut by_control: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, policy) in policies.iter().enumerate() {
        for control in &policy.info.controls {
            by_control.entry(control).or_default().push(index);
        }
    }
    let frameworks = frameworks().iter().map(|framework| {
        let controls = framework.controls.iter().map(|control| {
            let cited = format!("{}:{}", framework.code, control.id);
            let policies = by_control.remove(cited.as_str()).unwrap_or_default();
            let outcomes = policies.iter().filter_map(|index| Some(lines.get(*index)?.outcome));
            ControlLine {
                id: control.id.clone(),
                title: control.title.clone(),
                outcome: outcomes.min(),
                // Dates of this form are ordered as their texts are.
                applies_from: control.effective_from.clone().filter(|date| date.as_str() > today),
                date_verified: control.date_verified,
                policies,
            }
        });
        FrameworkLine {
            code: framework.code.clone(),
            name: framework.name.clone(),
            version: framework.version.clone(),
            controls: controls.collect(),
        }
    });
    let mut frameworks: Vec<FrameworkLine> = frameworks.collect();
    frameworks.extend(others(by_control, &lines));
    Matrix { policies: lines, frameworks }
}

/// Controls that only an organisation's own policies cite.
fn others(by_control: BTreeMap<&str, Vec<usize>>, lines: &[PolicyLine]) -> Vec<FrameworkLine> {
    let mut own: BTreeMap<&str, Vec<ControlLine>> = BTreeMap::new();
    for (cited, policies) in by_control {
        let (code, id) = crate::policy::split_control(cited);
        let outcomes = policies.iter().filter_map(|index| Some(lines.get(*index)?.outcome));
        own.entry(code).or_default().push(ControlLine {
            id: id.to_owned(),
            title: String::new(),
            outcome: outcomes.min(),
            applies_from: None,
            date_verified: true,
            policies,
        });
    }
    own.into_iter()
        .map(|(code, controls)| FrameworkLine {
            code: code.to_owned(),
            name: if code.is_empty() { "without a framework".to_owned() } else { code.to_owned() },
            version: String::new(),
            controls,
        })
        .collect()
}

fn of<'f>(list: &'f [Finding], id: &str) -> impl Iterator<Item = &'f Finding> {
    list.iter().filter(move |finding| finding.policy.id.as_ref() == id)
}

fn line(policy: &Policy, report: &Report, units: &Units) -> PolicyLine {
    let id = &policy.info.id;
    let units = units.get(id).copied().unwrap_or(0);
    let open = of(&report.findings, id).filter(|finding| finding.status == Status::Open).count();
    let waived = of(&report.findings, id).count() - open;
    let (inconclusive, review) = (of(&report.inconclusive, id).count(), of(&report.review, id).count());
    let silent: BTreeSet<&str> = of(&report.not_applicable, id).map(|f| f.resource.as_str()).collect();
    let failure = report.not_evaluated.iter().find(|entry| entry.policy == id.as_ref());
    let (outcome, findings, reason) = if open > 0 {
        (Outcome::Fail, open, String::new())
    } else if let Some(failure) = failure {
        (Outcome::NotEvaluated, 0, failure.explanation())
    } else if inconclusive > 0 {
        (Outcome::Inconclusive, inconclusive, String::new())
    } else if review > 0 {
        (Outcome::Review, review, String::new())
    } else if waived > 0 {
        (Outcome::Waived, waived, String::new())
    } else if units == 0 {
        (Outcome::NotApplicable, 0, "nothing to judge here".to_owned())
    } else if silent.len() >= units {
        let reason = of(&report.not_applicable, id).next().map(|finding| finding.message.clone());
        (Outcome::NotApplicable, silent.len(), reason.unwrap_or_default())
    } else {
        (Outcome::Pass, 0, String::new())
    };
    PolicyLine {
        policy: id.clone(),
        title: policy.info.title.clone(),
        severity: policy.info.severity,
        outcome,
        units,
        findings,
        reason,
    }
}
