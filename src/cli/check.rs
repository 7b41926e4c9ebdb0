//! `probity check`: audit and gate.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use super::args::{CheckFormat, CheckOptions};
use super::exit;
use super::failure::Failure;
use super::outputs::{Target, outputs};
use crate::model::{Finding, Report};
use crate::report::{self, Page, SarifOptions, Sources};
use crate::text::SafeText;

pub fn run(options: &CheckOptions) -> Result<u8, Failure> {
    let outputs = outputs(options.format, &options.output)?;
    let mut audit =
        options.audit.what.open_staged(&options.audit.path, options.as_of, options.source.staged)?;
    if let Some(base) = &options.base {
        audit = audit.with_base(base)?;
    }
    let cancel = AtomicBool::new(false);
    let mut report = audit.run(&cancel, &mut |_| {})?;
    report.baseline = audit.compare(&report, &cancel)?;
    let origins = if options.origins {
        let found: Vec<&Finding> = report.findings.iter().collect();
        audit.trace_all(&found, false, &cancel)?.into_iter().map(Some).collect()
    } else {
        Vec::new()
    };
    report.notices.extend(super::ending::ending(&report, options.warn.warn_within));
    let files = if outputs.iter().any(|(format, _)| *format == CheckFormat::Text) {
        let shown = report.findings.iter().filter(|finding| report.is_new(finding));
        let shown = shown.chain(&report.review).chain(&report.inconclusive);
        audit.sources(&shown.map(|finding| finding.location.path.as_str()).collect())?
    } else {
        BTreeMap::new()
    };
    let sources = Sources::new(files);
    let width = super::terminal_size().map(|(columns, _)| usize::from(columns));
    let text = |format, target: &Target| match format {
        CheckFormat::Text => {
            // Only what a person reads as it comes is cut to the screen.
            let width = width.filter(|_| *target == Target::StandardOutput);
            report::text(&report, &origins, Page { sources: Some(&sources), width })
        }
        CheckFormat::Json => report::json(&report, &origins),
        CheckFormat::OscalAr => report::oscal_results(&report),
        CheckFormat::OscalPoam => report::oscal_poam(&report),
        CheckFormat::Sarif => {
            report::sarif(&report, &origins, SarifOptions { all_states: options.sarif.sarif_all_states })
        }
        CheckFormat::Junit => report::junit(&report),
        CheckFormat::Github => report::github(&report, options.fail_on),
        CheckFormat::Gitlab => report::gitlab(&report),
        CheckFormat::Markdown => report::markdown_comment(&report),
    };
    for notice in &report.notices {
        eprintln!("probity: note: {}", SafeText::prose(notice));
    }
    for (format, target) in outputs {
        target.write(&text(format, &target))?;
    }
    audit.abandon();
    Ok(exit_code(&report, options))
}

/// Findings outweigh incompleteness; incompleteness is never clean.
fn exit_code(report: &Report, options: &CheckOptions) -> u8 {
    let strictly = options.strict && !(report.inconclusive.is_empty() && report.not_rendered.is_empty());
    let gates = |finding: &Finding| finding.severity >= options.fail_on && report.is_new(finding);
    if report.open().any(gates) {
        exit::FINDINGS
    } else if strictly || !report::gaps(report).is_empty() {
        exit::INCOMPLETE
    } else {
        exit::CLEAN
    }
}
