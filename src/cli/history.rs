//! `probity history`: posture over time, commit by commit.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::args::{HistoryFormat, HistoryOptions};
use super::exit;
use super::failure::Failure;
use crate::audit::history::Scope;
use crate::audit::{Audit, History, Progress};
use crate::model::Posture;
use crate::report;
use crate::waiver::Timestamp;

pub fn run(options: &HistoryOptions) -> Result<u8, Failure> {
    let mut what = options.what.clone();
    what.only.extend(options.policy.clone());
    // As `git -C` does it: what is named beside is named from there.
    let path = options.path.iter().fold(options.repository.clone(), |from, path| from.join(path));
    let audit = what.open(&path, None)?;
    let history = walk(&audit, options.past.scope())?;
    let mut posture = posture(&audit, &history);
    if let Some(since) = &options.since {
        let since =
            Timestamp::from_person(since).map_err(|error| Failure::Usage(format!("--since: {error}")))?;
        posture.lines.retain(|line| line.commit.seconds >= since.seconds());
    }
    let text = match options.format {
        HistoryFormat::Text => report::posture_text(&posture),
        HistoryFormat::Json => report::posture_json(&posture),
        HistoryFormat::Csv => report::posture_csv(&posture),
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(if posture.notes.is_empty() { exit::CLEAN } else { exit::INCOMPLETE })
}

/// Walks the history with a progress bar on a terminal.
pub fn walk(audit: &Audit, scope: Scope) -> Result<History, Failure> {
    let mut bar = Bar::new();
    let history = audit.history(scope, &AtomicBool::new(false), &mut |progress| bar.show(progress));
    bar.clear();
    Ok(history?)
}

pub fn posture(audit: &Audit, history: &History) -> Posture {
    let lines = history.posture();
    Posture {
        head: history.commits.last().map(|row| row.info.id.clone()).unwrap_or_default(),
        policy_digest: audit.policy_digest(),
        policy_count: audit.policies().len(),
        open: lines.last().map(|line| line.open).unwrap_or_default(),
        lines,
        notes: history.notes.clone(),
    }
}

/// One line that is written over, on standard error and only where somebody looks at it.
struct Bar {
    shown: bool,
    on: bool,
    drawn: Instant,
}

impl Bar {
    fn new() -> Self {
        Self { shown: false, on: std::io::stderr().is_terminal(), drawn: Instant::now() }
    }

    fn show(&mut self, Progress { done, total }: Progress) {
        const WIDTH: usize = 30;
        // Short work needs none.
        let wait = if self.shown { 50 } else { 300 };
        if !self.on || self.drawn.elapsed().as_millis() < wait || total == 0 {
            return;
        }
        (self.shown, self.drawn) = (true, Instant::now());
        let filled = done * WIDTH / total;
        let bar: String = (0..WIDTH).map(|at| if at < filled { '#' } else { '.' }).collect();
        eprint!("\r[{bar}] {done} of {total} commits");
    }

    fn clear(&self) {
        if self.shown {
            eprint!("\r{:60}\r", "");
        }
    }
}
