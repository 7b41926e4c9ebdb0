//! Untrusted Rego in a process of its own.
//!
//! ```text
//!   Pool ──> Worker ──length-prefixed JSON──> probity __policy-worker
//!              │  <───────answers───────────    parse · load · input · evaluate
//!              └─ ends it after too long; one that died is replaced, and what it was doing is refused
//! ```
//! A builtin cannot be interrupted, an overflown stack and exhausted memory cannot be caught: only a process
//! can be ended without ending the audit. A worker reads nothing but its standard input, its limits are set
//! before the first byte of a policy arrives, and everything it answers is taken as untrusted.

mod client;
mod serve;

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use serde_json::value::RawValue;

pub use client::Pool;
pub(super) use client::Remote;
pub use serve::serve;

use super::ast::RegoFile;
use super::refusal::Refusal;

/// The hidden subcommand of this program that is a worker.
pub const SUBCOMMAND: &str = "__policy-worker";

/// What a worker is asked.
#[derive(Debug, Serialize, Deserialize)]
enum Request {
    /// One answer: `Parsed`.
    Parse { name: String, text: String },
    /// Files that are evaluated together, from now on known by a number. No answer.
    Load { machine: u64, files: Vec<RegoFile>, data: Json },
    /// An input, from now on known by a number. No answer.
    Input { id: u64, value: Box<RawValue> },
    /// Drops all inputs. No answer.
    Forget,
    /// Rules over inputs, one answer `Values` for each input as soon as it is there.
    Evaluate { machine: u64, rules: Vec<String>, inputs: Vec<u64> },
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    /// First of all: another version of the program speaks another language.
    Ready {
        version: String,
    },
    Parsed(Result<RegoFile, Refusal>),
    /// One for each rule that was asked.
    Values(Vec<Result<Json, Refusal>>),
}

/// No frame may be larger; an input of a whole repository is far below.
const MAX_FRAME: usize = 512 << 20;

fn frame(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, message)?;
    let length = bytes.len() - 4;
    if length > MAX_FRAME {
        return Err(io::Error::other("too large for a policy's process"));
    }
    let length = u32::try_from(length).map_err(io::Error::other)?;
    if let Some(front) = bytes.first_chunk_mut() {
        *front = length.to_be_bytes();
    }
    Ok(bytes)
}

fn send(output: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    output.write_all(&frame(message)?)?;
    output.flush()
}

/// The next frame; `None` at the end.
fn receive(input: &mut impl Read, most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = usize::try_from(u32::from_be_bytes(length)).map_err(io::Error::other)?;
    if length > most {
        return Err(io::Error::other("a frame is too large"));
    }
    let mut bytes = vec![0; length];
    input.read_exact(&mut bytes)?;
    Ok(Some(bytes))
}
