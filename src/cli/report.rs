//! `probity report`: the audit as a document for people who have no terminal.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::args::{ReportFormat, ReportOptions};
use super::exit;
use super::failure::Failure;
use super::outputs::Target;
use super::{history, register};
use crate::audit::Audit;
use crate::audit::history::Scope;
use crate::model::{CommitInfo, Fingerprint, PostureLine, Report};
use crate::report::{self, Dossier, Sources};
use crate::waiver::Timestamp;

pub fn run(options: &ReportOptions) -> Result<u8, Failure> {
    let since = options.since.as_deref().map(Timestamp::from_person).transpose();
    let since = since.map_err(|error| Failure::Usage(format!("--since: {error}")))?;
    let audit = options.audit.what.open(&options.audit.path, options.as_of)?;
    let report = audit.run(&AtomicBool::new(false), &mut |_| {})?;
    let text = match options.format {
        ReportFormat::Html => dossier(options, &audit, &report, since)?.html(),
        ReportFormat::Markdown => dossier(options, &audit, &report, since)?.markdown(),
        ReportFormat::Oscal | ReportFormat::OscalAr => report::oscal_results(&report),
        ReportFormat::OscalPoam => report::oscal_poam(&report),
    };
    let target = options.output.clone().map_or(Target::StandardOutput, Target::File);
    target.write(&text)?;
    // A report that was written is no gate; what it lacks is in it, and told.
    Ok(if report::gaps(&report).is_empty() { exit::CLEAN } else { exit::INCOMPLETE })
}

fn dossier<'r>(
    options: &ReportOptions,
    audit: &Audit,
    report: &'r Report,
    since: Option<Timestamp>,
) -> Result<Dossier<'r>, Failure> {
    let repository = audit.repository()?;
    let commit = audit.commit(&repository)?.map(|commit| commit.to_string());
    let root = repository.work_dir().map_or_else(|| repository.common_dir(), Path::to_path_buf);
    let past = if options.no_history || commit.is_none() { None } else { Some(past(audit, since)?) };
    let (posture, origins, history_notes) = past.unwrap_or_default();
    let listed = report.findings.iter().chain(&report.review).chain(&report.inconclusive);
    let sources = audit.sources(&listed.map(|finding| finding.location.path.as_str()).collect())?;
    Ok(Dossier {
        report,
        name: root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        commit,
        origins,
        posture,
        history_notes,
        exceptions: register::exceptions(audit, report)?,
        sources: Sources::new(sources),
        as_of: options.as_of.map(|instant| instant.to_string()),
        arguments: arguments(options),
    })
}

type Past = (Option<Vec<PostureLine>>, BTreeMap<Fingerprint, CommitInfo>, Vec<String>);

/// Posture at each commit, and the commits that introduced what is there now.
fn past(audit: &Audit, since: Option<Timestamp>) -> Result<Past, Failure> {
    let history = history::walk(audit, Scope { first_parent: false })?;
    let mut lines = history.posture();
    lines.retain(|line| since.is_none_or(|since| line.commit.seconds >= since.seconds()));
    let open = history.lives().filter(|life| life.open);
    let origins = open.filter_map(|life| Some((life.fingerprint, life.origin()?.clone())));
    Ok((Some(lines), origins.collect(), history.notes.clone()))
}

/// What else the same audit needs on its command line.
fn arguments(options: &ReportOptions) -> Vec<String> {
    let what = &options.audit.what;
    let mut out = Vec::new();
    let mut add = |name: &str, values: &[String]| {
        if !values.is_empty() {
            out.push(name.to_owned());
            out.extend_from_slice(values);
        }
    };
    let paths = |paths: &[std::path::PathBuf]| -> Vec<String> {
        paths.iter().map(|path| path.display().to_string()).collect()
    };
    add("--policies", &paths(&what.policies));
    add("--data", &paths(&what.data));
    add("--only", &what.only);
    add("--ref", &what.reference.iter().cloned().collect::<Vec<_>>());
    add("--trust-root", &what.signing.trust_root.iter().map(ToString::to_string).collect::<Vec<_>>());
    add("--trust-ref", &what.signing.trust_ref.iter().cloned().collect::<Vec<_>>());
    if what.trust_repository_policies {
        out.push("--trust-repository-policies".to_owned());
    }
    out
}
