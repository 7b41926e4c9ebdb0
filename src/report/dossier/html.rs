//! The document as one HTML file: no script, nothing from outside, and as well-formed as XML.
//!
//! Only this file writes tags, and every text goes through [`escaped`]. The policy in the head lets a browser load and
//! run nothing, not even a style that is not the file's own.

use std::fmt::Write as _;

use data_encoding::BASE64;
use sha2::{Digest as _, Sha256};

use super::{Block, Cell, chart};
use crate::model::Severity;
use crate::report::excerpt::{Excerpt, ExcerptLine};
use crate::text::{SafeText, fit, skip_columns};

const STYLE: &str = include_str!("dossier.css");

/// Text as it may stand between tags and in attributes; what deceives the eye is shown as a mark.
fn escaped(text: &str) -> String {
    entities(SafeText::prose(text).as_str())
}

fn code(text: &str) -> String {
    entities(SafeText::new(text).as_str())
}

fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // SafeText has none; XML could not hold them.
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

pub(super) fn write(title: &str, blocks: &[Block]) -> String {
    let title = escaped(title);
    let style = BASE64.encode(&Sha256::digest(STYLE.as_bytes()));
    let mut out = format!(
        "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"referrer\" content=\"no-referrer\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{style}'; \
         base-uri 'none'; form-action 'none'\"/>\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the report</a>\n<header>\n<h1>{title}</h1>\n"
    );
    let parts =
        blocks.iter().position(|block| matches!(block, Block::Heading(2, ..))).unwrap_or(blocks.len());
    let (head, body) = blocks.split_at(parts);
    for block in head {
        one(&mut out, block);
    }
    out.push_str("</header>\n<nav aria-label=\"Contents\">\n<ol>\n");
    for block in body {
        if let Block::Heading(2, anchor, text) = block {
            let _ = writeln!(out, "<li><a href=\"#{anchor}\">{}</a></li>", escaped(text));
        }
    }
    out.push_str("</ol>\n</nav>\n<main id=\"main\">\n");
    let mut open = false;
    for block in body {
        if let Block::Heading(2, anchor, _) = block {
            if open {
                out.push_str("</section>\n");
            }
            let _ = writeln!(out, "<section aria-labelledby=\"{anchor}\">");
            open = true;
        }
        one(&mut out, block);
    }
    if open {
        out.push_str("</section>\n");
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn one(out: &mut String, block: &Block) {
    let _ = match block {
        Block::Heading(level, anchor, text) => {
            writeln!(out, "<h{level} id=\"{anchor}\">{}</h{level}>", escaped(text))
        }
        Block::Text(text) => writeln!(out, "<p>{}</p>", escaped(text)),
        Block::Caution(text) => {
            writeln!(out, "<p class=\"caution\"><strong>Incomplete:</strong> {}</p>", escaped(text))
        }
        Block::List(items) => {
            let items =
                items.iter().fold(String::new(), |out, item| out + "<li>" + &escaped(item) + "</li>\n");
            writeln!(out, "<ul>\n{items}</ul>")
        }
        Block::Facts(facts) => {
            out.push_str("<dl>\n");
            for (name, value) in facts {
                let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", escaped(name), cell(value));
            }
            writeln!(out, "</dl>")
        }
        Block::Table { caption, heads, rows } => {
            table(out, caption, heads, rows);
            Ok(())
        }
        Block::Source(excerpt) => {
            source(out, excerpt);
            Ok(())
        }
        Block::Commands(lines) => {
            let lines: Vec<String> = lines.iter().map(|line| code(line)).collect();
            writeln!(out, "<pre tabindex=\"0\"><code>{}</code></pre>", lines.join("\n"))
        }
        Block::Posture(lines) => {
            let legend = Severity::ALL.into_iter().fold(String::new(), |out, severity| {
                out + &format!("<li><span class=\"swatch {severity}\"></span>{severity}</li>")
            });
            let picture =
                chart::svg(lines, "Violations at each commit, by severity; the table below has the numbers");
            writeln!(
                out,
                "<figure>\n{picture}<figcaption>Severities on top of each other, the worst at the top:\
                 <ul class=\"legend\">{legend}</ul></figcaption>\n</figure>"
            )
        }
    };
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => escaped(text),
        Cell::Code(text) => format!("<code>{}</code>", code(text)),
        Cell::Severity(severity) => format!("<span class=\"tag {severity}\">{severity}</span>"),
        Cell::Outcome(outcome) => {
            let word = outcome.as_str();
            format!("<span class=\"tag {}\">{word}</span>", word.replace(' ', "-"))
        }
        Cell::Links(links) => {
            let links = links.iter().map(|(text, anchor)| match anchor {
                Some(anchor) => format!("<a href=\"#{anchor}\">{}</a>", escaped(text)),
                None => escaped(text),
            });
            links.collect::<Vec<_>>().join(", ")
        }
    }
}

fn table(out: &mut String, caption: &str, heads: &[&str], rows: &[Vec<Cell>]) {
    let _ = writeln!(
        out,
        "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"{0}\"><table>\n<caption>{0}</caption>",
        escaped(caption)
    );
    out.push_str("<thead><tr>");
    for head in heads {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escaped(head));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for (at, value) in row.iter().enumerate() {
            let value = cell(value);
            let _ = if at == 0 {
                write!(out, "<th scope=\"row\">{value}</th>")
            } else {
                write!(out, "<td>{value}</td>")
            };
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table></div>\n");
}

fn source(out: &mut String, excerpt: &Excerpt) {
    out.push_str("<pre class=\"source\" tabindex=\"0\"><code>");
    for ExcerptLine { number, text, mark } in &excerpt.lines {
        let _ = write!(out, "<span class=\"number\">{number:>5} </span>");
        let plain = |text: &SafeText| entities(text.as_str());
        let _ = match mark {
            Some((from, to)) => {
                let rest = skip_columns(text, *from);
                writeln!(
                    out,
                    "{}<mark>{}</mark>{}",
                    plain(&fit(text, *from)),
                    plain(&fit(&rest, to - from)),
                    plain(&skip_columns(&rest, to - from))
                )
            }
            None => writeln!(out, "{}", plain(text)),
        };
    }
    if excerpt.hidden > 0 {
        let _ = writeln!(out, "      and {} more lines", excerpt.hidden);
    }
    out.push_str("</code></pre>\n");
}
