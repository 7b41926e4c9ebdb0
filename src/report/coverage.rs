//! The matrix framework x control x policy x verdict, as text, JSON and Markdown.

use std::fmt::Write as _;

use serde::Serialize;

use crate::model::{ControlLine, FrameworkLine, Matrix, Outcome, PolicyLine, Report, RepositoryInfo};
use crate::text::SafeText;

/// What of the matrix is written.
#[derive(Debug, Clone, Copy, Default)]
pub struct CoverageChoice<'c> {
    /// Only the framework with this code.
    pub framework: Option<&'c str>,
    /// Also controls that no policy gives evidence for.
    pub all: bool,
}

impl CoverageChoice<'_> {
    fn frameworks<'m>(&'m self, matrix: &'m Matrix) -> impl Iterator<Item = &'m FrameworkLine> {
        let wanted = |line: &&FrameworkLine| self.framework.is_none_or(|code| line.code == code);
        matrix.frameworks.iter().filter(wanted).filter(|line| self.all || line.covered().next().is_some())
    }

    fn controls<'m>(&'m self, line: &'m FrameworkLine) -> impl Iterator<Item = &'m ControlLine> {
        line.controls.iter().filter(|control| self.all || control.outcome.is_some())
    }
}

/// Says first what was not read: a pass holds for the rest only.
fn caution(report: &Report) -> Vec<String> {
    let mut out = Vec::new();
    let mut say = |count: usize, what: &str| {
        if count > 0 {
            out.push(format!("{count} {what}"));
        }
    };
    say(report.unparsed.len(), "files or parts of files could not be read: a pass says nothing of them");
    say(report.not_evaluated.len(), "policies could not be evaluated or loaded");
    say(report.not_rendered.len(), "templates were not rendered, so not judged");
    out
}

/// `3 fail, 9 pass, 41 apply later`, worst first.
fn counts(line: &FrameworkLine) -> String {
    let mut parts: Vec<String> = Outcome::ALL
        .into_iter()
        .map(|outcome| (line.count(outcome), outcome.as_str()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if line.later() > 0 {
        parts.push(format!("{} apply later", line.later()));
    }
    parts.join(", ")
}

/// `fail`, `no policy`
fn verdict(control: &ControlLine) -> &'static str {
    control.outcome.map_or("no policy", Outcome::as_str)
}

/// `applies from 2027-12-02`
fn later(control: &ControlLine) -> Option<String> {
    let doubt = if control.date_verified { "" } else { " (date not verified)" };
    control.applies_from.as_ref().map(|date| format!("applies from {date}{doubt}"))
}

/// What stands behind a policy's verdict, in a few words.
fn because(line: &PolicyLine) -> String {
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    match line.outcome {
        Outcome::NotApplicable | Outcome::NotEvaluated => line.reason.clone(),
        Outcome::Pass => plural(line.units, "unit"),
        _ => format!("{} in {}", plural(line.findings, "finding"), plural(line.units, "unit")),
    }
}

/// For people.
pub fn coverage_text(report: &Report, choice: &CoverageChoice<'_>) -> String {
    let matrix = &report.controls;
    let mut out = String::new();
    for line in caution(report) {
        let _ = writeln!(out, "incomplete: {line}");
    }
    for framework in choice.frameworks(matrix) {
        let covered = framework.covered().count();
        let _ = writeln!(
            out,
            "\n{}  {} {}\n  {covered} of {} controls have a policy: {}\n",
            SafeText::new(&framework.code),
            SafeText::prose(&framework.name),
            SafeText::prose(&framework.version),
            framework.controls.len(),
            counts(framework),
        );
        for control in choice.controls(framework) {
            let date = later(control).map_or_else(String::new, |later| format!("  [{later}]"));
            let _ = writeln!(
                out,
                "  {:<14} {:<14} {}{date}",
                SafeText::new(&control.id).as_str(),
                verdict(control),
                SafeText::prose(&control.title),
            );
            for line in matrix.of(control) {
                let _ = writeln!(
                    out,
                    "    {:<12} {:<14} {}",
                    SafeText::new(&line.policy).as_str(),
                    line.outcome.as_str(),
                    SafeText::prose(&because(line))
                );
            }
        }
    }
    out
}

#[derive(Serialize)]
struct Document<'r> {
    schema: &'static str,
    repository: &'r RepositoryInfo,
    incomplete: bool,
    caution: Vec<String>,
    policies: &'r [PolicyLine],
    frameworks: Vec<FrameworkEntry<'r>>,
}

#[derive(Serialize)]
struct FrameworkEntry<'r> {
    code: &'r str,
    name: &'r str,
    version: &'r str,
    controls: Vec<ControlEntry<'r>>,
}

#[derive(Serialize)]
struct ControlEntry<'r> {
    #[serde(flatten)]
    line: &'r ControlLine,
    policies: Vec<&'r str>,
}

/// `probity.policy-coverage/v1`. `outcome` is null where no policy gives evidence; `applies_from` is null once the
/// day has come.
pub fn coverage_json(report: &Report, choice: &CoverageChoice<'_>) -> String {
    let matrix = &report.controls;
    let frameworks = choice.frameworks(matrix).map(|framework| FrameworkEntry {
        code: &framework.code,
        name: &framework.name,
        version: &framework.version,
        controls: choice
            .controls(framework)
            .map(|line| ControlEntry { line, policies: matrix.of(line).map(|p| p.policy.as_ref()).collect() })
            .collect(),
    });
    let document = Document {
        schema: "probity.policy-coverage/v1",
        repository: &report.repository,
        incomplete: report.incomplete(),
        caution: caution(report),
        policies: &matrix.policies,
        frameworks: frameworks.collect(),
    };
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// For a wiki or a pull request.
pub fn coverage_markdown(report: &Report, choice: &CoverageChoice<'_>) -> String {
    let matrix = &report.controls;
    let mut out = String::from("# Controls\n");
    for line in caution(report) {
        let _ = write!(out, "\n> Incomplete: {line}.\n");
    }
    for framework in choice.frameworks(matrix) {
        let _ = write!(
            out,
            "\n## {} ({})\n\n{}, {} of {} controls have a policy: {}.\n\n| control | verdict | policies |\n|---|---|---|\n",
            markdown(&framework.name),
            markdown(&framework.code),
            markdown(&framework.version),
            framework.covered().count(),
            framework.controls.len(),
            counts(framework),
        );
        for control in choice.controls(framework) {
            let policies: Vec<String> = matrix
                .of(control)
                .map(|line| {
                    let why = because(line);
                    let why = if why.is_empty() { why } else { format!(" ({why})") };
                    markdown(&format!("{} {}{why}", line.policy, line.outcome.as_str()))
                })
                .collect();
            let date = later(control).map_or_else(String::new, |later| format!(", {later}"));
            let _ = writeln!(
                out,
                "| {} {} | {}{date} | {} |",
                markdown(&control.id),
                markdown(&control.title),
                verdict(control),
                policies.join("<br>")
            );
        }
    }
    out
}

/// Text that stands for itself in a cell: nothing in it is markup, a link or a line's end.
pub fn markdown(text: &str) -> String {
    let mut out = String::new();
    for c in SafeText::prose(text).as_str().chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '!' | '~' | '&') {
            out.push('\\');
        }
        out.push(if c == '\n' { ' ' } else { c });
    }
    out
}
