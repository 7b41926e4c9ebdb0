//! The evaluation of a template: what stands where a function stood.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use super::{foreach, function, map, sam};
use crate::facts::{Reference, weight};
use crate::model::Span;
use crate::source::{Entry, Node, Step, Value};

/// Bytes that the evaluation of one template may copy or make.
const MAX_BYTES: usize = 32 * 1024 * 1024;
/// Levels of values and conditions within one another; a template itself has at most a hundred.
const MAX_DEPTH: usize = 256;

/// What a template declares.
pub(super) struct Template<'a> {
    node: &'a Node,
    /// With loops expanded.
    pub resources: Vec<Entry>,
    names: HashSet<String>,
    conditions: HashMap<String, Node>,
    /// The bytes that are left after the loops were expanded.
    left: usize,
}

impl<'a> Template<'a> {
    pub fn of(node: &'a Node) -> Self {
        let mut template = Self {
            node,
            resources: Vec::new(),
            names: HashSet::new(),
            conditions: HashMap::new(),
            left: MAX_BYTES,
        };
        // Collections of loops are made of parameters and mappings only.
        let (resources, conditions, left) = {
            let mut plain = Evaluator::new(&template);
            let mut section = |key: &str| {
                let entries = node.get(key).map(Node::entries).unwrap_or_default();
                foreach::expand(&mut plain, entries, 0).into_owned()
            };
            (section("Resources"), section("Conditions"), plain.left.get())
        };
        template.names = resources.iter().map(|entry| entry.key.clone()).collect();
        template.resources = resources;
        template.conditions = conditions.into_iter().map(|entry| (entry.key, entry.node)).collect();
        template.left = left;
        template
    }

    pub fn declares(&self, resource: &str) -> bool {
        self.names.contains(resource)
    }

    fn section(&self, section: &str, name: &str) -> Option<&'a Node> {
        self.node.get(section)?.get(name)
    }

    fn is_sam(&self) -> bool {
        let transforms = self.node.get("Transform").map(super::transforms).unwrap_or_default();
        transforms.iter().any(|transform| transform.as_str() == Some(sam::TRANSFORM))
    }
}

pub(super) struct Evaluator<'t, 'a> {
    template: &'t Template<'a>,
    /// `None`: not known, or being evaluated.
    conditions: HashMap<&'t str, Option<bool>>,
    depth: usize,
    /// Where the value stands that is made now.
    path: Vec<Step>,
    /// Within the arguments of so many functions, which have no place in the result.
    within: usize,
    references: Vec<Reference>,
    left: Cell<usize>,
}

impl<'t, 'a> Evaluator<'t, 'a> {
    pub fn new(template: &'t Template<'a>) -> Self {
        Self {
            template,
            conditions: HashMap::new(),
            depth: 0,
            path: Vec::new(),
            within: 0,
            references: Vec::new(),
            left: Cell::new(template.left),
        }
    }

    /// Why values are unknown that could be known, if the template was too large.
    pub fn exhausted(&self) -> Option<String> {
        let mebibytes = MAX_BYTES / (1024 * 1024);
        (self.left.get() == 0)
            .then(|| format!("the values of this template exceed {mebibytes} MiB; the rest is unknown"))
    }

    /// Counts what is made; false when there is nothing left to make it of.
    pub fn spend(&self, bytes: usize) -> bool {
        let left = self.left.get().checked_sub(bytes);
        self.left.set(left.unwrap_or(0));
        left.is_some()
    }

    pub fn copy(&self, node: &Node) -> Option<Node> {
        self.spend(weight(node)).then(|| node.clone())
    }

    /// The properties of a resource and the edges in them, while `assumed` holds.
    pub fn properties(
        &mut self,
        kind: &str,
        properties: Option<&Node>,
        at: Span,
        assumed: Option<&str>,
    ) -> (Node, Vec<Reference>) {
        let globals = self.template.node.get("Globals").filter(|_| self.template.is_sam());
        let merged = sam::with_globals(self, globals, kind, properties);
        // Under an assumption other conditions may hold too: they are evaluated anew.
        let conditions = &self.template.conditions;
        let assumed = assumed.and_then(|name| conditions.get_key_value(name));
        let assumed = assumed.map(|(name, _)| HashMap::from([(name.as_str(), Some(true))]));
        let before = assumed.map(|assumed| std::mem::replace(&mut self.conditions, assumed));
        let node = match merged.as_ref().or(properties) {
            Some(node) => self.value(node).unwrap_or_else(|| map(Vec::new(), node.span)),
            None => map(Vec::new(), at),
        };
        if let Some(before) = before {
            self.conditions = before;
        }
        (node, std::mem::take(&mut self.references))
    }

    /// Does a condition hold? `None` when that is not known.
    pub fn condition(&mut self, name: &str) -> Option<bool> {
        let (name, node) = self.template.conditions.get_key_value(name)?;
        if let Some(value) = self.conditions.get(name.as_str()) {
            return *value;
        }
        self.conditions.insert(name, None);
        let value = self.holds(node);
        self.conditions.insert(name, value);
        value
    }

    /// A condition's definition.
    fn holds(&mut self, node: &Node) -> Option<bool> {
        if self.depth == MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let held = self.decided(node);
        self.depth -= 1;
        held
    }

    fn decided(&mut self, node: &Node) -> Option<bool> {
        let [entry] = node.entries() else { return node.as_bool() };
        match entry.key.as_str() {
            "Condition" => self.condition(entry.node.as_str()?),
            "Fn::Not" => entry.node.items().first().and_then(|item| self.holds(item)).map(|held| !held),
            "Fn::And" => self.decide(entry.node.items(), false),
            "Fn::Or" => self.decide(entry.node.items(), true),
            "Fn::Equals" => {
                let [left, right] = entry.node.items() else { return None };
                let (left, right) = (self.value(left)?, self.value(right)?);
                if !left.unknown_paths().is_empty() || !right.unknown_paths().is_empty() {
                    return None;
                }
                Some(match (function::scalar(&left), function::scalar(&right)) {
                    (Some(left), Some(right)) => left == right,
                    _ => left.to_json() == right.to_json(),
                })
            }
            _ => None,
        }
    }

    /// `And` ends at the first false, `Or` at the first true, whatever is unknown beside it.
    fn decide(&mut self, items: &[Node], end: bool) -> Option<bool> {
        let held: Vec<_> = items.iter().map(|item| self.holds(item)).collect();
        if held.contains(&Some(end)) {
            return Some(end);
        }
        held.iter().all(Option::is_some).then_some(!end)
    }

    /// What stands in the place of `node`; `None` when it is `AWS::NoValue`.
    pub fn value(&mut self, node: &Node) -> Option<Node> {
        if self.depth == MAX_DEPTH {
            return Some(unknown(node.span));
        }
        self.depth += 1;
        let value = self.made(node);
        self.depth -= 1;
        value
    }

    fn made(&mut self, node: &Node) -> Option<Node> {
        match &node.value {
            Value::Map(entries) => match entries.as_slice() {
                [call] if call.key == "Ref" || call.key.starts_with("Fn::") => self.call(call, node.span),
                entries => Some(self.entries(entries, node.span)),
            },
            Value::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    let step = Step::Index(values.len());
                    values.extend(self.at(step, |this| this.value(item)));
                }
                Some(Node::new(Value::List(values), node.span))
            }
            _ => Some(node.clone()),
        }
    }

    fn at<T>(&mut self, step: Step, evaluate: impl FnOnce(&mut Self) -> T) -> T {
        let placed = self.within == 0;
        if placed {
            self.path.push(step);
        }
        let made = evaluate(self);
        if placed {
            self.path.pop();
        }
        made
    }

    fn argument<T>(&mut self, evaluate: impl FnOnce(&mut Self) -> T) -> T {
        self.within += 1;
        let made = evaluate(self);
        self.within -= 1;
        made
    }

    fn entries(&mut self, entries: &[Entry], span: Span) -> Node {
        let entries = foreach::expand(self, entries, 0);
        let mut values = Vec::with_capacity(entries.len());
        for entry in entries.iter() {
            let step = Step::Key(entry.key.clone());
            let node = match entry.key.as_str() {
                // Left over: a loop over something unknown, or what a transform would put here.
                key if key.starts_with("Fn::ForEach::") || key == "Fn::Transform" => {
                    Some(unknown(entry.node.span))
                }
                _ => self.at(step, |this| this.value(&entry.node)),
            };
            let key = |node| Entry { key: entry.key.clone(), key_span: entry.key_span, node };
            values.extend(node.map(key));
        }
        map(values, span)
    }

    fn call(&mut self, call: &Entry, span: Span) -> Option<Node> {
        let argument = &call.node;
        let known = match call.key.as_str() {
            "Ref" => {
                let name = self.argument(|this| this.text(argument));
                if name.as_deref() == Some("AWS::NoValue") {
                    return None;
                }
                name.and_then(|name| self.reference(&name))
            }
            "Fn::GetAtt" => {
                self.argument(|this| this.attribute(argument));
                None
            }
            "Fn::If" => return self.choose(argument, span),
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::Sub" => self
                .argument(|this| this.substitute(argument))
                .map(Value::String)
                .map(|value| Node::new(value, span)),
            key if key.starts_with("Fn::ForEach::") => Some(self.entries(std::slice::from_ref(call), span)),
            key => {
                let argument = self.argument(|this| this.value(argument))?;
                function::apply(key, &argument)
                    .map(|value| Node::new(value, span))
                    .filter(|node| self.spend(weight(node)))
            }
        };
        Some(match known {
            Some(node) if call.key.starts_with("Fn::ForEach::") => node,
            Some(node) => node.standing_at(span),
            None => unknown(span),
        })
    }

    /// `Ref`: the value of a parameter, or an edge to a resource.
    fn reference(&mut self, name: &str) -> Option<Node> {
        if let Some(parameter) = self.template.section("Parameters", name) {
            return self.default_of(parameter);
        }
        self.edge(name);
        None
    }

    fn edge(&mut self, name: &str) {
        if self.template.declares(name) {
            let reference = Reference { path: self.path.clone(), target: name.to_owned() };
            if !self.references.contains(&reference) {
                self.references.push(reference);
            }
        }
    }

    /// The default of a parameter, by its declared type.
    fn default_of(&self, parameter: &Node) -> Option<Node> {
        let kind = parameter.get("Type").and_then(Node::as_str).unwrap_or("String");
        // The value is what the Systems Manager holds under the default's name.
        if kind.starts_with("AWS::SSM::Parameter::Value") {
            return None;
        }
        let default = parameter.get("Default")?;
        let text = default.as_str();
        match text {
            Some(text) if kind == "CommaDelimitedList" || kind.starts_with("List<") => {
                let items = text.split(',').map(|item| Node::string(item.trim(), default.span)).collect();
                let list = Node::new(Value::List(items), default.span);
                self.spend(weight(&list)).then_some(list)
            }
            Some(text) if kind == "Number" => {
                let number = text.parse().map_or_else(|_| Value::String(text.to_owned()), Value::Number);
                Some(Node::new(number, default.span))
            }
            _ => self.copy(default),
        }
    }

    /// `GetAtt`: always unknown, but an edge.
    fn attribute(&mut self, argument: &Node) {
        let resource = match &argument.value {
            Value::String(text) => text.split('.').next().map(str::to_owned),
            Value::List(items) => items.first().and_then(|item| self.text(item)),
            _ => None,
        };
        if let Some(resource) = resource {
            self.edge(&resource);
        }
    }

    /// `If`: the branch that holds. Of two that may hold, what they agree on; both give edges.
    fn choose(&mut self, argument: &Node, span: Span) -> Option<Node> {
        let [condition, then, otherwise] = argument.items() else { return Some(unknown(span)) };
        let held = match condition.as_str() {
            Some(name) => self.condition(name),
            None => self.holds(condition),
        };
        match held {
            Some(true) => self.value(then),
            Some(false) => self.value(otherwise),
            None => match self.argument(|this| (this.value(then), this.value(otherwise))) {
                (None, None) => None,
                (Some(then), Some(otherwise))
                    if then.unknown_paths().is_empty()
                        && otherwise.unknown_paths().is_empty()
                        && then.to_json() == otherwise.to_json() =>
                {
                    Some(then)
                }
                _ => Some(unknown(span)),
            },
        }
    }

    /// `FindInMap`, with the `DefaultValue` of `AWS::LanguageExtensions`.
    fn find_in_map(&mut self, argument: &Node) -> Option<Node> {
        let [name, first, second, rest @ ..] = argument.items() else { return None };
        let (name, first, second) =
            self.argument(|this| Some((this.text(name)?, this.text(first)?, this.text(second)?)))?;
        let found = self.template.section("Mappings", &name).and_then(|map| map.get(&first)?.get(&second));
        match (found, rest.first().and_then(|options| options.get("DefaultValue"))) {
            (Some(found), _) => self.copy(found),
            (None, Some(default)) => self.value(default),
            (None, None) => None,
        }
    }

    /// `Sub`: known when every part is; each resource in it is an edge.
    fn substitute(&mut self, argument: &Node) -> Option<String> {
        let (text, variables) = match argument.items() {
            [text, variables] => (text.as_str()?, variables.entries()),
            _ => (argument.as_str()?, &[] as &[Entry]),
        };
        let mut made = Some(String::new());
        for piece in function::pieces(text) {
            let known = match piece {
                function::Piece::Text(text) => Some(text.to_owned()),
                function::Piece::Name(name) => {
                    let variable = variables.iter().find(|entry| entry.key == name);
                    let value = match (variable, name.split_once('.')) {
                        (Some(variable), _) => self.value(&variable.node),
                        (None, Some((resource, _))) => {
                            self.edge(resource);
                            None
                        }
                        // Names of policies and services; that it is another in China decides no condition here.
                        (None, None) if name == "AWS::Partition" => {
                            made = made.filter(|_| self.spend("aws".len())).map(|text| text + "aws");
                            continue;
                        }
                        (None, None) => self.reference(name),
                    };
                    value.as_ref().and_then(function::scalar)
                }
            };
            made = match (made, known) {
                (Some(made), Some(known)) if self.spend(known.len()) => Some(made + &known),
                _ => None,
            };
        }
        made
    }

    /// The text that a node comes to.
    pub fn text(&mut self, node: &Node) -> Option<String> {
        match &node.value {
            Value::String(text) => Some(text.clone()),
            _ => self.value(node).as_ref().and_then(function::scalar),
        }
    }
}

pub(super) fn unknown(span: Span) -> Node {
    Node::new(Value::Unknown, span)
}
