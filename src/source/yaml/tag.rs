//! Short tags to the long form that their readers know.
//!
//! `!Ref x` is `CloudFormation`'s short form of `{"Ref": x}`
//! (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>).
//! It becomes that in every YAML file: what a file is shows only once it is read, and in no other
//! format do these tags mean anything. GitLab's `!reference [job, key]`
//! (<https://docs.gitlab.com/ci/yaml/yaml_optimization/#reference-tags>) becomes
//! `{"!reference": ["job", "key"]}`. Any other local tag is dropped and its value kept.

use granit_parser::Tag;

use crate::model::Span;
use crate::source::{Entry, Node, Value};

/// Tags, and the keys of their long forms.
const KEYS: [(&str, &str); 22] = [
    ("Ref", "Ref"),
    ("Condition", "Condition"),
    ("And", "Fn::And"),
    ("Base64", "Fn::Base64"),
    ("Cidr", "Fn::Cidr"),
    ("Equals", "Fn::Equals"),
    ("FindInMap", "Fn::FindInMap"),
    ("ForEach", "Fn::ForEach"),
    ("GetAZs", "Fn::GetAZs"),
    ("GetAtt", "Fn::GetAtt"),
    ("If", "Fn::If"),
    ("ImportValue", "Fn::ImportValue"),
    ("Join", "Fn::Join"),
    ("Length", "Fn::Length"),
    ("Not", "Fn::Not"),
    ("Or", "Fn::Or"),
    ("Select", "Fn::Select"),
    ("Split", "Fn::Split"),
    ("Sub", "Fn::Sub"),
    ("ToJsonString", "Fn::ToJsonString"),
    ("Transform", "Fn::Transform"),
    ("reference", "!reference"),
];

/// The key of a tag's long form; `None` for tags that are dropped.
pub(super) fn key(tag: &Tag) -> Option<&'static str> {
    if tag.handle() != "!" {
        return None;
    }
    KEYS.iter().find(|(name, _)| *name == tag.suffix()).map(|(_, key)| *key)
}

/// `{key: node}`. The short form of `GetAtt` names resource and attribute in one string.
pub(super) fn long_form(key: &'static str, key_span: Span, node: Node) -> Node {
    let whole = key_span.to(node.span);
    let node = match node.as_str().filter(|_| key == "Fn::GetAtt").and_then(|text| text.split_once('.')) {
        Some((resource, attribute)) => {
            let part = |text: &str| Node::string(text, node.span);
            Node::new(Value::List(vec![part(resource), part(attribute)]), node.span)
        }
        None => node,
    };
    Node::new(Value::Map(vec![Entry { key: key.to_owned(), key_span, node }]), whole)
}
