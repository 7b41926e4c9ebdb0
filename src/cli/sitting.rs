//! What a person leaves behind: the sitting for the next one, and the evidence for others.
//!
//! ```text
//!   $XDG_STATE_HOME/probity/sittings/<digest>.json     reviews, notes and drafts, by repository
//!   $XDG_DATA_HOME/probity/evidence/<name>-<digest>/   report.json, report.sarif, register.csv, triage.json, SHA256SUMS
//! ```
//! Both belong to the user alone and lie outside of the repository. The report's files depend on what is audited and
//! nothing else: two auditors get the same bytes.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use serde_json::json;

use super::register;
use crate::audit::Audit;
use crate::git::write_private;
use crate::model::Digest;
use crate::report::{self, SarifOptions};
use crate::tui::{EvidenceRequest, TRIAGE, Triage};

/// A sitting is read up to this size.
const MOST: u64 = 64 << 20;

fn file(audit: &Audit) -> Result<PathBuf, String> {
    let repository = audit.repository().map_err(text)?;
    let folder = repository.state_folder(&audit.waiver_options().environment, "sittings");
    let folder = folder.ok_or("no folder of your own: set HOME or XDG_STATE_HOME")?;
    let place = repository.common_dir().canonicalize().map_err(text)?;
    let digest = Digest::of(place.as_os_str().as_encoded_bytes()).hex();
    Ok(folder.join(format!("{}.json", digest.get(..32).unwrap_or(&digest))))
}

/// What the last sitting left.
pub fn load(audit: &Audit) -> Result<Option<String>, String> {
    let file = file(audit)?;
    match file.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(told(&file, error)),
        Ok(metadata) if !metadata.is_file() || metadata.len() > MOST => {
            Err(told(&file, "it is no file, or too large"))
        }
        Ok(_) => std::fs::read_to_string(&file).map(Some).map_err(|error| told(&file, error)),
    }
}

pub fn save(audit: &Audit, content: &str) -> Result<(), String> {
    let file = file(audit)?;
    write_private(&file, &[content.as_bytes()]).map_err(|error| told(&file, error))
}

/// Audits once more and writes all that an assessor needs; gives the folder.
pub fn export(audit: &Audit, name: &str, request: &EvidenceRequest) -> Result<String, String> {
    let repository = audit.repository().map_err(text)?;
    let folder = repository.data_folder(&audit.waiver_options().environment, "evidence");
    let folder = folder.ok_or("no folder of your own: set HOME or XDG_DATA_HOME")?;
    let found = audit.run(&AtomicBool::new(false), &mut |_| {}).map_err(text)?;
    let exceptions = register::exceptions(audit, &found).map_err(text)?;
    let files = [
        ("report.json", report::json(&found, &[])),
        ("report.sarif", report::sarif(&found, &[], SarifOptions { all_states: true })),
        ("register.csv", report::register_csv(&exceptions)),
        ("register.md", report::register_markdown(&exceptions)),
        ("triage.json", triage(request)),
    ];
    let mut sums = String::new();
    for (name, content) in &files {
        let _ = writeln!(sums, "{}  {name}", Digest::of(content.as_bytes()).hex());
    }
    let plain: String =
        name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).take(40).collect();
    let digest = Digest::of(sums.as_bytes()).hex();
    let folder = folder.join(format!("{plain}-{}", digest.get(..12).unwrap_or(&digest)));
    for (name, content) in files.iter().map(|(name, content)| (*name, content)).chain([("SHA256SUMS", &sums)])
    {
        let file = folder.join(name);
        write_private(&file, &[content.as_bytes()]).map_err(|error| told(&file, error))?;
    }
    Ok(folder.display().to_string())
}

/// Reviews and notes out of a colleague's evidence.
///
/// # Errors
/// The file cannot be read, or is no triage.
pub fn hand_over(file: &std::path::Path) -> Result<Triage, String> {
    let length = file.metadata().map_err(|error| told(file, error))?.len();
    if length > MOST {
        return Err(told(file, format!("{length} bytes are too many for reviews")));
    }
    let text = std::fs::read_to_string(file).map_err(|error| told(file, error))?;
    Triage::parse(&text).map_err(|error| told(file, error))
}

fn triage(request: &EvidenceRequest) -> String {
    let findings = request.lines.iter().map(|line| {
        json!({
            "fingerprint": line.fingerprint.to_string(),
            "verdict": line.verdict.as_str(),
            "reviewed": line.reviewed.map(|digest| digest.to_string()),
            "note": line.note,
        })
    });
    let triage = json!({
        "schema": TRIAGE,
        "note": request.session_note,
        "findings": findings.collect::<Vec<_>>(),
    });
    format!("{triage:#}\n")
}

fn told(file: &std::path::Path, why: impl std::fmt::Display) -> String {
    format!("{}: {why}", file.display())
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
