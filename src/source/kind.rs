//! What a file is, told from its path; and from its content where the path leaves it open.

use serde::Serialize;

/// The kinds of document that Probity reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Terraform,
    Tfvars,
    GithubActions,
    Dvc,
    ModelCard,
    Kubernetes,
    /// `.probity/system.yaml`: the declared AI systems.
    Systems,
    /// YAML of no kind above: policies of scope `document` may still read it.
    Yaml,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Terraform => "terraform",
            Kind::Tfvars => "tfvars",
            Kind::GithubActions => "github-actions",
            Kind::Dvc => "dvc",
            Kind::ModelCard => "model-card",
            Kind::Kubernetes => "kubernetes",
            Kind::Systems => "systems",
            Kind::Yaml => "yaml",
        }
    }

    /// What the path promises; `None` for files that Probity does not read.
    pub fn of_path(path: &str) -> Option<Kind> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let lower = name.to_ascii_lowercase();
        let yaml = has_extension(&lower, &[".yaml", ".yml"]);
        if path == ".probity/system.yaml" {
            Some(Kind::Systems)
        } else if path.starts_with(".probity/waivers/") || path.starts_with(".probity/trust/") {
            None // records: read by the waiver room, with its own strict reader
        } else if has_extension(&lower, &[".tf"]) {
            Some(Kind::Terraform)
        } else if lower == "terraform.tfvars" || lower.ends_with(".auto.tfvars") {
            Some(Kind::Tfvars)
        } else if yaml && (path.starts_with(".github/workflows/") || path.contains("/.github/workflows/")) {
            Some(Kind::GithubActions)
        } else if lower == "dvc.yaml" {
            Some(Kind::Dvc)
        } else if has_extension(&lower, &[".md"]) && (lower == "readme.md" || lower.contains("card")) {
            Some(Kind::ModelCard)
        } else if yaml {
            Some(Kind::Yaml)
        } else {
            None
        }
    }

    /// A YAML stream of which every document has `apiVersion` and `kind` is Kubernetes'.
    #[must_use]
    pub fn refine(self, documents: &[super::Node]) -> Kind {
        let manifest = |node: &super::Node| {
            node.get("apiVersion").is_some_and(|v| v.as_str().is_some())
                && node.get("kind").is_some_and(|v| v.as_str().is_some())
        };
        let mut maps = documents.iter().filter(|node| !node.entries().is_empty()).peekable();
        if self == Kind::Yaml && maps.peek().is_some() && maps.all(manifest) {
            Kind::Kubernetes
        } else {
            self
        }
    }
}

fn has_extension(lower: &str, extensions: &[&str]) -> bool {
    extensions.iter().any(|extension| lower.ends_with(extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_paths() {
        for (path, kind) in [
            ("infra/main.tf", Some(Kind::Terraform)),
            ("prod.auto.tfvars", Some(Kind::Tfvars)),
            ("prod.tfvars", None),
            (".github/workflows/train.yml", Some(Kind::GithubActions)),
            (".github/dependabot.yml", Some(Kind::Yaml)),
            ("pipelines/credit/dvc.yaml", Some(Kind::Dvc)),
            ("models/README.md", Some(Kind::ModelCard)),
            ("docs/model_card.md", Some(Kind::ModelCard)),
            ("docs/guide.md", None),
            (".probity/system.yaml", Some(Kind::Systems)),
            (".probity/waivers/wv-x.yaml", None),
            ("train.py", None),
        ] {
            assert_eq!(Kind::of_path(path), kind, "{path}");
        }
    }
}
