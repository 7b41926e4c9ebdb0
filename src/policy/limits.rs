//! How much a policy may use.
//!
//! Rego that comes with `--policies` or lies in the audited repository is evaluated in a process of its own
//! ([`super::worker`]) that the operating system holds to these limits; whatever goes beyond them is not
//! evaluated, and the audit goes on.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use regorus::PolicyLengthConfig;

/// For one evaluation: all rules of one policy over one unit, or parsing one file. Processor time where
/// the system can limit it, so that a busy machine changes no verdict.
pub const TIME: Duration = Duration::from_secs(5);
/// After this long a worker that does not answer is ended, whatever it waits for.
pub const PATIENCE: Duration = Duration::from_secs(45);
/// One policy, over all units, on top of [`TIME`]: this much for each unit.
pub const TIME_PER_UNIT: Duration = Duration::from_millis(10);
/// All memory of a worker.
pub const MEMORY: u64 = 1 << 30;
/// The stack on which a worker evaluates.
pub const STACK: usize = 64 << 20;
/// The results of one evaluation, as JSON.
pub const RESULT_BYTES: usize = 8 << 20;
/// A file of Rego.
pub const FILE_BYTES: u64 = 1 << 20;
/// A line of it: lists of names and long patterns stand on one line.
const COLUMNS: u32 = 1 << 16;

/// What the engine parses. Writing a form in another makes a file longer.
pub fn lengths() -> PolicyLengthConfig {
    PolicyLengthConfig {
        max_col: NonZeroU32::new(COLUMNS).unwrap_or(NonZeroU32::MIN),
        max_file_bytes: NonZeroUsize::new(2 << 20).unwrap_or(NonZeroUsize::MIN),
        ..PolicyLengthConfig::default()
    }
}

pub fn too_slow() -> String {
    format!("stopped after {} seconds", TIME.as_secs())
}

pub fn too_large() -> String {
    format!("its results take more than {} MiB", RESULT_BYTES >> 20)
}

pub fn out_of_memory() -> String {
    format!(
        "its process was ended: it used up its {} MiB of memory or its stack ({} MiB)",
        MEMORY >> 20,
        STACK >> 20
    )
}
