//! One file, read: its text, its kind, its values with spans, or the reason why not.

use std::borrow::Cow;
use std::sync::Arc;

use super::{
    Kind, Node, SourceText, codeowners, dockerfile, evaluation, hcl, json, python, requirements, toml, yaml,
};
use crate::model::{Kept, Unread};

/// Files above this size are listed as unread. Generated Kubernetes definitions reach 3 MiB.
pub const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024;

/// JSON above this size that shows no mark of a known kind is data, not configuration.
const MAX_DATA_BYTES: usize = 1024 * 1024;

/// A file that was read, at least in part.
#[derive(Debug, Clone)]
pub struct Document {
    pub path: String,
    pub kind: Kind,
    pub text: SourceText,
    /// The values, one per YAML document; none for Terraform, see [`Document::values`].
    pub values: Vec<Arc<Node>>,
    /// The syntax of a Terraform file, of either kind.
    pub syntax: Option<Arc<hcl::ast::Body>>,
}

impl Document {
    /// The values as policies of scope `document` see them. Terraform's are made when asked for: the
    /// raw form of the native syntax, the plain JSON of the other. Few policies want either.
    pub fn values(&self) -> Cow<'_, [Arc<Node>]> {
        let made = match (self.kind, &self.syntax) {
            (Kind::Terraform | Kind::Tfvars, Some(syntax)) => Some(hcl::raw(syntax, self.text.as_str())),
            (Kind::TerraformJson | Kind::TfvarsJson, _) => json::parse(self.text.as_str()).ok(),
            _ => None,
        };
        made.map_or(Cow::Borrowed(&self.values), |node| Cow::Owned(vec![Arc::new(node)]))
    }
}

impl Document {
    /// What follows the front matter of a card; `None` for what is no text for people.
    pub fn body(&self) -> Option<&str> {
        let text = self.text.as_str();
        let card = matches!(self.kind, Kind::ModelCard | Kind::DatasetCard);
        let front = front_matter(text).filter(|_| card)?;
        let rest = text.get(front.len()..)?;
        // The rule that ends the front matter.
        Some(rest.split_once('\n').map_or("", |(_, body)| body))
    }
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

/// What begins every file that git-crypt encrypts. <https://github.com/AGWA/git-crypt>
const GIT_CRYPT: &[u8] = b"\0GITCRYPT\0";

/// Reads one file. `in_chart` tells that it lies in the templates of a Helm chart.
///
/// A file that parses in part gives both a document and an `unparsed` entry.
pub fn read(path: &str, kind: Kind, bytes: Vec<u8>, in_chart: bool) -> Reading {
    read_once(path, kind, bytes, in_chart, None)
}

/// As [`read`]; what takes long to read and is among what is kept is not read again.
pub fn read_once(path: &str, kind: Kind, bytes: Vec<u8>, in_chart: bool, kept: Option<&Kept>) -> Reading {
    let unread = |line: Option<u32>, reason: String| Some(Unread { path: path.to_owned(), line, reason });
    if bytes.starts_with(GIT_CRYPT) {
        return Reading { unparsed: unread(None, "encrypted by git-crypt".to_owned()), ..Reading::default() };
    }
    if kind == Kind::Python && !python::concerns(&bytes) {
        return Reading::default();
    }
    let text = match decoded(bytes) {
        Ok(text) => text,
        Err((line, reason)) => {
            return Reading { unparsed: unread(line, reason.to_owned()), ..Reading::default() };
        }
    };
    if in_chart {
        let reason = "Helm template, not rendered".to_owned();
        return Reading { not_rendered: unread(None, reason), ..Reading::default() };
    }
    if Kind::of_template(path).is_some() {
        let reason = "template, not rendered".to_owned();
        return Reading { not_rendered: unread(None, reason), ..Reading::default() };
    }
    let text = SourceText::new(text.strip_prefix('\u{feff}').unwrap_or(&text));
    let Parsed { kind, values, syntax, mistake, template } = parse(path, kind, &text, kept);
    if template {
        let reason = "template, not rendered".to_owned();
        return Reading { not_rendered: unread(None, reason), ..Reading::default() };
    }
    let empty = values.is_empty() && syntax.is_none();
    let values = values.into_iter().map(Arc::new).collect();
    let document = Document { path: path.to_owned(), kind, text, values, syntax };
    Reading {
        document: if empty { None } else { Some(document) },
        unparsed: mistake.and_then(|(line, reason)| unread(Some(line), reason)),
        not_rendered: None,
    }
}

/// The text of a file, or the line at which it is none.
fn decoded(bytes: Vec<u8>) -> Result<String, (Option<u32>, &'static str)> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        let binary = error.as_bytes().contains(&0);
        (u32::try_from(line).ok(), if binary { "binary content" } else { "not UTF-8" })
    })
}

/// What one of the readers made of a text.
struct Parsed {
    kind: Kind,
    values: Vec<Node>,
    syntax: Option<Arc<hcl::ast::Body>>,
    /// The line of a mistake, and what it is.
    mistake: Option<(u32, String)>,
    /// It is no text of its format, but a template of one.
    template: bool,
}

fn parse(path: &str, kind: Kind, source: &SourceText, kept: Option<&Kept>) -> Parsed {
    let text = source.as_str();
    let parsed = |kind: Kind, values: Vec<Node>, mistake: Option<(u32, String)>| Parsed {
        kind,
        values,
        syntax: None,
        mistake,
        template: false,
    };
    let nothing = || parsed(kind, Vec::new(), None);
    let placed = |(at, reason): (usize, String)| (source.position(at).line, reason);
    match kind {
        Kind::Terraform | Kind::Tfvars => terraform(kind, hcl::parse(text)),
        Kind::TerraformJson | Kind::TfvarsJson => match json::parse(text) {
            Ok(root) => {
                let vars = kind == Kind::TfvarsJson;
                let read = if vars { hcl::json::assignments } else { hcl::json::configuration };
                terraform(kind, read(&root, text))
            }
            Err(error) => parsed(kind, Vec::new(), Some((error.line, error.reason))),
        },
        Kind::Json if text.len() > MAX_DATA_BYTES && !is_marked(text) => nothing(),
        Kind::Json => match json::parse(text) {
            Ok(root) => {
                let values = vec![root];
                parsed(kind.refine(&values), values, None)
            }
            Err(error) if is_marked(text) => parsed(kind, Vec::new(), Some((error.line, error.reason))),
            // Neither JSON nor anything that is judged: settings with comments, for example.
            Err(_) => nothing(),
        },
        Kind::Codeowners | Kind::Requirements | Kind::Dockerfile => {
            let (node, mistake) = match kind {
                Kind::Codeowners => codeowners::parse(text),
                Kind::Requirements => requirements::parse(text),
                _ => dockerfile::parse(text),
            };
            let values = if node.items().is_empty() { Vec::new() } else { vec![node] };
            parsed(kind, values, mistake.map(placed))
        }
        Kind::Pyproject | Kind::PythonLock if !text.trim_start().starts_with('{') => {
            match toml::parse(text) {
                Ok(node) => parsed(kind, vec![node], None),
                Err(error) => parsed(kind, Vec::new(), Some(placed((error.at, error.reason)))),
            }
        }
        Kind::Python => {
            let (values, mistake) = match kept {
                Some(kept) => python::parse_once(path, text, kept),
                None => python::parse(path, text),
            };
            parsed(kind, values, mistake.map(placed))
        }
        Kind::EvaluationReport => {
            let (values, mistake) = evaluation::lines(text);
            parsed(kind, values, mistake.map(placed))
        }
        Kind::ModelCard => {
            let Some(front) = front_matter(text) else { return nothing() };
            let (mut values, error) = yaml::parse(front);
            // A text between two rules is no front matter.
            if values.iter().all(|node| node.entries().is_empty()) {
                values.clear();
            }
            parsed(kind.refine(&values), values, error.map(|error| (error.line, error.reason)))
        }
        _ => {
            let (values, error) = yaml::parse(text);
            let template = error.as_ref().is_some_and(|error| is_template(text, error.line));
            let mistake = error.map(|error| (error.line, error.reason));
            Parsed { template, ..parsed(kind.refine(&values), values, mistake) }
        }
    }
}

/// What came of a Terraform file. Structures that could be read are of use without the others.
fn terraform(kind: Kind, parsed: hcl::Parsed) -> Parsed {
    let mut errors = parsed.errors.into_iter();
    let first = errors.next();
    let more: Vec<String> = errors.map(|error| error.line.to_string()).collect();
    let mistake = first.map(|hcl::HclError { line, reason }| {
        let reason = match more.as_slice() {
            [] => reason,
            [other] => format!("{reason}; and another mistake in line {other}"),
            [next, ..] => format!("{reason}; and {} more mistakes from line {next} on", more.len()),
        };
        (line, reason)
    });
    let syntax = Some(Arc::new(parsed.body)).filter(|body| mistake.is_none() || !body.items.is_empty());
    Parsed { kind, values: Vec::new(), syntax, mistake, template: false }
}

/// Does a text hold the words by which [`Kind::refine`] knows the kinds that JSON files can be?
/// A kind that is added there is added here.
fn is_marked(text: &str) -> bool {
    const MARKS: [&[&str]; 16] = [
        &["AWSTemplateFormatVersion"],
        &["\"Transform\"", "AWS::"],
        &["\"Resources\"", "\"Type\"", "::"],
        &["\"format_version\"", "\"terraform_version\""],
        &["\"Steps\"", "\"Version\""],
        &["\"Steps\"", "\"PipelineExperimentConfig\""],
        &["\"deploymentSpec\"", "\"root\""],
        &["\"$schema\"", "azureml"],
        &["\"conformsTo\"", "croissant"],
        &["\"@context\"", "//mlcommons.org/"],
        &["\"type\"", "\"pipeline\"", "\"jobs\""],
        &["\"type\"", "\"experiment_name\""],
        &["\"endpoint_name\"", "\"model\""],
        &["\"model_list\"", "_settings\""],
        &["\"model_list\"", "\"litellm_params\""],
        &["\"apiVersion\"", "\"kind\""],
    ];
    MARKS.iter().any(|words| words.iter().all(|word| text.contains(word)))
}

/// What the front matter of a text says; `None` where it has none that is a mapping.
pub fn front_matter_of(text: &str) -> Option<Node> {
    let (values, error) = yaml::parse(front_matter(text)?);
    values.into_iter().find(|node| !node.entries().is_empty()).filter(|_| error.is_none())
}

/// The YAML between a leading `---` line and the next one. It starts at the file's first byte, so
/// that spans in it are spans in the file.
fn front_matter(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n"))?;
    let offset = text.len() - rest.len();
    let end = rest.find("\n---").map(|at| at + 1)?;
    text.get(..offset + end)
}

/// Marks of Go, Jinja or Terraform templates, not GitHub's `${{ }}`, up to the line of a mistake:
/// what stands after it did not cause it.
fn is_template(text: &str, line: u32) -> bool {
    let lines = usize::try_from(line).unwrap_or(usize::MAX);
    text.lines().take(lines).any(|line| {
        let goes = |at: usize| !line.get(..at).unwrap_or("").ends_with('$');
        ["{%", "%{"].iter().any(|mark| line.contains(mark))
            || line.match_indices("{{").any(|(at, _)| goes(at))
    })
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

    #[test]
    fn a_broken_terraform_file_is_read_in_part() {
        let text = b"a {\n  b = 1\n}\nc {\n  d = = 1\n}\ne = [\n";
        let reading = read("main.tf", Kind::Terraform, text.to_vec(), false);
        let unparsed = reading.unparsed.unwrap();
        assert_eq!(unparsed.line, Some(5));
        assert!(unparsed.reason.ends_with("; and another mistake in line 7"), "{}", unparsed.reason);
        let values = reading.document.unwrap().values().into_owned();
        assert_eq!(values[0].to_json(), serde_json::json!({"a": [{"b": 1}]}));
        let nothing = read("main.tf", Kind::Terraform, b"a = = 1".to_vec(), false);
        assert!(nothing.document.is_none() && nothing.unparsed.is_some());
    }

    #[test]
    fn the_values_of_terraform_json_are_its_json() {
        let text = "{\"resource\": {\"a\": {\"b\": {\"c\": \"${d}\"}}}}";
        let document = read("a.tf.json", Kind::TerraformJson, text.into(), false).document.unwrap();
        assert_eq!(document.values()[0].to_json().to_string(), text.replace(": ", ":"));
        assert_eq!(document.syntax.unwrap().blocks().next().unwrap().labels(), ["a", "b"]);
        let broken = read("a.tfvars.json", Kind::TfvarsJson, b"{\n\"a\": }".to_vec(), false);
        assert_eq!(broken.unparsed.map(|unread| unread.line), Some(Some(2)));
    }

    #[test]
    fn templates_are_told_from_mistakes() {
        let reason = |path: &str, text: &str| {
            let reading = read(path, Kind::of_path(path).unwrap(), text.into(), false);
            assert!(reading.document.is_none(), "{path}");
            (reading.not_rendered.map(|u| u.reason), reading.unparsed.and_then(|u| u.line))
        };
        let template = (Some("template, not rendered".to_owned()), None);
        assert_eq!(reason("a.yaml", "a:\n  b: 1\n {{ end }}: [\n"), template);
        assert_eq!(reason("a.yaml", "%{ if on }\na: [\n%{ endif }\n"), template);
        assert_eq!(reason("main.tf.tftpl", "resource \"a\" \"b\" {}\n"), template, "by its name");
        // What stands after a mistake did not make it; nor does an expression of GitHub's.
        assert_eq!(reason("a.yaml", "a: !%^ b\nc: '{{ later }}'\n"), (None, Some(1)));
        assert_eq!(reason("a.yaml", "a: ${{ b }}: [\n"), (None, Some(1)));
    }

    #[test]
    fn encrypted_files_are_named() {
        let reading = read("secret.yaml", Kind::Yaml, b"\0GITCRYPT\0\xb7\x01".to_vec(), false);
        assert_eq!(reading.unparsed.unwrap().reason, "encrypted by git-crypt");
    }
}
