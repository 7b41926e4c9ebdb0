//! `probity policy test`: a suite's results for people, scripts and CI.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::cli::args::{TestFormat, TestRunOptions};
use crate::cli::exit;
use crate::cli::failure::Failure;
use crate::policy::{
    FileCoverage, TestOptions, TestOutcome, TestReport, TestResult, TestSuite, load_data, percentage,
};
use crate::report::xml;
use crate::text::SafeText;

pub(super) fn run(options: &TestRunOptions) -> Result<(String, u8), Failure> {
    let suite = match &options.path {
        Some(path) => {
            let isolation = crate::cli::isolation()?;
            let data = load_data(&options.data).map_err(Failure::Usage)?;
            TestSuite::load(path, &data, &isolation).map_err(Failure::Usage)?
        }
        None => TestSuite::builtin(),
    };
    let run = options.run.as_deref().map(regex::Regex::new).transpose();
    let run = run.map_err(|error| Failure::Usage(format!("--run: {error}")))?;
    let report = suite.run(&TestOptions { run, coverage: options.coverage || options.threshold.is_some() });
    if report.results.is_empty() {
        let none = match &options.run {
            Some(run) => format!("no test matches `{run}`"),
            None => "no test: rules named test_* in *_test.rego".to_owned(),
        };
        return Err(Failure::Usage(none));
    }
    let text = match options.format {
        TestFormat::Text => text(&report, options.verbose),
        TestFormat::Json => format!("{:#}\n", as_json(&report)),
        TestFormat::Junit => junit(&report),
    };
    let (failed, errors) = (count(&report, "fail"), count(&report, "error"));
    let covered = report.coverage.as_deref().map_or(100.0, percentage);
    let code = match (failed, errors) {
        (0, 0) if options.threshold.is_some_and(|least| covered < least) => exit::FINDINGS,
        (0, 0) => exit::CLEAN,
        (0, _) => exit::INCOMPLETE,
        _ => exit::FINDINGS,
    };
    Ok((text, code))
}

fn word(outcome: &TestOutcome) -> &'static str {
    match outcome {
        TestOutcome::Passed => "pass",
        TestOutcome::Failed(_) => "fail",
        TestOutcome::Skipped => "skip",
        TestOutcome::Error(_) => "error",
    }
}

fn count(report: &TestReport, wanted: &str) -> usize {
    report.results.iter().filter(|result| word(&result.outcome) == wanted).count()
}

/// `file:line`, or the file alone where no line is meant.
fn place(file: &str, line: u32) -> SafeText {
    let file = SafeText::new(file);
    if line == 0 { file } else { file.with(&format!(":{line}")) }
}

/// What is to be said of a failure, a line each.
fn reasons(result: &TestResult) -> Vec<SafeText> {
    match &result.outcome {
        TestOutcome::Failed(Some(why)) => {
            let lines = why.statement.lines().map(str::trim_end);
            let mut out = Vec::new();
            if why.line > 0 {
                out.push(SafeText::new(&format!("line {}:", why.line)));
            }
            out.extend(lines.map(|line| SafeText::new(&format!("  {}", line.replace('\t', "    ")))));
            if let Some((left, right)) = &why.sides {
                out.push(SafeText::new(&format!("left:  {left}")));
                out.push(SafeText::new(&format!("right: {right}")));
            }
            out
        }
        TestOutcome::Failed(None) => vec![SafeText::new("false or undefined")],
        TestOutcome::Error(reason) => vec![SafeText::prose(reason)],
        TestOutcome::Passed | TestOutcome::Skipped => Vec::new(),
    }
}

fn text(report: &TestReport, verbose: bool) -> String {
    let mut out = String::new();
    for result in &report.results {
        let label = match word(&result.outcome) {
            "pass" if !verbose => continue,
            "pass" => "PASS",
            "fail" => "FAIL",
            "skip" => "SKIPPED",
            _ => "ERROR",
        };
        let took =
            if verbose { format!(" ({:.1} ms)", result.took.as_secs_f64() * 1e3) } else { String::new() };
        let _ = writeln!(
            out,
            "{}\n  {}: {label}{took}",
            place(&result.file, result.line),
            SafeText::new(&result.name)
        );
        for reason in reasons(result) {
            let _ = writeln!(out, "    {reason}");
        }
    }
    for rule in &report.untested {
        let _ = writeln!(
            out,
            "{}: {} is used by no test",
            place(&rule.file, rule.line),
            SafeText::new(&rule.name)
        );
    }
    for file in report.coverage.iter().flatten() {
        let missing = ranges(file);
        let missing = if missing.is_empty() { String::new() } else { format!("  not covered: {missing}") };
        let own = percentage(std::slice::from_ref(file));
        let _ = writeln!(out, "{own:>5.1} %  {}{missing}", SafeText::new(&file.file));
    }
    if let Some(files) = &report.coverage {
        let _ = writeln!(out, "{:>5.1} %  of all lines", percentage(files));
    }
    let skipped = match count(report, "skip") {
        0 => String::new(),
        skipped => format!(", SKIPPED: {skipped}"),
    };
    let _ = writeln!(
        out,
        "PASS: {}/{}, FAIL: {}, ERROR: {}{skipped}",
        count(report, "pass"),
        report.results.len(),
        count(report, "fail"),
        count(report, "error"),
    );
    out
}

/// `3-5, 9`
fn ranges(file: &FileCoverage) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for line in &file.not_covered {
        match runs.last_mut() {
            Some((_, last)) if last.saturating_add(1) == *line => *last = *line,
            _ => runs.push((*line, *line)),
        }
    }
    let shown = |(first, last): &(u32, u32)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    runs.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// Without times: the same tests give the same bytes.
fn as_json(report: &TestReport) -> Json {
    let tests: Vec<Json> = report
        .results
        .iter()
        .map(|result| {
            let mut entry = json!({"name": result.name, "outcome": word(&result.outcome),
                "location": {"file": result.file, "line": result.line}});
            if let Some(map) = entry.as_object_mut() {
                match &result.outcome {
                    TestOutcome::Failed(Some(why)) => {
                        let mut failure = json!({"line": why.line, "statement": why.statement});
                        if let (Some(failure), Some((left, right))) = (failure.as_object_mut(), &why.sides) {
                            failure.insert("left".to_owned(), json!(left));
                            failure.insert("right".to_owned(), json!(right));
                        }
                        map.insert("failure".to_owned(), failure);
                    }
                    TestOutcome::Error(reason) => drop(map.insert("error".to_owned(), json!(reason))),
                    _ => {}
                }
            }
            entry
        })
        .collect();
    let untested: Vec<Json> = report
        .untested
        .iter()
        .map(|rule| json!({"name": rule.name, "location": {"file": rule.file, "line": rule.line}}))
        .collect();
    let mut out = json!({
        "schema": "probity.policy-test/v1",
        "summary": {"pass": count(report, "pass"), "fail": count(report, "fail"),
            "error": count(report, "error"), "skip": count(report, "skip")},
        "tests": tests,
        "untested": untested,
    });
    if let (Some(files), Some(map)) = (&report.coverage, out.as_object_mut()) {
        let each: Vec<Json> = files
            .iter()
            .map(|file| json!({"file": file.file, "covered": file.covered, "not_covered": file.not_covered}))
            .collect();
        // One decimal: a fraction's last digits mean nothing.
        let percent = (percentage(files) * 10.0).round() / 10.0;
        map.insert("coverage".to_owned(), json!({"percent": percent, "files": each}));
    }
    out
}

/// A suite for each file, as CI servers read it.
fn junit(report: &TestReport) -> String {
    let mut files: Vec<&str> = report.results.iter().map(|result| result.file.as_str()).collect();
    files.dedup();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{}\" failures=\"{}\" errors=\"{}\">\n",
        report.results.len(),
        count(report, "fail"),
        count(report, "error"),
    );
    for file in files {
        let own: Vec<&TestResult> = report.results.iter().filter(|result| result.file == file).collect();
        let of = |wanted: &str| own.iter().filter(|result| word(&result.outcome) == wanted).count();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
            xml(file),
            own.len(),
            of("fail"),
            of("error"),
            of("skip"),
        );
        for result in own {
            let (class, name) = result.name.rsplit_once('.').unwrap_or(("", &result.name));
            let _ = write!(out, "    <testcase classname=\"{}\" name=\"{}\"", xml(class), xml(name));
            let place = format!("{}:{}", xml(file), result.line);
            let said = reasons(result).into_iter().map(|line| xml(line.as_str()));
            let said = std::iter::once(place).chain(said).collect::<Vec<_>>().join("\n");
            let _ = match &result.outcome {
                TestOutcome::Passed => writeln!(out, "/>"),
                TestOutcome::Skipped => writeln!(out, "><skipped/></testcase>"),
                TestOutcome::Failed(_) => {
                    writeln!(out, "><failure message=\"the test is not true\">{said}</failure></testcase>")
                }
                TestOutcome::Error(_) => {
                    writeln!(
                        out,
                        "><error message=\"the test could not be evaluated\">{said}</error></testcase>"
                    )
                }
            };
        }
        let _ = writeln!(out, "  </testsuite>");
    }
    out.push_str("</testsuites>\n");
    out
}
