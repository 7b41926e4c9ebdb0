//! `probity trace`: where findings come from.

use std::io::Write as _;
use std::sync::atomic::AtomicBool;

use super::args::{Format, TraceOptions};
use super::exit;
use super::failure::Failure;
use crate::audit::Audit;
use crate::model::{Finding, Report};
use crate::report;

pub fn run(options: &TraceOptions) -> Result<u8, Failure> {
    let audit = options.what.open(&options.path, None)?;
    let cancel = AtomicBool::new(false);
    let report = audit.run(&cancel, &mut |_| {})?;
    let wanted: Vec<&Finding> = if options.all {
        all(&report).collect()
    } else {
        options.fingerprints.iter().map(|typed| find(&report, typed)).collect::<Result<_, _>>()?
    };
    let scope = options.past.scope();
    // Many findings share one walk through the past.
    let history =
        if options.all && audit.has_commits()? { Some(super::history::walk(&audit, scope)?) } else { None };
    let life = |finding: &Finding| match &history {
        Some(history) => Ok(history.life(finding.fingerprint, finding.verdict)),
        None if audit.has_commits()? => audit.life(finding, scope, &cancel),
        None => Ok(None),
    };
    let traced: Vec<report::Traced<'_>> = wanted
        .into_iter()
        .map(|finding| report::Traced {
            finding,
            origin: audit.trace(finding, scope.first_parent, &cancel).map_err(|error| error.to_string()),
            life: life(finding).map_err(|error| error.to_string()),
        })
        .collect();
    let text = match options.format {
        Format::Json => report::traced_json(&traced),
        Format::Text => traced.iter().map(report::traced_text).collect::<Vec<_>>().join("\n"),
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    let failed = traced.iter().any(|traced| traced.origin.is_err() || traced.life.is_err());
    Ok(if failed { exit::INCOMPLETE } else { exit::CLEAN })
}

fn all(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().chain(&report.review).chain(&report.inconclusive)
}

/// The one finding whose fingerprint starts with what was typed.
pub fn find<'r>(report: &'r Report, typed: &str) -> Result<&'r Finding, Failure> {
    let found: Vec<&Finding> =
        all(report).filter(|finding| finding.fingerprint.matches_prefix(typed)).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(Failure::Usage(format!("no finding `{typed}`; `probity check` lists fingerprints"))),
        many => Err(Failure::Usage(format!("`{typed}` begins {} fingerprints; type more of it", many.len()))),
    }
}

/// The audit's report, for commands that need one finding of it.
pub fn report_of(audit: &Audit) -> Result<Report, Failure> {
    Ok(audit.run(&AtomicBool::new(false), &mut |_| {})?)
}
