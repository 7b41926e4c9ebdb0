//! `probity check`: audit and gate.

use std::sync::atomic::AtomicBool;

use super::args::{CheckFormat, CheckOptions};
use super::exit;
use super::failure::Failure;
use super::outputs::outputs;
use crate::model::{Finding, Report};
use crate::report::{self, SarifOptions};
use crate::text::SafeText;

pub fn run(options: &CheckOptions) -> Result<u8, Failure> {
    let outputs = outputs(options.format, &options.output)?;
    let mut audit = options.audit.what.open(&options.audit.path, options.as_of)?;
    if let Some(base) = &options.base {
        audit = audit.with_base(base)?;
    }
    let cancel = AtomicBool::new(false);
    let mut report = audit.run(&cancel, &mut |_| {})?;
    report.baseline = audit.compare(&report, &cancel)?;
    let origins = if options.origins {
        report
            .findings
            .iter()
            .map(|finding| audit.trace(finding, false, &cancel).map(Some))
            .collect::<Result<_, _>>()?
    } else {
        Vec::new()
    };
    report.notices.extend(super::ending::ending(&report, options.warn.warn_within));
    let text = |format| match format {
        CheckFormat::Text => report::text(&report, &origins),
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
        target.write(&text(format))?;
    }
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
