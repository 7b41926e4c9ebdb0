//! What may be typed after `report`, `attest` and `fleet`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{AuditOptions, Format, SigningOptions, WhatOptions};
use crate::model::Severity;
use crate::waiver::Timestamp;

#[derive(Debug, Args)]
pub struct FleetOptions {
    #[command(subcommand)]
    pub command: FleetCommand,
}

#[derive(Debug, Subcommand)]
pub enum FleetCommand {
    /// Audit the repositories of a list; what is there already and has not changed is not audited again
    Run(Box<FleetRunOptions>),
    /// Merge registers or findings of shards
    Merge(FleetMergeOptions),
}

#[derive(Debug, Args)]
pub struct FleetRunOptions {
    /// A file with a repository a line: its path, and after a tab a revision (HEAD if none); `-` reads standard input
    #[arg(value_name = "LIST")]
    pub list: PathBuf,
    /// The folder that gets reports/, register.jsonl and findings.jsonl
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,
    /// A share of the list: 2/5, or auto for Kubernetes indexed Jobs, Slurm arrays and CI matrices
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,
    /// Audits at once [default: 2]
    #[arg(long, value_name = "N")]
    pub jobs: Option<std::num::NonZeroUsize>,
    /// The least severity that makes a repository's line one with findings
    #[arg(long, value_name = "SEVERITY", default_value = "low")]
    pub fail_on: Severity,
    /// Inconclusive verdicts and unrendered templates count as incomplete
    #[arg(long)]
    pub strict: bool,
    /// End with 0 when all lines are written, whatever they say: for engines that would start a task again
    #[arg(long)]
    pub exit_zero: bool,
    /// Judge waivers as of this instant
    #[arg(long, value_name = "TIME", value_parser = Timestamp::from_person)]
    pub as_of: Option<Timestamp>,
    #[command(flatten)]
    pub what: WhatOptions,
}

#[derive(Debug, Args)]
pub struct FleetMergeOptions {
    /// register.jsonl or findings.jsonl of the shards
    #[arg(value_name = "FILE", required = true, num_args = 1..)]
    pub files: Vec<PathBuf>,
    /// Write there instead of to standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// One file without scripts, for browsers and printers
    Html,
    /// The same for wikis and repositories
    Markdown,
    /// OSCAL assessment results
    Oscal,
    #[value(hide = true)]
    OscalAr,
    /// An OSCAL plan of action and milestones
    OscalPoam,
}

#[derive(Debug, Args)]
pub struct ReportOptions {
    #[command(flatten)]
    pub audit: AuditOptions,
    #[arg(long, value_enum, default_value = "html")]
    pub format: ReportFormat,
    /// Write there instead of to standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Show the posture from this day on
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Leave posture over time and introducing commits out: they cost a walk through history
    #[arg(long, conflicts_with = "since")]
    pub no_history: bool,
    /// Judge as of this instant, and write it down
    #[arg(long, value_name = "TIME", value_parser = Timestamp::from_person)]
    pub as_of: Option<Timestamp>,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct AttestOptions {
    #[command(subcommand)]
    pub command: Option<AttestCommand>,
    #[command(flatten)]
    pub state: StateOptions,
}

#[derive(Debug, Subcommand)]
pub enum AttestCommand {
    /// Check the signature of a statement, audit its commit again, and say where the two differ
    Verify(VerifyStatementOptions),
}

/// What is stated: the audit of a commit, HEAD if no other is named.
#[derive(Debug, Args)]
pub struct StateOptions {
    #[command(flatten)]
    pub audit: AuditOptions,
    /// Write the statement there and its signature to FILE.sig; without it the statement is printed, unsigned
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write no signature
    #[arg(long, requires = "output")]
    pub unsigned: bool,
    /// Judge as of this instant instead of now
    #[arg(long, value_name = "TIME", value_parser = Timestamp::from_person)]
    pub as_of: Option<Timestamp>,
}

#[derive(Debug, Args)]
pub struct VerifyStatementOptions {
    /// The statement
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The repository, which has the stated commit
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Its signature, if it is not FILE.sig
    #[arg(long, value_name = "FILE")]
    pub signature: Option<PathBuf>,
    /// The policies that were given with --policies
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub policies: Vec<PathBuf>,
    /// The data that was given with --data
    #[arg(long, value_name = "PATH", requires = "policies")]
    pub data: Vec<PathBuf>,
    /// Also evaluate the policies that the repository brings along in .probity/policies
    #[arg(long)]
    pub trust_repository_policies: bool,
    #[command(flatten)]
    pub signing: SigningOptions,
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
}
