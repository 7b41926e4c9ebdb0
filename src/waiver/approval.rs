//! Second persons: which approvals and rejections of a waiver count, and whose.
//!
//! People are counted, not signatures: one person with two keys counts once, the requester never counts, and nor does,
//! unless the rule lets them, whoever made the commit that introduced the finding. Roles come from the trust data alone.

use std::collections::{BTreeMap, BTreeSet};

use super::record::{Approval, Record, Rule, Trust, Verdict, Waiver};
use super::register::Entry;
use super::sshkey::PublicKey;
use super::sshsig::Signature;
use super::time::Timestamp;
use super::trust::TrustStatus;
use crate::git::{self, Oid, Repository};
use crate::model::Finding;

/// Who had a hand in the commit that introduced a finding. `Err`: why it cannot be told.
pub type Authors<'a> = &'a dyn Fn(&Finding) -> Result<Vec<Author>, String>;

/// What a commit says of who made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// Of its author, its committer or a co-author. Nobody vouches for it.
    Address(String),
    /// It bears a good signature by this key.
    Signer(PublicKey),
}

impl Author {
    /// Whoever had a hand in a commit.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of(repository: &Repository, commit: Oid) -> Result<Vec<Self>, git::Error> {
        let signer = repository.commit_signature(commit)?.and_then(|(signature, content)| {
            // git stores the armor without its last line feed.
            let signature = Signature::parse(&format!("{}\n", signature.trim_end())).ok()?;
            signature.verify("git", &content).ok().map(|_| Self::Signer(signature.key))
        });
        let addresses = repository.authors(commit)?.into_iter().map(Self::Address);
        Ok(signer.into_iter().chain(addresses).collect())
    }
}

/// What all persons together say of one waiver.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Different persons; with `distinct_roles` as many as have a role to themselves.
    pub approvals: usize,
    /// Whose approval counts, by name.
    pub approvers: Vec<String>,
    /// By whom, and why if they say so.
    pub rejections: Vec<String>,
    /// Why an approval does not count.
    pub not_counted: Vec<String>,
}

/// One waiver and who is asked about it.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub waiver: &'a Waiver,
    /// The finding that it is about, where there is one.
    pub finding: Option<&'a Finding>,
    pub status: &'a TrustStatus,
    /// The version in use, whose rule decides.
    pub trust: &'a Trust,
    /// Does an approval count that only the protected branch has? To restrict, yes; to grant, no.
    pub restricting: bool,
    pub now: Timestamp,
    pub authors: Authors<'a>,
}

impl<'a> Case<'a> {
    fn rule(&self) -> &'a Rule {
        self.trust.rules.of(self.waiver.finding.severity)
    }

    /// `said` are all approvals and rejections that name the waiver.
    pub fn outcome(&self, said: &[(&Entry, &Approval)]) -> Outcome {
        let mut outcome = Outcome::default();
        let mut roles: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let grants = |entry: &Entry, approval: &Approval| {
            entry.here || self.restricting || approval.decision == Verdict::Reject
        };
        for (entry, approval) in said.iter().filter(|(entry, approval)| grants(entry, approval)) {
            match self.counts(entry, approval, said) {
                Ok(()) if approval.decision == Verdict::Reject => {
                    let why = approval.comment.as_ref().map(|comment| format!(": {comment}"));
                    outcome.rejections.push(format!("{}{}", approval.approver, why.unwrap_or_default()));
                }
                Ok(()) => drop(roles.entry(&approval.approver).or_default().insert(&approval.role)),
                Err(why) => outcome.not_counted.push(why),
            }
        }
        outcome.approvers = roles.keys().map(|person| (*person).to_owned()).collect();
        outcome.approvals = if self.rule().distinct_roles { most_with_own(&roles) } else { roles.len() };
        outcome
    }

    /// Does one person's word count?
    ///
    /// # Errors
    /// Why not.
    pub fn counts(
        &self,
        entry: &Entry,
        approval: &Approval,
        said: &[(&Entry, &Approval)],
    ) -> Result<(), String> {
        if approval.repository != self.waiver.repository {
            return Err("it was signed for another repository".to_owned());
        }
        let judging = self.status.judging(entry, self.now)?;
        let person = &approval.approver;
        let withdrawn = said.iter().any(|(other, later)| {
            later.supersedes.contains(&entry.digest)
                && later.approver == *person
                && self.status.judging(other, self.now).is_ok()
        });
        if withdrawn {
            return Err(format!("{person} took it back"));
        }
        self.may_decide(judging, person, &approval.role)?;
        if approval.decision == Verdict::Reject {
            return Ok(());
        }
        self.may_approve(person)
    }

    /// Has a person the role by the version of the trust data that judges them, and is it one that decides?
    pub fn may_decide(&self, judging: &Trust, person: &str, role: &str) -> Result<(), String> {
        let held = judging.principal(person).is_some_and(|found| found.roles.iter().any(|r| r == role));
        if !held {
            return Err(format!("{person} does not have the role {role}"));
        }
        if self.rule().approve_roles.iter().any(|allowed| allowed == role) {
            return Ok(());
        }
        let severity = self.waiver.finding.severity;
        Err(format!("the role {role} does not decide on {severity} findings"))
    }

    /// The one role of a person that decides.
    pub fn only_role(&self, person: &str) -> Result<String, String> {
        let held = self.trust.principal(person).map(|found| found.roles.as_slice()).unwrap_or_default();
        let deciding: Vec<&str> =
            self.rule().approve_roles.iter().filter(|role| held.contains(role)).map(String::as_str).collect();
        match deciding.as_slice() {
            [role] => Ok((*role).to_owned()),
            [] => {
                Err(format!("{person} has no role that decides on {} findings", self.waiver.finding.severity))
            }
            several => {
                Err(format!("{person} has several roles that decide: say --role {}", several.join(" or ")))
            }
        }
    }

    /// Is a person far enough from what is asked?
    pub fn may_approve(&self, person: &str) -> Result<(), String> {
        if *person == self.waiver.requester {
            return Err(format!("{person} asked for it and cannot approve it"));
        }
        let (Some(finding), false) = (self.finding, self.rule().author_approval) else { return Ok(()) };
        let authors = (self.authors)(finding)
            .map_err(|why| format!("whether {person} introduced the finding cannot be told: {why}"))?;
        let known = self.trust.principal(person).map(|found| found.emails.as_slice()).unwrap_or_default();
        let own = |address: &String| {
            known.iter().map(String::as_str).chain([person]).any(|own| own.eq_ignore_ascii_case(address))
        };
        for author in &authors {
            let how = match author {
                Author::Signer(key)
                    if self.status.versions().any(|trust| trust.signer(key, person).is_ok()) =>
                {
                    "its commit bears their signature, identity verified".to_owned()
                }
                Author::Address(address) if own(address) => {
                    format!("by {address} in its commit, identity unverified")
                }
                _ => continue,
            };
            return Err(format!("{person} introduced the finding ({how}) and cannot approve it"));
        }
        Ok(())
    }
}

/// The approvals and rejections of each waiver.
pub(super) fn by_waiver(entries: &[Entry]) -> BTreeMap<crate::model::Digest, Vec<(&Entry, &Approval)>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for entry in entries {
        if let Record::Approval(approval) = &entry.record {
            found.entry(approval.waiver).or_default().push((entry, approval));
        }
    }
    found
}

/// To how many persons a role of their own can be given: a maximum matching, by augmenting paths.
fn most_with_own(roles: &BTreeMap<&str, BTreeSet<&str>>) -> usize {
    fn give<'r>(
        person: &'r str,
        roles: &BTreeMap<&'r str, BTreeSet<&'r str>>,
        tried: &mut BTreeSet<&'r str>,
        holder: &mut BTreeMap<&'r str, &'r str>,
    ) -> bool {
        for role in roles.get(person).into_iter().flatten() {
            if !tried.insert(role) {
                continue;
            }
            let free = match holder.get(role).copied() {
                None => true,
                Some(other) => give(other, roles, tried, holder),
            };
            if free {
                holder.insert(role, person);
                return true;
            }
        }
        false
    }
    let mut holder = BTreeMap::new();
    roles.keys().filter(|person| give(person, roles, &mut BTreeSet::new(), &mut holder)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_needs_a_role_of_their_own() {
        let case = |held: &[(&'static str, &[&'static str])]| {
            most_with_own(
                &held.iter().map(|(person, roles)| (*person, roles.iter().copied().collect())).collect(),
            )
        };
        assert_eq!(case(&[("a", &["x"]), ("b", &["x"])]), 1);
        assert_eq!(case(&[("a", &["x"]), ("b", &["x", "y"])]), 2);
        assert_eq!(case(&[("a", &["x", "y"]), ("b", &["x"]), ("c", &["y", "z"])]), 3);
        assert_eq!(case(&[("a", &["x", "y"]), ("b", &["x"]), ("c", &["y"])]), 2);
    }
}
