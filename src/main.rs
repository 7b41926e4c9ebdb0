//! The binary: parses, runs, maps to an exit code.

use std::process::ExitCode;

/// Documents and policy inputs are many small values: this allocator takes a third off an audit.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    probity::cli::run()
}
