//! `probity completions`: what the shell needs to complete the command line, made from the arguments themselves.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use super::args::Arguments;
use super::exit;
use super::failure::Failure;

pub fn run(shell: Shell) -> Result<u8, Failure> {
    let mut text = Vec::new();
    generate(shell, &mut visible(&Arguments::command()), "probity", &mut text);
    std::io::stdout().lock().write_all(&text)?;
    Ok(exit::CLEAN)
}

/// A command without what is hidden: no person types that.
pub fn visible(command: &clap::Command) -> clap::Command {
    let shown = command.get_subcommands().filter(|sub| !sub.is_hide_set()).map(visible);
    let shown: Vec<clap::Command> = shown.collect();
    let mut bare = clap::Command::new(command.get_name().to_owned());
    for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
        bare = bare.arg(argument.clone());
    }
    if let Some(about) = command.get_about() {
        bare = bare.about(about.clone());
    }
    if let Some(version) = command.get_version() {
        bare = bare.version(version.to_owned());
    }
    bare.subcommands(shown)
}
