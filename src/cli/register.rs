//! `probity waiver register`: the exceptions that are in force, asked for, and over.

use std::collections::BTreeMap;

use super::args::{RegisterFormat, RegisterOptions};
use super::failure::Failure;
use super::trace;
use crate::audit::Audit;
use crate::model::Report;
use crate::report::{self, Exception};
use crate::waiver::{Approval, Record, Register, Verdict, Waiver};

pub fn register(options: &RegisterOptions) -> Result<String, Failure> {
    let audit = options.audit.what.open(&options.audit.path, None)?;
    let exceptions = exceptions(&audit, &trace::report_of(&audit)?)?;
    Ok(match options.format {
        RegisterFormat::Text => report::register_text(&exceptions),
        RegisterFormat::Csv => report::register_csv(&exceptions),
        RegisterFormat::Markdown => report::register_markdown(&exceptions),
    })
}

/// Every waiver of what is audited.
pub(super) fn exceptions(audit: &Audit, report: &Report) -> Result<Vec<Exception>, Failure> {
    let repository = audit.repository()?;
    let register =
        Register::read(&repository, audit.commit(&repository)?, audit.waiver_options(), audit.now())?;
    let lines: BTreeMap<&str, _> = report.waivers.iter().map(|line| (line.id.as_str(), line)).collect();
    let mut exceptions = Vec::new();
    for entry in register.entries.iter().filter(|entry| entry.here) {
        let Record::Waiver(waiver) = &entry.record else { continue };
        let counted = register.entries.iter().filter_map(|other| match &other.record {
            Record::Approval(word) if word.waiver == entry.digest && word.decision == Verdict::Approve => {
                let counts = lines.get(other.id()).is_some_and(|line| line.state == "counted");
                counts.then_some(word)
            }
            _ => None,
        });
        let line = lines.get(entry.id());
        let status = line.map(|line| match line.causes.as_slice() {
            [] => line.state.clone(),
            causes => format!("{}: {}", line.state, causes.join("; ")),
        });
        let needed = register.trust.in_force().map(|trust| trust.rules.of(waiver.finding.severity).approvals);
        exceptions.push(exception(entry.id(), waiver, counted.collect(), needed, status.unwrap_or_default()));
    }
    Ok(exceptions)
}

fn exception(
    id: &str,
    waiver: &Waiver,
    mut approvals: Vec<&Approval>,
    needed: Option<u32>,
    status: String,
) -> Exception {
    approvals.sort_by_key(|approval| approval.signed_at);
    let granted = match needed {
        None => String::new(),
        Some(0) => waiver.issued_at.to_string(),
        Some(needed) => approvals
            .get(needed as usize - 1)
            .map(|approval| approval.signed_at.to_string())
            .unwrap_or_default(),
    };
    let decision = &waiver.decision;
    let scope: Vec<&str> = waiver.scope.paths.iter().chain(&waiver.scope.refs).map(String::as_str).collect();
    let approved: Vec<String> =
        approvals.iter().map(|approval| format!("{} ({})", approval.approver, approval.role)).collect();
    Exception {
        id: id.to_owned(),
        policy: format!("{} v{}", waiver.finding.policy, waiver.finding.policy_version),
        scope: format!("{} in {}", waiver.finding.resource, scope.join(", ")),
        justification: format!("{}: {}", decision.kind.as_str(), decision.reason),
        risk: format!("{}, residual {}", waiver.finding.severity, decision.residual_risk),
        compensating_controls: decision.compensating_controls.join("; "),
        requested_by: waiver.requester.clone(),
        approved_by: if needed == Some(0) { "no second person".to_owned() } else { approved.join(", ") },
        granted,
        expires: waiver.expires_at.to_string(),
        status,
    }
}
