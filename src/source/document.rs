//! One file, read: its text, its kind, its values with spans, or the reason why not.

use std::sync::Arc;

use hcl_edit::structure::Body;

use super::{Kind, Node, SourceText, codeowners, dockerfile, evaluation, hcl, requirements, toml, yaml};
use crate::model::Unread;

/// Files above this size are listed as unread. Generated Kubernetes definitions reach 3 MiB.
pub const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024;

/// A file that was read, at least in part.
#[derive(Debug, Clone)]
pub struct Document {
    pub path: String,
    pub kind: Kind,
    pub text: SourceText,
    /// The values, one per YAML document; for HCL the raw form.
    pub values: Vec<Node>,
    /// The parsed HCL, for Terraform evaluation.
    pub body: Option<Arc<Body>>,
    /// The syntax of a Terraform file, of either kind.
    pub syntax: Option<Arc<hcl::ast::Body>>,
}

/// What became of a file.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// `None` when nothing of it could be used.
    pub document: Option<Document>,
    /// Makes the result incomplete.
    pub unparsed: Option<Unread>,
    /// A template: labelled and counted, not called broken.
    pub not_rendered: Option<Unread>,
}

/// Reads one file. `in_chart` tells that it lies in the templates of a Helm chart.
///
/// A file that parses in part gives both a document and an `unparsed` entry.
pub fn read(path: &str, kind: Kind, bytes: Vec<u8>, in_chart: bool) -> Reading {
    let unread = |line: Option<u32>, reason: String| Some(Unread { path: path.to_owned(), line, reason });
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let line = error.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
            let binary = error.as_bytes().contains(&0);
            let reason = if binary { "binary content" } else { "not UTF-8" };
            return Reading {
                unparsed: unread(u32::try_from(line).ok(), reason.to_owned()),
                ..Reading::default()
            };
        }
    };
    if in_chart {
        let reason = "Helm template, not rendered".to_owned();
        return Reading { not_rendered: unread(None, reason), ..Reading::default() };
    }
    let source = SourceText::new(text.strip_prefix('\u{feff}').unwrap_or(&text));
    let document = |kind: Kind, values: Vec<Node>, body: Option<Arc<Body>>| {
        Some(Document { path: path.to_owned(), kind, text: source.clone(), values, body, syntax: None })
    };
    match kind {
        Kind::Terraform | Kind::Tfvars => match hcl::parse(source.as_str()) {
            Ok(body) => {
                let values = vec![hcl::raw(&body, source.as_str())];
                let syntax = Some(Arc::new(hcl::syntax(&body, source.as_str())));
                let document = document(kind, values, Some(Arc::new(body)));
                Reading { document: document.map(|d| Document { syntax, ..d }), ..Reading::default() }
            }
            Err(error) => Reading { unparsed: unread(Some(error.line), error.reason), ..Reading::default() },
        },
        // Read by their own readers.
        Kind::TerraformJson | Kind::TfvarsJson | Kind::Json => Reading::default(),
        Kind::Codeowners | Kind::Requirements | Kind::Dockerfile => {
            let (node, wrong) = match kind {
                Kind::Codeowners => codeowners::parse(source.as_str()),
                Kind::Requirements => requirements::parse(source.as_str()),
                _ => dockerfile::parse(source.as_str()),
            };
            let document = if node.items().is_empty() { None } else { document(kind, vec![node], None) };
            let line = |at: usize| Some(source.position(at).line);
            let unparsed = wrong.and_then(|(at, reason)| unread(line(at), reason));
            Reading { document, unparsed, not_rendered: None }
        }
        Kind::Pyproject | Kind::PythonLock if !source.as_str().trim_start().starts_with('{') => {
            match toml::parse(source.as_str()) {
                Ok(node) => Reading { document: document(kind, vec![node], None), ..Reading::default() },
                Err(error) => {
                    let line = source.position(error.at).line;
                    Reading { unparsed: unread(Some(line), error.reason), ..Reading::default() }
                }
            }
        }
        Kind::EvaluationReport => {
            let (values, wrong) = evaluation::lines(source.as_str());
            let document = if values.is_empty() { None } else { document(kind, values, None) };
            let line = |at: usize| Some(source.position(at).line);
            let unparsed = wrong.and_then(|(at, reason)| unread(line(at), reason));
            Reading { document, unparsed, not_rendered: None }
        }
        Kind::ModelCard => {
            let Some(front) = front_matter(source.as_str()) else { return Reading::default() };
            let (values, error) = yaml::parse(front);
            let kind = kind.refine(&values);
            // A text between two rules is no front matter.
            let empty = values.iter().all(|node| node.entries().is_empty());
            Reading {
                document: if empty { None } else { document(kind, values, None) },
                unparsed: error.and_then(|e| unread(Some(e.line), e.reason)),
                not_rendered: None,
            }
        }
        _ => {
            let (values, error) = yaml::parse(source.as_str());
            if error.is_some() && is_template(source.as_str()) {
                let reason = "template, not rendered".to_owned();
                return Reading { not_rendered: unread(None, reason), ..Reading::default() };
            }
            let kind = kind.refine(&values);
            let document = if values.is_empty() { None } else { document(kind, values, None) };
            Reading {
                document,
                unparsed: error.and_then(|e| unread(Some(e.line), e.reason)),
                not_rendered: None,
            }
        }
    }
}

/// The YAML between a leading `---` line and the next one. It starts at the file's first byte, so
/// that spans in it are spans in the file.
fn front_matter(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n"))?;
    let offset = text.len() - rest.len();
    let end = rest.find("\n---").map(|at| at + 1)?;
    text.get(..offset + end)
}

/// Go template or Jinja marks that are not GitHub's `${{ }}`.
fn is_template(text: &str) -> bool {
    text.contains("{%")
        || text.match_indices("{{").any(|(at, _)| !text.get(..at).unwrap_or("").ends_with('$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_keeps_file_positions() {
        let text = "---\nlicense: mit\n---\n# Title\n";
        let reading = read("README.md", Kind::ModelCard, text.into(), false);
        let document = reading.document.unwrap();
        let license = document.values[0].entry("license").unwrap();
        assert_eq!(document.text.position(license.key_span.start).line, 2);
        for text in ["# no card", "---\n# a rule\n---\n"] {
            assert!(read("README.md", Kind::ModelCard, text.into(), false).document.is_none());
        }
        let kind = |text: &str| read("README.md", Kind::ModelCard, text.into(), false).document.unwrap().kind;
        assert_eq!(kind("---\ntask_categories: [x]\n---\n"), Kind::DatasetCard);
        assert_eq!(kind("---\npage_type: sample\n---\n"), Kind::Yaml);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let line =
            |kind, bytes: &[u8]| read("f", kind, bytes.to_vec(), false).unparsed.map(|u| (u.line, u.reason));
        assert_eq!(line(Kind::Yaml, b"a: 1\nb: \xff\n"), Some((Some(2), "not UTF-8".to_owned())));
        assert_eq!(line(Kind::Terraform, b"\x00\xff"), Some((Some(1), "binary content".to_owned())));
        let template = read("f", Kind::Yaml, b"{{- if .Values.x }}\na: 1\n{{- end }}\n".to_vec(), false);
        assert!(template.not_rendered.is_some() && template.unparsed.is_none());
        let workflow = read("f", Kind::Yaml, b"a: ${{ b }\n x: [\n".to_vec(), false);
        assert!(workflow.unparsed.is_some(), "a broken workflow is not excused as a template");
    }
}
