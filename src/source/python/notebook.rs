//! The code of a Jupyter notebook, and where in the file each part of it stands.
//! <https://nbformat.readthedocs.io/en/latest/format_description.html>

use super::super::{Node, Value, json};
use crate::model::Span;

/// The code cells, one after the other.
pub struct Code {
    pub text: String,
    /// Where each line begins in the text, and the string that holds it in the file.
    lines: Vec<(usize, Span)>,
}

impl Code {
    /// A part of the code stands where the string stands that its first line is written in.
    pub fn place(&self, span: Span) -> Span {
        let after = self.lines.partition_point(|(start, _)| *start <= span.start);
        let line = after.checked_sub(1).and_then(|index| self.lines.get(index));
        line.map_or(Span::default(), |(_, place)| *place)
    }

    fn add(&mut self, line: &str, place: Span) {
        self.lines.push((self.text.len(), place));
        // What the notebook's shell runs is no Python.
        let shell = line.trim_start().starts_with(['%', '!', '?']);
        self.text.push_str(if shell { "pass" } else { line.trim_end_matches(['\n', '\r']) });
        self.text.push('\n');
    }
}

/// # Errors
/// The file is no JSON: where, and why.
pub fn code(text: &str) -> Result<Code, (usize, String)> {
    let root = json::parse(text).map_err(|error| {
        let lines = usize::try_from(error.line).unwrap_or(usize::MAX).saturating_sub(1);
        let at = text.split_inclusive('\n').take(lines).map(str::len).sum();
        (at, error.reason)
    })?;
    let mut code = Code { text: String::new(), lines: Vec::new() };
    // Version 3 had its cells in worksheets.
    let sheets = root.get("worksheets").map(Node::items).unwrap_or_default();
    let lists = std::iter::once(&root).chain(sheets).filter_map(|sheet| sheet.get("cells"));
    for cell in lists.flat_map(Node::items) {
        if cell.get("cell_type").and_then(Node::as_str) != Some("code") {
            continue;
        }
        let Some(source) = cell.get("source").or_else(|| cell.get("input")) else { continue };
        match &source.value {
            Value::String(all) if is_python(all) => all.lines().for_each(|line| code.add(line, source.span)),
            Value::List(lines) if lines.first().and_then(Node::as_str).is_none_or(is_python) => {
                for line in lines {
                    code.add(line.as_str().unwrap_or(""), line.span);
                }
            }
            _ => {}
        }
    }
    Ok(code)
}

/// `%%bash` makes a whole cell something else; `%%time` does not.
fn is_python(cell: &str) -> bool {
    let Some(magic) = cell.trim_start().strip_prefix("%%") else { return true };
    ["time", "timeit", "capture", "prun"].iter().any(|name| magic.starts_with(name))
}

#[cfg(test)]
mod tests {
    use crate::source::python::parse;

    #[test]
    fn cells_are_read_at_their_lines() {
        let text = "{\"cells\": [\n {\"cell_type\": \"markdown\", \"source\": [\"pickle.load(x)\"]},\n \
                    {\"cell_type\": \"code\", \"source\": [\n  \"%pip install x\\n\",\n  \"import pickle\\n\",\n  \"pickle.load(f)\"]},\n \
                    {\"cell_type\": \"code\", \"source\": [\"%%bash\\n\", \"rm(x)\"]},\n \
                    {\"cell_type\": \"code\", \"source\": \"m = open('a')\\nm.read()\"}\n]}\n";
        let (values, mistake) = parse("a.ipynb", text);
        assert_eq!(mistake, None);
        let calls = values[0].get("calls").unwrap().items();
        let lines: Vec<_> = calls
            .iter()
            .map(|call| {
                (call.get("name").unwrap().as_str().unwrap(), text[..call.span.start].lines().count())
            })
            .collect();
        assert_eq!(lines, [("pickle.load", 6), ("open", 8), ("m.read", 8)]);
        assert_eq!(values[0].get("imports").unwrap().items().len(), 1);
    }

    #[test]
    fn what_is_no_notebook_says_where() {
        let (values, mistake) = parse("a.ipynb", "{\n\"cells\": [}\n");
        assert!(values.is_empty());
        assert_eq!(mistake.unwrap().0, 2);
    }
}
