//! From one version of the trust data to the next: shown, signed, committed, read back.
//!
//! The first version is pinned by its digest, every later one is signed by enough admins of the version before and of
//! itself. Where one signature is not enough, the version is committed all the same, and others add theirs; until then
//! nothing counts on that branch.

use std::collections::BTreeSet;

use super::record::{Key, KeyStatus, Kind, PolicyChange, Principal, Rule, Rules, Trust};
use super::sshkey::PublicKey;
use super::trust::{TrustStatus, validate};
use super::write::{Desk, Receipt, base, nonce, receipt, sign_with};
use super::{Error, Options, Register, Timestamp, emit, names, pin, read};
use crate::git::{CommitError, NewFile, Repository, Target};
use crate::model::{Digest, Severity};

/// What becomes of the trust data. Keys are files or literal public keys, as for `--signing-key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amendment {
    Start(TrustRequest),
    /// Another person.
    Add {
        id: String,
        emails: Vec<String>,
        roles: Vec<String>,
        key: String,
        admin: bool,
    },
    /// Another key for somebody, in place of all that they have. `compromised`: what those signed is void; else what
    /// came to the protected branch by then stays good. `None`: for who signs, who then signs with both.
    Rotate {
        principal: Option<String>,
        key: String,
        compromised: bool,
    },
    /// A whole new text, made from what [`next_text`] gives.
    Text(String),
    /// One more signature for the version that lacks some.
    Sign,
}

/// What the first trust data needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustRequest {
    /// `None`: git's `user.email`.
    pub principal: Option<String>,
    /// The repository's name for people; `None`: the folder's name.
    pub name: Option<String>,
    /// How many others must approve, from critical to low.
    pub approvals: [u32; 4],
}

impl Default for TrustRequest {
    fn default() -> Self {
        Self { principal: None, name: None, approvals: [2, 1, 1, 0] }
    }
}

/// Trust data ready to be signed.
#[derive(Debug, Clone)]
pub struct TrustPreview {
    /// The repository's id, which will be pinned with the first version.
    pub id: Digest,
    pub payload: String,
    pub trust: Trust,
    pub principal: String,
    pub key_fingerprint: String,
    pub branch: String,
    pub will_sign_commit: bool,
    pub warnings: Vec<String>,
    /// The version is in the branch already and only gets a signature.
    signs_only: bool,
    /// A second key that signs too: the new one of who signs, which alone counts by the new version.
    also: Option<String>,
    target: Target,
}

/// The next version, before it is shown.
struct Next {
    trust: Trust,
    /// `None`: the version makes the id.
    id: Option<Digest>,
    principal: String,
    signs_only: bool,
    also: Option<String>,
    warnings: Vec<String>,
}

/// Shows the next version of the trust data, or the first.
///
/// # Errors
/// Who signs may not, the version would not hold, or there is nothing to follow.
pub fn preview_trust(
    repository: &Repository,
    amendment: &Amendment,
    options: &Options,
    now: Timestamp,
) -> Result<TrustPreview, Error> {
    let desk = Desk::new(repository, options)?;
    let target = desk.target()?;
    let register = Register::read(repository, target.tip, options, now)?;
    let Next { trust, id, principal, signs_only, also, mut warnings } = match amendment {
        Amendment::Start(request) => {
            if let Some(id) = register.trust.id {
                return Err(Error::TrustExists(id.to_string()));
            }
            if pin::Pin::find(repository, options)? != pin::Pin::None {
                return Err(Error::TrustKnown(register.trust.error.unwrap_or_default()));
            }
            first(&desk, request, &target.branch, now)?
        }
        _ => next(&desk, &register.trust, amendment, now)?,
    };
    validate(&trust).map_err(Error::Record)?;
    let payload = emit::trust(&trust).map_err(Error::Record)?;
    let target = desk.branch_for(target, &Digest::of(payload.as_bytes()));
    warnings.extend(desk.warnings());
    warnings.extend(lonely(&trust));
    Ok(TrustPreview {
        id: id.unwrap_or_else(|| Digest::of(payload.as_bytes())),
        payload,
        trust,
        principal,
        key_fingerprint: desk.signer.public.fingerprint(),
        branch: target.branch.clone(),
        will_sign_commit: desk.commit_signer().transpose()?.is_some(),
        warnings,
        signs_only,
        also,
        target,
    })
}

/// The version after the one in use, and who signs it.
fn next(desk: &Desk<'_>, status: &TrustStatus, amendment: &Amendment, now: Timestamp) -> Result<Next, Error> {
    let no_trust = || Error::NoTrust(status.error.clone().unwrap_or_default());
    let unfinished = status.unfinished.as_ref();
    let before = status.trust.as_ref().filter(|_| status.error.is_none() || unfinished.is_some());
    let before = before.ok_or_else(no_trust)?;
    let signs_only = *amendment == Amendment::Sign;
    let trust = match (unfinished, signs_only) {
        (Some(unfinished), true) => unfinished.clone(),
        (None, true) => {
            return Err(Error::Amendment("no version of the trust data lacks a signature here".to_owned()));
        }
        (Some(_), false) => return Err(no_trust()),
        (None, false) => amended(desk, following(before, status, now)?, amendment)?,
    };
    let own = &desk.signer.public;
    let admin = |list: &Trust, key: &PublicKey| -> Option<String> {
        let found = list.signatory(key)?;
        let is = list.admins.contains(&found.principal.id) && found.key.is_active(trust.issued_at);
        is.then(|| found.principal.id.clone())
    };
    let Some(principal) = admin(before, own).or_else(|| admin(&trust, own)) else {
        let fingerprint = own.fingerprint();
        return Err(Error::Amendment(format!(
            "the key {fingerprint} is no admin's, so its signature would not count"
        )));
    };
    let mut keys = status.signed_unfinished.clone();
    if keys.contains(own) {
        return Err(Error::Amendment(format!("{principal} has signed version {} already", trust.version)));
    }
    keys.push(own.clone());
    // Who gives themselves another key has an end of both versions in hand.
    let also = match amendment {
        Amendment::Rotate { key, .. } => {
            let public = desk.signer(key)?.public;
            let own = trust.signatory(&public).is_some_and(|found| found.principal.id == principal);
            keys.extend(own.then_some(public));
            own.then(|| key.clone())
        }
        _ => None,
    };
    let mut warnings = Vec::new();
    for list in [before, &trust] {
        let admins: BTreeSet<String> = keys.iter().filter_map(|key| admin(list, key)).collect();
        let lacking = (list.admin_threshold as usize).saturating_sub(admins.len());
        if lacking > 0 {
            warnings.push(format!(
                "{lacking} more admin(s) of version {} must run `probity trust sign` on this branch; until then nothing \
                 counts on it",
                list.version
            ));
        }
    }
    Ok(Next { trust, id: status.id, principal, signs_only, also, warnings })
}

/// Signs and commits the trust data that was shown; the first version is pinned for this user.
///
/// # Errors
/// Something changed since it was shown, or a key does not sign; nothing is changed then.
pub fn commit_trust(
    repository: &Repository,
    preview: &TrustPreview,
    options: &Options,
) -> Result<Receipt, Error> {
    let desk = Desk::new(repository, options)?;
    let target = desk.branch_for(desk.target()?, &Digest::of(preview.payload.as_bytes()));
    if (&target.branch, target.tip) != (&preview.target.branch, preview.target.tip) {
        return Err(CommitError::Moved { branch: preview.branch.clone() }.into());
    }
    if desk.signer.public.fingerprint() != preview.key_fingerprint {
        return Err(Error::Amendment("another key would sign than was shown".to_owned()));
    }
    let version = preview.trust.version;
    let path = format!("{}/{version}.trust.yaml", names::TRUST);
    let mut files = Vec::new();
    if !preview.signs_only {
        files.push(NewFile { path: path.clone(), bytes: preview.payload.clone().into_bytes() });
    }
    let other = preview.also.as_deref().map(|key| desk.signer(key)).transpose()?;
    for signer in [Some(&desk.signer), other.as_ref()].into_iter().flatten() {
        let armor = sign_with(signer, Kind::Trust, &preview.payload, &preview.trust)?;
        let path = format!("{}/{version}.trust.{}.sig", names::TRUST, names::fp12(signer.public.blob()));
        files.push(NewFile { path, bytes: armor.into_bytes() });
    }
    let message = match (version, preview.signs_only) {
        (1, false) => "Start signed waivers: trust version 1\n".to_owned(),
        (_, false) => format!("Change who is trusted: trust version {version}\n"),
        (_, true) => format!("Sign trust version {version}\n"),
    };
    let commit = desk.commit(files, &message, &target)?;
    if version == 1 && !preview.signs_only {
        pin::remember(repository, options, preview.id)?;
    }
    Ok(receipt(commit, &target, path, String::new()))
}

/// The next version as a text to be changed by hand and given back as [`Amendment::Text`].
///
/// # Errors
/// There is no trust data in force.
pub fn next_text(repository: &Repository, options: &Options, now: Timestamp) -> Result<String, Error> {
    let register = Register::read(repository, repository.head()?.commit, options, now)?;
    let status = &register.trust;
    let Some(before) = status.in_force() else {
        return Err(Error::NoTrust(status.error.clone().unwrap_or_default()));
    };
    emit::trust(&following(before, status, now)?).map_err(Error::Record)
}

/// The same trust data as the version after `before`.
fn following(before: &Trust, status: &TrustStatus, now: Timestamp) -> Result<Trust, Error> {
    Ok(Trust {
        version: before.version + 1,
        repository: status.id,
        previous: status.digests.last().copied(),
        issued_at: now.max(before.issued_at),
        nonce: nonce()?,
        ..before.clone()
    })
}

fn amended(desk: &Desk<'_>, mut next: Trust, amendment: &Amendment) -> Result<Trust, Error> {
    let refuse = |why: String| Err(Error::Amendment(why));
    match amendment {
        Amendment::Start(_) | Amendment::Sign => {}
        Amendment::Add { id, emails, roles, key, admin } => {
            if next.principal(id).is_some() {
                return refuse(format!(
                    "{id} is listed already; `probity trust rotate` gives a person another key, `probity trust edit` \
                     changes the rest"
                ));
            }
            let (id, emails, roles) = (id.clone(), emails.clone(), roles.clone());
            next.admins.extend(admin.then(|| id.clone()));
            next.principals.push(Principal {
                id,
                emails,
                roles,
                keys: vec![active(&desk.signer(key)?.public)],
            });
        }
        Amendment::Rotate { principal, key, compromised } => {
            let own = next.signatory(&desk.signer.public).map(|found| found.principal.id.clone());
            let unknown = || Error::UnknownKey { fingerprint: desk.signer.public.fingerprint() };
            let who = principal.clone().or(own).ok_or_else(unknown)?;
            let Some(person) = next.principals.iter_mut().find(|person| person.id == who) else {
                return refuse(format!("{who} is not in the trust data"));
            };
            for old in &mut person.keys {
                match (compromised, old.status) {
                    (true, _) => old.status = KeyStatus::Revoked,
                    (false, KeyStatus::Active) => old.status = KeyStatus::Retired,
                    (false, _) => {}
                }
            }
            person.keys.push(active(&desk.signer(key)?.public));
        }
        Amendment::Text(text) => {
            let given = read::trust(text.as_bytes()).map_err(Error::Record)?;
            let fixed = |trust: &Trust| (trust.version, trust.repository, trust.previous);
            if fixed(&given) != fixed(&next) {
                return refuse(format!(
                    "the text must keep version {}, `repository` and `previous` as `probity trust edit --print` gives \
                     them",
                    next.version
                ));
            }
            next = given;
        }
    }
    Ok(next)
}

fn active(key: &PublicKey) -> Key {
    Key { key: key.line(), status: KeyStatus::Active, not_after: None, no_touch: false }
}

/// Severities that nobody can waive yet, for want of people who could approve.
fn lonely(trust: &Trust) -> Vec<String> {
    let mut warnings = Vec::new();
    for severity in Severity::ALL {
        let rule = trust.rules.of(severity);
        let can = |principal: &&Principal| {
            let deciding = principal.roles.iter().any(|role| rule.approve_roles.contains(role));
            deciding && principal.keys.iter().any(|key| key.status == KeyStatus::Active)
        };
        // Who asks does not count.
        let others = trust.principals.iter().filter(can).count().saturating_sub(1);
        if rule.approvals == 0 {
            warnings.push(format!("no second person: one signature alone waives a {severity} finding"));
        } else if others < rule.approvals as usize {
            warnings.push(format!(
                "{severity} findings need {} approval(s), and there are not as many others who could: `probity trust add`",
                rule.approvals
            ));
        }
    }
    warnings
}

fn first(desk: &Desk<'_>, request: &TrustRequest, branch: &str, now: Timestamp) -> Result<Next, Error> {
    let email = || desk.settings.get("user.email").map(str::to_ascii_lowercase);
    let principal = request.principal.clone().or_else(email).ok_or(CommitError::NoIdentity)?;
    let folder = base(desk.repository).file_name().map(|name| name.to_string_lossy().into_owned());
    let name = request.name.clone().or(folder).unwrap_or_else(|| "repository".to_owned());
    let owner = || vec!["risk-owner".to_owned()];
    let rule = |approvals, max_days, policy_change| Rule {
        approvals,
        request_roles: Vec::new(),
        approve_roles: if approvals > 0 { owner() } else { Vec::new() },
        distinct_roles: false,
        max_days,
        decision_types: Vec::new(),
        author_approval: false,
        policy_change,
    };
    let [critical, high, medium, low] = request.approvals;
    let trust = Trust {
        version: 1,
        repository: None,
        previous: None,
        name,
        issued_at: now,
        expires_at: None,
        trusted_refs: vec![branch.to_owned()],
        admin_threshold: 1,
        admins: vec![principal.clone()],
        principals: vec![Principal {
            id: principal.clone(),
            emails: Vec::new(),
            roles: owner(),
            keys: vec![active(&desk.signer.public)],
        }],
        rules: Rules {
            critical: rule(critical, 90, PolicyChange::Strict),
            high: rule(high, 180, PolicyChange::Notice),
            medium: rule(medium, 365, PolicyChange::Notice),
            low: rule(low, 365, PolicyChange::Notice),
        },
        nonce: nonce()?,
    };
    Ok(Next { trust, id: None, principal, signs_only: false, also: None, warnings: Vec::new() })
}
