//! Container images: what a Dockerfile builds on, and what resources run.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value as Json, json};

use super::{DocumentFact, key};
use crate::facts::Resource;
use crate::source::{Node, Step, Value, steps_json};

/// How deep in a resource an image is looked for.
const MAX_DEPTH: usize = 16;

/// Attributes that hold an image, whatever resource they stand in.
const ATTRIBUTES: [&str; 8] = [
    "image",
    "Image",
    "image_uri",
    "ImageUri",
    "training_image",
    "TrainingImage",
    "container_image_uri",
    "image_repository_uri",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImageUse {
    /// `FROM`
    Base,
    /// `COPY --from`
    Copied,
    /// A resource runs it.
    Runs,
}

impl ImageUse {
    pub fn as_str(self) -> &'static str {
        match self {
            ImageUse::Base => "base",
            ImageUse::Copied => "copied",
            ImageUse::Runs => "runs",
        }
    }
}

/// One use of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// With the arguments of the Dockerfile filled in where they have defaults.
    pub reference: String,
    pub repository: String,
    pub tag: Option<String>,
    pub digest: Option<String>,
    /// False where an argument has no default: nobody can know here which image it is.
    pub resolved: bool,
    pub used: ImageUse,
    pub stage: Option<Stage>,
    pub subject: String,
    pub path: String,
    pub at: Vec<Step>,
}

/// The stage of a Dockerfile that an image is the base of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    pub number: usize,
    pub name: Option<String>,
    /// The last stage is what gets built.
    pub last: bool,
    /// The earlier stage it starts from, instead of an image.
    pub from: Option<usize>,
    /// Whom it runs as at its end; `None`: as the image says.
    pub user: Option<String>,
}

impl Image {
    fn new(reference: &str, resolved: bool, used: ImageUse) -> Self {
        let (name, digest) = reference.split_once('@').map_or((reference, None), |(name, d)| (name, Some(d)));
        let slash = name.rfind('/').map_or(0, |at| at + 1);
        let colon = name.get(slash..).and_then(|last| last.find(':')).map(|at| slash + at);
        let (repository, tag) = match colon {
            Some(at) => (name.get(..at).unwrap_or(name), name.get(at + 1..)),
            None => (name, None),
        };
        Self {
            reference: reference.to_owned(),
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
            resolved,
            used,
            stage: None,
            subject: String::new(),
            path: String::new(),
            at: Vec::new(),
        }
    }

    /// Always the same bytes: named by digest, or empty, or built here.
    pub fn is_pinned(&self) -> bool {
        self.digest.is_some()
            || self.reference == "scratch"
            || self.stage.as_ref().is_some_and(|stage| stage.from.is_some())
    }

    /// As policies see it.
    pub fn to_json(&self) -> Json {
        let stage = self.stage.as_ref().map(|stage| {
            json!({"number": stage.number, "name": stage.name, "last": stage.last, "from": stage.from, "user": stage.user})
        });
        json!({
            "image": self.reference,
            "repository": self.repository,
            "tag": self.tag,
            "digest": self.digest,
            "pinned": self.is_pinned(),
            "resolved": self.resolved,
            "used": self.used.as_str(),
            "stage": stage,
            "subject": self.subject,
            "path": self.path,
            "at": steps_json(&self.at),
        })
    }
}

/// The base of each stage, and images that files are copied from.
pub fn of_dockerfile(fact: &DocumentFact) -> Vec<Image> {
    let mut arguments: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut found: Vec<Image> = Vec::new();
    // Of each stage the place of its image in `found`.
    let mut stages: Vec<usize> = Vec::new();
    for (index, instruction) in fact.value.items().iter().enumerate() {
        let command = instruction.get("Cmd").and_then(Node::as_str).unwrap_or("");
        let values: Vec<&str> = instruction.get("Value").map(Node::strings).unwrap_or_default();
        let located = |image: Image, at: Vec<Step>| Image {
            subject: fact.subject.clone(),
            path: fact.path.clone(),
            at: [Step::Index(index)].into_iter().chain(at).collect(),
            ..image
        };
        match command {
            // Only arguments before the first stage count for `FROM`.
            "arg" if stages.is_empty() => {
                for value in values {
                    let (name, default) = value.split_once('=').map_or((value, None), |(n, d)| (n, Some(d)));
                    let default = default.map(|text| expand(unquoted(text), &arguments).0);
                    arguments.insert(name.to_owned(), default);
                }
            }
            "from" => {
                let Some(written) = values.first() else { continue };
                let (reference, resolved) = expand(written, &arguments);
                let name = values.get(1).filter(|word| word.eq_ignore_ascii_case("as")).and(values.get(2));
                let from = stage_named(&reference, &stages, &found);
                let inherited = from.and_then(|number| found.get(*stages.get(number)?)?.stage.as_ref());
                let user = inherited.and_then(|stage| stage.user.clone());
                let stage = Stage {
                    number: stages.len(),
                    name: name.map(|name| (*name).to_owned()),
                    last: false,
                    from,
                    user,
                };
                let image = Image { stage: Some(stage), ..Image::new(&reference, resolved, ImageUse::Base) };
                stages.push(found.len());
                found.push(located(image, vec![key("Value"), Step::Index(0)]));
            }
            "user" => {
                let stage =
                    stages.last().and_then(|at| found.get_mut(*at)).and_then(|image| image.stage.as_mut());
                if let (Some(stage), Some(user)) = (stage, values.first()) {
                    stage.user = Some((*user).to_owned());
                }
            }
            "copy" => {
                let flags = instruction.get("Flags").map(Node::strings).unwrap_or_default();
                for (number, flag) in flags.iter().enumerate() {
                    let Some(from) = flag.strip_prefix("--from=") else { continue };
                    let (reference, resolved) = expand(from, &arguments);
                    let built = reference.parse::<usize>().is_ok()
                        || stage_named(&reference, &stages, &found).is_some();
                    if !built {
                        let image = Image::new(&reference, resolved, ImageUse::Copied);
                        found.push(located(image, vec![key("Flags"), Step::Index(number)]));
                    }
                }
            }
            _ => {}
        }
    }
    let last = stages.last().and_then(|at| found.get_mut(*at)).and_then(|image| image.stage.as_mut());
    if let Some(stage) = last {
        stage.last = true;
    }
    found
}

/// Names of stages are the same in any case.
fn stage_named(name: &str, stages: &[usize], images: &[Image]) -> Option<usize> {
    let of = |at: &usize| images.get(*at).and_then(|image| image.stage.as_ref()?.name.as_deref());
    stages.iter().rposition(|at| of(at).is_some_and(|stage| stage.eq_ignore_ascii_case(name)))
}

fn unquoted(text: &str) -> &str {
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

#[allow(clippy::unwrap_used)] // a constant
static VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?::?([-+])([^}]*))?\}|([A-Za-z_][A-Za-z0-9_]*))").unwrap()
});

/// `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:+instead}`; and whether all of it is known.
fn expand(text: &str, arguments: &BTreeMap<String, Option<String>>) -> (String, bool) {
    let mut known = true;
    let expanded = VARIABLE.replace_all(unquoted(text), |found: &regex::Captures<'_>| {
        let name = found.get(1).or_else(|| found.get(4)).map_or("", |name| name.as_str());
        let value = arguments.get(name).and_then(Option::as_ref).filter(|value| !value.is_empty());
        let word = found.get(3).map_or("", |word| word.as_str());
        match (found.get(2).map(|sign| sign.as_str()), value) {
            (Some("+"), None) => String::new(),
            (Some("+"), Some(_)) | (Some("-"), None) => word.to_owned(),
            (_, Some(value)) => value.clone(),
            _ => {
                known = false;
                found.get(0).map_or_else(String::new, |whole| whole.as_str().to_owned())
            }
        }
    });
    let known = known && !expanded.is_empty();
    (expanded.into_owned(), known)
}

/// Images that a resource names in its attributes.
pub fn of_resource(resource: &Resource) -> Vec<Image> {
    named_in(&resource.attributes, &resource.subject, &resource.path)
}

/// Images that the steps of a pipeline, or a deployment, run.
pub fn of_document(fact: &DocumentFact) -> Vec<Image> {
    named_in(&fact.value, &fact.subject, &fact.path)
}

fn named_in(node: &Node, subject: &str, path: &str) -> Vec<Image> {
    let mut found = Vec::new();
    walk(node, &mut Vec::new(), &mut |text, at| {
        // `azureml:name` is an asset of the workspace, not an image.
        if text.starts_with("azureml:") {
            return;
        }
        let image = Image::new(text, !text.contains("${"), ImageUse::Runs);
        found.push(Image { subject: subject.to_owned(), path: path.to_owned(), at: at.to_vec(), ..image });
    });
    found
}

fn walk(node: &Node, at: &mut Vec<Step>, on: &mut dyn FnMut(&str, &[Step])) {
    if at.len() > MAX_DEPTH {
        return;
    }
    match &node.value {
        Value::Map(entries) => {
            for entry in entries {
                at.push(key(&entry.key));
                match entry.node.as_str() {
                    Some(text) if ATTRIBUTES.contains(&entry.key.as_str()) && is_reference(text) => {
                        on(text, at);
                    }
                    _ => walk(&entry.node, at, on),
                }
                at.pop();
            }
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                at.push(Step::Index(index));
                walk(item, at, on);
                at.pop();
            }
        }
        _ => {}
    }
}

/// Could this be an image, and not a picture or a sentence?
fn is_reference(text: &str) -> bool {
    let picture = [".png", ".jpg", ".jpeg", ".svg", ".gif"].iter().any(|ending| text.ends_with(ending));
    !text.is_empty() && !picture && !text.contains("://") && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::super::tests::documents;
    use super::*;

    #[test]
    fn stages_build_on_images_and_on_each_other() {
        let text = "ARG PY=3.12\nARG REG\nFROM --platform=x python:${PY}-slim AS base\nUSER 1000\nFROM base AS test\nFROM $REG/app:1\n\
                    COPY --from=Base /a /b\nCOPY --from=busybox@sha256:aa /c /d\nCOPY --from=0 /e /f\nFROM reg.example:5000/team/app\nUSER root\n";
        let found = documents(&[("Dockerfile", text)]);
        let images: Vec<Json> = found.images.iter().map(Image::to_json).collect();
        let brief: Vec<_> = images
            .iter()
            .map(|i| {
                json!([
                    i["image"],
                    i["repository"],
                    i["tag"],
                    i["pinned"],
                    i["resolved"],
                    i["used"],
                    i["stage"]["from"],
                    i["stage"]["user"],
                    i["stage"]["last"]
                ])
            })
            .collect();
        assert_eq!(
            brief,
            [
                json!(["python:3.12-slim", "python", "3.12-slim", false, true, "base", null, "1000", false]),
                json!(["base", "base", null, true, true, "base", 0, "1000", false]),
                json!(["$REG/app:1", "$REG/app", "1", false, false, "base", null, null, false]),
                json!(["busybox@sha256:aa", "busybox", null, true, true, "copied", null, null, null]),
                json!([
                    "reg.example:5000/team/app",
                    "reg.example:5000/team/app",
                    null,
                    false,
                    true,
                    "base",
                    null,
                    "root",
                    true
                ]),
            ]
        );
        let span = found.facts[0].value.locate(&found.images[3].at).unwrap().span;
        assert_eq!(&text[span.start..span.end], "--from=busybox@sha256:aa");
    }

    #[test]
    fn pipelines_and_deployments_run_images() {
        let text = "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nenvironment: {image: 'mcr.example/a:1'}\ncode: {image: logo.png}\n";
        let images = documents(&[("deployment.yml", text)]).images;
        assert_eq!(images.len(), 1);
        assert_eq!((images[0].tag.as_deref(), images[0].used), (Some("1"), ImageUse::Runs));
    }

    #[test]
    fn defaults_stand_in_for_arguments() {
        let arguments = BTreeMap::from([("A".to_owned(), Some("x".to_owned())), ("B".to_owned(), None)]);
        let of = |text| expand(text, &arguments);
        assert_eq!(of("$A/${B:-y}:${A:+z}${B:+w}"), ("x/y:z".to_owned(), true));
        assert_eq!(of("${B}:1"), ("${B}:1".to_owned(), false));
        assert_eq!(of("${C}"), ("${C}".to_owned(), false));
    }
}
