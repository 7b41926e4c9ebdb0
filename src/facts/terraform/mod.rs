//! Terraform: every root of the repository, evaluated as `terraform plan` would without state.
//!
//! ```text
//! documents ──> Tree: folders, roots, calls ──> Root: module instances, values on demand
//!                                                 └──> resources: attributes with spans, references
//! ```
//! Variables take their defaults and the assignments of the files that Terraform loads by itself.
//! What only `apply` can know stays unknown, and so does what lies outside the repository.

mod access;
mod attributes;
mod budget;
mod constraint;
mod evaluate;
mod instance;
mod library;
mod lookup;
mod module;
mod providers;
mod references;
mod root;
mod tree;
pub mod value;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use self::attributes::{Content, content};
use self::budget::{Budget, STACK};
use self::evaluate::Scope;
use self::instance::{Repetition, join};
use self::module::Declared;
use self::providers::{add_tags_all, used_by};
use self::root::{LookedAt, ModuleInstance, Name, Root};
pub(super) use self::tree::is_terraform;
use self::tree::{Folders, Tree};
use self::value::Value;
use super::{Change, Part, Resource, System};
use crate::model::Unread;
use crate::source::{Document, Entry, Kind, Node, Value as NodeValue, read};

/// The values of one root, as `terraform plan` shows them.
#[derive(Debug, Default)]
pub struct Configuration {
    pub root: String,
    pub outputs: BTreeMap<String, Value>,
    /// What the configuration says of each resource, by address.
    pub resources: BTreeMap<String, Value>,
}

/// The roots of a repository with what they declare, kept from one snapshot to the next: only what hangs on a
/// changed document is evaluated again.
#[derive(Debug, Default)]
pub(super) struct Roots {
    folders: Folders,
    roots: BTreeMap<String, Evaluated>,
}

/// A root that was evaluated, and on what that hangs.
#[derive(Debug)]
struct Evaluated {
    part: Arc<Part>,
    /// The folders that it reaches.
    folders: BTreeSet<String>,
    looked_at: LookedAt,
    /// The work that it made, and what it was allowed.
    spent: usize,
    most: usize,
}

impl Roots {
    /// The resources of every root: root by root, module by module, in the order of their declarations.
    pub fn after(&mut self, changes: &[Change], documents: &[Arc<Document>]) -> Vec<Arc<Part>> {
        let (rewritten, rearranged) = self.folders.change(changes.iter().map(Change::sides));
        let came_or_went = changes.iter().any(|change| change.old.is_none() || change.new.is_none());
        let mut tree = Tree::of(&self.folders);
        if rearranged || self.roots.is_empty() {
            let roots: BTreeSet<&str> = tree.roots().into_iter().collect();
            self.roots.retain(|folder, _| roots.contains(folder.as_str()));
            let missing: Vec<&str> =
                roots.into_iter().filter(|folder| !self.roots.contains_key(*folder)).collect();
            let unevaluated = missing.into_iter().map(|folder| (folder.to_owned(), Evaluated::never()));
            self.roots.extend(unevaluated);
        }
        let count = self.roots.len();
        let stale = |(folder, root): &(&String, &mut Evaluated)| {
            let looked_at = &root.looked_at;
            let touches = |change: &Change| looked_at.files.contains(change.path());
            root.folders.is_empty()
                || root.folders.iter().any(|folder| rewritten.contains(folder))
                || looked_at.listed && came_or_went
                || !looked_at.files.is_empty() && changes.iter().any(touches)
                || rearranged && looked_at.missing.iter().any(|folder| tree.is_declared(folder))
                || Budget::is_decided_by(count, root.spent, root.most)
                || rearranged && tree.reached(folder).len() != root.folders.len()
        };
        let mut stale: Vec<(&String, &mut Evaluated)> = self.roots.iter_mut().filter(stale).collect();
        if !stale.is_empty() {
            tree.look_into(stale.iter().map(|(folder, _)| folder.as_str()));
            let by_path = by_path(documents);
            in_deep_threads(|| {
                stale.par_iter_mut().for_each(|(folder, root)| {
                    **root = evaluated(&tree, folder, &by_path, count);
                });
            });
        }
        self.roots.values().map(|root| root.part.clone()).collect()
    }
}

impl Evaluated {
    fn never() -> Self {
        let (folders, looked_at) = (BTreeSet::new(), LookedAt::default());
        Self { part: Arc::default(), folders, looked_at, spent: 0, most: 0 }
    }
}

fn evaluated<'m>(
    tree: &'m Tree<'m>,
    folder: &'m str,
    by_path: &'m HashMap<&'m str, &'m Document>,
    roots: usize,
) -> Evaluated {
    let root = Root::new(tree, folder, by_path, Budget::shared_by(roots));
    let part = root_part(&root, &tree.files(folder));
    Evaluated {
        part: Arc::new(part),
        folders: tree.reached(folder).into_iter().map(str::to_owned).collect(),
        looked_at: root.looked_at(),
        spent: root.budget.spent(),
        most: root.budget.most(),
    }
}

/// One entry for each module, at its first call: thousands of roots may call the same few modules.
pub(super) fn named_once(mut calls: Vec<Unread>) -> Vec<Unread> {
    calls.sort();
    calls.dedup();
    let mut by_reason: BTreeMap<String, (Unread, usize)> = BTreeMap::new();
    for call in calls {
        by_reason.entry(call.reason.clone()).or_insert((call, 0)).1 += 1;
    }
    let mut named: Vec<Unread> = by_reason
        .into_values()
        .map(|(call, count)| match count {
            1 => call,
            _ => Unread { reason: format!("{}; called in {count} places, first here", call.reason), ..call },
        })
        .collect();
    named.sort();
    named
}

/// The outputs and the resources of every root, as values.
pub fn configuration(documents: &[Arc<Document>]) -> Vec<Configuration> {
    each_root(documents, |root, _| {
        let mut configuration =
            Configuration { root: shown(root.folder).to_owned(), ..Configuration::default() };
        let Some(top) = root.top() else { return configuration };
        for output in &top.declared.outputs.list {
            let value = root.budget.whole(|| top.scope(root).module_output(top, output.name));
            configuration.outputs.insert(output.name.to_owned(), value.unwrap_or(Value::unknown()));
        }
        every_instance(root, top, &mut |scope, declared, _| {
            let value = root.budget.whole(|| scope.resource_value(declared.name.0, &declared.block));
            configuration.resources.insert(address(scope, declared), value.unwrap_or(Value::unknown()));
        });
        configuration
    })
}

/// The value of one expression that refers to nothing.
///
/// # Errors
/// It does not parse, or its evaluation fails.
pub fn evaluate_text(text: &str) -> Result<Value, String> {
    let text = format!("value = {text}\n");
    let reading = read("expression.tf", Kind::Terraform, text.into_bytes(), false);
    let Some(document) = reading.document else {
        return Err(reading.unparsed.map_or_else(String::new, |unparsed| unparsed.reason));
    };
    let documents = [Arc::new(document)];
    let evaluated = each_root(&documents, |root, _| {
        let (top, syntax) = (root.top()?, documents.first()?.syntax.as_ref()?);
        let value = &syntax.attribute("value")?.value;
        root.budget.whole(|| top.scope(root).eval(value))
    });
    evaluated.into_iter().next().flatten().unwrap_or_else(|| Err("this takes too much work".to_owned()))
}

/// Evaluates the roots on all cores; the results are in the order of their folders.
fn each_root<T: Send>(
    documents: &[Arc<Document>],
    evaluate: impl Fn(&Root<'_>, &Arc<[String]>) -> T + Sync,
) -> Vec<T> {
    let folders = Folders::of(documents);
    let mut tree = Tree::of(&folders);
    let by_path = by_path(documents);
    let roots = tree.roots();
    tree.look_into(roots.iter().copied());
    in_deep_threads(|| {
        let each = roots.par_iter().map(|folder| {
            let root = Root::new(&tree, folder, &by_path, Budget::shared_by(roots.len()));
            evaluate(&root, &tree.files(folder))
        });
        each.collect()
    })
}

fn by_path(documents: &[Arc<Document>]) -> HashMap<&str, &Document> {
    documents.iter().map(|document| (document.path.as_str(), &**document)).collect()
}

/// References nest as deep as their budget allows: more than the stack of a usual thread holds.
fn in_deep_threads<T: Send + Default>(run: impl FnOnce() -> T + Send) -> T {
    static THREADS: OnceLock<Option<rayon::ThreadPool>> = OnceLock::new();
    let threads = THREADS.get_or_init(|| rayon::ThreadPoolBuilder::new().stack_size(STACK).build().ok());
    threads.as_ref().map_or_else(T::default, |threads| threads.install(run))
}

fn root_part(root: &Root<'_>, files: &Arc<[String]>) -> Part {
    let mut part = Part::default();
    let Some(top) = root.top() else { return part };
    // Instances are alike unless the first one looked at what tells them apart.
    let mut alike = None;
    every_instance(root, top, &mut |scope, declared, nth| {
        if nth == 0 {
            root.repeated.set(false);
            alike = None;
        }
        let content = alike.clone().unwrap_or_else(|| resource_content(scope, declared));
        if nth == 0 && !root.repeated.get() {
            alike = Some(content.clone());
        }
        part.resources.push(Arc::new(resource(scope, declared, content, files)));
    });
    part.unread = root.unread.borrow().iter().cloned().collect();
    part.not_rendered = root.outside.borrow().iter().cloned().collect();
    part
}

/// A declared resource.
type Resources<'m> = Declared<'m, (&'m str, &'m str)>;

/// Goes through the instances of all resources of a module, numbered for each, and of the modules that
/// it calls.
fn every_instance<'m>(
    root: &Root<'m>,
    module: &Rc<ModuleInstance<'m>>,
    visit: &mut dyn FnMut(Scope<'_, 'm>, &Resources<'m>, usize),
) {
    for declared in &module.declared.resources.list {
        let (kind, name) = declared.name;
        let name = Name::Resource(kind, name);
        let expansion = root.expansion(module, name, &declared.block, declared.file);
        let for_each = declared.block.body.attribute("for_each").map(|attribute| &attribute.value);
        for (nth, repetition) in expansion.instances().enumerate() {
            visit(Scope { repetition: &repetition, for_each, ..module.scope(root) }, declared, nth);
        }
    }
    for call in &module.declared.calls.list {
        let expansion = root.expansion(module, Name::Call(call.name), &call.block, call.file);
        for repetition in expansion.instances() {
            if let Some(child) = root.child(module, call.name, &repetition) {
                every_instance(root, &child, visit);
            }
        }
    }
}

fn resource_content(scope: Scope<'_, '_>, declared: &Resources<'_>) -> Content {
    let mut content = content(scope, &declared.block);
    let NodeValue::Map(entries) = &mut Arc::make_mut(&mut content.attributes).value else { return content };
    if declared.name.0.starts_with("aws_") {
        add_tags_all(scope.root, scope.module, &declared.block, entries);
    }
    if matches!(scope.repetition, Repetition::Unknown) {
        // Says in the input that nobody knows how many there are, or whether there is any.
        let meta = |name: &str| declared.block.body.attribute(name);
        let number = ["count", "for_each"].into_iter().find_map(meta);
        entries.extend(number.map(|number| Entry {
            key: number.name.text.clone(),
            key_span: number.name.span,
            node: Node::new(NodeValue::Unknown, number.value.span),
        }));
    }
    content
}

fn resource(
    scope: Scope<'_, '_>,
    declared: &Resources<'_>,
    content: Content,
    files: &Arc<[String]>,
) -> Resource {
    let (kind, name) = declared.name;
    let address = address(scope, declared);
    let root = shown(scope.root.folder);
    Resource {
        system: System::Terraform,
        kind: kind.to_owned(),
        name: name.to_owned(),
        namespace: None,
        root: format!("terraform:{root}"),
        module: scope.module.address.clone(),
        subject: format!("terraform:{root}//{address}"),
        address,
        path: declared.file.path.clone(),
        header: declared.block.header(),
        attributes: content.attributes,
        references: content.references,
        provider: Some(used_by(scope.root, scope.module, kind, &declared.block)),
        files: files.clone(),
    }
}

fn address(scope: Scope<'_, '_>, declared: &Resources<'_>) -> String {
    let (kind, name) = declared.name;
    join(&scope.module.address, &format!("{kind}.{name}{}", scope.repetition.index().suffix()))
}

/// A folder in an address: `.` for the repository's root.
fn shown(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}

#[cfg(test)]
mod tests;
