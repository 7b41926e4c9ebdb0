//! The binary: parses, runs, maps to an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    probity::cli::run()
}
