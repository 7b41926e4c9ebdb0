//! `probity trust`: whose signatures count.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use super::args::{TrustCommand, TrustOptions};
use super::failure::Failure;
use super::{ask, exit};
use crate::git::Repository;
use crate::text::SafeText;
use crate::waiver::{self, Amendment, Options, Register, Timestamp, TrustRequest, TrustStatus};

pub fn run(options: &TrustOptions) -> Result<u8, Failure> {
    let repository = Repository::discover(&options.path)?;
    let signing = options.signing.options();
    let now = Timestamp::now();
    let amend = |amendment: &Amendment, yes: bool| amend(&repository, amendment, yes, &signing, now);
    let text = match &options.command {
        TrustCommand::Init { principal, name, approvals, yes } => {
            let (principal, name, approvals) = (principal.clone(), name.clone(), *approvals);
            amend(&Amendment::Start(TrustRequest { principal, name, approvals }), *yes)?
        }
        TrustCommand::Add { principal, key, roles, emails, admin, yes } => {
            let (id, emails, roles) = (principal.clone(), emails.clone(), roles.clone());
            amend(&Amendment::Add { id, emails, roles, key: key.clone(), admin: *admin }, *yes)?
        }
        TrustCommand::Rotate { key, principal, compromised, yes } => {
            let (principal, key) = (principal.clone(), key.clone());
            amend(&Amendment::Rotate { principal, key, compromised: *compromised }, *yes)?
        }
        TrustCommand::Edit { file: None, .. } => waiver::next_text(&repository, &signing, now)?,
        TrustCommand::Edit { file: Some(file), yes, .. } => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", file.display())))?;
            amend(&Amendment::Text(text), *yes)?
        }
        TrustCommand::Sign { yes } => amend(&Amendment::Sign, *yes)?,
        TrustCommand::Show => {
            let register = Register::read(&repository, repository.head()?.commit, &signing, now)?;
            let text = describe(&register.trust);
            if let (Some(id), None, true) =
                (register.trust.id, register.trust.pin, std::io::stdin().is_terminal())
            {
                std::io::stdout().lock().write_all(text.as_bytes())?;
                ask::confirm(
                    "You meet this trust data for the first time. Remember it as this repository's?",
                    false,
                )?;
                waiver::remember_trust(&repository, &signing, id)?;
                "remembered\n".to_owned()
            } else {
                text
            }
        }
        TrustCommand::Export { .. } => {
            let register = Register::read(&repository, repository.head()?.commit, &signing, now)?;
            let trust = register.trust.in_force().ok_or_else(|| {
                Failure::Usage(
                    register.trust.error.clone().unwrap_or_else(|| "no trust data here".to_owned()),
                )
            })?;
            trust.allowed_signers()
        }
        TrustCommand::Forget => match waiver::forget_trust(&repository, &signing)? {
            0 => "nothing was remembered about this repository\n".to_owned(),
            _ => "forgotten; every waiver here is untrusted until you say yes again\n".to_owned(),
        },
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(exit::CLEAN)
}

/// Shows the next version of the trust data, asks, signs and commits.
fn amend(
    repository: &Repository,
    amendment: &Amendment,
    yes: bool,
    signing: &Options,
    now: Timestamp,
) -> Result<String, Failure> {
    let preview = waiver::preview_trust(repository, amendment, signing, now)?;
    for line in SafeText::lines(&preview.payload) {
        eprintln!("  {line}");
    }
    for warning in &preview.warnings {
        eprintln!("note: {}", SafeText::prose(warning));
    }
    let branch = SafeText::new(&preview.branch);
    eprintln!("one commit on {branch}, signed with {}", preview.key_fingerprint);
    let version = preview.trust.version;
    let question = match version {
        1 => "Sign and commit this as the start of trust here?".to_owned(),
        _ => format!("Sign and commit this as version {version} of the trust data?"),
    };
    ask::confirm(&question, yes)?;
    let receipt = waiver::commit_trust(repository, &preview, signing)?;
    let short = receipt.commit.get(..10).unwrap_or(&receipt.commit);
    let who = SafeText::prose(&preview.principal);
    Ok(match version {
        1 => format!(
            "trust starts with {who} as {short}; remembered here as this repository's id\n\
             in CI: probity check --trust-root {}\n",
            preview.id
        ),
        _ => format!(
            "trust version {version} signed by {who} as {short} on {}\n\
             in CI: probity check --trust-root {} --trust-min-version {version}\n",
            SafeText::new(&receipt.branch),
            preview.id
        ),
    })
}

fn describe(status: &TrustStatus) -> String {
    let mut out = String::new();
    let id = |id: Option<crate::model::Digest>| id.map_or_else(|| "none".to_owned(), |id| id.to_string());
    let _ = writeln!(out, "in this commit  {}\nremembered      {}", id(status.id), id(status.pin));
    if let Some(trust) = &status.trust {
        let _ = writeln!(out, "version         {}", trust.version);
        for principal in &trust.principals {
            let admin = if trust.admins.contains(&principal.id) { ", admin" } else { "" };
            let roles = principal.roles.join(", ");
            let _ = writeln!(out, "{}  ({}{admin})", SafeText::prose(&principal.id), SafeText::prose(&roles));
            for key in &principal.keys {
                let end = key.not_after.map(|end| format!(" until {end}")).unwrap_or_default();
                let _ = writeln!(out, "  {}{end}  {}", key.status.as_str(), SafeText::new(&key.key));
            }
        }
    }
    match &status.error {
        Some(error) => {
            let _ = writeln!(out, "nothing counts: {}", SafeText::prose(error));
        }
        None => out.push_str("in force\n"),
    }
    for warning in status.warnings.iter().chain(&status.clock) {
        let _ = writeln!(out, "warning: {}", SafeText::prose(warning));
    }
    out
}
