//! Data files: which columns they have, as far as that can be read without their tools.

use serde_json::Value as Json;

/// Tabular and binary data; what else a repository holds is no dataset, or none that can be told by its name.
const ENDINGS: [&str; 6] = [".csv", ".tsv", ".jsonl", ".parquet", ".pkl", ".pickle"];
/// Names of columns beyond these are left out.
const MAX_COLUMNS: usize = 1_000;
/// A first line beyond this is none of names.
const MAX_LINE: usize = 64 * 1024;

pub fn is_data(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

/// What stands in the place of a file that git does not hold itself.
/// <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>
pub fn is_pointer(bytes: &[u8]) -> bool {
    bytes.starts_with(b"version https://git-lfs.github.com/spec/")
}

/// The names of the columns; `None` where there are none, or none that can be read here.
pub fn columns(path: &str, bytes: &[u8]) -> Option<Vec<String>> {
    let lower = path.to_ascii_lowercase();
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let line = std::str::from_utf8(bytes.get(..end.min(MAX_LINE + 1))?).ok()?;
    if line.len() > MAX_LINE {
        return None;
    }
    let line = line.trim_start_matches('\u{feff}').trim_end_matches('\r');
    let names = match lower.rsplit('.').next()? {
        "jsonl" => match serde_json::from_str::<Json>(line).ok()? {
            Json::Object(map) => map.keys().cloned().collect(),
            _ => return None,
        },
        "tsv" => cells(line, '\t'),
        "csv" => {
            // Spreadsheets of much of Europe write semicolons.
            let separators = [',', ';', '\t', '|'];
            let most = separators.into_iter().max_by_key(|separator| line.matches(*separator).count());
            cells(line, most.unwrap_or(','))
        }
        _ => return None,
    };
    let is_name = |cell: &String| !cell.is_empty() && cell.parse::<f64>().is_err();
    (names.iter().all(is_name) && !names.is_empty()).then(|| names.into_iter().take(MAX_COLUMNS).collect())
}

/// The cells of one line, quotes taken off. <https://www.rfc-editor.org/rfc/rfc4180>
fn cells(line: &str, separator: char) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(cell) = cells.last_mut() else { break };
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            c if c == separator && !quoted => cells.push(String::new()),
            c => cell.push(c),
        }
    }
    cells.into_iter().map(|cell| cell.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read() {
        let of = |path: &str, text: &str| columns(path, text.as_bytes()).map(|names| names.join("/"));
        assert_eq!(
            of("a.csv", "name,\"e-mail, private\",\"a \"\"b\"\"\"\r\n1,2,3\n").as_deref(),
            Some("name/e-mail, private/a \"b\"")
        );
        assert_eq!(of("a.csv", "\u{feff}name;iban\n").as_deref(), Some("name/iban"));
        assert_eq!(of("A.TSV", "a\tb,c\n").as_deref(), Some("a/b,c"));
        assert_eq!(of("a.jsonl", "{\"text\": 1, \"label\": 2}\n{}\n").as_deref(), Some("label/text"));
    }

    #[test]
    fn a_line_of_values_is_no_header() {
        for (path, text) in [
            ("a.csv", "1.5,2,x\n"),
            ("a.csv", "a,,b\n"),
            ("a.csv", ""),
            ("a.jsonl", "[1]\n"),
            ("a.parquet", "PAR1"),
            ("a.pkl", "name,email\n"),
        ] {
            assert_eq!(columns(path, text.as_bytes()), None, "{path} {text:?}");
        }
        let long = "a,".repeat(MAX_LINE);
        assert_eq!(columns("a.csv", long.as_bytes()), None);
        assert_eq!(columns("a.csv", b"\xff,a\n"), None);
    }

    #[test]
    fn kinds_of_files() {
        assert!(is_data("data/RAW.CSV") && is_data("m/model.pkl") && !is_data("data/raw.csv.dvc"));
        assert!(is_pointer(b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n"));
        assert!(!is_pointer(b"version,1\n"));
    }
}
