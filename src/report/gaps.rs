//! What keeps an audit from being complete, in one list: a writer that goes through it forgets none of the ways.

use crate::model::Report;

/// One reason why "no findings" would say too much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap<'r> {
    /// `not read`, `not evaluated`, ..
    pub kind: &'static str,
    /// A file, a policy, a record: what it is about.
    pub subject: &'r str,
    /// The subject is a file of the repository.
    pub in_repository: bool,
    /// Of that file, from 1, where the reason has one.
    pub line: Option<u32>,
    pub reason: String,
}

/// Every gap, whose absence is what exit code 0 needs beside the absence of findings.
pub fn gaps(report: &Report) -> Vec<Gap<'_>> {
    let gap = |kind, subject, reason: &str| Gap {
        kind,
        subject,
        in_repository: false,
        line: None,
        reason: reason.to_owned(),
    };
    let unread = report.unparsed.iter().map(|unread| Gap {
        in_repository: true,
        line: unread.line,
        ..gap("not read", &unread.path, &unread.reason)
    });
    let refused = report
        .not_evaluated
        .iter()
        .map(|failure| gap("not evaluated", &failure.policy, &failure.explanation()));
    let invalid = report
        .waivers
        .iter()
        .filter(|record| record.state == "invalid")
        .map(|record| gap("invalid record", &record.id, &record.causes.join("; ")));
    let clock = report.clock.iter().map(|reason| gap("clock not believed", "clock", reason));
    let base = report.baseline.iter().filter(|baseline| baseline.incomplete).map(|baseline| {
        gap(
            "base incomplete",
            &baseline.commit.id,
            "not all of that commit could be judged: what looks new may be older",
        )
    });
    unread.chain(refused).chain(invalid).chain(clock).chain(base).collect()
}
