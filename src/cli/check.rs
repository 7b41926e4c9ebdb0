//! `probity check`: audit and gate.

use std::io::Write as _;
use std::sync::atomic::AtomicBool;

use super::args::{CheckFormat, CheckOptions};
use super::exit;
use super::failure::Failure;
use crate::model::{Finding, Report};
use crate::report::{self, SarifOptions};
use crate::text::SafeText;

pub fn run(options: &CheckOptions) -> Result<u8, Failure> {
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
    let text = match options.format {
        CheckFormat::Text => report::text(&report, &origins),
        CheckFormat::Json => report::json(&report, &origins),
        CheckFormat::OscalAr => report::oscal_results(&report),
        CheckFormat::OscalPoam => report::oscal_poam(&report),
        CheckFormat::Sarif => {
            report::sarif(&report, &origins, SarifOptions { all_states: options.sarif.sarif_all_states })
        }
    };
    for notice in &report.notices {
        eprintln!("probity: note: {}", SafeText::prose(notice));
    }
    match &options.output {
        Some(file) => std::fs::write(file, text)
            .map_err(|error| Failure::Usage(format!("cannot write {}: {error}", file.display())))?,
        None => std::io::stdout().lock().write_all(text.as_bytes())?,
    }
    Ok(exit_code(&report, options))
}

/// Findings outweigh incompleteness; incompleteness is never clean.
fn exit_code(report: &Report, options: &CheckOptions) -> u8 {
    let invalid_record = report.waivers.iter().any(|line| line.state == "invalid");
    let strictly = options.strict && !(report.inconclusive.is_empty() && report.not_rendered.is_empty());
    let gates = |finding: &Finding| finding.severity >= options.fail_on && report.is_new(finding);
    let unsure = report.baseline.as_ref().is_some_and(|baseline| baseline.incomplete);
    if report.open().any(gates) {
        exit::FINDINGS
    } else if report.incomplete() || report.clock.is_some() || unsure || invalid_record || strictly {
        exit::INCOMPLETE
    } else {
        exit::CLEAN
    }
}
