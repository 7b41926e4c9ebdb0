//! Which objects a patch is for.

use regex::Regex;

use crate::facts::kubernetes::Object;
use crate::source::Node;

/// The selector of a patch: what it does not name does not matter.
#[derive(Debug, Default)]
pub(super) struct Target {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: Vec<(String, Option<String>)>,
    annotations: Vec<(String, Option<String>)>,
}

impl Target {
    pub fn of(node: &Node) -> Result<Target, String> {
        let mut target = Target::default();
        for entry in node.entries() {
            let text = entry.node.as_str().unwrap_or("");
            // Names are whole regular expressions.
            let pattern = || -> Result<Option<Regex>, String> {
                if text.is_empty() {
                    return Ok(None);
                }
                let regex = Regex::new(&format!("^(?:{text})$"));
                regex.map(Some).map_err(|_| format!("the pattern `{text}` of a patch's target"))
            };
            match entry.key.as_str() {
                "group" => target.group = pattern()?,
                "version" => target.version = pattern()?,
                "kind" => target.kind = pattern()?,
                "name" => target.name = pattern()?,
                "namespace" => target.namespace = pattern()?,
                "labelSelector" => target.labels = selector(text)?,
                "annotationSelector" => target.annotations = selector(text)?,
                key => return Err(format!("`{key}` of a patch's target")),
            }
        }
        Ok(target)
    }

    pub fn matches(&self, object: &Object) -> bool {
        let is = |regex: &Option<Regex>, text: &str| regex.as_ref().is_none_or(|regex| regex.is_match(text));
        let has = |field: &str, wanted: &[(String, Option<String>)]| {
            let map = object.node.get("metadata").and_then(|metadata| metadata.get(field));
            wanted.iter().all(|(key, value)| {
                let found = map.and_then(|map| map.get(key));
                found.is_some_and(|found| value.as_deref().is_none_or(|value| found.as_str() == Some(value)))
            })
        };
        is(&self.group, object.group())
            && is(&self.version, object.version())
            && is(&self.kind, object.kind())
            && object.ids().any(|(name, namespace)| is(&self.name, name) && is(&self.namespace, namespace))
            && has("labels", &self.labels)
            && has("annotations", &self.annotations)
    }
}

/// `a=b,c`: equality and presence; other operators are not known here.
fn selector(text: &str) -> Result<Vec<(String, Option<String>)>, String> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| match part.split_once('=') {
            _ if part.contains(['!', '(', ' ']) => Err(format!("the selector `{text}`")),
            Some((key, value)) => Ok((key.to_owned(), Some(value.trim_start_matches('=').to_owned()))),
            None => Ok((part.to_owned(), None)),
        })
        .collect()
}
