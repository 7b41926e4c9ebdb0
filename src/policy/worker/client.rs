//! The audit's side: workers, what each of them knows, and what becomes of one that dies.

use std::collections::HashSet;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::super::ast::RegoFile;
use super::super::evaluate::Input;
use super::super::limits;
use super::super::refusal::Refusal;
use super::super::testing::{TestOptions, TestOutcome, TestReport, TestResult};
use super::{Answer, Request, SUBCOMMAND, frame, receive};

/// A worker that knows so many machines is replaced: what one leaves behind must not starve another.
const MAX_MACHINES: usize = 64;
/// Inputs that a worker keeps, as JSON; they take several times as much there.
const MAX_INPUT_BYTES: usize = 32 << 20;
/// Answers that wait to be taken.
const WAITING: usize = 4;

/// Workers that wait for something to do. One is started whenever none waits.
#[derive(Debug)]
pub struct Pool {
    program: PathBuf,
    idle: Mutex<Vec<Worker>>,
}

/// How a conversation ended early.
enum Death {
    /// Says what it did wrong: it used too much time, or its answer is none.
    Guilty(Refusal),
    /// Memory or stack: perhaps of what it kept from before.
    Exhausted,
    /// Nothing can be evaluated at all.
    Unavailable(Refusal),
}

impl Pool {
    /// Workers are processes of `program`, which has the subcommand [`SUBCOMMAND`].
    pub fn new(program: PathBuf) -> Self {
        Self { program, idle: Mutex::new(Vec::new()) }
    }

    fn take(&self) -> Result<Worker, Death> {
        let waiting = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        waiting.map_or_else(|| Worker::start(&self.program), Ok)
    }

    fn put_back(&self, worker: Worker) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
    }

    /// Lets a worker talk. One that is exhausted gets a second chance with a fresh memory, so that it
    /// does not matter what else was evaluated before.
    fn converse<T>(&self, talk: &mut dyn FnMut(&mut Worker) -> Result<T, Death>) -> Result<T, Refusal> {
        let mut worker = self.take();
        loop {
            let (mut talking, seasoned) = match worker {
                Ok(worker) => {
                    let seasoned = worker.seasoned;
                    (worker, seasoned)
                }
                Err(death) => return Err(death.refusal()),
            };
            talking.seasoned = true;
            match talk(&mut talking) {
                Ok(value) => {
                    self.put_back(talking);
                    return Ok(value);
                }
                Err(Death::Exhausted) if seasoned => {
                    drop(talking);
                    worker = Worker::start(&self.program);
                }
                Err(death) => return Err(death.refusal()),
            }
        }
    }

    /// Parses one file.
    pub(in super::super) fn parse(&self, name: &str, text: &str) -> Result<RegoFile, Refusal> {
        let request = Request::Parse { name: name.to_owned(), text: text.to_owned() };
        let request = frame(&request).map_err(|error| Refusal::new(error.to_string()))?;
        self.converse(&mut |worker| {
            worker.send(&request)?;
            match worker.answer()? {
                Answer::Parsed(parsed) => Ok(parsed),
                _ => Err(Death::nonsense()),
            }
        })?
    }
}

/// So many tests may end their process before the rest is given up.
const MAX_DEATHS: usize = 16;

impl Pool {
    /// Runs the tests of some files, adding to the results. A test on which the process dies is an error; the
    /// others are run in another one.
    pub(in super::super) fn test(
        &self,
        (files, data): (&[RegoFile], &Json),
        options: &TestOptions,
        planned: &[TestResult],
        results: &mut Vec<TestResult>,
    ) -> TestReport {
        let before = results.len();
        for deaths in 1.. {
            let from = results.len() - before;
            let request = Request::Test {
                files: files.to_vec(),
                data: data.clone(),
                run: options.run.as_ref().map(|run| run.as_str().to_owned()),
                coverage: options.coverage,
                from,
            };
            let death = match self.tested(&request, planned.len() - from, results) {
                Ok(report) => return report,
                Err(death) => death,
            };
            let last = deaths >= MAX_DEATHS || matches!(death, Death::Unavailable(_));
            let reason = death.refusal().to_string();
            let rest = planned.get(results.len() - before..).unwrap_or_default();
            let errors = rest.iter().take(if last { rest.len() } else { 1 }).map(|test| {
                let outcome = TestOutcome::Error(reason.clone());
                TestResult { outcome, ..test.clone() }
            });
            results.extend(errors);
            if rest.is_empty() {
                // After the last test: what the tests did not reach is not known.
                let outcome = TestOutcome::Error(reason);
                results.push(TestResult::of_file("", "coverage".to_owned(), outcome));
            }
            if last || rest.is_empty() {
                break;
            }
        }
        TestReport::default()
    }

    fn tested(
        &self,
        request: &Request,
        most: usize,
        results: &mut Vec<TestResult>,
    ) -> Result<TestReport, Death> {
        let mut worker = Worker::start(&self.program)?;
        worker.tell(request)?;
        for _ in 0..=most {
            match worker.answer()? {
                Answer::Tested(result) => results.push(result),
                Answer::TestsEnded { untested, coverage } => {
                    return Ok(TestReport { untested, coverage, ..TestReport::default() });
                }
                _ => break,
            }
        }
        Err(Death::nonsense())
    }
}

impl Death {
    fn refusal(self) -> Refusal {
        match self {
            Self::Guilty(refusal) | Self::Unavailable(refusal) => refusal,
            Self::Exhausted => Refusal::new(limits::out_of_memory()),
        }
    }

    fn nonsense() -> Self {
        Self::Guilty(Refusal::new("its process gave an answer that cannot be read"))
    }
}

/// One process and what was told it.
#[derive(Debug)]
struct Worker {
    child: Child,
    input: ChildStdin,
    answers: Receiver<io::Result<Vec<u8>>>,
    machines: HashSet<u64>,
    inputs: HashSet<u64>,
    input_bytes: usize,
    seasoned: bool,
}

impl Worker {
    fn start(program: &PathBuf) -> Result<Self, Death> {
        let unavailable = |error: String| {
            Death::Unavailable(Refusal::new(format!("no process to evaluate it in: {error}")))
        };
        let mut child = Command::new(program)
            .arg(SUBCOMMAND)
            .env_clear()
            // The allocator would reserve a gigabyte at once, against the limit.
            .env("MIMALLOC_ARENA_RESERVE", "64MiB")
            .env("MIMALLOC_ARENA_EAGER_COMMIT", "0")
            .current_dir(std::path::Path::new(if cfg!(windows) { "." } else { "/" }))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| unavailable(error.to_string()))?;
        let (Some(input), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(unavailable("it has no pipes".to_owned()));
        };
        let (sender, answers) = sync_channel(WAITING);
        // A larger answer than a worker may give is one that a policy made up.
        let most = 2 * limits::RESULT_BYTES.max(16 << 20);
        std::thread::spawn(move || {
            while let Some(bytes) = receive(&mut output, most).transpose() {
                let failed = bytes.is_err();
                if sender.send(bytes).is_err() || failed {
                    return;
                }
            }
        });
        let mut worker = Self {
            child,
            input,
            answers,
            machines: HashSet::new(),
            inputs: HashSet::new(),
            input_bytes: 0,
            seasoned: false,
        };
        match worker.answer() {
            Ok(Answer::Ready { version }) if version == env!("CARGO_PKG_VERSION") => Ok(worker),
            Ok(Answer::Ready { version }) => {
                Err(unavailable(format!("{} is of version {version}", program.display())))
            }
            _ => Err(unavailable(format!("{} does not answer", program.display()))),
        }
    }

    fn send(&mut self, frame: &[u8]) -> Result<(), Death> {
        self.input.write_all(frame).and_then(|()| self.input.flush()).map_err(|_| self.cause())
    }

    fn tell(&mut self, request: &Request) -> Result<usize, Death> {
        let bytes = frame(request).map_err(|error| Death::Guilty(Refusal::new(error.to_string())))?;
        self.send(&bytes)?;
        Ok(bytes.len())
    }

    fn answer(&mut self) -> Result<Answer, Death> {
        match self.answers.recv_timeout(limits::PATIENCE) {
            Ok(Ok(bytes)) => serde_json::from_slice(&bytes).map_err(|_| Death::nonsense()),
            Ok(Err(_)) => Err(Death::nonsense()),
            Err(RecvTimeoutError::Timeout) => Err(Death::Guilty(Refusal::new(limits::too_slow()))),
            Err(RecvTimeoutError::Disconnected) => Err(self.cause()),
        }
    }

    /// What ended the process: it has closed its end, so it is about to be gone.
    fn cause(&mut self) -> Death {
        let waiting = Instant::now();
        while waiting.elapsed() < limits::TIME {
            match self.child.try_wait() {
                Ok(Some(status)) => return cause_of(status),
                Ok(None) => std::thread::sleep(Duration::from_millis(2)),
                Err(_) => break,
            }
        }
        Death::Exhausted
    }

    /// Makes the inputs known; they are not forgotten before they were used.
    fn know_inputs(&mut self, inputs: &[&Input]) -> Result<(), Death> {
        if self.input_bytes > MAX_INPUT_BYTES {
            self.tell(&Request::Forget)?;
            self.inputs.clear();
            self.input_bytes = 0;
        }
        for input in inputs {
            if self.inputs.insert(input.id()) {
                let value = serde_json::value::to_raw_value(input.value());
                let value = value.map_err(|error| Death::Guilty(Refusal::new(error.to_string())))?;
                self.input_bytes += self.tell(&Request::Input { id: input.id(), value })?;
            }
        }
        Ok(())
    }
}

/// A process that is not needed any more is ended, not asked: it may be busy.
impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn cause_of(status: ExitStatus) -> Death {
    use std::os::unix::process::ExitStatusExt as _;
    if status.signal() == Some(rustix::process::Signal::XCPU.as_raw()) {
        return Death::Guilty(Refusal::new(limits::too_slow()));
    }
    Death::Exhausted
}

#[cfg(not(unix))]
fn cause_of(_: ExitStatus) -> Death {
    Death::Exhausted
}

/// Rules of some files, evaluated by workers.
#[derive(Debug)]
pub(in super::super) struct Remote {
    pool: Arc<Pool>,
    number: u64,
    files: Arc<[RegoFile]>,
    data: Json,
    /// What a worker must be told before it can evaluate: made once.
    load: OnceLock<Result<Vec<u8>, Refusal>>,
    spent: AtomicU64,
    evaluated: AtomicU64,
}

impl Remote {
    pub fn new(pool: Arc<Pool>, files: Arc<[RegoFile]>, data: Json) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            pool,
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            files,
            data,
            load: OnceLock::new(),
            spent: AtomicU64::new(0),
            evaluated: AtomicU64::new(0),
        }
    }

    /// The same rules with other data.
    pub fn with(&self, data: Json) -> Self {
        Self::new(self.pool.clone(), self.files.clone(), data)
    }

    /// The values of rules, for one input after another. Ends with the first input on which the worker
    /// died or the policy's limits over all units are reached.
    ///
    /// # Errors
    /// Says why, and for how many inputs there are values.
    pub fn rules(
        &self,
        rules: &[String],
        inputs: &[&Input],
    ) -> (Vec<Vec<Result<Json, Refusal>>>, Option<Refusal>) {
        let mut done = Vec::with_capacity(inputs.len());
        let talked = self.load().and_then(|load| {
            self.pool.converse(&mut |worker| {
                let rest = inputs.get(done.len()..).unwrap_or_default();
                self.ask(worker, load, rules, rest, &mut done)
            })
        });
        (done, talked.err())
    }

    fn load(&self) -> Result<&Vec<u8>, Refusal> {
        let load = self.load.get_or_init(|| {
            let (files, data) = (self.files.to_vec(), self.data.clone());
            frame(&Request::Load { machine: self.number, files, data })
                .map_err(|error| Refusal::new(error.to_string()))
        });
        load.as_ref().map_err(Clone::clone)
    }

    fn ask(
        &self,
        worker: &mut Worker,
        load: &[u8],
        rules: &[String],
        inputs: &[&Input],
        done: &mut Vec<Vec<Result<Json, Refusal>>>,
    ) -> Result<(), Death> {
        if !worker.machines.contains(&self.number) {
            if worker.machines.len() >= MAX_MACHINES {
                *worker = Worker::start(&self.pool.program)?;
            }
            worker.send(load)?;
            worker.machines.insert(self.number);
        }
        worker.know_inputs(inputs)?;
        let ids = inputs.iter().map(|input| input.id()).collect();
        worker.tell(&Request::Evaluate { machine: self.number, rules: rules.to_vec(), inputs: ids })?;
        for _ in inputs {
            let begun = Instant::now();
            let Answer::Values(values) = worker.answer()? else { return Err(Death::nonsense()) };
            if values.len() != rules.len() {
                return Err(Death::nonsense());
            }
            self.account(begun.elapsed())?;
            done.push(values);
        }
        Ok(())
    }

    /// What all units together may cost.
    fn account(&self, took: Duration) -> Result<(), Death> {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let spent = self.spent.fetch_add(micros(took), Ordering::Relaxed);
        let evaluated = self.evaluated.fetch_add(1, Ordering::Relaxed);
        let allowed = micros(limits::TIME) * 2 + evaluated * micros(limits::TIME_PER_UNIT);
        if spent > allowed {
            return Err(Death::Guilty(Refusal::new("stopped: it takes too long for so many units")));
        }
        Ok(())
    }
}
