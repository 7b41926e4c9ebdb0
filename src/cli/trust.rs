//! `probity trust`: whose signatures count.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use super::args::{TrustCommand, TrustOptions};
use super::failure::Failure;
use super::{ask, exit};
use crate::git::Repository;
use crate::text::SafeText;
use crate::waiver::{self, Register, Timestamp, TrustRequest, TrustStatus};

pub fn run(options: &TrustOptions) -> Result<u8, Failure> {
    let repository = Repository::discover(&options.path)?;
    let signing = options.signing.options();
    let now = Timestamp::now();
    let text = match &options.command {
        TrustCommand::Init { principal, name, yes } => {
            let request = TrustRequest { principal: principal.clone(), name: name.clone() };
            let preview = waiver::preview_trust(&repository, &request, &signing, now)?;
            for line in SafeText::lines(&preview.payload) {
                eprintln!("  {line}");
            }
            for warning in &preview.warnings {
                eprintln!("note: {}", SafeText::prose(warning));
            }
            eprintln!(
                "one commit on {}, signed with {}",
                SafeText::new(&preview.branch),
                preview.key_fingerprint
            );
            ask::confirm("Sign and commit this as the start of trust here?", *yes)?;
            let receipt = waiver::init_trust(&repository, &preview, &signing)?;
            let short = receipt.commit.get(..10).unwrap_or(&receipt.commit);
            format!(
                "trust starts with {} as {short}; remembered here as this repository's id\n\
                 in CI: probity check --trust-root {}\n",
                SafeText::prose(&preview.principal),
                preview.id
            )
        }
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
                let _ = writeln!(out, "  {:?}  {}", key.status, SafeText::new(&key.key));
            }
        }
    }
    match &status.error {
        Some(error) => {
            let _ = writeln!(out, "nothing counts: {}", SafeText::prose(error));
        }
        None => out.push_str("in force\n"),
    }
    for warning in &status.warnings {
        let _ = writeln!(out, "warning: {}", SafeText::prose(warning));
    }
    out
}
