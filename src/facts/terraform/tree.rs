//! Which folders are roots, and which module calls lead from folder to folder.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::module::{Module, literal};
use crate::model::path::{folder, join};
use crate::source::{Document, Kind};

/// Every folder with Terraform files.
pub struct Tree<'a> {
    pub modules: HashMap<&'a str, Module<'a>>,
}

impl<'a> Tree<'a> {
    pub fn of(documents: &'a [Arc<Document>]) -> Self {
        let mut folders: BTreeMap<&str, Vec<&Document>> = BTreeMap::new();
        for document in documents {
            if document.syntax.is_some() && is_terraform(document.kind) {
                folders.entry(folder(&document.path)).or_default().push(document);
            }
        }
        // A folder of nothing but assignments declares nothing.
        folders.retain(|_, files| {
            files.iter().any(|file| matches!(file.kind, Kind::Terraform | Kind::TerraformJson))
        });
        let modules =
            folders.into_iter().map(|(folder, files)| (folder, Module::of(folder, files))).collect();
        Self { modules }
    }

    /// The folder that a call leads to, when it is one of this repository.
    pub fn target(&self, from: &str, source: &str) -> Option<&Module<'a>> {
        let folder = local_folder(from, source)?;
        self.modules.get(folder.as_str())
    }

    /// The folders that are planned by themselves, sorted: those that nobody calls, those that only
    /// their own examples and tests call, and one of each circle that would be left out otherwise.
    pub fn roots(&self) -> Vec<&'a str> {
        let mut folders: Vec<&'a str> = self.modules.keys().copied().collect();
        folders.sort_unstable();
        let mut called: BTreeSet<&str> = BTreeSet::new();
        for from in &folders {
            let outside = |to: &&str| !is_below(from, to);
            called.extend(self.callees(from).into_iter().filter(outside));
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
    pub fn files(&self, root: &'a str) -> Arc<[String]> {
        let mut reached = BTreeSet::new();
        self.reach(root, &mut reached);
        let modules = reached.iter().filter_map(|folder| self.modules.get(folder));
        let files = modules.flat_map(|module| {
            let own = module.folder == root;
            let configures =
                |file: &&&Document| own || matches!(file.kind, Kind::Terraform | Kind::TerraformJson);
            module.files.iter().filter(configures).map(|file| file.path.clone()).collect::<Vec<_>>()
        });
        files.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn callees(&self, from: &str) -> Vec<&'a str> {
        let calls = self.modules.get(from).into_iter().flat_map(|module| &module.calls.list);
        let sources = calls.filter_map(|call| literal(&call.block.body.attribute("source")?.value));
        sources.filter_map(|source| Some(self.target(from, source)?.folder)).collect()
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
        Tree::of(&documents).roots().into_iter().map(str::to_owned).collect()
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
