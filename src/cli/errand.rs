//! The screen's forms over the engine: what each asks, and what its signature would write.

use crate::audit::Audit;
use crate::model::Finding;
use crate::tui::{Act, Errand, Field, WaiverForm};
use crate::waiver::{self, Draft, Entry, Preview, Record, Register, Verdict, Waiver, Word};

/// Days that a new waiver lasts unless a person says otherwise: within what every default rule allows.
const DAYS: u32 = 90;

/// The form of an errand, with its defaults.
pub fn form(audit: &Audit, errand: &Errand) -> Result<WaiverForm, String> {
    on_the_branch(audit)?;
    let mut form = WaiverForm::default();
    match errand.act {
        Act::Waive | Act::Renew => {
            let draft = draft(audit, errand)?;
            let fields = draft.fields;
            form.add(Field::Reason, fields.reason, true);
            form.add(Field::Expires, audit.now().plus_days(DAYS).date(), true);
            form.add(Field::Ticket, fields.ticket.unwrap_or_default(), false);
            form.add(Field::RiskOwner, fields.risk_owner.unwrap_or_default(), false);
            form.add(Field::DecisionType, fields.decision.as_str(), false);
            form.add(Field::ResidualRisk, fields.residual_risk.as_str(), false);
            // Asked only where there is something to keep or to give.
            let more = [
                (Field::Controls, fields.compensating_controls.join("; ")),
                (Field::Remediation, fields.remediation.unwrap_or_default()),
                (Field::ReviewBy, fields.review_by.unwrap_or_default()),
            ];
            for (field, text) in more.into_iter().filter(|(_, text)| !text.is_empty()) {
                form.add(field, text, false);
            }
            form.facts.push(("paths".to_owned(), fields.paths.join("  ")));
            if let Some(id) = &errand.waiver {
                form.facts.push(("in place of".to_owned(), id.clone()));
            }
        }
        Act::Approve | Act::Reject => {
            form.add(Field::Comment, "", false);
            form.add(Field::Role, "", false);
            form.facts = facts(audit, errand)?;
        }
        Act::Revoke => {
            form.add(Field::Reason, "", true);
            form.facts = facts(audit, errand)?;
        }
    }
    Ok(form)
}

/// All checks, and the exact record.
pub fn preview(audit: &Audit, errand: &Errand, form: &WaiverForm) -> Result<Preview, String> {
    on_the_branch(audit)?;
    let repository = audit.repository().map_err(text)?;
    let (options, now) = (audit.waiver_options(), audit.now());
    let id = || errand.waiver.as_deref().ok_or("no waiver was chosen");
    match errand.act {
        Act::Waive | Act::Renew => {
            let mut draft = draft(audit, errand)?;
            fill(&mut draft, form)?;
            waiver::preview(&repository, &draft, options, now).map_err(text)
        }
        Act::Approve | Act::Reject => {
            let decision = if errand.act == Act::Approve { Verdict::Approve } else { Verdict::Reject };
            let word = Word { decision, role: some(form, Field::Role), comment: some(form, Field::Comment) };
            let authors = |finding: &Finding| audit.authors_of(&repository, finding);
            let about = (errand.finding.as_deref(), &authors as waiver::Authors<'_>);
            waiver::preview_decision((&repository, options), id()?, &word, about, now).map_err(text)
        }
        Act::Revoke => waiver::preview_revocation(&repository, id()?, form.text(Field::Reason), options, now)
            .map_err(text),
    }
}

fn on_the_branch(audit: &Audit) -> Result<(), String> {
    match audit.revision() {
        None => Ok(()),
        Some(_) => {
            Err("records are written on the current branch, not at a commit: 5 and enter lead back to it"
                .to_owned())
        }
    }
}

fn draft(audit: &Audit, errand: &Errand) -> Result<Draft, String> {
    let finding = errand.finding.as_deref().ok_or("its finding is gone, so there is nothing to waive")?;
    match &errand.waiver {
        None => Draft::for_finding(finding).map_err(text),
        Some(id) => {
            let register = register(audit)?;
            Draft::renewal(finding, entry(&register, id)?.0).map_err(text)
        }
    }
}

fn fill(draft: &mut Draft, form: &WaiverForm) -> Result<(), String> {
    let fields = &mut draft.fields;
    form.text(Field::Reason).clone_into(&mut fields.reason);
    form.text(Field::Expires).clone_into(&mut fields.expires);
    fields.ticket = some(form, Field::Ticket).map(str::to_owned);
    fields.risk_owner = some(form, Field::RiskOwner).map(str::to_owned);
    fields.decision = form.text(Field::DecisionType).parse()?;
    fields.residual_risk = form.text(Field::ResidualRisk).parse()?;
    let controls = form.text(Field::Controls).split(';').map(str::trim).filter(|control| !control.is_empty());
    fields.compensating_controls = controls.map(str::to_owned).collect();
    fields.remediation = some(form, Field::Remediation).map(str::to_owned);
    fields.review_by = some(form, Field::ReviewBy).map(str::to_owned);
    Ok(())
}

/// What whoever decides on a waiver should know of it.
fn facts(audit: &Audit, errand: &Errand) -> Result<Vec<(String, String)>, String> {
    let register = register(audit)?;
    let (entry, waiver) = entry(&register, errand.waiver.as_deref().unwrap_or_default())?;
    let decision = &waiver.decision;
    let risk = format!("{}, residual risk {}", decision.kind.as_str(), decision.residual_risk);
    let mut facts = vec![
        ("waiver", entry.id().to_owned()),
        (
            "asked by",
            format!("{} on {}, until {}", waiver.requester, waiver.issued_at.date(), waiver.expires_at),
        ),
        ("its reason", decision.reason.clone()),
        ("accepts", format!("{risk}, owned by {}", decision.risk_owner)),
        ("paths", waiver.scope.paths.join("  ")),
    ];
    if !decision.compensating_controls.is_empty() {
        facts.push(("controls", decision.compensating_controls.join("; ")));
    }
    Ok(facts.into_iter().map(|(label, value)| (label.to_owned(), value)).collect())
}

fn register(audit: &Audit) -> Result<Register, String> {
    super::waiver::register_of(audit).map_err(text)
}

fn entry<'r>(register: &'r Register, id: &str) -> Result<(&'r Entry, &'r Waiver), String> {
    let missing = || waiver::Error::NoSuchWaiver(id.to_owned()).to_string();
    let entry = register.waiver(id).ok_or_else(missing)?;
    match &entry.record {
        Record::Waiver(waiver) => Ok((entry, waiver)),
        _ => Err(missing()),
    }
}

fn some(form: &WaiverForm, field: Field) -> Option<&str> {
    Some(form.text(field)).filter(|text| !text.is_empty())
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
