//! Functions of values that are known: no template is needed to answer them.

use std::fmt::Write as _;
use std::net::IpAddr;

use data_encoding::BASE64;

use crate::source::{Node, Value};

/// What a string may grow to; more stays unknown.
const MAX_TEXT: usize = 1024 * 1024;
/// The number of blocks that `Fn::Cidr` gives at most, by its documentation.
const MAX_BLOCKS: u128 = 256;

/// The result of a function; `None` when it cannot be known, or is none that we know.
pub(super) fn apply(function: &str, argument: &Node) -> Option<Value> {
    match function {
        "Fn::Join" => join(argument).map(Value::String),
        "Fn::Select" => select(argument),
        "Fn::Split" => split(argument),
        "Fn::Base64" => scalar(argument)
            .filter(|text| text.len() < MAX_TEXT)
            .map(|t| Value::String(BASE64.encode(t.as_bytes()))),
        "Fn::Cidr" => cidr(argument),
        "Fn::Length" => {
            let Value::List(items) = &argument.value else { return None };
            // An unknown item may be one that is left out.
            items.iter().all(|item| !item.is_unknown()).then(|| Value::Number(items.len().into()))
        }
        "Fn::ToJsonString" => {
            let structured = matches!(argument.value, Value::List(_) | Value::Map(_));
            (structured && argument.unknown_paths().is_empty())
                .then(|| Value::String(argument.to_json().to_string()))
        }
        _ => None,
    }
}

/// The text of a scalar as it is written it into strings.
pub(super) fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

fn join(argument: &Node) -> Option<String> {
    let [delimiter, list] = argument.items() else { return None };
    let (delimiter, Value::List(items)) = (delimiter.as_str()?, &list.value) else { return None };
    let mut joined = String::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            joined.push_str(delimiter);
        }
        joined.push_str(&scalar(item)?);
        if joined.len() > MAX_TEXT {
            return None;
        }
    }
    Some(joined)
}

fn select(argument: &Node) -> Option<Value> {
    let [index, list] = argument.items() else { return None };
    let index: usize = scalar(index)?.parse().ok()?;
    let upto = list.items().get(..=index)?;
    // An unknown item may be one that is left out, and then the others move up.
    if upto.iter().any(Node::is_unknown) {
        return None;
    }
    upto.last().map(|item| item.value.clone())
}

fn split(argument: &Node) -> Option<Value> {
    let [delimiter, text] = argument.items() else { return None };
    let delimiter = delimiter.as_str().filter(|delimiter| !delimiter.is_empty())?;
    let text = scalar(text).filter(|text| text.len() < MAX_TEXT)?;
    let parts = text.split(delimiter).map(|part| Node::string(part, argument.span));
    Some(Value::List(parts.collect()))
}

/// `[block, count, bits]`: the first `count` blocks of `bits` host bits within `block`.
fn cidr(argument: &Node) -> Option<Value> {
    let [block, count, bits] = argument.items() else { return None };
    let block = scalar(block)?;
    let (address, length) = block.split_once('/')?;
    let length: u32 = length.parse().ok()?;
    let count: u128 = scalar(count)?.parse().ok().filter(|count| (1..=MAX_BLOCKS).contains(count))?;
    let bits: u32 = scalar(bits)?.parse().ok()?;
    let (base, width) = match address.parse().ok()? {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    let host = u32::checked_sub(width, length)?;
    if bits > host || bits >= 128 || (host - bits < 9 && count > 1 << (host - bits)) {
        return None;
    }
    let start = base.checked_shr(host).unwrap_or(0).checked_shl(host).unwrap_or(0);
    let mut blocks = Vec::new();
    for index in 0..count {
        let first = start.checked_add(index << bits)?;
        let address = match width {
            32 => IpAddr::from(u32::try_from(first).ok()?.to_be_bytes()),
            _ => IpAddr::from(first.to_be_bytes()),
        };
        let mut text = String::new();
        write!(text, "{address}/{}", width - bits).ok()?;
        blocks.push(Node::string(text, argument.span));
    }
    Some(Value::List(blocks))
}

/// A part of the text of `Fn::Sub`.
pub(super) enum Piece<'a> {
    Text(&'a str),
    /// `${Name}` or `${Name.Attribute}`
    Name(&'a str),
}

/// The parts of `a-${B}-${!C}`; `${!C}` is the text `${C}`.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else { break };
        pieces.push(Piece::Text(before));
        match name.strip_prefix('!') {
            Some(literal) => pieces.extend([Piece::Text("${"), Piece::Text(literal), Piece::Text("}")]),
            None => pieces.push(Piece::Name(name.trim())),
        }
        rest = behind;
    }
    pieces.push(Piece::Text(rest));
    pieces
}
