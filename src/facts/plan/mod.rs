//! Terraform plans (`terraform show -json`): what Terraform itself resolved, in the place of what
//! would be resolved here from the HCL of the same folder.
//!
//! The form: <https://developer.hashicorp.com/terraform/internals/json-format>.
//!
//! ```text
//!   planned_values ──┐
//!   change.after  ───┼──> attributes ──> spans of the HCL block that declares the resource
//!   after_unknown ───┘                   (the plan's own where no HCL declares it)
//!   configuration ───────> references between resources
//! ```
//! One plan in a folder is that folder's root. Of several, each is a root of its own, named by its
//! file. A plan may be older than the HCL beside it: a resource that the plan's configuration does
//! not know stays as the HCL gives it. Nothing that is written may vanish behind a plan.

mod references;
mod values;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

pub use self::references::{instance_key, parent_module};
pub use self::values::marks_any;

use self::references::Configuration;
use super::{Reference, Resource, System};
use crate::model::Span;
use crate::model::path::folder;
use crate::source::{Document, Kind, Node};

/// A plan and the root that it stands for.
#[derive(Debug, Clone)]
pub struct Plan {
    /// `terraform:infra`
    pub root: String,
    pub document: Arc<Document>,
}

impl Plan {
    /// The root of the HCL beside it.
    fn written_root(&self) -> String {
        root_of(folder(&self.document.path))
    }

    /// The plan itself.
    pub fn value(&self) -> Option<&Node> {
        self.document.values.first().map(AsRef::as_ref)
    }
}

fn root_of(folder: &str) -> String {
    format!("terraform:{}", if folder.is_empty() { "." } else { folder })
}

/// The plans among the documents, in the order of their paths.
pub fn plans(documents: &[Arc<Document>]) -> Vec<Plan> {
    let mut folders: BTreeMap<&str, BTreeMap<&str, &Arc<Document>>> = BTreeMap::new();
    for document in documents.iter().filter(|document| document.kind == Kind::TerraformPlan) {
        folders.entry(folder(&document.path)).or_default().insert(&document.path, document);
    }
    let roots = folders.into_iter().flat_map(|(folder, files)| {
        let alone = files.len() == 1;
        files.into_iter().map(move |(path, document)| Plan {
            root: if alone { root_of(folder) } else { format!("terraform:{path}") },
            document: document.clone(),
        })
    });
    roots.collect()
}

/// Puts what the plans say in the place of what the HCL of their roots says.
pub fn apply(resources: Vec<Arc<Resource>>, plans: &[Plan]) -> Vec<Arc<Resource>> {
    let (written, mut result): (Vec<Arc<Resource>>, Vec<Arc<Resource>>) =
        resources.into_iter().partition(|resource| plans.iter().any(|p| p.written_root() == resource.root));
    let mut known: BTreeMap<String, Vec<Contents>> = BTreeMap::new();
    for plan in plans {
        let Some(contents) = plan.value().map(Contents::of) else { continue };
        let root = plan.written_root();
        let beside: Vec<&Resource> =
            written.iter().map(AsRef::as_ref).filter(|resource| resource.root == root).collect();
        result.extend(resources_of(plan, &contents, &beside).into_iter().map(Arc::new));
        known.entry(root).or_default().push(contents);
    }
    let unplanned = written.into_iter().filter(|resource| {
        let plans = known.get(&resource.root).map(Vec::as_slice).unwrap_or_default();
        !plans.iter().any(|plan| plan.knows(&base_address(&resource.address)))
    });
    result.extend(unplanned);
    result
}

/// One resource of a plan.
struct Planned<'p> {
    address: &'p str,
    /// With instance keys; empty in the root module.
    module: &'p str,
    kind: &'p str,
    name: &'p str,
    values: Option<&'p Node>,
    change: Option<&'p Node>,
    header: Span,
}

/// What a plan says, sorted out.
struct Contents<'p> {
    planned: Vec<Planned<'p>>,
    /// Addresses without instance keys of what is planned.
    bases: BTreeSet<String>,
    configuration: Configuration<'p>,
    /// Does a resource that is declared but not planned have no instance? Not so in a plan that was
    /// cut short, and not in one that only destroys.
    complete: bool,
}

impl<'p> Contents<'p> {
    fn of(plan: &'p Node) -> Self {
        let list = |key: &str| plan.get(key).map(Node::items).unwrap_or_default();
        let deferred = list("deferred_changes").iter().filter_map(|change| change.get("resource_change"));
        let changes: HashMap<&str, &Node> = list("resource_changes")
            .iter()
            .chain(deferred)
            .filter_map(|change| Some((text(change, "address")?, change)))
            .collect();
        let mut planned = Vec::new();
        if let Some(module) = plan.get("planned_values").and_then(|values| values.get("root_module")) {
            of_module(module, &changes, &mut planned);
        }
        let seen: BTreeSet<&str> = planned.iter().map(|resource| resource.address).collect();
        let mut others: Vec<&Node> = changes.values().copied().collect();
        others.retain(|change| {
            text(change, "address").is_some_and(|address| !seen.contains(address)) && !is_removed(change)
        });
        others.sort_by_key(|change| text(change, "address"));
        for change in others {
            let module = text(change, "module_address").unwrap_or("");
            planned.extend(one(change, module, None, Some(change)));
        }
        let flag = |key: &str| plan.get(key).and_then(Node::as_bool);
        Self {
            bases: planned.iter().map(|resource| base_address(resource.address)).collect(),
            configuration: Configuration::of(plan),
            complete: flag("errored") != Some(true) && flag("complete") != Some(false) && !planned.is_empty(),
            planned,
        }
    }

    fn knows(&self, base: &str) -> bool {
        self.bases.contains(base) || self.complete && self.configuration.declares(base)
    }
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::as_str)
}

/// Gone after apply: `delete`, or `forget` (removed from the state only).
fn is_removed(change: &Node) -> bool {
    let actions = change.get("change").and_then(|change| change.get("actions")).map(Node::strings);
    matches!(actions.as_deref(), Some(["delete" | "forget"]))
}

fn of_module<'p>(module: &'p Node, changes: &HashMap<&str, &'p Node>, planned: &mut Vec<Planned<'p>>) {
    let address = text(module, "address").unwrap_or("");
    for resource in module.get("resources").map(Node::items).unwrap_or_default() {
        let change = text(resource, "address").and_then(|address| changes.get(address)).copied();
        planned.extend(one(resource, address, resource.get("values"), change));
    }
    for child in module.get("child_modules").map(Node::items).unwrap_or_default() {
        of_module(child, changes, planned);
    }
}

/// `None` for data sources and for what is no resource at all.
fn one<'p>(
    resource: &'p Node,
    module: &'p str,
    values: Option<&'p Node>,
    change: Option<&'p Node>,
) -> Option<Planned<'p>> {
    if text(resource, "mode").is_some_and(|mode| mode != "managed") {
        return None;
    }
    let address = resource.entry("address")?;
    Some(Planned {
        address: address.node.as_str()?,
        module,
        kind: text(resource, "type")?,
        name: text(resource, "name")?,
        values,
        change: change.and_then(|change| change.get("change")),
        header: address.key_span.to(address.node.span),
    })
}

fn resources_of(plan: &Plan, contents: &Contents<'_>, beside: &[&Resource]) -> Vec<Resource> {
    let mut written: HashMap<String, Vec<&Resource>> = HashMap::new();
    for resource in beside {
        written.entry(base_address(&resource.address)).or_default().push(resource);
    }
    let files: BTreeSet<String> = beside
        .iter()
        .flat_map(|resource| resource.files.iter().cloned())
        .chain([plan.document.path.clone()])
        .collect();
    let files: Arc<[String]> = files.into_iter().collect();
    let planned: Vec<&str> = contents.planned.iter().map(|resource| resource.address).collect();
    let mut edges = references::Edges::new(&contents.configuration, &planned);
    let made = contents.planned.iter().map(|resource| {
        let base = base_address(resource.address);
        let declared = written.get(&base).map(Vec::as_slice).unwrap_or_default();
        let declared = declared.iter().find(|d| d.address == resource.address).or(declared.first()).copied();
        let expressions = contents.configuration.expressions(&base);
        let attributes = values::attributes(resource.values, resource.change, expressions, resource.header);
        let mut references = edges.of(resource.address, resource.module, expressions);
        // A plan's configuration leaves out locals, so it cannot tell what stands behind them.
        for reference in declared.iter().flat_map(|declared| &declared.references) {
            for target in edges.instances(resource.address, resource.module, &reference.target) {
                references.insert((reference.path.clone(), target));
            }
        }
        Resource {
            system: System::Terraform,
            kind: resource.kind.to_owned(),
            name: resource.name.to_owned(),
            namespace: None,
            root: plan.root.clone(),
            module: resource.module.to_owned(),
            address: resource.address.to_owned(),
            subject: format!("{}//{}", plan.root, resource.address),
            path: declared.map_or(&plan.document.path, |declared| &declared.path).clone(),
            header: declared.map_or(resource.header, |declared| declared.header),
            attributes: Arc::new(match declared {
                Some(declared) => {
                    values::standing_where_written(attributes, &declared.attributes, declared.header)
                }
                None => attributes,
            }),
            references: references.into_iter().map(|(path, target)| Reference { path, target }).collect(),
            provider: declared.and_then(|declared| declared.provider.clone()),
            files: files.clone(),
        }
    });
    made.collect()
}

/// An address without its instance keys: `module.a["x.y"].b.c[0]` becomes `module.a.b.c`.
pub fn base_address(address: &str) -> String {
    let mut base = String::with_capacity(address.len());
    let mut chars = address.chars();
    while let Some(c) = chars.next() {
        if c != '[' {
            base.push(c);
            continue;
        }
        let mut quoted = false;
        while let Some(inside) = chars.next() {
            match inside {
                '\\' if quoted => drop(chars.next()),
                '"' => quoted = !quoted,
                ']' if !quoted => break,
                _ => {}
            }
        }
    }
    base
}
