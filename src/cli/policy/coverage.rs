//! `probity policy coverage`: what an audit says of each control.

use std::sync::atomic::AtomicBool;

use crate::cli::args::{CoverageOptions, DocumentFormat};
use crate::cli::exit;
use crate::cli::failure::Failure;
use crate::report::{self, CoverageChoice};

pub(super) fn run(options: &CoverageOptions) -> Result<(String, u8), Failure> {
    let audit = options.audit.what.open(&options.audit.path, options.as_of)?;
    let report = audit.run(&AtomicBool::new(false), &mut |_| {})?;
    if let Some(code) = &options.framework
        && !report.controls.frameworks.iter().any(|framework| &framework.code == code)
    {
        let codes: Vec<&str> = report.controls.frameworks.iter().map(|f| f.code.as_str()).collect();
        return Err(Failure::Usage(format!("no framework `{code}`; there are {}", codes.join(", "))));
    }
    let choice = CoverageChoice { framework: options.framework.as_deref(), all: options.all };
    let text = match options.format {
        DocumentFormat::Text => report::coverage_text(&report, &choice),
        DocumentFormat::Json => report::coverage_json(&report, &choice),
        DocumentFormat::Markdown => report::coverage_markdown(&report, &choice),
    };
    // It reports, `check` gates; but what may lack something is no clean result.
    Ok((text, if report.incomplete() { exit::INCOMPLETE } else { exit::CLEAN }))
}
