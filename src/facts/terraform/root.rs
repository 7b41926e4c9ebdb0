//! One root under evaluation: its module instances, made when they are needed, and what is known of
//! them already.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::budget::Budget;
use super::evaluate::{Binding, Evaluated, Scope};
use super::instance::{Expansion, Index, Repetition, join as address_in};
use super::library::Files;
use super::module::{Module, literal};
use super::tree::{Tree, local_folder, relative};
use super::value::Value;
use crate::facts::Provider;
use crate::model::Unread;
use crate::model::path::join;
use crate::source::hcl::ast::{Block, Expr, ExprKind, Part};
use crate::source::{Document, Kind, read};

/// Module calls may nest this deep.
const MAX_MODULE_DEPTH: usize = 32;

pub static SINGLE: Repetition = Repetition::Single;

/// Everything that the evaluation of one root shares.
pub struct Root<'m> {
    tree: &'m Tree<'m>,
    pub folder: &'m str,
    pub budget: Budget,
    documents: &'m HashMap<&'m str, &'m Document>,
    assignments: HashMap<&'m str, &'m Expr>,
    top: Option<Rc<ModuleInstance<'m>>>,
    /// Whether `each` or `count` was read: if not, all instances are alike.
    pub repeated: Cell<bool>,
    /// Configurations of providers by the module that asks and the name it uses: thousands of resources share one.
    pub providers: RefCell<HashMap<(String, String), Arc<Provider>>>,
    /// What makes the result incomplete.
    pub unread: RefCell<BTreeSet<Unread>>,
    /// Modules that are not in the repository.
    pub outside: RefCell<BTreeSet<Unread>>,
    /// What it looked at beside the folders that it reaches.
    looked_at: RefCell<LookedAt>,
}

/// What a root hangs on beside the files of its folders.
#[derive(Debug, Clone, Default)]
pub struct LookedAt {
    /// Files that functions read, or would have read.
    pub files: BTreeSet<String>,
    /// A function asked which files there are.
    pub listed: bool,
    /// Folders that a call leads to and that are not there.
    pub missing: BTreeSet<String>,
}

/// A module as one call makes it, or the root's own.
pub struct ModuleInstance<'m> {
    pub declared: &'m Module<'m>,
    /// `module.a["x"]`; empty for the root's own.
    pub address: String,
    pub caller: Option<Caller<'m>>,
    depth: usize,
    /// `None` while a value is being made: who needs it meanwhile is part of a circle.
    values: RefCell<HashMap<Name<'m>, Option<Value>>>,
    expansions: RefCell<HashMap<Name<'m>, Option<Rc<Expansion>>>>,
    children: RefCell<Children<'m>>,
    pub edges: RefCell<HashMap<super::references::Asked<'m>, Rc<[Rc<str>]>>>,
}

/// By call and index; `None` for what is not in the repository.
type Children<'m> = HashMap<(&'m str, Index), Option<Rc<ModuleInstance<'m>>>>;

/// Where a module instance is called.
pub struct Caller<'m> {
    pub instance: Weak<'m>,
    pub block: &'m Block,
    pub repetition: Repetition,
}

type Weak<'m> = std::rc::Weak<ModuleInstance<'m>>;

/// What can be referred to in a module.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Name<'m> {
    Variable(&'m str),
    Local(&'m str),
    Output(&'m str),
    Resource(&'m str, &'m str),
    Instance(&'m str, &'m str, Index),
    Call(&'m str),
}

impl<'m> Root<'m> {
    pub fn new(
        tree: &'m Tree<'m>,
        folder: &'m str,
        documents: &'m HashMap<&'m str, &'m Document>,
        budget: Budget,
    ) -> Self {
        let module = tree.module(folder);
        let assigned = module.into_iter().flat_map(Module::assignments);
        Self {
            tree,
            folder,
            budget,
            documents,
            assignments: assigned.map(|given| (given.name.text.as_str(), &given.value)).collect(),
            top: module.map(|module| Rc::new(ModuleInstance::new(module, String::new(), None, 0))),
            repeated: Cell::new(false),
            providers: RefCell::default(),
            unread: RefCell::default(),
            outside: RefCell::default(),
            looked_at: RefCell::default(),
        }
    }

    pub fn looked_at(&self) -> LookedAt {
        self.looked_at.borrow().clone()
    }

    /// The root's own module.
    pub fn top(&self) -> Option<&Rc<ModuleInstance<'m>>> {
        self.top.as_ref()
    }

    pub fn assignment(&self, name: &str) -> Option<&'m Expr> {
        self.assignments.get(name).copied()
    }

    /// Says that something in a module is not evaluated, which makes the result incomplete.
    pub fn note(&self, module: &ModuleInstance<'m>, reason: &str) {
        let path = module.declared.files.first().map_or("", |file| &file.path).to_owned();
        self.unread.borrow_mut().insert(Unread { path, line: None, reason: reason.to_owned() });
    }

    /// The instance of a called module; `None` when its files are not there.
    pub fn child(
        &self,
        parent: &Rc<ModuleInstance<'m>>,
        name: &str,
        repetition: &Repetition,
    ) -> Option<Rc<ModuleInstance<'m>>> {
        let call = parent.declared.calls.get(name)?;
        let key = (call.name, repetition.index());
        if let Some(known) = parent.children.borrow().get(&key) {
            return known.clone();
        }
        let made = self.called(parent, &call.block, call.file).map(|declared| {
            let address = format!("module.{name}{}", key.1.suffix());
            let caller = Caller {
                instance: Rc::downgrade(parent),
                block: &call.block,
                repetition: repetition.clone(),
            };
            let address = address_in(&parent.address, &address);
            Rc::new(ModuleInstance::new(declared, address, Some(caller), parent.depth + 1))
        });
        parent.children.borrow_mut().insert(key, made.clone());
        made
    }

    fn called(
        &self,
        parent: &Rc<ModuleInstance<'m>>,
        block: &Block,
        file: &Document,
    ) -> Option<&'m Module<'m>> {
        let source = block.body.attribute("source").and_then(|source| literal(&source.value));
        let Some(found) = source.and_then(|source| self.tree.target(parent.declared.folder, source)) else {
            let reason = match source {
                Some(source) => format!("the module {source:?} is not in the repository"),
                None => "a module without a plain source".to_owned(),
            };
            self.outside.borrow_mut().insert(note_at(file, block, reason));
            let folder = source.and_then(|source| local_folder(parent.declared.folder, source));
            self.looked_at.borrow_mut().missing.extend(folder);
            return None;
        };
        let mut above = Some(parent.clone());
        let mut circular = false;
        while let Some(module) = above {
            circular |= module.declared.folder == found.folder;
            above = module.caller.as_ref().and_then(|caller| caller.instance.upgrade());
        }
        let reason = if circular {
            "a module that calls itself"
        } else if parent.depth >= MAX_MODULE_DEPTH {
            "module calls nest too deep to be evaluated"
        } else if !self.budget.instances(1 + found.resources.list.len()) {
            "module calls make too many instances to be evaluated"
        } else {
            return Some(found);
        };
        self.unread.borrow_mut().insert(note_at(file, block, reason.to_owned()));
        None
    }

    /// The instances of a resource or a module call.
    pub fn expansion(
        &self,
        module: &Rc<ModuleInstance<'m>>,
        name: Name<'m>,
        block: &Block,
        file: &Document,
    ) -> Rc<Expansion> {
        if let Some(known) = module.expansions.borrow().get(&name) {
            return known.clone().unwrap_or_else(|| Rc::new(Expansion::Unknown));
        }
        module.expansions.borrow_mut().insert(name.clone(), None);
        let expansion = self.budget.whole(|| module.scope(self).expand(block));
        let mut expansion = expansion.unwrap_or(Expansion::Unknown);
        let count = match &expansion {
            Expansion::Count(count) => *count,
            Expansion::Each(entries) => entries.len(),
            Expansion::Single | Expansion::Unknown => 0,
        };
        if count > 0 && !self.budget.instances(count) {
            let reason = format!("{count} instances are too many: they are judged as one");
            self.unread.borrow_mut().insert(note_at(file, block, reason));
            expansion = Expansion::Unknown;
        }
        let expansion = Rc::new(expansion);
        module.expansions.borrow_mut().insert(name, Some(expansion.clone()));
        expansion
    }
}

impl<'m> ModuleInstance<'m> {
    fn new(declared: &'m Module<'m>, address: String, caller: Option<Caller<'m>>, depth: usize) -> Self {
        Self {
            declared,
            address,
            caller,
            depth,
            values: RefCell::default(),
            expansions: RefCell::default(),
            children: RefCell::default(),
            edges: RefCell::default(),
        }
    }

    /// What locals and outputs may refer to.
    pub fn scope<'s>(self: &'s Rc<Self>, root: &'s Root<'m>) -> Scope<'s, 'm> {
        Scope { root, module: self, repetition: &SINGLE, for_each: None, bound: None }
    }

    /// Makes a value once. Who needs it while it is being made gets an unknown value.
    pub fn once(&self, root: &Root<'m>, name: Name<'m>, make: impl FnOnce() -> Evaluated) -> Value {
        match self.values.borrow().get(&name) {
            Some(Some(value)) => return value.clone(),
            Some(None) => {
                root.note(self, &format!("{name} refers to itself"));
                return Value::unknown();
            }
            None => {}
        }
        self.values.borrow_mut().insert(name.clone(), None);
        let value = make().unwrap_or(Value::unknown());
        self.values.borrow_mut().insert(name, Some(value.clone()));
        value
    }

    /// The folder, as the root sees it: `path.module`.
    pub fn path(&self, root: &Root<'m>) -> String {
        relative(root.folder, self.declared.folder)
    }
}

impl std::fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Name::Variable(name) => write!(f, "var.{name}"),
            Name::Local(name) => write!(f, "local.{name}"),
            Name::Output(name) => write!(f, "output.{name}"),
            Name::Resource(kind, name) => write!(f, "{kind}.{name}"),
            Name::Instance(kind, name, index) => write!(f, "{kind}.{name}{}", index.suffix()),
            Name::Call(name) => write!(f, "module.{name}"),
        }
    }
}

fn note_at(file: &Document, block: &Block, reason: String) -> Unread {
    let line = file.text.position(block.header().start).line;
    Unread { path: file.path.clone(), line: Some(line), reason }
}

/// The repository's files, as the functions of one expression see them.
pub struct Repository<'s, 'm>(pub Scope<'s, 'm>);

impl Files for Repository<'_, '_> {
    fn read(&self, path: &str) -> Option<Result<Arc<[u8]>, String>> {
        let root = self.0.root;
        let path = join(root.folder, path)?;
        let found = root.documents.get(path.as_str());
        root.looked_at.borrow_mut().files.insert(path);
        found.map(|found| Ok(found.text.as_str().as_bytes().into()))
    }

    fn list(&self) -> Vec<String> {
        self.0.root.looked_at.borrow_mut().listed = true;
        self.0.root.documents.keys().map(|path| relative(self.0.root.folder, path)).collect()
    }

    fn render(&self, template: &str, variables: &Value) -> Evaluated {
        let parts = template_parts(template)?;
        let variables = variables.entries().ok_or("the variables of a template are an object")?;
        let scope = self.0.module.scope(self.0.root);
        render(scope, variables.iter().collect::<Vec<_>>().as_slice(), &parts)
    }
}

/// Binds the variables one after the other, then joins the parts.
fn render(scope: Scope<'_, '_>, variables: &[(&Arc<str>, &Value)], parts: &[Part]) -> Evaluated {
    match variables.split_first() {
        Some(((name, value), rest)) => {
            let binding = Binding { name, value: (*value).clone(), from: None, outer: scope.bound };
            scope
                .root
                .budget
                .deeper(|| render(scope.with(&binding), rest, parts))
                .unwrap_or(Ok(Value::unknown()))
        }
        None => scope.template(parts),
    }
}

/// A template's own file is read as the content of a heredoc, whose rules are the same.
fn template_parts(template: &str) -> Result<Vec<Part>, String> {
    let mut mark = "TEMPLATE".to_owned();
    while template.contains(&mark) {
        mark.push('_');
    }
    let text = format!("x = <<{mark}\n{template}\n{mark}\n");
    let document = read("template.tf", Kind::Terraform, text.into_bytes(), false);
    let syntax = document.document.and_then(|document| document.syntax).ok_or("the template is not valid")?;
    let value = syntax.attribute("x").map(|attribute| attribute.value.kind.clone());
    let Some(ExprKind::Template(mut parts)) = value else {
        return Err("the template is not valid".to_owned());
    };
    // The line end before the closing mark is ours.
    if let Some(Part::Text(last)) = parts.last_mut()
        && last.ends_with('\n')
    {
        last.pop();
    }
    if matches!(parts.last(), Some(Part::Text(last)) if last.is_empty()) {
        parts.pop();
    }
    Ok(parts)
}
