//! Arguments, subcommands, exit codes.

pub mod demo;
