//! Threads that do what effects ask for; the only user of the backend besides signing.
//!
//! Every lane is one thread. Lanes that answer the cursor or a keystroke keep only the newest request:
//! holding `j` down loads the source where it stops, not everything on the way. A panic in the engine
//! becomes an error message.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::backend::{AuditEvent, Backend};
use super::effect::{Job, Loan};
use super::loaded::{ChangeSince, DiffText, PreviewText, Source, Summary, Trace};
use super::msg::{JobEvent, JobId, Msg};
use super::past::{Commits, FlipText, LifeText, Origins, PastText};
use super::sitting::Sitting;
use super::store::Store;
use crate::model::Finding;
use crate::text::{Mode, SafeText};

/// Findings are handed to the screen this often at most: each time the list is made anew.
const BATCH: Duration = Duration::from_millis(50);

/// How often the work tree is looked at while it is watched.
const WATCH: Duration = Duration::from_secs(1);

/// Characters of an error that are shown.
const ERROR_CAP: usize = 2000;

type Cancels = Arc<Mutex<BTreeMap<JobId, Arc<AtomicBool>>>>;

pub(super) struct Workers {
    backend: Arc<dyn Backend>,
    out: Sender<Msg>,
    cancels: Cancels,
    source: Sender<(JobId, Job)>,
    policy: Sender<(JobId, Job)>,
    form: Sender<(JobId, Job)>,
    filter: Sender<(JobId, Job)>,
    flip: Sender<(JobId, Job)>,
    desk: Sender<(JobId, Job)>,
}

impl Workers {
    pub(super) fn new(backend: Arc<dyn Backend>, out: Sender<Msg>) -> Self {
        let lane = |name| lane(name, Arc::clone(&backend), out.clone());
        Self {
            source: lane("probity-source"),
            policy: lane("probity-policy"),
            form: lane("probity-form"),
            filter: lane("probity-filter"),
            flip: lane("probity-flip"),
            desk: lane("probity-desk"),
            cancels: Cancels::default(),
            backend,
            out,
        }
    }

    pub(super) fn start(&self, id: JobId, job: Job) {
        let lane = match job {
            Job::Audit(_)
            | Job::Trace(_)
            | Job::Life(_)
            | Job::Origins(_)
            | Job::History
            | Job::Export(_)
            | Job::Compare(_)
            | Job::Watch => {
                return self.run_alone(id, job);
            }
            Job::Flip(..) | Job::Change(_) => &self.flip,
            Job::Source(_) => &self.source,
            Job::Policy(_) => &self.policy,
            Job::Filter(..) => &self.filter,
            Job::Draft(..) | Job::Preview(..) => &self.form,
            Job::Sitting | Job::Save(_) => &self.desk,
        };
        if lane.send((id, job)).is_err() {
            let _ = self.out.send(Msg::Job(id, JobEvent::Failed(SafeText::new("the worker is gone"))));
        }
    }

    pub(super) fn cancel(&self, id: JobId) {
        if let Some(flag) = lock(&self.cancels).get(&id) {
            flag.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn cancel_all(&self) {
        lock(&self.cancels).values().for_each(|flag| flag.store(true, Ordering::Relaxed));
    }

    /// Long work that can be cancelled gets a thread of its own.
    fn run_alone(&self, id: JobId, job: Job) {
        let flag = Arc::new(AtomicBool::new(false));
        lock(&self.cancels).insert(id, Arc::clone(&flag));
        let (backend, out, cancels) =
            (Arc::clone(&self.backend), self.out.clone(), Arc::clone(&self.cancels));
        let failed = out.clone();
        let spawned = thread::Builder::new().name("probity-engine".to_owned()).spawn(move || {
            let event = guarded(|| long(backend.as_ref(), &job, &flag, id, &out));
            lock(&cancels).remove(&id);
            let _ = out.send(Msg::Job(id, event));
        });
        if spawned.is_err() {
            let why = SafeText::new("no thread could be started");
            let _ = failed.send(Msg::Job(id, JobEvent::Failed(why)));
        }
    }
}

/// Does on the calling thread what needs the terminal.
pub(super) fn on_loan(backend: &dyn Backend, loan: &Loan) -> JobEvent {
    guarded(|| match loan {
        Loan::Commit(errand, form) => backend.waiver_commit(errand, form).map(JobEvent::Committed),
        Loan::Text(text) => backend.edit_text(text).map(JobEvent::Written),
        Loan::Browser(link) => backend.browse(link).map(|()| JobEvent::Browsed),
        Loan::File(finding) => backend.edit_file(finding).map(|()| JobEvent::Edited),
    })
}

/// Work that can be cancelled.
fn long(
    backend: &dyn Backend,
    job: &Job,
    cancel: &AtomicBool,
    id: JobId,
    out: &Sender<Msg>,
) -> Result<JobEvent, String> {
    match job {
        Job::Audit(revision) => audit(backend, revision.as_deref(), cancel, id, out),
        Job::Trace(finding) => {
            backend.trace(finding, cancel).map(|origin| JobEvent::Trace(Arc::new(Trace::new(&origin))))
        }
        Job::Life(finding) => {
            backend.life(finding, cancel).map(|life| JobEvent::Life(Arc::new(LifeText::new(life.as_ref()))))
        }
        Job::Origins(rows) => origins(backend, rows, cancel, id, out),
        Job::Watch => watch(backend, cancel, id, out),
        Job::Compare(commit) => {
            let baseline = backend.compare(commit, cancel)?;
            Ok(JobEvent::Compared(Arc::new(ChangeSince::new(&baseline))))
        }
        Job::History => {
            let mut on = |done, total| {
                let _ = out.send(Msg::Job(id, JobEvent::HistoryProgress { done, total }));
            };
            let past = backend.history(cancel, &mut on)?;
            Ok(JobEvent::History(Arc::new(PastText::new(&past))))
        }
        other => simple(backend, other),
    }
}

/// Looks every now and then; says nothing while nothing changes.
fn watch(
    backend: &dyn Backend,
    cancel: &AtomicBool,
    id: JobId,
    out: &Sender<Msg>,
) -> Result<JobEvent, String> {
    let mut known = backend.stamp()?;
    while !cancel.load(Ordering::Relaxed) {
        thread::park_timeout(WATCH);
        let now = backend.stamp()?;
        if now != known {
            known = now;
            let _ = out.send(Msg::Job(id, JobEvent::Changed));
        }
    }
    Ok(JobEvent::Dropped)
}

fn origins(
    backend: &dyn Backend,
    store: &Store,
    cancel: &AtomicBool,
    id: JobId,
    out: &Sender<Msg>,
) -> Result<JobEvent, String> {
    let findings: Vec<Arc<Finding>> = store.iter().filter_map(|row| row.finding()).collect();
    let findings: Vec<&Finding> = findings.iter().map(AsRef::as_ref).collect();
    let (mut commits, mut waiting, now) = (Commits::default(), Origins::new(), backend.now());
    let mut sent = Instant::now();
    let mut on = |at: usize, commit: Option<crate::model::CommitInfo>| {
        let Some(row) = store.get(at) else { return };
        waiting.insert(row.key(), commits.origin(commit.as_ref(), now));
        if sent.elapsed() >= BATCH {
            let _ = out.send(Msg::Job(id, JobEvent::Origins(std::mem::take(&mut waiting))));
            sent = Instant::now();
        }
    };
    let done = backend.origins(&findings, cancel, &mut on);
    let _ = out.send(Msg::Job(id, JobEvent::Origins(waiting)));
    done.map(|()| JobEvent::OriginsDone)
}

fn audit(
    backend: &dyn Backend,
    revision: Option<&str>,
    cancel: &AtomicBool,
    id: JobId,
    out: &Sender<Msg>,
) -> Result<JobEvent, String> {
    let mut store = Store::default();
    let mut waiting = Vec::new();
    let mut sent: Option<Instant> = None;
    let tell = |event| drop(out.send(Msg::Job(id, event)));
    let mut on = |event: AuditEvent| match event {
        AuditEvent::Started { repository, policy_count } => {
            tell(JobEvent::AuditStarted(repository, policy_count));
        }
        AuditEvent::Progress { done, total, what } => {
            tell(JobEvent::AuditProgress { done, total, what: SafeText::prose(&what) });
        }
        AuditEvent::Findings(findings) => {
            waiting.extend(findings);
            if sent.is_none_or(|at| at.elapsed() >= BATCH) {
                store.extend(waiting.drain(..));
                tell(JobEvent::AuditFindings(Arc::new(store.clone())));
                sent = Some(Instant::now());
            }
        }
    };
    let report = backend.audit(revision, cancel, &mut on)?;
    let summary = Summary::new(&report);
    let mut store = Store::default();
    store.extend(report.findings.into_iter().chain(report.inconclusive).chain(report.review));
    Ok(JobEvent::AuditDone(Arc::new(store), Arc::new(summary)))
}

/// A thread that does the newest request of each kind it finds waiting.
fn lane(name: &str, backend: Arc<dyn Backend>, out: Sender<Msg>) -> Sender<(JobId, Job)> {
    let (sender, receiver): (Sender<(JobId, Job)>, Receiver<_>) = channel();
    let work = move || {
        while let Ok(mut request) = receiver.recv() {
            while let Ok(newer) = receiver.try_recv() {
                if out.send(Msg::Job(request.0, JobEvent::Dropped)).is_err() {
                    return;
                }
                request = newer;
            }
            let (id, job) = request;
            let event = guarded(|| simple(backend.as_ref(), &job));
            if out.send(Msg::Job(id, event)).is_err() {
                return;
            }
        }
    };
    // Without the thread the sender fails, and `start` says so.
    let _ = thread::Builder::new().name(name.to_owned()).spawn(work);
    sender
}

fn simple(backend: &dyn Backend, job: &Job) -> Result<JobEvent, String> {
    match job {
        Job::Source(finding) => {
            let view = backend.source(finding)?;
            Ok(JobEvent::Source(Arc::new(Source::new(&view, &finding.location))))
        }
        Job::Policy(finding) => {
            let text = backend.policy_text(finding)?;
            Ok(JobEvent::Policy(Arc::new(text.lines().map(SafeText::new).collect())))
        }
        Job::Draft(errand, template) => {
            backend.waiver_draft(errand, template.as_deref()).map(JobEvent::Draft)
        }
        Job::Preview(errand, form) => {
            let preview = backend.waiver_preview(errand, form)?;
            Ok(JobEvent::Preview(Arc::new(PreviewText::new(&preview))))
        }
        Job::Filter(..) => job.filtered().ok_or_else(|| "no filter".to_owned()),
        Job::Sitting => {
            let text = backend.load_sitting()?;
            let sitting = text.map(|text| Sitting::parse(&text)).transpose()?;
            Ok(JobEvent::Sitting(sitting.map(Box::new)))
        }
        Job::Save(sitting) => backend.save_sitting(&sitting.json()).map(|()| JobEvent::Saved),
        Job::Export(request) => {
            backend.export(request).map(|place| JobEvent::Exported(SafeText::new(&place)))
        }
        Job::Flip(finding, moved, commit) => {
            let flip = backend.flip(finding, moved, commit)?;
            Ok(JobEvent::Flip(Arc::new(FlipText::new(&flip))))
        }
        Job::Change(commit) => {
            let lines = backend.change(commit)?;
            Ok(JobEvent::Change(Arc::new(lines.iter().map(DiffText::new).collect())))
        }
        Job::Audit(_)
        | Job::Trace(_)
        | Job::Life(_)
        | Job::Origins(_)
        | Job::History
        | Job::Compare(_)
        | Job::Watch => Err("this job has a thread of its own".to_owned()),
    }
}

/// Errors and panics become messages; their text is as untrusted as anything else.
fn guarded(work: impl FnOnce() -> Result<JobEvent, String>) -> JobEvent {
    let failed = |text: &str| {
        // Errors may have several lines; on the screen they are one.
        JobEvent::Failed(SafeText::capped(&text.trim_end().replace('\n', "; "), Mode::Prose, ERROR_CAP))
    };
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(event)) => event,
        Ok(Err(error)) => failed(&error),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
            failed(&format!("internal error: {text}"))
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a job reports, without threads: for tests of the screen.
#[cfg(test)]
pub(super) fn run_now(backend: &dyn Backend, id: JobId, job: &Job) -> Vec<Msg> {
    let (out, messages) = channel();
    let flag = AtomicBool::new(false);
    let event = guarded(|| long(backend, job, &flag, id, &out));
    drop(out);
    messages.into_iter().chain([Msg::Job(id, event)]).collect()
}
