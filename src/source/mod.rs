//! Bytes to documents: values with a source span on every part.
//!
//! Nothing here touches the outside world; whoever calls hands over bytes. Every limit (size,
//! nesting, alias expansion) ends in a reason with a line, never in a crash.

mod codeowners;
mod dockerfile;
mod dockerfile_words;
mod document;
mod evaluation;
pub mod hcl;
pub mod json;
mod kind;
mod logical;
mod node;
mod python;
mod requirements;
mod text;
mod toml;
mod written;
pub mod yaml;

pub use document::{Document, MAX_FILE_BYTES, Reading, front_matter_of, read, read_once};
pub use evaluation::ReportForm;
pub use kind::Kind;
pub use node::{Entry, Located, Node, Step, UnknownPath, Value, steps_from_json, steps_json};
pub use requirements::Requirement;
pub use text::SourceText;
