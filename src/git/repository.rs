//! Opening a repository and naming what HEAD and revisions stand for.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub use git2::Oid;

use crate::model::CommitInfo;

/// What went wrong with git, on what, and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path} is not inside a git repository; run `git init` there or name another folder")]
    NotARepository { path: String },
    #[error("this repository uses {feature}, which libgit2 cannot open yet; convert a copy with `git clone`")]
    Unsupported { feature: &'static str },
    #[error(
        "{path} belongs to another user; if you trust it, run `git config --global --add safe.directory {path}`"
    )]
    ForeignOwner { path: String },
    #[error("no revision `{revision}`: {reason}")]
    NoRevision { revision: String, reason: String },
    #[error("the repository is bare: name a commit to audit with --rev, for example `--rev HEAD`")]
    BareWorkTree,
    #[error(
        "object {oid} is missing: this is a shallow or partial clone; run `git fetch --unshallow` or `git fetch --refetch`"
    )]
    MissingObject { oid: String },
    #[error(
        "the index has conflicts: what would be committed is not decided yet; resolve them and `git add`"
    )]
    Unmerged,
    #[error("{what}: {reason}")]
    Io { what: String, reason: String },
    #[error("git: {0}")]
    Git(#[from] git2::Error),
}

/// Of libgit2, which does all of the reading.
pub fn library_version() -> String {
    let (major, minor, patch) = git2::Version::get().libgit2_version();
    format!("{major}.{minor}.{patch}")
}

/// An open repository. Not shared between threads: each worker opens its own (`reopen`).
pub struct Repository {
    pub(in crate::git) inner: git2::Repository,
    /// Objects that were looked for by this handle and are not there.
    missing: RefCell<BTreeSet<Oid>>,
}

/// What HEAD is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// `None` on an unborn branch.
    pub commit: Option<Oid>,
    /// `refs/heads/...`; `None` when detached.
    pub branch: Option<String>,
}

/// A git folder of another name than `.git` whose settings name no work tree is bare to git. libgit2 would take the
/// folder around it for one.
fn as_git_sees_it(found: git2::Repository) -> Result<git2::Repository, git2::Error> {
    let own_name = found.path().file_name().is_some_and(|name| name == ".git");
    if found.is_bare() || found.is_worktree() || own_name {
        return Ok(found);
    }
    let settings = found.config()?;
    let says = |name: &str| settings.get_entry(name).is_ok();
    if says("core.bare") || says("core.worktree") {
        Ok(found)
    } else {
        git2::Repository::open_bare(found.path())
    }
}

impl Repository {
    pub(in crate::git) fn of(inner: git2::Repository) -> Self {
        Self { inner, missing: RefCell::default() }
    }

    /// Opens the repository that holds `path`, looking upwards as git does.
    pub fn discover(path: &Path) -> Result<Self, Error> {
        let shown = path.display().to_string();
        git2::Repository::discover(path).and_then(as_git_sees_it).map(Self::of).map_err(|error| {
            match error.code() {
                git2::ErrorCode::NotFound => Error::NotARepository { path: shown },
                git2::ErrorCode::Owner => Error::ForeignOwner { path: shown },
                _ if error.message().contains("reftable") || error.message().contains("refstorage") => {
                    Error::Unsupported { feature: "reftable" }
                }
                _ if error.message().contains("objectformat")
                    || error.message().contains("object format") =>
                {
                    Error::Unsupported { feature: "SHA-256 object names" }
                }
                _ => Error::Git(error),
            }
        })
    }

    /// A second handle on the same repository, for another thread.
    pub fn reopen(&self) -> Result<Self, Error> {
        Self::open(self.inner.path())
    }

    /// By its git folder.
    pub(in crate::git) fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self::of(git2::Repository::open(path)?))
    }

    /// The work tree's root; `None` for a bare repository.
    pub fn work_dir(&self) -> Option<&Path> {
        self.inner.workdir()
    }

    /// The git folder shared by all work trees of this repository.
    pub fn common_dir(&self) -> PathBuf {
        self.inner.commondir().to_path_buf()
    }

    /// All that belongs to this repository: its git folder and its work trees, not only the one that it was opened by.
    pub fn folders(&self) -> Vec<PathBuf> {
        let common = self.common_dir();
        let main = git2::Repository::open(&common).ok();
        let main = main.as_ref().and_then(git2::Repository::workdir).map(Path::to_path_buf);
        let names = self.inner.worktrees().ok();
        let linked = names.iter().flat_map(|names| names.iter().flatten().flatten());
        let linked =
            linked.filter_map(|name| Some(self.inner.find_worktree(name).ok()?.path().to_path_buf()));
        let own = self.work_dir().map(Path::to_path_buf);
        linked.chain(main).chain(own).chain([common]).collect()
    }

    pub fn is_shallow(&self) -> bool {
        self.inner.is_shallow()
    }

    /// Which parents libgit2 does not read from the commits themselves: the texts of `.git/shallow` and of the grafts.
    pub fn boundary(&self) -> [String; 2] {
        let shallow = std::fs::read_to_string(self.inner.path().join("shallow")).unwrap_or_default();
        [if self.is_shallow() { shallow } else { String::new() }, self.grafts()]
    }

    fn grafts(&self) -> String {
        let text = std::fs::read(self.inner.commondir().join("info/grafts")).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Commits to which `.git/info/grafts` gives other parents than they have. libgit2 believes it, and offers no way to
    /// look past it.
    pub fn grafted(&self) -> BTreeSet<Oid> {
        let text = self.grafts();
        let first = text.lines().filter_map(|line| line.split(' ').next());
        first.filter_map(|commit| Oid::from_str(commit).ok()).collect()
    }

    /// What to tell of grafts, where there are some.
    pub fn grafts_note(&self) -> Option<String> {
        let count = self.grafted().len();
        (count > 0).then(|| {
            format!(
                ".git/info/grafts gives other parents to commits ({count}), and is believed: without this file the \
                 past may be another one"
            )
        })
    }

    /// What to tell of objects that lie in another store. They are what their names say; only they may vanish with it.
    pub fn alternates_note(&self) -> Option<String> {
        let file = self.inner.commondir().join("objects/info/alternates");
        let there = std::fs::metadata(file).is_ok_and(|metadata| metadata.len() > 0);
        there.then(|| {
            "objects are also read from other stores (.git/objects/info/alternates): without those this clone is incomplete"
                .to_owned()
        })
    }

    pub fn head(&self) -> Result<Head, Error> {
        let head = self.inner.find_reference("HEAD")?;
        let branch = head.symbolic_target().ok().flatten().map(str::to_owned);
        let commit = match self.inner.head() {
            Ok(reference) => Some(reference.peel_to_commit()?.id()),
            Err(error) if error.code() == git2::ErrorCode::UnbornBranch => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Head { commit, branch })
    }

    /// The commit that a commit-ish names.
    pub fn resolve(&self, revision: &str) -> Result<Oid, Error> {
        let no = |error: git2::Error| Error::NoRevision {
            revision: revision.to_owned(),
            reason: error.message().to_owned(),
        };
        let object = self.inner.revparse_single(revision).map_err(no)?;
        Ok(object.peel_to_commit().map_err(no)?.id())
    }

    pub fn commit_info(&self, commit: Oid) -> Result<CommitInfo, Error> {
        let commit = self.inner.find_commit(commit)?;
        let (author, when) = (commit.author(), commit.committer().when());
        Ok(CommitInfo {
            id: commit.id().to_string(),
            author: String::from_utf8_lossy(author.name_bytes()).into_owned(),
            email: String::from_utf8_lossy(author.email_bytes()).into_owned(),
            date: rfc3339(when),
            seconds: when.seconds(),
            subject: commit
                .summary_bytes()
                .map(|s| String::from_utf8_lossy(s).into_owned())
                .unwrap_or_default(),
        })
    }

    /// The addresses of a commit's author, committer and co-authors (`Co-authored-by` in its message).
    ///
    /// # Errors
    /// It cannot be read.
    pub fn authors(&self, commit: Oid) -> Result<Vec<String>, Error> {
        let commit = self.inner.find_commit(commit)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut found = vec![text(commit.author().email_bytes()), text(commit.committer().email_bytes())];
        let message = text(commit.message_raw_bytes());
        found.extend(message.lines().filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            let (_, address) = value.rsplit_once('<')?;
            name.trim()
                .eq_ignore_ascii_case("co-authored-by")
                .then(|| address.trim_end_matches(['>', ' ']).to_owned())
        }));
        found.sort();
        found.dedup();
        Ok(found)
    }

    /// Reads a blob. A size above `limit` bytes is refused from the header, before loading; `u64::MAX`: whatever it is.
    pub fn blob(&self, oid: Oid, limit: u64) -> Result<Result<Vec<u8>, u64>, Error> {
        self.look_for(oid)?;
        let odb = self.inner.odb()?;
        if limit < u64::MAX {
            let (size, _) = odb.read_header(oid).map_err(|error| self.failed(oid, error))?;
            if size as u64 > limit {
                return Ok(Err(size as u64));
            }
        }
        Ok(Ok(odb.read(oid).map_err(|error| self.failed(oid, error))?.data().to_vec()))
    }

    /// What this handle has looked for in vain.
    pub(in crate::git) fn missed(&self) -> BTreeSet<Oid> {
        self.missing.borrow().clone()
    }

    /// What others have looked for in vain need not be looked for again.
    pub(in crate::git) fn note_missed(&self, missed: BTreeSet<Oid>) {
        self.missing.borrow_mut().extend(missed);
    }

    /// How many objects were looked for in vain: where there are some, what was found may be too little.
    pub fn missing_count(&self) -> usize {
        self.missing.borrow().len()
    }

    pub fn is_missing(&self, oid: Oid) -> bool {
        self.missing.borrow().contains(&oid)
    }

    /// Each vain look lists the folder of packs again: one is enough.
    pub(in crate::git) fn look_for(&self, oid: Oid) -> Result<(), Error> {
        if self.is_missing(oid) { Err(Error::MissingObject { oid: oid.to_string() }) } else { Ok(()) }
    }

    /// What became of reading an object; that it is not there is remembered.
    pub(in crate::git) fn failed(&self, oid: Oid, error: git2::Error) -> Error {
        if error.code() != git2::ErrorCode::NotFound {
            return Error::Git(error);
        }
        self.note_missing_object(oid);
        Error::MissingObject { oid: oid.to_string() }
    }

    pub(in crate::git) fn note_missing_object(&self, oid: Oid) {
        self.missing.borrow_mut().insert(oid);
    }
}

/// A commit's time in its own offset.
pub(super) fn rfc3339(when: git2::Time) -> String {
    let offset = time::UtcOffset::from_whole_seconds(when.offset_minutes().saturating_mul(60))
        .unwrap_or(time::UtcOffset::UTC);
    time::OffsetDateTime::from_unix_timestamp(when.seconds())
        .ok()
        .and_then(|t| t.to_offset(offset).format(&time::format_description::well_known::Rfc3339).ok())
        .unwrap_or_else(|| format!("{} seconds since 1970", when.seconds()))
}
