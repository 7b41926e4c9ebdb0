//! The report for people, safe to print: every string that comes from the repository is `SafeText`.

use std::fmt::Write as _;

use super::excerpt::Sources;
use super::history::life_text;
use crate::model::{
    Baseline, Confidence, DiffLine, DiffLineKind, Finding, Lifecycle, Location, Origin, OriginKind, Report,
    Severity, Status, Unread, Verdict,
};
use crate::text::{SafeText, fit, skip_columns, wrap};

/// Cells of a source line where nobody says how wide a line may be.
const LINE: usize = 200;
/// Before a source line: its number and a rule.
const GUTTER: usize = 12;

fn safe(text: &str) -> SafeText {
    SafeText::prose(text)
}

/// What the text is written on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Page<'s> {
    /// Where the lines that a place covers are taken from.
    pub sources: Option<&'s Sources>,
    /// Cells of a line; `None` where nobody cuts it: a file, a pipe.
    pub width: Option<usize>,
}

impl Page<'_> {
    /// A text with its lines moved in.
    fn paragraph(&self, out: &mut String, indent: usize, text: &SafeText) {
        let lines = match self.width {
            Some(width) => wrap(text, width.saturating_sub(indent).max(20)),
            None => vec![text.clone()],
        };
        for line in lines {
            let _ = writeln!(out, "{:indent$}{line}", "");
        }
    }

    /// The first line of a place, with what it covers underlined.
    fn excerpt(&self, out: &mut String, place: &Location) {
        let excerpt = self.sources.and_then(|sources| sources.excerpt(place, 0));
        let Some(excerpt) = excerpt else { return };
        let Some(line) = excerpt.lines.first() else { return };
        let room = self.width.unwrap_or(LINE).saturating_sub(GUTTER).max(20);
        let (from, to) = line.mark.unwrap_or_default();
        // A long line is shown from where the place is in view.
        let skipped = if to <= room { 0 } else { from.saturating_sub(room / 3) };
        let shown = fit(&skip_columns(&line.text, skipped), room);
        let _ = writeln!(out, "    {:>5} | {}", line.number, shown.as_str().trim_end());
        let (from, to) = (from - skipped, (to - skipped).min(room.max(from - skipped + 1)));
        let more = excerpt.lines.len() - 1 + excerpt.hidden;
        let more = if more == 0 { String::new() } else { format!(" and {more} more lines") };
        let _ = writeln!(out, "          | {:from$}{}{more}", "", "^".repeat(to - from));
    }
}

/// The whole report. `origins` runs beside `report.findings`, or is empty.
pub fn text(report: &Report, origins: &[Option<Origin>], page: Page<'_>) -> String {
    let mut out = String::new();
    let mut policy = "";
    // What was there before is counted; who compares wants to see what is new.
    let listed = report.findings.iter().enumerate().filter(|(_, finding)| report.is_new(finding));
    for (at, finding) in listed {
        if finding.policy.id.as_ref() != policy {
            policy = &finding.policy.id;
            if !out.is_empty() {
                out.push('\n');
            }
            heading(&mut out, finding, page);
        }
        write_finding(&mut out, finding, page);
        if let Some(origin) = origins.get(at).and_then(Option::as_ref) {
            let _ = writeln!(out, "    {}", origin_line(origin));
        }
    }
    if let Some(baseline) = &report.baseline {
        section(&mut out, "Fixed", &baseline.fixed, Page { sources: None, ..page });
    }
    section(&mut out, "For review (heuristic, does not gate)", &report.review, page);
    section(
        &mut out,
        "Inconclusive (hangs on what nobody can know before apply)",
        &report.inconclusive,
        page,
    );
    unread(&mut out, "Not read", &report.unparsed);
    unread(&mut out, "Not rendered", &report.not_rendered);
    if !report.not_evaluated.is_empty() {
        let _ = writeln!(out, "Not evaluated");
        for failure in &report.not_evaluated {
            let _ = writeln!(out, "  {}: {}", safe(&failure.policy), safe(&failure.explanation()));
        }
        out.push('\n');
    }
    let problems: Vec<_> =
        report.waivers.iter().filter(|line| line.state != "active" && line.state != "counted").collect();
    if !problems.is_empty() {
        let _ = writeln!(out, "Waivers that do not count");
        for line in problems {
            let _ = writeln!(out, "  {}  {}: {}", safe(&line.id), line.state, safe(&line.causes.join("; ")));
        }
        out.push('\n');
    }
    if !out.is_empty() && !out.ends_with("\n\n") {
        out.push('\n');
    }
    if let Some(baseline) = &report.baseline {
        let _ = writeln!(out, "{}", since(report, baseline));
    }
    let _ = writeln!(out, "{}", summary(report));
    out
}

/// `since a1f3c9e012 (2026-03-02): 2 new, 1 fixed, 61 known`
pub(super) fn since(report: &Report, baseline: &Baseline) -> String {
    let commit = &baseline.commit;
    let (short, day) = (commit.id.get(..10).unwrap_or(""), commit.date.get(..10).unwrap_or(&commit.date));
    let new = report.findings.iter().filter(|finding| report.is_new(finding)).count();
    let known = report.findings.len() - new;
    let unsure = if baseline.incomplete { "; not all of that commit could be judged" } else { "" };
    format!("since {short} ({day}): {new} new, {} fixed, {known} known{unsure}", baseline.fixed.len())
}

fn heading(out: &mut String, finding: &Finding, page: Page<'_>) {
    let policy = &finding.policy;
    let _ = writeln!(out, "{}  {}", safe(&policy.id), safe(&policy.title));
    if !policy.remediation.is_empty() {
        page.paragraph(out, 2, &safe(&format!("fix: {}", policy.remediation.trim_end().replace('\n', " "))));
    }
}

fn write_finding(out: &mut String, finding: &Finding, page: Page<'_>) {
    let at = &finding.location;
    let _ = writeln!(
        out,
        "  {:<8}  {}  {}{}",
        finding.severity,
        place(at),
        SafeText::new(&finding.resource),
        how_placed(finding.confidence),
    );
    page.excerpt(out, at);
    page.paragraph(out, 4, &safe(&finding.message));
    if let Some(waiver) = &finding.waiver {
        let until = waiver.expires_at.get(..10).unwrap_or(&waiver.expires_at);
        let mark = if finding.status == Status::Waived { "waived" } else { "not waived" };
        let _ = write!(out, "    {mark}: {} is {}, until {until}", safe(&waiver.id), waiver.state);
        let _ = write!(out, ", by {}", safe(&waiver.requester));
        if !waiver.approvers.is_empty() {
            let _ = write!(out, ", approved by {}", safe(&waiver.approvers.join(", ")));
        }
        let _ = writeln!(out, ": {}", safe(&waiver.reason));
        for cause in &waiver.causes {
            let _ = writeln!(out, "      {}", safe(cause));
        }
    }
    let _ = writeln!(out, "    {}", finding.fingerprint);
}

/// `path:line:column`; a repository without files has no place.
fn place(at: &Location) -> SafeText {
    if at.path.is_empty() {
        return SafeText::new("no file");
    }
    SafeText::new(&at.path).with(&format!(":{}:{}", at.start.line, at.start.column))
}

/// What a reader must know of a place that no policy gave.
fn how_placed(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::PathGiven => "",
        Confidence::TestedAndNamed => "  (place: tested)",
        Confidence::Absence => "  (place: missing here)",
        Confidence::Block => "  (place: block)",
        Confidence::Subject => "  (place: subject)",
    }
}

fn section(out: &mut String, title: &str, findings: &[Finding], page: Page<'_>) {
    if findings.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    for finding in findings {
        let at = &finding.location;
        let _ = writeln!(
            out,
            "  {}  {}  {}{}",
            safe(&finding.policy.id),
            place(at),
            SafeText::new(&finding.resource),
            how_placed(finding.confidence),
        );
        page.excerpt(out, at);
        page.paragraph(out, 4, &safe(&finding.message));
    }
}

fn unread(out: &mut String, title: &str, entries: &[Unread]) {
    if entries.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    for entry in entries {
        let line = entry.line.map(|line| format!(":{line}")).unwrap_or_default();
        let _ = writeln!(out, "  {}{line}: {}", SafeText::new(&entry.path), safe(&entry.reason));
    }
    out.push('\n');
}

/// One line that never looks cleaner than the audit was.
pub(super) fn summary(report: &Report) -> String {
    let by: Vec<String> = Severity::ALL
        .into_iter()
        .map(|severity| (severity, report.open_by_severity(severity)))
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{count} {severity}"))
        .collect();
    let open = report.open().count();
    let mut parts = vec![if open == 0 {
        "no open findings".to_owned()
    } else {
        format!("{open} open ({})", by.join(", "))
    }];
    for (count, what) in [
        (report.waived(), "waived"),
        (report.review.len(), "for review"),
        (report.inconclusive.len(), "inconclusive"),
        (report.not_rendered.len(), "not rendered"),
        (report.unparsed.len(), "NOT READ"),
        (report.not_evaluated.len(), "NOT EVALUATED"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    let verdict = if report.incomplete() { "INCOMPLETE: " } else { "" };
    format!(
        "{verdict}{}; {} policies over {} documents of {} files",
        parts.join(", "),
        report.policy_count,
        report.documents,
        report.files
    )
}

/// `introduced a1f3c9e 2026-03-02 by Mara: Add the notebook`
fn origin_line(origin: &Origin) -> String {
    let what = match origin.kind {
        OriginKind::Introduced => "introduced",
        OriginKind::Root => "there since the first commit",
        OriginKind::HistoryCut => "there since the oldest commit of this clone",
        OriginKind::Uncommitted => return "not committed yet: it comes from the work tree".to_owned(),
    };
    let Some(commit) = &origin.commit else { return what.to_owned() };
    let short = commit.id.get(..10).unwrap_or(&commit.id);
    let day = commit.date.get(..10).unwrap_or(&commit.date);
    format!("{what} {short} {day} by {}: {}", safe(&commit.author), safe(&commit.subject))
}

/// A finding with where it comes from and what happened to it, or why that cannot be told.
#[derive(Debug)]
pub struct Traced<'r> {
    pub finding: &'r Finding,
    pub origin: Result<Origin, String>,
    /// `None` where no commit has it.
    pub life: Result<Option<Lifecycle>, String>,
}

/// For people.
pub fn traced_text(traced: &Traced<'_>) -> String {
    let mut out = match &traced.origin {
        Ok(origin) => origin_text(traced.finding, origin),
        Err(error) => format!("{}: {}\n", traced.finding.fingerprint, safe(error)),
    };
    match &traced.life {
        Ok(Some(life)) => {
            let _ = write!(out, "  life\n{}", life_text(life));
        }
        Ok(None) => {}
        Err(error) => {
            let _ = writeln!(out, "  life: {}", safe(error));
        }
    }
    out
}

/// A finding's origin with the diff that introduced it.
pub fn origin_text(finding: &Finding, origin: &Origin) -> String {
    let mut out = String::new();
    let at = &finding.location;
    let _ = writeln!(
        out,
        "{}  {}  {}:{}  {}",
        safe(&finding.policy.id),
        finding.severity,
        SafeText::new(&at.path),
        at.start.line,
        SafeText::new(&finding.resource)
    );
    let _ = writeln!(out, "  {}", safe(&finding.message));
    let _ = writeln!(out, "  {}", origin_line(origin));
    if let Some(commit) = &origin.commit {
        let _ = writeln!(
            out,
            "  author {} <{}>, {}, committed {}",
            safe(&commit.author),
            safe(&commit.email),
            safe(&origin.identity()),
            safe(&commit.date)
        );
    }
    if let Some(merge) = &origin.merged_by {
        let short = merge.id.get(..10).unwrap_or(&merge.id);
        let _ = writeln!(out, "  merged by {short}: {}", safe(&merge.subject));
    }
    let before = origin.flip.before.map_or("no commit before", Verdict::as_str);
    let after = origin.flip.after.as_str();
    let _ = writeln!(out, "  verdict before: {before}, after: {after}");
    let _ = writeln!(out, "  {} states of its files were evaluated", origin.evaluated);
    for note in &origin.notes {
        let _ = writeln!(out, "  note: {}", safe(note));
    }
    out.push_str(&diff_text(&origin.flip.diff));
    out
}

/// A diff, with `>` before the lines that touch what the verdict rests on.
fn diff_text(diff: &[DiffLine]) -> String {
    let mut out = String::new();
    if diff.iter().any(|line| line.cause) {
        out.push_str("  change (> touches what the verdict rests on)\n");
    }
    let mut path = "";
    for line in diff {
        if line.path != path {
            path = &line.path;
            let _ = writeln!(out, "  --- {}", SafeText::new(path));
        }
        let sign = match line.kind {
            DiffLineKind::Hunk => "",
            DiffLineKind::Context => " ",
            DiffLineKind::Added => "+",
            DiffLineKind::Removed => "-",
        };
        let mark = if line.cause { ">" } else { " " };
        let _ = writeln!(out, "{mark} {sign}{}", SafeText::new(&line.text));
    }
    out
}
