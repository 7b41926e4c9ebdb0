//! Which folders are roots, and which module calls lead from folder to folder.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::module::{Module, literal};
use crate::model::path::{folder, join};
use crate::source::{Document, Kind};

/// Every folder with Terraform files, by its path. Kept from one snapshot to the next.
#[derive(Debug, Default)]
pub struct Folders(BTreeMap<String, Folder>);

#[derive(Debug)]
struct Folder {
    files: Vec<Arc<Document>>,
    /// The folders that it calls, whether they are there or not.
    calls: BTreeSet<String>,
}

impl Folders {
    pub fn of(documents: &[Arc<Document>]) -> Self {
        let mut folders = Self::default();
        folders.change(documents.iter().map(|document| (None, Some(document))));
        folders
    }

    /// Puts documents in the places of others. Gives the folders that are not as they were, and whether other folders
    /// call each other now.
    pub fn change<'d>(
        &mut self,
        changes: impl Iterator<Item = (Option<&'d Arc<Document>>, Option<&'d Arc<Document>>)>,
    ) -> (BTreeSet<String>, bool) {
        let counts = |document: &&Arc<Document>| document.syntax.is_some() && is_terraform(document.kind);
        let mut rewritten: BTreeMap<String, Vec<Arc<Document>>> = BTreeMap::new();
        for (old, new) in changes {
            for document in [old.filter(counts), new.filter(counts)].into_iter().flatten() {
                let folder = folder(&document.path);
                let known = || self.0.get(folder).map(|folder| folder.files.clone()).unwrap_or_default();
                let files = rewritten.entry(folder.to_owned()).or_insert_with(known);
                files.retain(|file| file.path != document.path);
            }
            if let Some(document) = new.filter(counts) {
                rewritten.entry(folder(&document.path).to_owned()).or_default().push(document.clone());
            }
        }
        let names = rewritten.keys().cloned().collect();
        let mut rearranged = false;
        for (path, mut files) in rewritten {
            // A folder of nothing but assignments declares nothing, but it may come to declare something.
            if files.is_empty() {
                rearranged |= self.0.remove(&path).is_some();
                continue;
            }
            files.sort_by(|a, b| a.path.cmp(&b.path));
            let folder = Folder { calls: calls_of(&path, &files), files };
            let before = self.0.get(&path);
            rearranged |= before.is_none_or(|before| {
                before.calls != folder.calls || before.is_declared() != folder.is_declared()
            });
            self.0.insert(path, folder);
        }
        (names, rearranged)
    }
}

impl Folder {
    fn is_declared(&self) -> bool {
        self.files.iter().any(|file| matches!(file.kind, Kind::Terraform | Kind::TerraformJson))
    }
}

fn calls_of(path: &str, files: &[Arc<Document>]) -> BTreeSet<String> {
    let module = Module::of(path, files.iter().map(AsRef::as_ref).collect());
    let calls = module.calls.list.iter();
    let sources = calls.filter_map(|call| literal(&call.block.body.attribute("source")?.value));
    sources.filter_map(|source| local_folder(path, source)).collect()
}

/// The same with what each folder declares, as far as it was asked for.
pub struct Tree<'a> {
    folders: &'a Folders,
    modules: HashMap<&'a str, Module<'a>>,
}

impl<'a> Tree<'a> {
    /// A tree of which no folder was looked into.
    pub fn of(folders: &'a Folders) -> Self {
        Self { folders, modules: HashMap::new() }
    }

    /// Looks into the folders of some roots and into those that they reach.
    pub fn look_into<'r>(&mut self, roots: impl Iterator<Item = &'r str>) {
        let reached: BTreeSet<&str> = roots.flat_map(|root| self.reached(root)).collect();
        let folders = reached.into_iter().filter_map(|path| self.folders.0.get_key_value(path));
        self.modules = folders
            .map(|(path, folder)| {
                (path.as_str(), Module::of(path, folder.files.iter().map(AsRef::as_ref).collect()))
            })
            .collect();
    }

    /// What a folder declares that was looked into.
    pub fn module(&self, folder: &str) -> Option<&Module<'a>> {
        self.modules.get(folder)
    }

    fn declared(&self) -> impl Iterator<Item = &'a str> {
        let declared = self.folders.0.iter().filter(|(_, folder)| folder.is_declared());
        declared.map(|(path, _)| path.as_str())
    }

    pub fn is_declared(&self, folder: &str) -> bool {
        self.folders.0.get(folder).is_some_and(Folder::is_declared)
    }

    /// The folder that a call leads to, when it is one of this repository.
    pub fn target(&self, from: &str, source: &str) -> Option<&Module<'a>> {
        self.module(&local_folder(from, source)?)
    }

    /// The folders that are planned by themselves, sorted: those that nobody calls, those that only
    /// their own examples and tests call, and one of each circle that would be left out otherwise.
    pub fn roots(&self) -> Vec<&'a str> {
        let folders: Vec<&'a str> = self.declared().collect();
        let mut called: BTreeSet<&str> = BTreeSet::new();
        for from in &folders {
            called.extend(self.callees(from).filter(|to| !is_below(from, to)));
        }
        let mut roots: Vec<&str> =
            folders.iter().copied().filter(|folder| !called.contains(folder)).collect();
        let mut reached = BTreeSet::new();
        for root in &roots {
            self.reach(root, &mut reached);
        }
        for folder in folders {
            if !reached.contains(folder) {
                self.reach(folder, &mut reached);
                roots.push(folder);
            }
        }
        roots.sort_unstable();
        roots
    }

    /// The files of a root and of every module that it calls, sorted.
    pub fn files(&self, root: &str) -> Arc<[String]> {
        let reached = self.reached(root);
        let folders = reached.iter().filter_map(|path| Some((*path, self.folders.0.get(*path)?)));
        let files = folders.flat_map(|(path, folder)| {
            let configures = move |file: &&Arc<Document>| {
                path == root || matches!(file.kind, Kind::Terraform | Kind::TerraformJson)
            };
            folder.files.iter().filter(configures).map(|file| file.path.clone())
        });
        files.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// A folder with all those that it calls, directly or through others.
    pub fn reached(&self, root: &str) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        if let Some((root, _)) = self.folders.0.get_key_value(root) {
            self.reach(root, &mut reached);
        }
        reached
    }

    /// Where a folder's calls lead to, as far as that is in the repository.
    fn callees(&self, from: &str) -> impl Iterator<Item = &'a str> {
        let calls = self.folders.0.get(from).into_iter().flat_map(|folder| &folder.calls);
        calls.filter(|to| self.is_declared(to)).map(String::as_str)
    }

    fn reach(&self, from: &'a str, reached: &mut BTreeSet<&'a str>) {
        let mut waiting = vec![from];
        while let Some(folder) = waiting.pop() {
            if reached.insert(folder) {
                waiting.extend(self.callees(folder));
            }
        }
    }
}

pub fn is_terraform(kind: Kind) -> bool {
    matches!(kind, Kind::Terraform | Kind::TerraformJson | Kind::Tfvars | Kind::TfvarsJson)
}

/// Is `folder` the folder `above`, or below it?
fn is_below(folder: &str, above: &str) -> bool {
    above.is_empty()
        || folder.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `./x` and `../x` seen from `from`; `None` for anything else and for what leaves the repository.
pub fn local_folder(from: &str, source: &str) -> Option<String> {
    let local = source == "." || source == ".." || source.starts_with("./") || source.starts_with("../");
    if local { join(from, source) } else { None }
}

/// The path that leads from one folder to another: what Terraform calls `path.module`.
pub fn relative(from: &str, to: &str) -> String {
    let steps = |folder: &str| -> Vec<String> {
        folder.split('/').filter(|step| !step.is_empty()).map(str::to_owned).collect()
    };
    let (from, to) = (steps(from), steps(to));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - common);
    let path: Vec<&str> = up.chain(to.iter().skip(common).map(String::as_str)).collect();
    if path.is_empty() { ".".to_owned() } else { path.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::read;

    fn roots(files: &[(&str, &str)]) -> Vec<String> {
        let documents: Vec<_> = files
            .iter()
            .map(|(path, text)| {
                Arc::new(
                    read(path, Kind::of_path(path).unwrap(), text.as_bytes().to_vec(), false)
                        .document
                        .unwrap(),
                )
            })
            .collect();
        let folders = Folders::of(&documents);
        Tree::of(&folders).roots().into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn roots_are_what_nobody_calls_from_outside() {
        let call = |source: &str| format!("module \"m\" {{\n  source = \"{source}\"\n}}\n");
        let case = |files: &[(&str, &str)]| roots(files);
        assert_eq!(case(&[("main.tf", &call("./modules/x")), ("modules/x/main.tf", "")]), [""]);
        assert_eq!(case(&[("main.tf", ""), ("examples/a/main.tf", &call("../.."))]), ["", "examples/a"]);
        assert_eq!(case(&[("a/main.tf", &call("../b")), ("b/main.tf", "")]), ["a"]);
        // A circle would never be looked at, were it not for the first of it.
        assert_eq!(case(&[("a/m.tf", &call("../b")), ("b/m.tf", &call("../a"))]), ["a"]);
        assert_eq!(case(&[("a/m.tf", &call("./")), ("b/b.tfvars", "x = 1")]), ["a"]);
    }

    #[test]
    fn paths_stay_in_the_repository() {
        assert_eq!(local_folder("a/b", "../c/./d"), Some("a/c/d".to_owned()));
        assert_eq!(local_folder("a", "../../c"), None);
        assert_eq!(local_folder("a", "hashicorp/consul/aws"), None);
        assert_eq!(relative("a/b", "a/c/d"), "../c/d");
        assert_eq!(relative("", ""), ".");
    }
}
