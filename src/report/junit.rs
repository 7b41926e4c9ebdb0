//! `JUnit` XML, which CI servers show as test results. There is no standard; this is what Jenkins, GitLab and others read
//! (<https://github.com/testmoapp/junitxml>, <https://docs.gitlab.com/ci/testing/unit_test_reports/>), and no more than the
//! one schema in use allows, by which Jenkins refuses files: `junit-10.xsd` of its xUnit plugin.
//!
//! A suite for each policy, a case for each finding: open ones are failures; waived ones, those that were there at the
//! base, and what nobody can decide here are skipped. A policy that found nothing is one case that passed, and what is
//! missing from the audit is an error.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::gaps::gaps;
use crate::model::{Finding, Outcome, Report, Status, Unread, Verdict, WaiverRef};
use crate::text::SafeText;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Passed,
    Failure,
    Error,
    Skipped,
}

struct Case {
    name: String,
    ending: Ending,
    /// What kind of failure or error.
    kind: &'static str,
    message: String,
    /// Lines; the place first.
    details: Vec<String>,
}

impl Case {
    fn new(name: &str, ending: Ending, kind: &'static str, message: String) -> Self {
        Self { name: name.to_owned(), ending, kind, message, details: Vec::new() }
    }

    fn of(report: &Report, finding: &Finding) -> Self {
        let (ending, message) = match (&finding.waiver, finding.status, finding.verdict) {
            (Some(waiver), Status::Waived, _) => (Ending::Skipped, waived(waiver, &finding.message)),
            (_, _, Verdict::Fail) if report.is_new(finding) => (Ending::Failure, finding.message.clone()),
            (_, _, Verdict::Fail) => (Ending::Skipped, format!("there at the base: {}", finding.message)),
            (_, _, verdict) => (Ending::Skipped, format!("{}: {}", verdict.as_str(), finding.message)),
        };
        let at = &finding.location;
        let print = finding.fingerprint.to_string();
        let mut details = vec![format!("{}:{}:{}", at.path, at.start.line, at.start.column)];
        details.extend(finding.policy.remediation.lines().map(str::to_owned));
        details.push(format!("severity {}, {print}", finding.severity));
        Self {
            // The beginning of the fingerprint tells violations of one subject apart, and `probity trace` takes it.
            name: format!("{} [{}]", finding.resource, print.get(..12).unwrap_or(&print)),
            details,
            ..Self::new("", ending, finding.severity.as_str(), message)
        }
    }

    fn unrendered(template: &Unread) -> Self {
        let case =
            Self::new(&template.path, Ending::Skipped, "", format!("not rendered: {}", template.reason));
        Self { details: vec![place(&template.path, template.line)], ..case }
    }
}

fn place(path: &str, line: Option<u32>) -> String {
    line.map_or_else(|| path.to_owned(), |line| format!("{path}:{line}"))
}

fn waived(waiver: &WaiverRef, message: &str) -> String {
    let until = waiver.expires_at.get(..10).unwrap_or(&waiver.expires_at);
    format!("waived by {} until {until}: {} ({message})", waiver.id, waiver.reason)
}

/// The report with a final line feed.
pub fn junit(report: &Report) -> String {
    let mut suites: BTreeMap<&str, Vec<Case>> = BTreeMap::new();
    let findings = report.findings.iter().chain(&report.review).chain(&report.inconclusive);
    for finding in findings {
        suites.entry(&finding.policy.id).or_default().push(Case::of(report, finding));
    }
    for gap in gaps(report) {
        // A policy that was not evaluated fails in its own suite, everything else in that of its kind.
        let suite = if gap.kind == "not evaluated" { gap.subject } else { gap.kind };
        let details = gap.in_repository.then(|| place(gap.subject, gap.line)).into_iter().collect();
        let case = Case::new(gap.subject, Ending::Error, gap.kind, format!("{}: {}", gap.kind, gap.reason));
        suites.entry(suite).or_default().push(Case { details, ..case });
    }
    if !report.not_rendered.is_empty() {
        suites.insert("not rendered", report.not_rendered.iter().map(Case::unrendered).collect());
    }
    let mut titles: BTreeMap<&str, &str> = BTreeMap::new();
    for line in &report.controls.policies {
        titles.insert(&line.policy, &line.title);
        let cases = suites.entry(&line.policy).or_default();
        if cases.is_empty() {
            let message = format!("{}: {}", line.outcome.as_str(), line.reason);
            let ending = if line.outcome == Outcome::Pass { Ending::Passed } else { Ending::Skipped };
            cases.push(Case::new("nothing found", ending, "", message));
        }
    }
    let all = || suites.values().flatten();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"probity\"{}>\n",
        counts(&all())
    );
    for (suite, cases) in &suites {
        let title = titles.get(suite).map(|title| format!(": {title}")).unwrap_or_default();
        let skipped = cases.iter().filter(|case| case.ending == Ending::Skipped).count();
        let (name, counts) = (format!("{}{}", xml(suite), xml(&title)), counts(&cases.iter()));
        let _ = writeln!(out, "  <testsuite name=\"{name}\"{counts} skipped=\"{skipped}\">");
        for case in cases {
            write_case(&mut out, suite, case);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn counts<'c>(cases: &(impl Iterator<Item = &'c Case> + Clone)) -> String {
    let of = |ending| cases.clone().filter(|case| case.ending == ending).count();
    format!(
        " tests=\"{}\" failures=\"{}\" errors=\"{}\"",
        cases.clone().count(),
        of(Ending::Failure),
        of(Ending::Error)
    )
}

fn write_case(out: &mut String, suite: &str, case: &Case) {
    let _ = write!(out, "    <testcase classname=\"{}\" name=\"{}\"", xml(suite), xml(&case.name));
    let message = xml(&case.message);
    let details = case.details.iter().map(|line| xml(line)).collect::<Vec<_>>().join("\n");
    let _ = match case.ending {
        Ending::Passed => writeln!(out, "/>"),
        Ending::Skipped => {
            writeln!(out, "><skipped message=\"{message}\">{details}</skipped></testcase>")
        }
        Ending::Failure => writeln!(
            out,
            "><failure type=\"{}\" message=\"{message}\">{details}</failure></testcase>",
            case.kind
        ),
        Ending::Error => {
            writeln!(out, "><error type=\"{}\" message=\"{message}\">{details}</error></testcase>", case.kind)
        }
    };
}

/// Text in XML: characters that XML does not know have become visible marks first.
pub fn xml(text: &str) -> String {
    let mut out = String::new();
    for c in SafeText::new(text).as_str().chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
