//! What is said of a waiver that is there already: approvals, rejections, revocations.

use super::approval::{self, Authors, Case};
use super::record::{Approval, Record, Revocation, Verdict};
use super::write::{Preview, Receipt, Sitting, commit_waiver};
use super::{Error, Options, Timestamp, state, text};
use crate::git::Repository;
use crate::model::Finding;

/// What a second person says of a waiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'a> {
    pub decision: Verdict,
    /// In which role; `None`: the only one of theirs that decides.
    pub role: Option<&'a str>,
    pub comment: Option<&'a str>,
}

/// Shows an approval or a rejection. What the same person said of the waiver before is taken back. `finding` is the
/// one that it is about, where there is one, and `authors` who introduced that.
///
/// # Errors
/// The person may not, or nothing could be written.
pub fn preview_decision(
    (repository, options): (&Repository, &Options),
    id: &str,
    word: &Word<'_>,
    (finding, authors): (Option<&Finding>, Authors<'_>),
    now: Timestamp,
) -> Result<Preview, Error> {
    let sitting = Sitting::open(repository, options, now)?;
    let (register, trust, principal) = (&sitting.register, &sitting.trust, &sitting.principal);
    let (entry, waiver) = sitting.waiver(id)?;
    let case = Case { waiver, finding, status: &register.trust, trust, restricting: false, now, authors };
    let not_allowed = |reason: String| Error::MayNotDecide { id: entry.id().to_owned(), reason };
    let role = match word.role {
        Some(role) => role.to_owned(),
        None => case.only_role(principal).map_err(not_allowed)?,
    };
    case.may_decide(trust, principal, &role).map_err(not_allowed)?;
    if word.decision == Verdict::Approve {
        case.may_approve(principal).map_err(not_allowed)?;
    }
    let said = approval::by_waiver(&register.entries).remove(&entry.digest).unwrap_or_default();
    let own = said.iter().filter(|(_, approval)| approval.approver == *principal);
    let comment = word.comment.map(str::trim).filter(|comment| !comment.is_empty());
    let record = Record::Approval(Approval {
        repository: waiver.repository,
        waiver: entry.digest,
        decision: word.decision,
        approver: principal.clone(),
        role,
        comment: comment.map(str::to_owned),
        signed_at: now,
        supersedes: own.map(|(entry, _)| entry.digest).collect(),
    });
    let policy = &waiver.finding.policy;
    let needed = trust.rules.of(waiver.finding.severity).approvals;
    let mut warnings = look_alikes(comment);
    let subject = match word.decision {
        Verdict::Approve => {
            let so_far = case.outcome(&said).approvals;
            warnings.push(format!("{so_far} of {needed} approvals count before this one"));
            format!("Approve the waiver of {policy}")
        }
        Verdict::Reject => {
            warnings.push("it will not count until you approve it yourself".to_owned());
            format!("Reject the waiver of {policy}")
        }
    };
    sitting.show(record, subject, warnings)
}

/// Approves or rejects a waiver.
///
/// # Errors
/// As for [`preview_decision`]; nothing is changed then.
pub fn decide(
    (repository, options): (&Repository, &Options),
    id: &str,
    word: &Word<'_>,
    about: (Option<&Finding>, Authors<'_>),
    now: Timestamp,
) -> Result<Receipt, Error> {
    let preview = preview_decision((repository, options), id, word, about, now)?;
    commit_waiver(repository, &preview, options)
}

/// Shows the end of a waiver, for good.
///
/// # Errors
/// The person may not, it has ended, or nothing could be written.
pub fn preview_revocation(
    repository: &Repository,
    id: &str,
    reason: &str,
    options: &Options,
    now: Timestamp,
) -> Result<Preview, Error> {
    let sitting = Sitting::open(repository, options, now)?;
    let (entry, waiver) = sitting.waiver(id)?;
    let (id, principal) = (entry.id().to_owned(), sitting.principal.clone());
    if !state::may_revoke(&sitting.trust, &principal, waiver) {
        return Err(Error::MayNotRevoke { principal, id });
    }
    if state::judge(&sitting.register, entry, now).is_some_and(|found| found.state == state::State::Revoked) {
        return Err(Error::AlreadyRevoked(id));
    }
    let record = Record::Revocation(Revocation {
        repository: waiver.repository,
        waiver: entry.digest,
        revoked_by: principal,
        reason: reason.trim().to_owned(),
        signed_at: now,
    });
    let mut warnings = look_alikes(Some(reason));
    warnings.push("a revocation cannot be taken back".to_owned());
    sitting.show(record, format!("Revoke the waiver of {}", waiver.finding.policy), warnings)
}

/// Ends a waiver for good. `id` may be shortened as long as it is unambiguous.
///
/// # Errors
/// As for [`preview_revocation`]; nothing is changed then.
pub fn revoke(
    repository: &Repository,
    id: &str,
    reason: &str,
    options: &Options,
    now: Timestamp,
) -> Result<Receipt, Error> {
    let preview = preview_revocation(repository, id, reason, options, now)?;
    commit_waiver(repository, &preview, options)
}

fn look_alikes(text: Option<&str>) -> Vec<String> {
    let words = text.map(text::mixed_script_words).unwrap_or_default();
    words
        .into_iter()
        .map(|word| format!("the word {word} mixes alphabets whose letters look alike"))
        .collect()
}
