//! `probity demo`: builds the repository *harbor-lending*, eight months of a small lender's work on two AI
//! systems, so that there is something to browse, trace and waive at once.
//!
//! The history is told by `manifest.yaml` and one folder of `overlays/` per commit. Authors, dates and
//! contents are fixed, so every build gives the same commits, and tests can name what each one brings.
//! People, data and keys are made up; the private key is public and good for nothing else.

mod script;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::git::{self, CommitError, Environment, NewCommit, Oid, Repository};
use crate::model::Digest;
use crate::waiver;

use script::{Commit, Script};

/// The folder that is built when nobody names another.
pub const FOLDER: &str = "harbor-lending";

/// Who waives in the demo: the owner of the key that signs.
pub const PRINCIPAL: &str = "mara@harbor.example";

/// The last commit of the history.
pub const HEAD: &str = include_str!("head.txt");

const PRIVATE_KEY: &str = include_str!("keys/mara");
const PUBLIC_KEY: &str = include_str!("keys/mara.pub");
const TRUST: &str = ".probity/trust/1.trust.yaml";
const BRANCH: &str = "main";

/// Why there is no demo, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0} exists and is not empty; name a new folder with --into")]
    NotEmpty(String),
    #[error("{what}: {reason}")]
    Io { what: String, reason: String },
    #[error("the demo's script, at {at}: {reason}")]
    Script { at: String, reason: String },
    #[error(transparent)]
    Git(#[from] git::Error),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error(transparent)]
    Waiver(#[from] waiver::Error),
}

/// A demo that is ready to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demo {
    /// The work tree's root, an absolute path.
    pub path: PathBuf,
    /// Commits of the script.
    pub commits: usize,
    /// The last one of them.
    pub head: String,
    /// Whose key signs waivers.
    pub principal: &'static str,
    /// An earlier call had built it; nothing was written but the memory of its trust data.
    pub reopened: bool,
    /// Slug and id of each commit, in the order of the script; empty when reopened.
    pub history: Vec<(String, String)>,
}

/// Builds the demo in a new or empty folder, or opens the one that an earlier call built there.
///
/// Besides that folder only the user's file of known repositories is written: it remembers the trust data.
///
/// # Errors
/// The folder holds something else, or cannot be written.
pub fn build(into: &Path, environment: &Environment) -> Result<Demo, Error> {
    let script = Script::read()?;
    let into = std::path::absolute(into).map_err(|error| io("cannot resolve", into, &error))?;
    if let Some(repository) = earlier(&into) {
        remember(&repository, environment)?;
        return demo(&into, &script, HEAD.trim(), Vec::new());
    }
    let occupied = match std::fs::read_dir(&into) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(_) => true,
    };
    if occupied {
        return Err(Error::NotEmpty(into.display().to_string()));
    }
    let parent = into.parent().unwrap_or(&into);
    std::fs::create_dir_all(parent).map_err(|error| io("cannot create", parent, &error))?;
    // Made beside its place and moved there whole: a build that fails leaves nothing behind.
    let desk = tempfile::Builder::new()
        .prefix(".probity-demo-")
        .tempdir_in(parent)
        .map_err(|error| io("cannot write in", parent, &error))?;
    let draft = desk.path().join(FOLDER);
    let repository = Repository::init(&draft, BRANCH)?;
    let history = write_history(&repository, &script)?;
    let (_, head) = history.last().ok_or_else(|| wrong("manifest", "it has no commits"))?;
    let head = *head;
    configure(&repository, &draft, &into)?;
    repository.set_branch(BRANCH, head, "demo: build")?;
    repository.check_out_head()?;
    drop(repository);
    std::fs::rename(&draft, &into).map_err(|error| io("cannot create", &into, &error))?;
    remember(&Repository::discover(&into)?, environment)?;
    let history = history.into_iter().map(|(slug, id)| (slug, id.to_string())).collect();
    demo(&into, &script, &head.to_string(), history)
}

fn demo(into: &Path, script: &Script, head: &str, history: Vec<(String, String)>) -> Result<Demo, Error> {
    Ok(Demo {
        path: into.canonicalize().map_err(|error| io("cannot resolve", into, &error))?,
        commits: script.commits.len(),
        head: head.to_owned(),
        principal: PRINCIPAL,
        reopened: history.is_empty(),
        history,
    })
}

/// A repository at exactly this place whose work goes on from the demo's last commit.
fn earlier(into: &Path) -> Option<Repository> {
    into.join(".git").is_dir().then_some(())?;
    let repository = Repository::discover(into).ok()?;
    let head = repository.head().ok()?.commit?;
    repository.grew_from(head, repository.resolve(HEAD.trim()).ok()?).then_some(repository)
}

/// Writes every commit of the script; branches live only as long as this does.
fn write_history(repository: &Repository, script: &Script) -> Result<Vec<(String, Oid)>, Error> {
    let mut tips: BTreeMap<&str, Tip> = BTreeMap::new();
    let mut history = Vec::new();
    for commit in &script.commits {
        let branch = commit.branch.as_deref().unwrap_or(BRANCH);
        let mut tip = match tips.get(branch).or_else(|| tips.get(BRANCH)) {
            Some(tip) => tip.clone(),
            None => Tip::default(),
        };
        if branch != BRANCH && !tips.contains_key(branch) {
            tip.base = tip.files.clone();
        }
        let mut parents: Vec<Oid> = tip.commit.into_iter().collect();
        if let Some(merged) = &commit.merge {
            let other = tips
                .remove(merged.as_str())
                .ok_or_else(|| wrong(&commit.slug, format!("there is no branch {merged} to merge")))?;
            tip.merge(&other, &commit.slug)?;
            parents.extend(other.commit);
        }
        tip.change(commit)?;
        let author = script.identity(&commit.author, commit.seconds()?)?;
        let id = repository.write_commit(&NewCommit {
            files: &tip.files,
            author: &author,
            committer: &author,
            message: &commit.message(),
            parents: &parents,
        })?;
        tip.commit = Some(id);
        tips.insert(branch, tip);
        history.push((commit.slug.clone(), id));
    }
    Ok(history)
}

/// Where a branch stands.
#[derive(Default, Clone)]
struct Tip {
    commit: Option<Oid>,
    files: BTreeMap<String, Vec<u8>>,
    /// The files of `main` when the branch left it.
    base: BTreeMap<String, Vec<u8>>,
}

impl Tip {
    /// Takes over what a branch changed since it left; both may not have changed the same file.
    fn merge(&mut self, other: &Tip, slug: &str) -> Result<(), Error> {
        let names: std::collections::BTreeSet<_> = other.base.keys().chain(other.files.keys()).collect();
        for name in names {
            let (before, after) = (other.base.get(name), other.files.get(name));
            if before == after {
                continue;
            }
            if self.files.get(name) != before {
                return Err(wrong(slug, format!("{name} changed on both branches")));
            }
            match after {
                Some(bytes) => self.files.insert(name.clone(), bytes.clone()),
                None => self.files.remove(name),
            };
        }
        Ok(())
    }

    /// Renames, deletions, then the overlay. Each must change something: a slip in the script shows.
    fn change(&mut self, commit: &Commit) -> Result<(), Error> {
        let slug = &commit.slug;
        for (from, to) in &commit.rename {
            let bytes = self.files.remove(from).ok_or_else(|| wrong(slug, format!("no {from} to rename")))?;
            self.files.insert(to.clone(), bytes);
        }
        for name in &commit.delete {
            self.files.remove(name).ok_or_else(|| wrong(slug, format!("no {name} to delete")))?;
        }
        for (name, text) in script::overlay(slug) {
            let bytes = text.as_bytes().to_vec();
            if self.files.insert(name.clone(), bytes.clone()) == Some(bytes) {
                return Err(wrong(slug, format!("{name} is as it was")));
            }
        }
        Ok(())
    }
}

/// Settings and keys that let waiving and `git verify-commit` work at once, in this repository alone.
fn configure(repository: &Repository, draft: &Path, into: &Path) -> Result<(), Error> {
    let folder = draft.join(".git");
    write(&folder.join("probity-demo-key"), PRIVATE_KEY, 0o600)?;
    write(&folder.join("probity-demo-key.pub"), PUBLIC_KEY, 0o644)?;
    let signers = format!("{PRINCIPAL} namespaces=\"git\" {PUBLIC_KEY}");
    write(&folder.join("probity-demo-signers"), &signers, 0o644)?;
    let folder = into.join(".git");
    let key = folder.join("probity-demo-key").display().to_string();
    let signers = folder.join("probity-demo-signers").display().to_string();
    repository.set_local(&[
        ("core.autocrlf", "false"),
        ("user.name", "Mara"),
        ("user.email", PRINCIPAL),
        ("user.signingKey", &key),
        ("gpg.format", "ssh"),
        ("gpg.ssh.allowedSignersFile", &signers),
        ("commit.gpgsign", "true"),
    ])?;
    Ok(())
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), Error> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(mode);
    }
    #[cfg(not(unix))]
    let _ = mode;
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| io("cannot write", path, &error))
}

/// Whoever built the demo has seen where its trust data came from.
fn remember(repository: &Repository, environment: &Environment) -> Result<(), Error> {
    let trust = script::all().find(|(name, _)| name.ends_with(TRUST));
    let (_, trust) = trust.ok_or_else(|| wrong("overlays", format!("none holds {TRUST}")))?;
    let options = waiver::Options::new(environment.clone());
    Ok(waiver::remember_trust(repository, &options, Digest::of(trust.as_bytes()))?)
}

fn io(what: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::Io { what: format!("{what} {}", path.display()), reason: error.to_string() }
}

fn wrong(at: &str, reason: impl Into<String>) -> Error {
    Error::Script { at: at.to_owned(), reason: reason.into() }
}
