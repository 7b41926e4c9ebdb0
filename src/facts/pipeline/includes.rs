//! What a GitLab CI file includes: files of the repository, and what lies elsewhere.
//!
//! <https://docs.gitlab.com/ci/yaml/includes/>

use super::Context;
use super::data::text;
use crate::source::{Document, Node};

/// Files that one pipeline may include, as on GitLab, and includes that one file may name.
const MAX_FILES: usize = 150;
const MAX_INCLUDES: usize = 300;

/// A file and everything that it includes.
#[derive(Default)]
pub struct Files<'a> {
    /// The including file before what it includes: what comes first wins.
    pub documents: Vec<&'a Document>,
    /// What lies elsewhere.
    pub elsewhere: Vec<String>,
}

impl<'a> Files<'a> {
    pub fn of(root: &'a Document, context: &Context<'a>) -> Self {
        let mut files = Self { documents: vec![root], elsewhere: Vec::new() };
        let mut next = 0;
        while let Some(document) = files.documents.get(next).copied() {
            next += 1;
            for include in document.values.iter().filter_map(|node| node.get("include")) {
                let items =
                    if include.items().is_empty() { std::slice::from_ref(include) } else { include.items() };
                for item in items.iter().take(MAX_INCLUDES) {
                    files.include(item, context);
                }
            }
        }
        files
    }

    fn include(&mut self, item: &Node, context: &Context<'a>) {
        let local = text(item, "local").or_else(|| item.as_str().filter(|path| !path.contains("://")));
        let Some(local) = local else {
            let named = ["template", "remote", "project", "component"]
                .iter()
                .find_map(|key| Some(format!("{key} {}", text(item, key)?)));
            let named = named.or_else(|| item.as_str().map(str::to_owned));
            self.elsewhere.push(named.unwrap_or_else(|| "an include".to_owned()));
            return;
        };
        let wanted = local.trim_start_matches('/');
        let before = self.documents.len();
        if !wanted.contains('*') {
            let document = context.documents.get(wanted).copied();
            match document {
                Some(document) => self.take(document),
                None => self.elsewhere.push(wanted.to_owned()),
            }
            return;
        }
        for (path, document) in &context.documents {
            if matches(wanted, path) {
                self.take(document);
            }
        }
        if self.documents.len() == before {
            self.elsewhere.push(wanted.to_owned());
        }
    }

    fn take(&mut self, document: &'a Document) {
        if self.documents.iter().any(|known| known.path == document.path) {
            return;
        }
        if self.documents.len() < MAX_FILES {
            self.documents.push(document);
        } else {
            self.elsewhere.push(format!("{} (more than {MAX_FILES} files)", document.path));
        }
    }
}

/// `ci/*.yml` within a folder, `ci/**.yml` below it.
fn matches(pattern: &str, path: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == path };
    let deep = after.starts_with('*');
    let after = after.trim_start_matches('*').trim_start_matches('/');
    path.strip_prefix(before)
        .and_then(|rest| rest.strip_suffix(after))
        .is_some_and(|between| deep || !between.contains('/'))
}
