//! The script of the demo's history: `manifest.yaml` and the overlays, embedded.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Error, wrong};
use crate::git::Identity;

const MANIFEST: &str = include_str!("manifest.yaml");

mod overlays {
    include!(concat!(env!("OUT_DIR"), "/demo.rs"));
}

/// The people and the commits, oldest first.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    people: BTreeMap<String, String>,
    pub commits: Vec<Commit>,
}

/// One commit. Its files lie in `overlays/<slug>/`, where a leading dot is written `dot-`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Commit {
    pub slug: String,
    pub author: String,
    /// RFC 3339.
    date: String,
    message: String,
    /// `main` when absent. A new name leaves from main's tip.
    pub branch: Option<String>,
    /// The branch that this commit merges into its own; it ends there.
    pub merge: Option<String>,
    #[serde(default)]
    pub rename: BTreeMap<String, String>,
    #[serde(default)]
    pub delete: Vec<String>,
}

impl Script {
    pub(super) fn read() -> Result<Self, Error> {
        serde_yaml::from_str(MANIFEST).map_err(|error| wrong("manifest", error.to_string()))
    }

    pub(super) fn identity(&self, author: &str, seconds: i64) -> Result<Identity, Error> {
        let name = self.people.get(author).ok_or_else(|| wrong(author, "nobody has this name"))?;
        Ok(Identity { name: name.clone(), email: format!("{author}@harbor.example"), seconds })
    }
}

impl Commit {
    pub(super) fn seconds(&self) -> Result<i64, Error> {
        let format = &time::format_description::well_known::Rfc3339;
        let date = time::OffsetDateTime::parse(&self.date, format);
        Ok(date.map_err(|error| wrong(&self.slug, error.to_string()))?.unix_timestamp())
    }
}

impl Commit {
    /// With the id of the waiver that the commit adds, which is the name of its file.
    pub(super) fn message(&self) -> String {
        let names = overlay(&self.slug).filter_map(|(name, _)| {
            Some(name.strip_prefix(".probity/waivers/")?.strip_suffix(".yaml")?.to_owned())
        });
        names.fold(self.message.clone(), |message, id| message.replace("{waiver}", &id))
    }
}

/// The files that a commit writes, with their paths in the demo.
pub(super) fn overlay(slug: &str) -> impl Iterator<Item = (String, &'static str)> {
    all().filter_map(move |(name, text)| {
        let inside = name.strip_prefix(slug)?.strip_prefix('/')?.to_owned();
        Some((inside, text))
    })
}

/// All overlay files: `<slug>/<path in the demo>`.
pub(super) fn all() -> impl Iterator<Item = (String, &'static str)> {
    overlays::FILES.iter().map(|(name, text)| (dotted(name), *text))
}

fn dotted(name: &str) -> String {
    let parts: Vec<String> = name
        .split('/')
        .map(|part| part.strip_prefix("dot-").map_or_else(|| part.to_owned(), |rest| format!(".{rest}")))
        .collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_overlay_belongs_to_a_commit() {
        let script = Script::read().unwrap();
        for (name, _) in all() {
            let (slug, _) = name.split_once('/').unwrap();
            assert!(script.commits.iter().any(|commit| commit.slug == slug), "{name}");
        }
    }

    #[test]
    fn dates_go_forward_and_authors_are_known() {
        let script = Script::read().unwrap();
        let mut last = 0;
        for commit in &script.commits {
            let seconds = commit.seconds().unwrap();
            assert!(seconds > last, "{}", commit.slug);
            script.identity(&commit.author, seconds).unwrap();
            last = seconds;
        }
    }

    #[test]
    fn leading_dots_are_spelled_out() {
        assert_eq!(dotted("01-x/dot-github/dot-a/dots-b"), "01-x/.github/.a/dots-b");
    }
}
