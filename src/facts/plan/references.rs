//! A plan's `configuration`: what is declared where, and which attribute refers to which resource.
//!
//! A reference is followed through variables and outputs of modules to the resources behind it. Instance
//! keys are those of the reference where it has them, else those of the resource that refers, else all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value as Json;

use super::{base_address, text};
use crate::source::{Node, Step};

/// Which attribute refers to which address.
pub type Edge = (Vec<Step>, String);

/// References that are followed in one plan, at most: each is one step of one attribute's chain.
const MAX_STEPS: usize = 1_000_000;

/// One module of the configuration; a module that is called twice is two.
struct Module<'p> {
    node: &'p Node,
    /// The call in the module around it.
    call: Option<&'p Node>,
}

#[derive(Default)]
pub struct Configuration<'p> {
    /// By path without keys: `module.net`, empty for the root.
    modules: BTreeMap<String, Module<'p>>,
    /// Managed resources by address without keys.
    resources: HashMap<String, &'p Node>,
}

impl<'p> Configuration<'p> {
    pub fn of(plan: &'p Node) -> Self {
        let mut found = Self::default();
        if let Some(root) = plan.get("configuration").and_then(|node| node.get("root_module")) {
            found.add(String::new(), root, None);
        }
        found
    }

    fn add(&mut self, path: String, node: &'p Node, call: Option<&'p Node>) {
        for resource in node.get("resources").map(Node::items).unwrap_or_default() {
            let managed = text(resource, "mode").is_none_or(|mode| mode == "managed");
            if let (true, Some(kind), Some(name)) = (managed, text(resource, "type"), text(resource, "name"))
            {
                self.resources.insert(within(&path, &format!("{kind}.{name}")), resource);
            }
        }
        for call in node.get("module_calls").map(Node::entries).unwrap_or_default() {
            if let Some(module) = call.node.get("module") {
                let child = within(&path, &format!("module.{}", call.key));
                self.add(child, module, Some(&call.node));
            }
        }
        self.modules.insert(path, Module { node, call });
    }

    pub fn declares(&self, base: &str) -> bool {
        self.resources.contains_key(base)
    }

    pub fn expressions(&self, base: &str) -> Option<&'p Node> {
        self.resources.get(base).and_then(|resource| resource.get("expressions"))
    }
}

fn within(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}.{name}") }
}

/// Finds the edges of one plan's resources.
pub struct Edges<'c, 'p> {
    configuration: &'c Configuration<'p>,
    /// Addresses by address without keys.
    instances: HashMap<String, Vec<&'c str>>,
    /// The same, by the instance's own key too: resources with thousands of instances are real.
    keyed: HashMap<(String, &'c str), Vec<&'c str>>,
    steps: usize,
}

impl<'c, 'p> Edges<'c, 'p> {
    pub fn new(configuration: &'c Configuration<'p>, planned: &[&'c str]) -> Self {
        let mut instances: HashMap<String, Vec<&str>> = HashMap::new();
        let mut keyed: HashMap<(String, &str), Vec<&str>> = HashMap::new();
        for address in planned {
            let base = base_address(address);
            if let Some(key) = key_of(address) {
                keyed.entry((base.clone(), key)).or_default().push(address);
            }
            instances.entry(base).or_default().push(address);
        }
        Self { configuration, instances, keyed, steps: MAX_STEPS }
    }

    /// The references of a resource, given its expressions: attribute and address.
    pub fn of(&mut self, address: &str, module: &str, expressions: Option<&Node>) -> BTreeSet<Edge> {
        let mut lists = Vec::new();
        collect(expressions, &mut Vec::new(), &mut lists);
        let mut found = BTreeSet::new();
        for (attribute, references) in lists {
            let by_key = references.iter().any(|r| r.starts_with("each.") || *r == "count.index");
            for target in self.follow(module, &references) {
                let instances = self.pick(address, &target, by_key);
                self.steps = self.steps.saturating_sub(instances.len());
                found.extend(instances.into_iter().map(|target| (attribute.clone(), target)));
            }
        }
        found
    }

    /// The planned instances that an address of the HCL may mean, seen from a resource.
    pub fn instances(&self, address: &str, module: &str, target: &str) -> Vec<String> {
        let named = module_of(target);
        let same = base_address(named) == base_address(module);
        let target = Target {
            module: if same { module } else { named }.to_owned(),
            base: base_address(target),
            key: key_of(target).map(str::to_owned),
        };
        self.pick(address, &target, true)
    }

    fn pick(&self, address: &str, target: &Target, by_key: bool) -> Vec<String> {
        let here = |other: &&&str| module_of(other) == target.module;
        let owned = |found: Vec<&&str>| {
            (!found.is_empty()).then(|| found.into_iter().map(|a| (*a).to_owned()).collect())
        };
        let with_key = |key: &str| {
            let same = self.keyed.get(&(target.base.clone(), key))?;
            owned(same.iter().filter(here).collect())
        };
        let all = self.instances.get(&target.base).map(Vec::as_slice).unwrap_or_default();
        let own = key_of(address).filter(|_| by_key);
        let found = target.key.as_deref().and_then(with_key).or_else(|| own.and_then(with_key));
        found
            .or_else(|| owned(all.iter().filter(here).collect()))
            .or_else(|| owned(all.iter().collect()))
            .unwrap_or_default()
    }

    /// What references of a module instance lead to.
    fn follow(&mut self, module: &str, references: &[&str]) -> BTreeSet<Target> {
        let mut targets = BTreeSet::new();
        let mut seen: BTreeSet<(String, &str)> = BTreeSet::new();
        let mut pending: Vec<(String, &str)> = Vec::new();
        pending.extend(most_specific(references).into_iter().map(|r| (module.to_owned(), r)));
        while let Some((module, reference)) = pending.pop() {
            if self.steps == 0 || !seen.insert((module.clone(), reference)) {
                continue;
            }
            self.steps -= 1;
            let plain = base_address(reference);
            let parts: Vec<&str> = plain.split('.').collect();
            let modules = &self.configuration.modules;
            // The expression behind the reference, and the module instance that it belongs to.
            let (expression, place) = match parts.as_slice() {
                ["var", name, ..] => {
                    let call = modules.get(&base_address(&module)).and_then(|module| module.call);
                    let passed = call.and_then(|call| call.get("expressions")).and_then(|e| e.get(name));
                    (passed, parent_module(&module).unwrap_or("").to_owned())
                }
                ["module", name, output, ..] => {
                    let key = first_key(reference).unwrap_or("");
                    let child = within(&module, &format!("module.{name}{key}"));
                    let outputs = modules.get(&base_address(&child)).and_then(|m| m.node.get("outputs"));
                    (outputs.and_then(|outputs| outputs.get(output)).and_then(|o| o.get("expression")), child)
                }
                [kind, name, ..] => {
                    let base = within(&base_address(&module), &format!("{kind}.{name}"));
                    if self.configuration.declares(&base) {
                        targets.insert(Target { module, base, key: first_key(reference).map(str::to_owned) });
                    }
                    continue;
                }
                _ => continue,
            };
            let mut lists = Vec::new();
            collect(expression, &mut Vec::new(), &mut lists);
            for (_, references) in lists {
                pending.extend(most_specific(&references).into_iter().map(|r| (place.clone(), r)));
            }
        }
        targets
    }
}

/// What a reference leads to: a resource in a module instance, perhaps one instance of it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Target {
    module: String,
    base: String,
    key: Option<String>,
}

/// Each reference comes with its beginnings: `a.b.id`, `a.b`. Only the longest says something.
fn most_specific<'r>(references: &[&'r str]) -> Vec<&'r str> {
    let all: BTreeSet<&str> = references.iter().copied().collect();
    let longest = all.iter().copied().filter(|reference| {
        let longer = all.range(*reference..).map_while(|other| other.strip_prefix(reference));
        !longer.into_iter().any(|rest| rest.starts_with(['.', '[']))
    });
    longest.collect()
}

/// The instance key right behind the resource's name: `["a"]` of `x.y["a"].id`.
fn first_key(reference: &str) -> Option<&str> {
    let open = reference.find('[')?;
    let named = reference.get(..open)?.matches('.').count() == 1;
    let rest = reference.get(open..)?;
    let end = key_end(rest)?;
    if named { rest.get(..end) } else { None }
}

/// The key at the end of an address: `["a"]` of `module.m[0].x.y["a"]`.
fn key_of(address: &str) -> Option<&str> {
    let mut from = 0;
    while let Some(open) = address.get(from..)?.find('[') {
        let start = from + open;
        let end = start + key_end(address.get(start..)?)?;
        if end == address.len() {
            return address.get(start..);
        }
        from = end;
    }
    None
}

/// The instance key of an address as a plan's `index` has it: a number or a string.
pub fn instance_key(address: &str) -> Option<Json> {
    let key = key_of(address)?.strip_prefix('[')?.strip_suffix(']')?;
    serde_json::from_str(key).ok()
}

/// The module instance that holds a module instance; the root is empty, and held by none.
pub fn parent_module(module: &str) -> Option<&str> {
    let ends = module_ends(module);
    let (_, before) = ends.split_last()?;
    module.get(..before.last().copied().unwrap_or(0))
}

/// Where a key that begins at the text's start ends.
fn key_end(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The module part of an address, with its keys.
fn module_of(address: &str) -> &str {
    address.get(..module_ends(address).last().copied().unwrap_or(0)).unwrap_or("")
}

/// Where each module of an address ends.
fn module_ends(address: &str) -> Vec<usize> {
    let (mut start, mut ends) = (0, Vec::new());
    while let Some(after) = address.get(start..).and_then(|rest| rest.strip_prefix("module.")) {
        let name = after.find(['.', '[']).unwrap_or(after.len());
        let key = after.get(name..).filter(|rest| rest.starts_with('[')).and_then(key_end).unwrap_or(0);
        let end = start + "module.".len() + name + key;
        ends.push(end);
        start = end + 1;
    }
    ends
}

/// Every `references` list below an expression, with the path of the attribute.
fn collect<'p>(
    expression: Option<&'p Node>,
    path: &mut Vec<Step>,
    found: &mut Vec<(Vec<Step>, Vec<&'p str>)>,
) {
    let Some(expression) = expression else { return };
    for (at, item) in expression.items().iter().enumerate() {
        path.push(Step::Index(at));
        collect(Some(item), path, found);
        path.pop();
    }
    for entry in expression.entries() {
        match entry.key.as_str() {
            "constant_value" => {}
            "references" => found.push((path.clone(), entry.node.strings())),
            _ => {
                path.push(Step::Key(entry.key.clone()));
                collect(Some(&entry.node), path, found);
                path.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_addresses() {
        assert_eq!(module_of("module.a[\"x.y\"].module.b.t.n[0]"), "module.a[\"x.y\"].module.b");
        assert_eq!((module_of("t.n"), module_of("module.a[0].t.n")), ("", "module.a[0]"));
        assert_eq!(parent_module("module.a[\"x.y\"].module.b"), Some("module.a[\"x.y\"]"));
        assert_eq!((parent_module("module.a"), parent_module("")), (Some(""), None));
        assert_eq!(instance_key("t.n[\"a\"]"), Some(Json::from("a")));
        assert_eq!(key_of("module.a[0].t.n[\"a]b\"]"), Some("[\"a]b\"]"));
        assert_eq!(key_of("module.a[0].t.n"), None);
        assert_eq!((first_key("t.n[1].id"), first_key("t.n.list[0]")), (Some("[1]"), None));
        let specific = most_specific(&["t.n.id", "t.n", "t.n-x", "t.nn", "each.value"]);
        assert_eq!(specific, ["each.value", "t.n-x", "t.n.id", "t.nn"]);
    }
}
