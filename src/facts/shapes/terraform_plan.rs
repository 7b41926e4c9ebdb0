//! A plan for policies that were written for `terraform show -json`: the plan of the repository as it
//! is, or one made of the facts about a root's HCL.
//!
//! What cannot be known of a plan that nobody made is left out and, where a policy could mistake it
//! for an answer, marked unknown: the version of Terraform, values of variables and outputs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::configuration::{self, Root};
use crate::facts::plan::{Plan, base_address, instance_key, marks_any, parent_module};
use crate::facts::{Facts, Kinds, Member, Resource, System, Unit};
use crate::model::Scope;
use crate::source::{Document, Node, Step, UnknownPath, Value};

pub fn units(
    facts: &Facts,
    documents: &[Arc<Document>],
    wanted: &dyn Fn(&Kinds) -> bool,
) -> Vec<Unit<'static>> {
    if !wanted(&kinds()) {
        return Vec::new();
    }
    let mut units: Vec<Unit<'static>> =
        facts.plans.iter().filter_map(|plan| passed_through(plan, &facts.resources)).collect();
    let mut roots: BTreeMap<&str, Vec<&Resource>> = BTreeMap::new();
    for resource in facts.resources.iter().filter(|r| r.system == System::Terraform) {
        // What a plan gave is in that plan; what it did not know of is here.
        let planned = facts
            .plans
            .iter()
            .any(|plan| plan.root == resource.root && resource.files.contains(&plan.document.path));
        if !planned {
            roots.entry(&resource.root).or_default().push(resource);
        }
    }
    units.extend(roots.into_iter().map(|(root, resources)| made_from_hcl(root, resources, documents)));
    units
}

fn kinds() -> Kinds {
    vec![System::Terraform.as_str().to_owned()]
}

fn keys(path: &[&str]) -> Vec<Step> {
    path.iter().map(|key| Step::Key((*key).to_owned())).collect()
}

fn member(resource: &Resource) -> Member {
    Member { path: resource.path.clone(), header: resource.header, value: resource.attributes.clone() }
}

/// The plan itself, with the places where it says that a value is unknown.
fn passed_through(plan: &Plan, resources: &[Arc<Resource>]) -> Option<Unit<'static>> {
    let value = plan.value()?;
    let mine: BTreeMap<&str, &Resource> = resources
        .iter()
        .filter(|r| r.root == plan.root && r.files.contains(&plan.document.path))
        .map(|resource| (resource.address.as_str(), resource.as_ref()))
        .collect();
    let mut places = BTreeMap::new();
    let mut unknown = Vec::new();
    let mut masks: BTreeMap<&str, &Node> = BTreeMap::new();
    let address = |node: &'_ Node| node.get("address").and_then(Node::as_str).map(str::to_owned);
    for (index, item) in value.get("resource_changes").map(Node::items).unwrap_or_default().iter().enumerate()
    {
        let at = [keys(&["resource_changes"]), vec![Step::Index(index)]].concat();
        let after = [at.clone(), keys(&["change", "after"])].concat();
        if let Some(resource) = address(item).and_then(|address| mine.get(address.as_str()).copied()) {
            places.insert(at, resource.subject.clone());
            places.insert(after.clone(), resource.subject.clone());
        }
        let change = item.get("change");
        if let (Some(change), Some(mask)) = (change, change.and_then(|change| change.get("after_unknown"))) {
            unknown_below(change.get("after"), mask, &after, &mut unknown);
            masks.extend(item.get("address").and_then(Node::as_str).map(|address| (address, mask)));
        }
    }
    let mut planned = Vec::new();
    if let Some(module) = value.get("planned_values").and_then(|values| values.get("root_module")) {
        in_modules(module, &keys(&["planned_values", "root_module"]), &mut planned);
    }
    for (at, item) in planned {
        let Some(address) = item.get("address").and_then(Node::as_str) else { continue };
        let values = [at.clone(), keys(&["values"])].concat();
        if let Some(mask) = masks.get(address) {
            unknown_below(item.get("values"), mask, &values, &mut unknown);
        }
        if let Some(resource) = mine.get(address) {
            places.insert(at, resource.subject.clone());
            places.insert(values, resource.subject.clone());
        }
    }
    let files: BTreeSet<String> = mine
        .values()
        .flat_map(|resource| resource.files.iter().cloned())
        .chain([plan.document.path.clone()])
        .collect();
    let header = value.entries().first().map_or(value.span, |entry| entry.key_span);
    let whole =
        Member { path: plan.document.path.clone(), header, value: Arc::new(Node::new(Value::Null, header)) };
    let mut members: BTreeMap<String, Member> =
        mine.values().map(|resource| (resource.subject.clone(), member(resource))).collect();
    members.insert(plan.root.clone(), whole);
    Some(Unit {
        scope: Scope::Module,
        kinds: kinds(),
        subject: plan.root.clone(),
        input: value.to_json().into(),
        unknown,
        members,
        places,
        files: files.into_iter().collect(),
    })
}

/// Every planned resource and where it stands in the plan.
fn in_modules<'n>(module: &'n Node, path: &[Step], found: &mut Vec<(Vec<Step>, &'n Node)>) {
    let below = |key: &str, index: usize| [path, &keys(&[key]), &[Step::Index(index)]].concat();
    let items = |key: &str| module.get(key).map(Node::items).unwrap_or_default();
    found
        .extend(items("resources").iter().enumerate().map(|(index, item)| (below("resources", index), item)));
    for (index, child) in items("child_modules").iter().enumerate() {
        in_modules(child, &below("child_modules", index), found);
    }
}

/// The paths that a mask marks, as far down as the value goes: what is not there is unknown as a whole.
fn unknown_below(value: Option<&Node>, mask: &Node, path: &[Step], found: &mut Vec<UnknownPath>) {
    let step = |step: Step| [path, &[step]].concat();
    match (&mask.value, value.map(|node| &node.value)) {
        (Value::Bool(true), _) => found.push(UnknownPath { path: path.to_vec(), blocks: false }),
        (Value::Map(masks), Some(Value::Map(entries))) => {
            let known: BTreeMap<&str, &Node> = entries.iter().map(|e| (e.key.as_str(), &e.node)).collect();
            for mask in masks {
                let value = known.get(mask.key.as_str()).copied();
                unknown_below(value, &mask.node, &step(Step::Key(mask.key.clone())), found);
            }
        }
        (Value::List(masks), Some(Value::List(items))) if masks.len() <= items.len() => {
            for (index, (mask, item)) in masks.iter().zip(items).enumerate() {
                unknown_below(Some(item), mask, &step(Step::Index(index)), found);
            }
        }
        (Value::Map(_) | Value::List(_), _) if marks_any(mask) => {
            found.push(UnknownPath { path: path.to_vec(), blocks: false });
        }
        _ => {}
    }
}

/// A plan that creates everything, as far as the HCL tells.
fn made_from_hcl(root: &str, mut resources: Vec<&Resource>, documents: &[Arc<Document>]) -> Unit<'static> {
    resources.sort_by(|a, b| (&a.module, &a.address).cmp(&(&b.module, &b.address)));
    let folder = root.split_once(':').map_or(root, |(_, folder)| folder);
    let written = Root::of(if folder == "." { "" } else { folder }, documents);
    let mut unknown = vec![UnknownPath { path: keys(&["terraform_version"]), blocks: false }];
    let mut places = BTreeMap::new();
    let mut changes = Vec::new();
    for (index, resource) in resources.iter().enumerate() {
        let at = [keys(&["resource_changes"]), vec![Step::Index(index)]].concat();
        let after = [at.clone(), keys(&["change", "after"])].concat();
        unknown.extend(unknown_in(resource, &after));
        places.insert(at, resource.subject.clone());
        places.insert(after, resource.subject.clone());
        changes.push(change(resource, &written));
    }
    let modules = planned_modules(&resources);
    let mut children: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (module, parent) in modules.keys().filter_map(|module| Some((module, parent_module(module)?))) {
        children.entry(parent).or_default().push(module);
    }
    let mut planned = Planned { modules: &modules, children: &children, written: &written, places, unknown };
    let mut root_module = planned.module("", &keys(&["planned_values", "root_module"]));
    let Planned { mut places, mut unknown, .. } = planned;
    root_module.remove("address");
    let mut planned_values = Map::from_iter([("root_module".to_owned(), Json::Object(root_module))]);
    let outputs = written.outputs();
    if !outputs.is_empty() {
        let names = outputs.keys();
        unknown.extend(names.map(|name| UnknownPath {
            path: keys(&["planned_values", "outputs", name, "value"]),
            blocks: false,
        }));
        planned_values.insert("outputs".to_owned(), Json::Object(outputs));
    }
    let mut input = json!({
        "format_version": "1.2",
        "planned_values": planned_values,
        "resource_changes": changes,
        "configuration": configuration::configuration(&written),
    });
    if let Some(module) = input.pointer("/configuration/root_module") {
        let declared: BTreeMap<String, &str> =
            resources.iter().rev().map(|r| (base_address(&r.address), r.subject.as_str())).collect();
        declarations(module, &keys(&["configuration", "root_module"]), "", &declared, &mut places);
    }
    let (variables, open) = written.variables();
    unknown.extend(
        open.into_iter()
            .map(|name| UnknownPath { path: keys(&["variables", &name, "value"]), blocks: false }),
    );
    if let Some(map) = input.as_object_mut().filter(|_| !variables.is_empty()) {
        map.insert("variables".to_owned(), Json::Object(variables));
    }
    let files: BTreeSet<String> =
        resources.iter().flat_map(|resource| resource.files.iter().cloned()).chain(written.files()).collect();
    Unit {
        scope: Scope::Module,
        kinds: kinds(),
        subject: root.to_owned(),
        input: input.into(),
        unknown,
        members: resources.iter().map(|resource| (resource.subject.clone(), member(resource))).collect(),
        places,
        files: files.into_iter().collect(),
    }
}

/// Where the configuration of a resource stands. Its expressions lead to the attributes of the first
/// instance.
fn declarations(
    module: &Json,
    path: &[Step],
    prefix: &str,
    declared: &BTreeMap<String, &str>,
    places: &mut BTreeMap<Vec<Step>, String>,
) {
    for (index, resource) in
        module.get("resources").and_then(Json::as_array).into_iter().flatten().enumerate()
    {
        let address = resource.get("address").and_then(Json::as_str).unwrap_or("");
        if let Some(subject) = declared.get(&format!("{prefix}{address}")) {
            let at = [path, &keys(&["resources"]), &[Step::Index(index)]].concat();
            places.insert([at.clone(), keys(&["expressions"])].concat(), (*subject).to_owned());
            places.insert(at, (*subject).to_owned());
        }
    }
    for (name, call) in module.get("module_calls").and_then(Json::as_object).into_iter().flatten() {
        if let Some(inner) = call.get("module") {
            let at = [path, &keys(&["module_calls", name, "module"])].concat();
            declarations(inner, &at, &format!("{prefix}module.{name}."), declared, places);
        }
    }
}

fn unknown_in(resource: &Resource, prefix: &[Step]) -> Vec<UnknownPath> {
    let paths = resource.attributes.unknown_paths().into_iter();
    paths.map(|unknown| UnknownPath { path: [prefix, &unknown.path].concat(), ..unknown }).collect()
}

/// What a resource has in `resource_changes` and in `planned_values` alike.
fn identity(resource: &Resource, written: &Root<'_>) -> Map<String, Json> {
    let mut identity = Map::from_iter([
        ("address".to_owned(), json!(resource.address)),
        ("mode".to_owned(), json!("managed")),
        ("type".to_owned(), json!(resource.kind)),
        ("name".to_owned(), json!(resource.name)),
        ("provider_name".to_owned(), json!(written.provider_of(&resource.kind))),
    ]);
    identity.extend(instance_key(&resource.address).map(|key| ("index".to_owned(), key)));
    identity
}

fn change(resource: &Resource, written: &Root<'_>) -> Json {
    let attributes = &resource.attributes;
    let mut change = identity(resource, written);
    if !resource.module.is_empty() {
        change.insert("module_address".to_owned(), json!(resource.module));
    }
    let change_itself = json!({
        "actions": ["create"],
        "before": null,
        "after": attributes.to_json(),
        "after_unknown": mask(attributes, true),
        "before_sensitive": false,
        "after_sensitive": mask(attributes, false),
    });
    change.insert("change".to_owned(), change_itself);
    Json::Object(change)
}

/// Terraform's form for "which of this": `true` where it holds; members of maps that are plain `false`
/// are left out, elements of lists are not.
fn mask(node: &Node, unknown: bool) -> Json {
    match &node.value {
        Value::Unknown | Value::UnknownBlocks => json!(unknown),
        Value::List(items) => items.iter().map(|item| mask(item, unknown)).collect(),
        Value::Map(entries) => {
            let masks = entries.iter().map(|entry| (entry.key.clone(), mask(&entry.node, unknown)));
            Json::Object(masks.filter(|(_, mask)| *mask != json!(false)).collect())
        }
        _ => json!(false),
    }
}

/// Resources by module instance; the modules between them and the root are there too.
fn planned_modules<'r>(resources: &[&'r Resource]) -> BTreeMap<String, Vec<&'r Resource>> {
    let mut modules: BTreeMap<String, Vec<&Resource>> = BTreeMap::new();
    for resource in resources {
        modules.entry(resource.module.clone()).or_default().push(resource);
        let mut module = resource.module.as_str();
        while let Some(parent) = parent_module(module) {
            modules.entry(parent.to_owned()).or_default();
            module = parent;
        }
    }
    modules
}

/// Writes `planned_values`, and what stands where in it.
struct Planned<'a, 'd> {
    modules: &'a BTreeMap<String, Vec<&'a Resource>>,
    /// Module instances by the one that holds them.
    children: &'a BTreeMap<&'a str, Vec<&'a str>>,
    written: &'a Root<'d>,
    places: BTreeMap<Vec<Step>, String>,
    unknown: Vec<UnknownPath>,
}

impl Planned<'_, '_> {
    fn module(&mut self, address: &str, path: &[Step]) -> Map<String, Json> {
        let below = |key: &str, index: usize| [path, &keys(&[key]), &[Step::Index(index)]].concat();
        let mut module = Map::from_iter([("address".to_owned(), json!(address))]);
        let mut resources = Vec::new();
        for resource in self.modules.get(address).into_iter().flatten() {
            let at = below("resources", resources.len());
            let values = [at.clone(), keys(&["values"])].concat();
            self.unknown.extend(unknown_in(resource, &values));
            self.places.insert(at, resource.subject.clone());
            self.places.insert(values, resource.subject.clone());
            let mut planned = identity(resource, self.written);
            planned.insert("schema_version".to_owned(), json!(0));
            planned.insert("values".to_owned(), resource.attributes.to_json());
            planned.insert("sensitive_values".to_owned(), mask(&resource.attributes, false));
            resources.push(Json::Object(planned));
        }
        if !resources.is_empty() {
            module.insert("resources".to_owned(), Json::Array(resources));
        }
        let mut children = Vec::new();
        for child in self.children.get(address).into_iter().flatten() {
            children.push(Json::Object(self.module(child, &below("child_modules", children.len()))));
        }
        if !children.is_empty() {
            module.insert("child_modules".to_owned(), Json::Array(children));
        }
        module
    }
}
