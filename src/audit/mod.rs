//! The pipeline: a repository and policies to a report, and a finding to its origin.
//!
//! ```text
//!   snapshot ──> read ──> judge ──> waivers ──> Report
//!                  └────────┴── run again at older commits: trace
//! ```

mod around;
mod baseline;
mod cache;
mod cause;
mod configuration;
mod declared;
mod flip;
pub mod history;
mod inventory;
mod judge;
mod locate;
mod matrix;
mod past;
mod read;
mod sources;
mod templates;
mod trace;
mod verdicts;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use self::around::Around;
use self::cache::{CacheFolder, Entry};
use self::trace::Learnt;
use crate::facts::{Basis, Facts, Given, Reads, Shape, Surroundings, Unit, View, units};
use crate::git::{self, FileEntry, FileKind, Oid, Repository};
use crate::model::{
    DiffLine, Digest, Finding, Flip, Matrix, NotEvaluated, Origin, OriginKind, Report, RepositoryInfo, Scope,
    Verdict,
};
use crate::policy::{Answers, Bundle, Isolation, Policy, PolicyFiles, load_data, read_folder};
use crate::waiver::{self, Author, Register, Timestamp};

pub use configuration::configuration_schema;
pub use declared::Declared;
pub use history::{History, Progress, Version};
pub use inventory::{
    Contents, Dataset, DocumentLine, FileAccount, Image, JoinLine, Metric, Model, Package, PipelineLine,
    ResourceLine, Service, SystemLine,
};
use judge::judge_facts;
pub use judge::{Judgement, Units, effective, judge};
pub use read::{BlobCache, Inventory, read_files};
pub use templates::Templates;

/// Why an audit could not start or finish.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Git(#[from] git::Error),
    #[error(transparent)]
    Waiver(#[from] waiver::Error),
    #[error("policies: {0}")]
    Policies(String),
    #[error("{0}")]
    Folder(String),
    #[error("stopped")]
    Cancelled,
}

/// What to audit, with what.
#[derive(Debug, Clone)]
pub struct Request {
    /// The repository is the one around this folder; only what lies below it is audited.
    pub path: PathBuf,
    /// A committed revision instead of the work tree.
    pub revision: Option<String>,
    /// The index instead of the work tree: what the next commit would have.
    pub staged: bool,
    /// More policies, beside the built-in ones.
    pub policies: Vec<PathBuf>,
    /// Files and folders of data that these policies read.
    pub data: Vec<PathBuf>,
    /// Only the policies of these names, which may be how several ids begin; empty for all.
    pub only: Vec<String>,
    /// Evaluates those in the repository's own `.probity/policies/`, too.
    pub trust_repository_policies: bool,
    /// Where policies that are not built in are evaluated.
    pub isolation: Isolation,
    /// The full ref name that waivers are matched with; `None`: the branch that HEAD names.
    pub reference: Option<String>,
    /// The instant that decides what has expired; `None`: the clock, read at each audit.
    pub now: Option<Timestamp>,
    /// Looks into the user's cache for what policies said before, and keeps there what they say.
    pub cached: bool,
    pub waivers: waiver::Options,
}

/// What happens while an audit runs.
pub enum Event<'a> {
    Started { repository: &'a RepositoryInfo, policy_count: usize },
    Reading { done: usize, total: usize },
    Findings(&'a [Finding]),
}

/// An audit that can be run, again and again, and asked about its findings. Holds no git handle, so
/// that it can be shared between threads.
pub struct Audit {
    request: Request,
    bundle: Bundle,
    root: String,
    /// Asked once, of use to every run.
    answers: Arc<Answers>,
    /// What findings are compared with, and what judges.
    base: Option<Oid>,
    /// What was read, where the base is still to be read.
    blobs: Mutex<BlobCache>,
}

impl Audit {
    /// Loads the policies and looks whether the repository can be opened.
    ///
    /// # Errors
    /// Everything that concerns the call as a whole: no repository, no such revision, no policies.
    pub fn open(request: Request) -> Result<Self, Error> {
        let repository = Repository::discover(&request.path)?;
        let root = audited_folder(&repository, &request.path)?;
        if let Some(revision) = &request.revision {
            repository.resolve(revision)?;
        }
        let mut audit = Self {
            request,
            bundle: Bundle::default(),
            root,
            answers: Arc::default(),
            base: None,
            blobs: Mutex::default(),
        };
        let folders = audit.request.policies.iter().map(|folder| read_folder(folder));
        let mut found = folders.collect::<Result<Vec<_>, _>>().map_err(Error::Policies)?;
        if audit.request.trust_repository_policies {
            found.push(audit.own_policies(&repository)?);
        }
        let data = load_data(&audit.request.data).map_err(Error::Policies)?;
        audit.bundle = Bundle::with(found, &data, &audit.request.isolation, audit.now().seconds());
        if !audit.request.only.is_empty() {
            audit.bundle.keep_only(&audit.request.only).map_err(Error::Policies)?;
        }
        if let Some(body) = audit.kept_answers(&repository).and_then(|kept| kept.load()) {
            audit.answers.import(&body);
        }
        Ok(audit)
    }

    /// Where the answers of earlier audits of this repository lie. They say themselves what they hang on.
    fn kept_answers(&self, repository: &Repository) -> Option<Entry> {
        self.kept(repository, ("answers", "probity-answers 1"), &[])
    }

    /// Where what earlier audits have read lies, as far as that takes long.
    fn kept_readings(&self, repository: &Repository) -> Option<Entry> {
        self.kept(repository, ("readings", "probity-readings 1"), &[])
    }

    /// Where the commits that earlier audits have looked at lie: these are compared in the audited folder, as the clone
    /// has them.
    fn kept_log(&self, repository: &Repository) -> Option<Entry> {
        self.kept_of_commits(repository, ("log", "probity-log 1"))
    }

    /// Where the past of the commit that was audited last lies.
    fn kept_told(&self, repository: &Repository) -> Option<Entry> {
        self.kept_of_commits(repository, ("told", "probity-told 1"))
    }

    fn kept_of_commits(&self, repository: &Repository, kind: (&str, &'static str)) -> Option<Entry> {
        let [shallow, grafts] = repository.boundary();
        self.kept(repository, kind, &[&self.root, &shallow, &grafts])
    }

    /// Where what the settings and data files of the past hold lies.
    fn kept_contents(&self, repository: &Repository) -> Option<Entry> {
        self.kept(repository, ("contents", "probity-contents 1"), &[])
    }

    /// What this program keeps of a kind for this repository.
    fn kept(&self, repository: &Repository, kind: (&str, &'static str), on: &[&str]) -> Option<Entry> {
        if !self.request.cached {
            return None;
        }
        let folder = CacheFolder::of(repository, &self.request.waivers.environment, kind)?;
        let common = repository.common_dir().canonicalize().ok()?;
        let program = [env!("CARGO_PKG_VERSION"), env!("PROBITY_SOURCES")];
        let name = serde_json::json!([program, common.to_string_lossy(), on]);
        Some(folder.entry(Digest::of(name.to_string().as_bytes())))
    }

    fn around<'a>(
        &'a self,
        repository: &'a Repository,
        policies: &[&Policy],
        within: &'a dyn Fn(&str) -> bool,
    ) -> Around<'a> {
        let around = Around::new(repository, policies, &self.request.waivers, self.day(), within);
        around.keeping([self.kept_log(repository), self.kept_contents(repository)])
    }

    /// Judges by the policies of the request's files alone, without the built-in ones.
    ///
    /// # Errors
    /// There is none that could be loaded.
    pub fn only_given(mut self) -> Result<Self, Error> {
        self.bundle.leave_out_embedded();
        if self.bundle.policies.is_empty() {
            let failures = self.bundle.failures.iter().map(NotEvaluated::explanation);
            let why = failures.collect::<Vec<_>>().join("; ");
            return Err(Error::Policies(if why.is_empty() { "there is none in it".to_owned() } else { why }));
        }
        Ok(self)
    }

    /// What lies in the repository's own folder of policies. It is read as git has it: links are not followed.
    fn own_policies(&self, repository: &Repository) -> Result<PolicyFiles, Error> {
        let mut found = PolicyFiles::default();
        let (_, files) = self.snapshot(repository)?;
        for file in files.into_iter().filter(|file| is_own_policy(&file.path)) {
            let failed = |reason: String| NotEvaluated::new(file.path.clone(), reason);
            if file.kind != FileKind::Regular {
                found.failures.push(failed("no regular file".to_owned()));
                continue;
            }
            match repository.read(&file, crate::source::MAX_FILE_BYTES)? {
                Ok(bytes) => found.take(Path::new(OWN_POLICIES), file.path, bytes),
                Err(size) => found.failures.push(failed(format!("has {size} bytes"))),
            }
        }
        Ok(found)
    }

    pub fn repository(&self) -> Result<Repository, Error> {
        Ok(Repository::discover(&self.request.path)?)
    }

    pub fn policies(&self) -> &[Policy] {
        &self.bundle.policies
    }

    /// For a process that ends now. To take compiled policies apart would keep whoever waits for it as long as the
    /// audit of a small repository; those of the user's hold processes, and are let go as always.
    pub fn abandon(self) {
        let embedded = self.bundle.policies.into_iter().filter(Policy::is_embedded);
        embedded.for_each(std::mem::forget);
    }

    /// Of all policies as they are loaded.
    pub fn policy_digest(&self) -> Digest {
        Bundle::digest(&self.bundle.policies)
    }

    /// The revision that was asked for; `None` for the work tree.
    pub fn revision(&self) -> Option<&str> {
        self.request.revision.as_deref()
    }

    pub fn waiver_options(&self) -> &waiver::Options {
        &self.request.waivers
    }

    pub fn now(&self) -> Timestamp {
        self.request.now.unwrap_or_else(Timestamp::now)
    }

    /// The instant that policies are told: the one that was asked for, else today's beginning, so that all runs of
    /// one day see the same.
    pub fn day(&self) -> Timestamp {
        const DAY: i64 = 86_400;
        let today = || Timestamp::from_seconds(Timestamp::now().seconds().div_euclid(DAY) * DAY);
        self.request.now.unwrap_or_else(today)
    }

    /// Is there anything to look back on?
    pub fn has_commits(&self) -> Result<bool, Error> {
        Ok(self.commit(&self.repository()?)?.is_some())
    }

    /// The commit whose tree holds the records, and the one to trace from.
    pub fn commit(&self, repository: &Repository) -> Result<Option<Oid>, Error> {
        match &self.request.revision {
            Some(revision) => Ok(Some(repository.resolve(revision)?)),
            None => Ok(repository.head()?.commit),
        }
    }

    /// Reads the audited files, with what an earlier run has left, and leaves a later one what is new.
    fn read(
        &self,
        repository: &Repository,
        files: &[FileEntry],
        on: &mut dyn FnMut(Event<'_>),
    ) -> Result<Inventory, Error> {
        let kept = self.kept_readings(repository);
        let mut blobs = self.take_blobs();
        if let Some(kept) = &kept {
            blobs.begin_with(&|| kept.load());
        }
        let inventory = read_files(repository, files, &mut blobs, &mut |done, total| {
            on(Event::Reading { done, total });
        })?;
        if let (Some(kept), Some(readings)) = (kept, blobs.export()) {
            kept.store(&readings);
        }
        if self.base.is_some() {
            *self.blobs.lock().unwrap_or_else(PoisonError::into_inner) = blobs;
        }
        Ok(inventory)
    }

    fn take_blobs(&self) -> BlobCache {
        std::mem::take(&mut *self.blobs.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The whole audit.
    ///
    /// # Errors
    /// `Cancelled` soon after `cancel` was set; what concerns one file or policy is in the report.
    pub fn run(&self, cancel: &AtomicBool, on: &mut dyn FnMut(Event<'_>)) -> Result<Report, Error> {
        let repository = self.repository()?;
        let commit = self.commit(&repository)?;
        let (info, files) = self.snapshot(&repository)?;
        on(Event::Started { repository: &info, policy_count: self.bundle.policies.len() });
        let inventory = self.read(&repository, &files, on)?;
        if cancel.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        let policies: Vec<&Policy> = self.bundle.policies.iter().collect();
        let now = self.now();
        let within = |path: &str| self.in_root(path);
        let surroundings = || {
            let around = self.around(&repository, &policies, &within);
            let mut around = around.telling_again(self.kept_told(&repository));
            let surroundings = around.of(commit, &files, &inventory.documents)?;
            if cancel.load(Ordering::Relaxed) { Err(Error::Cancelled) } else { Ok(surroundings) }
        };
        let judgement = stream(&inventory, &policies, surroundings, &self.answers, on)?;
        if cancel.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        let Inventory { documents, mut unparsed, mut not_rendered } = inventory;
        unparsed.extend(judgement.unread);
        unparsed.extend(Templates::of(&documents).1);
        unparsed.extend(configuration::strangers(&documents));
        not_rendered.extend(judgement.not_rendered);
        unparsed.sort();
        not_rendered.sort();
        let register = Register::read(&repository, commit, &self.request.waivers, now)?;
        let reference = self.request.reference.as_deref().or(info.branch.as_deref());
        let (mut findings, mut others): (Vec<_>, Vec<_>) =
            judgement.findings.into_iter().partition(|finding| finding.verdict == Verdict::Fail);
        let authors = |finding: &Finding| self.authors_of(&repository, finding);
        let waivers = waiver::apply(&register, &mut findings, now, reference, &authors);
        let mut take = |verdict| -> Vec<Finding> {
            let (taken, rest) = std::mem::take(&mut others).into_iter().partition(|f| f.verdict == verdict);
            others = rest;
            taken
        };
        let mut not_evaluated = judgement.not_evaluated;
        not_evaluated.extend(self.bundle.failures.iter().cloned());
        not_evaluated.sort();
        let mut notices = register.notices.clone();
        // A given instant is not the clock's.
        if self.request.now.is_none() && register.trust.clock.is_none() {
            let noted = register.note_run(&repository, &self.request.waivers, now);
            notices.extend(noted.err().map(|error| format!("this run is not remembered: {error}")));
        }
        if self.bundle.left_out > 0 {
            let (kept, left_out) = (self.bundle.policies.len(), self.bundle.left_out);
            notices.push(format!(
                "{left_out} of {} policies were left out: only {} was asked for",
                kept + left_out,
                self.request.only.join(", ")
            ));
        }
        let own = files.iter().filter(|file| is_own_policy(&file.path)).count();
        if own > 0 && !self.request.trust_repository_policies {
            let (policies, were) = if own == 1 { ("file", "was") } else { ("files", "were") };
            notices.push(format!(
                "{own} {policies} of policies in {OWN_POLICIES} {were} not run: the audited repository would judge \
                 itself; --trust-repository-policies runs them"
            ));
        }
        if repository.is_shallow() {
            notices.push("this clone is shallow: traces end where its history does".to_owned());
        }
        notices.extend(repository.grafts_note());
        notices.extend(repository.alternates_note());
        let mut report = Report {
            repository: info,
            policy_count: self.bundle.policies.len(),
            policies_left_out: self.bundle.left_out,
            policy_digest: Bundle::digest(&effective(&documents, &policies).0),
            files: files.len(),
            documents: documents.len(),
            review: take(Verdict::Review),
            inconclusive: take(Verdict::Inconclusive),
            not_applicable: take(Verdict::NotApplicable),
            findings,
            unparsed,
            not_rendered,
            not_evaluated,
            waivers,
            notices,
            instant: now.to_string(),
            clock: register.trust.clock.filter(|_| self.request.now.is_none()),
            controls: Matrix::default(),
            baseline: None,
        };
        // As with facts: nobody has to wait for it.
        rayon::spawn(move || drop(documents));
        if let (Some(kept), Some(answers)) = (self.kept_answers(&repository), self.answers.export()) {
            kept.store(&answers);
        }
        let today = now.date();
        report.controls = matrix::matrix(&self.bundle.policies, &report, &judgement.units, &today);
        Ok(report)
    }

    /// Tells what policies of a scope see, for their authors: one unit after another.
    ///
    /// # Errors
    /// The repository or the revision cannot be read.
    pub fn each_unit(&self, scope: Scope, tell: &mut dyn FnMut(&Unit<'_>)) -> Result<(), Error> {
        let repository = self.repository()?;
        let (_, files) = self.snapshot(&repository)?;
        let inventory = read_files(&repository, &files, &mut BlobCache::default(), &mut |_, _| {})?;
        let facts = Facts::of(&inventory.documents);
        let within = |path: &str| self.in_root(path);
        let options = &self.request.waivers;
        let surroundings = if scope == Scope::Repository {
            let mut around = Around::for_everything(&repository, options, self.day(), &within);
            around.of(self.commit(&repository)?, &files, &inventory.documents)?
        } else {
            Surroundings::default()
        };
        let basis = Basis {
            facts: &facts,
            documents: &inventory.documents,
            surroundings: &surroundings,
            reads: &Reads::Everything,
            given: Given::All,
            types: &BTreeSet::new(),
        };
        units(View { scope, shape: Shape::Plain, given: Given::All }, &basis, &|_| true)
            .iter()
            .for_each(tell);
        Ok(())
    }

    /// What is audited, and its files below the audited folder.
    fn snapshot(&self, repository: &Repository) -> Result<(RepositoryInfo, Vec<FileEntry>), Error> {
        let head = repository.head()?;
        let snapshot = match (&self.request.revision, self.commit(repository)?) {
            (Some(_), Some(commit)) => repository.snapshot_at(commit)?,
            _ if self.request.staged => repository.snapshot_index(&self.request.waivers.environment)?,
            _ => repository.snapshot_work_tree()?,
        };
        let info = RepositoryInfo {
            root: self.root.clone(),
            head: head.commit.map(|oid| oid.to_string()),
            branch: head.branch,
            revision: snapshot.revision.map(|oid| oid.to_string()),
            dirty: snapshot.dirty,
        };
        let mut files = snapshot.files.into_iter().filter(|file| self.in_root(&file.path)).collect();
        self.judged_by_base(repository, &mut files)?;
        Ok((info, files))
    }

    /// Something that is the same as long as HEAD and the audited files are; what lies behind it means nothing.
    ///
    /// # Errors
    /// The repository cannot be read.
    pub fn stamp(&self) -> Result<u64, Error> {
        let repository = self.repository()?;
        let (info, files) = self.snapshot(&repository)?;
        let mut hasher = DefaultHasher::new();
        (info.head, info.branch).hash(&mut hasher);
        for file in files {
            let metadata = repository.metadata(&file);
            let seen = metadata.map(|metadata| (metadata.len(), metadata.modified().ok()));
            (file.path, file.oid.map(|oid| oid.to_string()), seen).hash(&mut hasher);
        }
        Ok(hasher.finish())
    }

    /// The commit that introduced a finding of this audit; with `first_parent`, the one of the main line.
    ///
    /// # Errors
    /// The repository cannot be read, the policy is gone, or `cancel` was set.
    pub fn trace(&self, finding: &Finding, first_parent: bool, cancel: &AtomicBool) -> Result<Origin, Error> {
        self.trace_all(&[finding], first_parent, cancel)?.pop().ok_or(Error::Cancelled)
    }

    /// As [`Audit::trace`], for one finding after another: each learns from those before.
    ///
    /// # Errors
    /// The repository cannot be read, a policy is gone, or `cancel` was set.
    pub fn trace_all(
        &self,
        findings: &[&Finding],
        first_parent: bool,
        cancel: &AtomicBool,
    ) -> Result<Vec<Origin>, Error> {
        let repository = self.repository()?;
        let start = self.start(&repository, first_parent)?;
        let within = |path: &str| self.in_root(path);
        let mut known: HashMap<&str, Learnt<'_>> = HashMap::new();
        let (_, files) = self.snapshot(&repository)?;
        let mut blobs = BlobCache::default();
        let mut trust = None;
        let mut origins = Vec::with_capacity(findings.len());
        for finding in findings {
            let policy = self.policy(finding)?;
            let id = policy.info.id.as_ref();
            let learnt = known.remove(id);
            let learnt = learnt.unwrap_or_else(|| self.around(&repository, &[policy], &within).into());
            let learnt = learnt.with(std::mem::take(&mut blobs));
            let by = (policy, &*self.answers);
            let traced = trace::trace((&repository, learnt), by, finding, start, cancel)?;
            let (mut origin, mut learnt) = traced.ok_or(Error::Cancelled)?;
            blobs = std::mem::take(&mut learnt.blobs);
            known.insert(id, learnt);
            blobs.forget_all_but(&files);
            if let Some(commit) = &origin.commit {
                let trust = match &mut trust {
                    Some(trust) => trust,
                    slot => slot.insert(Register::trust(
                        &repository,
                        self.commit(&repository)?,
                        &self.request.waivers,
                        self.now(),
                    )?),
                };
                origin.signed_by = trust.signer_of(&repository, repository.resolve(&commit.id)?)?;
            }
            origin.notes.extend(repository.grafts_note());
            origins.push(origin);
        }
        Ok(origins)
    }

    /// Where walks back from this audit's findings begin.
    fn start(&self, repository: &Repository, first_parent: bool) -> Result<trace::Start, Error> {
        let in_work_tree = self.request.revision.is_none();
        Ok(trace::Start { commit: self.commit(repository)?, in_work_tree, first_parent })
    }

    /// Who had a hand in the commit that introduced a finding.
    ///
    /// # Errors
    /// Why it cannot be told.
    pub fn authors_of(&self, repository: &Repository, finding: &Finding) -> Result<Vec<Author>, String> {
        let start = self.start(repository, false).map_err(|error| error.to_string())?;
        let policy = self.policy(finding).map_err(|error| error.to_string())?;
        let within = |path: &str| self.in_root(path);
        let around = self.around(repository, &[policy], &within);
        let found =
            trace::introduced_by((repository, around), policy, finding, start, &AtomicBool::new(false));
        match found.map_err(|error| error.to_string())? {
            None => Err("no commit has it yet".to_owned()),
            Some((OriginKind::HistoryCut, _)) => Err("history is cut before the commit that did".to_owned()),
            Some((_, commit)) => Author::of(repository, commit).map_err(|error| error.to_string()),
        }
    }

    /// What a commit made of a finding's verdict. `moved` are the commits after it that renamed what the finding is
    /// about, the newest first.
    ///
    /// # Errors
    /// The repository cannot be read, the policy is gone, or an id is none.
    pub fn flip(&self, finding: &Finding, moved: &[String], commit: &str) -> Result<Flip, Error> {
        let repository = self.repository()?;
        let policy = self.policy(finding)?;
        let within = |path: &str| self.in_root(path);
        let around = self.around(&repository, &[policy], &within);
        let moved = moved.iter().map(|id| repository.resolve(id)).collect::<Result<Vec<_>, _>>()?;
        let commit = repository.resolve(commit)?;
        flip::flip((&repository, around), (policy, &self.answers), finding, &moved, commit)
    }

    /// All that a commit changed, against its first parent.
    pub fn change(&self, commit: &str) -> Result<Vec<DiffLine>, Error> {
        let repository = self.repository()?;
        Ok(repository.diff_of(repository.resolve(commit)?, &[])?)
    }

    /// The policy of a finding.
    pub fn policy(&self, finding: &Finding) -> Result<&Policy, Error> {
        let found = self.bundle.policies.iter().find(|policy| policy.info.id == finding.policy.id);
        found.ok_or_else(|| Error::Policies(format!("{} is not loaded", finding.policy.id)))
    }

    /// Probity's own declarations always count, whatever part of the repository is audited.
    fn in_root(&self, path: &str) -> bool {
        self.root == "."
            || path.starts_with(".probity/")
            || path
                .strip_prefix(self.root.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Judges and hands each policy's findings over, in the thread of the caller.
fn stream(
    inventory: &Inventory,
    policies: &[&Policy],
    surroundings: impl FnOnce() -> Result<Surroundings, Error>,
    answers: &Answers,
    on: &mut dyn FnMut(Event<'_>),
) -> Result<Judgement, Error> {
    let (give, given) = std::sync::mpsc::channel::<Surroundings>();
    let (sender, receiver) = std::sync::mpsc::channel::<Vec<Finding>>();
    std::thread::scope(|scope| {
        let judging = scope.spawn(move || {
            let documents = &inventory.documents;
            let facts = Facts::of(documents);
            // Nothing comes where they could not be made.
            let surroundings = || given.recv().ok().map(Cow::Owned);
            judge_facts(facts, documents, policies, surroundings, Some(answers), &|findings| {
                let _ = sender.send(findings.to_vec());
            })
        });
        // Where it judges no more, its end tells.
        let made = surroundings().map(|surroundings| drop(give.send(surroundings)));
        drop(give);
        for findings in receiver {
            on(Event::Findings(&findings));
        }
        let judgement = judging.join().unwrap_or_else(|_| {
            let not_evaluated = vec![NotEvaluated::new("all policies", "the evaluation failed")];
            Judgement { not_evaluated, ..Judgement::default() }
        });
        made.map(|()| judgement)
    })
}

/// Where a repository keeps policies of its own.
const OWN_POLICIES: &str = ".probity/policies/";

fn is_own_policy(path: &str) -> bool {
    let ends = |end: &&str| path.ends_with(end);
    path.starts_with(OWN_POLICIES)
        && [".rego", ".yaml", ".yml", ".json"].iter().any(ends)
        && !path.ends_with("_test.rego")
}

/// The audited folder relative to the repository's root, `.` for all of it.
fn audited_folder(repository: &Repository, path: &Path) -> Result<String, Error> {
    let Some(work_dir) = repository.work_dir() else { return Ok(".".to_owned()) };
    let real = |path: &Path| {
        path.canonicalize().map_err(|error| Error::Folder(format!("cannot open {}: {error}", path.display())))
    };
    let (path, work_dir, own) = (real(path)?, real(work_dir)?, real(&repository.common_dir())?);
    if path.starts_with(own) {
        return Ok(".".to_owned());
    }
    let below = path.strip_prefix(&work_dir).ok().map(|below| below.to_string_lossy().replace('\\', "/"));
    Ok(below.filter(|below| !below.is_empty()).unwrap_or_else(|| ".".to_owned()))
}
