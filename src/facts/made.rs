//! Values that policies are given, made once somebody asks: most answers are known already, and to see that no
//! input has changed takes a digest of what it would be made from, not a copy.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Value as Json, json};

use super::{Facts, Resource};
use crate::source::{Node, steps_json};

/// A value that need not be there yet. Written out, it is the same whether it is or not.
pub struct Made<'a> {
    of: Of<'a>,
    json: OnceLock<Json>,
}

enum Of<'a> {
    /// It is there: its own, or what somebody else holds.
    Json(Cow<'a, Json>),
    Function(Box<dyn Fn() -> Json + Send + Sync + 'a>),
    Node(Arc<Node>),
    Resource(Shown<'a>),
    List(Vec<Made<'a>>),
    Members(BTreeMap<&'a str, Made<'a>>),
}

impl<'a> Made<'a> {
    pub fn by(make: impl Fn() -> Json + Send + Sync + 'a) -> Self {
        Self::of(Of::Function(Box::new(make)))
    }

    pub fn node(node: Arc<Node>) -> Self {
        Self::of(Of::Node(node))
    }

    pub fn resource(resource: &'a Resource, facts: &'a Facts) -> Self {
        Self::of(Of::Resource(Shown { resource, facts }))
    }

    /// What somebody else holds.
    pub fn shared(json: &'a Json) -> Self {
        Self::of(Of::Json(Cow::Borrowed(json)))
    }

    pub fn list(items: impl Iterator<Item = Self>) -> Self {
        Self::of(Of::List(items.collect()))
    }

    pub fn members(members: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        Self::of(Of::Members(members.into_iter().collect()))
    }

    fn of(of: Of<'a>) -> Self {
        Self { of, json: OnceLock::new() }
    }

    pub fn json(&self) -> &Json {
        match &self.of {
            Of::Json(json) => json,
            Of::Function(make) => self.json.get_or_init(make),
            // No key is anything but a text.
            _ => self.json.get_or_init(|| serde_json::to_value(self).unwrap_or_default()),
        }
    }

    pub fn is_of_members(&self) -> bool {
        matches!(self.of, Of::Members(_))
    }

    /// Its members, where it is made of some.
    pub fn each_member(&self) -> impl Iterator<Item = (&'a str, &Self)> {
        let members = match &self.of {
            Of::Members(members) => Some(members),
            _ => None,
        };
        members.into_iter().flatten().map(|(name, value)| (*name, value))
    }

    pub fn member(&self, name: &str) -> Option<&Self> {
        match &self.of {
            Of::Members(members) => members.get(name),
            _ => None,
        }
    }

    /// Its items, where it is a list of things that are made each for itself.
    pub fn items(&self) -> &[Self] {
        match &self.of {
            Of::List(items) => items,
            _ => &[],
        }
    }

    /// The resource that it shows.
    pub fn shows(&self) -> Option<&'a Resource> {
        match &self.of {
            Of::Resource(shown) => Some(shown.resource),
            _ => None,
        }
    }
}

impl From<Json> for Made<'_> {
    fn from(json: Json) -> Self {
        Self::of(Of::Json(Cow::Owned(json)))
    }
}

impl Serialize for Made<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.of {
            // Once is enough.
            Of::Function(_) => self.json().serialize(serializer),
            Of::Node(node) => node.serialize(serializer),
            Of::Resource(shown) => shown.serialize(serializer),
            Of::Json(json) => json.serialize(serializer),
            Of::List(items) => items.serialize(serializer),
            Of::Members(members) => members.serialize(serializer),
        }
    }
}

impl fmt::Debug for Made<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.json(), f)
    }
}

/// A resource as policies see it.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    pub resource: &'a Resource,
    pub facts: &'a Facts,
}

impl Shown<'_> {
    /// The declared records of the systems that it belongs to.
    pub fn records(&self) -> Vec<&Json> {
        let ids = self.facts.joins.systems_of(&self.resource.subject);
        let declared = ids.flat_map(|id| self.facts.systems.iter().filter(move |system| system.id == id));
        declared.map(|system| &system.record).collect()
    }
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Resource { attributes, references, .. } = self.resource;
        let targets: Vec<Json> = references
            .iter()
            .map(|reference| json!({"path": steps_json(&reference.path), "target": reference.target}))
            .collect();
        let unknown: Vec<Json> =
            attributes.unknown_paths().iter().map(|unknown| steps_json(&unknown.path)).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("system", self.resource.system.as_str())?;
        map.serialize_entry("type", &self.resource.kind)?;
        map.serialize_entry("name", &self.resource.name)?;
        if let Some(namespace) = &self.resource.namespace {
            map.serialize_entry("namespace", namespace)?;
        }
        map.serialize_entry("address", &self.resource.address)?;
        map.serialize_entry("module", &self.resource.module)?;
        map.serialize_entry("subject", &self.resource.subject)?;
        map.serialize_entry("path", &self.resource.path)?;
        map.serialize_entry("attributes", &**attributes)?;
        map.serialize_entry("unknown", &unknown)?;
        map.serialize_entry("references", &targets)?;
        if let Some(provider) = &self.resource.provider {
            let of = (&provider.name, &provider.alias, &provider.config);
            map.serialize_entry("provider", &json!({"name": of.0, "alias": of.1, "config": of.2}))?;
        }
        map.serialize_entry("joins", self.facts.joins.roles(&self.resource.subject))?;
        map.serialize_entry("systems", &self.records())?;
        map.end()
    }
}
