//! What may be typed. The doc comments are the help.

mod document;
mod policy;
mod waiver;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::audit::history::Scope;
use crate::audit::{Audit, Request};
use crate::cli::failure::Failure;
use crate::cli::outputs::Output;
use crate::model::{Digest, Severity};
use crate::waiver::{Environment, Options, Timestamp};

pub use document::{
    AttestCommand, AttestOptions, FleetCommand, FleetMergeOptions, FleetOptions, FleetRunOptions,
    ReportFormat, ReportOptions, StateOptions, VerifyStatementOptions,
};
pub use policy::{
    BacktestOptions, By, CoverageOptions, DocumentFormat, ListOptions, MutateOptions, NewOptions,
    PolicyCommand, PolicyOptions, ShowOptions, TestFormat, TestRunOptions,
};
pub use waiver::{
    DecisionOptions, RegisterFormat, RegisterOptions, TrustCommand, TrustOptions, VerifyOptions,
    WaiveOptions, WaiverCommand, WaiverListOptions, WaiverOptions, WarnFlags, WordOptions,
};

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
    /// Posture over time: what each commit brought and took away
    History(HistoryOptions),
    /// What was read, what was not and why: systems, resources, models, files
    Inventory(InventoryOptions),
    /// The audit as a document: HTML, Markdown or OSCAL
    Report(ReportOptions),
    /// A signed statement of one audit, which anybody with the repository can make again
    Attest(AttestOptions),
    /// Many repositories: a report for each and one register of all
    Fleet(FleetOptions),
    /// Accept a finding: sign a waiver and commit it
    Waive(WaiveOptions),
    /// The waivers of this repository
    Waiver(WaiverOptions),
    /// Whose signatures count
    Trust(TrustOptions),
    /// The policies
    Policy(PolicyOptions),
    /// What the screen looks like
    #[command(subcommand)]
    Theme(ThemeCommand),
    /// The keys of the screen, with your own `keymap.toml` over them
    Keys,
    /// Build the demo repository and open it
    Demo(DemoOptions),
    /// What works here and what does not: terminal, git, signing, settings, folders, the repository
    Doctor(DoctorOptions),
    /// Print what a shell needs to complete this command line
    Completions { shell: clap_complete::Shell },
    /// Print the manual page; with --dir, write one for each command
    Man {
        /// Write all pages there, such as `~/.local/share/man/man1`
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Evaluates policies for another process of this program, under limits
    #[command(name = crate::policy::WORKER_SUBCOMMAND, hide = true)]
    PolicyWorker,
}

#[derive(Debug, Subcommand)]
pub enum ThemeCommand {
    /// The themes, yours first; * marks the one in use
    List,
    /// What each role of a theme looks like, and its contrast
    Show {
        /// The one in use if left out
        name: Option<String>,
    },
    /// Check a theme file: mistakes, contrast, and severities that some eyes cannot tell apart
    Check { file: PathBuf },
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
    /// Data for the policies of --policies: JSON or YAML, a file or folder, placed as Conftest and OPA place it
    #[arg(long, value_name = "PATH", requires = "policies")]
    pub data: Vec<PathBuf>,
    /// Only these policies: an id, or how ids begin, such as PB-NET
    #[arg(long, value_name = "POLICY", num_args = 1..)]
    pub only: Vec<String>,
    /// Also evaluate the policies that the repository brings along in .probity/policies
    #[arg(long)]
    pub trust_repository_policies: bool,
    /// The full ref name that waivers are matched with, such as refs/heads/main
    #[arg(long = "ref", value_name = "REF")]
    pub reference: Option<String>,
    /// Neither believe nor keep what was found before
    #[arg(long)]
    pub no_cache: bool,
    #[command(flatten)]
    pub signing: SigningOptions,
}

#[derive(Debug, Clone, Default, Args)]
pub struct SigningOptions {
    /// The repository's trust id, instead of the remembered one
    #[arg(long, global = true, value_name = "sha256:...")]
    pub trust_root: Option<Digest>,
    /// The protected branch, by its full name (refs/remotes/origin/main) or a commit's full id: what was revoked there stays revoked
    #[arg(long, global = true, value_name = "REF")]
    pub trust_ref: Option<String>,
    /// An older version of the trust data is an error
    #[arg(long, global = true, value_name = "N")]
    pub trust_min_version: Option<u32>,
    /// The key to sign with: a file or a literal public key
    #[arg(long, global = true, value_name = "KEY")]
    pub signing_key: Option<String>,
    /// Write records to a new branch, for where the current one is protected; nothing is checked out or pushed
    #[arg(long, global = true)]
    pub new_branch: bool,
}

impl SigningOptions {
    pub fn options(&self) -> Options {
        Options {
            trust_root: self.trust_root,
            trust_ref: self.trust_ref.clone(),
            trust_min_version: self.trust_min_version,
            signing_key: self.signing_key.clone(),
            new_branch: self.new_branch,
            ..Options::new(Environment::from_process())
        }
    }
}

impl WhatOptions {
    pub fn open(&self, path: &std::path::Path, now: Option<Timestamp>) -> Result<Audit, Failure> {
        self.open_staged(path, now, false)
    }

    /// With `staged`, the index instead of the work tree.
    pub fn open_staged(
        &self,
        path: &std::path::Path,
        now: Option<Timestamp>,
        staged: bool,
    ) -> Result<Audit, Failure> {
        if self.reference.as_deref().is_some_and(|name| !name.starts_with("refs/")) {
            return Err(Failure::Usage("--ref takes a full name, such as refs/heads/main".to_owned()));
        }
        Ok(Audit::open(Request {
            path: path.to_path_buf(),
            revision: self.rev.clone(),
            staged,
            policies: self.policies.clone(),
            data: self.data.clone(),
            only: self.only.clone(),
            trust_repository_policies: self.trust_repository_policies,
            isolation: super::isolation()?,
            reference: self.reference.clone(),
            now,
            cached: !self.no_cache,
            waivers: self.signing.options(),
        })?)
    }
}

#[derive(Debug, Args)]
pub struct OpenOptions {
    #[command(flatten)]
    pub audit: AuditOptions,
    /// A theme: see `probity theme list`
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// Add reviews and notes of a colleague: `triage.json` of exported evidence
    #[arg(long, value_name = "FILE")]
    pub reviews: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    Text,
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// OSCAL: assessment results
    #[value(alias = "oscal")]
    OscalAr,
    /// OSCAL: plan of action and milestones
    OscalPoam,
    /// `JUnit` XML, for the test results of CI servers
    Junit,
    /// GitHub Actions: annotations
    Github,
    /// GitLab: Code Quality
    Gitlab,
    /// A comment for a pull request
    Markdown,
}

#[derive(Debug, Args)]
pub struct SarifFlags {
    /// In SARIF, write waivers that do not count as suppressions too: under review, or rejected
    #[arg(long)]
    pub sarif_all_states: bool,
}

/// Which files `check` looks at.
#[derive(Debug, Args)]
pub struct SourceFlags {
    /// Audit what is staged instead of the work tree: for hooks before a commit
    #[arg(long, conflicts_with = "rev")]
    pub staged: bool,
}

#[derive(Debug, Args)]
pub struct CheckOptions {
    #[command(flatten)]
    pub audit: AuditOptions,
    #[command(flatten)]
    pub source: SourceFlags,
    /// Only what is new since this revision decides the exit code; its configuration judges
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// The lowest severity that fails: critical, high, medium or low
    #[arg(long, value_name = "SEVERITY", default_value = "low")]
    pub fail_on: Severity,
    /// [default: text]
    #[arg(long, value_enum)]
    pub format: Option<CheckFormat>,
    /// Write there instead of to standard output; with FORMAT=, that format too. May be given several times; - is standard output
    #[arg(long, value_name = "[FORMAT=]FILE")]
    pub output: Vec<Output>,
    #[command(flatten)]
    pub sarif: SarifFlags,
    #[command(flatten)]
    pub warn: WarnFlags,
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
        self.open_with(&SigningOptions::default())
    }

    pub fn open_with(&self, signing: &SigningOptions) -> Result<Audit, Failure> {
        Ok(Audit::open(Request {
            path: self.path.clone(),
            revision: self.rev.clone(),
            staged: false,
            policies: Vec::new(),
            data: Vec::new(),
            only: Vec::new(),
            trust_repository_policies: false,
            isolation: super::isolation()?,
            reference: None,
            now: None,
            cached: true,
            waivers: signing.options(),
        })?)
    }
}

/// How the past is looked at.
#[derive(Debug, Args)]
pub struct PastOptions {
    /// Only the main line: the first parents
    #[arg(long)]
    pub first_parent: bool,
}

impl PastOptions {
    pub fn scope(&self) -> Scope {
        Scope { first_parent: self.first_parent }
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
    #[command(flatten)]
    pub past: PastOptions,
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// The repository
    #[arg(long, short = 'C', value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    #[command(flatten)]
    pub what: WhatOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HistoryFormat {
    Text,
    Json,
    Csv,
}

#[derive(Debug, Args)]
pub struct HistoryOptions {
    /// Only commits since then: a day or a full UTC time
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// Only what lies below this folder, as seen from -C
    #[arg(long, value_name = "FOLDER")]
    pub path: Option<PathBuf>,
    /// Only these policies: an id, or how ids begin
    #[arg(long, value_name = "POLICY", num_args = 1..)]
    pub policy: Vec<String>,
    #[command(flatten)]
    pub past: PastOptions,
    #[arg(long, value_enum, default_value = "text")]
    pub format: HistoryFormat,
    /// The repository
    #[arg(long = "repository", short = 'C', value_name = "PATH", default_value = ".")]
    pub repository: PathBuf,
    #[command(flatten)]
    pub what: WhatOptions,
}

#[derive(Debug, Args)]
pub struct DoctorOptions {
    #[command(flatten)]
    pub read: ReadOptions,
    #[command(flatten)]
    pub signing: SigningOptions,
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
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
