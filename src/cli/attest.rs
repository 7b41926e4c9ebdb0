//! `probity attest`: a signed statement of one audit, and the same audit made again to check it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use serde_json::json;

use super::args::{AttestCommand, AttestOptions, Format, StateOptions, VerifyStatementOptions, WhatOptions};
use super::exit;
use super::failure::Failure;
use crate::audit::Audit;
use crate::report::{Compared, Grounds, Statement, StatementTrust, compare};
use crate::text::SafeText;
use crate::waiver::{self, Attester, Register, Timestamp};

/// A statement and its signature are read up to this size.
const MOST: u64 = 1 << 20;

pub fn run(options: &AttestOptions) -> Result<u8, Failure> {
    match &options.command {
        Some(AttestCommand::Verify(options)) => verify(options),
        None => state(&options.state),
    }
}

fn state(options: &StateOptions) -> Result<u8, Failure> {
    let instant = options.as_of.unwrap_or_else(Timestamp::now);
    let what = &options.audit.what;
    let rev = what.rev.clone().unwrap_or_else(|| "HEAD".to_owned());
    // What is sworn to is computed.
    let what = WhatOptions { rev: Some(rev), no_cache: true, ..what.clone() };
    let audit = what.open(&options.audit.path, Some(instant))?;
    let text = statement(&audit, &what, what.reference.clone())?.text();
    let Some(file) = &options.output else {
        std::io::stdout().lock().write_all(text.as_bytes())?;
        return Ok(exit::CLEAN);
    };
    let signature = if options.unsigned {
        None
    } else {
        Some(waiver::sign_statement(&audit.repository()?, &text, audit.waiver_options()).map_err(told)?)
    };
    // The signature first: a statement is never there without the one that belongs to it.
    if let Some(signature) = &signature {
        write(&beside(file), signature)?;
    }
    write(file, &text)?;
    Ok(exit::CLEAN)
}

/// What an audit comes to.
fn statement(audit: &Audit, what: &WhatOptions, reference: Option<String>) -> Result<Statement, Failure> {
    let repository = audit.repository()?;
    let commit = audit.commit(&repository)?;
    let commit =
        commit.ok_or_else(|| Failure::Usage("there is no commit yet to state anything of".to_owned()))?;
    let report = audit.run(&AtomicBool::new(false), &mut |_| {})?;
    let options = audit.waiver_options();
    let register = Register::read(&repository, Some(commit), options, audit.now()).map_err(told)?;
    let protected = options.trust_ref.as_deref().map(|name| repository.resolve(name)).transpose();
    let protected = protected.map_err(told)?;
    let grounds = Grounds {
        commit: &commit.to_string(),
        only: &what.only,
        brought_along: what.trust_repository_policies,
        reference: reference.or_else(|| report.repository.branch.clone()),
        configuration: audit.judges()?,
        trust: StatementTrust {
            root: register.trust.pin.map(|pin| pin.to_string()),
            version: register.trust.in_force().map(|trust| trust.version),
            protected: protected.map(|commit| commit.to_string()),
        },
    };
    Ok(Statement::new(&report, &grounds))
}

fn verify(options: &VerifyStatementOptions) -> Result<u8, Failure> {
    let text = read(&options.file)?;
    let odd = |why: String| Failure::Usage(format!("{}: {why}", options.file.display()));
    let stated = Statement::parse(&text).map_err(odd)?;
    let predicate = &stated.predicate;
    let instant = predicate.instant.parse::<Timestamp>().map_err(|error| odd(error.to_string()))?;
    let path = if predicate.root == "." { options.path.clone() } else { options.path.join(&predicate.root) };
    let mut signing = options.signing.clone();
    signing.trust_ref = signing.trust_ref.or_else(|| predicate.trust.protected.clone());
    let what = WhatOptions {
        rev: stated.commit().map(str::to_owned),
        policies: options.policies.clone(),
        data: options.data.clone(),
        only: predicate.policies.only.clone(),
        trust_repository_policies: options.trust_repository_policies,
        // Where the statement names none, no branch of this clone may stand in.
        reference: Some(predicate.reference.clone().unwrap_or_else(|| "refs/".to_owned())),
        no_cache: true,
        signing,
    };
    let audit = what.open(&path, Some(instant))?;
    let found = statement(&audit, &what, predicate.reference.clone())?;
    let lines = compare(&stated, &found);

    let file = options.signature.clone().unwrap_or_else(|| beside(&options.file));
    let repository = audit.repository()?;
    let commit = audit.commit(&repository)?;
    let register = Register::read(&repository, commit, audit.waiver_options(), instant).map_err(told)?;
    let signed = match read(&file) {
        Ok(armor) => waiver::attester(&text, &armor, &register.trust, instant),
        Err(failure) => Err(failure.to_string()),
    };
    let same = lines.iter().all(Compared::is_same);
    let good = same && matches!(signed, Ok(Attester::Person { .. }));
    let out = match options.format {
        Format::Json => verified_json(&stated, &signed, &lines, good),
        Format::Text => verified_text(&stated, &signed, &lines),
    };
    std::io::stdout().lock().write_all(out.as_bytes())?;
    Ok(if good { exit::CLEAN } else { exit::FINDINGS })
}

fn signature_line(signed: &Result<Attester, String>) -> (&'static str, String) {
    match signed {
        Ok(Attester::Person { id, key }) => ("good", format!("{id}, {key}")),
        Ok(Attester::Unknown { key, why }) => ("unknown", format!("{key}: {why}")),
        Err(why) => ("bad", why.clone()),
    }
}

fn verified_text(stated: &Statement, signed: &Result<Attester, String>, lines: &[Compared]) -> String {
    let safe = |text: &str| SafeText::prose(text).to_string();
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{:<14} {} as of {}",
        "commit",
        safe(stated.commit().unwrap_or_default()),
        safe(&stated.predicate.instant)
    );
    let (word, about) = signature_line(signed);
    let _ = writeln!(out, "{:<14} {word:<8} {}", "signature", safe(&about));
    for line in lines {
        if line.is_same() {
            let _ = writeln!(out, "{:<14} same     {}", line.what, safe(&line.stated));
        } else {
            let _ = writeln!(out, "{:<14} differs  stated {}", line.what, safe(&line.stated));
            let _ = writeln!(out, "{:<14}          found  {}", "", safe(&line.found));
        }
    }
    out
}

fn verified_json(
    stated: &Statement,
    signed: &Result<Attester, String>,
    lines: &[Compared],
    good: bool,
) -> String {
    let (word, about) = signature_line(signed);
    let lines = lines.iter().map(
        |line| json!({"what": line.what, "same": line.is_same(), "stated": line.stated, "found": line.found}),
    );
    let out = json!({
        "schema": "probity.attestation-check/v1",
        "verified": good,
        "commit": stated.commit(),
        "instant": stated.predicate.instant,
        "signature": {"state": word, "about": about},
        "compared": lines.collect::<Vec<_>>(),
    });
    format!("{out:#}\n")
}

/// `FILE.sig`, as `ssh-keygen -Y sign` names it.
fn beside(file: &Path) -> std::path::PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(file, text)
        .map_err(|error| Failure::Usage(format!("cannot write {}: {error}", file.display())))
}

fn read(file: &Path) -> Result<String, Failure> {
    let failed = |why: String| Failure::Usage(format!("{}: {why}", file.display()));
    let length = file.metadata().map_err(|error| failed(error.to_string()))?.len();
    if length > MOST {
        return Err(failed(format!("{length} bytes are too many for a statement")));
    }
    std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))
}

fn told(error: impl std::fmt::Display) -> Failure {
    Failure::Usage(error.to_string())
}
