//! The functions of Terraform's language (1.11), as <https://developer.hashicorp.com/terraform/language/functions>
//! describes them and as the program itself behaves.
//!
//! `try` and `can` decide what is evaluated at all and so belong to the evaluator. What depends on
//! the clock, on chance or on what lies outside the repository is unknown.

use std::sync::Arc;

use super::value::Value;

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
    let _ = (args, files);
    Err(format!("there is no function named {name:?}"))
}
