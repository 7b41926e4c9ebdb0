//! From a decision to a commit: check everything, show it, sign it, commit it, read it back.
//!
//! A preview holds the exact bytes. What is signed is what was shown, and when the branch, the key or the
//! trust data changed in between, the commit is refused or fails; nothing is quietly done differently.

use std::path::PathBuf;

use super::anchor::Anchor;
use super::gpg::{CommitSigner, OpenPgp, is_openpgp};
use super::record::{Kind, Record, Trust, Waiver};
use super::register::{Entry, verified};
use super::sign::{self, Signer};
use super::{Draft, Error, Options, Register, Timestamp, emit, names, pin, read, state, text};
use crate::git::{CommitError, NewFile, Oid, Repository, Settings, Target};
use crate::model::{Digest, Severity};

/// A record ready to be signed, and everything a person should see before.
#[derive(Debug, Clone)]
pub struct Preview {
    /// `wv-...`: the waiver itself, or the one that is decided on or revoked.
    pub waiver_id: String,
    /// `.probity/waivers/wv-....yaml`
    pub record_path: String,
    /// The exact bytes that will be signed.
    pub payload: String,
    pub record: Record,
    /// `refs/heads/...`
    pub branch: String,
    /// Whose signature it will be.
    pub principal: String,
    /// `SHA256:...`
    pub key_fingerprint: String,
    /// The commit itself will be signed too.
    pub will_sign_commit: bool,
    /// What a careful person should know: no second person, look-alike letters, an unknown risk owner, ...
    pub warnings: Vec<String>,
    /// Hooks of the repository that git would run and Probity does not.
    pub hooks_skipped: Vec<String>,
    /// The commit's first line.
    subject: String,
    shown_at: Timestamp,
    digest: Digest,
    target: Target,
}

/// What was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Full object id of the new commit.
    pub commit: String,
    pub branch: String,
    pub record_path: String,
    /// `wv-...`: the waiver written or revoked.
    pub waiver_id: String,
    pub hooks_skipped: Vec<String>,
}

/// Everything about the signing set-up of one run.
pub(super) struct Desk<'a> {
    pub repository: &'a Repository,
    options: &'a Options,
    pub settings: Settings,
    pub signer: Signer,
}

impl<'a> Desk<'a> {
    pub fn new(repository: &'a Repository, options: &'a Options) -> Result<Self, Error> {
        let settings = repository.settings(&options.environment)?;
        let signer = signer(repository, options, &settings, options.signing_key.as_deref())?;
        Ok(Self { repository, options, settings, signer })
    }

    /// The signer of another key: a file or a literal public key.
    pub fn signer(&self, key: &str) -> Result<Signer, Error> {
        signer(self.repository, self.options, &self.settings, Some(key))
    }

    pub fn commit_signer(&self) -> Option<Result<CommitSigner, Error>> {
        let (environment, timeout) = (&self.options.environment, self.options.timeout);
        let committer = self.repository.identity("committer", &self.settings, environment, 0).ok();
        let committer = committer.map(|who| format!("{} <{}>", who.name, who.email));
        if let Some(signer) = OpenPgp::for_commits(&self.settings, committer, timeout) {
            return Some(Ok(CommitSigner::OpenPgp(signer)));
        }
        let signer = Signer::for_commits(&self.settings, environment, &base(self.repository), timeout);
        // Nobody asked for signed commits: a key that cannot be used need not stop the record.
        let signer = signer.filter(|signer| signer.is_ok() || self.settings.is_on("commit.gpgsign"));
        signer.map(|signer| signer.map(CommitSigner::Ssh))
    }

    /// What must hold of the set-up but need not stop anyone.
    pub fn warnings(&self) -> Vec<String> {
        warnings(&self.settings)
    }

    /// Where a commit would go; with `--new-branch` to a branch that [`Desk::branch_for`] names later.
    pub fn target(&self) -> Result<Target, Error> {
        let folders = [names::WAIVERS, names::TRUST];
        Ok(if self.options.new_branch {
            self.repository.aside_target(&folders, &self.settings)?
        } else {
            self.repository.commit_target(&folders, &self.settings)?
        })
    }

    /// The target of a file with this content, on a branch of its own where that was asked for.
    pub fn branch_for(&self, target: Target, content: &Digest) -> Target {
        target.on_new(|| {
            // git cannot have both a branch `probity` and a folder of that name.
            let taken = self.repository.exact("refs/heads/probity").is_ok();
            let short: String = names::id26(content).chars().take(12).collect();
            format!("refs/heads/probity{}waiver-{short}", if taken { '-' } else { '/' })
        })
    }

    /// The signing key's owner by the trust data in force.
    pub fn requester(&self, register: &Register, now: Timestamp) -> Result<(Trust, String), Error> {
        let Some(trust) = register.trust.in_force() else {
            return Err(Error::NoTrust(register.trust.error.clone().unwrap_or_default()));
        };
        let fingerprint = self.signer.public.fingerprint();
        let Some(signatory) = trust.signatory(&self.signer.public) else {
            return Err(Error::UnknownKey { fingerprint });
        };
        let principal = signatory.principal.id.clone();
        if !signatory.key.is_active(now) {
            return Err(Error::InactiveKey { fingerprint, principal });
        }
        Ok((trust.clone(), principal))
    }

    /// Signs a record, where a security key must be touched unless trust says otherwise.
    fn sign(&self, kind: Kind, payload: &str, trust: &Trust) -> Result<String, Error> {
        sign_with(&self.signer, kind, payload, trust)
    }

    /// Signs a record, and checks the file as any reader would.
    fn signed_file(&self, preview: &Preview, trust: &Trust) -> Result<NewFile, Error> {
        let Preview { record, payload, .. } = preview;
        let armor = self.sign(record.kind(), payload, trust)?;
        let name = read::file_name(record, &preview.digest);
        let bytes = read::assemble(payload, &armor).into_bytes();
        let entry = verified(&name, &bytes).map_err(Error::Record)?;
        if entry.record != *record {
            return Err(Error::Record("it reads back as something else".to_owned()));
        }
        Ok(NewFile { path: entry.path, bytes })
    }

    /// Commits new files, and the attributes file when nobody has one yet.
    pub fn commit(&self, mut files: Vec<NewFile>, message: &str, target: &Target) -> Result<Oid, Error> {
        let (repository, settings) = (self.repository, &self.settings);
        if !self.has_attributes(target)? {
            let bytes = names::ATTRIBUTES_LINE.as_bytes().to_vec();
            files.push(NewFile { path: names::ATTRIBUTES.to_owned(), bytes });
        }
        let now = Timestamp::now().seconds();
        let environment = &self.options.environment;
        let author = repository.identity("author", settings, environment, now)?;
        let committer = repository.identity("committer", settings, environment, now)?;
        let mut message = message.to_owned();
        if self.options.signoff {
            message = format!("{message}Signed-off-by: {} <{}>\n", committer.name, committer.email);
        }
        let signer = self.commit_signer().transpose()?;
        let sign = signer
            .map(|signer| move |content: &[u8]| signer.sign(content).map_err(|error| error.to_string()));
        let sign = sign.as_ref().map(|sign| sign as &dyn Fn(&[u8]) -> Result<String, String>);
        Ok(repository.commit_files(target, &files, &message, [&author, &committer], sign)?)
    }

    /// Is there an attributes file in HEAD or on disk? A file of the user's own is left alone.
    fn has_attributes(&self, target: &Target) -> Result<bool, Error> {
        let on_disk = self
            .repository
            .work_dir()
            .is_some_and(|root| root.join(names::ATTRIBUTES).symlink_metadata().is_ok());
        let Some(tip) = target.tip else { return Ok(on_disk) };
        let root = self.repository.root_entries(tip)?;
        let probity = root.iter().find(|entry| entry.name == names::FOLDER.as_bytes() && entry.is_folder());
        let inside = match probity {
            Some(folder) => self.repository.folder_entries(folder.oid)?,
            None => Vec::new(),
        };
        Ok(on_disk || inside.iter().any(|entry| entry.name == b".gitattributes"))
    }
}

/// What git's settings say that Probity does not do, or not as they say.
pub(super) fn warnings(settings: &Settings) -> Vec<String> {
    let mut warnings = Vec::new();
    let known = sign::is_ssh(settings) || is_openpgp(settings);
    if settings.is_on("commit.gpgsign") && !known {
        let why = "the commit will not be signed: Probity signs commits with SSH and OpenPGP keys only";
        warnings.push(why.to_owned());
    }
    for program in ["gpg.program", "gpg.openpgp.program", "gpg.ssh.program"] {
        if settings.set_by_repository(program) {
            warnings.push(format!("the repository's own setting {program} is ignored"));
        }
    }
    warnings
}

fn signer(
    repository: &Repository,
    options: &Options,
    settings: &Settings,
    key: Option<&str>,
) -> Result<Signer, Error> {
    Signer::for_records(key, settings, &options.environment, &base(repository), options.timeout)
}

/// Signs for a record or for trust data, where a security key must be touched unless trust says otherwise.
pub(super) fn sign_with(signer: &Signer, kind: Kind, payload: &str, trust: &Trust) -> Result<String, Error> {
    let signature = signer.sign(kind.namespace(), payload.as_bytes())?;
    let no_touch = trust.signatory(&signer.public).is_some_and(|signatory| signatory.key.no_touch);
    if signature.touched || no_touch { Ok(signature.armor) } else { Err(Error::NotTouched) }
}

pub(super) fn receipt(commit: Oid, target: &Target, record_path: String, waiver_id: String) -> Receipt {
    Receipt {
        commit: commit.to_string(),
        branch: target.branch.clone(),
        record_path,
        waiver_id,
        hooks_skipped: target.hooks_skipped.clone(),
    }
}

/// Where relative key paths start, as git takes them.
pub(super) fn base(repository: &Repository) -> PathBuf {
    repository.work_dir().map_or_else(|| repository.common_dir(), std::path::Path::to_path_buf)
}

/// A desk with the records of the branch on it, and a person who may sign at it.
pub(super) struct Sitting<'a> {
    desk: Desk<'a>,
    target: Target,
    pub register: Register,
    /// The trust data in force.
    pub trust: Trust,
    /// Whose key it is.
    pub principal: String,
    pub now: Timestamp,
    signs_commits: bool,
}

impl<'a> Sitting<'a> {
    pub fn open(repository: &'a Repository, options: &'a Options, now: Timestamp) -> Result<Self, Error> {
        let desk = Desk::new(repository, options)?;
        let target = desk.target()?;
        let register = Register::read(repository, target.tip, options, now)?;
        let (trust, principal) = desk.requester(&register, now)?;
        let signs_commits = desk.commit_signer().transpose()?.is_some();
        Ok(Self { desk, target, register, trust, principal, now, signs_commits })
    }

    /// The waiver with an id, which may be shortened as long as it is unambiguous.
    pub fn waiver(&self, id: &str) -> Result<(&Entry, &Waiver), Error> {
        let entry = self.register.waiver(id).ok_or_else(|| Error::NoSuchWaiver(text::escaped(id)))?;
        let waiver = waiver_of(entry).ok_or_else(|| Error::NoSuchWaiver(entry.id().to_owned()))?;
        Ok((entry, waiver))
    }

    /// What a signature would write.
    pub fn show(&self, record: Record, subject: String, warnings: Vec<String>) -> Result<Preview, Error> {
        let payload = emit::record(&record).map_err(Error::Record)?;
        let digest = Digest::of(payload.as_bytes());
        let mut all = self.register.notices.clone();
        all.extend(self.desk.warnings());
        all.extend(warnings);
        let target = self.desk.branch_for(self.target.clone(), &digest);
        Ok(Preview {
            waiver_id: names::waiver_id(&record.about().unwrap_or(digest)),
            record_path: format!("{}/{}", names::WAIVERS, read::file_name(&record, &digest)),
            payload,
            record,
            branch: target.branch.clone(),
            principal: self.principal.clone(),
            key_fingerprint: self.desk.signer.public.fingerprint(),
            will_sign_commit: self.signs_commits,
            warnings: all,
            hooks_skipped: target.hooks_skipped.clone(),
            subject,
            shown_at: self.now,
            digest,
            target,
        })
    }

    fn show_waiver(&self, draft: &Draft) -> Result<Preview, Error> {
        let (register, trust) = (&self.register, &self.trust);
        let id = register.trust.id.ok_or_else(|| Error::NoTrust("it has no id".to_owned()))?;
        let waiver = draft.waiver(id, trust.version, &self.principal, self.now, nonce()?)?;
        emit::waiver(&waiver).map_err(Error::Record)?;
        if let Some(why) = state::not_permitted(&waiver, trust, trust).into_iter().next() {
            return Err(Error::NotPermitted(why));
        }
        if let Some(entry) = duplicate(register, &waiver) {
            let until = waiver_of(entry).map(|waiver| waiver.expires_at.to_string()).unwrap_or_default();
            return Err(Error::Duplicate { id: entry.id().to_owned(), until });
        }
        let subject = format!("Waive {} until {}", waiver.finding.policy, waiver.expires_at.date());
        let warnings = waiver_warnings(&waiver, trust);
        self.show(Record::Waiver(waiver), subject, warnings)
    }
}

/// Checks everything that can be checked before signing, and shows what would be signed.
pub fn preview(
    repository: &Repository,
    draft: &Draft,
    options: &Options,
    now: Timestamp,
) -> Result<Preview, Error> {
    Sitting::open(repository, options, now)?.show_waiver(draft)
}

/// The same for several: what one of them may not, none is shown for.
pub fn preview_all(
    repository: &Repository,
    drafts: &[Draft],
    options: &Options,
    now: Timestamp,
) -> Result<Vec<Preview>, Error> {
    let sitting = Sitting::open(repository, options, now)?;
    let mut previews: Vec<Preview> =
        drafts.iter().map(|draft| sitting.show_waiver(draft)).collect::<Result<_, _>>()?;
    // One commit, so one branch where they go to a new one.
    if let Some(target) = previews.first().map(|first| first.target.clone()) {
        for preview in &mut previews {
            preview.branch.clone_from(&target.branch);
            preview.target = target.clone();
        }
    }
    Ok(previews)
}

/// Signs exactly what was shown and commits it; on any failure nothing is changed.
pub fn commit_waiver(
    repository: &Repository,
    preview: &Preview,
    options: &Options,
) -> Result<Receipt, Error> {
    let receipts = commit_records(repository, std::slice::from_ref(preview), options)?;
    receipts.into_iter().next().ok_or_else(|| Error::ReadBack(preview.record_path.clone()))
}

/// Signs each of several records by itself and commits all of them at once, or none.
pub fn commit_records(
    repository: &Repository,
    previews: &[Preview],
    options: &Options,
) -> Result<Vec<Receipt>, Error> {
    let Some(first) = previews.first() else { return Ok(Vec::new()) };
    let desk = Desk::new(repository, options)?;
    let fingerprint = desk.signer.public.fingerprint();
    let target = desk.branch_for(desk.target()?, &first.digest);
    // The pin or a key may have changed since the preview.
    let register = Register::read(repository, target.tip, options, first.shown_at)?;
    let (trust, principal) = desk.requester(&register, first.shown_at)?;
    for preview in previews {
        if fingerprint != preview.key_fingerprint {
            return Err(Error::Signer {
                program: "git".to_owned(),
                reason: format!("the key is {fingerprint} now, {} was shown", preview.key_fingerprint),
            });
        }
        if (&target.branch, target.tip) != (&preview.target.branch, preview.target.tip) {
            return Err(CommitError::Moved { branch: preview.branch.clone() }.into());
        }
        if principal != preview.principal {
            return Err(Error::NoTrust(format!("the key belongs to {principal} now")));
        }
    }
    let files = previews.iter().map(|preview| desk.signed_file(preview, &trust));
    let files = files.collect::<Result<Vec<_>, _>>()?;
    let commit = desk.commit(files, &message(first, previews), &target)?;
    read_back(repository, commit, previews)?;
    let receipt_of =
        |shown: &Preview| receipt(commit, &target, shown.record_path.clone(), shown.waiver_id.clone());
    Ok(previews.iter().map(receipt_of).collect())
}

/// What one record says, or how many there are; and a trailer for each waiver.
fn message(first: &Preview, previews: &[Preview]) -> String {
    let policy = |preview: &Preview| match &preview.record {
        Record::Waiver(waiver) => Some(waiver.finding.policy.clone()),
        _ => None,
    };
    let of_first =
        policy(first).filter(|one| previews.iter().all(|other| policy(other).as_ref() == Some(one)));
    let mut message = match (previews.len(), of_first) {
        (1, _) => first.subject.clone(),
        (count, Some(policy)) => format!("Waive {count} findings of {policy}"),
        (count, None) => format!("Waive {count} findings"),
    };
    message.push_str("\n\n");
    for preview in previews {
        message.push_str("Probity-Waiver: ");
        message.push_str(&preview.waiver_id);
        message.push('\n');
    }
    message
}

pub(super) fn waiver_of(entry: &Entry) -> Option<&Waiver> {
    match &entry.record {
        Record::Waiver(waiver) => Some(waiver),
        _ => None,
    }
}

/// A waiver that already says the same about the same, at least as long.
fn duplicate<'a>(register: &'a Register, new: &Waiver) -> Option<&'a Entry> {
    register.entries.iter().find(|entry| {
        let same = waiver_of(entry).is_some_and(|old| {
            old.finding == new.finding
                && old.repository == new.repository
                && old.scope == new.scope
                && old.expires_at >= new.expires_at
        });
        let revoked = || {
            state::judge(register, entry, new.issued_at)
                .is_none_or(|found| found.state < state::State::Pending)
        };
        same && !revoked()
    })
}

fn waiver_warnings(waiver: &Waiver, trust: &Trust) -> Vec<String> {
    let mut warnings = Vec::new();
    match trust.rules.of(waiver.finding.severity).approvals {
        0 => warnings.push("no second person: your signature alone waives this finding".to_owned()),
        needed => warnings.push(format!("pending until {needed} other(s) approve it")),
    }
    if trust.principal(&waiver.decision.risk_owner).is_none() {
        warnings.push(format!("the risk owner {} is not in the trust data", waiver.decision.risk_owner));
    }
    if waiver.decision.residual_risk == Severity::Critical {
        warnings.push("the residual risk is critical".to_owned());
    }
    let decision = &waiver.decision;
    let texts = [Some(&decision.reason), decision.remediation.as_ref(), Some(&waiver.finding.resource)];
    for text in texts.into_iter().flatten().chain(&decision.compensating_controls).chain(&waiver.scope.paths)
    {
        for word in text::mixed_script_words(text) {
            warnings.push(format!("the word {word} mixes alphabets whose letters look alike"));
        }
    }
    warnings
}

/// After the commit: each record must be found by the way every audit takes.
fn read_back(repository: &Repository, commit: Oid, previews: &[Preview]) -> Result<(), Error> {
    let anchor = Anchor::pinned(pin::Pin::None);
    let register = Register::held_against(&anchor, repository, Some(commit), Timestamp::from_seconds(0))?;
    for Preview { record_path, digest, .. } in previews {
        let found =
            register.entries.iter().any(|entry| entry.path == *record_path && entry.digest == *digest);
        if !found {
            return Err(Error::ReadBack(record_path.clone()));
        }
    }
    Ok(())
}

/// 128 random bits: two equal decisions are two records.
pub(super) fn nonce() -> Result<String, Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::Random(error.to_string()))?;
    Ok(Digest::of(&bytes).hex().chars().take(32).collect())
}
