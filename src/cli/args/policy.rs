//! What may be typed after `policy`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{AuditOptions, Format, PastOptions, ReadOptions, WhatOptions};
use crate::waiver::Timestamp;

#[derive(Debug, Args)]
pub struct PolicyOptions {
    #[command(subcommand)]
    pub command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// All policies, or the controls that they give evidence for
    List(ListOptions),
    /// One policy: what it asks, why, how to fix it, and its text
    Show(ShowOptions),
    /// Audit, and say for each control of each framework which policies judge it and how
    Coverage(CoverageOptions),
    /// What a policy would have flagged at each commit of the history
    Backtest(BacktestOptions),
    /// Write a policy and its test from a template
    New(NewOptions),
    /// Run Rego unit tests: those of a folder, or of the built-in policies
    Test(TestRunOptions),
    /// Change each policy in one place at a time and see whether its tests notice
    Mutate(MutateOptions),
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DocumentFormat {
    Text,
    Json,
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    Control,
}

#[derive(Debug, Args)]
pub struct ListOptions {
    /// More policies: a folder or file of Rego
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub policies: Vec<PathBuf>,
    /// Group by control
    #[arg(long, value_enum)]
    pub by: Option<By>,
    #[arg(long, value_enum, default_value = "text")]
    pub format: DocumentFormat,
}

#[derive(Debug, Args)]
pub struct ShowOptions {
    pub id: String,
    /// More policies: a folder or file of Rego
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub policies: Vec<PathBuf>,
    #[arg(long, value_enum, default_value = "text")]
    pub format: DocumentFormat,
}

#[derive(Debug, Args)]
pub struct CoverageOptions {
    #[command(flatten)]
    pub audit: AuditOptions,
    /// Only the framework with this code, such as EU-AIA
    #[arg(long, value_name = "CODE")]
    pub framework: Option<String>,
    /// Also the controls that no policy gives evidence for
    #[arg(long)]
    pub all: bool,
    #[arg(long, value_enum, default_value = "text")]
    pub format: DocumentFormat,
    /// Judge as of this instant: which waivers hold, which controls apply already
    #[arg(long, value_name = "TIME", value_parser = Timestamp::from_person)]
    pub as_of: Option<Timestamp>,
}

#[derive(Debug, Args)]
pub struct BacktestOptions {
    /// A file or folder of Rego, or the id of a policy
    #[arg(value_name = "FILE|ID")]
    pub policy: String,
    /// Another version or policy, to compare with
    #[arg(long, value_name = "FILE|ID")]
    pub against: Option<String>,
    /// What counts as a quick fix
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub within_days: u32,
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

#[derive(Debug, Args)]
pub struct NewOptions {
    /// Three parts, such as ACME-NET-001
    pub id: String,
    /// The folder of policies; a folder for the area is made in it
    #[arg(long, value_name = "DIR", default_value = "policies")]
    pub dir: PathBuf,
    /// What one evaluation sees: resource, document, module or repository
    #[arg(long, default_value = "resource")]
    pub scope: String,
}

#[derive(Debug, Args)]
pub struct TestRunOptions {
    /// A folder or file of Rego; without it the built-in policies are tested
    pub path: Option<PathBuf>,
    /// More data: JSON or YAML, a file or folder, over what lies beside the policies
    #[arg(long, value_name = "PATH", requires = "path")]
    pub data: Vec<PathBuf>,
    /// Only tests whose path matches: `net_001_test`, `test_open$`
    #[arg(long, value_name = "REGEX")]
    pub run: Option<String>,
    #[arg(long, value_enum, default_value = "text")]
    pub format: TestFormat,
    /// Say which lines of each policy the tests evaluated
    #[arg(long)]
    pub coverage: bool,
    /// Fail when fewer lines than that are covered (implies --coverage)
    #[arg(long, value_name = "PERCENT")]
    pub threshold: Option<f64>,
    /// Also the tests that pass, each with its time
    #[arg(long, short)]
    pub verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    Text,
    Json,
    Junit,
}

#[derive(Debug, Args)]
pub struct MutateOptions {
    /// A folder of policies with their tests; without it the built-in ones
    pub path: Option<PathBuf>,
    /// Only the policy with this id
    #[arg(long, value_name = "ID")]
    pub only: Option<String>,
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// Fail when the tests of fewer policies notice each negated condition and each renamed attribute
    #[arg(long, value_name = "PERCENT")]
    pub threshold: Option<f64>,
}
