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
use super::testing::{FileCoverage, TestResult, Untested};

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
    /// The tests of some files, from that one on: `Tested` for each, then `TestsEnded`.
    Test { files: Vec<RegoFile>, data: Json, run: Option<String>, coverage: bool, from: usize },
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
    Tested(TestResult),
    TestsEnded {
        untested: Vec<Untested>,
        coverage: Option<Vec<FileCoverage>>,
    },
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

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::policy::evaluate::Input;

    const TEXT: &str =
        "package t\nimport rego.v1\ndeny contains input.a if input.a > 1\nbad if input.a + \"x\" == 1\n";

    fn answers(requests: &[Request]) -> Vec<Answer> {
        let input: Vec<u8> = requests.iter().flat_map(|request| frame(request).unwrap()).collect();
        let mut output = Vec::new();
        // A limit would hold for all tests of this process.
        serve::answer_all(&mut Cursor::new(input), &mut output, || {}).unwrap();
        let mut output = Cursor::new(output);
        let mut answers = Vec::new();
        while let Some(bytes) = receive(&mut output, 1 << 20).unwrap() {
            answers.push(serde_json::from_slice(&bytes).unwrap());
        }
        answers
    }

    #[test]
    fn what_is_asked_is_answered_in_order() {
        let parse = || Request::Parse { name: "t.rego".to_owned(), text: TEXT.to_owned() };
        let mut parsed = answers(&[parse()]);
        let Some(Answer::Parsed(Ok(file))) = parsed.pop() else { panic!("{parsed:?}") };
        let raw = |value: Json| serde_json::value::to_raw_value(&value).unwrap();
        let mut deep = json!(1);
        for _ in 0..200 {
            deep = json!([deep]);
        }
        let got = answers(&[
            Request::Load { machine: 7, files: vec![file], data: json!({}) },
            Request::Input { id: 1, value: raw(json!({"a": 1})) },
            Request::Input { id: 2, value: raw(json!({"a": 2})) },
            Request::Input { id: 3, value: raw(deep) },
            Request::Evaluate {
                machine: 7,
                rules: vec!["data.t.deny".to_owned(), "data.t.bad".to_owned()],
                inputs: vec![2, 1, 3],
            },
        ]);
        let values: Vec<_> = got
            .into_iter()
            .filter_map(|answer| match answer {
                Answer::Values(values) => Some(values),
                _ => None,
            })
            .collect();
        assert_eq!(values.len(), 3);
        assert_eq!(values[0][0], Ok(json!([2])));
        let refusal = values[0][1].as_ref().unwrap_err();
        assert_eq!(refusal.line, Some(4), "an error in one rule leaves the other alone: {refusal:?}");
        assert_eq!(values[1][0], Ok(json!([])));
        assert!(values[2].iter().all(|value| value.as_ref().is_err_and(|why| why.reason.contains("deep"))));
    }

    /// A program that is no worker evaluates nothing, and nothing is evaluated elsewhere in its place.
    #[test]
    fn without_a_worker_nothing_is_evaluated() {
        for program in ["/nowhere/at/all", "/bin/true"] {
            let pool = Arc::new(Pool::new(program.into()));
            let refusal = pool.parse("t.rego", TEXT).unwrap_err();
            assert!(refusal.reason.starts_with("no process to evaluate it in"), "{refusal}");
            let file = RegoFile::parse("t.rego".to_owned(), TEXT.to_owned()).unwrap();
            let remote = Remote::new(pool, [file].into(), json!({}));
            let input = Input::new(regorus::Value::from(json!({"a": 2})));
            let (values, refusal) = remote.rules(&["data.t.deny".to_owned()], &[&input]);
            assert_eq!((values.len(), refusal.is_some()), (0, true));
        }
    }
}
