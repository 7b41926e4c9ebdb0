//! `probity policy`: the policies and their tests.

mod backtest;
mod coverage;
mod list;
mod mutate;
mod new;
mod show;
mod test;

use std::fmt::Write as _;
use std::io::Write as _;

use super::args::{PolicyCommand, PolicyOptions, ReadOptions};
use super::exit;
use super::failure::Failure;
use crate::model::Scope;

pub fn run(options: &PolicyOptions) -> Result<u8, Failure> {
    let (text, code) = match &options.command {
        PolicyCommand::List(options) => list::run(options)?,
        PolicyCommand::Show(options) => show::run(options)?,
        PolicyCommand::Backtest(options) => backtest::run(options)?,
        PolicyCommand::Coverage(options) => coverage::run(options)?,
        PolicyCommand::New(options) => new::run(options)?,
        PolicyCommand::Test(options) => test::run(options)?,
        PolicyCommand::Mutate(options) => mutate::run(options)?,
        PolicyCommand::Input { read, scope, select } => input(read, scope, select.as_deref())?,
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(code)
}

/// Evaluates policies for the process that started this one.
pub fn work() -> u8 {
    // Whoever asked went away: nobody is left to be told.
    if crate::policy::serve().is_ok() { exit::CLEAN } else { exit::INTERNAL }
}

fn scope(name: &str) -> Result<Scope, Failure> {
    serde_json::from_value(name.into()).map_err(|_| {
        Failure::Usage(format!("`{name}` is no scope: resource, document, module or repository"))
    })
}

fn input(read: &ReadOptions, scope: &str, select: Option<&str>) -> Result<(String, u8), Failure> {
    let mut out = String::new();
    read.open()?.each_unit(self::scope(scope)?, &mut |unit| {
        if select.is_none_or(|kind| unit.kinds.iter().any(|have| have == kind)) {
            let line =
                serde_json::json!({"subject": unit.subject, "kinds": unit.kinds, "input": unit.input.json()});
            let _ = writeln!(out, "{line}");
        }
    })?;
    Ok((out, exit::CLEAN))
}
