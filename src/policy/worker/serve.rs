//! The worker's side: limits first, then one request after another until its input ends.

use std::collections::HashMap;
use std::io::{self, BufReader, Read, Write};

use regex::Regex;
use serde_json::Value as Json;

use super::super::ast::RegoFile;
use super::super::limits;
use super::super::machine::Local;
use super::super::refusal::Refusal;
use super::super::testing::{Step, TestOptions, TestReport, TestSuite};
use super::{Answer, MAX_FRAME, Request, receive, send};

/// Serves the process that started this one, under the limits of [`limits`].
///
/// # Errors
/// The other side went away, or the limits cannot be set: then nothing is evaluated.
pub fn serve() -> io::Result<()> {
    restrict()?;
    let serving =
        || answer_all(&mut BufReader::new(io::stdin().lock()), &mut io::stdout().lock(), grant_time);
    let thread = std::thread::Builder::new().stack_size(limits::STACK).spawn(serving)?;
    thread.join().unwrap_or_else(|_| Err(io::Error::other("the worker failed")))
}

/// What is limited once: memory, and that nothing can be written or dumped.
#[cfg(unix)]
fn restrict() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let to = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
    setrlimit(Resource::Core, to(0))?;
    setrlimit(Resource::Fsize, to(0))?;
    // macOS takes note of neither of the two; there only time and stack are limited.
    setrlimit(Resource::Data, to(limits::MEMORY)).or_else(elsewhere)?;
    #[cfg(not(target_os = "openbsd"))]
    setrlimit(Resource::As, to(limits::MEMORY + limits::MEMORY / 2)).or_else(elsewhere)?;
    Ok(())
}

/// Outside Linux a limit that the system does not know is no reason to evaluate nothing.
#[cfg(unix)]
fn elsewhere(error: rustix::io::Errno) -> Result<(), rustix::io::Errno> {
    if cfg!(target_os = "linux") { Err(error) } else { Ok(()) }
}

#[cfg(not(unix))]
fn restrict() -> io::Result<()> {
    Ok(())
}

/// Lets the process use [`limits::TIME`] of the processor from now on.
#[cfg(unix)]
fn grant_time() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime).tv_sec;
    let until = u64::try_from(used).unwrap_or(0) + 1 + limits::TIME.as_secs();
    let maximum = getrlimit(Resource::Cpu).maximum;
    // A smaller limit of the caller's stays.
    let current = Some(maximum.map_or(until, |most| most.min(until)));
    let _ = setrlimit(Resource::Cpu, Rlimit { current, maximum });
}

#[cfg(not(unix))]
fn grant_time() {}

/// `grant_time` is called before each piece of work.
pub(super) fn answer_all(input: &mut impl Read, output: &mut impl Write, grant_time: fn()) -> io::Result<()> {
    send(output, &Answer::Ready { version: env!("CARGO_PKG_VERSION").to_owned() })?;
    let mut machines: HashMap<u64, Local> = HashMap::new();
    let mut inputs: HashMap<u64, Result<regorus::Value, Refusal>> = HashMap::new();
    while let Some(bytes) = receive(input, MAX_FRAME)? {
        grant_time();
        let request = serde_json::from_slice(&bytes)?;
        drop(bytes);
        match request {
            Request::Parse { name, text } => send(output, &Answer::Parsed(RegoFile::parse(name, text)))?,
            Request::Load { machine, files, data } => {
                machines.insert(machine, Local::new(files.into(), data, false));
            }
            Request::Input { id, value } => {
                let value = regorus::Value::from_json_str(value.get());
                inputs.insert(id, value.map_err(|_| Refusal::new("its input nests too deep")));
            }
            Request::Forget => inputs.clear(),
            Request::Evaluate { machine, rules, inputs: ids } => {
                for id in ids {
                    grant_time();
                    let values = match (machines.get(&machine), inputs.get(&id)) {
                        (Some(machine), Some(Ok(input))) => machine.rules(&rules, input),
                        (_, Some(Err(refusal))) => rules.iter().map(|_| Err(refusal.clone())).collect(),
                        _ => return Err(io::Error::other("asked for what was never sent")),
                    };
                    send(output, &Answer::Values(within_limit(values)))?;
                }
            }
            Request::Test { files, data, run, coverage, from } => {
                let run = run.as_deref().map(Regex::new).transpose().map_err(io::Error::other)?;
                let mut sent = Ok(());
                let report = TestSuite::here(files, data).run_here(
                    &TestOptions { run, coverage },
                    from,
                    &mut |step| {
                        grant_time();
                        if let (Step::Ended(result), Ok(())) = (step, &sent) {
                            sent = send(output, &Answer::Tested(result));
                        }
                    },
                );
                sent?;
                let TestReport { untested, coverage, .. } = report;
                send(output, &Answer::TestsEnded { untested, coverage })?;
            }
        }
    }
    Ok(())
}

/// Results that would fill the memory of the other side are none.
fn within_limit(values: Vec<Result<Json, Refusal>>) -> Vec<Result<Json, Refusal>> {
    struct Count(usize);
    impl Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            if self.0 > limits::RESULT_BYTES { Err(io::Error::other("too large")) } else { Ok(bytes.len()) }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    if serde_json::to_writer(Count(0), &values).is_ok() {
        return values;
    }
    values.iter().map(|_| Err(Refusal::new(limits::too_large()))).collect()
}
