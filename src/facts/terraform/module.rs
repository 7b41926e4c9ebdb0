//! What the files of one folder declare, its override files merged in.
//!
//! <https://developer.hashicorp.com/terraform/language/files/override>

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::Span;
use crate::source::hcl::ast::{Attribute, Block, Body, Expr, ExprKind, Item, Name};
use crate::source::{Document, Kind};

/// The declarations of a folder.
#[derive(Debug, Default)]
pub struct Module<'a> {
    pub folder: &'a str,
    /// Every Terraform file of the folder, also those that assign variables.
    pub files: Vec<&'a Document>,
    pub variables: Declarations<'a, &'a str>,
    pub locals: HashMap<&'a str, &'a Expr>,
    pub outputs: Declarations<'a, &'a str>,
    pub resources: Declarations<'a, (&'a str, &'a str)>,
    pub calls: Declarations<'a, &'a str>,
    /// By type, or by type and alias.
    pub providers: Declarations<'a, &'a str>,
}

/// Blocks of one type, in the order in which they are declared.
#[derive(Debug)]
pub struct Declarations<'a, K> {
    pub list: Vec<Declared<'a, K>>,
    /// By name, `type.name` for those that have both.
    places: HashMap<String, usize>,
}

/// A block and the file that it stands in.
#[derive(Debug)]
pub struct Declared<'a, K> {
    pub name: K,
    pub block: Cow<'a, Block>,
    pub file: &'a Document,
}

impl<K> Default for Declarations<'_, K> {
    fn default() -> Self {
        Self { list: Vec::new(), places: HashMap::new() }
    }
}

impl<'a, K> Declarations<'a, K> {
    pub fn get(&self, name: &str) -> Option<&Declared<'a, K>> {
        self.places.get(name).and_then(|place| self.list.get(*place))
    }

    /// A block of an override file changes the one that is there. A second one in another file is an
    /// error to Terraform; it is listed all the same.
    fn declare(&mut self, key: String, name: K, block: &'a Block, file: &'a Document) {
        let existing = self.places.get(&key).and_then(|place| self.list.get_mut(*place));
        match existing {
            Some(existing) if is_override(&file.path) => override_block(existing.block.to_mut(), block),
            existing => {
                if existing.is_none() {
                    self.places.insert(key, self.list.len());
                }
                self.list.push(Declared { name, block: Cow::Borrowed(block), file });
            }
        }
    }
}

impl<'a> Module<'a> {
    pub fn of(folder: &'a str, files: Vec<&'a Document>) -> Self {
        let mut module = Module { folder, ..Module::default() };
        for file in configuration_files(&files) {
            for block in file.syntax.iter().flat_map(|body| body.blocks()) {
                module.declare(block, file);
            }
        }
        module.files = files;
        module
    }

    fn declare(&mut self, block: &'a Block, file: &'a Document) {
        let labels = block.labels();
        match (block.kind.text.as_str(), labels.as_slice()) {
            ("variable", [name]) => self.variables.declare((*name).to_owned(), name, block, file),
            ("output", [name]) => self.outputs.declare((*name).to_owned(), name, block, file),
            ("module", [name]) => self.calls.declare((*name).to_owned(), name, block, file),
            ("resource", [kind, name]) => {
                self.resources.declare(format!("{kind}.{name}"), (*kind, *name), block, file);
            }
            ("provider", [kind]) => {
                let alias = block.body.attribute("alias").and_then(|alias| literal(&alias.value));
                let key = alias.map_or_else(|| (*kind).to_owned(), |alias| format!("{kind}.{alias}"));
                self.providers.declare(key, kind, block, file);
            }
            ("locals", _) => {
                let locals = block.body.attributes();
                self.locals.extend(locals.map(|local| (local.name.text.as_str(), &local.value)));
            }
            _ => {}
        }
    }

    /// The assignments that Terraform loads by itself, weakest first.
    pub fn assignments(&self) -> impl Iterator<Item = &'a Attribute> {
        let rank = |file: &Document| match base_name(&file.path) {
            "terraform.tfvars" => Some(0),
            "terraform.tfvars.json" => Some(1),
            name if name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json") => Some(2),
            _ => None,
        };
        let mut loaded: Vec<_> = self.files.iter().filter_map(|file| Some((rank(file)?, *file))).collect();
        loaded.sort_by_key(|(rank, file)| (*rank, &file.path));
        loaded.into_iter().filter_map(|(_, file)| file.syntax.as_deref()).flat_map(Body::attributes)
    }
}

/// The text of a plain string.
pub fn literal(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::String(text) => Some(text),
        _ => None,
    }
}

pub fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// In the order in which they count: override files last. `x.tofu` takes the place of `x.tf`.
fn configuration_files<'a>(files: &[&'a Document]) -> Vec<&'a Document> {
    let names: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let replaced = |path: &str| {
        let tofu = path
            .strip_suffix(".tf")
            .map(|stem| format!("{stem}.tofu"))
            .or_else(|| path.strip_suffix(".tf.json").map(|stem| format!("{stem}.tofu.json")));
        tofu.is_some_and(|tofu| names.contains(tofu.as_str()))
    };
    let mut files: Vec<_> = files
        .iter()
        .copied()
        .filter(|file| matches!(file.kind, Kind::Terraform | Kind::TerraformJson) && !replaced(&file.path))
        .collect();
    files.sort_by_key(|file| (is_override(&file.path), file.path.as_str()));
    files
}

fn is_override(path: &str) -> bool {
    let name = base_name(path);
    let stem = [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().find_map(|end| name.strip_suffix(end));
    stem.is_some_and(|stem| stem == "override" || stem.ends_with("_override"))
}

/// Arguments replace arguments; blocks replace all blocks of their type.
///
/// The override's text stands in another file: what comes from it stands at what it replaces, or
/// else at the block's header. Parts keep their own spans, outside of that: see `attributes`.
fn override_block(base: &mut Block, by: &Block) {
    let header = base.header();
    let types: BTreeSet<&str> = by.body.blocks().map(block_type).collect();
    base.body.items.retain(|item| match item {
        Item::Block(block) => !types.contains(block_type(block)),
        Item::Attribute(_) => true,
    });
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (place, item) in base.body.items.iter().enumerate() {
        if let Item::Attribute(attribute) = item {
            places.insert(attribute.name.text.clone(), place);
        }
    }
    for item in &by.body.items {
        match item {
            Item::Attribute(attribute) => {
                let place =
                    places.get(&attribute.name.text).and_then(|place| base.body.items.get_mut(*place));
                if let Some(Item::Attribute(existing)) = place {
                    existing.value.kind = attribute.value.kind.clone();
                    continue;
                }
                let name = Name { text: attribute.name.text.clone(), span: header };
                let value = Expr::new(attribute.value.kind.clone(), header);
                base.body.items.push(Item::Attribute(Attribute { name, value }));
            }
            Item::Block(block) => base.body.items.push(Item::Block(moved(block, header))),
        }
    }
}

fn block_type(block: &Block) -> &str {
    match (block.kind.text.as_str(), block.labels.first()) {
        ("dynamic", Some(label)) => &label.text,
        (kind, _) => kind,
    }
}

fn moved(block: &Block, to: Span) -> Block {
    let name = |name: &Name| Name { text: name.text.clone(), span: to };
    Block {
        kind: name(&block.kind),
        labels: block.labels.iter().map(name).collect(),
        body: Body { items: block.body.items.clone(), span: to },
        span: to,
    }
}
