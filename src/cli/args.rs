//! What may be typed. The doc comments are the help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::audit::{Audit, Request};
use crate::cli::failure::Failure;
use crate::model::{Digest, Severity};
use crate::waiver::{Environment, Options, Timestamp};

/// Interactive AI-governance audits: browse violations, trace each to its commit, waive with a signature.
#[derive(Debug, Parser)]
#[command(name = "probity", version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub open: OpenOptions,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Audit and gate: for CI, hooks and scripts
    Check(CheckOptions),
    /// Where findings come from: the commit at which the verdict flipped
    Trace(TraceOptions),
    /// What was read, what was not and why: systems, resources, models, files
    Inventory(InventoryOptions),
    /// Accept a finding: sign a waiver and commit it
    Waive(WaiveOptions),
    /// The waivers of this repository
    Waiver(WaiverOptions),
    /// Whose signatures count
    Trust(TrustOptions),
    /// The policies
    Policy(PolicyOptions),
    /// Build the demo repository and open it
    Demo(DemoOptions),
    /// Evaluates policies for another process of this program, under limits
    #[command(name = crate::policy::WORKER_SUBCOMMAND, hide = true)]
    PolicyWorker,
}

/// Which audit: shared by every command that needs one.
#[derive(Debug, Clone, Args)]
pub struct AuditOptions {
    /// A folder in a git repository; only what lies below it is audited
    #[arg(default_value = ".")]
    pub path: PathBuf,
    #[command(flatten)]
    pub what: WhatOptions,
}

#[derive(Debug, Clone, Args)]
pub struct WhatOptions {
    /// Audit a committed revision instead of the work tree
    #[arg(long, value_name = "REV")]
    pub rev: Option<String>,
    /// More policies: a folder or file of Rego; Conftest's work as they are
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub policies: Vec<PathBuf>,
    /// Also evaluate the policies that the repository brings along in .probity/policies
    #[arg(long)]
    pub trust_repository_policies: bool,
    /// The full ref name that waivers are matched with, such as refs/heads/main
    #[arg(long = "ref", value_name = "REF")]
    pub reference: Option<String>,
    #[command(flatten)]
    pub signing: SigningOptions,
}

#[derive(Debug, Clone, Default, Args)]
pub struct SigningOptions {
    /// The repository's trust id, instead of the remembered one
    #[arg(long, value_name = "sha256:...")]
    pub trust_root: Option<Digest>,
    /// The key to sign with: a file or a literal public key
    #[arg(long, value_name = "KEY")]
    pub signing_key: Option<String>,
}

impl SigningOptions {
    pub fn options(&self) -> Options {
        Options {
            trust_root: self.trust_root,
            signing_key: self.signing_key.clone(),
            ..Options::new(Environment::from_process())
        }
    }
}

impl WhatOptions {
    pub fn open(&self, path: &std::path::Path, now: Option<Timestamp>) -> Result<Audit, Failure> {
        if self.reference.as_deref().is_some_and(|name| !name.starts_with("refs/")) {
            return Err(Failure::Usage("--ref takes a full name, such as refs/heads/main".to_owned()));
        }
        Ok(Audit::open(Request {
            path: path.to_path_buf(),
            revision: self.rev.clone(),
            policies: self.policies.clone(),
            trust_repository_policies: self.trust_repository_policies,
            isolation: super::isolation()?,
            reference: self.reference.clone(),
            now,
            waivers: self.signing.options(),
        })?)
    }
}

#[derive(Debug, Args)]
pub struct OpenOptions {
    #[command(flatten)]
    pub audit: AuditOptions,
    /// terminal, dark, light or mono
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub struct CheckOptions {
    #[command(flatten)]
    pub audit: AuditOptions,
    /// The lowest severity that fails: critical, high, medium or low
    #[arg(long, value_name = "SEVERITY", default_value = "low")]
    pub fail_on: Severity,
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// Write there instead of to standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Inconclusive verdicts and unrendered templates count as incomplete
    #[arg(long)]
    pub strict: bool,
    /// Add each finding's origin (costs a walk through history)
    #[arg(long)]
    pub origins: bool,
    /// Judge as of this instant; gating on it needs --accept-as-of
    #[arg(long, value_name = "TIME", value_parser = Timestamp::from_person, requires = "accept_as_of")]
    pub as_of: Option<Timestamp>,
    /// Yes, gate on another instant than now
    #[arg(long, requires = "as_of")]
    pub accept_as_of: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InventoryFormat {
    Text,
    Json,
    /// A machine-learning bill of materials: CycloneDX 1.6
    Cyclonedx,
}

#[derive(Debug, Args)]
pub struct InventoryOptions {
    #[command(flatten)]
    pub read: ReadOptions,
    #[arg(long, value_enum, default_value = "text")]
    pub format: InventoryFormat,
    /// Write there instead of to standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What to read, for commands that judge nothing.
#[derive(Debug, Args)]
pub struct ReadOptions {
    /// A folder in a git repository; only what lies below it is read
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// A committed revision instead of the work tree
    #[arg(long, value_name = "REV")]
    pub rev: Option<String>,
}

impl ReadOptions {
    pub fn open(&self) -> Result<Audit, Failure> {
        Ok(Audit::open(Request {
            path: self.path.clone(),
            revision: self.rev.clone(),
            policies: Vec::new(),
            trust_repository_policies: false,
            isolation: super::isolation()?,
            reference: None,
            now: None,
            waivers: SigningOptions::default().options(),
        })?)
    }
}

#[derive(Debug, Args)]
pub struct TraceOptions {
    /// Fingerprints, or their beginnings
    #[arg(value_name = "FINGERPRINT", required_unless_present = "all")]
    pub fingerprints: Vec<String>,
    /// Every finding
    #[arg(long, conflicts_with = "fingerprints")]
    pub all: bool,
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// The repository
    #[arg(long, short = 'C', value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    #[command(flatten)]
    pub what: WhatOptions,
}

#[derive(Debug, Args)]
pub struct WaiveOptions {
    /// The finding's fingerprint, or its beginning
    pub fingerprint: String,
    /// Why the risk is accepted; one line
    #[arg(long)]
    pub reason: String,
    /// The day it lapses (at its 00:00Z), or a full UTC time
    #[arg(long, value_name = "DATE")]
    pub expires: String,
    #[arg(long)]
    pub ticket: Option<String>,
    /// Whose risk it is, if not the requester's
    #[arg(long, value_name = "PRINCIPAL")]
    pub risk_owner: Option<String>,
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

#[derive(Debug, Args)]
pub struct WaiverOptions {
    #[command(subcommand)]
    pub command: WaiverCommand,
}

#[derive(Debug, Subcommand)]
pub enum WaiverCommand {
    /// Every record and its state
    List(AuditOptions),
    /// One record: its text, signer and state
    Show {
        /// wv-..., or its beginning
        id: String,
        #[command(flatten)]
        audit: AuditOptions,
    },
    /// Check form, signature and trust of every record; exit 3 when one is invalid or untrusted
    Verify(AuditOptions),
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
        /// Do not ask before signing
        #[arg(long, short)]
        yes: bool,
    },
    /// Who and what is trusted here; offers to remember trust data met for the first time
    Show,
    /// Print `allowed_signers` for ssh-keygen -Y verify
    Export {
        #[arg(long, required = true)]
        allowed_signers: bool,
    },
    /// Forget the remembered trust id of this repository
    Forget,
}

#[derive(Debug, Args)]
pub struct PolicyOptions {
    #[command(subcommand)]
    pub command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// All policies
    List {
        #[arg(long, value_name = "DIR", num_args = 1..)]
        policies: Vec<PathBuf>,
    },
    /// One policy: what it asks, why, and its text
    Show { id: String },
    /// Run Rego unit tests: those of a folder, or of the built-in policies
    Test { path: Option<PathBuf> },
    /// What policies see of a repository: one JSON line for each `input`
    Input {
        #[command(flatten)]
        read: ReadOptions,
        /// resource, document, module or repository
        #[arg(long, default_value = "resource")]
        scope: String,
        /// Only units of this kind, as in `selects`: `aws_s3_bucket`, `pipeline`, `litellm`
        #[arg(long, value_name = "KIND")]
        select: Option<String>,
    },
}

#[derive(Debug, Args)]
pub struct DemoOptions {
    /// Where to build it
    #[arg(long, value_name = "DIR", default_value = "harbor-lending")]
    pub into: PathBuf,
    /// terminal, dark, light or mono
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
}
