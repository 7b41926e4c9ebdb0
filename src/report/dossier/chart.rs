//! Posture over time as an SVG picture: for each commit a column, its severities on top of each other.
//!
//! Colours come from the page's style, by class; the order, the legend and the table below say the same without them.

use std::fmt::Write as _;

use crate::model::{PostureLine, Severity};

const WIDTH: usize = 900;
const HEIGHT: usize = 240;
const LEFT: usize = 44;
const BOTTOM: usize = 24;
const TOP: usize = 8;
/// Columns at most; of commits that share one, the last counts.
const COLUMNS: usize = 200;

/// `title` names the picture for those who do not see it.
pub(super) fn svg(lines: &[PostureLine], title: &str) -> String {
    let count = lines.len().clamp(1, COLUMNS);
    let columns: Vec<&PostureLine> =
        (1..=count).filter_map(|column| lines.get((column * lines.len() / count).checked_sub(1)?)).collect();
    let most = columns.iter().map(|line| line.open.total()).max().unwrap_or(0).max(1);
    let (wide, high) = (WIDTH - LEFT, HEIGHT - TOP - BOTTOM);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-labelledby=\"chart-title\"><title id=\"chart-title\">{title}</title>\n"
    );
    for part in 0..=2 {
        let y = TOP + high - high * part / 2;
        let _ = writeln!(
            out,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{y}\" y2=\"{y}\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
            LEFT - 6,
            y + 4,
            most * part / 2
        );
    }
    for (at, line) in columns.iter().enumerate() {
        let (x, next) = (LEFT + wide * at / count, LEFT + wide * (at + 1) / count);
        let width = (next - x).max(2) - usize::from(next - x > 4);
        let mut below = 0;
        for severity in Severity::ALL.into_iter().rev() {
            let number = line.open.of(severity);
            if number == 0 {
                continue;
            }
            let (from, to) = (high * below / most, high * (below + number) / most);
            below += number;
            let _ = writeln!(
                out,
                "<rect class=\"{severity}\" x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"{}\"/>",
                TOP + high - to,
                (to - from).max(1)
            );
        }
    }
    if let (Some(first), Some(last)) = (columns.first(), columns.last()) {
        let day = |line: &PostureLine| line.commit.date.get(..10).unwrap_or_default().to_owned();
        let digits =
            |text: String| text.chars().filter(|c| c.is_ascii_digit() || *c == '-').collect::<String>();
        let y = HEIGHT - 6;
        let _ = writeln!(
            out,
            "<text x=\"{LEFT}\" y=\"{y}\">{}</text><text x=\"{WIDTH}\" y=\"{y}\" text-anchor=\"end\">{}</text>",
            digits(day(first)),
            digits(day(last))
        );
    }
    out.push_str("</svg>\n");
    out
}
