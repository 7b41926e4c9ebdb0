//! `probity waive` and `probity waiver`: records from the command line.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;

use super::args::{
    AuditOptions, DecisionOptions, WaiveOptions, WaiverCommand, WaiverListOptions, WaiverOptions, WordOptions,
};
use super::failure::Failure;
use super::register::register;
use super::verify::verify;
use super::{ask, editor, exit, trace};
use crate::audit::Audit;
use crate::model::{Finding, Report, WaiverLine};
use crate::policy::CONFIG;
use crate::text::SafeText;
use crate::waiver::{self, Draft, DraftFields, Entry, Preview, Receipt, Record, Register, Verdict, Word};

pub fn waive(options: &WaiveOptions) -> Result<u8, Failure> {
    if options.what.rev.is_some() {
        return Err(Failure::Usage("a waiver is written on the current branch; leave out --rev".to_owned()));
    }
    let audit = options.what.open(&options.path, None)?;
    let report = trace::report_of(&audit)?;
    let findings = asked_about(&report, options)?;
    let drafts = findings.into_iter().map(|finding| {
        let mut draft = Draft::for_finding(finding)?;
        if !options.paths.is_empty() {
            draft.fields.paths.clone_from(&options.paths);
        }
        Ok(draft)
    });
    let drafts = drafts.collect::<Result<Vec<_>, waiver::Error>>()?;
    let drafts = decided(&audit, &options.decision, drafts)?;
    let receipts: String = sign(&audit, &drafts, options.yes)?.iter().map(receipt_line).collect();
    std::io::stdout().lock().write_all(receipts.as_bytes())?;
    Ok(exit::CLEAN)
}

/// Puts into drafts what is decided: by a template, then by what was typed. One reason is asked for all of them.
fn decided(audit: &Audit, options: &DecisionOptions, mut drafts: Vec<Draft>) -> Result<Vec<Draft>, Failure> {
    let template = audit.templates()?.template(options.template.as_deref()).map_err(Failure::Usage)?;
    let mut reason = options.reason.clone().or_else(|| template.reason.clone()).unwrap_or_default();
    if options.reason.is_none() && ask::is_possible() {
        reason = editor::ask_reason(&reason, &drafts.iter().map(Draft::subject).collect::<Vec<_>>())?;
    }
    for draft in &mut drafts {
        // What was decided before stays in a renewal, unless another template is asked for.
        if options.template.is_some() || !draft.is_renewal() {
            template.fill(&mut draft.fields, audit.now());
        }
        options.put_into(&mut draft.fields);
        draft.fields.reason.clone_from(&reason);
        let gap = if reason.trim().is_empty() {
            "say why this is acceptable: --reason".to_owned()
        } else if draft.fields.expires.is_empty() {
            "a waiver must expire: --expires".to_owned()
        } else if let Some(detail) = template.missing(&draft.fields).first() {
            let option = detail.as_str().trim_end_matches('s').replace('_', "-");
            format!("{CONFIG} requires `{}`: give --{option}", detail.as_str())
        } else {
            continue;
        };
        return Err(Failure::Usage(gap));
    }
    Ok(drafts)
}

impl DecisionOptions {
    /// Puts what was typed in the place of what was suggested; the reason is asked for apart.
    fn put_into(&self, fields: &mut DraftFields) {
        let or = |known: &mut Option<String>, typed: &Option<String>| {
            *known = typed.clone().or_else(|| known.take());
        };
        if let Some(expires) = &self.expires {
            fields.expires.clone_from(expires);
        }
        fields.decision = self.kind.unwrap_or(fields.decision);
        fields.residual_risk = self.residual_risk.unwrap_or(fields.residual_risk);
        if !self.compensating_controls.is_empty() {
            fields.compensating_controls.clone_from(&self.compensating_controls);
        }
        or(&mut fields.remediation, &self.remediation);
        or(&mut fields.ticket, &self.ticket);
        or(&mut fields.risk_owner, &self.risk_owner);
        or(&mut fields.review_by, &self.review_by);
    }
}

/// Each finding once, in the order in which it was asked about.
fn asked_about<'r>(report: &'r Report, options: &WaiveOptions) -> Result<Vec<&'r Finding>, Failure> {
    let mut found: Vec<&Finding> = match &options.all_of {
        Some(policy) => report.open().filter(|finding| *finding.policy.id == **policy).collect(),
        None => {
            options.fingerprints.iter().map(|typed| trace::find(report, typed)).collect::<Result<_, _>>()?
        }
    };
    let mut seen = BTreeSet::new();
    found.retain(|finding| seen.insert(finding.fingerprint));
    match (&options.all_of, found.is_empty()) {
        (Some(policy), true) => Err(Failure::Usage(format!("no open finding of {policy}"))),
        _ => Ok(found),
    }
}

/// Shows what would be written, asks, signs each record and commits all of them at once.
fn sign(audit: &Audit, drafts: &[Draft], yes: bool) -> Result<Vec<Receipt>, Failure> {
    let repository = audit.repository()?;
    let signing = audit.waiver_options();
    let previews = waiver::preview_all(&repository, drafts, signing, audit.now())?;
    for preview in &previews {
        eprint!("{}", describe(preview));
    }
    let question = match previews.len() {
        1 => "Sign and commit this?".to_owned(),
        many => format!("Sign these {many} records, each by itself, and commit them together?"),
    };
    ask::confirm(&question, yes)?;
    Ok(waiver::commit_records(&repository, &previews, signing)?)
}

/// Everything that will be written, and by whom.
fn describe(preview: &Preview) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", SafeText::new(&preview.record_path));
    for line in SafeText::lines(&preview.payload) {
        let _ = writeln!(out, "  {line}");
    }
    let _ =
        writeln!(out, "signed by {} with {}", SafeText::prose(&preview.principal), preview.key_fingerprint);
    let signed = if preview.will_sign_commit { "one signed commit" } else { "one unsigned commit" };
    let _ = writeln!(out, "{signed} on {}", SafeText::new(&preview.branch));
    for warning in &preview.warnings {
        let _ = writeln!(out, "note: {}", SafeText::prose(warning));
    }
    if !preview.hooks_skipped.is_empty() {
        let _ =
            writeln!(out, "hooks that will not run: {}", SafeText::new(&preview.hooks_skipped.join(", ")));
    }
    out
}

fn receipt_line(receipt: &Receipt) -> String {
    let short = receipt.commit.get(..10).unwrap_or(&receipt.commit);
    format!("{} committed as {short} on {}\n", receipt.waiver_id, SafeText::new(&receipt.branch))
}

pub fn run(options: &WaiverOptions) -> Result<u8, Failure> {
    let (text, code) = match &options.command {
        WaiverCommand::List(options) => list(options)?,
        WaiverCommand::Verify(options) => verify(options)?,
        WaiverCommand::Register(options) => (register(options)?, exit::CLEAN),
        WaiverCommand::Show { id, audit } => show(id, audit)?,
        WaiverCommand::Approve(word) => decide(word, Verdict::Approve)?,
        WaiverCommand::Reject(word) => decide(word, Verdict::Reject)?,
        WaiverCommand::Renew { id, decision, yes, audit } => {
            let audit = audit.what.open(&audit.path, None)?;
            let report = trace::report_of(&audit)?;
            let register = register_of(&audit)?;
            let (entry, finding) = asked_for(&register, id, &report)?;
            let finding = finding.ok_or_else(|| {
                Failure::Usage(format!("{}: the finding is gone, so there is nothing to renew", entry.id()))
            })?;
            let drafts = decided(&audit, decision, vec![Draft::renewal(finding, entry)?])?;
            (sign(&audit, &drafts, *yes)?.iter().map(receipt_line).collect(), exit::CLEAN)
        }
        WaiverCommand::Revoke { id, reason, audit } => {
            let audit = audit.what.open(&audit.path, None)?;
            let receipt =
                waiver::revoke(&audit.repository()?, id, reason, audit.waiver_options(), audit.now())?;
            (receipt_line(&receipt), exit::CLEAN)
        }
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(code)
}

pub(super) fn register_of(audit: &Audit) -> Result<Register, Failure> {
    let repository = audit.repository()?;
    let commit = audit.commit(&repository)?;
    Ok(Register::read(&repository, commit, audit.waiver_options(), audit.now())?)
}

/// A waiver, and the finding that it is about.
fn asked_for<'a>(
    register: &'a Register,
    id: &str,
    report: &'a Report,
) -> Result<(&'a Entry, Option<&'a Finding>), Failure> {
    let entry = register.waiver(id).ok_or_else(|| waiver::Error::NoSuchWaiver(id.to_owned()))?;
    let Record::Waiver(waiver) = &entry.record else { return Ok((entry, None)) };
    let of = |finding: &&Finding| finding.fingerprint == waiver.finding.fingerprint;
    Ok((entry, report.findings.iter().find(of)))
}

fn decide(options: &WordOptions, decision: Verdict) -> Result<(String, u8), Failure> {
    let audit = options.audit.what.open(&options.audit.path, None)?;
    let (report, register, repository) =
        (trace::report_of(&audit)?, register_of(&audit)?, audit.repository()?);
    let (_, finding) = asked_for(&register, &options.id, &report)?;
    let authors = |finding: &Finding| audit.authors_of(&repository, finding);
    let word = Word { decision, role: options.role.as_deref(), comment: options.comment.as_deref() };
    let receipt = waiver::decide(
        (&repository, audit.waiver_options()),
        &options.id,
        &word,
        (finding, &authors),
        audit.now(),
    )?;
    Ok((receipt_line(&receipt), exit::CLEAN))
}

fn table(lines: &[WaiverLine]) -> String {
    let mut out = String::new();
    for line in lines {
        let _ = writeln!(out, "{:<16} {}", line.state, SafeText::new(&line.id));
        for cause in &line.causes {
            let _ = writeln!(out, "                 {}", SafeText::prose(cause));
        }
    }
    if lines.is_empty() {
        out.push_str("no waivers in this commit\n");
    }
    out
}

fn list(options: &WaiverListOptions) -> Result<(String, u8), Failure> {
    let audit = options.audit.what.open(&options.audit.path, None)?;
    let report = trace::report_of(&audit)?;
    let ending = super::ending::ending(&report, options.warn.warn_within);
    for notice in report.notices.iter().chain(&ending) {
        eprintln!("probity: note: {}", SafeText::prose(notice));
    }
    Ok((table(&report.waivers), exit::CLEAN))
}

fn show(id: &str, options: &AuditOptions) -> Result<(String, u8), Failure> {
    let audit = options.what.open(&options.path, None)?;
    let register = register_of(&audit)?;
    let entry = register.waiver(id).ok_or_else(|| waiver::Error::NoSuchWaiver(id.to_owned()))?;
    let report = trace::report_of(&audit)?;
    let mut out = String::new();
    for line in SafeText::lines(&entry.payload) {
        let _ = writeln!(out, "{line}");
    }
    let _ = writeln!(out, "\nsigned with {}", entry.key.fingerprint());
    let lines: Vec<_> = report.waivers.into_iter().filter(|line| line.id.starts_with(entry.id())).collect();
    out.push_str(&table(&lines));
    Ok((out, exit::CLEAN))
}
