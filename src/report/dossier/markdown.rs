//! The document as GitHub-flavoured Markdown, <https://github.github.com/gfm/>. Nothing of the repository becomes markup.

use std::fmt::Write as _;

use super::{Block, Cell};
use crate::report::markdown::{name, words as escaped};
use crate::text::SafeText;

pub(super) fn write(title: &str, blocks: &[Block]) -> String {
    let mut out = format!("# {}\n", escaped(title));
    for block in blocks {
        out.push('\n');
        one(&mut out, block);
    }
    out
}

fn value(cell: &Cell) -> String {
    match cell {
        Cell::Code(text) => name(text),
        Cell::Text(text) => escaped(text),
        Cell::Severity(severity) => severity.to_string(),
        Cell::Outcome(outcome) => outcome.as_str().to_owned(),
        Cell::Links(links) => links.iter().map(|(text, _)| escaped(text)).collect::<Vec<_>>().join(", "),
    }
}

fn one(out: &mut String, block: &Block) {
    match block {
        Block::Heading(level, _, text) => {
            let _ = writeln!(out, "{} {}", "#".repeat(usize::from(*level)), escaped(text));
        }
        Block::Text(text) => {
            let _ = writeln!(out, "{}", escaped(text));
        }
        Block::Caution(text) => {
            let _ = writeln!(out, "> **Incomplete:** {}", escaped(text));
        }
        Block::List(items) => {
            for item in items {
                let _ = writeln!(out, "- {}", escaped(item));
            }
        }
        Block::Facts(facts) => {
            for (name, cell) in facts {
                let _ = writeln!(out, "- {}: {}", escaped(name), value(cell));
            }
        }
        Block::Table { caption, heads, rows } => {
            let _ = writeln!(out, "{}\n\n| {} |", escaped(caption), heads.join(" | "));
            let _ = writeln!(out, "|{}", " --- |".repeat(heads.len()));
            for row in rows {
                let cells: Vec<String> = row.iter().map(value).collect();
                let _ = writeln!(out, "| {} |", cells.join(" | "));
            }
        }
        Block::Source(excerpt) => {
            let lines: Vec<String> = excerpt
                .lines
                .iter()
                .map(|line| {
                    let mark = if line.mark.is_some() { '>' } else { ' ' };
                    format!("{mark}{:>5} {}", line.number, line.text)
                })
                .collect();
            fenced(out, &lines);
        }
        Block::Commands(lines) => {
            fenced(out, &lines.iter().map(|line| SafeText::new(line).to_string()).collect::<Vec<_>>());
        }
        // The table after it has the numbers.
        Block::Posture(_) => out.push_str("The picture is in the HTML report; the table has its numbers.\n"),
    }
}

/// Lines that nothing in them can end.
fn fenced(out: &mut String, lines: &[String]) {
    let longest = lines.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = writeln!(out, "{fence}text");
    for line in lines {
        let _ = writeln!(out, "{line}");
    }
    let _ = writeln!(out, "{fence}");
}
