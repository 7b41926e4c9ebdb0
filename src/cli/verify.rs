//! `probity waiver verify`: every record, what it amounts to, and what history says of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::args::VerifyOptions;
use super::failure::Failure;
use super::{exit, trace};
use crate::model::WaiverLine;
use crate::text::SafeText;
use crate::waiver::{self, Event, Record, Register, Story, Timestamp, Verdict};

/// The text and the exit code: incomplete when a record is no good, or when one is gone whose loss may revive a waiver.
pub fn verify(options: &VerifyOptions) -> Result<(String, u8), Failure> {
    let audit = options.audit.what.open(&options.audit.path, None)?;
    let report = trace::report_of(&audit)?;
    for notice in &report.notices {
        eprintln!("probity: note: {}", SafeText::prose(notice));
    }
    let is_bad = |line: &&WaiverLine| matches!(line.state.as_str(), "invalid" | "untrusted" | "foreign");
    let bad = report.waivers.iter().filter(is_bad).count();
    let (mut stories, mut words) = (BTreeMap::new(), Words::default());
    if options.all || options.explain {
        let repository = audit.repository()?;
        if let Some(commit) = audit.commit(&repository)? {
            let signing = audit.waiver_options();
            let register = Register::read(&repository, Some(commit), signing, audit.now())?;
            words = Words::of(&register, audit.now());
            let line = signing.trust_ref.as_deref();
            let (found, incomplete) = waiver::stories(&repository, commit, &register.trust, line)?;
            stories.extend(found.into_iter().map(|story| (id_of(&story.path).to_owned(), story)));
            for why in incomplete {
                eprintln!("probity: note: {}", SafeText::prose(&why));
            }
        }
    }
    let mut out = String::new();
    for line in &report.waivers {
        let story = stories.remove(id_of(&line.id));
        put(&mut out, &line.state, &line.id, &line.causes);
        if let Some(story) = story.filter(|_| options.explain) {
            tell(&mut out, &story, options.audit.what.signing.trust_ref.as_deref());
            for sentence in words.about(&line.id) {
                let _ = writeln!(out, "                 {}", SafeText::prose(sentence));
            }
        }
    }
    // What is left has no line of its own: this commit does not have it.
    let gone: Vec<&Story> = stories.values().filter(|story| !story.here).collect();
    let revived = gone.iter().filter(|story| story.lost_restriction()).count();
    if options.all {
        for story in &gone {
            put(&mut out, "removed", id_of(&story.path), &[what_was_lost(story)]);
            tell(&mut out, story, options.audit.what.signing.trust_ref.as_deref());
        }
    }
    let _ = writeln!(out, "{} records, {bad} without a good and trusted signature", report.waivers.len());
    if options.all {
        let _ = writeln!(
            out,
            "{} more in the history that this commit does not have, {revived} of them restricted a waiver",
            gone.len()
        );
    }
    let lost = options.all && revived > 0;
    Ok((out, if bad == 0 && !lost { exit::CLEAN } else { exit::INCOMPLETE }))
}

/// What was signed about waivers and what time did to them, by the waiver's id.
#[derive(Default)]
struct Words(BTreeMap<String, Vec<(Timestamp, String)>>);

impl Words {
    /// Whether a word counts is said at its own record.
    fn of(register: &Register, now: Timestamp) -> Self {
        let mut words = Self::default();
        for entry in &register.entries {
            let (about, when, what) = match &entry.record {
                Record::Waiver(waiver) => {
                    for old in &waiver.supersedes {
                        let what = format!("to be superseded by {}", entry.id());
                        words.add(waiver::waiver_id(old), waiver.issued_at, &what);
                    }
                    if waiver.expires_at > now {
                        continue;
                    }
                    (entry.digest, waiver.expires_at, "lapsed".to_owned())
                }
                Record::Approval(word) => {
                    let deed = if word.decision == Verdict::Approve { "approved" } else { "rejected" };
                    (word.waiver, word.signed_at, format!("{deed} by {} as {}", word.approver, word.role))
                }
                Record::Revocation(word) => {
                    (word.waiver, word.signed_at, format!("revoked by {}: {}", word.revoked_by, word.reason))
                }
            };
            words.add(waiver::waiver_id(&about), when, &what);
        }
        words.0.values_mut().for_each(|told| told.sort());
        words
    }

    fn add(&mut self, id: String, when: Timestamp, what: &str) {
        self.0.entry(id).or_default().push((when, format!("{what}, {}", when.date())));
    }

    fn about(&self, id: &str) -> impl Iterator<Item = &str> {
        self.0.get(id).into_iter().flatten().map(|(_, sentence)| sentence.as_str())
    }
}

fn put(out: &mut String, state: &str, id: &str, causes: &[String]) {
    let _ = writeln!(out, "{state:<16} {}", SafeText::new(id));
    for cause in causes {
        let _ = writeln!(out, "                 {}", SafeText::prose(cause));
    }
}

/// The file name without folder and ending: records and lines about files that are none have the same.
fn id_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".yaml").unwrap_or(name)
}

fn what_was_lost(story: &Story) -> String {
    match story.lost.as_ref().map(|entry| &entry.record) {
        None => "it was no valid record".to_owned(),
        Some(Record::Waiver(waiver)) => format!(
            "a waiver of {} that {} asked for, until {}",
            waiver.finding.policy, waiver.requester, waiver.expires_at
        ),
        Some(Record::Revocation(word)) => format!("the revocation by {}: {}", word.revoked_by, word.reason),
        Some(Record::Approval(word)) => match word.decision {
            Verdict::Approve => format!("the approval by {} as {}", word.approver, word.role),
            Verdict::Reject => format!("the rejection by {} as {}", word.approver, word.role),
        },
    }
}

fn tell(out: &mut String, story: &Story, protected: Option<&str>) {
    for Event { deed, commit, signed_by } in &story.events {
        let who = match signed_by {
            Some(person) => format!("{}, identity verified", SafeText::prose(person)),
            None => format!(
                "{} <{}>, identity unverified",
                SafeText::prose(&commit.author),
                SafeText::new(&commit.email)
            ),
        };
        let (day, short) =
            (commit.date.get(..10).unwrap_or_default(), commit.id.get(..10).unwrap_or_default());
        let _ = writeln!(
            out,
            "                 {} {day} in {short} by {who}: {}",
            deed.as_str(),
            SafeText::prose(&commit.subject)
        );
    }
    let Some(name) = protected.map(SafeText::new) else { return };
    let line = match &story.protected {
        Some(commit) => format!(
            "on {name} since {} in {}",
            commit.date.get(..10).unwrap_or_default(),
            commit.id.get(..10).unwrap_or_default()
        ),
        None => format!("never came to {name}"),
    };
    let _ = writeln!(out, "                 {line}");
}
