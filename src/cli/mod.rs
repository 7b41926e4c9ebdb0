//! The command line: arguments, subcommands, exit codes.

mod args;
mod ask;
mod attest;
mod check;
mod completions;
pub mod demo;
mod doctor;
mod editor;
mod ending;
mod errand;
mod failure;
mod fleet;
pub(in crate::cli) mod history;
mod inventory;
mod man;
mod outputs;
mod policy;
mod register;
mod report;
mod screen;
mod shard;
mod sitting;
mod theme;
mod trace;
mod trust;
mod user;
mod verify;
mod waiver;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Arguments, Command};
use failure::Failure;

use crate::policy::Isolation;

/// Exit codes are part of the interface.
mod exit {
    pub const CLEAN: u8 = 0;
    pub const FINDINGS: u8 = 1;
    pub const USAGE: u8 = 2;
    pub const INCOMPLETE: u8 = 3;
    pub const INTERNAL: u8 = 4;
}

/// Policies that are not built in are evaluated by processes of this very program.
fn isolation() -> Result<Isolation, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::Internal(format!("cannot tell which program this is: {error}")))?;
    Ok(Isolation::workers(program))
}

/// Columns and lines of the terminal that standard output is.
#[cfg(unix)]
fn terminal_size() -> Option<(u16, u16)> {
    use std::io::IsTerminal as _;
    let stdout = std::io::stdout();
    let size = stdout.is_terminal().then(|| rustix::termios::tcgetwinsize(&stdout).ok())??;
    Some((size.ws_col, size.ws_row))
}

#[cfg(not(unix))]
fn terminal_size() -> Option<(u16, u16)> {
    None
}

/// Parses the arguments of the process and runs the subcommand.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::CLEAN });
        }
    };
    let result = match arguments.command {
        None => screen::run(&arguments.open),
        Some(Command::Check(options)) => check::run(&options),
        Some(Command::Inventory(options)) => inventory::run(&options),
        Some(Command::History(options)) => history::run(&options),
        Some(Command::Trace(options)) => trace::run(&options),
        Some(Command::Report(options)) => report::run(&options),
        Some(Command::Fleet(options)) => fleet::run(&options),
        Some(Command::Attest(options)) => attest::run(&options),
        Some(Command::Waive(options)) => waiver::waive(&options),
        Some(Command::Waiver(options)) => waiver::run(&options),
        Some(Command::Trust(options)) => trust::run(&options),
        Some(Command::Policy(options)) => policy::run(&options),
        Some(Command::Theme(command)) => theme::run(&command),
        Some(Command::Keys) => screen::keys(),
        Some(Command::Demo(options)) => screen::demo(&options),
        Some(Command::Doctor(options)) => doctor::run(&options),
        Some(Command::Completions { shell }) => completions::run(shell),
        Some(Command::Man { dir }) => man::run(dir.as_deref()),
        Some(Command::PolicyWorker) => Ok(policy::work()),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(Failure::BrokenPipe) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("probity: {}", crate::text::SafeText::prose(&failure.to_string()));
            ExitCode::from(failure.exit_code())
        }
    }
}
