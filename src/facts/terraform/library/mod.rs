//! The functions of Terraform's language (1.11), as
//! <https://developer.hashicorp.com/terraform/language/functions> describes them and as the program
//! itself behaves.
//!
//! `try` and `can` decide what is evaluated at all and so belong to the evaluator. What depends on
//! the clock, on chance or on what lies outside the repository is unknown.

mod call;
mod collections;
mod conversions;
mod csv;
mod dates;
mod encodings;
mod files;
mod format;
mod hashes;
mod networks;
mod numbers;
mod patterns;
mod sequences;
mod sets;
mod texts;
mod yaml;

use std::sync::Arc;

use self::call::{Call, Function};
use super::value::Value;

/// No string that a function makes is longer, in bytes.
pub const MAX_TEXT: usize = 1 << 20;
/// No collection that a function makes has more members.
pub const MAX_ITEMS: usize = 100_000;

/// What the functions may see of the world: the repository's files, and the evaluator.
pub trait Files {
    /// The content of a file, by a path as the configuration gives it: `path.module` is already
    /// replaced by the module's folder. Nothing when the file is not among those that were read:
    /// the result is then unknown, since it cannot be told whether the file will exist.
    fn read(&self, path: &str) -> Option<Result<Arc<[u8]>, String>>;

    /// Every path that was read, relative to the same folder as the paths of `read`.
    fn list(&self) -> Vec<String>;

    /// Renders a template with these variables, for `templatefile` and `templatestring`.
    fn render(&self, template: &str, variables: &Value) -> Result<Value, String>;
}

/// Calls a function by its name, with or without `core::`.
pub fn call(name: &str, args: Vec<Value>, files: &dyn Files) -> Result<Value, String> {
    let name = name.strip_prefix("core::").unwrap_or(name);
    let function = find(name).ok_or_else(|| format!("there is no function named {name:?}"))?;
    let outcome = match function.prepare(args)? {
        Ok(args) => (function.run)(&Call { args, files })?,
        Err(unknown) => unknown,
    };
    within_limits(outcome)
}

fn find(name: &str) -> Option<Function> {
    let rooms = [
        numbers::find,
        texts::find,
        patterns::find,
        collections::find,
        sequences::find,
        sets::find,
        encodings::find,
        hashes::find,
        dates::find,
        networks::find,
        conversions::find,
        files::find,
    ];
    rooms.iter().find_map(|find| find(name))
}

fn within_limits(value: Value) -> Result<Value, String> {
    match &value {
        Value::String(text) if text.len() > MAX_TEXT => Err(text_too_long()),
        other if other.length().is_some_and(|length| length > MAX_ITEMS) => Err(too_many_items()),
        _ => Ok(value),
    }
}

fn text_too_long() -> String {
    format!("the result is a string of more than {MAX_TEXT} bytes")
}

fn too_many_items() -> String {
    format!("the result has more than {MAX_ITEMS} members")
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;
