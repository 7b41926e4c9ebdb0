//! Python packages: asked for in requirements and `pyproject.toml`, locked in lock files.
//!
//! Formats: <https://packaging.python.org/en/latest/specifications/pyproject-toml/>,
//! <https://packaging.python.org/en/latest/specifications/dependency-groups/>,
//! <https://python-poetry.org/docs/pyproject/>, <https://docs.astral.sh/uv/concepts/projects/layout/>,
//! <https://github.com/pypa/pipfile>

use serde_json::{Value as Json, json};

use super::{DocumentFact, key};
use crate::source::{Entry, Kind, Node, Requirement, Step, Value, steps_json};

/// Packages that one document may name.
pub const MAX_PACKAGES: usize = 50_000;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Package {
    /// As PyPI compares names: lower case, one hyphen between words.
    pub name: String,
    /// Where exactly one is allowed.
    pub version: Option<String>,
    pub specifier: String,
    /// An address or path, where it does not come from an index.
    pub url: Option<String>,
    /// `dev`, `test`, `build-system`; `None` is what the project needs to run.
    pub group: Option<String>,
    /// A hash of the file is recorded.
    pub hashed: bool,
    /// From a lock file.
    pub locked: bool,
    pub subject: String,
    pub path: String,
    pub at: Vec<Step>,
}

impl Package {
    /// As policies see it.
    pub fn to_json(&self) -> Json {
        json!({
            "name": self.name,
            "version": self.version,
            "specifier": self.specifier,
            "url": self.url,
            "group": self.group,
            "hashed": self.hashed,
            "locked": self.locked,
            "subject": self.subject,
            "path": self.path,
            "at": steps_json(&self.at),
        })
    }
}

/// The packages of a document, and whether they are all.
pub fn of(fact: &DocumentFact) -> (Vec<Package>, bool) {
    let common = Package {
        subject: fact.subject.clone(),
        path: fact.path.clone(),
        locked: fact.kind == Kind::PythonLock,
        ..Package::default()
    };
    let mut reader = Reader { common, found: Vec::new(), complete: true };
    match fact.kind {
        Kind::Requirements => reader.requirements(&fact.value),
        Kind::Pyproject => reader.pyproject(&fact.value),
        _ => reader.lock(&fact.value),
    }
    (reader.found, reader.complete)
}

/// PEP 503.
fn normalized(name: &str) -> String {
    let words: Vec<_> = name.split(['-', '_', '.']).filter(|word| !word.is_empty()).collect();
    words.join("-").to_ascii_lowercase()
}

/// `==1.2` allows one version; `==1.*` does not.
fn exact(specifier: &str) -> Option<String> {
    let version = specifier.strip_prefix("===").or_else(|| specifier.strip_prefix("=="))?.trim();
    (!version.contains([',', '*', ' '])).then(|| version.to_owned())
}

struct Reader {
    common: Package,
    found: Vec<Package>,
    complete: bool,
}

impl Reader {
    fn push(&mut self, name: &str, at: &[Step], more: impl FnOnce(&mut Package)) {
        if self.found.len() == MAX_PACKAGES {
            self.complete = false;
            return;
        }
        let mut package = Package { name: normalized(name), at: at.to_vec(), ..self.common.clone() };
        more(&mut package);
        self.found.push(package);
    }

    fn requirements(&mut self, root: &Node) {
        for (index, item) in root.items().iter().enumerate() {
            let text = |name: &str| item.get(name).and_then(Node::as_str).unwrap_or("");
            let url = Some(text("url").to_owned()).filter(|url| !url.is_empty());
            let Some(name) = [text("name"), text("url")].into_iter().find(|name| !name.is_empty()) else {
                continue;
            };
            // A path without a name keeps its form.
            let shown = if text("name").is_empty() { name.to_owned() } else { normalized(name) };
            self.push(name, &[Step::Index(index), key("name")], |package| {
                package.name = shown;
                text("specifier").clone_into(&mut package.specifier);
                package.version = exact(text("specifier"));
                package.hashed = item.get("hashes").is_some_and(|hashes| !hashes.items().is_empty());
                package.url = url;
            });
        }
    }

    fn pyproject(&mut self, root: &Node) {
        let inner = |path: &[&str]| path.iter().try_fold(root, |node, name| node.get(name));
        let steps = |path: &[&str]| path.iter().map(|name| key(name)).collect::<Vec<_>>();
        let dependencies = ["project", "dependencies"];
        if let Some(list) = inner(&dependencies) {
            self.specifiers(list, &steps(&dependencies), None);
        }
        let build = ["build-system", "requires"];
        if let Some(list) = inner(&build) {
            self.specifiers(list, &steps(&build), Some("build-system"));
        }
        for table in [&["project", "optional-dependencies"][..], &["dependency-groups"]] {
            for group in inner(table).map(Node::entries).unwrap_or_default() {
                let at: Vec<Step> = steps(table).into_iter().chain([key(&group.key)]).collect();
                self.specifiers(&group.node, &at, Some(&group.key));
            }
        }
        let tables = [
            (&["tool", "poetry", "dependencies"][..], None),
            (&["tool", "poetry", "dev-dependencies"], Some("dev")),
        ];
        for (table, group) in tables {
            if let Some(node) = inner(table) {
                self.poetry(node, &steps(table), group);
            }
        }
        let groups = ["tool", "poetry", "group"];
        for group in inner(&groups).map(Node::entries).unwrap_or_default() {
            if let Some(node) = group.node.get("dependencies") {
                let at: Vec<Step> =
                    steps(&groups).into_iter().chain([key(&group.key), key("dependencies")]).collect();
                self.poetry(node, &at, Some(&group.key));
            }
        }
    }

    fn specifiers(&mut self, list: &Node, at: &[Step], group: Option<&str>) {
        for (index, item) in list.items().iter().enumerate() {
            let Some(requirement) = item.as_str().and_then(Requirement::of) else { continue };
            let at: Vec<Step> = at.iter().cloned().chain([Step::Index(index)]).collect();
            self.push(requirement.name, &at, |package| {
                requirement.specifier.clone_into(&mut package.specifier);
                package.version = exact(requirement.specifier);
                package.url = Some(requirement.url.to_owned()).filter(|url| !url.is_empty());
                package.group = group.map(str::to_owned);
            });
        }
    }

    /// `name = "^1.0"`, `name = {version, git, path, url}`, or a list of such.
    fn poetry(&mut self, table: &Node, at: &[Step], group: Option<&str>) {
        for Entry { key: name, node, .. } in table.entries().iter().filter(|entry| entry.key != "python") {
            let one = node.items().first().unwrap_or(node);
            let text = |name: &str| one.get(name).and_then(Node::as_str);
            let specifier = one.as_str().or_else(|| text("version")).unwrap_or("").to_owned();
            let url = ["git", "url", "path", "file"].iter().find_map(|name| text(name)).map(str::to_owned);
            let at: Vec<Step> = at.iter().cloned().chain([key(name)]).collect();
            self.push(name, &at, |package| {
                // A bare version is exact in Poetry's notation.
                let bare =
                    specifier.starts_with(|c: char| c.is_ascii_digit()).then(|| format!("=={specifier}"));
                package.version = exact(bare.as_deref().unwrap_or(&specifier));
                package.specifier = specifier;
                package.url = url;
                package.group = group.map(str::to_owned);
            });
        }
    }

    fn lock(&mut self, root: &Node) {
        for (index, item) in root.get("package").map(Node::items).unwrap_or_default().iter().enumerate() {
            let text = |name: &str| item.get(name).and_then(Node::as_str);
            let Some(name) = text("name") else { continue };
            let hash = |node: &Node| node.get("hash").is_some();
            let listed = |name: &str| item.get(name).is_some_and(|files| files.items().iter().any(hash));
            // Poetry before 1.3 kept the hashes of all packages in one table.
            let apart = || root.get("metadata")?.get("files")?.get(name)?.items().first().map(hash);
            let hashed = listed("files") || listed("wheels") || item.get("sdist").is_some_and(hash);
            let hashed = hashed || apart() == Some(true);
            let source = item.get("source");
            let of =
                |names: &[&str]| names.iter().find_map(|name| source?.get(name)?.as_str()).map(str::to_owned);
            let registry = source.is_none_or(|source| {
                source.get("registry").is_some()
                    || source.get("type").and_then(Node::as_str) == Some("legacy")
            });
            let url = of(&["git", "url", "editable", "virtual", "directory", "path"]).filter(|_| !registry);
            let version = text("version").map(str::to_owned);
            self.push(name, &[key("package"), Step::Index(index), key("name")], |package| {
                package.version = version;
                package.hashed = hashed;
                package.url = url;
            });
        }
        for (section, group) in [("default", None), ("develop", Some("dev"))] {
            for Entry { key: name, node, .. } in root.get(section).map(Node::entries).unwrap_or_default() {
                if !matches!(node.value, Value::Map(_)) {
                    continue;
                }
                let text = |name: &str| node.get(name).and_then(Node::as_str);
                let url = ["git", "path", "file"].iter().find_map(|name| text(name)).map(str::to_owned);
                self.push(name, &[key(section), key(name)], |package| {
                    package.version = text("version").and_then(exact);
                    text("version").unwrap_or("").clone_into(&mut package.specifier);
                    package.hashed = node.get("hashes").is_some_and(|hashes| !hashes.items().is_empty());
                    package.url = url;
                    package.group = group.map(str::to_owned);
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::documents;

    /// `name version specifier url group`, marked `#` when hashed and `!` when locked.
    fn brief(path: &str, text: &str) -> Vec<String> {
        let found = documents(&[(path, text)]);
        for package in &found.packages {
            assert_eq!(found.facts[0].value.locate(&package.at).unwrap().depth, package.at.len());
        }
        let packages = found.packages.iter().map(|p| {
            let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
            let marks = format!("{}{}", if p.hashed { "#" } else { "" }, if p.locked { "!" } else { "" });
            format!(
                "{} {} {} {} {}{marks}",
                p.name,
                text(&p.version),
                p.specifier,
                text(&p.url),
                text(&p.group)
            )
        });
        packages.collect()
    }

    #[test]
    fn requirements() {
        let text = "Foo_Bar==1.2 --hash=sha256:aa\ntorch==2.*\n./local\n-r x.txt\nm @ https://h/m.whl\n";
        let want =
            ["foo-bar 1.2 ==1.2 - -#", "torch - ==2.* - -", "./local -  ./local -", "m -  https://h/m.whl -"];
        assert_eq!(brief("requirements.txt", text), want);
    }

    #[test]
    fn pyproject() {
        let text = "[project]\ndependencies = [\"torch>=2\"]\n[project.optional-dependencies]\ngpu = [\"cuda==1\"]\n[dependency-groups]\n\
                    test = [\"pytest\", {include-group = \"x\"}]\n[build-system]\nrequires = [\"hatchling\"]\n[tool.poetry.dependencies]\n\
                    python = \"^3\"\na = \"1.0\"\nb = {git = \"https://g/b\"}\nc = [{version = \"^1\"}]\n[tool.poetry.group.dev.dependencies]\nd = \"*\"\n";
        let want = [
            "torch - >=2 - -",
            "hatchling -  - build-system",
            "cuda 1 ==1 - gpu",
            "pytest -  - test",
            "a 1.0 1.0 - -",
            "b -  https://g/b -",
            "c - ^1 - -",
            "d - * - dev",
        ];
        assert_eq!(brief("pyproject.toml", text), want);
    }

    #[test]
    fn lock_files() {
        let uv = "version = 1\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = { registry = \"https://pypi.org/simple\" }\nwheels = [{ url = \"u\", hash = \"sha256:x\" }]\n\
                  [[package]]\nname = \"me\"\nversion = \"0\"\nsource = { editable = \".\" }\n";
        assert_eq!(brief("uv.lock", uv), ["a 1  - -#!", "me 0  . -!"]);
        let poetry = "[[package]]\nname = \"a\"\nversion = \"1\"\nfiles = [{file = \"f\", hash = \"h\"}]\n[[package]]\nname = \"b\"\nversion = \"2\"\n[package.source]\ntype = \"git\"\nurl = \"https://g/b\"\n[metadata.files]\nb = []\n";
        assert_eq!(brief("poetry.lock", poetry), ["a 1  - -#!", "b 2  https://g/b -!"]);
        let pipfile = "{\"_meta\": {}, \"default\": {\"a\": {\"hashes\": [\"h\"], \"version\": \"==1\"}}, \"develop\": {\"b\": {\"git\": \"https://g\"}}}";
        assert_eq!(brief("Pipfile.lock", pipfile), ["a 1 ==1 - -#!", "b -  https://g dev!"]);
    }
}
