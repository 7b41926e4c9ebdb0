//! A comment for a pull request in GitHub-flavoured Markdown, <https://github.github.com/gfm/>; GitLab and Gitea show it
//! too. What is new comes first, then the counts, then what was waived and what is missing.
//!
//! Nothing of the repository becomes markup, a link or a mention. The services refuse comments of more than 65,536
//! characters, so each table has a share of that, and says how many rows it left out.

use std::fmt::Write as _;

use super::gaps::gaps;
use super::text::{since, summary};
use crate::model::{Finding, Report, Severity, Status};
use crate::text::{Mode, SafeText};

/// Bytes that each table may take. Together with the head and the counts they stay below 65,000.
const NEW: usize = 30_000;
const WAIVED: usize = 11_000;
const MISSING: usize = 11_000;
const UNDECIDED: usize = 9_000;
/// Characters of one cell, so that no text of the repository can push all others out.
const CELL: usize = 300;

/// The comment. A bot finds its earlier one by the first line, which readers do not see.
pub fn markdown_comment(report: &Report) -> String {
    let mut out = format!("<!-- probity -->\n## Probity\n\n{}\n", summary(report));
    if let Some(baseline) = &report.baseline {
        let _ = writeln!(out, "\n{}", since(report, baseline));
    }
    let compared = report.baseline.is_some();
    let new = report.open().filter(|finding| report.is_new(finding)).map(|finding| {
        row(&[finding.severity.to_string(), policy(finding), place(finding), cell(&finding.message)])
    });
    let title = if compared { "New" } else { "Open" };
    table(&mut out, title, &["severity", "policy", "where", "what"], new.collect(), NEW);
    counts(&mut out, report);
    let waived = report.findings.iter().filter(|finding| finding.status == Status::Waived).map(|finding| {
        let waiver = finding.waiver.clone().unwrap_or_default();
        let until = waiver.expires_at.get(..10).unwrap_or(&waiver.expires_at);
        let asked = if waiver.approvers.is_empty() { "requested by " } else { "approved by " };
        let persons =
            if waiver.approvers.is_empty() { &waiver.requester } else { &waiver.approvers.join(", ") };
        row(&[
            cell(until),
            policy(finding),
            place(finding),
            format!("{} ({asked}{})", cell(&waiver.reason), cell(persons)),
        ])
    });
    table(&mut out, "Waived", &["until", "policy", "where", "why"], waived.collect(), WAIVED);
    let missing = gaps(report).into_iter().map(|gap| {
        let line = gap.line.map(|line| format!(":{line}")).unwrap_or_default();
        row(&[gap.kind.to_owned(), code(&format!("{}{line}", gap.subject)), cell(&gap.reason)])
    });
    table(&mut out, "Not read or not evaluated", &["what", "where", "why"], missing.collect(), MISSING);
    let undecided = report.inconclusive.iter().chain(&report.review).map(|finding| {
        row(&[finding.verdict.as_str().to_owned(), policy(finding), place(finding), cell(&finding.message)])
    });
    let unrendered = report.not_rendered.iter().map(|template| {
        row(&["not rendered".to_owned(), String::new(), code(&template.path), cell(&template.reason)])
    });
    let rows = undecided.chain(unrendered).collect();
    table(&mut out, "Undecided", &["verdict", "policy", "where", "why"], rows, UNDECIDED);
    out
}

fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// A heading and as many rows as fit; nothing where there is nothing to say.
fn table(out: &mut String, title: &str, heads: &[&str], rows: Vec<String>, share: usize) {
    if rows.is_empty() {
        return;
    }
    let _ = write!(out, "\n### {title}\n\n| {} |\n|{}\n", heads.join(" | "), " --- |".repeat(heads.len()));
    let (mut used, mut left_out) = (0, 0);
    for row in rows {
        if used + row.len() > share {
            left_out += 1;
        } else {
            used += row.len();
            out.push_str(&row);
        }
    }
    if left_out > 0 {
        let _ = writeln!(out, "\n{left_out} more were left out: a comment has room for no more.");
    }
}

fn counts(out: &mut String, report: &Report) {
    let of = |keep: &dyn Fn(&Finding) -> bool| {
        let counts = Severity::ALL.map(|severity| {
            let kept = report.findings.iter().filter(|finding| finding.severity == severity && keep(finding));
            kept.count().to_string()
        });
        counts.to_vec()
    };
    let open = |finding: &Finding| finding.status == Status::Open;
    let _ = writeln!(
        out,
        "\n### Counts\n\n| | critical | high | medium | low |\n| --- | --- | --- | --- | --- |"
    );
    let mut line = |name: &str, counts: Vec<String>| {
        out.push_str(&row(&[vec![name.to_owned()], counts].concat()));
    };
    if report.baseline.is_some() {
        line("new", of(&|finding| open(finding) && report.is_new(finding)));
        line("known", of(&|finding| open(finding) && !report.is_new(finding)));
    } else {
        line("open", of(&open));
    }
    line("waived", of(&|finding| !open(finding)));
}

fn policy(finding: &Finding) -> String {
    code(&finding.policy.id)
}

fn place(finding: &Finding) -> String {
    let at = &finding.location;
    format!("{}<br>{}", code(&format!("{}:{}", at.path, at.start.line)), code(&finding.resource))
}

/// A path or a name. An element and not backticks, because a code span in a table can be broken out of.
fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(&SafeText::capped(text, Mode::Code, CELL)))
}

/// All of a text, with nothing of it as markup.
pub(super) fn words(text: &str) -> String {
    escaped(&SafeText::prose(text))
}

/// All of a path or a name, as [`code`] has it.
pub(super) fn name(text: &str) -> String {
    format!("<code>{}</code>", escaped(&SafeText::new(text)))
}

fn cell(text: &str) -> String {
    escaped(&SafeText::capped(text, Mode::Prose, CELL))
}

/// Markup is escaped. Mentions, references and bare links are found in the text that is left after that, so a character
/// without width takes those apart.
fn escaped(text: &SafeText) -> String {
    let mut out = String::with_capacity(text.as_str().len());
    let mut before = ' ';
    let mut rest = text.as_str().chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '<' | '>' | '&' | '|' | '`' => drop(write!(out, "&#{};", u32::from(c))),
            '\\' | '*' | '_' | '[' | ']' | '!' | '#' | '~' | '$' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        let links = c == ':' && rest.peek() == Some(&'/') || c == '.' && matches!(before, 'w' | 'W');
        if links || matches!(c, '@' | '#') {
            out.push_str("&#8203;");
        }
        before = c;
    }
    out
}
