//! The Dashboard's controls: each framework with how many of its controls fail, pass or do not apply.
//!
//! ```text
//!   framework            controls  fail  unclear  pass  n/a  later
//!   EU AI Act                  14     3        1     9    0      1
//! ```
//! *unclear* is everything between: not evaluated, inconclusive, for review, waived. *later* are controls whose
//! duty does not apply yet. On a low screen the four frameworks with most failing controls stand beside the
//! severities, without the two last columns.

use super::Styled;
use super::canvas::rule;
use crate::model::{FrameworkLine, Outcome};
use crate::theme::Role;
use crate::tui::loaded::FrameworkText;
use crate::tui::state::State;

/// The width of the short table.
pub(super) const BESIDE: usize = 46;

/// Counts of one framework, as the table has them.
pub(in crate::tui) fn counts(line: &FrameworkLine) -> [usize; 6] {
    let unclear = [Outcome::NotEvaluated, Outcome::Inconclusive, Outcome::Review, Outcome::Waived];
    [
        line.covered().count(),
        line.count(Outcome::Fail),
        unclear.into_iter().map(|outcome| line.count(outcome)).sum(),
        line.count(Outcome::Pass),
        line.count(Outcome::NotApplicable),
        line.later(),
    ]
}

fn header(names: &[(&str, usize)], first: usize) -> Styled {
    let mut line = Styled::new().lit(Role::Dim, &format!("{:<first$}", "framework"));
    for (name, width) in names {
        line = line.lit(Role::Dim, &format!("{name:>width$}"));
    }
    line
}

fn row(framework: &FrameworkText, columns: &[(usize, usize)], first: usize) -> Styled {
    let mut line = Styled::new().text(Role::Plain, &framework.name).elided(first).column(first);
    for (index, width) in columns {
        let count = framework.counts.get(*index).copied().unwrap_or(0);
        let role = match (index, count) {
            (_, 0) | (4 | 5, _) => Role::Dim,
            (1, _) => Role::Error,
            (2, _) => Role::Warn,
            (3, _) => Role::Ok,
            _ => Role::Plain,
        };
        line = line.lit(role, &format!("{count:>width$}"));
    }
    line
}

/// The short table: a header and as many frameworks as there are severities, worst first.
pub(super) fn beside(state: &State) -> Vec<Styled> {
    let mut worst: Vec<&FrameworkText> = state.summary.frameworks.iter().collect();
    worst.sort_by_key(|framework| std::cmp::Reverse((framework.counts[1], framework.counts[2])));
    let mut lines = vec![header(&[("controls", 9), ("fail", 6), ("pass", 6), ("n/a", 5)], 20)];
    let columns = [(0, 9), (1, 6), (3, 6), (4, 5)];
    lines.extend(worst.into_iter().take(4).map(|framework| row(framework, &columns, 20)));
    lines
}

/// The whole table, in the catalogue's order.
pub(super) fn panel(state: &State, lines: &mut Vec<Styled>, width: usize) {
    if state.summary.frameworks.is_empty() {
        return;
    }
    lines.push(rule(width, &Styled::new().lit(Role::Title, "controls")));
    let names = [("controls", 9), ("fail", 6), ("unclear", 9), ("pass", 6), ("n/a", 5), ("later", 7)];
    let indent = || Styled::new().lit(Role::Plain, "  ");
    let first = 38_usize.min(width.saturating_sub(46));
    lines.push(indent().join(header(&names, first)).elided(width));
    let columns = [(0, 9), (1, 6), (2, 9), (3, 6), (4, 5), (5, 7)];
    for framework in &state.summary.frameworks {
        lines.push(indent().join(row(framework, &columns, first)).elided(width));
    }
}
