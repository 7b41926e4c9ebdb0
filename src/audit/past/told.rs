//! What was told of a commit's past, for the next audit of that commit: until somebody commits, a hook asks for it again
//! and again.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{Audited, Rules};
use crate::git::{Oid, Repository};
use crate::model::Digest;

/// The history of one commit, and what the register wants to know of it.
#[derive(Debug, PartialEq)]
pub struct Told {
    pub history: Map<String, Json>,
    /// Path of a record, who committed it.
    pub introduced: HashMap<String, Json>,
    /// Paths that commits brought and that are not audited.
    pub(super) elsewhere: BTreeSet<String>,
    /// The commits that were looked at.
    pub(super) commits: Vec<Oid>,
    /// Something was not there, and may come yet.
    pub(super) lacks_objects: bool,
}

#[derive(Serialize, Deserialize)]
struct Packed<'t> {
    hangs_on: String,
    history: Cow<'t, Map<String, Json>>,
    introduced: Cow<'t, HashMap<String, Json>>,
    elsewhere: Cow<'t, BTreeSet<String>>,
    commits: Vec<String>,
}

/// The audited files are not part of it: [`Told::of_files`].
fn hangs_on(rules: &Rules, audited: &Audited<'_>) -> String {
    Digest::of_written(&(audited.commit.to_string(), &rules.made_of, audited.reports)).hex()
}

impl Told {
    /// What a later audit can begin with; `None` where that could find more than there is now.
    pub fn export(&self, rules: &Rules, audited: &Audited<'_>) -> Option<Vec<u8>> {
        if self.lacks_objects {
            return None;
        }
        let packed = Packed {
            hangs_on: hangs_on(rules, audited),
            history: Cow::Borrowed(&self.history),
            introduced: Cow::Borrowed(&self.introduced),
            elsewhere: Cow::Borrowed(&self.elsewhere),
            commits: self.commits.iter().map(Oid::to_string).collect(),
        };
        let mut bytes = Vec::new();
        // Not as JSON: fractions would not come back to the last bit.
        ciborium::into_writer(&packed, &mut bytes).ok().map(|()| bytes)
    }

    /// What an earlier audit has left, if all would be told the same again.
    pub fn import(
        bytes: &[u8],
        repository: &Repository,
        rules: &Rules,
        audited: &Audited<'_>,
    ) -> Option<Self> {
        let packed: Packed<'_> = ciborium::from_reader(bytes).ok()?;
        let commits = packed.commits.iter().map(|id| Oid::from_str(id).ok());
        let commits: Vec<Oid> = commits.collect::<Option<_>>()?;
        // What was looked at before may be gone since.
        (packed.hangs_on == hangs_on(rules, audited) && repository.has_all(&commits)).then_some(())?;
        let told = Self {
            history: packed.history.into_owned(),
            introduced: packed.introduced.into_owned(),
            elsewhere: packed.elsewhere.into_owned(),
            commits,
            lacks_objects: false,
        };
        told.of_files(audited.files)
    }

    /// The same for other files; `None` where one of them has a past that was not told.
    fn of_files(mut self, files: &BTreeMap<String, u64>) -> Option<Self> {
        if files.keys().any(|path| self.elsewhere.contains(path)) {
            return None;
        }
        let last_changed = self.history.get_mut("last_changed")?.as_object_mut()?;
        last_changed.retain(|path, _| files.contains_key(path));
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_told_comes_back_only_where_it_would_be_told_again() {
        let folder = tempfile::tempdir().unwrap();
        let git = git2::Repository::init(folder.path()).unwrap();
        let tree = git.find_tree(git.index().unwrap().write_tree().unwrap()).unwrap();
        let somebody = git2::Signature::new("a", "a@example.org", &git2::Time::new(0, 0)).unwrap();
        let commit = git.commit(Some("HEAD"), &somebody, &somebody, "first", &tree, &[]).unwrap();
        let repository = Repository::discover(folder.path()).unwrap();
        let rules =
            |floor: u64| Rules::of(&|name| if name.ends_with("bytes") { json!(floor) } else { json!([]) });
        let files =
            |paths: &[&str]| paths.iter().map(|path| ((*path).to_owned(), 1)).collect::<BTreeMap<_, _>>();
        let (two, reports) = (files(&["a", "b"]), BTreeSet::new());
        let audited = Audited { commit, files: &two, reports: &reports };
        let history =
            json!({"last_changed": {"a": 1, "b": 2}, "changes": [0.1 + 0.2, 1.0, -1, u64::MAX, null]});
        let told = || Told {
            history: history.as_object().unwrap().clone(),
            introduced: HashMap::from([("r".to_owned(), json!({"commit": "x"}))]),
            elsewhere: BTreeSet::from(["gone".to_owned()]),
            commits: vec![commit],
            lacks_objects: false,
        };
        let bytes = told().export(&rules(1), &audited).unwrap();
        let again = |rules: &Rules, audited: &Audited<'_>| Told::import(&bytes, &repository, rules, audited);
        assert_eq!(again(&rules(1), &audited), Some(told()));
        assert_eq!(again(&rules(2), &audited), None, "other parameters");
        assert_eq!(again(&rules(1), &Audited { commit: git2::Oid::ZERO_SHA1, ..audited }), None);
        assert_eq!(again(&rules(1), &Audited { reports: &BTreeSet::from(["a"]), ..audited }), None);
        let back = again(&rules(1), &Audited { files: &files(&["a", "new"]), ..audited }).unwrap();
        assert_eq!(back.history["last_changed"], json!({"a": 1}));
        assert_eq!(again(&rules(1), &Audited { files: &files(&["gone"]), ..audited }), None);
        for end in 0..bytes.len() {
            assert_eq!(Told::import(&bytes[..end], &repository, &rules(1), &audited), None, "{end}");
        }
        assert_eq!(Told { lacks_objects: true, ..told() }.export(&rules(1), &audited), None);
        let missing = Told { commits: vec![git2::Oid::from_str(&"1".repeat(40)).unwrap()], ..told() };
        let bytes = missing.export(&rules(1), &audited).unwrap();
        assert_eq!(Told::import(&bytes, &repository, &rules(1), &audited), None, "a commit is gone");
    }
}
