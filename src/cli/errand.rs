//! The screen's forms over the engine: what each asks, and what its signature would write.

use crate::audit::Audit;
use crate::model::{Finding, Severity};
use crate::policy::CONFIG;
use crate::tui::{Act, Errand, Field, WaiverForm};
use crate::waiver::{
    self, DecisionType, Detail, Draft, Entry, Preview, Record, Register, Verdict, Waiver, Word,
};

/// Findings of a bulk waiver that the form names.
const SAMPLE: usize = 5;

/// Days that a new waiver lasts unless a person says otherwise: within what every default rule allows.
const DAYS: u32 = 90;

/// The template that counts where none is chosen, and what stands in the form where there is none of that name.
const DEFAULT_TEMPLATE: &str = "default";
const NO_TEMPLATE: &str = "none";

/// The form of an errand, with its defaults.
pub fn form(audit: &Audit, errand: &Errand, template: Option<&str>) -> Result<WaiverForm, String> {
    on_the_branch(audit)?;
    let mut form = WaiverForm::default();
    match errand.act {
        Act::Waive | Act::Renew => {
            let templates = audit.templates().map_err(text)?;
            let chosen = template.filter(|name| *name != NO_TEMPLATE);
            let suggested = templates.template(chosen)?;
            let mut fields = draft(audit, errand)?.fields;
            fields.expires = audit.now().plus_days(DAYS).date();
            if errand.waiver.is_none() || chosen.is_some() {
                suggested.fill(&mut fields, audit.now());
            }
            let mut names: Vec<&str> = templates.names().collect();
            if !names.is_empty() {
                // A renewal begins with what was decided before.
                let renewal = errand.waiver.is_some();
                if renewal || !names.contains(&DEFAULT_TEMPLATE) {
                    names.insert(0, NO_TEMPLATE);
                }
                let at = if renewal { NO_TEMPLATE } else { DEFAULT_TEMPLATE };
                form.choose(Field::Template, chosen.unwrap_or(at), names);
            }
            let required = |detail| suggested.required.contains(&detail);
            form.add(Field::Reason, fields.reason, true);
            form.add(Field::Expires, fields.expires, true);
            form.add(Field::Ticket, fields.ticket.unwrap_or_default(), required(Detail::Ticket));
            form.add(Field::RiskOwner, fields.risk_owner.unwrap_or_default(), required(Detail::RiskOwner));
            form.choose(
                Field::DecisionType,
                fields.decision.as_str(),
                DecisionType::ALL.map(DecisionType::as_str),
            );
            form.choose(
                Field::ResidualRisk,
                fields.residual_risk.as_str(),
                Severity::ALL.map(Severity::as_str),
            );
            // Asked only where there is something to keep or to give.
            let more = [
                (Field::Controls, fields.compensating_controls.join("; "), Detail::CompensatingControls),
                (Field::Remediation, fields.remediation.unwrap_or_default(), Detail::Remediation),
                (Field::ReviewBy, fields.review_by.unwrap_or_default(), Detail::ReviewBy),
            ];
            for (field, text, detail) in more {
                if required(detail) || !text.is_empty() {
                    form.add(field, text, required(detail));
                }
            }
            if errand.others.is_empty() {
                form.facts.push(("paths".to_owned(), fields.paths.join("  ")));
            } else {
                let count = errand.others.len() + 1;
                form.facts.push((
                    "findings".to_owned(),
                    format!("{count}, a record each, one commit; none where one is refused"),
                ));
                for other in errand.finding.iter().chain(errand.others.iter()).take(SAMPLE) {
                    form.facts.push((other.policy.id.to_string(), other.resource.clone()));
                }
                if count > SAMPLE {
                    form.facts.push((String::new(), format!("and {} more", count - SAMPLE)));
                }
            }
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

/// All checks, and the exact records: one, or one for each finding.
pub fn preview(audit: &Audit, errand: &Errand, form: &WaiverForm) -> Result<Vec<Preview>, String> {
    on_the_branch(audit)?;
    let repository = audit.repository().map_err(text)?;
    let (options, now) = (audit.waiver_options(), audit.now());
    let id = || errand.waiver.as_deref().ok_or("no waiver was chosen");
    let one = |preview: Result<Preview, waiver::Error>| preview.map(|preview| vec![preview]).map_err(text);
    match errand.act {
        Act::Waive | Act::Renew => {
            let mut drafts = vec![draft(audit, errand)?];
            for other in errand.others.iter() {
                let mut draft = Draft::for_finding(other).map_err(text)?;
                // Each keeps the severity that its own policy gives it.
                fill(&mut draft, form)?;
                draft.fields.residual_risk = draft.fields.residual_risk.min(other.severity);
                drafts.push(draft);
            }
            let Some(draft) = drafts.first_mut() else { return Ok(Vec::new()) };
            fill(draft, form)?;
            let chosen = some(form, Field::Template).filter(|name| *name != NO_TEMPLATE);
            let suggested = audit.templates().map_err(text)?.template(chosen)?;
            if let Some(detail) = suggested.missing(&draft.fields).first() {
                return Err(format!("{CONFIG} requires `{}`", detail.as_str()));
            }
            waiver::preview_all(&repository, &drafts, options, now).map_err(text)
        }
        Act::Approve | Act::Reject => {
            let decision = if errand.act == Act::Approve { Verdict::Approve } else { Verdict::Reject };
            let word = Word { decision, role: some(form, Field::Role), comment: some(form, Field::Comment) };
            let authors = |finding: &Finding| audit.authors_of(&repository, finding);
            let about = (errand.finding.as_deref(), &authors as waiver::Authors<'_>);
            one(waiver::preview_decision((&repository, options), id()?, &word, about, now))
        }
        Act::Revoke => {
            one(waiver::preview_revocation(&repository, id()?, form.text(Field::Reason), options, now))
        }
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
