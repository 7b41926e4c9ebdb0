//! The exception register: every waiver with the columns that auditors use.

use std::fmt::Write as _;

use crate::text::SafeText;

/// One waiver. Texts are as the record has them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exception {
    pub id: String,
    pub policy: String,
    pub scope: String,
    pub justification: String,
    pub risk: String,
    pub compensating_controls: String,
    pub requested_by: String,
    pub approved_by: String,
    /// When the last approval that was needed was signed, by its own word; without one needed, when it was asked for.
    pub granted: String,
    pub expires: String,
    /// Its state, and why.
    pub status: String,
}

pub(super) const HEADS: [&str; 11] = [
    "id",
    "policy",
    "scope",
    "justification",
    "risk",
    "compensating controls",
    "requested by",
    "approved by",
    "granted (claimed)",
    "expires",
    "status",
];

impl Exception {
    pub(super) fn cells(&self) -> [&str; 11] {
        [
            &self.id,
            &self.policy,
            &self.scope,
            &self.justification,
            &self.risk,
            &self.compensating_controls,
            &self.requested_by,
            &self.approved_by,
            &self.granted,
            &self.expires,
            &self.status,
        ]
    }
}

/// For people at a terminal.
pub fn register_text(exceptions: &[Exception]) -> String {
    let mut out = String::new();
    for exception in exceptions {
        for (at, (head, cell)) in HEADS.iter().zip(exception.cells()).enumerate() {
            if at == 0 {
                let _ = writeln!(out, "{}", SafeText::new(cell));
            } else if !cell.is_empty() {
                let _ = writeln!(out, "  {head:<22} {}", SafeText::prose(cell));
            }
        }
    }
    if exceptions.is_empty() {
        out.push_str("no waivers in this commit\n");
    }
    out
}

/// RFC 4180. A spreadsheet must not take a cell for a formula, so what begins like one gets an apostrophe.
pub fn register_csv(exceptions: &[Exception]) -> String {
    let cell = |text: &str| {
        let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    };
    let row =
        |cells: &[&str]| format!("{}\r\n", cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(","));
    let rows = exceptions.iter().map(|exception| row(&exception.cells()));
    std::iter::once(row(&HEADS)).chain(rows).collect()
}

/// A table for pull requests and wikis. Nothing of a record becomes markup.
pub fn register_markdown(exceptions: &[Exception]) -> String {
    let cell = |text: &str| {
        let mut out = String::with_capacity(text.len());
        for c in SafeText::prose(text).to_string().chars() {
            match c {
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '&' => out.push_str("&amp;"),
                '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '!' | '#' | '~' | '$' | '@' => {
                    out.push('\\');
                    out.push(c);
                }
                _ => out.push(c),
            }
        }
        out
    };
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let rows = exceptions.iter().map(|exception| row(exception.cells().map(cell).to_vec()));
    let head = row(HEADS.map(str::to_owned).to_vec());
    let rule = row(HEADS.map(|_| "---".to_owned()).to_vec());
    [head, rule].into_iter().chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, cell) in [("=1+1", "\"'=1+1\""), ("@x", "\"'@x\""), ("-1", "\"'-1\""), ("a=1", "\"a=1\"")]
        {
            let exception = Exception { id: text.to_owned(), ..Exception::default() };
            assert!(register_csv(&[exception]).contains(&format!("\r\n{cell},")), "{text}");
        }
    }
}
