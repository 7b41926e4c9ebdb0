//! What may be typed about waivers and trust.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{AuditOptions, SigningOptions, WhatOptions};
use crate::model::Severity;
use crate::waiver::DecisionType;

#[derive(Debug, Args)]
pub struct WaiveOptions {
    /// Fingerprints of findings, or their beginnings: a record each, all in one commit
    #[arg(value_name = "FINGERPRINT", required_unless_present = "all_of")]
    pub fingerprints: Vec<String>,
    /// Every open finding of a policy
    #[arg(long, value_name = "POLICY", conflicts_with = "fingerprints")]
    pub all_of: Option<String>,
    #[command(flatten)]
    pub decision: DecisionOptions,
    /// Patterns instead of the folder of the finding's unit
    #[arg(long, value_name = "PATTERN")]
    pub paths: Vec<String>,
    /// Do not ask before signing
    #[arg(long, short)]
    pub yes: bool,
    /// The repository
    #[arg(long, short = 'C', value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    #[command(flatten)]
    pub what: WhatOptions,
}

/// What a person decides about a finding. The repository may suggest and require some of it.
#[derive(Debug, Args)]
pub struct DecisionOptions {
    /// Why the risk is accepted; one line. Left out on a terminal, $VISUAL or $EDITOR asks for it
    #[arg(long)]
    pub reason: Option<String>,
    /// The day it lapses (at its 00:00Z), or a full UTC time; a template may give it
    #[arg(long, value_name = "DATE")]
    pub expires: Option<String>,
    /// A template of the repository's `.probity/config.yaml`; without it, the one named `default`
    #[arg(long, value_name = "NAME")]
    pub template: Option<String>,
    /// risk-acceptance, false-positive, operational-requirement or risk-adjustment
    #[arg(long = "type", value_name = "TYPE")]
    pub kind: Option<DecisionType>,
    /// The severity that remains: critical, high, medium or low
    #[arg(long, value_name = "SEVERITY")]
    pub residual_risk: Option<Severity>,
    /// What lessens the risk meanwhile; may be given several times
    #[arg(long = "compensating-control", value_name = "TEXT")]
    pub compensating_controls: Vec<String>,
    /// How it will be put right
    #[arg(long, value_name = "TEXT")]
    pub remediation: Option<String>,
    #[arg(long)]
    pub ticket: Option<String>,
    /// Whose risk it is, if not the requester's
    #[arg(long, value_name = "PRINCIPAL")]
    pub risk_owner: Option<String>,
    /// When it is to be looked at again
    #[arg(long, value_name = "DATE")]
    pub review_by: Option<String>,
}

#[derive(Debug, Args)]
pub struct WaiverOptions {
    #[command(subcommand)]
    pub command: WaiverCommand,
}

#[derive(Debug, Subcommand)]
pub enum WaiverCommand {
    /// Every record and its state
    List(WaiverListOptions),
    /// One record: its text, signer and state
    Show {
        /// wv-..., or its beginning
        id: String,
        #[command(flatten)]
        audit: AuditOptions,
    },
    /// Check form, signature and trust of every record; exit 3 when one is invalid or untrusted
    Verify(VerifyOptions),
    /// The exception register: every waiver with who, why, until when, and its state
    Register(RegisterOptions),
    /// Approve somebody else's waiver
    Approve(WordOptions),
    /// Reject a waiver: it does not count until you approve it
    Reject(WordOptions),
    /// Ask anew for what a waiver accepts, before or after it ends; it needs the same approvals
    Renew {
        /// wv-..., or its beginning
        id: String,
        #[command(flatten)]
        decision: Box<DecisionOptions>,
        /// Do not ask before signing
        #[arg(long, short)]
        yes: bool,
        #[command(flatten)]
        audit: AuditOptions,
    },
    /// Withdraw a waiver, for good
    Revoke {
        /// wv-..., or its beginning
        id: String,
        /// Why; one line
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        audit: AuditOptions,
    },
}

#[derive(Debug, Args)]
pub struct WaiverListOptions {
    #[command(flatten)]
    pub warn: WarnFlags,
    #[command(flatten)]
    pub audit: AuditOptions,
}

#[derive(Debug, Args)]
pub struct WarnFlags {
    /// Tell of waivers in force that end, or whose review is due, within so many days; changes no exit code
    #[arg(long, value_name = "DAYS", value_parser = days)]
    pub warn_within: Option<u32>,
}

/// `30` or `30d`.
fn days(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix('d').unwrap_or(text);
    number.parse().ok().filter(|days| *days <= 3_650).ok_or_else(|| "give days, such as 30d".to_owned())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RegisterFormat {
    Text,
    Csv,
    Markdown,
}

#[derive(Debug, Args)]
pub struct RegisterOptions {
    #[arg(long, value_enum, default_value = "text")]
    pub format: RegisterFormat,
    #[command(flatten)]
    pub audit: AuditOptions,
}

#[derive(Debug, Args)]
pub struct VerifyOptions {
    /// Also what earlier commits had and this one has not; exit 3 when a revocation or the like is gone
    #[arg(long)]
    pub all: bool,
    /// Tell which commits added, changed and removed each, and since when it is on --trust-ref
    #[arg(long)]
    pub explain: bool,
    #[command(flatten)]
    pub audit: AuditOptions,
}

/// What a second person says of a waiver.
#[derive(Debug, Args)]
pub struct WordOptions {
    /// wv-..., or its beginning
    pub id: String,
    /// Why; one line
    #[arg(long)]
    pub comment: Option<String>,
    /// In which role, where you have several that decide
    #[arg(long)]
    pub role: Option<String>,
    #[command(flatten)]
    pub audit: AuditOptions,
}

#[derive(Debug, Args)]
pub struct TrustOptions {
    /// The repository
    #[arg(long, short = 'C', value_name = "PATH", default_value = ".", global = true)]
    pub path: PathBuf,
    #[command(flatten)]
    pub signing: SigningOptions,
    #[command(subcommand)]
    pub command: TrustCommand,
}

#[derive(Debug, Subcommand)]
pub enum TrustCommand {
    /// Write, sign and commit the first trust data, with you as its admin
    Init {
        /// Your name in it; git's user.email if left out
        #[arg(long, value_name = "PRINCIPAL")]
        principal: Option<String>,
        /// The repository's name for people
        #[arg(long)]
        name: Option<String>,
        /// How many others must approve a waiver of a critical, high, medium and low finding
        #[arg(long, value_name = "N,N,N,N", value_parser = approvals, default_value = "2,1,1,0")]
        approvals: [u32; 4],
        /// Do not ask before signing
        #[arg(long, short)]
        yes: bool,
    },
    /// Who and what is trusted here; offers to remember trust data met for the first time
    Show,
    /// Add a person: the next version of the trust data
    Add {
        /// Their name in it, such as an e-mail address
        principal: String,
        /// Their public key: a file or the text itself
        #[arg(long)]
        key: String,
        /// What they are, such as risk-owner
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<String>,
        /// The addresses of their commits: who introduced a finding cannot approve its waiver
        #[arg(long = "email", value_name = "ADDRESS")]
        emails: Vec<String>,
        /// They also decide on the trust data
        #[arg(long)]
        admin: bool,
        /// Do not ask before signing
        #[arg(long, short)]
        yes: bool,
    },
    /// Give somebody another key and retire the keys they have
    Rotate {
        /// The new key: a file or the text itself; for your own, the private half must be at hand
        #[arg(long)]
        key: String,
        /// Whose; yours if left out
        #[arg(long, value_name = "PRINCIPAL")]
        principal: Option<String>,
        /// The old keys are in wrong hands: all that they signed is void
        #[arg(long)]
        compromised: bool,
        /// Do not ask before signing
        #[arg(long, short)]
        yes: bool,
    },
    /// Change anything else: print the next version, edit it, give it back
    Edit {
        /// Print the next version as it stands
        #[arg(long, conflicts_with = "file", required_unless_present = "file")]
        print: bool,
        /// The edited text
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// Do not ask before signing
        #[arg(long, short)]
        yes: bool,
    },
    /// Add your signature to a version that needs more than one admin's
    Sign {
        /// Do not ask before signing
        #[arg(long, short)]
        yes: bool,
    },
    /// Print `allowed_signers` for ssh-keygen -Y verify
    Export {
        #[arg(long, required = true)]
        allowed_signers: bool,
    },
    /// Forget the remembered trust id of this repository
    Forget,
}

/// How many approvals from critical to low.
fn approvals(text: &str) -> Result<[u32; 4], String> {
    let counts: Result<Vec<u32>, _> = text.split(',').map(str::parse).collect();
    let four = counts.ok().and_then(|counts| counts.try_into().ok());
    four.ok_or_else(|| "give four numbers, such as 2,1,1,0".to_owned())
}
