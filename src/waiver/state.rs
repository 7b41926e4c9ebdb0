//! The one matcher: what each record amounts to, given the trust data, the findings and the clock.
//!
//! A waiver's state is the first row of the table below that applies; all further rows are listed as causes.
//! Only `active` waives. Whatever this version cannot judge counts against the waiver.

use std::collections::BTreeMap;
use std::fmt;

use super::approval::{self, Authors, Case};
use super::names;
use super::record::{Approval, PolicyChange, Record, Revocation, Rule, Trust, Verdict, Waiver};
use super::register::{Entry, Register};
use super::time::Timestamp;
use super::trust::TrustStatus;
use crate::model::{Digest, Finding, Fingerprint, Status, WaiverLine, WaiverRef};

/// `issued_at` may lie this far ahead: clocks differ.
const CLOCK_SKEW: i64 = 5 * 60;

/// The states of a waiver, in the order in which they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    Invalid,
    Foreign,
    Untrusted,
    Revoked,
    Superseded,
    NotPermitted,
    Rejected,
    NotYetValid,
    Expired,
    Pending,
    Orphan,
    OutOfScope,
    LapsedPolicy,
    LapsedSeverity,
    LapsedResource,
    ReviewOverdue,
    Active,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            State::Invalid => "invalid",
            State::Foreign => "foreign",
            State::Untrusted => "untrusted",
            State::Revoked => "revoked",
            State::Superseded => "superseded",
            State::NotPermitted => "not-permitted",
            State::Rejected => "rejected",
            State::NotYetValid => "not-yet-valid",
            State::Expired => "expired",
            State::Pending => "pending",
            State::Orphan => "orphan",
            State::OutOfScope => "out-of-scope",
            State::LapsedPolicy => "lapsed-policy",
            State::LapsedSeverity => "lapsed-severity",
            State::LapsedResource => "lapsed-resource",
            State::ReviewOverdue => "review-overdue",
            State::Active => "active",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a waiver amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    pub state: State,
    /// Why, most important first; for an active waiver only notices.
    pub causes: Vec<String>,
    /// Whose approval counts.
    pub approvers: Vec<String>,
}

/// Judges all records, sets `status` and `waiver` of each finding, and gives one line for each record file.
///
/// `reference` is the full name of the branch that is audited; without one, a waiver that is limited to some
/// refs matches nothing. `authors` is asked for findings whose approvals hang on it.
pub fn apply(
    register: &Register,
    findings: &mut [Finding],
    now: Timestamp,
    reference: Option<&str>,
    authors: Authors<'_>,
) -> Vec<WaiverLine> {
    let by_fingerprint: BTreeMap<Fingerprint, usize> =
        findings.iter().enumerate().map(|(number, finding)| (finding.fingerprint, number)).collect();
    let context = Context::new(register, now, reference, authors);
    let mut lines = Vec::new();
    let mut nearest: BTreeMap<usize, (State, WaiverRef)> = BTreeMap::new();
    // A waiver that only the protected branch has or had can end another, but excuses nothing.
    for entry in register.entries.iter().filter(|entry| entry.here || entry.record.about().is_some()) {
        let Record::Waiver(waiver) = &entry.record else {
            let about = entry.record.about().and_then(|digest| context.waivers.get(&digest).copied());
            let number = about.and_then(|waiver| by_fingerprint.get(&waiver.finding.fingerprint));
            let finding = number.and_then(|number| findings.get(*number));
            lines.extend(context.about_a_waiver(entry, finding));
            continue;
        };
        let number = by_fingerprint.get(&waiver.finding.fingerprint).copied();
        let finding = number.and_then(|number| findings.get(number));
        let judged = context.waiver(entry, waiver, finding);
        let state = judged.state;
        if let Some(number) = number
            && nearest.get(&number).is_none_or(|(best, _)| state > *best)
        {
            nearest.insert(number, (state, reference_to(entry, waiver, &judged)));
        }
        lines.push(WaiverLine {
            id: entry.id().to_owned(),
            state: state.to_string(),
            causes: judged.causes,
            fingerprint: Some(waiver.finding.fingerprint.to_string()),
            expires_at: Some(waiver.expires_at.to_string()),
            days_left: now.days_until(waiver.expires_at),
        });
    }
    for (number, finding) in findings.iter_mut().enumerate() {
        let found = nearest.remove(&number);
        let waived = found.as_ref().is_some_and(|(state, _)| *state == State::Active);
        finding.status = if waived { Status::Waived } else { Status::Open };
        finding.waiver = found.map(|(_, waiver)| Box::new(waiver));
    }
    lines.extend(register.invalid.iter().map(|invalid| WaiverLine {
        id: invalid.path.clone(),
        state: State::Invalid.to_string(),
        causes: vec![invalid.cause.clone()],
        fingerprint: None,
        expires_at: None,
        days_left: None,
    }));
    lines.sort();
    lines
}

/// Judges one waiver of the register by itself, whatever became of its finding.
pub fn judge(register: &Register, entry: &Entry, now: Timestamp) -> Option<Judgement> {
    match &entry.record {
        Record::Waiver(waiver) => Some(Context::new(register, now, None, NOBODY).waiver(entry, waiver, None)),
        _ => None,
    }
}

/// Judges every waiver of the register by itself.
pub fn judge_all(register: &Register, now: Timestamp) -> Vec<(&Entry, &Waiver, Judgement)> {
    let context = Context::new(register, now, None, NOBODY);
    let waivers = register.entries.iter().filter_map(|entry| match &entry.record {
        Record::Waiver(waiver) => Some((entry, waiver)),
        _ => None,
    });
    waivers.map(|(entry, waiver)| (entry, waiver, context.waiver(entry, waiver, None))).collect()
}

const NOBODY: Authors<'static> = &|_| Ok(Vec::new());

fn reference_to(entry: &Entry, waiver: &Waiver, judged: &Judgement) -> WaiverRef {
    WaiverRef {
        id: entry.id().to_owned(),
        digest: entry.digest.to_string(),
        state: judged.state.to_string(),
        causes: judged.causes.clone(),
        approvers: judged.approvers.clone(),
        reason: waiver.decision.reason.clone(),
        requester: waiver.requester.clone(),
        issued_at: waiver.issued_at.to_string(),
        expires_at: waiver.expires_at.to_string(),
        review_by: waiver.review_by.map(|by| by.to_string()),
    }
}

/// What is the same for all records of one run.
struct Context<'a> {
    trust: &'a TrustStatus,
    now: Timestamp,
    reference: Option<&'a str>,
    authors: Authors<'a>,
    /// By the waiver that they name.
    revocations: BTreeMap<Digest, Vec<(&'a Entry, &'a Revocation)>>,
    approvals: BTreeMap<Digest, Vec<(&'a Entry, &'a Approval)>>,
    renewals: BTreeMap<Digest, Vec<(&'a Entry, &'a Waiver)>>,
    waivers: BTreeMap<Digest, &'a Waiver>,
}

impl<'a> Context<'a> {
    fn new(register: &'a Register, now: Timestamp, reference: Option<&'a str>, authors: Authors<'a>) -> Self {
        let mut context = Self {
            trust: &register.trust,
            now,
            reference,
            authors,
            revocations: BTreeMap::new(),
            approvals: approval::by_waiver(&register.entries),
            renewals: BTreeMap::new(),
            waivers: BTreeMap::new(),
        };
        for entry in &register.entries {
            match &entry.record {
                Record::Waiver(waiver) => {
                    context.waivers.insert(entry.digest, waiver);
                    for old in &waiver.supersedes {
                        context.renewals.entry(*old).or_default().push((entry, waiver));
                    }
                }
                Record::Revocation(revocation) => {
                    context.revocations.entry(revocation.waiver).or_default().push((entry, revocation));
                }
                Record::Approval(_) => {}
            }
        }
        context
    }

    fn case<'c>(&'c self, waiver: &'c Waiver, finding: Option<&'c Finding>, trust: &'c Trust) -> Case<'c> {
        let (status, now, authors) = (self.trust, self.now, self.authors);
        Case { waiver, finding, status, trust, restricting: false, now, authors }
    }

    /// Tries every row in order and keeps all that apply.
    fn waiver(&self, entry: &Entry, waiver: &Waiver, finding: Option<&Finding>) -> Judgement {
        let rows = self.rows(entry, waiver, finding, false);
        rows.finish(self.trust.in_force().map(|trust| trust.rules.of(waiver.finding.severity)))
    }

    /// Did enough people grant a waiver, whatever came later?
    fn is_granted(&self, entry: &Entry, waiver: &Waiver) -> bool {
        use State::{Foreign, Invalid, NotPermitted, NotYetValid, Pending, Rejected, Untrusted};
        let against = [Invalid, Foreign, Untrusted, NotPermitted, Rejected, NotYetValid, Pending];
        let rows = self.rows(entry, waiver, None, true);
        !rows.states.iter().any(|state| against.contains(state))
    }

    /// `restricting`: asked of a renewal, whether it ends another waiver. Then renewals of the renewal do not matter
    /// (asking for them would never end in a circle of forgeries), and approvals of the protected branch count.
    fn rows(&self, entry: &Entry, waiver: &Waiver, finding: Option<&Finding>, restricting: bool) -> Rows {
        let mut rows = Rows::default();
        let other = |finding: &Finding| {
            *finding.policy.id != *waiver.finding.policy || finding.resource != waiver.finding.resource
        };
        if finding.is_some_and(other) {
            rows.add(
                State::Invalid,
                "its policy or resource is not that of the finding with its fingerprint",
            );
        }
        self.foreign(waiver.repository, &mut rows);
        let trust = self.signer(entry, waiver, &mut rows);
        if let Some(trust) = trust {
            self.revoked(entry, waiver, &mut rows);
            if !restricting {
                self.superseded(entry, waiver, &mut rows);
            }
            let judging = self.trust.judging(entry, self.now).unwrap_or(trust);
            for why in not_permitted(waiver, trust, judging) {
                rows.add(State::NotPermitted, why);
            }
        }
        if finding.is_some_and(|finding| !finding.policy.waivable) {
            rows.add(State::NotPermitted, "its policy cannot be waived");
        }
        let outcome = trust.map(|trust| {
            let case = Case { restricting, ..self.case(waiver, finding, trust) };
            case.outcome(self.approvals_of(entry.digest))
        });
        for who in outcome.iter().flat_map(|outcome| &outcome.rejections) {
            rows.add(State::Rejected, format!("rejected by {who}"));
        }
        self.time(waiver, &mut rows);
        if let (Some(trust), Some(outcome)) = (trust, outcome) {
            rows.approvers = outcome.approvers;
            let needed = trust.rules.of(waiver.finding.severity).approvals as usize;
            if outcome.approvals < needed {
                rows.add(State::Pending, format!("{} of {needed} approvals", outcome.approvals));
                rows.notices.extend(outcome.not_counted);
            }
        }
        match finding {
            None => rows.add(State::Orphan, "no finding has its fingerprint"),
            Some(finding) => self.binding(waiver, finding, trust, &mut rows),
        }
        if let Some(by) = waiver.review_by.filter(|by| self.now >= *by) {
            rows.add(State::ReviewOverdue, format!("its review was due by {by}"));
        }
        rows
    }

    fn foreign(&self, repository: Digest, rows: &mut Rows) {
        if let Some(pin) = self.trust.pin
            && pin != repository
        {
            rows.add(State::Foreign, format!("it was signed for the repository {repository}"));
        }
    }

    /// Is the signer who the record says, with a key that is active? Gives the trust data in force.
    fn signer(&self, entry: &Entry, waiver: &Waiver, rows: &mut Rows) -> Option<&'a Trust> {
        let Some(trust) = self.trust.in_force() else {
            let why = self.trust.error.as_deref().unwrap_or("there is no trust data");
            rows.add(State::Untrusted, why);
            return None;
        };
        if let Err(why) = self.trust.judging(entry, self.now) {
            rows.add(State::Untrusted, why);
        }
        if waiver.trust_version > trust.version {
            let why = format!(
                "it names trust version {}, but version {} is the highest here",
                waiver.trust_version, trust.version
            );
            rows.add(State::Untrusted, why);
        }
        Some(trust)
    }

    fn revoked(&self, entry: &Entry, waiver: &Waiver, rows: &mut Rows) {
        for (entry, revocation) in self.revocations.get(&entry.digest).into_iter().flatten() {
            if self.revocation_applies(entry, revocation, Some(waiver)).is_ok() {
                let (who, when) = (&revocation.revoked_by, revocation.signed_at);
                rows.add(State::Revoked, format!("revoked by {who} ({when}): {}", revocation.reason));
            }
        }
    }

    /// By any version of the trust data and whatever the status of the key: losing a key must not revive a waiver.
    fn revocation_applies(
        &self,
        entry: &Entry,
        revocation: &Revocation,
        waiver: Option<&Waiver>,
    ) -> Result<(), String> {
        if self.trust.pin != Some(revocation.repository) {
            return Err("it was signed for another repository".to_owned());
        }
        let mut why_not = None;
        for trust in self.trust.versions() {
            let entitled = trust.signer(&entry.key, &revocation.revoked_by).and_then(|_| match waiver {
                Some(waiver) if !may_revoke(trust, &revocation.revoked_by, waiver) => {
                    Err(format!("{} is neither requester nor admin nor approver", revocation.revoked_by))
                }
                _ => Ok(()),
            });
            match entitled {
                Ok(()) => return Ok(()),
                // Of all reasons that of the version in use is told.
                Err(why) => drop(why_not.get_or_insert(why)),
            }
        }
        Err(why_not.unwrap_or_else(|| "there is no trust data in force".to_owned()))
    }

    fn time(&self, waiver: &Waiver, rows: &mut Rows) {
        if self.now.plus_seconds(CLOCK_SKEW) < waiver.issued_at {
            rows.add(State::NotYetValid, format!("it holds from {}", waiver.issued_at));
        }
        if self.now >= waiver.expires_at {
            rows.add(State::Expired, format!("it ended {}", waiver.expires_at));
        }
    }

    fn approvals_of(&self, waiver: Digest) -> &[(&'a Entry, &'a Approval)] {
        self.approvals.get(&waiver).map(Vec::as_slice).unwrap_or_default()
    }

    /// A renewal ends the old waiver for good once it is granted, even if it is itself revoked later.
    fn superseded(&self, entry: &Entry, waiver: &Waiver, rows: &mut Rows) {
        for (renewal, new) in self.renewals.get(&entry.digest).into_iter().flatten() {
            if new.finding.policy == waiver.finding.policy && self.is_granted(renewal, new) {
                rows.add(State::Superseded, format!("{} took its place", renewal.id()));
            }
        }
    }

    /// Does the finding still equal what was signed, within the waiver's scope?
    fn binding(&self, waiver: &Waiver, finding: &Finding, trust: Option<&Trust>, rows: &mut Rows) {
        let (signed, policy) = (&waiver.finding, &finding.policy);
        if !waiver.scope.paths.iter().any(|pattern| names::pattern_matches(pattern, &finding.location.path)) {
            rows.add(State::OutOfScope, format!("it holds for {}", waiver.scope.paths.join(", ")));
        }
        let refs = &waiver.scope.refs;
        if !refs.is_empty() && !self.reference.is_some_and(|name| refs.iter().any(|allowed| allowed == name))
        {
            rows.add(State::OutOfScope, format!("it holds on {}", refs.join(", ")));
        }
        if policy.version != signed.policy_version {
            let (old, new) = (signed.policy_version, policy.version);
            rows.add(State::LapsedPolicy, format!("signed for version {old} of the policy; it is {new} now"));
        } else if policy.digest != signed.policy_digest {
            match trust.map(|trust| trust.rules.of(signed.severity).policy_change) {
                Some(PolicyChange::Notice) => rows.notices.push("policy-text-changed".to_owned()),
                _ => rows.add(State::LapsedPolicy, "the policy's text or parameters changed"),
            }
        }
        // The effective one: the policy's own, or that of a documented case.
        let severity = finding.severity;
        if severity > signed.severity {
            let why = format!("signed for severity {}; it is {severity} now", signed.severity);
            rows.add(State::LapsedSeverity, why);
        }
        match finding.evidence_digest {
            Some(digest) if digest == signed.evidence_digest => {}
            Some(_) => {
                rows.add(State::LapsedResource, "what the finding rests on changed since it was signed");
            }
            None => {
                rows.add(State::LapsedResource, "what the finding rests on has no canonical form any more");
            }
        }
    }

    /// Approvals and revocations count or not, with a cause. `None`: only the protected branch has it, and it does
    /// nothing.
    fn about_a_waiver(&self, entry: &Entry, finding: Option<&Finding>) -> Option<WaiverLine> {
        let about = entry.record.about();
        let waiver = about.and_then(|digest| self.waivers.get(&digest)).copied();
        let mut causes = Vec::new();
        let state = if self.trust.pin.is_some_and(|pin| pin != entry.record.repository()) {
            causes.push(format!("it was signed for the repository {}", entry.record.repository()));
            "foreign"
        } else if let Some(trust) = self.trust.in_force() {
            let outcome = match &entry.record {
                Record::Revocation(revocation) => self.revocation_applies(entry, revocation, waiver),
                Record::Approval(approval) => match waiver {
                    None => Err("the waiver that it is about is not here".to_owned()),
                    Some(waiver) => {
                        let said = self.approvals_of(approval.waiver);
                        self.case(waiver, finding, trust).counts(entry, approval, said)
                    }
                },
                Record::Waiver(_) => Ok(()),
            };
            match outcome {
                Ok(()) => "counted",
                Err(why) => {
                    causes.push(why);
                    "not-counted"
                }
            }
        } else {
            causes.push(self.trust.error.clone().unwrap_or_default());
            "untrusted"
        };
        if !entry.here {
            let rejects = matches!(&entry.record, Record::Approval(word) if word.decision == Verdict::Reject);
            let restricts = rejects || matches!(entry.record, Record::Revocation(_));
            if !(restricts && state == "counted") {
                return None;
            }
            causes.push("this commit does not have it; it stands on the protected branch".to_owned());
        }
        Some(WaiverLine {
            id: entry.id().to_owned(),
            state: state.to_owned(),
            causes,
            fingerprint: waiver.map(|waiver| waiver.finding.fingerprint.to_string()),
            expires_at: None,
            days_left: None,
        })
    }
}

/// The requester, an admin, or whoever could approve such a waiver.
pub(super) fn may_revoke(trust: &Trust, principal: &str, waiver: &Waiver) -> bool {
    let roles = &trust.rules.of(waiver.finding.severity).approve_roles;
    waiver.requester == principal
        || trust.admins.iter().any(|admin| admin == principal)
        || trust.principal(principal).is_some_and(|found| found.roles.iter().any(|role| roles.contains(role)))
}

/// What the rule for the signed severity does not allow. Also asked before signing. The requester has the roles that
/// `judging` gives them.
pub(super) fn not_permitted(waiver: &Waiver, trust: &Trust, judging: &Trust) -> Vec<String> {
    let severity = waiver.finding.severity;
    let rule = trust.rules.of(severity);
    let mut causes = Vec::new();
    let lifetime = waiver.expires_at.seconds().saturating_sub(waiver.issued_at.seconds());
    if lifetime > i64::from(rule.max_days) * 86_400 {
        let last = waiver.issued_at.plus_days(rule.max_days);
        causes.push(format!(
            "{severity} findings may be waived for {} days at most, until {last}",
            rule.max_days
        ));
    }
    let roles =
        judging.principal(&waiver.requester).map(|principal| principal.roles.as_slice()).unwrap_or_default();
    if !rule.request_roles.is_empty() && !rule.request_roles.iter().any(|role| roles.contains(role)) {
        let needed = rule.request_roles.join(" or ");
        causes.push(format!("{} lacks the role {needed} that {severity} findings need", waiver.requester));
    }
    if !rule.decision_types.is_empty() && !rule.decision_types.contains(&waiver.decision.kind) {
        let kind = waiver.decision.kind.as_str();
        causes.push(format!("the decision type {kind} is not allowed for {severity} findings"));
    }
    causes
}

/// The rows that apply, in the order in which they were tried.
#[derive(Default)]
struct Rows {
    states: Vec<State>,
    causes: Vec<String>,
    notices: Vec<String>,
    approvers: Vec<String>,
}

impl Rows {
    fn add(&mut self, state: State, cause: impl Into<String>) {
        self.states.push(state);
        self.causes.push(cause.into());
    }

    fn finish(mut self, rule: Option<&Rule>) -> Judgement {
        if rule.is_some_and(|rule| rule.approvals == 0) {
            self.notices.push("no second person".to_owned());
        }
        self.causes.append(&mut self.notices);
        let state = self.states.first().copied().unwrap_or(State::Active);
        Judgement { state, causes: self.causes, approvers: self.approvers }
    }
}
