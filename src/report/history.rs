//! Posture over time and the lives of findings: for people, for programs, for spreadsheets.

use std::fmt::Write as _;

use serde_json::json;

use crate::model::{
    Backtest, Counts, Difference, Happening, LifeEvent, Lifecycle, Posture, PostureLine, Severity,
};
use crate::text::SafeText;

/// `probity history --format json`: the name of its form.
pub const HISTORY_SCHEMA: &str = "probity.history/v1";
/// The same for `probity policy backtest --format json`.
pub const BACKTEST_SCHEMA: &str = "probity.backtest/v1";

fn safe(text: &str) -> SafeText {
    SafeText::prose(text)
}

/// A line for each commit that changed something, the newest first, and the sums.
pub fn posture_text(posture: &Posture) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{:10}  {:10}  {:>5} {:>5}  {:>5} {:>5} {:>5} {:>5}  commit",
        "", "date", "new", "fixed", "crit", "high", "med", "low"
    );
    for line in posture.lines.iter().rev().filter(|line| line.new.total() + line.fixed.total() > 0) {
        let commit = &line.commit;
        let (short, day) = (commit.id.get(..10).unwrap_or(""), commit.date.get(..10).unwrap_or(&commit.date));
        let open = Severity::ALL.map(|severity| line.open.of(severity));
        let [critical, high, medium, low] = open;
        let _ = writeln!(
            out,
            "{short:10}  {day:10}  {:>5} {:>5}  {critical:>5} {high:>5} {medium:>5} {low:>5}  {}: {}",
            signed('+', line.new.total()),
            signed('-', line.fixed.total()),
            safe(&commit.author),
            safe(&commit.subject)
        );
    }
    out.push('\n');
    for note in &posture.notes {
        let _ = writeln!(out, "note: {}", safe(note));
    }
    let unjudged = posture.lines.iter().filter(|line| line.not_evaluated + line.unparsed > 0).count();
    if unjudged > 0 {
        let _ = writeln!(
            out,
            "note: at {unjudged} commits a policy or a file could not be read: what was found before stands there"
        );
    }
    let changed = posture.lines.iter().filter(|line| line.new.total() + line.fixed.total() > 0).count();
    let _ = writeln!(
        out,
        "{} commits, {changed} of them changed what {} policies find; {} open at the newest{}",
        posture.lines.len(),
        posture.policy_count,
        posture.open.total(),
        by_severity(posture.open)
    );
    out
}

fn signed(sign: char, count: usize) -> String {
    if count == 0 { String::new() } else { format!("{sign}{count}") }
}

fn by_severity(counts: Counts) -> String {
    let parts = Severity::ALL.iter().filter(|severity| counts.of(**severity) > 0);
    let parts: Vec<String> = parts.map(|severity| format!("{} {severity}", counts.of(*severity))).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

/// `{"schema", "head", "policies": {"count", "digest"}, "commits": [...], "notes"}`; every commit, the oldest first.
pub fn posture_json(posture: &Posture) -> String {
    super::json::pretty(&json!({
        "schema": HISTORY_SCHEMA,
        "head": posture.head,
        "policies": {"count": posture.policy_count, "digest": posture.policy_digest},
        "commits": posture.lines,
        "notes": posture.notes,
    }))
}

/// RFC 4180: every commit, the oldest first.
pub fn posture_csv(posture: &Posture) -> String {
    let mut out = String::from(
        "commit,date,author,email,merge,pull_request,new,fixed,open_critical,open_high,open_medium,open_low,not_evaluated,unparsed,subject\r\n",
    );
    for line in &posture.lines {
        let PostureLine { commit, open, .. } = line;
        let [critical, high, medium, low] = Severity::ALL.map(|severity| open.of(severity).to_string());
        let cells = [
            commit.id.clone(),
            commit.date.clone(),
            commit.author.clone(),
            commit.email.clone(),
            line.merge.to_string(),
            line.pull_request.clone().unwrap_or_default(),
            line.new.total().to_string(),
            line.fixed.total().to_string(),
            critical,
            high,
            medium,
            low,
            line.not_evaluated.to_string(),
            line.unparsed.to_string(),
            commit.subject.clone(),
        ];
        out.push_str(&cells.map(|cell| csv_cell(&cell)).join(","));
        out.push_str("\r\n");
    }
    out
}

/// Quoted where it must be. A cell that a spreadsheet would take for a formula gets an apostrophe in front.
/// <https://owasp.org/www-community/attacks/CSV_Injection>
fn csv_cell(text: &str) -> String {
    let text = SafeText::prose(text).to_string();
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// What happened to a finding, the oldest first.
pub fn life_text(life: &Lifecycle) -> String {
    let mut out = String::new();
    for event in &life.events {
        let _ = writeln!(out, "    {}", event_line(event));
    }
    let days = |seconds: i64| seconds / 86_400;
    let state = match life.seconds_to_fix {
        _ if life.open => format!("open, {} days in all", days(life.seconds_open)),
        Some(seconds) => format!("fixed after {} days", days(seconds)),
        None => "not open".to_owned(),
    };
    let cut = if life.cut { "; it may be older than this clone" } else { "" };
    let _ = writeln!(out, "    {state}{cut}");
    out
}

/// `introduced    a1f3c9e012  2026-03-02  Mara: Add the notebook (#7), merged by 0b1c2d3e4f`
pub fn event_line(event: &LifeEvent) -> String {
    let commit = &event.commit;
    let what = happening(event.what);
    let (short, day) = (commit.id.get(..10).unwrap_or(""), commit.date.get(..10).unwrap_or(&commit.date));
    let mut line = format!("{what:13} {short}  {day}  {}: {}", safe(&commit.author), safe(&commit.subject));
    if let Some(merge) = &event.merged_by {
        let _ = write!(line, ", merged by {}", merge.id.get(..10).unwrap_or(""));
    }
    if let Some(number) = &event.pull_request {
        let _ = write!(line, ", request {}", safe(number));
    }
    line
}

/// What policies would have flagged, and what two of them flag differently.
pub fn backtest_text(tests: &[Backtest], difference: Option<&Difference>) -> String {
    let mut out = String::new();
    for test in tests {
        let _ = writeln!(out, "{}  {}", safe(&test.policy), safe(&test.title));
        match &test.first {
            Some(first) => {
                let _ = writeln!(out, "  first hit   {}", event_line(first));
            }
            None => {
                let _ = writeln!(out, "  it would have flagged nothing");
            }
        }
        let _ = writeln!(
            out,
            "  {} findings over {} commits: {} open today, {} fixed, {} of these within {} days",
            test.found, test.commits, test.open, test.fixed, test.fixed_within, test.within_days
        );
        let most = test.by_month.values().max().copied().unwrap_or(1);
        for (month, hits) in &test.by_month {
            let _ = writeln!(out, "  {}  {hits:>5}  {}", safe(month), "#".repeat((hits * 40).div_ceil(most)));
        }
        if test.not_evaluated > 0 {
            let _ = writeln!(
                out,
                "  note: at {} commits it could not be evaluated over everything",
                test.not_evaluated
            );
        }
        for note in &test.notes {
            let _ = writeln!(out, "  note: {}", safe(note));
        }
    }
    if let Some(Difference { both, only_first, only_second }) = difference {
        let _ = writeln!(out, "today both flag {both} subjects");
        for (title, subjects) in [("only the first", only_first), ("only the second", only_second)] {
            let _ = writeln!(out, "{title}: {}", subjects.len());
            for subject in subjects {
                let _ = writeln!(out, "  {}", SafeText::new(subject));
            }
        }
    }
    out
}

/// `{"schema", "backtests": [...], "difference"}`
pub fn backtest_json(tests: &[Backtest], difference: Option<&Difference>) -> String {
    super::json::pretty(&json!({"schema": BACKTEST_SCHEMA, "backtests": tests, "difference": difference}))
}

pub fn happening(what: Happening) -> &'static str {
    match what {
        Happening::Introduced => "introduced",
        Happening::Reintroduced => "reintroduced",
        Happening::Changed => "changed",
        Happening::Moved => "moved",
        Happening::Fixed => "fixed",
    }
}

#[cfg(test)]
mod tests {
    use super::csv_cell;

    #[test]
    fn cells_are_no_formulas_and_stay_cells() {
        assert_eq!(csv_cell("=1+1"), "'=1+1");
        assert_eq!(csv_cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(csv_cell("plain"), "plain");
    }
}
