//! The `configuration` of a plan, from the syntax of a root's files: what is declared, with each
//! expression as its constant value or as the references in it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::expression::{constant, expression, written};
use crate::model::path::{folder, join};
use crate::source::hcl::ast::{Block, Body, ExprKind};
use crate::source::{Document, Kind};

/// Modules may call modules this deep, and so many in all: each call is written out again.
const MAX_DEPTH: usize = 16;
const MAX_MODULES: usize = 500;

/// Arguments that Terraform itself reads.
const META: [&str; 9] = [
    "count",
    "for_each",
    "provider",
    "providers",
    "depends_on",
    "lifecycle",
    "provisioner",
    "connection",
    "dynamic",
];

/// The files of one root or module.
pub struct Root<'d> {
    folder: String,
    bodies: Vec<(&'d str, &'d Body)>,
    assigned: Vec<&'d Body>,
    documents: &'d [Arc<Document>],
    modules_left: Cell<usize>,
}

impl<'d> Root<'d> {
    pub fn of(folder: &str, documents: &'d [Arc<Document>]) -> Self {
        let mut assignments: Vec<&Document> = documents
            .iter()
            .filter(|d| d.kind == Kind::Tfvars && self::folder(&d.path) == folder && is_read(&d.path))
            .map(AsRef::as_ref)
            .collect();
        assignments.sort_by_key(|document| (!document.path.ends_with("terraform.tfvars"), &document.path));
        Self {
            folder: folder.to_owned(),
            bodies: bodies(folder, documents),
            assigned: assignments.into_iter().filter_map(|document| document.syntax.as_deref()).collect(),
            documents,
            modules_left: Cell::new(MAX_MODULES),
        }
    }

    pub fn files(&self) -> impl Iterator<Item = String> {
        self.bodies.iter().map(|(path, _)| (*path).to_owned())
    }

    fn blocks(&self, kind: &'static str) -> Vec<&'d Block> {
        self.bodies.iter().flat_map(|(_, body)| body.blocks_of(kind)).collect()
    }

    /// The provider's address: of `required_providers`, else the registry's own namespace.
    pub fn provider_of(&self, kind: &str) -> String {
        let local = kind.split('_').next().unwrap_or(kind);
        if local == "terraform" {
            return "terraform.io/builtin/terraform".to_owned();
        }
        let terraform = self.blocks("terraform");
        let required = terraform
            .iter()
            .flat_map(|block| block.body.blocks_of("required_providers"))
            .find_map(|block| block.body.attribute(local));
        let source = required.and_then(|required| constant(&required.value));
        let source = source.as_ref().and_then(|value| value.get("source")).and_then(Json::as_str);
        match source.map(|source| (source, source.matches('/').count())) {
            Some((source, 2)) => source.to_owned(),
            Some((source, 1)) => format!("registry.terraform.io/{source}"),
            _ => format!("registry.terraform.io/hashicorp/{local}"),
        }
    }

    /// The values of variables, and the names of those that nobody can know.
    pub fn variables(&self) -> (Map<String, Json>, Vec<String>) {
        let (mut known, mut open) = (Map::new(), Vec::new());
        for block in self.blocks("variable") {
            let [name] = block.labels()[..] else { continue };
            let assigned = self.assigned.iter().rev().find_map(|body| body.attribute(name));
            let value = assigned.or_else(|| block.body.attribute("default"));
            let value = value.and_then(|value| constant(&value.value));
            if value.is_none() {
                open.push(name.to_owned());
            }
            known.insert(name.to_owned(), value.map_or_else(|| json!({}), |value| json!({"value": value})));
        }
        (known, open)
    }

    /// The outputs without their values.
    pub fn outputs(&self) -> Map<String, Json> {
        let outputs = self.blocks("output").into_iter().filter_map(|block| {
            let [name] = block.labels()[..] else { return None };
            Some((name.to_owned(), json!({"sensitive": is_sensitive(block)})))
        });
        outputs.collect()
    }
}

/// Files that Terraform reads without being told.
fn is_read(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "terraform.tfvars" || name.ends_with(".auto.tfvars")
}

fn bodies<'d>(folder: &str, documents: &'d [Arc<Document>]) -> Vec<(&'d str, &'d Body)> {
    let own = documents.iter().filter(|document| {
        matches!(document.kind, Kind::Terraform | Kind::TerraformJson)
            && self::folder(&document.path) == folder
    });
    own.filter_map(|document| Some((document.path.as_str(), document.syntax.as_deref()?))).collect()
}

fn is_sensitive(block: &Block) -> bool {
    block.body.attribute("sensitive").is_some_and(|a| a.value.kind == ExprKind::Bool(true))
}

pub fn configuration(root: &Root<'_>) -> Json {
    let mut providers = Map::new();
    for block in root.blocks("provider") {
        let [name] = block.labels()[..] else { continue };
        let alias = block.body.attribute("alias").and_then(|alias| constant(&alias.value));
        let alias = alias.as_ref().and_then(Json::as_str);
        let mut provider = json!({"name": name, "full_name": root.provider_of(name)});
        let expressions = expressions(&block.body, &["alias", "version"]);
        if let Some(map) = provider.as_object_mut() {
            map.extend(alias.map(|alias| ("alias".to_owned(), json!(alias))));
            if !expressions.is_empty() {
                map.insert("expressions".to_owned(), Json::Object(expressions));
            }
        }
        providers.insert(alias.map_or_else(|| name.to_owned(), |alias| format!("{name}.{alias}")), provider);
    }
    for block in root.blocks("resource").into_iter().chain(root.blocks("data")) {
        let local = block.labels.first().map_or("", |kind| kind.text.split('_').next().unwrap_or(""));
        if !providers.contains_key(local) && !local.is_empty() {
            let provider = json!({"name": local, "full_name": root.provider_of(local)});
            providers.insert(local.to_owned(), provider);
        }
    }
    let module = module(root, &root.folder, &root.bodies, 0);
    json!({"provider_config": providers, "root_module": module})
}

fn module(root: &Root<'_>, folder: &str, bodies: &[(&str, &Body)], depth: usize) -> Json {
    let blocks = |kind: &'static str| bodies.iter().flat_map(move |(_, body)| body.blocks_of(kind));
    let mut module = Map::new();
    let mut put = |key: &str, value: Json| {
        let empty =
            value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty);
        if !empty {
            module.insert(key.to_owned(), value);
        }
    };
    let mut resources: BTreeMap<(bool, String), Json> = BTreeMap::new();
    for (is_data, kind) in [(false, "resource"), (true, "data")] {
        for block in blocks(kind) {
            if let Some((address, resource)) = resource(block, is_data) {
                resources.insert((is_data, address), resource);
            }
        }
    }
    put("resources", resources.into_values().collect());
    let named = |block: &Block, value: Json| Some((block.labels.first()?.text.clone(), value));
    let described = |block: &Block, mut value: Map<String, Json>| {
        if is_sensitive(block) {
            value.insert("sensitive".to_owned(), json!(true));
        }
        let description = block.body.attribute("description").and_then(|d| constant(&d.value));
        value.extend(description.map(|text| ("description".to_owned(), text)));
        Json::Object(value)
    };
    let variables = blocks("variable").filter_map(|block| {
        let default = block.body.attribute("default").and_then(|default| constant(&default.value));
        let value = default.map(|default| ("default".to_owned(), default)).into_iter().collect();
        named(block, described(block, value))
    });
    put("variables", Json::Object(variables.collect()));
    let outputs = blocks("output").filter_map(|block| {
        let value = block.body.attribute("value");
        let value =
            value.map(|value| ("expression".to_owned(), expression(&value.value))).into_iter().collect();
        named(block, described(block, value))
    });
    put("outputs", Json::Object(outputs.collect()));
    let calls = blocks("module").filter_map(|block| named(block, call(root, folder, block, depth)));
    put("module_calls", Json::Object(calls.collect()));
    Json::Object(module)
}

fn resource(block: &Block, is_data: bool) -> Option<(String, Json)> {
    let [kind, name] = block.labels()[..] else { return None };
    let address = if is_data { format!("data.{kind}.{name}") } else { format!("{kind}.{name}") };
    let provider = block.body.attribute("provider").and_then(|provider| written(&provider.value));
    let provider = provider.unwrap_or_else(|| kind.split('_').next().unwrap_or(kind).to_owned());
    let mut resource = json!({
        "address": address,
        "mode": if is_data { "data" } else { "managed" },
        "type": kind,
        "name": name,
        "provider_config_key": provider,
        "expressions": expressions(&block.body, &META),
        "schema_version": 0,
    });
    repeated(block, resource.as_object_mut()?);
    Some((address, resource))
}

/// `count`, `for_each` and `depends_on`, where they are written.
fn repeated(block: &Block, into: &mut Map<String, Json>) {
    for (argument, key) in [("count", "count_expression"), ("for_each", "for_each_expression")] {
        let written = block.body.attribute(argument).map(|written| expression(&written.value));
        let telling = written.filter(|written| *written != json!({}));
        into.extend(telling.map(|written| (key.to_owned(), written)));
    }
    if let Some(ExprKind::Tuple(items)) = block.body.attribute("depends_on").map(|a| &a.value.kind) {
        into.insert("depends_on".to_owned(), items.iter().filter_map(written).collect());
    }
}

fn call(root: &Root<'_>, folder: &str, block: &Block, depth: usize) -> Json {
    let text = |name: &str| {
        let value = block.body.attribute(name).and_then(|value| constant(&value.value))?;
        value.as_str().map(str::to_owned)
    };
    let mut call = Map::new();
    let source = text("source");
    call.extend(source.clone().map(|source| ("source".to_owned(), json!(source))));
    call.extend(text("version").map(|version| ("version_constraint".to_owned(), json!(version))));
    let arguments = expressions(&block.body, &[&META[..], &["source", "version"]].concat());
    if !arguments.is_empty() {
        call.insert("expressions".to_owned(), Json::Object(arguments));
    }
    repeated(block, &mut call);
    let place = source.filter(|s| s.starts_with("./") || s.starts_with("../")).and_then(|s| join(folder, &s));
    if let Some(place) = place.filter(|_| depth < MAX_DEPTH && root.modules_left.get() > 0) {
        root.modules_left.set(root.modules_left.get() - 1);
        let bodies = bodies(&place, root.documents);
        if !bodies.is_empty() {
            call.insert("module".to_owned(), module(root, &place, &bodies, depth + 1));
        }
    }
    Json::Object(call)
}

/// The arguments and blocks of a body, without those named. Which blocks may be repeated only the
/// provider knows: all are lists here but `timeouts`, which is one everywhere.
fn expressions(body: &Body, without: &[&str]) -> Map<String, Json> {
    let wanted = |name: &str| !without.contains(&name);
    let attributes = body.attributes().filter(|attribute| wanted(&attribute.name.text));
    let mut found: Map<String, Json> =
        attributes.map(|a| (a.name.text.clone(), expression(&a.value))).collect();
    for block in body.blocks().filter(|block| wanted(&block.kind.text)) {
        let inner = Json::Object(expressions(&block.body, &["dynamic"]));
        if block.kind.text == "timeouts" {
            found.insert(block.kind.text.clone(), inner);
        } else if let Some(list) =
            found.entry(block.kind.text.clone()).or_insert_with(|| json!([])).as_array_mut()
        {
            list.push(inner);
        }
    }
    found
}
